package workbook_test

import (
	"fmt"
	"testing"

	"zhibiao/ingest/workbook"
)

// oldForm is a form as .xls: text in three rows and columns, numbers, every
// tenth column a sum of its row, some blanks.
func oldForm(rows, cols int) []byte {
	var all []string
	var records []byte
	label := func(r, c int, s string) {
		records = append(records, rec(0xFD, uint16(r), uint16(c), uint16(0), uint32(len(all)))...)
		all = append(all, s)
	}
	for r := range rows {
		for c := range cols {
			switch {
			case r < 3:
				label(r, c, fmt.Sprintf("表头第%d行第%d列（测试数据）", r, c))
			case c < 3:
				label(r, c, fmt.Sprintf("指标名称%d之%d", r, c))
			case c%10 == 9:
				records = append(records, formulaRec(uint16(r), uint16(c), float64(r*c)/7, 0x25, byte(r), byte(r>>8), byte(r), byte(r>>8), 3, 0xC0, byte(c-1), 0xC0, 0x19, 0x10, 0, 0)...)
			case (r+c)%5 == 0:
				records = append(records, rec(0x201, uint16(r), uint16(c), uint16(1))...)
			case (r+c)%5 == 1:
				records = append(records, rec(0x203, uint16(r), uint16(c), uint16(1), float64(r*c*7919%100003)/1000)...)
			default:
				records = append(records, rec(0x27E, uint16(r), uint16(c), uint16(1), uint32(r*c*7919%100003)<<2|3)...)
			}
		}
	}
	return xls(biffBook(join(formats(), split(all)), tab{"报表", 0, records}))
}

// split is the shared strings in records of a size that Excel allows.
func split(texts []string) []byte {
	out := rec(0xFC, uint32(len(texts)), uint32(len(texts)))
	for len(texts) > 0 {
		n := min(100, len(texts))
		var body []byte
		for _, s := range texts[:n] {
			body = append(body, long(s)...)
		}
		out = append(out, rec(0x3C, body)...)
		texts = texts[n:]
	}
	return out
}

func BenchmarkOldForm(b *testing.B) {
	data := oldForm(200, 40)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if book, finds := workbook.Open("x.xls", data, workbook.DefaultLimits()); book == nil || len(book.Sheets[0].Cells) != 8000 {
			b.Fatal(finds)
		}
	}
}
