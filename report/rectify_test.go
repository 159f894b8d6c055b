package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/alert"
	"zhibiao/report"
)

func TestWhatBecameOfTheAlertsOfTheLastReport(t *testing.T) {
	in := small()
	if strings.Contains(text(build(t, in)), "上期报告的预警") {
		t.Error("a report without a last one tells of its alerts")
	}
	day := func(d int) time.Time { return in.Made.AddDate(0, 0, d) }
	told := func(code, name, level string, state alert.State, acts ...alert.Act) report.Rectified {
		a := in.Alerts[0]
		a.Code, a.RuleName, a.State, a.Episode = in.Alerts[0].Code, name, state, "r|"+code
		for i := range in.Assessment.Results {
			if string(in.Assessment.Results[i].Code) == code {
				a.Code = in.Assessment.Results[i].Code
			}
		}
		c := alert.Opened(a.Episode, a.Owner, day(-40))
		for _, act := range acts {
			c.Apply(act)
		}
		return report.Rectified{Level: level, Alert: a, Case: c}
	}
	claim := alert.Act{Kind: alert.Claim, By: "甲", At: day(-30)}
	cause := alert.Act{Kind: alert.Cause, By: "甲", At: day(-29), Text: "投资放缓"}
	measure := alert.Act{Kind: alert.Measure, By: "甲", At: day(-29), Text: "加快开工", Due: day(-2)}
	in.Rectified = []report.Rectified{
		told("HTE.N", "增速回落", "黄", alert.Resolved),
		told("SHARE.ALL", "黄灯", "黄", alert.Firing, claim, cause),
		told("GDP.ALL", "红灯", "红", alert.Firing, claim, cause, measure),
	}
	d := build(t, in)
	var got []string
	for _, r := range tables(d)["rectified"].Rows {
		var cells []string
		for _, c := range r.Cells {
			if c.Sign != nil {
				c.Text = c.Sign.Word
			}
			cells = append(cells, c.Text)
		}
		got = append(got, strings.Join(cells, " | "))
	}
	want := []string{
		"生产总值 | 红 | 红灯 | 预警 | 经济运行局 | 整改中（逾期） | 投资放缓。 | 加快开工（时限2026年10月18日）。",
		"比重 | 黄 | 黄灯 | 预警 | 经济运行局 | 待报措施 | 投资放缓。 | —",
		"企业数 | 黄 | 增速回落 | 已解除 | 经济运行局 | 自行解除 | — | —",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := text(d); !strings.Contains(s, "上期报告的预警3条，已解除1条，已认领2条，已报措施1条，其中逾期未完成1条。") {
		t.Error("the sum of it is not told")
	}
	page(t, d)
}
