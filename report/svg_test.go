package report

import (
	"bytes"
	"encoding/xml"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// A box is where a text of a picture stands.
type box struct {
	x1, y1, x2, y2 float64
	text           string
}

func (a box) overlaps(b box) bool {
	const slack = 1.2 // line boxes are a little taller than their ink
	return a.x1 < b.x2-slack && b.x1 < a.x2-slack && a.y1 < b.y2-slack && b.y1 < a.y2-slack
}

// texts reads a picture back: its size, and its texts where they stand.
func texts(t interface{ Fatalf(string, ...any) }, s string) (w, h float64, out []box) {
	var svg struct {
		Width  float64 `xml:"width,attr"`
		Height float64 `xml:"height,attr"`
		Texts  []struct {
			X      float64 `xml:"x,attr"`
			Y      float64 `xml:"y,attr"`
			Anchor string  `xml:"text-anchor,attr"`
			Text   string  `xml:",chardata"`
		} `xml:"text"`
	}
	if err := xml.NewDecoder(bytes.NewBufferString(s)).Decode(&svg); err != nil {
		t.Fatalf("read picture: %v", err)
	}
	for _, e := range svg.Texts {
		width := textWidth(e.Text)
		x := e.X
		switch e.Anchor {
		case "middle":
			x -= width / 2
		case "end":
			x -= width
		}
		out = append(out, box{x, e.Y - 0.8*letterSize, x + width, e.Y + 0.15*letterSize, e.Text})
	}
	return svg.Width, svg.Height, out
}

func checkTexts(t *rapid.T, c *document.Chart) {
	s, err := svg(c)
	if err != nil {
		t.Fatalf("%v", err)
	}
	w, h, boxes := texts(t, s)
	for i, a := range boxes {
		if a.x1 < -1 || a.y1 < -1 || a.x2 > w+1 || a.y2 > h+1 {
			t.Fatalf("%q is clipped: %+v of %v × %v", a.text, a, w, h)
		}
		for _, b := range boxes[:i] {
			if a.overlaps(b) {
				t.Fatalf("%q stands on %q: %+v %+v\n%s", a.text, b.text, a, b, s)
			}
		}
	}
}

// value draws a number as the catalogue has them: hundredths to ten thousands.
func value(t *rapid.T, name string) float64 {
	mag := rapid.SampledFrom([]float64{1, 10, 100, 5000, 20000}).Draw(t, name+" magnitude")
	return math.Round(rapid.Float64Range(-0.2, 1).Draw(t, name)*mag*100) / 100
}

func TestTextsOfATrendNeverCollideNorClip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := math.Abs(value(t, "base")) + 1
		near := func(name string) float64 { return base * rapid.Float64Range(0.5, 2).Draw(t, name) }
		columns := rapid.Bool().Draw(t, "columns")
		tr := &document.Trend{Columns: columns, X: timeAxis(columns)}
		var e extent
		mark := func(at, v float64) document.Mark {
			e.add(v)
			return document.Mark{At: at, Value: v, Text: indicator.Fixed(v, 2), Label: "期"}
		}
		steps := rapid.IntRange(1, 48).Draw(t, "points")
		if columns {
			steps = min(steps, 5)
		}
		for k := range steps {
			at := planStart + float64(k)*5/float64(max(steps, 6))
			if columns {
				at = planStart + float64(k)
			}
			tr.Actual = append(tr.Actual, mark(at, near("v")))
		}
		target := mark(planEnd, near("target"))
		target.Text = "≥" + target.Text
		proj := mark(planEnd, near("projection"))
		tr.Target, tr.Projection = &target, &proj
		for k := range 6 {
			tr.Path = append(tr.Path, mark(planStart+float64(k), base+(target.Value-base)*float64(k)/5))
		}
		if rapid.Bool().Draw(t, "fan") {
			last := tr.Actual[len(tr.Actual)-1]
			for k := 1.0; k <= 2; k++ {
				v := last.Value + (proj.Value-last.Value)*k/2
				off := math.Abs(near("off"))
				tr.Fan = append(tr.Fan, document.Band{At: planEnd - 2 + k, Value: v, Lo80: v - off, Hi80: v + off, Lo95: v - 9*off, Hi95: v + 9*off})
				e.add(v)
			}
		}
		if columns {
			e.add(0)
		}
		tr.Y = scale(e.lo, e.hi, 4, "")
		checkTexts(t, &document.Chart{ID: "t", Title: "t", Desc: "d", Unit: "亿元", Trend: tr})
	})
}

func TestTextsOfABulletNeverCollideNorClip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mark := func(name, label string) document.Mark {
			v := value(t, name)
			return document.Mark{Value: v, Text: indicator.Fixed(v, 2), Label: label}
		}
		b := &document.Bullet{Class: "red", Value: mark("value", "2025年"), Target: mark("target", "目标")}
		path, proj := mark("path", "序时"), mark("projection", "测算")
		b.Path, b.Projection = &path, &proj
		var e extent
		for _, v := range []float64{0, b.Value.Value, b.Target.Value, path.Value, proj.Value} {
			e.add(v)
		}
		b.Axis = scale(e.lo, e.hi, 4, "")
		checkTexts(t, &document.Chart{ID: "b", Title: "t", Desc: "d", Bullet: b})
	})
}

func TestTextsOfBarsNeverCollideNorClip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &document.Bars{}
		lo, hi := 0.0, 0.0
		for range rapid.IntRange(1, 21).Draw(t, "bars") {
			v := rapid.Float64Range(-300, 300).Draw(t, "v")
			lo, hi = math.Min(lo, v), math.Max(hi, v)
			name := rapid.StringOfN(rapid.RuneFrom([]rune("全社会研发经费A1%“”")), 1, 40, -1).Draw(t, "name")
			b.Bars = append(b.Bars, document.Bar{Label: name, Sign: document.LampSign(indicator.Red), Has: true, Value: v, Text: signed(v, 1) + "%"})
		}
		b.Axis = scale(math.Max(lo, -100), math.Min(hi, 100), 4, "%")
		checkTexts(t, &document.Chart{ID: "b", Title: "t", Desc: "d", Bars: b})
	})
}

func TestHeatAndStackHoldLongNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.RuneFrom([]rune("加快科技创新中心A1")), 1, 40, -1)
		heat, stack := &document.Heat{}, &document.Stack{Parts: []document.Part{{Name: "按时", Class: "green"}, {Name: "未报", Class: "red"}}}
		for _, l := range lampOrder {
			heat.Columns = append(heat.Columns, document.LampSign(l))
		}
		for range rapid.IntRange(1, 16).Draw(t, "rows") {
			heat.Rows = append(heat.Rows, document.HeatRow{Label: name.Draw(t, "row"), Counts: []int{0, 1, 2, 3, 14}})
			n := rapid.IntRange(0, 99).Draw(t, "n")
			stack.Rows = append(stack.Rows, document.StackRow{Label: name.Draw(t, "unit"), Counts: []int{n, 99 - n}, Text: strconv.Itoa(n) + "/99"})
		}
		heat.Most = 14
		checkTexts(t, &document.Chart{ID: "h", Title: "t", Desc: "d", Heat: heat})
		checkTexts(t, &document.Chart{ID: "s", Title: "t", Desc: "d", Stack: stack})
	})
}

func TestScaleHoldsItsValuesAtRoundTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := value(t, "a"), value(t, "b")
		lo, hi := math.Min(a, b), math.Max(a, b)
		s := scale(lo, hi, 4, "")
		if s.Min > lo+1e-6 || s.Max < hi-1e-6 {
			t.Fatalf("scale(%v, %v): got %v … %v", lo, hi, s.Min, s.Max)
		}
		if n := len(s.Ticks); n < 2 || n > 8 {
			t.Fatalf("scale(%v, %v): got %d ticks", lo, hi, n)
		}
		for i, k := range s.Ticks {
			if v, err := strconv.ParseFloat(k.Text, 64); err != nil || math.Abs(v-k.At) > 1e-6*math.Max(1, math.Abs(k.At)) {
				t.Fatalf("tick at %v is written %q", k.At, k.Text)
			}
			if i > 0 && k.At <= s.Ticks[i-1].At {
				t.Fatalf("ticks do not rise: %v", s.Ticks)
			}
		}
	})
}

func TestSpreadKeepsLabelsApartAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ls []*label
		for range rapid.IntRange(1, 4).Draw(t, "labels") {
			ls = append(ls, &label{want: rapid.Float64Range(-50, 350).Draw(t, "want"), extent: rapid.Float64Range(5, 60).Draw(t, "extent")})
		}
		spread(ls, 0, 300, 4)
		for i, l := range ls {
			if l.at-l.extent/2 < -1e-6 || l.at+l.extent/2 > 300+1e-6 {
				t.Fatalf("label %d leaves: %+v", i, *l)
			}
			if i > 0 && l.at-l.extent/2 < ls[i-1].at+ls[i-1].extent/2-1e-6 {
				t.Fatalf("label %d overlaps: %+v %+v", i, *ls[i-1], *l)
			}
		}
	})
}

func TestNumerals(t *testing.T) {
	for n, want := range map[int]string{1: "一", 9: "九", 10: "十", 11: "十一", 20: "二十", 42: "四十二"} {
		if got := numeral(n); got != want {
			t.Errorf("numeral(%d): got %s, want %s", n, got, want)
		}
	}
}

func FuzzPlainAndEscape(f *testing.F) {
	for _, s := range []string{"", "地区生产总值", "<b>&\"'", "\x00\u202e]]>", "\xff\xfe", "=cmd|'/C calc'!A0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := plain(s)
		if plain(p) != p {
			t.Errorf("plain(%q) is not plain", s)
		}
		var out struct {
			A string `xml:"a,attr"`
			T string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte(`<x a="`+escape(s)+`">`+escape(s)+`</x>`), &out); err != nil {
			t.Fatalf("escape(%q): %v", s, err)
		}
		if out.T != p || out.A != p {
			t.Errorf("escape(%q): reads back as %q and %q, want %q", s, out.T, out.A, p)
		}
	})
}
