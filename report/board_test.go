package report_test

import (
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report"
)

// smallQuarter is the hand-made input as a quarter: three departments answer, one
// for growth that stands on a low base, one for nothing that can be counted.
func smallQuarter() report.Input {
	in := small()
	in.Kind = report.Quarterly
	in.Assessment.Period, in.Previous.Period = period.MustParse("2026-Q3"), period.MustParse("2026-Q2")
	cat := in.Catalogue
	for _, name := range []string{"经济运行局", "现代服务业局", "建设管理局"} {
		cat.Departments = append(cat.Departments, indicator.Department{Name: name, From: "2023-03-20"})
	}
	cat.Departments = append(cat.Departments, indicator.Department{Name: "旧局", From: "2023-03-20", To: "2025-12-31", Successor: "建设管理局"})
	cat.Tasks = []indicator.Task{
		{No: 1, Title: "建设样板", Action: 1, Leads: []string{"经济运行局"}, Targets: []string{"A22"}},
		{No: 4, Title: "提升交通", Action: 2, Leads: []string{"建设管理局"}},
	}
	cat.Milestones[0].Task, cat.Milestones[0].Leads = 4, []string{"建设管理局"}
	cat.Indicators[2].Targets[0].Task = 1
	for _, i := range []int{2, 4} { // 企业数, 社零
		cat.Indicators[i].Targets[0].Primary, cat.Indicators[i].Targets[0].Leads = "现代服务业局", []string{"现代服务业局"}
	}
	by := make(map[indicator.Code]*indicator.Result)
	for i := range in.Assessment.Results {
		by[in.Assessment.Results[i].Code] = &in.Assessment.Results[i]
	}
	by["SHARE.ALL"].ProgressLead = indicator.Some(indicator.Points(24.94))
	by["POP.DIR"].ProgressLead, by["POP.DIR"].ProgressCompletion = indicator.Some(indicator.Points(-5)), indicator.Some(indicator.Percent(55))
	for k, v := range []float64{1180, 1420, 1300} { // a year before it grew much, and falls now
		p := period.Of(period.Quarter, 2024+k, 3)
		in.Assessment.History["HTE.N"] = append(in.Assessment.History["HTE.N"], indicator.Point{Period: p, Value: v})
	}
	by["HTE.N"].Growth = indicator.Some(indicator.Percent((1300.0/1420 - 1) * 100))
	before := func(code indicator.Code, lead float64, lamp indicator.Lamp) indicator.Result {
		r := *by[code]
		r.Period, r.Lamp, r.ProgressLead = r.Period.Prev(), lamp, indicator.Some(indicator.Points(lead))
		return r
	}
	in.Previous.Results = []indicator.Result{
		before("GDP.ALL", -3, indicator.Yellow), before("SHARE.ALL", 4, indicator.Yellow), before("HTE.N", -6, indicator.Green), in.Previous.Results[3], in.Previous.Results[4],
	}
	in.PreviousFiling = in.Filing
	c := alert.Opened(in.Alerts[0].Episode, "经济运行局", time.Date(2026, 9, 1, 1, 0, 0, 0, time.UTC))
	c.Stage, c.Cause, c.Measure, c.Due = alert.Measured, "两户企业停产检修", "四季度补回产量", time.Date(2026, 10, 10, 1, 0, 0, 0, time.UTC)
	in.Cases = []alert.Case{c}
	return in
}
