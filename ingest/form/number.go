package form

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"golang.org/x/text/unicode/norm"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// A Number is what a data cell says by the grammar of catalogue §5.8: a number,
// or a typed absence.
type Number struct {
	Value decimal.Decimal
	// Absent is N for “…”, M for “—”, O for blank, and "" when there is a value.
	Absent indicator.ObsStatus
	// Mark is the footnote mark after the number: “*” of 4.53*.
	Mark string
	// Percent tells that the number was written or shown with %.
	Percent bool
}

// Present reports whether there is a value.
func (n Number) Present() bool { return n.Absent == "" }

// The limits of a filed number: what the warehouse holds exactly.
const (
	maxDecimals = 6
	maxDigits   = 12 // before the point
)

var (
	plainNumber = regexp.MustCompile(`^[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?$`)
	footnoted   = regexp.MustCompile(`^(.*?[0-9%])((?:\*|[①-⑳]|\[[0-9]{1,2}\])+)$`)
	wordGrowth  = regexp.MustCompile(`^(?:同比)?(增长|上升|提高|下降|减少|降低)([0-9]+(?:\.[0-9]+)?)(?:%|个百分点)?$`)
	leadNumber  = regexp.MustCompile(`^([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)(\D+)$`)
)

// ParseCell reads one data cell (catalogue §5.8, §5.29). A cell that is outside
// the grammar gives findings of rule R04 that name the cell; a mandatory one
// means that the Number says nothing. percent tells that the row's unit is %.
func ParseCell(c workbook.Cell, percent bool) (Number, finding.List) {
	n, found := readCell(c, percent)
	if !found.Refused() && n.Present() {
		if over := bounds(c, n.Value); over != nil {
			return Number{}, over
		}
	}
	return n, found
}

// readCell is the grammar alone, without the limits of the warehouse.
func readCell(c workbook.Cell, percent bool) (Number, finding.List) {
	switch c.Kind {
	case workbook.Blank:
		if c.NoCache {
			return Number{}, refuse(c, "="+c.Formula, "数字", "公式没有保存计算结果，读不到数", "用 Excel 或 WPS 打开，重新计算后保存再报")
		}
		return Number{Absent: indicator.Missing}, nil
	case workbook.Number:
		return parseNumeric(c, percent)
	case workbook.Text:
		return parseText(c, percent)
	case workbook.Error:
		return Number{}, refuse(c, c.Text, "数字", "单元格是错误值", "改正公式，或填入数字；没有此项数据的填“—”")
	case workbook.Date:
		return Number{}, refuse(c, c.Text, "数字", "单元格是日期", "把单元格格式改为“数值”，重新填数")
	case workbook.Bool:
		return Number{}, refuse(c, c.Text, "数字", "单元格是逻辑值", "填入数字")
	}
	return Number{}, refuse(c, c.Text, "数字", "单元格类型不认识", "把单元格格式改为“数值”，重新填数")
}

// refuse is one mandatory R04 finding at a cell.
func refuse(c workbook.Cell, value, want, message, hint string) finding.List {
	return finding.List{{
		Rule: "R04", Severity: finding.Mandatory, Place: finding.Place{Cell: c.Ref.String()},
		Value: brief(value), Want: want, Message: message, Hint: hint,
	}}
}

// brief shortens a value for a message.
func brief(s string) string {
	const limit = 40
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// parseNumeric reads a cell that Excel holds as a number. Excel stores doubles:
// 5230.45 may stand in the file as 5230.4499999999998, so the decimal is taken
// at the 15 significant digits that Excel itself shows.
func parseNumeric(c workbook.Cell, percent bool) (Number, finding.List) {
	if !indicator.Finite(c.Number) {
		return Number{}, refuse(c, c.Text, "数字", "数字超出范围", "核对后重填")
	}
	d, err := decimal.NewFromString(strconv.FormatFloat(c.Number, 'g', 15, 64))
	if err != nil {
		return Number{}, refuse(c, c.Text, "数字", "读不出数字", "重新填数")
	}
	n := Number{Value: d}
	if c.Class != workbook.Percent {
		return n, nil
	}
	if !percent {
		return Number{}, refuse(c, d.Shift(2).String()+"%", "不带百分号的数字", "单元格是百分比格式，而本行的计量单位不是 %", "把单元格格式改为“数值”，核对后重填")
	}
	// The filer sees 22%; the file holds 0.22. What was seen is what was meant,
	// and the filer is asked all the same (§5.29).
	n.Value, n.Percent = d.Shift(2), true
	return n, finding.List{{
		Rule: "R04", Severity: finding.Plausibility, Place: finding.Place{Cell: c.Ref.String()},
		Value: d.String(), Want: n.Value.String(),
		Message: "单元格是百分比格式，已按显示的 " + n.Value.String() + "% 取数，请核实",
		Hint:    "本行计量单位已是 %：把单元格格式改为“数值”，填 " + n.Value.String(),
	}}
}

// bounds refuses what the warehouse would have to round or cannot hold.
func bounds(c workbook.Cell, d decimal.Decimal) finding.List {
	text := d.String()
	whole, fraction, _ := strings.Cut(strings.TrimLeft(text, "-"), ".")
	switch {
	case len(whole) > maxDigits:
		return refuse(c, text, "不超过12位整数", "数字过大，疑似计量单位有误", "核对计量单位后重填")
	case len(strings.TrimRight(fraction, "0")) > maxDecimals:
		hint := "按报表要求的位数四舍五入后填报"
		if c.Formula != "" {
			hint = "在公式外加 ROUND，例如 =ROUND(…,2)"
		}
		return refuse(c, text, "不超过6位小数", "小数位数过多", hint)
	}
	return nil
}

// parseText reads a cell that was typed as text.
func parseText(c workbook.Cell, percent bool) (Number, finding.List) {
	raw := strings.TrimSpace(c.Text)
	body, mark := raw, ""
	// Circled digits fold into plain ones under NFKC, so the mark goes first.
	if m := footnoted.FindStringSubmatch(foldMarks(raw)); m != nil {
		body, mark = m[1], m[2]
	}
	text := strings.TrimSpace(norm.NFKC.String(body))
	switch {
	case text == "":
		return Number{Absent: indicator.Missing}, nil
	case ellipsis(text):
		return Number{Absent: indicator.NotSignificant}, nil
	case dash(text):
		return Number{Absent: indicator.CannotExist}, nil
	}
	n := Number{Mark: mark}
	text = strings.Replace(text, "−", "-", 1) // U+2212 survives NFKC
	if rest, ok := strings.CutSuffix(text, "%"); ok && plainNumber.MatchString(strings.TrimSpace(rest)) {
		if !percent {
			return Number{}, refuse(c, raw, "不带百分号的数字", "数字带百分号，而本行的计量单位不是 %", "去掉百分号，核对后重填")
		}
		text, n.Percent = strings.TrimSpace(rest), true
	}
	if !plainNumber.MatchString(text) || len(text) > 64 {
		return Number{}, refuse(c, raw, "数字、“…”、“—”或空格", "不是数字", suggest(text))
	}
	d, err := decimal.NewFromString(strings.ReplaceAll(strings.TrimPrefix(text, "+"), ",", ""))
	if err != nil {
		return Number{}, refuse(c, raw, "数字", "读不出数字", "重新填数")
	}
	n.Value = d
	return n, nil
}

// foldMarks makes full-width marks and digits plain but keeps circled digits.
func foldMarks(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '①' && r <= '⑳' {
			b.WriteRune(r)
		} else {
			b.WriteString(norm.NFKC.String(string(r)))
		}
	}
	return b.String()
}

// ellipsis reports “…” in its variants: not significant. NFKC has made … of
// three points.
func ellipsis(s string) bool {
	return len(s) >= 3 && strings.Trim(s, ".") == "" ||
		s != "" && strings.Trim(s, "⋯") == "" ||
		utf8.RuneCountInString(s) >= 3 && (strings.Trim(s, "·") == "" || strings.Trim(s, "・") == "")
}

// dash reports “—” in its variants, alone in the cell: cannot exist. A lone 一
// is a dash typed on the wrong key.
func dash(s string) bool {
	return s == "一" || s != "" && strings.Trim(s, "-‐‑‒–—―−─━ー﹣") == ""
}

// suggest proposes what may have been meant; it is never applied (§5.21).
func suggest(text string) string {
	if m := wordGrowth.FindStringSubmatch(text); m != nil {
		v := m[2]
		if m[1] == "下降" || m[1] == "减少" || m[1] == "降低" {
			v = "-" + v
		}
		return "只填数字；是否应填 " + v + "？"
	}
	switch text {
	case "持平":
		return "只填数字；是否应填 0？"
	case "无", "无数据", "不适用", "/", "\\", "N/A", "n/a", "NA", "#":
		return "没有此项数据的填“—”，不足单位的填“…”，尚无数据的留空"
	}
	if m := leadNumber.FindStringSubmatch(text); m != nil && plainNumber.MatchString(m[1]) {
		return "计量单位和文字不写在数据格里；是否应填 " + m[1] + "？说明写在“说明”栏"
	}
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") && plainNumber.MatchString(strings.Trim(text, "()")) {
		return "负数前写“-”；是否应填 -" + strings.Trim(text, "()") + "？"
	}
	if rest := strings.TrimLeft(text, "—–―─"); rest != text && plainNumber.MatchString(rest) {
		return "负数前写半角“-”；是否应填 -" + rest + "？"
	}
	if joined := strings.Join(strings.Fields(text), ""); joined != text && plainNumber.MatchString(joined) {
		return "数字中间不留空格；是否应填 " + joined + "？"
	}
	return "只填数字；没有此项数据的填“—”，不足单位的填“…”，文字写在“说明”栏"
}
