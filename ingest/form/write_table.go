package form

import (
	"cmp"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
)

// table writes the merged header, the 甲乙丙丁 line and the rows.
func (s *sheet) table() {
	top, depth := s.headTop, 1
	for _, c := range s.columns {
		depth = max(depth, len(c.Header))
	}
	l := boxed()
	l.center, l.bold = true, true
	lines := 1
	for _, c := range s.columns {
		if len(c.Header) == depth {
			lines = max(lines, textLines(c.Header[depth-1], c.Kind))
		}
	}
	s.do(s.file.SetRowHeight(s.name, top+depth-1, 6+13*float64(lines)))
	for i := 0; i < len(s.columns); {
		c := s.columns[i]
		if len(c.Header) < depth {
			s.put(workbook.Range{From: workbook.Ref{Col: i + 1, Row: top}, To: workbook.Ref{Col: i + 1, Row: top + depth - 1}}, c.Header[0], l)
			i++
			continue
		}
		j := i
		for j < len(s.columns) && len(s.columns[j].Header) == depth && s.columns[j].Header[0] == c.Header[0] && depth > 1 {
			s.put(span(j+1, j+1, top+1), s.columns[j].Header[1], l)
			j++
		}
		j = max(j, i+1)
		s.put(span(i+1, j, top), c.Header[0], l)
		i = j
	}
	mark := boxed()
	mark.center, mark.size = true, 9
	for i, c := range s.columns {
		s.put(span(i+1, i+1, top+depth), c.Mark, mark)
		letter := workbook.Column(i + 1)
		s.do(s.file.SetColWidth(s.name, letter, letter, widths[c.Kind]))
	}
	s.bodyTop = top + depth + 1
	s.at = s.bodyTop
	for i := range s.rows {
		s.row(&s.rows[i])
		if s.filing.Style.GapAfter == i+1 && i+1 < len(s.rows) {
			s.at++
		}
	}
}

func (s *sheet) row(r *Row) {
	entry := s.filing.Entries[r.Code]
	s.lines[r.Code] = s.at
	for i, c := range s.columns {
		l, here := boxed(), span(i+1, i+1, s.at)
		switch c.Kind {
		case NameColumn:
			l.indent = r.Indent
			s.put(here, s.wide(cmp.Or(entry.Label, r.Label)), l)
			if s.filing.Style.Comments && entry.Note != "" {
				s.do(s.file.AddComment(s.name, excelize.Comment{Cell: here.From.String(), Author: s.filing.Department, Text: entry.Note}))
			}
		case NoColumn:
			l.center = true
			s.put(here, r.No, l)
		case CodeColumn:
			l.size = 8
			s.put(here, string(r.Code), l)
		case UnitColumn:
			l.center = true
			s.put(here, cmp.Or(entry.Unit, r.Unit), l)
		case CaliberColumn:
			l.input = len(r.Calibers) > 0
			s.put(here, entry.Caliber, l)
		case StatusColumn:
			l.center, l.input = true, true
			s.put(here, entry.Status, l)
		case NoteColumn:
			l.size, l.input = 9, true
			s.put(here, entry.Note, l)
		default:
			l.right, l.decimals = true, r.Decimals
			v := entry.measure(c.Kind.Measure())
			if c.Kind == GrowthColumn {
				l.decimals = 1
			}
			if l.input = r.Takes(c.Kind.Measure()); v == nil && !l.input {
				v, l.right, l.center = "—", false, true
			}
			s.put(here, v, l)
		}
	}
	lines := max(1, textLines(r.Label, NameColumn), textLines(entry.Note, NoteColumn), textLines(entry.Caliber, CaliberColumn))
	height := 8 + 14*float64(lines)
	if s.filing.issue != nil {
		height = max(height, 28) // two small lines for what the 审核 column says
	}
	s.do(s.file.SetRowHeight(s.name, s.at, height))
	s.at++
}

// textLines is how many lines a text takes in a column, a Chinese character
// being two of Excel's wide.
func textLines(text string, k Kind) int {
	return (2*len([]rune(text)) + int(widths[k]) - 1) / int(widths[k])
}

// measure is what was typed under a measure's column.
func (e Entry) measure(m indicator.Measure) any {
	switch m {
	case indicator.ValueMeasure:
		return e.Value
	case indicator.YearAgoMeasure:
		return e.YearAgo
	}
	return e.Growth
}
