package form

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var punctuation = strings.NewReplacer(
	"“", `"`, "”", `"`, "‘", "'", "’", "'", "〔", "(", "〕", ")", "【", "(", "】", ")", "[", "(", "]", ")",
	"、", ",", "—", "-", "–", "-", "―", "-", "－", "-", "~", "-", "〜", "-")

// fold is the text as it is compared: NFKC, no white space, one kind of
// brackets, quotes and dashes (catalogue §5.29).
func fold(s string) string {
	if len(s) > 4096 {
		s = s[:4096] // no label or name is that long
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(strings.ToValidUTF8(s, "")))
	return punctuation.Replace(s)
}

// foldName is a row's name without what departments add and drop: 其中：, #,
// numbering, footnote marks.
func foldName(s string) string {
	s = strings.TrimRightFunc(s, func(r rune) bool { return r == '*' || r >= '①' && r <= '⑳' || unicode.IsSpace(r) })
	s = fold(s)
	for {
		before := s
		s = strings.TrimLeft(s, "#*.")
		for _, p := range []string{"其中:", "其中,", "其中"} {
			s = strings.TrimPrefix(s, p)
		}
		if s = trimNumbering(s); s == before {
			return s
		}
	}
}

// trimNumbering drops 一、 (一) 1. (1) at the start of a name.
func trimNumbering(s string) string {
	body := strings.TrimPrefix(s, "(")
	rest := strings.TrimLeft(body, "一二三四五六七八九十0123456789")
	if rest == body {
		return s
	}
	closers := ",."
	if body != s {
		closers = ")"
	}
	if rest != "" && strings.ContainsRune(closers, rune(rest[0])) && !startsDigit(rest[1:]) {
		return rest[1:]
	}
	return s
}

func startsDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
