package kpi_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/projection"
	"zhibiao/pipeline/warehouse"
)

// fileYears files seven years of an industry, four at the start of 2023 and then
// each in its February: 测试数据.
func fileYears(w *world) {
	w.setKnown("AUTO.GOV.LJ", "2019-12 2000 2020-12 2100 2021-12 2230 2022-12 2300", at("2023-02-10"))
	w.setKnown("AUTO.GOV.LJ", "2023-12 2450", at("2024-02-10"))
	w.setKnown("AUTO.GOV.LJ", "2024-12 2520", at("2025-02-10"))
	w.setKnown("AUTO.GOV.LJ", "2025-12 2700", at("2026-02-10"))
}

// backtest is a track from origins written out.
func backtest(t *testing.T, shape projection.Shape, origins ...projection.Origin) indicator.Track {
	t.Helper()
	track, why := projection.Backtest(origins, shape)
	if why != indicator.Present {
		t.Fatal(why)
	}
	return track
}

func TestARevisionAfterTheOriginDoesNotLeakIntoTheForecast(t *testing.T) {
	w := newWorld(t)
	fileYears(w)
	before := w.asOf("2026-09", at("2026-05-31"))["AUTO.GOV.LJ"].Track
	w.setKnown("AUTO.GOV.LJ", "2021-12 1700@final 2022-12 1600@final 2023-12 2480@final", at("2026-06-01"))
	got := w.asOf("2026-09", at("2026-11-01"))["AUTO.GOV.LJ"].Track
	want := &indicator.TrackRecord{
		RealTime: backtest(t, projection.Geometric, // against what is known now
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300}, Then: []float64{2480, 2520, 2700}},
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300, 2450}, Then: []float64{2520, 2700}},
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300, 2450, 2520}, Then: []float64{2700}}),
		First: backtest(t, projection.Geometric, // against the first releases
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300}, Then: []float64{2450, 2520, 2700}},
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300, 2450}, Then: []float64{2520, 2700}},
			projection.Origin{Seen: []float64{2000, 2100, 2230, 2300, 2450, 2520}, Then: []float64{2700}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if before == nil || before.First != got.First {
		t.Errorf("held against the first releases, the record changed with a revision:\n%+v\n%+v", before, got)
	}
	if before.RealTime == got.RealTime {
		t.Error("held against what is known now, the record does not see the revision")
	}
}

func TestTheTrackRecordIsTheSameWhateverWasLearntLater(t *testing.T) {
	w := newWorld(t)
	fileYears(w)
	w.setKnown("AUTO.GOV.LJ", "2022-12 2290@final", at("2024-01-20"))
	days := []string{"2024-03-01", "2025-03-01", "2026-03-01"}
	var then []indicator.Result
	for _, day := range days {
		then = append(then, w.asOf("2026-09", at(day))["AUTO.GOV.LJ"])
	}
	w.setKnown("AUTO.GOV.LJ", "2019-12 1@census 2020-12 2@census 2022-12 3@census 2024-12 4@census", at("2026-06-01"))
	for i, day := range days {
		if diff := cmp.Diff(then[i], w.asOf("2026-09", at(day))["AUTO.GOV.LJ"]); diff != "" {
			t.Errorf("as of %s, before and after something later was learnt:\n%s", day, diff)
		}
	}
	if then[2].Track == nil || then[2].Track.RealTime.Origins != 3 {
		t.Errorf("%+v", then[2].Track)
	}
}

func TestAHistoryFiledLaterIsNoVintage(t *testing.T) {
	w := newWorld(t)
	values := []float64{2000, 2100, 2230, 2300, 2450, 2520, 2700}
	w.setKnown("AUTO.GOV.LJ", "2019-12 2000 2020-12 2100 2021-12 2230 2022-12 2300 2023-12 2450 2024-12 2520", at("2025-12-31"))
	w.setKnown("AUTO.GOV.LJ", "2025-12 2700", at("2026-02-10"))
	got := w.evaluate("2026-09")["AUTO.GOV.LJ"].Track
	want := &indicator.TrackRecord{
		// 2024 was on record before 2025 was over, though with all the years before.
		RealTime: backtest(t, projection.Geometric, projection.Origin{Seen: values[:6], Then: values[6:]}),
		First:    backtest(t, projection.Geometric, projection.Origin{Seen: values[:6], Then: values[6:]}),
		Pseudo:   backtest(t, projection.Geometric, projection.Rolling(values, 3)[:2]...),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	late := newWorld(t)
	late.setKnown("AUTO.GOV.LJ", "2019-12 2000 2020-12 2100 2021-12 2230 2022-12 2300 2023-12 2450 2024-12 2520", at("2026-01-01"))
	late.setKnown("AUTO.GOV.LJ", "2025-12 2700", at("2026-02-10"))
	if got := late.evaluate("2026-09")["AUTO.GOV.LJ"].Track; got.RealTime.Origins != 0 || got.Pseudo.Origins != 3 {
		t.Errorf("the year forecast was over when the origin came on record: %+v", got)
	}
}

func TestAShareIsForecastFromPartsAsKnownThen(t *testing.T) {
	w := newWorld(t)
	w.now = at("2028-11-01")
	for i, year := range []string{"2022", "2023", "2024", "2025", "2026", "2027"} {
		known := at("2023-02-01").AddDate(i, 0, 0)
		w.setKnown("GDP.TOTAL.ALL", year+"-Q4 "+[]string{"4700", "5000", "5200", "5500", "5800", "6100"}[i], known)
		w.setKnown("GDP.TOTAL.MUA", year+"-Q4 "+[]string{"22000", "23000", "24000", "25000", "26000", "27000"}[i], known.AddDate(0, 0, 9))
	}
	// A census makes the wider region larger, after two forecasts.
	w.setKnown("GDP.TOTAL.MUA", "2023-Q4 23700@census 2024-Q4 24700@census 2025-Q4 25800@census", at("2027-06-01"))
	share := func(part, whole float64) float64 { return part / whole * 100 }
	first := []float64{share(4700, 22000), share(5000, 23000), share(5200, 24000), share(5500, 25000), share(5800, 26000), share(6100, 27000)}
	second := append([]float64{}, first[:5]...)
	got := w.evaluate("2027-12")["GDP.SHARE_MUA.ALL"].Track
	want := &indicator.TrackRecord{
		RealTime: backtest(t, projection.Share, projection.Origin{Seen: first[:4], Then: first[4:]}, projection.Origin{Seen: second, Then: first[5:]}),
		First:    backtest(t, projection.Share, projection.Origin{Seen: first[:4], Then: first[4:]}, projection.Origin{Seen: second, Then: first[5:]}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatWasWithdrawnLaterWasKnownThen(t *testing.T) {
	w := newWorld(t)
	w.setKnown("AUTO.GOV.LJ", "2019-12 2000 2020-12 2100 2021-12 2230", at("2022-02-10"))
	wrong := w.publish(at("2023-02-10"), w.filed("AUTO.GOV.LJ", indicator.ValueMeasure, "2022-12 3000")...)
	w.setKnown("AUTO.GOV.LJ", "2023-12 2450", at("2024-02-10"))
	sub := w.submission(wrong, at("2024-03-01"))
	sub.Decision = warehouse.Decision{Seq: 2, Decided: at("2024-03-01"), State: warehouse.Withdrawn}
	if err := w.db.Redecide(t.Context(), sub, nil, nil); err != nil {
		t.Fatal(err)
	}
	w.setKnown("AUTO.GOV.LJ", "2022-12 2300", at("2024-03-05"))
	got := w.evaluate("2026-09")["AUTO.GOV.LJ"].Track
	want := &indicator.TrackRecord{
		RealTime: backtest(t, projection.Geometric, projection.Origin{Seen: []float64{2000, 2100, 2230, 3000}, Then: []float64{2450}}),
		First:    backtest(t, projection.Geometric, projection.Origin{Seen: []float64{2000, 2100, 2230, 3000}, Then: []float64{2450}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAdvancingKeepsTheVintages(t *testing.T) {
	w := newWorld(t)
	fileYears(w)
	conn := w.conn()
	q := kpi.Question{Period: period.MustParse("2026-09"), AsOf: at("2026-05-01"), Due: w.due}
	e := w.begin(conn, q)
	w.setKnown("GDP.TOTAL.ALL", "2025-Q4 5000", at("2026-06-01"))
	q.AsOf = at("2026-06-02")
	e = w.advance(e, conn, q)
	w.setKnown("AUTO.GOV.LJ", "2025-12 2800@final", at("2026-07-01"))
	q.AsOf = at("2026-07-01").Add(time.Hour)
	next := w.advance(e, conn, q)
	same(t, next, w.begin(conn, q))
	for i, r := range next.Results {
		if r.Code == "AUTO.GOV.LJ" && (r.Track == nil || r.Track.RealTime.Origins != 3 || cmp.Equal(r.Track, e.Results[i].Track)) {
			t.Errorf("%+v", r.Track)
		}
	}
}

func TestAdvancingKeepsWhatWasWithdrawnLater(t *testing.T) {
	w := newWorld(t)
	w.setKnown("AUTO.GOV.LJ", "2019-12 2000 2020-12 2100 2021-12 2230 2022-12 2300", at("2023-02-09"))
	wrong := w.publish(at("2023-02-10"), w.filed("AUTO.GOV.LJ", indicator.ValueMeasure, "2020-12 2190")...)
	w.setKnown("AUTO.GOV.LJ", "2023-12 2450", at("2024-02-10"))
	w.setKnown("AUTO.GOV.LJ", "2024-12 2520", at("2025-02-10"))
	conn := w.conn()
	q := kpi.Question{Period: period.MustParse("2026-09"), AsOf: at("2026-05-01"), Due: w.due}
	e := w.begin(conn, q)
	q.AsOf = at("2026-06-01")
	sub := w.submission(wrong, q.AsOf)
	sub.Decision = warehouse.Decision{Seq: 2, Decided: q.AsOf, State: warehouse.Withdrawn}
	if err := w.db.Redecide(t.Context(), sub, nil, nil); err != nil {
		t.Fatal(err)
	}
	same(t, w.advance(e, conn, q), w.begin(conn, q))
}

// Years are filed, restated and withdrawn at any time; the track records after
// each advance are those of a full evaluation.
func TestAdvancingKeepsWhenEveryYearWasLearnt(t *testing.T) {
	fewer(t, "6")
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		conn := w.conn()
		now := at("2023-01-15")
		var accepted []int64
		codes := []indicator.Code{"AUTO.GOV.LJ", "AUTO.GOV.LJ", "GDP.TOTAL.ALL", "GDP.TOTAL.MUA"}
		file := func(code indicator.Code, year int) {
			p := period.Of(w.cat.Indicator(code).Freq, year, 12/w.cat.Indicator(code).Freq.Months())
			text := rapid.SampledFrom([]string{"2000", "2100", "2230.5", "2300@final", "2450@census", "—", "_"}).Draw(rt, "value")
			accepted = append(accepted, w.publish(now, w.filed(code, indicator.ValueMeasure, p.String()+" "+text)...))
		}
		for year := 2019; year <= 2022; year++ {
			w.setKnown("AUTO.GOV.LJ", fmt.Sprintf("%d-12 %d", year, 2*year-2038), now)
		}
		q := func() kpi.Question { return kpi.Question{Period: period.MustParse("2026-12"), AsOf: now, Due: w.due} }
		e := w.begin(conn, q())
		for range rapid.IntRange(4, 14).Draw(rt, "steps") {
			now = now.AddDate(0, rapid.IntRange(0, 7).Draw(rt, "months"), 1)
			if len(accepted) > 0 && rapid.IntRange(0, 3).Draw(rt, "withdraw") == 0 {
				i := rapid.IntRange(0, len(accepted)-1).Draw(rt, "which")
				sub := w.submission(accepted[i], now)
				sub.Decision = warehouse.Decision{Seq: 2, Decided: now, State: warehouse.Withdrawn}
				if err := w.db.Redecide(t.Context(), sub, nil, nil); err != nil {
					rt.Fatal(err)
				}
				accepted = slices.Delete(accepted, i, i+1)
			} else {
				file(rapid.SampledFrom(codes).Draw(rt, "code"), rapid.IntRange(2021, min(now.Year(), 2026)).Draw(rt, "year"))
			}
			e = w.advance(e, conn, q())
			same(rt, e, w.begin(conn, q()))
		}
	})
}
