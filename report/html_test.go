package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
	"zhibiao/report"
	"zhibiao/report/document"
	"zhibiao/report/xlsx"
)

var (
	update   = flag.Bool("update", false, "rewrite the goldens")
	writeDir = flag.String("write", "", "write the sample reports to this directory, to be looked at")
)

func page(t *testing.T, d *document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// body is the page without its style sheets.
func body(s string) string {
	return regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(s, "")
}

func TestSamplesAreSelfContainedAndSmall(t *testing.T) {
	for _, in := range kinds(t) {
		selfContained(t, in.Kind, build(t, in))
	}
}

func selfContained(t *testing.T, kind report.Kind, d *document.Document) {
	t.Helper()
	s := page(t, d)
	if len(s) > 1500<<10 {
		t.Errorf("%s: got %d bytes, want at most 1.5 MB", kind, len(s))
	}
	for _, never := range []string{"<script", "javascript:", "<iframe", "<object", "<link", "<img", " src=", "@import", "url(", " onload", "NaN", "Inf", "%!", "ZgotmplZ", "<no value>"} {
		if strings.Contains(s, never) {
			t.Errorf("%s: page has %q", kind, never)
		}
	}
	if rest := strings.ReplaceAll(s, `xmlns="http://www.w3.org/2000/svg"`, ""); strings.Contains(rest, "http") {
		t.Errorf("%s: page points outside itself", kind)
	}
	if *writeDir == "" {
		return
	}
	var book bytes.Buffer
	if err := xlsx.Write(&book, d); err != nil {
		t.Fatal(err)
	}
	for face, b := range map[string][]byte{"html": []byte(s), "xlsx": book.Bytes(), "docx": letterOf(t, d)} {
		if err := os.WriteFile(filepath.Join(*writeDir, string(kind)+"."+face), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGoldenPages(t *testing.T) {
	golden(t, "small.html", []byte(body(page(t, build(t, small())))))
	golden(t, "small-quarter.html", []byte(body(page(t, build(t, smallQuarter())))))
}

func TestEqualInputsMakeEqualPages(t *testing.T) {
	var first []string
	for _, in := range kinds(t) {
		first = append(first, page(t, build(t, in)))
	}
	for range 3 {
		for i, in := range kinds(t) {
			if page(t, build(t, in)) != first[i] {
				t.Fatalf("%s: the page differs from run to run", in.Kind)
			}
		}
	}
}

func TestEveryNumberOnThePageIsInTheLedger(t *testing.T) {
	for _, in := range kinds(t) {
		inLedger(t, build(t, in), many[in.Kind])
	}
}

func inLedger(t *testing.T, d *document.Document, many int) {
	t.Helper()
	byKey := figures(d)
	found := regexp.MustCompile(`<data value="([^"]*)" title="([^"]*)">([^<]*)</data>`).FindAllStringSubmatch(page(t, d), -1)
	if len(found) < many {
		t.Fatalf("got %d numbers on the page, want many", len(found))
	}
	for _, m := range found {
		key, got := html.UnescapeString(m[2]), html.UnescapeString(m[3])
		f := byKey[key]
		if f == nil {
			t.Errorf("%s %q is not in the ledger", key, got)
			continue
		}
		switch got {
		case f.Prefix + f.Number, f.Full(), f.Magnitude():
		default:
			t.Errorf("%s: page has %q, ledger %q", key, got, f.Full())
		}
	}
}

func TestPageIsAccessible(t *testing.T) {
	for _, in := range kinds(t) {
		t.Run(string(in.Kind), func(t *testing.T) { accessible(t, build(t, in)) })
	}
}

func accessible(t *testing.T, d *document.Document) {
	t.Helper()
	s, charts := page(t, d), 0
	eachChart(d, func(*document.Chart) { charts++ })
	if !strings.Contains(s, `<html lang="zh-CN">`) || !strings.Contains(s, `name="viewport"`) {
		t.Error("want the language and the viewport")
	}
	last := 0
	for _, m := range regexp.MustCompile(`<h([1-6])[ >]`).FindAllStringSubmatch(s, -1) {
		level := int(m[1][0] - '0')
		if level > last+1 {
			t.Errorf("heading %d follows heading %d", level, last)
		}
		last = level
	}
	if n := strings.Count(s, "<h1"); n != 1 {
		t.Errorf("got %d first headings, want 1", n)
	}
	for _, m := range regexp.MustCompile(`<th[ >][^>]*>`).FindAllString(s, -1) {
		if !strings.Contains(m, `scope="col"`) && !strings.Contains(m, `scope="row"`) {
			t.Errorf("%s has no scope", m)
		}
	}
	if a, b := strings.Count(s, "<table"), strings.Count(s, "<caption"); a != b || a == 0 {
		t.Errorf("got %d tables and %d captions", a, b)
	}
	if a, b, c := strings.Count(s, "<svg "), strings.Count(s, `role="img"`), strings.Count(s, "<desc "); a != b || a != c || a == 0 && charts > 0 {
		t.Errorf("got %d pictures, %d named, %d described", a, b, c)
	}
	ids := make(map[string]bool)
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(s, -1) {
		if ids[m[1]] {
			t.Errorf("id %s stands twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]*)"`).FindAllStringSubmatch(s, -1) {
		for id := range strings.FieldsSeq(m[1]) {
			if !ids[id] {
				t.Errorf("%s leads nowhere", id)
			}
		}
	}
}

func TestColoursOfThePageAreThoseThatAreTested(t *testing.T) {
	s := page(t, build(t, small()))
	for _, class := range document.Classes {
		tint := document.TintOf(class)
		if !strings.Contains(s, "--"+class+":"+tint.Ink+";--"+class+"-wash:"+tint.Wash) {
			t.Errorf("%s: the page has other colours than %+v", class, tint)
		}
	}
	for _, pair := range [][2]string{{"#5A6470", "#FFFFFF"}, {"#5A6470", "#EEF1F5"}, {"#5A6470", "#F5F7FA"}, {"#14305C", "#EDF1F7"}, {"#A11D21", "#FFFFFF"}, {"#A11D21", "#EEF1F5"}, {"#FFFFFF", "#8E1B1F"}, {"#5F6368", "#FFFFFF"}} {
		if !strings.Contains(s, pair[0]) && pair[0] != "#FFFFFF" {
			t.Errorf("%s is not on the page any more", pair[0])
		}
		if got := document.Contrast(pair[0], pair[1]); got < 4.5 {
			t.Errorf("%s on %s: got %.2f, want at least 4.5", pair[0], pair[1], got)
		}
	}
}

// hostile is what a return, a rule or a department's name could try.
const hostile = "<script>alert(1)</script>\"'&=cmd|'/C calc'!A0\u202e\x00]]>--></style>{{.}}"

func poisoned() report.Input {
	in := small()
	for i := range in.Assessment.Results {
		in.Assessment.Results[i].Reason += hostile
		in.Assessment.Results[i].Caliber = hostile
		in.Assessment.Results[i].Method = hostile
	}
	for i := range in.Catalogue.Indicators {
		tg := &in.Catalogue.Indicators[i].Targets[0]
		in.Catalogue.Indicators[i].Name, in.Catalogue.Indicators[i].Note = hostile, hostile
		tg.Name, tg.Quote, tg.Caveat, tg.Words, tg.Leads = "="+hostile, hostile, hostile, hostile, []string{"+" + hostile}
	}
	for i := range in.Catalogue.Actions {
		in.Catalogue.Actions[i].Name = hostile
	}
	in.Alerts[0].Why, in.Alerts[0].Need, in.Alerts[0].Owner, in.Alerts[0].RuleName = hostile, hostile, hostile, "@"+hostile
	in.Filing[0].Department = "=" + hostile
	in.Filing[0].LateReturns[0].Name = "-" + hostile
	in.Filing[0].LateReturns[0].State = hostile
	in.Catalogue.Milestones[0].Quote = hostile
	in.Catalogue.Departments = []indicator.Department{{Name: "@" + hostile}}
	in.Catalogue.Tasks = []indicator.Task{{No: 1, Title: "-" + hostile, Leads: []string{hostile}}}
	in.RunID, in.JournalHead = hostile, hostile
	return in
}

func TestHostileNamesStayText(t *testing.T) {
	for _, kind := range report.Kinds {
		in := of(poisoned(), kind)
		t.Run(string(kind), func(t *testing.T) { staysText(t, page(t, build(t, in))) })
	}
}

func staysText(t *testing.T, s string) {
	t.Helper()
	for _, never := range []string{"<script", "</style>{{", "\u202e", "\x00", "alert(1)</script"} {
		if strings.Contains(s, never) {
			t.Errorf("page has %q", never)
		}
	}
	if strings.Count(s, "</style>") != 2 {
		t.Error("a name closed the style sheet")
	}
	if !strings.Contains(s, "&lt;script&gt;") {
		t.Error("the name is not shown as text")
	}
}

func TestEveryPictureIsWellFormedAlone(t *testing.T) {
	n := 0
	for _, in := range append(kinds(t), poisoned()) {
		eachChart(build(t, in), func(c *document.Chart) {
			n++
			var b bytes.Buffer
			if err := report.SVG(&b, c); err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			if strings.Contains(b.String(), "<script") {
				t.Errorf("%s: a name became an element", c.ID)
			}
			dec := xml.NewDecoder(&b)
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", c.ID, err)
				}
			}
		})
	}
	if n < 80 {
		t.Errorf("got %d pictures, want many", n)
	}
}

func eachChart(d *document.Document, f func(*document.Chart)) {
	d.Walk(func(s *document.Section) {
		for _, b := range s.Blocks {
			for _, c := range b.Charts {
				f(c)
			}
			for i := range b.Cards {
				if c := b.Cards[i].Chart; c != nil {
					f(c)
				}
			}
			if b.Table != nil {
				for _, r := range b.Table.Rows {
					for _, c := range r.Cells {
						if c.Chart != nil {
							f(c.Chart)
						}
					}
				}
			}
		}
	})
}

func TestNothingIsWrittenOfNothing(t *testing.T) {
	var b bytes.Buffer
	for name, err := range map[string]error{
		"nil page": report.HTML(&b, nil), "empty page": report.HTML(&b, &document.Document{}),
		"nil chart": report.SVG(&b, nil), "empty chart": report.SVG(&b, &document.Chart{ID: "x"}),
		"a chart of no kind on a page": report.HTML(&b, &document.Document{Sections: []document.Section{
			{ID: "s", Blocks: []document.Block{{Charts: []*document.Chart{{ID: "x"}}}}},
		}}),
	} {
		if err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	if b.Len() > 0 {
		t.Errorf("got %d bytes beside the errors", b.Len())
	}
}

func TestHeadStandsAtTheFootOfEveryPrintedPage(t *testing.T) {
	s := page(t, build(t, small()))
	want := `@bottom-left{content:"截至期 2026年9月　数据时点 2026年10月20日　报送率 80.0%　缺报影响 2项　运行号 run-1　日志链头 headhash　` +
		`数据版本 初步核算　方法与版本 endpoint@1　测试数据"}`
	if !strings.Contains(s, want) {
		t.Errorf("the page has no %s", want)
	}
}

func TestTestDataIsMarkedOnlyWhenItIs(t *testing.T) {
	in := small()
	in.TestData = false
	if s := page(t, build(t, in)); strings.Contains(body(s), "测试数据") {
		t.Error("real data is marked as test data")
	}
	if s := page(t, build(t, small())); !strings.Contains(s, `class="banner"`) {
		t.Error("test data is not marked")
	}
}

func TestBlackAndWhiteReads(t *testing.T) {
	got := regexp.MustCompile(`<span class="sign red"[^>]*><span aria-hidden="true">([^<]*)</span>([^<]*)</span>`).FindStringSubmatch(page(t, build(t, small())))
	if diff := cmp.Diff([]string{"▲", "红"}, got[1:]); diff != "" {
		t.Errorf("sign (-want +got):\n%s", diff)
	}
}
