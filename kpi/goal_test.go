package kpi_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func (w *world) goal(code indicator.Code, p string, by int) *indicator.Goal {
	w.t.Helper()
	a, err := w.plan.Evaluate(w.t.Context(), w.db.SQL(), kpi.Question{Period: period.MustParse(p), AsOf: w.now, Due: w.due})
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := w.plan.Goal(code, a, by)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func given(t *testing.T, g *indicator.Goal, rate float64) indicator.Scenario {
	t.Helper()
	for _, s := range g.Given {
		if s.Note == "" && float64(s.Given) == rate {
			return s
		}
	}
	t.Fatalf("%s: no scenario of %v %% among %v: %s", g.Code, rate, g.Given, g.Why)
	return indicator.Scenario{}
}

func TestV4TheGoalOfAMeanGrowthIsALevelAndAGrowth(t *testing.T) {
	w := newWorld(t)
	w.set("RD.EXP.LJ", "2022 100 2023 108 2024 118 2025 130")
	g := w.goal("RD.EXP.CAGR.LJ", "2025-12", 0)
	near(t, "level of 2027", g.To, "176.2342")
	near(t, "growth 2026–27", g.Growth, "16.4323")
	if g.Of != "RD.EXP.LJ" || g.By != 2027 || len(g.Ends) != 2 {
		t.Errorf("%+v: want what R&D must be at the ends of 2026 and 2027", g)
	}
	near(t, "level of 2026", indicator.Some(g.Ends[0].Value), "151.3620")
}

// The vector of peers.md §3.8, 3.30 % → 4.00 % in three years, scaled to the
// target of 22 %.
func TestTheGoalOfAShareIsAGrowthForEachGrowthOfTheWhole(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2024-Q4 181.5")
	w.set("GDP.TOTAL.MUA", "2024-Q4 1000")
	g := w.goal("GDP.SHARE_MUA.ALL", "2024-12", 2027)
	for rate, want := range map[float64]string{4: "10.89", 5: "11.95", 6: "13.02"} {
		near(t, fmt.Sprintf("own growth at %v %%", rate), indicator.Some(given(t, g, rate).Growth), want)
	}
	near(t, "numerator needed at 5 %", given(t, g, 5).Part, "254.6775") // 22 % of 1157.625
	near(t, "short now", g.Slack, "-38.5")
}

func TestTheGoalOfAShareStartsFromTheNewestCompleteYear(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2022-Q4 4760 2025-Q4 5395.91 2026-Q3 4135.15")
	w.set("GDP.TOTAL.MUA", "2022-Q4 22440 2025-Q4 25880.86 2026-Q3 19388.41")
	g := w.goal("GDP.SHARE_MUA.ALL", "2026-09", 0)
	if g.BasisAt.End != period.MustParse("2025").End || g.Years != 2 {
		t.Errorf("from %s, %v years: want two years from the end of 2025", g.BasisAt, g.Years)
	}
	mean := false
	for _, s := range g.Given {
		mean = mean || s.Note == "2022年以来年均" && indicator.Fixed(float64(s.Given), 2) == "4.87"
	}
	if !mean {
		t.Errorf("%v lacks the mean growth of the whole since 2022", g.Given)
	}
}

func TestAShareOfTwoReleasesHasNoGoal(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2024-Q4 5000@final 2025-Q4 5395.91@final 2026-Q3 4135.15")
	w.set("GDP.TOTAL.MUA", "2024-Q4 24000@final 2025-Q4 25880.86 2026-Q3 19388.41")
	g := w.goal("GDP.SHARE_MUA.ALL", "2026-09", 0)
	if len(g.Given) > 0 || !strings.Contains(g.Why, "分子是最终核实、分母是初步核算") {
		t.Errorf("%v, why %q: the two parts of 2025 are of different releases", g.Given, g.Why)
	}
}

func TestTheGoalOfALevelSaysWhatTheRestOfTheYearMustAdd(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q3 3877.68 2025-Q4 5395.91 2026-Q3 4135.15")
	g := w.goal("GDP.TOTAL.ALL", "2026-09", 2027)
	near(t, "growth a year", g.Growth, "10.60") // (6600 / 5395.91)^(1/2) − 1
	if c := g.Rest; c == nil || c.Period != period.MustParse("2026-Q3") || !g.Strict {
		t.Fatalf("%+v: want the pace of 2026, and 超过", g)
	}
	near(t, "whole year", indicator.Some(g.Rest.Need), "5967.66")
	near(t, "rest", indicator.Some(g.Rest.Rest), "1832.51")
	near(t, "rest of the year before", g.Rest.LastRest, "1518.23")
	near(t, "growth of the rest", g.Rest.Growth, "20.70")
	near(t, "growth so far", g.Rest.SoFar, "6.64")
	if one := w.goal("GDP.TOTAL.ALL", "2026-09", 2026); len(one.Ends) != 1 || one.Ends[0].Value != 6600 {
		t.Errorf("by 2026 all of it is needed in 2026: %+v", one.Ends)
	}
	if none := w.goal("GDP.TOTAL.ALL", "2026-09", 2025); none.Why == "" || none.Growth.OK {
		t.Errorf("by a year that is over: %+v, want nothing but why", none)
	}
}

func TestTheGoalOfACountIsWholeThingsAPeriod(t *testing.T) {
	w := newWorld(t)
	w.set("HTE.N.LJ", "2022-Q4 760 2025-Q4 950 2026-Q3 1003")
	g := w.goal("HTE.N.LJ", "2026-09", 2027)
	near(t, "a year", g.Step, "317.6")
	near(t, "a quarter", g.Single, "79.4")
	if len(g.Ends) != 2 || g.Ends[0].Value != 1083 || g.Ends[1].Value != 1400 { // 1003 + 79.4 = 1082.4: whole firms
		t.Errorf("ends %v, want 1083 in 2026 and 1400 in 2027", g.Ends)
	}
	m := w.goal("HTE.N.MULT.LJ", "2026-09", 2027)
	if m.Of != "HTE.N.LJ" || m.To.V != 1520 {
		t.Errorf("%s to %v: want twice the 760 of 2022", m.Of, m.To)
	}
	w.set("RDINST.NEW.LJ", "2023-Q1 10 2023-Q2 10 2023-Q3 10 2023-Q4 10")
	c := w.goal("RDINST.NEW.CUM.LJ", "2023-12", 2027)
	near(t, "new institutes a year", c.Step, "15")
	near(t, "a quarter", c.Single, "3.75")
}

func TestV8TheGoalOfAFloorOnDaysIsWhatIsLeftOfTheBudget(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2025-06 160 2025-12 325 2026-06 158")
	g := w.goal("AIR.GOODDAYS.LJ", "2026-06", 0)
	d := g.Days
	if d == nil || d.Allowed != 45 || d.Used != 23 || d.Budget != 22 || d.Left != 184 || d.Need != 162 {
		t.Errorf("%+v: want 45 − 23 = 22 days left, 162 good of 184", d)
	}
	if g.Rest == nil || g.Rest.LastRest.V != 165 {
		t.Errorf("pace %+v, want the 165 days of the rest of 2025", g.Rest)
	}
}

func TestAFloorOnAShareIsHeldFromOneYearToTheNext(t *testing.T) {
	w := newWorld(t)
	w.set("VA.FIN.LJ", "2024-Q4 600 2025-Q4 660")
	w.set("GDP.TOTAL.DIR", "2024-Q4 3200 2025-Q4 3500")
	g := w.goal("VA.FIN.SHARE_GDP.LJ", "2025-12", 2027)
	if !g.Every || g.By != 2026 || g.Years != 1 || !g.Reached {
		t.Errorf("%+v: want the year 2026 alone", g)
	}
	near(t, "slack", g.Slack, "30") // 660 − 18 % of 3500
	s := given(t, g, 9)             // GDP 3815, 18 % of it 686.7
	near(t, "part", s.Part, "686.7")
	near(t, "growth", indicator.Some(s.Growth), "4.05")
}

func TestTheGoalOfKeepingUpIsAlsoSaidInCurrentPrices(t *testing.T) {
	w := newWorld(t)
	w.set("INCOME.PC.GROWTH_NOM.LJ", "2025-Q4 5.2")
	w.set("CPI.YTD.CQ", "2025-Q4 100.3")
	w.set("GDP.GROWTH.DIR", "2025-Q4 5.2")
	g := w.goal("INCOME.GDP_GAP.LJ", "2025-12", 0)
	if g.Reached || g.Kind != indicator.GoalGrowth || g.To.V != 5.2 {
		t.Errorf("%+v: want a real growth of 5.2", g)
	}
	near(t, "real for 6 %", indicator.Some(given(t, g, 6).Growth), "6.00")
	near(t, "nominal for 6 %", given(t, g, 6).Nominal, "6.3180") // 1.06 × 1.003 − 1
}

func TestAGoalNeedsATargetWithANumber(t *testing.T) {
	w := newWorld(t)
	w.set("GDP.TOTAL.ALL", "2025-Q4 5000")
	a, err := w.plan.Evaluate(t.Context(), w.db.SQL(), kpi.Question{Period: period.MustParse("2025-12"), AsOf: w.now, Due: w.due})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []indicator.Code{"RANK.DE.CQ", "GDP.TOTAL.MUA", "NO.SUCH.CODE", "MAG.CORRIDOR.JOINT"} {
		if _, err := w.plan.Goal(code, a, 0); !errors.Is(err, kpi.ErrNoGoal) {
			t.Errorf("%s: %v, want ErrNoGoal", code, err)
		}
	}
	if g := w.goal("HTE.N.LJ", "2025-12", 0); g.Why == "" || g.To.OK {
		t.Errorf("without a value: %+v, want why", g)
	}
	for _, ind := range w.cat.Scored() { // every scored target has an answer or a reason
		if g := w.goal(ind.Code, "2025-12", 0); g.Why == "" && g.Kind == "" {
			t.Errorf("%s: neither a need nor a reason", ind.Code)
		}
	}
}

// What a goal asks for, delivered, is the target.
func TestAGoalDeliveredReachesTheTarget(t *testing.T) {
	w := newWorld(t)
	plan := w.plan
	rapid.Check(t, func(r *rapid.T) {
		own := rapid.Float64Range(100, 9000).Draw(r, "own")
		whole := rapid.Float64Range(own, 40000).Draw(r, "whole")
		year := rapid.IntRange(2023, 2026).Draw(r, "year")
		pt := func(v float64) []indicator.Point {
			return []indicator.Point{{Period: period.Of(period.Quarter, year, 4), Value: v}}
		}
		q := period.Of(period.Quarter, year, 4)
		a := &indicator.Assessment{
			Results: []indicator.Result{
				{Code: "GDP.SHARE_MUA.ALL", Period: q, Value: indicator.Some(own / whole * 100)},
				{Code: "GDP.TOTAL.ALL", Period: q, Value: indicator.Some(own)},
			},
			History: map[indicator.Code][]indicator.Point{"GDP.TOTAL.ALL": pt(own), "GDP.TOTAL.MUA": pt(whole)},
		}
		g, err := plan.Goal("GDP.SHARE_MUA.ALL", a, 0)
		if err != nil {
			r.Fatal(err)
		}
		for _, s := range g.Given {
			part := own * math.Pow(1+float64(s.Growth)/100, g.Years)
			if share := part / s.Whole.V * 100; math.Abs(share-22) > 1e-9 {
				r.Fatalf("delivered at %v %%, the share is %v", s.Given, share)
			}
		}
		if g, err = plan.Goal("GDP.TOTAL.ALL", a, 0); err != nil {
			r.Fatal(err)
		}
		if g.Growth.OK {
			if end := own * math.Pow(1+float64(g.Growth.V)/100, g.Years); math.Abs(end-6600) > 1e-6 {
				r.Fatalf("delivered, GDP is %v", end)
			}
		} else if !strings.Contains(g.Why, "保持即可") {
			r.Fatalf("no growth and no reason: %+v", g)
		}
	})
}
