package deliver

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

// maxConfig bounds what is read of the configuration, in bytes.
const maxConfig = 1 << 20

// A reader collects what is wrong with the configuration.
type reader struct {
	file  string
	found finding.List
}

func (r *reader) add(s finding.Severity, n *yaml.Node, rule, value, message, hint string) {
	r.found = append(r.found, finding.Finding{
		Rule: rule, Severity: s, Value: Cut(plain(value), 120), Message: message, Hint: hint,
		Place: finding.Place{File: r.file, Line: max(n.Line, 1), Column: max(n.Column, 1)},
	})
}

func (r *reader) refuse(n *yaml.Node, rule, value, message, hint string) {
	r.add(finding.Mandatory, n, rule, value, message, hint)
}

var yamlLine = regexp.MustCompile(`line ([0-9]+)`)

// read parses the file; nil without findings when there is none.
func (r *reader) read(name string) (m *mapping, err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read channels: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read channels: %w", err)
	}
	top := &yaml.Node{Line: 1, Column: 1}
	var doc yaml.Node
	if len(text) > maxConfig {
		r.refuse(top, "yaml-size", "", "文件超过1 MB", "渠道只需几十行，请核对文件")
		return nil, nil
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		if at := yamlLine.FindStringSubmatch(err.Error()); at != nil {
			if top.Line, err = strconv.Atoi(at[1]); err != nil {
				top.Line = 1
			}
		}
		// What the parser says may quote a secret that was written there by mistake.
		r.refuse(top, "yaml-syntax", "", "不是正确的 YAML", "检查这一行和前后一行的缩进、冒号和引号；缩进只用空格")
		return nil, nil
	}
	if len(doc.Content) != 1 {
		r.refuse(top, "yaml-empty", "", "文件是空的", "以 channels: 开头列出各渠道；不推送则删去这个文件")
		return nil, nil
	}
	if n := indirect(doc.Content[0]); n != nil {
		r.refuse(n, "yaml-anchor", "", "不得使用锚点（&）、别名（*）和类型标签（!）", "把内容照写一遍")
		return nil, nil
	}
	return r.mapping(doc.Content[0]), nil
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

// A mapping is one mapping of the file; done refuses the keys nobody asked for.
type mapping struct {
	r     *reader
	node  *yaml.Node
	vals  map[string]*yaml.Node
	known []string
}

func (r *reader) mapping(n *yaml.Node) *mapping {
	if n.Kind != yaml.MappingNode {
		r.refuse(n, "yaml-type", "", "应是“键: 值”的形式", "每行写一个“键: 值”，冒号后留一个空格")
		return nil
	}
	m := &mapping{r: r, node: n, vals: make(map[string]*yaml.Node)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if m.vals[k.Value] != nil {
			r.refuse(k, "yaml-duplicate-key", k.Value, "键重复", "同一个键只保留一处")
			continue
		}
		m.vals[k.Value] = n.Content[i+1]
	}
	return m
}

// text is the scalar of a key; "" when it is absent.
func (m *mapping) text(key string) string {
	m.known = append(m.known, key)
	v := m.vals[key]
	if v == nil {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		m.r.refuse(v, "yaml-type", "", key+" 应是一段文字", "写成 "+key+": 文字")
		return ""
	}
	return strings.TrimSpace(v.Value)
}

// need is text that must be there.
func (m *mapping) need(key string) string {
	s := m.text(key)
	if s == "" && m.at(key).Kind != yaml.SequenceNode {
		m.r.refuse(m.at(key), "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": …")
	}
	return s
}

// list is the scalars or mappings of a key.
func (m *mapping) list(key string) []*yaml.Node {
	m.known = append(m.known, key)
	v := m.vals[key]
	if v == nil {
		return nil
	}
	if v.Kind != yaml.SequenceNode {
		m.r.refuse(v, "yaml-type", "", key+" 应是清单", "写成 "+key+": [甲, 乙]")
		return nil
	}
	return v.Content
}

func (m *mapping) done() {
	for i := 0; i+1 < len(m.node.Content); i += 2 {
		if k := m.node.Content[i]; !slices.Contains(m.known, k.Value) {
			m.r.refuse(k, "yaml-unknown-field", k.Value, "没有这个键", "可用的键："+strings.Join(m.known, "、"))
		}
	}
}
