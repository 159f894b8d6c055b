package pipeline

import (
	"cmp"
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
	Printed string                 `json:"printed,omitempty"` // of an indicator, as reports print it
	Unit    string                 `json:"unit,omitempty"`
	Absence indicator.Absence      `json:"absence,omitempty"`
	Why     string                 `json:"why,omitempty"` // there is no value, in a Chinese sentence
	// Vintage is the common release of the cells of this very period that the
	// value stands on (of all of them when none is), or 不一致.
	Vintage string `json:"vintage,omitempty"`
	// CarriedTo is the period that a stock of an earlier one is used in.
	CarriedTo period.Period `json:"carried_to,omitzero"`
	Source    *Source       `json:"source,omitempty"`
	Steps     []*Step       `json:"steps,omitempty"`

	without bool // “—”, which sums are made without
}

// Sources are the filed cells under a step, each once, in the order of the tree.
func (s *Step) Sources() []*Source {
	var out []*Source
	seen := make(map[Source]bool)
	s.leaves(func(leaf *Step) {
		if !seen[*leaf.Source] {
			seen[*leaf.Source] = true
			out = append(out, leaf.Source)
		}
	})
	return out
}

func (s *Step) leaves(visit func(*Step)) {
	if s.Source != nil {
		visit(s)
	}
	for _, ch := range s.Steps {
		ch.leaves(visit)
	}
}

// mixed is the word for cells of different releases.
const mixed = "不一致"

// release is the vintage of a step, of what lies under it.
func (s *Step) release() string {
	var own, all string
	join := func(v *string, name string) {
		switch {
		case name == "" || *v == name:
		case *v == "":
			*v = name
		default:
			*v = mixed
		}
	}
	s.leaves(func(leaf *Step) {
		join(&all, leaf.Source.Vintage)
		if leaf.Period.End == s.Period.End {
			join(&own, leaf.Source.Vintage)
		}
	})
	return cmp.Or(own, all)
}

// Explain says where an indicator's number at a period comes from, as known at
// a time: the formula with every intermediate value, down to file, sheet and
// cell. The period is the indicator's own.
func (p *Pipeline) Explain(ctx context.Context, code indicator.Code, q period.Period, asOf time.Time) (*Step, error) {
	x, err := p.explainer(ctx, p.Defs.Plan.Inputs(code), asOf)
	if err != nil {
		return nil, err
	}
	if x.returned, err = p.returned(ctx, asOf); err != nil {
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
	x := &explainer{defs: p.Defs, asOf: asOf, filed: make(map[valueKey]*warehouse.Filed), subs: make(map[int64]*warehouse.Submission)}
	calibers := make(map[valueKey]*indicator.Caliber) // by series
	for i := range filed {
		if o := &filed[i]; o.Measure == indicator.ValueMeasure {
			series := valueKey{code: o.Code, area: o.Area}
			if calibers[series] == nil {
				calibers[series] = new(indicator.Caliber)
			}
			if o.Value.Valid && calibers[series].Next(o.Caliber) { // oldest first
				o.Status = indicator.Break
			}
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
	asOf  time.Time
	filed map[valueKey]*warehouse.Filed
	subs  map[int64]*warehouse.Submission
	// returned says whether a return was sent back. It is nil when only the cells
	// under a value are asked for: then steps have no words (unit, release, why).
	returned func(indicator.Code, period.Period) bool
}

// indicator explains one indicator at one of its own periods.
func (x *explainer) indicator(code indicator.Code, q period.Period) *Step {
	ind := x.defs.Catalogue.Indicator(code)
	s := &Step{Text: string(code), Name: ind.Name, Code: code, Period: q, Unit: ind.Unit}
	if expr := x.defs.Plan.Expr(code); expr == nil {
		x.cell(s, ind, q)
	} else {
		s.Text = string(code) + " = " + expr.String()
		node := formula.Eval(expr, q, x.at(q))
		s.Value, s.Absence, s.without = node.Value, node.Why, node.Without
		top := x.step(node)
		if s.Steps, s.Why = top.Steps, top.Why; top.Code != "" {
			s.Steps = []*Step{top} // an alias: one reference, no operation
		}
	}
	if s.Value.OK {
		s.Printed = indicator.Print(s.Value.V, ind.Decimals, ind.Rounding)
	}
	if x.returned != nil {
		s.Vintage = s.release()
	}
	return s
}

// at reads the operands of an evaluation at a period. A stock that is carried
// into it says so.
func (x *explainer) at(q period.Period) formula.At {
	at := formula.Resolve(q, x.defs.Catalogue.Indicator, x.read)
	return func(code indicator.Code, shift formula.Shift) (formula.Operand, bool) {
		o, ok := at(code, shift)
		if s, read := o.Source.(*Step); read && ok && shift.When == formula.Same && o.Period.End < q.End {
			carried := *s
			carried.CarriedTo = q
			o.Source = &carried
		}
		return o, ok
	}
}

func (x *explainer) read(code indicator.Code, q period.Period) (formula.Operand, bool) {
	s := x.indicator(code, q)
	if s.Source != nil && s.Source.Status != string(indicator.NotSignificant) && s.Value.OK {
		if d, err := decimal.NewFromString(s.Source.Filed); err == nil {
			return formula.Filed(q, d, s), true
		}
	}
	o := formula.Computed(q, s.Value.V, s)
	o.Why, o.Without = s.Absence, s.without
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
	if x.returned != nil {
		x.word(s, n)
	}
	return s
}

// word puts the words to the step of a node that is no indicator's own.
func (x *explainer) word(s *Step, n *formula.Node) {
	if ind := x.defs.Catalogue.Indicator(n.Code); ind != nil { // a sum over periods, or a period that has none
		s.Name, s.Unit = ind.Name, ind.Unit
		if !s.Value.OK {
			s.Why = x.whyNot(n.Code, n.Period, s.Absence)
		}
	} else if e, err := formula.Parse(n.Text); err == nil {
		s.Unit = formula.UnitName(e, x.defs.Catalogue.Indicator, x.defs.Catalogue.Unit)
	}
	if !s.Value.OK && s.Why == "" {
		s.Why = because(n.Op, s)
	}
	s.Vintage = s.release()
}

// because says why an operation has no value: an operand has none, or it cannot
// be done with what they are.
func because(op string, s *Step) string {
	for _, ch := range s.Steps {
		if !ch.Value.OK {
			return ch.Why
		}
	}
	switch n := len(s.Steps); {
	case n == 2 && (op == "÷" || op == "share") && s.Steps[1].Value.V == 0:
		return "分母为零"
	case op == "growth", op == "cagr":
		return "基数不为正，增速没有意义"
	}
	return s.Absence.Name()
}

// whyNot says why an input has no value at a period.
func (x *explainer) whyNot(code indicator.Code, q period.Period, why indicator.Absence) string {
	s := q.Name() + why.Name()
	f := x.defs.Forms.Carrier(code)
	if f == nil || x.defs.Plan.Expr(code) != nil {
		return s
	}
	if due, expected := x.defs.Forms.Due(code, q); expected && (why == indicator.Overdue || why == indicator.NotDue) {
		return s + "（" + f.Number + "，期限" + due.In(period.Shanghai).Format(time.DateOnly) + "）"
	}
	return s + "（" + f.Number + "）"
}

// absent is why an input that nothing was filed for has no value: as the
// evaluation says it.
func (x *explainer) absent(code indicator.Code, q period.Period) indicator.Absence {
	due, expected := x.defs.Forms.Due(code, q)
	switch {
	case !expected && q.Year() <= period.BaseYear:
		return indicator.NoBase
	case !expected:
		return indicator.Unassigned
	case due.After(x.asOf):
		return indicator.NotDue
	case x.returned != nil && x.returned(code, q):
		return indicator.Returned
	}
	return indicator.Overdue
}

// cell finds the filed cell of an input.
func (x *explainer) cell(s *Step, ind *indicator.Indicator, q period.Period) {
	o := x.filed[valueKey{ind.Code, x.defs.Catalogue.Resolve(ind.Area), q.End}]
	if o == nil {
		s.Absence = x.absent(ind.Code, q)
		s.Why = x.whyNot(ind.Code, q, s.Absence)
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
		src.Filed, s.Absence, s.without = "—", indicator.Dash, true
	default:
		s.Absence = indicator.BlankCell
	}
	if !s.Value.OK {
		s.Why = q.Name() + s.Absence.Name()
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
