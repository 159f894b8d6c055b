package report

import (
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// A filing is the state of filing summed over the departments.
type filing struct {
	total FilingStat
	rate  *document.Figure
	text  string // （应报52，已报48，其中迟报3；退回未重报0，未报4）
}

func (b *builder) newFiling() filing {
	var f filing
	for _, s := range b.in.Filing {
		f.total.Expected += s.Expected
		f.total.Received += s.Received
		f.total.OnTime += s.OnTime
		f.total.Late += s.Late
		f.total.Returned += s.Returned
		f.total.Missing += s.Missing
	}
	f.rate = b.rate("filing/all/rate", "报送率", f.total)
	n := func(v int) string { return indicator.Fixed(float64(v), 0) }
	f.text = "（应报" + n(f.total.Expected) + "，已报" + n(f.total.Received) + "，其中迟报" + n(f.total.Late) +
		"；退回未重报" + n(f.total.Returned) + "，未报" + n(f.total.Missing) + "）"
	return f
}

// rate is accepted returns as a share of those that were due. Of none due there
// is no rate.
func (b *builder) rate(key, what string, s FilingStat) *document.Figure {
	f := &document.Figure{Key: key, What: what, Unit: "%", Period: b.in.Assessment.Period.Name()}
	if s.Expected == 0 {
		f.Missing = "本期无应报"
		return b.enter(f)
	}
	f.Raw = float64(s.Received) / float64(s.Expected) * 100
	f.Number = indicator.Fixed(f.Raw, 1)
	if s.Received < s.Expected && f.Raw > 99.9 {
		f.Number = "99.9" // all but one is not all
	}
	return b.enter(f)
}

func (b *builder) filingSentence() document.Block {
	t := b.filing.total
	over := "本期"
	if b.in.Kind == Annual {
		over = "全年"
	}
	p := say(over + "应报").figure(b.count("filing/expected", "应报", t.Expected, "份")).
		say("，已报").figure(b.count("filing/received", "已报", t.Received, "份")).say("，报送率").figure(b.filing.rate)
	if t.Late+t.Returned+t.Missing == 0 {
		return p.say("，全部按时。").led("报送。")
	}
	for _, part := range [...]struct {
		key, name string
		n         int
	}{{"late", "迟报", t.Late}, {"returned", "退回未重报", t.Returned}, {"missing", "未报", t.Missing}} {
		if part.n > 0 {
			p.say("，" + part.name).figure(b.count("filing/"+part.key, part.name, part.n, "份"))
		}
	}
	if n := b.affected(); n > 0 {
		p.say("，涉及").figure(b.count("filing/affected", "受影响的评分目标", n, "项")).say("评分目标的判定，见").link("报送情况", "s5")
	}
	return p.say("。").led("报送。")
}

// affected counts the scored targets that a late, returned or missing return
// touches.
func (b *builder) affected() int {
	hit := make(map[indicator.Code]bool)
	for _, f := range b.in.Filing {
		for _, l := range f.LateReturns {
			for _, c := range l.Codes {
				if it := b.byCode[c]; it != nil && it.t.Scored {
					hit[c] = true
				}
			}
		}
	}
	return len(hit)
}

// touched says which late, returned or missing returns touch which scored targets.
func (b *builder) touched() string {
	var out []string
	for _, f := range b.in.Filing {
		for _, l := range f.LateReturns {
			var names []string
			for _, c := range l.Codes {
				if it := b.byCode[c]; it != nil && it.t.Scored {
					names = append(names, it.name())
				}
			}
			if len(names) > 0 {
				out = append(out, plain(l.Name)+plain(l.State)+"："+strings.Join(names, "、"))
			}
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "（" + strings.Join(out, "；") + "）"
}

func (b *builder) filingSection() document.Section {
	s := document.Section{ID: "s5", Title: "报送情况"}
	s.Blocks = append(s.Blocks, document.Block{Charts: []*document.Chart{b.filingChart()}}, document.Block{Table: b.filingTable()})
	s.Blocks = append(s.Blocks, document.Block{Table: b.lateTable()})
	return s
}

func (b *builder) lateTable() *document.Table {
	t := &document.Table{
		ID: "late", Caption: "迟报、退回和未报的报表及其影响", Empty: "本期没有迟报、退回或未报的报表。",
		Columns: []document.Column{{Title: "报表"}, {Title: "单位"}, {Title: "状态", Align: document.Center}, {Title: "影响的指标", Wide: true}},
	}
	for _, f := range b.in.Filing {
		for _, l := range f.LateReturns {
			var names []string
			for _, c := range l.Codes {
				names = append(names, b.indicatorName(c))
			}
			t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
				{Text: plain(l.Name)}, {Text: plain(f.Department)}, {Text: plain(l.State)}, {Text: orDash(strings.Join(names, "、"))},
			}})
		}
	}
	return t
}

func (b *builder) filingChart() *document.Chart {
	st := &document.Stack{Parts: []document.Part{
		{Name: "按时", Class: "green"}, {Name: "迟报", Class: "yellow"}, {Name: "退回未重报", Class: "orange"}, {Name: "未报", Class: "red"},
	}}
	for _, f := range b.in.Filing {
		if f.Expected == 0 {
			continue
		}
		n := func(v int) string { return indicator.Fixed(float64(v), 0) }
		st.Rows = append(st.Rows, document.StackRow{
			Label: plain(f.Department), Counts: []int{f.OnTime, f.Late, f.Returned, f.Missing}, Text: n(f.Received) + "/" + n(f.Expected),
		})
	}
	return &document.Chart{
		ID: "filing-chart", Title: "各单位报送情况（份）", Unit: "份",
		Desc: "每行一个单位，依次为按时、迟报、退回未重报、未报的报表份数；行末为已报与应报份数。", Stack: st,
	}
}

func (b *builder) filingTable() *document.Table {
	t := &document.Table{ID: "filing-table", Caption: "各单位报送情况", Columns: []document.Column{{Title: "单位"}}}
	for _, c := range [...]string{"应报", "已报", "按时", "迟报", "退回未重报", "未报"} {
		t.Columns = append(t.Columns, document.Column{Title: c, Unit: "份", Align: document.Right})
	}
	t.Columns = append(t.Columns, document.Column{Title: "报送率", Align: document.Right})
	row := func(key, name string, f FilingStat) document.Row {
		cells := []document.Cell{{Text: plain(name)}}
		for _, part := range [...]struct {
			key, what string
			n         int
		}{
			{"expected", "应报", f.Expected},
			{"received", "已报", f.Received},
			{"on_time", "按时", f.OnTime},
			{"late", "迟报", f.Late},
			{"returned", "退回未重报", f.Returned},
			{"missing", "未报", f.Missing},
		} {
			cells = append(cells, document.Cell{Figure: b.count(key+"/"+part.key, name+part.what, part.n, "份")})
		}
		return document.Row{Cells: append(cells, document.Cell{Figure: b.rate(key+"/rate", name+"报送率", f), Unit: true})}
	}
	for i, f := range b.in.Filing {
		t.Rows = append(t.Rows, row("filing/"+indicator.Fixed(float64(i+1), 0), plain(f.Department), f))
	}
	total := row("filing/all", "合计", b.filing.total)
	total.Total = true
	t.Rows = append(t.Rows, total)
	return t
}
