package form

import (
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
)

// labels are the words of the head and foot, each with the field it names. A
// word marked start is too short to be believed in the middle of a text. The
// empty field is a word that ends the one before and is not kept.
var labels = []struct {
	word, field string
	start       bool
}{
	{"综合机关名称", DepartmentField, false},
	{"填报单位", DepartmentField, false},
	{"填报部门", DepartmentField, false},
	{"编报单位", DepartmentField, false},
	{"单位名称", DepartmentField, true},
	{"单位详细名称", DepartmentField, false},
	{"单位负责人", UnitHead, false},
	{"统计负责人", StatHead, false},
	{"填表人", FilledBy, false},
	{"制表人", FilledBy, false},
	{"联系电话", Telephone, false},
	{"电话", Telephone, true},
	{"分机号", "", false},
	{"报出日期", ReportedOn, false},
	{"填表日期", ReportedOn, false},
	{"制定机关", AgencyField, false},
	{"制表机关", AgencyField, false},
	{"批准机关", "", false},
	{"批准文号", ApprovalField, false},
	{"备案文号", ApprovalField, false},
	{"文号", ApprovalField, true},
	{"有效期至", ValidField, false},
	{"有效截止时间", ValidField, false},
	{"表式版本", VersionField, false},
	{"版本", VersionField, true},
	{"表号", NumberField, true},
	{"报告期别", PeriodField, false},
	{"报告期", PeriodField, true},
	{"统计期", PeriodField, true},
	{"计量单位", UnitField, false},
	{"计算单位", UnitField, false},
	{"单位", UnitField, true},
	{"简要情况说明", RemarkField, true},
}

// labelled splits a folded cell text into labels and what follows each. A cell
// that is only a label, with or without its colon, has an empty value.
func labelled(text string) (pairs [][2]string) {
	if len(text) > 2000 {
		return nil
	}
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		text = strings.TrimSuffix(inner, ")") // (单位:亿元)
	}
	for i := 0; i < len(text); {
		field, size := labelAt(text, i)
		if size == 0 {
			if i == 0 {
				return nil // a text that does not begin with a label is not a label cell
			}
			n := len(pairs) - 1
			_, width := firstRune(text[i:])
			pairs[n][1] += text[i : i+width]
			i += width
			continue
		}
		pairs = append(pairs, [2]string{field, ""})
		i += size
	}
	return pairs
}

func firstRune(s string) (r rune, width int) {
	for i, c := range s {
		if i > 0 {
			return r, i
		}
		r = c
	}
	return r, len(s)
}

// labelAt is the field named at a place of a folded text and the length of the
// label with its colon; 0 when there is none.
func labelAt(text string, at int) (field string, size int) {
	for _, l := range labels {
		if l.start && at > 0 || !strings.HasPrefix(text[at:], l.word) {
			continue
		}
		rest := text[at+len(l.word):]
		switch {
		case strings.HasPrefix(rest, ":"):
			return l.field, len(l.word) + 1
		case rest == "" && at == 0:
			return l.field, len(l.word)
		}
	}
	return "", 0
}

// footStart reports whether a folded text begins what stands under the table.
func footStart(text string) bool {
	for _, word := range []string{"说明:", "注:", "填表说明", "备注:", "附注:", "简要情况说明"} {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	for _, pair := range labelled(text) {
		switch pair[0] {
		case UnitHead, StatHead, FilledBy, Telephone, ReportedOn, RemarkField:
			return true
		}
	}
	return false
}

// fields reads the labelled fields of some rows. A label alone in its cell
// takes the next filled cell to the right (简要情况说明: or the one below); used
// are the cells so consumed.
func fields(s *workbook.Sheet, from, to int) (head map[string]Field, used map[workbook.Ref]bool) {
	head, used = map[string]Field{}, map[workbook.Ref]bool{}
	start, _ := slices.BinarySearchFunc(s.Cells, from, func(c workbook.Cell, row int) int { return c.Ref.Row - row })
	for i := start; i < len(s.Cells) && s.Cells[i].Ref.Row <= to; i++ {
		c := &s.Cells[i]
		if c.Kind != workbook.Text {
			continue
		}
		pairs := labelled(fold(c.Text))
		for k, p := range pairs {
			field := Field{Text: p[1], Cell: c.Ref.String()}
			used[c.Ref] = true
			if p[1] == "" && k == len(pairs)-1 {
				if next := beside(s, i); next != nil {
					field = Field{Text: strings.TrimSpace(next.Text), Cell: next.Ref.String()}
					used[next.Ref] = true
				} else if p[0] == RemarkField {
					if next := below(s, c.Ref, to); next != nil {
						field = Field{Text: strings.TrimSpace(next.Text), Cell: next.Ref.String()}
						used[next.Ref] = true
					}
				}
			}
			if old, ok := head[p[0]]; p[0] != "" && (!ok || old.Text == "") {
				head[p[0]] = field
			}
		}
	}
	return head, used
}

// beside is the next filled cell to the right in the row, unless it is itself a
// label: then the field is empty.
func beside(s *workbook.Sheet, i int) *workbook.Cell {
	for j := i + 1; j < len(s.Cells) && s.Cells[j].Ref.Row == s.Cells[i].Ref.Row; j++ {
		c := &s.Cells[j]
		if c.Kind == workbook.Blank || strings.TrimSpace(c.Text) == "" {
			continue
		}
		if c.Kind == workbook.Text && len(labelled(fold(c.Text))) > 0 {
			return nil
		}
		return c
	}
	return nil
}

// below is the first filled cell of the next two rows.
func below(s *workbook.Sheet, r workbook.Ref, to int) *workbook.Cell {
	for row := r.Row + 1; row <= min(r.Row+2, to); row++ {
		i, _ := slices.BinarySearchFunc(s.Cells, row, func(c workbook.Cell, row int) int { return c.Ref.Row - row })
		for ; i < len(s.Cells) && s.Cells[i].Ref.Row == row; i++ {
			if c := &s.Cells[i]; c.Kind == workbook.Text && strings.TrimSpace(c.Text) != "" {
				return c
			}
		}
	}
	return nil
}

// named is the cell that a defined name points at; nil when there is no such
// name or no such cell.
func named(b *workbook.Book, name string) (*workbook.Sheet, workbook.Cell) {
	for _, n := range b.Names {
		if n.Name != name {
			continue
		}
		i := strings.LastIndexByte(n.Refers, '!')
		if i < 0 {
			continue
		}
		title := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(n.Refers[:i], "="), "'"), "''", "'")
		first, _, _ := strings.Cut(n.Refers[i+1:], ":")
		if r, ok := workbook.ParseRef(first); ok {
			if s := b.Sheet(title); s != nil {
				return s, s.Cell(r)
			}
		}
	}
	return nil, workbook.Cell{}
}
