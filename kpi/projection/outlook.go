package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// OutlookMethod names the method of Ahead; the version changes when its figures
// would.
const OutlookMethod = "shrunk-drift@1"

// The limits of Ahead and Probability.
const (
	// MinOutlook is how many values Ahead needs.
	MinOutlook = 4
	// MaxHorizon is how many years Ahead looks ahead at most.
	MaxHorizon = 30
	// minChance is how many values a probability needs: four year-to-year moves.
	minChance = 5
)

// A Forecast is what is expected H years after the last value, in the unit of
// the values: the median and the central 80 % and 95 % of the predictive
// distribution. It is 测算, never a statistic.
type Forecast struct {
	H      int     `json:"h"`
	Point  float64 `json:"point"`
	Lo80   float64 `json:"lo80"`
	Hi80   float64 `json:"hi80"`
	Lo95   float64 `json:"lo95"`
	Hi95   float64 `json:"hi95"`
	Points int     `json:"points"` // values it stands on
}

// Ahead forecasts the 1…horizon years after the last of the values, which are
// those of successive years, oldest first. How is told in the package comment.
//
// What the shape is says which coordinates are tried and where the values end:
// Geometric and Free (both also for counts) are seen in steps and, when all are
// positive, in rates; Linear in steps only; Share in steps and in the logit;
// CumulativeCount in steps, and never below its last value; FloorYear as
// scatter about a line. Geometric and FloorYear do not go below zero when no
// value did, nor a Share beyond 0 and 100 per cent; Free and Linear have no
// bounds. A Share with a value outside 0…100 is no share and is taken as Linear.
//
// Always Lo95 ≤ Lo80 ≤ Point ≤ Hi80 ≤ Hi95, and the intervals do not narrow
// with H, but where a bound cuts them. A series that never moved is expected to
// stay, with intervals of no width.
//
// Fewer than MinOutlook values is indicator.TooFew; a value that is no number, a
// horizon outside 1…MaxHorizon, or figures beyond float64 are
// indicator.NotComputable.
func Ahead(values []float64, horizon int, shape Shape) ([]Forecast, indicator.Absence) {
	return standard().ahead(values, horizon, shape)
}

func (u tuning) ahead(values []float64, horizon int, shape Shape) ([]Forecast, indicator.Absence) {
	c, why := u.course(values, horizon, shape)
	if why != indicator.Present {
		return nil, why
	}
	out := make([]Forecast, horizon)
	for h := range out {
		point := c.l.quantile(h, 0)
		f := Forecast{
			H: h + 1, Points: len(values),
			Point: c.in(point), Lo95: c.in(point - c.off(h, -t95)), Lo80: c.in(point - c.off(h, -t80)),
			Hi80: c.in(point + c.off(h, t80)), Hi95: c.in(point + c.off(h, t95)),
		}
		if !indicator.Finite(f.Point) || !indicator.Finite(f.Lo95) || !indicator.Finite(f.Hi95) {
			return nil, indicator.NotComputable
		}
		if h > 0 && shape == CumulativeCount { // expected to stay where it is expected to have come
			f.Point = max(f.Point, out[h-1].Point)
			f.Hi80, f.Hi95 = max(f.Hi80, f.Point), max(f.Hi95, f.Point)
		}
		out[h] = f
	}
	return out, indicator.Present
}

// A course is the predictive distributions of the years ahead of a series, which
// was brought to a size of at most 1.
type course struct {
	l              law
	width          []float64 // of the distribution of each year, in scales
	unit           int       // values are 2^unit times as large
	floor, ceiling float64   // of the values
}

func (u tuning) course(values []float64, horizon int, shape Shape) (course, indicator.Absence) {
	var most float64
	for _, v := range values {
		if !indicator.Finite(v) {
			return course{}, indicator.NotComputable
		}
		most = max(most, math.Abs(v))
	}
	switch {
	case horizon < 1 || horizon > MaxHorizon:
		return course{}, indicator.NotComputable
	case len(values) < MinOutlook:
		return course{}, indicator.TooFew
	}
	var c course
	c.floor, c.ceiling = bounds(values, shape)
	// A power of two brings every series to the same size without a rounding, so
	// that nothing overflows on the way and units do not matter.
	_, c.unit = math.Frexp(most)
	y := make([]float64, len(values))
	for i, v := range values {
		y[i] = math.Ldexp(v, -c.unit)
	}
	c.l = u.law(y, horizon, shape, math.Ldexp(100, -c.unit))
	for h := range horizon {
		c.width = append(c.width, u.spread(h+1, len(y), c.l.still))
	}
	return c, indicator.Present
}

// off is how far from its median the quantile of the score z of a year is, at
// least as far as in the years before: distributions do not narrow with time.
func (c course) off(h int, z float64) float64 {
	var most float64
	for k := range h + 1 {
		most = max(most, math.Abs(c.l.quantile(k, c.width[k]*z)-c.l.quantile(k, 0)))
	}
	return most
}

// in is a value in the unit of the series, within its bounds.
func (c course) in(v float64) float64 { return min(max(math.Ldexp(v, c.unit), c.floor), c.ceiling) }

// bounds is where values of the shape end.
func bounds(values []float64, shape Shape) (floor, ceiling float64) {
	floor, ceiling = math.Inf(-1), math.Inf(1)
	least := values[0]
	for _, v := range values {
		least = min(least, v)
	}
	switch shape {
	case Geometric, FloorYear:
		if least >= 0 {
			floor = 0
		}
	case Share:
		if isShare(values) {
			floor, ceiling = 0, 100
		}
	case CumulativeCount:
		floor = values[len(values)-1]
	}
	return floor, ceiling
}

func isShare(values []float64) bool {
	for _, v := range values {
		if v < 0 || v > 100 {
			return false
		}
	}
	return true
}
