//go:build duckdb_arrow

package formula_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// series are the operands of random formulas: every frequency, cumulative and
// not. S.MONTH is never missing, so that every period is tried.
var series = []indicator.Indicator{
	{Code: "S.MONTH", Freq: period.Month, Nature: indicator.Ratio},
	{Code: "S.YTD", Freq: period.Month, Nature: indicator.FlowYTD},
	{Code: "S.COUNT", Freq: period.Month, Nature: indicator.CountFlowPeriod},
	{Code: "S.QUARTER", Freq: period.Quarter, Nature: indicator.StockEnd},
	{Code: "S.QYTD", Freq: period.Quarter, Nature: indicator.FlowYTD},
	{Code: "S.HALF", Freq: period.Half, Nature: indicator.CountStock},
	{Code: "S.YEAR", Freq: period.Year, Nature: indicator.StockEnd},
}

func seriesModel() *model {
	m := &model{self: make(map[indicator.Code]*indicator.Indicator)}
	for i := range series {
		m.self[series[i].Code] = &series[i]
	}
	m.lookup = func(c indicator.Code) *indicator.Indicator { return m.self[c] }
	m.area = func(indicator.Code) indicator.AreaID { return indicator.LJ }
	return m
}

// source draws a formula that Parse accepts.
func source(t *rapid.T, depth int, timed bool) string {
	code := func() string { return string(series[rapid.IntRange(0, len(series)-1).Draw(t, "series")].Code) }
	sub := func() string { return source(t, depth-1, timed) }
	choice := rapid.IntRange(0, 11).Draw(t, "choice")
	if depth <= 0 {
		choice %= 4
	}
	switch {
	case choice < 3:
		return code()
	case choice == 3:
		return rapid.SampledFrom([]string{"0", "1", "100", "0.1", "2.5", "10000"}).Draw(t, "number")
	case choice < 8:
		return "(" + sub() + rapid.SampledFrom([]string{" + ", " - ", " * ", " / "}).Draw(t, "operator") + sub() + ")"
	case choice == 8:
		return "-" + sub()
	case choice == 9:
		return "share(" + sub() + ", " + sub() + ")"
	case timed:
		return code()
	case choice == 10:
		return rapid.SampledFrom([]string{
			"sum_since(" + code() + ", 2023)", "sum_since(" + code() + ", 2024)", "days_ytd()",
		}).Draw(t, "sum")
	}
	x := code() + " + " + source(t, depth-1, true)
	return rapid.SampledFrom([]string{
		"prev(" + x + ")", "year_ago(" + x + ")", "at(" + x + ", 2022)", "at(" + x + ", 2024)",
		"growth(" + x + ")", "cagr(" + x + ", 2022)", "cagr(" + x + ", 2023)",
	}).Draw(t, "time")
}

func TestSQLAndEvalGiveTheSameFigures(t *testing.T) {
	tab := open(t)
	rapid.Check(t, func(t *rapid.T) {
		m := seriesModel()
		var facts []fact
		from, to := period.MustParse("2022-01").End, period.MustParse("2025-12").End
		values := rapid.SampledFrom([]float64{0, 0, 1, 2, 3, -1, 0.1, 12.34, 5600, 1e-6, 123456789.123456, -98765432109876.54321, 3e17, 1.0 / 3})
		statuses := rapid.SampledFrom([]string{"A", "A", "A", "P", "E", "D"})
		vintages := rapid.SampledFrom([]string{"final", "final", "final", "preliminary", "census"})
		calibers := rapid.SampledFrom([]string{"", "", "", "甲", "乙"})
		carries := rapid.SampledFrom([]int{0, 0, 3, 14})
		for i := range series {
			s := &series[i]
			for end := from; end <= to; end++ {
				if _, ok := period.EndingIn(s.Freq, end); !ok {
					continue
				}
				f := fact{
					code: s.Code, area: indicator.LJ, end: end, status: statuses.Draw(t, "status"), vintage: vintages.Draw(t, "vintage"),
					caliber: calibers.Draw(t, "caliber"), carried: carries.Draw(t, "carried"),
				}
				fate := rapid.IntRange(0, 14).Draw(t, "fate")
				if fate == 0 && s.Code != "S.MONTH" {
					continue // no row
				}
				switch fate {
				case 1: // a row without a value
				case 2, 3:
					f.status, f.carried = "M", 0 // there is nothing to carry
				default:
					f.value = indicator.Some(values.Draw(t, "value"))
				}
				facts = append(facts, f)
			}
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "definitions") {
			src := source(t, 3, false) + " + 0 * " + string(series[0].Code)
			if rapid.Bool().Draw(t, "anchored") {
				src = source(t, 3, false)
			}
			e, err := formula.Parse(src)
			if err != nil {
				t.Fatalf("Parse(%q): %v", src, err)
			}
			if len(formula.Refs(e)) == 0 {
				continue
			}
			d := formula.Def{Area: indicator.LJ, Expr: e, Freq: rapid.SampledFrom(period.Freqs[:]).Draw(t, "freq")}
			if _, ok := formula.Driver(d, m.lookup); ok && rapid.Bool().Draw(t, "everywhere") {
				d.Area, d.Everywhere = "", true
			}
			for twin := range rapid.IntRange(1, 2).Draw(t, "of one shape") {
				d.Code = indicator.Code(fmt.Sprintf("D%d_%d.LJ", i, twin))
				m.self[d.Code] = &indicator.Indicator{Code: d.Code, Freq: d.Freq, Nature: indicator.Ratio}
				m.defs = append(m.defs, d)
			}
		}
		stmt, err := formula.Compile(m.defs, m.lookup, m.area)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.defs) == 0 {
			return
		}
		tab.exec("DELETE FROM fact")
		tab.insert(facts)
		if _, err := tab.conn.ExecContext(context.Background(), stmt.SQL, stmt.Args...); err != nil {
			t.Fatalf("%v\n%s", err, stmt.SQL)
		}
		var codes []indicator.Code
		for _, d := range m.defs {
			codes = append(codes, d.Code)
		}
		agreesWithEval(t, m, append(facts, tab.rows(codes...)...))
	})
}

// anyLookup knows every code: what it is follows from its letters.
func anyLookup(code indicator.Code) *indicator.Indicator {
	h := fnv.New32a()
	h.Write([]byte(code))
	s := series[h.Sum32()%uint32(len(series))]
	s.Code, s.Unit = code, []string{"亿元", "家", "%", "百分点", "倍", "万辆"}[h.Sum32()/7%6]
	return &s
}

// FuzzFormula checks, compiles and runs whatever Parse accepts: it is no panic, no
// error of the engine, and the figures of Eval.
func FuzzFormula(f *testing.F) {
	for _, s := range []string{
		"A.LJ / B.LJ × 100", "sum_since(C.LJ, 2023)", "cagr(A.LJ, 2022)", "growth(A.LJ + B.LJ) - share(C.LJ, D.LJ)", "prev(A.LJ) + year_ago(B.LJ) × at(C.LJ, 2022)",
		"days_ytd() × A.LJ", "--A.LJ - -.5", strings.Repeat("A.LJ / (", 9) + "B.LJ" + strings.Repeat(")", 9), strings.Repeat("A.LJ×", 199) + "A.LJ",
		"A.LJ * 999999999999999999999999999999", "cagr(A.LJ / 100000000000000000000 / 100000000000000000000, 2022)", "((A.LJ + B.LJ) * 10 / C.LJ - 1) / 2", "A.LJ <= B.LJ",
		"（Ａ．ＬＪ－Ｂ．ＬＪ）÷C.LJ×１００", "growth(A.LJ) × share(B.LJ, C.LJ) / (100 + growth(C.LJ))", "A.LJ / (B.LJ - B.LJ)", "at(−A.LJ, 2023) − prev(−A.LJ)",
	} {
		f.Add(s)
	}
	cat := load(f)
	conn := open(f).conn
	f.Fuzz(func(t *testing.T, src string) {
		e, err := formula.Parse(src)
		if err != nil {
			return
		}
		self := &indicator.Indicator{Code: "Z.RESULT.LJ", Unit: "%", Freq: period.Quarter}
		for _, p := range formula.Check(e, self, anyLookup, cat.Unit) {
			if p.Col < 1 || p.Message == "" {
				t.Fatalf("problem %#v", p)
			}
		}
		formula.Check(e, nil, anyLookup, cat.Unit)
		if formula.IsRule(e) || len(formula.Refs(e)) == 0 {
			return
		}
		m := &model{
			lookup: anyLookup, area: func(indicator.Code) indicator.AreaID { return indicator.LJ },
			defs: []formula.Def{{Code: "Z.RESULT.LJ", Area: indicator.LJ, Freq: period.Quarter, Expr: e}},
		}
		var facts []fact
		for i, code := range formula.Refs(e) {
			if code == "Z.RESULT.LJ" {
				return
			}
			for end := 24275; end < 24275+36; end++ {
				if _, ok := period.EndingIn(anyLookup(code).Freq, end); ok {
					facts = append(facts, fact{code: code, area: indicator.LJ, end: end, value: indicator.Some(float64((end*7+i*3)%11-2) * 1.5), status: "A"})
				}
			}
		}
		stmt, err := formula.Compile(m.defs, m.lookup, m.area)
		if err != nil {
			t.Fatalf("Compile(%q): %v", src, err)
		}
		tab := table{t, conn}
		tab.exec("DELETE FROM fact")
		tab.insert(facts)
		tab.exec(stmt.SQL, stmt.Args...)
		agreesWithEval(t, m, append(facts, tab.rows("Z.RESULT.LJ")...))
	})
}

func TestCompileRefusesWhatItCannotMean(t *testing.T) {
	m := seriesModel()
	def := func(code indicator.Code, src string) formula.Def {
		return formula.Def{Code: code, Area: indicator.LJ, Freq: period.Month, Expr: parse(t, src)}
	}
	m.self["D.LJ"] = &indicator.Indicator{Code: "D.LJ", Freq: period.Month}
	m.self["BROKEN"] = &indicator.Indicator{Code: "BROKEN"}
	area := m.area
	for want, defs := range map[string][]formula.Def{
		"no such indicator":         {def("D.LJ", "NOBODY.KNOWS + 1")},
		"a comparison is no value":  {def("D.LJ", "S.MONTH > 1")},
		"no reference":              {def("D.LJ", "1 + 1")},
		"defined twice":             {def("D.LJ", "S.MONTH"), def("D.LJ", "S.YTD")},
		"of the same level":         {def("D.LJ", "S.MONTH"), def("E.LJ", "D.LJ + 1")},
		"want M, Q, H or A":         {{Code: "D.LJ", Area: indicator.LJ, Expr: parse(t, "S.MONTH")}},
		"reference BROKEN":          {def("D.LJ", "BROKEN + 1")},
		"of its own period":         {{Code: "D.LJ", Freq: period.Month, Expr: parse(t, "year_ago(S.MONTH)"), Everywhere: true}},
		"want upper-case letters":   {def("D'); DROP TABLE fact; --", "S.MONTH")},
		"series \"D.LJ\" in \"x'\"": {{Code: "D.LJ", Area: "x'", Freq: period.Month, Expr: parse(t, "S.MONTH")}},
	} {
		if _, err := formula.Compile(defs, m.lookup, area); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
	if _, err := formula.Compile([]formula.Def{def("D.LJ", "S.MONTH")}, m.lookup, func(indicator.Code) indicator.AreaID { return "'" }); err == nil {
		t.Error("an area that is not a word was accepted")
	}
	if stmt, err := formula.Compile(nil, m.lookup, area); err != nil || stmt.SQL != "" {
		t.Errorf("empty level: %q, %v", stmt.SQL, err)
	}
}

// manyDefs is a level of n indicators in six shapes.
func manyDefs(t testing.TB, n int) ([]formula.Def, *model) {
	m := seriesModel()
	shapes := []string{"share(%s, %s)", "%s + %s", "%s / at(%s, 2022)", "growth(%s) - growth(%s)", "%s - prev(%s)", "(%s + 1) / %s × 100"}
	for i := range 200 {
		code := indicator.Code(fmt.Sprintf("IN%d.LJ", i))
		m.self[code] = &indicator.Indicator{Code: code, Freq: period.Month, Nature: indicator.StockEnd}
	}
	var defs []formula.Def
	for i := range n {
		src := fmt.Sprintf(shapes[i%len(shapes)], fmt.Sprintf("IN%d.LJ", i%200), fmt.Sprintf("IN%d.LJ", (i*7+1)%200))
		defs = append(defs, formula.Def{Code: indicator.Code(fmt.Sprintf("OUT%d.LJ", i)), Area: indicator.LJ, Freq: period.Month, Expr: parse(t, src)})
	}
	return defs, m
}

func TestDefinitionsOfOneShapeAreOneSelect(t *testing.T) {
	defs, m := manyDefs(t, 2000)
	stmt, err := formula.Compile(defs, m.lookup, m.area)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(stmt.SQL, "UNION ALL"); got != 5 {
		t.Errorf("%d UNION ALL, want 5: six shapes", got)
	}
	if len(stmt.Args) != 2 { // 1 and 100, each once
		t.Errorf("arguments %v", stmt.Args)
	}
}

// BenchmarkCompile2000 is the making of the statement alone.
func BenchmarkCompile2000(b *testing.B) {
	defs, m := manyDefs(b, 2000)
	for b.Loop() {
		if _, err := formula.Compile(defs, m.lookup, m.area); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluate2000 runs 2,000 indicators over 120 months of 200 inputs.
func BenchmarkEvaluate2000(b *testing.B) {
	defs, m := manyDefs(b, 2000)
	stmt, err := formula.Compile(defs, m.lookup, m.area)
	if err != nil {
		b.Fatal(err)
	}
	tab := open(b)
	tab.exec(`INSERT INTO fact SELECT 'IN' || (i % 200) || '.LJ', 'LJ', 24275 + i // 200, 1 + i % 977, 'A', 'final', NULL, 0 FROM range(24000) AS t(i)`)
	rows := 0.0
	for b.Loop() {
		tab.exec("DELETE FROM fact WHERE indicator LIKE 'OUT%'")
		tab.exec(stmt.SQL, stmt.Args...)
	}
	if err := tab.conn.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM fact WHERE indicator LIKE 'OUT%'").Scan(&rows); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(rows, "rows")
}
