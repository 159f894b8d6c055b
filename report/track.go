package report

import (
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// fewForecasts is how many past forecasts a share of them needs before it says
// anything: below it the table says so.
const fewForecasts = 30

// trackRecord is what the projections' method would have been worth on the series
// of this report, made again and again from nothing but the years before.
func (b *builder) trackRecord() document.Section {
	t := &document.Table{
		ID: "track", Caption: "测算方法在各指标历史上的检验", Empty: "尚无可以检验的历史测算。",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "所用数据"},
			{Title: "检验次数", Align: document.Right},
			{Title: "80%区间命中", Align: document.Right},
			{Title: "95%区间命中", Align: document.Right},
			{Title: "对称误差", Align: document.Right},
			{Title: "标度误差", Align: document.Right},
			{Title: "照上年不变", Align: document.Right},
		},
	}
	var all indicator.TrackRecord
	for _, it := range b.scored {
		if it.r.Track.Forecasts() == 0 {
			continue
		}
		all = all.Plus(*it.r.Track)
		b.trackRows(t, document.Cell{Text: it.name(), Link: it.link()}, b.maker(it.ind).figure, *it.r.Track, false)
	}
	if len(t.Rows) > 0 {
		b.trackRows(t, document.Cell{Text: "合计"}, func(measure, what string) *document.Figure {
			return b.enter(&document.Figure{Key: "all/" + measure, What: what})
		}, all, true)
	}
	blocks := []document.Block{{Table: t}}
	n := b.count("track", "历史测算的检验", all.Forecasts(), "次")
	switch {
	case all.Forecasts() == 0:
		blocks = append(blocks, say("各指标连续的年度值都不足5个，没有一次过去的测算可以与结果对照。本期区间和概率的可靠程度尚未经本区数据检验。").block())
	case all.Forecasts() < fewForecasts:
		blocks = append(blocks, say("共检验").figure(n).say("，次数太少，命中率不足以说明区间宽窄是否恰当，只供参考。").block())
	default:
		blocks = append(blocks, say("共检验").figure(n).say("。恰当的区间应各命中80%和95%左右；同一指标的各次检验用的是重叠的年份，并不相互独立。").block())
	}
	if all.Forecasts() > 0 {
		blocks = append(blocks, b.origins(all))
	}
	for _, s := range [...]string{
		"做法：从前4个连续年度值起，每个年末为一个起点，只用当时之前的年份，按现行方法、现行定义测算此后1至3年，再与后来的实际值对照；完整年度才计入，本年估计不计入。",
		"实时：起点那一年的数首次入库之日（须在下一年结束之前）本系统掌握的各年数，其后的修订一概不用，对照的是现在掌握的实际值；“首次公布”是同一批测算改与各年首次入库的数对照。事后：起点当时的数未存于本系统，用的是现在掌握的历史数（含后来的修订），不是当年初步数。",
		"对称误差为|实际－测算|÷两者均值的平均；标度误差为误差与该指标历年平均变动之比，小于“照上年不变”一栏，说明测算比简单沿用上年值好。",
	} {
		blocks = append(blocks, note(s))
	}
	blocks = append(blocks, document.Block{Table: b.seasons()},
		note("全年测算误差：把每个完整年度轮流当作未知，用其余年份的季节比重（比率为百分点增量）估计该年，取各次误差的均方根；80%误差另按年数放大。"))
	return document.Section{ID: "a5", Title: "测算的历史检验", Appendix: true, Blocks: blocks}
}

// origins says how many of the past moments are those of what was known then.
func (b *builder) origins(all indicator.TrackRecord) document.Block {
	then := b.count("origins_real", "用当时掌握的数的起点", all.RealTime.Origins, "个")
	now := b.count("origins_pseudo", "只有现行数的起点", all.Pseudo.Origins, "个")
	both := b.count("origins", "历史测算的起点", all.RealTime.Origins+all.Pseudo.Origins, "个")
	s := say("共").figure(both)
	switch {
	case all.RealTime.Origins == 0:
		s = s.say("起点，没有一个起点的当时数存于本系统，用的都是现在掌握的历史数（事后）；历史修订会使事后检验显得偏好。")
	case all.Pseudo.Origins == 0:
		s = s.say("起点，用的都是当时掌握的数（实时）。")
	default:
		s = s.say("起点：").figure(then).say("用的是当时掌握的数（实时），").figure(now).say("当时的数未存于本系统，用的是现在掌握的历史数（事后），两类分列，不混算。")
	}
	return s.block()
}

// trackRows adds the rows of one record: what is in real time, the same against
// first releases, and what is not.
func (b *builder) trackRows(t *document.Table, name document.Cell, figure func(measure, what string) *document.Figure, r indicator.TrackRecord, total bool) {
	for _, part := range [...]struct {
		key, what string
		track     indicator.Track
	}{
		{"track_real", "实时", r.RealTime},
		{"track_first", "实时，对照首次公布", r.First},
		{"track_pseudo", "事后", r.Pseudo},
	} {
		if part.track.Forecasts == 0 {
			continue
		}
		row := b.trackRow(func(measure, what string) *document.Figure {
			return figure(part.key+"_"+measure, what+"（"+part.what+"）")
		}, part.track)
		t.Rows = append(t.Rows, document.Row{Total: total, Cells: append([]document.Cell{name, {Text: part.what}}, row...)})
	}
}

// seasons is how wrong the estimate of the running year would have been in the
// years that are known.
func (b *builder) seasons() *document.Table {
	t := &document.Table{
		ID: "seasons", Caption: "本年全年测算的逐年留一检验", Empty: "本期没有可以检验的全年测算。",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "全年测算", Align: document.Right},
			{Title: "完整年度", Align: document.Right},
			{Title: "均方根误差", Align: document.Right},
			{Title: "80%误差", Align: document.Right},
		},
	}
	for _, it := range b.scored {
		n := it.r.Nowcast
		if n == nil || !it.r.FullYear.OK {
			continue
		}
		m := b.maker(it.ind)
		years := m.figure("nowcast_years", "全年测算所据完整年度")
		years.Raw, years.Number, years.Unit, years.Estimate = float64(n.Years), indicator.Fixed(float64(n.Years), 0), "年", true
		wrong := m.delta("nowcast_rms", "全年测算的均方根误差", indicator.Some(n.Error), it.ind.Decimals, indicator.DifferenceUnit(it.ind.Unit), "")
		wrong.Number, wrong.Estimate, wrong.Tag = strings.TrimPrefix(wrong.Number, "+"), true, "测算"
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Figure: it.fullYear, Unit: true},
			{Figure: years, Unit: true},
			{Figure: wrong, Unit: true},
			{Figure: it.seasons, Unit: true},
		}})
	}
	return t
}

// trackRow is the cells of one record.
func (b *builder) trackRow(figure func(measure, what string) *document.Figure, t indicator.Track) []document.Cell {
	var cells []document.Cell
	put := func(measure, what string, v float64, decimals int, unit string, ok bool) {
		f := figure(measure, what)
		if f.Estimate = true; ok {
			f.Raw, f.Number, f.Unit = v, indicator.Fixed(v, decimals), unit
		} else {
			f.Missing = "—"
		}
		cells = append(cells, document.Cell{Figure: f, Unit: true})
	}
	in80, in95, some := t.Coverage()
	smape, ok := t.SMAPE()
	ours, naive, moved := t.MASE()
	put("forecasts", "检验次数", float64(t.Forecasts), 0, "次", true)
	put("in80", "80%区间命中", float64(in80), 0, "%", some)
	put("in95", "95%区间命中", float64(in95), 0, "%", some)
	put("smape", "对称误差", float64(smape), 1, "%", ok)
	put("mase", "标度误差", ours, 2, "", moved)
	put("naive", "照上年不变的标度误差", naive, 2, "", moved)
	return cells
}
