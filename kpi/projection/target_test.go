package projection_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

func prints(t *testing.T, what string, v float64, decimals int, want string) {
	t.Helper()
	if got := indicator.Fixed(v, decimals); got != want {
		t.Errorf("%s = %s (%v), want %s", what, got, v, want)
	}
}

func TestV4RequiredGrowth(t *testing.T) {
	g, ok := projection.CAGR(100, 130, 3)
	if !ok {
		t.Fatal("no CAGR")
	}
	prints(t, "CAGR 2022—2025", float64(g), 4, "9.1393")
	need := 100 * math.Pow(1.12, 5)
	prints(t, "needed in 2027", need, 4, "176.2342")
	r, ok := projection.RequiredGrowth(130, need, 2)
	if !ok {
		t.Fatal("no required growth")
	}
	prints(t, "required 2026—2027", float64(r), 4, "16.4323")
	after, ok := projection.RequiredAfter(g, 3, 12, 5)
	if !ok {
		t.Fatal("no required growth after")
	}
	prints(t, "the same from the rates", float64(after), 4, "16.4323")
}

func TestV5TheMeanOfRatesIsNotTheRate(t *testing.T) {
	g, ok := projection.CAGR(100, 100*1.30*1.00*1.08, 3)
	if !ok {
		t.Fatal("no CAGR")
	}
	prints(t, "CAGR", float64(g), 4, "11.9753")
	if indicator.Meets(indicator.GE, float64(g), 12) {
		t.Error("11.9753 % has reached 12 %")
	}
}

func TestV7Nowcast(t *testing.T) {
	got, why := projection.Nowcast(1350, 3, map[int]map[int]float64{2025: {3: 1210, 12: 5010}}, 1)
	if why != indicator.Present {
		t.Fatal(why)
	}
	prints(t, "full year", got.Value, 2, "5589.67")
	if got.Error != 0 || got.Off95 != 0 || got.Years != 1 {
		t.Errorf("one year knows its own error: %+v", got)
	}
}

func TestNowcastUsesEveryCompleteYearAndOnlyThose(t *testing.T) {
	history := map[int]map[int]float64{
		2022: {12: 90},        // no September
		2023: {9: 60, 12: 80}, // 0.75
		2024: {9: 70, 12: 100},
		2025: {9: 80, 12: 100},
		2026: {9: 90}, // running
	}
	got, why := projection.Nowcast(90, 9, history, 3)
	// Left out, each year would have been: 90/.75, 90/.775, 90/.725 for 90/.75, 90/.7, 90/.8.
	wrong := math.Hypot(90/.775-90/.7, 90/.725-90/.8) / math.Sqrt(3)
	const t80, t95 = 1.885618083164127, 4.302652729749464 // Student's t, two degrees of freedom
	want := projection.Estimate{Value: 120, Error: wrong, Off80: t80 * wrong, Off95: t95 * wrong, Years: 3, Method: "seasonal-share@1"}
	if diff := cmp.Diff(want, got, near); diff != "" || why != indicator.Present {
		t.Error(why, diff)
	}
	if _, why := projection.Nowcast(90, 9, history, 4); why != indicator.TooFew {
		t.Errorf("four years wanted, three there: %q", why)
	}
	if _, why := projection.Nowcast(90, 9, nil, 0); why != indicator.TooFew {
		t.Errorf("no history: %q", why)
	}
	if _, why := projection.Nowcast(90, 13, history, 1); why != indicator.NotComputable {
		t.Errorf("month 13: %q", why)
	}
	if _, why := projection.Nowcast(math.Inf(1), 9, history, 1); why != indicator.NotComputable {
		t.Errorf("infinite value: %q", why)
	}
	if got, why := projection.Nowcast(91, 12, nil, 2); why != indicator.Present || got.Value != 91 || got.Years != 0 {
		t.Errorf("a complete year: %+v, %q", got, why)
	}
}

func TestAYearOfNetOutflowHasNoSeason(t *testing.T) {
	history := map[int]map[int]float64{2024: {6: -3, 12: 10}, 2025: {6: 0, 12: 8}, 2023: {6: 5, 12: 0}}
	if got, why := projection.Nowcast(4, 6, history, 1); why != indicator.TooFew {
		t.Errorf("got %+v, %q", got, why)
	}
}

func TestARatioIsCarriedOnByPoints(t *testing.T) {
	history := map[int]map[int]float64{2024: {3: 20, 12: 20.6}, 2025: {3: 21, 12: 21.2}}
	got, why := projection.NowcastRatio(21.5, 3, history, 2)
	// Each year from the other alone is wrong by 0.4.
	const t80, t95 = 3.0776835371752527, 12.706204736432095 // Student's t, one degree of freedom
	want := projection.Estimate{Value: 21.9, Error: 0.4, Off80: 0.4 * t80, Off95: 0.4 * t95, Years: 2, Method: "seasonal-step@1"}
	if diff := cmp.Diff(want, got, near); diff != "" || why != indicator.Present {
		t.Error(why, diff)
	}
}

func TestV8DayBudget(t *testing.T) {
	b, ok := projection.Budget(158, 181, 181, 365, 320)
	if !ok {
		t.Fatal("no budget")
	}
	prints(t, "rate", float64(b.Rate), 2, "87.29")
	prints(t, "linear", b.FullYear, 1, "318.6")
	if b.Allowed != 45 || b.Used != 23 || b.Left != 22 {
		t.Errorf("budget %+v, want 45 − 23 = 22", b)
	}
	leap, _ := projection.Budget(158, 182, 182, 366, 320)
	if leap.Allowed != 46 {
		t.Errorf("a leap year allows %d, want 46", leap.Allowed)
	}
	gap, _ := projection.Budget(158, 171, 181, 365, 320)
	if gap.Used != 23 || gap.Rate <= b.Rate {
		t.Errorf("ten days without a measurement: %+v", gap)
	}
	for _, bad := range [][5]int{{-1, 181, 181, 365, 320}, {182, 181, 181, 365, 320}, {1, 182, 181, 365, 320}, {1, 2, 366, 365, 320}, {0, 0, 0, 365, 320}} {
		if b, ok := projection.Budget(bad[0], bad[1], bad[2], bad[3], bad[4]); ok {
			t.Errorf("%v accepted: %+v", bad, b)
		}
	}
}

func TestV12TwoCompletions(t *testing.T) {
	level, ok := projection.Completion(1260, 1400)
	if !ok {
		t.Fatal("no 水平完成率")
	}
	prints(t, "水平完成率", float64(level), 2, "90.00")
	progress, ok := projection.Progress(1000, 1260, 1400)
	if !ok {
		t.Fatal("no 进度完成率")
	}
	prints(t, "进度完成率", float64(progress), 2, "65.00")
	if p, _ := projection.Progress(50, 44, 35); math.Abs(float64(p)-40) > 1e-12 {
		t.Errorf("a falling target: %v, want 40", p)
	}
	if p, _ := projection.Progress(1000, 1500, 1400); math.Abs(float64(p)-125) > 1e-12 {
		t.Errorf("beyond the target: %v, want 125 (never capped)", p)
	}
	if p, _ := projection.Progress(1000, 900, 1400); math.Abs(float64(p)+25) > 1e-12 {
		t.Errorf("below the base: %v, want −25 (never capped)", p)
	}
}

func TestV13Path(t *testing.T) {
	prints(t, "geometric", projection.Path(2760, 3900, 3, 5, true), 2, "3396.27")
	prints(t, "linear", projection.Path(2760, 3900, 3, 5, false), 2, "3444.00")
	prints(t, "from zero", projection.Path(0, 100, 3, 5, true), 2, "60.00")
}

func TestWhatHasNoMeaningIsRefused(t *testing.T) {
	refused := func(name string, ok bool) {
		t.Helper()
		if ok {
			t.Errorf("%s is accepted", name)
		}
	}
	var ok bool
	_, ok = projection.CAGR(0, 130, 3)
	refused("CAGR from zero", ok)
	_, ok = projection.CAGR(-5, 130, 3)
	refused("CAGR from a negative base", ok)
	_, ok = projection.CAGR(100, -1, 3)
	refused("CAGR to a negative value", ok)
	_, ok = projection.CAGR(100, 130, 0)
	refused("CAGR over no interval", ok)
	_, ok = projection.RequiredGrowth(0, 100, 2)
	refused("growth from zero", ok)
	_, ok = projection.RequiredGrowth(100, 0, 2)
	refused("growth to zero", ok)
	_, ok = projection.RequiredGrowth(100, 120, 0)
	refused("growth in no time", ok)
	_, ok = projection.RequiredAfter(9, 5, 12, 5)
	refused("growth after the plan", ok)
	_, ok = projection.RequiredAfter(-100, 3, 12, 5)
	refused("growth from nothing left", ok)
	_, ok = projection.RequiredStep(1, 2, 0)
	refused("a step in no time", ok)
	_, ok = projection.Completion(5, 0)
	refused("completion of a zero target", ok)
	_, ok = projection.Progress(100, 120, 100)
	refused("progress when target = base", ok)
	if g, ok := projection.CAGR(100, 0, 2); !ok || g != -100 {
		t.Errorf("a fall to a true zero is −100 %%: %v %v", g, ok)
	}
	if s, ok := projection.RequiredStep(10, 4, 3); !ok || s != -2 {
		t.Errorf("a step down: %v %v", s, ok)
	}
}

func TestThePathStartsAtTheBaseAndEndsAtTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.Float64Range(0.01, 1e6).Draw(t, "base")
		target := base * rapid.Float64Range(0.1, 10).Draw(t, "multiple")
		n := rapid.Float64Range(1, 10).Draw(t, "n")
		for _, geometric := range []bool{true, false} {
			if got := projection.Path(base, target, 0, n, geometric); got != base {
				t.Fatalf("at 0: %v, want %v", got, base)
			}
			if got := projection.Path(base, target, n, n, geometric); got != target {
				t.Fatalf("at n: %v, want %v", got, target)
			}
		}
		// Growing at the required rate from where the path is follows the path.
		k := rapid.Float64Range(0, 0.9).Draw(t, "k") * n
		at := projection.Path(base, target, k, n, true)
		g, ok := projection.RequiredGrowth(at, target, n-k)
		if !ok {
			t.Fatal("refused")
		}
		if end := at * math.Pow(1+float64(g)/100, n-k); math.Abs(end-target) > 1e-8*target {
			t.Fatalf("ends at %v, want %v", end, target)
		}
	})
}

func TestTheNowcastIsScaleInvariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		month := rapid.IntRange(1, 11).Draw(t, "month")
		k := rapid.SampledFrom([]float64{1e-4, 1e4}).Draw(t, "unit")
		ytd := rapid.Float64Range(1, 1e5).Draw(t, "ytd")
		a, b := map[int]map[int]float64{}, map[int]map[int]float64{}
		for y := range 3 {
			part := rapid.Float64Range(1, 1e5).Draw(t, "part")
			whole := part * rapid.Float64Range(1, 12).Draw(t, "multiple")
			a[2023+y] = map[int]float64{month: part, 12: whole}
			b[2023+y] = map[int]float64{month: part * k, 12: whole * k}
		}
		x, _ := projection.Nowcast(ytd, month, a, 2)
		y, _ := projection.Nowcast(ytd*k, month, b, 2)
		if math.Abs(x.Value*k-y.Value) > 1e-9*y.Value {
			t.Fatalf("%v × %v ≠ %v", x.Value, k, y.Value)
		}
		if math.Abs(x.Off95*k-y.Off95) > 1e-9*max(y.Value, y.Off95) || y.Off80 > y.Off95 {
			t.Fatalf("errors %+v, %+v", x, y)
		}
	})
}
