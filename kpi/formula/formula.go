// Package formula is the expression language of derived indicators and of
// checking rules: it parses, types, orders, compiles to portable SQL and to Excel
// formulas, and evaluates one expression with every intermediate value for explanation. It
// knows indicators, units and periods; it does not know what an indicator is
// judged against, where values are stored, or what time it is.
//
// The language: numbers, + − × ÷ (also - * / and full-width forms),
// parentheses, unary minus, references (GDP.TOTAL.ALL), one comparison at top
// level (≤ ≥ < > =), and the functions
//
//	prev(x)            the period before, of the indicator's own frequency;
//	                   within the year when x is cumulative: January has none
//	year_ago(x)        上年同期
//	at(x, 2022)        the value at the end of that year; none before it
//	sum_since(x, 2023) Σ of every period from that January, none missing
//	growth(x)          per cent against 上年同期; needs a base above zero
//	cagr(x, 2022)      per cent a year since that year; both ends above zero
//	share(a, b)        a ÷ b × 100
//	days_ytd()         calendar days from 1 January to the end of the period
//
// The functions of time take arithmetic over references (the shift applies to
// every reference in it) but no other function of time. An absent operand makes
// the whole expression absent; absence is never zero.
package formula

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// An Expr is a parsed expression. The set of node types is closed: only Parse
// makes them.
type Expr interface {
	// String is the canonical text; it parses to the same tree.
	String() string
	// Pos is the column to point at, 1-based in characters: the operator of an
	// operation, the first character of anything else.
	Pos() int
	expr()
}

// A Lookup finds an indicator by its code; nil when there is none.
type Lookup func(indicator.Code) *indicator.Indicator

type (
	number struct {
		at    int
		value decimal.Decimal
	}
	ref struct {
		at   int
		code indicator.Code
	}
	negate struct {
		at int
		x  Expr
	}
	binary struct {
		at   int
		op   rune // + − × ÷
		l, r Expr
	}
	compare struct {
		at   int
		op   rune // ≤ ≥ < > =
		l, r Expr
	}
	call struct {
		at   int
		fn   function
		args []Expr
		year int // of at, sum_since and cagr
	}
)

func (*number) expr()  {}
func (*ref) expr()     {}
func (*negate) expr()  {}
func (*binary) expr()  {}
func (*compare) expr() {}
func (*call) expr()    {}

func (e *number) Pos() int  { return e.at }
func (e *ref) Pos() int     { return e.at }
func (e *negate) Pos() int  { return e.at }
func (e *binary) Pos() int  { return e.at }
func (e *compare) Pos() int { return e.at }
func (e *call) Pos() int    { return e.at }

func (e *number) String() string { return e.value.String() }
func (e *ref) String() string    { return string(e.code) }

func (e *negate) String() string {
	if _, ok := e.x.(*binary); ok {
		return "−(" + e.x.String() + ")"
	}
	return "−" + e.x.String()
}

func (e *binary) String() string {
	l, r := e.l.String(), e.r.String()
	if x, ok := e.l.(*binary); ok && strength(x.op) < strength(e.op) {
		l = "(" + l + ")"
	}
	// Operators of one strength associate to the left. No other parentheses are
	// added: the canonical text must not nest deeper than its source did.
	if x, ok := e.r.(*binary); ok && strength(x.op) <= strength(e.op) {
		r = "(" + r + ")"
	}
	return l + " " + string(e.op) + " " + r
}

func strength(op rune) int {
	if op == '+' || op == '−' {
		return 1
	}
	return 2
}

func (e *compare) String() string {
	return e.l.String() + " " + string(e.op) + " " + e.r.String()
}

func (e *call) String() string {
	args := make([]string, 0, len(e.args)+1)
	for _, a := range e.args {
		args = append(args, a.String())
	}
	if e.fn.takesYear() {
		args = append(args, strconv.Itoa(e.year))
	}
	return string(e.fn) + "(" + strings.Join(args, ", ") + ")"
}

// A function is one of the names the language knows.
type function string

const (
	fnPrev     function = "prev"
	fnYearAgo  function = "year_ago"
	fnAt       function = "at"
	fnSumSince function = "sum_since"
	fnCAGR     function = "cagr"
	fnGrowth   function = "growth"
	fnShare    function = "share"
	fnDaysYTD  function = "days_ytd"
)

// args is how many expressions the function takes, a year not counted; ok is
// false for a name the language does not know.
func (f function) args() (n int, ok bool) {
	switch f {
	case fnDaysYTD:
		return 0, true
	case fnPrev, fnYearAgo, fnAt, fnSumSince, fnCAGR, fnGrowth:
		return 1, true
	case fnShare:
		return 2, true
	}
	return 0, false
}

func (f function) takesYear() bool { return f == fnAt || f == fnSumSince || f == fnCAGR }

// ofTime reports whether the function reads another period than the current.
func (f function) ofTime() bool { return f != fnShare && f != fnDaysYTD }

// usage is how the function is written.
func (f function) usage() string {
	switch f {
	case fnAt:
		return "at(指标, 2022)"
	case fnSumSince:
		return "sum_since(指标, 2023)"
	case fnCAGR:
		return "cagr(指标, 2022)"
	case fnShare:
		return "share(部分, 总体)"
	case fnDaysYTD:
		return "days_ytd()"
	}
	return string(f) + "(指标)"
}

// functions lists the names for hints.
const functions = "prev、year_ago、at、sum_since、cagr、growth、share、days_ytd"

// children are the operands of a node, left to right.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case *negate:
		return []Expr{e.x}
	case *binary:
		return []Expr{e.l, e.r}
	case *compare:
		return []Expr{e.l, e.r}
	case *call:
		return e.args
	}
	return nil
}

// Refs lists the codes an expression refers to, in order of first use, each
// once.
func Refs(e Expr) []indicator.Code {
	var out []indicator.Code
	seen := make(map[indicator.Code]bool)
	var walk func(Expr)
	walk = func(e Expr) {
		if r, ok := e.(*ref); ok && !seen[r.code] {
			seen[r.code] = true
			out = append(out, r.code)
		}
		for _, c := range children(e) {
			walk(c)
		}
	}
	walk(e)
	return out
}

// ShareOf is the part and the whole of an expression that is nothing but a share
// of two series, share(a, b); ok is false for any other.
func ShareOf(e Expr) (part, whole indicator.Code, ok bool) {
	c, ok := e.(*call)
	if !ok || c.fn != fnShare || len(c.args) != 2 {
		return "", "", false
	}
	a, ok1 := c.args[0].(*ref)
	b, ok2 := c.args[1].(*ref)
	if !ok1 || !ok2 {
		return "", "", false
	}
	return a.code, b.code, true
}

// calls reports whether a function is called anywhere in the expression.
func calls(e Expr, fn function) bool {
	if c, ok := e.(*call); ok && c.fn == fn {
		return true
	}
	return slices.ContainsFunc(children(e), func(x Expr) bool { return calls(x, fn) })
}

// Sides are the two sides of a comparison; ok is false when it is none.
func Sides(e Expr) (l, r Expr, ok bool) {
	c, ok := e.(*compare)
	if !ok {
		return nil, nil, false
	}
	return c.l, c.r, true
}

// IsRule reports whether the expression is a comparison, which holds or not,
// rather than a number.
func IsRule(e Expr) bool {
	_, ok := e.(*compare)
	return ok
}

// Freq is the frequency at which an expression without an indicator of its own
// (a rule) is evaluated: that of the least frequent flow or rate in it, because
// only stocks are carried into more frequent periods; when all are stocks, that
// of the most frequent. A mean annual rate is of whole years. It is zero when no
// reference is known.
func Freq(e Expr, lookup Lookup) period.Freq {
	if calls(e, fnCAGR) {
		return period.Year
	}
	var slowest, fastest period.Freq
	for _, code := range Refs(e) {
		ind := lookup(code)
		if ind == nil {
			continue
		}
		if !ind.Nature.Stock() && ind.Freq.Months() > slowest.Months() {
			slowest = ind.Freq
		}
		if fastest == 0 || ind.Freq.Months() < fastest.Months() {
			fastest = ind.Freq
		}
	}
	if slowest != 0 {
		return slowest
	}
	return fastest
}

// Slack is by how much the two sides of a comparison may differ because their
// operands were rounded when they were printed: half of the last printed place
// for each part, where one operand is the total and the others are its parts
// (catalogue R30). An operand that occurs in two periods is two. It is zero when
// no reference is known.
func Slack(e Expr, lookup Lookup) float64 {
	operands, decimals := 0, math.MaxInt
	var walk func(Expr)
	walk = func(e Expr) {
		if r, ok := e.(*ref); ok {
			if ind := lookup(r.code); ind != nil {
				operands++
				decimals = min(decimals, ind.Decimals)
			}
		}
		for _, c := range children(e) {
			walk(c)
		}
	}
	walk(e)
	if operands == 0 {
		return 0
	}
	return 0.5 * float64(max(1, operands-1)) * math.Pow10(-decimals)
}
