package workbook_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/ingest/workbook"
)

// texts is the cells of the first sheet as “kind text” by reference.
func texts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range open(t, data).Sheets[0].Cells {
		all[c.Ref.String()] = c.Kind.String() + " " + c.Text
	}
	return all
}

func TestOldCellsAreTypedLikeNewOnes(t *testing.T) {
	data := oneSheet(
		rec(0xFD, uint16(0), uint16(0), uint16(0), uint32(1)),
		rec(0x203, uint16(0), uint16(1), uint16(1), 12.5),
		rec(0x27E, uint16(0), uint16(2), uint16(3), uint32(1234<<2|3)), // 12.34
		rec(0x27E, uint16(0), uint16(3), uint16(0), uint32(0xFFFFFFFE)),
		rec(0x27E, uint16(0), uint16(4), uint16(0), uint32(math.Float64bits(1.5)>>32)),
		rec(0x27E, uint16(0), uint16(5), uint16(0), uint32(math.Float64bits(150)>>32|1)),
		rec(0xBD, uint16(1), uint16(0), uint16(2), uint32(46082<<2|2), uint16(0), uint32(7<<2|2), uint16(1)),
		rec(0xBE, uint16(2), uint16(1), uint16(1), uint16(2), uint16(2)),
		rec(0x201, uint16(3), uint16(0), uint16(1)),
		rec(0x205, uint16(4), uint16(0), uint16(0), byte(1), byte(0)),
		rec(0x205, uint16(4), uint16(1), uint16(0), byte(7), byte(1)),
		rec(0x204, uint16(5), uint16(0), uint16(0), long("标签")),
		rec(0xD6, uint16(5), uint16(1), uint16(0), long("格式"), uint16(1), uint16(0), uint16(0)),
		rec(0x203, uint16(6), uint16(0), uint16(0), math.Nextafter(0.3, 1)),
		rec(0x203, uint16(6), uint16(1), uint16(0), 1e300),
	)
	want := map[string]string{
		"A1": "text 乙", "B1": "number 12.5", "C1": "number 12.34", "D1": "number -1", "E1": "number 1.5", "F1": "number 1.5",
		"A2": "date 2026-03-01 00:00:00", "B2": "number 7", "B3": "blank ", "C3": "blank ", "A4": "blank ",
		"A5": "bool TRUE", "B5": "error #DIV/0!", "A6": "text 标签", "B6": "text 格式",
		"A7": "number 0.30000000000000004", "B7": "number 1E+300",
	}
	if diff := cmp.Diff(want, texts(t, data)); diff != "" {
		t.Error(diff)
	}
	s := open(t, data).Sheets[0]
	if c := s.Cell(workbook.Ref{Col: 3, Row: 1}); c.Class != workbook.Percent || c.Digits != 3 || c.Number != 12.34 {
		t.Errorf("percentage %+v", c)
	}
	if c := s.Cell(workbook.Ref{Col: 2, Row: 1}); c.Class != workbook.Decimal || c.Digits != 2 {
		t.Errorf("decimal %+v", c)
	}
}

func TestSharedStringsGoOnInContinueRecords(t *testing.T) {
	put := binary.LittleEndian
	count := func(n uint32) []byte { return put.AppendUint32(put.AppendUint32(nil, n), n) }
	latin := func(n int) []byte { return []byte{byte(n), byte(n >> 8), 0} }
	for name, c := range map[string]struct {
		records []byte
		want    []string
	}{
		"narrow goes on wide": {
			join(rec(0xFC, count(2), latin(4), "ab"), rec(0x3C, byte(1), u16("中文"), latin(1), "z")),
			[]string{"ab中文", "z"},
		},
		"wide goes on narrow": {
			join(rec(0xFC, count(1), uint16(4), byte(1), u16("中文")), rec(0x3C, byte(0), "ab")),
			[]string{"中文ab"},
		},
		"a pair is split": {
			join(rec(0xFC, count(1), uint16(4), byte(1), u16("中😀")[:4]), rec(0x3C, byte(1), u16("中😀")[4:], u16("x"))),
			[]string{"中😀x"},
		},
		"three records": {
			join(rec(0xFC, count(1), uint16(3), byte(1), u16("一")), rec(0x3C, byte(1), u16("二")), rec(0x3C, byte(1), u16("三"))),
			[]string{"一二三"},
		},
		"the end of a text is the end of a record": {
			join(rec(0xFC, count(2), latin(2), "ab"), rec(0x3C, latin(1), "z")),
			[]string{"ab", "z"},
		},
		"a header is split": {
			join(rec(0xFC, count(2), latin(2), "ab", byte(1)), rec(0x3C, byte(0), byte(0), "z")),
			[]string{"ab", "z"},
		},
		"runs and phonetic data are left out": {
			join(rec(0xFC, count(2), uint16(2), byte(1|4|8), uint16(2), uint32(6), u16("重庆"), make([]byte, 5)), rec(0x3C, make([]byte, 3), "phonet", latin(1), "z")),
			[]string{"重庆", "z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var cells [][]byte
			for i := range c.want {
				cells = append(cells, rec(0xFD, uint16(i), uint16(0), uint16(0), uint32(i)))
			}
			b := open(t, xls(biffBook(c.records, tab{"表", 0, join(cells...)})))
			for i, want := range c.want {
				if got := b.Sheets[0].Cells[i].Text; got != want {
					t.Errorf("text %d is %q, want %q", i, got, want)
				}
			}
		})
	}
}

// However texts are cut into records, they read back.
func TestRandomSharedStringsReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return text(t, "text") }), 1, 20).Draw(t, "texts")
		room := rapid.IntRange(1, 60).Draw(t, "room")
		var records []byte
		cur := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 1), uint32(len(want)))
		id := uint16(0xFC)
		cut := func() {
			records = append(records, rec(id, cur)...)
			id, cur = 0x3C, nil
		}
		for _, s := range want {
			chars := u16(s)
			flags := byte(1)
			if !strings.ContainsFunc(s, func(r rune) bool { return r > 0xFF }) && rapid.Bool().Draw(t, "narrow") {
				flags = 0
			}
			runs := rapid.IntRange(0, 2).Draw(t, "runs")
			if runs > 0 {
				flags |= 8
			}
			cur = append(cur, byte(len(chars)/2), byte(len(chars)/2>>8), flags)
			if runs > 0 {
				cur = append(cur, byte(runs), 0)
			}
			for i := 0; i < len(chars); i += 2 {
				if len(cur) >= room {
					cut()
					if chars[i+1] == 0 && flags&1 == 0 {
						cur = append(cur, 0)
					} else {
						flags |= 1
						cur = append(cur, 1)
					}
				}
				if cur = append(cur, chars[i]); flags&1 != 0 {
					cur = append(cur, chars[i+1])
				}
			}
			for range 4 * runs {
				if len(cur) >= room {
					cut()
				}
				cur = append(cur, 0xEE)
			}
			if len(cur) >= room {
				cut()
			}
		}
		cut()
		var cells []byte
		for i := range want {
			cells = append(cells, rec(0xFD, uint16(i), uint16(0), uint16(0), uint32(i))...)
		}
		b, finds := workbook.Open("x.xls", xls(biffBook(records, tab{"表", 0, cells})), workbook.DefaultLimits())
		if b == nil {
			t.Fatal(finds)
		}
		for i := range want {
			if got := b.Sheets[0].Cells[i].Text; got != want[i] {
				t.Fatalf("text %d is %q, want %q", i, got, want[i])
			}
		}
	})
}

func TestOldFormulasHaveTextAndResult(t *testing.T) {
	other := func(kind byte, value byte) []byte { return []byte{kind, 0, value, 0, 0, 0, 0xFF, 0xFF} }
	sum := []byte{0x25, 0, 0, 2, 0, 0, 0xC0, 1, 0xC0, 0x19, 0x10, 0, 0}
	shared := []byte{0x01, 0, 0, 3, 0} // stands with D1
	product := []byte{0x2C, 0, 0, 0xFF, 0xC0, 0x1E, 2, 0, 0x05}
	globals := join(formats(), sst("甲"),
		rec(0x1AE, uint16(2), uint16(0x401)), rec(0x17, uint16(1), uint16(0), uint16(1), uint16(1)),
		rec(0x18, uint16(0), byte(0), byte(7), uint16(7), uint16(0), uint16(0), uint32(0), byte(0), "FORM_ID", byte(0x3A), uint16(0), uint16(1), uint16(1)),
		rec(0x18, uint16(0x21), byte(0), byte(1), uint16(11), uint16(0), uint16(1), uint32(0), byte(0), byte(6), byte(0x3B), uint16(0), uint16(0), uint16(9), uint16(0), uint16(3)),
		rec(0x18, uint16(1), byte(0), byte(13), uint16(0), uint16(0), uint16(0), uint32(0), byte(0), "_xlfn.IFERROR"))
	records := join(
		formulaRec(0, 0, 6.5, sum...),
		formulaRec(0, 1, other(0, 0), 0x23, 1, 0, 0, 0),
		rec(0x207, long("结果")),
		formulaRec(0, 2, other(1, 0), 0x1D, 0),
		formulaRec(0, 3, 4.0, shared...),
		rec(0x4BC, uint16(0), uint16(0), byte(3), byte(4), uint16(2), uint16(len(product)), product),
		formulaRec(0, 4, 8.0, shared...),
		formulaRec(0, 5, other(3, 0), 0x1E, 1, 0, 0x1E, 2, 0, 0x03),
		formulaRec(0, 6, other(3, 0), 0x17, 0, 0),
		formulaRec(0, 7, other(2, 0x2A), 0x1C, 0x2A),
		formulaRec(0, 8, other(0, 0), 0x17, 1, 0, 'x'),
		rec(0x203, uint16(1), uint16(0), uint16(0), 1.0),
		formulaRec(1, 1, 1.0, 0x7F),
		formulaRec(1, 2, 1.0, 0x23, 3, 0, 0, 0, 0x1E, 1, 0, 0x1E, 2, 0, 0x22, 3, 255, 0),
		formulaRec(1, 3, 2.0, 0x3A, 0, 0, 4, 0, 2, 0),
	)
	b := open(t, xls(biffBook(globals, tab{"报表", 0, records}, tab{"附 表", 1, nil})))
	type fact struct {
		Text, Formula string
		NoCache       bool
		Kind          workbook.Kind
	}
	got := map[string]fact{}
	for _, c := range b.Sheets[0].Cells {
		got[c.Ref.String()] = fact{c.Text, c.Formula, c.NoCache, c.Kind}
	}
	want := map[string]fact{
		"A1": {"6.5", "SUM(A1:B3)", false, workbook.Number},
		"B1": {"结果", "FORM_ID", false, workbook.Text},
		"C1": {"FALSE", "FALSE", false, workbook.Bool},
		"D1": {"4", "C1*2", false, workbook.Number},
		"E1": {"8", "D1*2", false, workbook.Number},
		"F1": {"", "1+2", true, workbook.Blank}, // nothing calculated it
		"G1": {"", `""`, false, workbook.Text},
		"H1": {"#N/A", "#N/A", false, workbook.Error},
		"I1": {"", `"x"`, true, workbook.Blank}, // the result is missing
		"A2": {"1", "", false, workbook.Number},
		"B2": {"1", workbook.UnknownFormula, false, workbook.Number},
		"C2": {"1", "IFERROR(1,2)", false, workbook.Number},
		"D2": {"2", "'附 表'!$C$5", false, workbook.Number},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	names := []workbook.Name{
		{Name: "FORM_ID", Refers: "'附 表'!$B$2"},
		{Name: "_xlnm.Print_Area", Refers: "'附 表'!$A$1:$D$10", Hidden: true, Scope: "报表"},
	}
	// The name's own reference is $B$2: both flags clear mean fixed.
	if diff := cmp.Diff(names, b.Names); diff != "" {
		t.Error(diff)
	}
	if !b.Sheets[1].Hidden || b.Sheets[0].Hidden {
		t.Error("hidden sheets are wrong")
	}
}

func TestAnOldSheetsLayoutIsRead(t *testing.T) {
	obj := rec(0x5D, uint16(0x15), uint16(0x12), uint16(0x19), uint16(7), make([]byte, 14))
	b := open(t, xls(biffBook(join(formats(), rec(0x22, uint16(1)), rec(0xD3)),
		tab{"报表", 0, join(
			rec(0x7D, uint16(1), uint16(2), uint16(9), uint16(0), uint16(1), uint16(0)),
			rec(0x208, uint16(4), uint16(0), uint16(1), uint16(255), uint32(0), uint32(0x20)),
			rec(0x203, uint16(0), uint16(0), uint16(2), 0.0),
			// A chart inside the sheet has cells of its own.
			rec(0x809, uint16(0x600), uint16(0x20), make([]byte, 12)), rec(0x203, uint16(0), uint16(5), uint16(0), 99.0), rec(0x0A),
			obj, rec(0x1B6, make([]byte, 10), uint16(2), uint16(8), uint32(0)), rec(0x3C, byte(1), u16("口径")), rec(0x3C, make([]byte, 8)),
			rec(0x1C, uint16(2), uint16(3), uint16(0), uint16(7), long("谁")),
			rec(0xE5, uint16(2), uint16(0), uint16(1), uint16(0), uint16(2), uint16(5), uint16(5), uint16(5), uint16(6)),
			rec(0x1BE, make([]byte, 12)),
		)},
		tab{"图表", 0x200, nil}, tab{"宏表", 0x102, nil},
	)))
	s := b.Sheets[0]
	if len(b.Sheets) != 1 || !b.Macros || !b.Date1904 || !s.Validation {
		t.Errorf("%d sheets, macros %v, 1904 %v, validation %v", len(b.Sheets), b.Macros, b.Date1904, s.Validation)
	}
	if diff := cmp.Diff([]workbook.Range{{From: workbook.Ref{Col: 1, Row: 1}, To: workbook.Ref{Col: 3, Row: 2}}, {From: workbook.Ref{Col: 6, Row: 6}, To: workbook.Ref{Col: 7, Row: 6}}}, s.Merged); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]bool{2: true, 3: true}, s.HiddenCols); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]bool{5: true}, s.HiddenRows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[workbook.Ref]string{{Col: 4, Row: 3}: "口径"}, s.Notes); diff != "" {
		t.Error(diff)
	}
	if len(s.Cells) != 1 || s.Cells[0].Text != "1904-01-01 00:00:00" {
		t.Errorf("cells %+v", s.Cells)
	}
}

func TestOlderBooksAreReadInTheirCodePage(t *testing.T) {
	cells := func(name string) []byte {
		g := gbk(name)
		return join(rec(0x204, uint16(0), uint16(0), uint16(0), uint16(len(g)), g), rec(0x203, uint16(0), uint16(1), uint16(0), 2.5),
			rec(0x1C, uint16(0), uint16(1), uint16(len(gbk("批注"))), gbk("批注")))
	}
	xf := rec(0xE0, uint16(0), uint16(0), make([]byte, 12))
	book := func(codepage uint16, name string) []byte {
		return biffBookOf(0x500, join(rec(0x42, codepage), xf), tab{"报表", 0, cells(name)})
	}
	want := map[string]string{"A1": "text 地区生产总值", "B1": "number 2.5"}
	data := container(streamOf("Book", book(936, "地区生产总值")))
	if diff := cmp.Diff(want, texts(t, data)); diff != "" {
		t.Error(diff)
	}
	b := open(t, data)
	if b.Sheets[0].Name != "报表" || b.Sheets[0].Notes[workbook.Ref{Col: 2, Row: 1}] != "批注" {
		t.Errorf("sheet %q, notes %v", b.Sheets[0].Name, b.Sheets[0].Notes)
	}
	// The bare records that small programs write: no container, no code page.
	bare := join(rec(0x809, uint16(0), uint16(0x10), uint16(0), uint16(0)), cells("地区生产总值"), rec(0x0A))
	if diff := cmp.Diff(want, texts(t, bare)); diff != "" {
		t.Error(diff)
	}
	if finds := refused(t, container(streamOf("Book", book(1251, "地区生产总值")))); !strings.Contains(finds.String(), "编码") {
		t.Error(finds)
	}
}

func TestTheNewerOfTwoBooksInAFileIsRead(t *testing.T) {
	newer := biffBook(formats(), tab{"新", 0, rec(0x203, uint16(0), uint16(0), uint16(0), 1.0)})
	older := biffBookOf(0x500, nil, tab{"旧", 0, nil})
	if b := open(t, container(streamOf("Book", older), streamOf("Workbook", newer))); b.Sheets[0].Name != "新" {
		t.Errorf("read %s", b.Sheets[0].Name)
	}
}

func TestABookOfWPSIsReadAndNamed(t *testing.T) {
	b, finds := workbook.Open("报表.et", container(streamOf("Workbook", biffBook(formats(), tab{"报表", 0, rec(0x203, uint16(0), uint16(0), uint16(0), 1.0)})), streamOf("ETExtData", []byte("x"))), workbook.DefaultLimits())
	if b == nil || b.Format != workbook.ET || finds.Refused() || len(finds) != 1 || finds[0].Rule != "wps-et" {
		t.Errorf("%+v %v", b, finds)
	}
}

func TestCellsOutOfOrderAreSortedAndTwoValuesRefused(t *testing.T) {
	at := func(row, col uint16, v float64) []byte { return rec(0x203, row, col, uint16(0), v) }
	blank := rec(0x201, uint16(0), uint16(1), uint16(1))
	want := map[string]string{"A1": "number 1", "B1": "number 2", "A2": "number 3"}
	if diff := cmp.Diff(want, texts(t, oneSheet(at(1, 0, 3), at(0, 1, 2), blank, at(0, 0, 1)))); diff != "" {
		t.Error(diff)
	}
	finds := refused(t, oneSheet(at(0, 1, 2), at(0, 1, 2)))
	if !strings.Contains(finds.String(), "[报表]!B1") || !strings.Contains(finds.String(), "重复") {
		t.Error(finds)
	}
}

func TestMalformedOldBooksAreRefusedWithAPlace(t *testing.T) {
	good := oneSheet(rec(0x203, uint16(0), uint16(0), uint16(0), 1.0))
	stream := biffBook(join(formats(), sst("甲")), tab{"报表", 0, rec(0x203, uint16(0), uint16(0), uint16(0), 1.0)})
	book := func(globals []byte, records ...[]byte) []byte {
		return xls(biffBook(globals, tab{"报表", 0, join(records...)}))
	}
	from := func(offset uint32, name string) []byte { return rec(0x85, offset, uint16(0), short(name)) }
	overlapping := biffBook(nil, tab{"一", 0, rec(0x203, uint16(0), uint16(0), uint16(0), 1.0)})
	at := uint32(bytes.Index(overlapping, rec(0x809, uint16(0x600), uint16(16))[4:8]) - 4)
	nested := join(rec(0x809, uint16(0x600), uint16(5), make([]byte, 12)), from(0, "一"), from(0, "二"))
	for name, m := range map[string]struct {
		data        []byte
		rule, place string
	}{
		"empty stream":                 {xls([]byte{}), "old-xls", "(Workbook)"},
		"stream of zeros":              {xls(make([]byte, 5000)), "old-xls", "(Workbook)"},
		"Excel 4":                      {join(rec(0x409, uint16(4), uint16(16), uint16(0)), rec(0x0A)), "old-xls", ""},
		"Excel 2":                      {join(rec(0x009, uint16(2), uint16(16)), rec(0x0A)), "old-xls", ""},
		"unknown version":              {xls(biffBookOf(0x700, nil)), "old-xls", "(Workbook)"},
		"password":                     {book(rec(0x2F, make([]byte, 54))), "encrypted", ""},
		"password in a sheet":          {book(nil, rec(0x2F, make([]byte, 54))), "encrypted", ""},
		"no sheets":                    {xls(biffBook(formats())), "not-a-workbook", "(Workbook)"},
		"two sheets of one name":       {xls(biffBook(nil, tab{"a", 0, nil}, tab{"A", 0, nil})), "not-a-workbook", "(Workbook)"},
		"sheet without name":           {xls(biffBook(nil, tab{"", 0, nil})), "not-a-workbook", "(Workbook)"},
		"sheet nowhere":                {xls(join(rec(0x809, uint16(0x600), uint16(5), make([]byte, 12)), from(0x7FFFFFFF, "一"), rec(0x0A))), "sheet-record", "[一]"},
		"two sheets at one place":      {xls(join(nested, rec(0x0A))), "sheet-record", "["},
		"sheets overlap":               {xls(join(rec(0x809, uint16(0x600), uint16(5), make([]byte, 12)), from(at+62, "一"), from(at+84, "二"), rec(0x0A), overlapping)), "sheet-record", "["},
		"globals cut off":              {xls(stream[:30]), "sheet-record", "(Workbook)"},
		"sheet cut off":                {xls(stream[:len(stream)-4]), "sheet-record", "[报表]"},
		"record longer than the file":  {xls(append(bytes.Clone(stream[:len(stream)-4]), 0x03, 0x02, 0xFF, 0xFF)), "sheet-record", "[报表]"},
		"short number":                 {oneSheet(rec(0x203, uint16(2), uint16(1), uint16(0))), "sheet-record", "[报表]!B3"},
		"shorter number":               {oneSheet(rec(0x203, uint16(2))), "sheet-record", "[报表]"},
		"short formula":                {oneSheet(rec(0x06, uint16(2), uint16(1), uint16(0), 1.0)), "sheet-record", "[报表]!B3"},
		"formula longer than it is":    {oneSheet(rec(0x06, uint16(2), uint16(1), uint16(0), 1.0, uint16(0), uint32(0), uint16(900))), "sheet-record", "[报表]!B3"},
		"shared string out of range":   {oneSheet(rec(0xFD, uint16(2), uint16(1), uint16(0), uint32(2))), "sheet-cell", "[报表]!B3"},
		"shared string far out":        {oneSheet(rec(0xFD, uint16(2), uint16(1), uint16(0), uint32(0xFFFFFFFF))), "sheet-cell", "[报表]!B3"},
		"style out of range":           {oneSheet(rec(0x203, uint16(2), uint16(1), uint16(4), 1.0)), "sheet-cell", "[报表]!B3"},
		"not a number":                 {oneSheet(rec(0x203, uint16(2), uint16(1), uint16(0), math.NaN())), "sheet-cell", "[报表]!B3"},
		"infinite":                     {oneSheet(rec(0x203, uint16(2), uint16(1), uint16(0), math.Inf(1))), "sheet-cell", "[报表]!B3"},
		"formula of infinity":          {oneSheet(formulaRec(2, 1, math.Inf(-1), 0x1E, 1, 0)), "sheet-cell", "[报表]!B3"},
		"result of no type":            {oneSheet(formulaRec(2, 1, []byte{9, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 0x1E, 1, 0)), "sheet-cell", "[报表]!B3"},
		"column 257":                   {oneSheet(rec(0x203, uint16(2), uint16(256), uint16(0), 1.0)), "sheet-cell", "[报表]!IW3"},
		"column 65536":                 {oneSheet(rec(0xBD, uint16(2), uint16(0xFFFF), uint16(0), uint32(0), uint16(0xFFFF))), "sheet-cell", "[报表]!CRXP3"},
		"boolean 2":                    {oneSheet(rec(0x205, uint16(2), uint16(1), uint16(0), byte(2), byte(0))), "sheet-cell", "[报表]!B3"},
		"error 99":                     {oneSheet(rec(0x205, uint16(2), uint16(1), uint16(0), byte(99), byte(1))), "sheet-cell", "[报表]!B3"},
		"label cut off":                {oneSheet(rec(0x204, uint16(2), uint16(1), uint16(0), uint16(9), byte(1), u16("短"))), "sheet-cell", "[报表]!B3"},
		"label with NUL":               {oneSheet(rec(0x204, uint16(2), uint16(1), uint16(0), long("a\x00b"))), "sheet-cell", "[报表]!B3"},
		"half a pair":                  {book(rec(0xFC, uint32(1), uint32(1), uint16(1), byte(1), uint16(0xD83D)), rec(0xFD, uint16(2), uint16(1), uint16(0), uint32(0))), "sheet-cell", "[报表]!B3"},
		"pair the wrong way round":     {book(rec(0xFC, uint32(1), uint32(1), uint16(2), byte(1), uint16(0xDE00), uint16(0xD83D)), rec(0xFD, uint16(2), uint16(1), uint16(0), uint32(0))), "sheet-cell", "[报表]!B3"},
		"shared strings cut off":       {book(rec(0xFC, uint32(1), uint32(1), uint16(5), byte(1), u16("短"))), "sheet-record", "(Workbook)"},
		"shared strings cut off again": {book(join(rec(0xFC, uint32(1), uint32(1), uint16(5), byte(1), u16("短")), rec(0x3C))), "sheet-record", "(Workbook)"},
		"half a character":             {book(join(rec(0xFC, uint32(1), uint32(1), uint16(2), byte(1), u16("短"), byte(7)), rec(0x3C, byte(1), u16("x")))), "sheet-record", "(Workbook)"},
		"runs without end":             {book(rec(0xFC, uint32(1), uint32(1), uint16(1), byte(9), uint16(0xFFFF), u16("短"))), "sheet-record", "(Workbook)"},
		"phonetic data without end":    {book(rec(0xFC, uint32(1), uint32(1), uint16(1), byte(5), uint32(0xFFFFFFFF), u16("短"))), "sheet-record", "(Workbook)"},
		"two tables of strings":        {book(join(sst("a"), sst("b"))), "sheet-record", "(Workbook)"},
		"merged beyond the sheet":      {oneSheet(rec(0xE5, uint16(1), uint16(0), uint16(0), uint16(0), uint16(300))), "sheet-merge", "[报表]"},
		"merged backwards":             {oneSheet(rec(0xE5, uint16(1), uint16(5), uint16(2), uint16(0), uint16(0))), "sheet-merge", "[报表]"},
		"merged ranges overlap":        {oneSheet(rec(0xE5, uint16(2), uint16(0), uint16(2), uint16(0), uint16(2), uint16(2), uint16(3), uint16(2), uint16(3))), "sheet-merge", "[报表]!C3:D4"},
		"note beyond the sheet":        {oneSheet(rec(0x1C, uint16(0), uint16(300), uint16(0), uint16(1))), "sheet-cell", "[报表]"},
		"short sheet entry":            {xls(join(rec(0x809, uint16(0x600), uint16(5), make([]byte, 12)), rec(0x85, uint32(0)), rec(0x0A))), "sheet-record", "(Workbook)"},
		"number format cut off":        {book(rec(0x41E, uint16(200), uint16(50), byte(0), "0.0")), "sheet-record", "(Workbook)"},
		"name cut off":                 {book(rec(0x18, uint16(0), byte(0), byte(200), uint16(7), uint16(0), uint16(0), uint32(0), byte(0), "x")), "sheet-record", "(Workbook)"},
		"half the file":                {good[:len(good)/2], "", ""},
		"without its last sector":      {good[:len(good)-512], "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			finds := refused(t, m.data)
			for _, f := range finds {
				if f.Message == "" || f.Hint == "" || f.Place.File == "" {
					t.Errorf("incomplete finding %+v", f)
				}
				if (m.rule == "" || f.Rule == m.rule) && strings.Contains(f.Place.String(), m.place) {
					return
				}
			}
			t.Errorf("want rule %q at %q, got:\n%v", m.rule, m.place, finds)
		})
	}
}

func TestOldBooksKeepTheCaps(t *testing.T) {
	var blanks []byte
	for r := range uint16(100) {
		blanks = append(blanks, rec(0xBE, r, uint16(0), make([]byte, 2*256), uint16(255))...)
	}
	number := rec(0x203, uint16(2), uint16(9), uint16(0), 1.0)
	merged := rec(0xE5, uint16(3), uint16(0), uint16(0), uint16(0), uint16(1), uint16(1), uint16(1), uint16(0), uint16(1), uint16(2), uint16(2), uint16(0), uint16(1))
	for name, c := range map[string]struct {
		data []byte
		set  func(*workbook.Limits)
	}{
		"cells":   {oneSheet(blanks), func(l *workbook.Limits) { l.Cells = 100 * 255 }},
		"rows":    {oneSheet(blanks), func(l *workbook.Limits) { l.Rows = 99 }},
		"columns": {oneSheet(number), func(l *workbook.Limits) { l.Cols = 9 }},
		"merged":  {oneSheet(merged), func(l *workbook.Limits) { l.Merged = 2 }},
		"sheets":  {xls(biffBook(nil, tab{"一", 0, nil}, tab{"二", 0, nil})), func(l *workbook.Limits) { l.Sheets = 1 }},
		"strings": {oneSheet(number), func(l *workbook.Limits) { l.Strings = 1 }},
		"bytes":   {oneSheet(number), func(l *workbook.Limits) { l.StringBytes = 3 }},
		"styles":  {oneSheet(number), func(l *workbook.Limits) { l.Names = 3 }},
	} {
		t.Run(name, func(t *testing.T) {
			lim := workbook.DefaultLimits()
			c.set(&lim)
			b, finds := workbook.Open("x.xls", c.data, lim)
			if b != nil || !strings.Contains(fmt.Sprint(finds), "[sheet-cap]") {
				t.Errorf("got %v", finds)
			}
		})
	}
	lim := workbook.DefaultLimits()
	lim.Cols = 200
	b, finds := workbook.Open("x.xls", oneSheet(blanks), lim)
	if b == nil || len(finds) != 1 || len(b.Sheets[0].Cells) != 100*200 {
		t.Errorf("blank cells beyond the cap: %v", finds)
	}
}

// Each of these files is as large as a file may be and asks for as much work as
// it can.
func TestOldBooksThatAskForMuchWorkAreEndedSoon(t *testing.T) {
	repeat := func(r []byte) []byte { return bytes.Repeat(r, 12<<20/len(r)) }
	idle := bytes.Repeat([]byte{0x19, 0x40, 0, 0}, 2000)
	chain := append([]byte{0x1E, 1, 0}, bytes.Repeat([]byte{0x1E, 1, 0, 0x03}, 1900)...)
	shared := func(tokens []byte) []byte {
		anchor := formulaRec(0, 0, 1.0, 0x01, 0, 0, 0, 0)
		var cells []byte
		for i := range 300_000 {
			cells = append(cells, formulaRec(uint16(i/256), uint16(i%256), 1.0, 0x01, 0, 0, 0, 0)...)
		}
		return join(cells[:len(anchor)], rec(0x4BC, uint16(0), uint16(0), byte(0), byte(0), uint16(0), uint16(len(tokens)), tokens), cells[len(anchor):])
	}
	for name, c := range map[string]struct{ globals, records []byte }{
		"empty CONTINUE records behind a table of links": {join(rec(0x17, make([]byte, 8000)), repeat(rec(0x3C))), nil},
		"empty CONTINUE records behind shared strings":   {join(rec(0xFC, uint32(9), uint32(0x7FFFFFFF)), repeat(rec(0x3C))), nil},
		"names that do nothing":                          {repeat(rec(0x18, uint16(0), byte(0), byte(1), uint16(len(idle)), make([]byte, 8), byte(0), "N", idle)), nil},
		"shared formula that does nothing":               {nil, shared(idle)},
		"shared formula that grows":                      {nil, shared(chain)},
		"many blanks":                                    {nil, repeat(rec(0xBE, uint16(0), uint16(0), make([]byte, 512), uint16(255)))},
		"many texts of drawings":                         {nil, repeat(join(rec(0x5D, uint16(0x15), uint16(0x12), uint16(0x19), uint16(7)), rec(0x1B6, make([]byte, 10), uint16(0xFFFF), uint16(8)), rec(0x3C, byte(0), make([]byte, 40))))},
		"many merged ranges":                             {nil, repeat(rec(0xE5, uint16(1), uint16(0), uint16(65535), uint16(0), uint16(255)))},
	} {
		t.Run(name, func(t *testing.T) {
			data := xls(biffBook(c.globals, tab{"报表", 0, c.records}))
			start := time.Now()
			b, finds := workbook.Open("x.xls", data, workbook.DefaultLimits())
			if (b == nil) != finds.Refused() {
				t.Errorf("book %v with %v", b != nil, finds)
			}
			if d := time.Since(start); d > patience {
				t.Errorf("took %v", d)
			}
		})
	}
}
