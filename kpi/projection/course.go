package projection

import (
	"math"
	"slices"

	"zhibiao/kpi/indicator"
)

// A Running is what is known of the year that is not over: the nowcast of its
// whole value, or a stock as it stands.
type Running struct {
	At    float64 // years: a year's end for a nowcast, within the year for a stock
	Value float64
	// Off80 and Off95 are the half-widths of the intervals around a nowcast; a stock
	// is observed and has none.
	Off80, Off95 float64
}

// Successive is the annual values that Ahead can be given: those of the
// successive whole years up to the newest, oldest first; last is the time of the
// newest. Behind a gap nothing is used. A CumulativeCount begins with its zero at
// the end of 2022, and with nothing before.
func Successive(points []Annual, shape Shape) (values []float64, last float64) {
	pts, _ := yearly(points, math.Inf(1))
	if shape == CumulativeCount {
		kept := []Annual{{T: cumulativeStart}}
		for _, p := range pts {
			if p.T > cumulativeStart {
				kept = append(kept, p)
			}
		}
		pts = kept
	}
	for _, p := range pts {
		switch {
		case p.T != math.Trunc(p.T):
			continue
		case len(values) == 0 || p.T != last+1:
			values = values[:0]
		}
		values, last = append(values, p.Value), p.T
	}
	return values, last
}

// An Aim is what a projection is to reach.
type Aim struct {
	Value   float64
	AtLeast bool // else at most
}

// Outlook projects annual values, and what is known of the running year (nil:
// nothing), to the year that ends at target, by Ahead: with calibrated intervals
// for every year on the way, and the probability of the aim in the last.
//
// The running year is the last of the values, by this rule:
//
//   - A nowcast stands for its year, unless its 80 % interval is wider than the one
//     that the complete years alone give: then it says nothing new and is left out.
//   - A stock at a fraction of its year is carried to the year's end by the rest of
//     the move that the complete years make expect. Its error there is that of the
//     whole move times the root of the time left, as of a random walk.
//   - Its error widens every interval: half-widths are added as squares, the error
//     times what the forecast moves when the last value moves by it.
//
// Fewer than MinOutlook values is indicator.TooFew; a value that is not finite, or
// one after target, is indicator.NotComputable. The probability is absent below
// five values, and when the series never moved.
func Outlook(points []Annual, run *Running, target float64, shape Shape, aim Aim) (indicator.Projection, indicator.Absence) {
	p, years, why := outlook(points, run, target, shape)
	if n := len(years); why == indicator.Present && n > 0 {
		p.Probability = years[n-1].chance(p.Points, aim)
	}
	return p, why
}

// A quantiles is a distribution: its quantile of the score z, on the scale of
// Student's t, is a value in the unit. It does not fall with z, and its bounds are
// those of the values, where all that would be beyond them is gathered.
type quantiles func(z float64) float64

func (q quantiles) year(t float64) indicator.Expected {
	// 2025 ends at 2026.0.
	return indicator.Expected{Year: int(t) - 1, Value: q(0), Lo80: q(-t80), Hi80: q(t80), Lo95: q(-t95), Hi95: q(t95)}
}

// chance is absent on the terms of Probability, from which it differs in that it
// knows the whole distribution and not five points of it.
func (q quantiles) chance(points int, aim Aim) (none indicator.Opt[indicator.Percent]) {
	if points < minChance || !indicator.Finite(aim.Value) || q(-t95) >= q(t95) {
		return none
	}
	passes := func(z float64) bool { return q(z) >= aim.Value }
	if !aim.AtLeast {
		passes = func(z float64) bool { return q(-z) <= aim.Value }
	}
	lo, hi := -1000.0, 1000.0 // beyond are 10⁻¹³ of the distribution
	for range 80 {
		if mid := (lo + hi) / 2; passes(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return indicator.Some(indicator.Percent(100 * (1 - student(hi, tailDF))))
}

// wrong is the error of an estimate at the score z: straight through its 80 % and
// 95 % half-widths, and on.
func (r Running) wrong(z float64) float64 {
	if z = math.Abs(z); z <= t80 {
		return r.Off80 * (z / t80) // at t80 it is Off80 to the last bit, which Off95 may equal
	}
	return r.Off80 + (r.Off95-r.Off80)*(z-t80)/(t95-t80)
}

// outlook is Outlook with the distribution of every year ahead.
func outlook(points []Annual, run *Running, target float64, shape Shape) (p indicator.Projection, years []quantiles, why indicator.Absence) {
	if _, ok := yearly(points, target); !ok {
		return p, nil, indicator.NotComputable
	}
	values, last := Successive(points, shape)
	if len(values) == 0 {
		return p, nil, indicator.TooFew
	}
	if last == target {
		return indicator.Projection{Value: values[len(values)-1], Method: alreadyThere, Points: len(values)}, nil, indicator.Present
	}
	first := last + 1
	lowest, highest := bounds(values, shape)
	var now Running
	if run != nil && run.At <= target && math.Ceil(run.At) == last+1 {
		if now, p.Nowcast = yearEnd(values, last, *run, shape); p.Nowcast {
			values, last = append(values, now.Value), last+1
			if shape != CumulativeCount {
				lowest, highest = bounds(values, shape)
			} else if run.At < last {
				lowest = run.Value // counted, while the year's end is expected
			}
			years = append(years, func(z float64) float64 {
				return min(max(now.Value+math.Copysign(now.wrong(z), z), lowest), highest)
			})
		}
	}
	if len(values) < MinOutlook {
		return indicator.Projection{}, nil, indicator.TooFew
	}
	if h := int(target - last); h > 0 {
		c, why := standard().course(values, h, shape)
		if why != indicator.Present {
			return indicator.Projection{}, nil, why
		}
		c.floor, c.ceiling = lowest, highest
		moves := moved(values, now, h, shape)
		for k := range h {
			years = append(years, func(z float64) float64 {
				off := math.Hypot(c.off(k, z), math.Ldexp(moves[k]*now.wrong(z), -c.unit))
				return c.in(c.l.quantile(k, 0) + math.Copysign(off, z))
			})
		}
	}
	for i, q := range years {
		e := q.year(first + float64(i))
		if i > 0 && shape == CumulativeCount { // as in Ahead
			e.Value = max(e.Value, p.Ahead[i-1].Value)
			e.Hi80, e.Hi95 = max(e.Hi80, e.Value), max(e.Hi95, e.Value)
		}
		if !indicator.Finite(e.Value) || !indicator.Finite(e.Lo95) || !indicator.Finite(e.Hi95) {
			return indicator.Projection{}, nil, indicator.NotComputable
		}
		p.Ahead = append(p.Ahead, e)
	}
	p.Value, p.Method, p.Points = p.Ahead[len(p.Ahead)-1].Value, OutlookMethod, len(values)
	return p, years, indicator.Present
}

// yearEnd is the running year at its end, with its error; ok is false when it
// tells nothing.
func yearEnd(values []float64, last float64, run Running, shape Shape) (end Running, ok bool) {
	if !indicator.Finite(run.Value) || !indicator.Finite(run.Off95) {
		return Running{}, false
	}
	course, why := Ahead(values, 1, shape)
	if run.At == last+1 {
		if why == indicator.Present && run.Off80 > (course[0].Hi80-course[0].Lo80)/2 {
			return Running{}, false
		}
		return run, true
	}
	if why != indicator.Present {
		return Running{}, false
	}
	one, left := course[0], last+1-run.At
	from := values[len(values)-1]
	end = Running{At: last + 1, Value: run.Value + left*(one.Point-from)}
	if shape == Geometric && from > 0 && one.Point > 0 && run.Value > 0 {
		end.Value = run.Value * math.Pow(one.Point/from, left)
	}
	end.Off80 = math.Sqrt(left) * max(one.Hi80-one.Point, one.Point-one.Lo80)
	end.Off95 = math.Sqrt(left) * max(one.Hi95-one.Point, one.Point-one.Lo95)
	return end, indicator.Finite(end.Value) && indicator.Finite(end.Off95)
}

// moved is how far the forecast of each year moves when the last value moves by
// one: what an error in it is worth there, never less than in the year before.
func moved(values []float64, now Running, horizon int, shape Shape) []float64 {
	out := make([]float64, horizon)
	if now.Off80 == 0 {
		return out
	}
	with := func(by float64) []Forecast {
		v := slices.Clone(values)
		v[len(v)-1] += by
		f, _ := Ahead(v, horizon, shape)
		return f
	}
	up, down := with(now.Off80), with(-now.Off80)
	for h := range out {
		out[h] = 1
		if up != nil && down != nil {
			out[h] = math.Abs(up[h].Point-down[h].Point) / (2 * now.Off80)
		}
		if h > 0 {
			out[h] = max(out[h], out[h-1])
		}
	}
	return out
}

// Keep is the chance that a floor is kept in every year after the last complete
// one, up to the year that ends at target. The running year is one of them, as in
// Outlook; sure says that what has passed of it has decided it already, and how.
// The probability is absent on the terms of Probability; the rest is given even
// then.
//
// Years are not independent, since all forecasts share one estimate of level and
// scatter. The part of their variance that is this estimate's is
// 1 − 1/(1 + few/(n−1))², by which Ahead widens its intervals for n values; it
// binds them as one common normal factor. So the chance lies between the product
// and the least of the years' own.
func Keep(points []Annual, run *Running, sure *bool, target, level float64) (indicator.FloorChance, indicator.Absence) {
	values, last := Successive(points, FloorYear)
	k := indicator.FloorChance{From: int(last), To: int(target) - 1, Points: len(values), Method: OutlookMethod}
	if len(values) == 0 || last >= target {
		return indicator.FloorChance{}, indicator.TooFew
	}
	if sure != nil && !*sure {
		k.Probability = indicator.Some(indicator.Percent(0))
		return k, indicator.Present
	}
	p, years, why := outlook(points, run, target, FloorYear)
	if why != indicator.Present {
		return k, why
	}
	k.Points = p.Points
	if sure != nil {
		years = years[1:]
	}
	each := make([]float64, len(years))
	for i, q := range years {
		c := q.chance(p.Points, Aim{Value: level, AtLeast: true})
		if !c.OK {
			return k, indicator.TooFew
		}
		each[i] = float64(c.V) / 100
	}
	k.Probability = indicator.Some(indicator.Percent(100 * together(each, p.Points)))
	return k, indicator.Present
}

// together is the chance that all of some events happen that are bound by the
// common factor of Keep.
func together(each []float64, n int) float64 {
	small := standard().spread(1, n, true) / standard().rest
	common := 1 - 1/(small*small)
	const edge, steps = 8.0, 400
	var sum float64
	for i := range steps + 1 {
		z := edge * (2*float64(i)/steps - 1)
		p := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * 2 * edge / steps
		if i == 0 || i == steps {
			p /= 2
		}
		for _, own := range each {
			score := -math.Sqrt2 * math.Erfcinv(2*own)
			p *= math.Erfc(-(score+math.Sqrt(common)*z)/math.Sqrt(2*(1-common))) / 2
		}
		sum += p
	}
	return min(max(sum, 0), 1)
}
