package formula

import "zhibiao/kpi/indicator"

// UnitName is the unit of what an expression gives, as an explanation names it:
// 亿元, %, 百分点, 亿元/万辆, 比率. It is "" for a constant, a comparison, and what
// has no meaning.
func UnitName(e Expr, lookup Lookup, units func(symbol string) *indicator.Unit) string {
	c := &checker{lookup: lookup, units: units}
	m := c.measure(e, now)
	if m.unknown || m.constant != nil || len(m.readings) == 0 {
		return ""
	}
	return m.name()
}

// Share is the part and the whole of an expression that is a share of two
// series; ok is false when it is none.
func Share(e Expr) (part, whole indicator.Code, ok bool) {
	c, is := e.(*call)
	if !is || c.fn != fnShare {
		return "", "", false
	}
	a, ok1 := c.args[0].(*ref)
	b, ok2 := c.args[1].(*ref)
	if !ok1 || !ok2 {
		return "", "", false
	}
	return a.code, b.code, true
}
