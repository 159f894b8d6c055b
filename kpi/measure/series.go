// Package measure computes the measures of one series at one period: current from
// cumulative and back, 环比, the back-out check of a base, contribution and
// pull, the parts of a share, 序时, and the rates by which named methods set a
// lamp. It is pure: numbers in, numbers out. What the numbers belong to, and what
// is concluded from them, is the business of its callers.
package measure

import (
	"maps"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Series is the values of an indicator by the ordinal of their last month.
type Series map[int]indicator.Point

// Of makes the series of a list of points.
func Of(points []indicator.Point) Series {
	s := make(Series, len(points))
	for _, p := range points {
		s[p.Period.End] = p
	}
	return s
}

// InPeriod is 当期 of a cumulative series at p: YTD(p) − YTD(p−1), the value itself
// in the first period of a year (catalogue §5.3). exempt says that a period is
// not reported (免报): after an exempt January, February is 1—2月 as one span,
// and January is never invented (§5.4). Cumulative values of two releases have no
// difference, because it would hold the revision: indicator.Incomparable. A gap
// is indicator.NotComputable.
func InPeriod(s Series, p period.Period, exempt func(period.Period) bool) (indicator.InPeriod, indicator.Absence) {
	in, why := span(s, p, exempt)
	if why != indicator.Present {
		return in, why
	}
	ago, why := span(s, p.YearAgo(), exempt)
	if why == indicator.Present && ago.From == in.From && ago.Value > 0 {
		in.Growth = indicator.Some(indicator.Percent((in.Value/ago.Value - 1) * 100))
	}
	return in, indicator.Present
}

func span(s Series, p period.Period, exempt func(period.Period) bool) (indicator.InPeriod, indicator.Absence) {
	now, ok := s[p.End]
	if !ok || p.IsZero() {
		return indicator.InPeriod{}, indicator.NotComputable
	}
	in := indicator.InPeriod{Value: now.Value, From: p.LastMonth() - p.Freq.Months() + 1, To: p.LastMonth()}
	if p.N() == 1 {
		return in, indicator.Present
	}
	prev := p.Prev()
	before, ok := s[prev.End]
	switch {
	case !ok && prev.Freq == period.Month && prev.N() == 1 && exempt(prev):
		in.From, in.Merged = 1, true
		return in, indicator.Present
	case !ok:
		return indicator.InPeriod{}, indicator.NotComputable
	case before.Vintage != now.Vintage:
		return indicator.InPeriod{}, indicator.Incomparable
	}
	in.Value -= before.Value
	return in, indicator.Present
}

// YearToDate is the way back: the sum of 本期数 from January to p, with no period
// missing.
func YearToDate(s Series, p period.Period) (float64, indicator.Absence) {
	sum := 0.0
	for q := period.Of(p.Freq, p.Year(), 1); q.End <= p.End; q = q.Next() {
		pt, ok := s[q.End]
		if !ok {
			return 0, indicator.NotComputable
		}
		sum += pt.Value
	}
	return sum, indicator.Present
}

// Chain is 环比 at p against the period before. For cumulative natures it compares
// 当期 with 当期 of the same length: 1—2月 is compared with neither December nor
// March, and 当期 of days, whose months differ in length, has a step only. Rates and
// shares differ in 百分点; rates made of cumulative values (running) only within a
// year, shares made of them not at all: they have a season, and are compared with a
// year ago. Annual series have no 环比, and neither have evidence and annual
// averages.
func Chain(s Series, p period.Period, n indicator.Nature, running bool, exempt func(period.Period) bool) (indicator.Chain, indicator.Absence) {
	prev := p.Prev()
	c := indicator.Chain{Against: prev}
	none := func(why indicator.Absence) (indicator.Chain, indicator.Absence) { return indicator.Chain{}, why }
	if p.Freq == period.Year || n.Evidence() || n == indicator.CAGR || n == indicator.Index {
		return none(indicator.NotComputable)
	}
	var now, before float64
	if n.Cumulative() {
		a, why := span(s, p, exempt)
		if why != indicator.Present {
			return none(why)
		}
		b, why := span(s, prev, exempt)
		switch {
		case why != indicator.Present:
			return none(why)
		case a.Merged || b.Merged:
			return none(indicator.Incomparable)
		}
		now, before = a.Value, b.Value
	} else {
		a, ok1 := s[p.End]
		b, ok2 := s[prev.End]
		if !ok1 || !ok2 {
			return none(indicator.NotComputable)
		}
		now, before = a.Value, b.Value
	}
	switch {
	case running && (n == indicator.Ratio || n.Relative() && p.N() == 1):
		return none(indicator.Incomparable)
	case n.Relative():
		c.Change = indicator.Some(indicator.Points(now - before))
		return c, indicator.Present
	}
	c.Step = indicator.Some(now - before)
	if before > 0 && n != indicator.CountCum && n != indicator.CountFlowYTD {
		c.Growth = indicator.Some(indicator.Percent((now/before - 1) * 100))
	}
	return c, indicator.Present
}

// Season is the mean share of the year that has come by the end of a month, over
// the complete years before year, in per cent (peers.md §3.7). Years that lack
// the month or December, or whose share is not positive, are not used. ok is
// false with fewer than least.
func Season(s Series, year, month, least int) (share indicator.Percent, years int, ok bool) {
	sum := 0.0
	for _, end := range slices.Sorted(maps.Keys(s)) { // in order: sums of floats depend on it
		if end%12+1 != month || end/12 >= year {
			continue
		}
		whole, ok := s[end/12*12+11]
		if !ok || whole.Value <= 0 || s[end].Value <= 0 {
			continue
		}
		sum += s[end].Value / whole.Value
		years++
	}
	if years == 0 || years < least {
		return 0, years, false
	}
	return indicator.Percent(sum / float64(years) * 100), years, true
}
