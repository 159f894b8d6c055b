package kpi_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
)

// change files values of one caliber and then of another: 测试数据.
func change(w *world, code indicator.Code, before, after string) {
	w.caliber = map[indicator.Code]string{code: "旧口径"}
	w.set(code, before)
	w.caliber[code] = "新口径"
	w.set(code, after)
}

func TestTheFirstValueOfANewCaliberHasTheStatusBreak(t *testing.T) {
	w := newWorld(t)
	change(w, "AUTO.GOV.LJ", "2022-12 2000 2023-12 2100 2024-12 2230", "2025-12 2700")
	if r := w.evaluate("2025-12")["AUTO.GOV.LJ"]; r.Status != indicator.Break || r.Caliber != "新口径" {
		t.Errorf("status %s, caliber %s", r.Status, r.Caliber)
	}
	w.set("AUTO.GOV.LJ", "2026-06 1300")
	if r := w.evaluate("2026-06")["AUTO.GOV.LJ"]; r.Status == indicator.Break {
		t.Error("the second value of a caliber breaks the series again")
	}
	w.set("AUTO.GOV.LJ", "2024-12 2500") // restated: the break is where it was before
	if r := w.evaluate("2025-12")["AUTO.GOV.LJ"]; r.Status == indicator.Break {
		t.Error("a value breaks a series whose year before was restated in its caliber")
	}
}

func TestGrowthAcrossAChangeOfCaliberIsNotComparable(t *testing.T) {
	w := newWorld(t)
	change(w, "AUTO.GOV.LJ", "2022-12 2000 2024-12 2230", "2025-12 2700")
	r := w.evaluate("2025-12")["AUTO.GOV.LJ"]
	if r.Growth.OK || r.CAGR.OK || r.SinceBase.OK || r.ProgressCompletion.OK || r.Path.OK {
		t.Errorf("growth %v, CAGR %v, since the base %v, completion %v, path %v", r.Growth, r.CAGR, r.SinceBase, r.ProgressCompletion, r.Path)
	}
	if !strings.Contains(r.Reason, "2025年12月起口径变动") && !strings.Contains(r.Reason, "2025年1—12月起口径变动") {
		t.Errorf("the reader is not told: %s", r.Reason)
	}
	w.file("AUTO.GOV.LJ", indicator.YearAgoMeasure, "2025-12 2500", at("2026-11-02"))
	near(t, "growth over the comparable figure of a year ago", w.evaluate("2025-12")["AUTO.GOV.LJ"].Growth, "8.0")
	w.set("AUTO.GOV.LJ", "2024-12 2400")
	near(t, "growth over the restated year", w.evaluate("2025-12")["AUTO.GOV.LJ"].Growth, "12.5")
}

func TestAProjectionDoesNotReachBehindAChangeOfCaliber(t *testing.T) {
	values := "2022-12 2500 2023-12 2600 2024-12 2750 2025-12 2850"
	w, fresh := newWorld(t), newWorld(t)
	change(w, "AUTO.GOV.LJ", "2018-12 900 2019-12 1000 2020-12 1100 2021-12 1230", values)
	fresh.set("AUTO.GOV.LJ", values)
	got, want := w.evaluate("2025-12")["AUTO.GOV.LJ"], fresh.evaluate("2025-12")["AUTO.GOV.LJ"]
	if got.Projection == nil || want.Projection == nil || got.Projection.Value != want.Projection.Value || got.Projection.Points != 4 {
		t.Errorf("projected %+v, want %+v", got.Projection, want.Projection)
	}
	if got.Track != nil {
		t.Errorf("tried over the change of caliber: %+v", got.Track)
	}
	marked := newWorld(t)
	change(marked, "AUTO.GOV.LJ", "2018-12 900 2019-12 1000 2020-12 1100 2021-12 1230 2022-12 1300 2023-12 1380 2024-12 1450", "2025-12 2850")
	if r := marked.evaluate("2025-12")["AUTO.GOV.LJ"]; r.Projection != nil || r.Lamp != indicator.Grey {
		t.Errorf("one value of a caliber is projected: %+v, lamp %s", r.Projection, r.Lamp)
	}
}

func TestAForecastInAnotherCaliberIsHeldAgainstNothing(t *testing.T) {
	w := newWorld(t)
	w.caliber = map[indicator.Code]string{"AUTO.GOV.LJ": "旧口径"}
	fileYears(w)
	w.caliber["AUTO.GOV.LJ"] = "新口径"
	w.setKnown("AUTO.GOV.LJ", "2019-12 3000 2020-12 3100 2021-12 3230 2022-12 3300 2023-12 3450 2024-12 3520 2025-12 3700", at("2026-06-01"))
	if got := w.evaluate("2026-09")["AUTO.GOV.LJ"].Track; got == nil || got.RealTime.Origins != 0 || got.Pseudo.Origins != 3 {
		t.Errorf("%+v: what was forecast in the old caliber says nothing of the new", got)
	}
}
