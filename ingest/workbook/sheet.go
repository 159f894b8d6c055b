package workbook

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"zhibiao/kpi/finding"
)

// A sheetReader reads one worksheet part.
type sheetReader struct {
	*packageReader
	x      *xmlReader
	sheet  *Sheet
	size   int64 // of the part, inflated, as claimed
	rows   int   // row elements so far
	at     Ref   // of the cell or row being read
	one    Cell  // the cell of Scan
	shared map[int]master
	val    []byte
	fx     []byte
	marked int // columns marked hidden, repeated ones too
	beyond int // blank cells right of the column cap, left out
	first  Ref // of them

	// What the row has in common with the one before, for plain.go.
	hidden  bool
	rowTail []byte // its start tag behind the number, when it is the usual one
	rowText uint64 // its number and a quote, as they end a reference
	rowMask uint64 // of the bytes of rowText that count
	rowSize int    // how many
	shapes  [shapes]shape
}

// A master is the cell that holds the text of a shared formula.
type master struct {
	text string
	at   Ref
}

// sheet reads a worksheet. What is found wrong in a damaged part is only that
// it is damaged.
func (p *packageReader) sheet(e sheetEntry, part string) {
	before := len(p.finds)
	x, done, bad := p.xml(part, mainSpace)
	if bad != nil {
		p.add(inSheet(bad, e.name, ""))
		return
	}
	s := &sheetReader{
		packageReader: p, x: x, size: p.zip.part(part).size,
		sheet: &Sheet{Name: e.name, Hidden: e.hidden},
	}
	ok := x.enter(mainSpace, "worksheet") && s.worksheet() && x.next() == ended
	if bad := done(); bad != nil {
		if bad.Rule == "package-crc" || bad.Rule == "package-size" {
			p.finds = p.finds[:before]
		}
		if bad.Place.Cell == "" {
			bad.Place.Cell = s.at.String()
		}
		p.add(inSheet(bad, e.name, bad.Place.Cell))
		return
	}
	if !ok {
		return
	}
	if s.beyond > 0 {
		note := s.problem("sheet-cap", s.first, fmt.Sprintf("第 %s 列以右有 %d 个只有格式的空白单元格，未读取", Column(p.lim.Cols), s.beyond), "无需处理；如有意填报，请移到前面的列")
		note.Severity = finding.Note
		p.add(note)
	}
	if p.stopped {
		return
	}
	p.comments(s.sheet, part)
	if p.visit == nil {
		p.book.Sheets = append(p.book.Sheets, s.sheet)
	}
}

// problem makes a mandatory finding about a cell.
func (s *sheetReader) problem(rule string, at Ref, message, hint string) *finding.Finding {
	return inSheet(refusal(rule, s.x.part, message, hint), s.sheet.Name, at.String())
}

// wrong records what is wrong with the cell being read; false when the book has
// too many findings to go on.
func (s *sheetReader) wrong(message, hint string) bool {
	s.add(s.problem("sheet-cell", s.at, message, hint))
	return !s.full()
}

// cap stops the sheet because it exceeds a limit.
func (s *sheetReader) cap(message, hint string) bool {
	if s.x.err == nil {
		s.x.err = s.problem("sheet-cap", s.at, message, hint)
	}
	return false
}

const thin = "请删除多余的空行、空列和无关内容，另存后再报送"

func (s *sheetReader) worksheet() bool {
	x, seen := s.x, false
	return x.children(func() bool {
		switch {
		case x.is("sheetData"):
			if seen {
				x.fail("有两个 sheetData")
				return false
			}
			seen = true
			return s.sheetData()
		case x.is("cols"):
			return x.children(s.column)
		case x.is("mergeCells"):
			return x.children(s.merge) && s.apart(s.sheet, x.part)
		case x.is("dataValidations"):
			return x.children(func() bool {
				s.sheet.Validation = s.sheet.Validation || x.is("dataValidation")
				return x.leave()
			})
		case x.is("extLst"):
			return s.extensions()
		}
		return x.leave()
	})
}

// extensions passes the extension list. Drop-lists that point to another sheet
// stand there, in a namespace of a later Excel.
func (s *sheetReader) extensions() bool {
	x := s.x
	for depth := len(x.open); ; {
		switch x.next() {
		case startTag:
			s.sheet.Validation = s.sheet.Validation || string(x.name) == "dataValidation"
		case endTag:
			if len(x.open) < depth {
				return true
			}
		case broken, ended:
			return false
		}
	}
}

func (s *sheetReader) column() bool {
	x := s.x
	if x.is("col") && truth(x.attr("hidden")) {
		from, ok1 := parseIndex(x.attr("min"))
		to, ok2 := parseIndex(x.attr("max"))
		if !ok1 || !ok2 || from < 1 || to < from || to > MaxCol {
			x.fail("列号错误")
			return false
		}
		if s.sheet.HiddenCols == nil {
			s.sheet.HiddenCols = map[int]bool{}
		}
		// Ranges do not overlap in a sound sheet; repeated ones would cost much.
		if s.marked += to - from + 1; s.marked > 2*MaxCol {
			x.fail("隐藏列重复")
			return false
		}
		for c := from; c <= to; c++ {
			s.sheet.HiddenCols[c] = true
		}
	}
	return x.leave()
}

func (s *sheetReader) merge() bool {
	x := s.x
	if !x.is("mergeCell") {
		return x.leave()
	}
	text := string(x.attr("ref"))
	g, ok := parseRange(text)
	if !ok {
		s.at = Ref{}
		s.add(inSheet(refusal("sheet-merge", x.part, "合并区域 "+shown(text)+" 不存在", resave), s.sheet.Name, ""))
		return !s.full() && x.leave()
	}
	if len(s.sheet.Merged) >= s.lim.Merged {
		s.at = g.From
		return s.cap(fmt.Sprintf("合并区域超过 %d 个", s.lim.Merged), thin)
	}
	if g.From != g.To {
		s.sheet.Merged = append(s.sheet.Merged, g)
	}
	return x.leave()
}

func (s *sheetReader) sheetData() bool {
	x := s.x
	return x.children(func() bool {
		if !x.is("row") {
			return s.stray()
		}
		return s.row()
	})
}

// stray passes an element that does not belong among rows or cells, if it is an
// extension. Anything else could hide cells from us.
func (s *sheetReader) stray() bool {
	if s.x.space == mainSpace || s.x.space == compatSpace {
		s.x.fail("数据区内有多余的元素 " + shown(string(s.x.name)))
		return false
	}
	return s.x.leave()
}

func (s *sheetReader) row() bool {
	x := s.x
	n := s.at.Row + 1
	if r := x.attr("r"); r != nil {
		v, ok := parseIndex(r)
		if !ok || v < 1 || v > MaxRow {
			x.fail("行号 " + shown(string(r)) + " 不存在")
			return false
		}
		if v < n {
			x.fail(fmt.Sprintf("第 %d 行重复或排在第 %d 行之后", v, s.at.Row))
			return false
		}
		n = v
	}
	s.hidden = truth(x.attr("hidden"))
	s.learnRow()
	if !s.startRow(n) {
		return false
	}
	for {
		if x.def == mainSpace && !x.empty && !s.slow {
			s.plainCells()
		}
		switch x.next() {
		case startTag:
			switch {
			case s.stopped:
				return false
			case !x.is("c"):
				if !s.stray() {
					return false
				}
			case !s.cell():
				return false
			}
		case content:
			if !blank(x.text) {
				x.fail("单元格之间有文字")
				return false
			}
		case endTag:
			return !s.stopped
		default:
			return false
		}
	}
}

// startRow begins a row that is hidden or not as its tag said.
func (s *sheetReader) startRow(n int) bool {
	s.at = Ref{Row: n}
	if s.rows++; s.rows > s.lim.Rows || n > MaxRow {
		s.at.Col = 1
		return s.cap(fmt.Sprintf("行数超过上限 %d 行", s.lim.Rows), thin)
	}
	if s.hidden {
		if s.sheet.HiddenRows == nil {
			s.sheet.HiddenRows = map[int]bool{}
		}
		s.sheet.HiddenRows[n] = true
	}
	var digits [8]byte
	text := append(strconv.AppendInt(digits[:0], int64(n), 10), '"')
	s.rowText, s.rowMask, s.rowSize = le.Uint64(digits[:]), 1<<(8*len(text))-1, len(text)
	return true
}

// A raw is a cell as it stands in the file.
type raw struct {
	typ   byte // s shared, i inline, t formula text, n number, b boolean, e error, d ISO date
	style int
	has   bool   // it has a value, which may be empty
	val   []byte // decoded
	// formula is the text that was found; computed tells that the value is a
	// formula's, whose text may be unknown.
	formula  string
	computed bool
	number   float64 // of typ n, when exact
	exact    bool
}

// cell reads the <c> whose start tag was just read, whatever its form.
func (s *sheetReader) cell() bool {
	x := s.x
	ref := Ref{Col: s.at.Col + 1, Row: s.at.Row}
	if r := x.attr("r"); r != nil {
		var ok bool
		if ref, ok = ParseRef(string(r)); !ok || bytes.IndexByte(r, '$') >= 0 {
			bad := s.problem("sheet-cell", s.at, "单元格地址 "+shown(string(r))+" 不存在", resave)
			bad.Place.Cell = strings.Trim(shown(string(r)), `"`)
			s.add(bad)
			return !s.full() && x.leave()
		}
	}
	if ref.Row != s.at.Row || ref.Col <= s.at.Col || ref.Col > MaxCol {
		s.add(s.problem("sheet-cell", ref, fmt.Sprintf("单元格重复、次序颠倒或不在第 %d 行", s.at.Row), resave))
		return !s.full() && x.leave()
	}
	s.at = ref
	c := raw{typ: 'n'}
	if a := x.attr("s"); a != nil {
		i, ok := parseIndex(a)
		if !ok || i >= len(s.styles) {
			return s.wrong("样式序号 "+shown(string(a))+" 超出范围", resave) && x.leave()
		}
		c.style = i
	}
	if a := x.attr("t"); a != nil {
		if c.typ = cellType(a); c.typ == 0 {
			return s.wrong("单元格类型 "+shown(string(a))+" 不存在", resave) && x.leave()
		}
	}
	s.val = s.val[:0]
	for {
		switch x.next() {
		case startTag:
			if !s.inCell(&c) {
				return false
			}
		case content:
			if !blank(x.text) {
				x.fail("单元格内有多余文字")
				return false
			}
		case endTag:
			c.val = s.val
			return s.put(&c)
		default:
			return false
		}
	}
}

func cellType(t []byte) byte {
	switch string(t) {
	case "s", "n", "b", "e", "d":
		return t[0]
	case "str":
		return 't'
	case "inlineStr":
		return 'i'
	}
	return 0
}

// inCell reads a child of the cell.
func (s *sheetReader) inCell(c *raw) (ok bool) {
	x := s.x
	switch {
	case x.space == compatSpace:
		return s.stray()
	case x.is("v"), x.is("is"):
		if c.has {
			x.fail("单元格有两个值")
			return false
		}
		c.has = true
		if string(x.name) == "v" {
			s.val, ok = x.inner(s.val)
			return ok
		}
		c.typ = 'i'
		s.val, ok = x.rich(s.val)
		return ok
	case x.is("f"):
		return s.formula(c)
	}
	return x.leave()
}

// formula reads an <f>. The cells that share a formula only give its number;
// their text is worked out from the cell that has it.
func (s *sheetReader) formula(c *raw) (ok bool) {
	x := s.x
	kind := string(x.attr("t"))
	si, numbered := parseIndex(x.attr("si"))
	if kind == "dataTable" {
		c.formula = "TABLE(" + string(x.attr("r1")) + "," + string(x.attr("r2")) + ")"
	}
	if s.fx, ok = x.inner(s.fx[:0]); !ok {
		return false
	}
	s.fx = bytes.TrimPrefix(trim(s.fx), []byte("="))
	switch {
	case kind == "shared" && !numbered:
		c.computed = true
		return s.wrong("共享公式缺少编号", resave)
	case kind == "shared" && len(s.fx) == 0:
		c.computed = true
		m, ok := s.shared[si]
		if !ok {
			return s.wrong(fmt.Sprintf("共享公式 %d 没有原文", si), resave)
		}
		s.fx = shift(s.fx[:0], m.text, s.at.Col-m.at.Col, s.at.Row-m.at.Row)
		// Counted in Scan too: a few bytes in the file can ask for kilobytes.
		if s.visit != nil && !s.keep(len(s.fx)) {
			return s.cap(fmt.Sprintf("文字和公式超过 %d 字节", s.lim.StringBytes), thin)
		}
		c.formula = s.hold(s.fx)
	case len(s.fx) > 0:
		c.computed = true
		c.formula = s.hold(s.fx)
		if kind == "shared" {
			if s.shared == nil {
				s.shared = map[int]master{}
			}
			s.shared[si] = master{c.formula, s.at}
		}
	default:
		c.computed = kind == "dataTable"
	}
	return x.err == nil
}

// hold copies a text for the cell to keep, and counts it.
func (s *sheetReader) hold(b []byte) string {
	if s.visit == nil && !s.keep(len(b)) {
		s.cap(fmt.Sprintf("文字和公式超过 %d 字节", s.lim.StringBytes), thin)
		return ""
	}
	return s.text.add(b)
}
