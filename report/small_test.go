package report_test

import (
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report"
)

// small is a hand-made input of one indicator for each lamp, for goldens and
// exact expectations.
func small() report.Input {
	target := func(id, name string, action int, c indicator.Comparator, v float64, unit string) []indicator.Target {
		return []indicator.Target{{
			ID: id, Tier: "A", Name: name, Quote: name + "达到目标", Line: 21, Action: action, Leads: []string{"经济运行局"}, LeadStatus: "inferred",
			LeadTasks: []int{1}, Primary: "经济运行局", Comparator: c, Words: "达到", Value: v, HasValue: true, Unit: unit, Year: 2027,
			Evaluation: indicator.Endpoint, Strength: "力争", Direction: 1, Scored: true,
		}}
	}
	cat := &indicator.Catalogue{
		Actions: []indicator.Action{{No: 1, Name: "甲专项行动"}, {No: 2, Name: "乙专项行动"}},
		Indicators: []indicator.Indicator{
			{
				Code: "GDP.ALL", Name: "生产总值", Kind: indicator.Input, Area: indicator.All, Unit: "亿元", Decimals: 2, Nature: indicator.FlowYTD,
				Freq: period.Quarter, PriceBasis: indicator.Current, GrowthBasis: indicator.Current, Form: "双城101表", Filer: []string{"经济运行局"}, Targets: target("A01", "生产总值", 1, indicator.GT, 6600, "亿元"),
			},
			{
				Code: "SHARE.ALL", Name: "比重", Kind: indicator.Derived, Area: indicator.All, Unit: "%", Decimals: 1, Nature: indicator.Ratio,
				Freq: period.Quarter, Formula: "share(GDP.ALL, GDP.MUA)", Targets: target("A02", "比重", 1, indicator.GE, 22, "%"),
			},
			{
				Code: "HTE.N", Name: "企业数", Kind: indicator.Input, Area: indicator.Dir, Unit: "家", Nature: indicator.CountStock,
				Freq: period.Quarter, Targets: target("A22", "企业数", 1, indicator.GE, 1400, "家"),
			},
			{
				Code: "POP.DIR", Name: "人口", Kind: indicator.Input, Area: indicator.Dir, Unit: "万人", Decimals: 2, Nature: indicator.StockEnd,
				Freq: period.Year, Targets: target("A04", "人口", 1, indicator.GE, 130, "万人"),
			},
			{
				Code: "RETAIL", Name: "社零", Kind: indicator.Input, Area: indicator.Dir, Unit: "亿元", Decimals: 2, Nature: indicator.FlowYTD,
				Freq: period.Month, Targets: target("A27", "社零", 1, indicator.GT, 950, "亿元"),
			},
			{
				Code: "RANK.X", Name: "位次", Kind: indicator.Input, Unit: "位次", Nature: indicator.Rank, Rounding: indicator.NoRound, Freq: period.Year,
				Targets: []indicator.Target{{ID: "C01", Name: "走在前列", Action: 2, Words: "前列", Comparator: indicator.ByRank, Year: 2027, Evaluation: indicator.RankTarget}},
			},
		},
		Directions: []indicator.Record{{ID: "E01", Name: "代理指标", Quote: "明显提升", Line: 43, Task: 15, Leads: []string{"现代服务业局"}}},
		Milestones: []indicator.Record{{ID: "F01", Quote: "建设市民中心", Line: 22}},
		Settings:   indicator.Settings{Scope: indicator.Dir, AmberShortfall: 0.05, AmberPoints: 1, AmberLag: 10},
	}
	q := period.MustParse("2026-Q3")
	y := period.MustParse("2025")
	opt := indicator.Some[float64]
	pct := indicator.Some[indicator.Percent]
	a := &indicator.Assessment{
		Period: period.MustParse("2026-09"), AsOf: time.Date(2026, 10, 20, 1, 0, 0, 0, time.UTC), Hash: "kpihash",
		Results: []indicator.Result{
			{
				Code: "GDP.ALL", Unit: "亿元", Nature: indicator.FlowYTD, Period: q, Value: opt(4500.125), Vintage: indicator.Preliminary,
				Growth: pct(6.04), Published: pct(5.25), Base: opt(4700), Elapsed: 60, LevelCompletion: pct(84.2), ProgressCompletion: pct(45.1),
				ProgressLead: indicator.Some(indicator.Points(-14.9)), Path: opt(5760.5), Lead: opt(-200.25), CurrentGap: opt(-1040),
				FullYear: opt(5900), RequiredGrowth: pct(8.987), Projection: &indicator.Projection{
					Value: 6200, Method: "m@1", Points: 5, Nowcast: true, Probability: pct(0.4),
					Ahead: []indicator.Expected{
						{Year: 2026, Value: 5900, Lo80: 5850, Hi80: 5950, Lo95: 5800, Hi95: 6000},
						{Year: 2027, Value: 6200, Lo80: 6000, Hi80: 6400, Lo95: 5800, Hi95: 6580},
					},
				},
				Nowcast: &indicator.Nowcast{Error: 26.5, Off80: 50, Off95: 100, Years: 3, Method: "seasonal-share@1"},
				Track: &indicator.TrackRecord{
					RealTime: indicator.Track{Origins: 1, Forecasts: 2, In80: 1, In95: 2, SymmetricError: 5, ScaledError: 1.9, NaiveError: 3, Scaled: 2},
					First:    indicator.Track{Origins: 1, Forecasts: 2, In80: 2, In95: 2, SymmetricError: 4, ScaledError: 1.5, NaiveError: 3, Scaled: 2},
					Pseudo:   indicator.Track{Origins: 2, Forecasts: 4, In80: 4, In95: 4, SymmetricError: 7, ScaledError: 2.3, NaiveError: 6, Scaled: 4},
				},
				Gap: opt(-400), Lamp: indicator.Red, Reason: "2027年测算6200.00亿元，目标＞6600亿元，预计差400.00亿元", Method: "endpoint@1", TargetID: "A01",
				Measures: indicator.Measures{
					InPeriod: &indicator.InPeriod{Value: 1520.335, From: 7, To: 9, Growth: pct(5.95)},
					Chain:    &indicator.Chain{Against: q.Prev(), Growth: pct(-0.25), Step: opt(-3.8)},
					BackOut:  &indicator.BackOut{Implied: 4275.65, Stored: opt(4243.8), Verdict: indicator.RestatedBase},
					Pace: &indicator.Pace{
						YearTarget: 5960, Completion: 75.506, Linear: 75, Lead: 0.506, Seasonal: pct(74.25),
						SeasonalLead: indicator.Some(indicator.Points(1.256)), Years: 3,
					},
					BeforeCensus: &indicator.BeforeCensus{
						Period: period.MustParse("2025-Q4"), Value: 5398.06, Current: 5560, Factor: 1.03,
						Overlap: period.MustParse("2023-Q4"), Linked: true, Gap: -1201.94, CurrentGap: -1040,
					},
				},
			},
			{
				Code: "SHARE.ALL", Unit: "%", Nature: indicator.Ratio, Period: q, Value: opt(21.99835), Change: indicator.Some(indicator.Points(0.3)),
				Base: opt(20), Elapsed: 75, LevelCompletion: pct(99.99), ProgressCompletion: pct(99.9), Path: opt(21.5), Lead: opt(0.49835),
				CurrentGap: opt(-0.00165), RequiredStep: opt(0.00132), Projection: &indicator.Projection{Value: 21.96, Method: "drift-linear@1", Points: 3},
				Gap: opt(-0.04), Lamp: indicator.Yellow, Reason: "预计差0.04个百分点", Method: "endpoint@1", TargetID: "A02",
				Measures: indicator.Measures{Parts: &indicator.ShareParts{
					Part: "GDP.ALL", Whole: "GDP.MUA", PartGrew: 6.04, WholeGrew: 4.6, Own: 1.26, Wider: -0.96, Total: 0.3,
					Needed: []indicator.Needed{{Wider: 3, Own: 3.01}, {Wider: 4, Own: 4.01}, {Wider: 5, Own: 5.01}, {Wider: 8, Own: 8.01}},
				}},
			},
			{
				Code: "HTE.N", Unit: "家", Nature: indicator.CountStock, Period: q, Value: opt(1300), Growth: pct(-2.5), Base: opt(900), Elapsed: 75,
				LevelCompletion: pct(92.857), ProgressCompletion: pct(80), ProgressLead: indicator.Some(indicator.Points(5)), Path: opt(1275), Lead: opt(25),
				CurrentGap: opt(-100), RequiredStep: opt(80), Projection: &indicator.Projection{
					Value: 1433, Method: "m@1", Points: 5, Probability: pct(72.4),
					Ahead: []indicator.Expected{{Year: 2027, Value: 1433, Lo80: 1400, Hi80: 1460, Lo95: 1370, Hi95: 1485}},
				},
				Gap: opt(33), Lamp: indicator.Green, Reason: "可以达到", Method: "endpoint@1", TargetID: "A22",
			},
			{
				Code: "POP.DIR", Unit: "万人", Nature: indicator.StockEnd, Period: y, Value: opt(131.2), Growth: pct(0.04), Base: opt(120), Elapsed: 60,
				LevelCompletion: pct(100.92), CurrentGap: opt(1.2), Reached: true, Lamp: indicator.Blue, Reason: "已达到目标", Method: "endpoint@1", TargetID: "A04",
			},
			{
				Code: "RETAIL", Unit: "亿元", Nature: indicator.FlowYTD, Period: period.MustParse("2026-09"), Absence: indicator.Overdue, Lamp: indicator.Grey,
				Reason: "2026年9月逾期未报", Method: "endpoint@1", TargetID: "A27",
			},
			{Code: "RANK.X", Unit: "位次", Nature: indicator.Rank, Period: y, Absence: indicator.NotDue, Reason: "位次类目标，不评分", TargetID: "C01"},
		},
		History: map[indicator.Code][]indicator.Point{},
	}
	for i, v := range []float64{4700, 4960, 5240, 5560} {
		a.History["GDP.ALL"] = append(a.History["GDP.ALL"], indicator.Point{Period: period.Of(period.Quarter, 2022+i, 4), Value: v, Vintage: indicator.Final})
	}
	for i, v := range []float64{20, 20.4, 21.1, 21.6, 21.99835} {
		p := period.Of(period.Quarter, 2022+i, 4)
		if i == 4 {
			p = q
		}
		a.History["SHARE.ALL"] = append(a.History["SHARE.ALL"], indicator.Point{Period: p, Value: v})
	}
	prev := &indicator.Assessment{Period: period.MustParse("2026-08"), AsOf: time.Date(2026, 9, 20, 1, 0, 0, 0, time.UTC), Results: []indicator.Result{
		{Code: "GDP.ALL", Lamp: indicator.Yellow},
		{Code: "SHARE.ALL", Lamp: indicator.Yellow},
		{Code: "HTE.N", Lamp: indicator.Grey},
		{Code: "POP.DIR", Lamp: indicator.Green},
		{Code: "RETAIL", Lamp: indicator.Green},
	}}
	al := alert.Alert{
		Rule: "lamp-red", RuleName: "红灯", Level: "红", Code: "GDP.ALL", Name: "生产总值", Area: indicator.All,
		Why: "2027年测算低于目标", Need: "年均需增长8.99%", Owner: "经济运行局", New: true,
	}
	al.Episode, al.State, al.Since = "lamp-red|GDP.ALL|2026-Q2", alert.Firing, period.MustParse("2026-Q2")
	return report.Input{
		Kind:      report.Monthly,
		Catalogue: cat, Assessment: a, Previous: prev, Alerts: []alert.Alert{al},
		Filing: []report.FilingStat{
			{
				Department: "经济运行局", Expected: 3, Received: 3, OnTime: 2, Late: 1,
				LateReturns: []report.LateReturn{{Name: "双城101表 2026年三季度", State: "迟报", Codes: []indicator.Code{"GDP.ALL"}}},
			},
			{
				Department: "现代服务业局", Expected: 2, Received: 1, OnTime: 1, Missing: 1,
				LateReturns: []report.LateReturn{{Name: "双城301表 2026年9月", State: "逾期未报", Codes: []indicator.Code{"RETAIL"}}},
			},
		},
		RunID: "run-1", JournalHead: "headhash", CatalogueHash: "cathash", Made: time.Date(2026, 10, 20, 1, 5, 0, 0, time.UTC), TestData: true,
	}
}
