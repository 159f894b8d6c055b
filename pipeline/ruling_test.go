package pipeline_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/fixtures"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

// redefine is the built-in definitions with some texts of some files replaced.
func redefine(t testing.TB, replace map[string][2]string) *pipeline.Definitions {
	t.Helper()
	edited := func(fsys fs.FS) fs.FS {
		out := fstest.MapFS{}
		names, err := fs.Glob(fsys, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				t.Fatal(err)
			}
			if r, ok := replace[name]; ok {
				if !bytes.Contains(data, []byte(r[0])) {
					t.Fatalf("%s does not say %q", name, r[0])
				}
				data = bytes.Replace(data, []byte(r[0]), []byte(r[1]), 1)
			}
			out[name] = &fstest.MapFile{Data: data}
		}
		return out
	}
	defs, found, err := pipeline.Define(edited(indicator.Embedded()), edited(form.Embedded()))
	if err != nil || defs == nil {
		t.Fatalf("define: %v\n%v", err, found)
	}
	return defs
}

func byHand(t testing.TB) *pipeline.Definitions {
	return redefine(t, map[string][2]string{"forms.yaml": {"accept: auto", "accept: by_hand"}})
}

// ruling is one of 双城办 about a return.
func ruling(r *receipt.Receipt, v receipt.Verdict, at time.Time) pipeline.Ruling {
	return pipeline.Ruling{Submission: r.Submission, Verdict: v, By: "双城办", Why: "与市统计局反馈数核对。", At: at}
}

func rule(t testing.TB, p *pipeline.Pipeline, r pipeline.Ruling) *receipt.Receipt {
	t.Helper()
	rec, err := p.Rule(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestASoundReturnOnAFormAcceptedByHandWaitsFor双城办(t *testing.T) {
	home := t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	defs := byHand(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	recs := ingestAll(t, p, dir, list)
	for _, r := range recs {
		if r.Verdict != receipt.Pending {
			t.Fatalf("want 待验收, got\n%s", text(t, r))
		}
	}
	if filed, err := p.DB.Observations(t.Context(), nil, time.Time{}); err != nil || len(filed) != 0 {
		t.Errorf("%d figures are known before they are accepted, %v", len(filed), err)
	}
	last := recs[0]
	for i, r := range recs {
		last = rule(t, p, ruling(r, receipt.Accepted, list[i].Received.Add(time.Hour)))
	}
	if last.Verdict != receipt.Accepted || last.Revision != 2 || len(last.Decisions) != 1 || last.Decisions[0].By != "双城办" {
		t.Errorf("the receipt of the acceptance is %+v", last)
	}
	// The same bytes get the newest receipt.
	again, err := p.Ingest(t.Context(), filepath.Join(dir, list[len(list)-1].Name), november)
	if err != nil {
		t.Fatal(err)
	}
	if again.Number != last.Number {
		t.Errorf("the same bytes got receipt %s, want %s", again.Number, last.Number)
	}
	auto, other := workspace(t)
	q := open(t, auto, other)
	defer q.Close()
	ingestAll(t, q, dir, list)
	if got, want := evaluate(t, p), evaluate(t, q); got != want {
		t.Errorf("KPI hash %s, want %s of returns accepted by themselves", got, want)
	}
}

func TestARevisionThatIsWithdrawnIsAsIfItHadNotBeen(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool { return r.Form == "双城101表" && r.Period.Year() <= 2024 })
	n := len(list) - 1
	if list[n].Vintage == "" {
		t.Fatalf("want a revision last, got %s", list[n].Name)
	}
	ingestAll(t, p, dir, list[:n])
	before := evaluate(t, p)
	rec := ingestAll(t, p, dir, list[n:])[0]
	if evaluate(t, p) == before {
		t.Fatal("the revision changed nothing: the test tests nothing")
	}
	im, err := p.Preview(t.Context(), ruling(rec, receipt.Withdrawn, november))
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Changes) == 0 {
		t.Error("the preview of the withdrawal shows no change")
	}
	rule(t, p, ruling(rec, receipt.Withdrawn, november.Add(-time.Hour)))
	if got := evaluate(t, p); got != before {
		t.Errorf("KPI hash %s after the withdrawal, %s before the revision", got, before)
	}
	after, err := p.Evaluate(t.Context(), im.Period, november)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range im.Changes {
		for i := range after.Results {
			if r := &after.Results[i]; r.Code == c.Code && (r.Value != c.After || r.Lamp != c.Is) {
				t.Errorf("%s is %v %s, the preview said %v %s", c.Code, r.Value, r.Lamp, c.After, c.Is)
			}
		}
	}
	if err := p.DB.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAPreviewChangesNothing(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	recs := ingestAll(t, p, dir, list)
	q := period.MustParse("2026-09")
	run, err := p.Run(t.Context(), "nightly", november, q, november)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), run, report.Monthly, t.TempDir(), pipeline.Formats); err != nil {
		t.Fatal(err)
	}
	entries, hash := len(p.Journal()), evaluate(t, p)
	im, err := p.Preview(t.Context(), ruling(recs[len(recs)-1], receipt.Returned, november.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Changes) == 0 || len(im.Reports) != 1 || im.Reports[0].Run != run.ID || len(im.Reports[0].Changed) == 0 {
		t.Errorf("the preview says %d changes and %+v", len(im.Changes), im.Reports)
	}
	if len(p.Journal()) != entries || evaluate(t, p) != hash {
		t.Error("the preview changed the record")
	}
	if err := p.DB.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARulingThatMakesNoSenseIsRefused(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	recs := ingestAll(t, p, dir, list[:2])
	bad := filepath.Join(dir, "坏.xlsx")
	if err := os.WriteFile(bad, []byte("不是工作簿"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused, err := p.Ingest(t.Context(), bad, november)
	if err != nil {
		t.Fatal(err)
	}
	withdrawn := rule(t, p, ruling(recs[1], receipt.Withdrawn, november))
	silent := ruling(recs[0], receipt.Returned, november)
	silent.Why = " "
	for what, r := range map[string]pipeline.Ruling{
		"no such submission":           {Submission: 9999, Verdict: receipt.Accepted, Why: "试", At: november},
		"no reason":                    silent,
		"accepted already":             ruling(recs[0], receipt.Accepted, november),
		"a mandatory finding is left":  ruling(refused, receipt.Accepted, november),
		"withdrawn for good":           ruling(withdrawn, receipt.Accepted, november),
		"no verdict of this kind":      ruling(recs[0], receipt.Awaiting, november),
		"a verdict that is no verdict": ruling(recs[0], "改数", november),
	} {
		entries := len(p.Journal())
		_, err := p.Rule(t.Context(), r)
		if _, ok := errors.AsType[*pipeline.RulingError](err); !ok {
			t.Errorf("%s: error %v, want a RulingError", what, err)
		}
		if len(p.Journal()) != entries {
			t.Errorf("%s was entered in the journal", what)
		}
	}
}

// A crash after the journal has a ruling and before the warehouse has it ends as
// if it had not happened.
func TestACrashInTheMiddleOfARulingIsMended(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	dir, list := samples(t, defs, quarterly2025)
	recs := ingestAll(t, p, dir, list)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(home, "data", "zhibiao.duckdb")
	before, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	want := rule(t, p, ruling(recs[len(recs)-1], receipt.Returned, november))
	hash := evaluate(t, p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, before, 0o644); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(home, pipeline.ReceiptDir, want.Number+".json")
	if err := os.Remove(written); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	defer p.Close()
	if got := evaluate(t, p); got != hash {
		t.Errorf("KPI hash %s after the crash, want %s", got, hash)
	}
	if _, err := os.Stat(written); err != nil {
		t.Error(err)
	}
}

// full lives through returns, a rejection, a resubmission, a withdrawal and a
// change of the catalogue, and returns the hash of every evaluation.
func full(t *testing.T, home string, defs, changed *pipeline.Definitions) (hashes []string) {
	t.Helper()
	p := open(t, home, defs)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period.Year() <= 2025 || r.Form == "双城900表"
	})
	run := func(at time.Time) {
		q := period.Containing(period.Month, at).Prev()
		r, err := p.Run(t.Context(), "nightly", at, q, at)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, r.Assessment.Hash)
	}
	recs := ingestAll(t, p, dir, list)
	run(november)
	last := len(recs) - 1
	rule(t, p, ruling(recs[last], receipt.Returned, november.AddDate(0, 0, 1)))
	run(november.AddDate(0, 0, 2))
	mended := list[last]
	mended.Reported, mended.Name = mended.Reported.AddDate(0, 0, 1), "重报.xlsx"
	if err := fixtures.WriteAll(dir, []fixtures.Return{mended}, defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	again, err := p.Ingest(t.Context(), filepath.Join(dir, mended.Name), november.AddDate(0, 0, 3))
	if err != nil {
		t.Fatal(err)
	}
	if again.Verdict != receipt.Accepted || again.Version != recs[last].Version+1 {
		t.Fatalf("the resubmission is version %d:\n%s", again.Version, text(t, again))
	}
	run(november.AddDate(0, 0, 4))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, changed)
	rule(t, p, ruling(recs[0], receipt.Withdrawn, november.AddDate(0, 0, 5)))
	run(november.AddDate(0, 0, 6))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return hashes
}

func TestRebuildGivesTheSameHashesAfterRulingsAndAChangeOfTheCatalogue(t *testing.T) {
	home, defs := workspace(t)
	changed := redefine(t, map[string][2]string{"settings.yaml": {"scope: DIR", "scope: ALL"}})
	hashes := full(t, home, defs, changed)
	for i := range hashes[1:] {
		if hashes[i] == hashes[i+1] {
			t.Errorf("evaluations %d and %d are equal: the test tests nothing", i, i+1)
		}
	}
	r, err := pipeline.Rebuild(t.Context(), home, changed, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Equal() || r.Runs != len(hashes) || r.Hash != hashes[len(hashes)-1] {
		t.Errorf("rebuilt %+v: want %d runs ending in %s, all equal", r, len(hashes), hashes[len(hashes)-1])
	}
}

func TestABackupIsRestoredAndGivesTheSameHashes(t *testing.T) {
	home, defs := workspace(t)
	changed := redefine(t, map[string][2]string{"settings.yaml": {"scope: DIR", "scope: ALL"}})
	hashes := full(t, home, defs, changed)
	dir := filepath.Join(t.TempDir(), "备份")
	backup := func() *pipeline.Manifest {
		p := open(t, home, changed)
		defer p.Close()
		m, err := p.Backup(dir, november)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := backup(); m.Copied == 0 {
		t.Error("nothing was copied")
	}
	if m := backup(); m.Copied != 0 {
		t.Errorf("%d files were copied again", m.Copied)
	}
	r, err := pipeline.VerifyBackup(t.Context(), dir, changed, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Equal() || r.Hash != hashes[len(hashes)-1] {
		t.Errorf("the backup gives %+v, want %s", r, hashes[len(hashes)-1])
	}
	// A workspace that is not the backup's, and a backup that was damaged.
	other, _ := workspace(t)
	q := open(t, other, defs)
	if _, err := q.Backup(dir, november); err == nil {
		t.Error("another workspace was backed up over it")
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	victim, err := filepath.Glob(filepath.Join(dir, "archive", "*", "*"))
	if err != nil || len(victim) == 0 {
		t.Fatal(err, victim)
	}
	if err := os.Chmod(victim[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(victim[0], []byte("别的"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.VerifyBackup(t.Context(), dir, changed, quiet); err == nil {
		t.Error("a damaged backup was believed")
	}
	if _, err := pipeline.Restore(t.Context(), dir, home, changed, quiet); err == nil {
		t.Error("a backup was restored over a workspace")
	}
}

func TestTheRecordIsVerifiedWithoutTheLock(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	recs := ingestAll(t, p, dir, list[:3])
	a, err := pipeline.Verify(home)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Problems) != 0 || a.Head != p.Head() || a.Originals != 4 || a.Receipts != 3 {
		t.Errorf("a sound record is %+v", a)
	}
	problem := func(what, name string, data []byte) {
		t.Helper()
		sound, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(name, 0o644), os.Remove(name)); err != nil {
			t.Fatal(err)
		}
		if data != nil {
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		a, err := pipeline.Verify(home)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Problems) != 1 {
			t.Errorf("%s: problems %q, want one", what, a.Problems)
		}
		if err := os.WriteFile(name, sound, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	original := filepath.Join(home, "archive", recs[0].SHA256[:2], recs[0].SHA256)
	problem("an original is gone", original, nil)
	problem("an original is another", original, []byte("别的"))
	problem("a receipt is gone", filepath.Join(home, pipeline.ReceiptDir, recs[1].Number+".json"), nil)
	name := filepath.Join(home, "journal.jsonl")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	problem("the journal was changed", name, bytes.Replace(text, []byte(`"accepted"`), []byte(`"returned"`), 1))
}

func TestTheReportOfARunIsTheSameBytesWheneverItIsMade(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	n := len(list) - 2
	ingestAll(t, p, dir, list[:n])
	made := func(run *pipeline.Run) map[string][]byte {
		t.Helper()
		if err := p.Report(t.Context(), run, report.Monthly, t.TempDir(), pipeline.Formats); err != nil {
			t.Fatal(err)
		}
		out := make(map[string][]byte)
		for _, f := range run.Files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(f)] = data
		}
		return out
	}
	at := list[n].Received.Add(-time.Hour)
	q := period.Containing(period.Month, at).Prev()
	run, err := p.Run(t.Context(), "nightly", at, q, at)
	if err != nil {
		t.Fatal(err)
	}
	first := made(run)
	recs := ingestAll(t, p, dir, list[n:])
	later, err := p.Run(t.Context(), "nightly", november, q.Next(), november)
	if err != nil {
		t.Fatal(err)
	}
	made(later)
	rule(t, p, ruling(recs[0], receipt.Returned, november.Add(time.Hour)))
	if id := p.RunAt(q, at); id != run.ID {
		t.Fatalf("the run of that time is %q, want %s", id, run.ID)
	}
	again, err := p.Recall(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, made(again)); diff != "" {
		t.Errorf("the report differs (-then +now)\n%.2000s", diff)
	}
}

func TestTheLifeOfAFigureNamesEveryChangeAndItsCause(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period == period.MustParse("2024-Q4")
	})
	recs := ingestAll(t, p, dir, list)
	last := recs[len(recs)-1]
	rule(t, p, ruling(last, receipt.Withdrawn, november))
	lives, err := p.Revisions(t.Context(), "GDP.TOTAL.ALL", period.MustParse("2024-Q4"))
	if err != nil {
		t.Fatal(err)
	}
	var values []pipeline.Revision
	for _, r := range lives {
		if r.Measure == indicator.ValueMeasure {
			values = append(values, r)
		}
	}
	if len(values) != 3 {
		t.Fatalf("%d revisions, want first, revised, withdrawn", len(values))
	}
	first, revised, end := values[0], values[1], values[2]
	if first.Was != nil || first.Is == nil || first.Submission != recs[0].Submission {
		t.Errorf("first: %+v", first)
	}
	if !revised.Change.OK || revised.Is.Vintage != indicator.Final || revised.Is.Source.Cell == "" {
		t.Errorf("revised: %+v", revised)
	}
	if end.Event != receipt.Withdrawn || end.By != "双城办" || end.Is.Filed != first.Is.Filed || end.Was.Filed != revised.Is.Filed {
		t.Errorf("withdrawn: %+v", end)
	}
}

func TestTheLadderOfRemindersGoesUpOnceADay(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	workdays := func(at time.Time, n int) time.Time { return at.AddDate(0, 0, n) }
	chase := func(day string) map[string]int {
		t.Helper()
		at, err := time.ParseInLocation("2006-01-02 15:04", day+" 08:30", period.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		notices, file, err := p.Chase(t.Context(), at, workdays)
		if err != nil {
			t.Fatal(err)
		}
		steps := make(map[string]int)
		for _, n := range notices {
			if n.Period == period.MustParse("2026-09") && n.Form == "双城501表" {
				steps[n.Step]++
			}
		}
		if len(notices) > 0 {
			data, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(data), "催报单") {
				t.Errorf("the ledger of %s: %v", day, err)
			}
		}
		return steps
	}
	for _, step := range []struct {
		day  string
		want map[string]int
	}{
		{"2026-10-14", map[string]int{}},
		{"2026-10-15", map[string]int{"T-3": 1}},
		{"2026-10-15", map[string]int{}},
		{"2026-10-18", map[string]int{"T": 1}},
		{"2026-10-21", map[string]int{"T+3": 1}}, // two days down: only the newest
		{"2026-10-22", map[string]int{}},
		{"2026-10-23", map[string]int{"T+5": 1}},
		{"2026-10-30", map[string]int{}},
	} {
		if diff := cmp.Diff(step.want, chase(step.day)); diff != "" {
			t.Errorf("on %s (-want +got)\n%s", step.day, diff)
		}
	}
	// What is filed is chased no longer.
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城501表" && r.Period == period.MustParse("2026-08")
	})
	ingestAll(t, p, dir, list)
	notices, _, err := p.Chase(t.Context(), november, workdays)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notices {
		if n.Form == "双城501表" && n.Period == period.MustParse("2026-08") {
			t.Errorf("chased what was filed: %+v", n)
		}
	}
}

func TestRatesCountWhatWasExpectedByThen(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城501表" && r.Period == period.MustParse("2026-01")
	})
	ingestAll(t, p, dir, list)
	filings, err := p.Filings(t.Context(), period.MustParse("2026-01"), november)
	if err != nil {
		t.Fatal(err)
	}
	rates := p.Rates(filings)
	all := rates[len(rates)-1]
	if all.Expected != 1 || all.Filed != 1 || all.Exempt != 3 || all.FiledRate() != "100.0%" {
		t.Errorf("January 2026: %+v, want one expected and filed, three exempt", all)
	}
	filings, err = p.Filings(t.Context(), period.MustParse("2026-09"), november)
	if err != nil {
		t.Fatal(err)
	}
	rates = p.Rates(filings)
	if all = rates[len(rates)-1]; all.Filed != 0 || all.Missing != all.Expected || all.FiledRate() != "0.0%" || all.Exempt != 0 {
		t.Errorf("September 2026, nothing filed: %+v", all)
	}
	if none := (pipeline.Rate{}); none.FiledRate() != "—" {
		t.Errorf("of nothing expected the rate is %s, want —", none.FiledRate())
	}
}

// The order in which returns of different forms and periods come is irrelevant
// to what is known in the end.
func TestTheOrderOfSubmissionsIsIrrelevant(t *testing.T) {
	defs := define(t)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Vintage == "" && r.Period.Year() >= 2025 && (r.Form == "双城101表" || r.Form == "双城301表" && r.Period.LastMonth()%4 == 0)
	})
	var want string
	rapid.Check(t, func(rt *rapid.T) {
		home := t.TempDir()
		if err := pipeline.Init(home); err != nil {
			rt.Fatal(err)
		}
		p := open(t, home, defs)
		defer p.Close()
		order := list
		if want != "" {
			order = rapid.Permutation(list).Draw(rt, "order")
		}
		for _, r := range order {
			rec, err := p.Ingest(t.Context(), filepath.Join(dir, r.Name), november.Add(-time.Hour))
			if err != nil {
				rt.Fatal(err)
			}
			if rec.Verdict != receipt.Accepted {
				rt.Fatalf("%s: %s", r.Name, text(t, rec))
			}
		}
		got := evaluate(t, p)
		if want == "" {
			want = got
		}
		if got != want {
			rt.Fatalf("KPI hash %s, want %s", got, want)
		}
	})
}

func TestTheNextVersionSaysWhichCellsDiffer(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城701表" && r.Period == period.MustParse("2026-04")
	})
	for _, f := range fixtures.Faults(defs.Forms, defs.Catalogue) {
		if f.Fault == "part-over-city" { // one figure of this return
			list = append([]fixtures.Return{f}, list...)
		}
	}
	if err := fixtures.WriteAll(dir, list[:1], defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	recs := ingestAll(t, p, dir, list)
	if len(recs) != 2 || recs[0].Verdict != receipt.Returned || recs[1].Version != 2 {
		t.Fatalf("want a return sent back and its next version, got %+v", recs)
	}
	changed := recs[1].Changed
	if len(changed) != 1 || changed[0].Old != "2814.77亿元" || changed[0].Old == changed[0].New {
		t.Errorf("changed %+v, want the one figure that was mended", changed)
	}
	if last := p.Journal()[len(p.Journal())-1]; !cmp.Equal(last.Changed, changed) {
		t.Errorf("the journal says %+v, the receipt %+v", last.Changed, changed)
	}
}

// Whatever was lived through, in whatever order: what a rebuild makes of archive,
// journal and definitions is what was there.
func TestARebuildIsWhatWasLivedThrough(t *testing.T) {
	defs := byHand(t)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period.Year() >= 2024 && r.Period.Year() <= 2025
	})
	bad := filepath.Join(dir, "坏.xlsx")
	if err := os.WriteFile(bad, []byte("不是工作簿"), 0o644); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		home, err := os.MkdirTemp(dir, "home-*")
		if err != nil {
			rt.Fatal(err)
		}
		if err := pipeline.Init(home); err != nil {
			rt.Fatal(err)
		}
		p := open(t, home, defs)
		var recs []*receipt.Receipt
		at := november
		for range rapid.IntRange(3, 14).Draw(rt, "steps") {
			at = at.Add(time.Hour)
			switch what := rapid.SampledFrom([]string{"drop", "drop", "drop", "rule", "rule", "run", "bad"}).Draw(rt, "what"); {
			case what == "bad":
				_, err = p.Ingest(t.Context(), bad, at)
			case what == "run":
				_, err = p.Run(t.Context(), "nightly", at, period.MustParse("2025-12"), at)
			case what == "rule" && len(recs) > 0:
				r := rapid.SampledFrom(recs).Draw(rt, "return")
				v := rapid.SampledFrom([]receipt.Verdict{receipt.Accepted, receipt.Returned, receipt.Withdrawn}).Draw(rt, "verdict")
				_, err = p.Rule(t.Context(), ruling(r, v, at))
				if _, no := errors.AsType[*pipeline.RulingError](err); no {
					err = nil // it made no sense, and nothing came of it
				}
			default:
				var r *receipt.Receipt
				if r, err = p.Ingest(t.Context(), filepath.Join(dir, rapid.SampledFrom(list).Draw(rt, "file").Name), at); err == nil {
					recs = append(recs, r)
				}
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		want := evaluate(t, p)
		last, err := p.Run(t.Context(), "nightly", at, period.MustParse("2026-10"), at)
		if err == nil {
			err = errors.Join(p.DB.Check(t.Context()), p.Close())
		}
		if err != nil {
			rt.Fatal(err)
		}
		r, err := pipeline.Rebuild(t.Context(), home, defs, quiet)
		if err != nil {
			rt.Fatal(err)
		}
		if !r.Equal() || r.Hash != last.Assessment.Hash {
			rt.Fatalf("rebuilt %+v, want %s", r, last.Assessment.Hash)
		}
		p = open(t, home, defs)
		defer p.Close()
		if got := evaluate(t, p); got != want {
			rt.Fatalf("KPI hash %s after the rebuild, %s before", got, want)
		}
	})
}
