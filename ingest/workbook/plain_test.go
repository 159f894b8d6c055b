package workbook

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/finding"
)

const sheetHead = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`

// alike is a row of the form in which a table repeats it.
func alike(n int) string {
	return fmt.Sprintf(`<row r="%d" spans="1:5" ht="15"><c r="A%[1]d" s="1"><v>4%[1]d</v></c><c r="B%[1]d" t="s"><v>0</v></c><c r="Z%[1]d"><v>-%[1]d.25</v></c><c r="AA%[1]d" s="2"/><c r="XFD%[1]d" s="2" t="n"><v>0.1</v></c></row>`, n)
}

func TestRowsAlikeAreReadWithoutTheGeneralReader(t *testing.T) {
	x := &xmlReader{def: mainSpace, unbound: mainSpace, last: true, lim: &Limits{Token: 1 << 20, Depth: 9}}
	lim := DefaultLimits()
	lim.Cols = MaxCol
	s := &sheetReader{
		packageReader: &packageReader{reader: &reader{lim: lim}, styles: make([]style, 3), texts: table{"甲", []uint32{3}}, book: &Book{}},
		x:             x, sheet: &Sheet{},
	}
	x.buf = []byte(sheetHead + alike(9) + alike(10) + alike(11) + alike(99) + alike(100) + `</sheetData></worksheet>` + strings.Repeat(" ", reachLike))
	for range 3 { // to the first row
		x.next()
	}
	s.learnRow()
	s.startRow(9)
	s.plainCells()
	if s.rows != 5 || len(s.sheet.Cells) != 25 || !bytes.HasPrefix(x.buf[x.pos:], []byte("</row></sheetData>")) {
		t.Fatalf("%d rows, %d cells, stopped at %.40q", s.rows, len(s.sheet.Cells), x.buf[x.pos:])
	}
	x.pos = bytes.LastIndex(x.buf, []byte(`<c r="A100"`))
	s.startRow(100)
	for _, want := range []bool{true, true, true, false} { // the blank has no value
		if got := s.likeLast(); got != want {
			t.Errorf("likeLast is %v at %.30q", got, x.buf[x.pos:])
		}
	}
}

// TestShortAndGeneralWaysAgreeOnTablesGoneWrong takes rows that are alike and
// changes some of their bytes: each way must find the same cells, or the same
// wrong, and windows that end anywhere must change nothing.
func TestShortAndGeneralWaysAgreeOnTablesGoneWrong(t *testing.T) {
	scraps := []string{"", " ", "0", "9", "A", "<", ">", `"`, "/", "</row>", "<row>", `<row r="3">`, "</c>", "<v>", "</v>", `t="s"`, `s="1"`, `s="9"`, "e5", "1e400", "12345678901234567890123456", "\x00", "&lt;", "_x0000_", "中", "<!---->", ` xmlns="x"`, ` hidden="1"`, `<c r="AB2"/>`}
	rapid.Check(t, func(t *rapid.T) {
		var rows strings.Builder
		at := 0
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			at += rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2, 90, 99_000}).Draw(t, "step")
			rows.WriteString(alike(at))
		}
		part := []byte(sheetHead + rows.String() + `</sheetData></worksheet>`)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i := rapid.IntRange(len(sheetHead), len(part)-1).Draw(t, "at")
			j := min(i+rapid.IntRange(0, 4).Draw(t, "cut"), len(part))
			scrap := rapid.SampledFrom(scraps).Draw(t, "scrap")
			part = append(append(append([]byte(nil), part[:i]...), scrap...), part[j:]...)
		}
		lim := DefaultLimits()
		lim.Cols, lim.Rows = rapid.SampledFrom([]int{26, MaxCol}).Draw(t, "cols"), 100
		read := func(slow bool, most int) (*Sheet, finding.List) {
			r := &reader{lim: lim, slow: slow}
			p := &packageReader{reader: r, styles: []style{{}, {class: DateTime}, {class: Percent, digits: 1}}, texts: table{"甲", []uint32{3}}, book: &Book{}}
			x := &xmlReader{lim: &p.lim, unbound: mainSpace, def: mainSpace}
			rest := part
			x.more = func(tail []byte) ([]byte, bool, *finding.Finding) {
				n := min(most, len(rest))
				win := append(append([]byte(nil), tail...), rest[:n]...)
				rest = rest[n:]
				return win, len(rest) == 0, nil
			}
			s := &sheetReader{packageReader: p, x: x, sheet: &Sheet{}, size: int64(len(part))}
			_ = x.enter(mainSpace, "worksheet") && s.worksheet() && x.next() == ended
			if x.err != nil {
				p.finds = append(p.finds, *x.err)
			}
			return s.sheet, p.finds
		}
		want, wrong := read(true, len(part))
		got, found := read(false, rapid.SampledFrom([]int{1 << 20, 50, 200, 7}).Draw(t, "window"))
		if diff := cmp.Diff(wrong, found); diff != "" {
			t.Fatalf("%s\n%s", part, diff)
		}
		if diff := cmp.Diff(want, got); diff != "" && !found.Refused() {
			t.Fatalf("%s\n%s", part, diff)
		}
	})
}

func TestDatesThatAreRememberedStayTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SliceOfN(rapid.Float64Range(0, 3_000_000), 1, 40).Draw(t, "serials")
		for _, day := range few {
			few = append(few, float64(int(day)), float64(int(day))+2048, day+0.5)
		}
		r := &reader{lim: DefaultLimits(), cells: longTable + 1}
		s := &sheetReader{packageReader: &packageReader{reader: r, book: &Book{}}}
		for range 3 {
			for _, serial := range few {
				got := Cell{Kind: Number, Text: "raw", Number: serial}
				s.date(&got)
				want := Cell{Kind: Number, Text: "raw", Number: serial}
				if at, ok := serialTime(serial, false); ok {
					want.Kind, want.Text = Date, at.Format(clock)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	})
}
