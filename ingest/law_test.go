package ingest_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A reporter is what the properties fail with: a test, a fuzz run or a rapid
// check.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// request asks about bytes as the pipeline would, with a world behind it in
// which everything was accepted a year ago and a month ago.
func request(data []byte) ingest.Request {
	return ingest.Request{
		File: "报表.xlsx", Data: data, Received: day("2026-10-12"),
		History: func(code indicator.Code, end int) (ingest.Known, bool) {
			k := ingest.Known{Status: indicator.Normal, Vintage: indicator.Flash, Place: finding.Place{File: "上期.xlsx", Sheet: "表", Cell: "E11"}}
			k.Value = decimal.NewNullDecimal(decimal.NewFromInt(int64(len(code) + end%7)))
			return k, end%2 == 0
		},
		Prior: func(number, _ string, _ period.Period) (ingest.Prior, bool) {
			return ingest.Prior{Version: 1, Receipt: "双城回执-000001"}, number == "双城301表" || number == "双城101表"
		},
	}
}

// checkOutcome holds an outcome to what is true of every one.
func checkOutcome(t reporter, data []byte) ingest.Outcome {
	t.Helper()
	out := definitions().Process(request(data))
	if d := gocmp.Diff(out, definitions().Process(request(slices.Clone(data))), gocmp.Comparer(sameForm)); d != "" {
		t.Errorf("the same bytes, another outcome:\n%s", d)
	}
	switch out.Verdict {
	case receipt.Accepted:
		if out.Findings.Refused() || out.Findings.Unexplained() > 0 {
			t.Errorf("accepted with\n%s", out.Findings)
		}
		if out.Return == nil || out.Return.Form == nil || out.Return.Period.IsZero() || out.Return.Department == "" {
			t.Errorf("accepted, and it is not known what: %+v", out.Return)
		}
	case receipt.Awaiting:
		if out.Findings.Refused() || out.Findings.Unexplained() == 0 {
			t.Errorf("awaiting an explanation of\n%s", out.Findings)
		}
	case receipt.Returned:
		if !out.Findings.Refused() {
			t.Errorf("returned without a mandatory finding:\n%s", out.Findings)
		}
	default:
		t.Errorf("verdict %q", out.Verdict)
	}
	for _, f := range out.Findings {
		if f.Rule == "" || f.Message == "" || f.Severity == "" || f.Place.File == "" {
			t.Errorf("an incomplete finding: %+v", f)
		}
		if s := f.String(); strings.Count(s, "\n") > 2 {
			t.Errorf("a finding breaks its lines: %q", s)
		}
	}
	if len(out.Observations) == 0 {
		return out
	}
	book, _ := workbook.Open("报表.xlsx", data, workbook.DefaultLimits())
	if book == nil {
		t.Errorf("observations of a workbook that cannot be read")
		return out
	}
	for _, o := range out.Observations {
		ref, ok := workbook.ParseRef(o.Cell)
		sheet := book.Sheet(o.Sheet)
		if !ok || sheet == nil {
			t.Errorf("%s stands nowhere: %s!%s", o.Code, o.Sheet, o.Cell)
			continue
		}
		cell := sheet.Cell(ref)
		blank := cell.Kind == workbook.Blank || cell.Kind == workbook.Text && strings.TrimSpace(cell.Text) == ""
		if blank && (o.Value.Valid || o.Status != indicator.Missing) {
			t.Errorf("%s: the blank %s is %v of status %s", o.Code, o.Cell, o.Value, o.Status)
		}
		absent := o.Status == indicator.NotSignificant || o.Status == indicator.CannotExist || o.Status == indicator.Missing
		if o.Value.Valid == absent || o.Status == "" {
			t.Errorf("%s: %v of status %q", o.Code, o.Value, o.Status)
		}
		if o.Area == indicator.LJ {
			t.Errorf("%s: the area is not resolved", o.Code)
		}
	}
	return out
}

// sameForm compares forms by identity: they are definitions, not outcomes.
func sameForm(a, b *form.Form) bool { return a == b }

// cells draws what people and programs put into a data cell.
var cells = rapid.OneOf(
	rapid.SampledFrom([]any{
		nil, "", " ", "　", "…", "—", "-", "0", 0, "4.53*", "１８％", "-5.2", "1,234.5", "约5", "增长3%", "#DIV/0!", "=1+1", "2026-09-30",
		"1e5", "１２３", "12 345", "(5)", "\t", "<a>&\"'", "1\n2", "\u202e5", "+5", "999999999999", "9999999999999", "0.0000001", true,
		form.Formula{Text: "1+1", Value: 2},
		form.Formula{Text: "1/0", Value: 0},
	}),
	rapid.Custom(func(t *rapid.T) any { return rapid.Float64Range(-1e7, 1e7).Draw(t, "figure") }),
	rapid.Custom(func(t *rapid.T) any { return rapid.IntRange(-5, 20000).Draw(t, "count") }),
	rapid.Custom(func(t *rapid.T) any { return rapid.StringN(0, 12, -1).Draw(t, "text") }),
)

var words = rapid.OneOf(rapid.SampledFrom([]string{
	"", "", "", "万元", "亿元", "家", "％", "快报", "最终核实", "推算", "属实", "去年同期有一次性因素", "商务部FDI口径", "全域地区生产总值（现价）", "\x1b[31m", "见表内",
}), rapid.StringN(0, 8, -1))

// Every form at every frequency it has, ended by September 2026.
var editions = sync.OnceValue(func() (all []form.Filing) {
	for i := range definitions().Forms.Forms {
		f := &definitions().Forms.Forms[i]
		for j := range f.Editions {
			p := period.MustParse("2026-09").Latest(f.Editions[j].Freq)
			if once := f.Editions[j].Once; !once.IsZero() {
				p = once
			}
			all = append(all, typed(f.Number, p.String(), func(x *form.Filing) {
				if d := f.Departments(p); len(d) > 0 {
					x.Department = d[0]
				}
			}))
		}
	}
	return all
})

// anyFiling draws a filing of any form, mostly sound, with a few odd cells.
func anyFiling(t *rapid.T) form.Filing {
	f := rapid.SampledFrom(editions()).Draw(t, "form")
	f.Entries = maps.Clone(f.Entries)
	f.Head = maps.Clone(f.Head)
	codes := slices.Sorted(maps.Keys(f.Entries))
	for range rapid.IntRange(0, 4).Draw(t, "odd cells") {
		code := rapid.SampledFrom(codes).Draw(t, "row")
		e := f.Entries[code]
		switch rapid.IntRange(0, 7).Draw(t, "column") {
		case 0, 1:
			e.Value = cells.Draw(t, "value")
		case 2:
			e.YearAgo = cells.Draw(t, "year ago")
		case 3:
			e.Growth = cells.Draw(t, "growth")
		case 4:
			e.Unit = words.Draw(t, "unit")
		case 5:
			e.Caliber = words.Draw(t, "caliber")
		case 6:
			e.Status = words.Draw(t, "status")
		case 7:
			e.Note, e.Label = words.Draw(t, "note"), words.Draw(t, "label")
		}
		f.Entries[code] = e
	}
	if rapid.IntRange(0, 4).Draw(t, "odd head") == 0 {
		f.Head[rapid.SampledFrom([]string{form.UnitHead, form.StatHead, form.FilledBy, form.Telephone}).Draw(t, "foot")] = words.Draw(t, "name")
		f.Style.PeriodText = rapid.SampledFrom([]string{"", "2026年1—9月", "2026年", "上年", "2026年13月"}).Draw(t, "period")
		f.Style.NoIdentity = rapid.Bool().Draw(t, "copied")
		f.Style.UnitLine = words.Draw(t, "unit line")
	}
	return f
}

func TestLawsOfFilings(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := anyFiling(r)
		out := checkOutcome(r, workbookOf(t, f))
		for _, o := range out.Observations {
			if s, isText := f.Entries[o.Code].Value.(string); (f.Entries[o.Code].Value == nil || isText && strings.TrimSpace(s) == "") &&
				o.Measure == indicator.ValueMeasure && o.Value.Valid {
				r.Errorf("%s was left blank and is filed as %s", o.Code, o.Value.Decimal)
			}
		}
	})
}

// Whatever a transfer, an editor or an attacker does to the bytes.
func TestLawsOfDamagedWorkbooks(t *testing.T) {
	var books [][]byte
	for _, number := range []string{"双城101表", "双城201表", "双城701表"} {
		p := period.MustParse("2026-09")
		if number == "双城101表" {
			p = period.MustParse("2026-Q3")
		}
		books = append(books, workbookOf(t, typed(number, p.String())))
	}
	rapid.Check(t, func(r *rapid.T) {
		data := slices.Clone(rapid.SampledFrom(books).Draw(r, "workbook"))
		for range rapid.IntRange(1, 4).Draw(r, "mutations") {
			if len(data) == 0 {
				break
			}
			at := rapid.IntRange(0, len(data)-1).Draw(r, "at")
			to := min(len(data), at+rapid.IntRange(0, 64).Draw(r, "length"))
			switch rapid.IntRange(0, 4).Draw(r, "kind") {
			case 0:
				data[at] ^= rapid.ByteRange(1, 255).Draw(r, "bits")
			case 1:
				data = data[:at]
			case 2:
				data = slices.Delete(data, at, to)
			case 3:
				data = slices.Insert(data, at, slices.Clone(data[at:to])...)
			case 4:
				data = slices.Insert(data, at, rapid.SliceOfN(rapid.Byte(), 1, 16).Draw(r, "bytes")...)
			}
		}
		checkOutcome(r, data)
	})
}

// asCSV is a filing as a person saves it from Excel as .csv.
func asCSV(t testing.TB, f form.Filing) []byte {
	t.Helper()
	book, _ := workbook.Open("报表.xlsx", workbookOf(t, f), workbook.DefaultLimits())
	sheet := book.Sheet(f.Form.Number)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, cells := range sheet.Rows() {
		var row []string
		for _, c := range cells {
			for len(row) < c.Ref.Col {
				row = append(row, "")
			}
			row[c.Ref.Col-1] = c.Text
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

// What a return says does not depend on the file format it was saved in.
func TestAReturnSavedAsCSVSaysTheSame(t *testing.T) {
	f := typed("双城701表", "2026-09", value("TRADE.TOTAL.CQ", "—"), value("FDI.ACTUAL.LJ", "…"), note("FDI.ACTUAL.CQ", "含再投资，口径同上年。"))
	says := func(name string, data []byte) []string {
		out := definitions().Process(ingest.Request{File: name, Data: data, Received: day("2026-10-12")})
		if out.Verdict != receipt.Accepted {
			t.Errorf("%s: %s", name, verdict(out))
		}
		var all []string
		for _, o := range out.Observations {
			all = append(all, fmt.Sprint(o.Code, o.Area, o.Period, o.Measure, o.Value, o.Status, o.Vintage, o.Caliber, o.Note))
		}
		return all
	}
	if d := gocmp.Diff(says("报表.xlsx", workbookOf(t, f)), says("报表.csv", asCSV(t, f))); d != "" {
		t.Error(d)
	}
}

func FuzzProcess(f *testing.F) {
	for _, x := range []form.Filing{
		typed("双城101表", "2026-Q3"),
		typed("双城501表", "2026-09"),
		typed("双城301表", "2026-01"),
		typed("双城701表", "2026-09", value("TRADE.TOTAL.LJ", "…"), value("TRADE.TOTAL.CQ", "—"), value("FDI.ACTUAL.LJ", nil)),
	} {
		f.Add(workbookOf(f, x))
		f.Add(asCSV(f, x))
	}
	f.Add([]byte("指标名称,代码,指标编码,计量单位,本期累计\n社会消费品零售总额,01,RETAIL.TOTAL.LJ,亿元,600\n"))
	f.Add([]byte("表号：双城301表\n2026年1—9月\n填报单位：,现代服务业局\n指标名称,计量单位,本期累计\n社会消费品零售总额,亿元,…\n"))
	f.Add([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
	f.Add([]byte("<html><table></table></html>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		checkOutcome(t, data)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%d bytes took %s", len(data), took)
		}
	})
}

// A return never says of a cell what the sheet does not: the observation is the
// figure as filed, to the last digit.
func TestObservationsAreTheFiguresAsFiled(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cents := rapid.Int64Range(0, 1_000_000).Draw(r, "cents")
		d := decimal.New(cents, -2)
		var v any = d
		if rapid.Bool().Draw(r, "as text") {
			v = d.StringFixed(2)
		}
		out := newDesk(t).file(typed("双城301表", "2026-09", value("RETAIL.TOTAL.LJ", v)))
		for _, o := range out.Observations {
			if o.Code == "RETAIL.TOTAL.LJ" && o.Measure == indicator.ValueMeasure {
				if !o.Value.Valid || !o.Value.Decimal.Equal(d) {
					r.Errorf("%v is filed as %s", v, fmt.Sprint(o.Value))
				}
				return
			}
		}
		r.Errorf("%v is not filed", v)
	})
}
