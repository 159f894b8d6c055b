//go:build unix

package workbook_test

import (
	"archive/zip"
	"bytes"
	"io"
	"syscall"
	"testing"

	"zhibiao/ingest/workbook"

	"github.com/xuri/excelize/v2"
)

// The benchmarks put four readers side by side on the same bytes: ours (Open
// and Scan), excelize's raw Rows, and the standard library merely unzipping
// every part. Ratios are taken between the lines of one run, of wall time and of
// the process's CPU time, which other work on the machine disturbs less:
//
//	go test -run=^$ -bench=. -benchtime=2s -count=5 ./ingest/workbook

// BenchmarkOpenForm reads a department's form of 200 rows and 40 columns:
// headers, styles, Chinese labels, styled blanks, formulas with values.
func BenchmarkOpenForm(b *testing.B) { sideBySide(b, formBook(200, 40)) }

// BenchmarkOpenLarge reads 50,000 rows of 25 mixed columns.
func BenchmarkOpenLarge(b *testing.B) { sideBySide(b, largeBook(50_000, 25)) }

func sideBySide(b *testing.B, data []byte) {
	lim := workbook.DefaultLimits()
	lim.Part, lim.Total = 1<<30, 1<<30
	measure := func(name string, do func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				do(b)
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
	measure("stdlib-unzip", func(b *testing.B) { unzip(b, data) })
	measure("open", func(b *testing.B) {
		if _, finds := workbook.Open("x.xlsx", data, lim); finds.Refused() {
			b.Fatal(finds)
		}
	})
	measure("scan", func(b *testing.B) {
		finds := workbook.Scan("x.xlsx", data, lim, func(*workbook.Sheet, *workbook.Cell) bool { return true })
		if finds.Refused() {
			b.Fatal(finds)
		}
	})
	measure("excelize-raw", func(b *testing.B) {
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
	})
}

// cpu is the CPU time that the process has used, in nanoseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func unzip(b *testing.B, data []byte) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, rc); err != nil {
			b.Fatal(err)
		}
		rc.Close()
	}
}
