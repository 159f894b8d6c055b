package workbook

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"zhibiao/kpi/finding"
)

// A packageReader reads an OOXML workbook: from the package's relationships to
// the workbook part, and from there to each sheet. Part names are never guessed.
type packageReader struct {
	*reader
	zip    *archive
	z      *inflater
	book   *Book
	texts  table
	styles []style
	days   []day // dates met, by day; nil until there are many cells
}

// A relation is one target of a part.
type relation struct {
	id       string
	kind     string // last segment of its type: worksheet, styles, comments
	target   string // part name, or as written when external
	external bool
}

func (r *reader) xlsx(zip *archive) *Book {
	p := &packageReader{reader: r, zip: zip, z: newInflater(zip.in), book: &Book{Format: XLSX}}
	defer p.z.free()
	if !p.read() || !p.verify(p.unread(nil), p.z) {
		return nil
	}
	return p.book
}

// unread lists the parts that nothing has read yet, but for one.
func (p *packageReader) unread(but *part) (parts []*part) {
	for _, part := range p.zip.parts {
		if !part.settled && part != but {
			parts = append(parts, part)
		}
	}
	return parts
}

// verify inflates parts to see that they are whole.
func (p *packageReader) verify(parts []*part, z *inflater) bool {
	for _, part := range parts {
		if bad := z.verify(part); bad != nil {
			p.add(bad)
		}
	}
	return !p.finds.Refused()
}

// keepSmall is how many bytes of small parts Scan keeps from its first pass, so
// that only large ones are inflated again.
const keepSmall = 8 << 20

// settle inflates parts, and keeps small ones. What is wrong with each is in the
// place of the part.
func settle(z *inflater, parts []*part) []*finding.Finding {
	found := make([]*finding.Finding, len(parts))
	room := int64(keepSmall)
	for i, part := range parts {
		if part.size > min(wholePart, room) {
			found[i] = z.verify(part)
			continue
		}
		room -= part.size
		part.whole, found[i] = z.whole(part, nil)
	}
	return found
}

// stringsBeside reads the shared strings and meanwhile inflates every part that
// was not read so far: in Scan, all must be whole before a cell is visited.
func (p *packageReader) stringsBeside(rels []relation, from string) bool {
	var strings *part
	if rel := one(rels, "sharedStrings"); rel != nil {
		strings = p.zip.part(rel.target)
	}
	parts := p.unread(strings)
	var found []*finding.Finding
	var beside sync.WaitGroup
	beside.Go(func() {
		z := newInflater(p.zip.in)
		defer z.free()
		found = settle(z, parts)
	})
	ok := p.stringsOf(rels, from)
	beside.Wait()
	for _, bad := range found {
		if bad != nil {
			p.add(bad)
		}
	}
	return ok && !p.finds.Refused()
}

func (p *packageReader) read() bool {
	types, ok := p.contentTypes()
	if !ok {
		return false
	}
	root, ok := p.relations("")
	if !ok {
		return false
	}
	main := one(root, "officeDocument")
	if main == nil || main.external {
		p.add(refusal("package-rels", "_rels/.rels", "没有指向工作簿的关系", resave))
		return false
	}
	if what := otherDocument(types[strings.ToLower(main.target)]); what != "" {
		p.add(refusal("not-a-workbook", main.target, "这是"+what+"，不是 .xlsx 表格", resave))
		return false
	}
	sheets, ok := p.workbook(main.target)
	if !ok {
		return false
	}
	rels, ok := p.relations(main.target)
	if !ok {
		return false
	}
	readStrings := p.stringsOf
	if p.visit != nil {
		readStrings = p.stringsBeside
	}
	if !p.stylesOf(rels, main.target) || !readStrings(rels, main.target) {
		return false
	}
	p.book.Macros = one(rels, "vbaProject") != nil || one(rels, "xlMacrosheet") != nil || one(rels, "xlIntlMacrosheet") != nil
	p.properties(root)
	p.sheets(sheets, rels, main.target)
	return !p.full()
}

// otherDocument names the office document that a main part's content type
// belongs to; "" when it is a workbook or the type says nothing.
func otherDocument(kind string) string {
	switch {
	case strings.Contains(kind, "wordprocessingml"):
		return " Word 文档"
	case strings.Contains(kind, "presentationml"):
		return "演示文稿"
	case strings.Contains(kind, "sheet.binary"):
		return "二进制工作簿（.xlsb）"
	}
	return ""
}

// one is the first relation of a kind; nil when there is none.
func one(rels []relation, kind string) *relation {
	for i := range rels {
		if rels[i].kind == kind {
			return &rels[i]
		}
	}
	return nil
}

// xml opens a part for reading. done must be called when the part was read: it
// says what is wrong with the part, and prefers a damaged part over the XML
// error that the damage causes.
func (p *packageReader) xml(name string, unbound space) (x *xmlReader, done func() *finding.Finding, bad *finding.Finding) {
	part := p.zip.part(name)
	if part == nil {
		return nil, nil, refusal("package-rels", name, "文件内缺少这个部件", resave)
	}
	x = &xmlReader{part: part.name, lim: &p.lim, unbound: unbound, def: unbound}
	if part.size <= wholePart {
		if x.buf, x.last = part.whole, true; x.buf == nil {
			if p.z.buf, bad = p.z.whole(part, p.z.buf); bad != nil {
				return nil, nil, bad
			}
			x.buf = p.z.buf
		}
		bad = x.mark()
		return x, func() *finding.Finding { return x.err }, bad
	}
	s := p.z.start(part)
	x.more = s.more
	if x.buf, x.last, bad = s.more(nil); bad == nil && wideOrder(x.buf) != nil {
		// UTF-16 is rare: such a part is inflated to its end before it is converted.
		all := append(make([]byte, 0, part.size), x.buf...)
		for !x.last && bad == nil {
			var win []byte
			win, x.last, bad = s.more(nil)
			all = append(all, win...)
		}
		x.buf = all
	}
	if bad == nil {
		bad = x.mark()
	}
	if bad != nil {
		s.close()
		return nil, nil, bad
	}
	return x, func() *finding.Finding {
		defer s.close()
		if p.stopped {
			return nil
		}
		if bad := s.drain(); bad != nil {
			return bad
		}
		return x.err
	}, nil
}

// wideOrder is the byte order of a part in UTF-16; nil when it is not.
func wideOrder(b []byte) func([]byte) uint16 {
	if len(b) < 4 {
		return nil
	}
	switch {
	case b[0] == 0xFF && b[1] == 0xFE, b[0] == '<' && b[1] == 0:
		return le.Uint16
	case b[0] == 0xFE && b[1] == 0xFF, b[0] == 0 && b[1] == '<':
		return func(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
	}
	return nil
}

// mark passes the byte order mark, and converts UTF-16.
func (x *xmlReader) mark() *finding.Finding {
	if order := wideOrder(x.buf); order != nil {
		out, ok := fromUTF16(x.buf, order)
		if !ok {
			return refusal("package-xml", x.part, "UTF-16 编码错误", resave)
		}
		x.buf = out
	}
	if len(x.buf) >= 3 && string(x.buf[:3]) == "\uFEFF" {
		x.pos = 3
	}
	return nil
}

// fromUTF16 converts to UTF-8; false for odd length or a lone surrogate.
func fromUTF16(b []byte, order func([]byte) uint16) ([]byte, bool) {
	if len(b)%2 != 0 {
		return nil, false
	}
	out := make([]byte, 0, len(b)+len(b)/2)
	for i := 0; i < len(b); i += 2 {
		c := rune(order(b[i:]))
		if utf16.IsSurrogate(c) {
			if i += 2; i >= len(b) {
				return nil, false
			}
			if c = utf16.DecodeRune(c, rune(order(b[i:]))); c == utf8.RuneError {
				return nil, false
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return out, true
}

// parse opens a part, checks its root element and lets body read what is in it.
func (p *packageReader) parse(name string, s space, root string, body func(x *xmlReader) bool) bool {
	x, done, bad := p.xml(name, s)
	if bad != nil {
		p.add(bad)
		return false
	}
	ok := x.enter(s, root) && body(x)
	if ok && x.next() != ended {
		ok = false
	}
	if bad := done(); bad != nil {
		p.add(bad)
		return false
	}
	return ok
}

// contentTypes is the content type of each part that has its own, by
// lower-case part name.
func (p *packageReader) contentTypes() (map[string]string, bool) {
	const name = "[Content_Types].xml"
	if p.zip.part(name) == nil {
		p.add(refusal("not-a-workbook", name, "这是压缩包或其他文件，不是 .xlsx 表格（缺少 "+name+"）", "请直接报送 .xlsx 文件，不要压缩"))
		return nil, false
	}
	types := map[string]string{}
	ok := p.parse(name, typeSpace, "Types", func(x *xmlReader) bool {
		return x.children(func() bool {
			if x.space == typeSpace && string(x.name) == "Override" {
				if len(types) >= 4*p.lim.Parts {
					x.err = refusal("package-parts", name, "部件类型过多", resave)
					return false
				}
				types[strings.ToLower(strings.TrimPrefix(string(x.attr("PartName")), "/"))] = string(x.attr("ContentType"))
			}
			return x.leave()
		})
	})
	return types, ok
}

// relations reads the relationships of a part ("" is the package's own), in
// their order. A part without relationships has none.
func (p *packageReader) relations(of string) (rels []relation, ok bool) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if p.zip.part(name) == nil {
		if of == "" {
			p.add(refusal("package-rels", name, "文件内缺少这个部件", resave))
		}
		return nil, of != ""
	}
	seen := map[string]bool{}
	ok = p.parse(name, packageSpace, "Relationships", func(x *xmlReader) bool {
		return x.children(func() bool {
			if x.space != packageSpace || string(x.name) != "Relationship" {
				return x.leave()
			}
			rel := relation{
				id:       string(x.attr("Id")),
				kind:     path.Base(string(x.attr("Type"))),
				target:   string(x.attr("Target")),
				external: string(x.attr("TargetMode")) == "External",
			}
			if rel.id == "" || seen[rel.id] || len(rels) >= 4*p.lim.Parts {
				x.err = refusal("package-rels", name, "关系编号 "+shown(rel.id)+" 缺失、重复或过多", resave)
				return false
			}
			seen[rel.id] = true
			if !rel.external {
				target, ok := resolve(dir, rel.target)
				if !ok {
					x.err = refusal("package-rels", name, "关系目标 "+shown(rel.target)+" 指向文件之外", resave)
					return false
				}
				rel.target = target
			}
			rels = append(rels, rel)
			return x.leave()
		})
	})
	return rels, ok
}

// resolve makes a part name of a relationship's target, which is absolute or
// relative to the folder of the part that has it. A target that leaves the
// package is refused; one that only names a place (#Sheet2!A1) is kept.
func resolve(dir, target string) (string, bool) {
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	if !strings.HasPrefix(target, "/") {
		target = dir + target
	}
	depth := 0
	for seg := range strings.SplitSeq(target, "/") {
		switch seg {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return "", false
			}
		default:
			depth++
		}
	}
	return strings.TrimPrefix(path.Clean("/"+target), "/"), true
}

// properties reads who made the book: the application, else the author. Their
// absence is no finding.
func (p *packageReader) properties(root []relation) {
	read := func(kind string, s space, rootSpace space, rootName, name string) string {
		rel := one(root, kind)
		if rel == nil || rel.external || p.zip.part(rel.target) == nil {
			return ""
		}
		var text []byte
		p.parse(rel.target, rootSpace, rootName, func(x *xmlReader) bool {
			return x.children(func() bool {
				if x.space != s || string(x.name) != name {
					return x.leave()
				}
				var ok bool
				text, ok = x.inner(text[:0])
				return ok
			})
		})
		return strings.ToValidUTF8(strings.TrimSpace(string(text[:min(len(text), 256)])), "")
	}
	p.book.Creator = read("extended-properties", extendedSpace, extendedSpace, "Properties", "Application")
	if p.book.Creator == "" {
		// Core properties stand in a namespace of their own, foreign to us.
		p.book.Creator = read("core-properties", dublinSpace, foreignSpace, "coreProperties", "creator")
	}
}

// A sheetEntry is a sheet as the workbook part lists it.
type sheetEntry struct {
	name, id string
	hidden   bool
}

// workbook reads the workbook part: its sheets, names and date system.
func (p *packageReader) workbook(part string) (sheets []sheetEntry, ok bool) {
	scopes := map[int]int{} // index of name → localSheetId
	ok = p.parse(part, mainSpace, "workbook", func(x *xmlReader) bool {
		return x.children(func() bool {
			switch {
			case x.is("workbookPr"):
				p.book.Date1904 = truth(x.attr("date1904"))
			case x.is("sheets"):
				return x.children(func() bool {
					if !x.is("sheet") {
						return x.leave()
					}
					state := string(x.attr("state"))
					sheets = append(sheets, sheetEntry{string(x.attr("name")), x.id(), state == "hidden" || state == "veryHidden"})
					if len(sheets) > p.lim.Sheets {
						x.err = refusal("sheet-cap", part, fmt.Sprintf("工作表超过 %d 个", p.lim.Sheets), "请只保留需要报送的工作表")
						return false
					}
					return x.leave()
				})
			case x.is("definedNames"):
				return x.children(func() bool { return p.definedName(x, scopes) })
			}
			return x.leave()
		})
	})
	for i := range p.book.Names {
		if at, local := scopes[i]; local && at >= 0 && at < len(sheets) {
			p.book.Names[i].Scope = sheets[at].name
		}
	}
	return sheets, ok
}

func (p *packageReader) definedName(x *xmlReader, scopes map[int]int) bool {
	if !x.is("definedName") {
		return x.leave()
	}
	n := Name{Name: string(x.attr("name")), Hidden: truth(x.attr("hidden"))}
	if local := x.attr("localSheetId"); local != nil {
		i, ok := parseIndex(local)
		if !ok {
			i = -1
		}
		scopes[len(p.book.Names)] = i
	}
	refers, ok := x.inner(nil)
	if !ok {
		return false
	}
	n.Refers = string(refers)
	if len(p.book.Names) >= p.lim.Names || !p.keep(len(n.Name)+len(refers)) {
		x.err = refusal("sheet-cap", x.part, fmt.Sprintf("定义的名称超过 %d 个或过长", p.lim.Names), "请在“名称管理器”中删除无用的名称")
		return false
	}
	p.book.Names = append(p.book.Names, n)
	return true
}

// sheets reads the worksheets in workbook order. Chart, dialog and macro sheets
// hold no cells and are passed over.
func (p *packageReader) sheets(entries []sheetEntry, rels []relation, from string) {
	names, parts := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		if p.stopped || p.full() {
			return
		}
		at := slices.IndexFunc(rels, func(r relation) bool { return r.id == e.id })
		switch key := strings.ToLower(e.name); {
		case e.name == "" || names[key]:
			p.add(refusal("not-a-workbook", from, "工作表名称 "+shown(e.name)+" 空白或重复", resave))
			continue
		case at < 0 || rels[at].external:
			p.add(inSheet(refusal("package-rels", from, "工作表没有对应的部件", resave), e.name, ""))
			continue
		default:
			names[key] = true
		}
		rel := rels[at]
		if rel.kind != "worksheet" {
			continue
		}
		if key := strings.ToLower(rel.target); parts[key] {
			p.add(inSheet(refusal("package-rels", rel.target, "两个工作表指向同一个部件", resave), e.name, ""))
			continue
		}
		parts[strings.ToLower(rel.target)] = true
		p.sheet(e, rel.target)
	}
	if len(parts) == 0 && !p.finds.Refused() {
		p.add(refusal("not-a-workbook", from, "工作簿中没有工作表", resave))
	}
}

// inSheet adds sheet and cell to a finding.
func inSheet(f *finding.Finding, sheet, cell string) *finding.Finding {
	f.Place.Sheet, f.Place.Cell = sheet, cell
	return f
}

// truth reads an XML boolean.
func truth(b []byte) bool { return string(b) == "1" || string(b) == "true" || string(b) == "on" }

// parseIndex reads a small number without sign.
func parseIndex(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
