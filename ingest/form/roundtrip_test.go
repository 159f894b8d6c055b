package form_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// everyReturn lists one filing of every edition of every form and department.
func everyReturn() (all []form.Filing) {
	_, set := definitions()
	for _, f := range set.Forms {
		for _, e := range f.Editions {
			p := period.MustParse(map[period.Freq]string{
				period.Month: "2026-09", period.Quarter: "2026-Q3", period.Half: "2026-H1", period.Year: "2025",
			}[e.Freq])
			if !e.Once.IsZero() {
				p = e.Once
			}
			departments := f.Departments(p)
			if f.Unassigned {
				departments = []string{"产业促进局"}
			}
			for _, d := range departments {
				all = append(all, filing(f.Number, p.String(), d))
			}
		}
	}
	return all
}

// check compares a return with what was typed.
func check(t *testing.T, want form.Filing, got *form.Return) {
	t.Helper()
	if got.Form != want.Form || got.Period != want.Period || got.Department != want.Department || got.Version != want.Form.Version {
		t.Errorf("recognised %s %s of %s (%s), want %s %s of %s", got.Number, got.Period, got.Department, got.Version, want.Form.Number, want.Period, want.Department)
	}
	if !got.TestData || got.Reported.Format(time.DateOnly) != want.Reported.Format(time.DateOnly) {
		t.Errorf("test data %v, reported %s", got.TestData, got.Reported)
	}
	for _, k := range []string{form.UnitHead, form.StatHead, form.FilledBy, form.Telephone} {
		if got.Head[k].Text != want.Head[k] || got.Head[k].Cell == "" {
			t.Errorf("%s: %+v, want %q", k, got.Head[k], want.Head[k])
		}
	}
	if got.Head[form.RemarkField].Text != want.Remark {
		t.Errorf("remark: %+v", got.Head[form.RemarkField])
	}
	rows := want.Form.Rows(want.Period, want.Department)
	if len(got.Lines) != len(rows) {
		t.Fatalf("lines: %d, want %d", len(got.Lines), len(rows))
	}
	for i, r := range rows {
		l, e := got.Lines[i], want.Entries[r.Code]
		if l.Row.Code != r.Code || l.Caliber.Text != e.Caliber || l.Note.Text != e.Note {
			t.Errorf("line %d: %+v", i, l)
		}
		for m, typed := range map[indicator.Measure]any{indicator.ValueMeasure: e.Value, indicator.YearAgoMeasure: e.YearAgo, indicator.GrowthMeasure: e.Growth} {
			d, ok := l.Measure(m)
			if ok != r.Takes(m) {
				t.Errorf("%s %s: read %v, taken %v", r.Code, m, ok, r.Takes(m))
			}
			if v, isNumber := typed.(float64); isNumber && ok && !d.Number.Value.Equal(decimal.NewFromFloat(v)) {
				t.Errorf("%s %s in %s = %s, want %v", r.Code, m, d.Cell, d.Number.Value, v)
			}
		}
	}
}

func TestEveryFormIsReadAsItWasFiled(t *testing.T) {
	all := everyReturn()
	numbers := map[string]bool{}
	for _, f := range all {
		numbers[f.Form.Number] = true
		t.Run(f.Form.Number+f.Period.String()+f.Department, func(t *testing.T) {
			ret, found := extract(workbookOf(t, f), received(f))
			want := ""
			if f.Form.Unassigned {
				want = "表.xlsx[双城204表]!B5: 提示: “填报单位” 本表的填报单位在计划中没有明确，表样由双城办发给该单位（实为 产业促进局） [R02]\n"
			}
			if d := cmp.Diff(want, lines(found)); d != "" {
				t.Errorf("findings: %s", d)
			}
			check(t, f, ret)
		})
	}
	if len(numbers) != 20 {
		t.Errorf("forms tried: %d, want 20", len(numbers))
	}
}

func TestEveryStyleIsReadTheSame(t *testing.T) {
	for _, f := range everyReturn() {
		if f.Form.Unassigned {
			continue
		}
		plain, _ := extract(workbookOf(t, f), received(f))
		for name, s := range map[string]form.Style{
			"full width":  {FullWidth: true},
			"joined foot": {JoinedFoot: true},
			"copied":      {NoIdentity: true},
			"blank rows":  {BlankRows: 3, GapAfter: 1},
			"comments":    {Comments: true},
			"value last":  {ValueLast: true},
			"extra sheet": {ExtraSheet: "测算过程", ExtraCells: [][]string{{"指标", "双城"}, {"=1+1", "3"}}},
			"all":         {FullWidth: true, JoinedFoot: true, NoIdentity: true, BlankRows: 1, GapAfter: 2, ValueLast: true},
		} {
			f.Style = s
			ret, found := extract(workbookOf(t, f), received(f))
			if found.Refused() {
				t.Errorf("%s %s of %s, %s:\n%s", f.Form.Number, f.Period, f.Department, name, found)
				continue
			}
			if d := cmp.Diff(texts(plain), texts(ret)); d != "" {
				t.Errorf("%s %s of %s, %s: %s", f.Form.Number, f.Period, f.Department, name, d)
			}
			if ret.Period != f.Period || ret.Department != f.Department {
				t.Errorf("%s, %s: %s of %s", f.Form.Number, name, ret.Period, ret.Department)
			}
		}
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	f := filing("双城701表", "2026-09", "自贸办")
	f.Style.Comments = true
	e := f.Entries["TRADE.TOTAL.LJ"]
	e.Note, e.Growth = "海关口径", form.Formula{Text: "ROUND((E11/F11-1)*100,1)", Value: 11.1}
	f.Entries["TRADE.TOTAL.LJ"] = e
	var first bytes.Buffer
	if err := form.Write(&first, f); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var again bytes.Buffer
		if err := form.Write(&again, f); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), again.Bytes()) {
			t.Fatal("the same filing gave other bytes")
		}
	}
}

func TestWriteOfAPeriodTheFormDoesNotHave(t *testing.T) {
	f := filing("双城701表", "2026-09", "自贸办")
	f.Period = period.MustParse("2026-Q3")
	if err := form.Write(&bytes.Buffer{}, f); err == nil || !strings.Contains(err.Error(), "双城701表 for 2026-Q3") {
		t.Errorf("error %v", err)
	}
}

func TestFormulasCarryTheirCachedNumber(t *testing.T) {
	f := filing("双城701表", "2026-09", "自贸办")
	e := f.Entries["TRADE.TOTAL.CQ"]
	e.Growth = form.Formula{Text: "ROUND((E12/F12-1)*100,1)", Value: -4.1}
	f.Entries["TRADE.TOTAL.CQ"] = e
	book := workbookOf(t, f)
	ret, found := extract(book, received(f))
	if len(found) > 0 {
		t.Fatal(found)
	}
	d, _ := ret.Line("TRADE.TOTAL.CQ").Measure(indicator.GrowthMeasure)
	c := book.Sheet(ret.Sheet).Cells
	for _, cell := range c {
		if cell.Ref.String() == d.Cell && (cell.Kind.String() != "number" || cell.Formula == "") {
			t.Errorf("the formula cell reads as %+v", cell)
		}
	}
	if d.Number.Value.String() != "-4.1" {
		t.Errorf("growth = %s", d.Number.Value)
	}
}

// Vector V15 through a workbook, to observations: an absence is never zero.
func TestObservations(t *testing.T) {
	cat, _ := definitions()
	f := filing("双城701表", "2026-09", "自贸办")
	f.Entries = map[indicator.Code]form.Entry{
		"TRADE.TOTAL.LJ": {Value: "…", YearAgo: "—", Growth: "１８％", Status: "快报"},
		"TRADE.TOTAL.CQ": {Value: 0.0, YearAgo: "4.53*", Growth: "-5.2", Status: "推算", Note: "含保税"},
		"FDI.ACTUAL.LJ":  {Value: "—", Growth: "…"},
		"FDI.ACTUAL.CQ":  {Value: 5230.449999999999818, Caliber: "全口径", Status: "最终核实"},
	}
	ret, found := extract(workbookOf(t, f), received(f))
	if found.Refused() {
		t.Fatal(found)
	}
	var got []string
	for _, o := range ret.Observations(cat) {
		v := "-"
		if o.Value.Valid {
			v = o.Value.Decimal.String()
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s %s %s %s %s", o.Code, o.Area, o.Period, o.Measure, v, o.Status, o.Vintage, o.Caliber, o.Note, o.Cell))
	}
	want := []string{
		"TRADE.TOTAL.LJ DIR 2026-09 value - N flash   E11",
		"TRADE.TOTAL.LJ DIR 2026-09 year_ago - M flash   F11",
		"TRADE.TOTAL.LJ DIR 2026-09 growth 18 P flash   G11",
		"TRADE.TOTAL.CQ CQ 2026-09 value 0 E flash  含保税 E12",
		"TRADE.TOTAL.CQ CQ 2026-09 year_ago 4.53 E flash  含保税 F12",
		"TRADE.TOTAL.CQ CQ 2026-09 growth -5.2 E flash  含保税 G12",
		"FDI.ACTUAL.LJ DIR 2026-09 value - M flash   E13",
		"FDI.ACTUAL.LJ DIR 2026-09 growth - N flash   G13",
		"FDI.ACTUAL.CQ CQ 2026-09 value 5230.45 A final 全口径  E14",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// A blank value is an observation of status O; a blank beside it is none.
	f.Entries["TRADE.TOTAL.LJ"] = form.Entry{}
	ret, _ = extract(workbookOf(t, f), received(f))
	o := ret.Observations(cat)[0]
	if o.Status != indicator.Missing || o.Value.Valid || o.Measure != indicator.ValueMeasure {
		t.Errorf("a blank value: %+v", o)
	}
}

func TestVintageDefaults(t *testing.T) {
	for _, c := range []struct {
		number, p, department, code string
		vintage                     indicator.Vintage
		status                      indicator.ObsStatus
	}{
		{"双城101表", "2026-Q3", "经济运行局", "GDP.TOTAL.ALL", indicator.Preliminary, indicator.Provisional},
		{"双城201表", "2026-09", "产业促进局", "NEV.GOV.LJ", indicator.Flash, indicator.Provisional},
		{"双城202表", "2026-Q3", "产业促进局", "SW.ENT.N.LJ", indicator.Final, indicator.Normal},
		{"双城402表", "2026-Q3", "科技创新局", "HTE.N.LJ", indicator.Final, indicator.Normal},
		{"双城501表", "2026-09", "生态环境分局", "AIR.GOODDAYS.LJ", indicator.Flash, indicator.Provisional},
		{"双城900表", "2022", "科技创新局", "RD.EXP.LJ", indicator.Final, indicator.Normal},
	} {
		cat, _ := definitions()
		f := filing(c.number, c.p, c.department)
		ret, _ := extract(workbookOf(t, f), received(f))
		for _, o := range ret.Observations(cat) {
			if string(o.Code) == c.code && (o.Vintage != c.vintage || o.Status != c.status) {
				t.Errorf("%s of %s: %s %s, want %s %s", c.code, c.p, o.Vintage, o.Status, c.vintage, c.status)
			}
		}
	}
}
