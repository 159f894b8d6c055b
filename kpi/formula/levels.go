package formula

import (
	"maps"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
)

// Levels puts derived indicators in the order they can be computed: a level
// refers only to inputs and to levels before it. Codes are sorted within a
// level. References that are not among the definitions are inputs. The error
// is a *CycleError.
func Levels(defs map[indicator.Code]Expr) ([][]indicator.Code, error) {
	level := make(map[indicator.Code]int, len(defs)) // 1-based; 0 is an input
	onPath := make(map[indicator.Code]bool)
	var path []indicator.Code
	var visit func(indicator.Code) error
	visit = func(code indicator.Code) error {
		e, derived := defs[code]
		if !derived || level[code] > 0 {
			return nil
		}
		if onPath[code] {
			return &CycleError{append(slices.Clone(path[slices.Index(path, code):]), code)}
		}
		onPath[code], path = true, append(path, code)
		n := 1
		for _, r := range Refs(e) {
			if err := visit(r); err != nil {
				return err
			}
			n = max(n, level[r]+1)
		}
		onPath[code], path = false, path[:len(path)-1]
		level[code] = n
		return nil
	}
	var out [][]indicator.Code
	for _, code := range slices.Sorted(maps.Keys(defs)) {
		if err := visit(code); err != nil {
			return nil, err
		}
	}
	for _, code := range slices.Sorted(maps.Keys(defs)) {
		for len(out) < level[code] {
			out = append(out, nil)
		}
		out[level[code]-1] = append(out[level[code]-1], code)
	}
	return out, nil
}

// A CycleError names definitions that refer to one another, in order: the last
// is the first again.
type CycleError struct{ Codes []indicator.Code }

// Error is A → B → A.
func (e *CycleError) Error() string {
	words := make([]string, len(e.Codes))
	for i, c := range e.Codes {
		words[i] = string(c)
	}
	return strings.Join(words, " → ")
}
