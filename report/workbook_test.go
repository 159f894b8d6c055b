package report_test

import (
	"archive/zip"
	"bytes"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
	"zhibiao/report/xlsx"
)

func workbook(t *testing.T, d *document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := xlsx.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func rows(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	out, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWorkbookShowsTheSameDigitsAsThePage(t *testing.T) {
	for _, in := range kinds(t) {
		t.Run(string(in.Kind), func(t *testing.T) { sameDigits(t, build(t, in), many[in.Kind]/2) })
	}
}

func sameDigits(t *testing.T, d *document.Document, many int) {
	t.Helper()
	f := open(t, workbook(t, d))
	shown := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page(t, d), ""))
	n := 0
	d.Walk(func(s *document.Section) {
		for _, b := range s.Blocks {
			if b.Table == nil || len(b.Table.Rows) == 0 {
				continue
			}
			got := find(t, f, b.Table)
			for i, r := range b.Table.Rows {
				for j, c := range r.Cells {
					if c.Figure == nil {
						continue
					}
					n++
					if got[i][j] != c.String() {
						t.Errorf("%s row %d column %s: workbook shows %q, document %q", b.Table.ID, i+1, b.Table.Columns[j].Title, got[i][j], c.String())
					}
					if !strings.Contains(shown, c.Figure.Bare()) && !strings.Contains(shown, c.Figure.Full()) {
						t.Errorf("%s: the page does not show %q", b.Table.ID, c.Figure.Full())
					}
				}
			}
		}
	})
	if n < many {
		t.Errorf("compared %d numbers, want many", n)
	}
}

// find reads a table back from whichever sheet it stands on: below its caption
// and its heads.
func find(t *testing.T, f *excelize.File, tb *document.Table) [][]string {
	t.Helper()
	for _, sheet := range f.GetSheetList() {
		all := rows(t, f, sheet)
		for i, row := range all {
			if len(row) == 0 || row[0] != tb.Caption || i+1 >= len(all) || len(all[i+1]) == 0 || !strings.HasPrefix(all[i+1][0], tb.Columns[0].Title) {
				continue
			}
			var out [][]string
			for _, r := range all[i+2 : i+2+len(tb.Rows)] {
				cells := make([]string, len(tb.Columns))
				copy(cells, r)
				out = append(out, cells)
			}
			return out
		}
	}
	t.Fatalf("no sheet has the table %q", tb.Caption)
	return nil
}

func TestDataSheetTracesEveryPrintedNumber(t *testing.T) {
	d := build(t, small())
	f := open(t, workbook(t, d))
	all := rows(t, f, "数据")
	if got, want := len(all)-1, len(d.Figures); got != want {
		t.Fatalf("got %d rows, want %d", got, want)
	}
	for i, fig := range d.Figures {
		row := append(all[i+1], make([]string, 10)...)
		raw, err := f.GetCellValue("数据", "F"+strconv.Itoa(i+2), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if row[0] != fig.Key || row[4] != fig.Full() {
			t.Errorf("row %d: got %s %s, want %s %s", i+2, row[0], row[4], fig.Key, fig.Full())
		}
		switch v, err := strconv.ParseFloat(raw, 64); {
		case fig.Missing != "":
			if row[5] != "" || row[9] != fig.Missing {
				t.Errorf("%s: absent, but the sheet has %q because of %q", fig.Key, row[5], row[9])
			}
		case err != nil || v != fig.Raw:
			t.Errorf("%s: got raw %q, want %v", fig.Key, row[5], fig.Raw)
		}
		if fig.Estimate && row[7] != "测算" {
			t.Errorf("%s: an estimate is called %q", fig.Key, row[7])
		}
	}
	if got := rows(t, f, "序列"); len(got) != 10 || got[9][5] != "21.99835" || got[9][4] != "22.0" {
		t.Errorf("series: got %v", got)
	}
}

func TestNoTextOfTheWorkbookIsAFormula(t *testing.T) {
	f := open(t, workbook(t, build(t, poisoned())))
	texts := 0
	for _, sheet := range f.GetSheetList() {
		for i, row := range rows(t, f, sheet) {
			for j, v := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				if formula != "" {
					t.Errorf("%s!%s is a formula: %s", sheet, cell, formula)
				}
				if strings.HasPrefix(v, "=") || strings.HasPrefix(v, "+<") || strings.HasPrefix(v, "@") || strings.HasPrefix(v, "-<") {
					texts++
					kind, err := f.GetCellType(sheet, cell)
					if err != nil {
						t.Fatal(err)
					}
					if kind != excelize.CellTypeSharedString && kind != excelize.CellTypeInlineString {
						t.Errorf("%s!%s %q: want text", sheet, cell, v)
					}
				}
			}
		}
	}
	if texts < 5 {
		t.Errorf("got %d dangerous texts, want those of the input", texts)
	}
}

func TestEqualInputsMakeEqualWorkbooks(t *testing.T) {
	first := workbook(t, build(t, sample(t)))
	for range 2 {
		if !bytes.Equal(workbook(t, build(t, sample(t))), first) {
			t.Fatal("the workbook differs from run to run")
		}
	}
}

func TestWorkbookIsMadeToBeUsed(t *testing.T) {
	d := build(t, sample(t))
	b := workbook(t, d)
	f := open(t, b)
	sheets := f.GetSheetList()
	want := []string{"要情", "预警清单", "2027年缺口", "九个专项行动", "报送情况", "不评分目标", "评分指标详情", "方向性表述", "可核验的事项", "方法说明", "测算的历史检验", "走势图", "数据", "序列", "图表数据"}
	if strings.Join(sheets, " ") != strings.Join(want, " ") {
		t.Errorf("sheets: got %v", sheets)
	}
	for _, s := range sheets[:11] {
		panes, err := f.GetPanes(s)
		if err != nil || !panes.Freeze {
			t.Errorf("%s: want frozen panes, got %+v %v", s, panes, err)
		}
		layout, err := f.GetPageLayout(s)
		if err != nil || layout.Orientation == nil || *layout.Orientation != "landscape" || *layout.Size != 9 {
			t.Errorf("%s: want A4 landscape, got %+v %v", s, layout, err)
		}
		foot, err := f.GetHeaderFooter(s)
		if err != nil || !strings.Contains(foot.OddFooter, "截至期") || !strings.Contains(foot.OddFooter, "测试数据") {
			t.Errorf("%s: foot %+v %v", s, foot, err)
		}
		if got, _ := f.GetCellValue(s, "A2"); !strings.Contains(got, "报送率") {
			t.Errorf("%s: head line %q", s, got)
		}
	}
	charts := 0
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		if strings.HasPrefix(part.Name, "xl/charts/chart") {
			charts++
		}
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"NaN", "+Inf", "%!"} {
			if bytes.Contains(content, []byte(never)) {
				t.Errorf("%s has %q", part.Name, never)
			}
		}
		if part.Name == "xl/workbook.xml" && !bytes.Contains(content, []byte("_xlnm.Print_Titles")) {
			t.Error("no rows are repeated in print")
		}
	}
	trends := 0
	eachChart(d, func(c *document.Chart) {
		if c.Trend != nil {
			trends++
		}
	})
	if charts < trends+4 || trends < 30 {
		t.Errorf("got %d native charts of %d trends", charts, trends)
	}
	if _, location, err := f.GetCellHyperLink("2027年缺口", "A"+strconv.Itoa(firstRow(t, f))); err != nil || !strings.HasPrefix(location, "'评分指标详情'!A") {
		t.Errorf("a target's name leads to %q (%v)", location, err)
	}
}

func firstRow(t *testing.T, f *excelize.File) int {
	t.Helper()
	for i, r := range rows(t, f, "2027年缺口") {
		if len(r) > 1 && r[0] == "目标" && r[1] == "灯" {
			return i + 2
		}
	}
	t.Fatal("no gap table")
	return 0
}

func TestNoWorkbookOfNothing(t *testing.T) {
	var b bytes.Buffer
	for _, d := range []*document.Document{nil, {}} {
		if err := xlsx.Write(&b, d); err == nil || b.Len() > 0 {
			t.Errorf("got %d bytes and error %v", b.Len(), err)
		}
	}
}

func TestSectionsOfAnyNameMakeSheets(t *testing.T) {
	d := build(t, small())
	d.Sections = append(d.Sections, document.Section{ID: "x", Title: `a:b/c?*[]'` + strings.Repeat("长", 40)}, document.Section{ID: "y", Title: `a:b/c?*[]'` + strings.Repeat("长", 40)}, document.Section{ID: "z"})
	if n := len(open(t, workbook(t, d)).GetSheetList()); n != 18 {
		t.Errorf("got %d sheets, want 18", n)
	}
}
