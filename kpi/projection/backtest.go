package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// Backtest forecasts a series again and again as it would have been done in the
// past (rolling origin): from its first MinOutlook values, from one more, and so
// on, up to horizon years ahead, each time without the values that followed.
// Fewer than MinOutlook+1 values is indicator.TooFew; the other absences are
// those of Ahead, for any of the forecasts.
func Backtest(values []float64, horizon int, shape Shape) (indicator.Track, indicator.Absence) {
	if len(values) <= MinOutlook {
		return indicator.Track{}, indicator.TooFew
	}
	var t indicator.Track
	for n := MinOutlook; n < len(values); n++ {
		seen := values[:n]
		fc, why := Ahead(seen, min(horizon, len(values)-n), shape)
		if why != indicator.Present {
			return indicator.Track{}, why
		}
		var step float64
		for i := 1; i < n; i++ {
			step += math.Abs(seen[i]-seen[i-1]) / float64(n-1)
		}
		for h, f := range fc {
			add(&t, values[n+h], seen[n-1], step, f)
		}
	}
	if !indicator.Finite(t.SymmetricError) || !indicator.Finite(t.ScaledError) || !indicator.Finite(t.NaiveError) {
		return indicator.Track{}, indicator.NotComputable
	}
	return t, indicator.Present
}

func add(t *indicator.Track, x, last, step float64, f Forecast) {
	t.Forecasts++
	if f.Lo80 <= x && x <= f.Hi80 {
		t.In80++
	}
	if f.Lo95 <= x && x <= f.Hi95 {
		t.In95++
	}
	if x != f.Point {
		t.SymmetricError += 200 * math.Abs(x/2-f.Point/2) / (math.Abs(x)/2 + math.Abs(f.Point)/2) // halves: no overflow
	}
	if step > 0 {
		t.Scaled++
		t.ScaledError += math.Abs(x-f.Point) / step
		t.NaiveError += math.Abs(x-last) / step
	}
}
