package report

import (
	"math"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// gaps ranks every scored target by how far the projection stands from it.
func (b *builder) gaps() document.Section {
	items := append([]*item(nil), b.scored...)
	byShortfall(items)
	short, ok := 0, 0
	for _, it := range items {
		switch {
		case !it.r.Gap.OK:
		case indicator.Less(it.r.Gap.V, 0):
			short++
		default:
			ok++
		}
	}
	s := document.Section{ID: "s2", Title: "2027年缺口"}
	none := len(items) - short - ok
	p := say("按现有走势测算到2027年，").figure(b.count("gap/short", "低于目标值", short, "项")).say("低于目标值，").
		figure(b.count("gap/met", "不低于目标值", ok, "项")).say("不低于目标值")
	if none > 0 {
		p.say("，").figure(b.count("gap/none", "不作2027年测算", none, "项")).say("不作测算（年度底线、同步类或数据不足）")
	}
	s.Blocks = append(s.Blocks, p.say("。缺口为测算值或现值减目标值，负数为不足；图中按缺口占目标的百分比排序，以便不同单位相比。").block())
	if charts := gapBars(items); len(charts) > 0 {
		s.Blocks = append(s.Blocks, document.Block{Charts: charts})
	}
	s.Blocks = append(s.Blocks, document.Block{Table: gapTable(items)}, note("测算不是统计数。标“现状”或年份的缺口按该时点的值计算，未作2027年测算。"))
	return s
}

func gapTable(items []*item) *document.Table {
	t := &document.Table{
		ID: "gap-table", Caption: "评分目标2027年缺口一览",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "目标值", Align: document.Right},
			{Title: "现值", Align: document.Right},
			{Title: "截至", Align: document.Right, Under: true},
			{Title: "2027年测算", Align: document.Right},
			{Title: "缺口", Align: document.Right},
			{Title: "占目标", Align: document.Right, Under: true},
			{Title: "所需年均", Align: document.Right},
			{Title: "责任单位"},
		},
	}
	for _, it := range items {
		sign := it.sign
		relative := document.Cell{Text: "—"}
		if it.relative != nil {
			relative = document.Cell{Figure: untagged(it.relative), Unit: true}
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Sign: &sign},
			{Figure: it.target, Unit: true},
			{Figure: it.value, Unit: true},
			{Text: it.value.Period},
			{Figure: untagged(it.projection), Unit: true},
			{Figure: it.gap, Unit: true},
			relative,
			{Figure: it.required, Unit: true},
			{Text: it.owner()},
		}})
	}
	return t
}

// untagged is a figure as printed under a head that already says what it is.
func untagged(f *document.Figure) *document.Figure {
	c := *f
	c.Tag = ""
	return &c
}

// gapBars is the ranked bars, in panels short enough for a printed page.
func gapBars(items []*item) []*document.Chart {
	var bars []document.Bar
	lo, hi := 0.0, 0.0
	for _, it := range items {
		bar := document.Bar{Label: it.name(), Sign: it.sign, Link: it.link()}
		if it.relative != nil {
			bar.Has, bar.Value, bar.Text = true, it.rel, it.relative.Full()
			lo, hi = math.Min(lo, it.rel), math.Max(hi, it.rel)
		} else {
			bar.Text = it.gap.Full()
		}
		bars = append(bars, bar)
	}
	axis := scale(math.Max(lo, -100), math.Min(hi, 100), 4, "%")
	const rows = 21
	var out []*document.Chart
	for n := 0; n < len(bars); n += rows {
		part := bars[n:min(n+rows, len(bars))]
		name := "缺口占目标的百分比"
		if len(bars) > rows {
			name += "（" + numeral(n/rows+1) + "）"
		}
		out = append(out, &document.Chart{
			ID: "gap-bars-" + indicator.Fixed(float64(n/rows+1), 0), Title: name, Unit: "%",
			Desc: "评分目标按缺口占目标的百分比由低到高排列，零线左侧为不足，右侧为超过；数值见下表。",
			Bars: &document.Bars{Axis: axis, Bars: part},
		})
	}
	return out
}

// numeral is a Chinese number, 1 to 99.
func numeral(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	}
	return digits[n/10] + "十" + digits[n%10]
}
