package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A pair is two filings on either side of a rule: the one that just keeps it and
// the one that just breaks it.
type pair struct {
	name         string
	before       []form.Filing // accepted before
	keeps        form.Filing
	breaks       form.Filing
	at           time.Time // received; zero is the day after the report date
	plausibility bool      // breaking it asks, and does not refuse
}

func day(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02", text, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// older is a form as it was before a change of its definition.
func older(number string, how func(*form.Form)) change {
	return func(f *form.Filing) {
		old := *definitions().Forms.Form(number)
		how(&old)
		f.Form = &old
	}
}

func style(set func(*form.Style)) change { return func(f *form.Filing) { set(&f.Style) } }

func without(field string) change { return func(f *form.Filing) { delete(f.Head, field) } }

var rules = map[string][]pair{
	"R01": {
		{name: "统计负责人", keeps: typed("双城301表", "2026-09"), breaks: typed("双城301表", "2026-09", without(form.StatHead))},
		{name: "报出日期", keeps: typed("双城301表", "2026-09"), breaks: typed("双城301表", "2026-09", func(f *form.Filing) { f.Reported = time.Time{} })},
		{name: "计量单位", keeps: typed("双城301表", "2026-09"), breaks: typed("双城301表", "2026-09", style(func(s *form.Style) { s.UnitLine = " " }))},
		{
			name: "报出日期不晚于收到日期", at: day("2026-10-10").Add(23 * time.Hour),
			keeps:  typed("双城301表", "2026-09", func(f *form.Filing) { f.Reported = day("2026-10-10") }),
			breaks: typed("双城301表", "2026-09", func(f *form.Filing) { f.Reported = day("2026-10-11") }),
		},
	},
	"R02": {
		{name: "表式版本", keeps: typed("双城301表", "2026-09"), breaks: typed("双城301表", "2026-09", older("双城301表", func(f *form.Form) { f.Version = "2022" }))},
		{name: "表号", keeps: typed("双城301表", "2026-09"), breaks: typed("双城301表", "2026-09", older("双城301表", func(f *form.Form) { f.Number = "双城310表" }))},
		{
			name: "有效期至", at: day("2028-12-31").Add(23 * time.Hour),
			keeps:  typed("双城401表", "2027"),
			breaks: typed("双城401表", "2027", older("双城401表", func(f *form.Form) { f.ValidTo = day("2028-11-30") })),
		},
		{
			name: "报告期已经结束", at: day("2026-10-01"),
			keeps:  typed("双城501表", "2026-09", func(f *form.Filing) { f.Reported = day("2026-10-01") }),
			breaks: typed("双城501表", "2026-10", func(f *form.Filing) { f.Reported = day("2026-10-01") }),
		},
	},
	"R03": {
		{
			name:   "亿元的写法",
			keeps:  typed("双城301表", "2026-09", entry("RETAIL.TOTAL.LJ", func(e *form.Entry) { e.Unit = "亿元人民币" })),
			breaks: typed("双城301表", "2026-09", entry("RETAIL.TOTAL.LJ", func(e *form.Entry) { e.Unit, e.Value = "万元", 6000000.0 })),
		},
		{
			name:   "百分号的宽窄",
			keeps:  typed("双城301表", "2026-09", entry("RETAIL.GROWTH.LJ", func(e *form.Entry) { e.Unit = "％" })),
			breaks: typed("双城301表", "2026-09", entry("RETAIL.GROWTH.LJ", func(e *form.Entry) { e.Unit = "百分点" })),
		},
	},
	"R04": {
		{name: "全角数字", keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "６００．０５")), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "６００亿元"))},
		{name: "脚注", keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "600.05*")), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "600.05（预计）"))},
		{name: "小数位数", keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "600.123456")), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", "600.1234567"))},
		{name: "增速写成文字", keeps: typed("双城301表", "2026-09", value("RETAIL.GROWTH.LJ", "-5.2")), breaks: typed("双城301表", "2026-09", value("RETAIL.GROWTH.LJ", "下降5.2%"))},
	},
	"R05": {
		{name: "整数", keeps: typed("双城202表", "2026-Q3", value("SW.ENT.N.LJ", "7,000.0")), breaks: typed("双城202表", "2026-Q3", value("SW.ENT.N.LJ", 7000.5))},
		{name: "非负", keeps: typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 0)), breaks: typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", -1))},
		{
			name:   "上年同期也是个数",
			keeps:  typed("双城202表", "2026-Q3", entry("SW.ENT.N.LJ", func(e *form.Entry) { e.YearAgo = 6500 })),
			breaks: typed("双城202表", "2026-Q3", entry("SW.ENT.N.LJ", func(e *form.Entry) { e.YearAgo = 0.65 })),
		},
	},
	"R06": {
		{name: "直管区与全域", keeps: typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", 5230.45)), breaks: typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", 5230.46))},
		{name: "全域与主城都市区", keeps: typed("双城101表", "2026-Q3", value("GDP.TOTAL.ALL", 24310.22)), breaks: typed("双城101表", "2026-Q3", value("GDP.TOTAL.ALL", 24310.23))},
		{name: "总体不足最小单位", keeps: typed("双城101表", "2026-Q3", value("GDP.TOTAL.MUA", "—")), breaks: typed("双城101表", "2026-Q3", value("GDP.TOTAL.MUA", "…"))},
	},
	"R07": {
		{name: "整车产量", keeps: typed("双城201表", "2026-09", value("NEV.OUTPUT.LJ", 60.25)), breaks: typed("双城201表", "2026-09", value("NEV.OUTPUT.LJ", 60.2501))},
		{name: "整车产值", keeps: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 950.5)), breaks: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 950.51))},
		{name: "进出口", keeps: typed("双城701表", "2026-09", value("TRADE.TOTAL.LJ", 3500.0)), breaks: typed("双城701表", "2026-09", value("TRADE.TOTAL.LJ", 3500.01))},
	},
	"R09": {
		{
			name:   "制造业",
			keeps:  typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2900.0), value("VA.FIN.LJ", "—")),
			breaks: typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2900.01), value("VA.FIN.LJ", "—")),
		},
		{
			name:   "金融业",
			keeps:  typed("双城101表", "2026-Q3", value("VA.FIN.LJ", 2900.0), value("VA.MFG.LJ", nil)),
			breaks: typed("双城101表", "2026-Q3", value("VA.FIN.LJ", 2900.01), value("VA.MFG.LJ", nil)),
		},
		{
			name: "数字经济与已接收的四季度", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps: typed("双城102表", "2025", value("VA.DE.LJ", 2900.0)), breaks: typed("双城102表", "2025", value("VA.DE.LJ", 2900.01)),
		},
		{
			name: "总量修订后小于已接收的数字经济", before: []form.Filing{typed("双城101表", "2025-Q4"), typed("双城102表", "2025", value("VA.DE.LJ", 2800.0))},
			keeps:  typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2800.0), status("GDP.TOTAL.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2799.99), status("GDP.TOTAL.DIR", "最终核实")),
		},
	},
	"R10": {
		{name: "制造业与金融业", keeps: typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2350.0)), breaks: typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2350.01))},
		{name: "不足最小单位按零计", keeps: typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2900.0), value("VA.FIN.LJ", "…")), breaks: typed("双城101表", "2026-Q3", value("VA.MFG.LJ", 2900.0), value("VA.FIN.LJ", 0.01))},
	},
	"R11": {
		{name: "国控断面", keeps: typed("双城501表", "2026-09", value("WATER.NATSEC.GOOD.N.LJ", 4)), breaks: typed("双城501表", "2026-09", value("WATER.NATSEC.GOOD.N.LJ", 5))},
		{name: "水功能区", keeps: typed("双城501表", "2025", value("WATER.FUNCZONE.OK.N.LJ", 6)), breaks: typed("双城501表", "2025", value("WATER.FUNCZONE.OK.N.LJ", 7))},
		{
			name: "街道与上年末的总数", before: []form.Filing{typed("双城802表", "2025")},
			keeps: typed("双城802表", "2026-H1", value("YUXIN.STREET.COVERED.N.LJ", 12)), breaks: typed("双城802表", "2026-H1", value("YUXIN.STREET.COVERED.N.LJ", 13)),
		},
		{name: "5G覆盖", keeps: typed("双城204表", "2026-H1", value("NET5G.COVERED.LJ", 100)), breaks: typed("双城204表", "2026-H1", value("NET5G.COVERED.LJ", 101))},
	},
	"R12": {
		{name: "优良天数", keeps: typed("双城501表", "2026-09", value("AIR.GOODDAYS.LJ", 30)), breaks: typed("双城501表", "2026-09", value("AIR.GOODDAYS.LJ", 31))},
		{name: "日历天数", keeps: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 273)), breaks: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 274))},
		{name: "闰年二月", keeps: typed("双城501表", "2024-02", value("AIR.VALIDDAYS.LJ", 60)), breaks: typed("双城501表", "2024-02", value("AIR.VALIDDAYS.LJ", 61))},
	},
	"R13": {
		{
			name:   "整车与汽车产业",
			keeps:  typed("双城201表", "2026-09", value("NEV.GOV.LJ", 2000.0), value("NEV.GOV.CQ", 3000.0)),
			breaks: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 2000.01), value("NEV.GOV.CQ", 3000.0)),
		},
	},
	"R14": {
		{
			name: "优良天数与上月", before: []form.Filing{typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 240), value("AIR.GOODDAYS.LJ", 210))},
			keeps:  typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 270), value("AIR.GOODDAYS.LJ", 210)),
			breaks: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 270), value("AIR.GOODDAYS.LJ", 209)),
		},
		{
			name: "监测天数与上月", before: []form.Filing{typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 240))},
			keeps:  typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 240)),
			breaks: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 239)),
		},
	},
	"R20": {
		{
			name: "误按万元", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 640.25)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 6402500.0)),
		},
		{
			name: "误按人", plausibility: true, before: []form.Filing{typed("双城202表", "2025-Q3", value("SW.EMP.LJ", 15.5))},
			keeps: typed("双城202表", "2026-Q3", value("SW.EMP.LJ", 16.5)), breaks: typed("双城202表", "2026-Q3", value("SW.EMP.LJ", 165000.0)),
		},
		{
			name: "小数点错位", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 4799.99)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 4800.0)),
		},
		{
			name: "缩小到十分之一", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 75.01)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 75.0)),
		},
		{
			name: "家填成万户", plausibility: true, before: []form.Filing{typed("双城402表", "2025-Q3", value("STE.N.LJ", 80000))},
			keeps: typed("双城402表", "2026-Q3", value("STE.N.LJ", 82000)), breaks: typed("双城402表", "2026-Q3", value("STE.N.LJ", 8)),
		},
	},
	"R29": {
		{name: "双城201表", keeps: typed("双城201表", "2026-02"), breaks: typed("双城201表", "2026-01")},
		{name: "双城301表", keeps: typed("双城301表", "2026-02"), breaks: typed("双城301表", "2026-01")},
		{name: "双城701表", keeps: typed("双城701表", "2026-02"), breaks: typed("双城701表", "2026-01")},
		{
			name: "2月写成单月", plausibility: true,
			keeps: typed("双城301表", "2026-02"), breaks: typed("双城301表", "2026-02", style(func(s *form.Style) { s.PeriodText = "2026年2月" })),
		},
	},
	"R34": {
		{
			name: "同一期再报", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps:  typed("双城101表", "2025-Q4", status("GDP.TOTAL.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", func(f *form.Filing) { f.Remark = "再报一次。" }),
		},
		{
			name: "改数", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps:  typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2950.5), status("GDP.TOTAL.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2950.5)),
		},
		{
			name: "修订时改了别的行", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2950.5), status("GDP.TOTAL.DIR", "最终核实"),
				value("VA.MFG.LJ", 1111.0), status("VA.MFG.LJ", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2950.5), status("GDP.TOTAL.DIR", "最终核实"), value("VA.MFG.LJ", 1111.0)),
		},
		{
			name: "修订时删了数", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps:  typed("双城101表", "2025-Q4", status("GDP.TOTAL.DIR", "最终核实"), status("VA.FIN.LJ", "最终核实"), value("VA.FIN.LJ", "—")),
			breaks: typed("双城101表", "2025-Q4", status("GDP.TOTAL.DIR", "最终核实"), status("VA.FIN.LJ", "最终核实"), value("VA.FIN.LJ", nil), note("VA.FIN.LJ", "市统计局尚未反馈最终核实数。")),
		},
		{
			name: "修订时退回旧状态", before: []form.Filing{typed("双城101表", "2025-Q4", status("VA.MFG.LJ", "最终核实"))},
			keeps:  typed("双城101表", "2025-Q4", status("GDP.TOTAL.DIR", "最终核实"), status("VA.MFG.LJ", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", status("GDP.TOTAL.DIR", "最终核实"), status("VA.MFG.LJ", "初步核算")),
		},
		{
			name: "补报空白的行", before: []form.Filing{typed("双城102表", "2025", value("VA.DE.LJ", nil))},
			keeps:  typed("双城102表", "2025", value("VA.DE.LJ", 1500.0)),
			breaks: typed("双城102表", "2025", value("VA.DE.LJ", 1500.0), value("POP.RESIDENT.DIR", 120.5)),
		},
	},
}

// Every rule of issue A: the filing on the right side of it says nothing of the
// rule; the one on the wrong side has exactly one finding of it. The golden
// files hold what the department reads: read them.
func TestEachRuleHoldsAtItsEdge(t *testing.T) {
	for _, rule := range []string{"R01", "R02", "R03", "R04", "R05", "R06", "R07", "R09", "R10", "R11", "R12", "R13", "R14", "R20", "R29", "R34"} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for _, p := range rules[rule] {
				for _, side := range []struct {
					name   string
					filing form.Filing
					want   int
				}{{"合规", p.keeps, 0}, {"违反", p.breaks, 1}} {
					d := newDesk(t, p.before...)
					out := d.receiveAt(side.filing, p.at)
					n := 0
					for _, f := range out.Findings {
						if f.Rule == rule {
							n++
							checkWording(t, f)
						}
					}
					if n != side.want {
						t.Errorf("%s, %s: %d findings of %s, want %d:\n%s", p.name, side.name, n, rule, side.want, out.Findings)
					}
					if want := verdictOf(side.want, p.plausibility); out.Verdict != want && p.name != "5G覆盖" {
						t.Errorf("%s, %s: %s, want %s:\n%s", p.name, side.name, out.Verdict, want, out.Findings)
					}
					fmt.Fprintf(&b, "## %s，%s：%s\n", p.name, side.name, verdict(out))
				}
			}
			golden(t, "rules/"+rule+".txt", b.String())
		})
	}
}

func verdictOf(findings int, plausibility bool) receipt.Verdict {
	switch {
	case findings == 0:
		return receipt.Accepted
	case plausibility:
		return receipt.Awaiting
	}
	return receipt.Returned
}

func (d *desk) receiveAt(f form.Filing, at time.Time) ingest.Outcome {
	if at.IsZero() {
		return d.file(f)
	}
	return d.receive(f, at)
}

// checkWording holds a finding to what a statistician needs to mend it.
func checkWording(t *testing.T, f finding.Finding) {
	t.Helper()
	if f.Message == "" || f.Hint == "" || f.Place.File == "" {
		t.Errorf("a finding without message, hint or file: %+v", f)
	}
	if f.Code != "" && (f.Label == "" || f.Place.Sheet == "" || f.Place.Cell == "") {
		t.Errorf("a finding about %s without its label or cell: %+v", f.Code, f)
	}
	if slices.Contains(f.Related, f.Place) {
		t.Errorf("a finding is related to its own cell: %+v", f)
	}
}
