package formula

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A Problem says what has no meaning in a formula, and where, in Chinese.
type Problem struct {
	Col     int    `json:"column"` // 1-based, in characters
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Check types a formula: units, natures, prices, frequencies, and the unit of
// its result against that of self. A rule has no indicator of its own: self is
// nil, and the expression must be a comparison. Whether two areas overlap cannot
// be seen here. The problems are in order of column; none means the formula has
// a meaning (catalogue §1.1, §5.20–5.23).
func Check(e Expr, self *indicator.Indicator, lookup Lookup, units func(symbol string) *indicator.Unit) []Problem {
	c := &checker{self: self, lookup: lookup, units: units}
	if self != nil {
		c.freq = self.Freq
	} else {
		c.freq = Freq(e, lookup)
	}
	switch {
	case self == nil && !IsRule(e):
		c.report(e, "用 <= >= < > == 之一比较两边", "规则须是比较式")
	case self != nil && IsRule(e):
		c.report(e, "比较式写在审核规则里", "指标公式不能是比较式")
	default:
		c.whole(e)
	}
	return c.sorted()
}

// whole types the expression at the top.
func (c *checker) whole(e Expr) measure {
	if len(Refs(e)) == 0 {
		return c.report(e, "至少写一个指标代码", "公式没有引用任何指标")
	}
	if rule, ok := e.(*compare); ok {
		c.comparison(rule)
		return measure{}
	}
	m := c.measure(e, now)
	if c.self != nil {
		c.result(e, m)
	}
	return m
}

func (c *checker) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Col - b.Col })
	return c.problems
}

type checker struct {
	self     *indicator.Indicator
	freq     period.Freq // of the result
	lookup   Lookup
	units    func(string) *indicator.Unit
	problems []Problem
}

func (c *checker) report(at Expr, hint, format string, args ...any) measure {
	c.problems = append(c.problems, Problem{at.Pos(), fmt.Sprintf(format, args...), hint})
	return measure{unknown: true}
}

// now is the time context outside the functions of time.
const now function = ""

func (c *checker) measure(e Expr, when function) measure {
	switch e := e.(type) {
	case *number:
		v := new(big.Rat)
		v.SetString(e.value.String())
		return measure{constant: v}
	case *ref:
		return c.reference(e, when)
	case *negate:
		m := c.measure(e.x, when)
		if m.constant != nil {
			m.constant = new(big.Rat).Neg(m.constant)
		}
		if m.evidence {
			return c.evidence(e)
		}
		return m
	case *binary:
		l, r := c.measure(e.l, when), c.measure(e.r, when)
		switch {
		case l.unknown || r.unknown:
			return measure{unknown: true}
		case l.evidence || r.evidence:
			return c.evidence(e)
		case e.op == '+' || e.op == '−':
			return c.total(e, l, r)
		}
		return c.product(e, l, r)
	case *call:
		return c.call(e, when)
	}
	return measure{unknown: true}
}

func (c *checker) evidence(at Expr) measure {
	return c.report(at, "位次、认定和量级只能直接与数比较", "位次、认定和量级不能参与运算")
}

func (c *checker) reference(e *ref, when function) measure {
	if c.self != nil && e.code == c.self.Code {
		return c.report(e, "改用组成它的指标", "公式引用了指标自己")
	}
	ind := c.lookup(e.code)
	if ind == nil {
		hint := "核对指标代码"
		if near := similar(e.code, c.lookup); near != "" {
			hint = fmt.Sprintf("是不是 %s？", near)
		}
		return c.report(e, hint, "没有指标“%s”", e.code)
	}
	if m, ok := c.frequency(e, ind, when); !ok {
		return m
	}
	u := c.units(ind.Unit)
	if u == nil {
		return c.report(e, "在计量单位表中登记", "“%s”的计量单位“%s”没有登记", ind.Name, ind.Unit)
	}
	m, ok := unitMeasure(u)
	if !ok {
		return c.report(e, "换算系数须是正数", "计量单位“%s”的换算系数“%s”有误", u.Symbol, u.Factor)
	}
	m.class, m.nature = classOf(ind.Nature), ind.Nature
	m.basis = ind.PriceBasis
	m.evidence = ind.Nature.Evidence()
	if ind.Nature.Relative() || len(m.dims) == 0 {
		m.rates = 1
	}
	return m
}

// frequency checks that the reference has a value to give at every period of
// the result. Only stocks are carried into a more frequent indicator.
func (c *checker) frequency(e *ref, ind *indicator.Indicator, when function) (measure, bool) {
	own, its := c.freq.Months(), ind.Freq.Months()
	if own == 0 || its == 0 {
		return measure{}, true
	}
	switch when {
	case fnAt: // the last period of a year exists at every frequency
		return measure{}, true
	case fnPrev:
		if own != its {
			return c.report(e, "prev 只用于与公式同频的指标", "“%s”是%s，公式是%s，上期不对应", ind.Name, ind.Freq.Name(), c.freq.Name()), false
		}
		if ind.Nature.Cumulative() && ind.Freq == period.Year {
			return c.report(e, "与上年比较用 year_ago", "“%s”是全年累计数，年内没有上期", ind.Name), false
		}
		return measure{}, true
	}
	switch {
	case its > own && when != now:
		return c.report(e, "改用频率不低于公式的指标", "“%s”是%s，不能在%s公式里用 %s", ind.Name, ind.Freq.Name(), c.freq.Name(), when), false
	case its > own && !ind.Nature.Stock():
		return c.report(e, "只有期末数可以沿用到更密的期别；把公式改为"+ind.Freq.Name(), "“%s”是%s流量或比率，不能用于%s公式", ind.Name, ind.Freq.Name(), c.freq.Name()), false
	case its < own && ind.Nature == indicator.CountFlowPeriod && when != fnSumSince:
		return c.report(e, "用 sum_since(指标, 年) 先求和", "“%s”是%s的本期数，只含最后一期，不能直接用于%s公式", ind.Name, ind.Freq.Name(), c.freq.Name()), false
	}
	return measure{}, true
}

func (c *checker) product(e *binary, l, r measure) measure {
	over := e.op == '÷'
	if over && r.constant != nil && r.constant.Sign() == 0 {
		return c.report(e, "核对除数", "除数是零")
	}
	switch {
	case l.constant != nil && r.constant != nil:
		v := new(big.Rat)
		if over {
			return measure{constant: v.Quo(l.constant, r.constant)}
		}
		return measure{constant: v.Mul(l.constant, r.constant)}
	case r.constant != nil:
		if over {
			if l.rates > 1 && r.constant.Cmp(big.NewRat(int64(l.rates), 1)) == 0 {
				return c.report(e, "用分子之和除以分母之和；年均增速用 cagr", "比率和增速不能求平均")
			}
			return l.scaled(new(big.Rat).Inv(r.constant))
		}
		if r.constant.Sign() == 0 {
			return l
		}
		return l.scaled(r.constant)
	case l.constant != nil && !over:
		if l.constant.Sign() == 0 {
			return r
		}
		return r.scaled(l.constant)
	case l.constant != nil:
		unit := product(measure{readings: []reading{{one(), plain}}}, r, true)
		if l.constant.Sign() == 0 {
			return unit
		}
		return unit.scaled(l.constant)
	}
	if over && maps.Equal(l.dims, r.dims) {
		if p, bad := c.prices(e, l, r); bad {
			return p
		}
	}
	return product(l, r, over)
}

func (c *checker) total(e *binary, l, r measure) measure {
	minus := e.op == '−'
	verb := map[bool]string{false: "相加", true: "相减"}[minus]
	switch {
	case l.constant != nil && r.constant != nil:
		v := new(big.Rat)
		if minus {
			return measure{constant: v.Sub(l.constant, r.constant)}
		}
		return measure{constant: v.Add(l.constant, r.constant)}
	case l.constant != nil || r.constant != nil:
		quantity, constant := l, r.constant
		if l.constant != nil {
			quantity, constant = r, l.constant
		}
		if len(quantity.dims) > 0 {
			return quantity // the constant is in the unit of the other side
		}
		m := quantity.offset(constant)
		if len(m.readings) == 0 {
			return c.report(e, "百分数先除以 100 化为比率，再与 1 相加减", "“%s”不能与 %s %s", quantity.name(), constant.RatString(), verb)
		}
		return m
	}
	if p, bad := c.sameUnit(e, l, r, verb); bad {
		return p
	}
	carried := l.before && r.class == perPeriod || r.before && l.class == perPeriod // 上期累计 + 本期数
	switch {
	case l.class == ytd && r.class == ytd && l.before != r.before && !minus:
		return c.report(e, "本期数是 x − prev(x)；全年取12月值", "累计数不能再累加")
	case l.class != r.class && l.class != noClass && r.class != noClass && (minus || !carried):
		return c.report(e, "只有同一性质的数可以加减", "%s与%s不能%s", l.class.name(), r.class.name(), verb)
	}
	m := total(l, r, minus)
	if len(m.readings) == 0 {
		return c.unlike(e, l, r, verb)
	}
	return m
}

func (c *checker) sameUnit(at Expr, l, r measure, verb string) (measure, bool) {
	if !maps.Equal(l.dims, r.dims) {
		return c.report(at, "两边须是同一量纲", "“%s”与“%s”不能%s", l.name(), r.name(), verb), true
	}
	return c.prices(at, l, r)
}

func (c *checker) prices(at Expr, l, r measure) (measure, bool) {
	if l.basis != "" && r.basis != "" && l.basis != r.basis {
		return c.report(at, "两边用同一价格：都用现价，或都用可比价", "名义（现价）与可比价不能混用"), true
	}
	return measure{}, false
}

// unlike reports two numbers of one dimension whose units or sorts differ.
func (c *checker) unlike(at Expr, l, r measure, verb string) measure {
	hint := "比率、%、百分点和指数是不同的数，先化为同一种"
	if len(l.dims) > 0 {
		hint = "先换算为同一计量单位：" + times10(l, r)
	}
	return c.report(at, hint, "“%s”与“%s”不能直接%s", l.name(), r.name(), verb)
}

// times10 says how far apart two units are.
func times10(l, r measure) string {
	f := new(big.Rat).Quo(l.readings[0].scale, r.readings[0].scale)
	a, b := l.name(), r.name()
	if f.Cmp(one()) < 0 {
		f.Inv(f)
		a, b = b, a
	}
	return fmt.Sprintf("1%s = %s%s", a, f.RatString(), b)
}

func (c *checker) call(e *call, when function) measure {
	if e.fn == fnDaysYTD {
		m := measure{label: "天", dims: map[string]int{"days": 1}, readings: []reading{{one(), plain}}, class: ytd, nature: indicator.CountFlowYTD, level: true}
		if u := c.units("天"); u != nil {
			if day, ok := unitMeasure(u); ok {
				m.dims, m.readings = day.dims, day.readings
			}
		}
		return m
	}
	if e.fn.ofTime() {
		when = e.fn
	}
	args := make([]measure, len(e.args))
	for i, a := range e.args {
		if args[i] = c.measure(a, when); args[i].unknown {
			return measure{unknown: true}
		}
	}
	for _, m := range args {
		if m.evidence {
			return c.evidence(e)
		}
	}
	x := args[0]
	switch e.fn {
	case fnSumSince:
		switch x.class {
		case ytd:
			return c.report(e, "年内累计数取12月值即全年，不再相加", "累计数不能再累加")
		case stock:
			return c.report(e, "比较两个时点用 x − at(x, 2022)", "期末数不能累加")
		case noClass:
			return c.report(e, "由分子、分母的合计重算", "比率和增速不能累加")
		}
		x.class, x.nature = stock, indicator.CountCum
	case fnPrev:
		x.before = x.class == ytd
	case fnGrowth, fnCAGR:
		if !x.level {
			return c.report(e, "比率之间用 x − year_ago(x) 得到百分点", "对比率、增速或指数不能再求%s", map[function]string{fnGrowth: "增速", fnCAGR: "年均增速"}[e.fn])
		}
		if e.fn == fnCAGR && c.freq != period.Year && c.freq != 0 {
			return c.report(e, "把指标的频率改为年报", "年均增速只按整年计算，公式是%s", c.freq.Name())
		}
		nature := map[function]indicator.Nature{fnGrowth: indicator.GrowthRate, fnCAGR: indicator.CAGR}[e.fn]
		return measure{readings: []reading{{hundredth(), percent}}, nature: nature, basis: x.basis, rates: 1}
	case fnShare:
		return c.share(e, args[0], args[1])
	}
	return x
}

func (c *checker) share(e *call, part, whole measure) measure {
	if part.constant != nil || whole.constant != nil || part.ratio() || whole.ratio() {
		return c.report(e, "写成 share(部分, 总体)，两者都是总量", "占比只能由总量计算")
	}
	if p, bad := c.sameUnit(e, part, whole, "求占比"); bad {
		return p
	}
	if part.class != whole.class && part.class != noClass && whole.class != noClass {
		return c.report(e, "分子分母须是同一性质的数", "%s与%s不能求占比", part.class.name(), whole.class.name())
	}
	if !agree(part, whole) {
		return c.unlike(e, part, whole, "求占比")
	}
	return measure{readings: []reading{{hundredth(), percent}}, rates: 1}
}

func (c *checker) comparison(e *compare) {
	l, r := c.measure(e.l, now), c.measure(e.r, now)
	switch {
	case l.unknown || r.unknown, l.constant != nil, r.constant != nil:
		return // a constant is in the unit of the other side
	}
	if _, bad := c.sameUnit(e, l, r, "比较"); bad {
		return
	}
	if !agree(l, r) {
		c.unlike(e, l, r, "比较")
	}
}

// result compares what the formula gives with what the indicator says it is.
func (c *checker) result(e Expr, m measure) {
	if m.unknown {
		return
	}
	u := c.units(c.self.Unit)
	if u == nil {
		c.report(e, "在计量单位表中登记", "指标的计量单位“%s”没有登记", c.self.Unit)
		return
	}
	want, ok := unitMeasure(u)
	if !ok {
		c.report(e, "换算系数须是正数", "计量单位“%s”的换算系数“%s”有误", u.Symbol, u.Factor)
		return
	}
	if m.basis != "" && c.self.PriceBasis != "" && m.basis != c.self.PriceBasis {
		c.report(e, "核对指标的价格口径", "公式的结果与指标的价格口径（现价、可比价）不同")
	}
	if maps.Equal(m.dims, want.dims) && agree(m, want) {
		return
	}
	if !maps.Equal(m.dims, want.dims) {
		c.report(e, "核对公式，或改指标的计量单位", "公式的结果是“%s”，指标的计量单位是“%s”", m.name(), u.Symbol)
		return
	}
	if len(m.dims) > 0 {
		c.report(e, "乘以或除以换算系数："+times10(m, want), "公式的结果是“%s”，指标的计量单位是“%s”", m.name(), u.Symbol)
		return
	}
	got, hint := m.name(), "核对公式，或改指标的计量单位"
	switch {
	case m.has(plain) && slices.ContainsFunc(m.readings, reading.mixed):
		hint = "分子分母的计量单位不同，先换算"
	case want.has(percent) && m.has(plain):
		got, hint = "比率", "占比和增速要乘以 100，或用 share(部分, 总体)"
	case want.has(plain) && m.has(percent):
		hint = "倍数不乘 100"
	case want.has(percent) && m.has(points):
		hint = "两个百分数之差是百分点"
	case want.has(points) && m.has(percent):
		hint = "百分点是两个百分数之差；占比和增速的单位是 %"
	}
	c.report(e, hint, "公式的结果是“%s”，指标的计量单位是“%s”", got, u.Symbol)
}

// similar finds a known code one slip away: a character too many, too few,
// wrong or swapped, or another area. "" when there is none.
func similar(code indicator.Code, lookup Lookup) indicator.Code {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
	try := func(s string) indicator.Code {
		if s != string(code) && lookup(indicator.Code(s)) != nil {
			return indicator.Code(s)
		}
		return ""
	}
	if len(code) > 64 { // no code of the catalogue is that long
		return ""
	}
	stem := string(code)
	if i := strings.LastIndexByte(stem, '.'); i > 0 {
		stem = stem[:i]
	}
	for _, base := range []string{stem, string(code)} {
		for _, area := range []indicator.AreaID{indicator.LJ, indicator.All, indicator.Dir, indicator.Mua, indicator.City, indicator.Joint} {
			if found := try(base + "." + string(area)); found != "" {
				return found
			}
		}
	}
	s := string(code)
	for i := range len(s) + 1 {
		if i < len(s) {
			if found := try(s[:i] + s[i+1:]); found != "" {
				return found
			}
			if i+1 < len(s) {
				if found := try(s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]); found != "" {
					return found
				}
			}
		}
		for _, c := range alphabet {
			if found := try(s[:i] + string(c) + s[i:]); found != "" {
				return found
			}
			if i < len(s) {
				if found := try(s[:i] + string(c) + s[i+1:]); found != "" {
					return found
				}
			}
		}
	}
	return ""
}
