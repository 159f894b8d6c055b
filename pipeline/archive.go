package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An archive keeps every file that was ever dropped, under its SHA-256, before
// anything reads it. Files are never changed and never removed.
type archive struct{ dir string }

// put stores the bytes of r durably and returns their hash and size. The same
// bytes are stored once. When put returns, the file survives a power cut.
func (a archive) put(r io.Reader) (sum string, size int64, err error) {
	tmp, err := os.CreateTemp(a.dir, "incoming-*")
	if err != nil {
		return "", 0, fmt.Errorf("create archive file: %w", err)
	}
	defer func() {
		if rerr := os.Remove(tmp.Name()); err == nil && rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = fmt.Errorf("remove %s: %w", tmp.Name(), rerr)
		}
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(tmp, h), r)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", 0, fmt.Errorf("write archive file: %w", err)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	final := a.path(sum)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", 0, fmt.Errorf("create archive folder: %w", err)
	}
	if err := os.Chmod(tmp.Name(), 0o444); err != nil {
		return "", 0, fmt.Errorf("protect archive file: %w", err)
	}
	// A link fails when the name exists: an archived original is never replaced.
	if err := os.Link(tmp.Name(), final); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", 0, fmt.Errorf("archive %s: %w", sum, err)
	}
	if err := syncDir(filepath.Dir(final)); err != nil {
		return "", 0, err
	}
	return sum, size, syncDir(a.dir)
}

// read returns the archived bytes, verified against their name, up to a limit: a
// larger file is cut off one byte past it, enough for a reader to refuse it and
// not enough to fill the memory.
func (a archive) read(sum string, limit int64) (_ []byte, err error) {
	f, err := os.Open(a.path(sum))
	if err != nil {
		return nil, fmt.Errorf("read original %s: %w", sum, err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close original %s: %w", sum, cerr)
		}
	}()
	h := sha256.New()
	var data bytes.Buffer
	if _, err := io.Copy(&data, io.TeeReader(io.LimitReader(f, limit+1), h)); err != nil {
		return nil, fmt.Errorf("read original %s: %w", sum, err)
	}
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("read original %s: %w", sum, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return nil, fmt.Errorf("original %s is damaged: its bytes hash to %s", sum, got)
	}
	return data.Bytes(), nil
}

func (a archive) path(sum string) string { return filepath.Join(a.dir, sum[:2], sum) }

// syncDir makes the entries of a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// writeFile writes a whole file or nothing: to a neighbour first, then renamed.
func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("create folder of %s: %w", name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".write-*")
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(tmp.Name()))
	}
	return nil
}
