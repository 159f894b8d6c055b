package formula

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Cells says where a sheet has the operand of a reference under a shift: one
// reference, or those of every period of a Since shift; none when the sheet
// cannot know it. A cell holds a number, or a text when the operand is absent: “—”
// when it cannot exist. Exact tells that it holds filed figures and not computed
// ones, adds that a sum can be made without it (Adds).
type Cells func(code indicator.Code, shift Shift) (refs []string, exact, adds bool)

// The limits of one formula of Excel: what is longer, or has more operands than
// COUNT takes, is never known in the sheet.
const (
	excelLength = 8000
	excelArgs   = 255
)

// Excel compiles an expression, evaluated at a period, to an Excel formula
// without its “=”. The formula gives what Eval gives: a number, 1 or 0 for a
// comparison, the empty text where an operand is absent or the result is not
// computable, and “—” for a sum of nothing else. The sides of a comparison may miss by slack, which is zero but for
// rules that allow for rounding (R30). It uses nothing newer than Excel 2007, so
// WPS and LibreOffice compute it too.
func Excel(e Expr, p period.Period, at Cells, slack float64) string {
	x := &sheetFormula{p: p, at: at, slack: slack}
	var text string
	if summand(e, Shift{}, x.adds) {
		sum, _, cells := x.summand(e, Shift{})
		text = `IF(COUNT(` + strings.Join(cells, ",") + `)>0,` + sum + `,"—")`
	} else {
		text, _ = x.step(e, Shift{})
	}
	if len(x.guards) > 0 {
		text = `IF(AND(` + strings.Join(x.guards, ",") + `),` + text + `,"")`
	}
	if len(x.operands) > 0 {
		text = fmt.Sprintf(`IF(COUNT(%s)=%d,%s,"")`, strings.Join(x.operands, ","), len(x.operands), text)
	}
	if len(x.terms) > 0 {
		text = fmt.Sprintf(`IF(COUNT(%s)+(%s="—")=%d,%s,"")`, strings.Join(x.terms, ","), strings.Join(x.terms, `="—")+(`), len(x.terms), text)
	}
	text = `IFERROR(` + text + `,"")`
	if x.absent || len(text) > excelLength || max(len(x.operands), len(x.terms), len(x.guards)) > excelArgs {
		return `""`
	}
	return text
}

// A sheetFormula is a formula of Excel under way.
type sheetFormula struct {
	p        period.Period
	at       Cells
	slack    float64
	operands []string // every cell that must hold a number
	terms    []string // every cell that must hold a number or “—”
	guards   []string // what must hold besides: a divisor that is not zero, a base above it
	absent   bool     // an operand is never known
}

// filedDecimals is how many decimals a filed figure can have.
const filedDecimals = 6

// precision is how far the result of a step can be trusted against the decimals
// that were filed.
type precision uint8

const (
	summed   precision = iota // sums of filed figures: exact at filedDecimals
	scaled                    // with products: a double's
	computed                  // with quotients: the guard of indicator.Less
)

func (x *sheetFormula) step(e Expr, shift Shift) (string, precision) {
	switch e := e.(type) {
	case *number:
		if e.value.Exponent() < -filedDecimals {
			return e.value.String(), scaled
		}
		return e.value.String(), summed
	case *ref:
		return x.ref(e, shift)
	case *negate:
		text, exact := x.step(e.x, shift)
		return "(-" + text + ")", exact
	case *binary:
		return x.binary(e, shift)
	case *compare:
		return x.compare(e, shift), summed
	case *call:
		return x.call(e, shift)
	}
	x.absent = true
	return "0", computed
}

func (x *sheetFormula) adds(code indicator.Code, shift Shift) bool {
	_, _, adds := x.at(code, shift)
	return adds
}

// summand is a term that a sum can be made without, with the cells it is made of;
// it is zero when they hold “—”.
func (x *sheetFormula) summand(e Expr, shift Shift) (text string, exact precision, cells []string) {
	switch e := e.(type) {
	case *ref:
		refs, filed, _ := x.at(e.code, shift)
		if len(refs) == 0 {
			break
		}
		for _, r := range refs {
			if !slices.Contains(x.terms, r) {
				x.terms = append(x.terms, r)
			}
		}
		text = "(N(" + strings.Join(refs, ")+N(") + "))"
		if filed {
			return text, summed, refs
		}
		return text, computed, refs
	case *binary:
		if n, ok := e.l.(*number); ok {
			text, exact, cells = x.summand(e.r, shift)
			return "(" + n.value.String() + "*" + text + ")", max(exact, scaled), cells
		}
		text, exact, cells = x.summand(e.l, shift)
		if n, ok := e.r.(*number); ok && e.op == '÷' {
			return "(" + text + "/" + n.value.String() + ")", computed, cells
		} else if ok {
			return "(" + text + "*" + n.value.String() + ")", max(exact, scaled), cells
		}
		r, rp, more := x.summand(e.r, shift)
		return "(" + text + "+" + r + ")", max(exact, rp), append(slices.Clip(cells), more...)
	case *call:
		switch e.fn {
		case fnPrev:
			return x.summand(e.args[0], Shift{When: Prev})
		case fnYearAgo:
			return x.summand(e.args[0], Shift{When: YearAgo})
		case fnAt:
			return x.summand(e.args[0], Shift{EndOf, e.year})
		case fnSumSince:
			return x.summand(e.args[0], Shift{Since, e.year})
		}
	}
	x.absent = true
	return "0", computed, nil
}

// plus adds, and leaves out what cannot exist of either side.
func (x *sheetFormula) plus(e *binary, shift Shift) (string, precision) {
	without := 0
	var cells []string
	side := func(term, other Expr) (string, precision) {
		if constant(other) || !summand(term, shift, x.adds) {
			return x.step(term, shift)
		}
		text, exact, of := x.summand(term, shift)
		without, cells = without+1, append(cells, of...)
		return text, exact
	}
	l, lp := side(e.l, e.r)
	r, rp := side(e.r, e.l)
	if without == 2 {
		x.guards = append(x.guards, "COUNT("+strings.Join(cells, ",")+")>0")
	}
	return "(" + l + "+" + r + ")", max(lp, rp)
}

func (x *sheetFormula) ref(e *ref, shift Shift) (string, precision) {
	refs, exact, adds := x.at(e.code, shift)
	if len(refs) == 0 {
		x.absent = true
		return "0", computed
	}
	if adds && shift.When == Since { // a sum whatever it stands in
		text, exact, cells := x.summand(e, shift)
		x.guards = append(x.guards, "COUNT("+strings.Join(cells, ",")+")>0")
		return text, exact
	}
	for _, r := range refs {
		if !slices.Contains(x.operands, r) {
			x.operands = append(x.operands, r)
		}
	}
	text := refs[0]
	if len(refs) > 1 {
		text = "(" + strings.Join(refs, "+") + ")"
	}
	if exact {
		return text, summed
	}
	return text, computed
}

func (x *sheetFormula) binary(e *binary, shift Shift) (string, precision) {
	if e.op == '+' {
		return x.plus(e, shift)
	}
	l, lp := x.step(e.l, shift)
	r, rp := x.step(e.r, shift)
	exact := max(lp, rp)
	switch e.op {
	case '−':
		return "(" + l + "-" + r + ")", exact
	case '×':
		return "(" + l + "*" + r + ")", max(exact, scaled)
	}
	x.guards = append(x.guards, r+"<>0")
	return "(" + l + "/" + r + ")", computed
}

// compare gives 1 or 0. Sums of filed figures are compared at the six decimals
// that a filed figure can have, so that 40.1 + 59.9 ≤ 100 holds in binary too;
// what is computed has the guard of indicator.Less.
func (x *sheetFormula) compare(e *compare, shift Shift) string {
	l, lp := x.step(e.l, shift)
	r, rp := x.step(e.r, shift)
	guard := "0"
	less, more := "("+r+"-"+l+")", "("+l+"-"+r+")"
	switch max(lp, rp) {
	case summed:
		less, more = fmt.Sprintf("ROUND(%s-%s,%d)", r, l, filedDecimals), fmt.Sprintf("ROUND(%s-%s,%d)", l, r, filedDecimals)
	case scaled:
		guard = "1E-14*MAX(ABS(" + l + "),ABS(" + r + "))"
	case computed:
		guard = "1E-9*MAX(ABS(" + l + "),ABS(" + r + "))"
	}
	test := map[rune]string{
		'≤': more + "<=" + guard, '≥': less + "<=" + guard, '<': less + ">" + guard, '>': more + ">" + guard,
		'=': "ABS(" + more + ")<=" + guard,
	}[e.op]
	if x.slack > 0 {
		slack := strconv.FormatFloat(x.slack*(1+1e-9), 'f', -1, 64)
		test = "OR(" + test + ",ABS(" + l + "-" + r + ")<=" + slack + ")"
	}
	return "IF(" + test + ",1,0)"
}

func (x *sheetFormula) call(e *call, shift Shift) (string, precision) {
	switch e.fn {
	case fnDaysYTD:
		return strconv.Itoa(x.p.DaysYTD()), summed
	case fnPrev:
		return x.step(e.args[0], Shift{When: Prev})
	case fnYearAgo:
		return x.step(e.args[0], Shift{When: YearAgo})
	case fnAt:
		return x.step(e.args[0], Shift{EndOf, e.year})
	case fnSumSince:
		return x.step(e.args[0], Shift{Since, e.year})
	case fnShare:
		part, _ := x.step(e.args[0], shift)
		whole, _ := x.step(e.args[1], shift)
		x.guards = append(x.guards, whole+"<>0")
		return "(" + part + "/" + whole + "*100)", computed
	case fnGrowth:
		now, _ := x.step(e.args[0], shift)
		base, _ := x.step(e.args[0], Shift{When: YearAgo})
		x.guards = append(x.guards, base+">0")
		return "((" + now + "/" + base + "-1)*100)", computed
	case fnCAGR:
		now, _ := x.step(e.args[0], shift)
		base, _ := x.step(e.args[0], Shift{EndOf, e.year})
		months := x.p.End - period.Of(period.Year, e.year, 1).End
		x.absent = x.absent || months <= 0
		x.guards = append(x.guards, now+">0", base+">0")
		return fmt.Sprintf("((EXP(LN(%s/%s)*12/%d)-1)*100)", now, base, max(months, 1)), computed
	}
	x.absent = true
	return "0", computed
}
