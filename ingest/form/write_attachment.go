package form

import (
	"zhibiao/ingest/workbook"
)

// attach writes 佐证材料 and 名录 where the filing has rows for them. Every cell is
// text: a credit code of digits must not become a number.
func (s *sheet) attach() {
	var rows [][]string
	for _, e := range s.filing.Evidence {
		rows = append(rows, []string{string(e.Code), e.Name, e.Title, e.Number, e.Issuer, e.Date, e.File})
	}
	s.list(EvidenceSheet, EvidenceHeader, rows)
	rows = nil
	for _, m := range s.filing.Register {
		rows = append(rows, []string{string(m.Code), m.CreditCode, m.Name, m.Number, m.From, m.To})
	}
	s.list(RegisterSheet, RegisterHeader, rows)
}

// list writes one attachment sheet; none when it has no rows.
func (s *sheet) list(name string, header []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	if _, err := s.file.NewSheet(name); err != nil {
		s.do(err)
		return
	}
	widths := []float64{24, 24, 36, 24, 18, 14, 24}
	for i := range header {
		letter := workbook.Column(i + 1)
		s.do(s.file.SetColWidth(name, letter, letter, widths[i]))
	}
	for at, row := range append([][]string{header}, rows...) {
		for i, text := range row {
			if text != "" {
				s.do(s.file.SetCellStr(name, workbook.Ref{Col: i + 1, Row: at + 1}.String(), text))
			}
		}
	}
}
