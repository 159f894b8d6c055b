package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"zhibiao/ingest/receipt"
)

// repliesDir is where a department finds its receipts, beside what it dropped.
const repliesDir = "回执"

// An Inbox watches the drop folder by polling: notification does not work on
// network drives. A file is taken when two polls in a row saw it with the same
// size and time: one that is still being copied is left alone.
type Inbox struct {
	Pipeline *Pipeline
	seen     map[string]sighting
}

type sighting struct {
	size int64
	mod  time.Time
}

// Poll looks once. It takes in every file that has come to rest and answers it
// in the folder 回执, by a workbook and a page; the original is removed from the inbox when its receipt is
// there, because the archive has it. A file that fails is tried again; the
// error joins all failures.
func (in *Inbox) Poll(ctx context.Context, now time.Time) ([]*receipt.Receipt, error) {
	dir := filepath.Join(in.Pipeline.Home, InboxDir)
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look into inbox: %w", err)
	}
	next := make(map[string]sighting)
	var taken []*receipt.Receipt
	var failed []error
	for _, d := range list {
		if !d.Type().IsRegular() || Passed(d.Name()) {
			continue
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken away between the two looks
		} else if err != nil {
			failed = append(failed, fmt.Errorf("look at %s: %w", d.Name(), err))
			continue
		}
		s := sighting{info.Size(), info.ModTime()}
		if in.seen[d.Name()] != s {
			next[d.Name()] = s
			continue
		}
		r, err := in.take(ctx, filepath.Join(dir, d.Name()), s, now)
		if err != nil {
			failed = append(failed, err)
			next[d.Name()] = s
			continue
		}
		taken = append(taken, r)
	}
	in.seen = next
	return taken, errors.Join(failed...)
}

// settle is how long a file must not have been written to, for a caller that
// does not want to wait for the next poll.
const settle = 2 * time.Second

// Settle is how long to wait until the files that the last look left in the
// inbox have come to rest; negative when it left none.
func (in *Inbox) Settle(now time.Time) time.Duration {
	if len(in.seen) == 0 {
		return -1
	}
	var wait time.Duration
	for _, s := range in.seen {
		wait = max(wait, min(settle, settle-now.Sub(s.mod)))
	}
	return wait
}

func (in *Inbox) take(ctx context.Context, name string, s sighting, now time.Time) (*receipt.Receipt, error) {
	r, err := in.Pipeline.Ingest(ctx, name, now)
	if err != nil {
		return nil, err
	}
	for _, ext := range []string{BookReceipt, PageReceipt} {
		data, err := os.ReadFile(filepath.Join(in.Pipeline.Home, ReceiptDir, r.Number+ext))
		if err != nil {
			return nil, fmt.Errorf("read receipt: %w", err)
		}
		reply := filepath.Join(filepath.Dir(name), repliesDir, replyName(name, r.Number)+ext)
		if err := writeFile(reply, data); err != nil {
			return nil, err
		}
	}
	// Somebody may have saved over the file meanwhile: then it is another file,
	// and stays for the next look.
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	} else if err != nil {
		return nil, fmt.Errorf("look at %s: %w", name, err)
	}
	if (sighting{info.Size(), info.ModTime()}) != s {
		return r, nil
	}
	if err := os.Remove(name); err != nil {
		return nil, fmt.Errorf("clear %s out of the inbox: %w", name, err)
	}
	return r, nil
}

// nameBytes is how long the part of a reply's name may be that repeats the
// file's: with the number and the ending it must fit the 255 bytes of a name.
const nameBytes = 180

// replyName is what a department finds its receipt under.
func replyName(file, number string) string {
	name := displayName(file)
	for len(name) > nameBytes {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + "." + number
}

// Passed reports whether a name in the inbox is not a return: the lock files of
// Excel and WPS, files that are still being written, and our own note.
func Passed(name string) bool {
	lower := strings.ToLower(name)
	for _, p := range []string{"~$", ".~", "."} {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	for _, s := range []string{".tmp", ".crdownload", ".part"} {
		if strings.HasSuffix(lower, s) {
			return true
		}
	}
	return lower == "thumbs.db" || lower == "desktop.ini" || name == "说明.md"
}
