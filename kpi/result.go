package kpi

import (
	"math"
	"slices"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
)

// planYears is the number of intervals from the 2022 base to 2027 (§5.20).
const planYears = period.TargetYear - period.BaseYear

// result turns what SQL found into the record of one indicator: the measures
// that need roots, the projection, and the lamp.
func (p *Plan) result(ind *indicator.Indicator, f *found, q Question) indicator.Result {
	r := indicator.Result{
		Code: ind.Code, Name: ind.Name, Area: p.Catalogue.Resolve(ind.Area), Unit: ind.Unit,
		Kind: ind.Kind, Nature: ind.Nature, Asked: q.Period,
	}
	if t := ind.Target(); t != nil {
		r.TargetID = t.ID
	}
	m, ok := f.newest(ind.Code)
	e, expected := p.expected(ind.Code, q)
	if !ok || (expected && m.Period.End < e.End) {
		p.missing(&r, ind, e, expected, f, q)
		return r
	}
	r.Period = m.Period
	r.Value = indicator.Some(m.Value)
	r.Status, r.Vintage, r.Caliber, r.Carried = m.Status, m.Vintage, m.Caliber, m.Carried
	s := newSeries(ind, f.history[ind.Code], m, p.Catalogue.Settings)
	p.compare(&r, ind, m, s, f)
	s.grown, s.then = p.grown(ind, f), f.then[ind.Code]
	p.progress(&r, ind, s)
	p.measure(&r, ind, s, f, q)
	p.judge(&r, ind, s)
	if r.Lamp != indicator.NoLamp && r.Absence != indicator.Incomparable {
		r.Reason += s.breakText()
	}
	return r
}

// missing records why there is no value, and a grey lamp where there would be one.
func (p *Plan) missing(r *indicator.Result, ind *indicator.Indicator, e period.Period, expected bool, f *found, q Question) {
	if !expected {
		e = q.Period.Latest(ind.Freq)
	}
	var last *indicator.Point
	if m, ok := f.newest(ind.Code); ok {
		last = &m
	}
	why, who := p.absence(ind.Code, e, f, q)
	r.Period, r.Absence = e, why
	r.Reason = absenceReason(why, who, ind, e, last)
	t := ind.Target()
	switch {
	case t == nil:
	case !t.Scored:
		r.Reason = unscored(ind, t) + "；" + r.Reason
	default:
		r.Lamp, r.Method = indicator.Grey, string(t.Method)
	}
}

// compare fills in the year-ago figures, the published growth and the share.
//
// Across a change of caliber nothing is compared (不可比, §5.2), but with the
// comparable figure of a year ago that was filed beside the value.
func (p *Plan) compare(r *indicator.Result, ind *indicator.Indicator, m indicator.Point, s *series, f *found) {
	end := m.Period.End
	r.YearAgo = f.value(ind.Code, end-12)
	now, ago := f.at(ind.Code, end), f.at(ind.Code, end-12)
	broken := now != nil && ago != nil && !unbroken(now, ago)
	if restated, ok := f.filed[indicator.YearAgoMeasure][ind.Code][end]; broken && ok {
		r.YearAgo, broken = indicator.Some(restated), false
	}
	switch {
	case ind.Nature.Evidence() || broken && !ind.Nature.Relative():
	case ind.Nature.Relative():
		if r.YearAgo.OK && whole(now) && whole(ago) && !broken { // 不可比 has no change either
			r.Change = indicator.Some(indicator.Points(m.Value - r.YearAgo.V))
		}
	case r.YearAgo.OK && r.YearAgo.V > 0: // a base of zero or below has no growth (§5.8)
		r.Growth = indicator.Some(indicator.Percent((m.Value/r.YearAgo.V - 1) * 100))
	}
	r.Published, _ = p.published(ind.Code, end, f)
	base, judged := f.at(ind.Code, period.Of(period.Year, period.BaseYear, 1).End), f.at(ind.Code, int(math.Round(s.at*12))-1)
	if base != nil && unbroken(now, base) && unbroken(judged, base) {
		r.Base = indicator.Some(base.Value)
	}
	total, totalAgo := f.at(ind.ShareOf, end), f.at(ind.ShareOf, end-12)
	if ind.ShareOf == "" || total == nil || total.Value == 0 || !same(now, total) {
		return // parts of different vintages or calibers make no share (§5.22)
	}
	r.ShareOf = ind.ShareOf
	r.Share = indicator.Some(indicator.Percent(m.Value / total.Value * 100))
	if r.YearAgo.OK && totalAgo != nil && totalAgo.Value != 0 && same(ago, totalAgo) && unbroken(now, ago) && unbroken(total, totalAgo) {
		r.ShareChange = indicator.Some(indicator.Points(float64(r.Share.V) - r.YearAgo.V/totalAgo.Value*100))
	}
}

// A series is the history of one indicator, seen as years.
type series struct {
	annual   []projection.Annual // year-end values from the base on, oldest first
	even     []projection.Annual // of them, those since the caliber last changed
	known    []projection.Annual // those since then, also before the base
	since    *indicator.Point    // the first value since then, when there are values before it
	caliber  string              // since then
	then     map[int]vintage     // by origin year
	run      *projection.Running // what is known of the running year
	judged   float64             // the value that is set against the target
	partial  bool                // judged is part of a year, with no complete year before it
	at       float64             // when, in years: 2026.75 is the end of September 2026
	full     indicator.Opt[float64]
	nowcast  *indicator.Nowcast // how good full is
	grown    *series            // the level whose 年均增长 this is
	runYear  int                // the year that is not complete; 0 when the value is a year's
	runMonth int
	ytd      float64
	wider    indicator.Opt[indicator.Percent] // nominal growth of the whole it is a part of
}

func newSeries(ind *indicator.Indicator, pts []indicator.Point, m indicator.Point, set indicator.Settings) *series {
	s := &series{judged: m.Value, at: yearsAt(m.Period.End), ytd: m.Value}
	s.annual = planYearEnds(pts, m.Period.End)
	even := indicator.Unbroken(pts, m.Period.End)
	if len(even) > 0 && pts[0].Period != even[0].Period {
		s.since = &even[0]
	}
	s.even, s.caliber = planYearEnds(even, m.Period.End), caliberOf(even)
	seasonal := make(map[int]map[int]float64)
	for _, pt := range even {
		y, month := pt.Period.Year(), pt.Period.LastMonth()
		if seasonal[y] == nil {
			seasonal[y] = make(map[int]float64)
		}
		seasonal[y][month] = pt.Value
	}
	s.known = yearEnds(ind, even, m.Period.End)
	if m.Period.LastMonth() == 12 {
		return s
	}
	s.runYear, s.runMonth = m.Period.Year(), m.Period.LastMonth()
	switch {
	case ind.Nature.Cumulative():
		if n := len(s.annual); n > 0 { // judge the newest complete year (invariant 6)
			s.judged, s.at = s.annual[n-1].Value, s.annual[n-1].T
		} else {
			s.partial = true
		}
		s.estimate(projection.Nowcast(m.Value, s.runMonth, seasonal, set.MinSeasonalYears))
	case ind.Nature == indicator.Ratio && ind.Freq != period.Year:
		s.estimate(projection.NowcastRatio(m.Value, s.runMonth, seasonal, set.MinSeasonalYears))
	case ind.Nature.Stock() || ind.Nature == indicator.CountCum:
		s.run = &projection.Running{At: s.at, Value: m.Value}
	}
	return s
}

// planYearEnds are the year-end values from the base on, by the end of a month.
func planYearEnds(pts []indicator.Point, end int) []projection.Annual {
	var out []projection.Annual
	for _, pt := range pts {
		if pt.Period.LastMonth() == 12 && pt.Period.Year() >= period.BaseYear && pt.Period.End <= end {
			out = append(out, projection.Annual{T: yearsAt(pt.Period.End), Value: pt.Value})
		}
	}
	return out
}

// yearEnds are the values of whole years by the end of a month, oldest first.
func yearEnds(ind *indicator.Indicator, pts []indicator.Point, end int) []projection.Annual {
	if ind.Nature == indicator.CountFlowPeriod && ind.Freq != period.Year {
		return nil // the last quarter is no year
	}
	var out []projection.Annual
	for _, pt := range pts {
		if pt.Period.LastMonth() == 12 && pt.Period.End <= end {
			out = append(out, projection.Annual{T: yearsAt(pt.Period.End), Value: pt.Value})
		}
	}
	return out
}

// estimate takes the nowcast of the running year. One whose error nobody knows is
// shown, but nothing is built on it that has an interval.
func (s *series) estimate(est projection.Estimate, why indicator.Absence) {
	if why != indicator.Present {
		return
	}
	s.full = indicator.Some(est.Value)
	if est.Years < 2 {
		return
	}
	s.nowcast = &indicator.Nowcast{Error: est.Error, Off80: est.Off80, Off95: est.Off95, Years: est.Years, Method: est.Method}
	s.run = &projection.Running{At: float64(s.runYear + 1), Value: est.Value, Off80: est.Off80, Off95: est.Off95}
}

// breakText says that the values before a change of caliber were left aside.
func (s *series) breakText() string {
	switch {
	case s.since == nil:
		return ""
	case s.since.Status == indicator.Break:
		return "；" + s.since.Period.Name() + "起口径变动，此前各期不可比，不用于增速、进度和测算"
	}
	return "；" + s.since.Period.Name() + "以前分项口径不一致，不可比，不用于增速、进度和测算"
}

// few are the values from the base on that the plain drift continues when there
// are too few for more: with the running year as far as it is known.
func (s *series) few(ind *indicator.Indicator) []projection.Annual {
	switch {
	case s.full.OK:
		return append(slices.Clip(s.even), projection.Annual{T: float64(s.runYear + 1), Value: s.full.V})
	case s.runYear == 0 || ind.Nature.Cumulative() || ind.Nature == indicator.Ratio && ind.Freq != period.Year:
		return s.even
	}
	return append(slices.Clip(s.even), projection.Annual{T: s.at, Value: s.ytd})
}

// yearsAt is the end of a month in years: December 2022 is 2023.0, so that the
// plan runs from 2023.0 to 2028.0.
func yearsAt(end int) float64 { return float64(end+1) / 12 }

// The plan in those years.
var (
	planStart = yearsAt(period.Of(period.Year, period.BaseYear, 1).End)
	planEnd   = yearsAt(period.Of(period.Year, period.TargetYear, 1).End)
)

// progress fills in growth since the base, completion, path, requirement and
// projection.
func (p *Plan) progress(r *indicator.Result, ind *indicator.Indicator, s *series) {
	r.Elapsed = indicator.Percent((s.at - planStart) / planYears * 100)
	r.FullYear, r.Nowcast = s.full, s.nowcast
	base := r.Base
	if ind.Nature == indicator.CountCum {
		base = indicator.Some(0.0)
		r.Base = base
		r.SinceBase = r.Value
	} else if base.OK && !ind.Nature.Relative() && !ind.Nature.Evidence() {
		r.SinceBase = indicator.Some(s.judged - base.V)
		if n := len(s.annual); n > 0 && !ind.Nature.Evidence() {
			newest := s.annual[n-1]
			if g, ok := projection.CAGR(base.V, newest.Value, int(newest.T-planStart+0.5)); ok {
				r.CAGR = indicator.Some(g)
			}
		}
	}
	t := ind.Target()
	if t == nil || !t.HasValue || t.Evaluation == indicator.RankTarget {
		return
	}
	if s.partial { // part of a year has no completion, path or gap against a year's target
		r.ProjectionWhy = indicator.TooFew
		return
	}
	r.CurrentGap = indicator.Some(s.judged - t.Value)
	if c, ok := projection.Completion(s.judged, t.Value); ok && t.Evaluation != indicator.Sync {
		r.LevelCompletion = indicator.Some(c)
	}
	p.project(r, ind, t, s)
	if t.Evaluation == indicator.Floor || t.Evaluation == indicator.CAGRTarget || t.Evaluation == indicator.Sync || !base.OK {
		return // floors and rates have no path from the base
	}
	if g, ok := projection.Progress(base.V, s.judged, t.Value); ok {
		r.ProgressCompletion = indicator.Some(g)
		r.ProgressLead = indicator.Some(indicator.Points(float64(g) - float64(r.Elapsed)))
	}
	path := p.path(base.V, t, s.at-planStart, ind.Nature.Geometric())
	r.Path = indicator.Some(path)
	r.Lead = indicator.Some(s.judged - path)
}

// project fills in the 2027 estimate and what would be needed to get there.
func (p *Plan) project(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	left := planEnd - s.at
	switch t.Evaluation {
	case indicator.CAGRTarget:
		// The rate so far, held: the 2027 CAGR is then the same number.
		r.Projection = &indicator.Projection{Value: s.judged, Method: "cagr-held@1", Points: len(s.annual)}
		r.Projection.Probability = s.grown.chance(t)
		if done := s.at - planStart; left > 0 {
			if g, ok := projection.RequiredAfter(indicator.Percent(s.judged), done, indicator.Percent(t.Value), planYears); ok {
				r.RequiredGrowth = indicator.Some(g)
			}
		}
	case indicator.Sync:
		return // judged year by year, never projected to 2027
	case indicator.Floor:
		p.keep(r, ind, t, s)
		return
	default:
		pr, why := projection.Outlook(s.known, s.run, planEnd, outlookShape(ind), projection.Aim{Value: threshold(t), AtLeast: ind.Direction >= 0})
		if why == indicator.TooFew {
			pr, why = projection.Project(s.few(ind), planEnd, driftShape(ind.Nature), p.Catalogue.Settings.MinAnnualPoints)
			if capped(ind, t, s) {
				pr.Value = min(pr.Value, 100)
			}
		}
		if why != indicator.Present {
			r.ProjectionWhy = why
		} else {
			r.Projection = &pr
			r.Track = s.record(outlookShape(ind))
		}
		if left > 0 {
			if ind.Nature.Geometric() {
				if g, ok := projection.RequiredGrowth(s.judged, t.Value, left); ok {
					r.RequiredGrowth = indicator.Some(g)
				}
			} else {
				r.RequiredStep = indicator.Some((t.Value - s.judged) / left)
			}
		}
	}
	if r.Projection != nil {
		r.Gap = indicator.Some(r.Projection.Value - t.Value)
	}
}

// grown is the level whose 年均增长 an indicator with such a target is; nil when
// there is not exactly one.
func (p *Plan) grown(ind *indicator.Indicator, f *found) *series {
	t := ind.Target()
	expr, ok := p.exprs[ind.Code]
	if t == nil || t.Evaluation != indicator.CAGRTarget || !ok {
		return nil
	}
	refs := formula.Refs(expr)
	if len(refs) != 1 {
		return nil
	}
	level := p.Catalogue.Indicator(refs[0])
	m, ok := f.newest(level.Code)
	if !ok {
		return nil
	}
	return newSeries(level, f.history[level.Code], m, p.Catalogue.Settings)
}

// chance is that of a target of 年均增长: that the level will be at least its base
// grown by the target for all the years of the plan. The rate itself is held, and
// has no distribution.
func (s *series) chance(t *indicator.Target) indicator.Opt[indicator.Percent] {
	if s == nil || len(s.even) == 0 || s.even[0].T != planStart {
		return indicator.Opt[indicator.Percent]{}
	}
	aim := projection.Aim{Value: s.even[0].Value * math.Pow(1+threshold(t)/100, planYears), AtLeast: true}
	pr, _ := projection.Outlook(s.known, s.run, planEnd, projection.Geometric, aim)
	return pr.Probability
}

// keep fills in the chance that a yearly floor is kept from now on.
func (p *Plan) keep(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	var sure *bool
	if n := len(s.known); ind.Nature == indicator.CountFlowYTD && s.runYear > 0 && n > 0 && s.known[n-1].T == float64(s.runYear) {
		// What the days passed have decided is certain, whatever the season says.
		switch best := s.ytd + float64(s.daysLeft()); {
		case !meets(t, best):
			sure = new(false)
		case meets(t, s.ytd):
			sure = new(true)
		}
	}
	k, why := projection.Keep(s.known, s.run, sure, planEnd, threshold(t))
	if k.Points == 0 || why == indicator.NotComputable {
		return
	}
	r.Floor, r.Track = &k, s.record(projection.FloorYear)
}

// daysLeft is the days of the running year that are still to come.
func (s *series) daysLeft() int {
	now, _ := period.EndingIn(period.Month, s.runYear*12+s.runMonth-1)
	return period.Of(period.Year, s.runYear, 1).DaysYTD() - now.DaysYTD()
}

// capped reports whether a ratio cannot pass 100 %: a part of a whole that it
// belongs to. Participation rates may (R18), as their history shows.
func capped(ind *indicator.Indicator, t *indicator.Target, s *series) bool {
	return ind.Nature == indicator.Ratio && ind.Unit == "%" && t.Value <= 100 && s.judged <= 100
}

// outlookShape is how a series moves from year to year where there are values
// enough to tell; driftShape where there are not (catalogue §5.10).
func outlookShape(ind *indicator.Indicator) projection.Shape {
	switch n := ind.Nature; {
	case n == indicator.CountCum:
		return projection.CumulativeCount
	case n == indicator.Ratio && ind.Unit == "%":
		return projection.Share
	case n.Relative():
		return projection.Linear
	}
	return projection.Geometric // levels, and counts, by steps or rates as they moved
}

func driftShape(n indicator.Nature) projection.Shape {
	switch {
	case n == indicator.CountCum:
		return projection.CumulativeCount
	case n.Geometric():
		return projection.Geometric
	}
	return projection.Linear
}
