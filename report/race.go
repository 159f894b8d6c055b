package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/kpi/board"
	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// A standing is a row of the board with what it is compared with.
type standing struct {
	board.Row
	id     string // board-unit-1, board-action-3
	label  string
	before int // rank on the board of the last report; 0 for none
}

// A race is the whole board: who is ranked, and of what nothing can be said.
type race struct {
	marks   []board.Mark
	units   []standing // in the order of rank; those without a score last
	actions []standing
	bases   map[indicator.Code]effect
}

// unitNames lists the departments in force, and who else answers for a target.
func (b *builder) unitNames() []string {
	day := b.in.Assessment.Period.Last().Format(time.DateOnly)
	var out []string
	for i := range b.in.Catalogue.Departments {
		if d := &b.in.Catalogue.Departments[i]; (d.From == "" || d.From <= day) && (d.To == "" || d.To >= day) {
			out = append(out, d.Name)
		}
	}
	for _, it := range b.scored {
		if it.t.Primary != "" && !slices.Contains(out, it.t.Primary) {
			out = append(out, it.t.Primary)
		}
	}
	return out
}

func unitOf(m board.Mark) string { return m.Unit }

func actionOf(m board.Mark) string { return strconv.Itoa(m.Action) }

// newRace computes the board, and by the same rule the one of the last report.
func (b *builder) newRace() *race {
	r := &race{marks: b.marks(b.in.Assessment, b.in.Filing), bases: make(map[indicator.Code]effect)}
	for _, it := range b.scored {
		r.bases[it.ind.Code] = b.effect(it)
	}
	var then []board.Mark
	if b.in.Previous != nil {
		then = b.marks(b.in.Previous, b.in.PreviousFiling)
	}
	names := b.unitNames()
	stand := func(group func(board.Mark) string, name func(string) (id, label string)) []standing {
		before := make(map[string]int)
		for _, row := range board.Rank(then, group) {
			before[row.Name] = row.Rank
		}
		var out []standing
		for _, row := range board.Rank(r.marks, group) {
			s := standing{Row: row, before: before[row.Name]}
			s.id, s.label = name(row.Name)
			out = append(out, s)
		}
		return out
	}
	r.units = stand(unitOf, func(s string) (string, string) {
		return "board-unit-" + strconv.Itoa(slices.Index(names, s)+1), plain(s)
	})
	r.actions = stand(actionOf, func(s string) (string, string) {
		for i := range b.in.Catalogue.Actions {
			if a := &b.in.Catalogue.Actions[i]; strconv.Itoa(a.No) == s {
				return "board-action-" + s, strings.TrimSuffix(plain(a.Name), actionSuffix)
			}
		}
		return "board-action-" + s, "未归入专项行动"
	})
	return r
}

// marks judges every scored target of an assessment. What stands on a return that
// another unit filed late, or not at all, is not held against its own.
func (b *builder) marks(a *indicator.Assessment, filing []FilingStat) []board.Mark {
	held := make(map[indicator.Code]string)
	for _, f := range filing {
		for _, l := range f.LateReturns {
			for _, c := range l.Codes {
				if it := b.byCode[c]; it != nil && it.t.Primary != f.Department && held[c] == "" {
					held[c] = plain(f.Department) + "的" + plain(l.Name) + plain(l.State)
				}
			}
		}
	}
	by := make(map[indicator.Code]*indicator.Result, len(a.Results))
	for i := range a.Results {
		by[a.Results[i].Code] = &a.Results[i]
	}
	var out []board.Mark
	for _, it := range b.scored {
		if r := by[it.ind.Code]; r != nil {
			out = append(out, board.Judge(it.ind, r, a.Period, held[it.ind.Code]))
		}
	}
	return out
}

// An effect is the growth of a value beside that of the year before.
type effect struct {
	base   board.Base
	before *document.Figure
	two    *document.Figure
}

// effect says what the 同比 of a target stands on. The growth of the year before is
// of the same source: published beside published, of levels beside levels; it is
// never taken across a change of caliber.
func (b *builder) effect(it *item) effect {
	var e effect
	r := it.r
	if it.ind.Nature.Relative() || it.ind.Nature.Evidence() || it.ind.Nature == indicator.CountCum || it.growth.Missing != "" {
		return e
	}
	at := func(code indicator.Code, years int) (float64, bool) {
		for _, p := range indicator.Unbroken(b.in.Assessment.History[code], r.Period.End) {
			if p.Period.Freq == r.Period.Freq && p.Period.End == r.Period.End-12*years {
				return p.Value, true
			}
		}
		return 0, false
	}
	now := indicator.Percent(it.growth.Raw)
	var before indicator.Percent
	if r.Published.OK {
		g, ok := at(it.ind.Growth, 1)
		if !ok {
			return e
		}
		before = indicator.Percent(g)
	} else {
		last, ok := at(it.ind.Code, 1)
		if !ok {
			return e
		}
		if board.TooSmall(last, b.leastBase(), it.ind.Decimals) {
			e.base = board.Small
			return e
		}
		first, ok := at(it.ind.Code, 2)
		if !ok || board.TooSmall(first, b.leastBase(), it.ind.Decimals) {
			return e
		}
		before = indicator.Percent((last/first - 1) * 100)
	}
	base, two := board.Effect(now, before)
	if !two.OK {
		return e
	}
	m := b.maker(it.ind)
	e.base = base
	e.before = m.percent("growth_before", "上年同期同比", indicator.Some(before), it.growth.Tag)
	e.two = m.percent("two_years", "两年平均增速", two, it.growth.Tag)
	return e
}

// leastBase is how many of its last printed place a base must have (R19).
func (b *builder) leastBase() float64 {
	for i := range b.in.Catalogue.Rules {
		if r := &b.in.Catalogue.Rules[i]; r.ID == "R19" && r.Least > 0 {
			return r.Least
		}
	}
	return 10
}
