package formula

import (
	"fmt"
	"strconv"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Def is a derived indicator to be computed.
type Def struct {
	Code indicator.Code
	Area indicator.AreaID
	Freq period.Freq
	Expr Expr
	// Everywhere computes it in every area that has its driver, each from operands
	// of its own; Area is then empty.
	Everywhere bool
}

// A Statement is one SQL statement with its positional arguments ($1, $2 …).
type Statement struct {
	SQL  string
	Args []any
}

// Compile makes the one statement that computes a whole level of the dependency
// graph: it reads the operands from the table fact and inserts the results into
// it. area gives the area of each reference. An empty level gives the zero
// Statement. The errors are programming errors: Check and Levels find what is
// wrong with a definition.
//
//	fact (indicator VARCHAR, area VARCHAR, period_end INTEGER, value DOUBLE,
//	      obs_status VARCHAR, vintage VARCHAR, caliber VARCHAR, carried INTEGER)
//
// has one row per series and period; a row without a value is an absence. A
// result exists for every period of the indicator's own frequency from the end
// of the base year at which every operand exists and no divisor is zero:
//
//   - vintage is the common one of the operands of that very period ('mixed'
//     when they differ), or of all operands when none is of that period. Bases,
//     earlier periods and carried stocks do not take part. A sum_since has the
//     vintage of its newest period.
//   - caliber is the common one of all operands that have one, or 'mixed'.
//   - obs_status is E when any operand is, else P when any is, else A.
//   - carried is how many months the oldest stock was carried.
//
// What cannot exist (obs_status M, no value) is left out of a sum; a definition
// that is a sum of nothing else gets a row of status M without a value (sum.go).
//
// Definitions of one shape, equal but for codes and numbers, become one
// set-based SELECT over an inline table of their operands; a definition that has
// its shape for itself needs no table. The SQL keeps the
// portable subset: no QUALIFY, ASOF, PIVOT or lists, no avg or power, no
// rounding, every division cast and guarded. A root is exp(ln(x) ÷ n), because
// power differs between engines in the last bits; what is compared with a target
// passes the relative guard 1e-9 anyway. Codes and areas are quoted literals of
// a closed alphabet, so that a level of any size stays below the parameter limit
// of every engine; numbers are arguments.
func Compile(level []Def, lookup Lookup, area func(indicator.Code) indicator.AreaID) (Statement, error) {
	if len(level) == 0 {
		return Statement{}, nil
	}
	type series struct {
		code indicator.Code
		area indicator.AreaID
	}
	made := make(map[series]bool, len(level))
	for _, d := range level {
		s := series{d.Code, d.Area}
		if made[s] {
			return Statement{}, fmt.Errorf("compile %s in %s: defined twice in one level", d.Code, d.Area)
		}
		made[s] = true
	}
	var (
		shapes []*shape
		byKey  = make(map[string]*shape)
		args   = arguments{place: make(map[string]int)}
	)
	for _, d := range level {
		b := &builder{lookup: lookup, def: d}
		sql, err := b.build()
		if err != nil {
			return Statement{}, fmt.Errorf("compile %s: %w", d.Code, err)
		}
		for _, s := range b.slots {
			if made[series{s.code, area(s.code)}] {
				return Statement{}, fmt.Errorf("compile %s: %s is of the same level", d.Code, s.code)
			}
		}
		row, err := b.row(area, &args)
		if err != nil {
			return Statement{}, fmt.Errorf("compile %s: %w", d.Code, err)
		}
		key := b.key(sql)
		sh := byKey[key]
		if sh == nil {
			sh = &shape{n: len(shapes), value: sql, slots: b.slots, constants: len(b.constants), everywhere: d.Everywhere, loose: b.loose}
			if d.Everywhere && sh.driver() < 0 {
				return Statement{}, fmt.Errorf("compile %s everywhere: no operand is of its own period", d.Code)
			}
			shapes, byKey[key] = append(shapes, sh), sh
		}
		sh.rows = append(sh.rows, row)
	}
	return Statement{statement(shapes), args.values}, nil
}

// arguments collects the numbers of a statement, each once.
type arguments struct {
	place  map[string]int
	values []any
}

func (a *arguments) add(text string) string {
	n, ok := a.place[text]
	if !ok {
		v, _ := strconv.ParseFloat(text, 64) // the text of a decimal of at most 30 digits
		a.values = append(a.values, v)
		n = len(a.values)
		a.place[text] = n
	}
	return "CAST($" + strconv.Itoa(n) + " AS DOUBLE PRECISION)"
}

// access is how a slot reads the fact table.
type access byte

const (
	own        access = 'o' // at the period itself
	carried    access = 'c' // the newest within carryMonths
	prev       access = 'p' // one period earlier
	prevInYear access = 'y' // one period earlier in the same year
	yearAgo    access = 'a'
	endOf      access = 'e'
	since      access = 's' // running sum
)

// current reports whether the slot takes part in the vintage of the result.
func (a access) current() bool { return a == own || a == since }

// A slot is one operand of a definition.
type slot struct {
	code   indicator.Code
	access access
	freq   period.Freq // of the operand
	year   int
	adds   bool // a sum can be made without it
	loose  bool // and one is
}

// A builder turns one expression into SQL over slots and constants.
type builder struct {
	lookup    Lookup
	def       Def
	slots     []slot
	constants []string
	loose     bool // under a sum that can be made without what is built
}

func (b *builder) build() (string, error) {
	if b.def.Freq.Months() == 0 {
		return "", fmt.Errorf("frequency %q: want M, Q, H or A", b.def.Freq)
	}
	b.loose = b.summand(b.def.Expr, Shift{})
	sql, err := b.sql(b.def.Expr, Shift{})
	if err != nil {
		return "", err
	}
	if len(b.slots) == 0 {
		return "", fmt.Errorf("%s: no reference", b.def.Expr)
	}
	return sql, nil
}

// Driver is the operand of a definition whose periods its results have. Without
// one, no operand is of the very period of the result: it then has results at
// every period at which anything in fact has a row, so that they depend on more
// than its operands.
func Driver(d Def, lookup Lookup) (code indicator.Code, ok bool) {
	b := &builder{lookup: lookup, def: d}
	if _, err := b.build(); err != nil {
		return "", false // Compile says why it cannot be
	}
	i := (&shape{slots: b.slots}).driver()
	if i < 0 {
		return "", false
	}
	return b.slots[i].code, true
}

// key is equal for definitions of one shape.
func (b *builder) key(sql string) string {
	var k strings.Builder
	if b.def.Everywhere {
		k.WriteByte('*')
	}
	for _, s := range b.slots {
		k.WriteByte(byte(s.access))
		if s.adds && s.access == since {
			k.WriteByte('+')
		}
		if s.loose {
			k.WriteByte('?')
		}
		if s.access == carried {
			k.WriteString(strconv.Itoa(s.freq.Months()))
		}
	}
	return k.String() + " " + sql
}

func (b *builder) sql(e Expr, shift Shift) (string, error) {
	switch e := e.(type) {
	case *number:
		b.constants = append(b.constants, e.value.String())
		return fmt.Sprintf("r.k%d", len(b.constants)-1), nil
	case *ref:
		i, err := b.slot(e.code, shift)
		return fmt.Sprintf("r.v%d", i), err
	case *negate:
		x, err := b.sql(e.x, shift)
		return "(- " + x + ")", err
	case *binary:
		if e.op == '+' {
			return b.plus(e, shift)
		}
		l, err := b.sql(e.l, shift)
		if err != nil {
			return "", err
		}
		r, err := b.sql(e.r, shift)
		if err != nil {
			return "", err
		}
		if e.op == '÷' {
			return quotient(l, r), nil
		}
		return "(" + l + " " + map[rune]string{'−': "-", '×': "*"}[e.op] + " " + r + ")", nil
	case *call:
		return b.call(e, shift)
	}
	return "", fmt.Errorf("%s: a comparison is no value", e)
}

// plus adds, and leaves out what cannot exist of either side.
func (b *builder) plus(e *binary, shift Shift) (string, error) {
	side := func(x, other Expr) (string, bool, error) {
		without := !constant(other) && b.summand(x, shift)
		outer := b.loose
		b.loose = outer || without
		sql, err := b.sql(x, shift)
		b.loose = outer
		return sql, without, err
	}
	l, noLeft, err := side(e.l, e.r)
	if err != nil {
		return "", err
	}
	r, noRight, err := side(e.r, e.l)
	sum := "(" + l + " + " + r + ")"
	switch {
	case noLeft && noRight:
		sum = "COALESCE(" + sum + ", " + l + ", " + r + ")"
	case noLeft:
		sum = "COALESCE(" + sum + ", " + r + ")"
	case noRight:
		sum = "COALESCE(" + sum + ", " + l + ")"
	}
	return sum, err
}

func (b *builder) summand(e Expr, shift Shift) bool {
	return summand(e, shift, func(code indicator.Code, shift Shift) bool { return Adds(b.lookup(code), b.def.Freq, shift) })
}

func quotient(l, r string) string {
	return "(CAST(" + l + " AS DOUBLE PRECISION) / NULLIF(CAST(" + r + " AS DOUBLE PRECISION), 0))"
}

func (b *builder) call(e *call, shift Shift) (string, error) {
	switch e.fn {
	case fnDaysYTD:
		return daysYTD, nil
	case fnPrev:
		return b.sql(e.args[0], Shift{When: Prev})
	case fnYearAgo:
		return b.sql(e.args[0], Shift{When: YearAgo})
	case fnAt:
		return b.sql(e.args[0], Shift{EndOf, e.year})
	case fnSumSince:
		return b.sql(e.args[0], Shift{Since, e.year})
	case fnShare:
		part, whole, err := b.two(e.args[0], shift, e.args[1], shift)
		return "(" + quotient(part, whole) + " * 100)", err
	case fnGrowth:
		x, base, err := b.two(e.args[0], Shift{}, e.args[0], Shift{When: YearAgo})
		base = "CASE WHEN " + base + " > 0 THEN " + base + " END"
		return "((" + quotient(x, base) + " - 1) * 100)", err
	case fnCAGR:
		x, base, err := b.two(e.args[0], Shift{}, e.args[0], Shift{EndOf, e.year})
		if err != nil {
			return "", err
		}
		var months string
		for i, s := range b.slots {
			if s.access == endOf && s.year == e.year {
				months = fmt.Sprintf("(r.period_end - r.y%d)", i)
				break
			}
		}
		// LN stops the whole statement at zero, so nothing else reaches it.
		ratio := quotient(x, base)
		ratio = "CASE WHEN " + x + " > 0 AND " + base + " > 0 AND " + months + " > 0 AND " + ratio + " > 0 THEN " + ratio + " END"
		return "((EXP(" + quotient("(LN("+ratio+") * 12)", months) + ") - 1) * 100)", nil
	}
	return "", fmt.Errorf("%s: unknown function", e)
}

func (b *builder) two(l Expr, ls Shift, r Expr, rs Shift) (left, right string, err error) {
	if left, err = b.sql(l, ls); err == nil {
		right, err = b.sql(r, rs)
	}
	return left, right, err
}

// daysYTD counts the days from 1 January to the end of the month that
// r.period_end = year × 12 + month − 1 names, without a date type.
const daysYTD = `(CASE r.period_end % 12
        WHEN 0 THEN 31 WHEN 1 THEN 59 WHEN 2 THEN 90 WHEN 3 THEN 120 WHEN 4 THEN 151 WHEN 5 THEN 181
        WHEN 6 THEN 212 WHEN 7 THEN 243 WHEN 8 THEN 273 WHEN 9 THEN 304 WHEN 10 THEN 334 ELSE 365 END
        + CASE WHEN r.period_end % 12 >= 1 AND (r.period_end - r.period_end % 12) % 48 = 0
            AND ((r.period_end - r.period_end % 12) % 1200 <> 0 OR (r.period_end - r.period_end % 12) % 4800 = 0)
            THEN 1 ELSE 0 END)`

// slot finds or makes the slot of a reference under a shift.
func (b *builder) slot(code indicator.Code, shift Shift) (int, error) {
	ind := b.lookup(code)
	if ind == nil {
		return 0, fmt.Errorf("reference %s: no such indicator", code)
	}
	if ind.Freq.Months() == 0 {
		return 0, fmt.Errorf("reference %s: frequency %q: want M, Q, H or A", code, ind.Freq)
	}
	s := slot{code: code, freq: ind.Freq, year: shift.Year, adds: Adds(ind, b.def.Freq, shift)}
	loose := b.loose && s.adds
	switch shift.When {
	case Prev:
		s.access = prev
		if ind.Nature.Cumulative() {
			s.access = prevInYear
		}
	case YearAgo:
		s.access = yearAgo
	case EndOf:
		s.access = endOf
	case Since:
		s.access = since
	default:
		s.access = own
		if ind.Freq.Months() > b.def.Freq.Months() {
			s.access = carried
		}
	}
	for i := range b.slots {
		known := &b.slots[i]
		if s.loose = known.loose; *known == s {
			known.loose = known.loose || loose
			return i, nil
		}
	}
	s.loose = loose
	b.slots = append(b.slots, s)
	return len(b.slots) - 1, nil
}

// row is the definition's line of its shape's operand table.
func (b *builder) row(area func(indicator.Code) indicator.AreaID, args *arguments) ([]string, error) {
	cells := make([]string, 0, 3+3*len(b.slots)+len(b.constants))
	name := func(code indicator.Code, a indicator.AreaID) error {
		if !ValidCode(code) || a != "" && !validWords(string(a)) {
			return fmt.Errorf("series %q in %q: want upper-case letters, digits, dots and underscores", code, a)
		}
		cells = append(cells, "'"+string(code)+"'")
		if !b.def.Everywhere {
			cells = append(cells, "'"+string(a)+"'")
		}
		return nil
	}
	if err := name(b.def.Code, b.def.Area); err != nil {
		return nil, err
	}
	cells = append(cells, strconv.Itoa(b.def.Freq.Months()))
	for _, s := range b.slots {
		if err := name(s.code, area(s.code)); err != nil {
			return nil, err
		}
		switch s.access {
		case endOf:
			cells = append(cells, strconv.Itoa(period.Of(period.Year, s.year, 1).End))
		case since:
			cells = append(cells, strconv.Itoa(period.Of(s.freq, s.year, 1).End), strconv.Itoa(s.freq.Months()))
		}
	}
	for _, text := range b.constants {
		cells = append(cells, args.add(text))
	}
	return cells, nil
}
