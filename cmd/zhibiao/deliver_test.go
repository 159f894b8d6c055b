package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
	"zhibiao/schedules"
)

// The night writes the report and sends it; when it could not be written, nobody
// but the operator hears of it.
func TestTheNightSendsWhatItReportsAndTellsTheOperatorWhenItCannot(t *testing.T) {
	home, leaders, operator := t.TempDir(), t.TempDir(), t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	text := "operator: [值班]\nchannels:\n  - {name: 领导, kind: folder, path: \"" + leaders + "\", reports: [evaluate, report-month]}\n" +
		"  - {name: 值班, kind: folder, path: \"" + operator + "\", reports: [report-quarter]}\n"
	if err := os.WriteFile(filepath.Join(home, deliver.ConfigFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	now := time.Date(2026, 11, 19, 8, 0, 0, 0, period.Shanghai)
	a := &app{out: &out, err: &out, home: home, now: func() time.Time { return now }}
	p, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Channels, err = a.soundChannels(); err != nil {
		t.Fatal(err)
	}
	n := &night{app: a, p: p, inbox: &pipeline.Inbox{Pipeline: p}}
	jobs, err := a.jobs()
	if err != nil {
		t.Fatal(err)
	}
	job := func(name string) schedules.Job {
		for _, j := range jobs {
			if j.Name == name {
				return j
			}
		}
		t.Fatalf("no job %s", name)
		return schedules.Job{}
	}
	count := func(dir, pattern string) int {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(dir, "*", pattern))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if err := n.do(t.Context(), job(monthJob), now); err != nil {
		t.Fatal(err)
	}
	if count(leaders, "月度监测报告_2026-10.html") != 1 || count(leaders, "月度监测报告_2026-10.xlsx") != 1 || count(operator, "*") != 0 {
		t.Fatalf("leaders have %d files, the operator %d", count(leaders, "*"), count(operator, "*"))
	}
	for range 2 { // the second night has no news
		if err := n.do(t.Context(), job(evaluateJob), now); err != nil {
			t.Fatal(err)
		}
		if got := count(leaders, "预警变动_2026-11-19.txt"); got != 1 {
			t.Fatalf("the news was sent %d times", got)
		}
		now = now.Add(17*time.Hour + 30*time.Minute)
	}
	if err := n.do(t.Context(), job(halfJob), now); err != nil {
		t.Fatal(err)
	}
	// The folder of reports cannot be written any more.
	if err := os.RemoveAll(filepath.Join(home, pipeline.ReportDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, pipeline.ReportDir), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 1, 0)
	was := count(leaders, "*")
	failure := n.do(t.Context(), job(monthJob), now)
	if failure == nil {
		t.Fatal("the report was written into a file")
	}
	if err := n.done(job(monthJob), now, failure); err != nil {
		t.Fatal(err)
	}
	if err := n.do(t.Context(), job(inboxJob), now); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(operator, "*", "说明.txt"))
	if err != nil || len(list) != 1 {
		t.Fatalf("the operator was told %d times", len(list))
	}
	told, err := os.ReadFile(list[0])
	if err != nil || !strings.Contains(string(told), "任务失败：月度监测") || count(leaders, "*") != was {
		t.Errorf("%s\nleaders have %d files, had %d", told, count(leaders, "*"), was)
	}
}
