package workbook

import (
	"bytes"
	"fmt"
)

// put types a cell and gives it to the sheet or the visitor; false when reading
// cannot go on.
func (s *sheetReader) put(c *raw) bool {
	if s.at.Col > s.lim.Cols {
		if c.has || c.computed {
			return s.cap(fmt.Sprintf("第 %s 列以右还有内容，超过上限 %d 列", Column(s.lim.Cols), s.lim.Cols), thin)
		}
		if s.beyond++; s.beyond == 1 {
			s.first = s.at
		}
		return true
	}
	if s.cells++; s.cells > s.lim.Cells {
		return s.cap(fmt.Sprintf("单元格超过上限 %d 个", s.lim.Cells), thin)
	}
	to := s.slot()
	st := s.styles[c.style]
	to.Ref, to.Class, to.Digits = s.at, st.class, st.digits
	if c.formula != "" {
		to.Formula = c.formula
	}
	if c.has && !s.value(to, c) {
		return false
	}
	to.NoCache = c.computed && to.Kind == Blank
	if s.x.err != nil {
		return false
	}
	if s.visit != nil && !s.visit(s.sheet, to) {
		s.stopped = true
		return false
	}
	return true
}

// slot is the place of the next cell, empty.
func (s *sheetReader) slot() *Cell {
	if s.visit != nil {
		s.one = Cell{}
		return &s.one
	}
	cells := s.sheet.Cells
	n := len(cells)
	if n == cap(cells) {
		grown := make([]Cell, n, max(n+1, min(s.expected(n), n+1+s.lim.Cells-s.cells)))
		copy(grown, cells)
		cells = grown
	}
	s.sheet.Cells = cells[:n+1]
	return &s.sheet.Cells[n]
}

// expected is how many cells to make room for, when n are there. The part goes
// on as it began, so its size says how many will come: before the first cell
// judged by a sample of what follows, later by what was read.
func (s *sheetReader) expected(n int) int {
	size, read := float64(s.size), float64(s.x.past+s.x.pos+1)
	if n > 0 {
		return min(max(int(float64(n)*size/read*1.02)+64, n+n/4), 8*n+256)
	}
	sample := s.x.buf[s.x.pos:min(len(s.x.buf), s.x.pos+32<<10)]
	return int(float64(bytes.Count(sample, []byte("<c"))+1)*size/float64(len(sample)+1)*1.05) + 16
}

// value reads the value of a cell that has one.
func (s *sheetReader) value(to *Cell, c *raw) bool {
	if c.typ == 't' || c.typ == 'i' {
		text, ok := unescape(c.val)
		if !ok {
			return s.wrong("文字含空字符", resave)
		}
		to.Kind, to.Text = Text, s.hold(text)
		return true
	}
	val := trim(c.val)
	if len(val) == 0 {
		return true
	}
	switch c.typ {
	case 's':
		i, ok := parseIndex(val)
		if !ok || i >= len(s.texts.ends) {
			return s.wrong(fmt.Sprintf("文字序号 %s 超出范围（共 %d 条）", shown(string(val)), len(s.texts.ends)), resave)
		}
		to.Kind, to.Text = Text, s.texts.at(i)
	case 'n':
		text, f, ok := s.hold(val), c.number, c.exact
		if !ok {
			f, ok = parseNumber(text)
		}
		if !ok {
			return s.wrong("不是有效的数值："+shown(text), "请重新填写该单元格")
		}
		if to.Kind, to.Text, to.Number = Number, text, f; to.Class == DateTime {
			s.date(to)
		}
	case 'b':
		switch string(val) {
		case "1", "true":
			to.Kind, to.Text = Bool, "TRUE"
		case "0", "false":
			to.Kind, to.Text = Bool, "FALSE"
		default:
			return s.wrong("不是有效的逻辑值："+shown(string(val)), resave)
		}
	case 'e':
		to.Kind, to.Text = Error, s.hold(val)
	case 'd':
		t, ok := parseISO(string(val))
		if !ok {
			return s.wrong("不是有效的日期："+shown(string(val)), "请重新填写该单元格")
		}
		to.Kind, to.Number, to.Time = Date, timeSerial(t, s.book.Date1904), t
		to.Class = DateTime
		s.val = appendTime(s.val[:0], t)
		to.Text = s.hold(s.val)
	}
	return true
}

// date turns a number that its format shows as a date into one. A number that
// no calendar has stays a number.
func (s *sheetReader) date(to *Cell) {
	t, ok := serialTime(to.Number, s.book.Date1904)
	if !ok {
		return
	}
	var buf [len(clock)]byte
	to.Kind, to.Time = Date, t
	to.Text = s.hold(appendTime(buf[:0], t))
}

// plainCells reads the cells at the reader's position that have the form in
// which spreadsheets write nearly all: <c r= s= t=><f>…</f><v>…</v></c> with r
// first, double quotes and nothing to decode. At the first that has not, or
// that is not complete in the window, it leaves the rest to the general reader,
// which comes to the same cells, only slower.
func (s *sheetReader) plainCells() {
	x := s.x
	for x.err == nil && !s.stopped {
		var c raw
		n, col := s.plainCell(x.buf[x.pos:], &c)
		if n == 0 {
			return
		}
		x.pos += n
		s.at.Col = col
		if !s.put(&c) {
			return
		}
	}
}

// What the bytes of the common tags are as little-endian integers.
const (
	cellOpen  = '<' | 'c'<<8 | ' '<<16 | 'r'<<24
	styleAttr = ' ' | 's'<<8 | '='<<16 | '"'<<24
	typeAttr  = ' ' | 't'<<8 | '='<<16 | '"'<<24
	emptyEnd  = ' ' | '/'<<8 | '>'<<16 | '<'<<24
	cellClose = '<' | '/'<<8 | 'c'<<16 | '>'<<24
	fxClose   = '<' | '/'<<8 | 'f'<<16 | '>'<<24
	valClose  = '<' | '/'<<8 | 'v'<<16 | '>'<<24
	strType   = 's' | 't'<<8 | 'r'<<16 | '"'<<24

	// margin is how many bytes must follow wherever plainCell looks at several.
	margin = 12
)

// plainCell reads one such cell at the start of b, n bytes long; n is 0 when it
// has another form or anything is wrong with it.
func (s *sheetReader) plainCell(b []byte, c *raw) (n, col int) {
	if len(b) < 4*margin || le.Uint32(b) != cellOpen || b[4] != '=' || b[5] != '"' {
		return 0, 0
	}
	i := 6
	for ; b[i] >= 'A' && b[i] <= 'Z'; i++ {
		if col = col*26 + int(b[i]-'A') + 1; col > MaxCol {
			return 0, 0
		}
	}
	row, start := 0, i
	for ; b[i] >= '0' && b[i] <= '9' && i-start < 8; i++ {
		row = row*10 + int(b[i]-'0')
	}
	if b[i] != '"' || b[start] == '0' || row != s.at.Row || col <= s.at.Col {
		return 0, 0
	}
	i++
	c.typ = 'n'
	styled, typed := false, false
	for b[i] == ' ' {
		switch le.Uint32(b[i:]) {
		case styleAttr:
			i += 4
			for start = i; b[i] >= '0' && b[i] <= '9' && i-start < 6; i++ {
				c.style = c.style*10 + int(b[i]-'0')
			}
			if styled || i == start || b[i] != '"' || c.style >= len(s.styles) {
				return 0, 0
			}
			styled = true
			i++
		case typeAttr:
			switch t := b[i+4]; {
			case typed:
				return 0, 0
			case b[i+5] == '"' && (t == 's' || t == 'n' || t == 'b' || t == 'e'):
				c.typ = t
				i += 6
			case le.Uint32(b[i+4:]) == strType:
				c.typ = 't'
				i += 8
			default:
				return 0, 0
			}
			typed = true
		case emptyEnd:
			i++
		default:
			return 0, 0
		}
	}
	if b[i] == '/' && b[i+1] == '>' {
		return i + 2, col
	}
	if b[i] != '>' {
		return 0, 0
	}
	i++
	if i+margin > len(b) {
		return 0, 0
	}
	if b[i] == '<' && b[i+1] == 'f' && b[i+2] == '>' {
		i += 3
		end := bytes.IndexByte(b[i:], '<')
		if end <= 0 || i+end+margin > len(b) || le.Uint32(b[i+end:]) != fxClose || !undecoded(b[i:i+end]) ||
			b[i] == '=' || isSpace(b[i]) || isSpace(b[i+end-1]) {
			return 0, 0
		}
		fx := b[i : i+end]
		if n = s.plainValue(b, i+end+4, c); n > 0 {
			c.formula, c.computed = s.hold(fx), true
		}
		return n, col
	}
	return s.plainValue(b, i, c), col
}

// plainValue reads from <v> to </c> at b[i:], where margin bytes are; the result
// is the end of the cell in b, 0 when it has another form.
func (s *sheetReader) plainValue(b []byte, i int, c *raw) int {
	if b[i] != '<' || b[i+1] != 'v' || b[i+2] != '>' {
		if le.Uint32(b[i:]) == cellClose {
			return i + 4
		}
		return 0
	}
	i += 3
	var end int
	if c.typ == 'n' {
		var d decimal
		if d, end = scanDecimal(b[i:]); end > 0 && end <= maxDigits {
			c.number, c.exact = d.exact()
		}
	} else {
		end = bytes.IndexByte(b[i:], '<')
	}
	if end < 0 || i+end+8 > len(b) || le.Uint32(b[i+end:]) != valClose || le.Uint32(b[i+end+4:]) != cellClose {
		return 0
	}
	if c.has, c.val = true, b[i:i+end]; c.typ != 'n' && !undecoded(c.val) {
		return 0
	}
	return i + end + 8
}

// undecoded reports that a text stands in the window as it will be kept.
func undecoded(b []byte) bool {
	f := inspect(b)
	return f&(illegal|entity|carriage|escape) == 0 && (f&wide == 0 || legalText(b))
}
