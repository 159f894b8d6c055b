package ingest_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A counter is where a department gets a receipt and hands it in again.
type counter struct {
	*desk
	original []byte
	receipt  receipt.Receipt
	given    []byte // the receipt's workbook
}

const counterNumber = "双城回执-000007-0123abcd"

// asked files a return with two figures to explain and gives its receipt; how
// changes the return first.
func asked(t *testing.T, how ...func(f *excelize.File)) *counter {
	d := newDesk(t, typed("双城701表", "2025-09", value("FDI.ACTUAL.LJ", 0.25), value("FDI.ACTUAL.CQ", 0.625)))
	c := &counter{desk: d, original: workbookOf(t, typed("双城701表", "2026-09"))}
	for _, change := range how {
		f, err := excelize.OpenReader(bytes.NewReader(c.original))
		if err != nil {
			t.Fatal(err)
		}
		change(f)
		var b bytes.Buffer
		if err := errors.Join(f.Write(&b), f.Close()); err != nil {
			t.Fatal(err)
		}
		c.original = b.Bytes()
	}
	out := c.process(c.original, nil)
	if out.Verdict != receipt.Awaiting || out.Findings.Unexplained() != 2 {
		t.Fatalf("the return is\n%s", verdict(out))
	}
	c.receipt = receipt.Receipt{
		Number: counterNumber, Verdict: out.Verdict, File: "报表.xlsx", Submission: 7, Revision: 1, Findings: out.Findings,
		Form: "双城701表", Title: "测试", Received: time.Date(2026, 10, 12, 9, 0, 0, 0, period.Shanghai),
	}
	book, found := workbook.Open("报表.xlsx", c.original, workbook.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	var b bytes.Buffer
	if err := receipt.Workbook(&b, &c.receipt, c.original, book); err != nil {
		t.Fatal(err)
	}
	c.given = b.Bytes()
	return c
}

func (c *counter) process(data []byte, said map[string]string) ingest.Outcome {
	return definitions().Process(ingest.Request{
		File: "报表.xlsx", Data: data, Received: time.Date(2026, 10, 12, 9, 0, 0, 0, period.Shanghai), Explanations: said,
		History: func(code indicator.Code, end int) (ingest.Known, bool) {
			k, ok := c.values[series(code, end)]
			return k, ok
		},
		Original: func(number string) ([]byte, string, bool) {
			return c.original, "报表.xlsx", number == counterNumber
		},
	})
}

// filled is the receipt with something typed beside each finding that asks, in
// order, and into cells of the form's sheet.
func (c *counter) filled(said []string, cells map[string]any) []byte {
	c.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(c.given))
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	rules, err := f.GetDataValidations("回执")
	if err != nil || len(rules) != 1 {
		c.t.Fatal(rules, err)
	}
	for i, at := range strings.Fields(rules[0].Sqref) {
		if i < len(said) {
			if err := f.SetCellStr("回执", at, said[i]); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	for at, v := range cells {
		if err := f.SetCellValue("双城701表", at, v); err != nil {
			c.t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		c.t.Fatal(err)
	}
	return b.Bytes()
}

var reasons = []string{"两家企业增资一次到位。", "全市有三家企业增资一次到位。"}

// The loop of the receipt: the answers that come back, given to the original,
// make it accepted.
func TestAReceiptSentBackExplainsItsReturn(t *testing.T) {
	c := asked(t)
	for name, data := range map[string][]byte{"as saved": c.filled(reasons, nil), "by LibreOffice": savedAgain(t, c.filled(reasons, nil))} {
		out := c.process(data, nil)
		if out.Answer == nil || out.Return != nil || out.Verdict != "" || len(out.Observations) > 0 || len(out.Findings) > 0 {
			t.Fatalf("%s: not taken for an answer:\n%s", name, verdict(out))
		}
		if out.Answer.Number != counterNumber || out.Answer.Submission != 7 {
			t.Errorf("%s: answers %+v", name, out.Answer)
		}
		said := map[string]string{}
		for key, e := range out.Answer.Explanations {
			said[key] = e.Text
			if e.Place.File != "报表.xlsx" || e.Place.Sheet != "回执" || e.Label == "" {
				t.Errorf("%s: stands at %+v", name, e)
			}
		}
		again := c.process(c.original, said)
		if again.Verdict != receipt.Accepted || again.Findings[0].Explanation != reasons[0] {
			t.Errorf("%s: with its answers the return is\n%s", name, verdict(again))
		}
	}
}

func savedAgain(t *testing.T, data []byte) []byte {
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
	out, err := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
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

// A sheet beside the form computes something that nobody reads. What it computes
// comes out anew when the receipt is saved, and the answer is still an answer.
func TestWhatIsComputedBesideTheFormDoesNotMatter(t *testing.T) {
	c := asked(t, func(f *excelize.File) {
		_, err := f.NewSheet("底稿")
		if err := errors.Join(err, f.SetCellFloat("底稿", "A1", 7, -1, 64), f.SetCellFormula("底稿", "A1", "1+1")); err != nil {
			t.Fatal(err)
		}
	})
	data := savedAgain(t, c.filled(reasons, nil))
	if book, _ := workbook.Open("x.xlsx", data, workbook.DefaultLimits()); book.Sheet("底稿").Cell(workbook.Ref{Col: 1, Row: 1}).Text != "2" {
		t.Fatal("LibreOffice has not computed the sheet anew")
	}
	if out := c.process(data, nil); out.Answer == nil || len(out.Answer.Explanations) != 2 {
		t.Errorf("not taken for an answer:\n%s", verdict(out))
	}
}

// What only assures is not an answer; the cell is named, and the others count.
func TestAnAnswerThatSaysNothingIsNotTaken(t *testing.T) {
	c := asked(t)
	for _, empty := range []string{"属实", "核实无误", "无", "基数低"} {
		out := c.process(c.filled([]string{reasons[0], empty}, nil), nil)
		if out.Answer == nil || len(out.Answer.Explanations) != 1 || len(out.Findings) != 1 {
			t.Fatalf("%q: %+v\n%s", empty, out.Answer, verdict(out))
		}
		f := out.Findings[0]
		if f.Rule != "explanation-empty" || f.Place.Sheet != "回执" || !strings.HasPrefix(f.Place.Cell, "H") || f.Value != empty || f.Severity != finding.Note {
			t.Errorf("%q: %+v", empty, f)
		}
	}
	out := c.process(c.given, nil)
	if out.Answer == nil || len(out.Answer.Explanations) != 0 || len(out.Findings) != 1 || out.Findings[0].Rule != "explanation-missing" {
		t.Errorf("an empty receipt: %+v\n%s", out.Answer, verdict(out))
	}
}

// When the figures were corrected in the receipt, it is the next return, and the
// explanations that were written go with it.
func TestACorrectedReceiptIsAReturnWithItsExplanations(t *testing.T) {
	c := asked(t)
	at := c.receipt.Findings[0].Place.Cell
	out := c.process(c.filled([]string{"", reasons[1], ""}, map[string]any{at: 0.27}), nil)
	if out.Answer != nil || out.Return == nil || out.Return.Sheet != "双城701表" {
		t.Fatalf("not a return: %+v", out.Answer)
	}
	if out.Verdict != receipt.Accepted || len(out.Findings) != 1 || out.Findings[0].Explanation != reasons[1] {
		t.Errorf("the corrected return is\n%s", verdict(out))
	}
	out = c.process(c.filled([]string{"", "属实"}, map[string]any{at: 0.27}), nil)
	if out.Verdict != receipt.Awaiting || out.Findings.Count(finding.Note) != 1 {
		t.Errorf("with an empty explanation the corrected return is\n%s", verdict(out))
	}
}

// Nobody gave this receipt: what it says is not believed, and its sheets are not
// the department's.
func TestAReceiptNobodyGaveIsAPlainReturn(t *testing.T) {
	c := asked(t)
	data := c.filled(reasons, nil)
	want := c.process(c.original, nil)
	for name, original := range map[string]func(string) ([]byte, string, bool){
		"unknown number": func(string) ([]byte, string, bool) { return nil, "", false },
		"nobody to ask":  nil,
	} {
		got := definitions().Process(ingest.Request{
			File: "报表.xlsx", Data: data, Received: time.Date(2026, 10, 12, 9, 0, 0, 0, period.Shanghai), Original: original,
			History: func(code indicator.Code, end int) (ingest.Known, bool) {
				k, ok := c.values[series(code, end)]
				return k, ok
			},
		})
		if got.Answer != nil || got.Verdict != receipt.Awaiting {
			t.Errorf("%s: %+v\n%s", name, got.Answer, verdict(got))
		}
		if d := gocmp.Diff(verdict(want), verdict(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Every form that is written comes back as a receipt with the same cells, and is
// recognised in it as before.
func TestEveryFormIsRecognisedInItsReceipt(t *testing.T) {
	for i := range definitions().Forms.Forms {
		f := &definitions().Forms.Forms[i]
		tried := false
		for _, p := range []string{"2025", "2026-Q3", "2026-06", "2026-H1", "2022"} {
			q := period.MustParse(p)
			if f.Edition(q) == nil {
				continue
			}
			tried = true
			data := workbookOf(t, typed(f.Number, p, func(x *form.Filing) { x.Style.Comments = true }))
			book, found := workbook.Open("报表.xlsx", data, workbook.DefaultLimits())
			if book == nil {
				t.Fatal(found)
			}
			want, asWas := form.Extract("报表.xlsx", book, definitions().Forms, q.Last().AddDate(0, 0, 10))
			var b bytes.Buffer
			r := receipt.Receipt{Number: counterNumber, Verdict: receipt.Returned, File: "报表.xlsx", Findings: finding.List{
				{Rule: "R01", Severity: finding.Mandatory, Place: finding.Place{File: "报表.xlsx", Sheet: want.Sheet, Cell: "B2"}, Label: "表号", Value: f.Number, Message: "测试"},
			}}
			if err := receipt.Workbook(&b, &r, data, book); err != nil {
				t.Fatal(err)
			}
			given, found := workbook.Open("报表.xlsx", b.Bytes(), workbook.DefaultLimits())
			if given == nil {
				t.Fatal(found)
			}
			if d := gocmp.Diff(book.Sheets, receipt.Strip(given).Sheets); d != "" {
				t.Fatalf("%s of %s: %s", f.Number, p, d)
			}
			got, asIs := form.Extract("报表.xlsx", receipt.Strip(given), definitions().Forms, q.Last().AddDate(0, 0, 10))
			if d := gocmp.Diff(asWas, asIs); d != "" {
				t.Errorf("%s of %s: %s", f.Number, p, d)
			}
			if got.Form != want.Form || got.Period != want.Period || len(got.Lines) != len(want.Lines) {
				t.Errorf("%s of %s is read as %s of %s", f.Number, p, got.Number, got.Period)
			}
		}
		if !tried {
			t.Errorf("%s has no edition that was tried", f.Number)
		}
	}
}
