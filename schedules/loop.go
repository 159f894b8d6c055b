package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"zhibiao/kpi/period"
)

// A Run does a job for a slot. The context is not cancelled by a stop: a job
// that has begun finishes.
type Run func(ctx context.Context, job Job, slot time.Time) error

// A Loop runs jobs when they are due. All fields are needed.
type Loop struct {
	Jobs []Job // as loaded
	Do   Run
	Now  func() time.Time
	// Last is the newest slot a job was run for, in this process or before; ok is
	// false when it never was.
	Last func(job string) (slot time.Time, ok bool)
	// Done records a run for its slot, with what it came to. When it cannot, Run
	// stops: a slot that is not recorded would be run twice.
	Done func(job string, slot time.Time, err error) error
	Log  *slog.Logger
}

const (
	// maxSleep bounds one sleep, so that a clock that is set, or a machine that
	// was suspended, is noticed: timers do not see either.
	maxSleep = time.Minute
	// maxBackwards is how far the clock may stand before the last recorded run.
	// Further back it is wrong, and results would be of the wrong time.
	maxBackwards = time.Hour
)

// ErrClock is returned by Run when the clock stands more than an hour before
// the last recorded run.
var ErrClock = errors.New("clock stands before the last run")

// Run runs the jobs until ctx is done, and then returns nil once the running
// job has finished. Jobs run one at a time, in the order of their slots, so
// that nothing overlaps. A job whose slots passed meanwhile, by downtime or by
// a long job, runs once, for the newest of them. A job that never ran waits for
// its first slot after now. A job that fails or panics is recorded as failed
// and runs again at its next slot.
//
// The error is ErrClock, a run that could not be recorded, or a job without
// slots.
func (l *Loop) Run(ctx context.Context) error {
	start := l.Now()
	last := make(map[string]time.Time, len(l.Jobs))
	for _, j := range l.Jobs {
		if j.Next(start).IsZero() {
			return fmt.Errorf("run job %s: it is never due", j.Name)
		}
		if _, twice := last[j.Name]; twice {
			return fmt.Errorf("run job %s: it stands twice", j.Name)
		}
		last[j.Name] = start
		if slot, ok := l.Last(j.Name); ok {
			last[j.Name] = slot
			l.Log.Debug("job resumed", "job", j.Name, "last", slot)
		}
	}
	for ctx.Err() == nil {
		now := l.Now()
		for _, j := range l.Jobs {
			if t := last[j.Name]; now.Before(t.Add(-maxBackwards)) {
				return fmt.Errorf("%w: it is %s, job %s has run for %s", ErrClock,
					now.In(period.Shanghai).Format(time.RFC3339), j.Name, t.In(period.Shanghai).Format(time.RFC3339))
			}
		}
		job, slot, due := l.due(last, now)
		if !due {
			l.sleep(ctx, min(l.next(last, now).Sub(now), maxSleep))
			continue
		}
		err := l.do(ctx, job, slot)
		if err != nil {
			l.Log.Error("job failed", "job", job.Name, "slot", slot, "err", err)
		} else {
			level := slog.LevelInfo
			if job.Every > 0 {
				level = slog.LevelDebug // several a minute
			}
			l.Log.Log(ctx, level, "job done", "job", job.Name, "slot", slot, "took", l.Now().Sub(now))
		}
		if rerr := l.Done(job.Name, slot, err); rerr != nil {
			return fmt.Errorf("record run of job %s for %s: %w", job.Name, slot.Format(time.RFC3339), rerr)
		}
		last[job.Name] = slot
	}
	return nil
}

// due is the job to run now: the one whose newest missed slot is the oldest;
// the order of Jobs decides between equals.
func (l *Loop) due(last map[string]time.Time, now time.Time) (job Job, slot time.Time, ok bool) {
	for _, j := range l.Jobs {
		if s, missed := j.newest(last[j.Name], now); missed && (!ok || s.Before(slot)) {
			job, slot, ok = j, s, true
		}
	}
	return job, slot, ok
}

// next is when the first job is due again, given that none is now.
func (l *Loop) next(last map[string]time.Time, now time.Time) time.Time {
	first := now.Add(maxSleep)
	for _, j := range l.Jobs {
		from := now
		if t := last[j.Name]; t.After(from) { // the clock was set back a little
			from = t
		}
		if n := j.Next(from); n.Before(first) {
			first = n
		}
	}
	return first
}

// do runs a job and turns a panic into an error: one bad job must not stop the
// night.
func (l *Loop) do(ctx context.Context, job Job, slot time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.Log.Error("job panicked", "job", job.Name, "slot", slot, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("job %s panicked: %v", job.Name, p)
		}
	}()
	return l.Do(context.WithoutCancel(ctx), job, slot)
}

func (l *Loop) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
