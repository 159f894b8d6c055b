package projection_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/projection"
)

// The vector of peers.md §3.7: y = 100, 106, 111, 121, three years on.
func TestDriftProbability(t *testing.T) {
	y := []float64{100, 106, 111, 121}
	for _, c := range []struct{ target, want float64 }{{130, .929}, {140, .766}, {150, .339}, {160, .110}, {146.41, .5}} {
		p, n, ok := projection.DriftProbability(y, 3, c.target, true)
		if !ok || n != 3 || math.Abs(float64(p)/100-c.want) > 0.0006 {
			t.Errorf("P(≥%v) = %v of %d rates, %v; want %v", c.target, p, n, ok, c.want)
		}
		q, _, _ := projection.DriftProbability(y, 3, c.target, false)
		if math.Abs(float64(p+q)-100) > 1e-9 {
			t.Errorf("P(≥%v) + P(≤%v) = %v", c.target, c.target, p+q)
		}
	}
}

// The distribution function of Student's t against printed tables: rates with a
// mean of 0 and a known spread put the quantiles of every df into our hands.
func TestDriftProbabilityFollowsStudentsT(t *testing.T) {
	quantile := map[int]float64{1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 10: 2.2281, 11: 2.2010}
	for df, q := range quantile {
		y := []float64{1}
		for i := range df + 1 { // rates +1, −1, … and 0 at the end when their number is odd
			g := 1 - 2*float64(i%2)
			if i == df && df%2 == 0 {
				g = 0
			}
			y = append(y, y[i]*math.Exp(g))
		}
		n := float64(df + 1)
		spread := math.Sqrt((n - math.Mod(n, 2)) / (n - 1) * (1 + 1/n))
		p, _, ok := projection.DriftProbability(y, 1, math.Exp(q*spread), false)
		if !ok || math.Abs(float64(p)-97.5) > 0.001 {
			t.Errorf("df %d: %v %v, want 97.5", df, p, ok)
		}
	}
}

func TestDriftProbabilityRefuses(t *testing.T) {
	for name, y := range map[string][]float64{
		"one rate": {1, 2}, "nothing": nil, "a zero": {1, 0, 2}, "even rates": {1, 2, 4, 8}, "no number": {1, math.NaN(), 3},
	} {
		if p, _, ok := projection.DriftProbability(y, 1, 5, true); ok {
			t.Errorf("%s: %v", name, p)
		}
	}
	if _, _, ok := projection.DriftProbability([]float64{1, 2, 3, 5}, 1, -1, true); ok {
		t.Error("a target below zero")
	}
}

func TestProbabilityAgreesWithTheIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := some(t)
		if len(y) < 5 {
			return
		}
		fc, _ := projection.Ahead(y, 3, projection.Linear)
		f := fc[2]
		if f.Lo95 == f.Hi95 {
			return
		}
		for _, c := range []struct{ target, want float64 }{{f.Lo95, 97.5}, {f.Lo80, 90}, {f.Point, 50}, {f.Hi80, 10}, {f.Hi95, 2.5}} {
			if p, ok := projection.Probability(f, c.target, true); !ok || math.Abs(float64(p)-c.want) > 1e-6 {
				t.Fatalf("P(≥%v) = %v %v, want %v", c.target, p, ok, c.want)
			}
		}
		a, b := rapid.Float64Range(-2, 2).Draw(t, "a"), rapid.Float64Range(-2, 2).Draw(t, "b")
		x, z := f.Point+min(a, b)*(f.Hi95-f.Point), f.Point+max(a, b)*(f.Hi95-f.Point)
		p, _ := projection.Probability(f, x, true)
		q, _ := projection.Probability(f, z, true)
		if p < q-1e-9 {
			t.Fatalf("a higher target is likelier: %v, %v", p, q)
		}
		below, _ := projection.Probability(f, x, false)
		if math.Abs(float64(p+below)-100) > 1e-9 {
			t.Fatalf("%v + %v ≠ 100", p, below)
		}
	})
}

func TestProbabilityIsWithheld(t *testing.T) {
	few := ahead(t, []float64{100, 106, 111, 121}, 3, projection.Geometric)[2]
	if p, ok := projection.Probability(few, 130, true); ok {
		t.Errorf("of three rates: %v", p)
	}
	still := ahead(t, []float64{5, 5, 5, 5, 5, 5}, 3, projection.Geometric)[2]
	if p, ok := projection.Probability(still, 5, true); ok {
		t.Errorf("of no movement: %v", p)
	}
	enough := ahead(t, []float64{100, 106, 111, 121, 125}, 3, projection.Geometric)[2]
	if p, ok := projection.Probability(enough, math.NaN(), true); ok {
		t.Errorf("of no target: %v", p)
	}
	if p, ok := projection.Probability(enough, 100, true); !ok || p < 90 || p > 100 {
		t.Errorf("of four rates: %v %v", p, ok)
	}
}

func TestABoundThatCutsBothIntervals(t *testing.T) {
	f := ahead(t, []float64{96, 100, 98, 100, 99, 100}, 3, projection.Share)[2]
	if f.Hi80 != 100 || f.Hi95 != 100 {
		t.Fatalf("%+v", f)
	}
	if p, ok := projection.Probability(f, 101, true); !ok || p != 0 {
		t.Errorf("P(≥101 %%) = %v %v", p, ok)
	}
	if p, ok := projection.Probability(f, 90, true); !ok || p < 90 {
		t.Errorf("P(≥90 %%) = %v %v", p, ok)
	}
}
