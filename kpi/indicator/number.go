package indicator

import (
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Round rounds once, for printing. Derived values are float64; the decimal they
// stand for is taken at 15 significant digits, so that 21.25 computed as
// 21.249999999999996 still rounds half up to 21.3. Neither Go's nor DuckDB's
// printf rounds half up (catalogue §5.9).
func Round(v float64, decimals int, mode Rounding) decimal.Decimal {
	d, err := decimal.NewFromString(strconv.FormatFloat(v, 'g', 15, 64))
	if err != nil {
		return decimal.Zero // NaN and Inf never reach a Result; see Finite
	}
	if mode == HalfEven {
		return d.RoundBank(int32(decimals))
	}
	return d.Round(int32(decimals)) // half away from zero
}

// Finite reports whether v is a number at all.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Fixed prints v half up with exactly that many decimals: 21.25, 1 → 21.3.
// It is the one rounding helper of the product.
func Fixed(v float64, decimals int) string { return Print(v, decimals, HalfUp) }

// Print prints v rounded as the indicator's mode says. A value that rounds to
// zero has no sign.
func Print(v float64, decimals int, mode Rounding) string {
	if !Finite(v) {
		return "—"
	}
	s := Round(v, decimals, mode).StringFixed(int32(decimals))
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// Less reports whether a < b beyond the one documented guard for derived
// doubles, relative 1e-9: 22 computed as 21.99999999999999 is not below 22,
// while 21.99835 is.
func Less(a, b float64) bool {
	return b-a > 1e-9*math.Max(math.Abs(a), math.Abs(b))
}

// Meets reports whether v satisfies the comparator against the target value, on
// unrounded numbers. 超过 is strict. Approx and rank are decided by the caller,
// who knows the tolerance.
func Meets(c Comparator, v, target float64) bool {
	if c == GT {
		return Less(target, v)
	}
	return !Less(v, target)
}

// About prints a chance as it may be shown: 约72%, or 数据不足 when it is absent. An
// estimate from a few years is never certain: 不足1%, 超过99%.
func About(p Opt[Percent]) string {
	switch {
	case !p.OK:
		return TooFew.Name()
	case p.V < 1:
		return "不足1%"
	case p.V > 99:
		return "超过99%"
	}
	return "约" + Fixed(float64(p.V), 0) + "%"
}

// DifferenceUnit is the unit of a difference of two values: of two percentages it
// is 个百分点, never % (catalogue §5.21).
func DifferenceUnit(unit string) string {
	switch unit {
	case "%", "％", "百分点", "个百分点":
		return "个百分点"
	}
	return unit
}
