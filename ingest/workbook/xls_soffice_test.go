package workbook_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
)

// LibreOffice is the second opinion on .xls: it writes the files that are read
// here, and its own reading of them, saved as .xlsx, must be what we read.

// libreOffice lets LibreOffice save files as another format and returns the new
// files by their base names. Where LibreOffice is not installed the test is
// skipped with that reason; CI has it, so there its absence is an error.
func libreOffice(t *testing.T, format string, files map[string][]byte) map[string][]byte {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must have LibreOffice: soffice is not on PATH")
		}
		t.Skip("LibreOffice (soffice) is not installed: the comparison with its conversion is left out")
	}
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", format, "--outdir", filepath.Join(dir, "out")}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	if out, err := exec.CommandContext(ctx, soffice, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made := map[string][]byte{}
	ext, _, _ := strings.Cut(format, ":")
	for name := range files {
		base := strings.TrimSuffix(name, filepath.Ext(name))
		data, err := os.ReadFile(filepath.Join(dir, "out", base+"."+ext))
		if err != nil {
			t.Fatal(err)
		}
		made[base] = data
	}
	return made
}

// returnBook is a book as departments file it, with what .xls stores in ways of
// its own: long shared strings, rich text, many kinds of formulas and formats.
func returnBook(t *testing.T) []byte {
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const name = "报 表"
	check(f.SetSheetName("Sheet1", name))
	set := func(cell string, v any) { t.Helper(); check(f.SetCellValue(name, cell, v)) }
	set("A1", "双城101表（测试数据）")
	check(f.MergeCell(name, "A1", "H1"))
	for i, h := range []string{"指标名称", "代码", "计量单位", "本期累计", "上年同期", "同比增速", "日期", "说明"} {
		set(workbook.Ref{Col: i + 1, Row: 2}.String(), h)
	}
	format := func(cells, code string) {
		t.Helper()
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		check(err)
		from, to, _ := strings.Cut(cells, ":")
		check(f.SetCellStyle(name, from, to, style))
	}
	for r := 3; r <= 60; r++ {
		at := func(col string) string { return fmt.Sprint(col, r) }
		set(at("A"), fmt.Sprintf("测试指标%d", r))
		set(at("B"), fmt.Sprintf("T%03d", r))
		set(at("C"), []string{"亿元", "万人", "%"}[r%3])
		set(at("D"), float64(r*r*7919%100003)/float64([]int{1, 10, 100, 1000, 7}[r%5])*[]float64{1, -1}[r%2])
		set(at("E"), r*1000+r)
		check(f.SetCellFormula(name, at("F"), fmt.Sprintf("ROUND((D%d/E%d-1)*100,2)", r, r)))
		set(at("G"), time.Date(2026, time.Month(r%12+1), r%28+1, r%24, 30, 0, 0, time.UTC))
		set(at("H"), strings.Repeat("长文字Long text ", r)+fmt.Sprint(r))
	}
	for i, v := range []float64{0, 0.1 + 0.2, 1e-9, 1.5e300, -123456.789, 9007199254740991, 0.07, 536870911, -536870912, 536870912, 1234567.89, 5368709.11, 1e15, 1.0 / 3} {
		set(workbook.Ref{Col: 10, Row: i + 1}.String(), v)
	}
	for i, fx := range []string{
		"SUM(D3:D60)", "SUM(D3,D5,D7)+SUM(E3:E9)", "AVERAGE($E$3:$E$60)*2^3-1%", `IF(D3>E3,"大","小")&"于"`, "-D3+(E3-1)*2", "COUNTIF(C3:C60,\"亿元\")",
		"VLOOKUP(B5,B3:E60,4,FALSE)", "INDEX(D3:E60,2,1)", "NA()", "1/0", "TRUE", "SUMIF(C3:C60,\"%\",E3:E60)", "MAX(D:D)", "第二张表!B2+1", "IFERROR(1/0,\"无\")",
		`""`, "SUMPRODUCT(D3:D5,E3:E5)", "TEXT(E3,\"0.00\")", "SUMIFS(E3:E60,C3:C60,\"%\")", "INDEX({1,2;3,4},2,2)", "FORM_ID", "DATE(2026,3,1)", "CHOOSE(2,\"a\",\"b\",\"c\")",
		"AND(D3>1,OR(E3<2,NOT(FALSE)))", "E3>=E4", "E3<>E4", "SUM(D3:D60 D5:E9)", "LEFT(H3,2)", "ROW()", "E$3+$E4", "SUBTOTAL(9,E3:E60)",
	} {
		check(f.SetCellFormula(name, workbook.Ref{Col: 12, Row: i + 1}.String(), fx))
	}
	set("N1", true)
	set("N2", false)
	format("D3:D60", "#,##0.00")
	format("E3:E60", "0.0%")
	format("F3:F60", "0.00_ ")
	format("G3:G60", `yyyy"年"m"月"d"日"`)
	format("J1:J2", "¥#,##0.000")
	format("J3:J4", "0.00E+00")
	format("O1:O3", "@")
	set("O1", "00123")
	check(f.SetCellRichText(name, "O3", []excelize.RichTextRun{{Text: "其中："}, {Text: "新能源汽车", Font: &excelize.Font{Bold: true}}, {Text: "产量"}}))
	check(f.SetRowVisible(name, 7, false))
	check(f.SetColVisible(name, "M", false))
	check(f.AddComment(name, excelize.Comment{Cell: "D3", Author: "测试", Paragraph: []excelize.RichTextRun{{Text: "口径说明：不含农户"}}}))
	dv := excelize.NewDataValidation(true)
	dv.SetSqref("C3:C60")
	check(dv.SetDropList([]string{"亿元", "万人"}))
	check(f.AddDataValidation(name, dv))
	_, err := f.NewSheet("第二张表")
	check(err)
	check(f.SetCellValue("第二张表", "B2", 41.5))
	check(f.SetCellValue("第二张表", "IV65536", "角"))
	_, err = f.NewSheet("隐藏表")
	check(err)
	check(f.SetCellValue("隐藏表", "A1", "SC101"))
	check(f.SetSheetVisible("隐藏表", false))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "FORM_ID", RefersTo: "隐藏表!$A$1"}))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "本期", RefersTo: "'报 表'!$D$3:$D$60", Scope: name}))
	var out bytes.Buffer
	check(f.Write(&out))
	return out.Bytes()
}

func TestOldWorkbooksAgreeWithLibreOffice(t *testing.T) {
	books := map[string][]byte{"return.xlsx": returnBook(t), "form.xlsx": formBook(200, 40), "large.xlsx": largeBook(2000, 25)}
	old := libreOffice(t, "xls:MS Excel 97", books)
	second := libreOffice(t, "xlsx", map[string][]byte{"return.xls": old["return"]})
	for name, data := range old {
		t.Run(name, func(t *testing.T) {
			got, finds := workbook.Open(name+".xls", data, workbook.DefaultLimits())
			if got == nil {
				t.Fatal(finds)
			}
			if got.Format != workbook.XLS {
				t.Errorf("format %s", got.Format)
			}
			// The results in the generated books are made up. LibreOffice keeps
			// them when it writes .xls, and works them out when it reads it.
			want := books[name+".xlsx"]
			if name == "return" {
				want = second[name]
			}
			compareBooks(t, open(t, want), got)
		})
	}
}

func compareBooks(t *testing.T, want, got *workbook.Book) {
	t.Helper()
	if diff := cmp.Diff(sheetNames(want), sheetNames(got)); diff != "" {
		t.Fatal(diff)
	}
	// LibreOffice leaves names behind for functions newer than .xls.
	names := slices.DeleteFunc(want.Names, func(n workbook.Name) bool { return strings.HasPrefix(n.Name, "_xlfn") })
	if diff := cmp.Diff(names, got.Names); diff != "" {
		t.Error(diff)
	}
	for i, w := range want.Sheets {
		g := got.Sheets[i]
		if w.Hidden != g.Hidden || w.Validation != g.Validation {
			t.Errorf("%s: hidden %v, validation %v", g.Name, g.Hidden, g.Validation)
		}
		for what, diff := range map[string]string{
			"merged": cmp.Diff(w.Merged, g.Merged), "hidden rows": cmp.Diff(w.HiddenRows, g.HiddenRows),
			"hidden columns": cmp.Diff(w.HiddenCols, g.HiddenCols), "notes": cmp.Diff(w.Notes, g.Notes),
		} {
			if diff != "" {
				t.Errorf("%s %s: %s", g.Name, what, diff)
			}
		}
		if diff := cmp.Diff(facts(w), facts(g)); diff != "" {
			t.Errorf("%s: %s", g.Name, diff)
		}
	}
}

// facts is what both formats tell of each cell that holds something. LibreOffice
// writes numbers with 15 digits, TRUE with parentheses, and the result of a
// comparison as the number that it is to it.
func facts(s *workbook.Sheet) map[string]string {
	all := map[string]string{}
	calls := strings.NewReplacer("TRUE()", "TRUE", "FALSE()", "FALSE")
	for _, c := range s.Cells {
		if c.Kind == workbook.Blank && c.Formula == "" {
			continue
		}
		text, kind := c.Text, c.Kind.String()
		switch {
		case c.Kind == workbook.Number:
			text = strconv.FormatFloat(c.Number, 'g', 15, 64)
		case c.Kind == workbook.Bool && strings.ContainsAny(c.Formula, "<>"):
			text, kind = map[string]string{"TRUE": "1", "FALSE": "0"}[c.Text], "number"
		}
		all[c.Ref.String()] = fmt.Sprintf("%v %q %v.%d nocache=%v =%s", kind, text, c.Class, c.Digits, c.NoCache, calls.Replace(c.Formula))
	}
	return all
}
