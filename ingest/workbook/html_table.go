package workbook

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (h *htmlReader) beginRow(attrs htmlAttrs) bool {
	if !h.within {
		return h.fail("html-table", "表格行不在表格中")
	}
	h.inRow = true
	h.at = Ref{0, h.at.Row + 1}
	if h.at.Row > min(h.lim.Rows, MaxRow) {
		h.at.Col = 1
		return h.fail("sheet-cap", fmt.Sprintf("行数超过上限 %d 行", h.lim.Rows))
	}
	if hidden(attrs) {
		h.sheet.HiddenRows = marked(h.sheet.HiddenRows, h.at.Row)
	}
	return true
}

func (h *htmlReader) endRow() bool {
	if !h.endCell() {
		return false
	}
	h.inRow = false
	return true
}

// endTable cuts the cells that reach below the table's last row.
func (h *htmlReader) endTable() bool {
	if !h.endRow() {
		return false
	}
	if !h.within {
		return true
	}
	h.within = false
	kept := h.sheet.Merged[:h.merged]
	for _, g := range h.sheet.Merged[h.merged:] {
		if g.To.Row = min(g.To.Row, h.at.Row); g.From != g.To {
			kept = append(kept, g)
		}
	}
	h.sheet.Merged = kept
	return true
}

// beginCell finds the place of a cell: the next column that no cell from the
// rows above reaches into.
func (h *htmlReader) beginCell(attrs htmlAttrs) bool {
	if !h.endCell() || !h.inRow && !h.beginRow(nil) {
		return false
	}
	if hidden(attrs) {
		return h.fail("html-table", "有隐藏的单元格，无法确定各列的位置")
	}
	col := h.at.Col + 1
	for col < len(h.until) && h.until[col] >= h.at.Row {
		col++
	}
	h.at.Col = col
	c := &htmlCell{attrs: attrs, cols: spanned(attrs["colspan"]), rows: spanned(attrs["rowspan"])}
	c.rows = min(c.rows, MaxRow-h.at.Row+1)
	last := Ref{min(col+c.cols-1, MaxCol+1), h.at.Row}
	if !h.fits(last) {
		return false
	}
	for len(h.until) <= last.Col {
		h.until = append(h.until, 0)
	}
	for i := col; i <= last.Col; i++ {
		if h.until[i] >= h.at.Row {
			return h.fail("html-table", "合并的单元格相互重叠")
		}
		h.until[i] = h.at.Row + c.rows - 1
	}
	if c.cols > 1 || c.rows > 1 {
		if len(h.sheet.Merged) >= h.lim.Merged {
			return h.fail("sheet-cap", fmt.Sprintf("合并区域超过 %d 个", h.lim.Merged))
		}
		h.sheet.Merged = append(h.sheet.Merged, Range{h.at, Ref{last.Col, h.at.Row + c.rows - 1}})
	}
	h.cell = c
	return true
}

// fits holds a place against the caps.
func (h *htmlReader) fits(at Ref) bool {
	switch {
	case at.Col > h.lim.Cols:
		return h.fail("sheet-cap", fmt.Sprintf("列数超过上限 %d 列", h.lim.Cols))
	case at.Row > min(h.lim.Rows, MaxRow):
		return h.fail("sheet-cap", fmt.Sprintf("行数超过上限 %d 行", h.lim.Rows))
	}
	return true
}

// endCell types the cell that is open and keeps it.
func (h *htmlReader) endCell() bool {
	c := h.cell
	if c == nil {
		return true
	}
	h.cell = nil
	text := tidy(c.text)
	to := Cell{Ref: h.at}
	st := h.styleOf(c.attrs)
	to.Class, to.Digits = st.class, st.digits
	fx, computed := c.attrs["x:fmla"]
	to.Formula = strings.TrimPrefix(strings.TrimSpace(fx), "=")
	num, isNumber := c.attrs["x:num"]
	str, isText := c.attrs["x:str"]
	_, isError := c.attrs["x:err"]
	_, isBool := c.attrs["x:bool"]
	if num = strings.TrimSpace(num); num == "" {
		num = text
	}
	switch {
	case text == "" && num == "" && str == "":
	case isError:
		to.Kind, to.Text = Error, text
	case isBool && (strings.EqualFold(text, "TRUE") || strings.EqualFold(text, "FALSE")):
		to.Kind, to.Text = Bool, strings.ToUpper(text)
	case isNumber || !isText && st.class != TextFormat && plainNumber(text):
		f, ok := parseNumber(num)
		if !ok {
			return h.fail("sheet-cell", "不是有效的数值："+shown(num))
		}
		to.Kind, to.Text, to.Number = Number, num, f
		if to.Class == DateTime {
			if t, ok := serialTime(f, false); ok {
				to.Kind, to.Text = Date, string(appendTime(nil, t))
			}
		}
	default:
		to.Kind = Text
		if to.Text = text; str != "" {
			to.Text = str
		}
	}
	to.NoCache = computed && to.Kind == Blank
	if to.Kind == Blank && !computed {
		return true
	}
	for _, t := range []string{to.Text, to.Formula} {
		if inspect([]byte(t))&illegal != 0 || !utf8.ValidString(t) || strings.ContainsRune(t, '\uFFFD') {
			return h.fail("html-table", "含控制字符或无效字符")
		}
	}
	return h.put(to)
}

// put gives a cell to the sheet or the visitor.
func (h *htmlReader) put(c Cell) bool {
	if h.cells++; h.cells > h.lim.Cells {
		return h.fail("sheet-cap", fmt.Sprintf("单元格超过上限 %d 个", h.lim.Cells))
	}
	if h.visit != nil {
		h.stopped = !h.visit(h.sheet, &c)
		return !h.stopped
	}
	if !h.keep(len(c.Text) + len(c.Formula)) {
		return h.fail("sheet-cap", fmt.Sprintf("文字超过 %d 字节", h.lim.StringBytes))
	}
	h.sheet.Cells = append(h.sheet.Cells, c)
	return true
}

// styleOf is what a cell's own style says, or else its classes.
func (h *htmlReader) styleOf(attrs htmlAttrs) style {
	if st, ok := numberFormat(attrs["style"]); ok {
		return st
	}
	for class := range strings.FieldsSeq(attrs["class"]) {
		if st, ok := h.styles[class]; ok {
			return st
		}
	}
	return style{}
}

// classes reads the rules of a style sheet that give a class a number format.
func (h *htmlReader) classes(css []byte) {
	for len(css) > 0 && len(h.styles) < h.lim.Names {
		open := bytes.IndexByte(css, '{')
		if open < 0 {
			return
		}
		end := open + 1
		for quote := byte(0); end < len(css) && (quote != 0 || css[end] != '}'); end++ {
			switch c := css[end]; {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote:
				quote = 0
			}
		}
		selector := bytes.TrimSpace(css[:open])
		if i := bytes.LastIndexByte(selector, '.'); i >= 0 {
			if st, ok := numberFormat(string(css[open+1 : end])); ok {
				h.styles[string(selector[i+1:])] = st
			}
		}
		css = css[min(end+1, len(css)):]
	}
}

// formatNames are the formats that Excel names instead of spelling them out.
var formatNames = map[string]style{
	"general": {}, "general number": {}, "fixed": {Decimal, 2}, "standard": {Decimal, 2}, "percent": {Percent, 2},
	"scientific": {Scientific, 2}, "currency": {Currency, 2}, "text": {TextFormat, 0},
	"general date": {DateTime, 0}, "short date": {DateTime, 0}, "medium date": {DateTime, 0}, "long date": {DateTime, 0},
	"short time": {DateTime, 0}, "medium time": {DateTime, 0}, "long time": {DateTime, 0},
}

// numberFormat reads mso-number-format among the declarations of a style.
func numberFormat(css string) (style, bool) {
	const property = "mso-number-format"
	_, after, ok := strings.Cut(css, property)
	if !ok {
		return style{}, false
	}
	rest := strings.TrimSpace(after)
	if !strings.HasPrefix(rest, ":") {
		return style{}, false
	}
	code := unescapeCSS(strings.TrimSpace(rest[1:]))
	if st, ok := formatNames[strings.ToLower(code)]; ok {
		return st, true
	}
	var st style
	st.class, st.digits = classify(code)
	return st, true
}

// unescapeCSS reads a value up to the semicolon that ends it: in quotes or not,
// with \X for a character and \HHHH for its number.
func unescapeCSS(s string) string {
	var out []byte
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			n := i + 1
			for n < len(s) && n < i+7 && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
				n++
			}
			// \0022 is a quote; \0 is Excel's way to write 0 and not a number.
			if v, err := strconv.ParseUint(s[i+1:n], 16, 32); err == nil && n >= i+5 && legalRune(rune(v)) {
				out = utf8.AppendRune(out, rune(v))
				if i = n - 1; n < len(s) && s[n] == ' ' {
					i++
				}
			} else {
				i++
				out = append(out, s[i])
			}
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote && quote != 0:
			return string(out)
		case quote == 0 && (c == ';' || c == '}'):
			return strings.TrimSpace(string(out))
		default:
			out = append(out, c)
		}
	}
	return strings.TrimSpace(string(out))
}
