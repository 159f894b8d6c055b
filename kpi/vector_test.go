package kpi_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
)

func TestV1AShareIsTheRatioOfSumsAndItsGapIsInPoints(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q4 5230.45")
	w.set("GDP.TOTAL.MUA", "2025-Q4 24310.22")
	r := w.evaluate("2025-12")["GDP.SHARE_MUA.ALL"]
	near(t, "share, 4 dp", r.Value, "21.5154")
	near(t, "share, 2 dp", r.Value, "21.52")
	near(t, "share, 1 dp", r.Value, "21.5")
	near(t, "gap", r.CurrentGap, "-0.48")
	if r.Reached {
		t.Error("21.5154 % counts as having reached 22 %")
	}
}

func TestV2AShareThatPrintsAsTheTargetHasNotReachedIt(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q4 5343.80")
	w.set("GDP.TOTAL.MUA", "2025-Q4 24291.82")
	r := w.evaluate("2025-12")["GDP.SHARE_MUA.ALL"]
	near(t, "share", r.Value, "22.0")
	near(t, "share", r.Value, "21.99835")
	if r.Reached || r.Lamp == indicator.Blue {
		t.Errorf("21.99835 %% counts as having reached 22 %%: %s", r.Reason)
	}
}

func TestV3MoreThanIsStrictAndAtLeastIsNot(t *testing.T) {
	for _, c := range []struct {
		gdp     string
		reached bool
	}{{"6600.00", false}, {"6600.01", true}} {
		w := newWorld(t)
		w.set("GDP.TOTAL.ALL", "2025-Q4 "+c.gdp)
		if r := w.evaluate("2025-12")["GDP.TOTAL.ALL"]; r.Reached != c.reached {
			t.Errorf("GDP %s against 超过6600: reached %t, want %t", c.gdp, r.Reached, c.reached)
		}
	}
	w := newWorld(t)
	w.set("VA.FIN.LJ", "2023-Q4 540 2024-Q4 540 2025-Q4 540 2026-Q4 540 2027-Q4 540")
	w.set("GDP.TOTAL.DIR", "2023-Q4 3000 2024-Q4 3000 2025-Q4 3000 2026-Q4 3000 2027-Q4 3000")
	w.now = at("2028-03-01")
	if r := w.evaluate("2027-12")["VA.FIN.SHARE_GDP.LJ"]; !r.Reached || r.Lamp != indicator.Blue {
		t.Errorf("18.0000 %% every year against 18 %%以上: reached %t, lamp %s: %s", r.Reached, r.Lamp, r.Reason)
	}
}

func TestV4MeanAnnualGrowthIsGeometricAndSaysWhatIsNeeded(t *testing.T) {
	w := newWorld(t)
	w.set("RD.EXP.LJ", "2022 100 2023 108 2024 118 2025 130")
	r := w.evaluate("2025-12")["RD.EXP.CAGR.LJ"]
	near(t, "CAGR", r.Value, "9.1393")
	near(t, "required growth 2026–27", r.RequiredGrowth, "16.4323")
	if r.Lamp != indicator.Red {
		t.Errorf("lamp %s, want red: 9.14 %% against 12 %%", r.Lamp)
	}
	if !strings.Contains(r.Reason, "16.43%") {
		t.Errorf("reason %q does not say what is needed", r.Reason)
	}
}

func TestV5TheMeanOfYearlyRatesIsNotTheAnnualGrowth(t *testing.T) {
	w := newWorld(t)
	w.set("RD.EXP.LJ", "2022 100 2023 130 2024 130 2025 140.4") // +30, 0, +8: mean 12.67
	r := w.evaluate("2025-12")["RD.EXP.CAGR.LJ"]
	near(t, "CAGR", r.Value, "11.9753")
	if r.Lamp == indicator.Green || r.Lamp == indicator.Blue {
		t.Errorf("lamp %s: 11.9753 %% counts as 12 %%", r.Lamp)
	}
}

func TestV6RealIncomeGrowthDividesByThePriceIndex(t *testing.T) {
	w := newWorld(t)
	w.set("INCOME.PC.GROWTH_NOM.LJ", "2026-Q3 5.6")
	w.set("CPI.YTD.CQ", "2026-Q3 100.3")
	w.set("GDP.GROWTH.DIR", "2026-Q3 5.2")
	res := w.evaluate("2026-09")
	near(t, "real growth", res["INCOME.PC.GROWTH_REAL.LJ"].Value, "5.2841")
	gap := res["INCOME.GDP_GAP.LJ"]
	near(t, "gap", gap.Value, "0.0841")
	if gap.Lamp != indicator.Green {
		t.Errorf("lamp %s, want green: %s", gap.Lamp, gap.Reason)
	}
}

func TestV7TheFullYearIsEstimatedByItsSeasonalShare(t *testing.T) {
	w := newWorld(t)
	w.cat.Settings.MinSeasonalYears = 1
	w.set("GDP.TOTAL.DIR", "2025-Q1 1210.00 2025-Q4 5010.00 2026-Q1 1350.00")
	near(t, "full year", w.evaluate("2026-03")["GDP.TOTAL.DIR"].FullYear, "5589.67")

	w.cat.Settings.MinSeasonalYears = 2
	if full := w.evaluate("2026-03")["GDP.TOTAL.DIR"].FullYear; full.OK {
		t.Errorf("one year of history gave an estimate, %v: want 数据不足", full.V)
	}
}

func TestV8GoodDaysAreWatchedByTheirBudgetAndOnlyInAmber(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2025-12 330 2026-06 158")
	w.set("AIR.VALIDDAYS.LJ", "2026-06 181")
	res := w.evaluate("2026-06")
	near(t, "rate", res["AIR.GOODRATE.LJ"].Value, "87.29")
	r := res["AIR.GOODDAYS.LJ"]
	if r.Lamp != indicator.Yellow || !strings.Contains(r.Reason, "319") {
		t.Errorf("lamp %s, %q: want yellow on a linear 318.6", r.Lamp, r.Reason)
	}
}

func TestV9AShareOfTheYearIsTakenFromCumulativeValues(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2026-Q1 1200 2026-Q2 2600")
	w.set("GDP.TOTAL.MUA", "2026-Q1 5600 2026-Q2 11900")
	near(t, "share", w.evaluate("2026-06")["GDP.SHARE_MUA.ALL"].Value, "21.8487")
}

func TestV12CompletionByLevelAndByProgressAreTwoNumbers(t *testing.T) {
	w := newWorld(t)
	w.set("HTE.N.LJ", "2022 1000 2023-Q4 1080 2024-Q4 1160 2025-Q4 1220 2026-Q3 1260")
	r := w.evaluate("2026-09")["HTE.N.LJ"]
	near(t, "水平完成率", r.LevelCompletion, "90.00")
	near(t, "进度完成率", r.ProgressCompletion, "65.00")
	near(t, "时序进度", indicator.Some(r.Elapsed), "75.00")
	near(t, "进度差", r.ProgressLead, "-10.00")
	if r.Lamp != indicator.Yellow {
		t.Errorf("lamp %s, want yellow at 10 points behind: %s", r.Lamp, r.Reason)
	}
}

func TestV13ThePathOfALevelIsGeometric(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.DIR", "2022 2760 2023-Q4 2900 2024-Q4 3100 2025-Q4 3300")
	r := w.evaluate("2025-12")["GDP.TOTAL.DIR"]
	near(t, "path", r.Path, "3396.27")
	near(t, "lead", r.Lead, "-96.27")
}

func TestV14OneOfTwoSectionsIsRed(t *testing.T) {
	w := newWorld(t)
	w.set("WATER.NATSEC.N.LJ", "2023-12 2 2024-12 2 2025-12 2")
	w.set("WATER.NATSEC.GOOD.N.LJ", "2023-12 2 2024-12 2 2025-12 1")
	r := w.evaluate("2025-12")["WATER.NATSEC.GOOD_RATE.LJ"]
	near(t, "rate", r.Value, "50.0")
	if r.Lamp != indicator.Red {
		t.Errorf("lamp %s, want red: %s", r.Lamp, r.Reason)
	}
}
