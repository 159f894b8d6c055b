package indicator_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
)

func TestFixedRoundsHalfUpOnce(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{21.25, 1, "21.3"},
		{21.249999999999996, 1, "21.3"}, // 21.25 as a division computes it
		{21.24, 1, "21.2"},
		{1.005, 2, "1.01"}, // 1.00 in binary
		{2.5, 0, "3"},
		{-0.04, 1, "0.0"},
		{-0.05, 1, "-0.1"},
		{-21.25, 1, "-21.3"},
		{21.99835, 1, "22.0"}, // V2: prints 22.0, has not reached 22
		{21.5154, 2, "21.52"}, // V1
		{6600, 2, "6600.00"},
		{0, 0, "0"},
		{math.NaN(), 1, "—"},
		{math.Inf(1), 1, "—"},
	} {
		if got := indicator.Fixed(c.v, c.decimals); got != c.want {
			t.Errorf("Fixed(%v, %d) = %q, want %q", c.v, c.decimals, got, c.want)
		}
	}
}

func TestPrintRoundsHalfToEvenForTheEnvironment(t *testing.T) {
	for v, want := range map[float64]string{21.25: "21.2", 21.35: "21.4", 21.251: "21.3", -0.04: "0.0"} {
		if got := indicator.Print(v, 1, indicator.HalfEven); got != want {
			t.Errorf("Print(%v, 1, HalfEven) = %q, want %q", v, got, want)
		}
	}
}

func TestMeetsComparesUnrounded(t *testing.T) {
	for _, c := range []struct {
		name      string
		c         indicator.Comparator
		v, target float64
		want      bool
	}{
		{"V2: 21.99835 % prints as 22.0 and has not reached 22", indicator.GE, 5343.80 / 24291.82 * 100, 22, false},
		{"V3: 超过 excludes the number itself", indicator.GT, 6600.00, 6600, false},
		{"V3: 超过 is met by one cent more", indicator.GT, 6600.01, 6600, true},
		{"V3: 以上 includes the number", indicator.GE, 18.0000, 18, true},
		{"a share that is 22 but for the last bit reaches 22", indicator.GE, 21.999999999999996, 22, true},
		{"and does not exceed 22", indicator.GT, 22.000000000000004, 22, false},
		{"V6: +0.0841 百分点 is in step", indicator.GE, 0.0841, 0, true},
		{"the least lag is not", indicator.GE, -0.0001, 0, false},
	} {
		if got := indicator.Meets(c.c, c.v, c.target); got != c.want {
			t.Errorf("%s: Meets(%s, %v, %v) = %v", c.name, c.c, c.v, c.target, got)
		}
	}
}

func TestLessIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-1e12, 1e12).Draw(t, "a"), rapid.Float64Range(-1e12, 1e12).Draw(t, "b")
		if indicator.Less(a, a) {
			t.Fatalf("%v < itself", a)
		}
		if indicator.Less(a, b) && indicator.Less(b, a) {
			t.Fatalf("%v < %v and the reverse", a, b)
		}
		if indicator.Less(a, b) && !(a < b) {
			t.Fatalf("%v < %v, in disagreement with <", a, b)
		}
	})
}

// Printing is faithful to the decimal a value stands for: no further off than
// half a unit of the last place.
func TestFixedIsWithinHalfAUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e9, 1e9).Draw(t, "v")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		s := indicator.Fixed(v, decimals)
		got, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("Fixed(%v, %d) = %q", v, decimals, s)
		}
		if off := math.Abs(got - v); off > 0.5*math.Pow10(-decimals)*(1+1e-6)+1e-5*math.Abs(v)*1e-9 {
			t.Fatalf("Fixed(%v, %d) = %q is off by %g", v, decimals, s, off)
		}
		if i := strings.IndexByte(s, '.'); decimals > 0 && len(s)-i-1 != decimals {
			t.Fatalf("Fixed(%v, %d) = %q", v, decimals, s)
		}
		if strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") == "" {
			t.Fatalf("Fixed(%v, %d) = %q is a signed zero", v, decimals, s)
		}
	})
}

func TestAChanceIsNeverCertain(t *testing.T) {
	for v, want := range map[float64]string{0: "不足1%", 0.99: "不足1%", 1: "约1%", 49.5: "约50%", 98.6: "约99%", 99: "约99%", 99.01: "超过99%", 100: "超过99%"} {
		if got := indicator.About(indicator.Some(indicator.Percent(v))); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	if got := indicator.About(indicator.Opt[indicator.Percent]{}); got != "数据不足" {
		t.Errorf("absent: %s", got)
	}
}
