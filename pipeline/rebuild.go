package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"zhibiao/ingest/receipt"
)

// rebuildF is the warehouse that a rebuild fills, until it takes the old one's place.
const rebuildF = "rebuild.duckdb"

// A Rebuilt says what a rebuild found.
type Rebuilt struct {
	Submissions int    `json:"submissions"` // decisions taken again
	Runs        int    `json:"runs"`        // evaluated again
	Hash        string `json:"hash"`        // KPI hash of the newest evaluation
	Recorded    string `json:"recorded"`    // the one the journal has for it
	// Differing are the runs whose hash is not the recorded one.
	Differing []string `json:"differing,omitempty"`
}

// Equal reports whether every evaluation gave the hash that was recorded.
func (r *Rebuilt) Equal() bool { return len(r.Differing) == 0 && r.Hash == r.Recorded }

// Rebuild makes the warehouse anew from archive, journal and definitions: every
// return is read again and published or refused as it was decided, every
// evaluation repeated as of its own time. The new warehouse takes the old one's
// place only when it is complete.
func Rebuild(ctx context.Context, home string, defs *Definitions, log *slog.Logger) (*Rebuilt, error) {
	if err := removeWarehouse(home, rebuildF); err != nil {
		return nil, err
	}
	p, err := open(ctx, home, defs, log, rebuildF)
	if err != nil {
		return nil, err
	}
	r, err := p.replay(ctx)
	if err == nil {
		err = p.DB.Check(ctx)
	}
	if err = errors.Join(err, p.Close()); err != nil {
		return nil, fmt.Errorf("rebuild: %w", err)
	}
	if err := removeWarehouse(home, warehouseF); err != nil {
		return nil, err
	}
	data := filepath.Join(home, dataDir)
	if err := os.Rename(filepath.Join(data, rebuildF), filepath.Join(data, warehouseF)); err != nil {
		return nil, fmt.Errorf("put the new warehouse in place: %w", err)
	}
	return r, syncDir(data)
}

// removeWarehouse removes a warehouse and its write-ahead log. Nothing is lost:
// it is an index over the archive and the journal.
func removeWarehouse(home, file string) error {
	for _, name := range []string{file, file + ".wal"} {
		if err := os.Remove(filepath.Join(home, dataDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old warehouse: %w", err)
		}
	}
	return nil
}

// replay does again what the journal says was done, in its order and by the
// definitions of then.
func (p *Pipeline) replay(ctx context.Context) (*Rebuilt, error) {
	p.forget()
	out := &Rebuilt{}
	now := p.Defs
	for _, e := range p.journal.entries {
		switch e.Kind {
		case Defined:
			var err error
			if p.Defs, err = p.recallDefinitions(e, now); err != nil {
				return nil, err
			}
		case Decided:
			if err := p.decideAgain(ctx, e); err != nil {
				return nil, err
			}
			out.Submissions++
			continue
		case Evaluated:
			run, err := p.Run(ctx, e.Name, e.Slot, e.Period, e.AsOf)
			if err != nil {
				return nil, err
			}
			out.Runs++
			out.Hash, out.Recorded = run.Assessment.Hash, e.KPI
			if out.Hash != e.KPI {
				out.Differing = append(out.Differing, e.Run)
			}
		}
		p.note(e)
	}
	return out, nil
}

// decideAgain takes a recorded decision again: a return's first verdict, or a
// later one.
func (p *Pipeline) decideAgain(ctx context.Context, e Entry) error {
	d := p.dossiers[e.Submission]
	if len(d.decisions) == 0 {
		_, err := p.decide(ctx, d.received, receipt.Verdict(e.Verdict))
		p.note(e)
		return err
	}
	p.note(e)
	_, err := p.apply(ctx, d)
	return err
}
