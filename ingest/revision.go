package ingest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// later compares releases: positive when a is of a later one than b. A later
// release may replace an accepted figure.
func later(a, b indicator.Vintage) int {
	order := []indicator.Vintage{indicator.Flash, indicator.Preliminary, indicator.Final, indicator.Census, indicator.Correction}
	return slices.Index(order, a) - slices.Index(order, b)
}

// duplicate is R34: a return that was accepted is not filed again. It may only
// be brought up to date: a row of a later release (最终核实, 普查修订, 更正) replaces
// the accepted figure, and a row that was left blank is filled in. Every other
// row must say what it said.
func (c *check) duplicate(prior Prior) {
	r := c.defs.rules["R34"]
	if r == nil { // nothing accepted is ever replaced unasked
		r = &indicator.Rule{ID: "R34", Level: string(finding.Mandatory)}
	}
	if prior.Version == 0 {
		c.pass(r, whole)
		return
	}
	news := false
	var altered finding.List
	for _, o := range c.filed {
		known, ok := c.req.History(o.Code, o.Period.End)
		blank := known.Status == indicator.Missing
		switch {
		case !ok:
		case o.Status != indicator.Missing && (blank || later(o.Vintage, known.Vintage) > 0):
			news = true
		case !blank && (c.differs(o, known) || later(o.Vintage, known.Vintage) < 0):
			altered = append(altered, c.altered(o, known))
		}
	}
	switch {
	case !news:
		f := finding.Finding{
			Place:   finding.Place{File: c.req.File, Sheet: c.ret.Sheet, Cell: c.ret.Head[form.PeriodField].Cell},
			Value:   fmt.Sprintf("%s %s %s", c.ret.Department, c.ret.Form.Number, c.ret.Period.Name()),
			Message: fmt.Sprintf("重复报送：同一单位、表号、报告期的报表已接收（第%d次报送，%s）", prior.Version, prior.Receipt),
			Hint:    "各行与已接收的数相同，不必再报",
		}
		if len(altered) > 0 {
			f.Hint = "更正已接收的数，先向双城办申请退回原报表" + c.releaseHint()
		}
		c.fail(r, whole, f)
	case len(altered) == 0:
		c.pass(r, whole)
	}
	if news {
		for _, f := range altered {
			c.fail(r, whole, f)
		}
	}
}

// revised is R32: an accepted figure that a later release changes by more than
// one per cent needs a reason and a document; a rate, by more than a point.
func (c *check) revised(prior Prior) {
	r := c.rule("R32")
	if r == nil || prior.Version == 0 {
		return
	}
	limit := decimal.NewFromFloat(r.Limit)
	for _, o := range c.filed {
		ind := c.defs.Catalogue.Indicator(o.Code)
		known, ok := c.req.History(o.Code, o.Period.End)
		if !ok || !known.Value.Valid || !o.Value.Valid || later(o.Vintage, known.Vintage) <= 0 {
			continue // R34 speaks of what is changed without a later release
		}
		before, now := known.Value.Decimal, o.Value.Decimal
		moved, bound := now.Sub(before).Abs(), before.Abs().Mul(limit).Shift(-2)
		if ind.Nature.Relative() {
			bound = limit
		}
		if !moved.GreaterThan(bound) {
			c.pass(r, o.Code)
			continue
		}
		f := c.at(o)
		f.Value = written(now, ind.Decimals) + ind.Unit
		f.Want = "与已接收的 " + written(before, ind.Decimals) + ind.Unit + " 相差不超过" + limit.String() + "%"
		switch {
		case ind.Nature.Relative():
			f.Want = "与已接收的 " + written(before, ind.Decimals) + ind.Unit + " 相差不超过" + limit.String() + "个百分点"
			f.Message = r.Message + "：相差" + written(moved, ind.Decimals) + "个百分点"
		case before.IsZero():
			f.Message = r.Message
		default:
			f.Message = r.Message + "：" + change(now, before, limit)
		}
		if known.Place != (finding.Place{}) && known.Place != f.Place {
			f.Related = []finding.Place{known.Place}
		}
		c.fail(r, o.Code, f)
	}
}

// releaseHint says how to mark a revision, where the form has a place for it.
func (c *check) releaseHint() string {
	e := c.ret.Form.Edition(c.ret.Period)
	if e == nil || !slices.ContainsFunc(e.Columns, func(col form.Column) bool { return col.Kind == form.StatusColumn }) {
		return ""
	}
	return "；属最终核实、普查修订的，在该行“数据状态”栏注明后重报"
}

// altered says that a row of a revision differs from the accepted one without
// being of a later release.
func (c *check) altered(o *indicator.Observation, known Known) finding.Finding {
	f := finding.Finding{
		Place: c.place(o), Label: c.labels[o.Code], Code: string(o.Code),
		Value:   c.stated(o.Code, o.Value, o.Status, o.Vintage),
		Want:    c.stated(o.Code, known.Value, known.Status, known.Vintage),
		Message: "改动了已接收的数，而数据状态没有更新",
		Hint:    "未修订的行照已接收的数填" + c.releaseHint(),
	}
	switch {
	case o.Status == indicator.Missing:
		f.Message = "已接收的数被删去"
	case !c.differs(o, known):
		f.Message, f.Hint = "数据状态早于已接收的", "未修订的行照已接收的状态填"
	}
	if known.Place != (finding.Place{}) && known.Place != f.Place {
		f.Related = []finding.Place{known.Place}
	}
	return f
}

// stated is a filed cell with its release.
func (c *check) stated(code indicator.Code, v decimal.NullDecimal, s indicator.ObsStatus, release indicator.Vintage) string {
	text := c.shown(code, v, s)
	if s != indicator.Missing && release.Name() != "" {
		text += "（" + release.Name() + "）"
	}
	return text
}

// differs reports whether a cell says something else than the accepted one.
func (c *check) differs(o *indicator.Observation, known Known) bool {
	return c.shown(o.Code, o.Value, o.Status) != c.shown(o.Code, known.Value, known.Status)
}

// changed lists the cells that say otherwise than the version before: the one in
// force, else the one filed last, whatever became of it.
func (c *check) changed() []receipt.Change {
	data, file, ok := c.req.Previous(c.ret.Form.Number, c.ret.Department, c.ret.Period)
	if !ok {
		return nil
	}
	book, _ := workbook.Open(file, data, workbook.DefaultLimits())
	if book == nil {
		return nil
	}
	ret, _ := form.Extract(file, receipt.Strip(book), c.defs.Forms, c.req.Received)
	if ret == nil || ret.Form == nil {
		return nil
	}
	type cell struct {
		code    indicator.Code
		measure indicator.Measure
	}
	before := make(map[cell]string)
	for _, o := range ret.Observations(c.defs.Catalogue) {
		before[cell{o.Code, o.Measure}] = c.said(&o)
	}
	var out []receipt.Change
	for i := range c.observations {
		o := &c.observations[i]
		was := cmp.Or(before[cell{o.Code, o.Measure}], blankCell)
		if now := c.said(o); was != now {
			out = append(out, receipt.Change{Label: c.labels[o.Code], Cell: o.Sheet + "!" + o.Cell, Old: was, New: now})
		}
	}
	return out
}

// said is a filed cell of any column as a receipt prints it; a growth is in per cent.
func (c *check) said(o *indicator.Observation) string {
	if o.Measure == indicator.GrowthMeasure && o.Value.Valid {
		return written(o.Value.Decimal, 1) + "%"
	}
	return c.shown(o.Code, o.Value, o.Status)
}

// blankCell is how a cell without anything is printed.
const blankCell = "空白"

// shown is a filed cell as a receipt prints it: the figure in full with its
// unit, or the sign of its absence.
func (c *check) shown(code indicator.Code, v decimal.NullDecimal, s indicator.ObsStatus) string {
	switch {
	case s == indicator.NotSignificant:
		return "…"
	case s == indicator.CannotExist:
		return "—"
	case !v.Valid:
		return blankCell
	}
	ind := c.defs.Catalogue.Indicator(code)
	return written(v.Decimal, ind.Decimals) + ind.Unit
}
