package definition

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

// A Mapping reads one mapping of a file by its known keys. Each accessor marks
// its key as known; Done reports the rest.
type Mapping struct {
	Node *yaml.Node
	What string // how messages name it: 指标 GDP.TOTAL.ALL
	Code string // for findings

	r      *Reader
	file   string
	values map[string]*yaml.Node
	keys   []*yaml.Node
	known  []string
}

// Mapping opens a node as a mapping; nil, with a finding, when it is none.
func (r *Reader) Mapping(n *yaml.Node, what string) *Mapping {
	if n.Kind != yaml.MappingNode {
		r.Refuse(r.At(n), "yaml-type", "", "", what+"：应写成“键: 值”的形式", "每行写一个“键: 值”，冒号后留一个空格")
		return nil
	}
	m := &Mapping{Node: n, What: what, r: r, file: r.File, values: make(map[string]*yaml.Node, len(n.Content)/2)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			r.Refuse(r.At(k), "yaml-type", "", "", what+"：键应是一个词", "键只写英文小写字母和下划线")
			continue
		}
		if _, dup := m.values[k.Value]; dup {
			r.Refuse(r.At(k), "yaml-duplicate-key", "", k.Value, what+"：键重复", "同一个键只保留一处")
			continue
		}
		m.values[k.Value] = v
		m.keys = append(m.keys, k)
	}
	return m
}

// Named adds an identifier to what messages call the mapping.
func (m *Mapping) Named(id string) {
	if id != "" {
		m.What += " " + Brief(id)
	}
}

// Has reports whether a key is there, be it empty.
func (m *Mapping) Has(key string) bool { return m.values[key] != nil }

// Know marks keys as known that nothing reads.
func (m *Mapping) Know(keys ...string) { m.known = append(m.known, keys...) }

// Keys are the nodes of the keys, for a mapping whose keys are names.
func (m *Mapping) Keys() []*yaml.Node { return m.keys }

// Value is the node of a key, nil when it is absent or empty.
func (m *Mapping) Value(key string) *yaml.Node {
	m.known = append(m.known, key)
	v := m.values[key]
	if v == nil || v.Kind == yaml.ScalarNode && v.Tag == "!!null" && v.Style == 0 {
		return nil
	}
	return v
}

// Place is where a node of this mapping's file begins; the reader may be at
// another file by then.
func (m *Mapping) Place(n *yaml.Node) finding.Place {
	return finding.Place{File: m.file, Line: max(n.Line, 1), Column: max(n.Column, 1)}
}

// At is where the value under a path of keys stands ("series", "unit"), or the
// nearest mapping around it that is there.
func (m *Mapping) At(path ...string) finding.Place {
	n := m.Node
	for _, key := range path {
		v := lookup(n, key)
		if v == nil {
			break
		}
		n = v
	}
	return m.Place(n)
}

func lookup(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// Refuse adds a mandatory finding at the value of a key.
func (m *Mapping) Refuse(key, rule, value, message, hint string) {
	m.RefuseAt(m.At(key), rule, value, message, hint)
}

// RefuseAt adds a mandatory finding about the mapping, anywhere.
func (m *Mapping) RefuseAt(at finding.Place, rule, value, message, hint string) {
	m.r.Refuse(at, rule, m.Code, value, m.What+"："+message, hint)
}

// Missing says that a key must be there.
func (m *Mapping) Missing(key string) {
	m.Refuse(key, "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": …")
}

// Text is the scalar of a key as written; "" when it is absent.
func (m *Mapping) Text(key string) string {
	v := m.Value(key)
	if v == nil {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		m.Refuse(key, "yaml-type", "", key+" 应是一段文字", "写成 "+key+": 文字")
		return ""
	}
	return v.Value
}

// Need is text that must be there.
func (m *Mapping) Need(key string) string {
	s := m.Text(key)
	if v := m.Value(key); v == nil || v.Kind == yaml.ScalarNode && strings.TrimSpace(s) == "" {
		m.Missing(key)
	}
	return s
}

var numeral = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,12})?$`)

// Number is the number of a key; ok is false when it is absent or wrong.
func (m *Mapping) Number(key string, low, high float64) (v float64, ok bool) {
	s := m.Text(key)
	if s == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !numeral.MatchString(s) {
		m.Refuse(key, "yaml-type", s, key+" 应是数字", "用半角数字，不带单位、千分位和百分号")
		return 0, false
	}
	if v < low || v > high {
		m.Refuse(key, "yaml-value", s, fmt.Sprintf("%s 超出范围", key), "应在 "+compact(low)+" 与 "+compact(high)+" 之间")
		return 0, false
	}
	return v, true
}

func compact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Integer is the whole number of a key, def when it is absent or wrong.
func (m *Mapping) Integer(key string, low, high, def int) int {
	v, ok := m.Number(key, float64(low), float64(high))
	if !ok {
		return def
	}
	if v != math.Trunc(v) {
		m.Refuse(key, "yaml-type", m.Text(key), key+" 应是整数", "去掉小数部分")
		return def
	}
	return int(v)
}

// Boolean is true or false, def when the key is absent.
func (m *Mapping) Boolean(key string, def bool) bool {
	switch s := m.Text(key); s {
	case "":
		return def
	case "true":
		return true
	case "false":
		return false
	default:
		m.Refuse(key, "yaml-type", s, key+" 应是 true 或 false", "是写 true，否写 false")
		return def
	}
}

// Date is a day as 2006-01-02, "" when the key is absent or wrong.
func (m *Mapping) Date(key string) string {
	s := m.Text(key)
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		m.Refuse(key, "yaml-type", s, key+" 应是日期", `写成 "2023-03-20" 的形式`)
		return ""
	}
	return s
}

// Choice is one of the allowed words, def when the key is absent or wrong. An
// empty def makes the key mandatory.
func Choice[T ~string](m *Mapping, key string, def T, allowed ...T) T {
	s := m.Text(key)
	if s == "" {
		if def == "" {
			m.Missing(key)
		}
		return def
	}
	if slices.Contains(allowed, T(s)) {
		return T(s)
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	hint := "应是 " + strings.Join(words, "、") + " 之一"
	if near, ok := finding.Nearest(s, words); ok {
		hint = "你是不是想写 " + near + "？" + hint
	}
	m.Refuse(key, "yaml-value", s, key+" 不是认得的词", hint)
	return def
}

// List are the nodes of a list.
func (m *Mapping) List(key string) []*yaml.Node {
	v := m.Value(key)
	switch {
	case v == nil:
		return nil
	case v.Kind != yaml.SequenceNode:
		m.Refuse(key, "yaml-type", "", key+" 应是清单", "每一项以“- ”开头，或写成 [甲, 乙]")
		return nil
	}
	return v.Content
}

// Items are the nodes of a list; a single value stands for a list of one.
func (m *Mapping) Items(key string) []*yaml.Node {
	v := m.Value(key)
	switch {
	case v == nil:
		return nil
	case v.Kind == yaml.SequenceNode:
		return v.Content
	}
	return []*yaml.Node{v}
}

// Scalars are the items of a list of words.
func (m *Mapping) Scalars(key string) []*yaml.Node {
	var out []*yaml.Node
	for _, n := range m.Items(key) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			m.RefuseAt(m.Place(n), "yaml-type", n.Value, key+" 的每一项应是一个词", "写成 "+key+": [甲, 乙]")
			continue
		}
		out = append(out, n)
	}
	return out
}

// Texts are the words of a list.
func (m *Mapping) Texts(key string) []string {
	var out []string
	for _, n := range m.Scalars(key) {
		out = append(out, n.Value)
	}
	return out
}

// Integers are the whole numbers of a list.
func (m *Mapping) Integers(key string) []int {
	var out []int
	for _, n := range m.Scalars(key) {
		v, err := strconv.Atoi(n.Value)
		if err != nil || v < 0 || len(n.Value) > 6 {
			m.RefuseAt(m.Place(n), "yaml-type", n.Value, key+" 的每一项应是整数", "写成 "+key+": [1, 2]")
			continue
		}
		out = append(out, v)
	}
	return out
}

// Group opens the mapping of a key; nil when it is absent or none.
func (m *Mapping) Group(key string) *Mapping {
	v := m.Value(key)
	if v == nil {
		return nil
	}
	g := m.r.Mapping(v, m.What+" 的 "+key)
	if g != nil {
		g.Code = m.Code
	}
	return g
}

// Entries opens the items of a list of mappings.
func (m *Mapping) Entries(key, what string, each func(*Mapping)) {
	for _, n := range m.List(key) {
		if e := m.r.Mapping(n, what); e != nil {
			each(e)
			e.Done()
		}
	}
}

// Done reports the keys nobody asked for.
func (m *Mapping) Done() {
	for _, k := range m.keys {
		if m.r.Full {
			return
		}
		if slices.Contains(m.known, k.Value) {
			continue
		}
		hint := "可用的键：" + strings.Join(distinct(m.known), "、")
		if near, ok := finding.Nearest(k.Value, m.known); ok {
			hint = "你是不是想写 " + near + "？"
		}
		m.RefuseAt(m.Place(k), "yaml-unknown-field", k.Value, "没有这个键", hint)
	}
}

// distinct drops repetitions, keeping the order.
func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
