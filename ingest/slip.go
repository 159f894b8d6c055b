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

// slips look for the mistakes that people make with figures. They suggest and
// never apply: most add what may have been meant to the hint of a finding that
// the rules have raised; only a whole column that repeats another, and a
// percentage filed as a fraction, are asked about by themselves, because no rule
// sees them.
func (c *check) slips() {
	if c.once() {
		return
	}
	c.pasted()
	c.fractions()
	shifted := c.shiftedRows()
	for i := range c.found {
		f := &c.found[i]
		o := c.values[indicator.Code(f.Code)]
		if o == nil || !o.Value.Valid || f.Severity == finding.Note || !slices.Contains([]string{"R14", "R15", "R19", "R20", "R21", "R23"}, f.Rule) {
			continue
		}
		for _, suggest := range []func(*finding.Finding, *indicator.Observation) string{c.monthly, c.sign, c.fraction, c.swapped} {
			if text := suggest(f, o); text != "" {
				f.Hint = text + "；" + f.Hint
				break
			}
		}
		if text := shifted[o.Code]; text != "" && f.Place == c.place(o) {
			f.Hint = text + "；" + f.Hint
		}
	}
}

// slipped raises a finding of no numbered rule.
func (c *check) slipped(f finding.Finding, name string) {
	f.Rule, f.Severity = name, finding.Plausibility
	c.found = append(c.found, f)
}

// earlier is the accepted figure of a series some months before the period.
func (c *check) earlier(code indicator.Code, end int) (decimal.Decimal, bool) {
	k, ok := c.req.History(code, end)
	return k.Value.Decimal, ok && k.Value.Valid
}

// within reports whether a figure is near another, by a share of that one.
func within(d, of decimal.Decimal, share float64) bool {
	return !d.Sub(of).Abs().GreaterThan(of.Abs().Mul(decimal.NewFromFloat(share)))
}

// filedAs prints a suggested figure with its unit.
func (c *check) filedAs(o *indicator.Observation, d decimal.Decimal) string {
	ind := c.defs.Catalogue.Indicator(o.Code)
	return written(d, ind.Decimals) + ind.Unit
}

// monthly: a cumulative figure below the last one is about what one period adds.
func (c *check) monthly(f *finding.Finding, o *indicator.Observation) string {
	last, ok := c.earlier(o.Code, o.Period.Prev().End)
	v := o.Value.Decimal
	if f.Rule != "R14" && f.Rule != "R15" || !ok || v.Sign() <= 0 || !v.LessThan(last) || o.Period.N() == 1 {
		return ""
	}
	step := last.DivRound(decimal.NewFromInt(int64(o.Period.N()-1)), 6) // on average
	if ago, ok := c.earlier(o.Code, o.Period.YearAgo().End); ok {
		if before, ok := c.earlier(o.Code, o.Period.YearAgo().Prev().End); ok && ago.GreaterThan(before) {
			step = ago.Sub(before)
		}
	}
	if !within(v, step, 0.5) {
		return ""
	}
	return fmt.Sprintf("疑似填了当期数：上期累计 %s 加所填 %s，累计应为 %s", c.filedAs(o, last), c.filedAs(o, v), c.filedAs(o, last.Add(v)))
}

// sign: a figure with a minus before it is about what it was a year ago; a growth
// with the other sign is that of the level.
func (c *check) sign(f *finding.Finding, o *indicator.Observation) string {
	if g, derived, ok := c.published(f, o); ok {
		if g.Sign()*derived.Sign() < 0 && g.Neg().Sub(derived).Abs().LessThanOrEqual(one) {
			return "疑似正负号填反，可能应为 " + written(g.Neg(), 1) + "%"
		}
		return ""
	}
	v := o.Value.Decimal
	if ago, ok := c.earlier(o.Code, o.Period.YearAgo().End); ok && f.Rule != "R21" && v.Sign() < 0 && ago.Sign() > 0 && within(v.Neg(), ago, 0.3) {
		return "疑似误加负号，可能应为 " + c.filedAs(o, v.Neg())
	}
	return ""
}

// fraction: a growth of 0.057 beside a level that grew by about 5.7 %.
func (c *check) fraction(f *finding.Finding, o *indicator.Observation) string {
	g, derived, ok := c.published(f, o)
	if !ok || g.Abs().GreaterThanOrEqual(one) || derived.Abs().LessThan(one) || g.Shift(2).Sub(derived).Abs().GreaterThan(one) {
		return ""
	}
	return "疑似把百分数填成了小数，可能应为 " + written(g.Shift(2), 1) + "%"
}

// published is the growth that a finding of R21 points at, and that of its level
// over the accepted figure of a year ago.
func (c *check) published(f *finding.Finding, o *indicator.Observation) (growth, derived decimal.Decimal, ok bool) {
	if f.Rule != "R21" {
		return growth, derived, false
	}
	levels, at := c.defs.levels[o.Code], o
	if g := c.measure(o.Code, indicator.GrowthMeasure); g != nil && c.place(g) == f.Place {
		levels, at = []indicator.Code{o.Code}, g
	}
	for _, code := range levels {
		ind := c.defs.Catalogue.Indicator(code)
		if p, ends := o.Period.As(ind.Freq); ends && at.Value.Valid {
			if b := c.base(ind, p); b.value.Valid && b.accepted.Valid && b.accepted.Decimal.Sign() > 0 {
				return at.Value.Decimal, rate(b.value.Decimal, b.accepted.Decimal), true
			}
		}
	}
	return growth, derived, false
}

// swapped: two neighbouring digits changed over would bring the figure to where
// its published growth, or else last year, says it is. More than one such figure
// suggests nothing.
func (c *check) swapped(f *finding.Finding, o *indicator.Observation) string {
	ago, ok := c.earlier(o.Code, o.Period.YearAgo().End)
	ind := c.defs.Catalogue.Indicator(o.Code)
	if !ok || ago.Sign() <= 0 || ind.Nature.Relative() || f.Rule == "R20" {
		return ""
	}
	expected, share := ago, 0.03
	if b := c.base(ind, o.Period); b.growth.Valid && !b.real {
		if b.filed.Valid && b.filed.Decimal.Sign() > 0 {
			ago = b.filed.Decimal
		}
		expected, share = ago.Mul(decimal.NewFromInt(100).Add(b.growth.Decimal)).Shift(-2), 0.01
	} else if o.Value.Decimal.Abs().LessThan(decimal.NewFromInt(100)) && ind.Decimals == 0 {
		return "" // two digits swap into too much
	}
	if within(o.Value.Decimal, expected, 2*share) {
		return ""
	}
	digits := []byte(written(o.Value.Decimal, ind.Decimals))
	var found []decimal.Decimal
	for i := range len(digits) - 1 {
		j := i + 1
		if digits[j] == '.' {
			j++
		}
		if digits[i] == '.' || digits[i] == '-' || j >= len(digits) || digits[i] == digits[j] {
			continue
		}
		swap := slices.Clone(digits)
		swap[i], swap[j] = swap[j], swap[i]
		d, err := decimal.NewFromString(string(swap))
		if err == nil && within(d, expected, share) {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return "疑似相邻两位数字颠倒，可能应为 " + c.filedAs(o, found[0])
}

// shiftedRows: two neighbouring rows or more are far from what they were, and each
// near what the row above it, or the row below, was. One row alone
// is a coincidence: a part that has doubled is where its whole was.
func (c *check) shiftedRows() map[indicator.Code]string {
	for _, side := range []struct {
		step int
		word string
	}{{-1, "上"}, {1, "下"}} {
		texts := make([]string, len(c.filed)+2) // one more at either end: nothing
		for i, o := range c.filed {
			if j := i + side.step; j >= 0 && j < len(c.filed) {
				texts[i+1] = c.shifted(o, c.filed[j], side.word)
			}
		}
		out := map[indicator.Code]string{}
		for i, o := range c.filed {
			if texts[i+1] != "" && texts[i]+texts[i+2] != "" {
				out[o.Code] = texts[i+1]
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// shifted says that a row holds what its neighbour held in the last period or a
// year ago, and not what it held itself; "" when it does not.
func (c *check) shifted(o, next *indicator.Observation, word string) string {
	if !o.Value.Valid || o.Value.Decimal.Sign() <= 0 {
		return ""
	}
	text := ""
	for _, p := range []period.Period{o.Period.Prev(), o.Period.YearAgo()} {
		own, ok := c.earlier(o.Code, p.End)
		if ok && within(o.Value.Decimal, own, 0.3) {
			return ""
		}
		if other, filed := c.earlier(next.Code, p.End); ok && filed && within(o.Value.Decimal, other, 0.15) {
			text = fmt.Sprintf("疑似错行：所填与%s一行“%s”%s的 %s 相近", word, c.labels[next.Code], p.Name(), c.filedAs(next, other))
		}
	}
	return text
}

// fewest is how many rows must repeat before a column is called pasted.
const fewest = 3

// pasted: every figure of the return repeats the last period's, or its own 上年
// 同期, and one of them accumulates, so that it cannot stand still.
func (c *check) pasted() {
	last := c.ret.Period.Prev()
	c.repeats("slip-pasted", "上期（"+last.Name()+"）已接收的数", func(o *indicator.Observation) (decimal.Decimal, bool) {
		if last.Year() != o.Period.Year() && c.defs.Catalogue.Indicator(o.Code).Nature.Cumulative() {
			return decimal.Zero, false
		}
		return c.earlier(o.Code, last.End)
	})
	c.repeats("slip-pasted", "上年同期栏的数", func(o *indicator.Observation) (decimal.Decimal, bool) {
		if ago := c.measure(o.Code, indicator.YearAgoMeasure); ago != nil && ago.Value.Valid {
			return ago.Value.Decimal, true
		}
		return decimal.Zero, false
	})
}

func (c *check) repeats(name, what string, of func(*indicator.Observation) (decimal.Decimal, bool)) {
	var rows []*indicator.Observation
	moving := false
	for _, o := range c.filed {
		if !o.Value.Valid || o.Value.Decimal.IsZero() {
			continue
		}
		d, ok := of(o)
		if !ok {
			continue
		}
		if !d.Equal(o.Value.Decimal) {
			return
		}
		rows = append(rows, o)
		moving = moving || c.defs.Catalogue.Indicator(o.Code).Nature.Cumulative()
	}
	if len(rows) < fewest || !moving {
		return
	}
	f := c.at(rows[0])
	f.Value, f.Want = fmt.Sprintf("%d行都与%s相同", len(rows), what), "本期的数"
	f.Message = "本期各行与" + what + "完全相同，疑似粘贴了旧数"
	f.Hint = "核对是否复制了旧表的一列；属实的在第一行的“说明”栏写明原因"
	for _, o := range rows[1:] {
		f.Related = append(f.Related, c.place(o))
	}
	c.slipped(f, name)
}

// fractions: a percentage of about a hundredth of what it was last time (0.056
// for 5.6), or a hundred times (560).
func (c *check) fractions() {
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		unit := c.defs.Catalogue.Unit(ind.Unit)
		if unit == nil || unit.Dimension != "percent" || !o.Value.Valid || o.Value.Decimal.IsZero() {
			continue
		}
		last, ok := c.earlier(o.Code, o.Period.Prev().End)
		if !ok {
			if last, ok = c.earlier(o.Code, o.Period.YearAgo().End); !ok {
				continue
			}
		}
		v := o.Value.Decimal
		for _, shift := range []int32{2, -2} {
			meant := v.Shift(shift)
			// A rate near zero wanders by whole multiples: only a clear one tells.
			if shift == 2 && -v.Exponent() <= int32(ind.Decimals) || last.Abs().LessThan(one) || !within(meant, last, 0.5) {
				continue
			}
			f := c.at(o)
			f.Value, f.Want = v.String()+ind.Unit, "与上次的 "+written(last, ind.Decimals)+ind.Unit+" 同一数量级"
			f.Message = "疑似百分数与小数混用"
			f.Hint = fmt.Sprintf("本行计量单位为%%，可能应为 %s；属实的在“说明”栏写明原因", strings.TrimSuffix(c.filedAs(o, meant), "%")+"%")
			c.slipped(f, "slip-percent")
		}
	}
}
