package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// The predictive distribution is Student's t with tailDF degrees of freedom, and
// these are its 90 % and 97.5 % quantiles.
const (
	tailDF = 5
	t80    = 1.4758840488
	t95    = 2.5705818356
)

// Probability is the chance, in per cent, that a value as forecast is at least
// target, or at most target, under the distribution the intervals of f are cut
// from. It knows five points of it: where a bound of the values has cut an interval
// it is rough, and a target beyond a bound is the caller's mistake; Outlook knows
// the whole. ok is false when f stands on fewer than four year-to-year moves, or on
// a series that never moved: such a probability would be shown as knowledge, and
// there is none.
func Probability(f Forecast, target float64, atLeast bool) (p indicator.Percent, ok bool) {
	if f.Points < minChance || !indicator.Finite(target) || f.Lo95 >= f.Hi95 {
		return 0, false
	}
	var below float64
	if target >= f.Point {
		below = student(score(target-f.Point, f.Hi80-f.Point, f.Hi95-f.Point), tailDF)
	} else {
		below = student(-score(f.Point-target, f.Point-f.Lo80, f.Point-f.Lo95), tailDF)
	}
	if atLeast {
		below = 1 - below
	}
	return percent(below * 100)
}

// score is where a distance from the median stands on the scale of t, between
// and beyond the distances of the two quantiles that are known.
func score(off, at80, at95 float64) float64 {
	switch {
	case off <= at80 && at80 > 0:
		return t80 * off / at80
	case at95 > at80:
		return t80 + (t95-t80)*(off-at80)/(at95-at80)
	case off > at80:
		return math.Inf(1) // beyond a bound of the values
	}
	return t80
}

// DriftProbability is the chance, in per cent, that a positive level is at least
// target, or at most target, h years on, when its yearly rates are draws of one
// normal law with unknown mean and spread: ln y is Student's t with n−1 degrees
// of freedom about ln y + h·mean, scaled by sd·√(h(1+h/n)) over n rates. Method
// drift-t@1; Ahead's distribution, from which Probability comes, is calibrated
// on real series and is what reports show.
//
// It also returns n: with fewer than four rates the result is to be shown as a
// band, never as a number. ok is false with fewer than two rates, a value or
// target that is not positive, a horizon below 1, or rates that are all equal.
func DriftProbability(values []float64, h int, target float64, atLeast bool) (p indicator.Percent, n int, ok bool) {
	n = len(values) - 1
	if n < 2 || h < 1 || !(target > 0) || math.IsInf(target, 1) {
		return 0, max(n, 0), false
	}
	for _, v := range values {
		if !(v > 0) || math.IsInf(v, 1) {
			return 0, n, false
		}
	}
	z, _ := transform(values, math.Log)
	g := steps(z)
	years := float64(h)
	sd := math.Sqrt(variance(g))
	if sd <= 1e-12*(math.Abs(z[0])+math.Abs(z[n])+1) { // equal but for the last bits of the logarithms
		return 0, n, false
	}
	spread := sd * math.Sqrt(years*(1+years/float64(n)))
	below := student((math.Log(target)-z[n]-years*mean(g))/spread, n-1)
	if atLeast {
		below = 1 - below
	}
	p, ok = percent(below * 100)
	return p, n, ok
}

// student is the distribution function of Student's t with df ≥ 1 degrees of
// freedom, by the finite sums for whole df.
func student(t float64, df int) float64 {
	if math.IsInf(t, 0) {
		return (1 + math.Copysign(1, t)) / 2
	}
	angle := math.Atan(t / math.Sqrt(float64(df)))
	sin, cos := math.Sincos(angle)
	if df%2 == 0 {
		sum, term := 1.0, 1.0
		for k := 1; k <= df/2-1; k++ {
			term *= cos * cos * float64(2*k-1) / float64(2*k)
			sum += term
		}
		return (1 + sin*sum) / 2
	}
	sum := 0.0
	if df > 1 {
		term := cos
		sum = term
		for k := 1; k <= (df-3)/2; k++ {
			term *= cos * cos * float64(2*k) / float64(2*k+1)
			sum += term
		}
	}
	return 0.5 + (angle+sin*sum)/math.Pi
}

// quantile is the inverse of student for p above one half.
func quantile(p float64, df int) float64 {
	lo, hi := 0.0, 1e4
	for range 80 {
		if mid := (lo + hi) / 2; student(mid, df) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
