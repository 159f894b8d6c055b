package form

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

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
	const name = "forms.yaml"
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, nil, fmt.Errorf("read forms: %w", err)
	}
	l := &loader{file: name, cat: cat, carried: map[indicator.Code]*yaml.Node{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		l.syntax(err)
		return nil, l.found, nil
	}
	if len(doc.Content) == 0 {
		l.refuse(&yaml.Node{Line: 1, Column: 1}, "yaml-missing-field", "", "文件是空的", "至少写 forms: 一节")
		return nil, l.found, nil
	}
	set := &Set{cat: cat, home: map[indicator.Code]*Form{}}
	l.set(set, doc.Content[0])
	l.found.Sort()
	if l.found.Refused() {
		return nil, l.found, nil
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
	return set, l.found, nil
}

// A loader turns the YAML of the forms into Forms and keeps what is wrong.
type loader struct {
	file  string
	cat   *indicator.Catalogue
	found finding.List

	version, agency, approval string
	accept, postpone          string
	validTo                   time.Time
	from                      int
	deadlines                 map[period.Freq]Deadline
	overrides                 map[indicator.Code]Deadline
	carried                   map[indicator.Code]*yaml.Node
}

func (l *loader) refuse(n *yaml.Node, rule, value, message, hint string) {
	l.found = append(l.found, finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Value: value, Message: message, Hint: hint,
		Place: finding.Place{File: l.file, Line: max(n.Line, 1), Column: max(n.Column, 1)},
	})
}

// syntax turns a parser's error into a finding; its text carries the line.
func (l *loader) syntax(err error) {
	line := 1
	if _, rest, ok := strings.Cut(err.Error(), "line "); ok {
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		if n, err := strconv.Atoi(digits); err == nil {
			line = n
		}
	}
	l.refuse(&yaml.Node{Line: line, Column: 1}, "yaml-syntax", "", "YAML 语法错误："+err.Error(), "检查该行及上一行的缩进、冒号和引号")
}

// fields reads a mapping with known keys; nil when the node is none.
func (l *loader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		l.refuse(n, "yaml-type", n.Value, what+"应是“键: 值”的形式", "每行写一个“键: 值”，冒号后留一个空格")
		return nil
	}
	m := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case !slices.Contains(known, k.Value):
			l.refuse(k, "yaml-unknown-field", k.Value, what+"没有这个键", didYouMean(k.Value, known))
		case m[k.Value] != nil:
			l.refuse(k, "yaml-duplicate-key", k.Value, what+"的键重复", "同一个键只保留一处")
		default:
			m[k.Value] = n.Content[i+1]
		}
	}
	return m
}

// text is a scalar; "" when the node is absent.
func (l *loader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		l.refuse(n, "yaml-type", "", "这里应是一段文字", "写成 键: 文字")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// need is text that must be there; at is where its absence is reported.
func (l *loader) need(m map[string]*yaml.Node, key string, at *yaml.Node) string {
	s := l.text(m[key])
	if s == "" {
		l.refuse(at, "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": …")
	}
	return s
}

// list is the members of a sequence.
func (l *loader) list(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		l.refuse(n, "yaml-type", n.Value, "这里应是列表", "每项以“- ”开头，或写成 [a, b]")
		return nil
	}
	return n.Content
}

// whole is a whole number in a range.
func (l *loader) whole(n *yaml.Node, low, high int) int {
	v, err := strconv.Atoi(l.text(n))
	if err != nil || v < low || v > high {
		l.refuse(n, "yaml-value", n.Value, fmt.Sprintf("应是%d到%d的整数", low, high), "")
		return low
	}
	return v
}

// yes is true or false.
func (l *loader) yes(n *yaml.Node) bool {
	switch s := l.text(n); s {
	case "", "false":
		return false
	case "true":
		return true
	default:
		l.refuse(n, "yaml-value", s, "应是 true 或 false", "")
		return false
	}
}

func (l *loader) set(set *Set, root *yaml.Node) {
	m := l.fields(root, "文件", "version", "agency", "approval", "valid_to", "from", "contact", "accept", "postpone", "deadlines", "overrides", "forms")
	if m == nil {
		return
	}
	l.version, l.agency, l.approval = l.need(m, "version", root), l.need(m, "agency", root), l.text(m["approval"])
	if p, err := period.Parse(l.need(m, "valid_to", root)); err == nil {
		l.validTo = p.Last()
	} else if m["valid_to"] != nil {
		l.refuse(m["valid_to"], "yaml-value", m["valid_to"].Value, "有效期应写年月", "例如 valid_to: 2028-12")
	}
	if m["from"] != nil {
		l.from = l.whole(m["from"], 1990, 2199)
	}
	set.Contact = l.text(m["contact"])
	l.accept, l.postpone = l.oneOf(m["accept"], "auto", acceptances), l.oneOf(m["postpone"], string(Holidays), postponements)
	l.calendar(m, root)
	// The base-period form repeats the rows of the others: it is bound last.
	var base []*yaml.Node
	for _, n := range l.list(m["forms"]) {
		set.Forms = append(set.Forms, l.form(n))
		if l.isBase(n) {
			base = append(base, n)
		}
	}
	for i := range set.Forms {
		f := &set.Forms[i]
		for j := range f.Editions {
			if e := &f.Editions[j]; !e.Once.IsZero() {
				l.baseRows(set, e)
				l.columns(e, base[0])
			}
		}
	}
	l.complete(set, root)
}

func (l *loader) calendar(m map[string]*yaml.Node, root *yaml.Node) {
	l.deadlines = map[period.Freq]Deadline{}
	l.overrides = map[indicator.Code]Deadline{}
	if m["deadlines"] == nil {
		l.refuse(root, "yaml-missing-field", "", "缺少 deadlines", "写明 M、Q、H、A 各报别的期限")
		return
	}
	days := l.fields(m["deadlines"], "deadlines", "M", "Q", "H", "A")
	for key, n := range days {
		if f, err := period.ParseFreq(key); err == nil {
			l.deadlines[f] = l.deadline(n)
		}
	}
	if n := m["overrides"]; n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			code := indicator.Code(n.Content[i].Value)
			if l.cat.Indicator(code) == nil {
				l.unknownCode(n.Content[i])
			}
			l.overrides[code] = l.deadline(n.Content[i+1])
		}
	} else if n != nil {
		l.fields(n, "overrides")
	}
}

func (l *loader) deadline(n *yaml.Node) Deadline {
	m := l.fields(n, "期限", "month", "day")
	if m == nil || m["month"] == nil || m["day"] == nil {
		l.refuse(n, "yaml-missing-field", "", "期限要有 month 和 day", "例如 {month: 1, day: 18}：报告期末的次月18日")
		return Deadline{Month: 1, Day: 1}
	}
	d := Deadline{l.whole(m["month"], 1, 24), l.whole(m["day"], 1, 31)}
	if d.Day > 28 && d.Due(period.Of(period.Year, 2025, 1)).Day() != d.Day {
		l.refuse(m["day"], "yaml-value", m["day"].Value, "该月没有这一日", "写该月实有的日")
	}
	return d
}

// acceptances are what happens to a return that passed its checks: it is
// accepted, or 双城办 accepts it by hand.
var acceptances = []string{"auto", "by_hand"}

var postponements = []string{string(Holidays), string(RestDays), string(Never)}

// oneOf reads a word out of a few; what is not written is the fallback.
func (l *loader) oneOf(n *yaml.Node, fallback string, words []string) string {
	if n == nil {
		return fallback
	}
	if word := l.text(n); slices.Contains(words, word) {
		return word
	}
	l.refuse(n, "yaml-value", n.Value, "应是 "+strings.Join(words, "、")+" 之一", didYouMean(n.Value, words))
	return fallback
}

func (l *loader) isBase(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "editions" {
			continue
		}
		for _, e := range n.Content[i+1].Content {
			for j := 0; j+1 < len(e.Content); j += 2 {
				if e.Content[j].Value == "base_period" {
					return true
				}
			}
		}
	}
	return false
}

func (l *loader) form(n *yaml.Node) Form {
	f := Form{Version: l.version, Agency: l.agency, Approval: l.approval, ValidTo: l.validTo, From: l.from, Line: n.Line}
	m := l.fields(n, "表", "number", "title", "department", "unassigned", "accept", "postpone", "notes", "editions")
	if m == nil {
		return f
	}
	f.Number, f.Title = l.need(m, "number", n), l.need(m, "title", n)
	f.ByHand = l.oneOf(m["accept"], l.accept, acceptances) == acceptances[1]
	f.Postpone = Postponement(l.oneOf(m["postpone"], l.postpone, postponements))
	f.Department, f.Unassigned = l.text(m["department"]), l.yes(m["unassigned"])
	if f.Department != "" && l.cat.Department(f.Department) == nil {
		var names []string
		for _, d := range l.cat.Departments {
			names = append(names, d.Name)
		}
		l.refuse(m["department"], "department-unknown", f.Department, "部门目录中没有这个部门", didYouMean(f.Department, names))
	}
	for _, c := range l.list(m["notes"]) {
		f.Notes = append(f.Notes, l.text(c))
	}
	if len(l.list(m["editions"])) == 0 {
		l.refuse(n, "yaml-missing-field", "", f.Number+" 缺少 editions", "每个报别写一版：freq、columns、rows")
	}
	for _, c := range l.list(m["editions"]) {
		e := l.edition(&f, c)
		for _, other := range f.Editions {
			if other.Freq == e.Freq {
				l.refuse(c, "form-edition-twice", e.Freq.String(), f.Number+" 的同一报别写了两版", "合并为一版")
			}
		}
		f.Editions = append(f.Editions, e)
	}
	return f
}

func (l *loader) edition(f *Form, n *yaml.Node) Edition {
	e := Edition{Overrides: map[indicator.Code]Deadline{}}
	m := l.fields(n, "版", "freq", "base_period", "january_exempt", "vintage", "value", "note", "columns", "rows")
	if m == nil {
		return e
	}
	freq, err := period.ParseFreq(l.need(m, "freq", n))
	if err != nil {
		l.refuse(n, "yaml-value", l.text(m["freq"]), "报别应是 M、Q、H 或 A", "")
		return e
	}
	e.Freq, e.JanuaryExempt = freq, l.yes(m["january_exempt"])
	if e.Deadline = l.deadlines[freq]; e.Deadline == (Deadline{}) {
		l.refuse(n, "yaml-missing-field", freq.String(), "deadlines 中没有这个报别的期限", "在 deadlines 下补上 "+freq.String())
	}
	e.Vintage = indicator.Vintage(l.need(m, "vintage", n))
	if e.Vintage.Name() == "" {
		l.refuse(n, "yaml-value", string(e.Vintage), "数据状态不认识", "写 flash、preliminary 或 final")
	}
	e.Columns = l.kinds(m, n)
	if b := m["base_period"]; b != nil {
		e.Once = period.Of(period.Year, l.whole(b, 1990, 2199), 1)
		return e // its rows are those of the other forms
	}
	for _, c := range l.list(m["rows"]) {
		l.row(f, &e, c)
	}
	if len(e.Rows) == 0 {
		l.refuse(n, "yaml-missing-field", "", "这一版没有行", "在 rows 下列出指标编码")
	}
	l.columns(&e, n)
	return e
}

// kinds reads the columns of an edition; headers of the value and note columns
// may be given where the usual words do not fit.
func (l *loader) kinds(m map[string]*yaml.Node, n *yaml.Node) []Column {
	known := []string{string(ValueColumn), string(YearAgoColumn), string(GrowthColumn), string(StatusColumn), string(NoteColumn)}
	var columns []Column
	for _, c := range l.list(m["columns"]) {
		col := Column{Kind: Kind(l.text(c))}
		switch {
		case !slices.Contains(known, string(col.Kind)):
			l.refuse(c, "yaml-value", string(col.Kind), "没有这种列", didYouMean(string(col.Kind), known))
			continue
		case slices.ContainsFunc(columns, func(o Column) bool { return o.Kind == col.Kind }):
			l.refuse(c, "yaml-value", string(col.Kind), "列重复", "每种列只写一次")
			continue
		case col.Kind == ValueColumn && m["value"] != nil:
			col.Header = []string{l.text(m["value"])}
		case col.Kind == NoteColumn && m["note"] != nil:
			col.Header = []string{l.text(m["note"])}
		}
		columns = append(columns, col)
	}
	if !slices.ContainsFunc(columns, func(c Column) bool { return c.Kind == ValueColumn }) {
		l.refuse(n, "yaml-missing-field", "", "columns 中没有 value 列", "每张表至少要有本期一列")
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

func (l *loader) row(f *Form, e *Edition, n *yaml.Node) {
	at := n
	var m map[string]*yaml.Node
	if n.Kind == yaml.MappingNode {
		if m = l.fields(n, "行", "code", "label", "indent", "measures"); m["code"] != nil {
			at = m["code"]
		}
	}
	code := indicator.Code(l.text(at))
	if m != nil {
		code = indicator.Code(l.need(m, "code", n))
	}
	ind := l.cat.Indicator(code)
	if ind == nil || ind.Kind != indicator.Input {
		if code != "" {
			l.unknownCode(at)
		}
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
	if m["label"] != nil {
		r.Label = l.text(m["label"])
	}
	if m["indent"] != nil {
		r.Indent = l.whole(m["indent"], 0, 5)
	}
	if m["measures"] != nil {
		r.Measures = nil
		for _, c := range l.list(m["measures"]) {
			measure := indicator.Measure(l.text(c))
			if !slices.ContainsFunc(e.Columns, func(c Column) bool { return c.Kind.Measure() == measure }) {
				l.refuse(c, "yaml-value", string(measure), "本版没有这一列", "measures 只能取 columns 中的数据列")
			}
			r.Measures = append(r.Measures, measure)
		}
	}
	e.Rows = append(e.Rows, r)
	if d, ok := l.overrides[code]; ok {
		e.Overrides[code] = d
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
func (l *loader) complete(set *Set, root *yaml.Node) {
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
			l.refuse(root, "code-unfiled", string(ind.Code), "没有一张表填报这个指标："+ind.Name, "加到 "+ind.Form+" 的 rows 下")
		}
	}
}
