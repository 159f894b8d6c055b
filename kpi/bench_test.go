package kpi_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"zhibiao/kpi"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// plan5 files a value of every input for every period of the five plan years
// and the base.
func plan5(b *testing.B) *world {
	w := newWorld(b)
	for i := range w.cat.Indicators {
		ind := &w.cat.Indicators[i]
		if ind.Kind != indicator.Input {
			continue
		}
		var pairs strings.Builder
		fmt.Fprintf(&pairs, "2022 %d", 100+i)
		for p := period.Of(ind.Freq, 2023, 1); p.Year() <= period.TargetYear; p = p.Next() {
			fmt.Fprintf(&pairs, " %s %d", p, 100+i+p.End%97)
		}
		w.set(ind.Code, pairs.String())
	}
	w.now = at("2028-12-31")
	return w
}

func BenchmarkEvaluate(b *testing.B) {
	w := plan5(b)
	q := kpi.Question{Period: period.MustParse("2027-12"), AsOf: w.now, Due: w.due}
	for b.Loop() {
		if _, err := w.plan.Evaluate(b.Context(), w.db.SQL(), q); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluateAsOf selects the vintages on the fly: something newer is known.
func BenchmarkEvaluateAsOf(b *testing.B) {
	w := plan5(b)
	w.setKnown("GDP.TOTAL.ALL", "2027-Q4 1", at("2029-01-01"))
	q := kpi.Question{Period: period.MustParse("2027-12"), AsOf: w.now, Due: w.due}
	for b.Loop() {
		if _, err := w.plan.Evaluate(b.Context(), w.db.SQL(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	cat, _, err := indicator.Load(indicator.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if plan, found := kpi.Compile(cat); plan == nil {
			b.Fatal(found)
		}
	}
}

// BenchmarkAdvance evaluates a catalogue of more than 2,000 indicators over five
// years after one accepted return of four rows, and in full beside it. The share
// is of the processor time: DESIGN.md §8 asks for at most 2 %.
func BenchmarkAdvance(b *testing.B) {
	w := worldOf(b, large(500, 1500))
	w.due = func(_ indicator.Code, p period.Period) (time.Time, bool) {
		return p.Last().AddDate(0, 0, 20), p.Year() >= 2023
	}
	var obs []indicator.Observation
	for i, code := range inputsOf(w.cat) {
		var pairs strings.Builder
		fmt.Fprintf(&pairs, "2022 %d", 100+i)
		for p := period.Of(w.cat.Indicator(code).Freq, 2023, 1); p.Year() <= period.TargetYear; p = p.Next() {
			fmt.Fprintf(&pairs, " %s %d", p, 100+i+p.End%97)
		}
		obs = append(obs, w.filed(code, indicator.ValueMeasure, pairs.String())...)
	}
	now := at("2028-02-01")
	w.publish(now, obs...)
	conn := w.conn()
	q := kpi.Question{Period: period.MustParse("2027-12"), AsOf: now, Due: w.due}
	const rounds = 3
	full := measure(b, rounds, func(int) { w.begin(conn, q) })
	e := w.begin(conn, q)
	n, stale := 0, 0
	var one cost
	for b.Loop() {
		n++
		now = now.Add(time.Minute)
		var ret []indicator.Observation
		for i := range 4 {
			ret = append(ret, w.filed(indicator.Code(fmt.Sprintf("IN%d.LJ", n*10%500+i)), indicator.ValueMeasure, fmt.Sprintf("2027-12 %d", 500+n%97))...)
		}
		b.StopTimer()
		w.publish(now, ret...)
		b.StartTimer()
		q.AsOf = now
		var next *kpi.Evaluation
		took := measure(b, 1, func(int) { next = w.advance(e, conn, q) })
		one.wall, one.cpu = one.wall+took.wall, one.cpu+took.cpu
		for i := range e.Results {
			if e.Results[i].Value != next.Results[i].Value {
				stale++
			}
		}
		e = next
	}
	b.StopTimer()
	same(b, e, w.begin(conn, q))
	b.ReportMetric(float64(len(w.cat.Indicators)), "indicators")
	b.ReportMetric(float64(stale)/float64(n), "changed/op")
	b.ReportMetric(full.wall.Seconds()*1000, "full-ms")
	b.ReportMetric(full.cpu.Seconds()*1000, "full-cpu-ms")
	b.ReportMetric(one.cpu.Seconds()*1000/float64(n), "cpu-ms/op")
	b.ReportMetric(100*one.cpu.Seconds()/float64(n)/full.cpu.Seconds(), "%-of-full")
}

// A cost is the time of one round.
type cost struct{ wall, cpu time.Duration }

func measure(b *testing.B, rounds int, run func(round int)) cost {
	start, busy := time.Now(), cpu(b)
	for i := range rounds {
		run(i)
	}
	return cost{time.Since(start) / time.Duration(rounds), (cpu(b) - busy) / time.Duration(rounds)}
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
