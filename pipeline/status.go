package pipeline

import (
	"context"
	"slices"
	"time"

	"zhibiao/ingest/form"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
	"zhibiao/report"
)

// A FilingState says how an expected return stands.
type FilingState string

// The states of a return. An exempt one is listed and not expected.
const (
	OnTime     FilingState = "on_time"  // 按时
	LateFiled  FilingState = "late"     // 迟报
	NotYetDue  FilingState = "not_due"  // 未到期
	Missing    FilingState = "missing"  // 逾期未报
	SentBack   FilingState = "returned" // 退回未重报
	Explaining FilingState = "awaiting" // 待说明
	Accepting  FilingState = "pending"  // 待验收
	Exempted   FilingState = "exempt"   // 免报
)

// Name is the Chinese word.
func (s FilingState) Name() string {
	switch s {
	case OnTime:
		return "按时"
	case LateFiled:
		return "迟报"
	case NotYetDue:
		return "未到期"
	case Missing:
		return "逾期未报"
	case SentBack:
		return "退回未重报"
	case Explaining:
		return "待说明"
	case Accepting:
		return "待验收"
	case Exempted:
		return "免报"
	}
	return ""
}

// A Filing is an expected return and what became of it.
type Filing struct {
	Form       string           `json:"form"`
	Title      string           `json:"title"`
	Department string           `json:"department"`
	Period     period.Period    `json:"period"`
	Due        time.Time        `json:"due"`
	Unsure     bool             `json:"unsure,omitempty"` // a holiday that is not announced yet may move Due
	State      FilingState      `json:"state"`
	Chased     string           `json:"chased,omitempty"`  // the newest reminder: T+1
	Received   time.Time        `json:"received,omitzero"` // of the accepted return, else of the newest
	Receipt    string           `json:"receipt,omitempty"`
	Versions   int              `json:"versions"` // returns received for it
	Codes      []indicator.Code `json:"-"`
}

// Filings says for every return whose period ends with p what became of it by
// the as-of time.
func (p *Pipeline) Filings(ctx context.Context, q period.Period, asOf time.Time) ([]Filing, error) {
	subs, err := p.DB.Submissions(ctx, asOf)
	if err != nil {
		return nil, err
	}
	list := filings(p.Defs.Forms.Expected(q), subs, asOf)
	place := make(map[returnKey]int, len(list))
	for i, f := range list {
		place[returnKey{f.Form, f.Department, f.Period}] = i
	}
	for _, e := range p.journal.entries {
		if i, ok := place[returnKey{e.Form, e.Department, e.Period}]; ok && e.Kind == Chased && !e.At.After(asOf) {
			list[i].Chased = e.Step
		}
	}
	for _, x := range p.Defs.Forms.Exempt(q) {
		list = append(list, Filing{
			Form: x.Form.Number, Title: x.Form.Title, Department: x.Department, Period: x.Period, State: Exempted,
		})
	}
	return list, nil
}

// A Rate counts the returns of a department, or of all (catalogue §5.15).
type Rate struct {
	Department string `json:"department"`
	Expected   int    `json:"expected"` // 应报: due by then, or received
	Filed      int    `json:"filed"`    // 已报: received and not sent back
	OnTime     int    `json:"on_time"`  // of Filed, in time
	Late       int    `json:"late"`     // 迟报
	Exempt     int    `json:"exempt"`   // 免报, not in Expected
	SentBack   int    `json:"returned"` // 退回未重报
	Missing    int    `json:"missing"`  // 逾期未报
	NotDue     int    `json:"not_due"`  // 未到期未报, not in Expected
}

// total is the name of the last Rate.
const total = "合计"

// Rates counts filings by department in the order of the catalogue, all of them
// last. 报送率 is Filed ÷ Expected, 及时率 OnTime ÷ Expected.
func (p *Pipeline) Rates(list []Filing) []Rate {
	by := make(map[string]*Rate)
	var order []string
	all := Rate{Department: total}
	for _, f := range list {
		r := by[f.Department]
		if r == nil {
			r = &Rate{Department: f.Department}
			by[f.Department] = r
			order = append(order, f.Department)
		}
		r.count(f)
		all.count(f)
	}
	slices.SortStableFunc(order, func(a, b string) int { return p.rank(a) - p.rank(b) })
	var out []Rate
	for _, d := range order {
		out = append(out, *by[d])
	}
	return append(out, all)
}

func (r *Rate) count(f Filing) {
	switch f.State {
	case Exempted:
		r.Exempt++
		return
	case NotYetDue:
		r.NotDue++
		return
	case SentBack:
		r.SentBack++
	case Missing:
		r.Missing++
	default:
		r.Filed++
		if f.Received.After(f.Due) {
			r.Late++
		} else {
			r.OnTime++
		}
	}
	r.Expected++
}

// current lists the newest return that was due of every form, edition and
// department: the cycle that a report at a period stands on.
func (p *Pipeline) current(q period.Period, asOf time.Time) []form.Expectation {
	type edition struct {
		form, department string
		freq             period.Freq
	}
	seen := make(map[edition]bool)
	var out []form.Expectation
	for end := q.End; end > q.End-lookbackMonths; end-- {
		for _, x := range p.Defs.Forms.Expected(period.Period{Freq: period.Month, End: end}) {
			k := edition{x.Form.Number, x.Department, x.Period.Freq}
			if !seen[k] && !x.Due.After(asOf) {
				seen[k] = true
				out = append(out, x)
			}
		}
	}
	return out
}

// lookbackMonths is how far back the newest due return of a form can lie: the
// annual forms of a year are due until 30 November of the next.
const lookbackMonths = 36

func filings(expected []form.Expectation, subs []warehouse.Submission, asOf time.Time) []Filing {
	byReturn := make(map[returnKey][]warehouse.Submission)
	for _, s := range subs {
		k := returnKey{s.Form, s.Department, s.Period}
		byReturn[k] = append(byReturn[k], s)
	}
	var out []Filing
	for _, x := range expected {
		f := Filing{
			Form: x.Form.Number, Title: x.Form.Title, Department: x.Department, Period: x.Period, Due: x.Due, Unsure: x.Unsure, Codes: x.Codes,
		}
		f.settle(byReturn[returnKey{x.Form.Number, x.Department, x.Period}], asOf)
		out = append(out, f)
	}
	return out
}

// settle finds the state from the returns received, oldest first. The first
// accepted one counts for being on time.
func (f *Filing) settle(subs []warehouse.Submission, asOf time.Time) {
	f.Versions = len(subs)
	for _, s := range subs {
		if s.State != warehouse.Accepted && s.State != warehouse.Superseded {
			continue
		}
		f.Received, f.Receipt, f.State = s.Received, s.Receipt, OnTime
		if s.Received.After(f.Due) {
			f.State = LateFiled
		}
		return
	}
	// One that was withdrawn is as good as never filed.
	subs = slices.DeleteFunc(slices.Clone(subs), func(s warehouse.Submission) bool { return s.State == warehouse.Withdrawn })
	switch n := len(subs); {
	case n > 0:
		f.Received, f.Receipt, f.State = subs[n-1].Received, subs[n-1].Receipt, SentBack
		switch subs[n-1].State {
		case warehouse.Awaiting:
			f.State = Explaining
		case warehouse.Pending:
			f.State = Accepting
		}
	case f.Due.After(asOf):
		f.State = NotYetDue
	default:
		f.State = Missing
	}
}

// filingStats counts filings by department, for a report.
func (p *Pipeline) filingStats(list []Filing) []report.FilingStat {
	var order []string
	by := make(map[string]*report.FilingStat)
	for _, f := range list {
		s := by[f.Department]
		if s == nil {
			s = &report.FilingStat{Department: f.Department}
			by[f.Department] = s
			order = append(order, f.Department)
		}
		s.Expected++
		switch f.State {
		case OnTime:
			s.Received, s.OnTime = s.Received+1, s.OnTime+1
			continue
		case LateFiled:
			s.Received, s.Late = s.Received+1, s.Late+1
		case SentBack, Explaining, Accepting:
			s.Returned++
		default:
			s.Missing++
		}
		s.LateReturns = append(s.LateReturns, report.LateReturn{
			Name: f.Form + " " + f.Period.Name(), State: f.State.Name(), Codes: p.affected(f.Codes),
		})
	}
	slices.SortStableFunc(order, func(a, b string) int { return p.rank(a) - p.rank(b) })
	out := make([]report.FilingStat, len(order))
	for i, d := range order {
		out[i] = *by[d]
	}
	return out
}

// rank is a department's place in the catalogue.
func (p *Pipeline) rank(name string) int {
	for i := range p.Defs.Catalogue.Departments {
		if p.Defs.Catalogue.Departments[i].Name == name {
			return i
		}
	}
	return len(p.Defs.Catalogue.Departments)
}

// affected lists the scored indicators that stand on some inputs.
func (p *Pipeline) affected(inputs []indicator.Code) []indicator.Code {
	var out []indicator.Code
	for _, ind := range p.Defs.Catalogue.Scored() {
		for _, in := range p.Defs.Plan.Inputs(ind.Code) {
			if slices.Contains(inputs, in) {
				out = append(out, ind.Code)
				break
			}
		}
	}
	return out
}
