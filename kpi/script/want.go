package script

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Want is one figure that an eval must give.
type Want struct {
	Line   int
	Area   indicator.AreaID // "" for the areas of the codes themselves
	Period period.Period
	Text   string   // as written
	Marks  []string // status, vintage, caliber, months carried; as many as are asked
	// Got is what came out, once the script was run.
	Got Got
}

// maxMarks is how many marks there are.
const maxMarks = 4

// A Got is what a formula gave.
type Got struct {
	Rule    bool // Value is 1 when it holds
	Value   indicator.Opt[float64]
	Why     indicator.Absence // when there is no value
	Status  indicator.ObsStatus
	Vintage indicator.Vintage
	Caliber string
	Carried int
}

// about begins a figure that is equal when printed with its decimals.
const about = "≈"

func (w *Want) sound() bool {
	switch {
	case w.Text == "是", w.Text == "否", w.Text == "_":
		return true
	case strings.HasPrefix(w.Text, "_("):
		return strings.HasSuffix(w.Text, ")") && len(w.Text) > 3
	}
	return numeral.MatchString(strings.TrimPrefix(w.Text, about))
}

// Met reports whether what came out is what was wanted.
func (w *Want) Met() bool {
	g := w.Got
	switch {
	case !g.Value.OK:
		if w.Text != "_" && w.Text != "_("+g.Why.Name()+")" {
			return false
		}
		return true // what is absent has no marks
	case strings.HasPrefix(w.Text, "_"):
		return false
	case g.Rule:
		return w.Text == verdict(g.Value.V)
	case w.Text == "是" || w.Text == "否":
		return false
	case strings.HasPrefix(w.Text, about):
		if indicator.Fixed(g.Value.V, decimals(w.Text)) != strings.TrimPrefix(strings.TrimPrefix(w.Text, about), "+") {
			return false
		}
	default:
		v, err := strconv.ParseFloat(w.Text, 64)
		if err != nil || indicator.Less(v, g.Value.V) || indicator.Less(g.Value.V, v) {
			return false
		}
	}
	return slices.Equal(w.Marks, g.marks(len(w.Marks)))
}

func verdict(v float64) string {
	if v != 0 {
		return "是"
	}
	return "否"
}

func decimals(text string) int {
	_, after, _ := strings.Cut(text, ".")
	return len(after)
}

// marks are the first n of the marks, as they are written.
func (g Got) marks(n int) []string {
	list := []string{string(g.Status), string(g.Vintage), g.Caliber, strconv.Itoa(g.Carried)}[:n]
	for i := range list {
		if list[i] == "" {
			list[i] = "—"
		}
	}
	return list
}

// Wanted is the figure with its marks, as written.
func (w *Want) Wanted() string { return join(w.Text, w.Marks) }

// Gotten is what came out, written as the figure is: with its decimals, its
// reason, its marks.
func (w *Want) Gotten() string {
	if !w.Got.Value.OK {
		return w.restated()
	}
	return join(w.restated(), w.remarked())
}

// remarked are the marks as they would be wanted: what is absent has none, and
// leaves them as they are.
func (w *Want) remarked() []string {
	if w.Got.Rule || !w.Got.Value.OK {
		return w.Marks
	}
	return w.Got.marks(len(w.Marks))
}

func join(text string, marks []string) string {
	if len(marks) == 0 {
		return text
	}
	return text + " | " + strings.Join(marks, " ")
}

// restated is the figure as it would be wanted. A figure that needs more than
// ten digits is stated about, with the decimals it had.
func (w *Want) restated() string {
	g := w.Got
	switch {
	case !g.Value.OK && g.Why != indicator.Present && (strings.HasPrefix(w.Text, "_(") || w.Text == ""):
		return "_(" + g.Why.Name() + ")"
	case !g.Value.OK:
		return "_"
	case g.Rule:
		return verdict(g.Value.V)
	case strings.HasPrefix(w.Text, about):
		s := about + indicator.Fixed(g.Value.V, decimals(w.Text))
		if s == w.Text && !w.Met() { // it is the marks that differ
			return w.Text
		}
		return s
	}
	// Ten digits, unless they are not the figure itself but for its last bits.
	v, _ := strconv.ParseFloat(strconv.FormatFloat(g.Value.V, 'g', digits, 64), 64)
	if math.Abs(v-g.Value.V) <= 1e-13*math.Abs(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	places := digits - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	return about + indicator.Fixed(g.Value.V, min(max(places, 0), 12))
}

// digits is how many significant ones a figure is restated with.
const digits = 10

// Rewrite is the script with what came out in the place of what was wanted. Only
// lines with a figure that was not met are touched; one whose figures now differ
// in their marks becomes several.
func (f *File) Rewrite() []byte {
	rows := make(map[int][]*Want)
	bare := make(map[int]bool) // evals that want nothing yet
	for _, s := range f.Steps {
		e, ok := s.(*Eval)
		if !ok {
			continue
		}
		for _, w := range e.Wants {
			if w.Line == e.Line {
				bare[e.Line] = true
			}
			rows[w.Line] = append(rows[w.Line], w)
		}
	}
	var b strings.Builder
	for i, line := range f.lines {
		row := rows[i+1]
		switch {
		case bare[i+1]:
			fmt.Fprintf(&b, "%s\n    %s\n", line, row[0].Gotten())
		case slices.ContainsFunc(row, func(w *Want) bool { return !w.Met() }):
			b.WriteString(restate(line, row))
		default:
			b.WriteString(line + "\n")
		}
	}
	return []byte(b.String())
}

func restate(line string, row []*Want) string {
	indent := line[:len(line)-len(strings.TrimLeftFunc(line, unicode.IsSpace))]
	comment := strings.TrimRightFunc(line[len(code(line)):], unicode.IsSpace)
	if comment != "" {
		comment = "  " + comment
	}
	if row[0].Area != "" {
		indent += string(row[0].Area) + " "
	}
	var b strings.Builder
	for len(row) > 0 {
		// A line holds figures of one set of marks; absent ones go with any.
		var marks []string
		n := 0
		for ; n < len(row); n++ {
			if !row[n].Got.Value.OK {
				continue
			}
			if m := row[n].remarked(); marks == nil {
				marks = m
			} else if !slices.Equal(marks, m) {
				break
			}
		}
		if marks == nil {
			marks = row[0].Marks
		}
		texts := make([]string, n)
		for i, w := range row[:n] {
			texts[i] = w.restated()
		}
		fmt.Fprintf(&b, "%s%s%s\n", indent, join(strings.Join(texts, " "), marks), comment)
		row, comment = row[n:], ""
	}
	return b.String()
}
