package measure

import "math"

// A Panel is the values of many series side by side, a row a month: what is asked
// of every series at once is asked of it. A series is a column. NaN is a month
// that a series has no value for, whatever the reason; it is never zero, and
// nothing is computed from it.
//
// A row may stand for every month, or for one month of every year alone: what is
// cumulative over the year, or has seasons, is like the same month of other years
// only.
type Panel struct {
	First, Step int // ordinal of the month of the first row; months from row to row
	// Values are the values, Bases what each is a value by, both by month, then by
	// series. The numbers of bases are the caller's.
	Values [][]float64
	Bases  [][]Basis
}

// A Basis says by which release and definition a value was made: two values make
// a share when both are of one vintage, and of one caliber when both name one
// (catalogue §5.22). Caliber 0 is none named.
type Basis struct{ Vintage, Caliber uint16 }

// shares reports whether values of two bases make a share.
func (b Basis) shares(c Basis) bool { return b.Vintage == c.Vintage && b.grows(c) }

// grows reports whether values of two bases make a growth: each year has its own
// vintage, but they are of one caliber when both name one.
func (b Basis) grows(c Basis) bool {
	return b.Caliber == c.Caliber || b.Caliber == 0 || c.Caliber == 0
}

// NewPanel is a panel of a number of series without a value: of the months from
// first to last, step apart.
func NewPanel(first, last, step, series int) *Panel {
	rows := max(0, (last-first+step)/step)
	p := &Panel{First: first, Step: step, Values: make([][]float64, rows), Bases: make([][]Basis, rows)}
	for m := range rows {
		p.Values[m], p.Bases[m] = make([]float64, series), make([]Basis, series)
		for s := range p.Values[m] {
			p.Values[m][s] = math.NaN()
		}
	}
	return p
}

// Columns is the number of series.
func (p *Panel) Columns() int {
	if len(p.Values) == 0 {
		return 0
	}
	return len(p.Values[0])
}

// row is the place of a month; ok is false when the panel does not have it.
func (p *Panel) row(month int) (m int, ok bool) {
	m = (month - p.First) / p.Step
	return m, month >= p.First && m < len(p.Values) && (month-p.First)%p.Step == 0
}

// into is dst with room for a value of every series, all NaN.
func (p *Panel) into(dst []float64) []float64 {
	n := p.Columns()
	if cap(dst) < n {
		dst = make([]float64, n)
	}
	dst = dst[:n]
	for s := range dst {
		dst[s] = math.NaN()
	}
	return dst
}

// Growth is the growth of every series at a month over the same month a year ago,
// in per cent (catalogue §5.2). There is none over a base of zero or below (§5.8),
// between calibers, or when either month is missing: a year is twelve months of
// the calendar, not twelve values. Dst is used when it is large enough.
func (p *Panel) Growth(dst []float64, month int) []float64 {
	return p.overYear(dst, month, func(now, ago float64) float64 {
		if ago > 0 {
			return (now/ago - 1) * 100
		}
		return math.NaN()
	})
}

// Change is by how much every series is above the same month a year ago, in its
// own unit: 百分点 for one in per cent. When there is none is as for Growth, but
// for the base of zero or below.
func (p *Panel) Change(dst []float64, month int) []float64 {
	return p.overYear(dst, month, func(now, ago float64) float64 { return now - ago })
}

// overYear compares every series at a month with the same month a year ago.
func (p *Panel) overYear(dst []float64, month int, compare func(now, ago float64) float64) []float64 {
	dst = p.into(dst)
	m, ok := p.row(month)
	y, had := p.row(month - 12)
	if !ok || !had {
		return dst
	}
	now, ago, bases, were := p.Values[m], p.Values[y], p.Bases[m], p.Bases[y]
	for s := range dst {
		if bases[s].grows(were[s]) {
			dst[s] = compare(now[s], ago[s])
		}
	}
	return dst
}

// Share is every series at a month in per cent of the series it is a part of:
// whole, by series, negative for one that is part of nothing. There is none of a
// whole of zero, nor of parts of another basis. Dst is as for Growth.
func (p *Panel) Share(dst []float64, month int, whole []int32) []float64 {
	dst = p.into(dst)
	m, ok := p.row(month)
	if !ok {
		return dst
	}
	values, bases := p.Values[m], p.Bases[m]
	for s := range dst {
		if w := whole[s]; w >= 0 && values[w] != 0 && bases[s].shares(bases[w]) {
			dst[s] = values[s] / values[w] * 100
		}
	}
	return dst
}

// Trend is where the straight line of least squares through the values of every
// series comes to at a month, which the panel need not have. What was measured
// before another caliber was named is not on the line (catalogue §5.2). Fewer than
// three values have no trend.
func (p *Panel) Trend(month int) []float64 {
	line := p.into(nil)
	middle := len(p.Values) / 2 // rows are counted from it, so that the sums stay small
	type sums struct {
		n, x, xx, y, xy float64
		caliber         uint16
	}
	of := make([]sums, len(line))
	for m := range p.Values {
		x := float64(m - middle)
		bases := p.Bases[m]
		for s, y := range p.Values[m] {
			if y == y { // not NaN
				t := &of[s]
				if c := bases[s].Caliber; c != 0 && c != t.caliber {
					if t.caliber != 0 {
						*t = sums{}
					}
					t.caliber = c
				}
				t.n, t.x, t.xx, t.y, t.xy = t.n+1, t.x+x, t.xx+x*x, t.y+y, t.xy+x*y
			}
		}
	}
	at := float64(month-p.First)/float64(p.Step) - float64(middle)
	for s, t := range of {
		if t.n >= 3 {
			slope := (t.n*t.xy - t.x*t.y) / (t.n*t.xx - t.x*t.x)
			line[s] = (t.y + slope*(t.n*at-t.x)) / t.n
		}
	}
	return line
}
