package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
)

// What a slip looks like is suggested in the hint of what the rules found; the
// figure stays as filed. Beside each slip stands what only resembles it.
func TestSlipsAreSuggestedAndNeverApplied(t *testing.T) {
	retail := func(p string, v, g any, changes ...change) form.Filing {
		return typed("双城301表", p, append([]change{value("RETAIL.TOTAL.LJ", v), value("RETAIL.GROWTH.LJ", g)}, changes...)...)
	}
	gdp := func(p string, dir, all, mua, mfg, fin float64) form.Filing {
		return typed("双城101表", p, value("GDP.TOTAL.DIR", dir), value("GDP.TOTAL.ALL", all), value("GDP.TOTAL.MUA", mua), value("VA.MFG.LJ", mfg), value("VA.FIN.LJ", fin))
	}
	for _, c := range []struct {
		name   string
		before []form.Filing
		filing form.Filing
		want   string // in a hint; "" for no suggestion
	}{
		{"unit", []form.Filing{retail("2025-09", 600.0, 0.2)}, retail("2026-09", 6300000.0, 5.0), "如误按万元填报，应填 630.00亿元"},
		{"sign of a level", []form.Filing{typed("双城701表", "2025-09")}, typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", -2.6)), "疑似误加负号，可能应为 2.6000亿美元"},
		{"a real withdrawal is no sign", []form.Filing{typed("双城701表", "2025-09")}, typed("双城701表", "2026-09", value("FDI.ACTUAL.LJ", -0.3)), ""},
		{"sign of a growth", []form.Filing{retail("2025-09", 600.0, 0.2)}, retail("2026-09", 570.0, 5.0), "疑似正负号填反，可能应为 -5.0%"},
		{"sign of a growth beside its level", []form.Filing{typed("双城201表", "2025-09")}, typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 1900.0), growth("AUTO.GOV.LJ", 2000.0, 5.0)), "疑似正负号填反，可能应为 -5.0%"},
		{"a fraction beside its level", []form.Filing{typed("双城201表", "2025-09")}, typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2120.0), growth("AUTO.GOV.LJ", 2000.0, 0.06)), "疑似把百分数填成了小数，可能应为 6.0%"},
		{"standing still is no fraction", []form.Filing{typed("双城201表", "2025-09")}, typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2000.0), growth("AUTO.GOV.LJ", 2000.0, 0.6)), ""},
		{"two digits changed over", []form.Filing{retail("2025-09", 600.0, 0.2)}, retail("2026-09", 360.12, 5.0), "疑似相邻两位数字颠倒，可能应为 630.12亿元"},
		{"changed over in a count", []form.Filing{typed("双城402表", "2025-Q3", value("STE.N.LJ", 8100), value("HTE.N.LJ", 10))}, typed("双城402表", "2026-Q3", value("STE.N.LJ", 1820), value("HTE.N.LJ", 10)), "疑似相邻两位数字颠倒，可能应为 8120家"},
		{"a fall is no swap", []form.Filing{retail("2025-09", 600.0, 0.2)}, retail("2026-09", 350.12, -41.6), ""},
		{"the month for the year", []form.Filing{retail("2026-08", 500.0, 0.2)}, retail("2026-09", 66.0, 0.2), "上期累计 500.00亿元 加所填 66.00亿元，累计应为 566.00亿元"},
		{"a small correction is no month", []form.Filing{retail("2026-08", 500.0, 0.2)}, retail("2026-09", 499.0, 0.2), ""},
		{
			"rows one up",
			[]form.Filing{gdp("2025-Q3", 2900, 5230, 24310, 1100, 550)},
			gdp("2026-Q3", 24400, 2950, 24500, 1120, 560), "疑似错行：所填与下一行“其中：直管区地区生产总值（现价）”2025年三季度的 2900.00亿元 相近",
		},
		{
			"rows one down",
			[]form.Filing{typed("双城402表", "2025-Q3", value("RDINST.NEW.LJ", 12), value("RDINST.N.LJ", 160), value("STE.N.LJ", 8000), value("HTE.N.LJ", 1000))},
			typed("双城402表", "2026-Q3", value("RDINST.NEW.LJ", 12), value("RDINST.N.LJ", 12), value("STE.N.LJ", 165), value("HTE.N.LJ", 8100)),
			"疑似错行：所填与上一行“科技型企业数”2025年三季度的 8000家 相近",
		},
		{
			"rows one down, by the month before",
			[]form.Filing{typed("双城402表", "2026-Q2", value("RDINST.NEW.LJ", 12), value("RDINST.N.LJ", 160), value("STE.N.LJ", 8000), value("HTE.N.LJ", 1000))},
			typed("双城402表", "2026-Q3", value("RDINST.NEW.LJ", 12), value("RDINST.N.LJ", 12), value("STE.N.LJ", 165), value("HTE.N.LJ", 8100)),
			"疑似错行：所填与上一行“引进培育研发机构累计在册数”2026年二季度的 160家 相近",
		},
		{"a fraction for a percentage", []form.Filing{retail("2026-08", 500.0, 5.6)}, retail("2026-09", 566.0, 0.057), "可能应为 5.7%"},
		{"a percentage without its point", []form.Filing{retail("2026-08", 500.0, 5.6)}, retail("2026-09", 566.0, 570.0), "可能应为 5.7%"},
		{"a small growth is no fraction", []form.Filing{retail("2026-08", 500.0, 5.6)}, retail("2026-09", 566.0, 0.1), ""},
		{"last month's column", []form.Filing{typed("双城201表", "2026-08")}, typed("双城201表", "2026-09"), "核对是否复制了旧表的一列"},
		{"last month's column but one", []form.Filing{typed("双城201表", "2026-08")}, typed("双城201表", "2026-09", value("AUTO.GOV.LJ", 2250.0)), ""},
		{"last month's workbook", nil, typed("双城301表", "2026-08", style(func(s *form.Style) { s.PeriodText = "2026年1—9月" })), "疑似沿用了旧表样"},
		{"stocks may stand still", []form.Filing{typed("双城203表", "2025-H2")}, typed("双城203表", "2026-H1"), ""},
		{
			"last year's column", nil,
			typed("双城701表", "2026-09", growth("TRADE.TOTAL.LJ", 1432.58, nil), growth("TRADE.TOTAL.CQ", 3500.0, nil), growth("FDI.ACTUAL.LJ", 2.5, nil), growth("FDI.ACTUAL.CQ", 6.25, nil)),
			"核对是否复制了旧表的一列",
		},
	} {
		d := newDesk(t)
		for _, f := range c.before {
			known(d, f)
		}
		out := d.file(c.filing)
		var hints []string
		for _, f := range out.Findings {
			if strings.Contains(f.Hint, "疑似") || strings.Contains(f.Hint, "如误按") || strings.HasPrefix(f.Rule, "slip-") {
				hints = append(hints, f.Hint)
				checkWording(t, f)
			}
		}
		got := strings.Join(hints, "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: suggested %q, want %q\n%s", c.name, got, c.want, out.Findings)
		}
		if c.want != "" && out.Verdict == receipt.Accepted {
			t.Errorf("%s: %s\n%s", c.name, out.Verdict, out.Findings)
		}
		for _, o := range out.Observations {
			want, err := decimal.NewFromString(fmt.Sprint(c.filing.Entries[o.Code].Value))
			if o.Measure == indicator.ValueMeasure && err == nil && !o.Value.Decimal.Equal(want) {
				t.Errorf("%s: %s is read as %s, filed as %v", c.name, o.Code, o.Value.Decimal, want)
			}
		}
	}
}
