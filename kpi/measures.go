package kpi

import (
	"math"
	"slices"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
)

// at is the value of an indicator at the month, as an ordinal; nil when there is
// none.
func (f *found) at(code indicator.Code, end int) *indicator.Point { return point(f.history[code], end) }

// point is the one of a series that ends in a month; nil when there is none.
func point(pts []indicator.Point, end int) *indicator.Point {
	i, ok := slices.BinarySearchFunc(pts, end, func(pt indicator.Point, end int) int { return pt.Period.End - end })
	if !ok {
		return nil
	}
	return &pts[i]
}

// whole reports a value whose parts are of one vintage and caliber.
func whole(p *indicator.Point) bool {
	return p != nil && p.Vintage != indicator.Mixed && p.Caliber != indicator.Mixed
}

// same reports whether two values make a ratio: of one vintage, and of one
// caliber when both name one (§5.22).
func same(a, b *indicator.Point) bool {
	return whole(a) && whole(b) && a.Vintage == b.Vintage && a.SameCaliber(*b)
}

// unbroken reports whether a value can be set against an earlier one of its series:
// there is no change of caliber between them (§5.2).
func unbroken(now, ago *indicator.Point) bool {
	return now != nil && ago != nil && now.SameCaliber(*ago)
}

// measure fills in the measures of a result.
func (p *Plan) measure(r *indicator.Result, ind *indicator.Indicator, s *series, f *found, q Question) {
	m := &r.Measures
	own := measure.Of(indicator.Unbroken(f.history[ind.Code], r.Period.End))
	exempt := func(e period.Period) bool { _, filed := p.due(ind.Code, e, q); return !filed }
	if ind.Nature.Cumulative() && ind.Freq != period.Year { // a year is its own 当期
		if in, why := measure.InPeriod(own, r.Period, exempt); why == indicator.Present {
			m.InPeriod = &in
		}
	}
	if ind.Nature == indicator.CountFlowPeriod {
		if v, why := measure.YearToDate(own, r.Period); why == indicator.Present {
			m.YearToDate = indicator.Some(v)
		}
	}
	if whole(f.at(ind.Code, r.Period.End)) && whole(f.at(ind.Code, r.Period.Prev().End)) {
		if c, why := measure.Chain(own, r.Period, ind.Nature, p.running(ind), exempt); why == indicator.Present {
			if u := p.Catalogue.Unit(ind.Unit); c.Change.OK && u.Dimension != "percent" && u.Dimension != "points" {
				c.Step, c.Change = indicator.Some(float64(c.Change.V)), indicator.Opt[indicator.Points]{} // 倍, 万元/辆
			}
			m.Chain = &c
		}
	}
	p.backOut(r, ind, f)
	p.contribution(r, ind, f)
	p.parts(r, ind, s, f)
	t := ind.Target()
	if t == nil || !t.HasValue {
		return
	}
	p.inYear(r, ind, t, own)
	if t.Evaluation == indicator.Floor {
		p.floors(r, t, s, f)
	}
	p.census(r, ind, t, s, f)
	if g := f.growthOf(ind.ShareOf, r.Period.End); g.OK {
		s.wider = g
	}
}

// running reports whether values of the indicator are made of cumulative ones.
func (p *Plan) running(ind *indicator.Indicator) bool {
	if ind.Nature == indicator.GrowthRate {
		return true
	}
	for _, in := range p.Inputs(ind.Code) {
		if p.Catalogue.Indicator(in).Nature.Cumulative() {
			return true
		}
	}
	return false
}

// published is the growth filed for a level at a month: of its own indicator, or
// of the growth column of its row.
func (p *Plan) published(code indicator.Code, end int, f *found) (indicator.Opt[indicator.Percent], indicator.PriceBasis) {
	ind := p.Catalogue.Indicator(code)
	if g := p.Catalogue.Indicator(ind.Growth); g != nil {
		if pt := f.at(ind.Growth, end); pt != nil {
			return indicator.Some(indicator.Percent(pt.Value)), g.PriceBasis
		}
	}
	if v, ok := f.filed[indicator.GrowthMeasure][code][end]; ok {
		return indicator.Some(indicator.Percent(v)), ind.GrowthBasis
	}
	return indicator.Opt[indicator.Percent]{}, ind.GrowthBasis
}

// growthOf is the nominal growth of a level at a month, from levels.
func (f *found) growthOf(code indicator.Code, end int) indicator.Opt[indicator.Percent] {
	now, ago := f.at(code, end), f.at(code, end-12)
	if !unbroken(now, ago) || ago.Value <= 0 {
		return indicator.Opt[indicator.Percent]{}
	}
	return indicator.Some(indicator.Percent((now.Value/ago.Value - 1) * 100))
}

// backOut sets the published growth against the levels (R21).
func (p *Plan) backOut(r *indicator.Result, ind *indicator.Indicator, f *found) {
	g, basis := p.published(ind.Code, r.Period.End, f)
	if !g.OK || ind.Nature.Relative() || ind.Nature.Evidence() {
		return
	}
	l := measure.Level{
		Value: r.Value.V, Published: g.V, Stored: r.YearAgo,
		Real: ind.PriceBasis == indicator.Current && basis == indicator.Constant,
	}
	if v, ok := f.filed[indicator.YearAgoMeasure][ind.Code][r.Period.End]; ok {
		l.Filed = indicator.Some(v)
	}
	for i := range p.Catalogue.Rules {
		if rule := &p.Catalogue.Rules[i]; rule.ID == "R21" {
			if b, ok := measure.BackOut(l, measure.Limits{Points: rule.Limit, Low: rule.Low, High: rule.High, Decimals: ind.Decimals}); ok {
				r.Measures.BackOut = &b
			}
		}
	}
}

// contribution is that of a part to its whole, of one area and one price basis
// of growth (§5.12).
func (p *Plan) contribution(r *indicator.Result, ind *indicator.Indicator, f *found) {
	total := p.Catalogue.Indicator(ind.ShareOf)
	if total == nil || p.area(ind.Code) != p.area(ind.ShareOf) || ind.PriceBasis == indicator.NoPrice || ind.PriceBasis != total.PriceBasis {
		return
	}
	end := r.Period.End
	part, sum := f.at(ind.Code, end), f.at(ind.ShareOf, end)
	if !same(part, sum) {
		return
	}
	pg, pb := p.published(ind.Code, end, f)
	wg, wb := p.published(ind.ShareOf, end, f)
	var c indicator.Contribution
	var ok bool
	partAgo, sumAgo := f.at(ind.Code, end-12), f.at(ind.ShareOf, end-12)
	switch {
	case pb != wb:
		return
	case pb != ind.PriceBasis: // current levels, real growth
		if !pg.OK || !wg.OK {
			return
		}
		c, ok = measure.Contribute(sum.Value, wg.V, part.Value, pg.V)
	case same(partAgo, sumAgo) && unbroken(part, partAgo) && unbroken(sum, sumAgo):
		c, ok = measure.ContributeExact(sum.Value, sumAgo.Value, part.Value, partAgo.Value)
	}
	if ok {
		c.Whole = ind.ShareOf
		r.Measures.Contribution = &c
	}
}

// The growth a year of the wider region that the needed own growth is shown for,
// in per cent (peers.md §3.8).
const (
	slowest = 3
	fastest = 8
)

// parts splits the change of a share, and says what own growth its target needs:
// from the newest complete year on when the share is made of cumulative values.
func (p *Plan) parts(r *indicator.Result, ind *indicator.Indicator, s *series, f *found) {
	part, total, ok := formula.ShareOf(p.exprs[ind.Code])
	if !ok {
		return
	}
	end := r.Period.End
	a, b, aAgo, bAgo := f.at(part, end), f.at(total, end), f.at(part, end-12), f.at(total, end-12)
	if !same(a, b) || !same(aAgo, bAgo) || !unbroken(a, aAgo) || !unbroken(b, bAgo) {
		return
	}
	sp, ok := measure.Parts(a.Value, b.Value, aAgo.Value, bAgo.Value)
	if !ok {
		return
	}
	sp.Part, sp.Whole = part, total
	from, at := s.judged, s.at
	if n := len(s.annual); s.runYear != 0 && p.running(ind) { // part of a year is no year's share (invariant 6)
		if n == 0 {
			r.Measures.Parts = &sp
			return
		}
		from, at = s.annual[n-1].Value, s.annual[n-1].T
	}
	t := ind.Target()
	if t != nil && t.HasValue && t.Evaluation == indicator.Endpoint && !meets(t, from) {
		for w := slowest; w <= fastest; w++ {
			if own, ok := measure.OwnGrowth(from, threshold(t), planEnd-at, indicator.Percent(w)); ok {
				sp.Needed = append(sp.Needed, indicator.Needed{Wider: indicator.Percent(w), Own: own})
			}
		}
	}
	r.Measures.Parts = &sp
}

// path is where the plan would be k years after the base.
func (p *Plan) path(base float64, t *indicator.Target, k float64, geometric bool) float64 {
	return projection.Path(base, t.Value, k, planYears, geometric)
}

// inYear is 序时 of the running year: a cumulative value against what its path
// wants of the year, or against its floor.
func (p *Plan) inYear(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, own measure.Series) {
	year, month := r.Period.Year(), r.Period.LastMonth()
	if !ind.Nature.Cumulative() || year <= period.BaseYear {
		return
	}
	pace := indicator.Pace{Linear: indicator.Percent(float64(month) / 12 * 100)}
	switch {
	case t.Evaluation == indicator.Floor:
		pace.YearTarget = t.Value
	case t.Evaluation == indicator.Endpoint && r.Base.OK:
		pace.YearTarget = p.path(r.Base.V, t, float64(year-period.BaseYear), ind.Nature.Geometric())
	}
	if pace.YearTarget <= 0 {
		return
	}
	if ind.Nature == indicator.CountFlowYTD { // days are counted by the calendar (§5.30)
		pace.Linear = indicator.Percent(float64(r.Period.DaysYTD()) / float64(period.Of(period.Year, year, 1).DaysYTD()) * 100)
	}
	pace.Completion = indicator.Percent(r.Value.V / pace.YearTarget * 100)
	pace.Lead = indicator.Points(pace.Completion - pace.Linear)
	if share, years, ok := measure.Season(own, year, month, p.Catalogue.Settings.MinSeasonalYears); ok {
		pace.Seasonal, pace.Years = indicator.Some(share), years
		pace.SeasonalLead = indicator.Some(indicator.Points(pace.Completion - share))
	}
	if left, done := (12-month)/ind.Freq.Months(), month/ind.Freq.Months(); left > 0 {
		each := (pace.YearTarget - r.Value.V) / float64(left)
		pace.Remaining = indicator.Some(each)
		if r.Value.V > 0 {
			pace.Multiple = indicator.Some(each / (r.Value.V / float64(done)))
		}
	}
	r.Measures.Pace = &pace
}

// floors holds every complete year of the plan against the floor, and the days
// left of a floor on days (catalogue A28). Which days were measured is what the
// rate of the indicator is a share of.
func (p *Plan) floors(r *indicator.Result, t *indicator.Target, s *series, f *found) {
	for _, a := range s.annual {
		if year := int(math.Round(a.T)) - 1; year >= period.FirstYear && year <= t.Year {
			r.Measures.Floors = append(r.Measures.Floors, indicator.FloorYear{Year: year, Value: a.Value, Met: meets(t, a.Value)})
		}
	}
	if r.Nature != indicator.CountFlowYTD {
		return
	}
	valid := f.at(p.outOf[r.Code], r.Period.End)
	if valid == nil {
		return
	}
	days := period.Of(period.Year, r.Period.Year(), 1).DaysYTD()
	if b, ok := projection.Budget(int(r.Value.V), int(valid.Value), r.Period.DaysYTD(), days, int(t.Value)); ok {
		r.Measures.Days = &b
	}
}

// census sets the judged value on the basis before the census beside the current
// one (§5.5).
func (p *Plan) census(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series, f *found) {
	if f.before == nil || s.partial {
		return
	}
	then := measure.Of(f.before.history[ind.Code])
	end := int(math.Round(s.at*12)) - 1
	now := f.at(ind.Code, end)
	if now == nil {
		return
	}
	b := indicator.BeforeCensus{Period: now.Period, Current: now.Value, Method: "census-link@1"}
	for _, pt := range f.history[ind.Code] { // the newest period that has both
		old, ok := then[pt.Period.End]
		if ok && pt.Vintage == indicator.Census && old.Value != 0 && pt.Period.End <= end {
			b.Factor, b.Overlap = pt.Value/old.Value, pt.Period
		}
	}
	old, ok := then[end]
	switch {
	case b.Factor <= 0 || ok && old.Value == now.Value:
		return // nothing is known of both bases, or this period was not revised
	case ok:
		b.Value = old.Value
	default:
		b.Value, b.Linked = now.Value/b.Factor, true
	}
	b.Gap, b.CurrentGap = b.Value-t.Value, b.Current-t.Value
	b.Reached, b.CurrentReached = meets(t, b.Value), meets(t, b.Current)
	r.Measures.BeforeCensus = &b
}
