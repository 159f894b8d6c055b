// Package receipt writes the answer to a return (回执): what was received, the
// verdict, every finding by cell, and what to do next. It is pure: the same
// return at the same time gives the same bytes. It does not know where a
// receipt is put or sent.
package receipt

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A Verdict is what became of a return.
type Verdict string

// The verdicts. Awaiting has plausibility findings that the return does not
// explain: nothing of it is used until it does. Pending has nothing to answer and
// waits for 双城办.
const (
	Accepted  Verdict = "accepted"  // 已接收
	Pending   Verdict = "pending"   // 待验收
	Awaiting  Verdict = "awaiting"  // 已接收待说明
	Returned  Verdict = "returned"  // 退回
	Withdrawn Verdict = "withdrawn" // 已撤回
)

// Name is the verdict as the first line of a receipt says it.
func (v Verdict) Name() string {
	switch v {
	case Accepted:
		return "已接收"
	case Pending:
		return "待验收"
	case Awaiting:
		return "已接收待说明"
	case Withdrawn:
		return "已撤回"
	}
	return "退回"
}

// A Receipt answers one return.
type Receipt struct {
	Number     string        `json:"number"`
	Verdict    Verdict       `json:"verdict"`
	File       string        `json:"file"` // as dropped, cleaned for display
	SHA256     string        `json:"sha256"`
	Size       int64         `json:"size"`
	Received   time.Time     `json:"received"`
	Submission int64         `json:"submission"`
	Form       string        `json:"form,omitempty"`
	Title      string        `json:"title,omitempty"`
	Department string        `json:"department,omitempty"`
	Period     period.Period `json:"period,omitzero"`
	Version    int           `json:"version,omitempty"` // 1 for the first return of a period
	Due        time.Time     `json:"due,omitzero"`      // the deadline; zero when there is none
	Late       bool          `json:"late,omitempty"`
	Rows       int           `json:"rows"`   // indicator rows that were read
	Values     int           `json:"values"` // cells with a value
	Absent     int           `json:"absent"` // cells typed “…”, “—” or left blank
	Changed    []Change      `json:"changed,omitempty"`
	Checks     Tally         `json:"checks,omitzero"`
	Findings   finding.List  `json:"findings"`
	// Revision is 1 for the first receipt of a submission; each later decision
	// gives the next. Decisions are those after the first verdict, oldest first.
	Revision  int        `json:"revision,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"`
	Contact   string     `json:"contact,omitempty"` // whom to ask, as 双城办 set it
}

// A Decision is a verdict after the first, with who took it and why.
type Decision struct {
	At      time.Time `json:"at"`
	Verdict Verdict   `json:"verdict"`
	By      string    `json:"by,omitempty"` // "" for the system, on an explanation
	Why     string    `json:"why,omitempty"`
}

// A Tally counts what the checks found. They are three-valued: one whose operand
// is absent could not be made; it has neither passed nor failed.
type Tally struct {
	Passed       int          `json:"passed"`
	Failed       int          `json:"failed"`
	Unverifiable []Unverified `json:"unverifiable,omitempty"`
}

// An Unverified is a check that could not be made.
type Unverified struct {
	Rule string `json:"rule"` // R06
	Name string `json:"name"` // of the rule
	// Missing says in Chinese what was not there: 未收到2025年全域地区生产总值.
	Missing string `json:"missing"`
}

// A Change is a cell that differs from the return it replaces.
type Change struct {
	Label string `json:"label"`
	Cell  string `json:"cell"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Prefix is what every receipt's number begins with.
const Prefix = "双城回执-"

// Number is the receipt's number: the running number of the submission and the
// beginning of the file's hash, so that a mistyped number is noticed.
func Number(submission int64, sum string) string {
	return fmt.Sprintf("%s%06d-%s", Prefix, submission, sum[:min(8, len(sum))])
}

// JSON writes the receipt for programs. No findings are an empty list.
func JSON(w io.Writer, r *Receipt) error {
	out := *r
	if out.Findings == nil {
		out.Findings = finding.List{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&out); err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	return nil
}

// Text writes the receipt for people, the verdict in the first line. What stood
// in the return is shown on one line and without control characters.
func Text(w io.Writer, r *Receipt) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(finding.Plain(fmt.Sprintf(format, args...)) + "\n")
	}
	line("【%s】%s", r.Verdict.Name(), summary(r))
	line("回执编号：%s", r.Number)
	line("文    件：%s（%d 字节）", r.File, r.Size)
	line("SHA-256 ：%s", r.SHA256)
	line("收到时间：%s", r.Received.In(period.Shanghai).Format("2006-01-02 15:04:05"))
	if r.Form != "" {
		line("报    表：%s %s", r.Form, r.Title)
	}
	if r.Department != "" {
		line("填报单位：%s", r.Department)
	}
	if !r.Period.IsZero() {
		line("报 告 期：%s", r.Period.Name())
	}
	if !r.Due.IsZero() {
		late := ""
		if r.Late {
			late = "（迟报）"
		}
		line("报送期限：%s%s", r.Due.In(period.Shanghai).Format("2006-01-02 15:04"), late)
	}
	if r.Version > 0 {
		line("版    本：第%d次报送", r.Version)
	}
	if r.Form != "" {
		line("读取情况：指标%d行，数值%d个，“…”“—”或空白%d个", r.Rows, r.Values, r.Absent)
	}
	for _, s := range sections {
		s.write(&b, r.Findings)
	}
	if len(r.Changed) > 0 {
		line("")
		line("与上次报送相比有变动的单元格（%d个）", len(r.Changed))
		for _, c := range r.Changed {
			line("  %s %s：%s → %s", c.Cell, c.Label, c.Old, c.New)
		}
	}
	line("")
	line("下一步：%s", next(r))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	return nil
}

func summary(r *Receipt) string {
	if len(r.Findings) == 0 {
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

// A section lists the findings that ask the same of the reader.
type section struct {
	title string
	holds func(*finding.Finding) bool
}

var sections = [...]section{
	{"强制性审核未通过", func(f *finding.Finding) bool { return f.Severity == finding.Mandatory }},
	{"核实性审核待说明", func(f *finding.Finding) bool { return f.Severity == finding.Plausibility && f.Explanation == "" }},
	{"核实性审核已说明", func(f *finding.Finding) bool { return f.Severity == finding.Plausibility && f.Explanation != "" }},
	{"提示", func(f *finding.Finding) bool { return f.Severity == finding.Note }},
}

func (s section) write(b *strings.Builder, l finding.List) {
	var lines []string
	for i := range l {
		f := &l[i]
		if !s.holds(f) {
			continue
		}
		text := f.String()
		if len(f.Related) > 0 {
			text += "\n    对照：" + related(f.Related)
		}
		lines = append(lines, fmt.Sprintf("%3d. %s\n", len(lines)+1, strings.ReplaceAll(text, "\n", "\n     ")))
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n%s（%d个）\n%s", s.title, len(lines), strings.Join(lines, ""))
	}
}

// related lists the cells that a finding compares with.
func related(places []finding.Place) string {
	texts := make([]string, len(places))
	for i, p := range places {
		texts[i] = finding.Plain(p.String())
	}
	return strings.Join(texts, "、")
}

func next(r *Receipt) string {
	switch {
	case r.Verdict == Accepted:
		return "数据已入库，无需再报。"
	case r.Verdict == Pending:
		return "审核已通过，等双城办验收；验收之前数据不入库。"
	case r.Verdict == Withdrawn:
		return "本报表已撤回，数据不再使用；请重新报送。"
	case r.Verdict == Awaiting:
		return "请核实“待说明”各条：有误的改正后重报；属实的在该行“说明”栏写明原因后重报。说明之前数据不入库。"
	case r.Form == "":
		return "请按“改法”处理后重新报送。本次没有读取数据，原件已留存。"
	}
	return "请按“改法”逐条修改原表后重新报送。本次数据未入库，原件已留存。"
}
