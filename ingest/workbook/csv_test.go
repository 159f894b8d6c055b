package workbook_test

import (
	"strings"
	"testing"

	"zhibiao/ingest/workbook"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func gb(t testing.TB, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(b)
}

func TestDelimitedTextIsReadInEveryEncodingAndDelimiter(t *testing.T) {
	const table = "指标,本期,上年同期\r\n地区生产总值,\"1,234.5\",12.50\n\n\"其中：\"\"工业\"\"\n增加值\",,-3\r\n"
	want := map[string]string{
		"A1": "指标", "B1": "本期", "C1": "上年同期",
		"A2": "地区生产总值", "B2": "1,234.5", "C2": "12.50",
		"A4": "其中：\"工业\"\n增加值", "C4": "-3",
	}
	tabbed := strings.NewReplacer("指标,本期,上", "指标\t本期\t上", "总值,", "总值\t", `",12`, "\"\t12", ",,", "\t\t").Replace(table)
	for name, data := range map[string][]byte{
		"UTF-8":            []byte(table),
		"UTF-8 with mark":  []byte("\uFEFF" + table),
		"GB18030":          gb(t, table),
		"UTF-16 LE":        []byte(wide(table, false)),
		"UTF-16 BE":        []byte(wide(table, true)),
		"tabs":             []byte(tabbed),
		"tabs in UTF-16":   []byte(wide(tabbed, false)),
		"tabs in GB18030":  gb(t, tabbed),
		"no last line end": []byte(strings.TrimSuffix(table, "\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			if got := workbook.Sniff(data); got != workbook.CSV {
				t.Fatalf("Sniff says %s", got)
			}
			b := open(t, data)
			s := b.Sheet("数据")
			if b.Format != workbook.CSV || s == nil {
				t.Fatalf("book %+v", b)
			}
			if diff := cmp.Diff(want, ours(s)); diff != "" {
				t.Error(diff)
			}
			if c := s.Cell(workbook.Ref{Col: 3, Row: 2}); c.Kind != workbook.Number || c.Number != 12.5 {
				t.Errorf("C2 is %+v", c)
			}
		})
	}
}

func TestOnlyPlainDigitsAreANumberInText(t *testing.T) {
	for field, want := range map[string]workbook.Kind{
		"12": workbook.Number, "-12.50": workbook.Number, "0": workbook.Number, "007": workbook.Number,
		"1,234": workbook.Text, "+1": workbook.Text, "1e5": workbook.Text, "1.": workbook.Text, ".5": workbook.Text, "-": workbook.Text,
		"１２": workbook.Text, "18%": workbook.Text, " 5": workbook.Text, "NaN": workbook.Text, "0x1F": workbook.Text, "—": workbook.Text, "…": workbook.Text,
	} {
		b := open(t, []byte("甲;\""+field+"\"\n"))
		if got := b.Sheets[0].Cells[1]; got.Kind != want || got.Text != field {
			t.Errorf("%q: got %s %q, want %s", field, got.Kind, got.Text, want)
		}
	}
}

func TestLinesOfAnOldMacAreRows(t *testing.T) {
	got := ours(open(t, []byte("甲,乙\r1,2\r\"3\",4")).Sheets[0])
	if diff := cmp.Diff(map[string]string{"A1": "甲", "B1": "乙", "A2": "1", "B2": "2", "A3": "3", "B3": "4"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnOldCodeOfTheWideSpaceIsRead(t *testing.T) {
	if got := open(t, append(gb(t, "甲,乙"), 0xA3, 0xA0)).Sheets[0].Cells[1].Text; got != "乙　" {
		t.Errorf("got %q", got)
	}
}

func TestMalformedTextIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		rule string
		line int
		cell string
	}{
		"bad GB18030":           {append(gb(t, "甲,乙\n丙,"), 0xFF, '\n'), "csv-encoding", 2, ""},
		"half a character":      {append(gb(t, "甲,乙\n丙,"), 0xD6), "csv-encoding", 2, ""},
		"bad UTF-8 after mark":  {[]byte("\uFEFF甲,乙\n\xd6\xd0,"), "csv-encoding", 2, ""},
		"lone surrogate":        {[]byte(wide("甲,乙\n", false) + "\x00\xd8a\x00"), "csv-encoding", 1, ""},
		"lost character":        {[]byte("甲,乙\n丙,\uFFFD\n"), "csv-encoding", 2, ""},
		"quote in a field":      {[]byte("甲,乙\n丙,3\"4\n"), "csv-quote", 2, "B2"},
		"quote without end":     {[]byte("甲,乙\n\n丙,\"3\n"), "csv-quote", 3, "B3"},
		"more behind the quote": {[]byte("甲,乙\n\"丙\"3,4\n"), "csv-quote", 2, "A2"},
		"control character":     {[]byte("甲,乙\n丙,a\x07b\n"), "csv-character", 2, "B2"},
		"too many columns":      {[]byte("甲,乙\n" + strings.Repeat(",", 1024) + "1\n"), "sheet-cap", 2, "AMK2"},
		"too many rows":         {[]byte(strings.Repeat("1,2\n", 200_001)), "sheet-cap", 200_001, "A200001"},
		"number too long":       {[]byte("甲,乙\n丙," + strings.Repeat("9", 500) + "\n"), "sheet-cell", 2, "B2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := refused(t, c.data)[0]
			if f.Rule != c.rule || f.Place.Line != c.line || f.Place.Cell != c.cell {
				t.Errorf("got %v", f)
			}
		})
	}
}

func TestAFileOverItsCapIsRefusedBeforeItIsRead(t *testing.T) {
	lim := workbook.DefaultLimits()
	lim.File = 100
	if _, finds := workbook.Open("x.csv", make([]byte, 101), lim); finds[0].Rule != "package-size" {
		t.Errorf("got %v", finds)
	}
}
