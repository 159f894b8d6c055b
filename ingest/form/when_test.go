package form_test

import (
	"testing"

	"zhibiao/ingest/form"
	"zhibiao/kpi/period"
)

// Every written form of catalogue §5.28.
func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]string{
		"2026年1—2月":         "2026-02",
		"2026年1-6月":         "2026-06",
		"2026年1～9月":         "2026-09",
		"2026年1~9月":         "2026-09",
		"2026年1至9月":         "2026-09",
		"2026年1——9月":        "2026-09",
		"2026年1－9月":         "2026-09",
		"2026年1月—9月":        "2026-09",
		"2026年01-12月":       "2026-12",
		"2026年1—9月累计":       "2026-09",
		"2026年9月":           "2026-09",
		"2026年09月":          "2026-09",
		"2026年9月份":          "2026-09",
		"2026年6月末":          "2026-06",
		"2026年末":            "2026",
		"2026年底":            "2026",
		"2026年一季度":          "2026-Q1",
		"2026年第一季度":         "2026-Q1",
		"2026年1季度":          "2026-Q1",
		"2026年三季度":          "2026-Q3",
		"2026年四季度末":         "2026-Q4",
		"2026年Q2":           "2026-Q2",
		"2026年4—6月":         "2026-Q2",
		"2026年7—12月":        "2026-H2",
		"2026年上半年":          "2026-H1",
		"2026年下半年":          "2026-H2",
		"2026年前三季度":         "2026-Q3",
		"2026年1—3季度":        "2026-Q3",
		"2026年全年":           "2026",
		"2026年度":            "2026",
		"2026年":             "2026",
		"２０２６年１—９月":         "2026-09",
		"2 0 2 6 年 1 — 9 月": "2026-09",
		"2026 年  三 季 度":     "2026-Q3",
		"二〇二六年九月":           "2026-09",
		"二○二六年十二月":          "2026-12",
		"报告期：2026年上半年":      "2026-H1",
		"（2026年9月）":         "2026-09",
		"2026-Q3":           "2026-Q3",
		"2026-09":           "2026-09",
		"2026年1-6月份":        "2026-06",
		"2026年1—6月止":        "2026-06",
		"2026年1月—2026年9月":   "2026-09",
		"2026年1月至2026年9月":   "2026-09",
		"2026年一至二季度":        "2026-H1",
		"2026年1—4季度":        "2026",
		"2026年前三季":          "2026-Q3",
		"202609":            "2026-09",
		"2026.09":           "2026-09",
		"2026/12":           "2026-12",
	} {
		p, ok := form.ParsePeriod(text)
		if !ok || p.String() != want {
			t.Errorf("ParsePeriod(%q) = %q, %v, want %s", text, p, ok, want)
		}
	}
	for _, text := range []string{
		"", "年", "2026", "三季度", "26年三季度", "2026年13月", "2026年0月", "2026年3—5月", "2026年9—1月", "2026年1—13月",
		"2026年五季度", "2026年2月29日", "9月2026年", "1234年1月", "2026年1—", "2026年三季度情况", "2026年三季度2026年",
		"202613", "20269", "2026091", "189912", "2025年1月—2026年9月", "2026年1月—9", "2026.9",
	} {
		if p, ok := form.ParsePeriod(text); ok && text != "2026" {
			t.Errorf("ParsePeriod(%q) = %s, want none", text, p)
		}
	}
}

func TestParsePeriodReadsWhatPeriodsPrint(t *testing.T) {
	for p := period.MustParse("2022-01"); p.Year() < 2029; p = p.Next() {
		for _, f := range period.Freqs {
			q, ok := p.As(f)
			if !ok {
				continue
			}
			for _, text := range []string{q.String(), q.Name(), q.Cumulative(), q.Point()} {
				if got, ok := form.ParsePeriod(text); !ok || got.End != q.End {
					t.Errorf("ParsePeriod(%q) = %s, %v, want the end of %s", text, got, ok, q)
				}
			}
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026年1—2月", "２０２６年上半年", "2 0 2 6 年前三季度", "二〇二六年十一月", "2026年6月末", "2026-H1", "2026年1至12月", "\xff年", "9999年一季度"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := form.ParsePeriod(s)
		if !ok {
			return
		}
		if p.Year() < 1900 || p.Year() > 2199 || p.LastMonth() < 1 || p.LastMonth() > 12 {
			t.Fatalf("ParsePeriod(%q) = %+v", s, p)
		}
		if again, ok := form.ParsePeriod(p.Name()); !ok || again.End != p.End {
			t.Fatalf("ParsePeriod(%q) = %s, whose name %q reads as %s", s, p, p.Name(), again)
		}
	})
}
