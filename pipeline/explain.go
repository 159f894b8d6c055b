package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A Source is the cell that a filed value stands in, and how it came to us.
type Source struct {
	File       string    `json:"file"`
	SHA256     string    `json:"sha256"`
	Sheet      string    `json:"sheet"`
	Cell       string    `json:"cell"`
	Submission int64     `json:"submission"`
	Receipt    string    `json:"receipt"`
	KnownFrom  time.Time `json:"known_from"`
	Status     string    `json:"status"`
	Vintage    string    `json:"vintage"`
	Caliber    string    `json:"caliber,omitempty"`
	Filed      string    `json:"filed"` // exactly as filed
}

// A Step is one step of how a number came about: an operation with its operands,
// or, at the leaves, a filed cell.
type Step struct {
	Text    string                 `json:"text"` // of the formula, or the code
	Name    string                 `json:"name,omitempty"`
	Code    indicator.Code         `json:"code,omitempty"`
	Period  period.Period          `json:"period"`
	Value   indicator.Opt[float64] `json:"value"`
	Unit    string                 `json:"unit,omitempty"`
	Absence indicator.Absence      `json:"absence,omitempty"`
	Source  *Source                `json:"source,omitempty"`
	Steps   []*Step                `json:"steps,omitempty"`
}

// Explain says where an indicator's number at a period comes from, as known at
// a time: the formula with every intermediate value, down to file, sheet and
// cell. The period is the indicator's own.
func (p *Pipeline) Explain(ctx context.Context, code indicator.Code, q period.Period, asOf time.Time) (*Step, error) {
	x, err := p.explainer(ctx, p.Defs.Plan.Inputs(code), asOf)
	if err != nil {
		return nil, err
	}
	return x.indicator(code, q), nil
}

// explainer knows the filed values of some inputs (nil: all) as known at a time.
func (p *Pipeline) explainer(ctx context.Context, inputs []indicator.Code, asOf time.Time) (*explainer, error) {
	filed, err := p.DB.Observations(ctx, inputs, asOf)
	if err != nil {
		return nil, err
	}
	subs, err := p.DB.Submissions(ctx, asOf)
	if err != nil {
		return nil, err
	}
	x := &explainer{defs: p.Defs, filed: make(map[valueKey]*warehouse.Filed), subs: make(map[int64]*warehouse.Submission)}
	for i := range filed {
		if o := &filed[i]; o.Measure == indicator.ValueMeasure {
			x.filed[valueKey{o.Code, o.Area, o.Period.End}] = o
		}
	}
	for i := range subs {
		x.subs[subs[i].ID] = &subs[i]
	}
	return x, nil
}

type explainer struct {
	defs  *Definitions
	filed map[valueKey]*warehouse.Filed
	subs  map[int64]*warehouse.Submission
}

// indicator explains one indicator at one of its own periods.
func (x *explainer) indicator(code indicator.Code, q period.Period) *Step {
	ind := x.defs.Catalogue.Indicator(code)
	s := &Step{Text: string(code), Name: ind.Name, Code: code, Period: q, Unit: ind.Unit}
	expr := x.defs.Plan.Expr(code)
	if expr == nil {
		x.cell(s, ind, q)
		return s
	}
	s.Text = string(code) + " = " + expr.String()
	node := formula.Eval(expr, q, formula.Resolve(q, x.defs.Catalogue.Indicator, x.read))
	s.Value, s.Absence = node.Value, node.Why
	top := x.step(node)
	if s.Steps = top.Steps; top.Code != "" {
		s.Steps = []*Step{top} // an alias: one reference, no operation
	}
	return s
}

func (x *explainer) read(code indicator.Code, q period.Period) (formula.Operand, bool) {
	s := x.indicator(code, q)
	if s.Source != nil && s.Source.Status != string(indicator.NotSignificant) && s.Value.OK {
		if d, err := decimal.NewFromString(s.Source.Filed); err == nil {
			return formula.Filed(q, d, s), true
		}
	}
	o := formula.Computed(q, s.Value.V, s)
	o.Why = s.Absence
	return o, s.Value.OK
}

// step turns a node of the evaluation into a step. A reference is the step of
// the indicator that it stands for.
func (x *explainer) step(n *formula.Node) *Step {
	if s, ok := n.Operand.(*Step); ok {
		return s
	}
	s := &Step{Text: n.Text, Code: n.Code, Period: n.Period, Value: n.Value, Absence: n.Why}
	for _, ch := range n.Children {
		s.Steps = append(s.Steps, x.step(ch))
	}
	return s
}

// cell finds the filed cell of an input.
func (x *explainer) cell(s *Step, ind *indicator.Indicator, q period.Period) {
	o := x.filed[valueKey{ind.Code, x.defs.Catalogue.Resolve(ind.Area), q.End}]
	if o == nil {
		s.Absence = indicator.NotComputable
		if _, expected := x.defs.Forms.Due(ind.Code, q); expected {
			s.Absence = indicator.Overdue
		} else if q.Year() == period.BaseYear {
			s.Absence = indicator.NoBase
		}
		return
	}
	src := &Source{
		File: o.File, Sheet: o.Sheet, Cell: o.Cell, Submission: o.Submission, KnownFrom: o.KnownFrom,
		Status: string(o.Status), Vintage: o.Vintage.Name(), Caliber: o.Caliber,
	}
	if sub := x.subs[o.Submission]; sub != nil {
		src.SHA256, src.Receipt = sub.SHA256, sub.Receipt
	}
	s.Source = src
	switch {
	case o.Status == indicator.NotSignificant:
		src.Filed, s.Value = "…", indicator.Some(0.0)
	case o.Value.Valid:
		src.Filed, s.Value = o.Value.Decimal.String(), indicator.Some(o.Value.Decimal.InexactFloat64())
	case o.Status == indicator.CannotExist:
		src.Filed, s.Absence = "—", indicator.Dash
	default:
		s.Absence = indicator.BlankCell
	}
}

// OwnPeriod is the period of an indicator's own frequency that a period asks
// for: 2026-09 of a quarterly indicator is 2026-Q3, of an annual one 2025.
func (p *Pipeline) OwnPeriod(code indicator.Code, q period.Period) (period.Period, error) {
	ind := p.Defs.Catalogue.Indicator(code)
	if ind == nil {
		return q, fmt.Errorf("indicator %q: %w", code, ErrUnknown)
	}
	return q.Latest(ind.Freq), nil
}
