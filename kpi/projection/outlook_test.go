package projection_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

var update = flag.Bool("update", false, "rewrite testdata/outlook.csv")

var shapes = map[string]projection.Shape{
	"geometric": projection.Geometric, "linear": projection.Linear, "cumulative": projection.CumulativeCount,
	"floor": projection.FloorYear, "share": projection.Share, "free": projection.Free,
}

func ahead(t testing.TB, values []float64, horizon int, shape projection.Shape) []projection.Forecast {
	t.Helper()
	fc, why := projection.Ahead(values, horizon, shape)
	if why != indicator.Present {
		t.Fatalf("Ahead(%v, %d, %d): %s", values, horizon, shape, why)
	}
	return fc
}

// rows is n values by a rule.
func rows(n int, f func(i float64) float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = f(float64(i))
	}
	return v
}

func TestAheadRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		values  []float64
		horizon int
		want    indicator.Absence
	}{
		{"nothing", nil, 3, indicator.TooFew},
		{"three values", []float64{1, 2, 3}, 3, indicator.TooFew},
		{"no number", []float64{1, 2, math.NaN(), 4}, 3, indicator.NotComputable},
		{"no end", []float64{1, 2, math.Inf(1), 4}, 3, indicator.NotComputable},
		{"no horizon", []float64{1, 2, 3, 4}, 0, indicator.NotComputable},
		{"another age", []float64{1, 2, 3, 4}, projection.MaxHorizon + 1, indicator.NotComputable},
		{"more than can be written", []float64{-1.7e308, 1.7e308, -1.7e308, 1.7e308}, 3, indicator.NotComputable},
	} {
		if fc, why := projection.Ahead(c.values, c.horizon, projection.Free); why != c.want || fc != nil {
			t.Errorf("%s: %v %q, want %q", c.name, fc, why, c.want)
		}
	}
}

func TestAnEvenCourseIsContinued(t *testing.T) {
	for _, c := range []struct {
		name      string
		shape     projection.Shape
		f         func(i float64) float64
		tolerance float64
	}{
		{"five more each year", projection.Free, func(i float64) float64 { return 40 + 5*i }, 1e-9},
		{"five more each year, in steps", projection.Linear, func(i float64) float64 { return -40 + 5*i }, 1e-9},
		{"five per cent more each year", projection.Geometric, func(i float64) float64 { return 100 * math.Pow(1.05, i) }, 1e-9},
		{"a fifth less each year", projection.Free, func(i float64) float64 { return 100 * math.Pow(0.8, i) }, 1e-9},
		{"even odds of a share", projection.Share, func(i float64) float64 { return 100 / (1 + math.Exp(1-i/4)) }, 1e-9},
		{"even opening of sites", projection.CumulativeCount, func(i float64) float64 { return 3 * i }, 1e-9},
		{"a floor that rises evenly", projection.FloorYear, func(i float64) float64 { return 300 + 2*i }, 1e-9},
		{"nothing ever happens", projection.Geometric, func(float64) float64 { return 7 }, 0},
		{"zero for ever", projection.Free, func(float64) float64 { return 0 }, 0},
		{"always the whole", projection.Share, func(float64) float64 { return 100 }, 0},
	} {
		for n := 4; n <= 12; n++ {
			for h, f := range ahead(t, rows(n, c.f), 5, c.shape) {
				want := c.f(float64(n + h))
				if math.Abs(f.Point-want) > c.tolerance*math.Abs(want) {
					t.Errorf("%s, %d values, h %d: %v, want %v", c.name, n, h+1, f.Point, want)
				}
			}
		}
	}
}

func TestASeriesThatNeverMovedIsExpectedToStay(t *testing.T) {
	want := projection.Forecast{H: 2, Point: 5, Lo80: 5, Hi80: 5, Lo95: 5, Hi95: 5, Points: 6}
	if diff := cmp.Diff(want, ahead(t, []float64{5, 5, 5, 5, 5, 5}, 2, projection.Geometric)[1]); diff != "" {
		t.Error(diff)
	}
}

func TestAJumpIsNoGrowth(t *testing.T) {
	shifted := []float64{100, 101, 100, 102, 101, 160, 161, 160, 162, 161}
	for _, f := range ahead(t, shifted, 3, projection.Free) {
		if math.Abs(f.Point-161) > 4 {
			t.Errorf("after a shift of the level, h %d: %v, want about 161", f.H, f.Point)
		}
	}
	wild := []float64{100, 102, 104, 106, 108, 110, 112, 300}
	for _, f := range ahead(t, wild, 3, projection.Free) {
		if f.Point > 280 || f.Point < 200 || f.Lo95 > 280-40*float64(f.H) {
			t.Errorf("after a wild last year, h %d: %+v: want a part of it doubted, no growth read from it, and wide intervals", f.H, f)
		}
	}
	smog := []float64{325, 326, 324, 328, 326, 250}
	if f := ahead(t, smog, 1, projection.FloorYear)[0]; math.Abs(f.Point-325) > 5 {
		t.Errorf("a floor after one bad year: %v, want about 325", f.Point)
	}
}

func TestNothingExplodes(t *testing.T) {
	for _, c := range []struct {
		values []float64
		most   float64 // of the upper 95 % bound three years on
	}{
		{[]float64{0.001, 5, 6, 7, 8}, 40},
		{[]float64{1, 10, 100, 1000}, 60000},
		{[]float64{0, 0, 0, 0, 9}, 40},
		{[]float64{1e-300, 1, 1e-300, 1}, 20},
		{[]float64{50, 1, 60, 2, 55, 1, 70}, 800},
	} {
		if f := ahead(t, c.values, 3, projection.Geometric)[2]; f.Hi95 > c.most || f.Lo95 < 0 || f.Point < 0 {
			t.Errorf("%v: %+v, want 0…%v", c.values, f, c.most)
		}
	}
}

func TestRunningSumsNeverFall(t *testing.T) {
	for _, values := range [][]float64{{3, 7, 12, 12, 12}, {0, 0, 0, 1, 30}, {0, 40, 41, 41, 41}, {10, 9, 8, 7}} {
		before := values[len(values)-1]
		for _, f := range ahead(t, values, 6, projection.CumulativeCount) {
			if f.Lo95 < values[len(values)-1] || f.Point < before {
				t.Errorf("%v: %+v", values, f)
			}
			before = f.Point
		}
	}
}

// some draws a series of any kind that real ones come in.
func some(t *rapid.T) []float64 {
	n := rapid.IntRange(4, 15).Draw(t, "n")
	kind := rapid.SampledFrom([]string{"any", "positive", "counts", "share", "walk"}).Draw(t, "kind")
	level := rapid.Float64Range(-50, 1000).Draw(t, "level")
	return rows(n, func(float64) float64 {
		switch kind {
		case "positive":
			return rapid.Float64Range(0.001, 1e9).Draw(t, "v")
		case "counts":
			return float64(rapid.IntRange(0, 4).Draw(t, "v"))
		case "share":
			return rapid.Float64Range(0, 100).Draw(t, "v")
		case "walk":
			level += rapid.Float64Range(-10, 20).Draw(t, "step")
			return level
		}
		return rapid.Float64Range(-1e6, 1e6).Draw(t, "v")
	})
}

func TestEveryForecastIsInOrderAndWidensWithTheHorizon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := some(t)
		copied := slices.Clone(y)
		for name, shape := range shapes {
			fc, why := projection.Ahead(y, 8, shape)
			if why != indicator.Present {
				t.Fatalf("%s: %s", name, why)
			}
			for h, f := range fc {
				if f.H != h+1 || f.Points != len(y) || !(f.Lo95 <= f.Lo80 && f.Lo80 <= f.Point && f.Point <= f.Hi80 && f.Hi80 <= f.Hi95) {
					t.Fatalf("%s: out of order: %+v", name, f)
				}
				unbounded := shape == projection.Free || shape == projection.Linear
				if h > 0 && unbounded && (less(width80(f), width80(fc[h-1])) || less(f.Hi95-f.Lo95, fc[h-1].Hi95-fc[h-1].Lo95)) {
					t.Fatalf("%s: %+v is narrower than %+v", name, f, fc[h-1])
				}
			}
		}
		if diff := cmp.Diff(copied, y); diff != "" {
			t.Fatal("the caller's values were moved", diff)
		}
	})
}

func width80(f projection.Forecast) float64 { return f.Hi80 - f.Lo80 }

func less(a, b float64) bool { return a < b-1e-9*max(math.Abs(a), math.Abs(b), 1e-300) }

// moved is a forecast of a·x+b from one of x, for a > 0.
func moved(f projection.Forecast, a, b float64) projection.Forecast {
	for _, v := range []*float64{&f.Point, &f.Lo80, &f.Hi80, &f.Lo95, &f.Hi95} {
		*v = *v*a + b
	}
	return f
}

// same tells whether two forecasts agree to within rounding of numbers of that size.
func same(t *rapid.T, what string, got, want projection.Forecast, size float64) {
	t.Helper()
	g := []float64{got.Point, got.Lo80, got.Hi80, got.Lo95, got.Hi95}
	for i, w := range []float64{want.Point, want.Lo80, want.Hi80, want.Lo95, want.Hi95} {
		if math.Abs(g[i]-w) > 1e-7*max(size, math.Abs(w)) {
			t.Fatalf("%s: %+v, want %+v", what, got, want)
		}
	}
}

func TestUnitsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := some(t)
		for i := range y {
			if math.Abs(y[i]) < 1e-290 { // the conversion itself would lose digits of a subnormal number
				y[i] = 0
			}
		}
		size := largest(y)
		a := rapid.SampledFrom([]float64{1e-8, 1e-4, 0.3, 10, 1e4, 1e8}).Draw(t, "a")
		for name, shape := range shapes {
			if shape == projection.Share {
				continue // its unit is the per cent
			}
			x, _ := projection.Ahead(y, 4, shape)
			z, _ := projection.Ahead(rows(len(y), func(i float64) float64 { return y[int(i)] * a }), 4, shape)
			for h := range x {
				same(t, name, z[h], moved(x[h], a, 0), size*a)
			}
		}
	})
}

func TestInStepsTheZeroAndTheDirectionDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := some(t)
		size := largest(y) + 1
		b := rapid.Float64Range(-2, 2).Draw(t, "b") * size
		x, _ := projection.Ahead(y, 4, projection.Linear)
		shifted, _ := projection.Ahead(rows(len(y), func(i float64) float64 { return y[int(i)] + b }), 4, projection.Linear)
		mirrored, _ := projection.Ahead(rows(len(y), func(i float64) float64 { return -y[int(i)] }), 4, projection.Linear)
		for h, f := range x {
			same(t, "shifted", shifted[h], moved(f, 1, b), 3*size)
			m := moved(f, -1, 0)
			m.Lo80, m.Hi80, m.Lo95, m.Hi95 = m.Hi80, m.Lo80, m.Hi95, m.Lo95
			same(t, "mirrored", mirrored[h], m, size)
		}
	})
}

func largest(y []float64) (m float64) {
	for _, v := range y {
		m = max(m, math.Abs(v))
	}
	return m
}

func TestBoundsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 12).Draw(t, "n")
		y := rows(n, func(float64) float64 { return rapid.Float64Range(0, 100).Draw(t, "v") })
		for _, name := range []string{"share", "geometric", "floor"} {
			fc, _ := projection.Ahead(y, 10, shapes[name])
			for _, f := range fc {
				if f.Lo95 < 0 || name == "share" && f.Hi95 > 100 {
					t.Fatalf("%s: %+v", name, f)
				}
			}
		}
	})
}

func TestAShareBeyondItsWholeIsNoShare(t *testing.T) {
	y := []float64{98, 101, 103, 106, 108}
	if diff := cmp.Diff(ahead(t, y, 3, projection.Linear), ahead(t, y, 3, projection.Share)); diff != "" {
		t.Error(diff)
	}
}

// The series are made up (测试数据); what is pinned is what the method makes of
// them, so that a change of figures is a change of OutlookMethod's version.
func TestGolden(t *testing.T) {
	var b strings.Builder
	b.WriteString("series,shape,h,point,lo80,hi80,lo95,hi95\n")
	for _, c := range []struct {
		name, shape string
		values      []float64
	}{
		{"level", "geometric", []float64{100, 106, 111, 121}},
		{"long level", "geometric", []float64{2760, 2890, 3105, 3180, 3350, 3402, 3611, 3790, 3975, 4100, 4320, 4510}},
		{"fall", "free", []float64{50, 48, 47, 44, 43, 40, 37}},
		{"balance", "linear", []float64{-3, 2, -1, 4, 0, -2, 5}},
		{"share", "share", []float64{62, 66.5, 71, 74.8, 79, 83.1, 86}},
		{"sites", "cumulative", []float64{0, 3, 9, 14, 22, 25}},
		{"good days", "floor", []float64{316, 320, 333, 326, 325, 319, 334}},
		{"rare events", "free", []float64{0, 1, 0, 0, 3, 0, 1}},
	} {
		for _, f := range ahead(t, c.values, 5, shapes[c.shape]) {
			fmt.Fprintf(&b, "%s,%s,%d", c.name, c.shape, f.H)
			for _, v := range []float64{f.Point, f.Lo80, f.Hi80, f.Lo95, f.Hi95} {
				b.WriteString("," + strconv.FormatFloat(v, 'f', 6, 64))
			}
			b.WriteByte('\n')
		}
	}
	const name = "testdata/outlook.csv"
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := csv.NewReader(strings.NewReader(string(want))).ReadAll(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}

func FuzzAhead(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, 5.0, 3, 0)
	f.Add(0.0, 0.0, 0.0, 0.0, 0.0, 1, 4)
	f.Add(-1.7e308, 1.7e308, 5e-324, 0.0, 1.0, 30, 5)
	f.Add(100.0, 100.0, 0.0, 50.0, 1e-300, 8, 4)
	f.Add(5e-324, 1e-323, 5e-324, 1e-323, 2e-323, 30, 4)
	f.Fuzz(func(t *testing.T, a, b, c, d, e float64, horizon, shape int) {
		values := []float64{a, b, c, d, e}
		fc, why := projection.Ahead(values, horizon, projection.Shape(shape))
		if why != indicator.Present {
			if fc != nil {
				t.Fatal("forecasts and an absence")
			}
			return
		}
		if len(fc) != horizon {
			t.Fatalf("%d forecasts of %d", len(fc), horizon)
		}
		for _, x := range fc {
			for _, v := range []float64{x.Lo95, x.Lo80, x.Point, x.Hi80, x.Hi95} {
				if !indicator.Finite(v) {
					t.Fatalf("%v: %+v", values, x)
				}
			}
			if !(x.Lo95 <= x.Lo80 && x.Lo80 <= x.Point && x.Point <= x.Hi80 && x.Hi80 <= x.Hi95) {
				t.Fatalf("%v: out of order: %+v", values, x)
			}
			if p, ok := projection.Probability(x, e, true); ok && !(p >= 0 && p <= 100) {
				t.Fatalf("%+v: probability %v", x, p)
			}
		}
	})
}
