package pipeline_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/fixtures"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

func TestSupervisionIsOnRecordAndSurvivesRestartAndRebuild(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		return quarterly2025(r) && r.Period.End <= period.MustParse("2026-Q1").End
	})
	ingestAll(t, p, dir, list)
	at := time.Date(2026, 5, 6, 2, 0, 0, 0, period.Shanghai)
	run, err := p.Run(t.Context(), "evaluate", at, period.MustParse("2026-03"), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), run, report.Monthly, t.TempDir(), []string{pipeline.HTMLFormat}); err != nil {
		t.Fatal(err)
	}
	cases, err := p.Cases(t.Context(), time.Time{})
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	first := cases[0]
	if !first.Alert.State.Raised() || !first.Raised.Equal(at) || first.Case.Stage != alert.Unclaimed || first.Case.Owner != first.Alert.Owner {
		t.Errorf("%+v", first)
	}
	episode := first.Case.Episode
	do := func(act alert.Act) error {
		t.Helper()
		act.Episode = episode
		_, err := p.Supervise(t.Context(), act)
		return err
	}
	claimed := at.Add(30 * time.Hour)
	for _, act := range []alert.Act{
		{Kind: alert.Claim, By: "甲", At: claimed},
		{Kind: alert.Cause, By: "甲", At: claimed.Add(time.Hour), Text: "测试数据：原因"},
		{Kind: alert.Measure, By: "甲", At: claimed.Add(2 * time.Hour), Text: "测试数据：措施", Due: claimed.AddDate(0, 1, 0)},
	} {
		if err := do(act); err != nil {
			t.Fatal(err)
		}
	}
	var no *alert.RefusedError
	if err := do(alert.Act{Kind: alert.Review, By: "甲", At: claimed.Add(3 * time.Hour), Text: "好", Passed: true}); !errors.As(err, &no) {
		t.Errorf("one's own review: %v", err)
	}
	if _, err := p.Supervise(t.Context(), alert.Act{Episode: "没有", Kind: alert.Claim, By: "甲", At: claimed}); !errors.As(err, &no) {
		t.Errorf("an unknown episode: %v", err)
	}
	// A run, and a re-run of its slot, leave the 督办 as it is.
	night := claimed.AddDate(0, 0, 1)
	for range 2 {
		run, err := p.Run(t.Context(), "evaluate", night, period.MustParse("2026-03"), night)
		if err != nil {
			t.Fatal(err)
		}
		if len(run.Changed) > 0 {
			t.Errorf("a night without news changed %d alerts", len(run.Changed))
		}
	}
	// The next report tells what became of the alerts of the last.
	month := night.AddDate(0, 1, 0)
	if run, err = p.Run(t.Context(), "report", month, period.MustParse("2026-04"), month); err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), run, report.Monthly, t.TempDir(), []string{pipeline.HTMLFormat}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(run.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"上期预警整改情况", "测试数据：措施（时限2026年6月", "整改中（逾期）"} {
		if !strings.Contains(string(page), words) {
			t.Errorf("the next report does not say %s", words)
		}
	}
	// The quarterly pack sets what the unit said beside the problem.
	if err := p.Report(t.Context(), run, report.Quarterly, t.TempDir(), []string{pipeline.HTMLFormat}); err != nil {
		t.Fatal(err)
	}
	if page, err = os.ReadFile(run.Files[0]); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"季度调度报告", "单位说明和督办", "测试数据：措施（时限2026年6月", "本期为首期榜单"} {
		if !strings.Contains(string(page), words) {
			t.Errorf("the quarterly pack does not say %s", words)
		}
	}
	press(t, p, month, episode)
	want, err := p.Cases(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != len(cases) || want[0].Case.Stage != alert.Measured || len(want[0].Case.Acts) != 4 {
		t.Errorf("%+v", want[0].Case)
	}
	before, err := p.Cases(t.Context(), claimed)
	if err != nil || before[0].Case.Stage != alert.Claimed {
		t.Errorf("as of the claim: %+v %v", before[0].Case, err)
	}
	if none, err := p.Cases(t.Context(), at.Add(-time.Hour)); err != nil || len(none) != 0 {
		t.Errorf("before the run: %d cases, %v", len(none), err)
	}

	same := func(how string) {
		t.Helper()
		p = open(t, home, defs)
		got, err := p.Cases(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a %s: %s", how, diff)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	same("restart")
	if r, err := pipeline.Rebuild(t.Context(), home, defs, quiet); err != nil || !r.Equal() {
		t.Fatalf("%+v %v", r, err)
	}
	same("rebuild")
}

// press expects the measure of an episode, due on 7 June 2026, a Sunday, to be
// chased in working days after it, and nothing that is silenced.
func press(t *testing.T, p *pipeline.Pipeline, now time.Time, episode string) {
	t.Helper()
	weekdays := func(t time.Time, n int) time.Time {
		for n > 0 {
			t = t.AddDate(0, 0, 1)
			if w := t.Weekday(); w != time.Saturday && w != time.Sunday {
				n--
			}
		}
		return t
	}
	to := func(now time.Time) (escalated string, others int) {
		list, name, err := p.Press(t.Context(), now, weekdays)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			if o.Case.Episode == episode {
				escalated = o.To
			} else {
				others++
			}
		}
		if data, err := os.ReadFile(name); err != nil || strings.Count(string(data), "【") != len(list) {
			t.Errorf("%s holds not %d: %v", name, len(list), err)
		}
		return escalated, others
	}
	for days, want := range map[int]string{0: "催办责任单位", 2: "催办责任单位", 3: "升级至单位负责人", 7: "升级至双城办分管领导"} {
		if got, others := to(now.AddDate(0, 0, days)); got != want || others == 0 {
			t.Errorf("%d days on: %q, want %q; %d others", days, got, want, others)
		}
	}
	if _, err := p.Supervise(t.Context(), alert.Act{Episode: episode, Kind: alert.Silence, By: "乙", At: now, Text: "测试数据", Due: now.AddDate(0, 0, 30)}); err != nil {
		t.Fatal(err)
	}
	if got, _ := to(now.AddDate(0, 0, 7)); got != "" {
		t.Errorf("silenced, and pressed: %s", got)
	}
}

func TestWhyAndRehearseReadTheRecord(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	if _, _, err := p.Why(t.Context(), "GDP.TOTAL.ALL"); !errors.Is(err, pipeline.ErrUnknown) {
		t.Errorf("before the first run: %v", err)
	}
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	at := time.Date(2026, 11, 20, 2, 0, 0, 0, period.Shanghai)
	q := period.MustParse("2026-09")
	run, err := p.Run(t.Context(), "evaluate", at, q, at)
	if err != nil {
		t.Fatal(err)
	}
	// A run that looks back is not what the alerts come from.
	back := at.Add(time.Hour)
	if _, err := p.Run(t.Context(), "evaluate", back, period.MustParse("2026-03"), back); err != nil {
		t.Fatal(err)
	}
	fired := run.Alerts[0]
	for _, a := range run.Alerts {
		if a.State == alert.Firing {
			fired = a
			break
		}
	}
	of, reasons, err := p.Why(t.Context(), fired.Code)
	if err != nil || of != q {
		t.Fatalf("%s %v", of, err)
	}
	told := false
	for _, r := range reasons {
		told = told || r.Episode == fired.Episode && r.State == alert.Firing && strings.Contains(r.Verdict, "已预警")
	}
	if !told || len(reasons) < len(defs.Catalogue.AlertRules) {
		t.Errorf("%s: %+v", fired.Episode, reasons)
	}
	if _, _, err := p.Why(t.Context(), "GDP.TOTL.ALL"); !errors.Is(err, pipeline.ErrUnknown) {
		t.Errorf("an unknown indicator: %v", err)
	}

	head := p.Head()
	got, err := p.Rehearse(t.Context(), defs.Catalogue.AlertRules, q, at)
	if err != nil {
		t.Fatal(err)
	}
	fires := 0
	for _, r := range got {
		fires += r.Fires
	}
	if len(got) != len(defs.Catalogue.AlertRules) || fires == 0 || got[0].Evaluations < 20 {
		t.Errorf("%d rules, %d fires over %d evaluations", len(got), fires, got[0].Evaluations)
	}
	if p.Head() != head {
		t.Error("a rehearsal is on the record")
	}
}
