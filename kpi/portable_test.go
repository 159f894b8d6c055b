package kpi_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
)

// What KPI SQL may not use, since it will also run on another engine (DESIGN.md
// §4): words that others do not know, or compute otherwise in the last bits.
var (
	notPortable = regexp.MustCompile(`(?i)\b(QUALIFY|ASOF|POSITIONAL|PIVOT|UNPIVOT|LATERAL|SEMI|ANTI|SUMMARIZE|EXCLUDE|ILIKE|GLOB|FILTER)\b` +
		`|\b(ORDER|GROUP)\s+BY\s+ALL\b|\bSELECT\s+\*|\.\*|::|//|\*\*|\[|\{` +
		`|\b(list|array|struct|map|unnest|power|pow|avg|mean|mode|median|quantile|percentile|stddev|var|variance|covar|corr|regr|round|trunc|arg_max|arg_min|max_by|min_by|first|last|any_value|fsum|favg|kahan_sum|date_trunc|strftime|printf|format|string_agg|if|ifnull|nvl|try_cast)\w*\s*\(`)
	sqlComment = regexp.MustCompile(`--[^\n]*`)
	sqlText    = regexp.MustCompile(`'[^']*'`)
	division   = regexp.MustCompile(`.{0,24}/.{0,14}`)
	guarded    = regexp.MustCompile(`AS DOUBLE PRECISION\) / NULLIF\(CAST\(`)
	double     = regexp.MustCompile(`(?i)\bAS DOUBLE\s*\)`) // PostgreSQL knows DOUBLE PRECISION alone
	summed     = regexp.MustCompile(`(?i)\bSUM\(.{0,16}`)
)

// unportable says what a statement may not contain; "" when it is portable.
func unportable(sql string) string {
	sql = sqlText.ReplaceAllString(sqlComment.ReplaceAllString(sql, ""), "''")
	if word := notPortable.FindString(sql); word != "" {
		return word
	}
	if cast := double.FindString(sql); cast != "" {
		return cast
	}
	for _, d := range division.FindAllString(sql, -1) {
		if !guarded.MatchString(d) {
			return d // 1/3 and 1/0 differ between engines
		}
	}
	for _, s := range summed.FindAllString(sql, -1) {
		if !strings.HasPrefix(s, "SUM(CAST(") {
			return s // only DECIMAL sums are exact and of any order
		}
	}
	return ""
}

func TestKPISQLIsPortable(t *testing.T) {
	files := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".sql") {
			return err
		}
		data, err := os.ReadFile(name)
		if files++; strings.HasPrefix(name, "create_") {
			return err // the tables are made by each engine's own template
		}
		if word := unportable(string(data)); word != "" {
			t.Errorf("%s: %s", name, word)
		}
		return err
	})
	if err != nil || files < 8 {
		t.Fatal(files, err)
	}
	cat, _, err := indicator.Load(indicator.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	plan, found := kpi.Compile(cat)
	if plan == nil {
		t.Fatal(found)
	}
	statements, err := plan.Statements()
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{ // every operator, function and way to read a series
		"-(GDP.TOTAL.ALL + 1.5) - GDP.TOTAL.MUA × 2 ÷ 3", "share(GDP.TOTAL.ALL, GDP.TOTAL.MUA)", "RETAIL.TOTAL.LJ − prev(RETAIL.TOTAL.LJ)",
		"HTE.N.LJ − year_ago(HTE.N.LJ)", "HTE.N.LJ / at(HTE.N.LJ, 2022)", "sum_since(RDINST.NEW.LJ, 2023) + RDINST.N.LJ",
		"growth(GDP.TOTAL.ALL + VA.MFG.LJ)", "PENSION.INSURED.LJ / PENSION.ELIGIBLE.LJ × 100", "cagr(GDP.TOTAL.ALL, 2022)", "days_ytd() − AIR.VALIDDAYS.LJ", "INCOME.GDP_GAP.LJ + year_ago(INCOME.GDP_GAP.LJ)",
	} {
		d, problems, err := plan.Draft(src, 0)
		if err != nil || d == nil {
			t.Fatalf("%s: %v %v", src, problems, err)
		}
		statements = append(statements, d.Statements...)
	}
	for _, s := range statements {
		if word := unportable(s.SQL); word != "" {
			t.Errorf("%s in\n%s", word, s.SQL)
		}
	}
}

func TestTheLintFindsWhatIsNotPortable(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT a / b": true, "SELECT CAST(a AS DOUBLE PRECISION) / b": true, "SELECT CAST(a AS DOUBLE PRECISION) / NULLIF(CAST(b AS DOUBLE PRECISION), 0)": false,
		"SELECT CAST(a AS DOUBLE)": true, "SELECT CAST(a AS double )": true, "SELECT CAST(a AS DOUBLE PRECISION)": false,
		"SELECT AVG(a)": true, "SELECT stddev_pop(a)": true, "SELECT POWER(a, 2)": true, "SELECT a QUALIFY 1": true, "FROM a ASOF JOIN b": true, "SELECT round(a, 2)": true,
		"SELECT a::INTEGER": true, "SELECT *": true, "SELECT COUNT(*)": false, "SELECT SUM(a)": true, "SELECT SUM(CAST(a AS DECIMAL(24, 6)))": false, "SELECT [1, 2]": true,
		"SELECT 'a / b' AS x -- avg(y)": false, "SELECT regr_slope(a, b)": true, "SELECT a // 2": true, "SELECT x.*": true, "SELECT arg_max(a, b)": true, "PIVOT t": true,
	} {
		if got := unportable(sql); (got != "") != want {
			t.Errorf("%s: %q, want a finding: %t", sql, got, want)
		}
	}
}
