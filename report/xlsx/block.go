package xlsx

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

// A sheet is a place to write rows on, from top to bottom.
type sheet struct {
	*book
	name   string
	row    int // next free row
	width  int // columns that prose is set across
	widths []float64
	pages  int // that the sheet is printed across
}

func at(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		panic(err) // rows and columns are counted here, far below the limits
	}
	return name
}

func (b *book) section(name string, sec *document.Section) {
	s := &sheet{book: b, name: name, row: 1}
	s.columns(sec)
	s.line(b.d.Title+"　"+sec.Title, titleKind, 28)
	s.line(b.d.Foot(), headlineKind, 18)
	b.anchors[sec.ID] = "'" + name + "'!A1"
	if sec == &b.d.Sections[0] {
		s.head()
	}
	s.body(sec)
	b.do(b.f.SetPanes(name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 2, TopLeftCell: "B3", ActivePane: "bottomRight"}))
	b.page(name, "$1:$2", s.pages)
	off := false
	b.do(b.f.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &off}))
}

func (s *sheet) body(sec *document.Section) {
	for _, bl := range sec.Blocks {
		switch {
		case bl.Paragraph != nil:
			s.paragraph(bl.Paragraph)
		case bl.Tally != nil:
			s.tally(bl.Tally)
		case bl.Table != nil:
			s.table(bl.Table)
		case len(bl.Cards) > 0:
			s.table(cardTable(sec.Title, bl.Cards))
		case len(bl.Charts) > 0:
			s.charts(bl.Charts)
		}
	}
	if cards := allCards(sec); len(cards) > 0 {
		s.table(cardTable(sec.Title, cards))
		return
	}
	for i := range sec.Sections {
		sub := &sec.Sections[i]
		s.row++
		s.anchors[sub.ID] = "'" + s.name + "'!" + at(1, s.row)
		s.line(sub.Number+sub.Title, sectionKind, 24)
		s.body(sub)
	}
}

// columns sets the widths for all tables of a sheet, which share its columns.
func (s *sheet) columns(sec *document.Section) {
	var widths []float64
	want := func(col int, w float64) {
		for len(widths) <= col {
			widths = append(widths, 11)
		}
		widths[col] = math.Max(widths[col], w)
	}
	measure := func(t *document.Table) {
		for i, c := range t.Columns {
			longest := units(c.Title)
			for _, r := range t.Rows {
				longest = math.Max(longest, units(r.Cells[i].String()))
			}
			most := 30.0
			if i == 0 {
				most = 40
			}
			if c.Wide {
				most = 46
			}
			want(i, math.Min(longest+2, most))
		}
	}
	var walk func(sec *document.Section)
	walk = func(sec *document.Section) {
		for _, bl := range sec.Blocks {
			switch {
			case bl.Table != nil:
				measure(bl.Table)
			case len(bl.Cards) > 0:
				measure(cardTable(sec.Title, bl.Cards))
			}
		}
		if cards := allCards(sec); len(cards) > 0 {
			measure(cardTable(sec.Title, cards))
			return
		}
		for i := range sec.Sections {
			walk(&sec.Sections[i])
		}
	}
	walk(sec)
	if len(widths) == 0 {
		widths = []float64{14, 14, 14, 14, 14, 14, 14, 14}
	}
	s.widths = widths
	total := 0.0
	for i, w := range widths {
		name, err := excelize.ColumnNumberToName(i + 1)
		s.do(err)
		s.do(s.f.SetColWidth(s.name, name, name, w))
		total += w
		if total <= 130 {
			s.width = i + 1
		}
	}
	s.pages = int(math.Ceil(total / 300))
}

// units is the width of text in characters of a sheet.
func units(s string) float64 {
	n := 0.0
	for _, r := range s {
		if r >= 0x1100 {
			n += 2
		} else {
			n++
		}
	}
	return n
}

// height is the height of a row whose text must wrap in a width: not every
// reader works it out when it opens the file.
func height(text, width float64) float64 {
	return math.Min(16*math.Max(1, math.Ceil(text/math.Max(width-1, 8)))+4, 400)
}

// line writes a single line across the sheet.
func (s *sheet) line(text string, k kind, height float64) {
	s.str(at(1, s.row), text)
	s.do(s.f.SetCellStyle(s.name, at(1, s.row), at(s.width, s.row), s.style(style{kind: k})))
	s.do(s.f.SetRowHeight(s.name, s.row, height))
	s.row++
}

// str writes text as text, whatever it begins with.
func (s *sheet) str(cell, text string) { s.do(s.f.SetCellStr(s.name, cell, text)) }

func (s *sheet) head() {
	for _, f := range s.d.Head {
		s.str(at(1, s.row), f.Label)
		text := f.Cell.String()
		if f.Cell.Title != "" {
			text = f.Cell.Title
		}
		s.str(at(2, s.row), text)
		s.do(s.f.SetCellStyle(s.name, at(1, s.row), at(1, s.row), s.style(style{kind: noteKind})))
		s.row++
	}
	s.row++
}

func (s *sheet) paragraph(p *document.Paragraph) {
	k := proseKind
	if p.Small {
		k = noteKind
	}
	text := p.String()
	s.str(at(1, s.row), text)
	s.do(s.f.MergeCell(s.name, at(1, s.row), at(s.width, s.row)))
	s.do(s.f.SetCellStyle(s.name, at(1, s.row), at(s.width, s.row), s.style(style{kind: k})))
	room := 0.0
	for _, w := range s.widths[:s.width] {
		room += w
	}
	s.do(s.f.SetRowHeight(s.name, s.row, height(units(text), room)))
	s.row++
}

func (s *sheet) tally(t *document.Tally) {
	for i, c := range t.Items {
		head, value := at(i+1, s.row), at(i+1, s.row+1)
		s.str(head, c.Sign.String()+" "+c.Sign.Say)
		s.do(s.f.SetCellStyle(s.name, head, head, s.style(style{class: c.Sign.Class, align: document.Center})))
		s.figure(i+1, s.row+1, document.Cell{Figure: c.Figure, Unit: true}, style{class: c.Sign.Class, align: document.Center})
		s.link(value, c.Link)
	}
	s.row += 3
}

func (s *sheet) link(cell, id string) {
	if id != "" {
		s.links = append(s.links, link{s.name, cell, id})
	}
}

func (s *sheet) table(t *document.Table) {
	s.line(t.Caption, captionKind, 20)
	if len(t.Rows) == 0 {
		s.line(t.Empty, noteKind, 18)
		s.row++
		return
	}
	s.anchors[t.ID] = "'" + s.name + "'!" + at(1, s.row)
	for i, c := range t.Columns {
		title := c.Title
		if c.Unit != "" {
			title += "（" + c.Unit + "）"
		}
		s.str(at(i+1, s.row), title)
		s.do(s.f.SetCellStyle(s.name, at(i+1, s.row), at(i+1, s.row), s.style(style{kind: headKind, align: c.Align})))
	}
	s.do(s.f.SetRowHeight(s.name, s.row, 22))
	s.row++
	for _, r := range t.Rows {
		if r.ID != "" {
			s.anchors[r.ID] = "'" + s.name + "'!" + at(1, s.row)
		}
		tall := 0.0
		for i, c := range r.Cells {
			s.cell(i+1, s.row, c, style{align: t.Columns[i].Align, total: r.Total})
			if c.Figure == nil || c.Figure.Missing != "" {
				tall = math.Max(tall, height(units(c.String()), s.widths[i]))
			}
		}
		s.do(s.f.SetRowHeight(s.name, s.row, math.Max(tall, 20)))
		s.row++
	}
	s.row++
}

func (s *sheet) cell(col, row int, c document.Cell, st style) {
	name := at(col, row)
	if c.Sign != nil {
		st.class, st.align = c.Sign.Class, document.Center
	}
	switch {
	case c.Figure != nil && c.Sign == nil && c.Text == "":
		s.figure(col, row, c, st)
		return
	case c.Chart != nil && c.Chart.Spark != nil:
		s.spark(name, c.Chart)
	default:
		s.str(name, c.String())
	}
	if c.Link != "" {
		st.link = true
		s.link(name, c.Link)
	}
	s.do(s.f.SetCellStyle(s.name, name, name, s.style(st)))
}

// figure writes the number that is printed, as a number; the raw one is on the
// data sheet. What is missing, or needs a note, is written in words.
func (s *sheet) figure(col, row int, c document.Cell, st style) {
	name, f := at(col, row), c.Figure
	v, err := strconv.ParseFloat(f.Number, 64)
	if f.Missing != "" || f.Note != "" || err != nil {
		s.str(name, c.String())
	} else {
		s.do(s.f.SetCellFloat(s.name, name, v, -1, 64))
		st.format = numberFormat(f, c.Unit)
	}
	s.do(s.f.SetCellStyle(s.name, name, name, s.style(st)))
}

// allCards is the cards of all sub-sections when they hold nothing else: on a
// sheet they are one table.
func allCards(sec *document.Section) []document.Card {
	var out []document.Card
	if len(sec.Sections) < 2 {
		return nil
	}
	for _, sub := range sec.Sections {
		if len(sub.Sections) > 0 {
			return nil
		}
		for _, bl := range sub.Blocks {
			if len(bl.Cards) == 0 {
				return nil
			}
			out = append(out, bl.Cards...)
		}
	}
	return out
}

// cardTable sets cards as rows of one table: the facts of all of them, each
// after the one it follows on its card, then their notes, are its columns.
func cardTable(title string, cards []document.Card) *document.Table {
	var facts, notes []string
	collect := func(names *[]string, before, name string) {
		if !slices.Contains(*names, name) {
			*names = slices.Insert(*names, slices.Index(*names, before)+1, name)
		}
	}
	for _, c := range cards {
		before := ""
		for _, f := range c.Facts {
			collect(&facts, before, f.Label)
			before = f.Label
		}
		before = ""
		for _, n := range c.Notes {
			collect(&notes, before, n.Lead)
			before = n.Lead
		}
	}
	t := &document.Table{
		ID: cards[0].ID + "-table", Caption: title,
		Columns: []document.Column{{Title: "指标"}, {Title: "灯", Align: document.Center}, {Title: "编号"}},
	}
	for _, name := range facts {
		t.Columns = append(t.Columns, document.Column{Title: name, Align: document.Right})
	}
	t.Columns = append(t.Columns, document.Column{Title: "概述", Wide: true})
	for _, name := range notes {
		t.Columns = append(t.Columns, document.Column{Title: strings.TrimSpace(name), Wide: true})
	}
	for _, c := range cards {
		cells := make([]document.Cell, len(t.Columns))
		cells[0], cells[1], cells[2] = document.Cell{Text: c.Title, Link: c.Link}, document.Cell{Sign: c.Sign}, document.Cell{Text: c.Label}
		for _, f := range c.Facts {
			cell := f.Cell
			if cell.Figure != nil {
				cell.Text = "" // the number stays a number: what stands beside it is on the data sheet
			}
			cells[3+slices.Index(facts, f.Label)] = cell
		}
		lead := 3 + len(facts)
		if c.Lead != nil {
			cells[lead].Text = c.Lead.String()
		}
		for _, n := range c.Notes {
			cell := &cells[lead+1+slices.Index(notes, n.Lead)]
			if cell.Text != "" {
				cell.Text += "；"
			}
			cell.Text += (&document.Paragraph{Runs: n.Runs}).String()
		}
		t.Rows = append(t.Rows, document.Row{ID: c.ID, Cells: cells})
	}
	return t
}
