package form_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/form"
)

var update = flag.Bool("update", false, "write the look-alike tables and what is read from them")

// A lookAlike is a table made up in the shape of a real one: 测试数据.
type lookAlike struct {
	name   string
	sheet  string
	rows   []string // tab-separated; =text is a formula, 'text a text that looks like a number
	merged []string
}

// figure is the n-th generated figure, with one decimal.
func figure(n int) string {
	return []string{"12.5", "13.1", "0", "-4.2", "1250", "99.9", "7", "3.3", "128.4", "0.6"}[n%10]
}

func figures(n, from int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = figure(from + i)
	}
	return strings.Join(all, "\t")
}

var lookAlikes = []lookAlike{
	{name: "季度.xlsx", sheet: "季度数据", rows: []string{
		"数据库：季度数据", "时间：最近4季度（测试数据）", "指标\t2026年第三季度\t2026年第二季度\t2026年第一季度\t2025年第四季度",
		"生产总值当季值(亿元)\t" + figures(4, 0), "生产总值累计值(亿元)\t" + figures(4, 4), "其中：工业、建筑业增加值累计值（亿元）\t1\t\t…\t—",
		"注：1.按当年价格计算。", "　　　2.测试数据。", "数据来源：测试数据",
	}},
	{name: "分省.xlsx", sheet: "分省年度数据", rows: []string{
		"数据库：分省年度数据", "指标：地区生产总值(亿元)", "时间：最近3年（测试数据）", "地区\t2025年\t2024年\t2023年",
		"甲市\t" + figures(3, 0), "乙　省\t" + figures(3, 3), "丙省\t" + figures(3, 6), "注：测试数据。", "数据来源：测试数据",
	}},
	{name: "年度.xlsx", sheet: "年度数据", rows: []string{
		"指标\t2025\t2024\t2023", "生产总值指数(1978年=100)\t" + figures(3, 0), "人均生产总值指数(上年=100)\t" + figures(3, 3),
	}},
	{name: "面板.xlsx", sheet: "Sheet1", rows: []string{
		"year\t地级市\t外商直接投资\t单位\t数据来源", "2024\t甲市\t0.140000000596046\t百万美元\t测试数据", "2025\t甲市\t\t百万美元\t测试数据",
		"2024\t乙市\t327.880004882813\t百万美元\t测试数据", "2025\t乙市\t154.119995117187\t百万美元\t测试数据",
	}},
	{name: "R&D经费（万元）测试数据.xlsx", sheet: "Sheet1", rows: []string{
		"p值\tMSE\t斜率\t常数\t地区\t2023\t2024", "0.1\t2\t3\t4\t甲省\t=$C2*F$1+$D2\t=$C2*G$1+$D2", "0.2\t3\t4\t5\t乙省\t8.5\t9.25",
	}},
	{name: "月度.xlsx", sheet: "累计", rows: []string{
		"指标\t2026年4月\t2026年3月\t2026年2月", "增加值累计增长(%)\t3.9\t-1.1\t", "采矿业增加值累计增长(%)\t0\t'1,234.5\t１８％", "",
		"指标\t增加值累计增长(%)\t采矿业增加值累计增长(%)", "2026年2月\t\t18", "2026年3月\t-1.1\t1234.5", "", "",
		"行业\t2026年3月\t\t行业\t2026年2月", "采矿业\t-1.1\t\t采矿业\t-2.2", "制造业\t3.3\t\t制造业\t-4.4", "数据来源：测试数据",
	}},
	{name: "公报.xlsx", sheet: "主要指标", rows: []string{
		"测试市主要经济指标", "（测试数据）", "指标\t计量单位\t2026年1—9月\t\t2025年1—9月",
		"\t\t绝对额\t比上年同期增长（%）\t绝对额\t比上年同期增长（％）",
		"一、综合", "地区生产总值①\t亿元\t12.5\t5.2\t11.8\t'4.53*", "其中：第一产业\t亿元\t…\t—\t0\tn.a.",
		"二、工业\t\t—\t—\t—\t—", "规模以上工业增加值\t亿元\t保密\t6.1\t'1,250.5\t", "其中：第一产业\t亿元\t3\t4\t5\t6",
		"注：①按现价计算，增速按可比价计算。", "* 为初步数。", "资料来源：测试数据",
	}, merged: []string{"A1:F1", "A3:A4", "B3:B4", "C3:D3", "A5:F5"}},
	{name: "年鉴.xlsx", sheet: "2-1", rows: []string{
		"2-1　各地区主要指标（测试数据）", "片区\t口径\t2025年\t\t2024 年\t", "\t\t生产总值（亿元）\t常住人口（万人）\t生产总值（亿元）\t常住人口（万人）",
		"东 片\t全域\t" + figures(4, 0), "\t直管区\t" + figures(4, 4), "西片²\t全域\t" + figures(4, 5), "", "\t直管区\t" + figures(4, 1), "[2] 测试数据，不含飞地。",
	}, merged: []string{"A2:A3", "B2:B3", "C2:D2", "E2:F2", "A4:A5"}},
	{name: "月份.xlsx", sheet: "降水", rows: []string{
		"各月降水量", "\t\t（单位：毫米）", "月份\t2025年\t2024年", "1月\t" + figures(2, 0), "２月\t" + figures(2, 2), "", "十二月\t" + figures(2, 4), "", "", "", "合计\t1\t2",
	}},
}

func (l lookAlike) write() ([]byte, error) {
	x := excelize.NewFile()
	defer x.Close()
	if err := x.SetSheetName("Sheet1", l.sheet); err != nil {
		return nil, err
	}
	for r, line := range l.rows {
		for c, value := range strings.Split(line, "\t") {
			cell, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				return nil, err
			}
			book := bookOf(value)
			switch {
			case value == "":
			case strings.HasPrefix(value, "="):
				if err := x.SetCellValue(l.sheet, cell, 12.5); err != nil {
					return nil, err
				}
				err = x.SetCellFormula(l.sheet, cell, value[1:])
			case book.Sheets[0].Cells[0].Number != 0 || value == "0":
				err = x.SetCellValue(l.sheet, cell, book.Sheets[0].Cells[0].Number)
			default:
				err = x.SetCellStr(l.sheet, cell, strings.TrimPrefix(value, "'"))
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for _, m := range l.merged {
		from, to, _ := strings.Cut(m, ":")
		if err := x.MergeCell(l.sheet, from, to); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err := x.Write(&b)
	return b.Bytes(), err
}

// every is the layouts built in and those of the tests.
func every(t testing.TB) []form.Layout {
	return append(layouts(t, form.EmbeddedLayouts()), layouts(t, os.DirFS("testdata/tables"))...)
}

// Look-alikes of the real tables are read, figure by figure.
func TestLookAlikesAreRead(t *testing.T) {
	known := every(t)
	used := map[string]bool{}
	for _, l := range lookAlikes {
		file := filepath.Join("testdata", "tables", l.name)
		if *update {
			data, err := l.write()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, found := form.ReadTables(l.name, open(t, data), known)
		text := printed(got) + lines(found)
		for _, x := range got {
			used[x.Layout] = true
		}
		golden := strings.TrimSuffix(file, ".xlsx") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), text); d != "" {
			t.Errorf("%s:\n%s", l.name, d)
		}
	}
	for _, l := range known {
		if !used[l.Name] {
			t.Errorf("no look-alike is read by %s", l.Name)
		}
	}
}

// printed is everything that tables say.
func printed(all []form.Table) string {
	var b strings.Builder
	for _, x := range all {
		b.WriteString("# " + x.Layout + " " + x.Sheet + "!" + x.Range.String() + " " + x.Source + "\n")
		for _, n := range x.Notes {
			b.WriteString("注 " + n.Mark + " " + n.Text + "\n")
		}
		b.WriteString(facts(x))
		for _, f := range x.Facts {
			if f.Formula {
				b.WriteString("公式 " + f.Cell + "\n")
			}
		}
	}
	return b.String()
}

// The layouts built in are complete and described.
func TestEmbeddedLayoutsSayWhatTheyAreFor(t *testing.T) {
	for _, l := range layouts(t, form.EmbeddedLayouts()) {
		if l.Doc == "" || l.File == "" || l.Line == 0 || len(l.Labels) == 0 || slices.Contains(l.Stop, "") {
			t.Errorf("%s is incomplete: %+v", l.Name, l)
		}
	}
}
