package form_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// filedBefore is what was accepted before: every kind of value. 测试数据.
func filedBefore(code indicator.Code, end int) (form.Number, bool) {
	switch p := (period.Period{Freq: period.Month, End: end}); {
	case code == "FDI.ACTUAL.LJ" && p.String() == "2026-08":
		return form.Number{Absent: indicator.NotSignificant}, true
	case code == "FDI.ACTUAL.CQ" && p.String() == "2026-08":
		return form.Number{Absent: indicator.CannotExist}, true
	case code == "TRADE.TOTAL.CQ" && p.String() == "2026-08":
		return form.Number{Absent: indicator.Missing}, true
	case code == "TRADE.TOTAL.LJ" && p.Year() >= 2025:
		return form.Number{Value: decimal.RequireFromString(fmt.Sprintf("%d.25", p.End))}, true
	}
	return form.Number{}, false
}

func issued(t testing.TB, set *form.Set, number, p, department string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := set.Issue(&b, set.Form(number), period.MustParse(p), department, filedBefore); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sheets(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheSameArgumentsGiveTheSameBytes(t *testing.T) {
	_, set := definitions()
	first := issued(t, set, "双城701表", "2026-09", "自贸办")
	for range 4 {
		if !bytes.Equal(first, issued(t, set, "双城701表", "2026-09", "自贸办")) {
			t.Fatal("the same arguments gave other bytes")
		}
	}
	number := func(p, department string) string {
		v, err := sheets(t, issued(t, set, "双城901表", p, department)).GetCellValue("标识", "B5")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if a, b, c := number("2025", "教育局"), number("2026", "教育局"), number("2025", "生态环境分局"); a == b || a == c || b == c || len(a) != 12 {
		t.Errorf("issue numbers %s, %s, %s", a, b, c)
	}
}

func TestOnlyWhatIsFilledInIsUnlocked(t *testing.T) {
	_, set := definitions()
	x := sheets(t, issued(t, set, "双城701表", "2026-09", "自贸办"))
	var open []string
	for row := 1; row <= 40; row++ {
		for col := 1; col <= 16; col++ {
			cell := workbook.Ref{Col: col, Row: row}.String()
			id, err := x.GetCellStyle("双城701表", cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := x.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if style.Protection != nil && !style.Protection.Locked {
				open = append(open, cell)
			}
		}
	}
	want := strings.Fields(`E11 F11 G11 I11 J11 E12 F12 G12 I12 J12 E13 F13 G13 H13 I13 J13 E14 F14 G14 H14 I14 J14
		B15 C15 E15 G15 I15 B16 C16 A24 B24 C24 D24 E24 F24 G24 H24 I24 J24`)
	if d := cmp.Diff(want, open); d != "" {
		t.Errorf("unlocked cells (-want +got):\n%s", d)
	}
	for _, s := range []string{"双城701表", "参照"} {
		p, err := x.GetSheetProtection(s)
		if err != nil || p.FormatCells || p.InsertRows || p.DeleteRows || !p.SelectUnlockedCells {
			t.Errorf("protection of %s: %+v %v", s, p, err)
		}
	}
	if visible, err := x.GetSheetVisible("参照"); err != nil || visible {
		t.Errorf("参照 is visible: %v, %v", visible, err)
	}
}

func TestWhatWasFiledBeforeStandsBesideTheInput(t *testing.T) {
	_, set := definitions()
	data := issued(t, set, "双城701表", "2026-09", "自贸办")
	s := open(t, data).Sheet("双城701表")
	text := func(cell string) string { r, _ := workbook.ParseRef(cell); return s.Cell(r).Text }
	for cell, want := range map[string]string{
		"K8": "审核", "L8": "上期已报\n2026年1—8月", "M8": "上年同期已报\n2025年1—9月",
		"L11": "24319.25", "M11": "24308.25", "L12": "", "L13": "…", "L14": "—", "M14": "",
	} {
		if got := text(cell); got != want {
			t.Errorf("%s = %q, want %q", cell, got, want)
		}
	}
	// They are not read: an empty form says nothing.
	ret, found := extract(open(t, data), day("2026-10-15"))
	if strings.Contains(lines(found), "column-") {
		t.Errorf("findings:\n%s", found)
	}
	for _, l := range ret.Lines {
		for _, d := range l.Data {
			if d.Number.Absent != indicator.Missing {
				t.Errorf("%s %s of an empty form: %+v", l.Row.Code, d.Measure, d.Number)
			}
		}
	}
	if len(ret.Lines) != 4 {
		t.Errorf("%d lines, want 4", len(ret.Lines))
	}
}

func TestValidationsSayInChineseWhatIsWanted(t *testing.T) {
	_, set := definitions()
	got := map[string]string{}
	for number, of := range map[string][2]string{"双城701表": {"2026-09", "自贸办"}, "双城402表": {"2026-Q3", "科技创新局"}} {
		all, err := sheets(t, issued(t, set, number, of[0], of[1])).GetDataValidations(number)
		if err != nil {
			t.Fatal(err)
		}
		for _, dv := range all {
			if dv.Error != nil {
				got[number+" "+dv.Sqref] = dv.Type + " " + *dv.ErrorTitle + " " + dv.Formula1
			}
		}
	}
	want := map[string]string{
		"双城701表 E11:E14": `custom R04 不是数字 IF(ISNUMBER(E11),ABS(E11)<1E12,OR(E11="…",E11="—"))`,
		"双城701表 F11:F14": `custom R04 不是数字 IF(ISNUMBER(F11),ABS(F11)<1E12,OR(F11="…",F11="—"))`,
		"双城701表 G11:G14": `custom R04 不是数字 IF(ISNUMBER(G11),ABS(G11)<1E12,OR(G11="…",G11="—"))`,
		"双城701表 H13:H14": `list R28 口径标识不认识 "商务部FDI口径,全口径"`,
		"双城701表 I11:I14": `list 数据状态不认识 "快报,初步核算,最终核实,普查修订,更正,推算"`,
		"双城402表 E11:E14": `custom R05 应为非负整数 IF(ISNUMBER(E11),AND(E11>=0,E11<1E12,INT(E11)=E11),OR(E11="…",E11="—"))`,
		"双城402表 F11:F14": `custom R05 应为非负整数 IF(ISNUMBER(F11),AND(F11>=0,F11<1E12,INT(F11)=F11),OR(F11="…",F11="—"))`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("validations (-want +got):\n%s", d)
	}
}

// A row that needs documents or a register brings the sheet for them.
func TestAttachmentSheetsComeWithTheRowsThatNeedThem(t *testing.T) {
	cat, _ := definitions()
	own, found, err := form.Load(form.Embedded(), cat)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	plain := func(r *form.Row) { r.Evidence, r.Register = false, false }
	mark := func(mark func(*form.Row)) {
		e := own.Form("双城402表").Edition(period.MustParse("2026-Q3"))
		for i := range e.Rows {
			plain(&e.Rows[i])
			mark(&e.Rows[i])
		}
	}
	mark(plain)
	if list := sheets(t, issued(t, own, "双城402表", "2026-Q3", "科技创新局")).GetSheetList(); slices.Contains(list, form.EvidenceSheet) || slices.Contains(list, form.RegisterSheet) {
		t.Errorf("sheets %v: nothing asks for attachments", list)
	}
	mark(func(r *form.Row) { r.Register, r.Evidence = r.Code == "RDINST.NEW.LJ", r.Code == "RDINST.N.LJ" })
	x := sheets(t, issued(t, own, "双城402表", "2026-Q3", "科技创新局"))
	for name, header := range map[string][]string{form.EvidenceSheet: form.EvidenceHeader, form.RegisterSheet: form.RegisterHeader} {
		rows, err := x.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1 || len(rows[0]) != len(header)+1 || !slices.Equal(rows[0][:len(header)], header) || !strings.HasPrefix(rows[0][len(header)], "填写说明：") {
			t.Errorf("%s: %q", name, rows)
		}
		id, err := x.GetCellStyle(name, "B2000")
		if err != nil {
			t.Fatal(err)
		}
		style, err := x.GetStyle(id)
		if err != nil || style.Protection == nil || style.Protection.Locked || style.CustomNumFmt == nil || *style.CustomNumFmt != "@" {
			t.Errorf("%s!B2000 is not an open text cell: %+v %v", name, style, err)
		}
	}
}

func TestIssueRefusesWhoFilesNothing(t *testing.T) {
	_, set := definitions()
	for _, c := range [][3]string{{"双城901表", "2025", "没有的局"}, {"双城701表", "2026-Q3", "自贸办"}} {
		if err := set.Issue(&bytes.Buffer{}, set.Form(c[0]), period.MustParse(c[1]), c[2], filedBefore); err == nil || !strings.Contains(err.Error(), "files no row") {
			t.Errorf("%v: %v", c, err)
		}
	}
}
