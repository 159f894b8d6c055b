//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"zhibiao/kpi/indicator"
)

// A seriesKey is what one INTEGER stands for in the observation tables.
type seriesKey struct {
	code indicator.Code
	area indicator.AreaID
}

//go:embed submission_newest.sql
var submissionNewestSQL string

// remember reads into memory what every publish looks up: the series, a few
// thousand rows, and the newest acceptance.
func (db *DB) remember(ctx context.Context) (err error) {
	var at time.Time
	err = db.sql.QueryRowContext(ctx, submissionNewestSQL).Scan(&at, &db.newest.submission)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		db.newest.at = math.MinInt64
	case err != nil:
		return fmt.Errorf("read newest acceptance: %w", err)
	default:
		db.newest.at = at.UnixMicro()
	}
	rows, err := db.sql.QueryContext(ctx, "SELECT id, indicator, area FROM series ORDER BY id")
	if err != nil {
		return fmt.Errorf("read series: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	db.series = map[seriesKey]int32{}
	for rows.Next() {
		var id int32
		var key seriesKey
		if err := rows.Scan(&id, &key.code, &key.area); err != nil {
			return fmt.Errorf("read series: %w", err)
		}
		db.series[key] = id
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read series: %w", err)
	}
	db.stale = false
	return nil
}
