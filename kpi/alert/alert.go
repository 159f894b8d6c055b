// Package alert remembers what is wrong through time: Step takes the alerts as
// they were and the results of an evaluation, and says how the alerts are now
// and what has changed. It is pure: it knows no clock, no database, no channel
// a message goes out by, and does not judge lamps (kpi does) – it counts them.
//
// A rule is judged once for every own period of an indicator: a quarterly
// indicator evaluated every night is counted once a quarter. What could not be
// judged, because the value is absent, changes nothing.
package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A State is how far an alert has come.
type State string

// The states. Quiet alerts are kept only for what they remember, and concern
// nobody; Resolved ones are kept until their rule is broken again.
const (
	Quiet      State = "quiet"
	Pending    State = "pending"    // broken, but not yet for as many periods as the rule asks
	Firing     State = "firing"     // 预警
	Recovering State = "recovering" // clear, but not yet for long enough
	Resolved   State = "resolved"   // 已解除
)

// Name is the Chinese name of the state; "" for Quiet.
func (s State) Name() string {
	switch s {
	case Pending:
		return "观察"
	case Firing:
		return "预警"
	case Recovering:
		return "待解除"
	case Resolved:
		return "已解除"
	}
	return ""
}

// Open reports whether the alert is still running: pending, firing or recovering.
func (s State) Open() bool { return s == Pending || s.Raised() }

// Raised reports whether leaders are to see it: firing or recovering.
func (s State) Raised() bool { return s == Firing || s == Recovering }

// A Phase is where an alert stood after one own period of its indicator.
type Phase struct {
	// Episode names this run of the alert: rule|code|area|first period, and #2 …
	// when a correction reopened what it had closed. An episode is resolved at
	// most once. It is "" before the first.
	Episode string        `json:"episode"`
	State   State         `json:"state"`
	Since   period.Period `json:"since"`  // first own period in which the rule was broken
	Period  period.Period `json:"period"` // newest own period that was judged
	Count   int           `json:"count"`  // own periods in a row in which the rule was broken
	Clear   int           `json:"clear"`  // own periods in a row in which it was not, once fired
	Broken  int           `json:"broken"` // own periods of this episode in which the rule was broken
	// Fired is the evaluation period in which the episode began to fire.
	Fired period.Period `json:"fired"`
	// Measure is what the next period is compared with, for rules about movement;
	// Basis says what it is, for unlike things are never compared.
	// For revision-large it is the value that the period was first judged by.
	Measure indicator.Opt[float64] `json:"measure"`
	Basis   string                 `json:"basis,omitempty"`
}

// An Alert is a rule of the catalogue at work on an indicator and an area.
type Alert struct {
	Phase
	Rule     string           `json:"rule"`      // id of the AlertRule
	RuleName string           `json:"rule_name"` // its Chinese name
	Kind     string           `json:"kind"`      // its condition, see Kinds
	Level    string           `json:"level"`     // 黄, 橙, 红; of the rule, or escalated
	Code     indicator.Code   `json:"code"`
	Name     string           `json:"name"` // of the indicator
	Area     indicator.AreaID `json:"area"`
	TargetID string           `json:"target_id,omitempty"`
	Why      string           `json:"why"`   // one Chinese sentence, with the figures
	Need     string           `json:"need"`  // what would be needed, in Chinese; may be ""
	Owner    string           `json:"owner"` // the department that answers
	// Held says in Chinese why this evaluation could not judge the rule, so that
	// the state is the one before. Absence never resolves an alert.
	Held string `json:"held,omitempty"`
	// InhibitedBy is the episode of the alert that already says it all. An
	// inhibited alert runs on, but is not to be told.
	InhibitedBy string `json:"inhibited_by,omitempty"`
	// HeldBy is the episode of the late return that keeps a raised alert from being
	// judged. It stays in view, so that nobody leaves the red list by not
	// reporting, but is not escalated: the late return is what is to be chased.
	HeldBy string `json:"held_by,omitempty"`
	// New reports whether it began to fire in the evaluated period.
	New bool `json:"new"`
	// Before is the phase before Period: when a corrected value is evaluated for
	// the same own period, that period is judged again from here.
	Before Phase `json:"before"`
}

// An Event is a change of one alert: of its state; from equal to the state when
// the alert was inhibited in the evaluation before and is not any more, or when
// its level rose.
type Event struct {
	Alert
	From State `json:"from"`
	// FromLevel is the level before, when it rose while the alert was raised.
	FromLevel string        `json:"from_level,omitempty"`
	At        period.Period `json:"at"` // the evaluated period
}

// A Policy is how patient alerts are.
type Policy struct {
	// Clear is how many own periods in a row must be clear before an alert that
	// fired is resolved; until then it is recovering. Alerts about data (late,
	// not computable, revised) are resolved by the first. A rule that says its own
	// Clear is heeded.
	Clear int
}

// DefaultPolicy resolves an alert in the second clear period.
var DefaultPolicy = Policy{Clear: 2}

// Step is DefaultPolicy.Step.
func Step(prev []Alert, results []indicator.Result, cat *indicator.Catalogue, p period.Period, late func(indicator.Code) bool) (next []Alert, changed []Event, err error) {
	return DefaultPolicy.Step(prev, results, cat, p, late)
}

// Step judges the results of the evaluation of period p by the alert rules of
// the catalogue. Prev is next of the step before, whole; next and changed are
// ordered by rule, code and area. Late says whether the newest due return that
// carries a code is overdue; when it is nil, an overdue result says it.
//
// Stepping twice with equal arguments changes nothing the second time, nor does
// evaluating an older period, nor the order of prev and results. An alert whose
// rule or indicator is no longer defined, or is defined otherwise, is closed
// and forgotten.
//
// Errors are ours: a result of an unknown indicator, of a period that had not
// ended in p, or twice; a previous alert twice; a rule of an unknown kind.
func (pol Policy) Step(prev []Alert, results []indicator.Result, cat *indicator.Catalogue, p period.Period, late func(indicator.Code) bool) (next []Alert, changed []Event, err error) {
	s := pol.start(cat, p, late)
	if err := s.accept(results, cat.AlertRules); err != nil {
		return nil, nil, fmt.Errorf("step alerts to %s: %w", p, err)
	}
	was := make(map[key]Alert, len(prev))
	for _, a := range prev {
		if _, dup := was[a.key()]; dup {
			return nil, nil, fmt.Errorf("step alerts to %s: previous alert %s|%s|%s stands twice", p, a.Rule, a.Code, a.Area)
		}
		was[a.key()] = a
	}
	done := make(map[key]Alert, len(prev))
	for i := range cat.AlertRules {
		rule := &cat.AlertRules[i]
		for j := range results {
			r := &results[j]
			ind := s.inds[r.Code]
			if !applies(rule, ind) {
				continue
			}
			k := key{rule.ID, r.Code, r.Area}
			old, known := was[k]
			if known && old.Kind != rule.When {
				old, known = Alert{}, false // closed below
			}
			if a, keep := s.judge(old, known, rule, ind, r); keep {
				done[k] = a
			}
		}
	}
	for k, a := range was {
		if b, ok := done[k]; ok && b.Kind == a.Kind {
			continue
		}
		gone := s.gone(a, cat.AlertRules)
		if gone == "" { // defined, but not among the results
			a.Held, a.New = notEvaluated, a.Fired == p
			done[k] = a
			continue
		}
		if e, ok := closed(a, gone, p); ok {
			changed = append(changed, e)
		}
	}
	s.inhibit(done)
	for k, a := range done {
		next = append(next, a)
		if e, ok := event(was[k], a, p); ok {
			changed = append(changed, e)
		}
	}
	slices.SortFunc(next, func(a, b Alert) int { return a.key().compare(b.key()) })
	slices.SortFunc(changed, func(a, b Event) int {
		return cmp.Or(a.key().compare(b.key()), strings.Compare(a.Kind, b.Kind))
	})
	return next, changed, nil
}

// A key is what an alert is about; it has one alert at a time.
type key struct {
	rule string
	code indicator.Code
	area indicator.AreaID
}

func (a *Alert) key() key { return key{a.Rule, a.Code, a.Area} }

func (k key) compare(o key) int {
	return cmp.Or(strings.Compare(k.rule, o.rule), cmp.Compare(k.code, o.code), cmp.Compare(k.area, o.area))
}

// A step is what one call of Step works on.
type step struct {
	policy   Policy
	at       period.Period
	late     func(indicator.Code) bool
	settings indicator.Settings
	inds     map[indicator.Code]*indicator.Indicator
}

// notEvaluated is why an alert is held that has no result.
const notEvaluated = "本次未评估，状态沿用上期"

func (pol Policy) start(cat *indicator.Catalogue, p period.Period, late func(indicator.Code) bool) *step {
	s := &step{
		policy: pol, at: p, late: late, settings: cat.Settings,
		inds: make(map[indicator.Code]*indicator.Indicator, len(cat.Indicators)),
	}
	for i := range cat.Indicators {
		s.inds[cat.Indicators[i].Code] = &cat.Indicators[i]
	}
	return s
}

// accept refuses what would make the count wrong.
func (s *step) accept(results []indicator.Result, rules []indicator.AlertRule) error {
	if s.at.IsZero() {
		return fmt.Errorf("no period")
	}
	if s.policy.Clear < 1 {
		return fmt.Errorf("policy clear %d: want 1 or more", s.policy.Clear)
	}
	seen := make(map[key]bool, len(results))
	for i := range results {
		r := &results[i]
		switch k := (key{"", r.Code, r.Area}); {
		case s.inds[r.Code] == nil:
			return fmt.Errorf("result of %s: no such indicator", r.Code)
		case r.Period.End > s.at.End:
			return fmt.Errorf("result of %s: %s had not ended", r.Code, r.Period)
		case seen[k]:
			return fmt.Errorf("result of %s for %s stands twice", r.Code, r.Area)
		default:
			seen[k] = true
		}
	}
	for i := range rules {
		if !slices.Contains(Kinds(), rules[i].When) {
			return fmt.Errorf("alert rule %s: kind %q is unknown", rules[i].ID, rules[i].When)
		}
	}
	return nil
}

// gone says in Chinese why an alert has no ground any more; "" when it has.
func (s *step) gone(a Alert, rules []indicator.AlertRule) string {
	ind := s.inds[a.Code]
	if ind == nil {
		return "指标已撤销，预警终止"
	}
	i := slices.IndexFunc(rules, func(r indicator.AlertRule) bool { return r.ID == a.Rule })
	switch {
	case i < 0:
		return "预警规则已撤销，预警终止"
	case rules[i].When != a.Kind:
		return "预警规则已修改，重新计数"
	case !applies(&rules[i], ind):
		return "预警规则不再适用于本指标，预警终止"
	case ind.Area == indicator.LJ && a.Area != s.settings.Scope:
		return "新区统计范围的设置已变更，重新计数"
	}
	return ""
}

// closed ends an alert that has no ground any more.
func closed(a Alert, why string, p period.Period) (Event, bool) {
	from := a.State
	if !from.Open() {
		return Event{}, false
	}
	a.State = Quiet
	if from.Raised() {
		a.State = Resolved
	}
	a.Why, a.Need, a.Held, a.InhibitedBy, a.HeldBy, a.New = why, "", "", "", "", false
	return Event{Alert: a, From: from, At: p}, true
}

// event is what has changed from one step to the next. A pending alert that is
// dropped is an event too, for the ledger, but nobody was told of it.
func event(old, now Alert, p period.Period) (e Event, news bool) {
	from := old.State
	if from == "" || old.Kind != now.Kind {
		from = Quiet
	}
	released := from == now.State && now.State.Raised() && old.InhibitedBy != "" && now.InhibitedBy == ""
	e = Event{Alert: now, From: from, At: p}
	if from.Raised() && now.State.Raised() && rank(now.Level) > rank(old.Level) {
		e.FromLevel = old.Level
	}
	return e, from != now.State || released || e.FromLevel != ""
}
