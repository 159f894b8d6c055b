// Package report turns an evaluation, its alerts and the state of filing into
// one Document, and the Document into HTML with SVG charts. Every number is
// formatted once, in Build; writers print what they are given. It knows no
// database, no clock and no file; report/xlsx writes the same Document as a
// workbook.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// Build makes the document of an input. It returns an error when the input is
// incomplete or contradicts itself: a blank or partial report is never made.
func Build(in Input) (*document.Document, error) {
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	b := &builder{in: in, figures: make(map[string]*document.Figure), result: make(map[indicator.Code]*indicator.Result)}
	for i := range in.Assessment.Results {
		r := &in.Assessment.Results[i]
		b.result[r.Code] = r
	}
	for i := range in.Catalogue.Indicators {
		ind := &in.Catalogue.Indicators[i]
		if t := ind.Target(); t != nil {
			it := b.newItem(ind, b.result[ind.Code])
			if t.Scored {
				b.scored = append(b.scored, it)
			} else {
				b.unscored = append(b.unscored, it)
			}
		}
	}
	b.before = make(map[indicator.Code]*indicator.Result)
	if prev := in.Previous; prev != nil {
		for i := range prev.Results {
			b.before[prev.Results[i].Code] = &prev.Results[i]
		}
	}
	b.byCode = make(map[indicator.Code]*item, len(b.scored)+len(b.unscored))
	for _, it := range slices.Concat(b.scored, b.unscored) {
		b.byCode[it.ind.Code] = it
	}
	b.alerts = tellable(in.Alerts, b.order())
	b.filing = b.newFiling()
	if in.Kind == Special && !b.changed() {
		return nil, fmt.Errorf("build %s: %w", in.Kind.Name(), ErrUnchanged)
	}

	p := in.Assessment.Period
	d := &document.Document{
		Title: in.Kind.title(), Period: p.Name(), PeriodID: p.String(), Made: in.Made.In(period.Shanghai), TestData: in.TestData,
		Head: b.head(), Sections: linked(numbered(b.sections())),
	}
	if in.Kind == HalfYearly {
		d.Forms = []document.Form{b.taskForm()}
	}
	d.Figures, d.Series = printed(d, b.ledger), b.series()
	return d, nil
}

// printed are the figures of the ledger that a document shows: one kind of report
// shows fewer than were made.
func printed(d *document.Document, ledger []*document.Figure) []*document.Figure {
	shown := make(map[string]bool)
	cell := func(c *document.Cell) {
		if c.Figure != nil {
			shown[c.Figure.Key] = true
		}
	}
	prose := func(p *document.Paragraph) {
		for _, r := range p.Runs {
			if r.Figure != nil {
				shown[r.Figure.Key] = true
			}
		}
	}
	facts := func(list []document.Fact) {
		for i := range list {
			cell(&list[i].Cell)
		}
	}
	facts(d.Head)
	d.Walk(func(s *document.Section) {
		for _, bl := range s.Blocks {
			if bl.Paragraph != nil {
				prose(bl.Paragraph)
			}
			if bl.Tally != nil {
				for _, c := range bl.Tally.Items {
					shown[c.Figure.Key] = true
				}
			}
			if bl.Table != nil {
				for _, r := range bl.Table.Rows {
					for i := range r.Cells {
						cell(&r.Cells[i])
					}
				}
			}
			for i := range bl.Cards {
				c := &bl.Cards[i]
				facts(c.Facts)
				if c.Lead != nil {
					prose(c.Lead)
				}
				for j := range c.Notes {
					prose(&c.Notes[j])
				}
			}
		}
	})
	return slices.DeleteFunc(ledger, func(f *document.Figure) bool { return !shown[f.Key] })
}

type builder struct {
	in       Input
	result   map[indicator.Code]*indicator.Result
	scored   []*item // in catalogue order
	unscored []*item
	before   map[indicator.Code]*indicator.Result // of the last report
	byCode   map[indicator.Code]*item
	alerts   []alert.Alert
	filing   filing

	figures map[string]*document.Figure
	ledger  []*document.Figure
}

// enter puts a figure into the ledger, or returns the one that is there.
func (b *builder) enter(f *document.Figure) *document.Figure {
	if old := b.figures[f.Key]; old != nil {
		return old
	}
	b.figures[f.Key] = f
	b.ledger = append(b.ledger, f)
	return f
}

// count is a figure that counts things: 5项.
func (b *builder) count(key, what string, n int, unit string) *document.Figure {
	return b.enter(&document.Figure{
		Key: "count/" + key, What: what, Number: indicator.Fixed(float64(n), 0), Unit: unit, Raw: float64(n),
		Period: b.in.Assessment.Period.Name(),
	})
}

// order is the place of each code in the catalogue.
func (b *builder) order() map[indicator.Code]int {
	m := make(map[indicator.Code]int, len(b.in.Catalogue.Indicators))
	for i := range b.in.Catalogue.Indicators {
		m[b.in.Catalogue.Indicators[i].Code] = i
	}
	return m
}

func (b *builder) withLamp(l indicator.Lamp) []*item {
	var out []*item
	for _, it := range b.scored {
		if it.r.Lamp == l {
			out = append(out, it)
		}
	}
	return out
}

// lampOrder is the order in which lamps are shown: the worst first.
var lampOrder = [...]indicator.Lamp{indicator.Red, indicator.Yellow, indicator.Green, indicator.Blue, indicator.Grey}

const timeLayout = "2006年1月2日 15:04"

func at(t time.Time) string { return t.In(period.Shanghai).Format(timeLayout) }

// head is what stands on top and, in part, at the foot of every page.
func (b *builder) head() []document.Fact {
	in := b.in
	text := func(label, s string) document.Fact {
		return document.Fact{Label: label, Cell: document.Cell{Text: plain(s)}}
	}
	hash := func(label, s string) document.Fact {
		f := text(label, short(s))
		f.Cell.Title = plain(s)
		return f
	}
	facts := []document.Fact{
		text("截至期", in.Assessment.Period.Name()),
		text("数据时点", at(in.Assessment.AsOf)),
		{Label: "报送率", Cell: document.Cell{Figure: b.filing.rate, Unit: true, Text: b.filing.text}},
		{Label: "缺报影响", Cell: document.Cell{Figure: b.count("filing/affected", "受影响的评分目标", b.affected(), "项"), Unit: true, Text: b.touched()}, Wide: true},
		text("生成时间", at(in.Made)+"（北京时间）"),
		text("运行号", in.RunID),
		hash("指标目录", in.CatalogueHash),
		hash("结果校验", in.Assessment.Hash),
		hash("日志链头", in.JournalHead),
		{Label: "数据版本", Cell: document.Cell{Text: orDash(strings.Join(b.vintages(), "、"))}},
		{Label: "方法与版本", Cell: document.Cell{Text: plain(strings.Join(b.methods(), "、"))}, Wide: true},
	}
	if in.TestData {
		facts = append(facts, text("数据性质", "测试数据，不得作为统计资料使用"))
	}
	return facts
}

// short is the beginning of a hash, enough to compare by eye.
func short(hash string) string {
	if r := []rune(hash); len(r) > 16 {
		return string(r[:16]) + "…"
	}
	return hash
}

// methods lists the methods and versions behind the lamps, once each.
func (b *builder) methods() []string {
	var out []string
	for _, it := range b.scored {
		if m := it.r.Method; m != "" && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

// vintages lists the kinds of value behind the lamps, once each, in the order of
// the catalogue.
func (b *builder) vintages() []string {
	var out []string
	for _, it := range b.scored {
		if v := statusName(it.r.Status, it.r.Vintage); it.r.Value.OK && v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// series is the history of every indicator with a target, for re-use.
func (b *builder) series() []document.Series {
	var out []document.Series
	for _, it := range slices.Concat(b.scored, b.unscored) {
		pts := b.in.Assessment.History[it.ind.Code]
		if len(pts) == 0 {
			continue
		}
		s := document.Series{Code: string(it.ind.Code), Name: it.name(), Unit: it.ind.Unit}
		for _, p := range pts {
			s.Points = append(s.Points, document.Record{
				PeriodID: p.Period.String(), Period: span(b.in.Catalogue, it.ind, p.Period), Raw: p.Value,
				Printed: indicator.Print(p.Value, it.ind.Decimals, it.ind.Rounding), Status: statusName(p.Status, p.Vintage),
			})
		}
		out = append(out, s)
	}
	return out
}

// statusName is what kind of value it is, in words.
func statusName(s indicator.ObsStatus, v indicator.Vintage) string {
	switch {
	case s == indicator.Estimated:
		return "推算"
	case v.Name() != "":
		return v.Name()
	case s == indicator.Provisional:
		return "初步数"
	}
	return ""
}
