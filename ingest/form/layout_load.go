package form

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

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
	var all []Layout
	var found finding.List
	first := map[string]finding.Place{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("read layout %s: %w", name, err)
		}
		l := &loader{file: name}
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			l.syntax(err)
		} else if len(doc.Content) > 0 {
			all = append(all, l.layouts(doc.Content[0], first)...)
		}
		found = append(found, l.found...)
	}
	if len(all) == 0 && len(found) == 0 {
		found = finding.List{{Rule: "yaml-missing-field", Severity: finding.Mandatory, Message: "没有表格版式", Hint: "在 *.yaml 中写 layouts: 一节"}}
	}
	found.Sort()
	if found.Refused() {
		return nil, found, nil
	}
	return all, found, nil
}

func (l *loader) layouts(root *yaml.Node, first map[string]finding.Place) (all []Layout) {
	m := l.fields(root, "文件", "layouts")
	for _, n := range l.list(m["layouts"]) {
		x := l.layout(n)
		if at, twice := first[x.Name]; twice && x.Name != "" {
			l.refuse(n, "layout-twice", x.Name, "版式重名，"+at.String()+" 已有", "换一个名称")
		}
		first[x.Name] = finding.Place{File: l.file, Line: n.Line, Column: n.Column}
		all = append(all, x)
	}
	return all
}

func (l *loader) layout(n *yaml.Node) Layout {
	x := Layout{File: l.file, Line: n.Line, Fixed: map[Role]string{}, Absent: map[string]indicator.ObsStatus{}}
	m := l.fields(n, "版式", "name", "doc", "sheet", "head", "labels", "labels_row", "skip", "across", "frequency", "fixed",
		"unit", "units", "absent", "stop", "stop_blank", "repeat", "sections", "single")
	if m == nil {
		return x
	}
	x.Name, x.Doc, x.Sheet = l.need(m, "name", n), l.text(m["doc"]), l.text(m["sheet"])
	for _, c := range l.list(m["head"]) {
		x.Head = append(x.Head, l.pattern(c)...)
	}
	for _, c := range l.list(m["labels"]) {
		x.Labels = append(x.Labels, l.label(c))
	}
	if len(x.Labels) == 0 {
		l.refuse(n, "yaml-missing-field", "", "缺少 labels", "至少写一个标签列：- {header: 指标, role: indicator}")
	}
	for _, c := range l.list(m["across"]) {
		x.Across = append(x.Across, l.across(c))
	}
	if len(x.Across) == 0 || len(x.Across) > maxHeader {
		l.refuse(n, "yaml-missing-field", "", fmt.Sprintf("across 应有1到%d行", maxHeader), "表头每行写一项：across: [period]")
	}
	x.LabelsRow = 1
	if m["labels_row"] != nil {
		x.LabelsRow = l.whole(m["labels_row"], 1, max(1, len(x.Across)))
	}
	x.Skip, x.Units, x.Stop = l.texts(m["skip"]), l.texts(m["units"]), l.texts(m["stop"])
	if m["stop_blank"] != nil {
		x.StopBlank = l.whole(m["stop_blank"], 1, 100)
	}
	x.Repeat, x.Sections, x.Single = l.yes(m["repeat"]), l.yes(m["sections"]), l.yes(m["single"])
	if m["frequency"] != nil {
		f, err := period.ParseFreq(l.text(m["frequency"]))
		if err != nil {
			l.refuse(m["frequency"], "yaml-value", m["frequency"].Value, "频率应是 M、Q、H 或 A", "")
		}
		x.Freq = f
	}
	if x.Unit = l.text(m["unit"]); x.Unit != "" && !slices.Contains([]string{"label", "header", "column"}, x.Unit) {
		l.refuse(m["unit"], "yaml-value", x.Unit, "unit 应是 label、header 或 column", "两处都写单位时，以哪一处为准")
	}
	l.fixed(&x, m["fixed"])
	l.absences(&x, m["absent"])
	l.sources(&x, n)
	return x
}

// texts is a list of texts, as compared; an empty one is refused.
func (l *loader) texts(n *yaml.Node) (all []string) {
	for _, c := range l.list(n) {
		s := fold(l.text(c))
		if s == "" {
			l.refuse(c, "yaml-value", "", "这里应是一段文字", "删去空项")
			continue
		}
		all = append(all, s)
	}
	return all
}

var roles = []string{string(IndicatorRole), string(AreaRole), string(PeriodRole), string(UnitRole), string(NoteRole)}

func (l *loader) role(n *yaml.Node, allowed ...string) Role {
	s := l.text(n)
	if !slices.Contains(allowed, s) {
		l.refuse(n, "yaml-value", s, "这里不能是这个 role", didYouMean(s, allowed))
	}
	return Role(s)
}

// pattern compiles one head pattern; its named groups must be roles.
func (l *loader) pattern(n *yaml.Node) []*regexp.Regexp {
	const limit = 500
	s := l.text(n)
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

func (l *loader) label(n *yaml.Node) LabelColumn {
	m := l.fields(n, "标签列", "header", "role", "fill")
	if m == nil {
		return LabelColumn{}
	}
	c := LabelColumn{Fill: l.yes(m["fill"])}
	if m["role"] == nil {
		l.refuse(n, "yaml-missing-field", "", "缺少 role", didYouMean("", roles))
	} else {
		c.Role = l.role(m["role"], roles...)
	}
	if h := m["header"]; h != nil && h.Kind == yaml.SequenceNode {
		c.Header = l.texts(h)
	} else if s := fold(l.need(m, "header", n)); s != "" {
		c.Header = []string{s}
	}
	return c
}

func (l *loader) across(n *yaml.Node) HeaderRow {
	if n.Kind == yaml.ScalarNode {
		return HeaderRow{Role: l.role(n, roles[:4]...)}
	}
	m := l.fields(n, "表头行", "role", "fill")
	if m == nil || m["role"] == nil {
		l.refuse(n, "yaml-missing-field", "", "缺少 role", "例如 {role: period, fill: true}")
		return HeaderRow{}
	}
	return HeaderRow{l.role(m["role"], roles[:4]...), l.yes(m["fill"])}
}

func (l *loader) fixed(x *Layout, n *yaml.Node) {
	if n == nil {
		return
	}
	m := l.fields(n, "fixed", roles[:4]...)
	for _, r := range roles[:4] {
		if m[r] == nil {
			continue
		}
		s := l.need(m, r, m[r])
		if _, ok := ParsePeriod(s); r == string(PeriodRole) && !ok {
			l.refuse(m[r], "yaml-value", s, "报告期写法不认识", "例如 2023年、2023年12月")
		}
		x.Fixed[Role(r)] = s
	}
}

func (l *loader) absences(x *Layout, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.fields(n, "absent")
		return
	}
	allowed := []indicator.ObsStatus{indicator.NotSignificant, indicator.CannotExist, indicator.Missing}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := fold(n.Content[i].Value), indicator.ObsStatus(l.text(n.Content[i+1]))
		if !slices.Contains(allowed, v) {
			l.refuse(n.Content[i+1], "yaml-value", string(v), "应是 N（不足单位）、M（无此项）或 O（未报）", "")
		}
		if k == "" || plainNumber.MatchString(k) {
			l.refuse(n.Content[i], "yaml-value", n.Content[i].Value, "数字和空白不能作缺数记号", "")
		}
		x.Absent[k] = v
	}
}

// sources checks that the layout says where each figure's indicator and period
// come from.
func (l *loader) sources(x *Layout, n *yaml.Node) {
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
			l.refuse(n, "layout-incomplete", string(r), "版式没有说明 "+string(r)+" 从哪里取", "写在 labels、across、head 的命名组或 fixed 里")
		}
	}
}
