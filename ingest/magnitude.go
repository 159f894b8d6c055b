package ingest

import (
	"fmt"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
)

// magnitudes is R20: a value that is about 10, 100 or 10,000 times that of a
// year ago, or as many times less, is probably in the wrong unit. Only units
// that have a sister (万元 and 亿元, 辆 and 万辆) can be mistaken so.
func (c *check) magnitudes() {
	r := c.rule("R20")
	if r == nil || c.once() {
		return
	}
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		sisters := c.sisters(ind.Unit)
		if len(sisters) == 0 || ind.Nature.Relative() || ind.Nature.Evidence() || c.silent(r, o) {
			continue
		}
		ago, ok := c.accepted(r, o, o.Period.YearAgo())
		if !ok {
			continue
		}
		var s slip
		if ago.Value.Decimal.Sign() > 0 && o.Value.Decimal.Sign() > 0 {
			s = slipOf(o.Value.Decimal.Div(ago.Value.Decimal))
		}
		if s.times == 0 {
			c.pass(r, o.Code)
			continue
		}
		f := c.at(o)
		f.Value = written(o.Value.Decimal, ind.Decimals) + ind.Unit
		f.Want = "与上年同期 " + written(ago.Value.Decimal, ind.Decimals) + ind.Unit + " 同一数量级"
		f.Message = r.Message + "：约为上年同期的" + s.words()
		f.Hint = c.remedy(o, sisters, s)
		f.Related = ago.related()
		c.fail(r, o.Code, f)
	}
}

// sisters are the other units of a unit's dimension.
func (c *check) sisters(symbol string) []*indicator.Unit {
	cat := c.defs.Catalogue
	own := cat.Unit(symbol)
	if own == nil {
		return nil
	}
	var all []*indicator.Unit
	for i := range cat.Units {
		if u := &cat.Units[i]; u.Dimension == own.Dimension && u != own {
			all = append(all, u)
		}
	}
	return all
}

// remedy says what the figure would be if it was filed in the sister unit that
// the slip suggests.
func (c *check) remedy(o *indicator.Observation, sisters []*indicator.Unit, s slip) string {
	ind := c.defs.Catalogue.Indicator(o.Code)
	own := c.defs.Catalogue.Unit(ind.Unit)
	mistake := "请核对小数点位置和计量单位（本行为" + ind.Unit + "）"
	for _, u := range sisters {
		factor, ok := indicator.ConvertFactor(u, own)
		times := decimal.NewFromInt(s.times)
		if ok && (s.up && factor.Mul(times).Equal(one) || !s.up && factor.Equal(times)) {
			mistake = fmt.Sprintf("本行计量单位为%s；如误按%s填报，应填 %s", ind.Unit, u.Symbol, written(o.Value.Decimal.Mul(factor), ind.Decimals)+ind.Unit)
		}
	}
	return fmt.Sprintf("%s；属实的在“说明”栏写明原因（不少于%d个字）后重报", mistake, minExplanation)
}

// A slip is how many times too large (up) or too small a value seems to be; the
// zero slip is none.
type slip struct {
	times int64
	up    bool
}

func (s slip) words() string {
	switch {
	case s.up:
		return fmt.Sprintf("%d倍", s.times)
	case s.times == 10:
		return "十分之一"
	case s.times == 100:
		return "百分之一"
	}
	return "万分之一"
}

var one = decimal.NewFromInt(1)

// slipOf recognises the bands of R20, bounds included: [8,12.5], [80,125],
// [8000,12500] and their inverses.
func slipOf(ratio decimal.Decimal) slip {
	if ratio.Sign() <= 0 {
		return slip{}
	}
	up := ratio.GreaterThanOrEqual(one)
	if !up {
		ratio = one.Div(ratio)
	}
	for _, times := range []int64{10, 100, 10000} {
		n := decimal.NewFromInt(times)
		if ratio.GreaterThanOrEqual(n.Mul(decimal.New(8, -1))) && ratio.LessThanOrEqual(n.Mul(decimal.New(125, -2))) {
			return slip{times, up}
		}
	}
	return slip{}
}
