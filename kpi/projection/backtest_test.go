package projection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

func TestBacktestSeesNoFuture(t *testing.T) {
	y := []float64{100, 106, 111, 121, 125, 133, 140}
	got, why := projection.Backtest(projection.Rolling(y, 2), projection.Geometric)
	if why != indicator.Present {
		t.Fatal(why)
	}
	var want indicator.Track
	for n := 4; n < len(y); n++ {
		seen := append([]float64{}, y[:n]...) // the rest is not there to be seen
		step := (y[n-1] - y[0]) / float64(n-1)
		want.Origins++
		for h, f := range ahead(t, seen, min(2, len(y)-n), projection.Geometric) {
			x := y[n+h]
			want.Forecasts++
			want.Scaled++
			if f.Lo80 <= x && x <= f.Hi80 {
				want.In80++
			}
			if f.Lo95 <= x && x <= f.Hi95 {
				want.In95++
			}
			want.SymmetricError += 200 * math.Abs(x-f.Point) / (x + f.Point)
			want.ScaledError += math.Abs(x-f.Point) / step
			want.NaiveError += math.Abs(x-y[n-1]) / step
		}
	}
	if want.Forecasts != 5 {
		t.Fatalf("%d forecasts", want.Forecasts)
	}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	in80, in95, ok := got.Coverage()
	if !ok || in80 != 100 || in95 != 100 {
		t.Errorf("coverage of an even course: %v %v %v", in80, in95, ok)
	}
	if ours, naive, ok := got.MASE(); !ok || ours >= naive {
		t.Errorf("MASE %v, as last year %v", ours, naive)
	}
}

func TestBacktestRefuses(t *testing.T) {
	if _, why := projection.Backtest(projection.Rolling([]float64{1, 2, 3, 4}, 1), projection.Free); why != indicator.TooFew {
		t.Error(why)
	}
	if _, why := projection.Backtest(projection.Rolling([]float64{1, 2, 3, 4, math.NaN(), 6}, 1), projection.Free); why != indicator.NotComputable {
		t.Error(why)
	}
	if _, _, ok := (indicator.Track{}).Coverage(); ok {
		t.Error("coverage of nothing")
	}
	if _, ok := (indicator.Track{}).SMAPE(); ok {
		t.Error("error of nothing")
	}
	still, why := projection.Backtest(projection.Rolling([]float64{3, 3, 3, 3, 3, 3}, 2), projection.Free)
	if _, _, ok := still.MASE(); ok || why != indicator.Present {
		t.Error("scaled by no step", why)
	}
}

// On processes that were simulated the truth is known: the intervals must cover
// it about as often as they say, and the forecasts must not be worse than the
// naive ones that suit the process. The bands are several standard errors wide;
// on processes this regular the intervals, calibrated on real series, may be a
// little too wide, and on pure noise too.
func TestSimulatedProcesses(t *testing.T) {
	const series, length, horizon = 400, 12, 3
	for _, c := range []struct {
		name                     string
		shape                    projection.Shape
		make                     func(r *rand.Rand) []float64
		least80, most80, least95 float64
		worst                    float64 // MASE over that of “as last year”
	}{
		{"random walk with drift", projection.Free, func(r *rand.Rand) []float64 {
			v := 100.0
			return rows(length, func(float64) float64 { v += 3 + 4*r.NormFloat64(); return v })
		}, 74, 88, 90, 0.95},
		{"trend and noise", projection.Free, func(r *rand.Rand) []float64 {
			return rows(length, func(i float64) float64 { return 200 + 4*i + 5*r.NormFloat64() })
		}, 78, 94, 92, 1.0},
		{"growth that fades", projection.Geometric, func(r *rand.Rand) []float64 {
			v, g := 100.0, 0.12
			return rows(length, func(float64) float64 { v *= math.Exp(g + 0.02*r.NormFloat64()); g *= 0.85; return v })
		}, 74, 95, 92, 0.9},
		{"level and noise", projection.FloorYear, func(r *rand.Rand) []float64 {
			return rows(length, func(float64) float64 { return 325 + 6*r.NormFloat64() })
		}, 74, 88, 90, 0.9},
		{"share that saturates", projection.Share, func(r *rand.Rand) []float64 {
			return rows(length, func(i float64) float64 { return 100 / (1 + math.Exp(0.5-0.2*i+0.1*r.NormFloat64())) })
		}, 74, 97, 92, 0.9},
		{"sites opened", projection.CumulativeCount, func(r *rand.Rand) []float64 {
			v := 0.0
			return rows(length, func(float64) float64 { v += float64(r.IntN(7)); return v })
		}, 74, 92, 90, 0.8},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2027, 7))
			var all indicator.Track
			for range series {
				one, why := projection.Backtest(projection.Rolling(c.make(r), horizon), c.shape)
				if why != indicator.Present {
					t.Fatal(why)
				}
				all = all.Plus(one)
			}
			in80, in95, _ := all.Coverage()
			ours, naive, _ := all.MASE()
			t.Logf("%d forecasts: inside 80 %%: %.1f, inside 95 %%: %.1f, MASE %.3f, as last year %.3f", all.Forecasts, in80, in95, ours, naive)
			if float64(in80) < c.least80 || float64(in80) > c.most80 || float64(in95) < c.least95 {
				t.Errorf("80 %% intervals cover %.1f, want %v–%v; 95 %% cover %.1f, want %v at least", in80, c.least80, c.most80, in95, c.least95)
			}
			if ours > c.worst*naive {
				t.Errorf("MASE %.3f, want at most %.3f", ours, c.worst*naive)
			}
		})
	}
}
