//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/duckdb/duckdb-go/v2"

	"zhibiao/kpi/measure"
)

var (
	//go:embed panel.sql
	panelSQL string
	//go:embed panel_caliber.sql
	panelCaliberSQL string
)

// panelMonths is how many months of a panel are read at once: DuckDB holds that
// much of the result, whatever the length of the panel.
const panelMonths = 4

// Panel reads what is known now of every series for the months of ordinals first
// to last, step apart: a panel of DB.Series, column by number. Nothing is
// published meanwhile, so that it is of one moment.
func (db *DB) Panel(ctx context.Context, first, last, step int) (*measure.Panel, error) {
	db.write.Lock()
	defer db.write.Unlock()
	if first > last || step < 1 {
		return nil, fmt.Errorf("read panel: months %d to %d, %d apart: want them in order", first, last, step)
	}
	var series int
	if err := db.sql.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) + 1 FROM series").Scan(&series); err != nil {
		return nil, fmt.Errorf("count series: %w", err)
	}
	p := measure.NewPanel(first, last, step, series)
	months := 1
	if step == 1 {
		months = panelMonths
	}
	// The scan runs on all cores, the taking over on one; two connections keep both busy.
	spans := make(chan int)
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for from := range spans {
				if errs[i] == nil {
					errs[i] = db.fillPanel(ctx, p, from, min(from+months-1, last))
				}
			}
		})
	}
	for from := first; from <= last; from += months * step {
		spans <- from
	}
	close(spans)
	wg.Wait()
	err := errors.Join(errs...)
	if err == nil {
		err = db.nameCalibers(ctx, p, first, last)
	}
	if err != nil {
		return nil, fmt.Errorf("read panel: %w", err)
	}
	return p, nil
}

// fillPanel enters the values of some months into a panel.
func (db *DB) fillPanel(ctx context.Context, p *measure.Panel, first, last int) (err error) {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to warehouse: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(c any) error {
		a, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err != nil {
			return err
		}
		rows, err := a.QueryContext(ctx, panelSQL, int64(first), int64(last)) // Arrow binds by place, not by name
		if err != nil {
			return err
		}
		defer rows.Release()
		for rows.Next() {
			enterBatch(p, rows.RecordBatch())
		}
		return rows.Err()
	})
}

// enterBatch enters rows of panel.sql into a panel.
func enterBatch(p *measure.Panel, batch arrow.RecordBatch) {
	series, ends := batch.Column(0).(*array.Int32).Int32Values(), batch.Column(1).(*array.Int32).Int32Values()
	values := batch.Column(2).(*array.Float64).Float64Values()
	vintage := batch.Column(3).(*array.Dictionary)
	places := vintage.Indices().(*array.Uint8).Uint8Values()
	for i, s := range series {
		m := (int(ends[i]) - p.First) / p.Step
		p.Values[m][s] = values[i]
		p.Bases[m][s].Vintage = uint16(places[i])
	}
}

// nameCalibers numbers the calibers of a panel's values: few name one.
func (db *DB) nameCalibers(ctx context.Context, p *measure.Panel, first, last int) (err error) {
	rows, err := db.sql.QueryContext(ctx, panelCaliberSQL, sql.Named("first", first), sql.Named("last", last))
	if err != nil {
		return fmt.Errorf("read calibers: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	numbers := map[int]uint16{} // by word
	for rows.Next() {
		var series, end, caliber int
		if err := rows.Scan(&series, &end, &caliber); err != nil {
			return fmt.Errorf("read calibers: %w", err)
		}
		if (end-p.First)%p.Step != 0 {
			continue
		}
		n, ok := numbers[caliber]
		if !ok {
			if len(numbers) == 1<<16-1 {
				return fmt.Errorf("more than %d calibers", len(numbers))
			}
			n = uint16(len(numbers) + 1)
			numbers[caliber] = n
		}
		p.Bases[(end-p.First)/p.Step][series].Caliber = n
	}
	return rows.Err()
}
