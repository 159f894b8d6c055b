// Package script reads and writes the notation in which definitions are tested
// (zhibiao test): series are loaded, formulas evaluated, figures wanted.
//
//	# 分母缺一季，占比就缺一季，不得当作零。
//	define TEST.SHARE.ALL unit=% nature=ratio freq=Q = share(GDP.TOTAL.ALL, GDP.TOTAL.MUA)
//
//	load
//	    GDP.TOTAL.ALL 2025-Q1  1000 2100 3200 4400
//	    GDP.TOTAL.MUA 2025-Q1  5000 _ 16000 20000 | P preliminary
//
//	eval 2025-Q1 TEST.SHARE.ALL
//	    20 _ ≈20.0 22 | P
//
// The verbs are define, load, clear and eval. Values are of consecutive periods.
// In a load: a number, _ (filed blank), … and —, . (not filed), 5x3 (three times),
// 100+10x4 (100 110 120 130); behind | their status, vintage and caliber. In an
// eval: a number (equal within the relative guard 1e-9), ≈5.0 (equal when printed
// half up with those decimals), _ (no value; _(缺2022年基数) for that reason), 是 or
// 否 of a rule; behind | what the status, vintage, caliber and months carried must
// be. A line of either may name an area before its values; the lines of one area
// follow one another in time. A define takes from the catalogue what it does not
// say of a code that is there, and counts instead of it.
//
// It knows no database and no catalogue: package kpi runs a script.
package script

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// What one script may cost.
const (
	maxBytes  = 1 << 20
	maxValues = 100_000 // loaded and wanted, all together
	maxRepeat = 1000    // of one 5x3
)

// A File is a script, as far as it could be read.
type File struct {
	Name  string
	Steps []Step
	// Found is everything that is wrong with the notation; a script with findings is
	// not run.
	Found finding.List

	lines []string
}

// A Step is a *Define, a *Load, a *Clear or an *Eval.
type Step interface{ step() }

// A Define makes an indicator beside the catalogue, or instead of it. What is
// zero was not said.
type Define struct {
	Line    int
	Code    indicator.Code
	Unit    string
	Nature  indicator.Nature
	Freq    period.Freq
	Basis   indicator.PriceBasis
	Area    indicator.AreaID
	Formula string // "" for an input
	Col     int    // where the formula begins
}

// A Load is one line of a load block: values of consecutive periods.
type Load struct {
	Line   int
	Code   indicator.Code
	Area   indicator.AreaID // "" for the indicator's own
	Values []Value
}

// A Value is a loaded cell. Status Missing, CannotExist and NotSignificant have
// no number.
type Value struct {
	Period  period.Period
	Number  decimal.NullDecimal
	Status  indicator.ObsStatus
	Vintage indicator.Vintage
	Caliber string
}

// A Clear forgets everything loaded.
type Clear struct{}

// An Eval is a formula and what it must give.
type Eval struct {
	Line    int
	Period  period.Period // the first
	Formula string
	Col     int // where the formula begins
	Wants   []*Want
}

func (*Define) step() {}
func (*Load) step()   {}
func (*Clear) step()  {}
func (*Eval) step()   {}

// Parse reads a script.
func Parse(name string, data []byte) *File {
	p := &parser{file: &File{Name: name}}
	switch {
	case len(data) > maxBytes:
		p.line = 1
		p.report(1, fmt.Sprintf("文件超过%d字节", maxBytes), "拆成几个文件")
	case !utf8.Valid(data):
		p.line = 1
		p.report(1, "不是有效的 UTF-8 文字", "把文件存为 UTF-8")
	default:
		text := strings.TrimPrefix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\ufeff")
		p.file.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for i, line := range p.file.lines {
			p.line = i + 1
			p.read(line)
		}
	}
	for _, s := range p.file.Steps {
		if e, ok := s.(*Eval); ok && len(e.Wants) == 0 { // nothing is wanted yet, and that is not met
			e.Wants = []*Want{{Line: e.Line, Period: e.Period}}
		}
	}
	return p.file
}

type parser struct {
	file    *File
	line    int
	loading bool
	eval    *Eval
	next    map[indicator.AreaID]period.Period // of the eval
	values  int
}

func (p *parser) report(col int, message, hint string) {
	p.file.Found = append(p.file.Found, finding.Finding{
		Rule: "test-script", Severity: finding.Mandatory, Message: message, Hint: hint,
		Place: finding.Place{File: p.file.Name, Line: p.line, Column: col},
	})
}

// A word is a part of a line between spaces, with its column.
type word struct {
	text string
	col  int
}

// words splits a line at spaces; a word that begins with # ends it.
func words(line string) []word {
	var out []word
	start, col, n := -1, 0, 0
	for i, r := range line + " " {
		n++
		if !unicode.IsSpace(r) {
			if start < 0 {
				if r == '#' {
					break
				}
				start, col = i, n
			}
			continue
		}
		if start >= 0 {
			out = append(out, word{line[start:i], col})
			start = -1
		}
	}
	return out
}

// code is the line without its comment.
func code(line string) string {
	before := ' '
	for i, r := range line {
		if r == '#' && unicode.IsSpace(before) {
			return line[:i]
		}
		before = r
	}
	return line
}

func (p *parser) read(line string) {
	w := words(line)
	if len(w) == 0 {
		return
	}
	if r, _ := utf8.DecodeRuneInString(line); unicode.IsSpace(r) {
		switch {
		case p.loading:
			p.series(w)
		case p.eval != nil:
			p.wants(w)
		default:
			p.report(w[0].col, "缩进的行不在 load 或 eval 之下", "顶格写 load 或 eval，数据写在它下面")
		}
		return
	}
	p.loading, p.eval = false, nil
	switch w[0].text {
	case "define":
		p.define(line, w)
	case "load":
		if p.loading = true; len(w) > 1 {
			p.report(w[1].col, "load 之后另起一行写数据", "各序列缩进，一行一个")
		}
	case "clear":
		p.file.Steps = append(p.file.Steps, &Clear{})
	case "eval":
		p.evaluation(line, w)
	default:
		p.report(w[0].col, fmt.Sprintf("不认识“%s”", brief(w[0].text)), "每段以 define、load、clear 或 eval 开头，数据行缩进")
	}
}

func brief(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

func (p *parser) code(w word) (indicator.Code, bool) {
	c := indicator.Code(w.text)
	if !formula.ValidCode(c) {
		p.report(w.col, fmt.Sprintf("“%s”不是指标代码", brief(w.text)), "指标代码用大写字母、数字、点和下划线，如 GDP.TOTAL.ALL")
		return "", false
	}
	return c, true
}

func (p *parser) period(w word) (period.Period, bool) {
	q, err := period.Parse(w.text)
	if err != nil {
		p.report(w.col, fmt.Sprintf("“%s”不是报告期", brief(w.text)), "写成 2025、2025-H1、2025-Q1 或 2025-03")
		return q, false
	}
	return q, true
}

func (p *parser) define(line string, w []word) {
	const usage = "写成 define 代码 unit=亿元 nature=flow_ytd freq=Q = 公式；填报的指标不写公式"
	if len(w) < 2 {
		p.report(w[0].col, "define 之后缺代码", usage)
		return
	}
	d := &Define{Line: p.line}
	var ok bool
	if d.Code, ok = p.code(w[1]); !ok {
		return
	}
	for i, x := range w[2:] {
		if x.text == "=" {
			if i+3 == len(w) {
				p.report(x.col, "等号后缺公式", usage)
				return
			}
			d.Col = w[i+3].col
			d.Formula = strings.TrimSpace(string([]rune(code(line))[d.Col-1:]))
			break
		}
		key, value, _ := strings.Cut(x.text, "=")
		switch key {
		case "unit":
			d.Unit = value
		case "area":
			d.Area = indicator.AreaID(value)
		case "nature":
			if d.Nature = indicator.Nature(value); d.Nature.Name() == "" {
				p.report(x.col, fmt.Sprintf("没有性质“%s”", brief(value)), "如 flow_ytd、stock_end、count_stock、count_flow_period、ratio、growth_rate、diff_pp、index")
				return
			}
		case "freq":
			f, err := period.ParseFreq(value)
			if err != nil {
				p.report(x.col, fmt.Sprintf("没有频率“%s”", brief(value)), "M 月报、Q 季报、H 半年报、A 年报")
				return
			}
			d.Freq = f
		case "price":
			switch d.Basis = indicator.PriceBasis(value); d.Basis {
			case indicator.Current, indicator.Constant:
			default:
				p.report(x.col, fmt.Sprintf("没有价格口径“%s”", brief(value)), "current 现价，constant 可比价")
				return
			}
		default:
			p.report(x.col, fmt.Sprintf("不认识“%s”", brief(x.text)), usage)
			return
		}
	}
	p.file.Steps = append(p.file.Steps, d)
}

// area is the area that a line names before its values.
func area(w []word) (indicator.AreaID, []word) {
	if len(w) > 0 && w[0].text[0] >= 'A' && w[0].text[0] <= 'Z' {
		return indicator.AreaID(w[0].text), w[1:]
	}
	return "", w
}

// marked splits the words of a line at |.
func marked(w []word) (values, marks []word, has bool) {
	for i, x := range w {
		if x.text == "|" {
			return w[:i], w[i+1:], true
		}
	}
	return w, nil, false
}

var repeated = regexp.MustCompile(`^(_|-?[0-9]{1,20}(?:\.[0-9]{1,12})?)(?:([+-])([0-9]{1,20}(?:\.[0-9]{1,12})?))?x([0-9]{1,4})$`)

var numeral = regexp.MustCompile(`^[+-]?[0-9]{1,24}(\.[0-9]{1,12})?$`)

func (p *parser) series(w []word) {
	const usage = "写成 代码 [地区] 首期 数 数 …，可另加 | 状态 版本 口径"
	if len(w) < 3 {
		p.report(w[0].col, "数据行不完整", usage)
		return
	}
	l := &Load{Line: p.line}
	var ok bool
	if l.Code, ok = p.code(w[0]); !ok {
		return
	}
	var rest []word
	if l.Area, rest = area(w[1:]); len(rest) == 0 {
		p.report(w[0].col, "数据行不完整", usage)
		return
	}
	q, ok := p.period(rest[0])
	if !ok {
		return
	}
	values, marks, _ := marked(rest[1:])
	v := Value{Status: indicator.Normal, Vintage: indicator.Final}
	for i, m := range marks {
		switch i {
		case 0:
			if v.Status = indicator.ObsStatus(m.text); !strings.Contains("APEBD", m.text) || len(m.text) != 1 {
				p.report(m.col, fmt.Sprintf("没有状态“%s”", brief(m.text)), "A 已核实、P 快报或初步、E 推算、B 口径变动、D 定义不同")
				return
			}
		case 1:
			if v.Vintage = indicator.Vintage(m.text); v.Vintage.Name() == "" {
				p.report(m.col, fmt.Sprintf("没有版本“%s”", brief(m.text)), "flash、preliminary、final、census、correction")
				return
			}
		case 2:
			v.Caliber = m.text
		default:
			p.report(m.col, "多出一项", usage)
			return
		}
	}
	for _, x := range values {
		list, none, ok := numbers(x.text)
		if !ok {
			p.report(x.col, fmt.Sprintf("“%s”不是数", brief(x.text)), "写数、_（空白）、…、—、.（未报）、5x3 或 100+10x4")
			return
		}
		if p.values += len(list); p.values > maxValues {
			p.report(x.col, fmt.Sprintf("数超过%d个", maxValues), "拆成几个文件")
			return
		}
		for _, n := range list {
			v := v
			v.Period, v.Number = q, n
			switch x.text {
			case "…":
				v.Status = indicator.NotSignificant
			case "—":
				v.Status = indicator.CannotExist
			default:
				if !n.Valid {
					v.Status = indicator.Missing
				}
			}
			if !none {
				l.Values = append(l.Values, v)
			}
			q = q.Next()
		}
	}
	p.file.Steps = append(p.file.Steps, l)
}

// numbers reads one word of a load: the values it stands for, and whether they
// are no cells at all.
func numbers(s string) (list []decimal.NullDecimal, none, ok bool) {
	switch {
	case s == "_" || s == "…" || s == "—":
		return make([]decimal.NullDecimal, 1), false, true
	case s == ".":
		return make([]decimal.NullDecimal, 1), true, true
	case numeral.MatchString(s):
		return []decimal.NullDecimal{decimal.NewNullDecimal(decimal.RequireFromString(s))}, false, true
	}
	m := repeated.FindStringSubmatch(s)
	if m == nil {
		return nil, false, false
	}
	n, err := strconv.Atoi(m[4])
	if err != nil || n < 1 || n > maxRepeat || m[1] == "_" && m[2] != "" {
		return nil, false, false
	}
	if m[1] == "_" {
		return make([]decimal.NullDecimal, n), false, true
	}
	v, step := decimal.RequireFromString(m[1]), decimal.Zero
	if m[2] != "" {
		step = decimal.RequireFromString(m[2] + m[3])
	}
	for range n {
		list = append(list, decimal.NewNullDecimal(v))
		v = v.Add(step)
	}
	return list, false, true
}

func (p *parser) evaluation(line string, w []word) {
	if len(w) < 3 {
		p.report(w[0].col, "eval 之后缺报告期或公式", "写成 eval 2025-Q1 growth(GDP.TOTAL.ALL)")
		return
	}
	q, ok := p.period(w[1])
	if !ok {
		return
	}
	if first := period.Of(period.Year, period.BaseYear, 1).End; q.End < first {
		p.report(w[1].col, "派生指标从2022年末起计算", "改用2022年末以后的报告期")
		return
	}
	e := &Eval{Line: p.line, Period: q, Col: w[2].col}
	e.Formula = strings.TrimSpace(string([]rune(code(line))[e.Col-1:]))
	p.eval, p.next = e, make(map[indicator.AreaID]period.Period)
	p.file.Steps = append(p.file.Steps, e)
}

func (p *parser) wants(w []word) {
	at, rest := area(w)
	values, marks, has := marked(rest)
	if len(values) == 0 {
		p.report(w[0].col, "没有写应得的数", "写数、≈5.0、_、是 或 否")
		return
	}
	var asked []string
	for _, m := range marks {
		asked = append(asked, m.text)
	}
	if has && (len(asked) == 0 || len(asked) > maxMarks) {
		p.report(w[0].col, "| 之后写一至四项", "状态 版本 口径 沿用月数，没有的写 —")
		return
	}
	q, ok := p.next[at]
	if !ok {
		q = p.eval.Period
	}
	for _, x := range values {
		want := &Want{Line: p.line, Area: at, Period: q, Text: x.text, Marks: asked}
		if !want.sound() {
			p.report(x.col, fmt.Sprintf("“%s”不是可以核对的数", brief(x.text)), "写数、≈5.0（按所写小数位四舍五入）、_（无值）、_(原因)、是 或 否")
			return
		}
		if p.values++; p.values > maxValues {
			p.report(x.col, fmt.Sprintf("数超过%d个", maxValues), "拆成几个文件")
			return
		}
		p.eval.Wants = append(p.eval.Wants, want)
		q = q.Next()
	}
	p.next[at] = q
}
