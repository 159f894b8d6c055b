package document

// A Chart is one of its kinds; the others are nil. Everything that is written
// on it is text already; the raw numbers only place things.
type Chart struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Desc   string  `json:"desc"` // what it shows, in a sentence, for those who cannot see it
	Unit   string  `json:"unit,omitempty"`
	Trend  *Trend  `json:"trend,omitempty"`
	Bullet *Bullet `json:"bullet,omitempty"`
	Bars   *Bars   `json:"bars,omitempty"`
	Heat   *Heat   `json:"heat,omitempty"`
	Stack  *Stack  `json:"stack,omitempty"`
	Spark  *Spark  `json:"spark,omitempty"`
}

// A Mark is a value at a time. At is in years: 2023 is the end of 2022-12, so
// that the plan runs from 2023 to 2028; the year of a mark ends at its tick.
type Mark struct {
	At    float64 `json:"at"`
	Value float64 `json:"value"`
	Text  string  `json:"text,omitempty"` // printed digits with unit
	Label string  `json:"label"`          // period in words
}

// A Tick is a place on an axis with what is written there.
type Tick struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// An Axis is a scale with ticks in ascending order.
type Axis struct {
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Ticks []Tick  `json:"ticks"`
}

// A Trend is values through the years of the plan, with the path they should
// take and the target they are to reach.
type Trend struct {
	X Axis `json:"x"`
	Y Axis `json:"y"`
	// Columns draws the marks as columns: values of whole years, of which the
	// running one is not complete.
	Columns bool   `json:"columns"`
	Actual  []Mark `json:"actual"`
	// Running is the cumulative value of the year that is not over.
	Running *Mark `json:"running,omitempty"`
	// FullYear is the 测算 of the running year.
	FullYear *Mark  `json:"full_year,omitempty"`
	Path     []Mark `json:"path,omitempty"`
	// Projection is the 测算 of the target year, and Fan the intervals on the way to
	// it, by time; empty when there are none.
	Projection *Mark  `json:"projection,omitempty"`
	Fan        []Band `json:"fan,omitempty"`
	Target     *Mark  `json:"target,omitempty"`
}

// A Band is the central 80 % and 95 % of what a year may bring.
type Band struct {
	At    float64 `json:"at"` // years
	Value float64 `json:"value"`
	Lo80  float64 `json:"lo80"`
	Hi80  float64 `json:"hi80"`
	Lo95  float64 `json:"lo95"`
	Hi95  float64 `json:"hi95"`
}

// A Bullet sets the value and the projection against the target and the path.
type Bullet struct {
	Axis       Axis   `json:"axis"`
	Class      string `json:"class"`
	Value      Mark   `json:"value"`
	Path       *Mark  `json:"path,omitempty"`
	Projection *Mark  `json:"projection,omitempty"`
	Target     Mark   `json:"target"`
}

// Bars is ranked bars left and right of zero.
type Bars struct {
	Axis Axis  `json:"axis"`
	Bars []Bar `json:"bars"`
}

// A Bar is one of them. One without a value has its reason as Text.
type Bar struct {
	Label string  `json:"label"`
	Sign  Sign    `json:"sign"`
	Has   bool    `json:"has"`
	Value float64 `json:"value"`
	Text  string  `json:"text"`
	Link  string  `json:"link,omitempty"`
}

// Heat is a grid of counts: rows by columns of signs.
type Heat struct {
	Columns []Sign    `json:"columns"`
	Rows    []HeatRow `json:"rows"`
	Most    int       `json:"most"` // the greatest count
}

// A HeatRow is one row of it.
type HeatRow struct {
	Label  string `json:"label"`
	Link   string `json:"link,omitempty"`
	Counts []int  `json:"counts"`
}

// A Stack is rows of parts that make a whole.
type Stack struct {
	Parts []Part     `json:"parts"`
	Rows  []StackRow `json:"rows"`
}

// A Part is what a piece of a stack stands for.
type Part struct {
	Name  string `json:"name"`
	Class string `json:"class"`
}

// A StackRow is the counts of one row, as many as there are parts.
type StackRow struct {
	Label  string `json:"label"`
	Counts []int  `json:"counts"`
	Text   string `json:"text"` // written at the end of the row
}

// A Spark is a word-sized line of comparable values, oldest first.
type Spark struct {
	Class  string `json:"class"`
	Values []Mark `json:"values"`
}
