package form_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// insertCol shifts everything from a column on right by one, as Excel does.
func insertCol(s *workbook.Sheet, at int) {
	for i := range s.Cells {
		if s.Cells[i].Ref.Col >= at {
			s.Cells[i].Ref.Col++
		}
	}
	for i := range s.Merged {
		g := &s.Merged[i]
		if g.From.Col >= at {
			g.From.Col++
		}
		if g.To.Col >= at {
			g.To.Col++
		}
	}
}

// headerRows is how many rows the header of a look-alike's layout has.
func headerRows(all []form.Layout, name string) (rows int, blanks bool) {
	for _, l := range all {
		if l.Name == name {
			return len(l.Across), l.StopBlank == 0
		}
	}
	return 1, true
}

// Blank rows and columns, moved notes and another sheet name change no fact.
func TestTheSheetsShapeDoesNotChangeFacts(t *testing.T) {
	known := every(t)
	var books []*workbook.Book
	var wants [][]form.Table
	for _, l := range lookAlikes {
		data, err := os.ReadFile(filepath.Join("testdata", "tables", l.name))
		if err != nil {
			t.Fatal(err)
		}
		books = append(books, open(t, data))
		all, _ := form.ReadTables(l.name, books[len(books)-1], known)
		wants = append(wants, all)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(books)-1).Draw(t, "table")
		book := clone(books[i])
		s := book.Sheets[0]
		last := s.Cells[len(s.Cells)-1].Ref.Row
		inside := map[int]bool{} // rows before which nothing may be inserted
		for _, x := range wants[i] {
			rows, blanks := headerRows(known, x.Layout)
			for r := x.Range.From.Row + 1; r < x.Range.From.Row+rows || !blanks && r <= last; r++ {
				inside[r] = true
			}
		}
		if rapid.Bool().Draw(t, "move notes") {
			by := rapid.IntRange(1, 5).Draw(t, "down")
			for k := range s.Cells {
				if c := &s.Cells[k]; strings.HasPrefix(c.Text, "注：") || strings.Contains(c.Text, "来源：") || strings.HasPrefix(c.Text, "　　　") || strings.HasPrefix(c.Text, "*") {
					c.Ref.Row += by
					c.Ref.Col += by % 3
				}
			}
			sortCells(s)
		}
		var rows []int
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			if at := rapid.IntRange(1, last).Draw(t, "at"); !inside[at] {
				rows = append(rows, at)
			}
		}
		slices.SortFunc(rows, func(a, b int) int { return b - a })
		for _, at := range rows { // from below, so that the places stay
			insertRow(s, at, "")
		}
		for range rapid.IntRange(0, 3).Draw(t, "columns") {
			insertCol(s, rapid.IntRange(1, 8).Draw(t, "at"))
		}
		got, found := form.ReadTables(lookAlikes[i].name, book, known)
		if found.Count(finding.Mandatory) > 0 || len(got) != len(wants[i]) {
			t.Fatalf("%s: %d tables, want %d\n%s", lookAlikes[i].name, len(got), len(wants[i]), found)
		}
		for k := range got {
			if d := cmp.Diff(facts(wants[i][k]), facts(got[k])); d != "" {
				t.Fatalf("%s changed:\n%s", lookAlikes[i].name, d)
			}
		}
	})
}

// Whatever a layout file says, it is loaded or refused with findings.
func FuzzLoadLayouts(f *testing.F) {
	for _, name := range []string{"layouts/nbs.yaml", "testdata/tables/layouts.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("layouts:\n  - {name: a, labels: [{header: [x], role: period}], across: [{role: area, fill: true}], fixed: {indicator: y}}")
	f.Add("layouts: [1, {}, {name: [], head: [')'], absent: 1, labels: {}}]")
	f.Fuzz(func(t *testing.T, text string) {
		all, found, err := form.LoadLayouts(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		if (len(all) == 0) != found.Refused() && len(found) > 0 {
			t.Fatalf("%d layouts with\n%s", len(all), found)
		}
		for _, x := range found {
			if x.Rule == "" || x.Message == "" {
				t.Fatalf("a finding that says nothing: %+v", x)
			}
		}
		book := bookOf("指标\t2023年\t2022年\n甲(亿元)\t1\t2\n")
		for i := range all {
			all[i].Extract("表.xlsx", book)
		}
	})
}

// Whatever the table looks like, every fact is whole and stands in a cell that
// says so; nothing is read twice.
func FuzzReadTables(f *testing.F) {
	for _, l := range lookAlikes {
		f.Add(strings.Join(l.rows, "\n"), uint16(0x1234))
	}
	f.Add("指标\t2023年\t指标\n甲①\t1\t\t5\n注：①\n乙\t2", uint16(7))
	f.Add("年份\t1月\t1-2月\n单位：%\n2023\t5%\t−3\n", uint16(99))
	known := every(f)
	f.Fuzz(func(t *testing.T, text string, merge uint16) {
		book := bookOf(text)
		s := book.Sheets[0]
		if merge != 0 { // one merged range somewhere
			from := workbook.Ref{Col: int(merge&7) + 1, Row: int(merge>>3&15) + 1}
			s.Merged = []workbook.Range{{From: from, To: workbook.Ref{Col: from.Col + int(merge>>7&3), Row: from.Row + int(merge>>9&7)}}}
		}
		tables, found := form.ReadTables("各月经济指标.xlsx", book, known)
		if len(tables) == 0 && !found.Refused() {
			t.Fatal("nothing is read and nobody is told")
		}
		for _, x := range found {
			if x.Rule == "" || x.Message == "" || x.Place.File == "" {
				t.Fatalf("a finding that says nothing: %+v", x)
			}
		}
		seen := map[string]bool{}
		for _, x := range tables {
			for _, fact := range x.Facts {
				ref, ok := workbook.ParseRef(fact.Cell)
				if !ok || !x.Range.Has(ref) || seen[fact.Cell] {
					t.Fatalf("%+v does not stand once in %s", fact, x.Range)
				}
				seen[fact.Cell] = true
				if fact.Label == "" || fact.Period.IsZero() || fact.Unit == "" {
					t.Fatalf("half a fact: %+v", fact)
				}
				c := s.Cell(ref)
				if fact.Absent == "" && strings.TrimSpace(c.Text) == "" {
					t.Fatalf("a figure from an empty cell: %+v", fact)
				}
			}
		}
	})
}
