package kpi

import (
	"slices"

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
	m, ok := f.measured[ind.Code]
	e, expected := p.expected(ind.Code, q)
	if !ok || (expected && m.period.End < e.End) {
		p.missing(&r, ind, e, expected, f, q)
		return r
	}
	r.Period = m.period
	r.Value = indicator.Some(m.value)
	r.Status, r.Vintage, r.Caliber, r.Carried = m.status, m.vintage, m.caliber, m.carried
	p.compare(&r, ind, m, f)
	s := newSeries(ind, f.history[ind.Code], m, p.Catalogue.Settings)
	p.progress(&r, ind, s)
	p.measure(&r, ind, s, f, q)
	p.judge(&r, ind, s)
	return r
}

// missing records why there is no value, and a grey lamp where there would be one.
func (p *Plan) missing(r *indicator.Result, ind *indicator.Indicator, e period.Period, expected bool, f *found, q Question) {
	if !expected {
		e = q.Period.Latest(ind.Freq)
	}
	var last *measured
	if m, ok := f.measured[ind.Code]; ok {
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
func (p *Plan) compare(r *indicator.Result, ind *indicator.Indicator, m measured, f *found) {
	r.YearAgo = m.yearAgo
	end := m.period.End
	now, ago := f.at(ind.Code, end), f.at(ind.Code, end-12)
	switch {
	case ind.Nature.Evidence():
	case ind.Nature.Relative():
		if m.yearAgo.OK && whole(now) && whole(ago) { // 不可比 has no change either

			r.Change = indicator.Some(indicator.Points(m.value - m.yearAgo.V))
		}
	case m.yearAgo.OK && m.yearAgo.V > 0: // a base of zero or below has no growth (§5.8)
		r.Growth = indicator.Some(indicator.Percent((m.value/m.yearAgo.V - 1) * 100))
	}
	if m.published.OK {
		r.Published = indicator.Some(indicator.Percent(m.published.V))
	}
	r.Base = m.base
	if ind.ShareOf == "" || !m.whole.OK || m.whole.V == 0 || !same(now, f.at(ind.ShareOf, end)) {
		return // parts of different vintages or calibers make no share (§5.22)
	}
	r.ShareOf = ind.ShareOf
	r.Share = indicator.Some(indicator.Percent(m.value / m.whole.V * 100))
	if m.yearAgo.OK && m.wholeYA.OK && m.wholeYA.V != 0 && same(ago, f.at(ind.ShareOf, end-12)) {
		before := m.yearAgo.V / m.wholeYA.V * 100
		r.ShareChange = indicator.Some(indicator.Points(float64(r.Share.V) - before))
	}
}

// A series is the history of one indicator, seen as years.
type series struct {
	annual   []projection.Annual // year-end values from the base on, oldest first
	judged   float64             // the value that is set against the target
	partial  bool                // judged is part of a year, with no complete year before it
	at       float64             // when, in years: 2026.75 is the end of September 2026
	full     indicator.Opt[float64]
	projPts  []projection.Annual
	runYear  int // the year that is not complete; 0 when the value is a year's
	runMonth int
	ytd      float64
	wider    indicator.Opt[indicator.Percent] // nominal growth of the whole it is a part of
}

func newSeries(ind *indicator.Indicator, pts []indicator.Point, m measured, set indicator.Settings) *series {
	s := &series{judged: m.value, at: yearsAt(m.period.End), ytd: m.value}
	seasonal := make(map[int]map[int]float64)
	for _, pt := range pts {
		y, month := pt.Period.Year(), pt.Period.LastMonth()
		if y < period.BaseYear || pt.Period.End > m.period.End {
			continue
		}
		if month == 12 {
			s.annual = append(s.annual, projection.Annual{T: yearsAt(pt.Period.End), Value: pt.Value})
		}
		if seasonal[y] == nil {
			seasonal[y] = make(map[int]float64)
		}
		seasonal[y][month] = pt.Value
	}
	s.projPts = s.annual
	if m.period.LastMonth() == 12 {
		return s
	}
	s.runYear, s.runMonth = m.period.Year(), m.period.LastMonth()
	end := yearsAt(s.runYear*12 + 11)
	switch {
	case ind.Nature.Cumulative():
		if n := len(s.annual); n > 0 { // judge the newest complete year (invariant 6)
			s.judged, s.at = s.annual[n-1].Value, s.annual[n-1].T
		} else {
			s.partial = true
		}
		if est, why := projection.Nowcast(m.value, s.runMonth, seasonal, set.MinSeasonalYears); why == indicator.Present {
			s.full = indicator.Some(est.Value)
		}
	case ind.Nature == indicator.Ratio && ind.Freq != period.Year:
		if est, why := projection.NowcastRatio(m.value, s.runMonth, seasonal, set.MinSeasonalYears); why == indicator.Present {
			s.full = indicator.Some(est.Value)
		}
	default:
		s.projPts = append(slices.Clip(s.annual), projection.Annual{T: s.at, Value: m.value})
	}
	if s.full.OK {
		s.projPts = append(slices.Clip(s.annual), projection.Annual{T: end, Value: s.full.V})
	}
	return s
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
	r.FullYear = s.full
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
		r.Projection = &indicator.Projection{
			Value: s.judged, Low: s.judged, High: s.judged, Method: "cagr-held@1", Points: len(s.annual),
		}
		if done := s.at - planStart; left > 0 {
			if g, ok := projection.RequiredAfter(indicator.Percent(s.judged), done, indicator.Percent(t.Value), planYears); ok {
				r.RequiredGrowth = indicator.Some(g)
			}
		}
	case indicator.Sync, indicator.Floor:
		return // judged year by year, never projected to 2027
	default:
		pr, why := projection.Project(s.projPts, planEnd, shapeOf(ind.Nature), p.Catalogue.Settings.MinAnnualPoints)
		if why != indicator.Present {
			r.ProjectionWhy = why
		} else {
			if ind.Unit == "%" && t.Value <= 100 && capped(ind) {
				pr.Value, pr.Low, pr.High = min(pr.Value, 100), min(pr.Low, 100), min(pr.High, 100)
			}
			r.Projection = &pr
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

// capped reports whether a ratio cannot pass 100 %: a part of a whole that it
// belongs to. Participation rates may (R18).
func capped(ind *indicator.Indicator) bool {
	return ind.Nature == indicator.Ratio && ind.Unit == "%"
}

func shapeOf(n indicator.Nature) projection.Shape {
	switch {
	case n == indicator.CountCum:
		return projection.CumulativeCount
	case n.Geometric():
		return projection.Geometric
	}
	return projection.Linear
}
