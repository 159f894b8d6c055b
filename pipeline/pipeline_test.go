package pipeline_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/fixtures"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// A check of a law here is a workspace on disk: a dozen of them have to do.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func define(t testing.TB) *pipeline.Definitions {
	t.Helper()
	defs, found, err := pipeline.Define(indicator.Embedded(), form.Embedded())
	if err != nil || defs == nil {
		t.Fatalf("define: %v\n%v", err, found)
	}
	return defs
}

// open opens a workspace; it is closed with the test unless it was before.
func open(t testing.TB, home string, defs *pipeline.Definitions) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Open(t.Context(), home, defs, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func workspace(t testing.TB) (home string, defs *pipeline.Definitions) {
	t.Helper()
	home = t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	return home, define(t)
}

// samples writes the sound returns of some forms and years and lists them in
// the order of their arrival.
func samples(t testing.TB, defs *pipeline.Definitions, keep func(fixtures.Return) bool) (dir string, list []fixtures.Return) {
	t.Helper()
	dir = t.TempDir()
	for _, r := range fixtures.Plan(defs.Forms, defs.Catalogue) {
		if keep(r) {
			list = append(list, r)
		}
	}
	if err := fixtures.WriteAll(dir, list, defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	return dir, list
}

func quarterly2025(r fixtures.Return) bool {
	return r.Form == "双城900表" || r.Form == "双城101表" && r.Period.Year() >= 2025
}

func ingestAll(t testing.TB, p *pipeline.Pipeline, dir string, list []fixtures.Return) []*receipt.Receipt {
	t.Helper()
	var out []*receipt.Receipt
	for _, r := range list {
		rec, err := p.Ingest(t.Context(), filepath.Join(dir, r.Name), r.Received)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

func text(t *testing.T, r *receipt.Receipt) string {
	t.Helper()
	var b bytes.Buffer
	if err := receipt.Text(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheSameBytesGetTheSameReceipt(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool { return r.Form == "双城900表" })
	first := ingestAll(t, p, dir, list[:1])[0]
	other := filepath.Join(dir, "另一个名字.xlsx")
	data, err := os.ReadFile(filepath.Join(dir, list[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, data, 0o644); err != nil {
		t.Fatal(err)
	}
	entries := len(p.Journal())
	again, err := p.Ingest(t.Context(), other, list[0].Received.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(t, again), text(t, first); got != want {
		t.Errorf("the second receipt is\n%s\nwant\n%s", got, want)
	}
	if len(p.Journal()) != entries {
		t.Error("the same bytes were entered in the journal twice")
	}
}

func TestEveryDropGetsAReceiptEvenAnUnreadableOne(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	for name, data := range map[string]string{
		"空.xlsx": "", "乱.xlsx": "\x00\x01\x02", "文.xlsx": "不是工作簿", "头.xlsx": "PK\x03\x04", "=cmd|' C calc'!A1.xlsx": "x",
		"换行\n名\u202e.xlsx": "y",
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := p.Ingest(t.Context(), file, time.Now())
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if r.Verdict != receipt.Returned || len(r.Findings) == 0 {
			t.Errorf("%q: verdict %s with %d findings: want a return that says why", name, r.Verdict, len(r.Findings))
		}
		if strings.ContainsAny(r.File, "\n\u202e") {
			t.Errorf("the receipt shows the name %q", r.File)
		}
		if _, err := os.Stat(filepath.Join(home, pipeline.ReceiptDir, r.Number+pipeline.BookReceipt)); err != nil {
			t.Error(err)
		}
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	link := filepath.Join(t.TempDir(), "报表.xlsx")
	if err := os.Symlink("/etc/hostname", link); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Ingest(t.Context(), link, time.Now()); err == nil {
		t.Error("a link was taken in")
	}
}

func TestASecondReturnOfAPeriodIsADuplicate(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	for i, r := range ingestAll(t, p, dir, list) {
		if r.Verdict != receipt.Accepted {
			t.Fatalf("%s: %s", list[i].Name, text(t, r))
		}
	}
	last := list[len(list)-1]
	last.Reported = last.Reported.AddDate(0, 0, 1) // other bytes, the same return
	last.Name = "再报.xlsx"
	if err := fixtures.WriteAll(dir, []fixtures.Return{last}, defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	r, err := p.Ingest(t.Context(), filepath.Join(dir, last.Name), last.Received.AddDate(0, 0, 3))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != receipt.Returned || !strings.Contains(text(t, r), "[R34]") {
		t.Errorf("want a return by R34, got\n%s", text(t, r))
	}
}

func TestAReopenedWorkspaceKnowsWhatItKnew(t *testing.T) {
	home, defs := workspace(t)
	dir, list := samples(t, defs, quarterly2025)
	p := open(t, home, defs)
	ingestAll(t, p, dir, list)
	before := evaluate(t, p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	defer p.Close()
	if after := evaluate(t, p); after != before {
		t.Errorf("KPI hash %s after reopening, %s before", after, before)
	}
	if r := ingestAll(t, p, dir, list[:1])[0]; r.Submission != 2 { // the first entry names the definitions
		t.Errorf("submission %d for bytes that were the first", r.Submission)
	}
}

var november = time.Date(2026, 11, 20, 9, 0, 0, 0, period.Shanghai)

func evaluate(t testing.TB, p *pipeline.Pipeline) string {
	t.Helper()
	a, err := p.Evaluate(t.Context(), period.MustParse("2026-10"), november)
	if err != nil {
		t.Fatal(err)
	}
	return a.Hash
}

func TestRebuildGivesTheSameHashes(t *testing.T) {
	home, defs := workspace(t)
	dir, list := samples(t, defs, quarterly2025)
	p := open(t, home, defs)
	ingestAll(t, p, dir, list)
	for _, m := range []string{"2026-03", "2026-06", "2026-10"} {
		q := period.MustParse(m)
		at := q.Next().Last()
		if _, err := p.Run(t.Context(), "nightly", at, q, at); err != nil {
			t.Fatal(err)
		}
	}
	want := evaluate(t, p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(home, "data")); err != nil { // the disk of the warehouse is lost
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Open(t.Context(), home, defs, quiet); !errors.Is(err, pipeline.ErrIncomplete) {
		t.Fatalf("open without the warehouse: %v, want ErrIncomplete", err)
	}
	r, err := pipeline.Rebuild(t.Context(), home, defs, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Equal() || r.Runs != 3 || r.Submissions != len(list) {
		t.Errorf("rebuilt %+v: want %d submissions, 3 runs, equal hashes", r, len(list))
	}
	p = open(t, home, defs)
	defer p.Close()
	if got := evaluate(t, p); got != want {
		t.Errorf("KPI hash %s after the rebuild, %s before", got, want)
	}
}

func TestARunDoneTwiceChangesNothing(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	q := period.MustParse("2026-10")
	first, err := p.Run(t.Context(), "nightly", november, q, november)
	if err != nil {
		t.Fatal(err)
	}
	entries := len(p.Journal())
	again, err := p.Run(t.Context(), "nightly", november, q, november)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID != first.ID || again.Assessment.Hash != first.Assessment.Hash || len(again.Changed) != 0 {
		t.Errorf("the second run is %s with hash %s and %d changes", again.ID, again.Assessment.Hash, len(again.Changed))
	}
	if len(p.Journal()) != entries {
		t.Error("the second run was entered in the journal")
	}
}

func TestAnAlteredJournalIsNotOpened(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list[:3])
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(home, "journal.jsonl")
	sound, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(sound, []byte("\n"))
	for what, data := range map[string][]byte{
		"a verdict is changed":    bytes.Replace(sound, []byte(`"accepted"`), []byte(`"returned"`), 1),
		"a line is taken out":     bytes.Join(append(append([][]byte{}, lines[0]), lines[2:]...), nil),
		"two lines change places": bytes.Join(append([][]byte{lines[1], lines[0]}, lines[2:]...), nil),
		"a blank is added":        bytes.Replace(sound, []byte(`,"kind"`), []byte(`, "kind"`), 1),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := pipeline.Open(t.Context(), home, defs, quiet)
		if _, ok := errors.AsType[*pipeline.BrokenError](err); !ok {
			t.Errorf("%s: error %v, want a BrokenError", what, err)
		}
	}
}

func TestATornLastLineIsCutOffAndKept(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list[:2])
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(home, "journal.jsonl")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":6,"at":"2026`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	defer p.Close()
	if n := len(p.Journal()); n != 5 {
		t.Errorf("%d entries, want 5", n)
	}
	torn, err := filepath.Glob(name + ".torn-*")
	if err != nil || len(torn) != 1 {
		t.Errorf("torn pieces %v, %v: want one", torn, err)
	}
}

func TestAnInboxFileIsTakenWhenItHasComeToRest(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool { return r.Form == "双城900表" })
	inbox := filepath.Join(home, pipeline.InboxDir)
	file := filepath.Join(inbox, list[0].Name)
	data, err := os.ReadFile(filepath.Join(dir, list[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	poll := func(in *pipeline.Inbox) int {
		taken, err := in.Poll(t.Context(), november)
		if err != nil {
			t.Fatal(err)
		}
		return len(taken)
	}
	in := &pipeline.Inbox{Pipeline: p}
	for _, half := range [][]byte{data[:100], data} { // still being copied
		if err := os.WriteFile(file, half, 0o644); err != nil {
			t.Fatal(err)
		}
		if n := poll(in); n != 0 {
			t.Fatalf("%d files taken while one is being copied", n)
		}
	}
	for _, other := range []string{"~$" + list[0].Name, ".~报表.xlsx", "x.tmp", "Thumbs.db"} {
		if err := os.WriteFile(filepath.Join(inbox, other), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n := poll(in); n != 1 {
		t.Fatalf("%d files taken, want 1", n)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still in the inbox: %v", err)
	}
	replies, err := filepath.Glob(filepath.Join(inbox, "回执", "*.xlsx"))
	if err != nil || len(replies) != 1 {
		t.Errorf("receipts beside the inbox %v, %v: want one", replies, err)
	}
	if n := poll(in) + poll(in); n != 0 {
		t.Errorf("%d more files taken: lock and temporary files are no returns", n)
	}
}

func TestExplainEndsAtTheCells(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	s, err := p.Explain(t.Context(), "GDP.SHARE_MUA.ALL", period.MustParse("2026-Q3"), november)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Value.OK {
		t.Fatalf("no value: %s", s.Absence)
	}
	var leaves []*pipeline.Step
	var walk func(*pipeline.Step)
	walk = func(s *pipeline.Step) {
		if s.Source != nil {
			leaves = append(leaves, s)
		}
		for _, c := range s.Steps {
			walk(c)
		}
	}
	walk(s)
	if len(leaves) != 2 {
		t.Fatalf("%d cells, want those of 全域 and 主城都市区", len(leaves))
	}
	for _, l := range leaves {
		want, ok := fixtures.Value(l.Code, l.Period)
		if !ok || l.Source.Filed != want {
			t.Errorf("%s: filed %s, want %s", l.Code, l.Source.Filed, want)
		}
		if l.Source.Cell == "" || l.Source.SHA256 == "" || !strings.Contains(l.Source.File, "双城101表") {
			t.Errorf("%s: source %+v does not name its cell", l.Code, l.Source)
		}
	}
}

func TestLookingBackChangesNoAlert(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	q := period.MustParse("2026-10")
	if _, err := p.Run(t.Context(), "nightly", november, q, november); err != nil {
		t.Fatal(err)
	}
	before, err := p.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, back := range []struct {
		period string
		asOf   time.Time
	}{{"2026-03", november.AddDate(0, 0, 1)}, {"2026-10", november.AddDate(0, -6, 0)}} {
		run, err := p.Run(t.Context(), "report", back.asOf, period.MustParse(back.period), back.asOf)
		if err != nil {
			t.Fatal(err)
		}
		after, err := p.Alerts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(run.Changed) != 0 || !cmp.Equal(after, before) {
			t.Errorf("evaluating %s as of %s changed %d alerts", back.period, back.asOf, len(run.Changed))
		}
		if len(run.Alerts) != 0 {
			t.Errorf("evaluating %s as of %s shows %d alerts of a later time", back.period, back.asOf, len(run.Alerts))
		}
	}
}

// A crash after the warehouse has a return and before the journal says so must
// end as if it had not happened, for a revision too: judged by what was known
// before it came, it is no duplicate of itself.
func TestACrashBetweenWarehouseAndJournalIsMended(t *testing.T) {
	home, defs := workspace(t)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period == period.MustParse("2024-Q4")
	})
	if len(list) < 2 || list[len(list)-1].Vintage == "" {
		t.Fatalf("want a return and its revision, got %d", len(list))
	}
	p := open(t, home, defs)
	want := ingestAll(t, p, dir, list)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(home, "journal.jsonl")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if err := os.WriteFile(name, bytes.Join(lines[:len(lines)-2], nil), 0o644); err != nil { // the last decision
		t.Fatal(err)
	}
	p = open(t, home, defs)
	defer p.Close()
	last := p.Journal()[len(p.Journal())-1]
	if last.Kind != pipeline.Decided || last.Verdict != string(want[len(want)-1].Verdict) || last.Receipt != want[len(want)-1].Number {
		t.Errorf("after the crash: %+v, want verdict %s", last, want[len(want)-1].Verdict)
	}
}

func TestAnOversizeFileIsArchivedWholeAndRefused(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	file := filepath.Join(t.TempDir(), "大.xlsx")
	if err := os.WriteFile(file, []byte("PK\x03\x04"), 0o644); err != nil {
		t.Fatal(err)
	}
	const size = 30 << 20
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	r, err := p.Ingest(t.Context(), file, november)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != receipt.Returned || r.Size != size {
		t.Errorf("verdict %s of %d bytes: want a refusal of %d", r.Verdict, r.Size, size)
	}
	info, err := os.Stat(filepath.Join(home, "archive", r.SHA256[:2], r.SHA256))
	if err != nil || info.Size() != size {
		t.Errorf("the archive has %v, %v: want %d bytes", info, err, size)
	}
}

func TestADamagedOriginalStopsARebuild(t *testing.T) {
	home, defs := workspace(t)
	dir, list := samples(t, defs, quarterly2025)
	p := open(t, home, defs)
	r := ingestAll(t, p, dir, list[:1])[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(home, "archive", r.SHA256[:2], r.SHA256)
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Rebuild(t.Context(), home, defs, quiet); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("rebuild over a damaged original: %v", err)
	}
	if _, err := os.Stat(filepath.Join(home, "data", "zhibiao.duckdb")); err != nil {
		t.Errorf("the old warehouse is gone: %v", err)
	}
}
