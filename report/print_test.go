package report_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"zhibiao/report/pdf"
)

func TestChromiumPrintsThePageOnA4(t *testing.T) {
	s := page(t, build(t, sample(t)))
	data, err := pdf.Print(t.Context(), []byte(s))
	if errors.Is(err, pdf.ErrNoBrowser) {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must have Chromium: it is not on PATH")
		}
		t.Skip("Chromium is not installed: the page is not printed here")
	}
	if err != nil {
		t.Fatal(err)
	}
	boxes := regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`).FindAllSubmatch(data, -1)
	if len(boxes) < 10 {
		t.Errorf("got %d pages, want a report", len(boxes))
	}
	for _, b := range boxes {
		if !bytes.HasPrefix(b[1], []byte("59")) || !bytes.HasPrefix(b[2], []byte("84")) { // 595 × 842 pt
			t.Errorf("got a page of %s by %s points, want A4", b[1], b[2])
		}
	}
	// Mail carries it. Letters drawn one by one, as those with a halo are, make it twice as large.
	if len(data) > 5<<20 {
		t.Errorf("got a PDF of %d bytes, want at most 5 MB", len(data))
	}
	if *writeDir != "" {
		if err := os.WriteFile(filepath.Join(*writeDir, "report-chromium.pdf"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
