package report

import (
	"cmp"
	"slices"
	"strings"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

func levelRank(level string) int {
	if i := slices.Index([]string{"红", "橙", "黄"}, level); i >= 0 {
		return i
	}
	return 3
}

// tellable keeps the alerts that are to be told, the gravest first among those
// in force, then those under watch, then those that have just ended. What
// another alert already explains is left out.
func tellable(in []alert.Alert, order map[indicator.Code]int) []alert.Alert {
	states := []alert.State{alert.Firing, alert.Recovering, alert.Pending, alert.Resolved}
	var out []alert.Alert
	for _, a := range in {
		switch {
		case a.InhibitedBy != "", !slices.Contains(states, a.State):
		case a.State == alert.Resolved && !a.Before.State.Raised(): // it was told before
		default:
			out = append(out, a)
		}
	}
	fresh := func(a alert.Alert) int {
		if a.New {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, c alert.Alert) int {
		return cmp.Or(
			cmp.Compare(slices.Index(states, a.State), slices.Index(states, c.State)),
			cmp.Compare(levelRank(a.Level), levelRank(c.Level)),
			cmp.Compare(fresh(a), fresh(c)),
			cmp.Compare(order[a.Code], order[c.Code]),
			cmp.Compare(a.Rule, c.Rule), cmp.Compare(a.Area, c.Area), cmp.Compare(a.Episode, c.Episode),
		)
	})
	return out
}

// since is when the oldest alert in force on an indicator began, in words.
func (b *builder) since(code indicator.Code) string {
	var oldest *alert.Alert
	for i := range b.alerts {
		a := &b.alerts[i]
		if a.Code != code || !a.State.Raised() || a.Since.IsZero() {
			continue
		}
		if oldest == nil || a.Since.Compare(oldest.Since) < 0 {
			oldest = a
		}
	}
	if oldest == nil {
		return ""
	}
	return oldest.Since.Name()
}

// watch lists every alert with why, since when, who answers and what is needed,
// then what cannot be judged at all.
func (b *builder) watch() document.Section {
	s := document.Section{ID: "s3", Title: "预警清单"}
	open := &document.Table{
		ID: "alerts", Caption: "预警清单", Empty: "本期没有预警。",
		Columns: []document.Column{
			{Title: "指标"},
			{Title: "级别", Align: document.Center},
			{Title: "状态", Align: document.Center},
			{Title: "规则"},
			{Title: "起始"},
			{Title: "责任单位"},
			{Title: "原因", Wide: true},
			{Title: "需要", Wide: true},
		},
	}
	var over []string
	for _, a := range b.alerts {
		if a.State == alert.Resolved {
			over = append(over, b.indicatorName(a.Code)+"（"+plain(a.RuleName)+"）")
		}
	}
	alerted := make(map[indicator.Code]bool)
	for i, g := range b.cases() {
		alerted[g[0].Code] = true
		open.Rows = append(open.Rows, b.caseRow(i+1, g))
	}
	for _, l := range [...]indicator.Lamp{indicator.Red, indicator.Yellow} {
		for _, it := range b.withLamp(l) {
			if alerted[it.ind.Code] {
				continue
			}
			sign := it.sign
			open.Rows = append(open.Rows, document.Row{Cells: []document.Cell{
				{Text: it.name(), Link: it.link()},
				{Sign: &sign},
				{Text: "未触发规则"},
				{Text: "灯色"},
				{Text: "—"},
				{Text: it.owner()},
				{Text: statement(it.r)},
				{Text: need(it)},
			}})
		}
	}
	s.Sections = []document.Section{
		{ID: "s3-open", Title: "红、橙、黄预警", Blocks: []document.Block{{Table: open}}},
		{ID: "s3-grey", Title: "灰灯：无法判定", Blocks: []document.Block{{Table: b.greyTable()}}},
	}
	if len(over) > 0 {
		s.Sections = append(s.Sections, document.Section{ID: "s3-over", Title: "最近解除", Blocks: []document.Block{
			say("最近一期解除").figure(b.count("alerts/resolved", "最近一期解除预警", len(over), "条")).say("：" + strings.Join(over, "、") + "。").block(),
		}})
	}
	if len(b.in.Rectified) > 0 {
		s.Sections = append(s.Sections, b.rectified())
	}
	return s
}

// cases puts the open alerts of an indicator together, the gravest first: a
// leader reads of an indicator once.
func (b *builder) cases() [][]alert.Alert {
	var out [][]alert.Alert
	place := make(map[indicator.Code]int)
	for _, a := range b.alerts {
		if !a.State.Open() {
			continue
		}
		i, ok := place[a.Code]
		if !ok {
			i = len(out)
			place[a.Code] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// sameGround lists the conditions that say in other words what the lamp says:
// their reasons are not repeated.
var sameGround = [...]string{"lamp-red", "lamp-yellow", "projected-short", "behind-path", "floor-broken", "sync-broken"}

func (b *builder) caseRow(no int, g []alert.Alert) document.Row {
	first := g[0]
	sign := document.LevelSign(first.Level)
	state := first.State.Name()
	since, needs := first.Since, ended(first.Need)
	var rules, whys []string
	said := false
	for _, a := range g {
		rule := plain(a.RuleName)
		if a.State != first.State {
			rule += "（" + a.State.Name() + "）"
		}
		if a.New {
			rule += "（新增）"
		}
		rules = append(rules, rule)
		if a.State.Raised() && a.Since.Compare(since) < 0 {
			since = a.Since
		}
		if needs == "—" {
			needs = ended(a.Need)
		}
		same := slices.Contains(sameGround[:], a.Kind) || a.Kind == "not-computable" && first.Held != ""
		if w := why(a); !slices.Contains(whys, w) && (!same || !said) {
			whys = append(whys, w)
		}
		said = said || same
	}
	cell := document.Cell{Text: b.indicatorName(first.Code)}
	if it := b.byCode[first.Code]; it != nil && it.t.Scored {
		cell.Link = it.link()
	}
	return document.Row{ID: "alert-" + indicator.Fixed(float64(no), 0), Cells: []document.Cell{
		cell,
		{Sign: &sign},
		{Text: state},
		{Text: strings.Join(rules, "、")},
		{Text: orDash(since.Name())},
		{Text: orDash(plain(first.Owner))},
		{Text: strings.Join(whys, "")},
		{Text: needs},
	}}
}

// why is the reason of an alert, with what kept this evaluation from judging it.
func why(a alert.Alert) string {
	if a.Held == "" {
		return ended(a.Why)
	}
	return ended(a.Why) + "本期未能复核：" + ended(a.Held)
}

func (b *builder) greyTable() *document.Table {
	t := &document.Table{
		ID: "grey", Caption: "无法判定的评分目标", Empty: "本期没有灰灯。",
		Columns: []document.Column{
			{Title: "目标"},
			{Title: "灯", Align: document.Center},
			{Title: "期别"},
			{Title: "责任单位"},
			{Title: "原因", Wide: true},
			{Title: "需要", Wide: true},
		},
	}
	for _, it := range b.withLamp(indicator.Grey) {
		sign := it.sign
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			{Text: it.name(), Link: it.link()},
			{Sign: &sign},
			{Text: orDash(it.value.Period)},
			{Text: it.owner()},
			{Text: statement(it.r)},
			{Text: need(it)},
		}})
	}
	return t
}

// need is what would clear a target's lamp.
func need(it *item) string {
	why := it.r.Absence
	if why == indicator.Present {
		why = it.r.ProjectionWhy
	}
	switch {
	case it.r.Lamp != indicator.Grey && it.required.Missing == "":
		return it.required.What + it.required.Full() + "。"
	case it.r.Lamp != indicator.Grey:
		return "查明原因，提出措施。"
	}
	switch why {
	case indicator.Overdue:
		return "尽快补报。"
	case indicator.Returned:
		return "按退回意见重新报送。"
	case indicator.Unassigned:
		return "请双城办明确填报单位。"
	case indicator.BlankCell:
		return "补填空白项或注明无此项数据。"
	case indicator.NoBase:
		return "补报2022年基数。"
	case indicator.Undefined:
		return "请双城办明确口径。"
	case indicator.Incomparable:
		return "统一分子分母的版本、口径和范围。"
	case indicator.TooFew:
		return "待年度数据积累后判定。"
	case indicator.NotDue:
		return "到报送期后判定。"
	case indicator.NotComputable, indicator.Dash:
		return "核实分量数据。"
	}
	return "核实数据。"
}

func (b *builder) indicatorName(code indicator.Code) string {
	if it := b.byCode[code]; it != nil {
		return it.name()
	}
	if ind := b.in.Catalogue.Indicator(code); ind != nil {
		return plain(ind.Name)
	}
	return plain(string(code))
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// ended is a sentence with its full stop; “—” when there is none.
func ended(s string) string {
	s = plain(s)
	if s == "" {
		return "—"
	}
	if strings.HasSuffix(s, "。") {
		return s
	}
	return s + "。"
}
