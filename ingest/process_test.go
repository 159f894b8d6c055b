package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// raised lists the rules a return raised, without notes, sorted and each once.
func raised(out ingest.Outcome) string {
	var rules []string
	for _, f := range out.Findings {
		if f.Severity != finding.Note {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), " ")
}

// A relation holds, fails, or cannot be verified. “…” is zero; blank and “—” are
// absent, and an absent operand never makes a finding (catalogue §5.8).
func TestARelationWithAnAbsentOperandIsUnverifiable(t *testing.T) {
	for _, c := range []struct {
		dir, all any
		want     string
	}{
		{2900.0, 5230.45, ""},
		{5230.46, 5230.45, "R06"},
		{"…", 5230.45, ""},
		{"…", "…", ""},
		{"…", 0, ""},
		{"…", -0.01, "R06"},
		{2900.0, "…", "R06"},
		{"—", 5230.45, ""},
		{2900.0, "—", ""},
		{nil, 5230.45, ""},
		{2900.0, nil, ""},
		{"  ", 5230.45, ""},
		{nil, nil, ""},
		{"—", "—", ""},
	} {
		out := newDesk(t).file(typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", c.dir), value("GDP.TOTAL.ALL", c.all),
			value("VA.MFG.LJ", nil), value("VA.FIN.LJ", nil)))
		if got := raised(out); got != c.want {
			t.Errorf("DIR %v, ALL %v: raised %q, want %q\n%s", c.dir, c.all, got, c.want, out.Findings)
		}
	}
}

// Vector V15, and what else the grammar of catalogue §5.8 makes of a cell.
func TestCellsAreNumbersOrTypedAbsences(t *testing.T) {
	for _, c := range []struct {
		typed  any
		value  string
		status indicator.ObsStatus
	}{
		{"…", "", indicator.NotSignificant},
		{"......", "", indicator.NotSignificant},
		{"—", "", indicator.CannotExist},
		{"-", "", indicator.CannotExist},
		{nil, "", indicator.Missing},
		{"", "", indicator.Missing},
		{"　", "", indicator.Missing},
		{0, "0", indicator.Provisional},
		{"0", "0", indicator.Provisional},
		{"4.53*", "4.53", indicator.Provisional},
		{"１８％", "18", indicator.Provisional},
		{"-5.2", "-5.2", indicator.Provisional},
		{"−5.2", "-5.2", indicator.Provisional},
	} {
		out := newDesk(t).file(typed("双城301表", "2026-09", value("RETAIL.GROWTH.LJ", c.typed)))
		if out.Verdict != receipt.Accepted {
			t.Errorf("%v: %s\n%s", c.typed, out.Verdict, out.Findings)
			continue
		}
		i := slices.IndexFunc(out.Observations, func(o indicator.Observation) bool {
			return o.Code == "RETAIL.GROWTH.LJ" && o.Measure == indicator.ValueMeasure
		})
		if i < 0 {
			t.Errorf("%v: no observation", c.typed)
			continue
		}
		o := out.Observations[i]
		got := ""
		if o.Value.Valid {
			got = o.Value.Decimal.String()
		}
		if got != c.value || o.Status != c.status {
			t.Errorf("%v is %q of status %s, want %q of %s", c.typed, got, o.Status, c.value, c.status)
		}
	}
}

// The year begins anew: December's days say nothing about January's.
func TestCumulativeDaysAreNotComparedAcrossJanuary(t *testing.T) {
	air := func(p string, valid, good int) form.Filing {
		return typed("双城501表", p, value("AIR.VALIDDAYS.LJ", valid), value("AIR.GOODDAYS.LJ", good))
	}
	d := newDesk(t, air("2025-12", 360, 330))
	if out := d.file(air("2026-01", 31, 29)); out.Verdict != receipt.Accepted {
		t.Fatalf("January: %s\n%s", out.Verdict, out.Findings)
	}
	if got := raised(d.file(air("2026-02", 30, 29))); got != "R14" {
		t.Errorf("February with fewer days than January raised %q", got)
	}
	if got := raised(d.file(air("2026-03", 60, 29))); got != "" {
		t.Errorf("March without February raised %q", got)
	}
}

// A department may name every file the same; the accepted value is still told
// apart from the one just filed.
func TestAnAcceptedCellOfTheSameNameIsStillAnother(t *testing.T) {
	f := typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 270), value("AIR.GOODDAYS.LJ", "…"))
	place := finding.Place{File: "环境.xlsx", Sheet: "双城501表", Cell: "E12"}
	out := definitions().Process(ingest.Request{
		File: "环境.xlsx", Data: workbookOf(t, f), Received: f.Reported.Add(34 * time.Hour),
		History: func(code indicator.Code, end int) (ingest.Known, bool) {
			if code != "AIR.GOODDAYS.LJ" || end != f.Period.Prev().End {
				return ingest.Known{}, false
			}
			k := ingest.Known{Status: indicator.Provisional, Vintage: indicator.Flash, Place: place}
			return k, k.Value.Scan("210") == nil
		},
	})
	if len(out.Findings) != 1 || out.Findings[0].Value != "“…”（按0计）" || !strings.Contains(out.Findings[0].Want, "210天（已接收）") ||
		!slices.Equal(out.Findings[0].Related, []finding.Place{place}) {
		t.Errorf("got:\n%s", verdict(out))
	}
}

// R20's bands include their bounds and nothing outside them.
func TestMagnitudeBands(t *testing.T) {
	history := typed("双城301表", "2025-09", value("RETAIL.TOTAL.LJ", 100.0))
	d := newDesk(t, history)
	for _, c := range []struct {
		value string
		times string // of the message; "" for no finding
	}{
		{"799.99", ""},
		{"800", "10倍"},
		{"1000", "10倍"},
		{"1250", "10倍"},
		{"1250.01", ""},
		{"7999.99", ""},
		{"8000", "100倍"},
		{"12500", "100倍"},
		{"12500.01", ""},
		{"99999.99", ""},
		{"100000", ""}, // a thousand times is no slip between sister units
		{"799999.99", ""},
		{"800000", "10000倍"},
		{"1250000", "10000倍"},
		{"1250000.01", ""},
		{"12.51", ""},
		{"12.5", "十分之一"},
		{"8", "十分之一"},
		{"7.99", ""},
		{"1.251", ""},
		{"1.25", "百分之一"},
		{"0.8", "百分之一"},
		{"0.799", ""},
		{"0.0126", ""},
		{"0.0125", "万分之一"},
		{"0.008", "万分之一"},
		{"0.0079", ""},
		{"0", ""},
		{"-1000", ""},
		{"…", ""},
		{"—", ""},
	} {
		out := d.file(typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", c.value)))
		d.values, d.filed = newDesk(t, history).values, map[string]ingest.Prior{}
		got := ""
		for _, f := range out.Findings {
			if f.Rule == "R20" {
				got = strings.TrimPrefix(f.Message, "疑似计量单位错误：约为上年同期的")
			}
		}
		if got != c.times {
			t.Errorf("%s after 100: %q, want %q", c.value, got, c.times)
		}
	}
}

func TestMagnitudeNeedsASisterUnitAndAnAcceptedYearAgo(t *testing.T) {
	ten := func(p string, v int) form.Filing { return typed("双城203表", p, value("SME.LITTLEGIANT.N.LJ", v)) }
	for _, c := range []struct {
		name   string
		before []form.Filing
		f      form.Filing
		want   string
	}{
		{"家 has 万户", []form.Filing{ten("2024", 5)}, ten("2025", 50), "R20"},
		{"nothing accepted a year ago", nil, ten("2025", 50), ""},
		{"two years ago does not count", []form.Filing{ten("2023", 5)}, ten("2025", 50), ""},
		{"absent a year ago", []form.Filing{typed("双城203表", "2024", value("SME.LITTLEGIANT.N.LJ", "—"))}, ten("2025", 50), ""},
		{"zero a year ago", []form.Filing{ten("2024", 0)}, ten("2025", 50), ""},
		{
			"天 has no sister",
			[]form.Filing{typed("双城501表", "2025-03", value("AIR.GOODDAYS.LJ", 3))},
			typed("双城501表", "2026-03"), "",
		},
		{
			"% has no sister",
			[]form.Filing{typed("双城301表", "2025-03", value("RETAIL.GROWTH.LJ", 0.5))},
			typed("双城301表", "2026-03", value("RETAIL.GROWTH.LJ", 5.0), value("RETAIL.TOTAL.LJ", 630.0)), "",
		},
	} {
		if got := raised(newDesk(t, c.before...).file(c.f)); got != c.want {
			t.Errorf("%s: raised %q, want %q", c.name, got, c.want)
		}
	}
}

// An explanation answers a plausibility finding when it says something. A note
// of nothing but assurances does not (catalogue §5.13); the same words inside a
// reason do no harm.
func TestWhichExplanationsAnswerAFinding(t *testing.T) {
	history := typed("双城301表", "2025-09", value("RETAIL.TOTAL.LJ", 60.0))
	for _, c := range []struct {
		note string
		want receipt.Verdict
	}{
		{"", receipt.Awaiting},
		{"无", receipt.Awaiting},
		{"属实", receipt.Awaiting},
		{"核实无误", receipt.Awaiting},
		{"经核实，数据属实。", receipt.Awaiting},
		{"数据已核实无误，情况属实，特此说明！", receipt.Awaiting},
		{"属实属实属实属实", receipt.Awaiting},
		{"无 说 明 。。。。。。", receipt.Awaiting},
		{"详见附件，谢谢", receipt.Awaiting},
		{"本期数据真实准确有效，无异常变化", receipt.Awaiting},
		{"————————————", receipt.Awaiting},
		{"。。。。。。。。。", receipt.Awaiting},
		{"啊啊啊啊啊啊啊啊", receipt.Awaiting},
		{"基数低", receipt.Awaiting},
		{"基数过低了", receipt.Awaiting}, // five characters
		{"数据核实无误，基数低", receipt.Awaiting},
		{"上年基数较低", receipt.Accepted}, // six
		{"无重大项目投产，去年同期有一次性因素", receipt.Accepted},
		{"经核实无误：统计范围扩大到电商平台。", receipt.Accepted},
		{"属实。新增限上单位120家", receipt.Accepted},
		{"见附件：名录增加了三家平台企业", receipt.Accepted},
		{"正常经营的企业由60家增至600家", receipt.Accepted},
	} {
		out := newDesk(t, history).file(typed("双城301表", "2026-09", note("RETAIL.TOTAL.LJ", c.note)))
		if out.Verdict != c.want || raised(out) != "R20" {
			t.Errorf("%q: %s, want %s\n%s", c.note, out.Verdict, c.want, out.Findings)
		}
		if open := out.Findings.Unexplained(); (open == 0) != (c.want == receipt.Accepted) {
			t.Errorf("%q: %d findings unexplained", c.note, open)
		}
	}
}

func TestAnExplanationCountsOnlyForItsOwnRow(t *testing.T) {
	d := newDesk(t, typed("双城701表", "2025-09", value("FDI.ACTUAL.LJ", 0.25), value("FDI.ACTUAL.CQ", 0.625)))
	reason := note("FDI.ACTUAL.LJ", "两家企业增资一次到位。")
	out := d.file(typed("双城701表", "2026-09", reason))
	if out.Verdict != receipt.Awaiting || out.Findings.Count(finding.Plausibility) != 2 || out.Findings.Unexplained() != 1 {
		t.Errorf("one of two rows explained:\n%s", verdict(out))
	}
	out = d.file(typed("双城701表", "2026-09", reason, note("FDI.ACTUAL.CQ", "全市有三家企业增资一次到位。")))
	if out.Verdict != receipt.Accepted || out.Findings.Count(finding.Plausibility) != 2 || out.Findings[0].Explanation != "两家企业增资一次到位。" {
		t.Errorf("both rows explained:\n%s", verdict(out))
	}
}

// The reader notes a footnote mark beside the number; that is no explanation.
func TestAFootnoteMarkIsNoExplanation(t *testing.T) {
	d := newDesk(t, typed("双城301表", "2025-09", value("RETAIL.TOTAL.LJ", 60.0)))
	for _, typedAs := range []string{"600*", "600①", "600[12]"} {
		if out := d.file(typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", typedAs))); out.Verdict != receipt.Awaiting {
			t.Errorf("%s: %s\n%s", typedAs, out.Verdict, out.Findings)
		}
	}
}

// An explanation never makes a mandatory finding go away.
func TestAMandatoryFindingIsNotExplained(t *testing.T) {
	out := newDesk(t).file(typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1800.01), value("AUTO.GOV.LJ", 1800.0), value("NEV.GOV.CQ", 3000.0),
		note("NEV.GOV.LJ", "口径与汽车产业产值不同，含研发服务收入。")))
	if out.Verdict != receipt.Returned || raised(out) != "R13" || out.Findings[0].Explanation != "" {
		t.Errorf("got:\n%s", verdict(out))
	}
}

func TestABlankPastItsDeadlineAwaitsAnExplanation(t *testing.T) {
	f := typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", nil))
	late := day("2026-10-19")
	if out := newDesk(t).receive(f, late.Add(-time.Second)); out.Verdict != receipt.Accepted {
		t.Errorf("in time: %s\n%s", out.Verdict, out.Findings)
	}
	if out := newDesk(t).receive(f, late); out.Verdict != receipt.Awaiting || raised(out) != "value-missing" {
		t.Errorf("late: %s\n%s", out.Verdict, out.Findings)
	}
	note("FDI.ACTUAL.LJ", "商务部系统尚未反馈本月数。")(&f)
	out := newDesk(t).receive(f, late)
	if out.Verdict != receipt.Accepted {
		t.Errorf("late and explained: %s\n%s", out.Verdict, out.Findings)
	}
	for _, o := range out.Observations {
		if o.Code == "FDI.ACTUAL.LJ" && o.Measure == indicator.ValueMeasure && (o.Value.Valid || o.Status != indicator.Missing) {
			t.Errorf("the blank is filed as %+v", o)
		}
	}
}

// A later release of a later release: 快报, then 最终核实, then 普查修订.
func TestReleasesFollowEachOther(t *testing.T) {
	d := newDesk(t, typed("双城301表", "2025-12"))
	for _, c := range []struct {
		value  float64
		status string
		want   receipt.Verdict
	}{
		{601, "快报", receipt.Returned},
		{601, "", receipt.Returned},
		{601, "推算", receipt.Returned}, // an estimate is no later release
		{601, "最终核实", receipt.Accepted},
		{602, "最终核实", receipt.Returned},
		{602, "初步核算", receipt.Returned},
		{602, "普查修订", receipt.Accepted},
		{601, "最终核实", receipt.Returned},
		{603, "更正", receipt.Accepted},
		{604, "更正", receipt.Returned},
	} {
		out := d.file(typed("双城301表", "2025-12", value("RETAIL.TOTAL.LJ", c.value), status("RETAIL.TOTAL.LJ", c.status)))
		if out.Verdict != c.want || c.want == receipt.Returned && raised(out) != "R34" {
			t.Errorf("%v %s: %s, want %s\n%s", c.value, c.status, out.Verdict, c.want, out.Findings)
		}
		if c.want == receipt.Accepted && len(out.Changed) != 1 {
			t.Errorf("%v %s: changed %v", c.value, c.status, out.Changed)
		}
	}
}

// Another department, period or form is another return.
func TestOnlyTheSameReturnIsADuplicate(t *testing.T) {
	d := newDesk(t, typed("双城301表", "2026-08"), typed("双城302表", "2025"))
	if out := d.file(typed("双城301表", "2026-09")); out.Verdict != receipt.Accepted || out.Prior.Version != 0 || len(out.Changed) != 0 {
		t.Errorf("the next month:\n%s", verdict(out))
	}
	out := d.file(typed("双城301表", "2026-08"))
	if out.Verdict != receipt.Returned || out.Prior.Version != 1 || !strings.Contains(out.Findings[0].Message, "第1次报送，双城回执-000001") {
		t.Errorf("the same month:\n%s", verdict(out))
	}
}

// Nothing is known of other returns: the functions of a request may be nil.
func TestProcessWithoutHistory(t *testing.T) {
	f := typed("双城101表", "2026-Q3")
	req := ingest.Request{File: "报表.xlsx", Data: workbookOf(t, f), Received: f.Reported.Add(34 * time.Hour)}
	if out := definitions().Process(req); out.Verdict != receipt.Accepted {
		t.Errorf("no history, no prior: %s\n%s", out.Verdict, out.Findings)
	}
	req.Prior = func(string, string, period.Period) (ingest.Prior, bool) {
		return ingest.Prior{Version: 1, Receipt: "双城回执-000007"}, true
	}
	if out := definitions().Process(req); out.Verdict != receipt.Returned || raised(out) != "R34" {
		t.Errorf("no history, a prior: %s\n%s", out.Verdict, out.Findings)
	}
}

// A file that is no return is answered like one, with the reason.
func TestWhatIsNoReturnIsReturned(t *testing.T) {
	whole := workbookOf(t, typed("双城301表", "2026-09"))
	for name, data := range map[string][]byte{
		"空.xlsx":   nil,
		"半截.xlsx":  whole[:len(whole)/2],
		"文档.pdf":   []byte("%PDF-1.7\n"),
		"便条.txt":   []byte("本月数据随后报送。\n"),
		"空白.csv":   []byte(",,,\n,,,\n"),
		"旧表.xls":   append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 1024)...),
		"网页.xls":   []byte("<html><table><tr><td>双城301表</td></tr></table></html>"),
		"乱码\x00.x": []byte("\x00\x01\x02\xff\xfe"),
	} {
		out := definitions().Process(ingest.Request{File: name, Data: data, Received: day("2026-10-10")})
		if out.Verdict != receipt.Returned || !out.Findings.Refused() || len(out.Observations) != 0 {
			t.Errorf("%s: %s with %d observations\n%s", name, out.Verdict, len(out.Observations), out.Findings)
		}
		for _, f := range out.Findings {
			if f.Message == "" || f.Place.File != name {
				t.Errorf("%s: a finding without message or file: %+v", name, f)
			}
		}
	}
}

// A long label or note is cut in what is said about it.
func TestFindingsStayShort(t *testing.T) {
	long := strings.Repeat("很长的文字", 60)
	d := newDesk(t, typed("双城301表", "2025-09", value("RETAIL.TOTAL.LJ", 60.0)))
	out := d.file(typed("双城301表", "2026-09", entry("RETAIL.TOTAL.LJ", func(e *form.Entry) { e.Label, e.Note = long, long })))
	if out.Verdict != receipt.Accepted || out.Findings[0].Rule != "R20" {
		t.Fatalf("got %s", out.Verdict)
	}
	if f := out.Findings[0]; len([]rune(f.Label)) > 60 || len([]rune(f.Explanation)) > 100 {
		t.Errorf("label of %d, explanation of %d characters", len([]rune(f.Label)), len([]rune(f.Explanation)))
	}
}

func TestDefineRefusesARuleThatDoesNotParse(t *testing.T) {
	good := definitions()
	cat := *good.Catalogue
	cat.Rules = []indicator.Rule{{ID: "R06", Level: "mandatory", Exprs: []string{"GDP.TOTAL.DIR <="}}}
	if _, err := ingest.Define(&cat, good.Forms); err == nil || !strings.Contains(err.Error(), "parse rule R06") {
		t.Errorf("got %v", err)
	}
	cat.Rules = []indicator.Rule{{ID: "R26", Level: "plausibility", Exprs: []string{"NEV.UNITVALUE.LJ <= 60"}}}
	if _, err := ingest.Define(&cat, good.Forms); err != nil {
		t.Errorf("a sound plausibility rule: %v", err)
	}
}

// Rules are data: what 双城办 writes in another shape still reads as a sentence.
func TestOtherShapesOfRulesAreWorded(t *testing.T) {
	good := definitions()
	for expr, want := range map[string][2]string{
		"GDP.TOTAL.DIR >= 3000":                               {"2900.00亿元", "不小于 3000"},
		"GDP.TOTAL.DIR > GDP.TOTAL.ALL":                       {"2900.00亿元", "大于 全域地区生产总值（现价）5230.45亿元"},
		"GDP.TOTAL.DIR = GDP.TOTAL.ALL":                       {"2900.00亿元", "等于 全域地区生产总值（现价）5230.45亿元"},
		"GDP.TOTAL.MUA < GDP.TOTAL.DIR":                       {"24310.22亿元", "小于 直管区地区生产总值（现价）2900.00亿元"},
		"GDP.TOTAL.MUA - GDP.TOTAL.ALL <= 19000":              {"主城都市区地区生产总值（现价）24310.22亿元 − 全域地区生产总值（现价）5230.45亿元，得 19079.77亿元", "不大于 19000"},
		"share(GDP.TOTAL.DIR, GDP.TOTAL.ALL) >= 60":           {"share(GDP.TOTAL.DIR, GDP.TOTAL.ALL)（55.44456）", "不小于 60"},
		"GDP.TOTAL.DIR / 2 >= VA.MFG.LJ + VA.FIN.LJ":          {"直管区地区生产总值（现价）2900.00亿元 ÷ 2，得 1450", "不小于 制造业增加值（现价）1100.00亿元 + 金融业增加值（现价）550.00亿元"},
		"GDP.TOTAL.DIR <= year_ago(GDP.TOTAL.DIR)":            {"2900.00亿元", "不大于 2025年三季度直管区地区生产总值（现价）2800.00亿元（已接收）"},
		"prev(GDP.TOTAL.DIR) + GDP.TOTAL.DIR <= GDP.TOTAL.LJ": {"2026年二季度直管区地区生产总值（现价）1900.00亿元（已接收） + 直管区地区生产总值（现价）2900.00亿元，合计 4800.00亿元", "合计不大于 直管区地区生产总值（现价）2900.00亿元"},
	} {
		cat := *good.Catalogue
		cat.Rules = []indicator.Rule{{ID: "R99", Level: "mandatory", Message: "不符", Hint: "核对", Exprs: []string{expr}}}
		defs, err := ingest.Define(&cat, good.Forms)
		if err != nil {
			t.Fatal(err)
		}
		f := typed("双城101表", "2026-Q3")
		out := defs.Process(ingest.Request{
			File: "报表.xlsx", Data: workbookOf(t, f), Received: f.Reported.Add(34 * time.Hour),
			History: func(code indicator.Code, end int) (ingest.Known, bool) {
				k := ingest.Known{Status: indicator.Provisional, Vintage: indicator.Preliminary}
				was := map[int]string{f.Period.YearAgo().End: "2800", f.Period.Prev().End: "1900"}[end]
				return k, code == "GDP.TOTAL.DIR" && was != "" && k.Value.Scan(was) == nil
			},
		})
		if len(out.Findings) != 1 {
			t.Errorf("%s: %s", expr, verdict(out))
			continue
		}
		if d := gocmp.Diff(want, [2]string{out.Findings[0].Value, out.Findings[0].Want}); d != "" {
			t.Errorf("%s:\n%s", expr, d)
		}
	}
}

func ExampleDefinitions_Process() {
	out := definitions().Process(ingest.Request{File: "便条.txt", Data: []byte("本月数据随后报送。"), Received: day("2026-10-10")})
	fmt.Println(out.Verdict.Name())
	// Output: 退回
}

// A figure that cannot be read is not judged by the one that was accepted before it.
func TestAnUnreadableFigureIsNoOperand(t *testing.T) {
	d := newDesk(t, typed("双城101表", "2025-Q4"))
	out := d.file(typed("双城101表", "2025-Q4",
		value("GDP.TOTAL.ALL", "约5000亿元"), status("GDP.TOTAL.ALL", "最终核实"),
		value("GDP.TOTAL.DIR", 5300.0), status("GDP.TOTAL.DIR", "最终核实")))
	unreadable := false
	for _, f := range out.Findings {
		unreadable = unreadable || f.Rule == "R04"
		if f.Rule == "R06" {
			t.Errorf("judged by a figure that is not in the return: %s", f)
		}
	}
	if !unreadable {
		t.Errorf("want R04, got\n%s", out.Findings)
	}
	waits := false
	for _, u := range out.Checks.Unverifiable {
		waits = waits || u.Rule == "R06"
	}
	if !waits {
		t.Errorf("R06 is not among the unverifiable %v", out.Checks.Unverifiable)
	}
}
