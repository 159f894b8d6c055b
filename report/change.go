package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// A shift is a lamp that changed since the last report.
type shift struct {
	it   *item
	from indicator.Lamp
	kind int // index into shiftNames
}

var shiftNames = [...]string{"转差", "转为无法判定", "恢复判定", "转好"}

func (b *builder) shifts() []shift {
	if b.in.Previous == nil {
		return nil
	}
	var out []shift
	for _, it := range b.scored {
		old := b.before[it.ind.Code]
		if old == nil || old.Lamp == it.r.Lamp || old.Lamp == indicator.NoLamp {
			continue
		}
		sh := shift{it: it, from: old.Lamp}
		switch to := it.r.Lamp; {
		case to == indicator.Grey:
			sh.kind = 1
		case sh.from == indicator.Grey:
			sh.kind = 2
		case to.Worse() < sh.from.Worse():
			sh.kind = 3
		}
		out = append(out, sh)
	}
	slices.SortStableFunc(out, func(a, c shift) int {
		return cmp.Or(cmp.Compare(a.kind, c.kind), cmp.Compare(c.it.r.Lamp.Worse(), a.it.r.Lamp.Worse()))
	})
	return out
}

// A tiding is an alert that is not as the last report told it. What messages told
// meanwhile is not looked at: a report is read beside the last one.
type tiding struct {
	alert.Tiding
	quiet bool // 静默: it stands in a report, and is no occasion for one
}

// tidingOrder are the occasions on which a report tells an alert, in their order.
var tidingOrder = [...]alert.Occasion{alert.Rose, alert.Relapsed, alert.Began, alert.Ended}

// tidings are the alerts that changed since the last report, the gravest change
// first. Against no report before, every alert in force is new.
func (b *builder) tidings() []tiding {
	told := make(map[string]*Rectified, len(b.in.Rectified))
	for i := range b.in.Rectified {
		told[b.in.Rectified[i].Alert.Episode] = &b.in.Rectified[i]
	}
	quiet := make(map[string]bool)
	for i := range b.in.Cases {
		quiet[b.in.Cases[i].Episode] = b.in.Cases[i].Quiet(b.in.Made)
	}
	var out []tiding
	for _, a := range b.alerts {
		if t := told[a.Episode]; t == nil && a.State.Raised() {
			out = append(out, tiding{alert.Tiding{Alert: a, Occasion: alert.Began}, quiet[a.Episode]})
		}
	}
	for i := range b.in.Rectified {
		r := &b.in.Rectified[i]
		n := tiding{alert.Tiding{Alert: r.Alert}, r.Case.Quiet(b.in.Made)}
		switch {
		case !r.Alert.State.Open():
			n.Occasion = alert.Ended
		case !r.Alert.State.Raised() || r.Alert.InhibitedBy != "":
			continue
		case levelRank(r.Alert.Level) < levelRank(r.Level):
			n.Occasion, n.From = alert.Rose, r.Level
		case r.State == alert.Recovering && r.Alert.State == alert.Firing:
			n.Occasion = alert.Relapsed
		default:
			continue
		}
		out = append(out, n)
	}
	order := b.order()
	slices.SortStableFunc(out, func(x, y tiding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(tidingOrder[:], x.Occasion), slices.Index(tidingOrder[:], y.Occasion)), cmp.Compare(levelRank(x.Level), levelRank(y.Level)),
			cmp.Compare(order[x.Code], order[y.Code]), cmp.Compare(x.Rule, y.Rule),
		)
	})
	return out
}

// against names the report that is compared with.
func (b *builder) against() string {
	return "与上次报告（" + b.in.Previous.Period.Name() + "，数据时点" + at(b.in.Previous.AsOf) + "）相比，"
}

// changes says what is new of the lamps against the last report.
func (b *builder) changes(shifts []shift) document.Block {
	const lead = "变化。"
	if b.in.Previous == nil {
		return say("本期为首期报告，无上期可比。").led(lead)
	}
	if len(shifts) == 0 {
		return say(b.against() + "各项目标灯色无变化。").led(lead)
	}
	counts := make([]int, len(shiftNames))
	for _, s := range shifts {
		counts[s.kind]++
	}
	return b.tallied(say(b.against()), "shift", shiftNames[:], counts, "项").say("，见").link("灯色变化", "changed").say("。").led(lead)
}

// tallied counts what there is of each name: 2项转差、1项转好.
func (b *builder) tallied(p *prose, key string, names []string, counts []int, unit string) *prose {
	first := true
	for i, name := range names {
		if counts[i] == 0 {
			continue
		}
		if !first {
			p.say("、")
		}
		first = false
		p.figure(b.count(key+"/"+name, name, counts[i], unit)).say(name)
	}
	return p
}

func (b *builder) shiftTable(shifts []shift) *document.Table {
	t := &document.Table{
		ID: "changes", Caption: "灯色变化",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "变化", Align: document.Center},
			{Title: "上次", Align: document.Center},
			{Title: "本次", Align: document.Center},
			{Title: "现值", Align: document.Right},
			{Title: "截至", Align: document.Right, Under: true},
			{Title: "原因", Wide: true},
			{Title: "需要", Wide: true},
			{Title: "责任单位"},
		},
	}
	for _, s := range shifts {
		from, to := document.LampSign(s.from), s.it.sign
		needs := "—"
		if l := s.it.r.Lamp; l != indicator.Green && l != indicator.Blue {
			needs = need(s.it)
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: s.it.name(), Link: s.it.link()},
			{Text: shiftNames[s.kind]},
			{Sign: &from},
			{Sign: &to},
			{Figure: s.it.value, Unit: true},
			{Text: s.it.value.Period},
			{Text: statement(s.it.r)},
			{Text: needs},
			{Text: s.it.owner()},
		}})
	}
	return t
}

// tidingSentence counts the alerts that changed since the last report.
func (b *builder) tidingSentence(list []tiding) *prose {
	if len(list) == 0 {
		return say("上次报告以来，预警没有变动。")
	}
	names, counts := make([]string, len(tidingOrder)), make([]int, len(tidingOrder))
	for i, o := range tidingOrder {
		names[i] = o.Name()
	}
	for _, n := range list {
		counts[slices.Index(tidingOrder[:], n.Occasion)]++
	}
	p := say("上次报告以来，预警")
	if b.in.Previous == nil {
		p = say("生效中的预警")
	}
	return b.tallied(p, "tidings", names, counts, "条").say("，见").link("预警变动", "news").say("。")
}

func (b *builder) tidingTable(list []tiding) *document.Table {
	t := &document.Table{
		ID: "tidings", Caption: "预警变动",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "变动", Align: document.Center},
			{Title: "级别", Align: document.Center},
			{Title: "规则"},
			{Title: "起始", Under: true},
			{Title: "原因", Wide: true},
			{Title: "需要", Wide: true},
			{Title: "责任单位"},
		},
	}
	rows := make(map[string]int)
	for _, n := range list {
		what := n.Occasion.Name()
		if n.From != "" {
			what += "（原" + plain(n.From) + "）"
		}
		name := b.indicatorName(n.Code)
		// One late return is one line, however many indicators it carries.
		about := strings.Join([]string{what, n.Level, n.Rule, n.Since.String(), why(n.Alert), n.Need, n.Owner}, "\x00")
		if i, ok := rows[about]; ok {
			c := &t.Rows[i].Cells[0]
			c.Text, c.Link = c.Text+"、"+name, ""
			continue
		}
		rows[about] = len(t.Rows)
		cell := document.Cell{Text: name}
		if it := b.byCode[n.Code]; it != nil {
			cell.Link = it.link()
		}
		sign := document.LevelSign(n.Level)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			cell,
			{Text: what},
			{Sign: &sign},
			{Text: plain(n.RuleName)},
			{Text: orDash(n.Since.Name())},
			{Text: why(n.Alert)},
			{Text: ended(n.Need)},
			{Text: orDash(plain(n.Owner))},
		}})
	}
	return t
}

// standing is what was told before and stands as it was, in one line each: lamps
// that ask for something, and alerts in force.
func (b *builder) standing(shifts []shift, list []tiding) *document.Table {
	t := &document.Table{
		ID: "standing", Caption: "持续事项", Empty: "没有持续事项。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "现值", Align: document.Right},
			{Title: "目标值", Align: document.Right},
			{Title: "缺口", Align: document.Right},
			{Title: "较上次", Align: document.Right},
			{Title: "预警"},
			{Title: "责任单位"},
		},
	}
	fresh := make(map[indicator.Code]bool)
	for _, s := range shifts {
		fresh[s.it.ind.Code] = true
	}
	for _, n := range list {
		fresh[n.Code] = true
	}
	gravest, raised := make(map[indicator.Code]string), make(map[indicator.Code]int)
	for _, a := range b.alerts { // the gravest first
		if a.State.Raised() {
			if raised[a.Code]++; raised[a.Code] == 1 {
				gravest[a.Code] = plain(a.Level + " " + a.RuleName)
			}
		}
	}
	for _, l := range lampOrder {
		for _, it := range b.withLamp(l) {
			asks := l == indicator.Red || l == indicator.Yellow || l == indicator.Grey
			if fresh[it.ind.Code] || !asks && raised[it.ind.Code] == 0 {
				continue
			}
			told := orDash(gravest[it.ind.Code])
			if n := raised[it.ind.Code]; n > 1 {
				told += "等" + strconv.Itoa(n) + "条"
			}
			sign := it.sign
			t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
				{Text: it.name(), Link: it.link()},
				{Sign: &sign},
				{Figure: it.value, Unit: true},
				{Figure: it.target, Unit: true},
				{Figure: it.gap, Unit: true},
				{Figure: b.gapChange(it), Unit: true},
				{Text: told},
				{Text: it.owner()},
			}})
		}
	}
	return t
}

// gapChange is by how much a gap has closed (+) or widened (−) since the last
// report; nothing when the two were not found in one way.
func (b *builder) gapChange(it *item) *document.Figure {
	v := b.maker(it.ind)
	change := indicator.Opt[float64]{}
	if old, r := b.before[it.ind.Code], it.r; old != nil && old.Method == r.Method {
		switch {
		case it.gap.Missing != "":
		case r.Gap.OK && old.Gap.OK && r.Projection != nil && old.Projection != nil && r.Projection.Method == old.Projection.Method:
			change = indicator.Some(r.Gap.V - old.Gap.V)
		case !r.Gap.OK && !old.Gap.OK && old.CurrentGap.OK && r.CurrentGap.OK:
			change = indicator.Some(r.CurrentGap.V - old.CurrentGap.V)
		}
	}
	f := v.delta("gap_change", "缺口较上次", change, it.ind.Decimals, indicator.DifferenceUnit(it.ind.Unit), "—")
	f.Estimate = it.gap.Estimate
	return f
}

// news are the parts that say what changed since the last report.
func (b *builder) news(shifts []shift, list []tiding) []document.Section {
	var out []document.Section
	if len(shifts) > 0 {
		out = append(out, document.Section{ID: "changed", Title: "灯色变化", Blocks: []document.Block{{Table: b.shiftTable(shifts)}}})
	}
	if len(list) > 0 {
		out = append(out, document.Section{ID: "news", Title: "预警变动", Blocks: []document.Block{{Table: b.tidingTable(list)}}})
	}
	return out
}

// stillOpen is the part after the news: what stands as it was told.
func (b *builder) stillOpen(shifts []shift, list []tiding) document.Section {
	return document.Section{ID: "still", Title: "持续事项", Blocks: []document.Block{
		{Table: b.standing(shifts, list)},
		note("较上次为缺口与上次报告之差，正数为缩小，负数为扩大；两次方法不同的不比较。"),
	}}
}
