package report

import (
	"slices"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// A Rectified is an alert that the last report told, as it stands now, with what
// was done about it (督办).
type Rectified struct {
	Level string      // then
	State alert.State // then
	Alert alert.Alert // now
	Case  alert.Case
}

// overdue reports whether the measure of a case is beyond its own 时限.
func (b *builder) overdue(c *alert.Case) bool {
	return c.Stage == alert.Measured && b.in.Made.After(c.Due)
}

// rectified is 上期预警整改情况: every alert of the last report, those still in
// force first, the gravest before the others.
func (b *builder) rectified() document.Section {
	list := slices.Clone(b.in.Rectified)
	order := b.order()
	slices.SortStableFunc(list, func(x, y Rectified) int {
		for _, d := range [...]int{
			still(y.Alert.State) - still(x.Alert.State), levelRank(x.Level) - levelRank(y.Level), order[x.Alert.Code] - order[y.Alert.Code],
		} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	t := &document.Table{
		ID: "rectified", Caption: "上期预警整改情况",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "上期级别", Align: document.Center},
			{Title: "规则"},
			{Title: "现状"},
			{Title: "责任单位"},
			{Title: "督办"},
			{Title: "原因", Wide: true},
			{Title: "措施和时限", Wide: true},
		},
	}
	var over, claimed, measured, late int
	for i := range list {
		r := &list[i]
		c := &r.Case
		if r.Alert.State == alert.Resolved {
			over++
		}
		if c.Stage != alert.Unclaimed {
			claimed++
		}
		if c.Measure != "" {
			measured++
		}
		stage, measure := c.Stage.Name(), plain(c.Measure)
		if c.Stage == alert.Unclaimed && !r.Alert.State.Open() {
			stage = "自行解除"
		}
		if b.overdue(c) {
			late++
			stage += "（逾期）"
		}
		measure += due(c)
		sign := document.LevelSign(r.Level)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: b.indicatorName(r.Alert.Code)},
			{Sign: &sign},
			{Text: plain(r.Alert.RuleName)},
			{Text: orDash(r.Alert.State.Name())},
			{Text: orDash(plain(c.Owner))},
			{Text: stage},
			{Text: ended(c.Cause)},
			{Text: ended(measure)},
		}})
	}
	said := say("上期报告的预警").figure(b.count("rectified/all", "上期预警", len(list), "条")).
		say("，已解除").figure(b.count("rectified/over", "上期预警已解除", over, "条")).
		say("，已认领").figure(b.count("rectified/claimed", "上期预警已认领", claimed, "条")).
		say("，已报措施").figure(b.count("rectified/measured", "上期预警已报措施", measured, "条")).
		say("，其中逾期未完成").figure(b.count("rectified/late", "上期预警整改逾期", late, "条")).say("。")
	return document.Section{
		ID: "s3-rectified", Title: "上期预警整改情况", Blocks: []document.Block{said.block(), {Table: t}},
	}
}

// due is the 时限 of a measure in brackets.
func due(c *alert.Case) string {
	if c.Due.IsZero() {
		return ""
	}
	return "（时限" + c.Due.In(period.Shanghai).Format("2006年1月2日") + "）"
}

// still ranks what an alert of the last report has come to.
func still(s alert.State) int {
	return slices.Index([]alert.State{alert.Quiet, alert.Resolved, alert.Pending, alert.Recovering, alert.Firing}, s)
}
