//go:build duckdb_arrow

package formula_test

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A table is the fact table of one test, in a real DuckDB.
type table struct {
	t    testing.TB
	conn *sql.Conn
}

func open(t testing.TB) table {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.Open(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.SQL().Conn(ctx) // a temporary table belongs to its connection
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	tab := table{t, conn}
	tab.exec(`CREATE TEMP TABLE fact (indicator VARCHAR, area VARCHAR, period_end INTEGER, value DOUBLE,
		obs_status VARCHAR, vintage VARCHAR, caliber VARCHAR, carried INTEGER)`)
	return tab
}

func (tab table) exec(query string, args ...any) {
	tab.t.Helper()
	if _, err := tab.conn.ExecContext(context.Background(), query, args...); err != nil {
		tab.t.Fatalf("%v\n%s", err, query)
	}
}

// A fact is a row of the table. Text is NULL when it is empty.
type fact struct {
	code    indicator.Code
	area    indicator.AreaID
	end     int
	value   indicator.Opt[float64]
	status  string
	vintage string
	caliber string
	carried int
}

func (tab table) insert(facts []fact) {
	tab.t.Helper()
	text := func(s string) string {
		if s == "" {
			return "NULL"
		}
		return "'" + s + "'"
	}
	for len(facts) > 0 {
		n := min(len(facts), 500)
		rows := make([]string, n)
		for i, f := range facts[:n] {
			value := "NULL"
			if f.value.OK {
				value = fmt.Sprintf("'%s'", strconv.FormatFloat(f.value.V, 'g', -1, 64))
			}
			rows[i] = fmt.Sprintf("('%s', '%s', %d, CAST(%s AS DOUBLE), %s, %s, %s, %d)",
				f.code, f.area, f.end, value, text(f.status), text(f.vintage), text(f.caliber), f.carried)
		}
		tab.exec("INSERT INTO fact VALUES " + strings.Join(rows, ", "))
		facts = facts[n:]
	}
}

// rows reads what the table has of some codes, in order.
func (tab table) rows(codes ...indicator.Code) []fact {
	tab.t.Helper()
	list := make([]string, len(codes))
	for i, c := range codes {
		list[i] = "'" + string(c) + "'"
	}
	rows, err := tab.conn.QueryContext(context.Background(), `SELECT indicator, area, period_end, value,
		COALESCE(obs_status, ''), COALESCE(vintage, ''), COALESCE(caliber, ''), carried FROM fact
		WHERE indicator IN (`+strings.Join(list, ", ")+`) ORDER BY indicator, area, period_end`)
	if err != nil {
		tab.t.Fatal(err)
	}
	defer rows.Close()
	var out []fact
	for rows.Next() {
		var (
			f     fact
			value sql.NullFloat64
		)
		if err := rows.Scan(&f.code, &f.area, &f.end, &value, &f.status, &f.vintage, &f.caliber, &f.carried); err != nil {
			tab.t.Fatal(err)
		}
		f.value = indicator.Opt[float64]{V: value.Float64, OK: value.Valid}
		out = append(out, f)
	}
	if err := rows.Err(); err != nil {
		tab.t.Fatal(err)
	}
	return out
}

// A model is a set of definitions beside the catalogue.
type model struct {
	defs   []formula.Def
	self   map[indicator.Code]*indicator.Indicator
	lookup formula.Lookup
	area   func(indicator.Code) indicator.AreaID
}

func newModel(t testing.TB) *model {
	cat := load(t)
	m := &model{self: make(map[indicator.Code]*indicator.Indicator)}
	m.lookup = func(c indicator.Code) *indicator.Indicator {
		if ind := m.self[c]; ind != nil {
			return ind
		}
		return cat.Indicator(c)
	}
	m.area = func(c indicator.Code) indicator.AreaID {
		if ind := m.lookup(c); ind != nil {
			return cat.Resolve(ind.Area)
		}
		return ""
	}
	return m
}

func (m *model) define(t testing.TB, code indicator.Code, freq period.Freq, src string) {
	t.Helper()
	if load(t).Indicator(code) == nil {
		m.self[code] = &indicator.Indicator{Code: code, Area: indicator.LJ, Freq: freq, Nature: indicator.Ratio}
	}
	m.defs = append(m.defs, formula.Def{Code: code, Area: m.area(code), Freq: freq, Expr: parse(t, src)})
}
