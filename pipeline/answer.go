package pipeline

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"zhibiao/ingest"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// addressed is the return that a receipt's number was given for; nil when there
// is none. The number comes out of a file and may be anything.
func (p *Pipeline) addressed(number string) *dossier {
	digits, _, _ := strings.Cut(strings.TrimPrefix(number, receipt.Prefix), "-")
	seq, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	d := p.dossiers[seq]
	if d == nil || len(d.decisions) == 0 || !strings.HasPrefix(number, receipt.Number(seq, d.received.SHA256)) {
		return nil
	}
	return d
}

// original is the file that a receipt's number was given for.
func (p *Pipeline) original(number string) (data []byte, file string, ok bool) {
	d := p.addressed(number)
	if d == nil {
		return nil, "", false
	}
	data, err := p.archive.read(d.received.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		p.Log.Error("the original of a receipt cannot be read", "receipt", number, "error", err)
		return nil, "", false
	}
	return data, d.received.File, true
}

// answer takes in a receipt that was sent back with explanations: the return that
// it answers is decided anew. The journal comes first, as with a ruling. An
// answer that no decision waits for is noted, and gets the receipt in force.
func (p *Pipeline) answer(ctx context.Context, e Entry, out *ingest.Outcome) (*receipt.Receipt, error) {
	d := p.addressed(out.Answer.Number)
	if d == nil {
		return nil, fmt.Errorf("answer %s: it answers no return", out.Answer.Number)
	}
	said := make(map[string]string, len(out.Answer.Explanations))
	for key, x := range out.Answer.Explanations {
		said[key] = x.Text
	}
	if d.verdict() != receipt.Awaiting {
		number := d.last().Receipt
		if _, err := p.record(Entry{
			At: p.next(e.At), Kind: Noted, Submission: d.received.Seq, Cause: e.Seq, Receipt: number, Explanations: said,
		}); err != nil {
			return nil, err
		}
		return p.readReceipt(number)
	}
	all := d.explanations()
	maps.Copy(all, said)
	data, err := p.archive.read(d.received.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return nil, err
	}
	again := p.process(d.received, data, all)
	first := d.decisions[0]
	if _, err := p.record(Entry{
		At: p.next(e.At), Kind: Decided, Submission: d.received.Seq, Verdict: string(again.Verdict), Cause: e.Seq, Explanations: said,
		Form: first.Form, Department: first.Department, Period: first.Period, Version: first.Version,
		Receipt: p.revised(d), Catalogue: p.Defs.Catalogue.Hash, TestData: first.TestData, Findings: len(again.Findings),
	}); err != nil {
		return nil, err
	}
	return p.carryOut(ctx, d)
}

// said is what is wrong with the explanations of an answer.
func (p *Pipeline) said(cause int64) (finding.List, error) {
	e := p.dossiers[cause].received
	data, err := p.archive.read(e.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return nil, err
	}
	return p.process(e, data, nil).Findings, nil
}
