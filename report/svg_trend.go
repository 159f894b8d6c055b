package report

import (
	"math"
	"slices"

	"zhibiao/report/document"
)

// drawTrend draws values, path, projection and target over the plan's years.
func drawTrend(c *document.Chart) drawing {
	t := c.Trend
	d := drawing{w: chartWidth}
	top := legend(&d, t, c.Unit) + 18
	bottom := top + 156
	d.h = bottom + 22

	left := 0.0
	for _, k := range t.Y.Ticks {
		left = math.Max(left, textWidth(k.Text))
	}
	left += 8
	gutter := 12.0
	for _, m := range []*document.Mark{t.Target, t.Projection} {
		if m != nil {
			gutter = math.Max(gutter, math.Max(textWidth(m.Text), textWidth("目标"))+10)
		}
	}
	right := d.w - gutter
	x, y := mapper(t.X, left+6, right-6), mapper(t.Y, bottom, top)

	for _, k := range t.Y.Ticks {
		d.line(left, y(k.At), right, y(k.At), gridColour, 0.7, "")
		d.text(left-5, y(k.At)+3.4, k.Text, letter{anchor: "end", colour: mutedColour})
	}
	d.line(left, bottom, right, bottom, mutedColour, 1, "")
	edge := math.MaxFloat64 // the last year is always written
	for _, k := range slices.Backward(t.X.Ticks) {
		d.line(x(k.At), bottom, x(k.At), bottom+3, mutedColour, 1, "")
		if w := textWidth(k.Text); x(k.At)+w/2 < edge {
			d.text(x(k.At), bottom+16, k.Text, letter{anchor: "middle", colour: mutedColour})
			edge = x(k.At) - w/2 - 3
		}
	}
	if n := len(t.Actual); n > 0 && !t.Columns {
		fan(&d, t, point{x(t.Actual[n-1].At), y(t.Actual[n-1].Value)}, x, y)
	}
	if t.Target != nil {
		d.line(left, y(t.Target.Value), right, y(t.Target.Value), inkColour, 1.2, "7 3")
	}
	if t.Columns {
		trendColumns(&d, t, x, y)
	} else {
		trendLine(&d, t, x, y)
	}
	trendEnd(&d, t, y, top, bottom, right)
	return d
}

// legend explains the shapes in use, and the unit, in as many lines as that
// takes. It returns where the last ends.
func legend(d *drawing, t *document.Trend, unit string) float64 {
	const sample, gap, line = 19.0, 9.0, 17.0
	at, y := 2.0, 14.0
	room := func(w float64) {
		if at+w > d.w {
			at, y = 2, y+line
		}
	}
	put := func(name string, draw func(x, y float64)) {
		w := sample + textWidth(name)
		room(w)
		draw(at, y-4)
		d.text(at+sample, y, name, letter{colour: mutedColour})
		at += w + gap
	}
	put("实际", func(x, y float64) {
		if t.Columns {
			d.rect(x+3, y-5.5, 9, 10, pen{fill: dataColour})
			return
		}
		d.line(x, y, x+15, y, dataColour, 1.8, "")
		d.circle(x+7.5, y, 2.4, pen{fill: dataColour})
	})
	if len(t.Path) > 0 {
		put("序时路径", func(x, y float64) { d.line(x, y, x+15, y, mutedColour, 1.4, "3 2.5") })
	}
	if t.Projection != nil || t.FullYear != nil {
		name := "测算"
		if len(t.Fan) > 0 {
			name = "测算及区间"
		}
		put(name, func(x, y float64) {
			switch {
			case len(t.Fan) > 0 && t.Columns:
				d.line(x, y, x+15, y, dataColour, 0.8, "")
				d.line(x+2, y, x+13, y, dataColour, 3, "")
			case len(t.Fan) > 0:
				d.rect(x, y-6, 15, 12, pen{fill: fanColour, stroke: gridColour, width: 0.7})
				d.rect(x, y-3.5, 15, 7, pen{fill: paleColour, stroke: dataColour, width: 0.5, dash: "1 2"})
			}
			d.diamond(x+7.5, y, 4.2, pen{fill: document.Paper, stroke: dataColour, width: 1.4})
		})
	}
	if t.Target != nil {
		put("目标", func(x, y float64) { d.line(x, y, x+15, y, inkColour, 1.2, "7 3") })
	}
	if unit != "" {
		s := "单位：" + unit
		room(textWidth(s) + 1)
		d.text(d.w-1, y, s, letter{anchor: "end", colour: mutedColour})
	}
	return y
}

func path(d *drawing, t *document.Trend, x, y func(float64) float64) {
	var pts []point
	for _, m := range t.Path {
		pts = append(pts, point{x(m.At), y(m.Value)})
	}
	d.polyline(pts, pen{stroke: mutedColour, width: 1.4, dash: "3 2.5"})
}

func trendColumns(d *drawing, t *document.Trend, x, y func(float64) float64) {
	step := x(1) - x(0)
	half := math.Min(step*0.3, 15)
	zero := y(math.Max(t.Y.Min, 0))
	for _, m := range t.Actual {
		d.rect(x(m.At)-half, zero, 2*half, y(m.Value)-zero, pen{fill: dataColour})
	}
	outline := pen{fill: document.Paper, stroke: dataColour, width: 1, dash: "2 2"}
	if m := t.FullYear; m != nil {
		d.rect(x(m.At)-half, zero, 2*half, y(m.Value)-zero, outline)
	}
	if m := t.Running; m != nil {
		d.rect(x(m.At)-half, zero, 2*half, y(m.Value)-zero, pen{fill: paleColour, stroke: dataColour, width: 1})
	}
	if m := t.Projection; m != nil {
		d.rect(x(m.At)-half, zero, 2*half, y(m.Value)-zero, outline)
	}
	whiskers(d, t, x, y)
	path(d, t, x, y)
	marks := t.Actual
	if t.Running != nil {
		marks = append(slices.Clip(marks), *t.Running)
	}
	all := true
	for _, m := range marks {
		all = all && textWidth(m.Text) < step-2
	}
	for i, m := range marks {
		if !all && i < len(marks)-1 {
			continue
		}
		at, w := x(m.At), textWidth(m.Text)
		if !all { // a wide label keeps off the column before it
			at = math.Min(math.Max(at, at-step+half+w/2+1), x(t.X.Max)-w/2)
		}
		d.text(at, math.Min(y(m.Value), zero)-3.5, m.Text, letter{anchor: "middle", bold: i == len(marks)-1, plate: true})
	}
}

func trendLine(d *drawing, t *document.Trend, x, y func(float64) float64) {
	var pts []point
	for _, m := range t.Actual {
		pts = append(pts, point{x(m.At), y(m.Value)})
	}
	path(d, t, x, y)
	if m := t.Projection; m != nil && len(pts) > 0 {
		d.polyline(ahead(t, pts[len(pts)-1], x, y), pen{stroke: dataColour, width: 1.4, dash: "1.5 3"})
		d.diamond(x(m.At), y(m.Value), 4.6, pen{fill: document.Paper, stroke: dataColour, width: 1.5})
	}
	d.polyline(pts, pen{stroke: dataColour, width: 1.8})
	for i, p := range pts {
		r := 1.7
		if i == len(pts)-1 {
			r = 3.2
		}
		d.circle(p.x, p.y, r, pen{fill: dataColour})
	}
	if n := len(pts); n > 0 {
		s := t.Actual[n-1].Text
		at := clearPlace(pts[n-1], textWidth(s), x(t.X.Min), x(t.X.Max), y(t.Y.Max), y(t.Y.Min), courses(t, pts, x, y))
		d.text(at.x, at.y, s, letter{anchor: "middle", bold: true, plate: true})
	}
}

// courses is every line of the chart as a row of close points.
func courses(t *document.Trend, actual []point, x, y func(float64) float64) []point {
	lines := [][]point{actual}
	var p []point
	for _, m := range t.Path {
		p = append(p, point{x(m.At), y(m.Value)})
	}
	lines = append(lines, p)
	if m := t.Projection; m != nil {
		lines = append(lines, ahead(t, actual[len(actual)-1], x, y))
	}
	if m := t.Target; m != nil {
		lines = append(lines, []point{{x(t.X.Min), y(m.Value)}, {x(t.X.Max), y(m.Value)}})
	}
	var out []point
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			a, b := l[i-1], l[i]
			n := math.Ceil(math.Hypot(b.x-a.x, b.y-a.y)/2) + 1
			for k := 0.0; k <= n; k++ {
				out = append(out, point{a.x + (b.x-a.x)*k/n, a.y + (b.y-a.y)*k/n})
			}
		}
	}
	return out
}

// clearPlace is the centre of the base line of a label of width w beside p, in
// the plot, where the fewest lines run through it.
func clearPlace(p point, w, left, right, top, bottom float64, lines []point) point {
	best, fewest := point{}, math.MaxInt
	for _, c := range [...]point{
		{p.x, p.y - 7},
		{p.x, p.y + 15},
		{p.x + w/2 + 6, p.y + 4},
		{p.x + w/2 + 2, p.y + 14},
		{p.x + w/2 + 2, p.y - 7},
		{p.x - w/2 - 2, p.y - 9},
		{p.x - w/2 - 2, p.y + 16},
		{p.x, p.y - 18},
		{p.x, p.y + 26},
	} {
		c.x = math.Min(math.Max(c.x, left+w/2), right-w/2)
		if c.y-9 < top-4 || c.y > bottom-1 {
			continue
		}
		n := 0
		for _, q := range lines {
			if math.Abs(q.x-c.x) < w/2+1 && q.y > c.y-10 && q.y < c.y+2 {
				n++
			}
		}
		if n < fewest {
			best, fewest = c, n
		}
	}
	if fewest == math.MaxInt {
		best = point{math.Min(math.Max(p.x, left+w/2), right-w/2), math.Max(p.y-7, top+6)}
	}
	return best
}

// ahead is the expected course from the newest value on.
func ahead(t *document.Trend, from point, x, y func(float64) float64) []point {
	pts := []point{from}
	for _, b := range t.Fan {
		pts = append(pts, point{x(b.At), y(b.Value)})
	}
	if len(t.Fan) == 0 {
		pts = append(pts, point{x(t.Projection.At), y(t.Projection.Value)})
	}
	return pts
}

// fan is the intervals opening from the newest value on: 95 % pale, 80 % darker,
// each with its edge for a print in black and white.
func fan(d *drawing, t *document.Trend, from point, x, y func(float64) float64) {
	if len(t.Fan) == 0 {
		return
	}
	in := within(t.Y, y)
	edge := func(bound func(document.Band) (lo, hi float64), p pen) {
		low, high := []point{from}, []point{from}
		for _, b := range t.Fan {
			lo, hi := bound(b)
			low, high = append(low, point{x(b.At), in(lo)}), append(high, point{x(b.At), in(hi)})
		}
		slices.Reverse(low)
		d.polyline(append(high, low...), p)
	}
	edge(func(b document.Band) (lo, hi float64) { return b.Lo95, b.Hi95 }, pen{fill: fanColour, stroke: gridColour, width: 0.7})
	edge(func(b document.Band) (lo, hi float64) { return b.Lo80, b.Hi80 }, pen{fill: paleColour, stroke: dataColour, width: 0.5, dash: "1 2"})
}

// whiskers is the intervals of columns: 95 % a thin line, 80 % a thick one, the
// expected value a diamond.
func whiskers(d *drawing, t *document.Trend, x, y func(float64) float64) {
	in := within(t.Y, y)
	for _, b := range t.Fan {
		at := x(b.At)
		d.line(at, in(b.Hi95), at, in(b.Lo95), dataColour, 0.8, "")
		d.line(at-3.5, in(b.Hi95), at+3.5, in(b.Hi95), dataColour, 0.8, "")
		d.line(at-3.5, in(b.Lo95), at+3.5, in(b.Lo95), dataColour, 0.8, "")
		d.line(at, in(b.Hi80), at, in(b.Lo80), dataColour, 3, "")
		d.diamond(at, y(b.Value), 3.4, pen{fill: document.Paper, stroke: dataColour, width: 1.3})
	}
	if m := t.Projection; m != nil {
		d.diamond(x(m.At), y(m.Value), 4.6, pen{fill: document.Paper, stroke: dataColour, width: 1.5})
	}
}

// within keeps a bound on the axis, where what is beyond it is cut off.
func within(a document.Axis, y func(float64) float64) func(float64) float64 {
	return func(v float64) float64 { return y(math.Min(math.Max(v, a.Min), a.Max)) }
}

// trendEnd writes the target and the projection at the right edge, apart.
func trendEnd(d *drawing, t *document.Trend, y func(float64) float64, top, bottom, right float64) {
	const height = 27.0
	var labels []*label
	var marks []*document.Mark
	for _, m := range []*document.Mark{t.Target, t.Projection} {
		if m != nil {
			labels = append(labels, &label{want: y(m.Value), extent: height})
			marks = append(marks, m)
		}
	}
	byMark := append([]*label(nil), labels...)
	spread(labels, top-8, bottom+4, 2)
	for i, m := range marks {
		name := "目标"
		if m == t.Projection {
			name = "测算"
		}
		at := byMark[i].at
		d.text(right+6, at-2.5, name, letter{colour: mutedColour})
		d.text(right+6, at+11, m.Text, letter{bold: m == t.Target})
	}
}
