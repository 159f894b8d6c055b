package report

import (
	"errors"
	"slices"

	"zhibiao/report/document"
)

// ErrUnchanged says that a 预警专报 would have nothing to tell: no lamp and no
// alert differs from what the last report told. An empty one is never made.
var ErrUnchanged = errors.New("nothing changed since the last report")

// changed reports whether there is an occasion for a 预警专报. What is silenced
// is none; a figure that moved within its lamp is none either.
func (b *builder) changed() bool {
	return len(b.shifts()) > 0 || slices.ContainsFunc(b.tidings(), func(n tiding) bool { return !n.quiet })
}

// special are the parts of a 预警专报: what changed and why, what stands as it
// was in one line each, and which late returns touch which targets.
func (b *builder) special() []document.Section {
	shifts, list := b.shifts(), b.tidings()
	what := document.Section{ID: "s1", Title: "变化", Sections: b.news(shifts, list)}
	what.Blocks = []document.Block{
		b.changes(shifts), b.tidingSentence(list).led("预警。"), b.overview(), b.filingSentence(),
	}
	return []document.Section{what, b.stillOpen(shifts, list), {
		ID: "s5", Title: "报送情况", Blocks: []document.Block{{Table: b.lateTable()}},
	}}
}
