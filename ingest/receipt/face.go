package receipt

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// The columns of the receipt's sheet.
const (
	colNo = iota + 1
	colPlace
	colLabel
	colValue
	colWant
	colMessage
	colHint
	colAnswer
)

// faceWidths are of the eight columns; together they fill A4 landscape.
var faceWidths = []float64{10, 19, 25, 16, 21, 27, 27, 30}

const labelHead = "指标"

// tableHead is the header of a table of findings.
var tableHead = [...]string{"编号", "位置", labelHead, "实为", "应为", "问题（规则）", "改法"}

// A face is the receipt's sheet while it is written.
type face struct {
	sheetXML
	r      *Receipt
	style  int                    // index of the first look
	sheets func(string) string    // the name in this workbook of a sheet that can be shown; "" for none
	links  []string               // hyperlink elements
	inputs []string               // cells to be filled
	keys   [][2]string            // number in the table, key
	counts map[rune]int           // numbers given, by their first character
	widths func(int, int) float64 // of a span of columns
}

// faces writes the receipt's sheet and the hidden one that says which receipt it
// is. remark is a line about how the workbook was made; "" for none.
func faces(r *Receipt, style int, sheets func(string) string, remark string) (front, identity []byte) {
	f := &face{
		r: r, style: style, sheets: sheets, counts: map[rune]int{},
		widths: func(from, to int) float64 {
			w := 0.0
			for _, x := range faceWidths[from-1 : to] {
				w += x
			}
			return w
		},
	}
	f.head(remark)
	for i := range sections {
		f.section(&sections[i])
	}
	for _, t := range tables(r) {
		f.table(t)
	}
	return f.sheet(), f.identity()
}

func (f *face) look(l look) int { return f.style + int(l) }

// line writes a text over all columns.
func (f *face) line(l look, height float64, text string) {
	text = finding.Plain(text)
	width := f.widths(colNo, colAnswer)
	f.start(f.row+1, max(height, 6+14*float64(lines(text, width))), false)
	f.span(colNo, colAnswer, f.look(l), text)
}

// gap leaves an empty row.
func (f *face) gap() { f.start(f.row+1, 9, false) }

func (f *face) head(remark string) {
	f.line(lookVerdict, 38, headline(f.r))
	f.line(lookNext, 24, "下一步："+next(f.r))
	if text := how(f.r); text != "" {
		f.line(lookNext, 0, text)
	}
	if remark != "" {
		f.line(lookNext, 0, remark)
	}
	all := facts(f.r)
	for i := 0; i < len(all); i += 2 {
		pair := all[i:min(i+2, len(all))]
		height := 18.0
		for k, x := range pair {
			height = max(height, 4+14*float64(lines(finding.Plain(x.Text), f.widths(2+3*k+k, 4+4*k))))
		}
		f.start(f.row+1, height, false)
		for k, at := range [2][3]int{{colNo, colPlace, colValue}, {colWant, colMessage, colAnswer}} {
			x := fact{}
			if k < len(pair) {
				x = pair[k]
			}
			f.text(at[0], f.look(lookLabel), x.Name)
			f.span(at[1], at[2], f.look(lookValue), finding.Plain(x.Text))
		}
	}
}

// section writes a table of findings, if there are any.
func (f *face) section(s *section) {
	var all []*finding.Finding
	for i := range f.r.Findings {
		if x := &f.r.Findings[i]; s.holds(x) {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return
	}
	title := fmt.Sprintf("%s（%d个）", s.title, len(all))
	if s.asks != "" {
		title += "：" + s.asks
	}
	last := answerHead
	switch {
	case open(all[0]):
	case all[0].Explanation != "":
		last = "说明"
	default:
		last = ""
	}
	f.gap()
	f.line(lookSection, 22, title)
	f.tableHead(last)
	for _, x := range all {
		f.finding(x, last)
	}
}

func (f *face) tableHead(last string) {
	f.start(f.row+1, 20, false)
	for i, name := range tableHead[:len(tableHead)-1] {
		f.text(i+1, f.look(lookHead), name)
	}
	if last == "" {
		f.span(colHint, colAnswer, f.look(lookHead), tableHead[colHint-1])
		return
	}
	f.text(colHint, f.look(lookHead), tableHead[colHint-1])
	f.text(colAnswer, f.look(map[bool]look{true: lookInputHead, false: lookHead}[last == answerHead]), last)
}

func (f *face) finding(x *finding.Finding, last string) {
	kind, _ := kindOf(x)
	l := map[rune]look{'强': lookRed, '核': lookAmber, '已': lookCenter, '示': lookCenter}[kind]
	f.counts[kind]++
	number := fmt.Sprintf("%c%d", kind, f.counts[kind])
	texts := append([]string{number}, told(f.r, x)...)
	height := 18.0
	for i, text := range texts {
		width := faceWidths[i]
		if i+1 == colHint && last == "" {
			width = f.widths(colHint, colAnswer)
		}
		height = max(height, 6+14*float64(lines(text, width)))
	}
	if last != "" {
		height = max(height, 6+14*float64(lines(finding.Plain(x.Explanation), faceWidths[colAnswer-1])))
	}
	f.start(f.row+1, height, false)
	f.text(colNo, f.look(l), number)
	where := lookText
	if f.link(x.Place, f.at(colPlace)) {
		where = lookLink
	}
	f.text(colPlace, f.look(where), texts[colPlace-1])
	for col := colLabel; col < colHint; col++ {
		f.text(col, f.look(lookText), texts[col-1])
	}
	if last == "" {
		f.span(colHint, colAnswer, f.look(lookText), texts[colHint-1])
		return
	}
	f.text(colHint, f.look(lookText), texts[colHint-1])
	if last != answerHead {
		f.text(colAnswer, f.look(lookText), finding.Plain(x.Explanation))
		return
	}
	f.text(colAnswer, f.look(lookInput), "")
	f.inputs = append(f.inputs, f.at(colAnswer))
	f.keys = append(f.keys, [2]string{number, x.Key()})
}

// link makes a cell lead to a finding's cell, when the workbook has it.
func (f *face) link(p finding.Place, from string) bool {
	at := refs(p.Cell)
	name := ""
	if p.File == "" || p.File == f.r.File {
		name = f.sheets(p.Sheet)
	}
	if name == "" {
		return false
	}
	to := "A1"
	if len(at) > 0 {
		to = at[0].String()
	}
	location := "'" + strings.ReplaceAll(name, "'", "''") + "'!" + to
	f.links = append(f.links, fmt.Sprintf(`<hyperlink ref="%s" location="%s" display="%s"/>`, from, escape(location), escape(place(f.r, p))))
	return true
}

// refs are the cells and ranges that a finding's place names: E12, A1:C3 or C3、D4.
func refs(cell string) (all []workbook.Range) {
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == '、' || r == ',' || r == '，' || r == ' ' }) {
		from, to, ranged := strings.Cut(part, ":")
		if !ranged {
			to = from
		}
		a, ok := workbook.ParseRef(from)
		b, also := workbook.ParseRef(to)
		if ok && also && a.Col <= b.Col && a.Row <= b.Row {
			all = append(all, workbook.Range{From: a, To: b})
		}
	}
	return all
}

// spans are the columns that each table of so many columns takes.
var spans = map[int][][2]int{1: {{1, 8}}, 3: {{1, 1}, {2, 4}, {5, 8}}, 4: {{1, 2}, {3, 4}, {5, 6}, {7, 8}}}

// table writes what follows the findings.
func (f *face) table(t table) {
	f.gap()
	f.line(lookSection, 22, t.Title)
	over := spans[len(t.Head)]
	for i, row := range slices.Insert(t.Rows, 0, t.Head) {
		l, height := lookText, 18.0
		if i == 0 {
			l = lookHead
		}
		for k, text := range row {
			height = max(height, 6+14*float64(lines(text, f.widths(over[k][0], over[k][1]))))
		}
		f.start(f.row+1, height, false)
		for k, text := range row {
			f.span(over[k][0], over[k][1], f.look(l), text)
		}
	}
}

// sheet is the receipt's sheet: protected but for the cells to be filled, A4
// across.
func (f *face) sheet() []byte {
	var links, inputs string
	if len(f.links) > 0 {
		links = "<hyperlinks>" + strings.Join(f.links, "") + "</hyperlinks>"
	}
	if len(f.inputs) > 0 {
		inputs = fmt.Sprintf(`<dataValidations count="1"><dataValidation type="textLength" operator="greaterThanOrEqual" errorStyle="stop" allowBlank="1" showInputMessage="1" showErrorMessage="1" errorTitle="说明太短" error="请写明具体原因，不少于6个字；只写“属实”“核实无误”的不采纳。" promptTitle="填写说明" prompt="写明这个数为什么是这样，不少于6个字。" sqref="%s"><formula1>6</formula1></dataValidation></dataValidations>`, strings.Join(f.inputs, " "))
	}
	data := f.data()
	return worksheet(
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`,
		`<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>`,
		`<sheetFormatPr defaultRowHeight="15"/>`,
		columns(faceWidths, nil), data,
		`<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0"/>`,
		f.merged(), inputs, links,
		`<printOptions horizontalCentered="1"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>`,
		`<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>`,
		`<headerFooter><oddHeader>&amp;C报表审核回执（双城办）</oddHeader><oddFooter>&amp;L`+escape(f.r.Number)+`&amp;R第&amp;P页 共&amp;N页</oddFooter></headerFooter>`,
	)
}

// identity is the hidden sheet: which receipt, and the key of each row that
// waits for an explanation.
func (f *face) identity() []byte {
	var s sheetXML
	for i, pair := range [...][2]string{
		{nameNumber, f.r.Number}, {nameSubmission, fmt.Sprint(f.r.Submission)}, {nameRevision, fmt.Sprint(max(1, f.r.Revision))},
	} {
		s.start(i+1, 0, false)
		s.text(1, 0, pair[0])
		s.text(2, 0, pair[1])
	}
	for i, pair := range f.keys {
		s.start(keysFrom+i, 0, false)
		s.text(1, 0, pair[0])
		s.text(2, 0, pair[1])
	}
	return worksheet(`<sheetFormatPr defaultRowHeight="15"/>`, s.data())
}
