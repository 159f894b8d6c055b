package workbook_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"zhibiao/ingest/workbook"
)

// A readerAt is a file that does as it is told.
type readerAt func(b []byte, at int64) (int, error)

func (r readerAt) ReadAt(b []byte, at int64) (int, error) { return r(b, at) }

func TestAnErrorOfReadingIsAnErrorAndNoFinding(t *testing.T) {
	for name, data := range map[string][]byte{"xlsx": largeBook(2000, 25), "csv": []byte("甲,乙\n1,2\n"), "xls": oldBook()} {
		whole := bytes.NewReader(data)
		failure := errors.New("input/output error")
		calls := 0
		if _, err := workbook.Scan("x", readerAt(func(b []byte, at int64) (int, error) {
			calls++
			return whole.ReadAt(b, at)
		}), int64(len(data)), workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { return true }); err != nil {
			t.Fatal(err)
		}
		for n := range calls { // the disk fails at the n-th read
			finds, err := workbook.Scan("x", readerAt(func(b []byte, at int64) (int, error) {
				if n--; n < 0 {
					return 0, failure
				}
				return whole.ReadAt(b, at)
			}), int64(len(data)), workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { return true })
			if !errors.Is(err, failure) || finds != nil {
				t.Fatalf("%s: error %v, findings %v", name, err, finds)
			}
		}
		// The file became shorter since its size was asked.
		if _, err := workbook.Scan("x", bytes.NewReader(data[:len(data)-1]), int64(len(data)), workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { return true }); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestAFileThatChangesWhileItIsScannedIsRefused(t *testing.T) {
	data := largeBook(5000, 25)
	changing := bytes.Clone(data)
	visited := false
	finds, err := workbook.Scan("x.xlsx", bytes.NewReader(changing), int64(len(data)), workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool {
		if !visited {
			visited = true
			_, entries := layout(data)
			for _, e := range entries {
				if e.name == sheet1 {
					changing[e.end-1000] ^= 1
				}
			}
		}
		return true
	})
	if err != nil || !visited || !finds.Refused() {
		t.Errorf("error %v, visited %v, findings %v", err, visited, finds)
	}
}

// scanOne names the file that a child process scans.
const scanOne = "WORKBOOK_SCAN_ONE"

// TestScanningALargeFileTakesLittleMemory scans 200,000 rows of 25 columns in a
// process of its own and asks the kernel for its peak.
func TestScanningALargeFileTakesLittleMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "large.xlsx")
	if err := os.WriteFile(file, largeBook(200_000, 25), 0o600); err != nil {
		t.Fatal(err)
	}
	const most = 64 << 20
	if peak := childPeak(t, "TestScanOne", scanOne+"="+file); peak > most {
		t.Errorf("%d MB, want at most %d", peak>>20, most>>20)
	} else {
		t.Logf("%d MB", peak>>20)
	}
}

// TestScanOne is the child's part. Without the variable it scans a small book, to
// show that it works.
func TestScanOne(t *testing.T) {
	file := os.Getenv(scanOne)
	if file == "" {
		file = filepath.Join(t.TempDir(), "small.xlsx")
		if err := os.WriteFile(file, book(nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	finds, err := workbook.Scan("x.xlsx", f, info.Size(), large(), func(*workbook.Sheet, *workbook.Cell) bool { cells++; return true })
	if err != nil || finds.Refused() || cells == 0 {
		t.Fatalf("error %v, %d cells, findings %v", err, cells, finds)
	}
	printPeak(t)
}
