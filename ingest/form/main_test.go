package form_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var definitions = sync.OnceValues(func() (*indicator.Catalogue, *form.Set) {
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil || found.Refused() {
		panic(found.String())
	}
	set, found, err := form.Load(form.Embedded(), cat)
	if err != nil || len(found) > 0 {
		panic(found.String())
	}
	return cat, set
})

// day is 10:00 of a day in Shanghai.
func day(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02", text, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return t.Add(10 * time.Hour)
}

// head is a complete foot; nobody is named.
func head() map[string]string {
	return map[string]string{form.UnitHead: "测试甲", form.StatHead: "测试乙", form.FilledBy: "测试丙", form.Telephone: "000-0000"}
}

// filing is a complete filing of a form: every cell that is taken has a figure
// of its own, caliber marks where they are asked for.
func filing(number, p, department string) form.Filing {
	_, set := definitions()
	f := set.Form(number)
	q := period.MustParse(p)
	x := form.Filing{
		Form: f, Period: q, Department: department, Head: head(), Reported: q.Last().AddDate(0, 0, 10),
		Entries: map[indicator.Code]form.Entry{}, TestData: true, Remark: "测试数据，无变化。",
	}
	for i, r := range f.Rows(q, department) {
		e := form.Entry{Value: float64(100*(i+1)) + fraction(r.Decimals)}
		if r.Takes(indicator.YearAgoMeasure) {
			e.YearAgo = float64(90*(i+1)) + fraction(r.Decimals)
		}
		if r.Takes(indicator.GrowthMeasure) {
			e.Growth = 11.1
		}
		if len(r.Calibers) > 0 {
			e.Caliber = r.Calibers[0]
		}
		x.Entries[r.Code] = e
	}
	return x
}

func fraction(decimals int) float64 { return [...]float64{0, 0.5, 0.25, 0.125, 0.0625}[decimals] }

// received is when the filings of these tests arrive.
func received(f form.Filing) time.Time { return f.Reported.Add(30 * time.Hour) }

func workbookOf(t testing.TB, f form.Filing) *workbook.Book {
	t.Helper()
	var b bytes.Buffer
	if err := form.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return open(t, b.Bytes())
}

func open(t testing.TB, data []byte) *workbook.Book {
	t.Helper()
	book, found := workbook.Open("表.xlsx", data, workbook.DefaultLimits())
	if book == nil || found.Refused() {
		t.Fatalf("the reader refuses what Write wrote:\n%s", found)
	}
	return book
}

func extract(book *workbook.Book, at time.Time) (*form.Return, finding.List) {
	_, set := definitions()
	return form.Extract("表.xlsx", book, set, at)
}

// lines prints the findings one per line without hints, for comparison.
func lines(found finding.List) string {
	var b strings.Builder
	for _, f := range found {
		f.Hint = ""
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// texts is what a return says, cell references left out: what must not change
// when rows are inserted or columns are moved.
func texts(ret *form.Return) string {
	var b strings.Builder
	for _, l := range ret.Lines {
		b.WriteString(string(l.Row.Code) + " " + l.Unit.Text + " " + l.Caliber.Text + " " + string(l.Vintage) + " " + l.Note.Text)
		for _, m := range []indicator.Measure{indicator.ValueMeasure, indicator.YearAgoMeasure, indicator.GrowthMeasure} {
			if d, ok := l.Measure(m); ok {
				b.WriteString(" " + string(m) + "=")
				if d.Number.Present() {
					b.WriteString(d.Number.Value.String())
				} else {
					b.WriteString(string(d.Number.Absent))
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
