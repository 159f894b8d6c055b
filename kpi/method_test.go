package kpi_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
)

func TestATargetIsJudgedByItsDeclaredMethod(t *testing.T) {
	gdp := func(all, mua string) func(*world) {
		return func(w *world) {
			w.set("GDP.TOTAL.ALL", all)
			w.set("GDP.TOTAL.MUA", mua)
		}
	}
	cars := func(values string) func(*world) { return func(w *world) { w.set("AUTO.GOV.LJ", values) } }
	for _, c := range []struct {
		name   string
		code   indicator.Code
		method indicator.Method
		set    func(*world)
		period string
		want   indicator.Lamp
		says   string
	}{
		{"StatCan: on track", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 2500 2025-12 3060"), "2025-12", indicator.Green, "1.00"},
		{"StatCan: too slow", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 2500 2025-12 2850"), "2025-12", indicator.Yellow, "0.64"},
		{"StatCan: limited", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 2500 2025-12 2700"), "2025-12", indicator.Red, "0.37"},
		{"StatCan: away", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 2500 2025-12 2400"), "2025-12", indicator.Red, "-0.19"},
		{"the UN calls the limited one fair", "AUTO.GOV.LJ", indicator.UNProgress, cars("2022 2500 2025-12 2700"), "2025-12", indicator.Yellow, "0.34"},
		{"a target that is met is blue whatever the rate", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 4000 2025-12 3600"), "2025-12", indicator.Blue, "已达到"},
		{"no base, no rate", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2024-12 2600 2025-12 2700"), "2025-12", indicator.Grey, "暂不判定"},
		{"part of the first year is not judged", "AUTO.GOV.LJ", indicator.StatCanProgress, cars("2022 2500 2023-06 1300"), "2023-06", indicator.Grey, "暂不判定"},
		{"a share by 百分点, at exactly 60 % of the pace", "GDP.SHARE_MUA.ALL", indicator.LinearProgress, gdp("2022 21 2025-Q4 21.36", "2022 100 2025-Q4 100"), "2025-12", indicator.Yellow, "0.60"},
		{"a count from nothing", "RDINST.NEW.CUM.LJ", indicator.LinearProgress, func(w *world) { w.set("RDINST.NEW.LJ", "2023-Q1 60") }, "2023-03", indicator.Green, "12.00"},
		{"序时: not below path and region", "GDP.TOTAL.ALL", indicator.PaceProgress, gdp("2022 5800 2024-Q4 6000 2025-Q4 6180", "2024-Q4 25000 2025-Q4 25700"), "2025-12", indicator.Green, "路径要求2.6%"},
		{"序时: below the region", "GDP.TOTAL.ALL", indicator.PaceProgress, gdp("2022 5800 2024-Q4 6000 2025-Q4 6180", "2024-Q4 25000 2025-Q4 26000"), "2025-12", indicator.Yellow, "总体增长4.0%"},
		{"序时: a fall", "GDP.TOTAL.ALL", indicator.PaceProgress, gdp("2022 5800 2024-Q4 6000 2025-Q4 5950", "2024-Q4 25000 2025-Q4 24000"), "2025-12", indicator.Red, "名义增长-0.8%"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.cat.Indicator(c.code).Targets[0].Method = c.method
			c.set(w)
			r := w.evaluate(c.period)[c.code]
			if r.Lamp != c.want || !strings.Contains(r.Reason, c.says) || r.Method != string(c.method) {
				t.Errorf("lamp %s by %s, want %s: %s", r.Lamp, r.Method, c.want, r.Reason)
			}
		})
	}
}

// The shipped board has one method for each evaluation, that of catalogue §5.
func TestABoardHasOneMethodForEachEvaluation(t *testing.T) {
	of := make(map[indicator.Evaluation]indicator.Method)
	for _, ind := range newWorld(t).cat.Scored() {
		tg := ind.Target()
		if m := of[tg.Evaluation]; m != "" && m != tg.Method || tg.Method == "" {
			t.Errorf("%s: %s by %q, others by %q", tg.ID, tg.Evaluation, tg.Method, m)
		}
		of[tg.Evaluation] = tg.Method
	}
	if of[indicator.Endpoint] != indicator.EndpointForecast || of[indicator.Floor] != indicator.FloorEveryYear || len(of) != 5 {
		t.Errorf("methods %v", of)
	}
}
