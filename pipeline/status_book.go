package pipeline

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
	"zhibiao/report/xlsx"
)

// percent is a share of what was expected, to one decimal, half up; “—” when
// nothing was.
func percent(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return indicator.Fixed(float64(part)*100/float64(whole), 1) + "%"
}

// FiledRate is 报送率, Filed ÷ Expected, as printed.
func (r Rate) FiledRate() string { return percent(r.Filed, r.Expected) }

// OnTimeRate is 及时率, OnTime ÷ Expected, as printed.
func (r Rate) OnTimeRate() string { return percent(r.OnTime, r.Expected) }

// StatusBook writes the filings of a period as a workbook: the rates of the
// departments, then every return.
func (p *Pipeline) StatusBook(w io.Writer, q period.Period, asOf time.Time, list []Filing) error {
	doc := &document.Document{
		Title: "报送情况", Period: q.Name(), PeriodID: q.String(), Made: asOf.In(period.Shanghai), TestData: p.tested(asOf),
		Head: []document.Fact{
			{Label: "报告期", Cell: document.Cell{Text: q.Name()}},
			{Label: "数据时点", Cell: document.Cell{Text: asOf.In(period.Shanghai).Format("2006-01-02 15:04")}},
		},
		Sections: []document.Section{
			{ID: "rates", Number: "一、", Title: "各部门报送率", Blocks: []document.Block{{Table: rateTable(p.Rates(list))}}},
			{ID: "filings", Number: "二、", Title: "各报表报送情况", Blocks: []document.Block{{Table: filingTable(list)}}},
		},
	}
	if err := xlsx.Write(w, doc); err != nil {
		return fmt.Errorf("write status of %s: %w", q, err)
	}
	return nil
}

func rateTable(rates []Rate) *document.Table {
	t := &document.Table{ID: "rate-table", Caption: "各部门报送率、及时率"}
	for i, head := range []string{"部门", "应报", "已报", "迟报", "退回未重报", "逾期未报", "免报", "未到期", "报送率", "及时率"} {
		align := document.Right
		if i == 0 {
			align = document.Left
		}
		t.Columns = append(t.Columns, document.Column{Title: head, Align: align})
	}
	for _, r := range rates {
		row := document.Row{Total: r.Department == total, Cells: []document.Cell{{Text: r.Department}}}
		for _, n := range []int{r.Expected, r.Filed, r.Late, r.SentBack, r.Missing, r.Exempt, r.NotDue} {
			row.Cells = append(row.Cells, document.Cell{Text: strconv.Itoa(n)})
		}
		row.Cells = append(row.Cells, document.Cell{Text: r.FiledRate()}, document.Cell{Text: r.OnTimeRate()})
		t.Rows = append(t.Rows, row)
	}
	return t
}

func filingTable(list []Filing) *document.Table {
	t := &document.Table{ID: "filing-table", Caption: "各报表报送情况", Compact: true}
	for _, head := range []string{"表号", "表名", "填报单位", "报告期", "期限", "情况", "收到时间", "催报", "报送次数", "回执"} {
		t.Columns = append(t.Columns, document.Column{Title: head, Align: document.Left})
	}
	at := func(when time.Time) string {
		if when.IsZero() {
			return "—"
		}
		return when.In(period.Shanghai).Format("2006-01-02 15:04")
	}
	for _, f := range list {
		var row document.Row
		for _, text := range []string{
			f.Form, f.Title, f.Department, f.Period.Name(), at(f.Due), f.State.Name(), at(f.Received), f.Chased,
			strconv.Itoa(f.Versions), f.Receipt,
		} {
			row.Cells = append(row.Cells, document.Cell{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
