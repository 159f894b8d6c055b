// Package definition reads the YAML that definitions are written in: mappings
// read by their known keys, with all that is wrong found in one pass, each at
// file:line:col with a hint. It knows YAML and places, not what a definition
// means.
//
// A definition file may hold a secret by mistake, so no finding of this package
// repeats a value that stands where none was expected.
package definition

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

// MaxFile bounds a definition file, in bytes. The largest shipped one is a
// hundredth of it.
const MaxFile = 4 << 20

// maxFindings bounds what is said about hostile definitions.
const maxFindings = 500

// A Reader collects what is wrong with definition files.
type Reader struct {
	File  string // being read
	Found finding.List
	Full  bool // maxFindings reached: the rest is not listed
}

// ReadFile reads a file, of one that Parse would refuse for its size no more than
// Parse needs to know.
func ReadFile(fsys fs.FS, name string) (_ []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read definitions %s: %w", name, err)
	}
	return data, nil
}

// Refuse adds a mandatory finding.
func (r *Reader) Refuse(at finding.Place, rule, code, value, message, hint string) {
	r.Add(finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Place: at, Code: code,
		Value: Brief(value), Message: message, Hint: hint,
	})
}

// Add adds a finding; beyond a number of them only that there are more.
func (r *Reader) Add(f finding.Finding) {
	switch {
	case len(r.Found) < maxFindings:
		r.Found = append(r.Found, f)
	case !r.Full:
		r.Full = true
		r.Found = append(r.Found, finding.Finding{
			Rule: "too-many-findings", Severity: finding.Mandatory, Place: f.Place,
			Message: fmt.Sprintf("问题超过%d处，其余不再列出", maxFindings),
			Hint:    "先改正已列出的问题，再重新检查",
		})
	}
}

// At is where a node begins.
func (r *Reader) At(n *yaml.Node) finding.Place {
	return finding.Place{File: r.File, Line: max(n.Line, 1), Column: max(n.Column, 1)}
}

// Top is the beginning of the file.
func (r *Reader) Top() finding.Place { return finding.Place{File: r.File, Line: 1, Column: 1} }

// Inside is where the text of a scalar begins: after the opening quote, on the
// next line for a block.
func (r *Reader) Inside(n *yaml.Node) finding.Place {
	p := r.At(n)
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		p.Column++
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		p.Line, p.Column = p.Line+1, 0 // the indentation is not known
	}
	return p
}

// Brief shortens a value for a message.
func Brief(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		return string([]rune(s[:min(len(s), 4*limit)])[:limit-1]) + "…"
	}
	return s
}

// Parse takes in a file: its top mapping, nil with findings when it is none of
// plain YAML. Of an empty file nothing is said: what that means is the caller's
// to say.
func (r *Reader) Parse(file string, data []byte) (m *Mapping, empty bool) {
	r.File = file
	if len(data) > MaxFile {
		r.Refuse(r.Top(), "definition-size", "", "", fmt.Sprintf("定义文件超过%d兆字节", MaxFile>>20), "核对是否放错了文件，或拆分定义")
		return nil, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, true
	case err != nil:
		r.syntax(err)
		return nil, false
	}
	if err := dec.Decode(new(yaml.Node)); err == nil {
		r.Refuse(r.At(&doc), "yaml-documents", "", "", "一个文件只能有一份文档，不得用 --- 分成几份", "拆成几个文件")
		return nil, false
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil, false
	}
	if len(doc.Content) != 1 || !r.plain(&doc) {
		return nil, false
	}
	return r.Mapping(doc.Content[0], "定义文件"), false
}

// plain reports, with findings, whether a document uses only what a definition
// may: no anchors, aliases or tags, which hide or multiply content.
func (r *Reader) plain(n *yaml.Node) bool {
	ok := true
	if n.Kind == yaml.AliasNode {
		return false // never followed; its anchor is reported
	}
	if n.Anchor != "" {
		r.Refuse(r.At(n), "yaml-anchor", "", "", "定义文件不得使用锚点（&）和别名（*）", "把被引用的内容照写一遍；文字以 & 或 * 开头时加引号")
		ok = false
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.Refuse(r.At(n), "yaml-tag", "", "", "定义文件不得使用类型标签（!）", "去掉标签；文字以 ! 开头时加引号")
		ok = false
	}
	for _, c := range n.Content {
		ok = r.plain(c) && ok
	}
	return ok
}

var yamlLine = regexp.MustCompile(`line ([0-9]+): `)

// syntax turns the parser's error into a finding. The parser gives a line at
// best, and speaks English: the commonest complaints are put in Chinese, any
// other is quoted.
func (r *Reader) syntax(err error) {
	at := finding.Place{File: r.File, Line: 1, Column: 1}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		if n, err := strconv.Atoi(text[m[2]:m[3]]); err == nil && n > 0 {
			at.Line = n
		}
		text = text[m[1]:]
		if strings.HasPrefix(text, "did not find expected") {
			at.Line++ // the parser counts from 0, the scanner from 1
		}
	}
	message, hint := "YAML 语法错误："+Brief(text), "检查缩进、冒号后的空格、引号和括号是否成对"
	for _, known := range []struct{ english, message, hint string }{
		{"found character that cannot start any token", "此处的字符不能开头（多半是制表符缩进，或以 % @ ` 开头的文字）", "缩进用空格；以特殊符号开头的文字加双引号"},
		{"mapping values are not allowed", "此处不能再有“键: 值”", "文字里含半角冒号加空格时给整段文字加双引号；检查缩进是否对齐"},
		{"did not find expected key", "此处应是一个键", "检查本行和上一行的缩进是否对齐"},
		{"did not find expected '-' indicator", "此处应以“- ”开头", "同一清单的各项缩进要一致"},
		{"did not find expected ',' or ']'", "清单没有用 ] 结束", "补上 ]，各项之间用半角逗号"},
		{"did not find expected ',' or '}'", "大括号没有用 } 结束", "补上 }，各项之间用半角逗号"},
		{"could not find expected ':'", "键后缺少冒号", "写成“键: 值”，冒号用半角，后留一个空格"},
		{"found unexpected end of stream", "引号或括号没有成对", "补上缺少的引号或括号"},
		{"control characters are not allowed", "文件里有控制字符", "用文本编辑器另存为 UTF-8，删去不可见字符"},
		{"unknown anchor", "定义文件不得使用别名（*）", "文字以 * 开头时加引号"},
		{"UTF-8", "文件不是 UTF-8 编码", "用文本编辑器另存为 UTF-8"},
		{"exceeded max depth", "嵌套过深", "核对括号"},
	} {
		if strings.Contains(text, known.english) {
			message, hint = "YAML 语法错误："+known.message, known.hint
			break
		}
	}
	r.Refuse(at, "yaml-syntax", "", "", message, hint)
}
