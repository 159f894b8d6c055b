package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/report/document"
)

// The colours of charts beside those of the signs. Everything also differs by
// shape or dash, so that a black-and-white print reads the same.
const (
	inkColour   = "#1D2733"
	mutedColour = "#5F6368"
	gridColour  = "#DFE3E8"
	dataColour  = "#1B3A6B"
	paleColour  = "#C9D4E6"
	fanColour   = "#EEF2F8"
)

// A chart is drawn for the card of a phone of 390 px, px for px, and enlarged
// elsewhere. No letter is smaller than what can be read there.
const (
	chartWidth = 312.0
	letterSize = 12.0
)

// SVG writes a chart as one self-contained <svg> element. It returns an error
// for a chart of no kind, or the writer's.
func SVG(w io.Writer, c *document.Chart) error {
	s, err := svg(c)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, s)
	return err
}

func svg(c *document.Chart) (string, error) {
	var d drawing
	switch {
	case c == nil:
		return "", errors.New("draw chart: none given")
	case c.Trend != nil:
		d = drawTrend(c)
	case c.Bullet != nil:
		d = drawBullet(c.Bullet)
	case c.Bars != nil:
		d = drawBars(c.Bars)
	case c.Heat != nil:
		d = drawHeat(c.Heat)
	case c.Stack != nil:
		d = drawStack(c.Stack)
	case c.Spark != nil:
		d = drawSpark(c.Spark)
	default:
		return "", fmt.Errorf("draw chart %s: of no kind", c.ID)
	}
	var b strings.Builder
	id := escape(c.ID)
	fmt.Fprintf(&b, `<svg class="chart" role="img" aria-labelledby="%s-t %s-d" viewBox="0 0 %s %s" width="%s" height="%s" xmlns="http://www.w3.org/2000/svg" font-family="inherit" font-size="%s">`,
		id, id, num(d.w), num(d.h), num(d.w), num(d.h), num(letterSize))
	fmt.Fprintf(&b, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, id, escape(c.Title), id, escape(c.Desc))
	b.WriteString(d.b.String())
	b.WriteString(`</svg>`)
	return b.String(), nil
}

// A drawing is shapes on a canvas of w by h.
type drawing struct {
	w, h float64
	b    strings.Builder
}

func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64)
}

// escape makes any text safe inside an element or a quoted attribute.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(plain(s))
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string, width float64, dash string) {
	fmt.Fprintf(&d.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"`, num(x1), num(y1), num(x2), num(y2), colour, num(width))
	if dash != "" {
		fmt.Fprintf(&d.b, ` stroke-dasharray="%s"`, dash)
	}
	d.b.WriteString(`/>`)
}

// A pen says how a shape is filled and drawn around.
type pen struct {
	fill, stroke string
	width        float64
	dash         string
	round        float64
}

func (p pen) attributes() string {
	s := fmt.Sprintf(` fill="%s"`, cmp.Or(p.fill, "none"))
	if p.stroke != "" {
		s += fmt.Sprintf(` stroke="%s" stroke-width="%s"`, p.stroke, num(cmp.Or(p.width, 1)))
	}
	if p.dash != "" {
		s += fmt.Sprintf(` stroke-dasharray="%s"`, p.dash)
	}
	return s
}

func (d *drawing) rect(x, y, w, h float64, p pen) {
	if w < 0 {
		x, w = x+w, -w
	}
	if h < 0 {
		y, h = y+h, -h
	}
	fmt.Fprintf(&d.b, `<rect x="%s" y="%s" width="%s" height="%s"`, num(x), num(y), num(w), num(h))
	if p.round > 0 {
		fmt.Fprintf(&d.b, ` rx="%s"`, num(p.round))
	}
	d.b.WriteString(p.attributes() + `/>`)
}

func (d *drawing) circle(x, y, r float64, p pen) {
	fmt.Fprintf(&d.b, `<circle cx="%s" cy="%s" r="%s"%s/>`, num(x), num(y), num(r), p.attributes())
}

// A point is a place on the canvas.
type point struct{ x, y float64 }

func (d *drawing) polyline(pts []point, p pen) {
	if len(pts) < 2 {
		return
	}
	d.b.WriteString(`<polyline points="`)
	for i, pt := range pts {
		if i > 0 {
			d.b.WriteByte(' ')
		}
		d.b.WriteString(num(pt.x) + "," + num(pt.y))
	}
	d.b.WriteString(`" stroke-linejoin="round"` + p.attributes() + `/>`)
}

func (d *drawing) diamond(x, y, r float64, p pen) {
	fmt.Fprintf(&d.b, `<path d="M%s %sL%s %sL%s %sL%s %sZ"%s/>`,
		num(x), num(y-r), num(x+r), num(y), num(x), num(y+r), num(x-r), num(y), p.attributes())
}

// A letter is how text is set. Plate lays paper under it, so that it is readable
// over lines. A stroke around the letters would do that closer, and make a PDF
// half as large again: every letter becomes a drawing of its own.
type letter struct {
	anchor string // start, middle, end
	colour string
	bold   bool
	plate  bool
}

func (d *drawing) text(x, y float64, s string, l letter) {
	if l.plate {
		w, left := textWidth(s), x
		switch l.anchor {
		case "middle":
			left -= w / 2
		case "end":
			left -= w
		}
		d.rect(left, y-0.8*letterSize, w, 0.96*letterSize, pen{fill: document.Paper})
	}
	fmt.Fprintf(&d.b, `<text x="%s" y="%s" fill="%s"`, num(x), num(y), cmp.Or(l.colour, inkColour))
	if l.anchor != "" && l.anchor != "start" {
		fmt.Fprintf(&d.b, ` text-anchor="%s"`, l.anchor)
	}
	if l.bold {
		d.b.WriteString(` font-weight="700"`)
	}
	d.b.WriteString(`>` + escape(s) + `</text>`)
}

// textWidth is the width of text, a little generous: Chinese characters are as
// wide as they are high, digits a little over half of that.
func textWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r >= 0x1100:
			w++
		case r == '.' || r == ',' || r == ' ' || r == '-':
			w += 0.36
		case r >= '0' && r <= '9' || r == '+':
			w += 0.6
		default:
			w += 0.68
		}
	}
	return w * letterSize
}

// fit shortens text to a width.
func fit(s string, width float64) string {
	if textWidth(s) <= width {
		return s
	}
	for len(s) > 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		if textWidth(s+"…") <= width {
			break
		}
	}
	return s + "…"
}

// wrap breaks text into at most two lines of a width.
func wrap(s string, width float64) []string {
	if textWidth(s) <= width {
		return []string{s}
	}
	n := 0
	for i, r := range s {
		if textWidth(s[:i+utf8.RuneLen(r)]) > width {
			n = i
			break
		}
	}
	return []string{s[:n], fit(s[n:], width)}
}

// A label is text that wants to be centred at a place along one direction.
type label struct {
	want, extent float64
	at           float64
}

// spread moves labels apart so that none overlaps another or leaves lo…hi, each
// as near to its place as that allows.
func spread(labels []*label, lo, hi, gap float64) {
	slices.SortStableFunc(labels, func(a, b *label) int { return cmp.Compare(a.want, b.want) })
	edge := lo
	for _, l := range labels {
		l.at = math.Max(l.want, edge+l.extent/2)
		edge = l.at + l.extent/2 + gap
	}
	edge = hi
	for _, l := range slices.Backward(labels) {
		l.at = math.Min(l.at, edge-l.extent/2)
		edge = l.at - l.extent/2 - gap
	}
}

// mapper maps an axis to a range of the canvas.
func mapper(a document.Axis, from, to float64) func(float64) float64 {
	span := a.Max - a.Min
	return func(v float64) float64 {
		if span == 0 {
			return from
		}
		return from + (to-from)*(v-a.Min)/span
	}
}
