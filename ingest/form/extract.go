package form

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Extract recognises a filed workbook: which form and period it is, who files
// it, and what each row says. file is how findings name it; received is when it
// arrived, against which validity, deadlines and the report date are held.
//
// The Return is never nil; with mandatory findings it holds what could be
// recognised, for the receipt, and must not be published.
func Extract(file string, book *workbook.Book, set *Set, received time.Time) (*Return, finding.List) {
	x := &extractor{
		book: book, set: set, received: received.In(period.Shanghai),
		ret: &Return{File: file, Head: map[string]Field{}},
	}
	x.recognise()
	x.found.Sort()
	return x.ret, x.found
}

// An extractor is one extraction under way.
type extractor struct {
	book     *workbook.Book
	set      *Set
	received time.Time
	sheet    *workbook.Sheet
	table    table
	edition  *Edition
	id       identity
	unitLine bool // the head's unit line has been said to contradict a row
	ret      *Return
	found    finding.List
}

// An identity is what the hidden sheet of an issued workbook says.
type identity struct{ number, version, period, department, issue string }

func (x *extractor) recognise() {
	x.id = identity{x.hidden(nameID), x.hidden(nameVersion), x.hidden(namePeriod), x.hidden(nameDepartment), x.hidden(nameIssue)}
	if !x.findSheet() {
		return
	}
	x.table = layout(x.sheet)
	bottom := x.table.head - 1
	if x.table.head == 0 {
		bottom = faceRows
	}
	head, used := fields(x.sheet, 1, bottom)
	last := 0
	if n := len(x.sheet.Cells); n > 0 {
		last = x.sheet.Cells[n-1].Ref.Row
	}
	below := max(x.table.foot, bottom+1)
	foot, _ := fields(x.sheet, below, min(last, below+footLength))
	for _, m := range []map[string]Field{foot, head} {
		for k, v := range m {
			if old := x.ret.Head[k]; old.Text == "" {
				x.ret.Head[k] = v
			}
		}
	}
	x.fromNames()
	x.testMark(bottom)
	if !x.findForm(bottom) {
		return
	}
	x.title(bottom)
	x.version()
	if x.table.head == 0 {
		x.mandatory("header-missing", "", "", "", "“指标名称”一行", "没有找到表头", "使用下发的表样填报，不要删去表头")
		return
	}
	if !x.findPeriod(bottom, used) {
		return
	}
	x.department()
	x.timing()
	x.complete()
	x.columns()
	x.rows()
	x.attachments()
}

// maxFindings bounds what is said about a hostile workbook.
const maxFindings = 500

// add records a finding in the form's sheet.
func (x *extractor) add(f finding.Finding, cell string) {
	if len(x.found) == maxFindings {
		f = finding.Finding{Rule: "too-many-findings", Severity: finding.Mandatory, Message: fmt.Sprintf("问题超过%d处，其余不再列出", maxFindings), Hint: "先改正已列出的问题，再重新报送"}
	}
	if len(x.found) > maxFindings {
		return
	}
	f.Place = finding.Place{File: x.ret.File, Cell: cell}
	if x.sheet != nil {
		f.Place.Sheet = x.sheet.Name
	}
	x.found = append(x.found, f)
}

func (x *extractor) mandatory(rule, cell, label, value, want, message, hint string) {
	x.add(finding.Finding{Rule: rule, Severity: finding.Mandatory, Label: label, Value: brief(value), Want: want, Message: message, Hint: hint}, cell)
}

func (x *extractor) plausibility(rule, cell, label, value, want, message, hint string) {
	x.add(finding.Finding{Rule: rule, Severity: finding.Plausibility, Label: label, Value: brief(value), Want: want, Message: message, Hint: hint}, cell)
}

func (x *extractor) note(rule, cell, label, value, message string) {
	x.add(finding.Finding{Rule: rule, Severity: finding.Note, Label: label, Value: brief(value), Message: message}, cell)
}

// hidden is the text of an identity name; "" when there is none.
func (x *extractor) hidden(name string) string {
	_, c := named(x.book, name)
	return strings.TrimSpace(c.Text)
}

// faceRows is how far down a form's head is looked for.
const faceRows = 40

// findSheet chooses the sheet of the form: the visible one that shows a 表号.
func (x *extractor) findSheet() bool {
	var numbered, tabled, other []*workbook.Sheet
	for _, s := range x.book.Sheets {
		switch {
		case attachment(s) && len(x.book.Sheets) > 1: // read when the form is known
		case s.Hidden:
			if s.Name != identitySheet && s.Name != knownSheet && len(s.Cells) > 0 {
				other = append(other, s)
			}
		case x.shows(s):
			numbered = append(numbered, s)
		case layout(s).head > 0:
			tabled = append(tabled, s)
		case len(s.Cells) > 0:
			other = append(other, s)
		}
	}
	switch {
	case len(numbered) > 0:
		other = append(other, tabled...)
	default:
		numbered = tabled
	}
	switch len(numbered) {
	case 0:
		x.mandatory("R02", "", "", "", "一张列出表号的报表", "工作簿里没有报表", "使用下发的表样填报")
		return false
	case 1:
	default:
		names := make([]string, len(numbered))
		for i, s := range numbered {
			names[i] = "“" + s.Name + "”"
		}
		x.sheet = numbered[0]
		x.mandatory("sheet-ambiguous", "", "", strings.Join(names, "、"), "一个工作簿一张报表", "工作簿里有多张报表", "每张报表单独存为一个文件报送")
		x.sheet = nil
		return false
	}
	x.sheet = numbered[0]
	x.ret.Sheet = x.sheet.Name
	for _, s := range other {
		state := "工作表"
		if s.Hidden {
			state = "隐藏的工作表"
		}
		x.found = append(x.found, finding.Finding{
			Rule: "extra-sheet", Severity: finding.Note, Place: finding.Place{File: x.ret.File, Sheet: s.Name},
			Message: "另有" + state + "“" + s.Name + "”，未读取",
		})
	}
	return true
}

// shows reports whether a sheet shows a 表号 near its top.
func (x *extractor) shows(s *workbook.Sheet) bool {
	if owner, _ := named(x.book, faceNumber); owner == s {
		return true
	}
	head, _ := fields(s, 1, faceRows)
	if head[NumberField].Text != "" {
		return true
	}
	_, ok := x.numberCell(s)
	return ok
}

// numberCell finds a cell that is exactly a known form number.
func (x *extractor) numberCell(s *workbook.Sheet) (workbook.Cell, bool) {
	for i := range s.Cells {
		c := s.Cells[i]
		if c.Ref.Row > faceRows {
			break
		}
		if c.Kind == workbook.Text && len(c.Text) < 64 && x.set.Form(fold(c.Text)) != nil {
			return c, true
		}
	}
	return workbook.Cell{}, false
}

// fromNames fills fields that no label gave from the defined names of the face.
func (x *extractor) fromNames() {
	fill := func(field, name string) {
		if x.ret.Head[field].Text != "" {
			return
		}
		if s, c := named(x.book, name); s == x.sheet && c.Kind != workbook.Blank && strings.TrimSpace(c.Text) != "" {
			x.ret.Head[field] = Field{strings.TrimSpace(c.Text), c.Ref.String()}
		}
	}
	fill(NumberField, faceNumber)
	fill(DepartmentField, faceDepartment)
	fill(UnitField, faceUnit)
	fill(RemarkField, faceRemark)
	for _, n := range footNames {
		fill(n.label, n.name)
	}
	if x.ret.Head[NumberField].Text == "" {
		if c, ok := x.numberCell(x.sheet); ok {
			x.ret.Head[NumberField] = Field{fold(c.Text), c.Ref.String()}
		}
	}
}

func (x *extractor) testMark(bottom int) {
	for i := range x.sheet.Cells {
		c := &x.sheet.Cells[i]
		if c.Ref.Row > max(bottom, 1) {
			return
		}
		if c.Kind == workbook.Text && strings.Contains(fold(c.Text), testMark) {
			x.ret.TestData = true
			return
		}
	}
}

// findForm decides the form by the hidden identity, then by the 表号 cell, then
// by the title above the table.
func (x *extractor) findForm(bottom int) bool {
	face := x.ret.Head[NumberField]
	shown := fold(face.Text)
	x.ret.Number = shown
	if x.id.number != "" {
		x.ret.Number = x.id.number
	}
	if shown != "" && x.id.number != "" && shown != fold(x.id.number) {
		x.mandatory("R02", face.Cell, NumberField, shown, x.id.number, "表号与表样的内部标识不一致", "不要在一张表的表样上填另一张表；重新下载表样")
		return false
	}
	f := x.set.Form(fold(x.ret.Number))
	if x.ret.Number == "" {
		var where string
		if f, where = x.titled(bottom); f != nil {
			x.ret.Number = f.Number
		} else {
			x.mandatory("R02", where, NumberField, "", "双城101表 等", "找不到表号", "使用下发的表样，右上角须有表号")
			return false
		}
	}
	switch {
	case f == nil:
		x.mandatory("R02", face.Cell, NumberField, x.ret.Number, "", "没有这个表号", didYouMean(x.ret.Number, x.numbers()))
		return false
	case shown == "":
		x.mandatory("R01", "", NumberField, "", f.Number, "缺少表号", "右上角填 表号："+f.Number)
	}
	x.ret.Form, x.ret.Number = f, f.Number
	return true
}

// titled finds the only form whose title stands above the table, and where; no
// form when two titles do.
func (x *extractor) titled(bottom int) (form *Form, where string) {
	for i := range x.sheet.Cells {
		c := &x.sheet.Cells[i]
		if c.Ref.Row > bottom {
			break
		}
		if c.Kind != workbook.Text {
			continue
		}
		text := fold(c.Text)
		for k := range x.set.Forms {
			f := &x.set.Forms[k]
			switch {
			case !strings.Contains(text, fold(f.Title)) || f == form:
			case form != nil:
				return nil, workbook.Range{From: mustRef(where), To: c.Ref}.String()
			default:
				form, where = f, c.Ref.String()
			}
		}
	}
	return form, where
}

func (x *extractor) numbers() []string {
	var n []string
	for i := range x.set.Forms {
		n = append(n, x.set.Forms[i].Number)
	}
	return n
}

// title finds 表名: the head must say what the form is called.
func (x *extractor) title(bottom int) {
	want := fold(x.ret.Form.Title)
	for i := range x.sheet.Cells {
		c := &x.sheet.Cells[i]
		if c.Ref.Row > bottom {
			break
		}
		if c.Kind == workbook.Text && strings.Contains(fold(c.Text), want) {
			x.ret.Head[TitleField] = Field{strings.TrimSpace(c.Text), c.Ref.String()}
			return
		}
	}
	x.mandatory("R01", "", TitleField, "", x.ret.Form.Title, "缺少表名，或表名与表号不符", "使用下发的表样")
}

// version checks the version of the form and that it is unaltered and valid.
func (x *extractor) version() {
	f, face := x.ret.Form, x.ret.Head[VersionField]
	shown := fold(face.Text)
	x.ret.Version = x.id.version
	if x.ret.Version == "" {
		x.ret.Version = shown
	}
	hint := "下载" + f.Version + "版的" + f.Number + "重新填报"
	switch {
	case x.ret.Version == "":
		x.mandatory("R02", "", VersionField, "", f.Version, "缺少表式版本", hint)
	case shown != "" && x.id.version != "" && shown != fold(x.id.version):
		x.mandatory("R02", face.Cell, VersionField, shown, x.id.version, "表式版本与表样的内部标识不一致", hint)
	case fold(x.ret.Version) != fold(f.Version):
		x.mandatory("R02", face.Cell, VersionField, x.ret.Version, f.Version, "不是现行版本的表", hint)
	}
	valid := x.ret.Head[ValidField]
	until := f.ValidTo
	if p, ok := ParsePeriod(valid.Text); ok && p.Last().Before(until) {
		until = p.Last()
	}
	if day := dayOf(x.received); day.After(until) {
		x.mandatory("R02", valid.Cell, ValidField, until.Format("2006年1月2日"), "不早于 "+day.Format("2006年1月2日"), "报表已过有效期", "下载现行表样重新填报")
	}
}

// dayOf is the midnight of a day in Asia/Shanghai.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(period.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, period.Shanghai)
}

// department decides who files and whether they file this form.
func (x *extractor) department() {
	face := x.ret.Head[DepartmentField]
	shown := fold(face.Text)
	if shown == "" {
		return // R01 says so
	}
	if x.id.department != "" && fold(x.id.department) != shown {
		x.mandatory("R02", face.Cell, DepartmentField, face.Text, x.id.department, "填报单位与表样的内部标识不一致", "使用发给本单位的表样")
		return
	}
	x.ret.Department = shown
	filers := x.ret.Form.Departments(x.ret.Period)
	if slices.Contains(filers, shown) {
		return
	}
	for _, f := range filers {
		if x.succeeds(shown, f) {
			x.ret.Department = f
			return
		}
	}
	var names []string
	for _, d := range x.set.cat.Departments {
		names = append(names, d.Name)
	}
	switch {
	case x.set.cat.Department(shown) == nil:
		x.mandatory("R02", face.Cell, DepartmentField, face.Text, strings.Join(filers, "、"), "部门目录中没有这个填报单位", didYouMean(shown, names))
	case x.ret.Form.Unassigned && x.id.department != "":
		x.note("R02", face.Cell, DepartmentField, face.Text, "本表的填报单位在计划中没有明确，表样由双城办发给该单位")
	case x.ret.Form.Unassigned:
		x.plausibility("R02", face.Cell, DepartmentField, face.Text, "", "本表的填报单位尚未明确，请核实", "由双城办明确填报单位")
	default:
		x.mandatory("R02", face.Cell, DepartmentField, face.Text, strings.Join(filers, "、"), "本表不由这个单位填报", "核对表号和填报单位")
	}
}

// succeeds reports whether a department took over another (承接).
func (x *extractor) succeeds(name, old string) bool {
	for range 8 { // longer chains are cycles
		d := x.set.cat.Department(old)
		if d == nil || d.Successor == "" {
			return false
		}
		if old = d.Successor; old == name {
			return true
		}
	}
	return false
}

// complete is R01: head and foot are filled in, and the report date is possible.
func (x *extractor) complete() {
	for _, name := range []string{DepartmentField, UnitField, UnitHead, StatHead, FilledBy, Telephone, ReportedOn} {
		if f := x.ret.Head[name]; f.Text == "" {
			x.mandatory("R01", f.Cell, name, "", "", "缺少"+name, "补填"+name+"后再报")
		}
	}
	f := x.ret.Head[ReportedOn]
	if f.Text == "" {
		return
	}
	day, ok := parseDay(f.Text)
	switch {
	case !ok:
		x.mandatory("R01", f.Cell, ReportedOn, f.Text, "2026年7月25日", "报出日期写法不认识", "按“年月日”填写")
		return
	case day.After(dayOf(x.received)):
		x.mandatory("R01", f.Cell, ReportedOn, f.Text, "不晚于 "+x.received.Format("2006年1月2日"), "报出日期晚于收到日期", "改正报出日期")
	case !day.After(x.ret.Period.Last()):
		x.plausibility("R01", f.Cell, ReportedOn, f.Text, "晚于 "+x.ret.Period.Last().Format("2006年1月2日"), "报出日期不晚于报告期末，请核实", "核对报告期和报出日期")
	}
	x.ret.Reported = day
}

// statusWords are what the 数据状态 column may say, with the vintage; 推算 keeps
// the form's own vintage and marks the value as an estimate.
var statusWords = []struct {
	word    string
	vintage indicator.Vintage
}{
	{"快报", indicator.Flash},
	{"快报数", indicator.Flash},
	{"月快报", indicator.Flash},
	{"初步核算", indicator.Preliminary},
	{"初步核算数", indicator.Preliminary},
	{"初步", indicator.Preliminary},
	{"初步数", indicator.Preliminary},
	{"最终核实", indicator.Final},
	{"最终核实数", indicator.Final},
	{"最终", indicator.Final},
	{"年报", indicator.Final},
	{"正式数", indicator.Final},
	{"普查修订", indicator.Census},
	{"普查修订数", indicator.Census},
	{"普查", indicator.Census},
	{"更正", indicator.Correction},
	{"更正数", indicator.Correction},
	{"推算", ""},
	{"推算数", ""},
	{"测算", ""},
	{"测算数", ""},
}
