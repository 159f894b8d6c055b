package main

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"zhibiao/kpi"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) formulaCommand() *cobra.Command {
	var explain bool
	var at, asOf, freq string
	c := a.withJSON(&cobra.Command{
		Use: "formula 公式", Short: "试一个公式：量纲、性质、频率、所用指标、SQL、某期的值",
		Long: `检查一个公式或审核规则，说出结果的计量单位、性质和频率；写错时指出第几列、怎么改，退出码为3。
公式由数、指标代码、+ − × ÷（全角半角都可）、括号和函数组成：
  prev(x) 上期（累计数限本年内）      year_ago(x) 上年同期      at(x, 2022) 某年末
  sum_since(x, 2023) 自某年起累加    growth(x) 同比增速 %      cagr(x, 2022) 年均增速 %
  share(部分, 总体) 占比 %           days_ytd() 年初至期末天数
审核规则是两边的比较：<= >= < > ==。缺一个数则整个公式无值，缺数从不当作零。
--explain 另列所用指标、计算层次和编译成的 SQL；--at 在工作区里求某期的值，列出每一步。`,
		Example: "  zhibiao formula 'GDP.TOTAL.ALL / GDP.TOTAL.MUA * 100' --explain\n" +
			"  zhibiao formula 'growth(RETAIL.TOTAL.LJ)' --at 2026-09\n" +
			"  zhibiao formula 'GDP.TOTAL.DIR <= GDP.TOTAL.ALL' --at 2026-Q3",
		Args: cobra.ExactArgs(1),
	})
	c.Flags().BoolVar(&explain, "explain", false, "列出所用指标、计算层次和 SQL")
	c.Flags().StringVar(&at, "at", "", "在工作区里求此报告期的值：2026、2026-H1、2026-Q3、2026-09")
	c.Flags().StringVar(&asOf, "as-of", "", "数据时点，与 --at 同用（缺省为现在）")
	c.Flags().StringVar(&freq, "freq", "", "结果的频率 M、Q、H、A（缺省由所用指标推定）")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var f period.Freq
		var err error
		if freq != "" {
			if f, err = period.ParseFreq(strings.ToUpper(freq)); err != nil {
				return usageError{err}
			}
		}
		if at == "" {
			if asOf != "" {
				return usagef("--as-of goes with --at")
			}
			defs, err := a.definitions()
			if err != nil {
				return err
			}
			return a.formula(defs, args[0], f, explain, nil)
		}
		q, err := period.Parse(at)
		if err != nil {
			return usageError{err}
		}
		t, err := a.parseTime(asOf)
		if err != nil {
			return err
		}
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			return a.formula(p.Defs, args[0], f, explain, func(d *kpi.Draft) (*pipeline.Step, error) {
				return p.ExplainDraft(ctx, d, q.Latest(d.Type.Freq), t)
			})
		})(cmd, args)
	}
	return c
}

// A draftView is what --json prints of a formula.
type draftView struct {
	Formula    string           `json:"formula"`
	Rule       bool             `json:"rule,omitempty"`
	Units      []string         `json:"units,omitempty"`
	Written    string           `json:"written_unit,omitempty"`
	Nature     indicator.Nature `json:"nature,omitempty"`
	Frequency  string           `json:"frequency"`
	PriceBasis string           `json:"price_basis,omitempty"`
	Level      int              `json:"level,omitempty"`
	Refs       []refView        `json:"refs"`
	SQL        []sqlView        `json:"sql,omitempty"`
	At         *pipeline.Step   `json:"at,omitempty"`
}

type refView struct {
	Code      indicator.Code   `json:"code"`
	Name      string           `json:"name"`
	Unit      string           `json:"unit"`
	Nature    indicator.Nature `json:"nature"`
	Frequency string           `json:"frequency"`
	Area      indicator.AreaID `json:"area,omitempty"`
	Formula   string           `json:"formula,omitempty"` // of a derived one
	Inputs    []indicator.Code `json:"inputs,omitempty"`  // what a derived one stands on
}

type sqlView struct {
	SQL  string `json:"sql"`
	Args []any  `json:"args,omitempty"`
}

// formula checks a formula and says what it is; value, when given, its value.
func (a *app) formula(defs *pipeline.Definitions, src string, freq period.Freq, explain bool, value func(*kpi.Draft) (*pipeline.Step, error)) error {
	d, problems, err := defs.Plan.Draft(src, freq)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		if a.json {
			if err := a.printJSON(map[string]any{"problems": problems}); err != nil {
				return err
			}
		} else {
			for _, p := range problems {
				fmt.Fprint(a.out, pointed(src, p))
			}
		}
		return refusedError{fmt.Errorf("公式有%d处错误", len(problems))}
	}
	var step *pipeline.Step
	if value != nil {
		if step, err = value(d); err != nil {
			return err
		}
	}
	v := view(defs, d, step)
	if a.json {
		return a.printJSON(v)
	}
	fmt.Fprintf(a.out, "公式：%s\n类型：%s\n", v.Formula, kindOf(d.Type))
	if explain {
		if err := a.printDraft(v); err != nil {
			return err
		}
	}
	if step != nil {
		fmt.Fprintf(a.out, "\n%s：%s\n", step.Period.Name(), answer(d, step))
		if step.Code != "" { // a reference alone
			step = &pipeline.Step{Steps: []*pipeline.Step{step}}
		}
		for _, s := range step.Steps {
			printStep(a.out, s, "  ", "  ")
		}
	}
	return nil
}

// answer is the value of a formula, or whether a rule holds.
func answer(d *kpi.Draft, s *pipeline.Step) string {
	switch {
	case !s.Value.OK:
		return "无值（" + s.Absence.Name() + "）"
	case !d.Type.Rule:
		return fmt.Sprint(s.Value.V) + s.Unit
	case s.Value.V != 0:
		return "成立"
	}
	return "不成立"
}

// pointed is a problem under the formula, with a mark below its column.
func pointed(src string, p formula.Problem) string {
	var line, mark strings.Builder
	n := 0
	for _, r := range src {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			r = ' '
		}
		line.WriteRune(r)
		if n++; n < p.Col {
			if wide(r) {
				r = '　'
			} else {
				r = ' '
			}
			mark.WriteRune(r)
		}
	}
	s := fmt.Sprintf("  %s\n  %s^\n第%d列：%s\n", line.String(), mark.String(), p.Col, p.Message)
	if p.Hint != "" {
		s += "    改法：" + p.Hint + "\n"
	}
	return s
}

// wide reports whether a terminal draws a character in two columns.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= '\u3000' && r <= '\u303f' || r >= '！' && r <= '｠'
}

// kindOf says what a formula gives: %（比率），季报.
func kindOf(t formula.Type) string {
	if t.Rule {
		return "审核规则（成立或不成立），" + t.Freq.Name()
	}
	unit := t.Written
	if len(t.Units) > 0 {
		unit = t.Units[0]
	}
	if nature := t.Nature.Name(); nature != "" {
		unit += "（" + nature + "）"
	} else {
		unit += "（本期数）"
	}
	unit += "，" + t.Freq.Name()
	switch t.Basis {
	case indicator.Current:
		unit += "，现价"
	case indicator.Constant:
		unit += "，可比价"
	}
	switch {
	case len(t.Units) > 1:
		unit += "；也可作 " + strings.Join(t.Units[1:], "、")
	case len(t.Units) == 0:
		unit += "；计量单位表里没有这个单位"
	}
	return unit
}

func view(defs *pipeline.Definitions, d *kpi.Draft, step *pipeline.Step) *draftView {
	cat := defs.Catalogue
	v := &draftView{
		Formula: d.Expr.String(), Rule: d.Type.Rule, Units: d.Type.Units, Written: d.Type.Written, Nature: d.Type.Nature,
		Frequency: d.Type.Freq.String(), PriceBasis: string(d.Type.Basis), Level: d.Level, At: step,
	}
	for _, code := range formula.Refs(d.Expr) {
		ind := cat.Indicator(code)
		r := refView{
			Code: code, Name: ind.Name, Unit: ind.Unit, Nature: ind.Nature, Frequency: ind.Freq.String(),
			Area: cat.Resolve(ind.Area), Formula: ind.Formula,
		}
		if ind.Formula != "" {
			r.Inputs = defs.Plan.Inputs(code)
		}
		v.Refs = append(v.Refs, r)
	}
	for _, s := range d.Statements {
		v.SQL = append(v.SQL, sqlView{s.SQL, s.Args})
	}
	return v
}

func (a *app) printDraft(v *draftView) error {
	fmt.Fprintln(a.out, "\n所用指标：")
	w := inColumns(a.out)
	for _, r := range v.Refs {
		from := "填报"
		if r.Formula != "" {
			from = fmt.Sprintf("= %s，由 %s 算出", r.Formula, joined(r.Inputs))
		}
		freq, _ := period.ParseFreq(r.Frequency)
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Code, r.Name, r.Unit, r.Nature.Name(), freq.Name(), r.Area, from)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print references: %w", err)
	}
	if v.Rule {
		fmt.Fprintln(a.out, "\n审核规则在收表时逐份核对，不编译成 SQL")
		return nil
	}
	fmt.Fprintf(a.out, "\n计算层次：第%d层，每层一条 SQL（本公式的代码记为 FORMULA；period_end = 年×12＋月−1）\n", v.Level)
	for i, s := range v.SQL {
		fmt.Fprintf(a.out, "\n-- 第%d层", i+1)
		for n, arg := range s.Args {
			fmt.Fprintf(a.out, "，$%d = %v", n+1, arg)
		}
		fmt.Fprintf(a.out, "\n%s;\n", s.SQL)
	}
	return nil
}
