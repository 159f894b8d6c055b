package indicator

import "zhibiao/kpi/period"

// A GoalKind is how the need of a goal is counted.
type GoalKind string

// The kinds, by nature and evaluation of the target (catalogue §1.1, §5.10).
const (
	GoalLevel  GoalKind = "level"  // growth a year
	GoalCount  GoalKind = "count"  // so many a year, a period
	GoalShare  GoalKind = "share"  // own growth for each growth of the whole
	GoalDays   GoalKind = "days"   // days left to a floor of the running year
	GoalGrowth GoalKind = "growth" // a growth rate against another (同步)
)

// A Goal is what must be delivered for a target by the end of a year. All of it
// is 测算: it is on no record. A field that cannot be computed is absent.
type Goal struct {
	Code    Code     `json:"code"`
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Kind    GoalKind `json:"kind,omitempty"`
	Target  float64  `json:"target"` // in Unit
	Text    string   `json:"text"`   // ≥22%
	By      int      `json:"by"`
	Every   bool     `json:"every,omitempty"` // a floor: each year by itself
	Reached bool     `json:"reached"`         // the newest value meets the target
	// Value is the newest; Basis what is computed from: the newest complete year
	// of a cumulative series, else Value.
	Value   Opt[float64]  `json:"value"`
	Period  period.Period `json:"period,omitzero"`
	Basis   Opt[float64]  `json:"basis"`
	BasisAt period.Period `json:"basis_at,omitzero"`
	Why     string        `json:"why,omitempty"` // nothing more can be said

	// Of is what has to deliver: the indicator itself, the part of a share, the
	// series behind a multiple or an average growth; From its newest value at
	// BasisAt, To what it must be at the end of By, both in its own unit.
	Of     Code         `json:"of,omitempty"`
	From   Opt[float64] `json:"from"`
	To     Opt[float64] `json:"to"`
	Strict bool         `json:"strict,omitempty"` // To is to be passed, not only reached
	Years  float64      `json:"years,omitempty"`  // left from BasisAt
	Growth Opt[Percent] `json:"growth"`           // a year; over the time left when that is less
	Step   Opt[float64] `json:"step"`             // a year
	Single Opt[float64] `json:"single"`           // a period of the indicator
	Ends   []Waypoint   `json:"ends,omitempty"`
	Rest   *RestOfYear  `json:"rest,omitempty"`
	Days   *DaysLeft    `json:"days,omitempty"`

	// Against is what the scenarios vary: the whole of a share, the growth that is
	// to be kept up with.
	Against Code         `json:"against,omitempty"`
	Slack   Opt[float64] `json:"slack"` // of a share: what the part has beyond the target now
	Given   []Scenario   `json:"given,omitempty"`
}

// A Waypoint is what a series must be at the end of a year.
type Waypoint struct {
	Year  int     `json:"year"`
	Value float64 `json:"value"`
}

// A RestOfYear is what the rest of the running year must add, beside what the same
// part of the year before did (never ×12/n: §5.23).
type RestOfYear struct {
	Period   period.Period `json:"period"`    // up to which the year has run
	Done     float64       `json:"done"`      // 累计
	Need     float64       `json:"need"`      // of the whole year
	Rest     float64       `json:"rest"`      // Need − Done
	SoFar    Opt[Percent]  `json:"so_far"`    // growth of Done
	LastRest Opt[float64]  `json:"last_rest"` // what the rest of the year before added
	Growth   Opt[Percent]  `json:"growth"`    // of Rest against LastRest
}

// A DaysLeft is how a floor on days stands in the running year (catalogue A28,
// §5.30).
type DaysLeft struct {
	Period  period.Period `json:"period"`
	Good    float64       `json:"good"`
	Left    int           `json:"left"`    // days of the year still to come
	Need    float64       `json:"need"`    // of them that must be good; beyond Left the floor is lost
	Allowed float64       `json:"allowed"` // days of the year that need not be good
	Used    float64       `json:"used"`
	Budget  float64       `json:"budget"` // Allowed − Used
}

// A Scenario is what is needed for one course of what it is measured against.
type Scenario struct {
	Given  Percent      `json:"given"`          // growth a year of Against
	Note   string       `json:"note,omitempty"` // which growth it is, when it is one that was
	Growth Percent      `json:"growth"`         // of Of, a year or the time left when that is less
	Whole  Opt[float64] `json:"whole"`          // Against at the end
	Part   Opt[float64] `json:"part"`           // Of at the end
	// Nominal is Growth with the newest price index, for a real growth.
	Nominal Opt[Percent] `json:"nominal"`
}
