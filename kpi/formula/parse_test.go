package formula_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// sameTree compares trees but for the columns.
var sameTree = cmp.Options{
	cmp.Exporter(func(t reflect.Type) bool { return t.PkgPath() == "zhibiao/kpi/formula" }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".at" }, cmp.Ignore()),
}

func TestCanonicalText(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100", "GDP.TOTAL.ALL ÷ GDP.TOTAL.MUA × 100"},
		{"A.LJ+B.LJ*C.LJ", "A.LJ + B.LJ × C.LJ"},
		{"(A.LJ+B.LJ)*C.LJ", "(A.LJ + B.LJ) × C.LJ"},
		{"A.LJ-B.LJ-C.LJ", "A.LJ − B.LJ − C.LJ"},
		{"A.LJ-(B.LJ-C.LJ)", "A.LJ − (B.LJ − C.LJ)"},
		{"A.LJ/B.LJ/C.LJ", "A.LJ ÷ B.LJ ÷ C.LJ"},
		{"A.LJ/(B.LJ*C.LJ)", "A.LJ ÷ (B.LJ × C.LJ)"},
		{"A.LJ+(B.LJ+C.LJ)", "A.LJ + (B.LJ + C.LJ)"},
		{"((A.LJ))", "A.LJ"},
		{"-A.LJ*B.LJ", "−A.LJ × B.LJ"},
		{"-(A.LJ*B.LJ)", "−(A.LJ × B.LJ)"},
		{"A.LJ--B.LJ", "A.LJ − −B.LJ"},
		{"--A.LJ", "−−A.LJ"},
		{"A.LJ*00.50", "A.LJ × 0.5"},
		{"A.LJ*.5", "A.LJ × 0.5"},
		{"A.LJ*1000000000000000000000", "A.LJ × 1000000000000000000000"},
		{"prev( A.LJ )", "prev(A.LJ)"},
		{"at(A.LJ,2022)", "at(A.LJ, 2022)"},
		{"at(A.LJ+B.LJ,2022)", "at(A.LJ + B.LJ, 2022)"},
		{"sum_since(A.LJ, 2023)", "sum_since(A.LJ, 2023)"},
		{"cagr(A.LJ,2022)", "cagr(A.LJ, 2022)"},
		{"growth(A.LJ)-year_ago(B.LJ)", "growth(A.LJ) − year_ago(B.LJ)"},
		{"share(A.LJ,B.LJ+C.LJ)", "share(A.LJ, B.LJ + C.LJ)"},
		{"growth(share(A.LJ, B.LJ))", "growth(share(A.LJ, B.LJ))"},
		{"A.LJ<=days_ytd()", "A.LJ ≤ days_ytd()"},
		{"A.LJ>=1", "A.LJ ≥ 1"},
		{"A.LJ<1", "A.LJ < 1"},
		{"A.LJ>1", "A.LJ > 1"},
		{"A.LJ==1", "A.LJ = 1"},
		{"A.LJ=1", "A.LJ = 1"},
		{"FUND.SCC500.PAIDIN.JOINT\n +\tNET5G_X.N.LJ", "FUND.SCC500.PAIDIN.JOINT + NET5G_X.N.LJ"},
		// Full-width and typographic forms.
		{"（Ａ．ＬＪ　＋　B.LJ）×１００", "(A.LJ + B.LJ) × 100"},
		{"A.LJ－B.LJ—C.LJ–D.LJ−E.LJ", "A.LJ − B.LJ − C.LJ − D.LJ − E.LJ"},
		{"A.LJ＊B.LJ／C.LJ÷D.LJ", "A.LJ × B.LJ ÷ C.LJ ÷ D.LJ"},
		{"A.LJ≤B.LJ", "A.LJ ≤ B.LJ"},
		{"A.LJ≧B.LJ", "A.LJ ≥ B.LJ"},
		{"A.LJ＜＝B.LJ", "A.LJ ≤ B.LJ"},
		{"A.LJ＝B.LJ", "A.LJ = B.LJ"},
		{"A.LJ＝＝B.LJ", "A.LJ = B.LJ"},
		{"ａｔ（A.LJ，２０２２）", "at(A.LJ, 2022)"},
	} {
		e, err := formula.Parse(c.src)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.src, err)
			continue
		}
		if got := e.String(); got != c.want {
			t.Errorf("Parse(%q).String() = %q, want %q", c.src, got, c.want)
		}
		again, err := formula.Parse(e.String())
		if err != nil {
			t.Errorf("Parse(%q): %v", e.String(), err)
			continue
		}
		if diff := cmp.Diff(e, again, sameTree); diff != "" {
			t.Errorf("%q: the canonical text has another tree:\n%s", c.src, diff)
		}
	}
}

func TestSyntaxErrorsPointAtTheCharacterAndSayWhatToDo(t *testing.T) {
	many := func(n int, s, sep string) string { return strings.TrimSuffix(strings.Repeat(s+sep, n), sep) }
	var refs []string
	for i := range 33 {
		refs = append(refs, fmt.Sprintf("A%d.LJ", i))
	}
	for _, c := range []struct {
		src           string
		col           int
		message, hint string
	}{
		{"", 1, "公式是空的", "例如"},
		{"  ", 3, "公式是空的", "例如"},
		{"A.LJ +", 7, "公式没有写完", "补上数或指标代码"},
		{"A.LJ × ÷ 2", 8, "“÷”前缺一项", "补上"},
		{"A.LJ B.LJ", 6, "“B.LJ”前缺运算符", "补"},
		{"(A.LJ B.LJ)", 7, "“B.LJ”前缺运算符", "补"},
		{"(A.LJ + 1", 1, "括号没有闭合", "末尾"},
		{"A.LJ + 1)", 9, "多出一个“)”", "去掉"},
		{"1,000 + A.LJ", 2, "此处不能有逗号", "千分位"},
		{"（A.LJ ＋ 增长", 9, "不认识的字符 '增'", "公式由"},
		{"A.LJ * 22%", 10, "公式里不写百分号", "乘以 100"},
		{"A.LJ ^ 2", 6, "没有乘方", "cagr"},
		{"A.LJ != 2", 6, "没有“不等于”比较", "比较符"},
		{"gdp.total.all", 1, "不认识“gdp.total.all”", "大写"},
		{"GDP.total", 5, "后有小写字母", "大写"},
		{"GDP..ALL", 1, "“GDP..ALL”不是指标代码", "一个点"},
		{"GDP.ALL.", 1, "“GDP.ALL.”不是指标代码", "一个点"},
		{"1.2.3 × A.LJ", 1, "“1.2.3”不是数", "千分位"},
		{"1. × A.LJ", 1, "“1.”不是数", "0.5"},
		{"1e5 × A.LJ", 1, "既不是数也不是指标代码", "科学计数法"},
		{"A.LJ × 1234567890123456789012345678901", 8, "超过30位", "六位"},
		{"avg(A.LJ)", 1, "没有函数“avg”", "prev、year_ago"},
		{"PREV(A.LJ)", 1, "“PREV”不是函数", "小写"},
		{"prev", 5, "prev 后面缺“(”", "prev(指标)"},
		{"prev()", 6, "prev 缺少参数", "prev(指标)"},
		{"prev(A.LJ, 1)", 10, "prev 参数过多", "prev(指标)"},
		{"prev(1)", 6, "prev 里没有指标", "prev(指标)"},
		{"prev(A.LJ", 5, "括号没有闭合", "末尾"},
		{"at(A.LJ)", 8, "at 缺少参数", "2022"},
		{"at(A.LJ, 22)", 10, "“22”处应为四位年份", "2022"},
		{"at(A.LJ, B.LJ)", 10, "“B.LJ”处应为四位年份", "2022"},
		{"at(A.LJ, 2022, 1)", 14, "at 参数过多", "2022"},
		{"at(A.LJ, 2022.5)", 10, "“2022.5”处应为四位年份", "2022"},
		{"share(A.LJ)", 11, "share 缺少参数", "share(部分, 总体)"},
		{"share(A.LJ,)", 12, "share 缺少参数", "share(部分, 总体)"},
		{"days_ytd(A.LJ)", 10, "“A.LJ”前缺运算符", ""},
		{"growth(prev(A.LJ))", 8, "prev 不能写在 growth 里", "派生指标"},
		{"year_ago(days_ytd() + A.LJ)", 10, "days_ytd 不能写在 year_ago 里", "派生指标"},
		{"sum_since(A.LJ + B.LJ, 2023)", 11, "sum_since 只对一个指标求和", "2023"},
		{"A.LJ < B.LJ < C.LJ", 13, "比较不能连写", "拆成两条"},
		{"(A.LJ < B.LJ)", 7, "括号和函数里不能比较", "最外层"},
		{"share(A.LJ < B.LJ, C.LJ)", 12, "括号和函数里不能比较", "最外层"},
		{"+A.LJ", 1, "不写正号", "去掉"},
		{"A.LJ\x80", 5, "不是有效的UTF-8文字", "UTF-8"},
		{strings.Repeat("A", 4097), 1, "超过4096字节", "拆成"},
		{strings.Repeat("(", 65) + "A.LJ" + strings.Repeat(")", 65), 65, "嵌套超过64层", "拆成"},
		{strings.Repeat("-", 65) + "A.LJ", 65, "嵌套超过64层", "拆成"},
		{many(201, "A.LJ", "+"), 1001, "公式超过400个", "拆成"},
		{strings.Repeat("A.LJ/(", 60) + "A.LJ" + strings.Repeat(")", 60), 5, "除数里又有除数", "派生指标"},
		{strings.Join(refs, "+"), 215, "引用超过32个指标", "拆成"},
	} {
		_, err := formula.Parse(c.src)
		var se *formula.SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("Parse(%.40q) error = %v, want a *SyntaxError", c.src, err)
			continue
		}
		if se.Col != c.col || !strings.Contains(se.Message, c.message) || !strings.Contains(se.Hint, c.hint) {
			t.Errorf("Parse(%.40q) = column %d, %q, hint %q; want column %d, %q, %q", c.src, se.Col, se.Message, se.Hint, c.col, c.message, c.hint)
		}
	}
	err := &formula.SyntaxError{Col: 3, Message: "公式没有写完", Hint: "补上数"}
	if got, want := err.Error(), "第3列：公式没有写完（补上数）"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestTheLongestFormulasAreAccepted(t *testing.T) {
	var terms []string
	for i := range 200 {
		terms = append(terms, fmt.Sprintf("A%d.LJ", i%32))
	}
	for _, src := range []string{
		strings.Join(terms, "+"),
		strings.Repeat("(", 64) + "A.LJ" + strings.Repeat(")", 64),
		strings.Repeat("-", 64) + "A.LJ",
		strings.Repeat("A.LJ/(", 8) + "A.LJ" + strings.Repeat(")", 8),
		"A.LJ × 123456789012345678901234567890",
		"A.LJ × .12345678901234567890123456789",
	} {
		e, err := formula.Parse(src)
		if err != nil {
			t.Errorf("Parse(%.40q): %v", src, err)
		} else if _, err := formula.Parse(e.String()); err != nil {
			t.Errorf("Parse(%.40q): %v", e.String(), err)
		}
	}
}

func TestRefsAreInOrderOfFirstUseAndUnique(t *testing.T) {
	got := formula.Refs(parse(t, "share(B.LJ, A.LJ) + growth(C.LJ) - A.LJ / at(D.LJ, 2022) * B.LJ"))
	if diff := cmp.Diff([]indicator.Code{"B.LJ", "A.LJ", "C.LJ", "D.LJ"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPosIsTheOperatorOrTheStart(t *testing.T) {
	for src, want := range map[string]int{
		"A.LJ": 1, "  A.LJ": 3, "（A.LJ ＋ B.LJ）": 7, "A.LJ <= 1": 6, " prev(A.LJ)": 2, "-A.LJ": 1,
	} {
		if got := parse(t, src).Pos(); got != want {
			t.Errorf("Parse(%q).Pos() = %d, want %d", src, got, want)
		}
	}
}

func TestARuleIsEvaluatedAtTheFrequencyOfItsLeastFrequentFlow(t *testing.T) {
	cat := load(t)
	for src, want := range map[string]period.Freq{
		"VA.DE.LJ <= GDP.TOTAL.LJ":                  period.Year,    // an annual flow decides
		"PENSION.INSURED.LJ <= PENSION.ELIGIBLE.LJ": period.Quarter, // annual stock, carried
		"NEV.GOV.LJ <= AUTO.GOV.LJ":                 period.Month,
		"NOBODY.KNOWS <= 1":                         0,
	} {
		if got := formula.Freq(parse(t, src), cat.Indicator); got != want {
			t.Errorf("Freq(%q) = %q, want %q", src, got, want)
		}
	}
}

func TestLevelsComeInOrderOfDependence(t *testing.T) {
	defs := map[indicator.Code]formula.Expr{
		"GAP":   parse(t, "REAL - GDP.GROWTH"),
		"REAL":  parse(t, "NOM / CPI"),
		"TWICE": parse(t, "GAP * 2 + INPUT"),
		"SUM":   parse(t, "A + B"),
	}
	got, err := formula.Levels(defs)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]indicator.Code{{"REAL", "SUM"}, {"GAP"}, {"TWICE"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := formula.Levels(nil); err != nil || len(got) != 0 {
		t.Errorf("Levels(nil) = %v, %v", got, err)
	}
}

func TestACycleIsNamed(t *testing.T) {
	for _, c := range []struct {
		defs map[indicator.Code]string
		want string
	}{
		{map[indicator.Code]string{"A": "B + 1", "B": "C * 2", "C": "A - D", "D": "X"}, "A → B → C → A"},
		{map[indicator.Code]string{"A": "B", "B": "C", "C": "prev(B)"}, "B → C → B"},
		{map[indicator.Code]string{"A": "prev(A)"}, "A → A"},
	} {
		defs := make(map[indicator.Code]formula.Expr)
		for code, src := range c.defs {
			defs[code] = parse(t, src)
		}
		if _, err := formula.Levels(defs); err == nil || err.Error() != c.want {
			t.Errorf("Levels(%v) error = %v, want %s", c.defs, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100", "((1 + A.LJ/100) / (B.CQ/100) − 1) × 100", "share(A.LJ, B.LJ) >= 0.75",
		"sum_since(A.LJ, 2023)", "at(−A.LJ ＋ B.LJ，２０２２)", "cagr(A.LJ, 2022) - growth(B.LJ)", "--(A.LJ*-.5)", "days_ytd() == A.LJ", "(((", "A..B", "1e9", "\xff", "prev(prev(A.LJ))",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := formula.Parse(src)
		if err != nil {
			var se *formula.SyntaxError
			if !errors.As(err, &se) || se.Message == "" || se.Col < 1 || se.Col > utf8.RuneCountInString(src)+1 {
				t.Fatalf("Parse(%q) error = %#v", src, err)
			}
			return
		}
		again, err := formula.Parse(e.String())
		if err != nil {
			t.Fatalf("Parse(%q).String() = %q: %v", src, e.String(), err)
		}
		if diff := cmp.Diff(e, again, sameTree); diff != "" {
			t.Fatalf("%q → %q: another tree:\n%s", src, e.String(), diff)
		}
		if again.String() != e.String() {
			t.Fatalf("String is not canonical: %q, then %q", e.String(), again.String())
		}
		if pos := e.Pos(); pos < 1 || pos > utf8.RuneCountInString(src) {
			t.Fatalf("Pos of %q = %d", src, pos)
		}
	})
}

// R30: three parts of two decimals, 0.015; a total against its whole, half of the
// coarser last place; the same series in two periods is two operands.
func TestSlackIsHalfOfTheLastPlaceForEachPart(t *testing.T) {
	cat := load(t)
	for src, want := range map[string]float64{
		"GDP.TOTAL.ALL = VA.MFG.LJ + VA.FIN.LJ + VA.DE.LJ":                         0.015,
		"FUND.SCC500.PAIDIN.JOINT <= FUND.SCC500.SUBSCRIBED.JOINT":                 0.005,
		"HTE.N.LJ <= STE.N.LJ":                                                     0.5,
		"TRADE.TOTAL.LJ >= FDI.ACTUAL.LJ":                                          0.005,
		"TRADE.TOTAL.LJ = prev(TRADE.TOTAL.LJ) + TRADE.TOTAL.CQ":                   0.01,
		"RETAIL.TOTAL.LJ >= 600":                                                   0.005,
		"NO.SUCH.CODE >= 600":                                                      0,
		"GDP.TOTAL.LJ <= GDP.TOTAL.MUA":                                            0.005,
		"share(VA.MFG.LJ, GDP.TOTAL.DIR) + share(VA.FIN.LJ, GDP.TOTAL.DIR) <= 100": 0.015,
	} {
		if got := formula.Slack(parse(t, src), cat.Indicator); math.Abs(got-want) > 1e-12 {
			t.Errorf("Slack(%q) = %v, want %v", src, got, want)
		}
	}
}
