package warehouse_test

import (
	"context"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

func TestPanelHoldsTheNewestValueOfEveryMonth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		db, err := warehouse.Open(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		filings := drawFilings(t)
		for _, f := range filings {
			for i := range f.obs {
				f.obs[i].Caliber = rapid.SampledFrom([]string{"", "甲", "乙"}).Draw(t, "caliber")
				f.obs[i].Vintage = rapid.SampledFrom([]indicator.Vintage{indicator.Flash, indicator.Final}).Draw(t, "vintage")
			}
			if err := db.Publish(ctx, submission(f.id, f.known), f.obs, nil); err != nil {
				t.Fatal(err)
			}
		}
		first, last, step := period.MustParse("2025-03").End, period.MustParse("2026-04").End, rapid.SampledFrom([]int{1, 12}).Draw(t, "step")
		p, err := db.Panel(ctx, first, last, step)
		if err != nil {
			t.Fatal(err)
		}
		series, err := db.Series(ctx)
		if err != nil {
			t.Fatal(err)
		}
		column := map[warehouse.Series]int{}
		for i, s := range series {
			column[s] = i
		}
		newest, err := db.Observations(ctx, nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		want := measure.NewPanel(first, last, step, len(series))
		calibers := map[string]uint16{"": 0}
		for _, f := range newest {
			m, s := (f.Period.End-first)/step, column[warehouse.Series{Code: f.Code, Area: f.Area}]
			if f.Measure != indicator.ValueMeasure || f.Period.End < first || f.Period.End > last || (f.Period.End-first)%step != 0 {
				continue
			}
			got := p.Bases[m][s]
			switch {
			case f.Value.Valid:
				want.Values[m][s] = f.Value.Decimal.InexactFloat64()
			case f.Status == indicator.NotSignificant:
				want.Values[m][s] = 0
			default:
				continue
			}
			n, named := calibers[f.Caliber]
			if !named {
				n = got.Caliber
				calibers[f.Caliber] = n
			}
			if got.Caliber != n || (n == 0) != (f.Caliber == "") {
				t.Fatalf("%s %s %s: caliber %d, want %d for %q", f.Code, f.Area, f.Period, got.Caliber, n, f.Caliber)
			}
			if final := f.Vintage == indicator.Final; (got.Vintage == 2) != final {
				t.Fatalf("%s %s %s: vintage %d for %s", f.Code, f.Area, f.Period, got.Vintage, f.Vintage)
			}
		}
		if a, b := calibers["甲"], calibers["乙"]; a != 0 && a == b {
			t.Fatalf("two calibers have number %d", a)
		}
		for m := range want.Values {
			for s, v := range want.Values[m] {
				if got := p.Values[m][s]; got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
					t.Fatalf("row %d of %v: %v, want %v", m, series[s], got, v)
				}
			}
		}
	})
}

func TestPanelRefusesMonthsOutOfOrder(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	for _, c := range [][3]int{{5, 4, 1}, {4, 5, 0}} {
		if _, err := db.Panel(t.Context(), c[0], c[1], c[2]); err == nil {
			t.Errorf("panel of months %v: no error", c)
		}
	}
}
