package board

import (
	"math"

	"zhibiao/kpi/indicator"
)

// Unusual is how far, in 百分点, the growth of a year ago must be from the mean
// of both years to be a base effect.
const Unusual = 5

// A Base is what the 同比 of a value stands on.
type Base string

// The bases of a growth. None of them changes a score: they are told beside it.
const (
	Usual Base = ""
	Low   Base = "低基数"  // a year ago it grew unusually little: 同比 is flattered
	High  Base = "高基数"  // a year ago it grew unusually much: 同比 looks poor
	Small Base = "基数过小" // a year ago there was next to nothing (R19)
)

// TwoYears is 两年平均: the geometric mean of the growth of a year and of the year
// before (§5.20). ok is false when there is none.
func TwoYears(now, before indicator.Percent) (mean indicator.Percent, ok bool) {
	a, b := 1+float64(now)/100, 1+float64(before)/100
	if !(a >= 0) || !(b > 0) || math.IsInf(a*b, 0) {
		return 0, false
	}
	return indicator.Percent((math.Sqrt(a*b) - 1) * 100), true
}

// Effect judges the base of a 同比 by the growth of the year before, and returns
// the 两年平均 to set beside it; absent when there is no base effect.
func Effect(now, before indicator.Percent) (b Base, two indicator.Opt[indicator.Percent]) {
	mean, ok := TwoYears(now, before)
	if !ok || indicator.Less(math.Abs(float64(before-mean)), Unusual) {
		return Usual, two
	}
	if before < mean {
		return Low, indicator.Some(mean)
	}
	return High, indicator.Some(mean)
}

// TooSmall reports whether a base is too small for a 同比: not above zero, or less
// than least of its last printed place, as rule R19 has it.
func TooSmall(base, least float64, decimals int) bool {
	return base <= 0 || indicator.Less(base, least*math.Pow10(-decimals))
}
