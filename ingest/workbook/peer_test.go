package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"zhibiao/ingest/workbook"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// excelize is the second opinion on well-formed books; differences in what the
// two readers keep (types, dates, blanks) are spelled out where they are compared.

func TestValuesAgreeWithExcelize(t *testing.T) {
	for name, data := range map[string][]byte{"form": formBook(40, 20), "large": largeBook(300, 25), "features": excelizeBook(t)} {
		t.Run(name, func(t *testing.T) {
			f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			b := open(t, data)
			if diff := cmp.Diff(f.GetSheetList(), sheetNames(b)); diff != "" {
				t.Fatal(diff)
			}
			for _, s := range b.Sheets {
				rows, err := f.GetRows(s.Name)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(grid(rows), ours(s)); diff != "" {
					t.Errorf("sheet %s: %s", s.Name, diff)
				}
			}
		})
	}
}

func sheetNames(b *workbook.Book) (names []string) {
	for _, s := range b.Sheets {
		names = append(names, s.Name)
	}
	return names
}

// grid is excelize's rows as texts by reference, empty ones left out.
func grid(rows [][]string) map[string]string {
	g := map[string]string{}
	for r, row := range rows {
		for c, v := range row {
			if v != "" {
				g[workbook.Ref{Col: c + 1, Row: r + 1}.String()] = v
			}
		}
	}
	return g
}

// ours is our cells as excelize gives them raw: a date as its serial, a boolean
// as 1 or 0.
func ours(s *workbook.Sheet) map[string]string {
	g := map[string]string{}
	for _, c := range s.Cells {
		text := c.Text
		switch {
		case c.Kind == workbook.Date:
			text = strconv.FormatFloat(c.Number, 'f', -1, 64)
		case c.Kind == workbook.Bool && c.Text == "TRUE":
			text = "1"
		case c.Kind == workbook.Bool:
			text = "0"
		}
		if text != "" {
			g[c.Ref.String()] = text
		}
	}
	return g
}

// excelizeBook is a book with what departments' books have, written by excelize.
func excelizeBook(t testing.TB) []byte {
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set := func(cell string, v any) { t.Helper(); check(f.SetCellValue("Sheet1", cell, v)) }
	set("A1", "指标名称 <&>\"'")
	set("B1", " 前后空格 ")
	set("C1", "两\n行")
	set("A2", 3.14)
	set("B2", -12)
	set("C2", 1e-9)
	set("D2", 123456789012345678.0)
	set("A3", true)
	set("B3", false)
	set("A4", time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC))
	set("A5", "_x000D_")
	check(f.SetCellFormula("Sheet1", "C3", `IF(A2>B2,"是","否")`))
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 10})
	check(err)
	check(f.SetCellStyle("Sheet1", "A6", "C6", percent))
	set("A6", 0.225)
	check(f.SetCellRichText("Sheet1", "B6", []excelize.RichTextRun{{Text: "其中："}, {Text: "新能源", Font: &excelize.Font{Bold: true}}}))
	check(f.MergeCell("Sheet1", "A8", "C9"))
	set("A8", "合并")
	check(f.SetRowVisible("Sheet1", 2, false))
	check(f.SetColVisible("Sheet1", "D", false))
	check(f.AddComment("Sheet1", excelize.Comment{Cell: "A2", Author: "测试", Paragraph: []excelize.RichTextRun{{Text: "口径"}}}))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "FORM_ID", RefersTo: "Sheet1!$B$2"}))
	dv := excelize.NewDataValidation(true)
	dv.SetSqref("A2:A3")
	check(dv.SetDropList([]string{"是", "否"}))
	check(f.AddDataValidation("Sheet1", dv))
	_, err = f.NewSheet("隐藏表")
	check(err)
	check(f.SetSheetVisible("隐藏表", false))
	check(f.SetCellValue("隐藏表", "XFD1", nil))
	var out bytes.Buffer
	check(f.Write(&out))
	return out.Bytes()
}

func TestWhatExcelizeWroteIsFoundAgain(t *testing.T) {
	b := open(t, excelizeBook(t))
	s := b.Sheet("Sheet1")
	if !b.Sheet("隐藏表").Hidden || s.Hidden {
		t.Error("hidden sheets are wrong")
	}
	if !s.HiddenRows[2] || !s.HiddenCols[4] || !s.Validation {
		t.Errorf("rows %v, cols %v, validation %v", s.HiddenRows, s.HiddenCols, s.Validation)
	}
	if got := s.Notes[workbook.Ref{Col: 1, Row: 2}]; !strings.Contains(got, "口径") {
		t.Errorf("note %q", got)
	}
	if got := s.Shown(workbook.Ref{Col: 3, Row: 9}).Text; got != "合并" {
		t.Errorf("merged cell shows %q", got)
	}
	if diff := cmp.Diff([]workbook.Name{{Name: "FORM_ID", Refers: "Sheet1!$B$2"}}, b.Names); diff != "" {
		t.Error(diff)
	}
	c := s.Cell(workbook.Ref{Col: 1, Row: 6})
	if c.Class != workbook.Percent || c.Digits != 2 || c.Number != 0.225 {
		t.Errorf("percent cell %+v", c)
	}
	if c := s.Cell(workbook.Ref{Col: 3, Row: 3}); !c.NoCache || c.Formula != `IF(A2>B2,"是","否")` {
		t.Errorf("formula cell %+v", c)
	}
	if c := s.Cell(workbook.Ref{Col: 1, Row: 4}); c.Kind != workbook.Date || c.Text != "2026-03-01 08:30:00" {
		t.Errorf("date cell %+v", c)
	}
}

// text draws texts that a cell can hold. XML turns a carriage return into a
// line feed, so none is drawn; private characters have two codes in GB18030.
func text(t *rapid.T, label string) string {
	s := rapid.StringOfN(rapid.OneOf(
		rapid.RuneFrom([]rune("abc_xX0012DF<>&\"' \t\n,;|（）％—…①甲乙丙指标亿元😀é")),
		rapid.Rune().Filter(func(r rune) bool {
			return r >= 0x20 && r != utf8.RuneError && !unicode.In(r, unicode.Co, unicode.Noncharacter_Code_Point) && utf8.ValidRune(r)
		}),
	), 1, 12, -1).Draw(t, label)
	return s
}

func TestARandomSheetWrittenByExcelizeReadsBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := excelize.NewFile()
		defer f.Close()
		want := map[string]string{}
		for range rapid.IntRange(0, 30).Draw(t, "cells") {
			ref := workbook.Ref{Col: rapid.IntRange(1, 1024).Draw(t, "col"), Row: rapid.IntRange(1, 500).Draw(t, "row")}.String()
			var v any
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				s := text(t, "text")
				v, want[ref] = s, "text "+s
			case 1:
				// excelize writes 15 significant digits, as Excel shows them.
				n, err := strconv.ParseFloat(strconv.FormatFloat(rapid.Float64Range(-1e15, 1e15).Draw(t, "number"), 'g', 15, 64), 64)
				if err != nil {
					t.Fatal(err)
				}
				v, want[ref] = n, fmt.Sprint("number ", n)
			case 2:
				n := rapid.Int64Range(-1e15, 1e15).Draw(t, "int")
				v, want[ref] = n, fmt.Sprint("number ", float64(n))
			default:
				x := rapid.Bool().Draw(t, "bool")
				v, want[ref] = x, "bool "+strings.ToUpper(strconv.FormatBool(x))
			}
			if err := f.SetCellValue("Sheet1", ref, v); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			t.Fatal(err)
		}
		b, finds := workbook.Open("x.xlsx", out.Bytes(), workbook.DefaultLimits())
		if b == nil {
			t.Fatal(finds)
		}
		got := map[string]string{}
		for _, c := range b.Sheets[0].Cells {
			switch c.Kind {
			case workbook.Blank:
			case workbook.Number:
				got[c.Ref.String()] = fmt.Sprint("number ", c.Number)
			default:
				got[c.Ref.String()] = c.Kind.String() + " " + c.Text
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRandomTextInGB18030ReadsBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]string{",", "\t", ";", "|"}).Draw(t, "delimiter")
		rows := rapid.IntRange(2, 6).Draw(t, "rows")
		cols := rapid.IntRange(2, 5).Draw(t, "cols")
		var file strings.Builder
		var want [][]string
		for r := range rows {
			var row []string
			for c := range cols {
				v := text(t, "field")
				if r == 0 {
					v = fmt.Sprint("列", c) // the header shows the delimiter
				}
				row = append(row, v)
				if c > 0 {
					file.WriteString(comma)
				}
				file.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
			}
			file.WriteString("\r\n")
			want = append(want, row)
		}
		data, err := simplifiedchinese.GB18030.NewEncoder().String(file.String())
		if err != nil {
			t.Skip("a character that GB18030 lacks")
		}
		b, finds := workbook.Open("x.csv", []byte(data), workbook.DefaultLimits())
		if b == nil {
			t.Fatal(finds)
		}
		if diff := cmp.Diff(grid(want), ours(b.Sheets[0])); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestZip64PackagesAreRead(t *testing.T) {
	// archive/zip writes Zip64 records when an entry was created with sizes that
	// need them; a directory of more than 65,535 entries is over our cap.
	data := book(nil)
	dir, entries := layout(data)
	end := data[len(data)-22:]
	var out bytes.Buffer
	out.Write(data[:dir])
	for _, e := range entries {
		d := data[e.dir : e.dir+46+len(e.name)]
		d = append([]byte(nil), d...)
		copy(d[20:], le32(0xFFFFFFFF))
		copy(d[24:], le32(0xFFFFFFFF))
		copy(d[42:], le32(0xFFFFFFFF))
		d[30], d[31], d[32], d[33] = 28, 0, 0, 0
		out.Write(d)
		out.Write([]byte{1, 0, 24, 0})
		for _, v := range []uint32{e.size, e.packed, uint32(e.header)} {
			out.Write(append(le32(v), 0, 0, 0, 0))
		}
	}
	size := out.Len() - dir
	rec := out.Len()
	out.Write([]byte("PK\x06\x06"))
	out.Write(append(le32(44), make([]byte, 4+2+2+4+4)...))
	for _, v := range []uint32{uint32(len(entries)), uint32(len(entries)), uint32(size), uint32(dir)} {
		out.Write(append(le32(v), 0, 0, 0, 0))
	}
	out.Write([]byte("PK\x06\x07"))
	out.Write(append(append(le32(0), le32(uint32(rec))...), 0, 0, 0, 0, 1, 0, 0, 0))
	e := append([]byte(nil), end...)
	for i := 8; i < 20; i++ {
		e[i] = 0xFF
	}
	out.Write(e)
	if _, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
		t.Fatalf("the test's own package is wrong: %v", err)
	}
	if got := open(t, out.Bytes()).Sheets[0].Cells[0].Text; got != "甲" {
		t.Errorf("got %q", got)
	}
}
