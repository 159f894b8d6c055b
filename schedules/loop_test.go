package schedules_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/period"
	"zhibiao/schedules"
)

func timetable(t testing.TB, text string) []schedules.Job {
	t.Helper()
	jobs, found, err := schedules.Load(fstest.MapFS{"jobs.yaml": {Data: []byte(text)}})
	if err != nil || found.Refused() {
		t.Fatal(err, found)
	}
	return jobs
}

const nightly = `
jobs:
  - {name: evaluate, title: 夜间测算, cron: "30 1 * * *", period: closed month}
`

const nightAndInbox = nightly + `  - {name: inbox, title: 扫描收件箱, every: 15s}
`

// A shift is a loop under a fake clock with its record of runs.
type shift struct {
	schedules.Loop
	record map[string]time.Time
	log    []string // job, slot and, if any, error, as recorded
}

func newShift(jobs []schedules.Job, do func(job, slot string) error) *shift {
	s := &shift{record: make(map[string]time.Time)}
	s.Loop = schedules.Loop{
		Jobs: jobs, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Do: func(_ context.Context, j schedules.Job, slot time.Time) error { return do(j.Name, stamp(slot)) },
		Last: func(job string) (time.Time, bool) {
			t, ok := s.record[job]
			return t, ok
		},
		Done: func(job string, slot time.Time, err error) error {
			s.record[job] = slot
			line := job + " " + stamp(slot)
			if err != nil {
				line += " " + err.Error()
			}
			s.log = append(s.log, line)
			return nil
		},
	}
	return s
}

func stamp(t time.Time) string { return t.In(period.Shanghai).Format("2006-01-02 15:04:05") }

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// until runs the loop from now to a time of the fake clock.
func (s *shift) until(t *testing.T, end string) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), at(end))
	defer cancel()
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
}

func wait(until string) { time.Sleep(time.Until(at(until))) }

func nothing(string, string) error { return nil }

func wantLog(t *testing.T, s *shift, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.log); diff != "" {
		t.Error(diff)
	}
}

func TestEachRunIsRecordedForItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		s := newShift(timetable(t, nightly), func(string, string) error {
			time.Sleep(7 * time.Minute) // a run is of its slot, not of when it ends
			return nil
		})
		s.until(t, "2026-11-23 00:00:00")
		wantLog(t, s, "evaluate 2026-11-21 01:30:00", "evaluate 2026-11-22 01:30:00")
	})
}

func TestAJobThatNeverRanWaitsForItsFirstSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:30:01")
		s := newShift(timetable(t, nightly), nothing)
		s.until(t, "2026-11-20 23:00:00")
		wantLog(t, s)
	})
}

func TestAfterDowntimeOnlyTheNewestMissedSlotIsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		s := newShift(timetable(t, nightAndInbox), nothing)
		s.record["evaluate"] = at("2025-08-01 01:30:00")
		s.record["inbox"] = at("2025-08-01 12:00:00")
		s.until(t, "2026-11-20 09:00:10")
		wantLog(t, s, "evaluate 2026-11-20 01:30:00", "inbox 2026-11-20 09:00:00")
	})
}

func TestARestartRunsNoSlotTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:00")
		s := newShift(timetable(t, nightly), nothing)
		for range 3 {
			s.until(t, stamp(time.Now().Add(time.Hour)))
		}
		wantLog(t, s, "evaluate 2026-11-20 01:30:00")
	})
}

func TestJobsNeverOverlapAndALongOneSkipsTheSlotsItCovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:40")
		running := 0
		s := newShift(timetable(t, nightAndInbox), func(job, _ string) error {
			if running++; running > 1 {
				t.Error("two jobs run at once")
			}
			if job == "evaluate" {
				time.Sleep(50 * time.Second)
			}
			running--
			return nil
		})
		s.until(t, "2026-11-20 01:31:10")
		wantLog(t, s,
			"inbox 2026-11-20 01:29:45",
			"evaluate 2026-11-20 01:30:00",
			"inbox 2026-11-20 01:30:45", // not :00, :15 and :30 as well
			"inbox 2026-11-20 01:31:00",
		)
	})
}

func TestASlowIntervalDoesNotStarveTheNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:00")
		s := newShift(timetable(t, nightAndInbox), func(job, _ string) error {
			if job == "inbox" {
				time.Sleep(40 * time.Second)
			}
			return nil
		})
		s.until(t, "2026-11-20 01:31:00")
		if !strings.Contains(strings.Join(s.log, "\n"), "evaluate 2026-11-20 01:30:00") {
			t.Errorf("the night is starved: %q", s.log)
		}
	})
}

// robfig/cron: after one panic under the wrong chain, a job never ran again.
func TestAJobThatPanicsIsRecordedAndRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		s := newShift(timetable(t, nightly), func(_, slot string) error {
			switch slot {
			case "2026-11-21 01:30:00":
				panic("索引越界")
			case "2026-11-22 01:30:00":
				return errors.New("disk is full")
			}
			return nil
		})
		s.until(t, "2026-11-24 00:00:00")
		wantLog(t, s,
			"evaluate 2026-11-21 01:30:00 job evaluate panicked: 索引越界",
			"evaluate 2026-11-22 01:30:00 disk is full",
			"evaluate 2026-11-23 01:30:00",
		)
	})
}

func TestAStopLetsTheRunningJobFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:00")
		finished := false
		s := newShift(timetable(t, nightly), nothing)
		s.Do = func(ctx context.Context, _ schedules.Job, _ time.Time) error {
			time.Sleep(10 * time.Minute)
			finished = ctx.Err() == nil
			return ctx.Err()
		}
		s.until(t, "2026-11-20 01:31:00")
		if !finished {
			t.Error("the job was interrupted")
		}
		if got := stamp(time.Now()); got != "2026-11-20 01:40:00" {
			t.Errorf("stopped at %s", got)
		}
		wantLog(t, s, "evaluate 2026-11-20 01:30:00")
	})
}

func TestAStopBetweenJobsIsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		s := newShift(timetable(t, nightly), nothing)
		s.until(t, "2026-11-20 09:00:07")
		if got := stamp(time.Now()); got != "2026-11-20 09:00:07" {
			t.Errorf("stopped at %s", got)
		}
	})
}

func TestAWrongClockIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		s := newShift(timetable(t, nightly), nothing)
		s.record["evaluate"] = at("2026-11-20 10:00:01")
		if err := s.Run(t.Context()); !errors.Is(err, schedules.ErrClock) || !strings.Contains(err.Error(), "2026-11-20T10:00:01+08:00") {
			t.Errorf("an hour and a second back: %v", err)
		}
		s.record["evaluate"] = at("2026-11-20 10:00:00")
		s.until(t, "2026-11-20 09:05:00") // an hour back is borne: summer time of a neighbour, a slow battery
		wantLog(t, s)
	})
}

func TestAClockSetBackWhileRunningIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:00")
		back := time.Duration(0)
		s := newShift(timetable(t, nightly), func(string, string) error {
			back = -48 * time.Hour
			return nil
		})
		s.Now = func() time.Time { return time.Now().Add(back) }
		if err := s.Run(t.Context()); !errors.Is(err, schedules.ErrClock) {
			t.Error(err)
		}
	})
}

func TestAClockSetForwardIsNoticedWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 09:00:00")
		begin := time.Now()
		s := newShift(timetable(t, nightly), nothing)
		s.Now = func() time.Time {
			if time.Since(begin) < 90*time.Second {
				return time.Now()
			}
			return time.Now().Add(17 * time.Hour) // resumed the next morning at 2
		}
		ctx, cancel := context.WithCancel(t.Context())
		var seen time.Time
		s.Do = func(context.Context, schedules.Job, time.Time) error {
			seen = time.Now()
			cancel()
			return nil
		}
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
		if d := seen.Sub(begin); d > 90*time.Second+time.Minute {
			t.Errorf("noticed after %s", d)
		}
	})
}

func TestARunThatCannotBeRecordedStopsTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait("2026-11-20 01:29:00")
		full := errors.New("journal is read-only")
		s := newShift(timetable(t, nightly), nothing)
		s.Done = func(string, time.Time, error) error { return full }
		if err := s.Run(t.Context()); !errors.Is(err, full) || !strings.Contains(err.Error(), "evaluate") {
			t.Error(err)
		}
	})
}

func TestALoopRefusesJobsWithoutSlotsAndJobsThatStandTwice(t *testing.T) {
	s := newShift([]schedules.Job{{Name: "evaluate", Cron: "30 1 * * *"}}, nothing) // not loaded: no slots
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "never due") {
		t.Error(err)
	}
	jobs := timetable(t, nightly)
	s = newShift(append(jobs, jobs...), nothing)
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Error(err)
	}
}

func TestAYearOfTheEmbeddedTimetable(t *testing.T) {
	jobs, found, err := schedules.Load(schedules.Embedded())
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	runs := map[string]int{}
	var about []string
	for _, j := range jobs {
		for slot := j.Next(at("2025-12-31 23:59:59")); slot.Before(at("2027-01-01 00:00:00")); slot = j.Next(slot) {
			runs[j.Name]++
			p, ok := j.For(slot)
			if none := j.Name == "inbox" || j.Name == "chase" || j.Name == "backup"; ok == none {
				t.Fatalf("%s is for %s", j.Name, p)
			}
			if j.Name == "report-quarter" || j.Name == "report-half" || j.Name == "report-year" {
				about = append(about, fmt.Sprint(stamp(slot), " ", p))
			}
		}
	}
	want := map[string]int{"inbox": 365 * 24 * 60 * 4, "chase": 365, "evaluate": 365, "backup": 365, "report-month": 12, "report-quarter": 4, "report-half": 2, "report-year": 1}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"2026-01-26 08:00:00 2025-Q4", "2026-04-26 08:00:00 2026-Q1", "2026-07-26 08:00:00 2026-Q2", "2026-10-26 08:00:00 2026-Q3",
		"2026-06-20 08:00:00 2026-05", "2026-12-20 08:00:00 2026-11", "2026-05-06 08:00:00 2025",
	}, about); diff != "" {
		t.Error(diff)
	}
}
