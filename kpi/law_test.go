package kpi_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
)

// Each case of these laws asks the engine itself, so there are few of them; the
// laws of the pure functions stand beside those, with many.
const cases = 4

// A history is three years of a level, in hundredths, and of its whole.
type history struct{ part, whole [4]int }

var histories = rapid.Custom(func(t *rapid.T) (h history) {
	for i := range h.part {
		h.part[i] = rapid.IntRange(100_000, 600_000).Draw(t, "part")
		h.whole[i] = rapid.IntRange(1_500_000, 3_000_000).Draw(t, "whole")
	}
	return h
})

func (h history) file(w *world, scale int, known time.Time) {
	text := func(v [4]int) string {
		s := ""
		for i, p := range []string{"2022", "2023-Q4", "2024-Q4", "2025-Q4"} {
			s += fmt.Sprintf("%s %s ", p, strconv.FormatFloat(float64(v[i]*scale)/100, 'f', 2, 64))
		}
		return s
	}
	w.setKnown("GDP.TOTAL.ALL", text(h.part), known)
	w.setKnown("GDP.TOTAL.MUA", text(h.whole), known)
}

// equal compares two floats as the guard of the engine does.
func equal(a, b float64) bool { return !indicator.Less(a, b) && !indicator.Less(b, a) }

func TestSharesAndGrowthsDoNotKnowTheScaleOfTheirParts(t *testing.T) {
	w := newWorld(t)
	for seed := range cases {
		h := histories.Example(seed)
		known := at("2026-02-01").AddDate(0, 0, 2*seed)
		h.file(w, 1, known)
		one := w.evaluate("2025-12")
		h.file(w, 1000, known.AddDate(0, 0, 1))
		many := w.evaluate("2025-12")
		a, b := one["GDP.SHARE_MUA.ALL"], many["GDP.SHARE_MUA.ALL"]
		pairs := [][2]float64{
			{a.Value.V, b.Value.V},
			{float64(a.Change.V), float64(b.Change.V)},
			{float64(a.Measures.Parts.Own), float64(b.Measures.Parts.Own)},
			{float64(one["GDP.TOTAL.ALL"].Growth.V), float64(many["GDP.TOTAL.ALL"].Growth.V)},
			{float64(one["GDP.TOTAL.ALL"].CAGR.V), float64(many["GDP.TOTAL.ALL"].CAGR.V)},
		}
		for i, p := range pairs {
			if math.Abs(p[0]-p[1]) > 1e-9*math.Max(1, math.Abs(p[0])) {
				t.Errorf("%+v, measure %d: %v of one, %v of a thousand", h, i, p[0], p[1])
			}
		}
		if a.Lamp != b.Lamp {
			t.Errorf("%+v: lamp %s of one, %s of a thousand", h, a.Lamp, b.Lamp)
		}
	}
}

func TestAGrowthTakenBackGivesTheBase(t *testing.T) {
	w := newWorld(t)
	for seed := range cases {
		h := histories.Example(seed)
		h.file(w, 1, at("2026-02-01").AddDate(0, 0, seed))
		r := w.evaluate("2025-12")["GDP.TOTAL.ALL"]
		if back := r.Value.V / (1 + float64(r.Growth.V)/100); !equal(back, r.YearAgo.V) {
			t.Errorf("%v grown back by %v %% is %v, want %v", r.Value.V, r.Growth.V, back, r.YearAgo.V)
		}
		if end := r.Base.V * math.Pow(1+float64(r.CAGR.V)/100, 3); !equal(end, r.Value.V) {
			t.Errorf("%v grown three times by %v %% is %v, want %v", r.Base.V, r.CAGR.V, end, r.Value.V)
		}
	}
}

// Converting first and measuring then is measuring first and converting then.
func TestConvertingTheUnitCommutesWithEveryMeasure(t *testing.T) {
	small, large := newWorld(t), newWorld(t)
	factor, ok := indicator.ConvertFactor(small.cat.Unit("亿元"), small.cat.Unit("万元"))
	if !ok {
		t.Fatal("亿元 does not convert to 万元")
	}
	f := factor.InexactFloat64()
	for _, code := range []indicator.Code{"GDP.TOTAL.ALL", "GDP.TOTAL.MUA"} {
		large.cat.Indicator(code).Unit = "万元"
	}
	large.cat.Indicator("GDP.TOTAL.ALL").Targets[0].Value *= f
	for seed := range cases {
		h := histories.Example(seed)
		known := at("2026-02-01").AddDate(0, 0, seed)
		h.file(small, 1, known)
		h.file(large, int(f), known)
		a, b := small.evaluate("2025-12")["GDP.TOTAL.ALL"], large.evaluate("2025-12")["GDP.TOTAL.ALL"]
		for what, p := range map[string][2]float64{
			"value": {a.Value.V * f, b.Value.V}, "path": {a.Path.V * f, b.Path.V}, "since base": {a.SinceBase.V * f, b.SinceBase.V},
			"year's target": {a.Measures.Pace.YearTarget * f, b.Measures.Pace.YearTarget},
			"growth":        {100 + float64(a.Growth.V), 100 + float64(b.Growth.V)},
			"completion":    {float64(a.LevelCompletion.V), float64(b.LevelCompletion.V)},
			"required":      {100 + float64(a.RequiredGrowth.V), 100 + float64(b.RequiredGrowth.V)},
			"share":         {float64(a.Share.V), float64(b.Share.V)},
		} {
			if !equal(p[0], p[1]) {
				t.Errorf("%+v: %s %v in 亿元, %v in 万元", h, what, p[0], p[1])
			}
		}
		if a.Lamp != b.Lamp {
			t.Errorf("%+v: lamp %s in 亿元, %s in 万元", h, a.Lamp, b.Lamp)
		}
	}
}

// What is asked as of a time does not see what became known later; and the order
// in which returns were filed is of no account.
func TestAsOfIsMonotoneAndTheOrderOfFilingIsOfNoAccount(t *testing.T) {
	type filing struct {
		code  indicator.Code
		pairs string
		known time.Time
	}
	for seed := range cases {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		var filed []filing
		for i := range 10 {
			code := []indicator.Code{"GDP.TOTAL.ALL", "GDP.TOTAL.MUA", "GDP.TOTAL.DIR", "VA.MFG.LJ", "VA.FIN.LJ"}[i%5]
			vintage := []string{"preliminary", "final", "census"}[rng.IntN(3)]
			filed = append(filed, filing{
				code, fmt.Sprintf("202%d-Q4 %d@%s", 3+rng.IntN(3), 1000+rng.IntN(9000), vintage),
				at("2026-01-01").AddDate(0, 0, i*7+rng.IntN(7)),
			})
		}
		then := at("2026-01-01").AddDate(0, 0, 35)
		all, some := newWorld(t), newWorld(t)
		for _, f := range filed {
			all.setKnown(f.code, f.pairs, f.known)
		}
		shuffled := slices.Clone(filed)
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, f := range shuffled {
			if !f.known.After(then) {
				some.setKnown(f.code, f.pairs, f.known)
			}
		}
		if diff := cmp.Diff(some.asOf("2025-12", then), all.asOf("2025-12", then)); diff != "" {
			t.Errorf("case %d: what was known then (-) differs from what is said of it now (+):\n%s", seed, diff)
		}
		later := cmp.Diff(some.asOf("2025-12", then), all.asOf("2025-12", at("2026-11-01")))
		if later == "" {
			t.Errorf("case %d: nothing that was filed later changed anything", seed)
		}
	}
}
