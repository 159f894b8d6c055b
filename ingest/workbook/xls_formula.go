package workbook

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// UnknownFormula stands in Cell.Formula and Name.Refers for a formula of an .xls
// that is there but not rendered: one of BIFF5/7, of a data table, with a link
// to another workbook, or with damaged tokens. No formula reads like it.
const UnknownFormula = "〔公式〕"

// xlsLinks are the books and sheets that formulas refer to by number.
type xlsLinks struct {
	books []xlsBook
	refs  []xlsRef
}

// An xlsBook is this book itself, or another whose names may be known.
type xlsBook struct {
	own   bool
	names []string
}

// An xlsRef is a range of sheets of a book.
type xlsRef struct{ book, first, last int }

// xlsTokens are a formula as it stands in the file: tokens in postfix order and
// the array constants behind them.
type xlsTokens struct{ tokens, extra []byte }

const (
	formulaEffort = 64 << 20 // steps and bytes moved for all formulas of a book
	formulaLen    = 16 << 10 // Excel's own limit is 8,192 characters
	ownBook       = 0x0401
)

func (x *xlsReader) supBook(body []byte) {
	if x.wide && len(x.links.books) < x.lim.Names {
		x.links.books = append(x.links.books, xlsBook{own: len(body) == 4 && word(body, 2) == ownBook})
	}
}

func (x *xlsReader) externName(body []byte) {
	if n := len(x.links.books); x.wide && n > 0 && len(body) > 6 && len(x.links.books[n-1].names) < x.lim.Names {
		name, _ := wideString(body[6:], 1)
		x.links.books[n-1].names = append(x.links.books[n-1].names, name)
	}
}

func (x *xlsReader) externSheet(body []byte) {
	for i := 2; x.wide && i+6 <= len(body) && len(x.links.refs) < x.lim.Names; i += 6 {
		x.links.refs = append(x.links.refs, xlsRef{int(word(body, i)), int(word(body, i+2)), int(word(body, i+4))})
	}
}

// A tokenReader renders one formula. The text grows in out; starts are where
// the operands begin that no operator has taken yet.
type tokenReader struct {
	x       *xlsReader
	tokens  []byte
	extra   []byte
	at      Ref // of the cell, for relative references
	out     []byte
	starts  []int
	spare   []byte
	numeric bool // the last operation gives a number or an error, never a text
	failed  bool
}

// formula renders tokens as text; numeric tells that they cannot give a text.
func (x *xlsReader) formula(t xlsTokens, at Ref) (text string, numeric bool) {
	f := &tokenReader{x: x, tokens: t.tokens, extra: t.extra, at: at}
	for len(f.tokens) > 0 && !f.failed {
		f.token()
		if x.effort--; x.effort < 0 || len(f.out) > formulaLen {
			f.failed = true
		}
	}
	if f.failed || len(f.starts) != 1 || !x.wide || !utf8.Valid(f.out) {
		return UnknownFormula, f.numeric && !f.failed
	}
	return string(f.out), f.numeric
}

// take reads n bytes behind the token; zeros, and the formula failed, when they
// are missing.
func (f *tokenReader) take(n int) []byte {
	if n > len(f.tokens) {
		f.failed, f.tokens = true, nil
		return make([]byte, n)
	}
	b := f.tokens[:n]
	f.tokens = f.tokens[n:]
	return b
}

func (f *tokenReader) operand(text string) {
	f.starts = append(f.starts, len(f.out))
	f.out = append(f.out, text...)
	f.numeric = false
}

// operators are the binary ones from 0x03, in order.
var operators = [...]string{"+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>", " ", ",", ":"}

func (f *tokenReader) token() {
	op := f.take(1)[0]
	if op >= 0x40 {
		op = op&0x1F | 0x20 // the class of an operand does not show
	}
	switch op {
	case 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11:
		n := len(f.starts)
		if n < 2 {
			f.failed = true
			return
		}
		f.insert(f.starts[n-1], operators[op-3])
		f.starts = f.starts[:n-1]
		f.numeric = op <= 0x07
	case 0x12, 0x13, 0x14, 0x15:
		n := len(f.starts)
		if n < 1 {
			f.failed = true
			return
		}
		switch op {
		case 0x12:
			f.insert(f.starts[n-1], "+")
		case 0x13:
			f.insert(f.starts[n-1], "-")
		case 0x14:
			f.out = append(f.out, '%')
		default:
			f.insert(f.starts[n-1], "(")
			f.out = append(f.out, ')')
			return
		}
		f.numeric = op != 0x12
	case 0x16: // an argument left out
		f.operand("")
	case 0x17:
		f.text()
	case 0x19:
		f.attribute()
	case 0x1C:
		f.operand(xlsErrors[f.take(1)[0]])
	case 0x1D:
		f.operand(map[bool]string{true: "TRUE", false: "FALSE"}[f.take(1)[0] != 0])
	case 0x1E:
		f.operand(string(appendNumber(nil, float64(le.Uint16(f.take(2))))))
	case 0x1F:
		f.number(math.Float64frombits(le.Uint64(f.take(8))))
	case 0x20:
		f.take(7)
		f.array()
	case 0x21, 0x22:
		f.function(op == 0x22)
	case 0x23:
		i := int(le.Uint16(f.take(4)))
		if i < 1 || i > len(f.x.names) {
			f.failed = true
			return
		}
		f.operand(f.x.names[i-1].name.Name)
	case 0x24, 0x2C:
		b := f.take(4)
		f.reference("", le.Uint16(b), le.Uint16(b[2:]), op == 0x2C)
	case 0x25, 0x2D:
		f.area("", f.take(8), op == 0x2D)
	case 0x26, 0x27, 0x28:
		f.take(6) // says that what follows is a list of areas
	case 0x29:
		f.take(2)
	case 0x2A:
		f.take(4)
		f.operand("#REF!")
	case 0x2B:
		f.take(8)
		f.operand("#REF!")
	case 0x39:
		f.foreignName(f.take(6))
	case 0x3A:
		b := f.take(6)
		f.reference(f.sheet(b), le.Uint16(b[2:]), le.Uint16(b[4:]), false)
	case 0x3B:
		b := f.take(10)
		f.area(f.sheet(b), b[2:], false)
	case 0x3C:
		f.operand(f.sheet(f.take(6)) + "#REF!")
	case 0x3D:
		f.operand(f.sheet(f.take(10)) + "#REF!")
	default:
		f.failed = true
	}
}

func (f *tokenReader) insert(at int, text string) {
	f.x.effort -= len(f.out) - at
	f.out = slices.Insert(f.out, at, []byte(text)...)
}

func (f *tokenReader) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		f.failed = true
		return
	}
	f.operand(string(appendNumber(nil, v)))
}

func (f *tokenReader) text() {
	b := f.tokens
	if len(b) < 2 {
		f.failed = true
		return
	}
	n := 2 + int(b[0])<<(b[1]&stringWide)
	text, ok := wideString(f.take(n), 1)
	f.failed = f.failed || !ok
	f.operand(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
}

// attribute passes what only serves calculation and layout, and reads a SUM
// with one argument, which is written so.
func (f *tokenReader) attribute() {
	b := f.take(3)
	switch n := int(le.Uint16(b[1:])); {
	case b[0]&0x04 != 0: // the branches of CHOOSE
		f.take(2 * (n + 1))
	case b[0]&0x10 != 0:
		f.call("SUM", 1)
		f.numeric = true
	}
}

// function reads a call of a function by its number. With variable the number
// of arguments is in the token, otherwise the function knows it.
func (f *tokenReader) function(variable bool) {
	n := -1
	if variable {
		n = int(f.take(1)[0] & 0x7F)
	}
	i := le.Uint16(f.take(2)) & 0x7FFF
	if variable && i == 255 { // its name is the first argument
		if n < 1 || n > len(f.starts) {
			f.failed = true
			return
		}
		k := len(f.starts) - n
		end := len(f.out)
		if n > 1 {
			end = f.starts[k+1]
		}
		name := strings.TrimPrefix(string(f.out[f.starts[k]:end]), "_xlfn.")
		f.out = slices.Delete(f.out, f.starts[k], end)
		for j := k + 1; j < len(f.starts); j++ {
			f.starts[j-1] = f.starts[j] - (end - f.starts[k])
		}
		f.starts = f.starts[:len(f.starts)-1]
		f.call(name, n-1)
		return
	}
	known, ok := xlsFunctions[i]
	if n < 0 {
		n = known.args
	}
	if f.failed = f.failed || !ok || n < 0; !f.failed {
		f.call(known.name, n)
		f.numeric = known.numeric
	}
}

// call joins the last n operands to the arguments of a function.
func (f *tokenReader) call(name string, n int) {
	if n > len(f.starts) || name == "" {
		f.failed = true
		return
	}
	args := f.starts[len(f.starts)-n:]
	from := len(f.out)
	if n > 0 {
		from = args[0]
	}
	f.spare = append(append(f.spare[:0], name...), '(')
	for i, start := range args {
		end := len(f.out)
		if i+1 < n {
			end = args[i+1]
		}
		if i > 0 {
			f.spare = append(f.spare, ',')
		}
		f.spare = append(f.spare, f.out[start:end]...)
	}
	f.spare = append(f.spare, ')')
	f.x.effort -= len(f.spare)
	f.out = append(f.out[:from], f.spare...)
	f.starts = append(f.starts[:len(f.starts)-n], from)
	f.numeric = false
}

// array reads an array constant from the data behind the tokens.
func (f *tokenReader) array() {
	take := func(n int) []byte {
		if n > len(f.extra) {
			f.failed, f.extra = true, nil
			return make([]byte, n)
		}
		b := f.extra[:n]
		f.extra = f.extra[n:]
		return b
	}
	head := take(3)
	cols, rows := int(head[0])+1, int(le.Uint16(head[1:]))+1
	f.operand("{")
	for i := 0; i < rows*cols && !f.failed && len(f.out) <= formulaLen; i++ {
		switch {
		case i > 0 && i%cols == 0:
			f.out = append(f.out, ';')
		case i > 0:
			f.out = append(f.out, ',')
		}
		switch take(1)[0] {
		case 0x00:
			take(8)
		case 0x01:
			v := math.Float64frombits(le.Uint64(take(8)))
			if f.failed = f.failed || math.IsNaN(v) || math.IsInf(v, 0); !f.failed {
				f.out = appendNumber(f.out, v)
			}
		case 0x02:
			if len(f.extra) < 3 {
				f.failed = true
				return
			}
			text, ok := wideString(take(3+int(le.Uint16(f.extra))<<(f.extra[2]&stringWide)), 2)
			f.failed = f.failed || !ok
			f.out = append(f.out, `"`+strings.ReplaceAll(text, `"`, `""`)+`"`...)
		case 0x04:
			f.out = append(f.out, map[bool]string{true: "TRUE", false: "FALSE"}[take(8)[0] != 0]...)
		case 0x10:
			f.out = append(f.out, xlsErrors[take(8)[0]]...)
		default:
			f.failed = true
		}
	}
	f.out = append(f.out, '}')
}

// place reads a row and a column with its flags: which of them move with the
// cell. In shared formulas and names those are distances.
func (f *tokenReader) place(row, col uint16, distance bool) refCorner {
	c := refCorner{col: int(col&0xFF) + 1, row: int(row) + 1, colFixed: col&0x4000 == 0, rowFixed: col&0x8000 == 0}
	if distance && !c.colFixed {
		c.col = (f.at.Col-1+int(col))&0xFF + 1
	}
	if distance && !c.rowFixed {
		c.row = (f.at.Row-1+int(row))&0xFFFF + 1
	}
	return c
}

func (f *tokenReader) reference(sheet string, row, col uint16, distance bool) {
	f.operand(sheet)
	f.out = f.place(row, col, distance).append(f.out, 0, 0)
}

func (f *tokenReader) area(sheet string, b []byte, distance bool) {
	from := f.place(le.Uint16(b), le.Uint16(b[4:]), distance)
	to := f.place(le.Uint16(b[2:]), le.Uint16(b[6:]), distance)
	switch {
	case from.row == 1 && to.row == 1<<16: // whole columns
		from.row, to.row, from.rowFixed, to.rowFixed = 0, 0, false, false
	case from.col == 1 && to.col == xlsColumns:
		from.col, to.col, from.colFixed, to.colFixed = 0, 0, false, false
	}
	f.operand(sheet)
	f.out = append(from.append(f.out, 0, 0), ':')
	f.out = to.append(f.out, 0, 0)
}

// sheet is the name of the sheets that a number stands for, with the mark that
// follows it.
func (f *tokenReader) sheet(b []byte) string {
	i := int(le.Uint16(b))
	if i >= len(f.x.links.refs) {
		f.failed = true
		return ""
	}
	ref := f.x.links.refs[i]
	if ref.book >= len(f.x.links.books) || !f.x.links.books[ref.book].own {
		f.failed = true
		return ""
	}
	if ref.first >= len(f.x.entries) || ref.last >= len(f.x.entries) {
		return "" // a sheet that was deleted, or the book itself
	}
	name := f.x.entries[ref.first].name
	if ref.last != ref.first {
		name += ":" + f.x.entries[ref.last].name
	}
	return quoteSheet(name) + "!"
}

// foreignName reads a name of another book: in practice a function of an
// add-in, which is known by its name alone.
func (f *tokenReader) foreignName(b []byte) {
	i, n := int(le.Uint16(b)), int(le.Uint16(b[2:]))
	if i >= len(f.x.links.refs) || f.x.links.refs[i].book >= len(f.x.links.books) {
		f.failed = true
		return
	}
	book := f.x.links.books[f.x.links.refs[i].book]
	switch {
	case book.own && n >= 1 && n <= len(f.x.names):
		f.operand(f.x.names[n-1].name.Name)
	case !book.own && n >= 1 && n <= len(book.names) && book.names[n-1] != "":
		f.operand(book.names[n-1])
	default:
		f.failed = true
	}
}

// quoteSheet puts a sheet's name in quotes when Excel does: when it is no word,
// begins with a digit or reads like a cell.
func quoteSheet(name string) string {
	plain := name != "" && !unicode.IsDigit(rune(name[0]))
	for _, r := range name {
		plain = plain && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.')
	}
	if _, cell := ParseRef(name); plain && !cell {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", "''") + "'"
}
