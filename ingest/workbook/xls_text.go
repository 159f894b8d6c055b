package workbook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"zhibiao/kpi/finding"
)

// The flags of a Unicode string ([MS-XLS] 2.5.293).
const (
	stringWide  = 1 << iota // two bytes a character
	_                       //
	stringPhone             // phonetic data (拼音) behind it
	stringRich              // formatting runs behind it
)

// A segments reader reads what goes on in CONTINUE records.
type segments struct {
	x    *xlsReader
	cur  []byte
	next int // offset of the record behind cur
}

// more goes to the next CONTINUE record; false when there is none.
func (g *segments) more() bool {
	id, body, after := g.x.record(g.next)
	if id != recContinue || after == 0 {
		return false
	}
	g.cur, g.next = body, after
	return true
}

// bytes reads n bytes into dst; they may stand in several records.
func (g *segments) bytes(dst []byte) bool {
	for len(dst) > 0 {
		if len(g.cur) == 0 && !g.more() {
			return false
		}
		n := copy(dst, g.cur)
		g.cur, dst = g.cur[n:], dst[n:]
	}
	return true
}

func (g *segments) word() (int, bool) {
	var b [2]byte
	ok := g.bytes(b[:])
	return int(le.Uint16(b[:])), ok
}

func (g *segments) long() (int, bool) {
	var b [4]byte
	ok := g.bytes(b[:])
	return int(le.Uint32(b[:])), ok
}

func (g *segments) skip(n int) bool {
	for n > len(g.cur) {
		n -= len(g.cur)
		if !g.more() {
			return false
		}
	}
	g.cur = g.cur[n:]
	return true
}

// chars appends n characters as UTF-8. Where they go on in another record, that
// begins with flags of its own. ok is false when they are cut off; legal is
// false when they are no text: a NUL or half a surrogate pair is among them.
func (g *segments) chars(dst []byte, n int, flags byte) (out []byte, legal, ok bool) {
	legal = true
	var high rune // first half of a pair
	for n > 0 {
		if len(g.cur) == 0 {
			if !g.more() || len(g.cur) == 0 {
				return dst, legal, false
			}
			flags, g.cur = g.cur[0], g.cur[1:]
			continue
		}
		if flags&stringWide == 0 {
			k := min(n, len(g.cur))
			legal = legal && high == 0
			for _, c := range g.cur[:k] {
				legal = legal && c != 0
				dst = utf8.AppendRune(dst, rune(c))
			}
			g.cur, n = g.cur[k:], n-k
			continue
		}
		k := min(n, len(g.cur)/2)
		if k == 0 {
			return dst, legal, false // half a character
		}
		for i := range k {
			c := rune(le.Uint16(g.cur[2*i:]))
			switch {
			case high != 0:
				if c = utf16.DecodeRune(high, c); c == utf8.RuneError {
					legal = false
				}
				high = 0
				dst = utf8.AppendRune(dst, c)
			case c >= 0xD800 && c < 0xDC00:
				high = c
			default:
				legal = legal && legalWide(c)
				dst = utf8.AppendRune(dst, c)
			}
		}
		g.cur, n = g.cur[2*k:], n-k
	}
	return dst, legal && high == 0, true
}

// legalWide reports a UTF-16 unit that is a character by itself.
func legalWide(c rune) bool {
	return c != 0 && (c < 0xD800 || c >= 0xE000) && c < 0xFFFD
}

// text appends a string of n characters with its flags, and passes its runs
// and phonetic data.
func (g *segments) text(dst []byte, n int) (out []byte, legal, ok bool) {
	var flags [1]byte
	if ok = g.bytes(flags[:]); !ok {
		return dst, false, false
	}
	runs, phone := 0, 0
	if flags[0]&stringRich != 0 {
		if runs, ok = g.word(); !ok {
			return dst, false, false
		}
	}
	if flags[0]&stringPhone != 0 {
		if phone, ok = g.long(); !ok {
			return dst, false, false
		}
	}
	if dst, legal, ok = g.chars(dst, n, flags[0]); !ok {
		return dst, false, false
	}
	return dst, legal, g.skip(4*runs) && g.skip(phone)
}

// strings reads the shared strings. A string that is no text is remembered and
// reported with the first cell that shows it.
func (x *xlsReader) strings(body []byte, next int) *finding.Finding {
	g := &segments{x: x, cur: body, next: next}
	_, ok1 := g.long()
	n, ok2 := g.long()
	if !ok1 || !ok2 || x.texts.ends != nil {
		return x.broken("", "", "文字表错误")
	}
	size := len(body)
	for at := next; ; {
		id, more, after := x.record(at)
		if id != recContinue || after == 0 {
			break
		}
		size, at = size+len(more), after
	}
	var all strings.Builder
	all.Grow(size) // most texts are Chinese: two bytes here, three there
	x.texts.ends = make([]uint32, 0, min(n, size/3, x.lim.Strings))
	var one []byte
	for i := range n {
		cch, ok := g.word()
		if !ok && len(g.cur) == 0 {
			break // fewer than announced: a cell that wants more is reported
		}
		legal := false
		if ok {
			one, legal, ok = g.text(one[:0], cch)
		}
		if !ok {
			return x.broken("", "", fmt.Sprintf("第 %d 条文字被截断", i+1))
		}
		if !legal {
			x.spoiled[i] = true
		}
		all.Write(one)
		if len(x.texts.ends) >= x.lim.Strings || int64(all.Len()) > min(x.lim.StringBytes, maxTable) {
			return refusal("sheet-cap", x.part, fmt.Sprintf("文字超过 %d 条或 %d 字节", x.lim.Strings, x.lim.StringBytes), "请拆分文件后再报送")
		}
		x.texts.ends = append(x.texts.ends, uint32(all.Len()))
	}
	x.texts.text = all.String()
	x.kept += int64(all.Len())
	return nil
}

// wideString reads a Unicode string inside one record, whose length stands in
// width bytes before it.
func wideString(b []byte, width int) (string, bool) {
	if len(b) < width+1 {
		return "", false
	}
	n := int(b[0])
	if width == 2 {
		n = int(le.Uint16(b))
	}
	return wideChars(b[width:], n)
}

// wideChars reads n characters with their flags inside one record.
func wideChars(b []byte, n int) (string, bool) {
	g := &segments{x: &xlsReader{}, cur: b}
	out, legal, ok := g.text(nil, n)
	return string(out), ok && legal
}

// narrow reads a text of BIFF5, which is in the code page of the machine that
// wrote it. A file that does not say was written by a small program of this
// country.
func (x *xlsReader) narrow(b []byte) (string, bool) {
	if bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	if inspect(b)&wide == 0 {
		return string(b), true
	}
	var enc encoding.Encoding
	switch x.codepage {
	case 0, 936, 10008, 54936:
		enc = simplifiedchinese.GB18030
	case 950, 10002:
		enc = traditionalchinese.Big5
	case 1252, 0x8001, 28591:
		enc = charmap.Windows1252
	case 65001:
		return string(b), legalText(b)
	default:
		return "", false
	}
	out, err := enc.NewDecoder().Bytes(b)
	return string(out), err == nil && !bytes.Contains(out, []byte("\uFFFD"))
}
