package report

import (
	"cmp"
	"slices"
	"strconv"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/report/document"
)

// A verdict is how a target stands by the end of a closed year.
type verdict int

// The verdicts, the worst first; what cannot be judged is neither good nor bad.
const (
	broken   verdict = iota // the floor of the year
	behind                  // the path of the year
	unjudged                //
	onPath                  // the path, or the average growth to date
	kept                    // the floor of the year
	reached                 // the target of 2027
)

var verdictNames = [...]string{"底线被突破", "未达年度要求", "无法判定", "达到年度要求", "守住底线", "已达2027年目标"}

// verdictSigns are the signs of the verdicts: those of the lamps, whose colours
// leaders know, with words of their own.
var verdictSigns = [...]indicator.Lamp{indicator.Red, indicator.Red, indicator.Grey, indicator.Green, indicator.Green, indicator.Blue}

func (v verdict) sign() document.Sign {
	s := document.LampSign(verdictSigns[v])
	s.Word, s.Say = verdictNames[v], ""
	return s
}

// A judged is a target as an annual report judges it.
type judged struct {
	it      *item
	verdict verdict
	why     string           // nothing can be judged
	want    *document.Figure // what the year asked for
	lead    *document.Figure // value − want
}

// year is the closed year of an annual report.
func (b *builder) year() int { return b.in.Assessment.Period.Year() }

// judge sets the value of the year against what the year asked for: a floor
// against itself, an average growth against the target, everything else against
// its path (§5.10). What has no value of that very year is not judged.
func (b *builder) judge(it *item) judged {
	r, t, v := it.r, it.t, b.maker(it.ind)
	j := judged{it: it, verdict: unjudged}
	none := func(why string) judged {
		j.why = why
		j.want = v.value("year_want", "年度要求", indicator.Opt[float64]{}, "—")
		j.lead = v.delta("year_lead", "较年度要求", indicator.Opt[float64]{}, 0, "", "—")
		return j
	}
	switch {
	case r.Absence != indicator.Present:
		return none(r.Absence.Name())
	case !r.Value.OK, r.Period.End != b.in.Assessment.Period.End:
		return none("年度值未出")
	}
	ownTarget := func(met bool, yes, no verdict) {
		j.verdict = no
		if met {
			j.verdict = yes
		}
		j.want = it.target
		j.lead = v.delta("year_lead", "较年度要求", indicator.Some(r.Value.V-t.Value), it.ind.Decimals, indicator.DifferenceUnit(it.ind.Unit), "")
	}
	switch t.Evaluation {
	case indicator.Floor:
		ownTarget(indicator.Meets(t.Comparator, r.Value.V, t.Value), kept, broken)
		return j
	case indicator.CAGRTarget, indicator.Sync:
		ownTarget(indicator.Meets(t.Comparator, r.Value.V, t.Value), onPath, behind)
		return j
	}
	if !r.Path.OK || !r.Lead.OK {
		if r.Reached {
			ownTarget(true, reached, behind)
			return j
		}
		return none("缺2022年基数，没有年度要求")
	}
	j.want = v.value("year_want", "年度要求", r.Path, "")
	j.lead = it.lead
	switch {
	case r.Reached:
		j.verdict = reached
	case b.year() < period.TargetYear && !indicator.Less(r.Lead.V, 0):
		j.verdict = onPath
	default: // in the last year the target itself is asked for
		j.verdict = behind
	}
	return j
}

// annual are the parts of a 年度评估 (任务39, P16, P18): the judgement of the year
// apart from what is projected, what was revised, how departments filed, what the
// alerts came to. After the plan's last year there is a final judgement and no
// projection (P20).
func (b *builder) annual() []document.Section {
	list := make([]judged, 0, len(b.scored))
	for _, it := range b.scored {
		list = append(list, b.judge(it))
	}
	slices.SortStableFunc(list, func(x, y judged) int { return cmp.Compare(x.verdict, y.verdict) })
	parts := []document.Section{b.yearSummary(list), b.yearTable(list)}
	if b.year() >= period.TargetYear {
		parts = append(parts, b.final())
	} else {
		parts = append(parts, b.ahead())
	}
	return append(parts, b.revised(), b.filingSection(), b.episodes(), b.unscoredSection(),
		b.appendix(), b.milestones(), b.method(), b.trackRecord())
}

func (b *builder) yearSummary(list []judged) document.Section {
	s := document.Section{ID: "s1", Title: "年度总评"}
	counts := verdicts(list)
	year := b.in.Assessment.Period.Name()
	p := say(year + "，").figure(b.count("scored", "评分目标", len(list), "项")).say("评分目标中，")
	first := true
	for v, n := range slices.Backward(counts[:]) {
		if n == 0 {
			continue
		}
		if !first {
			p.say("、")
		}
		first = false
		p.say(verdictNames[v]).figure(b.verdictCount(verdict(v), counts))
	}
	shifts := b.shifts()
	s.Blocks = []document.Block{
		p.say("。年度要求为当年的序时路径值，年度底线和年均增速按目标值判定。无法判定的不计入达到，也不计入未达。").led("判定。"),
		b.verdictTally(list), b.overview(), b.changes(shifts), b.filingSentence(), b.episodeSentence().say("，见").link("预警和督办", "s6-alerts").say("。").led("预警。"),
	}
	if len(shifts) > 0 {
		s.Sections = append(s.Sections, document.Section{ID: "changed", Title: "灯色变化", Blocks: []document.Block{{Table: b.shiftTable(shifts)}}})
	}
	return s
}

func verdicts(list []judged) []int {
	counts := make([]int, len(verdictNames))
	for _, j := range list {
		counts[j.verdict]++
	}
	return counts
}

func (b *builder) verdictCount(v verdict, counts []int) *document.Figure {
	return b.count("verdict/"+strconv.Itoa(int(v)), verdictNames[v], counts[v], "项")
}

// verdictTally counts the verdicts by their signs.
func (b *builder) verdictTally(list []judged) document.Block {
	t := &document.Tally{ID: "tally", Title: "年度判定", Desc: "各判定的评分目标数。"}
	counts := verdicts(list)
	for v := range verdictNames {
		if counts[v] > 0 {
			t.Items = append(t.Items, document.Count{Sign: verdict(v).sign(), Figure: b.verdictCount(verdict(v), counts), Link: "s2"})
		}
	}
	return document.Block{Tally: t}
}

// yearTable is the judgement of the year, target by target. Nothing in it is
// projected.
func (b *builder) yearTable(list []judged) document.Section {
	t := &document.Table{
		ID: "year-table", Caption: "年度判定",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "判定", Align: document.Center},
			{Title: "年度值", Align: document.Right},
			{Title: "数据", Align: document.Right, Under: true},
			{Title: "年度要求", Align: document.Right},
			{Title: "较要求", Align: document.Right},
			{Title: "较上年", Align: document.Right},
			{Title: "水平完成率", Align: document.Right},
			{Title: "完成率比上年", Align: document.Right, Under: true},
			{Title: "责任单位"},
		},
	}
	for _, j := range list {
		sign := j.verdict.sign()
		state := statusName(j.it.r.Status, j.it.r.Vintage)
		if j.why != "" {
			state = j.why
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: j.it.name(), Link: j.it.link()},
			{Sign: &sign},
			{Figure: j.it.value, Unit: true},
			{Text: orDash(state)},
			{Figure: j.want, Unit: true},
			{Figure: j.lead, Unit: true},
			{Figure: j.it.growth, Unit: true},
			{Figure: j.it.level, Unit: true},
			{Figure: b.completionChange(j.it), Unit: true},
			{Text: j.it.owner()},
		}})
	}
	return document.Section{ID: "s2", Title: "年度判定", Blocks: []document.Block{
		{Table: t}, note("较要求按未修约值判定后修约。完成率比上年与上年评估时的完成率相比，其后的修订计入变动；没有上年评估的不比较。"),
	}}
}

// completionChange is the change of 水平完成率 since the report of the year before.
func (b *builder) completionChange(it *item) *document.Figure {
	change := indicator.Opt[float64]{}
	if old := b.before[it.ind.Code]; old != nil && old.Period.End == it.r.Period.End-12 && old.LevelCompletion.OK && it.r.LevelCompletion.OK {
		change = indicator.Some(float64(it.r.LevelCompletion.V - old.LevelCompletion.V))
	}
	return b.maker(it.ind).delta("completion_change", "水平完成率比上年", change, 1, "个百分点", "—")
}

// ahead is what remains to the end of the plan: estimates, apart from the
// judgement.
func (b *builder) ahead() document.Section {
	left := period.TargetYear - b.year()
	t := &document.Table{
		ID: "ahead", Caption: "到2027年的所需和测算",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "目标值", Align: document.Right},
			{Title: "所需年均", Align: document.Right},
			{Title: "2027年测算", Align: document.Right},
			{Title: "缺口", Align: document.Right},
			{Title: "达到的概率", Align: document.Right},
			{Title: "责任单位"},
		},
	}
	for _, it := range b.scored {
		sign := it.sign
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Sign: &sign},
			{Figure: it.target, Unit: true},
			{Figure: it.required, Unit: true},
			{Figure: untagged(it.projection), Unit: true},
			{Figure: it.gap, Unit: true},
			{Figure: untagged(it.chance), Unit: true},
			{Text: it.owner()},
		}})
	}
	return document.Section{ID: "s3", Title: "剩余年度", Blocks: []document.Block{
		say("规划期还剩").figure(b.count("years_left", "规划期剩余年数", left, "年")).say("。所需年均为此后每年须有的增速或增量；测算不是统计数，不作为年度判定的依据。").block(),
		{Table: t},
	}}
}

// final is the judgement of the plan as it stood at its end (P20).
func (b *builder) final() document.Section {
	t := &document.Table{
		ID: "final", Caption: "终期评判",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "结论", Align: document.Center},
			{Title: "目标值", Align: document.Right},
			{Title: "2027年值", Align: document.Right},
			{Title: "数据", Align: document.Right, Under: true},
			{Title: "差距", Align: document.Right},
			{Title: "依据", Wide: true},
			{Title: "责任单位"},
		},
	}
	counts := make([]int, len(finalNames))
	for _, it := range b.scored {
		f := b.finally(it)
		counts[f]++
		sign := document.LampSign([...]indicator.Lamp{indicator.Blue, indicator.Red, indicator.Grey}[f])
		sign.Word, sign.Say = finalNames[f], ""
		diff := indicator.Opt[float64]{}
		if it.r.Value.OK && it.r.Absence == indicator.Present {
			diff = it.r.CurrentGap
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Sign: &sign},
			{Figure: it.target, Unit: true},
			{Figure: it.value, Unit: true},
			{Text: orDash(statusName(it.r.Status, it.r.Vintage))},
			{Figure: b.maker(it.ind).delta("final_gap", "终期差距", diff, it.ind.Decimals, indicator.DifferenceUnit(it.ind.Unit), "—"), Unit: true},
			{Text: statement(it.r)},
			{Text: it.owner()},
		}})
	}
	return document.Section{ID: "s3", Title: "终期评判", Blocks: []document.Block{
		b.tallied(say("规划期至2027年12月31日止，评分目标"), "final", finalNames[:], counts, "项").
			say("。年度值未出或尚为初步数的，以后来的数据重出本报告；本部分没有测算数。").block(),
		{Table: t},
	}}
}

var finalNames = [...]string{"达成", "未达成", "尚不能判定"}

// finally judges a target at the end of the plan. A yearly floor is met when each
// of the five years is known and kept it.
func (b *builder) finally(it *item) int {
	r := it.r
	if it.t.Evaluation == indicator.Floor {
		for _, y := range r.Measures.Floors {
			if !y.Met {
				return 1
			}
		}
		if len(r.Measures.Floors) < period.TargetYear-period.BaseYear {
			return 2
		}
	}
	switch j := b.judge(it); {
	case j.why != "" && (r.Absence != indicator.Present || !r.Value.OK || r.Period.End != b.in.Assessment.Period.End):
		return 2
	case r.Reached || j.verdict == onPath || j.verdict == kept:
		return 0
	}
	return 1
}
