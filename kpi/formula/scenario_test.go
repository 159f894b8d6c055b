//go:build duckdb_arrow

package formula_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// TestScenarios runs testdata/*.txtar on DuckDB. A scenario has definitions
// (CODE FREQ = formula), facts (CODE PERIOD value value … | status vintage
// caliber; consecutive periods, _ is a row without a value, . is no row) and the
// rows wanted (CODE PERIOD value status vintage caliber carried). What the
// formula gives by Eval must be the same figure at every period.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			section := make(map[string]string)
			for _, f := range archive.Files {
				section[f.Name] = string(f.Data)
			}
			m := newModel(t)
			for _, line := range lines(section["definitions"]) {
				head, src, ok := strings.Cut(line, " = ")
				words := strings.Fields(head)
				if !ok || len(words) != 2 {
					t.Fatalf("definition %q: want CODE FREQ = formula", line)
				}
				freq, err := period.ParseFreq(words[1])
				if err != nil {
					t.Fatal(err)
				}
				m.define(t, indicator.Code(words[0]), freq, src)
			}
			var facts []fact
			for _, line := range lines(section["facts"]) {
				facts = append(facts, readFacts(t, m, line)...)
			}
			tab := open(t)
			tab.insert(facts)
			codes := m.compute(t, tab)
			made := tab.rows(codes...)
			var got strings.Builder
			for _, f := range made {
				fmt.Fprintf(&got, "%s %s %.10g %s %s %s %d\n", f.code, periodOf(f, m.lookup), f.value.V,
					f.status, dash(f.vintage), dash(f.caliber), f.carried)
			}
			agreesWithEval(t, m, append(facts, made...))
			if *update {
				for i := range archive.Files {
					if archive.Files[i].Name == "want" {
						archive.Files[i].Data = []byte(got.String())
					}
				}
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(section["want"], got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func lines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func readFacts(t *testing.T, m *model, line string) []fact {
	t.Helper()
	left, right, _ := strings.Cut(line, "|")
	words, marks := strings.Fields(left), append(strings.Fields(right), "", "", "")
	ind := m.lookup(indicator.Code(words[0]))
	p, err := period.Parse(words[1])
	if ind == nil || err != nil || p.Freq != ind.Freq {
		t.Fatalf("facts %q: unknown indicator, or a period that is not of its frequency", line)
	}
	var out []fact
	for _, w := range words[2:] {
		f := fact{code: ind.Code, area: m.area(ind.Code), end: p.End, status: "A", vintage: "final"}
		for i, to := range []*string{&f.status, &f.vintage, &f.caliber} {
			if marks[i] != "" {
				*to = marks[i]
			}
		}
		if w != "." {
			if w != "_" {
				v, err := strconv.ParseFloat(w, 64)
				if err != nil {
					t.Fatalf("facts %q: %v", line, err)
				}
				f.value = indicator.Some(v)
			}
			out = append(out, f)
		}
		p = p.Next()
	}
	return out
}

// agreesWithEval evaluates every definition at every period of its own frequency
// that anything has a row for, and compares with the rows that SQL made.
func agreesWithEval(t interface{ Errorf(string, ...any) }, m *model, facts []fact) {
	type key struct {
		code indicator.Code
		end  int
	}
	values := make(map[key]float64)
	ends := make(map[int]bool)
	for _, f := range facts {
		ends[f.end] = true
		if f.value.OK {
			values[key{f.code, f.end}] = f.value.V
		}
	}
	read := func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		v, ok := values[key{code, p.End}]
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
			if n.Value.OK != (n.Why == indicator.Present) {
				t.Errorf("%s at %s: value %v with reason %q", d.Code, p, n.Value, n.Why)
			}
		}
	}
}

// same is bit for bit, but for the engine's own exp and ln in a cagr.
func same(e formula.Expr, a, b float64) bool {
	if a == b {
		return true
	}
	if !strings.Contains(e.String(), "cagr") {
		return false
	}
	return !indicator.Less(a, b) && !indicator.Less(b, a) || max(a-b, b-a) < 1e-9
}

// notPortable is what DESIGN.md §4 forbids in KPI SQL.
var notPortable = regexp.MustCompile(`(?i)\b(QUALIFY|ASOF|PIVOT|LATERAL)\b|\b(list\w*|power|pow|avg|stddev\w*|round|regr_\w+)\s*\(|SELECT\s+\*|::|//`)

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
		if word := notPortable.FindString(stmt.SQL); word != "" {
			t.Errorf("level %d is not portable: %s", n+1, word)
		}
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
