package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
)

// A teller tells one episode night after night and remembers what was told.
type teller struct {
	t    *testing.T
	told map[string]alert.Telling
	s    alert.Standing
}

func newTeller(t *testing.T) *teller {
	a := alert.Alert{Rule: "lamp-red", RuleName: "红灯", Kind: "lamp-red", Level: "黄", Name: "测试指标", Why: "测试数据", Owner: "经济运行局"}
	a.Episode, a.State, a.Broken, a.Since = episode, alert.Firing, 1, period.MustParse("2026-Q1")
	return &teller{t: t, told: map[string]alert.Telling{}, s: alert.Standing{Alert: a, Case: alert.Opened(episode, a.Owner, on(2))}}
}

// tell tells on a day of March 2026 and expects the occasion; "" for silence.
func (r *teller) tell(d int, want alert.Occasion) *alert.News {
	r.t.Helper()
	n := alert.Tell([]alert.Standing{r.s}, r.told, on(d), weekdays)
	var got alert.Occasion
	if len(n.Items) > 0 {
		got = n.Items[0].Occasion
	}
	if got != want {
		r.t.Errorf("%d March: told %q, want %q", d, got, want)
	}
	if !n.Empty() {
		for _, x := range n.Tellings(on(d)) {
			r.told[x.Episode] = x
		}
	}
	if again := alert.Tell([]alert.Standing{r.s}, r.told, on(d), weekdays); !again.Empty() {
		r.t.Errorf("%d March: told twice: %v", d, again.Lines())
	}
	return n
}

// broken is one more own period in which the rule is broken, clear one in which
// it is not.
func (r *teller) broken() {
	r.s.Alert.Before.State, r.s.Alert.State = r.s.Alert.State, alert.Firing
	r.s.Alert.Broken++
}

func (r *teller) clear(to alert.State, d int) {
	r.s.Alert.Before.State, r.s.Alert.State = r.s.Alert.State, to
	if !to.Open() {
		r.s.Ended = on(d)
	}
}

func (r *teller) act(k alert.ActKind, d, due int) {
	act := alert.Act{Episode: episode, Kind: k, By: "甲", At: on(d), Text: "测试数据"}
	if due > 0 {
		act.Due = on(due)
	}
	r.s.Case.Apply(act)
}

func TestAnAlertIsToldWhenItBeginsLastsRisesRelapsesAndEnds(t *testing.T) {
	r := newTeller(t)
	r.tell(2, alert.Began)
	r.tell(3, "")
	r.broken()
	r.tell(4, alert.Lasts)
	r.s.Alert.Level = "橙"
	n := r.tell(5, alert.Rose)
	if text := n.Lines()[1]; !strings.Contains(text, "由黄升为橙") {
		t.Error(text)
	}
	r.clear(alert.Recovering, 6)
	r.tell(6, "") // it may not last
	r.broken()
	r.tell(7, alert.Relapsed)
	r.clear(alert.Recovering, 8)
	r.clear(alert.Resolved, 9)
	r.tell(9, alert.Ended)
	r.tell(10, "")
}

func TestASilencedAlertIsNotToldWhateverHappensAndIsCounted(t *testing.T) {
	r := newTeller(t)
	r.tell(2, alert.Began)
	r.act(alert.Silence, 3, 20)
	r.broken()
	r.s.Alert.Level = "红"
	for d := 3; d < 20; d++ {
		if n := r.tell(d, ""); n.Silenced != 1 || !strings.HasPrefix(n.Held(), "静默中1项，已认领0项") {
			t.Errorf("%d March: %s", d, n.Held())
		}
	}
	r.tell(20, alert.Rose) // what was held back is not lost
}

func TestASilenceThatExpiresWhileTheAlertFiresIsToldOnce(t *testing.T) {
	r := newTeller(t)
	r.tell(2, alert.Began)
	r.act(alert.Silence, 3, 10)
	r.tell(9, "")
	r.tell(10, alert.Unmuted)
	r.tell(11, "")

	unknown := newTeller(t) // silenced before it was ever told
	unknown.act(alert.Silence, 2, 10)
	unknown.tell(3, "")
	unknown.tell(10, alert.Unmuted)

	better := newTeller(t) // it recovers by then
	better.tell(2, alert.Began)
	better.act(alert.Silence, 3, 10)
	better.clear(alert.Recovering, 9)
	better.tell(10, "")
}

// Alertmanager #226: the recovery of a silenced alert was told to nobody.
func TestARecoveryUnderSilenceIsToldWithTheNextNewsAndIsNone(t *testing.T) {
	r := newTeller(t)
	r.tell(2, alert.Began)
	r.act(alert.Silence, 3, 10)
	r.clear(alert.Resolved, 5)
	for _, d := range []int{5, 9, 10, 15} { // neither then nor when the silence is over
		if n := r.tell(d, ""); len(n.Closed) != 1 {
			t.Errorf("%d March: %+v", d, n)
		}
	}
	other := newTeller(t).s
	other.Alert.Episode = "another"
	n := alert.Tell([]alert.Standing{r.s, other}, r.told, on(16), weekdays)
	if lines := n.Lines(); len(lines) != 3 || lines[2] != "静默期间解除：测试指标（红灯）。" {
		t.Errorf("%q", lines)
	}
	for _, x := range n.Tellings(on(16)) {
		r.told[x.Episode] = x
	}
	if n := alert.Tell([]alert.Standing{r.s, other}, r.told, on(17), weekdays); len(n.Closed) != 0 {
		t.Errorf("told again: %+v", n.Closed)
	}
}

func TestAnAcknowledgedAlertIsNotRepeatedUnlessItWorsens(t *testing.T) {
	r := newTeller(t)
	r.tell(2, alert.Began)
	r.act(alert.Claim, 3, 0)
	r.broken()
	if n := r.tell(4, ""); n.Claimed != 1 || !strings.HasPrefix(n.Held(), "静默中0项，已认领1项") {
		t.Error(n.Held())
	}
	r.s.Alert.Level = "橙"
	r.tell(5, alert.Rose)
	r.clear(alert.Recovering, 6)
	r.tell(6, "")
	r.broken()
	r.tell(6, alert.Relapsed)
	r.broken()
	r.tell(9, "")
	r.tell(11, alert.Lasts) // five working days after the claim there is no measure: it has expired
	r.act(alert.Measure, 12, 20)
	r.act(alert.Silence, 12, 13)
	r.tell(13, "") // nor for the end of its silence
	r.clear(alert.Resolved, 14)
	r.tell(14, alert.Ended)
}

func TestAClaimedAlertThatNobodyWasToldOfIsTold(t *testing.T) {
	r := newTeller(t)
	r.act(alert.Claim, 2, 0)
	r.tell(3, alert.Began)
}

func TestWhatAnotherAlertSaysIsToldWhenThatOneIsOver(t *testing.T) {
	r := newTeller(t)
	r.s.Alert.InhibitedBy = "lamp-red|X"
	if n := r.tell(2, ""); n.Inhibited != 1 {
		t.Errorf("%+v", n)
	}
	r.s.Alert.InhibitedBy = ""
	r.tell(3, alert.Began)

	gone := newTeller(t) // over before it was told
	gone.s.Alert.InhibitedBy = "lamp-red|X"
	gone.tell(2, "")
	gone.s.Alert.InhibitedBy = ""
	gone.clear(alert.Resolved, 3)
	gone.tell(3, "")
}

// Whatever is done and found: news that was told is none, every alert in force is
// counted once, a silenced one is not told, and one that ends is told to have
// ended at most once.
func TestNewsHoldsItsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		told := map[string]alert.Telling{}
		ended := map[string]int{}
		all := make([]alert.Standing, rapid.IntRange(1, 4).Draw(t, "episodes"))
		for i := range all {
			e := fmt.Sprint("e", i)
			all[i] = alert.Standing{Alert: alert.Alert{Level: "黄", Name: e}, Case: alert.Opened(e, "甲局", on(1))}
			all[i].Alert.Episode, all[i].Alert.State, all[i].Alert.Broken = e, alert.Firing, 1
		}
		for d := 2; d < 28; d++ {
			s := &all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
			if s.Ended.IsZero() {
				s.Alert.Before.State = s.Alert.State
				switch rapid.IntRange(0, 5).Draw(t, "what") {
				case 0:
					s.Alert.State = alert.Firing
					s.Alert.Broken++
				case 1:
					s.Alert.State = alert.Recovering
				case 2:
					s.Alert.State, s.Ended = alert.Resolved, on(d)
				case 3:
					s.Alert.Level = "橙"
				case 4:
					s.Case.Apply(alert.Act{Kind: alert.Silence, At: on(d), Due: on(d + rapid.IntRange(1, 9).Draw(t, "days"))})
				case 5:
					s.Case.Apply(alert.Act{Kind: alert.Claim, By: "甲", At: on(d)})
				}
			}
			n := alert.Tell(all, told, on(d), weekdays)
			raised, said := 0, n.Silenced+n.Claimed+n.Inhibited+n.Known
			for i := range all {
				if all[i].Alert.State.Raised() {
					raised++
				}
			}
			for _, it := range n.Items {
				i := slices.IndexFunc(all, func(s alert.Standing) bool { return s.Alert.Episode == it.Episode })
				if it.Occasion == alert.Ended {
					if ended[it.Episode]++; ended[it.Episode] > 1 {
						t.Fatalf("%s ended twice", it.Episode)
					}
					continue
				}
				said++
				if all[i].Case.Quiet(on(d)) {
					t.Fatalf("%s is silenced and told: %s", it.Episode, it.Occasion)
				}
			}
			if said != raised {
				t.Fatalf("%d in force, %d accounted for: %+v", raised, said, n)
			}
			if n.Empty() {
				continue
			}
			for _, x := range n.Tellings(on(d)) {
				told[x.Episode] = x
			}
			if again := alert.Tell(all, told, on(d), weekdays); !again.Empty() || len(again.Closed) > 0 {
				t.Fatalf("told twice: %v", again.Lines())
			}
		}
	})
}

func TestANewsPutsTheGravestFirstAndWhatWasHeldBackBeforeAll(t *testing.T) {
	var all []alert.Standing
	for i, level := range []string{"黄", "红", "橙"} {
		s := newTeller(t).s
		s.Alert.Episode, s.Alert.Name, s.Alert.Level = fmt.Sprint(i), level+"色指标", level
		s.Alert.Need = "到2027年需年均增长9.3%"
		all = append(all, s)
	}
	n := alert.Tell(all, nil, on(2), weekdays)
	q := period.MustParse("2026-03")
	if got := n.Title(q); got != "预警变动（2026年3月）：新增3项" {
		t.Error(got)
	}
	want := []string{
		"新增3项。静默中0项，已认领0项，不另行通报。",
		"【红】新增：红色指标（红灯），自2026年一季度起。测试数据。需要：到2027年需年均增长9.3%。责任单位：经济运行局。",
		"【橙】新增：橙色指标（红灯），自2026年一季度起。测试数据。需要：到2027年需年均增长9.3%。责任单位：经济运行局。",
		"【黄】新增：黄色指标（红灯），自2026年一季度起。测试数据。需要：到2027年需年均增长9.3%。责任单位：经济运行局。",
	}
	if diff := cmp.Diff(want, n.Lines()); diff != "" {
		t.Error(diff)
	}
}
