package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// judge takes one alert through one result. keep is false while there is
// nothing to remember.
func (s *step) judge(a Alert, known bool, rule *indicator.AlertRule, ind *indicator.Indicator, r *indicator.Result) (_ Alert, keep bool) {
	a.Rule, a.RuleName, a.Kind = rule.ID, rule.Name, rule.When
	a.Code, a.Name, a.Area = ind.Code, ind.Name, r.Area
	a.TargetID = ""
	if t := ind.Target(); t != nil {
		a.TargetID = t.ID
	}
	a.Owner = owner(rule.When, ind)
	a.Held, a.InhibitedBy, a.HeldBy = "", "", ""
	q := r.Period
	if q.IsZero() {
		q = s.at.Latest(ind.Freq)
	}
	before, on := a.Phase, Phase{}
	again := known && q.End == a.Period.End
	if again {
		before, on = a.Before, a.Phase
	}
	v := s.condition(rule, ind, r, before, on)
	switch {
	case !v.judged:
		a.Held = v.held
	case known && q.End < a.Period.End:
		// An older period is evaluated once more: it has had its say.
	default:
		id := fmt.Sprintf("%s|%s|%s|%s", a.Rule, a.Code, a.Area, q)
		after := advance(before, v.broken, id, q, max(rule.Periods, 1), s.clear(rule))
		if again {
			after = corrected(a.Phase, after)
		}
		if after.State.Raised() && !a.State.Raised() {
			after.Fired = s.at
		}
		after.Period, after.Measure, after.Basis = q, v.measure, v.basis
		a.Phase, a.Before = after, before
		a.Why, a.Need = v.why, v.need
		if a.State.Open() && a.Count > 1 {
			a.Why += "，已连续" + strconv.Itoa(a.Count) + "期"
		}
		if !a.State.Open() {
			a.Need = ""
		}
	}
	a.Level = rule.Level
	if a.State.Raised() {
		a.Level = escalated(rule, a.Broken, ind.Freq)
	}
	a.New = a.State.Raised() && a.Fired == s.at
	return a, a.Episode != "" || a.Measure.OK
}

// clear is how many clear periods in a row resolve what the rule fired.
func (s *step) clear(rule *indicator.AlertRule) int {
	switch {
	case rule.Clear > 0:
		return rule.Clear
	case aboutData(rule.When):
		return 1
	}
	return s.policy.Clear
}

// levels are the severities, lightest first.
var levels = [...]string{"黄", "橙", "红"}

// rank orders levels, the gravest highest; an unknown one is below all.
func rank(level string) int { return slices.Index(levels[:], level) }

// escalated is the level of a raised alert that was broken in so many own periods
// of its episode. Duration is counted in months, so that a monthly figure is not
// graver than a quarterly one that is wrong for as long. Periods that could not
// be judged do not count, and a flap between does not lower it.
func escalated(rule *indicator.AlertRule, broken int, f period.Freq) string {
	at := rank(rule.Level)
	if rule.Escalate < 1 || at < 0 {
		return rule.Level
	}
	longer := max(broken-max(rule.Periods, 1), 0) * f.Months()
	return levels[min(at+longer/rule.Escalate, len(levels)-1)]
}

// advance is the state machine: the phase after one more own period q, judged
// broken or not. Id is the episode that q would begin; need and clear are how
// many periods fire and resolve.
func advance(b Phase, broken bool, id string, q period.Period, need, clear int) Phase {
	switch {
	case broken && b.State.Raised():
		b.State, b.Clear = Firing, 0
		b.Count++
		b.Broken++
	case broken:
		if b.State != Pending {
			b = Phase{Episode: id, State: Pending, Since: q}
		}
		b.Broken++
		if b.Count++; b.Count >= need {
			b.State = Firing
		}
	case b.State.Raised():
		b.State, b.Count = Recovering, 0
		if b.Clear++; b.Clear >= clear {
			b.State = Resolved
		}
	case b.State == Resolved:
	default: // a pending alert is dropped: it was never told
		b.State, b.Count = Quiet, 0
	}
	return b
}

// corrected is the phase after a period that had been judged before, on a value
// that may have been corrected since: on is what it was then found to be, after
// what it is found to be now. Without a correction it is on.
func corrected(on, after Phase) Phase {
	switch {
	case on.State.Open() && after.State.Open():
		after.Episode = on.Episode // it may be a reopened one
		if on.State.Raised() {
			after.Fired = on.Fired
		}
	case on.State.Open():
		// It never was: what had been opened, or held open, is closed.
		after = on
		after.State, after.Count = Quiet, 0
		if on.State.Raised() {
			after.State = Resolved
		}
	case after.State.Open():
		if on.State == Resolved && run(on.Episode) == run(after.Episode) {
			after.Episode = reopened(on.Episode) // “resolved” has been said of this one
		}
	default:
		after = on
	}
	return after
}

// run is an episode without the number of its reopening.
func run(episode string) string {
	r, _, _ := strings.Cut(episode, "#")
	return r
}

func reopened(episode string) string {
	r, n, _ := strings.Cut(episode, "#")
	i, err := strconv.Atoi(n)
	if err != nil {
		i = 1
	}
	return r + "#" + strconv.Itoa(i+1)
}
