package xlsx

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

// plots writes what native charts are drawn from, block below block, and hands
// out the ranges.
type plots struct{ row int }

func (p *plots) sheet(b *book) {
	p.row = 1
	b.do(b.f.SetCellStr(chartSheet, "A1", "本表供图表引用，请勿改动；数值为未修约值。"))
	b.do(b.f.SetColWidth(chartSheet, "A", "A", 24))
	b.page(chartSheet, "$1:$1", 1)
	p.row = 3
}

// A ref is a block of chart data: categories in column A, a series per column.
type ref struct{ first, last int }

func (r ref) categories() string { return fmt.Sprintf("'%s'!$A$%d:$A$%d", chartSheet, r.first, r.last) }

func (r ref) values(col int) string {
	name, err := excelize.ColumnNumberToName(col + 2)
	if err != nil {
		panic(err) // a chart has a handful of series
	}
	return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", chartSheet, name, r.first, name, r.last)
}

func (r ref) name(col int) string {
	name, err := excelize.ColumnNumberToName(col + 2)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("'%s'!$%s$%d", chartSheet, name, r.first-1)
}

// put writes a block. A nil value is an empty cell: no data is not zero.
func (b *book) put(title string, names, categories []string, values [][]*float64) ref {
	p := &b.plots
	str := func(col, row int, s string) { b.do(b.f.SetCellStr(chartSheet, at(col, row), s)) }
	str(1, p.row, title)
	for j, n := range names {
		str(j+2, p.row, n)
	}
	r := ref{first: p.row + 1, last: p.row + len(categories)}
	for i, c := range categories {
		str(1, r.first+i, c)
		for j := range names {
			if v := values[j][i]; v != nil {
				b.do(b.f.SetCellFloat(chartSheet, at(j+2, r.first+i), *v, -1, 64))
			}
		}
	}
	p.row = r.last + 2
	return r
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{bare(colour)}}
}

// axisFont is dark enough to be read; the vendor's own is pale.
func axisFont() excelize.Font {
	return excelize.Font{Family: fontName, Size: 9, Color: bare(document.TintOf("plain").Ink)}
}

func heading(s string) excelize.ChartTitle {
	return excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: s, Font: &excelize.Font{Family: fontName, Size: 11, Bold: true}}}}
}

// charts places the charts of a block below one another.
func (s *sheet) charts(charts []*document.Chart) {
	for _, c := range charts {
		var chart *excelize.Chart
		rows := 0
		switch {
		case c.Bars != nil:
			chart, rows = s.bars(c), len(c.Bars.Bars)
		case c.Heat != nil:
			chart, rows = s.heat(c), len(c.Heat.Rows)
		case c.Stack != nil:
			chart, rows = s.stack(c), len(c.Stack.Rows)
		}
		if chart == nil || rows == 0 {
			continue
		}
		height := uint(110 + 22*rows)
		chart.Dimension = excelize.ChartDimension{Width: 760, Height: height}
		chart.Format.AltText = c.Desc
		s.do(s.f.AddChart(s.name, at(1, s.row), chart))
		s.row += int(height)/20 + 2
	}
}

// bars is a stacked chart with a series for each lamp, of which every bar has
// one: the vendor cannot colour single bars.
func (s *sheet) bars(c *document.Chart) *excelize.Chart {
	var labels, names, classes []string
	var values [][]*float64
	for _, class := range document.Classes {
		for _, bar := range c.Bars.Bars {
			if bar.Has && bar.Sign.Class == class && !slices.Contains(classes, class) {
				names, classes = append(names, bar.Sign.String()), append(classes, class)
			}
		}
	}
	values = make([][]*float64, len(classes))
	for _, bar := range c.Bars.Bars {
		if !bar.Has {
			continue
		}
		labels = append(labels, bar.Sign.Mark+" "+bar.Label)
		for j, class := range classes {
			var v *float64
			if class == bar.Sign.Class {
				v = new(bar.Value)
			}
			values[j] = append(values[j], v)
		}
	}
	if len(labels) == 0 {
		return nil
	}
	chart := s.stacked(c.Title, names, classes, labels, values)
	low, high := c.Bars.Axis.Min, c.Bars.Axis.Max
	format := "0"
	if c.Unit == "%" {
		format = `0"%"`
	}
	chart.XAxis.TickLabelPosition = excelize.ChartTickLabelLow
	chart.YAxis = excelize.ChartAxis{
		MajorGridLines: true, Minimum: &low, Maximum: &high, Font: axisFont(), NumFmt: excelize.ChartNumFmt{CustomNumFmt: format},
	}
	return chart
}

func (s *sheet) heat(c *document.Chart) *excelize.Chart {
	var names, labels []string
	for _, sign := range c.Heat.Columns {
		names = append(names, sign.String())
	}
	values := make([][]*float64, len(names))
	for _, row := range c.Heat.Rows {
		labels = append(labels, row.Label)
		for j, n := range row.Counts {
			values[j] = append(values[j], new(float64(n)))
		}
	}
	classes := make([]string, len(names))
	for j, sign := range c.Heat.Columns {
		classes[j] = sign.Class
	}
	return s.stacked(c.Title, names, classes, labels, values)
}

func (s *sheet) stack(c *document.Chart) *excelize.Chart {
	var names, classes, labels []string
	for _, p := range c.Stack.Parts {
		names, classes = append(names, p.Name), append(classes, p.Class)
	}
	values := make([][]*float64, len(names))
	for _, row := range c.Stack.Rows {
		labels = append(labels, row.Label)
		for j, n := range row.Counts {
			values[j] = append(values[j], new(float64(n)))
		}
	}
	return s.stacked(c.Title, names, classes, labels, values)
}

func (s *sheet) stacked(title string, names, classes, labels []string, values [][]*float64) *excelize.Chart {
	r := s.put(title, names, labels, values)
	gap, overlap := uint(40), 100
	chart := &excelize.Chart{
		Type: excelize.BarStacked, Title: heading(title), GapWidth: &gap, Overlap: &overlap, Legend: excelize.ChartLegend{Position: "bottom"},
		XAxis: excelize.ChartAxis{ReverseOrder: true, Font: axisFont()},
		YAxis: excelize.ChartAxis{MajorGridLines: true, MajorUnit: 1, Font: axisFont(), NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0"}},
	}
	for j := range names {
		chart.Series = append(chart.Series, excelize.ChartSeries{
			Name: r.name(j), Categories: r.categories(), Values: r.values(j), Fill: solid(document.TintOf(classes[j]).Ink),
		})
	}
	return chart
}

// spark draws a sparkline in a cell.
func (s *sheet) spark(cell string, c *document.Chart) {
	var labels []string
	var values []*float64
	for _, m := range c.Spark.Values {
		labels = append(labels, m.Label)
		values = append(values, new(m.Value))
	}
	r := s.put(c.Title, []string{c.Unit}, labels, [][]*float64{values})
	s.do(s.f.AddSparkline(s.name, &excelize.SparklineOptions{
		Location: []string{cell}, Range: []string{strings.ReplaceAll(r.values(0), "$", "")}, Last: true, Weight: 1.25,
		SeriesColor: bare(document.TintOf("grey").Ink), LastColor: bare(document.TintOf(c.Spark.Class).Ink), EmptyCells: "gap",
	}))
}

// trends draws every trend of the document on a sheet of its own, two abreast.
func (b *book) trends() {
	const width, height, across, down, onPage = 470, 270, 8, 14, 4
	b.do(b.f.SetCellStr(trendSheet, "A1", b.d.Title+"　走势图（测算不是统计数）"))
	b.do(b.f.SetCellStyle(trendSheet, "A1", "A1", b.style(style{kind: titleKind})))
	b.do(b.f.SetCellStr(trendSheet, "A2", b.d.Foot()))
	b.do(b.f.SetCellStyle(trendSheet, "A2", "P2", b.style(style{kind: headlineKind})))
	n := 0
	b.d.Walk(func(sec *document.Section) {
		for _, bl := range sec.Blocks {
			for i := range bl.Cards {
				c := bl.Cards[i].Chart
				if c == nil || c.Trend == nil {
					continue
				}
				cell := at(1+n%2*across, 4+n/2*down)
				if n > 0 && n%onPage == 0 {
					b.do(b.f.InsertPageBreak(trendSheet, at(1, 3+n/2*down)))
				}
				main, line := b.trend(c)
				main.Dimension = excelize.ChartDimension{Width: width, Height: height}
				main.Format.AltText = c.Desc
				b.do(b.f.AddChart(trendSheet, cell, main, line...))
				n++
			}
		}
	})
	b.page(trendSheet, "$1:$2", 1)
	off := false
	b.do(b.f.SetSheetView(trendSheet, 0, &excelize.ViewOptions{ShowGridLines: &off}))
}

// trend is one chart: lines, or columns with lines over them.
func (b *book) trend(c *document.Chart) (*excelize.Chart, []*excelize.Chart) {
	t := c.Trend
	one := func(m *document.Mark) []document.Mark {
		if m == nil {
			return nil
		}
		return []document.Mark{*m}
	}
	months := timeline(t)
	categories := make([]string, len(months))
	for i, m := range months {
		if m%12 == 0 { // the end of a year
			categories[i] = strconv.Itoa(m/12 - 1)
		}
	}
	column := func(marks []document.Mark) []*float64 {
		out := make([]*float64, len(months))
		for _, m := range marks {
			if i, ok := slices.BinarySearch(months, monthOf(m)); ok {
				out[i] = new(m.Value)
			}
		}
		return out
	}
	estimate := append(one(t.FullYear), one(t.Projection)...)
	if !t.Columns && len(t.Actual) > 0 && t.Projection != nil {
		estimate = append([]document.Mark{t.Actual[len(t.Actual)-1]}, estimate...)
	}
	var target []*float64
	if t.Target != nil {
		target = make([]*float64, len(months))
		for i := range target {
			target[i] = new(t.Target.Value)
		}
	}
	type series struct {
		name   string
		values []*float64
		colour string
		dash   excelize.LineDashType
		mark   string
		column bool
	}
	all := []series{{name: "实际", values: column(t.Actual), colour: "1B3A6B", column: t.Columns, mark: "circle"}}
	if t.Running != nil {
		all = append(all, series{name: "本年累计", values: column(one(t.Running)), colour: "8FA6CC", column: t.Columns, mark: "circle"})
	}
	if len(estimate) > 0 {
		all = append(all, series{name: "测算", values: column(estimate), colour: "A34A00", dash: excelize.LineDashSysDot, mark: "diamond"})
	}
	if len(t.Path) > 0 {
		all = append(all, series{name: "序时路径", values: column(t.Path), colour: "5F6368", dash: excelize.LineDashSysDash, mark: "none"})
	}
	if target != nil {
		all = append(all, series{name: "目标", values: target, colour: "1D2733", dash: excelize.LineDashLgDash, mark: "none"})
	}
	names := make([]string, len(all))
	values := make([][]*float64, len(all))
	for j, s := range all {
		names[j], values[j] = s.name, s.values
	}
	r := b.put(c.Title+"（"+c.Unit+"）", names, categories, values)
	for _, m := range slices.Concat(t.Actual, one(t.Running)) { // the year-end labels leave the others unnamed
		if i, ok := slices.BinarySearch(months, monthOf(m)); ok {
			b.do(b.f.SetCellStr(chartSheet, at(len(names)+2, r.first+i), m.Label))
		}
	}

	axes := func(ch *excelize.Chart) *excelize.Chart {
		ch.Title, ch.Legend, ch.ShowBlanksAs = heading(c.Title+"（"+c.Unit+"）"), excelize.ChartLegend{Position: "bottom"}, "span"
		low, high := t.Y.Min, t.Y.Max
		ch.XAxis = excelize.ChartAxis{TickLabelSkip: 1, Font: axisFont()}
		ch.YAxis = excelize.ChartAxis{MajorGridLines: true, Minimum: &low, Maximum: &high, Font: axisFont()}
		return ch
	}
	bars, lines := axes(&excelize.Chart{Type: excelize.Col}), axes(&excelize.Chart{Type: excelize.Line})
	overlap := 100
	bars.Overlap = &overlap
	for j, s := range all {
		cs := excelize.ChartSeries{Name: r.name(j), Categories: r.categories(), Values: r.values(j), Fill: solid(s.colour)}
		if s.column {
			bars.Series = append(bars.Series, cs)
			continue
		}
		cs.Line = excelize.LineOptions{Type: excelize.LineSolid, Width: 1.75, Dash: s.dash}
		cs.Marker = excelize.ChartMarker{Symbol: s.mark, Size: 5, Fill: solid(s.colour)}
		lines.Series = append(lines.Series, cs)
	}
	if len(bars.Series) == 0 {
		return lines, nil
	}
	if len(lines.Series) == 0 {
		return bars, nil
	}
	return bars, []*excelize.Chart{lines}
}

// monthOf is when a mark stands, in months; a multiple of 12 is a year's end.
func monthOf(m document.Mark) int { return int(math.Round(m.At * 12)) }

// timeline is the months of a trend's categories, evenly spaced so that its
// lines are not bent: years for columns, else the steps of its own values.
func timeline(t *document.Trend) []int {
	step := 12
	if !t.Columns {
		for i := 1; i < len(t.Actual); i++ {
			if n := monthOf(t.Actual[i]) - monthOf(t.Actual[i-1]); n > 0 {
				step = min(step, n)
			}
		}
	}
	var out []int
	ticks := t.X.Ticks
	for m := monthOf(document.Mark{At: ticks[0].At}); m <= monthOf(document.Mark{At: ticks[len(ticks)-1].At}); m += step {
		out = append(out, m)
	}
	return out
}
