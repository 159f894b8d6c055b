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

// year is the year of a period.
func year(p string) int { return period.MustParse(p).Year() }

// whole is the whole year of a quarterly series, and of a yearly one.
func whole(y int) string { return strconv.Itoa(y) + "-Q4" }

// yearly carries the newest yearly stock into a period: that of its own year at
// the end of December, else of the year before.
func yearly(p string) string {
	q := period.MustParse(p)
	if q.LastMonth() == 12 {
		return strconv.Itoa(q.Year())
	}
	return strconv.Itoa(q.Year() - 1)
}

// december is the end of 2022 as a stock of any frequency is filed.
const december = "2022"

func share(a, b indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.at(a, p) / t.at(b, p) * 100 }
}

func added(a, b indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.at(a, p) + t.at(b, p) }
}

func running(code indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.sum(code, p) }
}

func multiple(code indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.at(code, p) / t.at(code, december) }
}

func average(code indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.cagr(code, year(p)) }
}

func same(code indicator.Code) func(*truth, string) float64 {
	return func(t *truth, p string) float64 { return t.at(code, p) }
}

func realIncome(t *truth, p string) float64 {
	return ((1+t.at("INCOME.PC.GROWTH_NOM.LJ", p)/100)/(t.at("CPI.YTD.CQ", p)/100) - 1) * 100
}

// truths are the 31 derived indicators and the two aliases at a period of their
// own frequency, as catalogue §2 defines them.
var truths = map[indicator.Code]func(*truth, string) float64{
	"GDP.TOTAL.LJ":        same("GDP.TOTAL.DIR"),
	"GDP.GROWTH.LJ":       same("GDP.GROWTH.DIR"),
	"GDP.SHARE_MUA.ALL":   share("GDP.TOTAL.ALL", "GDP.TOTAL.MUA"),
	"VA.MFG.SHARE_GDP.LJ": share("VA.MFG.LJ", "GDP.TOTAL.DIR"),
	"VA.FIN.SHARE_GDP.LJ": share("VA.FIN.LJ", "GDP.TOTAL.DIR"),
	"VA.DE.SHARE_GDP.LJ": func(t *truth, p string) float64 {
		return t.at("VA.DE.LJ", p) / t.at("GDP.TOTAL.DIR", whole(year(p))) * 100
	},
	"RD.EXP.SHARE_GDP.LJ": func(t *truth, p string) float64 {
		return t.at("RD.EXP.LJ", p) / t.at("GDP.TOTAL.DIR", whole(year(p))) * 100
	},
	"NEV.OUTPUT.SHARE_CQ.LJ":     share("NEV.OUTPUT.LJ", "NEV.OUTPUT.CQ"),
	"NEV.GOV.SHARE_CQ.LJ":        share("NEV.GOV.LJ", "NEV.GOV.CQ"),
	"NEV.UNITVALUE.LJ":           func(t *truth, p string) float64 { return t.at("NEV.GOV.LJ", p) / t.at("NEV.OUTPUT.LJ", p) },
	"TRADE.TOTAL.SHARE_CQ.LJ":    share("TRADE.TOTAL.LJ", "TRADE.TOTAL.CQ"),
	"FDI.ACTUAL.SHARE_CQ.LJ":     share("FDI.ACTUAL.LJ", "FDI.ACTUAL.CQ"),
	"AIR.GOODRATE.LJ":            share("AIR.GOODDAYS.LJ", "AIR.VALIDDAYS.LJ"),
	"WATER.NATSEC.GOOD_RATE.LJ":  share("WATER.NATSEC.GOOD.N.LJ", "WATER.NATSEC.N.LJ"),
	"WATER.FUNCZONE.OK_RATE.LJ":  share("WATER.FUNCZONE.OK.N.LJ", "WATER.FUNCZONE.N.LJ"),
	"RD.EXP.CAGR.LJ":             average("RD.EXP.LJ"),
	"SVCTRADE.TOTAL.CAGR.LJ":     average("SVCTRADE.TOTAL.LJ"),
	"CO2.INTENSITY.LJ":           func(t *truth, p string) float64 { return t.at("CO2.EMISSION.LJ", p) / t.at("GDP.CONST2020.LJ", p) },
	"INCUB.N.LJ":                 added("INCUB.MAKER.N.LJ", "INCUB.INC.N.LJ"),
	"INTLORG.N.LJ":               added("INTLORG.ORG.N.LJ", "INTLORG.CHAMBER.N.LJ"),
	"RDINST.NEW.CUM.LJ":          running("RDINST.NEW.LJ"),
	"SOE.LISTED.NEW.CUM.LJ":      running("SOE.LISTED.NEW.LJ"),
	"LISTED.APPROVED.NEW.CUM.LJ": running("LISTED.APPROVED.NEW.LJ"),
	"INNOCONS.PROJ.CUM.LJ":       running("INNOCONS.PROJ.NEW.LJ"),
	"PENSION.COVERAGE.LJ": func(t *truth, p string) float64 { // the denominator of a year is carried through the next
		return t.at("PENSION.INSURED.LJ", p) / t.at("PENSION.ELIGIBLE.LJ", yearly(p)) * 100
	},
	"YUXIN.HOME.NEW.CUM.LJ": func(t *truth, p string) float64 {
		return t.at("YUXIN.HOME.N.LJ", p) - t.at("YUXIN.HOME.N.LJ", december)
	},
	"YUXIN.STREET.COVERAGE.LJ": func(t *truth, p string) float64 {
		return t.at("YUXIN.STREET.COVERED.N.LJ", p) / t.at("STREET.N.LJ", yearly(p)) * 100
	},
	"HTE.N.MULT.LJ":            multiple("HTE.N.LJ"),
	"STE.N.MULT.LJ":            multiple("STE.N.LJ"),
	"INCOME.MIDGROUP.MULT.LJ":  multiple("INCOME.MIDGROUP.N.LJ"),
	"NET5G.COVERAGE.LJ":        share("NET5G.COVERED.LJ", "NET5G.TOTAL.LJ"),
	"INCOME.PC.GROWTH_REAL.LJ": realIncome,
	"INCOME.GDP_GAP.LJ":        func(t *truth, p string) float64 { return realIncome(t, p) - t.at("GDP.GROWTH.DIR", p) },
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
			want = of(tr, r.Period.String())
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
	compareMeasures(t, defs.Catalogue, a)
	if checked != len(defs.Catalogue.Indicators) {
		t.Errorf("%d indicators checked, want all %d", checked, len(defs.Catalogue.Indicators))
	}
	for _, l := range []indicator.Lamp{indicator.Blue, indicator.Green, indicator.Yellow, indicator.Red, indicator.Grey} {
		if lamps[l] == 0 {
			t.Errorf("no lamp is %s: the fixtures must show every lamp", l)
		}
	}
}
