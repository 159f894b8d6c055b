package measure

import (
	"math"

	"zhibiao/kpi/indicator"
)

// Limits are how far a published growth may be from the levels: R21.
type Limits struct {
	Points    float64 // 百分点, for nominal growth
	Low, High float64 // per cent of price change, for real growth
	Decimals  int     // that the level is printed with
}

// A Level is a value with what is known of its growth.
type Level struct {
	Value     float64
	Published indicator.Percent
	Stored    indicator.Opt[float64] // 上年同期, as accepted then
	Filed     indicator.Opt[float64] // 上年同期（可比）, as filed with the value
	Real      bool                   // the published growth is at constant prices, the level is not
}

// BackOut is the back-out check of the base (peers.md §2.15, catalogue §5.2):
// which base does the published growth belong to? ok is false without a published
// growth above −100 % or without a positive base to compare with.
func BackOut(l Level, lim Limits) (b indicator.BackOut, ok bool) {
	factor := 1 + float64(l.Published)/100
	base := l.Stored
	if !positive(base) {
		base = l.Filed
	}
	if factor <= 0 || !positive(base) || !indicator.Finite(l.Value) {
		return indicator.BackOut{}, false
	}
	computed := (l.Value/base.V - 1) * 100
	b = indicator.BackOut{
		Implied: l.Value / factor, Stored: l.Stored, Filed: l.Filed,
		Difference: indicator.Points(float64(l.Published) - computed),
	}
	if l.Real {
		b.Deflator = indicator.Some(indicator.Percent(((l.Value/base.V)/factor - 1) * 100))
	}
	switch {
	case l.fits(base.V, lim):
		b.Verdict = indicator.SameBase
	case positive(l.Filed) && l.fits(l.Filed.V, lim):
		b.Verdict = indicator.RestatedBase
	default:
		b.Verdict = indicator.SuspectBase
	}
	if l.Real && b.Verdict == indicator.SameBase && !agree(l, base.V, lim) {
		b.Verdict = indicator.Deflated
	}
	return b, true
}

func positive(v indicator.Opt[float64]) bool { return v.OK && v.V > 0 }

// fits reports whether the published growth can be that over a base: within the
// limit when nominal, within plausible prices when real.
func (l Level) fits(base float64, lim Limits) bool {
	if !l.Real {
		return agree(l, base, lim)
	}
	price := (l.Value/base/(1+float64(l.Published)/100) - 1) * 100
	return !indicator.Less(price, lim.Low) && !indicator.Less(lim.High, price)
}

// agree allows the limit and the error that printing the two levels makes.
func agree(l Level, base float64, lim Limits) bool {
	computed := (l.Value/base - 1) * 100
	rounding := 0.0
	if lim.Decimals > 0 {
		half := 0.5 * math.Pow10(-lim.Decimals)
		rounding = half * (math.Abs(l.Value) + base) / (base * base) * 100
	}
	return !indicator.Less(lim.Points+rounding, math.Abs(float64(l.Published)-computed))
}

// noGrowth is the growth of the whole, in per cent either way, up to which a
// contribution to it says nothing (catalogue §5.12).
const noGrowth = 0.5

// Contribute computes 贡献率 and 拉动 of a part from current levels and real
// growth in per cent, of one area and one price basis. Increments are
// approximated by v − v/(1+g) (catalogue §5.12, vector V10); Method says so. ok
// is false when the whole grew within ±0.5 %, when the increments have opposite
// signs, or when a growth is −100 % or below.
func Contribute(whole float64, wholeGrowth indicator.Percent, part float64, partGrowth indicator.Percent) (c indicator.Contribution, ok bool) {
	if wholeGrowth <= -100 || partGrowth <= -100 {
		return indicator.Contribution{}, false
	}
	return contribution(increment(whole, wholeGrowth), increment(part, partGrowth), wholeGrowth, "increment-approx@1")
}

// ContributeExact computes 贡献率 and 拉动 from levels now and a year ago, all in
// one price basis: at constant prices it is the definition itself, at current
// prices a contribution to nominal growth. ok is as for Contribute, and false
// without a positive base of the whole.
func ContributeExact(whole, wholeAgo, part, partAgo float64) (c indicator.Contribution, ok bool) {
	if wholeAgo <= 0 {
		return indicator.Contribution{}, false
	}
	return contribution(whole-wholeAgo, part-partAgo, indicator.Percent((whole/wholeAgo-1)*100), "increment-exact@1")
}

func contribution(whole, part float64, growth indicator.Percent, method string) (indicator.Contribution, bool) {
	share := part / whole
	if !indicator.Less(noGrowth, math.Abs(float64(growth))) || share < 0 || !indicator.Finite(share) {
		return indicator.Contribution{}, false
	}
	return indicator.Contribution{
		WholeIncrement: whole,
		PartIncrement:  part,
		Share:          indicator.Percent(share * 100),
		Pull:           indicator.Points(share * float64(growth)),
		Method:         method,
	}, true
}

func increment(v float64, g indicator.Percent) float64 { return v - v/(1+float64(g)/100) }

// Parts splits the change of the share a/b since a year ago into what the part's
// own growth and the whole's growth did, in 百分点 (peers.md §3.8). The two add up
// to the change exactly. All four are nominal levels. ok is false unless the
// denominators and the part a year ago are positive.
func Parts(a, b, aAgo, bAgo float64) (p indicator.ShareParts, ok bool) {
	if b <= 0 || bAgo <= 0 || aAgo <= 0 || !indicator.Finite(a/b) {
		return indicator.ShareParts{}, false
	}
	own, wider := (a-aAgo)/b*100, -aAgo/bAgo*(b-bAgo)/b*100 // s₀·gₐ/(1+g_b), −s₀·g_b/(1+g_b)
	return indicator.ShareParts{
		PartGrew: indicator.Percent((a/aAgo - 1) * 100), WholeGrew: indicator.Percent((b/bAgo - 1) * 100),
		Own: indicator.Points(own), Wider: indicator.Points(wider), Total: indicator.Points(own + wider),
	}, true
}

// OwnGrowth is the growth a year, in per cent, that takes a share to a target in
// a number of years while its whole grows by wider a year:
// (target/share)^(1/years)·(1+wider) − 1 (peers.md §3.8). ok is false unless
// share, target and years are positive and the whole does not vanish.
func OwnGrowth(share, target, years float64, wider indicator.Percent) (own indicator.Percent, ok bool) {
	w := 1 + float64(wider)/100
	if share <= 0 || target <= 0 || years <= 0 || w <= 0 {
		return 0, false
	}
	g := (math.Pow(target/share, 1/years)*w - 1) * 100
	return indicator.Percent(g), indicator.Finite(g)
}
