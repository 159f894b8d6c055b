package kpi

import (
	"fmt"
	"strconv"
	"strings"

	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// lookback bounds the search for a period that is due: annual figures may be
// due almost two years after their year began.
const lookback = 40 // months

// expected is the newest own period of an indicator that ended by the asked
// period and is due by the as-of time; ok is false when none ever was. A
// derived value is due when the last of its inputs is.
func (p *Plan) expected(code indicator.Code, q Question) (period.Period, bool) {
	freq := p.Catalogue.Indicator(code).Freq
	for e := q.Period.Latest(freq); e.End > q.Period.End-lookback; e = e.Prev() {
		if due, ok := p.due(code, e, q); ok && due {
			return e, true
		}
	}
	return period.Period{}, false
}

// due reports whether all inputs of a value at a period must have been filed.
// ok is false when nobody is expected to file one of them.
func (p *Plan) due(code indicator.Code, e period.Period, q Question) (due, ok bool) {
	due = true
	for _, in := range p.Inputs(code) {
		freq := p.Catalogue.Indicator(in).Freq
		at, same := e.As(freq)
		if !same {
			at = e.Latest(freq) // carried: the newest year-end stock
		}
		deadline, expected := q.Due(in, at)
		if !expected {
			if !same {
				continue
			}
			return false, false
		}
		if deadline.After(q.AsOf) {
			if !same { // a carried denominator may still be the year before's
				continue
			}
			due = false
		}
	}
	return due, true
}

// absence says why an indicator has no value at a period, and names the input
// that is to blame, when one is.
func (p *Plan) absence(code indicator.Code, e period.Period, f *found, q Question) (indicator.Absence, string) {
	expr := p.exprs[code]
	if expr == nil {
		return p.inputAbsence(code, e, f, q)
	}
	for _, ref := range formula.Refs(expr) {
		ind := p.Catalogue.Indicator(ref)
		at, same := e.As(ind.Freq)
		if !same {
			at = e.Latest(ind.Freq)
		}
		if p.has(ref, at, f) {
			continue
		}
		if !same && p.has(ref, at.Prev(), f) { // carried from the year before
			continue
		}
		why, who := p.absence(ref, at, f, q)
		if who == "" {
			who = ind.Name
		}
		return why, who
	}
	if strings.Contains(p.Catalogue.Indicator(code).Formula, strconv.Itoa(period.BaseYear)) {
		base := period.Of(period.Year, period.BaseYear, 1)
		for _, ref := range formula.Refs(expr) {
			if !p.has(ref, base, f) {
				return indicator.NoBase, p.Catalogue.Indicator(ref).Name
			}
		}
	}
	return indicator.NotComputable, ""
}

func (p *Plan) has(code indicator.Code, at period.Period, f *found) bool {
	for _, pt := range f.history[code] {
		if pt.Period.End == at.End {
			return true
		}
	}
	return false
}

func (p *Plan) inputAbsence(code indicator.Code, e period.Period, f *found, q Question) (indicator.Absence, string) {
	ind := p.Catalogue.Indicator(code)
	switch f.absent[code][e.End] {
	case indicator.Missing:
		return indicator.BlankCell, ind.Name
	case indicator.CannotExist:
		return indicator.Dash, ind.Name
	}
	deadline, ok := q.Due(code, e)
	switch {
	case !ok && e.Year() <= period.BaseYear:
		return indicator.NoBase, ind.Name
	case !ok:
		return indicator.Unassigned, ind.Name
	case deadline.After(q.AsOf):
		return indicator.NotDue, ind.Name
	case q.Returned != nil && q.Returned(code, e):
		return indicator.Returned, ind.Name
	}
	return indicator.Overdue, ind.Name
}

// absenceReason is the sentence for the reader.
func absenceReason(why indicator.Absence, who string, ind *indicator.Indicator, e period.Period, last *indicator.Point) string {
	s := why.Name()
	if who != "" && who != ind.Name {
		s = fmt.Sprintf("“%s”%s", who, s)
	}
	if !e.IsZero() {
		s = e.Name() + s
	}
	if last != nil {
		s += fmt.Sprintf("；最近一期为%s：%s%s", spanText(ind.Nature, last.Period),
			indicator.Print(last.Value, ind.Decimals, ind.Rounding), ind.Unit)
	}
	return s
}

// spanText writes the period as the nature wants it: 2026年1—9月 for what runs
// from 1 January, 2026年9月末 for a stock.
func spanText(n indicator.Nature, p period.Period) string {
	if n.Stock() || n == indicator.CountCum {
		return p.Point()
	}
	return p.Cumulative()
}
