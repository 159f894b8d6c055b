// Package indicator holds the nouns of the domain: Indicator, Area, Unit,
// Target, Observation, Result, and the Catalogue that is loaded from YAML. It
// computes nothing and knows no database, no workbook and no clock.
package indicator

import (
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// A Code names an indicator for ever: <MEASURE>.<AREA>, as in domain catalogue
// §1.1 (GDP.TOTAL.ALL). A change of definition gets a new caliber, not a code.
type Code string

// An AreaID is the suffix of a code and the second half of a series key.
type AreaID string

// The areas of the catalogue. LJ is an alias: the text does not say which
// scope is meant, and one setting resolves it.
const (
	All   AreaID = "ALL"   // 全域
	Dir   AreaID = "DIR"   // 直管区
	Mua   AreaID = "MUA"   // 主城都市区
	City  AreaID = "CQ"    // 全市
	Joint AreaID = "JOINT" // 跨区域共建
	LJ    AreaID = "LJ"    // 新区，口径未写明
)

// A Nature decides what may be done with a series (catalogue §1.1).
type Nature string

// The natures of the catalogue.
const (
	FlowYTD         Nature = "flow_ytd"
	StockEnd        Nature = "stock_end"
	CountStock      Nature = "count_stock"
	CountFlowYTD    Nature = "count_flow_ytd"
	CountFlowPeriod Nature = "count_flow_period"
	CountCum        Nature = "count_cum_since_base"
	Ratio           Nature = "ratio"
	CAGR            Nature = "cagr"
	GrowthRate      Nature = "growth_rate"
	DiffPP          Nature = "diff_pp"
	Index           Nature = "index"
	Rank            Nature = "rank"
	Binary          Nature = "binary"
	Magnitude       Nature = "magnitude"
)

// Cumulative reports whether a value of this nature runs from 1 January to the
// end of the period (1—本月累计). Such values are never summed.
func (n Nature) Cumulative() bool { return n == FlowYTD || n == CountFlowYTD }

// Relative reports whether differences of this nature are 百分点, not per cent.
func (n Nature) Relative() bool {
	switch n {
	case Ratio, CAGR, GrowthRate, DiffPP:
		return true
	}
	return false
}

// Stock reports whether the value is a state at the period's end.
func (n Nature) Stock() bool { return n == StockEnd || n == CountStock }

// Geometric reports whether a series grows by rates: money and other levels do,
// counts, shares and days move by steps (§5.10).
func (n Nature) Geometric() bool { return n == FlowYTD || n == StockEnd }

// Evidence reports whether the value comes from a document, not a measurement.
func (n Nature) Evidence() bool { return n == Rank || n == Binary || n == Magnitude }

// Name is the Chinese word.
func (n Nature) Name() string {
	switch n {
	case FlowYTD:
		return "年内累计数"
	case StockEnd:
		return "期末数"
	case CountStock:
		return "期末个数"
	case CountFlowYTD:
		return "年内累计个数"
	case CountFlowPeriod:
		return "本期个数"
	case CountCum:
		return "基期以来累计个数"
	case Ratio:
		return "比率"
	case CAGR:
		return "年均增速"
	case GrowthRate:
		return "增速"
	case DiffPP:
		return "百分点之差"
	case Index:
		return "指数"
	case Rank:
		return "位次"
	case Binary:
		return "认定"
	case Magnitude:
		return "量级"
	}
	return ""
}

// A Kind says where values come from.
type Kind string

// The kinds: filed by a department, computed from others, or a scope alias.
const (
	Input   Kind = "input"
	Derived Kind = "derived"
	Alias   Kind = "alias"
)

// A Necessity says how much the absence of an input matters.
type Necessity string

// The necessities of the catalogue. Optional inputs are never chased.
const (
	Core       Necessity = "core"
	Supporting Necessity = "supporting"
	Evidence   Necessity = "evidence"
	Optional   Necessity = "optional"
)

// A Register says whether a count is proved by a list of units (逐户名录, §5.27).
type Register string

// The registers. An optional one is checked when it is there: 7,000 firms are
// not listed on every return.
const (
	NoRegister       Register = ""
	RegisterRequired Register = "required"
	RegisterOptional Register = "optional"
)

// A Rounding is how printed values are rounded; comparisons never round.
type Rounding string

// The roundings of the catalogue (§5.9).
const (
	HalfUp   Rounding = "half_up"   // 四舍五入
	HalfEven Rounding = "half_even" // GB/T 8170, environment
	NoRound  Rounding = "none"      // whole numbers, ranks
)

// A PriceBasis says what prices a series is measured in (§5.1). 名义 and
// 可比价 are never mixed.
type PriceBasis string

// The price bases.
const (
	Current  PriceBasis = "current"  // 现价、名义
	Constant PriceBasis = "constant" // 不变价、可比价
	NoPrice  PriceBasis = ""         // no money in it
)

// An Indicator is one series of the catalogue, with all that is known of it.
type Indicator struct {
	Code      Code
	Name      string // 中文名称
	Kind      Kind
	Area      AreaID // as in the code; "" for rank and first targets
	PeerGroup string // 全市, 全国 …: whom a rank is among
	Unit      string // symbol of a Unit of the catalogue
	Decimals  int    // printed, not stored
	Rounding  Rounding
	Nature    Nature
	Freq      period.Freq
	// Direction is +1 when more is better, -1 when less is.
	Direction  int
	PriceBasis PriceBasis
	// GrowthBasis is the basis of the published growth of this level: that of its
	// own price unless said otherwise. 增加值 are filed in current prices and their
	// growth in constant ones (§5.1).
	GrowthBasis PriceBasis
	// Formula is the source text in the formula language; "" for inputs. An
	// alias has the code it resolves to under the scope setting.
	Formula string
	// FormulaAt is where the formula's text begins in its file, so that what is
	// wrong inside a formula can be placed. It is zero when there is none.
	FormulaAt finding.Place
	// Aliases are the codes an alias may stand for, by scope (DIR → GDP.TOTAL.DIR).
	Aliases map[AreaID]Code
	// ShareOf is the wider series this one is a part of, for the share measure.
	ShareOf Code
	// Growth is the input that carries the published growth of this level, when
	// there is one (GDP.TOTAL.ALL → GDP.GROWTH.ALL). Published growth is never
	// recomputed from levels.
	Growth Code
	// Filer names the departments that file it, the responsible one first.
	Filer      []string
	FilerBasis string // 原文（任务8）, 推断 …: how we know who files it
	Form       string // 双城101表; "" when nobody files it
	DataOrigin string
	Base2022   bool // a 2022 value is needed (form 900)
	// Jump is the change against 上年同期, in per cent, that asks for a reason; 0
	// leaves it to the rule's limit (R19).
	Jump float64
	// Evidence asks for a document on the sheet 佐证材料 when there is a figure
	// above zero (R33).
	Evidence bool
	// Register says whether the units counted are listed on the sheet 名录 (R35).
	Register Register
	// Caliber lists the allowed caliber marks when one is mandatory (R28).
	Caliber   []string
	Necessity Necessity
	Note      string
	Targets   []Target // none, or one
	Line      int      // where it is defined, for findings
	File      string
}

// Target returns the indicator's target, or nil.
func (i *Indicator) Target() *Target {
	if len(i.Targets) == 0 {
		return nil
	}
	return &i.Targets[0]
}

// A Comparator is how a value meets a target (catalogue §1.1). There are five.
type Comparator string

// The comparators.
const (
	GT     Comparator = "gt" // 超过, 突破: strict
	GE     Comparator = "ge" // 达到, 以上
	Approx Comparator = "approx"
	ByRank Comparator = "rank"
	Exists Comparator = "exists"
)

// An Evaluation is what is compared with the target.
type Evaluation string

// The evaluation modes.
const (
	Endpoint   Evaluation = "endpoint_2027"
	Floor      Evaluation = "floor_every_year"
	CAGRTarget Evaluation = "cagr_2022_2027"
	Cumulative Evaluation = "cumulative_since_2023"
	Sync       Evaluation = "sync_each_year"
	RankTarget Evaluation = "rank"
)

// A Method is how a lamp is set, with its version. A change of any rule takes a
// new version; it is stored with every lamp, and a board has one method for each
// evaluation unless the settings say otherwise (invariant 8).
type Method string

// The methods. The first five are those of catalogue §5, one for each evaluation;
// the others are published ones that a target or the settings may name instead
// (peers.md §3): they judge what was done so far and forecast nothing.
const (
	EndpointForecast   Method = "endpoint-forecast@2"
	FloorEveryYear     Method = "floor-every-year@1"
	CAGRHeld           Method = "cagr-held@1"
	CumulativeForecast Method = "cumulative-forecast@2"
	SyncEachYear       Method = "sync-each-year@1"
	StatCanProgress    Method = "statcan-progress@1" // 加拿大统计局、Open SDG
	UNProgress         Method = "un-progress@1"      // 联合国统计司
	LinearProgress     Method = "linear-progress@1"  // SDSN, with the bands of Eurostat
	PaceProgress       Method = "pace@1"             // 序时，天津2022
)

// methodOf is the method of catalogue §5 for an evaluation.
func methodOf(e Evaluation) Method {
	switch e {
	case Floor:
		return FloorEveryYear
	case CAGRTarget:
		return CAGRHeld
	case Cumulative:
		return CumulativeForecast
	case Sync:
		return SyncEachYear
	}
	return EndpointForecast
}

// A Tolerance softens an approx or sync comparison.
type Tolerance struct {
	Type  string  // band_pp, order_of_magnitude, label
	Lower float64 // 百分点 below the target that still count, for band_pp
	Note  string
}

// A Target is one quantified or rank aim of the plan, with its source.
type Target struct {
	ID         string // A01 … D04
	Tier       string // A, B, C, D
	Name       string // as the plan words it
	Quote      string // verbatim
	Line       int    // line of the plan document
	Action     int    // 专项行动, 1–9
	Task       int    // 0 when the target stands in a section opening
	Leads      []string
	LeadStatus string // stated, inferred, none_in_text
	LeadTasks  []int  // tasks the lead is inferred from
	Primary    string // the department that answers first
	Comparator Comparator
	Words      string // the word in the text
	Value      float64
	HasValue   bool // false for “前列” without a number
	Unit       string
	Year       int
	Evaluation Evaluation
	Method     Method // declared, or that of the settings, or that of the evaluation
	Strength   string // 力争, 确保, plain
	Tolerance  *Tolerance
	ScopeBasis string
	Direction  int
	Scored     bool // false: listed, never judged
	Caveat     string
}

// An Area is a region with its membership through time (§5.6, §6.1). Targets
// are pinned to the version of 2023.
type Area struct {
	ID       AreaID
	Name     string
	Note     string
	Parent   AreaID // the wider area that contains it; "" for none
	Versions []AreaVersion
}

// An AreaVersion is the membership of an area from a day on.
type AreaVersion struct {
	ID      string // ALL@2023
	From    string // first day, 2006-01-02
	To      string // last day, "" while in force
	Members string // in words: member lists belong to official registers
	Basis   string // document or note that says so
}

// A Unit is a unit of measure. Values of one Dimension convert by Factor.
type Unit struct {
	Symbol    string
	Dimension string // money_cny, persons, percent, points …
	// Factor is how many base units of the dimension one of this unit is:
	// 万元 10000, 亿元 100000000. Exact decimal text.
	Factor  string
	Whole   bool     // values must be non-negative whole numbers (R05)
	Aliases []string // other spellings seen on sheets
}

// A Department files returns and leads tasks.
type Department struct {
	Name      string
	From, To  string // valid days, "" = open
	Successor string // 承接: who took over; "" none
	Tasks     []int
	Note      string
}

// An Action is one of the nine 专项行动.
type Action struct {
	No    int
	Name  string
	Tasks []int
}

// A Task is one of the forty tasks.
type Task struct {
	No         int
	Title      string
	Action     int // 0 for 组织保障
	Leads      []string
	LeadStatus string
	Line       int
	Targets    []string
}

// A Record is a directional phrase (tier E) or a milestone (tier F): listed,
// with its source, never scored.
type Record struct {
	ID         string
	Name       string // proxy for a direction, the quote for a milestone
	Quote      string
	Line       int
	Action     int
	Task       int
	Leads      []string
	LeadStatus string
	LeadTasks  []int // tasks the lead is inferred from
	Note       string
}

// A Feature is a process requirement of the plan (P01 …), kept with its quote.
type Feature struct {
	ID, Quote, Feature, Users, Cadence string
	Paragraph                          int
	Objects                            []string // what the system keeps for it
}

// A Rule is a check of the catalogue, §5.A. Exprs are in the formula language;
// a rule without one is a check that code does (header, grammar, duplicates).
type Rule struct {
	ID      string // R01 …
	Level   string // mandatory or plausibility
	Name    string
	Text    string // the rule in words
	Message string // Chinese
	Hint    string // Chinese: how to fix
	Exprs   []string
	// ExprAt is where each of Exprs begins in its file; it has the same length.
	ExprAt []finding.Place
	// Annual limits the rule to periods that end a year: what it relates is a
	// full-year figure.
	Annual bool
	// Rounding allows the two sides of each expression the error that rounding
	// the parts makes: half of the last printed place for every part (R30, §5.9).
	Rounding bool
	// Limit is the threshold of a rule that code implements, in the unit
	// its text names (R19 30 %, R21 0.5 百分点, R32 1 %); 0 when it has none.
	Limit float64
	// Least is how many of its last printed place a base must have to be compared
	// with: 10 is ten firms, or 0.10 亿元 (R19).
	Least float64
	// Low and High bound the price change, in per cent, that may stand between a
	// nominal and a real growth (R21).
	Low, High float64
	// Words are what a 说明 must name one of: the reason codes of R23, the
	// documents of R32. None leaves the wording to the filer.
	Words []string
	// From and To are the days between which the last day of a report period must
	// lie for the rule to apply; "" is open. An old return is judged by the rules
	// of its own time.
	From, To string
	Line     int
	File     string
}

// InForce reports whether the rule applies to returns of a period.
func (r *Rule) InForce(p period.Period) bool {
	day := p.Last().Format("2006-01-02")
	return (r.From == "" || day >= r.From) && (r.To == "" || day <= r.To)
}

// An AlertRule says when an indicator is worth a leader's attention.
type AlertRule struct {
	ID      string // lamp-red, behind-path, floor-broken …
	Name    string // Chinese
	When    string // condition kind, see kpi/alert
	Level   string // 黄, 橙, 红
	Value   float64
	Periods int // consecutive periods before it fires
	// Clear is how many own periods in a row must be clear before what fired is
	// resolved; 0 is what kpi/alert takes for its kind.
	Clear int
	// Escalate is how many further months of broken own periods raise the level by
	// one, 黄 to 橙 to 红; 0 is never.
	Escalate int
	Selector []string
	// Place is where the rule is defined.
	Place finding.Place
}

// Settings are what 双城办 decides; changed only there, never in code.
type Settings struct {
	// Scope resolves LJ: DIR (default) or ALL.
	Scope AreaID
	// AmberShortfall is the share of a level target that may be missing and
	// still be yellow (0.05); AmberPoints the same for ratios, in 百分点 (1);
	// AmberLag the lag of progress behind the path that makes yellow, 百分点 (10).
	AmberShortfall float64
	AmberPoints    float64
	AmberLag       float64
	// MinSeasonalYears is how many complete years a full-year estimate needs (2).
	MinSeasonalYears int
	// MinAnnualPoints is how many annual values a projection needs (3).
	MinAnnualPoints int
	// LampMethod judges every endpoint and cumulative target that declares none;
	// "" is the method of catalogue §5. MixedMethods allows a target another
	// method than its board: its lamp then cannot be compared with the others.
	LampMethod   Method
	MixedMethods bool
}

// A Catalogue is everything the definitions say. It is immutable once loaded.
type Catalogue struct {
	Indicators  []Indicator // by 专项行动, then target, each followed by its inputs
	Areas       []Area
	Units       []Unit
	Departments []Department
	Actions     []Action
	Tasks       []Task
	Directions  []Record
	Milestones  []Record
	Features    []Feature
	Rules       []Rule
	AlertRules  []AlertRule
	Settings    Settings
	// Hash is the SHA-256 of the definition files: a run records what it ran on.
	Hash string

	byCode map[Code]*Indicator
	byUnit map[string]*Unit
	byArea map[AreaID]*Area
	byDept map[string]*Department
}
