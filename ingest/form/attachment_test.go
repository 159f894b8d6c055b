package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// sheetOf is a sheet of texts; a day written 2006-01-02 is a date cell.
func sheetOf(name string, rows [][]string) *workbook.Sheet {
	s := &workbook.Sheet{Name: name}
	for i, row := range rows {
		for j, text := range row {
			c := workbook.Cell{Ref: workbook.Ref{Col: j + 1, Row: i + 1}, Kind: workbook.Text, Text: text}
			if t, err := time.Parse(time.DateOnly, text); err == nil {
				day0 := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
				c.Kind, c.Number, c.Text = workbook.Date, t.Sub(day0).Hours()/24, t.Format("2006/1/2")
			}
			if text != "" {
				s.Cells = append(s.Cells, c)
			}
		}
	}
	return s
}

// attached reads a sound return with more sheets.
func attached(t testing.TB, sheets ...*workbook.Sheet) (*form.Return, finding.List) {
	t.Helper()
	f := filing("双城203表", "2025", "产业促进局")
	book := workbookOf(t, f)
	book.Sheets = append(book.Sheets, sheets...)
	return extract(book, received(f))
}

// Columns are found by their texts, wherever they stand and whatever stands
// between them; codes are read in any case and width.
func TestAttachmentsAreReadByTheirHeaders(t *testing.T) {
	ret, found := attached(t,
		sheetOf("名录", [][]string{
			{"逐户名录（测试数据）"},
			{},
			{"序号", "单位名称", "有效期至", "统一社会信用代码", "备注", "指标编码"},
			{"1", "测试数据甲", "2027-12-31", "91350100M000100Y43", "", "sme.littlegiant.n.lj"},
			{},
			{"2", "测试数据乙", "长期有效", "９１３５０１００M000100Y43", "", "ＳＭＥ.LITTLEGIANT.N.LJ"},
		}),
		sheetOf("佐证材料", [][]string{{"文号", "材料名称", "指标编码"}, {"测试〔2025〕1号", "测试文件", "SME.LITTLEGIANT.N.LJ"}}))
	if len(found) != 0 {
		t.Errorf("found\n%s", found)
	}
	const code = "SME.LITTLEGIANT.N.LJ"
	want := []form.Member{
		{Code: code, CreditCode: form.Field{Text: "91350100M000100Y43", Cell: "D4"}, Name: form.Field{Text: "测试数据甲", Cell: "B4"}, To: form.Field{Text: "2027-12-31", Cell: "C4"}},
		{Code: code, CreditCode: form.Field{Text: "９１３５０１００M000100Y43", Cell: "D6"}, Name: form.Field{Text: "测试数据乙", Cell: "B6"}, To: form.Field{Text: "长期有效", Cell: "C6"}},
	}
	if d := gocmp.Diff(want, ret.Register); d != "" {
		t.Error(d)
	}
	documents := []form.Evidence{{Code: code, Title: form.Field{Text: "测试文件", Cell: "B2"}, Number: form.Field{Text: "测试〔2025〕1号", Cell: "A2"}}}
	if d := gocmp.Diff(documents, ret.Evidence); d != "" {
		t.Error(d)
	}
	if day, ok := ret.Register[0].To.Day(); !ok || day.Format(time.DateOnly) != "2027-12-31" {
		t.Errorf("有效期至 is %v, %v", day, ok)
	}
	if _, ok := ret.Register[1].To.Day(); ok {
		t.Error("长期有效 is a day")
	}
}

// Whatever else is in the workbook, the form is read as if it were alone.
func TestOtherSheetsNeverBreakAReturn(t *testing.T) {
	alone, _ := attached(t)
	many := [][]string{{"指标编码", "统一社会信用代码"}}
	for i := range 2000 {
		many = append(many, []string{fmt.Sprintf("NO.SUCH.CODE%d", i), "=HYPERLINK(\"http://x\")"})
	}
	for name, c := range map[string]struct {
		sheets  []*workbook.Sheet
		refused bool
		said    string
	}{
		"blank":                      {[]*workbook.Sheet{sheetOf("名录", nil), sheetOf("佐证材料", nil)}, false, ""},
		"headers only":               {[]*workbook.Sheet{sheetOf("名录", [][]string{form.RegisterHeader}), sheetOf("佐证材料", [][]string{form.EvidenceHeader})}, false, ""},
		"a list of their own":        {[]*workbook.Sheet{sheetOf("名录", [][]string{{"企业", "电话"}, {"测试数据", "000"}})}, false, "没有规定的表头"},
		"headers too far down":       {[]*workbook.Sheet{sheetOf("名录", append(slices.Repeat([][]string{{"测试数据"}}, 11), form.RegisterHeader))}, false, "没有规定的表头"},
		"a row without a code":       {[]*workbook.Sheet{sheetOf("名录", [][]string{form.RegisterHeader, {"", "91350100M000100Y43"}})}, true, "缺少指标编码"},
		"a code of another form":     {[]*workbook.Sheet{sheetOf("名录", [][]string{form.RegisterHeader, {"HTE.N.LJ", "91350100M000100Y43"}})}, true, "本表没有这个指标编码"},
		"two thousand unknown codes": {[]*workbook.Sheet{sheetOf("名录", many)}, true, "问题超过500处"},
		"a sheet like a form":        {[]*workbook.Sheet{sheetOf("佐证材料", [][]string{{"指标名称", "指标编码", "计量单位", "本期"}, {"测试数据", "HTE.N.LJ", "家", "1"}})}, false, "没有规定的表头"},
		"twice the same header":      {[]*workbook.Sheet{sheetOf("名录", [][]string{{"指标编码", "指标编码", "统一社会信用代码"}, {"SME.LITTLEGIANT.N.LJ", "x", "y"}})}, false, ""},
	} {
		start := time.Now()
		ret, found := attached(t, c.sheets...)
		if time.Since(start) > 2*time.Second {
			t.Errorf("%s: takes %v", name, time.Since(start))
		}
		if texts(ret) != texts(alone) {
			t.Errorf("%s: the form reads\n%s", name, texts(ret))
		}
		if found.Refused() != c.refused || !strings.Contains(found.String(), c.said) || c.said == "" && len(found) > 0 {
			t.Errorf("%s: want %q\n%s", name, c.said, found[:min(3, len(found))])
		}
		for _, f := range found {
			if f.Place.Sheet != "名录" && f.Place.Sheet != "佐证材料" && f.Rule != "too-many-findings" {
				t.Errorf("%s: a finding outside the sheet: %s", name, f)
			}
		}
	}
}

// What is written is what is read, as text, whatever it looks like.
func TestAttachmentsAreReadAsTheyAreWritten(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "=1+1", "＝1", "+86", "-", "@x", "000123", "91350100M000100Y43", "测试〔2025〕1号", "2025-12-31", "1e5", "TRUE", "　"})
	rapid.Check(t, func(r *rapid.T) {
		f := filing("双城203表", "2025", "产业促进局")
		var want []form.Member
		for range rapid.IntRange(0, 4).Draw(r, "rows") {
			e := form.RegisterEntry{
				Code: "SME.LITTLEGIANT.N.LJ", CreditCode: text.Draw(r, "code"), Name: text.Draw(r, "name"), Number: text.Draw(r, "number"),
				From: text.Draw(r, "from"), To: text.Draw(r, "to"),
			}
			f.Register = append(f.Register, e)
			at := len(f.Register) + 1
			field := func(s, col string) form.Field {
				return form.Field{Text: strings.TrimSpace(s), Cell: fmt.Sprint(col, at)}
			}
			want = append(want, form.Member{Code: e.Code, CreditCode: field(e.CreditCode, "B"), Name: field(e.Name, "C"), Number: field(e.Number, "D"), From: field(e.From, "E"), To: field(e.To, "F")})
		}
		book := workbookOf(t, f)
		if s := book.Sheet("名录"); s != nil {
			for _, c := range s.Cells {
				if c.Formula != "" || c.Kind != workbook.Text {
					r.Fatalf("%s is %s with formula %q", c.Ref, c.Kind, c.Formula)
				}
			}
		}
		ret, found := extract(book, received(f))
		if d := gocmp.Diff(want, ret.Register); d != "" || found.Refused() {
			r.Fatalf("%s\n%s", d, found)
		}
	})
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// The check character finds every wrong character and every two neighbours that
// changed places (GB 32100—2015). The standard's own example is 91350100M000100Y43.
func TestTheCheckCharacterFindsSlips(t *testing.T) {
	for text, fault := range map[string]string{
		"91350100M000100Y43":   "",
		" 91350100m000100y43 ": "",
		"９１３５０１００Ｍ０００１００Ｙ４３": "",
		"91350100M000100Y4":          "不是18位",
		"91350100M000100Y433":        "不是18位",
		"91350100M000100Y4测":         "含有不用的字符",
		"91350100I000100Y43":         "含有不用的字符",
		"91350100M000100Y44":         "校验位不符",
		"9135010AM000100Y43":         "第3—8位不是行政区划码",
		"":                           "不是18位",
		"\x00\xff":                   "不是18位",
		strings.Repeat("9", 1000000): "不是18位",
	} {
		if _, got := form.CreditCode(text); !strings.Contains(got, fault) || fault == "" && got != "" {
			t.Errorf("%.30q: %q, want %q", text, got, fault)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		body := []byte("91" + rapid.StringMatching(`[0-9]{6}`).Draw(r, "division"))
		for range 9 {
			body = append(body, rapid.SampledFrom([]byte(creditAlphabet)).Draw(r, "character"))
		}
		check, ok := form.CreditCheck(string(body))
		if !ok {
			r.Fatalf("%s has no check character", body)
		}
		code := string(body) + string(check)
		if got, fault := form.CreditCode(code); fault != "" || got != code {
			r.Fatalf("%s: %s", code, fault)
		}
		i := rapid.IntRange(0, 17).Draw(r, "at")
		other := []byte(code)
		other[i] = rapid.SampledFrom([]byte(creditAlphabet)).Draw(r, "another")
		if _, fault := form.CreditCode(string(other)); (fault == "") != (string(other) == code) {
			r.Fatalf("%s after %s: %q", other, code, fault)
		}
		i = rapid.IntRange(0, 16).Draw(r, "swap")
		other = []byte(code)
		other[i], other[i+1] = other[i+1], other[i]
		if _, fault := form.CreditCode(string(other)); (fault == "") != (string(other) == code) {
			r.Fatalf("%s after %s: %q", other, code, fault)
		}
	})
}
