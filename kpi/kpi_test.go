package kpi_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A world is a warehouse in memory with the embedded catalogue: what is set in
// it was filed, all of it in time, unless told otherwise.
type world struct {
	t    testing.TB
	cat  *indicator.Catalogue
	plan *kpi.Plan
	db   *warehouse.DB
	n    int64
	now  time.Time
	due  func(indicator.Code, period.Period) (time.Time, bool)
	// caliber is the mark that values of a code carry; none for most.
	caliber map[indicator.Code]string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldOf(t, indicator.Embedded())
}

// worldOf is a world with another catalogue.
func worldOf(t testing.TB, definitions fs.FS) *world {
	t.Helper()
	cat, found, err := indicator.Load(definitions)
	if err != nil || found.Refused() {
		t.Fatalf("load catalogue: %v\n%v", err, found)
	}
	plan, found := kpi.Compile(cat)
	if plan == nil {
		t.Fatalf("compile catalogue:\n%v", found)
	}
	db, err := warehouse.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{
		t: t, cat: cat, plan: plan, db: db, now: at("2026-11-20"),
		// Nobody is expected to file anything: the newest value is judged.
		due: func(indicator.Code, period.Period) (time.Time, bool) { return time.Time{}, false },
	}
}

func at(day string) time.Time {
	tm, err := time.ParseInLocation("2006-01-02", day, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return tm
}

// set files values: "2025-Q4 5230.45 2026-Q3 4100". A value may carry a vintage:
// 5230.45@final.
func (w *world) set(code indicator.Code, pairs string) {
	w.t.Helper()
	w.setKnown(code, pairs, at("2026-11-01"))
}

func (w *world) setKnown(code indicator.Code, pairs string, known time.Time) {
	w.t.Helper()
	w.file(code, indicator.ValueMeasure, pairs, known)
}

// file is setKnown for any column of a row.
func (w *world) file(code indicator.Code, measure indicator.Measure, pairs string, known time.Time) {
	w.t.Helper()
	w.publish(known, w.filed(code, measure, pairs)...)
}

// filed are the values that file files.
func (w *world) filed(code indicator.Code, measure indicator.Measure, pairs string) []indicator.Observation {
	w.t.Helper()
	ind := w.cat.Indicator(code)
	if ind == nil {
		w.t.Fatalf("no indicator %s", code)
	}
	f := strings.Fields(pairs)
	var obs []indicator.Observation
	for i := 0; i+1 < len(f); i += 2 {
		text, vintage, ok := strings.Cut(f[i+1], "@")
		if !ok {
			vintage = string(indicator.Preliminary)
		}
		o := indicator.Observation{
			Code: code, Area: w.cat.Resolve(ind.Area), Period: period.MustParse(f[i]), Measure: measure,
			Status: indicator.Provisional, Vintage: indicator.Vintage(vintage), Caliber: w.caliber[code], Sheet: "报表", Cell: "F9",
		}
		switch text {
		case "_":
			o.Status = indicator.Missing
		case "—":
			o.Status = indicator.CannotExist
		case "…":
			o.Status = indicator.NotSignificant
		default:
			d, err := decimal.NewFromString(text)
			if err != nil {
				w.t.Fatal(err)
			}
			o.Value = decimal.NewNullDecimal(d)
		}
		obs = append(obs, o)
	}
	return obs
}

// publish files observations as one return, and gives its number.
func (w *world) publish(known time.Time, obs ...indicator.Observation) int64 {
	w.t.Helper()
	w.n++
	err := w.db.Publish(w.t.Context(), w.submission(w.n, known), obs, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.n
}

func (w *world) submission(n int64, known time.Time) warehouse.Submission {
	return warehouse.Submission{
		ID: n, SHA256: fmt.Sprintf("%064d", n), File: "x.xlsx", Form: "双城101表", Department: "经济运行局",
		Period: period.MustParse("2025-12"), Version: 1, Received: known, Receipt: "r",
	}
}

func (w *world) evaluate(p string) map[indicator.Code]indicator.Result {
	w.t.Helper()
	return w.asOf(p, w.now)
}

func (w *world) asOf(p string, now time.Time) map[indicator.Code]indicator.Result {
	w.t.Helper()
	a, err := w.plan.Evaluate(context.Background(), w.db.SQL(), kpi.Question{Period: period.MustParse(p), AsOf: now, Due: w.due})
	if err != nil {
		w.t.Fatal(err)
	}
	out := make(map[indicator.Code]indicator.Result, len(a.Results))
	for _, r := range a.Results {
		out[r.Code] = r
	}
	return out
}

// near compares a figure printed with a number of decimals, half up.
func near[T ~float64](t *testing.T, what string, got indicator.Opt[T], want string) {
	t.Helper()
	decimals := 0
	if i := strings.IndexByte(want, '.'); i >= 0 {
		decimals = len(want) - i - 1
	}
	text := "—"
	if got.OK {
		text = indicator.Fixed(float64(got.V), decimals)
	}
	if text != want {
		t.Errorf("%s: got %s, want %s", what, text, want)
	}
}

func (w *world) hash(p string) string {
	w.t.Helper()
	a, err := w.plan.Evaluate(w.t.Context(), w.db.SQL(), kpi.Question{Period: period.MustParse(p), AsOf: w.now, Due: w.due})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Hash
}
