package report

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// unscoredSection lists the relational, rank and magnitude targets, which are
// never judged.
func (b *builder) unscoredSection() document.Section {
	t := &document.Table{
		ID: "unscored", Caption: "不评分的关系、位次和数量级目标", Empty: "没有不评分的目标。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "编号", Align: document.Center},
			{Title: "目标值", Align: document.Right},
			{Title: "现值", Align: document.Right},
			{Title: "期别", Align: document.Right, Under: true},
			{Title: "责任单位"},
			{Title: "不评分原因", Wide: true},
		},
	}
	for _, it := range b.unscored {
		t.Rows = append(t.Rows, document.Row{ID: it.link(), Cells: []document.Cell{
			{Text: it.name()},
			{Text: it.t.ID},
			{Figure: it.target, Unit: true},
			{Figure: it.value, Unit: true},
			{Text: orDash(it.value.Period)},
			{Text: it.owner()},
			{Text: statement(it.r)},
		}})
	}
	return document.Section{ID: "s6", Title: "不评分目标", Blocks: []document.Block{
		say("以下").figure(b.count("unscored", "不评分目标", len(b.unscored), "项")).
			say("目标属关系、位次、认定或数量级表述，只列示，不评分。").block(),
		{Table: t},
	}}
}

// appendix is a block for each scored indicator.
func (b *builder) appendix() document.Section {
	s := document.Section{ID: "a1", Title: "评分指标详情", Appendix: true}
	for i := range b.in.Catalogue.Actions {
		a := &b.in.Catalogue.Actions[i]
		var cards []document.Card
		for _, it := range b.ofAction(b.scored, a.No) {
			cards = append(cards, b.card(it))
		}
		if len(cards) > 0 {
			s.Sections = append(s.Sections, document.Section{
				ID: "a1-" + strconv.Itoa(a.No), Title: plain(a.Name), Short: strings.TrimSuffix(plain(a.Name), actionSuffix),
				Blocks: []document.Block{{Cards: cards}},
			})
		}
	}
	return s
}

func (b *builder) card(it *item) document.Card {
	sign := it.sign
	c := document.Card{
		ID: it.link(), Title: it.name(), Sign: &sign, Label: it.t.ID + " · " + string(it.ind.Code), Broad: true,
		Lead:  sentence(it).say(statement(it.r)).paragraph(),
		Chart: b.trend(it),
	}
	figure := func(f *document.Figure) {
		c.Facts = append(c.Facts, document.Fact{Label: f.What, Cell: document.Cell{Figure: f, Unit: true}})
	}
	text := func(label, s string) {
		if s = plain(s); s != "" {
			c.Facts = append(c.Facts, document.Fact{Label: label, Cell: document.Cell{Text: s}})
		}
	}
	c.Facts = append(c.Facts, document.Fact{Label: "目标", Cell: document.Cell{Figure: it.target, Unit: true, Text: strength(it.t)}})
	figure(it.value)
	if it.judged != it.value {
		figure(it.judged)
	}
	for _, f := range []*document.Figure{it.base, it.growth, it.level, it.progress, it.elapsed, it.lead, it.fullYear, it.seasons, it.projection} {
		if f.Missing != "—" {
			figure(f)
		}
	}
	if e, ok := it.r.Projection.End(); ok && e.Hi95 > e.Lo95 {
		m := b.maker(it.ind)
		for _, bound := range [...]struct {
			key, what string
			v         float64
		}{
			{"projection_lo80", "测算下限（80%）", e.Lo80},
			{"projection_hi80", "测算上限（80%）", e.Hi80},
			{"projection_lo95", "测算下限（95%）", e.Lo95},
			{"projection_hi95", "测算上限（95%）", e.Hi95},
		} {
			f := m.value(bound.key, bound.what, indicator.Some(bound.v), "")
			f.Estimate, f.Tag = true, "测算"
			figure(f)
		}
	}
	if it.chance.Missing != "—" {
		figure(it.chance)
	}
	figure(it.gap)
	if it.required.Missing != "—" {
		figure(it.required)
	}
	for _, f := range b.measures(it) {
		figure(f)
	}
	text("责任单位", it.owner()+leadBasis(it.t))
	text("填报单位", strings.Join(it.ind.Filer, "、"))
	text("报表", strings.TrimSpace(it.ind.Form+" "+it.ind.Freq.Name()))
	text("数据状态", statusName(it.r.Status, it.r.Vintage))
	text("口径", it.r.Caliber)
	text("范围", b.areaName(it))
	if it.r.Carried > 0 {
		text("结转", "分母沿用上期数，已结转"+strconv.Itoa(it.r.Carried)+"期")
	}
	c.Notes = b.provenance(it)
	return c
}

func leadBasis(t *indicator.Target) string {
	if t.LeadStatus != "inferred" || len(t.Leads) == 0 {
		return ""
	}
	var tasks []string
	for _, n := range t.LeadTasks {
		tasks = append(tasks, strconv.Itoa(n))
	}
	if len(tasks) == 0 {
		return "（推定）"
	}
	return "（依任务" + strings.Join(tasks, "、") + "推定）"
}

func (b *builder) areaName(it *item) string {
	a := b.in.Catalogue.Area(it.r.Area)
	if a == nil {
		return ""
	}
	if it.ind.Area == indicator.LJ {
		return a.Name + "（原文未写明，按设置）"
	}
	return a.Name
}

// provenance is where the target stands in the plan, how the value is computed,
// by what methods it was judged, and how to ask for the cells it comes from.
func (b *builder) provenance(it *item) []document.Paragraph {
	var out []document.Paragraph
	add := func(lead, s string) {
		if s = plain(s); s != "" {
			out = append(out, document.Paragraph{Lead: lead, Runs: []document.Run{{Text: s}}, Small: true})
		}
	}
	place := "本行动总体目标"
	if i := slices.IndexFunc(b.in.Catalogue.Tasks, func(t indicator.Task) bool { return t.No == it.t.Task }); i >= 0 {
		place = "任务" + strconv.Itoa(it.t.Task) + "“" + b.in.Catalogue.Tasks[i].Title + "”"
	}
	add("原文　", "“"+it.t.Quote+"”（方案第"+strconv.Itoa(it.t.Line)+"行，"+place+"）")
	add("算法　", b.formula(it.ind))
	method := it.r.Method
	if p := it.r.Projection; p != nil && p.Method != "" {
		method += "；测算 " + p.Method + "（" + strconv.Itoa(p.Points) + "个年度值"
		switch {
		case p.Nowcast:
			method += "，末值为本年估计"
		case len(p.Ahead) == 0 && strings.HasPrefix(p.Method, "drift-"):
			method += "，连续年度值不足，不给区间和概率"
		}
		method += "）"
	}
	if n := it.r.Nowcast; n != nil && it.r.FullYear.OK {
		method += "；全年测算 " + n.Method + "（" + strconv.Itoa(n.Years) + "个完整年度，误差为80%区间，逐年留一检验）"
	}
	add("方法　", strings.TrimPrefix(method, "；"))
	add("来源　", it.ind.DataOrigin)
	if !it.r.Period.IsZero() {
		asOf := b.in.Assessment.AsOf.In(period.Shanghai).Format(time.RFC3339Nano)
		add("查证　", "zhibiao explain "+string(it.ind.Code)+" "+it.r.Period.String()+" --as-of "+asOf)
	}
	add("说明　", it.t.Caveat)
	add("说明　", it.ind.Note)
	return out
}

// formula is the definition with the names of its parts.
func (b *builder) formula(ind *indicator.Indicator) string {
	if ind.Formula == "" {
		return "由填报单位直接报送"
	}
	var parts []string
	for _, c := range codesIn(ind.Formula) {
		if p := b.in.Catalogue.Indicator(c); p != nil {
			s := string(c) + " " + p.Name
			if r := b.result[c]; r != nil && r.Value.OK {
				s += " " + b.maker(p).value("value", "现值", r.Value, "").Full()
			}
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return ind.Formula
	}
	return ind.Formula + "（" + strings.Join(parts, "；") + "）"
}

// codesIn lists the words of a formula that could be codes, once each.
func codesIn(formula string) []indicator.Code {
	var out []indicator.Code
	seen := make(map[string]bool)
	for _, w := range strings.FieldsFunc(formula, func(r rune) bool {
		return r != '.' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		if strings.Contains(w, ".") && !seen[w] {
			seen[w] = true
			out = append(out, indicator.Code(w))
		}
	}
	return out
}

func (b *builder) directions() document.Section {
	t := recordTable("directions", "方向性表述", b.in.Catalogue.Directions, "监测代理")
	return document.Section{ID: "a2", Title: "方向性表述", Appendix: true, Blocks: []document.Block{
		say("方案中没有数字的方向性表述").figure(b.count("directions", "方向性表述", len(t.Rows), "条")).say("，只监测，不评分。").block(), {Table: t},
	}}
}

func (b *builder) milestones() document.Section {
	t := recordTable("milestones", "可核验的事项", b.in.Catalogue.Milestones, "")
	return document.Section{ID: "a3", Title: "可核验的事项", Appendix: true, Blocks: []document.Block{
		say("方案中可以核验是否完成的事项").figure(b.count("milestones", "可核验的事项", len(t.Rows), "项")).say("，由任务台账跟踪，不评分。").block(), {Table: t},
	}}
}

func recordTable(id, caption string, records []indicator.Record, proxy string) *document.Table {
	t := &document.Table{ID: id, Caption: caption, Compact: true, Empty: "没有。", Columns: []document.Column{
		{Title: "编号", Align: document.Center}, {Title: "原文", Wide: true},
	}}
	if proxy != "" {
		t.Columns = append(t.Columns, document.Column{Title: proxy})
	}
	t.Columns = append(t.Columns, document.Column{Title: "出处", Align: document.Center}, document.Column{Title: "责任单位"})
	for i := range records {
		r := &records[i]
		cells := []document.Cell{{Text: plain(r.ID)}, {Text: plain(r.Quote)}}
		if proxy != "" {
			cells = append(cells, document.Cell{Text: orDash(plain(r.Name))})
		}
		t.Rows = append(t.Rows, document.Row{Cells: append(cells, document.Cell{Text: place(r)}, document.Cell{Text: owners(r.Leads)})})
	}
	return t
}
