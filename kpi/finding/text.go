package finding

import (
	"strings"
	"unicode"
)

// Plain is a text of an input as it may be shown: on one line, without what
// could disturb a terminal, a log or a reader. Control characters and line
// separators become a space; invisible format characters, among them those that
// turn the direction of writing, and what is no character are dropped.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
}

// The bounds of Nearest: it is asked about words of hostile inputs too.
const (
	longest = 64   // characters of a word
	most    = 2000 // known words
)

// Nearest is the known word that was probably meant by a mistyped one; false
// when none is near enough. Capitals do not matter. Near is at most one slip in
// three characters, but always one: a character too many, too few or wrong, or
// two neighbours swapped. Of words equally near the first known one is taken.
func Nearest(word string, known []string) (string, bool) {
	if len(word) > 4*longest {
		return "", false
	}
	want := []rune(strings.ToUpper(word))
	if len(want) > longest {
		return "", false
	}
	best, least := "", min(len(want), max(1, len(want)/3)+1) // something must be alike
	for _, w := range known[:min(len(known), most)] {
		if len(w) > 4*longest {
			continue
		}
		other := []rune(strings.ToUpper(w))
		if n := len(other) - len(want); n > least || -n > least {
			continue
		}
		if d := slips(want, other); d < least {
			best, least = w, d
		}
	}
	return best, best != ""
}

// slips is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func slips(a, b []rune) int {
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		two, one, row = one, row, two
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
