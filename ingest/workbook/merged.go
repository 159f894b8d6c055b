package workbook

import (
	"slices"
	"strings"
)

// parseRange reads A1:C3 or A1, corners in any order.
func parseRange(text string) (g Range, ok bool) {
	from, to, pair := strings.Cut(text, ":")
	if g.From, ok = ParseRef(from); !ok {
		return Range{}, false
	}
	if g.To = g.From; pair {
		if g.To, ok = ParseRef(to); !ok {
			return Range{}, false
		}
	}
	g.From.Col, g.To.Col = min(g.From.Col, g.To.Col), max(g.From.Col, g.To.Col)
	g.From.Row, g.To.Row = min(g.From.Row, g.To.Row), max(g.From.Row, g.To.Row)
	return g, true
}

// apart refuses merged ranges of a sheet that share a cell; false when there are
// too many findings to go on. Ranges are taken from top to bottom; until
// remembers, per column, the last row that is taken.
func (r *reader) apart(s *Sheet, part string) bool {
	byRow := slices.Clone(s.Merged)
	slices.SortStableFunc(byRow, func(a, b Range) int { return a.From.Row - b.From.Row })
	var until [MaxCol + 1]int32
	for _, g := range byRow {
		cols := until[g.From.Col : g.To.Col+1]
		for i := range cols {
			if int(cols[i]) >= g.From.Row {
				r.add(inSheet(refusal("sheet-merge", part, "合并区域 "+g.String()+" 与另一个合并区域重叠", "请取消重叠的合并单元格后再报送"), s.Name, g.String()))
				return !r.full()
			}
			cols[i] = int32(g.To.Row)
		}
	}
	return true
}
