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

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

var (
	//go:embed run_insert.sql
	runInsertSQL string
	//go:embed run_last.sql
	runLastSQL string
	//go:embed alert_state.sql
	alertStateSQL string
	//go:embed alert_event.sql
	alertEventSQL string
	//go:embed assessment.sql
	assessmentSQL string
)

// The states of a run.
const (
	RunOK     = "ok"
	RunFailed = "failed"
)

// A Run is one evaluation by a job. Times are kept to the microsecond and come
// back in UTC; a zero time is kept as none.
type Run struct {
	ID                      string
	Job                     string
	Slot                    time.Time     // it was due
	Period                  period.Period // evaluated
	AsOf, Started, Finished time.Time
	State                   string // RunOK or RunFailed
	Hash                    string // of the results
	CatalogueHash           string
	Message                 string // why it failed
}

// An AlertRow is an alert episode in some state. Since and Period are reporting
// periods, At a time; Detail is JSON that the warehouse does not read.
type AlertRow struct {
	Episode, Rule string
	Code          indicator.Code
	Area          indicator.AreaID
	State, Level  string
	Since, Period period.Period
	At            time.Time
	Detail        string
}

// SaveAssessment stores a run with its results and lamps, the alerts as it left
// them (all of them: they are the memory of the next run) and the alerts it
// changed, in one transaction. Saving a run ID again changes nothing. A failed
// run has no assessment and no alerts, and is not what the next run remembers.
func (db *DB) SaveAssessment(ctx context.Context, run Run, a *indicator.Assessment, states, events []AlertRow) error {
	if err := coherent(run, a, states, events); err != nil {
		return fmt.Errorf("save run %s: %w", run.ID, err)
	}
	db.write.Lock()
	defer db.write.Unlock()
	err := db.transact(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
		fresh, err := insertRun(ctx, tx, run)
		if err != nil || !fresh {
			return err
		}
		if a != nil {
			if err := appendResults(conn, run.ID, a.Results); err != nil {
				return err
			}
		}
		if err := appendAlerts(conn, "alert_state", run.ID, states); err != nil {
			return err
		}
		return appendAlerts(conn, "alert_event", run.ID, events)
	})
	if err != nil {
		return fmt.Errorf("save run %s: %w", run.ID, err)
	}
	return nil
}

// coherent refuses a run that would say one thing and hold another.
func coherent(run Run, a *indicator.Assessment, states, events []AlertRow) error {
	switch {
	case run.ID == "":
		return errors.New("no run ID")
	case run.State == RunFailed:
		if a != nil || len(states)+len(events) > 0 {
			return errors.New("a failed run has no assessment and no alerts")
		}
	case run.State != RunOK:
		return fmt.Errorf("run state %q: want %s or %s", run.State, RunOK, RunFailed)
	case a == nil:
		return errors.New("no assessment")
	case a.Period != run.Period || !a.AsOf.Equal(run.AsOf) || a.Hash != run.Hash:
		return fmt.Errorf("assessment of %s as of %s with hash %s: want %s, %s and %s of the run",
			a.Period, a.AsOf, a.Hash, run.Period, run.AsOf, run.Hash)
	}
	return nil
}

// insertRun reports whether the run was not there yet.
func insertRun(ctx context.Context, tx *sql.Tx, run Run) (bool, error) {
	var freq string
	var end sql.NullInt32
	if !run.Period.IsZero() {
		freq, end = run.Period.Freq.String(), sql.NullInt32{Int32: int32(run.Period.End), Valid: true}
	}
	res, err := tx.ExecContext(ctx, runInsertSQL,
		sql.Named("id", run.ID), sql.Named("job", run.Job), sql.Named("slot", optional(run.Slot)),
		sql.Named("freq", freq), sql.Named("period_end", end), sql.Named("as_of", optional(run.AsOf)),
		sql.Named("started", optional(run.Started)), sql.Named("finished", optional(run.Finished)), sql.Named("state", run.State),
		sql.Named("hash", run.Hash), sql.Named("catalogue_hash", run.CatalogueHash), sql.Named("message", run.Message))
	if err != nil {
		return false, fmt.Errorf("insert run: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("insert run: %w", err)
	}
	return n == 1, nil
}

// optional is t, or null for the zero time.
func optional(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t
}

func appendResults(conn *sql.Conn, run string, results []indicator.Result) error {
	var bodies, lamps [][]driver.Value
	for i := range results {
		r := &results[i]
		body, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encode result %s: %w", r.Code, err)
		}
		bodies = append(bodies, []driver.Value{run, int32(i + 1), string(r.Code), string(r.Area), string(body)})
		if r.Lamp == indicator.NoLamp {
			continue
		}
		var freq, end, value, submission driver.Value
		if !r.Period.IsZero() {
			freq, end = r.Period.Freq.String(), int32(r.Period.End)
		}
		if r.Value.OK {
			value = r.Value.V
		}
		if r.Submission != 0 {
			submission = r.Submission
		}
		lamps = append(lamps, []driver.Value{
			run, int32(i + 1), string(r.Code), string(r.Area), r.TargetID,
			freq, end, string(r.Lamp), r.Method, r.Reason, value, submission,
		})
	}
	if err := appendRows(conn, "result", []string{"run", "seq", "indicator", "area", "body"}, bodies); err != nil {
		return err
	}
	return appendRows(conn, "lamp", []string{
		"run", "seq", "indicator", "area", "target",
		"freq", "period_end", "lamp", "method", "reason", "value", "submission",
	}, lamps)
}

func appendAlerts(conn *sql.Conn, table, run string, alerts []AlertRow) error {
	var rows [][]driver.Value
	for i, a := range alerts {
		rows = append(rows, []driver.Value{
			run, int32(i + 1), a.Episode, a.Rule, string(a.Code), string(a.Area),
			a.State, a.Level, a.Since.String(), a.Period.String(), optional(a.At), a.Detail,
		})
	}
	return appendRows(conn, table, []string{
		"run", "seq", "episode", "rule", "indicator", "area",
		"state", "level", "since", "period", "changed", "detail",
	}, rows)
}

// AlertStates lists the alerts as a saved run left them; "" is the last run that
// was ok.
func (db *DB) AlertStates(ctx context.Context, run string) ([]AlertRow, error) {
	return db.alerts(ctx, alertStateSQL, sql.Named("run", run))
}

// AlertEvents lists every change of an alert by a run that was ok, oldest first.
func (db *DB) AlertEvents(ctx context.Context) ([]AlertRow, error) {
	return db.alerts(ctx, alertEventSQL)
}

func (db *DB) alerts(ctx context.Context, query string, args ...any) (_ []AlertRow, err error) {
	rows, err := db.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list []AlertRow
	for rows.Next() {
		var a AlertRow
		var since, per string
		var at sql.NullTime
		if err := rows.Scan(&a.Episode, &a.Rule, &a.Code, &a.Area, &a.State, &a.Level, &since, &per, &at, &a.Detail); err != nil {
			return nil, fmt.Errorf("read alert: %w", err)
		}
		a.At = at.Time
		if err := errors.Join(a.Since.UnmarshalText([]byte(since)), a.Period.UnmarshalText([]byte(per))); err != nil {
			return nil, fmt.Errorf("read alert %s: %w", a.Episode, err)
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// LastRun is the newest saved run of a job for a period, ok or failed; nil when
// there is none.
func (db *DB) LastRun(ctx context.Context, job string, p period.Period) (*Run, error) {
	freq := ""
	if !p.IsZero() {
		freq = p.Freq.String()
	}
	var r Run
	var slot, asOf, started, finished sql.NullTime
	err := db.sql.QueryRowContext(ctx, runLastSQL, sql.Named("job", job), sql.Named("freq", freq), sql.Named("period_end", p.End)).
		Scan(&r.ID, &r.Job, &slot, &freq, &r.Period.End, &asOf, &started, &finished, &r.State, &r.Hash, &r.CatalogueHash, &r.Message)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read last run of %s for %s: %w", job, p, err)
	}
	r.Period = p
	r.Slot, r.AsOf, r.Started, r.Finished = slot.Time, asOf.Time, started.Time, finished.Time
	return &r, nil
}

// Assessment is what a run found, as it found it; History is not stored. A run
// that is not there, or failed, is an error.
func (db *DB) Assessment(ctx context.Context, runID string) (_ *indicator.Assessment, err error) {
	rows, err := db.sql.QueryContext(ctx, assessmentSQL, sql.Named("id", runID))
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", runID, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var a *indicator.Assessment
	for rows.Next() {
		var freq, state, hash string
		var end int
		var asOf sql.NullTime
		var body sql.NullString
		if err := rows.Scan(&freq, &end, &asOf, &state, &hash, &body); err != nil {
			return nil, fmt.Errorf("read run %s: %w", runID, err)
		}
		if state != RunOK {
			return nil, fmt.Errorf("read run %s: it is %s: want %s", runID, state, RunOK)
		}
		if a == nil {
			a = &indicator.Assessment{AsOf: asOf.Time, Hash: hash}
			if freq != "" {
				a.Period = period.Period{Freq: period.Freq(freq[0]), End: end}
			}
		}
		if !body.Valid {
			continue
		}
		var r indicator.Result
		if err := json.Unmarshal([]byte(body.String), &r); err != nil {
			return nil, fmt.Errorf("decode result of run %s: %w", runID, err)
		}
		a.Results = append(a.Results, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read run %s: %w", runID, err)
	}
	if a == nil {
		return nil, fmt.Errorf("read run %s: there is no such run", runID)
	}
	return a, nil
}
