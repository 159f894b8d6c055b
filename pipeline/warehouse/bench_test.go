//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// many makes observations of a number of series, month by month, with values of
// two decimals.
func many(n, series int, from period.Period) []indicator.Observation {
	codes := make([]indicator.Code, series)
	for i := range codes {
		codes[i] = indicator.Code(fmt.Sprintf("I%05d.X", i))
	}
	cells := make([]string, 200)
	for i := range cells {
		cells[i] = fmt.Sprintf("C%d", i+8)
	}
	list := make([]indicator.Observation, n)
	for i := range list {
		list[i] = indicator.Observation{
			Code: codes[i%series], Area: indicator.All, Period: from.Add(i / series), Measure: indicator.ValueMeasure,
			Value:  decimal.NewNullDecimal(decimal.New(int64(i%series)*7919+int64(i)*104729%100000, -2)),
			Status: indicator.Provisional, Vintage: indicator.Flash, Sheet: "表一", Cell: cells[i%len(cells)],
		}
	}
	return list
}

var benchDay = time.Date(2026, 4, 1, 1, 30, 0, 0, time.UTC)

func openBench(b *testing.B) (*DB, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "w.duckdb")
	db, err := Open(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db, path
}

func publishBench(b *testing.B, db *DB, id int64, list []indicator.Observation) {
	b.Helper()
	sub := Submission{
		ID: id, SHA256: "sha", File: "return.xlsx", Form: "双城201表", Department: "stats",
		Period: period.MustParse("2026-03"), Version: int(id), Received: benchDay.Add(time.Duration(id) * time.Second),
	}
	if err := db.Publish(context.Background(), sub, list, nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPublishReturn is the whole of publishing, one return an operation:
// rows in the return, of the period after that of the one before or corrections of
// it, and observations in the warehouse before.
func BenchmarkPublishReturn(b *testing.B) {
	for _, size := range []struct {
		rows, before int
		kind         string
	}{
		{10, 0, "next"},
		{60, 0, "next"},
		{1000, 0, "next"},
		{60, 2_000_000, "next"},
		{1000, 2_000_000, "next"},
		{60, 2_000_000, "correction"},
		{1000, 0, "correction"},
		{1000, 2_000_000, "correction"},
	} {
		b.Run(fmt.Sprintf("rows=%d/before=%d/%s", size.rows, size.before, size.kind), func(b *testing.B) {
			db, _ := openBench(b)
			id := int64(1)
			if size.before > 0 {
				publishBench(b, db, id, many(size.before, 20000, period.MustParse("2016-01")))
			}
			list := many(size.rows, size.rows, period.MustParse("2026-03"))
			var took []time.Duration
			busy := cpu(b)
			for b.Loop() {
				id++
				if size.kind == "next" {
					for i := range list {
						list[i].Period = list[i].Period.Add(1)
					}
				}
				start := time.Now()
				publishBench(b, db, id, list)
				took = append(took, time.Since(start))
			}
			b.ReportMetric((cpu(b)-busy).Seconds()*1000/float64(b.N), "cpu-ms/op")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/10].Microseconds())/1000, "ms-p10")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}

// cpu is the processor time of this process: unlike the wall, it says the same
// on a busy machine.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLoad compares ways into the observation table, checkpoint included:
// Arrow as Publish does it for large loads, the driver's Appender, a prepared
// INSERT; and the whole of Publish, which also keeps observation_current.
func BenchmarkLoad(b *testing.B) {
	const rows = 5_000_000
	const series = 50_000
	list := many(rows, series, period.MustParse("2016-01"))
	ctx := context.Background()
	rates := map[string]float64{}
	for _, way := range []struct {
		name string
		rows int
		load func(db *DB, list []indicator.Observation) error
	}{
		{"arrow", rows, func(db *DB, list []indicator.Observation) error {
			l := newLoad(list, db.numbers)
			drop, err := db.stage(ctx, l)
			if err != nil {
				return err
			}
			err = db.transact(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
				return insertStaged(ctx, tx, Submission{ID: 1, Received: benchDay}, l)
			})
			if err != nil {
				return err
			}
			return drop()
		}},
		{"appender", rows, appendAll},
		{"prepared", 5000, insertAll},
		{"publish", rows, func(db *DB, list []indicator.Observation) error {
			publishBench(b, db, 1, list)
			return nil
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				db, path := openBench(b)
				runtime.GC() // what was made before is not this load's to sweep
				start, busy := time.Now(), cpu(b)
				if err := way.load(db, list[:way.rows]); err != nil {
					b.Fatal(err)
				}
				if _, err := db.sql.Exec("CHECKPOINT"); err != nil {
					b.Fatal(err)
				}
				rates[way.name] = float64(way.rows) / time.Since(start).Seconds()
				b.ReportMetric((cpu(b)-busy).Seconds()*1e6/float64(way.rows), "cpu-µs/row")
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(info.Size())/float64(way.rows), "B/row")
			}
			b.ReportMetric(rates[way.name], "rows/s")
			if arrow := rates["arrow"]; arrow > 0 {
				b.ReportMetric(arrow/rates[way.name], "arrow-is-x-faster")
			}
		})
	}
}

func appendAll(db *DB, list []indicator.Observation) error {
	conn, err := db.sql.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		a, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", "observation")
		if err != nil {
			return err
		}
		unit := big.NewInt(10_000)
		for i := range list {
			o := &list[i]
			v := duckdb.Decimal{Width: precision, Scale: scale, Value: new(big.Int).Mul(o.Value.Decimal.Coefficient(), unit)}
			if err := a.AppendRow(int32(i%50_000), int32(o.Period.End), freqText(o.Period.Freq), string(o.Measure), v, string(o.Status),
				string(o.Vintage), int32(0), int32(0), int64(1), int32(1), int32(i%200+2), benchDay); err != nil {
				return err
			}
		}
		return a.Close()
	})
}

func insertAll(db *DB, list []indicator.Observation) error {
	return db.Write(context.Background(), func(tx *sql.Tx) error {
		stmt, err := tx.Prepare("INSERT INTO observation VALUES (?, ?, ?, ?, CAST(? AS DECIMAL(24, 6)), ?, ?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer stmt.Close()
		for i := range list {
			o := &list[i]
			if _, err := stmt.Exec(int32(i), int32(o.Period.End), o.Period.Freq.String(), string(o.Measure), o.Value.Decimal.String(),
				string(o.Status), string(o.Vintage), 0, 0, int64(1), 1, i%200+2, benchDay); err != nil {
				return err
			}
		}
		return nil
	})
}
