package form_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
)

// Headers as real forms write them say the same thing.
func TestHeadersOfRealFormsAreRead(t *testing.T) {
	f := trade()
	want, _ := extract(workbookOf(t, f), received(f))
	for cell, headers := range map[string][]string{
		"A8": {"指    标", "指     标     名     称", "指标", "项目", "项　目　名　称"},
		"B8": {"代　码", "行次", "序号", "汇总代码"},
		"D8": {"计算单位", "单   位", "计 量 单 位"},
		"E9": {"1-本月", "1—本月", "１－本月", "1 ～ 本 月", "本 期 累 计", "自年初累计", "本年累计", "1-9月累计", "2026年1—9月", "至本月累计"},
		"F9": {"上 年 同 期", "去年同期", "上年同期累计", "上年1—本月", "上年累计"},
		"G9": {"同比增减%", "同比±%", "比上年同期增长（%）", "较上年同期增减(％)", "增 幅（%）", "比去年同期增长%"},
	} {
		for _, text := range headers {
			got, found := extract(edited(t, f, set(cell, text)), received(f))
			if found.Refused() || texts(got) != texts(want) {
				t.Errorf("header %s %q:\n%s", cell, text, found)
			}
		}
	}
}

// A column of other figures beside the form's is never taken for one of them.
func TestOtherColumnsAreNotTaken(t *testing.T) {
	f := trade()
	want, _ := extract(workbookOf(t, f), received(f))
	for _, header := range []string{
		"本月", "本 月", "当月", "当月同比（%）", "环比增速（%）", "上年同期增速（%）", "占全市比重（%）", "本期占比", "本期计划",
		"全年目标", "全年预计数", "上年末数", "上期累计", "上月累计", "同比增减额", "增量（亿元）", "两年平均增速（%）", "为上年同期%", "备忘",
	} {
		book := edited(t, f, func(x *excelize.File, s string) error {
			if err := x.InsertCols(s, "E", 1); err != nil {
				return err
			}
			if err := x.SetCellValue(s, "E9", header); err != nil {
				return err
			}
			return x.SetSheetCol(s, "E11", &[]any{7.5, 8.5, 9.5, 10.5})
		})
		got, found := extract(book, received(f))
		if len(found) > 0 || texts(got) != texts(want) {
			t.Errorf("with a column %q:\n%s%s", header, found, cmp.Diff(texts(want), texts(got)))
		}
	}
}

// Columns under a group header are told apart by the whole path.
func TestTheGroupHeaderDecides(t *testing.T) {
	f := trade()
	want, _ := extract(workbookOf(t, f), received(f))
	book := edited(t, f, func(x *excelize.File, s string) error {
		if err := x.InsertCols(s, "E", 2); err != nil {
			return err
		}
		for cell, v := range map[string]any{"E8": "本月", "E9": "绝对额", "F9": "同比增速（%）", "G8": "1-本月"} {
			if err := x.SetCellValue(s, cell, v); err != nil {
				return err
			}
		}
		if err := x.MergeCell(s, "E8", "F8"); err != nil {
			return err
		}
		return x.SetSheetRow(s, "E11", &[]any{7.5, 8.5})
	})
	got, found := extract(book, received(f))
	if len(found) > 0 || texts(got) != texts(want) {
		t.Errorf("%s%s", found, cmp.Diff(texts(want), texts(got)))
	}
}

// A remark in any free place changes no value.
func TestANoteChangesNothing(t *testing.T) {
	f := trade()
	want, _ := extract(workbookOf(t, f), received(f))
	for _, cell := range []string{"A3", "A7", "C7", "J7", "L4", "L9", "L12", "M13", "A18", "C21", "A40"} {
		got, found := extract(edited(t, f, set(cell, "注：2026年8月的数已按海关修订数更正，单位为亿元")), received(f))
		if found.Refused() || texts(got) != texts(want) {
			t.Errorf("a note in %s:\n%s%s", cell, found, cmp.Diff(texts(want), texts(got)))
		}
	}
	got, found := extract(edited(t, f, func(x *excelize.File, s string) error {
		return x.AddComment(s, excelize.Comment{Cell: "E12", Author: "测试", Text: "已核"})
	}), received(f))
	if found.Refused() || texts(got) != texts(want) {
		t.Errorf("a comment:\n%s", found)
	}
}

// The unit may stand behind the name, in the column header or in the head.
func TestTheUnitStandsWhereFormsPutIt(t *testing.T) {
	for _, f := range everyReturn() {
		e, rows := f.Form.Edition(f.Period), f.Form.Rows(f.Period, f.Department)
		if f.Form.Unassigned {
			continue
		}
		same, depth := true, 1
		for _, c := range e.Columns {
			depth = max(depth, len(c.Header))
		}
		for _, r := range rows {
			same = same && r.Unit == rows[0].Unit
		}
		want, _ := extract(workbookOf(t, f), received(f))
		body := 8 + depth + 1
		clear := func(behind bool) edit {
			return func(x *excelize.File, s string) error {
				for i, r := range rows {
					row := strconv.Itoa(body + i)
					if err := x.SetCellValue(s, "D"+row, nil); err != nil {
						return err
					}
					if behind {
						if err := x.SetCellValue(s, "A"+row, r.Label+"（"+r.Unit+"）"); err != nil {
							return err
						}
					}
				}
				return nil
			}
		}
		ways := map[string][]edit{"behind the name": {clear(true)}}
		if same {
			ways["in the unit line"] = []edit{clear(false), set("B6", rows[0].Unit)}
			ways["in a bracketed line"] = []edit{clear(false), set("A6", "（单位："+rows[0].Unit+"）"), set("B6", "")}
			value := 0
			for i, c := range e.Columns {
				if c.Kind == form.ValueColumn {
					value = i
				}
			}
			header := e.Columns[value].Header
			at := workbook.Ref{Col: value + 1, Row: 8 + len(header) - 1}
			ways["in the column header"] = []edit{clear(false), set(at.String(), header[len(header)-1]+"（"+rows[0].Unit+"）")}
		}
		for way, edits := range ways {
			got, found := extract(edited(t, f, edits...), received(f))
			if found.Refused() || texts(got) != texts(want) {
				t.Errorf("%s %s of %s, unit %s:\n%s%s", f.Form.Number, f.Period, f.Department, way, found, cmp.Diff(texts(want), texts(got)))
			}
		}
	}
}

// The left half and the right half of a 双栏 form are one table.
func TestTwoBodiesSideBySideAreRead(t *testing.T) {
	for _, f := range everyReturn() {
		rows := len(f.Form.Rows(f.Period, f.Department))
		if f.Form.Unassigned || rows < 3 {
			continue
		}
		book := workbookOf(t, f)
		want, _ := extract(book, received(f))
		s := beside(book, f)
		got, found := extract(s, received(f))
		if found.Refused() || cmp.Diff(sorted(texts(want)), sorted(texts(got))) != "" {
			t.Errorf("%s %s of %s:\n%s%s", f.Form.Number, f.Period, f.Department, found, cmp.Diff(sorted(texts(want)), sorted(texts(got))))
		}
	}
}

// beside moves the lower half of a form's rows beside the upper half, under a
// second header, as 环年综3表 and 607-2表 have it.
func beside(book *workbook.Book, f form.Filing) *workbook.Book {
	b := clone(book)
	s := b.Sheets[0]
	columns := f.Form.Edition(f.Period).Columns
	depth := 1
	for _, c := range columns {
		depth = max(depth, len(c.Header))
	}
	body := 8 + depth + 1
	rows := len(f.Form.Rows(f.Period, f.Department))
	half := body + (rows+1)/2
	var second []workbook.Cell
	for i := range s.Cells {
		c := s.Cells[i]
		switch {
		case c.Ref.Row >= 8 && c.Ref.Row < body:
			c.Ref.Col += len(columns)
			second = append(second, c)
		case c.Ref.Row >= half && c.Ref.Row < body+rows:
			s.Cells[i].Ref.Col += len(columns)
			s.Cells[i].Ref.Row -= (rows + 1) / 2
		}
	}
	s.Cells = append(s.Cells, second...)
	for _, g := range s.Merged {
		if g.From.Row >= 8 && g.To.Row < body {
			g.From.Col += len(columns)
			g.To.Col += len(columns)
			s.Merged = append(s.Merged, g)
		}
	}
	sortCells(s)
	return b
}

// A second header that only partly repeats the first is ambiguous, by name.
func TestBodiesThatDifferAreAmbiguous(t *testing.T) {
	f := trade()
	book := beside(workbookOf(t, f), f)
	s := book.Sheets[0]
	for i := range s.Cells {
		if s.Cells[i].Ref == (workbook.Ref{Col: 17, Row: 9}) { // 同比增速 of the second body
			s.Cells[i].Text = "期末数"
		}
	}
	_, found := extract(book, received(f))
	if !strings.Contains(lines(found), "[column-ambiguous]") || !strings.Contains(lines(found), "!A8:K8: ") {
		t.Errorf("findings:\n%s", found)
	}
}

// A re-save by another program changes no value, identity included.
func TestAResaveByLibreOfficeChangesNothing(t *testing.T) {
	program, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("soffice is not on the PATH; CI installs LibreOffice for this test")
		}
		t.Skip("soffice is not on the PATH: a re-save by another program is not tested here")
	}
	dir := t.TempDir()
	filings := []form.Filing{trade(), filing("双城901表", "2025", "教育局"), filing("双城402表", "2026-H1", "科技创新局"), filing("双城501表", "2026-09", "生态环境分局")}
	filings[0].Style.Comments = true
	args := []string{"--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--convert-to", "xlsx", "--outdir", filepath.Join(dir, "out")}
	for i, f := range filings {
		var b bytes.Buffer
		if err := form.Write(&b, f); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, string(rune('a'+i))+".xlsx")
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	for i, f := range filings {
		want, before := extract(workbookOf(t, f), received(f))
		data, err := os.ReadFile(filepath.Join(dir, "out", string(rune('a'+i))+".xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		got, after := extract(open(t, data), received(f))
		if d := cmp.Diff(lines(before), lines(after)); d != "" {
			t.Errorf("%s: findings differ:\n%s", f.Form.Number, d)
		}
		if d := cmp.Diff(texts(want), texts(got)); d != "" {
			t.Errorf("%s: values differ:\n%s", f.Form.Number, d)
		}
		if got.Department != want.Department || got.Period != want.Period || got.Number != want.Number || got.Head[form.RemarkField].Text != want.Head[form.RemarkField].Text {
			t.Errorf("%s: the face differs: %+v", f.Form.Number, got)
		}
	}
}
