package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/ingest"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/pipeline/warehouse"
)

// A Ruling is what 双城办 decides about a submission. It can accept, send back or
// withdraw a return; it can never change a figure (catalogue §5.17).
type Ruling struct {
	Submission int64
	Verdict    receipt.Verdict // Accepted, Returned or Withdrawn
	By         string          // who decides
	Why        string          // printed on the receipt
	At         time.Time
}

// A RulingError says why a ruling cannot be made: it is the operator's to mend.
type RulingError struct {
	Submission int64
	Why        string
	Findings   finding.List // mandatory ones that forbid to accept
}

// Error is one line; the findings are the caller's to print.
func (e *RulingError) Error() string { return fmt.Sprintf("submission %d: %s", e.Submission, e.Why) }

// rulings are the verdicts that may follow one another by hand.
var rulings = map[receipt.Verdict][]receipt.Verdict{
	receipt.Accepted: {receipt.Returned, receipt.Withdrawn},
	receipt.Pending:  {receipt.Accepted, receipt.Returned, receipt.Withdrawn},
	receipt.Awaiting: {receipt.Accepted, receipt.Returned, receipt.Withdrawn},
	receipt.Returned: {receipt.Accepted},
}

// Rule carries a ruling out and answers with the new receipt. The journal comes
// first: a crash after it is mended when the workspace is opened.
func (p *Pipeline) Rule(ctx context.Context, r Ruling) (*receipt.Receipt, error) {
	d, err := p.check(r)
	if err != nil {
		return nil, err
	}
	first := d.decisions[0]
	e := Entry{
		At: p.next(r.At), Kind: Decided, Submission: r.Submission, Verdict: string(r.Verdict),
		Form: first.Form, Department: first.Department, Period: first.Period, Version: first.Version,
		Receipt: p.revised(d), Catalogue: p.Defs.Catalogue.Hash, TestData: first.TestData,
		By: r.By, Why: r.Why,
	}
	if _, err := p.record(e); err != nil {
		return nil, err
	}
	return p.carryOut(ctx, d)
}

// check refuses a ruling that makes no sense.
func (p *Pipeline) check(r Ruling) (*dossier, error) {
	refuse := func(format string, args ...any) error {
		return &RulingError{Submission: r.Submission, Why: fmt.Sprintf(format, args...)}
	}
	d := p.dossiers[r.Submission]
	if d == nil || len(d.decisions) == 0 {
		return nil, refuse("没有这份报送")
	}
	if strings.TrimSpace(r.Why) == "" {
		return nil, refuse("须写明理由")
	}
	if !slices.Contains(rulings[d.verdict()], r.Verdict) {
		return nil, refuse("现为“%s”，不能改为“%s”", d.verdict().Name(), r.Verdict.Name())
	}
	if r.Verdict != receipt.Accepted {
		return d, nil
	}
	out, err := p.reread(d)
	if err != nil {
		return nil, err
	}
	if out.Findings.Refused() {
		e := &RulingError{Submission: r.Submission, Why: "强制性审核未通过，只能由报送单位改正后重报"}
		for _, f := range out.Findings {
			if f.Severity == finding.Mandatory {
				e.Findings = append(e.Findings, f)
			}
		}
		return nil, e
	}
	return d, nil
}

// revised is the number of the next receipt of a return.
func (p *Pipeline) revised(d *dossier) string {
	return fmt.Sprintf("%s-%d", receipt.Number(d.received.Seq, d.received.SHA256), len(d.decisions)+1)
}

// reread reads and checks a received return again, by what is known now and with
// what was explained meanwhile.
func (p *Pipeline) reread(d *dossier) (ingest.Outcome, error) {
	data, err := p.archive.read(d.received.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return ingest.Outcome{}, err
	}
	return p.process(d.received, data, d.explanations()), nil
}

// carryOut does what the newest decision of the journal on a return says: in the
// warehouse, then in its receipt. Done again, it changes nothing.
func (p *Pipeline) carryOut(ctx context.Context, d *dossier) (*receipt.Receipt, error) {
	r, err := p.apply(ctx, d)
	if err != nil {
		return nil, err
	}
	data, err := p.archive.read(d.received.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return nil, err
	}
	book, _ := workbook.Open(d.received.File, data, workbook.DefaultLimits())
	return r, p.writeReceipt(r, data, book)
}

// apply puts the newest decision of the journal on a return into the warehouse
// and words its receipt.
func (p *Pipeline) apply(ctx context.Context, d *dossier) (*receipt.Receipt, error) {
	r, out, err := p.conclude(ctx, d)
	if err != nil {
		return nil, err
	}
	sub := submission(d.received, r, &out)
	sub.Decision = decision(d)
	if err := p.DB.Redecide(ctx, sub, out.Observations, r.Findings); err != nil {
		return nil, err
	}
	return r, p.recall(ctx, time.Time{})
}

// decision is the newest decision on a return as the warehouse keeps it.
func decision(d *dossier) warehouse.Decision {
	e := d.last()
	return warehouse.Decision{
		Seq: len(d.decisions), Decided: e.At, State: warehouse.State(e.Verdict), Author: e.By, Remark: e.Why,
	}
}

// conclude words the newest decision on a return. What was accepted until now
// keeps the findings it had: checked again, it would find itself accepted.
func (p *Pipeline) conclude(ctx context.Context, d *dossier) (*receipt.Receipt, ingest.Outcome, error) {
	out, err := p.reread(d)
	if err != nil {
		return nil, out, err
	}
	e, before := d.last(), &d.decisions[len(d.decisions)-2]
	if receipt.Verdict(before.Verdict) == receipt.Accepted {
		if out.Findings, err = p.DB.Findings(ctx, d.received.Seq); err != nil {
			return nil, out, err
		}
		out.Changed, out.Checks = nil, receipt.Tally{}
	}
	if e.Cause != 0 {
		said, err := p.said(e.Cause)
		if err != nil {
			return nil, out, err
		}
		out.Findings = append(out.Findings, said...)
		out.Findings.Sort()
	}
	r := p.receipt(d.received, &out)
	r.Version = e.Version
	r.Number, r.Verdict, r.Revision, r.Decisions = e.Receipt, receipt.Verdict(e.Verdict), len(d.decisions), d.history()
	return r, out, nil
}
