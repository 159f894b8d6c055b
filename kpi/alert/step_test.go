package alert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

const gdp, share, mua = "GDP.TOTAL.ALL", "GDP.SHARE_MUA.ALL", "GDP.TOTAL.MUA"

// catalogue has a quarterly level with a target, its share in a wider area, and
// the rules named.
func catalogue(rules ...indicator.AlertRule) *indicator.Catalogue {
	return &indicator.Catalogue{
		Settings: indicator.Settings{Scope: indicator.Dir, AmberLag: 10},
		Indicators: []indicator.Indicator{
			{
				Code: gdp, Name: "全域地区生产总值", Kind: indicator.Input, Area: indicator.All, Unit: "亿元", Decimals: 2,
				Nature: indicator.FlowYTD, Freq: period.Quarter, Direction: 1, Form: "双城101表", Filer: []string{"经济运行局"},
				Targets: []indicator.Target{{
					ID: "A01", Name: "全域地区生产总值", Comparator: indicator.GT, Value: 6600, HasValue: true, Unit: "亿元",
					Year: 2027, Evaluation: indicator.Endpoint, Primary: "经济运行局", Scored: true,
				}},
			},
			{
				Code: mua, Name: "主城都市区地区生产总值", Kind: indicator.Input, Area: indicator.Mua, Unit: "亿元", Decimals: 2,
				Nature: indicator.FlowYTD, Freq: period.Quarter, Direction: 1, Form: "双城101表", Filer: []string{"经济运行局"},
			},
			{
				Code: share, Name: "全域地区生产总值占主城都市区比重", Kind: indicator.Derived, Area: indicator.All, Unit: "%", Decimals: 2,
				Nature: indicator.Ratio, Freq: period.Quarter, Direction: 1, Formula: "GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100",
				Targets: []indicator.Target{{
					ID: "A02", Name: "全域地区生产总值占主城都市区比重", Comparator: indicator.GE, Value: 22, HasValue: true, Unit: "%",
					Year: 2027, Evaluation: indicator.Endpoint, Primary: "经济运行局", Scored: true,
				}},
			},
		},
		AlertRules: rules,
	}
}

// rule is a rule on the level (on every code of its kind when codes is empty).
func rule(kind string, periods int, codes ...string) indicator.AlertRule {
	return indicator.AlertRule{ID: kind, Name: "规则" + kind, When: kind, Level: "红", Periods: periods, Selector: codes}
}

func lamp(code indicator.Code, q string, l indicator.Lamp) indicator.Result {
	return indicator.Result{
		Code: code, Area: indicator.All, Period: period.MustParse(q), Value: indicator.Some(1.0), Lamp: l, Reason: "依据" + q,
	}
}

func missing(code indicator.Code, q string, why indicator.Absence) indicator.Result {
	return indicator.Result{Code: code, Area: indicator.All, Period: period.MustParse(q), Absence: why, Lamp: indicator.Grey, Reason: q + why.Name()}
}

// A book steps an alert list through evaluations and keeps the events.
type book struct {
	t      testing.TB
	cat    *indicator.Catalogue
	late   func(indicator.Code) bool
	alerts []alert.Alert
	log    []string
}

func open(t testing.TB, rules ...indicator.AlertRule) *book {
	return &book{t: t, cat: catalogue(rules...)}
}

// step evaluates month p and returns the state of the first alert.
func (b *book) step(p string, results ...indicator.Result) alert.State {
	b.t.Helper()
	next, changed, err := alert.Step(b.alerts, results, b.cat, period.MustParse(p), b.late)
	if err != nil {
		b.t.Fatal(err)
	}
	b.alerts = next
	for _, e := range changed {
		b.log = append(b.log, fmt.Sprintf("%s %s %s→%s", e.At, e.Episode, e.From, e.State))
	}
	if len(next) == 0 {
		return alert.Quiet
	}
	return next[0].State
}

func (b *book) find(kind string, code indicator.Code) alert.Alert {
	b.t.Helper()
	i := slices.IndexFunc(b.alerts, func(a alert.Alert) bool { return a.Kind == kind && a.Code == code })
	if i < 0 {
		b.t.Fatalf("no %s alert on %s", kind, code)
	}
	return b.alerts[i]
}

func (b *book) wantLog(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.log); diff != "" {
		b.t.Error(diff)
	}
}

func (b *book) wantState(got, want alert.State) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("state %s, want %s", got, want)
	}
}

func TestAnAlertGoesThroughAllItsStates(t *testing.T) {
	b := open(t, rule("lamp-red", 2, gdp))
	b.wantState(b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Green)), alert.Quiet)
	b.wantState(b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Red)), alert.Pending)
	b.wantState(b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Red)), alert.Firing)
	b.wantState(b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2026-03", lamp(gdp, "2026-Q1", indicator.Green)), alert.Resolved)
	b.wantLog(
		"2025-06 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 quiet→pending",
		"2025-09 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 pending→firing",
		"2025-12 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 firing→recovering",
		"2026-03 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 recovering→resolved",
	)
}

func TestTheAlertSaysWhatALeaderNeeds(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	r := lamp(gdp, "2026-Q3", indicator.Red)
	r.RequiredGrowth = indicator.Some(indicator.Percent(16.4323))
	b.step("2026-10", r)
	got := b.find("lamp-red", gdp)
	got.Phase, got.Before = alert.Phase{}, alert.Phase{}
	want := alert.Alert{
		Rule: "lamp-red", RuleName: "规则lamp-red", Kind: "lamp-red", Level: "红", Code: gdp, Name: "全域地区生产总值", Area: indicator.All,
		TargetID: "A01", Why: "依据2026-Q3", Need: "2026—2027年需年均增长16.4%", Owner: "经济运行局", New: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADroppedPendingAlertIsNeverResolved(t *testing.T) {
	b := open(t, rule("lamp-red", 2, gdp))
	b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Red))
	b.wantState(b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Green)), alert.Quiet)
	b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Red))
	b.wantLog(
		"2025-06 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 quiet→pending",
		"2025-09 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q2 pending→quiet",
		"2025-12 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q4 quiet→pending",
	)
}

// Metabase #6647, #61237: an alert that fired once went dumb.
func TestAnAlertRearmsAfterRecovery(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Green))
	b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Green))
	b.wantState(b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Red)), alert.Firing)
	if a := b.find("lamp-red", gdp); !a.New || a.Episode != "lamp-red|GDP.TOTAL.ALL|ALL|2025-Q4" {
		t.Errorf("the second episode is %+v", a.Phase)
	}
}

// Metabase #65228, Alertmanager #964: messages went on after recovery.
func TestOneResolvedPerEpisode(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	for _, q := range []string{"2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"} {
		p, _ := period.MustParse(q).As(period.Month)
		b.step(p.String(), lamp(gdp, q, indicator.Blue))
		b.step(p.String(), lamp(gdp, q, indicator.Blue))
	}
	resolved := 0
	for _, l := range b.log {
		if strings.HasSuffix(l, "→resolved") {
			resolved++
		}
	}
	if resolved != 1 {
		t.Errorf("resolved %d times: %q", resolved, b.log)
	}
}

// netdata #3082: a value on the edge flapped.
func TestAFlapBetweenIsTheSameEpisode(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	b.wantState(b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Red)), alert.Firing)
	a := b.find("lamp-red", gdp)
	if a.Episode != "lamp-red|GDP.TOTAL.ALL|ALL|2025-Q1" || a.New || a.Count != 1 || a.Since != period.MustParse("2025-Q1") {
		t.Errorf("after the flap: %+v", a)
	}
}

func TestHysteresisIsASetting(t *testing.T) {
	cat := catalogue(rule("lamp-red", 1, gdp))
	for clear := 1; clear <= 3; clear++ {
		var alerts []alert.Alert
		var states []alert.State
		for i, l := range []indicator.Lamp{indicator.Red, indicator.Green, indicator.Green, indicator.Green} {
			q := period.Of(period.Quarter, 2025, i+1)
			next, _, err := alert.Policy{Clear: clear}.Step(alerts, []indicator.Result{lamp(gdp, q.String(), l)}, cat, q, nil)
			if err != nil {
				t.Fatal(err)
			}
			alerts = next
			states = append(states, next[0].State)
		}
		if at := slices.Index(states, alert.Resolved); at != clear {
			t.Errorf("clear %d: %v", clear, states)
		}
	}
}

// Nightingale #1761, Grafana #36376: no data was taken for recovery, and the
// alert flapped.
func TestAbsenceNeverResolvesAndNeverClearsTheCount(t *testing.T) {
	b := open(t, rule("lamp-red", 3, gdp))
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Red))
	for _, why := range []indicator.Absence{
		indicator.NotDue, indicator.Overdue, indicator.Returned, indicator.BlankCell, indicator.Dash,
		indicator.NotComputable, indicator.Incomparable, indicator.NoBase, indicator.Undefined,
	} {
		b.wantState(b.step("2025-09", missing(gdp, "2025-Q3", why)), alert.Pending)
		if a := b.find("lamp-red", gdp); a.Count != 2 || !strings.Contains(a.Held, why.Name()) {
			t.Errorf("%s: count %d, held %q", why, a.Count, a.Held)
		}
	}
	b.wantState(b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Red)), alert.Firing)
	if a := b.find("lamp-red", gdp); a.Count != 3 || a.Held != "" {
		t.Errorf("count %d, held %q; want 3 and nothing", a.Count, a.Held)
	}
	b.wantState(b.step("2026-03", missing(gdp, "2026-Q1", indicator.Overdue)), alert.Firing)
	b.wantState(b.step("2026-03"), alert.Firing) // not evaluated at all
	if a := b.find("lamp-red", gdp); !strings.Contains(a.Held, "未评估") {
		t.Errorf("held %q", a.Held)
	}
}

func TestAGreyLampIsNoVerdict(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp), rule("lamp-yellow", 1, gdp))
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Grey))
	b.step("2025-09", lamp(gdp, "2025-Q3", indicator.NoLamp))
	if a := b.find("lamp-red", gdp); a.State != alert.Firing || a.Clear != 0 {
		t.Errorf("grey cleared: %+v", a.Phase)
	}
}

// Grafana #17780: nobody was told that the data had come back.
func TestTheReturnOfDataIsAnEvent(t *testing.T) {
	b := open(t, rule("data-late", 1, gdp))
	late := true
	b.late = func(code indicator.Code) bool { return late && code == gdp }
	b.wantState(b.step("2026-10", missing(gdp, "2026-Q3", indicator.Overdue)), alert.Firing)
	a := b.find("data-late", gdp)
	if want := "2026年前三季度数据逾期未报（双城101表）"; a.Why != want || a.Owner != "经济运行局" {
		t.Errorf("why %q, owner %q", a.Why, a.Owner)
	}
	if want := "请经济运行局尽快报送双城101表2026年前三季度数据"; a.Need != want {
		t.Errorf("need %q", a.Need)
	}
	late = false
	b.wantState(b.step("2026-10", lamp(gdp, "2026-Q3", indicator.Green)), alert.Resolved)
	b.wantLog(
		"2026-10 data-late|GDP.TOTAL.ALL|ALL|2026-Q3 quiet→firing",
		"2026-10 data-late|GDP.TOTAL.ALL|ALL|2026-Q3 firing→resolved",
	)
}

// Nightingale #1131, grafana/alerting #156: a restart lost alerts, or told all
// of them again.
func TestARestartIsANoOp(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp), rule("growth-falling", 2, gdp))
	r := lamp(gdp, "2026-Q2", indicator.Red)
	r.Published = indicator.Some(indicator.Percent(5.4))
	b.step("2026-06", r)
	stored, err := json.Marshal(b.alerts)
	if err != nil {
		t.Fatal(err)
	}
	b.alerts, b.log = nil, nil
	if err := json.Unmarshal(stored, &b.alerts); err != nil {
		t.Fatal(err)
	}
	b.step("2026-06", r)
	b.wantLog()
	again, err := json.Marshal(b.alerts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), string(again)); diff != "" {
		t.Error(diff)
	}
	// What was remembered is still known: two falls in a row fire.
	for i, g := range []float64{5.2, 5.1} {
		q := period.MustParse("2026-Q3").Add(i)
		r := lamp(gdp, q.String(), indicator.Green)
		r.Published = indicator.Some(indicator.Percent(g))
		b.step(q.String(), r)
	}
	a := b.find("growth-falling", gdp)
	if want := "2026年同比增长5.1%，增速较上一期回落0.1个百分点，已连续2期"; a.State != alert.Firing || a.Why != want {
		t.Errorf("%s %q, want %q", a.State, a.Why, want)
	}
}

// vmalert counts evaluations; a quarterly figure evaluated every night is one.
func TestAQuarterIsCountedOnceHoweverOftenItIsEvaluated(t *testing.T) {
	b := open(t, rule("lamp-red", 2, gdp))
	for _, p := range []string{"2026-06", "2026-06", "2026-07", "2026-08"} {
		b.wantState(b.step(p, lamp(gdp, "2026-Q2", indicator.Red)), alert.Pending)
	}
	if a := b.find("lamp-red", gdp); a.Count != 1 {
		t.Errorf("count %d, want 1", a.Count)
	}
}

func TestAnOlderPeriodEvaluatedAgainChangesNothing(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Red))
	b.log = nil
	b.wantState(b.step("2026-03", lamp(gdp, "2026-Q1", indicator.Green)), alert.Firing)
	b.wantLog()
}

func TestNewIsNewForTheWholePeriodAndNoLonger(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	for p, want := range map[string]bool{"2026-06": true, "2026-07": false} {
		b.alerts = nil
		b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Red))
		b.step(p, lamp(gdp, "2026-Q2", indicator.Red))
		if a := b.find("lamp-red", gdp); a.New != want {
			t.Errorf("%s: new %v", p, a.New)
		}
	}
}

func TestACorrectionIsJudgedAgainInItsPeriod(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	b.step("2026-03", lamp(gdp, "2026-Q1", indicator.Red))
	b.wantState(b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Red)), alert.Firing) // resubmitted
	if a := b.find("lamp-red", gdp); a.Count != 2 {
		t.Errorf("count %d, want 2: Q2 was red after all", a.Count)
	}
	b.wantState(b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2026-09", lamp(gdp, "2026-Q3", indicator.Green)), alert.Resolved)
	b.wantState(b.step("2026-09", lamp(gdp, "2026-Q3", indicator.Red)), alert.Firing)
	if a := b.find("lamp-red", gdp); a.Episode != "lamp-red|GDP.TOTAL.ALL|ALL|2026-Q1#2" {
		t.Errorf("the resolved episode runs on: %+v", a.Phase)
	}
}

func TestAnAlertRaisedOnAWrongFigureIsWithdrawnOnceAndReopenedUnderItsNumber(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp))
	for _, l := range []indicator.Lamp{indicator.Red, indicator.Green, indicator.Green, indicator.Red, indicator.Red, indicator.Green, indicator.Red} {
		b.step("2026-06", lamp(gdp, "2026-Q2", l))
	}
	b.wantLog(
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q2 quiet→firing",
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q2 firing→resolved",
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q2#2 resolved→firing",
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q2#2 firing→resolved",
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q2#3 resolved→firing",
	)
}

// Metabase #1636, Kibana #106887: a running period looked like a crash.
func TestAPeriodThatHasNotEndedIsRefused(t *testing.T) {
	_, _, err := alert.Step(nil, []indicator.Result{lamp(gdp, "2026-Q4", indicator.Red)}, catalogue(rule("lamp-red", 1)), period.MustParse("2026-10"), nil)
	if err == nil || !strings.Contains(err.Error(), "2026-Q4 had not ended") {
		t.Error(err)
	}
}

func TestStepRefuses(t *testing.T) {
	p := period.MustParse("2026-06")
	one := lamp(gdp, "2026-Q2", indicator.Red)
	a := alert.Alert{Rule: "lamp-red", Code: gdp, Area: indicator.All}
	for name, c := range map[string]struct {
		prev    []alert.Alert
		results []indicator.Result
		kind    string
		p       period.Period
		want    string
	}{
		"no period":              {kind: "lamp-red", want: "no period"},
		"a result twice":         {results: []indicator.Result{one, one}, kind: "lamp-red", p: p, want: "twice"},
		"an unknown indicator":   {results: []indicator.Result{lamp("GDP.TOTL.ALL", "2026-Q2", indicator.Red)}, kind: "lamp-red", p: p, want: "no such indicator"},
		"an unknown kind":        {kind: "lamp-pink", p: p, want: `kind "lamp-pink" is unknown`},
		"a previous alert twice": {prev: []alert.Alert{a, a}, kind: "lamp-red", p: p, want: "stands twice"},
	} {
		_, _, err := alert.Step(c.prev, c.results, catalogue(rule(c.kind, 1)), c.p, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := (alert.Policy{}).Step(nil, nil, catalogue(), p, nil); err == nil {
		t.Error("a policy that never resolves is accepted")
	}
}

func TestAnAlertWithoutGroundIsClosedOnce(t *testing.T) {
	fired := func() *book {
		b := open(t, rule("lamp-red", 1, gdp))
		b.step("2026-03", lamp(gdp, "2026-Q1", indicator.Red))
		b.log = nil
		return b
	}
	again := rule("behind-path", 1, gdp)
	again.ID = "lamp-red"
	for name, rules := range map[string][]indicator.AlertRule{
		"规则已撤销":  nil,
		"规则已修改":  {again},
		"不再适用于本": {rule("lamp-red", 1, share)},
	} {
		b := fired()
		b.cat = catalogue(rules...)
		for range 2 {
			b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Green))
		}
		b.wantLog("2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q1 firing→resolved")
		_, changed, err := alert.Step(fired().alerts, nil, b.cat, period.MustParse("2026-06"), nil)
		if err != nil || len(changed) != 1 || !strings.Contains(changed[0].Why, name) {
			t.Errorf("%s: %+v %v", name, changed, err)
		}
	}
	b := fired()
	b.cat.Indicators = b.cat.Indicators[1:]
	b.step("2026-06")
	b.wantLog("2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2026-Q1 firing→resolved")
}

func TestALateInputInhibitsWhatCannotBeComputedWithoutIt(t *testing.T) {
	b := open(t, rule("data-late", 1, mua), rule("not-computable", 1))
	late := true
	b.late = func(code indicator.Code) bool { return late && code == mua }
	b.step("2026-10", lamp(gdp, "2026-Q3", indicator.Green), missing(mua, "2026-Q3", indicator.Overdue), missing(share, "2026-Q3", indicator.Overdue))
	if a := b.find("not-computable", share); a.State != alert.Firing || a.InhibitedBy != b.find("data-late", mua).Episode {
		t.Errorf("%s, inhibited by %q", a.State, a.InhibitedBy)
	}
	if len(b.alerts) != 2 {
		t.Errorf("the late input is told twice: %+v", b.alerts)
	}
	// The return arrives, but of another vintage: now the other alert must be told.
	late, b.log = false, nil
	b.step("2026-10", lamp(gdp, "2026-Q3", indicator.Green), lamp(mua, "2026-Q3", indicator.NoLamp), missing(share, "2026-Q3", indicator.Incomparable))
	b.wantLog(
		"2026-10 data-late|GDP.TOTAL.MUA|ALL|2026-Q3 firing→resolved",
		"2026-10 not-computable|GDP.SHARE_MUA.ALL|ALL|2026-Q3 firing→firing",
	)
	if a := b.find("not-computable", share); a.InhibitedBy != "" || a.Need != "请统一分子、分母的数据版本和口径" {
		t.Errorf("%+v", a)
	}
}

func TestNobodyLeavesTheRedListByNotReporting(t *testing.T) {
	b := open(t, rule("data-late", 1, gdp), rule("lamp-red", 1, gdp))
	b.late = func(indicator.Code) bool { return true }
	b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Red))
	b.step("2026-10", missing(gdp, "2026-Q3", indicator.Overdue))
	if a := b.find("lamp-red", gdp); a.State != alert.Firing || a.InhibitedBy != "" || a.Held == "" {
		t.Errorf("%+v", a)
	}
}

func TestARedLampInhibitsTheYellowAlertButDoesNotResolveIt(t *testing.T) {
	b := open(t, rule("lamp-red", 1, gdp), rule("lamp-yellow", 1, gdp))
	b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Yellow))
	b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Red))
	if a := b.find("lamp-yellow", gdp); a.State != alert.Firing || a.InhibitedBy != b.find("lamp-red", gdp).Episode {
		t.Errorf("worse is taken for recovered: %+v", a)
	}
	b.step("2026-03", lamp(gdp, "2026-Q1", indicator.Yellow))
	b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Yellow))
	if a := b.find("lamp-yellow", gdp); a.InhibitedBy != "" || a.Count != 4 {
		t.Errorf("%+v", a)
	}
	b.wantLog(
		"2025-09 lamp-yellow|GDP.TOTAL.ALL|ALL|2025-Q3 quiet→firing",
		"2025-12 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q4 quiet→firing",
		"2026-03 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q4 firing→recovering",
		"2026-06 lamp-red|GDP.TOTAL.ALL|ALL|2025-Q4 recovering→resolved",
		"2026-06 lamp-yellow|GDP.TOTAL.ALL|ALL|2025-Q3 firing→firing",
	)
}

func TestStepLaws(t *testing.T) {
	lamps := []indicator.Lamp{indicator.Blue, indicator.Green, indicator.Yellow, indicator.Red, indicator.Grey}
	absences := []indicator.Absence{indicator.Present, indicator.Present, indicator.Overdue, indicator.Incomparable, indicator.NotDue}
	rapid.Check(t, func(t *rapid.T) {
		rules := []indicator.AlertRule{
			rule("lamp-red", rapid.IntRange(1, 3).Draw(t, "periods")), rule("lamp-yellow", 1), rule("growth-falling", 2),
			rule("share-falling", 2), rule("data-late", 1), rule("not-computable", 1),
		}
		cat := catalogue(rules...)
		var alerts []alert.Alert
		told := map[string][]alert.State{}
		for i := range rapid.IntRange(2, 12).Draw(t, "steps") {
			p := period.MustParse("2024-01").Add(i + rapid.IntRange(-1, 1).Draw(t, "back"))
			q := p.Latest(period.Quarter)
			lates := rapid.SliceOfN(rapid.Bool(), 3, 3).Draw(t, "late")
			late := func(c indicator.Code) bool {
				return lates[slices.IndexFunc(cat.Indicators, func(i indicator.Indicator) bool { return i.Code == c })]
			}
			var results []indicator.Result
			for _, code := range []indicator.Code{gdp, mua, share} {
				r := lamp(code, q.String(), rapid.SampledFrom(lamps).Draw(t, "lamp"))
				r.Published = indicator.Some(indicator.Percent(rapid.IntRange(-3, 9).Draw(t, "growth")))
				r.YearAgo = indicator.Some(float64(rapid.IntRange(0, 2).Draw(t, "year ago")))
				if r.Absence = rapid.SampledFrom(absences).Draw(t, "absence"); r.Absence != indicator.Present {
					r.Value = indicator.Opt[float64]{}
				}
				results = append(results, r)
			}
			next, changed, err := alert.Step(alerts, results, cat, p, late)
			if err != nil {
				t.Fatal(err)
			}
			// Order is of no account.
			shuffled := rapid.Permutation(results).Draw(t, "order")
			other, _, err := alert.Step(rapid.Permutation(alerts).Draw(t, "prev order"), shuffled, cat, p, late)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(next, other); diff != "" {
				t.Fatalf("order matters: %s", diff)
			}
			// A re-run, and a restart, change nothing.
			stored, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			var loaded []alert.Alert
			if err := json.Unmarshal(stored, &loaded); err != nil {
				t.Fatal(err)
			}
			again, more, err := alert.Step(loaded, results, cat, p, late)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(next, again); diff != "" || len(more) > 0 {
				t.Fatalf("a re-run changes: %s %+v", diff, more)
			}
			for _, e := range changed {
				told[e.Episode] = append(told[e.Episode], e.State)
			}
			alerts = next
		}
		for episode, states := range told {
			if at := slices.Index(states, alert.Resolved); at >= 0 && at != len(states)-1 {
				t.Fatalf("episode %s went on after it was resolved: %v", episode, states)
			}
		}
	})
}
