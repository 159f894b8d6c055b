package formula

import (
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// “—” in a sum (catalogue §5.8): what cannot exist is left out of it, and a sum of
// nothing else is “—” itself. The ruling, exactly:
//
//   - A sum is a + b and sum_since. a − b is none: a total without the part that
//     was to be taken off is another figure.
//   - What is left out is a term that is a level, a level of another period, a
//     multiple of one (× or ÷ a number), or a sum of such. A rate is not: no rate
//     is no zero rate. Neither is a product or quotient of two, nor what stands
//     beside a mere number: 1 + 增速 ÷ 100 without the rate is no index.
//   - A stock that is carried into a more frequent indicator is not left out: its
//     newest value that exists is carried.
//   - “…” is zero, and a blank or a gap leaves no sum.
//
// Eval, Compile and Excel all follow it.

// Adds reports whether a sum evaluated at periods of a frequency may be made
// without an operand, when that cannot exist.
func Adds(ind *indicator.Indicator, freq period.Freq, shift Shift) bool {
	return ind != nil && !ind.Nature.Relative() && !ind.Nature.Evidence() &&
		(shift.When != Same || ind.Freq.Months() <= freq.Months())
}

// summand reports whether an expression is a term that a sum can be made without.
func summand(e Expr, shift Shift, adds func(indicator.Code, Shift) bool) bool {
	switch e := e.(type) {
	case *ref:
		return adds(e.code, shift)
	case *binary:
		switch e.op {
		case '+':
			return summand(e.l, shift, adds) && summand(e.r, shift, adds)
		case '×':
			return scale(e.l) && summand(e.r, shift, adds) || summand(e.l, shift, adds) && scale(e.r)
		case '÷':
			return summand(e.l, shift, adds) && scale(e.r)
		}
	case *call:
		switch e.fn {
		case fnPrev:
			return summand(e.args[0], Shift{When: Prev}, adds)
		case fnYearAgo:
			return summand(e.args[0], Shift{When: YearAgo}, adds)
		case fnAt:
			return summand(e.args[0], Shift{EndOf, e.year}, adds)
		case fnSumSince:
			return summand(e.args[0], Shift{Since, e.year}, adds)
		}
	}
	return false
}

// scale reports a number that a term can be multiplied with, or divided by.
func scale(e Expr) bool {
	n, ok := e.(*number)
	return ok && n.value.InexactFloat64() != 0
}

// constant reports an expression that is the same for every indicator.
func constant(e Expr) bool { return len(Refs(e)) == 0 }
