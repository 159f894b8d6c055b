package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A relation is one expression of a rule, parsed.
type relation struct {
	rule *indicator.Rule
	expr formula.Expr
	refs []indicator.Code // resolved: no aliases
	freq period.Freq      // at which it is asked
}

func newRelation(r *indicator.Rule, src string, cat *indicator.Catalogue) (relation, error) {
	e, err := formula.Parse(src)
	if err != nil {
		return relation{}, fmt.Errorf("parse rule %s: %w", r.ID, err)
	}
	rel := relation{rule: r, expr: e, freq: formula.Freq(e, cat.Indicator)}
	for _, code := range formula.Refs(e) {
		rel.refs = append(rel.refs, resolve(code, cat))
	}
	return rel, nil
}

// resolve is the code that a scope alias stands for; any other is itself.
func resolve(code indicator.Code, cat *indicator.Catalogue) indicator.Code {
	if ind := cat.Indicator(code); ind != nil && ind.Kind == indicator.Alias {
		return indicator.Code(ind.Formula)
	}
	return code
}

// A source is where an operand stands: in this return, or in an accepted one,
// which may have been a file of the same name.
type source struct {
	place finding.Place
	own   *indicator.Observation // nil when it is an accepted one
}

// read gives formulas the value of a series at one of its own periods: from this
// return, else the accepted one. “…” counts as zero; what is blank or “—” has no
// value.
func (c *check) read(code indicator.Code, p period.Period) (formula.Operand, bool) {
	code = resolve(code, c.defs.Catalogue)
	if o, ok := c.values[code]; ok && o.Period.End == p.End {
		return operand(p, o.Value, o.Status, source{c.place(o), o})
	}
	k, ok := c.req.History(code, p.End)
	if !ok {
		return formula.Operand{Period: p, Why: indicator.NotComputable}, false
	}
	return operand(p, k.Value, k.Status, source{place: k.Place})
}

func operand(p period.Period, v decimal.NullDecimal, s indicator.ObsStatus, at source) (formula.Operand, bool) {
	if d, ok := counted(v, s); ok {
		return formula.Filed(p, d, at), true
	}
	return formula.Operand{Period: p, Why: indicator.BlankCell}, false
}

// counted is a filed cell as a figure: “…” is zero, blank and “—” are none.
func counted(v decimal.NullDecimal, s indicator.ObsStatus) (decimal.Decimal, bool) {
	if s == indicator.NotSignificant {
		return decimal.Zero, true
	}
	return v.Decimal, v.Valid
}

// relations runs the mandatory relations of which this return holds an operand:
// R06, R07, R09–R14. A relation with an absent operand is unverifiable: it
// neither holds nor fails.
func (c *check) relations() finding.List {
	var found finding.List
	for _, rel := range c.defs.relations {
		at := c.suspect(rel.refs)
		// A relation of annual figures is not asked in March: the cumulative value
		// of a quarter bears no relation to that of the year before.
		p, ends := c.ret.Period.As(rel.freq)
		if at == nil || !ends || rel.rule.Annual && p.LastMonth() != 12 {
			continue
		}
		node := formula.Eval(rel.expr, p, formula.Resolve(p, c.defs.Catalogue.Indicator, c.read))
		if holds, known := node.Verdict(); holds || !known {
			continue
		}
		f := finding.Finding{
			Rule: rel.rule.ID, Severity: finding.Mandatory, Place: c.place(at),
			Label: c.labels[at.Code], Code: string(at.Code),
			Message: rel.rule.Message, Hint: rel.rule.Hint,
		}
		f.Value, f.Want = c.sides(node, at)
		foreign := false
		for _, s := range sources(node) {
			if s.own != at && s.place != (finding.Place{}) {
				f.Related = append(f.Related, s.place)
			}
			foreign = foreign || s.own == nil
		}
		if foreign && !strings.Contains(f.Hint, "退回") {
			f.Hint = strings.TrimSuffix(f.Hint, "。") + "；如已接收的数有误，先申请退回更正。"
		}
		found = append(found, f)
	}
	return found
}

// suspect is the operand of a relation that a finding points at: the first one
// the rule names that this return has a figure for. Rules name the part before
// the whole, so it is the part when it stands in this return.
func (c *check) suspect(refs []indicator.Code) *indicator.Observation {
	for _, code := range refs {
		if o := c.values[code]; o != nil {
			if _, ok := counted(o.Value, o.Status); ok {
				return o
			}
		}
	}
	return nil
}

// bounds are what a comparison asks of its left side, then of its right side.
var bounds = map[string][2]string{
	"≤": {"不大于", "不小于"}, "≥": {"不小于", "不大于"}, "<": {"小于", "大于"}, ">": {"大于", "小于"}, "=": {"等于", "等于"},
}

// sides words a failed comparison from the suspect cell's point of view: what
// stands there and what should.
func (c *check) sides(n *formula.Node, at *indicator.Observation) (value, want string) {
	mine, other, bound := n.Children[0], n.Children[1], bounds[n.Op][0]
	if !holds(mine, at) {
		mine, other, bound = other, mine, bounds[n.Op][1]
	}
	switch mine.Op {
	case "ref":
		return c.figure(mine), bound + " " + c.words(other)
	case "+":
		return c.words(mine) + "，合计 " + c.figure(mine), "合计" + bound + " " + c.words(other)
	case "−", "×", "÷":
		return c.words(mine) + "，得 " + c.figure(mine), bound + " " + c.words(other)
	}
	return c.words(mine), bound + " " + c.words(other)
}

// holds reports whether a side of a comparison has the cell among its operands.
func holds(n *formula.Node, at *indicator.Observation) bool {
	return slices.ContainsFunc(sources(n), func(s source) bool { return s.own == at })
}

// words writes an operand with its name and figure, and what is not of this
// return as such: 2026年8月空气质量优良天数（累计）210天（已接收）.
func (c *check) words(n *formula.Node) string {
	switch n.Op {
	case "ref":
		name := string(n.Code)
		code := resolve(n.Code, c.defs.Catalogue)
		if ind := c.defs.Catalogue.Indicator(code); ind != nil {
			name = ind.Name
		}
		if n.Period.End != c.ret.Period.End {
			name = n.Period.Name() + name
		}
		text := name + c.figure(n)
		if s, ok := n.Operand.(source); ok && s.own == nil {
			text += "（已接收）"
		}
		return text
	case "+", "−", "×", "÷":
		if len(n.Children) == 2 {
			return c.words(n.Children[0]) + " " + n.Op + " " + c.words(n.Children[1])
		}
	case "prev", "year_ago", "at":
		return c.words(n.Children[0])
	case "days_ytd":
		return "1月1日至报告期末的日历天数" + c.figure(n) + "天"
	case "number":
		return n.Text
	}
	return n.Text + "（" + c.figure(n) + "）"
}

// figure prints the value of a step in full: that of an operand with its unit, a
// sum with the unit of its parts.
func (c *check) figure(n *formula.Node) string {
	if s, ok := n.Operand.(source); ok && s.own != nil && s.own.Status == indicator.NotSignificant {
		return "“…”（按0计）"
	}
	unit, decimals := "", 0
	leaf := n
	for leaf.Op == "+" || leaf.Op == "−" || leaf.Op == "prev" || leaf.Op == "year_ago" || leaf.Op == "at" {
		leaf = leaf.Children[0]
	}
	if ind := c.defs.Catalogue.Indicator(leaf.Code); ind != nil {
		unit, decimals = ind.Unit, ind.Decimals
	}
	return written(indicator.Round(n.Value.V, filedDecimals, indicator.HalfUp), decimals) + unit
}

// filedDecimals is how many decimals a filed figure can have.
const filedDecimals = 6

// written prints a figure in full, with at least the decimals of its indicator.
func written(d decimal.Decimal, decimals int) string {
	_, fraction, _ := strings.Cut(d.String(), ".")
	return d.StringFixed(int32(max(decimals, len(fraction))))
}

// sources lists where the operands of an evaluated relation stand.
func sources(n *formula.Node) []source {
	var out []source
	if s, ok := n.Operand.(source); ok {
		out = append(out, s)
	}
	for _, child := range n.Children {
		out = append(out, sources(child)...)
	}
	return out
}
