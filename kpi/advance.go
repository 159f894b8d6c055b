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
	lines    [][]byte   // the results as they are hashed
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
	k, err := knownBy(ctx, conn, q.AsOf)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	e.known = k.recorded - k.later
	if e.found, err = p.find(ctx, conn, q, scope{}); err != nil {
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
	if q.Period != e.Period || q.AsOf.Before(e.AsOf) {
		return e.plan.Begin(ctx, conn, q)
	}
	k, err := knownBy(ctx, conn, e.AsOf)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	if k.recorded-k.later != e.known {
		return e.plan.Begin(ctx, conn, q)
	}
	next := &Evaluation{plan: e.plan, found: e.found, span: e.span, dues: maps.Clone(e.dues), known: e.known}
	next.question = next.dues.remember(q)
	stale := make(codes)
	if k.later > 0 {
		changed, err := changedCodes(ctx, conn, e.AsOf, q.AsOf)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
		}
		if k, err = knownBy(ctx, conn, q.AsOf); err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
		}
		next.known = k.recorded - k.later
		stale = e.plan.touched(changed)
	}
	if len(stale) > 0 {
		if err := next.refind(ctx, conn, q, e, stale); err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
		}
		if next.found.before != nil && len(e.plan.undated) > 0 {
			return e.plan.Begin(ctx, conn, q) // their periods before the census may be others
		}
	}
	if err := next.conclude(e, stale); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	return next, nil
}

// refind finds anew what is stale. When the periods that anything is filed for
// are others than before, what is undated is stale too, and is found with them.
func (e *Evaluation) refind(ctx context.Context, conn *sql.Conn, q Question, before *Evaluation, stale codes) error {
	p := e.plan
	for range 2 { // the second time the periods are the same: they are those of the inputs
		fresh, err := p.find(ctx, conn, q, p.scopeOf(stale, e.span))
		if err != nil {
			return err
		}
		e.found = before.found.replace(stale, fresh)
		ends := maps.Clone(before.span)
		for c := range stale {
			p.count(ends, before.found, c, -1)
			p.count(ends, e.found, c, 1)
		}
		settled := len(p.undated) == 0 || ends.covers(e.span)
		if e.span = ends; settled {
			return nil
		}
		for c := range p.undated {
			p.touch(stale, c)
		}
	}
	return nil
}

// find reads and computes what the results of a scope need.
func (p *Plan) find(ctx context.Context, conn *sql.Conn, q Question, s scope) (*found, error) {
	before, err := p.beforeCensus(ctx, conn, q, s)
	if err != nil {
		return nil, fmt.Errorf("before the census: %w", err)
	}
	if err := p.load(ctx, conn, q, s, false); err != nil {
		return nil, err
	}
	f, err := p.read(ctx, conn, q)
	if err != nil {
		return nil, err
	}
	f.before = before
	if f.then, err = p.vintages(ctx, conn, q, s, f); err != nil {
		return nil, fmt.Errorf("stored vintages: %w", err)
	}
	return f, nil
}

// conclude turns what was found into results. Those of an evaluation before are
// kept unless they are stale, time has moved what is expected, or they say why
// there is no value: time and returns change the reason.
func (e *Evaluation) conclude(before *Evaluation, stale codes) error {
	p, q := e.plan, e.question
	n := len(p.Catalogue.Indicators)
	e.Assessment = &indicator.Assessment{Period: q.Period, AsOf: q.AsOf.UTC(), History: e.found.history, Results: make([]indicator.Result, n)}
	e.lines, e.expected = make([][]byte, n), make([]expected, n)
	for i := range p.Catalogue.Indicators {
		ind := &p.Catalogue.Indicators[i]
		e.expected[i].period, e.expected[i].ok = p.expected(ind.Code, q)
		if before != nil && !stale[ind.Code] && before.expected[i] == e.expected[i] &&
			before.Results[i].Absence == indicator.Present {
			e.Results[i], e.lines[i] = before.Results[i], before.lines[i]
			continue
		}
		e.Results[i] = p.result(ind, e.found, q)
		var err error
		if e.lines[i], err = line(e.Results[i]); err != nil {
			return err
		}
	}
	e.Hash = hash(e.lines)
	return nil
}

// known counts what is on record.
type known struct{ recorded, later int64 }

func knownBy(ctx context.Context, conn *sql.Conn, asOf time.Time) (k known, err error) {
	err = conn.QueryRowContext(ctx, knownSQL, sql.Named("as_of", asOf.UTC())).Scan(&k.recorded, &k.later)
	if err != nil {
		return k, fmt.Errorf("count what is known: %w", err)
	}
	return k, nil
}

// changedCodes lists of what something became known, or is known no longer.
func changedCodes(ctx context.Context, conn *sql.Conn, since, asOf time.Time) ([]indicator.Code, error) {
	var out []indicator.Code
	args := []any{sql.Named("since", since.UTC()), sql.Named("as_of", asOf.UTC())}
	err := each(ctx, conn, changedSQL, args, func(scan func(...any) error) error {
		var code string
		if err := scan(&code); err != nil {
			return err
		}
		out = append(out, indicator.Code(code))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what changed: %w", err)
	}
	return slices.Clip(out), nil
}

// deadlines remembers what Question.Due answered.
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
