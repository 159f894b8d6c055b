package workbook_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"zhibiao/ingest/workbook"
)

// FuzzXLS puts any records in the globals and in the first sheet of a book that
// is otherwise right.
func FuzzXLS(f *testing.F) {
	f.Add(join(formats(), sst("甲", "乙")), rec(0xFD, uint16(0), uint16(0), uint16(0), uint32(1)))
	f.Add([]byte(nil), join(rec(0xBD, uint16(1), uint16(0), uint16(0), uint32(7<<2|2), uint16(0)), rec(0xBE, uint16(2), uint16(1), uint16(0), uint16(1)), rec(0xE5, uint16(1), uint16(0), uint16(1), uint16(0), uint16(2))))
	f.Add(join(rec(0x1AE, uint16(2), uint16(0x401)), rec(0x17, uint16(1), uint16(0), uint16(0), uint16(0)), rec(0x18, uint16(0), byte(0), byte(1), uint16(7), uint16(0), uint16(0), uint32(0), byte(0), "N", byte(0x3A), uint16(0), uint16(1), uint16(1))),
		join(formulaRec(0, 0, 1.0, 0x01, 0, 0, 0, 0), rec(0x4BC, uint16(0), uint16(1), byte(0), byte(1), uint16(2), uint16(9), []byte{0x2C, 0, 0, 0xFF, 0xC0, 0x1E, 2, 0, 0x05}),
			formulaRec(1, 0, []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 0x25, 0, 0, 2, 0, 0, 0xC0, 1, 0xC0, 0x19, 0x10, 0, 0), rec(0x207, uint16(3), byte(0), "a"), rec(0x3C, byte(1), u16("中文"))))
	f.Add(rec(0x22, uint16(1)), join(rec(0x5D, uint16(0x15), uint16(0x12), uint16(0x19), uint16(7)), rec(0x1B6, make([]byte, 10), uint16(2), uint16(8)), rec(0x3C, byte(1), u16("口径")), rec(0x1C, uint16(2), uint16(3), uint16(0), uint16(7)),
		rec(0x208, uint16(4), make([]byte, 10), uint16(0x20)), rec(0x7D, uint16(1), uint16(2), uint16(9), uint16(0), uint16(1))))
	f.Add(rec(0x22, uint16(1)), join(formulaRec(0, 0, 1.0, 0x20, 0, 0, 0, 0, 0, 0, 0), formulaRec(0, 1, 2.0, 0x1E, 1, 0, 0x1E, 2, 0, 0x22, 2, 4, 0, 0x42, 1, 36, 0, 0x15, 0x14)))
	f.Fuzz(func(t *testing.T, globals, records []byte) {
		data := biffBook(globals, tab{"报表", 0, records}, tab{"附表", 1, nil})
		if b := consistent(t, xls(data)); b != nil {
			renders(t, b)
		}
	})
}

// renders fails when a formula grew beyond what Excel could show.
func renders(t *testing.T, b *workbook.Book) {
	for _, s := range b.Sheets {
		for i := range s.Cells {
			if len(s.Cells[i].Formula) > 1<<17 {
				t.Fatalf("%v has a formula of %d bytes", s.Cells[i].Ref, len(s.Cells[i].Formula))
			}
		}
	}
}

// FuzzSST puts any bytes in the shared strings and cuts them into records at
// two places.
func FuzzSST(f *testing.F) {
	put := binary.LittleEndian
	for _, s := range []string{"甲乙丙", "abc", "😀x"} {
		body := append(put.AppendUint32(put.AppendUint32(nil, 1), 2), append(long(s), long("末")...)...)
		f.Add(body, uint16(9), uint16(13))
	}
	rich := join(put.AppendUint32(put.AppendUint32(nil, 1), 1), []byte{2, 0, 13, 1, 0, 4, 0, 0, 0}, u16("重庆"), make([]byte, 8))
	f.Add(rich, uint16(len(rich)-6), uint16(2))
	f.Fuzz(func(t *testing.T, body []byte, first, second uint16) {
		a := min(int(first), len(body))
		b := min(a+int(second), len(body))
		if len(body) > 0xFFFF {
			return
		}
		records := join(rec(0xFC, body[:a]), rec(0x3C, body[a:b]), rec(0x3C, body[b:]))
		var cells []byte
		for i := range uint16(3) {
			cells = append(cells, rec(0xFD, i, uint16(0), uint16(0), uint32(i))...)
		}
		consistent(t, xls(biffBook(records, tab{"表", 0, cells})))
	})
}

// FuzzCFB makes any bytes a compound file: its tables, its directory and the
// records in it.
func FuzzCFB(f *testing.F) {
	little := container(streamOf("Workbook", biffBook(nil, tab{"报表", 0, nil})), streamOf("\x05SummaryInformation", []byte("x")))
	f.Add(little)
	f.Add(container(streamOf("Workbook", bigStream(5000))))
	f.Add(containerOf(12, streamOf("Workbook", bigStream(5000))))
	f.Add(container(streamOf("EncryptionInfo", make([]byte, 300)), streamOf("EncryptedPackage", make([]byte, 300))))
	f.Add(oldBook())
	for _, m := range append(badCompounds(), badRecords()...) {
		f.Add(m.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		copy(data, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
		consistent(t, data)
		if b, finds := workbook.OpenPassword("f", data, small(), "p"); (b == nil) != finds.Refused() {
			t.Fatalf("book %v with %v", b, finds)
		}
	})
}
