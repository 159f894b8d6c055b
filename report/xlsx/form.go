package xlsx

import (
	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

// spare is how many rows below the last one the lists of a form reach.
const spare = 300

// form writes a form: heads in the first row, a row for each thing, no merged
// cells, lists where a field takes only certain words. Its cells are text for
// ever, so that nothing that is typed into them becomes a formula or a date.
func (b *book) form(name string, f *document.Form) {
	heads := make([]string, len(f.Columns))
	widths := make([]float64, len(f.Columns))
	for j, c := range f.Columns {
		heads[j], widths[j] = c.Title, c.Width
	}
	rows := make([][]any, len(f.Rows))
	for i, r := range f.Rows {
		for _, v := range r {
			rows[i] = append(rows[i], v)
		}
	}
	b.list(name, heads, widths, rows)
	for i, r := range f.Rows {
		tall := 0.0
		for j, v := range r {
			tall = max(tall, height(units(v), widths[j]))
		}
		b.do(b.f.SetRowHeight(name, i+2, tall))
	}
	last := len(rows) + 1 + spare
	b.do(b.f.SetCellStyle(name, "A2", at(len(heads), last), b.style(style{kind: fieldKind})))
	for j, c := range f.Columns {
		if len(c.Choices) == 0 {
			continue
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(at(j+1, 2) + ":" + at(j+1, last))
		v.SetError(excelize.DataValidationErrorStyleStop, c.Title, "请从列表中选择")
		b.do(v.SetDropList(c.Choices))
		b.do(b.f.AddDataValidation(name, v))
	}
}
