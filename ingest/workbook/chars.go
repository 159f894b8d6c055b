package workbook

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// What a byte of a text may be, besides plain.
const (
	illegal  = 1 << iota // a control character that XML forbids
	wide                 // part of a multi-byte character
	entity               // &
	carriage             // carriage return
	escape               // _, which may start _x000D_
)

var flagsOf = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c == '\r':
			t[c] = carriage
		case c < 0x20 && c != '\t' && c != '\n':
			t[c] = illegal
		case c >= 0x80:
			t[c] = wide
		}
	}
	t['&'], t['_'] = entity, escape
	return t
}()

// inspect tells which kinds of bytes a text holds.
func inspect(b []byte) (flags uint8) {
	for _, c := range b {
		flags |= flagsOf[c]
	}
	return flags
}

// legalText reports whether a text is UTF-8 without the two non-characters that
// XML forbids.
func legalText(b []byte) bool {
	return utf8.Valid(b) && !bytes.Contains(b, []byte("\uFFFE")) && !bytes.Contains(b, []byte("\uFFFF"))
}

// nameByte tells which bytes may stand in a name (1) and begin one (2).
var nameByte = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c == ':', c >= 0x80:
			t[c] = 3
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = 1
		}
	}
	return t
}()

// nameLen is the length of the XML name at the start of b. A name that ends
// with b counts: the tag is then incomplete for another reason.
func nameLen(b []byte) int {
	if len(b) == 0 || nameByte[b[0]]&2 == 0 {
		return 0
	}
	n := 1
	for n < len(b) && nameByte[b[n]] != 0 {
		n++
	}
	return n
}

// split takes a name apart at its colon.
func split(qname []byte) (prefix, local []byte) {
	if before, after, ok := bytes.Cut(qname, []byte{':'}); ok {
		return before, after
	}
	return nil, qname
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func blank(b []byte) bool { return len(trim(b)) == 0 }

// trim removes XML's white space, which does not include wide spaces.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// entityRune reads the entity reference at the start of b; n is 0 for one that
// is not XML's own, and for characters that XML forbids.
func entityRune(b []byte) (r rune, n int) {
	n = bytes.IndexByte(b[:min(len(b), 12)], ';') + 1
	if n < 3 {
		return 0, 0
	}
	switch name := string(b[1 : n-1]); {
	case name == "lt":
		return '<', n
	case name == "gt":
		return '>', n
	case name == "amp":
		return '&', n
	case name == "quot":
		return '"', n
	case name == "apos":
		return '\'', n
	case name[0] == '#':
		base, digits := 10, name[1:]
		if len(digits) > 0 && digits[0] == 'x' {
			base, digits = 16, digits[1:]
		}
		v, err := strconv.ParseUint(digits, base, 32)
		if err != nil || !legalRune(rune(v)) {
			return 0, 0
		}
		return rune(v), n
	}
	return 0, 0
}

func legalRune(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0xD800 && r < 0xE000, r == 0xFFFE, r == 0xFFFF, r > utf8.MaxRune:
		return false
	}
	return true
}

// encodingOf is the encoding that an XML declaration names; "" when it names none.
func encodingOf(decl []byte) string {
	_, after, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return ""
	}
	rest := trim(after)
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = trim(rest[1:])
	if len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	end := bytes.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return ""
	}
	return string(rest[1 : 1+end])
}

// knownEncoding accepts what the bytes can be: parts in UTF-16 were converted
// by their byte order before the declaration was read.
func knownEncoding(name string) bool {
	switch string(bytes.ToLower([]byte(name))) {
	case "", "utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be":
		return true
	}
	return false
}

// unescape replaces Excel's _x000D_ escapes in b, in place (ECMA-376 part 1,
// ST_Xstring). ok is false for an escaped NUL, which no text may hold. A lone
// surrogate stays as written.
func unescape(b []byte) (out []byte, ok bool) {
	i := bytes.Index(b, []byte("_x"))
	if i < 0 {
		return b, true
	}
	out = b[:i]
	for i < len(b) {
		r, n := escaped(b[i:])
		if n == 0 {
			out = append(out, b[i])
			i++
			continue
		}
		if r == 0 {
			return nil, false
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out, true
}

// escaped reads _xHHHH_, or two of them that make one character.
func escaped(b []byte) (r rune, n int) {
	hex := func(b []byte) (rune, bool) {
		if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
			return 0, false
		}
		v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		return rune(v), err == nil
	}
	r, ok := hex(b)
	if !ok {
		return 0, 0
	}
	if r < 0xD800 || r >= 0xE000 {
		return r, 7
	}
	if lo, ok := hex(b[7:]); ok && r < 0xDC00 && lo >= 0xDC00 && lo < 0xE000 {
		return 0x10000 + (r-0xD800)<<10 + lo - 0xDC00, 14
	}
	return 0, 0
}
