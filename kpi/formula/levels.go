package formula

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"zhibiao/kpi/indicator"
)

// Levels puts derived indicators in the order they can be computed: a level
// refers only to inputs and to levels before it. Codes are sorted within a
// level. References that are not among the definitions are inputs. The error
// names a cycle: A → B → A.
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
			return cycle(append(path[slices.Index(path, code):], code))
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

func cycle(codes []indicator.Code) error {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = string(c)
	}
	return errors.New(strings.Join(words, " → "))
}
