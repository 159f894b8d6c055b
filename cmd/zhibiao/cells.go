package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

func (a *app) cellsCommand() *cobra.Command {
	var q cellsQuery
	c := &cobra.Command{
		Use: "cells 文件", Short: "逐格列出从一个表格文件中读到的内容",
		Long: `逐格列出系统从一个表格文件（.xlsx、.xls、.csv 等，按内容识别）中读到的内容，
不需要工作区，不审核、不入库。文件有误时不列出任何单元格，问题写到标准错误，退出码为3。

每格一行：
  sheet    工作表        ref     地址，如 C12
  type     类型：blank、number、text、bool、error、date
  value    值：数值、文字、true/false；日期为 2026-03-01T08:30:00
  text     文件中的原文（数值的精确十进制写法）
  formula  公式（不含等号；只列出，不计算）
  format   数字格式：general、decimal/2、percent/1、scientific/2、currency/2、date、text，斜线后为小数位数
  hidden   是否在隐藏的工作表、行或列中
  merged   所在的合并区域，如 A1:C1

csv 输出中，以 = + - @ 等开头的文字前加单引号，防止被表格软件当作公式执行。`,
		Example: "  zhibiao cells 双城101表_经济运行局_2026年三季度.xlsx\n" +
			"  zhibiao cells 年鉴.xls --sheet 表1-1 --format csv > 表1-1.csv\n" +
			"  zhibiao cells 加密.xlsx --password 密码\n" +
			"  zhibiao cells 报表.xlsx | jq -c 'select(.type==\"error\")'",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if q.password == "" {
				q.password = os.Getenv("ZHIBIAO_PASSWORD")
			}
			return a.cells(args[0], q)
		},
	}
	c.Flags().StringVar(&q.sheet, "sheet", "", "只列出这个工作表")
	c.Flags().StringVar(&q.password, "password", "", "加密工作簿的打开密码（或用环境变量 ZHIBIAO_PASSWORD，以免留在命令历史中）")
	c.Flags().StringVar(&q.format, "format", "ndjson", "输出格式：ndjson（每行一个 JSON）或 csv（UTF-8）")
	return c
}

// A cellsQuery is what the flags of cells ask for.
type cellsQuery struct {
	sheet, format, password string
}

// A walk visits every cell of a file; see workbook.Scan.
type walk func(visit func(*workbook.Sheet, *workbook.Cell) bool) (finding.List, error)

// cells prints what a file holds. The file is walked twice, each time in
// constant memory: once to learn whether it is sound and what lies behind the
// cells (merged ranges stand after them), once to print. So nothing is printed
// of a file that is refused. Only an encrypted workbook is read as a whole.
func (a *app) cells(name string, q cellsQuery) error {
	out := bufio.NewWriterSize(a.out, 64<<10)
	var print func(*cellLine) error
	flush := out.Flush
	switch q.format {
	case "ndjson":
		print = ndjson(out)
	case "csv":
		print, flush = csvLines(out)
	default:
		return usagef("format %q: want ndjson or csv", q.format)
	}
	lim := workbook.DefaultLimits()
	base := filepath.Base(name)
	through, done, err := walkFile(name, lim, q.password)
	if err != nil {
		return usagef("read %s: %w", name, err)
	}
	defer done()
	var sheets []*workbook.Sheet
	found, err := through(func(s *workbook.Sheet, _ *workbook.Cell) bool {
		if len(sheets) == 0 || sheets[len(sheets)-1] != s {
			sheets = append(sheets, s)
		}
		return true
	})
	if err != nil {
		return err
	}
	if len(found) > 0 {
		fmt.Fprintln(a.err, found)
	}
	if found.Refused() {
		return refusedError{fmt.Errorf("%s不能读取", base)}
	}
	merged := make(map[string]*merges, len(sheets))
	for _, s := range sheets {
		merged[s.Name] = mergesOf(s.Merged)
	}
	if q.sheet != "" && merged[q.sheet] == nil {
		return usagef("sheet %q: 没有这个工作表或它没有单元格", q.sheet)
	}
	var failed error // of the printing
	found, err = through(func(s *workbook.Sheet, c *workbook.Cell) bool {
		if q.sheet == "" || q.sheet == s.Name {
			failed = print(lineOf(s, c, merged[s.Name]))
		}
		return failed == nil
	})
	switch {
	case err != nil:
		return err
	case found.Refused():
		return fmt.Errorf("print cells: %s changed while it was read", base)
	case failed == nil:
		failed = flush()
	}
	if failed != nil {
		return fmt.Errorf("print cells: %w", failed)
	}
	return nil
}

// walkFile makes the walk of a file; done ends it. A file that is no regular one
// or that a password opens is read as a whole.
func walkFile(name string, lim workbook.Limits, password string) (through walk, done func(), err error) {
	base := filepath.Base(name)
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = f.Close() } // only read from
	info, err := f.Stat()
	if err != nil {
		done()
		return nil, nil, err
	}
	var src io.ReaderAt = f
	size := info.Size()
	if password != "" || !info.Mode().IsRegular() {
		data, err := io.ReadAll(io.LimitReader(f, lim.File+1))
		if err != nil {
			done()
			return nil, nil, err
		}
		if workbook.Sniff(data) == workbook.Encrypted {
			return walkBook(workbook.OpenPassword(base, data, lim, password)), done, nil
		}
		src, size = bytes.NewReader(data), int64(len(data))
	}
	return func(visit func(*workbook.Sheet, *workbook.Cell) bool) (finding.List, error) {
		return workbook.Scan(base, src, size, lim, visit)
	}, done, nil
}

// walkBook walks a book that was read as a whole; nil when it was refused.
func walkBook(b *workbook.Book, found finding.List) walk {
	return func(visit func(*workbook.Sheet, *workbook.Cell) bool) (finding.List, error) {
		if b == nil {
			return found, nil
		}
		for _, s := range b.Sheets {
			for i := range s.Cells {
				if !visit(s, &s.Cells[i]) {
					return found, nil
				}
			}
		}
		return found, nil
	}
}

// readAtMost reads a file, but no more than n bytes of it.
func readAtMost(name string, n int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil {
		data.Grow(int(min(info.Size(), n)) + bytes.MinRead)
	}
	_, err = data.ReadFrom(io.LimitReader(f, n))
	return data.Bytes(), errors.Join(err, f.Close())
}

// A cellLine is a cell as it is printed; its JSON names are an API.
type cellLine struct {
	Sheet   string `json:"sheet"`
	Ref     string `json:"ref"`
	Type    string `json:"type"`
	Value   any    `json:"value"` // nil, float64, string or bool
	Text    string `json:"text"`
	Formula string `json:"formula,omitempty"`
	Format  string `json:"format"`
	Hidden  bool   `json:"hidden"`
	Merged  string `json:"merged,omitempty"`
}

func lineOf(s *workbook.Sheet, c *workbook.Cell, m *merges) *cellLine {
	l := &cellLine{
		Sheet: s.Name, Ref: c.Ref.String(), Type: c.Kind.String(), Text: c.Text,
		Formula: c.Formula, Format: c.Class.String(),
		Hidden: s.Hidden || s.HiddenRows[c.Ref.Row] || s.HiddenCols[c.Ref.Col],
		Merged: m.covering(c.Ref),
	}
	switch c.Class {
	case workbook.Decimal, workbook.Percent, workbook.Scientific, workbook.Currency:
		l.Format += "/" + strconv.Itoa(int(c.Digits))
	}
	switch c.Kind {
	case workbook.Number:
		l.Value = c.Number
	case workbook.Text, workbook.Error:
		l.Value = c.Text
	case workbook.Bool:
		l.Value = c.Text == "TRUE"
	case workbook.Date:
		l.Value = c.Time().Format("2006-01-02T15:04:05.999")
	}
	return l
}

func ndjson(w io.Writer) func(*cellLine) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(l *cellLine) error { return enc.Encode(l) }
}

// csvLines writes RFC 4180 with a heading. Numbers, dates and booleans are
// theirs as they stand; every other field is text from the file and is guarded.
func csvLines(w *bufio.Writer) (print func(*cellLine) error, flush func() error) {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	first := []string{"sheet", "ref", "type", "value", "text", "formula", "format", "hidden", "merged"}
	print = func(l *cellLine) error {
		if first != nil {
			if err := out.Write(first); err != nil {
				return err
			}
			first = nil
		}
		value, text := "", l.Text
		switch v := l.Value.(type) {
		case float64:
			value = strconv.FormatFloat(v, 'g', -1, 64)
		case bool:
			value = strconv.FormatBool(v)
		case string:
			if value = v; l.Type != workbook.Date.String() {
				value, text = inert(v), inert(text)
			}
		}
		return out.Write([]string{
			inert(l.Sheet), l.Ref, l.Type, value, text, inert(l.Formula), l.Format, strconv.FormatBool(l.Hidden), l.Merged,
		})
	}
	flush = func() error {
		out.Flush()
		return errors.Join(out.Error(), w.Flush())
	}
	return print, flush
}

// inert keeps a spreadsheet from taking a text for a formula when it opens the
// csv: what begins with a sign of one, also in full width, gets an apostrophe.
func inert(s string) string {
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return "'" + s
		}
	}
	return s
}

// merges finds the merged range over a cell for cells that come in row order.
// Ranges do not overlap.
type merges struct {
	rest   []workbook.Range // not begun, by first row
	active []workbook.Range // over the current row, by first column
	end    int              // the first row at which a range of active has ended
}

func mergesOf(all []workbook.Range) *merges {
	m := &merges{rest: slices.Clone(all)}
	slices.SortFunc(m.rest, func(a, b workbook.Range) int { return cmp.Compare(a.From.Row, b.From.Row) })
	return m
}

// covering prints the range over a cell, "" when there is none.
func (m *merges) covering(r workbook.Ref) string {
	if len(m.active) > 0 && r.Row >= m.end || len(m.rest) > 0 && r.Row >= m.rest[0].From.Row {
		m.advance(r.Row)
	}
	i, found := slices.BinarySearchFunc(m.active, r.Col, func(g workbook.Range, col int) int { return cmp.Compare(g.From.Col, col) })
	if !found {
		i--
	}
	if i >= 0 && m.active[i].Has(r) {
		return m.active[i].String()
	}
	return ""
}

func (m *merges) advance(row int) {
	for len(m.rest) > 0 && m.rest[0].From.Row <= row {
		m.active = append(m.active, m.rest[0])
		m.rest = m.rest[1:]
	}
	m.active = slices.DeleteFunc(m.active, func(g workbook.Range) bool { return g.To.Row < row })
	slices.SortFunc(m.active, func(a, b workbook.Range) int { return cmp.Compare(a.From.Col, b.From.Col) })
	m.end = workbook.MaxRow + 1
	for _, g := range m.active {
		m.end = min(m.end, g.To.Row+1)
	}
}
