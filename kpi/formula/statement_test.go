//go:build duckdb_arrow

package formula_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// agreesWithEval evaluates every definition at every period of its own frequency
// that anything has a row for, and compares with the rows that SQL made: Eval
// gives the figure, Row the row.
func agreesWithEval(t interface{ Errorf(string, ...any) }, m *model, facts []fact) {
	type key struct {
		code indicator.Code
		end  int
	}
	rows := make(map[key]*indicator.Point)
	ends := make(map[int]bool)
	for _, f := range facts {
		ends[f.end] = true
		if f.value.OK || f.status == string(indicator.CannotExist) {
			rows[key{f.code, f.end}] = &indicator.Point{
				Value: f.value.V, Status: indicator.ObsStatus(f.status), Vintage: indicator.Vintage(f.vintage), Caliber: f.caliber, Carried: f.carried,
			}
		}
	}
	at := func(code indicator.Code, end int) *indicator.Point { return rows[key{code, end}] }
	read := func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		row := at(code, p.End)
		switch {
		case row == nil:
			return formula.Operand{}, false
		case row.Status == indicator.CannotExist:
			return formula.CannotExist(p, nil), false
		}
		return formula.Computed(p, row.Value, nil), true
	}
	first := period.Of(period.Year, period.BaseYear, 1).End
	for _, d := range m.defs {
		for end := range ends {
			p, ok := period.EndingIn(d.Freq, end)
			if !ok || end < first {
				continue
			}
			made := at(d.Code, end)
			n := formula.Eval(d.Expr, p, formula.Resolve(p, m.lookup, read))
			dash := made != nil && made.Status == indicator.CannotExist
			if (made != nil && !dash) != n.Value.OK || made != nil && made.Value != n.Value.V {
				t.Errorf("%s = %s at %s: SQL %+v, Eval %v", d.Code, d.Expr, p, made, n.Value)
			}
			if dash != n.Without {
				t.Errorf("%s = %s at %s: SQL says “—”: %v, Eval: %v", d.Code, d.Expr, p, dash, n.Without)
			}
			if n.Value.OK != (n.Why == indicator.Present) {
				t.Errorf("%s at %s: value %v with reason %q", d.Code, p, n.Value, n.Why)
			}
			row, ok := d.Row(p, m.lookup, at)
			if row.Period = (period.Period{}); ok != (made != nil) || ok && row != *made {
				t.Errorf("%s = %s at %s: SQL %+v, Row %+v", d.Code, d.Expr, p, made, row)
			}
		}
	}
}

// TestTheStatementOfTheCatalogue keeps the SQL of all derived indicators where a
// reader of a change sees it.
func TestTheStatementOfTheCatalogue(t *testing.T) {
	cat := load(t)
	m := newModel(t)
	exprs := make(map[indicator.Code]formula.Expr)
	for i := range cat.Indicators {
		if ind := &cat.Indicators[i]; ind.Formula != "" {
			m.define(t, ind.Code, ind.Freq, ind.Formula)
			exprs[ind.Code] = parse(t, ind.Formula)
		}
	}
	levels, err := formula.Levels(exprs)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for n, level := range levels {
		var defs []formula.Def
		for _, d := range m.defs {
			if slices.Contains(level, d.Code) {
				defs = append(defs, d)
			}
		}
		slices.SortFunc(defs, func(a, b formula.Def) int { return strings.Compare(string(a.Code), string(b.Code)) })
		stmt, err := formula.Compile(defs, m.lookup, m.area)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "-- level %d, arguments %v\n%s;\n", n+1, stmt.Args, stmt.SQL)
	}
	const golden = "testdata/catalogue.sql"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the SQL changed; read it and run the test with -update:\n%s", diff)
	}
}
