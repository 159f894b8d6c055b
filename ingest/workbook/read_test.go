package workbook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"

	"github.com/google/go-cmp/cmp"
)

const sheet1 = "xl/worksheets/sheet1.xml"

func TestCellsAreTypedByTheirAttributesAndStyles(t *testing.T) {
	for name, c := range map[string]struct {
		xml  string
		want workbook.Cell
	}{
		"number keeps its text":        {`<c r="A1"><v>12.50</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "12.50", Number: 12.5}},
		"number with exponent":         {`<c r="A1" t="n"><v>1.5E-3</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "1.5E-3", Number: 0.0015}},
		"number of 17 digits":          {`<c r="A1"><v>0.10000000000000001</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "0.10000000000000001", Number: 0.1}},
		"number in white space":        {"<c r=\"A1\"><v>\n 7 </v></c>", workbook.Cell{Kind: workbook.Number, Text: "7", Number: 7}},
		"percent":                      {`<c r="A1" s="5"><v>0.22</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "0.22", Number: 0.22, Class: workbook.Percent, Digits: 1}},
		"shared string":                {`<c r="A1" t="s"><v>1</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "乙"}},
		"shared string without index":  {`<c r="A1" t="s"/>`, workbook.Cell{}},
		"inline string":                {`<c r="A1" t="inlineStr"><is><t>丙</t></is></c>`, workbook.Cell{Kind: workbook.Text, Text: "丙"}},
		"inline string in v":           {`<c r="A1" t="inlineStr"><v>丙</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "丙"}},
		"rich inline string":           {`<c r="A1" t="inlineStr"><is><r><rPr><b/></rPr><t>丙</t></r><r><t xml:space="preserve"> 丁</t></r><rPh sb="0" eb="1"><t>bing</t></rPh></is></c>`, workbook.Cell{Kind: workbook.Text, Text: "丙 丁"}},
		"formula text":                 {`<c r="A1" t="str"><f>"甲"&amp;"乙"</f><v>甲乙</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "甲乙", Formula: `"甲"&"乙"`}},
		"formula with empty text":      {`<c r="A1" t="str"><f>T(1)</f><v></v></c>`, workbook.Cell{Kind: workbook.Text, Formula: "T(1)"}},
		"formula with number":          {`<c r="A1"><f>SUM(B1:C1)</f><v>3</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "3", Number: 3, Formula: "SUM(B1:C1)"}},
		"formula without value":        {`<c r="A1"><f>SUM(B1:C1)</f></c>`, workbook.Cell{Formula: "SUM(B1:C1)", NoCache: true}},
		"formula with blank value":     {`<c r="A1"><f>SUM(B1:C1)</f><v></v></c>`, workbook.Cell{Formula: "SUM(B1:C1)", NoCache: true}},
		"formula that has a stray =":   {`<c r="A1"><f>=B1</f><v>3</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "3", Number: 3, Formula: "B1"}},
		"array formula":                {`<c r="A1"><f t="array" ref="A1:A2">B1:B2*2</f><v>3</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "3", Number: 3, Formula: "B1:B2*2"}},
		"data table":                   {`<c r="A1"><f t="dataTable" ref="A1:A2" r1="C1" r2="C2"/><v>3</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "3", Number: 3, Formula: "TABLE(C1,C2)"}},
		"true":                         {`<c r="A1" t="b"><v>1</v></c>`, workbook.Cell{Kind: workbook.Bool, Text: "TRUE"}},
		"false":                        {`<c r="A1" t="b"><v>0</v></c>`, workbook.Cell{Kind: workbook.Bool, Text: "FALSE"}},
		"error":                        {`<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, workbook.Cell{Kind: workbook.Error, Text: "#DIV/0!", Formula: "1/0"}},
		"date by style":                {`<c r="A1" s="4"><v>46082</v></c>`, workbook.Cell{Kind: workbook.Date, Text: "2026-03-01 00:00:00", Number: 46082, Class: workbook.DateTime}},
		"date of no calendar":          {`<c r="A1" s="4"><v>-1</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "-1", Number: -1, Class: workbook.DateTime}},
		"ISO date":                     {`<c r="A1" t="d"><v>2026-03-01T12:00:00</v></c>`, workbook.Cell{Kind: workbook.Date, Text: "2026-03-01 12:00:00", Number: 46082.5, Class: workbook.DateTime}},
		"blank with style":             {`<c r="A1" s="2"/>`, workbook.Cell{Class: workbook.Decimal, Digits: 2}},
		"text format":                  {`<c r="A1" s="1" t="inlineStr"><is><t>007</t></is></c>`, workbook.Cell{Kind: workbook.Text, Text: "007", Class: workbook.TextFormat}},
		"entities and CDATA":           {`<c r="A1" t="str"><v>&lt;&#x4E2D;&#22269;&gt;<![CDATA[<&]]></v></c>`, workbook.Cell{Kind: workbook.Text, Text: "<中国><&"}},
		"line ends":                    {"<c r=\"A1\" t=\"str\"><v>a\r\nb\rc</v></c>", workbook.Cell{Kind: workbook.Text, Text: "a\nb\nc"}},
		"escapes of Excel":             {`<c r="A1" t="str"><v>a_x000D_b_x005F_x000D_c_xD83D__xDE00_</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "a\rb_x000D_c😀"}},
		"lone surrogate stays escaped": {`<c r="A1" t="str"><v>_xD83D_</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "_xD83D_"}},
		"comment inside a value":       {`<c r="A1"><v>1<!-- 注 -->2</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "12", Number: 12}},
		"attributes in other order":    {`<c t='s' s="1" r = "A1" ><v>0</v></c>`, workbook.Cell{Kind: workbook.Text, Text: "甲", Class: workbook.TextFormat}},
		"no reference":                 {`<c><v>1</v></c>`, workbook.Cell{Kind: workbook.Number, Text: "1", Number: 1}},
		"extension in a cell":          {`<c r="A1"><v>1</v><extLst><ext uri="x"/></extLst></c>`, workbook.Cell{Kind: workbook.Number, Text: "1", Number: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Ref = workbook.Ref{Col: 1, Row: 1}
			got := cells(t, `<row r="1">`+c.xml+`</row>`)
			if diff := cmp.Diff([]workbook.Cell{c.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSharedFormulasAreWrittenOutPerCell(t *testing.T) {
	got := cells(t, `<row r="1"><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*$C$1+SUM(A:A,1:1,'A1 表'!A1)&amp;"A1"</f><v>1</v></c></row>`+
		`<row r="2"><c r="B2"><f t="shared" si="0"/><v>2</v></c></row>`+
		`<row r="4"><c r="C4"><f t="shared" si="0"/></c></row>`)
	var formulas []string
	for _, c := range got {
		formulas = append(formulas, c.Formula)
	}
	want := []string{
		`A1*$C$1+SUM(A:A,1:1,'A1 表'!A1)&"A1"`,
		`A2*$C$1+SUM(A:A,2:2,'A1 表'!A2)&"A1"`,
		`B4*$C$1+SUM(B:B,4:4,'A1 表'!B4)&"A1"`,
	}
	if diff := cmp.Diff(want, formulas); diff != "" {
		t.Error(diff)
	}
	if !got[2].NoCache {
		t.Error("a shared formula without a value has NoCache false")
	}
}

func TestRowsAndCellsWithoutReferencesFollowTheirNeighbours(t *testing.T) {
	got := cells(t, `<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row r="5"/><row><c><v>4</v></c></row>`)
	var refs []string
	for _, c := range got {
		refs = append(refs, c.Ref.String())
	}
	if diff := cmp.Diff([]string{"A1", "D1", "E1", "A6"}, refs); diff != "" {
		t.Error(diff)
	}
}

func TestSharedStringsJoinRunsAndLeavePhoneticsOut(t *testing.T) {
	b := open(t, book(map[string]string{
		"xl/sharedStrings.xml": xmlHead + `<sst xmlns="` + mainNS + `"><si><t xml:space="preserve"> 甲 </t></si>` +
			`<si><r><rPr><sz val="9"/></rPr><t>地区</t></r><r><t>生产总值</t></r><rPh sb="0" eb="2"><t>diqu</t></rPh><phoneticPr fontId="1"/></si>` +
			`<si><t>A&amp;B_x000D_</t></si><si/><si><t/></si></sst>`,
		sheet1: sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>`),
	}))
	var texts []string
	for _, c := range b.Sheets[0].Cells {
		texts = append(texts, c.Text)
	}
	if diff := cmp.Diff([]string{" 甲 ", "地区生产总值", "A&B\r", "", ""}, texts); diff != "" {
		t.Error(diff)
	}
}

func TestDatesFollowTheDateSystem(t *testing.T) {
	row := `<row r="1"><c r="A1" s="4"><v>%</v></c></row>`
	for _, c := range []struct {
		serial string
		from   string // workbookPr
		want   string
	}{
		{"0", "", "1899-12-31 00:00:00"},
		{"0.5", "", "1899-12-31 12:00:00"},
		{"1", "", "1900-01-01 00:00:00"},
		{"59", "", "1900-02-28 00:00:00"},
		{"60", "", "60"}, // 1900-02-29 was no day
		{"61", "", "1900-03-01 00:00:00"},
		{"45000.333333333336", "", "2023-03-15 08:00:00"},
		{"45000.99999999999", "", "2023-03-16 00:00:00"},
		{"2958465", "", "9999-12-31 00:00:00"},
		{"2958466", "", "2958466"},
		{"0", `<workbookPr date1904="1"/>`, "1904-01-01 00:00:00"},
		{"44620", `<workbookPr date1904="true"/>`, "2026-03-01 00:00:00"},
	} {
		parts := plain()
		b := open(t, book(map[string]string{
			sheet1:            sheet(strings.Replace(row, "%", c.serial, 1)),
			"xl/workbook.xml": strings.Replace(parts["xl/workbook.xml"], "<sheets>", c.from+"<sheets>", 1),
		}))
		cell := b.Sheets[0].Cells[0]
		if cell.Text != c.want {
			t.Errorf("serial %s %s: got %s, want %s", c.serial, c.from, cell.Text, c.want)
		}
		if at := cell.Time(); at.IsZero() == (cell.Kind == workbook.Date) || !at.IsZero() && at.Format(time.DateTime) != c.want {
			t.Errorf("serial %s %s: the time is %v", c.serial, c.from, at)
		}
		if b.Date1904 != (c.from != "") {
			t.Errorf("Date1904 = %v with %q", b.Date1904, c.from)
		}
	}
}

func TestSheetsComeInWorkbookOrderThroughRelationships(t *testing.T) {
	b := open(t, book(map[string]string{
		"xl/workbook.xml": xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets><sheet name="二" sheetId="7" r:id="rB"/>` +
			`<sheet name="一" sheetId="2" state="hidden" r:id="rA"/><sheet name="图" sheetId="3" r:id="rC"/><sheet name="三" sheetId="4" state="veryHidden" r:id="rD"/></sheets>` +
			`<definedNames><definedName name="FORM_ID" hidden="1">二!$B$2</definedName><definedName name="_xlnm.Print_Area" localSheetId="1">一!$A$1:$C$9</definedName></definedNames></workbook>`,
		"xl/_rels/workbook.xml.rels": rels("rA", relNS+"/worksheet", "/xl/worksheets/sheet1.xml", "rB", relNS+"/worksheet", "worksheets/../odd/名.xml",
			"rC", relNS+"/chartsheet", "chartsheets/sheet1.xml", "rD", "http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet", "../xl/worksheets/three.xml",
			"rV", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin",
			"rS", relNS+"/styles", "styles.xml", "rT", relNS+"/sharedStrings", "sharedStrings.xml"),
		"xl/chartsheets/sheet1.xml": xmlHead + `<chartsheet xmlns="` + mainNS + `"/>`,
		"xl/odd/名.xml":              sheet(`<row r="1"><c r="A1"><v>2</v></c></row>`),
		// Strict names, and a prefix for the main namespace.
		"xl/worksheets/three.xml": xmlHead + `<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>三</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`,
		"xl/vbaProject.bin":       "vba",
		"_rels/.rels":             rels("rId1", relNS+"/officeDocument", "/xl/workbook.xml", "rId2", relNS+"/extended-properties", "docProps/app.xml"),
		"docProps/app.xml":        xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>WPS 表格</Application></Properties>`,
	}))
	type seen struct {
		Name   string
		Hidden bool
		First  string
	}
	var got []seen
	for _, s := range b.Sheets {
		got = append(got, seen{s.Name, s.Hidden, s.Cells[0].Text})
	}
	if diff := cmp.Diff([]seen{{"二", false, "2"}, {"一", true, "甲"}, {"三", true, "三"}}, got); diff != "" {
		t.Error(diff)
	}
	names := []workbook.Name{{Name: "FORM_ID", Refers: "二!$B$2", Hidden: true}, {Name: "_xlnm.Print_Area", Refers: "一!$A$1:$C$9", Scope: "一"}}
	if diff := cmp.Diff(names, b.Names); diff != "" {
		t.Error(diff)
	}
	if !b.Macros || b.Creator != "WPS 表格" || b.Format != workbook.XLSX {
		t.Errorf("macros %v, creator %q, format %s", b.Macros, b.Creator, b.Format)
	}
}

func TestTheAuthorStandsInForAMissingApplication(t *testing.T) {
	b := open(t, book(map[string]string{
		"_rels/.rels":       rels("rId1", relNS+"/officeDocument", "xl/workbook.xml", "rId2", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "docProps/core.xml"),
		"docProps/core.xml": xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>填表人（测试数据）</dc:creator></cp:coreProperties>`,
	}))
	if b.Creator != "填表人（测试数据）" {
		t.Errorf("creator %q", b.Creator)
	}
}

func TestASheetCarriesWhatSurroundsItsCells(t *testing.T) {
	b := open(t, book(map[string]string{
		sheet1: strings.Replace(sheetWith(`<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>`,
			`<mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B3:A2"/><mergeCell ref="E5"/></mergeCells>`+
				`<dataValidations count="1"><dataValidation type="list" sqref="A1"><formula1>"是,否"</formula1></dataValidation></dataValidations><legacyDrawing r:id="rId1"/>`),
			"<sheetData>", `<cols><col min="2" max="3" hidden="1"/><col min="5" max="5" width="9"/></cols><sheetData>`, 1),
		"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "../comments1.xml"),
		"xl/comments1.xml": xmlHead + `<comments xmlns="` + mainNS + `"><authors><author>审核人</author></authors><commentList>` +
			`<comment ref="A1" authorId="0"><text><r><t>请核实</t></r><r><t>口径</t></r></text></comment></commentList></comments>`,
	}))
	s := b.Sheets[0]
	want := &workbook.Sheet{
		Name: "报表", Cells: s.Cells, Validation: true,
		Merged:     []workbook.Range{{From: workbook.Ref{Col: 1, Row: 1}, To: workbook.Ref{Col: 3, Row: 1}}, {From: workbook.Ref{Col: 1, Row: 2}, To: workbook.Ref{Col: 2, Row: 3}}},
		HiddenRows: map[int]bool{2: true}, HiddenCols: map[int]bool{2: true, 3: true},
		Notes: map[workbook.Ref]string{{Col: 1, Row: 1}: "请核实口径"},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestDropListsOfALaterExcelCountAsValidation(t *testing.T) {
	b := open(t, book(map[string]string{sheet1: sheetWith(`<row r="1"/>`, `<extLst><ext uri="{CCE6A557}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations><x14:dataValidation type="list"/></x14:dataValidations></ext></extLst>`)}))
	if !b.Sheets[0].Validation {
		t.Error("validation in the extension list was not seen")
	}
}

// wide encodes a text as UTF-16 with a byte order mark.
func wide(s string, big bool) string {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune("\uFEFF" + s)) {
		if big {
			b.WriteByte(byte(c >> 8))
			b.WriteByte(byte(c))
		} else {
			b.WriteByte(byte(c))
			b.WriteByte(byte(c >> 8))
		}
	}
	return b.String()
}

func TestPartsInUTF16AndWithMarksAreRead(t *testing.T) {
	parts := plain()
	var notes strings.Builder // what repeats too well would exceed the ratio cap
	for i := range 60_000 {
		fmt.Fprintf(&notes, "<!-- 注%d -->", i*i)
	}
	long := sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>` + notes.String())
	for name, text := range map[string]string{
		"UTF-8 mark":                 "\uFEFF" + parts[sheet1],
		"UTF-16 LE":                  wide(strings.Replace(parts[sheet1], "UTF-8", "UTF-16", 1), false),
		"UTF-16 BE":                  wide(strings.Replace(parts[sheet1], "UTF-8", "UTF-16", 1), true),
		"UTF-16, larger than a part": wide(long, false),
		"larger than a part":         long,
	} {
		t.Run(name, func(t *testing.T) {
			if got := open(t, book(map[string]string{sheet1: text})).Sheets[0].Cells[0].Text; got != "甲" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAFindingNamesFilePartSheetAndCell(t *testing.T) {
	got := refused(t, book(map[string]string{sheet1: sheet(`<row r="1"><c r="A1" t="s"><v>9</v></c><c r="B1"><v>1,234</v></c></row>`)}))
	want := []finding.Place{
		{File: "报表.xlsx", Part: sheet1, Sheet: "报表", Cell: "A1"},
		{File: "报表.xlsx", Part: sheet1, Sheet: "报表", Cell: "B1"},
	}
	var places []finding.Place
	for _, f := range got {
		places = append(places, f.Place)
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Error(diff)
	}
}

func TestFindingsStopAtTheirCap(t *testing.T) {
	var rows strings.Builder
	for range 1000 {
		rows.WriteString(`<row><c t="s"><v>9</v></c></row>`)
	}
	got := refused(t, book(map[string]string{sheet1: sheet(rows.String())}))
	if len(got) != workbook.DefaultLimits().Findings {
		t.Errorf("%d findings", len(got))
	}
}

func TestBlankCellsBeyondTheColumnCapAreLeftOutWithANote(t *testing.T) {
	b, finds := workbook.Open("x.xlsx", book(map[string]string{sheet1: sheet(`<row r="1"><c r="A1"><v>1</v></c><c r="XFC1" s="1"/><c r="XFD1" s="1"/></row>`)}), workbook.DefaultLimits())
	if b == nil || len(b.Sheets[0].Cells) != 1 {
		t.Fatalf("book %v", b)
	}
	if len(finds) != 1 || finds[0].Severity != finding.Note || finds[0].Place.Cell != "XFC1" {
		t.Errorf("findings %v", finds)
	}
}

func TestScanVisitsWhatOpenKeeps(t *testing.T) {
	for name, data := range map[string][]byte{"form": formBook(60, 40), "large": largeBook(3000, 25), "plain": book(nil)} {
		b := open(t, data)
		var want, got []workbook.Cell
		for _, s := range b.Sheets {
			want = append(want, s.Cells...)
		}
		finds := scan(t, "x.xlsx", data, workbook.DefaultLimits(), func(s *workbook.Sheet, c *workbook.Cell) bool {
			got = append(got, *c)
			return s.Name == "报表"
		})
		if finds.Refused() {
			t.Fatal(finds)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestScanStopsWhenToldTo(t *testing.T) {
	for name, data := range map[string][]byte{"whole": book(nil), "streamed": largeBook(5000, 25), "csv": []byte("甲,乙\n1,2\n")} {
		n := 0
		finds := scan(t, "x", data, workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { n++; return false })
		if n != 1 || finds.Refused() {
			t.Errorf("%s: %d cells, findings %v", name, n, finds)
		}
	}
}

func TestNothingIsVisitedOfADamagedFile(t *testing.T) {
	data := largeBook(5000, 25)
	damaged := append([]byte(nil), data...)
	damaged[len(damaged)/2] ^= 1
	finds := scan(t, "x.xlsx", damaged, workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool {
		t.Fatal("visited a cell")
		return false
	})
	if !finds.Refused() {
		t.Error("not refused")
	}
}
