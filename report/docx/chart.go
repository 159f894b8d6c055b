package docx

import (
	"math"
	"strconv"
	"strings"

	"zhibiao/report/document"
)

// chartTable is a chart as a table of what is written on it. It is nil for a
// chart whose numbers all stand beside it: a bullet is drawn from the facts of
// its card, a sparkline from a history that the appendix lists.
func chartTable(c *document.Chart) *document.Table {
	switch {
	case c.Trend != nil:
		return trendTable(c)
	case c.Bars != nil:
		return barsTable(c)
	case c.Heat != nil:
		return heatTable(c)
	case c.Stack != nil:
		return stackTable(c)
	}
	return nil
}

// trendTable has a column for each year of the axis, and what is known of it.
// What lies between the ends of years has no column: of a series with several
// values a year the last one stands.
func trendTable(c *document.Chart) *document.Table {
	tr := c.Trend
	t := &document.Table{ID: c.ID, Caption: c.Title, Compact: true, Columns: []document.Column{{Title: "年份", Unit: c.Unit}}}
	for _, tick := range tr.X.Ticks {
		t.Columns = append(t.Columns, document.Column{Title: tick.Text, Align: document.Right})
	}
	row := func(label string, marks ...document.Mark) {
		cells := make([]document.Cell, len(t.Columns))
		cells[0].Text = label
		some := false
		for _, m := range marks {
			for i, tick := range tr.X.Ticks {
				if m.Text != "" && m.At > tick.At-1+1e-6 && m.At <= tick.At+1e-6 {
					cells[i+1].Text, some = m.Text, true
					if math.Abs(m.At-tick.At) > 1e-6 {
						cells[i+1].Text += "（" + strings.TrimPrefix(m.Label, tick.Text+"年") + "）"
					}
				}
			}
		}
		if some {
			t.Rows = append(t.Rows, document.Row{Cells: cells})
		}
	}
	row("实际", tr.Actual...)
	if tr.Running != nil {
		row("本年累计", *tr.Running)
	}
	row("序时路径", tr.Path...)
	var estimates []document.Mark
	for _, m := range []*document.Mark{tr.FullYear, tr.Projection} {
		if m != nil {
			estimates = append(estimates, *m)
		}
	}
	row("测算", estimates...)
	if tr.Target != nil {
		row("目标", *tr.Target)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// barsTable draws the bars in characters, left and right of zero, beside their
// printed values.
func barsTable(c *document.Chart) *document.Table {
	t := &document.Table{ID: c.ID, Caption: c.Title, Columns: []document.Column{
		{Title: "名称"},
		{Title: "标志", Align: document.Center},
		{Title: "不足", Align: document.Right},
		{Title: "数值", Align: document.Center},
		{Title: "超过", Align: document.Left},
	}}
	for _, b := range c.Bars.Bars {
		cells := []document.Cell{{Text: b.Label, Link: b.Link}, {Sign: &b.Sign}, {}, {Text: b.Text}, {}}
		if b.Has {
			length := func(end float64) string {
				const most = 10.0
				span := math.Max(math.Abs(c.Bars.Axis.Min), math.Abs(c.Bars.Axis.Max))
				if span == 0 || b.Value*end <= 0 {
					return ""
				}
				return strings.Repeat("█", int(math.Ceil(math.Min(math.Abs(b.Value)/span, 1)*most)))
			}
			cells[2].Text, cells[4].Text = length(-1), length(1)
		}
		t.Rows = append(t.Rows, document.Row{Cells: cells})
	}
	return t
}

func heatTable(c *document.Chart) *document.Table {
	t := &document.Table{ID: c.ID, Caption: c.Title, Columns: []document.Column{{Title: "名称"}}}
	for _, s := range c.Heat.Columns {
		t.Columns = append(t.Columns, document.Column{Title: s.String(), Align: document.Center})
	}
	for _, r := range c.Heat.Rows {
		t.Rows = append(t.Rows, counted(document.Cell{Text: r.Label, Link: r.Link}, r.Counts))
	}
	return t
}

func stackTable(c *document.Chart) *document.Table {
	t := &document.Table{ID: c.ID, Caption: c.Title, Columns: []document.Column{{Title: "名称"}}}
	for _, p := range c.Stack.Parts {
		t.Columns = append(t.Columns, document.Column{Title: p.Name, Align: document.Center})
	}
	t.Columns = append(t.Columns, document.Column{Title: "合计"})
	for _, r := range c.Stack.Rows {
		row := counted(document.Cell{Text: r.Label}, r.Counts)
		row.Cells = append(row.Cells, document.Cell{Text: r.Text})
		t.Rows = append(t.Rows, row)
	}
	return t
}

func counted(name document.Cell, counts []int) document.Row {
	r := document.Row{Cells: []document.Cell{name}}
	for _, n := range counts {
		r.Cells = append(r.Cells, document.Cell{Text: strconv.Itoa(n)})
	}
	return r
}
