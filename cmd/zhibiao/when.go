package main

import (
	"time"

	"github.com/spf13/cobra"

	"zhibiao/ingest/form"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// A when is the period and the as-of time that a reading command is asked for.
type when struct{ period, asOf string }

// whenFlags gives a command the flags --period and --as-of.
func (a *app) whenFlags(c *cobra.Command) *when {
	w := &when{}
	c.Flags().StringVar(&w.period, "period", "", "报告期：2026、2026-H1、2026-Q3、2026-09（缺省为最新已闭合的月）")
	c.Flags().StringVar(&w.asOf, "as-of", "", "数据时点：2026-11-20 或 2026-11-20 09:00（缺省为现在）")
	return w
}

func (w *when) parse(a *app, defs *pipeline.Definitions) (period.Period, time.Time, error) {
	q, err := a.parsePeriod(w.period, defs)
	if err != nil {
		return q, time.Time{}, err
	}
	t, err := a.parseTime(w.asOf)
	return q, t, err
}

// parsePeriod reads --period; "" is the newest month that has closed: whose
// monthly returns were due by now.
func (a *app) parsePeriod(s string, defs *pipeline.Definitions) (period.Period, error) {
	if s == "" {
		return newestClosed(defs.Forms, a.now()), nil
	}
	p, err := period.Parse(s)
	if err != nil {
		return p, usageError{err}
	}
	return p, nil
}

// newestClosed is the newest month all of whose monthly returns were due.
func newestClosed(forms *form.Set, now time.Time) period.Period {
	p := period.Containing(period.Month, now).Prev()
	for range 12 {
		closed := true
		for _, x := range forms.Expected(p) {
			if x.Period.Freq == period.Month && x.Due.After(now) {
				closed = false
			}
		}
		if closed {
			break
		}
		p = p.Prev()
	}
	return p
}

// parseTime reads --as-of: RFC 3339, or a day or minute in Asia/Shanghai. A day
// means its end. "" is now.
func (a *app) parseTime(s string) (time.Time, error) {
	if s == "" {
		return a.now(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, period.Shanghai); err == nil {
			return t, nil
		}
	}
	if t, err := time.ParseInLocation("2006-01-02", s, period.Shanghai); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Microsecond), nil
	}
	return time.Time{}, usagef("time %q: want 2026-11-20, 2026-11-20 09:00 or RFC 3339", s)
}
