package projection_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

// near compares to the last bits of a power.
var near = cmpopts.EquateApprox(1e-12, 1e-9)

// series makes year-end values from 2022 on.
func series(values ...float64) []projection.Annual {
	pts := make([]projection.Annual, len(values))
	for i, v := range values {
		pts[i] = projection.Annual{T: 2023 + float64(i), Value: v}
	}
	return pts
}

func TestProject(t *testing.T) {
	for _, c := range []struct {
		name   string
		points []projection.Annual
		shape  projection.Shape
		want   indicator.Projection
	}{
		{
			"levels continue their mean rate",
			series(100, 110, 132, 145.2), projection.Geometric, // +10 %, +20 %, +10 %
			indicator.Projection{
				Value:  145.2 * math.Pow(1.452, 2.0/3),
				Method: "drift-geometric@1", Points: 4,
			},
		},
		{
			"shares continue their mean step",
			series(20, 20.4, 20.5, 21.2), projection.Linear,
			indicator.Projection{Value: 22, Method: "drift-linear@1", Points: 4},
		},
		{
			"three points are enough",
			series(100, 110, 121), projection.Geometric,
			indicator.Projection{Value: 161.051, Method: "drift-geometric@1", Points: 3},
		},
		{
			"a level that touched zero has no rate and is continued by steps",
			series(0, 10, 20), projection.Geometric,
			indicator.Projection{Value: 50, Method: "drift-linear@1", Points: 3},
		},
		{
			"a running sum starts at zero at the end of 2022, whatever stands there",
			[]projection.Annual{{T: 2023, Value: 7}, {T: 2024, Value: 10}, {T: 2025, Value: 30}, {T: 2026, Value: 60}},
			projection.CumulativeCount,
			indicator.Projection{Value: 100, Method: "drift-cumulative@1", Points: 3},
		},
		{
			"one smoggy year does not bend the level of a floor",
			series(325, 326, 300, 328, 329), projection.FloorYear, // one a year, but for 2024
			indicator.Projection{Value: 330, Method: "median-drift@1", Points: 5},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := projection.Project(c.points, 2028, c.shape, 3)
			if why != indicator.Present {
				t.Fatalf("absent: %s", why)
			}
			if diff := cmp.Diff(c.want, got, near); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheNewestStockOfAYearStandsForIt(t *testing.T) {
	pts := []projection.Annual{
		{T: 2026.75, Value: 130}, // the end of September 2026, given first
		{T: 2026.5, Value: 500},  // superseded
		{T: 2023, Value: 100},
		{T: 2025, Value: 116},
	}
	got, why := projection.Project(pts, 2028, projection.Linear, 3)
	if why != indicator.Present {
		t.Fatal(why)
	}
	want := indicator.Projection{Value: 140, Method: "drift-linear@1", Points: 3}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	if pts[0].Value != 130 || pts[2].T != 2023 {
		t.Error("the caller's points were moved")
	}
}

func TestAValueAtTheTargetIsNotProjected(t *testing.T) {
	got, why := projection.Project(series(1, 2, 3, 4, 5, 7), 2028, projection.Geometric, 3)
	want := indicator.Projection{Value: 7, Method: "observed@1", Points: 6}
	if diff := cmp.Diff(want, got); diff != "" || why != indicator.Present {
		t.Error(why, diff)
	}
}

func TestProjectRefuses(t *testing.T) {
	for _, c := range []struct {
		name      string
		points    []projection.Annual
		shape     projection.Shape
		minPoints int
		want      indicator.Absence
	}{
		{"nothing", nil, projection.Linear, 0, indicator.TooFew},
		{"one point, whatever the setting", series(5), projection.Linear, 1, indicator.TooFew},
		{"two points of three", series(5, 6), projection.Geometric, 3, indicator.TooFew},
		{"three points in two years", []projection.Annual{{2024, 1}, {2025, 2}, {2024.5, 2}}, projection.Linear, 3, indicator.TooFew},
		{"a running sum with its zero only", series(0), projection.CumulativeCount, 0, indicator.TooFew},
		{"a value that is no number", series(1, math.NaN(), 3), projection.Linear, 2, indicator.NotComputable},
		{"a point after the target", []projection.Annual{{2024, 1}, {2025, 2}, {2029, 3}}, projection.Linear, 2, indicator.NotComputable},
		{"a rate beyond all numbers", []projection.Annual{{2024, 1e-300}, {2025, 1e300}}, projection.Geometric, 2, indicator.NotComputable},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := projection.Project(c.points, 2028, c.shape, c.minPoints)
			if why != c.want || !cmp.Equal(got, indicator.Projection{}) {
				t.Errorf("got %+v, %q; want nothing, %q", got, why, c.want)
			}
		})
	}
}

func TestAnExactSeriesIsProjectedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 5).Draw(t, "years")
		start := rapid.Float64Range(0.001, 1e6).Draw(t, "start")
		rate := rapid.Float64Range(0.5, 2).Draw(t, "rate")
		step := rapid.Float64Range(-100, 100).Draw(t, "step")
		var geo, lin []projection.Annual
		for i := range n {
			geo = append(geo, projection.Annual{T: 2023 + float64(i), Value: start * math.Pow(rate, float64(i))})
			lin = append(lin, projection.Annual{T: 2023 + float64(i), Value: start + step*float64(i)})
		}
		check := func(pts []projection.Annual, s projection.Shape, want, size float64) {
			got, why := projection.Project(pts, 2028, s, 3)
			if why != indicator.Present {
				t.Fatal(why)
			}
			if math.Abs(got.Value-want) > 1e-9*size {
				t.Fatalf("%+v, want %v", got, want)
			}
		}
		check(geo, projection.Geometric, start*math.Pow(rate, 5), start*math.Pow(rate, 5))
		size := start + 5*math.Abs(step)
		check(lin, projection.Linear, start+5*step, size)
		check(lin, projection.FloorYear, start+5*step, size)
	})
}

func TestProjectionIsScaleInvariantAndOrderIndependent(t *testing.T) {
	shapes := []projection.Shape{projection.Geometric, projection.Linear, projection.CumulativeCount, projection.FloorYear}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.01, 1e5), 3, 5).Draw(t, "values")
		k := rapid.SampledFrom([]float64{1e-4, 1e4, 1e8}).Draw(t, "unit") // 元, 万元, 亿元
		shape := rapid.SampledFrom(shapes).Draw(t, "shape")
		pts := series(values...)
		scaled := rapid.Permutation(pts).Draw(t, "order")
		scaled = append([]projection.Annual(nil), scaled...)
		for i := range scaled {
			scaled[i].Value *= k
		}
		a, why1 := projection.Project(pts, 2028, shape, 2)
		b, why2 := projection.Project(scaled, 2028, shape, 2)
		if why1 != why2 {
			t.Fatal(why1, why2)
		}
		a.Value *= k
		size := 0.0
		for _, v := range values {
			size = max(size, v*k)
		}
		if diff := cmp.Diff(a, b, cmpopts.EquateApprox(1e-7, 1e-9*size)); diff != "" {
			t.Fatal(diff)
		}
	})
}
