package pipeline_test

import (
	"math"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// Every filed series is told with what can be said of it, and with no more: 测试数据.
func TestASeriesIsToldWithWhatCanBeSaidOfIt(t *testing.T) {
	t.Parallel()
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	var obs []indicator.Observation
	file := func(code indicator.Code, caliber string, vintage indicator.Vintage, pairs ...string) {
		ind := defs.Catalogue.Indicator(code)
		for i := 0; i < len(pairs); i += 2 {
			o := indicator.Observation{
				Code: code, Area: defs.Catalogue.Resolve(ind.Area), Period: period.MustParse(pairs[i]), Measure: indicator.ValueMeasure,
				Status: indicator.Normal, Vintage: vintage, Caliber: caliber, Sheet: "表", Cell: "C8",
			}
			if pairs[i+1] == "" {
				o.Status = indicator.Missing
			} else {
				o.Value = decimal.NewNullDecimal(decimal.RequireFromString(pairs[i+1]))
			}
			obs = append(obs, o)
		}
	}
	file("GDP.TOTAL.DIR", "", indicator.Final, "2023-Q4", "3000", "2024-Q4", "3100", "2025-Q3", "2400", "2025-Q4", "3200")
	file("GDP.TOTAL.ALL", "", indicator.Flash, "2025-Q4", "5000")
	file("VA.MFG.LJ", "", indicator.Final, "2023-Q4", "1000", "2024-Q4", "", "2025-Q4", "1200")
	file("VA.DE.LJ", "旧口径", indicator.Final, "2022-Q4", "900", "2023-Q4", "1000", "2024-Q4", "1100")
	file("VA.DE.LJ", "新口径", indicator.Final, "2025-Q4", "600")
	file("RETAIL.GROWTH.LJ", "", indicator.Final, "2024-12", "2.5", "2025-12", "-1.5")
	file("RANK.DE.CN", "", indicator.Final, "2024", "7", "2025", "6")
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	sub := warehouse.Submission{ID: 1, SHA256: "测试", File: "测试.xlsx", Form: "双城101表", Version: 1, Received: at}
	if err := p.DB.Publish(t.Context(), sub, obs, nil); err != nil {
		t.Fatal(err)
	}
	list, err := p.Series(t.Context(), period.MustParse("2025-12"))
	if err != nil {
		t.Fatal(err)
	}
	none := math.NaN()
	want := map[indicator.Code]struct {
		value, growth, change, share, trend float64
		of                                  indicator.Code
	}{
		// 3,200 over 3,100 of a year ago; 3,000, 3,100, 3,200 and on to 3,400. Its part in the
		// whole region is none: one is a flash estimate, the other final.
		"GDP.TOTAL.DIR": {3200, 100.0 / 31, none, none, 3400, "GDP.TOTAL.ALL"},
		"GDP.TOTAL.ALL": {5000, none, none, none, none, ""},
		// A year ago is missing and not two years ago; the whole is what the scope says.
		"VA.MFG.LJ": {1200, none, none, 37.5, none, "GDP.TOTAL.DIR"},
		// A new caliber has neither a growth nor a line; the whole names none, so there is a share.
		"VA.DE.LJ":         {600, none, none, 18.75, none, "GDP.TOTAL.DIR"},
		"RETAIL.GROWTH.LJ": {-1.5, none, -4, none, none, ""},
		"RANK.DE.CN":       {6, none, none, none, none, ""},
	}
	number := func(v float64, ok bool) float64 {
		if !ok {
			return none
		}
		return v
	}
	for _, s := range list {
		w, ok := want[s.Code]
		if !ok {
			t.Errorf("%s was not filed", s.Code)
		}
		delete(want, s.Code)
		for name, v := range map[string][2]float64{
			"value":  {s.Value, w.value},
			"growth": {number(float64(s.Growth.V), s.Growth.OK), w.growth},
			"change": {number(float64(s.Change.V), s.Change.OK), w.change},
			"share":  {number(float64(s.Share.V), s.Share.OK), w.share},
			"trend":  {number(s.Trend.V, s.Trend.OK), w.trend},
		} {
			if math.IsNaN(v[0]) != math.IsNaN(v[1]) || math.Abs(v[0]-v[1]) > 1e-9 {
				t.Errorf("%s: %s %v, want %v", s.Code, name, v[0], v[1])
			}
		}
		if s.Of != w.of {
			t.Errorf("%s is a part of %q, want %q", s.Code, s.Of, w.of)
		}
	}
	for code := range want {
		t.Errorf("%s is not told", code)
	}
	// A quarter before has what was filed for it, and nothing else.
	if list, err = p.Series(t.Context(), period.MustParse("2025-Q3")); err != nil || len(list) != 1 || list[0].Value != 2400 {
		t.Errorf("%+v, %v", list, err)
	}
}
