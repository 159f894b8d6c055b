package receipt_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
)

// proof is the evidence of a share whose parts stand in the workbook of filed.
func proof(t *testing.T) (e *receipt.Evidence, original *workbook.Sheet) {
	t.Helper()
	book, found := workbook.Open("测试.xlsx", filed(t), workbook.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	original = book.Sheet("双城101表")
	return &receipt.Evidence{
		Title: "数据依据：=1+1",
		Facts: [][2]string{{"指标", "=HYPERLINK(1)"}, {"数值", "21.52%"}, {"日志", "至第1条"}},
		Steps: []receipt.Trace{
			{Name: "占比", Text: "A = share(B, C)", Period: "2025年四季度", Value: "21.515436717539", Printed: "21.52", Unit: "%", Vintage: "初步核算"},
			{Depth: 1, Name: "全域", Text: "B", Period: "2025年四季度", Value: "5230.45", Unit: "亿元", Original: 1, Cell: "E11"},
			{Depth: 1, Name: "主城都市区", Text: "C", Period: "2025年四季度", Note: "2025年四季度已报但未填", Original: 1, Cell: "E15"},
			{Depth: 1, Text: "100", Period: "2025年四季度", Value: "100"},
		},
		Originals: []receipt.Original{{File: "测试.xlsx", SHA256: strings.Repeat("ab", 32), Submission: 7, Sheet: original}},
	}, original
}

func TestEvidenceSaysWhatTheReturnSaysAndComputesNothing(t *testing.T) {
	e, original := proof(t)
	var out, again bytes.Buffer
	for _, b := range []*bytes.Buffer{&out, &again} {
		if err := receipt.WriteEvidence(b, e); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("the same evidence gives other bytes")
	}
	got, found := workbook.Open("依据.xlsx", out.Bytes(), workbook.DefaultLimits())
	if got == nil || len(found) > 0 {
		t.Fatalf("the evidence is not read: %v", found)
	}
	if len(got.Sheets) != 2 || got.Sheets[0].Name != "依据" || got.Sheets[1].Name != "1·双城101表" {
		t.Fatalf("sheets %v", got.Sheets)
	}
	for _, s := range got.Sheets {
		for _, c := range s.Cells {
			if c.Formula != "" {
				t.Errorf("%s!%s computes =%s", s.Name, c.Ref, c.Formula)
			}
		}
	}
	s := got.Sheets[1]
	for _, want := range original.Cells {
		if c := s.Cell(want.Ref); want.Kind == workbook.Number && c.Text != want.Text || want.Kind == workbook.Text && c.Text != want.Text {
			t.Errorf("%s says %q, the return %q", want.Ref, c.Text, want.Text)
		}
	}
	if len(s.Notes) != 2 {
		t.Errorf("notes %v: want those of the two used cells", s.Notes)
	}
	if original.Cells[0].Ref != (workbook.Ref{Col: 1, Row: 1}) || original.Name != "双城101表" {
		t.Error("the return that was read is changed")
	}
}

func TestTheUsedCellsAreFramedInRedAndLinked(t *testing.T) {
	e, _ := proof(t)
	var out bytes.Buffer
	if err := receipt.WriteEvidence(&out, e); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	framed := func(cell string) bool {
		id, err := f.GetCellStyle("1·双城101表", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		const medium = 2 // excelize reads no colour of it
		return len(style.Border) == 4 && style.Border[0].Style == medium
	}
	for cell, want := range map[string]bool{"E11": true, "E15": true, "E12": false, "A11": false} {
		if framed(cell) != want {
			t.Errorf("%s is framed: %t, want %t", cell, !want, want)
		}
	}
	linked := false
	rows, err := f.GetRows("依据")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		ok, to, err := f.GetCellHyperLink("依据", workbook.Ref{Col: 11, Row: i + 1}.String())
		if err != nil {
			t.Fatal(err)
		}
		linked = linked || ok && to == "'1·双城101表'!E11"
	}
	if !linked {
		t.Errorf("no link leads to the cell: %v", rows)
	}
}

func TestADateCountedFrom1904IsTheSameDayInTheEvidence(t *testing.T) {
	e, _ := proof(t)
	e.Originals[0].Sheet = &workbook.Sheet{Name: "双城101表", Cells: []workbook.Cell{
		{Ref: workbook.Ref{Col: 5, Row: 11}, Kind: workbook.Date, Class: workbook.DateTime, Number: 44000, Text: "2024-06-19 00:00:00", From1904: true},
	}}
	var out bytes.Buffer
	if err := receipt.WriteEvidence(&out, e); err != nil {
		t.Fatal(err)
	}
	got, found := workbook.Open("依据.xlsx", out.Bytes(), workbook.DefaultLimits())
	if got == nil {
		t.Fatal(found)
	}
	if c := got.Sheets[1].Cell(workbook.Ref{Col: 5, Row: 11}); c.Text != "2024-06-19 00:00:00" || c.Kind != workbook.Date {
		t.Errorf("the day is %s", c.Text)
	}
}
