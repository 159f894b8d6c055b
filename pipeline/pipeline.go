// Package pipeline runs the system from start to end: a dropped file to its
// receipt, a period to its report. It owns the workspace (archive, journal,
// receipts, reports) and ties ingest, warehouse, kpi and report together. It
// does not know when it is called, by which schedule, or what the time is: that
// is given to it.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"zhibiao/ingest"
	"zhibiao/kpi"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/deliver"
	"zhibiao/pipeline/warehouse"
)

// The folders and files of a workspace.
const (
	InboxDir   = "inbox"    // 报送箱: departments drop their files here
	ReceiptDir = "receipts" // 回执
	ReportDir  = "reports"  // 报告
	archiveDir = "archive"  // originals, by SHA-256
	dataDir    = "data"     // the warehouse and its LOCK
	journalLog = "journal.jsonl"
	warehouseF = "zhibiao.duckdb"
)

// ErrNoWorkspace is returned by Open when the folder has not been initialised.
var ErrNoWorkspace = errors.New("not a zhibiao workspace: run zhibiao init first")

// ErrIncomplete is returned by Open when the warehouse lacks what was decided.
var ErrIncomplete = errors.New("not in the warehouse: run zhibiao rebuild")

// ErrUnknown is returned for a code that the catalogue does not have, and for a
// run that was never recorded.
var ErrUnknown = errors.New("not on record")

// ErrNoGoal is returned for a goal of an indicator that has no target with a
// number.
var ErrNoGoal = kpi.ErrNoGoal

// A Pipeline is an open workspace. One process has it open at a time. Its
// methods are to be called one after another.
type Pipeline struct {
	Home string
	Defs *Definitions
	DB   *warehouse.DB
	Log  *slog.Logger
	// Channels are whom reports are delivered to; nil delivers nothing.
	Channels *deliver.Config

	archive archive
	journal *journal

	// The accepted values, and what the journal says: what the checks of the next
	// return ask for. Kept equal to the warehouse by this process, which alone
	// writes it.
	known    map[valueKey]ingest.Known
	dossiers map[int64]*dossier
	filed    map[returnKey][]*dossier // in the order of their first verdicts
	replies  map[string]string        // the newest receipt of a file, by SHA-256
	newest   time.Time                // of the last file received or decision taken
	stepped  period.Period            // the newest period that alerts were stepped to
	seen     time.Time                // the newest as-of time they were stepped with
	box      deliver.Outbox           // the messages
	told     map[string]alert.Telling // what was last told of an alert, by episode
	defined  string                   // SHA-256 of the definitions that the journal says are in force
	last     evaluated                // the newest evaluation: what the next one keeps
}

type valueKey struct {
	code indicator.Code
	area indicator.AreaID
	end  int
}

type returnKey struct {
	form, department string
	period           period.Period
}

// Init makes an empty workspace. An existing one is left as it is.
func Init(home string) error {
	for _, d := range []string{InboxDir, ReceiptDir, ReportDir, archiveDir, dataDir} {
		if err := os.MkdirAll(filepath.Join(home, d), 0o755); err != nil {
			return fmt.Errorf("create workspace: %w", err)
		}
	}
	name := filepath.Join(home, InboxDir, "说明.md")
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(name, []byte(inboxNote)); err != nil {
			return err
		}
	}
	j, err := openJournal(filepath.Join(home, journalLog))
	if err != nil {
		return err
	}
	return j.close()
}

const inboxNote = `# 报送箱

把填好的报表（.xlsx）放进这个文件夹即可。系统收到后：

1. 原样留存，不改动一个字；
2. 逐格审核，在“回执”文件夹写出回执：哪一格有问题、应怎样改；
3. 审核通过的数据当即入库。

回执就是您的原表，前面加了一页“回执”。须说明的，在回执的“说明”栏写明原因，
存盘后把回执放回这个文件夹即可；须改正的，改正原表后重新放入。

同一个文件再放一次，得到同一张回执。
`

// Open opens a workspace and finishes what a crash interrupted. The error is a
// *warehouse.LockedError when another process has it open.
func Open(ctx context.Context, home string, defs *Definitions, log *slog.Logger) (_ *Pipeline, err error) {
	p, err := open(ctx, home, defs, log, warehouseF)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if err := p.remember(ctx); err != nil {
		return nil, err
	}
	if err := p.complete(ctx); err != nil {
		return nil, err
	}
	return p, p.resume(ctx)
}

// complete refuses a warehouse that lacks what the journal says was decided: a
// lost or restored file would silently turn accepted figures into missing ones.
// Only the very last decision may be missing: a crash came after it was entered.
func (p *Pipeline) complete(ctx context.Context) error {
	subs, err := p.DB.Submissions(ctx, time.Time{})
	if err != nil {
		return err
	}
	there := make(map[int64]int, len(subs))
	for _, s := range subs {
		there[s.ID] = s.Seq
	}
	for id, d := range p.dossiers {
		n := len(d.decisions)
		switch {
		case n <= there[id]: // a first verdict may wait to be entered: see resume
		case n == there[id]+1 && n > 1 && p.lastDecision() == d.last().Seq:
			if _, err := p.carryOut(ctx, d); err != nil {
				return err
			}
		default:
			return fmt.Errorf("submission %d of the journal: %w", id, ErrIncomplete)
		}
	}
	return nil
}

// lastDecision is the number of the newest entry that decides.
func (p *Pipeline) lastDecision() int64 {
	for _, e := range slices.Backward(p.journal.entries) {
		if e.Kind == Decided {
			return e.Seq
		}
	}
	return 0
}

// open opens the parts without looking into them.
func open(ctx context.Context, home string, defs *Definitions, log *slog.Logger, file string) (*Pipeline, error) {
	if _, err := os.Stat(filepath.Join(home, dataDir)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", home, ErrNoWorkspace)
	} else if err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	p := &Pipeline{
		Home: home, Defs: defs, Log: log, archive: archive{filepath.Join(home, archiveDir)},
	}
	var err error
	// The warehouse first: its lock guards the journal and the archive too.
	if p.DB, err = warehouse.Open(ctx, filepath.Join(home, dataDir, file)); err != nil {
		return nil, err
	}
	if p.journal, err = openJournal(filepath.Join(home, journalLog)); err != nil {
		return nil, errors.Join(err, p.DB.Close())
	}
	return p, nil
}

// Close closes the workspace and gives up its lock.
func (p *Pipeline) Close() error {
	return errors.Join(p.journal.close(), p.DB.Close())
}

// Head is the hash of the journal's newest entry: it stands on every report.
func (p *Pipeline) Head() string { return p.journal.head() }

// record enters what happened in the journal and remembers it. Definitions that
// the journal does not know yet are archived and entered before what they decide.
func (p *Pipeline) record(e Entry) (Entry, error) {
	if e.Kind == Received || e.Kind == Decided || e.Kind == Evaluated {
		if err := p.define(e.At); err != nil {
			return e, err
		}
	}
	e, err := p.journal.append(e)
	if err != nil {
		return e, err
	}
	p.note(e)
	return e, nil
}

// Journal is the record so far, oldest first. It must not be changed.
func (p *Pipeline) Journal() []Entry { return p.journal.entries }

// remember reads from journal and warehouse what the checks ask for.
func (p *Pipeline) remember(ctx context.Context) error {
	p.forget()
	for _, e := range p.journal.entries {
		p.note(e)
	}
	return p.recall(ctx, time.Time{})
}

// forget makes the memory empty.
func (p *Pipeline) forget() {
	p.known = make(map[valueKey]ingest.Known)
	p.dossiers = make(map[int64]*dossier)
	p.filed = make(map[returnKey][]*dossier)
	p.replies = make(map[string]string)
	p.box, p.told = deliver.Outbox{}, make(map[string]alert.Telling)
	p.newest, p.stepped, p.seen, p.defined = time.Time{}, period.Period{}, time.Time{}, ""
}

// recall remembers the values that were known at a time; zero is now.
func (p *Pipeline) recall(ctx context.Context, asOf time.Time) error {
	clear(p.known)
	filed, err := p.DB.Observations(ctx, nil, asOf)
	if err != nil {
		return err
	}
	for i := range filed {
		p.learn(&filed[i].Observation, filed[i].File)
	}
	return nil
}

// learn remembers an accepted value.
func (p *Pipeline) learn(o *indicator.Observation, file string) {
	if o.Measure != indicator.ValueMeasure {
		return
	}
	k := ingest.Known{Value: o.Value, Status: o.Status, Vintage: o.Vintage}
	k.Place.File, k.Place.Sheet, k.Place.Cell = file, o.Sheet, o.Cell
	p.known[valueKey{o.Code, o.Area, o.Period.End}] = k
}

// history answers the checks: the accepted value of a series in its area.
func (p *Pipeline) history(code indicator.Code, end int) (ingest.Known, bool) {
	ind := p.Defs.Catalogue.Indicator(code)
	if ind == nil {
		return ingest.Known{}, false
	}
	k, ok := p.known[valueKey{code, p.Defs.Catalogue.Resolve(ind.Area), end}]
	return k, ok
}
