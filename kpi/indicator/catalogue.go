package indicator

import (
	"strings"
	"unicode"

	"github.com/shopspring/decimal"
)

// Indicator finds an indicator by its code; nil when there is none.
func (c *Catalogue) Indicator(code Code) *Indicator { return c.byCode[code] }

// Unit finds a unit by its symbol or one of its other spellings; width and
// spaces do not matter (％ is %). It is nil when there is none.
func (c *Catalogue) Unit(name string) *Unit { return c.byUnit[unitKey(name)] }

// unitKey is how a unit is looked up: full-width forms of ASCII are folded
// (catalogue §5.29), spaces dropped.
func unitKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, name)
}

// Area finds an area; LJ finds the one the scope setting chooses. It is nil
// when there is none.
func (c *Catalogue) Area(id AreaID) *Area { return c.byArea[c.Resolve(id)] }

// Department finds a department by its name; nil when there is none.
func (c *Catalogue) Department(name string) *Department { return c.byDept[name] }

// Resolve is the area that an area id stands for: LJ is the scope setting, any
// other is itself.
func (c *Catalogue) Resolve(id AreaID) AreaID {
	if id == LJ {
		return c.Settings.Scope
	}
	return id
}

// Scoped is the code that a code stands for: that of a scope alias is chosen by the
// scope setting, any other is itself.
func (c *Catalogue) Scoped(code Code) Code {
	if ind := c.Indicator(code); ind != nil && ind.Kind == Alias {
		return Code(ind.Formula)
	}
	return code
}

// Scored lists the indicators whose target is judged, in catalogue order.
func (c *Catalogue) Scored() []*Indicator {
	var out []*Indicator
	for i := range c.Indicators {
		if t := c.Indicators[i].Target(); t != nil && t.Scored {
			out = append(out, &c.Indicators[i])
		}
	}
	return out
}

// ConvertFactor is what a value in one unit is multiplied by to stand in
// another: 亿元 to 万元 is 10000. It is exact; ok is false when the dimensions
// differ, a factor is no number, or no finite decimal expresses the ratio.
func ConvertFactor(from, to *Unit) (factor decimal.Decimal, ok bool) {
	if from == nil || to == nil || from.Dimension != to.Dimension {
		return decimal.Zero, false
	}
	f, err := decimal.NewFromString(from.Factor)
	if err != nil {
		return decimal.Zero, false
	}
	t, err := decimal.NewFromString(to.Factor)
	if err != nil || !t.IsPositive() {
		return decimal.Zero, false
	}
	const digits = 40
	factor = f.DivRound(t, digits)
	return factor, factor.Mul(t).Equal(f)
}
