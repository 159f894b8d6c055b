package pipeline_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/fixtures"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// longAgo is the first year of the definitions of a thousand returns.
const longAgo = 2004

// defineLong are the embedded definitions with forms that begin in longAgo.
func defineLong(b *testing.B) *pipeline.Definitions {
	b.Helper()
	text, err := fs.ReadFile(form.Embedded(), "forms.yaml")
	if err != nil {
		b.Fatal(err)
	}
	old, early := []byte("\nfrom: 2023\n"), fmt.Appendf(nil, "\nfrom: %d\n", longAgo)
	if !bytes.Contains(text, old) {
		b.Fatalf("forms.yaml: want %q", old)
	}
	defs, found, err := pipeline.Define(indicator.Embedded(), fstest.MapFS{"forms.yaml": {Data: bytes.Replace(text, old, early, 1)}})
	if err != nil || defs == nil {
		b.Fatalf("define: %v\n%v", err, found)
	}
	return defs
}

// frequent are the forms of a thousand returns.
var frequent = []string{"双城101表", "双城201表", "双城202表", "双城301表", "双城501表", "双城701表"}

// A clerk fills a form in for any year: the year 2023 of the sample returns,
// levels growing by 2 % a year.
type clerk struct{ form *form.Form }

func (c clerk) filing(p period.Period, department string) form.Filing {
	f := form.Filing{
		Form: c.form, Period: p, Department: department, Reported: p.Last().AddDate(0, 0, 12), TestData: true,
		Head: map[string]string{
			form.UnitHead: "测试负责人", form.StatHead: "测试统计员", form.FilledBy: "测试填表人", form.Telephone: "023-00000000",
		},
		Entries: make(map[indicator.Code]form.Entry), Remark: "测试数据，仅供测速",
	}
	for _, row := range c.form.Rows(p, department) {
		now, ok := figure(&row, p)
		if !ok {
			continue
		}
		e := form.Entry{Value: now, Note: "测试数据：按上年同口径推算，已与台账逐项核对"}
		if ago, ok := figure(&row, p.YearAgo()); ok {
			if row.Takes(indicator.YearAgoMeasure) {
				e.YearAgo = ago
			}
			if row.Takes(indicator.GrowthMeasure) {
				e.Growth = now.Div(ago).Sub(decimal.New(1, 0)).Mul(decimal.New(100, 0)).Round(1)
			}
		}
		switch {
		case row.Code == "SW.REV.LJ":
			e.Caliber = "营业收入"
		case len(row.Calibers) > 0:
			e.Caliber = row.Calibers[0]
		}
		f.Entries[row.Code] = e
	}
	return f
}

func figure(row *form.Row, p period.Period) (decimal.Decimal, bool) {
	then := period.Of(p.Freq, 2023, p.N())
	if row.Nature.Stock() { // the same all the time, so that no register gets shorter
		then = period.Of(p.Freq, 2023, 12/p.Freq.Months())
	}
	text, ok := fixtures.Value(row.Code, then)
	if !ok {
		return decimal.Decimal{}, false
	}
	v := decimal.RequireFromString(text)
	switch {
	case row.Nature.Relative():
		v = decimal.New(2, 0)
	case row.Nature.Geometric():
		places := -v.Exponent()
		v = v.Mul(decimal.NewFromFloat(math.Pow(1.02, float64(p.Year()-2023)))).Round(places)
	}
	return v, true
}

// thousand writes a thousand sound returns, each of another form and period.
func thousand(b *testing.B, defs *pipeline.Definitions) (dir string) {
	b.Helper()
	dir = b.TempDir()
	left := 1000
	for year := longAgo; year <= 2026; year++ {
		for _, number := range frequent {
			f := defs.Forms.Form(number)
			for _, freq := range []period.Freq{period.Month, period.Quarter} {
				for p := period.Of(freq, year, 1); p.Year() == year; p = p.Next() {
					e := f.Edition(p)
					if e == nil || e.Exempt(p) {
						continue
					}
					for _, d := range f.Departments(p) {
						if left == 0 {
							return dir
						}
						left--
						var book bytes.Buffer
						if err := form.Write(&book, clerk{f}.filing(p, d)); err != nil {
							b.Fatal(err)
						}
						name := fmt.Sprintf("%s_%s_%s.xlsx", number, d, p)
						if err := os.WriteFile(filepath.Join(dir, name), book.Bytes(), 0o600); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		}
	}
	b.Fatalf("%d of the thousand returns are wanting", left)
	return dir
}

// BenchmarkThousandReturns drops a thousand returns into the inbox at once: each
// is archived, checked, loaded and answered by a workbook, a page and JSON, and
// all are accepted. DESIGN.md §8 asks for less than 60 s.
func BenchmarkThousandReturns(b *testing.B) {
	defs := defineLong(b)
	dir := thousand(b, defs)
	now := time.Date(2027, 2, 1, 9, 0, 0, 0, period.Shanghai)
	var wall, busy time.Duration
	for b.Loop() {
		b.StopTimer()
		home := b.TempDir()
		if err := pipeline.Init(home); err != nil {
			b.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(home, pipeline.InboxDir), os.DirFS(dir)); err != nil {
			b.Fatal(err)
		}
		p := open(b, home, defs)
		in := pipeline.Inbox{Pipeline: p}
		if _, err := in.Poll(b.Context(), now); err != nil { // sees them come to rest
			b.Fatal(err)
		}
		b.StartTimer()
		start, before := time.Now(), cpu(b)
		taken, err := in.Poll(b.Context(), now)
		wall, busy = wall+time.Since(start), busy+cpu(b)-before
		b.StopTimer()
		if err != nil {
			b.Fatal(err)
		}
		if len(taken) != 1000 {
			b.Fatalf("%d returns were taken in", len(taken))
		}
		for _, r := range taken {
			if r.Verdict != receipt.Accepted {
				b.Fatalf("%s: %s: %+v", r.File, r.Verdict, r.Findings)
			}
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(wall.Seconds()/float64(b.N), "s/1000")
	b.ReportMetric(busy.Seconds()/float64(b.N), "cpu-s/1000")
}

// cpu is the processor time of this process: unlike the wall, it says the same
// on a busy machine.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
