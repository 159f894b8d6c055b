package form_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

func text(s string) workbook.Cell {
	return workbook.Cell{Ref: workbook.Ref{Col: 5, Row: 11}, Kind: workbook.Text, Text: s}
}

func number(s string) workbook.Cell {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return workbook.Cell{Ref: workbook.Ref{Col: 5, Row: 11}, Kind: workbook.Number, Text: s, Number: v}
}

// describe prints what a cell says: the value, or the letter of its absence,
// with mark and percent sign.
func describe(n form.Number) string {
	if !n.Present() {
		return string(n.Absent)
	}
	s := n.Value.String() + n.Mark
	if n.Percent {
		s += "%"
	}
	return s
}

// Vector V15 of the catalogue and the variants of §5.8 and §5.29.
func TestParseCellAccepts(t *testing.T) {
	for _, c := range []struct {
		in      string
		percent bool
		want    string
	}{
		{"…", false, "N"},
		{"...", false, "N"},
		{"……", false, "N"},
		{"···", false, "N"},
		{"⋯", false, "N"},
		{" … ", false, "N"},
		{"—", false, "M"},
		{"－", false, "M"},
		{"-", false, "M"},
		{"――", false, "M"},
		{"——", false, "M"},
		{"–", false, "M"},
		{"−", false, "M"},
		{"一", false, "M"},
		{"ー", false, "M"},
		{"", false, "O"},
		{"   ", false, "O"},
		{"　", false, "O"},
		{"\u00a0", false, "O"},
		{"0", false, "0"},
		{"0.00", false, "0"},
		{"4.53*", false, "4.53*"},
		{"4.53＊", false, "4.53*"},
		{"4.53①", false, "4.53①"},
		{"4.53[1]", false, "4.53[1]"},
		{"１８％", true, "18%"},
		{"18%", true, "18%"},
		{"18 %", true, "18%"},
		{"18％①", true, "18①%"},
		{"18", true, "18"},
		{"-5.2", false, "-5.2"},
		{"－5.2", false, "-5.2"},
		{"−5.2", false, "-5.2"},
		{"+5.2", true, "5.2"},
		{"５２３０．４５", false, "5230.45"},
		{"1,234.5", false, "1234.5"},
		{"1，234，567.25", false, "1234567.25"},
		{" 5230.45\u00a0", false, "5230.45"},
		{"007", false, "7"},
	} {
		n, found := form.ParseCell(text(c.in), c.percent)
		if got := describe(n); got != c.want || len(found) > 0 {
			t.Errorf("ParseCell(%q, %v) = %s, want %s; findings: %s", c.in, c.percent, got, c.want, found)
		}
	}
}

func TestParseCellRefuses(t *testing.T) {
	for in, hint := range map[string]string{
		"增长5.2%":        "是否应填 5.2？",
		"下降5.2%":        "是否应填 -5.2？",
		"同比下降3个百分点":     "是否应填 -3？",
		"持平":            "是否应填 0？",
		"无":             "填“—”",
		"/":             "填“—”",
		"5230.45亿元":     "是否应填 5230.45？",
		"(5.2)":         "是否应填 -5.2？",
		"（5.2）":         "是否应填 -5.2？",
		"—5.2":          "是否应填 -5.2？",
		"5 230.45":      "是否应填 5230.45？",
		"约100":          "只填数字",
		"1,23":          "只填数字",
		"12,34.5":       "只填数字",
		"1.2.3":         "只填数字",
		"1e5":           "只填数字",
		"5.":            "是否应填 5？",
		".5":            "只填数字",
		"=1+1":          "只填数字",
		"十二":            "只填数字",
		"一 一 一x":        "只填数字",
		"..":            "只填数字",
		"1234567890123": "核对计量单位",
		"0.1234567":     "四舍五入",
		"18%":           "去掉百分号",
		"NaN":           "只填数字",
	} {
		n, found := form.ParseCell(text(in), false)
		if len(found) != 1 || found[0].Rule != "R04" || found[0].Severity != finding.Mandatory || found[0].Place.Cell != "E11" || found[0].Value == "" || found[0].Want == "" {
			t.Errorf("ParseCell(%q) = %s with %s", in, describe(n), found)
			continue
		}
		if !strings.Contains(found[0].Hint, hint) {
			t.Errorf("ParseCell(%q): hint %q, want %q", in, found[0].Hint, hint)
		}
		if !n.Value.IsZero() || n.Absent != "" {
			t.Errorf("ParseCell(%q) refuses and still says %s", in, describe(n))
		}
	}
}

func TestParseCellOfNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"5230.4499999999998":       "5230.45", // what Excel stores for 5230.45
		"0.30000000000000004":      "0.3",
		"21.249999999999996":       "21.25",
		"0":                        "0",
		"-0":                       "0",
		"1E-3":                     "0.001",
		"1.2345E+3":                "1234.5",
		"123456789012":             "123456789012",
		"999999999999.1":           "999999999999.1",
		"-4.0999999999999996":      "-4.1",
		"0.123456":                 "0.123456",
		"100.00000000000001":       "100",
		"16.434299999999997":       "16.4343",
		"2760.1199999999999":       "2760.12",
		"0.0000010000000000000001": "0.000001",
	} {
		n, found := form.ParseCell(number(in), false)
		if got := describe(n); got != want || len(found) > 0 {
			t.Errorf("ParseCell(number %s) = %s, want %s; findings: %s", in, got, want, found)
		}
	}
	for in, message := range map[string]string{
		"1E12":              "数字过大",
		"1E+300":            "数字过大",
		"5.234567890123456": "小数位数过多",
		"1E-300":            "小数位数过多",
	} {
		if _, found := form.ParseCell(number(in), false); len(found) != 1 || !found.Refused() || !strings.Contains(found[0].Message, message) {
			t.Errorf("ParseCell(number %s): %s", in, found)
		}
	}
	ratio := number("5.234567890123456")
	ratio.Formula = "E11/F11*100-100"
	if _, found := form.ParseCell(ratio, true); !found.Refused() || !strings.Contains(found[0].Hint, "ROUND") {
		t.Errorf("an unrounded formula: %s", found)
	}
	inf := number("0")
	inf.Number = math.Inf(1)
	if _, found := form.ParseCell(inf, false); !found.Refused() {
		t.Error("infinity is accepted")
	}
}

func TestParseCellOfAPercentFormat(t *testing.T) {
	c := number("0.22")
	c.Class = workbook.Percent
	n, found := form.ParseCell(c, true)
	if describe(n) != "22%" || len(found) != 1 || found[0].Severity != finding.Plausibility || found[0].Value != "0.22" || found[0].Want != "22" {
		t.Errorf("0.22 shown as 22%% under %%: %s, %s", describe(n), found)
	}
	if _, found = form.ParseCell(c, false); !found.Refused() {
		t.Errorf("a percentage where the unit is not %%: %s", found)
	}
}

func TestParseCellOfOtherKinds(t *testing.T) {
	at := workbook.Ref{Col: 5, Row: 11}
	for name, c := range map[string]workbook.Cell{
		"公式没有保存计算结果": {Ref: at, Kind: workbook.Blank, NoCache: true, Formula: "E1/E2"},
		"错误值":        {Ref: at, Kind: workbook.Error, Text: "#DIV/0!"},
		"日期":         {Ref: at, Kind: workbook.Date, Text: "2026-05-02 00:00:00", Number: 46144},
		"逻辑值":        {Ref: at, Kind: workbook.Bool, Text: "TRUE"},
	} {
		n, found := form.ParseCell(c, false)
		if len(found) != 1 || !found.Refused() || found[0].Rule != "R04" || !strings.Contains(found[0].Message, name) || found[0].Hint == "" {
			t.Errorf("%s: %s with %s", name, describe(n), found)
		}
	}
	if n, found := form.ParseCell(workbook.Cell{Ref: at}, false); n.Absent != indicator.Missing || len(found) > 0 {
		t.Errorf("a blank cell: %s, %s", describe(n), found)
	}
}

func FuzzParseCell(f *testing.F) {
	for _, s := range []string{"…", "—", "", "0", "4.53*", "１８％", "-5.2", "1,234.5", "增长5.2%", "(5)", "①", "1①②", "\xff", "9e999999999", "−", "一"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, percent bool) {
		n, found := form.ParseCell(text(s), percent)
		switch {
		case found.Refused():
			if n.Present() && !n.Value.IsZero() {
				t.Fatalf("%q is refused and still says %s", s, n.Value)
			}
		case n.Present():
			if n.Value.Exponent() < -64 || n.Value.Abs().GreaterThanOrEqual(decimal.New(1, 12)) {
				t.Fatalf("%q says %s", s, n.Value)
			}
			// What was read prints to a text that reads the same.
			again, found := form.ParseCell(text(n.Value.String()), percent)
			if found != nil || !again.Value.Equal(n.Value) {
				t.Fatalf("%q says %s, which says %s; %s", s, n.Value, again.Value, found)
			}
			if !strings.ContainsAny(s, "0123456789０１２３４５６７８９") && n.Value.IsZero() {
				// Other digits fold to ASCII ones under NFKC; a text without any is no zero.
				if !hasDigit(s) {
					t.Fatalf("%q became zero", s)
				}
			}
		}
	})
}

// hasDigit reports any character that folds to a digit.
func hasDigit(s string) bool {
	for _, r := range s {
		n, _ := form.ParseCell(text(string(r)), false)
		if n.Present() {
			return true
		}
	}
	return false
}
