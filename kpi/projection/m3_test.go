package projection

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkM3 sets the method against R's on the 645 yearly series of the M3
// competition, prints the table, and fails when a figure of DESIGN.md §8 is
// missed. The series are read from the folder ZHIBIAO_FORECAST; they may not be
// put into the tree. `make bench-forecast` runs it.
func BenchmarkM3(b *testing.B) {
	dir := cmp.Or(os.Getenv("ZHIBIAO_FORECAST"), filepath.Join("..", "..", "..", "shared", "data", "forecast"))
	all, err := readM3(filepath.Join(dir, "M3_yearly.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Printf("no M3 series in %s: set ZHIBIAO_FORECAST to the folder of M3_yearly.csv\n", dir)
		return
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, t := range contests {
			standard().contest(b, all, t)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)*len(contests)), "ns/series")
	printM3(b, all, dir)
}

// A contest is one way to use the series: only the last values before the
// hold-out (0: all), and a horizon.
type contest struct {
	name          string
	last, horizon int
}

var contests = []contest{{"last 7, h 1–3", 7, 3}, {"last 10, h 1–3", 10, 3}, {"all, h 1–6", 0, 6}}

// A trial is an M3 series with its hold-out.
type trial struct {
	id          string
	train, test []float64
}

func readM3(name string) ([]trial, error) {
	rows, err := readCSV(name)
	if err != nil {
		return nil, err
	}
	var all []trial
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].id != r["id"] {
			all = append(all, trial{id: r["id"]})
		}
		v, err := strconv.ParseFloat(r["value"], 64)
		if err != nil {
			return nil, fmt.Errorf("series %s: %w", r["id"], err)
		}
		s := &all[len(all)-1]
		if r["part"] == "train" {
			s.train = append(s.train, v)
		} else {
			s.test = append(s.test, v)
		}
	}
	return all, nil
}

func readCSV(name string) ([]map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string, len(line))
		for i, v := range line {
			row[lines[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// figures is what a method reached in a contest, as R's tables count: means over
// series of the means over horizons.
type figures struct {
	smape, mase, cov80, cov95, msis80, msis95 float64
}

// contest forecasts every series from what stands before its hold-out.
func (u tuning) contest(tb testing.TB, all []trial, t contest) figures {
	var sum figures
	for _, s := range all {
		y := s.train[max(0, len(s.train)-t.last):]
		if t.last == 0 {
			y = s.train
		}
		fc, why := u.ahead(y, t.horizon, Free)
		if why != "" {
			tb.Fatalf("%s: %s", s.id, why)
		}
		var scale float64
		for i := 1; i < len(y); i++ {
			scale += math.Abs(y[i]-y[i-1]) / float64(len(y)-1)
		}
		each := 1 / float64(len(all)*t.horizon)
		for h, f := range fc {
			x := s.test[h]
			sum.smape += each * 200 * math.Abs(x-f.Point) / (math.Abs(x) + math.Abs(f.Point))
			sum.mase += each * math.Abs(x-f.Point) / scale
			sum.cov80 += each * inside(x, f.Lo80, f.Hi80)
			sum.cov95 += each * inside(x, f.Lo95, f.Hi95)
			sum.msis80 += each * (f.Hi80 - f.Lo80 + 2/0.20*(max(f.Lo80-x, 0)+max(x-f.Hi80, 0))) / scale
			sum.msis95 += each * (f.Hi95 - f.Lo95 + 2/0.05*(max(f.Lo95-x, 0)+max(x-f.Hi95, 0))) / scale
		}
	}
	return sum
}

func inside(x, lo, hi float64) float64 {
	if x >= lo && x <= hi {
		return 1
	}
	return 0
}

func (f figures) String() string {
	return fmt.Sprintf("%6.2f %6.3f %6.1f%% %6.1f%% %7.2f %7.2f", f.smape, f.mase, 100*f.cov80, 100*f.cov95, f.msis80, f.msis95)
}

const heading = "%-34s  sMAPE   MASE   cov80   cov95  MSIS80  MSIS95\n"

func printM3(b *testing.B, all []trial, dir string) {
	short, err := readCSV(filepath.Join(dir, "R_short_series_accuracy.csv"))
	if err != nil {
		b.Fatal(err)
	}
	full, err := readCSV(filepath.Join(dir, "R_yearly_accuracy.csv"))
	if err != nil {
		b.Fatal(err)
	}
	published, err := readCSV(filepath.Join(dir, "M3_yearly_published_accuracy.csv"))
	if err != nil {
		b.Fatal(err)
	}
	halves := choose(b, all)
	for _, t := range contests {
		fmt.Printf("\n"+heading, fmt.Sprintf("M3 yearly, %d series, %s", len(all), t.name))
		ours := standard().contest(b, all, t)
		fmt.Printf("%-34s %v\n", "zhibiao "+OutlookMethod, ours)
		fmt.Printf("%-34s %v\n", "  constants chosen on other half", halves[t.name])
		rows := full
		if t.last > 0 {
			rows = slices.DeleteFunc(slices.Clone(short), func(r map[string]string) bool { return r["last_n"] != strconv.Itoa(t.last) })
		}
		best := [2]float64{math.Inf(1), math.Inf(1)}
		for _, r := range rows {
			if r["set"] != "M3" {
				continue
			}
			fmt.Printf("%-34s %s\n", "R "+r["method"], columns(r))
			for i, name := range []string{"sMAPE", "MASE"} {
				if v, err := strconv.ParseFloat(r[name], 64); err == nil {
					best[i] = min(best[i], v)
				}
			}
		}
		if t.last == 0 {
			for _, r := range published {
				fmt.Printf("%-34s %s\n", "published "+r["method"], columns(r))
			}
		}
		if ours.smape > best[0] || ours.mase > best[1] {
			b.Errorf("%s: sMAPE %.3f, MASE %.4f; the best of R have %.3f, %.4f", t.name, ours.smape, ours.mase, best[0], best[1])
		}
		if t.last > 0 && (ours.cov80 < 0.77 || ours.cov80 > 0.83) {
			b.Errorf("%s: 80 %% intervals cover %.1f %%, want 77–83 %%", t.name, 100*ours.cov80)
		}
	}
}

// columns prints a row of R's tables under the heading.
func columns(r map[string]string) string {
	var out strings.Builder
	for _, c := range []struct {
		name   string
		format string
		unit   float64
	}{{"sMAPE", "%6.2f", 1}, {"MASE", " %6.3f", 1}, {"cov80", " %6.1f%%", 100}, {"cov95", " %6.1f%%", 100}, {"MSIS80", " %7.2f", 1}, {"MSIS95", " %7.2f", 1}} {
		v, err := strconv.ParseFloat(r[c.name], 64)
		if err != nil {
			break // no intervals
		}
		fmt.Fprintf(&out, c.format, v*c.unit)
	}
	return out.String()
}

// choose cross-validates: on each half of the series (every second one) it
// chooses the constants from coarse grids as if the other half did not exist,
// and forecasts the other half with them. It returns the mean of the two.
func choose(b *testing.B, all []trial) map[string]figures {
	var half [2][]trial
	for i, s := range all {
		half[i%2] = append(half[i%2], s)
	}
	out := make(map[string]figures)
	fmt.Println("\nConstants chosen on half of the series, and what they give on the other half:")
	for i := range half {
		u := fit(b, half[i])
		fmt.Printf("half %d chooses %+v\n", i+1, u)
		for _, t := range contests {
			f, weight := u.contest(b, half[1-i], t), float64(len(half[1-i]))/float64(len(all))
			fmt.Printf("  on half %d, %-15s %v\n", 2-i, t.name, f)
			o := out[t.name]
			out[t.name] = figures{
				o.smape + weight*f.smape, o.mase + weight*f.mase, o.cov80 + weight*f.cov80,
				o.cov95 + weight*f.cov95, o.msis80 + weight*f.msis80, o.msis95 + weight*f.msis95,
			}
		}
	}
	return out
}

// fit goes down the coordinates once: each constant of the point forecast takes
// the grid value with the least mean of sMAPE and MASE over the contests; those
// of the distribution the least interval score, at the width whose 80 %
// intervals cover nearest to 80 %.
func fit(b *testing.B, some []trial) tuning {
	u := tuning{prior: 2, damp: 1, regular: 40, inertia: 0, certainty: 8, reach: 1e9, hedge: 0, move: 0.5, width: 0.7, fan: 1, few: 2, rest: 0.85, flat: 12}
	total := func(of func(figures) float64) func() float64 {
		return func() (s float64) {
			for _, t := range contests {
				s += of(u.contest(b, some, t))
			}
			return s
		}
	}
	search := func(at *float64, grid []float64, loss func() float64) (least float64) {
		best := *at
		least = math.Inf(1)
		for _, *at = range grid {
			if l := loss(); l < least {
				best, least = *at, l
			}
		}
		*at = best
		return least
	}
	loss := total(func(f figures) float64 { return f.smape/15 + f.mase/2 })
	score := total(func(f figures) float64 { return f.msis80/10 + f.msis95/15 })
	off := total(func(f figures) float64 { return math.Abs(f.cov80 - 0.8) })
	widths := []float64{0.45, 0.5, 0.55, 0.58, 0.61, 0.64, 0.67, 0.7, 0.75, 0.8, 0.85}
	calibrated := func() float64 { search(&u.width, widths, off); return score() }
	search(&u.reach, []float64{2, 3, 1e9}, loss)
	search(&u.prior, []float64{1, 2, 3, 4, 6}, loss)
	search(&u.damp, []float64{0.8, 0.85, 0.9, 0.95, 1}, loss)
	search(&u.regular, []float64{20, 40, 80}, loss)
	search(&u.inertia, []float64{0, 0.1, 0.2}, loss)
	search(&u.certainty, []float64{4, 6, 8}, loss)
	search(&u.hedge, []float64{0, 0.2, 0.4}, loss)
	search(&u.move, []float64{0, 0.25, 1. / 3, 0.5, 1}, calibrated)
	search(&u.fan, []float64{0.5, 0.7, 0.85, 1}, calibrated)
	search(&u.width, widths, off)
	return u
}
