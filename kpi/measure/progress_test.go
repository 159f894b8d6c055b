package measure_test

import (
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
)

// peers.md §3.9: the same data, different verdicts. Base 2021, now 2024, target 2027.
func TestTheMethodsAnswerAsTheirAuthorsWould(t *testing.T) {
	const away, slow, ok, done = measure.Away, measure.Moderate, measure.OnTrack, measure.Achieved
	for _, c := range []struct {
		base, now, target         float64
		d                         int
		rate, x, q                string
		statcan, unitedNations, l measure.Standing
	}{
		{100, 121, 140, +1, "1.137", "1.160", "1.050", ok, ok, ok},
		{100, 106, 140, +1, "0.340", "0.309", "0.300", away, slow, away},
		{100, 97, 140, +1, "-0.175", "-0.148", "-0.150", away, away, away},
		{50, 44, 35, -1, "0.723", "0.752", "0.800", slow, slow, slow},
		{3.0, 3.3, 4.0, +1, "0.657", "0.630", "0.600", slow, slow, slow}, // 0.5999999999999996 in float64
		{150, 160, 140, +1, "1.902", "-2.067", "-2.000", done, done, done},
	} {
		p := measure.Progress{Base: c.base, Now: c.now, Target: c.target, Passed: 3, Total: 6, Direction: c.d}
		rate, ok1 := p.StatCan()
		x, ok2 := p.UN()
		q, ok3 := p.Linear()
		if !ok1 || !ok2 || !ok3 {
			t.Fatalf("%+v: no rate", p)
		}
		prints(t, "R", rate, 3, c.rate)
		prints(t, "x", x, 3, c.x)
		prints(t, "q", q, 3, c.q)
		for m, want := range map[indicator.Method]measure.Standing{
			indicator.StatCanProgress: c.statcan, indicator.UNProgress: c.unitedNations, indicator.LinearProgress: c.l,
		} {
			if got, _ := p.By(m); got != want {
				t.Errorf("%v → %v → %v by %s: standing %d, want %d", c.base, c.now, c.target, m, got, want)
			}
		}
	}
}

func TestAMethodWithoutARateDoesNotJudge(t *testing.T) {
	for name, p := range map[string]measure.Progress{
		"no base":        {Base: 0, Now: 3, Target: 10, Passed: 3, Total: 5, Direction: 1},
		"a sign change":  {Base: -1, Now: 2, Target: 10, Passed: 3, Total: 5, Direction: 1},
		"no time passed": {Base: 5, Now: 6, Target: 10, Passed: 0, Total: 5, Direction: 1},
	} {
		if s, _ := p.By(indicator.StatCanProgress); s != measure.Unable {
			t.Errorf("%s: standing %d, want none", name, s)
		}
	}
	p := measure.Progress{Base: -1, Now: 2, Target: 4, Passed: 3, Total: 5, Direction: 1}
	if s, q := p.By(indicator.LinearProgress); s != measure.OnTrack || q != 1 {
		t.Errorf("the linear method works across zero: standing %d, q %v", s, q)
	}
	lost := measure.Progress{Base: 150, Now: 130, Target: 140, Passed: 3, Total: 5, Direction: 1}
	for _, m := range []indicator.Method{indicator.StatCanProgress, indicator.UNProgress, indicator.LinearProgress} {
		if s, _ := lost.By(m); s != measure.Away {
			t.Errorf("%s: a target that was met at the base and is lost has standing %d, want away", m, s)
		}
	}
}

func TestThePresetOfTianjin(t *testing.T) {
	some := indicator.Some[indicator.Percent]
	for _, c := range []struct {
		growth, plan indicator.Percent
		wider        indicator.Opt[indicator.Percent]
		want         measure.Standing
	}{
		{7, 7, some(7), measure.OnTrack}, // not below is enough
		{7, 7.1, some(6), measure.Moderate},
		{7, 6, some(7.1), measure.Moderate},
		{7, 6, indicator.Opt[indicator.Percent]{}, measure.OnTrack},
		{-0.1, 6, some(-3), measure.Away},
		{0, 6, some(5), measure.Away},
	} {
		if got := measure.Tianjin(c.growth, c.plan, c.wider); got != c.want {
			t.Errorf("%v against plan %v and region %v: %d, want %d", c.growth, c.plan, c.wider, got, c.want)
		}
	}
}

// A rate does not know its unit: 亿元 or 万元, the standing is the same.
func TestProgressIsTheSameInEveryUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Float64Range(1, 1e4)
		p := measure.Progress{
			Base: level.Draw(t, "base"), Now: level.Draw(t, "now"), Target: level.Draw(t, "target"),
			Passed: rapid.Float64Range(1, 4).Draw(t, "passed"), Total: 5, Direction: rapid.SampledFrom([]int{1, -1}).Draw(t, "d"),
		}
		scaled := p
		scaled.Base, scaled.Now, scaled.Target = p.Base*1e4, p.Now*1e4, p.Target*1e4
		for _, m := range []indicator.Method{indicator.StatCanProgress, indicator.UNProgress, indicator.LinearProgress} {
			a, _ := p.By(m)
			if b, _ := scaled.By(m); a != b {
				t.Fatalf("%s: %d in one unit, %d in another: %+v", m, a, b, p)
			}
		}
	})
}
