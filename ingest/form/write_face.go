package form

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/period"
)

// head writes the title, the block at the right and the lines at the left, as
// reporting forms have them (catalogue §5.14).
func (s *sheet) head() {
	f, last := s.filing, len(s.columns)
	title := plain()
	title.size, title.bold, title.center, title.font = 16, true, true, "宋体"
	s.put(span(1, last, 1), f.Form.Title+"（"+f.Period.Freq.Name()+"）", title)
	s.do(s.file.SetRowHeight(s.name, 1, 30))
	label, value := plain(), plain()
	label.right = true
	approval := f.Form.Approval
	if approval == "" {
		approval = "内部工作报表"
	}
	for i, pair := range [...][2]string{
		{"表    号：", f.Form.Number},
		{"制定机关：", f.Form.Agency},
		{"批准文号：", approval},
		{"有效期至：", f.Form.ValidTo.Format("2006年1月")},
		{"表式版本：", f.Form.Version},
	} {
		s.put(span(last-1, last-1, 2+i), pair[0], label)
		s.put(span(last, last, 2+i), pair[1], value)
	}
	s.define(faceNumber, s.name, workbook.Ref{Col: last, Row: 2})
	if f.TestData {
		mark := plain()
		mark.red, mark.bold = true, true
		s.put(span(1, 1, 2), "【"+testMark+"，非统计数】", mark)
	}
	text := f.Style.PeriodText
	if text == "" {
		text = periodText(f.Form, f.Period)
	}
	middle := plain()
	middle.center, middle.bold, middle.size = true, true, 11
	s.put(span(1, last-2, 4), s.wide(text), middle)
	s.define(facePeriod, s.name, workbook.Ref{Col: 1, Row: 4})
	unit := f.Style.UnitLine
	if unit == "" {
		unit = inTable
	}
	s.put(span(1, 1, 5), "填报单位：", label)
	s.put(span(2, 3, 5), f.Department, value)
	s.define(faceDepartment, s.name, workbook.Ref{Col: 2, Row: 5})
	s.put(span(1, 1, 6), "计量单位：", label)
	s.put(span(2, 3, 6), unit, value)
	s.define(faceUnit, s.name, workbook.Ref{Col: 2, Row: 6})
	s.headTop = 8 + f.Style.BlankRows
}

// foot writes who answers for the return, the 填表说明 and the 简要情况说明.
func (s *sheet) foot() {
	f, last := s.filing, len(s.columns)
	value := func(label string) string {
		if label == ReportedOn {
			if f.Reported.IsZero() {
				return ""
			}
			return f.Reported.In(period.Shanghai).Format("2006年1月2日")
		}
		return f.Head[label]
	}
	if f.Style.JoinedFoot {
		var parts []string
		for _, n := range footNames {
			parts = append(parts, n.label+"："+value(n.label))
		}
		s.put(span(1, last, s.at), strings.Join(parts, "　　"), plain())
		s.at++
	} else {
		s.footCells(value)
	}
	s.at++
	note := plain()
	note.wrap, note.size = true, 9
	for i, text := range s.notes() {
		if i == 0 {
			text = "说明：" + text
		}
		s.put(span(1, last, s.at), text, note)
		s.do(s.file.SetRowHeight(s.name, s.at, 15*float64(1+len([]rune(text))/75)))
		s.at++
	}
	bold := plain()
	bold.bold = true
	s.put(span(1, last, s.at), remarkLabel, bold)
	s.at++
	box := boxed()
	box.font, box.input = "宋体", true
	s.put(span(1, last, s.at), f.Remark, box)
	s.define(faceRemark, s.name, workbook.Ref{Col: 1, Row: s.at})
	s.do(s.file.SetRowHeight(s.name, s.at, 60))
}

// footCells writes the foot in label and value cells of their own, as many
// pairs on a line as the columns allow.
func (s *sheet) footCells(value func(string) string) {
	slots := [][3]int{{1, 2, 3}, {4, 5, 5}} // label column, value from, value to
	for c := 6; c+1 <= len(s.columns); c += 2 {
		slots = append(slots, [3]int{c, c + 1, c + 1})
	}
	label, val := plain(), plain()
	label.right, val.input, val.line = true, true, true
	s.do(s.file.SetRowHeight(s.name, s.at, 20))
	s.foots = map[string]workbook.Ref{}
	for i, n := range footNames {
		slot := slots[i%len(slots)]
		if i > 0 && i%len(slots) == 0 {
			s.at++
			s.do(s.file.SetRowHeight(s.name, s.at, 20))
		}
		s.put(span(slot[0], slot[0], s.at), n.label+"：", label)
		s.put(span(slot[1], slot[2], s.at), value(n.label), val)
		s.foots[n.label] = workbook.Ref{Col: slot[1], Row: s.at}
		s.define(n.name, s.name, s.foots[n.label])
	}
	s.at++
}

// notes is the 填表说明 of the edition: the form's own, and what the system says
// of natures, deadlines and the token grammar.
func (s *sheet) notes() []string {
	notes := slices.Clone(s.filing.Form.Notes)
	var cumulative, stock []string
	for _, r := range s.rows {
		if r.Nature.Cumulative() {
			cumulative = append(cumulative, r.No)
		} else if r.Nature.Stock() {
			stock = append(stock, r.No)
		}
	}
	if len(cumulative) > 0 && len(stock) > 0 {
		notes = append(notes, fmt.Sprintf("代码%s为1月1日至报告期末的累计数，代码%s为报告期末数。", strings.Join(cumulative, "、"), strings.Join(stock, "、")))
	}
	notes = append(notes,
		"报送时间："+s.deadlines()+"。",
		"“…”表示不足本表最小单位数，“—”表示无此项数据，空格表示尚无数据；0 只表示确实为零。")
	if s.filing.issue != nil {
		notes = append(notes, "只有着色的格可填，其余各格已锁定以防误改（不设密码）；右侧“审核”栏随填随审，“✗”须改正，“△”须在“说明”栏写明原因，“待核”由系统收到后审核。")
	}
	for i := range notes {
		notes[i] = fmt.Sprintf("%d.%s", i+1, notes[i])
	}
	return notes
}

// deadlines says in words when the edition is due.
func (s *sheet) deadlines() string {
	say := func(d Deadline) string {
		if s.edition.Freq == period.Year {
			return fmt.Sprintf("次年%d月%d日24时前", d.Month, d.Day)
		}
		return fmt.Sprintf("报告期末次月%d日24时前", d.Day)
	}
	var b strings.Builder
	b.WriteString(say(s.edition.Deadline))
	if s.edition.JanuaryExempt {
		b.WriteString("（1月免报）")
	}
	for _, r := range s.rows {
		if d, ok := s.edition.Overrides[r.Code]; ok {
			b.WriteString("；代码" + r.No + "为" + say(d))
		}
	}
	return b.String()
}
