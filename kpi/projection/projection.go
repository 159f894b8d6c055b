// Package projection estimates what is not yet known: the full value of the
// running year (Nowcast), the years ahead with calibrated intervals (Ahead), the
// end of the plan from both (Outlook; Project when there are too few values), the
// chance of reaching it (Probability, Keep), and the track record of all that
// (Backtest); and it holds the arithmetic of paths, requirements and
// completions. Every result is 测算, never a statistic. The package is pure: it
// knows no catalogue, no database, no clock, and nothing of lamps.
//
// Percentages are 5.2 for 5.2 %. Times are in years, at which the instant
// stands: the end of 2022 is 2023.0, the end of September 2026 is 2026.75.
//
// # How Ahead forecasts
//
// Four to twelve yearly values cannot tell a model from its rivals, so nothing is
// selected or estimated freely; a few robust quantities of the series are
// shrunk towards what short yearly series are like in general.
//
//   - A step from year to year that stands out is cut back to the edge of the
//     others first, and a small part of what was cut off the last one is taken
//     back from the level: a jump of the level is no growth, and now and then it
//     is an error.
//   - The mean step is believed by t²/(t²+c), t being its own t-value: an even
//     course is continued in full, an erratic one hardly. Continuing half of the
//     trend is what makes Theta strong (Assimakopoulos and Nikolopoulos 2000, and
//     Hyndman and Billah 2003, who showed that it is a drift halved); here each
//     series has its own half, the Bayes estimate of a mean with a normal prior.
//   - The believed step fades with the horizon, as in damped-trend smoothing
//     (Gardner and McKenzie 1985), the less the more even the course was.
//   - What the last step was beyond the mean carries over by an autocorrelation
//     that is shrunk to a small positive prior.
//   - All this is done in steps and, where the values allow it, in rates (or, for
//     shares, in the logit); the two distributions are averaged quantile by
//     quantile, each with the weight that its evenness earns. Averages of
//     forecasts beat their parts (Bates and Granger 1969; all M competitions).
//
// The error h years ahead is a Student t, whose width is the robust scale of the
// series times one function of h and of the number of values. That function was
// not derived from a model, which would promise too much (the 80 % intervals of
// the usual models cover 54–74 % of M3's short series): it is calibrated on
// the out-of-sample errors of other series, in the spirit of conformal
// prediction (Vovk, Gammerman and Shafer 2005). README.md has the measured table.
package projection

import (
	"math"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// An Annual is a value of a series that stands for a year: its full value at
// the year's end, the nowcast of the running year, or the latest stock at a
// fraction of the year.
type Annual struct {
	T     float64 // years; the value of the whole of 2025 has T = 2026.0
	Value float64
}

// A Shape is how a series moves from year to year (catalogue §5.10).
type Shape int

// The shapes.
const (
	// Geometric series move by rates: money and other levels.
	Geometric Shape = iota
	// Linear series move by steps: counts, shares, differences in 百分点.
	Linear
	// CumulativeCount series are running sums that were 0 at the end of 2022.
	CumulativeCount
	// FloorYear series are annual outcomes that scatter around a level, and that
	// one bad year must not bend: days of good air, coverage rates.
	FloorYear
	// Share series are parts of a whole in per cent, 0…100.
	Share
	// Free series are of a nature nobody has stated: levels, without their bound.
	Free
)

// The methods a Projection can name. The version changes when figures would.
const (
	driftGeometric  = "drift-geometric@1"
	driftLinear     = "drift-linear@1"
	driftCumulative = "drift-cumulative@1"
	medianDrift     = "median-drift@1"
	alreadyThere    = "observed@1"
)

// cumulativeStart is when every running sum of the plan was 0: the end of 2022.
const cumulativeStart = period.BaseYear + 1

// Project estimates the value at the time target, in the unit of the points.
//
// Geometric continues the mean rate, Linear the mean step from the first point
// to the last; a Geometric series with a value ≤ 0 has no rate and is continued
// as Linear, as its Method says, and so are Share and Free. CumulativeCount
// continues the mean step from zero at the end of 2022. FloorYear continues the
// median of the steps between all pairs of years through the median level (Theil
// and Sen).
//
// It is what is left when there are too few values for Outlook, and comes without
// an interval: two or three moves say nothing of how wrong it may be.
//
// Of the points of one calendar year only the newest counts. Fewer than
// minPoints years (never fewer than two; a running sum needs one beside its
// zero) is indicator.TooFew; a value that is not finite, or a point after
// target, is indicator.NotComputable.
func Project(points []Annual, target float64, shape Shape, minPoints int) (indicator.Projection, indicator.Absence) {
	pts, ok := yearly(points, target)
	if !ok {
		return indicator.Projection{}, indicator.NotComputable
	}
	if shape == CumulativeCount {
		pts = slices.DeleteFunc(pts, func(p Annual) bool { return p.T <= cumulativeStart })
	}
	n := len(pts)
	need := max(minPoints, 2)
	if shape == CumulativeCount {
		need = max(minPoints, 1)
	}
	if n < need {
		return indicator.Projection{}, indicator.TooFew
	}
	last := pts[n-1]
	if last.T == target {
		return indicator.Projection{Value: last.Value, Method: alreadyThere, Points: n}, indicator.Present
	}
	var p indicator.Projection
	switch {
	case shape == Geometric && positive(pts):
		p.Value, p.Method = math.Exp(drift(logs(pts), target)), driftGeometric
	case shape == CumulativeCount:
		p.Value, p.Method = drift(append([]Annual{{T: cumulativeStart}}, pts...), target), driftCumulative
	case shape == FloorYear:
		p.Value, p.Method = median(pts, target), medianDrift
	default:
		p.Value, p.Method = drift(pts, target), driftLinear
	}
	if !indicator.Finite(p.Value) {
		return indicator.Projection{}, indicator.NotComputable
	}
	p.Points = n
	return p, indicator.Present
}

// yearly sorts a copy of the points by time and keeps the newest of each
// calendar year. ok is false for a value that is no number or lies after target.
func yearly(points []Annual, target float64) (pts []Annual, ok bool) {
	pts = slices.Clone(points)
	for _, p := range pts {
		if !indicator.Finite(p.Value) || !indicator.Finite(p.T) || p.T > target {
			return nil, false
		}
	}
	slices.SortStableFunc(pts, func(a, b Annual) int {
		switch {
		case a.T < b.T:
			return -1
		case a.T > b.T:
			return 1
		}
		return 0
	})
	out := pts[:0]
	for _, p := range pts {
		// 2025 runs from 2025.0 (excluded) to 2026.0 (included).
		if k := len(out); k > 0 && math.Ceil(out[k-1].T) == math.Ceil(p.T) {
			out[k-1] = p
			continue
		}
		out = append(out, p)
	}
	return out, true
}

func positive(pts []Annual) bool {
	return !slices.ContainsFunc(pts, func(p Annual) bool { return p.Value <= 0 })
}

func logs(pts []Annual) []Annual {
	out := make([]Annual, len(pts))
	for i, p := range pts {
		out[i] = Annual{p.T, math.Log(p.Value)}
	}
	return out
}

// drift continues the mean step from the first to the last point.
func drift(pts []Annual, target float64) float64 {
	first, last := pts[0], pts[len(pts)-1]
	step := (last.Value - first.Value) / (last.T - first.T)
	return last.Value + step*(target-last.T)
}

// median continues the median of all pairwise slopes through the median level.
func median(pts []Annual, target float64) float64 {
	var slopes, levels []float64
	for i, p := range pts {
		for _, q := range pts[i+1:] {
			slopes = append(slopes, (q.Value-p.Value)/(q.T-p.T))
		}
	}
	slope := middle(slopes)
	for _, p := range pts {
		levels = append(levels, p.Value+slope*(target-p.T))
	}
	return middle(levels)
}

func middle(v []float64) float64 {
	slices.Sort(v)
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
