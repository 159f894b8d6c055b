package report_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report"
	"zhibiao/report/document"
)

// of is an input for a report of a kind: that of the year at a year's end.
func of(in report.Input, kind report.Kind) report.Input {
	in.Kind = kind
	if kind == report.Annual {
		in = closed(in, 2025)
	}
	return in
}

// closed is an input as if its figures were those of a closed year: each value
// that there is becomes the year's.
func closed(in report.Input, year int) report.Input {
	y := period.Of(period.Year, year, 1)
	shift := func(a *indicator.Assessment, q period.Period) *indicator.Assessment {
		c := *a
		c.Period, c.Results = q, nil
		for _, r := range a.Results {
			if own, ok := q.As(r.Period.Freq); ok {
				r.Period = own
			}
			r.FullYear, r.Nowcast = indicator.Opt[float64]{}, nil
			if !r.Nature.Relative() && r.CurrentGap.OK && r.Value.OK {
				if i := slices.IndexFunc(in.Catalogue.Indicators, func(ind indicator.Indicator) bool { return ind.Code == r.Code }); in.Catalogue.Indicators[i].Target() != nil {
					r.Value = indicator.Some(in.Catalogue.Indicators[i].Target().Value + r.CurrentGap.V)
				}
			}
			if r.Path.OK {
				r.Lead = indicator.Some(r.Value.V - r.Path.V)
			}
			c.Results = append(c.Results, r)
		}
		return &c
	}
	in.Assessment = shift(in.Assessment, y)
	if in.Previous != nil {
		in.Previous = shift(in.Previous, y.Prev())
	}
	raised := time.Date(year, 3, 20, 1, 0, 0, 0, time.UTC)
	for i, a := range in.Alerts {
		e := report.Episode{Alert: a, Case: alert.Opened(a.Episode, a.Owner, raised), Raised: raised.AddDate(0, i%9, 0)}
		if i%2 == 1 {
			e.Ended = e.Raised.AddDate(0, 0, 47)
		}
		in.Episodes = append(in.Episodes, e)
	}
	return in
}

// each builds a report of every kind on the small and on the sample input.
func each(t *testing.T, f func(t *testing.T, name string, d *document.Document)) {
	t.Helper()
	for _, kind := range report.Kinds {
		for name, in := range map[string]report.Input{"small": small(), "sample": sampleOf(t, report.Monthly)} {
			t.Run(string(kind)+" "+name, func(t *testing.T) { f(t, name, build(t, of(in, kind))) })
		}
	}
}

func TestGoldenOfEveryKind(t *testing.T) {
	for _, kind := range report.Kinds {
		if kind == report.Monthly || kind == report.Quarterly { // small.json, small-quarter.json
			continue
		}
		d := build(t, of(small(), kind))
		got, err := json.MarshalIndent(d, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, string(kind)+".json", append(got, '\n'))
	}
}

func TestEveryKindHasEveryFaceAndEachTableItsColumns(t *testing.T) {
	each(t, func(t *testing.T, _ string, d *document.Document) {
		for id, tb := range tables(d) {
			for i, r := range tb.Rows {
				if len(r.Cells) != len(tb.Columns) {
					t.Errorf("%s row %d: got %d cells, want %d", id, i, len(r.Cells), len(tb.Columns))
				}
			}
		}
		if s := page(t, d); !strings.Contains(s, d.Title) || strings.Contains(s, `href="#"`) {
			t.Error("the page has no title, or a link that leads nowhere")
		}
		// What a figure is traced by stands on every page of every face: in the margin
		// of the printed page, in the head of the 公文, in the foot of each sheet.
		foot := d.Foot()
		if !strings.Contains(page(t, d), `@bottom-left{content:"`+foot+`"}`) {
			t.Error("the printed page lacks the foot")
		}
		if !strings.Contains(read(t, letterOf(t, d)).parts["word/header.xml"], foot) {
			t.Error("the 公文 lacks the foot")
		}
		book := open(t, workbook(t, d))
		for _, sheet := range book.GetSheetList() {
			if hf, err := book.GetHeaderFooter(sheet); err != nil || hf == nil || !strings.Contains(hf.OddFooter, foot) {
				t.Errorf("the sheet %s is printed without the foot: %+v %v", sheet, hf, err)
			}
		}
		for _, want := range []string{"截至期 ", "数据时点 ", "报送率 ", "缺报影响 ", "方法与版本 ", "数据版本 ", "运行号 ", "日志链头 ", "测试数据"} {
			if !strings.Contains(foot, want) {
				t.Errorf("the foot %q lacks %q", foot, want)
			}
		}
		for _, never := range []string{"增长-", "下降-", "提高-", "。。", "，。", "，，", "：。", "NaN", "%!"} {
			if strings.Contains(text(d), never) {
				t.Errorf("the report says %q", never)
			}
		}
	})
}

func TestAnEmptySpecialReportIsNotMade(t *testing.T) {
	in := of(small(), report.Special)
	in.Previous, in.Alerts = in.Assessment, nil
	if d, err := report.Build(in); d != nil || !errors.Is(err, report.ErrUnchanged) {
		t.Errorf("got %v %v, want no report and ErrUnchanged", d, err)
	}
	// What was told and is as it was is nothing new; nor is what is silenced.
	al := small().Alerts[0]
	in.Alerts = []alert.Alert{al}
	told := report.Rectified{Level: al.Level, State: al.State, Alert: al, Case: alert.Opened(al.Episode, al.Owner, in.Made)}
	in.Rectified = []report.Rectified{told}
	if _, err := report.Build(in); !errors.Is(err, report.ErrUnchanged) {
		t.Errorf("an alert that stands: got %v, want ErrUnchanged", err)
	}
	in.Rectified = nil
	in.Cases = []alert.Case{alert.Opened(al.Episode, al.Owner, in.Made)}
	in.Cases[0].Silenced = in.Made.AddDate(0, 0, 1)
	if _, err := report.Build(in); !errors.Is(err, report.ErrUnchanged) {
		t.Errorf("a new alert that is silenced: got %v, want ErrUnchanged", err)
	}
	in.Cases = nil
	for name, c := range map[string]struct {
		change func(*report.Rectified)
		want   string // of the table; none when no report is made
	}{
		"its level rose":    {func(r *report.Rectified) { r.Level = "黄" }, "升级（原黄）"},
		"it came back":      {func(r *report.Rectified) { r.State = alert.Recovering }, "反复"},
		"it ended":          {func(r *report.Rectified) { r.Alert.State = alert.Resolved }, "解除"},
		"it was withdrawn":  {func(r *report.Rectified) { r.Alert.State = alert.Quiet }, "解除"},
		"it rose, silenced": {func(r *report.Rectified) { r.Level, r.Case.Silenced = "黄", in.Made.AddDate(0, 0, 1) }, ""},
		"it recovers":       {func(r *report.Rectified) { r.Alert.State = alert.Recovering }, ""},
	} {
		in.Rectified = []report.Rectified{told}
		c.change(&in.Rectified[0])
		in.Alerts = []alert.Alert{in.Rectified[0].Alert}
		d, err := report.Build(in)
		switch {
		case c.want == "":
			if !errors.Is(err, report.ErrUnchanged) {
				t.Errorf("%s: got %v, want ErrUnchanged", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			if rows := tables(d)["tidings"].Rows; len(rows) != 1 || rows[0].Cells[1].Text != c.want {
				t.Errorf("%s: got %v, want %s", name, rows, c.want)
			}
		}
	}
}

func TestWhatChangedComesFirstAndTheRestInOneLineEach(t *testing.T) {
	for _, kind := range []report.Kind{report.Special, report.Monthly} {
		d := build(t, of(small(), kind))
		var order []string
		d.Walk(func(s *document.Section) {
			for _, b := range s.Blocks {
				if b.Table != nil {
					order = append(order, b.Table.ID)
				}
			}
		})
		if got := strings.Join(order[:3], " "); got != "changes tidings standing" {
			t.Errorf("%s: got %s first", kind, got)
		}
		// Of five lamps four changed; the yellow one stands, and the gap of it is not
		// compared with one that was not known.
		rows := tables(d)["standing"].Rows
		if len(rows) != 1 || rows[0].Cells[0].Text != "比重" || rows[0].Cells[5].Figure.Full() != "—" {
			t.Errorf("%s: standing: %v", kind, rows)
		}
	}
	in := of(small(), report.Special)
	in.Previous.Results[1] = in.Assessment.Results[1]
	in.Previous.Results[1].Gap = indicator.Some(0.1)
	f := figures(build(t, in))["SHARE.ALL/gap_change"]
	if f.Full() != "-0.1个百分点" || !f.Estimate { // −0.04 − 0.1
		t.Errorf("a gap that widened: got %s", f.Full())
	}
	in.Previous.Results[1].Projection = &indicator.Projection{Value: 22.1, Method: "another@1"}
	if f := figures(build(t, in))["SHARE.ALL/gap_change"]; f.Full() != "—" {
		t.Errorf("gaps of two methods were compared: %s", f.Full())
	}
}

func TestEveryPageSaysWhichReturnsTouchWhat(t *testing.T) {
	d := build(t, of(small(), report.Special))
	for _, f := range d.Head {
		if f.Label == "缺报影响" {
			if got, want := f.Cell.String(), "2项 （双城101表 2026年三季度迟报：生产总值；双城301表 2026年9月逾期未报：社零）"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	if foot := d.Foot(); !strings.Contains(foot, "缺报影响 2项") || !strings.Contains(foot, "报送率 80.0%") {
		t.Errorf("foot: %s", foot)
	}
}

func TestTheYearIsJudgedAgainstItsOwnDemand(t *testing.T) {
	in := of(small(), report.Annual)
	d := build(t, in)
	got := make(map[string]string)
	for _, r := range tables(d)["year-table"].Rows {
		got[r.Cells[0].Text] = r.Cells[1].Sign.Word + " " + r.Cells[4].Figure.Full() + " " + r.Cells[5].Figure.Full()
	}
	for name, want := range map[string]string{
		"生产总值": "未达年度要求 5760.50亿元 -200.50亿元", // 5560 against the path
		"比重":   "达到年度要求 21.5% +0.5个百分点",
		"企业数":  "达到年度要求 1275家 +25家",
		"人口":   "已达2027年目标 ≥130万人 +1.20万人",
		"社零":   "无法判定 — —", // missing is neither reached nor missed
	} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	if s := text(d); !strings.Contains(s, "2025年，5项评分目标中，已达2027年目标1项、达到年度要求2项、无法判定1项、未达年度要求1项。") {
		t.Error("the verdicts are not counted")
	}
	if f := figures(d)["count/years_left"]; f == nil || f.Raw != 2 {
		t.Error("two years are left after 2025")
	}
}

func TestAFloorIsJudgedByTheYearAndAtTheEndByAllYears(t *testing.T) {
	in := of(small(), report.Annual)
	ind, r := &in.Catalogue.Indicators[1], &in.Assessment.Results[1]
	ind.Targets[0].Evaluation = indicator.Floor
	ind.Targets[0].Value = 18
	r.Path, r.Lead, r.Projection, r.CurrentGap = indicator.Opt[float64]{}, indicator.Opt[float64]{}, nil, indicator.Some(r.Value.V-18)
	word := func(in report.Input, table string) string {
		for _, r := range tables(build(t, in))[table].Rows {
			if r.Cells[0].Text == "比重" {
				return r.Cells[1].Sign.Word
			}
		}
		return ""
	}
	if got := word(in, "year-table"); got != "守住底线" {
		t.Errorf("got %s", got)
	}
	r.Value = indicator.Some(17.9999)
	if got := word(in, "year-table"); got != "底线被突破" {
		t.Errorf("17.9999 against 18: got %s", got)
	}
	end := period.Of(period.Year, 2027, 1)
	in.Assessment.Period = end
	r.Period, r.Value = period.Of(period.Quarter, 2027, 4), indicator.Some(18.0)
	floors := func(met ...bool) {
		r.Measures.Floors = nil
		for i, m := range met {
			r.Measures.Floors = append(r.Measures.Floors, indicator.FloorYear{Year: 2023 + i, Value: 18, Met: m})
		}
	}
	for _, c := range []struct {
		met  []bool
		want string
	}{
		{[]bool{true, true, true, true, true}, "达成"},
		{[]bool{true, false, true, true, true}, "未达成"},
		{[]bool{true, true, true}, "尚不能判定"},
	} {
		floors(c.met...)
		if got := word(in, "final"); got != c.want {
			t.Errorf("%v: got %s, want %s", c.met, got, c.want)
		}
	}
}

func TestAfterThePlanThereIsAFinalJudgementAndNoForecast(t *testing.T) {
	in := of(small(), report.Annual)
	in.Assessment.Period = period.Of(period.Year, 2027, 1)
	for i := range in.Assessment.Results {
		r := &in.Assessment.Results[i]
		if own, ok := in.Assessment.Period.As(r.Period.Freq); ok {
			r.Period = own
		}
	}
	d := build(t, in)
	all := tables(d)
	if all["ahead"] != nil || all["final"] == nil {
		t.Fatal("a report of 2027 looks ahead")
	}
	for _, r := range all["final"].Rows {
		for _, c := range r.Cells {
			if c.Figure != nil && c.Figure.Estimate {
				t.Errorf("%s: an estimate, %s, stands in the final judgement", r.Cells[0].Text, c.Figure.Key)
			}
		}
	}
	if s := text(d); !strings.Contains(s, "评分目标1项达成、3项未达成、1项尚不能判定。") {
		t.Error("the final judgement is not counted: " + s)
	}
	in.Assessment.Period = period.Of(period.Year, 2028, 1)
	if _, err := report.Build(in); err == nil {
		t.Error("the plan was judged after its end")
	}
	in.Assessment.Period = period.MustParse("2027-09")
	if _, err := report.Build(in); err == nil {
		t.Error("a part of a year was judged as a year")
	}
}

func TestRevisionsOfTheYearBefore(t *testing.T) {
	in := of(small(), report.Annual)
	none := text(build(t, func() report.Input { c := in; c.Previous = nil; return c }()))
	if !strings.Contains(none, "没有上年的评估报告，不比较修订。") {
		t.Error("a first report compares revisions")
	}
	q := period.Of(period.Quarter, 2024, 4)
	in.Previous.Results[0] = indicator.Result{Code: "GDP.ALL", Value: indicator.Some(5200.0), Period: q, Vintage: indicator.Preliminary, Lamp: indicator.Yellow}
	in.Previous.Results[1] = indicator.Result{Code: "SHARE.ALL", Value: indicator.Some(21.1), Period: q, Lamp: indicator.Yellow}
	in.Previous.Results[2] = indicator.Result{Code: "HTE.N", Value: indicator.Some(1100.0), Period: q, Lamp: indicator.Green}
	d := build(t, in)
	var got []string
	for _, r := range tables(d)["revised"].Rows {
		var words []string
		for _, c := range r.Cells {
			words = append(words, c.String())
		}
		got = append(got, strings.Join(words, "|"))
	}
	want := []string{"生产总值|5200.00亿元|初步核算|5240.00亿元|最终核实|+40.00亿元|+0.8%", "企业数|1100家|—|已无此数|—|—|—"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(text(d), "2项有修订，1项没有修订。") {
		t.Error("revisions are not counted")
	}
}

func TestTheYearOfAlertsCountsItsDays(t *testing.T) {
	in := of(small(), report.Annual)
	raised := time.Date(2025, 3, 20, 1, 0, 0, 0, time.UTC)
	ended := report.Episode{Alert: in.Alerts[0], Case: alert.Opened("a", "甲", raised), Raised: raised, Ended: raised.AddDate(0, 0, 47)}
	open := ended
	open.Ended, open.Case.Stage, open.Case.Cause, open.Case.Measure, open.Case.Due = time.Time{}, alert.Measured, "原因", "措施", in.Made.AddDate(0, 0, -1)
	in.Episodes = []report.Episode{ended, open}
	d := build(t, in)
	rows := tables(d)["episodes"].Rows
	if got := rows[0].Cells[5].String() + " " + rows[0].Cells[4].Text + " " + rows[0].Cells[6].Text; got != "47天 2025年5月6日 自行解除" {
		t.Errorf("ended: got %s", got)
	}
	if got := rows[1].Cells[5].String() + " " + rows[1].Cells[4].Text + " " + rows[1].Cells[6].Text; got != "579天 未解除 整改中（逾期）" {
		t.Errorf("open: got %s", got)
	}
	if s := text(d); !strings.Contains(s, "2025年有预警2条，已解除1条，已认领1条，已销号0条，最长历时579天") {
		t.Error("the alerts of the year are not counted")
	}
}
