package measure

import (
	"math"

	"zhibiao/kpi/indicator"
)

// A Progress is a value on its way from a base to a target. Direction is +1 when
// more is better, −1 when less is. Years run from the base.
type Progress struct {
	Base, Now, Target float64
	Passed, Total     float64 // years from the base to now, and to the target
	Direction         int
}

// A Standing is what a method finds of a Progress.
type Standing uint8

// The standings, worst first. A target that is met is Achieved whatever the rates
// say: no ratio is asked then (peers.md §3.9, last row).
const (
	Unable   Standing = iota // 无法判定: no rate can be taken
	Away                     // moving away from the target, or hardly moving
	Moderate                 // moving, too slowly
	OnTrack
	Achieved
)

// met reports whether the target is met already, before any ratio is taken.
func (p Progress) met() bool {
	if p.Direction < 0 {
		return !indicator.Less(p.Target, p.Now)
	}
	return !indicator.Less(p.Now, p.Target)
}

func (p Progress) away() float64 { return float64(max(-1, min(1, p.Direction))) }

// StatCan is the rate of Statistics Canada and Open SDG (peers.md §3.2), after
// Eurostat's (§3.1): R = d·CAGR observed ÷ |CAGR required|. ok is false when a
// value is not positive, no time has passed, or nothing is required: unlike Open
// SDG, no zero becomes 0.001 and no base year is replaced by the next.
func (p Progress) StatCan() (rate float64, ok bool) {
	if p.Base <= 0 || p.Now <= 0 || p.Target <= 0 || p.Passed <= 0 || p.Total <= 0 {
		return 0, false
	}
	seen := math.Pow(p.Now/p.Base, 1/p.Passed) - 1
	need := math.Pow(p.Target/p.Base, 1/p.Total) - 1
	rate = p.away() * seen / math.Abs(need)
	return rate, need != 0 && indicator.Finite(rate)
}

// UN is x of the UN Progress Chart (peers.md §3.3): the value carried on at the
// CAGR observed, as a share of the way from the base to the target. ok is as for
// StatCan.
func (p Progress) UN() (x float64, ok bool) {
	if p.Base <= 0 || p.Now <= 0 || p.Passed <= 0 || p.Total < p.Passed || p.Target == p.Base {
		return 0, false
	}
	seen := math.Pow(p.Now/p.Base, 1/p.Passed)
	x = (p.Now*math.Pow(seen, p.Total-p.Passed) - p.Base) / (p.Target - p.Base)
	return x, indicator.Finite(x)
}

// Linear is q of the SDSN arrows (peers.md §3.5): the change a year so far ÷ the
// change a year needed. It works across zero, and is the method of shares, rates
// and 百分点.
func (p Progress) Linear() (q float64, ok bool) {
	if p.Passed <= 0 || p.Total <= 0 || p.Target == p.Base {
		return 0, false
	}
	q = ((p.Now - p.Base) * p.Total) / ((p.Target - p.Base) * p.Passed)
	return q, indicator.Finite(q)
}

// The bands of Eurostat and of Statistics Canada: at 95 % on track, from 60 % on
// moving too slowly; and those of the UN, 95 % and 10 %.
const (
	onTrack    = 0.95
	moderate   = 0.60
	moderateUN = 0.10
)

// By judges a Progress by the method: one of the four named ones. The comparisons
// pass the guard of derived doubles: 0.5999999999999996 is 0.60.
func (p Progress) By(m indicator.Method) (s Standing, rate float64) {
	switch {
	case p.met():
		return Achieved, 0
	case (p.Target-p.Base)*p.away() <= 0:
		return Away, 0 // it was met at the base, and is no more
	}
	var ok bool
	least := moderate
	switch m {
	case indicator.StatCanProgress:
		rate, ok = p.StatCan()
	case indicator.UNProgress:
		rate, ok = p.UN()
		least = moderateUN
	case indicator.LinearProgress:
		rate, ok = p.Linear()
	}
	switch {
	case !ok:
		return Unable, 0
	case !indicator.Less(rate, onTrack):
		return OnTrack, rate
	case !indicator.Less(rate, least):
		return Moderate, rate
	}
	return Away, rate
}

// Tianjin is the preset of pace@1 (peers.md §3.7): cumulative growth not below
// plan and not below the wider region's is on track; growth above zero, but below
// either, is moderate; none is away. The wider region may be unknown. All
// three are of one price basis.
func Tianjin(growth, plan indicator.Percent, wider indicator.Opt[indicator.Percent]) Standing {
	g := float64(growth)
	switch {
	case !indicator.Less(g, float64(plan)) && !(wider.OK && indicator.Less(g, float64(wider.V))):
		return OnTrack
	case g > 0:
		return Moderate
	}
	return Away
}
