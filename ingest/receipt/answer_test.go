package receipt_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// asked is a receipt with two findings to explain.
func asked() receipt.Receipt {
	r := cases()["awaiting"]
	second := magnitude
	second.Place, second.Label, second.Code = cell("E17"), "制造业增加值（现价）", "VA.MFG.LJ"
	r.Findings, r.Revision = finding.List{second, magnitude}, 3
	return r
}

const (
	manufacturing = "R20|双城101表|E17|VA.MFG.LJ"
	banking       = "R20|双城101表|E18|VA.FIN.LJ"
)

// filled is a workbook with some cells filled in by a program as a person would.
func filled(t testing.TB, data []byte, sheet string, cells map[string]any) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, v := range cells {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resaved are workbooks opened and saved by LibreOffice.
func resaved(t *testing.T, data []byte) []byte {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must have LibreOffice: soffice is not on PATH")
		}
		t.Skip("LibreOffice (soffice) is not installed: a re-save by another program is not tested here")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.xlsx"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	out, err := exec.CommandContext(ctx, soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "out"), filepath.Join(dir, "in.xlsx")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "out", "in.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestAnAnswerIsReadByKey(t *testing.T) {
	data := filed(t)
	r := asked()
	out := written(t, r, data, opened(t, data))
	a, ok := receipt.Read(opened(t, out))
	if want := (receipt.Answer{Number: r.Number, Submission: 17, Revision: 3, Explanations: map[string]receipt.Explained{}}); !ok || !cmp.Equal(want, a) {
		t.Fatalf("an empty receipt is read as %+v, %v", a, ok)
	}
	answered := filled(t, out, "回执", map[string]any{"H13": " 上年同期口径不含离岸业务 ", "H14": 20261})
	want := map[string]receipt.Explained{
		manufacturing: {Text: "上年同期口径不含离岸业务", Place: finding.Place{Sheet: "回执", Cell: "H13"}, Label: "制造业增加值（现价）"},
		banking:       {Text: "20261", Place: finding.Place{Sheet: "回执", Cell: "H14"}, Label: "金融业增加值（现价）"},
	}
	for name, data := range map[string][]byte{"excelize": answered, "LibreOffice": resaved(t, answered)} {
		book := opened(t, data)
		a, ok := receipt.Read(book)
		if d := cmp.Diff(want, a.Explanations); !ok || d != "" {
			t.Errorf("%s: %v %s", name, ok, d)
		}
		if a.Number != r.Number || a.Submission != 17 || a.Revision != 3 {
			t.Errorf("%s: %+v", name, a)
		}
		if !receipt.Same(receipt.Strip(book), opened(t, filed(t))) {
			t.Errorf("%s: without the receipt, the book is not the one that was sent", name)
		}
		if notes := receipt.Strip(book).Sheet("双城101表").Notes; len(notes) != 1 || notes[workbook.Ref{Col: 5, Row: 12}] != "口径待核" {
			t.Errorf("%s: notes %v are left", name, notes)
		}
	}
}

// A receipt that LibreOffice saved can be the base of the next one: nothing of
// the first is left, and nothing of the department's is lost.
func TestAReceiptOfAResavedReceiptIsOne(t *testing.T) {
	data := filed(t)
	saved := resaved(t, written(t, cases()["returned"], data, opened(t, data)))
	book := opened(t, saved)
	out := written(t, asked(), saved, book)
	got := dump(t, out)
	if strings.Contains(got, "原文件不能原样附上") || strings.Count(got, "== 回执") != 2 {
		t.Errorf("the receipt is\n%s", got)
	}
	if strings.Contains(got, "D21: ") || strings.Count(got, "【双城办审核】") != 2 {
		t.Errorf("notes of the first receipt are left:\n%s", got)
	}
	if tints := part(t, out, "xl/worksheets/sheet2.xml"); strings.Count(tints, "双城办审核") != 1 {
		t.Errorf("tints: %d", strings.Count(tints, "双城办审核"))
	}
}

// Rows that were sorted and columns that were moved still answer their finding.
func TestRowsAndColumnsMayBeMoved(t *testing.T) {
	data := filed(t)
	out := written(t, asked(), data, opened(t, data))
	f, err := excelize.OpenReader(bytes.NewReader(filled(t, out, "回执", map[string]any{"H13": "甲的原因是这样", "H14": "乙的原因是那样"})))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, err := range []error{
		f.UnprotectSheet("回执"), f.InsertRows("回执", 5, 2), f.DuplicateRowTo("回执", 15, 17), f.RemoveRow("回执", 15), f.InsertCols("回执", "D", 1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	a, ok := receipt.Read(opened(t, b.Bytes()))
	if !ok || a.Explanations[manufacturing].Text != "甲的原因是这样" || a.Explanations[banking].Text != "乙的原因是那样" || a.Explanations[manufacturing].Place.Cell != "I16" {
		t.Errorf("read %+v", a.Explanations)
	}
}

func TestARowThatStandsTwiceSaysBoth(t *testing.T) {
	data := filed(t)
	out := filled(t, written(t, asked(), data, opened(t, data)), "回执", map[string]any{"H13": "甲的原因", "A14": "核1", "H14": "乙的原因"})
	a, _ := receipt.Read(opened(t, out))
	if got := a.Explanations[manufacturing].Text; got != "甲的原因；乙的原因" {
		t.Errorf("read %q", got)
	}
}

func TestWhatIsNoReceiptIsNotRead(t *testing.T) {
	data := filed(t)
	book := opened(t, data)
	if a, ok := receipt.Read(book); ok {
		t.Errorf("read %+v", a)
	}
	if got := receipt.Strip(book); got != book {
		t.Error("a plain book is not itself any more")
	}
	// Without the hidden sheet nobody knows what is answered; the receipt's sheet
	// is still none of the department's.
	f, err := excelize.OpenReader(bytes.NewReader(written(t, asked(), data, book)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.DeleteSheet("回执标识"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rest := opened(t, b.Bytes())
	if _, ok := receipt.Read(rest); ok {
		t.Error("a receipt without its hidden sheet is read")
	}
	if got := receipt.Strip(rest); len(got.Sheets) != 2 || got.Sheets[0].Name != "双城101表" {
		t.Errorf("stripped to %d sheets", len(got.Sheets))
	}
}

func TestOneChangedCellIsNotTheSame(t *testing.T) {
	data := filed(t)
	want := opened(t, data)
	for at, v := range map[string]any{"E11": 5230.46, "E17": "约1101", "F13": "x", "A30": 0, "G12": 1.5} {
		if receipt.Same(want, opened(t, filled(t, data, "双城101表", map[string]any{at: v}))) {
			t.Errorf("%s = %v is not noticed", at, v)
		}
	}
	if !receipt.Same(want, opened(t, filled(t, data, "双城101表", map[string]any{"E11": 5230.45, "F14": ""}))) {
		t.Error("what says the same is not the same")
	}
}

// A form that a program filled in has formulas that nothing has computed yet.
func TestWhatIsComputedOnlyLaterIsTheSame(t *testing.T) {
	data := repack(t, filed(t), func(name, text string) string {
		return strings.Replace(text, "<v>10730.45</v>", "", 1)
	}, nil)
	book := opened(t, data)
	if c := book.Sheet("双城101表").Cell(workbook.Ref{Col: 5, Row: 20}); !c.NoCache {
		t.Fatalf("the sample is computed: %+v", c)
	}
	back := opened(t, resaved(t, written(t, asked(), data, book)))
	if c := back.Sheet("双城101表").Cell(workbook.Ref{Col: 5, Row: 20}); c.Text != "10730.45" {
		t.Fatalf("LibreOffice computes %+v", c)
	}
	if !receipt.Same(book, receipt.Strip(back)) {
		t.Error("the computed book is another")
	}
	if receipt.Same(opened(t, filled(t, data, "双城101表", map[string]any{"E20": 10730.45})), book) {
		t.Error("a figure typed over an uncomputed formula is not noticed")
	}
}

// FuzzWorkbook gives the receipt any bytes: what is read of them comes back, and
// what is not has a receipt all the same.
func FuzzWorkbook(f *testing.F) {
	data := filed(f)
	r := asked()
	f.Add(data)
	f.Add(written(f, r, data, opened(f, data)))
	f.Add([]byte("指标名称,本期累计\n甲,1\n"))
	f.Add([]byte("<table><tr><td>甲</td></tr></table>"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		book, _ := workbook.Open("x", data, workbook.DefaultLimits())
		var b bytes.Buffer
		if err := receipt.Workbook(&b, &r, data, book); err != nil {
			t.Fatal(err)
		}
		got, found := workbook.Open("x", b.Bytes(), workbook.DefaultLimits())
		if got == nil {
			t.Fatal(found)
		}
		if a, ok := receipt.Read(got); !ok || a.Number != r.Number {
			t.Fatalf("read %+v, %v", a, ok)
		}
		if book != nil {
			receipt.Read(book)
		}
	})
}
