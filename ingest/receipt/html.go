package receipt

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"zhibiao/kpi/finding"
)

//go:embed receipt.html
var pageText string

var page = template.Must(template.New("receipt").Funcs(template.FuncMap{
	"css": func(colour string) template.CSS { return template.CSS("#" + colour) }, //nolint:gosec // our own colours
}).Parse(pageText))

// HTML writes the receipt as a page of its own: no script, no font or picture
// from elsewhere, for a phone and for A4. What stood in the return is text.
func HTML(w io.Writer, r *Receipt) error {
	c := r.Verdict.colour()
	view := struct {
		Receipt                           *Receipt
		Shape, Dark, Pale, Title, Summary string
		Next                              string
		Facts                             []fact
		Tables                            []table
	}{
		Receipt: r, Shape: r.Verdict.shape(), Dark: c.dark, Pale: c.pale, Summary: finding.Plain(summary(r)), Next: next(r),
		Title: finding.Plain("【" + r.Verdict.Name() + "】" + r.Number),
	}
	for _, f := range facts(r) {
		view.Facts = append(view.Facts, fact{f.Name, finding.Plain(f.Text)})
	}
	for i := range sections {
		if t := findingTable(r, &sections[i]); len(t.Rows) > 0 {
			view.Tables = append(view.Tables, t)
		}
	}
	view.Tables = append(view.Tables, tables(r)...)
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	return nil
}

// findingTable is the table of a section as the page shows it.
func findingTable(r *Receipt, s *section) table {
	t := table{Asks: s.asks, Head: tableHead[:]}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !s.holds(f) {
			continue
		}
		var kind rune
		kind, t.Kind = kindOf(f)
		row := append([]string{fmt.Sprintf("%c%d", kind, len(t.Rows)+1)}, told(r, f)...)
		if f.Severity == finding.Plausibility && f.Explanation != "" {
			row = append(row, finding.Plain(f.Explanation))
			t.Head = append(tableHead[:len(tableHead):len(tableHead)], "说明")
		}
		t.Rows = append(t.Rows, row)
	}
	t.Title = fmt.Sprintf("%s（%d个）", s.title, len(t.Rows))
	return t
}

// kindOf is the character that begins a finding's number, and the class that the
// page draws it with.
func kindOf(f *finding.Finding) (rune, string) {
	switch {
	case f.Severity == finding.Mandatory:
		return '强', "must"
	case open(f):
		return '核', "ask"
	case f.Severity == finding.Plausibility:
		return '已', "told"
	}
	return '示', "note"
}

// shape is the sign of a verdict beside its colour and its word.
func (v Verdict) shape() string {
	switch v {
	case Accepted:
		return "✓"
	case Awaiting:
		return "?"
	case Pending:
		return "…"
	case Withdrawn:
		return "−"
	}
	return "✗"
}
