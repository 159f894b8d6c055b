package workbook_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/ingest/workbook"
)

// A malformed book must be refused within the time and with a finding of the
// rule that names its part or cell ("" where the whole file is meant).
type malformed struct {
	name  string
	data  []byte
	rule  string // "" when several are right
	place string // a substring of the place of some finding
}

// patience bounds a read that does not end. It is a guard against hanging, not a
// measurement: a file must be refused within 5 s on an idle machine, and the tests
// of all packages run at once on whatever CI has.
const patience = 60 * time.Second

func TestMalformedBooksAreRefusedWithAPlace(t *testing.T) {
	all := slices.Concat(badSheets(), badParts(), badPackages(), bombs(), foreignFiles())
	if len(all) < 80 {
		t.Fatalf("only %d malformed books", len(all))
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			start := time.Now()
			finds := refused(t, m.data)
			if d := time.Since(start); d > patience {
				t.Errorf("took %v", d)
			}
			for i, f := range finds {
				if i > 0 && f.Place.Part != "" && f.String() == finds[i-1].String() {
					t.Errorf("found twice: %v", f)
				}
				if f.Message == "" || f.Hint == "" || f.Place.File != "报表.xlsx" {
					t.Errorf("incomplete finding %+v", f)
				}
				if (m.rule == "" || f.Rule == m.rule) && strings.Contains(f.Place.String(), m.place) {
					return
				}
			}
			t.Errorf("want rule %q at %q, got:\n%v", m.rule, m.place, finds)
		})
	}
}

// badSheets are wrong inside the sheet.
func badSheets() (all []malformed) {
	cell := func(name, rule, place, row string) {
		all = append(all, malformed{name, book(map[string]string{sheet1: sheet(row)}), rule, place})
	}
	row := func(c string) string { return `<row r="3">` + c + `</row>` }
	for _, ref := range []string{"A0", "XFE1", "1A", "A", "3", "", "A01", "AAAA3", "A1048577", "$A$3", "A3:B3", "甲3", "A-3", "A99999999999999999999"} {
		cell("reference "+ref, "sheet-cell", sheet1, row(`<c r="`+ref+`"><v>1</v></c>`))
	}
	cell("cell of another row", "sheet-cell", "!A4", row(`<c r="A4"><v>1</v></c>`))
	cell("cell twice", "sheet-cell", "!B3", row(`<c r="B3"><v>1</v></c><c r="B3"><v>2</v></c>`))
	cell("cells out of order", "sheet-cell", "!A3", row(`<c r="B3"><v>1</v></c><c r="A3"><v>2</v></c>`))
	cell("cell beyond the last column", "sheet-cell", "!XFE3", row(`<c r="XFD3"/><c><v>1</v></c>`))
	for _, n := range []string{"1e400", "-1e400", "nan", "INF", "Infinity", "0x10", "1_000", "1,234", "1.2.3", "--1", "１２", "1e", "e5", ".", "+", "12abc", "1e-400", strings.Repeat("9", 1000), "1 2"} {
		cell("number "+n[:min(len(n), 12)], "sheet-cell", "[报表]!A3", row(`<c r="A3"><v>`+n+`</v></c>`))
	}
	for _, i := range []string{"2", "-1", "1.0", "99999999999", "x"} {
		cell("shared string "+i, "sheet-cell", "[报表]!C3", row(`<c r="C3" t="s"><v>`+i+`</v></c>`))
	}
	cell("style out of range", "sheet-cell", "!A3", row(`<c r="A3" s="6"><v>1</v></c>`))
	cell("style no number", "sheet-cell", "!A3", row(`<c r="A3" s="x"><v>1</v></c>`))
	cell("type unknown", "sheet-cell", "!A3", row(`<c r="A3" t="q"><v>1</v></c>`))
	cell("boolean 2", "sheet-cell", "!A3", row(`<c r="A3" t="b"><v>2</v></c>`))
	cell("date of no calendar", "sheet-cell", "!A3", row(`<c r="A3" t="d"><v>2026-02-30</v></c>`))
	cell("escaped NUL", "sheet-cell", "!A3", row(`<c r="A3" t="str"><v>a_x0000_b</v></c>`))
	cell("shared formula without text", "sheet-cell", "!A3", row(`<c r="A3"><f t="shared" si="4"/><v>1</v></c>`))
	cell("shared formula without number", "sheet-cell", "!A3", row(`<c r="A3"><f t="shared">B3</f><v>1</v></c>`))
	cell("rows out of order", "package-xml", sheet1, `<row r="3"/><row r="2"/>`)
	cell("row twice", "package-xml", sheet1, `<row r="3"/><row r="3"/>`)
	cell("row 0", "package-xml", sheet1, `<row r="0"/>`)
	cell("row 1048577", "package-xml", sheet1, `<row r="1048577"/>`)
	cell("row after the last", "sheet-cap", sheet1, `<row r="1048576"/><row/>`)
	cell("two values", "package-xml", "!A3", row(`<c r="A3"><v>1</v><v>2</v></c>`))
	cell("text between cells", "package-xml", sheet1, row(`x<c r="A3"/>`))
	cell("text in a cell", "package-xml", "!A3", row(`<c r="A3">5</c>`))
	cell("stray element", "package-xml", sheet1, row(`<d r="A3"/>`))
	cell("cell outside a row", "package-xml", sheet1, `<c r="A3"/>`)
	cell("alternate content hides a row", "package-xml", sheet1, `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice><row r="1"/></mc:Choice></mc:AlternateContent>`)
	cell("value in column XFD", "sheet-cap", "!XFD3", row(`<c r="XFD3"><v>1</v></c>`))
	cell("control character", "package-xml", "!A3", row("<c r=\"A3\" t=\"str\"><v>a\x01b</v></c>"))
	cell("NUL", "package-xml", "!A3", row("<c r=\"A3\" t=\"str\"><v>a\x00b</v></c>"))
	cell("control character by number", "package-xml", "!A3", row(`<c r="A3" t="str"><v>&#1;</v></c>`))
	cell("not UTF-8", "package-xml", "!A3", row("<c r=\"A3\" t=\"str\"><v>\xd6\xd0</v></c>"))
	cell("U+FFFF", "package-xml", "!A3", row("<c r=\"A3\" t=\"str\"><v>\uFFFF</v></c>"))
	cell("unknown entity", "package-xml", "!A3", row(`<c r="A3" t="str"><v>&nbsp;</v></c>`))
	cell("surrogate by number", "package-xml", "!A3", row(`<c r="A3" t="str"><v>&#xD800;</v></c>`))
	cell("end tag of another element", "package-xml", sheet1, `<row r="3"></roww>`)
	cell("attribute twice", "package-xml", sheet1, `<row r="3" r="4"/>`)
	cell("attribute without quotes", "package-xml", sheet1, `<row r=3/>`)
	cell("less-than in an attribute", "package-xml", sheet1, `<row r="3" x="<"/>`)
	cell("prefix undeclared", "package-xml", sheet1, `<y:row r="3"/>`)
	cell("nested too deep", "package-xml", sheet1, row(`<c r="A3"><is>`+strings.Repeat("<r>", 100)+strings.Repeat("</r>", 100)+`</is></c>`))
	cell("second sheetData", "package-xml", sheet1, `</sheetData><sheetData>`)
	cell("attributes without number", "package-xml", sheet1, `<row`+manyAttributes(500)+`/>`)
	cell("tag without end", "package-xml", sheet1, `<row x="`+numbers(300_000)+`"/>`)
	for _, merges := range []string{`<mergeCell ref="A1:C3"/><mergeCell ref="C3:D4"/>`, `<mergeCell ref="A1:A9"/><mergeCell ref="A5:B5"/>`, `<mergeCell ref="B2:C3"/><mergeCell ref="A1:XFD1048576"/>`, `<mergeCell ref="A1:B2"/><mergeCell ref="A1:B2"/>`} {
		all = append(all, malformed{"merged " + merges, book(map[string]string{sheet1: sheetWith("", "<mergeCells>"+merges+"</mergeCells>")}), "sheet-merge", "[报表]!"})
	}
	for _, ref := range []string{"A0:B2", "A1:XFE2", "", "A1:B2:C3"} {
		all = append(all, malformed{"merged " + ref, book(map[string]string{sheet1: sheetWith("", `<mergeCells><mergeCell ref="`+ref+`"/></mergeCells>`)}), "sheet-merge", sheet1})
	}
	return all
}

// numbers is a text that does not compress beyond the ratio cap.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d ", i*i%9973)
	}
	return b.String()
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// badParts are wrong between the parts.
func badParts() (all []malformed) {
	with := func(name, rule, place string, parts map[string]string) {
		all = append(all, malformed{name, book(parts), rule, place})
	}
	p := plain()
	wb, wbRels := "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
	for _, name := range slices.Sorted(maps.Keys(p)) {
		rule := "package-rels"
		if name == "[Content_Types].xml" {
			rule = "not-a-workbook"
		}
		with("without "+name, rule, "", map[string]string{name: ""})
		with("DTD in "+name, "package-dtd", name, map[string]string{name: strings.Replace(p[name], "\n", "\n<!DOCTYPE a [<!ENTITY b \"c\">]>", 1)})
		with("other root in "+name, "package-xml", name, map[string]string{name: xmlHead + `<other/>`})
		with("other encoding in "+name, "package-xml", name, map[string]string{name: strings.Replace(p[name], "UTF-8", "GBK", 1)})
		with("two roots in "+name, "package-xml", name, map[string]string{name: p[name] + `<more/>`})
		with("half of "+name, "package-xml", name, map[string]string{name: p[name][:len(p[name])/2]})
		with("white space for "+name, "package-xml", name, map[string]string{name: " "})
	}
	with("root without workbook", "package-rels", "_rels/.rels", map[string]string{"_rels/.rels": rels()})
	with("workbook outside", "package-rels", "_rels/.rels", map[string]string{"_rels/.rels": rels("rId1", relNS+"/officeDocument", "../../etc/passwd")})
	with("sheet without relationship", "package-rels", "[报表]", map[string]string{wbRels: rels("rId9", relNS+"/worksheet", "worksheets/sheet1.xml")})
	with("sheet is the workbook", "package-xml", wb, map[string]string{wbRels: rels("rId1", relNS+"/worksheet", "workbook.xml")})
	with("relationship twice", "package-rels", wbRels, map[string]string{wbRels: rels("rId1", relNS+"/worksheet", "worksheets/sheet1.xml", "rId1", relNS+"/worksheet", "worksheets/sheet1.xml")})
	with("sheet outside", "package-rels", wbRels, map[string]string{wbRels: rels("rId1", relNS+"/worksheet", "../../sheet1.xml")})
	with("sheet elsewhere", "package-rels", "[报表]", map[string]string{wbRels: strings.Replace(p[wbRels], `Target="worksheets/sheet1.xml"`, `Target="http://example.com/x" TargetMode="External"`, 1)})
	two := strings.Replace(p[wb], "</sheets>", `<sheet name="%" sheetId="2" r:id="rId1"/></sheets>`, 1)
	with("two sheets on one part", "package-rels", sheet1, map[string]string{wb: strings.Replace(two, "%", "另一", 1)})
	with("two sheets of one name", "not-a-workbook", wb, map[string]string{wb: strings.Replace(two, "%", "报表", 1)})
	with("no sheet", "not-a-workbook", wb, map[string]string{wb: xmlHead + `<workbook xmlns="` + mainNS + `"><sheets/></workbook>`})
	with("sheet of another namespace", "package-xml", sheet1, map[string]string{sheet1: strings.Replace(p[sheet1], mainNS, "urn:other", 1)})
	with("comment at A0", "sheet-cell", "xl/comments1.xml", map[string]string{
		"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "../comments1.xml"),
		"xl/comments1.xml":                    xmlHead + `<comments xmlns="` + mainNS + `"><commentList><comment ref="A0"><text><t>x</t></text></comment></commentList></comments>`,
	})
	with("comments missing", "package-rels", "xl/comments1.xml", map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "../comments1.xml")})
	with("UTF-16 of odd length", "package-xml", sheet1, map[string]string{sheet1: wide(p[sheet1], false) + "x"})
	with("hidden column 99999", "package-xml", sheet1, map[string]string{sheet1: strings.Replace(p[sheet1], "<sheetData>", `<cols><col min="1" max="99999" hidden="1"/></cols><sheetData>`, 1)})
	ct := "[Content_Types].xml"
	with("a Word main part", "not-a-workbook", wb, map[string]string{ct: strings.Replace(p[ct], "spreadsheetml.sheet", "wordprocessingml.document", 1)})
	with("a binary main part", "not-a-workbook", wb, map[string]string{ct: strings.Replace(p[ct], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.binary.macroEnabled.main", 1)})
	return all
}

// badPackages are wrong in the zip.
func badPackages() (all []malformed) {
	add := func(name, rule, place string, data []byte) { all = append(all, malformed{name, data, rule, place}) }
	good := book(nil)
	_, entries := layout(good)
	before := "文件开头"
	for _, e := range entries {
		// Truncation where a header, a part's data or the next entry begins.
		add("cut before "+e.name, "", before, good[:e.header])
		add("cut before the data of "+e.name, "package-zip", e.name, good[:e.data])
		add("cut in the data of "+e.name, "package-zip", e.name, good[:(e.data+e.end)/2])
		add("cut behind "+e.name, "package-zip", e.name, good[:e.end])
		before = e.name
	}
	add("cut in the directory", "package-zip", entries[len(entries)-2].name, good[:len(good)-30])
	add("last byte cut", "package-zip", "目录", good[:len(good)-1])
	add("something before", "package-zip", "", append([]byte("PK\x03\x04 junk"), good...))
	add("something behind", "package-zip", "", append(bytes.Clone(good), 0))
	for _, e := range entries {
		add("CRC of "+e.name, "package-crc", e.name, patch(good, e.dir+16, le32(1)))
		add("smaller than claimed "+e.name, "package-size", e.name, patch(good, e.dir+24, le32(e.size+7)))
		add("larger than claimed "+e.name, "package-size", e.name, patch(good, e.dir+24, le32(e.size-7)))
		add("claims 3 GB "+e.name, "package-size", e.name, patch(good, e.dir+24, le32(3<<30)))
		add("packed claims less "+e.name, "", e.name, patch(good, e.dir+20, le32(e.packed-3)))
		add("packed claims more "+e.name, "", "", patch(good, e.dir+20, le32(e.packed+40)))
	}
	e := entries[len(entries)-1]
	add("encrypted flag", "encrypted", e.name, patch(good, e.dir+8, []byte{9, 0}))
	add("strange method", "package-zip", e.name, patch(good, e.dir+10, []byte{12, 0}))
	add("another name in the header", "package-names", e.name, patch(good, e.header+30, []byte{'q'}))
	add("header elsewhere", "package-zip", e.name, patch(good, e.dir+42, le32(5)))
	add("header beyond the file", "package-zip", e.name, patch(good, e.dir+42, le32(1<<31)))
	add("same data twice", "", "", patch(good, entries[0].dir+42, le32(uint32(e.header))))
	for _, name := range []string{"/xl/a.xml", "../a.xml", "xl/../../a.xml", `xl\a.xml`, "C:/a.xml", "a\x00b", "./a", "XL/WORKBOOK.XML", "xl/workbook.xml"} {
		add("part named "+name, "package-names", "", withEntry(book(nil), name))
	}
	many := packed(func(w *zip.Writer) {
		for i := range 2500 {
			must(w.Create(fmt.Sprintf("xl/p%d.xml", i)))
		}
	})
	add("too many parts", "package-parts", "", many)
	return all
}

// bombs take much from little.
func bombs() (all []malformed) {
	add := func(name, rule, place string, parts map[string]string) {
		all = append(all, malformed{name, book(parts), rule, place})
	}
	add("inflated bomb", "package-ratio", sheet1, map[string]string{sheet1: strings.Repeat(" ", 40<<20)})
	add("part over its cap", "package-size", sheet1, map[string]string{sheet1: strings.Repeat(" ", 65<<20)})
	var rows strings.Builder
	for i := 1; i <= 20_000; i++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="XFD%d"><v>%d</v></c></row>`, i, i, i*i%9973)
	}
	add("sparse XFD bomb", "sheet-cap", "!XFD1", map[string]string{sheet1: sheet(rows.String())})
	rows.Reset()
	for i := 1; i <= 200_001; i++ {
		fmt.Fprintf(&rows, `<row r="%d" ht="%d"/>`, i, i*i%9973)
	}
	add("too many rows", "sheet-cap", "!A200001", map[string]string{sheet1: sheet(rows.String())})
	rows.Reset()
	for r := 1; r <= 2100; r++ {
		fmt.Fprintf(&rows, `<row r="%d">`, r)
		for c := range 1000 {
			fmt.Fprintf(&rows, `<c><v>%d</v></c>`, r*c%9973)
		}
		rows.WriteString(`</row>`)
	}
	add("too many cells", "sheet-cap", "[报表]!", map[string]string{sheet1: sheet(rows.String())})
	var merges strings.Builder
	for i := 1; i <= 60_000; i++ {
		fmt.Fprintf(&merges, `<mergeCell ref="A%d:XFD%d"/>`, i, i)
	}
	add("too many merged ranges", "sheet-cap", "[报表]", map[string]string{sheet1: sheetWith("", "<mergeCells>"+merges.String()+"</mergeCells>")})
	rows.Reset()
	fmt.Fprintf(&rows, `<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A150000">%s</f></c></row>`, strings.Repeat("B1+", 2500)+"B1")
	for r := 2; r <= 150_000; r++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d"><f t="shared" si="0"/></c></row>`, r, r)
	}
	add("shared formula bomb", "sheet-cap", "[报表]!A", map[string]string{sheet1: sheet(rows.String())})
	var sst strings.Builder
	for i := range 2_000_001 {
		fmt.Fprintf(&sst, "<si><t>%d</t></si>", i*i%9973)
	}
	add("too many strings", "sheet-cap", "xl/sharedStrings.xml", map[string]string{"xl/sharedStrings.xml": `<sst xmlns="` + mainNS + `">` + sst.String() + `</sst>`})
	var sheets strings.Builder
	for i := range 300 {
		fmt.Fprintf(&sheets, `<sheet name="表%d" sheetId="%d" r:id="rId1"/>`, i, i+1)
	}
	add("too many sheets", "sheet-cap", "xl/workbook.xml", map[string]string{"xl/workbook.xml": `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` + sheets.String() + `</sheets></workbook>`})
	return all
}

func foreignFiles() []malformed {
	compound := func(names ...string) []byte { return compoundFile(names...) }
	docx := packed(func(w *zip.Writer) {
		must(w.Create("[Content_Types].xml"))
		must(w.Create("word/document.xml"))
	})
	return []malformed{
		{"empty", nil, "not-a-workbook", ""},
		{"zip of something", packed(func(w *zip.Writer) { must(w.Create("a.txt")) }), "not-a-workbook", ""},
		{"empty zip", packed(func(*zip.Writer) {}), "not-a-workbook", ""},
		{"docx", docx, "not-a-workbook", ""},
		{"old xls", compound("Root Entry", "Workbook"), "old-xls", ""},
		{"older xls", compound("Root Entry", "Book"), "old-xls", ""},
		{"bare BIFF", []byte("\x09\x08\x10\x00\x00\x06\x05\x00\x00\x00"), "old-xls", ""},
		{"et", compound("Root Entry", "Workbook", "ETExtData"), "wps-et", ""},
		{"encrypted", compound("Root Entry", "EncryptionInfo", "EncryptedPackage"), "encrypted", ""},
		{"doc", compound("Root Entry", "WordDocument"), "not-a-workbook", ""},
		{"half a compound file", compound("Root Entry", "Workbook")[:520], "not-a-workbook", ""},
		{"html", []byte("\uFEFF <HTML><table><tr><td><table></table></td></tr></table></HTML>"), "html-table", ""},
		{"web archive", []byte("MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n"), "html-table", ""},
		{"Excel 2003 XML", []byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`), "not-a-workbook", ""},
		{"PDF", []byte("%PDF-1.7\n"), "not-a-workbook", ""},
		{"picture", []byte("\x89PNG\r\n\x1a\n\x00\x00"), "not-a-workbook", ""},
		{"bytes", []byte("\x00\x01\x02\x03\xff\xfe\xfd"), "not-a-workbook", ""},
	}
}

func TestEveryDamagedByteIsNoticedOrChangesNothing(t *testing.T) {
	good := book(nil)
	want := open(t, good)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		b, finds := workbook.Open("报表.xlsx", bad, workbook.DefaultLimits())
		if b == nil {
			if !finds.Refused() {
				t.Fatalf("byte %d: no book and no mandatory finding", i)
			}
			continue
		}
		// Some bytes of a zip mean nothing to a reader: dates, version, attributes.
		if fmt.Sprint(*b.Sheets[0]) != fmt.Sprint(*want.Sheets[0]) {
			t.Fatalf("byte %d: another sheet was read: %v", i, b.Sheets[0])
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	good := book(nil)
	for n := 4; n < len(good); n++ { // the first letters alone, PK, are a text
		refused(t, good[:n])
	}
}

// An entry is where a part stands in a package.
type entry struct {
	name              string
	header, data, end int // in the file
	dir               int // of its entry in the directory
	size, packed      uint32
}

// layout finds the entries of a well-formed package by the directory.
func layout(data []byte) (dir int, entries []entry) {
	end := data[len(data)-22:]
	dir = int(binary.LittleEndian.Uint32(end[16:]))
	for at := dir; at < len(data)-22; {
		d := data[at:]
		n := int(binary.LittleEndian.Uint16(d[28:]))
		e := entry{
			name: string(d[46 : 46+n]), header: int(binary.LittleEndian.Uint32(d[42:])), dir: at,
			packed: binary.LittleEndian.Uint32(d[20:]), size: binary.LittleEndian.Uint32(d[24:]),
		}
		h := data[e.header:]
		e.data = e.header + 30 + int(binary.LittleEndian.Uint16(h[26:])) + int(binary.LittleEndian.Uint16(h[28:]))
		e.end = e.data + int(e.packed)
		entries = append(entries, e)
		at += 46 + n + int(binary.LittleEndian.Uint16(d[30:])) + int(binary.LittleEndian.Uint16(d[32:]))
	}
	return dir, entries
}

func patch(data []byte, at int, b []byte) []byte {
	out := bytes.Clone(data)
	copy(out[at:], b)
	return out
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func packed(fill func(*zip.Writer)) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	fill(w)
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func must(w io.Writer, err error) io.Writer {
	if err != nil {
		panic(err)
	}
	return w
}

// withEntry adds a stored part of any name to a package.
func withEntry(data []byte, name string) []byte {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	return packed(func(w *zip.Writer) {
		for _, f := range r.File {
			if err := w.Copy(f); err != nil {
				panic(err)
			}
		}
		const body = "<a/>"
		f := must(w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(body)), CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(len(body))}))
		if _, err := io.WriteString(f, body); err != nil {
			panic(err)
		}
	})
}

// compoundFile makes the smallest compound file with streams of these names.
func compoundFile(names ...string) []byte {
	data := make([]byte, 512*3)
	copy(data, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	put := binary.LittleEndian
	put.PutUint16(data[30:], 9)
	put.PutUint32(data[44:], 1)          // FAT sectors
	put.PutUint32(data[48:], 1)          // the directory begins in sector 1
	put.PutUint32(data[68:], 0xFFFFFFFE) // no further FAT sectors
	put.PutUint32(data[76:], 0)          // sector 0 is the FAT
	for at := 80; at < 512; at += 4 {
		put.PutUint32(data[at:], 0xFFFFFFFF)
	}
	put.PutUint32(data[512:], 0xFFFFFFFD)
	put.PutUint32(data[516:], 0xFFFFFFFE)
	for i, name := range names {
		at := data[1024+128*i:]
		for j, c := range name {
			put.PutUint16(at[2*j:], uint16(c))
		}
		put.PutUint16(at[64:], uint16(2*len(name)+2))
		if at[66] = 2; i == 0 {
			at[66] = 5
		}
	}
	return data
}
