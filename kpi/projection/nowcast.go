package projection

import (
	"maps"
	"math"
	"slices"

	"zhibiao/kpi/indicator"
)

// An Estimate is the full-year value of a year that is not over, in the unit of
// what it was estimated from.
type Estimate struct {
	Value float64
	// Error is the root mean square of what the method would have been wrong by, in
	// each complete year, from the seasons of the others alone (leave one out). It is
	// 0 when there is but one year: then nothing is known of it.
	Error float64
	// Off80 and Off95 are the half-widths of the intervals around Value: Error times
	// the quantile of Student's t with Years−1 degrees of freedom.
	Off80, Off95 float64
	Years        int    // complete past years it stands on; 0 when the year is over
	Method       string // method@version
}

// Nowcast estimates the full year from the cumulative value ytd at the end of
// month (1–12): ytd ÷ the mean of the seasonal shares YTD_month/YTD_12 of the
// complete past years (catalogue §5.23, vector V7). It is never ×12/month.
//
// History is year → month → cumulative value; years that lack the month or
// December, or whose share is not positive, are not used. Fewer than minYears
// usable years (at least one) is indicator.TooFew; a month that is none, or a
// value that is not finite, is indicator.NotComputable. At the end of December
// the year is ytd itself.
func Nowcast(ytd float64, month int, history map[int]map[int]float64, minYears int) (Estimate, indicator.Absence) {
	return season(ytd, month, history, minYears, "seasonal-share@1",
		func(part, whole float64) (float64, bool) { return part / whole, whole != 0 && part/whole > 0 },
		func(share float64) float64 { return ytd / share })
}

// NowcastRatio estimates the full-year value of a ratio from its value at the
// end of month: the ratio plus the mean of what the complete past years still
// added after that month. Ratios move by 百分点, so seasons add and do not
// multiply. History, minYears and the absences are those of Nowcast.
func NowcastRatio(ratio float64, month int, history map[int]map[int]float64, minYears int) (Estimate, indicator.Absence) {
	return season(ratio, month, history, minYears, "seasonal-step@1",
		func(part, whole float64) (float64, bool) { return whole - part, true },
		func(step float64) float64 { return ratio + step })
}

// season takes the season of each complete year and applies their mean.
func season(now float64, month int, history map[int]map[int]float64, minYears int, method string,
	of func(part, whole float64) (float64, bool), apply func(season float64) float64,
) (Estimate, indicator.Absence) {
	if month < 1 || month > 12 || !indicator.Finite(now) {
		return Estimate{}, indicator.NotComputable
	}
	if month == 12 {
		return Estimate{Value: now, Method: alreadyThere}, indicator.Present
	}
	var sum float64
	var all []float64
	for _, year := range slices.Sorted(maps.Keys(history)) { // in order: sums of floats depend on it
		part, ok1 := history[year][month]
		whole, ok2 := history[year][12]
		if !ok1 || !ok2 || !indicator.Finite(part) || !indicator.Finite(whole) {
			continue
		}
		if s, ok := of(part, whole); ok {
			sum += s
			all = append(all, s)
		}
	}
	if len(all) < max(minYears, 1) {
		return Estimate{}, indicator.TooFew
	}
	n := float64(len(all))
	e := Estimate{Value: apply(sum / n), Years: len(all), Method: method}
	if len(all) > 1 {
		for _, s := range all {
			wrong := apply((sum-s)/(n-1)) - apply(s)
			e.Error += wrong * wrong / n
		}
		e.Error = math.Sqrt(e.Error)
		e.Off80, e.Off95 = e.Error*quantile(0.9, len(all)-1), e.Error*quantile(0.975, len(all)-1)
	}
	if !indicator.Finite(e.Value) || !indicator.Finite(e.Off95) {
		return Estimate{}, indicator.NotComputable
	}
	return e, indicator.Present
}

// LinearDays is a count of days ytd after elapsed days, carried on to a year of
// days at the same rate (vector V8: 158 of 181 → 318.6 of 365). Only counts of
// days may be annualised so. It is ytd itself when no day has passed.
func LinearDays(ytd float64, elapsed, days int) float64 {
	if elapsed <= 0 {
		return ytd
	}
	return ytd / float64(elapsed) * float64(days)
}
