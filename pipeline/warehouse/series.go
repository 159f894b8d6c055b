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

// A Series is an indicator in an area: what one INTEGER stands for in the
// observation tables.
type Series struct {
	Code indicator.Code
	Area indicator.AreaID
}

//go:embed submission_newest.sql
var submissionNewestSQL string

// remember reads into memory what every publish looks up: the series, a few
// thousand rows, the newest acceptance and the highest submission.
func (db *DB) remember(ctx context.Context) error {
	var at time.Time
	err := db.sql.QueryRowContext(ctx, submissionNewestSQL).Scan(&at, &db.newest.submission)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		db.newest.at = math.MinInt64
	case err != nil:
		return fmt.Errorf("read newest acceptance: %w", err)
	default:
		db.newest.at = at.UnixMicro()
	}
	if err := db.sql.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM submission").Scan(&db.last); err != nil {
		return fmt.Errorf("read highest submission: %w", err)
	}
	list, err := db.Series(ctx)
	if err != nil {
		return err
	}
	db.series = make(map[Series]int32, len(list))
	for id, key := range list[1:] {
		db.series[key] = int32(id + 1)
	}
	db.stale = false
	return nil
}

// Series lists what every number of a series stands for: the columns of a panel.
// They are numbered from 1; number 0 is no series.
func (db *DB) Series(ctx context.Context) (_ []Series, err error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT id, indicator, area FROM series ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read series: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	list := make([]Series, 1)
	for rows.Next() {
		var id int
		var s Series
		if err := rows.Scan(&id, &s.Code, &s.Area); err != nil {
			return nil, fmt.Errorf("read series: %w", err)
		}
		if id != len(list) {
			return nil, fmt.Errorf("read series: number %d: want %d", id, len(list))
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read series: %w", err)
	}
	return list, nil
}
