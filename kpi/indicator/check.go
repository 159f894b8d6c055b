package indicator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
)

// check indexes the catalogue and finds what is wrong between definitions:
// names that nobody defined, facts that contradict each other.
func (l *loader) check() {
	l.index()
	l.whole()
	l.checkUnits()
	l.checkAreas()
	l.checkTasks()
	for i := range l.cat.Indicators {
		l.checkIndicator(i)
	}
	l.checkRecords()
	l.checkAlerts()
	l.derive()
}

func (l *loader) index() {
	c := l.cat
	c.byCode = make(map[Code]*Indicator, len(c.Indicators))
	for i := range c.Indicators {
		if ind := &c.Indicators[i]; ind.Code != "" && c.byCode[ind.Code] == nil {
			c.byCode[ind.Code] = ind
		}
	}
	c.byUnit = make(map[string]*Unit, 2*len(c.Units))
	c.byArea = make(map[AreaID]*Area, len(c.Areas))
	for i := range c.Areas {
		if a := &c.Areas[i]; c.byArea[a.ID] == nil {
			c.byArea[a.ID] = a
		}
	}
	c.byDept = make(map[string]*Department, len(c.Departments))
	for i := range c.Departments {
		if d := &c.Departments[i]; c.byDept[d.Name] == nil {
			c.byDept[d.Name] = d
		}
	}
	l.actionByNo = make(map[int]*Action, len(c.Actions))
	for i := range c.Actions {
		l.actionByNo[c.Actions[i].No] = &c.Actions[i]
	}
	l.taskByNo = make(map[int]*Task, len(c.Tasks))
	for i := range c.Tasks {
		l.taskByNo[c.Tasks[i].No] = &c.Tasks[i]
	}
}

// whole reports sections that are absent altogether. What a broken file may
// hold is not called missing.
func (l *loader) whole() {
	if l.broken {
		return
	}
	for _, s := range []struct {
		key  string
		none bool
	}{
		{"settings", l.settings == nil},
		{"units", len(l.cat.Units) == 0},
		{"areas", len(l.cat.Areas) == 0},
		{"departments", len(l.cat.Departments) == 0},
		{"actions", len(l.cat.Actions) == 0},
		{"tasks", len(l.cat.Tasks) == 0},
		{"indicators", len(l.cat.Indicators) == 0},
		{"rules", len(l.cat.Rules) == 0},
		{"alerts", len(l.cat.AlertRules) == 0},
	} {
		if s.none {
			l.Refuse(finding.Place{File: ".", Line: 1, Column: 1}, "definition-none", "", "", "没有 "+s.key+" 的定义", "在任一 .yaml 文件里写 "+s.key+":，可参照随产品发布的定义")
		}
	}
}

// unknown reports a name nobody defined, unless its definition may be in a file
// that could not be read, or there are none of its kind at all.
func (l *loader) unknown(m *definition.Mapping, at finding.Place, kind, name string, defined func() []string) {
	if l.broken || l.Full {
		return
	}
	words := defined()
	if len(words) == 0 {
		return
	}
	hint := "先定义它，或改用已定义的" + kind
	if near, ok := finding.Nearest(name, words); ok {
		hint = "你是不是想写 " + near + "？"
	}
	m.RefuseAt(at, "unknown-reference", name, "没有这个"+kind, hint)
}

func (l *loader) checkUnits() {
	owner := make(map[string]string)
	for i := range l.cat.Units {
		u, m := &l.cat.Units[i], l.units[i]
		if u.Factor != "" && strings.Trim(u.Factor, "0.") == "" {
			m.Refuse("factor", "yaml-value", u.Factor, "factor 不能是零", "写一个本单位合多少个基本单位")
		}
		for _, name := range append([]string{u.Symbol}, u.Aliases...) {
			key := unitKey(name)
			if key == "" {
				continue
			}
			if other, dup := owner[key]; dup {
				m.Refuse("symbol", "duplicate-definition", name, "这个写法已属于计量单位 "+other, "一个写法只能属于一个单位，删去一处")
				continue
			}
			owner[key] = u.Symbol
			l.cat.byUnit[key] = u
		}
	}
}

func (l *loader) checkAreas() {
	const deepest = 16
	for i := range l.cat.Areas {
		a, m := &l.cat.Areas[i], l.areas[i]
		if a.Parent == "" {
			continue
		}
		if l.cat.byArea[a.Parent] == nil {
			l.unknown(m, m.At("parent"), "地区", string(a.Parent), l.areaIDs)
			continue
		}
		for up, n := a.Parent, 0; up != "" && l.cat.byArea[up] != nil; up, n = l.cat.byArea[up].Parent, n+1 {
			if up == a.ID || n > deepest {
				m.Refuse("parent", "area-cycle", string(a.Parent), "上级地区互相包含成环，或层级过多", "上级应是更大的地区")
				break
			}
		}
	}
	if m := l.settings; m != nil && l.cat.Settings.Scope != "" && l.cat.byArea[l.cat.Settings.Scope] == nil {
		l.unknown(m, m.At("scope"), "地区", string(l.cat.Settings.Scope), l.areaIDs)
	}
}

// The names that a did-you-mean chooses from.

func (l *loader) areaIDs() []string {
	return names(l.cat.Areas, func(a *Area) string { return string(a.ID) })
}

func (l *loader) departmentNames() []string {
	return names(l.cat.Departments, func(d *Department) string { return d.Name })
}

func (l *loader) actionNumbers() []string {
	return names(l.cat.Actions, func(a *Action) string { return strconv.Itoa(a.No) })
}

func (l *loader) taskNumbers() []string {
	return names(l.cat.Tasks, func(t *Task) string { return strconv.Itoa(t.No) })
}

func (l *loader) codes() []string {
	return names(l.cat.Indicators, func(i *Indicator) string { return string(i.Code) })
}

func (l *loader) unitSymbols() []string {
	out := names(l.cat.Units, func(u *Unit) string { return u.Symbol })
	for i := range l.cat.Units {
		out = append(out, l.cat.Units[i].Aliases...)
	}
	return out
}

func names[T any](list []T, name func(*T) string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = name(&list[i])
	}
	return out
}

func (l *loader) checkDepartments(m *definition.Mapping, at finding.Place, names []string) {
	for _, d := range names {
		if l.cat.byDept[d] == nil {
			l.unknown(m, at, "部门", d, l.departmentNames)
		}
	}
}

func (l *loader) checkTasks() {
	for i := range l.cat.Departments {
		if d, m := &l.cat.Departments[i], l.departments[i]; d.Successor != "" {
			l.checkDepartments(m, m.At("successor"), []string{d.Successor})
		}
	}
	for i := range l.cat.Tasks {
		t, m := &l.cat.Tasks[i], l.tasks[i]
		l.checkDepartments(m, m.At("leads"), t.Leads)
		if t.Action != 0 && l.actionByNo[t.Action] == nil {
			l.unknown(m, m.At("action"), "专项行动", strconv.Itoa(t.Action), l.actionNumbers)
		}
	}
}

// position checks where in the plan something stands: action, task, leads.
func (l *loader) position(m *definition.Mapping, source, lead finding.Place, action, task int, leads []string, status string, leadTasks []int) {
	if action != 0 && l.actionByNo[action] == nil {
		l.unknown(m, source, "专项行动", strconv.Itoa(action), l.actionNumbers)
	}
	l.checkDepartments(m, lead, leads)
	for _, no := range leadTasks {
		if l.taskByNo[no] == nil {
			l.unknown(m, lead, "任务", strconv.Itoa(no), l.taskNumbers)
		}
	}
	switch {
	case status == "none_in_text" && len(leads) > 0:
		m.RefuseAt(lead, "lead-status", status, "原文无牵头部门，却列出了部门", "由推断得来的部门写 status: inferred，并写明依据的任务")
	case status == "inferred" && len(leadTasks) == 0:
		m.RefuseAt(lead, "lead-status", status, "推断的牵头部门没有写明依据的任务", "补上依据的任务号")
	case (status == "stated" || status == "inferred") && len(leads) == 0:
		m.RefuseAt(lead, "lead-status", status, "没有列出牵头部门", "补上部门，或写 status: none_in_text")
	}
	if task == 0 {
		return
	}
	t := l.taskByNo[task]
	if t == nil {
		l.unknown(m, source, "任务", strconv.Itoa(task), l.taskNumbers)
		return
	}
	if t.Action != action {
		m.RefuseAt(source, "plan-position", strconv.Itoa(action), fmt.Sprintf("任务%d不在专项行动%d之下", task, action), "核对任务号和专项行动号")
	}
	if status == "stated" && !slices.Equal(t.Leads, leads) {
		m.RefuseAt(lead, "lead-status", strings.Join(leads, "、"), fmt.Sprintf("与任务%d原文的牵头部门不同：%s", task, strings.Join(t.Leads, "、")), "照抄原文的部门和次序")
	}
}

func (l *loader) checkRecords() {
	for _, d := range l.records {
		r, m := d.record, d.m
		l.position(m, m.At("action"), m.At("leads"), r.Action, r.Task, r.Leads, r.LeadStatus, r.LeadTasks)
		if r.Task == 0 && r.Action == 0 {
			m.RefuseAt(m.Place(m.Node), "plan-position", "", "没有写明在哪个专项行动或任务之下", "补上 action 或 task")
		}
	}
}

func (l *loader) checkAlerts() {
	for i, m := range l.alerts {
		for j, s := range l.cat.AlertRules[i].Selector {
			if l.cat.byCode[Code(s)] == nil && !slices.Contains(natures(), Nature(s)) {
				l.unknown(m, m.Place(m.Items("selector")[j]), "指标代码或性质", s, l.codes)
			}
		}
	}
}

// derive fills what follows from other definitions and is written only once:
// the tasks of an action and of a department, the targets of a task, the code
// an alias stands for.
func (l *loader) derive() {
	c := l.cat
	for i := range c.Tasks {
		t := &c.Tasks[i]
		if a := l.actionByNo[t.Action]; a != nil {
			a.Tasks = append(a.Tasks, t.No)
		}
		for _, name := range t.Leads {
			if d := c.byDept[name]; d != nil {
				d.Tasks = append(d.Tasks, t.No)
			}
		}
	}
	for i := range c.Indicators {
		ind := &c.Indicators[i]
		if t := ind.Target(); t != nil && t.Task != 0 {
			if task := l.taskByNo[t.Task]; task != nil {
				task.Targets = append(task.Targets, t.ID)
			}
		}
		if t := ind.Target(); t != nil && t.Method == "" {
			if t.Method = methodOf(t.Evaluation); c.Settings.LampMethod != "" && (t.Evaluation == Endpoint || t.Evaluation == Cumulative) {
				t.Method = c.Settings.LampMethod
			}
		}
		if ind.Kind == Alias {
			ind.Formula = string(ind.Aliases[c.Settings.Scope])
		}
	}
	for i := range c.Tasks {
		slices.Sort(c.Tasks[i].Targets)
	}
}
