package alert_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
)

const episode = "lamp-red|GDP.TOTAL.ALL|ALL|2026-Q1"

// on is noon of a day of March 2026; the 2nd is a Monday.
func on(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, period.Shanghai) }

// weekdays counts Monday to Friday.
func weekdays(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if w := t.Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return t
}

// acts are a case from 认领 to 销号.
func acts() []alert.Act {
	return []alert.Act{
		{Episode: episode, Kind: alert.Claim, By: "甲", At: on(3)},
		{Episode: episode, Kind: alert.Cause, By: "甲", At: on(4), Text: "投资放缓"},
		{Episode: episode, Kind: alert.Measure, By: "甲", At: on(5), Text: "加快开工", Due: on(20)},
		{Episode: episode, Kind: alert.Review, By: "乙", At: on(18), Text: "措施已落实", Passed: true},
		{Episode: episode, Kind: alert.Close, By: "乙", At: on(19), Text: "二季度转绿"},
	}
}

// Alertmanager #1860, #462, Grafana #13364, #18193: nobody could see who had
// taken an alert in hand, why, and until when.
func TestSupervisionRunsFromClaimToCloseWithWhoAndWhen(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	var stages []alert.Stage
	state := alert.Firing
	for _, a := range acts() {
		if a.Kind == alert.Close {
			if err := c.Check(a, state); err == nil || !strings.Contains(err.Error(), "尚未恢复") {
				t.Errorf("an alert that still fires is signed away: %v", err)
			}
			state = alert.Resolved
		}
		if err := c.Check(a, state); err != nil {
			t.Fatalf("%s: %v", a.Kind, err)
		}
		c.Apply(a)
		stages = append(stages, c.Stage)
	}
	if diff := cmp.Diff([]alert.Stage{alert.Claimed, alert.Claimed, alert.Measured, alert.Reviewed, alert.Closed}, stages); diff != "" {
		t.Error(diff)
	}
	want := alert.Case{
		Episode: episode, Stage: alert.Closed, Since: on(19), Owner: "经济运行局", By: "甲", Cause: "投资放缓", Measure: "加快开工", Due: on(20),
		Acts: acts(),
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestSupervisionRefuses(t *testing.T) {
	full := acts()
	with := func(i int, f func(*alert.Act)) alert.Act {
		a := full[i]
		f(&a)
		return a
	}
	for name, c := range map[string]struct {
		done  int // acts done before
		act   alert.Act
		state alert.State
		want  string
	}{
		"nobody":                      {0, with(0, func(a *alert.Act) { a.By = " " }), alert.Firing, "办理人"},
		"an unknown step":             {0, with(0, func(a *alert.Act) { a.Kind = "fix" }), alert.Firing, "没有“fix”"},
		"another episode":             {0, with(0, func(a *alert.Act) { a.Episode += "#2" }), alert.Firing, "不是预警"},
		"before the step before":      {1, with(1, func(a *alert.Act) { a.At = on(1) }), alert.Firing, "早于"},
		"claimed twice":               {1, with(0, func(a *alert.Act) { a.At = on(4) }), alert.Firing, "现为“待报措施”，不能认领"},
		"a cause before the claim":    {0, full[1], alert.Firing, "现为“待认领”，不能原因"},
		"a cause without words":       {1, with(1, func(a *alert.Act) { a.Text = "" }), alert.Firing, "须写明原因"},
		"a measure without its cause": {1, full[2], alert.Firing, "先写明原因"},
		"a measure without words":     {2, with(2, func(a *alert.Act) { a.Text = "" }), alert.Firing, "须写明措施"},
		"a measure without a limit":   {2, with(2, func(a *alert.Act) { a.Due = time.Time{} }), alert.Firing, "时限"},
		"a review before the measure": {2, full[3], alert.Firing, "不能复核"},
		"a review of one's own":       {3, with(3, func(a *alert.Act) { a.By = "甲" }), alert.Firing, "不能自己复核"},
		"closed without a review":     {3, full[4], alert.Resolved, "不能销号"},
		"closed while recovering":     {4, full[4], alert.Recovering, "尚未恢复（现为“待解除”）"},
		"closed without a ground":     {4, with(4, func(a *alert.Act) { a.Text = "" }), alert.Resolved, "依据"},
		"after it was closed":         {5, with(0, func(a *alert.Act) { a.At = on(30) }), alert.Resolved, "已销号"},
		"to nobody":                   {0, alert.Act{Episode: episode, Kind: alert.Assign, By: "乙", At: on(3)}, alert.Firing, "哪个单位"},
		"silence without an end":      {0, alert.Act{Episode: episode, Kind: alert.Silence, By: "乙", At: on(3), Text: "已知"}, alert.Firing, "截止日"},
		"silence for a year":          {0, alert.Act{Episode: episode, Kind: alert.Silence, By: "乙", At: on(3), Text: "已知", Due: on(3).AddDate(1, 0, 0)}, alert.Firing, "最长92天"},
		"silence without a reason":    {0, alert.Act{Episode: episode, Kind: alert.Silence, By: "乙", At: on(3), Due: on(9)}, alert.Firing, "理由"},
	} {
		k := alert.Opened(episode, "经济运行局", on(2))
		for _, a := range full[:c.done] {
			k.Apply(a)
		}
		err := k.Check(c.act, c.state)
		var no *alert.RefusedError
		if !errors.As(err, &no) || !strings.Contains(no.Why, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAFailedReviewAsksForABetterMeasure(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	for _, a := range acts()[:3] {
		c.Apply(a)
	}
	c.Apply(alert.Act{Episode: episode, Kind: alert.Review, By: "乙", At: on(18), Text: "未见实效"})
	if c.Stage != alert.Claimed || c.Measure != "" || !c.Due.IsZero() || c.Cause == "" {
		t.Errorf("%+v", c)
	}
}

func TestAnAlertThatRecoversByItselfIsReviewedAndClosed(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	for _, a := range []alert.Act{
		{Episode: episode, Kind: alert.Review, By: "乙", At: on(18), Text: "数据更正后恢复", Passed: true},
		{Episode: episode, Kind: alert.Close, By: "乙", At: on(18), Text: "已恢复"},
	} {
		if err := c.Check(a, alert.Resolved); err != nil {
			t.Fatal(err)
		}
		c.Apply(a)
	}
	if c.Stage != alert.Closed {
		t.Errorf("%s", c.Stage)
	}
}

func TestAssigningBeginsAnew(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	c.Apply(acts()[0])
	c.Apply(alert.Act{Episode: episode, Kind: alert.Assign, By: "乙", At: on(4), To: "现代服务业局"})
	if c.Stage != alert.Unclaimed || c.Owner != "现代服务业局" || c.By != "" || c.Since != on(4) || len(c.Acts) != 2 {
		t.Errorf("%+v", c)
	}
}

// karma #6314: an acknowledgement was forgotten. Ours holds through flaps and
// restarts for as long as it is kept, and no longer.
func TestAnAcknowledgementHoldsWhileItIsKeptAndExpires(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	state := alert.Firing
	want := func(d int, acknowledged bool, to string) {
		t.Helper()
		if got := c.Overdue(state, on(d), weekdays); got != to {
			t.Errorf("%d March: %q, want %q", d, got, to)
		}
		if got := c.Acknowledged(state, on(d), weekdays); got != acknowledged {
			t.Errorf("%d March: acknowledged %v", d, got)
		}
	}
	want(5, false, "") // three working days to claim it
	want(6, false, "催办责任单位")
	want(10, false, "催办责任单位") // the week-end between does not count
	want(11, false, "升级至单位负责人")
	want(13, false, "升级至双城办分管领导")
	c.Apply(alert.Act{Episode: episode, Kind: alert.Claim, By: "甲", At: on(6)})
	want(13, true, "") // five for a measure
	want(14, false, "催办责任单位")
	c.Apply(alert.Act{Episode: episode, Kind: alert.Measure, By: "甲", At: on(13), Text: "加快开工", Due: on(20)})
	want(20, true, "")
	want(21, false, "催办责任单位")
	state = alert.Resolved
	want(21, false, "催办责任单位") // the measure was promised all the same
	c.Apply(alert.Act{Episode: episode, Kind: alert.Review, By: "乙", At: on(21), Text: "已落实", Passed: true})
	want(27, true, "")
	want(28, false, "催办责任单位")
	state = alert.Recovering
	want(30, true, "") // not to be closed yet
	c.Apply(alert.Act{Episode: episode, Kind: alert.Close, By: "乙", At: on(30), Text: "恢复"})
	want(31, true, "")
}

func TestWhatRecoversBeforeItIsClaimedIsNotChased(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	if to := c.Overdue(alert.Resolved, on(31), weekdays); to != "" {
		t.Errorf("chased: %s", to)
	}
}

// Alertmanager #226: the recovery of a silenced alert was told to nobody. Ours
// is silent, and stays in the record.
func TestSilenceEndsByItselfAndIsOnRecord(t *testing.T) {
	c := alert.Opened(episode, "经济运行局", on(2))
	c.Apply(alert.Act{Episode: episode, Kind: alert.Silence, By: "乙", At: on(3), Text: "已知的季节因素", Due: on(10)})
	if !c.Quiet(on(9)) || c.Quiet(on(10)) {
		t.Errorf("silenced until %s", c.Silenced)
	}
	if c.Stage != alert.Unclaimed || len(c.Acts) != 1 {
		t.Errorf("silence moved the case: %+v", c)
	}
}

func TestSupervisionLaws(t *testing.T) {
	kinds := []alert.ActKind{alert.Assign, alert.Claim, alert.Cause, alert.Measure, alert.Review, alert.Close, alert.Silence}
	states := []alert.State{alert.Pending, alert.Firing, alert.Recovering, alert.Resolved, alert.Quiet}
	rapid.Check(t, func(t *rapid.T) {
		c := alert.Opened(episode, "经济运行局", on(1))
		var let []alert.Act
		for i := range rapid.IntRange(1, 30).Draw(t, "acts") {
			a := alert.Act{
				Episode: episode, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), By: rapid.SampledFrom([]string{"甲", "乙"}).Draw(t, "by"),
				At: on(2 + i), To: "某局", Text: "内容", Due: on(4 + i), Passed: rapid.Bool().Draw(t, "passed"),
			}
			state := rapid.SampledFrom(states).Draw(t, "state")
			if c.Check(a, state) != nil {
				continue
			}
			if a.Kind == alert.Close && state.Open() {
				t.Fatal("closed while open")
			}
			if c.Stage == alert.Closed {
				t.Fatal("something was done after it was closed")
			}
			c.Apply(a)
			let = append(let, a)
		}
		// The record alone gives the case again.
		again := alert.Opened(episode, "经济运行局", on(1))
		for _, a := range let {
			again.Apply(a)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatal(diff)
		}
		if c.Stage == alert.Closed {
			last := let[len(let)-1]
			i := len(let) - 1
			for ; i >= 0 && let[i].Kind != alert.Review; i-- {
			}
			if last.Kind != alert.Close && last.Kind != alert.Silence || i < 0 || !let[i].Passed {
				t.Fatalf("closed without a review that passed: %+v", let)
			}
		}
	})
}
