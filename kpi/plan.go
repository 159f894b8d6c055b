// Package kpi compiles the definitions into a Plan and evaluates the Plan at a
// period, as known at a time, into an Assessment. It computes with set-based
// SQL over the tables of the warehouse and judges with pure functions; it does
// not know how the tables are loaded, what a workbook is, or what time it is.
package kpi

import (
	"errors"
	"slices"
	"strings"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
)

// A Plan is a checked catalogue with its formulas parsed and put in order. It is
// immutable and safe for concurrent use.
type Plan struct {
	Catalogue *indicator.Catalogue

	exprs  map[indicator.Code]formula.Expr
	levels [][]indicator.Code
	graph
}

// Compile parses and checks every formula and every rule of the catalogue. The
// Plan is nil when a finding is mandatory.
func Compile(cat *indicator.Catalogue) (*Plan, finding.List) {
	p := &Plan{Catalogue: cat, exprs: make(map[indicator.Code]formula.Expr)}
	var found finding.List
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		if ind.Formula == "" {
			continue
		}
		e, problems := parse(ind.Formula, ind, cat)
		for _, pr := range problems {
			found = append(found, place(pr, ind.FormulaAt, string(ind.Code)))
		}
		if e != nil {
			p.exprs[ind.Code] = e
		}
	}
	for i := range cat.Rules {
		r := &cat.Rules[i]
		for j, src := range r.Exprs {
			_, problems := parse(src, nil, cat)
			for _, pr := range problems {
				found = append(found, place(pr, r.ExprAt[j], r.ID))
			}
		}
	}
	if found.Refused() {
		return nil, found
	}
	levels, err := formula.Levels(p.exprs)
	if err != nil {
		return nil, append(found, cycle(err, cat))
	}
	p.levels = levels
	p.graph = p.tie()
	return p, found
}

// cycle says which definitions go round, in order, each with its place.
func cycle(err error, cat *indicator.Catalogue) finding.Finding {
	f := finding.Finding{
		Rule: "formula-cycle", Severity: finding.Mandatory, Message: "公式互相引用成环：" + err.Error(),
		Hint: "打断其中一处引用，使每个指标只由更基础的指标计算",
	}
	ce, ok := errors.AsType[*formula.CycleError](err)
	if !ok {
		return f
	}
	steps := make([]string, len(ce.Codes))
	for i, code := range ce.Codes {
		at := cat.Indicator(code).FormulaAt
		if steps[i] = string(code); i < len(ce.Codes)-1 {
			steps[i] += "（" + at.String() + "）"
			f.Related = append(f.Related, at)
		}
	}
	f.Message, f.Place, f.Code = "公式互相引用成环："+strings.Join(steps, " → "), f.Related[0], string(ce.Codes[0])
	return f
}

// parse returns the expression when it has no problem. Rules have no self.
func parse(src string, self *indicator.Indicator, cat *indicator.Catalogue) (formula.Expr, []formula.Problem) {
	e, err := formula.Parse(src)
	if err != nil {
		if se, ok := errors.AsType[*formula.SyntaxError](err); ok {
			return nil, []formula.Problem{{Col: se.Col, Message: se.Message, Hint: se.Hint}}
		}
		return nil, []formula.Problem{{Col: 1, Message: err.Error()}}
	}
	problems := formula.Check(e, self, cat.Indicator, cat.Unit)
	if problems = append(problems, formula.Overlaps(e, cat.Indicator, cat.Area)...); len(problems) > 0 {
		return nil, problems
	}
	return e, nil
}

func place(pr formula.Problem, at finding.Place, label string) finding.Finding {
	if at.Column > 0 {
		at.Column += pr.Col - 1
	}
	return finding.Finding{
		Rule: "formula", Severity: finding.Mandatory, Place: at, Code: label,
		Message: label + "：" + pr.Message, Hint: pr.Hint,
	}
}

// Expr is the parsed formula of an indicator; nil for inputs.
func (p *Plan) Expr(code indicator.Code) formula.Expr { return p.exprs[code] }

// Inputs lists the filed inputs that an indicator depends on, itself when it is
// one, in order and without repetition. The list must not be changed.
func (p *Plan) Inputs(code indicator.Code) []indicator.Code {
	if list, ok := p.inputs[code]; ok {
		return list
	}
	return p.walk(code)
}

// walk finds the inputs.
func (p *Plan) walk(code indicator.Code) []indicator.Code {
	var out []indicator.Code
	seen := make(map[indicator.Code]bool)
	var visit func(indicator.Code)
	visit = func(c indicator.Code) {
		if seen[c] {
			return
		}
		seen[c] = true
		e, ok := p.exprs[c]
		if !ok {
			out = append(out, c)
			return
		}
		for _, ref := range formula.Refs(e) {
			visit(ref)
		}
	}
	visit(code)
	return out
}

// Dependants lists the derived indicators that use a code, directly or not, in
// catalogue order.
func (p *Plan) Dependants(code indicator.Code) []indicator.Code {
	var out []indicator.Code
	for i := range p.Catalogue.Indicators {
		c := p.Catalogue.Indicators[i].Code
		if c != code && slices.Contains(p.Inputs(c), code) {
			out = append(out, c)
		}
	}
	return out
}
