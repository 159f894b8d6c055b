package form

import (
	"regexp"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
)

// A table is where a sheet's table stands.
type table struct {
	head    int // first header row; 0 when there is no table
	body    int // first row under the header
	foot    int // first row after the table
	columns []heading
	// blocks are the columns of each body: one, or two of the same kinds on a 双栏
	// form, whose header stands twice side by side. columns is one of them.
	blocks [][]heading
}

// A heading is a column that was recognised by its header path.
type heading struct {
	kind  Kind
	at    int
	path  string // folded headers, top to bottom, joined by /
	top   workbook.Ref
	shown string // the lowest header as written
}

// The table is looked for in the upper part of a sheet and is at most this wide
// and long; the foot below it likewise. The longest form has 44 rows.
const (
	tableRows   = 60
	tableCols   = 256
	tableLength = 2000
	footLength  = 200
)

// layout finds the table of a sheet: the header row that says 指标名称, how many
// rows the header has, its columns, and where the foot begins.
func layout(s *workbook.Sheet) table {
	var t table
	name := workbook.Ref{}
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Ref.Row > tableRows {
			break
		}
		if c.Kind == workbook.Text && len(c.Text) < 64 && isNameHeader(fold(c.Text)) {
			t.head, name = c.Ref.Row, c.Ref
			break
		}
	}
	if t.head == 0 {
		return t
	}
	bottom := t.head
	if g, ok := s.Merge(name); ok {
		bottom = min(max(g.To.Row, bottom), t.head+5)
	}
	last := s.Cells[len(s.Cells)-1].Ref.Row
	t.body = bottom + 1
	for t.body <= min(last, t.head+8) {
		cells := row(s, t.body)
		if isMarks(cells) {
			t.body++
			break
		}
		if !isHeader(cells, name.Col) || t.body > t.head+4 {
			break
		}
		bottom = t.body
		t.body++
	}
	t.foot = min(last+1, t.body+tableLength)
	for at, cells := range s.Rows() {
		if at < t.body {
			continue
		}
		if at >= t.foot {
			break
		}
		if first := firstText(cells); first != "" && footStart(first) {
			t.foot = at
			break
		}
	}
	t.columns = headers(s, t.head, bottom)
	t.split()
	return t
}

// split parts the columns of a 双栏 form into its bodies: the same kinds of
// columns over again from each 指标名称 on. Columns that only partly repeat are
// left whole and are ambiguous.
func (t *table) split() {
	t.blocks = [][]heading{t.columns}
	n := 0
	for _, c := range t.columns {
		if c.kind == NameColumn {
			n++
		}
	}
	if n < 2 || len(t.columns)%n != 0 {
		return
	}
	width := len(t.columns) / n
	for i := width; i < len(t.columns); i++ {
		if t.columns[i].kind != t.columns[i-width].kind {
			return
		}
	}
	t.blocks = slices.Collect(slices.Chunk(t.columns, width))
	t.columns = t.blocks[0]
}

func isNameHeader(text string) bool {
	return text == "指标名称" || text == "指标" || text == "指标名" || text == "项目名称" || text == "项目"
}

// row is the cells of one row.
func row(s *workbook.Sheet, at int) []workbook.Cell {
	cmp := func(c workbook.Cell, row int) int { return c.Ref.Row - row }
	i, _ := slices.BinarySearchFunc(s.Cells, at, cmp)
	j, _ := slices.BinarySearchFunc(s.Cells[i:], at+1, cmp)
	return s.Cells[i : i+j]
}

// firstText is the folded text of the first filled cell of a row, "" when it is
// not a text.
func firstText(cells []workbook.Cell) string {
	for i := range cells {
		if c := &cells[i]; c.Kind == workbook.Text && strings.TrimSpace(c.Text) != "" {
			return fold(c.Text)
		} else if c.Kind != workbook.Blank && c.Kind != workbook.Text {
			return ""
		}
	}
	return ""
}

// isMarks reports whether a row is the 甲 乙 丙 1 2 3 line, or the 编号 line of
// dashes that some forms have.
func isMarks(cells []workbook.Cell) bool {
	n, letters := 0, 0
	for i := range cells {
		text := fold(cells[i].Text)
		switch {
		case cells[i].Kind == workbook.Blank || text == "":
			continue
		case len([]rune(text)) == 1 && strings.Contains("甲乙丙丁戊己庚辛壬癸ABCDEFG", text):
			letters++
		case strings.Trim(text, "0123456789()") == "" && len(text) <= 4, strings.Trim(text, "-") == "":
		default:
			return false
		}
		n++
	}
	return n >= 2 && letters >= 1
}

// isHeader reports whether a row still belongs to the header: texts only, one of
// them a column we know, and under the name column nothing but its own header
// again (merged headers that were taken apart).
func isHeader(cells []workbook.Cell, nameCol int) bool {
	known := false
	for i := range cells {
		c := &cells[i]
		if c.Kind == workbook.Blank || strings.TrimSpace(c.Text) == "" {
			continue
		}
		text := fold(c.Text)
		if c.Kind != workbook.Text || c.Ref.Col == nameCol && !isNameHeader(text) {
			return false
		}
		known = known || kindOf(text) != ""
	}
	return known
}

// headers reads the header path of each column over merged cells and rows.
func headers(s *workbook.Sheet, from, to int) []heading {
	width := 0
	for at := from; at <= to; at++ {
		for _, c := range row(s, at) {
			width = max(width, c.Ref.Col)
			if g, ok := s.Merge(c.Ref); ok {
				width = max(width, g.To.Col)
			}
		}
	}
	var columns []heading
	for col := 1; col <= min(width, tableCols); col++ {
		var path []string
		f := heading{at: col, top: workbook.Ref{Col: col, Row: from}}
		for at := from; at <= to; at++ {
			c := s.Shown(workbook.Ref{Col: col, Row: at})
			text := fold(c.Text)
			if text == "" || len(path) > 0 && path[len(path)-1] == text {
				continue
			}
			path = append(path, text)
			f.shown, f.top = strings.TrimSpace(c.Text), workbook.Ref{Col: col, Row: at}
		}
		if f.path = strings.Join(path, "/"); f.path != "" {
			f.kind = kindOf(f.path)
			columns = append(columns, f)
		}
	}
	return columns
}

// kindOf is what a header path says the column holds; "" when it says nothing
// we read (本月, 比重, …).
func kindOf(path string) Kind {
	leaf := path[strings.LastIndexByte(path, '/')+1:]
	bare, _, _ := strings.Cut(leaf, "(")
	switch {
	case isNameHeader(bare):
		return NameColumn
	case bare == "指标编码" || bare == "编码" || bare == "指标代码":
		return CodeColumn
	case bare == "代码" || bare == "行号" || bare == "序号" || bare == "行次" || bare == "汇总代码":
		return NoColumn
	case bare == "计量单位" || bare == "单位" || bare == "计算单位":
		return UnitColumn
	case bare == "口径" || bare == "口径标识" || bare == "统计口径":
		return CaliberColumn
	case bare == "数据状态" || bare == "状态" || bare == "口径/数据状态":
		return StatusColumn
	case bare == "说明" || bare == "备注" || bare == "备注/说明" || strings.HasPrefix(leaf, "发布(认定)机构"):
		return NoteColumn
	}
	return measureOf(path, leaf)
}

var (
	// indexBase is the unit of an index; its words are not the column's.
	indexBase = regexp.MustCompile(`上年(?:同期|同月)?=100`)
	// compared are the words of a comparison with last year: they do not make a
	// column one of last year.
	compared = regexp.MustCompile(`(?:同比|[比较与](?:上年|去年)(?:同期|同月)?(?:相比)?)`)
	lastYear = regexp.MustCompile(`上年|去年|上一年`)
	growing  = regexp.MustCompile(`增速|增长|增减|增幅|升降|±%`)
	// amounts are absolute changes, which are no growth in per cent.
	amounts = regexp.MustCompile(`(?:增减|增加|增长|变动)(?:额|量|数)|增量`)
	// other are columns of other figures: another base, another period, a plan,
	// what was filed before.
	other = regexp.MustCompile(`已报|环比|比重|占|计划|目标|预计|预测|[上去]年末|上月|上期|上季|两年平均|年均|[为于](?:上年|去年)`)
	// single is a single month, unless its words run from January.
	single = regexp.MustCompile(`本月|当月|单月|当季|本季`)
	upTo   = regexp.MustCompile(`累计|1-本[月季]|至本[月季]|止`)
	toDate = regexp.MustCompile(`累计|1-本月|1-[0-9]{1,2}月`)
)

// measureOf is the measure that a header path names. Last year's growth, growth
// on the month before, shares, plans and single months are no column of a form:
// taking one for the cumulative figure would be a wrong figure, not a missing one.
func measureOf(path, leaf string) Kind {
	path, leaf = indexBase.ReplaceAllString(path, ""), indexBase.ReplaceAllString(leaf, "")
	if other.MatchString(path) || single.MatchString(path) && !upTo.MatchString(path) {
		return ""
	}
	rest := compared.ReplaceAllString(path, "")
	ago := lastYear.MatchString(rest)
	switch {
	case rest != path || growing.MatchString(path):
		if ago || amounts.MatchString(leaf) && !strings.Contains(leaf, "%") {
			return ""
		}
		return GrowthColumn
	case ago:
		if strings.Contains(path, "同期") || strings.Contains(path, "同月") || toDate.MatchString(path) {
			return YearAgoColumn
		}
		return ""
	case toDate.MatchString(path) || yearColumn(leaf):
		return ValueColumn
	}
	for _, word := range []string{"期末", "本期", "本年实际", "年末数", "位次"} {
		if strings.Contains(path, word) {
			return ValueColumn
		}
	}
	return ""
}

// yearColumn reports a header like 2022年数 or 2026年1-9月.
func yearColumn(leaf string) bool {
	bare, _, _ := strings.Cut(leaf, "(")
	_, ok := ParsePeriod(strings.TrimSuffix(bare, "数"))
	return ok && strings.Contains(bare, "年")
}

// column finds the only column of a kind; nil when there is none.
func (t *table) column(k Kind) *heading {
	for i := range t.columns {
		if t.columns[i].kind == k {
			return &t.columns[i]
		}
	}
	return nil
}

// hits counts the rows of an edition that stand on the sheet, by code or name.
func (t *table) hits(s *workbook.Sheet, rows []Row) int {
	known := make(map[string]bool, 2*len(rows))
	for _, r := range rows {
		known[strings.ToUpper(string(r.Code))] = true
		known[foldName(r.Label)] = true
	}
	n := 0
	for at, cells := range s.Rows() {
		if at < t.body {
			continue
		}
		if at >= t.foot {
			break
		}
		for i := range cells {
			c := &cells[i]
			if c.Kind == workbook.Text && len(c.Text) < 512 && (known[strings.ToUpper(fold(c.Text))] || known[foldName(c.Text)]) {
				n++
				break
			}
		}
	}
	return n
}

// measureKinds are the numeric columns in the order of the form.
func measureKinds(e *Edition) (kinds []Kind) {
	for _, c := range e.Columns {
		if c.Kind.Measure() != "" {
			kinds = append(kinds, c.Kind)
		}
	}
	return kinds
}

// takes reports whether any row takes a measure.
func takes(rows []Row, m indicator.Measure) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Takes(m) })
}
