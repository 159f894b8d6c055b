package form

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

//go:embed forms/*.yaml
var files embed.FS

// Embedded is the forms built into the program: forms.yaml at its root.
func Embedded() fs.FS {
	sub, err := fs.Sub(files, "forms")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}

// Load reads forms.yaml and binds every row to the catalogue. All that is wrong
// with the definitions is found, each with file, line and column; the Set is
// nil when something mandatory is. An error is a file that cannot be read.
func Load(fsys fs.FS, cat *indicator.Catalogue) (*Set, finding.List, error) {
	data, err := definition.ReadFile(fsys, "forms.yaml")
	if err != nil {
		return nil, nil, err
	}
	l := &loader{cat: cat, carried: map[indicator.Code]*yaml.Node{}}
	set := &Set{cat: cat, home: map[indicator.Code]*Form{}}
	m, empty := l.Parse("forms.yaml", data)
	switch {
	case empty:
		l.Refuse(l.Top(), "yaml-missing-field", "", "", "文件是空的", "至少写 forms: 一节")
	case m != nil:
		l.set(set, m)
		m.Done()
	}
	l.Found.Sort()
	if l.Found.Refused() {
		return nil, l.Found, nil
	}
	for i := range set.Forms {
		f := &set.Forms[i]
		for _, e := range f.Editions {
			for _, r := range e.Rows {
				if e.Once.IsZero() {
					set.home[r.Code] = f
				}
			}
		}
	}
	return set, l.Found, nil
}

// A loader turns the YAML of the forms into Forms and keeps what is wrong.
type loader struct {
	definition.Reader
	cat *indicator.Catalogue

	version, agency, approval string
	accept, postpone          string
	validTo                   time.Time
	from                      int
	deadlines                 map[period.Freq]Deadline
	overrides                 map[indicator.Code]Deadline
	carried                   map[indicator.Code]*yaml.Node
	base                      *definition.Mapping // the base-period edition, nil when there is none
}

// refuse adds a mandatory finding at a node.
func (l *loader) refuse(n *yaml.Node, rule, value, message, hint string) {
	l.Refuse(l.At(n), rule, "", value, message, hint)
}

func (l *loader) set(set *Set, m *definition.Mapping) {
	l.version, l.agency, l.approval = m.Need("version"), m.Need("agency"), m.Text("approval")
	if text := m.Need("valid_to"); text != "" {
		p, err := period.Parse(text)
		if err != nil {
			m.Refuse("valid_to", "yaml-value", text, "有效期应写年月", "例如 valid_to: 2028-12")
		} else {
			l.validTo = p.Last()
		}
	}
	l.from = m.Integer("from", 1990, 2199, 0)
	set.Contact = m.Text("contact")
	l.accept = definition.Choice(m, "accept", acceptances[0], acceptances...)
	l.postpone = string(definition.Choice(m, "postpone", Holidays, postponements...))
	l.calendar(m)
	m.Entries("forms", "表", func(m *definition.Mapping) { set.Forms = append(set.Forms, l.form(m)) })
	// The base-period form repeats the rows of the others: it is bound last.
	for i := range set.Forms {
		f := &set.Forms[i]
		for j := range f.Editions {
			if e := &f.Editions[j]; !e.Once.IsZero() {
				l.baseRows(set, e)
				l.columns(e, l.base)
			}
		}
	}
	l.complete(set, m)
}

func (l *loader) calendar(m *definition.Mapping) {
	l.deadlines = map[period.Freq]Deadline{}
	l.overrides = map[indicator.Code]Deadline{}
	if days := m.Group("deadlines"); days == nil {
		m.RefuseAt(m.At("deadlines"), "yaml-missing-field", "", "缺少 deadlines", "写明 M、Q、H、A 各报别的期限")
	} else {
		for _, f := range []period.Freq{period.Month, period.Quarter, period.Half, period.Year} {
			if d := days.Group(f.String()); d != nil {
				l.deadlines[f] = l.deadline(d)
			}
		}
		days.Done()
	}
	overrides := m.Group("overrides")
	if overrides == nil {
		return
	}
	for _, k := range overrides.Keys() {
		code := indicator.Code(k.Value)
		if l.cat.Indicator(code) == nil {
			l.unknownCode(k)
		}
		if d := overrides.Group(k.Value); d != nil {
			l.overrides[code] = l.deadline(d)
		}
	}
}

func (l *loader) deadline(m *definition.Mapping) Deadline {
	defer m.Done()
	if !m.Has("month") || !m.Has("day") {
		m.Know("month", "day")
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "期限要有 month 和 day", "例如 {month: 1, day: 18}：报告期末的次月18日")
		return Deadline{Month: 1, Day: 1}
	}
	d := Deadline{m.Integer("month", 1, 24, 1), m.Integer("day", 1, 31, 1)}
	if d.Day > 28 && d.Due(period.Of(period.Year, 2025, 1)).Day() != d.Day {
		m.Refuse("day", "yaml-value", m.Text("day"), "该月没有这一日", "写该月实有的日")
	}
	return d
}

// acceptances are what happens to a return that passed its checks: it is
// accepted, or 双城办 accepts it by hand.
var acceptances = []string{"auto", "by_hand"}

var postponements = []Postponement{Holidays, RestDays, Never}

func (l *loader) form(m *definition.Mapping) Form {
	f := Form{Version: l.version, Agency: l.agency, Approval: l.approval, ValidTo: l.validTo, From: l.from, Line: m.Node.Line}
	f.Number, f.Title = m.Need("number"), m.Need("title")
	m.Named(f.Number)
	f.ByHand = definition.Choice(m, "accept", l.accept, acceptances...) == acceptances[1]
	f.Postpone = definition.Choice(m, "postpone", Postponement(l.postpone), postponements...)
	f.Department, f.Unassigned = m.Text("department"), m.Boolean("unassigned", false)
	if f.Department != "" && l.cat.Department(f.Department) == nil {
		var names []string
		for _, d := range l.cat.Departments {
			names = append(names, d.Name)
		}
		m.Refuse("department", "department-unknown", f.Department, "部门目录中没有这个部门", didYouMean(f.Department, names))
	}
	f.Notes = m.Texts("notes")
	if len(m.List("editions")) == 0 {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 editions", "每个报别写一版：freq、columns、rows")
	}
	m.Entries("editions", m.What+" 的一版", func(m *definition.Mapping) {
		e := l.edition(&f, m)
		for _, other := range f.Editions {
			if other.Freq == e.Freq {
				m.RefuseAt(m.Place(m.Node), "form-edition-twice", e.Freq.String(), "同一报别写了两版", "合并为一版")
			}
		}
		f.Editions = append(f.Editions, e)
	})
	return f
}

func (l *loader) edition(f *Form, m *definition.Mapping) Edition {
	e := Edition{Overrides: map[indicator.Code]Deadline{}, JanuaryExempt: m.Boolean("january_exempt", false)}
	e.Vintage = indicator.Vintage(m.Need("vintage"))
	if e.Vintage.Name() == "" {
		m.Refuse("vintage", "yaml-value", string(e.Vintage), "数据状态不认识", "写 flash、preliminary 或 final")
	}
	e.Columns = l.kinds(m)
	once := m.Integer("base_period", 1990, 2199, 0)
	rows := m.List("rows")
	text := m.Need("freq")
	freq, err := period.ParseFreq(text)
	if err != nil {
		m.Refuse("freq", "yaml-value", text, "报别应是 M、Q、H 或 A", "")
		return e
	}
	e.Freq = freq
	if e.Deadline = l.deadlines[freq]; e.Deadline == (Deadline{}) {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", freq.String(), "deadlines 中没有这个报别的期限", "在 deadlines 下补上 "+freq.String())
	}
	if once != 0 {
		e.Once, l.base = period.Of(period.Year, once, 1), m
		return e // its rows are those of the other forms
	}
	for _, n := range rows {
		l.row(f, &e, n)
	}
	if len(e.Rows) == 0 {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "这一版没有行", "在 rows 下列出指标编码")
	}
	l.columns(&e, m)
	return e
}

// kinds reads the columns of an edition; headers of the value and note columns
// may be given where the usual words do not fit.
func (l *loader) kinds(m *definition.Mapping) []Column {
	known := []string{string(ValueColumn), string(YearAgoColumn), string(GrowthColumn), string(StatusColumn), string(NoteColumn)}
	headers := map[Kind]string{ValueColumn: m.Text("value"), NoteColumn: m.Text("note")}
	var columns []Column
	for _, c := range m.Scalars("columns") {
		col := Column{Kind: Kind(c.Value)}
		switch {
		case !slices.Contains(known, string(col.Kind)):
			l.refuse(c, "yaml-value", string(col.Kind), "没有这种列", didYouMean(string(col.Kind), known))
			continue
		case slices.ContainsFunc(columns, func(o Column) bool { return o.Kind == col.Kind }):
			l.refuse(c, "yaml-value", string(col.Kind), "列重复", "每种列只写一次")
			continue
		case headers[col.Kind] != "":
			col.Header = []string{headers[col.Kind]}
		}
		columns = append(columns, col)
	}
	if !slices.ContainsFunc(columns, func(c Column) bool { return c.Kind == ValueColumn }) {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "columns 中没有 value 列", "每张表至少要有本期一列")
	}
	return columns
}

func (l *loader) unknownCode(n *yaml.Node) {
	var codes []string
	for i := range l.cat.Indicators {
		if l.cat.Indicators[i].Kind == indicator.Input {
			codes = append(codes, string(l.cat.Indicators[i].Code))
		}
	}
	l.refuse(n, "code-unknown", n.Value, "指标目录中没有这个填报指标", didYouMean(n.Value, codes))
}

// row reads a row: the code alone, or a mapping.
func (l *loader) row(f *Form, e *Edition, n *yaml.Node) {
	at := n
	var m *definition.Mapping
	if n.Kind != yaml.ScalarNode {
		if m = l.Mapping(n, "行"); m == nil {
			return
		}
		defer m.Done()
		m.Know("label", "indent", "measures")
		if m.Need("code") == "" {
			return
		}
		at = m.Value("code")
	}
	code := indicator.Code(at.Value)
	ind := l.cat.Indicator(code)
	if ind == nil || ind.Kind != indicator.Input {
		l.unknownCode(at)
		return
	}
	if first := l.carried[code]; first != nil {
		l.refuse(at, "code-twice", string(code), fmt.Sprintf("第%d行已有这个指标：一数一源，一个指标只能在一张表上", first.Line), "删去一处")
		return
	}
	l.carried[code] = at
	if ind.Freq != e.Freq {
		l.refuse(at, "form-frequency", ind.Freq.String(), "指标的频率与本版不同："+string(code), "移到 freq: "+ind.Freq.String()+" 的一版")
	}
	if ind.Form != "" && ind.Form != f.Number {
		l.refuse(at, "form-number", ind.Form, "指标目录中该指标属于"+ind.Form+"："+string(code), "移到该表，或修改指标目录")
	}
	r := l.bind(e, ind)
	if f.Department != "" {
		r.Department = f.Department
	} else if !f.Unassigned && len(ind.Filer) > 0 {
		r.Department = ind.Filer[0]
	}
	if m != nil {
		l.vary(&r, e, m)
	}
	e.Rows = append(e.Rows, r)
	if d, ok := l.overrides[code]; ok {
		e.Overrides[code] = d
	}
}

// vary takes into a row what its definition says otherwise than the indicator.
func (l *loader) vary(r *Row, e *Edition, m *definition.Mapping) {
	if label := m.Text("label"); label != "" {
		r.Label = label
	}
	r.Indent = m.Integer("indent", 0, 5, r.Indent)
	if !m.Has("measures") {
		return
	}
	r.Measures = nil
	for _, c := range m.Scalars("measures") {
		measure := indicator.Measure(c.Value)
		if !slices.ContainsFunc(e.Columns, func(c Column) bool { return c.Kind.Measure() == measure }) {
			l.refuse(c, "yaml-value", string(measure), "本版没有这一列", "measures 只能取 columns 中的数据列")
		}
		r.Measures = append(r.Measures, measure)
	}
}

// bind makes the row of an indicator in an edition.
func (l *loader) bind(e *Edition, ind *indicator.Indicator) Row {
	r := Row{
		No: fmt.Sprintf("%02d", len(e.Rows)+1), Code: ind.Code, Label: ind.Name, Unit: ind.Unit,
		Decimals: ind.Decimals, Nature: ind.Nature, Calibers: ind.Caliber, Need: ind.Necessity, Vintage: e.Vintage,
		Evidence: ind.Evidence, Register: ind.Register == indicator.RegisterRequired,
	}
	if ind.Nature == indicator.CountStock || ind.Nature == indicator.CountFlowPeriod {
		r.Vintage = indicator.Final // a register is what it is: it has no flash
	}
	lone := ind.Nature.Relative() || ind.Nature.Evidence() || ind.Nature == indicator.Index
	for _, c := range e.Columns {
		if m := c.Kind.Measure(); m == indicator.ValueMeasure || m != "" && !lone {
			r.Measures = append(r.Measures, m)
		}
	}
	return r
}

// baseRows fills the base-period edition: every input that needs a 2022 value,
// in the order of the forms, filed by who files it otherwise.
func (l *loader) baseRows(set *Set, e *Edition) {
	for _, f := range set.Forms {
		for _, other := range f.Editions {
			for _, o := range other.Rows {
				ind := l.cat.Indicator(o.Code)
				if !other.Once.IsZero() || !ind.Base2022 {
					continue
				}
				r := l.bind(e, ind)
				r.Department = o.Department
				e.Rows = append(e.Rows, r)
				if d, ok := l.overrides[r.Code]; ok {
					e.Overrides[r.Code] = d
				}
			}
		}
	}
}

// complete finds the inputs that no form carries.
func (l *loader) complete(set *Set, m *definition.Mapping) {
	seen := map[string]bool{}
	for _, f := range set.Forms {
		if seen[f.Number] {
			l.refuse(&yaml.Node{Line: f.Line, Column: 1}, "form-twice", f.Number, "表号重复", "每张表只写一次")
		}
		seen[f.Number] = true
	}
	for i := range l.cat.Indicators {
		ind := &l.cat.Indicators[i]
		if ind.Kind == indicator.Input && l.carried[ind.Code] == nil {
			m.RefuseAt(m.Place(m.Node), "code-unfiled", string(ind.Code), "没有一张表填报这个指标："+ind.Name, "加到 "+ind.Form+" 的 rows 下")
		}
	}
}
