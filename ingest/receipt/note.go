package receipt

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// A sign is what a sheet is to show at the cells that findings point at.
type sign struct {
	red, amber []workbook.Range
	notes      map[workbook.Ref]string
}

const (
	maxSigns = 500 // of one sheet; the receipt's tables have them all
	maxNote  = 500 // characters of one finding in a note
)

// signs collects what each sheet is to show, by the sheet's name.
func signs(r *Receipt) map[string]*sign {
	all := map[string]*sign{}
	for i := range r.Findings {
		f := &r.Findings[i]
		at := refs(f.Place.Cell)
		if f.Severity == finding.Note || f.Place.Sheet == "" || len(at) == 0 || f.Place.File != "" && f.Place.File != r.File {
			continue
		}
		s := all[f.Place.Sheet]
		if s == nil {
			s = &sign{notes: map[workbook.Ref]string{}}
			all[f.Place.Sheet] = s
		}
		if len(s.red)+len(s.amber)+len(at) > maxSigns {
			continue
		}
		if f.Severity == finding.Mandatory {
			s.red = append(s.red, at...)
		} else {
			s.amber = append(s.amber, at...)
		}
		if before, ok := s.notes[at[0].From]; ok {
			s.notes[at[0].From] = before + "\n" + noteText(f)
		} else {
			s.notes[at[0].From] = mark + noteText(f)
		}
	}
	return all
}

func noteText(f *finding.Finding) string {
	text := f.Severity.Name() + "：" + f.Message
	if f.Want != "" {
		text += "；应为" + f.Want
	}
	if f.Hint != "" {
		text += "。改法：" + f.Hint
	}
	if f.Explanation != "" {
		text += "（已说明：" + f.Explanation + "）"
	}
	c := []rune(finding.Plain(text + "［" + f.Rule + "］"))
	if len(c) > maxNote {
		c = append(c[:maxNote-1], '…')
	}
	return string(c)
}

// always is the condition of the receipt's tints. It holds for every cell, and
// by it a tint is known again when the receipt comes back. A cell's own format
// stays as it was.
const always = `LEN("双城办审核")=5`

// tint is the conditional formats of a sheet.
func (s *sign) tint(style sheetStyle) string {
	var b strings.Builder
	priority := 0
	for _, t := range [...]struct {
		cells []workbook.Range
		dxf   int
	}{{s.red, style.red}, {s.amber, style.amber}} {
		if len(t.cells) == 0 {
			continue
		}
		priority++
		list := make([]string, 0, len(t.cells))
		for _, g := range t.cells {
			if !slices.Contains(list, g.String()) {
				list = append(list, g.String())
			}
		}
		fmt.Fprintf(&b, `<conditionalFormatting sqref="%s"><cfRule type="expression" dxfId="%d" priority="%d"><formula>%s</formula></cfRule></conditionalFormatting>`,
			strings.Join(list, " "), t.dxf, priority, escape(always))
	}
	return b.String()
}

// noteAuthor is who wrote what a receipt adds to notes.
const noteAuthor = "双城办审核"

// addNotes appends to the notes of a sheet, or makes the first; a note that is
// there keeps its text. The part of an earlier receipt is taken away. The legacy
// drawing that shows the notes is returned; made tells that it is new.
func (p *pack) addNotes(sheet string, notes map[workbook.Ref]string) (drawing string, made bool, err error) {
	rels, _, err := p.rels(sheet)
	if err != nil {
		return "", false, err
	}
	var comments string
	for _, r := range rels {
		switch r.kind {
		case "comments":
			comments = r.target
		case "vmlDrawing":
			drawing = r.id
		}
	}
	var shapes string
	if drawing != "" {
		shapes = rels[slices.IndexFunc(rels, func(r rel) bool { return r.id == drawing })].target
	}
	if comments == "" && len(notes) == 0 {
		return drawing, false, nil
	}
	if comments == "" {
		comments = p.free("xl/comments", ".xml")
		p.set(comments, []byte(xmlHead+`<comments xmlns="`+spreadsheet+`"><authors></authors><commentList></commentList></comments>`))
		if _, err := p.relate(sheet, "comments", comments); err != nil {
			return "", false, err
		}
		if err := p.declare(comments, "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"); err != nil {
			return "", false, err
		}
	}
	gone, fresh, err := p.writeNotes(comments, notes)
	if err != nil || shapes == "" && len(fresh) == 0 {
		return drawing, false, err
	}
	if shapes == "" {
		shapes = p.free("xl/drawings/vmlDrawing", ".vml")
		p.set(shapes, []byte(emptyShapes))
		if drawing, err = p.relate(sheet, "vmlDrawing", shapes); err != nil {
			return "", false, err
		}
		if err := p.declareVML(); err != nil {
			return "", false, err
		}
		made = true
	}
	return drawing, made, p.reshape(shapes, gone, fresh)
}

// writeNotes edits the comments part: gone are the cells whose note was only an
// earlier receipt's, fresh those that had none.
func (p *pack) writeNotes(part string, notes map[workbook.Ref]string) (gone, fresh []workbook.Ref, err error) {
	d, err := p.document(part)
	if err != nil {
		return nil, nil, err
	}
	authors, ok := d.child("authors")
	list, also := d.child("commentList")
	if d.root().name != "comments" || !ok || !also {
		return nil, nil, notCarried("comments of another kind")
	}
	author := len(d.within(authors))
	d.fill(authors, "<author>"+noteAuthor+"</author>")
	rest := maps.Clone(notes)
	for _, c := range d.within(list) {
		at, ok := workbook.ParseRef(c.attr("ref"))
		if !ok || c.name != "comment" {
			return nil, nil, notCarried("comment of another kind")
		}
		added, here := rest[at]
		delete(rest, at)
		i := slices.IndexFunc(d.within(c), func(e element) bool { return e.name == "text" })
		if i < 0 {
			return nil, nil, notCarried("comment without text")
		}
		text := d.within(c)[i]
		old := d.written(text)
		before, _, marked := strings.Cut(old, mark)
		before = lastBreaks.ReplaceAllString(before, "")
		run := func(s string) string { return `<r><t xml:space="preserve">` + s + `</t></r>` }
		switch {
		case !marked && here:
			d.fill(text, run("&#10;"+escape(added)))
		case !marked:
		case here && before == "":
			d.replace(text.from, text.to, "<text>"+run(escape(added))+"</text>")
		case here:
			d.replace(text.from, text.to, "<text>"+run(before+"&#10;"+escape(added))+"</text>")
		case before == "":
			d.remove(c)
			gone = append(gone, at)
		default:
			d.replace(text.from, text.to, "<text>"+run(before)+"</text>")
		}
	}
	fresh = sortedRefs(rest)
	var b strings.Builder
	for _, at := range fresh {
		fmt.Fprintf(&b, `<comment ref="%s" authorId="%d"><text><r><t xml:space="preserve">%s</t></r></text></comment>`, at, author, escape(rest[at]))
	}
	d.fill(list, b.String())
	return gone, fresh, p.save(d)
}

// lastBreaks are the line breaks at the end of a text as it stands in a part.
var lastBreaks = regexp.MustCompile(`(?:\n|&#10;|&#x0*[aA];)+$`)

// written is the text of an element as it stands in the part, still escaped.
func (d *document) written(outer element) string {
	var b strings.Builder
	for _, e := range d.elements {
		if e.name == "t" && e.from >= outer.body && e.to <= outer.close {
			b.Write(d.data[e.body:e.close])
		}
	}
	return b.String()
}

func sortedRefs(notes map[workbook.Ref]string) []workbook.Ref {
	return slices.SortedFunc(maps.Keys(notes), func(a, b workbook.Ref) int {
		if a.Row != b.Row {
			return a.Row - b.Row
		}
		return a.Col - b.Col
	})
}

const emptyShapes = `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">` +
	`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>` +
	`<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>`

var (
	shapeID = regexp.MustCompile(`id=["']_x0000_s([0-9]{1,9})["']`)
	shape   = regexp.MustCompile(`(?s)<v:shape[\s>].*?</v:shape>`)
)

// reshape takes the boxes of notes away from a legacy drawing and adds others.
func (p *pack) reshape(part string, gone, fresh []workbook.Ref) error {
	data, err := p.read(part)
	if err != nil {
		return err
	}
	for _, at := range gone {
		row, col := fmt.Appendf(nil, "<x:Row>%d</x:Row>", at.Row-1), fmt.Appendf(nil, "<x:Column>%d</x:Column>", at.Col-1)
		data = shape.ReplaceAllFunc(data, func(s []byte) []byte {
			if bytes.Contains(s, row) && bytes.Contains(s, col) {
				return nil
			}
			return s
		})
	}
	end := bytes.LastIndex(data, []byte("</xml>"))
	if end < 0 {
		return notCarried("legacy drawing of another kind")
	}
	id := 1024
	for _, m := range shapeID.FindAllSubmatch(data, -1) {
		n := 0
		for _, c := range m[1] {
			n = n*10 + int(c-'0')
		}
		id = max(id, n)
	}
	var b bytes.Buffer
	b.Write(data[:end])
	for i, at := range fresh {
		left, top := min(at.Col, workbook.MaxCol-4), max(at.Row-2, 0)
		fmt.Fprintf(&b, `<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;width:210pt;height:80pt;z-index:%d;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>`+
			`<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%d, 15, %d, 4, %d, 31, %d, 9</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>`,
			id+1+i, i+1, left, top, left+3, top+5, at.Row-1, at.Col-1)
	}
	b.Write(data[end:])
	p.set(part, b.Bytes())
	return nil
}
