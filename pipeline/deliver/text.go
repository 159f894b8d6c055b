package deliver

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// more ends a text that was cut.
const more = "…（详见报告）"

// Cut shortens a text to a number of bytes, between two characters, and says that
// there is more. A limit too small for that gives "".
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit - len(more)
	if end < 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more
}

// plain is a text on one line without anything that controls: what stood in a
// return may stand in a message.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return -1
		}
		return r
	}, s)
}

// wide replaces what a robot would read as mark-up, a link or a call (@所有人) by
// the full-width character that looks like it.
var wide = strings.NewReplacer("<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "｀", "#", "＃", "@", "＠", "_", "＿", "~", "～", `\`, "＼", "!", "！", "|", "｜", "://", "：//")

// markdown is a text for a robot, within its limit in bytes: a title and lines.
func markdown(m *Message, limit int) string {
	var b strings.Builder
	b.WriteString("### " + wide.Replace(plain(m.Title)) + "\n\n")
	for _, l := range m.Lines {
		b.WriteString(wide.Replace(plain(l)) + "\n\n")
	}
	return Cut(strings.TrimRight(b.String(), "\n"), limit)
}
