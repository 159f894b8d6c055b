package report

import (
	"math"
	"strconv"

	"zhibiao/report/document"
)

// drawBullet draws one bar against a target, with path and projection.
func drawBullet(b *document.Bullet) drawing {
	d := drawing{w: chartWidth, h: 66}
	const barTop, barHeight = 22.0, 14.0
	x := mapper(b.Axis, 4, d.w-4)
	zero := x(math.Max(b.Axis.Min, 0))
	ink := document.TintOf(b.Class).Ink
	d.rect(4, barTop, d.w-8, barHeight, pen{fill: "#EEF0F3"})
	d.rect(zero, barTop+3, x(b.Value.Value)-zero, barHeight-6, pen{fill: ink})
	if b.Path != nil {
		d.line(x(b.Path.Value), barTop-1, x(b.Path.Value), barTop+barHeight+1, mutedColour, 1.6, "2 1.5")
	}
	d.line(x(b.Target.Value), barTop-4, x(b.Target.Value), barTop+barHeight+4, inkColour, 2.6, "")
	if b.Projection != nil {
		d.diamond(x(b.Projection.Value), barTop+barHeight/2, 5.2, pen{fill: document.Paper, stroke: dataColour, width: 1.6})
	}
	row := func(y float64, marks ...*document.Mark) {
		var labels []*label
		var words []string
		for _, m := range marks {
			if m == nil {
				continue
			}
			s := m.Label + " " + m.Text
			words = append(words, s)
			labels = append(labels, &label{want: x(m.Value), extent: textWidth(s)})
		}
		ordered := append([]*label(nil), labels...)
		spread(ordered, 1, d.w-1, 8)
		for i, l := range labels {
			d.text(l.at, y, words[i], letter{anchor: "middle"})
		}
	}
	row(12, b.Path, &b.Target)
	row(barTop+barHeight+20, &b.Value, b.Projection)
	return d
}

// drawBars draws ranked bars left and right of zero, a sign and a label above
// each.
func drawBars(b *document.Bars) drawing {
	const row, head = 32.0, 24.0
	d := drawing{w: chartWidth, h: head + row*float64(len(b.Bars)) + 4}
	margin := 16.0
	for _, k := range b.Axis.Ticks {
		margin = math.Max(margin, textWidth(k.Text)/2)
	}
	x := mapper(b.Axis, margin, d.w-margin)
	edge := -math.MaxFloat64
	for _, k := range b.Axis.Ticks {
		d.line(x(k.At), head-6, x(k.At), d.h-4, gridColour, 0.8, "")
		if w := textWidth(k.Text); x(k.At)-w/2 > edge {
			d.text(x(k.At), 12, k.Text, letter{anchor: "middle", colour: mutedColour})
			edge = x(k.At) + w/2 + 4
		}
	}
	zero := x(0)
	d.line(zero, head-6, zero, d.h-4, inkColour, 1.2, "")
	for i, bar := range b.Bars {
		y := head + row*float64(i)
		tint := document.TintOf(bar.Sign.Class)
		left, right := textWidth(bar.Sign.String())+5, textWidth(bar.Text)+8
		d.text(1, y+12, bar.Sign.String(), letter{colour: tint.Ink, plate: true})
		d.text(1+left, y+12, fit(bar.Label, d.w-left-right), letter{plate: true})
		d.text(d.w-2, y+12, bar.Text, letter{anchor: "end", bold: bar.Has, plate: true})
		if !bar.Has {
			continue
		}
		v := math.Max(b.Axis.Min, math.Min(b.Axis.Max, bar.Value))
		d.rect(zero, y+17, x(v)-zero, 8, pen{fill: tint.Ink})
	}
	return d
}

// drawHeat draws a grid of counts. The count is written, the depth of the wash
// and the mark only help.
func drawHeat(h *document.Heat) drawing {
	const row, head, cell = 31.0, 20.0, 28.0
	d := drawing{w: chartWidth, h: head + row*float64(len(h.Rows)) + 2}
	left := d.w - cell*float64(len(h.Columns))
	for j, c := range h.Columns {
		d.text(left+cell*(float64(j)+0.5), 13, c.String(), letter{anchor: "middle", bold: true, colour: document.TintOf(c.Class).Ink})
	}
	for i, r := range h.Rows {
		y := head + row*float64(i)
		lines := wrap(r.Label, left-24)
		d.text(1, y+row/2+4, strconv.Itoa(i+1), letter{colour: mutedColour})
		for k, s := range lines {
			d.text(18, y+row/2+4+(float64(k)-float64(len(lines)-1)/2)*13.5, s, letter{})
		}
		for j, n := range r.Counts {
			tint := document.TintOf(h.Columns[j].Class)
			x := left + cell*float64(j)
			p := pen{fill: "#F7F8FA", round: 3}
			if n > 0 {
				p = pen{fill: tint.Wash, stroke: tint.Ink, width: 1, round: 3}
			}
			if n > 0 && 2*n > h.Most {
				p.fill = tint.Ink
			}
			d.rect(x+1.5, y+1.5, cell-3, row-3, p)
			l := letter{anchor: "middle", bold: n > 0, colour: tint.Ink}
			if p.fill == tint.Ink {
				l.colour = document.Paper
			}
			if n > 0 {
				d.text(x+cell/2, y+row/2+4.3, strconv.Itoa(n), l)
			}
		}
	}
	return d
}

// drawStack draws rows of parts that make a whole.
func drawStack(s *document.Stack) drawing {
	const row, head = 24.0, 24.0
	d := drawing{w: chartWidth, h: head + row*float64(len(s.Rows)) + 2}
	at := 1.0
	for i, p := range s.Parts {
		piece(&d, i, at, 4, 12, 10, p.Class)
		d.text(at+17, 14, p.Name, letter{colour: mutedColour})
		at += 17 + textWidth(p.Name) + 9
	}
	left, right, most := 0.0, 0.0, 1
	for _, r := range s.Rows {
		left = math.Max(left, textWidth(r.Label))
		right = math.Max(right, textWidth(r.Text))
		sum := 0
		for _, n := range r.Counts {
			sum += n
		}
		most = max(most, sum)
	}
	left = math.Min(left, 130) + 8
	unit := (d.w - left - right - 8) / float64(most)
	for i, r := range s.Rows {
		y := head + row*float64(i)
		d.text(0, y+14, fit(r.Label, left-8), letter{})
		x := left
		for j, n := range r.Counts {
			if n > 0 {
				piece(&d, j, x, y+4, unit*float64(n), row-9, s.Parts[j].Class)
				x += unit * float64(n)
			}
		}
		d.text(d.w-1, y+14, r.Text, letter{anchor: "end"})
	}
	return d
}

// piece is a part of a stack: the first is solid, the others differ by outline
// and stripes as well as by colour.
func piece(d *drawing, j int, x, y, w, h float64, class string) {
	tint := document.TintOf(class)
	if j == 0 {
		d.rect(x, y, w, h, pen{fill: tint.Ink})
		return
	}
	d.rect(x+0.5, y+0.5, math.Max(w-1, 1), h-1, pen{fill: tint.Wash, stroke: tint.Ink, width: 1})
	switch j {
	case 1: // one stripe along
		d.line(x+1, y+h/2, x+w-1, y+h/2, tint.Ink, 1.2, "")
	case 2: // dots along
		d.line(x+2, y+h/2, x+w-1, y+h/2, tint.Ink, 2, "2 3")
	default: // crossed
		d.line(x+1, y+1, x+w-1, y+h-1, tint.Ink, 1, "")
		d.line(x+1, y+h-1, x+w-1, y+1, tint.Ink, 1, "")
	}
}

// drawSpark draws a line the size of a word, its last value dotted.
func drawSpark(s *document.Spark) drawing {
	d := drawing{w: 64, h: 18}
	var e extent
	for _, m := range s.Values {
		e.add(m.Value)
	}
	from, to := s.Values[0].At, s.Values[len(s.Values)-1].At
	x := mapper(document.Axis{Min: from, Max: to}, 3, d.w-4)
	y := mapper(document.Axis{Min: e.lo, Max: e.hi}, d.h-4, 4)
	var pts []point
	for _, m := range s.Values {
		p := point{x(m.At), y(m.Value)}
		if e.lo == e.hi {
			p.y = d.h / 2
		}
		pts = append(pts, p)
	}
	d.polyline(pts, pen{stroke: mutedColour, width: 1.3})
	last := pts[len(pts)-1]
	d.circle(last.x, last.y, 2.4, pen{fill: document.TintOf(s.Class).Ink})
	return d
}
