package xlsx

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

// data lists every number of the report with the value behind it, one a row.
func (b *book) data() {
	rows := make([][]any, 0, len(b.d.Figures))
	for _, f := range b.d.Figures {
		kind := "数据"
		switch {
		case f.Estimate:
			kind = "测算"
		case f.What == "目标":
			kind = "目标"
		case f.Code == "":
			kind = "计数"
		}
		var raw any
		if f.Missing == "" {
			raw = f.Raw
		}
		rows = append(rows, []any{f.Key, f.Code, f.What, f.Period, f.Full(), raw, f.Unit, kind, f.Tag, f.Missing})
	}
	b.list(dataSheet, []string{"键", "指标编码", "项目", "期", "打印值", "原值", "单位", "性质", "标注", "缺数原因"},
		[]float64{38, 26, 18, 20, 24, 20, 12, 8, 10, 16}, rows)
}

// series lists the history of every indicator, one value a row.
func (b *book) series() {
	var rows [][]any
	for _, s := range b.d.Series {
		for _, p := range s.Points {
			rows = append(rows, []any{s.Code, s.Name, p.PeriodID, p.Period, p.Printed, p.Raw, s.Unit, p.Status})
		}
	}
	b.list(seriesSheet, []string{"指标编码", "名称", "期别", "期", "打印值", "原值", "单位", "数据状态"},
		[]float64{26, 34, 12, 20, 14, 20, 10, 12}, rows)
}

// list writes a flat table from A1 on, with a filter and its head frozen.
func (b *book) list(name string, heads []string, widths []float64, rows [][]any) {
	for j, h := range heads {
		b.do(b.f.SetCellStr(name, at(j+1, 1), h))
		col, err := excelize.ColumnNumberToName(j + 1)
		b.do(err)
		b.do(b.f.SetColWidth(name, col, col, widths[j]))
	}
	b.do(b.f.SetCellStyle(name, "A1", at(len(heads), 1), b.style(style{kind: headKind, align: document.Left})))
	for i, row := range rows {
		for j, v := range row {
			switch v := v.(type) {
			case string:
				if v != "" {
					b.do(b.f.SetCellStr(name, at(j+1, i+2), v))
				}
			case float64:
				// The vendor's SetCellFloat cuts at 15 digits; a raw value is whole.
				b.do(b.f.SetCellDefault(name, at(j+1, i+2), strconv.FormatFloat(v, 'f', -1, 64)))
			}
		}
	}
	b.do(b.f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.do(b.f.AutoFilter(name, "A1:"+at(len(heads), len(rows)+1), nil))
	b.page(name, "$1:$1", 1)
}
