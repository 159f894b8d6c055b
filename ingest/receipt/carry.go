package receipt

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
)

// The names of the receipt's sheets; a number is added when one is taken.
const (
	faceSheet     = "回执"
	identitySheet = "回执标识"
)

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"

// annotate puts the receipt into a package: its sheet in front, the hidden one
// at the end, tints and notes at the cells. Nothing else of a sheet is touched.
// names gives the name in the package of a sheet of the book; remark is a line
// for the receipt.
func annotate(p *pack, r *Receipt, book *workbook.Book, names func(string) string, remark string) error {
	a := &annotation{p: p, r: r, book: book, own: map[string]bool{}, kept: map[string]bool{}}
	hidden, front := sheetsOf(book)
	for _, s := range []*workbook.Sheet{hidden, front} {
		if s != nil {
			a.own[s.Name] = true
		}
	}
	for _, step := range []func() error{a.open, a.refuse, a.styles} {
		if err := step(); err != nil {
			return err
		}
	}
	for name, s := range signs(r) {
		if a.own[name] {
			continue
		}
		if a.signs == nil {
			a.signs = map[string]*sign{}
		}
		a.signs[names(name)] = s
	}
	if err := a.sheets(); err != nil {
		return err
	}
	shown := func(name string) string {
		s := book.Sheet(name)
		if s == nil || s.Hidden || a.own[name] {
			return ""
		}
		return names(name)
	}
	return a.receipt(shown, remark)
}

// An annotation is a package while the receipt goes into it.
type annotation struct {
	p     *pack
	r     *Receipt
	book  *workbook.Book
	own   map[string]bool // sheets of an earlier receipt
	kept  map[string]bool // names of the sheets that stay, lower-case
	signs map[string]*sign
	main  string // the workbook part
	doc   *document
	rels  []rel
	style sheetStyle
	moved map[int]int // index of a sheet before → after
	ids   string      // the attribute with a sheet's relationship, r:id
	next  int         // next free sheetId
}

// open finds the workbook part and drops the signatures, which no longer hold.
func (a *annotation) open() error {
	rels, doc, err := a.p.rels("")
	if err != nil {
		return err
	}
	for _, r := range rels {
		switch r.kind {
		case "officeDocument":
			a.main = r.target
		case "origin":
			doc.remove(r.at)
			a.p.drop(r.target)
		}
	}
	if err := a.p.save(doc); err != nil {
		return err
	}
	if a.doc, err = a.p.document(a.main); err != nil {
		return err
	}
	if root := a.doc.root(); root.name != "workbook" || root.attr("xmlns") != spreadsheet {
		return notCarried("workbook of another kind")
	}
	a.rels, _, err = a.p.rels(a.main)
	return err
}

// refuse finds what runs or fetches by itself: such a package is not sent back.
// Macros are taken out.
func (a *annotation) refuse() error {
	for _, name := range a.p.names {
		switch key := strings.ToLower(name); {
		case strings.Contains(key, "activex"):
			return notCarried("controls")
		case strings.Contains(key, "vbaproject"), strings.Contains(key, "vbadata"), strings.Contains(key, "_xmlsignatures"):
			a.p.drop(name)
		}
	}
	_, doc, err := a.p.rels(a.main)
	if err != nil {
		return err
	}
	for _, r := range a.rels {
		switch r.kind {
		case "vbaProject", "calcChain": // Excel makes the order of its computing anew
			doc.remove(r.at)
			a.p.drop(r.target)
		case "xlMacrosheet", "xlIntlMacrosheet", "dialogsheet", "connections", "revisionHeaders", "attachedToolbars":
			return notCarried(r.kind)
		case "externalLink":
			data, err := a.p.read(r.target)
			if err != nil {
				return err
			}
			if bytes.Contains(data, []byte("ddeLink")) || bytes.Contains(data, []byte("oleLink")) {
				return notCarried("link to another program")
			}
		}
	}
	return a.p.save(doc)
}

// styles adds the receipt's styles, in a new style sheet when there is none.
func (a *annotation) styles() error {
	i := slices.IndexFunc(a.rels, func(r rel) bool { return r.kind == "styles" })
	part := ""
	if i >= 0 {
		part = a.rels[i].target
	} else {
		part = a.p.free("xl/styles", ".xml")
		a.p.set(part, []byte(xmlHead+`<styleSheet xmlns="`+spreadsheet+`"></styleSheet>`))
		if _, err := a.p.relate(a.main, "styles", part); err != nil {
			return err
		}
		if err := a.p.declare(part, "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"); err != nil {
			return err
		}
	}
	d, err := a.p.document(part)
	if err != nil {
		return err
	}
	if a.style, err = addStyles(d, a.r.Verdict.colour()); err != nil {
		return err
	}
	return a.p.save(d)
}

// sheets goes through the sheets: those of an earlier receipt are taken out, the
// others marked.
func (a *annotation) sheets() error {
	list, ok := a.doc.child("sheets")
	if !ok {
		return notCarried("workbook without sheets")
	}
	a.moved, a.ids, a.next = map[int]int{}, "", 1
	for i, e := range a.doc.within(list) {
		id := 0
		if _, err := fmt.Sscan(e.attr("sheetId"), &id); err != nil {
			return notCarried("sheet without sheetId")
		}
		a.next = max(a.next, id+1)
		for _, at := range e.attrs {
			if at.Name.Local == "id" && at.Name.Space != "" {
				a.ids = qualified(at.Name)
			}
		}
		at := slices.IndexFunc(a.rels, func(r rel) bool { return r.id == e.attr(a.ids) })
		if a.ids == "" || at < 0 {
			return notCarried("sheet without part")
		}
		name := e.attr("name")
		if a.own[name] {
			a.doc.remove(e)
			if err := a.takeOut(a.rels[at]); err != nil {
				return err
			}
			continue
		}
		a.moved[i] = len(a.moved) + 1
		a.kept[strings.ToLower(name)] = true
		if a.rels[at].kind != "worksheet" {
			continue
		}
		if err := a.mark(a.rels[at].target, a.signs[name]); err != nil {
			return err
		}
	}
	return nil
}

// takeOut removes a sheet of an earlier receipt with all that only it has.
func (a *annotation) takeOut(sheet rel) error {
	_, doc, err := a.p.rels(a.main)
	if err != nil {
		return err
	}
	for _, e := range doc.elements {
		if e.attr("Id") == sheet.id {
			doc.remove(e)
		}
	}
	if err := a.p.save(doc); err != nil {
		return err
	}
	others, _, err := a.p.rels(sheet.target)
	if err != nil {
		return err
	}
	gone := []string{sheet.target, relsOf(sheet.target)}
	for _, r := range others {
		if r.kind == "comments" || r.kind == "vmlDrawing" || r.kind == "printerSettings" {
			gone = append(gone, r.target)
		}
	}
	for _, name := range gone {
		a.p.drop(name)
	}
	return a.p.undeclare(gone)
}

var selected = regexp.MustCompile(`(\s)tabSelected\s*=\s*["'](?:1|true)["']`)

// mark shows the findings on a sheet. Two selected sheets would be edited
// together, so the sheet is no longer the selected one.
func (a *annotation) mark(part string, s *sign) error {
	head, ok, err := a.p.begins(part, []byte("<sheetData"))
	if err != nil {
		return err
	}
	if !ok {
		return notCarried("sheet of another kind")
	}
	again := len(a.own) > 0
	if s == nil && !again && !selected.Match(head) {
		return nil
	}
	data, err := a.p.read(part)
	if err != nil {
		return err
	}
	from := len(head)
	to := bytes.LastIndex(data, []byte("</sheetData>"))
	if to < 0 {
		to = from + bytes.IndexByte(data[from:], '>') - len("</sheetData")
	}
	to += len("</sheetData>")
	var out bytes.Buffer
	out.Write(selected.ReplaceAll(head, []byte("$1")))
	out.Write(data[from:to])
	if s == nil && !again {
		out.Write(data[to:])
		a.p.set(part, out.Bytes())
		return nil
	}
	if s == nil {
		s = &sign{}
	}
	drawing, made, err := a.p.addNotes(part, s.notes)
	if err != nil {
		return err
	}
	if !made {
		drawing = ""
	}
	tail, err := a.tail(part, data[to:], s, drawing)
	if err != nil {
		return err
	}
	out.Write(tail)
	a.p.set(part, out.Bytes())
	return nil
}

// The elements behind the cells of a sheet that come after the tints, and those
// that come after the legacy drawing, as the schema orders them.
var (
	afterTints = []string{
		"conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
		"colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing",
	}
	afterDrawing = []string{"legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "mc:AlternateContent", "webPublishItems", "tableParts", "extLst"}
)

// tail is what stands behind the cells of a sheet, with the tints and, when it
// is new, the drawing of the notes.
func (a *annotation) tail(part string, data []byte, s *sign, drawing string) ([]byte, error) {
	const root = "<worksheet>"
	d, err := parse(part, slices.Concat([]byte(root), data))
	if err != nil {
		return nil, err
	}
	tint := s.tint(a.style)
	shift := strings.Count(tint, "<cfRule")
	for _, e := range d.elements {
		var priority int
		if e.name != "cfRule" && e.name != "x14:cfRule" || shift == 0 {
			continue
		}
		if _, err := fmt.Sscan(e.attr("priority"), &priority); err == nil && !bytes.Contains(d.data[e.body:e.close], []byte("双城办审核")) {
			d.setAttr(e, "priority", fmt.Sprint(priority+shift))
		}
	}
	place := func(lists ...[]string) int {
		for _, e := range d.elements {
			if e.depth == 1 && slices.ContainsFunc(lists, func(l []string) bool { return slices.Contains(l, e.name) }) {
				return e.from
			}
		}
		return d.root().close
	}
	if tint != "" {
		d.insert(place(afterTints, afterDrawing), tint)
	}
	if drawing != "" {
		d.insert(place(afterDrawing), `<legacyDrawing xmlns:r="`+strings.TrimSuffix(relTypes, "/")+`" r:id="`+drawing+`"/>`)
	}
	for _, e := range d.elements {
		if e.name == "conditionalFormatting" && bytes.Contains(d.data[e.body:e.close], []byte("双城办审核")) {
			d.remove(e)
		}
	}
	out, err := d.bytes()
	if err != nil {
		return nil, err
	}
	return out[len(root):], nil
}

// receipt adds the two sheets and enters them in the workbook part.
func (a *annotation) receipt(shown func(string) string, remark string) error {
	front, identity := faces(a.r, a.style.look, shown, remark)
	var entries [2]string
	var names [2]string
	for i, s := range [...]struct {
		name, state string
		data        []byte
	}{{faceSheet, "", front}, {identitySheet, ` state="veryHidden"`, identity}} {
		part := a.p.free("xl/worksheets/receipt", ".xml")
		a.p.set(part, s.data)
		id, err := a.p.relate(a.main, "worksheet", part)
		if err != nil {
			return err
		}
		if err := a.p.declare(part, sheetType); err != nil {
			return err
		}
		names[i] = a.name(s.name)
		entries[i] = fmt.Sprintf(`<sheet xmlns:r="%s" name="%s" sheetId="%d"%s r:id="%s"/>`, strings.TrimSuffix(relTypes, "/"), escape(names[i]), a.next+i, s.state, id)
	}
	list, _ := a.doc.child("sheets")
	a.doc.insert(list.body, entries[0])
	a.doc.insert(list.close, entries[1])
	a.view()
	a.names(names[0], names[1])
	if err := a.p.save(a.doc); err != nil {
		return err
	}
	return a.p.plainWorkbook(a.main)
}

// name is a sheet's name that is not taken.
func (a *annotation) name(want string) string {
	name := want
	for i := 2; a.kept[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s(%d)", want, i)
	}
	a.kept[strings.ToLower(name)] = true
	return name
}

// view opens the workbook at the receipt, and keeps it from fetching what its
// links point at.
func (a *annotation) view() {
	for _, e := range a.doc.elements {
		switch e.name {
		case "workbookView":
			a.doc.setAttr(e, "activeTab", "")
			a.doc.setAttr(e, "firstSheet", "")
		case "workbookPr":
			if slices.ContainsFunc(a.rels, func(r rel) bool { return r.kind == "externalLink" }) {
				a.doc.setAttr(e, "updateLinks", "never")
			}
		}
	}
}

// names adds the receipt's defined names; those of single sheets follow their
// sheet, and those of an earlier receipt go.
func (a *annotation) names(front, identity string) {
	quoted := func(name string) string { return escape("'" + strings.ReplaceAll(name, "'", "''") + "'!") }
	var b strings.Builder
	fmt.Fprintf(&b, `<definedName name="%s" hidden="1">%s$A$1</definedName>`, nameFace, quoted(front))
	for i, name := range [...]string{nameNumber, nameSubmission, nameRevision} {
		fmt.Fprintf(&b, `<definedName name="%s" hidden="1">%s$B$%d</definedName>`, name, quoted(identity), i+1)
	}
	added := b.String()
	list, ok := a.doc.child("definedNames")
	if !ok {
		at := 0
		for _, name := range []string{"sheets", "functionGroups", "externalReferences"} {
			if e, ok := a.doc.child(name); ok {
				at = max(at, e.to)
			}
		}
		a.doc.insert(at, "<definedNames>"+added+"</definedNames>")
		return
	}
	for _, e := range a.doc.within(list) {
		index := -1
		if _, err := fmt.Sscan(e.attr("localSheetId"), &index); err == nil {
			to, stays := a.moved[index]
			if !stays {
				a.doc.remove(e)
				continue
			}
			a.doc.setAttr(e, "localSheetId", fmt.Sprint(to))
		}
		if strings.HasPrefix(e.attr("name"), namePrefix) {
			a.doc.edits = slices.DeleteFunc(a.doc.edits, func(x edit) bool { return x.from >= e.from && x.to <= e.to })
			a.doc.remove(e)
		}
	}
	a.doc.fill(list, added)
}

// declare enters the content type of a part.
func (p *pack) declare(part, kind string) error {
	d, err := p.document(typesPart)
	if err != nil {
		return err
	}
	d.insert(d.root().close, fmt.Sprintf(`<Override PartName="/%s" ContentType="%s"/>`, escape(part), kind))
	return p.save(d)
}

func (p *pack) declareVML() error {
	d, err := p.document(typesPart)
	if err != nil {
		return err
	}
	for _, e := range d.elements {
		if e.name == "Default" && strings.EqualFold(e.attr("Extension"), "vml") {
			return nil
		}
	}
	d.insert(d.root().body, `<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`)
	return p.save(d)
}

// undeclare takes out the content types of parts.
func (p *pack) undeclare(parts []string) error {
	d, err := p.document(typesPart)
	if err != nil {
		return err
	}
	for _, e := range d.elements {
		if e.name == "Override" && slices.ContainsFunc(parts, func(part string) bool {
			return strings.EqualFold(strings.TrimPrefix(e.attr("PartName"), "/"), part)
		}) {
			d.remove(e)
		}
	}
	return p.save(d)
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

// plainWorkbook makes the content type of the workbook that of one without
// macros, and takes out the types of parts that are gone.
func (p *pack) plainWorkbook(main string) error {
	var gone []string
	for _, name := range p.names {
		if !p.has(name) {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	if err := p.undeclare(gone); err != nil {
		return err
	}
	d, err := p.document(typesPart)
	if err != nil {
		return err
	}
	declared := false
	for _, e := range d.elements {
		if e.name == "Override" && strings.EqualFold(strings.TrimPrefix(e.attr("PartName"), "/"), main) {
			declared = true
			if e.attr("ContentType") != workbookType {
				d.setAttr(e, "ContentType", workbookType)
			}
		}
	}
	if !declared {
		d.insert(d.root().close, fmt.Sprintf(`<Override PartName="/%s" ContentType="%s"/>`, escape(main), workbookType))
	}
	return p.save(d)
}
