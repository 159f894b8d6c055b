package receipt_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zhibiao/ingest/receipt"
)

// Every pair of ink and ground on the page has a contrast of 4.5 at least
// (WCAG 2.2, 1.4.3).
func TestThePageCanBeRead(t *testing.T) {
	pair := regexp.MustCompile(`color: #([0-9a-fA-F]{6}); background: #([0-9a-fA-F]{6})`)
	verdict := regexp.MustCompile(`--dark: #([0-9a-fA-F]{6}); --pale: #([0-9a-fA-F]{6})`)
	for name, r := range cases() {
		page := html(t, &r)
		pairs := append(pair.FindAllStringSubmatch(page, -1), verdict.FindAllStringSubmatch(page, -1)...)
		pairs = append(pairs, []string{"", "4a5160", "ffffff"}, []string{"", "1a1a1a", "e3ebf6"})
		if len(pairs) < 6 {
			t.Fatalf("%s: %d pairs of colours", name, len(pairs))
		}
		for _, p := range pairs {
			if c := contrast(t, p[1], p[2]); c < 4.5 {
				t.Errorf("%s: #%s on #%s has a contrast of %.2f", name, p[1], p[2], c)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	luminance := func(hex string) float64 {
		l := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(v) / 255
			if c <= 0.03928 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			l += weight * c
		}
		return l
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// The page fetches nothing, runs nothing, and says the verdict in colour, shape
// and word.
func TestThePageStandsAlone(t *testing.T) {
	shapes := map[string]bool{}
	for name, r := range cases() {
		page := html(t, &r)
		for _, bad := range []string{"<script", "javascript:", " src=", "url(", "@import", "<link", " on", "http:"} {
			if strings.Contains(strings.ToLower(page), bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		if !strings.Contains(page, "default-src 'none'") || !strings.Contains(page, "【"+r.Verdict.Name()+"】") {
			t.Errorf("%s has no policy or no verdict", name)
		}
		for _, f := range r.Findings {
			if !strings.Contains(page, f.Message) || !strings.Contains(page, f.Label) || !strings.Contains(page, f.Hint) {
				t.Errorf("%s does not say %s", name, f)
			}
		}
		shape := regexp.MustCompile(`aria-hidden="true">(.)<`).FindStringSubmatch(page)
		if shape == nil {
			t.Fatalf("%s has no shape", name)
		}
		shapes[shape[1]+string(r.Verdict)] = true
	}
	if verdicts := []receipt.Verdict{receipt.Accepted, receipt.Awaiting, receipt.Pending, receipt.Returned, receipt.Withdrawn}; len(shapes) != len(verdicts) {
		t.Errorf("shapes: %v", shapes)
	}
}
