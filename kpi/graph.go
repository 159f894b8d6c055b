package kpi

import (
	"maps"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
)

// A graph is what depends on what, found once for a plan.
type graph struct {
	inputs map[indicator.Code][]indicator.Code // of every indicator: see Plan.Inputs
	users  map[indicator.Code][]indicator.Code // the results that look at a code's
	// undated are the derived indicators whose periods are those of all others.
	undated map[indicator.Code]bool
	// outOf is the series that a code is the part of in some share, the first in
	// catalogue order.
	outOf map[indicator.Code]indicator.Code
}

func (p *Plan) tie() graph {
	g := graph{
		inputs:  make(map[indicator.Code][]indicator.Code, len(p.Catalogue.Indicators)),
		users:   make(map[indicator.Code][]indicator.Code),
		undated: make(map[indicator.Code]bool),
		outOf:   make(map[indicator.Code]indicator.Code),
	}
	for i := range p.Catalogue.Indicators {
		part, total, ok := formula.ShareOf(p.exprs[p.Catalogue.Indicators[i].Code])
		if _, there := g.outOf[part]; ok && !there {
			g.outOf[part] = total
		}
	}
	p.graph = g // looksAt asks for it
	for i := range p.Catalogue.Indicators {
		code := p.Catalogue.Indicators[i].Code
		g.inputs[code] = p.walk(code)
		for _, c := range p.looksAt(code) {
			g.users[c] = append(g.users[c], code)
		}
		if p.exprs[code] != nil && formula.Undated(p.def(code), p.Catalogue.Indicator) {
			g.undated[code] = true
		}
	}
	return g
}

// looksAt lists the codes whose values a result is made of beside its own: the
// operands of its formula, the whole it is a share of, its published growth, what
// it is counted out of.
func (p *Plan) looksAt(code indicator.Code) []indicator.Code {
	var out []indicator.Code
	if e := p.exprs[code]; e != nil {
		out = formula.Refs(e)
	}
	if ind := p.Catalogue.Indicator(code); ind != nil {
		for _, c := range []indicator.Code{ind.ShareOf, ind.Growth, p.outOf[code]} {
			if c != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// touched are the indicators whose results may change with some codes.
func (p *Plan) touched(changed []indicator.Code) codes {
	set := make(codes)
	for _, c := range changed {
		if p.Catalogue.Indicator(c) != nil {
			p.touch(set, c)
		}
	}
	return set
}

func (p *Plan) touch(set codes, c indicator.Code) {
	set.spread(c, func(c indicator.Code) []indicator.Code { return p.users[c] })
}

// codes is a set.
type codes map[indicator.Code]bool

// spread adds a code and all that is reached from it.
func (s codes) spread(from indicator.Code, next func(indicator.Code) []indicator.Code) {
	if s[from] {
		return
	}
	s[from] = true
	for _, c := range next(from) {
		s.spread(c, next)
	}
}

// A scope is what an evaluation reads and computes; the zero scope is all.
type scope struct {
	need codes
	// span are the ends of the periods that anything is filed for, when the scope
	// is not all and something in it is undated.
	span span
}

// scopeOf is what the results of some codes need.
func (p *Plan) scopeOf(results codes, ends span) scope {
	s := scope{need: make(codes)}
	for c := range results {
		s.need.spread(c, p.looksAt)
	}
	for c := range s.need {
		if p.undated[c] {
			s.span = ends
		}
	}
	return s
}

func (s scope) has(c indicator.Code) bool { return s.need == nil || s.need[c] }

// A span counts what is filed for each period, by its end.
type span map[int]int

// spanOf counts what was found of the inputs.
func (p *Plan) spanOf(f *found) span {
	s := make(span)
	for i := range p.Catalogue.Indicators {
		p.count(s, f, p.Catalogue.Indicators[i].Code, 1)
	}
	return s
}

// count adds what was found of a code, when it is an input, n times.
func (p *Plan) count(s span, f *found, c indicator.Code, n int) {
	if p.exprs[c] != nil {
		return
	}
	for _, pt := range f.history[c] {
		s.add(pt.Period.End, n)
	}
	for end := range f.absent[c] {
		s.add(end, n)
	}
}

func (s span) add(end, n int) {
	if s[end] += n; s[end] == 0 {
		delete(s, end)
	}
}

// covers reports whether two spans have the same periods.
func (s span) covers(t span) bool {
	for end := range t {
		if _, ok := s[end]; !ok {
			return false
		}
	}
	return len(s) == len(t)
}

// replace is what was found, with what was found anew for some codes in its
// place.
func (f *found) replace(results codes, fresh *found) *found {
	out := &found{
		measured: maps.Clone(f.measured), absent: maps.Clone(f.absent), history: maps.Clone(f.history), before: maps.Clone(f.before),
		then:  maps.Clone(f.then),
		filed: make(map[indicator.Measure]map[indicator.Code]map[int]float64, len(f.filed)),
	}
	if out.before == nil && fresh.before != nil { // what no census touched is not asked for
		out.before = make(map[indicator.Code][]indicator.Point)
	}
	for m, values := range f.filed {
		out.filed[m] = maps.Clone(values)
	}
	for c := range results {
		put(out.measured, fresh.measured, c)
		put(out.absent, fresh.absent, c)
		put(out.history, fresh.history, c)
		put(out.before, fresh.before, c)
		put(out.then, fresh.then, c)
		for m := range out.filed {
			put(out.filed[m], fresh.filed[m], c)
		}
	}
	return out
}

func put[V any](to, from map[indicator.Code]V, c indicator.Code) {
	if v, ok := from[c]; ok {
		to[c] = v
	} else {
		delete(to, c)
	}
}
