package form

import "strings"

// The characters of a 统一社会信用代码 in the order of their values: letters that
// look like digits (I, O, Z, S, V) are not used (GB 32100—2015, 表1).
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCheck is the check character, the 18th, over the first seventeen of a
// 统一社会信用代码; ok is false when they are not seventeen of its characters.
// Weight i is 3ⁱ mod 31 (GB 32100—2015, 附录A).
func CreditCheck(body string) (check byte, ok bool) {
	if len(body) != 17 {
		return 0, false
	}
	sum, weight := 0, 1
	for i := range len(body) {
		v := strings.IndexByte(creditAlphabet, body[i])
		if v < 0 {
			return 0, false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return creditAlphabet[(31-sum%31)%31], true
}

// CreditCode reads a 统一社会信用代码 as it was typed: width, case and spaces do
// not matter. The fault says in Chinese what is wrong with it, "" when nothing.
func CreditCode(text string) (code, fault string) {
	code = strings.ToUpper(fold(text))
	if len([]rune(code)) != 18 {
		return code, "不是18位"
	}
	check, ok := CreditCheck(code[:min(17, len(code))])
	switch {
	case !ok || len(code) != 18:
		return code, "含有不用的字符（只用数字和除 I、O、S、V、Z 以外的大写字母）"
	case strings.Trim(code[2:8], "0123456789") != "":
		return code, "第3—8位不是行政区划码"
	case code[17] != check:
		return code, "校验位不符"
	}
	return code, ""
}
