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
	to := s.next(s.at.Col, c.style)
	if to == nil {
		return false
	}
	if c.formula != "" {
		to.Formula = c.formula
	}
	if c.has && !s.value(to, c) {
		return false
	}
	to.NoCache = c.computed && to.Kind == Blank
	return s.x.err == nil && s.give(to)
}

// next is the place of the cell in a column of the row, with its style and
// otherwise empty; nil when there are too many.
func (s *sheetReader) next(col, style int) *Cell {
	s.at.Col = col
	if s.cells++; s.cells > s.lim.Cells {
		s.cap(fmt.Sprintf("单元格超过上限 %d 个", s.lim.Cells), thin)
		return nil
	}
	to := s.slot()
	st := &s.styles[style]
	to.Ref, to.Class, to.Digits = s.at, st.class, st.digits
	return to
}

// give shows the cell to the visitor, if there is one; false when it has seen
// enough.
func (s *sheetReader) give(to *Cell) bool {
	if s.visit != nil && !s.visit(s.sheet, to) {
		s.stopped = true
	}
	return !s.stopped
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
		if ok {
			to.Kind, to.Number, to.From1904 = Date, timeSerial(t, s.book.Date1904), s.book.Date1904
			to.Class = DateTime
			t, ok = serialTime(to.Number, to.From1904)
		}
		if !ok {
			return s.wrong("不是有效的日期："+shown(string(val)), "请重新填写该单元格")
		}
		s.val = appendTime(s.val[:0], t)
		to.Text = s.hold(s.val)
	}
	return true
}

// date turns a number that its format shows as a date into one. A number that
// no calendar has stays a number.
func (s *sheetReader) date(to *Cell) {
	var d *day
	if s.days != nil {
		d = &s.days[uint(int64(to.Number))%uint(len(s.days))]
		if d.text != "" && d.serial == to.Number {
			to.Kind, to.From1904, to.Text = Date, s.book.Date1904, d.text
			return
		}
	} else if s.cells > longTable {
		s.days = make([]day, 2048)
	}
	t, ok := serialTime(to.Number, s.book.Date1904)
	if !ok {
		return
	}
	var buf [len(clock)]byte
	text := appendTime(buf[:0], t)
	to.Kind, to.From1904 = Date, s.book.Date1904
	if d == nil {
		to.Text = s.hold(text)
		return
	}
	// Not in the arena: a block would stay as long as one day of it is known.
	to.Text = string(text)
	*d = day{to.Number, to.Text}
}

// A day is a date that was met: the dates of a long table are few.
type day struct {
	serial float64
	text   string
}

// longTable is the number of cells from which dates are remembered.
const longTable = 4096
