//go:build duckdb_arrow

package formula_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A ledger is a sheet of operands: a value or a text for every series and period.
type ledger struct {
	file   *excelize.File
	rows   int
	cells  map[string]string // by “CODE PERIOD”
	values map[string]string
}

const operandSheet = "参照"

func (l *ledger) read(absentToo bool) formula.Read {
	return func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		key := string(code) + " " + p.String()
		v, ok := l.values[key]
		switch {
		case !ok:
			return formula.Operand{}, false
		case v == "—":
			return formula.CannotExist(p, l.cells[key]), absentToo
		case v != "":
			return formula.Filed(p, decimal.RequireFromString(v), l.cells[key]), true
		}
		return formula.Operand{Source: l.cells[key]}, absentToo
	}
}

// at finds the cells of a reference by the periods that Eval takes.
func (l *ledger) at(p period.Period, lookup formula.Lookup) formula.Cells {
	resolve := formula.Resolve(p, lookup, l.read(true))
	return func(code indicator.Code, shift formula.Shift) (refs []string, exact, adds bool) {
		adds = formula.Adds(lookup(code), p.Freq, shift)
		o, ok := resolve(code, shift)
		if !ok {
			return nil, true, adds
		}
		if len(o.Parts) == 0 {
			return []string{o.Source.(string)}, true, adds
		}
		for _, part := range o.Parts {
			refs = append(refs, part.Source.(string))
		}
		return refs, true, adds
	}
}

// A spreadsheet computes what Eval computes, absences included, for random
// expressions over series of every frequency.
func TestTheExcelFormulaGivesWhatEvalGives(t *testing.T) {
	program, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("soffice is not on the PATH; CI installs LibreOffice for this test")
		}
		t.Skip("soffice is not on the PATH: no spreadsheet computes the formulas here")
	}
	book := &ledger{file: excelize.NewFile(), cells: map[string]string{}, values: map[string]string{}}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = book.file.NewSheet(operandSheet)
	check(err)
	m := seriesModel()
	rnd := rand.New(rand.NewPCG(2022, 2027))
	values := []string{"0", "1", "2", "3", "-1", "0.1", "0.2", "0.3", "12.34", "40.1", "59.9", "100", "5600", "123456.123456"}
	for i := range series {
		s := &series[i]
		for end := period.MustParse("2022-01").End; end <= period.MustParse("2025-12").End; end++ {
			p, ok := period.EndingIn(s.Freq, end)
			if !ok {
				continue
			}
			key := string(s.Code) + " " + p.String()
			fate := rnd.IntN(29)
			if fate == 0 {
				continue // no cell at all
			}
			book.rows++
			cell := fmt.Sprintf("B%d", book.rows)
			book.cells[key] = fmt.Sprintf("%s!$B$%d", operandSheet, book.rows)
			book.values[key] = values[rnd.IntN(len(values))]
			// A stock that is blank is carried from an earlier cell: which cell that
			// is must be known when the formula is written.
			if fate <= 3 && !s.Nature.Stock() {
				text := []string{"", "—"}[min(fate-1, 1)]
				book.values[key] = text
				check(book.file.SetCellStr(operandSheet, cell, text))
				continue
			}
			v, err := strconv.ParseFloat(book.values[key], 64)
			check(err)
			check(book.file.SetCellFloat(operandSheet, cell, v, -1, 64))
		}
	}
	sources := []string{
		"S.MONTH + S.YTD <= 100", "S.MONTH * 3 > 0.3", "S.YTD == 0.3", "S.MONTH < 40.100000000001", "-S.MONTH >= -0.1",
		"sum_since(S.COUNT, 2024) >= 3 * S.MONTH", "S.MONTH / 1 < 40.100000000001", "S.YTD >= prev(S.YTD)", "growth(S.YTD) <= 30",
		"cagr(S.YEAR, 2022) > 0", "S.MONTH / S.HALF == S.MONTH / S.HALF", "S.QYTD - S.QYTD < 0", "days_ytd() >= S.COUNT",
	}
	sources = append(sources, "growth(S.MONTH)", "growth(S.YTD) > 0", "cagr(S.MONTH + S.QUARTER, 2023)", "cagr(S.YEAR, 2022)", "share(S.QYTD, S.YTD)",
		"S.COUNT + S.YTD", "S.COUNT + S.QYTD + S.YTD * 2", "S.COUNT + S.YTD / S.COUNT", "1 + S.YTD", "S.YTD + prev(S.YTD)", "S.YTD - S.COUNT", "sum_since(S.COUNT, 2023) + S.YTD", "S.MONTH + S.YTD", "sum_since(S.COUNT, 2023) / S.MONTH",
		"S.MONTH / S.YTD", "S.YTD / 3 == 0.1", "S.YTD / 3 < 0.1000000000001", "S.YTD / 3 <= 0.0999999999999", "prev(S.YTD)", "at(S.HALF, 2023)", "S.MONTH * S.MONTH == 0.01", "S.MONTH * 1.0000001 > S.MONTH")
	written := len(sources)
	expr := rapid.Custom(func(t *rapid.T) string { return source(t, 3, false) })
	for i := range 400 {
		src := expr.Example(2 * i)
		if i%2 == 0 {
			src += []string{" <= ", " >= ", " < ", " > ", " == "}[i/2%5] + expr.Example(2*i+1)
		}
		sources = append(sources, src)
	}
	type question struct {
		expr formula.Expr
		at   period.Period
	}
	var asked []question
	for i, src := range sources {
		e := parse(t, src)
		periods := []period.Period{period.MustParse("2025-12"), period.MustParse("2025-Q3"), period.MustParse("2025-H1"), period.MustParse("2024")}
		for end := period.MustParse("2023-01").End; i < written && end <= period.MustParse("2025-11").End; end++ {
			periods = append(periods, period.Period{Freq: period.Month, End: end})
		}
		for _, p := range periods {
			q := question{e, p}
			asked = append(asked, q)
			cell := fmt.Sprintf("A%d", len(asked))
			check(book.file.SetCellStr("Sheet1", fmt.Sprintf("B%d", len(asked)), strconv.Itoa(i)))
			check(book.file.SetCellFormula("Sheet1", cell, formula.Excel(e, q.at, book.at(q.at, m.lookup), 0)))
		}
	}
	dir := t.TempDir()
	check(book.file.SaveAs(filepath.Join(dir, "book.xlsx")))
	// Text and number stay apart in the CSV: texts are quoted, numbers are as computed.
	out, err := exec.Command(program, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false", "--outdir", dir, filepath.Join(dir, "book.xlsx")).CombinedOutput()
	if err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "book.csv"))
	check(err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	check(err)
	if len(lines) != len(asked) {
		t.Fatalf("%d results, want %d", len(lines), len(asked))
	}
	outcomes := map[string]int{}
	for i, q := range asked {
		want := formula.Eval(q.expr, q.at, formula.Resolve(q.at, m.lookup, book.read(false)))
		got := lines[i][0]
		kind := "absent"
		switch {
		case want.Value.OK && formula.IsRule(q.expr):
			kind = "verdict " + strconv.FormatFloat(want.Value.V, 'g', -1, 64)
		case want.Value.OK:
			kind = "number"
		}
		outcomes[kind]++
		if !want.Value.OK {
			none := ""
			if want.Without {
				none = "—"
				outcomes["—"]++
			}
			if got != none {
				t.Errorf("%s at %s = %s in the sheet, want nothing: %s", q.expr, q.at, got, want.Why)
			}
			continue
		}
		v, err := strconv.ParseFloat(got, 64)
		if err != nil || math.Abs(v-want.Value.V) > 1e-9*math.Max(1, math.Abs(want.Value.V)) {
			t.Errorf("%s at %s = %q in the sheet, want %v\n%s", q.expr, q.at, got, want.Value.V, formula.Excel(q.expr, q.at, book.at(q.at, m.lookup), 0))
		}
	}
	if outcomes["—"] < 5 {
		t.Errorf("%d sums are of nothing but “—”: the test hardly asks", outcomes["—"])
	}
	for _, kind := range []string{"absent", "number", "verdict 0", "verdict 1"} {
		if outcomes[kind] < 50 {
			t.Errorf("%d results are %s: the test hardly asks", outcomes[kind], kind)
		}
	}
	t.Logf("%v", outcomes)
}

func TestAFormulaThatExcelCannotHoldIsNeverKnown(t *testing.T) {
	p := period.MustParse("2025-12")
	cells := func(n int) formula.Cells {
		return func(indicator.Code, formula.Shift) (refs []string, exact, adds bool) {
			for i := range n {
				refs = append(refs, fmt.Sprintf("A%d", i+1))
			}
			return refs, true, false
		}
	}
	long := parse(t, strings.Repeat("growth(S.MONTH) / S.YTD + ", 300/4)+"S.MONTH >= 0")
	for name, text := range map[string]string{
		"no cell":          formula.Excel(parse(t, "S.MONTH >= 0"), p, cells(0), 0),
		"many operands":    formula.Excel(parse(t, "sum_since(S.COUNT, 2000) >= 0"), p, cells(256), 0),
		"a long text":      formula.Excel(long, p, cells(40), 0),
		"no years between": formula.Excel(parse(t, "cagr(S.YEAR, 2025) >= 0"), p, cells(1), 0),
	} {
		if text != `""` {
			t.Errorf("%s: %.80s", name, text)
		}
	}
}
