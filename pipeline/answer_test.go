package pipeline_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"zhibiao/fixtures"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// explained writes a text into every 说明 cell of a receipt's workbook, as a
// statistician does, and saves it under a name.
func explained(t testing.TB, home string, r *receipt.Receipt, text, name string) string {
	t.Helper()
	f, err := excelize.OpenFile(filepath.Join(home, pipeline.ReceiptDir, r.Number+pipeline.BookReceipt))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	column, filled := 0, 0
	for i, row := range rows {
		for j, cell := range row {
			if strings.HasPrefix(cell, "说明（") {
				column = j + 1
			}
		}
		if column == 0 || len(row) == 0 || !strings.HasPrefix(row[0], "核") {
			continue
		}
		ref, err := excelize.CoordinatesToCellName(column, i+1)
		if err == nil {
			err = f.SetCellStr(f.GetSheetName(0), ref, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		filled++
	}
	if filled == 0 {
		t.Fatalf("the receipt has no place for a 说明:\n%q", rows)
	}
	out := filepath.Join(t.TempDir(), name)
	if err := f.SaveAs(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// awaiting is a workspace in which a return waits for an explanation.
func awaiting(t testing.TB) (p *pipeline.Pipeline, home string, defs *pipeline.Definitions, r *receipt.Receipt) {
	t.Helper()
	home, defs = workspace(t)
	p = open(t, home, defs)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城701表" && r.Period.Year() >= 2025 && r.Period.End < period.MustParse("2026-10").End
	})
	ingestAll(t, p, dir, list)
	for _, f := range fixtures.Faults(defs.Forms, defs.Catalogue) {
		if f.Fault != "ten-thousand-times" {
			continue
		}
		if err := fixtures.WriteAll(dir, []fixtures.Return{f}, defs.Forms, defs.Catalogue); err != nil {
			t.Fatal(err)
		}
		r = ingestAll(t, p, dir, []fixtures.Return{f})[0]
	}
	if r == nil || r.Verdict != receipt.Awaiting {
		t.Fatalf("want a return that waits for an explanation, got %+v", r)
	}
	return p, home, defs, r
}

const reason = "上年同期为部分口径，本期起按海关全口径统计，基数不可比。"

func TestAReceiptDroppedBackWithExplanationsDecidesTheReturn(t *testing.T) {
	p, home, defs, r := awaiting(t)
	before := evaluate(t, p)
	file := explained(t, home, r, reason, "说明.xlsx")
	got, err := p.Ingest(t.Context(), file, november.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got.Verdict != receipt.Accepted || got.Submission != r.Submission || got.Revision != 2 {
		t.Fatalf("want the return accepted by its second receipt, got\n%s", text(t, got))
	}
	if evaluate(t, p) == before {
		t.Error("nothing became known")
	}
	entries := len(p.Journal())
	again, err := p.Ingest(t.Context(), file, november)
	if err != nil || again.Number != got.Number || len(p.Journal()) != entries {
		t.Errorf("the same answer again: receipt %v, %v, %d new entries", again, err, len(p.Journal())-entries)
	}
	said := 0
	for _, e := range p.Journal() {
		said += len(e.Explanations)
	}
	if said == 0 {
		t.Error("the journal has no explanation")
	}
	at := november
	run, err := p.Run(t.Context(), "nightly", at, period.MustParse("2026-10"), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	rebuilt, err := pipeline.Rebuild(t.Context(), home, defs, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !rebuilt.Equal() || rebuilt.Hash != run.Assessment.Hash {
		t.Errorf("rebuilt %+v, want %s", rebuilt, run.Assessment.Hash)
	}
}

func TestAnExplanationThatExplainsNothingIsNotTaken(t *testing.T) {
	p, home, _, r := awaiting(t)
	defer p.Close()
	for i, words := range []string{"属实", "经核实，数据无误。", "无", "。。。。。。。。"} {
		file := explained(t, home, r, words, "空话.xlsx")
		got, err := p.Ingest(t.Context(), file, november.Add(time.Duration(i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != receipt.Awaiting || got.Revision != i+2 {
			t.Errorf("%q: verdict %s, revision %d, want 待说明 and %d", words, got.Verdict, got.Revision, i+2)
		}
		if !strings.Contains(text(t, got), "explanation-empty") {
			t.Errorf("%q: the receipt does not say what was wrong with it:\n%s", words, text(t, got))
		}
	}
	got, err := p.Ingest(t.Context(), explained(t, home, r, reason, "终于.xlsx"), november.Add(24*time.Hour))
	if err != nil || got.Verdict != receipt.Accepted {
		t.Errorf("a reason at last: %v, %v", got, err)
	}
}

func TestAnAnswerThatNobodyWaitsForIsNoted(t *testing.T) {
	p, home, defs, r := awaiting(t)
	file := explained(t, home, r, reason, "迟来.xlsx")
	returned := rule(t, p, ruling(r, receipt.Returned, november))
	hash := evaluate(t, p)
	got, err := p.Ingest(t.Context(), file, november.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got.Number != returned.Number || got.Verdict != receipt.Returned {
		t.Errorf("receipt %s %s, want that in force, %s", got.Number, got.Verdict, returned.Number)
	}
	if evaluate(t, p) != hash {
		t.Error("what 双城办 returned became known")
	}
	last := p.Journal()[len(p.Journal())-1]
	if last.Kind != pipeline.Noted || !slices.Contains(slices.Collect(maps.Values(last.Explanations)), reason) {
		t.Errorf("the journal ends with %+v, want the explanation noted", last)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs) // nothing is left open
	defer p.Close()
	if n := len(p.Journal()); n != int(last.Seq) {
		t.Errorf("%d entries after reopening, want %d", n, last.Seq)
	}
}

func TestACorrectedReceiptIsANewReturn(t *testing.T) {
	p, home, _, r := awaiting(t)
	defer p.Close()
	file := explained(t, home, r, reason, "改正.xlsx")
	f, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	place := r.Findings[0].Place
	if err := f.SetCellFloat(place.Sheet, place.Cell, 1234.5, -1, 64); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := p.Ingest(t.Context(), file, november)
	if err != nil {
		t.Fatal(err)
	}
	if got.Submission == r.Submission || got.Form != r.Form || got.Period != r.Period || got.Version != r.Version+1 {
		t.Errorf("want the next version of the return, got\n%s", text(t, got))
	}
}

func TestTheInboxAnswersWithAWorkbookAndAPage(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	name := strings.Repeat("长", 83) + ".xlsx" // 254 bytes: the longest a name can be
	file := filepath.Join(home, pipeline.InboxDir, name)
	if err := os.WriteFile(file, []byte("不是工作簿"), 0o644); err != nil {
		t.Fatal(err)
	}
	in := pipeline.Inbox{Pipeline: p}
	for range 2 {
		if _, err := in.Poll(t.Context(), november); err != nil {
			t.Fatal(err)
		}
	}
	for _, ext := range []string{pipeline.BookReceipt, pipeline.PageReceipt} {
		if got, err := filepath.Glob(filepath.Join(home, pipeline.InboxDir, "回执", "*"+ext)); err != nil || len(got) != 1 {
			t.Errorf("replies ending in %s: %v, %v", ext, got, err)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still in the inbox: %v", err)
	}
}
