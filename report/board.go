package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/board"
	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// lead is a number of 百分点 ahead of 序时进度, or behind, as every board prints it.
func (b *builder) lead(key, what string, v indicator.Opt[indicator.Points]) *document.Figure {
	f := &document.Figure{Key: key, What: what, Unit: "个百分点", Period: b.in.Assessment.Period.Name()}
	if !v.OK {
		f.Unit, f.Missing = "", "—"
		return b.enter(f)
	}
	f.Raw, f.Number = float64(v.V), indicator.Fixed(float64(v.V), board.Decimals)
	if v.V > 0 && !zero(f.Number) {
		f.Number = "+" + f.Number
	}
	return b.enter(f)
}

func (b *builder) score(s *standing) *document.Figure {
	return b.lead(s.id+"/score", s.label+"平均较序时进度", s.Score)
}

// rank is 第1位, 并列 when it is shared.
func (b *builder) rank(s *standing) *document.Figure {
	f := &document.Figure{Key: s.id + "/rank", What: s.label + "位次", Period: b.in.Assessment.Period.Name()}
	if s.Rank == 0 {
		f.Missing = "不排名"
		return b.enter(f)
	}
	f.Raw, f.Prefix, f.Number, f.Unit = float64(s.Rank), "第", strconv.Itoa(s.Rank), "位"
	if s.Tied {
		f.Tag = "并列"
	}
	return b.enter(f)
}

// moved is the change of rank since the last board. Its shapes are not those of
// lamps.
func (b *builder) moved(s *standing) document.Cell {
	n := s.before - s.Rank
	sign := document.Sign{Class: "plain", Mark: "—", Word: "持平", Say: "位次不变"}
	switch {
	case b.in.Previous == nil:
		return document.Cell{Text: "首期"}
	case s.before == 0:
		sign = document.Sign{Class: "blue", Mark: "＋", Word: "新", Say: "上次没有排名"}
	case n > 0:
		sign = document.Sign{Class: "green", Mark: "↑", Word: "升", Say: "位次上升"}
	case n < 0:
		sign, n = document.Sign{Class: "orange", Mark: "↓", Word: "降", Say: "位次下降"}, -n
	}
	c := document.Cell{Sign: &sign}
	if n != 0 && s.before != 0 {
		c.Figure, c.Unit = b.count(s.id+"/moved", s.label+"位次变动", n, "位"), true
	}
	return c
}

// standingSign says which side of its 序时进度 a score is on.
func standingSign(f *document.Figure) document.Sign {
	switch {
	case zero(f.Number):
		return document.Sign{Class: "plain", Mark: "＝", Word: "持平", Say: "与序时进度持平"}
	case f.Raw > 0:
		return document.Sign{Class: "green", Mark: "＋", Word: "领先", Say: "领先序时进度"}
	}
	return document.Sign{Class: "orange", Mark: "－", Word: "落后", Say: "落后序时进度"}
}

// against states a score in words: 领先序时进度3.2个百分点.
func against(f *document.Figure) *prose {
	switch {
	case zero(f.Number):
		return say("与序时进度持平")
	case f.Raw > 0:
		return say("领先序时进度").magnitude(f)
	}
	return say("落后序时进度").magnitude(f)
}

func scoredOf(rows []standing) []standing {
	n := 0
	for n < len(rows) && rows[n].Rank > 0 {
		n++
	}
	return rows[:n]
}

// boardSection is 赛马晾晒: the departments, the 专项行动, what every target adds,
// and what is listed without being scored.
func (b *builder) boardSection(r *race) document.Section {
	s := document.Section{ID: "board", Title: "赛马晾晒"}
	in := 0
	for _, m := range r.marks {
		if m.Why == "" {
			in++
		}
	}
	units := scoredOf(r.units)
	p := say("按" + board.Method + "计分，参加排名的单位").figure(b.count("board/units", "参加排名的单位", len(units), "个")).
		say("，计分目标").figure(b.count("board/scored", "计分目标", in, "项")).
		say("，未计分目标").figure(b.count("board/out", "未计分目标", len(r.marks)-in, "项"))
	if in < len(r.marks) {
		p.say("（见").link("未计分目标", "board-out").say("）")
	}
	s.Blocks = append(s.Blocks, p.say("。").led("范围。"))
	if len(units) > 0 {
		s.Blocks = append(s.Blocks, b.leaders(units).say("。").led("位次。"))
	}
	s.Blocks = append(append(s.Blocks, b.movement(r.units)), b.rules()...)
	s.Sections = []document.Section{
		{ID: "board-unit", Title: "各单位比拼", Blocks: b.ranking("unit", "单位", r, r.units)},
		{ID: "board-action", Title: "各专项行动晾晒", Blocks: b.ranking("action", "专项行动", r, r.actions)},
		{ID: "board-marks", Title: "计分明细", Blocks: []document.Block{{Table: b.marksTable(r)}}},
		{ID: "board-out", Title: "未计分目标", Blocks: []document.Block{{Table: b.outTable(r)}}},
		{ID: "board-none", Title: "列示不计分的单位", Blocks: []document.Block{{Table: b.noneTable(r)}}},
	}
	return s
}

// leaders names the first and the last.
func (b *builder) leaders(units []standing) *prose {
	group := func(rank int) *prose {
		var names []string
		var f *document.Figure
		for i := range units {
			if u := &units[i]; u.Rank == rank {
				names, f = append(names, u.label), b.score(u)
			}
		}
		p := say(strings.Join(names, "、"))
		if len(names) > 1 {
			p.say("并列")
		}
		p.say("，平均")
		return p.join(against(f))
	}
	p := say("居首位的是").join(group(1))
	if last := units[len(units)-1].Rank; last > 1 {
		p.say("；居末位的是").join(group(last))
	}
	return p
}

// movement counts who rose and who fell.
func (b *builder) movement(all []standing) document.Block {
	const lead = "变动。"
	if b.in.Previous == nil {
		return say("本期为首期榜单，无上期位次可比。").led(lead)
	}
	var up, down, same, fresh int
	var gone []string
	for _, u := range all {
		switch {
		case u.Rank == 0 && u.before > 0:
			gone = append(gone, u.label)
		case u.Rank == 0:
		case u.before == 0:
			fresh++
		case u.Rank < u.before:
			up++
		case u.Rank > u.before:
			down++
		default:
			same++
		}
	}
	p := say("与上次（" + b.in.Previous.Period.Name() + "）相比，位次上升").figure(b.count("board/up", "位次上升", up, "个")).
		say("、下降").figure(b.count("board/down", "位次下降", down, "个")).
		say("、持平").figure(b.count("board/same", "位次持平", same, "个"))
	if fresh > 0 {
		p.say("，新上榜").figure(b.count("board/fresh", "新上榜", fresh, "个"))
	}
	if len(gone) > 0 {
		p.say("；" + strings.Join(gone, "、") + "上次有位次，本次没有可计分的目标")
	}
	return p.say("。").led(lead)
}

// rules is the rule in words: what is printed is what is computed.
func (b *builder) rules() []document.Block {
	var out []document.Block
	for _, p := range [...][2]string{
		{"规则（" + board.Method + "）。", "规则应在季度开始前公布，季度中不改。每项评分目标计一次，记在主责单位名下；单位得分是其各项的简单平均，以个百分点表示，每项权重相同，不设单位权重。"},
		{"计分。", "有序时路径的，计进度完成率减该目标自身的序时进度，单项以正负序时进度为限（封限），使任何一项不能单独决定位次。年度底线、年均增速、同步类和2022年已达到的目标没有序时路径：" +
			"达到（守住）计零，未达到计负的序时进度，即按未完成计；年度未完、仅有预警的底线和基本同步，按守住计。"},
		{"不计分。", "缺数、口径未定、不可比、缺基数、无法判定的，所据报表由其他单位迟报、退回或未报的，以及最近数据早于本期末" + strconv.Itoa(board.Stale) +
			"个月以上的（如由统计部门次年反馈的研发经费），列示原因，不计分，不按零计。没有主责量化目标的单位只列事项，不排名。报送情况单列，不计入得分。"},
		{"位次。", "按未修约的得分排列，得分相同的并列，其后位次顺延；按打印得分比较会得出不同次序的，标“修约影响位次”。上次位次按同一规则重算。"},
		{"基数。", "上年同期同比与两年平均增速（几何平均）相差" + indicator.Fixed(board.Unusual, 0) + "个百分点及以上的，标低基数或高基数，并列两年平均；上年同期不足" +
			indicator.Fixed(b.leastBase(), 0) + "个最小单位的，标基数过小。基数只作提示，不改变得分。"},
	} {
		block := note(p[1])
		block.Paragraph.Lead = p[0]
		out = append(out, block)
	}
	return out
}

// ranking is the bars, the lamps and the table of a board.
func (b *builder) ranking(kind, name string, r *race, all []standing) []document.Block {
	rows := scoredOf(all)
	if len(rows) == 0 {
		return []document.Block{say("本期没有可以排名的" + name + "。").block()}
	}
	bars, lo, hi := []document.Bar(nil), 0.0, 0.0
	heat := newHeat()
	for i := range rows {
		s := &rows[i]
		f := b.score(s)
		lo, hi = math.Min(lo, f.Raw), math.Max(hi, f.Raw)
		bars = append(bars, document.Bar{
			Label: b.rank(s).Full() + " " + s.label, Sign: standingSign(f), Has: true, Value: f.Raw, Text: f.Bare(), Link: s.id,
		})
	}
	for i := range all {
		heat.Rows = append(heat.Rows, heatRow(heat, all[i].label, all[i].id, b.itemsOf(&all[i])))
	}
	charts := []*document.Chart{{
		ID: "board-bars-" + kind, Title: "各" + name + "平均较序时进度（个百分点）", Unit: "个百分点",
		Desc: "各" + name + "按平均较序时进度由高到低排列，零线右侧为领先，左侧为落后；数值见下表。",
		Bars: &document.Bars{Axis: scale(lo, hi, 4, ""), Bars: bars},
	}}
	if kind == "unit" { // that of the 专项行动 stands with their tables
		charts = append(charts, &document.Chart{
			ID: "board-heat-" + kind, Title: "各单位灯色分布（评分目标数，项）", Unit: "项",
			Desc: "每行一个单位，每列一种灯色，格中为主责的评分目标数，未计分的也在内。", Heat: heat,
		})
	}
	out := []document.Block{{Charts: charts}, {Table: b.rankTable(kind, name, r, rows)}}
	if kind == "action" {
		out = append(out, b.unranked(all)...)
	}
	return out
}

// unranked names the 专项行动 that have no score, with why.
func (b *builder) unranked(all []standing) []document.Block {
	var none, out []string
	for i := range b.in.Catalogue.Actions {
		a := &b.in.Catalogue.Actions[i]
		switch at := slices.IndexFunc(all, func(s standing) bool { return s.Name == strconv.Itoa(a.No) }); {
		case at < 0:
			none = append(none, plain(a.Name))
		case all[at].Rank == 0:
			out = append(out, plain(a.Name))
		}
	}
	var blocks []document.Block
	if len(none) > 0 {
		blocks = append(blocks, note("没有评分的量化目标、不排名的："+strings.Join(none, "、")+"。"))
	}
	if len(out) > 0 {
		blocks = append(blocks, note("评分目标均未计分、不排名的："+strings.Join(out, "、")+"。"))
	}
	return blocks
}

func (b *builder) itemsOf(s *standing) []*item {
	var out []*item
	for _, m := range slices.Concat(s.Marks, s.Out) {
		out = append(out, b.byCode[m.Code])
	}
	return out
}

func (b *builder) rankTable(kind, name string, r *race, rows []standing) *document.Table {
	t := &document.Table{
		ID: "board-table-" + kind, Caption: "各" + name + "位次",
		Columns: []document.Column{
			{Title: name},
			{Title: "位次", Align: document.Right},
			{Title: "较上次", Align: document.Center},
			{Title: "平均较序时", Align: document.Right},
			{Title: "距前一位", Align: document.Right, Under: true},
			{Title: "计分目标", Unit: "项", Align: document.Right},
			{Title: "未计分", Align: document.Right, Under: true},
		},
	}
	if kind == "unit" {
		t.Columns = append(t.Columns, filingColumns()...)
	}
	t.Columns = append(t.Columns, document.Column{Title: "提示"})
	for i := range rows {
		s := &rows[i]
		gap := b.lead(s.id+"/behind", s.label+"距前一位", s.Behind)
		gap.Number = strings.TrimPrefix(gap.Number, "+") // a distance has no direction
		cells := []document.Cell{
			{Text: s.label},
			{Figure: b.rank(s), Unit: true},
			b.moved(s),
			{Figure: b.score(s), Unit: true},
			{Figure: gap, Unit: true},
			{Figure: b.count(s.id+"/n", s.label+"计分目标", len(s.Marks), "项")},
			{Figure: b.count(s.id+"/out", s.label+"未计分目标", len(s.Out), "项")},
		}
		if kind == "unit" {
			cells = append(cells, b.filingCells(s.Name)...)
		}
		t.Rows = append(t.Rows, document.Row{ID: s.id, Cells: append(cells, document.Cell{Text: orDash(hints(r, s))})})
	}
	return t
}

// hints are what a rank must not be read without.
func hints(r *race, s *standing) string {
	var words []string
	if s.Rounded {
		words = append(words, "修约影响位次")
	}
	var cut, based int
	for _, m := range s.Marks {
		if m.Cut {
			cut++
		}
		if r.bases[m.Code].base != board.Usual {
			based++
		}
	}
	if cut > 0 {
		words = append(words, "单项封限"+strconv.Itoa(cut)+"项")
	}
	if based > 0 {
		words = append(words, "基数效应"+strconv.Itoa(based)+"项")
	}
	return strings.Join(words, "、")
}

// filingColumns are 报送: beside the score, never in it.
func filingColumns() []document.Column {
	return []document.Column{
		{Title: "报送率", Align: document.Right},
		{Title: "迟报", Unit: "份", Align: document.Right},
		{Title: "退回未重报", Align: document.Right, Under: true},
		{Title: "未报", Align: document.Right, Under: true},
	}
}

// filingCells are the figures of 报送情况 again, under their own keys.
func (b *builder) filingCells(unit string) []document.Cell {
	for i, f := range b.in.Filing {
		if f.Department != unit {
			continue
		}
		key, name := "filing/"+indicator.Fixed(float64(i+1), 0), plain(unit)
		return []document.Cell{
			{Figure: b.rate(key+"/rate", name+"报送率", f), Unit: true},
			{Figure: b.count(key+"/late", name+"迟报", f.Late, "份")},
			{Figure: b.count(key+"/returned", name+"退回未重报", f.Returned, "份")},
			{Figure: b.count(key+"/missing", name+"未报", f.Missing, "份")},
		}
	}
	return []document.Cell{{Text: "本期无应报"}, {Text: "—"}, {Text: "—"}, {Text: "—"}}
}

// marksTable is what every target adds, unit by unit.
func (b *builder) marksTable(r *race) *document.Table {
	t := &document.Table{
		ID: "board-marks-table", Caption: "计分明细", Empty: "本期没有计分的目标。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "责任单位"},
			{Title: "计分方式", Under: true},
			{Title: "灯", Align: document.Center},
			{Title: "进度完成率", Align: document.Right},
			{Title: "序时进度", Align: document.Right, Under: true},
			{Title: "较序时", Align: document.Right},
			{Title: "计入", Align: document.Right},
			{Title: "同比", Align: document.Right},
			{Title: "上年同期同比", Align: document.Right, Under: true},
			{Title: "两年平均", Align: document.Right},
			{Title: "基数", Align: document.Center, Under: true},
		},
	}
	for i := range r.units {
		for _, m := range r.units[i].Marks {
			it := b.byCode[m.Code]
			sign, way := it.sign, "进度"
			switch {
			case m.Basis == board.Kept && m.Lead < 0:
				way = "达到与否：未达到"
			case m.Basis == board.Kept:
				way = "达到与否：达到"
			case m.Cut:
				way = "进度（封限）"
			}
			e := r.bases[m.Code]
			t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
				{Text: it.name(), Link: it.link()},
				{Text: r.units[i].label, Link: r.units[i].id},
				{Text: way},
				{Sign: &sign},
				{Figure: it.progress, Unit: true},
				{Figure: untagged(it.elapsed), Unit: true},
				{Figure: it.ahead, Unit: true},
				{Figure: b.lead(string(m.Code)+"/race", "计入得分", indicator.Some(m.Lead)), Unit: true},
				{Figure: it.growth, Unit: true},
				orCell(e.before), orCell(e.two),
				{Text: orDash(string(e.base))},
			}})
		}
	}
	return t
}

func orCell(f *document.Figure) document.Cell {
	if f == nil {
		return document.Cell{Text: "—"}
	}
	return document.Cell{Figure: f, Unit: true}
}

// outTable lists what is not scored, with why. Nothing of it counts as zero.
func (b *builder) outTable(r *race) *document.Table {
	t := &document.Table{
		ID: "board-out-table", Caption: "未计分目标", Empty: "本期各项评分目标均已计分。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "期别"},
			{Title: "责任单位"},
			{Title: "不计分原因", Wide: true},
		},
	}
	for _, m := range r.marks {
		if m.Why == "" {
			continue
		}
		it := b.byCode[m.Code]
		sign := it.sign
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()}, {Sign: &sign}, {Text: orDash(it.value.Period)}, {Text: orDash(plain(m.Unit))}, {Text: ended(m.Why)},
		}})
	}
	return t
}

// noneTable lists who has nothing to be ranked by: never on an empty score.
func (b *builder) noneTable(r *race) *document.Table {
	t := &document.Table{
		ID: "board-none-table", Caption: "列示不计分的单位", Empty: "各单位均有计分目标。",
		Columns: append([]document.Column{
			{Title: "单位"},
			{Title: "原因"},
			{Title: "牵头任务", Unit: "项", Align: document.Right},
			{Title: "可核验事项", Unit: "项", Align: document.Right},
		}, filingColumns()...),
	}
	for i, name := range b.unitNames() {
		id, label, why := "board-none-"+strconv.Itoa(i+1), plain(name), "没有主责的量化目标"
		at := slices.IndexFunc(r.units, func(s standing) bool { return s.Name == name })
		if at >= 0 {
			if r.units[at].Rank > 0 {
				continue
			}
			id, why = r.units[at].id, "量化目标均未计分"
		}
		tasks, things := 0, 0
		for j := range b.in.Catalogue.Tasks {
			if slices.Contains(b.in.Catalogue.Tasks[j].Leads, name) {
				tasks++
			}
		}
		for j := range b.in.Catalogue.Milestones {
			if slices.Contains(b.in.Catalogue.Milestones[j].Leads, name) {
				things++
			}
		}
		t.Rows = append(t.Rows, document.Row{ID: id, Cells: append([]document.Cell{
			{Text: label},
			{Text: why},
			{Figure: b.count(id+"/tasks", label+"牵头任务", tasks, "项")},
			{Figure: b.count(id+"/things", label+"可核验事项", things, "项")},
		}, b.filingCells(name)...)})
	}
	return t
}
