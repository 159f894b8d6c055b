package receipt

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A document is an XML part under edit: bytes go in and out at the places of
// its elements, and everything else stays as it was written.
type document struct {
	name     string
	data     []byte
	elements []element // in order of their start
	edits    []edit
}

// An element is where an element stands in its document.
type element struct {
	name       string // as written, with a prefix
	depth      int    // 0 is the root
	attrs      []xml.Attr
	from, body int // start of the start tag, and behind it
	close, to  int // start of the end tag, and behind it; both body's when there is none
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if qualified(a.Name) == name {
			return a.Value
		}
	}
	return ""
}

// qualified is a name as it is written: RawToken keeps the prefix as the space.
func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// An edit replaces the bytes from…to.
type edit struct {
	from, to int
	text     string
}

// parse finds the elements of a part.
func parse(name string, data []byte) (*document, error) {
	d := &document{name: name, data: data}
	dec := xml.NewDecoder(bytes.NewReader(data))
	var stack []int
	for {
		from := int(dec.InputOffset())
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, notCarried(fmt.Sprintf("part %s: %v", name, err))
		}
		at := int(dec.InputOffset())
		switch t := tok.(type) {
		case xml.StartElement:
			stack = append(stack, len(d.elements))
			d.elements = append(d.elements, element{
				name: qualified(t.Name), depth: len(stack) - 1, attrs: slices.Clone(t.Attr), from: from, body: at,
			})
		case xml.EndElement:
			if len(stack) == 0 || d.elements[stack[len(stack)-1]].name != qualified(t.Name) {
				return nil, notCarried("part " + name + ": tags do not match")
			}
			e := &d.elements[stack[len(stack)-1]]
			e.close, e.to = from, at
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 || len(d.elements) == 0 {
		return nil, notCarried("part " + name + " is not whole")
	}
	return d, nil
}

func (d *document) root() element { return d.elements[0] }

// child finds the first element of a name directly under the root.
func (d *document) child(name string) (element, bool) {
	for _, e := range d.elements {
		if e.depth == 1 && e.name == name {
			return e, true
		}
	}
	return element{}, false
}

// within lists the elements directly inside another.
func (d *document) within(outer element) (all []element) {
	for _, e := range d.elements {
		if e.depth == outer.depth+1 && e.from >= outer.body && e.to <= outer.close {
			all = append(all, e)
		}
	}
	return all
}

func (d *document) replace(from, to int, text string) {
	d.edits = append(d.edits, edit{from, to, text})
}

func (d *document) insert(at int, text string) { d.replace(at, at, text) }

func (d *document) remove(e element) { d.replace(e.from, e.to, "") }

// fill puts text at the end of an element, <e/> becoming <e>text</e>.
func (d *document) fill(e element, text string) {
	if e.close > e.body || !bytes.HasSuffix(d.data[e.from:e.body], []byte("/>")) {
		d.insert(e.close, text)
		return
	}
	d.replace(e.body-2, e.body, ">"+text+"</"+e.name+">")
}

// setAttr changes, adds or (with "") takes away an attribute of a start tag.
func (d *document) setAttr(e element, name, value string) {
	tag := string(d.data[e.from:e.body])
	if from, to, ok := attrAt(tag, name); ok {
		text := ""
		if value != "" {
			text = " " + name + `="` + escape(value) + `"`
		}
		d.replace(e.from+from, e.from+to, text)
	} else if value != "" {
		at := e.from + 1 + len(e.name)
		d.insert(at, " "+name+`="`+escape(value)+`"`)
	}
}

// attrAt finds an attribute in a tag, the white space before it included.
func attrAt(tag, name string) (from, to int, ok bool) {
	for i := 1; ; {
		j := strings.Index(tag[min(i, len(tag)):], name)
		if j < 0 {
			return 0, 0, false
		}
		i += j
		eq := i + len(name)
		for eq < len(tag) && strings.ContainsRune(" \t\r\n", rune(tag[eq])) {
			eq++
		}
		if strings.ContainsRune(" \t\r\n", rune(tag[i-1])) && eq < len(tag) && tag[eq] == '=' && inTag(tag[:i]) {
			q := eq + 1
			for q < len(tag) && strings.ContainsRune(" \t\r\n", rune(tag[q])) {
				q++
			}
			end := strings.IndexByte(tag[q+1:], tag[q])
			if end < 0 {
				return 0, 0, false
			}
			for strings.ContainsRune(" \t\r\n", rune(tag[i-1])) {
				i--
			}
			return i, q + 1 + end + 1, true
		}
		i += len(name)
	}
}

// inTag reports whether a place in a tag is outside of its quoted values.
func inTag(before string) bool {
	var quote rune
	for _, c := range before {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote == 0
}

// bytes is the document with its edits.
func (d *document) bytes() ([]byte, error) {
	// What goes in at a place stands before what is replaced there.
	slices.SortStableFunc(d.edits, func(a, b edit) int {
		return cmp.Or(a.from-b.from, min(a.to-a.from, 1)-min(b.to-b.from, 1))
	})
	var out bytes.Buffer
	at := 0
	for _, e := range d.edits {
		if e.from < at {
			return nil, fmt.Errorf("edit part %s: two edits overlap at %d", d.name, e.from)
		}
		out.Write(d.data[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(d.data[at:])
	return out.Bytes(), nil
}

// escape makes any text fit for XML, in an attribute or between tags. What no
// XML may hold is written as Excel does, _x0007_, and so is what would be read
// as such.
func escape(s string) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '"':
			b.WriteString("&quot;")
		case c == '\n' || c == '\t':
			fmt.Fprintf(&b, "&#%d;", c)
		case c == 0: // no XML holds it, however it is written
		case c == '_' && coded(s[i:]):
			b.WriteString("_x005F_")
		case c < 0x20 || c == 0x7f || c == 0xFFFE || c == 0xFFFF:
			fmt.Fprintf(&b, "_x%04X_", c)
		default:
			b.WriteRune(c) // of invalid UTF-8 the replacement character
		}
	}
	return b.String()
}

// coded reports whether a text begins like _x000D_.
func coded(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
