package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// suppose evaluates a period by some definitions as if a set of figures were all
// that is known. It works on a warehouse in memory: nothing of it is ever
// written to the record.
func (p *Pipeline) suppose(
	ctx context.Context, defs *Definitions, filed []warehouse.Filed, q period.Period, asOf time.Time,
) (_ *indicator.Assessment, err error) {
	db, err := warehouse.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	obs := make([]indicator.Observation, len(filed))
	for i := range filed {
		obs[i] = filed[i].Observation
	}
	sub := warehouse.Submission{ID: 1, SHA256: "suppose", Form: "suppose", Received: asOf}
	if err := db.Publish(ctx, sub, obs, nil); err != nil {
		return nil, err
	}
	returned, err := p.returned(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return defs.Plan.Evaluate(ctx, db.SQL(), kpi.Question{Period: q, AsOf: asOf, Due: defs.Forms.Due, Returned: returned})
}

// A Setting is a figure that is supposed: an input at a period of its own.
type Setting struct {
	Code   indicator.Code
	Period period.Period
	Value  decimal.Decimal
}

// WhatIf says which indicators and lamps would change at a period if some inputs
// were other than filed (or filed at all). The figures are 测算: they are on no
// record.
func (p *Pipeline) WhatIf(ctx context.Context, q period.Period, asOf time.Time, set []Setting) ([]Change, error) {
	filed, err := p.DB.Observations(ctx, nil, asOf)
	if err != nil {
		return nil, err
	}
	before, err := p.suppose(ctx, p.Defs, filed, q, asOf)
	if err != nil {
		return nil, err
	}
	for _, s := range set {
		ind := p.Defs.Catalogue.Indicator(s.Code)
		switch {
		case ind == nil:
			return nil, fmt.Errorf("indicator %q: %w", s.Code, ErrUnknown)
		case p.Defs.Plan.Expr(s.Code) != nil:
			return nil, fmt.Errorf("%s is derived: set its inputs %v: %w", s.Code, p.Defs.Plan.Inputs(s.Code), ErrUnknown)
		}
		filed = supposed(filed, s, p.Defs.Catalogue.Resolve(ind.Area), asOf)
	}
	after, err := p.suppose(ctx, p.Defs, filed, q, asOf)
	if err != nil {
		return nil, err
	}
	return compare(before, after), nil
}

// Goal computes backwards from the target of an indicator what must be delivered
// by the end of a year (0: the target's own), from what is known of a period at
// a time. It is 测算: nothing of it is on the record.
func (p *Pipeline) Goal(ctx context.Context, code indicator.Code, q period.Period, asOf time.Time, by int) (*indicator.Goal, error) {
	a, err := p.Evaluate(ctx, q, asOf)
	if err != nil {
		return nil, err
	}
	return p.Defs.Plan.Goal(code, a, by)
}

// supposed puts a supposed figure in the place of the filed one, or among them.
func supposed(filed []warehouse.Filed, s Setting, area indicator.AreaID, asOf time.Time) []warehouse.Filed {
	o := indicator.Observation{
		Code: s.Code, Area: area, Period: s.Period, Measure: indicator.ValueMeasure,
		Value: decimal.NewNullDecimal(s.Value), Status: indicator.Estimated, Vintage: indicator.Flash,
	}
	for i := range filed {
		f := &filed[i]
		if f.Code == o.Code && f.Area == area && f.Period.End == s.Period.End && f.Measure == o.Measure {
			// The vintage and the caliber stay: what is supposed is the figure alone.
			o.Vintage, o.Caliber = f.Vintage, f.Caliber
			f.Observation = o
			return filed
		}
		if f.Code == o.Code && f.Area == area && f.Measure == o.Measure && o.Caliber == "" {
			o.Caliber, o.Vintage = f.Caliber, f.Vintage
		}
	}
	return append(filed, warehouse.Filed{Observation: o, KnownFrom: asOf})
}

// A Waterfall is why a KPI is another at one knowledge time than at an earlier
// one. Each step is what its cause alone adds, in this order, and the steps sum
// to the whole change exactly.
type Waterfall struct {
	Code   indicator.Code `json:"code"`
	Name   string         `json:"name"`
	Unit   string         `json:"unit"`
	From   Standing       `json:"from"`
	To     Standing       `json:"to"`
	Steps  []Contribution `json:"steps"`
	Change string         `json:"change"` // To − From of the value, exact
	// ChangeUnit is the unit of Change and of what the steps add: 个百分点 of %.
	ChangeUnit string `json:"change_unit"`
}

// A Standing is a KPI as it stood.
type Standing struct {
	AsOf   time.Time              `json:"as_of"`
	Period period.Period          `json:"period"`
	Value  indicator.Opt[float64] `json:"value"`
	Target indicator.Opt[float64] `json:"target"`
	Lamp   indicator.Lamp         `json:"lamp"`
	Reason string                 `json:"reason"`
}

// A Cause is why a KPI changed.
type Cause string

// The causes, in the order in which they are taken.
const (
	Revised   Cause = "revisions"   // figures that were known and were revised or taken back
	NewPeriod Cause = "new_periods" // figures that were not known
	Redefined Cause = "definition"  // the catalogue: formula, scope, settings
	Retarget  Cause = "target"      // the target moved: the gap, not the value
)

// Name is the Chinese word.
func (c Cause) Name() string {
	switch c {
	case Revised:
		return "数据修订"
	case NewPeriod:
		return "新增数据"
	case Redefined:
		return "口径变动"
	}
	return "目标调整"
}

// A Contribution is what one cause adds to the value, or to the gap (Retarget:
// minus the change of the target), exact.
type Contribution struct {
	Cause  Cause                  `json:"cause"`
	Value  indicator.Opt[float64] `json:"value"` // after the step
	Period period.Period          `json:"period"`
	Added  string                 `json:"added"` // exact decimal; "" when there is no value on one side
}

// Diff tells for every KPI with a target whose value, lamp or target at a period
// differs between two knowledge times why it does, in the order of the catalogue.
func (p *Pipeline) Diff(ctx context.Context, q period.Period, from, to time.Time) ([]Waterfall, error) {
	now := p.Defs
	old, err := p.definitionsAt(from)
	if err != nil {
		return nil, err
	}
	recent, err := p.definitionsAt(to)
	if err != nil {
		return nil, err
	}
	known, err := p.DB.Observations(ctx, nil, from)
	if err != nil {
		return nil, err
	}
	later, err := p.DB.Observations(ctx, nil, to)
	if err != nil {
		return nil, err
	}
	defer func() { p.Defs = now }()
	var stages [4]*indicator.Assessment
	for i, s := range []struct {
		defs  *Definitions
		filed []warehouse.Filed
		asOf  time.Time
	}{{old, known, from}, {old, revisedOnly(known, later), from}, {old, later, to}, {recent, later, to}} {
		p.Defs = s.defs
		if stages[i], err = p.suppose(ctx, s.defs, s.filed, q, s.asOf); err != nil {
			return nil, err
		}
	}
	var out []Waterfall
	for i := range recent.Catalogue.Indicators {
		ind := &recent.Catalogue.Indicators[i]
		if ind.Target() == nil {
			continue
		}
		if w, differs := waterfall(ind, old.Catalogue.Indicator(ind.Code), stages, from, to); differs {
			out = append(out, w)
		}
	}
	return out, nil
}

// definitionsAt are those in force at a time.
func (p *Pipeline) definitionsAt(at time.Time) (*Definitions, error) {
	var last *Entry
	for i := range p.journal.entries {
		if e := &p.journal.entries[i]; e.Kind == Defined && (last == nil || !e.At.After(at)) {
			last = e
		}
	}
	if last == nil {
		return p.Defs, nil
	}
	return p.recallDefinitions(*last, p.Defs)
}

// revisedOnly is what is known later of the cells that were known.
func revisedOnly(known, later []warehouse.Filed) []warehouse.Filed {
	type cell struct {
		code    indicator.Code
		area    indicator.AreaID
		end     int
		measure indicator.Measure
	}
	was := make(map[cell]bool, len(known))
	for i := range known {
		f := &known[i]
		was[cell{f.Code, f.Area, f.Period.End, f.Measure}] = true
	}
	var out []warehouse.Filed
	for _, f := range later {
		if was[cell{f.Code, f.Area, f.Period.End, f.Measure}] {
			out = append(out, f)
		}
	}
	return out
}

// waterfall compares the stages of one indicator.
func waterfall(ind, before *indicator.Indicator, stages [4]*indicator.Assessment, from, to time.Time) (Waterfall, bool) {
	var r [4]*indicator.Result
	for i, a := range stages {
		for j := range a.Results {
			if a.Results[j].Code == ind.Code {
				r[i] = &a.Results[j]
			}
		}
	}
	w := Waterfall{Code: ind.Code, Name: ind.Name, Unit: ind.Unit, ChangeUnit: indicator.DifferenceUnit(ind.Unit)}
	w.From, w.To = standing(r[0], before, from), standing(r[3], ind, to)
	if w.From.Value == w.To.Value && w.From.Lamp == w.To.Lamp && w.From.Target == w.To.Target {
		return w, false
	}
	for i, c := range []Cause{Revised, NewPeriod, Redefined} {
		a, b := value(r[i]), value(r[i+1])
		step := Contribution{Cause: c, Value: b, Added: exactly(a, b)}
		if r[i+1] != nil {
			step.Period = r[i+1].Period
		}
		w.Steps = append(w.Steps, step)
	}
	if w.From.Target != w.To.Target {
		w.Steps = append(w.Steps, Contribution{Cause: Retarget, Value: w.To.Value, Period: w.To.Period, Added: exactly(w.To.Target, w.From.Target)})
	}
	w.Change = exactly(w.From.Value, w.To.Value)
	return w, true
}

func value(r *indicator.Result) indicator.Opt[float64] {
	if r == nil {
		return indicator.Opt[float64]{}
	}
	return r.Value
}

func standing(r *indicator.Result, ind *indicator.Indicator, at time.Time) Standing {
	s := Standing{AsOf: at, Value: value(r)}
	if r != nil {
		s.Period, s.Lamp, s.Reason = r.Period, r.Lamp, r.Reason
	}
	if ind != nil {
		if t := ind.Target(); t != nil && t.HasValue {
			s.Target = indicator.Some(t.Value)
		}
	}
	return s
}

// exactly is b − a in full. Every value stands for the shortest decimal that is
// it, so that the steps of a waterfall sum to the whole without a rounding.
func exactly(a, b indicator.Opt[float64]) string {
	if !a.OK || !b.OK {
		return ""
	}
	return decimal.NewFromFloat(b.V).Sub(decimal.NewFromFloat(a.V)).String()
}
