package form

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// The defined names of an issued workbook. The first group points into the
// hidden identity sheet, the second at the face.
const (
	nameID         = "FORM_ID"
	nameVersion    = "FORM_VERSION"
	namePeriod     = "FORM_PERIOD"
	nameDepartment = "FORM_DEPARTMENT"
	nameIssue      = "FORM_ISSUE"

	faceNumber     = "FACE_NUMBER"
	facePeriod     = "FACE_PERIOD"
	faceDepartment = "FACE_DEPARTMENT"
	faceUnit       = "FACE_UNIT"
	faceRemark     = "FACE_REMARK"
)

// footNames are the foot fields in order, with their defined names.
var footNames = [...]struct{ label, name string }{
	{UnitHead, "FOOT_UNIT_HEAD"},
	{StatHead, "FOOT_STAT_HEAD"},
	{FilledBy, "FOOT_FILLED_BY"},
	{Telephone, "FOOT_TELEPHONE"},
	{ReportedOn, "FOOT_REPORTED_ON"},
}

const (
	identitySheet = "标识"
	testMark      = "测试数据"
	inTable       = "见表内"
	remarkLabel   = "简要情况说明："
)

// widths are in Excel's character units.
var widths = map[Kind]float64{
	NameColumn: 38, NoColumn: 6, CodeColumn: 23, UnitColumn: 11, ValueColumn: 13, YearAgoColumn: 13,
	GrowthColumn: 13, CaliberColumn: 15, StatusColumn: 12, NoteColumn: 24,
}

// Write writes the filing as an .xlsx workbook. The same filing gives the same
// bytes. Texts are written as texts: only a Formula becomes a formula.
func Write(w io.Writer, f Filing) error {
	e := f.Form.Edition(f.Period)
	if e == nil {
		return fmt.Errorf("write %s for %s: no such edition", f.Form.Number, f.Period)
	}
	s := &sheet{
		file: excelize.NewFile(), name: f.Form.Number, filing: f, edition: e, styles: map[look]int{},
		rows: f.Form.Rows(f.Period, f.Department), columns: slices.Clone(e.Columns),
	}
	defer func() { _ = s.file.Close() }() // in memory: nothing to lose
	if f.Style.ValueLast {
		slices.SortStableFunc(s.columns, func(a, b Column) int { return measureOrder(a.Kind) - measureOrder(b.Kind) })
	}
	s.do(s.file.SetSheetName("Sheet1", s.name))
	s.head()
	s.table()
	s.foot()
	s.page()
	s.identity()
	s.attach()
	s.extra()
	if s.err != nil {
		return fmt.Errorf("write %s for %s: %w", f.Form.Number, f.Period, s.err)
	}
	return s.save(w)
}

// measureOrder puts the value after the other measures and keeps the rest.
func measureOrder(k Kind) int {
	switch k {
	case NameColumn, NoColumn, CodeColumn, UnitColumn:
		return 0
	case YearAgoColumn, GrowthColumn:
		return 1
	case ValueColumn:
		return 2
	}
	return 3
}

// A sheet is a form's sheet while it is written; the first error stops it.
type sheet struct {
	file     *excelize.File
	name     string
	filing   Filing
	edition  *Edition
	rows     []Row
	columns  []Column
	styles   map[look]int
	formulas []workbook.Ref // numeric formulas, see save
	headTop  int            // first header row
	bodyTop  int            // first data row
	at       int            // next row to write
	err      error
}

// A look is a cell style of ours.
type look struct {
	size                      float64
	font                      string
	bold, border, wrap, right bool
	center, red               bool
	indent, decimals          int // decimals < 0: not a number
}

func (s *sheet) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *sheet) style(l look) int {
	if id, ok := s.styles[l]; ok {
		return id
	}
	st := &excelize.Style{
		Font:      &excelize.Font{Family: l.font, Size: l.size, Bold: l.bold},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: l.wrap, Indent: l.indent},
	}
	if l.red {
		st.Font.Color = "C00000"
	}
	switch {
	case l.center:
		st.Alignment.Horizontal = "center"
	case l.right:
		st.Alignment.Horizontal = "right"
	case l.indent > 0:
		st.Alignment.Horizontal = "left"
	}
	if l.border {
		for _, side := range []string{"left", "top", "right", "bottom"} {
			st.Border = append(st.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
		}
	}
	if l.decimals >= 0 {
		format := "0"
		if l.decimals > 0 {
			format += "." + strings.Repeat("0", l.decimals)
		}
		st.CustomNumFmt = &format
	}
	id, err := s.file.NewStyle(st)
	s.do(err)
	s.styles[l] = id
	return id
}

// plain is the look of text outside the table.
func plain() look { return look{size: 10, font: "宋体", decimals: -1} }

// boxed is the look of a cell of the table.
func boxed() look { return look{size: 10, font: "仿宋", border: true, wrap: true, decimals: -1} }

// put writes a value over a range (merged when it is more than a cell).
func (s *sheet) put(g workbook.Range, value any, l look) {
	from, to := g.From.String(), g.To.String()
	if g.From != g.To {
		s.do(s.file.MergeCell(s.name, from, to))
	}
	s.do(s.file.SetCellStyle(s.name, from, to, s.style(l)))
	switch v := value.(type) {
	case nil:
	case string:
		if v != "" {
			s.do(s.file.SetCellStr(s.name, from, v))
		}
	case decimal.Decimal:
		s.do(s.file.SetCellFloat(s.name, from, v.InexactFloat64(), -1, 64))
	case Formula:
		s.do(s.file.SetCellFloat(s.name, from, v.Value, -1, 64))
		s.do(s.file.SetCellFormula(s.name, from, v.Text))
		s.formulas = append(s.formulas, g.From)
	default:
		s.do(s.file.SetCellValue(s.name, from, v))
	}
}

// span is the range of columns a to b in a row.
func span(a, b, row int) workbook.Range {
	return workbook.Range{From: workbook.Ref{Col: a, Row: row}, To: workbook.Ref{Col: b, Row: row}}
}

// define gives a cell of a sheet a defined name, unless the workbook is to look
// copied.
func (s *sheet) define(name, sheet string, r workbook.Ref) {
	if s.filing.Style.NoIdentity {
		return
	}
	s.do(s.file.SetDefinedName(&excelize.DefinedName{
		Name: name, RefersTo: fmt.Sprintf("'%s'!$%s$%d", sheet, workbook.Column(r.Col), r.Row),
	}))
}

// wide makes ASCII digits full-width when the style asks for it.
func (s *sheet) wide(text string) string {
	if !s.filing.Style.FullWidth {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, text)
}

// head writes the title, the block at the right and the lines at the left, as
// reporting forms have them (catalogue §5.14).
func (s *sheet) head() {
	f, last := s.filing, len(s.columns)
	title := plain()
	title.size, title.bold, title.center, title.font = 16, true, true, "宋体"
	s.put(span(1, last, 1), f.Form.Title+"（"+f.Period.Freq.Name()+"）", title)
	s.do(s.file.SetRowHeight(s.name, 1, 30))
	label, value := plain(), plain()
	label.right = true
	approval := f.Form.Approval
	if approval == "" {
		approval = "内部工作报表"
	}
	for i, pair := range [...][2]string{
		{"表    号：", f.Form.Number},
		{"制定机关：", f.Form.Agency},
		{"批准文号：", approval},
		{"有效期至：", f.Form.ValidTo.Format("2006年1月")},
		{"表式版本：", f.Form.Version},
	} {
		s.put(span(last-1, last-1, 2+i), pair[0], label)
		s.put(span(last, last, 2+i), pair[1], value)
	}
	s.define(faceNumber, s.name, workbook.Ref{Col: last, Row: 2})
	if f.TestData {
		mark := plain()
		mark.red, mark.bold = true, true
		s.put(span(1, 1, 2), "【"+testMark+"，非统计数】", mark)
	}
	text := f.Style.PeriodText
	if text == "" {
		text = periodText(f.Form, f.Period)
	}
	middle := plain()
	middle.center, middle.bold, middle.size = true, true, 11
	s.put(span(1, last-2, 4), s.wide(text), middle)
	s.define(facePeriod, s.name, workbook.Ref{Col: 1, Row: 4})
	unit := f.Style.UnitLine
	if unit == "" {
		unit = inTable
	}
	s.put(span(1, 1, 5), "填报单位：", label)
	s.put(span(2, 3, 5), f.Department, value)
	s.define(faceDepartment, s.name, workbook.Ref{Col: 2, Row: 5})
	s.put(span(1, 1, 6), "计量单位：", label)
	s.put(span(2, 3, 6), unit, value)
	s.define(faceUnit, s.name, workbook.Ref{Col: 2, Row: 6})
	s.headTop = 8 + f.Style.BlankRows
}

// table writes the merged header, the 甲乙丙丁 line and the rows.
func (s *sheet) table() {
	top, depth := s.headTop, 1
	for _, c := range s.columns {
		depth = max(depth, len(c.Header))
	}
	l := boxed()
	l.center, l.bold = true, true
	for i := 0; i < len(s.columns); {
		c := s.columns[i]
		if len(c.Header) < depth {
			s.put(workbook.Range{From: workbook.Ref{Col: i + 1, Row: top}, To: workbook.Ref{Col: i + 1, Row: top + depth - 1}}, c.Header[0], l)
			i++
			continue
		}
		j := i
		for j < len(s.columns) && len(s.columns[j].Header) == depth && s.columns[j].Header[0] == c.Header[0] && depth > 1 {
			s.put(span(j+1, j+1, top+1), s.columns[j].Header[1], l)
			j++
		}
		j = max(j, i+1)
		s.put(span(i+1, j, top), c.Header[0], l)
		i = j
	}
	mark := boxed()
	mark.center, mark.size = true, 9
	for i, c := range s.columns {
		s.put(span(i+1, i+1, top+depth), c.Mark, mark)
		letter := workbook.Column(i + 1)
		s.do(s.file.SetColWidth(s.name, letter, letter, widths[c.Kind]))
	}
	s.bodyTop = top + depth + 1
	s.at = s.bodyTop
	for i := range s.rows {
		s.row(&s.rows[i])
		if s.filing.Style.GapAfter == i+1 && i+1 < len(s.rows) {
			s.at++
		}
	}
}

func (s *sheet) row(r *Row) {
	entry := s.filing.Entries[r.Code]
	for i, c := range s.columns {
		l, here := boxed(), span(i+1, i+1, s.at)
		switch c.Kind {
		case NameColumn:
			l.indent = r.Indent
			s.put(here, s.wide(cmp.Or(entry.Label, r.Label)), l)
			if s.filing.Style.Comments && entry.Note != "" {
				s.do(s.file.AddComment(s.name, excelize.Comment{Cell: here.From.String(), Author: s.filing.Department, Text: entry.Note}))
			}
		case NoColumn:
			l.center = true
			s.put(here, r.No, l)
		case CodeColumn:
			l.size = 8
			s.put(here, string(r.Code), l)
		case UnitColumn:
			l.center = true
			s.put(here, cmp.Or(entry.Unit, r.Unit), l)
		case CaliberColumn:
			s.put(here, entry.Caliber, l)
		case StatusColumn:
			l.center = true
			s.put(here, entry.Status, l)
		case NoteColumn:
			l.size = 9
			s.put(here, entry.Note, l)
		default:
			l.right, l.decimals = true, r.Decimals
			v := entry.measure(c.Kind.Measure())
			if c.Kind == GrowthColumn {
				l.decimals = 1
			}
			if v == nil && !r.Takes(c.Kind.Measure()) {
				v, l.right, l.center = "—", false, true
			}
			s.put(here, v, l)
		}
	}
	lines := max(1, textLines(r.Label, NameColumn), textLines(entry.Note, NoteColumn), textLines(entry.Caliber, CaliberColumn))
	s.do(s.file.SetRowHeight(s.name, s.at, 8+14*float64(lines)))
	s.at++
}

// textLines is how many lines a text takes in a column, a Chinese character
// being two of Excel's wide.
func textLines(text string, k Kind) int {
	return (2*len([]rune(text)) + int(widths[k]) - 1) / int(widths[k])
}

// measure is what was typed under a measure's column.
func (e Entry) measure(m indicator.Measure) any {
	switch m {
	case indicator.ValueMeasure:
		return e.Value
	case indicator.YearAgoMeasure:
		return e.YearAgo
	}
	return e.Growth
}

// foot writes who answers for the return, the 填表说明 and the 简要情况说明.
func (s *sheet) foot() {
	f, last := s.filing, len(s.columns)
	value := func(label string) string {
		if label == ReportedOn {
			if f.Reported.IsZero() {
				return ""
			}
			return f.Reported.In(period.Shanghai).Format("2006年1月2日")
		}
		return f.Head[label]
	}
	if f.Style.JoinedFoot {
		var parts []string
		for _, n := range footNames {
			parts = append(parts, n.label+"："+value(n.label))
		}
		s.put(span(1, last, s.at), strings.Join(parts, "　　"), plain())
		s.at++
	} else {
		s.footCells(value)
	}
	s.at++
	note := plain()
	note.wrap, note.size = true, 9
	for i, text := range s.notes() {
		if i == 0 {
			text = "说明：" + text
		}
		s.put(span(1, last, s.at), text, note)
		s.do(s.file.SetRowHeight(s.name, s.at, 15*float64(1+len([]rune(text))/75)))
		s.at++
	}
	bold := plain()
	bold.bold = true
	s.put(span(1, last, s.at), remarkLabel, bold)
	s.at++
	box := boxed()
	box.font = "宋体"
	s.put(span(1, last, s.at), f.Remark, box)
	s.define(faceRemark, s.name, workbook.Ref{Col: 1, Row: s.at})
	s.do(s.file.SetRowHeight(s.name, s.at, 60))
}

// footCells writes the foot in label and value cells of their own, as many
// pairs on a line as the columns allow.
func (s *sheet) footCells(value func(string) string) {
	slots := [][3]int{{1, 2, 3}, {4, 5, 5}} // label column, value from, value to
	for c := 6; c+1 <= len(s.columns); c += 2 {
		slots = append(slots, [3]int{c, c + 1, c + 1})
	}
	label, val := plain(), plain()
	label.right = true
	for i, n := range footNames {
		slot := slots[i%len(slots)]
		if i > 0 && i%len(slots) == 0 {
			s.at++
		}
		s.put(span(slot[0], slot[0], s.at), n.label+"：", label)
		s.put(span(slot[1], slot[2], s.at), value(n.label), val)
		s.define(n.name, s.name, workbook.Ref{Col: slot[1], Row: s.at})
	}
	s.at++
}

// notes is the 填表说明 of the edition: the form's own, and what the system says
// of natures, deadlines and the token grammar.
func (s *sheet) notes() []string {
	notes := slices.Clone(s.filing.Form.Notes)
	var cumulative, stock []string
	for _, r := range s.rows {
		if r.Nature.Cumulative() {
			cumulative = append(cumulative, r.No)
		} else if r.Nature.Stock() {
			stock = append(stock, r.No)
		}
	}
	if len(cumulative) > 0 && len(stock) > 0 {
		notes = append(notes, fmt.Sprintf("代码%s为1月1日至报告期末的累计数，代码%s为报告期末数。", strings.Join(cumulative, "、"), strings.Join(stock, "、")))
	}
	notes = append(notes,
		"报送时间："+s.deadlines()+"。",
		"“…”表示不足本表最小单位数，“—”表示无此项数据，空格表示尚无数据；0 只表示确实为零。")
	for i := range notes {
		notes[i] = fmt.Sprintf("%d.%s", i+1, notes[i])
	}
	return notes
}

// deadlines says in words when the edition is due.
func (s *sheet) deadlines() string {
	say := func(d Deadline) string {
		if s.edition.Freq == period.Year {
			return fmt.Sprintf("次年%d月%d日24时前", d.Month, d.Day)
		}
		return fmt.Sprintf("报告期末次月%d日24时前", d.Day)
	}
	var b strings.Builder
	b.WriteString(say(s.edition.Deadline))
	if s.edition.JanuaryExempt {
		b.WriteString("（1月免报）")
	}
	for _, r := range s.rows {
		if d, ok := s.edition.Overrides[r.Code]; ok {
			b.WriteString("；代码" + r.No + "为" + say(d))
		}
	}
	return b.String()
}

// page sets the paper: A4 landscape, one page wide, header rows repeated.
func (s *sheet) page() {
	yes, landscape, a4, one, any := true, "landscape", 9, 1, 0
	s.do(s.file.SetPageLayout(s.name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &one, FitToHeight: &any}))
	s.do(s.file.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}))
	s.do(s.file.SetPanes(s.name, &excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: s.bodyTop - 1, ActivePane: "bottomRight",
		TopLeftCell: workbook.Ref{Col: 2, Row: s.bodyTop}.String(),
	}))
	for _, n := range [...][2]string{
		{"_xlnm.Print_Area", fmt.Sprintf("'%s'!$A$1:$%s$%d", s.name, workbook.Column(len(s.columns)), s.at)},
		{"_xlnm.Print_Titles", fmt.Sprintf("'%s'!$%d:$%d", s.name, s.headTop, s.bodyTop-1)},
	} {
		s.do(s.file.SetDefinedName(&excelize.DefinedName{Name: n[0], RefersTo: n[1], Scope: s.name}))
	}
	stamp := s.filing.Reported
	if stamp.IsZero() {
		stamp = s.filing.Period.Last()
	}
	s.do(s.file.SetDocProps(&excelize.DocProperties{
		Creator: s.filing.Department, Title: s.filing.Form.Title, LastModifiedBy: s.filing.Department,
		Created: stamp.UTC().Format("2006-01-02T15:04:05Z"), Modified: stamp.UTC().Format("2006-01-02T15:04:05Z"),
	}))
}

// identity writes the very hidden sheet that says what the workbook is.
func (s *sheet) identity() {
	if s.filing.Style.NoIdentity {
		return
	}
	if _, err := s.file.NewSheet(identitySheet); err != nil {
		s.do(err)
		return
	}
	f := s.filing
	for i, kv := range [...][2]string{
		{nameID, f.Form.Number},
		{nameVersion, f.Form.Version},
		{namePeriod, f.Period.String()},
		{nameDepartment, f.Department},
		{nameIssue, issueOf(s.edition, s.rows)},
	} {
		s.do(s.file.SetCellStr(identitySheet, fmt.Sprintf("A%d", i+1), kv[0]))
		s.do(s.file.SetCellStr(identitySheet, fmt.Sprintf("B%d", i+1), kv[1]))
		s.define(kv[0], identitySheet, workbook.Ref{Col: 2, Row: i + 1})
	}
	s.do(s.file.SetSheetVisible(identitySheet, false, true))
}

// issueOf is the fingerprint of what was issued: columns, codes and units. An
// edition that has changed without a new version shows by it.
func issueOf(e *Edition, rows []Row) string {
	var b strings.Builder
	for _, c := range e.Columns {
		fmt.Fprintf(&b, "%s|%s\n", c.Kind, strings.Join(c.Header, "/"))
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "%s|%s|%s\n", r.No, r.Code, r.Unit)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])[:12]
}

// extra writes the department's own sheet.
func (s *sheet) extra() {
	name := s.filing.Style.ExtraSheet
	if name == "" {
		return
	}
	if _, err := s.file.NewSheet(name); err != nil {
		s.do(err)
		return
	}
	for i, row := range s.filing.Style.ExtraCells {
		for j, text := range row {
			s.do(s.file.SetCellStr(name, workbook.Ref{Col: j + 1, Row: i + 1}.String(), text))
		}
	}
}
