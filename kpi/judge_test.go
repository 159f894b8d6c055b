package kpi_test

import (
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// lampOf evaluates one indicator and returns its lamp and reason.
func (w *world) lampOf(code indicator.Code, p string) (indicator.Lamp, string) {
	r := w.evaluate(p)[code]
	return r.Lamp, r.Reason
}

func TestLampFollowsTheForecastAndTheShortfall(t *testing.T) {
	for _, c := range []struct {
		name, values string
		want         indicator.Lamp
	}{
		{"a reached target is blue", "2022 2500 2023-12 2800 2024-12 3200 2025-12 3500", indicator.Blue},
		{"a forecast that meets the target is green", "2022 2000 2023-12 2300 2024-12 2650 2025-12 3000", indicator.Green},
		{"a forecast short by at most 5 % is yellow", "2022 2400 2023-12 2550 2024-12 2750 2025-12 2950", indicator.Yellow},
		{"a forecast short by more is red", "2022 2400 2023-12 2420 2024-12 2440 2025-12 2460", indicator.Red},
		{"too few years are grey, never green", "2024-12 3000 2025-12 3300", indicator.Grey},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.set("AUTO.GOV.LJ", c.values)
			if got, why := w.lampOf("AUTO.GOV.LJ", "2025-12"); got != c.want {
				t.Errorf("lamp %s, want %s: %s", got, c.want, why)
			}
		})
	}
}

func TestAboutTheTargetIsReachedTwoPointsBelow(t *testing.T) {
	for _, c := range []struct {
		own     string
		reached bool
	}{{"58", true}, {"57.999", false}, {"61", true}} {
		w := newWorld(t)
		w.set("NEV.OUTPUT.LJ", "2025-12 "+c.own)
		w.set("NEV.OUTPUT.CQ", "2025-12 100")
		if r := w.evaluate("2025-12")["NEV.OUTPUT.SHARE_CQ.LJ"]; r.Reached != c.reached {
			t.Errorf("%s %% against 60%%左右: reached %t, want %t", c.own, r.Reached, c.reached)
		}
	}
}

func TestAFloorBrokenInAnyYearStaysRed(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2023-12 319 2024-12 330 2025-12 335 2026-06 170")
	lamp, why := w.lampOf("AIR.GOODDAYS.LJ", "2026-06")
	if lamp != indicator.Red || !strings.Contains(why, "2023年319天") {
		t.Errorf("lamp %s, %q: want red naming 2023年319天", lamp, why)
	}
}

func TestAFloorThatTheDaysLeftCannotReachIsRed(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2025-12 330 2026-09 227") // 273 days gone, 92 left: 319 at best
	if lamp, why := w.lampOf("AIR.GOODDAYS.LJ", "2026-09"); lamp != indicator.Red {
		t.Errorf("lamp %s, want red: %s", lamp, why)
	}
	w.set("AIR.GOODDAYS.LJ", "2026-09 228") // 320 at best
	if lamp, why := w.lampOf("AIR.GOODDAYS.LJ", "2026-09"); lamp != indicator.Yellow {
		t.Errorf("lamp %s, want yellow: %s", lamp, why)
	}
}

func TestSyncIsAmberWithinHalfAPoint(t *testing.T) {
	for _, c := range []struct {
		nominal string
		want    indicator.Lamp
		why     string
	}{
		{"5.0", indicator.Green, "与经济增速持平，保持同步"},
		{"5.03", indicator.Green, "高于经济增速0.03个百分点，保持同步"}, // never 0.0
		{"4.97", indicator.Yellow, "低于经济增速0.03个百分点，基本同步"},
		{"4.7", indicator.Yellow, "低于经济增速0.3个百分点，基本同步"},
		{"4.5", indicator.Yellow, "低于经济增速0.5个百分点，基本同步"},
		{"4.4", indicator.Red, "低于经济增速0.6个百分点，未同步"},
	} {
		w := newWorld(t)
		w.set("INCOME.PC.GROWTH_NOM.LJ", "2026-Q3 "+c.nominal)
		w.set("CPI.YTD.CQ", "2026-Q3 100")
		w.set("GDP.GROWTH.DIR", "2026-Q3 5.0")
		if got, why := w.lampOf("INCOME.GDP_GAP.LJ", "2026-09"); got != c.want || why != c.why {
			t.Errorf("income %s %% against GDP 5.0 %%: lamp %s: %s; want %s: %s", c.nominal, got, why, c.want, c.why)
		}
	}
}

func TestPartsOfDifferentVintagesAreNotComparable(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q4 5230.45@final")
	w.set("GDP.TOTAL.MUA", "2025-Q4 24310.22@preliminary")
	res := w.evaluate("2025-12")
	r := res["GDP.SHARE_MUA.ALL"]
	if r.Lamp != indicator.Grey || r.Absence != indicator.Incomparable {
		t.Errorf("lamp %s, absence %s: want grey, 不可比", r.Lamp, r.Absence)
	}
	if s := res["GDP.TOTAL.ALL"].Share; s.OK {
		t.Errorf("share %v of parts of two vintages", s.V)
	}
}

func TestAMissingValueIsNeverZeroAndNeverGreen(t *testing.T) {
	overdue := func(code indicator.Code, p period.Period) (time.Time, bool) {
		return p.Last().AddDate(0, 0, 25), code == "GDP.TOTAL.ALL" || code == "GDP.TOTAL.MUA"
	}
	for _, c := range []struct {
		name, filed string
		want        indicator.Absence
	}{
		{"not filed", "", indicator.Overdue},
		{"blank", "2026-Q3 _", indicator.BlankCell},
		{"a dash", "2026-Q3 —", indicator.Dash},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.due = overdue
			w.set("GDP.TOTAL.ALL", "2026-Q2 2600")
			w.set("GDP.TOTAL.MUA", "2026-Q2 11900 2026-Q3 18000")
			if c.filed != "" {
				w.set("GDP.TOTAL.ALL", c.filed)
			}
			res := w.evaluate("2026-09")
			for _, code := range []indicator.Code{"GDP.TOTAL.ALL", "GDP.SHARE_MUA.ALL"} {
				r := res[code]
				if r.Value.OK || r.Lamp != indicator.Grey || r.Absence != c.want {
					t.Errorf("%s: value %v, lamp %s, absence %q: want none, grey, %q", code, r.Value, r.Lamp, r.Absence, c.want)
				}
			}
		})
	}
}

func TestAPeriodThatIsNotDueYetKeepsTheOneBefore(t *testing.T) {
	w := newWorld(t)
	w.due = func(_ indicator.Code, p period.Period) (time.Time, bool) { return p.Last().AddDate(0, 0, 25), true }
	w.now = at("2026-10-20") // 2026-Q3 is due on 25 October
	w.setKnown("GDP.TOTAL.ALL", "2026-Q2 2600", at("2026-07-20"))
	r := w.evaluate("2026-09")["GDP.TOTAL.ALL"]
	if !r.Value.OK || r.Period != period.MustParse("2026-Q2") {
		t.Errorf("value %v of %s: want that of 2026-Q2", r.Value, r.Period)
	}
}

func TestGrowthNeedsAPositiveBase(t *testing.T) {
	for _, base := range []string{"0", "-3.5", "…", "—", "_"} {
		w := newWorld(t)
		w.set("FDI.ACTUAL.LJ", "2025-09 "+base+" 2026-09 4.2")
		if g := w.evaluate("2026-09")["FDI.ACTUAL.LJ"].Growth; g.OK {
			t.Errorf("base %s: growth %v, want —", base, g.V)
		}
	}
}

func TestAZeroDenominatorGivesNoRatio(t *testing.T) {
	w := newWorld(t)
	w.set("TRADE.TOTAL.LJ", "2026-09 12")
	w.set("TRADE.TOTAL.CQ", "2026-09 0")
	r := w.evaluate("2026-09")["TRADE.TOTAL.SHARE_CQ.LJ"]
	if r.Value.OK || r.Lamp != indicator.Grey {
		t.Errorf("value %v, lamp %s: want none, grey", r.Value, r.Lamp)
	}
}

func TestAChangeOfAShareIsInPointsAndHasNoGrowth(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q3 3600 2026-Q3 3870")
	w.set("GDP.TOTAL.MUA", "2025-Q3 18000 2026-Q3 18000")
	r := w.evaluate("2026-09")["GDP.SHARE_MUA.ALL"]
	near(t, "change", r.Change, "1.50")
	if r.Growth.OK {
		t.Errorf("a share has grown by %v %%", r.Growth.V)
	}
}

func TestPublishedGrowthStandsBesideTheComputedOne(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q3 3600 2026-Q3 3870")
	w.set("GDP.GROWTH.ALL", "2026-Q3 5.9")
	r := w.evaluate("2026-09")["GDP.TOTAL.ALL"]
	near(t, "computed", r.Growth, "7.50")
	near(t, "published", r.Published, "5.9")
}

func TestTheFirstOfASeasonHasNoPreviousMonthButHasAYearAgo(t *testing.T) {
	w := newWorld(t)
	w.set("RETAIL.TOTAL.LJ", "2025-02 120 2026-02 126") // 1—2月: January is never filed
	r := w.evaluate("2026-02")["RETAIL.TOTAL.LJ"]
	near(t, "growth", r.Growth, "5.00")
	if r = w.evaluate("2026-01")["RETAIL.TOTAL.LJ"]; r.Period == period.MustParse("2026-01") && r.Value.OK {
		t.Error("January has a value of its own")
	}
}

func TestIncrementsAreSummedFromTheStartOfThePlanAndAGapIsNotSkipped(t *testing.T) {
	w := newWorld(t)
	w.set("RDINST.NEW.LJ", "2023-Q1 3 2023-Q2 0 2023-Q3 4 2023-Q4 2 2024-Q1 1")
	near(t, "sum", w.evaluate("2024-03")["RDINST.NEW.CUM.LJ"].Value, "10")
	w = newWorld(t)
	w.set("RDINST.NEW.LJ", "2023-Q1 3 2023-Q3 4 2023-Q4 2 2024-Q1 1")
	if r := w.evaluate("2024-03")["RDINST.NEW.CUM.LJ"]; r.Value.OK && r.Period.End >= period.MustParse("2023-Q2").End {
		t.Errorf("a sum over a gap: %v at %s", r.Value.V, r.Period)
	}
}

func TestAYearlyDenominatorIsCarriedThroughTheYear(t *testing.T) {
	w := newWorld(t)
	w.set("PENSION.ELIGIBLE.LJ", "2025 100")
	w.set("PENSION.INSURED.LJ", "2026-Q3 96")
	r := w.evaluate("2026-09")["PENSION.COVERAGE.LJ"]
	near(t, "coverage", r.Value, "96.00")
	if r.Carried != 9 {
		t.Errorf("carried %d months, want 9", r.Carried)
	}
}

func TestPartOfAYearIsNotSetAgainstAYearsTarget(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2023-Q2 2400")
	r := w.evaluate("2023-06")["GDP.TOTAL.ALL"]
	if r.LevelCompletion.OK || r.CurrentGap.OK || r.Path.OK || r.Lamp != indicator.Grey {
		t.Errorf("half a year is %v of the target, gap %v, lamp %s: want none, none, grey", r.LevelCompletion, r.CurrentGap, r.Lamp)
	}
}

func TestTheScopeSettingDecidesWhatGDPMeans(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.DIR", "2025-Q4 3000")
	w.set("GDP.TOTAL.ALL", "2025-Q4 5000")
	near(t, "GDP of the scope", w.evaluate("2025-12")["GDP.TOTAL.LJ"].Value, "3000.00")
}

func TestAsOfGivesWhatWasKnownThen(t *testing.T) {
	w := newWorld(t)
	w.setKnown("GDP.TOTAL.ALL", "2025-Q4 5000@preliminary", at("2026-01-20"))
	w.setKnown("GDP.TOTAL.ALL", "2025-Q4 5100@final", at("2026-12-20"))
	near(t, "before the revision", w.asOf("2025-12", at("2026-06-01"))["GDP.TOTAL.ALL"].Value, "5000.00")
	near(t, "after it", w.asOf("2025-12", at("2027-01-01"))["GDP.TOTAL.ALL"].Value, "5100.00")
	if r := w.asOf("2025-12", at("2026-01-01"))["GDP.TOTAL.ALL"]; r.Value.OK {
		t.Errorf("known before it was filed: %v", r.Value.V)
	}
}

func TestRankTargetsAreListedAndNeverScored(t *testing.T) {
	w := newWorld(t)
	w.set("RANK.BIZENV.CQ", "2025 1")
	r := w.evaluate("2025-12")["RANK.BIZENV.CQ"]
	if r.Lamp != indicator.NoLamp || r.Reason == "" {
		t.Errorf("lamp %q, reason %q: want none, with a reason", r.Lamp, r.Reason)
	}
}

func TestEqualQuestionsHaveEqualHashes(t *testing.T) {
	a, b := newWorld(t), newWorld(t)
	a.set("GDP.TOTAL.ALL", "2025-Q4 5000")
	a.set("GDP.TOTAL.MUA", "2025-Q4 24000")
	b.set("GDP.TOTAL.MUA", "2025-Q4 24000") // the other way round
	b.set("GDP.TOTAL.ALL", "2025-Q4 5000")
	if x, y := a.hash("2025-12"), b.hash("2025-12"); x != y {
		t.Errorf("the order of filing changes the KPI hash: %s, %s", x, y)
	}
	b.set("GDP.TOTAL.ALL", "2025-Q4 5000.01")
	if x, y := a.hash("2025-12"), b.hash("2025-12"); x == y {
		t.Error("another value gives the same KPI hash")
	}
}
