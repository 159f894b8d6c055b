package form

import (
	"cmp"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
)

// attach writes 佐证材料 and 名录 where the filing has rows for them, and empty
// with an instruction where the issued form asks for them.
func (s *sheet) attach() {
	var rows [][]string
	for _, e := range s.filing.Evidence {
		rows = append(rows, []string{string(e.Code), e.Name, e.Title, e.Number, e.Issuer, e.Date, e.File})
	}
	s.list(EvidenceSheet, EvidenceHeader, rows, func(r *Row) bool { return r.Evidence },
		"每份材料一行：指标编码照表内填写（可下拉选择），材料名称、文号、发布机关、发布日期照文件填写；有扫描件的，写附件文件名并随表报送。有数的行缺材料的，退回（R33）。")
	rows = nil
	for _, m := range s.filing.Register {
		rows = append(rows, []string{string(m.Code), m.CreditCode, m.Name, m.Number, m.From, m.To})
	}
	s.list(RegisterSheet, RegisterHeader, rows, func(r *Row) bool { return r.Register },
		"每个单位一行：指标编码照表内填写（可下拉选择），统一社会信用代码18位。个数应等于名录中有效且不重复的信用代码数（R35）；认定已到期的不列入。")
}

// attachmentWidths are in Excel's character units.
var attachmentWidths = map[string]float64{
	"指标编码": 26, "指标名称": 30, "材料名称": 40, "文号": 24, "发布机关": 24, "发布日期": 14, "附件文件名": 28,
	"统一社会信用代码": 24, "单位名称": 40, "认定文号": 24, "认定日期": 14, "有效期至": 14,
}

// list writes one attachment sheet, headers in row 1; none when it has no rows
// and the issued form does not ask for it. Every cell is text, typed ones too: a
// credit code of digits must not become a number.
func (s *sheet) list(name string, header []string, rows [][]string, asked func(*Row) bool, instruction string) {
	var codes []string
	for i := range s.rows {
		if s.filing.issue != nil && asked(&s.rows[i]) {
			codes = append(codes, string(s.rows[i].Code))
		}
	}
	if len(rows) == 0 && len(codes) == 0 {
		return
	}
	if _, err := s.file.NewSheet(name); err != nil {
		s.do(err)
		return
	}
	s.on(name, func() {
		s.do(s.file.SetColStyle(name, "A:"+workbook.Column(len(header)), s.style(typedText())))
		head := boxed()
		head.bold, head.center = true, true
		for i, h := range header {
			s.put(span(i+1, i+1, 1), h, head)
			letter := workbook.Column(i + 1)
			s.do(s.file.SetColWidth(name, letter, letter, cmp.Or(attachmentWidths[h], 16)))
		}
		for at, row := range rows {
			for i, text := range row {
				if text == "" {
					continue // the column has the look
				}
				s.put(span(i+1, i+1, at+2), text, typedText())
			}
		}
		s.paper()
		if len(codes) > 0 {
			s.ask(len(header)+1, codes, instruction)
		}
	})
}

// typedText is the look of a cell that keeps what is typed as text.
func typedText() look {
	l := plain()
	l.font, l.text, l.input = "仿宋", true, true
	return l
}

// ask writes the instruction beside the headers, offers the codes and locks the
// headers.
func (s *sheet) ask(col int, codes []string, instruction string) {
	note := plain()
	note.wrap, note.size = true, 9
	s.put(span(col, col, 1), "填写说明："+instruction, note)
	s.do(s.file.SetColWidth(s.name, workbook.Column(col), workbook.Column(col), 60))
	s.do(s.file.SetRowHeight(s.name, 1, 54))
	s.choose(workbook.Range{From: workbook.Ref{Col: 1, Row: 2}, To: workbook.Ref{Col: 1, Row: maxAttached}}, codes, "指标编码不在本表中", "请从下拉列表中选择指标编码。")
	s.do(s.file.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: 1, ActivePane: "bottomLeft", TopLeftCell: "A2"}))
	s.protect(s.name)
}
