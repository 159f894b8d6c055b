package report

import (
	"math"
	"strconv"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
	"zhibiao/report/document"
)

// years is the end of a month on the axis of time: December 2022 is 2023, so
// that the plan runs from 2023 to 2028.
func years(end int) float64 { return float64(end+1) / 12 }

const (
	planStart = period.BaseYear + 1.0
	planEnd   = period.TargetYear + 1.0
	planYears = period.TargetYear - period.BaseYear
)

// scale is an axis that holds lo and hi with about n ticks at round numbers.
func scale(lo, hi float64, n int, unit string) document.Axis {
	if !(hi > lo) {
		pad := math.Max(math.Abs(hi)*0.1, 1)
		lo, hi = lo-pad, hi+pad
	}
	raw := (hi - lo) / float64(n)
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	step := mag * 10
	for _, m := range [...]float64{1, 2, 2.5, 5} {
		if raw <= m*mag*1.0000001 {
			step = m * mag
			break
		}
	}
	decimals := 0
	for d := step; d != math.Trunc(d) && decimals < 6; decimals++ {
		d = math.Round(d*1e7) / 1e6
	}
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	a := document.Axis{Min: first * step, Max: last * step}
	for k := first; k <= last; k++ {
		a.Ticks = append(a.Ticks, document.Tick{At: k * step, Text: indicator.Fixed(k*step, decimals) + unit})
	}
	return a
}

func timeAxis(columns bool) document.Axis {
	a := document.Axis{Min: planStart, Max: planEnd}
	if columns { // room for half a column at either end
		a.Min, a.Max = planStart-0.5, planEnd+0.5
	}
	for y := period.BaseYear; y <= period.TargetYear; y++ {
		a.Ticks = append(a.Ticks, document.Tick{At: float64(y) + 1, Text: strconv.Itoa(y)})
	}
	return a
}

// trend draws the history since the base, the path, the projection and the
// target; nil when there is no value to draw.
func (b *builder) trend(it *item) *document.Chart {
	cum := it.ind.Nature.Cumulative() && it.ind.Freq != period.Year
	tr := &document.Trend{Columns: it.ind.Nature.Cumulative(), X: timeAxis(it.ind.Nature.Cumulative())}
	var seen extent
	for _, p := range b.in.Assessment.History[it.ind.Code] {
		t := years(p.Period.End)
		if t < planStart || t > planEnd || cum && p.Period.LastMonth() != 12 {
			continue
		}
		m := b.mark(it, t, p.Value, span(b.in.Catalogue, it.ind, p.Period))
		tr.Actual = append(tr.Actual, m)
		seen.add(p.Value)
	}
	r := it.r
	if cum && r.Value.OK && r.Period.LastMonth() != 12 {
		m := b.mark(it, float64(r.Period.Year())+1, r.Value.V, it.value.Period)
		tr.Running = &m
		seen.add(r.Value.V)
		if r.FullYear.OK {
			m := b.mark(it, float64(r.Period.Year())+1, r.FullYear.V, "全年测算")
			tr.FullYear = &m
			seen.add(r.FullYear.V)
		}
	}
	if len(tr.Actual) == 0 && tr.Running == nil {
		return nil
	}
	if it.t.HasValue {
		m := document.Mark{At: planEnd, Value: it.t.Value, Text: it.target.Bare(), Label: "目标"}
		tr.Target = &m
		seen.add(it.t.Value)
	}
	if r.Path.OK && r.Base.OK && it.t.HasValue {
		for k := 0.0; k <= planYears; k++ {
			v := projection.Path(r.Base.V, it.t.Value, k, planYears, it.ind.Nature.Geometric())
			tr.Path = append(tr.Path, b.mark(it, planStart+k, v, "序时路径"))
			seen.add(v)
		}
	}
	if p := r.Projection; p != nil {
		m := document.Mark{At: planEnd, Value: p.Value, Text: it.projection.Number, Label: "2027年测算"}
		tr.Projection = &m
		seen.add(p.Value)
		for _, e := range p.Ahead {
			tr.Fan = append(tr.Fan, document.Band{At: float64(e.Year) + 1, Value: e.Value, Lo80: e.Lo80, Hi80: e.Hi80, Lo95: e.Lo95, Hi95: e.Hi95})
			seen.add(e.Lo80)
			seen.add(e.Hi80)
		}
		// The wide interval takes what room there is: it may not press the rest flat.
		if e, ok := p.End(); ok {
			room := (seen.hi - seen.lo) / 2
			lo, hi := math.Max(e.Lo95, seen.lo-room), math.Min(e.Hi95, seen.hi+room)
			seen.add(lo)
			seen.add(hi)
		}
	}
	if tr.Columns {
		seen.add(0)
	}
	tr.Y = scale(seen.lo, seen.hi, 4, "")
	desc := it.name() + "历年走势，单位" + it.ind.Unit + "。"
	if n := len(tr.Actual); n > 0 {
		desc += "最近为" + tr.Actual[n-1].Label + tr.Actual[n-1].Text + "。"
	}
	desc += "目标" + it.target.Full() + "。"
	if tr.Projection != nil {
		desc += "2027年测算" + it.projection.Full()
		if e, ok := r.Projection.End(); ok {
			desc += "，80%区间" + indicator.Print(e.Lo80, it.ind.Decimals, it.ind.Rounding) + "—" + indicator.Print(e.Hi80, it.ind.Decimals, it.ind.Rounding)
		}
		desc += "。"
	}
	return &document.Chart{ID: "trend-" + string(it.ind.Code), Title: it.name(), Desc: desc, Unit: it.ind.Unit, Trend: tr}
}

func (b *builder) mark(it *item, t, v float64, label string) document.Mark {
	return document.Mark{At: t, Value: v, Text: indicator.Print(v, it.ind.Decimals, it.ind.Rounding), Label: label}
}

// An extent is the range of what was added to it.
type extent struct {
	lo, hi float64
	some   bool
}

func (e *extent) add(v float64) {
	if !e.some {
		e.lo, e.hi, e.some = v, v, true
		return
	}
	e.lo, e.hi = math.Min(e.lo, v), math.Max(e.hi, v)
}

// bullet sets what was judged and the projection against target and path; nil
// when there is nothing to set.
func (b *builder) bullet(it *item) *document.Chart {
	if it.judged.Missing != "" || !it.t.HasValue {
		return nil
	}
	var seen extent
	label := "现值"
	if it.judged != it.value {
		label = it.judged.Period
	}
	bu := &document.Bullet{
		Class:  it.sign.Class,
		Value:  document.Mark{Value: it.judged.Raw, Text: it.judged.Number, Label: label},
		Target: document.Mark{Value: it.t.Value, Text: it.target.Bare(), Label: "目标"},
	}
	seen.add(0)
	seen.add(it.judged.Raw)
	seen.add(it.t.Value)
	if it.r.Path.OK {
		m := b.mark(it, 0, it.r.Path.V, "序时")
		bu.Path = &m
		seen.add(m.Value)
	}
	if it.projection.Missing == "" {
		bu.Projection = &document.Mark{Value: it.projection.Raw, Text: it.projection.Number, Label: "测算"}
		seen.add(it.projection.Raw)
	}
	bu.Axis = scale(seen.lo, seen.hi, 4, "")
	return &document.Chart{
		ID: "bullet-" + string(it.ind.Code), Title: it.name() + "：距目标", Unit: it.ind.Unit,
		Desc:   label + it.judged.Full() + "，目标" + it.target.Full() + "，2027年测算" + it.projection.Full() + "。",
		Bullet: bu,
	}
}

// spark is the recent course in a word's width: the same period of each year
// for cumulative series, so that like is set against like.
func (b *builder) spark(it *item) *document.Chart {
	const most = 12
	var marks []document.Mark
	for _, p := range b.in.Assessment.History[it.ind.Code] {
		if p.Period.End > it.r.Period.End || it.ind.Nature.Cumulative() && p.Period.LastMonth() != it.r.Period.LastMonth() {
			continue
		}
		marks = append(marks, b.mark(it, years(p.Period.End), p.Value, span(b.in.Catalogue, it.ind, p.Period)))
	}
	if len(marks) > most {
		marks = marks[len(marks)-most:]
	}
	if len(marks) < 2 {
		return nil
	}
	first, last := marks[0], marks[len(marks)-1]
	return &document.Chart{
		ID: "spark-" + string(it.ind.Code), Title: it.name() + "走势", Unit: it.ind.Unit,
		Desc:  first.Label + first.Text + it.ind.Unit + "至" + last.Label + last.Text + it.ind.Unit + "。",
		Spark: &document.Spark{Class: it.sign.Class, Values: marks},
	}
}
