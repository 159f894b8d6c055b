package ingest

import (
	"cmp"
	"fmt"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// attached are R33 and R35: what proves the figures stands on the sheets 佐证材料
// and 名录.
func (c *check) attached() {
	for i := range c.ret.Lines {
		o := c.values[c.ret.Lines[i].Row.Code]
		if o == nil || !o.Value.Valid {
			continue
		}
		if c.ret.Lines[i].Row.Evidence {
			c.evidence(o)
		}
		c.register(o)
	}
}

// documented reports whether 佐证材料 names a document for a row.
func (c *check) documented(code indicator.Code) bool {
	for i := range c.ret.Evidence {
		if e := &c.ret.Evidence[i]; e.Code == code && c.lacking(e) == "" {
			return true
		}
	}
	return false
}

// lacking says what a row of 佐证材料 lacks to name a document that can be found
// again; "" when nothing.
func (c *check) lacking(e *form.Evidence) string {
	day, dated := e.Date.Day()
	switch {
	case e.Title.Text == "":
		return "缺少材料名称"
	case e.Issuer.Text == "":
		return "缺少发布机关"
	case e.Number.Text == "" && e.File.Text == "":
		return "文号和附件文件名至少填一项"
	case e.Date.Text != "" && !dated:
		return "发布日期写法不认识"
	case dated && day.After(c.req.Received):
		return "发布日期晚于收到日期"
	}
	return ""
}

// evidence is R33: a rank, a title, a listing or a fund above zero has a document.
func (c *check) evidence(o *indicator.Observation) {
	r := c.rule("R33")
	if r == nil {
		return
	}
	if o.Value.Decimal.Sign() <= 0 || c.documented(o.Code) {
		c.pass(r, o.Code)
		return
	}
	f := c.at(o)
	f.Value, f.Want = c.shown(o.Code, o.Value, o.Status), "“"+form.EvidenceSheet+"”工作表中有本指标的文件"
	f.Hint = fmt.Sprintf("在“%s”工作表加一行：指标编码 %s、材料名称、文号、发布机关、发布日期；没有依据的填“—”", form.EvidenceSheet, o.Code)
	for i := range c.ret.Evidence {
		if e := &c.ret.Evidence[i]; e.Code == o.Code {
			f.Place.Sheet, f.Place.Cell = form.EvidenceSheet, cmp.Or(e.Title.Cell, e.Number.Cell)
			f.Value, f.Want = e.Title.Text, "材料名称、发布机关，文号或附件文件名"
			f.Message = r.Message + "：" + c.lacking(e)
			f.Hint = "补齐“" + form.EvidenceSheet + "”工作表的这一行"
			f.Related = []finding.Place{c.place(o)}
			break
		}
	}
	c.fail(r, o.Code, f)
}

// maxIdle is how many rows of 名录 that do not count are listed for an indicator.
const maxIdle = 20

// register is R35: a count is the number of distinct units of its register with
// a valid code at the end of the period.
func (c *check) register(o *indicator.Observation) {
	r := c.rule("R35")
	if r == nil || c.raised("R05", o) {
		return
	}
	ind := c.defs.Catalogue.Indicator(o.Code)
	n, listed := 0, 0
	var idle finding.List
	first := map[string]form.Field{}
	for i := range c.ret.Register {
		m := &c.ret.Register[i]
		if m.Code != o.Code {
			continue
		}
		listed++
		code, at, why := c.uncounted(o, m, first)
		if why == "" {
			first[code] = m.CreditCode
			n++
			continue
		}
		idle = append(idle, finding.Finding{
			Rule: r.ID, Severity: finding.Note, Label: brief(cmp.Or(m.Name.Text, c.labels[o.Code]), shownLabel), Code: string(o.Code),
			Place:   finding.Place{File: c.req.File, Sheet: form.RegisterSheet, Cell: at.Cell},
			Value:   brief(at.Text, shownLabel),
			Message: "名录中该行不计入：" + why, Hint: "改正或删去该行，重算个数",
		})
	}
	filed := c.shown(o.Code, o.Value, o.Status)
	switch {
	case listed == 0 && ind.Register == indicator.RegisterRequired && o.Value.Decimal.Sign() > 0:
		f := c.at(o)
		f.Value, f.Want = filed, "“"+form.RegisterSheet+"”工作表中逐户列出"
		f.Message = "缺逐户名录"
		f.Hint = fmt.Sprintf("在“%s”工作表逐户填写：指标编码 %s、统一社会信用代码、单位名称、认定文号、认定日期、有效期至", form.RegisterSheet, o.Code)
		c.fail(r, o.Code, f)
	case listed == 0 && ind.Register == indicator.RegisterOptional && o.Value.Decimal.Sign() > 0:
		c.cannot(r, o.Code, "未附"+ind.Name+"的逐户名录")
	case listed == 0 && ind.Register == indicator.NoRegister:
	case !o.Value.Decimal.Equal(decimal.NewFromInt(int64(n))):
		f := c.at(o)
		f.Value = filed
		f.Want = fmt.Sprintf("%d%s（名录有效行）", n, ind.Unit)
		if len(idle) > 0 {
			f.Message = fmt.Sprintf("%s：名录%d行，其中%d行不计入", r.Message, listed, len(idle))
		}
		for _, x := range idle[:min(len(idle), maxIdle)] {
			f.Related = append(f.Related, x.Place)
		}
		c.fail(r, o.Code, f)
	default:
		c.pass(r, o.Code)
	}
	if len(idle) > maxIdle {
		idle[maxIdle-1].Message = fmt.Sprintf("名录中另有%d行不计入，不再逐行列出", len(idle)-maxIdle+1)
		idle = idle[:maxIdle]
	}
	c.found = append(c.found, idle...)
}

// uncounted says why a row of 名录 does not count, and at which cell; "" when it
// counts. first holds the codes that have counted.
func (c *check) uncounted(o *indicator.Observation, m *form.Member, first map[string]form.Field) (code string, at form.Field, why string) {
	code, fault := form.CreditCode(m.CreditCode.Text)
	start, end := o.Period.First(), o.Period.Last()
	from, dated := m.From.Day()
	until, limited := m.To.Day()
	before, twice := first[code]
	switch {
	case m.CreditCode.Text == "":
		return code, m.CreditCode, "缺少统一社会信用代码"
	case fault != "":
		return code, m.CreditCode, "统一社会信用代码" + fault
	case twice:
		return code, m.CreditCode, "与 " + before.Cell + " 重复"
	case m.From.Text != "" && !dated:
		return code, m.From, "认定日期写法不认识"
	case m.To.Text != "" && !limited:
		return code, m.To, "有效期至写法不认识"
	case dated && from.After(end):
		return code, m.From, "认定日期晚于报告期末"
	case limited && until.Before(end):
		return code, m.To, "报告期末已过有效期"
	case c.defs.Catalogue.Indicator(o.Code).Nature == indicator.CountFlowPeriod && dated && from.Before(start):
		return code, m.From, "认定日期不在本期"
	}
	return code, form.Field{}, ""
}
