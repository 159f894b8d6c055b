package workbook_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf16"
)

// The corpus in testdata/malformed is made here (go test -run Corpus -update)
// and read back by corpus_test.go. Its files are kept because a compressor or an
// encoder of tomorrow may make others, and because other readers can be tried on
// them. Every file is small; what it inflates to need not be.

// A sample is a file of the corpus.
type sample struct {
	file, wrong string
	data        []byte
	rule        string // of the finding that is wanted, "" when several are right
	place       string // a part of its place
}

// maxSample is the size up to which a sample is kept.
const maxSample = 20 << 10

// samples makes the corpus.
func samples() (all []sample) {
	used := make(map[string]bool)
	add := func(kind, ext string, list []malformed) {
		for _, m := range list {
			if len(m.data) > maxSample {
				continue // made and opened in memory by malformed_test.go
			}
			name := kind + "-" + slug(m.name)
			for i := 2; used[name]; i++ {
				name = fmt.Sprintf("%s-%s-%d", kind, slug(m.name), i)
			}
			used[name] = true
			all = append(all, sample{name + ext, m.name, m.data, m.rule, m.place})
		}
	}
	add("sheet", ".xlsx", badSheets())
	add("part", ".xlsx", badParts())
	add("package", ".xlsx", badPackages())
	add("bomb", ".xlsx", bombs())
	add("foreign", ".xlsx", foreignFiles())
	add("flipped", ".xlsx", flipped())
	add("relation", ".xlsx", badRelations())
	add("forged", ".xlsx", forgedSizes())
	add("bomb", ".xlsx", smallBombs())
	add("xml", ".xlsx", badXML())
	add("text", ".csv", badTexts())
	add("page", ".xls", badPages())
	add("compound", ".xls", badCompounds())
	add("records", ".xls", badRecords())
	return all
}

// slug makes a part of a file name.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// rewritten changes the parts of a package.
func rewritten(data []byte, change func(name, text string) string) []byte {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	return packed(func(w *zip.Writer) {
		for _, f := range r.File {
			src, err := f.Open()
			if err != nil {
				panic(err)
			}
			part, err := io.ReadAll(src)
			if err != nil {
				panic(err)
			}
			if _, err := io.WriteString(must(w.Create(f.Name)), change(f.Name, string(part))); err != nil {
				panic(err)
			}
		}
	})
}

// dense packs like book, as small as deflate can.
func dense(parts map[string]string) []byte {
	all := plain()
	maps.Copy(all, parts)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return packed(func(w *zip.Writer) {
		w.RegisterCompressor(zip.Deflate, func(o io.Writer) (io.WriteCloser, error) { return flate.NewWriter(o, flate.BestCompression) })
		for _, name := range names {
			if _, err := io.WriteString(must(w.Create(name)), all[name]); err != nil {
				panic(err)
			}
		}
	})
}

// flipped has one byte changed in every part: at the start, in the middle and at
// the end of its data, and in its headers.
func flipped() (all []malformed) {
	good := book(nil)
	_, entries := layout(good)
	flip := func(name string, at int, bit byte) {
		bad := bytes.Clone(good)
		bad[at] ^= bit
		all = append(all, malformed{name: name, data: bad})
	}
	for _, e := range entries {
		flip("first byte of "+e.name, e.data, 4)
		flip("byte in the middle of "+e.name, (e.data+e.end)/2, 0x20)
		flip("last byte of "+e.name, e.end-1, 0x01)
		flip("header signature of "+e.name, e.header, 0x01)
		flip("directory signature of "+e.name, e.dir+2, 0x08)
		flip("name in the directory of "+e.name, e.dir+46, 0x01)
	}
	for i, what := range []string{"end signature", "disk number", "entry count", "directory size", "directory offset"} {
		flip(what, len(good)-22+[]int{0, 4, 10, 12, 16}[i], 0x02)
	}
	return all
}

func badRelations() (all []malformed) {
	add := func(name, rule, place string, parts map[string]string) {
		all = append(all, malformed{name, book(parts), rule, place})
	}
	const wb, wbRels = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
	sheetRel := func(target string) string { return rels("rId1", relNS+"/worksheet", target) }
	add("root leads to its own relationships", "package-xml", "_rels/.rels", map[string]string{"_rels/.rels": rels("rId1", relNS+"/officeDocument", "_rels/.rels")})
	add("workbook is the sheet", "package-xml", sheet1, map[string]string{"_rels/.rels": rels("rId1", relNS+"/officeDocument", sheet1)})
	add("sheet leads to the workbook's relationships", "package-xml", wbRels, map[string]string{wbRels: sheetRel("_rels/workbook.xml.rels")})
	add("shared strings lead to the styles", "package-xml", "xl/styles.xml", map[string]string{wbRels: rels("rId1", relNS+"/worksheet", "worksheets/sheet1.xml", "rId2", relNS+"/sharedStrings", "styles.xml")})
	add("styles lead to the workbook", "package-xml", wb, map[string]string{wbRels: rels("rId1", relNS+"/worksheet", "worksheets/sheet1.xml", "rId2", relNS+"/styles", "workbook.xml")})
	add("comments lead to their own sheet", "package-xml", sheet1, map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "sheet1.xml")})
	add("comments lead to the relationships they are in", "package-xml", "sheet1.xml.rels", map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "_rels/sheet1.xml.rels")})
	add("target empty", "package-rels", "", map[string]string{wbRels: sheetRel("")})
	add("target a folder", "package-rels", "", map[string]string{wbRels: sheetRel("worksheets/")})
	add("target only a fragment", "package-rels", "", map[string]string{wbRels: sheetRel("#Sheet1!A1")})
	add("target a device", "package-rels", "", map[string]string{wbRels: sheetRel("C:/con")})
	add("target absolute and missing", "package-rels", "xl/other.xml", map[string]string{wbRels: sheetRel("/xl/other.xml")})
	add("target above the package", "package-rels", wbRels, map[string]string{wbRels: sheetRel("../../../../../../etc/passwd")})
	add("target with percent dots", "package-rels", "", map[string]string{wbRels: sheetRel("%2e%2e/%2e%2e/sheet1.xml")})
	add("styles outside the file", "package-rels", wb, map[string]string{wbRels: strings.Replace(rels("rId1", relNS+"/worksheet", "worksheets/sheet1.xml", "rId2", relNS+"/styles", "http://example.com/s.xml"), `s.xml"/></R`, `s.xml" TargetMode="External"/></R`, 1)})
	add("relationship without number", "package-rels", wbRels, map[string]string{wbRels: rels("", relNS+"/worksheet", "worksheets/sheet1.xml")})
	add("sheet's relationships torn", "package-xml", "sheet1.xml.rels", map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": rels("rId1", relNS+"/comments", "../comments1.xml")[:150]})
	return all
}

// forgedSizes lie about sizes and places in ways that badPackages does not.
func forgedSizes() (all []malformed) {
	good := book(nil)
	dir, entries := layout(good)
	at := len(good) - 22
	add := func(name, rule, place string, data []byte) { all = append(all, malformed{name, data, rule, place}) }
	add("directory offset beyond the file", "package-zip", "", patch(good, at+16, le32(1<<31)))
	add("directory offset of 4 GB", "package-zip", "", patch(good, at+16, le32(math.MaxUint32)))
	add("directory size of 4 GB", "package-zip", "", patch(good, at+12, le32(math.MaxUint32)))
	add("65535 entries", "package-zip", "", patch(patch(good, at+8, []byte{0xFF, 0xFF}), at+10, []byte{0xFF, 0xFF}))
	add("no entries", "package-zip", "", patch(patch(good, at+8, []byte{0, 0}), at+10, []byte{0, 0}))
	add("on another disk", "package-zip", "", patch(good, at+4, []byte{1, 0}))
	add("comment longer than the file", "package-zip", "", patch(good, at+20, []byte{0xFF, 0xFF}))
	for _, e := range entries[:3] {
		add("name longer than the directory in "+e.name, "package-zip", "", patch(good, e.dir+28, []byte{0xFF, 0xFF}))
		add("extra field longer than the directory in "+e.name, "package-zip", "", patch(good, e.dir+30, []byte{0xFF, 0xFF}))
		add("size of 4 GB without Zip64 in "+e.name, "", "", patch(good, e.dir+24, le32(math.MaxUint32)))
		add("packed size of 4 GB without Zip64 in "+e.name, "", "", patch(good, e.dir+20, le32(math.MaxUint32)))
		add("header name longer than the file in "+e.name, "", e.name, patch(good, e.header+26, []byte{0xFF, 0xFF}))
		add("empty by claim "+e.name, "package-size", e.name, patch(good, e.dir+24, le32(0)))
		add("stored by claim "+e.name, "", e.name, patch(patch(good, e.dir+10, []byte{0, 0}), e.header+8, []byte{0, 0}))
	}
	// A Zip64 record that points around the file.
	for _, to := range []uint64{0, uint64(dir), 1 << 40, math.MaxUint64} {
		zip64 := slices.Concat(good[:at], []byte("PK\x06\x07"), le32(0), binary.LittleEndian.AppendUint64(nil, to), le32(1), good[at:])
		add(fmt.Sprintf("Zip64 record at %d", to), "package-zip", "", zip64)
	}
	for _, n := range []uint64{math.MaxUint64, 1 << 32} {
		rec := slices.Concat([]byte("PK\x06\x06"), binary.LittleEndian.AppendUint64(nil, 44), make([]byte, 12))
		for _, v := range []uint64{n, n, uint64(at - dir), uint64(dir)} {
			rec = binary.LittleEndian.AppendUint64(rec, v)
		}
		zip64 := slices.Concat(good[:at], rec, []byte("PK\x06\x07"), le32(0), binary.LittleEndian.AppendUint64(nil, uint64(at)), le32(1), good[at:])
		add(fmt.Sprintf("Zip64 record with %d entries", n), "package-zip", "", zip64)
	}
	return all
}

// smallBombs fit in the corpus and ask for far more than their size.
func smallBombs() (all []malformed) {
	add := func(name, rule, place string, parts map[string]string) {
		all = append(all, malformed{name, dense(parts), rule, place})
	}
	for _, part := range []string{sheet1, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/media/image1.png"} {
		add("6 MB of blanks in "+part, "package-ratio", part, map[string]string{part: strings.Repeat(" ", 6<<20)})
	}
	// Below the size that the ratio judges, repeated markup costs a reader most.
	const room = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, (room-2000)/len(s)) }
	var sparse strings.Builder
	for r := 1; r <= 600; r++ {
		fmt.Fprintf(&sparse, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, r*1747, r*1747)
	}
	add("cells in column XFD to the last row", "sheet-cap", "!XFD1747", map[string]string{sheet1: sheet(sparse.String())})
	add("one cell in the last corner", "sheet-cap", "!XFD1048576", map[string]string{sheet1: sheet(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`)})
	add("merged ranges over the whole sheet", "sheet-merge", "[报表]!", map[string]string{sheet1: sheetWith("", "<mergeCells>"+fill(`<mergeCell ref="A1:XFD1048576"/>`)+"</mergeCells>")})
	add("hidden columns over and over, then a bad one", "package-xml", sheet1, map[string]string{sheet1: strings.Replace(sheet(""), "<sheetData>", "<cols>"+fill(`<col min="1" max="16384" hidden="1"/>`)+`<col min="0" max="1" hidden="1"/></cols><sheetData>`, 1)})
	add("shared formula of 8 KB in every row", "sheet-cap", "[报表]!A", map[string]string{sheet1: sheet(`<row r="1"><c r="A1"><f t="shared" si="0">` + strings.Repeat("B1+", 2700) + `B1</f></c></row>` + strings.Repeat(`<row><c><f t="shared" si="0"/></c></row>`, 20_000))})
	var eight strings.Builder
	targets := []string{}
	parts := map[string]string{}
	blanks := strings.Repeat(`<row>`+strings.Repeat(`<c/>`, 1000)+`</row>`, 255)
	for i := range 9 {
		fmt.Fprintf(&eight, `<sheet name="表%d" sheetId="%d" r:id="rId%d"/>`, i, i+1, i)
		targets = append(targets, fmt.Sprintf("rId%d", i), relNS+"/worksheet", fmt.Sprintf("worksheets/s%d.xml", i))
		parts[fmt.Sprintf("xl/worksheets/s%d.xml", i)] = sheet(blanks)
	}
	parts[sheet1] = sheet("")
	parts["xl/workbook.xml"] = `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` + eight.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = rels(targets...)
	add("two million blank cells", "sheet-cap", "[表", parts)
	add("open tags without end", "package-xml", sheet1, map[string]string{sheet1: `<worksheet xmlns="` + mainNS + `">` + fill("<a>")})
	add("laughs", "package-dtd", sheet1, map[string]string{sheet1: `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet xmlns="` + mainNS + `"><sheetData><row r="1"><c r="A1" t="str"><v>&c;</v></c></row></sheetData></worksheet>`})
	add("external entity", "package-dtd", sheet1, map[string]string{sheet1: `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet xmlns="` + mainNS + `"><sheetData><row r="1"><c r="A1" t="str"><v>&x;</v></c></row></sheetData></worksheet>`})
	add("300 sheets on one part", "sheet-cap", "xl/workbook.xml", map[string]string{"xl/workbook.xml": `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` + strings.Repeat(`<sheet name="a" sheetId="1" r:id="rId1"/>`, 300) + `</sheets></workbook>`})
	add("70,000 number formats", "sheet-cap", "xl/styles.xml", map[string]string{"xl/styles.xml": `<styleSheet xmlns="` + mainNS + `"><cellXfs>` + strings.Repeat(`<xf/>`, 70_000) + `</cellXfs></styleSheet>`})
	add("an attribute of 1 MB", "package-xml", sheet1, map[string]string{sheet1: `<worksheet xmlns="` + mainNS + `" a="` + strings.Repeat("x", room) + `"><sheetData/></worksheet>` + numbers(4000)})
	add("a comment of 1 MB", "", sheet1, map[string]string{sheet1: `<worksheet xmlns="` + mainNS + `"><!--` + strings.Repeat("x", room+9000) + numbers(4000)})
	inner := book(nil)
	all = append(all, malformed{"package in a package", packed(func(w *zip.Writer) {
		if _, err := must(w.Create("报表.xlsx")).Write(inner); err != nil {
			panic(err)
		}
	}), "not-a-workbook", ""})
	return all
}

func badXML() (all []malformed) {
	part := func(name, rule, place, of, text string) {
		all = append(all, malformed{name, book(map[string]string{of: text}), rule, place})
	}
	one := func(c string) string { return sheet(`<row r="3">` + c + `</row>`) }
	part("text before the root", "package-xml", sheet1, sheet1, "x"+sheet(""))
	part("two byte order marks", "package-xml", sheet1, sheet1, "\uFEFF\uFEFF"+sheet(""))
	part("UTF-16 with a lone surrogate", "package-xml", sheet1, sheet1, strings.Replace(wide(one(`<c r="A3" t="str"><v>Q</v></c>`), false), "Q\x00", "\x00\xD8", 1))
	part("UTF-16 declared as UTF-8 half way", "package-xml", sheet1, sheet1, wide(sheet("")[:60], false)+sheet("")[60:])
	part("UTF-32", "", sheet1, sheet1, "\xFF\xFE\x00\x00<\x00\x00\x00w\x00\x00\x00")
	part("overlong UTF-8", "package-xml", "!A3", sheet1, one("<c r=\"A3\" t=\"str\"><v>\xC0\xAF</v></c>"))
	part("surrogate in UTF-8", "package-xml", "!A3", sheet1, one("<c r=\"A3\" t=\"str\"><v>\xED\xA0\x80</v></c>"))
	part("UTF-8 beyond U+10FFFF", "package-xml", "!A3", sheet1, one("<c r=\"A3\" t=\"str\"><v>\xF4\x90\x80\x80</v></c>"))
	part("escape character", "package-xml", "!A3", sheet1, one("<c r=\"A3\" t=\"str\"><v>\x1B[2J</v></c>"))
	part("vertical tab by number", "package-xml", "!A3", sheet1, one(`<c r="A3" t="str"><v>&#x0B;</v></c>`))
	part("number reference without end", "package-xml", "!A3", sheet1, one(`<c r="A3" t="str"><v>&#65</v></c>`))
	part("number reference too large", "package-xml", "!A3", sheet1, one(`<c r="A3" t="str"><v>&#99999999999999999999;</v></c>`))
	part("ampersand alone", "package-xml", "!A3", sheet1, one(`<c r="A3" t="str"><v>a & b</v></c>`))
	part("CDATA without end", "package-xml", sheet1, sheet1, one(`<c r="A3" t="str"><v><![CDATA[x</v></c>`))
	part("instruction without end", "package-xml", sheet1, sheet1, one(`<?x <c r="A3"/>`))
	part("end tag first", "package-xml", sheet1, sheet1, `</worksheet>`)
	part("tag in a tag", "package-xml", sheet1, sheet1, one(`<c r="A3" <v>1</v></c>`))
	part("NUL in a name", "package-xml", sheet1, sheet1, one("<c\x00 r=\"A3\"/>"))
	part("NUL in shared strings", "package-xml", "xl/sharedStrings.xml", "xl/sharedStrings.xml", `<sst xmlns="`+mainNS+"\"><si><t>a\x00b</t></si></sst>")
	part("escaped NUL in shared strings", "package-xml", "xl/sharedStrings.xml", "xl/sharedStrings.xml", `<sst xmlns="`+mainNS+`"><si><t>a_x0000_b</t></si></sst>`)
	part("shared strings end early", "sheet-cell", "!B1", "xl/sharedStrings.xml", `<sst xmlns="`+mainNS+`"><si><t>a</t></si></sst>`+"\n")
	all[len(all)-1].data = book(map[string]string{"xl/sharedStrings.xml": `<sst xmlns="` + mainNS + `" count="9" uniqueCount="9"><si><t>a</t></si></sst>`, sheet1: sheet(`<row r="1"><c r="B1" t="s"><v>8</v></c></row>`)})
	part("shared index of minus zero", "sheet-cell", "!A3", sheet1, one(`<c r="A3" t="s"><v>-0</v></c>`))
	part("shared index over 32 bits", "sheet-cell", "!A3", sheet1, one(`<c r="A3" t="s"><v>4294967296</v></c>`))
	for _, n := range []string{"1e999999999999", "-1e400", "1e+400", "9" + strings.Repeat("0", 309), "0." + strings.Repeat("0", 400) + "1", "1E", "1e1.5", "1..2", "∞", "#N/A", "TRUE", "2026-03-01", "0b1", "1f", "+-1", "1e5_0", "１e3", "%1", "1,5"} {
		part("number "+n[:min(len(n), 24)], "sheet-cell", "!A3", sheet1, one(`<c r="A3"><v>`+n+`</v></c>`))
	}
	for _, d := range []string{"2026-13-01", "1899-12-31", "10000-01-01", "2026-03-01T25:00:00", "2026-3-1", "45000", "T08:30"} {
		part("ISO date "+d, "sheet-cell", "!A3", sheet1, one(`<c r="A3" t="d"><v>`+d+`</v></c>`))
	}
	for _, ref := range []string{"A1048577", "XFE3", "AAAAAAA3", "A03", "$A3", "R3C1", "A3 ", "A３", "ＡA3", "A+3", "A3A", "A18446744073709551619"} {
		part("cell "+ref, "sheet-cell", sheet1, sheet1, one(`<c r="`+ref+`"><v>1</v></c>`))
	}
	for _, s := range []string{"-1", "99999999999", "1.5", "0x1"} {
		part("style "+s, "sheet-cell", "!A3", sheet1, one(`<c r="A3" s="`+s+`"><v>1</v></c>`))
	}
	for _, b := range []string{"TRUE", "-1", "yes", "01"} {
		part("boolean "+b, "sheet-cell", "!A3", sheet1, one(`<c r="A3" t="b"><v>`+b+`</v></c>`))
	}
	return all
}

func badTexts() (all []malformed) {
	add := func(name, rule, place string, data string) {
		all = append(all, malformed{name, []byte(data), rule, place})
	}
	const head = "指标,数值\n"
	gbk := "\xd6\xb8\xb1\xea,\xca\xfd\xd6\xb5\n" // 指标,数值
	add("GB18030 with a bad byte", "csv-encoding", ":2", gbk+"\xb1\xfb,\xff\n")
	add("GB18030 with half a character at the end", "csv-encoding", ":2", gbk+"\xb1\xfb,\xd6")
	add("GB18030 with a bad second byte", "csv-encoding", ":2", gbk+"\xb1\x20,1\n")
	add("GB18030 with a bad four-byte code", "csv-encoding", ":2", gbk+"\x84\x31\xff\x37,1\n")
	add("GB18030 beyond Unicode", "csv-encoding", ":2", gbk+"\xe4\x32\x9a\x36,1\n")
	add("UTF-8 and GB18030 mixed", "csv-encoding", ":", head+"\xff\xb8\xb1\xea,1\n")
	add("UTF-8 with a mark and a bad byte", "csv-encoding", ":2", "\uFEFF"+head+"\xe6\x8c,1\n")
	add("UTF-8 with a mark, overlong", "csv-encoding", ":2", "\uFEFF"+head+"\xc0\xaf,1\n")
	add("UTF-8 with a lost character", "csv-encoding", ":2", head+"\uFFFD,1\n")
	add("UTF-16 of odd length", "csv-encoding", ":1", wide(head, false)+"x")
	add("UTF-16 with a lone surrogate", "csv-encoding", ":1", wide(head, false)+"\x00\xd8a\x00")
	add("UTF-16 with surrogates reversed", "csv-encoding", ":1", wide(head, true)+"\xdc\x00\xd8\x00")
	add("UTF-16 with NUL", "csv-character", "!A2", wide(head, false)+"a\x00\x00\x00b\x00\n\x00")
	add("UTF-32", "csv-character", "!A1", "\xff\xfe\x00\x00a\x00\x00\x00,\x00\x00\x00")
	add("NUL", "not-a-workbook", "", head+"a\x00b,1\n")
	add("bell", "csv-character", "!B2", head+"甲,\x07\n")
	add("escape sequence", "csv-character", "!A2", head+"\x1b[31m甲,1\n")
	add("U+FFFF", "csv-character", "!A2", head+"\uFFFF,1\n")
	add("quote inside a field", "csv-quote", "!B2", head+"甲,3\"4\n")
	add("quote without end", "csv-quote", "!B2", head+"甲,\"3\n丙,4\n")
	add("text behind a quote", "csv-quote", "!A2", head+"\"甲\"x,1\n")
	add("three quotes", "csv-quote", "!A2", head+"\"\"\",1\n")
	add("quote alone", "csv-quote", "!A1", "\"")
	add("1025 columns", "sheet-cap", "!AMK2", head+strings.Repeat(",", 1024)+"1\n")
	add("a number of 500 digits", "sheet-cell", "!B2", head+"甲,"+strings.Repeat("9", 500)+"\n")
	add("a number beyond float64", "sheet-cell", "!B2", head+"甲,1"+strings.Repeat("0", 310)+"\n")
	return all
}

func badPages() (all []malformed) {
	add := func(name string, data string) { all = append(all, malformed{name: name, data: []byte(data)}) }
	add("without a table", "<html><body><p>数据见附件</p></body></html>")
	add("table in a table", "<html><body><table><tr><td><table><tr><td>1</td></tr></table></td></tr></table></body></html>")
	add("frames", "<html><head><meta name=ProgId content=Excel.Sheet></head><frameset><frame src=\"sheet001.htm\"></frameset></html>")
	add("script", "<html><body><script>document.write('<table>')</script></body></html>")
	add("colspan of a million", "<html><body><table><tr><td colspan=1000000>1</td></tr></table></body></html>")
	add("spans that overlap a million rows", "<html><body><table><tr><td rowspan=1000000 colspan=1024>1</td></tr>"+strings.Repeat("<tr><td>1</td></tr>", 50)+"</table></body></html>")
	add("nested a thousand deep", "<html><body>"+strings.Repeat("<table><tr><td>", 1000)+"1")
	add("in no encoding", "<html><head><meta charset=utf-8></head><body><table><tr><td>\xff\xfe\xd6</td></tr></table></body></html>")
	add("cut in a tag", "<html><body><table><tr><td>1</td><td cla")
	add("NUL in a cell", "<html><body><table><tr><td>1\x00</td></tr></table></body></html>")
	add("web archive", "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<table><tr><td>1</td></tr></table>\r\n--b--\r\n")
	return all
}

// A biff builds the records of an old workbook.
type biff struct{ bytes.Buffer }

func (b *biff) record(id uint16, body ...byte) *biff {
	b.Write(binary.LittleEndian.AppendUint16(nil, id))
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(body))))
	b.Write(body)
	return b
}

func le16(ns ...int) (b []byte) {
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	return b
}

// shortText is a text as old sheets' names have it: a length and its characters.
func shortText(s string) []byte {
	u := utf16.Encode([]rune(s))
	b := []byte{byte(len(u)), 1}
	for _, c := range u {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return b
}

// sharedTexts is the body of an SST record of texts in one byte a character.
func sharedTexts(claimed int, texts ...string) []byte {
	b := append(le32(uint32(claimed)), le32(uint32(claimed))...)
	for _, s := range texts {
		b = append(append(append(b, le16(len(s))...), 0), s...)
	}
	return b
}

const (
	recBOF, recEOF, recContinue = 0x0809, 0x000A, 0x003C
	recBoundSheet, recXF        = 0x0085, 0x00E0
	recSST, recLabelSST         = 0x00FC, 0x00FD
	recNumber, recRK, recMulRK  = 0x0203, 0x027E, 0x00BD
	recBoolErr, recLabel        = 0x0205, 0x0204
	recFormula, recString       = 0x0006, 0x0207
	recMergeCells, recFilePass  = 0x00E5, 0x002F
	recFormat                   = 0x041E
)

var bofGlobals, bofSheet = le16(0x0600, 0x0005, 0, 0, 0, 0, 0, 0), le16(0x0600, 0x0010, 0, 0, 0, 0, 0, 0)

// oldStream is the Workbook stream of an old book with one sheet 报表 that has
// these records; globals stand among the book's.
func oldStream(globals, sheet *biff) []byte {
	name := shortText("报表")
	var b biff
	b.record(recBOF, bofGlobals...)
	for range 16 {
		b.record(recXF, make([]byte, 20)...)
	}
	b.Write(globals.Bytes())
	at := b.Len() + 4 + 6 + len(name) + 4
	b.record(recBoundSheet, slices.Concat(le32(uint32(at)), []byte{0, 0}, name)...)
	b.record(recEOF)
	b.record(recBOF, bofSheet...)
	b.Write(sheet.Bytes())
	b.record(recEOF)
	return b.Bytes()
}

// compounded puts a stream into a compound file: sector 0 is the FAT, sector 1
// the directory, the stream begins in sector 2.
func compounded(name string, stream []byte) []byte {
	stream = append(bytes.Clone(stream), make([]byte, max(0, 4096-len(stream)))...)
	n := (len(stream) + 511) / 512
	data := compoundFile("Root Entry", name)
	data = append(data, make([]byte, n*512)...)[:1536+n*512]
	copy(data[1536:], stream)
	header := data[:512]
	binary.LittleEndian.PutUint16(header[24:], 0x3E)
	binary.LittleEndian.PutUint16(header[26:], 3)
	binary.LittleEndian.PutUint16(header[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(header[32:], 6)
	binary.LittleEndian.PutUint32(header[56:], 4096)
	binary.LittleEndian.PutUint32(header[60:], 0xFFFFFFFE)
	fat := data[512:1024]
	for i := range 128 {
		next := uint32(0xFFFFFFFF)
		switch {
		case i == 0:
			next = 0xFFFFFFFD
		case i == 1, i == n+1:
			next = 0xFFFFFFFE
		case i <= n:
			next = uint32(i + 1)
		}
		binary.LittleEndian.PutUint32(fat[4*i:], next)
	}
	for i := range 4 {
		for _, at := range []int{68, 72, 76} {
			binary.LittleEndian.PutUint32(data[1024+128*i+at:], 0xFFFFFFFF)
		}
	}
	binary.LittleEndian.PutUint32(data[1024+76:], 1)
	binary.LittleEndian.PutUint32(data[1024+116:], 0xFFFFFFFE)
	binary.LittleEndian.PutUint32(data[1024+128+116:], 2)
	binary.LittleEndian.PutUint32(data[1024+128+120:], uint32(len(stream)))
	return data
}

// oldBook is a small old workbook that is right: A1 has the text 甲's neighbour
// “abc”, B1 the number 12.5.
func oldBook() []byte {
	var g, s biff
	g.record(recSST, sharedTexts(2, "abc", "d")...)
	s.record(recLabelSST, append(le16(0, 0, 0), le32(0)...)...)
	s.record(recNumber, append(le16(0, 1, 0), binary.LittleEndian.AppendUint64(nil, math.Float64bits(12.5))...)...)
	return compounded("Workbook", oldStream(&g, &s))
}

// badCompounds are wrong in the container.
func badCompounds() (all []malformed) {
	good := oldBook()
	add := func(name string, data []byte) { all = append(all, malformed{name: name, data: data}) }
	word := func(name string, at int, v uint32) { add(name, patch(good, at, le32(v))) }
	const fat, dir, entry = 512, 1024, 1024 + 128
	for _, n := range []int{8, 100, 511, 512, 513, 1024, 1100, 1536, 1600, 3000, len(good) - 600} {
		add(fmt.Sprintf("cut at %d", n), good[:n])
	}
	word("FAT sector is itself", 76, 1)
	word("FAT sector beyond the file", 76, 0x00FFFFFF)
	word("further FAT sectors in a loop", 68, 0)
	word("further FAT sectors beyond the file", 68, 0x00FFFFFF)
	word("directory beyond the file", 48, 0x00FFFFFF)
	word("directory is the FAT", 48, 0)
	word("directory chain in a loop", fat+4, 1)
	word("directory chain into the stream", fat+4, 2)
	word("stream chain in a loop", fat+4*4, 2)
	word("stream chain onto itself", fat+4*4, 4)
	word("stream chain into the directory", fat+4*4, 1)
	word("stream chain ends early", fat+4*4, 0xFFFFFFFE)
	word("stream chain into a free sector", fat+4*4, 0xFFFFFFFF)
	word("stream chain beyond the file", fat+4*4, 0x00FFFFFE)
	word("stream begins beyond the file", entry+116, 0x00FFFFFF)
	word("stream begins in the FAT", entry+116, 0)
	word("stream of 4 GB", entry+120, math.MaxUint32)
	word("stream of no bytes", entry+120, 0)
	word("stream small without mini sectors", entry+120, 100)
	word("mini FAT in a loop", 60, 2)
	word("root has no children", dir+76, 0xFFFFFFFF)
	word("root is its own child", dir+76, 0)
	word("children in a loop", entry+68, 1)
	word("child beyond the directory", dir+76, 0x0FFFFFFF)
	add("sectors of 2 bytes", patch(good, 30, []byte{1, 0}))
	add("sectors of 4 GB", patch(good, 30, []byte{32, 0}))
	add("big-endian", patch(good, 28, []byte{0xFF, 0xFE}))
	add("root is a stream", patch(good, dir+66, []byte{2}))
	add("entry of no kind", patch(good, entry+66, []byte{9}))
	add("name too long", patch(good, entry+64, []byte{0xFF, 0xFF}))
	add("another name", patch(good, entry, []byte("X\x00")))
	return all
}

// badRecords are wrong in the stream. Nearly all name a cell.
func badRecords() (all []malformed) {
	var none biff
	add := func(name, place string, globals, sheet *biff) {
		all = append(all, malformed{name, compounded("Workbook", oldStream(globals, sheet)), "", place})
	}
	texts := func() *biff { return new(biff).record(recSST, sharedTexts(2, "abc", "d")...) }
	in := func(name, place string, id uint16, body []byte) {
		add(name, place, texts(), new(biff).record(id, body...))
	}
	cell := func(row, col, xf int, rest ...byte) []byte { return append(le16(row, col, xf), rest...) }
	double := func(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

	in("shared text out of range", "!C3", recLabelSST, cell(2, 2, 0, le32(2)...))
	in("shared text by the billion", "!C3", recLabelSST, cell(2, 2, 0, le32(math.MaxUint32)...))
	in("shared text cut", "[报表]", recLabelSST, cell(2, 2, 0, 1))
	in("style out of range", "!C3", recNumber, cell(2, 2, 999, double(0)...))
	in("infinite number", "!C3", recNumber, cell(2, 2, 0, double(math.Float64bits(math.Inf(1)))...))
	in("number that is none", "!C3", recNumber, cell(2, 2, 0, double(math.Float64bits(math.NaN()))...))
	in("number cut", "[报表]", recNumber, cell(2, 2, 0, 1, 2, 3))
	in("number in column 256", "[报表]", recNumber, cell(2, 256, 0, double(0)...))
	in("number in column 65535", "[报表]", recNumber, cell(2, 65535, 0, double(0)...))
	in("cell record of two bytes", "[报表]", recNumber, []byte{1, 0})
	in("RK cut", "[报表]", recRK, cell(2, 2, 0, 1))
	in("many RK that end before they begin", "[报表]", recMulRK, slices.Concat(le16(2, 5), le16(0), le32(4), le16(3)))
	in("many RK, fewer than they say", "[报表]", recMulRK, slices.Concat(le16(2, 0), le16(0), le32(4), le16(200)))
	in("many RK beyond the last column", "[报表]", recMulRK, slices.Concat(le16(2, 255), le16(0), le32(4), le16(0), le32(4), le16(256)))
	in("boolean 7", "!C3", recBoolErr, cell(2, 2, 0, 7, 0))
	in("error of no name", "!C3", recBoolErr, cell(2, 2, 0, 0x63, 1))
	in("text longer than its record", "!C3", recLabel, cell(2, 2, 0, 0xFF, 0xFF, 0, 'a'))
	in("formula cut", "[报表]", recFormula, cell(2, 2, 0, 1))
	in("formula with an infinite result", "!C3", recFormula, slices.Concat(cell(2, 2, 0), double(math.Float64bits(math.Inf(-1))&^(0xFFFF<<48)|0x7FF0<<48), make([]byte, 8)))
	in("merged ranges that overlap", "!", recMergeCells, le16(2, 0, 3, 0, 3, 3, 4, 3, 4))
	in("merged ranges, fewer than they say", "[报表]", recMergeCells, le16(500, 0, 3, 0, 3))
	in("merged range that ends before it begins", "[报表]", recMergeCells, le16(1, 9, 3, 0, 3))
	in("merged range beyond the last column", "[报表]", recMergeCells, le16(1, 0, 3, 0, 300))
	add("cell twice", "!C3", texts(), new(biff).record(recNumber, cell(2, 2, 0, double(0)...)...).record(recNumber, cell(2, 2, 0, double(1)...)...))
	add("a record longer than the stream", "Workbook", texts(), &biff{*bytes.NewBuffer(slices.Concat(le16(recNumber, 0xFFFF), make([]byte, 5000)))})
	add("sheets in sheets without end", "[报表]", texts(), func() *biff {
		var b biff
		for range 600 {
			b.record(recBOF, bofSheet...)
		}
		return &b
	}())
	add("encrypted", "", new(biff).record(recFilePass, le16(1, 1, 1, 1)...), &none)
	add("text table of three bytes", "Workbook", new(biff).record(recSST, 1, 2, 3), &none)
	add("text with runs that are not there", "Workbook", new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(1), []byte{8}, le16(0xFFFF), []byte("a"))...), &none)
	add("text with an extension of 4 GB", "Workbook", new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(1), []byte{4}, le32(math.MaxUint32), []byte("a"))...), &none)
	add("text that goes on in nothing", "Workbook", new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(20_000), []byte{0}, []byte("abc"))...).record(recContinue), &none)
	add("continuations in continuations", "Workbook", func() *biff {
		b := new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(20_000), []byte{0}, []byte("abc"))...)
		for range 2000 {
			b.record(recContinue, 0, 'x')
		}
		return b
	}(), &none)
	add("continuations without a byte", "Workbook", func() *biff {
		b := new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(20_000), []byte{0}, []byte("abc"))...)
		for range 3000 {
			b.record(recContinue)
		}
		return b
	}(), &none)
	add("half a character before a continuation", "Workbook", new(biff).record(recSST, slices.Concat(le32(1), le32(1), le16(2), []byte{1}, []byte("a\x00b"))...).record(recContinue, 1, 0, 'c', 0), &none)
	add("format longer than its record", "Workbook", new(biff).record(recFormat, slices.Concat(le16(164), le16(0x7FFF), []byte{0, 'x'})...), &none)
	add("a sheet without a name", "Workbook", new(biff).record(recBoundSheet, slices.Concat(le32(20), []byte{0, 0, 0, 0})...), &none)
	add("two sheets of one name", "Workbook", new(biff).record(recBoundSheet, slices.Concat(le32(20), []byte{0, 0}, shortText("报表"))...), &none)
	add("a sheet beyond the stream", "[另]", new(biff).record(recBoundSheet, slices.Concat(le32(math.MaxUint32), []byte{0, 0}, shortText("另"))...), &none)
	add("a sheet that begins in the globals", "[另]", new(biff).record(recBoundSheet, slices.Concat(le32(0), []byte{0, 0}, shortText("另"))...), &none)
	add("a sheet directory of three bytes", "Workbook", new(biff).record(recBoundSheet, 1, 2, 3), &none)
	whole := func(name string, stream []byte) {
		all = append(all, malformed{name: name, data: compounded("Workbook", stream)})
	}
	whole("no records", nil)
	whole("no first record", new(biff).record(recEOF).Bytes())
	whole("another version", new(biff).record(recBOF, le16(0x0700, 5, 0, 0)...).record(recEOF).Bytes())
	whole("without sheets", new(biff).record(recBOF, bofGlobals...).record(recEOF).Bytes())
	whole("without an end", new(biff).record(recBOF, bofGlobals...).record(0x0042, 0xE4, 4).Bytes())
	return all
}
