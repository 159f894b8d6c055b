// Package finding says what is wrong with an input, and where: a cell of a
// return, a line of a definition. A finding is data about somebody's input; a
// failure of ours is a Go error. The package knows no format it points into.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Severity decides what a finding does to its input.
type Severity string

// The severities. Mandatory refuses (强制性审核), Plausibility asks for an
// explanation (核实性审核), Note only informs.
const (
	Mandatory    Severity = "mandatory"
	Plausibility Severity = "plausibility"
	Note         Severity = "note"
)

// Name is the Chinese name a statistician knows.
func (s Severity) Name() string {
	switch s {
	case Mandatory:
		return "强制性"
	case Plausibility:
		return "核实性"
	}
	return "提示"
}

// A Place is where a finding points. A cell of a workbook has File, Sheet and
// Cell; a package part has File and Part; a definition has File, Line, Column.
type Place struct {
	File   string `json:"file,omitempty"`
	Sheet  string `json:"sheet,omitempty"`
	Cell   string `json:"cell,omitempty"`   // A1 reference or range
	Part   string `json:"part,omitempty"`   // part of the zip or stream of the compound file
	Line   int    `json:"line,omitempty"`   // 1-based
	Column int    `json:"column,omitempty"` // 1-based, in characters
}

// String prints book.xlsx[Sheet]!C12, book.xlsx(xl/workbook.xml) or file.yaml:3:7.
func (p Place) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Part != "" {
		fmt.Fprintf(&b, "(%s)", p.Part)
	}
	if p.Sheet != "" {
		fmt.Fprintf(&b, "[%s]", p.Sheet)
	}
	if p.Cell != "" {
		b.WriteString("!" + p.Cell)
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	return b.String()
}

// A Finding is one thing wrong. Everything in it is written for the person who
// made the input, in Chinese, in their own labels.
type Finding struct {
	// Rule is R01…R35 of the catalogue, or a stable kebab-case name for what the
	// catalogue does not number (package-crc, yaml-unknown-field).
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Place    Place    `json:"place"`
	// Label is the row's own label on the sheet; Code the indicator, when known.
	Label string `json:"label,omitempty"`
	Code  string `json:"code,omitempty"`
	// Value is what stands there (实为), Want what was expected (应为).
	Value string `json:"value,omitempty"`
	Want  string `json:"want,omitempty"`
	// Message says what is wrong; Hint how to fix it.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Explanation is what the input itself says about a plausibility finding
	// (说明); one without it waits for an answer.
	Explanation string `json:"explanation,omitempty"`
	// Related are the other operands of a rule over several cells.
	Related []Place `json:"related,omitempty"`
}

// Key names the finding within its input, the same whenever the input is checked:
// an explanation (说明) is given to a key.
func (f *Finding) Key() string {
	return strings.Join([]string{f.Rule, f.Place.Sheet, f.Place.Cell, f.Code}, "|")
}

// String prints the finding on one line, with the hint and the explanation
// indented under it. Whatever stood in the input, nothing of it breaks the line: see Plain.
func (f Finding) String() string {
	var b strings.Builder
	if f.Place != (Place{}) {
		b.WriteString(Plain(f.Place.String()) + ": ")
	}
	b.WriteString(f.Severity.Name() + ": ")
	if f.Label != "" {
		fmt.Fprintf(&b, "“%s” ", Plain(f.Label))
	}
	b.WriteString(Plain(f.Message))
	if f.Value != "" || f.Want != "" {
		fmt.Fprintf(&b, "（实为 %s", orBlank(Plain(f.Value)))
		if f.Want != "" {
			fmt.Fprintf(&b, "，应为 %s", Plain(f.Want))
		}
		b.WriteString("）")
	}
	fmt.Fprintf(&b, " [%s]", f.Rule)
	if f.Hint != "" {
		b.WriteString("\n    改法：" + Plain(f.Hint))
	}
	if f.Explanation != "" {
		b.WriteString("\n    说明：" + Plain(f.Explanation))
	}
	return b.String()
}

func orBlank(s string) string {
	if s == "" {
		return "空白"
	}
	return s
}

// A List is all the findings of one input.
type List []Finding

// Refused reports whether the input must be refused: it has a mandatory finding.
func (l List) Refused() bool { return l.Count(Mandatory) > 0 }

// Count is the number of findings of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, f := range l {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders by severity, then place, then rule, so that the same input
// always prints the same list.
func (l List) Sort() {
	rank := map[Severity]int{Mandatory: 0, Plausibility: 1, Note: 2}
	slices.SortStableFunc(l, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(rank[a.Severity], rank[b.Severity]),
			cmp.Compare(a.Place.File, b.Place.File),
			cmp.Compare(a.Place.Line, b.Place.Line),
			cmp.Compare(a.Place.Column, b.Place.Column),
			cmp.Compare(a.Place.Sheet, b.Place.Sheet),
			cmp.Compare(cellKey(a.Place.Cell), cellKey(b.Place.Cell)),
			cmp.Compare(a.Rule, b.Rule),
		)
	})
}

// cellKey orders references by row, then column: C2 before A10.
func cellKey(ref string) string {
	i := strings.IndexAny(ref, "0123456789")
	if i < 0 {
		return ref
	}
	row := ref[i:]
	if j := strings.IndexByte(row, ':'); j >= 0 {
		row = row[:j]
	}
	return fmt.Sprintf("%10s%4s", row, ref[:i])
}

// Unexplained is the number of plausibility findings that wait for an answer.
func (l List) Unexplained() int {
	n := 0
	for _, f := range l {
		if f.Severity == Plausibility && f.Explanation == "" {
			n++
		}
	}
	return n
}

// String prints one finding per line.
func (l List) String() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
