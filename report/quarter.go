package report

import (
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// dispatch is the pack of the 专题调度会 (catalogue P09): what changed, progress by
// 专项行动 and task, problems with what their units say, what is asked of whom,
// and the board.
func (b *builder) dispatch() []document.Section {
	r := b.newRace()
	first := b.summary()
	first.Blocks = append(first.Blocks, b.vintageSentence())
	if units := scoredOf(r.units); len(units) > 0 {
		first.Blocks = append(first.Blocks, b.leaders(units).say("，见").link("赛马晾晒", "board").say("。").led("赛马。"))
	}
	progress := b.actions()
	progress.Title = "工作进展"
	progress.Sections = append(progress.Sections, b.progressByTask())
	problems := b.watch()
	problems.Title = "问题清单"
	problems.Sections = slices.Insert(problems.Sections, 1, b.explained())
	return []document.Section{
		first, progress, problems, b.asks(), b.boardSection(r), b.gaps(), b.filingSection(), b.unscoredSection(),
		b.appendix(), b.milestones(), b.method(),
	}
}

// vintageSentence says what the figures are: when they were cut off, and how many are
// first estimates.
func (b *builder) vintageSentence() document.Block {
	p := say("截至" + b.in.Assessment.Period.Name() + "，数据时点" + at(b.in.Assessment.AsOf))
	var names []string
	n := make(map[string]int)
	some := 0
	for _, it := range b.scored {
		if !it.r.Value.OK {
			continue
		}
		some++
		name := statusName(it.r.Status, it.r.Vintage)
		if name == "" {
			name = "未注明版本"
		}
		if n[name] == 0 {
			names = append(names, name)
		}
		n[name]++
	}
	p.say("；").figure(b.count("vintage/all", "有数的评分目标", some, "项")).say("评分目标有数")
	slices.SortStableFunc(names, func(x, y string) int { return n[y] - n[x] })
	for i, name := range names {
		sep := "，其中"
		if i > 0 {
			sep = "、"
		}
		p.say(sep + name).figure(b.count("vintage/"+name, name, n[name], "项"))
	}
	return p.say("。").led("数据。")
}

// progressByTask is progress by task: the lamps of the targets a task contains, and what
// of it can be verified. A target of a whole 专项行动 belongs to no task.
func (b *builder) progressByTask() document.Section {
	t := &document.Table{
		ID: "tasks", Caption: "各项任务进展", Compact: true, Empty: "没有任务。",
		Columns: []document.Column{{Title: "任务"}, {Title: "牵头单位"}, {Title: "评分目标", Unit: "项", Align: document.Right}},
	}
	for _, l := range lampOrder {
		t.Columns = append(t.Columns, document.Column{Title: document.LampSign(l).String(), Align: document.Right})
	}
	t.Columns = append(t.Columns, document.Column{Title: "可核验事项", Unit: "项", Align: document.Right})
	whole := 0
	for _, it := range b.scored {
		if it.t.Task == 0 {
			whole++
		}
	}
	for i := range b.in.Catalogue.Tasks {
		task := &b.in.Catalogue.Tasks[i]
		key, name := "task-"+strconv.Itoa(task.No), strconv.Itoa(task.No)+" "+plain(task.Title)
		var items []*item
		for _, it := range b.scored {
			if it.t.Task == task.No {
				items = append(items, it)
			}
		}
		things := 0
		for j := range b.in.Catalogue.Milestones {
			if b.in.Catalogue.Milestones[j].Task == task.No {
				things++
			}
		}
		cells := []document.Cell{{Text: name}, {Text: owners(task.Leads)}, {Text: "—"}}
		if len(items) > 0 {
			cells[2] = document.Cell{Figure: b.count(key+"/scored", "任务"+name+"评分目标", len(items), "项")}
		}
		for _, l := range lampOrder {
			c := document.Cell{Text: "—"}
			if n := ofLamp(items, l); n > 0 {
				c = document.Cell{Figure: b.count(key+"/"+string(l), "任务"+name+l.Meaning(), n, "项")}
			}
			cells = append(cells, c)
		}
		t.Rows = append(t.Rows, document.Row{ID: key, Cells: append(cells, document.Cell{
			Figure: b.count(key+"/things", "任务"+name+"可核验事项", things, "项"),
		})})
	}
	return document.Section{ID: "tasks-section", Title: "各项任务进展", Blocks: []document.Block{
		{Table: t},
		say("另有").figure(b.count("tasks/whole", "属专项行动总体的评分目标", whole, "项")).
			say("评分目标写在专项行动总体要求中，不属单项任务，见各专项行动。没有评分目标的任务打印“—”，不等于没有进展。").block(),
	}}
}

// explained sets beside every problem what its unit says of it: cause, measure
// and 时限, as registered in 督办.
func (b *builder) explained() document.Section {
	t := &document.Table{
		ID: "explained", Caption: "单位说明和督办", Empty: "本期没有生效中的预警。",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "级别", Align: document.Center},
			{Title: "责任单位"},
			{Title: "督办"},
			{Title: "单位说明的原因", Wide: true},
			{Title: "措施和时限", Wide: true},
		},
	}
	by := make(map[string]*alert.Case, len(b.in.Cases))
	for i := range b.in.Cases {
		by[b.in.Cases[i].Episode] = &b.in.Cases[i]
	}
	said, all := 0, 0
	for _, g := range b.cases() {
		var stages, causes, measures []string
		add := func(list *[]string, s string) {
			if s != "" && s != "—" && !slices.Contains(*list, s) {
				*list = append(*list, s)
			}
		}
		raised, late := false, false
		for _, a := range g {
			if !a.State.Raised() {
				continue
			}
			raised = true
			c := by[a.Episode]
			if c == nil {
				add(&stages, alert.Unclaimed.Name())
				continue
			}
			add(&stages, c.Stage.Name())
			add(&causes, ended(c.Cause))
			late = late || b.overdue(c)
			if c.Measure != "" {
				add(&measures, ended(plain(c.Measure)+due(c)))
			}
		}
		if !raised {
			continue
		}
		all++
		if len(causes) > 0 {
			said++
		}
		if late {
			stages = append(stages, "逾期")
		}
		sign := document.LevelSign(g[0].Level)
		cell := document.Cell{Text: b.indicatorName(g[0].Code)}
		if it := b.byCode[g[0].Code]; it != nil && it.t.Scored {
			cell.Link = it.link()
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			cell,
			{Sign: &sign},
			{Text: orDash(plain(g[0].Owner))},
			{Text: strings.Join(stages, "、")},
			{Text: orDash(strings.Join(causes, ""))},
			{Text: orDash(strings.Join(measures, ""))},
		}})
	}
	return document.Section{ID: "s3-explained", Title: "单位说明和督办", Blocks: []document.Block{
		say("生效中的预警涉及指标").figure(b.count("explained/all", "有生效中预警的指标", all, "项")).
			say("，单位已说明原因").figure(b.count("explained/said", "单位已说明原因", said, "项")).
			say("，未说明").figure(b.count("explained/silent", "单位未说明原因", all-said, "项")).say("。").block(),
		{Table: t},
	}}
}

// measured reports whether a unit has registered a measure for an indicator.
func (b *builder) measured(code indicator.Code) bool {
	return slices.ContainsFunc(b.alerts, func(a alert.Alert) bool {
		return a.Code == code && a.State.Raised() && slices.ContainsFunc(b.in.Cases, func(c alert.Case) bool {
			return c.Episode == a.Episode && c.Measure != ""
		})
	})
}

// asks is what is asked of whom: a line for each thing, unit by unit.
func (b *builder) asks() document.Section {
	t := &document.Table{
		ID: "asks", Caption: "请各单位办理的事项", Empty: "本期没有需要办理的事项。",
		Columns: []document.Column{
			{Title: "单位"}, {Title: "事项", Wide: true}, {Title: "灯", Align: document.Center}, {Title: "要求", Wide: true},
		},
	}
	type ask struct {
		unit string
		row  document.Row
	}
	var list []ask
	add := func(unit string, what, sign document.Cell, want string) {
		list = append(list, ask{unit, document.Row{Cells: []document.Cell{{Text: orDash(plain(unit))}, what, sign, {Text: want}}}})
	}
	chased := make(map[indicator.Code]bool) // by the return it stands on
	for _, f := range b.in.Filing {
		for _, l := range f.LateReturns {
			want := "尽快报送。"
			switch l.State {
			case "迟报", "待验收": // it is there, or the next step is not the unit's
				continue
			case "待说明":
				want = "对存疑数据作出说明。"
			case "退回未重报":
				want = "按退回意见重新报送。"
			}
			add(f.Department, document.Cell{Text: plain(l.Name) + "（" + plain(l.State) + "）"}, document.Cell{Text: "—"}, want)
			for _, c := range l.Codes {
				chased[c] = true
			}
		}
	}
	for _, l := range [...]indicator.Lamp{indicator.Red, indicator.Yellow, indicator.Grey} {
		for _, it := range b.withLamp(l) {
			if l == indicator.Grey && chased[it.ind.Code] && (it.r.Absence == indicator.Overdue || it.r.Absence == indicator.Returned) {
				continue
			}
			sign := it.sign
			want := need(it)
			switch {
			case l == indicator.Grey:
			case b.measured(it.ind.Code):
				want = "按已报措施推进；" + want
			case it.required.Missing == "":
				want = "报原因、措施和时限；" + want
			default:
				want = "报原因、措施和时限。"
			}
			add(it.t.Primary, document.Cell{Text: it.name(), Link: it.link()}, document.Cell{Sign: &sign}, want)
		}
	}
	place := func(unit string) int {
		if i := slices.Index(b.unitNames(), unit); i >= 0 {
			return i
		}
		return len(b.in.Catalogue.Departments) + len(b.scored)
	}
	slices.SortStableFunc(list, func(x, y ask) int { return place(x.unit) - place(y.unit) })
	units := make(map[string]bool)
	for _, a := range list {
		units[a.unit] = true
		t.Rows = append(t.Rows, a.row)
	}
	return document.Section{ID: "asks-section", Title: "办理要求", Blocks: []document.Block{
		say("需").figure(b.count("asks/units", "需办理的单位", len(units), "个")).say("单位办理").
			figure(b.count("asks/all", "需办理的事项", len(list), "项")).say("事项。").block(),
		{Table: t},
	}}
}
