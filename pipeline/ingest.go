package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"zhibiao/ingest"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// Ingest takes a file in: archived and entered in the journal before anything
// reads it, then read, checked, published whole or refused whole, and answered.
// The same bytes get the same receipt. The error is a failure of ours; what is
// wrong with the file is in the receipt.
func (p *Pipeline) Ingest(ctx context.Context, name string, received time.Time) (*receipt.Receipt, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	sum, size, err := p.archive.put(f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close %s: %w", name, cerr)
	}
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", name, err)
	}
	if number, ok := p.replies[sum]; ok {
		return p.readReceipt(number)
	}
	e, err := p.record(Entry{
		At: p.next(received), Kind: Received, SHA256: sum, Size: size, File: displayName(name),
	})
	if err != nil {
		return nil, err
	}
	return p.decide(ctx, e, "")
}

// next is a time, moved on when it is not after all that happened before: two
// returns never become known in the same microsecond, so that what was known
// before one of them is a question with an answer.
func (p *Pipeline) next(at time.Time) time.Time {
	at = at.UTC().Truncate(time.Microsecond)
	if !at.After(p.newest) {
		return p.newest.Add(time.Microsecond)
	}
	return at
}

// resume decides what was received and never decided: a crash came between.
func (p *Pipeline) resume(ctx context.Context) error {
	for _, e := range slices.Clip(p.journal.entries) {
		if e.Kind != Received {
			continue
		}
		if _, ok := p.replies[e.SHA256]; ok {
			continue
		}
		p.Log.Warn("deciding what a crash left open", "submission", e.Seq, "file", e.File)
		// The warehouse may have it already. It is judged by what was known before
		// it came, or it would find itself there and be its own duplicate.
		if err := p.recall(ctx, e.At.Add(-time.Microsecond)); err != nil {
			return err
		}
		if _, err := p.decide(ctx, e, ""); err != nil {
			return err
		}
		if err := p.recall(ctx, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// decide reaches the first verdict on a received file; forced is the verdict of
// the journal when it is replayed, "" otherwise. The order is what makes it safe:
// warehouse, receipt, journal. Each step repeats without harm, so a crash after
// any of them is mended by deciding again.
func (p *Pipeline) decide(ctx context.Context, e Entry, forced receipt.Verdict) (*receipt.Receipt, error) {
	data, err := p.archive.read(e.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return nil, err
	}
	out := p.process(e, data, nil)
	if out.Answer != nil {
		return p.answer(ctx, e, &out)
	}
	if forced != "" {
		out.Verdict = forced
	}
	r := p.receipt(e, &out)
	sub := submission(e, r, &out)
	if out.Verdict == receipt.Accepted {
		err = p.DB.Publish(ctx, sub, out.Observations, out.Findings)
	} else {
		err = p.DB.Refuse(ctx, sub, out.Findings)
	}
	if err != nil {
		return nil, fmt.Errorf("decide submission %d: %w", e.Seq, err)
	}
	if out.Verdict == receipt.Accepted {
		for i := range out.Observations {
			p.learn(&out.Observations[i], e.File)
		}
	}
	if forced != "" {
		return r, nil // the journal has it; receipts were written then
	}
	if err := p.writeReceipt(r, data, out.Book); err != nil {
		return nil, err
	}
	_, err = p.record(Entry{
		At: e.At, Kind: Decided, Submission: e.Seq, Verdict: string(out.Verdict), Receipt: r.Number,
		Form: r.Form, Department: r.Department, Period: r.Period, Version: r.Version,
		Findings: len(r.Findings), Catalogue: p.Defs.Catalogue.Hash, TestData: out.Return != nil && out.Return.TestData,
		Changed: out.Changed,
	})
	return r, err
}

// process reads and checks a return by what is known now. A sound return on a
// form that 双城办 accepts by hand is pending.
func (p *Pipeline) process(e Entry, data []byte, explanations map[string]string) ingest.Outcome {
	out := p.Defs.Checks.Process(ingest.Request{
		File: e.File, Data: data, Received: e.At, History: p.history, Explanations: explanations, Original: p.original,
		Prior: func(form, department string, q period.Period) (ingest.Prior, bool) {
			return p.accepted(returnKey{form, department, q})
		},
		Previous: func(form, department string, q period.Period) ([]byte, string, bool) {
			return p.previous(e.Seq, returnKey{form, department, q})
		},
	})
	if out.Verdict == receipt.Accepted && out.Return.Form.ByHand {
		out.Verdict = receipt.Pending
	}
	return out
}

// previous is the version of a return that a submission is compared with: the one
// in force, else the one filed before it.
func (p *Pipeline) previous(seq int64, k returnKey) (data []byte, file string, ok bool) {
	var before *dossier
	for _, d := range p.filed[k] {
		if d.received.Seq < seq && (before == nil || before.verdict() != receipt.Accepted || d.verdict() == receipt.Accepted) {
			before = d
		}
	}
	if before == nil {
		return nil, "", false
	}
	data, err := p.archive.read(before.received.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		p.Log.Error("the version before cannot be read", "submission", before.received.Seq, "error", err)
		return nil, "", false
	}
	return data, before.received.File, true
}

// receipt words the outcome.
func (p *Pipeline) receipt(e Entry, out *ingest.Outcome) *receipt.Receipt {
	r := &receipt.Receipt{
		Number: receipt.Number(e.Seq, e.SHA256), Verdict: out.Verdict, File: e.File, SHA256: e.SHA256, Size: e.Size,
		Received: e.At, Submission: e.Seq, Changed: out.Changed, Checks: out.Checks, Findings: out.Findings,
		Revision: 1, Contact: p.Defs.Forms.Contact,
	}
	ret := out.Return
	if ret == nil || ret.Form == nil {
		return r
	}
	r.Form, r.Title, r.Department, r.Period = ret.Form.Number, ret.Form.Title, ret.Department, ret.Period
	for i := range ret.Lines {
		r.Rows++
		for _, d := range ret.Lines[i].Data {
			if d.Number.Present() {
				r.Values++
			} else {
				r.Absent++
			}
		}
	}
	if r.Period.IsZero() || r.Department == "" {
		return r
	}
	r.Version = len(p.filed[returnKey{r.Form, r.Department, r.Period}]) + 1
	for _, x := range p.Defs.Forms.Expected(r.Period) {
		if x.Form.Number == r.Form && x.Department == r.Department && x.Period == r.Period {
			r.Due, r.Late = x.Due, r.Received.After(x.Due)
		}
	}
	return r
}

func submission(e Entry, r *receipt.Receipt, out *ingest.Outcome) warehouse.Submission {
	s := warehouse.Submission{
		ID: e.Seq, SHA256: e.SHA256, File: e.File, Form: r.Form, Department: r.Department, Period: r.Period,
		Version: r.Version, Received: e.At, Receipt: r.Number,
		Decision: warehouse.Decision{State: warehouse.State(out.Verdict)},
	}
	if out.Return != nil {
		s.FormVersion = out.Return.Version
	}
	return s
}

// writeReceipt writes the receipt: the department's own workbook for people, a
// page for the phone and the printer, JSON for programs. The JSON comes last: a
// receipt is there when it is.
func (p *Pipeline) writeReceipt(r *receipt.Receipt, original []byte, book *workbook.Book) error {
	base := filepath.Join(p.Home, ReceiptDir, r.Number)
	for _, face := range []struct {
		ext   string
		write func(io.Writer) error
	}{
		{BookReceipt, func(w io.Writer) error { return receipt.Workbook(w, r, original, book) }},
		{PageReceipt, func(w io.Writer) error { return receipt.HTML(w, r) }},
		{dataReceipt, func(w io.Writer) error { return receipt.JSON(w, r) }},
	} {
		var b bytes.Buffer
		if err := face.write(&b); err != nil {
			return err
		}
		if err := writeFile(base+face.ext, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// The faces of a receipt, by the ends of their names.
const (
	BookReceipt = ".xlsx"
	PageReceipt = ".html"
	dataReceipt = ".json"
)

// readReceipt reads a receipt that was written.
func (p *Pipeline) readReceipt(number string) (*receipt.Receipt, error) {
	data, err := os.ReadFile(filepath.Join(p.Home, ReceiptDir, number+dataReceipt))
	if err != nil {
		return nil, fmt.Errorf("read receipt: %w", err)
	}
	var r receipt.Receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read receipt %s: %w", number, err)
	}
	return &r, nil
}

// openRegular opens a file that is neither a link nor a device: what is in an
// inbox is not trusted to be what it seems.
func openRegular(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: want a regular file, not %s", name, info.Mode().Type())
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return f, nil
}

// displayName is the file's own name, without what could disturb a reader or a
// log: control and direction characters. It is never used as a path.
func displayName(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(filepath.Base(name), ""))
	if r := []rune(s); len(r) > 120 {
		s = string(r[:120])
	}
	return s
}
