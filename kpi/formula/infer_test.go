package formula_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/period"
)

func TestAnExpressionOfNoIndicatorHasAType(t *testing.T) {
	cat := load(t)
	for src, want := range map[string]string{
		"GDP.TOTAL.ALL":                                                     "亿元|flow_ytd|Q|current",
		"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100":                               "%|ratio|Q|",
		"GDP.TOTAL.ALL / GDP.TOTAL.MUA":                                     "倍|ratio|Q|",
		"GDP.GROWTH.ALL − year_ago(GDP.GROWTH.ALL)":                         "百分点|diff_pp|Q|constant",
		"share(GDP.TOTAL.ALL, GDP.TOTAL.MUA) × GDP.GROWTH.ALL / 100":        "百分点 %|diff_pp|Q|constant",
		"NEV.GOV.LJ / NEV.OUTPUT.LJ":                                        "万元/辆|ratio|M|current",
		"SW.REV.LJ × 10000":                                                 "亿元 万元|flow_ytd|Q|current",
		"HTE.N.LJ − at(HTE.N.LJ, 2022)":                                     "家 户|count_stock|Q|",
		"sum_since(RDINST.NEW.LJ, 2023)":                                    "家 户|count_cum_since_base|Q|",
		"RETAIL.TOTAL.LJ − prev(RETAIL.TOTAL.LJ)":                           "亿元||M|current",
		"prev(RETAIL.TOTAL.LJ) + (RETAIL.TOTAL.LJ − prev(RETAIL.TOTAL.LJ))": "亿元|flow_ytd|M|current",
		"cagr(GDP.TOTAL.ALL, 2022)":                                         "%|cagr|A|current",
		"growth(NEV.UNITVALUE.LJ)":                                          "%|growth_rate|M|current",
		"100 + GDP.GROWTH.ALL":                                              "上年同期=100 %|index|Q|constant",
		"SW.REV.LJ × SW.EMP.LJ":                                             "亿元·万人|ratio|Q|current",
		"PENSION.INSURED.LJ / PENSION.ELIGIBLE.LJ × 100":                    "%|ratio|Q|",
		"RANK.DE.CQ":                     "位次|rank|A|",
		"GDP.TOTAL.DIR <= GDP.TOTAL.ALL": "rule Q",
	} {
		got, problems := formula.Infer(parse(t, src), 0, cat.Indicator, cat.Units)
		text := fmt.Sprintf("%s%s|%s|%s|%s", strings.Join(got.Units, " "), got.Written, got.Nature, got.Freq, got.Basis)
		if got.Rule {
			text = "rule " + got.Freq.String()
		}
		if len(problems) > 0 || text != want {
			t.Errorf("%s: %q %v, want %q", src, text, problems, want)
		}
	}
}

func TestAFrequencyMayBeAskedFor(t *testing.T) {
	cat := load(t)
	e := parse(t, "HTE.N.LJ")
	if got, problems := formula.Infer(e, period.Year, cat.Indicator, cat.Units); got.Freq != period.Year || len(problems) > 0 {
		t.Errorf("%+v %v", got, problems)
	}
	if _, got := formula.Infer(parse(t, "RD.EXP.LJ / GDP.TOTAL.LJ"), period.Quarter, cat.Indicator, cat.Units); len(got) != 1 {
		t.Errorf("an annual flow in a quarterly formula: %v", got)
	}
}

func TestTheSumOfACumulativeSeriesWithItselfIsRefusedAndItsDifferenceIsOnePeriod(t *testing.T) {
	for src, want := range map[string]string{
		"RETAIL.TOTAL.LJ + prev(RETAIL.TOTAL.LJ)":                           "累计数不能再累加",
		"prev(RETAIL.TOTAL.LJ) × 2 + RETAIL.TOTAL.LJ":                       "累计数不能再累加",
		"(RETAIL.TOTAL.LJ − prev(RETAIL.TOTAL.LJ)) + RETAIL.TOTAL.LJ":       "本期数与年内累计数不能相加",
		"(RETAIL.TOTAL.LJ − prev(RETAIL.TOTAL.LJ)) + prev(RETAIL.TOTAL.LJ)": "",
		"RETAIL.TOTAL.LJ + year_ago(RETAIL.TOTAL.LJ)":                       "", // two years
		"prev(RETAIL.TOTAL.LJ + FDI.ACTUAL.LJ × 7) + prev(RETAIL.TOTAL.LJ)": "“亿元”与“亿美元”不能相加",
	} {
		got := problems(check(t, src, "亿元", period.Month))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}
