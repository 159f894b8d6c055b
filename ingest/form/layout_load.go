package form

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

//go:embed layouts/*.yaml
var layoutFiles embed.FS

// EmbeddedLayouts are the layouts built into the program: *.yaml at its root.
func EmbeddedLayouts() fs.FS {
	sub, err := fs.Sub(layoutFiles, "layouts")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}

// LoadLayouts reads every *.yaml at the root, in the order of the names. All
// that is wrong is found, each with file, line and column; no layout is
// returned when something mandatory is. An error is a file that cannot be read.
func LoadLayouts(fsys fs.FS) ([]Layout, finding.List, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("list layouts: %w", err)
	}
	slices.Sort(names)
	l := &layoutLoader{first: map[string]finding.Place{}}
	for _, name := range names {
		data, err := definition.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, err
		}
		if m, _ := l.Parse(name, data); m != nil {
			m.Entries("layouts", "版式", l.layout)
			m.Done()
		}
	}
	if len(l.all) == 0 && len(l.Found) == 0 {
		l.Add(finding.Finding{Rule: "yaml-missing-field", Severity: finding.Mandatory, Message: "没有表格版式", Hint: "在 *.yaml 中写 layouts: 一节"})
	}
	l.Found.Sort()
	if l.Found.Refused() {
		return nil, l.Found, nil
	}
	return l.all, l.Found, nil
}

// A layoutLoader turns YAML into layouts and keeps what is wrong.
type layoutLoader struct {
	definition.Reader
	all   []Layout
	first map[string]finding.Place // by name
}

// refuse adds a mandatory finding at a node.
func (l *layoutLoader) refuse(n *yaml.Node, rule, value, message, hint string) {
	l.Refuse(l.At(n), rule, "", value, message, hint)
}

func (l *layoutLoader) layout(m *definition.Mapping) {
	x := Layout{File: l.File, Line: m.Node.Line, Fixed: map[Role]string{}, Absent: map[string]indicator.ObsStatus{}}
	x.Name, x.Doc, x.Sheet = m.Need("name"), m.Text("doc"), m.Text("sheet")
	m.Named(x.Name)
	if at, twice := l.first[x.Name]; twice && x.Name != "" {
		m.RefuseAt(m.Place(m.Node), "layout-twice", x.Name, "版式重名，"+at.String()+" 已有", "换一个名称")
	}
	l.first[x.Name] = m.Place(m.Node)
	for _, c := range m.List("head") {
		x.Head = append(x.Head, l.pattern(c)...)
	}
	m.Entries("labels", "标签列", func(m *definition.Mapping) { x.Labels = append(x.Labels, l.label(m)) })
	if len(x.Labels) == 0 {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 labels", "至少写一个标签列：- {header: 指标, role: indicator}")
	}
	for _, c := range m.List("across") {
		x.Across = append(x.Across, l.across(c))
	}
	if len(x.Across) == 0 || len(x.Across) > maxHeader {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", fmt.Sprintf("across 应有1到%d行", maxHeader), "表头每行写一项：across: [period]")
	}
	x.LabelsRow = m.Integer("labels_row", 1, max(1, len(x.Across)), 1)
	x.Skip, x.Units, x.Stop = folded(m, "skip"), folded(m, "units"), folded(m, "stop")
	x.StopBlank = m.Integer("stop_blank", 1, 100, 0)
	x.Repeat, x.Sections, x.Single = m.Boolean("repeat", false), m.Boolean("sections", false), m.Boolean("single", false)
	if text := m.Text("frequency"); text != "" {
		f, err := period.ParseFreq(text)
		if err != nil {
			m.Refuse("frequency", "yaml-value", text, "频率应是 M、Q、H 或 A", "")
		}
		x.Freq = f
	}
	if x.Unit = m.Text("unit"); x.Unit != "" && !slices.Contains([]string{"label", "header", "column"}, x.Unit) {
		m.Refuse("unit", "yaml-value", x.Unit, "unit 应是 label、header 或 column", "两处都写单位时，以哪一处为准")
	}
	if g := m.Group("fixed"); g != nil {
		fixed(&x, g)
	}
	if g := m.Group("absent"); g != nil {
		l.absences(&x, g)
	}
	sources(&x, m)
	l.all = append(l.all, x)
}

// folded is a list of texts, as compared; what is empty then is refused.
func folded(m *definition.Mapping, key string) (all []string) {
	for _, n := range m.Scalars(key) {
		s := fold(n.Value)
		if s == "" {
			m.RefuseAt(m.Place(n), "yaml-value", "", "这里应是一段文字", "删去空项")
			continue
		}
		all = append(all, s)
	}
	return all
}

var roles = []string{string(IndicatorRole), string(AreaRole), string(PeriodRole), string(UnitRole), string(NoteRole)}

func (l *layoutLoader) role(n *yaml.Node, s string, allowed []string) Role {
	if !slices.Contains(allowed, s) {
		l.refuse(n, "yaml-value", s, "这里不能是这个 role", didYouMean(s, allowed))
	}
	return Role(s)
}

// roleOf reads the role of a mapping.
func (l *layoutLoader) roleOf(m *definition.Mapping, allowed []string) Role {
	s := m.Need("role")
	if s == "" {
		return ""
	}
	return l.role(m.Value("role"), s, allowed)
}

// pattern compiles one head pattern; its named groups must be roles.
func (l *layoutLoader) pattern(n *yaml.Node) []*regexp.Regexp {
	const limit = 500
	s := n.Value
	re, err := regexp.Compile(s)
	switch {
	case s == "" || len(s) > limit:
		l.refuse(n, "yaml-value", "", fmt.Sprintf("样式应有1到%d个字节", limit), "")
		return nil
	case err != nil:
		l.refuse(n, "yaml-value", s, "正则表达式写法不对："+err.Error(), "特殊字符 ( ) . * + ? 前加反斜线")
		return nil
	}
	for _, g := range re.SubexpNames() {
		if g != "" && !slices.Contains(roles[:4], g) {
			l.refuse(n, "yaml-value", g, "命名组应是 indicator、area、period 或 unit", didYouMean(g, roles[:4]))
		}
	}
	return []*regexp.Regexp{re}
}

func (l *layoutLoader) label(m *definition.Mapping) LabelColumn {
	c := LabelColumn{Role: l.roleOf(m, roles), Fill: m.Boolean("fill", false)}
	if c.Header = folded(m, "header"); len(c.Header) == 0 {
		m.Missing("header")
	}
	return c
}

// across reads a row of heads: its role alone, or a mapping.
func (l *layoutLoader) across(n *yaml.Node) HeaderRow {
	if n.Kind == yaml.ScalarNode {
		return HeaderRow{Role: l.role(n, n.Value, roles[:4])}
	}
	m := l.Mapping(n, "表头行")
	if m == nil {
		return HeaderRow{}
	}
	defer m.Done()
	return HeaderRow{l.roleOf(m, roles[:4]), m.Boolean("fill", false)}
}

func fixed(x *Layout, m *definition.Mapping) {
	for _, r := range roles[:4] {
		if !m.Has(r) {
			m.Know(r)
			continue
		}
		s := m.Need(r)
		if _, ok := ParsePeriod(s); r == string(PeriodRole) && !ok {
			m.Refuse(r, "yaml-value", s, "报告期写法不认识", "例如 2023年、2023年12月")
		}
		x.Fixed[Role(r)] = s
	}
	m.Done()
}

func (l *layoutLoader) absences(x *Layout, m *definition.Mapping) {
	allowed := []indicator.ObsStatus{indicator.NotSignificant, indicator.CannotExist, indicator.Missing}
	for _, key := range m.Keys() {
		k, v := fold(key.Value), indicator.ObsStatus(m.Text(key.Value))
		if !slices.Contains(allowed, v) {
			m.Refuse(key.Value, "yaml-value", string(v), "应是 N（不足单位）、M（无此项）或 O（未报）", "")
		}
		if k == "" || plainNumber.MatchString(k) {
			l.refuse(key, "yaml-value", key.Value, "数字和空白不能作缺数记号", "")
		}
		x.Absent[k] = v
	}
}

// sources checks that the layout says where each figure's indicator and period
// come from.
func sources(x *Layout, m *definition.Mapping) {
	has := map[Role]bool{}
	for r := range x.Fixed {
		has[r] = true
	}
	for _, c := range x.Labels {
		has[c.Role] = true
	}
	for _, r := range x.Across {
		has[r.Role] = true
	}
	for _, re := range x.Head {
		for _, g := range re.SubexpNames() {
			has[Role(g)] = true
		}
	}
	for _, r := range []Role{IndicatorRole, PeriodRole} {
		if !has[r] {
			m.RefuseAt(m.Place(m.Node), "layout-incomplete", string(r), "没有说明 "+string(r)+" 从哪里取", "写在 labels、across、head 的命名组或 fixed 里")
		}
	}
}
