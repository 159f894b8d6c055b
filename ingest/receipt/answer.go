package receipt

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// The defined names of a receipt in a workbook. All but the first point into
// the hidden sheet that says which receipt it is.
const (
	nameFace       = "RECEIPT_FACE"
	nameNumber     = "RECEIPT_NUMBER"
	nameSubmission = "RECEIPT_SUBMISSION"
	nameRevision   = "RECEIPT_REVISION"
	namePrefix     = "RECEIPT_"

	// keysFrom is the row of the hidden sheet from which the rows' keys stand.
	keysFrom = 5
)

// mark begins what a receipt writes into the note of a cell; it runs to the
// note's end.
const mark = "【双城办审核】"

// answerHead is the header of the column in which explanations are written.
const answerHead = "说明（请在黄格内填写）"

// An Answer is what a department wrote into a receipt that it sends back.
type Answer struct {
	Number     string // of the receipt
	Submission int64
	Revision   int // of the receipt it was written into
	// Explanations are the cells that were filled, by [finding.Finding.Key].
	Explanations map[string]Explained
}

// An Explained is a 说明 where it stands.
type Explained struct {
	Text  string
	Place finding.Place // sheet and cell of the receipt; the file is not known here
	Label string        // of the row it explains
}

// numbered is what a receipt's number looks like.
var numbered = regexp.MustCompile(`^` + Prefix + `[0-9]{6,18}-[0-9a-f]{1,8}(-[0-9]{1,6})?$`)

// Read recognises a receipt that comes back, by its hidden sheet, and reads the
// explanations that were written into it. Rows may have been sorted and columns
// moved: a row is known by its number in the table, whose key the hidden sheet
// keeps. false when the book is no receipt.
func Read(book *workbook.Book) (Answer, bool) {
	hidden, face := sheetsOf(book)
	if hidden == nil {
		return Answer{}, false
	}
	a := Answer{Explanations: map[string]Explained{}}
	keys := map[string]string{}
	for _, c := range hidden.Cells {
		value := strings.TrimSpace(hidden.Cell(workbook.Ref{Col: 2, Row: c.Ref.Row}).Text)
		switch {
		case c.Ref.Col != 1 || c.Kind != workbook.Text:
		case c.Text == nameNumber:
			a.Number = value
		case c.Text == nameSubmission:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return Answer{}, false
			}
			a.Submission = n
		case c.Text == nameRevision:
			n, err := strconv.Atoi(value)
			if err != nil {
				return Answer{}, false
			}
			a.Revision = n
		case c.Ref.Row >= keysFrom:
			keys[c.Text] = hidden.Cell(workbook.Ref{Col: 2, Row: c.Ref.Row}).Text
		}
	}
	if face != nil {
		a.read(face, keys)
	}
	return a, true
}

// read collects the explanations of the receipt's sheet. A row that stands
// twice with two texts says both.
func (a *Answer) read(face *workbook.Sheet, keys map[string]string) {
	answer, label := 0, 0
	for _, cells := range face.Rows() {
		key := ""
		for i := range cells {
			switch c := &cells[i]; {
			case c.Kind != workbook.Text:
			case c.Text == answerHead:
				answer, key = c.Ref.Col, ""
			case c.Text == labelHead:
				label = c.Ref.Col
			case key == "":
				key = keys[strings.TrimSpace(c.Text)]
			}
		}
		if key == "" || answer == 0 {
			continue
		}
		c := face.Shown(workbook.Ref{Col: answer, Row: cells[0].Ref.Row})
		text := strings.TrimSpace(c.Text)
		if c.Kind == workbook.Blank || text == "" {
			continue
		}
		if before, twice := a.Explanations[key]; twice && before.Text != text {
			text = before.Text + "；" + text
		}
		a.Explanations[key] = Explained{
			Text: text, Place: finding.Place{Sheet: face.Name, Cell: c.Ref.String()},
			Label: face.Shown(workbook.Ref{Col: label, Row: c.Ref.Row}).Text,
		}
	}
}

// sheetsOf finds the sheets of a receipt; hidden is nil when the book has none.
// A name that points anywhere else is somebody's own.
func sheetsOf(book *workbook.Book) (hidden, face *workbook.Sheet) {
	for _, n := range book.Names {
		s, c := pointed(book, n)
		switch {
		case s == nil:
		case n.Name == nameNumber && s.Hidden && numbered.MatchString(strings.TrimSpace(c.Text)):
			hidden = s
		case n.Name == nameFace && !s.Hidden && strings.HasPrefix(c.Text, "【"):
			face = s
		}
	}
	return hidden, face
}

// pointed is the cell that a name points at; nil when it points at none.
func pointed(book *workbook.Book, n workbook.Name) (*workbook.Sheet, workbook.Cell) {
	i := strings.LastIndexByte(n.Refers, '!')
	if i < 0 {
		return nil, workbook.Cell{}
	}
	title := strings.TrimPrefix(strings.TrimPrefix(n.Refers[:i], "="), "$")
	title = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(title, "'"), "'"), "''", "'")
	first, _, _ := strings.Cut(n.Refers[i+1:], ":")
	r, ok := workbook.ParseRef(first)
	s := book.Sheet(title)
	if !ok || s == nil {
		return nil, workbook.Cell{}
	}
	return s, s.Cell(r)
}

// Strip is the book without what a receipt added to it: its sheets, their
// names, and its part of the notes. A book that is no receipt comes back as it
// is.
func Strip(book *workbook.Book) *workbook.Book {
	hidden, face := sheetsOf(book)
	if hidden == nil && face == nil {
		return book
	}
	out := *book
	out.Sheets = nil
	for _, s := range book.Sheets {
		if s == hidden || s == face {
			continue
		}
		kept := *s
		kept.Notes = withoutMarks(s.Notes)
		out.Sheets = append(out.Sheets, &kept)
	}
	out.Names = slices.DeleteFunc(slices.Clone(book.Names), func(n workbook.Name) bool {
		return strings.HasPrefix(n.Name, namePrefix) || face != nil && n.Scope == face.Name || hidden != nil && n.Scope == hidden.Name
	})
	return &out
}

// withoutMarks are notes without what a receipt wrote into them.
func withoutMarks(notes map[workbook.Ref]string) map[workbook.Ref]string {
	out := maps.Clone(notes)
	for at, text := range notes {
		before, _, marked := strings.Cut(text, mark)
		if !marked {
			continue
		}
		if before = strings.TrimRight(before, "\n"); before == "" {
			delete(out, at)
		} else {
			out[at] = before
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Same reports whether two books say the same in the same cells. How it is
// formatted and computed does not matter, so a book is the same after it was
// opened and saved by another program, which computes what the first left open.
func Same(a, b *workbook.Book) bool {
	return slices.EqualFunc(a.Sheets, b.Sheets, func(s, t *workbook.Sheet) bool {
		return covers(s, t) && covers(t, s)
	})
}

// covers reports whether a sheet says what another says in each of its cells.
func covers(s, t *workbook.Sheet) bool {
	for i := range t.Cells {
		if d := &t.Cells[i]; !says(s.Cell(d.Ref), d) {
			return false
		}
	}
	return true
}

// says reports whether two cells say the same.
func says(c workbook.Cell, d *workbook.Cell) bool {
	switch {
	case c.NoCache && d.Formula != "" || d.NoCache && c.Formula != "":
		return true
	case numeric(&c) && numeric(d):
		return digits(c.Number) == digits(d.Number)
	case words(&c) == "" && words(d) == "":
		return true // a blank cell and one with an empty text
	}
	return c.Kind == d.Kind && words(&c) == words(d)
}

// words is a cell's text as every program writes it.
func words(c *workbook.Cell) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(c.Text, "\r\n", "\n"), "\r", "\n"))
}

func numeric(c *workbook.Cell) bool { return c.Kind == workbook.Number || c.Kind == workbook.Date }

// digits is a number in the 15 digits that every spreadsheet keeps.
func digits(f float64) string { return strconv.FormatFloat(f, 'g', 15, 64) }
