package report_test

import (
	"math"
	"testing"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
	"zhibiao/report"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, period.Shanghai)

func catalogue(t testing.TB) *indicator.Catalogue {
	t.Helper()
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil || found.Refused() {
		t.Fatalf("load catalogue: %v %v", err, found)
	}
	return cat
}

// sample is a whole input over the shipped catalogue: generated figures in which
// every lamp, every absence that matters and every kind of alert occurs.
func sample(t testing.TB) report.Input {
	t.Helper()
	return sampleOf(t, report.Monthly)
}

// kinds is a sample of every kind of report there is, in their order.
func kinds(t testing.TB) []report.Input {
	t.Helper()
	out := make([]report.Input, len(report.Kinds))
	for i, k := range report.Kinds {
		out[i] = sampleOf(t, k)
	}
	return out
}

// many is how many numbers a sample of a kind has at the least.
var many = map[report.Kind]int{report.Special: 40, report.Monthly: 1000, report.Quarterly: 1000, report.HalfYearly: 150, report.Annual: 500}

func sampleOf(t testing.TB, kind report.Kind) report.Input {
	t.Helper()
	cat := catalogue(t)
	asked := period.MustParse("2026-10")
	if kind == report.Quarterly {
		asked = period.MustParse("2026-Q3")
	}
	a := assess(cat, asked, 0)
	prev := assess(cat, asked.Prev(), 1)
	prev.AsOf = now.AddDate(0, -1, 0)
	return of(report.Input{
		Catalogue: cat, Assessment: a, Previous: prev, Alerts: alerts(cat, a), Filing: filing(cat), PreviousFiling: filing(cat),
		RunID: asked.String() + "-20261120-090000", JournalHead: "9f2b61c04d7e8a35b1c6f0d2e4a89753cc10aa42", CatalogueHash: "51c7be90aa1342d6f8e0",
		Made: now, TestData: true,
	}, kind)
}

func assess(cat *indicator.Catalogue, asked period.Period, seed int) *indicator.Assessment {
	a := &indicator.Assessment{Period: asked, AsOf: now, Hash: "c0ffee5eed0123456789abcdef", History: make(map[indicator.Code][]indicator.Point)}
	n := 0
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		kind := n
		if t := ind.Target(); t != nil && t.Scored {
			n++
		}
		a.Results = append(a.Results, evaluate(cat, ind, asked, kind, seed, a.History))
	}
	return a
}

// evaluate makes up a result whose course decides its lamp. The arithmetic is
// that of the product in outline; what matters here is that every field occurs.
func evaluate(cat *indicator.Catalogue, ind *indicator.Indicator, asked period.Period, kind, seed int, history map[indicator.Code][]indicator.Point) indicator.Result {
	r := indicator.Result{
		Code: ind.Code, Name: ind.Name, Area: cat.Resolve(ind.Area), Unit: ind.Unit, Kind: ind.Kind, Nature: ind.Nature, Asked: asked,
		Period: asked.Latest(ind.Freq), Vintage: indicator.Preliminary, Status: indicator.Provisional,
	}
	t := ind.Target()
	if t == nil || !t.HasValue || !t.Scored {
		r.Absence, r.Reason = indicator.Unassigned, "位次或认定类目标，以佐证材料为准，不评分"
		if t != nil {
			r.TargetID = t.ID
		}
		return r
	}
	r.TargetID, r.Method = t.ID, "endpoint-forecast@2"
	if kind%11 == 7 {
		r.Absence, r.Lamp = indicator.Overdue, indicator.Grey
		r.Reason = r.Period.Name() + "逾期未报"
		return r
	}
	if kind%13 == 9 && seed == 0 {
		r.Absence, r.Lamp = indicator.NoBase, indicator.Grey
		r.Reason = "缺2022年基数，无法计算"
		return r
	}
	// course: what the last year of the plan would bring, as a share of the target
	course := []float64{1.06, 0.975, 0.86, 1.02, 1.10, 0.995, 1.01}[(kind+seed*(kind%3))%7]
	ahead := indicator.Less(1, course)
	base := 0.62 * t.Value
	switch {
	case ind.Nature == indicator.CountCum:
		base = 0
	case ind.Nature.Relative(), t.Evaluation == indicator.Floor:
		base = 0.94 * t.Value
		course = 1 + (course-1)/4
	}
	geometric := ind.Nature == indicator.FlowYTD || ind.Nature == indicator.StockEnd
	end := t.Value * course
	value := func(p period.Period) float64 {
		years := float64(p.Year() - period.BaseYear)
		if !ind.Nature.Cumulative() {
			years = float64(p.End+1)/12 - period.BaseYear - 1
		}
		v := projection.Path(base, end, years, 5, geometric)
		v *= 1 + 0.004*math.Sin(float64(p.End*7+kind)) // not a ruler's line
		if ind.Nature.Cumulative() {
			v *= math.Pow(float64(p.LastMonth())/12, 1.04)
		}
		if ind.Decimals == 0 {
			v = math.Round(v)
		}
		return v
	}
	for p := period.Of(period.Year, period.BaseYear, 1); p.Freq != 0; {
		own, ok := p.As(ind.Freq)
		if p.Freq != ind.Freq && ok {
			p = own
		}
		if p.End > r.Period.End {
			break
		}
		history[ind.Code] = append(history[ind.Code], indicator.Point{Period: p, Value: value(p), Status: indicator.Normal, Vintage: indicator.Final})
		p = p.Next()
	}
	r.Value = indicator.Some(value(r.Period))
	r.YearAgo = indicator.Some(value(r.Period.YearAgo()))
	if ind.Nature.Relative() {
		r.Change = indicator.Some(indicator.Points(r.Value.V - r.YearAgo.V))
	} else if r.YearAgo.V > 0 {
		r.Growth = indicator.Some(indicator.Percent((r.Value.V/r.YearAgo.V - 1) * 100))
		if ind.Growth != "" {
			r.Published = indicator.Some(r.Growth.V - 0.3)
		}
	}
	r.Base = indicator.Some(base)
	judged, at := r.Value.V, r.Period
	if ind.Nature.Cumulative() && at.LastMonth() != 12 {
		at = period.Of(period.Year, r.Period.Year()-1, 1)
		judged = value(at)
		r.FullYear = indicator.Some(r.Value.V / math.Pow(float64(r.Period.LastMonth())/12, 1.04))
	}
	r.Elapsed = indicator.Percent(at.Elapsed() * 100)
	r.CurrentGap = indicator.Some(judged - t.Value)
	r.LevelCompletion = indicator.Some(indicator.Percent(judged / t.Value * 100))
	switch t.Evaluation {
	case indicator.Floor, indicator.Sync:
		r.Lamp = indicator.Green
		r.Reason = "已完整的3个年度均达到底线"
		if !ahead {
			r.Lamp, r.Reason = indicator.Red, "年度底线被突破：2024年"+indicator.Print(judged, ind.Decimals, ind.Rounding)+ind.Unit
		}
		return r
	}
	r.Path = indicator.Some(projection.Path(base, t.Value, at.Elapsed()*5, 5, geometric))
	r.Lead = indicator.Some(judged - r.Path.V)
	if t.Evaluation != indicator.CAGRTarget {
		g := (judged - base) / (t.Value - base) * 100
		r.ProgressCompletion = indicator.Some(indicator.Percent(g))
		r.ProgressLead = indicator.Some(indicator.Points(g - float64(r.Elapsed)))
	}
	pr := indicator.Projection{Value: end, Method: projection.OutlookMethod, Points: 5}
	for y, from := int(at.Year())+1, judged; y <= period.TargetYear; y++ {
		k := float64(y-at.Year()) / float64(period.TargetYear-at.Year())
		v := from + (end-from)*k
		pr.Ahead = append(pr.Ahead, indicator.Expected{Year: y, Value: v, Lo80: v * (1 - 0.03*k), Hi80: v * (1 + 0.025*k), Lo95: v * (1 - 0.06*k), Hi95: v * (1 + 0.05*k)})
	}
	last := pr.Ahead[len(pr.Ahead)-1]
	if c, ok := projection.Probability(projection.Forecast{Point: last.Value, Lo80: last.Lo80, Hi80: last.Hi80, Lo95: last.Lo95, Hi95: last.Hi95, Points: 5}, t.Value, true); ok {
		pr.Probability = indicator.Some(c)
	}
	r.Projection = &pr
	r.Gap = indicator.Some(end - t.Value)
	left := 5 * (1 - at.Elapsed())
	if geometric && judged > 0 {
		r.RequiredGrowth = indicator.Some(indicator.Percent((math.Pow(t.Value/judged, 1/left) - 1) * 100))
	} else {
		r.RequiredStep = indicator.Some((t.Value - judged) / left)
	}
	text := "2027年测算" + indicator.Print(end, ind.Decimals, ind.Rounding) + ind.Unit
	short := (t.Value - end) / t.Value
	switch {
	case indicator.Meets(t.Comparator, judged, t.Value):
		r.Lamp, r.Reached, r.Reason = indicator.Blue, true, "现值"+indicator.Print(judged, ind.Decimals, ind.Rounding)+ind.Unit+"，已达到目标"
	case kind == 3:
		r.Lamp, r.Reached, r.Reason = indicator.Blue, true, "已达到目标"
	case ahead:
		r.Lamp, r.Reason = indicator.Green, text+"，可以达到"
	case short <= 0.05 && !ind.Nature.Relative() || short < 0.01:
		r.Lamp, r.Reason = indicator.Yellow, text+"，预计差"+indicator.Fixed(short*100, 1)+"%"
	default:
		r.Lamp, r.Reason = indicator.Red, text+"，预计差"+indicator.Fixed(short*100, 1)+"%"
	}
	return r
}

func alerts(cat *indicator.Catalogue, a *indicator.Assessment) []alert.Alert {
	var out []alert.Alert
	for i := range a.Results {
		r := &a.Results[i]
		ind := cat.Indicator(r.Code)
		t := ind.Target()
		if t == nil || !t.Scored {
			continue
		}
		add := func(rule, name, level string, state alert.State, fresh bool) {
			al := alert.Alert{
				Rule: rule, RuleName: name, Level: level, Code: r.Code, Name: ind.Name, Area: r.Area, TargetID: t.ID,
				Why: r.Reason, Need: "此后年均需增长" + indicator.Fixed(float64(i%7)+4.25, 2) + "%", Owner: t.Primary, New: fresh,
			}
			al.Episode = rule + "|" + string(r.Code)
			al.State, al.Since, al.Period = state, r.Period.Add(-2-i%3), r.Period
			if state == alert.Resolved {
				al.Before.State = alert.Recovering
			}
			out = append(out, al)
		}
		switch {
		case r.Lamp == indicator.Red:
			add("lamp-red", "红灯", "红", alert.Firing, i%2 == 0)
		case r.Lamp == indicator.Yellow && i%3 == 0:
			add("projected-short", "预计2027年达不到", "橙", alert.Firing, false)
		case r.Lamp == indicator.Yellow:
			add("lamp-yellow", "黄灯", "黄", alert.Pending, false)
		case r.Lamp == indicator.Green && i%5 == 0:
			add("growth-falling", "增速连续回落", "黄", alert.Resolved, false)
		}
	}
	return out
}

func filing(cat *indicator.Catalogue) []report.FilingStat {
	var out []report.FilingStat
	for i, d := range cat.Departments {
		f := report.FilingStat{Department: d.Name, Expected: 2 + i%5}
		f.OnTime = f.Expected
		take := func(n *int, state string, codes ...indicator.Code) {
			if f.OnTime == 0 {
				return
			}
			f.OnTime--
			*n++
			f.LateReturns = append(f.LateReturns, report.LateReturn{Name: "双城201表 2026年10月", State: state, Codes: codes})
		}
		if i%4 == 1 {
			take(&f.Late, "迟报", "AUTO.GOV.LJ", "NEV.OUTPUT.LJ")
		}
		if i%5 == 2 {
			take(&f.Missing, "逾期未报", "SW.REV.LJ")
		}
		if i == 3 {
			take(&f.Returned, "退回未重报", "HTE.N.LJ", "STE.N.LJ")
		}
		f.Received = f.OnTime + f.Late
		out = append(out, f)
	}
	return out
}
