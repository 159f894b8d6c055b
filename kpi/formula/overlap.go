package formula

import (
	"fmt"
	"strings"

	"zhibiao/kpi/indicator"
)

// Overlaps finds sums that count a region twice: one measure of an area and of
// an area inside it, or of the same area under two codes (直管区 is a part of
// 全域; catalogue §5.6). area finds an area, an alias resolved.
func Overlaps(e Expr, lookup Lookup, area func(indicator.AreaID) *indicator.Area) []Problem {
	var out []Problem
	var walk func(Expr)
	walk = func(e Expr) {
		sum, ok := e.(*binary)
		if !ok || sum.op != '+' {
			for _, c := range children(e) {
				walk(c)
			}
			return
		}
		var parts []*ref
		var gather func(Expr)
		gather = func(e Expr) {
			if x, ok := e.(*binary); ok && x.op == '+' {
				gather(x.l)
				gather(x.r)
			} else if r, ok := e.(*ref); ok {
				parts = append(parts, r)
			} else {
				walk(e)
			}
		}
		gather(sum)
		for i, r := range parts {
			for _, l := range parts[:i] {
				if p, bad := overlap(l, r, lookup, area); bad {
					out = append(out, p)
				}
			}
		}
	}
	walk(e)
	return out
}

func overlap(l, r *ref, lookup Lookup, area func(indicator.AreaID) *indicator.Area) (Problem, bool) {
	a, b := lookup(l.code), lookup(r.code)
	if l.code == r.code || a == nil || b == nil || stem(a) == "" || stem(a) != stem(b) {
		return Problem{}, false
	}
	x, y := area(a.Area), area(b.Area)
	if x == nil || y == nil {
		return Problem{}, false
	}
	hint := "各地区之和只能由互不重叠的地区相加"
	switch {
	case x.ID == y.ID:
		return Problem{r.at, fmt.Sprintf("“%s”与“%s”是同一地区（%s）的同一指标，不能相加", l.code, r.code, x.Name), hint}, true
	case within(x, y, area):
		x, y = y, x
	case !within(y, x, area):
		return Problem{}, false
	}
	return Problem{r.at, fmt.Sprintf("%s已含%s，“%s”与“%s”不能相加", x.Name, y.Name, l.code, r.code), hint}, true
}

// stem is what is measured: the code without its area.
func stem(ind *indicator.Indicator) string {
	s, ok := strings.CutSuffix(string(ind.Code), "."+string(ind.Area))
	if !ok {
		return ""
	}
	return s
}

// within reports whether area a lies inside b.
func within(a, b *indicator.Area, area func(indicator.AreaID) *indicator.Area) bool {
	for range 16 { // no region is nested deeper; a broken catalogue may go round
		if a == nil || a.Parent == "" {
			return false
		}
		if a.Parent == b.ID {
			return true
		}
		a = area(a.Parent)
	}
	return false
}
