package main

import (
	"time"

	"zhibiao/ingest/form"
	"zhibiao/kpi/finding"
	"zhibiao/schedules"
)

// workdays loads the calendar of working days, of --defs when it has one.
func (a *app) workdays(dir string) (*schedules.Calendar, finding.List, error) {
	fsys, prefix := a.folder(dir, "schedules", schedules.Embedded())
	c, found, err := schedules.LoadCalendar(fsys)
	for i := range found {
		found[i].Place.File = prefix + "/" + found[i].Place.File
	}
	return c, found, err
}

// calendar is how the deadlines of the forms move off days that are not worked.
func (a *app) calendar(dir string) (form.Calendar, finding.List, error) {
	c, found, err := a.workdays(dir)
	if c == nil || err != nil {
		return nil, found, err
	}
	return func(t time.Time, p form.Postponement) (time.Time, bool) {
		if p == form.RestDays {
			return c.Shift(t, schedules.NextWorkday)
		}
		return c.Shift(t, schedules.AfterHoliday)
	}, found, nil
}
