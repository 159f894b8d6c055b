package report

import (
	"math"
	"strconv"
	"strings"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// An item is an indicator with a target, its result, and every figure the
// report prints of it, each made once.
type item struct {
	ind *indicator.Indicator
	t   *indicator.Target
	r   *indicator.Result

	sign   document.Sign
	value  *document.Figure
	target *document.Figure
	// growth is 同比: published, or from levels, or 百分点 for shares and rates.
	growth *document.Figure
	// judged is what is set against the target: value, or the newest whole year
	// of a cumulative series.
	judged     *document.Figure
	level      *document.Figure // 水平完成率
	progress   *document.Figure // 进度完成率
	elapsed    *document.Figure // 序时进度
	ahead      *document.Figure // 进度 − 序时, 百分点
	lead       *document.Figure // value − path, in the unit
	fullYear   *document.Figure
	seasons    *document.Figure // the error of fullYear, ±
	projection *document.Figure
	chance     *document.Figure // of meeting the target
	gap        *document.Figure // of the projection, or of the judged value when there is none
	relative   *document.Figure // the gap as a share of the target, %
	required   *document.Figure // a year, to reach the target
	base       *document.Figure

	rel float64 // relative gap, for ranking; NaN when there is none
}

// owner is who answers, for tables.
func (it *item) owner() string { return owners(it.t.Leads) }

// name is the target in the words of the plan.
func (it *item) name() string { return plain(it.t.Name) }

func (it *item) link() string { return anchor(it.ind.Code) }

func anchor(c indicator.Code) string { return "i-" + string(c) }

// newItem makes the figures of an indicator. It is the only place where a
// number of a Result becomes text.
func (b *builder) newItem(ind *indicator.Indicator, r *indicator.Result) *item {
	t := ind.Target()
	r = shown(r)
	it := &item{ind: ind, t: t, r: r, sign: document.LampSign(r.Lamp), rel: math.NaN()}
	v := b.maker(ind)

	it.target = b.targetFigure(ind, t)
	it.value = v.value("value", "现值", r.Value, absent(r.Absence))
	it.value.Period = span(b.in.Catalogue, ind, r.Period)
	if r.Value.OK {
		it.value.Note = notReached(ind, t, r.Value.V)
	}
	it.value.Tag = b.fraction(ind, r)
	if r.Value.OK && r.Absence != indicator.Present {
		it.value.Tag = r.Absence.Name() // 不可比: shown, but nothing is concluded from it
	}
	it.growth = v.growth(b.in.Catalogue, r)
	it.base = v.value("base", "2022年基数", r.Base, "—")

	end := judgedEnd(r)
	whole := r.Value.OK && end != r.Period.End // judged on the newest whole year
	year := ""
	if whole {
		year = strconv.Itoa(end/12) + "年"
	}
	it.judged = it.value
	if whole && r.CurrentGap.OK {
		it.judged = v.value("judged", "最近完整年度", indicator.Some(t.Value+r.CurrentGap.V), "")
		it.judged.Period = year
	}
	it.level = v.percent("level_completion", "水平完成率", r.LevelCompletion, year)
	it.progress = v.percent("progress_completion", "进度完成率", r.ProgressCompletion, year)
	it.elapsed = v.percent("elapsed", "序时进度", indicator.Opt[indicator.Percent]{V: r.Elapsed, OK: r.Value.OK}, year)
	it.ahead = v.delta("progress_lead", "较序时进度", indicator.Opt[float64]{V: float64(r.ProgressLead.V), OK: r.ProgressLead.OK}, 1, "个百分点", "—")
	it.lead = v.delta("lead", "较序时路径", r.Lead, ind.Decimals, indicator.DifferenceUnit(ind.Unit), "—")

	it.required = v.required(r)
	it.outlook(v, year)
	return it
}

// shown is a result without what must not be concluded from a value that is
// there but cannot be judged (不可比).
func shown(r *indicator.Result) *indicator.Result {
	if !r.Value.OK || r.Absence == indicator.Present {
		return r
	}
	none := indicator.Opt[float64]{}
	c := *r
	c.LevelCompletion, c.ProgressCompletion, c.RequiredGrowth = indicator.Opt[indicator.Percent]{}, indicator.Opt[indicator.Percent]{}, indicator.Opt[indicator.Percent]{}
	c.ProgressLead = indicator.Opt[indicator.Points]{}
	c.Path, c.Lead, c.FullYear, c.RequiredStep, c.Gap, c.CurrentGap = none, none, none, none, none, none
	c.Projection, c.ProjectionWhy = nil, r.Absence
	c.Measures = indicator.Measures{}
	c.Nowcast, c.Floor, c.Track = nil, nil, nil
	return &c
}

// outlook makes the figures of the year's and the plan's end.
func (it *item) outlook(v maker, year string) {
	ind, t, r := it.ind, it.t, it.r
	it.fullYear = v.value("full_year", "全年测算", r.FullYear, "—")
	it.fullYear.Estimate, it.fullYear.Tag = true, "测算"
	off := indicator.Opt[float64]{}
	if r.Nowcast != nil && r.FullYear.OK {
		off = indicator.Some(r.Nowcast.Off80)
	}
	it.seasons = v.delta("nowcast_error", "全年测算误差（80%）", off, ind.Decimals, indicator.DifferenceUnit(ind.Unit), "—")
	if it.seasons.Estimate = true; off.OK {
		it.seasons.Prefix, it.seasons.Number, it.seasons.Tag = "±", strings.TrimPrefix(it.seasons.Number, "+"), "测算"
	}
	it.chance = v.chance(r)
	proj, why := indicator.Opt[float64]{}, r.ProjectionWhy.Name()
	if r.Projection != nil {
		proj = indicator.Some(r.Projection.Value)
	}
	switch {
	case r.Absence != indicator.Present:
		why = r.Absence.Name()
	case why != "":
	case t.Evaluation == indicator.Floor:
		why = "年度底线，不测算"
	case t.Evaluation == indicator.Sync:
		why = "逐年同步，不测算"
	default:
		why = "不测算"
	}
	it.projection = v.value("projection", "2027年测算", proj, why)
	it.projection.Estimate, it.projection.Tag = true, "测算"
	if proj.OK {
		it.projection.Note = projectionShort(ind, t, r.Projection.Value)
	}

	switch {
	case r.Gap.OK:
		decimals := ind.Decimals
		if it.projection.Note != "" {
			decimals++ // the estimate prints as the target: the gap must show that it is not
		}
		it.gap = v.delta("gap", "2027年预计缺口", r.Gap, decimals, indicator.DifferenceUnit(ind.Unit), "")
		it.gap.Estimate, it.gap.Tag = true, "测算"
	case r.CurrentGap.OK && r.Value.OK:
		it.gap = v.delta("current_gap", "现状差距", r.CurrentGap, ind.Decimals, indicator.DifferenceUnit(ind.Unit), "")
		if it.gap.Tag = year; year == "" {
			it.gap.Tag = "现状"
		}
	default:
		it.gap = v.delta("gap", "2027年预计缺口", indicator.Opt[float64]{}, 0, "", why)
	}
	if it.gap.Missing == "" && t.Value != 0 && r.Lamp != indicator.Grey {
		it.rel = it.gap.Raw / math.Abs(t.Value) * 100
		it.relative = v.delta("relative_gap", "缺口占目标", indicator.Some(it.rel), 1, "%", "")
		it.relative.Estimate, it.relative.Tag = it.gap.Estimate, it.gap.Tag
	}
}

// fraction is k/n for a share of few things, of which one more or less moves the
// percentage a long way (catalogue A29, V14); empty for all others.
func (b *builder) fraction(ind *indicator.Indicator, r *indicator.Result) string {
	const few = 100
	codes := codesIn(ind.Formula)
	if ind.Nature != indicator.Ratio || len(codes) != 2 {
		return ""
	}
	var parts [2]string
	for i, c := range codes {
		p, part := b.in.Catalogue.Indicator(c), b.result[c]
		if p == nil || part == nil || !part.Value.OK || part.Period.End != r.Period.End || part.Value.V >= few {
			return ""
		}
		switch p.Nature {
		case indicator.CountStock, indicator.CountFlowYTD, indicator.CountFlowPeriod, indicator.CountCum:
			parts[i] = indicator.Print(part.Value.V, p.Decimals, p.Rounding)
		default:
			return ""
		}
	}
	return parts[0] + "/" + parts[1]
}

// judgedEnd is the month, as an ordinal, that the completion of a result is
// measured at: it is where the elapsed share of the plan points.
func judgedEnd(r *indicator.Result) int {
	base := period.Of(period.Year, period.BaseYear, 1).End
	months := float64(period.TargetYear-period.BaseYear) * 12
	return base + int(math.Round(float64(r.Elapsed)/100*months))
}

// A maker makes the figures of one indicator and enters them in the ledger.
type maker struct {
	b   *builder
	ind *indicator.Indicator
}

func (b *builder) maker(ind *indicator.Indicator) maker { return maker{b, ind} }

func (m maker) figure(measure, what string) *document.Figure {
	return m.b.enter(&document.Figure{Key: string(m.ind.Code) + "/" + measure, Code: string(m.ind.Code), What: what})
}

func (m maker) value(measure, what string, v indicator.Opt[float64], missing string) *document.Figure {
	f := m.figure(measure, what)
	if !v.OK {
		f.Missing = missing
		return f
	}
	f.Raw, f.Unit = v.V, m.ind.Unit
	f.Number = indicator.Print(v.V, m.ind.Decimals, m.ind.Rounding)
	return f
}

func (m maker) percent(measure, what string, v indicator.Opt[indicator.Percent], tag string) *document.Figure {
	f := m.figure(measure, what)
	if !v.OK {
		f.Missing = "—"
		return f
	}
	f.Raw, f.Unit, f.Tag = float64(v.V), "%", tag
	f.Number = indicator.Fixed(f.Raw, 1)
	return f
}

// chance is how likely the target is met, or the floor kept from now on: 约72%,
// or 数据不足. “—” where nothing is projected.
func (m maker) chance(r *indicator.Result) *document.Figure {
	f := m.figure("probability", "达到目标的概率")
	f.Estimate = true
	var p indicator.Opt[indicator.Percent]
	switch {
	case r.Projection != nil:
		p = r.Projection.Probability
	case r.Floor != nil:
		p = r.Floor.Probability
		f.What, f.Period = "守住底线的概率", strconv.Itoa(r.Floor.From)+"—"+strconv.Itoa(r.Floor.To)+"年"
	default:
		f.Missing = "—"
		return f
	}
	if !p.OK {
		f.Missing = indicator.About(p)
		return f
	}
	about := strings.TrimSuffix(indicator.About(p), "%")
	f.Number = strings.TrimLeft(about, "约不足超过")
	f.Prefix, f.Unit, f.Raw, f.Tag = strings.TrimSuffix(about, f.Number), "%", float64(p.V), "测算"
	return f
}

// delta prints a difference with its sign, and with enough decimals not to read
// as zero when it is not.
func (m maker) delta(measure, what string, v indicator.Opt[float64], decimals int, unit, missing string) *document.Figure {
	f := m.figure(measure, what)
	if !v.OK {
		f.Missing = missing
		return f
	}
	f.Raw, f.Unit, f.Number = v.V, unit, signed(v.V, decimals)
	return f
}

func signed(v float64, decimals int) string {
	s := indicator.Fixed(v, decimals)
	for d := decimals + 1; d <= decimals+4 && zero(s) && v != 0; d++ {
		s = indicator.Fixed(v, d)
	}
	if v > 0 && !zero(s) {
		return "+" + s
	}
	return s
}

func zero(s string) bool { return strings.Trim(s, "-0.") == "" }

// growth is the change against a year ago: the published rate when one was
// filed, else the ratio of levels, each labelled 名义 or 实际 (§5.1); for shares
// and rates the difference in 百分点.
func (m maker) growth(cat *indicator.Catalogue, r *indicator.Result) *document.Figure {
	if m.ind.Nature.Relative() {
		return m.delta("change", "比上年同期", indicator.Opt[float64]{V: float64(r.Change.V), OK: r.Change.OK},
			max(1, m.ind.Decimals), indicator.DifferenceUnit(m.ind.Unit), "—")
	}
	f := m.figure("growth", "同比增速")
	basis := m.ind.PriceBasis
	switch {
	case r.Published.OK:
		f.Raw = float64(r.Published.V)
		basis = m.ind.GrowthBasis
		if g := cat.Indicator(m.ind.Growth); g != nil {
			basis = g.PriceBasis
		}
	case r.Growth.OK:
		f.Raw, f.What = float64(r.Growth.V), "同比（按总量推算）"
	default:
		f.Missing = "—"
		return f
	}
	f.Number, f.Unit = indicator.Fixed(f.Raw, 1), "%"
	f.Tag = basisName(basis)
	return f
}

// required is what every remaining year must bring: a rate for levels, a step
// for what grows by steps.
func (m maker) required(r *indicator.Result) *document.Figure {
	switch {
	case r.Reached:
		f := m.figure("required", "所需年均")
		f.Missing = "已达标"
		return f
	case r.RequiredGrowth.OK:
		f := m.figure("required_growth", "所需年均增速")
		f.Raw, f.Unit = float64(r.RequiredGrowth.V), "%"
		f.Number = indicator.Fixed(f.Raw, 2)
		return f
	case r.RequiredStep.OK:
		unit := indicator.DifferenceUnit(m.ind.Unit) + "/年"
		f := m.delta("required_step", "所需年均增量", r.RequiredStep, max(1, m.ind.Decimals), unit, "")
		return f
	}
	f := m.figure("required", "所需年均")
	f.Missing = "—"
	return f
}

// targetFigure is the target as the plan words it: ＞6600亿元, ≥22%, ≈60%.
func (b *builder) targetFigure(ind *indicator.Indicator, t *indicator.Target) *document.Figure {
	f := b.enter(&document.Figure{Key: string(ind.Code) + "/target", Code: string(ind.Code), What: "目标", Period: strconv.Itoa(t.Year) + "年"})
	if !t.HasValue {
		f.Missing = plain(t.Words)
		if f.Missing == "" {
			f.Missing = "未量化"
		}
		return f
	}
	switch t.Comparator {
	case indicator.GT:
		f.Prefix = "＞"
	case indicator.GE:
		f.Prefix = "≥"
	case indicator.Approx:
		f.Prefix = "≈"
	}
	f.Raw, f.Unit = t.Value, plain(t.Unit)
	f.Number = strconv.FormatFloat(t.Value, 'f', -1, 64) // as written in the plan, unrounded
	return f
}

// notReached says what rounding hides: a value that prints as the target but
// has not reached it (catalogue V2). It is empty otherwise.
func notReached(ind *indicator.Indicator, t *indicator.Target, v float64) string {
	if !t.Scored || t.Comparator != indicator.GT && t.Comparator != indicator.GE ||
		indicator.Meets(t.Comparator, v, t.Value) ||
		indicator.Print(v, ind.Decimals, ind.Rounding) != indicator.Print(t.Value, ind.Decimals, ind.Rounding) {
		return ""
	}
	for d := ind.Decimals + 1; d <= ind.Decimals+8; d++ {
		if s := indicator.Fixed(v, d); s != indicator.Fixed(t.Value, d) {
			return "未达，" + s
		}
	}
	return "未达，须超过" + strconv.FormatFloat(t.Value, 'f', -1, 64)
}

// projectionShort is notReached for an estimate, which has reached nothing yet.
func projectionShort(ind *indicator.Indicator, t *indicator.Target, v float64) string {
	if s := notReached(ind, t, v); s != "" {
		return "不足，" + strings.TrimPrefix(s, "未达，")
	}
	return ""
}

func absent(a indicator.Absence) string {
	if s := a.Name(); s != "" {
		return s
	}
	return "—"
}

// span writes the period of a value as its nature wants it: 2026年前三季度 for
// what runs from 1 January and for shares of such, 2026年9月末 for a stock.
func span(cat *indicator.Catalogue, ind *indicator.Indicator, p period.Period) string {
	if p.IsZero() {
		return ""
	}
	switch n := ind.Nature; {
	case n.Stock(), n == indicator.CountCum:
		return p.Point()
	case n == indicator.CAGR:
		return strconv.Itoa(period.BaseYear) + "—" + strconv.Itoa(p.Year()) + "年"
	case n == indicator.CountFlowPeriod, n.Evidence():
		return p.Name()
	case n == indicator.Ratio && stockParts(cat, ind):
		return p.Point()
	}
	return p.Cumulative()
}

// stockParts reports whether the first part of a ratio is a stock.
func stockParts(cat *indicator.Catalogue, ind *indicator.Indicator) bool {
	for _, c := range codesIn(ind.Formula) {
		if part := cat.Indicator(c); part != nil {
			return part.Nature.Stock()
		}
	}
	return false
}

// plain is a text as every face of the report can show it: on one line, without
// what turns the direction of writing, and without what XML cannot hold.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, finding.Plain(s))
}
