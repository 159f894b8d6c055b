package form_test

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
)

// clone copies the first sheet of a book so that a test may change it.
func clone(b *workbook.Book) *workbook.Book {
	c := *b
	c.Sheets = slices.Clone(b.Sheets)
	s := *b.Sheets[0]
	s.Cells = slices.Clone(s.Cells)
	s.Merged = slices.Clone(s.Merged)
	c.Sheets[0] = &s
	return &c
}

func sortCells(s *workbook.Sheet) {
	slices.SortFunc(s.Cells, func(a, b workbook.Cell) int {
		return cmp.Or(cmp.Compare(a.Ref.Row, b.Ref.Row), cmp.Compare(a.Ref.Col, b.Ref.Col))
	})
}

// insertRow shifts everything from a row on down by one, as Excel does.
func insertRow(s *workbook.Sheet, at int, label string) {
	for i := range s.Cells {
		if s.Cells[i].Ref.Row >= at {
			s.Cells[i].Ref.Row++
		}
	}
	for i := range s.Merged {
		g := &s.Merged[i]
		if g.From.Row >= at {
			g.From.Row++
		}
		if g.To.Row >= at {
			g.To.Row++
		}
	}
	if label != "" {
		s.Cells = append(s.Cells, workbook.Cell{Ref: workbook.Ref{Col: 1, Row: at}, Kind: workbook.Text, Text: label})
	}
	sortCells(s)
}

// permute moves the table's columns; merged headers are repeated over what they
// covered, as happens when a column is cut and pasted out of its group.
func permute(s *workbook.Sheet, from, to int, order []int) {
	var kept []workbook.Range
	for _, g := range s.Merged {
		if g.To.Row < from || g.From.Row > to {
			kept = append(kept, g)
			continue
		}
		top := s.Cell(g.From)
		for r := g.From.Row; r <= g.To.Row; r++ {
			for c := g.From.Col; c <= g.To.Col; c++ {
				ref := workbook.Ref{Col: c, Row: r}
				s.Cells = slices.DeleteFunc(s.Cells, func(x workbook.Cell) bool { return x.Ref == ref })
				x := top
				x.Ref = ref
				s.Cells = append(s.Cells, x)
			}
		}
		sortCells(s)
	}
	s.Merged = kept
	for i := range s.Cells {
		if c := &s.Cells[i]; c.Ref.Row >= from && c.Ref.Row <= to && c.Ref.Col <= len(order) {
			c.Ref.Col = order[c.Ref.Col-1]
		}
	}
	sortCells(s)
}

// Inserted rows, moved columns and a copy into a new workbook change no value.
func TestLayoutDoesNotChangeValues(t *testing.T) {
	all := slices.DeleteFunc(everyReturn(), func(f form.Filing) bool { return f.Form.Unassigned })
	books := make([]*workbook.Book, len(all))
	wants := make([]string, len(all))
	for i, f := range all {
		books[i] = workbookOf(t, f)
		ret, _ := extract(books[i], received(f))
		wants[i] = texts(ret)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(t, "filing")
		f, book := all[i], clone(books[i])
		s := book.Sheets[0]
		// The table as Write lays it out: header from row 8.
		depth := 1
		for _, c := range f.Form.Edition(f.Period).Columns {
			depth = max(depth, len(c.Header))
		}
		width, rows := len(f.Form.Edition(f.Period).Columns), len(f.Form.Rows(f.Period, f.Department))
		body := 8 + depth + 1
		if rapid.Bool().Draw(t, "move columns") {
			order := make([]int, width)
			for k := range order {
				order[k] = k + 1
			}
			order = rapid.Permutation(order).Draw(t, "order")
			permute(s, 8, body+rows-1, order)
		}
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			at := rapid.IntRange(1, body+rows+8).Draw(t, "at")
			if at > 8 && at < body {
				at = body // not inside the header
			}
			if rapid.Bool().Draw(t, "labelled") && at >= body && at < body+rows {
				insertRow(s, at, "（本单位备忘）")
			} else {
				insertRow(s, at, "")
			}
			if at < body {
				break // where the header stands now is not tracked further
			}
		}
		if rapid.Bool().Draw(t, "new workbook") {
			book.Names, book.Sheets = nil, book.Sheets[:1]
			s.Name = "Sheet1"
		}
		ret, found := extract(book, received(f))
		if found.Refused() {
			t.Fatalf("%s %s of %s is refused:\n%s", f.Form.Number, f.Period, f.Department, found)
		}
		if d := gocmp.Diff(sorted(wants[i]), sorted(texts(ret))); d != "" {
			t.Fatalf("%s %s of %s changed:\n%s", f.Form.Number, f.Period, f.Department, d)
		}
	})
}

func sorted(s string) []string {
	lines := bytes.Split([]byte(s), []byte("\n"))
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = string(lines[i])
	}
	slices.Sort(out)
	return out
}

// Rows and columns inserted by a real spreadsheet library, names adjusted.
func TestInsertedByASpreadsheet(t *testing.T) {
	f := filing("双城501表", "2026-09", "生态环境分局")
	var b bytes.Buffer
	if err := form.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	plain, _ := extract(open(t, b.Bytes()), received(f))
	x, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	sheet := f.Form.Number
	for _, err := range []error{x.InsertRows(sheet, 13, 2), x.InsertRows(sheet, 2, 1), x.InsertCols(sheet, "E", 1), x.InsertCols(sheet, "A", 1)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var again bytes.Buffer
	if err := x.Write(&again); err != nil {
		t.Fatal(err)
	}
	ret, found := extract(open(t, again.Bytes()), received(f))
	if len(found) > 0 {
		t.Errorf("findings:\n%s", found)
	}
	if d := gocmp.Diff(texts(plain), texts(ret)); d != "" {
		t.Error(d)
	}
}
