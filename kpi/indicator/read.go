package indicator

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

// maxFindings bounds what is said about hostile definitions.
const maxFindings = 500

// A reader collects what is wrong with the definition files. It knows YAML and
// places, not what the definitions mean.
type reader struct {
	file  string // being read
	found finding.List
	full  bool // maxFindings reached: the rest is not listed
}

// refuse adds a mandatory finding.
func (r *reader) refuse(at finding.Place, rule, code, value, message, hint string) {
	r.add(finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Place: at, Code: code,
		Value: brief(value), Message: message, Hint: hint,
	})
}

func (r *reader) add(f finding.Finding) {
	switch {
	case len(r.found) < maxFindings:
		r.found = append(r.found, f)
	case !r.full:
		r.full = true
		r.found = append(r.found, finding.Finding{
			Rule: "too-many-findings", Severity: finding.Mandatory, Place: f.Place,
			Message: fmt.Sprintf("问题超过%d处，其余不再列出", maxFindings),
			Hint:    "先改正已列出的问题，再重新检查",
		})
	}
}

// at is where a node begins.
func (r *reader) at(n *yaml.Node) finding.Place {
	return finding.Place{File: r.file, Line: max(n.Line, 1), Column: max(n.Column, 1)}
}

// inside is where the text of a scalar begins: after the opening quote, on the
// next line for a block.
func (r *reader) inside(n *yaml.Node) finding.Place {
	p := r.at(n)
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		p.Column++
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		p.Line, p.Column = p.Line+1, 0 // the indentation is not known
	}
	return p
}

// brief shortens a value for a message.
func brief(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		return string([]rune(s[:min(len(s), 4*limit)])[:limit-1]) + "…"
	}
	return s
}

// plain reports, with findings, whether a document uses only what a definition
// may: no anchors, aliases or tags, which hide or multiply content.
func (r *reader) plain(n *yaml.Node) bool {
	ok := true
	if n.Kind == yaml.AliasNode {
		return false // never followed; its anchor is reported
	}
	if n.Anchor != "" {
		r.refuse(r.at(n), "yaml-anchor", "", n.Anchor, "定义文件不得使用锚点（&）和别名（*）", "把被引用的内容照写一遍；文字以 & 或 * 开头时加引号")
		ok = false
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.refuse(r.at(n), "yaml-tag", "", n.Tag, "定义文件不得使用类型标签（!）", "去掉标签；文字以 ! 开头时加引号")
		ok = false
	}
	for _, c := range n.Content {
		ok = r.plain(c) && ok
	}
	return ok
}

// A mapping reads one mapping of a file by its known keys. Each accessor marks
// its key as known; done reports the rest.
type mapping struct {
	r      *reader
	file   string
	node   *yaml.Node
	what   string // how messages name it: 指标 GDP.TOTAL.ALL
	code   string // for findings
	values map[string]*yaml.Node
	keys   []*yaml.Node
	known  []string
}

// mapping opens a node as a mapping; nil, with a finding, when it is none.
func (r *reader) mapping(n *yaml.Node, what string) *mapping {
	if n.Kind != yaml.MappingNode {
		r.refuse(r.at(n), "yaml-type", "", n.Value, what+"：应写成“键: 值”的形式", "每行写一个“键: 值”，冒号后留一个空格")
		return nil
	}
	m := &mapping{r: r, file: r.file, node: n, what: what, values: make(map[string]*yaml.Node, len(n.Content)/2)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			r.refuse(r.at(k), "yaml-type", "", "", what+"：键应是一个词", "键只写英文小写字母和下划线")
			continue
		}
		if _, dup := m.values[k.Value]; dup {
			r.refuse(r.at(k), "yaml-duplicate-key", "", k.Value, what+"：键重复", "同一个键只保留一处")
			continue
		}
		m.values[k.Value] = v
		m.keys = append(m.keys, k)
	}
	return m
}

// name adds an identifier to what messages call the mapping.
func (m *mapping) name(id string) {
	if id != "" {
		m.what += " " + brief(id)
	}
}

// value is the node of a key, nil when it is absent or empty.
func (m *mapping) value(key string) *yaml.Node {
	m.known = append(m.known, key)
	v := m.values[key]
	if v == nil || v.Kind == yaml.ScalarNode && v.Tag == "!!null" && v.Style == 0 {
		return nil
	}
	return v
}

// place is where a node of this mapping's file begins; the reader may be at
// another file by then.
func (m *mapping) place(n *yaml.Node) finding.Place {
	return finding.Place{File: m.file, Line: max(n.Line, 1), Column: max(n.Column, 1)}
}

// at is where the value under a path of keys stands ("series", "unit"), or the
// nearest mapping around it that is there.
func (m *mapping) at(path ...string) finding.Place {
	n := m.node
	for _, key := range path {
		v := lookup(n, key)
		if v == nil {
			break
		}
		n = v
	}
	return m.place(n)
}

func lookup(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func (m *mapping) refuse(key, rule, value, message, hint string) {
	m.refuseAt(m.at(key), rule, value, message, hint)
}

func (m *mapping) refuseAt(at finding.Place, rule, value, message, hint string) {
	m.r.refuse(at, rule, m.code, value, m.what+"："+message, hint)
}

func (m *mapping) missing(key string) {
	m.refuse(key, "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": …")
}

// text is the scalar of a key as written; "" when it is absent.
func (m *mapping) text(key string) string {
	v := m.value(key)
	if v == nil {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		m.refuse(key, "yaml-type", "", key+" 应是一段文字", "写成 "+key+": 文字")
		return ""
	}
	return v.Value
}

// need is text that must be there.
func (m *mapping) need(key string) string {
	s := m.text(key)
	if v := m.value(key); v == nil || v.Kind == yaml.ScalarNode && strings.TrimSpace(s) == "" {
		m.missing(key)
	}
	return s
}

var numeral = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,12})?$`)

// number is the number of a key; ok is false when it is absent or wrong.
func (m *mapping) number(key string, low, high float64) (v float64, ok bool) {
	s := m.text(key)
	if s == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !numeral.MatchString(s) {
		m.refuse(key, "yaml-type", s, key+" 应是数字", "用半角数字，不带单位、千分位和百分号")
		return 0, false
	}
	if v < low || v > high {
		m.refuse(key, "yaml-value", s, fmt.Sprintf("%s 超出范围", key), "应在 "+compact(low)+" 与 "+compact(high)+" 之间")
		return 0, false
	}
	return v, true
}

func compact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// integer is the whole number of a key, def when it is absent or wrong.
func (m *mapping) integer(key string, low, high, def int) int {
	v, ok := m.number(key, float64(low), float64(high))
	if !ok {
		return def
	}
	if v != math.Trunc(v) {
		m.refuse(key, "yaml-type", m.text(key), key+" 应是整数", "去掉小数部分")
		return def
	}
	return int(v)
}

// boolean is true or false, def when the key is absent.
func (m *mapping) boolean(key string, def bool) bool {
	switch s := m.text(key); s {
	case "":
		return def
	case "true":
		return true
	case "false":
		return false
	default:
		m.refuse(key, "yaml-type", s, key+" 应是 true 或 false", "是写 true，否写 false")
		return def
	}
}

// date is a day as 2006-01-02, "" when the key is absent or wrong.
func (m *mapping) date(key string) string {
	s := m.text(key)
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		m.refuse(key, "yaml-type", s, key+" 应是日期", `写成 "2023-03-20" 的形式`)
		return ""
	}
	return s
}

// choice is one of the allowed words, def when the key is absent or wrong. An
// empty def makes the key mandatory.
func choice[T ~string](m *mapping, key string, def T, allowed ...T) T {
	s := m.text(key)
	if s == "" {
		if def == "" {
			m.missing(key)
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
	m.refuse(key, "yaml-value", s, key+" 不是认得的词", hint)
	return def
}

// items are the nodes of a list; a single value stands for a list of one.
func (m *mapping) items(key string) []*yaml.Node {
	v := m.value(key)
	switch {
	case v == nil:
		return nil
	case v.Kind == yaml.SequenceNode:
		return v.Content
	}
	return []*yaml.Node{v}
}

// scalars are the items of a list of words.
func (m *mapping) scalars(key string) []*yaml.Node {
	var out []*yaml.Node
	for _, n := range m.items(key) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			m.refuseAt(m.place(n), "yaml-type", n.Value, key+" 的每一项应是一个词", "写成 "+key+": [甲, 乙]")
			continue
		}
		out = append(out, n)
	}
	return out
}

// texts are the words of a list.
func (m *mapping) texts(key string) []string {
	var out []string
	for _, n := range m.scalars(key) {
		out = append(out, n.Value)
	}
	return out
}

// integers are the whole numbers of a list.
func (m *mapping) integers(key string) []int {
	var out []int
	for _, n := range m.scalars(key) {
		v, err := strconv.Atoi(n.Value)
		if err != nil || v < 0 || len(n.Value) > 6 {
			m.refuseAt(m.place(n), "yaml-type", n.Value, key+" 的每一项应是整数", "写成 "+key+": [1, 2]")
			continue
		}
		out = append(out, v)
	}
	return out
}

// group opens the mapping of a key; nil when it is absent or none.
func (m *mapping) group(key string) *mapping {
	v := m.value(key)
	if v == nil {
		return nil
	}
	g := m.r.mapping(v, m.what+" 的 "+key)
	if g != nil {
		g.code = m.code
	}
	return g
}

// entries opens the items of a list of mappings.
func (m *mapping) entries(key, what string, each func(*mapping)) {
	v := m.value(key)
	if v == nil {
		return
	}
	if v.Kind != yaml.SequenceNode {
		m.refuse(key, "yaml-type", "", key+" 应是清单", "每一项以“- ”开头")
		return
	}
	for _, n := range v.Content {
		if e := m.r.mapping(n, what); e != nil {
			each(e)
			e.done()
		}
	}
}

// done reports the keys nobody asked for.
func (m *mapping) done() {
	for _, k := range m.keys {
		if m.r.full {
			return
		}
		if slices.Contains(m.known, k.Value) {
			continue
		}
		hint := "可用的键：" + strings.Join(distinct(m.known), "、")
		if near, ok := finding.Nearest(k.Value, m.known); ok {
			hint = "你是不是想写 " + near + "？"
		}
		m.refuseAt(m.place(k), "yaml-unknown-field", k.Value, "没有这个键", hint)
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
