package form

import (
	"fmt"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/period"
)

// findPeriod decides the period and with it the edition.
func (x *extractor) findPeriod(bottom int, used map[workbook.Ref]bool) bool {
	f := x.ret.Form
	text := x.ret.Head[PeriodField]
	written, ok := ParsePeriod(text.Text)
	if text.Text == "" {
		var others []Field
		written, text, others = x.periodCells(bottom, used)
		ok = !written.IsZero()
		if len(others) > 0 {
			x.mandatory("R02", text.Cell, PeriodField, text.Text+"、"+others[0].Text, "一个报告期", "表上有两个报告期（"+text.Cell+"、"+others[0].Cell+"）", "只保留本次报送的报告期")
			return false
		}
		if ok {
			x.ret.Head[PeriodField] = text
		}
	}
	hinted, _ := period.Parse(x.id.period)
	if !ok {
		want := "2026年1—9月、2026年三季度、2026年上半年、2026年 等"
		if text.Text == "" {
			x.mandatory("R01", "", PeriodField, "", want, "缺少报告期", "在表名下方填写报告期")
		} else {
			x.mandatory("R02", text.Cell, PeriodField, text.Text, want, "报告期写法不认识", "照下发表样的写法填写")
		}
		return false
	}
	p, e := x.choose(written, hinted)
	if e == nil {
		x.mandatory("R02", text.Cell, PeriodField, text.Text, x.filedFor(), "报告期与本表的报别不符", "核对报告期；各报别使用各自的表样")
		return false
	}
	if !hinted.IsZero() && hinted != p {
		x.mandatory("R02", text.Cell, PeriodField, text.Text, hinted.Name(), "报告期与表样的内部标识不一致", "疑似沿用了旧表样：下载"+p.Name()+"的表样填报，或改正报告期")
	}
	x.ret.Period, x.edition = p, e
	if fold(text.Text) == fold(p.Name()) && p.Freq == period.Month && p.LastMonth() == 2 && e.JanuaryExempt {
		x.plausibility("R29", text.Cell, PeriodField, text.Text, p.Cumulative(), "1月免报，2月报1—2月累计数：请核实所填是否为累计数", "报告期写 "+p.Cumulative())
	}
	if want := issueOf(e, f.Rows(p, x.id.department), p, x.id.department); x.id.issue != "" && x.id.period == p.String() && x.id.issue != want {
		x.mandatory("R02", "", VersionField, x.id.issue, want, "表样与现行表式不一致", "疑似沿用了旧表样：重新下载表样填报")
	}
	return true
}

// periodCells looks for an unlabelled period in the head: the first text that
// reads as one, and those that say another. A date cell is believed only when no
// text is a period: it may be the day of printing.
func (x *extractor) periodCells(bottom int, used map[workbook.Ref]bool) (p period.Period, at Field, others []Field) {
	var dated, unread Field
	if s, c := named(x.book, facePeriod); s == x.sheet {
		unread = Field{strings.TrimSpace(c.Text), c.Ref.String()}
	}
	for i := range x.sheet.Cells {
		c := &x.sheet.Cells[i]
		if c.Ref.Row > bottom {
			break
		}
		text := strings.TrimSpace(c.Text)
		if used[c.Ref] || text == "" {
			continue
		}
		if c.Kind == workbook.Date && dated.Text == "" {
			dated = Field{c.Time().Format("2006年1月"), c.Ref.String()}
		}
		if c.Kind != workbook.Text {
			continue // a bare 2026 may be anything
		}
		q, ok := ParsePeriod(text)
		switch {
		case ok && p.IsZero():
			p, at = q, Field{text, c.Ref.String()}
		case ok && q.End != p.End:
			others = append(others, Field{text, c.Ref.String()})
		case !ok && unread.Text == "" && strings.Contains(text, "年") && strings.ContainsAny(fold(text), "0123456789月季度"):
			unread = Field{text, c.Ref.String()}
		}
	}
	if p.IsZero() && dated.Text != "" {
		p, _ = ParsePeriod(dated.Text)
		return p, dated, nil
	}
	if p.IsZero() {
		return p, unread, nil // for the finding: where the period should be
	}
	return p, at, others
}

// choose finds the edition that a written period means: the one the identity
// names, else the one whose rows are on the sheet, else the exact frequency.
func (x *extractor) choose(written, hinted period.Period) (period.Period, *Edition) {
	var best period.Period
	var edition *Edition
	score := -1
	for _, e := range x.ret.Form.Editions {
		p, ok := reconcile(written, e.Freq)
		if !ok || x.ret.Form.Edition(p) == nil {
			continue
		}
		n := 2 * x.table.hits(x.sheet, e.Rows)
		if p == written {
			n++
		}
		if p == hinted {
			n += 1 << 20
		}
		if n > score {
			best, edition, score = p, x.ret.Form.Edition(p), n
		}
	}
	return best, edition
}

// filedFor says which periods the form is filed for.
func (x *extractor) filedFor() string {
	var names []string
	for _, e := range x.ret.Form.Editions {
		if !e.Once.IsZero() {
			return e.Once.Name()
		}
		names = append(names, e.Freq.Name())
	}
	return fmt.Sprintf("%s，%d年起", strings.Join(names, "、"), x.ret.Form.From)
}

// timing holds the period against the calendar: R29, and a period that has not
// ended when the return arrives.
func (x *extractor) timing() {
	p, at := x.ret.Period, x.ret.Head[PeriodField]
	if x.edition.Exempt(p) {
		x.mandatory("R29", at.Cell, PeriodField, at.Text, p.Next().Cumulative(), "本表1月免报，2月报1—2月累计数", "2月终了后报1—2月累计数")
	}
	if !dayOf(x.received).After(p.Last()) {
		x.mandatory("R02", at.Cell, PeriodField, at.Text, "已经结束的报告期", "报告期尚未结束", "报告期结束后再报；核对报告期是否写错")
	}
}
