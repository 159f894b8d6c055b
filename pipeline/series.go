package pipeline

import (
	"context"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// trendYears is how many years a trend looks back.
const trendYears = 10

// A Seen is a filed series at the end of a period, with what is measured of every
// series, whether or not it has a target.
type Seen struct {
	Code   indicator.Code                   `json:"code"`
	Area   indicator.AreaID                 `json:"area"`
	Name   string                           `json:"name"`
	Unit   string                           `json:"unit"`
	Value  float64                          `json:"value"`
	Growth indicator.Opt[indicator.Percent] `json:"growth"`             // of a level over a year ago
	Change indicator.Opt[indicator.Points]  `json:"change_points"`      // of what is in per cent, over a year ago
	Of     indicator.Code                   `json:"share_of,omitempty"` // filed
	Share  indicator.Opt[indicator.Percent] `json:"share"`
	// Trend is a 测算: where the straight line through the same months of the last
	// ten years comes to in that month of the target year.
	Trend indicator.Opt[float64] `json:"trend_estimate"`
}

// Series lists every filed series of the catalogue that has a value at the end of
// q, in the order they were first filed, as is known now. A month is compared with
// the same month of other years only, which is right whatever is cumulative.
func (p *Pipeline) Series(ctx context.Context, q period.Period) ([]Seen, error) {
	panel, err := p.DB.Panel(ctx, q.End-12*trendYears, q.End, 12)
	if err != nil {
		return nil, err
	}
	all, err := p.DB.Series(ctx)
	if err != nil {
		return nil, err
	}
	columns := panel.Columns()
	all = all[:columns] // without those that were filed since the panel was read
	column := make(map[warehouse.Series]int32, columns)
	for s, key := range all {
		column[key] = int32(s)
	}
	cat := p.Defs.Catalogue
	whole := make([]int32, columns)
	for s, key := range all {
		whole[s] = -1
		if ind := cat.Indicator(key.Code); ind != nil && ind.ShareOf != "" {
			of := cat.Scoped(ind.ShareOf)
			if w, ok := column[warehouse.Series{Code: of, Area: cat.Resolve(cat.Indicator(of).Area)}]; ok {
				whole[s] = w
			}
		}
	}
	growth, change, share := panel.Growth(nil, q.End), panel.Change(nil, q.End), panel.Share(nil, q.End, whole)
	target := q.End + 12*(period.TargetYear-q.Year())
	trend := panel.Trend(target)
	values := panel.Values[len(panel.Values)-1]
	var list []Seen
	for s, key := range all {
		ind := cat.Indicator(key.Code)
		if ind == nil || !indicator.Finite(values[s]) {
			continue
		}
		seen := Seen{Code: key.Code, Area: key.Area, Name: ind.Name, Unit: ind.Unit, Value: values[s]}
		unit := cat.Unit(ind.Unit)
		switch {
		case ind.Nature.Evidence():
		case !ind.Nature.Relative():
			seen.Growth = finite[indicator.Percent](growth[s])
		case unit != nil && (unit.Dimension == "percent" || unit.Dimension == "points"):
			seen.Change = finite[indicator.Points](change[s])
		}
		if whole[s] >= 0 {
			seen.Of, seen.Share = all[whole[s]].Code, finite[indicator.Percent](share[s])
		}
		// A level that a straight line takes below zero is not on a straight line.
		if target > q.End && !ind.Nature.Evidence() && (ind.Nature.Relative() || trend[s] >= 0) {
			seen.Trend = finite[float64](trend[s])
		}
		list = append(list, seen)
	}
	return list, nil
}

// finite is a number that may be none.
func finite[T ~float64](v float64) indicator.Opt[T] {
	if !indicator.Finite(v) {
		return indicator.Opt[T]{}
	}
	return indicator.Some(T(v))
}
