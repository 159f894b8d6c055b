package alert

import (
	"fmt"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Rehearsal is what a rule would have done over a history.
type Rehearsal struct {
	Rule        string `json:"rule"`
	RuleName    string `json:"rule_name"`
	Text        string `json:"text"`
	Evaluations int    `json:"evaluations"`
	// Judged and Held count results × evaluations: a rule that never judged cannot
	// be evaluated on these data, one that never fired may be of no use.
	Judged    int       `json:"judged"`
	Held      int       `json:"held"`
	Fires     int       `json:"fires"`     // episodes that fired
	Escalated int       `json:"escalated"` // times a level rose
	Flaps     int       `json:"flaps"`     // times one fired again while it recovered, or reopened
	Resolved  int       `json:"resolved"`  // episodes that were resolved
	Days      int       `json:"days"`      // open days of all episodes together
	Episodes  []Episode `json:"episodes"`  // in the order they fired
}

// An Episode is one run of an alert in a rehearsal.
type Episode struct {
	ID    string           `json:"episode"`
	Code  indicator.Code   `json:"code"`
	Name  string           `json:"name"`
	Area  indicator.AreaID `json:"area"`
	Level string           `json:"level"` // the gravest it reached
	Fired period.Period    `json:"fired"` // the evaluated period
	Ended period.Period    `json:"ended"` // the evaluated period; zero when still open
	Flaps int              `json:"flaps"`
	Days  int              `json:"days"` // from the end of Fired to the end of Ended, or of the last evaluation
	Why   string           `json:"why"`  // when it fired
}

// Rehearse replays rules over a history, with all that holds them off: own
// periods counted once, patience, hysteresis, absence. History is the
// evaluations in the order of their periods. The rules are those of cat.
func (pol Policy) Rehearse(history []indicator.Assessment, cat *indicator.Catalogue) ([]Rehearsal, error) {
	out := make([]Rehearsal, len(cat.AlertRules))
	place := make(map[string]*Rehearsal, len(out))
	for i := range out {
		r := &cat.AlertRules[i]
		out[i] = Rehearsal{Rule: r.ID, RuleName: r.Name, Text: Text(r, cat.Settings), Evaluations: len(history)}
		place[r.ID] = &out[i]
	}
	var memory []Alert
	for i := range history {
		a := &history[i]
		if i > 0 && a.Period.End < history[i-1].Period.End {
			return nil, fmt.Errorf("rehearse alerts: %s comes after %s", a.Period, history[i-1].Period)
		}
		next, changed, err := pol.Step(memory, a.Results, cat, a.Period, nil)
		if err != nil {
			return nil, err
		}
		s := pol.start(cat, a.Period, nil)
		for j := range cat.AlertRules {
			s.count(&cat.AlertRules[j], a.Results, &out[j])
		}
		for j := range changed {
			place[changed[j].Rule].follow(&changed[j])
		}
		memory = next
	}
	for i := range out {
		out[i].close(history)
	}
	return out, nil
}

// count enters how many results a rule could judge.
func (s *step) count(rule *indicator.AlertRule, results []indicator.Result, r *Rehearsal) {
	for i := range results {
		ind := s.inds[results[i].Code]
		switch {
		case !applies(rule, ind):
		case s.condition(rule, ind, &results[i], Phase{}, Phase{}).judged:
			r.Judged++
		default:
			r.Held++
		}
	}
}

// follow enters a change of an alert.
func (r *Rehearsal) follow(e *Event) {
	at := slices.IndexFunc(r.Episodes, func(x Episode) bool { return x.ID == e.Episode })
	switch {
	case e.State == Firing && at < 0:
		r.Fires++
		at = len(r.Episodes)
		r.Episodes = append(r.Episodes, Episode{ID: e.Episode, Code: e.Code, Name: e.Name, Area: e.Area, Fired: e.At, Why: e.Why})
		if e.From == Resolved && run(e.Episode) != e.Episode {
			r.Flaps++
			r.Episodes[at].Flaps++
		}
	case at < 0: // pending, and dropped
		return
	case e.State == Firing && e.From == Recovering:
		r.Flaps++
		r.Episodes[at].Flaps++
	case e.State == Resolved:
		r.Resolved++
		r.Episodes[at].Ended = e.At
	}
	if e.FromLevel != "" {
		r.Escalated++
	}
	x := &r.Episodes[at]
	if rank(e.Level) > rank(x.Level) {
		x.Level = e.Level
	}
}

// close counts the days.
func (r *Rehearsal) close(history []indicator.Assessment) {
	for i := range r.Episodes {
		x := &r.Episodes[i]
		end := x.Ended
		if end.IsZero() {
			end = history[len(history)-1].Period
		}
		x.Days = int(end.Last().Sub(x.Fired.Last()).Hours() / 24)
		r.Days += x.Days
	}
}
