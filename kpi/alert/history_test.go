package alert_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// The rules of the simulation: every kind that the three indicators can have.
func simulated() *indicator.Catalogue {
	up := rule("lamp-yellow", 1)
	up.Level, up.Escalate = "黄", 6
	large := rule("revision-large", 1, gdp, mua)
	large.Value = 5
	unlikely := rule("projected-unlikely", 1)
	unlikely.Value = 20
	return catalogue(
		rule("lamp-red", 1), up, rule("behind-path", 2), rule("projected-short", 1), unlikely, rule("growth-negative", 1),
		rule("growth-falling", 2, gdp), rule("share-falling", 2), large, rule("data-late", 1), rule("not-computable", 1),
	)
}

// night is what an evaluation on a night finds. All of a quarter's figures come
// on their own day after it has ended, some late, some are revised a week later;
// the draw is that of the quarter, so that a night is not unlike the one before
// without a reason.
func night(seed uint64, at time.Time) (period.Period, []indicator.Result) {
	p := period.Containing(period.Month, at).Prev()
	q := p.Latest(period.Quarter)
	var results []indicator.Result
	late := false
	for i, code := range []indicator.Code{mua, gdp, share} {
		draw := rand.New(rand.NewPCG(seed, uint64(q.End)<<8|uint64(i)))
		r := indicator.Result{Code: code, Area: indicator.All, Asked: p, Period: q}
		comes := 12 + draw.IntN(4)
		if draw.IntN(4) == 0 {
			comes += 20 // overdue from the 20th day on
		}
		days := int(at.Sub(q.Last()).Hours() / 24)
		lamps := []indicator.Lamp{indicator.Blue, indicator.Green, indicator.Yellow, indicator.Yellow, indicator.Red, indicator.Red, indicator.Grey}
		lamp, growth, chance, value := lamps[draw.IntN(len(lamps))], float64(draw.IntN(90))/10-3, 1+float64(draw.IntN(98)), 100+float64(draw.IntN(50))
		revised := draw.IntN(3) == 0
		switch {
		case days < comes && days < 20:
			r.Absence, r.Lamp = indicator.NotDue, indicator.Grey
		case days < comes:
			r.Absence, r.Lamp = indicator.Overdue, indicator.Grey
		default:
			if revised && days >= comes+7 {
				value *= 1.1
				lamp = lamps[draw.IntN(len(lamps))] // and may be judged otherwise
			}
			r.Value, r.Lamp, r.Reason = opt(value), lamp, "测试数据"
			r.Published, r.YearAgo, r.ProgressLead = pct(growth), opt(100+float64(draw.IntN(50))), pts(growth*4-10)
			r.Projection = &indicator.Projection{Value: 6400 + chance*4, Probability: pct(chance)}
		}
		if code == share && late {
			r.Absence, r.Lamp, r.Value = indicator.Overdue, indicator.Grey, indicator.Opt[float64]{}
		}
		late = late || code == mua && r.Absence == indicator.Overdue
		results = append(results, r)
	}
	return p, results
}

// A life is 36 months of nights: every event by night, and the alerts at the end.
func life(t *testing.T, seed uint64, every bool) (log []string, events []alert.Event, end []byte) {
	t.Helper()
	cat := simulated()
	var memory []alert.Alert
	var before []byte
	for at := time.Date(2023, 1, 1, 2, 0, 0, 0, period.Shanghai); at.Year() < 2026; at = at.AddDate(0, 0, 1) {
		p, results := night(seed, at)
		now, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		if !every && string(now) == string(before) {
			continue
		}
		before = now
		next, changed, err := alert.Step(memory, results, cat, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range changed {
			log = append(log, fmt.Sprintf("%s %s %s→%s %s", at.Format(time.DateOnly), e.Episode, e.From, e.State, e.Level))
		}
		events = append(events, changed...)
		memory = next
	}
	end, err := json.Marshal(memory)
	if err != nil {
		t.Fatal(err)
	}
	return log, events, end
}

// Superset #13430: a grace period skipped every other run. Every night is
// evaluated here, and nothing depends on which of them were.
func TestThirtySixMonthsOfNights(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(4) {
		log, events, end := life(t, seed, true)
		again, _, same := life(t, seed, true)
		if !slices.Equal(log, again) || string(end) != string(same) {
			t.Fatalf("life %d differs when it is repeated", seed)
		}
		// A night on which nothing was new tells nobody anything.
		if quiet, _, _ := life(t, seed, false); !slices.Equal(log, quiet) {
			t.Fatalf("life %d: %s", seed, cmp.Diff(quiet, log))
		}
		fired, resolved := map[string]int{}, map[string]int{}
		level := map[string]string{}
		for i := range events {
			e := &events[i]
			key := string(e.From) + "→" + string(e.State)
			if e.FromLevel != "" {
				key += " " + e.FromLevel + "→" + e.Level
			}
			seen[key]++
			switch {
			case e.State == alert.Firing && !e.From.Raised():
				fired[e.Episode]++
			case e.State == alert.Resolved:
				resolved[e.Episode]++
			}
			if level[e.Episode] == "红" && e.State.Raised() && e.Level != "红" {
				t.Errorf("life %d: %s fell to %s", seed, e.Episode, e.Level)
			}
			level[e.Episode] = e.Level
		}
		for e, n := range fired {
			if n != 1 || resolved[e] > 1 {
				t.Errorf("life %d: %s fired %d times, resolved %d", seed, e, n, resolved[e])
			}
		}
		for e := range resolved {
			if fired[e] == 0 {
				t.Errorf("life %d: %s was resolved and never fired", seed, e)
			}
		}
	}
	for _, want := range []string{
		"quiet→pending", "quiet→firing", "pending→quiet", "pending→firing", "firing→recovering", "recovering→firing",
		"recovering→resolved", "firing→resolved", "resolved→pending", "resolved→firing", "firing→firing",
		"firing→firing 黄→橙", "firing→firing 橙→红",
	} {
		if seen[want] == 0 {
			t.Errorf("never seen: %s (%v)", want, slices.Sorted(maps.Keys(seen)))
		}
	}
}

func TestARehearsalSaysWhatTheLifeDid(t *testing.T) {
	const seed = 3
	var history []indicator.Assessment
	for at := time.Date(2023, 1, 1, 2, 0, 0, 0, period.Shanghai); at.Year() < 2026; at = at.AddDate(0, 0, 1) {
		p, results := night(seed, at)
		history = append(history, indicator.Assessment{Period: p, Results: results})
	}
	got, err := alert.DefaultPolicy.Rehearse(history, simulated())
	if err != nil {
		t.Fatal(err)
	}
	_, events, _ := life(t, seed, true)
	for _, r := range got {
		fires, resolved, episodes := 0, 0, map[string]bool{}
		for i := range events {
			switch e := &events[i]; {
			case e.Rule != r.Rule:
			case e.State == alert.Firing && !e.From.Raised():
				fires++
				episodes[e.Episode] = true
			case e.State == alert.Resolved:
				resolved++
			}
		}
		if r.Fires != fires || r.Resolved != resolved || len(r.Episodes) != len(episodes) || r.Evaluations != len(history) {
			t.Errorf("%s: %d fires, %d resolved, %d episodes; the life had %d, %d and %d", r.Rule, r.Fires, r.Resolved, len(r.Episodes), fires, resolved, len(episodes))
		}
		if r.Judged == 0 || r.Held == 0 && r.Rule != "data-late" && r.Rule != "not-computable" {
			t.Errorf("%s: judged %d, held %d", r.Rule, r.Judged, r.Held)
		}
	}
	if _, err := alert.DefaultPolicy.Rehearse([]indicator.Assessment{history[100], history[0]}, simulated()); err == nil {
		t.Error("a history that runs backwards is accepted")
	}
}

func TestARehearsalCountsFlapsAndDays(t *testing.T) {
	var history []indicator.Assessment
	for i, l := range []indicator.Lamp{indicator.Green, indicator.Red, indicator.Green, indicator.Red, indicator.Green, indicator.Green, indicator.Red, indicator.Red} {
		q := period.MustParse("2024-Q1").Add(i)
		history = append(history, indicator.Assessment{Period: q, Results: []indicator.Result{lamp(gdp, q.String(), l)}})
	}
	got, err := alert.DefaultPolicy.Rehearse(history, catalogue(rule("lamp-red", 1, gdp)))
	if err != nil {
		t.Fatal(err)
	}
	q := period.MustParse
	want := []alert.Rehearsal{{
		Rule: "lamp-red", RuleName: "规则lamp-red", Text: "灯为红，预警级别红；缺数不算恢复", Evaluations: 8, Judged: 8,
		Fires: 2, Flaps: 1, Resolved: 1, Days: 365 + 92,
		Episodes: []alert.Episode{
			{ID: "lamp-red|GDP.TOTAL.ALL|ALL|2024-Q2", Code: gdp, Name: "全域地区生产总值", Area: indicator.All, Level: "红", Fired: q("2024-Q2"), Ended: q("2025-Q2"), Flaps: 1, Days: 365, Why: "依据2024-Q2"},
			{ID: "lamp-red|GDP.TOTAL.ALL|ALL|2025-Q3", Code: gdp, Name: "全域地区生产总值", Area: indicator.All, Level: "红", Fired: q("2025-Q3"), Days: 92, Why: "依据2025-Q3"},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Rill #6942: nobody could tell by what criteria an alert fires, or why it did not.
func TestWhyAnAlertFiredOrDidNot(t *testing.T) {
	slow := rule("growth-falling", 3, gdp)
	late := rule("data-late", 1)
	b := open(t, rule("lamp-red", 1), slow, late, rule("sync-broken", 1), rule("behind-path", 1))
	red := lamp(gdp, "2026-Q1", indicator.Red)
	red.Published = pct(5)
	b.step("2026-03", red)
	falling := lamp(gdp, "2026-Q2", indicator.Grey)
	falling.Published = pct(4)
	results := []indicator.Result{falling}
	b.step("2026-06", results...)
	var got []string
	for _, r := range alert.Why(b.alerts, results, b.cat, period.MustParse("2026-06"), nil, gdp) {
		got = append(got, strings.Join([]string{r.Rule, r.Text, string(r.State), r.Found, r.Verdict}, " | "))
	}
	want := []string{
		"lamp-red | 灯为红，预警级别红；缺数不算恢复 | firing | 依据2026-Q1 | 自2026年一季度起，本轮已有1期触发，已预警；本次无法判断：灯号无法判定，状态沿用上期",
		"growth-falling | 同比增速低于上一期（相等不算），连续3期，预警级别红；缺数不算恢复 | pending | 2026年上半年同比增长4.0%，增速较上一期回落1.0个百分点 | 已连续1期，连续3期才预警",
		"data-late | 最近应报的一期逾期未报，预警级别红；缺数不算恢复 | quiet | 数据已报送 | 条件未触发，没有预警",
		"sync-broken | 居民收入增速与经济增速之差低于目标减容差（恰好相等不算），预警级别红；缺数不算恢复 | quiet |  | 本规则不适用于该指标",
		"behind-path | 进度完成率落后时序进度10个百分点及以上，预警级别红；缺数不算恢复 | quiet | 进度无法计算，状态沿用上期 | 无法判断，没有预警",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, r := range alert.Why(b.alerts, nil, b.cat, period.MustParse("2026-06"), nil, gdp) {
		if r.Applies && r.Verdict != "本次未评估，状态沿用上期" {
			t.Errorf("%+v", r)
		}
	}
	if alert.Why(b.alerts, results, b.cat, period.MustParse("2026-06"), nil, "GDP.TOTL.ALL") != nil {
		t.Error("an unknown indicator is explained")
	}
}
