package form

import "zhibiao/kpi/indicator"

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
