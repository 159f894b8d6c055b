package pipeline_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/fixtures"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

// told runs a period and writes a report of a kind; the page, or why there is none.
func told(t *testing.T, p *pipeline.Pipeline, kind report.Kind, q string, at time.Time) (*pipeline.Run, string, error) {
	t.Helper()
	run, err := p.Run(t.Context(), "report-"+string(kind), at, period.MustParse(q), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), run, kind, t.TempDir(), pipeline.Formats); err != nil {
		return run, "", err
	}
	page, err := os.ReadFile(run.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	return run, string(page), nil
}

func TestASpecialReportTellsWhatChangedSinceTheLastOfAnyKindAndOnlyOnce(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return quarterly2025(r) && r.Period.End <= period.MustParse("2026-Q2").End
	})
	late := list[len(list)-1]
	if late.Period != period.MustParse("2026-Q2") {
		t.Fatalf("the last return is of %s", late.Period)
	}
	ingestAll(t, p, dir, list[:len(list)-1])
	night := time.Date(2026, 7, 20, 2, 0, 0, 0, period.Shanghai)
	if _, _, err := told(t, p, report.Monthly, "2026-06", night); err != nil {
		t.Fatal(err)
	}
	run, _, err := told(t, p, report.Special, "2026-06", night.AddDate(0, 0, 1))
	if !errors.Is(err, report.ErrUnchanged) || len(run.Files) > 0 {
		t.Fatalf("a night without news: %v, files %v", err, run.Files)
	}
	// The return of the second quarter is overdue from the 25th on: what it carries
	// can no longer be judged.
	run, page, err := told(t, p, report.Special, "2026-06", time.Date(2026, 7, 29, 2, 0, 0, 0, period.Shanghai))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"与上次报告（2026年6月，数据时点2026年7月20日 02:00）相比", "灯色变化", "双城101表 2026年二季度"} {
		if !strings.Contains(page, words) {
			t.Errorf("the report does not say %s", words)
		}
	}
	if got := filepath.Base(run.Files[0]); got != "预警专报_2026-06_2026-07-29.html" {
		t.Errorf("the file is %s", got)
	}
	if _, _, err := told(t, p, report.Special, "2026-06", time.Date(2026, 7, 30, 2, 0, 0, 0, period.Shanghai)); !errors.Is(err, report.ErrUnchanged) {
		t.Errorf("the same again: %v", err)
	}
	// An old report printed again is not what leaders were last told.
	if _, _, err := told(t, p, report.Monthly, "2025-12", time.Date(2026, 7, 30, 9, 0, 0, 0, period.Shanghai)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := told(t, p, report.Special, "2026-06", time.Date(2026, 7, 31, 2, 0, 0, 0, period.Shanghai)); !errors.Is(err, report.ErrUnchanged) {
		t.Errorf("after an old report: %v", err)
	}
	again, err := p.Recall(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), again, report.Special, t.TempDir(), pipeline.Formats); err != nil {
		t.Fatal(err)
	}
	for i := range again.Files {
		was, err := os.ReadFile(run.Files[i])
		if err != nil {
			t.Fatal(err)
		}
		is, err := os.ReadFile(again.Files[i])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(was, is) {
			t.Errorf("%s is not the same again", filepath.Base(run.Files[i]))
		}
	}
}

func TestAnAnnualReportCountsTheReturnsAndTheAlertsOfItsYear(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return (r.Form == "双城900表" || r.Form == "双城101表") && r.Period.End <= period.MustParse("2025-Q4").End
	})
	ingestAll(t, p, dir, list)
	if _, _, err := told(t, p, report.Monthly, "2025-03", time.Date(2025, 5, 6, 8, 0, 0, 0, period.Shanghai)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := told(t, p, report.Annual, "2024", time.Date(2025, 5, 6, 9, 0, 0, 0, period.Shanghai)); err != nil {
		t.Fatal(err)
	}
	_, page, err := told(t, p, report.Annual, "2025", time.Date(2026, 5, 6, 8, 0, 0, 0, period.Shanghai))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"年度判定", "与上次报告（2024年，", "2025年有预警", "2025年5月6日", // when they were raised
		"全年应报", "上年数据修订", "规划期还剩",
	} {
		if !strings.Contains(page, words) {
			t.Errorf("the report does not say %s", words)
		}
	}
	// What is due in November is not missing in May.
	if strings.Contains(page, "双城402表 2025年逾期") || strings.Contains(page, "双城502表 2025年逾期") {
		t.Error("a return that is not due counts as missing")
	}
	if strings.Contains(page, "2026年一季度") {
		t.Error("a return of the next year counts")
	}
}
