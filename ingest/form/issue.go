package form

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Past gives the accepted value of a series for its period that ends in a
// month (period.Period.End); false when none is known.
type Past func(code indicator.Code, end int) (Number, bool)

// An issue is what a form has that is sent out to be filled in: locked cells,
// validations, what was filed before, and the checks.
type issue struct {
	cat  *indicator.Catalogue
	past Past
}

// Issue writes the workbook in which a department files a form for a period. The
// same arguments give the same bytes. Everything but the cells to fill in is
// locked, without a password: that guards against slips, not against intent, and
// what comes back is checked anyway.
func (s *Set) Issue(w io.Writer, f *Form, p period.Period, department string, past Past) error {
	if len(f.Rows(p, department)) == 0 {
		return fmt.Errorf("issue %s for %s: %q files no row of it", f.Number, p, department)
	}
	return Write(w, Filing{Form: f, Period: p, Department: department, issue: &issue{s.cat, past}})
}

// The columns to the right of an issued form. They are not printed and not read.
const (
	auditHeader   = "审核"
	lastHeader    = "上期已报"
	yearAgoHeader = "上年同期已报"
)

// A verdict is a formula with a text, and what it shows before it is computed.
type verdict struct{ formula, shown string }

// issued adds to the form what only the issued one has.
func (s *sheet) issued() {
	if s.filing.issue == nil {
		return
	}
	s.before()
	a := newAudit(s)
	a.write()
	a.show()
	s.validate()
	s.protect(s.name)
	yes := true
	s.do(s.file.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &yes}))
	s.file.SetActiveSheet(0)
}

// auditCol is the column of the live 审核.
func (s *sheet) auditCol() int { return len(s.columns) + 1 }

// header writes the header of a column beside the form.
func (s *sheet) header(col int, text string, width float64) {
	l := boxed()
	l.center, l.bold, l.size = true, true, 9
	from, to := workbook.Ref{Col: col, Row: s.headTop}, workbook.Ref{Col: col, Row: s.bodyTop - 1}
	s.put(workbook.Range{From: from, To: to}, text, l)
	letter := workbook.Column(col)
	s.do(s.file.SetColWidth(s.name, letter, letter, width))
}

// before writes the accepted values of the period before and of last year.
func (s *sheet) before() {
	p := s.filing.Period
	for i, x := range [...]struct {
		header string
		p      period.Period
	}{{lastHeader, p.Prev()}, {yearAgoHeader, p.YearAgo()}} {
		col := s.auditCol() + 1 + i
		s.header(col, x.header+"\n"+periodText(s.filing.Form, x.p), 15)
		for _, r := range s.rows {
			l := boxed()
			l.known, l.right, l.decimals = true, true, r.Decimals
			var v any
			if n, ok := s.filing.issue.past(r.Code, x.p.End); ok {
				switch n.Absent {
				case indicator.NotSignificant:
					v = "…"
				case indicator.CannotExist:
					v = "—"
				case "":
					v = n.Value
				}
			}
			s.put(span(col, col, s.lines[r.Code]), v, l)
		}
	}
}

// inputs lists the cells of a column that are filled in, as runs of rows of one
// kind; kind "" is not filled in.
func (s *sheet) inputs(kind func(*Row) string, k Kind) (runs []run) {
	col := slices.IndexFunc(s.columns, func(c Column) bool { return c.Kind == k }) + 1
	if col == 0 {
		return nil
	}
	for i := range s.rows {
		what, at := kind(&s.rows[i]), s.lines[s.rows[i].Code]
		if n := len(runs) - 1; n >= 0 && runs[n].kind == what && runs[n].cells.To.Row == at-1 {
			runs[n].cells.To.Row = at
			continue
		}
		runs = append(runs, run{what, span(col, col, at)})
	}
	return slices.DeleteFunc(runs, func(r run) bool { return r.kind == "" })
}

// A run is a range of cells that take the same.
type run struct {
	kind  string
	cells workbook.Range
}

// validate lets Excel refuse what cannot be filed, in Chinese. “…” and “—” can
// be typed, so numbers are validated by a formula of our own.
func (s *sheet) validate() {
	for _, c := range s.columns {
		switch {
		case c.Kind.Measure() != "":
			name := c.Header[len(c.Header)-1]
			for _, r := range s.inputs(func(r *Row) string {
				switch {
				case !r.Takes(c.Kind.Measure()):
					return ""
				case c.Kind != GrowthColumn && s.whole(r):
					return "whole"
				}
				return "number"
			}, c.Kind) {
				s.number(name, r)
			}
		case c.Kind == CaliberColumn:
			for _, r := range s.inputs(func(r *Row) string { return strings.Join(r.Calibers, ",") }, c.Kind) {
				s.choose(r.cells, strings.Split(r.kind, ","), "R28 口径标识不认识", "请从下拉列表中选择口径标识。")
			}
		case c.Kind == StatusColumn:
			for _, r := range s.inputs(func(*Row) string { return "status" }, c.Kind) {
				s.choose(r.cells, []string{"快报", "初步核算", "最终核实", "普查修订", "更正", "推算"},
					"数据状态不认识", "请从下拉列表中选择数据状态；其他情况写在“说明”栏，没有特别情况的留空。")
			}
		}
	}
	for _, n := range footNames {
		dv := excelize.NewDataValidation(true)
		dv.Sqref = s.foots[n.label].String()
		prompt := "必填（R01）。"
		if n.label == ReportedOn {
			prompt = "必填（R01），写法如：2026年7月25日。"
		}
		dv.SetInput(n.label, prompt)
		s.do(s.file.AddDataValidation(s.name, dv))
	}
}

// whole reports whether a row counts things (R05).
func (s *sheet) whole(r *Row) bool {
	u := s.filing.issue.cat.Unit(r.Unit)
	return u != nil && u.Whole
}

func (s *sheet) number(column string, r run) {
	at := r.cells.From.String()
	test, title, text := fmt.Sprintf(`ABS(%s)<1E12`, at), "R04 不是数字", "这一格只填数字。"
	if r.kind == "whole" {
		test, title, text = fmt.Sprintf(`AND(%s>=0,%s<1E12,INT(%s)=%s)`, at, at, at, at), "R05 应为非负整数", "这一格填个数，应为非负整数。"
	}
	text += "不足本表最小单位的填“…”，没有此项数据的填“—”，尚无数据的留空；文字写在“说明”栏。"
	dv := excelize.NewDataValidation(true)
	dv.Type, dv.Sqref = "custom", r.cells.String()
	dv.Formula1 = escape(fmt.Sprintf(`IF(ISNUMBER(%s),%s,OR(%s="…",%s="—"))`, at, test, at, at))
	dv.SetError(excelize.DataValidationErrorStyleStop, title, text)
	dv.SetInput(column, text)
	s.do(s.file.AddDataValidation(s.name, dv))
}

// escape makes a formula fit into the XML of a validation, where excelize writes
// what it is given.
func escape(formula string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(formula)
}

// listLength is how long the items of a list may be in the file format.
const listLength = 255

// choose offers the items to choose from; a list that is too long for the format
// is not offered.
func (s *sheet) choose(cells workbook.Range, items []string, title, text string) {
	if len([]rune(strings.Join(items, ","))) > listLength {
		return
	}
	dv := excelize.NewDataValidation(true)
	dv.Sqref = cells.String()
	s.do(dv.SetDropList(items))
	dv.SetError(excelize.DataValidationErrorStyleStop, title, text)
	s.do(s.file.AddDataValidation(s.name, dv))
}

// protect locks what is not to be filled in. Columns can still be widened.
func (s *sheet) protect(sheet string) {
	s.do(s.file.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, EditObjects: true,
	}))
}
