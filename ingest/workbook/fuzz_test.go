package workbook_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"zhibiao/ingest/workbook"
)

// small are limits that let the fuzzers reach the caps.
func small() workbook.Limits {
	lim := workbook.DefaultLimits()
	lim.File, lim.Part, lim.Total, lim.StringBytes = 1<<20, 1<<20, 4<<20, 1<<18
	lim.Rows, lim.Cells, lim.Merged = 2000, 5000, 200
	return lim
}

// consistent fails when a result breaks Open's promises.
func consistent(t *testing.T, data []byte) *workbook.Book {
	t.Helper()
	start := time.Now()
	b, finds := workbook.Open("f", data, small())
	if (b == nil) != finds.Refused() {
		t.Fatalf("book %v with findings %v", b, finds)
	}
	n := 0
	scanned := scan(t, "f", data, small(), func(*workbook.Sheet, *workbook.Cell) bool { n++; return true })
	if d := time.Since(start); d > patience {
		t.Fatalf("took %v", d)
	}
	if b == nil {
		return nil
	}
	if scanned.Refused() {
		t.Fatalf("Scan refused what Open accepted: %v", scanned)
	}
	for _, s := range b.Sheets {
		n -= len(s.Cells)
		last := workbook.Ref{}
		for _, c := range s.Cells {
			if c.Ref.Row < last.Row || c.Ref.Row == last.Row && c.Ref.Col <= last.Col || c.Ref.Col > workbook.MaxCol || c.Ref.Row > workbook.MaxRow {
				t.Fatalf("%v after %v", c.Ref, last)
			}
			last = c.Ref
		}
	}
	if n != 0 {
		t.Fatalf("Scan and Open differ by %d cells", n)
	}
	return b
}

func FuzzOpen(f *testing.F) {
	f.Add(book(nil))
	f.Add(formBook(5, 5))
	f.Add(excelizeBook(f))
	f.Add(compoundFile("Root Entry", "Workbook"))
	f.Add([]byte("甲,乙\n1,2\n"))
	for _, m := range append(badPackages(), foreignFiles()...) {
		if len(m.data) < 8<<10 {
			f.Add(m.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { consistent(t, data) })
}

// FuzzParts puts any text in the place of one part, so that checksums do not
// keep the fuzzer out.
func FuzzParts(f *testing.F) {
	names := []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml", sheet1, "xl/comments1.xml", "xl/worksheets/_rels/sheet1.xml.rels"}
	parts := plain()
	parts["xl/comments1.xml"] = xmlHead + `<comments xmlns="` + mainNS + `"><commentList><comment ref="A1"><text><t>x</t></text></comment></commentList></comments>`
	parts["xl/worksheets/_rels/sheet1.xml.rels"] = rels("rId1", relNS+"/comments", "../comments1.xml")
	parts[sheet1] = sheetWith(`<row r="1"><c r="A1"><v>1</v></c></row>`, `<mergeCells><mergeCell ref="A1:B1"/></mergeCells>`)
	for i, name := range names {
		f.Add(uint8(i), []byte(parts[name]))
		f.Add(uint8(i), []byte(wide(parts[name], false)))
	}
	f.Fuzz(func(t *testing.T, i uint8, text []byte) {
		p := maps.Clone(parts)
		p[names[int(i)%len(names)]] = string(text)
		consistent(t, book(p))
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"甲,乙\n1,2\n", "a\tb\r\n\"c\"\"\r\n\",d", "\"a", "a\"b", "\n\n1", "\r\n", "a;b|c", "\uFEFFx,y", "1\r2\r"} {
		f.Add([]byte(s))
	}
	f.Add(gb(f, "指标,数值\n地区生产总值,1\n"))
	f.Add([]byte(wide("甲,乙\n", true)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if workbook.Sniff(data) != workbook.CSV {
			return
		}
		b := consistent(t, data)
		if b == nil || bytes.HasPrefix(data, []byte("\uFEFF")) || bytes.IndexByte(data, '\r') >= 0 || bytes.ContainsAny(data, "\t;|") || !isASCII(data) {
			return
		}
		// encoding/csv is the second opinion where both mean the same: ASCII,
		// commas, line feeds. It passes over empty lines, which are rows to us.
		r := csv.NewReader(bytes.NewReader(data))
		r.FieldsPerRecord = -1
		got := b.Sheets[0]
		var texts []string
		for _, c := range got.Cells {
			texts = append(texts, c.Text)
		}
		for {
			record, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("accepted what encoding/csv refuses: %v", err)
			}
			for _, field := range record {
				if field == "" {
					continue
				}
				if len(texts) == 0 || texts[0] != field {
					t.Fatalf("encoding/csv has %q, we have %q", field, texts)
				}
				texts = texts[1:]
			}
		}
		if len(texts) != 0 {
			t.Fatalf("encoding/csv has no %q", texts)
		}
	})
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"A1", "$B$2", "XFD1048576", "XFE1", "A0", "", "1", "A", "a1", "AA01", "甲1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := workbook.ParseRef(s)
		if !ok {
			if r != (workbook.Ref{}) {
				t.Fatalf("%q: %v without ok", s, r)
			}
			return
		}
		if want := strings.ToUpper(strings.ReplaceAll(s, "$", "")); r.String() != want {
			t.Fatalf("%q reads as %s", s, r)
		}
		if again, ok := workbook.ParseRef(r.String()); !ok || again != r {
			t.Fatalf("%s does not read back", r)
		}
	})
}
