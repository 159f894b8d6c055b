package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

var update = flag.Bool("update", false, "write the goldens anew")

// Every kind of report on the sample returns, in every face. A golden is what the
// page says, line by line, under the digests of the faces: a page that changed is
// read there, and a letter or a workbook that changed is seen to have.
func TestEveryKindAndFaceOnTheFixtures(t *testing.T) {
	dir := t.TempDir()
	a := &app{out: io.Discard, err: io.Discard, now: time.Now, home: filepath.Join(dir, "demo", "工作区")}
	if err := a.demo(t.Context(), filepath.Join(dir, "demo")); err != nil {
		t.Fatal(err)
	}
	defs, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(t.Context(), a.home, defs, a.log())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range []struct {
		kind   report.Kind
		period string
		at     time.Time
	}{
		{report.Monthly, "2026-10", demoNow},
		{report.Quarterly, "2026-Q2", time.Date(2026, 7, 26, 8, 0, 0, 0, period.Shanghai)}, // the next one is compared with it
		{report.Quarterly, "2026-Q3", demoNow},
		{report.HalfYearly, "2026-10", demoNow},
		{report.Annual, "2025", demoNow},
		{report.Special, "2026-11", time.Date(2026, 12, 21, 8, 0, 0, 0, period.Shanghai)}, // November was filed by nobody
	} {
		run, err := p.Run(t.Context(), "report-"+string(c.kind), c.at, period.MustParse(c.period), c.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Report(t.Context(), run, c.kind, filepath.Join(dir, "out"), pipeline.Formats); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		var page string
		for _, name := range run.Files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s %s\n", filepath.Base(name), digest(t, data))
			if strings.HasSuffix(name, "."+pipeline.HTMLFormat) {
				page = lines(string(data))
			}
		}
		golden(t, string(c.kind)+"-"+c.period+".txt", got.String()+"\n"+page)
	}
}

// digest is that of a file's content; of a package, of its parts, however they
// were packed.
func digest(t *testing.T, data []byte) string {
	t.Helper()
	h := sha256.New()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		h.Write(data)
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	slices.SortFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s\x00", f.Name)
		if _, err := io.Copy(h, part); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

var (
	hidden  = regexp.MustCompile(`(?s)<(style|svg)[ >].*?</(style|svg)>`)
	ends    = regexp.MustCompile(`</(p|h[1-6]|tr|li|dd|caption|figcaption|title)>`)
	between = regexp.MustCompile(`</t[dh]>`)
	tags    = regexp.MustCompile(`<[^>]*>`)
	blanks  = regexp.MustCompile(`[ \t]+`)
)

// lines is what a page says, a paragraph or a row on a line.
func lines(page string) string {
	s := hidden.ReplaceAllString(page, "")
	s = strings.ReplaceAll(s, "\n", " ")
	s = ends.ReplaceAllString(between.ReplaceAllString(s, " | "), "\n")
	s = html.UnescapeString(tags.ReplaceAllString(s, ""))
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(blanks.ReplaceAllString(line, " ")); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	name := filepath.Join("testdata", "report", file)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
