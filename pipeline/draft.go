package pipeline

import (
	"context"
	"time"

	"zhibiao/kpi"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// ExplainDraft evaluates a formula that is in no catalogue at a period of its own
// frequency, as known at a time, down to the cells. Nothing of it is kept. The
// value of a rule is 1 when it holds and 0 when it does not.
func (p *Pipeline) ExplainDraft(ctx context.Context, d *kpi.Draft, q period.Period, asOf time.Time) (*Step, error) {
	var inputs []indicator.Code
	for _, code := range formula.Refs(d.Expr) {
		inputs = append(inputs, p.Defs.Plan.Inputs(code)...)
	}
	x, err := p.explainer(ctx, inputs, asOf)
	if err != nil {
		return nil, err
	}
	top := x.step(formula.Eval(d.Expr, q, formula.Resolve(q, p.Defs.Catalogue.Indicator, x.read)))
	if len(d.Type.Units) > 0 && top.Unit == "" {
		top.Unit = d.Type.Units[0]
	}
	return top, nil
}
