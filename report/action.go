package report

import (
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

const actionSuffix = "专项行动"

// actions is one table for each of the nine 专项行动, after a grid of all lamps.
func (b *builder) actions() document.Section {
	s := document.Section{ID: "s4", Title: "九个专项行动"}
	heat := newHeat()
	for i := range b.in.Catalogue.Actions {
		a := &b.in.Catalogue.Actions[i]
		items := b.ofAction(b.scored, a.No)
		id := "action-" + indicator.Fixed(float64(a.No), 0)
		heat.Rows = append(heat.Rows, heatRow(heat, strings.TrimSuffix(plain(a.Name), actionSuffix), id, items))
		s.Sections = append(s.Sections, b.action(a, items, id))
	}
	s.Blocks = []document.Block{
		{Charts: []*document.Chart{{
			ID: "heat", Title: "专项行动灯色分布（评分目标数，项）", Unit: "项",
			Desc: "每行一个专项行动，每列一种灯色，格中为评分目标数。", Heat: heat,
		}}},
		note("完成率：水平完成率为现值与目标之比，进度完成率为2022年以来增量与应完成增量之比；标注年份的按该完整年度计算。" +
			"序时进度为规划期（2023—2027年）已过时间的比例。年度底线类没有序时路径。"),
	}
	return s
}

// newHeat is an empty grid with a column for every lamp.
func newHeat() *document.Heat {
	h := &document.Heat{}
	for _, l := range lampOrder {
		h.Columns = append(h.Columns, document.LampSign(l))
	}
	return h
}

// heatRow counts the lamps of items for a row of a grid.
func heatRow(h *document.Heat, label, link string, items []*item) document.HeatRow {
	row := document.HeatRow{Label: label, Link: link}
	for _, l := range lampOrder {
		n := ofLamp(items, l)
		row.Counts = append(row.Counts, n)
		h.Most = max(h.Most, n)
	}
	return row
}

func ofLamp(items []*item, l indicator.Lamp) int {
	n := 0
	for _, it := range items {
		if it.r.Lamp == l {
			n++
		}
	}
	return n
}

func (b *builder) ofAction(items []*item, no int) []*item {
	var out []*item
	for _, it := range items {
		if it.t.Action == no {
			out = append(out, it)
		}
	}
	return out
}

func (b *builder) action(a *indicator.Action, items []*item, id string) document.Section {
	s := document.Section{
		ID: id, Title: plain(a.Name), Short: strings.TrimSuffix(plain(a.Name), actionSuffix),
	}
	if len(items) == 0 {
		p := say("方案在本行动中没有评分的量化目标")
		if n := len(b.ofAction(b.unscored, a.No)); n > 0 {
			p.say("，另有").figure(b.count(id+"/unscored", "不评分目标", n, "项")).say("不评分目标，见").link("不评分目标清单", "s6")
		}
		s.Blocks = []document.Block{p.say("。").block()}
		return s
	}
	s.Blocks = append(s.Blocks, say("评分目标").figure(b.count(id+"/scored", "评分目标", len(items), "项")).say("：").
		join(b.lampCounts(id, items)).say("。").block())
	for _, l := range [...]indicator.Lamp{indicator.Red, indicator.Yellow} {
		for _, it := range items {
			if it.r.Lamp == l {
				s.Blocks = append(s.Blocks, new(prose).sign(it.sign).say(" ").join(sentence(it)).join(outlook(it)).block())
			}
		}
	}
	s.Blocks = append(s.Blocks, document.Block{Table: b.actionTable(a, items, id)})
	return s
}

func (b *builder) actionTable(a *indicator.Action, items []*item, id string) *document.Table {
	t := &document.Table{
		ID: id + "-table", Caption: plain(a.Name) + "评分目标",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "目标值", Align: document.Right},
			{Title: "现值", Align: document.Right},
			{Title: "截至", Align: document.Right, Under: true},
			{Title: "同比", Align: document.Right},
			{Title: "走势", Align: document.Right, Under: true},
			{Title: "水平完成率", Align: document.Right},
			{Title: "进度完成率", Align: document.Right},
			{Title: "序时进度", Align: document.Right, Under: true},
			{Title: "较序时", Align: document.Right},
			{Title: "较路径", Align: document.Right, Under: true},
			{Title: "2027年测算", Align: document.Right},
			{Title: "责任单位"},
		},
	}
	for _, it := range items {
		sign := it.sign
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Sign: &sign},
			{Figure: it.target, Unit: true},
			{Figure: it.value, Unit: true},
			{Text: it.value.Period},
			{Figure: it.growth, Unit: true},
			{Chart: b.spark(it)},
			{Figure: it.level, Unit: true},
			{Figure: it.progress, Unit: true},
			{Figure: untagged(it.elapsed), Unit: true},
			{Figure: it.ahead, Unit: true},
			{Figure: it.lead, Unit: true},
			{Figure: untagged(it.projection), Unit: true},
			{Text: it.owner()},
		}})
	}
	return t
}
