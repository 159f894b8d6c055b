package form

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// bracketed is a unit in a column header: 本期累计（亿元）.
var bracketed = regexp.MustCompile(`\(([^()]+)\)`)

// behind is a unit behind a row's name: 外贸进出口总额（亿元）.
var behind = regexp.MustCompile(`^(.+)\(([^()]+)\)$`)

// unit is R03: the unit of the row (its cell, else behind its name), else of the
// column, else of the head, must be the catalogue's. Nothing is converted; the hint says what the figure would
// be if it were really in the stated unit.
func (x *extractor) unit(l *Line) {
	stated := x.text(UnitColumn, l.At)
	if m := behind.FindStringSubmatch(fold(l.Label.Text)); m != nil && x.set.cat.Unit(m[2]) != nil {
		if named := x.set.cat.Unit(m[2]); stated.Text == "" {
			stated = Field{m[2], l.Label.Cell}
		} else if named != x.set.cat.Unit(stated.Text) {
			x.mandatoryAt("R03", l, workbook.Range{From: mustRef(l.Label.Cell), To: mustRef(stated.Cell)}.String(), m[2]+"、"+stated.Text, l.Row.Unit,
				"指标名称后的计量单位与计量单位栏不一致", "两处都改为 "+l.Row.Unit)
		}
	}
	if stated.Text == "" {
		if f := x.table.column(ValueColumn); f != nil {
			for _, m := range bracketed.FindAllStringSubmatch(f.path, -1) {
				if x.set.cat.Unit(m[1]) != nil {
					stated = Field{m[1], f.top.String()}
				}
			}
		}
	}
	head := x.ret.Head[UnitField]
	specific := head.Text != "" && x.set.cat.Unit(head.Text) != nil
	if stated.Text == "" && specific {
		stated = head
	}
	l.Unit = stated
	want := x.set.cat.Unit(l.Row.Unit)
	got := x.set.cat.Unit(stated.Text)
	switch {
	case stated.Text == "":
		x.mandatoryAt("R03", l, x.cellOr(UnitColumn, l), "", l.Row.Unit, "缺少计量单位", "填 "+l.Row.Unit)
	case got == nil || got != want:
		x.mandatoryAt("R03", l, stated.Cell, stated.Text, l.Row.Unit, "计量单位不符", x.proposal(l, stated.Text))
	case specific && !x.unitLine && x.set.cat.Unit(head.Text) != want && head != stated && x.set.cat.Unit(head.Text).Dimension == want.Dimension:
		x.unitLine = true // said once, of the first row
		x.add(finding.Finding{
			Rule: "R03", Severity: finding.Plausibility, Label: l.Label.Text, Code: string(l.Row.Code),
			Value: "表头 " + head.Text + "、本行 " + stated.Text, Want: l.Row.Unit,
			Message: "表头的计量单位与本行不一致，已按本行取数，请核实", Hint: "表头的计量单位改为“见表内”",
		}, head.Cell)
	}
}

// proposal says what the value would be in the catalogue's unit.
func (x *extractor) proposal(l *Line, stated string) string {
	hint := "计量单位改为 " + l.Row.Unit + "，并按 " + l.Row.Unit + " 填数"
	factor, ok := indicator.ConvertFactor(x.set.cat.Unit(stated), x.set.cat.Unit(l.Row.Unit))
	f := x.table.column(ValueColumn)
	if !ok || f == nil {
		return hint
	}
	n, _ := ParseCell(x.sheet.Cell(workbook.Ref{Col: f.at, Row: l.At}), l.Row.Unit == "%")
	if !n.Present() || n.Value.Equal(decimal.Zero) {
		return hint
	}
	return fmt.Sprintf("%s；如所填 %s 确为%s，应填 %s", hint, n.Value, fold(stated), n.Value.Mul(factor))
}

// cellOr is the cell of a column in the line's row, or the label's.
func (x *extractor) cellOr(k Kind, l *Line) string {
	if f := x.table.column(k); f != nil {
		return workbook.Ref{Col: f.at, Row: l.At}.String()
	}
	return l.Label.Cell
}

func (x *extractor) mandatoryAt(rule string, l *Line, cell, value, want, message, hint string) {
	x.add(finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Label: l.Label.Text, Code: string(l.Row.Code),
		Value: brief(value), Want: want, Message: message, Hint: hint,
	}, cell)
}

// data reads the measures of a line.
func (x *extractor) data(l *Line) {
	for _, k := range measureKinds(x.edition) {
		f := x.table.column(k)
		if f == nil {
			continue
		}
		m := k.Measure()
		c := x.sheet.Cell(workbook.Ref{Col: f.at, Row: l.At})
		n, found := ParseCell(c, m == indicator.GrowthMeasure || l.Row.Unit == "%")
		if !l.Row.Takes(m) {
			if found != nil || n.Present() {
				x.note("cell-unused", c.Ref.String(), l.Label.Text, c.Text, "本格不填，未取数")
			}
			continue
		}
		for _, fd := range found {
			fd.Label, fd.Code = l.Label.Text, string(l.Row.Code)
			x.add(fd, fd.Place.Cell)
		}
		if found.Refused() {
			continue
		}
		if n.Mark != "" && l.Note.Text == "" {
			l.Note = Field{"数后有注号 " + n.Mark, c.Ref.String()}
		}
		l.Data = append(l.Data, Data{m, n, c.Ref.String(), c.Formula})
		if m == indicator.ValueMeasure && n.Absent == indicator.Missing {
			x.blank(l, c.Ref.String())
		}
	}
}

// blank asks for a value that is expected by now; it stays missing, never zero.
func (x *extractor) blank(l *Line, cell string) {
	due := x.edition.deadline(l.Row.Code).Due(x.ret.Period)
	switch {
	case l.Row.Need == indicator.Optional || l.Row.Need == indicator.Evidence:
	case x.received.After(due):
		x.add(finding.Finding{
			Rule: "value-missing", Severity: finding.Plausibility, Label: l.Label.Text, Code: string(l.Row.Code),
			Want: "数字、“…”或“—”", Message: "本期数未填，已过报送期限", Hint: "补填；不足单位的填“…”，没有此项数据的填“—”，尚无数据的写明原因",
		}, cell)
	default:
		x.note("value-missing", cell, l.Label.Text, "", "本期数未填，期限为"+due.Format("2006年1月2日"))
	}
}

// caliber is R28: where a mark is asked for, it is there and is a known one.
func (x *extractor) caliber(l *Line) {
	l.Caliber = x.text(CaliberColumn, l.At)
	if len(l.Row.Calibers) == 0 {
		return
	}
	d, ok := l.Measure(indicator.ValueMeasure)
	if ok && !d.Number.Present() && l.Caliber.Text == "" {
		return // nothing was filed: nothing to describe
	}
	want := strings.Join(l.Row.Calibers, "、")
	if l.Caliber.Text == "" {
		x.mandatoryAt("R28", l, x.cellOr(CaliberColumn, l), "", want, "缺口径标识", "在“口径”栏填写："+want)
		return
	}
	for _, allowed := range l.Row.Calibers {
		if fold(allowed) == fold(l.Caliber.Text) {
			l.Caliber.Text = allowed
			return
		}
	}
	x.mandatoryAt("R28", l, l.Caliber.Cell, l.Caliber.Text, want, "口径标识不认识", didYouMean(l.Caliber.Text, l.Row.Calibers))
}

// status reads the 数据状态 of a line.
func (x *extractor) status(l *Line) {
	text := fold(l.Status.Text)
	if text == "" || dash(text) {
		return
	}
	for _, w := range statusWords {
		if w.word != text {
			continue
		}
		if w.vintage == "" {
			l.Estimated = true
		} else {
			l.Vintage = w.vintage
		}
		return
	}
	x.mandatoryAt("status-unknown", l, l.Status.Cell, l.Status.Text, "快报、初步核算、最终核实、普查修订、更正、推算", "数据状态不认识", "从所列状态中选填；其他情况写在“说明”栏")
}
