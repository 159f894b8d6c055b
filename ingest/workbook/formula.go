package workbook

import "strconv"

// shift appends a formula's text with its relative references moved by columns
// and rows: a shared formula stands in the file once and means another text in
// each cell. A reference that leaves the sheet becomes #REF!. Strings, quoted
// sheet names, names of sheets, functions and tables stay as they are.
func shift(dst []byte, f string, cols, rows int) []byte {
	for i := 0; i < len(f); {
		switch c := f[i]; {
		case c == '"' || c == '\'':
			n := quoted(f[i:])
			dst = append(dst, f[i:i+n]...)
			i += n
		case c == '[':
			n := bracketed(f[i:])
			dst = append(dst, f[i:i+n]...)
			i += n
		case wordByte(c):
			n := wordLen(f[i:])
			dst = shiftWord(dst, f, i, &n, cols, rows)
			i += n
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// quoted is the length of a quoted text; a doubled quote just opens the next.
func quoted(f string) int {
	for i := 1; i < len(f); i++ {
		if f[i] == f[0] {
			return i + 1
		}
	}
	return len(f)
}

// bracketed is the length of a structured reference or a book's number.
func bracketed(f string) int {
	depth := 0
	for i := 0; i < len(f); i++ {
		switch f[i] {
		case '\'':
			i++ // escapes a bracket
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(f)
}

func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '$' || c == '\\' || c == '?' || c >= 0x80
}

func wordLen(f string) int {
	n := 0
	for n < len(f) && wordByte(f[n]) {
		n++
	}
	return n
}

// shiftWord appends the word of *n bytes at f[at:]. When the word begins a
// range of whole columns or rows, *n grows to cover the range.
func shiftWord(dst []byte, f string, at int, n *int, cols, rows int) []byte {
	word, rest := f[at:at+*n], f[at+*n:]
	if rest != "" {
		switch rest[0] {
		case '(', '!', '[':
			return append(dst, word...)
		case ':':
			m := wordLen(rest[1:])
			to, after := rest[1:1+m], rest[1+m:]
			if after != "" && (after[0] == '!' || after[0] == '(') {
				break
			}
			a, b := corner(word), corner(to)
			if a.row == 0 && b.row == 0 && a.col > 0 && b.col > 0 || a.col == 0 && b.col == 0 && a.row > 0 && b.row > 0 {
				*n += 1 + m
				dst = a.append(dst, cols, rows)
				return b.append(append(dst, ':'), cols, rows)
			}
		}
	}
	if c := corner(word); c.col > 0 && c.row > 0 {
		return c.append(dst, cols, rows)
	}
	return append(dst, word...)
}

// A refCorner is a cell, a column (row 0) or a row (col 0) of a formula.
type refCorner struct {
	col, row           int
	colFixed, rowFixed bool
}

// corner reads $A$1, A or 1; its col and row are 0 when the word is none.
func corner(w string) (c refCorner) {
	i := 0
	dollar := func() bool {
		if i < len(w) && w[i] == '$' {
			i++
			return true
		}
		return false
	}
	first := dollar()
	for i < len(w) && w[i]|0x20 >= 'a' && w[i]|0x20 <= 'z' {
		if c.col = c.col*26 + int(w[i]|0x20-'a') + 1; c.col > MaxCol {
			return refCorner{}
		}
		i++
	}
	if c.colFixed = first; c.col == 0 {
		c.colFixed, c.rowFixed = false, first
	} else {
		c.rowFixed = dollar()
	}
	start := i
	for i < len(w) && w[i] >= '0' && w[i] <= '9' {
		if c.row = c.row*10 + int(w[i]-'0'); c.row > MaxRow {
			return refCorner{}
		}
		i++
	}
	if i != len(w) || i > start && w[start] == '0' || i == start && c.rowFixed {
		return refCorner{}
	}
	return c
}

func (c refCorner) append(dst []byte, cols, rows int) []byte {
	start := len(dst)
	if c.col > 0 {
		if !c.colFixed {
			c.col += cols
		} else {
			dst = append(dst, '$')
		}
		if c.col < 1 || c.col > MaxCol {
			return append(dst[:start], "#REF!"...)
		}
		dst = append(dst, Column(c.col)...)
	}
	if c.row > 0 {
		if !c.rowFixed {
			c.row += rows
		} else {
			dst = append(dst, '$')
		}
		if c.row < 1 || c.row > MaxRow {
			return append(dst[:start], "#REF!"...)
		}
		dst = strconv.AppendInt(dst, int64(c.row), 10)
	}
	return dst
}
