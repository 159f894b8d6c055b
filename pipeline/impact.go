package pipeline

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// An Impact is what a ruling would change, found by doing it and undoing it.
type Impact struct {
	Period  period.Period  `json:"period"` // the newest that was evaluated
	Changes []Change       `json:"changes"`
	Reports []ReportImpact `json:"reports"` // already made, with figures that would differ
}

// A Change is an indicator whose value or lamp would differ.
type Change struct {
	Code   indicator.Code         `json:"code"`
	Name   string                 `json:"name"`
	Period period.Period          `json:"period"` // of the new value
	Before indicator.Opt[float64] `json:"before"` // unrounded
	After  indicator.Opt[float64] `json:"after"`
	Was    indicator.Lamp         `json:"was"`
	Is     indicator.Lamp         `json:"is"`
}

// A ReportImpact is a report that was made and now would say something else.
type ReportImpact struct {
	Run     string           `json:"run"`
	Period  period.Period    `json:"period"`
	Made    time.Time        `json:"made"`
	Changed []indicator.Code `json:"changed"`
}

// Preview says what a ruling would change: which indicators and lamps, and which
// reports used the figures of before. Nothing is written.
func (p *Pipeline) Preview(ctx context.Context, r Ruling) (*Impact, error) {
	d, err := p.check(r)
	if err != nil {
		return nil, err
	}
	at := p.next(r.At)
	out, err := p.reread(d)
	if err != nil {
		return nil, err
	}
	sub := submission(d.received, p.receipt(d.received, &out), &out)
	sub.Decision = decision(d)
	sub.Seq, sub.Decided, sub.State = sub.Seq+1, at, warehouse.State(r.Verdict)
	first := d.decisions[0]
	periods, reports := p.touched(first.Period)
	before := make([]*indicator.Assessment, len(periods))
	for i, q := range periods {
		if before[i], err = p.Evaluate(ctx, q, at); err != nil {
			return nil, err
		}
	}
	after := make([]*indicator.Assessment, len(periods))
	err = p.DB.Rehearse(ctx, sub, out.Observations, func(conn *sql.Conn) error {
		for i, q := range periods {
			question, err := p.question(ctx, q, at)
			if err == nil {
				after[i], err = p.Defs.Plan.EvaluateIn(ctx, conn, question)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	im := &Impact{Period: periods[0], Changes: compare(before[0], after[0])}
	for i, e := range reports {
		ri := ReportImpact{Run: e.Run, Period: e.Period, Made: e.At}
		for _, c := range compare(before[i+1], after[i+1]) {
			ri.Changed = append(ri.Changed, c.Code)
		}
		if len(ri.Changed) > 0 {
			im.Reports = append(im.Reports, ri)
		}
	}
	return im, nil
}

// touched lists the periods whose figures a return can change: the newest that
// was evaluated, then that of every report since the return's period, the newest
// report of each.
func (p *Pipeline) touched(q period.Period) (periods []period.Period, reports []Entry) {
	newest := p.stepped
	if newest.IsZero() || q.End > newest.End {
		newest = period.Period{Freq: period.Month, End: q.End}
	}
	periods = []period.Period{newest}
	place := make(map[period.Period]int)
	for _, e := range p.journal.entries {
		if e.Kind != Reported || e.Period.End < q.End {
			continue
		}
		if i, ok := place[e.Period]; ok {
			reports[i] = e
			continue
		}
		place[e.Period] = len(reports)
		reports = append(reports, e)
		periods = append(periods, e.Period)
	}
	return periods, reports
}

// compare lists the indicators whose value or lamp differs between two
// assessments of one period, in the order of the catalogue.
func compare(before, after *indicator.Assessment) []Change {
	was := make(map[indicator.Code]*indicator.Result, len(before.Results))
	for i := range before.Results {
		was[before.Results[i].Code] = &before.Results[i]
	}
	var out []Change
	for i := range after.Results {
		a := &after.Results[i]
		b := was[a.Code]
		if b == nil || a.Value == b.Value && a.Lamp == b.Lamp {
			continue
		}
		out = append(out, Change{
			Code: a.Code, Name: a.Name, Period: a.Period, Before: b.Value, After: a.Value, Was: b.Lamp, Is: a.Lamp,
		})
	}
	return out
}
