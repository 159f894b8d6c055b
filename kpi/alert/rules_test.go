package alert_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func TestTheEmbeddedRulesAreSound(t *testing.T) {
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil || found.Refused() {
		t.Fatal(found, err)
	}
	for _, f := range alert.Lint(cat) {
		t.Error(f)
	}
	used := map[string]bool{}
	for i := range cat.AlertRules {
		r := &cat.AlertRules[i]
		used[r.When] = true
		if r.Place.Line == 0 || !strings.Contains(alert.Text(r, cat.Settings), "级别"+r.Level) {
			t.Errorf("%s at %s: %s", r.ID, r.Place, alert.Text(r, cat.Settings))
		}
	}
	for _, kind := range alert.Kinds() {
		if !used[kind] {
			t.Errorf("no rule watches %s", kind)
		}
	}
}

func TestLint(t *testing.T) {
	level := func(r indicator.AlertRule, level string) indicator.AlertRule {
		r.Level = level
		return r
	}
	limit := func(r indicator.AlertRule, v float64) indicator.AlertRule {
		r.Value = v
		return r
	}
	named := func(r indicator.AlertRule, id string) indicator.AlertRule {
		r.ID = id
		return r
	}
	up := rule("lamp-red", 1, gdp)
	up.Escalate = 2
	for name, c := range map[string]struct {
		rules []indicator.AlertRule
		want  string // the rule of the finding and words of it; "" for none
	}{
		"no indicator of that kind":     {[]indicator.AlertRule{rule("sync-broken", 1)}, "alert-never-evaluable 没有一个指标"},
		"a code of another kind":        {[]indicator.AlertRule{rule("share-falling", 1, gdp, share)}, "alert-never-evaluable 所选的这一项"},
		"a nature nobody has":           {[]indicator.AlertRule{rule("growth-negative", 1, gdp, "stock_end")}, "alert-never-evaluable 所选的这一项"},
		"patience beyond 2027":          {[]indicator.AlertRule{rule("lamp-red", 21, gdp)}, "alert-never-fires 到2027年"},
		"patience until 2027":           {[]indicator.AlertRule{rule("lamp-red", 20, gdp)}, ""},
		"a chance below nothing":        {[]indicator.AlertRule{rule("projected-unlikely", 1, gdp)}, "alert-never-fires 不会低于0"},
		"a chance below certainty":      {[]indicator.AlertRule{limit(rule("projected-unlikely", 1, gdp), 100)}, "alert-always-fires 恒成立"},
		"a negative limit":              {[]indicator.AlertRule{limit(rule("behind-path", 1, gdp), -1)}, "alert-always-fires 为负"},
		"a limit that is not heeded":    {[]indicator.AlertRule{limit(rule("lamp-red", 1, gdp), 5)}, "alert-no-effect 不用 value"},
		"escalation above red":          {[]indicator.AlertRule{up}, "alert-no-effect 不能再升"},
		"the same thing twice":          {[]indicator.AlertRule{rule("lamp-red", 1, gdp), named(rule("lamp-red", 1), "b")}, "alert-contradicts 条件相同"},
		"the setting and its own value": {[]indicator.AlertRule{rule("behind-path", 1, gdp), named(limit(rule("behind-path", 1, gdp), 10), "b")}, "alert-contradicts 条件相同"},
		"red before yellow": {[]indicator.AlertRule{
			limit(level(rule("behind-path", 1, gdp), "黄"), 20), named(limit(rule("behind-path", 1, gdp), 10), "b"),
		}, "alert-contradicts 更易触发"},
		"red behind yellow": {[]indicator.AlertRule{
			limit(level(rule("behind-path", 1, gdp), "黄"), 10), named(limit(rule("behind-path", 1, gdp), 20), "b"),
		}, ""},
		"a likelier chance is the stricter limit": {[]indicator.AlertRule{
			limit(level(rule("projected-unlikely", 1, gdp), "黄"), 50), named(limit(rule("projected-unlikely", 1, gdp), 20), "b"),
		}, ""},
		"the same of others": {[]indicator.AlertRule{rule("lamp-red", 1, gdp), named(rule("lamp-red", 1, share), "b")}, ""},
	} {
		found := alert.Lint(catalogue(c.rules...))
		got := ""
		if len(found) > 0 {
			got = found[0].Rule + " " + found[0].Message
			if found[0].Severity != finding.Plausibility || found[0].Hint == "" {
				t.Errorf("%s: %v", name, found[0])
			}
		}
		id, words, _ := strings.Cut(c.want, " ")
		if len(found) > 1 || (c.want == "") != (got == "") || !strings.HasPrefix(got, id) || !strings.Contains(got, words) {
			t.Errorf("%s: %v, want %q", name, found, c.want)
		}
	}
}

func TestAChanceIsComparedUnroundedAndNeverPrintedAsCertain(t *testing.T) {
	ind := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 6600)
	r := rule("projected-unlikely", 1)
	r.Value = 20
	at := func(chance float64) indicator.Result {
		return indicator.Result{
			Period: period.MustParse("2026-Q3"), Value: opt(1),
			Projection: &indicator.Projection{Value: 6500, Probability: pct(chance)},
		}
	}
	for chance, want := range map[float64]string{
		20:    "",
		19.99: "测算2027年达到目标（不低于6600亿元）的概率约20%",
		0.2:   "测算2027年达到目标（不低于6600亿元）的概率不足1%",
	} {
		got := ""
		if a := once(t, ind, r, at(chance)); a != nil {
			got = a.Why
		}
		if got != want {
			t.Errorf("%v: %q, want %q", chance, got, want)
		}
	}
	if a := once(t, ind, rule("projected-short", 1), at(35)); a == nil || !strings.Contains(a.Why, "（达到目标的概率约35%）") {
		t.Errorf("the shortfall is told without its chance: %+v", a)
	}
	unknown := at(0)
	unknown.Projection.Probability = indicator.Opt[indicator.Percent]{}
	if a := once(t, ind, r, unknown); a != nil {
		t.Errorf("an unknown chance is taken for none: %+v", a)
	}
}

func revision(v float64) indicator.Result {
	r := lamp(gdp, "2026-Q1", indicator.Green)
	r.Value = opt(v)
	return r
}

func TestARevisionIsMeasuredFromTheFirstFigureOfItsPeriod(t *testing.T) {
	large := rule("revision-large", 1, gdp)
	large.Value = 5
	b := open(t, large)
	b.wantState(b.step("2026-03", revision(100)), alert.Quiet)
	b.wantState(b.step("2026-03", revision(103)), alert.Quiet)
	b.wantState(b.step("2026-03", missing(gdp, "2026-Q1", indicator.Returned)), alert.Quiet) // sent back in between
	b.wantState(b.step("2026-03", revision(105)), alert.Firing)                              // two small steps are a large one
	a := b.find("revision-large", gdp)
	if want := "2026年一季度数据由首次的100.00亿元修订为105.00亿元，调增5.0%"; a.Why != want {
		t.Errorf("why %q, want %q", a.Why, want)
	}
	if want := "请经济运行局说明修订的原因和依据"; a.Need != want {
		t.Errorf("need %q", a.Need)
	}
	b.wantState(b.step("2026-03", revision(105)), alert.Firing) // a re-run is no second revision
	other := revision(300)
	other.Caliber = "2026版"
	b.wantState(b.step("2026-03", other), alert.Firing)
	if a := b.find("revision-large", gdp); !strings.Contains(a.Held, "口径已变更") {
		t.Errorf("held %q", a.Held)
	}
	b.wantState(b.step("2026-06", lamp(gdp, "2026-Q2", indicator.Green)), alert.Resolved)
	b.wantLog(
		"2026-03 revision-large|GDP.TOTAL.ALL|ALL|2026-Q1 quiet→firing",
		"2026-06 revision-large|GDP.TOTAL.ALL|ALL|2026-Q1 firing→resolved",
	)
}

func TestARevisionFromZeroAndOfARatio(t *testing.T) {
	large := rule("revision-large", 1, gdp, share)
	large.Value = 1
	b := open(t, large)
	ratio := func(v float64) indicator.Result {
		r := lamp(share, "2026-Q1", indicator.Green)
		r.Value = opt(v)
		return r
	}
	b.step("2026-03", revision(0), ratio(20))
	b.step("2026-03", revision(0), ratio(20.9)) // 4.5 % of itself, but not one 百分点
	b.wantLog()
	b.step("2026-03", revision(1), ratio(19))
	if a := b.find("revision-large", gdp); a.State != alert.Firing || a.Why != "2026年一季度数据由首次的0.00亿元修订为1.00亿元" {
		t.Errorf("%s %q", a.State, a.Why)
	}
	if a := b.find("revision-large", share); a.State != alert.Firing || !strings.HasSuffix(a.Why, "调减1.00个百分点") {
		t.Errorf("%s %q", a.State, a.Why)
	}
}

func TestALevelRisesWithDurationAndNeverFallsWithinAnEpisode(t *testing.T) {
	up := rule("lamp-red", 2, gdp)
	up.Level, up.Escalate = "黄", 6 // months: two quarters
	b := open(t, up)
	lamps := []indicator.Lamp{
		indicator.Red, indicator.Red, indicator.Red, indicator.Red, // 黄 from the 2nd, 橙 from the 4th
		indicator.Grey, indicator.Green, indicator.Red, indicator.Red, // 红 from the 8th: grey and the flap do not count
		indicator.Red, indicator.Green, indicator.Green,
	}
	var got []string
	for i, l := range lamps {
		q := period.MustParse("2023-Q1").Add(i)
		for range 2 { // every night, not once
			b.step(q.String(), lamp(gdp, q.String(), l))
		}
		got = append(got, b.find("lamp-red", gdp).Level)
	}
	want := []string{"黄", "黄", "黄", "橙", "橙", "橙", "橙", "红", "红", "红", "黄"}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("levels %v, want %v", got, want)
		}
	}
	e := "lamp-red|GDP.TOTAL.ALL|ALL|2023-Q1 "
	b.wantLog(
		"2023-Q1 "+e+"quiet→pending", "2023-Q2 "+e+"pending→firing", "2023-Q4 "+e+"firing→firing", "2024-Q2 "+e+"firing→recovering",
		"2024-Q3 "+e+"recovering→firing", "2024-Q4 "+e+"firing→firing", "2025-Q2 "+e+"firing→recovering", "2025-Q3 "+e+"recovering→resolved",
	)
}

func TestALateReturnInhibitsWhatIsPendingAndHoldsWhatIsRaised(t *testing.T) {
	up := rule("lamp-red", 1, share)
	up.Level, up.Escalate = "黄", 3
	b := open(t, rule("data-late", 1, mua), up, rule("lamp-yellow", 3, share))
	late := false
	b.late = func(code indicator.Code) bool { return late && code == mua }
	b.step("2026-03", lamp(share, "2026-Q1", indicator.Red), lamp(mua, "2026-Q1", indicator.NoLamp))
	late = true
	b.step("2026-06", missing(share, "2026-Q2", indicator.Overdue), missing(mua, "2026-Q2", indicator.Overdue))
	cause := b.find("data-late", mua).Episode
	red, yellow := b.find("lamp-red", share), b.find("lamp-yellow", share)
	if red.State != alert.Firing || red.HeldBy != cause || red.InhibitedBy != "" || red.Level != "黄" {
		t.Errorf("raised: %+v", red)
	}
	if yellow.State != alert.Pending || yellow.InhibitedBy == "" || yellow.Count != 1 {
		t.Errorf("pending: %+v", yellow)
	}
	late = false
	b.step("2026-06", lamp(share, "2026-Q2", indicator.Red), lamp(mua, "2026-Q2", indicator.NoLamp))
	if red = b.find("lamp-red", share); red.HeldBy != "" || red.Level != "橙" {
		t.Errorf("after the return: %+v", red)
	}
}

func TestARuleHasItsOwnHysteresis(t *testing.T) {
	slow := rule("lamp-red", 1, gdp)
	slow.Clear = 3
	b := open(t, slow)
	b.step("2025-03", lamp(gdp, "2025-Q1", indicator.Red))
	b.wantState(b.step("2025-06", lamp(gdp, "2025-Q2", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2025-09", lamp(gdp, "2025-Q3", indicator.Green)), alert.Recovering)
	b.wantState(b.step("2025-12", lamp(gdp, "2025-Q4", indicator.Green)), alert.Resolved)
}
