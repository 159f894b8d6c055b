package workbook

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Internal, because the text of a number has no door of its own.

func TestTheTextOfABinaryNumberReadsBackAndIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.OneOf(
			rapid.Float64(),
			rapid.Map(rapid.Int64Range(-1e15, 1e15), func(n int64) float64 { return float64(n) / 1e4 }),
			rapid.Map(rapid.Int64Range(-1e12, 1e12), func(n int64) float64 { return math.Nextafter(float64(n)/100, 0) }),
		).Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).Draw(t, "f")
		text := string(appendNumber(nil, f))
		back, ok := parseNumber(text)
		if !ok || back != f {
			t.Fatalf("%v is %s, which reads as %v", f, text, back)
		}
		digits := func(s string) int {
			s, _, _ = strings.Cut(strings.ToLower(s), "e")
			s = strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
			return len(s)
		}
		shortest := digits(strconv.FormatFloat(f, 'e', -1, 64))
		if n := digits(text); n != shortest && (shortest != 16 || n > 17) {
			t.Fatalf("%v is %s with %d digits, %d would do", f, text, n, shortest)
		}
	})
	for f, want := range map[float64]string{
		0: "0", 12.5: "12.5", -0.07: "-0.07", 0.0001: "0.0001", 1234567.89: "1234567.89", 1e15: "1000000000000000", 1e21: "1E+21", 7.20575940380001e+16: "72057594038000100", 1e-9: "1E-09",
		math.Nextafter(0.3, 1): "0.30000000000000004", 1.0 / 3: "0.33333333333333331", 1234567890123456.5: "1234567890123456.5",
	} {
		if got := string(appendNumber(nil, f)); got != want {
			t.Errorf("%v is %s, want %s", f, got, want)
		}
	}
}
