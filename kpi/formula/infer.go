package formula

import (
	"maps"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Type is what an expression that belongs to no indicator gives.
type Type struct {
	Rule bool // it holds or does not; there is no unit
	// Units are the registered units the result may be stated in, the likeliest
	// first: the text does not say whether × 10000 scales 亿元 or turns it into 万元.
	Units []string
	// Written is the unit as the formula composes it (亿元·万人) when no registered
	// one fits.
	Written string
	// Nature is that of a series of the results; "" when none of the catalogue's
	// fits (the difference of two cumulative values is money of one period).
	Nature indicator.Nature
	Freq   period.Freq
	Basis  indicator.PriceBasis
}

// Infer types an expression that belongs to no indicator. A zero freq is that of
// Freq. The Type has no meaning when there are problems.
func Infer(e Expr, freq period.Freq, lookup Lookup, units []indicator.Unit) (Type, []Problem) {
	c := &checker{freq: freq, lookup: lookup, units: func(symbol string) *indicator.Unit {
		for i := range units {
			if units[i].Symbol == symbol {
				return &units[i]
			}
		}
		return nil
	}}
	if freq == 0 {
		c.freq = Freq(e, lookup)
	}
	m := c.whole(e)
	t := Type{Rule: IsRule(e), Freq: c.freq, Basis: m.basis}
	if len(c.problems) > 0 || t.Rule {
		return t, c.sorted()
	}
	t.Units, t.Nature = m.fitting(units), m.natural()
	if len(t.Units) == 0 {
		t.Written = m.name()
	}
	return t, nil
}

// fitting lists the units that a measure may be stated in.
func (m measure) fitting(units []indicator.Unit) []string {
	place := make(map[string]int)
	var out []string
	for i := range units {
		u, ok := unitMeasure(&units[i])
		if !ok || !maps.Equal(m.dims, u.dims) {
			continue
		}
		for at, r := range m.readings {
			if r.scale.Cmp(u.readings[0].scale) != 0 || !r.sort.matches(u.readings[0].sort) {
				continue
			}
			if place[units[i].Symbol] = 2*at + 2; u.has(points) { // a loose number is 百分点 rather than %
				place[units[i].Symbol]--
			}
			if units[i].Symbol == m.label {
				place[units[i].Symbol] = 0
			}
			out = append(out, units[i].Symbol)
			break
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return place[a] - place[b] })
	return out
}

// natural is the nature of the series that a measure's values make.
func (m measure) natural() indicator.Nature {
	switch {
	case m.evidence:
		return m.nature
	case len(m.dims) == 0:
		switch m.readings[0].sort {
		case points, loose:
			return indicator.DiffPP
		case index:
			return indicator.Index
		}
		if m.nature == indicator.GrowthRate || m.nature == indicator.CAGR {
			return m.nature
		}
		return indicator.Ratio
	case m.nature != "":
		return m.nature
	}
	return map[class]indicator.Nature{noClass: indicator.Ratio, stock: indicator.StockEnd, ytd: indicator.FlowYTD}[m.class]
}
