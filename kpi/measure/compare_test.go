package measure_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
)

func prints(t *testing.T, what string, got float64, decimals int, want string) {
	t.Helper()
	if s := indicator.Fixed(got, decimals); s != want {
		t.Errorf("%s: got %s, want %s", what, s, want)
	}
}

func TestV10Contribution(t *testing.T) {
	c, ok := measure.Contribute(5230.45, 5.6, 2010.30, 7.2)
	if !ok {
		t.Fatal("no contribution")
	}
	prints(t, "increment of the whole", c.WholeIncrement, 4, "277.3723")
	prints(t, "increment of the part", c.PartIncrement, 4, "135.0201")
	prints(t, "贡献率", float64(c.Share), 2, "48.68")
	prints(t, "拉动", float64(c.Pull), 2, "2.73")
	if c.Method != "increment-approx@1" {
		t.Errorf("the approximation is not named: %q", c.Method)
	}
	for name, in := range map[string][4]float64{
		"the whole stood still":     {100, 0.5, 40, 3},
		"the whole hardly fell":     {100, -0.5, 40, 3},
		"the part fell":             {100, 5, 40, -1},
		"the whole lost everything": {100, -100, 40, 3},
		"the part lost everything":  {100, 5, 40, -100},
	} {
		if c, ok := measure.Contribute(in[0], indicator.Percent(in[1]), in[2], indicator.Percent(in[3])); ok {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestPullsOfThePartsSumToTheGrowthOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a0, a1 := rapid.Float64Range(10, 1e4).Draw(t, "a0"), rapid.Float64Range(1.02, 1.5).Draw(t, "a1")
		b0, b1 := rapid.Float64Range(10, 1e4).Draw(t, "b0"), rapid.Float64Range(1.02, 1.5).Draw(t, "b1")
		a, b := a0*a1, b0*b1
		g := indicator.Percent(((a+b)/(a0+b0) - 1) * 100)
		ca, ok1 := measure.Contribute(a+b, g, a, indicator.Percent((a1-1)*100))
		cb, ok2 := measure.Contribute(a+b, g, b, indicator.Percent((b1-1)*100))
		if !ok1 || !ok2 {
			t.Fatal("refused")
		}
		if math.Abs(float64(ca.Pull+cb.Pull)-float64(g)) > 1e-8 {
			t.Fatalf("%v + %v ≠ %v", ca.Pull, cb.Pull, g)
		}
	})
}

func TestAContributionFromLevelsOfOnePriceBasisIsExact(t *testing.T) {
	c, ok := measure.ContributeExact(110, 100, 48, 42)
	if !ok || c.Method != "increment-exact@1" {
		t.Fatalf("%+v, %t", c, ok)
	}
	prints(t, "贡献率", float64(c.Share), 2, "60.00")
	prints(t, "拉动", float64(c.Pull), 2, "6.00")
	for name, in := range map[string][4]float64{
		"the whole stood still":  {100.5, 100, 48, 42},
		"opposite signs":         {110, 100, 40, 42},
		"the base is not there":  {110, 0, 48, 42},
		"the base was below nil": {110, -3, 48, 42},
	} {
		if c, ok := measure.ContributeExact(in[0], in[1], in[2], in[3]); ok {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// peers.md §3.8: 3.30 % → 4.00 % in three years.
func TestTheOwnGrowthThatAShareNeedsDependsOnTheWiderRegion(t *testing.T) {
	for wider, want := range map[indicator.Percent]string{4: "10.89", 5: "11.95", 6: "13.02"} {
		own, ok := measure.OwnGrowth(3.30, 4.00, 3, wider)
		if !ok {
			t.Fatal("no growth")
		}
		prints(t, "own growth", float64(own), 2, want)
	}
	for _, bad := range [][4]float64{{0, 4, 3, 5}, {3, 0, 3, 5}, {3, 4, 0, 5}, {3, 4, 3, -100}} {
		if own, ok := measure.OwnGrowth(bad[0], bad[1], bad[2], indicator.Percent(bad[3])); ok {
			t.Errorf("%v needs %v", bad, own)
		}
	}
}

func TestThePartsOfAShareAddUpToItsChange(t *testing.T) {
	p, ok := measure.Parts(5230.45, 24310.22, 4980, 23400)
	if !ok {
		t.Fatal("no parts")
	}
	prints(t, "change", float64(p.Total), 6, indicator.Fixed(5230.45/24310.22*100-4980.0/23400*100, 6))
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Float64Range(1e-3, 1e6)
		a, b, aAgo, bAgo := level.Draw(t, "a"), level.Draw(t, "b"), level.Draw(t, "aAgo"), level.Draw(t, "bAgo")
		p, ok := measure.Parts(a, b, aAgo, bAgo)
		if !ok {
			t.Fatal("refused")
		}
		change := a/b*100 - aAgo/bAgo*100
		scale := a/b*100 + aAgo/bAgo*100 + math.Abs(float64(p.Own)) + math.Abs(float64(p.Wider))
		if math.Abs(float64(p.Own+p.Wider)-change) > 1e-9*scale || p.Total != p.Own+p.Wider {
			t.Fatalf("%v + %v ≠ %v", p.Own, p.Wider, change)
		}
	})
}

// Growing by the needed own growth, against the wider growth it was asked for,
// brings the share to its target.
func TestTheNeededOwnGrowthReachesTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share, target := rapid.Float64Range(1, 90).Draw(t, "share"), rapid.Float64Range(1, 90).Draw(t, "target")
		years, wider := rapid.Float64Range(0.25, 5).Draw(t, "years"), rapid.Float64Range(-5, 10).Draw(t, "wider")
		own, ok := measure.OwnGrowth(share, target, years, indicator.Percent(wider))
		if !ok {
			t.Fatal("refused")
		}
		factor := 1 + float64(own)/100 // a fall of nearly 100 % has few digits left
		got := share * math.Pow(factor/(1+wider/100), years)
		if math.Abs(got-target) > (1e-12+1e-15*years/factor)*target {
			t.Fatalf("reached %v, want %v", got, target)
		}
	})
}

var r21 = measure.Limits{Points: 0.5, Low: -5, High: 10, Decimals: 2}

func TestTheBackOutCheckTellsASlipFromARestatedBaseFromAPrice(t *testing.T) {
	some := indicator.Some[float64]
	for _, c := range []struct {
		name     string
		level    measure.Level
		implied  string
		verdict  indicator.BaseVerdict
		deflator string
	}{
		{"peers.md §3.8: 121 at 5.8 %", measure.Level{Value: 121, Published: 5.8, Stored: some(114.37)}, "114.37", indicator.SameBase, ""},
		{"half a point apart is still the same", measure.Level{Value: 105, Published: 5.5, Stored: some(100)}, "99.53", indicator.SameBase, ""},
		{"more is not", measure.Level{Value: 105, Published: 5.52, Stored: some(100)}, "99.51", indicator.SuspectBase, ""},
		{"profits of 2018, no comparable base filed", measure.Level{Value: 39038.1, Published: 17.1, Stored: some(42481.2)}, "33337.40", indicator.SuspectBase, ""},
		{"and with it", measure.Level{Value: 39038.1, Published: 17.1, Stored: some(42481.2), Filed: some(33337.4)}, "33337.40", indicator.RestatedBase, ""},
		{"cars of 2024", measure.Level{Value: 2481, Published: 40.4, Stored: some(1847), Filed: some(1767.09)}, "1767.09", indicator.RestatedBase, ""},
		{"real growth of a current-price level", measure.Level{Value: 107.5, Published: 5.9, Stored: some(100), Real: true}, "101.51", indicator.Deflated, "1.51"},
		{"real growth that no price explains", measure.Level{Value: 130, Published: 5.9, Stored: some(100), Real: true}, "122.76", indicator.SuspectBase, "22.76"},
		{"only the base filed now", measure.Level{Value: 105, Published: 5, Filed: some(100)}, "100.00", indicator.SameBase, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ok := measure.BackOut(c.level, r21)
			if !ok {
				t.Fatal("no check")
			}
			prints(t, "implied base", b.Implied, 2, c.implied)
			if b.Verdict != c.verdict || b.Verdict.Name() == "" {
				t.Errorf("verdict %s, want %s", b.Verdict, c.verdict)
			}
			if b.Deflator.OK != (c.deflator != "") {
				t.Fatalf("deflator %v", b.Deflator)
			}
			if b.Deflator.OK {
				prints(t, "deflator", float64(b.Deflator.V), 2, c.deflator)
			}
		})
	}
	for _, l := range []measure.Level{
		{Value: 1, Published: -100, Stored: some(1)},
		{Value: 1, Published: 5},
		{Value: 1, Published: 5, Stored: some(0), Filed: some(-2)},
	} {
		if b, ok := measure.BackOut(l, r21); ok {
			t.Errorf("%+v checked: %+v", l, b)
		}
	}
}

func TestTheImpliedBaseIsTheInverseOfGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, g := rapid.Float64Range(1, 1e6).Draw(t, "base"), rapid.Float64Range(-60, 200).Draw(t, "growth")
		b, ok := measure.BackOut(measure.Level{Value: base * (1 + g/100), Published: indicator.Percent(g), Stored: indicator.Some(base)}, r21)
		if !ok || math.Abs(b.Implied-base) > 1e-9*base || b.Verdict != indicator.SameBase {
			t.Fatalf("%v grown by %v %% backs out to %+v", base, g, b)
		}
	})
}
