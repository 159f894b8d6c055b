package indicator

// A Track is the record of a method: what its past forecasts were worth, each
// made from nothing but the values before it.
type Track struct {
	Forecasts int `json:"forecasts"` // made and since become known
	In80      int `json:"in80"`      // of them, inside the 80 % interval
	In95      int `json:"in95"`      // of them, inside the 95 % interval
	// SymmetricError is the sum of 200·|x−f|/(|x|+|f|); ScaledError of |x−f| over
	// the mean step of the values the forecast stands on, and NaiveError the same
	// for “as last year”. Scaled is how many had a step to scale by.
	SymmetricError float64 `json:"symmetric_error"`
	ScaledError    float64 `json:"scaled_error"`
	NaiveError     float64 `json:"naive_error"`
	Scaled         int     `json:"scaled"`
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
func (t Track) Coverage() (in80, in95 Percent, ok bool) {
	if t.Forecasts == 0 {
		return 0, 0, false
	}
	n := float64(t.Forecasts)
	return Percent(100 * float64(t.In80) / n), Percent(100 * float64(t.In95) / n), true
}

// SMAPE is the mean symmetric error in per cent, 0…200; ok is false without
// forecasts.
func (t Track) SMAPE() (e Percent, ok bool) {
	if t.Forecasts == 0 {
		return 0, false
	}
	v := t.SymmetricError / float64(t.Forecasts)
	return Percent(v), Finite(v)
}

// MASE is the mean error in mean steps of the series, ours and that of “as last
// year”; ok is false when nothing moved.
func (t Track) MASE() (ours, naive float64, ok bool) {
	if t.Scaled == 0 {
		return 0, 0, false
	}
	return t.ScaledError / float64(t.Scaled), t.NaiveError / float64(t.Scaled), true
}
