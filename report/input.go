package report

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// An Input is everything a report is made of. Nothing else is read: equal
// inputs make equal bytes.
type Input struct {
	Kind       Kind
	Catalogue  *indicator.Catalogue
	Assessment *indicator.Assessment
	// Previous is what the last report of the kind was made of, for a 预警专报 the
	// last of any kind; nil for the first.
	Previous *indicator.Assessment
	Alerts   []alert.Alert
	// Rectified are the alerts that the last report told; none in the first.
	Rectified []Rectified
	// Cases are the 督办 of the alerts in force, by episode; one that nobody has
	// acted on may be missing.
	Cases []alert.Case
	// Episodes are the alerts in force in the year of an annual report, by when they
	// were raised.
	Episodes []Episode
	// Filing is by department, in the order to be printed: of the newest returns that
	// were due, in an annual report of all returns of the year.
	Filing []FilingStat
	// PreviousFiling is the state of filing that Previous was made of: the board of
	// a quarter leaves out what another unit filed late, then as now.
	PreviousFiling []FilingStat
	RunID          string
	// JournalHead is the hash of the newest entry of the journal of decisions.
	JournalHead string
	// CatalogueHash identifies the definitions in force.
	CatalogueHash string
	Made          time.Time
	TestData      bool
}

// A FilingStat says how a department has filed the returns that were due.
// Expected = Received + Returned + Missing, and Received = OnTime + Late.
type FilingStat struct {
	Department string
	Expected   int // 应报
	Received   int // 已报, accepted
	OnTime     int // 按时
	Late       int // 迟报, accepted after the deadline
	Returned   int // 退回未重报
	Missing    int // 未报
	// LateReturns lists the returns behind Late, Returned and Missing.
	LateReturns []LateReturn
}

// A LateReturn is a return that was late, was sent back or is missing.
type LateReturn struct {
	Name  string // 双城101表 2026年三季度
	State string // 迟报, 退回未重报, 逾期未报
	// Codes are the indicators that cannot be judged, or were judged late, for it.
	Codes []indicator.Code
}

// check refuses an input of which no whole report can be made. A report that
// says less than it should is worse than none (invariant 12).
func (in *Input) check() error {
	switch {
	case in.Kind.Name() == "":
		return fmt.Errorf("kind %q: want one of %q", in.Kind, Kinds)
	case in.Catalogue == nil:
		return errors.New("catalogue: want one, got none")
	case in.Assessment == nil || len(in.Assessment.Results) == 0:
		return errors.New("assessment: want results, got none")
	case in.Assessment.Period.IsZero():
		return errors.New("assessment: want a period, got none")
	case in.Kind == Annual && (in.Assessment.Period.Freq != period.Year || in.Assessment.Period.Year() > period.TargetYear):
		return fmt.Errorf("annual report of %s: want a year up to %d", in.Assessment.Period, period.TargetYear)
	case in.Assessment.AsOf.IsZero():
		return errors.New("assessment: want an as-of time, got none")
	case in.Made.IsZero():
		return errors.New("made: want a time, got none")
	}
	for _, id := range [...]struct{ name, value string }{
		{"results' hash", in.Assessment.Hash},
		{"run id", in.RunID},
		{"journal head", in.JournalHead},
		{"catalogue hash", in.CatalogueHash},
	} {
		if id.value == "" {
			return fmt.Errorf("%s: want one, got none", id.name)
		}
	}
	if err := in.checkResults(); err != nil {
		return err
	}
	return in.checkFiling()
}

func (in *Input) checkResults() error {
	seen := make(map[indicator.Code]bool, len(in.Assessment.Results))
	for i := range in.Assessment.Results {
		r := &in.Assessment.Results[i]
		if seen[r.Code] {
			return fmt.Errorf("result %s: want one, got two", r.Code)
		}
		seen[r.Code] = true
		if !finite(r) {
			return fmt.Errorf("result %s: want finite numbers", r.Code)
		}
		if !r.Value.OK && r.Absence == indicator.Present {
			return fmt.Errorf("result %s: want a value or the reason for its absence", r.Code)
		}
	}
	for i := range in.Catalogue.Indicators {
		ind := &in.Catalogue.Indicators[i]
		if t := ind.Target(); t != nil && !seen[ind.Code] {
			return fmt.Errorf("target %s %s: want a result, got none", t.ID, ind.Code)
		}
	}
	for code, pts := range in.Assessment.History {
		for _, p := range pts {
			if !indicator.Finite(p.Value) {
				return fmt.Errorf("history %s %s: want a finite number", code, p.Period)
			}
		}
	}
	return nil
}

func finite(r *indicator.Result) bool {
	for _, o := range [...]indicator.Opt[float64]{
		r.Value, r.YearAgo, r.Base, r.SinceBase, r.Path, r.Lead, r.FullYear, r.RequiredStep, r.Gap, r.CurrentGap,
	} {
		if o.OK && !indicator.Finite(o.V) {
			return false
		}
	}
	for _, o := range [...]indicator.Opt[indicator.Percent]{
		r.Growth, r.Published, r.Share, r.CAGR, r.LevelCompletion, r.ProgressCompletion, r.RequiredGrowth,
	} {
		if o.OK && !indicator.Finite(float64(o.V)) {
			return false
		}
	}
	for _, o := range [...]indicator.Opt[indicator.Points]{r.Change, r.ShareChange, r.ProgressLead} {
		if o.OK && !indicator.Finite(float64(o.V)) {
			return false
		}
	}
	p := r.Projection
	return indicator.Finite(float64(r.Elapsed)) &&
		(p == nil || indicator.Finite(p.Value) && !slices.ContainsFunc(p.Ahead, unbounded)) &&
		(r.Nowcast == nil || indicator.Finite(r.Nowcast.Off80) && indicator.Finite(r.Nowcast.Off95))
}

func unbounded(e indicator.Expected) bool {
	return !indicator.Finite(e.Value) || !indicator.Finite(e.Lo80) || !indicator.Finite(e.Hi80) ||
		!indicator.Finite(e.Lo95) || !indicator.Finite(e.Hi95)
}

func (in *Input) checkFiling() error {
	if len(in.Filing) == 0 {
		return errors.New("filing: want the departments' returns, got none")
	}
	for _, f := range in.Filing {
		if f.Received != f.OnTime+f.Late || f.Expected != f.Received+f.Returned+f.Missing ||
			min(f.OnTime, f.Late, f.Returned, f.Missing) < 0 {
			return fmt.Errorf("filing of %s: expected %d, received %d, on time %d, late %d, returned %d, missing %d do not add up",
				f.Department, f.Expected, f.Received, f.OnTime, f.Late, f.Returned, f.Missing)
		}
	}
	return nil
}
