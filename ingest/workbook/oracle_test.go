package workbook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
)

// The peers are programs that departments and statisticians trust: openpyxl as
// the second reader of .xlsx, LibreOffice as the second writer of .xlsx and the
// second reader of .xls. Books come from four writers: excelize, openpyxl, our
// own (as Excel writes) and LibreOffice saving all of these again.

const oracle = "testdata/oracle/openpyxl_oracle.py"

// A peerSheet is a sheet as openpyxl reads it.
type peerSheet struct {
	Name       string            `json:"name"`
	Hidden     bool              `json:"hidden"`
	Cells      map[string]string `json:"cells"` // by reference, “kind value”
	Formulas   map[string]string `json:"formulas"`
	Notes      map[string]string `json:"notes"`
	Merged     []string          `json:"merged"`
	HiddenRows []int             `json:"hiddenRows"`
	HiddenCols []int             `json:"hiddenCols"`
}

// A difference is one in which we and a peer mean different things on purpose
// or the peer is wrong. Every one must occur in the books below, so that the
// table stays true.
type difference struct {
	name string
	why  string
	// is reports whether this is it. ours is nil when we have no value there.
	is func(s *workbook.Sheet, ours *workbook.Cell, theirs string) bool
}

func isKind(c *workbook.Cell, kinds ...workbook.Kind) bool {
	return c != nil && slices.Contains(kinds, c.Kind)
}

// openpyxlDiffers is every difference of a cell from openpyxl.
var openpyxlDiffers = []difference{
	{
		"value under a merged range",
		"openpyxl throws away what stands in a merged range outside its first cell; the file has it, so we have it (Cell), and Shown shows the first cell",
		func(s *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			if ours == nil || theirs != "" {
				return false
			}
			g, ok := s.Merge(ours.Ref)
			return ok && g.From != ours.Ref
		},
	},
	{
		"time of day",
		"a serial below 1 is a time of day to openpyxl; to us it is a date on the day 0 of the book's calendar, with the same clock",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Date) && ours.Number < 1 && theirs == "time "+ours.Time().Format("15:04:05.000")
		},
	},
	{
		"duration",
		"a format with [h] makes a duration in openpyxl; to us every date format makes a date, and Number has the serial of days",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			days, found := strings.CutPrefix(theirs, "duration ")
			f, err := strconv.ParseFloat(days, 64)
			return found && err == nil && isKind(ours, workbook.Date) && math.Abs(f-ours.Number) < 1e-9
		},
	},
	{
		"29 February 1900",
		"openpyxl moves the day 60, which never was, to another day; we leave it the number that it is",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Number) && ours.Class == workbook.DateTime && ours.Number == 60 && strings.HasPrefix(theirs, "date 1900-")
		},
	},
	{
		"serial of no calendar",
		"openpyxl counts before 1900 or turns the serial into #VALUE!; Excel shows ####, and we leave it the number that stands in the file",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Number) && ours.Class == workbook.DateTime &&
				(theirs == "error #VALUE!" || ours.Number < 0 && strings.HasPrefix(theirs, "date "))
		},
	},
	{
		"escaped character",
		"openpyxl leaves _x000D_ as written, and drops x005F_; we decode both, as Excel does (ECMA-376 part 1, 22.9.2.19)",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Text) && strings.ReplaceAll(ours.Text, "\r", "_x000D_") == strings.TrimPrefix(theirs, "text ")
		},
	},
}

// needPeers skips the test where the peers are not installed;
// in CI they must be.
func needPeers(t *testing.T) {
	t.Helper()
	err := exec.Command("python3", "-c", "import openpyxl").Run()
	_, err2 := exec.LookPath("soffice")
	if err = errors.Join(err, err2); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("python3 with openpyxl and soffice are needed: %v", err)
	}
	t.Skipf("python3 with openpyxl and soffice are needed: %v", err)
}

func execute(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, stderr.Bytes())
	}
	return out
}

// convert lets LibreOffice save files in another format, under their own names.
func convert(t *testing.T, format string, files []string) (converted []string) {
	t.Helper()
	dir := t.TempDir()
	profile := "-env:UserInstallation=file://" + t.TempDir()
	execute(t, "soffice", append([]string{profile, "--headless", "--convert-to", format, "--outdir", dir}, files...)...)
	for _, f := range files {
		base := filepath.Base(f)
		name := filepath.Join(dir, strings.TrimSuffix(base, filepath.Ext(base))+"."+format)
		if _, err := os.Stat(name); err != nil {
			t.Fatalf("LibreOffice made nothing of %s: %v", base, err)
		}
		converted = append(converted, name)
	}
	return converted
}

// readByOpenpyxl reads books with openpyxl, in the order of the files.
func readByOpenpyxl(t *testing.T, files []string) (books [][]peerSheet) {
	t.Helper()
	out := execute(t, "python3", append([]string{oracle, "read"}, files...)...)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var b struct {
			Sheets []peerSheet `json:"sheets"`
		}
		if err := dec.Decode(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		books = append(books, b.Sheets)
	}
	if len(books) != len(files) {
		t.Fatalf("openpyxl read %d of %d books", len(books), len(files))
	}
	return books
}

// peerBooks writes the books of all writers but LibreOffice.
func peerBooks(t *testing.T) (files []string) {
	t.Helper()
	dir := t.TempDir()
	execute(t, "python3", oracle, "write", dir)
	own := map[string][]byte{
		"excelize-features": excelizeBook(t), "excel-form": complete(formBook(60, 40)), "excel-large": complete(largeBook(400, 25)),
		"excel-shared": complete(sharedBook()),
	}
	for seed := range uint64(4) {
		own[fmt.Sprint("excelize-random", seed)] = excelizeRandom(t, seed)
	}
	for name, data := range own {
		if err := os.WriteFile(filepath.Join(dir, name+".xlsx"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCellsAgreeWithOpenpyxlWhoeverWroteThem(t *testing.T) {
	needPeers(t)
	files := peerBooks(t)
	files = append(files, convert(t, "xlsx", files)...)
	seen := make(map[string]int)
	cells := 0
	for i, sheets := range readByOpenpyxl(t, files) {
		name := filepath.Base(files[i])
		if i >= len(files)/2 {
			name = "LibreOffice " + name
		}
		data, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		cells += agree(t, name, open(t, data), sheets, openpyxlDiffers, seen)
	}
	t.Logf("%d books, %d cells, differences: %v", len(files), cells, seen)
	if cells < 20_000 {
		t.Errorf("only %d cells were compared", cells)
	}
	for _, d := range openpyxlDiffers {
		if seen[d.name] == 0 {
			t.Errorf("the difference %q does not occur: the table is out of date", d.name)
		}
	}
}

// oldDiffers is every difference of a cell of an .xls from what LibreOffice makes
// of the same file, as openpyxl reads it, besides openpyxlDiffers.
var oldDiffers = []difference{
	{
		"fifteen digits",
		"LibreOffice writes numbers with 15 significant digits; an .xls holds the float64, and we have all of it",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			f, err := strconv.ParseFloat(strings.TrimPrefix(theirs, "number "), 64)
			return isKind(ours, workbook.Number) && err == nil && math.Abs(f-ours.Number) <= 1e-14*math.Abs(f)
		},
	},
	{
		"carriage return",
		"LibreOffice turns a carriage return in a text into a line feed",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Text) && strings.Contains(ours.Text, "\r") && "text "+strings.ReplaceAll(ours.Text, "\r", "\n") == theirs
		},
	},
	{
		"TRUE under a number format",
		"LibreOffice stores TRUE as the formula TRUE() with the result 1 when the cell has a number format, and knows when it reads it back that the function makes a boolean; we believe the stored result",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Number, workbook.Date) &&
				(ours.Formula == "TRUE" && ours.Number == 1 && theirs == "bool TRUE" || ours.Formula == "FALSE" && ours.Number == 0 && theirs == "bool FALSE")
		},
	},
	{
		"result of a comparison",
		"a comparison makes a number in LibreOffice; the .xls says it is a boolean",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Bool) && ours.Formula == "1=1" && ours.Text == "TRUE" && theirs == "number 1.0"
		},
	},
	{
		"error that nothing computes",
		"LibreOffice stores every error constant as the formula #N/A with the error as its result, and works it out when it reads it back; we believe the stored result",
		func(_ *workbook.Sheet, ours *workbook.Cell, theirs string) bool {
			return isKind(ours, workbook.Error) && ours.Formula == "#N/A" && theirs == "error #N/A"
		},
	},
}

// results finds the results of formulas in a sheet's part.
var results = regexp.MustCompile(`(</f>|<f [^>]*/>)<v>[^<]*</v>`)

// LibreOffice saves the books as .xls, we read these, and it saves them again as
// .xlsx, which openpyxl reads.
func TestOldWorkbooksAgreeWithWhatLibreOfficeMakesOfThem(t *testing.T) {
	needPeers(t)
	// The results of formulas in our books are made up: without them, LibreOffice
	// works them out before it writes the .xls, as it does when it reads one.
	files := peerBooks(t)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		data = rewritten(data, func(_, s string) string { return results.ReplaceAllString(s, "$1") })
		if err := os.WriteFile(f, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := convert(t, "xls", files)
	again := convert(t, "xlsx", old)
	seen := make(map[string]int)
	cells := 0
	for i, sheets := range readByOpenpyxl(t, again) {
		data, err := os.ReadFile(old[i])
		if err != nil {
			t.Fatal(err)
		}
		cells += agree(t, filepath.Base(old[i]), open(t, data), sheets, slices.Concat(openpyxlDiffers, oldDiffers), seen)
	}
	t.Logf("%d books, %d cells, differences: %v", len(old), cells, seen)
	if cells < 10_000 {
		t.Errorf("only %d cells were compared", cells)
	}
	for _, d := range oldDiffers {
		if seen[d.name] == 0 {
			t.Errorf("the difference %q does not occur: the table is out of date", d.name)
		}
	}
}

// constants are the ways to write one: LibreOffice makes functions of them.
var constants = strings.NewReplacer("TRUE()", "TRUE", "FALSE()", "FALSE", "NA()", "#N/A")

// agree compares a book with a peer's reading and counts the cells. Differences
// are counted in seen; one that no entry of the table explains fails.
func agree(t *testing.T, file string, b *workbook.Book, sheets []peerSheet, table []difference, seen map[string]int) (cells int) {
	t.Helper()
	var names []string
	for _, s := range sheets {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff(names, sheetNames(b)); diff != "" {
		t.Errorf("%s: sheets: %s", file, diff)
		return 0
	}
	for i, s := range b.Sheets {
		theirs := sheets[i]
		at := file + "[" + s.Name + "]"
		ours := make(map[string]*workbook.Cell)
		formulas := make(map[string]string)
		for j := range s.Cells {
			c := &s.Cells[j]
			if c.Kind != workbook.Blank {
				ours[c.Ref.String()] = c
			}
			if c.Formula != "" {
				formulas[c.Ref.String()] = c.Formula
			}
		}
		refs := slices.Collect(maps.Keys(ours))
		for ref := range theirs.Cells {
			if ours[ref] == nil {
				refs = append(refs, ref)
			}
		}
		cells += len(refs)
		for _, ref := range refs {
			if same(ours[ref], theirs.Cells[ref]) {
				continue
			}
			d := slices.IndexFunc(table, func(d difference) bool { return d.is(s, ours[ref], theirs.Cells[ref]) })
			if d < 0 {
				t.Errorf("%s!%s: we read %s, the peer %q", at, ref, printed(ours[ref]), theirs.Cells[ref])
				continue
			}
			seen[table[d].name]++
		}
		if diff := cmp.Diff(theirs.Formulas, formulas, cmp.Transformer("constant", constants.Replace)); diff != "" {
			t.Errorf("%s: formulas: %s", at, diff)
		}
		notes := make(map[string]string)
		for ref, text := range s.Notes {
			notes[ref.String()] = text
		}
		merged := make([]string, 0, len(s.Merged))
		for _, g := range s.Merged {
			merged = append(merged, g.String())
		}
		slices.Sort(merged)
		got := peerSheet{
			Name: s.Name, Hidden: s.Hidden, Notes: notes, Merged: merged,
			HiddenRows: slices.Sorted(maps.Keys(s.HiddenRows)), HiddenCols: slices.Sorted(maps.Keys(s.HiddenCols)),
		}
		if got.HiddenRows == nil {
			got.HiddenRows = []int{}
		}
		if got.HiddenCols == nil {
			got.HiddenCols = []int{}
		}
		theirs.Cells, theirs.Formulas = nil, nil
		if diff := cmp.Diff(theirs, got); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
	return cells
}

// same compares a cell with a peer's “kind value”: numbers by their float64,
// dates to the millisecond.
func same(c *workbook.Cell, theirs string) bool {
	kind, value, _ := strings.Cut(theirs, " ")
	switch {
	case c == nil:
		return theirs == ""
	case c.Kind.String() != kind:
		return false
	case c.Kind == workbook.Number:
		f, err := strconv.ParseFloat(value, 64)
		return err == nil && f == c.Number
	case c.Kind == workbook.Date:
		return c.Time().Format("2006-01-02 15:04:05.000") == value
	}
	return c.Text == value
}

func printed(c *workbook.Cell) string {
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %q (%s)", c.Kind, c.Text, c.Class)
}

// complete gives our own books what openpyxl and LibreOffice ask of a package and
// readers of values can do without: content types, fonts, fills and borders.
func complete(data []byte) []byte {
	return rewritten(data, func(name, s string) string {
		switch name {
		case "[Content_Types].xml":
			const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
			for part, of := range map[string]string{"styles": "styles", "sharedStrings": "sharedStrings", "worksheets/sheet1": "worksheet"} {
				s = strings.Replace(s, "</Types>", `<Override PartName="/xl/`+part+`.xml" ContentType="`+kind+of+`+xml"/></Types>`, 1)
			}
		case "xl/styles.xml":
			s = strings.ReplaceAll(s, `<xf numFmtId="`, `<xf fontId="0" fillId="0" borderId="0" applyNumberFormat="1" numFmtId="`)
			s = strings.Replace(s, "<cellXfs", `<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>`+
				`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs`, 1)
		}
		return s
	})
}

// sharedBook has what only Excel writes: shared formulas, inline strings, rich
// strings with phonetic runs, ISO dates, cells without references.
func sharedBook() []byte {
	rows := `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><r><t>其中</t></r><r><t xml:space="preserve">： 工业</t></r></is></c></row>`
	for r := 2; r <= 20; r++ {
		rows += fmt.Sprintf(`<row r="%d"><c r="A%d"><v>%d.5</v></c><c r="B%d"><v>%de-3</v></c>`, r, r, r, r, r*7)
		if r == 2 {
			rows += `<c r="C2"><f t="shared" ref="C2:C20" si="0">A2+$B$2*A$3-SUM($A2:B3)&amp;""</f><v>1</v></c>`
		} else {
			rows += fmt.Sprintf(`<c r="C%d"><f t="shared" si="0"/><v>%d</v></c>`, r, r)
		}
		rows += fmt.Sprintf(`<c r="D%d" t="str"><f>T(A%d)</f><v>文%d</v></c><c r="E%d" s="4"><v>%d.25</v></c><c r="F%d" t="b"><v>%d</v></c><c r="G%d" s="5"/></row>`, r, r, r, r, 45000+r, r, r%2, r)
	}
	rows += `<row r="30"><c r="A30" t="str"><f>""</f><v></v></c><c r="B30" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`
	rows += `<row r="40"><c r="A40"><v>1</v></c><c r="B40"><v>2</v></c><c r="C40" t="s"><v>2</v></c></row>`
	return book(map[string]string{
		sheet1: sheetWith(rows, `<mergeCells count="1"><mergeCell ref="A40:B41"/></mergeCells>`),
		"xl/sharedStrings.xml": xmlHead + `<sst xmlns="` + mainNS + `"><si><t>甲</t></si><si><r><t>重</t></r><r><t xml:space="preserve">庆 </t></r>` +
			`<rPh sb="0" eb="1"><t>chóng</t></rPh><phoneticPr fontId="0"/></si><si><t>回车_x000D_换行</t></si></sst>`,
	})
}

// excelizeRandom is a book of every kind of cell at random places.
func excelizeRandom(t *testing.T, seed uint64) []byte {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 7))
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var styles []int
	for _, format := range []string{"0.00", "0.0%", "yyyy-mm-dd hh:mm:ss", "yyyy\"年\"m\"月\"", "0.00E+00", "@", "¥#,##0.00"} {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		check(err)
		styles = append(styles, id)
	}
	words := []string{"地区生产总值", "其中：工业", " 前后 ", "两\n行", "<&>\"'", "…", "😀é", "'=1", "１２", "\ttab"}
	for _, sheet := range []string{"Sheet1", "二", "3"} {
		if sheet != "Sheet1" {
			_, err := f.NewSheet(sheet)
			check(err)
		}
		for range 500 {
			ref := workbook.Ref{Col: 1 + rnd.IntN(40), Row: 1 + rnd.IntN(80)}.String()
			switch rnd.IntN(6) {
			case 0:
				check(f.SetCellStr(sheet, ref, words[rnd.IntN(len(words))]))
			case 1:
				check(f.SetCellFloat(sheet, ref, rnd.NormFloat64()*math.Pow10(rnd.IntN(20)-8), -1, 64))
				check(f.SetCellStyle(sheet, ref, ref, styles[rnd.IntN(2)]))
			case 2:
				check(f.SetCellInt(sheet, ref, rnd.Int64N(2e9)-1e9))
			case 3:
				check(f.SetCellBool(sheet, ref, rnd.IntN(2) == 0))
			case 4:
				when := time.Date(1901+rnd.IntN(200), 1, 1+rnd.IntN(365), rnd.IntN(24), rnd.IntN(60), rnd.IntN(60), 0, time.UTC)
				check(f.SetCellValue(sheet, ref, when))
				check(f.SetCellStyle(sheet, ref, ref, styles[2+rnd.IntN(2)]))
			case 5:
				check(f.SetCellFormula(sheet, ref, fmt.Sprintf("A%d*2+ROUND($B$%d,1)", 1+rnd.IntN(80), 1+rnd.IntN(80))))
			}
		}
		for i := range 6 {
			from := workbook.Ref{Col: 1 + rnd.IntN(30), Row: 100 + 5*i}
			check(f.MergeCell(sheet, from.String(), workbook.Ref{Col: from.Col + rnd.IntN(4), Row: from.Row + 1 + rnd.IntN(3)}.String()))
			check(f.SetCellStr(sheet, from.String(), fmt.Sprint("合并", i)))
		}
		check(f.SetRowVisible(sheet, 1+rnd.IntN(80), false))
		check(f.SetColVisible(sheet, workbook.Column(1+rnd.IntN(40)), false))
	}
	check(f.SetSheetVisible("3", false))
	var out bytes.Buffer
	check(f.Write(&out))
	return out.Bytes()
}
