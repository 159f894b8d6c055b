package warehouse_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A filing is a submission of the laws: what was published, and since when.
type filing struct {
	id    int64
	known time.Time
	obs   []indicator.Observation
}

// drawFilings makes submissions over a few series, periods and measures, so that
// they collide, with times of acceptance that repeat.
func drawFilings(t *rapid.T) []filing {
	n := rapid.IntRange(1, 7).Draw(t, "filings")
	filings := make([]filing, n)
	for i := range filings {
		f := &filings[i]
		f.id = int64(i + 1)
		f.known = day(rapid.IntRange(0, 3).Draw(t, "day"))
		cells := map[string]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "cells") {
			o := obs(
				rapid.SampledFrom([]string{"A.X", "B.X", "C.X"}).Draw(t, "code"),
				rapid.SampledFrom([]string{"2026-03", "2026-Q1", "2026-02", "2025"}).Draw(t, "period"),
				rapid.SampledFrom([]string{"0", "1.5", "-2.000001", "123456789.25", "", "—", "…"}).Draw(t, "value"))
			o.Area = rapid.SampledFrom([]indicator.AreaID{indicator.All, indicator.Dir}).Draw(t, "area")
			o.Measure = rapid.SampledFrom([]indicator.Measure{indicator.ValueMeasure, indicator.GrowthMeasure}).Draw(t, "measure")
			for _, text := range []*string{&o.Caliber, &o.Note, &o.Sheet, &o.Cell} {
				*text = rapid.SampledFrom([]string{"", "表一", "C12", "注"}).Draw(t, "text")
			}
			if key := fmt.Sprint(o.Code, o.Area, o.Period.End, o.Measure); !cells[key] {
				cells[key] = true
				f.obs = append(f.obs, o)
			}
		}
	}
	return filings
}

// newest is the law itself, written the slow way.
func newest(filings []filing, asOf time.Time) []warehouse.Filed {
	best := map[string]warehouse.Filed{}
	for _, f := range filings {
		if f.known.After(asOf) {
			continue
		}
		for _, o := range f.obs {
			key := fmt.Sprint(o.Code, o.Area, o.Period.End, o.Measure)
			b, ok := best[key]
			if !ok || f.known.After(b.KnownFrom) || f.known.Equal(b.KnownFrom) && f.id > b.Submission {
				best[key] = warehouse.Filed{Observation: o, Submission: f.id, File: fmt.Sprintf("return%d.xlsx", f.id), KnownFrom: f.known}
			}
		}
	}
	var list []warehouse.Filed
	for _, f := range best {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b warehouse.Filed) int { return cmpKey(a) - cmpKey(b) })
	return list
}

// cmpKey orders as Observations does: code, area, period end, measure.
func cmpKey(f warehouse.Filed) int {
	n := int(f.Code[0])*2 + map[indicator.AreaID]int{indicator.All: 0, indicator.Dir: 1}[f.Area]
	n = n*100000 + f.Period.End
	return n*3 + map[indicator.Measure]int{indicator.ValueMeasure: 0, indicator.YearAgoMeasure: 1, indicator.GrowthMeasure: 2}[f.Measure]
}

func TestCurrentAndAsOfAreTheNewestKnown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		db, err := warehouse.Open(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		filings := drawFilings(t)
		order := rapid.Permutation(filings).Draw(t, "order")
		for _, f := range order {
			if rapid.Bool().Draw(t, "forget") { // what is known in memory is read again after a Write
				if err := db.Write(ctx, func(*sql.Tx) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Publish(ctx, submission(f.id, f.known), f.obs, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Check(ctx); err != nil {
			t.Fatal(err)
		}
		for n := -1; n <= 4; n++ {
			asOf, limit := day(n), day(n)
			if n == 4 {
				asOf, limit = time.Time{}, day(9) // zero: now
			}
			got, err := db.Observations(ctx, nil, asOf)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(newest(filings, limit), got, sameNumber, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("as of %v (-want +got)\n%s", asOf, diff)
			}
		}
	})
}

func TestEveryDecimalOfTheTableComesBack(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	rng := rand.New(rand.NewPCG(3, 4))
	var list []indicator.Observation
	for i := range 3000 {
		digits := 1 + rng.IntN(24)
		text := make([]byte, digits)
		for j := range text {
			text[j] = byte('0' + rng.IntN(10))
		}
		d := decimal.RequireFromString(string(text)).Shift(-6)
		if rng.IntN(2) == 0 {
			d = d.Neg()
		}
		if rng.IntN(4) == 0 {
			d = decimal.RequireFromString(d.String()) // without trailing zeros
		}
		o := obs("A.X", "2026-03", "0")
		o.Code = indicator.Code(fmt.Sprintf("%05d", i))
		o.Value = decimal.NewNullDecimal(d)
		list = append(list, o)
	}
	publish(t, db, submission(1, day(1)), list...)
	got, err := db.Observations(t.Context(), nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(list) {
		t.Fatalf("got %d observations, want %d", len(got), len(list))
	}
	for i, f := range got {
		if !f.Value.Decimal.Equal(list[i].Value.Decimal) {
			t.Errorf("got %s, want %s", f.Value.Decimal, list[i].Value.Decimal)
		}
	}
	if p := got[0].Period; p != period.MustParse("2026-03") {
		t.Errorf("got period %v", p)
	}
}
