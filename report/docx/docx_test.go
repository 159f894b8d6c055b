package docx_test

import (
	"archive/zip"
	"bytes"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/report/document"
	"zhibiao/report/docx"
)

var update = flag.Bool("update", false, "rewrite the golden")

// one has one of everything a document can hold.
func one() *document.Document {
	red := document.Sign{Class: "red", Mark: "▲", Word: "红", Say: "落后"}
	green := document.Sign{Class: "green", Mark: "●", Word: "绿", Say: "正常"}
	value := &document.Figure{Key: "v", What: "现值", Number: "4500.13", Unit: "亿元", Tag: "名义"}
	short := &document.Figure{Key: "s", What: "占比", Number: "22.0", Unit: "%", Note: "未达，21.998"}
	down := &document.Figure{Key: "d", What: "增速", Number: "-3.1", Unit: "%"}
	none := &document.Figure{Key: "n", What: "增速", Missing: "逾期未报"}
	mark := func(at, v float64, label, text string) document.Mark {
		return document.Mark{At: at, Value: v, Label: label, Text: text}
	}
	projected, target, running := mark(2027, 70, "2026年测算", "70.0"), mark(2027, 80, "目标", "＞80"), mark(2026, 30, "2025年1—6月", "30.0")
	return &document.Document{
		Title: "测试数据专项行动指标监测预警报告样张", Period: "2026年10月", Made: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), TestData: true,
		Head: []document.Fact{
			{Label: "截至期", Cell: document.Cell{Text: "2026年10月"}},
			{Label: "报送率", Cell: document.Cell{Figure: &document.Figure{Key: "r", Number: "93.5", Unit: "%"}, Unit: true, Text: "（应报62）"}},
			{Label: "日志链头", Cell: document.Cell{Text: "9f2b…", Title: "9f2b61c04d7e8a35"}},
			{Label: "方法与版本", Cell: document.Cell{Text: "endpoint@1"}, Wide: true},
		},
		Sections: []document.Section{
			{ID: "s1", Number: "一", Title: "要情", Blocks: []document.Block{
				{Paragraph: &document.Paragraph{Lead: "总体。", Runs: []document.Run{
					{Sign: &red}, {Text: "<甲> & 乙"}, {Figure: down, Magnitude: true}, {Text: "，见"}, {Text: "附录", Link: "a1"}, {Text: "、", Link: "nowhere"}, {Figure: none},
				}}},
				{Paragraph: &document.Paragraph{Small: true, Runs: []document.Run{{Text: "“注”\u202e\x00"}}}},
				{Tally: &document.Tally{ID: "t", Title: "灯色", Desc: "红1项，绿2项。", Items: []document.Count{
					{Sign: red, Figure: &document.Figure{Number: "1", Unit: "项"}, Link: "card"}, {Sign: green, Figure: &document.Figure{Number: "2", Unit: "项"}},
				}}},
			}, Sections: []document.Section{{ID: "s1-1", Number: "（一）", Title: "清单", Blocks: []document.Block{
				{Table: &document.Table{
					ID: "table", Caption: "一览",
					Columns: []document.Column{
						{Title: "目标"},
						{Title: "灯", Align: document.Center},
						{Title: "现值", Unit: "亿元", Align: document.Right},
						{Title: "走势", Align: document.Right, Under: true},
						{Title: "截至", Align: document.Right, Under: true},
						{Title: "原因", Wide: true},
					},
					Rows: []document.Row{
						{ID: "row", Cells: []document.Cell{{Text: "=甲", Link: "card"}, {Sign: &red}, {Figure: value}, {Chart: &document.Chart{Spark: &document.Spark{}}}, {Text: "2026年10月"}, {Text: "预计差"}}},
						{Total: true, Cells: []document.Cell{{Text: "合计"}, {Sign: &green}, {Figure: short, Unit: true}, {}, {}, {Figure: none}}},
					},
				}},
				{Table: &document.Table{ID: "empty", Caption: "空表", Empty: "没有。", Columns: []document.Column{{Title: "甲"}}}},
				{Charts: []*document.Chart{
					{ID: "bars", Title: "缺口", Bars: &document.Bars{Axis: document.Axis{Min: -10, Max: 10}, Bars: []document.Bar{
						{Label: "甲", Sign: red, Has: true, Value: -5, Text: "-5.0%", Link: "card"}, {Label: "乙", Sign: green, Has: true, Value: 0.1, Text: "+0.1%"}, {Label: "丙", Sign: green, Text: "逾期未报"},
					}}},
					{ID: "heat", Title: "分布", Heat: &document.Heat{Columns: []document.Sign{red, green}, Rows: []document.HeatRow{{Label: "甲", Link: "s1", Counts: []int{1, 0}}}}},
					{ID: "stack", Title: "报送", Stack: &document.Stack{Parts: []document.Part{{Name: "按时"}, {Name: "迟报"}}, Rows: []document.StackRow{{Label: "甲局", Counts: []int{2, 1}, Text: "3/3"}}}},
				}},
			}}}},
			{ID: "a1", Number: "附录一", Title: "详情", Appendix: true, Sections: []document.Section{{ID: "a1-1", Title: "甲行动", Blocks: []document.Block{{Cards: []document.Card{{
				ID: "card", Title: "甲", Sign: &red, Label: "A01", Broad: true, Lead: &document.Paragraph{Runs: []document.Run{{Text: "现值"}, {Figure: value}}},
				Facts: []document.Fact{
					{Label: "现值", Cell: document.Cell{Figure: value, Unit: true}},
					{Label: "目标", Cell: document.Cell{Text: "80"}},
					{Label: "口径", Cell: document.Cell{Text: strings.Repeat("长", 40)}},
					{Label: "范围", Cell: document.Cell{Text: "全域"}},
				},
				Chart: &document.Chart{ID: "trend", Title: "甲", Unit: "亿元", Trend: &document.Trend{
					X:      document.Axis{Ticks: []document.Tick{{At: 2025, Text: "2024"}, {At: 2026, Text: "2025"}, {At: 2027, Text: "2026"}}},
					Actual: []document.Mark{mark(2024.5, 55, "2024年上半年", "55.0"), mark(2025, 60, "2024年", "60.0"), mark(2025.5, 61, "2025年上半年", "61.0")},
					Path:   []document.Mark{mark(2025, 62, "序时路径", "62.0")}, Running: &running, Projection: &projected, Target: &target,
				}},
				Notes: []document.Paragraph{{Lead: "原文　", Small: true, Runs: []document.Run{{Text: "“甲”"}}}},
			}}}}}}},
		},
	}
}

// The golden has a line for each paragraph, row and table, so that its diff can
// be read.
func TestGoldenLetter(t *testing.T) {
	var b bytes.Buffer
	if err := docx.Write(&b, one()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	lines := strings.NewReplacer("<w:p>", "\n<w:p>", "<w:tr>", "\n<w:tr>", "<w:tbl>", "\n<w:tbl>", "</w:tbl>", "\n</w:tbl>", "<w:sectPr>", "\n<w:sectPr>")
	for _, f := range z.File {
		switch f.Name {
		case "word/document.xml", "word/header.xml", "docProps/core.xml":
		default: // the others are files of this folder
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString("== " + f.Name + "\n" + lines.Replace(string(text)) + "\n")
	}
	const path = "testdata/one.xml"
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
