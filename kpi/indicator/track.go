package indicator

// A Track is the record of a method: what its past forecasts were worth, each
// made from nothing but the values before it.
type Track struct {
	Origins   int `json:"origins"`   // past year-ends forecast from
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
		Origins:   t.Origins + o.Origins,
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

// A TrackRecord is the track record of a method on a series, apart by what its
// past forecasts could be made from (peers.md §2.7).
type TrackRecord struct {
	// RealTime are the forecasts from what was on record on the day the origin's
	// last value was first known, against what is known now of the years forecast.
	RealTime Track `json:"real_time"`
	// First are the same forecasts, as far as the value of the year forecast was
	// itself on record in time, against that first value.
	First Track `json:"first"`
	// Pseudo are the forecasts from origins of which nothing was stored in time:
	// made from what is known now of the years up to them, revisions included.
	Pseudo Track `json:"pseudo"`
}

// Forecasts is how many there are, of both kinds.
func (r *TrackRecord) Forecasts() int {
	if r == nil {
		return 0
	}
	return r.RealTime.Forecasts + r.Pseudo.Forecasts
}

// Plus is the record of both.
func (r TrackRecord) Plus(o TrackRecord) TrackRecord {
	return TrackRecord{RealTime: r.RealTime.Plus(o.RealTime), First: r.First.Plus(o.First), Pseudo: r.Pseudo.Plus(o.Pseudo)}
}
