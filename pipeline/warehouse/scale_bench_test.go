//go:build duckdb_arrow

package warehouse

import (
	"bufio"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// The hand-written statements of DESIGN.md §8: the anchors for what computes
// over all series at once.
var (
	//go:embed testdata/many.sql
	manySQL string
	//go:embed testdata/share.sql
	shareSQL string
	//go:embed testdata/growth.sql
	growthSQL string
	//go:embed testdata/trend.sql
	trendSQL string
)

// firstMonth is 2016-01.
const firstMonth = 2016 * 12

// fillMany fills the current observations of indicators in areas; the first
// indicator is the whole of its area.
func fillMany(t testing.TB, db *DB, indicators, areas, months, gap int) {
	t.Helper()
	series := indicators * areas
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"CREATE OR REPLACE TABLE part (series INTEGER, whole INTEGER)", nil},
		{"INSERT INTO part SELECT i, i % $areas FROM range($series) AS r (i)", []any{sql.Named("areas", areas), sql.Named("series", series)}},
		{manySQL, []any{sql.Named("series", series), sql.Named("first", firstMonth), sql.Named("months", months), sql.Named("gap", gap)}},
		{"CHECKPOINT", nil},
	} {
		if _, err := db.sql.Exec(s.query, s.args...); err != nil {
			t.Fatalf("%v\n%s", err, s.query)
		}
	}
}

// total runs a statement that counts and sums.
func total(t testing.TB, db *DB, query string, args ...any) (n int, sum float64) {
	t.Helper()
	if err := db.sql.QueryRowContext(context.Background(), query, args...).Scan(&n, &sum); err != nil {
		t.Fatal(err)
	}
	return n, sum
}

func between(first, last int) []any { return []any{sql.Named("first", first), sql.Named("last", last)} }

func trendArgs() []any {
	return []any{sql.Named("origin", firstMonth), sql.Named("target", 2027*12+11)}
}

// The statements are right where months are missing.
func TestStatementsOverAllSeriesAreRightWithGaps(t *testing.T) {
	const months = 40
	db, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fillMany(t, db, 12, 3, months, 15)
	type cell struct{ series, end int }
	values := make(map[cell]float64)
	rows, err := db.sql.Query("SELECT series, period_end, value::DOUBLE FROM observation_current")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c cell
		var v float64
		if err := rows.Scan(&c.series, &c.end, &v); err != nil {
			t.Fatal(err)
		}
		values[c] = v
	}
	if err := rows.Err(); err != nil || len(values) == 36*months || len(values) < 1000 {
		t.Fatalf("%d observations: %v", len(values), err)
	}
	var share, growth, trend struct {
		n   int
		sum float64
	}
	for c, v := range values {
		if w, ok := values[cell{c.series % 3, c.end}]; ok {
			share.n, share.sum = share.n+1, share.sum+v/w*100
		}
		if y, ok := values[cell{c.series, c.end - 12}]; ok {
			growth.n, growth.sum = growth.n+1, growth.sum+(v/y-1)*100
		}
	}
	for s := range 36 {
		var n, mx, my, sxy, sxx float64
		for m := range months {
			if v, ok := values[cell{s, firstMonth + m}]; ok {
				n, mx, my = n+1, mx+float64(m), my+v
			}
		}
		mx, my = mx/n, my/n
		for m := range months {
			if v, ok := values[cell{s, firstMonth + m}]; ok {
				sxy, sxx = sxy+(float64(m)-mx)*(v-my), sxx+(float64(m)-mx)*(float64(m)-mx)
			}
		}
		trend.n, trend.sum = trend.n+1, trend.sum+my+sxy/sxx*(143-mx)
	}
	for _, c := range []struct {
		name, query string
		args        []any
		n           int
		sum         float64
	}{
		{"share", shareSQL, between(firstMonth, firstMonth+months-1), share.n, share.sum},
		{"growth", growthSQL, between(firstMonth, firstMonth+months-1), growth.n, growth.sum},
		{"trend", trendSQL, trendArgs(), trend.n, trend.sum},
	} {
		n, sum := total(t, db, c.query, c.args...)
		if n != c.n || math.Abs(sum-c.sum) > 1e-9*math.Abs(c.sum) {
			t.Errorf("%s: %d that sum to %v, want %d and %v", c.name, n, sum, c.n, c.sum)
		}
	}
}

// BenchmarkScale asks for share, growth and trend of every series: 2,000
// indicators in 50 areas over ten years, and with ZHIBIAO_BENCH=full 8,000 in 100
// areas, within 4 GB. A month is the newest alone.
func BenchmarkScale(b *testing.B) {
	sizes := []struct{ indicators, areas int }{{2000, 50}}
	if os.Getenv("ZHIBIAO_BENCH") == "full" {
		sizes = append(sizes, struct{ indicators, areas int }{8000, 100})
	}
	const months = 120
	for _, s := range sizes {
		db, _ := openBench(b)
		fillMany(b, db, s.indicators, s.areas, months, 1)
		newest := between(firstMonth+months-1, firstMonth+months-1)
		for _, w := range []struct {
			name, query string
			args        []any
		}{
			{"share", shareSQL, between(firstMonth, firstMonth+months-1)},
			{"growth", growthSQL, between(firstMonth, firstMonth+months-1)},
			{"trend", trendSQL, trendArgs()},
			{"month-share", shareSQL, newest},
			{"month-growth", growthSQL, newest},
		} {
			b.Run(fmt.Sprintf("observations=%dM/%s", s.indicators*s.areas*months/1_000_000, w.name), func(b *testing.B) {
				busy, best := cpu(b), time.Hour
				for b.Loop() {
					start := time.Now()
					total(b, db, w.query, w.args...)
					best = min(best, time.Since(start))
				}
				b.ReportMetric((cpu(b)-busy).Seconds()*1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(best.Seconds()*1000, "ms-best")
				b.ReportMetric(peak(b), "peak-MB")
			})
		}
	}
}

// peak is the most memory this process has ever had resident.
func peak(b *testing.B) float64 {
	b.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here:", err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			var kb float64
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatal("no VmHWM in /proc/self/status")
	return 0
}
