package kpi

import (
	"errors"
	"fmt"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Draft is a formula that is in no catalogue: somebody tries it out.
type Draft struct {
	Expr formula.Expr
	Type formula.Type
	// Level is the level its SQL would have: 1 when it refers to filed series only.
	// A rule has none, its sides are computed one return at a time.
	Level int
	// Statements are what its value takes, in order, one a level: first the derived
	// indicators that it needs, last itself as the indicator FORMULA.
	Statements []formula.Statement
}

// draftCode names a draft in its SQL.
const draftCode indicator.Code = "FORMULA"

// Draft parses, types and compiles a formula beside the catalogue. A zero freq is
// that of formula.Freq. The Draft is nil when there are problems.
func (p *Plan) Draft(src string, freq period.Freq) (*Draft, []formula.Problem, error) {
	e, err := formula.Parse(src)
	if se, ok := errors.AsType[*formula.SyntaxError](err); ok {
		return nil, []formula.Problem{{Col: se.Col, Message: se.Message, Hint: se.Hint}}, nil
	} else if err != nil {
		return nil, nil, err
	}
	t, problems := formula.Infer(e, freq, p.Catalogue.Indicator, p.Catalogue.Units)
	if problems = append(problems, formula.Overlaps(e, p.Catalogue.Indicator, p.Catalogue.Area)...); len(problems) > 0 {
		return nil, problems, nil
	}
	d := &Draft{Expr: e, Type: t}
	if t.Rule {
		return d, nil, nil
	}
	defs := map[indicator.Code]formula.Expr{draftCode: e}
	gather(e, defs, p.Expr)
	levels, err := formula.Levels(defs)
	if err != nil {
		return nil, nil, fmt.Errorf("order %s: %w", e, err)
	}
	d.Level = len(levels)
	for n, level := range levels {
		list := make([]formula.Def, len(level))
		for i, code := range level {
			if code == draftCode {
				list[i] = formula.Def{Code: code, Area: p.Catalogue.Resolve(indicator.LJ), Freq: t.Freq, Expr: e}
			} else {
				list[i] = p.def(code)
			}
		}
		stmt, err := formula.Compile(list, p.Catalogue.Indicator, p.area)
		if err != nil {
			return nil, nil, fmt.Errorf("compile level %d of %s: %w", n+1, e, err)
		}
		d.Statements = append(d.Statements, stmt)
	}
	return d, nil, nil
}

// gather adds the definitions that an expression needs, directly or not; expr is
// the formula of a code, nil for an input.
func gather(e formula.Expr, defs map[indicator.Code]formula.Expr, expr func(indicator.Code) formula.Expr) {
	for _, code := range formula.Refs(e) {
		if x := expr(code); x != nil && defs[code] == nil {
			defs[code] = x
			gather(x, defs, expr)
		}
	}
}
