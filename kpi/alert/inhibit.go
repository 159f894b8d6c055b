package alert

import (
	"maps"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
)

// inhibit marks the alerts that another one already explains: a yellow lamp
// that is red, and whatever cannot be judged because an input is late. What was
// raised on figures stays in view: nobody gets out of the red list by not
// reporting.
func (s *step) inhibit(alerts map[key]Alert) {
	red := make(map[key]string) // key without a rule → episode
	late := make(map[indicator.Code]string)
	keys := slices.SortedFunc(maps.Keys(alerts), key.compare)
	for _, k := range keys {
		a := alerts[k]
		switch {
		case !a.State.Raised():
		case a.Kind == "lamp-red":
			red[key{"", k.code, k.area}] = a.Episode
		case a.Kind == "data-late":
			late[k.code] = a.Episode
		}
	}
	for _, k := range keys {
		a := alerts[k]
		a.InhibitedBy, a.HeldBy = "", ""
		if a.State.Open() {
			switch {
			case a.Kind == "lamp-yellow" && red[key{"", k.code, k.area}] != "":
				a.InhibitedBy = red[key{"", k.code, k.area}]
			case a.Kind == "not-computable":
				a.InhibitedBy = s.lateInput(k.code, late, make(map[indicator.Code]bool))
			case a.Held == "" || a.Kind == "data-late":
			case a.State.Raised():
				a.HeldBy = s.lateInput(k.code, late, make(map[indicator.Code]bool))
			default:
				a.InhibitedBy = s.lateInput(k.code, late, make(map[indicator.Code]bool))
			}
		}
		alerts[k] = a
	}
}

// lateInput is the episode of the first late input that an indicator stands on,
// through any number of derived ones; "" when none is late.
func (s *step) lateInput(code indicator.Code, late map[indicator.Code]string, seen map[indicator.Code]bool) string {
	if seen[code] {
		return ""
	}
	seen[code] = true
	if e := late[code]; e != "" {
		return e
	}
	ind := s.inds[code]
	if ind == nil {
		return ""
	}
	for _, ref := range s.refs(ind.Formula) {
		if e := s.lateInput(ref, late, seen); e != "" {
			return e
		}
	}
	return ""
}

// refs are the indicators named in a formula. Codes are upper case with dots
// and functions are not, so that no parser is needed to tell them apart.
func (s *step) refs(formula string) []indicator.Code {
	var out []indicator.Code
	for _, word := range strings.FieldsFunc(formula, func(c rune) bool {
		return (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_'
	}) {
		if code := indicator.Code(word); s.inds[code] != nil {
			out = append(out, code)
		}
	}
	return out
}
