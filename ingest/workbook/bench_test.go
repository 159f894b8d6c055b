//go:build unix

package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
)

// The benchmarks below are contests: every round reads the same files with every
// contestant, one after another, so that a busy machine slows all of them. One
// line reports, as medians over the rounds, each contestant's wall time
// (name-ms), its CPU time over all threads (name-cpu-ms), and the ratios that
// DESIGN.md §8 sets targets for, each taken inside a round:
//
//	go test -run='^$' -bench='Large|Forms' -benchtime=5x ./ingest/workbook
//	ZHIBIAO_BENCH=full go test -run='^$' -bench='Large|Forms' -benchtime=5x -timeout=30m ./ingest/workbook
//
// By default the table has 20,000 rows and there are 50 forms, to keep `make
// bench` short; ZHIBIAO_BENCH=full makes them 200,000 and 500, as in the targets.
// The files are written once to the temporary directory's zhibiao-bench-1.
//
// The peer outside Go is calamine, the fastest reader that is published. Its
// program is not kept here because it needs Rust: a release build (opt-level 3,
// LTO, one codegen unit; crate calamine 0.38.0) of a loop over the arguments
// that opens each path with open_workbook::<Xlsx<_>>, and for every name of
// sheet_names walks worksheet_cells_reader by next_cell until there is none,
// adding up the numbers and the bytes of the texts so that nothing is optimised
// away. Against it stands a Go program with the same loop over workbook.Scan or
// workbook.Open. Both are run as processes on the files in zhibiao-bench-1, in
// turns, at least three rounds; wall time, CPU time and peak memory are
// those that wait4 gives.

// benchSize is the first number, or the second when the full size is asked for.
func benchSize(short, full int) int {
	if os.Getenv("ZHIBIAO_BENCH") == "full" {
		return full
	}
	return short
}

// benchFile reads a file of the benchmark's folder and makes it when it is not
// there.
func benchFile(b *testing.B, name string, generate func() []byte) []byte {
	b.Helper()
	path := filepath.Join(os.TempDir(), "zhibiao-bench-1", name)
	if data, err := os.ReadFile(path); err == nil {
		return data
	}
	data := generate()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		b.Fatal(err)
	}
	return data
}

// BenchmarkLarge reads a table of 25 mixed columns, in whole (Open) and cell by
// cell (Scan). unzip is what the standard library needs to inflate its parts.
// excelize reads one with a twentieth of the rows, of which the time is taken
// times the ratio of the cells.
func BenchmarkLarge(b *testing.B) {
	rows := benchSize(20_000, 200_000)
	data := benchFile(b, fmt.Sprintf("large-%d.xlsx", rows), func() []byte { return largeBook(rows, 25) })
	small := benchFile(b, fmt.Sprintf("large-%d.xlsx", rows/20), func() []byte { return largeBook(rows/20, 25) })
	c := contest{b: b}
	c.add("unzip", 1, func() { unzip(b, data) })
	c.add("open", 1, func() { openAll(b, data) })
	c.add("scan", 1, func() { scanAll(b, data) })
	c.add("excelize", float64(scanAll(b, data))/float64(scanAll(b, small)), func() { excelizeRaw(b, small) })
	c.run()
	c.ratio("open", "unzip")
	c.ratio("scan", "unzip")
	c.ratio("excelize", "open")
	c.ratio("excelize", "scan")
}

// BenchmarkForms500 reads a batch of department's forms of 200 rows and 40
// columns, as many at a time as there are processors. The others read one
// after another; excelize reads a twenty-fifth of the forms, scaled by the
// cells.
func BenchmarkForms500(b *testing.B) {
	n := benchSize(50, 500)
	files := make([][]byte, n)
	few := n / 25
	var all, some int
	for i := range files {
		files[i] = benchFile(b, fmt.Sprintf("form-%03d.xlsx", i), func() []byte { return filledForm(200, 40, uint64(i)+1) })
		cells := scanAll(b, files[i])
		if all += cells; i < few {
			some += cells
		}
	}
	each := func(read func(*testing.B, []byte)) func() {
		return func() {
			for _, data := range files {
				read(b, data)
			}
		}
	}
	c := contest{b: b}
	c.add("unzip", 1, each(unzip))
	c.add("one", 1, each(openAll))
	c.add("open", 1, func() {
		var next atomic.Int64
		var readers sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			readers.Go(func() {
				for i := next.Add(1) - 1; int(i) < n; i = next.Add(1) - 1 {
					openAll(b, files[i])
				}
			})
		}
		readers.Wait()
	})
	c.add("excelize", float64(all)/float64(some), func() {
		for _, data := range files[:few] {
			excelizeRaw(b, data)
		}
	})
	c.run()
	c.ratio("one", "unzip")
	c.ratio("open", "unzip")
	c.ratio("excelize", "one")
	c.ratio("excelize", "open")
}

// A contest times contestants in rounds.
type contest struct {
	b     *testing.B
	names []string
	scale []float64
	do    []func()
	wall  map[string][]float64 // milliseconds per round, scaled
	cpu   map[string][]float64
}

func (c *contest) add(name string, scale float64, do func()) {
	c.names = append(c.names, name)
	c.scale = append(c.scale, scale)
	c.do = append(c.do, do)
}

func (c *contest) run() {
	c.wall, c.cpu = map[string][]float64{}, map[string][]float64{}
	for c.b.Loop() {
		for i, name := range c.names {
			runtime.GC() // nobody pays for what another left
			start, used := time.Now(), cpu(c.b)
			c.do[i]()
			wall, spent := time.Since(start), cpu(c.b)-used
			c.wall[name] = append(c.wall[name], c.scale[i]*float64(wall)/1e6)
			c.cpu[name] = append(c.cpu[name], c.scale[i]*float64(spent)/1e6)
		}
	}
	for _, name := range c.names {
		c.b.ReportMetric(median(c.wall[name]), name+"-ms")
		c.b.ReportMetric(median(c.cpu[name]), name+"-cpu-ms")
	}
	c.b.ReportMetric(0, "ns/op") // the sum of a round says nothing
}

// ratio reports how many times as long as another a contestant takes.
func (c *contest) ratio(over, under string) {
	ratios := make([]float64, len(c.wall[over]))
	for i := range ratios {
		ratios[i] = c.wall[over][i] / c.wall[under][i]
	}
	c.b.ReportMetric(median(ratios), over+"/"+under)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

func openAll(b *testing.B, data []byte) {
	if _, finds := workbook.Open("x.xlsx", data, large()); finds.Refused() {
		b.Error(finds)
	}
}

func scanAll(b *testing.B, data []byte) (cells int) {
	finds := scan(b, "x.xlsx", data, large(), func(*workbook.Sheet, *workbook.Cell) bool { cells++; return true })
	if finds.Refused() {
		b.Error(finds)
	}
	return cells
}

func excelizeRaw(b *testing.B, data []byte) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Close(); err != nil {
		b.Fatal(err)
	}
}

// unzip inflates every part with the standard library.
func unzip(b *testing.B, data []byte) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range r.File {
		part, err := f.Open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			b.Fatal(err)
		}
		if err := part.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// cpu is the CPU time that the process has used, in nanoseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
