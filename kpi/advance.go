package kpi

import (
	"context"
	"database/sql"
	_ "embed" // the SQL beside this file
	"fmt"
	"maps"
	"slices"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

//go:embed changed.sql
var changedSQL string

// An Evaluation is an assessment with what it was made of, so that the next one
// of the same period evaluates only what depends on what became known meanwhile.
// It is immutable.
type Evaluation struct {
	*indicator.Assessment

	plan     *Plan
	question Question
	found    *found
	digests  []digest   // of the results
	expected []expected // by result
	known    int64      // observations and retractions by the as-of time
	span     span
	dues     deadlines
}

// expected is what Plan.expected answered.
type expected struct {
	period period.Period
	ok     bool
}

// Begin evaluates in full, as EvaluateIn does.
func (p *Plan) Begin(ctx context.Context, conn *sql.Conn, q Question) (*Evaluation, error) {
	e := &Evaluation{plan: p, dues: make(deadlines)}
	e.question = e.dues.remember(q)
	k, err := knownBy(ctx, conn, q.AsOf, q.AsOf)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	e.known = k.recorded - k.later
	if e.found, err = p.find(ctx, conn, q, k); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	e.span = p.spanOf(e.found)
	if err := e.conclude(nil, nil); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	return e, nil
}

// Advance evaluates the same period as known at a later time. The result is that
// of a full evaluation, which it is when the period is another, the time an
// earlier one, or something is on record now that should have been known before.
// Due must answer as it did before; Returned need not.
func (e *Evaluation) Advance(ctx context.Context, conn *sql.Conn, q Question) (*Evaluation, error) {
	p := e.plan
	if q.Period != e.Period || q.AsOf.Before(e.AsOf) {
		return p.Begin(ctx, conn, q)
	}
	k, err := knownBy(ctx, conn, e.AsOf, q.AsOf)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	if k.recorded-k.since != e.known {
		return p.Begin(ctx, conn, q)
	}
	next := &Evaluation{plan: p, found: e.found, span: e.span, dues: e.dues, known: k.recorded - k.later}
	next.question = next.dues.remember(q)
	stale := make(codes)
	if next.known != e.known {
		changed, err := p.changes(ctx, conn, e.AsOf, q)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
		}
		for c := range changed.asked {
			p.touch(stale, c)
			if p.exprs[c] != nil {
				return p.Begin(ctx, conn, q) // filed, and computed too
			}
		}
		changed.census = changed.census || e.found.before != nil
		if changed.census && len(p.undated) > 0 {
			return p.Begin(ctx, conn, q) // their periods before the census are not kept
		}
		next.refind(e, changed, stale)
		if err := next.found.remember(ctx, conn, p, q, stale); err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
		}
	}
	if err := next.conclude(e, stale); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	return next, nil
}

// refind puts what changed into what was found, and computes the derived
// indicators that are stale anew. When the periods that anything is filed for are
// others than before, what is undated is stale too.
func (e *Evaluation) refind(before *Evaluation, changed *changes, stale codes) {
	p, old := e.plan, before.found
	e.found = &found{
		cells: old.clone(), before: old.before, then: maps.Clone(old.then), learnt: maps.Clone(old.learnt),
		filed: make(map[indicator.Measure]map[indicator.Code]map[int]float64),
	}
	for m, values := range old.filed {
		e.found.filed[m] = maps.Clone(values)
	}
	if changed.census {
		was := old.cells // until now no census was known of anything
		if old.before != nil {
			was = *old.before
		}
		was = was.clone()
		e.found.before = &was
	}
	e.span = maps.Clone(before.span)
	for c := range changed.asked {
		p.count(e.span, before.found, c, -1)
		e.found.put(changed.cells, c)
		if e.found.learnt != nil {
			put(e.found.learnt, changed.learnt, c)
		}
		for _, m := range []indicator.Measure{indicator.GrowthMeasure, indicator.YearAgoMeasure} {
			delete(e.found.filed[m], c)
			for end, v := range changed.filed[m][c] {
				e.found.file(m, c, end, v)
			}
		}
		if changed.census {
			e.found.before.put(*changed.before, c)
		}
		p.count(e.span, e.found, c, 1)
	}
	if !e.span.covers(before.span) {
		for c := range p.undated {
			p.touch(stale, c)
		}
	}
	ends := slices.Sorted(maps.Keys(e.span))
	p.derive(e.found.cells, stale, ends)
	if changed.census {
		p.derive(*e.found.before, stale, ends)
	}
}

// derive computes the derived indicators among some codes anew, level by level.
func (p *Plan) derive(in cells, stale codes, span []int) {
	for _, level := range p.levels {
		for _, code := range level {
			if !stale[code] {
				continue
			}
			ends := span
			if driver, ok := p.driver[code]; ok {
				ends = in.ends(driver)
			}
			d := p.def(code)
			in.put(cells{}, code)
			for _, end := range ends {
				own, ok := period.EndingIn(d.Freq, end)
				if !ok {
					continue
				}
				switch row, ok := d.Row(own, p.Catalogue.Indicator, in.row); {
				case !ok:
				case row.Status == indicator.CannotExist:
					in.miss(code, end, row.Status)
				default:
					in.history[code] = append(in.history[code], row)
				}
			}
			indicator.Breaks(in.history[code])
		}
	}
}

// ends are the months of the values of an indicator and of its “—”, in order.
func (t cells) ends(code indicator.Code) []int {
	out := make([]int, 0, len(t.history[code]))
	for _, pt := range t.history[code] {
		out = append(out, pt.Period.End)
	}
	for end, status := range t.absent[code] {
		if status == indicator.CannotExist {
			out = append(out, end)
		}
	}
	slices.Sort(out)
	return out
}

func put[V any](to, from map[indicator.Code]V, c indicator.Code) {
	if v, ok := from[c]; ok {
		to[c] = v
	} else {
		delete(to, c)
	}
}

// conclude turns what was found into results. Those of an evaluation before are
// kept unless they are stale, time has moved what is expected, or they say why
// there is no value: time and returns change the reason.
func (e *Evaluation) conclude(before *Evaluation, stale codes) error {
	p, q := e.plan, e.question
	n := len(p.Catalogue.Indicators)
	e.Assessment = &indicator.Assessment{Period: q.Period, AsOf: q.AsOf.UTC(), History: e.found.history, Results: make([]indicator.Result, n)}
	e.digests, e.expected = make([]digest, n), make([]expected, n)
	kept := func(int) bool { return false }
	if before != nil {
		copy(e.Results, before.Results)
		copy(e.digests, before.digests)
		copy(e.expected, before.expected)
		kept = func(i int) bool {
			return !stale[p.Catalogue.Indicators[i].Code] && e.expected[i] == before.expected[i] && e.Results[i].Absence == indicator.Present
		}
	}
	passed := before == nil || e.dues.passed(before.AsOf, e.AsOf)
	for i := range p.Catalogue.Indicators {
		ind := &p.Catalogue.Indicators[i]
		if passed {
			e.expected[i].period, e.expected[i].ok = p.expected(ind.Code, q)
		}
		if kept(i) {
			continue
		}
		e.Results[i] = p.result(ind, e.found, q)
		var err error
		if e.digests[i], err = digestOf(e.Results[i]); err != nil {
			return err
		}
	}
	e.Hash = hash(e.digests)
	return nil
}

// known counts what is on record, and what of it became known only after one
// time and after another.
type known struct{ recorded, since, later int64 }

func knownBy(ctx context.Context, conn *sql.Conn, since, asOf time.Time) (k known, err error) {
	err = conn.QueryRowContext(ctx, knownSQL, sql.Named("since", since.UTC()), sql.Named("as_of", asOf.UTC())).
		Scan(&k.recorded, &k.since, &k.later)
	if err != nil {
		return k, fmt.Errorf("count what is known: %w", err)
	}
	return k, nil
}

// changes are the series of which something became known, or is known no longer,
// with all that is known of them.
type changes struct {
	found
	asked  codes
	census bool // a census revised some, or anything before
}

func (p *Plan) changes(ctx context.Context, conn *sql.Conn, since time.Time, q Question) (*changes, error) {
	before := noCells()
	out := &changes{asked: make(codes), found: found{
		cells: noCells(), before: &before, learnt: make(map[indicator.Code]map[int]learnt),
		filed: make(map[indicator.Measure]map[indicator.Code]map[int]float64),
	}}
	versions := make(map[indicator.Code][]version) // of values
	var last version
	args := []any{sql.Named("since", since.UTC()), sql.Named("as_of", q.AsOf.UTC())}
	err := each(ctx, conn, changedSQL, args, func(scan func(...any) error) error {
		var (
			v         version
			area      indicator.AreaID
			retracted sql.NullTime
		)
		if err := scan(&v.code, &area, &v.measure, &v.end, &v.value, &v.status, &v.vintage, &v.caliber, &v.known, &retracted); err != nil {
			return err
		}
		if p.Catalogue.Indicator(v.code) == nil || area != p.area(v.code) {
			return nil
		}
		out.asked[v.code] = true
		value := v.measure == indicator.ValueMeasure
		out.census = out.census || value && v.vintage == indicator.Census
		if value && v.end <= q.Period.End {
			out.learn(v, retracted)
		}
		switch first := v.code != last.code || v.measure != last.measure || v.end != last.end; {
		case retracted.Valid:
			return nil
		case value:
			versions[v.code] = append(versions[v.code], v)
		case first && v.value.Valid && v.end <= q.Period.End:
			out.file(v.measure, v.code, v.end, v.value.Float64)
		}
		last = v
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what changed: %w", err)
	}
	for code, list := range versions {
		p.settle(out, code, list, q.Period.End)
	}
	return out, nil
}

// A version is a value of a cell as it became known at a time.
type version struct {
	code    indicator.Code
	measure indicator.Measure
	end     int
	value   sql.NullFloat64 // NULL for a typed absence
	status  indicator.ObsStatus
	vintage indicator.Vintage
	caliber string
	known   time.Time
}

// settle takes of the versions of a series, ordered by period and newest first,
// the newest of each period, and before the census the newest until then.
func (p *Plan) settle(out *changes, code indicator.Code, list []version, last int) {
	var census time.Time
	for _, v := range list {
		if v.vintage == indicator.Census && (census.IsZero() || v.known.Before(census)) {
			census = v.known
		}
	}
	now, before := -1, -1 // the period that is settled
	for _, v := range list {
		if v.end > last {
			continue
		}
		pt := indicator.Point{Period: p.own(code, v.end), Value: v.value.Float64, Status: v.status, Vintage: v.vintage, Caliber: v.caliber}
		if now != v.end {
			if now = v.end; v.value.Valid {
				out.history[code] = append(out.history[code], pt)
			} else {
				out.miss(code, v.end, v.status)
			}
		}
		if before != v.end && (census.IsZero() || v.known.Before(census)) {
			if before = v.end; v.value.Valid {
				out.before.history[code] = append(out.before.history[code], pt)
			} else {
				out.before.miss(code, v.end, v.status)
			}
		}
	}
	indicator.Breaks(out.history[code])
	indicator.Breaks(out.before.history[code])
}

// deadlines remembers what Question.Due answered. An evaluation shares it with
// those it was advanced from.
type deadlines map[dueKey]deadline

type dueKey struct {
	code indicator.Code
	end  int
	freq period.Freq
}

type deadline struct {
	at time.Time
	ok bool
}

// passed reports whether any deadline did, after one time and by another.
func (d deadlines) passed(since, by time.Time) bool {
	for _, a := range d {
		if a.ok && a.at.After(since) && !a.at.After(by) {
			return true
		}
	}
	return false
}

// remember is the question with a Due that asks once. It is for one goroutine.
func (d deadlines) remember(q Question) Question {
	due := q.Due
	q.Due = func(code indicator.Code, p period.Period) (time.Time, bool) {
		k := dueKey{code, p.End, p.Freq}
		a, ok := d[k]
		if !ok {
			a.at, a.ok = due(code, p)
			d[k] = a
		}
		return a.at, a.ok
	}
	return q
}
