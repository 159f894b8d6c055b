//go:build duckdb_arrow

package warehouse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrLocked is what errors.Is finds in the error of Open when another process,
// or another DB of this one, has the warehouse open.
var ErrLocked = errors.New("warehouse in use")

// A LockedError says who has the warehouse open. It is returned by Open.
type LockedError struct {
	PID  int    // 0 when the holder has not written it yet
	Path string // of the warehouse
}

// Error names the warehouse and the holder.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("warehouse %s: in use by another process", e.Path)
	}
	return fmt.Sprintf("warehouse %s: in use by process %d", e.Path, e.PID)
}

// Is matches ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// A lock is the flock on the LOCK file beside the warehouse. The kernel drops it
// with the process, however the process ends; the file stays.
type lock struct{ file *os.File }

func acquire(path string) (*lock, error) {
	name := filepath.Join(filepath.Dir(path), "LOCK")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of warehouse %s: %w", path, err)
	}
	if err := flock(f); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = &LockedError{PID: holder(f), Path: path}
		} else {
			err = fmt.Errorf("lock warehouse %s: %w", path, err)
		}
		return nil, errors.Join(err, f.Close())
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write lock of warehouse %s: %w", path, err), f.Close())
	}
	return &lock{f}, nil
}

func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// holder reads the PID in a lock file held by somebody else.
func holder(f *os.File) int {
	var buf [32]byte
	n, err := f.ReadAt(buf[:], 0)
	if n == 0 && err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return 0
	}
	return pid
}

func (l *lock) release() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("release warehouse lock: %w", err)
	}
	return nil
}
