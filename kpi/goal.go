package kpi

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
)

// ErrNoGoal is returned for an indicator that has no target with a number to be
// reached: nothing can be computed backwards from it.
var ErrNoGoal = errors.New("no target with a number to compute backwards from")

// Goal computes backwards from the target of an indicator: what must be
// delivered by the end of a year (0: the target's own), from what an assessment knows. It reads
// nothing else and writes nothing. Growths are of the price basis of the series:
// a share needs the nominal growths of its parts (peers.md §3.8).
func (p *Plan) Goal(code indicator.Code, a *indicator.Assessment, by int) (*indicator.Goal, error) {
	ind := p.Catalogue.Indicator(code)
	if ind == nil {
		return nil, fmt.Errorf("goal of %s: not in the catalogue: %w", code, ErrNoGoal)
	}
	t := ind.Target()
	if t == nil || !t.HasValue || ind.Nature.Evidence() {
		return nil, fmt.Errorf("goal of %s: %w", code, ErrNoGoal)
	}
	if by == 0 {
		if by = t.Year; by == 0 {
			by = period.TargetYear
		}
	}
	i := slices.IndexFunc(a.Results, func(r indicator.Result) bool { return r.Code == code })
	if i < 0 {
		return nil, fmt.Errorf("goal of %s: not in the assessment", code)
	}
	r := &a.Results[i]
	g := &goal{
		p: p, a: a, ind: ind, t: t, r: r, target: threshold(t),
		Goal: &indicator.Goal{
			Code: code, Name: ind.Name, Unit: ind.Unit, Target: t.Value, Text: p.targetText(ind, t), By: by,
			Every: t.Evaluation == indicator.Floor || t.Evaluation == indicator.Sync,
			Value: r.Value, Period: r.Period, Reached: r.Value.OK && meets(t, r.Value.V),
		},
	}
	switch {
	case !r.Value.OK:
		g.Why = r.Reason
	case r.Absence == indicator.Incomparable:
		g.Why = r.Reason
	default:
		g.compute()
	}
	return g.Goal, nil
}

// A goal is a Goal while it is computed.
type goal struct {
	*indicator.Goal
	p      *Plan
	a      *indicator.Assessment
	ind    *indicator.Indicator
	t      *indicator.Target
	r      *indicator.Result
	target float64 // that counts as reached
}

func (g *goal) compute() {
	part, whole, share := formula.Share(g.p.exprs[g.Code])
	inputs := g.p.Inputs(g.Code)
	switch {
	case g.t.Evaluation == indicator.Sync:
		g.sync()
	case g.t.Evaluation == indicator.Floor && g.ind.Nature == indicator.CountFlowYTD:
		g.days()
	case share:
		g.share(part, whole)
	case g.t.Evaluation == indicator.CAGRTarget && len(inputs) == 1:
		g.average(inputs[0])
	case g.ind.Unit == "倍" && len(inputs) == 1:
		if base, ok := g.base(inputs[0]); ok {
			g.reach(g.p.Catalogue.Indicator(inputs[0]), g.target*base)
		}
	default:
		g.reach(g.ind, g.target)
	}
}

// newest is the newest value of a series, and the value to compute from: the
// newest complete year of what runs from 1 January.
func (g *goal) newest(ind *indicator.Indicator) (basis indicator.Point, ok bool) {
	for _, pt := range g.a.History[ind.Code] {
		if pt.Period.End <= g.r.Period.End && (!ind.Nature.Cumulative() || pt.Period.LastMonth() == 12) {
			basis, ok = pt, true
		}
	}
	if !ok {
		g.Why = "“" + ind.Name + "”还没有一个完整年度的数，无从推算"
	}
	return basis, ok
}

// at is the value of a series at a period's end.
func (g *goal) at(code indicator.Code, end int) (indicator.Point, bool) {
	for _, pt := range g.a.History[code] {
		if pt.Period.End == end {
			return pt, true
		}
	}
	return indicator.Point{}, false
}

func (g *goal) value(code indicator.Code, end int) (float64, bool) {
	pt, ok := g.at(code, end)
	return pt.Value, ok
}

func (g *goal) base(code indicator.Code) (float64, bool) {
	v, ok := g.value(code, period.Of(period.Year, period.BaseYear, 1).End)
	if !ok || v <= 0 {
		g.Why = "“" + g.p.Catalogue.Indicator(code).Name + "”" + indicator.NoBase.Name()
	}
	return v, ok && v > 0
}

// from sets what is computed from; false when the year is no later.
func (g *goal) from(basis indicator.Point) bool {
	g.BasisAt = basis.Period
	g.Years = yearsAt(period.Of(period.Year, g.By, 1).End) - yearsAt(basis.Period.End)
	if g.Years <= 0 {
		g.Why = fmt.Sprintf("%s已有数，没有剩余的时间可以推算", basis.Period.Point())
		return false
	}
	return true
}

// average needs a level for a mean growth since the base (vector V4: 100 → 130
// in 3 years against 12 % needs 176.2342, 16.4323 % a year).
func (g *goal) average(input indicator.Code) {
	base, ok := g.base(input)
	if !ok {
		return
	}
	n := float64(g.By - period.BaseYear)
	g.reach(g.p.Catalogue.Indicator(input), base*math.Pow(1+g.target/100, n))
}

// reach takes a series to a value: levels by growth, counts by steps.
func (g *goal) reach(of *indicator.Indicator, to float64) {
	basis, ok := g.newest(of)
	if !ok || !g.from(basis) {
		return
	}
	if g.Basis = g.r.Value; of == g.ind {
		g.Basis = indicator.Some(basis.Value)
	}
	whole := g.whole(of)
	if whole {
		to = g.up(to, of == g.ind)
	}
	g.Of, g.From, g.To = of.Code, indicator.Some(basis.Value), indicator.Some(to)
	if g.Reached && !indicator.Less(basis.Value, to) {
		g.Why = "已有的数不低于所需，保持即可"
		return
	}
	g.Strict = of == g.ind && !whole && g.t.Comparator == indicator.GT
	g.Kind = indicator.GoalCount
	geometric := of.Nature.Geometric()
	if rate, ok := g.rate(basis.Value, to); ok && geometric {
		g.Kind, g.Growth = indicator.GoalLevel, indicator.Some(rate)
	}
	if step, ok := projection.RequiredStep(basis.Value, to, g.Years); ok && g.Kind == indicator.GoalCount {
		g.Step = indicator.Some(step)
		if n := of.Freq.Months(); n > 0 {
			g.Single = indicator.Some(step * float64(n) / 12)
		}
	}
	for y := (basis.Period.End + 1) / 12; y <= g.By; y++ {
		k := yearsAt(period.Of(period.Year, y, 1).End) - yearsAt(basis.Period.End)
		v := projection.Path(basis.Value, to, k, g.Years, geometric)
		if whole {
			v = math.Ceil(v - 1e-9*math.Abs(v))
		}
		g.Ends = append(g.Ends, indicator.Waypoint{Year: y, Value: v})
	}
	if of.Nature.Cumulative() && len(g.Ends) > 0 {
		g.Rest = g.pace(of, basis, g.Ends[0])
	}
}

// rate is the growth a year from one value to another by the end of By; of less
// than a year it is the growth of the time that is left, not made a year's.
func (g *goal) rate(from, to float64) (indicator.Percent, bool) {
	return projection.RequiredGrowth(from, to, max(g.Years, 1))
}

// whole reports whether a series counts whole things.
func (g *goal) whole(of *indicator.Indicator) bool {
	u := g.p.Catalogue.Unit(of.Unit)
	return u != nil && u.Whole
}

// up is the least whole number that meets a target of so many; 超过 is strict.
func (g *goal) up(to float64, own bool) float64 {
	n := math.Ceil(to - 1e-9*math.Abs(to))
	if own && g.t.Comparator == indicator.GT && n <= to {
		n++
	}
	return n
}

// pace sets the rest of the running year against the rest of the year before.
func (g *goal) pace(of *indicator.Indicator, basis indicator.Point, need indicator.Waypoint) *indicator.RestOfYear {
	for _, pt := range slices.Backward(g.a.History[of.Code]) {
		if pt.Period.Year() != need.Year || pt.Period.LastMonth() == 12 || pt.Period.End > g.r.Period.End {
			continue
		}
		c := &indicator.RestOfYear{Period: pt.Period, Done: pt.Value, Need: need.Value, Rest: need.Value - pt.Value}
		if before, ok := g.value(of.Code, pt.Period.End-12); ok {
			if before > 0 {
				c.SoFar = indicator.Some(indicator.Percent((pt.Value/before - 1) * 100))
			}
			last := basis.Value - before
			c.LastRest = indicator.Some(last)
			if last > 0 {
				c.Growth = indicator.Some(indicator.Percent((c.Rest/last - 1) * 100))
			}
		}
		return c
	}
	return nil
}

// days is the budget of a floor on days in the running year.
func (g *goal) days() {
	now := g.r.Period
	year := period.Of(period.Year, now.Year(), 1)
	all, elapsed := year.DaysYTD(), now.DaysYTD()
	need := g.up(g.target, true)
	g.Kind, g.Of, g.Basis, g.BasisAt, g.By = indicator.GoalDays, g.Code, g.r.Value, now, now.Year()
	d := &indicator.DaysLeft{
		Period: now, Good: g.r.Value.V, Left: all - elapsed, Need: max(need-g.r.Value.V, 0),
		Allowed: float64(all) - need, Used: float64(elapsed) - g.r.Value.V,
	}
	d.Budget = d.Allowed - d.Used
	g.Days = d
	if before, ok := g.value(g.Code, now.End-12); ok && d.Left > 0 {
		if last, ok := g.value(g.Code, year.End-12); ok {
			g.Rest = &indicator.RestOfYear{Period: now, Done: d.Good, Need: need, Rest: d.Need, LastRest: indicator.Some(last - before)}
		}
	}
}

// share is the growth of the part for each growth of the whole: with both of one
// time (s*/s)^(1/h)·(1+g) − 1 (peers.md §3.8: 3.30 % → 4.00 % in 3 years needs
// 10.89 % at 4 %). A floor is held year by year.
func (g *goal) share(part, whole indicator.Code) {
	a, b := g.p.Catalogue.Indicator(part), g.p.Catalogue.Indicator(whole)
	g.Kind, g.Of, g.Against = indicator.GoalShare, part, whole
	num, ok1 := g.newest(a)
	den, ok2 := g.newest(b)
	if !ok1 || !ok2 {
		return
	}
	if num.Period.End != den.Period.End && (a.Nature.Cumulative() || b.Nature.Cumulative()) {
		end := min(num.Period.End, den.Period.End)
		if num, ok1 = g.at(part, end); ok1 {
			den, ok2 = g.at(whole, end)
		}
		if !ok1 || !ok2 {
			g.Why = "分子分母没有同一年度的数，无从推算"
			return
		}
	}
	if num.Period.End == den.Period.End && num.Vintage != den.Vintage { // §5.22
		g.Why = fmt.Sprintf("%s的分子是%s、分母是%s，不可比，不作推算", num.Period.Name(), num.Vintage.Name(), den.Vintage.Name())
		return
	}
	if den.Value <= 0 || num.Value <= 0 {
		g.Why = "分子或分母不为正，无从推算"
		return
	}
	if g.Every { // the next year that ends
		g.By = num.Period.Next().Year()
	}
	if !g.from(num) {
		return
	}
	g.Basis, g.From = indicator.Some(num.Value/den.Value*100), indicator.Some(num.Value)
	g.Slack = indicator.Some(num.Value - g.target/100*den.Value)
	if g.whole(a) && g.whole(b) { // of so many, so many: the whole stays unless somebody says otherwise
		g.To = indicator.Some(math.Ceil(g.target/100*den.Value - 1e-9*den.Value))
		if step, ok := projection.RequiredStep(num.Value, g.To.V, g.Years); ok {
			g.Step = indicator.Some(step)
		}
		return
	}
	end := yearsAt(period.Of(period.Year, g.By, 1).End)
	for _, s := range g.courses(whole, den) {
		// A carried whole is older than the part: it grows from its own time.
		s.Whole = indicator.Some(den.Value * math.Pow(1+float64(s.Given)/100, end-yearsAt(den.Period.End)))
		s.Part = indicator.Some(g.target / 100 * s.Whole.V)
		own, ok := g.rate(num.Value, s.Part.V)
		if !ok {
			continue
		}
		s.Growth = own
		g.Given = append(g.Given, s)
	}
}

// courses are the growths of the whole to reckon with: what it was last year and
// since the base, and whole numbers around.
func (g *goal) courses(code indicator.Code, at indicator.Point) []indicator.Scenario {
	var out []indicator.Scenario
	centre := 4.0
	if v, ok := g.value(code, at.Period.End-12); ok && v > 0 {
		last := (at.Value/v - 1) * 100
		out = append(out, indicator.Scenario{Given: indicator.Percent(last), Note: "近一年实际"})
		centre = math.Round(last)
	}
	if base, ok := g.value(code, period.Of(period.Year, period.BaseYear, 1).End); ok {
		if mean, ok := projection.RequiredGrowth(base, at.Value, yearsAt(at.Period.End)-planStart); ok {
			out = append(out, indicator.Scenario{Given: mean, Note: fmt.Sprintf("%d年以来年均", period.BaseYear)})
			centre = math.Round(float64(mean))
		}
	}
	for d := -2.0; d <= 2; d++ {
		out = append(out, indicator.Scenario{Given: indicator.Percent(centre + d)})
	}
	return inOrder(out)
}

func inOrder(list []indicator.Scenario) []indicator.Scenario {
	slices.SortStableFunc(list, func(a, b indicator.Scenario) int { return cmp.Compare(a.Given, b.Given) })
	return list
}

// sync is the growth that keeps up with another one, for each course of it; with
// the newest price index also in current prices (§5.1, vector V6).
func (g *goal) sync() {
	refs := formula.Refs(g.p.exprs[g.Code])
	if len(refs) != 2 {
		g.Why = "不是两个增速之差，无从推算"
		return
	}
	own, other := refs[0], refs[1]
	end := g.r.Period.End
	now, ok1 := g.value(own, end)
	pace, ok2 := g.value(other, end)
	if !ok1 || !ok2 {
		g.Why = "没有同期的两个增速，无从推算"
		return
	}
	g.Kind, g.Of, g.Against, g.By = indicator.GoalGrowth, own, other, g.r.Period.Year()
	g.From, g.To = indicator.Some(now), indicator.Some(pace+g.t.Value)
	g.Basis, g.BasisAt = g.r.Value, g.r.Period
	var prices indicator.Opt[float64]
	for _, in := range g.p.Inputs(own) {
		if g.p.Catalogue.Indicator(in).Nature == indicator.Index {
			if v, ok := g.value(in, end); ok {
				prices = indicator.Some(v)
			}
		}
	}
	list := []indicator.Scenario{{Given: indicator.Percent(pace), Note: "本期实际"}}
	for d := -2.0; d <= 2; d++ {
		list = append(list, indicator.Scenario{Given: indicator.Percent(math.Round(pace) + d)})
	}
	for _, s := range inOrder(list) {
		s.Growth = s.Given + indicator.Percent(g.t.Value)
		if prices.OK {
			s.Nominal = indicator.Some(indicator.Percent(((1+float64(s.Growth)/100)*prices.V/100 - 1) * 100))
		}
		g.Given = append(g.Given, s)
	}
}
