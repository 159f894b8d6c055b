package alert

import (
	"fmt"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Kinds are the conditions an alert rule can name in When. All comparisons are
// on unrounded values.
//
//	lamp-red         the lamp is red
//	lamp-yellow      the lamp is yellow or red; while a lamp-red rule has raised
//	                 an alert on the same indicator this one is inhibited by it
//	floor-broken     a yearly floor has failed, or cannot be kept any more
//	behind-path      进度完成率 is behind 时序进度 by Value 百分点 or more; Value 0 is the
//	                 setting amber_lag
//	projected-short  the 2027 projection misses the target, by Value per cent of
//	                 it or more; 左右 allows its tolerance
//	projected-unlikely the chance of meeting the target in its year is below Value
//	                 per cent
//	growth-negative  published growth, or else growth from levels, is below zero
//	growth-falling   that growth is below the one of the own period before
//	share-falling    the share is below the one of the same period a year ago
//	sync-broken      同步: the difference is below the target less its tolerance
//	revision-large   the value was changed since its period was first judged, by
//	                 Value per cent or more; of a relative one by Value 百分点
//	data-late        the newest due return is overdue
//	not-computable   there is no value, for a reason other than that none is due
//
// A Selector names codes or natures. Without one, rules about data concern
// every indicator they can, the others every indicator that has a scored target.
func Kinds() []string {
	return []string{
		"lamp-red", "lamp-yellow", "floor-broken", "behind-path", "projected-short",
		"projected-unlikely", "growth-negative", "growth-falling", "share-falling", "sync-broken",
		"revision-large", "data-late", "not-computable",
	}
}

// aboutData reports whether a rule is about the data and not what they say.
func aboutData(kind string) bool {
	return kind == "data-late" || kind == "not-computable" || kind == "revision-large"
}

// applies reports whether a rule concerns an indicator at all.
func applies(rule *indicator.AlertRule, ind *indicator.Indicator) bool {
	if len(rule.Selector) > 0 {
		if !slices.Contains(rule.Selector, string(ind.Code)) && !slices.Contains(rule.Selector, string(ind.Nature)) {
			return false
		}
	} else if ind.Kind == indicator.Alias {
		return false // it would say twice what is said of the indicator it stands for
	}
	t := ind.Target()
	scored := t != nil && t.Scored
	switch rule.When {
	case "lamp-red", "lamp-yellow":
		return scored
	case "floor-broken":
		return scored && t.Evaluation == indicator.Floor
	case "sync-broken":
		return scored && t.Evaluation == indicator.Sync
	case "behind-path", "projected-short", "projected-unlikely":
		return scored && t.HasValue
	case "data-late":
		return ind.Kind == indicator.Input && ind.Form != "" && ind.Necessity != indicator.Optional
	case "not-computable":
		return ind.Necessity != indicator.Optional && (ind.Kind == indicator.Derived || scored)
	case "revision-large":
		return (scored || len(rule.Selector) > 0) && !ind.Nature.Evidence()
	case "share-falling":
		return (scored || len(rule.Selector) > 0) && (ind.Nature == indicator.Ratio || ind.ShareOf != "")
	}
	return (scored || len(rule.Selector) > 0) && // growth-negative, growth-falling
		(ind.Nature == indicator.GrowthRate || !ind.Nature.Relative() && !ind.Nature.Evidence())
}

// A verdict is what a rule finds in one result.
type verdict struct {
	judged  bool // false: the result does not say
	held    string
	broken  bool
	measure indicator.Opt[float64]
	basis   string
	why     string
	need    string
}

func held(why string) verdict { return verdict{held: why} }

// condition judges a rule that applies. Before is the phase of the own period
// before, for what is compared with it; on is what the same own period was found
// to be, when it was judged already.
func (s *step) condition(rule *indicator.AlertRule, ind *indicator.Indicator, r *indicator.Result, before, on Phase) verdict {
	switch rule.When {
	case "data-late":
		return s.dataLate(ind, r)
	case "not-computable":
		return notComputable(ind, r)
	}
	if r.Absence != indicator.Present || !r.Value.OK {
		return held(absent(r) + "，状态沿用上期")
	}
	v := verdict{judged: true, why: r.Reason, need: need(ind, r)}
	switch rule.When {
	case "lamp-red", "lamp-yellow", "floor-broken":
		if r.Lamp == indicator.Grey || r.Lamp == indicator.NoLamp {
			return held("灯号无法判定，状态沿用上期")
		}
		v.broken = r.Lamp == indicator.Red || rule.When == "lamp-yellow" && r.Lamp == indicator.Yellow
	case "behind-path":
		if !r.ProgressLead.OK {
			return held("进度无法计算，状态沿用上期")
		}
		limit := lagLimit(rule, s.settings)
		lag := -float64(r.ProgressLead.V)
		v.broken = lag > 0 && !indicator.Less(lag, limit)
		v.why = behindText(r, lag)
	case "projected-short":
		if r.Projection == nil {
			return held("数据不足，不作预测，状态沿用上期")
		}
		v.broken, v.why = short(ind, r, rule.Value)
	case "projected-unlikely":
		if r.Projection == nil || !r.Projection.Probability.OK {
			return held("数据不足，不作概率测算，状态沿用上期")
		}
		chance := float64(r.Projection.Probability.V)
		v.broken, v.why = indicator.Less(chance, rule.Value), unlikelyText(ind, r.Projection.Probability)
	case "revision-large":
		return revised(rule, ind, r, on)
	case "sync-broken":
		floor := syncFloor(ind.Target())
		v.broken = indicator.Less(r.Value.V, floor)
		v.why = syncText(ind, r)
	case "growth-negative":
		g, _, negative, ok := growth(ind, r)
		if !ok {
			return held("增速无法计算，状态沿用上期")
		}
		v.broken, v.why = negative, growthText(ind, r, g)
	case "growth-falling":
		g, basis, _, ok := growth(ind, r)
		if !ok {
			return held("增速无法计算，状态沿用上期")
		}
		v.measure, v.basis, v.why = indicator.Some(g), basis, growthText(ind, r, g)
		if before.Measure.OK && before.Basis == basis {
			v.broken = indicator.Less(g, before.Measure.V)
			v.why += movedText("增速较上一期", g-before.Measure.V)
		}
	case "share-falling":
		now, was, ok := shares(ind, r)
		if !ok {
			return held("上年同期占比缺失，状态沿用上期")
		}
		v.broken = indicator.Less(now, was)
		v.why = shareText(ind, r, now, was)
	}
	return v
}

// lagLimit is how many 百分点 behind the path are too many.
func lagLimit(rule *indicator.AlertRule, settings indicator.Settings) float64 {
	if rule.Value == 0 {
		return settings.AmberLag
	}
	return rule.Value
}

// revised compares a value with the one its period was first judged by. That one
// is kept for as long as the period is the newest, so that two small steps count
// as the large one they make. A changed 口径 is no revision.
func revised(rule *indicator.AlertRule, ind *indicator.Indicator, r *indicator.Result, on Phase) verdict {
	v := verdict{judged: true, measure: r.Value, basis: r.Caliber, why: "数据未作修订"}
	if !on.Measure.OK {
		return v
	}
	if on.Basis != r.Caliber {
		return held("口径已变更，不作修订比较，状态沿用上期")
	}
	v.measure = on.Measure
	first, by := on.Measure.V, abs(r.Value.V-on.Measure.V)
	if !ind.Nature.Relative() {
		by = by / abs(first) * 100 // from zero: without bound, and too large
	}
	if r.Value.V == first {
		return v
	}
	v.broken = !indicator.Less(by, rule.Value)
	v.why = revisedText(ind, r, first)
	if v.broken {
		v.need = "请" + owner(rule.When, ind) + "说明修订的原因和依据"
	}
	return v
}

// dataLate judges the return, not its figures; blank cells are not late.
func (s *step) dataLate(ind *indicator.Indicator, r *indicator.Result) verdict {
	late := r.Absence == indicator.Overdue
	if s.late != nil {
		late = s.late(ind.Code)
	}
	v := verdict{judged: true, broken: late, why: "数据已报送"}
	if late {
		q := r.Period
		if q.IsZero() {
			q = s.at.Latest(ind.Freq)
		}
		v.why = fmt.Sprintf("%s数据逾期未报（%s）", span(ind, q), ind.Form)
		v.need = fmt.Sprintf("请%s尽快报送%s%s数据", owner("data-late", ind), ind.Form, span(ind, q))
	}
	return v
}

// notComputable judges that there is no value. What is merely not due is no
// fault; an overdue input has its own rule.
func notComputable(ind *indicator.Indicator, r *indicator.Result) verdict {
	switch r.Absence {
	case indicator.Present:
		return verdict{judged: r.Value.OK, held: "无数值，状态沿用上期", why: "已可计算"}
	case indicator.NotDue:
		return held(absent(r) + "，状态沿用上期")
	case indicator.Overdue:
		if ind.Kind == indicator.Input {
			return held(absent(r) + "，状态沿用上期")
		}
	}
	return verdict{judged: true, broken: true, why: absent(r), need: remedy(r.Absence)}
}

// short reports whether the projection misses the target by so many per cent of
// it or more. 超过 is strict: a projection of just the target is short.
func short(ind *indicator.Indicator, r *indicator.Result, percent float64) (broken bool, why string) {
	t := ind.Target()
	limit, value := t.Value, r.Projection.Value
	if t.Comparator == indicator.Approx && t.Tolerance != nil && t.Tolerance.Type == "band_pp" {
		limit -= t.Tolerance.Lower
	}
	gap := limit - value
	meets := indicator.Meets(t.Comparator, value, limit)
	if ind.Direction < 0 {
		gap = value - limit
		meets = indicator.Meets(t.Comparator, -value, -limit)
	}
	if !meets {
		broken = percent <= 0 || limit != 0 && !indicator.Less(gap, percent/100*abs(limit))
	}
	return broken, projectedText(ind, r, meets, gap)
}

func abs(v float64) float64 { return max(v, -v) }

func syncFloor(t *indicator.Target) float64 {
	if t.Tolerance != nil {
		return t.Value - t.Tolerance.Lower
	}
	return t.Value
}

// growth is the growth a reader knows: the published one, else the one from
// levels. Basis tells them apart, and 名义 from 可比价.
func growth(ind *indicator.Indicator, r *indicator.Result) (g float64, basis string, negative, ok bool) {
	switch {
	case ind.Nature == indicator.GrowthRate:
		return r.Value.V, "value", r.Value.V < 0, true
	case r.Published.OK:
		return float64(r.Published.V), "published", r.Published.V < 0, true
	case r.Growth.OK && r.YearAgo.OK:
		return float64(r.Growth.V), "levels", indicator.Less(r.Value.V, r.YearAgo.V), true
	case r.Growth.OK:
		return float64(r.Growth.V), "levels", r.Growth.V < 0, true
	}
	return 0, "", false, false
}

// shares are the share now and a year ago: of a ratio its values, of a level
// its part in the wider series.
func shares(ind *indicator.Indicator, r *indicator.Result) (now, was float64, ok bool) {
	switch {
	case ind.Nature == indicator.Ratio && r.YearAgo.OK:
		return r.Value.V, r.YearAgo.V, true
	case ind.Nature == indicator.Ratio && r.Change.OK:
		return r.Value.V, r.Value.V - float64(r.Change.V), true
	case r.Share.OK && r.ShareChange.OK:
		return float64(r.Share.V), float64(r.Share.V) - float64(r.ShareChange.V), true
	}
	return 0, 0, false
}

// span is the time a value stands for, as its nature wants it written.
func span(ind *indicator.Indicator, q period.Period) string {
	if ind.Nature.Stock() || ind.Nature == indicator.CountCum {
		return q.Point()
	}
	return q.Cumulative()
}
