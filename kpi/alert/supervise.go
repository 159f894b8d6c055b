package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/period"
)

// An ActKind is a step of 督办: 认领→原因→措施→时限→复核→销号.
type ActKind string

// The acts. Measure carries the 时限 in Due.
const (
	Assign  ActKind = "assign"  // 交办: another department answers from now on
	Claim   ActKind = "claim"   // 认领
	Cause   ActKind = "cause"   // 原因
	Measure ActKind = "measure" // 措施 with its 时限
	Review  ActKind = "review"  // 复核, Passed or not
	Close   ActKind = "close"   // 销号
	Silence ActKind = "silence" // 静默 until Due: known, not to be told meanwhile
)

// Name is the Chinese word.
func (k ActKind) Name() string {
	switch k {
	case Assign:
		return "交办"
	case Claim:
		return "认领"
	case Cause:
		return "原因"
	case Measure:
		return "措施"
	case Review:
		return "复核"
	case Close:
		return "销号"
	case Silence:
		return "静默"
	}
	return ""
}

// An Act is what somebody did about an alert: who and when, never changed.
type Act struct {
	Episode string    `json:"episode"`
	Kind    ActKind   `json:"act"`
	By      string    `json:"by"` // who did it
	At      time.Time `json:"at"`
	To      string    `json:"to,omitempty"`   // assign: the department
	Text    string    `json:"text,omitempty"` // the cause, the measure, what was found, why
	Due     time.Time `json:"due,omitzero"`   // measure: its 时限; silence: until
	Passed  bool      `json:"passed,omitempty"`
}

// A Stage is how far the 督办 of an alert has come.
type Stage string

// The stages, in order.
const (
	Unclaimed Stage = "unclaimed" // 待认领
	Claimed   Stage = "claimed"   // 已认领，待报原因和措施
	Measured  Stage = "measured"  // 整改中
	Reviewed  Stage = "reviewed"  // 复核通过，待销号
	Closed    Stage = "closed"    // 已销号
)

// Name is the Chinese word.
func (s Stage) Name() string {
	switch s {
	case Unclaimed:
		return "待认领"
	case Claimed:
		return "待报措施"
	case Measured:
		return "整改中"
	case Reviewed:
		return "待销号"
	case Closed:
		return "已销号"
	}
	return ""
}

// A Case is the 督办 of one episode. It belongs to the episode: it outlives a flap
// between and a restart, and a new episode begins a new one.
type Case struct {
	Episode  string    `json:"episode"`
	Stage    Stage     `json:"stage"`
	Since    time.Time `json:"since"` // when the stage began
	Owner    string    `json:"owner"` // the department that answers
	By       string    `json:"by"`    // who claimed it
	Cause    string    `json:"cause"`
	Measure  string    `json:"measure"`
	Due      time.Time `json:"due,omitzero"`      // the 时限 of the measure
	Silenced time.Time `json:"silenced,omitzero"` // until then it is not told
	Acts     []Act     `json:"acts"`              // all of them, oldest first
}

// Opened is the case of an alert that was raised at a time, before anybody did
// anything about it.
func Opened(episode, owner string, at time.Time) Case {
	return Case{Episode: episode, Stage: Unclaimed, Since: at, Owner: owner}
}

// A RefusedError says in Chinese why an act cannot be done.
type RefusedError struct{ Why string }

// Error is that sentence.
func (e *RefusedError) Error() string { return e.Why }

// maxSilence is how long an alert can be silenced: a quarter.
const maxSilence = 92 * 24 * time.Hour

// Check refuses an act that makes no sense: state is how the alert stands now.
// Whoever claimed a case does not review it, and an alert is not signed away: it
// is closed only when the figures have recovered.
func (c *Case) Check(act Act, state State) error {
	refuse := func(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }
	text := strings.TrimSpace(act.Text)
	switch {
	case act.Kind.Name() == "":
		return refuse("没有“%s”这一步", act.Kind)
	case act.Episode != c.Episode:
		return refuse("不是预警 %s 的督办", c.Episode)
	case strings.TrimSpace(act.By) == "":
		return refuse("须写明办理人")
	case act.At.Before(c.last()):
		return refuse("早于上一步的时间")
	case c.Stage == Closed:
		return refuse("已销号，不能再办")
	}
	wants := map[ActKind][]Stage{
		Claim: {Unclaimed}, Cause: {Claimed, Measured}, Measure: {Claimed, Measured}, Review: {Measured}, Close: {Reviewed},
	}
	if act.Kind == Review && !state.Open() { // recovered by itself: that is reviewed too
		wants[Review] = []Stage{Unclaimed, Claimed, Measured}
	}
	if want := wants[act.Kind]; want != nil && !slices.Contains(want, c.Stage) {
		return refuse("现为“%s”，不能%s", c.Stage.Name(), act.Kind.Name())
	}
	switch act.Kind {
	case Assign:
		if strings.TrimSpace(act.To) == "" {
			return refuse("须写明交办给哪个单位")
		}
	case Cause, Close:
		if text == "" {
			return refuse("须写明%s", map[ActKind]string{Cause: "原因", Close: "销号的依据"}[act.Kind])
		}
		if act.Kind == Close && state.Open() {
			return refuse("指标尚未恢复（现为“%s”），不能销号", state.Name())
		}
	case Measure:
		switch {
		case c.Cause == "":
			return refuse("先写明原因，再报措施")
		case text == "":
			return refuse("须写明措施")
		case !act.Due.After(act.At):
			return refuse("时限须在今后")
		}
	case Review:
		switch {
		case text == "":
			return refuse("须写明复核意见")
		case act.By == c.By:
			return refuse("认领人%s不能自己复核", act.By)
		}
	case Silence:
		switch {
		case text == "":
			return refuse("须写明静默的理由")
		case !act.Due.After(act.At):
			return refuse("静默的截止日须在今后")
		case act.Due.Sub(act.At) > maxSilence:
			return refuse("静默最长92天")
		}
	}
	return nil
}

// last is when the newest act was done, or the case began.
func (c *Case) last() time.Time {
	if n := len(c.Acts); n > 0 {
		return c.Acts[n-1].At
	}
	return c.Since
}

// Apply does an act that Check let pass.
func (c *Case) Apply(act Act) {
	c.Acts = append(c.Acts, act)
	to := func(s Stage) { c.Stage, c.Since = s, act.At }
	switch act.Kind {
	case Assign:
		c.Owner, c.By = act.To, ""
		to(Unclaimed)
	case Claim:
		c.By = act.By
		to(Claimed)
	case Cause:
		c.Cause = act.Text
	case Measure:
		c.Measure, c.Due = act.Text, act.Due
		to(Measured)
	case Review:
		if act.Passed {
			to(Reviewed)
		} else { // back for a better measure
			c.Measure, c.Due = "", time.Time{}
			to(Claimed)
		}
	case Close:
		to(Closed)
	case Silence:
		c.Silenced = act.Due
	}
}

// Quiet reports whether a case is silenced at a time. What recovers meanwhile is
// not told, but stands in the record and in the next report.
func (c *Case) Quiet(now time.Time) bool { return now.Before(c.Silenced) }

// allowed is how many working days each stage may take; that of Measured is the
// 时限 it gave itself.
var allowed = map[Stage]int{Unclaimed: 3, Claimed: 5, Reviewed: 5}

// rungs are the escalation of what is overdue, by working days after its
// deadline: as for a late return (catalogue §5.15).
var rungs = [...]struct {
	days int
	to   string
}{{0, "催办责任单位"}, {3, "升级至单位负责人"}, {5, "升级至双城办分管领导"}}

// Deadline is when the stage is to be over; add is the n-th working day after a
// time. ok is false when there is none: closed; recovered before a measure was
// wanted, for the figures have answered; reviewed and not recovered yet.
func (c *Case) Deadline(state State, add func(time.Time, int) time.Time) (due time.Time, ok bool) {
	n, limited := allowed[c.Stage]
	switch {
	case c.Stage == Measured:
		return c.Due, true
	case !limited, state.Open() == (c.Stage == Reviewed):
		return time.Time{}, false
	}
	return add(c.Since, n), true
}

// Overdue says to whom an overdue case is escalated; "" when it is in time. The
// day of the deadline is still in time. A claim that brought no measure in time
// has expired: it does not keep an alert acknowledged.
func (c *Case) Overdue(state State, now time.Time, add func(time.Time, int) time.Time) string {
	due, ok := c.Deadline(state, add)
	if !ok {
		return ""
	}
	to := ""
	for _, r := range rungs {
		if day(now).After(day(add(due, r.days))) {
			to = r.to
		}
	}
	return to
}

// Acknowledged reports whether somebody has the case in hand: claimed, and not
// overdue.
func (c *Case) Acknowledged(state State, now time.Time, add func(time.Time, int) time.Time) bool {
	return c.Stage != Unclaimed && c.Overdue(state, now, add) == ""
}

// day is the midnight that a time's day begins with, in Asia/Shanghai.
func day(t time.Time) time.Time {
	y, m, d := t.In(period.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, period.Shanghai)
}
