package alert_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func opt(v float64) indicator.Opt[float64]           { return indicator.Some(v) }
func pct(v float64) indicator.Opt[indicator.Percent] { return indicator.Some(indicator.Percent(v)) }
func pts(v float64) indicator.Opt[indicator.Points]  { return indicator.Some(indicator.Points(v)) }

// scored makes an indicator with a target; the calls below change what they need.
func scored(nature indicator.Nature, unit string, freq period.Freq, c indicator.Comparator, e indicator.Evaluation, target float64) indicator.Indicator {
	return indicator.Indicator{
		Code: "X.LJ", Name: "某指标", Kind: indicator.Input, Area: indicator.LJ, Unit: unit, Nature: nature, Freq: freq, Direction: 1,
		Form: "双城999表", Filer: []string{"甲局", "乙局"},
		Targets: []indicator.Target{{ID: "A00", Comparator: c, Evaluation: e, Value: target, HasValue: true, Unit: unit, Year: 2027, Primary: "乙局", Scored: true}},
	}
}

// once judges one result by one rule and returns the alert, or nil when the
// rule finds nothing.
func once(t *testing.T, ind indicator.Indicator, rule indicator.AlertRule, r indicator.Result) *alert.Alert {
	t.Helper()
	r.Code, r.Area = ind.Code, indicator.Dir
	cat := &indicator.Catalogue{Indicators: []indicator.Indicator{ind}, AlertRules: []indicator.AlertRule{rule}, Settings: indicator.Settings{Scope: indicator.Dir, AmberLag: 10}}
	p, _ := r.Period.As(period.Month)
	next, _, err := alert.Step(nil, []indicator.Result{r}, cat, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(next) == 0 || next[0].State == alert.Quiet {
		return nil
	}
	return &next[0]
}

// Metabase #10899: a value equal to its target counted as below it.
func TestBoundariesAreThoseOfTheWords(t *testing.T) {
	q := period.MustParse("2026-Q3")
	level := func(c indicator.Comparator) indicator.Indicator {
		return scored(indicator.FlowYTD, "亿元", period.Quarter, c, indicator.Endpoint, 6600)
	}
	approx := scored(indicator.Ratio, "%", period.Quarter, indicator.Approx, indicator.Endpoint, 60)
	approx.Targets[0].Tolerance = &indicator.Tolerance{Type: "band_pp", Lower: 2}
	reverse := scored(indicator.Ratio, "%", period.Quarter, indicator.GE, indicator.Endpoint, 5)
	reverse.Direction = -1
	sync := scored(indicator.DiffPP, "百分点", period.Quarter, indicator.GE, indicator.Sync, 0)
	sync.Targets[0].Tolerance = &indicator.Tolerance{Type: "band_pp", Lower: 0.5}
	projected := func(v float64) indicator.Result {
		return indicator.Result{Period: q, Value: opt(1), Projection: &indicator.Projection{Value: v}}
	}
	lead := func(v float64) indicator.Result {
		return indicator.Result{Period: q, Value: opt(1), ProgressLead: pts(v)}
	}
	value := func(v float64) indicator.Result { return indicator.Result{Period: q, Value: opt(v)} }
	growing := func(v float64) indicator.Result {
		return indicator.Result{Period: q, Value: opt(1), Published: pct(v)}
	}
	for _, c := range []struct {
		name  string
		kind  string
		limit float64
		ind   indicator.Indicator
		r     indicator.Result
		want  bool
	}{
		{"达到: just the target is enough", "projected-short", 0, level(indicator.GE), projected(6600), false},
		{"超过: just the target is not", "projected-short", 0, level(indicator.GT), projected(6600), true},
		{"超过: a cent more is", "projected-short", 0, level(indicator.GT), projected(6600.01), false},
		{"左右: the lower bound is enough", "projected-short", 0, approx, projected(58), false},
		{"左右: below the lower bound is not", "projected-short", 0, approx, projected(57.999), true},
		{"lower is better: just the target is enough", "projected-short", 0, reverse, projected(5), false},
		{"lower is better: more is not", "projected-short", 0, reverse, projected(5.01), true},
		{"a shortfall under the threshold", "projected-short", 5, level(indicator.GE), projected(6271), false},
		{"a shortfall of just the threshold", "projected-short", 5, level(indicator.GE), projected(6270), true},
		{"ten points behind, V12", "behind-path", 10, level(indicator.GE), lead(65 - 75), true},
		{"a little less behind", "behind-path", 10, level(indicator.GE), lead(-9.99), false},
		{"the setting, when the rule has no value", "behind-path", 0, level(indicator.GE), lead(-9.99), false},
		{"ahead", "behind-path", 0, level(indicator.GE), lead(12), false},
		{"同步 with a difference of zero", "sync-broken", 0, sync, value(0), false},
		{"基本同步", "sync-broken", 0, sync, value(-0.5), false},
		{"not 同步", "sync-broken", 0, sync, value(-0.51), true},
		{"持平 is not negative", "growth-negative", 0, level(indicator.GE), growing(0), false},
		{"a fall that prints as zero is negative", "growth-negative", 0, level(indicator.GE), growing(-0.04), true},
	} {
		rule := rule(c.kind, 1)
		rule.Value = c.limit
		if a := once(t, c.ind, rule, c.r); (a != nil) != c.want {
			t.Errorf("%s: %s raised %v, want %v (%+v)", c.name, c.kind, a != nil, c.want, a)
		}
	}
}

// Lightdash #10979: per cent and points were mixed, 100-fold.
func TestPercentAndPointsAreNeverMixed(t *testing.T) {
	q := period.MustParse("2026-Q3")
	money := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GT, indicator.Endpoint, 6600)
	money.Decimals = 2
	ratio := scored(indicator.Ratio, "%", period.Quarter, indicator.GE, indicator.Endpoint, 22)
	ratio.Decimals = 2
	count := scored(indicator.CountStock, "家", period.Half, indicator.GE, indicator.Endpoint, 1300)
	part := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 6600)
	part.ShareOf = "Y.LJ"
	rate := scored(indicator.GrowthRate, "%", period.Quarter, indicator.GE, indicator.Endpoint, 5)
	sync := scored(indicator.DiffPP, "百分点", period.Quarter, indicator.GE, indicator.Sync, 0)
	sync.Decimals = 2
	for _, c := range []struct {
		kind      string
		ind       indicator.Indicator
		r         indicator.Result
		why, need string
	}{
		{
			"projected-short", money,
			indicator.Result{Period: q, Value: opt(4100), Projection: &indicator.Projection{Value: 6412.305, Probability: pct(28.4)}, RequiredGrowth: pct(8.2)},
			"2027年测算6412.31亿元（达到目标的概率约28%），目标超过6600亿元，预计差187.70亿元（2.8%）", "2026—2027年需年均增长8.2%",
		},
		{
			"projected-short", ratio,
			indicator.Result{Period: q, Value: opt(21.5), Projection: &indicator.Projection{Value: 21.998}, RequiredStep: opt(0.4)},
			"2027年测算21.998%（达到目标的概率数据不足），目标不低于22%，预计差0.002个百分点", "到2027年每年需提高0.40个百分点",
		},
		{
			"projected-short", count,
			indicator.Result{Period: period.MustParse("2026-H1"), Value: opt(1000), Projection: &indicator.Projection{Value: 1200, Probability: pct(0.02)}, RequiredStep: opt(200)},
			"2027年测算1200家（达到目标的概率不足1%），目标不低于1300家，预计差100家（7.7%）", "到2027年每年需增加200.0家",
		},
		{
			"behind-path", money,
			indicator.Result{Period: q, Value: opt(1), ProgressLead: pts(-10), ProgressCompletion: pct(65), Elapsed: 75},
			"进度完成率65.0%，时序进度75.0%，落后10.0个百分点", "",
		},
		{
			"growth-negative", money,
			indicator.Result{Period: q, Value: opt(97.66), YearAgo: opt(100), Growth: pct(-2.34)},
			"2026年前三季度同比下降2.3%", "",
		},
		{
			"growth-negative", rate,
			indicator.Result{Period: q, Value: opt(-0.04)},
			"2026年前三季度下降0.04%", "",
		},
		{
			"share-falling", ratio,
			indicator.Result{Period: q, Value: opt(21.2), YearAgo: opt(21.5), Change: pts(-0.3)},
			"2026年前三季度占比21.20%，较上年同期下降0.30个百分点", "",
		},
		{
			"share-falling", part,
			indicator.Result{Period: q, Value: opt(5), Share: pct(3.3), ShareChange: pts(-0.05)},
			"2026年前三季度占比3.30%，较上年同期下降0.05个百分点", "",
		},
		{
			"sync-broken", sync,
			indicator.Result{Period: q, Value: opt(-1.2)},
			"2026年前三季度低于经济增速1.20个百分点", "需再加快1.20个百分点，方可与经济增长同步",
		},
	} {
		a := once(t, c.ind, rule(c.kind, 1), c.r)
		if a == nil {
			t.Errorf("%s does not fire", c.kind)
			continue
		}
		if a.Why != c.why || a.Need != c.need || a.Owner != "乙局" {
			t.Errorf("%s: %q\nneed %q\nowner %s\nwant %q\nneed %q", c.kind, a.Why, a.Need, a.Owner, c.why, c.need)
		}
	}
}

func TestNeedNamesTheYearsThatAreLeft(t *testing.T) {
	flow := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 6600)
	cagr := scored(indicator.CAGR, "%", period.Year, indicator.GE, indicator.CAGRTarget, 12)
	stock := scored(indicator.StockEnd, "亿元", period.Half, indicator.GE, indicator.Endpoint, 500)
	fewer := scored(indicator.CountStock, "家", period.Half, indicator.GE, indicator.Endpoint, 10)
	fewer.Direction = -1
	for _, c := range []struct {
		ind  indicator.Indicator
		r    indicator.Result
		want string
	}{
		{flow, indicator.Result{Period: period.MustParse("2026-Q3"), RequiredGrowth: pct(16.4323)}, "2026—2027年需年均增长16.4%"},
		{cagr, indicator.Result{Period: period.MustParse("2025"), RequiredGrowth: pct(16.4323)}, "2026—2027年需年均增长16.4%"},
		{flow, indicator.Result{Period: period.MustParse("2026-Q4"), RequiredGrowth: pct(7)}, "2027年需增长7.0%"},
		{flow, indicator.Result{Period: period.MustParse("2027-Q4"), RequiredGrowth: pct(7)}, ""},
		{stock, indicator.Result{Period: period.MustParse("2026-H1"), RequiredGrowth: pct(7)}, "到2027年末需年均增长7.0%"},
		{flow, indicator.Result{Period: period.MustParse("2026-Q3"), RequiredGrowth: pct(-1.25)}, "2026—2027年年均降幅需控制在1.3%以内"},
		{fewer, indicator.Result{Period: period.MustParse("2026-H1"), RequiredStep: opt(-3)}, "到2027年每年需减少3.0家"},
		{fewer, indicator.Result{Period: period.MustParse("2026-H1"), RequiredStep: opt(3)}, "到2027年每年增加不得超过3.0家"},
		{stock, indicator.Result{Period: period.MustParse("2026-H1"), RequiredStep: opt(-3)}, "到2027年每年减少不得超过3.0亿元"},
		{flow, indicator.Result{Period: period.MustParse("2026-Q3"), RequiredGrowth: pct(7), Reached: true}, ""},
	} {
		c.r.Value, c.r.Lamp = opt(1), indicator.Red
		a := once(t, c.ind, rule("lamp-red", 1), c.r)
		if a == nil || a.Need != c.want {
			t.Errorf("%s: %+v, want need %q", c.r.Period, a, c.want)
		}
	}
}

func TestAFloorNeedsWhatKeepsIt(t *testing.T) {
	days := scored(indicator.CountFlowYTD, "天", period.Month, indicator.GE, indicator.Floor, 320)
	rate := scored(indicator.Ratio, "%", period.Quarter, indicator.GE, indicator.Floor, 18)
	for _, c := range []struct {
		ind  indicator.Indicator
		q    string
		v    float64
		want string
	}{
		{days, "2026-06", 158, "2026年内未达标天数最多还可有22天"}, // V8
		{days, "2026-06", 130, "2026年底线已无法守住，请提出补救措施"},
		{days, "2026-12", 318, "需增加2天，回到底线320天以上"},
		{days, "2026-12", 320, ""},
		{rate, "2026-Q3", 17.5, "需提高0.50个百分点，回到底线18%以上"},
	} {
		r := indicator.Result{Period: period.MustParse(c.q), Value: opt(c.v), Lamp: indicator.Red, Reason: "年度底线被突破"}
		a := once(t, c.ind, rule("floor-broken", 1), r)
		if a == nil || a.Need != c.want {
			t.Errorf("%s %v: %+v, want need %q", c.q, c.v, a, c.want)
		}
		r.Lamp = indicator.Yellow
		if a := once(t, c.ind, rule("floor-broken", 1), r); a != nil {
			t.Errorf("a floor in danger is taken for broken: %+v", a)
		}
	}
}

func TestWhatWouldMakeAMissingValueComputable(t *testing.T) {
	ind := scored(indicator.Ratio, "%", period.Quarter, indicator.GE, indicator.Endpoint, 22)
	ind.Kind = indicator.Derived
	for why, want := range map[indicator.Absence]string{
		indicator.NoBase: "2022年基数", indicator.Incomparable: "版本和口径", indicator.Undefined: "明确口径",
		indicator.Unassigned: "明确填报单位", indicator.Returned: "退回意见", indicator.BlankCell: "补填",
		indicator.Dash: "补填", indicator.NotComputable: "补齐", indicator.Overdue: "尽快报送",
	} {
		a := once(t, ind, rule("not-computable", 1), indicator.Result{Period: period.MustParse("2026-Q3"), Absence: why})
		if a == nil || a.Why != why.Name() || !strings.Contains(a.Need, want) {
			t.Errorf("%s: %+v", why, a)
		}
	}
	if a := once(t, ind, rule("not-computable", 1), indicator.Result{Period: period.MustParse("2026-Q3"), Absence: indicator.NotDue}); a != nil {
		t.Errorf("what is not due is a fault: %+v", a)
	}
}

func TestPublishedAndComputedGrowthAreNeverCompared(t *testing.T) {
	b := open(t, rule("growth-falling", 1, gdp))
	at := func(q string, published, computed indicator.Opt[indicator.Percent]) alert.State {
		return b.step(q, indicator.Result{Code: gdp, Area: indicator.All, Period: period.MustParse(q), Value: opt(1), Published: published, Growth: computed})
	}
	none := indicator.Opt[indicator.Percent]{}
	b.wantState(at("2025-Q4", none, pct(9)), alert.Quiet)
	b.wantState(at("2026-Q1", pct(5), pct(8)), alert.Quiet) // 5 after 9 is no fall: one is 可比价, the other 名义
	b.wantState(at("2026-Q2", pct(5), pct(1)), alert.Quiet)
	b.wantState(at("2026-Q3", pct(4.9), pct(9)), alert.Firing)
	if a := b.find("growth-falling", gdp); a.Why != "2026年前三季度同比增长4.9%，增速较上一期回落0.1个百分点" {
		t.Errorf("%q", a.Why)
	}
}

func TestAFallOfFloatingDustIsNoFall(t *testing.T) {
	ratio := scored(indicator.Ratio, "%", period.Quarter, indicator.GE, indicator.Endpoint, 22)
	r := indicator.Result{Period: period.MustParse("2026-Q3"), Value: opt(0.1 / 0.3 * 100), YearAgo: opt(33.333333333333336)}
	if a := once(t, ratio, rule("share-falling", 1), r); a != nil {
		t.Errorf("%+v", a)
	}
}

func TestWhomARuleConcerns(t *testing.T) {
	alias := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 1)
	alias.Kind = indicator.Alias
	unscored := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 1)
	unscored.Targets[0].Scored = false
	level := scored(indicator.FlowYTD, "亿元", period.Quarter, indicator.GE, indicator.Endpoint, 1)
	falling := indicator.Result{Period: period.MustParse("2026-Q3"), Value: opt(1), Published: pct(-1), Lamp: indicator.Red}
	for _, c := range []struct {
		name string
		ind  indicator.Indicator
		rule indicator.AlertRule
		want bool
	}{
		{"a scored target", level, rule("growth-negative", 1), true},
		{"by nature", level, rule("growth-negative", 1, "flow_ytd"), true},
		{"by another nature", level, rule("growth-negative", 1, "count_stock"), false},
		{"by code", level, rule("growth-negative", 1, "X.LJ"), true},
		{"an alias says it twice", alias, rule("growth-negative", 1), false},
		{"a target that is not scored", unscored, rule("growth-negative", 1), false},
		{"unless it is selected", unscored, rule("growth-negative", 1, "X.LJ"), true},
		{"a lamp that is not scored", unscored, rule("lamp-red", 1, "X.LJ"), false},
		{"an endpoint has no floor", level, rule("floor-broken", 1), false},
	} {
		if a := once(t, c.ind, c.rule, falling); (a != nil) != c.want {
			t.Errorf("%s: %v, want %v", c.name, a != nil, c.want)
		}
	}
}
