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
	"runtime"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/measure"
)

// The hand-written statements of DESIGN.md §8: the anchors that a panel is
// measured against, and a second opinion on it.
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
		{"INSERT INTO series SELECT i + 1, 'I' || i // $areas, 'A' || i % $areas FROM range($series) AS r (i)", []any{sql.Named("areas", areas), sql.Named("series", series)}},
		{"CREATE OR REPLACE TABLE part (series INTEGER, whole INTEGER)", nil},
		{"INSERT INTO part SELECT i + 1, i % $areas + 1 FROM range($series) AS r (i)", []any{sql.Named("areas", areas), sql.Named("series", series)}},
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

// wholes is of what every series is a part: the first indicator of its area.
func wholes(indicators, areas int) []int32 {
	of := make([]int32, indicators*areas+1)
	of[0] = -1
	for s := range indicators * areas {
		of[s+1] = int32(s%areas + 1)
	}
	return of
}

// measureAll asks a panel for growth and share of every series in the months from
// one on, and for the trend of all its months: how many there are, and their sums.
func measureAll(p *measure.Panel, whole []int32, from int) (n [3]int, sum [3]float64) {
	var column []float64
	add := func(k int) {
		for _, v := range column {
			if v == v { // not NaN
				n[k], sum[k] = n[k]+1, sum[k]+v
			}
		}
	}
	for month := from; month < p.First+len(p.Values)*p.Step; month += p.Step {
		column = p.Share(column, month, whole)
		add(0)
		column = p.Growth(column, month)
		add(1)
	}
	column = p.Trend(2027*12 + 11)
	add(2)
	return n, sum
}

// What SQL written by hand finds over all series, a panel finds too.
func TestPanelAgreesWithStatementsWhereMonthsAreMissing(t *testing.T) {
	const months = 40
	db, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fillMany(t, db, 12, 3, months, 15)
	p, err := db.Panel(t.Context(), firstMonth, firstMonth+months-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	n, sum := measureAll(p, wholes(12, 3), firstMonth)
	for k, c := range []struct {
		name, query string
		args        []any
	}{
		{"share", shareSQL, between(firstMonth, firstMonth+months-1)},
		{"growth", growthSQL, between(firstMonth, firstMonth+months-1)},
		{"trend", trendSQL, trendArgs()},
	} {
		wantN, want := total(t, db, c.query, c.args...)
		if n[k] != wantN || n[k] < 36 || math.Abs(sum[k]-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: %d that sum to %v, want %d and %v", c.name, n[k], sum[k], wantN, want)
		}
	}
}

// BenchmarkScale asks for share, growth and trend of every series: 2,000
// indicators in 50 areas over ten years, and with ZHIBIAO_BENCH=full 8,000 in 100
// areas. Every is all months by a panel, from the file to the last figure, and
// month the newest alone; sql is the same by the statements written by hand.
func BenchmarkScale(b *testing.B) {
	sizes := []struct{ indicators, areas int }{{2000, 50}}
	if os.Getenv("ZHIBIAO_BENCH") == "full" {
		sizes = append(sizes, struct{ indicators, areas int }{8000, 100})
	}
	const months, newest = 120, firstMonth + 119
	for _, size := range sizes {
		db, _ := openBench(b)
		fillMany(b, db, size.indicators, size.areas, months, 1)
		whole := wholes(size.indicators, size.areas)
		panel := func(first, step, from int) {
			p, err := db.Panel(b.Context(), first, newest, step)
			if err != nil {
				b.Fatal(err)
			}
			if n, _ := measureAll(p, whole, from); n[0] == 0 || n[1] == 0 {
				b.Fatalf("%d shares and %d growths", n[0], n[1])
			}
		}
		statements := func(first int) {
			total(b, db, shareSQL, between(first, newest)...)
			total(b, db, growthSQL, between(first, newest)...)
		}
		for _, w := range []struct {
			name string
			run  func()
		}{
			{"every", func() { panel(firstMonth, 1, firstMonth) }},
			{"every-sql", func() { statements(firstMonth); total(b, db, trendSQL, trendArgs()...) }},
			{"month", func() { panel(newest-12, 12, newest) }},
			{"month-sql", func() { statements(newest) }},
		} {
			b.Run(fmt.Sprintf("observations=%dM/%s", size.indicators*size.areas*months/1_000_000, w.name), func(b *testing.B) {
				resetPeak(b)
				busy, best := cpu(b), time.Hour
				for b.Loop() {
					start := time.Now()
					w.run()
					best = min(best, time.Since(start))
				}
				b.ReportMetric((cpu(b)-busy).Seconds()*1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(best.Seconds()*1000, "ms-best")
				b.ReportMetric(peak(b), "peak-MB")
			})
		}
	}
}

// resetPeak makes peak count from now on.
func resetPeak(b *testing.B) {
	b.Helper()
	runtime.GC()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("no /proc here:", err)
	}
}

// peak is the most memory, in MB, that this process has had resident.
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
