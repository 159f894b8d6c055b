package report

import (
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// An Episode is an alert that was in force in the year of an annual report.
type Episode struct {
	Alert  alert.Alert // as it stands, or ended
	Case   alert.Case
	Raised time.Time
	Ended  time.Time // zero while it is open
}

// days is how many days an episode was open up to a time.
func (e *Episode) days(now time.Time) int {
	end := now
	if !e.Ended.IsZero() {
		end = e.Ended
	}
	return int(day(end).Sub(day(e.Raised)).Hours() / 24)
}

func day(t time.Time) time.Time {
	y, m, d := t.In(period.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, period.Shanghai)
}

func date(t time.Time) string { return t.In(period.Shanghai).Format("2006年1月2日") }

// episodeSentence counts the alerts of the year and what was done about them.
func (b *builder) episodeSentence() *prose {
	year := b.in.Assessment.Period.Name()
	list := b.in.Episodes
	if len(list) == 0 {
		return say(year + "没有预警")
	}
	var over, claimed, closed, longest int
	for i := range list {
		e := &list[i]
		if !e.Ended.IsZero() {
			over++
		}
		if e.Case.Stage != alert.Unclaimed {
			claimed++
		}
		if e.Case.Stage == alert.Closed {
			closed++
		}
		longest = max(longest, e.days(b.in.Made))
	}
	return say(year + "有预警").figure(b.count("episodes", "当年预警", len(list), "条")).
		say("，已解除").figure(b.count("episodes/over", "当年预警已解除", over, "条")).
		say("，已认领").figure(b.count("episodes/claimed", "当年预警已认领", claimed, "条")).
		say("，已销号").figure(b.count("episodes/closed", "当年预警已销号", closed, "条")).
		say("，最长历时").figure(b.count("episodes/longest", "预警最长历时", longest, "天"))
}

// episodes is what became of the alerts of the year (P18).
func (b *builder) episodes() document.Section {
	t := &document.Table{
		ID: "episodes", Caption: "当年的预警和督办", Empty: "当年没有预警。",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "级别", Align: document.Center},
			{Title: "规则"},
			{Title: "预警", Align: document.Right},
			{Title: "解除", Align: document.Right, Under: true},
			{Title: "历时", Align: document.Right},
			{Title: "督办"},
			{Title: "责任单位", Under: true},
			{Title: "原因", Wide: true},
			{Title: "措施", Wide: true},
		},
	}
	for i := range b.in.Episodes {
		e := &b.in.Episodes[i]
		sign := document.LevelSign(e.Alert.Level)
		over, stage := "未解除", e.Case.Stage.Name()
		if !e.Ended.IsZero() {
			if over = date(e.Ended); e.Case.Stage == alert.Unclaimed {
				stage = "自行解除"
			}
		}
		if b.overdue(&e.Case) {
			stage += "（逾期）"
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: b.indicatorName(e.Alert.Code)},
			{Sign: &sign},
			{Text: plain(e.Alert.RuleName)},
			{Text: date(e.Raised)},
			{Text: over},
			{Figure: b.count("episode/"+indicator.Fixed(float64(i+1), 0), "预警历时", e.days(b.in.Made), "天"), Unit: true},
			{Text: stage},
			{Text: orDash(plain(e.Case.Owner))},
			{Text: ended(e.Case.Cause)},
			{Text: ended(e.Case.Measure)},
		}})
	}
	return document.Section{ID: "s6-alerts", Title: "预警和督办", Blocks: []document.Block{
		b.episodeSentence().say("。").block(), {Table: t}, note("历时从预警之日起算，未解除的算至数据时点。"),
	}}
}

// revised sets the figures of the year before, as its own report had them, against
// what is known of that year now (§5.5).
func (b *builder) revised() document.Section {
	s := document.Section{ID: "s4", Title: "上年数据修订"}
	if b.in.Previous == nil || b.in.Previous.Period.End != b.in.Assessment.Period.End-12 {
		s.Blocks = []document.Block{say("没有上年的评估报告，不比较修订。").block()}
		return s
	}
	t := &document.Table{
		ID: "revised", Caption: "上年数据修订", Empty: "上年评估所用的数没有修订。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "上年评估时", Align: document.Right},
			{Title: "当时数据", Align: document.Right, Under: true},
			{Title: "现在", Align: document.Right},
			{Title: "现在数据", Align: document.Right, Under: true},
			{Title: "修订", Align: document.Right},
			{Title: "幅度", Align: document.Right},
		},
	}
	same := 0
	for _, it := range b.scored {
		old := b.before[it.ind.Code]
		if old == nil || !old.Value.OK || old.Absence != indicator.Present || old.Period.End != b.in.Previous.Period.End {
			continue
		}
		now, vintage := indicator.Opt[float64]{}, ""
		for _, p := range b.in.Assessment.History[it.ind.Code] {
			if p.Period.End == old.Period.End {
				now, vintage = indicator.Some(p.Value), statusName(p.Status, p.Vintage)
			}
		}
		if now.OK && !indicator.Less(now.V, old.Value.V) && !indicator.Less(old.Value.V, now.V) {
			same++
			continue
		}
		v := b.maker(it.ind)
		change := indicator.Opt[float64]{V: now.V - old.Value.V, OK: now.OK}
		size := indicator.Opt[float64]{V: change.V / old.Value.V * 100, OK: now.OK && old.Value.V > 0 && !it.ind.Nature.Relative()}
		was := v.value("revised_from", "上年评估时的值", old.Value, "")
		is := v.value("revised_to", "上年的现值", now, "已无此数")
		was.Period, is.Period = span(b.in.Catalogue, it.ind, old.Period), span(b.in.Catalogue, it.ind, old.Period)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Figure: was, Unit: true},
			{Text: orDash(statusName(old.Status, old.Vintage))},
			{Figure: is, Unit: true},
			{Text: orDash(vintage)},
			{Figure: v.delta("revision", "修订", change, it.ind.Decimals, indicator.DifferenceUnit(it.ind.Unit), "—"), Unit: true},
			{Figure: v.delta("revision_size", "修订幅度", size, 1, "%", "—"), Unit: true},
		}})
	}
	s.Blocks = []document.Block{
		say(b.in.Previous.Period.Name() + "的数，").figure(b.count("revised", "上年数据有修订的目标", len(t.Rows), "项")).
			say("有修订，").figure(b.count("unrevised", "上年数据没有修订的目标", same, "项")).say("没有修订。").block(),
		{Table: t},
	}
	return s
}
