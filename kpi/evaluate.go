package kpi

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the SQL beside this file
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
// tables series, word, observation, observation_current and retraction and writes only temporary
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

// find reads and computes what the results need: every series, and as it stood
// before a census revised it, when one did.
func (p *Plan) find(ctx context.Context, conn *sql.Conn, q Question, k known) (*found, error) {
	last, asOf := sql.Named("last", q.Period.End), sql.Named("as_of", q.AsOf.UTC())
	f := &found{filed: make(map[indicator.Measure]map[indicator.Code]map[int]float64)}
	var revised int
	err := conn.QueryRowContext(ctx, censusSQL, asOf).Scan(&revised)
	if err != nil {
		return nil, fmt.Errorf("count census revisions: %w", err)
	}
	if revised > 0 {
		if err := p.load(ctx, conn, nil, factBeforeCensusSQL, last, asOf); err != nil {
			return nil, fmt.Errorf("before the census: %w", err)
		}
		before, err := p.cells(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("before the census: %w", err)
		}
		f.before = &before
	}
	fact, args := factCurrentSQL, []any{last}
	if k.later > 0 {
		fact, args = factAsOfSQL, []any{last, asOf}
	}
	if err := p.load(ctx, conn, nil, fact, args...); err != nil {
		return nil, err
	}
	if f.cells, err = p.cells(ctx, conn); err != nil {
		return nil, err
	}
	err = each(ctx, conn, filedSQL, []any{asOf, last}, func(scan func(...any) error) error {
		var (
			code  indicator.Code
			m     indicator.Measure
			end   int
			value float64
		)
		if err := scan(&code, &m, &end, &value); err != nil {
			return err
		}
		f.file(m, code, end, value)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list filed growth: %w", err)
	}
	return f, f.remember(ctx, conn, p, q, nil)
}

// load fills fact with the values that a statement selects of what was filed,
// then level by level with the derived ones: of some codes, of all when nil.
func (p *Plan) load(ctx context.Context, conn *sql.Conn, need codes, fact string, args ...any) error {
	if _, err := conn.ExecContext(ctx, createFactSQL); err != nil {
		return fmt.Errorf("create working tables: %w", err)
	}
	if err := p.ask(ctx, conn, need); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, fact, args...); err != nil {
		return fmt.Errorf("select observations: %w", err)
	}
	for n, level := range p.levels {
		var defs []formula.Def
		for _, code := range level {
			if need.has(code) {
				defs = append(defs, p.def(code))
			}
		}
		if len(defs) == 0 {
			continue
		}
		stmt, err := formula.Compile(defs, p.Catalogue.Indicator, p.area)
		if err != nil {
			return fmt.Errorf("compile level %d: %w", n, err)
		}
		if _, err := conn.ExecContext(ctx, stmt.SQL, stmt.Args...); err != nil {
			return fmt.Errorf("compute level %d: %w", n, err)
		}
	}
	return nil
}

// def is the definition of a derived indicator, to be compiled.
func (p *Plan) def(code indicator.Code) formula.Def {
	return formula.Def{Code: code, Area: p.area(code), Freq: p.Catalogue.Indicator(code).Freq, Expr: p.exprs[code]}
}

// ask makes the table of what is asked: one row an indicator.
func (p *Plan) ask(ctx context.Context, conn *sql.Conn, need codes) error {
	const batch = 500
	if _, err := conn.ExecContext(ctx, createAskSQL); err != nil {
		return fmt.Errorf("create working tables: %w", err)
	}
	var asked []*indicator.Indicator
	for i := range p.Catalogue.Indicators {
		if ind := &p.Catalogue.Indicators[i]; need.has(ind.Code) {
			asked = append(asked, ind)
		}
	}
	for list := range slices.Chunk(asked, batch) {
		rows, args := make([]string, len(list)), make([]any, 0, 2*len(list))
		for i, ind := range list {
			rows[i] = "(?, ?)"
			args = append(args, string(ind.Code), string(p.Catalogue.Resolve(ind.Area)))
		}
		_, err := conn.ExecContext(ctx, "INSERT INTO ask (indicator, area) VALUES "+strings.Join(rows, ", "), args...)
		if err != nil {
			return fmt.Errorf("list indicators: %w", err)
		}
	}
	return nil
}

// found is what is known of every indicator at an as-of time.
type found struct {
	cells
	before *cells                             // of them, before the census; nil without one
	then   map[indicator.Code]map[int]vintage // see Plan.vintages
	learnt map[indicator.Code]map[int]learnt  // of the inputs, by year; nil while nothing is tracked
	filed  map[indicator.Measure]map[indicator.Code]map[int]float64
}

// cells are what was filed and computed of every indicator.
type cells struct {
	history map[indicator.Code][]indicator.Point           // values, oldest first; the first of a new caliber has the status Break
	absent  map[indicator.Code]map[int]indicator.ObsStatus // cells without one, by period end
}

// file keeps what was filed beside a level.
func (f *found) file(m indicator.Measure, code indicator.Code, end int, value float64) {
	if f.filed[m] == nil {
		f.filed[m] = make(map[indicator.Code]map[int]float64)
	}
	if f.filed[m][code] == nil {
		f.filed[m][code] = make(map[int]float64)
	}
	f.filed[m][code][end] = value
}

func noCells() cells {
	return cells{make(map[indicator.Code][]indicator.Point), make(map[indicator.Code]map[int]indicator.ObsStatus)}
}

// miss keeps a typed absence.
func (t cells) miss(code indicator.Code, end int, status indicator.ObsStatus) {
	if t.absent[code] == nil {
		t.absent[code] = make(map[int]indicator.ObsStatus)
	}
	t.absent[code][end] = status
}

// clone is a copy in which the cells of an indicator can be replaced.
func (t cells) clone() cells { return cells{maps.Clone(t.history), maps.Clone(t.absent)} }

// put replaces the cells of an indicator.
func (t cells) put(from cells, code indicator.Code) {
	put(t.history, from.history, code)
	put(t.absent, from.absent, code)
}

// row is the row of an indicator for the month; of those without a value only “—”.
func (t cells) row(code indicator.Code, end int) *indicator.Point {
	if t.absent[code][end] == indicator.CannotExist {
		return &indicator.Point{Status: indicator.CannotExist}
	}
	return point(t.history[code], end)
}

// cells lists what is in fact.
func (p *Plan) cells(ctx context.Context, conn *sql.Conn) (cells, error) {
	out := noCells()
	err := each(ctx, conn, historySQL, nil, func(scan func(...any) error) error {
		var (
			code, status     string
			end              int
			value            sql.NullFloat64
			vintage, caliber sql.NullString
			carried          sql.NullInt64
		)
		if err := scan(&code, &end, &value, &status, &vintage, &caliber, &carried); err != nil {
			return err
		}
		c := indicator.Code(code)
		if !value.Valid {
			out.miss(c, end, indicator.ObsStatus(status))
			return nil
		}
		out.history[c] = append(out.history[c], indicator.Point{
			Period: p.own(c, end), Value: value.Float64, Caliber: caliber.String, Carried: int(carried.Int64),
			Status: indicator.ObsStatus(status), Vintage: indicator.Vintage(vintage.String),
		})
		return nil
	})
	if err != nil {
		return cells{}, fmt.Errorf("list history: %w", err)
	}
	for _, pts := range out.history {
		indicator.Breaks(pts)
	}
	return out, nil
}

// newest is the newest value of an indicator; false when it has none.
func (f *found) newest(code indicator.Code) (indicator.Point, bool) {
	pts := f.history[code]
	if len(pts) == 0 {
		return indicator.Point{}, false
	}
	return pts[len(pts)-1], true
}

// value is that of an indicator at the month, as an ordinal.
func (f *found) value(code indicator.Code, end int) indicator.Opt[float64] {
	if pt := f.at(code, end); pt != nil {
		return indicator.Some(pt.Value)
	}
	return indicator.Opt[float64]{}
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

// A digest is the SHA-256 of a result.
type digest [sha256.Size]byte

// digestOf leaves out the number of the submission that filed the value, so that
// the order of filing does not matter.
func digestOf(r indicator.Result) (digest, error) {
	r.Submission = 0
	b, err := json.Marshal(&r)
	if err != nil {
		return digest{}, fmt.Errorf("encode result of %s: %w", r.Code, err)
	}
	return sha256.Sum256(b), nil
}

// hash is the KPI hash: SHA-256 over the digests of the results in order.
func hash(digests []digest) string {
	h := sha256.New()
	for i := range digests {
		h.Write(digests[i][:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
