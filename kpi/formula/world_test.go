package formula_test

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// catalogue is the embedded one: its codes, units and natures are the real
// domain the language is for.
var catalogue = sync.OnceValues(func() (*indicator.Catalogue, error) {
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil {
		return nil, err
	}
	if cat == nil {
		return nil, errors.New(found.String())
	}
	return cat, nil
})

func load(t testing.TB) *indicator.Catalogue {
	t.Helper()
	cat, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func parse(t testing.TB, src string) formula.Expr {
	t.Helper()
	e, err := formula.Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return e
}

// check types a formula for an indicator of a unit and a frequency.
func check(t testing.TB, src, unit string, freq period.Freq) []formula.Problem {
	t.Helper()
	cat := load(t)
	self := &indicator.Indicator{Code: "TEST.RESULT.LJ", Unit: unit, Freq: freq}
	return formula.Check(parse(t, src), self, cat.Indicator, cat.Unit)
}

func problems(list []formula.Problem) string {
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = fmt.Sprintf("%d: %s｜%s", p.Col, p.Message, p.Hint)
	}
	return strings.Join(lines, "\n")
}
