package pipeline_test

import (
	"math"
	"strconv"
	"testing"

	"zhibiao/fixtures"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// truth computes a derived indicator plainly, from the numbers that the sample
// returns were made of; it shares nothing with the engine but the periods.
type truth struct{ missing bool }

func (tr *truth) at(code indicator.Code, p string) float64 {
	text, ok := fixtures.Value(code, period.MustParse(p))
	if !ok {
		tr.missing = true
		return math.NaN()
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return v
}

func (tr *truth) share(a, b indicator.Code, p string) float64 { return tr.at(a, p) / tr.at(b, p) * 100 }

// sum adds a series from 2023 to a quarter or half-year, both included.
func (tr *truth) sum(code indicator.Code, to string) float64 {
	last := period.MustParse(to)
	total := 0.0
	for p := period.Of(last.Freq, 2023, 1); p.End <= last.End; p = p.Next() {
		total += tr.at(code, p.String())
	}
	return total
}

func (tr *truth) cagr(code indicator.Code, year int) float64 {
	return (math.Pow(tr.at(code, strconv.Itoa(year))/tr.at(code, "2022"), 1/float64(year-2022)) - 1) * 100
}

// truths are the 31 derived indicators and the two aliases at 2026-10: monthly
// ones of October, quarterly of the third quarter, half-yearly of the first
// half, annual of 2025; CO2 of 2025 is not due before 30 November 2026.
var truths = map[indicator.Code]func(*truth) float64{
	"GDP.TOTAL.LJ":              func(t *truth) float64 { return t.at("GDP.TOTAL.DIR", "2026-Q3") },
	"GDP.GROWTH.LJ":             func(t *truth) float64 { return t.at("GDP.GROWTH.DIR", "2026-Q3") },
	"GDP.SHARE_MUA.ALL":         func(t *truth) float64 { return t.share("GDP.TOTAL.ALL", "GDP.TOTAL.MUA", "2026-Q3") },
	"VA.MFG.SHARE_GDP.LJ":       func(t *truth) float64 { return t.share("VA.MFG.LJ", "GDP.TOTAL.DIR", "2026-Q3") },
	"VA.FIN.SHARE_GDP.LJ":       func(t *truth) float64 { return t.share("VA.FIN.LJ", "GDP.TOTAL.DIR", "2026-Q3") },
	"VA.DE.SHARE_GDP.LJ":        func(t *truth) float64 { return t.at("VA.DE.LJ", "2025") / t.at("GDP.TOTAL.DIR", "2025-Q4") * 100 },
	"RD.EXP.SHARE_GDP.LJ":       func(t *truth) float64 { return t.at("RD.EXP.LJ", "2025") / t.at("GDP.TOTAL.DIR", "2025-Q4") * 100 },
	"NEV.OUTPUT.SHARE_CQ.LJ":    func(t *truth) float64 { return t.share("NEV.OUTPUT.LJ", "NEV.OUTPUT.CQ", "2026-10") },
	"NEV.GOV.SHARE_CQ.LJ":       func(t *truth) float64 { return t.share("NEV.GOV.LJ", "NEV.GOV.CQ", "2026-10") },
	"NEV.UNITVALUE.LJ":          func(t *truth) float64 { return t.at("NEV.GOV.LJ", "2026-10") / t.at("NEV.OUTPUT.LJ", "2026-10") },
	"TRADE.TOTAL.SHARE_CQ.LJ":   func(t *truth) float64 { return t.share("TRADE.TOTAL.LJ", "TRADE.TOTAL.CQ", "2026-10") },
	"FDI.ACTUAL.SHARE_CQ.LJ":    func(t *truth) float64 { return t.share("FDI.ACTUAL.LJ", "FDI.ACTUAL.CQ", "2026-10") },
	"AIR.GOODRATE.LJ":           func(t *truth) float64 { return t.share("AIR.GOODDAYS.LJ", "AIR.VALIDDAYS.LJ", "2026-10") },
	"WATER.NATSEC.GOOD_RATE.LJ": func(t *truth) float64 { return t.share("WATER.NATSEC.GOOD.N.LJ", "WATER.NATSEC.N.LJ", "2026-10") },
	"WATER.FUNCZONE.OK_RATE.LJ": func(t *truth) float64 { return t.share("WATER.FUNCZONE.OK.N.LJ", "WATER.FUNCZONE.N.LJ", "2025") },
	"RD.EXP.CAGR.LJ":            func(t *truth) float64 { return t.cagr("RD.EXP.LJ", 2025) },
	"SVCTRADE.TOTAL.CAGR.LJ":    func(t *truth) float64 { return t.cagr("SVCTRADE.TOTAL.LJ", 2025) },
	"CO2.INTENSITY.LJ":          func(t *truth) float64 { return t.at("CO2.EMISSION.LJ", "2024") / t.at("GDP.CONST2020.LJ", "2024") },
	"INCUB.N.LJ":                func(t *truth) float64 { return t.at("INCUB.MAKER.N.LJ", "2026-H1") + t.at("INCUB.INC.N.LJ", "2026-H1") },
	"INTLORG.N.LJ": func(t *truth) float64 {
		return t.at("INTLORG.ORG.N.LJ", "2026-H1") + t.at("INTLORG.CHAMBER.N.LJ", "2026-H1")
	},
	"RDINST.NEW.CUM.LJ":     func(t *truth) float64 { return t.sum("RDINST.NEW.LJ", "2026-Q3") },
	"SOE.LISTED.NEW.CUM.LJ": func(t *truth) float64 { return t.sum("SOE.LISTED.NEW.LJ", "2026-Q3") },
	"LISTED.APPROVED.NEW.CUM.LJ": func(t *truth) float64 {
		return t.sum("LISTED.APPROVED.NEW.LJ", "2026-Q3")
	},
	"INNOCONS.PROJ.CUM.LJ": func(t *truth) float64 { return t.sum("INNOCONS.PROJ.NEW.LJ", "2026-H1") },
	"PENSION.COVERAGE.LJ": func(t *truth) float64 { // the denominator of 2025 is carried through 2026
		return t.at("PENSION.INSURED.LJ", "2026-Q3") / t.at("PENSION.ELIGIBLE.LJ", "2025") * 100
	},
	"YUXIN.HOME.NEW.CUM.LJ": func(t *truth) float64 { return t.at("YUXIN.HOME.N.LJ", "2026-H1") - t.at("YUXIN.HOME.N.LJ", "2022") },
	"YUXIN.STREET.COVERAGE.LJ": func(t *truth) float64 {
		return t.at("YUXIN.STREET.COVERED.N.LJ", "2026-H1") / t.at("STREET.N.LJ", "2025") * 100
	},
	"HTE.N.MULT.LJ": func(t *truth) float64 { return t.at("HTE.N.LJ", "2026-Q3") / t.at("HTE.N.LJ", "2022") },
	"STE.N.MULT.LJ": func(t *truth) float64 { return t.at("STE.N.LJ", "2026-Q3") / t.at("STE.N.LJ", "2022") },
	"INCOME.MIDGROUP.MULT.LJ": func(t *truth) float64 {
		return t.at("INCOME.MIDGROUP.N.LJ", "2025") / t.at("INCOME.MIDGROUP.N.LJ", "2022")
	},
	"NET5G.COVERAGE.LJ": func(t *truth) float64 { return t.share("NET5G.COVERED.LJ", "NET5G.TOTAL.LJ", "2026-H1") },
	"INCOME.PC.GROWTH_REAL.LJ": func(t *truth) float64 {
		return ((1+t.at("INCOME.PC.GROWTH_NOM.LJ", "2026-Q3")/100)/(t.at("CPI.YTD.CQ", "2026-Q3")/100) - 1) * 100
	},
	"INCOME.GDP_GAP.LJ": func(t *truth) float64 {
		real := ((1+t.at("INCOME.PC.GROWTH_NOM.LJ", "2026-Q3")/100)/(t.at("CPI.YTD.CQ", "2026-Q3")/100) - 1) * 100
		return real - t.at("GDP.GROWTH.DIR", "2026-Q3")
	},
}

// From workbook to KPI: every sound return is accepted as it is, every input
// comes out as it was typed, and every derived indicator equals its plain truth.
func TestEveryFigureOfTheFixturesComesOutTrue(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(fixtures.Return) bool { return true })
	for i, r := range ingestAll(t, p, dir, list) {
		if r.Verdict != receipt.Accepted {
			t.Errorf("%s is not accepted:\n%s", list[i].Name, text(t, r))
		}
	}
	a, err := p.Evaluate(t.Context(), period.MustParse("2026-10"), november)
	if err != nil {
		t.Fatal(err)
	}
	lamps := make(map[indicator.Lamp]int)
	checked := 0
	for i := range a.Results {
		r := &a.Results[i]
		lamps[r.Lamp]++
		var want float64
		tr := &truth{}
		switch of := truths[r.Code]; {
		case of != nil:
			want = of(tr)
		case r.Kind == indicator.Input:
			want = tr.at(r.Code, r.Period.String())
		default:
			t.Errorf("no truth for %s", r.Code)
			continue
		}
		if r.Value.OK == tr.missing {
			t.Errorf("%s at %s: value %v, absence %q; the truth is missing: %t", r.Code, r.Period, r.Value, r.Absence, tr.missing)
			continue
		}
		if r.Value.OK && math.Abs(r.Value.V-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s at %s: %v, want %v", r.Code, r.Period, r.Value.V, want)
		}
		checked++
	}
	if checked != len(defs.Catalogue.Indicators) {
		t.Errorf("%d indicators checked, want all %d", checked, len(defs.Catalogue.Indicators))
	}
	for _, l := range []indicator.Lamp{indicator.Blue, indicator.Green, indicator.Yellow, indicator.Red, indicator.Grey} {
		if lamps[l] == 0 {
			t.Errorf("no lamp is %s: the fixtures must show every lamp", l)
		}
	}
}
