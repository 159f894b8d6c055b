package form

import (
	"strconv"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/indicator"
)

// columns completes the columns of an edition: the left-hand ones that every
// form has, the 口径 column when a row needs a mark (R28), headers and the
// 甲乙丙丁 1 2 3 line.
func (l *loader) columns(e *Edition, m *definition.Mapping) {
	data := e.Columns
	e.Columns = []Column{{Kind: NameColumn}, {Kind: NoColumn}, {Kind: CodeColumn}, {Kind: UnitColumn}}
	caliber := false
	for _, r := range e.Rows {
		caliber = caliber || len(r.Calibers) > 0
	}
	for _, c := range data {
		if c.Kind.Measure() == "" && caliber {
			e.Columns = append(e.Columns, Column{Kind: CaliberColumn})
			caliber = false
		}
		e.Columns = append(e.Columns, c)
	}
	if caliber {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "有的行要求口径标识，但表上没有可放口径的位置", "在 columns 末尾加 note")
	}
	measures, letters := 0, []string{"甲", "乙", "丙", "丁", "戊", "己", "庚"}
	for _, c := range e.Columns {
		if c.Kind.Measure() != "" {
			measures++
		}
	}
	digit, letter := 0, 0
	for i := range e.Columns {
		c := &e.Columns[i]
		if len(c.Header) == 0 {
			c.Header = []string{headerOf(c.Kind, e)}
		}
		if c.Kind.Measure() == "" {
			c.Mark = letters[letter]
			letter++
			continue
		}
		digit++
		c.Mark = strconv.Itoa(digit)
		if measures > 1 {
			c.Header = []string{"报告期数据", c.Header[0]}
		}
	}
}

// headerOf is what a column is called on the form.
func headerOf(k Kind, e *Edition) string {
	switch k {
	case NameColumn:
		return "指标名称"
	case NoColumn:
		return "代码"
	case CodeColumn:
		return "指标编码"
	case UnitColumn:
		return "计量单位"
	case ValueColumn:
		return valueHeader(e)
	case YearAgoColumn:
		return "上年同期"
	case GrowthColumn:
		return "同比增速（%）"
	case CaliberColumn:
		return "口径"
	case StatusColumn:
		return "数据状态"
	case NoteColumn:
		return "说明"
	}
	return ""
}

// valueHeader names the value column by the nature of the rows: 本期累计 when
// all run from 1 January, 期末数 when all are states, 本期数 otherwise.
func valueHeader(e *Edition) string {
	cumulative, stock := true, true
	for _, r := range e.Rows {
		cumulative = cumulative && (r.Nature.Cumulative() || r.Nature == indicator.GrowthRate || r.Nature == indicator.Index)
		stock = stock && r.Nature.Stock()
	}
	switch {
	case len(e.Rows) == 0:
		return "本期数"
	case cumulative:
		return "本期累计"
	case stock:
		return "期末数"
	}
	return "本期数"
}
