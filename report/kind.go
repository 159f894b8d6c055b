package report

import "zhibiao/report/document"

// A Kind is the occasion that a report is made for.
type Kind string

// The kinds. Each has its own sections; figures, charts and tables are the same
// in all.
const (
	Special    Kind = "special" // 预警专报: when something changed, and only then
	Monthly    Kind = "month"
	Quarterly  Kind = "quarter" // with the board of 赛马 (任务37, 38)
	HalfYearly Kind = "half"    // 四重清单 and milestones, to be rolled forward (任务36, P06)
	Annual     Kind = "year"    // judgement of a closed year (P16, P18, P20)
)

// Kinds are all there are, the most frequent first.
var Kinds = []Kind{Special, Monthly, Quarterly, HalfYearly, Annual}

// Name is what a report of the kind is called; "" for an unknown kind.
func (k Kind) Name() string {
	return map[Kind]string{
		Special: "预警专报", Monthly: "月度监测报告", Quarterly: "季度调度报告", HalfYearly: "半年清单", Annual: "年度评估报告",
	}[k]
}

// title is what stands on top of a report of the kind.
func (k Kind) title() string {
	if k == HalfYearly {
		return "两江新区双城经济圈专项行动" + k.Name()
	}
	return "两江新区双城经济圈专项行动指标" + k.Name()
}

// sections are the parts of a report of its kind.
func (b *builder) sections() []document.Section {
	switch b.in.Kind {
	case Quarterly:
		return b.dispatch()
	case Special:
		return b.special()
	case HalfYearly:
		return []document.Section{b.lists(), b.briefly(), b.milestonesByLead(), b.tasks(), b.filingSection()}
	case Annual:
		return b.annual()
	}
	return []document.Section{
		b.summary(), b.watch(), b.gaps(), b.actions(), b.filingSection(), b.unscoredSection(),
		b.appendix(), b.directions(), b.milestones(), b.method(), b.trackRecord(),
	}
}

// numbered numbers the parts in their order: 一、（一）, and the appendices 附录一.
func numbered(parts []document.Section) []document.Section {
	body, back := 0, 0
	for i := range parts {
		s := &parts[i]
		if s.Appendix {
			back++
			s.Number = "附录" + numeral(back)
			continue
		}
		body++
		s.Number = numeral(body)
		for j := range s.Sections {
			s.Sections[j].Number = "（" + numeral(j+1) + "）"
		}
	}
	return parts
}

// linked takes away the links to what a report of its kind does not have: the
// words stay.
func linked(parts []document.Section) []document.Section {
	there := make(map[string]bool)
	walk := func(f func(s *document.Section)) { (&document.Document{Sections: parts}).Walk(f) }
	walk(func(s *document.Section) {
		there[s.ID] = true
		for _, bl := range s.Blocks {
			if bl.Table != nil {
				there[bl.Table.ID] = true
				for _, r := range bl.Table.Rows {
					there[r.ID] = true
				}
			}
			for i := range bl.Cards {
				there[bl.Cards[i].ID] = true
			}
		}
	})
	there[""] = true
	keep := func(link *string) {
		if !there[*link] {
			*link = ""
		}
	}
	walk(func(s *document.Section) {
		for _, bl := range s.Blocks {
			if bl.Paragraph != nil {
				for i := range bl.Paragraph.Runs {
					keep(&bl.Paragraph.Runs[i].Link)
				}
			}
			if bl.Table != nil {
				for i := range bl.Table.Rows {
					for j := range bl.Table.Rows[i].Cells {
						keep(&bl.Table.Rows[i].Cells[j].Link)
					}
				}
			}
			for i := range bl.Cards {
				keep(&bl.Cards[i].Link)
			}
		}
	})
	return parts
}
