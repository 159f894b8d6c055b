package form_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// An edit changes a written workbook as a person would in Excel.
type edit func(x *excelize.File, sheet string) error

func set(cell string, value any) edit {
	return func(x *excelize.File, sheet string) error { return x.SetCellValue(sheet, cell, value) }
}

func edited(t *testing.T, f form.Filing, edits ...edit) *workbook.Book {
	t.Helper()
	var b bytes.Buffer
	if err := form.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if err := e(x, f.Form.Number); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := x.Write(&out); err != nil {
		t.Fatal(err)
	}
	return open(t, out.Bytes())
}

// trade is a monthly return of form 701: header rows 8–10, rows 11–14, columns
// A name B no C code D unit E value F year_ago G growth H caliber I status J note,
// foot in row 15 and 16.
func trade() form.Filing { return filing("双城701表", "2026-09", "自贸办") }

func TestEachFaultHasItsFinding(t *testing.T) {
	_, forms := definitions()
	old := func(change func(*form.Form)) *form.Form {
		f := *forms.Form("双城701表")
		change(&f)
		return &f
	}
	for _, c := range []struct {
		name   string
		filing func(*form.Filing)
		edits  []edit
		want   []string // parts of each finding's line, in order; none other
	}{
		{
			"unit of another size", nil,
			[]edit{set("D11", "万元")},
			[]string{"!D11: 强制性: “外贸进出口总额” 计量单位不符（实为 万元，应为 亿元） [R03]"},
		},
		{
			"unknown unit", nil,
			[]edit{set("D11", "箩筐")},
			[]string{"!D11: 强制性: “外贸进出口总额” 计量单位不符（实为 箩筐，应为 亿元） [R03]"},
		},
		{
			"no unit", nil,
			[]edit{set("D11", "")},
			[]string{"!D11: 强制性: “外贸进出口总额” 缺少计量单位（实为 空白，应为 亿元） [R03]"},
		},
		{
			"unit line contradicts the rows", func(f *form.Filing) { f.Style.UnitLine = "万元" }, nil,
			[]string{"!B6: 核实性: “外贸进出口总额” 表头的计量单位与本行不一致，已按本行取数，请核实（实为 表头 万元、本行 亿元，应为 亿元） [R03]"},
		},
		{
			"text in a number", nil,
			[]edit{set("E12", "约200")},
			[]string{"!E12: 强制性: “全市外贸进出口总额” 不是数字（实为 约200，应为 数字、“…”、“—”或空格） [R04]"},
		},
		{"a day of printing in the head", nil, []edit{set("A3", time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC))}, []string{""}},
		{
			"words in a growth cell", nil,
			[]edit{set("G12", "下降5.2%")},
			[]string{"!G12: 强制性: “全市外贸进出口总额” 不是数字（实为 下降5.2%"},
		},
		{"formula without a cached value", nil, []edit{func(x *excelize.File, sheet string) error {
			if err := x.SetCellValue(sheet, "G12", nil); err != nil {
				return err
			}
			return x.SetCellFormula(sheet, "G12", "E12/F12-1")
		}}, []string{"!G12: 强制性: “全市外贸进出口总额” 公式没有保存计算结果，读不到数（实为 =E12/F12-1，应为 数字） [R04]"}},
		{
			"number too precise", nil,
			[]edit{set("E11", 123.12345678)},
			[]string{"!E11: 强制性: “外贸进出口总额” 小数位数过多（实为 123.12345678，应为 不超过6位小数） [R04]"},
		},
		{
			"old version", func(f *form.Filing) { f.Form = old(func(f *form.Form) { f.Version = "2022" }) }, nil,
			[]string{"!J6: 强制性: “表式版本” 不是现行版本的表（实为 2022，应为 2023） [R02]"},
		},
		{
			"unknown form", func(f *form.Filing) { f.Form = old(func(f *form.Form) { f.Number = "双城710表" }) }, nil,
			[]string{"!J2: 强制性: “表号” 没有这个表号（实为 双城710表） [R02]"},
		},
		{
			"number of another form on the face", nil,
			[]edit{set("J2", "双城201表")},
			[]string{"!J2: 强制性: “表号” 表号与表样的内部标识不一致（实为 双城201表，应为 双城701表） [R02]"},
		},
		{
			"no form number, known by its title", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("J2", "")},
			[]string{": 强制性: “表号” 缺少表号（实为 空白，应为 双城701表） [R01]"},
		},
		{
			"no form number and no title", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("J2", ""), set("A1", "")},
			[]string{": 强制性: “表号” 找不到表号"},
		},
		{
			"no form number and two titles", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("J2", ""), set("A3", "汽车与工业情况")},
			[]string{"!A1:A3: 强制性: “表号” 找不到表号"},
		},
		{
			"unit behind the name contradicts its column", nil,
			[]edit{set("A12", "全市外贸进出口总额（万元）")},
			[]string{"!A12:D12: 强制性: “全市外贸进出口总额（万元）” 指标名称后的计量单位与计量单位栏不一致（实为 万元、亿元，应为 亿元） [R03]"},
		},
		{
			"period of another return on the face", nil,
			[]edit{set("A4", "2026年1—8月")},
			[]string{"!A4: 强制性: “报告期” 报告期与表样的内部标识不一致（实为 2026年1—8月，应为 2026年9月） [R02]"},
		},
		{
			"period of a frequency the form lacks", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("A4", "2025年")},
			[]string{"!A4: 强制性: “报告期” 报告期与本表的报别不符（实为 2025年，应为 月报，2023年起） [R02]"},
		},
		{
			"period before the plan", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("A4", "2021年1—9月")},
			[]string{"!A4: 强制性: “报告期” 报告期与本表的报别不符"},
		},
		{
			"unreadable period", nil,
			[]edit{set("A4", "2026年9月前后")},
			[]string{"!A4: 强制性: “报告期” 报告期写法不认识（实为 2026年9月前后"},
		},
		{
			"no period", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("A4", "")},
			[]string{": 强制性: “报告期” 缺少报告期"},
		},
		{
			"two periods", nil,
			[]edit{set("A3", "2026年1—8月")},
			[]string{"!A3: 强制性: “报告期” 表上有两个报告期（A3、A4）（实为 2026年1—8月、2026年1—9月，应为 一个报告期） [R02]"},
		},
		{
			"unknown department", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("B5", "自贸局")},
			[]string{"!B5: 强制性: “填报单位” 部门目录中没有这个填报单位（实为 自贸局，应为 自贸办） [R02]"},
		},
		{
			"another department's form", func(f *form.Filing) { f.Style.NoIdentity = true },
			[]edit{set("B5", "财政局")},
			[]string{"!B5: 强制性: “填报单位” 本表不由这个单位填报（实为 财政局，应为 自贸办） [R02]"},
		},
		{
			"department differs from the identity", nil,
			[]edit{set("B5", "财政局")},
			[]string{"!B5: 强制性: “填报单位” 填报单位与表样的内部标识不一致（实为 财政局，应为 自贸办） [R02]"},
		},
		{
			"no foot", func(f *form.Filing) { f.Head, f.Reported = nil, time.Time{} }, nil,
			[]string{"“单位负责人” 缺少单位负责人", "“统计负责人” 缺少统计负责人", "“填表人” 缺少填表人", "“联系电话” 缺少联系电话", "“报出日期” 缺少报出日期"},
		},
		{
			"report date after the day of receipt", func(f *form.Filing) { f.Reported = f.Reported.AddDate(0, 1, 0) },
			[]edit{},
			[]string{": 强制性: “报出日期” 报出日期晚于收到日期（实为 2026年11月10日，应为 不晚于 2026年10月11日） [R01]"},
		},
		{
			"report date is no date", nil,
			[]edit{set("B16", "十月上旬")},
			[]string{"!B16: 强制性: “报出日期” 报出日期写法不认识（实为 十月上旬，应为 2026年7月25日） [R01]"},
		},
		{
			"report date within the period", nil,
			[]edit{set("B16", "2026年9月20日")},
			[]string{"!B16: 核实性: “报出日期” 报出日期不晚于报告期末，请核实（实为 2026年9月20日，应为 晚于 2026年9月30日） [R01]"},
		},
		{
			"no title", nil,
			[]edit{set("A1", "")},
			[]string{": 强制性: “表名” 缺少表名，或表名与表号不符（实为 空白，应为 外贸外资情况） [R01]"},
		},
		{
			"no caliber", func(f *form.Filing) { change(f, "FDI.ACTUAL.CQ", func(e *form.Entry) { e.Caliber = "" }) }, nil,
			[]string{"!H14: 强制性: “全市实际使用外资” 缺口径标识（实为 空白，应为 商务部FDI口径、全口径） [R28]"},
		},
		{
			"unknown caliber", func(f *form.Filing) { change(f, "FDI.ACTUAL.CQ", func(e *form.Entry) { e.Caliber = "商务部" }) }, nil,
			[]string{"!H14: 强制性: “全市实际使用外资” 口径标识不认识（实为 商务部，应为 商务部FDI口径、全口径） [R28]"},
		},
		{
			"unknown status", func(f *form.Filing) { change(f, "TRADE.TOTAL.CQ", func(e *form.Entry) { e.Status = "大概" }) }, nil,
			[]string{"!I12: 强制性: “全市外贸进出口总额” 数据状态不认识（实为 大概"},
		},
		{
			"row removed", nil,
			[]edit{func(x *excelize.File, s string) error { return x.RemoveRow(s, 12) }},
			[]string{"强制性: “全市外贸进出口总额” 缺少一行（实为 空白，应为 02 全市外贸进出口总额） [row-missing]"},
		},
		{
			"row twice", nil,
			[]edit{func(x *excelize.File, s string) error { return x.DuplicateRow(s, 12) }},
			[]string{"!C12:C13: 强制性: “全市外贸进出口总额” 同一指标有两行，不知取哪一行（实为 两行，应为 一行） [row-duplicate]"},
		},
		{
			"names shifted against codes", nil,
			[]edit{set("A11", "全市外贸进出口总额"), set("A12", "外贸进出口总额")},
			[]string{
				"!A11:C11: 强制性: “全市外贸进出口总额” 指标名称与编码错行（实为 名称“全市外贸进出口总额”、编码 TRADE.TOTAL.LJ（外贸进出口总额），应为 编码 TRADE.TOTAL.CQ） [row-shifted]",
				"!A12:C12: 强制性: “外贸进出口总额” 指标名称与编码错行",
			},
		},
		{
			"code of another form", nil,
			[]edit{set("A12", "某指标"), set("C12", "NEV.GOV.LJ")},
			[]string{
				"!A11:A14: 强制性: “全市外贸进出口总额” 缺少一行（实为 空白，应为 02 全市外贸进出口总额） [row-missing]",
				"!C12: 强制性: “某指标” 本期的双城701表没有这个指标（实为 NEV.GOV.LJ） [row-unknown]",
			},
		},
		{
			"code mistyped", nil,
			[]edit{set("C12", "TRADE.TOTAL.CO")},
			[]string{
				"!A11:A14: 强制性: “全市外贸进出口总额” 缺少一行",
				"!C12: 强制性: “全市外贸进出口总额” 指标编码不在本表中（实为 TRADE.TOTAL.CO，应为 TRADE.TOTAL.CQ） [row-code]",
			},
		},
		{"row of the department's own", nil, []edit{func(x *excelize.File, s string) error {
			if err := x.InsertRows(s, 13, 1); err != nil {
				return err
			}
			return x.SetSheetRow(s, "A13", &[]any{"本区占全市比重", "", "", "%", 44.5})
		}}, []string{"!E13: 核实性: “本区占全市比重” 该行不在表样中，未取数（实为 44.5） [row-unknown]"}},
		{
			"label changed", nil,
			[]edit{set("A12", "全市进出口")},
			[]string{"!A12: 提示: “全市外贸进出口总额” 指标名称与表样不同，按编码 TRADE.TOTAL.CQ 读取（实为 全市进出口） [label-changed]"},
		},
		{
			"two value columns", nil,
			[]edit{set("F9", "本期累计数")},
			[]string{"强制性: 缺少“上年同期”列", "!E9:F9: 强制性: 有两列都像“本期累计”，不知取哪一列（实为 “本期累计”、“本期累计数”，应为 一列“本期累计”） [column-ambiguous]"},
		},
		{
			"value column replaced by 本月", nil,
			[]edit{set("E9", "本月")},
			[]string{"!A8: 强制性: 缺少“本期累计”列"},
		},
		{
			"column removed", nil,
			[]edit{func(x *excelize.File, s string) error { return x.RemoveCol(s, "G") }},
			[]string{"!A8: 强制性: 缺少“同比增速（%）”列"},
		},
		{
			"header removed", nil,
			[]edit{set("A8", "")},
			[]string{"强制性: 没有找到表头"},
		},
		{
			"merged data cells", nil,
			[]edit{func(x *excelize.File, s string) error { return x.MergeCell(s, "E11", "E12") }},
			[]string{
				"!E11:E12: 强制性: 数据格是合并单元格，不知数属于哪一格（实为 100.25，应为 不合并的单元格） [merged-data]",
				"!E12: 提示: “全市外贸进出口总额” 本期数未填",
			},
		},
		{
			"hidden row", nil,
			[]edit{func(x *excelize.File, s string) error { return x.SetRowVisible(s, 12, false) }},
			[]string{"!E12: 提示: “全市外贸进出口总额” 该行被隐藏，其中的数照常读取（实为 200.25） [hidden-row]"},
		},
		{
			"hidden column", nil,
			[]edit{func(x *excelize.File, s string) error { return x.SetColVisible(s, "F", false) }},
			[]string{"!F9: 提示: 该列被隐藏，其中的数照常读取（实为 上年同期） [hidden-column]"},
		},
		{
			"blank value before the deadline", func(f *form.Filing) { change(f, "TRADE.TOTAL.CQ", func(e *form.Entry) { e.Value = nil }) }, nil,
			[]string{"!E12: 提示: “全市外贸进出口总额” 本期数未填，期限为2026年10月18日 [value-missing]"},
		},
		{"two forms in a workbook", nil, []edit{func(x *excelize.File, s string) error {
			if _, err := x.NewSheet("另一张"); err != nil {
				return err
			}
			return x.SetCellValue("另一张", "B2", "双城201表")
		}}, []string{": 强制性: 工作簿里有多张报表（实为 “双城701表”、“另一张”，应为 一个工作簿一张报表） [sheet-ambiguous]"}},
		{
			"extra sheet", func(f *form.Filing) { f.Style.ExtraSheet, f.Style.ExtraCells = "底稿", [][]string{{"x"}} }, nil,
			[]string{"[底稿]: 提示: 另有工作表“底稿”，未读取 [extra-sheet]"},
		},
		{
			"issued form altered", nil,
			[]edit{func(x *excelize.File, _ string) error { return x.SetCellValue("标识", "B5", "000000000000") }},
			[]string{"强制性: “表式版本” 表样与现行表式不一致"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := trade()
			at := received(f)
			if c.filing != nil {
				c.filing(&f)
			}
			_, found := extract(edited(t, f, c.edits...), at)
			for _, x := range found {
				if x.Severity == finding.Mandatory && (x.Hint == "" && !strings.Contains(c.name, "unknown") && !strings.Contains(c.name, "code of another") || x.Message == "" || x.Place.File != "表.xlsx") {
					t.Errorf("a finding without a hint, message or file: %+v", x)
				}
			}
			got := strings.Split(strings.TrimSuffix(lines(found), "\n"), "\n")
			if len(got) != len(c.want) {
				t.Fatalf("findings: %d, want %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("finding %d:\n got %s\nwant %s", i, got[i], c.want[i])
				}
			}
		})
	}
}

func change(f *form.Filing, code indicator.Code, how func(*form.Entry)) {
	e := f.Entries[code]
	how(&e)
	f.Entries[code] = e
}

func TestUnitProposal(t *testing.T) {
	f := trade()
	_, found := extract(edited(t, f, set("D11", "万元"), set("E11", 1234500)), received(f))
	if len(found) != 1 || !strings.Contains(found[0].Hint, "如所填 1234500 确为万元，应填 123.45") {
		t.Errorf("got:\n%s", found)
	}
}

func TestJanuary(t *testing.T) {
	f := filing("双城701表", "2026-01", "自贸办")
	_, found := extract(workbookOf(t, f), received(f))
	if got := lines(found); got != "表.xlsx[双城701表]!A4: 强制性: “报告期” 本表1月免报，2月报1—2月累计数（实为 2026年1月，应为 2026年1—2月） [R29]\n" {
		t.Errorf("January of 701:\n%s", got)
	}
	f = filing("双城501表", "2026-01", "生态环境分局")
	if ret, found := extract(workbookOf(t, f), received(f)); len(found) > 0 || ret.Period.String() != "2026-01" {
		t.Errorf("January of 501 is %s:\n%s", ret.Period, found)
	}
	f = filing("双城701表", "2026-02", "自贸办")
	f.Style.PeriodText = "2026年2月"
	if _, found := extract(workbookOf(t, f), received(f)); len(found) != 1 || found[0].Rule != "R29" || found[0].Severity != finding.Plausibility {
		t.Errorf("February written as a single month:\n%s", found)
	}
}

func TestValidityAndClosedPeriods(t *testing.T) {
	f := filing("双城401表", "2027", "科技创新局")
	if _, found := extract(workbookOf(t, f), day("2028-11-30")); len(found) > 0 {
		t.Errorf("the last return of the plan:\n%s", found)
	}
	_, found := extract(workbookOf(t, f), day("2029-01-01"))
	if got := lines(found); !strings.Contains(got, "报表已过有效期（实为 2028年12月31日，应为 不早于 2029年1月1日） [R02]") {
		t.Errorf("after the validity:\n%s", got)
	}
	f = trade()
	f.Reported = day("2026-09-30")
	_, found = extract(workbookOf(t, f), day("2026-09-30"))
	if !strings.Contains(lines(found), "报告期尚未结束") {
		t.Errorf("filed on the period's last day:\n%s", found)
	}
	_, found = extract(edited(t, trade(), set("J5", "2026年6月")), received(trade()))
	if !strings.Contains(lines(found), "报表已过有效期（实为 2026年6月30日") {
		t.Errorf("an old sheet's own validity:\n%s", found)
	}
}

func TestBlankAfterTheDeadlineAsks(t *testing.T) {
	f := trade()
	change(&f, "TRADE.TOTAL.CQ", func(e *form.Entry) { e.Value = nil })
	_, found := extract(workbookOf(t, f), day("2026-10-19"))
	if got := lines(found); got != "表.xlsx[双城701表]!E12: 核实性: “全市外贸进出口总额” 本期数未填，已过报送期限（实为 空白，应为 数字、“…”或“—”） [value-missing]\n" {
		t.Errorf("got:\n%s", got)
	}
}

// 上半年 means Q2 on a quarterly form and the half-year on a half-yearly one.
func TestPeriodIsReconciledWithTheEdition(t *testing.T) {
	for _, c := range []struct{ number, p, department, text string }{
		{"双城101表", "2026-Q2", "经济运行局", "2026年上半年"},
		{"双城101表", "2026-Q2", "经济运行局", "2026年1—6月"},
		{"双城101表", "2026-Q3", "经济运行局", "2026年前三季度"},
		{"双城101表", "2025-Q4", "经济运行局", "2025年全年"},
		{"双城101表", "2026-Q1", "经济运行局", "２０２６年 一 季 度"},
		{"双城402表", "2026-H1", "科技创新局", "2026年上半年"},
		{"双城402表", "2026-H1", "科技创新局", "2026年6月末"},
		{"双城402表", "2026-Q2", "科技创新局", "2026年上半年"}, // the rows decide
		{"双城402表", "2026-Q2", "科技创新局", "2026年6月末"},
		{"双城801表", "2025-Q4", "社会保障局", "2025年"},
		{"双城801表", "2025", "社会保障局", "2025年"},
		{"双城201表", "2025", "产业促进局", "2025年"},
		{"双城201表", "2025-12", "产业促进局", "2025年1—12月"},
		{"双城501表", "2026-06", "生态环境分局", "2026年上半年"},
	} {
		for _, copied := range []bool{false, true} {
			f := filing(c.number, c.p, c.department)
			f.Style.PeriodText, f.Style.NoIdentity = c.text, copied
			ret, found := extract(workbookOf(t, f), received(f))
			if ret.Period != period.MustParse(c.p) || len(found) > 0 {
				t.Errorf("%q on %s (copied %v) = %s, want %s\n%s", c.text, c.number, copied, ret.Period, c.p, found)
			}
		}
	}
}

func TestAnotherDepartmentsRows(t *testing.T) {
	f := filing("双城901表", "2025", "教育局")
	f.Department = "教育局"
	_, forms := definitions()
	whole := f
	whole.Department = ""
	whole.Entries = map[indicator.Code]form.Entry{"FIRST.WEDDINGREG.CQ": {Value: 1.0}, "RANK.DE.CQ": {Value: 3.0}}
	book := edited(t, whole, set("B5", "教育局"), func(x *excelize.File, s string) error { return x.DeleteSheet("标识") })
	_, found := extract(book, received(f))
	if got := lines(found); !strings.Contains(got, "强制性: “数字经济发展保持全市领先” 该行由产业促进局填报（实为 3，应为 产业促进局） [row-foreign]") || found.Count(finding.Mandatory) != 1 {
		t.Errorf("got:\n%s", got)
	}
	if forms.Form("双城901表").Rows(f.Period, "教育局")[0].Code != "FIRST.WEDDINGREG.CQ" {
		t.Error("rows of 教育局")
	}
}

// A return never makes the extractor fail, whatever is in the book.
func TestStrangeBooks(t *testing.T) {
	txt := func(ref, s string) workbook.Cell {
		r, _ := workbook.ParseRef(ref)
		return workbook.Cell{Ref: r, Kind: workbook.Text, Text: s}
	}
	sheet := func(cells ...workbook.Cell) *workbook.Book {
		return &workbook.Book{Sheets: []*workbook.Sheet{{Name: "S", Cells: cells}}}
	}
	for name, b := range map[string]*workbook.Book{
		"no sheet":      {},
		"empty sheet":   sheet(),
		"only a number": sheet(txt("A1", "双城701表")),
		"only a header": sheet(txt("A1", "指标名称")),
		"header at the last row": sheet(txt("A1", "双城701表"), txt("B2", "2026年9月"),
			txt("A60", "指标名称")),
		"names into nowhere": {Names: []workbook.Name{{Name: "FORM_ID", Refers: "nonsense"}, {Name: "FORM_ID", Refers: "'x'!$A$1"}, {Name: "FORM_ID", Refers: "#REF!"}}},
	} {
		ret, found := extract(b, day("2026-10-10"))
		if ret == nil || !found.Refused() {
			t.Errorf("%s is accepted: %+v", name, ret)
		}
	}
}

func TestHeadAndFootAreReadInBothShapes(t *testing.T) {
	f := trade()
	separate, _ := extract(workbookOf(t, f), received(f))
	f.Style.JoinedFoot = true
	joined, _ := extract(workbookOf(t, f), received(f))
	for _, k := range []string{form.UnitHead, form.StatHead, form.FilledBy, form.Telephone, form.ReportedOn, form.RemarkField, form.AgencyField, form.ApprovalField} {
		if separate.Head[k].Text == "" || separate.Head[k].Text != joined.Head[k].Text {
			t.Errorf("%s: %q and %q", k, separate.Head[k].Text, joined.Head[k].Text)
		}
	}
	if d := cmp.Diff(separate.Reported, joined.Reported); d != "" {
		t.Error(d)
	}
	if separate.Head[form.ApprovalField].Text != "内部工作报表" {
		t.Errorf("approval: %+v", separate.Head[form.ApprovalField])
	}
}
