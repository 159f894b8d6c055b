package indicator

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"zhibiao/kpi/definition"
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

// Definitions beyond these sizes are refused. The shipped ones are a twentieth of it.
const (
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
	l.Found.Sort()
	return l.cat, l.Found, nil
}

// A loader is one Load under way.
type loader struct {
	definition.Reader
	cat    *Catalogue
	broken bool // a file could not be taken in: what is missing may be in it

	// What the checks between definitions need: where each was made.
	indicators  []*definition.Mapping // parallel to cat.Indicators
	targets     []*definition.Mapping // parallel to cat.Indicators, nil without target
	areas       []*definition.Mapping
	units       []*definition.Mapping
	departments []*definition.Mapping
	tasks       []*definition.Mapping
	records     []placedRecord
	alerts      []*definition.Mapping
	settings    *definition.Mapping
	actionByNo  map[int]*Action
	taskByNo    map[int]*Task
	first       map[string]finding.Place // by kind and name, for duplicates
}

// A placedRecord is a direction or a milestone and where it was made.
type placedRecord struct {
	m      *definition.Mapping
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
		l.File = name
		if count++; count > maxFiles {
			l.broken = true
			l.Refuse(l.Top(), "definition-size", "", "", fmt.Sprintf("定义文件超过%d个", maxFiles), "把定义合并到较少的文件里")
			return fs.SkipAll
		}
		data, err := definition.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if total += len(data); total > maxTotal {
			l.broken = true
			l.Refuse(l.Top(), "definition-size", "", "", fmt.Sprintf("定义文件合计超过%d兆字节", maxTotal>>20), "核对是否放错了文件，或拆分定义")
			return nil
		}
		hash.Write(fmt.Appendf(nil, "%s\x00%d\x00", name, len(data))) // a Hash never fails
		hash.Write(data)
		m, empty := l.Parse(name, data)
		switch {
		case empty:
			l.Add(finding.Finding{
				Rule: "definition-empty", Severity: finding.Note, Place: l.Top(), Message: "文件里没有定义", Hint: "不需要时删去此文件",
			})
		case m == nil:
			l.broken = true
		default:
			l.sections(m)
			m.Done()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if count == 0 {
		l.broken = true
		l.Refuse(finding.Place{File: ".", Line: 1, Column: 1}, "definition-none", "", "", "目录里没有定义文件", "放入扩展名为 .yaml 的定义文件")
	}
	l.cat.Hash = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// sections reads the parts of one file.
func (l *loader) sections(m *definition.Mapping) {
	if g := m.Group("settings"); g != nil {
		l.readSettings(g)
		g.Done()
	}
	m.Entries("units", "计量单位", l.readUnit)
	m.Entries("areas", "地区", l.readArea)
	m.Entries("departments", "部门", l.readDepartment)
	m.Entries("actions", "专项行动", l.readAction)
	m.Entries("tasks", "任务", l.readTask)
	m.Entries("indicators", "指标", l.readIndicator)
	m.Entries("directions", "方向性表述", func(e *definition.Mapping) {
		l.cat.Directions = append(l.cat.Directions, l.readRecord(e, "proxy"))
	})
	m.Entries("milestones", "里程碑", func(e *definition.Mapping) {
		l.cat.Milestones = append(l.cat.Milestones, l.readRecord(e, ""))
	})
	m.Entries("features", "过程要求", l.readFeature)
	m.Entries("rules", "审核规则", l.readRule)
	m.Entries("alerts", "预警规则", l.readAlert)
}

// unique reports a second definition of a name and remembers the first.
func (l *loader) unique(m *definition.Mapping, key, kind, name string) bool {
	if name == "" {
		return false
	}
	id := kind + "\x00" + name
	at, dup := l.first[id]
	if !dup {
		if l.first == nil {
			l.first = make(map[string]finding.Place)
		}
		l.first[id] = m.At(key)
		return true
	}
	l.Add(finding.Finding{
		Rule: "duplicate-definition", Severity: finding.Mandatory, Place: m.At(key), Code: m.Code, Value: definition.Brief(name),
		Message: kind + "重复定义，前一处在 " + at.String(), Hint: "删去一处，或改用另一个代码",
		Related: []finding.Place{at},
	})
	return false
}
