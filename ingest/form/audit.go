package form

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// knownSheet is the very hidden sheet of an issued form on which its checks are
// computed: operands at the left, one check a row at the right.
const knownSheet = "参照"

// The columns of knownSheet.
const (
	operandCode = iota + 1
	operandPeriod
	operandClass // of a cell of the form: V value, N “…”, M “—”, O blank, X refused, ? a text the system must read
	operandValue // a number, or an empty text when there is none
	_
	checkCode
	checkRule
	checkLevel
	checkExpr    // the relation as defined, or the column looked at
	checkState   // 1 holds, 0 fails, empty: not known in the sheet
	checkPending // 1 when the state is empty
	checkText    // what the form shows when it fails
	checkWait    // what the form shows while it is not known
)

// knownHeader are its headers, left to right.
var knownHeader = [...]string{"指标编码", "期别", "状况", "数", "", "指标编码", "规则", "级别", "关系", "结果", "待核", "不符", "未判"}

// A check is one rule asked of one row, in the sheet's terms.
type check struct {
	code    indicator.Code // of the row; "" for the foot
	rule    *indicator.Rule
	expr    string
	formula string // 1, 0 or an empty text
	before  string // its result on the empty form
	failing string // what it says, without mark and number
}

// An operand is where the hidden sheet has a figure of a relation; exact when it
// was filed and not computed. A cell says “—” for what cannot exist.
type operand struct {
	cell    string
	exact   bool
	without bool // an accepted “—”
}

// An audit compiles the rules of a form into the sheet. The rules are those the
// system checks the return by; their relations are compiled by formula.Excel
// from the same expressions that formula.Eval evaluates.
type audit struct {
	*sheet
	cat      *indicator.Catalogue
	operands map[string]operand // by code and period
	classes  map[string]string  // the class cell of a cell of the form
	at       int                // last row of operands
	checks   []check
}

func newAudit(s *sheet) *audit {
	a := &audit{sheet: s, cat: s.filing.issue.cat, operands: map[string]operand{}, classes: map[string]string{}, at: 1}
	if _, err := s.file.NewSheet(knownSheet); err != nil {
		s.do(err)
		return a
	}
	for _, n := range footNames {
		cell := a.cell(s.foots[n.label])
		a.add("R01", "", n.label, fmt.Sprintf(`IF(ISERROR(%s),1,IF(LEN(TRIM(%s))>0,1,0))`, cell, cell), "0", "缺少"+n.label)
	}
	for i := range s.rows {
		a.row(&s.rows[i])
	}
	a.relations()
	return a
}

// cell is the reference of a cell of the form.
func (a *audit) cell(r workbook.Ref) string {
	return fmt.Sprintf("'%s'!$%s$%d", a.name, workbook.Column(r.Col), r.Row)
}

// known is the reference of a cell of the hidden sheet.
func known(col, row int) string {
	return fmt.Sprintf("'%s'!$%s$%d", knownSheet, workbook.Column(col), row)
}

// rule finds a rule in force for the period; nil when there is none.
func (a *audit) rule(id string) *indicator.Rule {
	for i := range a.cat.Rules {
		if r := &a.cat.Rules[i]; r.ID == id && r.InForce(a.filing.Period) {
			return r
		}
	}
	return nil
}

func (a *audit) add(id string, code indicator.Code, expr, formula, before, failing string) {
	if r := a.rule(id); r != nil {
		a.checks = append(a.checks, check{code, r, expr, formula, before, failing})
	}
}

// take adds a row of operands and returns the cell of its value.
func (a *audit) take(code indicator.Code, p string, class, value any) string {
	a.at++
	a.set(operandCode, a.at, string(code))
	a.set(operandPeriod, a.at, p)
	a.set(operandClass, a.at, class)
	a.set(operandValue, a.at, value)
	return known(operandValue, a.at)
}

// set writes a cell of the hidden sheet.
func (a *audit) set(col, row int, value any) {
	a.on(knownSheet, func() { a.put(span(col, col, row), value, plain()) })
}

// What the token grammar of catalogue §5.8 takes for “…” and “—”. A text made of
// nothing but readable characters may be a number in the system's eyes
// (4.53*, １８％): the sheet leaves it to the system.
var (
	ellipses = []string{"…", "……", "...", "......", "⋯", "⋯⋯", "···", "······"}
	dashMark = []string{"—", "——", "-", "--", "－", "–", "―", "一"}
)

const readable = "0123456789.,%*+-０１２３４５６７８９．，％＊＋－−‐‑‒–—―─━ー﹣…⋯·・[] 　①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

// classOf is the formula that says what a data cell holds.
func classOf(cell string) string {
	text := "TRIM(" + cell + ")"
	return fmt.Sprintf(`IF(ISERROR(%s),"X",IF(ISNUMBER(%s),IF(AND(ABS(%s)<1E%d,ROUND(%s,%d)=%s),"V","X"),IF(LEN(%s)=0,"O",IF(%s,"N",IF(%s,"M",`+
		`IF(AND(LEN(%s)<=64,SUMPRODUCT((MID(%s,ROW('%s'!$A$1:$A$64),1)<>"")*ISERROR(FIND(MID(%s,ROW('%s'!$A$1:$A$64),1),"%s")))=0),"?","X"))))))`,
		cell, cell, cell, maxDigits, cell, maxDecimals, cell, text, oneOf(text, ellipses), oneOf(text, dashMark), text, text, identitySheet, text, identitySheet, readable)
}

// oneOf compares a text with each of some.
func oneOf(text string, words []string) string {
	tests := make([]string, len(words))
	for i, w := range words {
		tests[i] = text + `="` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	return "OR(" + strings.Join(tests, ",") + ")"
}

// row adds the operands of a row and the checks that look at one cell: R04, R05
// and R28.
func (a *audit) row(r *Row) {
	at := a.lines[r.Code]
	for i, c := range a.columns {
		m := c.Kind.Measure()
		if m == "" || !r.Takes(m) {
			continue
		}
		header := c.Header[len(c.Header)-1]
		cell := a.cell(workbook.Ref{Col: i + 1, Row: at})
		period := a.filing.Period.String()
		if m != indicator.ValueMeasure {
			period += " " + string(m)
		}
		class := known(operandClass, a.at+1)
		value := a.take(r.Code, period, verdict{classOf(cell), "O"},
			verdict{fmt.Sprintf(`IF(%s="V",%s,IF(%s="N",0,IF(%s="M","—","")))`, class, cell, class, class), ""})
		a.operands[string(r.Code)+" "+period] = operand{cell: value, exact: true}
		a.classes[string(r.Code)+" "+string(c.Kind)] = class
		a.add("R04", r.Code, header, fmt.Sprintf(`IF(%s="X",0,IF(%s="?","",1))`, class, class), "1",
			fmt.Sprintf("“%s”不是数字，或超过%d位整数、%d位小数", header, maxDigits, maxDecimals))
		if m != indicator.GrowthMeasure && a.whole(r) {
			a.add("R05", r.Code, header, fmt.Sprintf(`IF(%s="V",IF(AND(%s>=0,INT(%s)=%s),1,0),IF(%s="?","",1))`, class, value, value, value, class), "1",
				fmt.Sprintf("“%s”应为非负整数", header))
		}
	}
	i := slices.IndexFunc(a.columns, func(c Column) bool { return c.Kind == CaliberColumn })
	if i < 0 || len(r.Calibers) == 0 {
		return
	}
	caliber := "TRIM(" + a.cell(workbook.Ref{Col: i + 1, Row: at}) + ")"
	class := a.classes[string(r.Code)+" "+string(ValueColumn)]
	a.add("R28", r.Code, a.columns[i].Header[0], fmt.Sprintf(`IFERROR(IF(LEN(%s)>0,IF(%s,1,0),IF(OR(%s="V",%s="X"),0,IF(%s="?","",1))),0)`,
		caliber, oneOf(caliber, r.Calibers), class, class, class), "1", "缺口径标识：在“口径”栏选填")
}

// relations adds the rules that relate figures, each to the first row of the form
// that it names: rules name the part before the whole.
func (a *audit) relations() {
	for i := range a.cat.Rules {
		r := &a.cat.Rules[i]
		for _, src := range r.Exprs {
			e, err := formula.Parse(src)
			if err != nil {
				a.do(fmt.Errorf("parse rule %s: %w", r.ID, err))
				return
			}
			p, ends := a.filing.Period.As(formula.Freq(e, a.cat.Indicator))
			row := a.suspect(e)
			if row == nil || !ends || !r.InForce(a.filing.Period) || r.Annual && p.LastMonth() != 12 {
				continue
			}
			a.checks = append(a.checks, check{
				row.Code, r, e.String(), formula.Excel(e, p, a.cells(p), a.slack(r, e)), "", r.Message + "：应 " + a.words(e, p),
			})
		}
	}
}

// slack is by how much a relation may miss: half of the last printed place for
// each part when its rule allows for rounding (R30), else nothing.
func (a *audit) slack(r *indicator.Rule, e formula.Expr) float64 {
	if !r.Rounding {
		return 0
	}
	parts, decimals := 0, math.MaxInt
	for _, code := range formula.Refs(e) {
		if ind := a.cat.Indicator(a.cat.Scoped(code)); ind != nil {
			parts++
			decimals = min(decimals, ind.Decimals)
		}
	}
	return 0.5 * float64(max(1, parts-1)) * math.Pow10(-decimals)
}

// suspect is the row that a relation is shown at; nil when the form has none of
// its operands. What is derived stands for what it is made of.
func (a *audit) suspect(e formula.Expr) *Row {
	for _, code := range formula.Refs(e) {
		ind := a.cat.Indicator(a.cat.Scoped(code))
		if ind == nil {
			continue
		}
		if made := a.derived(ind); made != nil {
			if r := a.suspect(made); r != nil {
				return r
			}
		}
		for i := range a.rows {
			if a.rows[i].Code == ind.Code {
				return &a.rows[i]
			}
		}
	}
	return nil
}

// derived is the formula of an indicator; nil when it is filed.
func (a *audit) derived(ind *indicator.Indicator) formula.Expr {
	if ind.Kind != indicator.Derived {
		return nil
	}
	e, err := formula.Parse(ind.Formula)
	if err != nil {
		a.do(fmt.Errorf("parse formula of %s: %w", ind.Code, err))
	}
	return e
}

// cells finds the operands of an expression: cells of the form, else the accepted
// values known at the time of issue, by the periods that formula.Eval takes.
func (a *audit) cells(p period.Period) formula.Cells {
	resolve := formula.Resolve(p, a.cat.Indicator, func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		at := a.find(code, p)
		if at.without {
			return formula.CannotExist(p, at), false
		}
		return formula.Operand{Source: at}, at.cell != ""
	})
	return func(code indicator.Code, shift formula.Shift) (refs []string, exact, adds bool) {
		adds = formula.Adds(a.cat.Indicator(code), p.Freq, shift)
		o, ok := resolve(code, shift)
		if !ok && !o.Without {
			return nil, true, adds
		}
		parts := o.Parts
		if len(parts) == 0 {
			parts = []formula.Operand{o}
		}
		exact = true
		for _, part := range parts {
			at := part.Source.(operand)
			refs = append(refs, at.cell)
			exact = exact && at.exact
		}
		return refs, exact, adds
	}
}

// find is where a series stands at one of its own periods; zero when it is not
// known.
func (a *audit) find(code indicator.Code, p period.Period) operand {
	ind := a.cat.Indicator(a.cat.Scoped(code))
	if ind == nil {
		return operand{}
	}
	if p.End == a.filing.Period.End && a.lines[ind.Code] > 0 {
		p = a.filing.Period
	}
	key := string(ind.Code) + " " + p.String()
	if at, ok := a.operands[key]; ok {
		return at
	}
	if made := a.derived(ind); made != nil {
		text := formula.Excel(made, p, a.cells(p), 0)
		a.operands[key] = operand{cell: a.take(ind.Code, p.String(), "", verdict{text, ""})}
		return a.operands[key]
	}
	n, ok := a.filing.issue.past(ind.Code, p.End)
	switch {
	case ok && n.Present():
		a.operands[key] = operand{cell: a.take(ind.Code, p.String(), "V", n.Value), exact: true}
	case ok && n.Absent == indicator.NotSignificant:
		a.operands[key] = operand{cell: a.take(ind.Code, p.String(), string(n.Absent), 0), exact: true}
	case ok && n.Absent == indicator.CannotExist:
		a.operands[key] = operand{cell: a.take(ind.Code, p.String(), string(n.Absent), "—"), exact: true, without: true}
	}
	return a.operands[key]
}

// code is how a reference looks in the text of an expression.
var code = regexp.MustCompile(`[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)+`)

// words says an expression with the row numbers of the form and the names of
// what stands elsewhere.
func (a *audit) words(e formula.Expr, p period.Period) string {
	text := strings.NewReplacer("prev(", "上期(", "year_ago(", "上年同期(", "days_ytd()", fmt.Sprintf("日历天数%d天", p.DaysYTD())).Replace(e.String())
	return code.ReplaceAllStringFunc(text, func(s string) string {
		ind := a.cat.Indicator(a.cat.Scoped(indicator.Code(s)))
		if ind == nil {
			return s
		}
		for i := range a.rows {
			if a.rows[i].Code == ind.Code {
				return "代码" + a.rows[i].No
			}
		}
		return ind.Name
	})
}

// The marks of the levels and of the other outcomes in the 审核 column.
const (
	markFail    = "✗"
	markExplain = "△"
	markPass    = "✓ 通过"
	markPending = "待核"
	markBlank   = "未填"
)

// write writes the checks on the hidden sheet, those of a row together, mandatory
// ones first.
func (a *audit) write() {
	place := func(c check) int { return a.lines[c.code] }
	level := func(c check) int {
		if c.rule.Level == string(finding.Mandatory) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(a.checks, func(x, y check) int {
		if d := place(x) - place(y); d != 0 {
			return d
		}
		return level(x) - level(y)
	})
	for i, text := range knownHeader {
		a.set(i+1, 1, text)
	}
	for i, c := range a.checks {
		row := i + 2
		name, mark, ask := finding.Mandatory.Name(), markFail, ""
		if level(c) > 0 {
			name, mark, ask = finding.Plausibility.Name(), markExplain, "；属实的在“说明”栏写明原因"
		}
		state := known(checkState, row)
		for j, v := range [...]any{
			string(c.code), c.rule.ID, name, c.expr,
			verdict{c.formula, c.before},
			verdict{fmt.Sprintf(`IF(ISNUMBER(%s),0,1)`, state), ""},
			fmt.Sprintf("%s %s %s%s", mark, c.rule.ID, c.failing, ask),
			fmt.Sprintf("%s %s %s", markPending, c.rule.ID, c.rule.Name),
		} {
			a.set(checkCode+j, row, v)
		}
	}
	a.do(a.file.SetSheetVisible(knownSheet, false, true))
	a.protect(knownSheet)
}

// column is the range of the checks i to j (exclusive) in a column.
func column(col, i, j int) string {
	return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", knownSheet, workbook.Column(col), i+2, workbook.Column(col), j+1)
}

// show writes the live 审核 column and the line above the table, and colours what
// is wrong.
func (a *audit) show() {
	col := a.auditCol()
	a.header(col, auditHeader, 40)
	l := boxed()
	l.size = 9
	for i := range a.rows {
		r := &a.rows[i]
		from := slices.IndexFunc(a.checks, func(c check) bool { return c.code == r.Code })
		if from < 0 {
			continue
		}
		to := from
		for to < len(a.checks) && a.checks[to].code == r.Code {
			to++
		}
		state := column(checkState, from, to)
		fails := fmt.Sprintf("COUNTIF(%s,0)", state)
		a.put(span(col, col, a.lines[r.Code]), verdict{fmt.Sprintf(
			`IF(%s>0,INDEX(%s,MATCH(0,%s,0))&IF(%s>1,"（等"&%s&"处）",""),IF(%s="O","%s",IF(SUM(%s)>0,INDEX(%s,MATCH(1,%s,0)),"%s")))`,
			fails, column(checkText, from, to), state, fails, fails, a.classes[string(r.Code)+" "+string(ValueColumn)], markBlank,
			column(checkPending, from, to), column(checkWait, from, to), column(checkPending, from, to), markPass), markBlank}, l)
	}
	n := len(a.checks)
	count := func(level finding.Severity) string {
		return fmt.Sprintf(`COUNTIFS(%s,"%s",%s,0)`, column(checkLevel, 0, n), level.Name(), column(checkState, 0, n))
	}
	bold := plain()
	bold.bold = true
	empty := 0
	for _, c := range a.checks {
		if c.before == "0" {
			empty++
		}
	}
	a.put(span(1, len(a.columns), a.headTop-1), verdict{
		fmt.Sprintf(
			`IF(%s>0,"本表还有 "&%s&" 处强制性问题，改好后再报送","强制性审核没有发现问题，可以报送")&IF(%s>0,"；有 "&%s&" 处须在“说明”栏写明原因","")`,
			count(finding.Mandatory), count(finding.Mandatory), count(finding.Plausibility), count(finding.Plausibility)),
		fmt.Sprintf("本表还有 %d 处强制性问题，改好后再报送", empty),
	}, bold)
	a.colours(col)
}

// colours sets the conditional formats. They look at the form's own cells: older
// programs do not let them look at another sheet.
func (a *audit) colours(col int) {
	last := a.bodyTop
	for _, at := range a.lines {
		last = max(last, at)
	}
	mark := fmt.Sprintf("LEFT($%s%d,1)", workbook.Column(col), a.bodyTop)
	red, amber, green := a.tint("9C0006", "FFC7CE"), a.tint("7F6000", "FFEB9C"), a.tint("375623", "")
	empty := a.tint("9C0006", "FFE8EA")
	rows := workbook.Range{From: workbook.Ref{Col: col, Row: a.bodyTop}, To: workbook.Ref{Col: col, Row: last}}
	a.conditional(rows, mark+`="`+markFail+`"`, red)
	a.conditional(rows, mark+`="`+markExplain+`"`, amber)
	a.conditional(rows, mark+`="✓"`, green)
	for i, c := range a.columns {
		if c.Kind.Measure() == "" && c.Kind != CaliberColumn {
			continue
		}
		cells := workbook.Range{From: workbook.Ref{Col: i + 1, Row: a.bodyTop}, To: workbook.Ref{Col: i + 1, Row: last}}
		a.conditional(cells, mark+`="`+markFail+`"`, red)
		a.conditional(cells, mark+`="`+markExplain+`"`, amber)
	}
	for _, n := range footNames {
		at := a.foots[n.label]
		a.conditional(workbook.Range{From: at, To: at}, fmt.Sprintf("LEN(TRIM(%s))=0", at), empty)
	}
	top := workbook.Ref{Col: 1, Row: a.headTop - 1}
	a.conditional(workbook.Range{From: top, To: top}, fmt.Sprintf(`LEFT(%s,2)="本表"`, top), a.tint("C00000", ""))
	a.conditional(workbook.Range{From: top, To: top}, fmt.Sprintf(`LEFT(%s,2)<>"本表"`, top), green)
}

func (a *audit) tint(font, fill string) int {
	st := &excelize.Style{Font: &excelize.Font{Color: font}}
	if fill != "" {
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
	}
	id, err := a.file.NewConditionalStyle(st)
	a.do(err)
	return id
}

func (a *audit) conditional(cells workbook.Range, test string, style int) {
	a.do(a.file.SetConditionalFormat(a.name, cells.String(), []excelize.ConditionalFormatOptions{
		{Type: "formula", Criteria: test, Format: &style, StopIfTrue: true},
	}))
}
