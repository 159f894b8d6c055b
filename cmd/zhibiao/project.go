package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/projection"
)

func (a *app) projectCommand() *cobra.Command {
	var q projectQuery
	c := &cobra.Command{
		Use: "project --in 文件 --horizon 年数", Short: "测算年度序列今后几年的数值和区间",
		Long: `测算年度序列今后几年的数值，附80%和95%区间。结果是测算，不是统计数据。不需要工作区。

输入为 CSV（UTF-8），每行一个数：序列名、年份、数值。可以有标题行；标题为
series（序列、指标、代码、名称）、t（year、年份、时间）、value（数值、值）时按名称找列，
其他列不读；否则按顺序取前三列。同一序列的年份必须连续，每年一个数，行的先后不限。
文件有误时不作测算，问题连同行号写到标准错误，退出码为3。

输出每行：series、h（几年以后）、point、lo80、hi80、lo95、hi95，单位与输入相同。
少于4个数的序列不作测算，在标准错误说明（json 中为 absence）。

序列的性质（--shape）：
  auto        不限定（缺省）
  level       总量、个数：没有负值的不会测算为负
  diff        差额、增速：按增减量变动，可正可负
  share       占比，0至100（%）
  cumulative  累计数：只增不减
  floor       围绕一个水平波动：优良天数、达标率

csv 输出中，以 = + - @ 等开头的序列名前加单引号，防止被表格软件当作公式执行。`,
		Example: "  zhibiao project --in 序列.csv --horizon 3\n" +
			"  zhibiao project --in 占比.csv --horizon 2 --shape share --format json\n" +
			"  printf '总量,2021,100\\n总量,2022,106\\n总量,2023,111\\n总量,2024,121\\n' > 例.csv && zhibiao project --in 例.csv --horizon 3",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.project(q) },
	}
	c.Flags().StringVar(&q.in, "in", "", "输入的 CSV 文件")
	c.Flags().IntVar(&q.horizon, "horizon", 0, fmt.Sprintf("测算今后几年，1至%d", projection.MaxHorizon))
	c.Flags().StringVar(&q.format, "format", "csv", "输出格式：csv 或 json")
	c.Flags().StringVar(&q.shape, "shape", "auto", "序列的性质：auto、level、diff、share、cumulative、floor")
	return c
}

// A projectQuery is what the flags of project ask for.
type projectQuery struct {
	in, format, shape string
	horizon           int
}

// seriesBytes is how much project reads: some ten million values.
const seriesBytes = 256 << 20

func (a *app) project(q projectQuery) error {
	shape, ok := map[string]projection.Shape{
		"auto": projection.Free, "level": projection.Geometric, "diff": projection.Linear,
		"share": projection.Share, "cumulative": projection.CumulativeCount, "floor": projection.FloorYear,
	}[q.shape]
	switch {
	case q.in == "":
		return usagef("--in: 要给出输入的 CSV 文件")
	case q.horizon < 1 || q.horizon > projection.MaxHorizon:
		return usagef("--horizon %d: want 1…%d", q.horizon, projection.MaxHorizon)
	case q.format != "csv" && q.format != "json":
		return usagef("format %q: want csv or json", q.format)
	case !ok:
		return usagef("shape %q: want auto, level, diff, share, cumulative or floor", q.shape)
	}
	data, err := readAtMost(q.in, seriesBytes+1)
	if err != nil {
		return usagef("read %s: %w", q.in, err)
	}
	base := filepath.Base(q.in)
	if len(data) > seriesBytes {
		return refusedError{fmt.Errorf("%s超过%d MiB，请分开测算", base, seriesBytes>>20)}
	}
	all, found := parseSeries(base, string(data))
	if len(found) > 0 {
		fmt.Fprintln(a.err, found)
		return refusedError{fmt.Errorf("%s有%d处错误，未作测算", base, len(found))}
	}
	out := make([]projected, len(all))
	for i, s := range all {
		fc, why := projection.Ahead(s.values, q.horizon, shape)
		out[i] = projected{Series: s.name, Points: len(s.values), Method: projection.OutlookMethod, Estimate: true, Forecasts: fc, Absence: why}
		if why != indicator.Present {
			fmt.Fprintf(a.err, "zhibiao: 序列“%s”有%d个数，%s，不作测算\n", finding.Plain(s.name), len(s.values), why.Name())
		}
	}
	if q.format == "json" {
		return a.printJSON(out)
	}
	return printProjected(a.out, out)
}

// A projected is a series as it is printed; its JSON names are an API.
type projected struct {
	Series    string                `json:"series"`
	Points    int                   `json:"points"`
	Method    string                `json:"method"`
	Estimate  bool                  `json:"estimate"` // 测算: always true
	Forecasts []projection.Forecast `json:"forecasts"`
	Absence   indicator.Absence     `json:"absence,omitempty"`
}

func printProjected(w io.Writer, all []projected) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"series", "h", "point", "lo80", "hi80", "lo95", "hi95"}}
	for _, s := range all {
		for _, f := range s.Forecasts {
			row := []string{inert(s.Series), strconv.Itoa(f.H)}
			for _, v := range []float64{f.Point, f.Lo80, f.Hi80, f.Lo95, f.Hi95} {
				row = append(row, strconv.FormatFloat(v, 'g', -1, 64))
			}
			rows = append(rows, row)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("print projections: %w", err)
	}
	return nil
}

// A yearly is a series of successive years, oldest first.
type yearly struct {
	name   string
	values []float64
}

// maxSeriesFindings is after how many findings a file is not read on: it is
// another kind of file.
const maxSeriesFindings = 100

// parseSeries reads series,t,value lines; series stand in the order of their
// first lines. With a finding there are no series.
func parseSeries(file, text string) ([]yearly, finding.List) {
	p := seriesParser{file: file, index: make(map[string]int)}
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		line := 1 + strings.Count(text[:validPrefix(text)], "\n")
		p.refuse(line, "series-encoding", "不是 UTF-8 编码的文字", "另存为“CSV UTF-8”")
		return nil, p.found
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = true
	for first := true; len(p.found) < maxSeriesFindings; first = false {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line := 0
			if bad, ok := errors.AsType[*csv.ParseError](err); ok {
				line = bad.Line
			}
			p.refuse(line, "series-quote", "引号不成对", "检查该行的引号")
			break
		}
		line, _ := in.FieldPos(0)
		if first && p.heading(line, record) {
			continue
		}
		p.row(line, record)
	}
	if len(p.found) == 0 && len(p.rows) == 0 {
		p.refuse(1, "series-empty", "没有数据", "每行写：序列名,年份,数值")
	}
	if len(p.found) > 0 {
		return nil, p.found // a refused row would leave a gap that nobody made
	}
	all := p.series()
	if len(p.found) > 0 {
		p.found.Sort()
		return nil, p.found
	}
	return all, nil
}

// validPrefix is how many bytes of the text are sound.
func validPrefix(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			return i
		}
	}
	return len(text)
}

type seriesParser struct {
	file   string
	column [3]int // of series, t and value
	named  bool
	rows   [][]seriesRow // by series
	names  []string
	index  map[string]int
	found  finding.List
}

// A seriesRow is one value and where it stands.
type seriesRow struct {
	t     int
	value float64
	line  int
}

func (p *seriesParser) refuse(line int, rule, message, hint string) {
	p.found = append(p.found, finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Place: finding.Place{File: p.file, Line: line}, Message: message, Hint: hint,
	})
}

// headings are the names a column may have.
var headings = [3][]string{
	{"series", "id", "code", "name", "序列", "指标", "代码", "名称", "序列名", "指标名称"},
	{"t", "year", "time", "period", "年", "年份", "年度", "时间", "时期"},
	{"value", "v", "y", "值", "数值", "指标值"},
}

// heading tells whether the first record is one, and learns from it where the
// columns are. A record with a year or a number in its place is none.
func (p *seriesParser) heading(line int, record []string) bool {
	p.column = [3]int{0, 1, 2}
	at := [3]int{-1, -1, -1}
	known := 0
	for i, names := range headings {
		at[i] = slices.IndexFunc(record, func(s string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(s))) })
		if at[i] >= 0 {
			known++
		}
	}
	if known == len(headings) {
		p.column, p.named = at, true
		return true
	}
	if len(record) < 3 {
		return false // the row itself says what is missing
	}
	_, year := parseYear(record[1])
	_, number := parseNumber(record[2])
	if year || number {
		return false
	}
	if len(record) > 3 {
		p.refuse(line, "series-heading", "标题行中找不到序列、年份、数值三列", "标题写 series,t,value，或只留这三列")
	}
	return true
}

func (p *seriesParser) row(line int, record []string) {
	if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
		return
	}
	if len(record) <= slices.Max(p.column[:]) || len(record) > 3 && !p.named {
		p.refuse(line, "series-columns", fmt.Sprintf("有%d列，应有序列名、年份、数值3列", len(record)), "每行写：序列名,年份,数值；数值不加千分位逗号")
		return
	}
	name := strings.TrimSpace(record[p.column[0]])
	year, value := record[p.column[1]], record[p.column[2]]
	t, ok := parseYear(year)
	if !ok {
		p.refuse(line, "series-year", fmt.Sprintf("年份“%s”不是整数", year), "写成 2025")
		return
	}
	v, ok := parseNumber(value)
	if !ok {
		message := fmt.Sprintf("数值“%s”不是数", value)
		if strings.TrimSpace(value) == "" {
			message = "数值为空"
		}
		p.refuse(line, "series-value", message, "缺数的年份不能当作0；补上数值，或从缺数的后一年开始")
		return
	}
	i, ok := p.index[name]
	if !ok {
		i = len(p.names)
		p.index[name] = i
		p.names = append(p.names, name)
		p.rows = append(p.rows, nil)
	}
	p.rows[i] = append(p.rows[i], seriesRow{t, v, line})
}

// series puts the rows of each series in the order of their years and finds the
// years that are missing or there twice.
func (p *seriesParser) series() []yearly {
	all := make([]yearly, 0, len(p.names))
	for i, rows := range p.rows {
		slices.SortStableFunc(rows, func(a, b seriesRow) int { return a.t - b.t })
		s := yearly{name: p.names[i], values: make([]float64, len(rows))}
		for j, r := range rows {
			s.values[j] = r.value
			if j == 0 || len(p.found) >= maxSeriesFindings {
				continue
			}
			switch before := rows[j-1]; r.t - before.t {
			case 1:
			case 0:
				p.refuse(r.line, "series-twice", fmt.Sprintf("“%s”%d年已在第%d行出现", s.name, r.t, before.line), "每年只留一个数")
			default:
				p.refuse(r.line, "series-gap", fmt.Sprintf("“%s”在%d年与%d年之间缺数", s.name, before.t, r.t), "补上缺的年份，或从缺数的后一年开始")
			}
		}
		all = append(all, s)
	}
	return all
}

// parseYear reads 2025 and 2025年; running numbers are as good.
func parseYear(s string) (t int, ok bool) {
	t, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "年"))
	const most = 1e9 // differences of years stay whole numbers
	return t, err == nil && t >= -most && t <= most
}

// parseNumber reads a decimal number.
func parseNumber(s string) (v float64, ok bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false // 0x1p3, 1_000, Inf
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}
