// Package ingest turns the bytes of a return into observations and findings: it
// reads the workbook, recognises the form, extracts the cells and checks them.
// It is pure: what other returns said, and when this one arrived, are
// arguments; it knows no database, no folder and no clock.
package ingest

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Definitions are what a return is read and checked against. They are immutable
// and safe for concurrent use.
type Definitions struct {
	Catalogue *indicator.Catalogue
	Forms     *form.Set

	rules     map[string]*indicator.Rule
	relations []relation
	derived   map[indicator.Code]formula.Expr     // that the relations refer to
	levels    map[indicator.Code][]indicator.Code // by the input that is their published growth
}

// Define prepares the rules of a catalogue that kpi.Compile has passed.
func Define(cat *indicator.Catalogue, forms *form.Set) (*Definitions, error) {
	d := &Definitions{
		Catalogue: cat, Forms: forms, rules: map[string]*indicator.Rule{},
		derived: map[indicator.Code]formula.Expr{}, levels: map[indicator.Code][]indicator.Code{},
	}
	for i := range cat.Indicators {
		if ind := &cat.Indicators[i]; ind.Kind == indicator.Input && ind.Growth != "" {
			d.levels[ind.Growth] = append(d.levels[ind.Growth], ind.Code)
		}
	}
	for i := range cat.Rules {
		r := &cat.Rules[i]
		d.rules[r.ID] = r
		for _, src := range r.Exprs {
			if err := d.relate(r, src); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// A Known is an accepted value of another return.
type Known struct {
	Value   decimal.NullDecimal
	Status  indicator.ObsStatus
	Vintage indicator.Vintage
	Place   finding.Place
}

// A Prior is an accepted return of the same form, department and period.
type Prior struct {
	Version int
	Receipt string
}

// A Request is a return to be read. History gives the accepted value of a
// series at the period of its own frequency that ends in the month end; Prior
// the accepted return that this one would replace. Accepted vintages only. A nil
// function knows nothing.
type Request struct {
	File     string // for display
	Data     []byte
	Received time.Time
	History  func(code indicator.Code, end int) (Known, bool)
	Prior    func(form, department string, p period.Period) (Prior, bool)
	// Previous is the version of a return that this one is compared with: the one in
	// force, else the one filed before, whatever became of it.
	Previous func(form, department string, p period.Period) (data []byte, file string, ok bool)
	// Explanations answer plausibility findings of an earlier reading, by
	// finding.Key.
	Explanations map[string]string
	// Original is the file that a receipt's number was given for. A return that is
	// our own receipt, sent back, is held against it.
	Original func(number string) (data []byte, file string, ok bool)
}

// An Outcome is what became of a return. Observations are what it says when the
// form was recognised; they count only when the verdict is accepted.
type Outcome struct {
	Book         *workbook.Book // as it was read; nil when it cannot be
	Verdict      receipt.Verdict
	Return       *form.Return // nil when the form was not recognised
	Prior        Prior        // zero when this is the first
	Observations []indicator.Observation
	Changed      []receipt.Change
	Checks       receipt.Tally
	Findings     finding.List
	// Answer is set when the file is a receipt sent back with nothing changed but
	// its explanations: there is no return then and no verdict, for it is the
	// original that is decided anew.
	Answer *receipt.Answer
}

// Process reads and checks one return. It always has an outcome: what cannot be
// read is returned with the reason.
func (d *Definitions) Process(req Request) Outcome {
	if req.History == nil {
		req.History = func(indicator.Code, int) (Known, bool) { return Known{}, false }
	}
	if req.Prior == nil {
		req.Prior = func(string, string, period.Period) (Prior, bool) { return Prior{}, false }
	}
	if req.Previous == nil {
		req.Previous = func(string, string, period.Period) ([]byte, string, bool) { return nil, "", false }
	}
	book, found := workbook.Open(req.File, req.Data, workbook.DefaultLimits())
	if book == nil || found.Refused() {
		found.Sort()
		return Outcome{Verdict: receipt.Returned, Findings: found}
	}
	body, said, done := d.comeBack(&req, book)
	if done != nil {
		return *done
	}
	ret, more := form.Extract(req.File, body, d.Forms, req.Received)
	found = append(append(found, said...), more...)
	out := Outcome{Book: book, Return: ret}
	if ret == nil || ret.Form == nil || ret.Period.IsZero() || ret.Department == "" {
		found.Sort()
		out.Verdict, out.Findings = receipt.Returned, found
		return out
	}
	c := newCheck(d, ret, req)
	c.found = d.inForce(ret, found)
	out.Prior, _ = req.Prior(ret.Form.Number, ret.Department, ret.Period)
	out.Observations = c.observations
	c.recognised(c.found)
	c.counts()
	c.relations()
	c.duplicate(out.Prior)
	c.revised(out.Prior)
	c.magnitudes()
	c.history()
	c.growths()
	c.calibers()
	c.attached()
	c.slips()
	c.explain()
	out.Changed = c.changed()
	found = c.found
	found.Sort()
	out.Findings, out.Checks = found, c.trials.tally(c.name)
	switch {
	case found.Refused():
		out.Verdict = receipt.Returned
	case found.Unexplained() > 0:
		out.Verdict = receipt.Awaiting
	default:
		out.Verdict = receipt.Accepted
	}
	return out
}

// A check holds one return while its rules run.
type check struct {
	defs         *Definitions
	ret          *form.Return
	req          Request
	observations []indicator.Observation
	filed        []*indicator.Observation // measure value only, in the order of the sheet
	values       map[indicator.Code]*indicator.Observation
	labels       map[indicator.Code]string
	notes        map[indicator.Code]string

	found   finding.List
	trials  trials
	answers map[string][]indicator.Code // the rows whose 说明 may answer a finding, by its key
}

func newCheck(d *Definitions, ret *form.Return, req Request) *check {
	c := &check{
		defs: d, ret: ret, req: req,
		values:  make(map[indicator.Code]*indicator.Observation),
		labels:  make(map[indicator.Code]string),
		notes:   make(map[indicator.Code]string),
		answers: make(map[string][]indicator.Code),
	}
	c.observations = ret.Observations(d.Catalogue)
	for i := range c.observations {
		if o := &c.observations[i]; o.Measure == indicator.ValueMeasure {
			c.filed = append(c.filed, o)
			c.values[o.Code] = o
		}
	}
	for i := range ret.Lines {
		l := &ret.Lines[i]
		c.labels[l.Row.Code] = brief(l.Label.Text, shownLabel)
		// A note that stands in a data cell is a footnote mark, not the filer's words.
		if !slices.ContainsFunc(l.Data, func(d form.Data) bool { return d.Cell == l.Note.Cell }) {
			c.notes[l.Row.Code] = l.Note.Text
		}
	}
	return c
}

// shownLabel is how much of a row's label a finding repeats, in characters.
const shownLabel = 60

func (c *check) place(o *indicator.Observation) finding.Place {
	return finding.Place{File: c.req.File, Sheet: o.Sheet, Cell: o.Cell}
}

// measure finds what a row says under another measure; nil when it says nothing.
func (c *check) measure(code indicator.Code, m indicator.Measure) *indicator.Observation {
	for i := range c.observations {
		if o := &c.observations[i]; o.Code == code && o.Measure == m {
			return o
		}
	}
	return nil
}

// counts is R05: counts are non-negative whole numbers.
func (c *check) counts() {
	r := c.rule("R05")
	if r == nil {
		return
	}
	for i := range c.observations {
		o := &c.observations[i]
		if o.Measure == indicator.GrowthMeasure || !o.Value.Valid {
			continue
		}
		unit := c.defs.Catalogue.Unit(c.defs.Catalogue.Indicator(o.Code).Unit)
		if unit == nil || !unit.Whole {
			continue
		}
		if o.Value.Decimal.Sign() >= 0 && o.Value.Decimal.IsInteger() {
			c.pass(r, o.Code)
			continue
		}
		f := c.at(o)
		f.Value, f.Want = o.Value.Decimal.String()+unit.Symbol, "非负整数"
		f.Hint = fmt.Sprintf("核对原始台账，按“%s”填整数；没有的填0，不存在的填“—”", unit.Symbol)
		c.fail(r, o.Code, f)
	}
}
