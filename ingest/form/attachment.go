package form

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// The attachments of a return are sheets of its workbook: they travel with the
// figures that they prove and are archived with them.
const (
	EvidenceSheet = "佐证材料" // a document a row (R33)
	RegisterSheet = "名录"   // a unit a row (R35)
)

// The headers of the attachment sheets, left to right in row 1. Columns are
// found by these texts, in any order.
var (
	EvidenceHeader = []string{"指标编码", "指标名称", "材料名称", "文号", "发布机关", "发布日期", "附件文件名"}
	RegisterHeader = []string{"指标编码", "统一社会信用代码", "单位名称", "认定文号", "认定日期", "有效期至"}
)

// An Evidence is a document that proves a figure.
type Evidence struct {
	Code                        indicator.Code
	Title, Number, Issuer, Date Field
	File                        Field // the name of a scanned file, when there is one
}

// A Member is a unit of a register.
type Member struct {
	Code       indicator.Code
	CreditCode Field // 统一社会信用代码, 18 characters (GB 32100)
	Name       Field
	Number     Field
	From, To   Field // 认定日期, 有效期至
}

// Day reads the field as a calendar day, midnight in Asia/Shanghai; false when
// it is blank or none.
func (f Field) Day() (time.Time, bool) { return parseDay(f.Text) }

// attachment reports whether a sheet is one of the two attachments, by its name.
func attachment(s *workbook.Sheet) bool {
	name := fold(s.Name)
	return name == EvidenceSheet || name == RegisterSheet
}

// attachments reads 佐证材料 and 名录, where the workbook has them. A sheet of
// that name without our headers is the department's own: it is mentioned and
// left alone.
func (x *extractor) attachments() {
	rows := x.ret.Form.Rows(x.ret.Period, x.ret.Department)
	for _, s := range x.book.Sheets {
		if !attachment(s) || s == x.sheet {
			continue
		}
		l := list{x: x, sheet: s, codes: map[string]indicator.Code{}}
		for _, r := range rows {
			l.codes[strings.ToUpper(string(r.Code))] = r.Code
		}
		switch fold(s.Name) {
		case EvidenceSheet:
			l.read("R33", EvidenceHeader, []string{"指标编码", "材料名称"}, func(code indicator.Code, at int) {
				x.ret.Evidence = append(x.ret.Evidence, Evidence{
					Code: code, Title: l.field("材料名称", at), Number: l.field("文号", at), Issuer: l.field("发布机关", at),
					Date: l.field("发布日期", at), File: l.field("附件文件名", at),
				})
			})
		case RegisterSheet:
			l.read("R35", RegisterHeader, []string{"指标编码", "统一社会信用代码"}, func(code indicator.Code, at int) {
				x.ret.Register = append(x.ret.Register, Member{
					Code: code, CreditCode: l.field("统一社会信用代码", at), Name: l.field("单位名称", at), Number: l.field("认定文号", at),
					From: l.field("认定日期", at), To: l.field("有效期至", at),
				})
			})
		}
	}
}

// A list is an attachment sheet while it is read.
type list struct {
	x       *extractor
	sheet   *workbook.Sheet
	codes   map[string]indicator.Code // that the return files, by their upper case
	columns map[string]int            // by header
}

// maxAttached bounds the rows of an attachment: no register of the catalogue
// comes near it.
const maxAttached = 50_000

// read finds the header, by its texts in any order, and hands over every row
// under it that names an indicator of the return.
func (l *list) read(rule string, header, needed []string, take func(code indicator.Code, at int)) {
	top := l.find(header, needed)
	if top == 0 {
		if len(l.sheet.Cells) > 0 {
			l.say(finding.Finding{
				Rule: rule, Severity: finding.Note, Message: "工作表“" + l.sheet.Name + "”没有规定的表头，未读取",
				Hint: "首行写表头：" + strings.Join(header, "、"),
			}, "")
		}
		return
	}
	taken := 0
	for at, cells := range l.sheet.Rows() {
		if at <= top || !slices.ContainsFunc(cells, func(c workbook.Cell) bool { return strings.TrimSpace(c.Text) != "" }) {
			continue
		}
		if len(l.x.found) > maxFindings {
			return // a hostile list: enough has been said
		}
		if taken++; taken > maxAttached {
			l.say(finding.Finding{
				Rule: rule, Severity: finding.Mandatory, Message: fmt.Sprintf("工作表“%s”超过%d行", l.sheet.Name, maxAttached), Hint: "删去多余的行后重报",
			}, workbook.Ref{Col: 1, Row: at}.String())
			return
		}
		stated := l.field("指标编码", at)
		code, ok := l.codes[strings.ToUpper(fold(stated.Text))]
		if !ok {
			l.unknown(rule, stated, at)
			continue
		}
		take(code, at)
	}
}

// find is the row of the header among the first rows; 0 when there is none.
func (l *list) find(header, needed []string) int {
	const deepest = 10
	for at, cells := range l.sheet.Rows() {
		if at > deepest {
			break
		}
		columns := map[string]int{}
		for _, c := range cells {
			text := fold(c.Text)
			if i := slices.IndexFunc(header, func(h string) bool { return fold(h) == text }); i >= 0 && columns[header[i]] == 0 {
				columns[header[i]] = c.Ref.Col
			}
		}
		if !slices.ContainsFunc(needed, func(h string) bool { return columns[h] == 0 }) {
			l.columns = columns
			return at
		}
	}
	return 0
}

// field is the text under a header; a date cell as 2006-01-02. A column that is
// not there gives a blank.
func (l *list) field(header string, at int) Field {
	col := l.columns[header]
	if col == 0 {
		return Field{}
	}
	c := l.sheet.Cell(workbook.Ref{Col: col, Row: at})
	text := strings.TrimSpace(c.Text)
	if c.Kind == workbook.Date {
		text = c.Time().Format(time.DateOnly)
	}
	return Field{text, c.Ref.String()}
}

// unknown reports a row that names no indicator of the return: it would prove
// nothing, and nobody would notice.
func (l *list) unknown(rule string, stated Field, at int) {
	f := finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Value: brief(stated.Text), Want: "本表的指标编码",
		Label: brief(cmp.Or(l.field("材料名称", at).Text, l.field("单位名称", at).Text)), Message: "本表没有这个指标编码，该行不能作为依据",
	}
	if stated.Text == "" {
		f.Message = "缺少指标编码，该行不能作为依据"
	}
	var codes []string
	for _, r := range l.x.ret.Form.Rows(l.x.ret.Period, l.x.ret.Department) {
		codes = append(codes, string(r.Code))
	}
	f.Hint = didYouMean(strings.ToUpper(fold(stated.Text)), codes)
	if f.Hint == "" {
		f.Hint = "照报表上的“指标编码”填写，或删去该行"
	}
	l.say(f, stated.Cell)
}

// say records a finding in the attachment's sheet.
func (l *list) say(f finding.Finding, cell string) {
	form := l.x.sheet
	l.x.sheet = l.sheet
	l.x.add(f, cell)
	l.x.sheet = form
}
