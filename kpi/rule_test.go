package kpi_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// ruleTests says which tests hold each domain rule of catalogue §5 that touches
// computation. The others say how things are filed, asked for and signed; why
// says where they are held.
var ruleTests = []struct {
	rule  string
	topic string
	tests string // names, by spaces
	why   string // of a rule that computes nothing
}{
	{"5.1", "名义 vs 可比价", "TestPublishedGrowthStandsBesideTheComputedOne TestAPublishedGrowthIsBackedOutToItsBase TestTheResultHasThePriceBasisOfTheIndicator TestTheBasisOfPublishedGrowth TestPublishedAndComputedGrowthAreNeverCompared", ""},
	{"5.2", "口径调整", "TestAPublishedGrowthIsBackedOutToItsBase TestTheBackOutCheckTellsASlipFromARestatedBaseFromAPrice TestPublishedGrowthIsKeptAsFiledAndTheRatioNeverOverwritesIt TestTheFirstValueOfANewCaliberHasTheStatusBreak TestGrowthAcrossAChangeOfCaliberIsNotComparable TestAProjectionDoesNotReachBehindAChangeOfCaliber", ""},
	{"5.3", "累计 vs 当期", "TestCurrentIsTheDifferenceOfCumulativeValues TestCumulativeAndCurrentAreInverse TestCurrentGrowthAndChainStandBesideTheCumulativeOnes TestChainComparisonsGoByOrdinals", ""},
	{"5.4", "1—2月合并", "TestJanuaryIsNeverInvented TestCurrentIsTheDifferenceOfCumulativeValues TestChainComparisonsGoByOrdinals", ""},
	{"5.5", "快报、最终核实、普查", "TestACensusRevisionShowsBothBases TestAPeriodFiledBeforeTheCensusIsNotLinkedTwice TestPartsOfDifferentVintagesAreNotComparable TestAsOfIsMonotoneAndTheOrderOfFilingIsOfNoAccount", ""},
	{"5.6", "直管区 vs 全域", "TestTheScopeSettingDecidesWhatGDPMeans TestAContributionIsOfOneAreaOneReleaseAndAWholeThatGrows TestAreasAreVersionedAndNested", ""},
	{"5.7", "计量单位", "TestConvertingTheUnitCommutesWithEveryMeasure TestUnitsConvertExactlyWithinADimension TestProgressIsTheSameInEveryUnit", ""},
	{"5.8", "— … 空格", "TestGrowthNeedsAPositiveBase TestAMissingValueIsNeverZeroAndNeverGreen TestNotSignificantAddsNothingAndIsNoAbsence TestWhatCannotExistIsLeftOutOfASum TestWhatCannotExistIsNoDivisorAndNoRate", ""},
	{"5.9", "四舍五入", "TestV2AShareThatPrintsAsTheTargetHasNotReachedIt TestFixedRoundsHalfUpOnce TestPrintRoundsHalfToEvenForTheEnvironment TestMeetsComparesUnrounded", ""},
	{"5.10", "时序进度", "TestV13ThePathOfALevelIsGeometric TestV12CompletionByLevelAndByProgressAreTwoNumbers TestSeasonalPaceStandsBesideTheLinearOne TestTheSeasonIsTheMeanShareOfCompleteYears", ""},
	{"5.11", "目标完成率", "TestV12CompletionByLevelAndByProgressAreTwoNumbers TestCompletionIsUndefinedWithoutABase", ""},
	{"5.12", "贡献率、拉动", "TestV10ContributionAndPullOfAnIndustry TestAContributionIsOfOneAreaOneReleaseAndAWholeThatGrows TestPullsOfThePartsSumToTheGrowthOfTheWhole TestAContributionFromLevelsOfOnePriceBasisIsExact", ""},
	{"5.13", "强制性、核实性审核", "", "a return is judged in ingest: TestEachRuleHoldsAtItsEdge"},
	{"5.14", "报表制度表头表尾", "", "the form, in ingest/form"},
	{"5.15", "催报", "", "the calendar, in pipeline and schedules"},
	{"5.16", "回执", "", "ingest/receipt"},
	{"5.17", "不得代改数据", "TestWhatIfIsNeverOnTheRecord", ""},
	{"5.18", "在地统计", "TestPartsOfDifferentCalibersAreNotComparable", ""},
	{"5.19", "规上进退", "", "a reason for a jump, in ingest"},
	{"5.20", "年均增长", "TestV4MeanAnnualGrowthIsGeometricAndSaysWhatIsNeeded TestV5TheMeanOfYearlyRatesIsNotTheAnnualGrowth TestAnAverageGrowthNeedsAPositiveBase", ""},
	{"5.21", "百分点、倍", "TestAChangeOfAShareIsInPointsAndHasNoGrowth TestPercentAndPointsAreNeverMixed TestThePartsOfAShareAddUpToItsChange", ""},
	{"5.22", "占比", "TestV1AShareIsTheRatioOfSumsAndItsGapIsInPoints TestV9AShareOfTheYearIsTakenFromCumulativeValues TestPartsOfDifferentVintagesAreNotComparable TestPartsOfDifferentCalibersAreNotComparable TestSharesAndGrowthsDoNotKnowTheScaleOfTheirParts", ""},
	{"5.23", "季节性年化", "TestV7TheFullYearIsEstimatedByItsSeasonalShare TestPartOfAYearIsNotSetAgainstAYearsTarget", ""},
	{"5.24", "预测不是统计数", "TestEveryNumberOnThePageIsInTheLedger", ""},
	{"5.25", "未公布数据保密", "", "a right to see, of the pages"},
	{"5.26", "认定有效期", "", "a register, in ingest: R23 asks for the reason of a fall"},
	{"5.27", "逐户名录", "TestTheCheckCharacterFindsSlips", ""},
	{"5.28", "期别写法", "TestPeriodsAreWrittenAsStatisticsWriteThem TestParsePeriod TestLatestAndAs", ""},
	{"5.29", "全角半角", "", "reading, in ingest/form"},
	{"5.30", "闰年与天数", "TestDaysYTDCountsTheLeapDay TestV8DayBudget TestAFloorShowsEveryYearAndItsDaysLeft TestDaysOfTheYearFollowTheCalendar", ""},
	{"5.31", "机构与区划沿革", "TestAreasAreVersionedAndNested", ""},
	{"5.32", "说明文字", "", "the return, in ingest"},
	{"5.33", "指标元数据", "", "the catalogue and the report's appendix"},
}

func TestEveryDomainRuleThatComputesHasItsTests(t *testing.T) {
	have := make(map[string]bool)
	decl := regexp.MustCompile(`(?m)^func (Test\S+)\(t \*testing\.T\)`)
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range decl.FindAllStringSubmatch(string(text), -1) {
			have[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range ruleTests {
		if want := fmt.Sprintf("5.%d", i+1); r.rule != want {
			t.Errorf("rule %s stands where %s should", r.rule, want)
		}
		if (r.tests == "") == (r.why == "") {
			t.Errorf("%s %s: want tests, or why there are none", r.rule, r.topic)
		}
		for name := range strings.FieldsSeq(r.tests) {
			if !have[name] {
				t.Errorf("%s %s: there is no %s", r.rule, r.topic, name)
			}
		}
	}
	if len(ruleTests) != 33 {
		t.Errorf("%d rules, want the 33 of the catalogue", len(ruleTests))
	}
}

func TestNotSignificantAddsNothingAndIsNoAbsence(t *testing.T) {
	w := newWorld(t)
	w.set("INCUB.MAKER.N.LJ", "2026-H1 …")
	w.set("INCUB.INC.N.LJ", "2026-H1 40")
	near(t, "“…” + 40", w.evaluate("2026-06")["INCUB.N.LJ"].Value, "40")
	w.set("INCUB.MAKER.N.LJ", "2026-H1 _")
	if r := w.evaluate("2026-06")["INCUB.N.LJ"]; r.Value.OK {
		t.Errorf("a blank counts as zero: %v", r.Value.V)
	}
}

func TestAnAverageGrowthNeedsAPositiveBase(t *testing.T) {
	for _, base := range []string{"0", "-3", "—", "_"} {
		w := newWorld(t)
		w.set("RD.EXP.LJ", "2022 "+base+" 2023 108 2024 118 2025 130")
		if r := w.evaluate("2025-12")["RD.EXP.CAGR.LJ"]; r.Value.OK || r.Lamp != indicator.Grey {
			t.Errorf("base %s: %v a year, lamp %s", base, r.Value.V, r.Lamp)
		}
	}
}

func TestCompletionIsUndefinedWithoutABase(t *testing.T) {
	w := newWorld(t)
	w.set("HTE.N.LJ", "2024-Q4 1160 2025-Q4 1220")
	r := w.evaluate("2025-12")["HTE.N.LJ"]
	near(t, "水平完成率", r.LevelCompletion, "87.14")
	if r.ProgressCompletion.OK || r.Path.OK || r.Lead.OK {
		t.Errorf("progress %v, path %v without a base", r.ProgressCompletion, r.Path)
	}
	w.set("HTE.N.LJ", "2022 1400") // the target itself
	if r = w.evaluate("2025-12")["HTE.N.LJ"]; r.ProgressCompletion.OK {
		t.Errorf("progress %v on no way", r.ProgressCompletion)
	}
}

func TestWhatCannotExistIsLeftOutOfASum(t *testing.T) {
	w := newWorld(t)
	w.set("INCUB.MAKER.N.LJ", "2025-H2 — 2026-H1 —")
	w.set("INCUB.INC.N.LJ", "2025-H2 — 2026-H1 40")
	near(t, "“—” + 40", w.evaluate("2026-06")["INCUB.N.LJ"].Value, "40")
	if r := w.evaluate("2025-12")["INCUB.N.LJ"]; r.Value.OK || r.Absence != indicator.Dash {
		t.Errorf("a sum of nothing but “—” is %v, absence %q", r.Value, r.Absence)
	}
	w.set("RDINST.NEW.LJ", "2023-Q1 — 2023-Q2 3 2023-Q3 — 2023-Q4 2")
	near(t, "a running sum over “—”", w.evaluate("2023-12")["RDINST.NEW.CUM.LJ"].Value, "5")
	w.set("RDINST.NEW.LJ", "2023-Q3 _")
	if r := w.evaluate("2023-12")["RDINST.NEW.CUM.LJ"]; r.Value.OK && r.Period.End == period.MustParse("2023-12").End {
		t.Errorf("a running sum goes over a blank: %v", r.Value.V)
	}
}

func TestWhatCannotExistIsNoDivisorAndNoRate(t *testing.T) {
	w := newWorld(t)
	w.due = func(_ indicator.Code, p period.Period) (time.Time, bool) { return p.Last(), p.Year() == 2025 }
	w.set("VA.MFG.LJ", "2025-Q4 1000")
	w.set("GDP.TOTAL.DIR", "2025-Q4 —")
	w.set("INCOME.PC.GROWTH_NOM.LJ", "2025-Q4 —")
	w.set("CPI.YTD.CQ", "2025-12 102")
	got := w.evaluate("2025-12")
	for _, code := range []indicator.Code{"VA.MFG.SHARE_GDP.LJ", "INCOME.PC.GROWTH_REAL.LJ"} {
		if r := got[code]; r.Value.OK || r.Absence != indicator.Dash || r.Lamp == indicator.Green {
			t.Errorf("%s is %v, absence %q, lamp %s", code, r.Value, r.Absence, r.Lamp)
		}
	}
}
