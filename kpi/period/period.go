// Package period does arithmetic on reporting periods: a year, a half-year, a
// quarter or a month. It knows no clock and no calendar of returns; it only
// knows which period comes before, a year earlier, or ends in the same month.
//
// A period is an ordinal, never a date plus an interval: offsets of dates lose
// 31 March, ordinals lose nothing.
package period

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // Asia/Shanghai must resolve on a machine without zoneinfo
)

// Shanghai is the only time zone of the product.
var Shanghai = mustLoad("Asia/Shanghai")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // tzdata is embedded: cannot happen in a sound build
	}
	return loc
}

// A Freq is how often something is reported. The letters are those of the
// catalogue: M monthly, Q quarterly, H half-yearly, A annual.
type Freq byte

// The four frequencies.
const (
	Month   Freq = 'M'
	Quarter Freq = 'Q'
	Half    Freq = 'H'
	Year    Freq = 'A'
)

// Freqs lists the frequencies from the most to the least frequent.
var Freqs = [...]Freq{Month, Quarter, Half, Year}

// ParseFreq reads one of M, Q, H, A.
func ParseFreq(s string) (Freq, error) {
	if len(s) == 1 {
		if f := Freq(s[0]); f.Months() > 0 {
			return f, nil
		}
	}
	return 0, fmt.Errorf("frequency %q: want M, Q, H or A", s)
}

// Months is the length of a period of this frequency in months; 0 for an
// unknown frequency.
func (f Freq) Months() int {
	switch f {
	case Month:
		return 1
	case Quarter:
		return 3
	case Half:
		return 6
	case Year:
		return 12
	}
	return 0
}

// String is the letter of the catalogue; "" for the zero Freq.
func (f Freq) String() string {
	if f == 0 {
		return ""
	}
	return string(rune(f))
}

// Name is the Chinese name of a return of this frequency.
func (f Freq) Name() string {
	switch f {
	case Month:
		return "月报"
	case Quarter:
		return "季报"
	case Half:
		return "半年报"
	case Year:
		return "年报"
	}
	return ""
}

// MarshalText writes the letter.
func (f Freq) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the letter; an empty text is the zero Freq.
func (f *Freq) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*f = 0
		return nil
	}
	*f, err = ParseFreq(string(b))
	return err
}

// A Period is a calendar period. The zero Period is no period. Periods are
// comparable with == and usable as map keys.
type Period struct {
	Freq Freq
	// End is the ordinal of the last month: year*12 + month-1. Two periods of
	// different frequency that end together have the same End: the cumulative
	// value of 2026-Q2, 2026-H1 and 2026-06 is one value.
	End int
}

// Of makes the n-th (1-based) period of a frequency in a year.
func Of(f Freq, year, n int) Period {
	return Period{f, year*12 + n*f.Months() - 1}
}

// EndingIn makes the period of a frequency whose last month has the ordinal; ok
// is false, and p no period, when none of that frequency ends there.
func EndingIn(f Freq, end int) (p Period, ok bool) {
	if f.Months() == 0 || (end+1)%f.Months() != 0 {
		return Period{}, false
	}
	return Period{f, end}, true
}

// Parse reads 2025, 2025-H1, 2025-Q1 or 2025-03. Years are 1900 to 2199.
func Parse(s string) (Period, error) {
	bad := func() (Period, error) {
		return Period{}, fmt.Errorf("period %q: want 2025, 2025-H1, 2025-Q1 or 2025-03", s)
	}
	if len(s) < 4 || !digits(s[:4]) {
		return bad()
	}
	year, _ := strconv.Atoi(s[:4])
	if year < 1900 || year > 2199 {
		return bad()
	}
	rest := s[4:]
	switch {
	case rest == "":
		return Of(Year, year, 1), nil
	case len(rest) == 3 && rest[0] == '-' && rest[1] == 'H' && rest[2] >= '1' && rest[2] <= '2':
		return Of(Half, year, int(rest[2]-'0')), nil
	case len(rest) == 3 && rest[0] == '-' && rest[1] == 'Q' && rest[2] >= '1' && rest[2] <= '4':
		return Of(Quarter, year, int(rest[2]-'0')), nil
	case len(rest) == 3 && rest[0] == '-' && digits(rest[1:]):
		if m, _ := strconv.Atoi(rest[1:]); m >= 1 && m <= 12 {
			return Of(Month, year, m), nil
		}
	}
	return bad()
}

// MustParse is Parse for constants; it panics on a malformed period.
func MustParse(s string) Period {
	p, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return p
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// IsZero reports whether p is no period.
func (p Period) IsZero() bool { return p.Freq == 0 }

// Year is the calendar year.
func (p Period) Year() int { return p.End / 12 }

// LastMonth is the last month of the period, 1 to 12.
func (p Period) LastMonth() int { return p.End%12 + 1 }

// N is the place of the period in its year, from 1.
func (p Period) N() int {
	if n := p.Freq.Months(); n > 0 {
		return p.LastMonth() / n
	}
	return 0
}

// String is the canonical form that Parse reads; "" for the zero Period.
func (p Period) String() string {
	switch p.Freq {
	case Year:
		return fmt.Sprintf("%04d", p.Year())
	case Half:
		return fmt.Sprintf("%04d-H%d", p.Year(), p.N())
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", p.Year(), p.N())
	case Month:
		return fmt.Sprintf("%04d-%02d", p.Year(), p.LastMonth())
	}
	return ""
}

// MarshalText writes the canonical form.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the canonical form; an empty text is the zero Period.
func (p *Period) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*p = Period{}
		return nil
	}
	*p, err = Parse(string(b))
	return err
}

// Add is the period n periods later (earlier when n is negative).
func (p Period) Add(n int) Period { return Period{p.Freq, p.End + n*p.Freq.Months()} }

// Prev is the period before.
func (p Period) Prev() Period { return p.Add(-1) }

// Next is the period after.
func (p Period) Next() Period { return p.Add(1) }

// YearAgo is the same period of the year before (上年同期).
func (p Period) YearAgo() Period { return Period{p.Freq, p.End - 12} }

// Latest is the newest period of a frequency that has ended when p ends:
// the Latest(Half) of 2026-09 is 2026-H1. It is no period for an unknown
// frequency.
func (p Period) Latest(f Freq) Period {
	n := f.Months()
	if n == 0 {
		return Period{}
	}
	return Period{f, (p.End+1)/n*n - 1}
}

// As is the period of frequency f that ends together with p; ok is false when
// there is none (2026-02 as a quarter).
func (p Period) As(f Freq) (Period, bool) { return EndingIn(f, p.End) }

// First is the first day of the period, in Asia/Shanghai: the first instant of it.
func (p Period) First() time.Time {
	start := p.End - p.Freq.Months() + 1
	return time.Date(start/12, time.Month(start%12+1), 1, 0, 0, 0, 0, Shanghai)
}

// Last is the last day of the period, in Asia/Shanghai: its midnight, or the
// hour after where summer time took the midnight (31 January 1942).
func (p Period) Last() time.Time {
	return time.Date(p.Year(), time.Month(p.LastMonth()+1), 0, 0, 0, 0, 0, Shanghai)
}

// DaysYTD is the number of calendar days from 1 January to the end of the
// period: 366 at the end of 2024.
func (p Period) DaysYTD() int { return p.Last().YearDay() }

// Containing is the period of a frequency that holds an instant; no period for
// an unknown frequency.
func Containing(f Freq, t time.Time) Period {
	t = t.In(Shanghai)
	n := f.Months()
	if n == 0 {
		return Period{}
	}
	month := int(t.Month()) - 1
	return Period{f, t.Year()*12 + month/n*n + n - 1}
}

// The plan runs from 2023 to 2027 on a 2022 base (catalogue P20).
const (
	BaseYear   = 2022
	FirstYear  = 2023
	TargetYear = 2027
)

// Elapsed is the share of the plan that has passed at the end of p (时序进度):
// 0.75 at the end of 2026-Q3. It is not clipped.
func (p Period) Elapsed() float64 {
	base := Of(Year, BaseYear, 1).End
	return float64(p.End-base) / float64(Of(Year, TargetYear, 1).End-base)
}

// Cumulative is how Chinese statistics write the span from 1 January to the
// end of p: 2026年1—9月, 2026年前三季度, 2026年上半年, 2026年.
func (p Period) Cumulative() string {
	y := strconv.Itoa(p.Year()) + "年"
	switch p.Freq {
	case Year:
		return y
	case Half:
		return y + []string{"上半年", ""}[p.N()-1]
	case Quarter:
		return y + []string{"一季度", "上半年", "前三季度", ""}[p.N()-1]
	case Month:
		if p.LastMonth() == 1 {
			return y + "1月"
		}
		return y + "1—" + strconv.Itoa(p.LastMonth()) + "月"
	}
	return ""
}

// Point is how a stock at the end of p is written: 2026年9月末, 2026年末.
func (p Period) Point() string {
	if p.IsZero() {
		return ""
	}
	y := strconv.Itoa(p.Year()) + "年"
	if p.LastMonth() == 12 {
		return y + "末"
	}
	return y + strconv.Itoa(p.LastMonth()) + "月末"
}

// Name is the name of the period itself: 2026年9月, 2026年三季度, 2026年下半年, 2026年.
func (p Period) Name() string {
	y := strconv.Itoa(p.Year()) + "年"
	switch p.Freq {
	case Year:
		return y
	case Half:
		return y + []string{"上半年", "下半年"}[p.N()-1]
	case Quarter:
		return y + []string{"一", "二", "三", "四"}[p.N()-1] + "季度"
	case Month:
		return y + strconv.Itoa(p.LastMonth()) + "月"
	}
	return ""
}

// Compare orders periods by their end, then the shorter first.
func (p Period) Compare(q Period) int {
	return cmp.Or(cmp.Compare(p.End, q.End), cmp.Compare(p.Freq.Months(), q.Freq.Months()))
}
