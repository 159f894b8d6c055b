package ingest

import (
	"fmt"
	"math"
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
	refs []indicator.Code // the inputs, without aliases and formulas
	freq period.Freq      // at which it is asked
}

// relate parses one expression of a rule, and the formulas of what it refers to.
func (d *Definitions) relate(r *indicator.Rule, src string) error {
	e, err := formula.Parse(src)
	if err != nil {
		return fmt.Errorf("parse rule %s: %w", r.ID, err)
	}
	rel := relation{rule: r, expr: e, freq: formula.Freq(e, d.Catalogue.Indicator)}
	for _, code := range formula.Refs(e) {
		if rel.refs, err = d.inputs(rel.refs, code); err != nil {
			return fmt.Errorf("parse rule %s: %w", r.ID, err)
		}
	}
	d.relations = append(d.relations, rel)
	return nil
}

// inputs adds what a code stands for to the list: the inputs of a formula, the
// code of an alias.
func (d *Definitions) inputs(refs []indicator.Code, code indicator.Code) ([]indicator.Code, error) {
	code = d.Catalogue.Scoped(code)
	ind := d.Catalogue.Indicator(code)
	if ind == nil || ind.Kind != indicator.Derived {
		if !slices.Contains(refs, code) {
			refs = append(refs, code)
		}
		return refs, nil
	}
	e := d.derived[code]
	if e == nil {
		var err error
		if e, err = formula.Parse(ind.Formula); err != nil {
			return nil, fmt.Errorf("formula of %s: %w", code, err)
		}
		d.derived[code] = e
	}
	for _, part := range formula.Refs(e) {
		var err error
		if refs, err = d.inputs(refs, part); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// A source is where an operand stands: in this return, or in an accepted one,
// which may have been a file of the same name.
type source struct {
	place finding.Place
	own   *indicator.Observation // nil when it is an accepted one
}

// read gives formulas the value of a series at one of its own periods: from this
// return, else the accepted one. “…” counts as zero, “—” is left out
// of sums, what is blank has no value. What is derived is computed from what it is made of.
func (c *check) read(code indicator.Code, p period.Period) (formula.Operand, bool) {
	code = c.defs.Catalogue.Scoped(code)
	if e := c.defs.derived[code]; e != nil {
		n := formula.Eval(e, p, formula.Resolve(p, c.defs.Catalogue.Indicator, c.read))
		if !n.Value.OK {
			return formula.Operand{Period: p, Why: n.Why, Without: n.Without, Source: n}, false
		}
		return formula.Computed(p, n.Value.V, n), true
	}
	if o, ok := c.values[code]; ok && o.Period.End == p.End {
		return operand(p, o.Value, o.Status, source{c.place(o), o})
	}
	if p.End == c.ret.Period.End && c.ret.Line(code) != nil {
		// The row is here and its figure cannot be read: what was accepted before is
		// not what this return says.
		return formula.Operand{Period: p, Why: indicator.BlankCell}, false
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
	if s == indicator.CannotExist {
		return formula.CannotExist(p, at), false
	}
	return formula.Operand{Period: p, Why: indicator.BlankCell, Source: at}, false
}

// counted is a filed cell as a figure: “…” is zero, blank and “—” are none.
func counted(v decimal.NullDecimal, s indicator.ObsStatus) (decimal.Decimal, bool) {
	if s == indicator.NotSignificant {
		return decimal.Zero, true
	}
	return v.Decimal, v.Valid
}

// relations runs the rules that are expressions, of which this return holds a
// row: R06–R14, R16–R18, R24–R26, R30. A relation with an absent operand is
// unverifiable: it neither holds nor fails.
func (c *check) relations() {
	for i := range c.defs.relations {
		rel := &c.defs.relations[i]
		// A relation of annual figures is not asked in March: the cumulative value
		// of a quarter bears no relation to that of the year before.
		p, ends := c.ret.Period.As(rel.freq)
		if !rel.rule.InForce(c.ret.Period) || !ends || rel.rule.Annual && p.LastMonth() != 12 ||
			!slices.ContainsFunc(rel.refs, func(code indicator.Code) bool { return c.values[code] != nil }) {
			continue
		}
		c.judge(rel, p)
		if !rel.rule.Annual {
			c.reaches(rel, p.Next())
		}
	}
}

// judge asks a relation at a period of the return.
func (c *check) judge(rel *relation, p period.Period) {
	subject := indicator.Code(fmt.Sprint(rel.refs))
	node := formula.Eval(rel.expr, p, formula.Resolve(p, c.defs.Catalogue.Indicator, c.read))
	holds, known := node.Verdict()
	at := c.suspect(rel.refs)
	switch {
	case !known:
		if missing := c.missing(node); missing != "" {
			c.cannot(rel.rule, subject, missing)
		}
	case at == nil: // its rows here are blank, and older figures stand for them
	case holds:
		c.pass(rel.rule, subject)
	case rel.rounded(node, c.defs.Catalogue):
		c.pass(rel.rule, subject)
		f := c.at(at)
		f.Rule, f.Severity = rel.rule.ID, finding.Note
		f.Value, f.Want = c.sides(node, at)
		f.Message, f.Hint = "相差在四舍五入误差之内", "不必修改"
		c.found = append(c.found, f)
	default:
		c.broken(rel, node, at, subject)
	}
}

// reaches asks a relation at the next period, when that was accepted before this
// return came and the relation reaches back into it: what is filed late or revised
// must suit what follows.
func (c *check) reaches(rel *relation, p period.Period) {
	node := formula.Eval(rel.expr, p, formula.Resolve(p, c.defs.Catalogue.Indicator, c.read))
	holds, known := node.Verdict()
	all := sources(node)
	i := slices.IndexFunc(all, func(s source) bool { return s.own != nil })
	if !known || i < 0 {
		return
	}
	subject := indicator.Code(fmt.Sprint(rel.refs, p))
	if holds || rel.rounded(node, c.defs.Catalogue) {
		c.pass(rel.rule, subject)
		return
	}
	c.broken(rel, node, all[i].own, subject)
}

// broken raises the finding of a relation that does not hold.
func (c *check) broken(rel *relation, node *formula.Node, at *indicator.Observation, subject indicator.Code) {
	f := c.at(at)
	f.Hint = rel.rule.Hint
	f.Value, f.Want = c.sides(node, at)
	foreign := false
	rows := []indicator.Code{at.Code}
	for _, s := range sources(node) {
		if s.own != at && s.place != (finding.Place{}) && !slices.Contains(f.Related, s.place) {
			f.Related = append(f.Related, s.place)
		}
		if s.own != nil && s.own != at {
			rows = append(rows, s.own.Code)
		}
		foreign = foreign || s.own == nil
	}
	if foreign && !strings.Contains(f.Hint, "退回") {
		f.Hint = strings.TrimSuffix(f.Hint, "。") + "；如已接收的数有误，先申请退回更正。"
	}
	c.fail(rel.rule, subject, f, rows...)
}

// rounded reports whether a comparison that does not hold misses by no more than
// the rounding of its operands explains (R30).
func (rel *relation) rounded(n *formula.Node, cat *indicator.Catalogue) bool {
	return rel.rule.Rounding && !indicator.Less(formula.Slack(rel.expr, cat.Indicator), math.Abs(n.Children[0].Value.V-n.Children[1].Value.V))
}

// missing says which operands of a relation were not there; "" when it asks
// nothing of this period: the year begins anew in January.
func (c *check) missing(n *formula.Node) string {
	var said []string
	for _, leaf := range absent(n) {
		ind := c.defs.Catalogue.Indicator(c.defs.Catalogue.Scoped(leaf.Code))
		if ind == nil {
			continue
		}
		if ind.Nature.Cumulative() && leaf.Period.End == n.Period.Prev().End && leaf.Period.LastMonth() == 12 {
			return ""
		}
		text := "未收到" + leaf.Period.Name() + ind.Name
		switch s, known := leaf.Operand.(source); {
		case known && s.own != nil:
			text = "本表没有" + ind.Name + "的数"
		case known:
			text = "已接收的" + leaf.Period.Name() + ind.Name + "没有数"
		}
		if !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	if len(said) == 0 {
		return "分母为零，无法计算"
	}
	return strings.Join(said, "；")
}

// absent are the operands without a value under a step.
func absent(n *formula.Node) []*formula.Node {
	if n.Value.OK {
		return nil
	}
	if n.Op == "ref" {
		if inner, derived := n.Operand.(*formula.Node); derived {
			return absent(inner)
		}
		return []*formula.Node{n}
	}
	var out []*formula.Node
	for _, child := range n.Children {
		out = append(out, absent(child)...)
	}
	return out
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
		if made, derived := mine.Operand.(*formula.Node); derived {
			return c.words(made) + "，得 " + c.figure(mine), bound + " " + c.words(other) + c.unit(mine)
		}
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
		code := c.defs.Catalogue.Scoped(n.Code)
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
	if n.Without {
		return "“—”（不计入）"
	}
	if _, derived := n.Operand.(*formula.Node); derived {
		ind := c.defs.Catalogue.Indicator(n.Code)
		return written(indicator.Round(n.Value.V, ind.Decimals+2, indicator.HalfUp), ind.Decimals) + ind.Unit
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

// unit is the unit that a bare number is compared in.
func (c *check) unit(n *formula.Node) string {
	if ind := c.defs.Catalogue.Indicator(n.Code); ind != nil {
		return ind.Unit
	}
	return ""
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
	switch o := n.Operand.(type) {
	case source:
		out = append(out, o)
	case *formula.Node:
		out = append(out, sources(o)...)
	}
	for _, child := range n.Children {
		out = append(out, sources(child)...)
	}
	return out
}
