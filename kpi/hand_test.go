package kpi_test

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A region is the fact table of many areas that file every input of the
// catalogue, all of it 测试数据, and every KPI of the catalogue computed in each
// of them, twice: by the statement that formula.Compile makes and by the one a
// person wrote for that KPI alone, in testdata/hand. What a person writes gives
// what is used of a result: value, status, vintage, caliber and months carried.
// It is the anchor of DESIGN.md §8.
type region struct {
	*world
	conn *sql.Conn
	kpis []indicator.Code // level by level
}

// fillSQL files one input in every area. Of 1,000 values, some are not there,
// some are typed absences, most of them “—”, some are estimates, and some have another vintage or
// caliber.
const fillSQL = `INSERT INTO fact
WITH cell AS (
    SELECT 'T' || a.i AS area, p.i AS period_end, hash(CAST($code AS VARCHAR), a.i, p.i) AS h
    FROM range(CAST($areas AS BIGINT)) AS a (i), range(CAST($first AS BIGINT), CAST($last AS BIGINT), CAST($step AS BIGINT)) AS p (i)
)
SELECT $code, c.area, c.period_end, CASE WHEN c.h // 1000 % 1000 >= $gaps THEN 1 + CAST(c.h % 9000000 AS DECIMAL(24, 6)) / 1000 END,
    CASE WHEN c.h // 1000 % 1000 < $gaps AND c.h // 1000 % 4 > 0 THEN 'M' WHEN c.h // 7 % 9 = 0 THEN 'E' WHEN c.h // 7 % 9 = 1 THEN 'P' ELSE 'A' END, CASE WHEN c.h // 11 % 5 = 0 THEN 'preliminary' ELSE 'final' END,
    CASE c.h // 13 % 40 WHEN 0 THEN '甲' WHEN 1 THEN '乙' END, 0
FROM cell AS c
WHERE c.h % 1000 >= $gaps
ORDER BY c.area, c.period_end`

func newRegion(t testing.TB, areas, years, gaps int) *region {
	t.Helper()
	r := &region{world: newWorld(t)}
	r.conn = r.world.conn()
	create, err := os.ReadFile("create_fact.sql")
	if err != nil {
		t.Fatal(err)
	}
	r.run(string(create))
	for _, code := range inputsOf(r.cat) {
		months := r.cat.Indicator(code).Freq.Months()
		first := period.BaseYear*12 + months - 1
		r.run(fillSQL, sql.Named("code", string(code)), sql.Named("areas", areas), sql.Named("gaps", gaps),
			sql.Named("first", first), sql.Named("last", first+12*years), sql.Named("step", months))
	}
	for _, level := range r.plan.Levels() {
		for _, code := range level {
			stmt := r.compiled(code)
			r.run(stmt.SQL, stmt.Args...) // the next level reads it
			r.kpis = append(r.kpis, code)
		}
	}
	for _, code := range r.kpis {
		if !r.read(code) {
			r.run("DELETE FROM fact WHERE indicator = $code", sql.Named("code", string(code)))
		}
	}
	return r
}

// read reports whether another KPI is made of one.
func (r *region) read(code indicator.Code) bool {
	return slices.ContainsFunc(r.kpis, func(c indicator.Code) bool {
		return slices.Contains(formula.Refs(r.plan.Expr(c)), code)
	})
}

func (r *region) run(query string, args ...any) {
	r.t.Helper()
	if _, err := r.conn.ExecContext(r.t.Context(), query, args...); err != nil {
		r.t.Fatalf("%v\n%.2000s", err, query)
	}
}

// compiled computes KPIs of one level in every area.
func (r *region) compiled(codes ...indicator.Code) formula.Statement {
	r.t.Helper()
	defs := make([]formula.Def, len(codes))
	for i, code := range codes {
		defs[i] = formula.Def{Code: code, Everywhere: true, Freq: r.cat.Indicator(code).Freq, Expr: r.plan.Expr(code)}
	}
	stmt, err := formula.Compile(defs, r.cat.Indicator, func(indicator.Code) indicator.AreaID { return "" })
	if err != nil {
		r.t.Fatal(err)
	}
	return stmt
}

// hand computes a KPI in every area.
func (r *region) hand(code indicator.Code) formula.Statement {
	r.t.Helper()
	data, err := os.ReadFile("testdata/hand/" + strings.ToLower(string(code)) + ".sql")
	if err != nil {
		r.t.Fatal(err)
	}
	return formula.Statement{SQL: string(data)}
}

// undone runs a statement and what is to be seen of it, and takes it back.
func (r *region) undone(stmt formula.Statement, see func()) {
	r.t.Helper()
	r.run("BEGIN")
	r.run(stmt.SQL, stmt.Args...)
	see()
	r.run("ROLLBACK")
}

// rows are those of a KPI as text, every bit of the value.
func (r *region) rows(code indicator.Code) []string {
	r.t.Helper()
	rows, err := r.conn.QueryContext(r.t.Context(), `SELECT area, period_end, value, obs_status, COALESCE(vintage, '—'), COALESCE(caliber, '—'), carried
		FROM fact WHERE indicator = $code ORDER BY area, period_end`, sql.Named("code", string(code)))
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var (
			area, status, vintage, caliber string
			end, carried                   int
			value                          sql.NullFloat64
		)
		if err := rows.Scan(&area, &end, &value, &status, &vintage, &caliber, &carried); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, fmt.Sprint(area, end, value.Float64, status, vintage, caliber, carried))
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func TestWhatIsCompiledGivesWhatAPersonWroteAlsoWithGaps(t *testing.T) {
	r := newRegion(t, 40, 6, 120)
	files, err := os.ReadDir("testdata/hand")
	if err != nil || len(files) != len(r.kpis) {
		t.Fatalf("%d statements of %d indicators: %v", len(files), len(r.kpis), err)
	}
	for _, code := range r.kpis {
		if r.read(code) {
			r.run("DELETE FROM fact WHERE indicator = $code", sql.Named("code", string(code)))
		}
		var got, want []string
		r.undone(r.compiled(code), func() { got = r.rows(code) })
		r.undone(r.hand(code), func() { want = r.rows(code) })
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 40 {
			t.Errorf("%s, %d rows (-hand +compiled):\n%.1500s", code, len(want), diff)
		}
		if r.read(code) {
			stmt := r.compiled(code)
			r.run(stmt.SQL, stmt.Args...)
		}
	}
}

// BenchmarkHand computes every KPI of the catalogue in 2,000 areas over ten years
// by what is compiled and by what a person wrote, by turns. The ratio is of the
// processor time, the least of the turns: other work on the machine only adds. The
// same statement takes a third more in most turns than in the best, either of them:
// it needs some thirty turns, -benchtime 4s.
func BenchmarkHand(b *testing.B) {
	r := newRegion(b, 2000, 10, 3)
	var ratios []float64
	compiled, hand := 0.0, 0.0
	for _, code := range r.kpis {
		b.Run(string(code), func(b *testing.B) {
			took := func(stmt formula.Statement) (ms float64) {
				r.run("BEGIN")
				ms = measure(b, 1, func(int) { r.run(stmt.SQL, stmt.Args...) }).cpu.Seconds() * 1000
				r.run("ROLLBACK")
				return ms
			}
			ours, theirs := r.compiled(code), r.hand(code)
			c, h := math.Inf(1), math.Inf(1)
			for turn := 0; b.Loop(); turn++ {
				if turn%2 == 0 {
					c = min(c, took(ours))
				}
				h = min(h, took(theirs))
				if turn%2 == 1 {
					c = min(c, took(ours))
				}
			}
			b.ReportMetric(c, "compiled-ms")
			b.ReportMetric(h, "hand-ms")
			b.ReportMetric(c/h, "ratio")
			ratios, compiled, hand = append(ratios, c/h), compiled+c, hand+h
		})
	}
	var rows int
	if err := r.conn.QueryRowContext(b.Context(), "SELECT COUNT(*) FROM fact").Scan(&rows); err != nil {
		b.Fatal(err)
	}
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(compiled/hand, "ratio")
		}
		logs := 0.0
		for _, x := range ratios {
			logs += math.Log(x)
		}
		b.ReportMetric(slices.Max(ratios), "worst")
		b.ReportMetric(math.Exp(logs/float64(len(ratios))), "geomean")
		b.ReportMetric(float64(rows)/1e6, "Mrows")
		b.ReportMetric(float64(used.Maxrss)/1e6, "GB")
	})
}
