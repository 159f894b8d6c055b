package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// An Origin is a past year's end to forecast from.
type Origin struct {
	// Seen are the values of successive years up to the origin, oldest first, and
	// nothing that was learnt later.
	Seen []float64
	// Then are the values of the years that followed, which the forecasts are held
	// against: one forecast for each.
	Then []float64
}

// Rolling is the origins of a series of which only today's values are known: its
// first MinOutlook values, one more, and so on, each with up to horizon of the
// values that followed.
func Rolling(values []float64, horizon int) []Origin {
	var out []Origin
	for n := MinOutlook; n < len(values); n++ {
		out = append(out, Origin{Seen: values[:n], Then: values[n:min(n+horizon, len(values))]})
	}
	return out
}

// Backtest forecasts from each origin as it would have been done then, without
// the values that followed. No origin at all is indicator.TooFew; the other
// absences are those of Ahead, for any of the forecasts.
func Backtest(origins []Origin, shape Shape) (indicator.Track, indicator.Absence) {
	if len(origins) == 0 {
		return indicator.Track{}, indicator.TooFew
	}
	var t indicator.Track
	for _, o := range origins {
		fc, why := Ahead(o.Seen, len(o.Then), shape)
		if why != indicator.Present {
			return indicator.Track{}, why
		}
		n := len(o.Seen)
		var step float64
		for i := 1; i < n; i++ {
			step += math.Abs(o.Seen[i]-o.Seen[i-1]) / float64(n-1)
		}
		t.Origins++
		for h, f := range fc {
			add(&t, o.Then[h], o.Seen[n-1], step, f)
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
