package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report"
	"zhibiao/report/document"
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
	in.PreviousFiling = small().Filing
	c := alert.Opened(in.Alerts[0].Episode, "经济运行局", time.Date(2026, 9, 1, 1, 0, 0, 0, time.UTC))
	c.Stage, c.Cause, c.Measure, c.Due = alert.Measured, "两户企业停产检修", "四季度补回产量", time.Date(2026, 10, 10, 1, 0, 0, 0, time.UTC)
	in.Cases = []alert.Case{c}
	return in
}

// cells is a table in words, a row a line.
func cells(tb *document.Table) []string {
	var out []string
	for _, r := range tb.Rows {
		var words []string
		for _, c := range r.Cells {
			words = append(words, c.String())
		}
		out = append(out, strings.Join(words, "|"))
	}
	return out
}

func wantRows(t *testing.T, d *document.Document, id string, want ...string) {
	t.Helper()
	tb := tables(d)[id]
	if tb == nil {
		t.Fatalf("no table %s", id)
	}
	if diff := cmp.Diff(want, cells(tb)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", id, diff)
	}
}

func resultOf(a *indicator.Assessment, code indicator.Code) *indicator.Result {
	for i := range a.Results {
		if a.Results[i].Code == code {
			return &a.Results[i]
		}
	}
	return nil
}

func TestBoardRanksUnitsByTheLeadOfTheirOwnTargets(t *testing.T) {
	d := build(t, smallQuarter())
	wantRows(t, d, "board-table-unit",
		"现代服务业局|第1位|↑升 1位|+5.0个百分点|—|1|1|50.0%|0|0|1|基数效应1项",
		"经济运行局|第2位|↓降 1位|+1.7个百分点|3.3个百分点|3|0|100.0%|1|0|0|—",
	)
	wantRows(t, d, "board-table-action", "甲|第1位|—持平|+2.5个百分点|—|4|1|基数效应1项")
	wantRows(t, d, "board-none-table", "建设管理局|没有主责的量化目标|1|1|本期无应报|—|—|—")
	wantRows(t, d, "board-out-table", "社零|○灰|2026年1—9月|现代服务业局|逾期未报。")
	wantRows(t, d, "board-marks-table",
		"企业数|现代服务业局|进度|●绿|80.0%|75.0%|+5.0个百分点|+5.0个百分点|-8.5%|20.3%|5.0%|高基数",
		"生产总值|经济运行局|进度|▲红|45.1% 2025年|60.0%|-14.9个百分点|-14.9个百分点|5.3% 名义|—|—|—",
		"人口|经济运行局|进度|★蓝|55.0%|60.0%|-5.0个百分点|-5.0个百分点|0.0%|—|—|—",
		"比重|经济运行局|进度|◆黄|99.9%|75.0%|+24.9个百分点|+24.9个百分点|+0.3个百分点|—|—|—",
	)
	s := text(d)
	for _, want := range []string{
		"按race-lead@1计分，参加排名的单位2个，计分目标4项，未计分目标1项（见未计分目标）。",
		"居首位的是现代服务业局，平均领先序时进度5.0个百分点；居末位的是经济运行局，平均领先序时进度1.7个百分点。",
		"与上次（2026年二季度）相比，位次上升1个、下降1个、持平0个。",
		"没有评分的量化目标、不排名的：乙专项行动。",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

func TestBoardFlagsScoresThatOnlyPrintAlike(t *testing.T) {
	in := smallQuarter()
	resultOf(in.Assessment, "HTE.N").ProgressLead = indicator.Some(indicator.Points(1.72)) // 经济运行局 has 1.68
	d := build(t, in)
	wantRows(t, d, "board-table-unit",
		"现代服务业局|第1位|↑升 1位|+1.7个百分点|—|1|1|50.0%|0|0|1|修约影响位次、基数效应1项",
		"经济运行局|第2位|↓降 1位|+1.7个百分点|0.0个百分点|3|0|100.0%|1|0|0|修约影响位次",
	)
}

func TestBoardShowsTies(t *testing.T) {
	in := smallQuarter()
	in.Previous = nil
	for code, v := range map[indicator.Code]indicator.Points{"GDP.ALL": -1, "SHARE.ALL": -1, "POP.DIR": -1, "HTE.N": -1} {
		resultOf(in.Assessment, code).ProgressLead = indicator.Some(v)
	}
	d := build(t, in)
	wantRows(t, d, "board-table-unit",
		"现代服务业局|第1位 并列|首期|-1.0个百分点|—|1|1|50.0%|0|0|1|基数效应1项",
		"经济运行局|第1位 并列|首期|-1.0个百分点|—|3|0|100.0%|1|0|0|—",
	)
	if s := text(d); !strings.Contains(s, "居首位的是现代服务业局、经济运行局并列，平均落后序时进度1.0个百分点。") || !strings.Contains(s, "本期为首期榜单，无上期位次可比。") {
		t.Error("the tie or the first board is not told")
	}
}

func TestWhatAnotherUnitFiledLateIsNotHeldAgainstAUnit(t *testing.T) {
	in := smallQuarter()
	in.Filing[0].LateReturns[0].Codes = append(in.Filing[0].LateReturns[0].Codes, "HTE.N") // 经济运行局 files late what 现代服务业局 needs
	d := build(t, in)
	wantRows(t, d, "board-table-unit", "经济运行局|第1位|—持平|+1.7个百分点|—|3|0|100.0%|1|0|0|—")
	wantRows(t, d, "board-out-table",
		"企业数|●绿|2026年9月末|现代服务业局|经济运行局的双城101表 2026年三季度迟报。",
		"社零|○灰|2026年1—9月|现代服务业局|逾期未报。",
	)
	wantRows(t, d, "board-none-table",
		"现代服务业局|量化目标均未计分|0|0|50.0%|0|0|1",
		"建设管理局|没有主责的量化目标|1|1|本期无应报|—|—|—",
	)
	if s := text(d); !strings.Contains(s, "；现代服务业局上次有位次，本次没有可计分的目标。") {
		t.Error("who left the board is not told")
	}
}

func TestFilingDoesNotMoveTheBoard(t *testing.T) {
	in := smallQuarter()
	f := &in.Filing[0]
	f.Received, f.OnTime, f.Late, f.Missing, f.LateReturns = 0, 0, 0, 3, nil
	got := cells(tables(build(t, in))["board-table-unit"])
	if len(got) != 2 || !strings.HasPrefix(got[1], "经济运行局|第2位|↓降 1位|+1.7个百分点|3.3个百分点|3|0|0.0%|0|0|3|") {
		t.Errorf("got %q", got)
	}
}

func TestEveryScoredTargetIsOnTheBoardOnce(t *testing.T) {
	in := sampleOf(t, report.Quarterly)
	d := build(t, in)
	all := tables(d)
	marks, out := len(all["board-marks-table"].Rows), len(all["board-out-table"].Rows)
	if want := len(in.Catalogue.Scored()); marks+out != want || marks == 0 || out == 0 {
		t.Errorf("got %d scored and %d not, want %d in all", marks, out, want)
	}
	if got, want := len(all["board-table-unit"].Rows)+len(all["board-none-table"].Rows), len(in.Catalogue.Departments); got != want {
		t.Errorf("got %d departments, want %d", got, want)
	}
	f := figures(d)
	for i := range in.Catalogue.Indicators {
		ind := &in.Catalogue.Indicators[i]
		race := f[string(ind.Code)+"/race"]
		if race == nil {
			continue
		}
		if r := resultOf(in.Assessment, ind.Code); r.Lamp == indicator.Grey || !r.Value.OK {
			t.Errorf("%s cannot be judged and counts %s", ind.Code, race.Full())
		}
	}
	if got, want := len(all["tasks"].Rows), len(in.Catalogue.Tasks); got != want {
		t.Errorf("tasks: got %d, want %d", got, want)
	}
}

func TestProblemsStandWithWhatTheirUnitsSay(t *testing.T) {
	d := build(t, smallQuarter())
	wantRows(t, d, "explained", "生产总值|▲红|经济运行局|整改中、逾期|两户企业停产检修。|四季度补回产量（时限2026年10月10日）。")
	wantRows(t, d, "asks",
		"经济运行局|生产总值|▲红|按已报措施推进；所需年均增速8.99%。",
		"经济运行局|比重|◆黄|报原因、措施和时限；所需年均增量+0.001个百分点/年。",
		"现代服务业局|双城301表 2026年9月（逾期未报）|—|尽快报送。",
	)
	in := smallQuarter()
	in.Cases = nil
	d = build(t, in)
	wantRows(t, d, "explained", "生产总值|▲红|经济运行局|待认领|—|—")
	if got := cells(tables(d)["asks"])[0]; !strings.HasSuffix(got, "|报原因、措施和时限；所需年均增速8.99%。") {
		t.Errorf("without a measure: got %q", got)
	}
}

func TestBaseOfFewThingsIsTooSmallForAGrowth(t *testing.T) {
	in := smallQuarter()
	h := in.Assessment.History["HTE.N"]
	h[1].Value = 9 // firms a year ago
	if got := cells(tables(build(t, in))["board-marks-table"])[0]; !strings.HasSuffix(got, "|-8.5%|—|—|基数过小") {
		t.Errorf("got %q", got)
	}
}

func TestNoBaseEffectAcrossAChangeOfCaliber(t *testing.T) {
	in := smallQuarter()
	h := in.Assessment.History["HTE.N"]
	h[0].Caliber, h[1].Caliber, h[2].Caliber = "旧口径", "新口径", "新口径"
	if got := cells(tables(build(t, in))["board-marks-table"])[0]; !strings.HasSuffix(got, "|-8.5%|—|—|—") {
		t.Errorf("got %q", got)
	}
}
