package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/ingest/workbook"
)

// cellsOf runs the command on a file and returns its exit code and output.
func cellsOf(t *testing.T, data []byte, args ...string) (code int, out, errs string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "报表.xlsx")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"cells", file}, args...), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// sample is a workbook with a hidden row, column and sheet, a merged range, a
// formula without a result and a percentage.
func sample(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 10})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	check(f.SetCellStr("Sheet1", "A1", "标题"))
	check(f.MergeCell("Sheet1", "A1", "C2"))
	check(f.SetCellStr("Sheet1", "A3", "=cmd|' /C calc'!A0"))
	check(f.SetCellFloat("Sheet1", "B3", -0.225, -1, 64))
	check(f.SetCellStyle("Sheet1", "B3", "B3", percent))
	check(f.SetCellFormula("Sheet1", "C3", "B3*2"))
	check(f.SetCellBool("Sheet1", "D4", true))
	check(f.SetRowVisible("Sheet1", 4, false))
	check(f.SetColVisible("Sheet1", "B", false))
	_, err = f.NewSheet("隐藏")
	check(err)
	check(f.SetCellInt("隐藏", "A1", 7))
	check(f.SetSheetVisible("隐藏", false))
	var out bytes.Buffer
	check(f.Write(&out))
	return out.Bytes()
}

func TestCellsTellFormulaFormatHiddenAndMerged(t *testing.T) {
	code, out, errs := cellsOf(t, sample(t))
	if code != exitDone || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, line := range []string{
		`{"sheet":"Sheet1","ref":"A1","type":"text","value":"标题","text":"标题","format":"general","hidden":false,"merged":"A1:C2"}`,
		`{"sheet":"Sheet1","ref":"A3","type":"text","value":"=cmd|' /C calc'!A0","text":"=cmd|' /C calc'!A0","format":"general","hidden":false}`,
		`{"sheet":"Sheet1","ref":"B3","type":"number","value":-0.225,"text":"-0.225","format":"percent/2","hidden":true}`,
		`{"sheet":"Sheet1","ref":"C3","type":"blank","value":null,"text":"","formula":"B3*2","format":"general","hidden":false}`,
		`{"sheet":"Sheet1","ref":"D4","type":"bool","value":true,"text":"TRUE","format":"general","hidden":true}`,
		`{"sheet":"隐藏","ref":"A1","type":"number","value":7,"text":"7","format":"general","hidden":true}`,
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %s in\n%s", line, out)
		}
	}
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	_, out, _ = cellsOf(t, sample(t), "--format", "csv", "--sheet", "Sheet1")
	for _, line := range []string{
		"Sheet1,A3,text,'=cmd|' /C calc'!A0,'=cmd|' /C calc'!A0,,general,false,",
		"Sheet1,B3,number,-0.225,-0.225,,percent/2,true,",
	} {
		if !strings.Contains(out, line+"\r\n") {
			t.Errorf("no line %s in\n%s", line, out)
		}
	}
	if strings.Contains(out, "隐藏") {
		t.Error("another sheet is listed")
	}
}

func TestCellsOfAnEncryptedWorkbookNeedItsPassword(t *testing.T) {
	plain := sample(t)
	locked, err := excelize.Encrypt(plain, &excelize.Options{Password: "两江-2026"})
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := cellsOf(t, locked); code != exitRefused || out != "" || !strings.Contains(errs, "[encrypted]") {
		t.Errorf("without password: exit %d, %q, %s", code, out, errs)
	}
	if code, out, errs := cellsOf(t, locked, "--password", "x"); code != exitRefused || out != "" || !strings.Contains(errs, "[wrong-password]") {
		t.Errorf("wrong password: exit %d, %q, %s", code, out, errs)
	}
	_, want, _ := cellsOf(t, plain)
	if code, out, errs := cellsOf(t, locked, "--password", "两江-2026"); code != exitDone || out != want {
		t.Errorf("exit %d, got\n%s%s, want\n%s", code, out, errs, want)
	}
	t.Setenv("ZHIBIAO_PASSWORD", "两江-2026")
	if code, out, _ := cellsOf(t, locked); code != exitDone || out != want {
		t.Errorf("password of the environment: exit %d\n%s", code, out)
	}
}

// The sweep over merged ranges must tell what a search of all of them tells.
func TestMergedRangesAreFoundForCellsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s workbook.Sheet
		for range rapid.IntRange(0, 12).Draw(t, "ranges") {
			from := workbook.Ref{Col: rapid.IntRange(1, 12).Draw(t, "col"), Row: rapid.IntRange(1, 20).Draw(t, "row")}
			g := workbook.Range{From: from, To: workbook.Ref{
				Col: from.Col + rapid.IntRange(0, 4).Draw(t, "cols"), Row: from.Row + rapid.IntRange(0, 9).Draw(t, "rows"),
			}}
			free := true
			for _, o := range s.Merged {
				free = free && (g.To.Col < o.From.Col || g.From.Col > o.To.Col || g.To.Row < o.From.Row || g.From.Row > o.To.Row)
			}
			if free {
				s.Merged = append(s.Merged, g)
			}
		}
		m := mergesOf(s.Merged)
		for row := 1; row <= 32; row += rapid.IntRange(1, 3).Draw(t, "step") {
			for col := 1; col <= 18; col++ {
				r := workbook.Ref{Col: col, Row: row}
				want := ""
				if g, ok := s.Merge(r); ok {
					want = g.String()
				}
				if got := m.covering(r); got != want {
					t.Fatalf("%v: got %q, want %q among %v", r, got, want, s.Merged)
				}
			}
		}
	})
}
