package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// An Audit is what the verification of a workspace's record found.
type Audit struct {
	Entries   int       `json:"entries"`   // of the journal, all in one unbroken chain
	Head      string    `json:"head"`      // hash of the newest
	Newest    time.Time `json:"newest"`    // its time
	Originals int       `json:"originals"` // archived files whose bytes hash to their names
	Receipts  int       `json:"receipts"`  // receipts that the journal names and that are there
	// Problems are in Chinese; none means that nothing was changed or removed.
	Problems []string `json:"problems,omitempty"`
}

// Verify checks the record of a workspace: that no entry of the journal was
// changed, removed or moved, that every original is there and is what was
// received, and that every receipt is there. It reads only, and needs no lock;
// an original that comes meanwhile is no problem.
func Verify(home string) (*Audit, error) {
	data, err := os.ReadFile(filepath.Join(home, journalLog))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("verify %s: %w", home, ErrNoWorkspace)
	} else if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	a := &Audit{}
	whole := data[:strings.LastIndexByte(string(data), '\n')+1] // a line that is being written is not there yet
	entries, err := parseJournal(whole)
	if broken, ok := errors.AsType[*BrokenError](err); ok {
		a.Problems = append(a.Problems, fmt.Sprintf("日志第%d行被改动或前面有删除：%s", broken.Line, broken.Why))
		return a, nil
	} else if err != nil {
		return nil, err
	}
	if a.Entries = len(entries); a.Entries > 0 {
		last := entries[len(entries)-1]
		a.Head, a.Newest = last.Hash, last.At
	}
	store := archive{filepath.Join(home, archiveDir)}
	checked := make(map[string]bool)
	for _, e := range entries {
		if (e.Kind == Received || e.Kind == Defined || e.Kind == Queued && e.SHA256 != "") && !checked[e.SHA256] {
			checked[e.SHA256] = true
			if err := store.verify(e.SHA256); err != nil {
				a.Problems = append(a.Problems, fmt.Sprintf("日志第%d条的原件有误：%v", e.Seq, err))
				continue
			}
			a.Originals++
		}
		if e.Kind == Decided {
			name := filepath.Join(home, ReceiptDir, e.Receipt+dataReceipt)
			if _, err := os.Stat(name); err != nil {
				a.Problems = append(a.Problems, fmt.Sprintf("日志第%d条的回执有误：%v", e.Seq, err))
				continue
			}
			a.Receipts++
		}
	}
	return a, nil
}

// verify reads an original through and compares its bytes with its name.
func (a archive) verify(sum string) error {
	_, err := a.read(sum, 0)
	return err
}
