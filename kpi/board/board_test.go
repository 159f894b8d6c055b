package board_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/board"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func lead(code, unit string, points float64) board.Mark {
	return board.Mark{Code: indicator.Code(code), Unit: unit, Lead: indicator.Points(points)}
}

func unit(m board.Mark) string { return m.Unit }

type place struct {
	Name          string
	Rank, N, Out  int
	Tied, Rounded bool
}

func places(rows []board.Row) []place {
	var out []place
	for _, r := range rows {
		out = append(out, place{r.Name, r.Rank, len(r.Marks), len(r.Out), r.Tied, r.Rounded})
	}
	return out
}

func TestEqualScoresShareARankAndTheNextIsSkipped(t *testing.T) {
	rows := board.Rank([]board.Mark{
		lead("A", "丙", -1), lead("B", "乙", 2), lead("C", "乙", 4), lead("D", "甲", 3), {Code: "E", Unit: "丁", Why: "逾期未报"}, lead("F", "", 9),
	}, unit)
	want := []place{{"乙", 1, 2, 0, true, false}, {"甲", 1, 1, 0, true, false}, {"丙", 3, 1, 0, false, false}, {"丁", 0, 0, 1, false, false}}
	if diff := cmp.Diff(want, places(rows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rows[0].Behind.OK || rows[1].Behind.OK || rows[2].Behind != indicator.Some(indicator.Points(4)) || rows[3].Score.OK {
		t.Errorf("distance to the next: got %v %v %v", rows[0].Behind, rows[1].Behind, rows[2].Behind)
	}
}

func TestScoresThatPrintAlikeAreFlaggedAndStillRankedUnrounded(t *testing.T) {
	rows := board.Rank([]board.Mark{lead("A", "甲", 3.02), lead("B", "乙", 3.04), lead("C", "丙", 2.9), lead("D", "丁", 1)}, unit)
	want := []place{{"乙", 1, 1, 0, false, true}, {"甲", 2, 1, 0, false, true}, {"丙", 3, 1, 0, false, false}, {"丁", 4, 1, 0, false, false}}
	if diff := cmp.Diff(want, places(rows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheErrorOfSummingIsNoRank(t *testing.T) {
	rows := board.Rank([]board.Mark{
		lead("A", "甲", 0.1), lead("B", "甲", 0.2), lead("C", "甲", -0.3), lead("D", "乙", 0), lead("E", "丙", 0.3), lead("F", "丙", -0.2), lead("G", "丙", -0.1),
	}, unit)
	for _, r := range rows {
		if r.Rank != 1 || !r.Tied || r.Rounded {
			t.Errorf("%s: got rank %d of %v, want all first", r.Name, r.Rank, r.Score)
		}
	}
}

func target(e indicator.Evaluation) *indicator.Indicator {
	return &indicator.Indicator{Code: "X", Targets: []indicator.Target{{
		Primary: "甲", Action: 3, Comparator: indicator.GE, Value: 100, HasValue: true, Direction: 1, Evaluation: e, Scored: true,
	}}}
}

func TestMarksOfTargets(t *testing.T) {
	q := period.MustParse("2026-Q3")
	points := indicator.Some[indicator.Points]
	at := func(lamp indicator.Lamp, lead indicator.Opt[indicator.Points]) indicator.Result {
		return indicator.Result{Code: "X", Period: q, Value: indicator.Some(70.0), Base: indicator.Some(50.0), Elapsed: 75, Lamp: lamp, ProgressLead: lead}
	}
	none := indicator.Opt[indicator.Points]{}
	with := func(r indicator.Result, f func(*indicator.Result)) indicator.Result { f(&r); return r }
	for name, c := range map[string]struct {
		e    indicator.Evaluation
		r    indicator.Result
		held string
		lead float64
		why  string
		kept bool
		cut  bool
	}{
		"progress":            {e: indicator.Endpoint, r: at(indicator.Yellow, points(-12.345)), lead: -12.345},
		"progress, far ahead": {e: indicator.Endpoint, r: at(indicator.Blue, points(180)), lead: 75, cut: true},
		"progress, backwards": {e: indicator.Endpoint, r: at(indicator.Red, points(-122.8)), lead: -75, cut: true},
		"progress at nothing": {e: indicator.Endpoint, r: at(indicator.Red, points(-75)), lead: -75},
		"no base":             {e: indicator.Endpoint, r: with(at(indicator.Blue, none), func(r *indicator.Result) { r.Base.OK = false }), why: "缺2022年基数"},
		"floor kept":          {e: indicator.Floor, r: at(indicator.Green, none), kept: true},
		"floor at risk":       {e: indicator.Floor, r: at(indicator.Yellow, none), kept: true},
		"floor broken":        {e: indicator.Floor, r: at(indicator.Red, none), lead: -75, kept: true},
		"sync, nearly":        {e: indicator.Sync, r: at(indicator.Yellow, none), kept: true},
		"mean growth short":   {e: indicator.CAGRTarget, r: at(indicator.Yellow, none), lead: -75, kept: true},
		"mean growth enough":  {e: indicator.CAGRTarget, r: at(indicator.Green, none), kept: true},
		"met at the base, and now": {
			e: indicator.Endpoint, kept: true,
			r: with(at(indicator.Blue, points(-400)), func(r *indicator.Result) { r.Base, r.Reached = indicator.Some(110.0), true }),
		},
		"met at the base, not now": {
			e: indicator.Endpoint, kept: true, lead: -75,
			r: with(at(indicator.Red, points(200)), func(r *indicator.Result) { r.Base = indicator.Some(110.0) }),
		},
		"overdue":      {e: indicator.Endpoint, r: with(at(indicator.Grey, none), func(r *indicator.Result) { r.Absence, r.Value.OK = indicator.Overdue, false }), why: "逾期未报"},
		"undecided":    {e: indicator.Endpoint, r: with(at(indicator.Red, points(3)), func(r *indicator.Result) { r.Absence = indicator.Undefined }), why: "口径未定"},
		"incomparable": {e: indicator.Endpoint, r: with(at(indicator.Grey, points(3)), func(r *indicator.Result) { r.Absence = indicator.Incomparable }), why: "不可比"},
		"grey":         {e: indicator.Floor, r: at(indicator.Grey, none), why: "数据不足", kept: true},
		"held":         {e: indicator.Endpoint, r: at(indicator.Green, points(3)), held: "乙迟报", why: "乙迟报"},
		"old":          {e: indicator.Endpoint, r: with(at(indicator.Green, points(3)), func(r *indicator.Result) { r.Period = period.MustParse("2024") }), why: "数据滞后，最近为2024年"},
		"a year old":   {e: indicator.Endpoint, r: with(at(indicator.Green, points(3)), func(r *indicator.Result) { r.Period = period.MustParse("2025") }), lead: 3},
		"before":       {e: indicator.Floor, r: with(at(indicator.Green, none), func(r *indicator.Result) { r.Elapsed = 0 }), why: "规划期尚未开始", kept: true},
	} {
		m := board.Judge(target(c.e), &c.r, q, c.held)
		if float64(m.Lead) != c.lead || m.Why != c.why || (m.Basis == board.Kept) != c.kept || m.Cut != c.cut || m.Unit != "甲" || m.Action != 3 {
			t.Errorf("%s: got %+v", name, m)
		}
	}
}

func marks(t *rapid.T) []board.Mark {
	n := rapid.IntRange(0, 24).Draw(t, "n")
	out := make([]board.Mark, n)
	for i := range out {
		out[i] = board.Mark{
			Code: indicator.Code(string(rune('A' + i))),
			Unit: rapid.SampledFrom([]string{"甲", "乙", "丙", "丁", "戊"}).Draw(t, "unit"),
			Lead: indicator.Points(rapid.OneOf(
				rapid.SampledFrom([]float64{0, -75, 2.5, 2.54, 2.55, 2.56}), rapid.Float64Range(-80, 80),
			).Draw(t, "lead")),
			Why: rapid.SampledFrom([]string{"", "", "", "逾期未报"}).Draw(t, "why"),
		}
	}
	return out
}

func TestTheOrderOfTheMarksDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := marks(t)
		shuffled := rapid.Permutation(in).Draw(t, "shuffled")
		if diff := cmp.Diff(board.Rank(in, unit), board.Rank(shuffled, unit)); diff != "" {
			t.Fatalf("(-one +other):\n%s", diff)
		}
	})
}

func TestRenamingTheUnitsChangesNoRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := marks(t)
		names := []string{"甲", "乙", "丙", "丁", "戊"}
		to := rapid.Permutation(names).Draw(t, "names")
		renamed := func(m board.Mark) string { return to[slices.Index(names, m.Unit)] }
		rank := make(map[string]int)
		for _, r := range board.Rank(in, unit) {
			rank[to[slices.Index(names, r.Name)]] = r.Rank
		}
		for _, r := range board.Rank(in, renamed) {
			if rank[r.Name] != r.Rank {
				t.Fatalf("%s: got rank %d, want %d", r.Name, r.Rank, rank[r.Name])
			}
		}
	})
}

func TestWhatCannotBeJudgedChangesNoScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := marks(t)
		before := make(map[string]board.Row)
		for _, r := range board.Rank(in, unit) {
			before[r.Name] = r
		}
		extra := board.Mark{Code: "Z", Unit: rapid.SampledFrom([]string{"甲", "乙"}).Draw(t, "of"), Lead: 60, Why: "口径未定"}
		for _, r := range board.Rank(append(in, extra), unit) {
			if was := before[r.Name]; was.Score != r.Score || was.Rank != r.Rank {
				t.Fatalf("%s: got %v and rank %d, want %v and %d", r.Name, r.Score, r.Rank, was.Score, was.Rank)
			}
		}
	})
}

func TestRanksAreThoseOfTheUnroundedScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := board.Rank(marks(t), unit)
		for i, a := range rows {
			if (a.Rank == 0) != (len(a.Marks) == 0) {
				t.Fatalf("%s: rank %d of %d marks", a.Name, a.Rank, len(a.Marks))
			}
			if a.Rank == 0 {
				continue
			}
			sum, better, tied, printed := 0.0, 0, false, 1
			for _, m := range a.Marks {
				sum += float64(m.Lead)
			}
			if off := sum/float64(len(a.Marks)) - float64(a.Score.V); math.Abs(off) > 1e-9 {
				t.Fatalf("%s: the score is off by %g", a.Name, off)
			}
			for j, b := range rows {
				if b.Rank == 0 || i == j {
					continue
				}
				switch d := float64(b.Score.V - a.Score.V); {
				case d > 1e-9:
					better++
				case d >= -1e-9:
					tied = true
				}
				if indicator.Round(float64(a.Score.V), board.Decimals, indicator.HalfUp).LessThan(indicator.Round(float64(b.Score.V), board.Decimals, indicator.HalfUp)) {
					printed++
				}
			}
			if a.Rank != better+1 || a.Tied != tied {
				t.Fatalf("%s: got rank %d, tied %t, want %d, %t", a.Name, a.Rank, a.Tied, better+1, tied)
			}
			if printed != a.Rank && !a.Rounded {
				t.Fatalf("%s: rank %d would be %d by the printed scores, and is not flagged", a.Name, a.Rank, printed)
			}
		}
	})
}

func TestBaseEffects(t *testing.T) {
	for _, c := range []struct {
		now, before indicator.Percent
		base        board.Base
		two         string
	}{
		{20, -6, board.Low, "6.21"},
		{1, 19, board.High, "9.63"},
		{8, 5, board.Usual, ""},
		{10, 0, board.Usual, ""},     // 4.88 from the mean
		{10.6, 0, board.Low, "5.17"}, // 5.17
		{-100, 0, board.High, "-100.00"},
		{5, -100, board.Usual, ""}, // from nothing there is no growth
	} {
		base, two := board.Effect(c.now, c.before)
		got := ""
		if two.OK {
			got = indicator.Fixed(float64(two.V), 2)
		}
		if base != c.base || got != c.two {
			t.Errorf("%v after %v: got %q %s, want %q %s", c.now, c.before, base, got, c.base, c.two)
		}
	}
	for _, c := range []struct {
		base     float64
		decimals int
		want     bool
	}{{9, 0, true}, {10, 0, false}, {0.09, 2, true}, {0.1, 2, false}, {-5, 0, true}, {0, 2, true}} {
		if got := board.TooSmall(c.base, 10, c.decimals); got != c.want {
			t.Errorf("base %v: got %t, want %t", c.base, got, c.want)
		}
	}
}
