package workbook

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"zhibiao/kpi/finding"
)

// A tokenKind is what the XML reader stands on.
type tokenKind uint8

const (
	incomplete tokenKind = iota
	startTag             // name, space, attrs
	endTag               // name, space
	content              // text, decoded
	skipped              // a comment or a processing instruction
	ended                // after the root element
	broken               // err says why
)

// An xmlReader reads one part, tag by tag, from a window that slides over the
// part. Names and texts are slices of the window: they are valid until the next
// call of next. It checks that the part is well formed, resolves namespaces,
// refuses a DTD, and knows no entity but XML's five.
type xmlReader struct {
	part string
	lim  *Limits
	more func(tail []byte) ([]byte, bool, *finding.Finding) // nil when the window is all
	buf  []byte
	pos  int  // of the first unread byte
	past int  // bytes of the part before the window
	last bool // nothing follows the window

	open    []element
	names   []byte // names of the open elements, as written
	binds   []binding
	root    bool  // the root element was seen
	empty   bool  // the start tag just read was <a/>
	unbound space // what a name without prefix and without xmlns means
	def     space // what a name without prefix means now

	space   space
	name    []byte // without prefix
	attrs   []attribute
	text    []byte
	scratch []byte
	err     *finding.Finding
}

type element struct {
	name  int // where its name starts in names
	local int // where the name without prefix starts
	binds int // bindings outside of it
	space space
	def   space // outside of it
}

type binding struct {
	prefix string
	space  space
}

type attribute struct{ prefix, name, value []byte }

const maxAttrs = 128

// A space is a namespace that we know; all others are foreign.
type space uint8

const (
	foreignSpace  space = iota
	mainSpace           // SpreadsheetML
	relSpace            // r:id
	packageSpace        // relationships parts
	typeSpace           // [Content_Types].xml
	extendedSpace       // docProps/app.xml
	dublinSpace         // dc:creator
	compatSpace         // mc:AlternateContent
)

// spaceOf knows the transitional and the strict names of a namespace.
func spaceOf(uri []byte) space {
	switch string(uri) {
	case "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
		"http://purl.oclc.org/ooxml/spreadsheetml/main":
		return mainSpace
	case "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
		"http://purl.oclc.org/ooxml/officeDocument/relationships":
		return relSpace
	case "http://schemas.openxmlformats.org/package/2006/relationships":
		return packageSpace
	case "http://schemas.openxmlformats.org/package/2006/content-types":
		return typeSpace
	case "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
		"http://purl.oclc.org/ooxml/officeDocument/extendedProperties":
		return extendedSpace
	case "http://purl.org/dc/elements/1.1/":
		return dublinSpace
	case "http://schemas.openxmlformats.org/markup-compatibility/2006":
		return compatSpace
	}
	return foreignSpace
}

// next moves to the next token that is not a comment.
func (x *xmlReader) next() tokenKind {
	if x.err != nil {
		return broken
	}
	if x.empty {
		x.empty = false
		x.pop()
		return endTag
	}
	for {
		start := x.pos
		k := x.token()
		if x.pos-start > x.lim.Token {
			return x.tooLong()
		}
		switch {
		case k == skipped:
		case k != incomplete:
			return k
		case !x.grow():
			return broken
		}
	}
}

// grow slides the window on; false when the part ends inside a token.
func (x *xmlReader) grow() bool {
	switch {
	case x.err != nil:
		return false
	case x.last:
		x.fail("内容被截断")
		return false
	case len(x.buf)-x.pos > x.lim.Token:
		x.tooLong()
		return false
	}
	win, last, bad := x.more(x.buf[x.pos:])
	if bad != nil {
		x.err = bad
		return false
	}
	x.past += x.pos
	x.buf, x.pos, x.last = win, 0, last
	return true
}

func (x *xmlReader) tooLong() tokenKind {
	return x.fail(fmt.Sprintf("单个标记或文本超过 %d 字节", x.lim.Token))
}

// fail records why the part is no well-formed XML.
func (x *xmlReader) fail(why string) tokenKind {
	if x.err == nil {
		x.err = refusal("package-xml", x.part, "XML 内容错误："+why, transport)
	}
	return broken
}

// token reads one token at pos, or nothing when the window ends inside it.
func (x *xmlReader) token() tokenKind {
	b := x.buf[x.pos:]
	switch {
	case len(b) == 0 && !x.last:
		return incomplete
	case len(b) == 0 && (len(x.open) > 0 || !x.root):
		return x.fail("内容被截断")
	case len(b) == 0:
		return ended
	case b[0] != '<':
		return x.characters(b)
	case len(b) < 2:
		return incomplete
	case b[1] == '/':
		return x.closing(b)
	case b[1] == '?':
		return x.instruction(b)
	case b[1] == '!':
		return x.declaration(b)
	}
	return x.opening(b)
}

func (x *xmlReader) characters(b []byte) tokenKind {
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		if !x.last {
			return incomplete
		}
		i = len(b)
	}
	x.scratch = x.scratch[:0]
	text, ok := x.decode(b[:i])
	if !ok {
		return broken
	}
	if len(x.open) == 0 {
		if !blank(text) {
			return x.fail("根元素之外有文字")
		}
		x.pos += i
		return skipped
	}
	x.text = text
	x.pos += i
	return content
}

func (x *xmlReader) closing(b []byte) tokenKind {
	i := bytes.IndexByte(b, '>')
	if i < 0 {
		return incomplete
	}
	if len(x.open) == 0 {
		return x.fail("多出结束标签")
	}
	name := b[2:i]
	for len(name) > 0 && isSpace(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	if !bytes.Equal(name, x.names[x.open[len(x.open)-1].name:]) {
		return x.fail(fmt.Sprintf("结束标签 %s 与开始标签不符", shown(string(name))))
	}
	x.pos += i + 1
	x.pop()
	return endTag
}

// pop leaves the innermost element; its name stays readable.
func (x *xmlReader) pop() {
	e := &x.open[len(x.open)-1]
	x.space, x.name = e.space, x.names[e.local:]
	x.names = x.names[:e.name]
	x.binds = x.binds[:e.binds]
	x.def = e.def
	x.open = x.open[:len(x.open)-1]
}

func (x *xmlReader) instruction(b []byte) tokenKind {
	before, _, ok := bytes.Cut(b, []byte("?>"))
	if !ok {
		return incomplete
	}
	if bytes.HasPrefix(b, []byte("<?xml")) && len(b) > 5 && isSpace(b[5]) {
		if x.root || len(x.open) > 0 {
			return x.fail("XML 声明不在开头")
		}
		if enc := encodingOf(before); !knownEncoding(enc) {
			return x.fail("字符编码 " + shown(enc) + " 不能读取")
		}
	}
	return x.skip(before, 2)
}

// skip passes a comment or an instruction, whose characters must be legal too.
func (x *xmlReader) skip(body []byte, end int) tokenKind {
	if f := inspect(body); f&illegal != 0 || f&wide != 0 && !legalText(body) {
		return x.fail("含非法字符")
	}
	x.pos += len(body) + end
	return skipped
}

func (x *xmlReader) declaration(b []byte) tokenKind {
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		i := bytes.Index(b[4:], []byte("-->"))
		if i < 0 {
			return incomplete
		}
		return x.skip(b[:4+i], 3)
	case bytes.HasPrefix(b, []byte("<![CDATA[")) && len(x.open) > 0:
		i := bytes.Index(b, []byte("]]>"))
		if i < 0 {
			return incomplete
		}
		text := b[9:i]
		if f := inspect(text); f&illegal != 0 || f&wide != 0 && !legalText(text) {
			return x.fail("含非法字符")
		}
		x.text = text
		x.pos += i + 3
		return content
	case len(b) < 9:
		return incomplete
	case bytes.EqualFold(b[:9], []byte("<!DOCTYPE")):
		x.err = refusal("package-dtd", x.part, "含 DOCTYPE 声明，一律不读", resave)
		return broken
	}
	return x.fail("含不允许的声明")
}

// opening reads a start tag.
func (x *xmlReader) opening(b []byte) tokenKind {
	n := nameLen(b[1:])
	if n == 0 {
		return x.fail("标签名错误")
	}
	i := 1 + n
	qname := b[1:i]
	x.attrs, x.scratch = x.attrs[:0], x.scratch[:0]
	bound := false
	for {
		gap := i
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return incomplete
		}
		if b[i] == '>' {
			i++
			break
		}
		if b[i] == '/' {
			if i+1 >= len(b) {
				return incomplete
			}
			if b[i+1] != '>' {
				return x.fail("标签语法错误")
			}
			x.empty = true
			i += 2
			break
		}
		if gap == i {
			return x.fail("标签语法错误")
		}
		a, n, k := x.attribute(b[i:])
		if k != startTag {
			return k
		}
		i += n
		bound = bound || string(a.prefix) == "xmlns" || len(a.prefix) == 0 && string(a.name) == "xmlns"
		x.attrs = append(x.attrs, a)
	}
	if len(x.open) == 0 && x.root {
		return x.fail("有两个根元素")
	}
	if len(x.open) >= x.lim.Depth {
		return x.fail(fmt.Sprintf("元素嵌套超过 %d 层", x.lim.Depth))
	}
	x.root = true
	x.pos += i
	return x.push(qname, bound)
}

// attribute reads name="value" at the start of b; n bytes long.
func (x *xmlReader) attribute(b []byte) (a attribute, n int, k tokenKind) {
	n = nameLen(b)
	if n == 0 {
		return a, 0, x.fail("属性名错误")
	}
	a.prefix, a.name = split(b[:n])
	for n < len(b) && isSpace(b[n]) {
		n++
	}
	if n >= len(b) {
		return a, 0, incomplete
	}
	if b[n] != '=' {
		return a, 0, x.fail("属性缺少等号")
	}
	n++
	for n < len(b) && isSpace(b[n]) {
		n++
	}
	if n >= len(b) {
		return a, 0, incomplete
	}
	quote := b[n]
	if quote != '"' && quote != '\'' {
		return a, 0, x.fail("属性值缺少引号")
	}
	n++
	end := bytes.IndexByte(b[n:], quote)
	if end < 0 {
		return a, 0, incomplete
	}
	value, ok := x.decode(b[n : n+end])
	if !ok || bytes.IndexByte(b[n:n+end], '<') >= 0 {
		return a, 0, x.fail("属性值含非法字符")
	}
	a.value = value
	if len(x.attrs) >= maxAttrs {
		return a, 0, x.fail(fmt.Sprintf("属性超过 %d 个", maxAttrs))
	}
	for i := range x.attrs {
		if bytes.Equal(x.attrs[i].name, a.name) && bytes.Equal(x.attrs[i].prefix, a.prefix) {
			return a, 0, x.fail("属性 " + shown(string(a.name)) + " 重复")
		}
	}
	return a, n + end + 1, startTag
}

// push enters the element whose start tag was read.
func (x *xmlReader) push(qname []byte, bound bool) tokenKind {
	prefix, local := split(qname)
	e := element{name: len(x.names), binds: len(x.binds), def: x.def}
	if bound {
		for _, a := range x.attrs {
			switch {
			case string(a.prefix) == "xmlns":
				x.binds = append(x.binds, binding{string(a.name), spaceOf(a.value)})
			case len(a.prefix) == 0 && string(a.name) == "xmlns":
				if x.def = x.unbound; len(a.value) > 0 {
					x.def = spaceOf(a.value)
				}
			}
		}
	}
	e.space = x.def
	if len(prefix) > 0 {
		s, ok := x.resolve(prefix)
		if !ok {
			return x.fail("命名空间前缀 " + shown(string(prefix)) + " 未声明")
		}
		e.space = s
	}
	x.names = append(x.names, qname...)
	e.local = len(x.names) - len(local)
	x.open = append(x.open, e)
	x.space, x.name = e.space, local
	return startTag
}

func (x *xmlReader) resolve(prefix []byte) (space, bool) {
	for _, v := range slices.Backward(x.binds) {
		if v.prefix == string(prefix) {
			return v.space, true
		}
	}
	return foreignSpace, string(prefix) == "xml"
}

// is reports whether the tag is that element of SpreadsheetML.
func (x *xmlReader) is(name string) bool {
	return x.space == mainSpace && string(x.name) == name
}

// attr is the value of an attribute without prefix; nil when it is not there.
func (x *xmlReader) attr(name string) []byte {
	for i := range x.attrs {
		if len(x.attrs[i].prefix) == 0 && string(x.attrs[i].name) == name {
			return x.attrs[i].value
		}
	}
	return nil
}

// id is the value of the attribute r:id, whatever r is called.
func (x *xmlReader) id() string {
	for i := range x.attrs {
		if string(x.attrs[i].name) == "id" && len(x.attrs[i].prefix) > 0 {
			if s, _ := x.resolve(x.attrs[i].prefix); s == relSpace {
				return string(x.attrs[i].value)
			}
		}
	}
	return ""
}

// leave passes the rest of the element whose start tag was just read.
func (x *xmlReader) leave() bool {
	for depth := len(x.open); ; {
		switch x.next() {
		case endTag:
			if len(x.open) < depth {
				return true
			}
		case broken, ended:
			return false
		}
	}
}

// children calls each for every child element; each must read its element to
// the end. It stops at the end of the element whose start tag was just read.
func (x *xmlReader) children(each func() bool) bool {
	for {
		switch x.next() {
		case startTag:
			if !each() {
				return false
			}
		case endTag:
			return true
		case broken, ended:
			return false
		}
	}
}

// inner appends the text of the element whose start tag was just read to dst
// and passes its end. Elements inside are passed over.
func (x *xmlReader) inner(dst []byte) ([]byte, bool) {
	for {
		switch x.next() {
		case content:
			dst = append(dst, x.text...)
		case startTag:
			if !x.leave() {
				return dst, false
			}
		case endTag:
			return dst, true
		default:
			return dst, false
		}
	}
}

// enter reads to the start tag of the root element and checks what it is.
func (x *xmlReader) enter(s space, name string) bool {
	if x.next() != startTag {
		return false
	}
	if x.space != s || string(x.name) != name {
		x.fail(fmt.Sprintf("根元素是 %s，应为 %s", shown(string(x.name)), name))
		return false
	}
	return true
}

// decode checks the characters of a text or attribute value and replaces its
// entities and line ends. The result may be a slice of the window.
func (x *xmlReader) decode(b []byte) ([]byte, bool) {
	f := inspect(b)
	if f&illegal != 0 || f&wide != 0 && !legalText(b) {
		x.fail("含非法字符")
		return nil, false
	}
	if f&(entity|carriage) == 0 {
		return b, true
	}
	at := len(x.scratch)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '&':
			r, n := entityRune(b[i:])
			if n == 0 {
				x.fail("实体引用错误")
				return nil, false
			}
			x.scratch = utf8.AppendRune(x.scratch, r)
			i += n - 1
		case '\r':
			x.scratch = append(x.scratch, '\n')
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		default:
			x.scratch = append(x.scratch, b[i])
		}
	}
	return x.scratch[at:], true
}
