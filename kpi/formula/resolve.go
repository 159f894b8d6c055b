package formula

import (
	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A When is which period of a series an operand is taken from.
type When uint8

// The times of the language.
const (
	Same    When = iota // the period itself, or the stock carried into it
	Prev                // the period before
	YearAgo             // 上年同期
	EndOf               // the last period of Shift.Year
	Since               // every period from January of Shift.Year on
)

// A Shift is a When with its year; Year is zero where none belongs.
type Shift struct {
	When When
	Year int
}

// An Operand is a value that a reference stands for at a period.
type Operand struct {
	// Period is where the value was taken, or looked for when it is absent. It
	// ends before the evaluated period when a stock was carried.
	Period period.Period
	Value  float64
	// Exact is the value as filed. Computed values have none.
	Exact decimal.NullDecimal
	// Parts are the values of a Since shift, oldest first; Value is not used.
	Parts []Operand
	// Why says why there is no value; only read when there is none.
	Why indicator.Absence
	// Without says that there is none because it cannot exist, and that a sum is
	// made without it; Resolve takes it back where that is not so (Adds).
	Without bool
	// Source is the caller's own (a cell, a submission). It is passed through.
	Source any
}

// Filed makes the operand of a value as it was filed.
func Filed(p period.Period, v decimal.Decimal, source any) Operand {
	return Operand{Period: p, Value: v.InexactFloat64(), Exact: decimal.NewNullDecimal(v), Source: source}
}

// Computed makes the operand of a derived value.
func Computed(p period.Period, v float64, source any) Operand {
	return Operand{Period: p, Value: v, Source: source}
}

// CannotExist makes the operand of “—”.
func CannotExist(p period.Period, source any) Operand {
	return Operand{Period: p, Why: indicator.Dash, Without: true, Source: source}
}

// An At gives the operand of a reference under a shift; false when it has no
// value.
type At func(code indicator.Code, shift Shift) (Operand, bool)

// A Read gives the value of a series at one of its own periods; false when
// there is none, with Why in the operand when it is known.
type Read func(code indicator.Code, p period.Period) (Operand, bool)

// carryMonths is how far a stock is carried into a more frequent indicator: the
// newest value that ended less than this many months before (catalogue §2,
// PENSION.ELIGIBLE.LJ).
const carryMonths = 24

// Resolve turns point reads into the At of an evaluation at p. It takes the same
// periods as the SQL of Compile; of a derived indicator, none before its results
// begin.
func Resolve(p period.Period, lookup Lookup, read Read) At {
	anywhere := read
	return func(code indicator.Code, shift Shift) (Operand, bool) {
		ind := lookup(code)
		if ind == nil || ind.Freq.Months() == 0 {
			return Operand{}, false
		}
		read := func(code indicator.Code, q period.Period) (Operand, bool) {
			if ind.Formula != "" && q.End < firstEnd {
				return Operand{Why: indicator.NotComputable}, false
			}
			o, ok := anywhere(code, q)
			o.Without = o.Without && !ok && Adds(ind, p.Freq, shift)
			return o, ok
		}
		switch shift.When {
		case Prev:
			before := p.Prev()
			if ind.Nature.Cumulative() && before.LastMonth() == 12 {
				return Operand{Period: before, Why: indicator.NotComputable}, false
			}
			return readEnding(code, ind.Freq, before.End, read)
		case YearAgo:
			return readEnding(code, ind.Freq, p.End-12, read)
		case EndOf:
			end := period.Of(period.Year, shift.Year, 1).End
			if end > p.End {
				return Operand{Period: period.Period{Freq: ind.Freq, End: end}, Why: indicator.NotDue}, false
			}
			return readEnding(code, ind.Freq, end, read)
		case Since:
			return readSince(code, ind.Freq, shift.Year, p.End, read)
		}
		if ind.Freq.Months() <= p.Freq.Months() {
			return readEnding(code, ind.Freq, p.End, read)
		}
		newest := p.Latest(ind.Freq)
		var first Operand
		for q := newest; q.End > p.End-carryMonths; q = q.Prev() {
			o, ok := readEnding(code, ind.Freq, q.End, read)
			if ok {
				return o, true
			}
			if q == newest {
				first = o
			}
		}
		return first, false
	}
}

func readEnding(code indicator.Code, freq period.Freq, end int, read Read) (Operand, bool) {
	q, ok := period.EndingIn(freq, end)
	if !ok {
		return Operand{Period: q}, false
	}
	o, ok := read(code, q)
	o.Period = q
	return o, ok
}

func readSince(code indicator.Code, freq period.Freq, year, end int, read Read) (Operand, bool) {
	sum := Operand{Period: period.Period{Freq: freq, End: end}}
	if _, ok := period.EndingIn(freq, end); !ok || end < year*12 {
		return sum, false
	}
	all, left := true, Operand{}
	for q := period.Of(freq, year, 1); q.End <= end; q = q.Next() {
		o, ok := readEnding(code, freq, q.End, read)
		if o.Without {
			left = o
			continue
		}
		if !ok {
			all = false
			if sum.Why == indicator.Present {
				sum.Why, sum.Period = o.Why, q
			}
			continue
		}
		sum.Parts = append(sum.Parts, o)
	}
	if all && len(sum.Parts) == 0 {
		return left, false // of nothing but “—”
	}
	return sum, all && len(sum.Parts) > 0
}
