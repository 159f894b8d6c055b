// Package schedules says when a job is due, for which slot and which period,
// and runs it: one job at a time, each slot once. It calls the function it was
// given and does not know what that function does. It also knows the working
// days. Besides cmd it is the only package that looks at the clock; its time
// zone is Asia/Shanghai, whatever the machine's is.
package schedules

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A Job is a line of the timetable. It has a Cron line or an Every, not both.
type Job struct {
	Name   string // what is done, known to the caller
	Title  string // Chinese
	Cron   string
	Every  time.Duration
	Period string // rule, see For; "" when the job has no period

	line cron.Schedule // of Cron
}

// Next is the first slot after t, in Asia/Shanghai; zero for a Job that was not
// loaded. A slot is a time at which the job is due.
func (j Job) Next(t time.Time) time.Time {
	t = t.In(period.Shanghai)
	switch {
	case j.Every > 0:
		return t.Truncate(j.Every).Add(j.Every)
	case j.line != nil:
		return j.line.Next(t)
	}
	return time.Time{}
}

// For is the period that a run for a slot is about: by “closed month” the newest
// month that had ended, by “running half” the half-year the slot is in. ok is
// false when the job has no period.
func (j Job) For(slot time.Time) (p period.Period, ok bool) {
	state, name, _ := strings.Cut(j.Period, " ")
	freq := map[string]period.Freq{
		"month": period.Month, "quarter": period.Quarter, "half": period.Half, "year": period.Year,
	}[name]
	switch {
	case freq == 0:
	case state == "closed":
		return period.Containing(freq, slot).Prev(), true
	case state == "running":
		return period.Containing(freq, slot), true
	}
	return period.Period{}, false
}

// newest is the newest slot after last and not after now; ok is false when
// there is none. It looks back in widening steps, because the slots of a year
// of downtime are many.
func (j Job) newest(last, now time.Time) (slot time.Time, ok bool) {
	for back := time.Hour; ; back *= 24 {
		from := now.Add(-back)
		wide := !from.After(last) || back > 24*366*time.Hour
		if wide {
			from = last
		}
		for next := j.Next(from); !next.IsZero() && !next.After(now); next = j.Next(next) {
			slot, ok = next, true
		}
		if ok || wide {
			return slot, ok
		}
	}
}

// What a timetable may hold.
var (
	jobName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// The parser without descriptors: “@every 25h” would count from the start of
	// the process, and have no slots.
	parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	// Any year would do for the search of a line that never fires; a fixed one
	// keeps Load from looking at the clock.
	searchFrom = time.Date(2023, time.January, 1, 0, 0, 0, 0, period.Shanghai)
)

// minEvery and maxEvery bound an interval. Longer ones are a matter for cron
// lines, whose slots have a time of day.
const (
	minEvery = time.Second
	maxEvery = time.Hour
)

// Load reads jobs.yaml of a folder; a folder without one has the embedded one.
// Everything wrong with it is found at file:line:col: unknown and duplicate
// fields, duplicate names, cron lines with a time zone (they panic the parser),
// lines that never fire (30 February), and lines that name both a day and a
// weekday, which fire on either. The jobs are those of the file when nothing
// mandatory is found. The error is ours: the file cannot be read.
func Load(fsys fs.FS) ([]Job, finding.List, error) {
	r, m, err := read(fsys, "jobs.yaml", "jobs")
	if err != nil {
		return nil, nil, fmt.Errorf("load timetable: %w", err)
	}
	var jobs []Job
	if m != nil {
		m.Entries("jobs", "任务", func(m *definition.Mapping) {
			jobs = append(jobs, readJob(r, m, jobs))
		})
		m.Done()
	}
	r.Found.Sort()
	if r.Found.Refused() {
		jobs = nil
	}
	return jobs, r.Found, nil
}

// readJob reads one job; before are those above it.
func readJob(r *definition.Reader, m *definition.Mapping, before []Job) Job {
	j := Job{Name: m.Need("name")}
	m.Named(j.Name)
	switch {
	case j.Name == "":
	case !jobName.MatchString(j.Name):
		m.Refuse("name", "job-name", j.Name, "任务代号只用小写字母、数字和连字符", "例如 report-month")
	case slices.ContainsFunc(before, func(o Job) bool { return o.Name == j.Name }):
		m.Refuse("name", "job-duplicate", j.Name, "任务代号重复", "改成另一个代号，或删去一项")
	}
	j.Title = m.Need("title")
	j.Cron = m.Text("cron")
	every := m.Text("every")
	switch {
	case j.Cron == "" && every == "":
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 cron 或 every", `补上 cron: "分 时 日 月 星期" 或 every: 15s`)
	case j.Cron != "" && every != "":
		m.Refuse("every", "job-time", every, "cron 和 every 只能写一个", "删去其中一个")
	case j.Cron != "":
		j.line = readCron(r, m, j.Cron)
	default:
		j.Every = readEvery(m, every)
	}
	j.Period = m.Text("period")
	if _, ok := j.For(searchFrom); j.Period != "" && !ok {
		m.Refuse("period", "job-period", j.Period, "期别写法不对", "写 closed 或 running，空格，再写 month、quarter、half 或 year")
	}
	return j
}

// readCron reads a cron line; nil, with a finding, when it is none.
func readCron(r *definition.Reader, m *definition.Mapping, line string) cron.Schedule {
	if strings.Contains(strings.ToUpper(line), "TZ=") {
		m.Refuse("cron", "cron-zone", line, "不得写时区", "去掉 TZ= 或 CRON_TZ=，时间一律为北京时间")
		return nil
	}
	s, err := parser.Parse(line)
	if err != nil {
		m.Refuse("cron", "cron-syntax", line, "cron 写法不对："+err.Error(), `写五段：分 时 日 月 星期，例如 "30 1 * * *"`)
		return nil
	}
	if spec, ok := s.(*cron.SpecSchedule); ok {
		spec.Location = period.Shanghai // the parser takes the machine's
	}
	if s.Next(searchFrom).IsZero() {
		m.Refuse("cron", "cron-never", line, "这一时间永远不会到来", "核对日和月，例如没有2月30日")
		return nil
	}
	if f := strings.Fields(line); !anyDay(f[2]) && !anyDay(f[4]) {
		r.Add(finding.Finding{
			Rule: "cron-either", Severity: finding.Note, Place: m.At("cron"), Value: definition.Brief(line),
			Message: m.What + "：同时限定了日和星期，任何一个符合都会运行", Hint: "只限定一个，另一个写 *",
		})
	}
	return s
}

func anyDay(field string) bool { return strings.HasPrefix(field, "*") || strings.HasPrefix(field, "?") }

// readEvery reads an interval; 0, with a finding, when it is none.
func readEvery(m *definition.Mapping, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < minEvery || d > maxEvery || maxEvery%d != 0 {
		m.Refuse("every", "job-every", text, "间隔应在1秒到1小时之间，且能整除1小时", "例如 15s、5m；更长的用 cron")
		return 0
	}
	return d
}
