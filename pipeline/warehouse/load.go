//go:build duckdb_arrow

package warehouse

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// The precision of a stored value: DECIMAL(24, 6).
const (
	precision = 24
	scale     = 6
)

// The values of the ENUM columns, in the order of migration 0002. A value that is
// not here is an error before DuckDB sees it.
var (
	freqs    = []string{"M", "Q", "H", "A"}
	measures = []string{string(indicator.ValueMeasure), string(indicator.YearAgoMeasure), string(indicator.GrowthMeasure)}
	statuses = []string{
		string(indicator.Normal), string(indicator.Provisional), string(indicator.Estimated), string(indicator.Break),
		string(indicator.Different), string(indicator.NotSignificant), string(indicator.CannotExist), string(indicator.Missing),
	}
	vintages = []string{
		string(indicator.Flash), string(indicator.Preliminary), string(indicator.Final), string(indicator.Census), string(indicator.Correction),
	}
)

// enumColumns are the ENUM columns: their place among the columns, their values.
var enumColumns = [...]struct {
	place int
	names []string
}{{2, freqs}, {3, measures}, {5, statuses}, {6, vintages}}

// enumValues are the values of enumColumns as the driver takes them.
var enumValues = func() (values [len(enumColumns)][]driver.Value) {
	for k, c := range enumColumns {
		for _, name := range c.names {
			values[k] = append(values[k], name)
		}
	}
	return values
}()

// measureEnum is the place of measures among enumColumns.
const measureEnum = 1

// A numbering gives keys the numbers that stand for them in the observation tables.
type numbering[K comparable] struct {
	known map[K]int32 // in the warehouse; not changed
	first int32       // number
	fresh []K         // not in the warehouse yet, in the order of their numbers
	ids   map[K]int32 // of all that were asked for
}

// of is the number of a key, which gets one when it has none.
func (n *numbering[K]) of(key K) int32 {
	id, ok := n.ids[key]
	if ok {
		return id
	}
	if id, ok = n.known[key]; !ok {
		id = n.next()
		n.fresh = append(n.fresh, key)
	}
	n.ids[key] = id
	return id
}

// next is the number of the next fresh key.
func (n *numbering[K]) next() int32 { return n.first + int32(len(n.known)+len(n.fresh)) }

// A load is the observations of one submission on their way into the observation
// table, taken in their order, a stretch at a time: each is read once, and a large
// load is checked while DuckDB stores what was taken before.
type load struct {
	obs    []indicator.Observation
	codes  numbering[Series]
	words  numbering[string]
	series []int32 // of the observations taken, by place
	end    []int32 // likewise
	stretch
	err error // why a staged load was not taken whole

	// The columns of the last observation as it has them and as they are stored:
	// they come in runs.
	enums [len(enumColumns)]string
	place [len(enumColumns)]uint8
	texts [4]string
	word  [4]int32

	filed map[cellKind][]uint64
	kind  cellKind // of the last observation
	seen  []uint64 // filed[kind]: bit of every series
	// A large load names the same series in the same order, period after period:
	// next is where the series to come stood before. That spares most look-ups.
	next  int
	first map[int32]int // where each series stood first
}

// A stretch is the other columns of the observations that were taken last.
type stretch struct {
	enum  [len(enumColumns)][]uint8 // places among the names of enumColumns
	value []decimal128.Num          // zero where there is none
	valid []bool                    // of value
	text  [4][]int32                // words, in the order of texts
}

// texts are the columns of an observation that hold texts: they repeat, and are
// stored as the numbers of words.
func texts(o *indicator.Observation) [4]string {
	return [4]string{o.Caliber, o.Note, o.Sheet, o.Cell}
}

// A cellKind is what tells two observations of one series apart.
type cellKind struct {
	end     int32
	measure uint8
}

func newLoad(obs []indicator.Observation, have numbers) *load {
	l := &load{
		obs:    obs,
		codes:  numbering[Series]{known: have.series, first: 1, ids: map[Series]int32{}},
		words:  numbering[string]{known: have.words, ids: map[string]int32{}},
		series: make([]int32, 0, len(obs)),
		end:    make([]int32, 0, len(obs)),
		filed:  map[cellKind][]uint64{},
		first:  map[int32]int{},
	}
	for k, c := range enumColumns {
		l.enums[k] = c.names[0]
	}
	return l
}

// take checks the next n observations against what the table can hold and makes
// them the stretch.
func (l *load) take(n int) error {
	s := &l.stretch
	s.value, s.valid = slices.Grow(s.value[:0], n), slices.Grow(s.valid[:0], n)
	for k := range s.enum {
		s.enum[k] = slices.Grow(s.enum[k][:0], n)
	}
	for k := range s.text {
		s.text[k] = slices.Grow(s.text[k][:0], n)
	}
	for range n {
		i := len(l.series)
		o := &l.obs[i]
		err := l.name(o)
		if err == nil {
			err = checkValue(o)
		}
		var value decimal128.Num
		if err == nil && o.Value.Valid {
			value, err = stored(o.Value.Decimal)
		}
		if err != nil {
			return fmt.Errorf("observation %s %s %s at %s!%s: %w", o.Code, o.Area, o.Period, o.Sheet, o.Cell, err)
		}
		s.value, s.valid = append(s.value, value), append(s.valid, o.Value.Valid)
		for k, place := range l.place {
			s.enum[k] = append(s.enum[k], place)
		}
		for k, word := range l.word {
			s.text[k] = append(s.text[k], word)
		}
		id, end := l.number(i), int32(o.Period.End)
		l.series, l.end = append(l.series, id), append(l.end, end)
		if !l.mark(id, cellKind{end, l.place[measureEnum]}) {
			return l.twice(i)
		}
	}
	return nil
}

// name finds the places and words of an observation.
func (l *load) name(o *indicator.Observation) error {
	for k, name := range [...]string{freqText(o.Period.Freq), string(o.Measure), string(o.Status), string(o.Vintage)} {
		if name == l.enums[k] {
			continue
		}
		c := enumColumns[k]
		at := slices.Index(c.names, name)
		if at < 0 {
			return fmt.Errorf("%s %q: want one of %q", observationColumns[c.place], name, c.names)
		}
		l.enums[k], l.place[k] = name, uint8(at)
	}
	for k, text := range texts(o) {
		if text != l.texts[k] {
			l.texts[k], l.word[k] = text, l.words.of(text)
		}
	}
	return nil
}

// renews reports whether something of a load may supersede something, ends being
// how far the series reach: of a series that goes on, nothing does.
func (l *load) renews(ends []int32) bool {
	for i, id := range l.series {
		if int(id) < len(ends) && l.end[i] <= ends[id] {
			return true
		}
	}
	return false
}

// mark notes that a series is filed for a kind of cell; it is false when it was
// before.
func (l *load) mark(id int32, kind cellKind) bool {
	if l.seen == nil || kind != l.kind {
		l.kind, l.seen = kind, l.filed[kind]
	}
	place, bit := int(id)/64, uint64(1)<<(id%64)
	if place >= len(l.seen) {
		l.seen = append(l.seen, make([]uint64, max(place+1, int(l.codes.next())/64+1)-len(l.seen))...)
		l.filed[kind] = l.seen
	}
	if l.seen[place]&bit != 0 {
		return false
	}
	l.seen[place] |= bit
	return true
}

// number is the series of observation i, the first that is not taken yet.
func (l *load) number(i int) int32 {
	o := &l.obs[i]
	var id int32
	if l.next < i && l.obs[l.next].Code == o.Code && l.obs[l.next].Area == o.Area {
		id = l.series[l.next]
	} else if id = l.codes.of(Series{o.Code, o.Area}); len(l.obs) > smallLoad {
		at, again := l.first[id]
		if !again {
			at, l.first[id] = i, i
		}
		l.next = at
	}
	l.next++
	return id
}

// twice is the error of an observation that stands somewhere before it too.
func (l *load) twice(i int) error {
	o := &l.obs[i]
	for j := range l.obs[:i] {
		p := &l.obs[j]
		if l.series[j] == l.series[i] && p.Period.End == o.Period.End && p.Measure == o.Measure {
			return fmt.Errorf("observation %s %s %s %s is filed twice: at %s!%s and %s!%s",
				o.Code, o.Area, o.Period, o.Measure, p.Sheet, p.Cell, o.Sheet, o.Cell)
		}
	}
	return nil
}

// checkValue refuses an observation that does not say what it is a value of, or
// whose value and status contradict one another.
func checkValue(o *indicator.Observation) error {
	switch {
	case o.Code == "":
		return errors.New("no code")
	case o.Area == indicator.LJ: // ranks have a peer group and no area
		return fmt.Errorf("area %q: want a resolved area", o.Area)
	case o.Period.End < 0 || o.Period.End > math.MaxInt32:
		return fmt.Errorf("period end %d out of range", o.Period.End)
	}
	switch o.Status {
	case indicator.NotSignificant, indicator.CannotExist, indicator.Missing:
		if o.Value.Valid {
			return fmt.Errorf("value %s with status %s: want no value", o.Value.Decimal, o.Status)
		}
	default:
		if !o.Value.Valid {
			return fmt.Errorf("no value with status %s: want a value, or status N, M or O", o.Status)
		}
	}
	return nil
}

var pow10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// stored is v as a count of millionths. A value that DECIMAL(24, 6) cannot hold
// exactly is an error: nobody rounds a department's number.
func stored(v decimal.Decimal) (decimal128.Num, error) {
	shift := int64(v.Exponent()) + scale
	digits := int64(v.NumDigits())
	if shift >= 0 {
		if digits+shift <= 18 {
			return decimal128.FromI64(v.CoefficientInt64() * pow10[shift]), nil
		}
		if v.IsZero() {
			return decimal128.Num{}, nil
		}
		if digits+shift > precision {
			return decimal128.Num{}, fmt.Errorf("value has %d digits before the decimal point: want at most %d", digits+int64(v.Exponent()), precision-scale)
		}
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(shift), nil)
		return decimal128.FromBigInt(n.Mul(n, v.Coefficient())), nil
	}
	if v.IsZero() {
		return decimal128.Num{}, nil
	}
	// Digits beyond the sixth decimal must be zeros; there are no more zeros than digits.
	if -shift < digits {
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(-shift), nil)
		n, rest := new(big.Int).QuoRem(v.Coefficient(), unit, new(big.Int))
		if rest.Sign() == 0 {
			if digits+shift > precision {
				return decimal128.Num{}, fmt.Errorf("value has %d digits before the decimal point: want at most %d", digits+int64(v.Exponent()), precision-scale)
			}
			return decimal128.FromBigInt(n), nil
		}
	}
	return decimal128.Num{}, fmt.Errorf("value has more than %d decimals", scale)
}

// freqText is f.String() without making a string.
func freqText(f period.Freq) string {
	for _, s := range freqs {
		if s[0] == byte(f) {
			return s
		}
	}
	return ""
}

// smallLoad is up to how many observations the appender is used: it costs more a
// row than Arrow, and less a load. Nearly every return is small.
const smallLoad = 1000

var observationColumns = []string{
	"series", "period_end", "freq", "measure", "value", "obs_status", "vintage",
	"caliber", "note", "submission", "sheet", "cell", "known_from",
}

// rows are the observations of a small load, all taken, as rows of observationColumns.
func (l *load) rows(sub Submission) [][]driver.Value {
	rows := make([][]driver.Value, len(l.obs))
	width := len(observationColumns)
	cells := make([]driver.Value, 0, len(rows)*width)
	var id, known driver.Value = sub.ID, sub.Decided
	for i := range rows {
		var value driver.Value
		if l.valid[i] {
			value = duckdb.Decimal{Width: precision, Scale: scale, Value: l.value[i].BigInt()}
		}
		var enum [len(enumColumns)]driver.Value
		for k := range enum {
			enum[k] = enumValues[k][l.enum[k][i]]
		}
		cells = append(cells,
			l.series[i], l.end[i], enum[0], enum[1], value, enum[2], enum[3],
			l.text[0][i], l.text[1][i], id, l.text[2][i], l.text[3][i], known)
		rows[i] = cells[i*width : (i+1)*width]
	}
	return rows
}

// appendRows adds rows of values, in the order of columns, to a table in the
// transaction that is open on conn.
func appendRows(conn *sql.Conn, table string, columns []string, rows [][]driver.Value) error {
	if len(rows) == 0 {
		return nil
	}
	return conn.Raw(func(c any) (err error) {
		a, err := duckdb.NewAppenderWithColumns(c.(driver.Conn), "", "", table, columns)
		if err != nil {
			return fmt.Errorf("append to %s: %w", table, err)
		}
		defer func() {
			if cerr := a.Close(); cerr != nil {
				err = errors.Join(err, fmt.Errorf("append to %s: %w", table, cerr))
			}
		}()
		for _, row := range rows {
			if err := a.AppendRow(row...); err != nil {
				return fmt.Errorf("append to %s: %w", table, err)
			}
		}
		return nil
	})
}
