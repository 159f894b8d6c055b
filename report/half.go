package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// The words of the task table. The lists are those of 任务36, the changes those of
// P06, the stages those of 任务39 (P14).
var (
	fourLists   = []string{"重大项目", "重大政策", "重大改革", "重大平台"}
	itemChanges = []string{"新增", "续建", "调整", "完成", "调出"}
	taskStages  = []string{"任务", "分办", "落实", "跟踪", "反馈", "上报"}
)

// TaskSheet is the sheet of the half-year workbook that departments fill in.
const TaskSheet = "任务表"

const milestoneKind, taskKind = "里程碑", "任务"

// half is the half-year whose lists are to be rolled forward.
func (b *builder) half() period.Period {
	return period.Containing(period.Half, b.in.Assessment.Period.Last())
}

// lists asks for the lists of the half-year (任务36).
func (b *builder) lists() document.Section {
	half := b.half()
	s := document.Section{ID: "lists", Title: "四重清单更新"}
	s.Blocks = []document.Block{
		say("依据任务36，每半年滚动更新、迭代升级年度重大项目、重大政策、重大改革、重大平台清单。请各牵头单位于" +
			half.Last().Format("2006年1月2日") + "前提出" + half.Name() + "新增、续建、调整、完成、调出的建议及理由，报双城办汇总。").led("事项。"),
		say("工作簿的“" + TaskSheet + "”已列入").figure(b.count("tasks", "任务", len(b.in.Catalogue.Tasks), "项")).say("任务和").
			figure(b.count("milestones", "可核验的事项", len(b.in.Catalogue.Milestones), "项")).
			say("可核验的事项，并为各单位四类清单各留空行。一行一事，编号不改、不重用；新增的行沿用本期编号，结转的行沿用原编号。").led("填法。"),
		say("环节依次为" + strings.Join(taskStages, "、") + "（任务39）。变化须写原因；完成的附佐证；原文没有单独期限的，暂按规划期末列示，请改填年度节点。").led("口径。"),
	}
	t := &document.Table{
		ID: "by-lead", Caption: "各单位应填的行", Empty: "没有牵头单位。",
		Columns: []document.Column{
			{Title: "单位"},
			{Title: "任务", Unit: "项", Align: document.Right},
			{Title: "可核验的事项", Unit: "项", Align: document.Right},
			{Title: "清单空行", Unit: "行", Align: document.Right},
		},
	}
	leads := b.leads()
	for i, lead := range append(leads, noLead) {
		tasks, facts, blank := 0, 0, len(fourLists)
		for j := range b.in.Catalogue.Tasks {
			if leads := b.in.Catalogue.Tasks[j].Leads; first(leads) == lead {
				tasks++
			}
		}
		for j := range b.in.Catalogue.Milestones {
			if first(b.in.Catalogue.Milestones[j].Leads) == lead {
				facts++
			}
		}
		if lead == noLead {
			if blank = 0; tasks+facts == 0 {
				continue
			}
		}
		key := "lead/" + strconv.Itoa(i+1)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: lead},
			{Figure: b.count(key+"/tasks", lead+"牵头任务", tasks, "项")},
			{Figure: b.count(key+"/milestones", lead+"可核验的事项", facts, "项")},
			{Figure: b.count(key+"/blank", lead+"清单空行", blank, "行")},
		}})
	}
	s.Blocks = append(s.Blocks, document.Block{Table: t}, note("几个单位共同牵头的，计入排在首位的单位。"))
	return s
}

// noLead stands for the lead that the plan does not name.
const noLead = "未明确"

func first(leads []string) string {
	if len(leads) == 0 {
		return noLead
	}
	return plain(leads[0])
}

// leads are the departments that lead a task or a milestone, in the order of the
// plan.
func (b *builder) leads() []string {
	var out []string
	seen := make(map[string]bool)
	add := func(leads []string) {
		for _, l := range leads {
			if l = plain(l); l != "" && !seen[l] {
				seen[l] = true
				out = append(out, l)
			}
		}
	}
	for i := range b.in.Catalogue.Tasks {
		add(b.in.Catalogue.Tasks[i].Leads)
	}
	for i := range b.in.Catalogue.Milestones {
		add(b.in.Catalogue.Milestones[i].Leads)
	}
	return out
}

// briefly is how the targets stand, with what changed since the last half-year.
func (b *builder) briefly() document.Section {
	shifts := b.shifts()
	s := document.Section{ID: "s1", Title: "要情"}
	s.Blocks = []document.Block{b.overview(), b.changes(shifts), b.filingSentence()}
	if b.in.Previous != nil {
		list := b.tidings()
		s.Blocks = append(s.Blocks, b.tidingSentence(list).led("预警。"))
		s.Sections = b.news(shifts, list)
	}
	return s
}

// milestonesByLead lists the milestones by the department that answers first.
func (b *builder) milestonesByLead() document.Section {
	t := &document.Table{ID: "milestones", Caption: "可核验的事项", Compact: true, Empty: "没有。", Columns: []document.Column{
		{Title: "责任单位"}, {Title: "编号", Align: document.Center}, {Title: "原文", Wide: true}, {Title: "出处", Align: document.Center}, {Title: "共同牵头"},
	}}
	for _, lead := range append(b.leads(), noLead) {
		for i := range b.in.Catalogue.Milestones {
			r := &b.in.Catalogue.Milestones[i]
			if first(r.Leads) != lead {
				continue
			}
			others := ""
			if len(r.Leads) > 1 {
				others = plain(strings.Join(r.Leads[1:], "、"))
			}
			t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
				{Text: lead}, {Text: plain(r.ID)}, {Text: plain(r.Quote)}, {Text: place(r)}, {Text: orDash(others)},
			}})
		}
	}
	return document.Section{ID: "a3", Title: "可核验的事项", Blocks: []document.Block{
		say("方案中可以核验是否完成的事项").figure(b.count("milestones", "可核验的事项", len(t.Rows), "项")).
			say("，按责任单位列示，请逐项核对进展，在“" + TaskSheet + "”中填报。").block(), {Table: t},
	}}
}

// tasks lists the forty tasks.
func (b *builder) tasks() document.Section {
	t := &document.Table{ID: "tasks", Caption: "任务", Compact: true, Empty: "没有。", Columns: []document.Column{
		{Title: "编号", Align: document.Center}, {Title: "任务", Wide: true}, {Title: "专项行动", Wide: true}, {Title: "牵头单位"},
	}}
	for i := range b.in.Catalogue.Tasks {
		k := &b.in.Catalogue.Tasks[i]
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: strconv.Itoa(k.No)}, {Text: plain(k.Title)}, {Text: b.actionName(k.Action)}, {Text: owners(k.Leads)},
		}})
	}
	return document.Section{ID: "tasks-list", Title: "方案任务", Blocks: []document.Block{{Table: t}}}
}

func owners(leads []string) string {
	if len(leads) == 0 {
		return noLead
	}
	return plain(strings.Join(leads, "、"))
}

// actionName is a 专项行动 in short; 组织保障 is none of the nine.
func (b *builder) actionName(no int) string {
	for i := range b.in.Catalogue.Actions {
		if a := &b.in.Catalogue.Actions[i]; a.No == no {
			return strings.TrimSuffix(plain(a.Name), actionSuffix)
		}
	}
	if no == 0 {
		return "组织保障"
	}
	return strconv.Itoa(no)
}

// taskForm is the task table (任务—分办—落实—跟踪—反馈—上报): the tasks and the
// milestones of the plan, then blank rows of each department for its four lists.
// An id names its row for ever: that of a list item begins with the half-year in
// which it was entered.
func (b *builder) taskForm() document.Form {
	f := document.Form{Name: TaskSheet, Columns: []document.FormField{
		{Title: "编号", Width: 17},
		{Title: "清单类别", Width: 11, Choices: slices.Concat(fourLists, []string{milestoneKind, taskKind})},
		{Title: "名称/原文", Width: 42},
		{Title: "专项行动", Width: 22},
		{Title: "任务", Width: 8},
		{Title: "牵头单位", Width: 18},
		{Title: "配合单位", Width: 14},
		{Title: "环节", Width: 9, Choices: taskStages},
		{Title: "变化", Width: 9, Choices: itemChanges},
		{Title: "原因", Width: 20},
		{Title: "时限", Width: 13},
		{Title: "进展", Width: 24},
		{Title: "反馈", Width: 18},
		{Title: "上报", Width: 14},
		{Title: "佐证", Width: 16},
	}}
	end := period.Of(period.Year, period.TargetYear, 1).Last().Format("2006-01-02")
	row := func(id, kind, name, action string, task int, lead, due string) {
		r := make([]string, len(f.Columns))
		r[0], r[1], r[2], r[3], r[5], r[10] = id, kind, name, action, lead, due
		if task > 0 {
			r[4] = strconv.Itoa(task)
		}
		f.Rows = append(f.Rows, r)
	}
	for i := range b.in.Catalogue.Tasks {
		k := &b.in.Catalogue.Tasks[i]
		row(fmt.Sprintf("任务%02d", k.No), taskKind, plain(k.Title), b.actionName(k.Action), k.No, plain(strings.Join(k.Leads, "、")), end)
	}
	for i := range b.in.Catalogue.Milestones {
		m := &b.in.Catalogue.Milestones[i]
		action := ""
		if m.Action > 0 {
			action = b.actionName(m.Action)
		}
		row(plain(m.ID), milestoneKind, plain(m.Quote), action, m.Task, plain(strings.Join(m.Leads, "、")), end)
	}
	half := b.half().String()
	for _, list := range fourLists {
		for i, lead := range b.leads() {
			row(fmt.Sprintf("%s-%s-%02d", half, strings.TrimPrefix(list, "重大"), i+1), list, "", "", 0, lead, "")
		}
	}
	return f
}

// place is where a record stands in the plan.
func place(r *indicator.Record) string {
	s := "行" + strconv.Itoa(r.Line)
	if r.Task > 0 {
		s += "·任务" + strconv.Itoa(r.Task)
	}
	return s
}
