package ingest_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var definitions = sync.OnceValue(func() *ingest.Definitions {
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil || found.Refused() {
		panic(fmt.Sprint(found, err))
	}
	set, found, err := form.Load(form.Embedded(), cat)
	if err != nil || found.Refused() {
		panic(fmt.Sprint(found, err))
	}
	defs, err := ingest.Define(cat, set)
	if err != nil {
		panic(err)
	}
	return defs
})

// usual are figures that no rule objects to; rows not listed are filed as 10.
// All are 测试数据.
var usual = map[indicator.Code]any{
	"GDP.TOTAL.ALL": 5230.45, "GDP.TOTAL.DIR": 2900.0, "GDP.TOTAL.MUA": 24310.22, "VA.MFG.LJ": 1100.0, "VA.FIN.LJ": 550.0,
	"VA.DE.LJ": 1500.0, "NEV.OUTPUT.LJ": 30.5, "NEV.OUTPUT.CQ": 60.25, "NEV.GOV.LJ": 600.0, "NEV.GOV.CQ": 950.5, "AUTO.GOV.LJ": 2000.0,
	"SW.REV.LJ": 1500.0, "SW.EMP.LJ": 15.5, "SW.ENT.N.LJ": 7000, "RETAIL.TOTAL.LJ": 600.0, "AIR.VALIDDAYS.LJ": 30, "AIR.GOODDAYS.LJ": 28,
	"WATER.NATSEC.N.LJ": 4, "WATER.NATSEC.GOOD.N.LJ": 4, "WATER.FUNCZONE.N.LJ": 6, "WATER.FUNCZONE.OK.N.LJ": 6,
	"TRADE.TOTAL.LJ": 1432.58, "TRADE.TOTAL.CQ": 3500.0, "FDI.ACTUAL.LJ": 2.5, "FDI.ACTUAL.CQ": 6.25,
	// Growth that goes with levels that stay: usual is filed for every year.
	"GDP.GROWTH.ALL": 4.0, "GDP.GROWTH.DIR": 4.0, "GDP.GROWTH.MUA": 4.0, "RETAIL.GROWTH.LJ": 0.2, "INCOME.PC.GROWTH_NOM.LJ": 0.2,
	"IND.VA_ADS.GROWTH.LJ": 4.0, "IND.VA_ADS.LJ": 1000.0,
	"STREET.N.LJ": 12, "YUXIN.STREET.COVERED.N.LJ": 5, "NET5G.TOTAL.LJ": 100, "NET5G.COVERED.LJ": 90,
}

// A change is what one case types differently.
type change func(*form.Filing)

// typed is a filing of a form for a period with the usual figures, reported ten
// days after the period's end. Nobody is named.
func typed(number, p string, changes ...change) form.Filing {
	f := definitions().Forms.Form(number)
	if f == nil {
		panic("no form " + number)
	}
	q := period.MustParse(p)
	x := form.Filing{
		Form: f, Period: q, Department: cmp.Or(f.Department, "经济运行局"), Reported: q.Last().AddDate(0, 0, 10), TestData: true,
		Head:    map[string]string{form.UnitHead: "测试甲", form.StatHead: "测试乙", form.FilledBy: "测试丙", form.Telephone: "000-0000"},
		Entries: map[indicator.Code]form.Entry{}, Remark: "测试数据。",
	}
	for _, r := range f.Rows(q, "") {
		e := form.Entry{Value: usual[r.Code]}
		if e.Value == nil {
			e.Value = 10
		}
		if len(r.Calibers) > 0 {
			e.Caliber = r.Calibers[0]
		}
		x.Entries[r.Code] = e
	}
	for _, c := range changes {
		c(&x)
	}
	prove(&x)
	return x
}

// prove attaches what the figures need, unless the case has attached its own
// (an empty list is one's own): R33 and R35 have nothing to say.
func prove(f *form.Filing) {
	own := f.Evidence != nil || f.Register != nil
	for _, r := range f.Form.Rows(f.Period, f.Department) {
		d, err := decimal.NewFromString(fmt.Sprint(f.Entries[r.Code].Value))
		if own || err != nil || d.Sign() <= 0 {
			continue
		}
		if r.Evidence {
			f.Evidence = append(f.Evidence, document(r.Code))
		}
		if r.Register {
			f.Register = append(f.Register, units(r.Code, int(d.IntPart()))...)
		}
	}
}

func document(code indicator.Code) form.EvidenceEntry {
	return form.EvidenceEntry{Code: code, Title: "测试文件", Number: "测试〔2020〕1号", Issuer: "测试机关", Date: "2020-01-02"}
}

// units are so many units of a register, each with a right code.
func units(code indicator.Code, n int) []form.RegisterEntry {
	var all []form.RegisterEntry
	for i := range n {
		all = append(all, form.RegisterEntry{Code: code, CreditCode: credit(i), Name: fmt.Sprintf("测试数据%02d", i)})
	}
	return all
}

func credit(i int) string {
	body := fmt.Sprintf("915000000%08d", i)
	check, ok := form.CreditCheck(body)
	if !ok {
		panic(body)
	}
	return body + string(check)
}

// attach replaces what proves the figures.
func attach(evidence []form.EvidenceEntry, register []form.RegisterEntry) change {
	return func(f *form.Filing) {
		f.Evidence, f.Register = evidence, register
		if evidence == nil {
			f.Evidence = []form.EvidenceEntry{}
		}
	}
}

func caliber(code indicator.Code, text string) change {
	return entry(code, func(e *form.Entry) { e.Caliber = text })
}

func growth(code indicator.Code, yearAgo, rate any) change {
	return entry(code, func(e *form.Entry) { e.YearAgo, e.Growth = yearAgo, rate })
}

// entry changes what is typed into a row.
func entry(code indicator.Code, how func(*form.Entry)) change {
	return func(f *form.Filing) {
		e, ok := f.Entries[code]
		if !ok {
			panic(fmt.Sprintf("%s of %s has no row %s", f.Form.Number, f.Period, code))
		}
		how(&e)
		f.Entries[code] = e
	}
}

func value(code indicator.Code, v any) change {
	return entry(code, func(e *form.Entry) { e.Value = v })
}

func note(code indicator.Code, text string) change {
	return entry(code, func(e *form.Entry) { e.Note = text })
}

func status(code indicator.Code, text string) change {
	return entry(code, func(e *form.Entry) { e.Status = text })
}

func workbookOf(t testing.TB, f form.Filing) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := form.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A desk receives returns one after the other and remembers what was accepted.
type desk struct {
	t      testing.TB
	defs   *ingest.Definitions
	values map[string]ingest.Known
	filed  map[string]ingest.Prior
	sent   map[string][]byte // the version in force of a return, else the newest

	explained map[string]string // 说明 by the keys of findings
}

func newDesk(t testing.TB, before ...form.Filing) *desk {
	t.Helper()
	d := &desk{t: t, defs: definitions(), values: map[string]ingest.Known{}, filed: map[string]ingest.Prior{}}
	for _, f := range before {
		if out := d.file(f); out.Verdict != receipt.Accepted {
			t.Fatalf("what was filed before, %s of %s, is not accepted:\n%s", f.Form.Number, f.Period, out.Findings)
		}
	}
	return d
}

// file receives a filing the day after it was reported.
func (d *desk) file(f form.Filing) ingest.Outcome {
	d.t.Helper()
	received := f.Reported
	if received.IsZero() {
		received = f.Period.Last().AddDate(0, 0, 10)
	}
	return d.receive(f, received.Add(34*time.Hour))
}

func (d *desk) receive(f form.Filing, received time.Time) ingest.Outcome {
	d.t.Helper()
	name := fmt.Sprintf("%s_%s.xlsx", f.Form.Number, f.Period)
	data, id := workbookOf(d.t, f), f.Form.Number+f.Department+f.Period.String()
	out := d.defs.Process(ingest.Request{
		File: name, Data: data, Received: received, Explanations: d.explained,
		Previous: func(form, department string, p period.Period) ([]byte, string, bool) {
			before, ok := d.sent[form+department+p.String()]
			return before, name, ok
		},
		History: func(code indicator.Code, end int) (ingest.Known, bool) {
			k, ok := d.values[series(code, end)]
			return k, ok
		},
		Prior: func(form, department string, p period.Period) (ingest.Prior, bool) {
			prior, ok := d.filed[form+department+p.String()]
			return prior, ok
		},
	})
	if d.sent == nil {
		d.sent = map[string][]byte{}
	}
	if _, accepted := d.filed[id]; !accepted || out.Verdict == receipt.Accepted {
		d.sent[id] = data
	}
	if out.Verdict == receipt.Accepted {
		key := f.Form.Number + f.Department + f.Period.String()
		version := d.filed[key].Version + 1
		d.filed[key] = ingest.Prior{Version: version, Receipt: fmt.Sprintf("双城回执-%06d", version)}
		for _, o := range out.Observations {
			if o.Measure == indicator.ValueMeasure {
				d.values[series(o.Code, o.Period.End)] = ingest.Known{
					Value: o.Value, Status: o.Status, Vintage: o.Vintage,
					Place: finding.Place{File: name, Sheet: o.Sheet, Cell: o.Cell},
				}
			}
		}
	}
	return out
}

func series(code indicator.Code, end int) string { return fmt.Sprint(code, end) }

// verdict prints an outcome for a golden file.
func verdict(out ingest.Outcome) string {
	var b strings.Builder
	fmt.Fprintln(&b, out.Verdict.Name())
	for _, f := range out.Findings {
		fmt.Fprintln(&b, f)
		for _, p := range f.Related {
			fmt.Fprintf(&b, "    对照：%s\n", p)
		}
	}
	for _, c := range out.Changed {
		fmt.Fprintf(&b, "变动：%s %s：%s → %s\n", c.Cell, c.Label, c.Old, c.New)
	}
	return b.String()
}

// golden compares with a file in testdata, or rewrites it under -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
