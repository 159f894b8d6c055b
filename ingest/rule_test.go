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
	"zhibiao/kpi/indicator"
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
			keeps:  typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2800.0), status("GDP.TOTAL.DIR", "最终核实"), note("GDP.TOTAL.DIR", census)),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2799.99), status("GDP.TOTAL.DIR", "最终核实"), note("GDP.TOTAL.DIR", census)),
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
			keeps:  typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1800.0), value("AUTO.GOV.LJ", 1800.0), value("NEV.GOV.CQ", 3000.0)),
			breaks: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1800.01), value("AUTO.GOV.LJ", 1800.0), value("NEV.GOV.CQ", 3000.0)),
		},
	},
	"R14": {
		{
			name: "优良天数与上月", before: []form.Filing{typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 240), value("AIR.GOODDAYS.LJ", 210))},
			keeps:  typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 270), value("AIR.GOODDAYS.LJ", 210)),
			breaks: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 270), value("AIR.GOODDAYS.LJ", 209)),
		},
		{
			name: "迟报的不大于下月", before: []form.Filing{typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 240), value("AIR.GOODDAYS.LJ", 210))},
			keeps:  typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 240), value("AIR.GOODDAYS.LJ", 209)),
			breaks: typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 241), value("AIR.GOODDAYS.LJ", 209)),
		},
		{
			name: "监测天数与上月", before: []form.Filing{typed("双城501表", "2026-08", value("AIR.VALIDDAYS.LJ", 240))},
			keeps:  typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 240), value("AIR.GOODDAYS.LJ", 29)),
			breaks: typed("双城501表", "2026-09", value("AIR.VALIDDAYS.LJ", 239), value("AIR.GOODDAYS.LJ", 29)),
		},
	},
	"R20": {
		{
			name: "误按万元", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 640.25), value("RETAIL.GROWTH.LJ", 6.7)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 6402500.0)),
		},
		{
			name: "误按人", plausibility: true, before: []form.Filing{typed("双城202表", "2025-Q3", value("SW.EMP.LJ", 15.5))},
			keeps: typed("双城202表", "2026-Q3", value("SW.EMP.LJ", 16.5)), breaks: typed("双城202表", "2026-Q3", value("SW.EMP.LJ", 165000.0)),
		},
		{
			name: "小数点错位", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 4799.99), note("RETAIL.TOTAL.LJ", "商业综合体的统计范围有调整。")), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 4800.0)),
		},
		{
			name: "缩小到十分之一", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 75.01), note("RETAIL.TOTAL.LJ", "商业综合体的统计范围有调整。")), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 75.0)),
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
			keeps:  typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2920.5), status("GDP.TOTAL.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2920.5)),
		},
		{
			name: "修订时改了别的行", before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2920.5), status("GDP.TOTAL.DIR", "最终核实"),
				value("VA.MFG.LJ", 1111.0), status("VA.MFG.LJ", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2920.5), status("GDP.TOTAL.DIR", "最终核实"), value("VA.MFG.LJ", 1111.0)),
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
	"R08": {
		{
			name: "新区与全市外资", plausibility: true,
			keeps: typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", 6.25)), breaks: typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", 6.2501)),
		},
	},
	"R15": {
		{
			name: "零售总额与上月", plausibility: true, before: []form.Filing{typed("双城301表", "2026-08")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 600.0)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 599.99)),
		},
		{
			name: "迟报的不大于下月", plausibility: true, before: []form.Filing{typed("双城301表", "2026-09")},
			keeps: typed("双城301表", "2026-08", value("RETAIL.TOTAL.LJ", 600.0)), breaks: typed("双城301表", "2026-08", value("RETAIL.TOTAL.LJ", 600.01)),
		},
		{
			name: "填成当月数", plausibility: true, before: []form.Filing{typed("双城301表", "2026-08")},
			keeps: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 675.5)), breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 75.5)),
		},
	},
	"R16": {
		{
			name: "“小巨人”与市级专精特新", plausibility: true, before: []form.Filing{typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 9))},
			keeps: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9)), breaks: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 8)),
		},
		{
			name: "市级专精特新与创新型", plausibility: true,
			keeps: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 10)), breaks: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 11)),
		},
	},
	"R17": {
		{
			name: "高企与科技型企业", plausibility: true,
			keeps: typed("双城402表", "2026-Q3", value("HTE.N.LJ", 10)), breaks: typed("双城402表", "2026-Q3", value("HTE.N.LJ", 11)),
		},
	},
	"R18": {
		{
			name: "参保与上年末的应参保", plausibility: true, before: []form.Filing{typed("双城801表", "2025")},
			keeps: typed("双城801表", "2026-Q3", value("PENSION.INSURED.LJ", 10.0)), breaks: typed("双城801表", "2026-Q3", value("PENSION.INSURED.LJ", 10.0001)),
		},
	},
	"R19": {
		{
			name: "三成", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps:  typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 780.0), value("RETAIL.GROWTH.LJ", 30.0)),
			breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 780.01), value("RETAIL.GROWTH.LJ", 30.0)),
		},
		{
			name: "下降三成", plausibility: true, before: []form.Filing{typed("双城402表", "2025-Q3", value("STE.N.LJ", 1000))},
			keeps: typed("双城402表", "2026-Q3", value("STE.N.LJ", 700)), breaks: typed("双城402表", "2026-Q3", value("STE.N.LJ", 699)),
		},
		{
			name: "外资以五成为限", plausibility: true, before: []form.Filing{typed("双城701表", "2025-09")},
			keeps: typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", 3.75)), breaks: typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", 3.7501)),
		},
		{
			name: "不足十个单位的基数", plausibility: true, before: []form.Filing{typed("双城402表", "2025-Q3", value("RDINST.N.LJ", 9), value("STE.N.LJ", 10))},
			keeps: typed("双城402表", "2026-Q3", value("RDINST.N.LJ", 14), value("STE.N.LJ", 13)), breaks: typed("双城402表", "2026-Q3", value("RDINST.N.LJ", 14), value("STE.N.LJ", 14)),
		},
	},
	"R21": {
		{
			name: "名义增速", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps:  typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 660.0), value("RETAIL.GROWTH.LJ", 10.5)),
			breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 660.0), value("RETAIL.GROWTH.LJ", 10.6)),
		},
		{
			name: "疑似填了可比价增速", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps:  typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 660.0), value("RETAIL.GROWTH.LJ", 9.5)),
			breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 660.0), value("RETAIL.GROWTH.LJ", 8.0)),
		},
		{
			name: "可比价增速与价格变动", plausibility: true, before: []form.Filing{typed("双城101表", "2025-Q3", value("GDP.TOTAL.DIR", 2900.0))},
			keeps:  typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", 3190.0), value("GDP.GROWTH.DIR", 0.0)),
			breaks: typed("双城101表", "2026-Q3", value("GDP.TOTAL.DIR", 3190.0), value("GDP.GROWTH.DIR", -0.1)),
		},
		{
			name: "上年基数已修订", plausibility: true, before: []form.Filing{typed("双城201表", "2025-09")},
			keeps:  typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2200.0), growth("AUTO.GOV.LJ", 2000.0, 10.0)),
			breaks: typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2200.0), growth("AUTO.GOV.LJ", 1900.0, 15.8)),
		},
		{
			name: "上年同期填错", plausibility: true, before: []form.Filing{typed("双城201表", "2025-09")},
			keeps:  typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2200.0), growth("AUTO.GOV.LJ", 2010.0, 10.0)),
			breaks: typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2200.0), growth("AUTO.GOV.LJ", 2020.0, 10.0)),
		},
		{
			name: "没有增速的行，上年同期填错", plausibility: true, before: []form.Filing{typed("双城202表", "2025-Q3")},
			keeps:  typed("双城202表", "2026-Q3", entry("SW.ENT.N.LJ", func(e *form.Entry) { e.YearAgo = 7035 })),
			breaks: typed("双城202表", "2026-Q3", entry("SW.ENT.N.LJ", func(e *form.Entry) { e.YearAgo = 7036 })),
		},
		{
			name: "正负号填反", plausibility: true, before: []form.Filing{typed("双城301表", "2025-09")},
			keeps:  typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 570.0), value("RETAIL.GROWTH.LJ", -5.0)),
			breaks: typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", 570.0), value("RETAIL.GROWTH.LJ", 5.0)),
		},
	},
	"R22": {
		{
			name:   "公布增速写成公式",
			keeps:  typed("双城101表", "2026-Q3", value("GDP.GROWTH.ALL", form.Formula{Text: "4.0*1", Value: 4.0})),
			breaks: typed("双城101表", "2026-Q3", value("GDP.GROWTH.ALL", form.Formula{Text: "ROUND((E11/F11-1)*100,1)", Value: 4.0})),
		},
		{
			name:   "增速栏由现价总量计算",
			keeps:  typed("双城101表", "2026-Q3", growth("VA.MFG.LJ", 1050.0, 4.8)),
			breaks: typed("双城101表", "2026-Q3", growth("VA.MFG.LJ", 1050.0, form.Formula{Text: "ROUND((E17/F17-1)*100,1)", Value: 4.8})),
		},
	},
	"R23": {
		{
			name: "与上半年相比", plausibility: true, before: []form.Filing{typed("双城203表", "2025-H2")},
			keeps: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 10)), breaks: typed("双城203表", "2026-H1", value("SME.SRDI_MUNI.N.LJ", 9)),
		},
	},
	"R24": {
		{
			name: "下限", plausibility: true, before: []form.Filing{typed("双城101表", "2025-Q4", value("VA.MFG.LJ", 900.0))},
			keeps: typed("双城201表", "2025", value("IND.VA_ADS.LJ", 1200.0)), breaks: typed("双城201表", "2025", value("IND.VA_ADS.LJ", 1200.01)),
		},
		{
			name: "上限", plausibility: true, before: []form.Filing{typed("双城101表", "2025-Q4", value("VA.MFG.LJ", 900.0))},
			keeps: typed("双城201表", "2025", value("IND.VA_ADS.LJ", 720.0)), breaks: typed("双城201表", "2025", value("IND.VA_ADS.LJ", 719.99)),
		},
	},
	"R25": {
		{name: "上限", plausibility: true, keeps: typed("双城202表", "2025-Q4", value("SW.REV.LJ", 4650.0)), breaks: typed("双城202表", "2025-Q4", value("SW.REV.LJ", 4650.01))},
		{name: "下限", plausibility: true, keeps: typed("双城202表", "2025-Q4", value("SW.REV.LJ", 465.0)), breaks: typed("双城202表", "2025-Q4", value("SW.REV.LJ", 464.99))},
		{name: "年内不判", plausibility: true, keeps: typed("双城202表", "2025-Q3", value("SW.REV.LJ", 464.99)), breaks: typed("双城202表", "2025-Q4", value("SW.REV.LJ", 464.99))},
	},
	"R26": {
		{name: "下限", plausibility: true, keeps: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 152.5)), breaks: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 152.49))},
		{
			name: "上限", plausibility: true,
			keeps:  typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1830.0), value("NEV.GOV.CQ", 2000.0)),
			breaks: typed("双城201表", "2026-09", value("NEV.GOV.LJ", 1830.01), value("NEV.GOV.CQ", 2000.0)),
		},
	},
	"R27": {
		{
			name: "新区与全市的口径", plausibility: true,
			keeps:  typed("双城701表", "2026-09", caliber("FDI.ACTUAL.LJ", "全口径"), caliber("FDI.ACTUAL.CQ", "全口径")),
			breaks: typed("双城701表", "2026-09", caliber("FDI.ACTUAL.LJ", "商务部FDI口径"), caliber("FDI.ACTUAL.CQ", "全口径")),
		},
	},
	"R28": {
		{name: "缺口径", keeps: typed("双城202表", "2026-Q3"), breaks: typed("双城202表", "2026-Q3", caliber("SW.REV.LJ", ""))},
		{
			name:   "口径不认识",
			keeps:  typed("双城702表", "2025", caliber("SVCTRADE.TOTAL.LJ", "美元·外汇局BOP口径")),
			breaks: typed("双城702表", "2025", caliber("SVCTRADE.TOTAL.LJ", "人民币口径")),
		},
		{name: "没有数的不必注明", keeps: typed("双城502表", "2025", value("CO2.EMISSION.LJ", "—"), caliber("CO2.EMISSION.LJ", "")), breaks: typed("双城502表", "2025", caliber("CO2.EMISSION.LJ", ""))},
	},
	"R30": {
		{
			name: "其中项与总数，四舍五入之内", plausibility: true,
			keeps:  typed("双城103表", "2026-H1", value("FUND.SCC500.PAIDIN.JOINT", 10.005)),
			breaks: typed("双城103表", "2026-H1", value("FUND.SCC500.PAIDIN.JOINT", 10.006)),
		},
	},
	"R31": {
		{
			name: "填零", plausibility: true, before: []form.Filing{typed("双城203表", "2025-Q3")},
			keeps: typed("双城203表", "2026-Q3", value("LISTED.APPROVED.NEW.LJ", 10)), breaks: typed("双城203表", "2026-Q3", value("LISTED.APPROVED.NEW.LJ", 0)),
		},
		{
			name: "填“—”", plausibility: true, before: []form.Filing{typed("双城401表", "2024")},
			keeps: typed("双城401表", "2025", value("RD.EXP.LJ", "…")), breaks: typed("双城401表", "2025", value("RD.EXP.LJ", "—")),
		},
		{
			name: "上年也是零", plausibility: true, before: []form.Filing{typed("双城601表", "2024-Q3", value("SOE.LISTED.NEW.LJ", 0)), typed("双城601表", "2025-Q4", value("SOE.LISTED.NEW.LJ", 1))},
			keeps: typed("双城601表", "2025-Q3", value("SOE.LISTED.NEW.LJ", 0)), breaks: typed("双城601表", "2026-Q4", value("SOE.LISTED.NEW.LJ", 0)),
		},
	},
	"R32": {
		{
			name: "百分之一", plausibility: true, before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps:  typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2929.0), status("GDP.TOTAL.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.TOTAL.DIR", 2929.01), status("GDP.TOTAL.DIR", "最终核实")),
		},
		{
			name: "增速差一个百分点", plausibility: true, before: []form.Filing{typed("双城101表", "2025-Q4")},
			keeps:  typed("双城101表", "2025-Q4", value("GDP.GROWTH.DIR", 5.0), status("GDP.GROWTH.DIR", "最终核实")),
			breaks: typed("双城101表", "2025-Q4", value("GDP.GROWTH.DIR", 5.1), status("GDP.GROWTH.DIR", "最终核实")),
		},
	},
	"R33": {
		{
			name:   "基金",
			keeps:  typed("双城103表", "2026-H1"),
			breaks: typed("双城103表", "2026-H1", attach([]form.EvidenceEntry{document("FUND.SCC500.SUBSCRIBED.JOINT")}, nil)),
		},
		{
			name:   "位次",
			keeps:  typed("双城901表", "2025", value("RANK.CITYCOMP.MW", "—"), attach(ranked("RANK.CITYCOMP.MW"), nil)),
			breaks: typed("双城901表", "2025", value("RANK.CITYCOMP.MW", 3), attach(ranked("RANK.CITYCOMP.MW"), nil)),
		},
		{
			name:   "上市，有新增的才要",
			keeps:  typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 0)),
			breaks: typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 1), attach(nil, units("SOE.LISTED.NEW.LJ", 1))),
		},
		{
			name:   "材料写全",
			keeps:  typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 1), attach([]form.EvidenceEntry{{Code: "SOE.LISTED.NEW.LJ", Title: "上市公告", Issuer: "测试交易所", File: "公告.pdf"}}, units("SOE.LISTED.NEW.LJ", 1))),
			breaks: typed("双城601表", "2026-Q3", value("SOE.LISTED.NEW.LJ", 1), attach([]form.EvidenceEntry{{Code: "SOE.LISTED.NEW.LJ", Title: "上市公告", Issuer: "测试交易所"}}, units("SOE.LISTED.NEW.LJ", 1))),
		},
		{
			name:   "指标编码写错",
			keeps:  typed("双城103表", "2026-H1"),
			breaks: typed("双城103表", "2026-H1", also(document("FUND.SCC500.PAIDIN.JOIN"))),
		},
	},
	"R35": {
		{
			name:   "个数与名录",
			keeps:  typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 3), attach(nil, units("SME.LITTLEGIANT.N.LJ", 3))),
			breaks: typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 3), attach(nil, units("SME.LITTLEGIANT.N.LJ", 4))),
		},
		{
			name:   "没有名录",
			keeps:  typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 0)),
			breaks: typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 1), attach(nil, nil)),
		},
		{
			name:   "重复的不计",
			keeps:  typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 2), attach(nil, twice(units("SME.LITTLEGIANT.N.LJ", 2)))),
			breaks: typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 3), attach(nil, twice(units("SME.LITTLEGIANT.N.LJ", 2)))),
		},
		{
			name:   "过期的不计",
			keeps:  typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 2), attach(nil, until("2025-12-31", units("SME.LITTLEGIANT.N.LJ", 2)))),
			breaks: typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 2), attach(nil, until("2025-12-30", units("SME.LITTLEGIANT.N.LJ", 2)))),
		},
		{
			name:   "校验位",
			keeps:  typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 1), attach(nil, coded("91350100M000100Y43"))), // the standard's own example
			breaks: typed("双城203表", "2025", value("SME.LITTLEGIANT.N.LJ", 1), attach(nil, coded("91350100M000100Y34"))),
		},
		{
			name:   "附了的就核对",
			keeps:  typed("双城402表", "2026-Q3", value("HTE.N.LJ", 4), attach(nil, units("HTE.N.LJ", 4))),
			breaks: typed("双城402表", "2026-Q3", value("HTE.N.LJ", 4), attach(nil, units("HTE.N.LJ", 3))),
		},
	},
}

// census is a reason that names its document.
const census = "按普查结果修订，依据为统计部门反馈文件。"

// ranked documents every row of 双城901表 that 经济运行局 files but one.
func ranked(but indicator.Code) []form.EvidenceEntry {
	var all []form.EvidenceEntry
	for _, r := range definitions().Forms.Form("双城901表").Rows(period.MustParse("2025"), "经济运行局") {
		if r.Code != but {
			all = append(all, document(r.Code))
		}
	}
	return all
}

// also attaches one more document to the usual ones.
func also(e form.EvidenceEntry) change {
	return func(f *form.Filing) {
		prove(f)
		f.Evidence = append(f.Evidence, e)
	}
}

func twice(all []form.RegisterEntry) []form.RegisterEntry { return append(all, all[0]) }

func until(day string, all []form.RegisterEntry) []form.RegisterEntry {
	all[0].To = day
	return all
}

func coded(code string) []form.RegisterEntry {
	return []form.RegisterEntry{{Code: "SME.LITTLEGIANT.N.LJ", CreditCode: code, Name: "测试数据"}}
}

// Every rule of catalogue §5.A: the filing on the right side of it says nothing
// of the rule but notes; the one on the wrong side has exactly one finding of it. The
// golden files hold what the department reads: read them.
func TestEachRuleHoldsAtItsEdge(t *testing.T) {
	if len(rules) != 35 {
		t.Errorf("%d rules have a pair of returns, want 35", len(rules))
	}
	for n := range 35 {
		rule := fmt.Sprintf("R%02d", n+1)
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			if len(rules[rule]) == 0 {
				t.Fatal("no pair of returns")
			}
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
							checkWording(t, f)
						}
						if f.Rule == rule && f.Severity != finding.Note {
							n++
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
