package report

import (
	"math"
	"strconv"

	"zhibiao/report/document"
)

// drawBullet draws one bar against a target, with path and projection.
func drawBullet(b *document.Bullet) drawing {
	d := drawing{w: 300, h: 62} // it stands in a card
	const barTop, barHeight, size = 20.0, 14.0, 10.5
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
			labels = append(labels, &label{want: x(m.Value), extent: textWidth(s, size)})
		}
		ordered := append([]*label(nil), labels...)
		spread(ordered, 1, d.w-1, 8)
		for i, l := range labels {
			d.text(l.at, y, words[i], letter{size: size, anchor: "middle"})
		}
	}
	row(11, b.Path, &b.Target)
	row(barTop+barHeight+18, &b.Value, b.Projection)
	return d
}

// drawBars draws ranked bars left and right of zero, a label above each.
func drawBars(b *document.Bars) drawing {
	const row, head, size = 29.0, 22.0, 10.5
	d := drawing{w: chartWidth, h: head + row*float64(len(b.Bars)) + 4}
	margin := 16.0
	for _, k := range b.Axis.Ticks {
		margin = math.Max(margin, textWidth(k.Text, 9.5)/2)
	}
	x := mapper(b.Axis, margin, d.w-margin)
	edge := -math.MaxFloat64
	for _, k := range b.Axis.Ticks {
		d.line(x(k.At), head-6, x(k.At), d.h-4, gridColour, 0.8, "")
		if w := textWidth(k.Text, 9.5); x(k.At)-w/2 > edge {
			d.text(x(k.At), 11, k.Text, letter{size: 9.5, anchor: "middle", colour: mutedColour})
			edge = x(k.At) + w/2 + 4
		}
	}
	zero := x(0)
	for i, bar := range b.Bars {
		y := head + row*float64(i)
		tint := document.TintOf(bar.Sign.Class)
		value := textWidth(bar.Text, size)
		d.text(1, y+10, bar.Sign.Mark, letter{size: size, colour: tint.Ink})
		d.text(15, y+10, fit(bar.Label, size, d.w-value-28), letter{size: size, halo: true})
		d.text(d.w-1, y+10, bar.Text, letter{size: size, anchor: "end", bold: bar.Has, halo: true})
		if !bar.Has {
			continue
		}
		v := math.Max(b.Axis.Min, math.Min(b.Axis.Max, bar.Value))
		d.rect(zero, y+14.5, x(v)-zero, 8, pen{fill: tint.Ink})
	}
	d.line(zero, head-6, zero, d.h-4, inkColour, 1.2, "")
	return d
}

// drawHeat draws a grid of counts. The count is written, the depth of the wash
// and the mark only help.
func drawHeat(h *document.Heat) drawing {
	const row, head, cell, size = 29.0, 20.0, 33.0, 10.5
	d := drawing{w: chartWidth, h: head + row*float64(len(h.Rows)) + 2}
	left := d.w - cell*float64(len(h.Columns))
	for j, c := range h.Columns {
		d.text(left+cell*(float64(j)+0.5), 12, c.String(), letter{size: size, anchor: "middle", bold: true, colour: document.TintOf(c.Class).Ink})
	}
	for i, r := range h.Rows {
		y := head + row*float64(i)
		lines := wrap(r.Label, size, left-24)
		d.text(1, y+row/2+4, strconv.Itoa(i+1), letter{size: size, colour: mutedColour})
		for k, s := range lines {
			d.text(15, y+row/2+4+(float64(k)-float64(len(lines)-1)/2)*12, s, letter{size: size})
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
			l := letter{size: 12, anchor: "middle", bold: n > 0, colour: tint.Ink}
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
	const row, head, size = 23.0, 22.0, 10.5
	d := drawing{w: chartWidth, h: head + row*float64(len(s.Rows)) + 2}
	at := 1.0
	for i, p := range s.Parts {
		piece(&d, i, at, 4, 12, 10, p.Class)
		d.text(at+17, 13, p.Name, letter{colour: mutedColour})
		at += 17 + textWidth(p.Name, 10) + 12
	}
	left, right, most := 0.0, 0.0, 1
	for _, r := range s.Rows {
		left = math.Max(left, textWidth(r.Label, size))
		right = math.Max(right, textWidth(r.Text, size))
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
		d.text(0, y+14, fit(r.Label, size, left-8), letter{size: size})
		x := left
		for j, n := range r.Counts {
			if n > 0 {
				piece(&d, j, x, y+4, unit*float64(n), row-9, s.Parts[j].Class)
				x += unit * float64(n)
			}
		}
		d.text(d.w-1, y+14, r.Text, letter{size: size, anchor: "end"})
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
