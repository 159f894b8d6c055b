package projection

import (
	"math"
	"slices"
)

// tuning is the constants of the method. Those of the point forecast were
// chosen once from coarse grids on M3's yearly series; the flatness around them,
// and what they give on series they were not chosen on, stands in README.md.
type tuning struct {
	prior     float64 // squared t-value at which half of the mean step is believed
	damp      float64 // what a believed step keeps from year to year when steps are irregular…
	regular   float64 // …and the squared t-value at which half of that damping is lifted
	inertia   float64 // prior mean of the carry-over of one step into the next
	certainty float64 // steps that prior is worth
	reach     float64 // spreads from the median at which a step is cut
	hedge     float64 // part of what was cut off the last step that is taken back from the level
	move      float64 // part of the scale that is the size of steps, not their scatter
	width     float64 // of the distribution, in scales, one year ahead on many values
	fan       float64 // power of the horizon the width grows with
	few       float64 // steps at which few steps double the width
	rest      float64 // of the distribution of a FloorYear, in scales
	flat      float64 // squared t-value at which half of the slope of a FloorYear is believed
}

func standard() tuning {
	return tuning{
		prior: 3, damp: 0.85, regular: 80, inertia: 0.1, certainty: 6, reach: 2, hedge: 0.2,
		move: 1. / 3, width: 0.61, fan: 0.85, few: 2, rest: 0.85, flat: 12,
	}
}

// spread is the width of the predictive distribution h years ahead of n values,
// in scales.
func (u tuning) spread(h, n int, still bool) float64 {
	small := 1 + u.few/float64(n-1)
	if still {
		return u.rest * small
	}
	return u.width * math.Pow(float64(h), u.fan) * small
}

// A law is the predictive distribution of a series: the quantile for the score
// z is the weighted mean of the quantiles seen in each coordinate.
type law struct {
	parts []part
	still bool // does not widen with the horizon
}

// A part is a series seen in one coordinate.
type part struct {
	weight float64
	path   []float64                     // expected, in the coordinate
	scale  float64                       // of the yearly surprise, in the coordinate
	value  func(at, off float64) float64 // back to the unit, off from at
}

func (l law) quantile(h int, z float64) float64 {
	var v float64
	for _, p := range l.parts {
		v += p.weight * p.value(p.path[h], z*p.scale)
	}
	return v
}

// law sees the values y, of at most 1, in the coordinates of their shape; whole
// is where a share of 100 per cent stands among them.
func (u tuning) law(y []float64, horizon int, shape Shape, whole float64) law {
	if shape == FloorYear {
		return u.line(y, horizon)
	}
	steps := part{weight: 1, path: u.path(y, horizon), scale: u.scale(y), value: func(at, off float64) float64 { return at + off }}
	var rates part
	var slope float64 // of the value over the coordinate, at the mean: makes scatters comparable
	m := mean(y)
	switch shape {
	case Geometric, Free:
		z, ok := transform(y, func(v float64) float64 { return math.Log(v) })
		if !ok {
			return law{parts: []part{steps}}
		}
		rates = part{path: gentle(z[len(z)-1], u.path(z, horizon)), scale: u.scale(z), value: exponential}
		slope = scatter(z) * m
	case Share:
		z, ok := transform(y, func(v float64) float64 { return math.Log(v / (whole - v)) })
		if !ok {
			return law{parts: []part{steps}}
		}
		rates = part{path: u.path(z, horizon), scale: u.scale(z), value: func(at, off float64) float64 { return whole / (1 + math.Exp(-at-off)) }}
		steps.value = func(at, off float64) float64 { return min(max(at+off, 0), whole) } // or the mean would run into the bound
		slope = scatter(z) * m * (1 - m/whole)
	default:
		return law{parts: []part{steps}}
	}
	if a := scatter(y); a > 0 {
		// Rates that leap say little of the years to come, and their tails are long.
		rates.weight = a / (a + slope*(1+rates.scale*rates.scale))
	}
	steps.weight = 1 - rates.weight
	return law{parts: []part{steps, rates}}
}

// exponential is the way back from logarithms. Above the expected value the
// distribution goes on as a straight line: an exponential tail turns one wild
// year into an absurd upper bound, and covers no more.
func exponential(at, off float64) float64 {
	if off > 0 {
		return math.Exp(at) * (1 + off)
	}
	return math.Exp(at + off)
}

// gentle keeps a path in logarithms from more than doubling, or halving, a year.
func gentle(from float64, path []float64) []float64 {
	at := from
	for h, v := range path {
		step := v - from
		at += min(max(step, -math.Ln2), math.Ln2)
		from, path[h] = v, at
	}
	return path
}

// transform is every value in another coordinate; ok is false when one has no
// place there.
func transform(y []float64, f func(float64) float64) (z []float64, ok bool) {
	z = make([]float64, len(y))
	for i, v := range y {
		z[i] = f(v)
		if math.IsNaN(z[i]) || math.IsInf(z[i], 0) {
			return nil, false
		}
	}
	return z, true
}

// path is the expected course of a series: its last value, moved on by the mean
// step as far as that is believed, and by what carries over of the last step.
func (u tuning) path(y []float64, horizon int) []float64 {
	d := steps(y)
	n := len(d)
	last := d[n-1]
	u.cut(d)
	m := mean(d)
	believed, damp := 1.0, 1.0
	if v := variance(d); v > 0 {
		t2 := m * m * float64(n) / v
		believed = t2 / (t2 + u.prior)
		damp = 1 - (1-u.damp)*u.regular/(u.regular+t2)
	}
	m *= believed
	var cross, square float64
	for i := 1; i < n; i++ {
		a, b := d[i]-m, d[i-1]-m
		cross += a * b
		square += (a*a + b*b) / 2
	}
	carry := u.inertia
	if square > 0 {
		k := float64(n - 1)
		carry = (k*cross/square + u.certainty*u.inertia) / (k + u.certainty)
	}
	at := y[len(y)-1] - u.hedge*(last-d[n-1])
	out := make([]float64, horizon)
	left, kept := 1.0, 1.0
	for h := range out {
		left *= carry
		at += kept*m + left*(d[n-1]-m)
		kept *= damp
		out[h] = at
	}
	return out
}

// cut brings steps that stand out from the others back to the edge of them
// (winsorising): one jump of the level is no growth. The spread is half from the
// median and half from the mean deviation: the first forgets a single jump, the
// second does not vanish when most steps are alike.
func (u tuning) cut(d []float64) {
	m := middle(slices.Clone(d))
	off := make([]float64, len(d))
	for i, v := range d {
		off[i] = math.Abs(v - m)
	}
	const normalMedian, normalMean = 1.4826, 1.2533 // make both the standard deviation under the normal law
	edge := u.reach * (normalMean*mean(off) + normalMedian*middle(off)) / 2
	for i, v := range d {
		d[i] = m + min(max(v-m, -edge), edge)
	}
}

// scale is the size of the yearly surprise: the mean deviation of steps from
// their median, with a part of their mean size, so that a run of very even years
// does not promise even years for ever.
func (u tuning) scale(y []float64) float64 {
	d := steps(y)
	m := middle(slices.Clone(d))
	var off, size float64
	for _, v := range d {
		off += math.Abs(v - m)
		size += math.Abs(v)
	}
	const normalMean = 1.2533
	n := float64(len(d))
	return normalMean * ((1-u.move)*off/(n-1) + u.move*size/n)
}

// line is the law of a series that scatters about a line: the median of the
// slopes between all pairs of years (Theil and Sen), believed as far as it
// stands out from the scatter, through the median level.
func (u tuning) line(y []float64, horizon int) law {
	var slopes []float64
	for i, v := range y {
		for j, w := range y[i+1:] {
			slopes = append(slopes, (w-v)/float64(j+1))
		}
	}
	slope := middle(slopes)
	n := float64(len(y))
	centre := (n - 1) / 2
	rest := make([]float64, len(y))
	level := func() float64 {
		for i, v := range y {
			rest[i] = v - slope*(float64(i)-centre)
		}
		return middle(slices.Clone(rest))
	}
	deviation := func(about float64) (s float64) {
		for _, v := range rest {
			s += math.Abs(v - about)
		}
		const normalMean = 1.2533
		return normalMean * s / (n - 1)
	}
	if s := deviation(level()); s > 0 {
		t2 := slope * slope * n * (n*n - 1) / 12 / (s * s)
		slope *= t2 / (t2 + u.flat)
	}
	at := level()
	p := part{weight: 1, path: make([]float64, horizon), scale: deviation(at), value: func(at, off float64) float64 { return at + off }}
	for h := range p.path {
		p.path[h] = at + slope*(n+float64(h)-centre)
	}
	return law{parts: []part{p}, still: true}
}

func steps(y []float64) []float64 {
	d := make([]float64, len(y)-1)
	for i := range d {
		d[i] = y[i+1] - y[i]
	}
	return d
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

func variance(v []float64) float64 {
	m := mean(v)
	var s float64
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	return s / float64(len(v)-1)
}

// scatter is the standard deviation of the steps.
func scatter(y []float64) float64 { return math.Sqrt(variance(steps(y))) }
