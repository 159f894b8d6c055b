package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
)

// A Kind of journal entry.
type Kind string

// The kinds: what happened to a file, and what the nightly work did.
const (
	Received  Kind = "received"  // a file was archived
	Decided   Kind = "decided"   // a verdict on it was reached, the first or a later one
	Noted     Kind = "noted"     // explanations came that no decision waited for
	Defined   Kind = "defined"   // other definitions came into force
	Chased    Kind = "chased"    // a department was reminded of a return (催报)
	Evaluated Kind = "evaluated" // a period was evaluated
	Reported  Kind = "reported"  // a report was written
	Job       Kind = "job"       // a scheduled job ran for its slot

	Queued      Kind = "queued"      // a message waits to be sent, or one that was given up is to be sent anew
	Delivered   Kind = "delivered"   // a channel took it
	Undelivered Kind = "undelivered" // an attempt failed
	Supervision Kind = "supervised"  // somebody did something about an alert (督办)
	Told        Kind = "told"        // the news of a run's alerts was told
)

// An Entry is one line of the journal. Each carries the hash of the one before,
// so that nothing can be changed or removed unseen.
type Entry struct {
	Seq  int64     `json:"seq"` // from 1; the number of a submission is that of its received entry
	At   time.Time `json:"at"`  // UTC
	Kind Kind      `json:"kind"`
	Prev string    `json:"prev"` // hash of the entry before, "" for the first

	SHA256 string `json:"sha256,omitempty"` // received; defined: of the archived definitions; queued: of the archived message
	File   string `json:"file,omitempty"`   // received: the name it was dropped under
	Size   int64  `json:"size,omitempty"`   // received

	Submission int64  `json:"submission,omitempty"` // decided, noted
	Verdict    string `json:"verdict,omitempty"`    // decided
	Receipt    string `json:"receipt,omitempty"`    // decided, noted
	Form       string `json:"form,omitempty"`       // decided, chased
	Department string `json:"department,omitempty"` // decided, chased
	Version    int    `json:"version,omitempty"`    // decided
	Findings   int    `json:"findings,omitempty"`   // decided
	// Changed are the cells that differ from the version filed before: decided, the
	// first verdict on a version.
	Changed   []receipt.Change `json:"changed,omitempty"`
	TestData  bool             `json:"test_data,omitempty"` // decided: the sheet says 测试数据
	Period    period.Period    `json:"period,omitzero"`     // decided, evaluated, reported, chased, told
	AsOf      time.Time        `json:"as_of,omitzero"`      // evaluated
	Run       string           `json:"run,omitempty"`       // evaluated, reported, told
	KPI       string           `json:"kpi,omitempty"`       // evaluated: the KPI hash
	Catalogue string           `json:"catalogue,omitempty"` // decided, evaluated, defined: hash of the catalogue
	Name      string           `json:"name,omitempty"`      // job
	Slot      time.Time        `json:"slot,omitzero"`       // job
	Error     string           `json:"error,omitempty"`     // job, undelivered
	Delivery  *Delivery        `json:"delivery,omitempty"`  // queued, delivered, undelivered

	// A decision after the first verdict is somebody's, or a received file's that
	// explains.
	By           string            `json:"by,omitempty"`
	Why          string            `json:"why,omitempty"`
	Cause        int64             `json:"cause,omitempty"`        // the received entry of the file that explains
	Explanations map[string]string `json:"explanations,omitempty"` // by finding.Key
	Step         string            `json:"step,omitempty"`         // chased: T-3 … T+5

	Act  *alert.Act      `json:"act,omitempty"`  // supervised
	Told []alert.Telling `json:"told,omitempty"` // told

	Hash string `json:"hash"` // of this entry with Hash empty
}

// A journal is the append-only record of decisions, one JSON object a line.
type journal struct {
	f       *os.File
	entries []Entry
	failed  error // the first failed write: what follows would stand on a torn line
}

// A BrokenError says where the journal is not what was written.
type BrokenError struct {
	Line int
	Why  string
}

// Error names the line.
func (e *BrokenError) Error() string { return fmt.Sprintf("journal line %d: %s", e.Line, e.Why) }

// openJournal reads and verifies the journal. A last line that was torn by a
// crash was never acknowledged: it is cut off and kept beside, in a file of its
// own. Any other damage is an error.
func openJournal(name string) (*journal, error) {
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	if i := bytes.LastIndexByte(data, '\n') + 1; i < len(data) {
		if err := writeFile(fmt.Sprintf("%s.torn-%d", name, i), data[i:]); err != nil {
			return nil, err
		}
		if err := os.Truncate(name, int64(i)); err != nil {
			return nil, fmt.Errorf("cut torn line off journal: %w", err)
		}
		data = data[:i]
	}
	entries, err := parseJournal(data)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return &journal{f: f, entries: entries}, nil
}

// parseJournal verifies every line against the chain. Lines must be exactly as
// they were encoded, so that a flipped bit in white space shows too.
func parseJournal(data []byte) ([]Entry, error) {
	var entries []Entry
	prev := ""
	for line := 1; len(data) > 0; line++ {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return nil, &BrokenError{line, "no line end"}
		}
		var e Entry
		if err := json.Unmarshal(data[:i], &e); err != nil {
			return nil, &BrokenError{line, "not an entry: " + err.Error()}
		}
		want, err := seal(e)
		if err != nil {
			return nil, err
		}
		again, err := json.Marshal(want)
		if err != nil {
			return nil, fmt.Errorf("encode journal line %d: %w", line, err)
		}
		switch {
		case !bytes.Equal(again, data[:i]):
			return nil, &BrokenError{line, "changed since it was written"}
		case e.Prev != prev:
			return nil, &BrokenError{line, "does not follow the line before"}
		case e.Seq != int64(line):
			return nil, &BrokenError{line, fmt.Sprintf("numbered %d", e.Seq)}
		}
		prev = e.Hash
		entries = append(entries, e)
		data = data[i+1:]
	}
	return entries, nil
}

// seal returns the entry with its hash.
func seal(e Entry) (Entry, error) {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("encode journal entry: %w", err)
	}
	sum := sha256.Sum256(b)
	e.Hash = hex.EncodeToString(sum[:])
	return e, nil
}

// append numbers, chains and writes an entry. When it returns, the entry
// survives a power cut.
func (j *journal) append(e Entry) (Entry, error) {
	if j.failed != nil {
		return e, fmt.Errorf("journal is closed after a failed write: %w", j.failed)
	}
	e.Seq, e.Prev = int64(len(j.entries)+1), j.head()
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e, err := seal(e)
	if err != nil {
		return e, err
	}
	b, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("encode journal entry: %w", err)
	}
	if _, err := j.f.Write(append(b, '\n')); err != nil {
		j.failed = err
		return e, fmt.Errorf("write journal: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		j.failed = err
		return e, fmt.Errorf("sync journal: %w", err)
	}
	j.entries = append(j.entries, e)
	return e, nil
}

// head is the hash of the newest entry.
func (j *journal) head() string {
	if len(j.entries) == 0 {
		return ""
	}
	return j.entries[len(j.entries)-1].Hash
}

func (j *journal) close() error {
	if err := j.f.Close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
