package form

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"zhibiao/kpi/period"
)

var (
	spanPeriod    = regexp.MustCompile(`^([0-9]{1,2})月?(?:-|至|到)([0-9]{1,2})月(?:份)?(?:累计|止)?$`)
	fullSpan      = regexp.MustCompile(`^(.+?)年([0-9]{1,2}月(?:-|至|到))(.+?)年([0-9]{1,2}月)$`)
	plainMonth    = regexp.MustCompile(`^((?:19|20|21)[0-9]{2})[-./]?(0[1-9]|1[0-2])$`)
	monthPeriod   = regexp.MustCompile(`^([0-9]{1,2})月(?:份|底|末|月末)?$`)
	quarterPeriod = regexp.MustCompile(`^第?([1-4一二三四])季(?:度)?末?$`)
	latinQuarter  = regexp.MustCompile(`^Q([1-4])$`)
	dashes        = strings.NewReplacer("—", "-", "–", "-", "―", "-", "─", "-", "−", "-", "~", "-", "～", "-", "〜", "-")
	chineseYear   = strings.NewReplacer("〇", "0", "○", "0", "零", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
	chineseMonths = map[string]string{
		"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7",
		"八": "8", "九": "9", "十": "10", "十一": "11", "十二": "12",
	}
)

// ParsePeriod reads a reporting period in every written form of catalogue
// §5.28: 2026年1—2月, 2026年1-6月, 2026年一季度, 上半年, 前三季度, 全年,
// 2026年6月末, 2026年, full-width digits, spaces between digits, and the
// canonical 2026-Q2, 2026年1月—2026年9月 and 202609 as exchange files have them. A span from January is the month it ends in (cumulative);
// 上半年 is a half-year and 前三季度 a quarter: which period of the form is meant
// depends on its frequency, see Edition. ok is false when the text is no period.
func ParsePeriod(text string) (p period.Period, ok bool) {
	if len(text) > 200 {
		return period.Period{}, false
	}
	s := strings.Join(strings.Fields(norm.NFKC.String(text)), "")
	for _, label := range []string{"报告期别:", "报告期:", "统计期:", "期别:", "时间:"} {
		s = strings.TrimPrefix(s, label)
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	if q, err := period.Parse(s); err == nil {
		return q, true
	}
	if m := plainMonth.FindStringSubmatch(s); m != nil {
		q, err := period.Parse(m[1] + "-" + m[2])
		return q, err == nil
	}
	if m := fullSpan.FindStringSubmatch(dashes.Replace(s)); m != nil && m[1] == m[3] {
		s = m[1] + "年" + m[2] + m[4]
	}
	head, rest, found := strings.Cut(s, "年")
	if !found {
		return period.Period{}, false
	}
	year, ok := yearOf(head)
	if !ok {
		return period.Period{}, false
	}
	rest = strings.ReplaceAll(dashes.Replace(rest), "--", "-")
	switch rest {
	case "", "末", "底", "度", "全年", "年末", "1-4季度", "一至四季度", "1至4季度", "一-四季度":
		return period.Of(period.Year, year, 1), true
	case "上半年", "1-2季度", "一-二季度", "1至2季度", "一至二季度", "一二季度":
		return period.Of(period.Half, year, 1), true
	case "下半年":
		return period.Of(period.Half, year, 2), true
	case "前三季度", "前3季度", "1-3季度", "一至三季度", "1至3季度", "一-三季度", "前三季", "前3季":
		return period.Of(period.Quarter, year, 3), true
	}
	if m := quarterPeriod.FindStringSubmatch(rest); m != nil {
		n, _ := strconv.Atoi(chineseYear.Replace(m[1]))
		return period.Of(period.Quarter, year, n), true
	}
	if m := latinQuarter.FindStringSubmatch(strings.TrimPrefix(rest, "-")); m != nil {
		n, _ := strconv.Atoi(m[1])
		return period.Of(period.Quarter, year, n), true
	}
	if m := spanPeriod.FindStringSubmatch(rest); m != nil {
		return spanOf(year, m[1], m[2])
	}
	if name, is := strings.CutSuffix(strings.TrimSuffix(rest, "份"), "月"); is && chineseMonths[name] != "" {
		rest = chineseMonths[name] + "月"
	}
	if m := monthPeriod.FindStringSubmatch(rest); m != nil {
		n, _ := strconv.Atoi(m[1])
		return period.Of(period.Month, year, n), n >= 1 && n <= 12
	}
	return period.Period{}, false
}

// yearOf reads 2026 or 二〇二六.
func yearOf(s string) (int, bool) {
	s = chineseYear.Replace(s)
	p, err := period.Parse(s)
	return p.Year(), err == nil && p.Freq == period.Year
}

// spanOf is the period of a span of months: from January the cumulative month,
// otherwise exactly a quarter or the second half.
func spanOf(year int, from, to string) (period.Period, bool) {
	a, _ := strconv.Atoi(from)
	b, _ := strconv.Atoi(to)
	switch {
	case b < 1 || b > 12 || a < 1 || a > b:
		return period.Period{}, false
	case a == 1:
		return period.Of(period.Month, year, b), true
	case b-a == 2 && b%3 == 0:
		return period.Of(period.Quarter, year, b/3), true
	case a == 7 && b == 12:
		return period.Of(period.Half, year, 2), true
	}
	return period.Period{}, false
}

// reconcile is the period of a frequency that a written period means: 上半年 on
// a quarterly form is Q2, 1—9月 is Q3, 2026年 is Q4. A bare year is never a
// month: whoever wrote it forgot the month.
func reconcile(p period.Period, f period.Freq) (period.Period, bool) {
	if p.Freq == period.Year && f == period.Month {
		return period.Period{}, false
	}
	return p.As(f)
}

// periodText is how the form prints its period: the cumulative wording when every
// row is cumulative, else the period's own name; never a text that means
// another edition.
func periodText(f *Form, p period.Period) string {
	e := f.Edition(p)
	if e == nil || p.Freq == period.Month || p.Freq == period.Year {
		return p.Cumulative()
	}
	if p.Freq == period.Quarter && p.N() < 4 && valueHeader(e) == "本期累计" {
		return p.Cumulative()
	}
	return p.Name()
}

var writtenDay = regexp.MustCompile(`^([0-9]{4})(?:年|-|/|\.)([0-9]{1,2})(?:月|-|/|\.)([0-9]{1,2})(?:日|号)?(?:[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$`)

// parseDay reads 2026年7月25日, 2026-07-25 and their full-width and spaced forms;
// a date cell may show a time of day behind.
func parseDay(text string) (time.Time, bool) {
	s := strings.Join(strings.Fields(norm.NFKC.String(text)), "")
	if head, rest, ok := strings.Cut(s, "年"); ok {
		s = chineseYear.Replace(head) + "年" + rest
	}
	m := writtenDay.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	y, _ := strconv.Atoi(m[1])
	mo, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, period.Shanghai)
	return t, t.Month() == time.Month(mo) && t.Day() == d
}
