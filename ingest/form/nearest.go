package form

import (
	"strings"

	"zhibiao/kpi/finding"
)

// didYouMean is the hint about a word that is none of the known ones: the
// nearest of them, or all when none is near and they are few.
func didYouMean(word string, known []string) string {
	if near, ok := finding.Nearest(word, known); ok {
		return "是否想写 " + near + "？"
	}
	if len(known) > 0 && len(known) <= 12 {
		return "可用：" + strings.Join(known, "、")
	}
	return ""
}
