package receipt

import (
	"fmt"
	"strings"

	"zhibiao/ingest/workbook"
)

// rebuild writes a workbook from what was read of one: its values as they were
// typed, merged cells and hidden rows, no formulas and no colours. It is for what
// is no .xlsx package or cannot be carried as one. names is what the sheets are
// called in it; a book of nil gives a workbook without sheets. The cells of frames
// get a red frame.
func rebuild(book *workbook.Book, frames map[*workbook.Sheet]map[workbook.Ref]string) (p *pack, names map[string]string) {
	p, names = newPack(), map[string]string{}
	const (
		main  = "xl/workbook.xml"
		types = "http://schemas.openxmlformats.org/package/2006/"
	)
	var sheets, rels, overrides strings.Builder
	styles := map[format]int{{}: 0}
	var formats []format
	taken := map[string]bool{}
	var list []*workbook.Sheet
	date1904 := false
	if book != nil {
		list, date1904 = book.Sheets, book.Date1904
	}
	for i, s := range list {
		name := sheetName(s.Name, taken)
		names[s.Name] = name
		part := sheetPart(i)
		p.set(part, rebuildSheet(s, frames[s], func(f format) int {
			id, ok := styles[f]
			if !ok {
				id = len(styles)
				styles[f] = id
				formats = append(formats, f)
			}
			return id
		}))
		state := ""
		if s.Hidden {
			state = ` state="hidden"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, escape(name), i+1, state, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%sworksheet" Target="/%s"/>`, i+1, relTypes, part)
		fmt.Fprintf(&overrides, `<Override PartName="/%s" ContentType="%s"/>`, part, sheetType)
	}
	properties := ""
	if date1904 {
		properties = `<workbookPr date1904="1"/>`
	}
	p.set(main, []byte(xmlHead+`<workbook xmlns="`+spreadsheet+`" xmlns:r="`+strings.TrimSuffix(relTypes, "/")+`">`+properties+
		`<bookViews><workbookView/></bookViews><sheets>`+sheets.String()+`</sheets></workbook>`))
	p.set("xl/styles.xml", rebuildStyles(formats))
	p.set(relsOf(main), []byte(xmlHead+`<Relationships xmlns="`+types+`relationships">`+rels.String()+
		`<Relationship Id="styles" Type="`+relTypes+`styles" Target="/xl/styles.xml"/></Relationships>`))
	p.set(relsOf(""), []byte(xmlHead+`<Relationships xmlns="`+types+`relationships"><Relationship Id="rId1" Type="`+relTypes+`officeDocument" Target="/`+main+`"/></Relationships>`))
	p.set(typesPart, []byte(xmlHead+`<Types xmlns="`+types+`content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
		`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/`+main+`" ContentType="`+workbookType+`"/>`+
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+overrides.String()+`</Types>`))
	return p, names
}

// sheetPart is the part of the i-th sheet.
func sheetPart(i int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1) }

// sheetName makes a name that a workbook allows: at most 31 characters, none of
// []:*?/\, no quote at an end, once.
func sheetName(name string, taken map[string]bool) string {
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`[]:*?/\`, c) || c < 0x20 || c == 0x7F {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, "' ")
	if name == "" {
		name = "工作表"
	}
	const most = 31 // UTF-16 units
	short := func(room int) string {
		n := 0
		for i, c := range name {
			if n++; c > 0xFFFF {
				n++
			}
			if n > room {
				return name[:i]
			}
		}
		return name
	}
	out := short(most)
	for i := 2; taken[strings.ToLower(out)]; i++ {
		suffix := fmt.Sprintf("(%d)", i)
		out = short(most-len(suffix)) + suffix
	}
	taken[strings.ToLower(out)] = true
	return out
}

// A format is what a number format shows, in a red frame or in none.
type format struct {
	class  workbook.Class
	digits int
	framed bool
}

// code is a number format that shows the same.
func (f format) code() string {
	zeros := "0"
	if f.digits > 0 {
		zeros += "." + strings.Repeat("0", min(f.digits, 30))
	}
	switch f.class {
	case workbook.Decimal, workbook.Currency:
		return zeros
	case workbook.Percent:
		return zeros + "%"
	case workbook.Scientific:
		return zeros + "E+00"
	case workbook.DateTime:
		return "yyyy-mm-dd hh:mm:ss"
	case workbook.TextFormat:
		return "@"
	}
	return "General"
}

func rebuildStyles(formats []format) []byte {
	const firstOwn = 164 // below are the built-in formats
	var codes, xfs strings.Builder
	frames := 0
	for i, f := range formats {
		border := 0
		if f.framed {
			border, frames = 1, 1
		}
		fmt.Fprintf(&codes, `<numFmt numFmtId="%d" formatCode="%s"/>`, firstOwn+i, escape(f.code()))
		fmt.Fprintf(&xfs, `<xf numFmtId="%d" fontId="0" fillId="0" borderId="%d" xfId="0" applyNumberFormat="1" applyBorder="%d"/>`, firstOwn+i, border, border)
	}
	var b strings.Builder
	b.WriteString(xmlHead + `<styleSheet xmlns="` + spreadsheet + `">`)
	for _, part := range styleParts {
		added, n := "", part.count
		switch part.name {
		case "numFmts":
			added, n = codes.String(), len(formats)
		case "borders":
			added, n = strings.Repeat(frame, frames), 1+frames
		case "cellXfs":
			added, n = xfs.String(), 1+len(formats)
		}
		if n > 0 {
			fmt.Fprintf(&b, `<%s count="%d">%s%s</%s>`, part.name, n, part.first, added, part.name)
		}
	}
	b.WriteString(`</styleSheet>`)
	return []byte(b.String())
}

// frame is the border of a framed cell.
const frame = `<border><left style="medium"><color rgb="FFC00000"/></left><right style="medium"><color rgb="FFC00000"/></right>` +
	`<top style="medium"><color rgb="FFC00000"/></top><bottom style="medium"><color rgb="FFC00000"/></bottom><diagonal/></border>`

func rebuildSheet(s *workbook.Sheet, frames map[workbook.Ref]string, style func(format) int) []byte {
	var out sheetXML
	var widths []float64
	for row, cells := range s.Rows() {
		out.start(row, 0, s.HiddenRows[row])
		for i := range cells {
			c := &cells[i]
			_, framed := frames[c.Ref]
			id := style(format{c.Class, int(c.Digits), framed})
			switch c.Kind {
			case workbook.Number, workbook.Date:
				out.value(c.Ref.Col, id, "n", numberText(c))
			case workbook.Bool:
				out.value(c.Ref.Col, id, "b", map[bool]string{true: "1", false: "0"}[c.Text == "TRUE"])
			case workbook.Error:
				out.value(c.Ref.Col, id, "e", c.Text)
			default:
				out.text(c.Ref.Col, id, c.Text)
			}
			if _, merged := s.Merge(c.Ref); !merged && c.Ref.Col <= 256 {
				for len(widths) < c.Ref.Col {
					widths = append(widths, 9)
				}
				widths[c.Ref.Col-1] = max(widths[c.Ref.Col-1], min(float64(wide(c.Text)+2), 42))
			}
		}
	}
	for _, g := range s.Merged {
		out.merges = append(out.merges, g.String())
	}
	fit, print := "", ""
	if len(frames) > 0 { // to be shown on paper
		fit = `<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`
		print = `<printOptions gridLines="1"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>` +
			`<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/><headerFooter><oddHeader>&amp;C&amp;A</oddHeader></headerFooter>`
	}
	return worksheet(
		fit, `<sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/>`,
		columns(widths, s.HiddenCols), out.data(), out.merged(), print,
	)
}

// numberText is a number as it stood in the file; a date's is its serial.
func numberText(c *workbook.Cell) string {
	if c.Kind == workbook.Date {
		return fmt.Sprint(c.Number)
	}
	return c.Text
}
