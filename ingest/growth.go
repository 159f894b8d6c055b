package ingest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A base is one level with what is said of its growth: the published rate, and
// what the figure of a year ago was, as accepted then and as filed now.
type base struct {
	ind    *indicator.Indicator
	period period.Period

	value, growth, accepted, filed decimal.NullDecimal

	at, growthAt, filedAt *indicator.Observation // in this return; nil when they are not

	ago       Known // the accepted figure of a year ago
	published bool  // a growth is filed for the level at all
	mine      bool  // this return has a cell for it
	dash      bool  // and it is “—”
	real      bool  // it is in constant prices, the level is not
}

// growths are R21 and R22: what is published of growth, against the levels.
func (c *check) growths() {
	if c.once() {
		return
	}
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		if !ind.Nature.Relative() && !ind.Nature.Evidence() && ind.Nature != indicator.Index {
			c.backed(c.base(ind, o.Period))
		}
		for _, level := range c.defs.levels[o.Code] {
			lev := c.defs.Catalogue.Indicator(level)
			if p, ok := o.Period.As(lev.Freq); ok && c.values[level] == nil {
				c.backed(c.base(lev, p))
			}
			c.copied(o, level)
		}
	}
	for i := range c.observations {
		o := &c.observations[i]
		if ind := c.defs.Catalogue.Indicator(o.Code); o.Measure == indicator.GrowthMeasure && ind.GrowthBasis != ind.PriceBasis {
			c.copied(o, o.Code)
		}
	}
}

// base collects what is known of a level at a period.
func (c *check) base(ind *indicator.Indicator, p period.Period) base {
	b := base{ind: ind, period: p, at: c.values[ind.Code]}
	take := func(o *indicator.Observation) decimal.NullDecimal {
		if o == nil {
			return decimal.NullDecimal{}
		}
		return o.Value
	}
	if b.at != nil {
		b.value = take(b.at)
	} else if k, ok := c.req.History(ind.Code, p.End); ok {
		b.value = k.Value
	}
	if k, ok := c.req.History(ind.Code, p.YearAgo().End); ok {
		b.ago, b.accepted = k, k.Value
	}
	b.filedAt = c.measure(ind.Code, indicator.YearAgoMeasure)
	b.filed = take(b.filedAt)
	line := c.ret.Line(ind.Code)
	g := c.defs.Catalogue.Indicator(ind.Growth)
	switch {
	case line != nil && line.Row.Takes(indicator.GrowthMeasure):
		b.published, b.mine, b.real = true, true, ind.PriceBasis != ind.GrowthBasis
		b.growthAt = c.measure(ind.Code, indicator.GrowthMeasure)
		b.growth = take(b.growthAt)
	case g != nil:
		b.published, b.real = true, ind.PriceBasis == indicator.Current && g.PriceBasis == indicator.Constant
		if b.growthAt = c.values[ind.Growth]; b.growthAt != nil {
			b.growth, b.mine = b.growthAt.Value, true
		} else if k, ok := c.req.History(ind.Growth, p.End); ok {
			b.growth, b.dash = k.Value, k.Status == indicator.CannotExist
		}
	}
	b.dash = b.dash || b.growthAt != nil && b.growthAt.Status == indicator.CannotExist
	return b
}

// backed is R21, with the back-out check of the base: the level and its published
// growth say what the figure of a year ago was. Each way of disagreeing has its
// own message: a slip of the pen, a base that was restated, a price.
func (c *check) backed(b base) {
	r := c.rule("R21")
	if r == nil || b.dash || !b.published && !b.filed.Valid {
		return
	}
	if b.at != nil && c.raised("R20", b.at) {
		return // the level is in doubt already
	}
	positive := func(d decimal.NullDecimal) bool { return d.Valid && d.Decimal.Sign() > 0 }
	compared := positive(b.accepted) || positive(b.filed)
	switch {
	case b.published && !b.value.Valid:
		c.cannot(r, b.ind.Code, c.lacks(b.at != nil, b.period, b.ind.Name))
		return
	case b.published && !b.growth.Valid:
		c.cannot(r, b.ind.Code, c.lacks(b.mine, b.period, b.ind.Name+"的公布增速"))
		return
	case b.published && !compared, !b.published && !b.accepted.Valid:
		if b.accepted.Valid {
			return // a base of nothing has no growth
		}
		c.cannot(r, b.ind.Code, c.without(b.ind.Code, b.period.YearAgo(), b.ago.Status != ""))
		return
	}
	limit := decimal.NewFromFloat(r.Limit)
	restated := positive(b.accepted) && b.filed.Valid &&
		b.filed.Decimal.Sub(b.accepted.Decimal).Abs().Shift(2).GreaterThan(b.accepted.Decimal.Mul(limit))
	offAccepted := b.published && positive(b.accepted) && c.off(r, &b, b.accepted.Decimal)
	offFiled := b.published && positive(b.filed) && (restated || !positive(b.accepted)) && c.off(r, &b, b.filed.Decimal)
	if !restated && !offAccepted && !offFiled {
		c.pass(r, b.ind.Code)
		return
	}
	c.disagree(r, &b, restated, offAccepted, offFiled)
}

// lacks says that an operand of a rule is blank here, or was never received.
func (c *check) lacks(own bool, p period.Period, name string) string {
	if own {
		return "本表没有" + name + "的数"
	}
	return "未收到" + p.Name() + name
}

// rate is the growth of a level over a base, in per cent.
func rate(now, before decimal.Decimal) decimal.Decimal {
	return now.Sub(before).Shift(2).DivRound(before, 6)
}

// prices is the change of prices, in per cent, that stands between the growth of
// a level and its published real growth.
func prices(level, growth decimal.Decimal) decimal.Decimal {
	hundred := decimal.NewFromInt(100)
	volume := hundred.Add(growth)
	if volume.Sign() <= 0 {
		return decimal.NewFromInt(-100)
	}
	return hundred.Add(level).Shift(2).DivRound(volume, 6).Sub(hundred)
}

// off reports whether the published growth does not go with the level over a
// base: nominal growth within the limit, real growth within plausible prices.
func (c *check) off(r *indicator.Rule, b *base, before decimal.Decimal) bool {
	g := rate(b.value.Decimal, before)
	if !b.real {
		return b.growth.Decimal.Sub(g).Abs().GreaterThan(decimal.NewFromFloat(r.Limit).Add(b.rounding(before)))
	}
	d := prices(g, b.growth.Decimal)
	return d.LessThan(decimal.NewFromFloat(r.Low)) || d.GreaterThan(decimal.NewFromFloat(r.High))
}

// rounding is by how much, in 百分点, the growth of the printed levels can differ
// from that of the unrounded ones: much when the base is a few of the last place.
func (b *base) rounding(before decimal.Decimal) decimal.Decimal {
	if b.ind.Decimals == 0 {
		return decimal.Zero
	}
	half := decimal.New(5, int32(-b.ind.Decimals-1))
	return half.Mul(b.value.Decimal.Abs().Add(before)).Shift(2).DivRound(before.Mul(before), 6)
}

// disagree words R21.
func (c *check) disagree(r *indicator.Rule, b *base, restated, offAccepted, offFiled bool) {
	filed := func(d decimal.Decimal) string { return written(d, b.ind.Decimals) + b.ind.Unit }
	at := b.growthAt
	if at == nil || restated && !offFiled || restated && !offAccepted {
		at = b.filedAt
	}
	if at == nil {
		at = b.at
	}
	if at == nil {
		return // nothing of it stands in this return
	}
	f := c.at(at)
	ago := b.accepted
	if !offAccepted {
		ago = b.filed
	}
	switch {
	case restated && (!b.published || !offAccepted && offFiled):
		f.Value, f.Want = filed(b.filed.Decimal), filed(b.accepted.Decimal)+"（上年已接收）"
		f.Message = "上年同期与上年已接收的数不同，疑似填错"
		f.Hint = "上年同期照上年已接收的数填；上年基数确已修订的，在“说明”栏写明口径"
	case restated && !offFiled:
		f.Value, f.Want = filed(b.filed.Decimal), filed(b.accepted.Decimal)+"（上年已接收）"
		f.Message = "上年同期与上年已接收的数不同，公布增速按表上的上年同期计算：上年基数疑已修订"
		f.Hint = "在“说明”栏写明可比口径：基数为何修订、依据什么文件；没有修订的，上年同期照已接收的数填"
	case b.real:
		g := rate(b.value.Decimal, ago.Decimal)
		f.Value = written(b.growth.Decimal, 1) + "%"
		f.Want = fmt.Sprintf("与总量增长 %s%% 之间的价格变动在%s%%至%s%%之间", g.Round(2), decimal.NewFromFloat(r.Low), decimal.NewFromFloat(r.High))
		f.Message = fmt.Sprintf("公布的可比价增速与现价总量不符：隐含价格变动 %s%%", prices(g, b.growth.Decimal).Round(2))
		f.Hint = "核对增速和现价总量各一处；属实的写明价格变动或口径调整"
	default:
		g := rate(b.value.Decimal, ago.Decimal)
		f.Value, f.Want = written(b.growth.Decimal, 1)+"%", "按总量推算 "+g.Round(2).String()+"%，相差不超过"+decimal.NewFromFloat(r.Limit).String()+"个百分点"
		f.Message = r.Message
		f.Hint = c.backOut(r, b, g, filed)
	}
	f.Related = b.ago.related()
	for _, o := range []*indicator.Observation{b.at, b.growthAt, b.filedAt} {
		if o != nil && o != at && !slices.Contains(f.Related, c.place(o)) {
			f.Related = append(f.Related, c.place(o))
		}
	}
	rows := []indicator.Code{indicator.Code(f.Code)}
	if b.at != nil && b.growthAt != nil && b.at.Code != b.growthAt.Code {
		rows = append(rows, b.at.Code, b.growthAt.Code)
	}
	c.fail(r, b.ind.Code, f, rows...)
}

// backOut is the hint about a nominal growth that does not go with its level:
// what the base would have been, and whether it looks like a real growth.
func (c *check) backOut(r *indicator.Rule, b *base, g decimal.Decimal, filed func(decimal.Decimal) string) string {
	var hints []string
	if volume := decimal.NewFromInt(100).Add(b.growth.Decimal); volume.Sign() > 0 {
		hints = append(hints, "按公布增速倒推，上年同期应为 "+filed(b.value.Decimal.Shift(2).DivRound(volume, int32(b.ind.Decimals))))
	}
	if d := prices(g, b.growth.Decimal); b.ind.PriceBasis == indicator.Current && d.Abs().GreaterThan(decimal.NewFromFloat(r.Limit)) &&
		!d.LessThan(decimal.NewFromFloat(r.Low)) && !d.GreaterThan(decimal.NewFromFloat(r.High)) {
		hints = append(hints, fmt.Sprintf("若填的是可比价增速（隐含价格变动 %s%%），本行应填名义增速", d.Round(2)))
	}
	return strings.Join(append(hints, "核对总量和增速；属实的"+strings.TrimSuffix(r.Hint, "。")), "；")
}

// cellRef is a reference to a cell in a formula.
var cellRef = regexp.MustCompile(`\$?([A-Z]{1,3})\$?([0-9]{1,7})`)

// copied is R22: published growth is filed as published. A cell that computes it
// from the level on the same sheet holds another measure, the derived ratio,
// which the system keeps apart.
func (c *check) copied(o *indicator.Observation, level indicator.Code) {
	r := c.rule("R22")
	own, of := c.ret.Line(o.Code), c.ret.Line(level)
	if r == nil || own == nil || !o.Value.Valid {
		return
	}
	d, _ := own.Measure(o.Measure)
	if of != nil {
		for _, m := range cellRef.FindAllStringSubmatch(strings.ToUpper(d.Formula), -1) {
			for _, operand := range of.Data {
				if operand.Cell != m[1]+m[2] || operand.Cell == o.Cell {
					continue
				}
				f := c.at(o)
				f.Value, f.Want = "="+brief(d.Formula, shownLabel), "公布增速的数值"
				f.Hint = "同比增速照上级反馈数填写，不要用总量计算；公式改为数值"
				f.Related = []finding.Place{{File: c.req.File, Sheet: c.ret.Sheet, Cell: operand.Cell}}
				c.fail(r, o.Code, f)
				return
			}
		}
	}
	c.pass(r, o.Code)
}

// calibers is R27: a part and its whole that both name a caliber name the same
// one, or their ratio means nothing.
func (c *check) calibers() {
	r := c.rule("R27")
	if r == nil {
		return
	}
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		total := c.values[c.defs.Catalogue.Scoped(ind.ShareOf)]
		if total == nil || len(ind.Caliber) == 0 || len(c.defs.Catalogue.Indicator(total.Code).Caliber) == 0 {
			continue
		}
		part, of := c.ret.Line(o.Code).Caliber, c.ret.Line(total.Code).Caliber
		switch {
		case part.Text == "" || of.Text == "":
			c.cannot(r, o.Code, "没有口径标识")
		case part.Text == of.Text:
			c.pass(r, o.Code)
		default:
			f := c.at(o)
			f.Place.Cell = part.Cell
			f.Value, f.Want = part.Text, of.Text+"（"+c.labels[total.Code]+"）"
			f.Related = []finding.Place{{File: c.req.File, Sheet: c.ret.Sheet, Cell: of.Cell}}
			c.fail(r, o.Code, f, o.Code, total.Code)
		}
	}
}
