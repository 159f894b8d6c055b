package document

import (
	"math"
	"strconv"

	"zhibiao/kpi/indicator"
)

// A Sign is a colour that can be read without colour: a shape and a word.
type Sign struct {
	Class string `json:"class"` // red, orange, yellow, green, blue, grey, plain
	Mark  string `json:"mark"`  // ▲
	Word  string `json:"word"`  // 红
	Say   string `json:"say"`   // 落后
}

// String is the sign in words: ▲红.
func (s Sign) String() string { return s.Mark + s.Word }

// LampSign is the sign of a lamp.
func LampSign(l indicator.Lamp) Sign {
	class := string(l)
	if l == indicator.NoLamp {
		class = "plain"
	}
	return Sign{Class: class, Mark: l.Mark(), Word: l.Name(), Say: l.Meaning()}
}

// LevelSign is the sign of an alert level: 红, 橙, 黄. Any other level is grey.
func LevelSign(level string) Sign {
	switch level {
	case "红":
		return Sign{"red", "▲", "红", "红色预警"}
	case "橙":
		return Sign{"orange", "■", "橙", "橙色预警"}
	case "黄":
		return Sign{"yellow", "◆", "黄", "黄色预警"}
	}
	return Sign{"grey", "○", "灰", "无法判定"}
}

// Classes lists the colour classes in order of severity.
var Classes = [...]string{"red", "orange", "yellow", "green", "blue", "grey", "plain"}

// A Tint is the colours of a class: Ink for words and shapes on Paper or on
// Wash, both at least 4.5:1 (WCAG 1.4.3).
type Tint struct{ Ink, Wash string }

// Paper is the background of a page.
const Paper = "#FFFFFF"

// TintOf is the colours of a class.
func TintOf(class string) Tint {
	switch class {
	case "red":
		return Tint{"#B3261E", "#FCEEED"}
	case "orange":
		return Tint{"#A34A00", "#FDF1E7"}
	case "yellow":
		return Tint{"#8A5A00", "#FBF4DF"}
	case "green":
		return Tint{"#007A5A", "#E8F4EF"}
	case "blue":
		return Tint{"#1F5FBF", "#EAF1FB"}
	case "grey":
		return Tint{"#5F6368", "#F1F2F4"}
	}
	return Tint{"#1D2733", "#FFFFFF"}
}

// Contrast is the contrast ratio of two colours written #RRGGBB, 1 to 21, as
// WCAG 2 defines it. It is 0 when a colour cannot be read.
func Contrast(a, b string) float64 {
	la, oka := luminance(a)
	lb, okb := luminance(b)
	if !oka || !okb {
		return 0
	}
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(hex string) (float64, bool) {
	if len(hex) != 7 || hex[0] != '#' {
		return 0, false
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return 0, false
	}
	l := 0.0
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		c := float64(n>>(16-8*i)&0xFF) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l, true
}
