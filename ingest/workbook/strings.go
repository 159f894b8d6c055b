package workbook

import (
	"bytes"
	"fmt"
	"strings"
)

// stringsOf reads the shared strings: rich runs are joined, phonetic runs
// (拼音) are left out, white space is kept as it stands.
func (p *packageReader) stringsOf(rels []relation, from string) bool {
	rel := one(rels, "sharedStrings")
	if rel == nil {
		return true
	}
	if rel.external {
		p.add(refusal("package-rels", from, "共享字符串在文件之外", resave))
		return false
	}
	part := p.zip.part(rel.target)
	if part == nil {
		p.add(refusal("package-rels", rel.target, "文件内缺少这个部件", resave))
		return false
	}
	var text strings.Builder
	// Texts are shorter than the part that holds them; a part that lies about its
	// size is refused, and its claim was held against the caps.
	text.Grow(int(min(part.size, p.lim.StringBytes, maxTable)))
	var run []byte
	ok := p.parse(rel.target, mainSpace, "sst", func(x *xmlReader) bool {
		if n, ok := parseIndex(x.attr("uniqueCount")); ok { // only a hint, and often a lie
			p.texts.ends = make([]uint32, 0, min(n, p.lim.Strings, int(part.size)/len("<si/>")))
		}
		for {
			at, n := 0, -1
			if !p.slow {
				at, n = plainString(x)
			}
			if n >= 0 {
				text.Write(x.buf[at : at+n])
			} else {
				switch x.next() {
				case startTag:
					if !x.is("si") {
						if !x.leave() {
							return false
						}
						continue
					}
				case content:
					continue
				case endTag:
					return true
				default:
					return false
				}
				var ok bool
				if run, ok = x.rich(run[:0]); !ok {
					return false
				}
				if run, ok = unescape(run); !ok {
					x.fail(fmt.Sprintf("第 %d 条文字含空字符", len(p.texts.ends)+1))
					return false
				}
				text.Write(run)
			}
			if len(p.texts.ends) >= p.lim.Strings || int64(text.Len()) > min(p.lim.StringBytes, maxTable) {
				x.err = refusal("sheet-cap", x.part, fmt.Sprintf("文字超过 %d 条或 %d 字节", p.lim.Strings, p.lim.StringBytes), "请拆分文件后再报送")
				return false
			}
			p.texts.ends = append(p.texts.ends, uint32(text.Len()))
		}
	})
	p.texts.text = text.String()
	p.kept += int64(text.Len())
	return ok
}

var (
	siOpen  = []byte("<si><t>")
	siKeep  = []byte(`<si><t xml:space="preserve">`)
	siClose = []byte("</t></si>")
)

// plainString passes <si><t>text</t></si> when it stands complete at the
// reader's position and nothing in it needs decoding: at and n are the text's
// place in the window. n is -1 when the general reader must look.
func plainString(x *xmlReader) (at, n int) {
	if x.def != mainSpace || x.empty {
		return 0, -1
	}
	b := x.buf[x.pos:]
	switch {
	case bytes.HasPrefix(b, siOpen):
		at = len(siOpen)
	case bytes.HasPrefix(b, siKeep):
		at = len(siKeep)
	default:
		return 0, -1
	}
	n = bytes.IndexByte(b[at:], '<')
	if n < 0 || n > x.lim.Token || !bytes.HasPrefix(b[at+n:], siClose) {
		return 0, -1
	}
	text := b[at : at+n]
	if f := inspect(text); f&(illegal|entity|carriage|escape) != 0 || f&wide != 0 && !legalText(text) {
		return 0, -1
	}
	at += x.pos
	x.pos = at + n + len(siClose)
	return at, n
}

// rich appends the text of an <si>, <is> or <text> whose start tag was just
// read: its own <t> and those of its runs, not those of phonetic runs.
func (x *xmlReader) rich(dst []byte) ([]byte, bool) {
	ok := x.children(func() (ok bool) {
		switch {
		case x.is("t"):
			dst, ok = x.inner(dst)
			return ok
		case x.is("r"):
			return x.children(func() (ok bool) {
				if !x.is("t") {
					return x.leave()
				}
				dst, ok = x.inner(dst)
				return ok
			})
		}
		return x.leave()
	})
	return dst, ok
}
