package docx

import (
	"strings"

	"zhibiao/report/document"
)

// body is the main part: head, text, date and list of appendices, appendices.
func body(d *document.Document) string {
	w := &writer{targets: make(map[string]int)}
	w.mark(d)
	w.add(declaration, `<w:document `, wordSpace, `><w:body>`)
	for _, line := range titleLines(d.Title) {
		w.paragraph(paragraph{style: "Title"}, func() { w.run(line, face{}) })
	}
	w.paragraph(paragraph{style: "Subtitle"}, func() { w.run("（"+d.Period+"）", face{}) })
	w.gap()
	w.facts(d.Head, 2, 10.5)
	closed := false
	for i := range d.Sections {
		if d.Sections[i].Appendix && !closed {
			w.close(d)
			closed = true
		}
		w.part(&d.Sections[i], 1)
	}
	if !closed {
		w.close(d)
	}
	w.section()
	w.add(`</w:body></w:document>`)
	return w.String()
}

// titleLines breaks a title that is longer than a line where its words end, so
// that the lines are near in length (GB/T 9704 7.3.1).
func titleLines(title string) []string {
	const most = 20 // characters of 22 pt on a line
	r := []rune(title)
	if len(r) <= most || len(r) > 2*most {
		return []string{title}
	}
	best, at := len(r), len(r)/2
	for _, word := range [...]string{"专项行动", "工作", "关于", "的"} {
		i := strings.LastIndex(title, word)
		if i < 0 {
			continue
		}
		n := len([]rune(title[:i+len(word)]))
		if off := max(n, len(r)-n) - len(r)/2; n < len(r) && max(n, len(r)-n) <= most && off < best {
			best, at = off, n
		}
	}
	return []string{string(r[:at]), string(r[at:])}
}

// mark numbers every block that a link leads to.
func (w *writer) mark(d *document.Document) {
	there, wanted := make(map[string]bool), []string(nil)
	want := func(cells ...document.Cell) {
		for _, c := range cells {
			wanted = append(wanted, c.Link)
		}
	}
	prose := func(p *document.Paragraph) {
		if p != nil {
			for _, r := range p.Runs {
				wanted = append(wanted, r.Link)
			}
		}
	}
	d.Walk(func(s *document.Section) {
		there[s.ID] = true
		if s.Appendix {
			wanted = append(wanted, s.ID) // from the list of appendices
		}
		for _, b := range s.Blocks {
			prose(b.Paragraph)
			if t := b.Tally; t != nil {
				for _, c := range t.Items {
					wanted = append(wanted, c.Link)
				}
			}
			if t := b.Table; t != nil {
				there[t.ID] = true
				for _, r := range t.Rows {
					there[r.ID] = true
					want(r.Cells...)
				}
			}
			for _, c := range b.Charts {
				if c.Bars != nil {
					for _, bar := range c.Bars.Bars {
						wanted = append(wanted, bar.Link)
					}
				}
				if c.Heat != nil {
					for _, row := range c.Heat.Rows {
						wanted = append(wanted, row.Link)
					}
				}
			}
			for i := range b.Cards {
				c := &b.Cards[i]
				there[c.ID] = true
				wanted = append(wanted, c.Link)
				prose(c.Lead)
				for _, f := range c.Facts {
					want(f.Cell)
				}
				for j := range c.Notes {
					prose(&c.Notes[j])
				}
			}
		}
	})
	for _, id := range wanted {
		if _, done := w.targets[id]; id != "" && there[id] && !done {
			w.targets[id] = len(w.targets) + 1
		}
	}
}

// close ends the text: the appendices by name, and the date of writing at the
// right, four characters in (GB/T 9704 7.3.4, 7.3.5).
func (w *writer) close(d *document.Document) {
	w.turn(false)
	first := true
	for i := range d.Sections {
		s := &d.Sections[i]
		if !s.Appendix {
			continue
		}
		if first {
			w.paragraph(paragraph{style: "Normal"}, func() {})
			first = false
		}
		w.paragraph(paragraph{style: "Body"}, func() {
			w.link(s.ID, func() { w.run(s.Number+"　"+s.Title, face{}) })
		})
	}
	if !d.Made.IsZero() {
		w.paragraph(paragraph{style: "Normal", keep: true}, func() {})
		w.paragraph(paragraph{style: "Date"}, func() { w.run(d.Made.Format("2006年1月2日"), face{}) })
	}
}

// part is a section under its heading: 一、 黑体, （一） 楷体; an appendix begins a
// page.
func (w *writer) part(s *document.Section, level int) {
	w.turn(false)
	switch {
	case level == 1 && s.Appendix:
		w.paragraph(paragraph{style: "AppendixMark"}, func() { w.run(s.Number, face{}) })
		w.paragraph(paragraph{style: "AppendixTitle", id: s.ID}, func() { w.run(s.Title, face{}) })
	default:
		number := s.Number
		if level == 1 && number != "" {
			number += "、"
		}
		style := [...]string{"Heading1", "Heading2", "Heading3"}[min(level, 3)-1]
		w.paragraph(paragraph{style: style, id: s.ID}, func() { w.run(number+s.Title, face{}) })
	}
	for i := range s.Blocks {
		w.block(&s.Blocks[i], s)
	}
	for i := range s.Sections {
		w.part(&s.Sections[i], level+1)
	}
}

func (w *writer) block(b *document.Block, s *document.Section) {
	switch {
	case b.Paragraph != nil:
		w.turn(false)
		style := "Body"
		if b.Paragraph.Small {
			style = "Note"
		}
		w.prose(style, b.Paragraph)
	case b.Tally != nil:
		w.turn(false)
		w.tally(b.Tally)
	case b.Table != nil:
		w.table(b.Table, strings.HasPrefix(b.Table.Caption, s.Title))
	case len(b.Charts) > 0:
		for _, c := range b.Charts {
			if t := chartTable(c); t != nil {
				w.table(t, false)
			}
		}
	case len(b.Cards) > 0:
		w.turn(false)
		for i := range b.Cards {
			w.card(&b.Cards[i])
		}
	}
}

func (w *writer) prose(style string, p *document.Paragraph) {
	w.paragraph(paragraph{style: style}, func() { w.runs(p) })
}

func (w *writer) runs(p *document.Paragraph) {
	w.run(p.Lead, face{bold: true, font: kaiti})
	for _, r := range p.Runs {
		switch {
		case r.Sign != nil && r.Figure == nil:
			w.sign(r.Sign, face{})
			w.run(r.Text, face{})
		case r.Link != "":
			w.link(r.Link, func() { w.run(r.String(), face{}) })
		default:
			w.run(r.String(), face{})
		}
	}
}

// tally counts by sign in a strip across the page.
func (w *writer) tally(t *document.Tally) {
	if len(t.Items) == 0 {
		return
	}
	g := grid{points: 12, widths: make([]int, len(t.Items))}
	for i := range g.widths {
		g.widths[i] = textWidth / len(t.Items)
	}
	w.open(g, t.Title, t.Desc)
	w.row(rowKind{}, func() {
		for i, c := range t.Items {
			w.cell(box{width: g.widths[i], class: c.Sign.Class}, func() {
				w.paragraph(paragraph{style: "Cell", align: document.Center, keep: true}, func() {
					w.sign(&c.Sign, face{points: g.points})
					w.run(" "+c.Sign.Say, face{points: g.points, class: c.Sign.Class})
				})
				w.paragraph(paragraph{style: "Cell", align: document.Center}, func() {
					w.link(c.Link, func() { w.run(c.Figure.Full(), face{bold: true, points: 18, class: c.Sign.Class}) })
				})
			})
		}
	})
	w.shut()
}

// card is a heading, what is to be said, the facts in pairs, the course of the
// values and the notes.
func (w *writer) card(c *document.Card) {
	w.paragraph(paragraph{style: "CardTitle", id: c.ID}, func() {
		if c.Sign != nil {
			w.sign(c.Sign, face{})
			w.run(" ", face{})
		}
		w.link(c.Link, func() { w.run(c.Title, face{}) })
		if c.Label != "" {
			w.run("　"+c.Label, face{points: 10.5})
		}
	})
	if c.Lead != nil {
		w.paragraph(paragraph{style: "CardText", keep: true}, func() { w.runs(c.Lead) })
	}
	if c.Broad {
		w.facts(c.Facts, 3, 9)
	} else {
		w.facts(c.Facts, 2, 10.5)
	}
	if c.Chart != nil {
		if t := chartTable(c.Chart); t != nil {
			w.table(t, true)
		}
	}
	for i := range c.Notes {
		w.prose("Note", &c.Notes[i])
	}
}

// facts sets labels and values in pairs, a number of pairs a row; a long one
// takes the row.
func (w *writer) facts(facts []document.Fact, pairs int, points float64) {
	if len(facts) == 0 {
		return
	}
	label := int(points*20*7.2) + cellPadding
	value := textWidth/pairs - label
	room := float64(value-cellPadding) / 20 / points // characters of a line
	long := func(f *document.Fact) bool { return f.Wide || ems(f.Cell.String()) > 2*room }
	g := grid{points: points}
	for range pairs {
		g.widths = append(g.widths, label, value)
	}
	w.open(g, "", "")
	for len(facts) > 0 {
		n := 0
		for n < pairs && n < len(facts) && !long(&facts[n]) {
			n++
		}
		n = max(n, 1)
		w.row(rowKind{}, func() {
			for i := range facts[:n] {
				f := &facts[i]
				w.cell(box{width: label, class: "grey"}, func() {
					w.paragraph(paragraph{style: "Cell"}, func() { w.run(f.Label, face{points: points}) })
				})
				span := 1
				if i == n-1 {
					span = 2*(pairs-n) + 1 // to the end of the row
				}
				width := value + (span-1)/2*(label+value)
				w.cell(box{width: width, span: span}, func() {
					w.paragraph(paragraph{style: "Cell"}, func() { w.content(f.Cell, face{points: points}) })
				})
			}
		})
		facts = facts[n:]
	}
	w.shut()
}
