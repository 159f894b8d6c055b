//go:build duckdb_arrow

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var (
	//go:embed submission_state.sql
	submissionStateSQL string
	//go:embed submission_list.sql
	submissionListSQL string
	//go:embed finding_list.sql
	findingListSQL string
	//go:embed current_delete.sql
	currentDeleteSQL string
	//go:embed current_insert.sql
	currentInsertSQL string
	//go:embed current_insert_late.sql
	currentInsertLateSQL string
	//go:embed decision_last.sql
	decisionLastSQL string
	//go:embed current_retract.sql
	currentRetractSQL string
	//go:embed current_restore.sql
	currentRestoreSQL string
)

// A State is where a submission stands.
type State string

// The states of a submission.
const (
	Accepted   State = "accepted"   // 已验收
	Pending    State = "pending"    // 待验收: sound, and 双城办 is to accept it
	Awaiting   State = "awaiting"   // 待说明
	Returned   State = "returned"   // 已退回
	Superseded State = "superseded" // 已被新版替代: derived, never stored
	Withdrawn  State = "withdrawn"  // 已撤回
)

// Name is the Chinese name.
func (s State) Name() string {
	switch s {
	case Accepted:
		return "已验收"
	case Pending:
		return "待验收"
	case Awaiting:
		return "待说明"
	case Returned:
		return "已退回"
	case Superseded:
		return "已被新版替代"
	case Withdrawn:
		return "已撤回"
	}
	return ""
}

// A Submission is a return received. Times are kept to the microsecond and come
// back in UTC.
type Submission struct {
	ID          int64
	SHA256      string // of the file's bytes
	File        string // name it was received under: to show, never to open
	Form        string // 双城201表; "" when it was not recognised
	FormVersion string
	Department  string
	Period      period.Period // zero when it was not recognised
	Version     int           // of the return, from 1
	Received    time.Time
	Receipt     string // number of the newest receipt
	Decision           // the newest
}

// A Decision puts a submission into a state.
type Decision struct {
	Seq int // 1 is the first verdict on a submission
	// Decided is when it was taken; the values of an accepted return are known
	// from then on. A first verdict is taken when the return is received.
	Decided time.Time
	State   State
	Author  string // who at 双城办; "" for the system
	Remark  string // why
}

// Publish stores an accepted return with its observations and remaining findings,
// whole or not at all. Its values are known from sub.Received; an observation of
// the same series, period end and measure that was known earlier, or at the same
// time from a lower submission, is superseded, whichever is published first.
//
// sub.State is Accepted or empty. Publishing a submission again changes nothing;
// the same ID with other bytes, or refused before, is an error. So is an
// observation the table cannot hold exactly.
func (db *DB) Publish(ctx context.Context, sub Submission, obs []indicator.Observation, findings finding.List) error {
	if sub.State != "" && sub.State != Accepted {
		return fmt.Errorf("publish submission %d: state %s: want %s", sub.ID, sub.State, Accepted)
	}
	sub.State = Accepted
	if err := db.file(ctx, sub, obs, findings); err != nil {
		return fmt.Errorf("publish submission %d: %w", sub.ID, err)
	}
	return nil
}

// Refuse stores a return that was sent back (退回), awaits explanations or is to
// be accepted by 双城办, with its findings; nothing of it becomes known. sub.State
// is Returned, Awaiting, Pending or empty. Refusing a submission again changes
// nothing; the same ID with other bytes, or published before, is an error.
func (db *DB) Refuse(ctx context.Context, sub Submission, findings finding.List) error {
	switch sub.State {
	case "":
		sub.State = Returned
	case Returned, Awaiting, Pending:
	default:
		return fmt.Errorf("refuse submission %d: state %s: want %s, %s or %s", sub.ID, sub.State, Returned, Awaiting, Pending)
	}
	if err := db.file(ctx, sub, nil, findings); err != nil {
		return fmt.Errorf("refuse submission %d: %w", sub.ID, err)
	}
	return nil
}

// file stores a submission with its first verdict.
func (db *DB) file(ctx context.Context, sub Submission, obs []indicator.Observation, findings finding.List) error {
	if sub.Received.IsZero() {
		return errors.New("no time received")
	}
	sub.Seq, sub.Decided = 1, sub.Received
	db.write.Lock()
	defer db.write.Unlock()
	if there, err := db.filed(ctx, sub); there || err != nil {
		return err
	}
	return db.store(ctx, sub, obs, func(conn *sql.Conn, _ *sql.Tx) error {
		if err := appendSubmission(conn, sub); err != nil {
			return err
		}
		return appendFindings(conn, sub, findings)
	}, nil)
}

// Redecide stores a further decision on a submission, sub.Seq being one more than
// the last, with what is found wrong by then. When it accepts, its observations
// become known at sub.Decided; when it ends an acceptance, they are known no
// longer from then on, and what they had superseded is known again. Decisions of
// all submissions follow one another in time. The same decision again changes
// nothing.
func (db *DB) Redecide(ctx context.Context, sub Submission, obs []indicator.Observation, findings finding.List) error {
	db.write.Lock()
	defer db.write.Unlock()
	if err := db.redecide(ctx, sub, obs, findings, nil); err != nil {
		return fmt.Errorf("decide submission %d again: %w", sub.ID, err)
	}
	return nil
}

// errRehearsed rolls a rehearsal back.
var errRehearsed = errors.New("rehearsed")

// Rehearse carries a further decision out, shows the warehouse as it is then, on
// the connection that sees it, and undoes it.
func (db *DB) Rehearse(ctx context.Context, sub Submission, obs []indicator.Observation, show func(*sql.Conn) error) error {
	db.write.Lock()
	defer db.write.Unlock()
	err := db.redecide(ctx, sub, obs, nil, func(conn *sql.Conn) error {
		if err := show(conn); err != nil {
			return err
		}
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return fmt.Errorf("rehearse a decision on submission %d: %w", sub.ID, err)
	}
	return nil
}

// redecide stores a further decision; then is called before it is committed, if
// there is one. The caller holds db.write.
func (db *DB) redecide(
	ctx context.Context, sub Submission, obs []indicator.Observation, findings finding.List, then func(*sql.Conn) error,
) error {
	last, err := db.lastDecision(ctx, sub.ID)
	switch {
	case err != nil:
		return err
	case sub.Seq == last.Seq && sub.State == last.State:
		return nil
	case sub.Seq != last.Seq+1:
		return fmt.Errorf("decision %d: want %d", sub.Seq, last.Seq+1)
	case !sub.Decided.After(last.Decided):
		return fmt.Errorf("decided at %v: want a time after %v", sub.Decided, last.Decided)
	}
	if sub.State != Accepted {
		obs = nil
	}
	return db.store(ctx, sub, obs, func(conn *sql.Conn, tx *sql.Tx) error {
		if err := appendDecision(conn, sub); err != nil {
			return err
		}
		if err := appendFindings(conn, sub, findings); err != nil {
			return err
		}
		if last.State != Accepted {
			return nil
		}
		return retract(ctx, conn, tx, sub)
	}, then)
}

// retract ends the knowledge that a submission brought.
func retract(ctx context.Context, conn *sql.Conn, tx *sql.Tx, sub Submission) error {
	err := appendRows(conn, "retraction", []string{"submission", "retracted"}, [][]driver.Value{{sub.ID, sub.Decided}})
	if err != nil {
		return err
	}
	id := sql.Named("submission", sub.ID)
	if _, err := tx.ExecContext(ctx, currentRetractSQL, id); err != nil {
		return fmt.Errorf("retract current observations: %w", err)
	}
	if _, err := tx.ExecContext(ctx, currentRestoreSQL, id); err != nil {
		return fmt.Errorf("restore superseded observations: %w", err)
	}
	return nil
}

// store writes what record says and the observations of a submission in one
// transaction; then is called before it is committed, if there is one. The
// caller holds db.write.
func (db *DB) store(
	ctx context.Context, sub Submission, obs []indicator.Observation,
	record func(*sql.Conn, *sql.Tx) error, then func(*sql.Conn) error,
) (err error) {
	if db.stale {
		if err := db.remember(ctx); err != nil {
			return err
		}
	}
	l := newLoad(obs, db.numbers)
	if len(obs) <= smallLoad {
		if err := l.take(len(obs)); err != nil {
			return err
		}
	} else {
		drop, err := db.stage(ctx, l)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, drop()) }()
	}
	err = db.transact(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
		if err := record(conn, tx); err != nil {
			return err
		}
		if err := db.add(ctx, conn, tx, sub, l); err != nil || then == nil {
			return err
		}
		return then(conn)
	})
	if err != nil {
		db.stale = true // it may have been committed all the same
		return err
	}
	db.numbers.add(l)
	db.last = max(db.last, sub.ID)
	if at := accepted(sub); sub.State == Accepted && at.after(db.newest) {
		db.newest = at
	}
	return nil
}

// add writes the observations of a load, staged when it is large.
func (db *DB) add(ctx context.Context, conn *sql.Conn, tx *sql.Tx, sub Submission, l *load) (err error) {
	if len(l.obs) == 0 {
		return nil
	}
	if len(l.obs) <= smallLoad {
		err = appendRows(conn, "observation", observationColumns, l.rows(sub))
	} else {
		err = insertStaged(ctx, tx, sub, l)
	}
	if err != nil {
		return err
	}
	var series, words [][]driver.Value
	for _, key := range l.codes.fresh {
		series = append(series, []driver.Value{l.codes.ids[key], string(key.Code), string(key.Area)})
	}
	if err := appendRows(conn, "series", []string{"id", "indicator", "area"}, series); err != nil {
		return err
	}
	for _, text := range l.words.fresh {
		words = append(words, []driver.Value{l.words.ids[text], text})
	}
	if err := appendRows(conn, "word", []string{"id", "text"}, words); err != nil {
		return err
	}
	return db.renew(ctx, tx, sub, l.renews(db.numbers.ends))
}

// renew makes observation_current the newest again after a load of sub, some of
// which may supersede something when renews is set.
func (db *DB) renew(ctx context.Context, tx *sql.Tx, sub Submission, renews bool) error {
	args := []any{sql.Named("submission", sub.ID), sql.Named("known_from", sub.Decided)}
	insert := currentInsertSQL
	if renews {
		if _, err := tx.ExecContext(ctx, currentDeleteSQL, args...); err != nil {
			return fmt.Errorf("delete superseded observations: %w", err)
		}
		// Nearly every submission is the newest of all; looking for newer observations
		// is then a quarter of a small publish.
		if !accepted(sub).after(db.newest) {
			insert = currentInsertLateSQL
		}
	}
	if _, err := tx.ExecContext(ctx, insert, args...); err != nil {
		return fmt.Errorf("insert current observations: %w", err)
	}
	return nil
}

// An acceptance orders what is known: later wins, then the higher submission.
type acceptance struct {
	at         int64 // microseconds, as DuckDB keeps them
	submission int64
}

func accepted(s Submission) acceptance { return acceptance{s.Decided.UnixMicro(), s.ID} }

func (a acceptance) after(b acceptance) bool {
	return a.at > b.at || a.at == b.at && a.submission > b.submission
}

// filed reports whether the submission is there already, as the same bytes in
// the same state. The caller holds db.write, so it stays so.
func (db *DB) filed(ctx context.Context, sub Submission) (bool, error) {
	if !db.stale && sub.ID > db.last {
		return false, nil
	}
	var sha string
	err := db.sql.QueryRowContext(ctx, "SELECT sha256 FROM submission WHERE id = $id", sql.Named("id", sub.ID)).Scan(&sha)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for submission: %w", err)
	case sha != sub.SHA256:
		return false, fmt.Errorf("it is there with other bytes: SHA-256 %s, not %s", sha, sub.SHA256)
	}
	var state State
	if err := db.sql.QueryRowContext(ctx, submissionStateSQL, sql.Named("id", sub.ID)).Scan(&state); err != nil {
		return false, fmt.Errorf("look for decision: %w", err)
	}
	if state != sub.State {
		return false, fmt.Errorf("it is there as %s, not %s", state, sub.State)
	}
	return true, nil
}

func appendSubmission(conn *sql.Conn, sub Submission) error {
	var freq, end driver.Value
	if !sub.Period.IsZero() {
		freq, end = sub.Period.Freq.String(), int32(sub.Period.End)
	}
	err := appendRows(conn, "submission", []string{
		"id", "sha256", "file", "form", "form_version", "department", "freq", "period_end", "version", "received", "receipt",
	}, [][]driver.Value{{
		sub.ID, sub.SHA256, sub.File, sub.Form, sub.FormVersion, sub.Department, freq, end, int32(sub.Version), sub.Received, sub.Receipt,
	}})
	if err != nil {
		return err
	}
	return appendDecision(conn, sub)
}

func appendDecision(conn *sql.Conn, sub Submission) error {
	return appendRows(conn, "verdict", []string{"submission", "seq", "decided", "state", "author", "remark", "receipt"},
		[][]driver.Value{{sub.ID, int32(sub.Seq), sub.Decided, string(sub.State), sub.Author, sub.Remark, sub.Receipt}})
}

// lastDecision is the newest decision on a submission.
func (db *DB) lastDecision(ctx context.Context, id int64) (d Decision, err error) {
	err = db.sql.QueryRowContext(ctx, decisionLastSQL, sql.Named("submission", id)).Scan(&d.Seq, &d.Decided, &d.State)
	if err != nil {
		return d, fmt.Errorf("look for last decision: %w", err)
	}
	return d, nil
}

func appendFindings(conn *sql.Conn, sub Submission, findings finding.List) error {
	var rows [][]driver.Value
	for i, f := range findings {
		related, err := json.Marshal(f.Related)
		if err != nil {
			return fmt.Errorf("encode related places: %w", err)
		}
		rows = append(rows, []driver.Value{
			sub.ID, int32(sub.Seq), int32(i + 1), f.Rule, string(f.Severity),
			f.Place.File, f.Place.Sheet, f.Place.Cell, f.Place.Part, int32(f.Place.Line), int32(f.Place.Column),
			f.Label, f.Code, f.Value, f.Want, f.Message, f.Hint, string(related), f.Explanation,
		})
	}
	return appendRows(conn, "objection", []string{
		"submission", "decision", "seq", "rule", "severity", "file", "sheet", "cell", "part", "line", "col",
		"label", "code", "value", "want", "message", "hint", "related", "explanation",
	}, rows)
}

// end of time: what a zero as-of means, without asking a clock.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Submissions lists what was received until asOf in the state it was in then,
// oldest first; a zero asOf is now. An accepted return is superseded when a later
// one of the same form, department and period was accepted too.
func (db *DB) Submissions(ctx context.Context, asOf time.Time) (_ []Submission, err error) {
	if asOf.IsZero() {
		asOf = endOfTime
	}
	rows, err := db.sql.QueryContext(ctx, submissionListSQL, sql.Named("as_of", asOf))
	if err != nil {
		return nil, fmt.Errorf("list submissions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list []Submission
	for rows.Next() {
		var s Submission
		var freq string
		if err := rows.Scan(&s.ID, &s.SHA256, &s.File, &s.Form, &s.FormVersion, &s.Department, &freq, &s.Period.End,
			&s.Version, &s.Received, &s.Receipt, &s.State, &s.Seq, &s.Decided, &s.Author, &s.Remark); err != nil {
			return nil, fmt.Errorf("read submission: %w", err)
		}
		if freq != "" {
			s.Period.Freq = period.Freq(freq[0])
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// Findings lists what the last decision found wrong with a submission, in the
// order it was given.
func (db *DB) Findings(ctx context.Context, submission int64) (_ finding.List, err error) {
	rows, err := db.sql.QueryContext(ctx, findingListSQL, sql.Named("submission", submission))
	if err != nil {
		return nil, fmt.Errorf("list findings of submission %d: %w", submission, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list finding.List
	for rows.Next() {
		var f finding.Finding
		var related string
		if err := rows.Scan(&f.Rule, &f.Severity, &f.Place.File, &f.Place.Sheet, &f.Place.Cell, &f.Place.Part, &f.Place.Line, &f.Place.Column,
			&f.Label, &f.Code, &f.Value, &f.Want, &f.Message, &f.Hint, &related, &f.Explanation); err != nil {
			return nil, fmt.Errorf("read finding of submission %d: %w", submission, err)
		}
		if err := json.Unmarshal([]byte(related), &f.Related); err != nil {
			return nil, fmt.Errorf("read related places of submission %d: %w", submission, err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}
