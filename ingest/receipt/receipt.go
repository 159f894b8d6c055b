// Package receipt writes the answer to a return (回执): what was received, the
// verdict, every finding by cell, and what to do next. It is pure: the same
// return at the same time gives the same bytes. It does not know where a
// receipt is put or sent.
package receipt

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A Verdict is what became of a return.
type Verdict string

// The verdicts. Awaiting has plausibility findings that the return does not
// explain: nothing of it is used until it does. Pending passed every check and
// waits for 双城办 to accept it, as forms that are not accepted by themselves do.
const (
	Accepted  Verdict = "accepted"  // 已接收
	Awaiting  Verdict = "awaiting"  // 已接收待说明
	Pending   Verdict = "pending"   // 待验收
	Returned  Verdict = "returned"  // 退回
	Withdrawn Verdict = "withdrawn" // 已撤回
)

// Name is the verdict as the first line of a receipt says it.
func (v Verdict) Name() string {
	switch v {
	case Accepted:
		return "已接收"
	case Awaiting:
		return "已接收待说明"
	case Pending:
		return "待验收"
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
	// Revision is 1 for the first receipt of a submission; each later decision (an
	// explanation taken, an acceptance, a withdrawal) gives the next. Decisions are
	// those after the first verdict, oldest first.
	Revision  int        `json:"revision,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"`
	Impact    []string   `json:"impact,omitempty"`  // what the return changes, a line each
	Contact   string     `json:"contact,omitempty"` // whom to ask, as 双城办 set it; "" names 双城办 alone
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

// Text writes the receipt for a terminal, the verdict in the first line. What
// stood in the return is shown on one line and without control characters.
func Text(w io.Writer, r *Receipt) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(finding.Plain(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s", headline(r))
	for _, f := range facts(r) {
		line("%s：%s", spread(f.Name), f.Text)
	}
	for _, s := range sections {
		s.write(&b, r.Findings)
	}
	for _, t := range tables(r) {
		line("")
		line("%s", t.Title)
		for _, row := range slices.Insert(t.Rows, 0, t.Head) {
			line("  %s", strings.Join(row, " | "))
		}
	}
	line("")
	line("下一步：%s", next(r))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	return nil
}

// spread sets a short name in the width of four characters, as forms do: 文    件.
func spread(name string) string {
	switch c := []rune(name); {
	case len(c) == 2:
		return string(c[0]) + "    " + string(c[1])
	case len(c) == 3:
		return fmt.Sprintf("%c %c %c", c[0], c[1], c[2])
	case len(name) < 8:
		return fmt.Sprintf("%-8s", name)
	}
	return name
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
			text += "\n    对照：" + places(f.Related)
		}
		lines = append(lines, fmt.Sprintf("%3d. %s\n", len(lines)+1, strings.ReplaceAll(text, "\n", "\n     ")))
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n%s（%d个）\n%s", s.title, len(lines), strings.Join(lines, ""))
	}
}

// places lists the cells that a finding compares with, as findings print them.
func places(l []finding.Place) string {
	texts := make([]string, len(l))
	for i, p := range l {
		texts[i] = finding.Plain(p.String())
	}
	return strings.Join(texts, "、")
}
