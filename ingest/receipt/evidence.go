package receipt

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// An Evidence is where a number comes from: the steps of its computation, down
// to cells of the returns that it stands on (依据).
type Evidence struct {
	Title     string
	Facts     [][2]string // name, text
	Steps     []Trace     // the formula tree, each step before its operands
	Originals []Original
}

// A Trace is one step. Value is exact decimal text, "" when there is none: then
// Note says why.
type Trace struct {
	Depth                    int
	Name, Text, Period       string
	Value, Printed, Unit     string
	Status, Vintage, Caliber string
	Note                     string
	Original                 int // 1-based index of Originals; 0 when it was not filed but computed
	Cell                     string
}

// An Original is a sheet of a return as it was read.
type Original struct {
	File, SHA256, Receipt string
	Submission            int64
	Return                string // form, department, period
	Received              string
	Sheet                 *workbook.Sheet
}

const evidenceSheet = "依据"

// WriteEvidence writes the evidence as a workbook: the steps in front as the
// sheet 依据, then each sheet that a step stands on, its values as they were
// typed, with the used cells in a red frame and a note. It has no formula, and
// nothing of a return can become one. That the sheets say what the returns say is
// verified by reading what was written. The same evidence gives the same bytes.
func WriteEvidence(w io.Writer, e *Evidence) error {
	data, err := e.compose()
	if err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}

func (e *Evidence) compose() ([]byte, error) {
	book := &workbook.Book{Sheets: []*workbook.Sheet{{Name: evidenceSheet}}}
	frames := make(map[*workbook.Sheet]map[workbook.Ref]string)
	for i := range e.Originals {
		s := e.Originals[i].copied(fmt.Sprintf("%d·%s", i+1, e.Originals[i].Sheet.Name))
		frames[s] = e.notes(i+1, s)
		book.Sheets = append(book.Sheets, s)
	}
	p, names := rebuild(book, frames)
	for i, s := range book.Sheets {
		if len(frames[s]) == 0 {
			continue
		}
		if err := (&annotation{p: p}).mark(sheetPart(i), &sign{notes: frames[s]}); err != nil {
			return nil, err
		}
	}
	d, err := p.document("xl/styles.xml")
	if err != nil {
		return nil, err
	}
	style, err := addStyles(d, blue)
	if err != nil {
		return nil, err
	}
	if err := p.save(d); err != nil {
		return nil, err
	}
	if d, err = p.document("xl/styles.xml"); err != nil {
		return nil, err
	}
	page := &evidencePage{e: e, look: style.look, numbers: d.numbers(e, style.look+int(lookText))}
	if err := p.save(d); err != nil {
		return nil, err
	}
	for _, s := range book.Sheets[1:] {
		page.sheets = append(page.sheets, names[s.Name])
	}
	p.set(sheetPart(0), page.write())
	var out bytes.Buffer
	if err := p.write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), e.verify(out.Bytes(), book)
}

// verify reads the workbook that was written: each sheet says what its return
// says, and nothing computes.
func (e *Evidence) verify(data []byte, want *workbook.Book) error {
	got, found := workbook.Open(evidenceSheet+".xlsx", data, workbook.DefaultLimits())
	if got == nil || len(got.Sheets) != len(want.Sheets) {
		return fmt.Errorf("the written workbook is not read: %s", found.String())
	}
	for i, s := range got.Sheets {
		if slices.ContainsFunc(s.Cells, func(c workbook.Cell) bool { return c.Formula != "" }) {
			return fmt.Errorf("sheet %s was written with a formula", s.Name)
		}
		if i > 0 && (!covers(s, want.Sheets[i]) || !covers(want.Sheets[i], s)) {
			return fmt.Errorf("sheet %s was written other than it was read", s.Name)
		}
	}
	return nil
}

// copied is the sheet under another name, shown, its dates counted from 1900,
// and without its formulas.
func (o *Original) copied(name string) *workbook.Sheet {
	const from1904 = 1462 // days between the two calendars
	s := *o.Sheet
	s.Name, s.Hidden, s.Cells, s.Notes = name, false, slices.Clone(o.Sheet.Cells), nil
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.From1904 {
			c.Number += from1904
		}
		c.Formula, c.NoCache, c.From1904 = "", false, false
	}
	return &s
}

// notes are what the used cells of an original say, each of which the sheet gets
// when it has it not.
func (e *Evidence) notes(original int, s *workbook.Sheet) map[workbook.Ref]string {
	all := make(map[workbook.Ref]string)
	for i := range e.Steps {
		t := &e.Steps[i]
		at, ok := workbook.ParseRef(t.Cell)
		if t.Original != original || !ok {
			continue
		}
		text := fmt.Sprintf("依据：%s %s（%s）", t.Name, t.Text, t.Period)
		if !strings.Contains(all[at], text) {
			all[at] = strings.TrimPrefix(all[at]+"\n"+text, "\n")
		}
	}
	for at := range all {
		if i, there := slices.BinarySearchFunc(s.Cells, at, func(c workbook.Cell, at workbook.Ref) int {
			if c.Ref.Row != at.Row {
				return c.Ref.Row - at.Row
			}
			return c.Ref.Col - at.Col
		}); !there {
			s.Cells = slices.Insert(s.Cells, i, workbook.Cell{Ref: at})
		}
	}
	return all
}

// numbers adds a style for each number of decimals that a step's value has, with
// the font and the border of another style.
func (d *document) numbers(e *Evidence, like int) map[int]int {
	const own = 1000 // above every format that is there
	decimals := make(map[int]bool)
	for i := range e.Steps {
		decimals[digitsAfter(e.Steps[i].Value)] = true
	}
	list := slices.Sorted(maps.Keys(decimals))
	formats, styles := make([]string, len(list)), make([]string, len(list))
	all, _ := d.child("cellXfs") // addStyles made it
	model := d.within(all)[like]
	for i, n := range list {
		formats[i] = fmt.Sprintf(`<numFmt numFmtId="%d" formatCode="%s"/>`, own+n, format{class: workbook.Decimal, digits: n}.code())
		styles[i] = fmt.Sprintf(`<xf numFmtId="%d" fontId="%s" fillId="0" borderId="%s" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1"><alignment horizontal="right" vertical="center"/></xf>`,
			own+n, model.attr("fontId"), model.attr("borderId"))
	}
	d.collect("numFmts", formats)
	first := d.collect("cellXfs", styles)
	out := make(map[int]int, len(list))
	for i, n := range list {
		out[n] = first + i
	}
	return out
}

// digitsAfter is how many decimals a decimal text has.
func digitsAfter(value string) int {
	_, after, _ := strings.Cut(value, ".")
	return len(after)
}

// The columns of the sheet 依据, and their widths.
var evidenceHead = [...]struct {
	name  string
	width float64
}{
	{"步骤", 42},
	{"编码、算式", 34},
	{"期别", 14},
	{"数值（未修约）", 22},
	{"印作", 12},
	{"单位", 14},
	{"状态", 14},
	{"数据版本", 11},
	{"口径", 14},
	{"报送号", 8},
	{"单元格", 22},
	{"说明", 30},
}

// An evidencePage is the sheet 依据 while it is written.
type evidencePage struct {
	sheetXML
	e       *Evidence
	look    int         // index of the first look
	numbers map[int]int // style of a number by its decimals
	sheets  []string    // of the originals, in this workbook
	links   strings.Builder
}

func (p *evidencePage) write() []byte {
	p.line(lookVerdict, 34, p.e.Title)
	for i := 0; i < len(p.e.Facts); i += 2 {
		pair := p.e.Facts[i:min(i+2, len(p.e.Facts))]
		height := 18.0
		for k, f := range pair {
			height = max(height, 6+14*float64(lines(finding.Plain(f[1]), [...]float64{70, 107}[k])))
		}
		p.start(p.row+1, height, false)
		for k, f := range pair {
			from := [...][3]int{{1, 2, 4}, {5, 7, 12}}[k]
			p.span(from[0], from[1]-1, p.look+int(lookLabel), f[0])
			p.span(from[1], from[2], p.look+int(lookValue), finding.Plain(f[1]))
		}
	}
	p.section("一、算式树：每一步在上，组成它的各步在下一级")
	p.start(p.row+1, 20, false)
	for i, h := range evidenceHead {
		p.text(i+1, p.look+int(lookHead), h.name)
	}
	for i := range p.e.Steps {
		p.step(&p.e.Steps[i])
	}
	p.originals()
	widths := make([]float64, len(evidenceHead))
	for i, h := range evidenceHead {
		widths[i] = h.width
	}
	data := p.data()
	links := ""
	if p.links.Len() > 0 {
		links = "<hyperlinks>" + p.links.String() + "</hyperlinks>"
	}
	return worksheet(
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`,
		`<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>`,
		`<sheetFormatPr defaultRowHeight="15"/>`,
		columns(widths, nil), data, p.merged(), links,
		`<printOptions horizontalCentered="1"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>`,
		`<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>`,
		`<headerFooter><oddHeader>&amp;C数据依据（双城办）</oddHeader><oddFooter>&amp;R第&amp;P页 共&amp;N页</oddFooter></headerFooter>`,
	)
}

func (p *evidencePage) line(l look, height float64, text string) {
	p.start(p.row+1, height, false)
	p.span(1, len(evidenceHead), p.look+int(l), finding.Plain(text))
}

// section leaves an empty row and writes a title.
func (p *evidencePage) section(title string) {
	p.start(p.row+1, 9, false)
	p.line(lookSection, 22, title)
}

// open starts a row that is high enough for its texts, which stand in the columns
// from the first.
func (p *evidencePage) open(texts []string) {
	height := 18.0
	for i, text := range texts {
		height = max(height, 6+14*float64(lines(text, evidenceHead[i].width)))
	}
	p.start(p.row+1, height, false)
}

func (p *evidencePage) step(t *Trace) {
	name := t.Name
	switch {
	case name == "" && t.Value == t.Text:
		name = "常数"
	case name == "":
		name = "计算"
	}
	place, submission := "", ""
	if t.Original > 0 {
		o := &p.e.Originals[t.Original-1]
		place, submission = o.Sheet.Name+"!"+t.Cell, fmt.Sprint(o.Submission)
	}
	texts := []string{
		strings.Repeat("　", t.Depth) + name, t.Text, t.Period, "", t.Printed, t.Unit, t.Status, t.Vintage, t.Caliber, submission, place, t.Note,
	}
	for i := range texts {
		texts[i] = finding.Plain(texts[i])
	}
	p.open(texts)
	for i, text := range texts {
		col, l := i+1, lookText
		switch {
		case evidenceHead[i].name == "数值（未修约）" && t.Value != "":
			p.value(col, p.numbers[digitsAfter(t.Value)], "n", t.Value)
			continue
		case evidenceHead[i].name == "单元格" && t.Original > 0:
			p.link(p.at(col), t.Original, t.Cell)
			l = lookLink
		case i >= 4 && i < 10:
			l = lookCenter
		}
		p.text(col, p.look+int(l), text)
	}
}

// link makes a cell lead to a cell of an original.
func (p *evidencePage) link(from string, original int, cell string) {
	if _, ok := workbook.ParseRef(cell); !ok {
		cell = "A1"
	}
	to := "'" + strings.ReplaceAll(p.sheets[original-1], "'", "''") + "'!" + cell
	fmt.Fprintf(&p.links, `<hyperlink ref="%s" location="%s"/>`, from, escape(to))
}

// originals lists the files that the steps stand on.
func (p *evidencePage) originals() {
	if len(p.e.Originals) == 0 {
		return
	}
	at := [...][2]int{{1, 1}, {2, 2}, {3, 5}, {6, 7}, {8, 9}, {10, 11}, {12, 12}}
	p.section("二、所据报表：附后各张按读取到的内容重列，数值未改，用到的格子以红框标出")
	row := func(l look, texts [len(at)]string) {
		height := 18.0
		for i, text := range texts {
			width := 0.0
			for _, h := range evidenceHead[at[i][0]-1 : at[i][1]] {
				width += h.width
			}
			texts[i] = finding.Plain(text)
			height = max(height, 6+14*float64(lines(texts[i], width)))
		}
		p.start(p.row+1, height, false)
		for i, text := range texts {
			p.span(at[i][0], at[i][1], p.look+int(l), text)
		}
	}
	row(lookHead, [...]string{"文件", "SHA-256", "报表", "报送号", "收到", "回执", "附于工作表"})
	for i := range p.e.Originals {
		o := &p.e.Originals[i]
		row(lookText, [...]string{o.File, o.SHA256, o.Return, fmt.Sprint(o.Submission), o.Received, o.Receipt, p.sheets[i]})
		p.link(p.at(at[len(at)-1][0]), i+1, "A1")
	}
}
