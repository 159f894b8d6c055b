package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// once reports whether the return is filed for one period only: the base year
// has no year before it.
func (c *check) once() bool {
	e := c.ret.Form.Edition(c.ret.Period)
	return e == nil || !e.Once.IsZero()
}

// silent reports whether a row has no figure for a rule to look at. A blank makes
// the rule unverifiable; “…” and “—” are answers, and nothing is asked of them.
func (c *check) silent(r *indicator.Rule, o *indicator.Observation) bool {
	if !o.Value.Valid && o.Status == indicator.Missing {
		c.cannot(r, o.Code, "本表没有"+c.defs.Catalogue.Indicator(o.Code).Name+"的数")
	}
	return !o.Value.Valid
}

// accepted is the accepted figure of a row's series at another period. Without
// one the rule is unverifiable.
func (c *check) accepted(r *indicator.Rule, o *indicator.Observation, p period.Period) (Known, bool) {
	k, ok := c.req.History(o.Code, p.End)
	d, counts := counted(k.Value, k.Status)
	if ok && counts {
		k.Value = decimal.NewNullDecimal(d)
		return k, true
	}
	c.cannot(r, o.Code, c.without(o.Code, p, ok))
	return Known{}, false
}

// without says that a figure of an accepted return is not there.
func (c *check) without(code indicator.Code, p period.Period, filed bool) string {
	name := p.Name() + c.defs.Catalogue.Indicator(code).Name
	if filed {
		return "已接收的" + name + "没有数"
	}
	return "未收到" + name
}

// related is where an accepted figure stands, for a finding that compares with
// it.
func (k Known) related() []finding.Place {
	if k.Place == (finding.Place{}) {
		return nil
	}
	return []finding.Place{k.Place}
}

// history compares every row with what was accepted before: R15, R23, R31 and R19.
// A jump that another finding has named already is not said twice.
func (c *check) history() {
	if c.once() {
		return
	}
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		if ind.Nature.Relative() || ind.Nature.Evidence() || ind.Nature == indicator.Index {
			continue
		}
		c.fallen(o, ind)
		c.overtaken(o, ind)
		c.shrunk(o, ind)
		if !c.vanished(o, ind) && !c.raised("R20", o) {
			c.jumped(o, ind)
		}
	}
}

// raised reports whether a rule has a finding about a row already.
func (c *check) raised(rule string, o *indicator.Observation) bool {
	return slices.ContainsFunc(c.found, func(f finding.Finding) bool { return f.Rule == rule && f.Place == c.place(o) })
}

// fallen is R15: what accumulates within a year does not get less. The first
// period of a year has none before it; nor has February where January is 免报.
func (c *check) fallen(o *indicator.Observation, ind *indicator.Indicator) {
	before := o.Period.Prev()
	r := c.rule("R15")
	if r == nil || ind.Nature != indicator.FlowYTD || before.Year() != o.Period.Year() || c.ret.Form.Edition(o.Period).Exempt(before) || c.silent(r, o) {
		return
	}
	last, ok := c.accepted(r, o, before)
	switch {
	case !ok:
	case o.Value.Decimal.LessThan(last.Value.Decimal):
		f := c.at(o)
		f.Value = written(o.Value.Decimal, ind.Decimals) + ind.Unit
		f.Want = "不小于" + before.Name() + "累计 " + written(last.Value.Decimal, ind.Decimals) + ind.Unit + "（已接收）"
		f.Related = last.related()
		c.fail(r, o.Code, f)
	default:
		c.pass(r, o.Code)
	}
}

// overtaken is R15 seen from the other side: what is filed late or revised is not
// more than the next period's accepted total.
func (c *check) overtaken(o *indicator.Observation, ind *indicator.Indicator) {
	after := o.Period.Next()
	r := c.rule("R15")
	k, ok := c.req.History(o.Code, after.End)
	if r == nil || ind.Nature != indicator.FlowYTD || after.Year() != o.Period.Year() || !ok || !k.Value.Valid || !o.Value.Valid ||
		!o.Value.Decimal.GreaterThan(k.Value.Decimal) {
		return
	}
	f := c.at(o)
	f.Value = written(o.Value.Decimal, ind.Decimals) + ind.Unit
	f.Want = "不大于" + after.Name() + "累计 " + written(k.Value.Decimal, ind.Decimals) + ind.Unit + "（已接收）"
	f.Message = "累计数大于下期累计"
	f.Hint = "核对本期数；" + after.Name() + "也要修订的，在“说明”栏写明，并随后报送"
	f.Related = k.related()
	c.fail(r, o.Code, f)
}

// shrunk is R23: a register does not get shorter without one of the reasons that
// registers know.
func (c *check) shrunk(o *indicator.Observation, ind *indicator.Indicator) {
	r := c.rule("R23")
	if r == nil || ind.Nature != indicator.CountStock || c.silent(r, o) {
		return
	}
	before := o.Period.Prev()
	last, ok := c.accepted(r, o, before)
	switch {
	case !ok:
	case o.Value.Decimal.LessThan(last.Value.Decimal):
		f := c.at(o)
		f.Value = written(o.Value.Decimal, ind.Decimals) + ind.Unit
		f.Want = "不小于" + before.Name() + " " + written(last.Value.Decimal, ind.Decimals) + ind.Unit + "（已接收）"
		f.Message = fmt.Sprintf("%s：比上期减少%s%s", r.Message, last.Value.Decimal.Sub(o.Value.Decimal), ind.Unit)
		f.Hint = "核对台账；确有减少的，" + c.reason(r)
		f.Related = last.related()
		c.fail(r, o.Code, f)
	default:
		c.pass(r, o.Code)
	}
}

// reason says what a 说明 must contain for a rule that asks for certain words.
func (c *check) reason(r *indicator.Rule) string {
	return "在“说明”栏写明" + strings.Join(r.Words, "、") + "等原因"
}

// vanished is R31: a series that had a figure a year ago has none, or a zero. It
// tells whether it raised a finding.
func (c *check) vanished(o *indicator.Observation, ind *indicator.Indicator) bool {
	r := c.rule("R31")
	nothing := o.Status == indicator.CannotExist || o.Value.Valid && o.Value.Decimal.IsZero()
	switch {
	case r == nil || o.Status == indicator.Missing:
		return false
	case !nothing:
		c.pass(r, o.Code)
		return false
	}
	if k, ok := c.req.History(o.Code, o.Period.YearAgo().End); ok && k.Status == indicator.CannotExist {
		c.pass(r, o.Code) // it had none a year ago either
		return false
	}
	ago, ok := c.accepted(r, o, o.Period.YearAgo())
	if !ok {
		return false
	}
	if ago.Value.Decimal.Sign() <= 0 {
		c.pass(r, o.Code)
		return false
	}
	f := c.at(o)
	f.Value = c.shown(o.Code, o.Value, o.Status)
	f.Want = "上年同期为 " + written(ago.Value.Decimal, ind.Decimals) + ind.Unit + "（已接收）"
	f.Related = ago.related()
	c.fail(r, o.Code, f)
	return true
}

// jumped is R19. A base that is zero, negative or only a few of the smallest unit
// makes no rate; nothing is asked of it.
func (c *check) jumped(o *indicator.Observation, ind *indicator.Indicator) {
	r := c.rule("R19")
	if r == nil || c.silent(r, o) {
		return
	}
	ago, ok := c.accepted(r, o, o.Period.YearAgo())
	if !ok {
		return
	}
	now, before := o.Value.Decimal, ago.Value.Decimal
	if least := decimal.NewFromFloat(r.Least).Shift(int32(-ind.Decimals)); before.Sign() <= 0 || before.LessThan(least) {
		return
	}
	limit := decimal.NewFromFloat(r.Limit)
	if ind.Jump > 0 {
		limit = decimal.NewFromFloat(ind.Jump)
	}
	if !now.Sub(before).Abs().Shift(2).GreaterThan(before.Mul(limit)) {
		c.pass(r, o.Code)
		return
	}
	f := c.at(o)
	f.Value = written(now, ind.Decimals) + ind.Unit
	f.Want = "与上年同期 " + written(before, ind.Decimals) + ind.Unit + "（已接收）相差不超过" + limit.String() + "%"
	f.Message = r.Message + "：" + change(now, before, limit)
	f.Related = ago.related()
	c.fail(r, o.Code, f)
}

// change words the change between two figures: 增长45.2%，下降3.1%. What only just
// exceeds a limit is printed with the decimals that show it.
func change(now, before, limit decimal.Decimal) string {
	moved := now.Sub(before).Shift(2)
	rate := moved.DivRound(before.Abs(), 2)
	if rate.Abs().Equal(limit) {
		rate = moved.DivRound(before.Abs(), filedDecimals)
	}
	if rate.Sign() < 0 {
		return "下降" + rate.Neg().String() + "%"
	}
	return "增长" + rate.String() + "%"
}
