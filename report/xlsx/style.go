package xlsx

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

const fontName = "微软雅黑"

// A style is a kind of cell; equal styles are one style of the workbook.
type style struct {
	kind   kind
	class  string // of a sign
	align  document.Align
	format string // of numbers
	total  bool
	link   bool
}

type kind int

const (
	bodyKind kind = iota
	titleKind
	headlineKind
	sectionKind
	captionKind
	headKind
	proseKind
	noteKind
	fieldKind // of a form: text, whatever it begins with
)

func (b *book) style(s style) int {
	if id, ok := b.styles[s]; ok {
		return id
	}
	id, err := b.f.NewStyle(s.excelize())
	b.do(err)
	b.styles[s] = id
	return id
}

func (s style) excelize() *excelize.Style {
	font := &excelize.Font{Family: fontName, Size: 10, Color: bare(document.TintOf("plain").Ink)}
	st := &excelize.Style{Font: font, Alignment: &excelize.Alignment{Vertical: "center"}}
	line := func(side, colour string, weight int) excelize.Border {
		return excelize.Border{Type: side, Color: colour, Style: weight}
	}
	switch s.kind {
	case titleKind:
		font.Size, font.Bold, font.Color = 16, true, "A11D21"
	case headlineKind:
		font.Size, font.Color = 9, "5A6470"
		st.Border = []excelize.Border{line("bottom", "A11D21", 2)}
	case sectionKind:
		font.Size, font.Bold, font.Color = 13, true, "14305C"
	case captionKind:
		font.Bold = true
	case headKind:
		font.Bold, font.Color = true, "14305C"
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDF1F7"}}
		st.Border = []excelize.Border{line("top", "14305C", 2), line("bottom", "14305C", 1)}
		st.Alignment = &excelize.Alignment{Horizontal: horizontal(s.align), Vertical: "center", WrapText: true}
		if s.align != document.Right && s.align != document.Center {
			st.Alignment.Indent = 1
		}
	case proseKind:
		st.Alignment = &excelize.Alignment{Vertical: "top", WrapText: true}
	case noteKind:
		font.Size, font.Color = 9, "5A6470"
		st.Alignment = &excelize.Alignment{Vertical: "top", WrapText: true}
	case fieldKind:
		st.NumFmt = 49 // @
		st.Border = []excelize.Border{
			line("top", "D5DAE1", 1), line("bottom", "D5DAE1", 1), line("left", "D5DAE1", 1), line("right", "D5DAE1", 1),
		}
		st.Alignment = &excelize.Alignment{Vertical: "top", WrapText: true}
	case bodyKind:
		st.Border = []excelize.Border{line("bottom", "D5DAE1", 1)}
		st.Alignment = &excelize.Alignment{Horizontal: horizontal(s.align), Vertical: "center", WrapText: s.format == ""}
		if s.align != document.Right && s.align != document.Center {
			st.Alignment.Indent = 1 // apart from the numbers to its left
		}
		if s.format != "" {
			st.CustomNumFmt = &s.format
		}
		if s.class != "" {
			t := document.TintOf(s.class)
			font.Bold, font.Color = true, bare(t.Ink)
			st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{bare(t.Wash)}}
		}
		if s.total {
			font.Bold = true
			st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDF1F7"}}
		}
		if s.link {
			font.Color, font.Underline = "14305C", "single"
		}
	}
	return st
}

// horizontal is an alignment as the vendor writes it; left when none is given,
// so that an indent counts.
func horizontal(a document.Align) string {
	if a == "" {
		return string(document.Left)
	}
	return string(a)
}

func bare(colour string) string { return strings.TrimPrefix(colour, "#") }

// numberFormat repeats the decimals, sign, unit and tag of a figure, so that
// its cell shows the same digits as every other face of the report.
func numberFormat(f *document.Figure, unit bool) string {
	digits := "0"
	if n := f.Decimals(); n > 0 {
		digits += "." + strings.Repeat("0", n)
	}
	tail := ""
	if unit {
		tail = quoted(f.Unit)
	}
	if f.Tag != "" {
		tail += `\ ` + quoted(f.Tag) // apart from the unit: some readers take "% 名义" for per cent
	}
	wrap := func(sign string) string { return quoted(f.Prefix) + sign + digits + tail }
	if strings.HasPrefix(f.Number, "+") {
		return wrap("+") + ";" + wrap("-") + ";" + wrap("")
	}
	return wrap("")
}

// quoted is literal text of a number format.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + strings.ReplaceAll(s, `"`, "") + `"`
}
