package form

import (
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Field is a text of the sheet and where it stands.
type Field struct {
	Text string
	Cell string // A1 reference; "" when the field is not on the sheet
}

// The names of the head fields of a Return, besides the foot's.
const (
	NumberField     = "表号"
	TitleField      = "表名"
	AgencyField     = "制定机关"
	ApprovalField   = "批准文号"
	ValidField      = "有效期至"
	VersionField    = "表式版本"
	DepartmentField = "填报单位"
	PeriodField     = "报告期"
	UnitField       = "计量单位"
	RemarkField     = "简要情况说明"
)

// A Return is what was recognised of a filed workbook. What could not be
// recognised is zero and has a finding.
type Return struct {
	File       string
	Sheet      string
	Form       *Form // nil when the form is not known
	Number     string
	Version    string
	Department string // the filer as the form names it
	Period     period.Period
	Reported   time.Time // 报出日期, Asia/Shanghai midnight
	Head       map[string]Field
	TestData   bool // the sheet is marked 测试数据
	Lines      []Line
	Evidence   []Evidence // of the sheet 佐证材料
	Register   []Member   // of the sheet 名录
}

// A Line is one recognised row.
type Line struct {
	Row     Row    // of the form
	At      int    // the sheet's row
	Label   Field  // as it stands on the sheet
	Unit    Field  // as stated by the cell, the column or the head
	Caliber Field  // the mark, in the catalogue's spelling when it is an allowed one
	Status  Field  // 数据状态 as written
	Note    Field  // 说明
	Data    []Data // in the order of the form's columns
	// Vintage and Estimated are what the status says, or the form's default.
	Vintage   indicator.Vintage
	Estimated bool
}

// Data is one data cell of a line. A cell outside the number grammar has a
// finding and no Data.
type Data struct {
	Measure indicator.Measure
	Number  Number
	Cell    string
	Formula string // what computed the cell on the sheet, without “=”; "" when it was typed
}

// Measure finds the data of a measure; ok is false when the line has none.
func (l *Line) Measure(m indicator.Measure) (d Data, ok bool) {
	for _, d := range l.Data {
		if d.Measure == m {
			return d, true
		}
	}
	return Data{}, false
}

// Line finds the line of a code; nil when the return has none.
func (r *Return) Line(code indicator.Code) *Line {
	for i := range r.Lines {
		if r.Lines[i].Row.Code == code {
			return &r.Lines[i]
		}
	}
	return nil
}

// Observations are the filed cells as the warehouse keeps them: numbers and
// typed absences, never a zero for a blank. The area of LJ codes is the
// catalogue's scope setting. A blank beside the value (上年同期, 同比增速) is not
// an observation; a blank value is one, of status O.
func (r *Return) Observations(cat *indicator.Catalogue) []indicator.Observation {
	var all []indicator.Observation
	for i := range r.Lines {
		l := &r.Lines[i]
		ind := cat.Indicator(l.Row.Code)
		if ind == nil {
			continue
		}
		for _, d := range l.Data {
			if d.Number.Absent == indicator.Missing && d.Measure != indicator.ValueMeasure {
				continue
			}
			o := indicator.Observation{
				Code: l.Row.Code, Area: cat.Resolve(ind.Area), Period: r.Period, Measure: d.Measure,
				Status: d.Number.Absent, Vintage: l.Vintage, Caliber: l.Caliber.Text, Note: l.Note.Text,
				Sheet: r.Sheet, Cell: d.Cell,
			}
			if d.Number.Present() {
				o.Value.Decimal, o.Value.Valid = d.Number.Value, true
				o.Status = l.status()
			}
			all = append(all, o)
		}
	}
	return all
}

// status is the observation status of a value of the line: E for 推算, P before
// the final figure, A from it on.
func (l *Line) status() indicator.ObsStatus {
	switch {
	case l.Estimated:
		return indicator.Estimated
	case l.Vintage == indicator.Flash || l.Vintage == indicator.Preliminary:
		return indicator.Provisional
	}
	return indicator.Normal
}
