package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/report"
	"zhibiao/report/document"
	"zhibiao/report/docx"
)

// A letter is a 公文 read back.
type letter struct {
	parts      map[string]string
	paragraphs []string // their text, those of tables included
	tables     []letterTable
	sections   []map[string]string // attributes of page size and margins
}

type letterTable struct {
	title string
	heads int        // rows that are repeated
	rows  [][]string // the paragraphs of each row, left to right, top to bottom
}

func letterOf(t testing.TB, d *document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := docx.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// read reads a package back and fails on a part that is not well-formed.
func read(t failer, data []byte) *letter {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("open docx: %v", err)
	}
	l := &letter{parts: make(map[string]string)}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatalf("open %s: %v", f.Name, err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("read %s: %v", f.Name, err)
		}
		l.parts[f.Name] = string(text)
		dec := xml.NewDecoder(bytes.NewReader(text))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	dec := xml.NewDecoder(strings.NewReader(l.parts["word/document.xml"]))
	var text strings.Builder
	inText, inTable := false, false
	for {
		tok, err := dec.Token()
		if err != nil {
			break // it was well-formed above
		}
		switch e := tok.(type) {
		case xml.StartElement:
			attr := func(name string) string {
				for _, a := range e.Attr {
					if a.Name.Local == name {
						return a.Value
					}
				}
				return ""
			}
			switch e.Name.Local {
			case "t":
				inText = true
			case "tbl":
				inTable = true
				l.tables = append(l.tables, letterTable{})
			case "tblCaption":
				l.tables[len(l.tables)-1].title = attr("val")
			case "tr":
				tb := &l.tables[len(l.tables)-1]
				tb.rows = append(tb.rows, nil)
			case "tblHeader":
				l.tables[len(l.tables)-1].heads++
			case "sectPr":
				l.sections = append(l.sections, make(map[string]string))
			case "pgSz", "pgMar", "docGrid":
				for _, a := range e.Attr {
					l.sections[len(l.sections)-1][a.Name.Local] = a.Value
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "tbl":
				inTable = false
			case "p":
				l.paragraphs = append(l.paragraphs, text.String())
				if inTable {
					tb := &l.tables[len(l.tables)-1]
					last := len(tb.rows) - 1
					tb.rows[last] = append(tb.rows[last], text.String())
				}
				text.Reset()
			}
		case xml.CharData:
			if inText {
				text.Write(e)
			}
		}
	}
	return l
}

// printed is a cell as paper shows it: whole where a screen shortens it.
func printed(c document.Cell) string {
	if c.Title != "" {
		c.Text = c.Title
	}
	return tight(c.String())
}

// tight is text without spaces, which are a matter of setting.
func tight(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), "")
}

func TestLetterShowsTheSameDigitsAsTheDocument(t *testing.T) {
	docs := map[string]*document.Document{"small": build(t, small()), "poisoned": build(t, poisoned())}
	docs["poisoned quarter"], docs["small quarter"] = build(t, of(poisoned(), report.Quarterly)), build(t, smallQuarter())
	for _, in := range kinds(t) {
		docs["sample "+string(in.Kind)] = build(t, in)
	}
	for name, d := range docs {
		l := read(t, letterOf(t, d))
		all := tight(strings.Join(l.paragraphs, "\n"))
		lines := make(map[string]bool)
		for _, p := range l.paragraphs {
			lines[tight(p)] = true
		}
		figures, rows, cards := 0, 0, 0
		d.Walk(func(s *document.Section) {
			for _, b := range s.Blocks {
				if b.Paragraph != nil && !lines[tight(b.Paragraph.String())] {
					t.Errorf("%s: no paragraph says %q", name, b.Paragraph)
				}
				if b.Table != nil && len(b.Table.Rows) > 0 {
					rows += sameRows(t, l, b.Table)
				}
				for i := range b.Cards {
					c := &b.Cards[i]
					if c.Lead != nil && !lines[tight(c.Lead.String())] {
						t.Errorf("%s: %s: nothing says %q", name, c.ID, c.Lead)
					}
					for _, f := range c.Facts {
						figures++
						if !lines[printed(f.Cell)] {
							t.Errorf("%s: %s: %s is not shown as %q", name, c.ID, f.Label, f.Cell)
						}
					}
				}
			}
		})
		for _, f := range d.Figures {
			if !strings.Contains(all, tight(f.Bare())) && !strings.Contains(all, tight(f.Full())) && !strings.Contains(all, tight(f.Magnitude())) {
				t.Errorf("%s: %s is not shown as %s", name, f.Key, f.Full())
			}
		}
		if figures == 0 && cards > 0 || rows == 0 || len(d.Figures) == 0 {
			t.Errorf("%s: compared %d facts, %d rows and %d figures", name, figures, rows, len(d.Figures))
		}
	}
}

// sameRows holds every row of a table against the row of the letter. A column
// that has only pictures is not printed.
func sameRows(t *testing.T, l *letter, tb *document.Table) int {
	t.Helper()
	i := slices.IndexFunc(l.tables, func(g letterTable) bool {
		return g.title == tb.Caption && len(g.rows) == len(tb.Rows)+1
	})
	if i < 0 {
		t.Errorf("no table %q of %d rows", tb.Caption, len(tb.Rows))
		return 0
	}
	got := l.tables[i]
	if got.heads != 1 {
		t.Errorf("%s: got %d repeated rows, want its head", tb.ID, got.heads)
	}
	for k, r := range tb.Rows {
		var want, have []string
		for j, c := range r.Cells {
			if slices.ContainsFunc(tb.Rows, func(r document.Row) bool { return r.Cells[j].String() != "" }) {
				want = append(want, printed(c))
			}
		}
		for _, s := range got.rows[k+1] {
			have = append(have, tight(s))
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s row %d (-document +letter):\n%s", tb.ID, k+1, diff)
		}
	}
	return len(tb.Rows)
}

func TestLetterHasThePageOfGB9704(t *testing.T) {
	l := read(t, letterOf(t, build(t, sample(t))))
	if len(l.sections) == 0 {
		t.Fatal("no page is set up")
	}
	s := l.sections[len(l.sections)-1]
	twips := func(name string) float64 {
		n, err := strconv.ParseFloat(s[name], 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	for name, mm := range map[string]float64{"w": 210, "h": 297, "top": 37, "bottom": 35, "left": 28, "right": 26} {
		if got := twips(name) / 1440 * 25.4; math.Abs(got-mm) > 0.02 {
			t.Errorf("%s: got %.3f mm, want %v", name, got, mm)
		}
	}
	height := twips("h") - twips("top") - twips("bottom")
	if n := int(height / twips("linePitch")); n != 22 {
		t.Errorf("got %d lines a page, want 22", n)
	}
	styles := l.parts["word/styles.xml"]
	const closer = 5 // twips, in the style of the text
	if !strings.Contains(styles, `<w:spacing w:val="-5"/>`) || !strings.Contains(styles, `<w:sz w:val="32"/>`) {
		t.Error("the text has other characters than those counted here")
	}
	if n := int((twips("w") - twips("left") - twips("right")) / (16*20 - closer)); n != 28 {
		t.Errorf("got %d characters a line, want 28", n)
	}
	for _, face := range []string{"方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"} {
		if !strings.Contains(styles, face) || !strings.Contains(l.parts["word/fontTable.xml"], `w:name="`+face+`"><w:altName`) {
			t.Errorf("%s is not used, or nothing stands in for it", face)
		}
	}
	for part, side := range map[string]string{"word/odd.xml": "right", "word/even.xml": "left"} {
		if foot := l.parts[part]; !strings.Contains(foot, `<w:jc w:val="`+side+`"/>`) || strings.Count(foot, "—") != 2 || !strings.Contains(foot, " PAGE ") {
			t.Errorf("%s: want — 1 — at the %s", part, side)
		}
	}
	if !strings.Contains(l.parts["word/settings.xml"], "<w:evenAndOddHeaders/>") {
		t.Error("odd and even pages are alike")
	}
}

func TestEveryAppendixBeginsAPage(t *testing.T) {
	d := build(t, sample(t))
	body := read(t, letterOf(t, d)).parts["word/document.xml"]
	want := 0
	for i := range d.Sections {
		if d.Sections[i].Appendix {
			want++
		}
	}
	if got := strings.Count(body, `<w:pStyle w:val="AppendixMark"/>`); got != want || want == 0 {
		t.Errorf("got %d appendices, want %d", got, want)
	}
	if i := strings.Index(read(t, letterOf(t, d)).parts["word/styles.xml"], `w:styleId="AppendixMark"`); i < 0 || !strings.Contains(read(t, letterOf(t, d)).parts["word/styles.xml"][i:i+300], "<w:pageBreakBefore/>") {
		t.Error("an appendix does not begin a page")
	}
}

func TestEveryPageOfALetterSaysWhatItsFiguresAre(t *testing.T) {
	in := small()
	head := read(t, letterOf(t, build(t, in))).parts["word/header.xml"]
	for _, want := range []string{"测试数据　不得作为统计资料使用", "截至期 2026年9月", "报送率 80.0%", "运行号 run-1", "日志链头 headhash"} {
		if !strings.Contains(head, want) {
			t.Errorf("the head of the page does not say %s", want)
		}
	}
	in.TestData = false
	for name, part := range read(t, letterOf(t, build(t, in))).parts {
		if strings.Contains(part, "测试数据") {
			t.Errorf("%s marks real data as test data", name)
		}
	}
}

func TestLampsOfALetterReadInBlackAndWhite(t *testing.T) {
	body := read(t, letterOf(t, build(t, sample(t)))).parts["word/document.xml"]
	for _, class := range []string{"red", "yellow", "green", "blue", "grey"} {
		word := map[string]string{"red": "▲红", "yellow": "◆黄", "green": "●绿", "blue": "★蓝", "grey": "○灰"}[class]
		colour := strings.TrimPrefix(document.TintOf(class).Ink, "#")
		if !strings.Contains(body, word+"</w:t>") || !strings.Contains(body, `<w:color w:val="`+colour+`"/>`) {
			t.Errorf("%s: want %s in %s", class, word, colour)
		}
	}
}

func TestHostileNamesStayTextInALetter(t *testing.T) {
	l := read(t, letterOf(t, build(t, poisoned())))
	body := l.parts["word/document.xml"]
	for _, never := range []string{"<script", "\u202e", "\x00", "instrText", "fldSimple", "altChunk", `TargetMode="External"`} {
		for name, part := range l.parts {
			if name != "word/odd.xml" && name != "word/even.xml" && strings.Contains(part, never) { // the feet have the page's number
				t.Errorf("%s has %q", name, never)
			}
		}
	}
	if !strings.Contains(body, "&lt;script&gt;alert(1)") {
		t.Error("the name is not shown as text")
	}
}

// Whatever a text holds, the package stays well-formed and the text one paragraph.
func TestAnyTextMakesAWellFormedLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text") + string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes"))
		d := &document.Document{Title: s, Period: s, TestData: true, Head: []document.Fact{{Label: "截至期", Cell: document.Cell{Text: s}}}, Sections: []document.Section{{
			ID: s, Title: "甲", Blocks: []document.Block{
				{Paragraph: &document.Paragraph{Lead: s, Runs: []document.Run{{Text: s, Link: s}}}},
				{Table: &document.Table{ID: s, Caption: "乙" + s, Columns: []document.Column{{Title: s}}, Rows: []document.Row{{ID: s, Cells: []document.Cell{{Text: "丙" + s, Link: s}}}}}},
			},
		}}}
		var b bytes.Buffer
		if err := docx.Write(&b, d); err != nil {
			t.Fatalf("write: %v", err)
		}
		l := read(t, b.Bytes())
		for _, tb := range l.tables {
			if strings.HasPrefix(tb.title, "乙") && len(tb.rows) == 2 && len(tb.rows[1]) == 1 && strings.HasPrefix(tb.rows[1][0], "丙") {
				return
			}
		}
		t.Fatalf("the table is not there: %v", l.tables)
	})
}

func TestAWideTableTurnsThePage(t *testing.T) {
	tb := &document.Table{ID: "wide", Caption: "宽表"}
	row := document.Row{}
	for i := range 16 {
		tb.Columns = append(tb.Columns, document.Column{Title: fmt.Sprintf("第%d列", i+1), Align: document.Right})
		row.Cells = append(row.Cells, document.Cell{Text: "123456.78"})
	}
	tb.Rows = []document.Row{row, row}
	d := &document.Document{Title: "甲", Sections: []document.Section{
		{Number: "一", Title: "乙", Blocks: []document.Block{{Table: tb}}}, {Number: "二", Title: "丙"},
	}}
	l := read(t, letterOf(t, d))
	var got []string
	for _, s := range l.sections {
		got = append(got, s["w"]+"×"+s["h"]+" "+s["orient"]+" head "+s["top"])
	}
	want := []string{"11906×16838  head 2098", "16838×11906 landscape head 1587", "11906×16838  head 2098"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestEqualInputsMakeEqualLetters(t *testing.T) {
	first := letterOf(t, build(t, sample(t)))
	for range 2 {
		if !bytes.Equal(letterOf(t, build(t, sample(t))), first) {
			t.Fatal("the letter differs from run to run")
		}
	}
}

func TestNoLetterOfNothing(t *testing.T) {
	var b bytes.Buffer
	for _, d := range []*document.Document{nil, {}} {
		if err := docx.Write(&b, d); err == nil || b.Len() > 0 {
			t.Errorf("got %d bytes and error %v", b.Len(), err)
		}
	}
}

func TestLibreOfficeOpensTheLetter(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must have LibreOffice: soffice is not on PATH")
		}
		t.Skip("LibreOffice (soffice) is not installed: the 公文 is not opened by another program here")
	}
	d := build(t, sample(t))
	dir := t.TempDir()
	file := filepath.Join(dir, "report.docx")
	if err := os.WriteFile(file, letterOf(t, d), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"pdf", "txt:Text (encoded):UTF8"} {
		cmd := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
			"--convert-to", to, "--outdir", dir, file)
		cmd.WaitDelay = 10 * time.Second
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("soffice: %v\n%s", err, out)
		}
	}
	pdf, err := os.ReadFile(filepath.Join(dir, "report.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if pages := bytes.Count(pdf, []byte("/Type/Page/")); pages < 20 || pages > 90 {
		t.Errorf("got %d pages, want a report", pages)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all := tight(string(text))
	n := 0
	for _, p := range read(t, letterOf(t, d)).paragraphs {
		if p = tight(p); p == "" {
			continue
		}
		n++
		if !strings.Contains(all, p) {
			t.Errorf("LibreOffice does not show %q", p)
		}
	}
	if n < 2000 {
		t.Errorf("compared %d paragraphs, want many", n)
	}
}
