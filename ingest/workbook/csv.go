package workbook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// sheetOfText is the name of the one sheet of a delimited text.
const sheetOfText = "数据"

// decodeText turns a text into UTF-8 without a byte order mark. It is UTF-16
// when it says so, UTF-8 when it is valid, otherwise GB18030. When ok is false,
// at is the offset in data of the first byte that is no character. U+FFFD is
// none either: it stands where another program lost one.
//
// GB18030 is proven by encoding the result back: the decoder itself replaces
// what it does not understand without an error.
func decodeText(data []byte) (text []byte, at int, ok bool) {
	lost := []byte("\uFFFD")
	if order := wideText(data); order != nil {
		text, ok = fromUTF16(data[2:], order)
		return text, 0, ok && !bytes.Contains(text, lost)
	}
	mark := 0
	if bytes.HasPrefix(data, []byte("\uFEFF")) {
		mark = len("\uFEFF")
	}
	if body := data[mark:]; mark > 0 || utf8.Valid(body) {
		// ToValidUTF8 makes bad bytes and lost characters the same.
		at = bytes.Index(bytes.ToValidUTF8(body, lost), lost)
		return body, mark + max(at, 0), at < 0
	}
	// Neither conversion returns an error: what does not fit is replaced.
	text, _ = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	back, _ := simplifiedchinese.GB18030.NewEncoder().Bytes(text)
	for at < len(data) {
		switch {
		case at < len(back) && data[at] == back[at]:
			at++
		case bytes.HasPrefix(data[at:], []byte("\xA3\xA0")) && bytes.HasPrefix(back[at:], []byte("\xA1\xA1")):
			at += 2 // an old second code of the wide space
		default:
			return nil, at, false
		}
	}
	return text, at, len(back) == len(data) && !bytes.Contains(text, lost)
}

// wideText is the byte order of a text that begins with the mark of UTF-16.
func wideText(data []byte) func([]byte) uint16 {
	if len(data) >= 2 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF) {
		return wideOrder(append(data[:2:2], 0, 0))
	}
	return nil
}

// csv reads delimited text as one sheet. A field is a Number only when it is
// plain digits with an optional minus and decimal point (catalogue §5.8);
// thousands separators, percent signs and wide digits leave it a Text. An empty
// field is no cell.
func (r *reader) csv(data []byte) *Book {
	text, at, ok := decodeText(data)
	if !ok {
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		bad := refusal("csv-encoding", "", fmt.Sprintf("第 %d 行有无法识别的字符（第 %d 字节处）", line, at+1), "请另存为 UTF-8 或 GB18030（ANSI）编码的 .csv，或改报 .xlsx")
		bad.Place.Line = line
		r.add(bad)
		return nil
	}
	s := &textReader{reader: r, rest: text, comma: delimiter(text), sheet: &Sheet{Name: sheetOfText}}
	s.mac = bytes.IndexByte(text, '\n') < 0
	for len(s.rest) > 0 && !r.full() && !r.stopped {
		if !s.record() {
			break
		}
	}
	if r.finds.Refused() {
		return nil
	}
	return &Book{Format: CSV, Sheets: []*Sheet{s.sheet}}
}

// delimiter is the separator that the first lines hold most evenly: it must
// occur in the first line that is not empty, outside quotes; comma when none.
func delimiter(text []byte) byte {
	var best byte = ','
	score := 0
	for _, c := range []byte(",\t;|") {
		lines, same, first, quotes, n := 0, 0, -1, false, 0
		for i := 0; i <= len(text) && lines < 20; i++ {
			switch {
			case i == len(text) || text[i] == '\n' && !quotes:
				if first < 0 && n > 0 {
					first = n
				}
				if n == first {
					same++
				}
				lines, n = lines+1, 0
			case text[i] == '"':
				quotes = !quotes
			case text[i] == c && !quotes:
				n++
			}
			if i >= sniffed {
				break
			}
		}
		if v := same * max(first, 0); v > score {
			best, score = c, v
		}
	}
	return best
}

// A textReader reads delimited text record by record (RFC 4180).
type textReader struct {
	*reader
	sheet *Sheet
	rest  []byte
	comma byte
	mac   bool // lines end in a lone carriage return
	at    Ref  // of the field being read
	line  int  // lines passed before the record
	one   Cell
	field []byte
}

// record reads one record: a row of the sheet. An empty line is an empty row.
func (s *textReader) record() bool {
	s.at = Ref{Row: s.at.Row + 1}
	if s.at.Row > s.lim.Rows {
		s.at.Col = 1
		return s.fail("sheet-cap", fmt.Sprintf("行数超过上限 %d 行", s.lim.Rows), thin)
	}
	lines := 0
	for {
		s.at.Col++
		var value []byte
		var end byte
		var ok bool
		if len(s.rest) > 0 && s.rest[0] == '"' {
			value, end, ok = s.quoted(&lines)
		} else {
			value, end, ok = s.bare()
		}
		if !ok || !s.put(value) {
			return false
		}
		if end != s.comma {
			s.line += lines + 1
			return true
		}
	}
}

// bare reads a field without quotes and what ends it: the delimiter, or a line
// feed for the end of the line or text.
func (s *textReader) bare() (value []byte, end byte, ok bool) {
	n := 0
	for n < len(s.rest) && s.rest[n] != s.comma && s.rest[n] != '\n' && (!s.mac || s.rest[n] != '\r') {
		n++
	}
	value, end = s.rest[:n], '\n'
	if n == len(s.rest) {
		s.rest = nil
	} else {
		if s.rest[n] == s.comma {
			end = s.comma
		}
		s.rest = s.rest[n+1:]
	}
	if end == '\n' {
		value = bytes.TrimSuffix(value, []byte("\r"))
	}
	if bytes.IndexByte(value, '"') >= 0 {
		return nil, 0, s.fail("csv-quote", "字段中间出现引号", `含引号的内容应整体用引号括起，其中的引号写成两个（""）`)
	}
	return value, end, true
}

// quoted reads a field in quotes and what ends it.
func (s *textReader) quoted(lines *int) (value []byte, end byte, ok bool) {
	s.field = s.field[:0]
	b := s.rest[1:]
	for {
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			return nil, 0, s.fail("csv-quote", "引号没有结束", "请检查该单元格的引号是否成对")
		}
		*lines += bytes.Count(b[:n], []byte("\n"))
		s.field = append(s.field, b[:n]...)
		b = b[n+1:]
		if len(b) == 0 || b[0] != '"' {
			break
		}
		s.field = append(s.field, '"')
		b = b[1:]
	}
	value = bytes.ReplaceAll(s.field, []byte("\r\n"), []byte("\n"))
	switch {
	case len(b) == 0:
		s.rest = nil
		return value, '\n', true
	case b[0] == s.comma:
		s.rest = b[1:]
		return value, s.comma, true
	case b[0] == '\n' || s.mac && b[0] == '\r':
		s.rest = b[1:]
		return value, '\n', true
	case bytes.HasPrefix(b, []byte("\r\n")):
		s.rest = b[2:]
		return value, '\n', true
	case len(b) == 1 && b[0] == '\r':
		s.rest = nil
		return value, '\n', true
	}
	return nil, 0, s.fail("csv-quote", "引号之后还有内容", "请检查该单元格的引号是否成对")
}

// fail records what is wrong with the field being read, and stops.
func (s *textReader) fail(rule, message, hint string) bool {
	bad := inSheet(refusal(rule, "", message, hint), s.sheet.Name, s.at.String())
	bad.Place.Line = s.line + 1
	s.add(bad)
	return false
}

// put gives a field to the sheet or the visitor.
func (s *textReader) put(value []byte) bool {
	if len(value) == 0 {
		return true
	}
	if s.at.Col > s.lim.Cols {
		return s.fail("sheet-cap", fmt.Sprintf("列数超过上限 %d 列", s.lim.Cols), thin)
	}
	if s.cells++; s.cells > s.lim.Cells {
		return s.fail("sheet-cap", fmt.Sprintf("单元格超过上限 %d 个", s.lim.Cells), thin)
	}
	if f := inspect(value); f&illegal != 0 || f&wide != 0 && !legalText(value) {
		return s.fail("csv-character", "含控制字符", "请删除不可见字符后重新保存")
	}
	if s.visit == nil && !s.keep(len(value)) {
		return s.fail("sheet-cap", fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes), thin)
	}
	s.one = Cell{Ref: s.at, Kind: Text, Text: s.text.add(value)}
	if plainNumber(s.one.Text) {
		f, ok := parseNumber(s.one.Text)
		if !ok {
			return s.fail("sheet-cell", "数值过长："+shown(s.one.Text), "请重新填写该单元格")
		}
		s.one.Kind, s.one.Number = Number, f
	}
	if s.visit == nil {
		s.sheet.Cells = append(s.sheet.Cells, s.one)
		return true
	}
	s.stopped = !s.visit(s.sheet, &s.one)
	return !s.stopped
}

// plainNumber reports [-]digits[.digits].
func plainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, part, point := strings.Cut(s, ".")
	return digits(whole) && (!point || digits(part))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
