package form

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// columns checks that every column of the edition is there, once.
func (x *extractor) columns() {
	rows := x.ret.Form.Rows(x.ret.Period, "")
	for _, c := range x.edition.Columns {
		var all []*heading
		for i := range x.table.columns {
			if x.table.columns[i].kind == c.Kind {
				all = append(all, &x.table.columns[i])
			}
		}
		header := c.Header[len(c.Header)-1]
		switch {
		case len(all) > 1 && c.Kind != NoColumn: // the row number is not read
			a, b := all[0].top, all[len(all)-1].top
			places := workbook.Range{From: a, To: workbook.Ref{Col: b.Col, Row: max(a.Row, b.Row)}}
			x.mandatory("column-ambiguous", places.String(), "", fmt.Sprintf("“%s”、“%s”", all[0].shown, all[len(all)-1].shown), "一列“"+header+"”",
				"有两列都像“"+header+"”，不知取哪一列", "删去多出的一列，或改回下发表样的表头")
			for i := range x.table.columns {
				if x.table.columns[i].kind == c.Kind {
					for _, b := range x.table.blocks {
						b[i].kind = "" // neither is read
					}
				}
			}
		case len(all) > 0:
		case c.Kind.Measure() != "" && takes(rows, c.Kind.Measure()):
			x.mandatory("column-missing", workbook.Ref{Col: 1, Row: x.table.head}.String(), "", x.headerTexts(), "一列“"+header+"”", "缺少“"+header+"”列", "使用下发的表样，不要删改列和表头")
		case c.Kind == CaliberColumn:
			x.mandatory("column-missing", workbook.Ref{Col: 1, Row: x.table.head}.String(), "", x.headerTexts(), "一列“"+header+"”", "缺少“"+header+"”列（R28）", "使用下发的表样，不要删改列和表头")
		}
	}
	for _, f := range x.table.columns {
		if f.kind != "" && x.sheet.HiddenCols[f.at] && f.kind.Measure() != "" {
			x.note("hidden-column", f.top.String(), "", f.shown, "该列被隐藏，其中的数照常读取")
		}
	}
}

// headerTexts lists the headers that stand there.
func (x *extractor) headerTexts() string {
	var texts []string
	for _, f := range x.table.columns {
		texts = append(texts, f.shown)
	}
	return strings.Join(texts, "、")
}

// A rowIndex finds the row of an edition that a line of the sheet is.
type rowIndex struct {
	byCode map[string]*Row
	exact  map[string][]*Row
	folded map[string][]*Row
}

func (x *extractor) index() rowIndex {
	ix := rowIndex{map[string]*Row{}, map[string][]*Row{}, map[string][]*Row{}}
	add := func(m map[string][]*Row, key string, r *Row) {
		if slices.Contains(m[key], r) {
			return
		}
		m[key] = append(m[key], r)
	}
	for i := range x.edition.Rows {
		r := &x.edition.Rows[i]
		ix.byCode[strings.ToUpper(string(r.Code))] = r
		names := []string{r.Label}
		if ind := x.set.cat.Indicator(r.Code); ind != nil {
			names = append(names, ind.Name)
		}
		for _, name := range names {
			add(ix.exact, strings.TrimSpace(name), r)
			add(ix.folded, foldName(name), r)
		}
	}
	return ix
}

// named lists the rows that a label names: exactly, else normalised, else
// without the unit that stands behind it.
func (ix *rowIndex) named(label string, cat *indicator.Catalogue) []*Row {
	if rows := ix.exact[strings.TrimSpace(label)]; len(rows) > 0 {
		return rows
	}
	name := foldName(label)
	if rows := ix.folded[name]; len(rows) > 0 {
		return rows
	}
	if m := behind.FindStringSubmatch(name); m != nil && cat.Unit(m[2]) != nil {
		return ix.folded[m[1]]
	}
	return nil
}

// rows reads the lines of the table.
func (x *extractor) rows() {
	x.merged()
	ix := x.index()
	seen := map[indicator.Code]string{}
	for _, b := range x.table.blocks {
		x.table.columns = b
		x.body(&ix, seen)
	}
	for _, r := range x.ret.Form.Rows(x.ret.Period, x.ret.Department) {
		if seen[r.Code] == "" {
			x.add(finding.Finding{
				Rule: "row-missing", Severity: finding.Mandatory, Label: r.Label, Code: string(r.Code),
				Want: r.No + " " + r.Label, Message: "缺少一行", Hint: "使用下发的表样，不要删行；没有数据的填“—”或留空",
			}, workbook.Range{From: workbook.Ref{Col: 1, Row: x.table.body}, To: workbook.Ref{Col: 1, Row: max(x.table.body, x.table.foot-1)}}.String())
		}
	}
}

// body reads the lines under the columns at hand.
func (x *extractor) body(ix *rowIndex, seen map[indicator.Code]string) {
	for at := range x.sheet.Rows() {
		if at >= x.table.foot {
			break
		}
		if at >= x.table.body {
			x.line(at, ix, seen)
		}
	}
}

// merged finds data cells that are merged: whose the number is cannot be known.
func (x *extractor) merged() {
	for _, g := range x.sheet.Merged {
		if g.To.Row < x.table.body || g.From.Row >= x.table.foot {
			continue
		}
		for _, f := range slices.Concat(x.table.blocks...) {
			if f.kind.Measure() != "" && g.From.Col <= f.at && f.at <= g.To.Col && x.sheet.Cell(g.From).Kind != workbook.Blank {
				x.mandatory("merged-data", g.String(), "", x.sheet.Cell(g.From).Text, "不合并的单元格", "数据格是合并单元格，不知数属于哪一格", "取消合并，逐格填报")
				break
			}
		}
	}
}

// text is the field of a column in a row; zero when there is no such column.
func (x *extractor) text(k Kind, at int) Field {
	f := x.table.column(k)
	if f == nil {
		return Field{}
	}
	c := x.sheet.Cell(workbook.Ref{Col: f.at, Row: at})
	return Field{strings.TrimSpace(c.Text), c.Ref.String()}
}

// filled reports whether a data cell of the row holds anything, and where.
func (x *extractor) filled(at int) (cell, value string, ok bool) {
	for _, k := range measureKinds(x.edition) {
		f := x.table.column(k)
		if f == nil {
			continue
		}
		c := x.sheet.Cell(workbook.Ref{Col: f.at, Row: at})
		if c.Kind == workbook.Blank && !c.NoCache || strings.TrimSpace(c.Text) == "" && c.Kind == workbook.Text {
			continue
		}
		if n, found := ParseCell(c, true); found == nil && !n.Present() {
			continue // a section row with “—” in it
		}
		return c.Ref.String(), c.Text, true
	}
	return "", "", false
}

// line reads one row of the sheet, if it is one of the form's.
func (x *extractor) line(at int, ix *rowIndex, seen map[indicator.Code]string) {
	label, code := x.text(NameColumn, at), x.text(CodeColumn, at)
	r := x.which(at, label, code, ix)
	if r == nil {
		return
	}
	here := code.Cell
	if code.Text == "" {
		here = label.Cell
	}
	if first := seen[r.Code]; first != "" {
		a, _ := workbook.ParseRef(first)
		b, _ := workbook.ParseRef(here)
		x.add(finding.Finding{
			Rule: "row-duplicate", Severity: finding.Mandatory, Label: label.Text, Code: string(r.Code), Value: "两行", Want: "一行",
			Message: "同一指标有两行，不知取哪一行", Hint: "删去多出的一行",
			Related: []finding.Place{{File: x.ret.File, Sheet: x.sheet.Name, Cell: first}},
		}, workbook.Range{From: a, To: b}.String())
		return
	}
	seen[r.Code] = here
	if x.ret.Form.Department == "" && x.ret.Department != "" && r.Department != "" && r.Department != x.ret.Department {
		if cell, value, ok := x.filled(at); ok {
			x.add(finding.Finding{
				Rule: "row-foreign", Severity: finding.Mandatory, Label: label.Text, Code: string(r.Code), Value: brief(value), Want: r.Department,
				Message: "该行由" + r.Department + "填报", Hint: "本单位不填这一行",
			}, cell)
		}
		return
	}
	if x.sheet.HiddenRows[at] {
		if cell, value, ok := x.filled(at); ok {
			x.note("hidden-row", cell, label.Text, value, "该行被隐藏，其中的数照常读取")
		}
	}
	l := Line{Row: *r, At: at, Label: label, Vintage: r.Vintage, Status: x.text(StatusColumn, at), Note: x.text(NoteColumn, at)}
	x.unit(&l)
	x.data(&l)
	x.caliber(&l)
	x.status(&l)
	x.ret.Lines = append(x.ret.Lines, l)
}

// which finds the form's row that a line is: by code, then by exact name, then
// by normalised name. Labels and codes that disagree are a finding.
func (x *extractor) which(at int, label, code Field, ix *rowIndex) *Row {
	byName := ix.named(label.Text, x.set.cat)
	if label.Text == "" {
		byName = nil
	}
	if code.Text != "" {
		r := ix.byCode[strings.ToUpper(fold(code.Text))]
		switch {
		case r == nil && len(byName) == 1:
			x.mandatory("row-code", code.Cell, label.Text, code.Text, string(byName[0].Code), "指标编码不在本表中", "改回下发表样的编码 "+string(byName[0].Code))
			return nil
		case r == nil:
			if _, _, ok := x.filled(at); !ok || isMarkText(code.Text) {
				return nil // a section row, a memo: nothing is filed in it
			}
			x.mandatory("row-unknown", code.Cell, label.Text, code.Text, "", "本期的"+x.ret.Number+"没有这个指标", didYouMean(strings.ToUpper(fold(code.Text)), x.codes()))
			return nil
		case label.Text == "" || len(byName) > 0 && slices.Contains(byName, r):
			return r
		case len(byName) > 0:
			x.add(finding.Finding{
				Rule: "row-shifted", Severity: finding.Mandatory, Label: label.Text, Code: string(r.Code),
				Value: fmt.Sprintf("名称“%s”、编码 %s（%s）", byName[0].Label, r.Code, r.Label),
				Want:  fmt.Sprintf("编码 %s", byName[0].Code), Message: "指标名称与编码错行",
				Hint: "对照下发的表样，把名称、编码和数据移回各自的行",
			}, workbook.Range{From: mustRef(label.Cell), To: mustRef(code.Cell)}.String())
			return r
		}
		x.note("label-changed", label.Cell, r.Label, label.Text, "指标名称与表样不同，按编码 "+string(r.Code)+" 读取")
		return r
	}
	switch len(byName) {
	case 1:
		return byName[0]
	case 0:
		if cell, value, ok := x.filled(at); ok {
			x.plausibility("row-unknown", cell, label.Text, value, "", "该行不在表样中，未取数", "删去该行，或补上指标编码；自用的计算放在另一张工作表")
		}
	default:
		x.mandatory("row-ambiguous", label.Cell, label.Text, "", string(byName[0].Code)+" 或 "+string(byName[1].Code), "没有编码，按名称对应两个指标", "补上指标编码")
	}
	return nil
}

// isMarkText reports a 甲乙丙 mark or a dash in the code column of a section row.
func isMarkText(s string) bool { return dash(fold(s)) || len([]rune(s)) == 1 }

// mustRef reads a reference that we printed.
func mustRef(s string) workbook.Ref {
	r, _ := workbook.ParseRef(s)
	return r
}

func (x *extractor) codes() []string {
	var codes []string
	for _, r := range x.edition.Rows {
		codes = append(codes, string(r.Code))
	}
	return codes
}
