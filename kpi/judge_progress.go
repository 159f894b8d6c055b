package kpi

import (
	"fmt"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
	"zhibiao/kpi/period"
)

// judgeProgress judges a target by a published method that a target or the
// settings name: what was done so far against what had to be done. 蓝 reached,
// 绿 on track, 黄 moving too slowly, 红 away or hardly moving, 灰 no rate.
func (p *Plan) judgeProgress(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	now := s.judged
	if ind.Nature.Cumulative() && r.Value.V > now {
		now = r.Value.V // the running year has already passed the year's target
	}
	if p.reached(r, ind, t, now) {
		return
	}
	var standing measure.Standing
	var text string
	if t.Method == indicator.PaceProgress {
		standing, text = p.pace(r, t, s)
	} else if !s.partial && r.Base.OK {
		var rate float64
		standing, rate = measure.Progress{
			Base: r.Base.V, Now: s.judged, Target: threshold(t), Direction: ind.Direction,
			Passed: s.at - planStart, Total: planYears,
		}.By(t.Method)
		text = fmt.Sprintf("现值%s%s，目标%s，%s为%s", p.show(ind, s.judged), ind.Unit, p.targetText(ind, t), rateName(t.Method), indicator.Fixed(rate, 2))
	}
	switch standing {
	case measure.OnTrack, measure.Achieved: // of a strict target: at it, not yet beyond
		r.Lamp, r.Reason = indicator.Green, text+"，进度正常"
	case measure.Moderate:
		r.Lamp, r.Reason = indicator.Yellow, text+"，有进展，需加快"
	case measure.Away:
		r.Lamp, r.Reason = indicator.Red, text+"，进展不足或背离目标"
	default:
		r.Lamp = indicator.Grey
		r.Reason = fmt.Sprintf("现值%s%s，未达目标%s；缺基数或完整年度数，无法计算进度，暂不判定", p.show(ind, now), ind.Unit, p.targetText(ind, t))
	}
}

// rateName says in words what the number of a method is.
func rateName(m indicator.Method) string {
	switch m {
	case indicator.StatCanProgress:
		return "实际年均增速与所需年均增速之比"
	case indicator.UNProgress:
		return "按现有增速到目标年可完成的路程"
	}
	return "实际年均变动与所需年均变动之比"
}

// pace judges a cumulative level by pace@1: its growth this year against the
// growth that its path wants of the year and, when it has a whole, against that
// of the whole. All are nominal, as the level and its path are: a published real
// growth would compare two price bases.
func (p *Plan) pace(r *indicator.Result, t *indicator.Target, s *series) (measure.Standing, string) {
	if !r.Growth.OK || !r.Base.OK || r.Base.V <= 0 {
		return measure.Unable, ""
	}
	year := float64(r.Period.Year() - period.BaseYear)
	path := func(k float64) float64 { return p.path(r.Base.V, t, k, true) }
	if year < 1 || path(year-1) <= 0 {
		return measure.Unable, ""
	}
	plan := indicator.Percent((path(year)/path(year-1) - 1) * 100)
	text := fmt.Sprintf("%s名义增长%s%%，路径要求%s%%", r.Period.Cumulative(), indicator.Fixed(float64(r.Growth.V), 1), indicator.Fixed(float64(plan), 1))
	if s.wider.OK {
		text += fmt.Sprintf("，总体增长%s%%", indicator.Fixed(float64(s.wider.V), 1))
	}
	return measure.Tianjin(r.Growth.V, plan, s.wider), text
}
