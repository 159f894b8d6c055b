package formula_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func TestEveryFormulaAndRuleOfTheCatalogueHasAMeaning(t *testing.T) {
	cat := load(t)
	formulas, rules := 0, 0
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		if ind.Formula == "" {
			continue
		}
		formulas++
		if found := formula.Check(parse(t, ind.Formula), ind, cat.Indicator, cat.Unit); len(found) > 0 {
			t.Errorf("%s = %s\n%s", ind.Code, ind.Formula, problems(found))
		}
	}
	for _, r := range cat.Rules {
		for _, src := range r.Exprs {
			rules++
			if found := formula.Check(parse(t, src), nil, cat.Indicator, cat.Unit); len(found) > 0 {
				t.Errorf("%s: %s\n%s", r.ID, src, problems(found))
			}
		}
	}
	if formulas < 33 || rules == 0 { // 31 derived and 2 aliases, catalogue §0
		t.Errorf("%d formulas and %d rules", formulas, rules)
	}
}

func TestFormulasWithAMeaning(t *testing.T) {
	for _, c := range []struct {
		src, unit string
		freq      period.Freq
	}{
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100", "%", period.Quarter},
		{"share(GDP.TOTAL.ALL, GDP.TOTAL.MUA)", "%", period.Quarter},
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA", "倍", period.Quarter},
		{"NEV.GOV.LJ / NEV.OUTPUT.LJ", "万元/辆", period.Month},
		{"CO2.EMISSION.LJ / GDP.CONST2020.LJ", "吨/万元", period.Year},
		{"SW.REV.LJ / SW.EMP.LJ", "万元/人", period.Quarter},
		{"SW.REV.LJ * 10000", "万元", period.Quarter}, // 亿元 → 万元
		{"SW.REV.LJ × 2", "亿元", period.Quarter},
		{"-SW.REV.LJ + 5", "亿元", period.Quarter},
		{"INCOME.PC.LJ / 10000", "万元", period.Quarter},
		{"INCOME.PC.LJ / 10000 * SW.EMP.LJ * 10000 / 10000 / SW.EMP.LJ", "万元", period.Quarter},
		{"POP.RESIDENT.DIR × 10000", "人", period.Year},
		{"HTE.N.LJ / at(HTE.N.LJ, 2022)", "倍", period.Quarter},
		{"YUXIN.HOME.N.LJ - at(YUXIN.HOME.N.LJ, 2022)", "个", period.Half},
		{"RETAIL.TOTAL.LJ - prev(RETAIL.TOTAL.LJ)", "亿元", period.Month},
		{"growth(GDP.TOTAL.ALL + SW.REV.LJ)", "%", period.Quarter},
		{"growth(NEV.UNITVALUE.LJ)", "%", period.Month},
		{"cagr(GDP.TOTAL.ALL, 2022)", "%", period.Year},
		{"sum_since(RDINST.NEW.LJ, 2023) + RDINST.N.LJ", "家", period.Quarter},
		{"sum_since(RDINST.NEW.LJ, 2023)", "家", period.Half}, // of a more frequent count
		{"GDP.GROWTH.ALL - GDP.GROWTH.MUA", "百分点", period.Quarter},
		{"GDP.GROWTH.ALL - year_ago(GDP.GROWTH.ALL)", "百分点", period.Quarter},
		{"GDP.GROWTH.ALL + INCOME.GDP_GAP.LJ", "%", period.Quarter}, // % + 百分点
		{"(GDP.TOTAL.ALL / GDP.TOTAL.MUA - year_ago(GDP.TOTAL.ALL) / year_ago(GDP.TOTAL.MUA)) * 100", "百分点", period.Quarter},
		{"share(GDP.TOTAL.ALL, GDP.TOTAL.MUA) * growth(GDP.TOTAL.ALL) / 100", "百分点", period.Quarter}, // 拉动
		{"100 + GDP.GROWTH.ALL", "上年同期=100", period.Quarter},
		{"CPI.YTD.CQ - 100", "%", period.Quarter},
		{"((1 + INCOME.PC.GROWTH_NOM.LJ/100) / (CPI.YTD.CQ/100) − 1) × 100", "%", period.Quarter},
		{"PENSION.INSURED.LJ / PENSION.ELIGIBLE.LJ × 100", "%", period.Quarter}, // annual stock carried
		{"RD.EXP.LJ / GDP.TOTAL.LJ × 100", "%", period.Year},                    // quarterly in annual
		{"at(RD.EXP.LJ, 2022)", "亿元", period.Quarter},                           // December exists at every frequency
		{"days_ytd() - AIR.VALIDDAYS.LJ", "天", period.Month},
		{"WATER.NATSEC.GOOD_RATE.LJ - 0.5", "%", period.Month},
	} {
		if found := check(t, c.src, c.unit, c.freq); len(found) > 0 {
			t.Errorf("%s in %s:\n%s", c.src, c.unit, problems(found))
		}
	}
}

func TestFormulasWithoutAMeaningAreRefusedWhereAndWhy(t *testing.T) {
	for _, c := range []struct {
		src, unit string
		freq      period.Freq
		col       int
		message   string
		hint      string
	}{
		// Units.
		{"GDP.TOTAL.ALL + HTE.N.LJ", "亿元", period.Quarter, 15, "“亿元”与“家”不能相加", "同一量纲"},
		{"HTE.N.LJ - SW.PARK.N.LJ", "家", period.Half, 10, "“家”与“个”不能相减", "同一量纲"},
		{"INCOME.PC.LJ + GDP.TOTAL.ALL", "元", period.Quarter, 14, "“元”与“亿元”不能直接相加", "1亿元 = 100000000元"},
		{"TRADE.TOTAL.LJ + FDI.ACTUAL.LJ", "亿元", period.Month, 16, "“亿元”与“亿美元”不能相加", ""},
		{"GDP.TOTAL.ALL", "万元", period.Quarter, 1, "公式的结果是“亿元”，指标的计量单位是“万元”", "1亿元 = 10000万元"},
		{"NEV.GOV.LJ / NEV.OUTPUT.LJ", "万元", period.Month, 12, "公式的结果是“亿元/万辆”", ""},
		{"GDP.TOTAL.ALL", "没有", period.Quarter, 1, "计量单位“没有”没有登记", "登记"},
		// %, 百分点, 倍, 指数.
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA", "%", period.Quarter, 15, "结果是“比率”", "乘以 100"},
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100", "百分点", period.Quarter, 31, "结果是“%”，指标的计量单位是“百分点”", "两个百分数之差"},
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA × 100", "倍", period.Quarter, 31, "指标的计量单位是“倍”", "倍数不乘 100"},
		{"GDP.GROWTH.ALL - GDP.GROWTH.MUA", "%", period.Quarter, 16, "结果是“百分点”，指标的计量单位是“%”", "两个百分数之差是百分点"},
		{"GDP.GROWTH.ALL / 100", "%", period.Quarter, 16, "结果是“比率”", "乘以 100"},
		{"1 + GDP.GROWTH.ALL", "%", period.Quarter, 3, "“%”不能与 1 相加", "先除以 100"},
		{"INCOME.GDP_GAP.LJ - GDP.GROWTH.LJ", "百分点", period.Quarter, 19, "“百分点”与“%”不能直接相减", "化为同一种"},
		{"GDP.GROWTH.LJ + CPI.YTD.CQ", "%", period.Quarter, 15, "“%”与“上年同期=100”不能直接相加", ""},
		{"HTE.N.MULT.LJ + PENSION.COVERAGE.LJ", "倍", period.Quarter, 15, "“倍”与“%”不能直接相加", ""},
		{"GDP.TOTAL.ALL / INCOME.PC.LJ", "%", period.Quarter, 15, "结果是“比率”", "先换算"},
		// Natures.
		{"GDP.TOTAL.ALL + FUND.SCC500.PAIDIN.JOINT", "亿元", period.Half, 15, "年内累计数与期末数不能相加", "同一性质"},
		{"RDINST.N.LJ + RDINST.NEW.LJ", "家", period.Quarter, 13, "期末数与本期数不能相加", ""},
		{"sum_since(GDP.TOTAL.ALL, 2023)", "亿元", period.Quarter, 1, "累计数不能再累加", "12月值"},
		{"sum_since(AIR.GOODDAYS.LJ, 2023)", "天", period.Month, 1, "累计数不能再累加", ""},
		{"sum_since(HTE.N.LJ, 2023)", "家", period.Quarter, 1, "期末数不能累加", "at(x, 2022)"},
		{"sum_since(GDP.GROWTH.ALL, 2023)", "%", period.Quarter, 1, "比率和增速不能累加", ""},
		{"cagr(GDP.GROWTH.ALL, 2022)", "%", period.Year, 1, "不能再求年均增速", "百分点"},
		{"cagr(GDP.TOTAL.ALL, 2022)", "%", period.Quarter, 1, "年均增速只按整年计算", "年报"},
		{"growth(PENSION.COVERAGE.LJ)", "%", period.Quarter, 1, "不能再求增速", "year_ago"},
		{"growth(CPI.YTD.CQ)", "%", period.Quarter, 1, "不能再求增速", ""},
		{"(GDP.GROWTH.ALL + GDP.GROWTH.MUA) / 2", "%", period.Quarter, 35, "比率和增速不能求平均", "分子之和"},
		{"share(GDP.TOTAL.ALL, FUND.SCC500.PAIDIN.JOINT)", "%", period.Half, 1, "年内累计数与期末数不能求占比", ""},
		{"share(GDP.GROWTH.ALL, GDP.GROWTH.MUA)", "%", period.Quarter, 1, "占比只能由总量计算", ""},
		{"share(GDP.TOTAL.ALL, 6600)", "%", period.Quarter, 1, "占比只能由总量计算", ""},
		{"share(SW.EMP.LJ, HTE.N.LJ)", "%", period.Quarter, 1, "“万人”与“家”不能求占比", ""},
		{"RANK.DE.CQ × 2", "位次", period.Year, 12, "位次、认定和量级不能参与运算", "直接与数比较"},
		{"-RANK.DE.CQ", "位次", period.Year, 1, "位次、认定和量级不能参与运算", ""},
		{"growth(MAG.DISPLAY.LJ)", "%", period.Year, 1, "位次、认定和量级不能参与运算", ""},
		// Prices.
		{"INCOME.PC.GROWTH_NOM.LJ - GDP.GROWTH.LJ", "百分点", period.Quarter, 25, "名义（现价）与可比价不能混用", "同一价格"},
		{"RD.EXP.LJ / GDP.CONST2020.LJ × 100", "%", period.Year, 11, "名义（现价）与可比价不能混用", ""},
		// Frequencies.
		{"RD.EXP.LJ / GDP.TOTAL.LJ × 100", "%", period.Quarter, 1, "是年报流量或比率，不能用于季报公式", "只有期末数"},
		{"prev(RDINST.N.LJ)", "家", period.Half, 6, "是季报，公式是半年报，上期不对应", "同频"},
		{"prev(RD.EXP.LJ)", "亿元", period.Year, 6, "年内没有上期", "year_ago"},
		{"PENSION.INSURED.LJ - year_ago(PENSION.ELIGIBLE.LJ)", "万人", period.Quarter, 31, "不能在季报公式里用 year_ago", "频率不低于"},
		{"RDINST.NEW.LJ", "家", period.Year, 1, "只含最后一期", "sum_since"},
		// References.
		{"GDP.TOTL.ALL", "亿元", period.Quarter, 1, "没有指标“GDP.TOTL.ALL”", "是不是 GDP.TOTAL.ALL？"},
		{"GDP.TOATL.ALL", "亿元", period.Quarter, 1, "没有指标", "是不是 GDP.TOTAL.ALL？"},
		{"GDP.TOTALS.ALL", "亿元", period.Quarter, 1, "没有指标", "是不是 GDP.TOTAL.ALL？"},
		{"GDP.TOTAI.MUA", "亿元", period.Quarter, 1, "没有指标", "是不是 GDP.TOTAL.MUA？"},
		{"HTE.N", "家", period.Quarter, 1, "没有指标", "是不是 HTE.N.LJ？"},
		{"HTE.N.ALL", "家", period.Quarter, 1, "没有指标", "是不是 HTE.N.LJ？"},
		{"NOBODY.KNOWS.THIS", "家", period.Quarter, 1, "没有指标", "核对指标代码"},
		{"TEST.RESULT.LJ + 1", "家", period.Quarter, 1, "公式引用了指标自己", ""},
		{"100", "%", period.Quarter, 1, "公式没有引用任何指标", ""},
		{"days_ytd()", "天", period.Month, 1, "公式没有引用任何指标", ""},
		{"GDP.TOTAL.ALL / 0", "亿元", period.Quarter, 15, "除数是零", ""},
		{"GDP.TOTAL.ALL / (1 - 1)", "亿元", period.Quarter, 15, "除数是零", ""},
		{"GDP.TOTAL.ALL <= 1", "亿元", period.Quarter, 15, "指标公式不能是比较式", "审核规则"},
	} {
		found := check(t, c.src, c.unit, c.freq)
		if len(found) != 1 {
			t.Errorf("%s in %s: %d problems, want one:\n%s", c.src, c.unit, len(found), problems(found))
			continue
		}
		p := found[0]
		if p.Col != c.col || !strings.Contains(p.Message, c.message) || !strings.Contains(p.Hint, c.hint) {
			t.Errorf("%s in %s: %s; want column %d, %q, %q", c.src, c.unit, problems(found), c.col, c.message, c.hint)
		}
	}
}

func TestEveryProblemIsReportedInOrderOfColumn(t *testing.T) {
	found := check(t, "NO.ONE.LJ + NO.TWO.LJ + (GDP.TOTAL.ALL + HTE.N.LJ)", "亿元", period.Quarter)
	if len(found) != 3 || found[0].Col != 1 || found[1].Col != 13 || found[2].Col != 40 {
		t.Errorf("problems:\n%s", problems(found))
	}
}

func TestRules(t *testing.T) {
	cat := load(t)
	for _, c := range []struct{ src, want string }{
		{"GDP.TOTAL.DIR <= GDP.TOTAL.ALL", ""},
		{"NEV.UNITVALUE.LJ >= 5", ""},
		{"5 <= GDP.GROWTH.ALL", ""},
		{"RANK.DE.CQ <= 3", ""},
		{"AIR.VALIDDAYS.LJ <= days_ytd()", ""},
		{"AIR.GOODDAYS.LJ >= prev(AIR.GOODDAYS.LJ)", ""},
		{"VA.DE.LJ <= GDP.TOTAL.LJ", ""},
		{"RDINST.NEW.LJ <= RDINST.N.LJ", ""}, // natures may be compared
		{"SW.REV.LJ / SW.EMP.LJ >= 30", ""},
		{"PENSION.COVERAGE.LJ + AIR.GOODRATE.LJ <= 100", ""}, // of two frequencies
		{"GDP.TOTAL.DIR", "规则须是比较式"},
		{"1 < 2", "公式没有引用任何指标"},
		{"GDP.TOTAL.DIR <= HTE.N.LJ", "“亿元”与“家”不能比较"},
		{"GDP.TOTAL.DIR <= INCOME.PC.LJ", "“亿元”与“元”不能直接比较"},
		{"GDP.GROWTH.ALL <= INCOME.GDP_GAP.LJ", "“%”与“百分点”不能直接比较"},
		{"GDP.TOTAL.ALL / GDP.TOTAL.MUA <= GDP.GROWTH.ALL", "“比率”与“%”不能直接比较"},
	} {
		found := formula.Check(parse(t, c.src), nil, cat.Indicator, cat.Unit)
		if c.want == "" && len(found) > 0 || c.want != "" && !strings.Contains(problems(found), c.want) {
			t.Errorf("%s: problems %q, want %q", c.src, problems(found), c.want)
		}
	}
}

func TestAnUnregisteredOrBrokenUnitOfAReferenceIsAProblem(t *testing.T) {
	cat := load(t)
	units := func(symbol string) *indicator.Unit {
		switch symbol {
		case "亿元":
			return &indicator.Unit{Symbol: "亿元", Dimension: "money_cny", Factor: "很多"}
		case "家":
			return nil
		}
		return cat.Unit(symbol)
	}
	self := &indicator.Indicator{Code: "TEST.RESULT.LJ", Unit: "%", Freq: period.Quarter}
	got := problems(formula.Check(parse(t, "GDP.TOTAL.ALL / HTE.N.LJ"), self, cat.Indicator, units))
	if !strings.Contains(got, "换算系数“很多”有误") || !strings.Contains(got, "计量单位“家”没有登记") {
		t.Errorf("problems:\n%s", got)
	}
}

func TestTheResultHasThePriceBasisOfTheIndicator(t *testing.T) {
	cat := load(t)
	self := &indicator.Indicator{Code: "TEST.RESULT.LJ", Unit: "亿元", Freq: period.Year, PriceBasis: indicator.Current}
	got := problems(formula.Check(parse(t, "GDP.CONST2020.LJ × 2"), self, cat.Indicator, cat.Unit))
	if !strings.Contains(got, "价格口径") {
		t.Errorf("problems:\n%s", got)
	}
}
