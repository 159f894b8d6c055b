package report

import (
	"bytes"
	_ "embed" // the page and its style
	"errors"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/report/document"
)

var (
	//go:embed page.tmpl
	pageText string
	//go:embed style.css
	styleText string

	pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
		"svg": func(c *document.Chart) (template.HTML, error) {
			s, err := svg(c)
			return template.HTML(s), err // every text in it went through escape
		},
		"raw": func(f *document.Figure) string { return strconv.FormatFloat(f.Raw, 'g', -1, 64) },
	}).Parse(pageText))
)

// HTML writes the document as one self-contained page: no script, no external
// resource, for a phone, a desk and A4 paper. It writes nothing when it returns
// an error, unless the error is the writer's.
func HTML(w io.Writer, d *document.Document) error {
	if d == nil || len(d.Sections) == 0 {
		return errors.New("write page: want a document with sections")
	}
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "page", newPage(d)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// style is the style sheet with the colours of the signs, which are those of
// the charts and the workbook.
func style() template.CSS {
	var b strings.Builder
	b.WriteString(":root{")
	for _, c := range document.Classes {
		t := document.TintOf(c)
		fmt.Fprintf(&b, "--%s:%s;--%s-wash:%s;", c, t.Ink, c, t.Wash)
	}
	b.WriteString("}\n")
	return template.CSS(b.String() + styleText)
}

// A page is a document arranged for the template.
type page struct {
	*document.Document
	Style    template.CSS
	Foot     string
	Contents []entry
	Parts    []part
}

// An entry is a line of the list of contents.
type entry struct {
	ID, Number, Name string
	Sections         []entry
}

// A part is a section with its level of heading.
type part struct {
	*document.Section
	Level  int
	Blocks []blockView
	Parts  []part
}

type blockView struct {
	document.Block
	Table *tableView
}

type tableView struct {
	*document.Table
	Hush  bool // the heading above has said the caption
	Pair  bool // more than one column of signs
	Heads []headView
	Rows  []rowView
}

type headView struct {
	Title, Unit, Class string
	Under              []string
}

type rowView struct {
	ID    string
	Total bool
	Cells []cellView
}

type cellView struct {
	Label, Class string
	First        bool
	Cell         document.Cell
	Under        []cellView
}

func newPage(d *document.Document) page {
	p := page{Document: d, Style: style(), Foot: d.Foot()}
	for i := range d.Sections {
		s := &d.Sections[i]
		e := entry{ID: s.ID, Number: s.Number, Name: s.Name()}
		for j := range s.Sections {
			e.Sections = append(e.Sections, entry{ID: s.Sections[j].ID, Name: s.Sections[j].Name()})
		}
		p.Contents = append(p.Contents, e)
		p.Parts = append(p.Parts, newPart(s, 2))
	}
	return p
}

func newPart(s *document.Section, level int) part {
	p := part{Section: s, Level: level}
	for _, b := range s.Blocks {
		v := blockView{Block: b}
		if b.Table != nil {
			v.Table = newTable(b.Table)
			v.Table.Hush = strings.HasPrefix(b.Table.Caption, s.Title)
		}
		p.Blocks = append(p.Blocks, v)
	}
	for i := range s.Sections {
		p.Parts = append(p.Parts, newPart(&s.Sections[i], level+1))
	}
	return p
}

// newTable sets the columns marked Under beneath the one to their left.
func newTable(t *document.Table) *tableView {
	v := &tableView{Table: t}
	for _, c := range t.Columns {
		if c.Under && len(v.Heads) > 0 {
			h := &v.Heads[len(v.Heads)-1]
			h.Under = append(h.Under, c.Title)
			continue
		}
		v.Heads = append(v.Heads, headView{Title: c.Title, Unit: c.Unit, Class: class(c)})
	}
	signs := make(map[int]bool) // columns of signs: a single one goes into a card's corner, if its words fit there
	fits := true
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			if c.Sign != nil {
				signs[i] = true
				fits = fits && utf8.RuneCountInString(c.Sign.Word) <= 2
			}
		}
	}
	v.Pair = len(signs) > 1
	for _, r := range t.Rows {
		row := rowView{ID: r.ID, Total: r.Total}
		for i, cell := range r.Cells {
			col := t.Columns[i]
			cv := cellView{Label: col.Title, Class: class(col), First: i == 0, Cell: cell}
			if cell.Sign != nil && len(signs) == 1 && fits && i > 0 {
				cv.Class += " signed"
			}
			if col.Under && len(row.Cells) > 0 {
				last := &row.Cells[len(row.Cells)-1]
				last.Under = append(last.Under, cv)
				continue
			}
			row.Cells = append(row.Cells, cv)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func class(c document.Column) string {
	s := string(c.Align)
	if s == "" {
		s = string(document.Left)
	}
	if c.Wide {
		s += " wide"
	}
	return s
}
