package kpi_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// plan5 files a value of every input for every period of the five plan years
// and the base.
func plan5(b *testing.B) *world {
	w := newWorld(b)
	for i := range w.cat.Indicators {
		ind := &w.cat.Indicators[i]
		if ind.Kind != indicator.Input {
			continue
		}
		var pairs strings.Builder
		fmt.Fprintf(&pairs, "2022 %d", 100+i)
		for p := period.Of(ind.Freq, 2023, 1); p.Year() <= period.TargetYear; p = p.Next() {
			fmt.Fprintf(&pairs, " %s %d", p, 100+i+p.End%97)
		}
		w.set(ind.Code, pairs.String())
	}
	w.now = at("2028-12-31")
	return w
}

func BenchmarkEvaluate(b *testing.B) {
	w := plan5(b)
	q := kpi.Question{Period: period.MustParse("2027-12"), AsOf: w.now, Due: w.due}
	for b.Loop() {
		if _, err := w.plan.Evaluate(b.Context(), w.db.SQL(), q); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluateAsOf selects the vintages on the fly: something newer is known.
func BenchmarkEvaluateAsOf(b *testing.B) {
	w := plan5(b)
	w.setKnown("GDP.TOTAL.ALL", "2027-Q4 1", at("2029-01-01"))
	q := kpi.Question{Period: period.MustParse("2027-12"), AsOf: w.now, Due: w.due}
	for b.Loop() {
		if _, err := w.plan.Evaluate(b.Context(), w.db.SQL(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	cat, _, err := indicator.Load(indicator.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if plan, found := kpi.Compile(cat); plan == nil {
			b.Fatal(found)
		}
	}
}
