package alert

import (
	"fmt"
	"slices"
	"strconv"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Reason is what one rule had to say of an indicator in an area, and why an
// alert fired or did not.
type Reason struct {
	Rule     string           `json:"rule"`
	RuleName string           `json:"rule_name"`
	Level    string           `json:"level"`
	Area     indicator.AreaID `json:"area,omitempty"`
	Text     string           `json:"text"`    // the rule in plain words
	Applies  bool             `json:"applies"` // the rule concerns the indicator
	State    State            `json:"state"`
	Episode  string           `json:"episode,omitempty"`
	Found    string           `json:"found"` // what this evaluation found
	Verdict  string           `json:"verdict"`
}

// Why explains an indicator: every rule of the catalogue in its order, what it
// found in the results of the evaluation of p, and where that leaves the alert.
// Now is what Step has made of those results.
func Why(now []Alert, results []indicator.Result, cat *indicator.Catalogue, p period.Period, late func(indicator.Code) bool, code indicator.Code) []Reason {
	s := DefaultPolicy.start(cat, p, late)
	ind := s.inds[code]
	if ind == nil {
		return nil
	}
	var out []Reason
	for i := range cat.AlertRules {
		rule := &cat.AlertRules[i]
		told := Reason{Rule: rule.ID, RuleName: rule.Name, Level: rule.Level, Text: Text(rule, cat.Settings), State: Quiet}
		if !applies(rule, ind) {
			told.Verdict = "本规则不适用于该指标"
			out = append(out, told)
			continue
		}
		told.Applies = true
		seen := false
		for j := range results {
			if results[j].Code == code {
				seen = true
				out = append(out, s.reason(told, now, rule, ind, &results[j]))
			}
		}
		if !seen {
			told.Verdict = notEvaluated
			out = append(out, told)
		}
	}
	return out
}

// reason completes what is told of a rule by one result.
func (s *step) reason(told Reason, now []Alert, rule *indicator.AlertRule, ind *indicator.Indicator, r *indicator.Result) Reason {
	told.Area = r.Area
	i := slices.IndexFunc(now, func(a Alert) bool {
		return a.Rule == rule.ID && a.Code == ind.Code && a.Area == r.Area && a.Kind == rule.When
	})
	if i < 0 { // nothing to remember: it is as if judged for the first time
		v := s.condition(rule, ind, r, Phase{}, Phase{})
		told.Found, told.Verdict = v.why, "条件未触发，没有预警"
		if !v.judged {
			told.Found, told.Verdict = v.held, "无法判断，没有预警"
		}
		return told
	}
	a := &now[i]
	told.State, told.Episode, told.Level, told.Found = a.State, a.Episode, a.Level, a.Why
	need, clear := max(rule.Periods, 1), s.clear(rule)
	switch a.State {
	case Pending:
		told.Verdict = fmt.Sprintf("已连续%d期，连续%d期才预警", a.Count, need)
	case Firing:
		told.Verdict = fmt.Sprintf("自%s起，本轮已有%d期触发，已预警", a.Since.Name(), a.Broken)
		if a.Level != rule.Level {
			told.Verdict += "，并由" + rule.Level + "升为" + a.Level
		}
	case Recovering:
		told.Verdict = fmt.Sprintf("已连续%d期未触发，连续%d期才解除", a.Clear, clear)
	case Resolved:
		told.Verdict = "已解除"
	default:
		told.Verdict = "条件未触发，没有预警"
	}
	if a.Held != "" {
		told.Verdict += "；本次无法判断：" + a.Held
	}
	if a.InhibitedBy != "" {
		told.Verdict += "；已由 " + a.InhibitedBy + " 说明，不另行通报"
	}
	if a.HeldBy != "" {
		told.Verdict += "；因 " + a.HeldBy + " 未能复核，不升级"
	}
	return told
}

// Text is a rule in plain words: what it compares and how, whether the limit
// itself counts, how patient it is.
func Text(rule *indicator.AlertRule, settings indicator.Settings) string {
	limit := plain(rule.Value)
	var s string
	switch rule.When {
	case "lamp-red":
		s = "灯为红"
	case "lamp-yellow":
		s = "灯为黄或红"
	case "floor-broken":
		s = "底线目标某年未达到，或已不可能守住"
	case "behind-path":
		s = "进度完成率落后时序进度" + plain(lagLimit(rule, settings)) + "个百分点及以上"
	case "projected-short":
		s = "测算目标年的数值达不到目标（“超过”类目标，恰好等于也算达不到）"
		if rule.Value > 0 {
			s += "，且差距为目标值的" + limit + "%及以上"
		}
	case "projected-unlikely":
		s = "测算达到目标的概率低于" + limit + "%（恰好" + limit + "%不算）"
	case "growth-negative":
		s = "同比增速低于0（持平不算）"
	case "growth-falling":
		s = "同比增速低于上一期（相等不算）"
	case "share-falling":
		s = "占比低于上年同期（相等不算）"
	case "sync-broken":
		s = "居民收入增速与经济增速之差低于目标减容差（恰好相等不算）"
	case "revision-large":
		s = "同一期数据较首次报送修订" + limit + "%及以上（比率类为" + limit + "个百分点及以上）"
	case "data-late":
		s = "最近应报的一期逾期未报"
	case "not-computable":
		s = "没有数值，且不是因为未到报送期"
	}
	if rule.Periods > 1 {
		s += "，连续" + strconv.Itoa(rule.Periods) + "期"
	}
	s += "，预警级别" + rule.Level
	if rule.Escalate > 0 && rank(rule.Level) < len(levels)-1 {
		s += "，此后每再触发满" + strconv.Itoa(rule.Escalate) + "个月升一级"
	}
	return s + "；缺数不算恢复"
}
