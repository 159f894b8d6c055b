package form_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// layouts loads the built-in layouts, and those of the tests when asked.
func layouts(t testing.TB, fsys fs.FS) []form.Layout {
	t.Helper()
	all, found, err := form.LoadLayouts(fsys)
	if err != nil || len(found) > 0 {
		t.Fatalf("%v\n%s", err, found)
	}
	return all
}

// layoutOf loads one layout written without its name.
func layoutOf(t testing.TB, body string) *form.Layout {
	t.Helper()
	all := layouts(t, fstest.MapFS{"a.yaml": {Data: []byte("layouts:\n  - name: 试表\n" + indent(body))}})
	return &all[0]
}

func indent(body string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(body, "\n") + "\n") {
		b.WriteString("    " + strings.TrimPrefix(line, "\t\t"))
	}
	return b.String()
}

// facts prints the facts of a table one per line: label, area, period, unit,
// value or status, footnote and note.
func facts(t form.Table) string {
	var b strings.Builder
	for _, f := range t.Facts {
		value := f.Value.String()
		if f.Absent != "" {
			value = string(f.Absent)
		}
		b.WriteString(strings.TrimRight(strings.Join([]string{f.Label, f.Area, f.Period.String(), f.Unit, value, f.Footnote, f.Note}, "|"), "|") + "\n")
	}
	return b.String()
}

// A sum is what is known of a table from reading it by hand.
type sum struct {
	layout, sheet, rng string
	facts, values      int
	total              string
	spots              map[string]string // cell → the printed fact
}

// tables is the directory of the real tables: ZHIBIAO_TABLES, or the one shared
// beside the checkout.
func tables(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("ZHIBIAO_TABLES"); dir != "" {
		return dir
	}
	dir := filepath.Join("..", "..", "..", "shared", "data", "tables")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join("..", "..", "..", "shared")); err == nil && os.Getenv("CI") == "true" {
			t.Fatalf("%s is not there, and CI has the folder it belongs to", dir)
		}
		t.Skip("the real tables are not here: they may not be passed on; set ZHIBIAO_TABLES to their directory")
	}
	return dir
}

// The counts, totals and spot values were taken from the files with another
// reader; the .xls files through another program's conversion.
var realTables = map[string][]sum{
	"1996-2023年地级市外商直接投资FDI.xlsx": {{"地级市外商直接投资面板", "Sheet1", "A1:E8261", 8260, 7000, "6602355.35", map[string]string{
		"C2": "外商直接投资|七台河|1996|百万美元|O||七台河市统计局", "C3": "外商直接投资|七台河|1997|百万美元|0.14||七台河市统计局",
		"C42": "外商直接投资|三亚|2008|百万美元|154.12||三亚市统计局", "C8255": "外商直接投资|龙岩|2017|百万美元|327.88||龙岩市统计局",
		"C8261": "外商直接投资|龙岩|2023|百万美元|51||龙岩市统计局",
	}}},
	"R&D经费（万元）.xlsx": {{"研发经费分省推算表", "Sheet1", "E1:R32", 403, 403, "180335.712149997009867", map[string]string{
		"F2": "R&D经费|北京|2012|万元|178.883131648341", "R3": "R&D经费|天津|2024|万元|267.772462637363", "R4": "R&D经费|河北|2024|万元|711.91500230768",
	}}},
	"分省年度数据.xls": {{"分省年度表", "分省年度数据", "A4:F35", 155, 155, "4249428.47", map[string]string{
		"B5": "地区生产总值|北京市|2019|亿元|35371.28", "B26": "地区生产总值|重庆市|2019|亿元|23605.77", "C26": "地区生产总值|重庆市|2018|亿元|21588.8",
		"B17": "地区生产总值|福建省|2019|亿元|42395", "F35": "地区生产总值|新疆维吾尔自治区|2015|亿元|9324.8",
	}}},
	"国内生产总值（现价）.xls": {{"季度指标表", "季度数据", "A3:S35", 576, 576, "43133801.3", map[string]string{
		"B4": "国内生产总值当季值||2020-Q1|亿元|206504.3", "C5": "国内生产总值累计值||2019-Q4|亿元|990865.1",
		"S35": "其他行业增加值累计值||2015-Q4|亿元|101249.9", "R4": "国内生产总值当季值||2016-Q1|亿元|162410",
	}}},
	"年度数据.xls": {{"年度指标表", "年度数据", "A1:AU7", 276, 276, "383840.6", map[string]string{
		"B2": "国民总收入指数||2023|1978年=100|4673.9", "C7": "人均国内生产总值指数||2022|1978年=100|3032.3", "AU2": "国民总收入指数||1978|1978年=100|100",
	}}},
	"工业增加值-月度.xls": {
		{"月度指标表", "月度数据", "A3:V87", 1764, 1680, "7435.6", map[string]string{
			"B4": "工业增加值同比增长||2020-04|%|3.9", "D4": "工业增加值同比增长||2020-02|%|O", "C5": "工业增加值累计增长||2020-03|%|-8.4",
			"B36": "汽车制造业增加值同比增长||2020-04|%|5.8", "V87": "水的生产和供应业增加值累计增长||2018-06|%|5.9",
		}},
		{"月度指标表", "同比", "A1:V43", 882, 798, "4064.2", map[string]string{"B2": "工业增加值同比增长||2020-04|%|3.9"}},
		{"月度指标表（转置）", "同比", "A45:AQ66", 882, 798, "4064.2", map[string]string{"B46": "工业增加值同比增长||2018-10|%|5.9", "B56": "工业增加值同比增长||2019-02|%|O"}},
		{"月度指标表（转置）", "同比", "A68:AQ87", 798, 798, "4064.2", map[string]string{"AQ87": "水的生产和供应业增加值同比增长||2020-04|%|1.7"}},
		{"分行业增速表", "同比", "A91:B122", 31, 31, "-75", map[string]string{"B115": "汽车制造业||2020-03|%|-22.4"}},
		{"月度指标表", "累计", "A1:V43", 882, 882, "3371.4", map[string]string{"B2": "工业增加值累计增长||2020-04|%|-4.9"}},
		{"月度指标表（转置）", "累计", "A45:AQ66", 882, 882, "3371.4", map[string]string{"X66": "医药制造业增加值累计增长||2020-04|%|0"}},
		{"分行业增速表", "累计", "A69:E100", 62, 62, "-994.1", map[string]string{"B93": "汽车制造业||2020-03|%|-26", "E93": "汽车制造业||2020-02|%|-31.8"}},
	},
}

func TestRealTablesAreRead(t *testing.T) {
	dir := tables(t)
	known := layouts(t, form.EmbeddedLayouts())
	for name, wants := range realTables {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
				t.Skipf("%s is not among the real tables", name)
			}
			if err != nil {
				t.Fatal(err)
			}
			book, found := workbook.Open(name, data, workbook.DefaultLimits())
			if book == nil {
				t.Fatalf("the reader refuses the file:\n%s", found)
			}
			got, found := form.ReadTables(name, book, known)
			for _, f := range found {
				// The only thing wrong with the six files, and it is really there.
				if name != "工业增加值-月度.xls" || f.Rule != "figures-unheaded" || f.Place.Cell != "W4:AH5" || f.Place.Sheet != "月度数据" {
					t.Errorf("finding: %s", f)
				}
			}
			if len(got) != len(wants) {
				t.Fatalf("%d tables, want %d", len(got), len(wants))
			}
			for i, want := range wants {
				checkTable(t, got[i], want)
			}
		})
	}
}

func checkTable(t *testing.T, got form.Table, want sum) {
	t.Helper()
	if got.Layout != want.layout || got.Sheet != want.sheet || got.Range.String() != want.rng {
		t.Errorf("read %s %s!%s, want %s %s!%s", got.Layout, got.Sheet, got.Range, want.layout, want.sheet, want.rng)
	}
	total, values := decimal.Zero, 0
	cells := map[string]string{}
	for _, f := range got.Facts {
		if f.Absent == "" {
			values++
			total = total.Add(f.Value)
		}
		cells[f.Cell] = strings.TrimSuffix(facts(form.Table{Facts: []form.Fact{f}}), "\n")
	}
	if len(got.Facts) != want.facts || values != want.values || total.String() != want.total {
		t.Errorf("%s: %d facts, %d values, total %s; want %d, %d, %s", got.Sheet, len(got.Facts), values, total, want.facts, want.values, want.total)
	}
	for cell, spot := range want.spots {
		if cells[cell] != spot {
			t.Errorf("%s!%s: %s, want %s", got.Sheet, cell, cells[cell], spot)
		}
	}
}

// Everything that cannot be said for certain is a finding with its range, and
// the figures concerned are left out.
func TestAmbiguityIsAFinding(t *testing.T) {
	const byPeriod = `
		labels: [{header: 指标, role: indicator}]
		across: [period]`
	for _, c := range []struct {
		name, layout, table string
		found               []string // parts of the findings
		facts               string
	}{
		{
			"no such table", byPeriod, "地区\t2023年\n重庆\t1",
			[]string{"强制性: 没有找到版式“试表”的表（实为 空白，应为 表头有 指标） [table-missing]"},
			"",
		},
		{
			"two tables", byPeriod, "指标\t2023年\n甲(亿元)\t1\n\n指标\t2022年\n甲(亿元)\t2",
			[]string{"[报表]!A1:B2: 强制性: 有多张表都是版式“试表”，不知取哪一张（实为 报表!A1:B2、报表!A4:B5，应为 一张表） [table-ambiguous]"},
			"",
		},
		{
			"header that is no period", byPeriod, "指标\t2023年\t2022年\t备查\n甲(亿元)\t1\t2\t3",
			[]string{"!D1:D2: 强制性: 表头不是报告期，整列未读（实为 备查，应为 报告期） [header-unknown]"},
			"甲||2023|亿元|1\n甲||2022|亿元|2\n",
		},
		{
			"figures without a header", byPeriod, "指标\t2023年\n甲(亿元)\t1\t\t7\n乙(亿元)\t2\t8",
			[]string{"!C2:D3: 核实性: 这些数上方没有表头，未读取（实为 2个数，应为 每列有表头） [figures-unheaded]"},
			"甲||2023|亿元|1\n乙||2023|亿元|2\n",
		},
		{
			"row without a label", byPeriod, "指标\t2023年\t2022年\n甲(亿元)\t1\t2\n\t3\t4",
			[]string{"!B3:C3: 强制性: 这一行有数而没有指标，未取数（实为 空白，应为 指标） [row-unlabelled]"},
			"甲||2023|亿元|1\n甲||2022|亿元|2\n",
		},
		{
			"no unit", byPeriod, "指标\t2023年\n甲(现价)\t1\n乙(亿元)\t2",
			[]string{"!A1:B2: 强制性: 找不到计量单位，未取数（实为 空白，应为 计量单位） [unit-missing]"},
			"乙||2023|亿元|2\n",
		},
		{
			"units that differ", "labels: [{header: 指标, role: indicator}]\nacross: [indicator]\nfixed: {period: 2023年}", "指标\t绝对额\t增长(%)\n甲(亿元)\t1\t2",
			[]string{"!A1:C2: 强制性: 行和列的计量单位不同，不知取哪一个（实为 亿元、%，应为 一个计量单位） [unit-ambiguous]"},
			"甲/绝对额||2023|亿元|1\n",
		},
		{
			"units that differ, decided", "unit: header\nlabels: [{header: 指标, role: indicator}]\nacross: [indicator]\nfixed: {period: 2023年}", "指标\t绝对额\t增长(%)\n甲(亿元)\t1\t2",
			nil, "甲/绝对额||2023|亿元|1\n甲/增长||2023|%|2\n",
		},
		{
			"the same figure twice", byPeriod, "指标\t2023年\n甲(亿元)\t1\n乙(亿元)\t2\n甲(亿元)\t3",
			[]string{"!B2:B4: 强制性: “甲” 同一指标、地区和报告期有两处，都未取数（实为 2023，应为 一处） [fact-duplicate]"},
			"乙||2023|亿元|2\n",
		},
		{
			"two label columns", byPeriod, "指标\t2023年\t指标\t2022年\n甲(亿元)\t1\t乙(亿元)\t2",
			[]string{"!A1:C1: 强制性: 有多列都叫这个名称，不知取哪一列（实为 指标，应为 一列） [header-ambiguous]"},
			"",
		},
		{
			"figures after the notes", byPeriod, "指标\t2023年\t2022年\n甲(亿元)\t1\t2\n注：初步数。\n乙(亿元)\t3\t4",
			[]string{"!B4:C4: 强制性: 注释之后还有数，不知是否属于本表，未读取（实为 空白，应为 注释在全部数据之后） [rows-after-note]"},
			"甲||2023|亿元|1\n甲||2022|亿元|2\n",
		},
		{
			"words for a figure", byPeriod, "指标\t2023年\n甲(%)\t增长5.2\n乙(%)\t3",
			[]string{"!B2: 强制性: “甲” 不是数字（实为 增长5.2"},
			"乙||2023|%|3\n",
		},
		{
			"a mark without its note", byPeriod, "指标\t2023年\n甲①(亿元)\t1",
			[]string{"!B2: 提示: “甲” 有注号而表下没有这条注（实为 ①） [footnote-missing]"},
			"甲||2023|亿元|1|①\n",
		},
		{
			"two periods in one cell of a cross table", "labels: [{header: 年份, role: period}]\nacross: [period]\nfixed: {indicator: 降水量, unit: 毫米}", "年份\t1月\t2024年\n2023年\t1\t2",
			[]string{"!A2:C2: 强制性: 读不出报告期，这一行未读（实为 2024年 2023年，应为 报告期） [period-unknown]"},
			"降水量||2023-01|毫米|1\n",
		},
		{
			"a column that names nothing", "labels: [{header: 地区, role: area}]\nacross: [period, indicator]", "地区\t2025年\t2024年\n\t产值（亿元）\n甲市\t1\t2",
			[]string{"!C1:C3: 强制性: 表头没有写指标，整列未读 [label-missing]"},
			"产值|甲市|2025|亿元|1\n",
		},
		{
			"head said twice", "head: ['^指标:(?P<indicator>.+)\\((?P<unit>.+)\\)$']\nlabels: [{header: 地区, role: area}]\nacross: [period]", "指标：甲(亿元)\n指标：乙(亿元)\n地区\t2023年\n重庆\t1",
			[]string{"!A2、A1: 强制性: 表上方有两处说法不同，不知取哪一处（实为 乙、甲，应为 一种说法） [head-ambiguous]"},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, found := layoutOf(t, c.layout).Extract("表.xlsx", bookOf(c.table))
			if d := cmp.Diff(c.facts, facts(got)); d != "" {
				t.Errorf("facts:\n%s", d)
			}
			checkFindings(t, found, c.found)
		})
	}
}

func checkFindings(t *testing.T, found finding.List, want []string) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(lines(found), "\n"), "\n")
	if len(found) != len(want) {
		t.Fatalf("%d findings, want %d:\n%s", len(found), len(want), found)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("finding %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
}

// Two layouts that describe the same table are ambiguous; a merged figure and
// an unknown sheet are named.
func TestReadTablesNamesWhatItCannotDecide(t *testing.T) {
	two := layouts(t, fstest.MapFS{"a.yaml": {Data: []byte(`layouts:
  - {name: 甲式, labels: [{header: 指标, role: indicator}], across: [period]}
  - {name: 乙式, labels: [{header: 指标, role: indicator}], across: [period], frequency: A}
`)}})
	got, found := form.ReadTables("表.xlsx", bookOf("指标\t2023年\n甲(亿元)\t1"), two)
	if len(got) != 0 {
		t.Errorf("tables: %+v", got)
	}
	checkFindings(t, found, []string{"表.xlsx[报表]!A1:B2: 强制性: 这张表符合几个版式，不知用哪一个（实为 “甲式”、“乙式”，应为 一个版式） [layout-ambiguous]"})
	_, found = form.ReadTables("表.xlsx", bookOf("随便\t写写"), two)
	checkFindings(t, found, []string{"强制性: 没有一张表符合已知的版式 [table-missing]", "提示: 工作表“报表”没有已知版式的表，未读取 [sheet-unread]"})

	book := bookOf("指标\t2023年\t2022年\n甲(亿元)\t1\t2\n乙(亿元)\t3\t4")
	book.Sheets[0].Merged = []workbook.Range{{From: workbook.Ref{Col: 2, Row: 2}, To: workbook.Ref{Col: 2, Row: 3}}}
	table, found := two[0].Extract("表.xlsx", book)
	checkFindings(t, found, []string{"!B2:B3: 强制性: 数据格是合并单元格，不知数属于哪一格（实为 1，应为 不合并的单元格） [merged-data]"})
	if got := facts(table); got != "甲||2022|亿元|2\n乙||2022|亿元|4\n" {
		t.Errorf("facts:\n%s", got)
	}
}

// Every fault of a layout file is found, with its line.
func TestLayoutFaultsAreFound(t *testing.T) {
	const good = "labels: [{header: 指标, role: indicator}]\nacross: [period]"
	for _, c := range []struct{ body, want string }{
		{"labels: [{header: 指标, role: indicator}]", "across 应有1到5行"},
		{"across: [period]", "缺少 labels"},
		{good + "\nacros: [period]", "没有这个键（实为 acros） [yaml-unknown-field]"},
		{"labels: [{header: 指标, role: indicater}]\nacross: [period]", "这里不能是这个 role（实为 indicater） [yaml-value]"},
		{"labels: [{header: 地区, role: area}]\nacross: [period]", "没有说明 indicator 从哪里取（实为 indicator） [layout-incomplete]"},
		{"labels: [{header: 指标, role: indicator}]\nacross: [area]", "没有说明 period 从哪里取"},
		{good + "\nfrequency: W", "频率应是 M、Q、H 或 A"},
		{good + "\nhead: ['(']", "正则表达式写法不对"},
		{good + "\nhead: ['(?P<title>x)']", "命名组应是 indicator、area、period 或 unit"},
		{good + "\nabsent: {x: Z}", "应是 N（不足单位）、M（无此项）或 O（未报）"},
		{good + "\nabsent: {'0': O}", "数字和空白不能作缺数记号"},
		{good + "\nunit: middle", "unit 应是 label、header 或 column"},
		{good + "\nfixed: {period: 去年}", "报告期写法不认识"},
		{good + "\nstop_blank: 0", "stop_blank 超出范围（实为 0）"},
		{good + "\nlabels_row: 2", "labels_row 超出范围（实为 2）"},
		{"labels: [{role: indicator}]\nacross: [period]", "缺少 header"},
		{"labels: [{header: 指标}]\nacross: [period]", "缺少 role"},
		{"labels: [{header: 指标, role: indicator}]\nacross: [note]", "这里不能是这个 role（实为 note）"},
		{good + "\nrepeat: 是", "应是 true 或 false"},
	} {
		got, found, err := form.LoadLayouts(fstest.MapFS{"a.yaml": {Data: []byte("layouts:\n  - name: 试表\n" + indent(c.body))}})
		if err != nil || got != nil {
			t.Errorf("%s: %v, %d layouts", c.want, err, len(got))
		}
		if text := lines(found); !strings.Contains(text, c.want) || !strings.Contains(text, "a.yaml:") {
			t.Errorf("want %s, got\n%s", c.want, text)
		}
	}
	_, found, _ := form.LoadLayouts(fstest.MapFS{
		"a.yaml": {Data: []byte("layouts:\n  - name: 试表\n" + indent(good))},
		"b.yaml": {Data: []byte("layouts:\n  - name: 试表\n" + indent(good) + "\n  - : :")},
		"c.yaml": {Data: []byte("layouts:\n  - name: 试表\n" + indent(good))},
	})
	if text := lines(found); !strings.Contains(text, "c.yaml:2:5: 强制性: 版式 试表：版式重名，a.yaml:2:5 已有（实为 试表） [layout-twice]") || !strings.Contains(text, "YAML 语法错误") {
		t.Errorf("findings:\n%s", text)
	}
	if _, found, _ := form.LoadLayouts(fstest.MapFS{}); !found.Refused() {
		t.Error("no layouts at all is no finding")
	}
}

// Each way in which a layout may say where something stands.
func TestALayoutSaysWhereThingsStand(t *testing.T) {
	for _, c := range []struct{ name, layout, table, facts string }{
		{
			"the year in the title, the months across", "head: ['^(?P<period>.+年)(?P<area>.+市)']\nlabels: [{header: 指标, role: indicator}]\nacross: [period]",
			"2025年甲市各月用电量\n指标\t1月\t1-2月\n用电量（万千瓦时）\t1\t2", "用电量|甲市|2025-01|万千瓦时|1\n用电量|甲市|2025-02|万千瓦时|2\n",
		},
		{
			"year over months", "labels: [{header: 指标, role: indicator}]\nlabels_row: 2\nacross: [{role: period, fill: true}, period]",
			"\t2024年\t\t2025年\n指标\t11月\t12月\t1月\n甲(%)\t1\t2\t3", "甲||2024-11|%|1\n甲||2024-12|%|2\n甲||2025-01|%|3\n",
		},
		{
			"a unit row and units of its own", "units: [骑行次]\nlabels: [{header: [片区, 区域], role: area}]\nacross: [indicator, unit]\nfixed: {period: 2025年}",
			"区 域\t出行(骑行次)\t产值\n\t\t亿元\n东片\t1\t2", "出行|东片|2025|骑行次|1\n产值|东片|2025|亿元|2\n",
		},
		{
			"area across, periods down", "labels: [{header: 年份, role: period}]\nacross: [area]\nfixed: {indicator: 人口, unit: 万人}\nfrequency: A",
			"年 份\t甲市\t乙市*\n2024\t1\t2\n2025年1—12月\t3\t4", "人口|甲市|2024|万人|1\n人口|乙市|2024|万人|2|*\n人口|甲市|2025|万人|3\n人口|乙市|2025|万人|4|*\n",
		},
		{
			"the sheet, and a table beneath that it ends before", "sheet: 报 表\nstop: [合计]\nlabels: [{header: 指标, role: indicator}]\nacross: [period]\nfixed: {area: 全区}",
			"指标\t2025年\n甲(家)\t1\n合计\t9\n乙(家)\t2", "甲|全区|2025|家|1\n",
		},
		{
			"the unit of the row decides", "unit: label\nlabels: [{header: 指标, role: indicator}]\nacross: [indicator]\nfixed: {period: 2025年}",
			"指标\t数值(亿元)\n甲(%)\t1\n乙\t2", "甲/数值||2025|%|1\n乙/数值||2025|亿元|2\n",
		},
		{
			"the unit column decides", "unit: column\nlabels: [{header: 指标, role: indicator}, {header: 单位, role: unit}, {header: 备注, role: note}]\nacross: [period]",
			"备注\t指标\t单位\t2025年\n初步\t甲(万元)\t亿元\t1", "甲||2025|亿元|1||初步\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, found := layoutOf(t, c.layout).Extract("表.xlsx", bookOf(c.table))
			if found.Refused() || facts(got) != c.facts {
				t.Errorf("%s\n%s", found, cmp.Diff(c.facts, facts(got)))
			}
		})
	}
}

// A date in a header is a month only where the layout expects months.
func TestADateIsAMonthOnlyOfMonthlyTables(t *testing.T) {
	book := bookOf("指标\t2025年\n甲(%)\t1")
	s := book.Sheets[0]
	s.Cells[1] = workbook.Cell{Ref: s.Cells[1].Ref, Kind: workbook.Date, Text: "2025-03-01 00:00:00", Number: 45717}
	body := "labels: [{header: 指标, role: indicator}]\nacross: [period]\nfrequency: "
	got, _ := layoutOf(t, body+"M").Extract("表.xlsx", book)
	if facts(got) != "甲||2025-03|%|1\n" {
		t.Errorf("monthly: %s", facts(got))
	}
	got, found := layoutOf(t, body+"A").Extract("表.xlsx", book)
	if len(got.Facts) > 0 || !found.Refused() {
		t.Errorf("annual: %s", facts(got))
	}
}

// The header times the rows is not bounded by the size of a file; the facts are.
func TestAHugeTableIsRefused(t *testing.T) {
	s := &workbook.Sheet{Name: "报表"}
	put := func(col, row int, text string) {
		s.Cells = append(s.Cells, workbook.Cell{Ref: workbook.Ref{Col: col, Row: row}, Kind: workbook.Text, Text: text})
	}
	put(1, 1, "指标")
	for col := 2; col <= 600; col++ {
		put(col, 1, fmt.Sprintf("%d年%d月", 1950+col/12, col%12+1))
	}
	for row := 2; row <= 2000; row++ {
		put(1, row, fmt.Sprintf("甲%d(%%)", row))
	}
	got, found := layoutOf(t, "labels: [{header: 指标, role: indicator}]\nacross: [period]").Extract("表.xlsx", &workbook.Book{Sheets: []*workbook.Sheet{s}})
	if len(got.Facts) > 0 || !strings.Contains(lines(found), "!A1:WB2000: 强制性: 表的行列太多") {
		t.Errorf("%d facts\n%s", len(got.Facts), found)
	}
}
