package workbook

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/finding"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Internal, because these laws are about the two ways through a sheet and about
// grammars that have no door of their own.

func packedSheet(t testing.TB, sheetXML, sst []byte) []byte {
	const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relations := func(triples ...string) []byte {
		s := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
		for i := 0; i < len(triples); i += 2 {
			s += fmt.Sprintf(`<Relationship Id="r%d" Type="%s/%s" Target="%s"/>`, i/2, rel, triples[i], triples[i+1])
		}
		return []byte(s + `</Relationships>`)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range []struct {
		name string
		data []byte
	}{
		{"[Content_Types].xml", []byte(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`)},
		{"_rels/.rels", relations("officeDocument", "wb.xml")},
		{"wb.xml", []byte(`<workbook xmlns="` + main + `" xmlns:r="` + rel + `"><sheets><sheet name="s" r:id="r0"/></sheets></workbook>`)},
		{"_rels/wb.xml.rels", relations("worksheet", "s.xml", "sharedStrings", "t.xml", "styles", "st.xml")},
		{"s.xml", sheetXML},
		{"t.xml", sst},
		{"st.xml", []byte(`<styleSheet xmlns="` + main + `"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>`)},
	} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(f, bytes.NewReader(p.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzSheetXML holds the short way against the general reader: they must find
// the same cells, or the same wrong.
func FuzzSheetXML(f *testing.F) {
	const head, tail = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`
	const strs = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>a</t></si><si><t xml:space="preserve"> b_x000D_</t></si><si><r><t>c</t></r></si></sst>`
	for _, rows := range []string{
		`<row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c><c r="B1" s="2"><v>12.5</v></c><c r="C1" s="1"/></row>`,
		`<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>3</v></c><c r="B1" t="str"><f>T(1)</f><v>x</v></c><c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#N/A</v></c></row>`,
		`<row r="1"><c r="A1"><v>1e400</v></c><c r="B1"><v></v></c><c r="C1" t="n"><v> 1 </v></c></row>`,
		`<row><c><v>1</v></c><c r="A1"><v>1</v></c></row><row r="1"/>`,
		`<row r="2"><c r="A1"><v>1</v></c></row>`,
		`<row r="1"><c r="A1" s="1"><v>45000.5</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c><c r="C1"><f t="shared" si="0">A1</f></c><c r="D1"><f t="shared" si="0"/></c></row>`,
		alike(1) + alike(2) + alike(3) + strings.Replace(alike(4), "-4.25", "x", 1),
		alike(8) + alike(9) + alike(10) + alike(10),
		`<row r="1"><c r="A00000000000000000000000000000000000000000000001"><v>1</v></c></row>`,
		`<row r="1"><c r="A1" s="3"><v>1</v></c><c r="B1" s="0000001"><v>00012345678901234567890.5</v></c></row>`,
	} {
		f.Add([]byte(head+rows+tail), []byte(strs))
	}
	f.Fuzz(func(t *testing.T, sheetXML, sst []byte) {
		data := packedSheet(t, sheetXML, sst)
		lim := DefaultLimits()
		lim.Cells = 10_000
		quick := &reader{name: "f", lim: lim}
		slow := &reader{name: "f", lim: lim, slow: true}
		a, b := quick.read(inMemory(data)), slow.read(inMemory(data))
		if diff := cmp.Diff(slow.finds, quick.finds); diff != "" {
			t.Fatal(diff)
		}
		if !quick.finds.Refused() {
			if diff := cmp.Diff(b, a); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestTheWindowMayEndAnywhere(t *testing.T) {
	var rows strings.Builder
	for r := 1; r <= 40; r++ {
		fmt.Fprintf(&rows, `<row r="%d" hidden="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d" s="1"><v>4%d.5</v></c><c r='C%d' t="str"><f>A1&amp;"x"</f><v>&lt;中%d&gt;</v></c><!-- 注 --><c r="D%d" s="1" t="n"/></row>`, r, r%2, r, r, r, r, r, r)
	}
	part := `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows.String() + `</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`
	read := func(more func(tail []byte) []byte) *Sheet {
		rest := []byte(part)
		p := &packageReader{reader: &reader{lim: DefaultLimits()}, styles: make([]style, 2), texts: table{"甲", []uint32{3}}, book: &Book{}}
		x := &xmlReader{lim: &p.lim, unbound: mainSpace, def: mainSpace, last: more == nil}
		if more == nil {
			x.buf = rest
		} else {
			x.more = func(tail []byte) ([]byte, bool, *finding.Finding) {
				win := more(append([]byte(nil), tail...))
				return win, len(win) > 0 && strings.HasSuffix(part, string(win)), nil
			}
		}
		s := &sheetReader{packageReader: p, x: x, sheet: &Sheet{}, size: int64(len(part))}
		if !x.enter(mainSpace, "worksheet") || !s.worksheet() || x.next() != ended {
			t.Fatalf("%v %v", x.err, p.finds)
		}
		return s.sheet
	}
	want := read(nil)
	if len(want.Cells) != 160 {
		t.Fatalf("%d cells", len(want.Cells))
	}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{1, 7, 60, 400}).Draw(t, "most")
		at := 0
		got := read(func(tail []byte) []byte {
			n := min(rapid.IntRange(1, most).Draw(t, "n"), len(part)-at)
			at += n
			return append(tail, part[at-n:at]...)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTheShortWayIsTaken(t *testing.T) {
	x := &xmlReader{def: mainSpace, last: true, lim: &Limits{Token: 1 << 20}}
	x.buf = []byte(`<c r="A1" s="1"/><c r="B1" t="s"><v>0</v></c><c r="C1"><f>A1</f><v>1.5</v></c><c r="D1" t="str"><v>中</v></c><c r="E1" t="b" s="0"><v>1</v></c><c r="F1" s="1" /></row></sheetData></worksheet>` + strings.Repeat(" ", 64))
	s := &sheetReader{
		packageReader: &packageReader{reader: &reader{lim: DefaultLimits()}, styles: make([]style, 2), texts: table{"甲", []uint32{3}}, book: &Book{}},
		x:             x, sheet: &Sheet{}, at: Ref{Row: 1},
	}
	s.plainCells()
	if len(s.sheet.Cells) != 6 || !bytes.HasPrefix(x.buf[x.pos:], []byte("</row>")) {
		t.Errorf("%d cells, stopped at %.20q", len(s.sheet.Cells), x.buf[x.pos:])
	}
}

func FuzzFormatCode(f *testing.F) {
	for _, s := range []string{"General", "0.00", "#,##0.00_ ", "0.0%", "yyyy\"年\"m\"月\"", "[$-804]yyyy/m/d", "[h]:mm", "0.00E+00", "@", "¥#,##0.00", `\`, `"`, "[", "G/通用格式", ";;;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		class, digits := classify(code)
		if class > TextFormat || int(digits) > len(code) {
			t.Fatalf("%q: %v with %d digits", code, class, digits)
		}
		again, more := classify(code + ";")
		if again != class || more != digits {
			if !strings.ContainsAny(code, "\"[\\_*") { // an open quote takes the semicolon in
				t.Fatalf("%q: an empty second section changes %v to %v", code, class, again)
			}
		}
	})
}

func TestFormatCodesShowTheirClass(t *testing.T) {
	for code, want := range map[string]style{
		"General": {General, 0}, "G/通用格式": {General, 0}, "": {General, 0},
		"0": {Decimal, 0}, "0.00": {Decimal, 2}, "#,##0.0_ ": {Decimal, 1}, "0.00_);[Red]\\(0.00\\)": {Decimal, 2}, "0.0\"万元\"": {Decimal, 1},
		"_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ": {Decimal, 2}, "[>100]0.0;0.00": {Decimal, 1}, "# ?/?": {Decimal, 0},
		"0.0%": {Percent, 1}, "0%": {Percent, 0}, "0.00E+00": {Scientific, 2}, "##0.0E+0": {Scientific, 1}, "0e-0": {Scientific, 0},
		"¥#,##0.00": {Currency, 2}, "\"￥\"#,##0": {Currency, 0}, "[$¥-804]#,##0.0": {Currency, 1}, "$0.00": {Currency, 2}, "\\¥0.0": {Currency, 1},
		"yyyy-mm-dd": {DateTime, 0}, "yyyy\"年\"m\"月\"d\"日\"": {DateTime, 0}, "[$-804]aaaa": {DateTime, 0}, "[h]:mm:ss": {DateTime, 0}, "mm:ss.0": {DateTime, 0},
		"[DBNum1][$-804]yyyy\"年\"": {DateTime, 0}, "[$-404]e/m/d": {DateTime, 0}, "h:mm AM/PM": {DateTime, 0}, "上午/下午h\"时\"mm\"分\"": {DateTime, 0},
		"@": {TextFormat, 0}, "\"d\"0": {Decimal, 0}, "\\d0.0": {Decimal, 1}, "[Red]0": {Decimal, 0}, "[$-804]0.0": {Decimal, 1},
	} {
		if class, digits := classify(code); class != want.class || digits != want.digits {
			t.Errorf("%s: got %v %d, want %v %d", code, class, digits, want.class, want.digits)
		}
	}
	for id, want := range map[int]style{0: {General, 0}, 2: {Decimal, 2}, 9: {Percent, 0}, 10: {Percent, 2}, 14: {DateTime, 0}, 27: {DateTime, 0}, 31: {DateTime, 0}, 36: {DateTime, 0}, 44: {Currency, 2}, 48: {Scientific, 1}, 49: {TextFormat, 0}, 50: {DateTime, 0}, 58: {DateTime, 0}, 59: {General, 0}} {
		if got := builtin(id); got != want {
			t.Errorf("builtin %d: got %v, want %v", id, got, want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "12.50", "1e22", "1e23", "9007199254740993", "0.1", ".5", "5.", "1e400", "0e-400", "00000000000000000000001", "1E+3", "+1", "--1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseNumber(s)
		want, err := strconv.ParseFloat(s, 64)
		if !ok {
			return
		}
		if err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: got %v, strconv %v %v", s, got, want, err)
		}
	})
}

func TestNumbersAreRoundedAsStrconvRoundsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		got, ok := parseNumber(s)
		want, err := strconv.ParseFloat(s, 64)
		if !ok || err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: got %v %v, want %v %v", s, got, ok, want, err)
		}
	})
}

func TestSerialsAndTimesAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from1904 := rapid.Bool().Draw(t, "1904")
		serial := float64(rapid.IntRange(0, 2_900_000).Draw(t, "day")) + float64(rapid.IntRange(0, 86399).Draw(t, "second"))/86400
		at, ok := serialTime(serial, from1904)
		if !ok {
			if int(serial) != 60 {
				t.Fatalf("serial %v has no time", serial)
			}
			return
		}
		if back := timeSerial(at, from1904); math.Abs(back-serial) > 1e-8 {
			t.Fatalf("%v → %v → %v", serial, at, back)
		}
		if got := string(appendTime(nil, at)); got != at.Format(clock) {
			t.Fatalf("%s printed as %s", at.Format(clock), got)
		}
	})
	if at, _ := serialTime(61, false); !at.Equal(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("serial 61 is %v", at)
	}
}

func TestShiftingAFormulaMovesOnlyItsRelativeReferences(t *testing.T) {
	for f, want := range map[string]string{
		"A1+B$2+$C3+$D$4":        "C4+D$2+$C6+$D$4",
		"SUM(A1:B2)":             "SUM(C4:D5)",
		"LOG10(A1)+ATAN2(A1,B1)": "LOG10(C4)+ATAN2(C4,D4)",
		`"A1"&A1&"""A1"""`:       `"A1"&C4&"""A1"""`,
		"'A1'!A1+Sheet1!B2":      "'A1'!C4+Sheet1!D5",
		"A:A+$B:C+1:1+$2:3":      "C:C+$B:E+4:4+$2:6",
		"表1[[#This Row],[A1]]":   "表1[[#This Row],[A1]]",
		"[1]Sheet1!A1":           "[1]Sheet1!C4",
		"Q1_合计+A1B+1E5+2.5E+3":   "Q1_合计+A1B+1E5+2.5E+3",
		"XFD1":                   "#REF!",
		"A1048576":               "#REF!",
		"IF(A1>=1,TRUE,A1%)":     "IF(C4>=1,TRUE,C4%)",
		"Sheet1:Sheet3!A1":       "Sheet1:Sheet3!C4",
		"A1:INDEX(B1:B9,2)":      "C4:INDEX(D4:D12,2)",
		"'":                      "'",
		`"`:                      `"`,
		"[":                      "[",
	} {
		if got := string(shift(nil, f, 2, 3)); got != want {
			t.Errorf("%s: got %s, want %s", f, got, want)
		}
	}
	if got := string(shift(nil, "C4", -2, -3)); got != "A1" {
		t.Errorf("back: %s", got)
	}
}

func FuzzShift(f *testing.F) {
	for _, s := range []string{"A1+$B$2", "SUM(A:A,1:1)", "'x'!A1", `"a"`, "表[[#All],[列]]", "A1:", ":A1", "$", "$$A$1"} {
		f.Add(s, 1, 1)
	}
	f.Fuzz(func(t *testing.T, s string, cols, rows int) {
		cols, rows = cols%MaxCol, rows%MaxRow
		if got := string(shift(nil, s, 0, 0)); !strings.EqualFold(got, s) && !strings.Contains(got, "#REF!") {
			t.Fatalf("%q not shifted is %q", s, got)
		}
		if got := shift(nil, s, cols, rows); len(got) > 8*len(s)+16 {
			t.Fatalf("%q grew to %d bytes", s, len(got))
		}
	})
}
