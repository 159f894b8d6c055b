package formula_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/formula"
)

func TestARegionIsNotCountedTwice(t *testing.T) {
	cat := load(t)
	for src, want := range map[string]string{
		"GDP.TOTAL.DIR + GDP.TOTAL.ALL":                     "17: ",
		"GDP.TOTAL.MUA + (1 + 2) × 3 + GDP.TOTAL.DIR":       "已含", // through 全域
		"GDP.TOTAL.DIR + GDP.TOTAL.LJ":                      "是同一地区",
		"RETAIL.TOTAL.LJ / (GDP.TOTAL.DIR + GDP.TOTAL.ALL)": "不能相加",
		"growth(GDP.TOTAL.ALL + GDP.TOTAL.DIR)":             "不能相加",
		"GDP.TOTAL.ALL − GDP.TOTAL.DIR":                     "", // the rest of the region
		"GDP.TOTAL.ALL + VA.MFG.LJ":                         "", // another measure
		"GDP.TOTAL.ALL + GDP.TOTAL.ALL":                     "",
		"GDP.TOTAL.DIR × 0.5 + GDP.TOTAL.ALL":               "",
		"SW.REV.LJ + NOBODY.KNOWS.ALL":                      "",
		"GDP.TOTAL.DIR <= GDP.TOTAL.ALL":                    "",
	} {
		got := problems(formula.Overlaps(parse(t, src), cat.Indicator, cat.Area))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}
