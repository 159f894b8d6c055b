//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
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

// numbers are what stands in the observation tables by number.
type numbers struct {
	series map[Series]int32 // from 1
	words  map[string]int32 // from 0, which is ""
	ends   []int32          // by series: the highest period end that was ever filed, or -1
}

// add takes over what a load that is committed brought.
func (n *numbers) add(l *load) {
	for _, key := range l.codes.fresh {
		n.series[key] = l.codes.ids[key]
	}
	for _, text := range l.words.fresh {
		n.words[strings.Clone(text)] = l.words.ids[text] // it may be a part of a whole file
	}
	for len(n.ends) <= len(n.series) { // there is no series 0
		n.ends = append(n.ends, -1)
	}
	for i, id := range l.series {
		n.ends[id] = max(n.ends[id], l.end[i])
	}
}

// remember reads into memory what every publish looks up: the series and words, a
// few thousand rows, how far the series reach, the newest acceptance and the
// highest submission.
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
	words, err := db.words(ctx)
	if err != nil {
		return err
	}
	ends, err := db.ends(ctx, len(list))
	if err != nil {
		return err
	}
	db.numbers = numbers{make(map[Series]int32, len(list)), words, ends}
	for id, key := range list[1:] {
		db.numbers.series[key] = int32(id + 1)
	}
	db.stale = false
	return nil
}

// ends lists the highest period end that was ever filed for every series below n.
func (db *DB) ends(ctx context.Context, n int) (_ []int32, err error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT o.series, MAX(o.period_end) FROM observation AS o GROUP BY o.series")
	if err != nil {
		return nil, fmt.Errorf("read period ends: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	list := slices.Repeat([]int32{-1}, n)
	for rows.Next() {
		var id, end int32
		if err := rows.Scan(&id, &end); err != nil {
			return nil, fmt.Errorf("read period ends: %w", err)
		}
		if int(id) >= n {
			return nil, fmt.Errorf("read period ends: series %d of %d", id, n-1)
		}
		list[id] = end
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read period ends: %w", err)
	}
	return list, nil
}

// words are the numbers of all words.
func (db *DB) words(ctx context.Context) (_ map[string]int32, err error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT id, text FROM word ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	words := map[string]int32{}
	for rows.Next() {
		var id int32
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		if int(id) != len(words) {
			return nil, fmt.Errorf("read words: number %d: want %d", id, len(words))
		}
		words[text] = id
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	return words, nil
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
