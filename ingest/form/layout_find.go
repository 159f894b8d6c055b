package form

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

const (
	maxHeader = 5  // header rows of a free table
	aboveRows = 20 // how far above the header its texts are looked for
	maxPlaces = 50 // tables of one layout on a sheet
)

// A place is where a layout recognises a table.
type place struct {
	sheet     *workbook.Sheet
	top, body int // first row of the header and of the body
	end       int // first row after the table
	blocks    []block
	skipped   map[int]bool // columns named by Skip
	head      map[Role]Field
	unitLine  Field
	above     []Field
	found     finding.List // what is wrong with the header
}

// A block is one run of labels and values; several stand side by side when the
// layout repeats.
type block struct {
	labels []int // columns, one for each Layout.Labels
	values []valueColumn
}

// A valueColumn is a column of figures with what its header says.
type valueColumn struct {
	at    int
	parts map[Role][]workbook.Cell // top to bottom
	low   workbook.Ref             // the lowest header cell
}

// bounds is the range from the header to the last row.
func (p *place) bounds() workbook.Range {
	from, to := workbook.MaxCol, 1
	for _, b := range p.blocks {
		for _, c := range b.labels {
			from, to = min(from, c), max(to, c)
		}
		for _, v := range b.values {
			from, to = min(from, v.at), max(to, v.at)
		}
	}
	return workbook.Range{From: workbook.Ref{Col: from, Row: p.top}, To: workbook.Ref{Col: to, Row: max(p.top, p.end-1)}}
}

// shown is the text of a header cell: a number as it is read, a date only where
// months are expected.
func (l *Layout) shown(c workbook.Cell) string {
	switch c.Kind {
	case workbook.Text:
		return light(c.Text)
	case workbook.Number:
		return strconv.FormatFloat(c.Number, 'g', 15, 64)
	case workbook.Date:
		if l.Freq == period.Month {
			return c.Time().Format("2006年1月")
		}
		return c.Text
	}
	return ""
}

// places finds the tables of the layout on a sheet.
func (l *Layout) places(file string, s *workbook.Sheet) (all []*place) {
	if s.Hidden || l.Sheet != "" && fold(l.Sheet) != fold(s.Name) {
		return nil
	}
	last := 0
	for at, cells := range s.Rows() {
		if at <= last || !l.anchored(cells) {
			continue
		}
		top := at - l.LabelsRow + 1
		if top < 1 {
			continue
		}
		if p := l.place(file, s, top); p != nil {
			all = append(all, p)
			last = p.body - 1
			if len(all) == maxPlaces {
				return all
			}
		}
	}
	return all
}

// anchored reports whether the header of every label column stands in a row.
func (l *Layout) anchored(cells []workbook.Cell) bool {
	seen := make([]bool, len(l.Labels))
	n := 0
	for i := range cells {
		c := &cells[i]
		if c.Kind != workbook.Text || len(c.Text) > 256 {
			continue
		}
		text := ""
		for k := range l.Labels {
			if seen[k] {
				continue
			}
			if text == "" {
				text = headerKey(c.Text)
			}
			if slices.Contains(l.Labels[k].Header, text) {
				seen[k] = true
				n++
				break
			}
		}
	}
	return n == len(l.Labels)
}

// headerKey is a label's header as it is compared: footnote marks and units
// behind it do not matter.
func headerKey(s string) string {
	return fold(strings.TrimRightFunc(s, func(r rune) bool { return r == '*' || r >= '①' && r <= '⑳' || r == ' ' || r == '　' }))
}

// place reads the header that begins in a row; nil when it is not the layout's.
func (l *Layout) place(file string, s *workbook.Sheet, top int) *place {
	p := &place{sheet: s, top: top, body: top + len(l.Across), skipped: map[int]bool{}, head: map[Role]Field{}}
	rows := make([]map[int]workbook.Cell, len(l.Across))
	width := 0
	for i := range rows {
		rows[i] = headerCells(s, top+i)
		for col, c := range rows[i] {
			width = max(width, col)
			if g, ok := s.Merge(c.Ref); ok && i == l.LabelsRow-1 {
				p.body = max(p.body, min(g.To.Row, top+maxHeader)+1)
			}
		}
	}
	if !l.columns(p, rows, width) || !l.matchHead(p, file) {
		return nil
	}
	for isMarks(row(s, p.body)) {
		p.body++
	}
	l.finish(p)
	return p
}

// headerCells is what a reader sees in each column of a header row.
func headerCells(s *workbook.Sheet, at int) map[int]workbook.Cell {
	m := map[int]workbook.Cell{}
	for _, c := range row(s, at) {
		if c.Kind != workbook.Blank && strings.TrimSpace(c.Text) != "" {
			m[c.Ref.Col] = c
		}
	}
	for _, g := range s.Merged {
		if g.From.Row > at || g.To.Row < at {
			continue
		}
		if c := s.Cell(g.From); c.Kind != workbook.Blank && strings.TrimSpace(c.Text) != "" {
			for col := g.From.Col; col <= g.To.Col; col++ {
				m[col] = c
			}
		}
	}
	return m
}

// columns tells labels, skipped columns and figures apart.
func (l *Layout) columns(p *place, rows []map[int]workbook.Cell, width int) bool {
	named := make([][]int, len(l.Labels))
	label := map[int]bool{}
	skipped := map[string]bool{}
	for col := 1; col <= width; col++ {
		for i := range rows {
			c, ok := rows[i][col]
			if !ok || c.Kind != workbook.Text {
				continue
			}
			key := headerKey(c.Text)
			if slices.Contains(l.Skip, key) {
				p.skipped[col], skipped[key] = true, true
			}
			if i != l.LabelsRow-1 || c.Ref.Col != col {
				continue
			}
			for k := range l.Labels {
				if slices.Contains(l.Labels[k].Header, key) && !label[col] {
					named[k] = append(named[k], col)
					label[col] = true
				}
			}
		}
	}
	if len(skipped) < len(l.Skip) {
		return false
	}
	starts := []int{1}
	if l.Repeat {
		starts = named[0]
	}
	headed, dated := 0, 0
	for i, start := range starts {
		until := width + 1
		if i+1 < len(starts) {
			until = starts[i+1]
		}
		b := block{labels: make([]int, len(l.Labels))}
		for k, cols := range named {
			var here []int
			for _, col := range cols {
				if col >= start && col < until {
					here = append(here, col)
				}
			}
			if len(here) == 0 {
				return false
			}
			if len(here) > 1 {
				from, to := workbook.Ref{Col: here[0], Row: p.top}, workbook.Ref{Col: here[len(here)-1], Row: p.top}
				p.refuse("header-ambiguous", workbook.Range{From: from, To: to}.String(), strings.Join(l.Labels[k].Header, "、"), "一列", "有多列都叫这个名称，不知取哪一列", "左右并列的表在版式里写 repeat: true，或删去多出的一列")
			}
			b.labels[k] = here[0]
		}
		filled := make([]workbook.Cell, len(rows))
		for col := start; col < until; col++ {
			if label[col] || p.skipped[col] {
				clear(filled)
				continue
			}
			v := valueColumn{at: col, parts: map[Role][]workbook.Cell{}}
			for i, h := range l.Across {
				c, ok := rows[i][col]
				if ok {
					filled[i] = c
					if c.Ref.Col == col { // a merged group alone makes no column
						v.low = workbook.Ref{Col: col, Row: p.top + i}
					}
				} else if h.Fill {
					c, ok = filled[i], filled[i].Kind != workbook.Blank
				}
				if parts := v.parts[h.Role]; ok && (len(parts) == 0 || parts[len(parts)-1].Ref != c.Ref) {
					v.parts[h.Role] = append(parts, c)
				}
			}
			if v.low.Row == 0 {
				continue // only what was merged or filled from the left, or nothing at all
			}
			headed++
			if l.dated(p, &v) {
				dated++
			}
			b.values = append(b.values, v)
		}
		p.blocks = append(p.blocks, b)
	}
	if l.crosses(PeriodRole) {
		return dated > 0 && 2*dated >= headed
	}
	return headed > 0 && 2*dated < headed
}

// crosses reports whether a header row has the role.
func (l *Layout) crosses(r Role) bool {
	return slices.ContainsFunc(l.Across, func(h HeaderRow) bool { return h.Role == r })
}

// labelled reports whether a label column has the role.
func (l *Layout) labelled(r Role) bool {
	return slices.ContainsFunc(l.Labels, func(c LabelColumn) bool { return c.Role == r })
}

// dated reports whether a column's header says a period. Where rows say one too,
// a header may be half a period: 2023年 above, 12月 beside.
func (l *Layout) dated(p *place, v *valueColumn) bool {
	if !l.crosses(PeriodRole) {
		for _, parts := range v.parts {
			for _, c := range parts {
				if _, ok := ParsePeriod(l.shown(c)); ok {
					return true
				}
			}
		}
		return false
	}
	texts := l.texts(v.parts[PeriodRole])
	if l.labelled(PeriodRole) {
		return strings.ContainsAny(strings.Join(texts, ""), "0123456789一二三四上下前")
	}
	_, ok := l.periodOf("", texts...)
	if !ok && l.outer(p, PeriodRole).Text != "" {
		_, ok = l.periodOf(l.outer(p, PeriodRole).Text, texts...)
	}
	return ok || l.headPeriod() && len(texts) > 0 && strings.ContainsAny(texts[0], "0123456789一二三四上下前")
}

// headPeriod reports whether a head pattern says the period: it is not matched
// yet when the columns are told apart.
func (l *Layout) headPeriod() bool {
	return slices.ContainsFunc(l.Head, func(re *regexp.Regexp) bool { return re.SubexpIndex(string(PeriodRole)) >= 0 })
}

// outer is what the head or the layout itself says for all figures.
func (l *Layout) outer(p *place, r Role) Field {
	if f := p.head[r]; f.Text != "" {
		return f
	}
	return Field{Text: l.Fixed[r]}
}

func (l *Layout) texts(cells []workbook.Cell) (all []string) {
	for _, c := range cells {
		text := parseLabel(l.shown(c), l.isUnit).text
		if len(all) == 0 || all[len(all)-1] != text {
			all = append(all, text)
		}
	}
	return all
}

var unitLine = regexp.MustCompile(`^\(?(?:计量|计算)?单位:([^:]+?)\)?$`)

// matchHead holds the head patterns against the texts above the header, the
// sheet's and the file's name, the nearest first.
func (l *Layout) matchHead(p *place, file string) bool {
	for at := p.top - 1; at >= max(1, p.top-aboveRows); at-- {
		for _, c := range row(p.sheet, at) {
			if c.Kind == workbook.Text && strings.TrimSpace(c.Text) != "" && len(c.Text) <= 2000 {
				p.above = append(p.above, Field{strings.TrimSpace(c.Text), c.Ref.String()})
			}
		}
	}
	for _, f := range p.above {
		if m := unitLine.FindStringSubmatch(tight(f.Text)); m != nil && p.unitLine.Text == "" {
			p.unitLine = Field{m[1], f.Cell}
		}
	}
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	texts := append(slices.Clone(p.above), Field{Text: p.sheet.Name}, Field{Text: strings.TrimSuffix(base, path.Ext(base))})
	for _, re := range l.Head {
		matched := false
		for _, f := range texts {
			m := re.FindStringSubmatch(tight(f.Text))
			if m == nil {
				continue
			}
			matched = true
			for i, g := range re.SubexpNames() {
				old := p.head[Role(g)]
				switch {
				case g == "" || m[i] == "":
				case old.Text == "":
					p.head[Role(g)] = Field{m[i], f.Cell}
				case old.Text != m[i]:
					p.refuse("head-ambiguous", strings.Trim(old.Cell+"、"+f.Cell, "、"), old.Text+"、"+m[i], "一种说法", "表上方有两处说法不同，不知取哪一处", "删去不属于本表的一处，或把版式的 head 写得更具体")
				}
			}
		}
		if !matched {
			return false
		}
	}
	slices.Reverse(p.above)
	return true
}

// ending begins a line under a table.
var ending = regexp.MustCompile(`^(?:注释?|备注|附注|脚注|说明|数据来源|资料来源|来源)[0-9]*:`)

// finish finds where the body ends: at a note, at a word of the layout's, at
// enough empty rows, or where the header stands again.
func (l *Layout) finish(p *place) {
	p.end = p.body
	previous := p.body - 1
	for at, cells := range p.sheet.Rows() {
		if at < p.body {
			continue
		}
		text := firstText(cells)
		switch {
		case text == "" && !slices.ContainsFunc(cells, filled):
			continue
		case l.StopBlank > 0 && at-previous > l.StopBlank, ending.MatchString(text), l.anchored(cells),
			slices.ContainsFunc(l.Stop, func(w string) bool { return strings.HasPrefix(text, w) }):
			return
		}
		previous, p.end = at, at+1
	}
}

// filled reports whether a cell holds anything.
func filled(c workbook.Cell) bool {
	return c.NoCache || c.Kind != workbook.Blank && strings.TrimSpace(c.Text) != ""
}

func (p *place) refuse(rule, cell, value, want, message, hint string) {
	p.found = append(p.found, finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Value: brief(value), Want: want, Message: message, Hint: hint,
		Place: finding.Place{Sheet: p.sheet.Name, Cell: cell},
	})
}

// periodOf is the period that the parts say together; the outer text helps out
// when they say only half: 12月 under 2023年. Two parts are read in the only
// order that makes a period.
func (l *Layout) periodOf(outer string, parts ...string) (period.Period, bool) {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	try := func(texts ...string) (period.Period, bool) {
		if len(texts) > 1 {
			texts = slices.Clone(texts)
			for i, s := range texts {
				if len(s) == 4 && strings.Trim(s, "0123456789") == "" {
					texts[i] += "年"
				}
			}
		}
		text := strings.Join(texts, "")
		p, ok := ParsePeriod(text)
		if !ok || l.Freq == 0 || p.Freq == l.Freq {
			return p, ok
		}
		// 2023年1—12月 of annual figures is the year.
		if p.Freq == period.Month && spans.MatchString(text) {
			return p.As(l.Freq)
		}
		return p, false
	}
	if len(parts) == 0 {
		return try(outer)
	}
	p, ok := try(parts...)
	if len(parts) > 1 {
		back := slices.Clone(parts)
		slices.Reverse(back)
		if q, also := try(back...); also {
			if ok && q != p {
				return period.Period{}, false
			}
			p, ok = q, true
		}
	}
	if !ok && outer != "" {
		return try(append([]string{outer}, parts...)...)
	}
	return p, ok
}

// spans are the words of a period that runs over several months.
var spans = regexp.MustCompile(`月?[-—–~～至到]+[0-9]{1,2}月`)

// A claim is a table that a layout recognises.
type claim struct {
	layout *Layout
	place  *place
}

// ReadTables reads every table of the book that exactly one of the layouts
// describes, in the order of the sheets; a layout that names its title is
// preferred to one that takes any. A table that two layouts describe is a
// finding, and so is a book with none.
func ReadTables(file string, b *workbook.Book, layouts []Layout) ([]Table, finding.List) {
	var tables []Table
	var found finding.List
	for _, s := range b.Sheets {
		groups := claims(file, s, layouts)
		for _, c := range groups {
			if len(c) == 1 {
				t, list := c[0].layout.read(file, c[0].place)
				tables, found = append(tables, t), append(found, list...)
				continue
			}
			var names []string
			for _, x := range c {
				names = append(names, "“"+x.layout.Name+"”")
			}
			found = append(found, finding.Finding{
				Rule: "layout-ambiguous", Severity: finding.Mandatory, Value: strings.Join(names, "、"), Want: "一个版式",
				Place:   finding.Place{File: file, Sheet: s.Name, Cell: c[0].place.bounds().String()},
				Message: "这张表符合几个版式，不知用哪一个", Hint: "指定版式，或在版式的 head 里写明各自的标题",
			})
		}
		if len(groups) == 0 && len(s.Cells) > 0 {
			found = append(found, finding.Finding{
				Rule: "sheet-unread", Severity: finding.Note, Place: finding.Place{File: file, Sheet: s.Name},
				Message: "工作表“" + s.Name + "”没有已知版式的表，未读取",
			})
		}
	}
	if len(tables) == 0 && !found.Refused() {
		found = append(found, finding.Finding{
			Rule: "table-missing", Severity: finding.Mandatory, Place: finding.Place{File: file},
			Message: "没有一张表符合已知的版式", Hint: "为这种表写一个版式",
		})
	}
	found.Sort()
	return tables, found
}

// claims groups what the layouts recognise on a sheet by what overlaps, from top
// to bottom.
func claims(file string, s *workbook.Sheet, layouts []Layout) (groups [][]claim) {
	var all []claim
	for i := range layouts {
		for _, p := range layouts[i].places(file, s) {
			all = append(all, claim{&layouts[i], p})
		}
	}
	slices.SortStableFunc(all, func(a, b claim) int { return a.place.top - b.place.top })
	end := 0
	for _, c := range all {
		if c.place.top >= end {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
		end = max(end, c.place.end)
	}
	for i, g := range groups {
		groups[i] = slices.DeleteFunc(slices.Clone(g), func(c claim) bool {
			return len(c.layout.Head) == 0 && slices.ContainsFunc(g, func(t claim) bool {
				return len(t.layout.Head) > 0 && t.place.top <= c.place.top && c.place.end <= t.place.end
			})
		})
	}
	return groups
}
