package kpi

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
)

// trackYears is how many years ahead the track record forecasts.
const trackYears = 3

// A learnt is what became known of a year of an input, and when.
type learnt struct {
	first time.Time // its December was first known; zero when it never was
	last  time.Time // anything of it was learnt or taken back
}

// A vintage is the annual values of an indicator as they were known on a day, of
// one caliber.
type vintage struct {
	known   []projection.Annual
	caliber string
}

// An origin is a year's end of an indicator to forecast from.
type origin struct {
	code indicator.Code
	year int
}

// vintages are the annual values of every indicator with a track record as they
// were known at each past year's end that was on record in time, by its year.
//
// The day of a year is the one on which its value was first known: for a derived
// value, when the last of its inputs was. It is in time while the next year, the
// first that is forecast, was not over; what was filed later, such as the history
// that a new system begins with, says nothing of what was known then. What was
// learnt or taken back after that day is not in the vintage. The definitions are
// today's.
func (p *Plan) vintages(ctx context.Context, conn *sql.Conn, q Question, only codes, f *found) (map[indicator.Code]map[int]vintage, error) {
	out := make(map[indicator.Code]map[int]vintage)
	tracked := p.tracked(only, f)
	if len(tracked) == 0 {
		return out, nil
	}
	if f.learnt == nil {
		var err error
		if f.learnt, err = p.learntOf(ctx, conn, q); err != nil {
			return nil, err
		}
	}
	revised := make(map[time.Time][]origin)
	for _, ind := range tracked {
		known := yearEnds(ind, f.history[ind.Code], q.Period.End)
		newest := yearOf(known[len(known)-1].T)
		inTime := make(map[int]bool)
		for _, a := range known {
			o := origin{ind.Code, yearOf(a.T)}
			day, last := p.firstKnown(o, f.learnt)
			inTime[o.year] = !day.IsZero() && day.Before(period.Of(period.Year, o.year+2, 1).First())
			forecast := false // of an origin before
			for back := 1; back <= trackYears; back++ {
				forecast = forecast || inTime[o.year-back]
			}
			switch {
			case !inTime[o.year] || o.year == newest && !forecast:
			case last.After(day):
				revised[day] = append(revised[day], o)
			default: // as it is known now
				o.put(out, ind, f.history[ind.Code])
			}
		}
	}
	days := make([]time.Time, 0, len(revised))
	for day := range revised {
		days = append(days, day)
	}
	slices.SortFunc(days, time.Time.Compare)
	for _, day := range days {
		of, newest := make(codes), 0
		for _, o := range revised[day] {
			of[o.code], newest = true, max(newest, o.year)
		}
		last, asOf := sql.Named("last", period.Of(period.Year, newest, 1).End), sql.Named("as_of", day.UTC())
		if err := p.load(ctx, conn, p.needs(of), factAsOfSQL, last, asOf); err != nil {
			return nil, fmt.Errorf("as known on %s: %w", day.Format(time.DateOnly), err)
		}
		then, err := p.cells(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("as known on %s: %w", day.Format(time.DateOnly), err)
		}
		for _, o := range revised[day] {
			o.put(out, p.Catalogue.Indicator(o.code), then.history[o.code])
		}
	}
	return out, nil
}

// put keeps a vintage, unless the value of its year is not in it: a derived value
// may lack what is no input of that year.
func (o origin) put(out map[indicator.Code]map[int]vintage, ind *indicator.Indicator, history []indicator.Point) {
	end := period.Of(period.Year, o.year, 1).End
	pts := indicator.Unbroken(history, end)
	known := yearEnds(ind, pts, end)
	if n := len(known); n == 0 || yearOf(known[n-1].T) != o.year {
		return
	}
	if out[o.code] == nil {
		out[o.code] = make(map[int]vintage)
	}
	out[o.code][o.year] = vintage{known, caliberOf(pts)}
}

// caliberOf is the caliber of values between which it does not change; "" when
// none has a mark.
func caliberOf(pts []indicator.Point) string {
	for i := range pts {
		if pts[i].Caliber != "" {
			return pts[i].Caliber
		}
	}
	return ""
}

// remember finds the vintages of some codes anew, of all when nil.
func (f *found) remember(ctx context.Context, conn *sql.Conn, p *Plan, q Question, only codes) error {
	fresh, err := p.vintages(ctx, conn, q, only, f)
	if err != nil {
		return fmt.Errorf("stored vintages: %w", err)
	}
	if only == nil {
		f.then = fresh
	}
	for c := range only {
		put(f.then, fresh, c)
	}
	return nil
}

// tracked are the indicators among some, of all when nil, that are projected from more annual
// values than a first forecast needs.
func (p *Plan) tracked(only codes, f *found) []*indicator.Indicator {
	var out []*indicator.Indicator
	for i := range p.Catalogue.Indicators {
		ind := &p.Catalogue.Indicators[i]
		if !only.has(ind.Code) || !trackable(ind) {
			continue
		}
		newest, _ := f.newest(ind.Code)
		end := newest.Period.End
		known := yearEnds(ind, indicator.Unbroken(f.history[ind.Code], end), end)
		if values, _ := projection.Successive(known, trackShape(ind, ind.Target())); len(values) > projection.MinOutlook {
			out = append(out, ind)
		}
	}
	return out
}

// trackable reports whether an indicator is projected, given enough values.
func trackable(ind *indicator.Indicator) bool {
	t := ind.Target()
	return t != nil && t.HasValue && (t.Evaluation == indicator.Endpoint || t.Evaluation == indicator.Floor)
}

// trackShape is the shape that an indicator is projected by.
func trackShape(ind *indicator.Indicator, t *indicator.Target) projection.Shape {
	if t.Evaluation == indicator.Floor {
		return projection.FloorYear
	}
	return outlookShape(ind)
}

// learntOf says of every input of what is trackable, by year, when it became known.
func (p *Plan) learntOf(ctx context.Context, conn *sql.Conn, q Question) (map[indicator.Code]map[int]learnt, error) {
	asked := make(codes)
	for i := range p.Catalogue.Indicators {
		if ind := &p.Catalogue.Indicators[i]; trackable(ind) {
			asked[ind.Code] = true
		}
	}
	if err := p.ask(ctx, conn, p.needs(asked)); err != nil {
		return nil, err
	}
	out := make(map[indicator.Code]map[int]learnt)
	args := []any{sql.Named("last", q.Period.End), sql.Named("as_of", q.AsOf.UTC())}
	err := each(ctx, conn, learntSQL, args, func(scan func(...any) error) error {
		var (
			code             indicator.Code
			january          int
			first, retracted sql.NullTime
			last             time.Time
		)
		if err := scan(&code, &january, &first, &last, &retracted); err != nil {
			return err
		}
		if retracted.Valid && retracted.Time.After(last) {
			last = retracted.Time
		}
		if out[code] == nil {
			out[code] = make(map[int]learnt)
		}
		out[code][january/12] = learnt{first.Time, last}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list when inputs became known: %w", err)
	}
	return out, nil
}

// learn adds a version of a cell to what became known of its year; learntOf says
// the same of what is stored.
func (f *found) learn(v version, retracted sql.NullTime) {
	if f.learnt[v.code] == nil {
		f.learnt[v.code] = make(map[int]learnt)
	}
	year := v.end / 12
	l := f.learnt[v.code][year]
	if v.end%12 == 11 && v.value.Valid && (l.first.IsZero() || v.known.Before(l.first)) {
		l.first = v.known
	}
	for _, at := range []time.Time{v.known, retracted.Time} {
		if at.After(l.last) {
			l.last = at
		}
	}
	f.learnt[v.code][year] = l
}

// firstKnown is when the value of an origin was first known, zero when never, and
// when anything up to its year was last learnt or taken back of its inputs.
func (p *Plan) firstKnown(o origin, years map[indicator.Code]map[int]learnt) (first, last time.Time) {
	for _, in := range p.Inputs(o.code) {
		if l := years[in][o.year]; l.first.After(first) {
			first = l.first
		}
		for year, l := range years[in] {
			if year <= o.year && l.last.After(last) {
				last = l.last
			}
		}
	}
	return first, last
}

// record is what the method would have been worth on this series: from every year
// with MinOutlook values before it, forecasts up to trackYears ahead; from the
// values known then where they are on record, else from those known now. It is
// nil while no forecast could have been tried.
func (s *series) record(shape projection.Shape) *indicator.TrackRecord {
	values, last := projection.Successive(s.known, shape)
	var real, first, pseudo []projection.Origin
	for _, o := range projection.Rolling(values, trackYears) {
		at := last - float64(len(values)-len(o.Seen))
		then := s.then[yearOf(at)]
		seen, until := projection.Successive(then.known, shape)
		if len(seen) < projection.MinOutlook || until != at || !s.of(then) {
			pseudo = append(pseudo, o)
			continue
		}
		o.Seen = seen
		real = append(real, o)
		if o.Then = s.firstOf(yearOf(at), len(o.Then)); len(o.Then) > 0 {
			first = append(first, o)
		}
	}
	var r indicator.TrackRecord
	for _, part := range []struct {
		to      *indicator.Track
		origins []projection.Origin
	}{{&r.RealTime, real}, {&r.First, first}, {&r.Pseudo, pseudo}} {
		t, why := projection.Backtest(part.origins, shape)
		if why != indicator.Present && len(part.origins) > 0 {
			return nil
		}
		*part.to = t
	}
	if r.Forecasts() == 0 {
		return nil
	}
	return &r
}

// firstOf are the values of the years after an origin as they were first known, up
// to the first year that is not on record in time.
func (s *series) firstOf(year, years int) []float64 {
	var out []float64
	for y := year + 1; y <= year+years; y++ {
		then := s.then[y]
		if len(then.known) == 0 || !s.of(then) {
			break
		}
		out = append(out, then.known[len(then.known)-1].Value)
	}
	return out
}

// of reports whether a vintage is of the caliber of today's values: a forecast in
// another is held against nothing.
func (s *series) of(v vintage) bool {
	return indicator.Point{Caliber: s.caliber}.SameCaliber(indicator.Point{Caliber: v.caliber})
}

// yearOf is the year that ends at a time in years: 2022 ends at 2023.0.
func yearOf(t float64) int { return int(t) - 1 }
