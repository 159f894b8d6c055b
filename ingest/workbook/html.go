package workbook

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/kpi/finding"
)

const plainHTML = "请在 WPS/Excel 中打开，核对后另存为 .xlsx 再报送"

// html reads tables of a web page, which many systems export under the name
// .xls: as a sheet, tables and the text between them one below another, as Excel
// lays them out. A cell is a Number when it says so (x:num) or when its text is
// one as in delimited text; what cannot be laid out without guessing (nested
// tables, frames, fields to fill in, hidden cells) refuses the file.
func (r *reader) html(data []byte) *Book {
	if bytes.HasPrefix(bytes.ToLower(trim(data)[:min(len(trim(data)), 16)]), []byte("mime-version:")) {
		r.add(refusal("html-table", fileHead, "这是单个文件网页（.mht），不是真正的工作簿", plainHTML))
		return nil
	}
	text, bad := decodeHTML(data)
	if bad != nil {
		r.add(bad)
		return nil
	}
	h := &htmlReader{reader: r, text: text, sheet: &Sheet{Name: sheetOfText}, styles: map[string]style{}}
	for h.pos < len(h.text) && !r.stopped {
		if !h.token() {
			break
		}
	}
	if r.stopped {
		return nil
	}
	if !r.finds.Refused() && h.within {
		h.fail("html-table", "表格没有结束，文件可能不完整")
	}
	if !r.finds.Refused() && h.flush() && h.tables == 0 {
		r.add(refusal("html-table", "网页正文", "网页中没有表格", "请直接报送 .xlsx 表格；"+resave))
	}
	if r.finds.Refused() {
		return nil
	}
	return &Book{Format: HTML, Sheets: []*Sheet{h.sheet}}
}

// decodeHTML turns a page into UTF-8: by its byte order mark, then by the
// character set that it names, then by what its bytes are.
func decodeHTML(data []byte) ([]byte, *finding.Finding) {
	text, at, ok := []byte(nil), 0, false
	named := charset(data[:min(len(data), 4096)])
	switch {
	case wideText(data) != nil || bytes.HasPrefix(data, []byte("\uFEFF")) || named == "":
		text, at, ok = decodeText(data)
	case named == "utf-8" || named == "utf8":
		text, ok = data, legalText(data) && !bytes.Contains(data, []byte("\uFFFD"))
		at = bytes.Index(bytes.ToValidUTF8(data, []byte("\uFFFD")), []byte("\uFFFD"))
	case slices.Contains([]string{"gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80"}, named):
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		at = bytes.Index(out, []byte("\uFFFD"))
		text, ok = out, err == nil && at < 0
	default:
		return nil, refusal("html-encoding", fileHead, "网页的编码 "+shown(named)+" 不能读取", plainHTML)
	}
	if !ok {
		line := 1 + bytes.Count(data[:min(max(at, 0), len(data))], []byte("\n"))
		bad := refusal("html-encoding", "", fmt.Sprintf("第 %d 行附近有无法识别的字符", line), plainHTML)
		bad.Place.Line = line
		return nil, bad
	}
	return text, nil
}

// charset is the character set that a page names, in lower case.
func charset(head []byte) string {
	_, rest, ok := bytes.Cut(bytes.ToLower(head), []byte("charset"))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n\"'")
	if end := bytes.IndexAny(rest, " \t\r\n\"'/>;"); end >= 0 {
		rest = rest[:end]
	}
	return string(rest)
}

// An htmlReader lays out the tables of a page.
type htmlReader struct {
	*reader
	text   []byte
	pos    int
	sheet  *Sheet
	named  bool             // the page gave the sheet its name
	styles map[string]style // of the page's classes
	tables int
	within bool  // in a table
	inRow  bool  // a row is open
	title  bool  // in a table's caption
	column int   // that the next col element describes
	until  []int // per column, the last row that a cell from above takes
	merged int   // merged ranges of the tables before
	cell   *htmlCell
	at     Ref    // of the cell or the row being read
	loose  []byte // text outside of tables
}

// An htmlCell is the cell being read.
type htmlCell struct {
	attrs      htmlAttrs
	text       []byte
	cols, rows int
}

// htmlAttrs are the attributes of a tag, by lower-case name.
type htmlAttrs map[string]string

func (h *htmlReader) fail(rule, message string) bool {
	bad := inSheet(refusal(rule, "", message, plainHTML), h.sheet.Name, h.at.String())
	bad.Place.Line = 1 + bytes.Count(h.text[:min(h.pos, len(h.text))], []byte("\n"))
	h.add(bad)
	return false
}

// token reads a text or a tag.
func (h *htmlReader) token() bool {
	rest := h.text[h.pos:]
	if n := bytes.IndexByte(rest, '<'); n != 0 {
		if n < 0 {
			n = len(rest)
		}
		h.pos += n
		return h.words(rest[:n])
	}
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		n := bytes.Index(rest[4:], []byte("-->"))
		if n < 0 {
			return h.fail("html-table", "注释没有结束，文件可能不完整")
		}
		h.sheetName(rest[4 : 4+n])
		h.pos += 4 + n + 3
		return true
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
		n := bytes.IndexByte(rest, '>')
		if n < 0 {
			return h.fail("html-table", "标记没有结束，文件可能不完整")
		}
		h.pos += n + 1
		return true
	case len(rest) < 2 || rest[1] != '/' && nameLen(rest[1:]) == 0:
		h.pos++
		return h.words(rest[:1]) // a sign by itself
	}
	start := 1
	closing := rest[1] == '/'
	if closing {
		start = 2
	}
	n := start + nameLen(rest[start:])
	name := string(bytes.ToLower(rest[start:n]))
	attrs, size, ok := parseAttrs(rest[n:min(len(rest), n+h.lim.Token)])
	if !ok {
		return h.fail("html-table", "标记 "+shown(name)+" 没有结束或过长，文件可能不完整")
	}
	h.pos += n + size
	if closing {
		return h.end(name)
	}
	return h.begin(name, attrs)
}

// parseAttrs reads the attributes of a tag and the bracket that ends it; n is
// their length.
func parseAttrs(b []byte) (attrs htmlAttrs, n int, ok bool) {
	for n < len(b) {
		switch c := b[n]; {
		case c == '>':
			return attrs, n + 1, true
		case isSpace(c) || c == '/':
			n++
			continue
		}
		start := n
		for n < len(b) && !isSpace(b[n]) && b[n] != '=' && b[n] != '>' && b[n] != '/' {
			n++
		}
		name := string(bytes.ToLower(b[start:n]))
		if n == start {
			n++ // an equals sign without a name
		}
		for n < len(b) && isSpace(b[n]) {
			n++
		}
		value := ""
		if n < len(b) && b[n] == '=' && name != "" {
			n++
			for n < len(b) && isSpace(b[n]) {
				n++
			}
			start = n
			if n < len(b) && (b[n] == '"' || b[n] == '\'') {
				end := bytes.IndexByte(b[n+1:], b[n])
				if end < 0 {
					return nil, 0, false
				}
				value, n = string(b[n+1:n+1+end]), n+end+2
			} else {
				for n < len(b) && !isSpace(b[n]) && b[n] != '>' {
					n++
				}
				value = string(b[start:n])
			}
		}
		if _, twice := attrs[name]; !twice && len(attrs) < 64 {
			if attrs == nil {
				attrs = htmlAttrs{}
			}
			attrs[name] = html.UnescapeString(value)
		}
	}
	return nil, 0, false
}

// begin reads a start tag.
func (h *htmlReader) begin(name string, attrs htmlAttrs) bool {
	switch name {
	case "script", "style", "title", "xml", "noscript", "template", "svg":
		return h.raw(name)
	case "table":
		if h.within {
			return h.fail("html-table", "表格中又有表格，无法确定各单元格的位置")
		}
		if !h.flush() {
			return false
		}
		h.tables, h.within, h.until, h.merged, h.column = h.tables+1, true, h.until[:0], len(h.sheet.Merged), 1
	case "caption":
		h.title = h.within && h.cell == nil
	case "col":
		n := min(spanned(attrs["span"]), h.lim.Cols-h.column+1)
		for range n {
			if hidden(attrs) {
				h.sheet.HiddenCols = marked(h.sheet.HiddenCols, h.column)
			}
			h.column++
		}
	case "tr":
		return h.endRow() && h.beginRow(attrs)
	case "td", "th":
		return h.beginCell(attrs)
	case "frameset", "frame", "iframe", "object", "embed":
		return h.fail("html-table", "网页的内容在另外的文件中（"+name+"）")
	case "input", "select", "textarea", "button":
		if !strings.EqualFold(attrs["type"], "hidden") {
			return h.fail("html-table", "网页中有供填写的控件（"+name+"），其中的内容无法读取")
		}
	case "br":
		return h.line()
	case "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "body", "form", "hr", "center":
		if h.cell != nil && len(trim(h.cell.text)) == 0 {
			return true
		}
		return h.line()
	}
	return true
}

// end reads an end tag.
func (h *htmlReader) end(name string) bool {
	switch name {
	case "td", "th":
		return h.endCell()
	case "tr", "thead", "tbody", "tfoot":
		return h.endRow()
	case "table":
		return h.endTable()
	case "caption":
		h.title = false
		return h.flush()
	case "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "body", "html", "form", "center":
		if h.cell == nil {
			return h.line()
		}
	}
	return true
}

// raw passes an element whose content is no text of the page, and looks into
// those that tell about the sheet.
func (h *htmlReader) raw(name string) bool {
	rest := h.text[h.pos:]
	for at := 0; ; {
		n := bytes.Index(rest[at:], []byte("</"))
		if n < 0 {
			return h.fail("html-table", "标记 "+name+" 没有结束，文件可能不完整")
		}
		at += n
		if after := rest[at+2:]; len(after) >= len(name) && strings.EqualFold(string(after[:len(name)]), name) && (len(after) == len(name) || nameByte[after[len(name)]] == 0) {
			switch name {
			case "style":
				h.classes(rest[:at])
			case "xml":
				h.sheetName(rest[:at])
			}
			h.pos += at
			return true
		}
		at += 2
	}
}

// sheetName takes the first sheet's name from what Excel writes for itself.
func (h *htmlReader) sheetName(in []byte) {
	_, rest, ok := bytes.Cut(in, []byte("<x:Name>"))
	name, _, closed := bytes.Cut(rest, []byte("</x:Name>"))
	if text := strings.TrimSpace(html.UnescapeString(string(name))); ok && closed && !h.named && text != "" && len(text) <= 128 && inspect([]byte(text))&illegal == 0 {
		h.sheet.Name, h.named = text, true
	}
}

// words takes in a text.
func (h *htmlReader) words(b []byte) bool {
	dst := &h.loose
	switch {
	case h.cell != nil:
		dst = &h.cell.text
	case blank(b):
		return true
	case h.within && !h.title:
		return h.fail("html-table", "表格的单元格之外有文字："+shown(strings.TrimSpace(string(b[:min(len(b), 64)]))))
	}
	if len(*dst) > h.lim.Token {
		return h.fail("sheet-cap", fmt.Sprintf("一处文字超过 %d 字节", h.lim.Token))
	}
	text := html.UnescapeString(string(b))
	if f := inspect([]byte(text)); f&illegal != 0 || strings.ContainsRune(text, '\uFFFD') {
		return h.fail("html-table", "含控制字符或无效字符")
	}
	for _, c := range []byte(text) {
		if !isSpace(c) {
			*dst = append(*dst, c)
		} else if n := len(*dst); n > 0 && !isSpace((*dst)[n-1]) {
			*dst = append(*dst, ' ')
		}
	}
	return true
}

// line ends a line of a cell, or a text outside of tables.
func (h *htmlReader) line() bool {
	if h.cell == nil {
		return h.within || h.flush()
	}
	h.cell.text = append(bytes.TrimRight(h.cell.text, " "), '\n')
	return true
}

// flush makes a row of a text outside of tables.
func (h *htmlReader) flush() bool {
	text := tidy(h.loose)
	h.loose = h.loose[:0]
	if text == "" {
		return true
	}
	h.at = Ref{1, h.at.Row + 1}
	return h.fits(h.at) && h.put(Cell{Ref: h.at, Kind: Text, Text: text})
}

// tidy is a cell's text without the space around it and its lines.
func tidy(b []byte) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.Trim(string(b), " \t\r\n\u00A0"), "\n ", "\n"), " \n", "\n")
}

func hidden(attrs htmlAttrs) bool {
	_, is := attrs["hidden"]
	return is || strings.Contains(strings.ToLower(strings.ReplaceAll(attrs["style"], " ", "")), "display:none")
}

// spanned is the value of rowspan or colspan.
func spanned(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, MaxRow)
}
