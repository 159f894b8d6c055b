//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
	"github.com/duckdb/duckdb-go/v2"
)

//go:embed observation_load.sql
var observationLoadSQL string

// batchRows is how many observations cross to DuckDB at once. It bounds the
// memory of a large load and is a multiple of DuckDB's vector of 2048.
const batchRows = 32 * 2048

var (
	enumType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}

	observationSchema = arrow.NewSchema([]arrow.Field{
		{Name: "series", Type: arrow.PrimitiveTypes.Int32},
		{Name: "period_end", Type: arrow.PrimitiveTypes.Int32},
		{Name: "freq", Type: enumType},
		{Name: "measure", Type: enumType},
		{Name: "value", Type: &arrow.Decimal128Type{Precision: precision, Scale: scale}, Nullable: true},
		{Name: "obs_status", Type: enumType},
		{Name: "vintage", Type: enumType},
		{Name: "caliber", Type: arrow.PrimitiveTypes.Int32},
		{Name: "note", Type: arrow.PrimitiveTypes.Int32},
		{Name: "sheet", Type: arrow.PrimitiveTypes.Int32},
		{Name: "cell", Type: arrow.PrimitiveTypes.Int32},
	}, nil)
)

// firstText is the place of the first column of texts in observationSchema.
const firstText = 7

// A batches reads a load as Arrow record batches, each taken and made when DuckDB
// asks for it. The buffers are C memory: DuckDB holds their addresses while Go runs.
type batches struct {
	load *load
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
func (b *batches) Err() error                     { return b.load.err }

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
	i := len(b.load.series)
	n := min(batchRows, len(b.load.obs)-i)
	if n <= 0 || b.load.err != nil {
		return false
	}
	if b.load.err = b.load.take(n); b.load.err != nil {
		return false
	}
	b.now = b.build(i)
	return true
}

// build makes a batch of what was taken last, from observation i on.
func (b *batches) build(i int) arrow.RecordBatch {
	l := b.load
	id, end := array.NewInt32Builder(b.mem), array.NewInt32Builder(b.mem)
	value := array.NewDecimal128Builder(b.mem, observationSchema.Field(4).Type.(*arrow.Decimal128Type))
	defer id.Release()
	defer end.Release()
	defer value.Release()
	id.AppendValues(l.series[i:], nil)
	end.AppendValues(l.end[i:], nil)
	value.AppendValues(l.value, l.valid)
	columns := []arrow.Array{id.NewArray(), end.NewArray(), nil, nil, value.NewArray(), nil, nil, nil, nil, nil, nil}
	for k, c := range enumColumns {
		index := array.NewUint8Builder(b.mem)
		index.AppendValues(l.enum[k], nil)
		places := index.NewArray()
		columns[c.place] = array.NewDictionaryArray(enumType, places, b.dict[k])
		places.Release()
		index.Release()
	}
	for k, words := range l.text {
		word := array.NewInt32Builder(b.mem)
		word.AppendValues(words, nil)
		columns[firstText+k] = word.NewArray()
		word.Release()
	}
	batch := array.NewRecordBatch(observationSchema, columns, int64(len(l.value)))
	for _, c := range columns {
		c.Release()
	}
	return batch
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

// insertStaged moves a staged load into the observation table.
func insertStaged(ctx context.Context, tx *sql.Tx, sub Submission, l *load) error {
	res, err := tx.ExecContext(ctx, observationLoadSQL, sql.Named("submission", sub.ID), sql.Named("known_from", sub.Decided))
	switch {
	case l.err != nil:
		return l.err // err is only what DuckDB makes of it
	case err != nil:
		return fmt.Errorf("load observations: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("count loaded observations: %w", err)
	}
	if n != int64(len(l.obs)) {
		return fmt.Errorf("load observations: %d of %d arrived", n, len(l.obs))
	}
	return nil
}
