//go:build duckdb_arrow

package formula_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// agreesWithEval evaluates every definition at every period of its own frequency
// that anything has a row for, and compares with the rows that SQL made.
func agreesWithEval(t interface{ Errorf(string, ...any) }, m *model, facts []fact) {
	type key struct {
		code indicator.Code
		end  int
	}
	values := make(map[key]float64)
	ends, dashes := make(map[int]bool), make(map[key]bool)
	for _, f := range facts {
		ends[f.end] = true
		if f.value.OK {
			values[key{f.code, f.end}] = f.value.V
		}
		dashes[key{f.code, f.end}] = f.status == string(indicator.CannotExist)
	}
	read := func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		v, ok := values[key{code, p.End}]
		if dashes[key{code, p.End}] {
			return formula.CannotExist(p, nil), false
		}
		return formula.Computed(p, v, nil), ok
	}
	first := period.Of(period.Year, period.BaseYear, 1).End
	for _, d := range m.defs {
		for end := range ends {
			p, ok := period.EndingIn(d.Freq, end)
			if !ok || end < first {
				continue
			}
			n := formula.Eval(d.Expr, p, formula.Resolve(p, m.lookup, read))
			v, made := values[key{d.Code, end}]
			if made != n.Value.OK || made && !same(d.Expr, v, n.Value.V) {
				t.Errorf("%s = %s at %s: SQL %v %v, Eval %v", d.Code, d.Expr, p, v, made, n.Value)
			}
			if dashes[key{d.Code, end}] != n.Without {
				t.Errorf("%s = %s at %s: SQL says “—”: %v, Eval: %v", d.Code, d.Expr, p, dashes[key{d.Code, end}], n.Without)
			}
			if n.Value.OK != (n.Why == indicator.Present) {
				t.Errorf("%s at %s: value %v with reason %q", d.Code, p, n.Value, n.Why)
			}
		}
	}
}

var plainCAGR = regexp.MustCompile(`^cagr\([^()]*\)$`)

// same is bit for bit, but for the engine's own exp and ln in a cagr: those are
// within 1e-12 of the growth factor, and what is computed from them within the
// guard.
func same(e formula.Expr, a, b float64) bool {
	switch text := e.String(); {
	case a == b:
		return true
	case plainCAGR.MatchString(text):
		return math.Abs(a-b) <= 1e-12*(100+math.Abs(a))
	case strings.Contains(text, "cagr"):
		return !indicator.Less(a, b) && !indicator.Less(b, a) || math.Abs(a-b) < 1e-9
	}
	return false
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
