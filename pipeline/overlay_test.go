package pipeline_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/fixtures"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

func TestTheStepsOfAWaterfallSumToTheChange(t *testing.T) {
	home, defs := workspace(t)
	changed := redefine(t, map[string][2]string{"settings.yaml": {"scope: DIR", "scope: ALL"}})
	p := open(t, home, defs)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period.Year() >= 2024 && r.Period.Year() <= 2025 || r.Form == "双城900表"
	})
	ingestAll(t, p, dir, list)
	if _, err := p.Run(t.Context(), "nightly", november, period.MustParse("2025-12"), november); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, changed)
	defer p.Close()
	later := november.AddDate(0, 0, 1)
	if _, err := p.Run(t.Context(), "nightly", later, period.MustParse("2025-12"), later); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2025, 1, 24, 12, 0, 0, 0, period.Shanghai) // 2024-Q4 is known, not yet revised
	falls, err := p.Diff(t.Context(), period.MustParse("2025-12"), from, later)
	if err != nil {
		t.Fatal(err)
	}
	causes := make(map[pipeline.Cause]int)
	units := make(map[string]string)
	for _, w := range falls {
		units[w.Unit] = w.ChangeUnit
		sum := decimal.Zero
		whole := w.Change != ""
		for _, s := range w.Steps {
			if s.Cause == pipeline.Retarget {
				continue
			}
			if s.Added != "0" {
				causes[s.Cause]++
			}
			if s.Added == "" { // of another scope nothing was filed
				whole = false
				continue
			}
			sum = sum.Add(decimal.RequireFromString(s.Added))
		}
		if whole && !sum.Equal(decimal.RequireFromString(w.Change)) {
			t.Errorf("%s: the steps sum to %s, the change is %s", w.Code, sum, w.Change)
		}
	}
	if units["%"] != "个百分点" || units["亿元"] != "亿元" {
		t.Errorf("units of values and of their changes: %v", units)
	}
	if causes[pipeline.NewPeriod] == 0 || causes[pipeline.Redefined] == 0 {
		t.Errorf("causes %v: want new periods and the definition among them", causes)
	}
	if same, err := p.Diff(t.Context(), period.MustParse("2025-12"), later, later); err != nil || len(same) != 0 {
		t.Errorf("between a time and itself: %v, %v", same, err)
	}
}

func TestARevisionIsARevisionInTheWaterfall(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return r.Form == "双城101表" && r.Period == period.MustParse("2024-Q4")
	})
	ingestAll(t, p, dir, list)
	last := len(list) - 1
	falls, err := p.Diff(t.Context(), period.MustParse("2024-12"), list[last].Received.Add(-time.Hour), list[last].Received.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range falls {
		if w.Code != "GDP.TOTAL.ALL" {
			continue
		}
		if w.Steps[0].Cause != pipeline.Revised || w.Steps[0].Added != w.Change || w.Change == "0" || w.Change == "" {
			t.Errorf("%+v: want all of the change to be a revision", w)
		}
		return
	}
	t.Error("the revision of GDP is not in the waterfall")
}

func TestWhatIfIsNeverOnTheRecord(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	q := period.MustParse("2026-09")
	entries, hash := len(p.Journal()), evaluate(t, p)
	set := func(code indicator.Code, at, v string) pipeline.Setting {
		return pipeline.Setting{Code: code, Period: period.MustParse(at), Value: decimal.RequireFromString(v)}
	}
	changes, err := p.WhatIf(t.Context(), q, november, []pipeline.Setting{set("GDP.TOTAL.ALL", "2026-Q3", "6700")})
	if err != nil {
		t.Fatal(err)
	}
	reached := false
	for _, c := range changes {
		if c.Code == "GDP.TOTAL.ALL" {
			reached = c.Is == indicator.Blue && c.After.V == 6700
		}
	}
	if !reached {
		t.Errorf("a GDP beyond the target is not blue: %+v", changes)
	}
	if len(p.Journal()) != entries || evaluate(t, p) != hash {
		t.Error("the supposition is on the record")
	}
	if same, err := p.WhatIf(t.Context(), q, november, nil); err != nil || len(same) != 0 {
		t.Errorf("supposing nothing changes %v, %v", same, err)
	}
	for _, s := range []pipeline.Setting{set("GDP.SHARE_MUA.ALL", "2026-Q3", "22"), set("NO.SUCH.CODE", "2026-Q3", "1")} {
		if _, err := p.WhatIf(t.Context(), q, november, []pipeline.Setting{s}); !errors.Is(err, pipeline.ErrUnknown) {
			t.Errorf("setting %s: %v, want ErrUnknown", s.Code, err)
		}
	}
}

func TestACellIsFollowedToWhatUsesIt(t *testing.T) {
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
	last := recs[len(recs)-1]
	step, err := p.Explain(t.Context(), "GDP.SHARE_MUA.ALL", last.Period, november)
	if err != nil {
		t.Fatal(err)
	}
	src := step.Steps[0].Source
	u, err := p.Usage(t.Context(), pipeline.Place{File: filepath.Base(src.File), Sheet: src.Sheet, Cell: src.Cell}, q, november)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Cells) != 1 || !u.Cells[0].InForce || u.Cells[0].Source.Cell != src.Cell {
		t.Errorf("cells %+v, want the one asked for, in force", u.Cells)
	}
	share := false
	for _, r := range u.Results {
		share = share || r.Code == "GDP.SHARE_MUA.ALL" && r.Formula
	}
	if !share || len(u.Reports) != 1 || u.Reports[0].Run != run.ID {
		t.Errorf("used by %+v and %+v: want the share by its formula, and the report", u.Results, u.Reports)
	}
	rule(t, p, ruling(last, receipt.Withdrawn, november.Add(time.Hour)))
	u, err = p.Usage(t.Context(), pipeline.Place{Submission: last.Submission}, q, november.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range u.Cells {
		if c.InForce {
			t.Errorf("%s is in force after it was withdrawn", c.Source.Cell)
		}
	}
	if len(u.Results) != 0 || len(u.Reports) != 1 {
		t.Errorf("withdrawn, it is used by %d results and %d reports: want none, and the report that was made", len(u.Results), len(u.Reports))
	}
	if _, err := p.Usage(t.Context(), pipeline.Place{File: "没有.xlsx", Sheet: "表", Cell: "A1"}, q, november); !errors.Is(err, pipeline.ErrUnknown) {
		t.Errorf("a cell that nobody filed: %v, want ErrUnknown", err)
	}
}
