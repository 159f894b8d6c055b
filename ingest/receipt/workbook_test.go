package receipt_test

import (
	"bytes"
	"os"
	"testing"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func issued(t testing.TB) []byte {
	t.Helper()
	cat, found, err := indicator.Load(indicator.Embedded())
	if err != nil || found.Refused() {
		t.Fatal(found, err)
	}
	set, found, err := form.Load(form.Embedded(), cat)
	if err != nil || found.Refused() {
		t.Fatal(found, err)
	}
	f := set.Form("双城101表")
	p := period.MustParse("2026-Q3")
	x := form.Filing{Form: f, Period: p, Department: "经济运行局", Reported: at("2026-10-20 10:00:00"), TestData: true,
		Head:    map[string]string{form.UnitHead: "测试甲", form.StatHead: "测试乙", form.FilledBy: "测试丙", form.Telephone: "000-0000"},
		Entries: map[indicator.Code]form.Entry{}, Remark: "测试数据。", Style: form.Style{Comments: true}}
	for i, r := range f.Rows(p, "") {
		x.Entries[r.Code] = form.Entry{Value: 100.5 + float64(i), Note: "测试数据"}
	}
	var b bytes.Buffer
	if err := form.Write(&b, x); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSpike(t *testing.T) {
	data := issued(t)
	book, found := workbook.Open("x.xlsx", data, workbook.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	for name, r := range cases() {
		var b bytes.Buffer
		bk, d := book, data
		if name == "unreadable" {
			bk, d = nil, []byte("x")
		}
		if err := receipt.Workbook(&b, &r, d, bk); err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/lo-r/"+name+".xlsx", b.Bytes(), 0o644)
	}
}
