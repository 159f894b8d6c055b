package pagetest

import (
	_ "embed" // what is run in the page
	"encoding/xml"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed sheets.js
var markRows string

// paperSize is the width and height in px that the page's @page rule leaves
// between the margins.
const paperSize = `(() => {
  const mm = (s) => parseFloat(s) * (/mm$/.test(s) ? 96 / 25.4 : /cm$/.test(s) ? 96 / 2.54 : 1);
  const pages = [...document.styleSheets].flatMap((s) => [...s.cssRules]).flatMap((r) => r.cssRules ? [r, ...r.cssRules] : [r]).filter((r) => r instanceof CSSPageRule && r.style.size);
  if (!pages.length) return [0, 0];
  const s = pages[0].style;
  let [w, h] = [mm("210mm"), mm("297mm")];
  if (!/^a4/i.test(s.size)) return [0, 0];
  if (/landscape/.test(s.size)) [w, h] = [h, w];
  return [w - mm(s.marginLeft) - mm(s.marginRight), h - mm(s.marginTop) - mm(s.marginBottom)];
})()`

// words are the words of a print, sheet by sheet.
func words(t *testing.T, data []byte) []string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		lacks(t, "pdftotext (poppler-utils) is not on PATH")
	}
	in := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "-bbox", in, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	var doc struct {
		Pages []struct {
			Words []struct {
				Text string `xml:",chardata"`
			} `xml:"word"`
		} `xml:"body>doc>page"`
	}
	dec := xml.NewDecoder(strings.NewReader(string(out)))
	dec.Strict = false
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("read pdftotext: %v", err)
	}
	var sheets []string
	for _, p := range doc.Pages {
		var b strings.Builder
		for _, w := range p.Words {
			b.WriteString(w.Text)
		}
		sheets = append(sheets, b.String())
	}
	return sheets
}

// sheets prints the page and reports rows that are cut by the end of a sheet,
// tables that go on without their heads, heads without a row, and sheets that do
// not say what every sheet must; and the width and height of what is printed on
// a sheet, px.
func (b *Browser) sheets(t *testing.T, p Page, file string) (width, height int64, wrong []string) {
	t.Helper()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	ctx, _ := b.tab(t, file, desk, true)
	size := run(ctx, t, "measure the paper", chromedp.Evaluate[[2]float64](paperSize))
	if size[0] <= 0 {
		t.Fatal("the page does not say that it is A4 on paper, with margins")
	}
	marked := run(ctx, t, "mark the rows", chromedp.Evaluate[int]("("+strings.TrimSpace(markRows)+")()"))
	data := run(ctx, t, "print the page", chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if b.Dir != "" {
		if err := os.WriteFile(filepath.Join(b.Dir, pictureName(t)+".pdf"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sheets := words(t, data)
	for i, s := range sheets {
		for _, w := range append([]string{fmt.Sprintf("—%d—", i+1)}, p.Foot...) {
			if !strings.Contains(s, strings.Join(strings.FieldsFunc(w, isSpace), "")) {
				say("sheet %d does not say %s", i+1, w)
			}
		}
	}
	rows := make(map[string][]int)  // by row: the sheets it is on
	heads := make(map[string][]int) // by table: the sheets its head is on
	begun := make(map[string]bool)
	with := make(map[string]bool) // table and sheet: a row of it is there
	for i, s := range sheets {
		for _, m := range regexp.MustCompile(`Z(?:(k)([0-9a-j]{3})|([xy])([0-9a-j]{3})q([0-9a-j]{3}))Z`).FindAllStringSubmatch(s, -1) {
			if m[1] != "" {
				table := digits.Replace(m[2])
				heads[table] = append(heads[table], i+1)
				continue
			}
			key := digits.Replace(m[4]) + " " + digits.Replace(m[5])
			if m[3] == "x" {
				begun[key] = true
			}
			if !slices.Contains(rows[key], i+1) {
				rows[key] = append(rows[key], i+1)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		on := rows[key]
		table, row, _ := strings.Cut(key, " ")
		if !begun[key] {
			say("row %s of table %s has no beginning on paper", row, table)
		}
		if len(on) > 1 {
			say("row %s of table %s is cut: it stands on sheets %v", row, table, on)
		}
		for _, sheet := range on {
			with[table+" "+strconv.Itoa(sheet)] = true
			if !slices.Contains(heads[table], sheet) {
				say("table %s goes on on sheet %d without its head", table, sheet)
			}
		}
	}
	for _, table := range slices.Sorted(maps.Keys(heads)) {
		for _, sheet := range heads[table] {
			if !with[table+" "+strconv.Itoa(sheet)] {
				say("the head of table %s stands on sheet %d without a row", table, sheet)
			}
		}
	}
	if marked != len(rows) {
		say("%d of %d rows are found on paper", len(rows), marked)
	}
	return int64(math.Round(size[0])), int64(math.Round(size[1])), wrong
}

// digits undoes what sheets.js does to the digits of a number.
var digits = strings.NewReplacer("a", "0", "b", "1", "c", "2", "d", "3", "e", "4", "f", "5", "g", "6", "h", "7", "i", "8", "j", "9")

func isSpace(r rune) bool { return r == ' ' || r == '　' }
