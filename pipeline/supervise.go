package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report"
)

// A Supervised is an alert that was raised, as it stands, with its 督办.
type Supervised struct {
	Alert  alert.Alert `json:"alert"` // as it stands; as it last was when a newer episode took its place
	Raised time.Time   `json:"raised"`
	Ended  time.Time   `json:"ended,omitzero"` // when it ceased to be open
	Case   alert.Case  `json:"case"`
}

// Supervise enters what somebody did about an alert in the journal. The error is
// an *alert.RefusedError when it cannot be done.
func (p *Pipeline) Supervise(ctx context.Context, act alert.Act) (*Supervised, error) {
	act.At, act.Due = act.At.UTC().Truncate(time.Microsecond), act.Due.UTC()
	all, err := p.Cases(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s Supervised) bool { return s.Case.Episode == act.Episode })
	if i < 0 {
		return nil, &alert.RefusedError{Why: "没有预警 " + act.Episode}
	}
	s := &all[i]
	if err := s.Case.Check(act, s.Alert.State); err != nil {
		return nil, err
	}
	e := Entry{At: act.At, Kind: Supervision, Act: &act}
	if _, err := p.record(e); err != nil {
		return nil, err
	}
	s.Case.Apply(act)
	return s, nil
}

// Cases are the alerts that were ever raised and their 督办, as known at a time
// (zero is now), in the order they were raised. The runs say when one was raised,
// the journal what was done about it.
func (p *Pipeline) Cases(ctx context.Context, asOf time.Time) ([]Supervised, error) {
	now, err := p.Alerts(ctx)
	if !asOf.IsZero() {
		now, err = p.alertsThen(ctx, p.stepped, asOf)
	}
	if err != nil {
		return nil, err
	}
	return p.cases(ctx, now, asOf, int64(len(p.journal.entries)))
}

// cases are those of alerts as they stood, by what the first n entries of the
// journal say and was known at a time.
func (p *Pipeline) cases(ctx context.Context, now []alert.Alert, asOf time.Time, n int64) ([]Supervised, error) {
	events, err := p.DB.AlertEvents(ctx)
	if err != nil {
		return nil, err
	}
	var all []Supervised
	place := make(map[string]int)
	newest := make(map[string]string) // the last that is known of an episode, undecoded
	for _, e := range events {
		if !asOf.IsZero() && e.At.After(asOf) {
			continue
		}
		i, known := place[e.Episode]
		switch state := alert.State(e.State); {
		case known && state.Open():
			all[i].Ended = time.Time{}
		case known && all[i].Ended.IsZero():
			all[i].Ended = e.At
		case !known && state.Raised():
			a, err := decode(e.Episode, e.Detail)
			if err != nil {
				return nil, err
			}
			place[e.Episode] = len(all)
			all = append(all, Supervised{Alert: a, Raised: e.At, Case: alert.Opened(e.Episode, a.Owner, e.At)})
		}
		if known {
			newest[e.Episode] = e.Detail
		}
	}
	for i := range now {
		if at, ok := place[now[i].Episode]; ok {
			all[at].Alert = now[i]
			delete(newest, now[i].Episode)
		}
	}
	for episode, detail := range newest {
		if all[place[episode]].Alert, err = decode(episode, detail); err != nil {
			return nil, err
		}
	}
	for _, e := range p.journal.entries[:n] {
		if e.Kind != Supervision || !asOf.IsZero() && e.At.After(asOf) {
			continue
		}
		if i, ok := place[e.Act.Episode]; ok {
			all[i].Case.Apply(*e.Act)
		}
	}
	return all, nil
}

// decode reads an alert as the warehouse holds it.
func decode(episode, detail string) (a alert.Alert, err error) {
	if err := json.Unmarshal([]byte(detail), &a); err != nil {
		return a, fmt.Errorf("read alert %s: %w", episode, err)
	}
	return a, nil
}

// An Overdue is a 督办 beyond its deadline, and to whom it is escalated.
type Overdue struct {
	Supervised
	Due time.Time `json:"due"`
	To  string    `json:"to"`
}

// Press lists the 督办 that are overdue, in the order their alerts were raised, and
// writes them to a file of the day, which it names; "" when none is. What is
// silenced, or already explained by another alert, is not pressed.
func (p *Pipeline) Press(ctx context.Context, now time.Time, workdays Workdays) ([]Overdue, string, error) {
	all, err := p.Cases(ctx, now)
	if err != nil {
		return nil, "", err
	}
	var list []Overdue
	var b strings.Builder
	fmt.Fprintf(&b, "督办单　%s\n\n", now.In(period.Shanghai).Format("2006年1月2日"))
	for _, s := range all {
		to := s.Case.Overdue(s.Alert.State, now, workdays)
		if to == "" || s.Case.Quiet(now) || s.Alert.InhibitedBy != "" {
			continue
		}
		due, _ := s.Case.Deadline(s.Alert.State, workdays)
		list = append(list, Overdue{Supervised: s, Due: due, To: to})
		fmt.Fprintf(&b, "【%s】%s　%s　%s　%s　期限%s　%s\n", s.Alert.Level, s.Case.Owner, s.Alert.Name, s.Alert.RuleName,
			s.Case.Stage.Name(), due.In(period.Shanghai).Format(time.DateOnly), to)
	}
	if len(list) == 0 {
		return nil, "", nil
	}
	name := filepath.Join(p.Home, ReportDir, "督办", now.In(period.Shanghai).Format(time.DateOnly)+".txt")
	return list, name, writeFile(name, []byte(b.String()))
}

// rectified are the alerts that the report of a run told, as they stand now and
// with what was done about them: 上期预警整改情况.
func (p *Pipeline) rectified(ctx context.Context, last string, now []alert.Alert, asOf time.Time, n int64) ([]report.Rectified, error) {
	told, err := p.alertsOf(ctx, last)
	if err != nil {
		return nil, err
	}
	all, err := p.cases(ctx, now, asOf, n)
	if err != nil {
		return nil, err
	}
	place := make(map[string]*Supervised, len(all))
	for i := range all {
		place[all[i].Case.Episode] = &all[i]
	}
	var out []report.Rectified
	for i := range told {
		a := &told[i]
		if s := place[a.Episode]; s != nil && a.State.Raised() && a.InhibitedBy == "" {
			out = append(out, report.Rectified{Level: a.Level, State: a.State, Alert: s.Alert, Case: s.Case})
		}
	}
	return out, nil
}

// Why explains by the last run why alerts on an indicator fired or did not.
func (p *Pipeline) Why(ctx context.Context, code indicator.Code) (period.Period, []alert.Reason, error) {
	if p.Defs.Catalogue.Indicator(code) == nil {
		return period.Period{}, nil, fmt.Errorf("indicator %s: %w", code, ErrUnknown)
	}
	run := p.lastStep()
	if run == "" {
		return period.Period{}, nil, fmt.Errorf("run: %w", ErrUnknown)
	}
	a, err := p.DB.Assessment(ctx, run)
	if err != nil {
		return period.Period{}, nil, err
	}
	now, err := p.Alerts(ctx)
	if err != nil {
		return period.Period{}, nil, err
	}
	return a.Period, alert.Why(now, a.Results, p.Defs.Catalogue, a.Period, nil, code), nil
}

// lastStep is the run that stepped the alerts last: one that looked back did not.
func (p *Pipeline) lastStep() string {
	run, end, seen := "", 0, time.Time{}
	for _, e := range p.journal.entries {
		if e.Kind != Evaluated {
			continue
		}
		if e.Period.End >= end && !e.AsOf.Before(seen) {
			run = e.Run
		}
		end = max(end, e.Period.End)
		if e.AsOf.After(seen) {
			seen = e.AsOf
		}
	}
	return run
}

// Rehearse replays alert rules over every month from the first accepted value to
// a period, by what is known at a time. It writes nothing.
func (p *Pipeline) Rehearse(ctx context.Context, rules []indicator.AlertRule, to period.Period, asOf time.Time) ([]alert.Rehearsal, error) {
	first := to.End
	for k := range p.known {
		first = min(first, k.end)
	}
	var history []indicator.Assessment
	for end := first; end <= to.End; end++ {
		a, err := p.Evaluate(ctx, period.Period{Freq: period.Month, End: end}, asOf)
		if err != nil {
			return nil, fmt.Errorf("rehearse alerts: %w", err)
		}
		a.History = nil
		history = append(history, *a)
	}
	cat := *p.Defs.Catalogue
	cat.AlertRules = rules
	return alert.DefaultPolicy.Rehearse(history, &cat)
}
