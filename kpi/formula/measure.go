package formula

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
)

// A sort tells numbers without a dimension apart: 5 % is not 5 百分点 and
// neither is 5 倍, though all are ratios.
type sort uint8

const (
	plain   sort = iota // a ratio, 倍; and everything that has a dimension
	percent             // %
	points              // 百分点
	index               // 上年同期=100
	loose               // % or 百分点, as its user says: share × growth ÷ 100
)

func (s sort) matches(t sort) bool {
	if s == loose {
		return t == percent || t == points || t == loose || t == plain
	}
	return s == t || t == loose && s != index
}

// A reading is one way to understand a number: how many base units of its
// dimension one of its units is. 亿元 is 10⁸, % is 1/100.
type reading struct {
	scale *big.Rat
	sort  sort
}

// mixed reports a ratio of different units: 亿元 ÷ 万元.
func (r reading) mixed() bool {
	return r.sort == plain && r.scale.Cmp(one()) != 0 && r.scale.Cmp(hundredth()) != 0
}

func (r reading) same(o reading) bool { return r.sort == o.sort && r.scale.Cmp(o.scale) == 0 }

// A class is what a level may be added to.
type class uint8

const (
	noClass   class = iota
	stock           // 期末数, and running totals since the base
	ytd             // 1—本月累计
	perPeriod       // 本期数
)

func (c class) name() string {
	return [...]string{"", "期末数", "年内累计数", "本期数"}[c]
}

func classOf(n indicator.Nature) class {
	switch {
	case n.Stock() || n == indicator.CountCum:
		return stock
	case n.Cumulative():
		return ytd
	case n == indicator.CountFlowPeriod:
		return perPeriod
	}
	return noClass
}

// A measure is the type of an expression. Multiplying by a power of ten either
// scales a quantity or changes its unit (÷ 10000 turns 万元 into 亿元, × 100 a
// ratio into %): the text does not say which, so both readings are kept until
// the context decides.
type measure struct {
	unknown  bool           // wrong already reported: agree with anything
	constant *big.Rat       // of an expression without references
	dims     map[string]int // exponents by dimension; empty for ratios
	readings []reading
	class    class
	nature   indicator.Nature // of the references that made it; "" when they differ
	before   bool             // cumulative to the end of the period before
	basis    indicator.PriceBasis
	deflator bool   // made of a price index: turns one basis into another
	evidence bool   // a rank, a milestone, an order of magnitude
	level    bool   // has a dimension: growth has a meaning
	rates    int    // how many rates or ratios were added up
	label    string // for messages: 亿元, 亿元/万辆, %
}

func one() *big.Rat { return big.NewRat(1, 1) }

func hundredth() *big.Rat { return big.NewRat(1, 100) }

// unitMeasure is the type of a number in a unit; ok is false when the unit's
// factor is not a positive number.
func unitMeasure(u *indicator.Unit) (m measure, ok bool) {
	m = measure{label: u.Symbol}
	scale, ok := new(big.Rat).SetString(u.Factor)
	if !ok || scale.Sign() <= 0 {
		return m, false
	}
	of100 := new(big.Rat).Mul(scale, hundredth())
	switch u.Dimension {
	case "percent":
		m.readings = []reading{{of100, percent}}
	case "points":
		m.readings = []reading{{of100, points}}
	case "index":
		m.readings, m.deflator = []reading{{of100, index}}, true
	case "multiple":
		m.readings = []reading{{scale, plain}}
	default:
		m.readings = []reading{{scale, plain}}
		m.dims = make(map[string]int)
		over, under, _ := strings.Cut(u.Dimension, "/")
		m.dims[over]++
		if under != "" {
			m.dims[under]--
		}
		m.level = true
	}
	return m, true
}

func (m measure) ratio() bool { return len(m.dims) == 0 && m.constant == nil }

func (m measure) name() string {
	switch {
	case m.label != "":
		return m.label
	case m.has(percent):
		return "%"
	case m.has(points):
		return "百分点"
	case len(m.dims) == 0:
		return "比率"
	}
	words := make([]string, 0, len(m.dims))
	words = append(words, slices.Sorted(maps.Keys(m.dims))...)
	return strings.Join(words, "·")
}

func (m measure) has(s sort) bool {
	return slices.ContainsFunc(m.readings, func(r reading) bool { return r.sort == s })
}

// maxReadings bounds what a hostile chain of powers of ten can cost.
const maxReadings = 32

func (m *measure) read(r reading) {
	if len(m.readings) < maxReadings && !slices.ContainsFunc(m.readings, r.same) {
		m.readings = append(m.readings, r)
	}
}

// scaled multiplies a quantity by a constant that is not zero.
func (m measure) scaled(c *big.Rat) measure {
	if !powerOfTen(c) {
		return m
	}
	out := m
	out.readings = slices.Clone(m.readings)
	if len(m.dims) == 0 && (c.Cmp(big.NewRat(100, 1)) == 0 || c.Cmp(hundredth()) == 0) {
		out.readings = nil // of a ratio, × 100 and ÷ 100 always change the unit
	}
	for _, r := range m.readings {
		converted := reading{new(big.Rat).Quo(r.scale, c), r.sort}
		if len(m.dims) == 0 && r.sort != loose {
			switch {
			case converted.scale.Cmp(one()) == 0:
				converted.sort = plain
			case r.sort == plain && converted.scale.Cmp(hundredth()) == 0:
				converted.sort = percent
			}
		}
		out.read(converted)
	}
	if len(m.dims) == 0 {
		out.label = "" // a ratio × 100 is called by what it became
	}
	return out
}

// powerOfTen reports whether c is 10ᵏ, k ≠ 0.
func powerOfTen(c *big.Rat) bool {
	digits := func(n *big.Int) bool { return strings.Trim(n.String(), "0") == "1" }
	return c.Sign() > 0 && c.Cmp(one()) != 0 &&
		(c.IsInt() && digits(c.Num()) || c.Num().IsInt64() && c.Num().Int64() == 1 && digits(c.Denom()))
}

// product multiplies two quantities, or divides them when over is set.
func product(l, r measure, over bool) measure {
	sign, join := 1, "·"
	if over {
		sign, join = -1, "/"
	}
	out := measure{dims: maps.Clone(l.dims)}
	for d, n := range r.dims {
		if out.dims == nil {
			out.dims = make(map[string]int)
		}
		if out.dims[d] += sign * n; out.dims[d] == 0 {
			delete(out.dims, d)
		}
	}
	for _, a := range l.readings {
		for _, b := range r.readings {
			out.read(times(a, b, over, len(out.dims) == 0))
		}
	}
	switch {
	case len(r.dims) == 0: // GDP × 占比 is still a cumulative value
		out.class, out.nature, out.before, out.label = l.class, l.nature, l.before, l.label
	case len(l.dims) == 0 && !over:
		out.class, out.nature, out.before, out.label = r.class, r.nature, r.before, r.label
	case len(out.dims) > 0:
		out.label = l.name() + join + r.name()
	}
	if len(out.dims) == 0 {
		out.label = ""
		if l.ratio() && r.ratio() {
			out.rates = 1
		}
	}
	out.level = len(out.dims) > 0
	// A price index turns one basis into another; which, the formula's author
	// knows.
	share := over && len(out.dims) == 0 && len(l.dims) > 0
	agreed := l.basis == r.basis || l.basis == "" || r.basis == ""
	if !share && agreed && !l.deflator && !r.deflator {
		out.basis = cmp.Or(l.basis, r.basis)
	}
	return out
}

func times(a, b reading, over, dimensionless bool) reading {
	scale := new(big.Rat)
	if over {
		scale.Quo(a.scale, b.scale)
	} else {
		scale.Mul(a.scale, b.scale)
	}
	out := reading{scale, plain}
	if !dimensionless {
		return out
	}
	pure := func(r reading) bool { return r.sort == plain && r.scale.Cmp(one()) == 0 }
	switch {
	case pure(b):
		out.sort = a.sort
	case pure(a) && !over:
		out.sort = b.sort
	case !over && a.sort != plain && b.sort != plain, over && a.sort == loose && b.sort != plain:
		out.sort = loose // % × 百分点, and that over an index or a per cent
	}
	return out
}

// offset adds a constant to a ratio, or takes it from one. The result has no
// reading when that has no meaning: 1 + 5 % without ÷ 100.
func (m measure) offset(c *big.Rat) measure {
	out := m
	out.readings, out.rates = nil, 0
	unit := new(big.Rat).Abs(c).Cmp(one()) == 0
	hundred := new(big.Rat).Abs(c).Cmp(big.NewRat(100, 1)) == 0
	for _, r := range m.readings {
		switch {
		case r.sort == plain && r.scale.Cmp(one()) != 0:
		case r.sort == percent && unit:
		case r.sort == percent && hundred: // 100 + 增速 is an index
			out.read(reading{r.scale, index})
			out.read(r)
		case r.sort == index: // 指数 − 100 is a growth rate
			out.read(reading{r.scale, percent})
			out.read(r)
		default:
			out.read(r)
		}
	}
	out.label = ""
	return out
}

// total adds two quantities of one dimension, or subtracts them. The result has
// no reading when their units or sorts do not go together.
func total(l, r measure, minus bool) measure {
	out := l
	out.readings = nil
	for _, a := range l.readings {
		for _, b := range r.readings {
			if a.scale.Cmp(b.scale) != 0 {
				continue
			}
			if s, ok := sum(a.sort, b.sort, minus, len(l.dims) == 0); ok {
				out.read(reading{a.scale, s})
			}
		}
	}
	switch {
	case out.class == noClass:
		out.class, out.before = r.class, r.before
	case r.class != noClass && l.before != r.before:
		out.class, out.before = flowOf(l, r), false
	}
	if out.nature != r.nature || l.before != r.before {
		out.nature = ""
	}
	if out.basis == "" {
		out.basis = r.basis
	}
	out.level = l.level || r.level
	out.rates = l.rates + r.rates
	if len(l.dims) == 0 {
		out.label = ""
	}
	return out
}

// flowOf is the class of a sum or difference one side of which ran to the end of
// the period before: 累计 − 上期累计 is 本期数, 上期累计 + 本期数 is 累计.
func flowOf(l, r measure) class {
	if l.class == ytd && r.class == ytd {
		return perPeriod
	}
	return ytd
}

func sum(a, b sort, minus, dimensionless bool) (sort, bool) {
	switch {
	case !dimensionless:
		return plain, true
	case a == loose || b == loose:
		return loose, a != index && b != index
	case a == percent && b == percent && minus, a == points && b == points:
		return points, true
	case a == percent && b == percent, a == percent && b == points:
		return percent, true
	case a == points && b == percent:
		return percent, !minus
	case a == index && b == index:
		return points, minus
	case a == plain && b == plain && minus: // of two ratios: × 100 may mean 百分点
		return loose, true
	}
	return plain, a == plain && b == plain
}

// agree is the readings two sides of a comparison have in common.
func agree(l, r measure) bool {
	return slices.ContainsFunc(l.readings, func(a reading) bool {
		return slices.ContainsFunc(r.readings, func(b reading) bool {
			return a.scale.Cmp(b.scale) == 0 && a.sort.matches(b.sort)
		})
	})
}
