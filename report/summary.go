package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// summary is what a leader needs first: the lamps, what changed, the red list.
func (b *builder) summary() document.Section {
	s := document.Section{ID: "s1", Title: "要情"}
	s.Blocks = append(s.Blocks, b.overview(), b.tally())
	changes, table := b.changes()
	s.Blocks = append(s.Blocks, changes, b.alertSentence().led("预警。"), b.filingSentence())
	red := document.Section{ID: "red", Title: "红灯清单"}
	if cards := b.redCards(); len(cards) > 0 {
		red.Blocks = []document.Block{{Cards: cards}}
	} else {
		red.Blocks = []document.Block{say("本期没有红灯。").block()}
	}
	s.Sections = []document.Section{red}
	if table != nil {
		s.Sections = append(s.Sections, document.Section{
			ID: "changed", Title: "灯色变化", Blocks: []document.Block{{Table: table}},
		})
	}
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

// A shift is a lamp that changed since the last report.
type shift struct {
	it   *item
	from indicator.Lamp
	kind int // index into shiftNames
}

var shiftNames = [...]string{"转差", "转为无法判定", "恢复判定", "转好"}

func (b *builder) shifts() []shift {
	before := make(map[indicator.Code]indicator.Lamp)
	for i := range b.in.Previous.Results {
		r := &b.in.Previous.Results[i]
		before[r.Code] = r.Lamp
	}
	var out []shift
	for _, it := range b.scored {
		from, ok := before[it.ind.Code]
		to := it.r.Lamp
		if !ok || from == to || from == indicator.NoLamp {
			continue
		}
		sh := shift{it: it, from: from}
		switch {
		case to == indicator.Grey:
			sh.kind = 1
		case from == indicator.Grey:
			sh.kind = 2
		case to.Worse() < from.Worse():
			sh.kind = 3
		}
		out = append(out, sh)
	}
	slices.SortStableFunc(out, func(a, c shift) int {
		return cmp.Or(cmp.Compare(a.kind, c.kind), cmp.Compare(c.it.r.Lamp.Worse(), a.it.r.Lamp.Worse()))
	})
	return out
}

// changes says what is new against the last report.
func (b *builder) changes() (document.Block, *document.Table) {
	const lead = "变化。"
	if b.in.Previous == nil {
		return say("本期为首期报告，无上期可比。").led(lead), nil
	}
	with := "与上次报告（" + b.in.Previous.Period.Name() + "，数据时点" + at(b.in.Previous.AsOf) + "）相比，"
	shifts := b.shifts()
	if len(shifts) == 0 {
		return say(with + "各项目标灯色无变化。").led(lead), nil
	}
	p, first := say(with), true
	for kind, name := range shiftNames {
		n := 0
		for _, s := range shifts {
			if s.kind == kind {
				n++
			}
		}
		if n == 0 {
			continue
		}
		if !first {
			p.say("、")
		}
		first = false
		p.figure(b.count("shift/"+name, name, n, "项")).say(name)
	}
	t := &document.Table{
		ID: "changes", Caption: "灯色变化",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "变化", Align: document.Center},
			{Title: "上次", Align: document.Center},
			{Title: "本次", Align: document.Center},
			{Title: "原因", Wide: true},
		},
	}
	for _, s := range shifts {
		from, to := document.LampSign(s.from), s.it.sign
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: s.it.name(), Link: s.it.link()}, {Text: shiftNames[s.kind]}, {Sign: &from}, {Sign: &to}, {Text: statement(s.it.r)},
		}})
	}
	return p.say("，见").link("灯色变化", "changed").say("。").led(lead), t
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
