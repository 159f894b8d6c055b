package kpi_test

import (
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func points(v indicator.Points) indicator.Opt[indicator.Points] { return indicator.Some(v) }

func TestV10ContributionAndPullOfAnIndustry(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.DIR", "2026-Q3 5230.45")
	w.set("GDP.GROWTH.DIR", "2026-Q3 5.6")
	w.set("VA.MFG.LJ", "2026-Q3 2010.30")
	w.file("VA.MFG.LJ", indicator.GrowthMeasure, "2026-Q3 7.2", at("2026-11-01"))
	c := w.evaluate("2026-09")["VA.MFG.LJ"].Measures.Contribution
	if c == nil || c.Whole != "GDP.TOTAL.LJ" || c.Method != "increment-approx@1" {
		t.Fatalf("contribution %+v", c)
	}
	near(t, "贡献率", indicator.Some(c.Share), "48.68")
	near(t, "拉动", points(c.Pull), "2.73")
}

func TestAContributionIsOfOneAreaOneReleaseAndAWholeThatGrows(t *testing.T) {
	for _, c := range []struct{ name, gdp, growth, mfg, own string }{
		{"the whole stood still", "2026-Q3 5230.45", "2026-Q3 0.5", "2026-Q3 2010.30", "2026-Q3 7.2"},
		{"opposite signs", "2026-Q3 5230.45", "2026-Q3 5.6", "2026-Q3 2010.30", "2026-Q3 -1"},
		{"two releases", "2026-Q3 5230.45@final", "2026-Q3 5.6", "2026-Q3 2010.30", "2026-Q3 7.2"},
		{"no published growth", "2026-Q3 5230.45", "2026-Q3 5.6", "2026-Q3 2010.30", ""},
	} {
		w := newWorld(t)
		w.set("GDP.TOTAL.DIR", c.gdp)
		w.set("GDP.GROWTH.DIR", c.growth)
		w.set("VA.MFG.LJ", c.mfg)
		if c.own != "" {
			w.file("VA.MFG.LJ", indicator.GrowthMeasure, c.own, at("2026-11-01"))
		}
		if got := w.evaluate("2026-09")["VA.MFG.LJ"].Measures.Contribution; got != nil {
			t.Errorf("%s: contribution %+v", c.name, got)
		}
	}
	w := newWorld(t) // 直管区 is a part of 全域, but another area
	w.set("GDP.TOTAL.DIR", "2026-Q3 3000")
	w.set("GDP.TOTAL.ALL", "2026-Q3 5000")
	w.set("GDP.GROWTH.DIR", "2026-Q3 6")
	w.set("GDP.GROWTH.ALL", "2026-Q3 5")
	if got := w.evaluate("2026-09")["GDP.TOTAL.DIR"].Measures.Contribution; got != nil {
		t.Errorf("contribution across areas: %+v", got)
	}
}

func TestJanuaryIsNeverInvented(t *testing.T) {
	w := newWorld(t)
	w.set("RETAIL.TOTAL.LJ", "2025-02 120 2025-03 178 2026-02 126 2026-03 190")
	feb := w.evaluate("2026-02")["RETAIL.TOTAL.LJ"].Measures
	if in := feb.InPeriod; in == nil || !in.Merged || in.From != 1 || in.To != 2 {
		t.Fatalf("February is %+v, want 1—2月", in)
	}
	near(t, "1—2月", indicator.Some(feb.InPeriod.Value), "126")
	near(t, "growth", feb.InPeriod.Growth, "5.00")
	if feb.Chain != nil {
		t.Errorf("1—2月 has a 环比: %+v", feb.Chain)
	}
	march := w.evaluate("2026-03")["RETAIL.TOTAL.LJ"].Measures
	near(t, "3月", indicator.Some(march.InPeriod.Value), "64")
	near(t, "growth", march.InPeriod.Growth, "10.34")
	if march.Chain != nil {
		t.Errorf("March has a 环比 against two months: %+v", march.Chain)
	}
}

func TestCurrentGrowthAndChainStandBesideTheCumulativeOnes(t *testing.T) {
	w := newWorld(t)
	w.set("RETAIL.TOTAL.LJ", "2025-08 500 2025-09 570 2026-07 455 2026-08 525 2026-09 602")
	r := w.evaluate("2026-09")["RETAIL.TOTAL.LJ"]
	near(t, "cumulative growth", r.Growth, "5.61")
	near(t, "当期", indicator.Some(r.Measures.InPeriod.Value), "77")
	near(t, "当期 growth", r.Measures.InPeriod.Growth, "10.00")
	near(t, "环比", r.Measures.Chain.Growth, "10.00")
	if r.Measures.Chain.Against != period.MustParse("2026-08") {
		t.Errorf("against %s", r.Measures.Chain.Against)
	}
}

func TestAMultipleMovesByAStepAndAShareOfTheYearByNeither(t *testing.T) {
	w := newWorld(t)
	w.set("HTE.N.LJ", "2022 1000 2026-Q2 1980 2026-Q3 2000")
	w.set("GDP.TOTAL.ALL", "2026-Q2 2600 2026-Q3 4100")
	w.set("GDP.TOTAL.MUA", "2026-Q2 11900 2026-Q3 18800")
	res := w.evaluate("2026-09")
	c := res["HTE.N.MULT.LJ"].Measures.Chain
	if c == nil || c.Change.OK {
		t.Fatalf("环比 of 倍: %+v", c)
	}
	near(t, "step", c.Step, "0.02")
	if c := res["GDP.SHARE_MUA.ALL"].Measures.Chain; c != nil {
		t.Errorf("a share of three quarters against one of two: %+v", c)
	}
}

func TestTheYearOf本期数IsTheirSum(t *testing.T) {
	w := newWorld(t)
	w.set("RDINST.NEW.LJ", "2025-Q4 9 2026-Q1 3 2026-Q2 0 2026-Q3 4")
	near(t, "本年累计", w.evaluate("2026-09")["RDINST.NEW.LJ"].Measures.YearToDate, "7")
}

func TestAPublishedGrowthIsBackedOutToItsBase(t *testing.T) {
	w := newWorld(t)
	w.set("AUTO.GOV.LJ", "2023-12 1847 2024-12 2481")
	w.file("AUTO.GOV.LJ", indicator.GrowthMeasure, "2024-12 40.4", at("2026-11-01"))
	r := w.evaluate("2024-12")["AUTO.GOV.LJ"]
	near(t, "from levels", r.Growth, "34.33")
	near(t, "published", r.Published, "40.40")
	b := r.Measures.BackOut
	if b == nil || b.Verdict != indicator.SuspectBase {
		t.Fatalf("back-out %+v: want suspect without a comparable base", b)
	}
	near(t, "implied base", indicator.Some(b.Implied), "1767.09")
	near(t, "apart", points(b.Difference), "6.07")

	w.file("AUTO.GOV.LJ", indicator.YearAgoMeasure, "2024-12 1767.09", at("2026-11-02"))
	if b = w.evaluate("2024-12")["AUTO.GOV.LJ"].Measures.BackOut; b.Verdict != indicator.RestatedBase {
		t.Errorf("verdict %s, want restated: the comparable base was filed", b.Verdict)
	}

	w.set("GDP.TOTAL.ALL", "2025-Q3 3600 2026-Q3 3870")
	w.set("GDP.GROWTH.ALL", "2026-Q3 5.9")
	if b = w.evaluate("2026-09")["GDP.TOTAL.ALL"].Measures.BackOut; b == nil || b.Verdict != indicator.Deflated {
		t.Fatalf("real growth of nominal GDP: %+v", b)
	}
	near(t, "deflator", b.Deflator, "1.51")
}

func TestAShareIsMovedByItsOwnGrowthAndByTheWiderRegions(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2024-Q4 4980 2025-Q4 5230.45")
	w.set("GDP.TOTAL.MUA", "2024-Q4 23400 2025-Q4 24310.22")
	r := w.evaluate("2025-12")["GDP.SHARE_MUA.ALL"]
	p := r.Measures.Parts
	if p == nil || p.Part != "GDP.TOTAL.ALL" || p.Whole != "GDP.TOTAL.MUA" {
		t.Fatalf("parts %+v", p)
	}
	near(t, "change", r.Change, "0.2334")
	near(t, "own", points(p.Own), "1.0302")
	near(t, "wider", points(p.Wider), "-0.7968")
	near(t, "both", points(p.Total), "0.2334")
	if len(p.Needed) != 6 || p.Needed[0].Wider != 3 || p.Needed[5].Wider != 8 {
		t.Fatalf("needed %+v: want wider growth of 3 to 8 %%", p.Needed)
	}
	near(t, "needed at 5 %", indicator.Some(p.Needed[2].Own), "6.18") // (22/21.5154)^(1/2)·1.05 − 1

	w.set("GDP.TOTAL.ALL", "2025-Q1 1100 2026-Q1 1200")
	w.set("GDP.TOTAL.MUA", "2025-Q1 5400 2026-Q1 5600")
	if q := w.evaluate("2026-03")["GDP.SHARE_MUA.ALL"].Measures.Parts; len(q.Needed) != 6 || q.Needed[2].Own != p.Needed[2].Own {
		t.Errorf("a quarter's share is where the need starts from: %+v, want that of 2025", q)
	}

	w.set("GDP.TOTAL.MUA", "2024-Q4 23400@final")
	r = w.evaluate("2025-12")["GDP.SHARE_MUA.ALL"]
	if r.Measures.Parts != nil || r.Change.OK {
		t.Errorf("parts of two releases a year ago: %+v, change %v", r.Measures.Parts, r.Change)
	}
}

func TestSeasonalPaceStandsBesideTheLinearOne(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.DIR", "2022 2760 2023-Q1 600 2023-Q4 3000 2024-Q1 660 2024-Q4 3000 2025-Q4 3300 2026-Q1 720")
	p := w.evaluate("2026-03")["GDP.TOTAL.DIR"].Measures.Pace
	if p == nil {
		t.Fatal("no pace")
	}
	near(t, "the path of 2026", indicator.Some(p.YearTarget), "3639.43") // 2760·(3900/2760)^(4/5)
	near(t, "completion", indicator.Some(p.Completion), "19.78")
	near(t, "linear", indicator.Some(p.Linear), "25.00")
	near(t, "lead on linear", points(p.Lead), "-5.22")
	near(t, "seasonal", p.Seasonal, "21.00")
	near(t, "lead on season", p.SeasonalLead, "-1.22")
	near(t, "each quarter left", p.Remaining, "973.14")
	near(t, "times the pace so far", p.Multiple, "1.35")
}

func TestAFloorShowsEveryYearAndItsDaysLeft(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2023-12 319 2024-12 330 2025-12 335 2026-06 158")
	w.set("AIR.VALIDDAYS.LJ", "2026-06 181")
	m := w.evaluate("2026-06")["AIR.GOODDAYS.LJ"].Measures
	if len(m.Floors) != 3 || m.Floors[0].Met || !m.Floors[1].Met || m.Floors[0].Year != 2023 {
		t.Errorf("floors %+v", m.Floors)
	}
	if d := m.Days; d == nil || d.Allowed != 45 || d.Used != 23 || d.Left != 22 {
		t.Errorf("days %+v, want 45 − 23 = 22", d)
	}
	near(t, "linear by days", indicator.Some(m.Pace.Linear), "49.59")
}

func TestACensusRevisionShowsBothBases(t *testing.T) {
	w := newWorld(t)
	w.setKnown("GDP.TOTAL.ALL", "2022 5800 2023-Q4 6000", at("2024-01-20"))
	w.setKnown("GDP.TOTAL.MUA", "2022 27000 2023-Q4 28000", at("2024-01-20"))
	w.setKnown("GDP.TOTAL.ALL", "2023-Q4 6180@census", at("2025-01-10")) // +3 %
	w.setKnown("GDP.TOTAL.MUA", "2023-Q4 28560@census", at("2025-01-10"))
	w.setKnown("GDP.TOTAL.ALL", "2024-Q4 6400@final 2025-Q4 6700@final", at("2026-02-01"))
	w.setKnown("GDP.TOTAL.MUA", "2024-Q4 29400@final 2025-Q4 30500@final", at("2026-02-01"))

	b := w.evaluate("2023-12")["GDP.TOTAL.ALL"].Measures.BeforeCensus
	if b == nil || b.Linked || b.Value != 6000 || b.Current != 6180 {
		t.Fatalf("2023 has a value on both bases: %+v", b)
	}
	b = w.evaluate("2025-12")["GDP.TOTAL.ALL"].Measures.BeforeCensus
	if b == nil || !b.Linked || b.Overlap.Year() != 2023 {
		t.Fatalf("2025 is linked: %+v", b)
	}
	near(t, "factor", indicator.Some(b.Factor), "1.0300")
	near(t, "2025 on the basis of 2023", indicator.Some(b.Value), "6504.85")
	near(t, "gap then", indicator.Some(b.Gap), "-95.15")
	near(t, "gap now", indicator.Some(b.CurrentGap), "100.00")
	if b.Reached || !b.CurrentReached {
		t.Errorf("reached %t before, %t now: want false, true", b.Reached, b.CurrentReached)
	}
	s := w.evaluate("2025-12")["GDP.SHARE_MUA.ALL"].Measures.BeforeCensus
	if s == nil {
		t.Fatal("the share has no value on the basis of 2023")
	}
	near(t, "share of 2025, both parts on the old basis", indicator.Some(s.Value), "21.7539") // 6504.85 ÷ (30500 ÷ 1.02)

	if b := w.asOf("2023-12", at("2024-12-01"))["GDP.TOTAL.ALL"].Measures.BeforeCensus; b != nil {
		t.Errorf("known before it was published: %+v", b)
	}
}

func TestAPeriodFiledBeforeTheCensusIsNotLinkedTwice(t *testing.T) {
	w := newWorld(t)
	w.setKnown("RETAIL.TOTAL.LJ", "2022 700 2023-12 760 2024-12 800", at("2025-01-05"))
	w.setKnown("RETAIL.TOTAL.LJ", "2023-12 769.12@census", at("2025-01-08"))
	if b := w.evaluate("2024-12")["RETAIL.TOTAL.LJ"].Measures.BeforeCensus; b != nil {
		t.Errorf("2024 was filed on the old basis and never revised: %+v", b)
	}
	w.setKnown("RETAIL.TOTAL.LJ", "2024-12 812@final", at("2026-01-08"))
	b := w.evaluate("2024-12")["RETAIL.TOTAL.LJ"].Measures.BeforeCensus
	if b == nil || b.Linked || b.Value != 800 || b.Current != 812 {
		t.Errorf("2024 has a value on both bases: %+v", b)
	}
}

func TestPartsOfDifferentCalibersAreNotComparable(t *testing.T) {
	w := newWorld(t)
	w.caliber = map[indicator.Code]string{"FDI.ACTUAL.LJ": "FDI口径", "FDI.ACTUAL.CQ": "全口径"}
	w.set("FDI.ACTUAL.LJ", "2026-09 15.00")
	w.set("FDI.ACTUAL.CQ", "2026-09 106.65")
	res := w.evaluate("2026-09")
	if s := res["FDI.ACTUAL.LJ"].Share; s.OK {
		t.Errorf("V11: a share of %v of another caliber", s.V)
	}
	if r := res["FDI.ACTUAL.SHARE_CQ.LJ"]; r.Lamp != indicator.Grey || r.Absence != indicator.Incomparable {
		t.Errorf("lamp %s, absence %s: want grey, 不可比", r.Lamp, r.Absence)
	}
}
