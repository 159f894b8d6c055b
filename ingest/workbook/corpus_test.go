package workbook_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

var update = flag.Bool("update", false, "make the corpus of malformed files and its manifest anew")

const (
	corpus   = "testdata/malformed"
	manifest = corpus + "/manifest.csv"

	// What a malformed file may take of memory, the program's own included.
	memoryCap = 256 << 20
)

// A listed is a line of the manifest: what is wrong with a file, and the finding
// that must tell its sender so. Place is without the file's name: a cell, a line,
// a part or stream, the table of a container, or the file's beginning when that
// is what tells that it is no workbook.
type listed struct{ file, wrong, rule, place string }

func TestTheCorpusIsWhatItsManifestSays(t *testing.T) {
	if *update {
		makeCorpus(t)
	}
	entries := readManifest(t)
	if len(entries) < 200 {
		t.Errorf("%d malformed files, want at least 200", len(entries))
	}
	names := []string{".gitattributes", filepath.Base(manifest)}
	total := 0
	for _, e := range entries {
		names = append(names, e.file)
		data := readSample(t, e.file)
		total += len(data)
		if e.place == "" {
			t.Errorf("%s (%s): the finding has no place", e.file, e.wrong)
		}
		start := time.Now()
		b, finds := workbook.Open(e.file, data, workbook.DefaultLimits())
		scanned := scan(t, e.file, data, workbook.DefaultLimits(), func(*workbook.Sheet, *workbook.Cell) bool { return true })
		if d := time.Since(start); d > patience {
			t.Errorf("%s: took %v", e.file, d)
		}
		if b != nil || !finds.Refused() || !scanned.Refused() {
			t.Errorf("%s (%s): accepted", e.file, e.wrong)
		}
		if !slices.ContainsFunc(finds, func(f finding.Finding) bool { return e == entryOf(e.file, e.wrong, f) }) {
			t.Errorf("%s (%s): want [%s] at %q, got:\n%v", e.file, e.wrong, e.rule, e.place, finds)
		}
		for _, f := range finds {
			if f.Message == "" || f.Hint == "" {
				t.Errorf("%s: incomplete finding %+v", e.file, f)
			}
		}
	}
	t.Logf("%d files of %d bytes", len(entries), total)
	if total > 3<<20 {
		t.Errorf("the corpus takes %d bytes", total)
	}
	there, err := os.ReadDir(corpus)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, f := range there {
		have = append(have, f.Name())
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, have); diff != "" {
		t.Errorf("manifest and folder: %s", diff)
	}
}

// TestMalformedFilesTakeLittleMemory opens each file in a process of its own and
// asks the kernel for its peak.
func TestMalformedFilesTakeLittleMemory(t *testing.T) {
	var worst listed
	var most int64
	for _, e := range readManifest(t) {
		peak := childPeak(t, "TestOpenOne", openOne+"="+filepath.Join(corpus, e.file))
		if peak > most {
			most, worst = peak, e
		}
		if peak > memoryCap {
			t.Errorf("%s (%s): %d MB", e.file, e.wrong, peak>>20)
		}
	}
	t.Logf("most memory: %d MB by %s", most>>20, worst.file)
}

// openOne names the file that a child process opens.
const openOne = "WORKBOOK_OPEN_ONE"

// TestOpenOne is the child's part: it opens one file and prints the process's
// peak of resident memory. Without the variable it opens a small book, to show
// that it works.
func TestOpenOne(t *testing.T) {
	data := book(nil)
	if file := os.Getenv(openOne); file != "" {
		var err error
		if data, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	workbook.Open("x", data, workbook.DefaultLimits())
	printPeak(t)
}

// childPeak runs one test of this program in a process of its own and returns
// the peak of resident memory that it prints.
func childPeak(t *testing.T, test, variable string) int64 {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", variable, err, out)
	}
	_, after, _ := strings.Cut(string(out), "peak=")
	number, _, _ := strings.Cut(after, "\n")
	peak, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("%s: no peak in %s", variable, out)
	}
	return peak
}

// printPeak prints the process's peak of resident memory.
func printPeak(t *testing.T) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if !found || len(fields) < 2 || fields[1] != "kB" {
		t.Fatalf("no peak in %s", status)
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("peak=%d\n", kb<<10)
}

func readSample(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readManifest(t *testing.T) (all []listed) {
	t.Helper()
	f, err := os.Open(manifest)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		all = append(all, listed{r[0], r[1], r[2], r[3]})
	}
	return all
}

// entryOf is the line that a finding makes.
func entryOf(file, wrong string, f finding.Finding) listed {
	f.Place.File = ""
	return listed{file, wrong, f.Rule, finding.Plain(f.Place.String())}
}

// makeCorpus writes the files and the manifest. A sample that is not refused as
// its maker wants is an error, and is left out.
func makeCorpus(t *testing.T) {
	t.Helper()
	old, err := filepath.Glob(corpus + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	var lines bytes.Buffer
	out := csv.NewWriter(&lines)
	write := func(e listed) {
		if err := out.Write([]string{e.file, e.wrong, e.rule, e.place}); err != nil {
			t.Fatal(err)
		}
	}
	write(listed{"file", "wrong", "rule", "place"})
	for _, s := range samples() {
		_, finds := workbook.Open(s.file, s.data, workbook.DefaultLimits())
		i := slices.IndexFunc(finds, func(f finding.Finding) bool {
			return f.Severity == finding.Mandatory && (s.rule == "" || f.Rule == s.rule) && strings.Contains(f.Place.String(), s.place)
		})
		if i < 0 {
			t.Errorf("%s (%s): want [%s] at %q, got:\n%v", s.file, s.wrong, s.rule, s.place, finds)
			continue
		}
		// What no line of text can hold is shown, as a finding shows it.
		write(entryOf(s.file, finding.Plain(strings.ToValidUTF8(s.wrong, "?")), finds[i]))
		if err := os.WriteFile(filepath.Join(corpus, s.file), s.data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out.Flush()
	if err := errors.Join(
		os.WriteFile(manifest, lines.Bytes(), 0o644),
		os.WriteFile(filepath.Join(corpus, ".gitattributes"), []byte("* -text\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
}
