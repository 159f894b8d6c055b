// Package form owns the layouts of tables. The reporting forms (报表制度表) come
// first: their definitions, the workbook of a form, and what a filed workbook
// says once its layout has been recognised. Free tables (年鉴、公报、数据网站的表)
// are read by layouts declared in YAML, see Layout. The package does not know who
// may file what when the day is today (the received time is an argument), it
// knows no database, and it never changes a filed figure: a wrong unit or a
// doubtful number becomes a finding.
package form

import (
	"slices"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Kind is what a column of a form holds.
type Kind string

// The kinds of columns, left to right as they stand on a form.
const (
	NameColumn    Kind = "name"     // 指标名称
	NoColumn      Kind = "no"       // 代码: the row's number on the form
	CodeColumn    Kind = "code"     // 指标编码: the catalogue's code
	UnitColumn    Kind = "unit"     // 计量单位
	ValueColumn   Kind = "value"    // 本期累计, 期末数, 本期数
	YearAgoColumn Kind = "year_ago" // 上年同期
	GrowthColumn  Kind = "growth"   // 同比增速（%）
	CaliberColumn Kind = "caliber"  // 口径
	StatusColumn  Kind = "status"   // 数据状态
	NoteColumn    Kind = "note"     // 说明
)

// Measure is the measure a numeric column carries; "" for the others.
func (k Kind) Measure() indicator.Measure {
	switch k {
	case ValueColumn:
		return indicator.ValueMeasure
	case YearAgoColumn:
		return indicator.YearAgoMeasure
	case GrowthColumn:
		return indicator.GrowthMeasure
	}
	return ""
}

// A Set is every form in force. It is immutable once loaded.
type Set struct {
	Forms []Form
	// Contact is whom a department asks, as receipts print it; "" until 双城办
	// names somebody.
	Contact string

	cat      *indicator.Catalogue
	home     map[indicator.Code]*Form // the regular form that carries a code
	calendar Calendar
}

// A Postponement says on which days a deadline moves on to the next working day
// (顺延, catalogue §5.15).
type Postponement string

// The postponements.
const (
	Holidays Postponement = "holidays" // 法定节假日顺延，普通周末不顺延
	RestDays Postponement = "restdays" // 节假日和周末都顺延
	Never    Postponement = "never"    // 不顺延
)

// A Calendar moves a time off days that are not worked, keeping the time of day.
// Known is false when the arrangement of holidays of a year it looked at is not
// known.
type Calendar func(t time.Time, p Postponement) (moved time.Time, known bool)

// On is the same forms with their deadlines in a calendar. Without one, no
// deadline moves.
func (s *Set) On(c Calendar) *Set {
	on := *s
	on.calendar = c
	return &on
}

// due is the last instant that is in time for a row. Known is that of the
// Calendar.
func (s *Set) due(f *Form, d Deadline, p period.Period) (due time.Time, known bool) {
	due = d.Due(p)
	if s.calendar == nil || f.Postpone == Never {
		return due, true
	}
	return s.calendar(due, f.Postpone)
}

// A Form is one reporting form with its editions.
type Form struct {
	Number   string // 双城101表
	Title    string
	Version  string // 2023: a change of rows or columns gets a new version
	Agency   string // 制定机关
	Approval string // 批准文号; "" prints 内部工作报表 (catalogue §5.14)
	// ValidTo is the last day on which a return on this form is received
	// (有效期至), Asia/Shanghai midnight.
	ValidTo time.Time
	// From is the first year that the form is filed for.
	From int
	// Department files the form; "" when each 牵头部门 files its own rows (900, 901).
	Department string
	// Unassigned is true when the plan names no filer: nobody is expected to file it.
	Unassigned bool
	// ByHand is true when a sound return waits for 双城办 to accept it (验收).
	ByHand bool
	// Postpone says when a deadline moves off days that are not worked.
	Postpone Postponement
	Editions []Edition
	Notes    []string // 填表说明
	Line     int      // where it is defined
}

// An Edition is the part of a form that is filed at one frequency: the monthly
// rows of 双城201表 are one edition, its annual rows another.
type Edition struct {
	Freq          period.Freq
	JanuaryExempt bool // 1月免报 (R29)
	Deadline      Deadline
	Overrides     map[indicator.Code]Deadline
	// Once is the only period the edition exists for; zero for a regular one.
	Once period.Period
	// Vintage is what a value is when the 数据状态 column says nothing (§5.5).
	Vintage indicator.Vintage
	Columns []Column
	Rows    []Row
}

// A Deadline is a day of the month that stands Month months after the last
// month of the period, until 24:00: {1, 18} is the 18th of the next month.
type Deadline struct{ Month, Day int }

// Due is the last instant that is in time for a period, in Asia/Shanghai, before
// any postponement.
func (d Deadline) Due(p period.Period) time.Time {
	end := p.End + d.Month
	return time.Date(end/12, time.Month(end%12+1), d.Day, 23, 59, 59, 999999999, period.Shanghai)
}

// A Row is one line of a form.
type Row struct {
	No       string // 01, 02 …
	Code     indicator.Code
	Label    string // as printed, without the indent: 其中：…
	Unit     string
	Decimals int
	Nature   indicator.Nature
	Indent   int
	// Calibers are the allowed caliber marks; none when no mark is asked for (R28).
	Calibers []string
	Need     indicator.Necessity
	// Department files the row; "" when nobody is named (204).
	Department string
	Vintage    indicator.Vintage // of the edition, final for registers
	// Evidence asks for a document on the sheet 佐证材料 when the row has a figure
	// (R33); Register for the list of units on the sheet 名录 (R35).
	Evidence, Register bool
	Measures           []indicator.Measure
}

// Takes reports whether the row is filled in under a measure's column. A cell
// that is not is printed “—” on the form.
func (r *Row) Takes(m indicator.Measure) bool { return slices.Contains(r.Measures, m) }

// A Column is one column of a form.
type Column struct {
	Kind   Kind
	Header []string // top to bottom over the header rows
	Mark   string   // 甲, 乙, 1, 2 …: the line under the header
}

// Form finds a form by its number; nil when there is none.
func (s *Set) Form(number string) *Form {
	for i := range s.Forms {
		if s.Forms[i].Number == number {
			return &s.Forms[i]
		}
	}
	return nil
}

// Edition is the edition of the form for a period's frequency; nil when the
// form is not filed at that frequency, or not for that period at all (January
// of an exempt form has an edition: the exemption is a rule, R29).
func (f *Form) Edition(p period.Period) *Edition {
	for i := range f.Editions {
		e := &f.Editions[i]
		if e.Freq != p.Freq || !e.Once.IsZero() && e.Once != p || e.Once.IsZero() && p.Year() < f.From {
			continue
		}
		return e
	}
	return nil
}

// Rows lists the rows that a department files for a period, in order; none when
// the form has no edition for it. The department "" gives every row.
func (f *Form) Rows(p period.Period, department string) []Row {
	e := f.Edition(p)
	if e == nil {
		return nil
	}
	if department == "" || f.Department != "" || f.Unassigned {
		return e.Rows
	}
	var rows []Row
	for _, r := range e.Rows {
		if r.Department == department {
			rows = append(rows, r)
		}
	}
	return rows
}

// Departments lists who files the form for a period, in the order of the rows.
// An unassigned form has none.
func (f *Form) Departments(p period.Period) []string {
	e := f.Edition(p)
	if e == nil || f.Unassigned {
		return nil
	}
	if f.Department != "" {
		return []string{f.Department}
	}
	var names []string
	for _, r := range e.Rows {
		if !slices.Contains(names, r.Department) {
			names = append(names, r.Department)
		}
	}
	return names
}

// Exempt reports whether a period is 免报 for the edition: January of a form
// that has no January return (R29).
func (e *Edition) Exempt(p period.Period) bool {
	return e.JanuaryExempt && p.Freq == period.Month && p.LastMonth() == 1
}

// deadline is the deadline of one row.
func (e *Edition) deadline(code indicator.Code) Deadline {
	if d, ok := e.Overrides[code]; ok {
		return d
	}
	return e.Deadline
}

// row finds a row by code; nil when the edition does not have it.
func (e *Edition) row(code indicator.Code) *Row {
	for i := range e.Rows {
		if e.Rows[i].Code == code {
			return &e.Rows[i]
		}
	}
	return nil
}

// Due is the last instant at which a code's value for a period is in time, in
// Asia/Shanghai. It is false when nobody is expected to file it: form 204,
// January of an exempt form, an optional row, a period the code is not filed
// for. The 2022 base of any code is due on form 900.
func (s *Set) Due(code indicator.Code, p period.Period) (time.Time, bool) {
	for i := range s.Forms {
		f := &s.Forms[i]
		e := f.Edition(p)
		if e == nil || f.Unassigned || e.Exempt(p) {
			continue
		}
		if r := e.row(code); r != nil {
			due, _ := s.due(f, e.deadline(code), p)
			return due, r.chased()
		}
	}
	return time.Time{}, false
}

// chased reports whether the row's absence is pursued: optional rows are on the
// form but nobody is asked for them.
func (r *Row) chased() bool { return r.Need != indicator.Optional }

// An Expectation is one return that a department owes for a period.
type Expectation struct {
	Form       *Form
	Department string
	Period     period.Period
	// Due is when the return is first due: the earliest deadline of its rows.
	Due time.Time
	// Unsure is true when a holiday that is not announced yet may move Due.
	Unsure bool
	// Codes are the rows that are chased, each by its own Set.Due.
	Codes []indicator.Code
}

// Expected lists the returns whose period ends together with p, at every
// frequency: for 2026-06 the monthly, quarterly and half-yearly ones. They are
// in the order of the forms, then from the shorter period to the longer.
func (s *Set) Expected(p period.Period) []Expectation {
	var all []Expectation
	for i := range s.Forms {
		f := &s.Forms[i]
		for _, freq := range period.Freqs {
			q, ok := p.As(freq)
			if !ok {
				continue
			}
			e := f.Edition(q)
			if e == nil || e.Exempt(q) {
				continue
			}
			for _, d := range f.Departments(q) {
				x := Expectation{Form: f, Department: d, Period: q}
				for _, r := range f.Rows(q, d) {
					if !r.chased() {
						continue
					}
					x.Codes = append(x.Codes, r.Code)
					if due, known := s.due(f, e.deadline(r.Code), q); x.Due.IsZero() || due.Before(x.Due) {
						x.Due, x.Unsure = due, !known
					}
				}
				if len(x.Codes) > 0 {
					all = append(all, x)
				}
			}
		}
	}
	return all
}

// Exempt lists the editions that are 免报 for a period ending with p: January of
// the forms that have none. Their departments are not asked for anything.
func (s *Set) Exempt(p period.Period) []Expectation {
	var all []Expectation
	for i := range s.Forms {
		f := &s.Forms[i]
		q, ok := p.As(period.Month)
		if e := f.Edition(q); !ok || e == nil || !e.Exempt(q) {
			continue
		}
		for _, d := range f.Departments(q) {
			all = append(all, Expectation{Form: f, Department: d, Period: q})
		}
	}
	return all
}

// Carrier is the regular form that carries a code; nil when none does. The
// base-period form repeats codes and carries none.
func (s *Set) Carrier(code indicator.Code) *Form { return s.home[code] }
