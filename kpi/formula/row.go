package formula

import (
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Row is the result of a definition at a period: the row that the SQL of Compile
// makes, bit for bit, with its status, vintage, caliber and months carried. read
// gives the row of a series at the end of a period, nil when there is none; one of
// status M is “—”, and has no value. Of the first value of a caliber it reads the
// status that Break stands for. It is how a few definitions are computed anew: to plan their
// SQL costs the engine a hundred times more.
func (d Def) Row(p period.Period, lookup Lookup, read func(code indicator.Code, end int) *indicator.Point) (indicator.Point, bool) {
	if p.End < firstEnd {
		return indicator.Point{}, false
	}
	m := mark{p: p}
	at := Resolve(p, lookup, func(code indicator.Code, own period.Period) (Operand, bool) {
		row := read(code, own.End)
		switch {
		case row == nil:
			return Operand{}, false
		case row.Status == indicator.CannotExist:
			return CannotExist(own, row), false
		}
		return Computed(own, row.Value, row), true
	})
	v := evaluation{p: p, terse: true, at: func(code indicator.Code, shift Shift) (Operand, bool) {
		o, ok := at(code, shift)
		if ok {
			m.take(o, shift, func() *indicator.Point { return read(code, p.End) })
		}
		return o, ok
	}}
	n, _ := v.step(d.Expr, Shift{})
	n.bound()
	switch {
	case n.Without:
		return indicator.Point{Period: p, Status: indicator.CannotExist}, true
	case !n.Value.OK:
		return indicator.Point{}, false
	}
	return m.row(n.Value.V), true
}

// A mark is what the operands that were taken say of a result (see Compile).
type mark struct {
	p        period.Period
	estimate bool
	early    bool // some operand is provisional
	now, all shared
	caliber  shared
	carried  int
}

// take is for an operand with a value. now is its row at the period of the result:
// a running sum has the vintage of that, be it “—”.
func (m *mark) take(o Operand, shift Shift, now func() *indicator.Point) {
	if shift.When == Since {
		for _, part := range o.Parts {
			m.operand(part.Source.(*indicator.Point), 0)
		}
		newest := string(now().Vintage)
		m.now.add(newest)
		m.all.add(newest)
		return
	}
	row, lag := o.Source.(*indicator.Point), 0
	if shift.When == Same {
		if lag = m.p.End - o.Period.End; lag == 0 {
			m.now.add(string(row.Vintage))
		}
	}
	m.all.add(string(row.Vintage))
	m.operand(row, lag)
}

func (m *mark) operand(row *indicator.Point, lag int) {
	status := row.Status
	if status == indicator.Break {
		status = row.Marked
	}
	m.estimate = m.estimate || status == indicator.Estimated
	m.early = m.early || status == indicator.Provisional
	m.caliber.add(row.Caliber)
	m.carried = max(m.carried, lag+row.Carried)
}

func (m *mark) row(value float64) indicator.Point {
	out := indicator.Point{
		Period: m.p, Value: value, Status: indicator.Normal,
		Vintage: indicator.Vintage(m.now), Caliber: string(m.caliber), Carried: m.carried,
	}
	if m.now == "" { // without an operand of this very period, all decide
		out.Vintage = indicator.Vintage(m.all)
	}
	switch {
	case m.estimate:
		out.Status = indicator.Estimated
	case m.early:
		out.Status = indicator.Provisional
	}
	return out
}

// A shared is the one text that several have, mixed when they differ. An empty
// one has no say.
type shared string

const mixed shared = "mixed"

func (c *shared) add(text string) {
	switch {
	case text == "" || string(*c) == text:
	case *c == "":
		*c = shared(text)
	default:
		*c = mixed
	}
}
