package workbook_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"zhibiao/ingest/workbook"
)

// What lies around the values must come back too: dates, formulas, merged
// ranges, hidden rows and columns, notes, the number formats' classes.
func TestARandomSheetWithAllAroundItsCellsReadsBackEqual(t *testing.T) {
	formats := []struct {
		code  string
		class workbook.Class
	}{
		{"0.00", workbook.Decimal},
		{"0.0%", workbook.Percent},
		{"0.00E+00", workbook.Scientific},
		{"@", workbook.TextFormat},
		{"¥#,##0.00", workbook.Currency},
		{"yyyy-mm-dd hh:mm:ss", workbook.DateTime},
	}
	rapid.Check(t, func(t *rapid.T) {
		f := excelize.NewFile()
		defer f.Close()
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		const name = "Sheet1"
		want := workbook.Sheet{Name: name}
		number := func(label string, most int) int { return rapid.IntRange(1, most).Draw(t, label) }
		values := map[string]string{}
		for range rapid.IntRange(0, 20).Draw(t, "cells") {
			ref := workbook.Ref{Col: number("col", 60), Row: number("row", 60)}.String()
			if values[ref] != "" {
				continue
			}
			format := rapid.SampledFrom(formats).Draw(t, "format")
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format.code})
			check(err)
			check(f.SetCellStyle(name, ref, ref, style))
			switch {
			case rapid.Bool().Draw(t, "formula"):
				formula := fmt.Sprintf("SUM(A%d:$B$%d)*%d", number("from", 99), number("to", 99), number("times", 9))
				check(f.SetCellFormula(name, ref, formula))
				values[ref] = fmt.Sprint("no result =", formula, " ", format.class)
			case format.class == workbook.DateTime:
				when := time.Unix(rapid.Int64Range(-2_203_891_200, 253_402_300_799).Draw(t, "seconds"), 0).UTC() // 1900-03-01 to 9999
				check(f.SetCellValue(name, ref, when))
				check(f.SetCellStyle(name, ref, ref, style))
				values[ref] = when.Format("2006-01-02 15:04:05 ") + format.class.String()
			default:
				n := rapid.IntRange(-1e9, 1e9).Draw(t, "value")
				check(f.SetCellInt(name, ref, int64(n)))
				values[ref] = fmt.Sprint(n, " ", format.class)
			}
		}
		row := 100
		for range rapid.IntRange(0, 5).Draw(t, "merged") {
			from := workbook.Ref{Col: number("left", 30), Row: row}
			to := workbook.Ref{Col: from.Col + number("width", 5), Row: row + number("height", 3)}
			row = to.Row + 1
			check(f.MergeCell(name, from.String(), to.String()))
			want.Merged = append(want.Merged, workbook.Range{From: from, To: to})
		}
		for range rapid.IntRange(0, 4).Draw(t, "hidden") {
			r, c := number("hidden row", 60), number("hidden column", 60)
			check(f.SetRowVisible(name, r, false))
			check(f.SetColVisible(name, workbook.Column(c), false))
			if want.HiddenRows == nil {
				want.HiddenRows, want.HiddenCols = map[int]bool{}, map[int]bool{}
			}
			want.HiddenRows[r], want.HiddenCols[c] = true, true
		}
		var out bytes.Buffer
		check(f.Write(&out))
		b, finds := workbook.Open("x.xlsx", out.Bytes(), workbook.DefaultLimits())
		if b == nil {
			t.Fatal(finds)
		}
		got := map[string]string{}
		for _, c := range b.Sheets[0].Cells {
			switch {
			case c.NoCache:
				got[c.Ref.String()] = fmt.Sprint("no result =", c.Formula, " ", c.Class)
			case c.Kind != workbook.Blank:
				got[c.Ref.String()] = fmt.Sprint(c.Text, " ", c.Class)
			}
		}
		if diff := cmp.Diff(values, got); diff != "" {
			t.Fatal(diff)
		}
		around := *b.Sheets[0]
		around.Cells = nil
		if diff := cmp.Diff(want, around); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The csv is written as a program writes one: fields are quoted only when they
// must be, rows may end early, numbers stand among texts.
func TestARandomTableWrittenAsGB18030ReadsBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
		header := []string{"指标名称", "计量单位", "本期", "上年同期"}
		want := map[string]string{}
		note := func(r, c int, v string) {
			if v == "" {
				return
			}
			kind := "text "
			if _, err := strconv.ParseFloat(v, 64); err == nil && v[0] != '+' && v[0] != '.' {
				kind = "number "
			}
			want[workbook.Ref{Col: c + 1, Row: r + 1}.String()] = kind + v
		}
		rows := [][]string{header}
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			value := rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?`)
			label := rapid.SampledFrom([]string{"地区生产总值", "其中：工业", "一、\"总量\"", "两\n行", "甲,乙", "𠮷", "é", "①—…", "=1+1", " 空格 "})
			row := []string{label.Draw(t, "label"), "亿元", value.Draw(t, "value"), rapid.OneOf(value, rapid.Just(""), rapid.Just("…"), rapid.Just("1,234.5")).Draw(t, "before")}
			rows = append(rows, row[:rapid.IntRange(2, 4).Draw(t, "fields")])
		}
		for r, row := range rows {
			for c, v := range row {
				note(r, c, v)
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		data, err := simplifiedchinese.GB18030.NewEncoder().Bytes(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		b, finds := workbook.Open("x.csv", data, workbook.DefaultLimits())
		if b == nil {
			t.Fatal(finds)
		}
		got := map[string]string{}
		for _, c := range b.Sheets[0].Cells {
			got[c.Ref.String()] = c.Kind.String() + " " + c.Text
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
