package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhibiao/ingest/form"
	"zhibiao/kpi"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
	"zhibiao/report"
	"zhibiao/report/document"
	"zhibiao/report/docx"
	"zhibiao/report/pdf"
	"zhibiao/report/xlsx"
)

// The faces a report can be written in.
const (
	HTMLFormat = "html"
	XLSXFormat = "xlsx"
	DOCXFormat = "docx"
	PDFFormat  = "pdf" // of the page; needs a Chromium on the machine
)

// Formats are the faces that a report has unless others are asked for, in order.
var Formats = []string{HTMLFormat, XLSXFormat, DOCXFormat}

// Faces are all formats there are.
var Faces = append(slices.Clip(Formats), PDFFormat)

// A Run is one evaluation with its alerts and, when asked for, its report.
type Run struct {
	ID         string                `json:"run"`
	Assessment *indicator.Assessment `json:"assessment"`
	Alerts     []alert.Alert         `json:"alerts"`
	Changed    []alert.Event         `json:"changed"`
	Files      []string              `json:"files"` // of the report

	defs  *Definitions // of its time
	title string       // of the report, and what it says in short
	gist  []string
}

// Evaluate answers for every indicator at a period, as known at a time (not
// zero). It writes nothing. What did not change since the last evaluation of the
// period is not evaluated again.
func (p *Pipeline) Evaluate(ctx context.Context, q period.Period, asOf time.Time) (_ *indicator.Assessment, err error) {
	question, err := p.question(ctx, q, asOf)
	if err != nil {
		return nil, err
	}
	conn, err := p.DB.SQL().Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q, err)
	}
	defer func() {
		if cerr := conn.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("evaluate %s: %w", q, cerr)
		}
	}()
	var e *kpi.Evaluation
	if p.last.forms == p.Defs.Forms && p.last.plan == p.Defs.Plan {
		e, err = p.last.evaluation.Advance(ctx, conn, question)
	} else {
		e, err = p.Defs.Plan.Begin(ctx, conn, question)
	}
	if err != nil {
		return nil, err
	}
	p.last = evaluated{e, p.Defs.Plan, p.Defs.Forms}
	return e.Assessment, nil
}

// evaluated is an evaluation with the definitions it was made by.
type evaluated struct {
	evaluation *kpi.Evaluation
	plan       *kpi.Plan
	forms      *form.Set
}

// question is what an evaluation is asked, with what is known of the returns.
func (p *Pipeline) question(ctx context.Context, q period.Period, asOf time.Time) (kpi.Question, error) {
	returned, err := p.returned(ctx, asOf)
	return kpi.Question{Period: q, AsOf: asOf, Due: p.Defs.Forms.Due, Returned: returned}, err
}

// returned says whether the return that carries a code for a period was sent
// back and not accepted since.
func (p *Pipeline) returned(ctx context.Context, asOf time.Time) (func(indicator.Code, period.Period) bool, error) {
	subs, err := p.DB.Submissions(ctx, asOf)
	if err != nil {
		return nil, err
	}
	open := make(map[returnKey]bool) // by form and period; the department is the form's
	for _, s := range subs {
		k := returnKey{form: s.Form, period: s.Period}
		open[k] = s.State != warehouse.Accepted && s.State != warehouse.Superseded
	}
	return func(code indicator.Code, q period.Period) bool {
		f := p.Defs.Forms.Carrier(code)
		return f != nil && open[returnKey{form: f.Number, period: q}]
	}, nil
}

// RunID names the run of a job for a slot. A run is recorded for its slot, not
// for the moment it happened to start: done twice, it is one run.
func RunID(job string, slot time.Time, q period.Period) string {
	return fmt.Sprintf("%s-%s-%s", job, q, slot.In(period.Shanghai).Format("20060102T150405"))
}

// Run evaluates a period as known at a time, steps the alerts, and commits
// results, lamps and alerts in one transaction. Doing the same slot again
// changes nothing.
func (p *Pipeline) Run(ctx context.Context, job string, slot time.Time, q period.Period, asOf time.Time) (*Run, error) {
	asOf = asOf.UTC().Truncate(time.Microsecond)
	run := &Run{ID: RunID(job, slot, q), defs: p.Defs}
	var err error
	if run.Assessment, err = p.Evaluate(ctx, q, asOf); err != nil {
		return nil, err
	}
	memory, err := p.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	// Looking back, at an older period or at what was known then, changes no alert:
	// it shows those of then.
	if q.End >= p.stepped.End && !asOf.Before(p.seen) {
		if memory, run.Changed, err = alert.Step(memory, run.Assessment.Results, p.Defs.Catalogue, q, nil); err != nil {
			return nil, fmt.Errorf("step alerts of %s: %w", q, err)
		}
		run.Alerts = memory
	} else if run.Alerts, err = p.alertsThen(ctx, q, asOf); err != nil {
		return nil, err
	}
	states, err := rows(memory, q, asOf)
	if err != nil {
		return nil, err
	}
	changed := make([]alert.Alert, len(run.Changed))
	for i := range run.Changed {
		changed[i] = run.Changed[i].Alert
	}
	events, err := rows(changed, q, asOf)
	if err != nil {
		return nil, err
	}
	err = p.DB.SaveAssessment(ctx, warehouse.Run{
		ID: run.ID, Job: job, Slot: slot, Period: q, AsOf: asOf, Started: asOf, Finished: asOf,
		State: warehouse.RunOK, Hash: run.Assessment.Hash, CatalogueHash: p.Defs.Catalogue.Hash,
	}, run.Assessment, states, events)
	if err != nil {
		return nil, err
	}
	if p.evaluated(run.ID) {
		return run, nil
	}
	_, err = p.record(Entry{
		At: asOf, Kind: Evaluated, Run: run.ID, Name: job, Slot: slot.UTC(), Period: q, AsOf: asOf,
		KPI: run.Assessment.Hash, Catalogue: p.Defs.Catalogue.Hash,
	})
	return run, err
}

// advance remembers how far evaluations have come.
func (p *Pipeline) advance(q period.Period, asOf time.Time) {
	if q.End > p.stepped.End {
		p.stepped = q
	}
	if asOf.After(p.seen) {
		p.seen = asOf
	}
}

func (p *Pipeline) evaluated(run string) bool {
	_, ok := p.evaluation(run)
	return ok
}

// evaluation is the entry of a run.
func (p *Pipeline) evaluation(run string) (Entry, bool) {
	for _, e := range p.journal.entries {
		if e.Kind == Evaluated && e.Run == run {
			return e, true
		}
	}
	return Entry{}, false
}

// Recall is a recorded run again, as it was: by the definitions and the figures
// of its own time. An error means that it cannot be had as it was.
func (p *Pipeline) Recall(ctx context.Context, id string) (*Run, error) {
	e, ok := p.evaluation(id)
	if !ok {
		return nil, fmt.Errorf("run %q: %w", id, ErrUnknown)
	}
	now := p.Defs
	defer func() { p.Defs = now }()
	var err error
	if p.Defs, err = p.definitionsOf(e); err != nil {
		return nil, err
	}
	run := &Run{ID: id, defs: p.Defs}
	if run.Assessment, err = p.Evaluate(ctx, e.Period, e.AsOf); err != nil {
		return nil, err
	}
	if run.Assessment.Hash != e.KPI {
		return nil, fmt.Errorf("recall run %s: KPI hash %s, recorded was %s", id, run.Assessment.Hash, e.KPI)
	}
	run.Alerts, err = p.alertsOf(ctx, id)
	return run, err
}

// RunAt names the run that was recorded for a period with what was known at a
// time; "" when there was none.
func (p *Pipeline) RunAt(q period.Period, asOf time.Time) string {
	for _, e := range slices.Backward(p.journal.entries) {
		if e.Kind == Evaluated && e.Period == q && e.AsOf.Equal(asOf.Truncate(time.Microsecond)) {
			return e.Run
		}
	}
	return ""
}

// definitionsOf are those that were in force when an entry was made.
func (p *Pipeline) definitionsOf(e Entry) (*Definitions, error) {
	for _, d := range slices.Backward(p.journal.entries[:e.Seq-1]) {
		if d.Kind == Defined {
			return p.recallDefinitions(d, p.Defs)
		}
	}
	return p.Defs, nil
}

// alertsThen are the alerts as the newest run left them that knew no more than
// was known at a time, of periods up to q.
func (p *Pipeline) alertsThen(ctx context.Context, q period.Period, asOf time.Time) ([]alert.Alert, error) {
	for _, e := range slices.Backward(p.journal.entries) {
		if e.Kind == Evaluated && e.Period.End <= q.End && !e.AsOf.After(asOf) {
			return p.alertsOf(ctx, e.Run)
		}
	}
	return nil, nil
}

// Alerts are the alerts as the last run left them: the memory of the next.
func (p *Pipeline) Alerts(ctx context.Context) ([]alert.Alert, error) { return p.alertsOf(ctx, "") }

func (p *Pipeline) alertsOf(ctx context.Context, run string) ([]alert.Alert, error) {
	rows, err := p.DB.AlertStates(ctx, run)
	if err != nil {
		return nil, err
	}
	list := make([]alert.Alert, 0, len(rows))
	for _, r := range rows {
		a, err := decode(r.Episode, r.Detail)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

func rows(list []alert.Alert, q period.Period, at time.Time) ([]warehouse.AlertRow, error) {
	out := make([]warehouse.AlertRow, 0, len(list))
	for i := range list {
		a := &list[i]
		detail, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("encode alert %s: %w", a.Episode, err)
		}
		out = append(out, warehouse.AlertRow{
			Episode: a.Episode, Rule: a.Rule, Code: a.Code, Area: a.Area, State: string(a.State), Level: a.Level,
			Since: a.Since, Period: q, At: at, Detail: string(detail),
		})
	}
	return out, nil
}

// Report writes a report of a run into a folder and names the files. Nothing is
// written unless all of it could be made. The report of a run is the same bytes
// whenever it is made, but for a PDF, which Chromium dates.
func (p *Pipeline) Report(ctx context.Context, run *Run, kind report.Kind, dir string, formats []string) error {
	in, err := p.reportInput(ctx, run, kind)
	if err != nil {
		return err
	}
	doc, err := report.Build(in)
	if err != nil {
		return fmt.Errorf("build report of %s: %w", run.Assessment.Period, err)
	}
	made := make(map[string][]byte)
	for _, f := range formats {
		data, err := render(ctx, doc, f)
		if err != nil {
			return fmt.Errorf("render report of %s as %s: %w", run.Assessment.Period, f, err)
		}
		made[f] = data
	}
	run.Files = nil
	title := kind.Name() + "_" + run.Assessment.Period.String()
	if kind == report.Special { // there are several in a period, and none takes another's place
		title += "_" + run.Assessment.AsOf.In(period.Shanghai).Format(time.DateOnly)
	}
	for _, f := range formats {
		name := filepath.Join(dir, title+"."+f)
		if err := writeFile(name, made[f]); err != nil {
			return err
		}
		run.Files = append(run.Files, name)
	}
	run.title, run.gist = gist(doc)
	_, err = p.record(Entry{
		At: run.Assessment.AsOf, Kind: Reported, Run: run.ID, Name: string(kind), Period: run.Assessment.Period, KPI: run.Assessment.Hash,
	})
	return err
}

func render(ctx context.Context, doc *document.Document, format string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case HTMLFormat:
		err = report.HTML(&b, doc)
	case XLSXFormat:
		err = xlsx.Write(&b, doc)
	case DOCXFormat:
		err = docx.Write(&b, doc)
	case PDFFormat:
		if err := report.HTML(&b, doc); err != nil {
			return nil, err
		}
		return pdf.Print(ctx, b.Bytes())
	default:
		return nil, fmt.Errorf("format %q: want one of %s", format, strings.Join(Faces, ", "))
	}
	if err == nil && b.Len() == 0 {
		err = errors.New("nothing was rendered")
	}
	return b.Bytes(), err
}

// filingOf is how the returns that an assessment stands on were filed, at its own
// time; of an annual report, all that were due of the year.
func (p *Pipeline) filingOf(ctx context.Context, a *indicator.Assessment, kind report.Kind) ([]report.FilingStat, error) {
	subs, err := p.DB.Submissions(ctx, a.AsOf)
	if err != nil {
		return nil, err
	}
	cycle := p.current(a.Period, a.AsOf)
	if kind == report.Annual {
		cycle = p.dueIn(a.Period, a.AsOf)
	}
	return p.filingStats(filings(cycle, subs, a.AsOf)), nil
}

func (p *Pipeline) reportInput(ctx context.Context, run *Run, kind report.Kind) (report.Input, error) {
	a := run.Assessment
	e, ok := p.evaluation(run.ID)
	if !ok {
		return report.Input{}, fmt.Errorf("run %q: %w", run.ID, ErrUnknown)
	}
	var err error
	in := report.Input{
		Kind: kind, Catalogue: run.defs.Catalogue, Assessment: a, Alerts: run.Alerts, RunID: run.ID, JournalHead: e.Hash,
		CatalogueHash: run.defs.Catalogue.Hash, Made: a.AsOf, TestData: p.tested(a.AsOf),
	}
	if in.Filing, err = p.filingOf(ctx, a, kind); err != nil {
		return in, err
	}
	cases, err := p.cases(ctx, run.Alerts, a.AsOf, e.Seq)
	if err != nil {
		return in, err
	}
	for i := range cases {
		if cases[i].Alert.State.Raised() {
			in.Cases = append(in.Cases, cases[i].Case)
		}
	}
	if kind == report.Annual {
		if in.Episodes, err = p.episodes(ctx, a.Period, a.AsOf, e.Seq); err != nil {
			return in, err
		}
	}
	last := p.lastReport(kind, a.Period, e.Seq)
	if last == "" {
		return in, nil
	}
	if in.Previous, err = p.DB.Assessment(ctx, last); err != nil {
		return in, err
	}
	if in.PreviousFiling, err = p.filingOf(ctx, in.Previous, kind); err != nil {
		return in, err
	}
	in.Rectified, err = p.rectified(ctx, last, run.Alerts, a.AsOf, e.Seq)
	return in, err
}

// lastReport is the run of the report that a report made after the first n
// entries of the journal is compared with: the newest of its kind on an earlier
// period; for a 预警专报 what was last told, by whatever kind, of the newest
// period. A report of long ago that was printed again is neither.
func (p *Pipeline) lastReport(kind report.Kind, q period.Period, n int64) string {
	last, end := "", 0
	for _, r := range p.journal.entries[:n] {
		switch {
		case r.Kind != Reported:
		case kind == report.Special && r.Period.End >= end && r.Period.End <= q.End && report.Kind(r.Name) != report.Annual:
			last, end = r.Run, r.Period.End
		case kind != report.Special && report.Kind(r.Name) == kind && r.Period.End < q.End:
			last = r.Run
		}
	}
	return last
}

// dueIn are the returns whose periods end in a year, as far as they were due.
func (p *Pipeline) dueIn(year period.Period, asOf time.Time) []form.Expectation {
	var out []form.Expectation
	for end := year.End - 11; end <= year.End; end++ {
		for _, x := range p.Defs.Forms.Expected(period.Period{Freq: period.Month, End: end}) {
			if !x.Due.After(asOf) {
				out = append(out, x)
			}
		}
	}
	return out
}

// episodes are the alerts that were in force in a year and told of, by the first n
// entries of the journal and what was known at a time.
func (p *Pipeline) episodes(ctx context.Context, year period.Period, asOf time.Time, n int64) ([]report.Episode, error) {
	all, err := p.cases(ctx, nil, asOf, n) // as each last changed: a look back has the alerts of then
	if err != nil {
		return nil, err
	}
	first, after := year.First(), year.Next().First()
	var out []report.Episode
	for i := range all {
		s := &all[i]
		if s.Alert.InhibitedBy != "" || !s.Raised.Before(after) || !s.Ended.IsZero() && s.Ended.Before(first) {
			continue
		}
		out = append(out, report.Episode{Alert: s.Alert, Case: s.Case, Raised: s.Raised, Ended: s.Ended})
	}
	return out, nil
}
