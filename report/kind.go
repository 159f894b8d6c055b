package report

import "zhibiao/report/document"

// A Kind is the occasion that a report is made for.
type Kind string

// The kinds. Each has its own sections; figures, charts and tables are the same
// in all.
const (
	Monthly   Kind = "month"
	Quarterly Kind = "quarter"
)

// Kinds are all there are, in the order of the calendar.
var Kinds = []Kind{Monthly, Quarterly}

// Name is what a report of the kind is called; "" for an unknown kind.
func (k Kind) Name() string {
	return map[Kind]string{Monthly: "月度监测报告", Quarterly: "季度调度报告"}[k]
}

// title is what stands on top of a report of the kind.
func (k Kind) title() string { return "两江新区双城经济圈专项行动指标" + k.Name() }

// sections are the parts of a report of its kind.
func (b *builder) sections() []document.Section {
	switch b.in.Kind {
	case Quarterly:
		return b.dispatch()
	}
	return []document.Section{
		b.summary(), b.gaps(), b.watch(), b.actions(), b.filingSection(), b.unscoredSection(),
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
