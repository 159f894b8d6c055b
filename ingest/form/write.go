package form

import (
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
		rows: f.Form.Rows(f.Period, f.Department), columns: slices.Clone(e.Columns), lines: map[indicator.Code]int{},
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
	s.issued()
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
	formulas []workbook.Ref          // numeric formulas, see save
	headTop  int                     // first header row
	bodyTop  int                     // first data row
	at       int                     // next row to write
	lines    map[indicator.Code]int  // the sheet's row of each code
	foots    map[string]workbook.Ref // the cell of each foot field
	err      error
}

// A look is a cell style of ours.
type look struct {
	size                      float64
	font                      string
	bold, border, wrap, right bool
	center, red               bool
	indent, decimals          int // decimals < 0: not a number
	// input is a cell that the filer types into: coloured and not locked, once the
	// form is issued. known is a figure that is only shown.
	input, known bool
	line         bool // a line to write on
	text         bool // what is typed stays text
}

func (s *sheet) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

// on writes on another sheet of the workbook.
func (s *sheet) on(name string, write func()) {
	form := s.name
	s.name = name
	write()
	s.name = form
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
	if l.known {
		st.Font.Color, st.Fill = "7F7F7F", excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F2F2"}}
	}
	if l.input && s.filing.issue != nil {
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFBE6"}}
		st.Protection = &excelize.Protection{Locked: false}
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
	if l.line {
		st.Border = append(st.Border, excelize.Border{Type: "bottom", Color: "000000", Style: 1})
	}
	if l.text {
		format := "@"
		st.CustomNumFmt = &format
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
	case verdict:
		s.do(s.file.SetCellDefault(s.name, from, v.shown))
		s.do(s.file.SetCellFormula(s.name, from, v.formula))
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
		{nameIssue, issueOf(s.edition, s.rows, f.Period, f.Department)},
	} {
		s.do(s.file.SetCellStr(identitySheet, fmt.Sprintf("A%d", i+1), kv[0]))
		s.do(s.file.SetCellStr(identitySheet, fmt.Sprintf("B%d", i+1), kv[1]))
		s.define(kv[0], identitySheet, workbook.Ref{Col: 2, Row: i + 1})
	}
	s.do(s.file.SetSheetVisible(identitySheet, false, true))
}

// issueOf is the issue number: the fingerprint of what was issued, for when and
// to whom. An edition that has changed without a new version shows by it.
func issueOf(e *Edition, rows []Row, p period.Period, department string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s\n", p, department)
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

// onePage is up to how many rows a form is printed on one page: shrunk a little,
// it stays legible.
const onePage = 14

// paper is A4 landscape, one page wide; a short form is one page high too, so that
// the 简要情况说明 stays with its table.
func (s *sheet) paper() {
	yes, landscape, a4, one, high := true, "landscape", 9, 1, 0
	if len(s.rows) <= onePage {
		high = 1
	}
	side, edge := 0.5, 0.6 // inches
	s.do(s.file.SetPageLayout(s.name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &one, FitToHeight: &high}))
	s.do(s.file.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &edge, Bottom: &edge, Horizontally: &yes}))
	s.do(s.file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页，共 &N 页"}))
	s.do(s.file.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}))
}

// page sets the paper, repeats the header rows and holds them on the screen. What
// stands to the right of the form is not printed.
func (s *sheet) page() {
	s.paper()
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
