package kpi_test

import (
	"math"
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

func TestTheForecastOfALampIsTheMedianWithItsIntervals(t *testing.T) {
	w := newWorld(t)
	w.set("AUTO.GOV.LJ", "2022 2400 2023-12 2550 2024-12 2750 2025-12 2950")
	r := w.evaluate("2025-12")["AUTO.GOV.LJ"]
	fc, _ := projection.Ahead([]float64{2400, 2550, 2750, 2950}, 2, projection.Geometric)
	if r.Method != "endpoint-forecast@2" || r.Projection == nil || r.Projection.Method != projection.OutlookMethod {
		t.Fatalf("method %s, projection %+v", r.Method, r.Projection)
	}
	e, ok := r.Projection.End()
	if !ok || e.Year != 2027 || r.Projection.Value != fc[1].Point || e.Lo80 != fc[1].Lo80 || e.Hi95 != fc[1].Hi95 {
		t.Errorf("%+v, want %+v", r.Projection, fc[1])
	}
	if target := w.cat.Indicator("AUTO.GOV.LJ").Target().Value; r.Gap.V != r.Projection.Value-target {
		t.Errorf("gap %v is not that of the median", r.Gap.V)
	}
	if r.Projection.Probability.OK {
		t.Errorf("three moves give a probability: %v", r.Projection.Probability)
	}
}

func TestAProbabilityNeedsFiveYears(t *testing.T) {
	w := newWorld(t)
	w.set("AUTO.GOV.LJ", "2021-12 2300 2022 2400 2023-12 2550 2024-12 2750 2025-12 2950")
	r := w.evaluate("2025-12")["AUTO.GOV.LJ"]
	if p := r.Projection.Probability; !p.OK || p.V <= 0 || p.V >= 50 || r.Projection.Points != 5 {
		t.Errorf("%+v: want a probability below one half, for the median is below the target", r.Projection)
	}
	if r.Track == nil || r.Track.Forecasts() != 1 || r.Track.Pseudo.Origins != 1 {
		t.Errorf("track %+v, want the one forecast that could be tried", r.Track)
	}
}

func TestThreeYearsAreContinuedWithoutIntervalAndProbability(t *testing.T) {
	w := newWorld(t)
	w.set("AUTO.GOV.LJ", "2023-12 2550 2024-12 2750 2025-12 2950")
	r := w.evaluate("2025-12")["AUTO.GOV.LJ"]
	if r.Projection == nil || !strings.HasPrefix(r.Projection.Method, "drift-geometric@") || r.Projection.Ahead != nil || r.Projection.Probability.OK {
		t.Errorf("%+v", r.Projection)
	}
	if r.Lamp == indicator.Grey || r.Track != nil {
		t.Errorf("lamp %s, track %+v", r.Lamp, r.Track)
	}
}

func TestTheRunningYearIsTheLastValueWithItsError(t *testing.T) {
	w := newWorld(t)
	w.set("AUTO.GOV.LJ", "2022 2400 2023-09 1800 2023-12 2550 2024-09 1960 2024-12 2750 2025-09 2090 2025-12 2950 2026-09 2230")
	r := w.evaluate("2026-09")["AUTO.GOV.LJ"]
	if r.Nowcast == nil || r.Nowcast.Years != 3 || r.Nowcast.Error <= 0 || r.Nowcast.Off80 <= r.Nowcast.Error || r.Nowcast.Off95 <= r.Nowcast.Off80 {
		t.Fatalf("nowcast %+v", r.Nowcast)
	}
	p := r.Projection
	if p == nil || !p.Nowcast || p.Points != 5 || len(p.Ahead) != 2 || p.Ahead[0].Year != 2026 || !p.Probability.OK {
		t.Fatalf("projection %+v", p)
	}
	if y := p.Ahead[0]; y.Value != r.FullYear.V || math.Abs(y.Hi80-y.Value-r.Nowcast.Off80) > 1e-9 {
		t.Errorf("the running year is %+v, the nowcast %v ± %v", y, r.FullYear.V, r.Nowcast.Off80)
	}
	if target := w.cat.Indicator("AUTO.GOV.LJ").Target().Value; r.CurrentGap.V != 2950-target {
		t.Errorf("the newest whole year is judged, not the running one: gap %v", r.CurrentGap.V)
	}
}

func TestAStockIsCarriedToTheYearsEnd(t *testing.T) {
	w := newWorld(t)
	w.set("HTE.N.LJ", "2022 1000 2023-Q4 1080 2024-Q4 1160 2025-Q4 1240 2026-Q2 1280")
	r := w.evaluate("2026-06")["HTE.N.LJ"]
	if p := r.Projection; p == nil || !p.Nowcast || math.Abs(p.Ahead[0].Value-1320) > 5 || math.Abs(p.Value-1400) > 12 {
		t.Errorf("80 firms a year, half of 2026 gone: %+v", r.Projection)
	}
}

func TestAShareStaysWithinTheWhole(t *testing.T) {
	w := newWorld(t)
	for i, v := range []string{"86", "92", "96", "98", "99"} {
		year := []string{"2021", "2022", "2023", "2024", "2025"}[i]
		w.set("NEV.OUTPUT.LJ", year+"-12 "+v)
		w.set("NEV.OUTPUT.CQ", year+"-12 100")
	}
	r := w.evaluate("2025-12")["NEV.OUTPUT.SHARE_CQ.LJ"]
	if r.Projection == nil || len(r.Projection.Ahead) != 2 {
		t.Fatalf("%+v", r.Projection)
	}
	for _, e := range r.Projection.Ahead {
		if e.Hi95 > 100 || e.Value > 100 || e.Value < 98 {
			t.Errorf("%+v", e)
		}
	}
}

func TestAFloorHasTheChanceOfEveryYearLeft(t *testing.T) {
	w := newWorld(t)
	w.set("AIR.GOODDAYS.LJ", "2021-12 326 2022 333 2023-12 325 2024-12 334 2025-12 329 2026-06 160")
	r := w.evaluate("2026-06")["AIR.GOODDAYS.LJ"]
	if r.Projection != nil {
		t.Errorf("a floor is projected: %+v", r.Projection)
	}
	f := r.Floor
	if f == nil || f.From != 2026 || f.To != 2027 || f.Points != 5 || !f.Probability.OK || f.Probability.V < 30 || f.Probability.V > 99 {
		t.Fatalf("%+v", f)
	}
	w.set("AIR.GOODDAYS.LJ", "2026-09 227") // 92 days left: 319 at best
	if f := w.evaluate("2026-09")["AIR.GOODDAYS.LJ"].Floor; f == nil || !f.Probability.OK || f.Probability.V != 0 {
		t.Errorf("2026 cannot pass any more: %+v", f)
	}
}

func TestTheChanceOfAGrowthTargetIsThatOfItsLevel(t *testing.T) {
	w := newWorld(t)
	w.set("RD.EXP.LJ", "2021 92 2022 100 2023 113 2024 126 2025 141")
	r := w.evaluate("2025-12")["RD.EXP.CAGR.LJ"]
	if r.Projection == nil || r.Projection.Method != "cagr-held@1" || r.Projection.Value != r.Value.V {
		t.Fatalf("%+v", r.Projection)
	}
	fc, _ := projection.Ahead([]float64{92, 100, 113, 126, 141}, 2, projection.Geometric)
	want, _ := projection.Probability(fc[1], 100*math.Pow(1.12, 5), true)
	if got := r.Projection.Probability; !got.OK || math.Abs(float64(got.V-want)) > 1e-9 {
		t.Errorf("%v, want %v: 2027 at least 1.12⁵ times 2022", got, want)
	}
}
