package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// Annual figures of 2027 still come in in 2028: its judgement is made again with
// what is known then, but no year after the plan is judged (P20).
func TestTheAnnualReportStandsStillAtTheEndOfThePlan(t *testing.T) {
	home := t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var now time.Time
	a := &app{out: &out, err: &out, home: home, now: func() time.Time { return now }}
	p, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	n := &night{app: a, p: p, inbox: &pipeline.Inbox{Pipeline: p}}
	if n.workdays, _, err = a.workdays(""); err != nil {
		t.Fatal(err)
	}
	jobs, err := a.jobs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		year int
		want string
	}{{2027, "2026"}, {2028, "2027"}, {2030, "2027"}} {
		for _, j := range jobs {
			if j.Name != yearJob {
				continue
			}
			now = j.Next(time.Date(c.year, 1, 1, 0, 0, 0, 0, period.Shanghai))
			if err := n.do(t.Context(), j, now); err != nil {
				t.Fatalf("%d: %v", c.year, err)
			}
			run := pipeline.RunID(yearJob, now, period.MustParse(c.want))
			if _, err := p.Recall(t.Context(), run); err != nil {
				t.Errorf("%s: %v", now.Format(time.DateOnly), err)
			}
		}
	}
	list, err := filepath.Glob(filepath.Join(home, pipeline.ReportDir, "*", "年度评估报告_*.html"))
	if err != nil || len(list) != 2 {
		t.Errorf("got %v, want the reports of 2026 and 2027", list)
	}
}
