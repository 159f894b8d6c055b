package report_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
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

func build(t *testing.T, in report.Input) *document.Document {
	t.Helper()
	d, err := report.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func figures(d *document.Document) map[string]*document.Figure {
	m := make(map[string]*document.Figure)
	for _, f := range d.Figures {
		m[f.Key] = f
	}
	return m
}

func tables(d *document.Document) map[string]*document.Table {
	m := make(map[string]*document.Table)
	d.Walk(func(s *document.Section) {
		for _, b := range s.Blocks {
			if b.Table != nil {
				m[b.Table.ID] = b.Table
			}
		}
	})
	return m
}

func paragraphs(d *document.Document) []*document.Paragraph {
	var out []*document.Paragraph
	d.Walk(func(s *document.Section) {
		for _, b := range s.Blocks {
			if b.Paragraph != nil {
				out = append(out, b.Paragraph)
			}
			for i := range b.Cards {
				if p := b.Cards[i].Lead; p != nil {
					out = append(out, p)
				}
			}
		}
	})
	return out
}

func text(d *document.Document) string {
	var b strings.Builder
	for _, p := range paragraphs(d) {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func TestIncompleteInputMakesNoReport(t *testing.T) {
	for name, spoil := range map[string]func(*report.Input){
		"no catalogue":        func(in *report.Input) { in.Catalogue = nil },
		"no assessment":       func(in *report.Input) { in.Assessment = nil },
		"no results":          func(in *report.Input) { in.Assessment.Results = nil },
		"no period":           func(in *report.Input) { in.Assessment.Period = period.Period{} },
		"no hash":             func(in *report.Input) { in.Assessment.Hash = "" },
		"no run":              func(in *report.Input) { in.RunID = "" },
		"no journal":          func(in *report.Input) { in.JournalHead = "" },
		"no catalogue hash":   func(in *report.Input) { in.CatalogueHash = "" },
		"no filing":           func(in *report.Input) { in.Filing = nil },
		"filing not adding":   func(in *report.Input) { in.Filing[0].Expected = 9 },
		"a target unresolved": func(in *report.Input) { in.Assessment.Results = in.Assessment.Results[:4] },
		"a result twice": func(in *report.Input) {
			in.Assessment.Results = append(in.Assessment.Results, in.Assessment.Results[0])
		},
		"not a number":      func(in *report.Input) { in.Assessment.Results[0].Gap.V = math.NaN() },
		"infinite growth":   func(in *report.Input) { in.Assessment.Results[0].Growth.V = indicator.Percent(math.Inf(1)) },
		"absent, no reason": func(in *report.Input) { in.Assessment.Results[4].Absence = indicator.Present },
		"history not a number": func(in *report.Input) {
			in.Assessment.History["GDP.ALL"][0].Value = math.NaN()
		},
	} {
		in := small()
		spoil(&in)
		if d, err := report.Build(in); err == nil || d != nil {
			t.Errorf("%s: got a report and error %v, want none and an error", name, err)
		}
	}
}

func TestGoldenDocuments(t *testing.T) {
	for name, in := range map[string]report.Input{"small.json": small(), "small-quarter.json": smallQuarter()} {
		got, err := json.MarshalIndent(build(t, in), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, append(got, '\n'))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestFiguresArePrintedByTypeAndOnce(t *testing.T) {
	f := figures(build(t, small()))
	for key, want := range map[string]string{
		"GDP.ALL/value":             "4500.13亿元", // half up
		"GDP.ALL/judged":            "5560.00亿元",
		"GDP.ALL/target":            "＞6600亿元",
		"GDP.ALL/growth":            "5.3%", // published, not 6.0 from levels
		"GDP.ALL/gap":               "-400.00亿元",
		"GDP.ALL/required_growth":   "8.99%",
		"GDP.ALL/progress_lead":     "-14.9个百分点",
		"SHARE.ALL/value":           "22.0%（未达，21.998）", // catalogue V2
		"SHARE.ALL/change":          "+0.3个百分点",
		"SHARE.ALL/projection":      "22.0%（不足，21.96）",
		"SHARE.ALL/gap":             "-0.04个百分点",
		"SHARE.ALL/lead":            "+0.5个百分点",
		"SHARE.ALL/required_step":   "+0.001个百分点/年", // never printed as nothing
		"HTE.N/value":               "1300家",
		"HTE.N/growth":              "-2.5%",
		"HTE.N/gap":                 "+33家",
		"POP.DIR/growth":            "0.0%",
		"RETAIL/value":              "逾期未报",
		"RETAIL/gap":                "逾期未报",
		"RETAIL/level_completion":   "—",
		"RANK.X/target":             "前列",
		"RANK.X/value":              "未到报送期",
		"filing/all/rate":           "80.0%",
		"count/lamp/grey":           "1项",
		"GDP.ALL/level_completion":  "84.2%",
		"GDP.ALL/relative_gap":      "-6.1%",
		"GDP.ALL/full_year":         "5900.00亿元",
		"POP.DIR/current_gap":       "+1.20万人",
		"HTE.N/required_step":       "+80.0家/年",
		"POP.DIR/required":          "已达标",
		"SHARE.ALL/elapsed":         "75.0%",
		"HTE.N/progress_completion": "80.0%",
	} {
		if f[key] == nil {
			t.Errorf("%s: not in the ledger", key)
		} else if got := f[key].Full(); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	for key, want := range map[string]string{
		"GDP.ALL/growth": "名义", "GDP.ALL/level_completion": "2025年", "GDP.ALL/gap": "测算", "POP.DIR/current_gap": "现状", "HTE.N/level_completion": "",
	} {
		if got := f[key].Tag; got != want {
			t.Errorf("tag of %s: got %q, want %q", key, got, want)
		}
	}
	if f["GDP.ALL/value"].Period != "2026年前三季度" || f["HTE.N/value"].Period != "2026年9月末" || f["POP.DIR/value"].Period != "2025年末" {
		t.Error("the period of a value is not written as its nature wants")
	}
}

func TestValueEqualToAStrictTargetIsMarked(t *testing.T) {
	in := small()
	r := &in.Assessment.Results[0]
	r.Value, r.Reached = indicator.Some(6600.0), false
	if got, want := figures(build(t, in))["GDP.ALL/value"].Full(), "6600.00亿元（未达，须超过6600）"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSentencesOfStatistics(t *testing.T) {
	s := text(build(t, small()))
	for _, want := range []string{
		"截至2026年9月，5项评分目标中，已达标（蓝）1项、正常（绿）1项、偏离（黄）1项、落后（红）1项、无法判定（灰）1项。",
		"2026年前三季度，生产总值4500.13亿元，同比增长5.3%（名义）。",
		"2026年前三季度，比重22.0%（未达，21.998），比上年同期提高0.3个百分点。",
		"2026年9月末，企业数1300家，同比下降2.5%。",
		"2025年末，人口131.20万人，与上年持平。",
		"2026年1—9月，社零无数据（逾期未报）。",
		"2027年为6200.00亿元，比目标少400.00亿元，达到目标的概率不足1%。",
		"与上次报告（2026年8月，数据时点2026年9月20日 09:00）相比，1项转差、1项转为无法判定、1项恢复判定、1项转好",
		"本期应报5份，已报4份，报送率80.0%，迟报1份，未报1份，涉及2项评分目标的判定",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

func TestNoSentenceIsMalformed(t *testing.T) {
	for _, in := range append(kinds(t), small(), smallQuarter()) {
		d := build(t, in)
		s := text(d)
		for _, never := range []string{
			"增长-", "下降-", "提高-", "领先序时进度-", "落后序时进度-", "增长0.0%", "下降0.0%", "序时进度0.0个", "。。", "，。", "，，", "、。", "、，", "：。", "（）", "NaN", "%!", "+Inf",
		} {
			if strings.Contains(s, never) {
				t.Errorf("%s: the report says %q", in.Kind, never)
			}
		}
		for _, p := range paragraphs(d) {
			if said := p.String(); !strings.HasSuffix(said, "。") {
				t.Errorf("%s: %q has no full stop", in.Kind, said)
			}
		}
		for id, tb := range tables(d) {
			for i, r := range tb.Rows {
				if len(r.Cells) != len(tb.Columns) {
					t.Errorf("%s: %s row %d: got %d cells, want %d", in.Kind, id, i, len(r.Cells), len(tb.Columns))
				}
			}
		}
	}
}

func TestVerbsAgreeWithTheSignsOfTheirFigures(t *testing.T) {
	n := 0
	for _, in := range append(kinds(t), small(), smallQuarter()) {
		for _, p := range paragraphs(build(t, in)) {
			for i, r := range p.Runs {
				if !r.Magnitude {
					continue
				}
				n++
				before := p.Runs[i-1].Text
				down := strings.HasSuffix(before, "下降") || strings.HasSuffix(before, "比目标少") || strings.HasSuffix(before, "落后序时进度")
				up := strings.HasSuffix(before, "增长") || strings.HasSuffix(before, "提高") || strings.HasSuffix(before, "比目标多") || strings.HasSuffix(before, "领先序时进度")
				if down == up || down != (r.Figure.Raw < 0) {
					t.Errorf("%q before %s", before, r.Figure.Full())
				}
				if points := r.Figure.Unit == "个百分点"; points && strings.HasSuffix(before, "增长") {
					t.Errorf("个百分点 after %q", before)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("got %d figures with verbs, want many", n)
	}
}

func TestGreyIsNeverGreenAndMissingIsNeverZero(t *testing.T) {
	for _, in := range kinds(t) {
		t.Run(string(in.Kind), func(t *testing.T) { greyIsGrey(t, in) })
	}
}

func greyIsGrey(t *testing.T, in report.Input) {
	t.Helper()
	d := build(t, in)
	f := figures(d)
	lamps := make(map[indicator.Lamp]int)
	for i := range in.Assessment.Results {
		r := &in.Assessment.Results[i]
		lamps[r.Lamp]++
		v := f[string(r.Code)+"/value"]
		if v == nil || r.Value.OK {
			continue
		}
		if v.Missing != r.Absence.Name() || v.Number != "" {
			t.Errorf("%s: got %q, want %s", r.Code, v.Full(), r.Absence.Name())
		}
	}
	for _, l := range []indicator.Lamp{indicator.Red, indicator.Yellow, indicator.Green, indicator.Blue, indicator.Grey} {
		if lamps[l] == 0 {
			t.Errorf("the sample has no %s lamp", l)
		}
		count := f["count/lamp/"+string(l)]
		if count == nil && in.Kind != report.Monthly && in.Kind != report.Quarterly {
			continue // these have no tally
		}
		if got := int(count.Raw); got != lamps[l] {
			t.Errorf("%s: got %d, want %d", l, got, lamps[l])
		}
	}
	grey := tables(d)["grey"]
	if grey == nil && in.Kind != report.Monthly && in.Kind != report.Quarterly {
		return
	}
	for _, row := range grey.Rows {
		if row.Cells[1].Sign.Class != "grey" {
			t.Errorf("%s stands in the grey list as %s", row.Cells[0].Text, row.Cells[1].Sign.Class)
		}
	}
}

func TestEveryTargetIsReported(t *testing.T) {
	in := sample(t)
	d := build(t, in)
	all := tables(d)
	if got, want := len(all["gap-table"].Rows), len(in.Catalogue.Scored()); got != want {
		t.Errorf("gap table: got %d rows, want %d", got, want)
	}
	rows, cards := 0, 0
	for id, tb := range all {
		if strings.HasPrefix(id, "action-") {
			rows += len(tb.Rows)
		}
		for i, r := range tb.Rows {
			if len(r.Cells) != len(tb.Columns) {
				t.Errorf("%s row %d: got %d cells, want %d", id, i, len(r.Cells), len(tb.Columns))
			}
		}
	}
	d.Walk(func(s *document.Section) {
		if strings.HasPrefix(s.ID, "a1-") {
			cards += len(s.Blocks[0].Cards)
		}
	})
	if want := len(in.Catalogue.Scored()); rows != want || cards != want {
		t.Errorf("actions and appendix: got %d and %d targets, want %d", rows, cards, want)
	}
	if got, want := len(all["directions"].Rows)+len(all["milestones"].Rows), len(in.Catalogue.Directions)+len(in.Catalogue.Milestones); got != want {
		t.Errorf("records: got %d, want %d", got, want)
	}
	unscored := 0
	for i := range in.Catalogue.Indicators {
		if tg := in.Catalogue.Indicators[i].Target(); tg != nil && !tg.Scored {
			unscored++
		}
	}
	if got := len(all["unscored"].Rows); got != unscored {
		t.Errorf("unscored: got %d, want %d", got, unscored)
	}
}

func TestRedCardsComeWorstFirst(t *testing.T) {
	var rel []float64
	d := build(t, sample(t))
	f := figures(d)
	d.Walk(func(s *document.Section) {
		if s.ID != "red" {
			return
		}
		for _, c := range s.Blocks[0].Cards {
			rel = append(rel, f[strings.TrimPrefix(c.ID, "red-")+"/relative_gap"].Raw)
		}
	})
	if len(rel) < 2 {
		t.Fatal("want several red cards")
	}
	for i := 1; i < len(rel); i++ {
		if rel[i] < rel[i-1] {
			t.Errorf("card %d is worse than the one before: %v", i, rel)
		}
	}
}

func TestFirstReportSaysSo(t *testing.T) {
	in := small()
	in.Previous = nil
	d := build(t, in)
	if !strings.Contains(text(d), "本期为首期报告，无上期可比。") || tables(d)["changes"] != nil {
		t.Error("a first report compares with nothing")
	}
	in = small()
	in.Previous = in.Assessment
	if !strings.Contains(text(build(t, in)), "各项目标灯色无变化。") {
		t.Error("an unchanged report does not say so")
	}
}

func TestAlertsTold(t *testing.T) {
	in := small()
	in.Alerts = append(in.Alerts, in.Alerts[0], in.Alerts[0], in.Alerts[0], in.Alerts[0])
	change := func(i int, f func(*alert.Alert)) { f(&in.Alerts[i]) }
	change(1, func(a *alert.Alert) {
		a.State, a.Level, a.Code, a.RuleName, a.New = alert.Pending, "黄", "SHARE.ALL", "黄灯", false
	})
	change(2, func(a *alert.Alert) { a.State, a.RuleName = alert.Quiet, "不应出现" })
	change(3, func(a *alert.Alert) { a.InhibitedBy, a.RuleName = "x", "不应出现" })
	change(4, func(a *alert.Alert) {
		a.State, a.Code, a.RuleName, a.Before.State = alert.Resolved, "HTE.N", "增速回落", alert.Recovering
	})
	also := in.Alerts[0]
	also.State, also.Level, also.RuleName, also.Kind, also.Why, also.New = alert.Pending, "黄", "增速转负", "growth-negative", "同比下降1.0%", false
	in.Alerts[0], in.Alerts[1] = in.Alerts[1], in.Alerts[0]
	in.Alerts = append(in.Alerts, also)
	d := build(t, in)
	rows := tables(d)["alerts"].Rows
	var got []string
	for _, r := range rows {
		got = append(got, r.Cells[0].Text+" "+r.Cells[1].Sign.Word+" "+r.Cells[2].Text+" "+r.Cells[3].Text)
	}
	if diff := cmp.Diff([]string{"生产总值 红 预警 红灯（新增）、增速转负（观察）", "比重 黄 观察 黄灯"}, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	if got, want := rows[0].Cells[6].Text, "2027年测算低于目标。同比下降1.0%。"; got != want {
		t.Errorf("reasons: got %s, want %s", got, want)
	}
	if s := text(d); !strings.Contains(s, "最近一期解除1条：企业数（增速回落）。") || !strings.Contains(s, "生效中的预警1条，涉及1项指标，其中本期新增1条") {
		t.Error("what ended or is in force is not told")
	}
}

func TestRedWithoutAnAlertIsStillListed(t *testing.T) {
	in := small()
	in.Alerts = nil
	var got []string
	for _, r := range tables(build(t, in))["alerts"].Rows {
		got = append(got, r.Cells[0].Text+" "+r.Cells[2].Text)
	}
	if diff := cmp.Diff([]string{"生产总值 未触发规则", "比重 未触发规则"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllButOneReturnIsNotAllReturns(t *testing.T) {
	in := small()
	in.Filing = []report.FilingStat{{Department: "甲", Expected: 5000, Received: 4999, OnTime: 4999, Missing: 1}, {Department: "乙"}}
	f := figures(build(t, in))
	if got := f["filing/all/rate"].Full(); got != "99.9%" {
		t.Errorf("got %s, want 99.9%%", got)
	}
	if got := f["filing/2/rate"].Full(); got != "本期无应报" {
		t.Errorf("of none due: got %s", got)
	}
}

func TestShareOfFewThingsShowsThem(t *testing.T) {
	in := sample(t)
	for i := range in.Assessment.Results {
		r := &in.Assessment.Results[i]
		switch r.Code {
		case "WATER.NATSEC.GOOD.N.LJ":
			r.Value, r.Absence, r.Period = indicator.Some(1.0), indicator.Present, period.MustParse("2026-10")
		case "WATER.NATSEC.N.LJ":
			r.Value, r.Absence, r.Period = indicator.Some(2.0), indicator.Present, period.MustParse("2026-10")
		case "WATER.NATSEC.GOOD_RATE.LJ":
			r.Value, r.Absence, r.Period = indicator.Some(50.0), indicator.Present, period.MustParse("2026-10")
		}
	}
	f := figures(build(t, in))
	if got := (document.Cell{Figure: f["WATER.NATSEC.GOOD_RATE.LJ/value"], Unit: true}).String(); got != "50.0% 1/2" { // catalogue V14
		t.Errorf("got %q, want 50.0%% 1/2", got)
	}
	if got := f["GDP.SHARE_MUA.ALL/value"].Tag; got != "" {
		t.Errorf("a share of money is written %q", got)
	}
}

func TestIncomparableIsShownButNothingIsConcluded(t *testing.T) {
	in := small()
	r := &in.Assessment.Results[1]
	r.Absence, r.Lamp = indicator.Incomparable, indicator.Grey
	d := build(t, in)
	f := figures(d)
	if got := (document.Cell{Figure: f["SHARE.ALL/value"], Unit: true}).String(); got != "22.0%（未达，21.998） 不可比" {
		t.Errorf("value: got %s", got)
	}
	for _, key := range []string{"SHARE.ALL/projection", "SHARE.ALL/gap"} {
		if got := f[key].Full(); got != "不可比" {
			t.Errorf("%s: got %s, want 不可比", key, got)
		}
	}
	for _, key := range []string{"SHARE.ALL/level_completion", "SHARE.ALL/lead", "SHARE.ALL/required"} {
		if got := f[key].Full(); got != "—" {
			t.Errorf("%s: got %s, want —", key, got)
		}
	}
	if f["SHARE.ALL/relative_gap"] != nil {
		t.Error("an incomparable value is ranked")
	}
}

// Alertmanager's windows are those of UTC unless one says otherwise. Ours are
// those of Beijing, and every report says so.
func TestEveryReportSaysThatItsTimesAreThoseOfBeijing(t *testing.T) {
	for _, in := range kinds(t) {
		in.Made = time.Date(2026, 11, 18, 16, 30, 0, 0, time.UTC)
		in.Assessment.AsOf = in.Made
		said := map[string]string{}
		for _, f := range build(t, in).Head {
			said[f.Label] = f.Cell.Text
		}
		if said["生成时间"] != "2026年11月19日 00:30（北京时间）" || said["数据时点"] != "2026年11月19日 00:30" {
			t.Errorf("%s: %v", in.Kind, said)
		}
	}
}
