package docx

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/report/document"
)

// The Chinese faces; the fonts that stand in for them are in part/fontTable.xml.
const (
	heiti = "黑体"
	kaiti = "楷体_GB2312"
)

// A writer collects WordprocessingML. Every text in it goes through escape.
type writer struct {
	strings.Builder
	targets map[string]int // id of a block → number of its bookmark
	wide    bool           // the page lies on its side
}

func (w *writer) add(parts ...string) {
	for _, s := range parts {
		w.WriteString(s)
	}
}

// escape is text as XML holds it. Characters that XML or Word cannot have, and
// those that turn the direction of writing, are left out; a line break is a space.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError:
		case r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A face is how a run looks; what is zero is as in the paragraph's style.
type face struct {
	font   string // Chinese
	bold   bool
	class  string // colour class of a sign
	points float64
}

func (w *writer) run(text string, f face) {
	if text = escape(text); text == "" {
		return
	}
	var p strings.Builder
	hint := strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	if hint || f.font != "" { // without the hint Word sets “ ” — × ▲ in the Latin face
		p.WriteString(`<w:rFonts`)
		if hint {
			p.WriteString(` w:hint="eastAsia"`)
		}
		if f.font != "" {
			p.WriteString(` w:eastAsia="` + f.font + `"`)
		}
		p.WriteString(`/>`)
	}
	if f.bold {
		p.WriteString(`<w:b/>`)
	}
	if f.class != "" {
		p.WriteString(`<w:color w:val="` + ink(f.class) + `"/>`)
	}
	if f.points > 0 {
		n := strconv.Itoa(int(f.points * 2)) // half-points
		p.WriteString(`<w:sz w:val="` + n + `"/><w:szCs w:val="` + n + `"/>`)
	}
	w.add(`<w:r>`)
	if p.Len() > 0 {
		w.add(`<w:rPr>`, p.String(), `</w:rPr>`)
	}
	w.add(`<w:t xml:space="preserve">`, text, `</w:t></w:r>`)
}

func ink(class string) string { return strings.TrimPrefix(document.TintOf(class).Ink, "#") }

func wash(class string) string { return strings.TrimPrefix(document.TintOf(class).Wash, "#") }

// sign is a shape and a word, in colour.
func (w *writer) sign(s *document.Sign, f face) {
	f.bold, f.class = true, s.Class
	w.run(s.String(), f)
}

// link sets runs that lead to a block; they look like the text around them.
func (w *writer) link(id string, runs func()) {
	n, ok := w.targets[id]
	if !ok {
		runs()
		return
	}
	w.add(`<w:hyperlink w:anchor="`, bookmark(n), `" w:history="1">`)
	runs()
	w.add(`</w:hyperlink>`)
}

func bookmark(n int) string { return "z" + strconv.Itoa(n) }

// A paragraph is how one is set. An id makes it the place that links lead to.
type paragraph struct {
	style string
	id    string
	keep  bool // on the page of the next paragraph
	align document.Align
}

func (w *writer) paragraph(p paragraph, runs func()) {
	w.add(`<w:p><w:pPr><w:pStyle w:val="`, p.style, `"/>`)
	if p.keep {
		w.add(`<w:keepNext/>`)
	}
	if p.align != "" {
		w.add(`<w:jc w:val="`, string(p.align), `"/>`)
	}
	w.add(`</w:pPr>`)
	n, marked := w.targets[p.id]
	if marked {
		w.add(`<w:bookmarkStart w:id="`, strconv.Itoa(n), `" w:name="`, bookmark(n), `"/>`)
	}
	runs()
	if marked {
		w.add(`<w:bookmarkEnd w:id="`, strconv.Itoa(n), `"/>`)
	}
	w.add(`</w:p>`)
}

// The page of GB/T 9704 5.2, in twips (1/1440 inch): A4 with margins of 37, 35,
// 28 and 26 mm round a type area of 156 by 225 mm. 22 lines and 28 characters
// of 16 pt share it: 579 twips a line, and characters a quarter point closer,
// which the style of the text says. The grid has lines alone: one of characters
// is drawn differently by every word processor.
const (
	pageWidth, pageHeight = 11906, 16838
	marginHead            = 2098
	marginFoot            = 1984
	marginInner           = 1587
	marginOuter           = 1474
	textWidth             = pageWidth - marginInner - marginOuter
	textHeight            = pageHeight - marginHead - marginFoot
	linePitch             = 579
	footerFromEdge        = 1270 // the number stands 7 mm below the type area
	headerFromEdge        = 1134
)

// section is the properties of the pages before it. A page on its side is the
// upright one turned, its head at the binding edge.
func (w *writer) section() {
	w.add(`<w:sectPr>`)
	for _, kind := range [...]string{"default", "even"} {
		w.add(`<w:headerReference w:type="`, kind, `" r:id="header"/>`)
	}
	w.add(`<w:footerReference w:type="default" r:id="odd"/><w:footerReference w:type="even" r:id="even"/><w:type w:val="nextPage"/>`)
	num := func(name string, n int) { w.add(` w:`, name, `="`, strconv.Itoa(n), `"`) }
	wide, high, top, bottom, left, right := pageWidth, pageHeight, marginHead, marginFoot, marginInner, marginOuter
	if w.wide {
		wide, high, top, bottom, left, right = high, wide, left, right, bottom, top
	}
	w.add(`<w:pgSz`)
	num("w", wide)
	num("h", high)
	if w.wide {
		w.add(` w:orient="landscape"`)
	}
	w.add(`/><w:pgMar`)
	num("top", top)
	num("right", right)
	num("bottom", bottom)
	num("left", left)
	head, foot := headerFromEdge, footerFromEdge
	if w.wide {
		head, foot = head/2, foot/2
	}
	num("header", head)
	num("footer", foot)
	num("gutter", 0)
	w.add(`/><w:docGrid w:type="lines"`)
	num("linePitch", linePitch)
	w.add(`/></w:sectPr>`)
}

// turn ends the pages before it when a table needs the other direction.
func (w *writer) turn(wide bool) {
	if wide == w.wide {
		return
	}
	w.add(`<w:p><w:pPr><w:pStyle w:val="Gap"/>`)
	w.section()
	w.add(`</w:pPr></w:p>`)
	w.wide = wide
}
