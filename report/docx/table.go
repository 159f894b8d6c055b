package docx

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"zhibiao/report/document"
)

// cellPadding is left and right of the text of a cell together, in twips.
const cellPadding = 100

// A grid is the columns of a table and the size of its type.
type grid struct {
	points float64
	widths []int
}

func (w *writer) gap() { w.paragraph(paragraph{style: "Gap"}, func() {}) }

// open begins a table across the text; title and description are for readers
// who cannot see it.
func (w *writer) open(g grid, title, desc string) {
	total := 0
	for _, n := range g.widths {
		total += n
	}
	w.add(`<w:tbl><w:tblPr><w:tblW w:w="`, strconv.Itoa(total), `" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`)
	for _, side := range [...]string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		weight := "4" // eighths of a point
		if side == "top" || side == "bottom" {
			weight = "8"
		}
		w.add(`<w:`, side, ` w:val="single" w:sz="`, weight, `" w:space="0" w:color="000000"/>`)
	}
	half := strconv.Itoa(cellPadding / 2)
	w.add(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="`, half,
		`" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/><w:right w:w="`, half, `" w:type="dxa"/></w:tblCellMar>`)
	if title = escape(title); title != "" {
		w.add(`<w:tblCaption w:val="`, title, `"/>`)
	}
	if desc = escape(desc); desc != "" {
		w.add(`<w:tblDescription w:val="`, desc, `"/>`)
	}
	w.add(`</w:tblPr><w:tblGrid>`)
	for _, n := range g.widths {
		w.add(`<w:gridCol w:w="`, strconv.Itoa(n), `"/>`)
	}
	w.add(`</w:tblGrid>`)
}

// shut ends it. Tables need a paragraph between them.
func (w *writer) shut() {
	w.add(`</w:tbl>`)
	w.gap()
}

type rowKind struct{ head bool }

// row is not broken across pages; a head is repeated on each.
func (w *writer) row(k rowKind, cells func()) {
	w.add(`<w:tr><w:trPr><w:cantSplit/>`)
	if k.head {
		w.add(`<w:tblHeader/>`)
	}
	w.add(`</w:trPr>`)
	cells()
	w.add(`</w:tr>`)
}

type box struct {
	width, span int
	class       string // whose wash is the ground
}

func (w *writer) cell(b box, paragraphs func()) {
	w.add(`<w:tc><w:tcPr><w:tcW w:w="`, strconv.Itoa(b.width), `" w:type="dxa"/>`)
	if b.span > 1 {
		w.add(`<w:gridSpan w:val="`, strconv.Itoa(b.span), `"/>`)
	}
	if b.class != "" {
		w.add(`<w:shd w:val="clear" w:color="auto" w:fill="`, wash(b.class), `"/>`)
	}
	w.add(`<w:vAlign w:val="center"/></w:tcPr>`)
	paragraphs()
	w.add(`</w:tc>`)
}

// content is a cell's sign, number and words, with the link they carry.
func (w *writer) content(c document.Cell, f face) {
	text := c.Text
	if c.Title != "" { // paper shows the whole of what a screen shortens
		text = c.Title
	}
	w.link(c.Link, func() {
		between := func() {
			if c.Text != "" || c.Figure != nil {
				w.run(" ", f)
			}
		}
		if c.Sign != nil {
			w.sign(c.Sign, f)
			between()
		}
		if c.Figure != nil {
			w.run(document.Cell{Figure: c.Figure, Unit: c.Unit}.String(), f)
			if c.Text != "" && !strings.HasPrefix(c.Text, "（") {
				w.run(" ", f)
			}
		}
		w.run(text, f)
	})
}

// A column is a column of a table with those that are set beneath it.
type column struct {
	document.Column
	at  []int // indexes of cells, from top to bottom
	min float64
	max float64 // ems
}

// columns drops those that hold nothing that can be printed as words, which are
// small pictures, and sets the ones marked Under beneath their neighbours.
func columns(t *document.Table) []column {
	var out []column
	for i, c := range t.Columns {
		empty := len(t.Rows) > 0
		for _, r := range t.Rows {
			empty = empty && r.Cells[i].String() == ""
		}
		switch {
		case empty:
		case c.Under && len(out) > 0:
			last := &out[len(out)-1]
			last.at = append(last.at, i)
		default:
			out = append(out, column{Column: c, at: []int{i}})
		}
	}
	for k := range out {
		c := &out[k]
		for _, i := range c.at {
			head := heading(t.Columns[i])
			unbroken := 4.0
			if t.Columns[i].Align == document.Right { // a number stays with its unit
				unbroken = 5
			}
			c.min = math.Max(c.min, math.Min(ems(head), 3))
			c.max = math.Max(c.max, ems(head))
			for _, r := range t.Rows {
				s := r.Cells[i].String()
				c.max = math.Max(c.max, ems(s))
				c.min = math.Max(c.min, math.Max(longest(s), math.Min(ems(s), unbroken)))
			}
		}
	}
	return out
}

func heading(c document.Column) string {
	if c.Unit == "" {
		return c.Title
	}
	return c.Title + "（" + c.Unit + "）"
}

// ems is the width of a line in characters of Chinese.
func ems(s string) float64 {
	n := 0.0
	for _, r := range s {
		switch {
		case r >= 0x25A0 && r < 0x2700: // shapes, which are set bold
			n += 1.3
		case r >= 0x1100:
			n++
		case unicode.IsUpper(r) || strings.ContainsRune("%+＞≥<>=@", r):
			n += 0.9
		default:
			n += 0.6
		}
	}
	return n
}

// longest is the width of the longest piece that should not be broken: a word or
// a number with its unit's first character.
func longest(s string) float64 {
	most, run := 0.0, 0.0
	for _, r := range s {
		switch {
		case r < 0x1100 && r != ' ':
			run += ems(string(r))
		default:
			most, run = math.Max(most, run), 0
		}
	}
	return math.Max(most, run)
}

// fit finds the largest type at which a table stands in a width of twips, and
// its columns; ok is false when even the smallest is too large, and the columns
// are then squeezed in proportion.
func fit(cols []column, room int, sizes ...float64) (g grid, ok bool) {
	for _, points := range sizes {
		em := points * 20
		least, want := 0.0, make([]float64, len(cols))
		sum := 0.0
		for i, c := range cols {
			least += c.min*em + cellPadding
			want[i] = c.max - c.min
			if !c.Wide {
				want[i] = math.Min(want[i], 14)
			}
			want[i] = math.Min(want[i], 60) * em
			sum += want[i]
		}
		g = grid{points: points, widths: make([]int, len(cols))}
		spare := float64(room) - least
		ok = spare >= 0
		used := 0
		for i, c := range cols {
			n := c.min*em + cellPadding
			switch {
			case !ok:
				n *= float64(room) / least
			case spare >= sum: // all have what they want; share the rest
				n += want[i] + (spare-sum)/float64(len(cols))
			default:
				n += spare * want[i] / sum
			}
			g.widths[i] = int(n)
			used += g.widths[i]
		}
		g.widths[len(cols)-1] += room - used
		if ok && comfortable(cols, g) {
			return g, true
		}
	}
	return g, ok
}

// comfortable reports whether no column of words is so narrow that its cells
// become towers: more than six lines where it is not a column of sentences.
func comfortable(cols []column, g grid) bool {
	for i, c := range cols {
		line := float64(g.widths[i]-cellPadding) / 20 / g.points
		most := 6.0
		if c.Wide {
			most = 12
		}
		if c.max > most*line {
			return false
		}
	}
	return true
}

// table sets a table across the page, in smaller type when it is wide, and on a
// page turned on its side when that is not enough.
func (w *writer) table(t *document.Table, hush bool) {
	if len(t.Rows) == 0 {
		w.turn(false)
		if t.Empty != "" {
			w.paragraph(paragraph{style: "Body"}, func() { w.run(t.Empty, face{}) })
		}
		return
	}
	cols := columns(t)
	if len(cols) == 0 {
		return
	}
	g, ok := fit(cols, textWidth, 10.5, 9, 8)
	if t.Compact {
		g, ok = fit(cols, textWidth, 9)
	}
	if !ok || !comfortable(cols, g) {
		if wide, fits := fit(cols, textHeight, 10.5, 9, 8); fits || !ok {
			w.turn(true)
			g = wide
		} else {
			w.turn(false)
		}
	} else {
		w.turn(false)
	}
	if !hush {
		w.paragraph(paragraph{style: "Caption", id: t.ID}, func() { w.run(t.Caption, face{}) })
	}
	w.open(g, t.Caption, "")
	w.row(rowKind{head: true}, func() {
		for k, c := range cols {
			w.cell(box{width: g.widths[k], class: "grey"}, func() {
				for _, i := range c.at {
					w.paragraph(paragraph{style: "CellHead", keep: true}, func() { w.run(heading(t.Columns[i]), face{points: g.points}) })
				}
			})
		}
	})
	for _, r := range t.Rows {
		w.row(rowKind{}, func() {
			for k, c := range cols {
				w.cell(box{width: g.widths[k]}, func() {
					for n, i := range c.at {
						id := ""
						if k == 0 && n == 0 {
							id = r.ID
						}
						align := t.Columns[i].Align
						if align == "" {
							align = document.Left
						}
						w.paragraph(paragraph{style: "Cell", id: id, align: align}, func() {
							w.content(r.Cells[i], face{points: g.points, bold: r.Total})
						})
					}
				})
			}
		})
	}
	w.shut()
}
