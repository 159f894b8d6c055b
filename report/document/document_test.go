package document_test

import (
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

func TestContrastIsThatOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#FFFFFF", 21}, {"#FFFFFF", "#FFFFFF", 1}, {"#777777", "#FFFFFF", 4.48}, {"red", "#FFFFFF", 0}, {"#GGGGGG", "#FFFFFF", 0},
	} {
		if got := document.Contrast(c.a, c.b); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("Contrast(%s, %s): got %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestEverySignReadsOnPaperAndOnItsWash(t *testing.T) {
	for _, class := range document.Classes {
		tint := document.TintOf(class)
		for _, ground := range []string{document.Paper, tint.Wash} {
			if got := document.Contrast(tint.Ink, ground); got < 4.5 {
				t.Errorf("%s: %s on %s has %.2f, want at least 4.5", class, tint.Ink, ground, got)
			}
		}
	}
}

func TestSignsDifferWithoutColour(t *testing.T) {
	marks := make(map[string]bool)
	for _, s := range []document.Sign{
		document.LampSign(indicator.Red), document.LampSign(indicator.Yellow), document.LampSign(indicator.Green),
		document.LampSign(indicator.Blue), document.LampSign(indicator.Grey), document.LevelSign("橙"),
	} {
		if s.Mark == "" || s.Word == "" || marks[s.Mark] {
			t.Errorf("sign %+v: want a mark of its own and a word", s)
		}
		marks[s.Mark] = true
	}
	if got := document.LevelSign("紫"); got.Class != "grey" {
		t.Errorf("unknown level: got %s, want grey", got.Class)
	}
}

func TestFigureText(t *testing.T) {
	short := &document.Figure{Number: "22.0", Unit: "%", Note: "未达，21.998"}
	down := &document.Figure{Number: "-3.1", Unit: "%", Tag: "名义"}
	none := &document.Figure{Missing: "逾期未报", Unit: "亿元"}
	target := &document.Figure{Prefix: "＞", Number: "6600", Unit: "亿元"}
	for _, c := range []struct{ got, want string }{
		{short.Bare(), "22.0（未达，21.998）"},
		{short.Full(), "22.0%（未达，21.998）"},
		{down.Magnitude(), "3.1%"},
		{document.Cell{Figure: down, Unit: true}.String(), "-3.1% 名义"},
		{none.Bare(), "逾期未报"},
		{none.Full(), "逾期未报"},
		{none.Magnitude(), "逾期未报"},
		{target.Full(), "＞6600亿元"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if down.Decimals() != 1 || target.Decimals() != 0 || !down.Signed() || target.Signed() {
		t.Error("decimals or sign of a figure are wrong")
	}
}
