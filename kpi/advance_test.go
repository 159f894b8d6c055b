package kpi_test

import (
	"database/sql"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// conn is a connection of the world's for as long as the test runs.
func (w *world) conn() *sql.Conn {
	w.t.Helper()
	conn, err := w.db.SQL().Conn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return conn
}

// begin evaluates in full.
func (w *world) begin(conn *sql.Conn, q kpi.Question) *kpi.Evaluation {
	w.t.Helper()
	e, err := w.plan.Begin(w.t.Context(), conn, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) advance(e *kpi.Evaluation, conn *sql.Conn, q kpi.Question) *kpi.Evaluation {
	w.t.Helper()
	next, err := e.Advance(w.t.Context(), conn, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return next
}

// same fails when an evaluation is not the full one.
func same(t rapid.TB, got, want *kpi.Evaluation) {
	t.Helper()
	if diff := cmp.Diff(want.Assessment, got.Assessment); diff != "" || got.Hash != want.Hash {
		t.Fatalf("advanced is not the full evaluation (-full +advanced):\n%s", diff)
	}
}

func inputsOf(cat *indicator.Catalogue) []indicator.Code {
	var out []indicator.Code
	for i := range cat.Indicators {
		if ind := &cat.Indicators[i]; ind.Kind == indicator.Input {
			out = append(out, ind.Code)
		}
	}
	return out
}

// fewer makes fewer checks of a law the default: each is a warehouse of its own.
func fewer(t *testing.T, checks string) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(checks); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Error(err)
		}
	})
}

// A few years of returns come, are corrected and withdrawn in any order; some are “—”, some of another caliber; what is
// evaluated step by step is what is evaluated in full each time: results,
// history and KPI hash.
func TestAdvancingIsEvaluatingInFull(t *testing.T) {
	fewer(t, "8")
	rapid.Check(t, func(rt *rapid.T) {
		dated := len(shapes) - 2
		w := worldOf(t, large(20, rapid.SampledFrom([]int{dated, 2 * len(shapes)}).Draw(rt, "derived")))
		conn := w.conn()
		w.due = func(_ indicator.Code, p period.Period) (time.Time, bool) {
			return p.Last().AddDate(0, 0, 20), p.Year() >= 2023
		}
		now := at("2025-06-01")
		var accepted []int64
		var some []indicator.Code // few enough that they meet
		for i, c := range inputsOf(w.cat) {
			if strings.HasPrefix(string(c), "IN") || i%9 == 0 {
				some = append(some, c)
			}
		}
		ask := func() kpi.Question {
			back := rapid.SampledFrom([]bool{false, false, true}).Draw(rt, "something newer is known")
			q := kpi.Question{Period: period.MustParse("2026-06"), AsOf: now, Due: w.due}
			if back {
				q.AsOf = now.Add(-90 * time.Minute)
			}
			sent := rapid.SampledFrom(some).Draw(rt, "sent back")
			q.Returned = func(c indicator.Code, _ period.Period) bool { return c == sent }
			return q
		}
		file := func() {
			now = now.Add(time.Hour)
			if len(accepted) > 0 && rapid.IntRange(0, 4).Draw(rt, "withdraw") == 0 {
				i := rapid.IntRange(0, len(accepted)-1).Draw(rt, "which")
				sub := w.submission(accepted[i], now)
				sub.Decision = warehouse.Decision{Seq: 2, Decided: now, State: warehouse.Withdrawn}
				if err := w.db.Redecide(t.Context(), sub, nil, nil); err != nil {
					rt.Fatal(err)
				}
				accepted = append(accepted[:i], accepted[i+1:]...)
				return
			}
			var obs []indicator.Observation
			seen := make(map[string]bool)
			for range rapid.IntRange(1, 8).Draw(rt, "values") {
				code := rapid.SampledFrom(some).Draw(rt, "code")
				ind := w.cat.Indicator(code)
				p := rapid.SampledFrom([]string{"2022-12", "2025-04", "2025-05", "2025-06", "2026-05", "2026-06"}).Draw(rt, "month")
				text := rapid.SampledFrom([]string{"0", "1", "12.5", "100", "731.25", "731.25@final", "700@census", "88", "-3", "_", "…", "—", "—"}).Draw(rt, "value")
				month := period.MustParse(p)
				own := month.Latest(ind.Freq)
				if seen[string(code)+own.String()] {
					continue
				}
				seen[string(code)+own.String()] = true
				w.caliber = map[indicator.Code]string{code: rapid.SampledFrom([]string{"", "", "旧口径", "新口径"}).Draw(rt, "caliber")}
				obs = append(obs, w.filed(code, indicator.ValueMeasure, own.String()+" "+text)...)
				if rapid.Bool().Draw(rt, "with growth") {
					obs = append(obs, w.filed(code, indicator.GrowthMeasure, own.String()+" 5.5")...)
				}
			}
			accepted = append(accepted, w.publish(now, obs...))
		}
		for range 12 {
			file()
		}
		e := w.begin(conn, ask())
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			for range rapid.IntRange(0, 2).Draw(rt, "returns") {
				file()
			}
			if rapid.IntRange(0, 3).Draw(rt, "time passes") == 0 {
				now = now.AddDate(0, 2, 0)
			}
			q := ask()
			e = w.advance(e, conn, q)
			same(rt, e, w.begin(conn, q))
		}
	})
}

func TestAdvancingKnowsWhatCannotExistAndWhereACaliberChanges(t *testing.T) {
	w := worldOf(t, large(20, 10)) // OUT8 is IN8, OUT9 is IN9 + OUT8
	conn := w.conn()
	q := kpi.Question{Period: period.MustParse("2026-06"), AsOf: at("2026-11-02"), Due: w.due}
	change(w, "IN8.LJ", "2025-06 100 2026-05 7", "2022-12 80")
	w.set("IN9.LJ", "2025-06 3")
	e := w.begin(conn, q)
	for i, filed := range []struct{ in8, in9, out9 string }{
		{"2026-06 —", "2026-06 5", "5"},
		{"2026-06 —", "2026-06 —", "—"},
		{"2026-06 9", "2026-06 —", "9"},
	} {
		w.caliber["IN8.LJ"] = "另一口径"
		q.AsOf = q.AsOf.AddDate(0, 0, 1+i)
		w.setKnown("IN8.LJ", filed.in8, q.AsOf)
		w.setKnown("IN9.LJ", filed.in9, q.AsOf)
		e = w.advance(e, conn, q)
		same(t, e, w.begin(conn, q))
		got := "—"
		if h := e.History["OUT9.LJ"]; h[len(h)-1].Period.End == q.Period.End {
			got = indicator.Fixed(h[len(h)-1].Value, 0)
		}
		if got != filed.out9 {
			t.Errorf("IN8 %s, IN9 %s: OUT9 is %s, want %s", filed.in8, filed.in9, got, filed.out9)
		}
	}
	h := e.History["OUT9.LJ"]
	if last := h[len(h)-1]; last.Status != indicator.Break || last.Marked != indicator.Provisional {
		t.Errorf("the caliber changes: %+v", last)
	}
}
