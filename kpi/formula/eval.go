package formula

import (
	"math"
	"math/big"
	"strconv"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Node is one step of an evaluation with its value: the tree that explains a
// figure down to what was filed.
type Node struct {
	Text string // the canonical text of this step
	// Op is number, ref, the sign of an operation (+ − × ÷ ≤ ≥ < > =) or the
	// name of a function.
	Op   string
	Code indicator.Code // of a ref
	// Period is where the value of a ref was taken; the evaluated period of any
	// other step.
	Period period.Period
	// Value of a comparison is 1 when it holds and 0 when it does not.
	Value    indicator.Opt[float64]
	Why      indicator.Absence // when Value is absent
	Without  bool              // it cannot exist, and a sum is made without it (sum.go)
	Operand  any               // the Source of a ref's operand
	Children []*Node
}

// Verdict is what a comparison found. Known is false when an operand is absent:
// such a comparison neither holds nor fails.
func (n *Node) Verdict() (holds, known bool) { return n.Value.V != 0, n.Value.OK }

// beyond bounds results: what is larger is no statistic but an overflow. The SQL
// of Compile drops the same rows.
const beyond = 1e300

// Eval computes an expression at a period, step by step. Absence propagates: a
// step with an absent operand is absent and has the reason of the first one.
//
// Values are float64, computed in the order of the SQL of Compile, so that both
// give the same figure. Beside them +, −, ×, sum_since and comparisons keep
// exact decimals as long as every operand has one (filed values and numbers in
// the text): 40.1 + 59.9 ≤ 100 holds. A comparison with an inexact side has the
// relative guard 1e-9 of indicator.Less.
func Eval(e Expr, p period.Period, at At) *Node {
	v := evaluation{p: p, at: at}
	n, _ := v.step(e, Shift{})
	n.bound()
	return n
}

func (n *Node) bound() {
	if n.Value.OK && !(math.Abs(n.Value.V) < beyond) { // NaN too
		n.absent(indicator.NotComputable)
	}
}

func (n *Node) absent(why indicator.Absence) {
	if why == indicator.Present {
		why = indicator.NotComputable
	}
	n.Value, n.Why = indicator.Opt[float64]{}, why
}

type evaluation struct {
	p     period.Period
	at    At
	terse bool // nobody reads the texts
}

// exact is the decimal of a value, nil when it has none.
type exact = *decimal.Decimal

func (v evaluation) step(e Expr, shift Shift) (*Node, exact) {
	n := &Node{Period: v.p}
	if !v.terse {
		n.Text = e.String()
	}
	switch e := e.(type) {
	case *number:
		n.Op = "number"
		f, _ := strconv.ParseFloat(e.value.String(), 64)
		n.Value = indicator.Some(f)
		return n, &e.value
	case *ref:
		return v.ref(n, e, shift)
	case *negate:
		n.Op = "−"
		x, d := v.step(e.x, shift)
		if n.adopt(x) {
			n.Value = indicator.Some(-x.Value.V)
			if d != nil {
				minus := d.Neg()
				return n, &minus
			}
		}
		return n, nil
	case *binary:
		n.Op = string(e.op)
		l, ld := v.step(e.l, shift)
		r, rd := v.step(e.r, shift)
		if !n.adopt(l, r) {
			return n, n.without(e, ld, rd)
		}
		return n, n.operate(e.op, l.Value.V, r.Value.V, ld, rd)
	case *compare:
		n.Op = string(e.op)
		l, ld := v.step(e.l, shift)
		r, rd := v.step(e.r, shift)
		l.bound()
		r.bound()
		if n.adopt(l, r) {
			n.Value = indicator.Some(0.0)
			if holds(e.op, l.Value.V, r.Value.V, ld, rd) {
				n.Value.V = 1
			}
		}
		return n, nil
	case *call:
		return v.call(n, e, shift)
	}
	return n, nil
}

// adopt takes the children and reports whether all of them have a value.
func (n *Node) adopt(children ...*Node) bool {
	n.Children = children
	for _, c := range children {
		if !c.Value.OK {
			n.absent(c.Why)
			return false
		}
	}
	return true
}

// without makes a sum of what can exist of its two sides, and says of another
// operation on “—” whether a sum around it can be made without it.
func (n *Node) without(e *binary, ld, rd exact) exact {
	l, r := n.Children[0], n.Children[1]
	switch e.op {
	case '+':
		switch {
		case l.Without && r.Without:
			n.Without = true
		case l.Without && !constant(e.r):
			n.Value, n.Why = r.Value, r.Why
			return rd
		case r.Without && !constant(e.l):
			n.Value, n.Why = l.Value, l.Why
			return ld
		}
	case '×':
		n.Without = l.Without && scale(e.r) || r.Without && scale(e.l)
	case '÷':
		n.Without = l.Without && scale(e.r)
	}
	return nil
}

func (v evaluation) ref(n *Node, e *ref, shift Shift) (*Node, exact) {
	n.Op, n.Code = "ref", e.code
	o, ok := v.at(e.code, shift)
	if !o.Period.IsZero() {
		n.Period = o.Period
	}
	n.Operand = o.Source
	if !ok {
		if o.Why == indicator.Present && shift == (Shift{EndOf, period.BaseYear}) {
			o.Why = indicator.NoBase
		}
		n.absent(o.Why)
		n.Without = o.Without
		return n, nil
	}
	if len(o.Parts) == 0 {
		n.Value = indicator.Some(o.Value)
		if o.Exact.Valid {
			return n, &o.Exact.Decimal
		}
		return n, nil
	}
	// The SQL sums DECIMAL(24, 6), exactly and in any order.
	sum, filed := decimal.Zero, true
	for _, part := range o.Parts {
		child := &Node{Text: string(e.code), Op: "ref", Code: e.code, Period: part.Period, Value: indicator.Some(part.Value), Operand: part.Source}
		n.Children = append(n.Children, child)
		d := part.Exact.Decimal
		if !part.Exact.Valid {
			filed = false
			if !(math.Abs(part.Value) < sumLimit) {
				child.absent(indicator.NotComputable)
				n.absent(indicator.NotComputable)
				continue
			}
			d = sixth(part.Value)
		}
		sum = sum.Add(d.Round(6))
	}
	if n.Why != indicator.Present {
		return n, nil
	}
	n.Value = indicator.Some(double(sum))
	if filed {
		return n, &sum
	}
	return n, nil
}

// sixth is the cast of the SQL from a double to DECIMAL(24, 6).
func sixth(v float64) decimal.Decimal {
	scaled, _ := big.NewFloat(math.Round(v * 1e6)).Int(nil)
	return decimal.NewFromBigInt(scaled, -6)
}

// double is the cast back: beyond what a double counts exactly, the whole and
// the rest apart.
func double(d decimal.Decimal) float64 {
	scaled := d.Shift(6).BigInt()
	if exact := int64(1) << 53; scaled.CmpAbs(big.NewInt(exact)) <= 0 {
		return float64(scaled.Int64()) / 1e6
	}
	whole, rest := new(big.Int).QuoRem(scaled, big.NewInt(1e6), new(big.Int))
	w := whole.Int64()
	if w < 0 { // as the engine converts a negative integer of two words
		return -float64(-w-1) - 1 + float64(rest.Int64())/1e6
	}
	return float64(w) + float64(rest.Int64())/1e6
}

// sumLimit is what still fits DECIMAL(24, 6); larger parts make no sum.
const sumLimit = 1e17

func (n *Node) operate(op rune, l, r float64, ld, rd exact) exact {
	both := ld != nil && rd != nil
	var d decimal.Decimal
	switch op {
	case '+':
		n.Value = indicator.Some(l + r)
		if both {
			d = ld.Add(*rd)
		}
	case '−':
		n.Value = indicator.Some(l - r)
		if both {
			d = ld.Sub(*rd)
		}
	case '×':
		n.Value = indicator.Some(l * r)
		if both {
			d = ld.Mul(*rd)
		}
	case '÷':
		n.divide(l, r)
		return nil
	}
	if both {
		return &d
	}
	return nil
}

func (n *Node) divide(l, r float64) {
	if r == 0 {
		n.absent(indicator.NotComputable)
		return
	}
	n.Value = indicator.Some(l / r)
}

func holds(op rune, l, r float64, ld, rd exact) bool {
	less, more := indicator.Less(l, r), indicator.Less(r, l)
	if ld != nil && rd != nil {
		less, more = ld.LessThan(*rd), ld.GreaterThan(*rd)
	}
	switch op {
	case '≤':
		return !more
	case '≥':
		return !less
	case '<':
		return less
	case '>':
		return more
	}
	return !less && !more
}

func (v evaluation) call(n *Node, e *call, shift Shift) (*Node, exact) {
	n.Op = string(e.fn)
	switch e.fn {
	case fnDaysYTD:
		days := decimal.NewFromInt(int64(v.p.DaysYTD()))
		n.Value = indicator.Some(days.InexactFloat64())
		return n, &days
	case fnPrev:
		return v.shifted(n, e, Shift{When: Prev})
	case fnYearAgo:
		return v.shifted(n, e, Shift{When: YearAgo})
	case fnAt:
		return v.shifted(n, e, Shift{EndOf, e.year})
	case fnSumSince:
		return v.shifted(n, e, Shift{Since, e.year})
	case fnShare:
		part, _ := v.step(e.args[0], shift)
		whole, _ := v.step(e.args[1], shift)
		if n.adopt(part, whole) {
			if n.divide(part.Value.V, whole.Value.V); n.Value.OK {
				n.Value.V *= 100
			}
		}
	case fnGrowth:
		x, _ := v.step(e.args[0], shift)
		base, _ := v.step(e.args[0], Shift{When: YearAgo})
		if n.adopt(x, base) {
			if base.Value.V <= 0 { // growth on a base of nothing or of a loss says nothing
				n.absent(indicator.NotComputable)
				break
			}
			ratio := x.Value.V / base.Value.V
			n.Value = indicator.Some((ratio - 1) * 100)
		}
	case fnCAGR:
		x, _ := v.step(e.args[0], shift)
		base, _ := v.step(e.args[0], Shift{EndOf, e.year})
		months := float64(v.p.End - period.Of(period.Year, e.year, 1).End)
		if n.adopt(x, base) {
			ratio := x.Value.V / base.Value.V
			if x.Value.V <= 0 || base.Value.V <= 0 || ratio == 0 || months <= 0 {
				n.absent(indicator.NotComputable)
				break
			}
			root := exp(float64(ln(ratio)*12) / months)
			n.Value = indicator.Some((root - 1) * 100)
		}
	}
	return n, nil
}

// shifted evaluates the one argument in another period.
func (v evaluation) shifted(n *Node, e *call, to Shift) (*Node, exact) {
	x, d := v.step(e.args[0], to)
	if n.adopt(x) {
		n.Value = x.Value
	}
	n.Without = x.Without
	return n, d
}
