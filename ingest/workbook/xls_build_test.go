package workbook_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// rec makes a BIFF record of numbers (uint8, uint16, uint32, float64) and bytes.
func rec(id uint16, fields ...any) []byte {
	put := binary.LittleEndian
	var body []byte
	for _, f := range fields {
		switch v := f.(type) {
		case byte:
			body = append(body, v)
		case uint16:
			body = put.AppendUint16(body, v)
		case uint32:
			body = put.AppendUint32(body, v)
		case float64:
			body = put.AppendUint64(body, math.Float64bits(v))
		case []byte:
			body = append(body, v...)
		case string:
			body = append(body, v...)
		default:
			panic(fmt.Sprintf("record %#x: field of type %T", id, f))
		}
	}
	return append(put.AppendUint16(put.AppendUint16(nil, id), uint16(len(body))), body...)
}

// u16 writes characters in two bytes each.
func u16(s string) (b []byte) {
	for _, c := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return b
}

// long is a Unicode string with a length of two bytes.
func long(s string) []byte {
	return append(append(binary.LittleEndian.AppendUint16(nil, uint16(len(utf16.Encode([]rune(s))))), 1), u16(s)...)
}

func short(s string) []byte {
	return append([]byte{byte(len(utf16.Encode([]rune(s)))), 1}, u16(s)...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// sst is the record of shared strings without anything special.
func sst(texts ...string) []byte {
	body := [][]byte{binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(len(texts))), uint32(len(texts)))}
	for _, s := range texts {
		body = append(body, long(s))
	}
	return rec(0xFC, join(body...))
}

// formats are number formats and the cell formats that use them: xf 0 General,
// 1 0.00, 2 a date, 3 a percentage of our own.
func formats() []byte {
	xf := func(id uint16) []byte { return rec(0xE0, uint16(0), id, make([]byte, 16)) }
	return join(rec(0x41E, uint16(176), long("0.000%")), xf(0), xf(2), xf(14), xf(176))
}

// A tab is a sheet of a book that a test makes.
type tab struct {
	name    string
	flags   uint16 // hidden state, kind << 8
	records []byte
}

// biffBook makes the Workbook stream of BIFF8.
func biffBook(globals []byte, tabs ...tab) []byte { return biffBookOf(0x600, globals, tabs...) }

func biffBookOf(version uint16, globals []byte, tabs ...tab) []byte {
	bof := func(kind uint16) []byte { return rec(0x809, version, kind, make([]byte, 12)) }
	bounds := func(at []int) (out []byte) {
		for i, t := range tabs {
			name := short(t.name)
			if version != 0x600 {
				gbk := gbk(t.name)
				name = append([]byte{byte(len(gbk))}, gbk...)
			}
			out = append(out, rec(0x85, uint32(at[i]), t.flags, name)...)
		}
		return out
	}
	at := make([]int, len(tabs))
	n := len(bof(5)) + len(globals) + len(bounds(at)) + 4
	for i, t := range tabs {
		at[i] = n
		n += len(bof(16)) + len(t.records) + 4
	}
	out := join(bof(5), globals, bounds(at), rec(0x0A))
	for _, t := range tabs {
		out = join(out, bof(16), t.records, rec(0x0A))
	}
	return out
}

func gbk(s string) []byte {
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

// xls packs a Workbook stream.
func xls(stream []byte) []byte { return container(streamOf("Workbook", stream)) }

func streamOf(name string, data []byte) stream { return stream{name, data} }

// oneSheet is a book with these records in its only sheet.
func oneSheet(records ...[]byte) []byte {
	return xls(biffBook(join(formats(), sst("甲", "乙")), tab{"报表", 0, join(records...)}))
}

// formulaRec makes a formula cell with a number as result.
func formulaRec(row, col uint16, result any, tokens ...byte) []byte {
	return rec(0x06, row, col, uint16(0), result, uint16(0), uint32(0), uint16(len(tokens)), tokens)
}
