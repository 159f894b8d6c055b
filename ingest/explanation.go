package ingest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// minExplanation is how many characters a 说明 needs to say anything.
const minExplanation = 6

// boilerplate are the words of phrases that explain nothing (catalogue §5.13):
// 数据经核实无误, 情况属实, 无说明, 详见附件. A clause that is made of nothing else
// does not count; in any other clause they are words like all others.
var boilerplate = []string{
	"属实", "属", "实", "核实", "核对", "核查", "复核", "审核", "确认", "检查", "无误", "准确", "真实", "有效", "正确", "正常", "一致",
	"无", "没有", "暂无", "不存在", "问题", "异常", "变化", "特殊", "其他", "其它", "特此", "说明", "备注", "原因", "如下",
	"见", "详见", "参见", "附件", "附表", "同上", "如上", "同前",
	"数据", "数字", "数", "情况", "指标", "报表", "本表", "本期", "本单位", "我单位", "我局", "上述", "以上", "该", "此", "所报", "所填",
	"经", "已", "已经", "均", "都", "为", "是", "的", "了", "和", "与", "及", "请", "予以", "谢谢",
}

// explains reports whether a 说明 gives a reason: without the clauses that only
// assure, at least six letters or digits are left, and they are not one
// character typed over and over.
func explains(note string) bool {
	said := 0
	distinct := map[rune]bool{}
	for _, clause := range strings.FieldsFunc(note, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if assures(clause) {
			continue
		}
		for _, r := range clause {
			said++
			distinct[r] = true
		}
	}
	return said >= minExplanation && len(distinct) >= minExplanation/2
}

// assures reports whether a clause can be cut into boilerplate words alone.
func assures(clause string) bool {
	// ends[i] tells that the first i bytes can be cut.
	ends := make([]bool, len(clause)+1)
	ends[0] = true
	for i := range clause {
		if !ends[i] {
			continue
		}
		for _, w := range boilerplate {
			if strings.HasPrefix(clause[i:], w) {
				ends[i+len(w)] = true
			}
		}
	}
	return ends[len(clause)]
}

// shownExplanation is how much of a 说明 a receipt repeats, in characters.
const shownExplanation = 100

// explain gives each plausibility finding the answer it got, else the 说明 of one
// of its rows, when that answers it.
func (c *check) explain() {
	for i := range c.found {
		f := &c.found[i]
		if f.Severity != finding.Plausibility {
			continue
		}
		rows := c.answers[f.Key()]
		if rows == nil {
			rows = []indicator.Code{indicator.Code(f.Code)}
		}
		said := []string{c.req.Explanations[f.Key()]}
		for _, code := range rows {
			said = append(said, c.notes[code])
		}
		for _, text := range said {
			if c.answered(f, text) {
				f.Explanation = brief(text, shownExplanation)
				break
			}
		}
	}
}

// answered reports whether a 说明 answers a finding: it gives a reason and, where
// the rule asks for certain words, names one of them. A document on the sheet
// 佐证材料 stands for the words that name one (R32).
func (c *check) answered(f *finding.Finding, text string) bool {
	if !explains(text) {
		return false
	}
	r := c.defs.rules[f.Rule]
	if r == nil || len(r.Words) == 0 || f.Rule == "R32" && c.documented(indicator.Code(f.Code)) {
		return true
	}
	return slices.ContainsFunc(r.Words, func(w string) bool { return strings.Contains(text, w) })
}

// brief shortens a text of the sheet for a finding, in characters.
func brief(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
