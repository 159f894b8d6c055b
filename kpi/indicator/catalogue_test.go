package indicator_test

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

//go:embed testdata/plan-document.txt
var planText string

func shipped(t *testing.T) *indicator.Catalogue {
	t.Helper()
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Fatalf("the shipped definitions have findings:\n%s", found)
	}
	return cat
}

// The figures of catalogue §0.
func TestCatalogueHoldsTheWholePlan(t *testing.T) {
	cat := shipped(t)
	got := map[string]int{
		"专项行动": len(cat.Actions), "tasks": len(cat.Tasks), "departments": len(cat.Departments),
		"directions": len(cat.Directions), "milestones": len(cat.Milestones),
		"features": len(cat.Features), "rules": len(cat.Rules),
	}
	forms := make(map[string]bool)
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		got[string(ind.Kind)]++
		if ind.Kind == indicator.Input {
			got["input "+string(ind.Necessity)]++
			forms[ind.Form] = true
		}
		if ind.Base2022 {
			got["base 2022"]++
		}
		target := ind.Target()
		if target == nil {
			continue
		}
		got["tier "+target.Tier]++
		if target.Scored {
			got["scored"]++
		}
		if target.Tier != "A" {
			continue
		}
		if ind.Kind == indicator.Derived {
			got["A derived"]++
		} else {
			got["A reported"]++
		}
		if target.Task == 0 {
			got["A in section openings"]++
		} else {
			got["A in tasks"]++
		}
	}
	for i := range cat.Tasks {
		if len(cat.Tasks[i].Leads) > 0 {
			got["tasks with 牵头部门"]++
		}
	}
	for i := range cat.Rules {
		got["rules "+cat.Rules[i].Level]++
	}
	got["forms"] = len(forms)
	want := map[string]int{
		"tier A": 41, "tier B": 6, "tier C": 11, "tier D": 4,
		"A reported": 20, "A derived": 21, "A in section openings": 20, "A in tasks": 21,
		"scored": 42,
		"input":  82, "input core": 60, "input supporting": 4, "input evidence": 11, "input optional": 7,
		"derived": 31, "alias": 2, "base 2022": 44, "forms": 19,
		"directions": 28, "milestones": 51,
		"专项行动": 9, "tasks": 40, "tasks with 牵头部门": 34, "departments": 16,
		"features": 24, "rules": 35, "rules mandatory": 19, "rules plausibility": 16,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts of the catalogue (-want +got):\n%s", diff)
	}
	if n := len(cat.Scored()); n != want["scored"] {
		t.Errorf("Scored lists %d", n)
	}
}

func planLine(t *testing.T, n int) string {
	t.Helper()
	lines := strings.Split(planText, "\n")
	if n < 1 || n > len(lines) {
		t.Fatalf("the plan has no line %d", n)
	}
	return lines[n-1]
}

func TestEveryQuoteStandsVerbatimOnItsLine(t *testing.T) {
	cat := shipped(t)
	n := 0
	check := func(id, quote string, line int) {
		n++
		if quote == "" || !strings.Contains(planLine(t, line), quote) {
			t.Errorf("%s: line %d of the plan does not say %q", id, line, quote)
		}
	}
	for i := range cat.Indicators {
		if target := cat.Indicators[i].Target(); target != nil {
			check(target.ID, target.Quote, target.Line)
		}
	}
	for _, list := range [][]indicator.Record{cat.Directions, cat.Milestones} {
		for _, r := range list {
			check(r.ID, r.Quote, r.Line)
		}
	}
	for _, task := range cat.Tasks {
		check(task.Title, task.Title, task.Line)
	}
	if want := 62 + 28 + 51 + 40; n != want {
		t.Errorf("%d quotes checked, want %d", n, want)
	}
	title, _, _ := strings.Cut(planText, "重点任务")
	for _, f := range cat.Features {
		text := title
		if f.Paragraph > 0 {
			i := slices.IndexFunc(cat.Tasks, func(task indicator.Task) bool { return task.No == f.Paragraph })
			text = planLine(t, cat.Tasks[i].Line)
		}
		if !strings.Contains(text, f.Quote) {
			t.Errorf("%s: paragraph %d does not say %q", f.ID, f.Paragraph, f.Quote)
		}
	}
}

// Titles, 牵头部门 and the 专项行动 a task belongs to are those of the text.
func TestTasksAreThoseOfThePlan(t *testing.T) {
	cat := shipped(t)
	var (
		heading = regexp.MustCompile(`^([0-9]+)\.([^。]+)。`)
		lead    = regexp.MustCompile(`（牵头部门：([^）]+)）`)
		section = regexp.MustCompile(`^（[一二三四五六七八九]）(.+专项行动)。`)
	)
	type task struct {
		Title  string
		Action string
		Leads  []string
		Line   int
	}
	var want, got []task
	action := ""
	for i, line := range strings.Split(bookmark.ReplaceAllString(planText, ""), "\n") {
		if m := section.FindStringSubmatch(line); m != nil {
			action = m[1]
		}
		if strings.HasPrefix(line, "三、") {
			action = ""
		}
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		x := task{Title: m[2], Action: action, Line: i + 1}
		if m := lead.FindStringSubmatch(line); m != nil {
			x.Leads = regexp.MustCompile("[、，]").Split(m[1], -1) // task 19 has a comma
		}
		want = append(want, x)
	}
	names := map[int]string{}
	for _, a := range cat.Actions {
		names[a.No] = a.Name
	}
	for i, x := range cat.Tasks {
		if x.No != i+1 {
			t.Errorf("task %d stands at place %d", x.No, i+1)
		}
		got = append(got, task{x.Title, names[x.Action], x.Leads, x.Line})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks (-plan +catalogue):\n%s", diff)
	}
}

var bookmark = regexp.MustCompile(`\[bookmark: [^\]]*\]`)

// Catalogue §1.8: 107 Arabic numerals, 40 of them targets, each inside the
// quote of a tier A target; one of them serves two.
func TestEveryTargetNumeralIsCovered(t *testing.T) {
	cat := shipped(t)
	numeral := regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)
	other := regexp.MustCompile(`^[0-9]+\.(?:[^0-9])|2023年3月20日|20[0-9]{2}—20[0-9]{2}|20[0-9]{2}年|15号线|5G|6G|Wi－Fi6|IPv6|N37|K15`)
	total, targets, served := 0, 0, 0
	for i, line := range strings.Split(planText, "\n") {
		line = bookmark.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat(" ", len(s)) })
		total += len(numeral.FindAllString(line, -1))
		var skip [][]int
		trimmed := strings.TrimLeft(line, " ")
		for _, at := range other.FindAllStringIndex(trimmed, -1) {
			d := len(line) - len(trimmed)
			skip = append(skip, []int{at[0] + d, at[1] + d})
		}
		for _, at := range numeral.FindAllStringIndex(line, -1) {
			if slices.ContainsFunc(skip, func(s []int) bool { return s[0] <= at[0] && at[1] <= s[1] }) {
				continue
			}
			targets++
			covering := 0
			for k := range cat.Indicators {
				target := cat.Indicators[k].Target()
				if target == nil || target.Tier != "A" || target.Line != i+1 {
					continue
				}
				if q := strings.Index(line, target.Quote); q <= at[0] && at[1] <= q+len(target.Quote) && line[at[0]:at[1]] == compact(target.Value) {
					covering++
				}
			}
			if covering == 0 {
				t.Errorf("line %d: no tier A target covers %s", i+1, line[at[0]:at[1]])
			}
			served += covering
		}
	}
	if total != 107 || targets != 40 || served != 41 {
		t.Errorf("%d numerals, %d of them targets, serving %d; want 107, 40, 41", total, targets, served)
	}
}

func compact(v float64) string { return strings.TrimSuffix(indicator.Fixed(v, 1), ".0") }

func TestDepartmentsAnswerForTheTasksThatNameThem(t *testing.T) {
	cat := shipped(t)
	want := map[string][]int{
		"经济运行局": {1, 2, 9, 21, 22, 23, 24}, "自贸办": {27, 28, 29, 30, 31, 32},
		"现代服务业局": {10, 15, 16, 17, 18}, "产业促进局": {6, 8, 9, 26}, "科技创新局": {11, 12, 13, 14},
		"生态环境分局": {19, 20, 21, 22}, "规划自然资源局": {3, 19}, "市场监管局": {14, 34}, "社会保障局": {33, 34},
		"建设管理局": {4}, "城市管理局": {5}, "财政局": {25}, "统战部": {26}, "教育局": {34}, "社会发展局": {34}, "政法委": {35},
	}
	got := make(map[string][]int)
	for _, d := range cat.Departments {
		got[d.Name] = d.Tasks
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks per department (-want +got):\n%s", diff)
	}
	if d := cat.Department("自贸办"); d == nil || d.From != "2023-03-20" {
		t.Errorf("Department(自贸办) = %+v", d)
	}
	if d := cat.Department("不存在局"); d != nil {
		t.Errorf("Department(不存在局) = %+v", d)
	}
	if got := cat.Actions[0].Tasks; !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("专项行动 1 has tasks %v", got)
	}
	if got := cat.Tasks[32].Targets; !slices.Equal(got, []string{"A40", "A41", "B01", "B02", "B06", "C08", "C09"}) {
		t.Errorf("task 33 has targets %v", got)
	}
}

func TestScopeResolvesTheAlias(t *testing.T) {
	cat := shipped(t)
	if got := cat.Resolve(indicator.LJ); got != indicator.Dir {
		t.Errorf("LJ resolves to %s", got)
	}
	if got := cat.Resolve(indicator.City); got != indicator.City {
		t.Errorf("CQ resolves to %s", got)
	}
	if a := cat.Area(indicator.LJ); a == nil || a.Name != "直管区" {
		t.Errorf("Area(LJ) = %+v", a)
	}
	for code, want := range map[indicator.Code]string{"GDP.TOTAL.LJ": "GDP.TOTAL.DIR", "GDP.GROWTH.LJ": "GDP.GROWTH.DIR"} {
		if ind := cat.Indicator(code); ind == nil || ind.Formula != want || ind.FormulaAt.Line == 0 {
			t.Errorf("%s stands for %+v", code, ind)
		}
	}
	// One setting moves every LJ figure.
	whole := overlay(t, map[string]string{"settings.yaml": strings.Replace(read(t, "settings.yaml"), "scope: DIR", "scope: ALL", 1)})
	if got := whole.Indicator("GDP.TOTAL.LJ").Formula; got != "GDP.TOTAL.ALL" || whole.Resolve(indicator.LJ) != indicator.All {
		t.Errorf("with scope ALL, GDP.TOTAL.LJ is %s", got)
	}
	if whole.Hash == cat.Hash {
		t.Error("another scope, the same hash")
	}
}

func TestAreasAreVersionedAndNested(t *testing.T) {
	cat := shipped(t)
	parents := map[indicator.AreaID]indicator.AreaID{indicator.Dir: indicator.All, indicator.All: indicator.Mua, indicator.Mua: indicator.City, indicator.City: "", indicator.Joint: ""}
	for id, parent := range parents {
		a := cat.Area(id)
		if a == nil || a.Parent != parent || len(a.Versions) == 0 || a.Versions[len(a.Versions)-1].To != "" {
			t.Errorf("area %s = %+v", id, a)
		}
	}
	var got []string
	for _, v := range cat.Area(indicator.Mua).Versions {
		got = append(got, v.ID+" "+v.From)
	}
	want := []string{"MUA@2023 2022-01-01", "MUA@2024-03 2024-03-01", "MUA@2025-11 2025-11-06"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("versions of 主城都市区 (-want +got):\n%s", diff)
	}
}

func TestUnitsConvertExactlyWithinADimension(t *testing.T) {
	cat := shipped(t)
	for _, c := range []struct{ from, to, want string }{
		{"亿元", "万元", "10000"},
		{"万元", "亿元", "0.0001"},
		{"亿元", "元", "100000000"},
		{"亿美元", "万美元", "10000"},
		{"万人", "人", "10000"},
		{"辆", "万辆", "0.0001"},
		{"吨", "万吨", "0.0001"},
		{"％", "%", "1"},
		{" 个百分点", "百分点", "1"},
		{"亿元人民币", "万元", "10000"},
	} {
		from, to := cat.Unit(c.from), cat.Unit(c.to)
		if from == nil || to == nil {
			t.Errorf("no unit %q or %q", c.from, c.to)
			continue
		}
		if f, ok := indicator.ConvertFactor(from, to); !ok || f.String() != c.want {
			t.Errorf("%s → %s: %v %v, want %s", c.from, c.to, f, ok, c.want)
		}
	}
	for _, c := range [][2]string{{"亿元", "家"}, {"%", "百分点"}, {"亿元", "亿美元"}, {"倍", "%"}, {"没有", "亿元"}} {
		if f, ok := indicator.ConvertFactor(cat.Unit(c[0]), cat.Unit(c[1])); ok {
			t.Errorf("%s → %s converts by %v", c[0], c[1], f)
		}
	}
	third := &indicator.Unit{Dimension: "d", Factor: "1"}
	if f, ok := indicator.ConvertFactor(third, &indicator.Unit{Dimension: "d", Factor: "3"}); ok {
		t.Errorf("1/3 is exactly %v", f)
	}
	for i := range cat.Indicators {
		if ind := &cat.Indicators[i]; cat.Unit(ind.Unit) == nil {
			t.Errorf("%s has unit %q", ind.Code, ind.Unit)
		}
	}
}

// Relations between series that no single definition shows.
func TestLinksBetweenSeries(t *testing.T) {
	cat := shipped(t)
	for part, whole := range map[indicator.Code]indicator.Code{
		"GDP.TOTAL.ALL": "GDP.TOTAL.MUA", "GDP.TOTAL.DIR": "GDP.TOTAL.ALL", "NEV.OUTPUT.LJ": "NEV.OUTPUT.CQ",
		"VA.MFG.LJ": "GDP.TOTAL.LJ", "RD.EXP.LJ": "GDP.TOTAL.LJ", "FDI.ACTUAL.LJ": "FDI.ACTUAL.CQ",
	} {
		if got := cat.Indicator(part).ShareOf; got != whole {
			t.Errorf("%s is a share of %q, want %s", part, got, whole)
		}
	}
	for level, growth := range map[indicator.Code]indicator.Code{
		"GDP.TOTAL.ALL": "GDP.GROWTH.ALL", "GDP.TOTAL.LJ": "GDP.GROWTH.LJ", "RETAIL.TOTAL.LJ": "RETAIL.GROWTH.LJ",
		"INCOME.PC.LJ": "INCOME.PC.GROWTH_NOM.LJ", "IND.VA_ADS.LJ": "IND.VA_ADS.GROWTH.LJ",
	} {
		if got := cat.Indicator(level).Growth; got != growth {
			t.Errorf("%s has published growth %q, want %s", level, got, growth)
		}
	}
	// §5.1: 名义 and 可比价.
	for code, want := range map[indicator.Code]indicator.PriceBasis{
		"GDP.TOTAL.ALL": indicator.Current, "GDP.GROWTH.ALL": indicator.Constant, "IND.VA_ADS.GROWTH.LJ": indicator.Constant,
		"RETAIL.GROWTH.LJ": indicator.Current, "GDP.CONST2020.LJ": indicator.Constant, "HTE.N.LJ": indicator.NoPrice,
	} {
		if got := cat.Indicator(code).PriceBasis; got != want {
			t.Errorf("%s has price basis %q, want %q", code, got, want)
		}
	}
	// R28 names who needs a caliber mark.
	var marked []string
	for i := range cat.Indicators {
		if len(cat.Indicators[i].Caliber) > 0 {
			marked = append(marked, string(cat.Indicators[i].Code))
		}
	}
	slices.Sort(marked)
	want := []string{"CO2.EMISSION.LJ", "FDI.ACTUAL.CQ", "FDI.ACTUAL.LJ", "MICE.REV.INDUCED.LJ", "SVCTRADE.TOTAL.LJ", "SW.REV.LJ", "VA.DE.LJ"}
	if diff := cmp.Diff(want, marked); diff != "" {
		t.Errorf("indicators with a caliber mark (-want +got):\n%s", diff)
	}
	for i := range cat.Rules {
		if r := &cat.Rules[i]; len(r.ExprAt) != len(r.Exprs) {
			t.Errorf("%s has %d expressions at %d places", r.ID, len(r.Exprs), len(r.ExprAt))
		}
	}
}

// R33 and R35 by the catalogue: what a document proves, and what a list of units.
func TestWhatMustBeProvedIsData(t *testing.T) {
	cat := shipped(t)
	var documents, lists []string
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		if ind.Evidence && !ind.Nature.Evidence() {
			documents = append(documents, string(ind.Code))
		}
		if ind.Register == indicator.RegisterRequired {
			lists = append(lists, string(ind.Code))
		}
		if ind.Register != indicator.NoRegister && cat.Unit(ind.Unit).Symbol != "家" {
			t.Errorf("%s is counted in %s: what has no credit code has no register", ind.Code, ind.Unit)
		}
	}
	if d := cmp.Diff([]string{"FUND.SCC500.SUBSCRIBED.JOINT", "FUND.SCC500.PAIDIN.JOINT", "SOE.LISTED.NEW.LJ", "LISTED.APPROVED.NEW.LJ"}, documents); d != "" {
		t.Errorf("documents (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"SOE.LISTED.NEW.LJ", "SME.LITTLEGIANT.N.LJ", "LISTED.APPROVED.NEW.LJ"}, lists); d != "" {
		t.Errorf("registers (-want +got):\n%s", d)
	}
}

// Growth is compared in the prices it is published in: 增加值 in constant ones,
// everything else in those of its level (§5.1).
func TestTheBasisOfPublishedGrowth(t *testing.T) {
	cat := shipped(t)
	var different []string
	for i := range cat.Indicators {
		if ind := &cat.Indicators[i]; ind.GrowthBasis != ind.PriceBasis {
			different = append(different, string(ind.Code)+" "+string(ind.GrowthBasis))
		}
	}
	if d := cmp.Diff([]string{"VA.MFG.LJ constant", "VA.DE.LJ constant", "VA.FIN.LJ constant"}, different); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestARuleIsInForceOnTheLastDayOfThePeriod(t *testing.T) {
	for _, c := range []struct {
		from, to, p string
		want        bool
	}{
		{"", "", "2023-01", true},
		{"2026-09-30", "", "2026-09", true},
		{"2026-10-01", "", "2026-09", false},
		{"2026-10-01", "", "2026", true},
		{"", "2026-09-30", "2026-Q3", true},
		{"", "2026-09-29", "2026-Q3", false},
		{"2026-01-01", "2026-12-31", "2026-H1", true},
	} {
		r := indicator.Rule{From: c.from, To: c.to}
		if got := r.InForce(period.MustParse(c.p)); got != c.want {
			t.Errorf("%s to %s, %s: %v", c.from, c.to, c.p, got)
		}
	}
}
