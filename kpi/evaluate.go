package kpi

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the SQL beside this file
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var (
	//go:embed create_fact.sql
	createFactSQL string
	//go:embed create_ask.sql
	createAskSQL string
	//go:embed known.sql
	knownSQL string
	//go:embed fact_current.sql
	factCurrentSQL string
	//go:embed fact_as_of.sql
	factAsOfSQL string
	//go:embed measure.sql
	measureSQL string
	//go:embed absent.sql
	absentSQL string
	//go:embed history.sql
	historySQL string
	//go:embed filed.sql
	filedSQL string
	//go:embed census.sql
	censusSQL string
	//go:embed fact_before_census.sql
	factBeforeCensusSQL string
	//go:embed made.sql
	madeSQL string
	//go:embed learnt.sql
	learntSQL string
)

// A Question is what to evaluate: the period, as known at a time. Due says by
// when an input is to be filed for a period of its own frequency, false when
// nobody is expected to file it; Returned whether the newest return that should
// carry it was sent back.
type Question struct {
	Period   period.Period
	AsOf     time.Time
	Due      func(indicator.Code, period.Period) (time.Time, bool)
	Returned func(indicator.Code, period.Period) bool
}

// Evaluate answers a question for every indicator of the plan. It reads the
// tables series, observation, observation_current and retraction and writes only temporary
// tables. The results are in catalogue order, and equal for equal inputs.
func (p *Plan) Evaluate(ctx context.Context, db *sql.DB, q Question) (_ *indicator.Assessment, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", q.Period, err)
	}
	defer func() {
		if cerr := conn.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("evaluate %s: %w", q.Period, cerr)
		}
	}()
	return p.EvaluateIn(ctx, conn, q)
}

// EvaluateIn is Evaluate on a connection of the caller's, which may have a
// transaction open: what is not committed counts.
func (p *Plan) EvaluateIn(ctx context.Context, conn *sql.Conn, q Question) (*indicator.Assessment, error) {
	e, err := p.Begin(ctx, conn, q)
	if err != nil {
		return nil, err
	}
	return e.Assessment, nil
}

// area is the area in which an indicator is evaluated: LJ as the setting says.
func (p *Plan) area(code indicator.Code) indicator.AreaID {
	if ind := p.Catalogue.Indicator(code); ind != nil {
		return p.Catalogue.Resolve(ind.Area)
	}
	return ""
}

// beforeCensus is the history of every indicator as it stood before its series
// were revised by a census: derived values too, each from parts of one basis. It
// is nil, at the cost of a count, when no census is known.
func (p *Plan) beforeCensus(ctx context.Context, conn *sql.Conn, q Question, s scope) (map[indicator.Code][]indicator.Point, error) {
	var n int
	if err := conn.QueryRowContext(ctx, censusSQL, sql.Named("as_of", q.AsOf.UTC())).Scan(&n); err != nil {
		return nil, fmt.Errorf("count census revisions: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	if err := p.load(ctx, conn, q, s, true); err != nil {
		return nil, err
	}
	return p.history(ctx, conn)
}

// load fills ask with a scope, and fact with the values that were filed of it as
// of q, then level by level with the derived ones that are wanted; before the
// census, of each series what was known until then.
func (p *Plan) load(ctx context.Context, conn *sql.Conn, q Question, s scope, beforeCensus bool) error {
	for _, stmt := range []string{createFactSQL, createAskSQL} {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("create working tables: %w", err)
		}
	}
	if err := p.ask(ctx, conn, s); err != nil {
		return err
	}
	k, err := knownBy(ctx, conn, q.AsOf)
	if err != nil {
		return err
	}
	last, asOf := sql.Named("last", q.Period.End), sql.Named("as_of", q.AsOf.UTC())
	if beforeCensus {
		_, err = conn.ExecContext(ctx, factBeforeCensusSQL, last, asOf)
	} else if k.later == 0 {
		_, err = conn.ExecContext(ctx, factCurrentSQL, last)
	} else {
		_, err = conn.ExecContext(ctx, factAsOfSQL, last, asOf)
	}
	if err != nil {
		return fmt.Errorf("select observations: %w", err)
	}
	if err := s.span.mark(ctx, conn); err != nil {
		return err
	}
	for n, level := range p.levels {
		defs := make([]formula.Def, 0, len(level))
		for _, code := range level {
			if s.has(code) {
				defs = append(defs, p.def(code))
			}
		}
		stmt, err := formula.Compile(defs, p.Catalogue.Indicator, p.area)
		if err != nil {
			return fmt.Errorf("compile level %d: %w", n, err)
		}
		if stmt.SQL == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, stmt.SQL, stmt.Args...); err != nil {
			return fmt.Errorf("compute level %d: %w", n, err)
		}
	}
	return nil
}

// mark enters the ends of a span in fact, under a code that nothing has.
func (s span) mark(ctx context.Context, conn *sql.Conn) error {
	if len(s) == 0 {
		return nil
	}
	rows := make([]string, 0, len(s))
	for end := range s {
		rows = append(rows, "('*', '', "+strconv.Itoa(end)+")")
	}
	_, err := conn.ExecContext(ctx, "INSERT INTO fact (indicator, area, period_end) VALUES "+strings.Join(rows, ", "))
	if err != nil {
		return fmt.Errorf("mark periods: %w", err)
	}
	return nil
}

// def is the definition of a derived indicator, to be compiled.
func (p *Plan) def(code indicator.Code) formula.Def {
	return formula.Def{Code: code, Area: p.area(code), Freq: p.Catalogue.Indicator(code).Freq, Expr: p.exprs[code]}
}

// ask fills the table of what is asked: one row an indicator of the scope.
func (p *Plan) ask(ctx context.Context, conn *sql.Conn, s scope) error {
	const batch = 250
	inds := make([]*indicator.Indicator, 0, len(p.Catalogue.Indicators))
	for i := range p.Catalogue.Indicators {
		if ind := &p.Catalogue.Indicators[i]; s.has(ind.Code) {
			inds = append(inds, ind)
		}
	}
	for list := range slices.Chunk(inds, batch) {
		var b strings.Builder
		b.WriteString("INSERT INTO ask (indicator, area, months, whole, whole_area, rate, rate_area) VALUES ")
		args := make([]any, 0, 7*len(list))
		for i, ind := range list {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(?, ?, ?, ?, ?, ?, ?)")
			args = append(args, string(ind.Code), string(p.area(ind.Code)), ind.Freq.Months(),
				string(ind.ShareOf), string(p.area(ind.ShareOf)), string(ind.Growth), string(p.area(ind.Growth)))
		}
		if _, err := conn.ExecContext(ctx, b.String(), args...); err != nil {
			return fmt.Errorf("list indicators: %w", err)
		}
	}
	return nil
}

// A measured row is what SQL found for one indicator.
type measured struct {
	period                        period.Period
	value                         float64
	status                        indicator.ObsStatus
	vintage                       indicator.Vintage
	caliber                       string
	carried                       int
	yearAgo, base, whole, wholeYA indicator.Opt[float64]
	published                     indicator.Opt[float64]
}

type found struct {
	measured map[indicator.Code]measured
	absent   map[indicator.Code]map[int]indicator.ObsStatus // by period end
	history  map[indicator.Code][]indicator.Point
	before   map[indicator.Code][]indicator.Point // of history, before the census; nil without one
	then     map[indicator.Code]map[int]vintage   // see Plan.vintages
	filed    map[indicator.Measure]map[indicator.Code]map[int]float64
}

func (p *Plan) read(ctx context.Context, conn *sql.Conn, q Question) (*found, error) {
	f := &found{
		measured: make(map[indicator.Code]measured),
		absent:   make(map[indicator.Code]map[int]indicator.ObsStatus),
		filed: map[indicator.Measure]map[indicator.Code]map[int]float64{
			indicator.GrowthMeasure: {}, indicator.YearAgoMeasure: {},
		},
	}
	base := sql.Named("base", period.Of(period.Year, period.BaseYear, 1).End)
	err := each(ctx, conn, measureSQL, []any{base, sql.Named("as_of", q.AsOf.UTC())}, func(scan func(...any) error) error {
		var (
			code, status                string
			vintage, caliber            sql.NullString
			end                         int
			value                       float64
			carried                     sql.NullInt64
			ya, b, whole, wholeYA, publ sql.NullFloat64
		)
		if err := scan(&code, &end, &value, &status, &vintage, &caliber, &carried, &ya, &b, &whole, &wholeYA, &publ); err != nil {
			return err
		}
		f.measured[indicator.Code(code)] = measured{
			period: p.own(indicator.Code(code), end), value: value, status: indicator.ObsStatus(status),
			vintage: indicator.Vintage(vintage.String), caliber: caliber.String, carried: int(carried.Int64),
			yearAgo: opt(ya), base: opt(b), whole: opt(whole), wholeYA: opt(wholeYA),
			published: opt(publ),
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measure indicators: %w", err)
	}
	err = each(ctx, conn, absentSQL, nil, func(scan func(...any) error) error {
		var code, status string
		var end int
		if err := scan(&code, &end, &status); err != nil {
			return err
		}
		m := f.absent[indicator.Code(code)]
		if m == nil {
			m = make(map[int]indicator.ObsStatus)
			f.absent[indicator.Code(code)] = m
		}
		m[end] = indicator.ObsStatus(status)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list absent cells: %w", err)
	}
	if f.history, err = p.history(ctx, conn); err != nil {
		return nil, err
	}
	for code, m := range f.measured {
		if pt := f.at(code, m.period.End); pt != nil {
			m.status = pt.Status
			f.measured[code] = m
		}
	}
	since := sql.Named("since", q.Period.End-lookback)
	err = each(ctx, conn, filedSQL, []any{sql.Named("as_of", q.AsOf.UTC()), since, sql.Named("last", q.Period.End)}, func(scan func(...any) error) error {
		var (
			code  indicator.Code
			m     indicator.Measure
			end   int
			value float64
		)
		if err := scan(&code, &m, &end, &value); err != nil {
			return err
		}
		if f.filed[m][code] == nil {
			f.filed[m][code] = make(map[int]float64)
		}
		f.filed[m][code][end] = value
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list filed growth: %w", err)
	}
	return f, nil
}

// history lists the values in fact, by indicator, oldest first. The first value of
// a new caliber has the status Break.
func (p *Plan) history(ctx context.Context, conn *sql.Conn) (map[indicator.Code][]indicator.Point, error) {
	out := make(map[indicator.Code][]indicator.Point)
	calibers := make(map[indicator.Code]*indicator.Caliber)
	err := each(ctx, conn, historySQL, nil, func(scan func(...any) error) error {
		var (
			code, status     string
			end              int
			value            float64
			vintage, caliber sql.NullString
		)
		if err := scan(&code, &end, &value, &status, &vintage, &caliber); err != nil {
			return err
		}
		c := indicator.Code(code)
		if calibers[c] == nil {
			calibers[c] = new(indicator.Caliber)
		}
		if calibers[c].Next(caliber.String) {
			status = string(indicator.Break)
		}
		out[c] = append(out[c], indicator.Point{
			Period: p.own(c, end), Value: value, Caliber: caliber.String,
			Status: indicator.ObsStatus(status), Vintage: indicator.Vintage(vintage.String),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	return out, nil
}

// own is the period of the indicator's frequency that ends in a month. A base
// value of 2022 is a December value whatever the frequency.
func (p *Plan) own(code indicator.Code, end int) period.Period {
	own, ok := period.EndingIn(p.Catalogue.Indicator(code).Freq, end)
	if !ok {
		return period.Period{Freq: period.Month, End: end}
	}
	return own
}

func each(ctx context.Context, conn *sql.Conn, query string, args []any, row func(scan func(...any) error) error) (err error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func opt(n sql.NullFloat64) indicator.Opt[float64] {
	return indicator.Opt[float64]{V: n.Float64, OK: n.Valid && indicator.Finite(n.Float64)}
}

// line is a result as the KPI hash takes it. The number of the submission that
// filed a value is left out, so that the order of filing does not matter.
func line(r indicator.Result) ([]byte, error) {
	r.Submission = 0
	b, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encode result of %s: %w", r.Code, err)
	}
	return append(b, '\n'), nil
}

// hash is the KPI hash: SHA-256 over the lines of the results in order.
func hash(lines [][]byte) string {
	h := sha256.New()
	for _, l := range lines {
		h.Write(l)
	}
	return hex.EncodeToString(h.Sum(nil))
}
