package receipt

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// What a receipt says, whatever it is written as: text, workbook or page.

// office is whom to ask when no contact is set.
const office = "双城办"

// The titles of what follows the findings.
const (
	unverifiedTitle = "无法审核的项目"
	changedTitle    = "与上次报送相比有变动的单元格"
	impactTitle     = "影响"
	decisionsTitle  = "处理经过"
)

// headline is the first line: the verdict, and why.
func headline(r *Receipt) string { return "【" + r.Verdict.Name() + "】" + summary(r) }

func summary(r *Receipt) string {
	if len(r.Findings) == 0 {
		if r.Verdict == Returned || r.Verdict == Withdrawn {
			return reason(r)
		}
		return "全部审核通过"
	}
	asked, open := r.Findings.Count(finding.Plausibility), r.Findings.Unexplained()
	answered := ""
	if open < asked {
		answered = fmt.Sprintf("（已说明%d个）", asked-open)
	}
	return fmt.Sprintf("强制性问题%d个，核实性问题%d个%s，提示%d个",
		r.Findings.Count(finding.Mandatory), asked, answered, r.Findings.Count(finding.Note))
}

// reason is why a return without findings is not used: what was decided last.
func reason(r *Receipt) string {
	if n := len(r.Decisions); n > 0 && r.Decisions[n-1].Why != "" {
		return r.Decisions[n-1].Why
	}
	return "见处理经过"
}

// A fact is a line of the receipt's head.
type fact struct{ Name, Text string }

// facts are what was received, as far as it is known.
func facts(r *Receipt) []fact {
	number := r.Number
	if r.Revision > 1 {
		number += fmt.Sprintf("（第%d次答复）", r.Revision)
	}
	all := []fact{
		{"回执编号", number},
		{"文件", fmt.Sprintf("%s（%d 字节）", r.File, r.Size)},
		{"SHA-256", r.SHA256},
		{"收到时间", clock(r.Received)},
	}
	add := func(known bool, name, format string, args ...any) {
		if known {
			all = append(all, fact{name, fmt.Sprintf(format, args...)})
		}
	}
	add(r.Form != "", "报表", "%s %s", r.Form, r.Title)
	add(r.Department != "", "填报单位", "%s", r.Department)
	if !r.Period.IsZero() {
		add(true, "报告期", "%s", r.Period.Name())
	}
	if !r.Due.IsZero() {
		late := ""
		if r.Late {
			late = "（迟报）"
		}
		add(true, "报送期限", "%s%s", r.Due.In(period.Shanghai).Format("2006-01-02 15:04"), late)
	}
	add(r.Version > 0, "版本", "第%d次报送", r.Version)
	add(r.Form != "", "读取情况", "指标%d行，数值%d个，“…”“—”或空白%d个", r.Rows, r.Values, r.Absent)
	c := r.Checks
	add(c.Passed+c.Failed+len(c.Unverifiable) > 0, "审核情况", "通过%d项，未通过%d项，无法审核%d项", c.Passed, c.Failed, len(c.Unverifiable))
	add(true, "咨询", "%s", cmp.Or(r.Contact, office))
	return all
}

// clock is a time as receipts print it, Shanghai's.
func clock(t time.Time) string { return t.In(period.Shanghai).Format("2006-01-02 15:04:05") }

// A section lists the findings that ask the same of the reader.
type section struct {
	title string
	asks  string // what the reader is to do
	holds func(*finding.Finding) bool
}

var sections = [...]section{
	{
		"强制性审核未通过", "必须改正后重报",
		func(f *finding.Finding) bool { return f.Severity == finding.Mandatory },
	},
	{
		"核实性审核待说明", "有误的改正后重报；属实的写明原因（不少于6个字）",
		func(f *finding.Finding) bool { return open(f) },
	},
	{
		"核实性审核已说明", "",
		func(f *finding.Finding) bool { return f.Severity == finding.Plausibility && f.Explanation != "" },
	},
	{"提示", "", func(f *finding.Finding) bool { return f.Severity == finding.Note }},
}

// open reports whether a finding waits for an explanation.
func open(f *finding.Finding) bool {
	return f.Severity == finding.Plausibility && f.Explanation == ""
}

// told is what a receipt says of a finding: place, label, 实为, 应为, what is
// wrong with its rule, and how to mend it.
func told(r *Receipt, f *finding.Finding) []string {
	message := finding.Plain(f.Message) + "［" + finding.Plain(f.Rule) + "］"
	if len(f.Related) > 0 {
		message += "\n对照：" + related(r, f.Related)
	}
	value := finding.Plain(f.Value)
	if value == "" && f.Severity != finding.Note && f.Place.Cell != "" {
		value = "空白"
	}
	return []string{place(r, f.Place), finding.Plain(f.Label), value, finding.Plain(f.Want), message, finding.Plain(f.Hint)}
}

// place is where a finding points, as short as it can be said.
func place(r *Receipt, p finding.Place) string {
	if p.File == r.File {
		p.File = ""
	}
	switch {
	case p.File == "" && p.Part == "" && p.Sheet != "":
		return strings.TrimSuffix(finding.Plain(p.Sheet+"!"+p.Cell), "!")
	case p.File == "" && p.Sheet == "" && p.Part != "":
		return "部件 " + finding.Plain(p.Part)
	}
	return cmp.Or(finding.Plain(p.String()), "整个文件")
}

// related lists the cells that a finding compares with.
func related(r *Receipt, places []finding.Place) string {
	texts := make([]string, len(places))
	for i, p := range places {
		texts[i] = place(r, p)
	}
	return strings.Join(texts, "、")
}

// A table is a part of a receipt. The first cell of a row is its number in a
// table of findings, which has a Kind.
type table struct {
	Title, Asks, Kind string
	Head              []string
	Rows              [][]string
}

// tables are what a receipt lists besides the findings.
func tables(r *Receipt) (all []table) {
	add := func(title string, head []string, n int, row func(i int) []string) {
		if n == 0 {
			return
		}
		t := table{Title: title, Head: head, Rows: make([][]string, n)}
		for i := range n {
			t.Rows[i] = row(i)
			for k, text := range t.Rows[i] {
				t.Rows[i][k] = finding.Plain(text)
			}
		}
		all = append(all, t)
	}
	unverified := r.Checks.Unverifiable
	add(fmt.Sprintf("%s（%d项）：所缺的数到齐后再审，现在不必处理", unverifiedTitle, len(unverified)), []string{"规则", "审核内容", "缺什么"}, len(unverified), func(i int) []string {
		return []string{unverified[i].Rule, unverified[i].Name, unverified[i].Missing}
	})
	add(fmt.Sprintf("%s（%d个）", changedTitle, len(r.Changed)), []string{"位置", labelHead, "上次", "本次"}, len(r.Changed), func(i int) []string {
		c := r.Changed[i]
		return []string{c.Cell, c.Label, c.Old, c.New}
	})
	add(impactTitle, []string{"内容"}, len(r.Impact), func(i int) []string { return []string{r.Impact[i]} })
	add(decisionsTitle, []string{"时间", "结果", "经办", "理由"}, len(r.Decisions), func(i int) []string {
		d := r.Decisions[i]
		return []string{clock(d.At), d.Verdict.Name(), cmp.Or(d.By, "系统"), d.Why}
	})
	return all
}

// next is what happens next, and who does it.
func next(r *Receipt) string {
	switch {
	case r.Verdict == Accepted:
		return "数据已入库，无需再报。"
	case r.Verdict == Awaiting:
		return "请核实“待说明”各条：有误的改正后重报；属实的在回执该行“说明”栏写明原因，把回执放回收件箱。说明之前数据不入库。"
	case r.Verdict == Pending:
		return "审核已通过，等待双城办验收；验收之前数据不入库，无需再报。"
	case r.Verdict == Withdrawn:
		return "本次报送已撤回，其数据不再使用；需要时重新报送。"
	case r.Form == "":
		return "请按“改法”处理后重新报送。本次没有读取数据，原件已留存。"
	case !r.Findings.Refused(): // 双城办 sent it back
		return "双城办退回（" + reason(r) + "），请改正后重新报送。本次数据不再使用，原件已留存。"
	}
	return "请按“改法”逐条修改原表后重新报送。本次数据未入库，原件已留存。"
}

// how is what the receipt's own workbook can be used for; "" when for nothing.
func how(r *Receipt) string {
	const rule = "（每条不少于6个字，只写“属实”“核实无误”的不采纳）"
	open := r.Findings.Unexplained() > 0
	switch {
	case r.Verdict == Awaiting && open:
		return "怎样说明：在下面黄色的“说明”格内逐条写明原因" + rule + "，保存后把本文件放回收件箱，即提交说明。数填错了的，直接在本文件的报表里改正后放回，即为重报。"
	case r.Verdict == Returned && r.Form != "" && open:
		return "怎样重报：可直接在本文件的报表里改正；属实的核实性问题，在下面黄色的“说明”格内写明原因" + rule + "。保存后把本文件放回收件箱，即为重报。"
	case r.Verdict == Returned && r.Form != "":
		return "怎样重报：可直接在本文件的报表里改正，保存后把本文件放回收件箱。"
	}
	return ""
}
