package kpi

import (
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
)

// A graph is what depends on what, found once for a plan.
type graph struct {
	inputs map[indicator.Code][]indicator.Code // of every indicator: see Plan.Inputs
	users  map[indicator.Code][]indicator.Code // the results that look at a code's
	// driver is the operand whose periods a derived indicator has; undated are those
	// without one, whose periods are those of all inputs.
	driver  map[indicator.Code]indicator.Code
	undated codes
	// outOf is the series that a code is the part of in some share, the first in
	// catalogue order.
	outOf map[indicator.Code]indicator.Code
}

func (p *Plan) tie() graph {
	g := graph{
		inputs:  make(map[indicator.Code][]indicator.Code, len(p.Catalogue.Indicators)),
		users:   make(map[indicator.Code][]indicator.Code),
		driver:  make(map[indicator.Code]indicator.Code),
		undated: make(codes),
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
		if p.exprs[code] == nil {
			continue
		}
		if c, ok := formula.Driver(p.def(code), p.Catalogue.Indicator); ok {
			g.driver[code] = c
		} else {
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

// touch adds an indicator and all whose results may change with it.
func (p *Plan) touch(set codes, c indicator.Code) {
	if set[c] {
		return
	}
	set[c] = true
	for _, user := range p.users[c] {
		p.touch(set, user)
	}
}

// codes is a set.
type codes map[indicator.Code]bool

// has reports a code of the set; nil has all.
func (s codes) has(c indicator.Code) bool { return s == nil || s[c] }

// needs is what the values of some codes are computed from, themselves too; nil,
// all, when one has the periods of everything.
func (p *Plan) needs(of codes) codes {
	out := make(codes)
	var add func(indicator.Code)
	add = func(c indicator.Code) {
		if out[c] {
			return
		}
		out[c] = true
		for _, ref := range p.looksAt(c) {
			add(ref)
		}
	}
	for c := range of {
		add(c)
	}
	for c := range out {
		if p.undated[c] {
			return nil
		}
	}
	return out
}

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
