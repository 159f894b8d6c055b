package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A Revision is a change of what is known of one figure: what it was, what it
// became, and what changed it.
type Revision struct {
	At      time.Time         `json:"at"`
	Measure indicator.Measure `json:"measure"`
	// Event is why: accepted, returned or withdrawn.
	Event      receipt.Verdict        `json:"event"`
	Submission int64                  `json:"submission"` // whose acceptance or end this is
	Receipt    string                 `json:"receipt"`
	By         string                 `json:"by,omitempty"` // of 双城办; "" when the system accepted
	Why        string                 `json:"why,omitempty"`
	Was        *Stated                `json:"was,omitempty"` // nil: nothing was known
	Is         *Stated                `json:"is,omitempty"`  // nil: nothing is known any more
	Change     indicator.Opt[float64] `json:"change"`        // Is − Was, when both are numbers
}

// A Stated is a figure as filed, with the cell it stands in.
type Stated struct {
	Filed   string                 `json:"filed"` // digits, “…”, “—” or 空白
	Value   indicator.Opt[float64] `json:"value"`
	Vintage indicator.Vintage      `json:"vintage"`
	Source  Source                 `json:"source"`
}

// Revisions tells the life of a figure at a period of its own, oldest first: every
// vintage, and every time one was sent back or withdrawn.
func (p *Pipeline) Revisions(ctx context.Context, code indicator.Code, q period.Period) ([]Revision, error) {
	ind := p.Defs.Catalogue.Indicator(code)
	if ind == nil {
		return nil, fmt.Errorf("indicator %q: %w", code, ErrUnknown)
	}
	filed, err := p.DB.History(ctx, code, p.Defs.Catalogue.Resolve(ind.Area), q)
	if err != nil {
		return nil, err
	}
	var out []Revision
	for _, m := range []indicator.Measure{indicator.ValueMeasure, indicator.YearAgoMeasure, indicator.GrowthMeasure} {
		var of []warehouse.Filed
		for _, f := range filed {
			if f.Measure == m {
				of = append(of, f)
			}
		}
		out = append(out, p.life(m, of)...)
	}
	slices.SortStableFunc(out, func(a, b Revision) int { return a.At.Compare(b.At) })
	return out, nil
}

// life is the revisions of one measure, from its filed values and the decisions
// on their submissions.
func (p *Pipeline) life(m indicator.Measure, filed []warehouse.Filed) []Revision {
	type event struct {
		entry  Entry
		brings *warehouse.Filed // nil when it ends what the submission brought
	}
	var events []event
	seen := make(map[int64]bool)
	for _, f := range filed {
		if seen[f.Submission] {
			continue
		}
		seen[f.Submission] = true
		for _, e := range p.dossiers[f.Submission].decisions {
			ev := event{entry: e}
			for i := range filed {
				if filed[i].Submission == f.Submission && filed[i].KnownFrom.Equal(e.At) {
					ev.brings = &filed[i]
				}
			}
			events = append(events, ev)
		}
	}
	slices.SortStableFunc(events, func(a, b event) int {
		return cmp.Or(a.entry.At.Compare(b.entry.At), cmp.Compare(a.entry.Submission, b.entry.Submission))
	})
	var out []Revision
	var known []*warehouse.Filed // by acceptance; the last is in force
	for _, ev := range events {
		was := inForce(known)
		known = slices.DeleteFunc(known, func(f *warehouse.Filed) bool { return f.Submission == ev.entry.Submission })
		if ev.brings != nil {
			known = append(known, ev.brings)
		}
		is := inForce(known)
		if was == is {
			continue
		}
		r := Revision{
			At: ev.entry.At, Measure: m, Event: receipt.Verdict(ev.entry.Verdict), Submission: ev.entry.Submission,
			Receipt: ev.entry.Receipt, By: ev.entry.By, Why: ev.entry.Why, Was: p.stated(was), Is: p.stated(is),
		}
		if r.Was != nil && r.Is != nil && r.Was.Value.OK && r.Is.Value.OK {
			d, _ := is.Value.Decimal.Sub(was.Value.Decimal).Float64()
			r.Change = indicator.Some(d)
		}
		out = append(out, r)
	}
	return out
}

func inForce(known []*warehouse.Filed) *warehouse.Filed {
	if len(known) == 0 {
		return nil
	}
	return known[len(known)-1]
}

func (p *Pipeline) stated(f *warehouse.Filed) *Stated {
	if f == nil {
		return nil
	}
	d := p.dossiers[f.Submission]
	s := &Stated{Filed: "空白", Vintage: f.Vintage, Source: Source{
		File: f.File, SHA256: d.received.SHA256, Sheet: f.Sheet, Cell: f.Cell, Submission: f.Submission,
		Receipt: d.last().Receipt, KnownFrom: f.KnownFrom, Status: string(f.Status), Vintage: f.Vintage.Name(), Caliber: f.Caliber,
	}}
	switch {
	case f.Value.Valid:
		s.Filed, s.Value = f.Value.Decimal.String(), indicator.Some(f.Value.Decimal.InexactFloat64())
	case f.Status == indicator.NotSignificant:
		s.Filed = "…"
	case f.Status == indicator.CannotExist:
		s.Filed = "—"
	}
	s.Source.Filed = s.Filed
	return s
}
