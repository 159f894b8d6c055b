package projection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

var aim = projection.Aim{Value: 15.2, AtLeast: true}

func TestOutlookOfWholeYearsIsAhead(t *testing.T) {
	values := []float64{100, 108, 115, 126}
	got, why := projection.Outlook(series(values...), nil, 2028, projection.Geometric, aim)
	if why != indicator.Present {
		t.Fatal(why)
	}
	fc, _ := projection.Ahead(values, 2, projection.Geometric)
	want := indicator.Projection{Value: fc[1].Point, Method: projection.OutlookMethod, Points: 4}
	for i, f := range fc {
		want.Ahead = append(want.Ahead, indicator.Expected{Year: 2026 + i, Value: f.Point, Lo80: f.Lo80, Hi80: f.Hi80, Lo95: f.Lo95, Hi95: f.Hi95})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFewerThanFourSuccessiveYearsHaveNoOutlook(t *testing.T) {
	year := func(y int, v float64) projection.Annual { return projection.Annual{T: float64(y + 1), Value: v} }
	for _, c := range []struct {
		name   string
		points []projection.Annual
		run    *projection.Running
	}{
		{"three", series(1, 2, 3), nil},
		{"a gap", []projection.Annual{year(2020, 1), year(2021, 2), year(2023, 3), year(2024, 4), year(2025, 5)}, nil},
		{"three and a stock within the year", []projection.Annual{year(2023, 1), year(2024, 2), year(2025, 3)}, &projection.Running{At: 2026.75, Value: 4}},
		{"a nowcast after a gap", series(1, 2, 3), &projection.Running{At: 2027, Value: 4}},
	} {
		if got, why := projection.Outlook(c.points, c.run, 2028, projection.Linear, aim); why != indicator.TooFew {
			t.Errorf("%s: %+v, %q", c.name, got, why)
		}
	}
	if got, why := projection.Outlook(series(1, 2, 3), &projection.Running{At: 2026, Value: 4.2, Off80: 0.1, Off95: 0.2}, 2028, projection.Linear, aim); why != indicator.Present || got.Points != 4 || !got.Nowcast {
		t.Errorf("a nowcast with its error is a value: %+v, %q", got, why)
	}
}

func TestTheErrorOfTheNowcastWidensWhatFollows(t *testing.T) {
	points := series(100, 108, 115, 126)
	at := func(off float64) indicator.Projection {
		p, why := projection.Outlook(points, &projection.Running{At: 2027, Value: 135, Off80: off, Off95: 1.7 * off}, 2028, projection.Geometric, aim)
		if why != indicator.Present || !p.Nowcast || len(p.Ahead) != 2 || p.Ahead[0].Year != 2026 {
			t.Fatalf("%+v, %q", p, why)
		}
		return p
	}
	certain, vague := at(0), at(4)
	if certain.Value != vague.Value {
		t.Errorf("the median moved: %v, %v", certain.Value, vague.Value)
	}
	a, _ := certain.End()
	b, _ := vague.End()
	for _, w := range [][2]float64{{a.Hi80 - a.Value, b.Hi80 - b.Value}, {a.Value - a.Lo80, b.Value - b.Lo80}, {a.Hi95 - a.Value, b.Hi95 - b.Value}} {
		// A nowcast too high by 4 makes 2027 too high by 4 and more.
		if least := math.Hypot(w[0], 4); w[1] < least {
			t.Errorf("half-width %v grew to %v, want at least %v", w[0], w[1], least)
		}
	}
	if b.Lo95 > b.Lo80 || b.Hi95 < b.Hi80 {
		t.Errorf("intervals out of order: %+v", b)
	}
}

func TestANowcastThatSaysNothingNewIsLeftOut(t *testing.T) {
	points := series(100, 108, 115, 126)
	alone, _ := projection.Outlook(points, nil, 2028, projection.Geometric, aim)
	got, why := projection.Outlook(points, &projection.Running{At: 2027, Value: 180, Off80: 90, Off95: 200}, 2028, projection.Geometric, aim)
	if diff := cmp.Diff(alone, got); diff != "" || why != indicator.Present {
		t.Error(why, diff)
	}
}

func TestAStockWithinTheYearIsCarriedToItsEnd(t *testing.T) {
	points := series(100, 110, 120, 130)
	for _, c := range []struct{ at, value, want, off float64 }{
		{2026.25, 132.5, 140, math.Sqrt(0.75)}, // as expected: 10 a year
		{2026.75, 137.5, 140, math.Sqrt(0.25)},
		{2026.75, 150, 152.5, math.Sqrt(0.25)},
	} {
		one, _ := projection.Ahead([]float64{100, 110, 120, 130}, 1, projection.Linear)
		got, why := projection.Outlook(points, &projection.Running{At: c.at, Value: c.value}, 2028, projection.Linear, aim)
		if why != indicator.Present || !got.Nowcast {
			t.Fatalf("%+v %q", got, why)
		}
		y := got.Ahead[0]
		if math.Abs(y.Value-c.want) > 0.2 { // the believed step is a little less than 10
			t.Errorf("%v at %v: the year ends at %v, want about %v", c.value, c.at, y.Value, c.want)
		}
		if off := y.Hi80 - y.Value; math.Abs(off-c.off*(one[0].Hi80-one[0].Point)) > 1e-9 {
			t.Errorf("at %v its error is %v, want the root of the time left of %v", c.at, off, one[0].Hi80-one[0].Point)
		}
	}
}

func TestARunningSumStartsAtItsZeroAndNeverFalls(t *testing.T) {
	points := []projection.Annual{{T: 2022, Value: 99}, {T: 2024, Value: 10}, {T: 2025, Value: 12}, {T: 2026, Value: 40}}
	got, why := projection.Outlook(points, &projection.Running{At: 2026.5, Value: 41}, 2028, projection.CumulativeCount, aim)
	if why != indicator.Present || got.Points != 5 { // 0, 10, 12, 40 and the year that runs
		t.Fatalf("%+v %q", got, why)
	}
	last := 41.0
	for _, e := range got.Ahead {
		if e.Lo95 < 41 || e.Value < last {
			t.Errorf("below what was counted: %+v", e)
		}
		last = e.Value
	}
}

func TestAYearOfTheTargetThatRunsIsItsOwnForecast(t *testing.T) {
	got, why := projection.Outlook(series(10, 11, 12, 13, 14), &projection.Running{At: 2028, Value: 15.2, Off80: 0.3, Off95: 0.6}, 2028, projection.Linear, aim)
	if why != indicator.Present {
		t.Fatal(why)
	}
	want := indicator.Projection{Value: 15.2, Method: projection.OutlookMethod, Points: 6, Nowcast: true, Probability: got.Probability, Ahead: []indicator.Expected{
		{Year: 2027, Value: 15.2, Lo80: 14.9, Hi80: 15.5, Lo95: 14.6, Hi95: 15.8},
	}}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	if p := got.Probability; !p.OK || math.Abs(float64(p.V)-50) > 1e-9 {
		t.Errorf("the median is reached with %v", p)
	}
}

func TestOutlookKnowsNoUnits(t *testing.T) {
	shapes := []projection.Shape{projection.Geometric, projection.Linear, projection.CumulativeCount}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.01, 1e5), 4, 6).Draw(t, "values")
		k := rapid.SampledFrom([]float64{1e-4, 1e4, 1e8}).Draw(t, "unit")
		shape := rapid.SampledFrom(shapes).Draw(t, "shape")
		run := projection.Running{At: 2023 + float64(len(values)), Value: rapid.Float64Range(0.01, 1e5).Draw(t, "now")}
		if rapid.Bool().Draw(t, "stock") {
			run.At -= 0.25
		} else {
			run.Off80 = run.Value * rapid.Float64Range(0, 0.2).Draw(t, "off")
			run.Off95 = run.Off80 * rapid.Float64Range(1, 3).Draw(t, "wider")
		}
		points := series(values...)
		for i := range points { // end in 2025, whatever their number
			points[i].T += float64(3 - len(values))
		}
		run.At += float64(3 - len(values))
		target := rapid.Float64Range(0.01, 2e5).Draw(t, "target")
		a, why1 := projection.Outlook(points, &run, 2028, shape, projection.Aim{Value: target, AtLeast: true})
		for i := range points {
			points[i].Value *= k
		}
		run.Value, run.Off80, run.Off95 = run.Value*k, run.Off80*k, run.Off95*k
		b, why2 := projection.Outlook(points, &run, 2028, shape, projection.Aim{Value: target * k, AtLeast: true})
		if why1 != why2 || a.Nowcast != b.Nowcast {
			t.Fatal(why1, why2, a.Nowcast, b.Nowcast)
		}
		size := run.Value
		for _, p := range points {
			size = max(size, p.Value)
		}
		for i := range a.Ahead {
			e := &a.Ahead[i]
			e.Value, e.Lo80, e.Hi80, e.Lo95, e.Hi95 = e.Value*k, e.Lo80*k, e.Hi80*k, e.Lo95*k, e.Hi95*k
		}
		a.Value *= k
		pa, pb := a.Probability, b.Probability
		a.Probability, b.Probability = pb, pb
		if diff := cmp.Diff(a, b, cmpopts.EquateApprox(1e-7, 1e-8*size)); diff != "" {
			t.Fatal(diff)
		}
		for _, e := range b.Ahead {
			if e.Lo95 > e.Lo80 || e.Lo80 > e.Value || e.Value > e.Hi80 || e.Hi80 > e.Hi95 {
				t.Fatalf("out of order: %+v", e)
			}
		}
		if pa.OK != pb.OK || math.Abs(float64(pa.V-pb.V)) > 1e-4 {
			t.Fatalf("chance %v in one unit, %v in another", pa, pb)
		}
	})
}

func TestAHigherTargetIsNeverMoreLikely(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 99), 5, 8).Draw(t, "values")
		shape := rapid.SampledFrom([]projection.Shape{projection.Geometric, projection.Linear, projection.Share}).Draw(t, "shape")
		points := series(values...)
		for i := range points {
			points[i].T += float64(3 - len(values))
		}
		low := rapid.Float64Range(0, 100).Draw(t, "low")
		high := rapid.Float64Range(low, 100).Draw(t, "high")
		chance := func(target float64, atLeast bool) indicator.Opt[indicator.Percent] {
			p, why := projection.Outlook(points, nil, 2028, shape, projection.Aim{Value: target, AtLeast: atLeast})
			if why != indicator.Present {
				t.Fatal(why)
			}
			return p.Probability
		}
		a, b, c := chance(low, true), chance(high, true), chance(low, false)
		if a.OK != b.OK || b.V > a.V+1e-9 {
			t.Fatalf("at least %v: %v; at least %v: %v", low, a, high, b)
		}
		if inside := low > 1 && low < 99; a.OK && inside && // at a bound, both hold
			math.Abs(float64(a.V+c.V)-100) > 1e-6 {
			t.Fatalf("at least and at most %v: %v and %v", low, a, c)
		}
		k1, why1 := projection.Keep(points, nil, nil, 2028, low)
		k2, why2 := projection.Keep(points, nil, nil, 2028, high)
		if why1 != why2 || k2.Probability.V > k1.Probability.V+1e-6 {
			t.Fatalf("floor %v: %v; floor %v: %v", low, k1, high, k2)
		}
	})
}

func TestTheChanceIsThatOfTheIntervals(t *testing.T) {
	for _, shape := range []projection.Shape{projection.Geometric, projection.Linear, projection.Share} {
		points := []projection.Annual{{T: 2022, Value: 94}, {T: 2023, Value: 100}, {T: 2024, Value: 108}, {T: 2025, Value: 115}, {T: 2026, Value: 126}}
		run := &projection.Running{At: 2027, Value: 135, Off80: 3, Off95: 6}
		p, _ := projection.Outlook(points, run, 2028, shape, aim)
		e, _ := p.End()
		for _, c := range []struct{ at, want float64 }{{e.Lo95, 97.5}, {e.Lo80, 90}, {e.Value, 50}, {e.Hi80, 10}, {e.Hi95, 2.5}} {
			p, _ := projection.Outlook(points, run, 2028, shape, projection.Aim{Value: c.at, AtLeast: true})
			if got := float64(p.Probability.V); math.Abs(got-c.want) > 1e-4 {
				t.Errorf("shape %d, at least %v: %v, want %v", shape, c.at, got, c.want)
			}
		}
	}
}

// What a bound cuts off is gathered there and belongs to the chance of reaching it.
func TestTheChanceAtABoundHoldsAllBeyondIt(t *testing.T) {
	at := func(points []projection.Annual, shape projection.Shape, target float64) float64 {
		p, why := projection.Outlook(points, nil, 2028, shape, projection.Aim{Value: target, AtLeast: true})
		if why != indicator.Present || !p.Probability.OK {
			t.Fatalf("%+v %q", p, why)
		}
		return float64(p.Probability.V)
	}
	counted := []projection.Annual{{T: 2022, Value: 0}, {T: 2024, Value: 30}, {T: 2025, Value: 34}, {T: 2026, Value: 70}, {T: 2027, Value: 71}}
	if got := at(counted, projection.CumulativeCount, 71); got < 100-1e-9 {
		t.Errorf("what is counted is reached, yet %v", got)
	}
	// The same steps, bounded and not: inside the bound the chance is the same.
	unbound := append([]projection.Annual{{T: 2023}}, counted[1:]...)
	for _, target := range []float64{75, 85, 110} {
		a, b := at(counted, projection.CumulativeCount, target), at(unbound, projection.Linear, target)
		if math.Abs(a-b) > 1e-6 {
			t.Errorf("at least %v: %v with a bound below it, %v without", target, a, b)
		}
	}
}

func TestAFloorIsKeptInEveryYearOrNotAtAll(t *testing.T) {
	points := series(322, 330, 318, 327)
	points = append([]projection.Annual{{T: 2022, Value: 325}}, points...)
	all, why := projection.Keep(points, nil, nil, 2028, 320)
	if why != indicator.Present || all.From != 2026 || all.To != 2027 || all.Points != 5 {
		t.Fatalf("%+v %q", all, why)
	}
	fc, _ := projection.Ahead([]float64{325, 322, 330, 318, 327}, 2, projection.FloorYear)
	product, least := 1.0, 1.0
	for _, f := range fc {
		p, _ := projection.Probability(f, 320, true)
		product, least = product*float64(p)/100, min(least, float64(p)/100)
	}
	if got := float64(all.Probability.V) / 100; got <= product || got >= least {
		t.Errorf("%v, want between the product %v and the least %v", got, product, least)
	}
	lost, _ := projection.Keep(points, nil, new(false), 2028, 320)
	if !lost.Probability.OK || lost.Probability.V != 0 {
		t.Errorf("a year that cannot pass: %+v", lost)
	}
	won, _ := projection.Keep(points, nil, new(true), 2028, 320)
	next, _ := projection.Probability(fc[1], 320, true)
	if math.Abs(float64(won.Probability.V-next)) > 1e-6 {
		t.Errorf("with 2026 passed: %v, want the chance of 2027 alone, %v", won.Probability.V, next)
	}
	run := projection.Running{At: 2027, Value: 331, Off80: 2, Off95: 4}
	if better, _ := projection.Keep(points, &run, nil, 2028, 320); better.Probability.V <= all.Probability.V || better.Points != 6 {
		t.Errorf("a good nowcast of 2026: %+v after %+v", better, all)
	}
	if k, why := projection.Keep(series(100, 100, 100, 100, 100), nil, nil, 2029, 95); why != indicator.TooFew || k.Probability.OK {
		t.Errorf("a rate that never moved: %+v %q", k, why)
	}
	if k, why := projection.Keep(points[2:], nil, nil, 2028, 320); why != indicator.TooFew || k.Probability.OK || k.Points != 3 {
		t.Errorf("three years: %+v %q", k, why)
	}
}

// The nowcast's intervals hold what they promise when seasons scatter by chance,
// and so do those of the year after it.
func TestTheIntervalsOfTheRunningYearCoverWhatTheyPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	const rounds = 4000
	for _, years := range []int{2, 3, 5} {
		var in80, in95, next80, next int
		for range rounds {
			full := 100.0
			history := map[int]map[int]float64{}
			points := []projection.Annual{}
			grow := func() { full *= math.Exp(0.07 + 0.03*r.NormFloat64()) }
			part := func() float64 { return full * (0.71 + 0.01*r.NormFloat64()) }
			for y := 2026 - 6; y < 2026; y++ {
				grow()
				points = append(points, projection.Annual{T: float64(y + 1), Value: full})
				if y >= 2026-years {
					history[y] = map[int]float64{9: part(), 12: full}
				}
			}
			grow()
			est, why := projection.Nowcast(part(), 9, history, 2)
			if why != indicator.Present {
				t.Fatal(why)
			}
			off := math.Abs(est.Value - full)
			if off <= est.Off80 {
				in80++
			}
			if off <= est.Off95 {
				in95++
			}
			p, why := projection.Outlook(points, &projection.Running{At: 2027, Value: est.Value, Off80: est.Off80, Off95: est.Off95}, 2028, projection.Geometric, aim)
			if why != indicator.Present {
				t.Fatal(why)
			}
			grow()
			if e, _ := p.End(); e.Lo80 <= full && full <= e.Hi80 {
				next80++
			}
			next++
		}
		share := func(n int) float64 { return 100 * float64(n) / rounds }
		t.Logf("%d seasons: nowcast 80 %%: %.1f, 95 %%: %.1f; 2027 80 %%: %.1f", years, share(in80), share(in95), share(next80))
		if a, b := share(in80), share(in95); a < 78 || a > 88 || b < 94 || b > 98.5 {
			t.Errorf("%d seasons: intervals cover %.1f and %.1f %%", years, a, b)
		}
		if c := share(next80); c < 78 {
			t.Errorf("%d seasons: the 80 %% interval of the year after covers %.1f %%", years, c)
		}
	}
}
