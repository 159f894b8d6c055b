// Package board computes the 赛马/晾晒榜: how far the units, or the 专项行动, are
// ahead of or behind the 时序进度 of their own targets (catalogue P13, “Fair
// 赛马”). It ranks like with like, weights by indicator, never scores what cannot
// be judged, and compares unrounded. It prints nothing.
package board

import (
	"cmp"
	"math"
	"slices"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Method is the rule of the board with its version. Any change of what is scored
// or how takes a new version: ranks of two versions are not compared.
const Method = "race-lead@1"

// Decimals is how many decimals of a score are printed.
const Decimals = 1

// Stale is how many months before the end of the report period the newest value
// of a target may end, and still say something of the quarter. It takes what is
// filed once a year by 30 April, and leaves out what a third party feeds back
// later, such as R&D.
const Stale = 15

// noise is the error of summing, in 百分点: scores that are no further apart are
// the same.
const noise = 1e-9

// A Basis is how a target is scored.
type Basis string

// The bases.
const (
	Progress Basis = "progress" // 进度完成率 less its own 时序进度
	Kept     Basis = "kept"     // kept or not: floors, mean growth, 同步, what the base already met
)

// A Mark is what one target adds to the score of those who answer for it.
type Mark struct {
	Code   indicator.Code
	Unit   string // the department that answers first; "" when nobody is named
	Action int    // 专项行动
	Basis  Basis
	// Lead is what counts, within ±时序进度 so that no single target decides a
	// rank: a floor that was not kept is −时序进度, one that was is 0.
	Lead indicator.Points
	// Cut reports whether the target's own lead was beyond those bounds.
	Cut bool
	// Why is why it is not scored, in Chinese; "" when it is.
	Why string
}

// Judge is the mark of a scored target at a period. held says in Chinese which
// return of another unit keeps it from being scored; "" none.
func Judge(ind *indicator.Indicator, r *indicator.Result, asked period.Period, held string) Mark {
	t := ind.Target()
	m := Mark{Code: ind.Code, Unit: t.Primary, Action: t.Action, Basis: Progress}
	if keeps(t, r) {
		m.Basis = Kept
	}
	lead, end := r.ProgressLead, float64(r.Elapsed)
	switch {
	case held != "":
		m.Why = held
	case r.Absence != indicator.Present:
		m.Why = r.Absence.Name()
	case !r.Value.OK || r.Lamp == indicator.Grey || r.Lamp == indicator.NoLamp:
		m.Why = indicator.TooFew.Name()
		if why := r.ProjectionWhy.Name(); why != "" {
			m.Why = why
		}
	case asked.End-r.Period.End > Stale:
		m.Why = "数据滞后，最近为" + r.Period.Name()
	case end <= 0:
		m.Why = "规划期尚未开始"
	case m.Basis == Kept && kept(t, r):
	case m.Basis == Kept:
		m.Lead = indicator.Points(-end)
	case !lead.OK:
		m.Why = indicator.NoBase.Name()
	default:
		v := math.Max(-end, math.Min(end, float64(lead.V)))
		m.Lead, m.Cut = indicator.Points(v), math.Abs(float64(lead.V)) > end+noise
	}
	return m
}

// keeps reports whether a target is kept rather than moved towards.
func keeps(t *indicator.Target, r *indicator.Result) bool {
	switch t.Evaluation {
	case indicator.Floor, indicator.CAGRTarget, indicator.Sync:
		return true
	}
	return r.Base.OK && t.Direction >= 0 && indicator.Meets(t.Comparator, r.Base.V, t.Value)
}

// kept is the catalogue's verdict on what is kept or not: a floor or 同步 is
// broken when it is red (yellow is a warning of a year that is not over, or
// within the tolerance); a mean growth is short when it is yellow or red.
func kept(t *indicator.Target, r *indicator.Result) bool {
	switch t.Evaluation {
	case indicator.Floor, indicator.Sync:
		return r.Lamp != indicator.Red
	case indicator.CAGRTarget:
		return r.Lamp == indicator.Green || r.Lamp == indicator.Blue
	}
	return r.Reached
}

// A Row is a unit, or a 专项行动, on the board.
type Row struct {
	Name  string
	Marks []Mark // scored, by code
	Out   []Mark // not scored, by code
	// Score is the mean lead of Marks in 百分点, each weighing the same; absent when
	// there are none.
	Score indicator.Opt[indicator.Points]
	// Rank is 1 for the best; equal scores share it and the next one is skipped
	// (1, 1, 3). It is 0 without a score.
	Rank int
	Tied bool
	// Behind is how far the score is from that of the next better rank, in 百分点;
	// absent for the first.
	Behind indicator.Opt[indicator.Points]
	// Rounded says that the order against some other row would be another one if
	// the printed scores were compared.
	Rounded bool
}

// Rank puts the marks of each group together and orders the groups: by score, then
// by name, those without a score last. What has no group is left out. The order
// of the marks does not matter.
func Rank(marks []Mark, group func(Mark) string) []Row {
	by := make(map[string]*Row)
	var rows []*Row
	sorted := slices.Clone(marks)
	slices.SortFunc(sorted, func(a, b Mark) int { return cmp.Compare(a.Code, b.Code) })
	for _, m := range sorted {
		name := group(m)
		if name == "" {
			continue
		}
		r := by[name]
		if r == nil {
			r = &Row{Name: name}
			by[name], rows = r, append(rows, r)
		}
		if m.Why == "" {
			r.Marks = append(r.Marks, m)
		} else {
			r.Out = append(r.Out, m)
		}
	}
	out := make([]Row, len(rows))
	for i, r := range rows {
		r.Score = mean(r.Marks)
		out[i] = *r
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(with(b), with(a)), cmp.Compare(b.Score.V, a.Score.V), cmp.Compare(a.Name, b.Name))
	})
	place(out)
	return out
}

func with(r Row) int {
	if r.Score.OK {
		return 1
	}
	return 0
}

// mean adds in the order of size, so that equal leads make equal scores.
func mean(marks []Mark) (none indicator.Opt[indicator.Points]) {
	if len(marks) == 0 {
		return none
	}
	leads := make([]float64, len(marks))
	for i, m := range marks {
		leads[i] = float64(m.Lead)
	}
	slices.Sort(leads)
	sum := 0.0
	for _, v := range leads {
		sum += v
	}
	return indicator.Some(indicator.Points(sum / float64(len(leads))))
}

// place ranks rows that stand in the order of their scores. A tie is with the
// first of its rank, so that a chain of small differences is not one rank.
func place(rows []Row) {
	n := 0
	for n < len(rows) && rows[n].Score.OK {
		n++
	}
	first := 0
	for i := range n {
		r := &rows[i]
		if order(rows[first].Score.V, r.Score.V) != 0 {
			r.Behind = indicator.Some(rows[i-1].Score.V - r.Score.V)
			first = i
		} else {
			r.Behind = rows[first].Behind
		}
		r.Rank = first + 1
		if i > first {
			r.Tied, rows[first].Tied = true, true
		}
	}
	for i := range n {
		for j := range n {
			a, b := &rows[i], &rows[j]
			if cmp.Compare(b.Rank, a.Rank) != printed(a.Score.V, b.Score.V) {
				a.Rounded = true
			}
		}
	}
	slices.SortStableFunc(rows[:n], func(a, b Row) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name)) })
}

// order compares two scores beyond the error of summing.
func order(a, b indicator.Points) int {
	if math.Abs(float64(a-b)) <= noise {
		return 0
	}
	return cmp.Compare(a, b)
}

// printed compares two scores as they are printed.
func printed(a, b indicator.Points) int {
	return indicator.Round(float64(a), Decimals, indicator.HalfUp).Cmp(indicator.Round(float64(b), Decimals, indicator.HalfUp))
}
