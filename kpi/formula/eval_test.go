package formula_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// filed is a set of filed values by “CODE PERIOD”; “_” is a blank cell.
type filed map[string]string

func (f filed) read(code indicator.Code, p period.Period) (formula.Operand, bool) {
	text, ok := f[string(code)+" "+p.String()]
	if !ok {
		return formula.Operand{}, false
	}
	if text == "_" {
		return formula.Operand{Why: indicator.BlankCell, Source: "cell"}, false
	}
	return formula.Filed(p, decimal.RequireFromString(text), text+"@"+p.String()), true
}

func evaluate(t *testing.T, src, at string, f filed) *formula.Node {
	t.Helper()
	p := period.MustParse(at)
	return formula.Eval(parse(t, src), p, formula.Resolve(p, load(t).Indicator, f.read))
}

func TestComparisonsOfFiledValuesAreExact(t *testing.T) {
	f := filed{"GDP.GROWTH.ALL 2026-Q1": "40.1", "GDP.GROWTH.DIR 2026-Q1": "59.9", "GDP.GROWTH.MUA 2026-Q1": "0.1"}
	for src, want := range map[string]bool{
		"GDP.GROWTH.ALL + GDP.GROWTH.DIR <= 100":            true, // 100.00000000000000x in binary
		"GDP.GROWTH.ALL + GDP.GROWTH.DIR == 100":            true,
		"GDP.GROWTH.ALL + GDP.GROWTH.DIR < 100":             false,
		"GDP.GROWTH.MUA + 0.2 = 0.3":                        true,
		"GDP.GROWTH.MUA × 3 > 0.3":                          false,
		"-GDP.GROWTH.MUA >= -0.1":                           true,
		"GDP.GROWTH.ALL < 40.100000000001":                  true,  // below the guard, but exact
		"GDP.GROWTH.ALL / 1 < 40.100000000001":              false, // a quotient has the guard
		"GDP.GROWTH.ALL / 1 < 40.1001":                      true,
		"GDP.GROWTH.ALL - GDP.GROWTH.DIR <= GDP.GROWTH.MUA": true,
	} {
		holds, known := evaluate(t, src, "2026-Q1", f).Verdict()
		if !known || holds != want {
			t.Errorf("%s: holds %v, known %v; want %v", src, holds, known, want)
		}
	}
}

func TestAComparisonWithAnAbsentOperandNeitherHoldsNorFails(t *testing.T) {
	f := filed{"GDP.TOTAL.ALL 2026-Q1": "1", "GDP.TOTAL.DIR 2026-Q1": "_", "GDP.TOTAL.MUA 2026-Q1": "0"}
	for src, why := range map[string]indicator.Absence{
		"GDP.TOTAL.DIR <= GDP.TOTAL.ALL":                  indicator.BlankCell,
		"GDP.TOTAL.ALL <= GDP.TOTAL.DIR + 1":              indicator.BlankCell,
		"GDP.TOTAL.ALL / GDP.TOTAL.MUA > 1":               indicator.NotComputable,
		"GDP.TOTAL.ALL > year_ago(GDP.TOTAL.ALL)":         indicator.NotComputable,
		"GDP.TOTAL.ALL > prev(GDP.TOTAL.ALL)":             indicator.NotComputable,
		"GDP.TOTAL.ALL > at(GDP.TOTAL.ALL, 2022)":         indicator.NoBase,
		"GDP.TOTAL.ALL > at(GDP.TOTAL.ALL, 2027)":         indicator.NotDue,
		"growth(GDP.TOTAL.MUA) > 1":                       indicator.NotComputable,
		"GDP.TOTAL.ALL > sum_since(RDINST.NEW.LJ, 2023)":  indicator.NotComputable,
		"GDP.TOTAL.ALL > sum_since(RDINST.NEW.LJ, 2027)":  indicator.NotComputable,
		"GDP.TOTAL.ALL > NOBODY.KNOWS":                    indicator.NotComputable,
		"GDP.TOTAL.ALL > RETAIL.TOTAL.LJ + GDP.TOTAL.DIR": indicator.NotComputable, // the first reason
	} {
		n := evaluate(t, src, "2026-Q1", f)
		if holds, known := n.Verdict(); holds || known || n.Why != why {
			t.Errorf("%s: holds %v, known %v, why %q; want unknown, %q", src, holds, known, n.Why, why)
		}
	}
}

func TestTheTreeHasEveryStepAndItsSource(t *testing.T) {
	n := evaluate(t, "(GDP.TOTAL.ALL - prev(GDP.TOTAL.ALL)) / GDP.TOTAL.MUA × 100", "2026-Q2", filed{
		"GDP.TOTAL.ALL 2026-Q1": "1000", "GDP.TOTAL.ALL 2026-Q2": "2100.5", "GDP.TOTAL.MUA 2026-Q2": "11005",
	})
	if got, want := outline(n), `(GDP.TOTAL.ALL − prev(GDP.TOTAL.ALL)) ÷ GDP.TOTAL.MUA × 100 [×] = 10
  (GDP.TOTAL.ALL − prev(GDP.TOTAL.ALL)) ÷ GDP.TOTAL.MUA [÷] = 0.1
    GDP.TOTAL.ALL − prev(GDP.TOTAL.ALL) [−] = 1100.5
      GDP.TOTAL.ALL [ref 2026-Q2 2100.5@2026-Q2] = 2100.5
      prev(GDP.TOTAL.ALL) [prev] = 1000
        GDP.TOTAL.ALL [ref 2026-Q1 1000@2026-Q1] = 1000
    GDP.TOTAL.MUA [ref 2026-Q2 11005@2026-Q2] = 11005
  100 [number] = 100
`; got != want {
		t.Errorf("tree:\n%s\nwant:\n%s", got, want)
	}
	n = evaluate(t, "sum_since(RDINST.NEW.LJ, 2025) + growth(RDINST.N.LJ)", "2025-H1", filed{
		"RDINST.NEW.LJ 2025-Q1": "2", "RDINST.NEW.LJ 2025-Q2": "3", "RDINST.N.LJ 2025-Q2": "_", "RDINST.N.LJ 2024-Q2": "8",
	})
	if got, want := outline(n), `sum_since(RDINST.NEW.LJ, 2025) + growth(RDINST.N.LJ) [+] = blank
  sum_since(RDINST.NEW.LJ, 2025) [sum_since] = 5
    RDINST.NEW.LJ [ref 2025-Q2 <nil>] = 5
      RDINST.NEW.LJ [ref 2025-Q1 2@2025-Q1] = 2
      RDINST.NEW.LJ [ref 2025-Q2 3@2025-Q2] = 3
  growth(RDINST.N.LJ) [growth] = blank
    RDINST.N.LJ [ref 2025-Q2 cell] = blank
    RDINST.N.LJ [ref 2024-Q2 8@2024-Q2] = 8
`; got != want {
		t.Errorf("tree:\n%s\nwant:\n%s", got, want)
	}
}

func outline(n *formula.Node) string {
	var b strings.Builder
	var walk func(*formula.Node, string)
	walk = func(n *formula.Node, indent string) {
		fmt.Fprintf(&b, "%s%s [%s", indent, n.Text, n.Op)
		if n.Op == "ref" {
			fmt.Fprintf(&b, " %s %v", n.Period, n.Operand)
		}
		if n.Value.OK {
			fmt.Fprintf(&b, "] = %.10g\n", n.Value.V)
		} else {
			fmt.Fprintf(&b, "] = %s\n", n.Why)
		}
		for _, c := range n.Children {
			walk(c, indent+"  ")
		}
	}
	walk(n, "")
	return b.String()
}

func TestDaysOfTheYearFollowTheCalendar(t *testing.T) {
	for at, days := range map[string]float64{
		"2024-02": 60, "2023-02": 59, "2024": 366, "2023": 365, "2100-12": 365, "2000-Q1": 91, "1900-H1": 181,
	} {
		if n := evaluate(t, "days_ytd() + 0 * AIR.VALIDDAYS.LJ", at, filed{}); n.Children[0].Value.V != days {
			t.Errorf("days_ytd at %s = %v, want %v", at, n.Children[0].Value, days)
		}
	}
}

func TestAStockIsCarriedForLessThanTwoYears(t *testing.T) {
	f := filed{"STREET.N.LJ 2023": "8", "STREET.N.LJ 2024": "_"}
	for at, from := range map[string]string{"2023-12": "2023", "2024-01": "2023", "2025-11": "2023", "2025-12": "", "2023-11": ""} {
		n := evaluate(t, "STREET.N.LJ", at, f)
		if n.Value.OK != (from != "") || from != "" && n.Period.String() != from {
			t.Errorf("STREET.N.LJ at %s = %v of %s, want that of %q", at, n.Value, n.Period, from)
		}
	}
	if n := evaluate(t, "STREET.N.LJ", "2025-12", f); n.Why != indicator.NotComputable || n.Period.String() != "2025" {
		t.Errorf("the reason is that of the newest period asked: %s of %s", n.Why, n.Period)
	}
}

func TestAResultThatOverflowsIsAbsent(t *testing.T) {
	big := strings.Repeat("RETAIL.TOTAL.LJ × ", 30) + "1"
	f := filed{"RETAIL.TOTAL.LJ 2026-02": "123456789012"}
	for _, src := range []string{big, "(" + big + ") - (" + big + ")", big + " > 1"} {
		if n := evaluate(t, src, "2026-02", f); n.Value.OK || n.Why != indicator.NotComputable {
			t.Errorf("%.40s… = %v %q", src, n.Value, n.Why)
		}
	}
}

func TestPartsTooLargeToSumExactlyMakeNoSum(t *testing.T) {
	n := formula.Eval(parse(t, "sum_since(A.LJ, 2023)"), period.MustParse("2023-Q1"),
		func(indicator.Code, formula.Shift) (formula.Operand, bool) {
			return formula.Operand{Parts: []formula.Operand{formula.Computed(period.MustParse("2023-Q1"), 1e20, nil)}}, true
		})
	if n.Value.OK || n.Why != indicator.NotComputable {
		t.Errorf("sum = %v %q", n.Value, n.Why)
	}
}
