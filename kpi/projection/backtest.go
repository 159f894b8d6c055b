package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// A Track is the record of a method: what its past forecasts were worth, each
// made from nothing but the values before it.
type Track struct {
	Forecasts int // made and since become known
	In80      int // of them, inside the 80 % interval
	In95      int // of them, inside the 95 % interval
	// SymmetricError is the sum of 200·|x−f|/(|x|+|f|); ScaledError of |x−f| over
	// the mean step of the values the forecast stands on, and NaiveError the same
	// for “as last year”. Scaled is how many had a step to scale by.
	SymmetricError, ScaledError, NaiveError float64
	Scaled                                  int
}

// Backtest forecasts a series again and again as it would have been done in the
// past (rolling origin): from its first MinOutlook values, from one more, and so
// on, up to horizon years ahead, each time without the values that followed.
// Fewer than MinOutlook+1 values is indicator.TooFew; the other absences are
// those of Ahead, for any of the forecasts.
func Backtest(values []float64, horizon int, shape Shape) (Track, indicator.Absence) {
	if len(values) <= MinOutlook {
		return Track{}, indicator.TooFew
	}
	var t Track
	for n := MinOutlook; n < len(values); n++ {
		seen := values[:n]
		fc, why := Ahead(seen, min(horizon, len(values)-n), shape)
		if why != indicator.Present {
			return Track{}, why
		}
		var step float64
		for i := 1; i < n; i++ {
			step += math.Abs(seen[i]-seen[i-1]) / float64(n-1)
		}
		for h, f := range fc {
			t.add(values[n+h], seen[n-1], step, f)
		}
	}
	if !indicator.Finite(t.SymmetricError) || !indicator.Finite(t.ScaledError) || !indicator.Finite(t.NaiveError) {
		return Track{}, indicator.NotComputable
	}
	return t, indicator.Present
}

func (t *Track) add(x, last, step float64, f Forecast) {
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

// Plus is the record of both.
func (t Track) Plus(o Track) Track {
	return Track{
		Forecasts: t.Forecasts + o.Forecasts, In80: t.In80 + o.In80, In95: t.In95 + o.In95,
		SymmetricError: t.SymmetricError + o.SymmetricError, ScaledError: t.ScaledError + o.ScaledError,
		NaiveError: t.NaiveError + o.NaiveError, Scaled: t.Scaled + o.Scaled,
	}
}

// Coverage is the part of the forecasts inside the 80 % and the 95 % interval,
// in per cent; ok is false without forecasts.
func (t Track) Coverage() (in80, in95 indicator.Percent, ok bool) {
	if t.Forecasts == 0 {
		return 0, 0, false
	}
	n := float64(t.Forecasts)
	return indicator.Percent(100 * float64(t.In80) / n), indicator.Percent(100 * float64(t.In95) / n), true
}

// SMAPE is the mean symmetric error in per cent, 0…200; ok is false without
// forecasts.
func (t Track) SMAPE() (e indicator.Percent, ok bool) {
	if t.Forecasts == 0 {
		return 0, false
	}
	return percent(t.SymmetricError / float64(t.Forecasts))
}

// MASE is the mean error in mean steps of the series, ours and that of “as last
// year”; ok is false when nothing moved.
func (t Track) MASE() (ours, naive float64, ok bool) {
	if t.Scaled == 0 {
		return 0, 0, false
	}
	return t.ScaledError / float64(t.Scaled), t.NaiveError / float64(t.Scaled), true
}
