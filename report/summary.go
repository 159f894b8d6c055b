package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// summary is what a leader needs first: the lamps, what changed, what stands as it
// was in one line each, the red list.
func (b *builder) summary() document.Section {
	s := document.Section{ID: "s1", Title: "要情"}
	shifts := b.shifts()
	s.Blocks = append(s.Blocks, b.overview(), b.tally(), b.changes(shifts), b.alertSentence().led("预警。"), b.filingSentence())
	if b.in.Previous != nil {
		list := b.tidings()
		s.Blocks = slices.Insert(s.Blocks, 3, b.tidingSentence(list).led("变动。"))
		s.Sections = append(b.news(shifts, list), b.stillOpen(shifts, list))
	}
	red := document.Section{ID: "red", Title: "红灯清单"}
	if cards := b.redCards(); len(cards) > 0 {
		red.Blocks = []document.Block{{Cards: cards}}
	} else {
		red.Blocks = []document.Block{say("本期没有红灯。").block()}
	}
	s.Sections = append(s.Sections, red)
	return s
}

func (b *builder) overview() document.Block {
	p := say("截至" + b.in.Assessment.Period.Name() + "，").
		figure(b.count("scored", "评分目标", len(b.scored), "项")).say("评分目标中")
	for i, l := range [...]indicator.Lamp{indicator.Blue, indicator.Green, indicator.Yellow, indicator.Red, indicator.Grey} {
		sep := "，"
		if i > 0 {
			sep = "、"
		}
		p.say(sep + l.Meaning() + "（" + l.Name() + "）").figure(b.lampCount(l))
	}
	return p.say("。").led("总体。")
}

func (b *builder) lampCount(l indicator.Lamp) *document.Figure {
	return b.count("lamp/"+string(l), l.Meaning(), len(b.withLamp(l)), "项")
}

func (b *builder) tally() document.Block {
	t := &document.Tally{ID: "tally", Title: "评分目标灯色"}
	var words []string
	for _, l := range lampOrder {
		f := b.lampCount(l)
		c := document.Count{Sign: document.LampSign(l), Figure: f, Link: "s2"}
		switch l {
		case indicator.Red:
			c.Link = "red"
		case indicator.Yellow, indicator.Grey:
			c.Link = "s3"
		}
		t.Items = append(t.Items, c)
		words = append(words, l.Name()+f.Full())
	}
	t.Desc = "各灯色的评分目标数：" + strings.Join(words, "，") + "。"
	return document.Block{Tally: t}
}

func (b *builder) alertSentence() *prose {
	fresh, open := 0, 0
	codes := make(map[indicator.Code]bool)
	for _, a := range b.alerts {
		if a.State.Raised() {
			open++
			codes[a.Code] = true
			if a.New {
				fresh++
			}
		}
	}
	if open == 0 {
		return say("本期没有生效中的预警。")
	}
	return say("生效中的预警").figure(b.count("alerts/open", "生效中的预警", open, "条")).
		say("，涉及").figure(b.count("alerts/indicators", "预警涉及的指标", len(codes), "项")).say("指标").
		say("，其中本期新增").figure(b.count("alerts/new", "本期新增预警", fresh, "条")).say("，见").link("预警清单", "s3").say("。")
}

// redCards is one card for each red target, the worst first.
func (b *builder) redCards() []document.Card {
	red := b.withLamp(indicator.Red)
	byShortfall(red)
	cards := make([]document.Card, 0, len(red))
	for _, it := range red {
		sign := it.sign
		c := document.Card{
			ID: "red-" + string(it.ind.Code), Title: it.name(), Sign: &sign, Label: it.t.ID, Link: it.link(),
			Lead: say(statement(it.r)).paragraph(),
			Facts: []document.Fact{
				{Label: "现值", Cell: document.Cell{Figure: it.value, Unit: true, Text: aside(it.value.Period)}},
				{Label: "目标", Cell: document.Cell{Figure: it.target, Unit: true, Text: strength(it.t)}},
				{Label: "2027年测算", Cell: document.Cell{Figure: it.projection, Unit: true}},
				{Label: it.gap.What, Cell: document.Cell{Figure: it.gap, Unit: true}},
				{Label: it.required.What, Cell: document.Cell{Figure: it.required, Unit: true}},
				{Label: "责任单位", Cell: document.Cell{Text: it.owner()}},
			},
		}
		if it.judged != it.value {
			c.Facts = slices.Insert(c.Facts, 1, document.Fact{
				Label: it.judged.What, Cell: document.Cell{Figure: it.judged, Unit: true, Text: aside(it.judged.Period)},
			})
		}
		if since := b.since(it.ind.Code); since != "" {
			c.Facts = append(c.Facts, document.Fact{Label: "预警始于", Cell: document.Cell{Text: since}})
		}
		c.Chart = b.bullet(it)
		cards = append(cards, c)
	}
	return cards
}

func aside(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

func strength(t *indicator.Target) string {
	if t.Strength == "" || t.Strength == "plain" {
		return ""
	}
	return "（" + plain(t.Strength) + "）"
}

// byShortfall sorts the worst relative gap first; what has none comes last.
func byShortfall(items []*item) {
	slices.SortStableFunc(items, func(a, c *item) int {
		switch {
		case math.IsNaN(a.rel) && math.IsNaN(c.rel):
			return 0
		case math.IsNaN(a.rel):
			return 1
		case math.IsNaN(c.rel):
			return -1
		}
		return cmp.Compare(a.rel, c.rel)
	})
}
