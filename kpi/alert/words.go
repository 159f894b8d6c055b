package alert

import (
	"fmt"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// owner is the department that answers: for a late or revised figure who files
// it, for all else who answers for the target.
func owner(kind string, ind *indicator.Indicator) string {
	t := ind.Target()
	switch {
	case kind != "data-late" && kind != "revision-large" && t != nil && t.Primary != "":
		return t.Primary
	case len(ind.Filer) > 0:
		return ind.Filer[0]
	case t != nil && t.Primary != "":
		return t.Primary
	}
	return "待明确"
}

// absent is the sentence on a missing value.
func absent(r *indicator.Result) string {
	switch {
	case r.Reason != "" && r.Absence != indicator.Present:
		return r.Reason
	case r.Absence != indicator.Present:
		return r.Absence.Name()
	}
	return "无数值"
}

// remedy is what would make a missing value computable.
func remedy(why indicator.Absence) string {
	switch why {
	case indicator.NoBase:
		return "请补报2022年基数"
	case indicator.Incomparable:
		return "请统一分子、分母的数据版本和口径"
	case indicator.Undefined:
		return "请双城办明确口径"
	case indicator.Unassigned:
		return "请双城办明确填报单位"
	case indicator.Returned:
		return "请填报单位按退回意见重新报送"
	case indicator.BlankCell, indicator.Dash:
		return "请填报单位补填或说明原因"
	case indicator.Overdue:
		return "请填报单位尽快报送"
	}
	return "请补齐计算所需的数据"
}

// need is what it would take to reach the target, with figures; "" when the
// result does not say, or nothing is needed.
func need(ind *indicator.Indicator, r *indicator.Result) string {
	t := ind.Target()
	if t == nil || !t.HasValue || r.Reached {
		return ""
	}
	switch t.Evaluation {
	case indicator.Floor:
		return floorNeed(ind, r)
	case indicator.Sync:
		if !indicator.Less(r.Value.V, t.Value) {
			return ""
		}
		return fmt.Sprintf("需再加快%s个百分点，方可与经济增长同步", visible(t.Value-r.Value.V, 2))
	}
	if r.RequiredGrowth.OK {
		when := years(ind, r.Period)
		g := float64(r.RequiredGrowth.V)
		switch {
		case when == "":
			return ""
		case g < 0:
			return fmt.Sprintf("%s年均降幅需控制在%s%%以内", when, visible(-g, 1))
		case strings.Contains(when, "—") || strings.HasPrefix(when, "到"):
			return fmt.Sprintf("%s需年均增长%s%%", when, visible(g, 1))
		}
		return fmt.Sprintf("%s需增长%s%%", when, visible(g, 1))
	}
	if !r.RequiredStep.OK {
		return ""
	}
	step, unit, more, less := r.RequiredStep.V, ind.Unit, "增加", "减少"
	if ind.Nature.Relative() {
		unit, more, less = "个百分点", "提高", "下降"
	}
	switch wanted := max(ind.Decimals, 1); {
	case step == 0:
		return ""
	case step > 0 && ind.Direction >= 0:
		return fmt.Sprintf("到%d年每年需%s%s%s", t.Year, more, visible(step, wanted), unit)
	case step < 0 && ind.Direction < 0:
		return fmt.Sprintf("到%d年每年需%s%s%s", t.Year, less, visible(-step, wanted), unit)
	case step < 0:
		return fmt.Sprintf("到%d年每年%s不得超过%s%s", t.Year, less, visible(-step, wanted), unit)
	default:
		return fmt.Sprintf("到%d年每年%s不得超过%s%s", t.Year, more, visible(step, wanted), unit)
	}
}

// years is the time a required growth runs over. What runs from 1 January is
// required of whole years after the newest complete one, the rest from now on.
func years(ind *indicator.Indicator, q period.Period) string {
	from := q.Year()
	if q.LastMonth() == 12 {
		from++
	}
	switch {
	case from > period.TargetYear:
		return ""
	case !ind.Nature.Cumulative() && q.LastMonth() != 12:
		return fmt.Sprintf("到%d年末", period.TargetYear)
	case from == period.TargetYear:
		return fmt.Sprintf("%d年", from)
	}
	return fmt.Sprintf("%d—%d年", from, period.TargetYear)
}

// floorNeed is what keeps a floor: for days of the running year the days it may
// still lose, else what is missing.
func floorNeed(ind *indicator.Indicator, r *indicator.Result) string {
	t, q := ind.Target(), r.Period
	if ind.Nature == indicator.CountFlowYTD && q.LastMonth() != 12 {
		year := period.Of(period.Year, q.Year(), 1).DaysYTD()
		left := float64(year) - t.Value - (float64(q.DaysYTD()) - r.Value.V)
		if indicator.Less(left, 0) {
			return fmt.Sprintf("%d年底线已无法守住，请提出补救措施", q.Year())
		}
		return fmt.Sprintf("%d年内未达标%s数最多还可有%s%s", q.Year(), ind.Unit, indicator.Fixed(left, 0), ind.Unit)
	}
	missing := t.Value - r.Value.V
	if !indicator.Less(r.Value.V, t.Value) {
		return ""
	}
	if ind.Nature.Relative() {
		return fmt.Sprintf("需提高%s个百分点，回到底线%s%s以上", visible(missing, 2), plain(t.Value), ind.Unit)
	}
	return fmt.Sprintf("需增加%s%s，回到底线%s%s以上", visible(missing, ind.Decimals), ind.Unit, plain(t.Value), ind.Unit)
}

func behindText(r *indicator.Result, lag float64) string {
	var b strings.Builder
	if r.ProgressCompletion.OK {
		fmt.Fprintf(&b, "进度完成率%s%%，时序进度%s%%，", indicator.Fixed(float64(r.ProgressCompletion.V), 1), indicator.Fixed(float64(r.Elapsed), 1))
	}
	switch {
	case lag > 0:
		fmt.Fprintf(&b, "落后%s个百分点", visible(lag, 1))
	case lag < 0:
		fmt.Fprintf(&b, "超前%s个百分点", visible(-lag, 1))
	default:
		b.WriteString("与时序持平")
	}
	return b.String()
}

func projectedText(ind *indicator.Indicator, r *indicator.Result, meets bool, gap float64) string {
	t := ind.Target()
	value := apart(r.Projection.Value, t.Value, ind.Decimals)
	s := fmt.Sprintf("%d年测算%s%s（达到目标的概率%s），目标%s",
		t.Year, value, ind.Unit, indicator.About(r.Projection.Probability), targetText(t, ind))
	switch {
	case meets:
		return s + "，可以达到"
	case gap == 0:
		return s + "，未超过目标"
	case ind.Nature.Relative():
		return s + "，预计差" + visible(gap, 2) + "个百分点"
	case t.Value != 0:
		return fmt.Sprintf("%s，预计差%s%s（%s%%）", s, visible(gap, ind.Decimals), ind.Unit, visible(gap/abs(t.Value)*100, 1))
	}
	return s + "，预计差" + visible(gap, ind.Decimals) + ind.Unit
}

func unlikelyText(ind *indicator.Indicator, chance indicator.Opt[indicator.Percent]) string {
	t := ind.Target()
	return fmt.Sprintf("测算%d年达到目标（%s）的概率%s", t.Year, targetText(t, ind), indicator.About(chance))
}

func revisedText(ind *indicator.Indicator, r *indicator.Result, first float64) string {
	was, now := apart(first, r.Value.V, ind.Decimals), apart(r.Value.V, first, ind.Decimals)
	s := fmt.Sprintf("%s数据由首次的%s%s修订为%s%s", span(ind, r.Period), was, ind.Unit, now, ind.Unit)
	word, by := "调增", r.Value.V-first
	if by < 0 {
		word, by = "调减", -by
	}
	switch {
	case ind.Nature.Relative():
		return s + "，" + word + visible(by, 2) + "个百分点"
	case first == 0:
		return s
	}
	return s + "，" + word + visible(by/abs(first)*100, 1) + "%"
}

func targetText(t *indicator.Target, ind *indicator.Indicator) string {
	v := plain(t.Value) + ind.Unit
	switch t.Comparator {
	case indicator.GT:
		return "超过" + v
	case indicator.Approx:
		return v + "左右"
	}
	if ind.Direction < 0 {
		return "不高于" + v
	}
	return "不低于" + v
}

func syncText(ind *indicator.Indicator, r *indicator.Result) string {
	s := span(ind, r.Period)
	switch v := r.Value.V; {
	case v < 0:
		return s + "低于经济增速" + visible(-v, ind.Decimals) + "个百分点"
	case v > 0:
		return s + "高于经济增速" + visible(v, ind.Decimals) + "个百分点"
	}
	return s + "与经济增速持平"
}

func growthText(ind *indicator.Indicator, r *indicator.Result, g float64) string {
	s := span(ind, r.Period)
	if !ind.Nature.Relative() { // a growth rate is itself 同比
		s += "同比"
	}
	switch {
	case g < 0:
		return s + "下降" + visible(-g, 1) + "%"
	case g > 0:
		return s + "增长" + visible(g, 1) + "%"
	}
	return s + "持平"
}

// movedText is a change in 百分点, which are not per cent.
func movedText(of string, by float64) string {
	switch {
	case by < 0:
		return "，" + of + "回落" + visible(-by, 1) + "个百分点"
	case by > 0:
		return "，" + of + "加快" + visible(by, 1) + "个百分点"
	}
	return "，" + of + "持平"
}

func shareText(ind *indicator.Indicator, r *indicator.Result, now, was float64) string {
	s := fmt.Sprintf("%s占比%s%%，较上年同期", span(ind, r.Period), indicator.Fixed(now, 2))
	switch by := now - was; {
	case indicator.Less(now, was):
		return s + "下降" + visible(-by, 2) + "个百分点"
	case indicator.Less(was, now):
		return s + "提高" + visible(by, 2) + "个百分点"
	}
	return s + "持平"
}

// visible prints a difference half up, with as many more decimals as it takes
// not to read as zero.
func visible(v float64, decimals int) string { return apart(v, 0, decimals) }

// apart prints v half up, with as many more decimals as it takes not to read
// like the unequal other: 21.998 against 22, not 22.0.
func apart(v, other float64, decimals int) string {
	const most = 6
	for d := decimals; d < decimals+most; d++ {
		if s := indicator.Fixed(v, d); s != indicator.Fixed(other, d) {
			return s
		}
	}
	return indicator.Fixed(v, decimals)
}

// plain prints a target as the plan writes it: 6600, 5.5.
func plain(v float64) string {
	s := indicator.Fixed(v, 4)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
