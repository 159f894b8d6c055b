package ingest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A past is what was accepted before, by code and month end.
type past map[string]string

func (h past) value(code indicator.Code, end int) (form.Number, bool) {
	v, ok := h[series(code, end)]
	switch {
	case !ok:
		return form.Number{}, false
	case v == "…":
		return form.Number{Absent: indicator.NotSignificant}, true
	case v == "—":
		return form.Number{Absent: indicator.CannotExist}, true
	}
	return form.Number{Value: decimal.RequireFromString(v)}, true
}

func (h past) known(code indicator.Code, end int) (ingest.Known, bool) {
	n, ok := h.value(code, end)
	k := ingest.Known{Status: n.Absent}
	if n.Present() {
		k.Value, k.Status = decimal.NewNullDecimal(n.Value), indicator.Normal
	}
	return k, ok
}

// A clerk fills in an issued form as a person does: in the file that was issued,
// and only where the sheet lets a person type. All figures are 测试数据.
type clerk struct {
	t          testing.TB
	form       *form.Form
	period     period.Period
	department string
	past       past
	file       *excelize.File
	cells      map[string]string // by “CODE kind”
	typed      map[string]any    // by cell
}

func newClerk(t testing.TB, number, p, department string, known past) *clerk {
	t.Helper()
	set := definitions().Forms
	c := &clerk{t: t, form: set.Form(number), period: period.MustParse(p), department: department, past: known, cells: map[string]string{}, typed: map[string]any{}}
	var b bytes.Buffer
	if err := set.Issue(&b, c.form, c.period, department, known.value); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.file, err = excelize.OpenReader(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := c.file.GetRows(number)
	if err != nil {
		t.Fatal(err)
	}
	columns := c.form.Edition(c.period).Columns
	for i, row := range rows {
		for j, text := range row {
			if j >= len(columns) || columns[j].Kind != form.CodeColumn || !strings.Contains(text, ".") {
				continue
			}
			for k, column := range columns {
				c.cells[text+" "+string(column.Kind)] = workbook.Ref{Col: k + 1, Row: i + 1}.String()
			}
		}
	}
	return c
}

// put types into a cell. A locked cell would not have let a person do so.
func (c *clerk) put(sheet, cell string, v any) {
	c.t.Helper()
	id, err := c.file.GetCellStyle(sheet, cell)
	if err != nil {
		c.t.Fatal(err)
	}
	style, err := c.file.GetStyle(id)
	if err != nil {
		c.t.Fatal(err)
	}
	if style.Protection == nil || style.Protection.Locked {
		c.t.Fatalf("%s of %s: %s!%s is locked, %v cannot be typed", c.form.Number, c.period, sheet, cell, v)
	}
	if err := c.file.SetCellValue(sheet, cell, v); err != nil {
		c.t.Fatal(err)
	}
}

// enter types into a row of the form.
func (c *clerk) enter(code indicator.Code, k form.Kind, v any) {
	c.t.Helper()
	cell := c.cells[string(code)+" "+string(k)]
	if cell == "" {
		c.t.Fatalf("%s of %s has no cell for %s of %s", c.form.Number, c.period, k, code)
	}
	c.put(c.form.Number, cell, v)
	c.typed[cell] = v
}

// named types into a cell with a defined name.
func (c *clerk) named(name string, v any) {
	c.t.Helper()
	for _, n := range c.file.GetDefinedName() {
		if n.Name == name {
			_, cell, _ := strings.Cut(n.RefersTo, "!")
			c.put(c.form.Number, strings.ReplaceAll(cell, "$", ""), v)
			return
		}
	}
	c.t.Fatalf("%s has no name %s", c.form.Number, name)
}

// sign fills in the foot; reported is text or a date as Excel makes one.
func (c *clerk) sign(reported any) {
	c.named("FOOT_UNIT_HEAD", "测试甲")
	c.named("FOOT_STAT_HEAD", "测试乙")
	c.named("FOOT_FILLED_BY", "测试丙")
	c.named("FOOT_TELEPHONE", "000-0000")
	c.named("FOOT_REPORTED_ON", reported)
	c.named("FACE_REMARK", "测试数据，无变化。")
}

func (c *clerk) reported() time.Time { return c.period.Last().AddDate(0, 0, 10) }

func (c *clerk) rows() []form.Row { return c.form.Rows(c.period, c.department) }

// backed is what levels grow by over the 上年同期 that complete types, in per cent.
const backed = 5.3

// figure is a value that no rule objects to.
func figure(r *form.Row) float64 {
	if r.Register {
		return 3
	}
	if slices.ContainsFunc(definitions().Catalogue.Indicators, func(ind indicator.Indicator) bool { return ind.Growth == r.Code }) {
		return backed
	}
	switch v := usual[r.Code].(type) {
	case float64:
		return v
	case int:
		return float64(v)
	}
	return 200 // large enough to have 上年同期 5 % below, to the last place
}

// complete fills in the whole form.
func (c *clerk) complete() {
	c.sign(c.reported().Format("2006年1月2日"))
	evidence, register := 1, 1
	for i, r := range c.rows() {
		v := figure(&r)
		c.enter(r.Code, form.ValueColumn, v)
		ago := decimal.NewFromFloat(v).Mul(decimal.RequireFromString("0.95")).Round(int32(r.Decimals))
		growth := decimal.NewFromFloat(v).Div(ago).Sub(decimal.NewFromInt(1)).Shift(2).Round(1)
		switch takes := r.Takes(indicator.YearAgoMeasure); {
		case takes && i%4 == 2:
			c.enter(r.Code, form.YearAgoColumn, "…")
			growth = decimal.Zero
		case takes:
			c.enter(r.Code, form.YearAgoColumn, ago.InexactFloat64())
		}
		switch takes := r.Takes(indicator.GrowthMeasure); {
		case takes && i%4 == 2:
			c.enter(r.Code, form.GrowthColumn, "—")
		case takes:
			c.enter(r.Code, form.GrowthColumn, growth.InexactFloat64())
		}
		if len(r.Calibers) > 0 {
			c.enter(r.Code, form.CaliberColumn, r.Calibers[0])
		}
		if slices.ContainsFunc(c.form.Edition(c.period).Columns, func(x form.Column) bool { return x.Kind == form.NoteColumn }) {
			c.enter(r.Code, form.NoteColumn, "测试数据：上年同期按第五次经济普查口径调整")
		}
		if r.Evidence {
			evidence++
			for j, text := range []string{string(r.Code), r.Label, "测试材料", "测试〔2026〕1号", "测试机关", c.reported().Format(time.DateOnly), "测试.pdf"} {
				c.put(form.EvidenceSheet, workbook.Ref{Col: j + 1, Row: evidence}.String(), text)
			}
		}
		for n := range 3 {
			if !r.Register {
				break
			}
			register++
			for j, text := range []string{string(r.Code), creditCode(register), fmt.Sprintf("测试单位%d", n+1), "测试〔2026〕2号", c.period.Last().Format(time.DateOnly), "2099-12-31"} {
				c.put(form.RegisterSheet, workbook.Ref{Col: j + 1, Row: register}.String(), text)
			}
		}
	}
}

// creditCode makes a 统一社会信用代码 whose check character is right (GB 32100).
func creditCode(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body, sum, weight := fmt.Sprintf("91500000%09d", n), 0, 1
	for _, r := range body {
		sum += strings.IndexRune(alphabet, r) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}

func (c *clerk) save(name string) {
	c.t.Helper()
	if err := c.file.SaveAs(name); err != nil {
		c.t.Fatal(err)
	}
}

// process hands a file in.
func (c *clerk) process(data []byte) ingest.Outcome {
	return definitions().Process(ingest.Request{
		File: "表.xlsx", Data: data, Received: c.reported().Add(34 * time.Hour), History: c.past.known,
	})
}

// resaved lets LibreOffice open, compute and save workbooks.
func resaved(t *testing.T, dir string, names []string) (out string) {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("soffice is not on the PATH; CI installs LibreOffice for this test")
		}
		t.Skip("soffice is not on the PATH: issued forms are not computed and re-saved here")
	}
	out = filepath.Join(dir, "out")
	args := []string{"--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--convert-to", "xlsx", "--outdir", out}
	for _, n := range names {
		args = append(args, filepath.Join(dir, n))
	}
	if text, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, text)
	}
	return out
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A return of every edition of every form and department goes from the template
// through a person and a re-save by another program to an accepted return that
// says what was typed.
func TestEveryIssuedFormComesBackAsItWasTyped(t *testing.T) {
	dir := t.TempDir()
	var clerks []*clerk
	var names []string
	numbers := map[string]bool{}
	for _, f := range definitions().Forms.Forms {
		for _, e := range f.Editions {
			p := period.MustParse(map[period.Freq]string{
				period.Month: "2026-09", period.Quarter: "2026-Q3", period.Half: "2026-H1", period.Year: "2025",
			}[e.Freq])
			if !e.Once.IsZero() {
				p = e.Once
			}
			departments := f.Departments(p)
			if f.Unassigned {
				departments = []string{"产业促进局"}
			}
			for _, d := range departments {
				numbers[f.Number] = true
				c := newClerk(t, f.Number, p.String(), d, nil)
				c.complete()
				if len(clerks)%2 == 1 {
					c.named("FOOT_REPORTED_ON", c.reported()) // a date cell
				}
				clerks = append(clerks, c)
				names = append(names, fmt.Sprintf("%03d.xlsx", len(clerks)))
				c.save(filepath.Join(dir, names[len(names)-1]))
			}
		}
	}
	if len(numbers) != 20 {
		t.Fatalf("forms tried: %d, want 20", len(numbers))
	}
	out := resaved(t, dir, names)
	for i, c := range clerks {
		for _, from := range []string{dir, out} {
			t.Run(fmt.Sprintf("%s %s %s %s", c.form.Number, c.period, c.department, filepath.Base(from)), func(t *testing.T) {
				c.came(t, c.process(read(t, filepath.Join(from, names[i]))))
			})
		}
	}
	t.Logf("%d returns", len(clerks))
}

// came checks that a return was accepted with the values that were typed.
func (c *clerk) came(t *testing.T, got ingest.Outcome) {
	t.Helper()
	if got.Verdict != receipt.Accepted {
		t.Fatalf("%s:\n%s", got.Verdict.Name(), got.Findings)
	}
	for _, f := range got.Findings {
		if f.Severity != finding.Note || f.Rule == "extra-sheet" || f.Rule == "cell-unused" {
			t.Errorf("finding: %s", f)
		}
	}
	if got.Return.Form != c.form || got.Return.Period != c.period || got.Return.Department != c.department || len(got.Return.Lines) != len(c.rows()) {
		t.Fatalf("recognised %s %s of %s with %d lines", got.Return.Number, got.Return.Period, got.Return.Department, len(got.Return.Lines))
	}
	if day := got.Return.Reported.Format(time.DateOnly); day != c.reported().Format(time.DateOnly) {
		t.Errorf("reported on %s", day)
	}
	for _, l := range got.Return.Lines {
		for _, d := range l.Data {
			switch v := c.typed[d.Cell].(type) {
			case float64:
				if !d.Number.Present() || !d.Number.Value.Equal(decimal.NewFromFloat(v)) {
					t.Errorf("%s %s: read %v %s, typed %v", l.Row.Code, d.Measure, d.Number.Value, d.Number.Absent, v)
				}
			case string:
				if want := map[string]indicator.ObsStatus{"…": indicator.NotSignificant, "—": indicator.CannotExist}[v]; d.Number.Absent != want {
					t.Errorf("%s %s: read %v %s, typed %s", l.Row.Code, d.Measure, d.Number.Value, d.Number.Absent, v)
				}
			default:
				t.Errorf("%s %s in %s was not typed", l.Row.Code, d.Measure, d.Cell)
			}
		}
		if caliber := c.cells[string(l.Row.Code)+" "+string(form.CaliberColumn)]; caliber != "" && len(l.Row.Calibers) > 0 && l.Caliber.Text != c.typed[caliber] {
			t.Errorf("%s: caliber %q", l.Row.Code, l.Caliber.Text)
		}
	}
}
