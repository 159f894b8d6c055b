package alert

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// limited are the conditions that heed Value, with the greatest one that can ever
// be reached; 0 is without bound.
var limited = map[string]float64{
	"behind-path": 0, "projected-short": 0, "projected-unlikely": 100, "revision-large": 0,
}

// Lint finds the alert rules of a catalogue that cannot mean what they say: that
// can never be evaluated, can never fire or always would, or contradict another.
// What only data can show, a rehearsal does.
func Lint(cat *indicator.Catalogue) finding.List {
	l := &linter{cat: cat}
	for i := range cat.AlertRules {
		r := &cat.AlertRules[i]
		l.reach(r)
		l.limit(r)
		for j := range cat.AlertRules[:i] {
			l.pair(&cat.AlertRules[j], r)
		}
	}
	return l.found
}

type linter struct {
	cat   *indicator.Catalogue
	found finding.List
}

func (l *linter) say(r *indicator.AlertRule, id, value, message, hint string) {
	l.found = append(l.found, finding.Finding{
		Rule: id, Severity: finding.Plausibility, Place: r.Place, Value: value,
		Message: "预警规则 " + r.ID + "：" + message, Hint: hint,
	})
}

// concerned are the indicators a rule applies to.
func (l *linter) concerned(r *indicator.AlertRule) []*indicator.Indicator {
	var out []*indicator.Indicator
	for i := range l.cat.Indicators {
		if ind := &l.cat.Indicators[i]; applies(r, ind) {
			out = append(out, ind)
		}
	}
	return out
}

// reach finds what is selected in vain, and patience beyond the plan.
func (l *linter) reach(r *indicator.AlertRule) {
	inds := l.concerned(r)
	if len(inds) == 0 {
		l.say(r, "alert-never-evaluable", r.When, "没有一个指标能用这个条件判断", "核对 when 与 selector：条件须与指标的性质、目标类型相配")
		return
	}
	for _, s := range r.Selector {
		if !slices.ContainsFunc(inds, func(i *indicator.Indicator) bool { return string(i.Code) == s || string(i.Nature) == s }) {
			l.say(r, "alert-never-evaluable", s, "所选的这一项不能用条件 "+r.When+" 判断", "从 selector 删去它，或改用相配的条件")
		}
	}
	// The plan runs for the years after its base: an alert that asks for more
	// periods than they have would fire when it is over.
	const planMonths = (period.TargetYear - period.BaseYear) * 12
	patient := func(i *indicator.Indicator) bool { return max(r.Periods, 1)*i.Freq.Months() <= planMonths }
	if !slices.ContainsFunc(inds, patient) {
		l.say(r, "alert-never-fires", fmt.Sprint(r.Periods), fmt.Sprintf("到%d年也不会有连续这么多期", period.TargetYear), "减小 periods")
	}
}

// limit finds limits that mean nothing.
func (l *linter) limit(r *indicator.AlertRule) {
	most, heeded := limited[r.When]
	value := plain(r.Value)
	switch {
	case !heeded && r.Value != 0:
		l.say(r, "alert-no-effect", value, "条件 "+r.When+" 不用 value", "删去 value")
	case r.Value < 0:
		l.say(r, "alert-always-fires", value, "界限为负，条件几乎恒成立", "value 写成零或正数")
	case r.When == "projected-unlikely" && r.Value == 0:
		l.say(r, "alert-never-fires", value, "可能性不会低于0", "value 写成 0 与 100 之间的百分数")
	case most > 0 && r.Value >= most:
		l.say(r, "alert-always-fires", value, "可能性总低于"+plain(most)+"，条件恒成立", "value 写成 0 与 "+plain(most)+" 之间的百分数")
	}
	if r.Escalate > 0 && rank(r.Level) == len(levels)-1 {
		l.say(r, "alert-no-effect", fmt.Sprint(r.Escalate), "级别已是"+r.Level+"，不能再升", "删去 escalate，或降低 level")
	}
}

// pair finds two rules of one condition that share indicators and of which one
// can never add anything to the other, or says a graver thing of a lesser matter.
func (l *linter) pair(a, b *indicator.AlertRule) {
	if a.When != b.When {
		return
	}
	other := l.concerned(b)
	var both []string
	for _, i := range l.concerned(a) {
		if slices.Contains(other, i) {
			both = append(both, string(i.Code))
		}
	}
	if len(both) == 0 {
		return
	}
	of := both[0]
	if len(both) > 1 {
		of = fmt.Sprintf("%s等%d个指标", both[0], len(both))
	}
	// Easier is a rule that fires whenever the other does.
	easier := func(x, y *indicator.AlertRule) bool {
		vx, vy := x.Value, y.Value
		if x.When == "behind-path" {
			vx, vy = lagLimit(x, l.cat.Settings), lagLimit(y, l.cat.Settings)
		}
		if x.When == "projected-unlikely" {
			vx, vy = -vx, -vy
		}
		return vx <= vy && max(x.Periods, 1) <= max(y.Periods, 1)
	}
	switch light, grave := order(a, b); {
	case easier(a, b) && easier(b, a):
		l.say(b, "alert-contradicts", b.Level, "与 "+a.ID+" 的条件相同，"+of+"会报两次", "删去一条，或改 selector 使两条不重叠")
	case a.Level == b.Level:
	case easier(grave, light):
		l.say(b, "alert-contradicts", b.Level, strings.Join([]string{of, "：级别", grave.Level, "的 ", grave.ID, " 比级别", light.Level, "的 ", light.ID, " 更易触发"}, ""), "级别越重，界限应越严")
	}
}

// order puts the lighter rule first.
func order(a, b *indicator.AlertRule) (light, grave *indicator.AlertRule) {
	if rank(a.Level) > rank(b.Level) {
		return b, a
	}
	return a, b
}
