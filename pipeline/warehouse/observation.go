//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var (
	//go:embed observation_current.sql
	observationCurrentSQL string
	//go:embed observation_as_of.sql
	observationAsOfSQL string
	//go:embed observation_history.sql
	observationHistorySQL string
	//go:embed check.sql
	checkSQL string
	//go:embed numbers.sql
	numbersSQL string
)

// A Filed is an observation with the submission and file that brought it and
// the time since it is known (UTC).
type Filed struct {
	indicator.Observation
	Submission int64
	File       string
	KnownFrom  time.Time
}

// Observations lists the newest observation of every period and measure of some
// codes (nil: all) as known at asOf (zero: now), by code, area, period end and
// measure.
func (db *DB) Observations(ctx context.Context, codes []indicator.Code, asOf time.Time) ([]Filed, error) {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = string(c)
	}
	args := []any{sql.Named("every", codes == nil), sql.Named("codes", names)}
	query := observationCurrentSQL
	if !asOf.IsZero() {
		query = observationAsOfSQL
		args = append(args, sql.Named("as_of", asOf))
	}
	list, err := db.query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read observations: %w", err)
	}
	return list, nil
}

// History lists every vintage of every measure of a code and area that was filed
// for the end of p, oldest first. Values of periods that end together are
// vintages of one another: 2026-Q2 and 2026-06.
func (db *DB) History(ctx context.Context, code indicator.Code, area indicator.AreaID, p period.Period) ([]Filed, error) {
	list, err := db.query(ctx, observationHistorySQL,
		sql.Named("indicator", string(code)), sql.Named("area", string(area)), sql.Named("period_end", p.End))
	if err != nil {
		return nil, fmt.Errorf("read history of %s %s %s: %w", code, area, p, err)
	}
	return list, nil
}

func (db *DB) query(ctx context.Context, query string, args ...any) (_ []Filed, err error) {
	rows, err := db.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list []Filed
	for rows.Next() {
		var f Filed
		var freq string
		var value any
		if err := rows.Scan(&f.Code, &f.Area, &freq, &f.Period.End, &f.Measure, &value, &f.Status, &f.Vintage,
			&f.Caliber, &f.Note, &f.Sheet, &f.Cell, &f.Submission, &f.File, &f.KnownFrom); err != nil {
			return nil, err
		}
		f.Period.Freq = period.Freq(freq[0])
		if d, ok := value.(duckdb.Decimal); ok {
			f.Value = decimal.NewNullDecimal(decimal.NewFromBigInt(d.Value, -int32(d.Scale)))
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// A content is how much a set of observations holds, and what.
type content struct {
	rows        int64
	sum         string // exact
	fingerprint string
}

// Check writes the warehouse out (CHECKPOINT) and reads it back: nothing may
// change by that, every number must stand for a series or a word, and
// observation_current must equal what the events say is newest. An error means that the file is not to be trusted: rebuild it.
func (db *DB) Check(ctx context.Context) error {
	db.write.Lock()
	defer db.write.Unlock()
	before, err := db.contents(ctx)
	if err != nil {
		return err
	}
	if _, err := db.sql.ExecContext(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("checkpoint warehouse: %w", err)
	}
	after, err := db.contents(ctx)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("warehouse changed by a checkpoint: %v before, %v after", before, after)
	}
	if newest, held := after[1], after[2]; newest != held {
		return fmt.Errorf("observation_current holds %v: want %v, the newest of observation", held, newest)
	}
	return db.checkNumbers(ctx)
}

// checkNumbers finds observations that no query would show, for want of their
// series or of one of their words. That those have no gaps is found on opening.
func (db *DB) checkNumbers(ctx context.Context) error {
	var usedSeries, usedWord, series, word int
	if err := db.sql.QueryRowContext(ctx, numbersSQL).Scan(&usedSeries, &usedWord, &series, &word); err != nil {
		return fmt.Errorf("read numbers: %w", err)
	}
	if usedSeries > series || usedWord > word {
		return fmt.Errorf("an observation names series %d of %d or word %d of %d", usedSeries, series, usedWord, word)
	}
	return nil
}

// contents are those of observation, its newest, and observation_current.
func (db *DB) contents(ctx context.Context) (c [3]content, err error) {
	err = db.sql.QueryRowContext(ctx, checkSQL).Scan(
		&c[0].rows, &c[0].sum, &c[0].fingerprint,
		&c[1].rows, &c[1].sum, &c[1].fingerprint,
		&c[2].rows, &c[2].sum, &c[2].fingerprint)
	if err != nil {
		return c, fmt.Errorf("read warehouse through: %w", err)
	}
	return c, nil
}
