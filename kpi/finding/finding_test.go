package finding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/finding"
)

func TestAPlacePrintsWhatItPointsInto(t *testing.T) {
	for want, p := range map[string]finding.Place{
		"":                           {},
		"报表.xlsx":                    {File: "报表.xlsx"},
		"报表.xlsx[双城101表]!C12":        {File: "报表.xlsx", Sheet: "双城101表", Cell: "C12"},
		"报表.xlsx[双城101表]":            {File: "报表.xlsx", Sheet: "双城101表"},
		"报表.xlsx(xl/workbook.xml)":   {File: "报表.xlsx", Part: "xl/workbook.xml"},
		"报表.xlsx(xl/workbook.xml):3": {File: "报表.xlsx", Part: "xl/workbook.xml", Line: 3},
		"rules.yaml:3:7":             {File: "rules.yaml", Line: 3, Column: 7},
		"rules.yaml:3":               {File: "rules.yaml", Line: 3},
		"rules.yaml":                 {File: "rules.yaml", Column: 7}, // a column of no line is none
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v prints %q, want %q", p, got, want)
		}
	}
}

func TestAFindingPrintsForThePersonWhoMustMendIt(t *testing.T) {
	full := finding.Finding{
		Rule: "R06", Severity: finding.Mandatory, Place: finding.Place{File: "报表.xlsx", Sheet: "双城101表", Cell: "E12"},
		Label: "其中：直管区", Code: "GDP.TOTAL.DIR", Value: "1378.43亿元", Want: "不大于 1278.10亿元",
		Message: "部分大于总体", Hint: "核对三个口径是否填串行",
	}
	for name, c := range map[string]struct {
		change func(*finding.Finding)
		want   string
	}{
		"all of it": {
			func(*finding.Finding) {},
			"报表.xlsx[双城101表]!E12: 强制性: “其中：直管区” 部分大于总体（实为 1378.43亿元，应为 不大于 1278.10亿元） [R06]\n    改法：核对三个口径是否填串行",
		},
		"a blank says so": {
			func(f *finding.Finding) { f.Value = "" },
			"报表.xlsx[双城101表]!E12: 强制性: “其中：直管区” 部分大于总体（实为 空白，应为 不大于 1278.10亿元） [R06]\n    改法：核对三个口径是否填串行",
		},
		"nothing is wanted": {
			func(f *finding.Finding) { f.Want, f.Hint = "", "" },
			"报表.xlsx[双城101表]!E12: 强制性: “其中：直管区” 部分大于总体（实为 1378.43亿元） [R06]",
		},
		"neither value nor want": {
			func(f *finding.Finding) { f.Value, f.Want, f.Hint, f.Severity = "", "", "", finding.Plausibility },
			"报表.xlsx[双城101表]!E12: 核实性: “其中：直管区” 部分大于总体 [R06]",
		},
		"nowhere": {func(f *finding.Finding) {
			*f = finding.Finding{Rule: "x", Severity: finding.Note, Message: "说一声"}
		}, "提示: 说一声 [x]"},
		"what the input says stays on its line": {func(f *finding.Finding) {
			f.Place.Sheet, f.Label, f.Value = "表\r\n一", "\x1b[31m红\u202e字", "1\t2\x00\u2028\xff3"
		}, "报表.xlsx[表  一]!E12: 强制性: “ [31m红字” 部分大于总体（实为 1 2  3，应为 不大于 1278.10亿元） [R06]\n    改法：核对三个口径是否填串行"},
	} {
		f := full
		c.change(&f)
		if d := cmp.Diff(c.want, f.String()); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	l := finding.List{full, {Rule: "x", Severity: finding.Note, Message: "说一声"}}
	if got, want := l.String(), full.String()+"\n提示: 说一声 [x]"; got != want {
		t.Errorf("a list prints %q, want %q", got, want)
	}
	if got := finding.List(nil).String(); got != "" {
		t.Errorf("no finding prints %q", got)
	}
}

func TestSortIsBySeverityThenPlaceThenRule(t *testing.T) {
	cell := func(s finding.Severity, ref, rule string) finding.Finding {
		return finding.Finding{Rule: rule, Severity: s, Place: finding.Place{File: "b.xlsx", Sheet: "S", Cell: ref}}
	}
	line := func(file string, line, column int) finding.Finding {
		return finding.Finding{Rule: "y", Severity: finding.Note, Place: finding.Place{File: file, Line: line, Column: column}}
	}
	want := finding.List{
		{Rule: "R01", Severity: finding.Mandatory, Place: finding.Place{File: "b.xlsx"}},
		cell(finding.Mandatory, "", "R02"),
		cell(finding.Mandatory, "C2", "R03"),
		cell(finding.Mandatory, "C2", "R04"),
		cell(finding.Mandatory, "A10", "R01"), // by row as a number, then by column
		cell(finding.Mandatory, "C10", "R01"),
		cell(finding.Mandatory, "AA10", "R01"),
		cell(finding.Mandatory, "A11:C11", "R01"),
		cell(finding.Mandatory, "B11", "R01"),
		cell(finding.Plausibility, "A1", "R20"),
		cell(finding.Note, "A1", "hidden-row"),
		line("c.yaml", 2, 1),
		line("c.yaml", 2, 10),
		line("c.yaml", 10, 1),
		line("d.yaml", 1, 1),
	}
	rapid.Check(t, func(t *rapid.T) {
		got := slices.Clone(want)
		got = finding.List(rapid.Permutation(got).Draw(t, "order"))
		got.Sort()
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestSortKeepsTheOrderOfEquals(t *testing.T) {
	l := finding.List{{Rule: "R", Message: "first"}, {Rule: "R", Message: "second"}}
	l.Sort()
	if l[0].Message != "first" {
		t.Errorf("equal findings changed places: %v", l)
	}
}

func TestOnlyAMandatoryFindingRefuses(t *testing.T) {
	l := finding.List{{Severity: finding.Plausibility}, {Severity: finding.Note}, {Severity: finding.Plausibility}}
	if l.Refused() || finding.List(nil).Refused() {
		t.Error("a list without a mandatory finding refuses")
	}
	l = append(l, finding.Finding{Severity: finding.Mandatory})
	if !l.Refused() {
		t.Error("a mandatory finding does not refuse")
	}
	for s, want := range map[finding.Severity]int{finding.Mandatory: 1, finding.Plausibility: 2, finding.Note: 1} {
		if got := l.Count(s); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
	for s, want := range map[finding.Severity]string{finding.Mandatory: "强制性", finding.Plausibility: "核实性", finding.Note: "提示"} {
		if got := s.Name(); got != want {
			t.Errorf("%s is called %q, want %q", s, got, want)
		}
	}
}

func TestNearestKnowsASlipFromAnotherWord(t *testing.T) {
	codes := []string{"TRADE.TOTAL.CQ", "TRADE.TOTAL.LJ", "FDI.ACTUAL.LJ", "RETAIL.TOTAL.LJ"}
	units := []string{"亿元", "万元", "万人", "%"}
	departments := []string{"自贸办", "财政局", "科技创新局", "现代服务业局"}
	for _, c := range []struct {
		word  string
		known []string
		want  string
	}{
		{"TRADE.TOTAL.CO", codes, "TRADE.TOTAL.CQ"},
		{"TRADE.TOTLA.CQ", codes, "TRADE.TOTAL.CQ"}, // neighbours swapped
		{"TRADETOTAL.LJ", codes, "TRADE.TOTAL.LJ"},
		{"FDI.ACTUAL.LJJ", codes, "FDI.ACTUAL.LJ"},
		{"fdi.actual.lj", codes, "FDI.ACTUAL.LJ"},
		{"TRADE.TOTAL.XX", codes, "TRADE.TOTAL.CQ"}, // equally near: the first
		{"GDP.GROWTH.ALL", codes, ""},
		{"億元", units, "亿元"},
		{"万人次", units, "万人"},
		{"箩筐", units, ""},
		{"x", units, ""}, // one character replaced is another word
		{"", units, ""},
		{"自贸局", departments, "自贸办"},
		{"现代服务局", departments, "现代服务业局"},
		{"教育局", departments, ""}, // two of three characters differ
		{"自贸办", nil, ""},
		{"自贸办", []string{""}, ""},
		{strings.Repeat("长", 65), []string{strings.Repeat("长", 65)}, ""}, // no word of ours
		{strings.Repeat("长", 64), []string{strings.Repeat("长", 63)}, strings.Repeat("长", 63)},
		{"亿\xff元", units, "亿元"},
	} {
		got, ok := finding.Nearest(c.word, c.known)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%q) = %q, %v, want %q", c.word, got, ok, c.want)
		}
	}
}

func TestNearestIsAKnownWordAndFindsEverySingleSlip(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("ABC.产值亿")), 4, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfNDistinct(letters, 1, 8, rapid.ID[string]).Draw(t, "known")
		word := []rune(rapid.SampledFrom(known).Draw(t, "meant"))
		i := rapid.IntRange(0, len(word)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "slip") {
		case 0:
			word[i] = '误'
		case 1:
			word = slices.Delete(word, i, i+1)
		case 2:
			word = slices.Insert(word, i, '误')
		case 3:
			if j := i + 1; j < len(word) {
				word[i], word[j] = word[j], word[i]
			}
		}
		got, ok := finding.Nearest(string(word), known)
		if !ok || !slices.Contains(known, got) {
			t.Fatalf("Nearest(%q, %q) = %q, %v", string(word), known, got, ok)
		}
	})
}

func TestPlainTextIsOneVisibleLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("\x1b\r\n\x00\u202e")))).Draw(t, "bytes")
		s := finding.Plain(string(raw))
		for _, r := range s {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar {
				t.Fatalf("Plain(%q) = %q holds %U", raw, s, r)
			}
		}
		if finding.Plain(s) != s {
			t.Fatalf("Plain of %q is not plain", s)
		}
	})
	if s := "全域地区生产总值（现价），1—9月 “…” ８％"; finding.Plain(s) != s {
		t.Errorf("Plain(%q) = %q", s, finding.Plain(s))
	}
}

func FuzzNearest(f *testing.F) {
	f.Add("GDP.TOTAL.DRI", "GDP.TOTAL.DIR")
	f.Add("億元", "亿元\n万元")
	f.Add("\xff\xfe", "a")
	f.Fuzz(func(t *testing.T, word, known string) {
		words := strings.Split(known, "\n")
		got, ok := finding.Nearest(word, words)
		if ok != (got != "") || ok && !slices.Contains(words, got) {
			t.Errorf("Nearest(%q, %q) = %q, %v", word, words, got, ok)
		}
		if again, _ := finding.Nearest(word, words); again != got {
			t.Errorf("Nearest(%q, %q) = %q, then %q", word, words, got, again)
		}
	})
}

func ExampleNearest() {
	fmt.Println(finding.Nearest("GDP.TOTAL.DRI", []string{"GDP.TOTAL.ALL", "GDP.TOTAL.DIR"}))
	// Output: GDP.TOTAL.DIR true
}
