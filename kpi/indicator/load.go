package indicator

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"zhibiao/kpi/finding"
)

//go:embed catalogue
var embedded embed.FS

// Embedded is the definitions the product ships with, rooted at the folder that
// holds the YAML files. A directory of the same form replaces it.
func Embedded() fs.FS {
	sub, err := fs.Sub(embedded, "catalogue")
	if err != nil {
		panic(err) // the name is constant: cannot happen in a sound build
	}
	return sub
}

// Definition files beyond these sizes are refused unread. The shipped ones are
// a twentieth of it.
const (
	maxFile  = 4 << 20
	maxTotal = 16 << 20
	maxFiles = 256
)

// Load reads every .yaml and .yml file under the root, in the order of their
// paths, into one Catalogue. Any file may hold any of the sections (units,
// areas, indicators …); a section may be spread over files.
//
// What is wrong with the definitions is in the list, all of it, each with file,
// line, column and a hint. The Catalogue is there even when the list is
// Refused, so that formulas can be checked in the same pass; it must not then
// be evaluated. The error is for files that cannot be read.
func Load(fsys fs.FS) (*Catalogue, finding.List, error) {
	l := &loader{cat: &Catalogue{}}
	if err := l.files(fsys); err != nil {
		return nil, nil, err
	}
	l.check()
	l.found.Sort()
	return l.cat, l.found, nil
}

// A loader is one Load under way.
type loader struct {
	reader
	cat    *Catalogue
	broken bool // a file could not be taken in: what is missing may be in it

	// What the checks between definitions need: where each was made.
	indicators  []*mapping // parallel to cat.Indicators
	targets     []*mapping // parallel to cat.Indicators, nil without target
	areas       []*mapping
	units       []*mapping
	departments []*mapping
	tasks       []*mapping
	records     []placedRecord
	alerts      []*mapping
	settings    *mapping
	actionByNo  map[int]*Action
	taskByNo    map[int]*Task
	first       map[string]finding.Place // by kind and name, for duplicates
}

// A placedRecord is a direction or a milestone and where it was made.
type placedRecord struct {
	m      *mapping
	record Record
}

func (l *loader) files(fsys fs.FS) error {
	hash := sha256.New()
	var count, total int
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read definitions %s: %w", name, err)
		}
		ext := strings.ToLower(path.Ext(name))
		if !d.Type().IsRegular() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		l.file = name
		if count++; count > maxFiles {
			l.broken = true
			l.refuse(finding.Place{File: name, Line: 1, Column: 1}, "definition-size", "", "", fmt.Sprintf("定义文件超过%d个", maxFiles), "把定义合并到较少的文件里")
			return fs.SkipAll
		}
		data, err := readFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read definitions %s: %w", name, err)
		}
		if total += len(data); len(data) > maxFile || total > maxTotal {
			l.broken = true
			l.refuse(finding.Place{File: name, Line: 1, Column: 1}, "definition-size", "", "", "定义文件过大：单个不超过4兆字节，合计不超过16兆字节", "核对是否放错了文件，或拆分定义")
			return nil
		}
		hash.Write(fmt.Appendf(nil, "%s\x00%d\x00", name, len(data))) // a Hash never fails
		hash.Write(data)
		l.document(data)
		return nil
	})
	if err != nil {
		return err
	}
	if count == 0 {
		l.broken = true
		l.refuse(finding.Place{File: ".", Line: 1, Column: 1}, "definition-none", "", "", "目录里没有定义文件", "放入扩展名为 .yaml 的定义文件")
	}
	l.cat.Hash = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// readFile reads at most one byte more than a definition file may have.
func readFile(fsys fs.FS, name string) (_ []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func (l *loader) document(data []byte) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		l.add(finding.Finding{
			Rule: "definition-empty", Severity: finding.Note, Place: finding.Place{File: l.file, Line: 1, Column: 1},
			Message: "文件里没有定义", Hint: "不需要时删去此文件",
		})
		return
	case err != nil:
		l.broken = true
		l.syntax(err)
		return
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.broken = true
		if err != nil {
			l.syntax(err)
			return
		}
		l.refuse(l.at(&doc), "yaml-documents", "", "", "一个文件只能有一份文档，不得用 --- 分成几份", "拆成几个文件")
		return
	}
	if len(doc.Content) != 1 || !l.plain(&doc) {
		l.broken = true
		return
	}
	m := l.mapping(doc.Content[0], "定义文件")
	if m == nil {
		l.broken = true
		return
	}
	l.sections(m)
	m.done()
}

var yamlLine = regexp.MustCompile(`line ([0-9]+): `)

// syntax turns the parser's error into a finding. The parser gives a line at
// best, and speaks English: the commonest complaints are put in Chinese, any
// other is quoted.
func (l *loader) syntax(err error) {
	at := finding.Place{File: l.file, Line: 1, Column: 1}
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
	message, hint := "YAML 语法错误："+brief(text), "检查缩进、冒号后的空格、引号和括号是否成对"
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
	l.refuse(at, "yaml-syntax", "", "", message, hint)
}

// sections reads the parts of one file.
func (l *loader) sections(m *mapping) {
	if g := m.group("settings"); g != nil {
		l.readSettings(g)
		g.done()
	}
	m.entries("units", "计量单位", l.readUnit)
	m.entries("areas", "地区", l.readArea)
	m.entries("departments", "部门", l.readDepartment)
	m.entries("actions", "专项行动", l.readAction)
	m.entries("tasks", "任务", l.readTask)
	m.entries("indicators", "指标", l.readIndicator)
	m.entries("directions", "方向性表述", func(e *mapping) {
		l.cat.Directions = append(l.cat.Directions, l.readRecord(e, "proxy"))
	})
	m.entries("milestones", "里程碑", func(e *mapping) {
		l.cat.Milestones = append(l.cat.Milestones, l.readRecord(e, ""))
	})
	m.entries("features", "过程要求", l.readFeature)
	m.entries("rules", "审核规则", l.readRule)
	m.entries("alerts", "预警规则", l.readAlert)
}

// unique reports a second definition of a name and remembers the first.
func (l *loader) unique(m *mapping, key, kind, name string) bool {
	if name == "" {
		return false
	}
	id := kind + "\x00" + name
	at, dup := l.first[id]
	if !dup {
		if l.first == nil {
			l.first = make(map[string]finding.Place)
		}
		l.first[id] = m.at(key)
		return true
	}
	l.add(finding.Finding{
		Rule: "duplicate-definition", Severity: finding.Mandatory, Place: m.at(key), Code: m.code, Value: brief(name),
		Message: kind + "重复定义，前一处在 " + at.String(), Hint: "删去一处，或改用另一个代码",
		Related: []finding.Place{at},
	})
	return false
}
