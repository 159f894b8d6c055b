package receipt_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// filed is the workbook that the receipts of the cases answer, as a department
// might send it: merged, styled, computed, noted, with formats of its own and a
// sheet beside. All is 测试数据.
func filed(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const name = "双城101表"
	check(f.SetSheetName("Sheet1", name))
	check(f.SetCellStr(name, "A1", "国民经济核算情况（测试数据）"))
	check(f.MergeCell(name, "A1", "F1"))
	for i, row := range [][]any{
		{"指标名称", "代码", "指标编码", "计量单位", "本期累计", "说明"},
		{"全域地区生产总值（现价）", "01", "GDP.TOTAL.ALL", "亿元", 5230.45, "测试数据"},
		{"其中：直管区地区生产总值（现价）", "02", "GDP.TOTAL.DIR", "亿元", 5230.46, "=1+1"},
		{"主城都市区地区生产总值（现价）", "03", "GDP.TOTAL.MUA", "亿元", 24310.22, ""},
		{"", "", "", "", nil, nil},
		{"", "", "", "", nil, nil},
		{"", "", "", "", nil, nil},
		{"制造业增加值（现价）", "07", "VA.MFG.LJ", "亿元", "约1100", nil},
		{"金融业增加值（现价）", "08", "VA.FIN.LJ", "亿元", 5500.0, nil},
	} {
		for k, v := range row {
			check(f.SetCellValue(name, workbook.Ref{Col: k + 1, Row: 10 + i}.String(), v))
		}
	}
	check(f.SetCellFloat(name, "E20", 10730.45, -1, 64))
	check(f.SetCellFormula(name, "E20", "SUM(E11,E18)"))
	check(f.AddComment(name, excelize.Comment{Cell: "E12", Author: "测试丙", Text: "口径待核"}))
	percent, date := 10, 14
	for cell, format := range map[string]*int{"G11": &percent, "G12": &date} {
		id, err := f.NewStyle(&excelize.Style{NumFmt: *format, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
		check(err)
		check(f.SetCellStyle(name, cell, cell, id))
		check(f.SetCellFloat(name, cell, 0.055, -1, 64))
	}
	warn, err := f.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: "9A0511"}})
	check(err)
	check(f.SetConditionalFormat(name, "E11:E18", []excelize.ConditionalFormatOptions{{Type: "cell", Criteria: "<", Value: "0", Format: &warn}}))
	dv := excelize.NewDataValidation(true)
	dv.SetSqref("E11:E18")
	check(dv.SetRange(-1e9, 1e9, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween))
	check(f.AddDataValidation(name, dv))
	_, err = f.NewSheet("底稿")
	check(err)
	check(f.SetCellStr("底稿", "A1", "=HYPERLINK(\"x\")"))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: "底稿!$A$1:$B$2", Scope: "底稿"}))
	check(f.SetDefinedName(&excelize.DefinedName{Name: "FACE_NUMBER", RefersTo: "双城101表!$A$1"}))
	var b bytes.Buffer
	check(f.Write(&b))
	// excelize marks every computed cell as text; Excel marks a number by nothing.
	return repack(t, b.Bytes(), func(name, text string) string {
		return strings.Replace(text, `<c r="E20" t="str">`, `<c r="E20">`, 1)
	}, nil)
}

func opened(t testing.TB, data []byte) *workbook.Book {
	t.Helper()
	book, found := workbook.Open("双城101表.xlsx", data, workbook.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	return book
}

func written(t testing.TB, r receipt.Receipt, original []byte, book *workbook.Book) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := receipt.Workbook(&b, &r, original, book); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dump is a receipt's sheet as our own reader reads it, with what hangs on the
// cells of the others.
func dump(t testing.TB, data []byte) string {
	t.Helper()
	book := opened(t, data)
	var b strings.Builder
	for i, s := range book.Sheets {
		fmt.Fprintf(&b, "== %s", s.Name)
		if s.Hidden {
			b.WriteString("（隐藏）")
		}
		b.WriteByte('\n')
		if i == 0 || strings.HasPrefix(s.Name, "回执") {
			for row, cells := range s.Rows() {
				var texts []string
				for _, c := range cells {
					if c.Kind != workbook.Blank {
						texts = append(texts, c.Ref.String()+" "+strings.ReplaceAll(c.Text, "\n", "⏎"))
					}
				}
				if len(texts) > 0 {
					fmt.Fprintf(&b, "%d: %s\n", row, strings.Join(texts, " | "))
				}
			}
			continue
		}
		for _, at := range slices.SortedFunc(maps.Keys(s.Notes), func(a, b workbook.Ref) int {
			return cmp.Or(a.Row-b.Row, a.Col-b.Col)
		}) {
			fmt.Fprintf(&b, "批注 %s: %s\n", at, strings.ReplaceAll(s.Notes[at], "\n", "⏎"))
		}
	}
	return b.String()
}

func TestWorkbooksReadAsTheGoldenFiles(t *testing.T) {
	data := filed(t)
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			book := opened(t, data)
			if name == "unreadable" {
				book = nil
			}
			golden(t, name+".sheets", dump(t, written(t, r, data, book)))
		})
	}
}

func TestTheVerdictStandsInTheFirstCellOfTheFirstSheet(t *testing.T) {
	data := filed(t)
	for name, r := range cases() {
		first := opened(t, written(t, r, data, opened(t, data))).Sheets[0]
		if got := first.Cell(workbook.Ref{Col: 1, Row: 1}).Text; first.Name != "回执" || !strings.HasPrefix(got, "【"+r.Verdict.Name()+"】") {
			t.Errorf("%s: sheet %s begins %q", name, first.Name, got)
		}
	}
}

// The same cells, formulas and formats stand in the receipt as in the return.
func TestTheDepartmentsCellsAreUntouched(t *testing.T) {
	data := filed(t)
	want := opened(t, data)
	got := receipt.Strip(opened(t, written(t, cases()["returned"], data, want)))
	if d := gocmp.Diff(want.Sheets, got.Sheets); d != "" {
		t.Error(d)
	}
	if f := got.Sheet("双城101表").Cell(workbook.Ref{Col: 5, Row: 20}); f.Formula != "SUM(E11,E18)" || f.Text != "10730.45" {
		t.Errorf("the formula is %+v", f)
	}
	if d := gocmp.Diff(want.Names, got.Names); d != "" {
		t.Error(d)
	}
}

// Behind the cells too everything stays: the bytes of a sheet are the same but
// for the selection, the tints and the drawing of the notes.
func TestOnlyTintsAndNotesAreAddedToASheet(t *testing.T) {
	data := filed(t)
	out := written(t, cases()["returned"], data, opened(t, data))
	before, after := part(t, data, "xl/worksheets/sheet1.xml"), part(t, out, "xl/worksheets/sheet1.xml")
	from, to := strings.Index(after, "<conditionalFormatting"), strings.Index(after, `<conditionalFormatting sqref="E11:E18"`)
	added := after[from:to]
	if want := `sqref="E12 E17 D21"`; !strings.Contains(added, want) || !strings.Contains(added, `sqref="E18"`) {
		t.Errorf("tinted: %s", added)
	}
	after = strings.Replace(after, added, "", 1)
	after = strings.Replace(after, `priority="3"`, `priority="1"`, 1) // ours come first
	before = strings.Replace(before, ` tabSelected="true"`, " ", 1)
	if d := gocmp.Diff(before, after); d != "" {
		t.Error(d)
	}
	if out, in := part(t, out, "xl/worksheets/sheet2.xml"), part(t, data, "xl/worksheets/sheet2.xml"); out != in {
		t.Error("a sheet without findings was changed")
	}
}

func part(t testing.TB, data []byte, name string) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := zr.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNotesAreAppendedToThoseThatAreThere(t *testing.T) {
	data := filed(t)
	notes := opened(t, written(t, cases()["returned"], data, opened(t, data))).Sheet("双城101表").Notes
	e12 := notes[workbook.Ref{Col: 5, Row: 12}]
	if !strings.HasPrefix(e12, "口径待核\n【双城办审核】强制性：部分大于总体；应为不大于") {
		t.Errorf("E12 is noted %q", e12)
	}
	if got := notes[workbook.Ref{Col: 5, Row: 18}]; !strings.HasPrefix(got, "【双城办审核】核实性：疑似计量单位错误") {
		t.Errorf("E18 is noted %q", got)
	}
	if _, noted := notes[workbook.Ref{Col: 5, Row: 13}]; noted {
		t.Error("what only informs makes no note")
	}
}

func TestLinksLeadToTheCells(t *testing.T) {
	data := filed(t)
	out := written(t, cases()["returned"], data, opened(t, data))
	f, err := excelize.OpenReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{"双城101表!E12": "'双城101表'!E12", "双城101表!E17": "'双城101表'!E17", "双城101表!D21": "'双城101表'!D21", "双城101表!E18": "'双城101表'!E18", "双城101表!E13": "'双城101表'!E13"}
	got := map[string]string{}
	for _, c := range opened(t, out).Sheets[0].Cells {
		linked, target, err := f.GetCellHyperLink("回执", c.Ref.String())
		if err != nil {
			t.Fatal(err)
		}
		if linked {
			got[c.Text] = target
		}
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Only the cells for explanations can be written, and they ask for six
// characters.
func TestOnlyTheExplanationCellsAreOpen(t *testing.T) {
	data := filed(t)
	f, err := excelize.OpenReader(bytes.NewReader(written(t, cases()["awaiting"], data, opened(t, data))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var open []string
	rows, err := f.GetRows("回执")
	if err != nil {
		t.Fatal(err)
	}
	for row := range rows {
		for col := 1; col <= 8; col++ {
			cell := workbook.Ref{Col: col, Row: row + 1}.String()
			id, err := f.GetCellStyle("回执", cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if style.Protection != nil && !style.Protection.Locked {
				open = append(open, cell)
			}
		}
	}
	rules, err := f.GetDataValidations("回执")
	if err != nil || len(rules) != 1 {
		t.Fatal(rules, err)
	}
	if v := rules[0]; v.Type != "textLength" || v.Operator != "greaterThanOrEqual" || v.Formula1 != "6" || v.Sqref != strings.Join(open, " ") || len(open) != 1 {
		t.Errorf("open %v, rule %+v", open, v)
	}
	if !strings.Contains(part(t, written(t, cases()["awaiting"], data, opened(t, data)), "xl/worksheets/receipt1.xml"), "<sheetProtection sheet=\"1\"") {
		t.Error("the receipt's sheet is not protected")
	}
}

func TestTheSameReceiptGivesTheSameBytes(t *testing.T) {
	data := filed(t)
	for name, r := range cases() {
		book := opened(t, data)
		if !bytes.Equal(written(t, r, data, book), written(t, r, data, opened(t, data))) {
			t.Errorf("%s differs", name)
		}
		if first := html(t, &r); first != html(t, &r) {
			t.Errorf("the page of %s differs", name)
		}
	}
}

// A receipt of a receipt is one receipt: the first leaves nothing behind.
func TestAReceiptOfAReceiptIsOne(t *testing.T) {
	data := filed(t)
	first := written(t, cases()["returned"], data, opened(t, data))
	r := cases()["revised"]
	again := written(t, r, first, opened(t, first))
	direct := written(t, r, data, opened(t, data))
	if d := gocmp.Diff(dump(t, direct), dump(t, again)); d != "" {
		t.Error(d)
	}
	if got := part(t, again, "xl/worksheets/sheet1.xml"); strings.Contains(got, "E12 E17") {
		t.Error("the first receipt's tints are still there")
	}
	for _, name := range []string{"xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"} {
		if n, want := strings.Count(part(t, again, name), "receipt"), strings.Count(part(t, direct, name), "receipt"); n != want {
			t.Errorf("%s speaks of receipts %d times, want %d", name, n, want)
		}
	}
}

// A sheet of that name is the department's own.
func TestASheetThatIsCalledReceiptIsKept(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for _, err := range []error{
		f.SetSheetName("Sheet1", "回执"), f.SetCellStr("回执", "A1", "【已接收】自己写的"),
		f.SetDefinedName(&excelize.DefinedName{Name: "RECEIPT_NUMBER", RefersTo: "回执!$A$1"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	book := opened(t, b.Bytes())
	if _, ok := receipt.Read(book); ok {
		t.Fatal("a sheet that everybody sees is taken for the hidden one")
	}
	got := opened(t, written(t, cases()["accepted"], b.Bytes(), book))
	if got.Sheets[0].Name != "回执(2)" || got.Sheet("回执").Cell(workbook.Ref{Col: 1, Row: 1}).Text != "【已接收】自己写的" {
		t.Errorf("the sheets are %s and %s", got.Sheets[0].Name, got.Sheets[1].Name)
	}
	if a, ok := receipt.Read(got); !ok || a.Number != cases()["accepted"].Number {
		t.Errorf("read %+v, %v", a, ok)
	}
}

// repack is a package with parts added or replaced.
func repack(t testing.TB, data []byte, change func(name, text string) string, added map[string]string) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	write := func(name, text string) {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range zr.File {
		write(f.Name, change(f.Name, part(t, data, f.Name)))
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		write(name, added[name])
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const relationType = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

// linked adds a part to the workbook by a relationship.
func linked(t testing.TB, kind, name, text string) []byte {
	return repack(t, filed(t), func(part, text string) string {
		switch part {
		case "xl/_rels/workbook.xml.rels":
			return strings.Replace(text, "</Relationships>", `<Relationship Id="rId99" Type="`+relationType+kind+`" Target="/`+name+`"/></Relationships>`, 1)
		case "[Content_Types].xml":
			return strings.Replace(text, "spreadsheetml.sheet.main+xml", "spreadsheetml.sheet.macroEnabled.main+xml", 1)
		}
		return text
	}, map[string]string{name: text})
}

func TestMacrosAreNotCarried(t *testing.T) {
	data := linked(t, "vbaProject", "xl/vbaProject.bin", "Sub Auto_Open()")
	book := opened(t, data)
	if !book.Macros {
		t.Fatal("the sample has no macros")
	}
	out := written(t, cases()["returned"], data, book)
	got := opened(t, out)
	if got.Macros || bytes.Contains(out, []byte("vbaProject")) {
		t.Error("the receipt has macros")
	}
	if strings.Contains(part(t, out, "[Content_Types].xml"), "macroEnabled") {
		t.Error("the receipt says that it has macros")
	}
	if d := gocmp.Diff(receipt.Strip(book).Sheets, receipt.Strip(got).Sheets); d != "" {
		t.Error(d)
	}
	if !strings.Contains(dump(t, out), "原文件中的宏没有附上") {
		t.Error("the receipt does not say that the macros were left out")
	}
}

// What fetches or runs by itself is not sent back: the values are.
func TestWhatRunsByItselfIsNotCarried(t *testing.T) {
	for kind, x := range map[string][2]string{
		"connections":  {"xl/connections.xml", `<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`},
		"externalLink": {"xl/externalLinks/externalLink1.xml", `<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>`},
		"xlMacrosheet": {"xl/macrosheets/sheet9.xml", `<macrosheet/>`},
		"control":      {"xl/activeX/activeX1.bin", "x"},
	} {
		data := linked(t, kind, x[0], x[1])
		book := opened(t, data)
		out := written(t, cases()["returned"], data, book)
		got := opened(t, out)
		if !receipt.Same(receipt.Strip(book), receipt.Strip(got)) {
			t.Errorf("%s: the values differ", kind)
		}
		if !strings.Contains(dump(t, out), "原文件不能原样附上") {
			t.Errorf("%s: the receipt does not say that it was written anew", kind)
		}
		if bytes.Contains(out, []byte(x[0])) {
			t.Errorf("%s is carried", kind)
		}
		for _, s := range got.Sheets {
			for _, c := range s.Cells {
				if c.Formula != "" {
					t.Errorf("%s: %s!%s is computed", kind, s.Name, c.Ref)
				}
			}
		}
	}
}

// Links to other workbooks keep their last values and are not followed.
func TestLinksToOtherWorkbooksAreNotFollowed(t *testing.T) {
	data := linked(t, "externalLink", "xl/externalLinks/externalLink1.xml", `<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`)
	out := written(t, cases()["returned"], data, opened(t, data))
	if !strings.Contains(part(t, out, "xl/workbook.xml"), `updateLinks="never"`) {
		t.Error("links are followed")
	}
}

func TestOtherFormatsAreWrittenAnewWithTheirValues(t *testing.T) {
	xls, err := os.ReadFile(filepath.Join("..", "workbook", "testdata", "xls", "return.xls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"csv":  []byte("指标名称,代码,本期累计\n全域地区生产总值,01,5230.45\n=cmd|'/c calc'!A1,02,\"1,234.5\"\n＝1+1,03,-5.2%\n"),
		"html": []byte(`<html><body><table><tr><td>指标名称</td><td colspan="2">本期累计</td></tr><tr><td>甲</td><td>5230.45</td><td>x</td></tr></table></body></html>`),
	}
	if xls != nil {
		files["xls"] = xls
	}
	for format, data := range files {
		book := opened(t, data)
		r := cases()["returned"]
		for i := range r.Findings {
			r.Findings[i].Place.Sheet, r.Findings[i].Place.Cell = book.Sheets[0].Name, "C2"
		}
		out := opened(t, written(t, r, data, book))
		if out.Format != workbook.XLSX || !receipt.Same(book, receipt.Strip(out)) {
			t.Errorf("%s: the values differ", format)
		}
		if len(receipt.Strip(out).Sheets[0].Merged) != len(book.Sheets[0].Merged) {
			t.Errorf("%s: merged %v", format, receipt.Strip(out).Sheets[0].Merged)
		}
		if out.Sheets[1].Notes[workbook.Ref{Col: 3, Row: 2}] == "" {
			t.Errorf("%s: the cell is not noted", format)
		}
	}
}

// A book that the package format allows but this writer does not know is
// written anew, not spoilt.
func TestAnUnusualPackageIsWrittenAnew(t *testing.T) {
	data := repack(t, filed(t), func(name, text string) string {
		if name == "xl/worksheets/sheet1.xml" {
			for _, tag := range []string{"worksheet", "sheetData"} {
				text = strings.ReplaceAll(strings.ReplaceAll(text, "<"+tag, "<x:"+tag), "</"+tag, "</x:"+tag)
			}
			text = strings.Replace(text, "<x:worksheet ", `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" `, 1)
		}
		return text
	}, nil)
	book := opened(t, data)
	out := written(t, cases()["returned"], data, book)
	if !strings.Contains(dump(t, out), "原文件不能原样附上") || !receipt.Same(book, receipt.Strip(opened(t, out))) {
		t.Error("not written anew, or not the same")
	}
}

// Every cell of ours is text, whatever the return says, and no sheet of ours
// computes anything.
func TestTextsOfTheReturnStayTexts(t *testing.T) {
	hostile := rapid.OneOf(
		rapid.SampledFrom([]string{"=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "=cmd|'/c calc'!A1", "\t=1", "<script>alert(1)</script>", "]]>", "&lt;", "_x000D_", "_x0000_", "\x00", "\uFFFE", "\xff", "'"}),
		rapid.String(),
	)
	data := filed(t)
	book := opened(t, data)
	rapid.Check(t, func(rt *rapid.T) {
		says := func(what string) string { return hostile.Draw(rt, what) }
		r := cases()["returned"]
		f := finding.Finding{
			Rule: says("rule"), Severity: rapid.SampledFrom([]finding.Severity{finding.Mandatory, finding.Plausibility, finding.Note}).Draw(rt, "severity"),
			Place: finding.Place{File: says("file"), Sheet: says("sheet"), Cell: says("cell")}, Label: says("label"), Value: says("value"),
			Want: says("want"), Message: says("message"), Hint: says("hint"), Explanation: says("explanation"), Related: []finding.Place{{Sheet: says("related")}},
		}
		g := f
		g.Place = finding.Place{Sheet: "双城101表", Cell: "E12"}
		r.File, r.Department, r.Title, r.Findings = says("name"), says("department"), says("title"), finding.List{f, g}
		r.Changed = []receipt.Change{{Label: says("l"), Cell: says("c"), Old: says("o"), New: says("n")}}
		out := written(t, r, data, book)
		got := opened(t, out)
		for _, s := range got.Sheets {
			if !strings.HasPrefix(s.Name, "回执") {
				continue
			}
			for _, c := range s.Cells {
				if c.Kind != workbook.Text && c.Kind != workbook.Blank || c.Formula != "" {
					rt.Fatalf("%s!%s is %v %q computed by %q", s.Name, c.Ref, c.Kind, c.Text, c.Formula)
				}
			}
		}
		if d := gocmp.Diff(receipt.Strip(book).Sheets, receipt.Strip(got).Sheets); d != "" {
			rt.Fatal(d)
		}
		page := html(t, &r)
		if strings.Contains(page, "<script") || strings.Count(page, "</html>") != 1 {
			rt.Fatalf("the page holds what the return wrote:\n%s", page)
		}
	})
}

// Whatever workbook a department sends, its receipt holds the same cells.
func TestAnyWorkbookComesBackUntouched(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := excelize.NewFile()
		defer f.Close()
		check := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"双城101表", "回执", "a'b", "标识", "x y", "R1C1"}), 1, 4, rapid.ID).Draw(rt, "sheets")
		check(f.SetSheetName("Sheet1", names[0]))
		for _, name := range names[1:] {
			_, err := f.NewSheet(name)
			check(err)
		}
		f.SetActiveSheet(rapid.IntRange(0, len(names)-1).Draw(rt, "active"))
		var places []finding.Place
		noted := map[string]bool{}
		for _, name := range names {
			for range rapid.IntRange(0, 12).Draw(rt, "cells") {
				at := workbook.Ref{Col: rapid.IntRange(1, 9).Draw(rt, "col"), Row: rapid.IntRange(1, 30).Draw(rt, "row")}.String()
				places = append(places, finding.Place{Sheet: name, Cell: at})
				kind := rapid.IntRange(0, 7).Draw(rt, "kind")
				if kind == 3 && noted[name+at] {
					continue // a cell has one note
				}
				switch kind {
				case 0:
					check(f.SetCellFloat(name, at, rapid.Float64Range(-1e12, 1e12).Draw(rt, "number"), -1, 64))
				case 1:
					check(f.SetCellStr(name, at, strings.ToValidUTF8(rapid.StringN(0, 20, 60).Draw(rt, "text"), "")))
				case 2:
					check(f.SetCellFloat(name, at, 1.5, -1, 64))
					check(f.SetCellFormula(name, at, "SUM(A1:B2)*2"))
				case 3:
					noted[name+at] = true
					check(f.AddComment(name, excelize.Comment{Cell: at, Author: "a", Text: rapid.SampledFrom([]string{"口径", "【双城办】", "a\nb", " <&> "}).Draw(rt, "note")}))
				case 4:
					id, err := f.NewStyle(&excelize.Style{NumFmt: rapid.IntRange(0, 49).Draw(rt, "format"), Font: &excelize.Font{Bold: true}})
					check(err)
					check(f.SetCellStyle(name, at, at, id))
				case 5:
					check(f.SetCellBool(name, at, true))
				case 6:
					from, _ := workbook.ParseRef(at)
					check(f.MergeCell(name, at, workbook.Ref{Col: from.Col + 1, Row: from.Row + 1}.String()))
				case 7:
					check(f.SetCellHyperLink(name, at, "https://example.invalid/", "External"))
				}
			}
		}
		var b bytes.Buffer
		check(f.Write(&b))
		r := cases()["returned"]
		r.Findings = nil
		for _, p := range places {
			if rapid.Bool().Draw(rt, "wrong") {
				r.Findings = append(r.Findings, finding.Finding{Rule: "R04", Severity: rapid.SampledFrom([]finding.Severity{finding.Mandatory, finding.Plausibility}).Draw(rt, "severity"), Place: p, Message: "不是数字"})
			}
		}
		want, found := workbook.Open("x.xlsx", b.Bytes(), workbook.DefaultLimits())
		if want == nil {
			rt.Skip(found) // excelize wrote what no reader takes
		}
		out := written(t, r, b.Bytes(), want)
		got := opened(t, out)
		if d := gocmp.Diff(want.Sheets, receipt.Strip(got).Sheets); d != "" {
			rt.Fatal(d)
		}
		if strings.Contains(dump(t, out), "原文件不能原样附上") {
			rt.Fatal("an ordinary workbook was written anew")
		}
		for _, f := range r.Findings {
			at, _ := workbook.ParseRef(f.Place.Cell)
			if !strings.Contains(got.Sheet(f.Place.Sheet).Notes[at], "【双城办审核】") {
				rt.Fatalf("%s is not noted", f.Place)
			}
		}
		// A second receipt on top leaves as little.
		again := opened(t, written(t, r, out, got))
		if d := gocmp.Diff(want.Sheets, receipt.Strip(again).Sheets); d != "" {
			rt.Fatal(d)
		}
	})
}

func TestAFailedWriteOfAWorkbookNamesTheReceipt(t *testing.T) {
	r := cases()["unreadable"]
	for name, err := range map[string]error{"workbook": receipt.Workbook(full{}, &r, nil, nil), "html": receipt.HTML(full{}, &r)} {
		if err == nil || !strings.Contains(err.Error(), r.Number) || !strings.Contains(err.Error(), errFull.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkWorkbook(b *testing.B) {
	data := filed(b)
	book := opened(b, data)
	r := cases()["returned"]
	for b.Loop() {
		if err := receipt.Workbook(io.Discard, &r, data, book); err != nil {
			b.Fatal(err)
		}
	}
}
