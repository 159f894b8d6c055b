//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

//go:embed observation_load.sql
var observationLoadSQL string

// The precision of a stored value: DECIMAL(24, 6).
const (
	precision = 24
	scale     = 6
)

// batchRows is how many observations cross to DuckDB at once. It bounds the
// memory of a large load and is a multiple of DuckDB's vector of 2048.
const batchRows = 32 * 2048

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

var (
	enumType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}
	textType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint32, ValueType: arrow.BinaryTypes.String}

	observationSchema = arrow.NewSchema([]arrow.Field{
		{Name: "series", Type: arrow.PrimitiveTypes.Int32},
		{Name: "period_end", Type: arrow.PrimitiveTypes.Int32},
		{Name: "freq", Type: enumType},
		{Name: "measure", Type: enumType},
		{Name: "value", Type: &arrow.Decimal128Type{Precision: precision, Scale: scale}, Nullable: true},
		{Name: "obs_status", Type: enumType},
		{Name: "vintage", Type: enumType},
		{Name: "caliber", Type: textType},
		{Name: "note", Type: textType},
		{Name: "sheet", Type: textType},
		{Name: "cell", Type: textType},
	}, nil)
)

// A load is the observations of one submission, checked and in the form of the
// observation table.
type load struct {
	obs    []indicator.Observation
	series []int32               // of obs, by place
	value  []decimal128.Num      // of obs, by place; zero where there is none
	fresh  []Series              // series not in the warehouse yet
	ids    map[Series]int32      // of fresh
	filed  map[cellKind][]uint64 // bit of every series seen
}

// A cellKind is what tells two observations of one series apart.
type cellKind struct {
	end     int
	measure uint8
}

// newLoad checks observations against what the table can hold and gives every
// one its series. Known are the series there are; it is not changed.
func newLoad(obs []indicator.Observation, known map[Series]int32) (*load, error) {
	l := &load{
		obs: obs, series: make([]int32, len(obs)), value: make([]decimal128.Num, len(obs)),
		ids: map[Series]int32{}, filed: map[cellKind][]uint64{},
	}
	var kind cellKind // of the observation before: they come in runs
	var seen []uint64
	// A large load names the same series in the same order, period after period:
	// next is where the series to come stood before. That spares most look-ups.
	next, first := 0, map[int32]int{} // where each series stood first
	for i := range obs {
		o := &obs[i]
		err := checkValue(o)
		if err == nil && o.Value.Valid {
			l.value[i], err = stored(o.Value.Decimal)
		}
		if err != nil {
			return nil, fmt.Errorf("observation %s %s %s at %s!%s: %w", o.Code, o.Area, o.Period, o.Sheet, o.Cell, err)
		}
		var id int32
		if next < i && obs[next].Code == o.Code && obs[next].Area == o.Area {
			id = l.series[next]
		} else if id = l.number(Series{o.Code, o.Area}, known); len(obs) > smallLoad {
			at, again := first[id]
			if !again {
				at, first[id] = i, i
			}
			next = at
		}
		next++
		l.series[i] = id
		if k := (cellKind{o.Period.End, uint8(slices.Index(measures, string(o.Measure)))}); seen == nil || k != kind {
			kind, seen = k, l.filed[k]
		}
		word, bit := int(id)/64, uint64(1)<<(id%64)
		if word >= len(seen) {
			seen = append(seen, make([]uint64, max(word+1, (len(known)+len(l.fresh))/64+1)-len(seen))...)
			l.filed[kind] = seen
		}
		if seen[word]&bit != 0 {
			return nil, l.twice(i)
		}
		seen[word] |= bit
	}
	return l, nil
}

// number is that of a series, which gets one when it has none.
func (l *load) number(key Series, known map[Series]int32) int32 {
	id, ok := known[key]
	if !ok {
		if id, ok = l.ids[key]; !ok {
			id = int32(len(known) + len(l.fresh) + 1)
			l.ids[key] = id
			l.fresh = append(l.fresh, key)
		}
	}
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

// enums are the ENUM columns of an observation, in the order of enumColumns.
func enums(o *indicator.Observation) [4]string {
	return [4]string{freqText(o.Period.Freq), string(o.Measure), string(o.Status), string(o.Vintage)}
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
	for i, v := range enums(o) {
		if c := enumColumns[i]; !slices.Contains(c.names, v) {
			return fmt.Errorf("%s %q: want one of %q", observationColumns[c.place], v, c.names)
		}
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

// A batches reads a load as Arrow record batches, each made when DuckDB asks for
// it. The buffers are C memory: DuckDB holds their addresses while Go runs.
type batches struct {
	load *load
	next int // observation
	mem  *mallocator.Mallocator
	dict [len(enumColumns)]arrow.Array
	now  arrow.RecordBatch
}

func newBatches(l *load) *batches {
	b := &batches{load: l, mem: mallocator.NewMallocator()}
	for i, c := range enumColumns {
		names := array.NewStringBuilder(b.mem)
		names.AppendValues(c.names, nil)
		b.dict[i] = names.NewArray()
		names.Release()
	}
	return b
}

// Retain and Release are for readers that are shared; close is for this one.
func (b *batches) Retain()                        {}
func (b *batches) Release()                       {}
func (b *batches) Schema() *arrow.Schema          { return observationSchema }
func (b *batches) RecordBatch() arrow.RecordBatch { return b.now }
func (b *batches) Record() arrow.RecordBatch      { return b.now }
func (b *batches) Err() error                     { return nil }

func (b *batches) close() {
	b.drop()
	for _, d := range b.dict {
		d.Release()
	}
}

func (b *batches) drop() {
	if b.now != nil {
		b.now.Release()
		b.now = nil
	}
}

// Next makes the next batch.
func (b *batches) Next() bool {
	b.drop()
	n := min(batchRows, len(b.load.obs)-b.next)
	if n <= 0 {
		return false
	}
	b.now = b.build(b.next, b.next+n)
	b.next += n
	return true
}

// build makes the batch of observations from place i to place j.
func (b *batches) build(i, j int) arrow.RecordBatch {
	n := j - i
	id, end := array.NewInt32Builder(b.mem), array.NewInt32Builder(b.mem)
	value := array.NewDecimal128Builder(b.mem, observationSchema.Field(4).Type.(*arrow.Decimal128Type))
	var index [len(enumColumns)]*array.Uint8Builder
	for k := range index {
		index[k] = array.NewUint8Builder(b.mem)
		index[k].Reserve(n)
	}
	caliber, note, sheet, cell := newTexts(b.mem, n), newTexts(b.mem, n), newTexts(b.mem, n), newTexts(b.mem, n)
	defer func() {
		for _, r := range []interface{ Release() }{id, end, value, index[0], index[1], index[2], index[3], caliber, note, sheet, cell} {
			r.Release()
		}
	}()
	id.AppendValues(b.load.series[i:j], nil)
	end.Reserve(n)
	value.Reserve(n)
	for ; i < j; i++ {
		o := &b.load.obs[i]
		end.UnsafeAppend(int32(o.Period.End))
		for k, v := range enums(o) {
			index[k].UnsafeAppend(uint8(slices.Index(enumColumns[k].names, v)))
		}
		if o.Value.Valid {
			value.UnsafeAppend(b.load.value[i])
		} else {
			value.AppendNull()
		}
		caliber.append(o.Caliber)
		note.append(o.Note)
		sheet.append(o.Sheet)
		cell.append(o.Cell)
	}
	columns := []arrow.Array{id.NewArray(), end.NewArray(), nil, nil, value.NewArray(), nil, nil, caliber.array(), note.array(), sheet.array(), cell.array()}
	for k, c := range enumColumns {
		places := index[k].NewArray()
		columns[c.place] = array.NewDictionaryArray(enumType, places, b.dict[k])
		places.Release()
	}
	batch := array.NewRecordBatch(observationSchema, columns, int64(n))
	for _, c := range columns {
		c.Release()
	}
	return batch
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

// A texts builds a dictionary column of texts that mostly repeat.
type texts struct {
	index *array.Uint32Builder
	words *array.StringBuilder
	place map[string]uint32
	last  string // repeats come in runs
	at    uint32
}

func newTexts(mem *mallocator.Mallocator, n int) *texts {
	t := &texts{index: array.NewUint32Builder(mem), words: array.NewStringBuilder(mem), place: map[string]uint32{}}
	t.index.Reserve(n)
	t.words.Append("")
	t.place[""] = 0
	return t
}

func (t *texts) append(s string) {
	if s != t.last {
		at, ok := t.place[s]
		if !ok {
			at = uint32(len(t.place))
			t.place[s] = at
			t.words.Append(s)
		}
		t.last, t.at = s, at
	}
	t.index.UnsafeAppend(t.at)
}

func (t *texts) array() arrow.Array {
	index, words := t.index.NewArray(), t.words.NewArray()
	defer index.Release()
	defer words.Release()
	return array.NewDictionaryArray(textType, index, words)
}

// Release frees the builders.
func (t *texts) Release() {
	t.index.Release()
	t.words.Release()
}

// stage shows a load to SQL as staging.main.observation_batch, once: a batch
// that was read is gone. The caller calls drop when the statement that reads it
// has ended, and holds db.write.
//
// That statement must select every column and have no WHERE: DuckDB pushes
// projections and filters into arrow_scan, and a stream that was registered
// through the C interface obeys neither. A subset of the columns reads other
// columns' memory, and a WHERE lets every row through.
func (db *DB) stage(ctx context.Context, l *load) (drop func() error, err error) {
	b := newBatches(l)
	var release func()
	err = db.staging.Raw(func(c any) error {
		a, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err != nil {
			return err
		}
		release, err = a.RegisterView(b, "observation_batch")
		return err
	})
	if err != nil {
		b.close()
		return nil, fmt.Errorf("stage observations: %w", err)
	}
	return func() error {
		// The view holds addresses: it goes before what they point to.
		_, err := db.staging.ExecContext(context.WithoutCancel(ctx), "DROP VIEW staging.main.observation_batch")
		release()
		b.close()
		if err != nil {
			return fmt.Errorf("drop staged observations: %w", err)
		}
		return nil
	}, nil
}

// insertStaged moves the staged observations into the observation table.
func insertStaged(ctx context.Context, tx *sql.Tx, sub Submission, want int) error {
	res, err := tx.ExecContext(ctx, observationLoadSQL, sql.Named("submission", sub.ID), sql.Named("known_from", sub.Decided))
	if err != nil {
		return fmt.Errorf("load observations: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("count loaded observations: %w", err)
	}
	if n != int64(want) {
		return fmt.Errorf("load observations: %d of %d arrived", n, want)
	}
	return nil
}

// smallLoad is up to how many observations the appender is used: it costs more a
// row than Arrow, and less a load. Nearly every return is small.
const smallLoad = 1000

var observationColumns = []string{
	"series", "period_end", "freq", "measure", "value", "obs_status", "vintage",
	"caliber", "note", "submission", "sheet", "cell", "known_from",
}

// rows are the observations as rows of observationColumns.
func (l *load) rows(sub Submission) [][]driver.Value {
	rows := make([][]driver.Value, len(l.obs))
	for i := range l.obs {
		o := &l.obs[i]
		var value driver.Value
		if o.Value.Valid {
			value = duckdb.Decimal{Width: precision, Scale: scale, Value: l.value[i].BigInt()}
		}
		rows[i] = []driver.Value{
			l.series[i], int32(o.Period.End), o.Period.Freq.String(), string(o.Measure), value, string(o.Status), string(o.Vintage),
			o.Caliber, o.Note, sub.ID, o.Sheet, o.Cell, sub.Decided,
		}
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
