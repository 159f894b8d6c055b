package schedules

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A Calendar knows the working days of the years whose official arrangement of
// holidays (放假调休) it was given. Of other years it knows only the weekends and
// the statutory holidays with a fixed solar date, and says so.
type Calendar struct {
	years map[int]*yearDays
}

type yearDays struct {
	off  map[date]bool // holidays, with the weekends inside them
	work map[date]bool // weekends that are worked
}

// A date is a day without a clock.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.In(period.Shanghai).Date()
	return date{y, m, d}
}

func (d date) time() time.Time {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, period.Shanghai)
}

// A Policy says on which days a date that is a deadline must move on.
type Policy int

// The policies.
const (
	// AfterHoliday moves a date that falls on an official holiday to the next
	// working day and leaves ordinary weekends alone (法定节假日顺延, catalogue §5.15).
	AfterHoliday Policy = iota
	// NextWorkday moves every date that is no working day to the next one.
	NextWorkday
)

// Workday reports whether a day, in Asia/Shanghai, is worked. Known is false
// when the arrangement of its year is not in the calendar: then holidays by the
// lunar calendar and 调休 are missed, and the caller must say so.
func (c *Calendar) Workday(t time.Time) (workday, known bool) {
	d := dateOf(t)
	weekend := isWeekend(d)
	if y := c.years[d.year]; y != nil {
		return y.work[d] || !weekend && !y.off[d], true
	}
	return !weekend && !fixedHoliday(d), false
}

// Holiday reports whether a day is an official holiday, the weekends inside one
// included. Known is that of Workday.
func (c *Calendar) Holiday(t time.Time) (holiday, known bool) {
	d := dateOf(t)
	if y := c.years[d.year]; y != nil {
		return y.off[d], true
	}
	return fixedHoliday(d), false
}

// Shift moves a date on as the policy says; the time of day stays. Known is
// false when a day it looked at is of an unknown year.
func (c *Calendar) Shift(t time.Time, p Policy) (shifted time.Time, known bool) {
	move, known := c.Holiday(t)
	if p == NextWorkday {
		work, k := c.Workday(t)
		move, known = !work, k
	}
	for move {
		t = t.In(period.Shanghai).AddDate(0, 0, 1)
		work, k := c.Workday(t)
		move, known = !work, known && k
	}
	return t, known
}

// AddWorkdays is the n-th working day after a date, before it when n is
// negative, the date itself when n is 0; the time of day stays. Known is false
// when a day it looked at is of an unknown year.
func (c *Calendar) AddWorkdays(t time.Time, n int) (moved time.Time, known bool) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	known = true
	for n > 0 {
		t = t.In(period.Shanghai).AddDate(0, 0, step)
		work, k := c.Workday(t)
		known = known && k
		if work {
			n--
		}
	}
	return t, known
}

func isWeekend(d date) bool {
	w := d.time().Weekday()
	return w == time.Saturday || w == time.Sunday
}

// fixedHoliday reports the statutory holidays of the solar calendar:
// 《全国年节及纪念日放假办法》, since 2025 with 2 May.
func fixedHoliday(d date) bool {
	switch d.month {
	case time.January:
		return d.day == 1
	case time.May:
		return d.day == 1 || d.day == 2 && d.year >= 2025
	case time.October:
		return d.day <= 3
	}
	return false
}

// LoadCalendar reads holidays.yaml of a folder; a folder without one has the
// embedded one. Findings are at file:line:col; the calendar is nil when one is
// mandatory. The error is ours: the file cannot be read.
func LoadCalendar(fsys fs.FS) (*Calendar, finding.List, error) {
	r, m, err := read(fsys, "holidays.yaml", "years")
	if err != nil {
		return nil, nil, fmt.Errorf("load calendar: %w", err)
	}
	c := &Calendar{years: make(map[int]*yearDays)}
	if m != nil {
		m.Entries("years", "年份", c.year)
		m.Done()
	}
	r.Found.Sort()
	if r.Found.Refused() {
		return nil, r.Found, nil
	}
	return c, r.Found, nil
}

// year reads one year.
func (c *Calendar) year(m *definition.Mapping) {
	y := &yearDays{off: make(map[date]bool), work: make(map[date]bool)}
	text := m.Need("year")
	m.Named(text)
	year, err := strconv.Atoi(text)
	switch {
	case text == "":
	case err != nil || year < 2000 || year > 2199:
		m.Refuse("year", "calendar-year", text, "年份不对", "例如 2026")
		year = 0
	case c.years[year] != nil:
		m.Refuse("year", "calendar-duplicate", text, "年份重复", "同一年只保留一段")
	default:
		c.years[year] = y
	}
	day(m, "issued", 0)
	m.Entries("holidays", m.What+" 的假期", func(h *definition.Mapping) {
		h.Named(h.Need("name"))
		first, last := day(h, "from", year), day(h, "to", year)
		if first == (date{}) || last == (date{}) {
			return
		}
		if last.time().Before(first.time()) || last.time().Sub(first.time()) > 15*24*time.Hour {
			h.RefuseAt(h.Place(h.Node), "calendar-range", "", "放假的起止日期不对", "to 不早于 from，且不超过半个月")
			return
		}
		for t := first.time(); !t.After(last.time()); t = t.AddDate(0, 0, 1) {
			if y.off[dateOf(t)] {
				h.RefuseAt(h.Place(h.Node), "calendar-overlap", t.Format(time.DateOnly), "与另一个假期重叠", "核对起止日期")
				return
			}
			y.off[dateOf(t)] = true
		}
	})
	for _, n := range m.List("workdays") {
		d := dateAt(m, m.Place(n), n.Value)
		switch {
		case d == (date{}):
		case year != 0 && d.year != year:
			m.RefuseAt(m.Place(n), "calendar-year", n.Value, "不在这一年内", "移到所在年份的一段")
		case !isWeekend(d) || y.off[d] || y.work[d]:
			m.RefuseAt(m.Place(n), "calendar-workday", n.Value, "调休上班的日子应是不放假的周末，且只写一次", "对照通知核对日期")
		default:
			y.work[d] = true
		}
	}
	if len(y.off) == 0 && c.years[year] == y {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 holidays", "写出这一年全部假期；通知未发布的年份整段不写")
	}
}

// day is a date of a key that must be in the year, unless that is 0; zero, with a
// finding, when it is not.
func day(m *definition.Mapping, key string, year int) date {
	text := m.Need(key)
	if text == "" {
		return date{}
	}
	d := dateAt(m, m.At(key), text)
	if d != (date{}) && year != 0 && d.year != year {
		m.Refuse(key, "calendar-year", text, "不在这一年内", "移到所在年份的一段")
		return date{}
	}
	return d
}

func dateAt(m *definition.Mapping, at finding.Place, text string) date {
	t, err := time.ParseInLocation(time.DateOnly, text, period.Shanghai)
	if err != nil {
		m.RefuseAt(at, "calendar-date", text, "日期写法不对", "例如 2026-01-04")
		return date{}
	}
	return dateOf(t)
}

// Years lists the years whose arrangement is known, in order.
func (c *Calendar) Years() []int {
	out := make([]int, 0, len(c.years))
	for y := range c.years {
		out = append(out, y)
	}
	slices.Sort(out)
	return out
}
