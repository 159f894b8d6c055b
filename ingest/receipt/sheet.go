package receipt

import (
	"bytes"
	"fmt"
	"strings"

	"zhibiao/ingest/workbook"
)

// A sheetXML is a worksheet that we write ourselves: texts inline, so that no
// text of a return can become anything else, and no formulas.
type sheetXML struct {
	b      bytes.Buffer
	row    int
	merges []string
}

// start opens a row; 0 leaves its height to the program that opens the sheet.
func (s *sheetXML) start(row int, height float64, hidden bool) {
	s.end()
	s.row = row
	fmt.Fprintf(&s.b, `<row r="%d"`, row)
	if height > 0 {
		fmt.Fprintf(&s.b, ` ht="%.1f" customHeight="1"`, min(height, 409))
	}
	if hidden {
		s.b.WriteString(` hidden="1"`)
	}
	s.b.WriteByte('>')
}

func (s *sheetXML) end() {
	if s.row > 0 {
		s.b.WriteString("</row>")
	}
}

func (s *sheetXML) at(col int) string { return workbook.Ref{Col: col, Row: s.row}.String() }

// text writes a text cell; an empty one keeps its style.
func (s *sheetXML) text(col, style int, text string) {
	if text == "" {
		fmt.Fprintf(&s.b, `<c r="%s" s="%d"/>`, s.at(col), style)
		return
	}
	fmt.Fprintf(&s.b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, s.at(col), style, escape(text))
}

// value writes a cell of type n, b or e whose content stands as it is.
func (s *sheetXML) value(col, style int, typ, value string) {
	fmt.Fprintf(&s.b, `<c r="%s" s="%d" t="%s"><v>%s</v></c>`, s.at(col), style, typ, escape(value))
}

// span writes a text over columns, all of which carry the style.
func (s *sheetXML) span(from, to, style int, text string) {
	s.text(from, style, text)
	for c := from + 1; c <= to; c++ {
		s.text(c, style, "")
	}
	if to > from {
		s.merges = append(s.merges, s.at(from)+":"+s.at(to))
	}
}

// data is the sheetData element.
func (s *sheetXML) data() string {
	s.end()
	s.row = 0
	return "<sheetData>" + s.b.String() + "</sheetData>"
}

func (s *sheetXML) merged() string {
	if len(s.merges) == 0 {
		return ""
	}
	return fmt.Sprintf(`<mergeCells count="%d"><mergeCell ref="%s"/></mergeCells>`, len(s.merges), strings.Join(s.merges, `"/><mergeCell ref="`))
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// worksheet puts the elements of a sheet together, given in the schema's order.
func worksheet(elements ...string) []byte {
	return []byte(xmlHead + `<worksheet xmlns="` + spreadsheet + `">` + strings.Join(elements, "") + `</worksheet>`)
}

// columns are the widths of columns from A, in Excel's characters.
func columns(widths []float64, hidden map[int]bool) string {
	if len(widths) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<cols>")
	for i, w := range widths {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%.1f" customWidth="1"`, i+1, i+1, w)
		if hidden[i+1] {
			b.WriteString(` hidden="1"`)
		}
		b.WriteString("/>")
	}
	b.WriteString("</cols>")
	return b.String()
}

// wide is the width of a text in Excel's characters; those beyond ASCII take two.
func wide(text string) int {
	n := 0
	for _, c := range text {
		if n++; c > 0x7F {
			n++
		}
	}
	return n
}

// lines is how many lines a text takes in a width.
func lines(text string, width float64) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += max(1, (wide(line)*20+int(width*19)-1)/int(width*19)) // a twentieth is lost at the edges
	}
	return n
}
