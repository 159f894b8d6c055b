package indicator

import (
	"encoding/json"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/period"
)

// A Percent is a rate: growth, share, completion. 5.2 means 5.2 %.
type Percent float64

// A Points is a difference of percentages: 百分点. It is a type of its own, so
// that 0.3 百分点 can never be printed as 0.3 %.
type Points float64

// An Opt is a number that may be absent. An absent number is never zero and
// prints as “—”.
type Opt[T ~float64] struct {
	V  T
	OK bool
}

// Some makes a present number.
func Some[T ~float64](v T) Opt[T] { return Opt[T]{v, true} }

// MarshalJSON writes the number, or null.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.OK {
		return []byte("null"), nil
	}
	return json.Marshal(float64(o.V))
}

// UnmarshalJSON reads a number or null.
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*o = Opt[T]{}
		return nil
	}
	var v float64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*o = Some(T(v))
	return nil
}

// An ObsStatus is the state of an observation, SDMX CL_OBS_STATUS letters.
type ObsStatus string

// The statuses of catalogue §5.
const (
	Normal         ObsStatus = "A" // 已核实
	Provisional    ObsStatus = "P" // 快报、初步核算
	Estimated      ObsStatus = "E" // 推算
	Break          ObsStatus = "B" // 口径变动
	Different      ObsStatus = "D" // 定义不同
	NotSignificant ObsStatus = "N" // “…”: contributes 0 to sums
	CannotExist    ObsStatus = "M" // “—”: excluded
	Missing        ObsStatus = "O" // blank: never 0
)

// Name is the Chinese word of catalogue §5.
func (s ObsStatus) Name() string {
	switch s {
	case Normal:
		return "已核实"
	case Provisional:
		return "快报、初步数"
	case Estimated:
		return "推算"
	case Break:
		return "口径变动"
	case Different:
		return "定义不同"
	case NotSignificant:
		return "不足最小单位"
	case CannotExist:
		return "无此项数据"
	case Missing:
		return "未填"
	}
	return ""
}

// A Vintage is which release a value belongs to (§5.5).
type Vintage string

// The vintages. A share takes both parts from one.
const (
	Flash       Vintage = "flash"       // 快报
	Preliminary Vintage = "preliminary" // 初步核算
	Final       Vintage = "final"       // 最终核实
	Census      Vintage = "census"      // 普查修订
	Correction  Vintage = "correction"  // 更正
)

// Name is the Chinese name.
func (v Vintage) Name() string {
	switch v {
	case Flash:
		return "快报"
	case Preliminary:
		return "初步核算"
	case Final:
		return "最终核实"
	case Census:
		return "普查修订"
	case Correction:
		return "更正"
	}
	return ""
}

// A Measure is which number of a row an observation is. Published growth and
// the comparable year-ago figure are stored as filed, apart from the level (R22).
type Measure string

// The measures a form row can carry.
const (
	ValueMeasure   Measure = "value"    // 本期累计, 期末数, 本期数
	YearAgoMeasure Measure = "year_ago" // 上年同期（可比）, as filed
	GrowthMeasure  Measure = "growth"   // 同比增速, as filed
)

// An Observation is one filed cell: a value, or a typed absence, of an
// indicator for an area and a period, with where it stands.
type Observation struct {
	Code    Code                `json:"code"`
	Area    AreaID              `json:"area"` // resolved: never LJ
	Period  period.Period       `json:"period"`
	Measure Measure             `json:"measure"`
	Value   decimal.NullDecimal `json:"value"` // exact as filed; null unless status has a value
	Status  ObsStatus           `json:"status"`
	Vintage Vintage             `json:"vintage"`
	Caliber string              `json:"caliber,omitempty"`
	Note    string              `json:"note,omitempty"`
	Sheet   string              `json:"sheet"`
	Cell    string              `json:"cell"`
}

// A Lamp is the colour of an indicator against its target.
type Lamp string

// The lamps (catalogue §5). Grey is never shown as green.
const (
	Blue   Lamp = "blue"   // 已达标
	Green  Lamp = "green"  // 正常
	Yellow Lamp = "yellow" // 偏离
	Red    Lamp = "red"    // 落后
	Grey   Lamp = "grey"   // 无法判定
	NoLamp Lamp = ""       // no target, or listed without being scored
)

// Name is the Chinese word of the lamp.
func (l Lamp) Name() string {
	switch l {
	case Blue:
		return "蓝"
	case Green:
		return "绿"
	case Yellow:
		return "黄"
	case Red:
		return "红"
	case Grey:
		return "灰"
	}
	return "—"
}

// Mark is the lamp's shape: it must read in black-and-white print.
func (l Lamp) Mark() string {
	switch l {
	case Blue:
		return "★"
	case Green:
		return "●"
	case Yellow:
		return "◆"
	case Red:
		return "▲"
	case Grey:
		return "○"
	}
	return ""
}

// Meaning is what the colour says.
func (l Lamp) Meaning() string {
	switch l {
	case Blue:
		return "已达标"
	case Green:
		return "正常"
	case Yellow:
		return "偏离"
	case Red:
		return "落后"
	case Grey:
		return "无法判定"
	}
	return "不评分"
}

// Worse orders lamps: red 4, yellow 3, green 2, blue 1; grey and none are 0
// and compare with nothing.
func (l Lamp) Worse() int {
	switch l {
	case Blue:
		return 1
	case Green:
		return 2
	case Yellow:
		return 3
	case Red:
		return 4
	}
	return 0
}

// An Absence says why a number is not there. The empty Absence means it is.
type Absence string

// The absences. None of them is zero, green or a recovery.
const (
	Present       Absence = ""
	NotDue        Absence = "not_due"        // 未到报送期
	Overdue       Absence = "overdue"        // 逾期未报
	Returned      Absence = "returned"       // 退回未重报
	Unassigned    Absence = "unassigned"     // 无填报单位
	BlankCell     Absence = "blank"          // 已报但空白
	Dash          Absence = "cannot_exist"   // “—”
	NotComputable Absence = "not_computable" // 缺分量或分母为零
	Incomparable  Absence = "incomparable"   // 版本、口径或范围不一致
	NoBase        Absence = "no_base"        // 缺2022年基数
	TooFew        Absence = "too_few"        // 数据不足，不作预测
	Undefined     Absence = "undefined"      // 口径未定
)

// Name is the Chinese wording.
func (a Absence) Name() string {
	switch a {
	case NotDue:
		return "未到报送期"
	case Overdue:
		return "逾期未报"
	case Returned:
		return "退回未重报"
	case Unassigned:
		return "无填报单位"
	case BlankCell:
		return "已报但未填"
	case Dash:
		return "无此项数据"
	case NotComputable:
		return "无法计算"
	case Incomparable:
		return "不可比"
	case NoBase:
		return "缺2022年基数"
	case TooFew:
		return "数据不足"
	case Undefined:
		return "口径未定"
	}
	return ""
}

// A Projection is an estimate of the 2027 value. It is 测算, never a statistic.
type Projection struct {
	Value  float64 `json:"value"`  // the median: what is set against the target
	Method string  `json:"method"` // method@version
	Points int     `json:"points"` // annual values it stands on
	// Nowcast says that the last of the points is the running year, estimated. Its
	// error is in the intervals.
	Nowcast bool `json:"nowcast,omitempty"`
	// Ahead is the course to the target year, a year each after the last complete
	// one. It is empty when there are fewer than four successive annual values: then
	// there is a Value, but neither interval nor probability.
	Ahead []Expected `json:"ahead,omitempty"`
	// Probability is the chance of meeting the target in its year; absent is
	// 数据不足. It is never shown as 0 or 100: see About.
	Probability Opt[Percent] `json:"probability"`
}

// An Expected is a year that is not known: the median and the central 80 % and
// 95 % of its calibrated distribution, Lo95 ≤ Lo80 ≤ Value ≤ Hi80 ≤ Hi95.
type Expected struct {
	Year  int     `json:"year"`
	Value float64 `json:"value"`
	Lo80  float64 `json:"lo80"`
	Hi80  float64 `json:"hi80"`
	Lo95  float64 `json:"lo95"`
	Hi95  float64 `json:"hi95"`
}

// End is the target year with its intervals; ok is false when there are none.
func (p *Projection) End() (e Expected, ok bool) {
	if p == nil || len(p.Ahead) == 0 {
		return Expected{}, false
	}
	return p.Ahead[len(p.Ahead)-1], true
}

// A Nowcast is how good the estimate of the running year (FullYear) is, by what
// it would have said of each complete year from the others alone.
type Nowcast struct {
	Error  float64 `json:"error"`  // root mean square of those errors, in the unit
	Off80  float64 `json:"off80"`  // half-width of the 80 % interval, in the unit
	Off95  float64 `json:"off95"`  // and of the 95 % one
	Years  int     `json:"years"`  // complete years it stands on
	Method string  `json:"method"` // method@version
}

// A FloorChance is whether a yearly floor will be kept. It is 测算.
type FloorChance struct {
	From int `json:"from"` // the first year that is not complete
	To   int `json:"to"`   // the target year
	// Probability is the chance that every one of those years passes; absent is
	// 数据不足.
	Probability Opt[Percent] `json:"probability"`
	Points      int          `json:"points"` // annual values it stands on
	Method      string       `json:"method"` // method@version
}

// A Result is an indicator evaluated for an area and a period. A field that
// cannot be computed is absent; it is never zero. Units: Value, YearAgo, Base,
// SinceBase, Path, Lead, FullYear, Projection, Gap are in the indicator's unit.
type Result struct {
	Code   Code          `json:"code"`
	Name   string        `json:"name"`
	Area   AreaID        `json:"area"`
	Unit   string        `json:"unit"`
	Kind   Kind          `json:"kind"`
	Nature Nature        `json:"nature"`
	Asked  period.Period `json:"asked"`  // the evaluation's period
	Period period.Period `json:"period"` // the indicator's own period that was judged

	Value   Opt[float64] `json:"value"`
	Absence Absence      `json:"absence,omitempty"`
	Status  ObsStatus    `json:"status,omitempty"`
	Vintage Vintage      `json:"vintage,omitempty"`
	Caliber string       `json:"caliber,omitempty"`
	Carried int          `json:"carried,omitempty"` // periods a denominator was carried forward

	YearAgo   Opt[float64] `json:"year_ago"`
	Growth    Opt[Percent] `json:"growth"`    // from levels
	Published Opt[Percent] `json:"published"` // as filed, never recomputed
	Change    Opt[Points]  `json:"change"`    // for relative natures, against a year ago

	Share       Opt[Percent] `json:"share"`
	ShareOf     Code         `json:"share_of,omitempty"`
	ShareChange Opt[Points]  `json:"share_change"`

	Base      Opt[float64] `json:"base"` // 2022
	CAGR      Opt[Percent] `json:"cagr"` // 2022 → latest complete year
	SinceBase Opt[float64] `json:"since_base"`

	LevelCompletion    Opt[Percent] `json:"level_completion"`    // 水平完成率 x/T
	ProgressCompletion Opt[Percent] `json:"progress_completion"` // 进度完成率 (x−b)/(T−b)
	Elapsed            Percent      `json:"elapsed"`             // 时序进度 of the plan
	Path               Opt[float64] `json:"path"`                // where the plan would be now
	Lead               Opt[float64] `json:"lead"`                // value − path
	ProgressLead       Opt[Points]  `json:"progress_lead"`       // 进度完成率 − 时序进度

	FullYear       Opt[float64] `json:"full_year"`         // nowcast of the running year
	Nowcast        *Nowcast     `json:"nowcast,omitempty"` // its error; nil from one year alone
	RequiredGrowth Opt[Percent] `json:"required_growth"`   // a year, to reach the target, for levels
	RequiredStep   Opt[float64] `json:"required_step"`     // a year, in the unit, for linear natures
	Projection     *Projection  `json:"projection"`        // to 2027
	ProjectionWhy  Absence      `json:"projection_why,omitempty"`
	Floor          *FloorChance `json:"floor,omitempty"` // of a yearly floor
	Track          *TrackRecord `json:"track,omitempty"` // of the projection's method on this series
	Gap            Opt[float64] `json:"gap"`             // projected 2027 value − target; negative is short
	CurrentGap     Opt[float64] `json:"current_gap"`     // judged value − target

	TargetID string `json:"target_id,omitempty"`
	Reached  bool   `json:"reached"`
	Lamp     Lamp   `json:"lamp"`
	Reason   string `json:"reason"`           // one Chinese sentence
	Method   string `json:"method,omitempty"` // method@version of the lamp

	Measures Measures `json:"measures,omitzero"`

	Submission int64 `json:"submission,omitempty"` // that filed the value, for inputs
}

// A Point is a value of a series, for trends.
type Point struct {
	Period  period.Period `json:"period"`
	Value   float64       `json:"value"`
	Status  ObsStatus     `json:"status,omitempty"`
	Vintage Vintage       `json:"vintage,omitempty"`
	Caliber string        `json:"caliber,omitempty"`
	// Marked is the status that Break stands for: what is computed from the value has
	// it. Empty of another.
	Marked ObsStatus `json:"-"`
	// Carried is how many months the oldest stock in it was carried; 0 of an input.
	Carried int `json:"carried,omitempty"`
}

// An Assessment is everything one evaluation found.
type Assessment struct {
	Period  period.Period    `json:"period"`
	AsOf    time.Time        `json:"as_of"`
	Hash    string           `json:"hash"` // KPI hash: of the results, not of when they were made
	Results []Result         `json:"results"`
	History map[Code][]Point `json:"-"` // own-frequency values up to the period, oldest first
}
