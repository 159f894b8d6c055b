package workbook_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"slices"
	"testing"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relNS   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	pkgNS   = "http://schemas.openxmlformats.org/package/2006/relationships"
)

// plain are the parts of a small book with one sheet; a test replaces what it
// is about.
func plain() map[string]string {
	return map[string]string{
		"[Content_Types].xml": xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels": rels("rId1", relNS+"/officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml": xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` +
			`<sheet name="报表" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": rels("rId1", relNS+"/worksheet", "worksheets/sheet1.xml",
			"rId2", relNS+"/styles", "styles.xml", "rId3", relNS+"/sharedStrings", "sharedStrings.xml"),
		"xl/styles.xml": xmlHead + `<styleSheet xmlns="` + mainNS + `"><numFmts count="1"><numFmt numFmtId="176" formatCode="0.0%"/></numFmts>` +
			`<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="49"/><xf numFmtId="2"/><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     xmlHead + `<sst xmlns="` + mainNS + `"><si><t>甲</t></si><si><t>乙</t></si></sst>`,
		"xl/worksheets/sheet1.xml": sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="2"><v>12.50</v></c></row>`),
	}
}

func sheet(rows string) string { return sheetWith(rows, "") }

// sheetWith adds what follows the cells.
func sheetWith(rows, after string) string {
	return xmlHead + `<worksheet xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheetData>` + rows + `</sheetData>` + after + `</worksheet>`
}

// rels writes a relationships part from id, type, target triples.
func rels(triples ...string) string {
	s := xmlHead + `<Relationships xmlns="` + pkgNS + `">`
	for i := 0; i < len(triples); i += 3 {
		s += `<Relationship Id="` + triples[i] + `" Type="` + triples[i+1] + `" Target="` + triples[i+2] + `"/>`
	}
	return s + `</Relationships>`
}

// book packs the plain parts with some replaced; an empty text removes a part.
func book(replaced map[string]string) []byte {
	parts := plain()
	for name, text := range replaced {
		parts[name] = text
		if text == "" {
			delete(parts, name)
		}
	}
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(o io.Writer) (io.WriteCloser, error) { return flate.NewWriter(o, 6) })
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(f, parts[name]); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// open reads a book that must be accepted.
func open(t testing.TB, data []byte) *workbook.Book {
	t.Helper()
	b, finds := workbook.Open("报表.xlsx", data, workbook.DefaultLimits())
	if b == nil || finds.Refused() {
		t.Fatalf("refused:\n%v", finds)
	}
	return b
}

// large are limits that let a large table in; the guard stays on.
func large() workbook.Limits {
	lim := workbook.DefaultLimits()
	lim.File, lim.Part, lim.Total, lim.Cells = 1<<30, 1<<30, 1<<30, 10_000_000
	return lim
}

// scan walks a book in memory.
func scan(t testing.TB, name string, data []byte, lim workbook.Limits, visit func(*workbook.Sheet, *workbook.Cell) bool) finding.List {
	t.Helper()
	finds, err := workbook.Scan(name, bytes.NewReader(data), int64(len(data)), lim, visit)
	if err != nil {
		t.Fatal(err)
	}
	return finds
}

// refused reads a book that must be refused, by Open and by Scan, and returns
// what Open found.
func refused(t testing.TB, data []byte) finding.List {
	t.Helper()
	b, finds := workbook.Open("报表.xlsx", data, workbook.DefaultLimits())
	if b != nil || !finds.Refused() {
		t.Fatalf("accepted: %v", finds)
	}
	scanned := scan(t, "报表.xlsx", data, workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { return true })
	if !scanned.Refused() {
		t.Fatalf("Scan accepted what Open refused: %v", finds)
	}
	return finds
}

// cells reads the cells of a sheet with these rows.
func cells(t testing.TB, rows string) []workbook.Cell {
	t.Helper()
	return open(t, book(map[string]string{"xl/worksheets/sheet1.xml": sheet(rows)})).Sheets[0].Cells
}
