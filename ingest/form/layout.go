package form

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Role is what a column, a header row or a phrase above a free table says
// about the figures of the table.
type Role string

// The roles. A figure needs an indicator, a period and a unit; an area and a
// note it may have.
const (
	IndicatorRole Role = "indicator"
	AreaRole      Role = "area"
	PeriodRole    Role = "period"
	UnitRole      Role = "unit"
	NoteRole      Role = "note" // 数据来源, 备注: kept beside the figure
)

// A Layout says how one kind of free table (yearbook, bulletin, download of a
// statistics site) is read: what its header and its label columns hold, and
// where it ends. It describes no figures. What the layout does not say is never
// guessed: it becomes a finding that names the range.
type Layout struct {
	Name string // unique among the layouts loaded
	Doc  string
	// Sheet is the only sheet that is looked at; "" for every visible one.
	Sheet string
	// Head are patterns of which each must match a text above the header, the
	// sheet's name or the file's name; named groups indicator, area, period and
	// unit say something about every figure. Texts are matched after NFKC and
	// without white space.
	Head []*regexp.Regexp
	// Labels are the columns that say something about a row, found by header.
	Labels []LabelColumn
	// LabelsRow is the header row, from 1, in which the labels' headers stand.
	LabelsRow int
	// Skip are the headers of columns that are not read. All must be there.
	Skip []string
	// Across says what each header row tells about a column, top to bottom.
	Across []HeaderRow
	// Freq is the frequency of the periods; zero takes each as it is written.
	Freq period.Freq
	// Fixed says what the table does not say itself.
	Fixed map[Role]string
	// Unit decides between a unit at the row and another at the column: "label",
	// "header" or "column"; "" makes that a finding.
	Unit string
	// Units are bracketed texts that are units, besides the usual ones.
	Units []string
	// Absent are cell texts that mean an absence, besides those of §5.8.
	Absent map[string]indicator.ObsStatus
	// Stop are beginnings of a label that end the table, besides 注：, 数据来源：
	// and the like; StopBlank ends it after so many empty rows, 0 never.
	Stop      []string
	StopBlank int
	Repeat    bool // the labels and columns stand again further right (双栏)
	Sections  bool // a row with a name and no figures heads the rows under it
	Single    bool // figures were stored in single precision: 0.140000000596046 is 0.14
	File      string
	Line      int
}

// A LabelColumn is a column left or right of the figures that says something
// about the row.
type LabelColumn struct {
	Header []string // any of these
	Role   Role
	Fill   bool // an empty cell repeats the one above
}

// A HeaderRow is one row of the header.
type HeaderRow struct {
	Role Role
	Fill bool // an empty cell repeats the one to its left
}

// A Table is a free table as read.
type Table struct {
	Layout string
	File   string
	Sheet  string
	Range  workbook.Range // header and body
	Above  []Field        // the texts above the header
	Source string         // after 数据来源：
	Notes  []Footnote
	Facts  []Fact // row by row
}

// A Footnote is a text under the table. Mark is "" for one that belongs to the
// whole table.
type Footnote struct {
	Mark, Text, Cell string
}

// A Fact is one figure of a free table, or its typed absence.
type Fact struct {
	Label  string // the indicator: parts of a path are joined by “/”
	Area   string // "" when the table names none
	Period period.Period
	Unit   string
	Value  decimal.Decimal
	// Absent is N for “…”, M for “—”, O for blank, "" when there is a Value.
	Absent indicator.ObsStatus
	// Footnote are the marks at the label, the header and the figure; the texts
	// are the Table's Notes.
	Footnote string
	Note     string // of a note column
	Formula  bool   // the sheet computes the figure
	Sheet    string
	Cell     string
}

// Note is the text of a footnote mark; "" when the table has none for it.
func (t *Table) Note(mark string) string {
	for _, n := range t.Notes {
		if n.Mark == mark {
			return n.Text
		}
	}
	return ""
}

// superscript are the raised digits that NFKC would make ordinary ones:
// 地区生产总值¹ is a name with a mark, m² is not.
var superscript = map[rune]rune{'¹': '1', '²': '2', '³': '3', '⁴': '4', '⁵': '5', '⁶': '6', '⁷': '7', '⁸': '8', '⁹': '9'}

// raised writes the footnote marks of a text in one way, [2] for ² and ［2］, and
// leaves everything else.
func raised(s string) string {
	var b strings.Builder
	var before rune
	for _, r := range s {
		if d, ok := superscript[r]; ok && (before == 0 || unicode.Is(unicode.Han, before) || before == ')' || before == '）' || before == ']') {
			b.WriteString("[" + string(d) + "]")
			before = ']'
			continue
		}
		switch r {
		case '［':
			r = '['
		case '］':
			r = ']'
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// light is a label as it is kept: NFKC but for circled digits, no invisible
// characters, white space only between two words of Latin letters or digits.
func light(s string) string {
	if len(s) > 4096 {
		s = s[:4096]
	}
	runes := []rune(foldMarks(raised(strings.ToValidUTF8(s, ""))))
	runes = slices.DeleteFunc(runes, func(r rune) bool { return unicode.Is(unicode.Cf, r) })
	var b strings.Builder
	for i, r := range runes {
		if !unicode.IsSpace(r) {
			b.WriteRune(r)
			continue
		}
		next := slices.IndexFunc(runes[i:], func(r rune) bool { return !unicode.IsSpace(r) })
		if i > 0 && next >= 0 && word(runes[i-1]) && word(runes[i+next]) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func word(r rune) bool {
	return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// tight is a text without any white space, circled digits and 、 kept.
func tight(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, light(s))
}

// measure is one unit of measurement, with its multiples.
const measure = `(?:[十百千万亿]+)?(?:人民币|美元|欧元|元|人次|人天|人|户|家|个百分点|百分点|个|件|项|处|辆|台|套|艘|架|吨标准煤|吨|公斤|千克|克|公里|千米|米|平方米|平方公里|公顷|亩|立方米|千瓦时|千瓦|升|度|天|日|小时|次|头|只|羽|册|篇|株|床|张|座|条|标箱|标准箱|重量箱|所|名|宗|场|份|%|‰|倍|位)`

// usualUnit is a bracketed text that is a unit: 亿元, 吨/万元, 1978年=100, but
// not 现价 or 含地铁.
var usualUnit = regexp.MustCompile(`^(?:` + measure + `(?:[/每]` + measure + `)?|.{1,12}=100)$`)

// isUnit reports whether a text in brackets is a unit of the layout.
func (l *Layout) isUnit(s string) bool {
	return usualUnit.MatchString(s) || slices.Contains(l.Units, fold(s))
}

// A labelText is a label taken apart.
type labelText struct{ text, unit, marks string }

var (
	trailingMarks   = regexp.MustCompile(`^(.+?)((?:\*|[①-⑳]|\[[0-9]{1,2}\])+)$`)
	trailingBracket = regexp.MustCompile(`^(.+)\(([^()]*)\)$`)
	trailingPercent = regexp.MustCompile(`^(.*[^0-9.%‰])([%‰])$`)
)

// parseLabel takes unit and footnote marks off a label made light, in any order:
// 地区生产总值①（亿元）, 增长（％）*.
func parseLabel(s string, isUnit func(string) bool) labelText {
	x := labelText{text: s}
	for {
		if m := trailingMarks.FindStringSubmatch(x.text); m != nil {
			x.text, x.marks = strings.TrimSpace(m[1]), m[2]+x.marks
			continue
		}
		if m := trailingBracket.FindStringSubmatch(x.text); m != nil && x.unit == "" && isUnit(m[2]) {
			x.text, x.unit = strings.TrimSpace(m[1]), m[2]
			continue
		}
		if m := trailingPercent.FindStringSubmatch(x.text); m != nil && x.unit == "" {
			x.text, x.unit = m[1], m[2]
			continue
		}
		return x
	}
}
