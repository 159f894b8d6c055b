package workbook

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxDigits is the longest text of a number. Excel writes at most 24 bytes; a
// book that holds more was not made by a spreadsheet.
const maxDigits = 400

var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// A decimal is the text of a number taken apart: ±mantissa × 10^exponent. The
// mantissa is exact up to 19 significant digits.
type decimal struct {
	mantissa    uint64
	exponent    int
	significant int // digits from the first that is not 0
	negative    bool
}

// scanDecimal reads [+-]digits[.digits][E[+-]digits] at the start of b; n is its
// length, 0 when there is none. INF, NaN, hexadecimal, underscores and thousands
// separators are none.
func scanDecimal(b []byte) (d decimal, n int) {
	i := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		d.negative = b[0] == '-'
		i = 1
	}
	start := i
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		d.mantissa = d.mantissa*10 + uint64(c)
	}
	digits := i - start
	if i < len(b) && b[i] == '.' {
		i++
		point := i
		for ; i < len(b); i++ {
			c := b[i] - '0'
			if c > 9 {
				break
			}
			d.mantissa = d.mantissa*10 + uint64(c)
		}
		d.exponent = point - i
		digits += i - point
	}
	if digits == 0 {
		return d, 0
	}
	if d.significant = digits; digits > 15 {
		d.significant -= zeros(b[start:i])
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		sign := 1
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			if b[i] == '-' {
				sign = -1
			}
			i++
		}
		first, e := i, 0
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			e = min(e*10+int(b[i]-'0'), 100_000)
		}
		if i == first {
			return d, 0
		}
		d.exponent += sign * e
	}
	return d, i
}

// zeros counts the zeros before the first other digit.
func zeros(b []byte) (n int) {
	for _, c := range b {
		if c == '0' {
			n++
		} else if c != '.' {
			break
		}
	}
	return n
}

// exact is the value of a decimal that float64 arithmetic gives correctly
// rounded, because both factors are exact; ok is false for all others.
func (d *decimal) exact() (f float64, ok bool) {
	if d.significant > 15 || d.exponent < -22 || d.exponent > 22 {
		return 0, false
	}
	if f = float64(d.mantissa); d.exponent < 0 {
		f /= powers[-d.exponent]
	} else {
		f *= powers[d.exponent]
	}
	if d.negative {
		f = -f
	}
	return f, true
}

// parseNumber reads the decimal text of a number. ok is false for what is no
// decimal, and for what is not zero and does not fit a float64.
func parseNumber(s string) (f float64, ok bool) {
	if len(s) > maxDigits {
		return 0, false
	}
	d, n := scanDecimal([]byte(s))
	if n == 0 || n != len(s) {
		return 0, false
	}
	if f, ok = d.exact(); ok {
		return f, true
	}
	return parseLong(s)
}

// parseLong reads a decimal whose value exact does not give.
func parseLong(s string) (f float64, ok bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && (f != 0 || isZero(s))
}

// isZero reports whether the mantissa, of any length, has no digit but 0.
func isZero(s string) bool {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s = s[:i]
	}
	return !strings.ContainsAny(s, "123456789")
}

const (
	secondsPerDay = 24 * 60 * 60
	day1900       = -25568 // 1899-12-31, day 0, in days since 1970
	day1904       = -24107 // 1904-01-01, day 0
	lastDay       = 2932896
)

// serialTime is the wall clock of a date serial, to the millisecond. The 1900
// system counts a 29 February 1900 that never was (day 60), so that later days
// are one too high. ok is false for serials that Excel cannot show as a date:
// negative ones, that day itself, and what lies after 9999.
func serialTime(serial float64, from1904 bool) (t time.Time, ok bool) {
	if !(serial >= 0 && serial < 3_000_000) {
		return t, false
	}
	whole := math.Floor(serial)
	millis := int64(math.Round((serial - whole) * secondsPerDay * 1000))
	day := int64(whole)
	switch {
	case from1904:
		day += day1904
	case day == 60:
		return t, false
	case day > 60:
		day += day1900 - 1
	default:
		day += day1900
	}
	if day > lastDay {
		return t, false
	}
	return time.Unix(day*secondsPerDay+millis/1000, millis%1000*int64(time.Millisecond)).UTC(), true
}

// timeSerial is the serial of a wall clock: serialTime's inverse.
func timeSerial(t time.Time, from1904 bool) float64 {
	sec := t.Unix()
	day := sec / secondsPerDay
	if sec%secondsPerDay < 0 {
		day--
	}
	part := (float64(sec-day*secondsPerDay) + float64(t.Nanosecond())/1e9) / secondsPerDay
	switch {
	case from1904:
		return float64(day-day1904) + part
	case day-day1900 >= 60:
		return float64(day-day1900+1) + part
	}
	return float64(day-day1900) + part
}

const clock = "2006-01-02 15:04:05"

// appendTime appends t as clock; it is time.AppendFormat at a fifth of its cost.
func appendTime(dst []byte, t time.Time) []byte {
	y, m, d := t.Date()
	h, min, s := t.Clock()
	two := func(sep byte, n int) {
		dst = append(dst, sep, byte('0'+n/10), byte('0'+n%10))
	}
	dst = append(dst, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
	two('-', int(m))
	two('-', d)
	two(' ', h)
	two(':', min)
	two(':', s)
	return dst
}

// parseISO reads the value of a t="d" cell.
func parseISO(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1900 && t.Year() <= 9999 {
			return t, true
		}
	}
	return time.Time{}, false
}
