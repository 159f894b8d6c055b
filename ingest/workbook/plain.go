package workbook

import "bytes"

// plainCells reads the cells at the reader's position that have the form in
// which spreadsheets write nearly all: <c r= s= t=><f>…</f><v>…</v></c> with r
// first, double quotes and nothing to decode. At the first that has not, or
// that is not complete in the window, it leaves the rest to the general reader,
// which comes to the same cells, only slower.
func (s *sheetReader) plainCells() {
	x := s.x
	for x.err == nil && !s.stopped {
		if s.likeLast() {
			continue
		}
		var c raw
		n, col := s.plainCell(x.buf[x.pos:], &c)
		if n == 0 {
			if s.nextRow() {
				continue
			}
			return
		}
		x.pos += n
		s.at.Col = col
		if !s.put(&c) {
			return
		}
	}
}

// A shape is what plainCell last read in a column between a cell's reference
// and its value, such as ` s="1" t="s"><v>`, and what that says. Most cells of a
// table look like the one above them.
type shape struct {
	words, masks [3]uint64
	n            int // bytes; 0 for none
	style        int
	typ          byte // s or n
}

const (
	shapes    = 64                                      // columns whose shape is kept
	maxShape  = 24                                      // bytes of a shape
	maxShort  = 24                                      // bytes of a value
	reachLike = 6 + 3 + 8 + maxShape + maxShort + 8 + 8 // bytes that likeLast may look at
)

// learn keeps the shape of a column.
func (s *sheetReader) learn(col int, b []byte, c *raw) {
	sh := &s.shapes[col%shapes]
	*sh = shape{}
	if len(b) > maxShape || c.typ != 's' && c.typ != 'n' {
		return
	}
	var text, mask [maxShape]byte
	for i := range b {
		text[i], mask[i] = b[i], 0xFF
	}
	for i := range sh.words {
		sh.words[i], sh.masks[i] = le.Uint64(text[8*i:]), le.Uint64(mask[8*i:])
	}
	sh.n, sh.style, sh.typ = len(b), c.style, c.typ
}

// likeLast reads the next cell when it has the shape that was last read in its
// column and a short value. Otherwise it changes nothing and plainCell decides,
// which comes to the same cell.
func (s *sheetReader) likeLast() bool {
	x := s.x
	if len(x.buf)-x.pos < reachLike {
		return false
	}
	b := x.buf[x.pos : x.pos+reachLike]
	if le.Uint64(b)&(1<<48-1) != cellOpen|'='<<32|'"'<<40 {
		return false
	}
	letter := uint(b[6]) - 'A'
	if letter > 25 {
		return false
	}
	col, i := int(letter)+1, 7
	for i < 9 {
		if letter = uint(b[i]) - 'A'; letter > 25 {
			break
		}
		col = col*26 + int(letter) + 1
		i++
	}
	if col <= s.at.Col || col > s.lim.Cols || col > MaxCol || le.Uint64(b[i:])&s.rowMask != s.rowText {
		return false
	}
	i += s.rowSize
	sh := &s.shapes[col%shapes]
	if sh.n == 0 || (le.Uint64(b[i:])^sh.words[0])&sh.masks[0]|
		(le.Uint64(b[i+8:])^sh.words[1])&sh.masks[1]|
		(le.Uint64(b[i+16:])^sh.words[2])&sh.masks[2] != 0 {
		return false
	}
	i += sh.n
	val := b[i : i+maxShort]
	if sh.typ == 's' {
		index, n := 0, 0
		for n < 9 {
			c := uint(val[n]) - '0'
			if c > 9 {
				break
			}
			index = index*10 + int(c)
			n++
		}
		if n == 0 || le.Uint64(b[i+n:]) != valueEnd || index >= len(s.texts.ends) {
			return false
		}
		x.pos += i + n + 8
		to := s.next(col, sh.style)
		if to == nil {
			return true
		}
		to.Kind, to.Text = Text, s.texts.at(index)
		s.give(to)
		return true
	}
	d, n := scanDecimal(val)
	if n == 0 || le.Uint64(b[i+n:]) != valueEnd {
		return false
	}
	val = val[:n]
	f, ok := d.exact()
	if !ok {
		if f, ok = parseLong(string(val)); !ok {
			return false
		}
	}
	x.pos += i + n + 8
	to := s.next(col, sh.style)
	if to == nil {
		return true
	}
	to.Kind, to.Text, to.Number = Number, s.hold(val), f
	if to.Class == DateTime {
		s.date(to)
	}
	if x.err == nil {
		s.give(to)
	}
	return true
}

// nextRow passes </row> and the start tag of a row that differs only in its
// number from the tag of this one.
func (s *sheetReader) nextRow() bool {
	x := s.x
	b := x.buf[x.pos:]
	if len(s.rowTail) == 0 || !bytes.HasPrefix(b, rowTurn) {
		return false
	}
	i := len(rowTurn)
	n := 0
	for ; i < len(b) && i < len(rowTurn)+9; i++ {
		c := uint(b[i]) - '0'
		if c > 9 {
			break
		}
		n = n*10 + int(c)
	}
	if !bytes.HasPrefix(b[i:], s.rowTail) || n <= s.at.Row || n > MaxRow {
		return false
	}
	x.pos += i + len(s.rowTail)
	return s.startRow(n)
}

var rowTurn = []byte(`</row><row r="`)

// learnRow keeps the start tag that was just read behind its row number.
func (s *sheetReader) learnRow() {
	x := s.x
	s.rowTail = s.rowTail[:0]
	tag := x.buf[max(0, x.pos-maxRowTag):x.pos]
	start := bytes.LastIndex(tag, rowTurn[len("</row>"):])
	if start < 0 || x.empty || x.def != mainSpace {
		return
	}
	tag = tag[start+len(rowTurn)-len("</row>"):]
	if end := bytes.IndexByte(tag, '"'); end >= 0 && bytes.IndexByte(tag, '<') < 0 {
		s.rowTail = append(s.rowTail, tag[end:]...)
	}
}

// maxRowTag is the longest start tag of a row that is kept.
const maxRowTag = 256

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
	valueEnd  = valClose | cellClose<<32

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
	begin := i
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
	if n = s.plainValue(b, i, c); n > 0 && c.has {
		s.learn(col, b[begin:i+len("<v>")], c)
	}
	return n, col
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
