package form

import (
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// The head and foot fields of a filing (catalogue §5.14).
const (
	UnitHead   = "单位负责人"
	StatHead   = "统计负责人"
	FilledBy   = "填表人"
	Telephone  = "联系电话"
	ReportedOn = "报出日期"
)

// A Filing is a form as a department filled it in. Nil and absent entries are
// left blank on the sheet.
type Filing struct {
	Form       *Form
	Period     period.Period
	Department string
	// Head holds 单位负责人, 统计负责人, 填表人 and 联系电话.
	Head     map[string]string
	Reported time.Time // 报出日期; zero leaves it blank
	Entries  map[indicator.Code]Entry
	TestData bool   // prints 测试数据 on the face of the sheet
	Remark   string // 简要情况说明 (catalogue §5.32)
	Style    Style
	// Evidence and Register are the rows of the sheets 佐证材料 and 名录; a sheet
	// without rows is not written.
	Evidence []EvidenceEntry
	Register []RegisterEntry

	issue *issue // what a form has that is sent out; nil on one that came back
}

// An EvidenceEntry is a row typed into 佐证材料.
type EvidenceEntry struct {
	Code                                    indicator.Code
	Name, Title, Number, Issuer, Date, File string
}

// A RegisterEntry is a row typed into 名录.
type RegisterEntry struct {
	Code                               indicator.Code
	CreditCode, Name, Number, From, To string
}

// An Entry is what a department typed into one row. Value, YearAgo and Growth
// are nil (blank), a number (float64, int, decimal.Decimal), a string as typed
// (“…”, “—”, “１８％”, “4.53*”) or a Formula.
type Entry struct {
	Value, YearAgo, Growth any
	Caliber, Status, Note  string
	// Label and Unit are typed over the form's own; "" leaves those.
	Label, Unit string
}

// A Formula is a cell that Excel computed: its text without “=” and its cached value.
type Formula struct {
	Text  string
	Value float64
}

// A Style is how a department's workbook differs from the issued form. The zero
// Style is the issued form, filled in.
type Style struct {
	FullWidth  bool   // digits of the period and the row labels are full-width
	JoinedFoot bool   // foot labels and values share a cell: 单位负责人：某某
	NoIdentity bool   // copied into a new workbook: no hidden sheet, no defined names
	BlankRows  int    // blank rows between the head and the table
	GapAfter   int    // a blank row stands after this many rows; 0 for none
	Comments   bool   // the note texts also hang on the row labels as comments
	ValueLast  bool   // 上年同期 and 同比增速 stand before the value
	PeriodText string // the period as the department writes it; "" is the form's own
	UnitLine   string // 计量单位 of the head; "" is 见表内
	ExtraSheet string // name of a further sheet of the department's own; "" for none
	ExtraCells [][]string
}
