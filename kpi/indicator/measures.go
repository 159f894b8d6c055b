package indicator

import "zhibiao/kpi/period"

// Measures are what a statistician asks of a value beyond its level and its
// growth. Each is nil or absent when it cannot be computed: never zero.
type Measures struct {
	InPeriod     *InPeriod     `json:"in_period,omitzero"`    // 当期, of cumulative natures
	YearToDate   Opt[float64]  `json:"year_to_date,omitzero"` // 本年累计, of 本期数
	Chain        *Chain        `json:"chain,omitzero"`        // 环比
	BackOut      *BackOut      `json:"back_out,omitzero"`     // 基数倒推核对
	Contribution *Contribution `json:"contribution,omitzero"` // 贡献率、拉动
	Parts        *ShareParts   `json:"parts,omitzero"`        // what moved a share
	Pace         *Pace         `json:"pace,omitzero"`         // 序时, within the running year
	Floors       []FloorYear   `json:"floors,omitzero"`       // every complete year of a floor
	Days         *DayBudget    `json:"days,omitzero"`         // of a floor on days
	BeforeCensus *BeforeCensus `json:"before_census,omitzero"`
}

// An InPeriod is 当期: what a cumulative value grew by within its last period. It
// is derived, never a reported value, and may be negative after a revision
// (catalogue §5.3).
type InPeriod struct {
	Value  float64      `json:"value"`
	From   int          `json:"from"`   // first month of the span
	To     int          `json:"to"`     // last month
	Merged bool         `json:"merged"` // 1—2月合并: January is not reported (§5.4)
	Growth Opt[Percent] `json:"growth"` // against the same span a year ago
}

// A Chain is 环比: against the period before, found by its ordinal. Levels and
// counts have a step and, on a positive base, a growth; shares and rates move by
// 百分点.
type Chain struct {
	Against period.Period `json:"against"`
	Growth  Opt[Percent]  `json:"growth"`
	Step    Opt[float64]  `json:"step"` // in the unit
	Change  Opt[Points]   `json:"change"`
}

// A BaseVerdict is what the back-out check of the base found.
type BaseVerdict string

// The verdicts of peers.md §2.15: one message for each way of disagreeing.
const (
	SameBase     BaseVerdict = "same"     // the published growth is that of the levels
	RestatedBase BaseVerdict = "restated" // it is that over the comparable base filed with it
	Deflated     BaseVerdict = "deflator" // it is real, the levels are nominal, and prices explain the rest
	SuspectBase  BaseVerdict = "suspect"  // nothing explains it
)

// Name is the Chinese word.
func (v BaseVerdict) Name() string {
	switch v {
	case SameBase:
		return "同一基数"
	case RestatedBase:
		return "基数重述"
	case Deflated:
		return "价格缩减"
	case SuspectBase:
		return "疑似误填"
	}
	return ""
}

// A BackOut sets the published growth of a level beside the computed one: level ÷
// (1 + published growth) is the base that the publisher used (catalogue §5.2, R21).
type BackOut struct {
	Implied    float64      `json:"implied"`    // 倒推的上年同期
	Stored     Opt[float64] `json:"stored"`     // 上年同期 as accepted then
	Filed      Opt[float64] `json:"filed"`      // 上年同期（可比） as filed now
	Difference Points       `json:"difference"` // published − computed growth
	Deflator   Opt[Percent] `json:"deflator"`   // implied change of prices, when the growth is real
	Verdict    BaseVerdict  `json:"verdict"`
}

// A Contribution is what a part did for the growth of its whole, in one area and
// one price basis (catalogue §5.12).
type Contribution struct {
	Whole          Code    `json:"whole"`
	WholeIncrement float64 `json:"whole_increment"` // in the unit of the levels
	PartIncrement  float64 `json:"part_increment"`
	Share          Percent `json:"share"`  // 贡献率
	Pull           Points  `json:"pull"`   // 拉动, 百分点
	Method         string  `json:"method"` // method@version; an approximation is named
}

// ShareParts splits the change of a share into what the part's own growth and
// what the whole's growth did: s₁−s₀ = s₀(gₐ−g_b)/(1+g_b). Both growths are
// nominal, as the share is (peers.md §3.8).
type ShareParts struct {
	Part      Code     `json:"part"`
	Whole     Code     `json:"whole"`
	PartGrew  Percent  `json:"part_grew"`
	WholeGrew Percent  `json:"whole_grew"`
	Own       Points   `json:"own"`   // s₀·gₐ/(1+g_b)
	Wider     Points   `json:"wider"` // −s₀·g_b/(1+g_b)
	Total     Points   `json:"total"` // Own + Wider, the change of the share
	Needed    []Needed `json:"needed,omitempty"`
}

// Needed is the nominal growth a year that a part needs for its share to reach
// the target, when its whole grows by so much a year.
type Needed struct {
	Wider Percent `json:"wider"`
	Own   Percent `json:"own"`
}

// A Pace is 序时进度 within the running year: how far a cumulative value is on
// the way to what the year should bring. It is not clipped.
type Pace struct {
	YearTarget   float64      `json:"year_target"` // of the path to the target, or the floor
	Completion   Percent      `json:"completion"`
	Linear       Percent      `json:"linear"`        // months or days passed
	Lead         Points       `json:"lead"`          // completion − linear
	Seasonal     Opt[Percent] `json:"seasonal"`      // mean share of the year in past years
	SeasonalLead Opt[Points]  `json:"seasonal_lead"` // completion − seasonal
	Years        int          `json:"years"`         // that the season stands on
	Remaining    Opt[float64] `json:"remaining"`     // each remaining period must bring, in the unit
	Multiple     Opt[float64] `json:"multiple"`      // that, as a multiple of the mean so far
}

// A FloorYear is a complete year held against a floor.
type FloorYear struct {
	Year  int     `json:"year"`
	Value float64 `json:"value"`
	Met   bool    `json:"met"`
}

// A DayBudget is how a floor on a number of good days in the year stands.
type DayBudget struct {
	Rate    Percent `json:"rate"`    // good of valid days
	Allowed int     `json:"allowed"` // days of the year that need not be good
	Used    int     `json:"used"`    // days passed that were not good, or not measured
	// Left is Allowed − Used; below zero the floor is broken whatever follows.
	Left     int     `json:"left"`
	FullYear float64 `json:"full_year"` // days, carried on linearly over valid days
}

// BeforeCensus is the judged value on the basis that the targets were fixed on,
// beside the current one (catalogue §5.5): a census may lift a value over its
// target without any growth.
type BeforeCensus struct {
	Period  period.Period `json:"period"` // of both values
	Value   float64       `json:"value"`  // on the basis before the census
	Current float64       `json:"current"`
	// Factor is census ÷ before at Overlap, the newest period that has both. A
	// period first known after the census has no value of its own on the basis
	// before: Linked says that it was divided by Factor, an estimate.
	Factor         float64       `json:"factor"`
	Overlap        period.Period `json:"overlap"`
	Linked         bool          `json:"linked"`
	Gap            float64       `json:"gap"` // value − target
	CurrentGap     float64       `json:"current_gap"`
	Reached        bool          `json:"reached"`
	CurrentReached bool          `json:"current_reached"`
	Method         string        `json:"method"`
}
