// Package document holds the nouns of a report: a Document of Sections of
// Paragraphs, Tables, Charts and Cards, in which every number is a Figure that
// was formatted once. It knows no result, no rule and no file format: a writer
// prints what it finds and formats nothing, so that all faces of a report show
// the same digits.
package document

import (
	"strconv"
	"strings"
	"time"
)

// A Document is one report.
type Document struct {
	Title    string    `json:"title"`
	Period   string    `json:"period"`    // 2026年10月
	PeriodID string    `json:"period_id"` // 2026-10
	Made     time.Time `json:"made"`
	TestData bool      `json:"test_data"` // the figures are generated, and every page says so
	Head     []Fact    `json:"head"`      // 截至期, 报送率, 运行号 …
	Sections []Section `json:"sections"`
	// Figures lists every number printed anywhere in the document once, in the
	// order of first use: the ledger by which a printed number is traced.
	Figures []*Figure `json:"-"`
	// Series lists the history behind the charts, for re-use.
	Series []Series `json:"-"`
	// Forms are tables to be filled in and read back by a machine: the workbook
	// alone has them, a sheet each.
	Forms []Form `json:"forms,omitempty"`
}

// A Form is a flat table: one head row, one row for each thing, no merged cells.
type Form struct {
	Name    string      `json:"name"` // of its sheet
	Columns []FormField `json:"columns"`
	Rows    [][]string  `json:"rows"` // each as long as Columns
}

// A FormField is a column of a Form.
type FormField struct {
	Title string  `json:"title"`
	Width float64 `json:"width"` // in characters
	// Choices are the words the field takes; none leaves it free.
	Choices []string `json:"choices,omitempty"`
}

// A Section is a numbered part of the document.
type Section struct {
	ID       string    `json:"id"`
	Number   string    `json:"number"` // 一、 （一） 附录一
	Title    string    `json:"title"`
	Short    string    `json:"short,omitempty"` // for a list of contents; Title when empty
	Appendix bool      `json:"appendix,omitempty"`
	Blocks   []Block   `json:"blocks,omitempty"`
	Sections []Section `json:"sections,omitempty"`
}

// Name is the title as lists of contents and sheets show it.
func (s *Section) Name() string {
	if s.Short != "" {
		return s.Short
	}
	return s.Title
}

// A Block is one of its fields; the others are nil.
type Block struct {
	Paragraph *Paragraph `json:"paragraph,omitempty"`
	Tally     *Tally     `json:"tally,omitempty"`
	Table     *Table     `json:"table,omitempty"`
	Charts    []*Chart   `json:"charts,omitempty"` // side by side where there is room
	Cards     []Card     `json:"cards,omitempty"`
}

// A Figure is a number as printed, with the number behind it. A figure that is
// missing prints its reason and never a zero.
type Figure struct {
	// Key names the figure for ever: GDP.TOTAL.ALL/value. Figures with one key
	// are one figure.
	Key  string `json:"key"`
	Code string `json:"code,omitempty"` // the indicator, when there is one
	What string `json:"what"`           // 现值, 同比增速 … in words
	// Period is the span in words the figure belongs to.
	Period string `json:"period,omitempty"`
	// Prefix stands before the number: ＞, ≥.
	Prefix string `json:"prefix,omitempty"`
	// Number is the digits as printed, with a sign where it has one.
	Number string `json:"number,omitempty"`
	Unit   string `json:"unit,omitempty"` // 亿元, %, 个百分点
	// Tag says what kind of number it is: 测算, 名义, 实际, 初步核算.
	Tag string `json:"tag,omitempty"`
	// Note says what the digits alone would hide: 未达，21.998.
	Note string `json:"note,omitempty"`
	// Raw is the number before rounding; meaningless when Missing is set.
	Raw float64 `json:"raw"`
	// Missing is why there is no number: 逾期未报. Number is then empty.
	Missing string `json:"missing,omitempty"`
	// Estimate marks 测算: never to be exported as a statistic (§5.24).
	Estimate bool `json:"estimate,omitempty"`
}

// Signed reports whether the number is printed with a plus or minus sign.
func (f *Figure) Signed() bool {
	return strings.HasPrefix(f.Number, "+") || strings.HasPrefix(f.Number, "-")
}

// Decimals is how many decimals are printed.
func (f *Figure) Decimals() int {
	if _, frac, ok := strings.Cut(f.Number, "."); ok {
		return len(frac)
	}
	return 0
}

// Bare is the number without its unit: ＞6600, 22.0（未达，21.998）, 逾期未报.
func (f *Figure) Bare() string {
	if f.Missing != "" {
		return f.Missing
	}
	return f.Prefix + f.Number + bracketed(f.Note)
}

// Full is the number with its unit: ＞6600亿元, 22.0%（未达，21.998）.
func (f *Figure) Full() string {
	if f.Missing != "" {
		return f.Missing
	}
	return f.Prefix + f.Number + f.Unit + bracketed(f.Note)
}

// Magnitude is the number without a sign, with its unit, for sentences whose
// verb carries the sign: 下降3.1%.
func (f *Figure) Magnitude() string {
	if f.Missing != "" {
		return f.Missing
	}
	return strings.TrimLeft(f.Number, "+-") + f.Unit
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

// A Fact is a label with what stands beside it.
type Fact struct {
	Label string `json:"label"`
	Cell  Cell   `json:"cell"`
	// Wide facts take a line of their own.
	Wide bool `json:"wide,omitempty"`
}

// A Cell is what stands in a table or beside a label: words, a number, a sign or
// a small chart, in this order when there are several.
type Cell struct {
	Sign   *Sign   `json:"sign,omitempty"`
	Figure *Figure `json:"figure,omitempty"`
	// Unit prints the figure's unit; without it the column's head has the unit.
	Unit  bool   `json:"unit,omitempty"`
	Text  string `json:"text,omitempty"`
	Link  string `json:"link,omitempty"`  // id of a block of this document
	Title string `json:"title,omitempty"` // the full text of an abbreviated one
	Chart *Chart `json:"chart,omitempty"`
}

// String is the cell in words, as a reader of plain text sees it.
func (c Cell) String() string {
	var parts []string
	if c.Sign != nil {
		parts = append(parts, c.Sign.String())
	}
	if c.Figure != nil {
		s := c.Figure.Bare()
		if c.Unit {
			s = c.Figure.Full()
		}
		if c.Figure.Tag != "" && c.Figure.Missing == "" {
			s += " " + c.Figure.Tag
		}
		parts = append(parts, s)
	}
	if c.Text != "" {
		parts = append(parts, c.Text)
	}
	return strings.Join(parts, " ")
}

// A Paragraph is prose. Its numbers are figures, so that they can be traced and
// cannot differ from the tables.
type Paragraph struct {
	Lead  string `json:"lead,omitempty"` // set in bold before the text
	Runs  []Run  `json:"runs"`
	Small bool   `json:"small,omitempty"` // a note
}

// A Run is a piece of a paragraph: words, or a figure.
type Run struct {
	Text   string  `json:"text,omitempty"`
	Figure *Figure `json:"figure,omitempty"`
	// Magnitude prints the figure without its sign: the verb before it has it.
	Magnitude bool   `json:"magnitude,omitempty"`
	Sign      *Sign  `json:"sign,omitempty"`
	Link      string `json:"link,omitempty"`
}

// String is the run as printed.
func (r Run) String() string {
	switch {
	case r.Figure != nil && r.Magnitude:
		return r.Figure.Magnitude()
	case r.Figure != nil:
		return r.Figure.Full()
	case r.Sign != nil:
		return r.Sign.String() + r.Text
	}
	return r.Text
}

// String is the paragraph as printed.
func (p *Paragraph) String() string {
	var b strings.Builder
	b.WriteString(p.Lead)
	for _, r := range p.Runs {
		b.WriteString(r.String())
	}
	return b.String()
}

// A Tally counts by sign: how many targets are red, yellow, green.
type Tally struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Desc  string  `json:"desc"`
	Items []Count `json:"items"`
}

// A Count is one number of a Tally, with where its members are listed.
type Count struct {
	Sign   Sign    `json:"sign"`
	Figure *Figure `json:"figure"`
	Link   string  `json:"link,omitempty"`
}

// An Align is how a column stands.
type Align string

// The alignments.
const (
	Left   Align = "left"
	Right  Align = "right"
	Center Align = "center"
)

// A Table is rows under heads. The first column names the row.
type Table struct {
	ID      string   `json:"id"`
	Caption string   `json:"caption"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
	Empty   string   `json:"empty,omitempty"` // what to say when there are no rows
	// Compact is for long lists of words: small type, no cards on a phone.
	Compact bool `json:"compact,omitempty"`
}

// A Column is the head of a column.
type Column struct {
	Title string `json:"title"`
	Unit  string `json:"unit,omitempty"` // of all its numbers; "" when each has its own
	Align Align  `json:"align,omitempty"`
	// Under sets the column beneath the one to its left where width is short.
	Under bool `json:"under,omitempty"`
	// Wide marks a column of sentences.
	Wide bool `json:"wide,omitempty"`
}

// A Row is one row; it has as many cells as its table has columns.
type Row struct {
	ID    string `json:"id,omitempty"`
	Cells []Cell `json:"cells"`
	Total bool   `json:"total,omitempty"`
}

// A Card is a block about one thing: a sign, a title, facts, a chart, notes.
type Card struct {
	ID    string      `json:"id"`
	Title string      `json:"title"`
	Sign  *Sign       `json:"sign,omitempty"`
	Label string      `json:"label,omitempty"` // small words beside the title: A01 · GDP.TOTAL.ALL
	Link  string      `json:"link,omitempty"`
	Lead  *Paragraph  `json:"lead,omitempty"`
	Facts []Fact      `json:"facts,omitempty"`
	Chart *Chart      `json:"chart,omitempty"`
	Notes []Paragraph `json:"notes,omitempty"`
	// Broad cards take the whole width: chart and facts side by side.
	Broad bool `json:"broad,omitempty"`
}

// A Series is the history of one indicator, raw, for re-use.
type Series struct {
	Code   string   `json:"code"`
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	Points []Record `json:"points"`
}

// A Record is one value of a Series.
type Record struct {
	PeriodID string  `json:"period_id"`
	Period   string  `json:"period"`
	Printed  string  `json:"printed"`
	Raw      float64 `json:"raw"`
	Status   string  `json:"status"` // 初步核算, 推算 …
}

// Foot is what stands on every printed page: the period and what was known, how
// complete the filing is and how many targets it touches, by what methods it was
// judged, and by what the figures can be traced. The first page has it in full.
func (d *Document) Foot() string {
	var words []string
	for _, f := range d.Head {
		s := f.Cell.Text
		switch f.Label {
		case "报送率", "缺报影响":
			s = f.Cell.Figure.Full()
		case "方法与版本":
			if list := strings.Split(s, "、"); len(list) > 1 {
				s = list[0] + "等" + strconv.Itoa(len(list)) + "种"
			}
		case "数据时点":
			s, _, _ = strings.Cut(s, " ") // the day: a colon has no place in a style sheet
		case "截至期", "数据版本", "运行号", "日志链头":
		default:
			continue
		}
		words = append(words, f.Label+" "+s)
	}
	if d.TestData {
		words = append(words, "测试数据")
	}
	return strings.Join(words, "　")
}

// Walk calls f for every section, in order of printing.
func (d *Document) Walk(f func(s *Section)) {
	var walk func(ss []Section)
	walk = func(ss []Section) {
		for i := range ss {
			f(&ss[i])
			walk(ss[i].Sections)
		}
	}
	walk(d.Sections)
}
