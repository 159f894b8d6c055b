package ingest_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// unverified lists what could not be checked by a rule.
func unverified(out ingest.Outcome, rule string) []string {
	var all []string
	for _, u := range out.Checks.Unverifiable {
		if u.Rule == rule {
			all = append(all, u.Missing)
		}
	}
	return all
}

// A check whose operand is absent has neither passed nor failed, and says what
// was not there; one that asks nothing of the period is not counted at all.
func TestAnAbsentOperandMakesACheckUnverifiable(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []form.Filing
		filing form.Filing
		rule   string
		want   []string
	}{
		{"everything is there", []form.Filing{typed("双城101表", "2025-Q4")}, typed("双城102表", "2025"), "R09", nil},
		{"another return has not come", nil, typed("双城102表", "2025"), "R09", []string{"未收到2025年四季度直管区地区生产总值（现价）"}},
		{"another return came without it", []form.Filing{typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", "—"))}, typed("双城102表", "2025"), "R09", []string{"已接收的2025年四季度直管区地区生产总值（现价）没有数"}},
		{"it is blank here", nil, typed("双城701表", "2026-09", value("TRADE.TOTAL.CQ", nil)), "R07", []string{"本表没有全市外贸进出口总额的数"}},
		{"a formula's operand is blank", nil, typed("双城201表", "2026-09", value("NEV.OUTPUT.LJ", nil)), "R26", []string{"本表没有智能网联新能源整车产量的数"}},
		{"a formula divides by zero", nil, typed("双城201表", "2026-09", value("NEV.OUTPUT.LJ", 0)), "R26", []string{"分母为零，无法计算"}},
		{"no month before", nil, typed("双城301表", "2026-09"), "R15", []string{"未收到2026年8月社会消费品零售总额"}},
		{"February begins where January is exempt", nil, typed("双城301表", "2026-02"), "R15", nil},
		{"January begins the year", []form.Filing{typed("双城501表", "2025-12")}, typed("双城501表", "2026-01"), "R14", nil},
		{"no growth published", []form.Filing{typed("双城301表", "2025-09")}, typed("双城301表", "2026-09", value("RETAIL.GROWTH.LJ", nil)), "R21", []string{"本表没有社会消费品零售总额的公布增速的数"}},
		{"an optional register", nil, typed("双城402表", "2026-Q3", value("RDINST.NEW.LJ", 0), value("RDINST.N.LJ", 0), value("STE.N.LJ", 5), value("HTE.N.LJ", 0)), "R35", []string{"未附科技型企业数的逐户名录"}},
		{"a relation of the year is not asked in autumn", nil, typed("双城202表", "2025-Q3", value("SW.EMP.LJ", nil)), "R25", nil},
	} {
		out := newDesk(t, c.before...).file(c.filing)
		if d := gocmp.Diff(c.want, unverified(out, c.rule)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		for _, f := range out.Findings {
			if f.Rule == c.rule && f.Severity != finding.Note {
				t.Errorf("%s: unverifiable, and yet %s", c.name, f)
			}
		}
	}
}

// Each rule is counted once for each subject: 双城301表 has two rows.
func TestTheTallyCountsEachRuleOncePerSubject(t *testing.T) {
	before := []form.Filing{typed("双城301表", "2025-09"), typed("双城301表", "2026-08")}
	for _, c := range []struct {
		filing         form.Filing
		passed, failed int
	}{
		// R01 R02 R29 R34 of the return; R03 R04 of two rows; R15 R19 R20 R21 R31 of the
		// level and R22 of its growth.
		{typed("双城301表", "2026-09"), 14, 0},
		{typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 599.0)), 13, 1},
		{typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 599.0), without(form.StatHead), without(form.UnitHead)), 12, 2},
		// R20 speaks for R19 and R21.
		{typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 6000000.0)), 11, 1},
	} {
		out := newDesk(t, before...).file(c.filing)
		if out.Checks.Passed != c.passed || out.Checks.Failed != c.failed || len(out.Checks.Unverifiable) != 0 {
			t.Errorf("%d passed, %d failed, unverifiable %v; want %d, %d, none\n%s", out.Checks.Passed, out.Checks.Failed, out.Checks.Unverifiable, c.passed, c.failed, out.Findings)
		}
	}
	out := newDesk(t).file(typed("双城301表", "2026-09"))
	want := []receipt.Unverified{
		{Rule: "R15", Name: "累计数不回落", Missing: "未收到2026年8月社会消费品零售总额"},
		{Rule: "R19", Name: "同比波动", Missing: "未收到2025年9月社会消费品零售总额"},
		{Rule: "R20", Name: "数量级跳变", Missing: "未收到2025年9月社会消费品零售总额"},
		{Rule: "R21", Name: "公布增速与总量推算", Missing: "未收到2025年9月社会消费品零售总额"},
	}
	if d := gocmp.Diff(want, out.Checks.Unverifiable); d != "" || out.Checks.Passed != 10 {
		t.Errorf("%d passed; unverifiable (-want +got):\n%s", out.Checks.Passed, d)
	}
}

// with is the definitions under a changed list of rules.
func with(t *testing.T, how func(rules []indicator.Rule)) *ingest.Definitions {
	t.Helper()
	cat := *definitions().Catalogue
	cat.Rules = slices.Clone(cat.Rules)
	how(cat.Rules)
	defs, err := ingest.Define(&cat, definitions().Forms)
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

// A rule applies to the periods that end between its days, whoever raises it and
// whenever the return arrives: an old return is judged by the rules of its time.
func TestARuleAppliesWithinItsDays(t *testing.T) {
	for rule, filing := range map[string]form.Filing{
		"R13": typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1800.01), value("AUTO.GOV.LJ", 1800.0), value("NEV.GOV.CQ", 3000.0)),
		"R28": typed("双城202表", "2026-Q3", caliber("SW.REV.LJ", "")),
		"R05": typed("双城202表", "2026-Q3", value("SW.ENT.N.LJ", 7000.5)),
		"R33": typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 1), attach(nil, units("SOE.LISTED.NEW.LJ", 1))),
	} {
		for _, c := range []struct {
			from, to string
			applies  bool
		}{
			{"", "", true},
			{"2026-09-30", "2026-09-30", true},
			{"2026-10-01", "", false},
			{"", "2026-09-29", false},
		} {
			d := newDesk(t)
			d.defs = with(t, func(rules []indicator.Rule) {
				i := slices.IndexFunc(rules, func(r indicator.Rule) bool { return r.ID == rule })
				rules[i].From, rules[i].To = c.from, c.to
			})
			out := d.file(filing)
			if got := slices.ContainsFunc(out.Findings, func(f finding.Finding) bool { return f.Rule == rule }); got != c.applies {
				t.Errorf("%s from %q to %q applies: %v, want %v\n%s", rule, c.from, c.to, got, c.applies, out.Findings)
			}
		}
	}
}

// The level of a rule is data: 双城办 may make a plausibility rule mandatory.
func TestTheLevelOfARuleIsData(t *testing.T) {
	d := newDesk(t)
	d.defs = with(t, func(rules []indicator.Rule) {
		i := slices.IndexFunc(rules, func(r indicator.Rule) bool { return r.ID == "R08" })
		rules[i].Level = string(finding.Mandatory)
	})
	if out := d.file(typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", 7.0), note("FDI.ACTUAL.LJ", "其他区县有较大的净流出。"))); out.Verdict != receipt.Returned {
		t.Errorf("R08 as mandatory: %s\n%s", out.Verdict, out.Findings)
	}
}

// R22: what is published is stored as filed, whatever the levels say, and the
// ratio of the levels is nowhere among the observations.
func TestPublishedGrowthIsKeptAsFiledAndTheRatioNeverOverwritesIt(t *testing.T) {
	d := newDesk(t, typed("双城301表", "2025-09"), typed("双城201表", "2025-09"))
	for _, c := range []struct {
		filing form.Filing
		code   indicator.Code
		m      indicator.Measure
		want   string
	}{
		{typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 660.0), value("RETAIL.GROWTH.LJ", 3.5), note("RETAIL.GROWTH.LJ", "增速按可比口径计算，名录有变动。")), "RETAIL.GROWTH.LJ", indicator.ValueMeasure, "3.5"},
		{typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2200.0), growth("AUTO.GOV.LJ", 1900.0, 15.8), note("AUTO.GOV.LJ", "上年同期按可比口径修订。")), "AUTO.GOV.LJ", indicator.GrowthMeasure, "15.8"},
	} {
		out := d.file(c.filing)
		if out.Verdict != receipt.Accepted || raised(out) != "R21" {
			t.Errorf("%s: %s\n%s", c.code, out.Verdict, out.Findings)
		}
		for _, o := range out.Observations {
			if o.Code == c.code && o.Measure == c.m && o.Value.Decimal.String() != c.want {
				t.Errorf("%s is stored as %s, want %s as filed", c.code, o.Value.Decimal, c.want)
			}
			if s := o.Value.Decimal.String(); o.Value.Valid && s == "10" && o.Code == c.code {
				t.Errorf("%s %s: the ratio of the levels is stored", o.Code, o.Measure)
			}
		}
	}
}

// R23 asks for a reason that registers know, R32 for a document: in the words of
// the 说明, or for R32 as a row of 佐证材料.
func TestSomeRulesAskForCertainWords(t *testing.T) {
	stock := []form.Filing{typed("双城203表", "2025-H2")}
	revised := func(changes ...change) form.Filing {
		return typed("双城101表", "2025-Q4", append([]change{value("GDP.TOTAL.DIR", 3000.0), status("GDP.TOTAL.DIR", "最终核实")}, changes...)...)
	}
	for _, c := range []struct {
		name   string
		before []form.Filing
		filing form.Filing
		want   receipt.Verdict
	}{
		{"no reason", stock, typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9)), receipt.Awaiting},
		{"a reason of another kind", stock, typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9), note("SME.SRDI_MUNI.N.LJ", "企业经营情况有较大变化。")), receipt.Awaiting},
		{"a reason code", stock, typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9), note("SME.SRDI_MUNI.N.LJ", "一家企业的证书到期未续。")), receipt.Accepted},
		{"boilerplate with a reason code", stock, typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9), note("SME.SRDI_MUNI.N.LJ", "到期，属实")), receipt.Awaiting},
		{"a revision without a document", []form.Filing{typed("双城101表", "2025-Q4")}, revised(note("GDP.TOTAL.DIR", "市统计局核算结果有较大变化。")), receipt.Awaiting},
		{"a revision by a document", []form.Filing{typed("双城101表", "2025-Q4")}, revised(note("GDP.TOTAL.DIR", census)), receipt.Accepted},
		{"a document attached, no reason", []form.Filing{typed("双城101表", "2025-Q4")}, revised(also(document("GDP.TOTAL.DIR"))), receipt.Awaiting},
		{"a document attached and a reason", []form.Filing{typed("双城101表", "2025-Q4")}, revised(also(document("GDP.TOTAL.DIR")), note("GDP.TOTAL.DIR", "市统计局核算结果有较大变化。")), receipt.Accepted},
	} {
		if out := newDesk(t, c.before...).file(c.filing); out.Verdict != c.want {
			t.Errorf("%s: %s, want %s\n%s", c.name, out.Verdict, c.want, out.Findings)
		}
	}
}

// What comes back with a receipt answers the finding it names and no other, and
// is held to the same measure as a 说明 on the form.
func TestAnExplanationWithTheReceiptAnswersItsFinding(t *testing.T) {
	d := newDesk(t, typed("双城203表", "2025-H2"))
	filing := typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9), value("SME.INNOV.N.LJ", 8))
	out := d.file(filing)
	if out.Findings.Unexplained() != 3 { // R23 twice and R16
		t.Fatalf("got\n%s", out.Findings)
	}
	all := map[string]string{}
	for i := range out.Findings {
		f := &out.Findings[i]
		all[f.Key()] = "三家企业证书到期未续，两家迁出。"
	}
	for key := range all {
		d.explained = map[string]string{key: all[key]}
		if out := d.file(filing); out.Verdict != receipt.Awaiting || out.Findings.Unexplained() != 2 {
			t.Errorf("one answer for %s leaves\n%s", key, out.Findings)
		}
	}
	d.explained = map[string]string{}
	for key := range all {
		d.explained[key] = "属实，核实无误"
	}
	if out := d.file(filing); out.Findings.Unexplained() != 3 {
		t.Errorf("assurances answer\n%s", out.Findings)
	}
	d.explained = all
	if out := d.file(filing); out.Verdict != receipt.Accepted {
		t.Errorf("all answered: %s\n%s", out.Verdict, out.Findings)
	}
}

// A finding over two rows is answered in either.
func TestARelationIsAnsweredInAnyOfItsRows(t *testing.T) {
	for _, code := range []indicator.Code{"HTE.N.LJ", "STE.N.LJ"} {
		out := newDesk(t).file(typed("双城402表", "2026-Q3", value("HTE.N.LJ", 11), note(code, "高企入库晚于科技型企业系统更新。")))
		if out.Verdict != receipt.Accepted || raised(out) != "R17" {
			t.Errorf("说明 of %s: %s\n%s", code, out.Verdict, out.Findings)
		}
	}
}

// totals is a form of our own with a filed total: R30 and the identity of §5.3
// need one, and none of the twenty forms has it. All of it is 测试数据.
func totals(t *testing.T) *ingest.Definitions {
	t.Helper()
	overlay := func(fsys fs.FS, name string, change func(string) string) fstest.MapFS {
		out := fstest.MapFS{}
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, path)
			if path == name {
				data = []byte(change(string(data)))
			}
			out[path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	defs := overlay(indicator.Embedded(), "rules.yaml", func(s string) string {
		return strings.Replace(s, "      - FUND.SCC500.PAIDIN.JOINT", "      - TEST.SUM.LJ = TEST.A.LJ + TEST.B.LJ + TEST.C.LJ\n      - FUND.SCC500.PAIDIN.JOINT", 1) + `
  - id: R90
    level: plausibility
    name: 累计与当期
    text: 本期累计等于上期累计加当期（§5.3）。
    message: 累计与当期不符
    hint: 核对当期数。
    rounding: true
    exprs: ["TEST.SUM.LJ = prev(TEST.SUM.LJ) + TEST.MONTH.LJ"]
`
	})
	indicators, rows := "indicators:\n", ""
	for _, name := range []string{"SUM", "A", "B", "C", "MONTH"} {
		nature := "flow_ytd"
		if name == "MONTH" { // the catalogue has no nature for the money of a month alone
			nature = "stock_end"
		}
		indicators += `  - code: TEST.` + name + `.LJ
    name: 测试数据` + name + `
    kind: input
    area: LJ
    series: {unit: 亿元, decimals: 1, nature: ` + nature + `, frequency: M, price_basis: current}
    filing: {form: 双城990表, filer: [现代服务业局], basis: 测试, origin: 测试数据, necessity: core}
`
		rows += "          - TEST." + name + ".LJ\n"
	}
	defs["test.yaml"] = &fstest.MapFile{Data: []byte(indicators)}
	cat, found, err := indicator.Load(defs)
	if err != nil || found.Refused() {
		t.Fatal(found, err)
	}
	set, found, err := form.Load(overlay(form.Embedded(), "forms.yaml", func(s string) string {
		return s + `
  - number: 双城990表
    title: 测试数据合计情况
    department: 现代服务业局
    editions:
      - freq: M
        vintage: flash
        columns: [value, note]
        rows:
` + rows
	}), cat)
	if err != nil || found.Refused() {
		t.Fatal(found, err)
	}
	d, err := ingest.Define(cat, set)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// R30: a total may differ from the sum of its printed parts by half of the last
// place for each part, and no more: three parts of one decimal, 0.15.
func TestATotalEqualsItsPartsWithinRounding(t *testing.T) {
	defs := totals(t)
	file := func(p string, sum, a, b, c, month any, before ...form.Filing) ingest.Outcome {
		d := newDesk(t)
		d.defs = defs
		for _, f := range before {
			if out := d.file(f); out.Verdict != receipt.Accepted {
				t.Fatalf("%s", out.Findings)
			}
		}
		return d.file(totalled(defs, p, sum, a, b, c, month))
	}
	for _, c := range []struct {
		sum, a, b, c any
		want         receipt.Verdict
		notes        int
	}{
		{60.0, 10.0, 20.0, 30.0, receipt.Accepted, 0},
		{60.1, 10.0, 20.0, 30.0, receipt.Accepted, 1},
		{59.85, 10.0, 20.0, 30.0, receipt.Accepted, 1},
		{59.84, 10.0, 20.0, 30.0, receipt.Awaiting, 0},
		{60.15, 10.0, 20.0, 30.0, receipt.Accepted, 1},
		{60.2, 10.0, 20.0, 30.0, receipt.Awaiting, 0},
		{30.0, 10.0, 20.0, "…", receipt.Accepted, 0},
		{30.0, 10.0, 20.0, "—", receipt.Accepted, 0}, // left out of the sum
		{60.2, 10.0, 20.0, "—", receipt.Awaiting, 0},
	} {
		out := file("2026-01", c.sum, c.a, c.b, c.c, 1.0)
		if out.Verdict != c.want || out.Findings.Count(finding.Note) != c.notes {
			t.Errorf("%v of %v, %v, %v: %s, want %s\n%s", c.sum, c.a, c.b, c.c, out.Verdict, c.want, out.Findings)
		}
	}
	january := totalled(defs, "2026-01", 60.0, 10.0, 20.0, 30.0, 60.0)
	for month, want := range map[float64]string{40.0: "", 39.9: "", 39.89: "R90", 40.11: "R90"} {
		if out := file("2026-02", 100.0, 20.0, 40.0, 40.0, month, january); raised(out) != want {
			t.Errorf("60 and %v make 100: raised %q, want %q\n%s", month, raised(out), want, out.Findings)
		}
	}
	if out := file("2026-02", 100.0, 20.0, 40.0, 40.0, 1.0); len(unverified(out, "R90")) != 1 {
		t.Errorf("without January: %v", out.Checks.Unverifiable)
	}
	if out := file("2026-01", 60.0, 10.0, 20.0, 30.0, 1.0); len(unverified(out, "R90")) != 0 {
		t.Errorf("January has none before it: %v", out.Checks.Unverifiable)
	}
}

func totalled(defs *ingest.Definitions, p string, sum, a, b, c, month any) form.Filing {
	q := period.MustParse(p)
	f := form.Filing{
		Form: defs.Forms.Form("双城990表"), Period: q, Department: "现代服务业局", Reported: q.Last().AddDate(0, 0, 10), TestData: true,
		Head:    map[string]string{form.UnitHead: "测试甲", form.StatHead: "测试乙", form.FilledBy: "测试丙", form.Telephone: "000-0000"},
		Entries: map[indicator.Code]form.Entry{}, Remark: "测试数据。",
	}
	for name, v := range map[string]any{"SUM": sum, "A": a, "B": b, "C": c, "MONTH": month} {
		f.Entries[indicator.Code("TEST."+name+".LJ")] = form.Entry{Value: v}
	}
	return f
}

// What is found in a return does not depend on the order of the rows of its
// attachments, nor on the order in which the rules are written.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(r, "members")
		list := append(units("SME.LITTLEGIANT.N.LJ", n), units("SME.LITTLEGIANT.N.LJ", rapid.IntRange(0, n).Draw(r, "again"))...)
		if rapid.Bool().Draw(r, "one is wrong") && n > 0 {
			list[0].CreditCode = "测试"
		}
		count := rapid.IntRange(0, 6).Draw(r, "count")
		of := func(list []form.RegisterEntry) (receipt.Verdict, string, receipt.Tally) {
			d := &desk{t: t, defs: definitions(), values: map[string]ingest.Known{}, filed: map[string]ingest.Prior{}}
			out := d.file(typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", count), attach([]form.EvidenceEntry{}, list)))
			want := ""
			for _, f := range out.Findings {
				if f.Severity != finding.Note {
					want = f.Want
				}
			}
			return out.Verdict, want, out.Checks
		}
		verdict, want, tally := of(list)
		shuffled := rapid.Permutation(list).Draw(r, "order")
		if v, w, tl := of(shuffled); v != verdict || w != want || tl.Passed != tally.Passed || tl.Failed != tally.Failed {
			r.Fatalf("%s %q and %s %q", verdict, want, v, w)
		}
	})
	before := []form.Filing{typed("双城101表", "2025-Q3"), typed("双城101表", "2026-Q2"), typed("双城102表", "2025"), typed("双城201表", "2025")}
	filing := typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", 6000.0), value("VA.MFG.LJ", 900.0), value("VA.FIN.LJ", 5300.0), value("GDP.TOTAL.MUA", nil))
	of := func(defs *ingest.Definitions) (string, receipt.Tally) {
		d := newDesk(t)
		for _, f := range before {
			known(d, f)
		}
		d.defs = defs
		out := d.file(filing)
		return verdict(out), out.Checks
	}
	want, tally := of(definitions())
	if len(tally.Unverifiable) == 0 || tally.Failed < 5 {
		t.Fatalf("%d failed, unverifiable %v", tally.Failed, tally.Unverifiable)
	}
	rapid.Check(t, func(r *rapid.T) {
		got, other := of(with(t, func(rules []indicator.Rule) {
			copy(rules, rapid.Permutation(rules).Draw(r, "rules"))
		}))
		if d := gocmp.Diff(want, got) + gocmp.Diff(tally, other); d != "" {
			r.Fatal(d)
		}
	})
}

// known is what is accepted once a filing has been, whatever it raises.
func known(d *desk, f form.Filing) map[string]ingest.Known {
	for _, r := range f.Form.Rows(f.Period, f.Department) {
		if v, err := decimal.NewFromString(fmt.Sprint(f.Entries[r.Code].Value)); err == nil {
			d.values[series(r.Code, f.Period.End)] = ingest.Known{Value: decimal.NewNullDecimal(v), Status: indicator.Normal, Vintage: indicator.Final}
		}
	}
	return d.values
}

// Whatever is filed, and whatever was accepted before, the checks say something
// a department can act on and divide by nothing.
func TestNoHistoryBreaksTheChecks(t *testing.T) {
	forms := []struct{ number, p string }{
		{"双城101表", "2026-Q3"},
		{"双城102表", "2025"},
		{"双城103表", "2026-H1"},
		{"双城201表", "2026-09"},
		{"双城201表", "2025"},
		{"双城202表", "2025-Q4"},
		{"双城203表", "2026-H1"},
		{"双城203表", "2025"},
		{"双城301表", "2026-02"},
		{"双城402表", "2026-Q3"},
		{"双城501表", "2026-01"},
		{"双城601表", "2026-Q1"},
		{"双城701表", "2026-09"},
		{"双城801表", "2026-Q3"},
		{"双城802表", "2025"},
		{"双城901表", "2025"},
	}
	figure := rapid.SampledFrom([]any{nil, "…", "—", 0, 1, 9, 10, 13, 100, -1, -100, -150.5, 0.000001, 5.2, 0.052, 21.5, 12.5, 999999999999.0})
	accepted := rapid.SampledFrom([]string{"", "N", "M", "O", "0", "-1", "0.000001", "1", "9", "10", "100", "12.5", "999999999999.999999"})
	rapid.Check(t, func(r *rapid.T) {
		x := rapid.SampledFrom(forms).Draw(r, "form")
		f := typed(x.number, x.p)
		for _, row := range f.Form.Rows(f.Period, "") {
			e := f.Entries[row.Code]
			e.Value, e.YearAgo, e.Growth = figure.Draw(r, "value"), figure.Draw(r, "year ago"), figure.Draw(r, "growth")
			f.Entries[row.Code] = e
		}
		before := map[string]ingest.Known{}
		req := ingest.Request{
			File: "报表.xlsx", Data: workbookOf(t, f), Received: f.Period.Last().AddDate(0, 0, 11),
			History: func(code indicator.Code, end int) (ingest.Known, bool) {
				key := series(code, end)
				k, drawn := before[key]
				if !drawn {
					k = ingest.Known{Status: indicator.Normal, Vintage: indicator.Flash}
					switch text := accepted.Draw(r, key); text {
					case "N", "M", "O":
						k.Status = indicator.ObsStatus(text)
					case "":
						k.Status = ""
					default:
						k.Value = decimal.NewNullDecimal(decimal.RequireFromString(text))
					}
					before[key] = k
				}
				return k, k.Status != ""
			},
			Prior: func(string, string, period.Period) (ingest.Prior, bool) {
				return ingest.Prior{Version: 1, Receipt: "双城回执-000001"}, f.Period.LastMonth() == 12
			},
		}
		out := definitions().Process(req)
		failed := map[string]bool{}
		for _, found := range out.Findings {
			if found.Severity == finding.Note {
				continue
			}
			if checkWording(t, found); strings.HasPrefix(found.Rule, "R") {
				failed[found.Rule] = true
			}
		}
		if out.Checks.Failed < len(failed) || out.Checks.Passed == 0 {
			r.Fatalf("%d checks failed, %d rules found something\n%s", out.Checks.Failed, len(failed), out.Findings)
		}
		for _, u := range out.Checks.Unverifiable {
			if u.Name == "" || u.Missing == "" {
				r.Fatalf("unverifiable without words: %+v", u)
			}
		}
	})
}
