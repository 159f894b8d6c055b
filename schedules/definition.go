package schedules

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

//go:embed jobs.yaml holidays.yaml
var embedded embed.FS

// Embedded is the timetable and the calendar the product comes with: jobs.yaml
// and holidays.yaml.
func Embedded() fs.FS { return embedded }

// maxDefinition bounds what is read of a definition file, in bytes; maxFindings
// what is said about it.
const (
	maxDefinition = 1 << 20
	maxFindings   = 200
)

// A reader collects what is wrong with one definition file.
type reader struct {
	file  string
	found finding.List
}

func (r *reader) add(s finding.Severity, n *yaml.Node, rule, value, message, hint string) {
	if len(r.found) >= maxFindings {
		return
	}
	if v := []rune(value); len(v) > 60 {
		value = string(v[:59]) + "…"
	}
	r.found = append(r.found, finding.Finding{
		Rule: rule, Severity: s, Value: value, Message: message, Hint: hint,
		Place: finding.Place{File: r.file, Line: max(n.Line, 1), Column: max(n.Column, 1)},
	})
}

func (r *reader) refuse(n *yaml.Node, rule, value, message, hint string) {
	r.add(finding.Mandatory, n, rule, value, message, hint)
}

// read parses a file of the folder, or the embedded one when the folder has
// none, and opens its one list. The items are nil, with findings, when the file
// is not of that form.
func read(fsys fs.FS, file, list string) (r *reader, items []*yaml.Node, err error) {
	r = &reader{file: file}
	text, err := load(fsys, file)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", file, err)
	}
	top := &yaml.Node{Line: 1, Column: 1}
	if len(text) > maxDefinition {
		r.refuse(top, "yaml-size", "", "文件超过1 MB", "时间表只需几十行，请核对文件")
		return r, nil, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		top.Line = lineOf(err)
		r.refuse(top, "yaml-syntax", "", "不是正确的 YAML："+err.Error(), "检查这一行和前后一行的缩进、冒号和引号；缩进只用空格")
		return r, nil, nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.refuse(top, "yaml-empty", "", "文件是空的", "以 "+list+": 开头列出各项")
		return r, nil, nil
	}
	if n := indirect(doc.Content[0]); n != nil {
		r.refuse(n, "yaml-anchor", n.Value, "不得使用锚点（&）、别名（*）和类型标签（!）", "把内容照写一遍")
		return r, nil, nil
	}
	m := r.mapping(doc.Content[0])
	if m == nil {
		return r, nil, nil
	}
	n := m.value(list)
	m.done()
	switch {
	case n == nil:
		r.refuse(m.node, "yaml-missing-field", "", "缺少 "+list, "以 "+list+": 开头列出各项")
	case n.Kind != yaml.SequenceNode:
		r.refuse(n, "yaml-type", n.Value, list+" 应是清单", "每项一行，以 “- ” 开头")
	default:
		items = n.Content
	}
	return r, items, nil
}

func load(fsys fs.FS, file string) ([]byte, error) {
	f, err := fsys.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = embedded.Open(file)
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDefinition+1))
	return text, errors.Join(err, f.Close())
}

// yamlLine is how the YAML package says where: line 3.
var yamlLine = regexp.MustCompile(`line ([0-9]+)`)

// lineOf is the line of a syntax error; the package is at times one line early.
func lineOf(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 1
}

// indirect finds a node that hides or multiplies content.
func indirect(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return n
	}
	for _, c := range n.Content {
		if bad := indirect(c); bad != nil {
			return bad
		}
	}
	return nil
}

// A mapping is one mapping of a file; done refuses the keys nobody asked for.
type mapping struct {
	r     *reader
	node  *yaml.Node
	keys  []*yaml.Node
	vals  map[string]*yaml.Node
	known []string
}

func (r *reader) mapping(n *yaml.Node) *mapping {
	if n.Kind != yaml.MappingNode {
		r.refuse(n, "yaml-type", n.Value, "应是“键: 值”的形式", "每行写一个“键: 值”，冒号后留一个空格")
		return nil
	}
	m := &mapping{r: r, node: n, vals: make(map[string]*yaml.Node)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			r.refuse(k, "yaml-type", "", "键应是一个词", "键只写英文小写字母")
			continue
		}
		if m.vals[k.Value] != nil {
			r.refuse(k, "yaml-duplicate-key", k.Value, "键重复", "同一个键只保留一处")
			continue
		}
		m.keys, m.vals[k.Value] = append(m.keys, k), n.Content[i+1]
	}
	return m
}

// value is the node of a key; nil when it is absent or empty.
func (m *mapping) value(key string) *yaml.Node {
	m.known = append(m.known, key)
	if v := m.vals[key]; v != nil && (v.Kind != yaml.ScalarNode || v.Value != "") {
		return v
	}
	return nil
}

// text is the scalar of a key and where it stands; "" when it is absent.
func (m *mapping) text(key string) (string, *yaml.Node) {
	v := m.value(key)
	switch {
	case v == nil:
		return "", m.node
	case v.Kind != yaml.ScalarNode:
		m.r.refuse(v, "yaml-type", "", key+" 应是一段文字", "写成 "+key+": 文字")
		return "", v
	}
	return strings.TrimSpace(v.Value), v
}

// need is text that must be there.
func (m *mapping) need(key string) (string, *yaml.Node) {
	s, n := m.text(key)
	if s == "" && (n == m.node || n.Kind == yaml.ScalarNode) {
		m.r.refuse(n, "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": …")
	}
	return s, n
}

// list is the sequence of a key.
func (m *mapping) list(key string) []*yaml.Node {
	v := m.value(key)
	switch {
	case v == nil:
		return nil
	case v.Kind != yaml.SequenceNode:
		m.r.refuse(v, "yaml-type", v.Value, key+" 应是清单", "写成 "+key+": [甲, 乙]")
		return nil
	}
	return v.Content
}

func (m *mapping) done() {
	for _, k := range m.keys {
		if !slices.Contains(m.known, k.Value) {
			m.r.refuse(k, "yaml-unknown-field", k.Value, "没有这个键", "可用的键："+strings.Join(m.known, "、"))
		}
	}
}
