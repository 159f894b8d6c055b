package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"zhibiao/ingest/form"
	"zhibiao/kpi/period"
)

// A step of the reminder ladder (催报, catalogue §5.15): so many working days
// after the deadline, before it when negative.
type step struct {
	days int
	name string
	text string
}

// ladder is the reminders of a return, in the order of their days.
var ladder = [...]step{
	{-3, "T-3", "提醒：将到期"},
	{0, "T", "今日到期"},
	{1, "T+1", "催报"},
	{3, "T+3", "升级至单位负责人"},
	{5, "T+5", "列入双城办未报名单"},
}

// A Notice is a reminder that was issued.
type Notice struct {
	Form       string        `json:"form"`
	Department string        `json:"department"`
	Period     period.Period `json:"period"`
	Due        time.Time     `json:"due"`
	Step       string        `json:"step"` // T-3, T, T+1, T+3, T+5
	Text       string        `json:"text"`
	State      FilingState   `json:"state"`
}

// Workdays is the n-th working day after a time, before it when n is negative.
type Workdays func(t time.Time, n int) time.Time

// chasedMonths is how long after a period its returns are still chased: those of
// a year can be due eleven months later.
const chasedMonths = 14

// Chase issues the reminders that are due by now for returns that are not
// accepted: of each return the newest step that was reached, once. They are
// entered in the journal and written to a file a day, which it names; "" when
// nothing was due. Registers of optional rows and 免报 periods are not chased.
func (p *Pipeline) Chase(ctx context.Context, now time.Time, workdays Workdays) ([]Notice, string, error) {
	issued := make(map[returnKey]string)
	for _, e := range p.journal.entries {
		if e.Kind == Chased {
			issued[returnKey{e.Form, e.Department, e.Period}] = e.Step
		}
	}
	subs, err := p.DB.Submissions(ctx, now)
	if err != nil {
		return nil, "", err
	}
	var notices []Notice
	this := period.Containing(period.Month, now)
	for end := this.End - chasedMonths; end <= this.End; end++ {
		expected := p.Defs.Forms.Expected(period.Period{Freq: period.Month, End: end})
		for i, f := range filings(expected, subs, now) {
			n, ok := notice(f, expected[i], now, workdays)
			if ok && later(n.Step, issued[returnKey{f.Form, f.Department, f.Period}]) {
				notices = append(notices, n)
			}
		}
	}
	if len(notices) == 0 {
		return nil, "", nil
	}
	name := filepath.Join(p.Home, ReportDir, "催报", now.In(period.Shanghai).Format("2006-01-02")+".txt")
	if err := writeFile(name, []byte(ledger(notices, now))); err != nil {
		return nil, "", err
	}
	for _, n := range notices {
		if _, err := p.record(Entry{At: now, Kind: Chased, Form: n.Form, Department: n.Department, Period: n.Period, Step: n.Step}); err != nil {
			return nil, "", err
		}
	}
	return notices, name, nil
}

// notice is the newest step that a return has reached; false when it needs none.
func notice(f Filing, x form.Expectation, now time.Time, workdays Workdays) (Notice, bool) {
	if f.State == OnTime || f.State == LateFiled || f.State == Accepting {
		return Notice{}, false
	}
	today := day(now)
	for i := len(ladder) - 1; i >= 0; i-- {
		if s := ladder[i]; !today.Before(day(workdays(x.Due, s.days))) {
			return Notice{
				Form: f.Form, Department: f.Department, Period: f.Period, Due: f.Due, Step: s.name, Text: s.text, State: f.State,
			}, true
		}
	}
	return Notice{}, false
}

// day is the midnight that a time's day begins with, in Asia/Shanghai.
func day(t time.Time) time.Time {
	y, m, d := t.In(period.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, period.Shanghai)
}

// later reports whether a step comes after another; "" is before all.
func later(step, than string) bool {
	rank := func(name string) int {
		for i, s := range ladder {
			if s.name == name {
				return i
			}
		}
		return -1
	}
	return rank(step) > rank(than)
}

// ledger words the reminders of a day by department.
func ledger(notices []Notice, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "催报单　%s\n", now.In(period.Shanghai).Format("2006年1月2日"))
	var order []string
	by := make(map[string][]Notice)
	for _, n := range notices {
		if by[n.Department] == nil {
			order = append(order, n.Department)
		}
		by[n.Department] = append(by[n.Department], n)
	}
	for _, d := range order {
		fmt.Fprintf(&b, "\n【%s】\n", d)
		for _, n := range by[d] {
			fmt.Fprintf(&b, "  %s　%s %s　期限%s　%s（%s）\n", n.Step, n.Form, n.Period.Name(),
				n.Due.In(period.Shanghai).Format("2006-01-02 15:04"), n.Text, n.State.Name())
		}
	}
	return b.String()
}
