// Package workbook turns the bytes of a workbook into sheets of addressed,
// typed cells. The guard is inside: nothing is believed before the package's
// checksums, sizes and caps have been verified. It is pure: it opens no
// file and knows no database and no clock; a formula is text to it and is never
// evaluated.
//
// What is wrong with the bytes comes back as findings, never as a panic and
// never as a shorter sheet.
package workbook

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Format is what a file really is, by content and never by extension.
type Format string

// The formats that are told apart.
const (
	XLSX      Format = "xlsx"      // OOXML workbook, with or without macros
	XLS       Format = "xls"       // BIFF in a compound file
	ET        Format = "et"        // WPS spreadsheet in a compound file
	Encrypted Format = "encrypted" // OOXML inside a password-protected compound file
	CSV       Format = "csv"       // delimited text
	HTML      Format = "html"      // an HTML table, often named .xls
	Unknown   Format = "unknown"
)

// A Kind is the type of a cell's value.
type Kind uint8

// The kinds of values. A Blank cell exists only for its style.
const (
	Blank Kind = iota
	Number
	Text
	Bool
	Error // #DIV/0! and the like
	Date
)

// String is the kind's name as `zhibiao cells` prints it.
func (k Kind) String() string {
	return [...]string{"blank", "number", "text", "bool", "error", "date"}[k]
}

// A Class is what a number format shows.
type Class uint8

// The classes of number formats.
const (
	General Class = iota
	Decimal
	Percent
	Scientific
	Currency
	DateTime
	TextFormat
)

// String is the class's name.
func (c Class) String() string {
	return [...]string{"general", "decimal", "percent", "scientific", "currency", "date", "text"}[c]
}

// A Ref is the address of a cell, both parts counted from 1: {3, 12} is C12.
type Ref struct{ Col, Row int }

// The size of a sheet.
const (
	MaxCol = 16384   // XFD
	MaxRow = 1048576 // Excel's last row
)

// String prints the A1 form.
func (r Ref) String() string {
	if r.Col < 1 || r.Row < 1 {
		return ""
	}
	return Column(r.Col) + strconv.Itoa(r.Row)
}

// Column prints a column's letters: 28 is AB.
func Column(n int) string {
	var b [8]byte
	i := len(b)
	for n > 0 {
		n--
		i--
		b[i] = byte('A' + n%26)
		n /= 26
	}
	return string(b[i:])
}

// ParseRef reads an A1 reference; dollar signs are allowed. ok is false for
// A0, XFE1, 1A and whatever else is no cell of a sheet.
func ParseRef(s string) (r Ref, ok bool) {
	i := 0
	skip := func() {
		if i < len(s) && s[i] == '$' {
			i++
		}
	}
	skip()
	for i < len(s) && s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' {
		if r.Col = r.Col*26 + int(s[i]|0x20-'a') + 1; r.Col > MaxCol {
			return Ref{}, false
		}
		i++
	}
	skip()
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		if r.Row = r.Row*10 + int(s[i]-'0'); r.Row > MaxRow {
			return Ref{}, false
		}
		i++
	}
	if i != len(s) || i == start || s[start] == '0' || r.Col == 0 || r.Row == 0 {
		return Ref{}, false
	}
	return r, true
}

// A Range is a rectangle of cells, both corners included.
type Range struct{ From, To Ref }

// String prints A1:C3, or A1 for a single cell.
func (g Range) String() string {
	if g.From == g.To {
		return g.From.String()
	}
	return g.From.String() + ":" + g.To.String()
}

// Has reports whether the cell lies in the rectangle.
func (g Range) Has(r Ref) bool {
	return r.Col >= g.From.Col && r.Col <= g.To.Col && r.Row >= g.From.Row && r.Row <= g.To.Row
}

// A Cell is one addressed value.
type Cell struct {
	Ref  Ref
	Kind Kind
	// NoCache tells that the file carries no value for the cell's formula: the
	// cell is then Blank.
	NoCache  bool
	From1904 bool // the Number of a Date counts days from 1904, not 1900
	Class    Class
	Digits   uint8 // decimals that the number format shows
	// Text is the text of a Text cell, the exact decimal text of a Number as it
	// stands in the file, TRUE or FALSE, the error's name, or 2006-01-02 15:04:05.
	Text   string
	Number float64 // of Number and Date (the serial)
	// Formula is the formula's text without the leading “=”.
	Formula string
}

// Time is the wall clock of a Date to the millisecond, as UTC; the zero time for
// any other kind.
func (c Cell) Time() time.Time {
	if c.Kind != Date {
		return time.Time{}
	}
	t, _ := serialTime(c.Number, c.From1904)
	return t
}

// A Sheet is a sparse table of cells. Cells are in row order, then column.
type Sheet struct {
	Name       string
	Hidden     bool // hidden or very hidden
	Cells      []Cell
	Merged     []Range
	HiddenRows map[int]bool
	HiddenCols map[int]bool
	Notes      map[Ref]string // comments
	Validation bool           // the sheet has data validation
}

// A Name is a defined name: FORM_ID → 报表!$B$2.
type Name struct {
	Name, Refers string
	Hidden       bool
	Scope        string // the sheet it belongs to; "" for a name of the whole book
}

// A Book is a workbook that passed the guard.
type Book struct {
	Format   Format
	Sheets   []*Sheet // in workbook order
	Names    []Name
	Date1904 bool
	Creator  string // application or author, from the document properties
	Macros   bool
}

// Sheet finds a sheet by name; nil when there is none.
func (b *Book) Sheet(name string) *Sheet {
	for _, s := range b.Sheets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Cell finds a cell. A cell that is not in the file is Blank and carries the
// asked Ref. A cell inside a merged range is its own, not the range's.
func (s *Sheet) Cell(r Ref) Cell {
	i, ok := slices.BinarySearchFunc(s.Cells, r, func(c Cell, r Ref) int {
		return cmp.Or(cmp.Compare(c.Ref.Row, r.Row), cmp.Compare(c.Ref.Col, r.Col))
	})
	if !ok {
		return Cell{Ref: r}
	}
	return s.Cells[i]
}

// Shown is the cell that a reader sees at r: the top-left cell of the merged
// range that covers it, or the cell itself.
func (s *Sheet) Shown(r Ref) Cell {
	if g, ok := s.Merge(r); ok {
		return s.Cell(g.From)
	}
	return s.Cell(r)
}

// Merge finds the merged range that covers a cell.
func (s *Sheet) Merge(r Ref) (Range, bool) {
	for _, g := range s.Merged {
		if g.Has(r) {
			return g, true
		}
	}
	return Range{}, false
}

// Find lists the cells whose text contains a text, in order.
func (s *Sheet) Find(text string) []Ref {
	var refs []Ref
	for i := range s.Cells {
		if s.Cells[i].Kind == Text && strings.Contains(s.Cells[i].Text, text) {
			refs = append(refs, s.Cells[i].Ref)
		}
	}
	return refs
}

// Rows walks the rows that hold cells, with their number.
func (s *Sheet) Rows() iter.Seq2[int, []Cell] {
	return func(yield func(int, []Cell) bool) {
		for i := 0; i < len(s.Cells); {
			j := i + 1
			for j < len(s.Cells) && s.Cells[j].Ref.Row == s.Cells[i].Ref.Row {
				j++
			}
			if !yield(s.Cells[i].Ref.Row, s.Cells[i:j]) {
				return
			}
			i = j
		}
	}
}
