package form

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// maxFacts bounds what a header and its labels can span: their product is not
// bounded by the size of the file.
const maxFacts = 250_000

// Extract reads the only table of the book that has the layout. file is the
// name that findings show and that head patterns may match. None, or more than
// one, is a finding; so is everything that stands in the table and cannot be
// said for certain, and the figures concerned are left out.
func (l *Layout) Extract(file string, b *workbook.Book) (Table, finding.List) {
	var all []*place
	for _, s := range b.Sheets {
		all = append(all, l.places(file, s)...)
	}
	switch len(all) {
	case 0:
		var want []string
		for _, c := range l.Labels {
			want = append(want, strings.Join(c.Header, "或"))
		}
		return Table{Layout: l.Name, File: file}, finding.List{{
			Rule: "table-missing", Severity: finding.Mandatory, Place: finding.Place{File: file}, Want: "表头有 " + strings.Join(want, "、"),
			Message: "没有找到版式“" + l.Name + "”的表", Hint: "核对文件，或换一个版式",
		}}
	case 1:
		return l.read(file, all[0])
	}
	f := finding.Finding{
		Rule: "table-ambiguous", Severity: finding.Mandatory, Want: "一张表",
		Message: "有多张表都是版式“" + l.Name + "”，不知取哪一张", Hint: "在版式里写 sheet，或逐张读取",
	}
	var places []string
	for i, p := range all {
		at := finding.Place{File: file, Sheet: p.sheet.Name, Cell: p.bounds().String()}
		if i == 0 {
			f.Place = at
		} else {
			f.Related = append(f.Related, at)
		}
		places = append(places, p.sheet.Name+"!"+at.Cell)
	}
	f.Value = strings.Join(places, "、")
	return Table{Layout: l.Name, File: file}, finding.List{f}
}

// A tableReader reads one table.
type tableReader struct {
	l     *Layout
	p     *place
	t     Table
	found finding.List
	merge map[workbook.Ref]workbook.Ref // label cells of merged ranges → top-left
	lost  map[workbook.Ref]bool         // merged figures, which are not read
	first map[factKey]int
	twice map[int]bool // facts that stand twice: left out
	told  map[string]bool
	stray workbook.Range
	over  bool
}

type factKey struct {
	label, area, unit string
	period            period.Period
}

func (l *Layout) read(file string, p *place) (Table, finding.List) {
	r := &tableReader{
		l: l, p: p, t: Table{Layout: l.Name, File: file, Sheet: p.sheet.Name, Range: p.bounds(), Above: p.above},
		merge: map[workbook.Ref]workbook.Ref{}, lost: map[workbook.Ref]bool{},
		first: map[factKey]int{}, twice: map[int]bool{}, told: map[string]bool{},
	}
	for _, f := range p.found {
		r.add(f, f.Place.Cell)
	}
	r.headers()
	r.merged()
	r.notes()
	if len(p.found) == 0 { // with two columns of a name nothing is certain
		for i := range p.blocks {
			r.block(&p.blocks[i])
		}
	}
	r.strays()
	if r.over {
		r.t.Facts = nil
		r.refuse("table-too-large", r.t.Range.String(), "", fmt.Sprintf("不超过%d个数", maxFacts), "表的行列太多", "分成几张表")
	}
	kept := r.t.Facts[:0]
	for i, f := range r.t.Facts {
		if !r.twice[i] {
			kept = append(kept, f)
		}
	}
	r.t.Facts = kept
	r.footnotes()
	r.found.Sort()
	return r.t, r.found
}

func (r *tableReader) add(f finding.Finding, cell string) {
	if len(r.found) == maxFindings {
		f = finding.Finding{Rule: "too-many-findings", Severity: finding.Mandatory, Message: fmt.Sprintf("问题超过%d处，其余不再列出", maxFindings), Hint: "先改正已列出的问题"}
	}
	if len(r.found) > maxFindings {
		return
	}
	f.Place = finding.Place{File: r.t.File, Sheet: r.t.Sheet, Cell: cell}
	r.found = append(r.found, f)
}

func (r *tableReader) refuse(rule, cell, value, want, message, hint string) {
	r.add(finding.Finding{Rule: rule, Severity: finding.Mandatory, Value: brief(value), Want: want, Message: message, Hint: hint}, cell)
}

// headers drops the columns whose header says no period, or no name, where it
// should.
func (r *tableReader) headers() {
	periods := r.l.crosses(PeriodRole) && !r.l.labelled(PeriodRole)
	outer := r.l.outer(r.p, PeriodRole).Text
	for i := range r.p.blocks {
		b := &r.p.blocks[i]
		b.values = slices.DeleteFunc(slices.Clone(b.values), func(v valueColumn) bool {
			want, text := "", ""
			if texts := r.l.texts(v.parts[PeriodRole]); periods {
				if _, ok := r.l.periodOf(outer, texts...); !ok {
					want, text = "报告期", strings.Join(texts, " ")
				}
			}
			for _, c := range slices.Concat(v.parts[IndicatorRole], v.parts[AreaRole]) {
				if c.Kind != workbook.Text {
					want, text = "名称", c.Text
				}
			}
			if want == "" {
				return false
			}
			g := workbook.Range{From: v.low, To: workbook.Ref{Col: v.at, Row: max(v.low.Row, r.p.end-1)}}
			r.refuse("header-unknown", g.String(), text, want, "表头不是"+want+"，整列未读", "改正表头；不读的列写在版式的 skip 里")
			r.p.skipped[v.at] = true
			return true
		})
	}
}

// merged resolves merged labels and finds merged figures.
func (r *tableReader) merged() {
	labels, values := map[int]bool{}, map[int]bool{}
	for _, b := range r.p.blocks {
		for _, c := range b.labels {
			labels[c] = true
		}
		for _, v := range b.values {
			values[v.at] = true
		}
	}
	for _, g := range r.p.sheet.Merged {
		if g.To.Row < r.p.body || g.From.Row >= r.p.end {
			continue
		}
		full := filled(r.p.sheet.Cell(g.From))
		said := false
		for col := g.From.Col; col <= g.To.Col; col++ {
			if values[col] && full && !labels[g.From.Col] && !said {
				r.refuse("merged-data", g.String(), r.p.sheet.Cell(g.From).Text, "不合并的单元格", "数据格是合并单元格，不知数属于哪一格", "取消合并，逐格填写")
				said = true
			}
			for at := max(g.From.Row, r.p.body); at <= min(g.To.Row, r.p.end-1); at++ {
				switch ref := (workbook.Ref{Col: col, Row: at}); {
				case labels[col]:
					r.merge[ref] = g.From
				case values[col] && full:
					r.lost[ref] = true
				}
			}
		}
	}
}

// A rowLabel is what the label columns say about a row.
type rowLabel struct {
	names  []string // indicator
	area   string
	period []string
	column Field // of a unit column
	unit   Field // behind an indicator's name
	note   string
	marks  string
	cells  []string // where the parts stand
}

func (r *tableReader) block(b *block) {
	fill := make([]workbook.Cell, len(b.labels))
	section := ""
	heads := make([]columnHead, len(b.values))
	for i := range b.values {
		heads[i] = r.columnHead(&b.values[i])
	}
	for at := range r.p.sheet.Rows() {
		if at < r.p.body {
			continue
		}
		if at >= r.p.end || r.over {
			return
		}
		from, to, any := r.span(b, at)
		label, blank, missing := r.rowLabel(b, at, fill)
		rangeOf := func() string {
			return workbook.Range{From: workbook.Ref{Col: from, Row: at}, To: workbook.Ref{Col: to, Row: at}}.String()
		}
		switch {
		case blank && !any:
		case missing != "" && any:
			r.refuse("row-unlabelled", rangeOf(), "", missing, "这一行有数而没有"+missing+"，未取数", "补上"+missing+"，或在版式里写 fill: true")
		case missing != "" || !any && r.noteRow(label):
		case !any && r.l.Sections && len(label.names) > 0:
			section = strings.Join(label.names, "/")
		default:
			if section != "" {
				label.names = append([]string{section}, label.names...)
			}
			r.row(b, at, &label, heads, any)
		}
	}
}

// noteRow reports a footnote that stands in the body.
func (r *tableReader) noteRow(l rowLabel) bool {
	return len(l.names) == 1 && leadingMark.MatchString(l.names[0])
}

// span is the run of filled figures in a row of a block.
func (r *tableReader) span(b *block, at int) (from, to int, any bool) {
	for _, v := range b.values {
		c := r.p.sheet.Cell(workbook.Ref{Col: v.at, Row: at})
		if !filled(c) || r.l.Sections && c.Kind == workbook.Text && dash(fold(c.Text)) {
			continue
		}
		if !any {
			from, any = v.at, true
		}
		to = v.at
	}
	return from, to, any
}

// rowLabel reads the labels of a row. blank tells that there are none; missing
// names one that there should be.
func (r *tableReader) rowLabel(b *block, at int, fill []workbook.Cell) (l rowLabel, blank bool, missing string) {
	blank = true
	for k, col := range b.labels {
		column := &r.l.Labels[k]
		ref := workbook.Ref{Col: col, Row: at}
		if top, ok := r.merge[ref]; ok {
			ref = top
		}
		c := r.p.sheet.Cell(ref)
		switch {
		case filled(c) && r.l.shown(c) != "":
			fill[k], blank = c, false
		case column.Fill && filled(fill[k]):
			c = fill[k]
		default:
			if column.Role != UnitRole && column.Role != NoteRole && missing == "" {
				missing = column.Header[0]
			}
			continue
		}
		text := r.l.shown(c)
		where := c.Ref.String()
		l.cells = append(l.cells, where)
		switch column.Role {
		case IndicatorRole:
			x := parseLabel(text, r.l.isUnit)
			l.names = append(l.names, x.text)
			l.marks += x.marks
			if x.unit != "" {
				l.unit = Field{x.unit, where}
			}
		case AreaRole:
			x := parseLabel(text, r.l.isUnit)
			l.area = x.text
			l.marks += x.marks
		case PeriodRole:
			x := parseLabel(text, r.l.isUnit)
			l.period = append(l.period, x.text)
			l.marks += x.marks
		case UnitRole:
			l.column = Field{strings.Trim(tight(text), "()"), where}
		case NoteRole:
			l.note = strings.TrimSpace(c.Text)
		}
	}
	return l, blank, missing
}

// A columnHead is what the header says about a column.
type columnHead struct {
	names  []string
	area   string
	period []string
	when   period.Period // what the header says without the row's help
	unit   Field
	marks  string
}

func (r *tableReader) columnHead(v *valueColumn) (h columnHead) {
	for _, role := range []Role{IndicatorRole, AreaRole, PeriodRole, UnitRole} {
		for _, c := range v.parts[role] {
			x := parseLabel(r.l.shown(c), r.l.isUnit)
			h.marks += x.marks
			if x.unit != "" {
				h.unit = Field{x.unit, c.Ref.String()}
			}
			switch role {
			case IndicatorRole:
				if x.text != "" {
					h.names = append(h.names, x.text)
				}
			case AreaRole:
				h.area = x.text
			case PeriodRole:
				h.period = append(h.period, x.text)
			case UnitRole:
				h.unit = Field{strings.Trim(tight(r.l.shown(c)), "()"), c.Ref.String()}
			}
		}
	}
	h.when, _ = r.l.periodOf(r.l.outer(r.p, PeriodRole).Text, h.period...)
	return h
}

// row reads the figures of a row.
func (r *tableReader) row(b *block, at int, l *rowLabel, heads []columnHead, any bool) {
	for i := range b.values {
		if r.over = r.over || len(r.t.Facts) >= maxFacts; r.over {
			return
		}
		v, h := &b.values[i], &heads[i]
		ref := workbook.Ref{Col: v.at, Row: at}
		if r.lost[ref] {
			continue
		}
		c := r.p.sheet.Cell(ref)
		p := h.when
		if len(l.period) > 0 {
			p, _ = r.l.periodOf(r.l.outer(r.p, PeriodRole).Text, slices.Concat(h.period, l.period)...)
		}
		if p.IsZero() {
			if any {
				g := workbook.Range{From: mustRef(l.cells[0]), To: ref}
				r.refuse("period-unknown", g.String(), strings.Join(slices.Concat(h.period, l.period), " "), "报告期", "读不出报告期，这一行未读", "改正报告期的写法")
			}
			return
		}
		f := Fact{
			Label: r.label(l, h), Area: l.area, Period: p, Footnote: l.marks + h.marks, Note: l.note,
			Formula: c.Formula != "", Sheet: r.t.Sheet, Cell: ref.String(),
		}
		if f.Area == "" {
			f.Area = h.area
		}
		if f.Area == "" {
			f.Area = r.l.outer(r.p, AreaRole).Text
		}
		if f.Label == "" {
			r.once("label-missing", workbook.Range{From: workbook.Ref{Col: v.at, Row: r.p.top}, To: workbook.Ref{Col: v.at, Row: r.p.end - 1}}.String(),
				"表头没有写指标，整列未读", "补上表头，或在版式里写 fixed: {indicator: …}")
			continue
		}
		unit, ok := r.unit(l, h, v, filled(c))
		if f.Unit = unit; ok && r.figure(&f, c) {
			r.keep(f)
		}
	}
}

// label is the path of the indicator.
func (r *tableReader) label(l *rowLabel, h *columnHead) string {
	if names := slices.Concat(l.names, h.names); len(names) > 0 {
		return strings.Join(names, "/")
	}
	return r.l.outer(r.p, IndicatorRole).Text
}

// unit is the unit of a figure: of its column or row, else of the head. Two that
// differ are a finding unless the layout decides.
func (r *tableReader) unit(l *rowLabel, h *columnHead, v *valueColumn, told bool) (string, bool) {
	switch r.l.Unit {
	case "label":
		l = &rowLabel{unit: l.unit, cells: l.cells}
		if l.unit.Text != "" {
			h = &columnHead{}
		}
	case "header":
		if h.unit.Text != "" {
			l = &rowLabel{cells: l.cells}
		}
	case "column":
		if l.column.Text != "" {
			return l.column.Text, true
		}
	}
	unit := Field{}
	for _, f := range []Field{l.column, l.unit, h.unit} {
		switch {
		case f.Text == "":
		case unit.Text == "":
			unit = f
		case unit.Text != f.Text:
			g := spanned(mustRef(unit.Cell), mustRef(f.Cell))
			if told && !r.told[g] {
				r.told[g] = true
				r.refuse("unit-ambiguous", g, unit.Text+"、"+f.Text, "一个计量单位", "行和列的计量单位不同，不知取哪一个", "改为一致，或在版式里写 unit: label、header 或 column")
			}
			return "", false
		}
	}
	for _, f := range []Field{unit, r.p.head[UnitRole], r.p.unitLine, {Text: r.l.Fixed[UnitRole]}} {
		if f.Text != "" {
			return f.Text, true
		}
	}
	if where := l.cells[0]; told && !r.told[where] {
		r.told[where] = true
		r.refuse("unit-missing", spanned(mustRef(where), v.low), "", "计量单位", "找不到计量单位，未取数", "在表头、标签或“单位：”一行写明，或在版式里写 fixed: {unit: …}")
	}
	return "", false
}

// once refuses a range, the first time only.
func (r *tableReader) once(rule, cell, message, hint string) {
	if !r.told[rule+cell] {
		r.told[rule+cell] = true
		r.refuse(rule, cell, "", "", message, hint)
	}
}

// spanned is the range of two cells in any order.
func spanned(a, b workbook.Ref) string {
	return workbook.Range{
		From: workbook.Ref{Col: min(a.Col, b.Col), Row: min(a.Row, b.Row)},
		To:   workbook.Ref{Col: max(a.Col, b.Col), Row: max(a.Row, b.Row)},
	}.String()
}

// figure reads the cell into the fact.
func (r *tableReader) figure(f *Fact, c workbook.Cell) bool {
	if c.Kind == workbook.Text {
		if absent, ok := r.l.Absent[fold(c.Text)]; ok {
			f.Absent = absent
			return true
		}
	}
	n, found := readCell(c, f.Unit == "%")
	for _, x := range found {
		if x.Severity == finding.Mandatory { // what is merely shown with % is read as shown
			x.Label = f.Label
			r.add(x, x.Place.Cell)
			return false
		}
	}
	f.Value, f.Absent = n.Value, n.Absent
	f.Footnote += n.Mark
	if r.l.Single && c.Kind == workbook.Number && c.Class != workbook.Percent {
		f.Value = shortest(c.Number, n.Value)
	}
	return true
}

// shortest is the shortest decimal of a number that was stored in single
// precision; a number that was not stays as it stands. The file keeps 15 digits,
// cut or rounded, so the two agree to one unit of the fifteenth; by chance that
// happens to one double in a million.
func shortest(v float64, d decimal.Decimal) decimal.Decimal {
	narrow := float32(v)
	if math.Abs(float64(narrow)-v) > 1e-14*math.Abs(v) {
		return d
	}
	if short, err := decimal.NewFromString(strconv.FormatFloat(float64(narrow), 'g', -1, 32)); err == nil {
		return short
	}
	return d
}

// keep adds a fact. One that stands twice is left out both times.
func (r *tableReader) keep(f Fact) {
	key := factKey{f.Label, f.Area, f.Unit, f.Period}
	i, again := r.first[key]
	r.t.Facts = append(r.t.Facts, f)
	if !again {
		r.first[key] = len(r.t.Facts) - 1
		return
	}
	r.twice[i], r.twice[len(r.t.Facts)-1] = true, true
	old := r.t.Facts[i]
	if r.told[old.Cell] {
		return
	}
	r.told[old.Cell] = true
	r.add(finding.Finding{
		Rule: "fact-duplicate", Severity: finding.Mandatory, Label: f.Label, Value: strings.TrimSpace(f.Area + " " + f.Period.String()), Want: "一处",
		Message: "同一指标、地区和报告期有两处，都未取数", Hint: "删去一处；分组的表在版式里写 sections: true",
		Related: []finding.Place{{File: r.t.File, Sheet: r.t.Sheet, Cell: old.Cell}},
	}, spanned(mustRef(old.Cell), mustRef(f.Cell)))
}
