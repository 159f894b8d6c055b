package measure_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/measure"
)

const first = 2020 * 12

// drawPanel makes a panel with gaps, zeros, negative values and different bases.
func drawPanel(t *rapid.T, step int) *measure.Panel {
	rows, series := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "series")
	p := measure.NewPanel(first, first+(rows-1)*step, step, series)
	if len(p.Values) != rows {
		t.Fatalf("%d rows, want %d", len(p.Values), rows)
	}
	for m := range p.Values {
		for s := range p.Values[m] {
			if rapid.IntRange(0, 4).Draw(t, "gap") > 0 {
				p.Values[m][s] = float64(rapid.IntRange(-2, 400).Draw(t, "value")) / 4
			}
			p.Bases[m][s] = measure.Basis{Vintage: rapid.Uint16Range(0, 1).Draw(t, "vintage"), Caliber: rapid.Uint16Range(0, 2).Draw(t, "caliber")}
		}
	}
	return p
}

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*max(1, math.Abs(a))
}

// TestPanelMeasuresAreThoseOfEverySeriesAlone asks a map of the same values, month
// by month of the calendar and series by series.
func TestPanelMeasuresAreThoseOfEverySeriesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]int{1, 3, 12}).Draw(t, "step")
		p := drawPanel(t, step)
		type cell struct{ month, series int }
		type filed struct {
			value            float64
			vintage, caliber uint16
		}
		known := map[cell]filed{}
		series := 0
		for m := range p.Values {
			series = len(p.Values[m])
			for s, v := range p.Values[m] {
				if !math.IsNaN(v) {
					known[cell{first + m*step, s}] = filed{v, p.Bases[m][s].Vintage, p.Bases[m][s].Caliber}
				}
			}
		}
		comparable := func(a, b filed) bool { return a.caliber*b.caliber == 0 || a.caliber == b.caliber }
		whole := make([]int32, series)
		for s := range whole {
			whole[s] = int32(rapid.IntRange(-1, series-1).Draw(t, "whole"))
		}
		var growth, change, share []float64
		for month := first - 2; month < first+len(p.Values)*step+2; month++ {
			growth, change, share = p.Growth(growth, month), p.Change(change, month), p.Share(share, month, whole)
			for s := range series {
				now, ok := known[cell{month, s}]
				ago, had := known[cell{month - 12, s}]
				want := math.NaN()
				if ok && had && ago.value > 0 && comparable(now, ago) {
					want = (now.value - ago.value) / ago.value * 100
				}
				if !same(growth[s], want) {
					t.Fatalf("growth of %d at %d: %v, want %v", s, month, growth[s], want)
				}
				want = math.NaN()
				if ok && had && comparable(now, ago) {
					want = now.value - ago.value
				}
				if !same(change[s], want) {
					t.Fatalf("change of %d at %d: %v, want %v", s, month, change[s], want)
				}
				all, filed := known[cell{month, int(whole[s])}]
				want = math.NaN()
				if ok && filed && all.value != 0 && all.vintage == now.vintage && comparable(now, all) {
					want = 100 * now.value / all.value
				}
				if !same(share[s], want) {
					t.Fatalf("share of %d at %d: %v, want %v", s, month, share[s], want)
				}
			}
		}
		at := first + rapid.IntRange(-50, 500).Draw(t, "at")
		for s, got := range p.Trend(at) {
			var caliber uint16
			from := 0 // since when the caliber that was named last is
			for m := range p.Values {
				f, ok := known[cell{first + m*step, s}]
				if ok && f.caliber != 0 && f.caliber != caliber {
					if caliber != 0 {
						from = first + m*step
					}
					caliber = f.caliber
				}
			}
			var n, mx, my, sxy, sxx float64
			for c, f := range known {
				if c.series == s && c.month >= from {
					n, mx, my = n+1, mx+float64(c.month), my+f.value
				}
			}
			want := math.NaN()
			if n >= 3 {
				mx, my = mx/n, my/n
				for c, f := range known {
					if c.series == s && c.month >= from {
						sxy, sxx = sxy+(float64(c.month)-mx)*(f.value-my), sxx+(float64(c.month)-mx)*(float64(c.month)-mx)
					}
				}
				want = my + sxy/sxx*(float64(at)-mx)
			}
			if !same(got, want) {
				t.Fatalf("trend of %d at %d: %v, want %v", s, at, got, want)
			}
		}
	})
}
