package kpi

import (
	"fmt"
	"math"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
)

// judge sets the lamp: catalogue §5 “Alert states”. 蓝 the target is reached;
// 绿 the forecast meets it; 黄 the forecast is short by at most 5 % (1 百分点 for
// ratios), or progress is 10 百分点 or more behind the path; 红 worse, or a floor
// broken; 灰 cannot be judged. All comparisons are on unrounded values.
func (p *Plan) judge(r *indicator.Result, ind *indicator.Indicator, s *series) {
	t := ind.Target()
	if t == nil {
		return
	}
	if !t.Scored {
		r.Reason = unscored(ind, t)
		return
	}
	r.Method = string(t.Method)
	if r.Vintage == indicator.Mixed || r.Caliber == indicator.Mixed {
		r.Lamp, r.Absence = indicator.Grey, indicator.Incomparable
		r.Reason = "分子分母的数据版本或口径不一致，不可比，暂不判定"
		return
	}
	switch t.Method {
	case indicator.FloorEveryYear:
		p.judgeFloor(r, ind, t, s)
	case indicator.SyncEachYear:
		p.judgeSync(r, ind, t, s)
	case indicator.CAGRHeld:
		p.judgeCAGR(r, ind, t)
	case indicator.StatCanProgress, indicator.UNProgress, indicator.LinearProgress, indicator.PaceProgress:
		p.judgeProgress(r, ind, t, s)
	default:
		p.judgeEndpoint(r, ind, t, s)
	}
}

func unscored(ind *indicator.Indicator, t *indicator.Target) string {
	switch {
	case t.Evaluation == indicator.RankTarget:
		return "位次或认定类目标，以佐证材料为准，不评分"
	case ind.Nature == indicator.Magnitude:
		return "数量级表述，仅跟踪，不评分"
	case t.Primary == "" || t.LeadStatus == "none_in_text":
		return "文件未明确牵头部门，暂不评分"
	}
	return "辅助或口径未定目标，不评分"
}

// threshold is the value that counts as reached: 左右 allows its tolerance below.
func threshold(t *indicator.Target) float64 {
	if t.Comparator == indicator.Approx && t.Tolerance != nil && t.Tolerance.Type == "band_pp" {
		return t.Value - t.Tolerance.Lower
	}
	return t.Value
}

func meets(t *indicator.Target, v float64) bool {
	return indicator.Meets(t.Comparator, v, threshold(t))
}

// judgeEndpoint judges a 2027 value: reached, or by the forecast and the path.
func (p *Plan) judgeEndpoint(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	now := s.judged
	if ind.Nature.Cumulative() && r.Value.V > now {
		now = r.Value.V // the running year has already passed the year's target
	}
	if p.reached(r, ind, t, now) {
		if r.Projection != nil && !meets(t, r.Projection.Value) {
			r.Reason += fmt.Sprintf("，但按现有走势2027年测算为%s%s（届时达到目标的概率%s），需防回落",
				p.show(ind, r.Projection.Value), ind.Unit, indicator.About(r.Projection.Probability))
		}
		return
	}
	if r.Projection == nil {
		r.Lamp = indicator.Grey
		why := r.ProjectionWhy
		if why == indicator.Present {
			why = indicator.TooFew
		}
		r.Reason = fmt.Sprintf("现值%s%s，未达目标%s；年度数据不足，不作预测，暂不判定", p.show(ind, now), ind.Unit, p.targetText(ind, t))
		r.ProjectionWhy = why
		return
	}
	short := threshold(t) - r.Projection.Value
	forecast := fmt.Sprintf("2027年测算%s%s（达到目标的概率%s），目标%s",
		p.show(ind, r.Projection.Value), ind.Unit, indicator.About(r.Projection.Probability), p.targetText(ind, t))
	behind := r.ProgressLead.OK && !indicator.Less(-p.Catalogue.Settings.AmberLag, float64(r.ProgressLead.V))
	switch {
	case !meets(t, r.Projection.Value) && p.beyondAmber(ind, t, short):
		r.Lamp, r.Reason = indicator.Red, forecast+"，"+p.shortText(ind, t, short)
	case !meets(t, r.Projection.Value):
		r.Lamp, r.Reason = indicator.Yellow, forecast+"，"+p.shortText(ind, t, short)
	case behind:
		r.Lamp = indicator.Yellow
		r.Reason = forecast + "，可以达到"
	default:
		r.Lamp, r.Reason = indicator.Green, forecast+"，可以达到"
	}
	if behind && r.Lamp != indicator.Green {
		r.Reason += fmt.Sprintf("；进度落后时序%s个百分点", indicator.Fixed(-float64(r.ProgressLead.V), 1))
	}
}

// reached marks a target that is met, blue, whatever method would have judged it.
func (p *Plan) reached(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, now float64) bool {
	if !meets(t, now) {
		return false
	}
	r.Reached, r.Lamp = true, indicator.Blue
	word := "已达到"
	if indicator.Less(now, t.Value) {
		word = "基本达到"
	}
	r.Reason = fmt.Sprintf("现值%s%s，%s目标%s", p.show(ind, now), ind.Unit, word, p.targetText(ind, t))
	return true
}

// beyondAmber reports whether a shortfall is red: more than 5 % of a level
// target, more than 1 百分点 of a ratio.
func (p *Plan) beyondAmber(ind *indicator.Indicator, t *indicator.Target, short float64) bool {
	limit := p.Catalogue.Settings.AmberShortfall * math.Abs(t.Value)
	if ind.Nature.Relative() && ind.Unit != "倍" {
		limit = p.Catalogue.Settings.AmberPoints
	}
	return indicator.Less(limit, short)
}

func (p *Plan) shortText(ind *indicator.Indicator, t *indicator.Target, short float64) string {
	if ind.Nature.Relative() && ind.Unit != "倍" {
		return "预计差" + atLeast(short, 2) + "个百分点"
	}
	s := "预计差" + atLeast(short, ind.Decimals) + ind.Unit
	if t.Value != 0 {
		s += fmt.Sprintf("（%s%%）", atLeast(short/math.Abs(t.Value)*100, 1))
	}
	return s
}

// atLeast prints a positive difference with enough decimals not to read as zero.
func atLeast(v float64, decimals int) string {
	for d := decimals; d < decimals+6; d++ {
		if s := indicator.Fixed(v, d); strings.Trim(s, "0.") != "" {
			return s
		}
	}
	return indicator.Fixed(v, decimals)
}

// judgeFloor judges a floor: every complete year since 2023 must pass, and the
// running year is watched. A broken year is a permanent red mark (§1.1).
func (p *Plan) judgeFloor(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	var broken []string
	passed := 0
	for _, a := range s.annual {
		year := int(math.Round(a.T)) - 1
		if year < period.FirstYear || year > t.Year {
			continue
		}
		if meets(t, a.Value) {
			passed++
			continue
		}
		broken = append(broken, fmt.Sprintf("%d年%s%s", year, p.show(ind, a.Value), ind.Unit))
	}
	if len(broken) > 0 {
		r.Lamp = indicator.Red
		r.Reason = fmt.Sprintf("年度底线%s被突破：%s", p.targetText(ind, t), strings.Join(broken, "、"))
		return
	}
	if s.runYear == 0 || s.runYear > t.Year {
		if s.runYear == 0 && int(math.Round(s.at))-1 >= t.Year {
			r.Reached, r.Lamp = true, indicator.Blue
			r.Reason = fmt.Sprintf("%d—%d年各年均达到底线%s", period.FirstYear, t.Year, p.targetText(ind, t))
			return
		}
		r.Lamp = indicator.Green
		r.Reason = fmt.Sprintf("已完整的%d个年度均达到底线%s%s", passed, p.targetText(ind, t), keepText(r))
		return
	}
	est, basis := p.floorEstimate(ind, t, s)
	chance := keepText(r)
	switch {
	case basis == "unreachable":
		r.Lamp = indicator.Red
		r.Reason = fmt.Sprintf("本年剩余天数全部优良也只有%s%s，底线%s已无法实现", p.show(ind, est), ind.Unit, p.targetText(ind, t))
	case !meets(t, est):
		r.Lamp = indicator.Yellow
		r.Reason = fmt.Sprintf("%d年%s%s%s%s，低于底线%s（年度数未出，预警）", s.runYear, basis, p.show(ind, est), ind.Unit, chance, p.targetText(ind, t))
	default:
		r.Lamp = indicator.Green
		r.Reason = fmt.Sprintf("%d年%s%s%s%s，不低于底线%s", s.runYear, basis, p.show(ind, est), ind.Unit, chance, p.targetText(ind, t))
	}
}

// keepText says how likely the floor is kept from now on.
func keepText(r *indicator.Result) string {
	switch f := r.Floor; {
	case f == nil:
		return ""
	case f.From == f.To:
		return fmt.Sprintf("（%d年守住底线的概率%s）", f.To, indicator.About(f.Probability))
	default:
		return fmt.Sprintf("（%d—%d年各年均守住底线的概率%s）", f.From, f.To, indicator.About(f.Probability))
	}
}

// floorEstimate is the value that the running year is watched by, and in words
// what it is. Days are watched by their budget (catalogue A28, V8).
func (p *Plan) floorEstimate(ind *indicator.Indicator, t *indicator.Target, s *series) (v float64, basis string) {
	if ind.Nature == indicator.CountFlowYTD {
		best := s.ytd + float64(s.daysLeft())
		if !meets(t, best) {
			return best, "unreachable"
		}
		if s.full.OK {
			return s.full.V, "按历年进度全年测算"
		}
		days := period.Of(period.Year, s.runYear, 1).DaysYTD()
		return projection.LinearDays(s.ytd, days-s.daysLeft(), days), "按日均全年测算"
	}
	if s.full.OK {
		return s.full.V, "按历年季节性全年测算"
	}
	return s.ytd, "截至" + fmt.Sprint(s.runMonth) + "月"
}

// judgeSync judges 同步: the difference of growth rates must not be negative,
// with the amber band 基本同步; a year that ended below the band is red.
func (p *Plan) judgeSync(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target, s *series) {
	lower := t.Value
	if t.Tolerance != nil {
		lower -= t.Tolerance.Lower
	}
	for _, a := range s.annual {
		year := int(math.Round(a.T)) - 1
		if year >= period.FirstYear && indicator.Less(a.Value, lower) {
			r.Lamp = indicator.Red
			r.Reason = fmt.Sprintf("%d年相差%s个百分点，未与经济增长同步", year, p.show(ind, a.Value))
			return
		}
	}
	switch {
	case meets(t, r.Value.V):
		r.Lamp, r.Reason = indicator.Green, "与经济增速持平，保持同步"
		// What is left of equal growths after dividing and subtracting is no lead.
		if lead := atLeast(r.Value.V, ind.Decimals); strings.Trim(lead, "-0.") != "" {
			r.Reason = "高于经济增速" + lead + "个百分点，保持同步"
		}
	case !indicator.Less(r.Value.V, lower):
		r.Lamp, r.Reason = indicator.Yellow, "低于经济增速"+atLeast(-r.Value.V, ind.Decimals)+"个百分点，基本同步"
	default:
		r.Lamp, r.Reason = indicator.Red, "低于经济增速"+atLeast(-r.Value.V, ind.Decimals)+"个百分点，未同步"
	}
}

// judgeCAGR judges 年均增长 on the rate so far, which is its own forecast.
func (p *Plan) judgeCAGR(r *indicator.Result, ind *indicator.Indicator, t *indicator.Target) {
	short := t.Value - r.Value.V
	chance := ""
	if r.Projection != nil && r.Period.Year() < t.Year {
		chance = "（达到目标的概率" + indicator.About(r.Projection.Probability) + "）"
	}
	text := fmt.Sprintf("2022—%d年年均增长%s%%%s，目标%s", r.Period.Year(), p.show(ind, r.Value.V), chance, p.targetText(ind, t))
	switch {
	case meets(t, r.Value.V) && r.Period.Year() >= t.Year:
		r.Reached, r.Lamp, r.Reason = true, indicator.Blue, text+"，已达到"
	case meets(t, r.Value.V):
		r.Lamp, r.Reason = indicator.Green, text+"，保持即可达到"
	case p.beyondAmber(ind, t, short):
		r.Lamp, r.Reason = indicator.Red, text+"，差"+atLeast(short, 2)+"个百分点"
	default:
		r.Lamp, r.Reason = indicator.Yellow, text+"，差"+atLeast(short, 2)+"个百分点"
	}
	if !meets(t, r.Value.V) && r.RequiredGrowth.OK {
		r.Reason += fmt.Sprintf("；此后年均需增长%s%%", indicator.Fixed(float64(r.RequiredGrowth.V), 2))
	}
}

func (p *Plan) show(ind *indicator.Indicator, v float64) string {
	return indicator.Print(v, ind.Decimals, ind.Rounding)
}

// targetText is the target as printed: ＞6600亿元, ≥22%, 60%左右.
func (p *Plan) targetText(ind *indicator.Indicator, t *indicator.Target) string {
	v := trimZeros(indicator.Fixed(t.Value, 4)) + ind.Unit
	switch t.Comparator {
	case indicator.GT:
		return "＞" + v
	case indicator.Approx:
		return v + "左右"
	}
	return "≥" + v
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
