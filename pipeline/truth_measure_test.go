package pipeline_test

import (
	"math"
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// An oracle is the catalogue's measures written down plainly a second time: by
// number of years, month by month, with nothing of the engine in it. What it
// compares it counts, so that a measure that vanished does not pass.
type oracle struct {
	t     *testing.T
	cat   *indicator.Catalogue
	count map[string]int
}

func (o *oracle) value(code indicator.Code, p period.Period) (float64, bool) {
	tr := &truth{}
	var v float64
	if of := truths[code]; of != nil {
		v = of(tr, p.String())
	} else {
		v = tr.at(code, p.String())
	}
	return v, !tr.missing && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// close compares a figure of the engine with the oracle's.
func (o *oracle) close(r *indicator.Result, what string, got, want float64) {
	o.t.Helper()
	o.count[what]++
	if math.IsNaN(want) || math.Abs(got-want) > 1e-8*math.Max(1, math.Abs(want)) {
		o.t.Errorf("%s at %s: %s is %v, want %v", r.Code, r.Period, what, got, want)
	}
}

func compareMeasures(t *testing.T, cat *indicator.Catalogue, a *indicator.Assessment) {
	t.Helper()
	o := &oracle{t, cat, make(map[string]int)}
	for i := range a.Results {
		r := &a.Results[i]
		if r.Value.OK {
			o.againstAYearAgo(r)
			o.withinTheYear(r)
			o.againstTheTarget(r)
		}
	}
	for what, least := range map[string]int{
		"同比": 63, "百分点": 26, "占比": 8, "当期": 18, "当期同比": 18, "环比": 50, "环比百分点": 12, "本年累计": 4,
		"基数": 46, "贡献率": 3, "拉动": 3, "本身拉动": 10, "总体拉动": 10, "所需增速": 30,
		"水平完成率": 44, "进度完成率": 23, "序时进度": 45, "路径": 23, "年均增速": 18, "所需年均增速": 9, "所需年均增量": 31,
		"年内完成": 7, "年内序时": 7, "季节序时": 7, "普查前": 2, "底线年": 9, "灯": 38,
	} {
		if o.count[what] < least {
			t.Errorf("%s was compared %d times, want at least %d", what, o.count[what], least)
		}
	}
}

func (o *oracle) againstAYearAgo(r *indicator.Result) {
	ind := o.cat.Indicator(r.Code)
	before, ok := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: r.Period.End - 12})
	if !ok {
		return
	}
	if r.Growth.OK {
		o.close(r, "同比", float64(r.Growth.V), (r.Value.V-before)/before*100)
	}
	if r.Change.OK {
		o.close(r, "百分点", float64(r.Change.V), r.Value.V-before)
	}
	if b := r.Measures.BackOut; b != nil && r.Published.OK {
		o.close(r, "基数", b.Implied, r.Value.V/(1+float64(r.Published.V)/100))
		o.close(r, "基数", float64(b.Difference), float64(r.Published.V)-(r.Value.V-before)/before*100)
	}
	if r.Share.OK {
		total, _ := o.value(ind.ShareOf, o.at(ind.ShareOf, r.Period))
		o.close(r, "占比", float64(r.Share.V), r.Value.V*100/total)
	}
	if c := r.Measures.Contribution; c != nil {
		total, _ := o.value(ind.ShareOf, o.at(ind.ShareOf, r.Period))
		g, _ := o.value("GDP.GROWTH.DIR", o.at("GDP.GROWTH.DIR", r.Period))
		own := r.Value.V * float64(r.Published.V) / (100 + float64(r.Published.V))
		all := total * g / (100 + g)
		o.close(r, "贡献率", float64(c.Share), own*100/all)
		o.close(r, "拉动", float64(c.Pull), own/all*g)
	}
	if p := r.Measures.Parts; p != nil {
		q := r.Period
		q.End -= 12
		a1, _ := o.value(p.Part, o.at(p.Part, r.Period))
		b1, _ := o.value(p.Whole, o.at(p.Whole, r.Period))
		a0, _ := o.value(p.Part, o.at(p.Part, q))
		b0, _ := o.value(p.Whole, o.at(p.Whole, q))
		ga, gb := a1/a0-1, b1/b0-1
		o.close(r, "本身拉动", float64(p.Own), a0/b0*100*ga/(1+gb))
		o.close(r, "总体拉动", float64(p.Wider), -a0/b0*100*gb/(1+gb))
		if r.CurrentGap.OK {
			now, h := r.Value.V, 5-float64(r.Elapsed)/100*5
			if n := o.cat.Indicator(p.Part).Nature; (n == indicator.FlowYTD || n == indicator.CountFlowYTD) && r.Period.LastMonth() != 12 {
				last := period.Period{Freq: r.Period.Freq, End: (r.Period.Year()-1)*12 + 11}
				now, _ = o.value(r.Code, last)
				h = float64(2027 - last.Year())
			}
			want := ind.Target().Value
			if tol := ind.Target().Tolerance; tol != nil {
				want -= tol.Lower
			}
			for _, n := range p.Needed {
				o.close(r, "所需增速", float64(n.Own), (math.Exp(math.Log(want/now)/h)*(1+float64(n.Wider)/100)-1)*100)
			}
		}
	}
}

// at is a period of a series's own frequency with the same end.
func (o *oracle) at(code indicator.Code, p period.Period) period.Period {
	return period.Period{Freq: o.cat.Indicator(code).Freq, End: p.End}
}

func (o *oracle) withinTheYear(r *indicator.Result) {
	months := r.Period.Freq.Months()
	prev := period.Period{Freq: r.Period.Freq, End: r.Period.End - months}
	before, ok := o.value(r.Code, prev)
	single := func(end int) float64 { // of the later months of a year
		now, ok1 := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: end})
		ago, ok2 := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: end - months})
		if !ok1 || !ok2 {
			return math.NaN()
		}
		return now - ago
	}
	if in := r.Measures.InPeriod; in != nil && in.From > 1 {
		o.close(r, "当期", in.Value, single(r.Period.End))
		if in.Growth.OK {
			o.close(r, "当期同比", float64(in.Growth.V), (single(r.Period.End)/single(r.Period.End-12)-1)*100)
		}
		if c := r.Measures.Chain; c != nil && c.Growth.OK && prev.LastMonth() > 3 {
			o.close(r, "环比", float64(c.Growth.V), (single(r.Period.End)/single(prev.End)-1)*100)
		}
	}
	if c := r.Measures.Chain; c != nil && ok {
		switch {
		case c.Change.OK:
			o.close(r, "环比百分点", float64(c.Change.V), r.Value.V-before)
		case r.Measures.InPeriod == nil && c.Step.OK:
			o.close(r, "环比", c.Step.V, r.Value.V-before)
		}
	}
	if v := r.Measures.YearToDate; v.OK {
		sum := 0.0
		for end := r.Period.End; end/12 == r.Period.End/12; end -= months {
			v, _ := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: end})
			sum += v
		}
		o.close(r, "本年累计", v.V, sum)
	}
}

func (o *oracle) againstTheTarget(r *indicator.Result) {
	ind := o.cat.Indicator(r.Code)
	t := ind.Target()
	if t == nil || !t.HasValue || t.Evaluation == indicator.RankTarget {
		return
	}
	judged, month := r.Value.V, r.Period.End
	if n := ind.Nature; (n == indicator.FlowYTD || n == indicator.CountFlowYTD) && r.Period.LastMonth() != 12 {
		month = (r.Period.Year()-1)*12 + 11
		judged, _ = o.value(r.Code, period.Period{Freq: r.Period.Freq, End: month})
	}
	passed := float64(month-(2022*12+11)) / 12
	o.close(r, "序时进度", float64(r.Elapsed), passed/5*100)
	if r.LevelCompletion.OK {
		o.close(r, "水平完成率", float64(r.LevelCompletion.V), judged*100/t.Value)
	}
	base, based := o.base(ind)
	geometric := ind.Nature == indicator.FlowYTD || ind.Nature == indicator.StockEnd
	path := func(years float64) float64 {
		if geometric {
			return base * math.Exp(math.Log(t.Value/base)*years/5)
		}
		return base + (t.Value-base)*years/5
	}
	if r.ProgressCompletion.OK && based {
		o.close(r, "进度完成率", float64(r.ProgressCompletion.V), (judged-base)*100/(t.Value-base))
	}
	if r.Path.OK && based {
		o.close(r, "路径", r.Path.V, path(passed))
	}
	if r.CAGR.OK && based {
		years := 0
		latest := math.NaN()
		for y := 2023; y*12+11 <= r.Period.End; y++ {
			if v, ok := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: y*12 + 11}); ok {
				years, latest = y-2022, v
			}
		}
		o.close(r, "年均增速", float64(r.CAGR.V), (math.Exp(math.Log(latest/base)/float64(years))-1)*100)
	}
	if r.RequiredGrowth.OK && t.Evaluation == indicator.Endpoint {
		o.close(r, "所需年均增速", float64(r.RequiredGrowth.V), (math.Exp(math.Log(t.Value/judged)/(5-passed))-1)*100)
	}
	if r.RequiredStep.OK {
		o.close(r, "所需年均增量", r.RequiredStep.V, (t.Value-judged)/(5-passed))
	}
	if p := r.Measures.Pace; p != nil {
		aim := t.Value
		if t.Evaluation != indicator.Floor {
			aim = path(float64(r.Period.Year() - 2022))
		}
		o.close(r, "年内完成", float64(p.Completion), r.Value.V*100/aim)
		linear := float64(r.Period.LastMonth()) * 100 / 12
		if ind.Unit == "天" {
			linear = 304.0 / 365 * 100 // 1 January to 31 October 2026
		}
		o.close(r, "年内序时", float64(p.Linear), linear)
		if p.Seasonal.OK {
			sum, n := 0.0, 0.0
			for y := 2022; y < r.Period.Year(); y++ {
				part, ok1 := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: y*12 + r.Period.End%12})
				all, ok2 := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: y*12 + 11})
				if ok1 && ok2 {
					sum += part / all
					n++
				}
			}
			o.close(r, "季节序时", float64(p.Seasonal.V), sum/n*100)
		}
	}
	if b := r.Measures.BeforeCensus; b != nil {
		o.count["普查前"]++
		lift := map[indicator.Code]float64{"RETAIL.TOTAL.LJ": 1.012, "IND.VA_ADS.LJ": 1.0085}[r.Code]
		if !b.Linked || math.Abs(b.Value*lift/judged-1) > 1e-5 {
			o.t.Errorf("%s before the census: %+v, want %v ÷ %v", r.Code, b, judged, lift)
		}
	}
	for _, f := range r.Measures.Floors {
		v, _ := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: f.Year*12 + 11})
		o.close(r, "底线年", f.Value, v)
		if f.Met != (v >= t.Value) {
			o.t.Errorf("%s: floor of %d met %t on %v", r.Code, f.Year, f.Met, v)
		}
	}
	if t.Scored && r.Lamp != indicator.Grey {
		o.count["灯"]++
		if want := o.lamp(r, t, judged); want != r.Lamp {
			o.t.Errorf("%s: lamp %s, want %s: %s", r.Code, r.Lamp, want, r.Reason)
		}
	}
}

// base is the value at the end of 2022: nothing for what is counted from then.
func (o *oracle) base(ind *indicator.Indicator) (float64, bool) {
	if ind.Nature == indicator.CountCum {
		return 0, true
	}
	if truths[ind.Code] == nil {
		return o.value(ind.Code, period.MustParse("2022"))
	}
	return o.value(ind.Code, period.Period{Freq: ind.Freq, End: 2022*12 + 11})
}

// lamp is catalogue §5 “Alert states”, on the engine's own forecast where one is
// asked: the forecast has its own tests.
func (o *oracle) lamp(r *indicator.Result, t *indicator.Target, judged float64) indicator.Lamp {
	meets := func(v float64) bool {
		aim := t.Value
		if t.Comparator == indicator.Approx {
			aim -= 2 // 左右
		}
		if t.Comparator == indicator.GT {
			return v > aim*(1+1e-9)
		}
		return v >= aim*(1-1e-9)
	}
	switch t.Evaluation {
	case indicator.Floor:
		for y := 2023; y*12+11 <= r.Period.End; y++ {
			if v, ok := o.value(r.Code, period.Period{Freq: r.Period.Freq, End: y*12 + 11}); ok && !meets(v) {
				return indicator.Red
			}
		}
		if r.FullYear.OK && !meets(r.FullYear.V) {
			return indicator.Yellow
		}
		return indicator.Green
	case indicator.Sync:
		switch {
		case r.Value.V >= 0:
			return indicator.Green
		case r.Value.V >= -0.5:
			return indicator.Yellow
		}
		return indicator.Red
	case indicator.CAGRTarget:
		switch {
		case meets(r.Value.V):
			return indicator.Green
		case t.Value-r.Value.V <= 1:
			return indicator.Yellow
		}
		return indicator.Red
	}
	switch {
	case meets(math.Max(judged, r.Value.V)):
		return indicator.Blue
	case r.Projection == nil:
		return indicator.Grey
	}
	short := t.Value - r.Projection.Value
	if t.Comparator == indicator.Approx {
		short -= 2
	}
	limit := t.Value * 0.05
	if r.Unit == "%" {
		limit = 1
	}
	switch {
	case !meets(r.Projection.Value) && short > limit:
		return indicator.Red
	case !meets(r.Projection.Value), r.ProgressLead.OK && float64(r.ProgressLead.V) <= -10:
		return indicator.Yellow
	}
	return indicator.Green
}
