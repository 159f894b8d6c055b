//go:build duckdb_arrow

// Package warehouse owns the DuckDB file: its schema and migrations, the lock
// that keeps a second process out, the bulk load of observations by Arrow, and
// the reading of what is known now or was known then. It is the only importer of
// the driver. It does not know workbooks, formulas, alert rules or the clock:
// every time it stores was given to it.
//
// Everything is append-only. The one table that is rewritten,
// observation_current, is an index over observation: the newest vintage of every
// series, period and measure, maintained in the transaction that publishes.
package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// A DB is an open warehouse. It is safe for concurrent use: readers run beside
// one another and beside the one writer.
type DB struct {
	sql *sql.DB
	// staging is the connection whose default catalog is the in-memory database
	// "staging". Arrow batches are registered there: DuckDB's arrow_scan creates
	// an ordinary view, and in the main catalog the view, with the raw addresses
	// of the batch in it, would be written to the WAL.
	staging *sql.Conn
	lock    *lock // nil in memory

	write   sync.Mutex // DuckDB aborts the second of two conflicting writers; we queue instead
	numbers numbers
	newest  acceptance // of all submissions published
	last    int64      // the highest submission stored
	stale   bool       // numbers, newest and last are to be read again
	closed  bool
}

// Open opens the warehouse at path, creating and migrating it as needed; "" is
// an empty warehouse in memory. It takes the exclusive lock on the file LOCK in
// the same directory first: when another process holds it, the error is a
// *LockedError. The DuckDB file must never be opened in any other way, not even
// to copy it: closing any other descriptor drops DuckDB's own lock.
func Open(ctx context.Context, path string) (_ *DB, err error) {
	db := &DB{}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if path != "" {
		if path, err = resolve(path); err != nil {
			return nil, err
		}
		if db.lock, err = acquire(path); err != nil {
			return nil, err
		}
	}
	connector, err := duckdb.NewConnector(path, nil)
	if err != nil {
		return nil, fmt.Errorf("open warehouse %s: %w", path, err)
	}
	db.sql = sql.OpenDB(connector)
	if err := db.lockDown(ctx, path); err != nil {
		return nil, fmt.Errorf("lock down warehouse %s: %w", path, err)
	}
	if err := migrate(ctx, db.sql); err != nil {
		return nil, fmt.Errorf("migrate warehouse %s: %w", path, err)
	}
	if err := db.remember(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

// resolve makes a path absolute and follows links in its directory: the same
// file under two names would be opened by two engines.
func resolve(path string) (string, error) {
	// The driver reads what follows ? as options and decodes % escapes.
	if strings.ContainsAny(path, "?%#") {
		return "", fmt.Errorf("warehouse path %q: want a path without ?, %% and #", path)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", fmt.Errorf("find directory of warehouse %s: %w", path, err)
	}
	path = filepath.Join(dir, filepath.Base(path))
	// The file itself may be a link too; a file that is not there yet is fine.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return path, nil
}

// lockDown bounds what SQL may use and closes every door to the file system and
// the network. lock_configuration makes it final for the life of the process.
func (db *DB) lockDown(ctx context.Context, path string) error {
	settings := []string{
		"ATTACH ':memory:' AS staging",
		"SET memory_limit = '2GB'",
		"SET max_temp_directory_size = '8GB'",
		fmt.Sprintf("SET threads = %d", runtime.GOMAXPROCS(0)),
		"SET TimeZone = 'UTC'",
		"SET preserve_insertion_order = false", // a third off a large load; every query says its ORDER BY
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	}
	if path == "" {
		// An in-memory warehouse would spill into the working directory.
		settings = append([]string{"SET temp_directory = ''"}, settings...)
	}
	for _, s := range settings {
		if _, err := db.sql.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	var err error
	if db.staging, err = db.sql.Conn(ctx); err != nil {
		return fmt.Errorf("connect to staging: %w", err)
	}
	if _, err := db.staging.ExecContext(ctx, "USE staging"); err != nil {
		return fmt.Errorf("use staging: %w", err)
	}
	return nil
}

// Close waits for the writer, closes the warehouse and gives up the lock. Closing
// again does nothing.
func (db *DB) Close() error {
	db.write.Lock()
	defer db.write.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	var errs []error
	if db.staging != nil {
		errs = append(errs, db.staging.Close())
	}
	if db.sql != nil {
		errs = append(errs, db.sql.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.release())
	}
	return errors.Join(errs...)
}

// SQL is the handle for reading. Writing goes through Write, Publish, Refuse and
// SaveAssessment, which queue.
func (db *DB) SQL() *sql.DB { return db.sql }

// Write runs fn in a transaction: committed when fn returns nil, else rolled
// back. Writers are queued.
func (db *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	db.write.Lock()
	defer db.write.Unlock()
	db.stale = true
	return db.transact(ctx, func(_ *sql.Conn, tx *sql.Tx) error { return fn(tx) })
}

// transact runs fn in a transaction on a connection of its own, which fn may
// use for the appender. The caller holds db.write.
func (db *DB) transact(ctx context.Context, fn func(*sql.Conn, *sql.Tx) error) (err error) {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to warehouse: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed { // also when fn panics: a lost transaction would block its connection
			if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
				err = errors.Join(err, fmt.Errorf("roll back: %w", rerr))
			}
		}
	}()
	if err := fn(conn, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
