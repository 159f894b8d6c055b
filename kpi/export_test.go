package kpi

import (
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
)

// Statements are the SQL of every level, as an evaluation compiles it.
func (p *Plan) Statements() ([]formula.Statement, error) {
	var out []formula.Statement
	for _, level := range p.levels {
		defs := make([]formula.Def, len(level))
		for i, code := range level {
			defs[i] = p.def(code)
		}
		stmt, err := formula.Compile(defs, p.Catalogue.Indicator, p.area)
		if err != nil {
			return nil, err
		}
		out = append(out, stmt)
	}
	return out, nil
}

// Levels are the derived indicators in the order they are computed.
func (p *Plan) Levels() [][]indicator.Code { return p.levels }
