package form_test

import (
	"strconv"
	"strings"
	"testing"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
)

// bookOf makes a sheet of tab-separated lines; what reads as a number is one.
func bookOf(text string) *workbook.Book {
	s := &workbook.Sheet{Name: "报表"}
	for r, line := range strings.Split(text, "\n") {
		for c, value := range strings.Split(line, "\t") {
			if value == "" || c >= workbook.MaxCol {
				continue
			}
			cell := workbook.Cell{Ref: workbook.Ref{Col: c + 1, Row: r + 1}, Kind: workbook.Text, Text: value}
			if v, err := strconv.ParseFloat(value, 64); err == nil {
				cell.Kind, cell.Number = workbook.Number, v
			}
			s.Cells = append(s.Cells, cell)
		}
	}
	return &workbook.Book{Format: workbook.CSV, Sheets: []*workbook.Sheet{s}}
}

// tabs prints a sheet as bookOf reads it.
func tabs(s *workbook.Sheet) string {
	var b strings.Builder
	row, col := 1, 1
	for _, c := range s.Cells {
		if c.Text == "" {
			continue
		}
		for row < c.Ref.Row {
			b.WriteByte('\n')
			row, col = row+1, 1
		}
		for col < c.Ref.Col {
			b.WriteByte('\t')
			col++
		}
		b.WriteString(strings.NewReplacer("\n", " ", "\t", " ").Replace(c.Text))
	}
	return b.String()
}

// A form flattened to plain text is still read, cell by cell the same: nothing
// hangs on styles, merges or names.
func TestAFlattenedFormIsRead(t *testing.T) {
	for _, f := range everyReturn() {
		if f.Form.Unassigned {
			continue
		}
		book := workbookOf(t, f)
		want, _ := extract(book, received(f))
		got, found := extract(bookOf(tabs(book.Sheets[0])), received(f))
		if found.Refused() || texts(got) != texts(want) {
			t.Errorf("%s %s of %s:\n%s\ngot\n%swant\n%s", f.Form.Number, f.Period, f.Department, found, texts(got), texts(want))
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, x := range []form.Filing{filing("双城701表", "2026-09", "自贸办"), filing("双城901表", "2025", "教育局"), filing("双城402表", "2026-H1", "科技创新局")} {
		f.Add(tabs(workbookOf(f, x).Sheets[0]))
	}
	f.Add("表号：双城101表\t2026年上半年\n指标名称\t代码\n甲\t乙\n")
	f.Add("双城101表\n指标名称\t本期\t上期\t\t累计\n一、\t—\n其中：\t1\n单位负责人：")
	f.Fuzz(func(t *testing.T, text string) {
		ret, found := extract(bookOf(text), day("2026-10-20"))
		if ret == nil {
			t.Fatal("no return")
		}
		if !found.Refused() {
			if ret.Form == nil || ret.Department == "" || ret.Period.IsZero() || len(ret.Lines) != len(ret.Form.Rows(ret.Period, ret.Department)) {
				t.Fatalf("accepted without being recognised: %+v", ret)
			}
		}
		for _, x := range found {
			if x.Rule == "" || x.Message == "" || x.Place.File == "" {
				t.Fatalf("a finding that says nothing: %+v", x)
			}
		}
	})
}
