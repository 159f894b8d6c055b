package receipt

import (
	"fmt"
	"strings"
)

// The colours of a receipt, as workbook and page show them; each dark one stands
// on its pale one with a contrast of 4.5 at least.
type colour struct{ dark, pale string }

var (
	red    = colour{"9C1C1C", "FBDCDC"}
	amber  = colour{"6B4200", "FDEBC8"}
	green  = colour{"14532D", "DFF2E3"}
	blue   = colour{"1F3F77", "E3EBF6"}
	grey   = colour{"404040", "EBEBEB"}
	yellow = colour{"3D3A00", "FFFBCC"}
)

func (v Verdict) colour() colour {
	switch v {
	case Accepted:
		return green
	case Awaiting:
		return amber
	case Pending:
		return blue
	case Withdrawn:
		return grey
	}
	return red
}

// A look is a cell style of the receipt's sheet. Texts have the mark that keeps
// them texts when they are edited (quotePrefix).
type look int

// The looks, in the order of the styles added to the workbook.
const (
	lookVerdict look = iota
	lookNext
	lookLabel
	lookValue
	lookSection
	lookHead
	lookText
	lookCenter
	lookRed
	lookAmber
	lookLink
	lookInput
	lookInputHead
	looks
)

// A sheetStyle says where the receipt's styles stand in a workbook.
type sheetStyle struct {
	look  int // index of the first look
	red   int // dxf of cells with a mandatory finding
	amber int // and with a plausibility finding
}

const spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

// styleParts are the collections of a style sheet in their order, with what must
// stand in front when there are none.
var styleParts = []struct {
	name  string
	count int
	first string
}{
	{"numFmts", 0, ""},
	{"fonts", 1, `<font><sz val="11"/><name val="宋体"/></font>`},
	{"fills", 2, `<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>`},
	{"borders", 1, `<border><left/><right/><top/><bottom/><diagonal/></border>`},
	{"cellStyleXfs", 1, `<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>`},
	{"cellXfs", 1, `<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>`},
	{"cellStyles", 1, `<cellStyle name="常规" xfId="0" builtinId="0"/>`},
	{"dxfs", 0, ""},
	{"tableStyles", 0, ""},
	{"colors", 0, ""},
	{"extLst", 0, ""},
}

// addStyles adds the receipt's styles to a style sheet, its headline in a colour.
func addStyles(d *document, c colour) (sheetStyle, error) {
	if root := d.root(); root.name != "styleSheet" || root.attr("xmlns") != spreadsheet {
		return sheetStyle{}, notCarried("style sheet of another kind")
	}
	font := func(size int, name, colour string, more string) string {
		return fmt.Sprintf(`<font>%s<sz val="%d"/><color rgb="FF%s"/><name val="%s"/></font>`, more, size, colour, name)
	}
	fonts := []string{
		font(10, "宋体", "000000", ""),
		font(10, "宋体", "000000", "<b/>"),
		font(18, "黑体", c.dark, "<b/>"),
		font(12, "黑体", "1A1A1A", "<b/>"),
		font(10, "宋体", "1F3F77", "<u/>"),
		font(10, "宋体", red.dark, "<b/>"),
		font(10, "宋体", amber.dark, "<b/>"),
	}
	var fills []string
	for _, pale := range []string{c.pale, blue.pale, "F5F7FA", yellow.pale, red.pale, amber.pale} {
		fills = append(fills, fmt.Sprintf(`<fill><patternFill patternType="solid"><fgColor rgb="FF%s"/><bgColor indexed="64"/></patternFill></fill>`, pale))
	}
	side := func(name, colour string) string {
		return fmt.Sprintf(`<%s style="thin"><color rgb="FF%s"/></%s>`, name, colour, name)
	}
	box := `<border>` + side("left", "8A94A6") + side("right", "8A94A6") + side("top", "8A94A6") + side("bottom", "8A94A6") + `<diagonal/></border>`
	firstFont, firstFill, boxed := d.collect("fonts", fonts), d.collect("fills", fills), d.collect("borders", []string{box})
	nofill, none := -firstFill, -boxed // the first of each collection is none
	xf := func(font, fill, border int, horizontal, more, protect string) string {
		return fmt.Sprintf(`<xf numFmtId="%s" fontId="%d" fillId="%d" borderId="%d" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"%s><alignment horizontal="%s" vertical="center" wrapText="1"/>%s</xf>`,
			map[bool]string{true: "49", false: "0"}[protect != ""], firstFont+font, firstFill+fill, boxed+border, more, horizontal, protect)
	}
	const text = ` quotePrefix="1"`
	styles := [looks]string{
		lookVerdict:   xf(2, 0, none, "left", text, ""),
		lookNext:      xf(1, nofill, none, "left", text, ""),
		lookLabel:     xf(1, 2, 0, "left", "", ""),
		lookValue:     xf(0, nofill, 0, "left", text, ""),
		lookSection:   xf(3, nofill, none, "left", "", ""),
		lookHead:      xf(1, 1, 0, "center", "", ""),
		lookText:      xf(0, nofill, 0, "left", text, ""),
		lookCenter:    xf(0, nofill, 0, "center", text, ""),
		lookRed:       xf(5, 4, 0, "center", text, ""),
		lookAmber:     xf(6, 5, 0, "center", text, ""),
		lookLink:      xf(4, nofill, 0, "left", text, ""),
		lookInput:     xf(0, 3, 0, "left", ` applyProtection="1"`, `<protection locked="0"/>`),
		lookInputHead: xf(1, 3, 0, "center", "", ""),
	}
	var s sheetStyle
	s.look = d.collect("cellXfs", styles[:])
	dxf := func(c colour) string {
		return fmt.Sprintf(`<dxf><font><color rgb="FF%s"/></font><fill><patternFill patternType="solid"><fgColor rgb="FF%s"/><bgColor rgb="FF%s"/></patternFill></fill></dxf>`, c.dark, c.pale, c.pale)
	}
	s.red = d.collect("dxfs", []string{dxf(red), dxf(amber)})
	s.amber = s.red + 1
	return s, nil
}

// collect adds items to a collection of the style sheet and returns the index of
// the first.
func (d *document) collect(name string, items []string) int {
	if e, ok := d.child(name); ok {
		n := len(d.within(e))
		d.setAttr(e, "count", fmt.Sprint(n+len(items)))
		d.fill(e, strings.Join(items, ""))
		return n
	}
	at, here := d.root().close, false
	part := styleParts[0]
	for _, p := range styleParts {
		if p.name == name {
			here, part = true, p
		} else if e, ok := d.child(p.name); ok && here {
			at = e.from
			break
		}
	}
	d.insert(at, fmt.Sprintf(`<%s count="%d">%s%s</%s>`, name, part.count+len(items), part.first, strings.Join(items, ""), name))
	return part.count
}
