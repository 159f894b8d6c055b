package report

import (
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// A prose is a sentence being written: words and figures in turn.
type prose struct{ runs []document.Run }

func say(text string) *prose { return new(prose).say(text) }

func (p *prose) say(text string) *prose {
	p.runs = append(p.runs, document.Run{Text: text})
	return p
}

func (p *prose) figure(f *document.Figure) *prose {
	p.runs = append(p.runs, document.Run{Figure: f})
	return p
}

// magnitude prints a figure without its sign: the verb before it carries it.
func (p *prose) magnitude(f *document.Figure) *prose {
	p.runs = append(p.runs, document.Run{Figure: f, Magnitude: true})
	return p
}

func (p *prose) sign(s document.Sign) *prose {
	p.runs = append(p.runs, document.Run{Sign: &s})
	return p
}

func (p *prose) link(text, id string) *prose {
	p.runs = append(p.runs, document.Run{Text: text, Link: id})
	return p
}

func (p *prose) join(q *prose) *prose {
	p.runs = append(p.runs, q.runs...)
	return p
}

func (p *prose) block() document.Block { return document.Block{Paragraph: p.paragraph()} }

func (p *prose) paragraph() *document.Paragraph { return &document.Paragraph{Runs: p.runs} }

func (p *prose) led(lead string) document.Block {
	para := p.paragraph()
	para.Lead = lead
	return document.Block{Paragraph: para}
}

func note(text string) document.Block {
	return document.Block{Paragraph: &document.Paragraph{Runs: []document.Run{{Text: text}}, Small: true}}
}

// sentence states an indicator as statistics prose does: the period, the value,
// and the change against a year ago in the words of §5.21.
func sentence(it *item) *prose {
	if it.value.Missing != "" {
		p := say(it.name() + "无数据（" + it.value.Missing + "）")
		if it.value.Period != "" {
			p = say(it.value.Period + "，" + it.name() + "无数据（" + it.value.Missing + "）")
		}
		return p.say("。")
	}
	p := say(it.value.Period + "，" + it.name()).figure(it.value)
	return p.join(change(it)).say("。")
}

// change is the clause about the year before; empty when nothing is known.
// Differences of shares and rates are 提高 or 下降 by 百分点, growth of
// everything else is 增长 or 下降 by per cent (§5.21).
func change(it *item) *prose {
	g := it.growth
	if g.Missing != "" || it.ind.Nature.Evidence() {
		return new(prose)
	}
	against, rate := "上年同期", "，同比"
	if it.ind.Freq == period.Year {
		against, rate = "上年", "，比上年"
	}
	switch {
	case zero(g.Number):
		return say("，与" + against + "持平").join(tagged(g))
	case it.ind.Nature.Relative() && g.Raw > 0:
		return say("，比" + against + "提高").magnitude(g)
	case it.ind.Nature.Relative():
		return say("，比" + against + "下降").magnitude(g)
	case g.Raw > 0:
		return say(rate + "增长").magnitude(g).join(tagged(g))
	}
	return say(rate + "下降").magnitude(g).join(tagged(g))
}

func tagged(g *document.Figure) *prose {
	if g.Tag == "" {
		return new(prose)
	}
	return say("（" + g.Tag + "）")
}

// outlook is the sentence about 2027: what is projected and what is missing.
func outlook(it *item) *prose {
	if it.projection.Missing != "" {
		return new(prose)
	}
	p := say("按现有走势测算，2027年为").figure(it.projection)
	switch {
	case it.gap.Missing != "" || zero(it.gap.Number):
	case it.gap.Raw < 0:
		p.say("，比目标少").magnitude(it.gap)
	default:
		p.say("，比目标多").magnitude(it.gap)
	}
	if it.chance.Missing == "" {
		p.say("，达到目标的概率").figure(it.chance)
	}
	return p.say("。")
}

// lampCounts lists how many of the items have each lamp: “红2项、黄1项”.
func (b *builder) lampCounts(key string, items []*item) *prose {
	p := new(prose)
	for _, l := range lampOrder {
		n := ofLamp(items, l)
		if n == 0 {
			continue
		}
		if len(p.runs) > 0 {
			p.say("、")
		}
		p.sign(document.LampSign(l)).figure(b.count(key+"/"+string(l), l.Meaning(), n, "项"))
	}
	return p
}

// statement is the reason of a lamp as a closed sentence.
func statement(r *indicator.Result) string {
	if r.Reason == "" {
		return "未记录原因。"
	}
	return ended(r.Reason)
}
