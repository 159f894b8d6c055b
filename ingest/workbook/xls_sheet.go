package workbook

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"zhibiao/kpi/finding"
)

// An xlsSheetReader reads the records of one sheet.
type xlsSheetReader struct {
	*xlsReader
	sheet   *Sheet
	result  int  // index of the formula whose text result comes next, or -1
	last    Ref  // the furthest cell so far
	jumbled bool // cells came out of order
	beyond  int  // blank cells right of the column cap, left out
	first   Ref  // of them
	anchor  Ref  // the last formula: a shared text follows its first cell
	sharing []xlsSharing
	shared  map[Ref]xlsTokens
	object  int            // number of the drawn object being read
	drawn   map[int]string // texts of drawn objects
	notes   []xlsNote
	digits  []byte
}

// wrong records what is wrong with a cell; false when there is no going on.
func (s *xlsSheetReader) wrong(at Ref, message, hint string) bool {
	s.add(inSheet(refusal("sheet-cell", s.part, message, hint), s.sheet.Name, at.String()))
	return !s.full()
}

func (s *xlsSheetReader) cap(at Ref, message string) bool {
	s.add(inSheet(refusal("sheet-cap", s.part, message, thin), s.sheet.Name, at.String()))
	return false
}

// read reads the sheet's records, whose lengths were checked before.
func (s *xlsSheetReader) read(e *xlsSheet) {
	_, _, at := s.record(e.from)
	depth := 1
	for at < e.to {
		id, body, next := s.record(at)
		switch {
		case id == recBOF:
			depth++
		case id == recEOF:
			depth--
		case depth == 1 && !s.one(id, body, next):
			return
		}
		at = next
	}
	if !s.render() || !s.order() || !s.comments() || !s.apart(s.sheet, s.part) {
		return
	}
	if s.beyond > 0 {
		note := inSheet(refusal("sheet-cap", s.part, fmt.Sprintf("第 %s 列以右有 %d 个只有格式的空白单元格，未读取", Column(s.lim.Cols), s.beyond), "无需处理；如有意填报，请移到前面的列"), s.sheet.Name, s.first.String())
		note.Severity = finding.Note
		s.add(note)
	}
}

// minimal is the shortest body of a record that is read.
func minimal(id uint16) int {
	switch id {
	case recFormula:
		return 22
	case recNumber, recRow:
		return 14
	case recRK, recLabelSST, recColInfo:
		return 10
	case recBoolErr, recLabel, recRString, recMulBlank, recNote:
		return 8
	case recMulRK:
		return 12
	case recBlank:
		return 6
	case recMergeCells:
		return 2
	}
	return 0
}

// one reads a record of the sheet itself.
func (s *xlsSheetReader) one(id uint16, body []byte, next int) bool {
	if len(body) < minimal(id) {
		at := ""
		if len(body) >= 4 {
			at = cellAt(body).String()
		}
		s.add(s.broken(s.sheet.Name, at, fmt.Sprintf("记录 %#04x 过短", id)))
		return false
	}
	switch id {
	case recFilePass:
		s.add(foreign(Encrypted, nil))
		return false
	case recLabelSST:
		return s.sharedString(s.put(body, false), int(le.Uint32(body[6:])))
	case recNumber:
		return s.number(s.put(body, false), math.Float64frombits(le.Uint64(body[6:])))
	case recRK:
		return s.number(s.put(body, false), unpackRK(le.Uint32(body[6:])))
	case recMulRK:
		if !s.spans(body, 6) {
			return false
		}
		for i := 4; i+6 <= len(body)-2; i += 6 {
			c := s.slot(Ref{int(word(body, 2)) + 1 + i/6, int(word(body, 0)) + 1}, word(body, i), false)
			if !s.number(c, unpackRK(le.Uint32(body[i+2:]))) {
				return false
			}
		}
	case recBlank:
		s.put(body, true)
	case recMulBlank:
		if !s.spans(body, 2) {
			return false
		}
		for i := 4; i+2 <= len(body)-2; i += 2 {
			s.slot(Ref{int(word(body, 2)) + 1 + (i-4)/2, int(word(body, 0)) + 1}, word(body, i), true)
		}
	case recBoolErr:
		return s.boolErr(s.put(body, false), body[6], body[7] != 0)
	case recLabel, recRString:
		return s.label(s.put(body, false), body[6:])
	case recFormula:
		return s.formula(body)
	case recString:
		return s.stringResult(body, next)
	case recShrFmla, recArray:
		s.share(id, body)
	case recRow:
		if body[12]&0x20 != 0 {
			s.sheet.HiddenRows = marked(s.sheet.HiddenRows, int(word(body, 0))+1)
		}
	case recColInfo:
		if body[8]&1 != 0 {
			for c := int(word(body, 0)); c <= min(int(word(body, 2)), xlsColumns-1); c++ {
				s.sheet.HiddenCols = marked(s.sheet.HiddenCols, c+1)
			}
		}
	case recMergeCells:
		return s.merge(body)
	case recDV:
		s.sheet.Validation = true
	case recObj:
		s.object = -1
		if len(body) >= 8 && word(body, 0) == 0x15 {
			s.object = int(word(body, 6))
		}
	case recTxO:
		return s.drawnText(body, next)
	case recNote:
		return s.note(body)
	}
	return !s.full()
}

// spans checks that a record of several cells, each of size bytes, has as many as
// its first and last column say.
func (s *xlsSheetReader) spans(body []byte, size int) bool {
	n := int(word(body, len(body)-2)) - int(word(body, 2)) + 1
	if n > 0 && len(body) == 6+n*size {
		return true
	}
	s.add(s.broken(s.sheet.Name, cellAt(body).String(), "连续单元格的记录长度与列数不符"))
	return false
}

func marked(m map[int]bool, i int) map[int]bool {
	if m == nil {
		m = map[int]bool{}
	}
	m[i] = true
	return m
}

// cellAt is the address at the start of a cell's record.
func cellAt(body []byte) Ref { return Ref{int(word(body, 2)) + 1, int(word(body, 0)) + 1} }

// put makes room for the cell of a record.
func (s *xlsSheetReader) put(body []byte, blank bool) *Cell {
	return s.slot(cellAt(body), word(body, 4), blank)
}

// slot makes room for a cell. It is nil for a cell that is refused or left out;
// the methods that fill cells pass over it.
func (s *xlsSheetReader) slot(at Ref, xf uint16, blank bool) *Cell {
	s.result = -1
	if at.Col > xlsColumns {
		s.wrong(at, fmt.Sprintf("列号 %d 不存在", at.Col), resave)
		return nil
	}
	if at.Col > s.lim.Cols {
		if !blank {
			s.cap(at, fmt.Sprintf("列数超过上限 %d 列", s.lim.Cols))
		} else if s.beyond++; s.beyond == 1 {
			s.first = at
		}
		return nil
	}
	if at.Row < s.last.Row || at.Row == s.last.Row && at.Col <= s.last.Col {
		s.jumbled = true
	} else {
		s.last = at
	}
	n := len(s.sheet.Cells)
	if n == cap(s.sheet.Cells) { // the extent's count says otherwise
		s.cap(at, fmt.Sprintf("单元格超过上限 %d 个", s.lim.Cells))
		return nil
	}
	var st style
	if int(xf) < len(s.xfs) {
		st = s.xfs[xf]
	} else if len(s.xfs) > 0 {
		s.wrong(at, fmt.Sprintf("样式序号 %d 超出范围", xf), resave)
	}
	s.sheet.Cells = append(s.sheet.Cells, Cell{Ref: at, Class: st.class, Digits: st.digits})
	return &s.sheet.Cells[n]
}

// unpackRK is the number of an RK value: the upper 30 bits of a float64 or of
// an integer, perhaps times 100.
func unpackRK(v uint32) float64 {
	var f float64
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	} else {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}

// number makes a cell a number, or what its format shows it as.
func (s *xlsSheetReader) number(c *Cell, f float64) bool {
	if c == nil {
		return !s.full()
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return s.wrong(c.Ref, "不是有效的数值", "请重新填写该单元格")
	}
	s.digits = appendNumber(s.digits[:0], f)
	if s.visit == nil && !s.keep(len(s.digits)) {
		return s.cap(c.Ref, fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes))
	}
	c.Kind, c.Number = Number, f
	if c.Class == DateTime {
		if t, ok := serialTime(f, s.book.Date1904); ok {
			c.Kind, c.From1904 = Date, s.book.Date1904
			s.digits = appendTime(s.digits[:0], t)
		}
	}
	c.Text = s.text.add(s.digits)
	return true
}

// appendNumber appends the shortest decimal text of at most 15 digits that
// reads back as f, otherwise that of 17 digits, as Excel writes numbers.
func appendNumber(dst []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	// Most have at most four decimals. A text of 15 digits that reads back is the
	// shortest, once its last zeros are gone.
	if n := math.Round(f * 1e4); math.Abs(n) < 1e15 && n/1e4 == f {
		return appendFourth(dst, int64(n))
	}
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], math.Abs(f), 'e', -1, 64)
	if at := bytes.IndexByte(e, 'e'); at == 1+16 { // a point and 16 digits
		e = strconv.AppendFloat(buf[:0], math.Abs(f), 'e', 16, 64)
	}
	at := bytes.IndexByte(e, 'e')
	decimals := max(0, at-2)
	exponent, err := strconv.Atoi(string(e[at+1:]))
	if err != nil || exponent < -5 || exponent > 20 {
		return strconv.AppendFloat(dst, f, 'E', decimals, 64)
	}
	if decimals < exponent { // zeros follow the digits, not the rest of the binary value
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', decimals-exponent, 64)
}

// appendFourth appends n ten-thousandths, n not being whole ones.
func appendFourth(dst []byte, n int64) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = append(strconv.AppendInt(dst, n/1e4, 10), '.')
	part := n % 1e4
	dst = append(dst, byte('0'+part/1000), byte('0'+part/100%10), byte('0'+part/10%10), byte('0'+part%10))
	return bytes.TrimRight(dst, "0")
}

// label makes a cell a text that stands in its own record.
func (s *xlsSheetReader) label(c *Cell, b []byte) bool {
	if c == nil {
		return !s.full()
	}
	var text string
	ok := false
	if s.wide {
		text, ok = wideString(b, 2)
	} else if n := int(le.Uint16(b)); 2+n <= len(b) {
		text, ok = s.narrow(b[2 : 2+n])
	}
	return s.setText(c, text, ok)
}

func (s *xlsSheetReader) setText(c *Cell, text string, ok bool) bool {
	if !ok {
		return s.wrong(c.Ref, "文字被截断、含无效字符或编码无法识别", resave)
	}
	if s.visit == nil && !s.keep(len(text)) {
		return s.cap(c.Ref, fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes))
	}
	c.Kind, c.Text, c.NoCache = Text, text, false
	return true
}

func (s *xlsSheetReader) sharedString(c *Cell, i int) bool {
	switch {
	case c == nil:
		return !s.full()
	case i >= len(s.texts.ends):
		return s.wrong(c.Ref, fmt.Sprintf("文字序号 %d 超出范围（共 %d 条）", i, len(s.texts.ends)), resave)
	case s.spoiled[i]:
		return s.wrong(c.Ref, "文字含无效字符", "请重新填写该单元格")
	}
	c.Kind, c.Text = Text, s.texts.at(i)
	return true
}

var xlsErrors = map[byte]string{
	0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}

func (s *xlsSheetReader) boolErr(c *Cell, v byte, isError bool) bool {
	if c == nil {
		return !s.full()
	}
	text, known := xlsErrors[v]
	switch {
	case isError && known:
		c.Kind, c.Text = Error, text
	case isError || v > 1:
		return s.wrong(c.Ref, fmt.Sprintf("不是有效的逻辑值或错误值：%d", v), resave)
	case v == 1:
		c.Kind, c.Text = Bool, "TRUE"
	default:
		c.Kind, c.Text = Bool, "FALSE"
	}
	return true
}

// merge reads merged ranges.
func (s *xlsSheetReader) merge(body []byte) bool {
	n := 2 + 8*int(word(body, 0))
	if n > len(body) {
		s.add(s.broken(s.sheet.Name, "", "合并区域的记录被截断"))
		return false
	}
	body = body[:n]
	for i := 2; i+8 <= len(body); i += 8 {
		g := Range{Ref{int(word(body, i+4)) + 1, int(word(body, i)) + 1}, Ref{int(word(body, i+6)) + 1, int(word(body, i+2)) + 1}}
		if g.To.Col < g.From.Col || g.To.Row < g.From.Row || g.To.Col > xlsColumns {
			s.add(inSheet(refusal("sheet-merge", s.part, "合并区域 "+g.String()+" 不存在", resave), s.sheet.Name, ""))
			return !s.full()
		}
		if len(s.sheet.Merged) >= s.lim.Merged {
			return s.cap(g.From, fmt.Sprintf("合并区域超过 %d 个", s.lim.Merged))
		}
		if g.From != g.To {
			s.sheet.Merged = append(s.sheet.Merged, g)
		}
	}
	return true
}

// order puts the cells in order when they did not come so, and refuses two
// values of one cell; a blank gives way. It also counts the rows.
func (s *xlsSheetReader) order() bool {
	cells := s.sheet.Cells
	if s.jumbled {
		slices.SortStableFunc(cells, func(a, b Cell) int {
			return cmp.Or(cmp.Compare(a.Ref.Row, b.Ref.Row), cmp.Compare(a.Ref.Col, b.Ref.Col))
		})
		kept := cells[:0]
		for _, c := range cells {
			n := len(kept)
			switch {
			case n == 0 || kept[n-1].Ref != c.Ref:
				kept = append(kept, c)
			case c.Kind == Blank && c.Formula == "":
			case kept[n-1].Kind == Blank && kept[n-1].Formula == "":
				kept[n-1] = c
			default:
				if !s.wrong(c.Ref, "单元格重复", resave) {
					return false
				}
			}
		}
		cells = kept
		s.sheet.Cells = cells
	}
	rows, row := 0, 0
	for i := range cells {
		if r := cells[i].Ref.Row; r != row {
			if rows, row = rows+1, r; rows > s.lim.Rows {
				return s.cap(cells[i].Ref, fmt.Sprintf("行数超过上限 %d 行", s.lim.Rows))
			}
		}
	}
	return true
}
