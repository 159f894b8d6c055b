package workbook

import (
	"fmt"
	"strings"
)

// A style is what a cell format says about a value.
type style struct {
	class  Class
	digits uint8
}

// stylesOf reads the cell formats. A book without styles has only General.
func (p *packageReader) stylesOf(rels []relation, from string) bool {
	rel := one(rels, "styles")
	if rel == nil {
		p.styles = []style{{}}
		return true
	}
	if rel.external {
		p.add(refusal("package-rels", from, "样式在文件之外", resave))
		return false
	}
	codes := map[int]style{}
	var ids []int
	ok := p.parse(rel.target, mainSpace, "styleSheet", func(x *xmlReader) bool {
		return x.children(func() bool {
			switch {
			case x.is("numFmts"):
				return x.children(func() bool {
					if id, ok := parseIndex(x.attr("numFmtId")); ok && x.is("numFmt") {
						var s style
						s.class, s.digits = classify(string(x.attr("formatCode")))
						if codes[id] = s; len(codes) > p.lim.Names {
							return p.tooManyStyles(x)
						}
					}
					return x.leave()
				})
			case x.is("cellXfs"):
				return x.children(func() bool {
					if x.is("xf") {
						id, _ := parseIndex(x.attr("numFmtId"))
						if ids = append(ids, id); len(ids) > p.lim.Names {
							return p.tooManyStyles(x)
						}
					}
					return x.leave()
				})
			}
			return x.leave()
		})
	})
	p.styles = make([]style, max(len(ids), 1))
	for i, id := range ids {
		s, custom := codes[id]
		if !custom {
			s = builtin(id)
		}
		p.styles[i] = s
	}
	return ok
}

func (p *packageReader) tooManyStyles(x *xmlReader) bool {
	x.err = refusal("sheet-cap", x.part, fmt.Sprintf("单元格样式超过 %d 种", p.lim.Names), "请把数据粘贴到新工作簿后再报送")
	return false
}

// builtin is a number format that Excel knows by number (ECMA-376 part 1,
// 18.8.30). Of the numbers whose meaning depends on the language, 27–36 and
// 50–58 are dates in Chinese (zh-cn).
func builtin(id int) style {
	switch {
	case id == 1, id == 3, id == 12, id == 13, id == 37, id == 38, id == 41:
		return style{Decimal, 0}
	case id == 2, id == 4, id == 39, id == 40, id == 43:
		return style{Decimal, 2}
	case id == 5, id == 6, id == 42:
		return style{Currency, 0}
	case id == 7, id == 8, id == 44:
		return style{Currency, 2}
	case id == 9:
		return style{Percent, 0}
	case id == 10:
		return style{Percent, 2}
	case id == 11:
		return style{Scientific, 2}
	case id == 48:
		return style{Scientific, 1}
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return style{DateTime, 0}
	case id == 49:
		return style{TextFormat, 0}
	}
	return style{}
}

// classify reads a number format code: what its first section shows, and with
// how many decimals. Text in quotes, escapes, paddings and conditions in
// brackets do not count; [h], [m], [s] and a currency in brackets do.
func classify(code string) (Class, uint8) {
	var f formatScan
	f.section(code)
	switch {
	case f.date || f.era && !f.placeholder:
		return DateTime, 0
	case f.text && !f.placeholder:
		return TextFormat, 0
	case f.percent:
		return Percent, f.digits
	case f.exponent:
		return Scientific, f.digits
	case f.currency:
		return Currency, f.digits
	case f.general:
		return General, 0
	case f.placeholder:
		return Decimal, f.digits
	}
	return General, 0
}

// maxDecimals is more than any number has; Excel shows 30.
const maxDecimals = 99

// A formatScan is what was met in a section of a number format.
type formatScan struct {
	date        bool // y m d h s
	era         bool // a b e g: weekday, Buddhist year, year, era
	text        bool // @
	percent     bool
	exponent    bool
	currency    bool
	general     bool
	placeholder bool // 0 # ?
	digits      uint8
}

func (f *formatScan) section(code string) {
	decimals := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return
			}
			f.money(code[i+1 : i+1+end])
			i += 1 + end
		case '\\', '_', '*':
			if c == '\\' && i+1 < len(code) {
				f.money(code[i+1:])
			}
			i++ // the character after it is shown, skipped or repeated
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return
			}
			f.bracket(code[i+1 : i+end])
			i += end
		case '0', '#', '?':
			f.placeholder = true
			if decimals {
				f.digits = min(f.digits+1, maxDecimals)
			}
		case '.':
			decimals = true
		case '%':
			f.percent = true
		case '@':
			f.text = true
		case 'E', 'e':
			if i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') {
				f.exponent = true
				decimals = false // what follows are digits of the exponent
				i++
			} else {
				f.era = true
			}
		case 'G', 'g':
			if n := generalLen(code[i:]); n > 0 {
				f.general = true
				i += n - 1
			} else {
				f.era = true
			}
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			f.date = true
		case 'a', 'A', 'b', 'B':
			f.era = true
		case '$':
			f.currency = true
		default:
			if c >= 0x80 {
				f.money(code[i:])
			}
		}
	}
}

// generalLen is the length of the word General, or of what WPS and the Chinese
// Excel write for it, at the start of a code.
func generalLen(code string) int {
	for _, word := range []string{"General", "G/通用格式"} {
		if len(code) >= len(word) && strings.EqualFold(code[:len(word)], word) {
			return len(word)
		}
	}
	return 0
}

// money looks for a currency sign at the start of a text.
func (f *formatScan) money(text string) {
	for _, sign := range []string{"¥", "￥", "$", "＄", "€", "£", "₩", "₽"} {
		f.currency = f.currency || strings.HasPrefix(text, sign)
	}
}

// bracket reads [h], [$¥-804], [Red] or [>100].
func (f *formatScan) bracket(in string) {
	switch {
	case in != "" && strings.Trim(in, "hH") == "", in != "" && strings.Trim(in, "mM") == "", in != "" && strings.Trim(in, "sS") == "":
		f.date = true
	case strings.HasPrefix(in, "$"):
		sign, _, _ := strings.Cut(in[1:], "-")
		f.currency = f.currency || sign != ""
	}
}
