package measure_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/measure"
	"zhibiao/kpi/period"
)

// series reads "2026-02 120 2026-03 185@final".
func series(t *testing.T, pairs string) measure.Series {
	t.Helper()
	f := strings.Fields(pairs)
	var pts []indicator.Point
	for i := 0; i+1 < len(f); i += 2 {
		text, vintage, _ := strings.Cut(f[i+1], "@")
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		pts = append(pts, indicator.Point{Period: period.MustParse(f[i]), Value: v, Vintage: indicator.Vintage(vintage)})
	}
	return measure.Of(pts)
}

// january is exempt, as in 双城201, 301 and 701.
func january(p period.Period) bool { return p.LastMonth() == 1 }

func never(period.Period) bool { return false }

func TestCurrentIsTheDifferenceOfCumulativeValues(t *testing.T) {
	const filed = "2025-02 110 2025-03 170 2025-04 240 2026-02 120 2026-03 185 2026-04 250 2026-05 245 2025-01 5"
	for _, c := range []struct {
		name, pairs, at string
		exempt          func(period.Period) bool
		value           string
		from            int
		merged          bool
		growth          string
		why             indicator.Absence
	}{
		{"March is March", filed, "2026-03", january, "65", 3, false, "8.33", ""},
		{"after an exempt January, February is 1—2月", "2025-02 110 2026-02 120", "2026-02", january, "120", 1, true, "9.09", ""},
		{"January that was filed is not merged", "2026-01 50 2026-02 120", "2026-02", january, "70", 2, false, "", ""},
		{"January that is missing is not invented", "2026-02 120", "2026-02", never, "", 0, false, "", indicator.NotComputable},
		{"1—2月 is not compared with February", "2025-01 50 2025-02 110 2026-02 120", "2026-02", january, "120", 1, true, "", ""},
		{"a revision can make it negative", filed, "2026-05", january, "-5", 5, false, "", ""},
		{"the first quarter is itself", "2026-Q1 1200", "2026-Q1", never, "1200", 1, false, "", ""},
		{"a gap has no difference", "2026-Q1 1200 2026-Q3 4000", "2026-Q3", never, "", 0, false, "", indicator.NotComputable},
		{"nor have two releases", "2025-Q3 4000@preliminary 2025-Q4 5500@final", "2025-Q4", never, "", 0, false, "", indicator.Incomparable},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, why := measure.InPeriod(series(t, c.pairs), period.MustParse(c.at), c.exempt)
			if why != c.why {
				t.Fatalf("absence %q, want %q", why, c.why)
			}
			if why != indicator.Present {
				return
			}
			prints(t, "当期", in.Value, 0, c.value)
			if in.From != c.from || in.Merged != c.merged || in.To != period.MustParse(c.at).LastMonth() {
				t.Errorf("%+v: want from %d, merged %t", in, c.from, c.merged)
			}
			if in.Growth.OK != (c.growth != "") {
				t.Fatalf("growth %v, want %q", in.Growth, c.growth)
			}
			if in.Growth.OK {
				prints(t, "growth", float64(in.Growth.V), 2, c.growth)
			}
		})
	}
}

func TestChainComparisonsGoByOrdinals(t *testing.T) {
	const flow = "2025-11 900 2025-12 1000 2026-02 120 2026-03 185 2026-04 255"
	for _, c := range []struct {
		name, pairs, at string
		nature          indicator.Nature
		running         bool
		growth, step    string
		change          string
		why             indicator.Absence
	}{
		{"April against March, in-period", flow, "2026-04", indicator.FlowYTD, true, "7.69", "5", "", ""},
		{"March against 1—2月 is no comparison", flow, "2026-03", indicator.FlowYTD, true, "", "", "", indicator.Incomparable},
		{"nor is 1—2月 against December", flow, "2026-02", indicator.FlowYTD, true, "", "", "", indicator.NotComputable},
		{"a stock across the year", "2025-Q4 1000 2026-Q1 1030", "2026-Q1", indicator.CountStock, false, "3.00", "30", "", ""},
		{"a running total has steps", "2025-Q4 10 2026-Q1 12", "2026-Q1", indicator.CountCum, false, "", "2", "", ""},
		{"本期数", "2025-Q4 4 2026-Q1 3", "2026-Q1", indicator.CountFlowPeriod, false, "-25.00", "-1", "", ""},
		{"a share moves by points", "2026-H1 96.5", "2026-H1", indicator.Ratio, false, "", "", "", indicator.NotComputable},
		{"a rate within the year", "2026-Q2 5.6 2026-Q3 5.9", "2026-Q3", indicator.GrowthRate, true, "", "", "0.30", ""},
		{"but not across it", "2025-Q4 5.6 2026-Q1 5.9", "2026-Q1", indicator.GrowthRate, true, "", "", "", indicator.Incomparable},
		{"days of months of other length", "2026-01 20 2026-02 45 2026-03 74", "2026-03", indicator.CountFlowYTD, true, "", "4", "", ""},
		{"a share of cumulative values has a season", "2026-Q2 21 2026-Q3 22", "2026-Q3", indicator.Ratio, true, "", "", "", indicator.Incomparable},
		{"one of stocks does not", "2025-Q4 95 2026-Q1 96", "2026-Q1", indicator.Ratio, false, "", "", "1.00", ""},
		{"years have no 环比", "2024 1 2025 2", "2025", indicator.StockEnd, false, "", "", "", indicator.NotComputable},
		{"a base of nothing has no growth", "2026-Q1 0 2026-Q2 3", "2026-Q2", indicator.CountStock, false, "", "3", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := measure.Chain(series(t, c.pairs), period.MustParse(c.at), c.nature, c.running, january)
			if why != c.why {
				t.Fatalf("absence %q, want %q", why, c.why)
			}
			text := func(v float64, ok bool, decimals int) string {
				if !ok {
					return ""
				}
				return indicator.Fixed(v, decimals)
			}
			for what, pair := range map[string][2]string{
				"growth": {text(float64(got.Growth.V), got.Growth.OK, 2), c.growth},
				"step":   {text(got.Step.V, got.Step.OK, 0), c.step},
				"change": {text(float64(got.Change.V), got.Change.OK, 2), c.change},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
				}
			}
		})
	}
}

// 当期 of every period and its sum since January are inverse to each other.
func TestCumulativeAndCurrentAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		freq := rapid.SampledFrom([]period.Freq{period.Month, period.Quarter, period.Half}).Draw(t, "freq")
		ytd, single, sum := make(measure.Series), make(measure.Series), 0.0
		for p := period.Of(freq, 2026, 1); p.Year() == 2026; p = p.Next() {
			v := float64(rapid.IntRange(-50, 1000).Draw(t, p.String()))
			sum += v
			ytd[p.End] = indicator.Point{Period: p, Value: sum}
			single[p.End] = indicator.Point{Period: p, Value: v}
		}
		for p := period.Of(freq, 2026, 1); p.Year() == 2026; p = p.Next() {
			in, why := measure.InPeriod(ytd, p, never)
			if why != indicator.Present || in.Value != single[p.End].Value {
				t.Fatalf("%s: 当期 %v %s, want %v", p, in.Value, why, single[p.End].Value)
			}
			back, why := measure.YearToDate(single, p)
			if why != indicator.Present || back != ytd[p.End].Value {
				t.Fatalf("%s: 累计 %v %s, want %v", p, back, why, ytd[p.End].Value)
			}
		}
	})
}

func TestASumWithAGapIsNoSum(t *testing.T) {
	if v, why := measure.YearToDate(series(t, "2026-Q1 3 2026-Q3 4"), period.MustParse("2026-Q3")); why == indicator.Present {
		t.Errorf("sum %v over a gap", v)
	}
}

func TestTheSeasonIsTheMeanShareOfCompleteYears(t *testing.T) {
	s := series(t, "2023-06 40 2023-12 100 2024-06 45 2024-12 100 2025-06 50 2025-12 100 2026-06 60 2022-12 90")
	share, years, ok := measure.Season(s, 2026, 6, 2)
	if !ok || years != 3 {
		t.Fatalf("%v, %d years, %t", share, years, ok)
	}
	prints(t, "season", float64(share), 2, "45.00")
	if _, years, ok := measure.Season(s, 2026, 6, 4); ok || years != 3 {
		t.Errorf("three years are enough for four: %d, %t", years, ok)
	}
	if share, _, ok := measure.Season(s, 2024, 6, 1); !ok || share != 40 {
		t.Errorf("2024 knows of %v: only 2023 lies before it", share)
	}
}
