package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

// A Place names filed cells: those of a submission, all of them or one. File,
// Sheet and Cell choose among the submissions when Submission is 0.
type Place struct {
	Submission        int64
	File, Sheet, Cell string
}

// A Usage is what stands on some filed cells: the way from the left to the
// right, as Explain is the way back.
type Usage struct {
	Cells   []UsedCell  `json:"cells"`
	Results []UsedBy    `json:"results"` // at the period asked for
	Reports []ReportUse `json:"reports"` // already made
}

// A UsedCell is a filed figure and whether it is still in force.
type UsedCell struct {
	Code     indicator.Code    `json:"code"`
	Name     string            `json:"name"`
	Period   period.Period     `json:"period"`
	Measure  indicator.Measure `json:"measure"`
	Source   Source            `json:"source"`
	InForce  bool              `json:"in_force"`
	area     indicator.AreaID
	original *warehouse.Filed
}

// A UsedBy is an indicator that stands on a cell.
type UsedBy struct {
	Code   indicator.Code `json:"code"`
	Name   string         `json:"name"`
	Period period.Period  `json:"period"`
	Lamp   indicator.Lamp `json:"lamp"`
	// Formula is true when the value itself was computed from the cell; else the
	// cell is a year of the history that the forecast and the lamp stand on.
	Formula bool `json:"formula"`
}

// A ReportUse is a report that was made of the cell.
type ReportUse struct {
	Run    string           `json:"run"`
	Period period.Period    `json:"period"`
	Made   time.Time        `json:"made"`
	Codes  []indicator.Code `json:"codes"`
}

// Usage says what uses some filed cells: the indicators and lamps of a period as
// known at a time, and the reports that were made of them.
func (p *Pipeline) Usage(ctx context.Context, place Place, q period.Period, asOf time.Time) (*Usage, error) {
	u := &Usage{}
	if err := p.usedCells(ctx, u, place, asOf); err != nil {
		return nil, err
	}
	if len(u.Cells) == 0 {
		return nil, fmt.Errorf("cell %+v: %w", place, ErrUnknown)
	}
	a, err := p.Evaluate(ctx, q, asOf)
	if err != nil {
		return nil, err
	}
	if u.Results, err = p.usedBy(ctx, u.Cells, a); err != nil {
		return nil, err
	}
	now := p.Defs
	defer func() { p.Defs = now }()
	for _, e := range p.journal.entries {
		if e.Kind != Reported || e.At.After(asOf) {
			continue
		}
		if p.Defs, err = p.definitionsOf(e); err != nil {
			return nil, err
		}
		made, err := p.DB.Assessment(ctx, e.Run)
		if err != nil {
			return nil, err
		}
		used, err := p.usedBy(ctx, u.Cells, made)
		if err != nil {
			return nil, err
		}
		if len(used) == 0 {
			continue
		}
		r := ReportUse{Run: e.Run, Period: e.Period, Made: e.At}
		for _, x := range used {
			r.Codes = append(r.Codes, x.Code)
		}
		u.Reports = append(u.Reports, r)
	}
	return u, nil
}

// usedCells finds the filed values that stand in the cells.
func (p *Pipeline) usedCells(ctx context.Context, u *Usage, place Place, asOf time.Time) error {
	for _, d := range p.matching(place) {
		first := d.decisions[0]
		for _, code := range p.carried(first.Form) {
			ind := p.Defs.Catalogue.Indicator(code)
			area := p.Defs.Catalogue.Resolve(ind.Area)
			filed, err := p.DB.History(ctx, code, area, first.Period)
			if err != nil {
				return err
			}
			for i := range filed {
				f := &filed[i]
				if f.Submission != d.received.Seq || f.KnownFrom.After(asOf) ||
					place.Sheet != "" && f.Sheet != place.Sheet || place.Cell != "" && f.Cell != place.Cell {
					continue
				}
				u.Cells = append(u.Cells, UsedCell{
					Code: code, Name: ind.Name, Period: f.Period, Measure: f.Measure, Source: p.stated(f).Source,
					area: area, original: f,
				})
			}
		}
	}
	held, err := p.DB.Observations(ctx, nil, asOf)
	if err != nil {
		return err
	}
	for i := range u.Cells {
		c := &u.Cells[i]
		c.InForce = slices.ContainsFunc(held, func(f warehouse.Filed) bool {
			return f.Code == c.Code && f.Area == c.area && f.Period.End == c.Period.End && f.Measure == c.Measure &&
				f.Submission == c.original.Submission && f.KnownFrom.Equal(c.original.KnownFrom)
		})
	}
	return nil
}

// matching lists the returns that a place can stand in.
func (p *Pipeline) matching(place Place) []*dossier {
	var out []*dossier
	for _, list := range p.filed {
		for _, d := range list {
			if place.Submission == d.received.Seq || place.Submission == 0 && place.File == d.received.File {
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b *dossier) int { return int(a.received.Seq - b.received.Seq) })
	return out
}

// carried lists the codes that a form has rows for.
func (p *Pipeline) carried(number string) []indicator.Code {
	f := p.Defs.Forms.Form(number)
	if f == nil {
		return nil
	}
	var out []indicator.Code
	for i := range f.Editions {
		for j := range f.Editions[i].Rows {
			if c := f.Editions[i].Rows[j].Code; !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// usedBy lists the results of an assessment that stand on some cells.
func (p *Pipeline) usedBy(ctx context.Context, cells []UsedCell, a *indicator.Assessment) ([]UsedBy, error) {
	x, err := p.explainer(ctx, nil, a.AsOf)
	if err != nil {
		return nil, err
	}
	var out []UsedBy
	for i := range a.Results {
		r := &a.Results[i]
		inputs := p.Defs.Plan.Inputs(r.Code)
		direct, trend := false, false
		for j := range cells {
			c := &cells[j]
			f := x.filed[valueKey{c.Code, c.area, c.Period.End}]
			if c.Measure != indicator.ValueMeasure || !slices.Contains(inputs, c.Code) || f == nil ||
				f.Submission != c.original.Submission || !f.KnownFrom.Equal(c.original.KnownFrom) {
				continue // not what was known then
			}
			// Year ends of the series, and the year ago, are what growth and forecasts
			// stand on.
			trend = trend || r.Value.OK && c.Period.End < r.Period.End && (c.Period.LastMonth() == 12 || c.Period.End == r.Period.End-12)
			direct = direct || r.Value.OK && leafOf(x.indicator(r.Code, r.Period), f)
		}
		if direct || trend {
			out = append(out, UsedBy{Code: r.Code, Name: r.Name, Period: r.Period, Lamp: r.Lamp, Formula: direct})
		}
	}
	return out, nil
}

// leafOf reports whether a figure is a leaf of an explanation.
func leafOf(s *Step, f *warehouse.Filed) bool {
	if s.Source != nil && s.Source.Submission == f.Submission && s.Source.Sheet == f.Sheet && s.Source.Cell == f.Cell {
		return true
	}
	return slices.ContainsFunc(s.Steps, func(c *Step) bool { return leafOf(c, f) })
}
