package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// manifestF lists what a backup holds. It is written last: a backup that was
// interrupted is the one before, with some files more.
const manifestF = "manifest.json"

// keptDirs are the folders of a workspace that a backup holds, besides the
// journal. The warehouse is not among them: it is made again from these.
var keptDirs = []string{archiveDir, ReceiptDir, ReportDir}

// A Manifest says what a backup holds.
type Manifest struct {
	Made    time.Time         `json:"made"` // UTC
	Entries int               `json:"entries"`
	Head    string            `json:"head"`  // of the journal
	Files   map[string]string `json:"files"` // SHA-256 by path, the journal included
	Copied  int               `json:"-"`     // files that were not there before
}

// Backup copies what the workspace cannot be made again from into a folder:
// archive, journal, receipts and reports. What the folder has already is not
// copied again. A folder whose journal is not the beginning of ours is another
// workspace's, or a better copy than we are: it is left alone, with an error.
func (p *Pipeline) Backup(dir string, at time.Time) (*Manifest, error) {
	m := &Manifest{Made: at.UTC().Truncate(time.Second), Entries: len(p.journal.entries), Head: p.journal.head(), Files: make(map[string]string)}
	ours, err := os.ReadFile(filepath.Join(p.Home, journalLog))
	if err != nil {
		return nil, fmt.Errorf("back up journal: %w", err)
	}
	theirs, err := os.ReadFile(filepath.Join(dir, journalLog))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read backup: %w", err)
	case !bytes.HasPrefix(ours, theirs):
		return nil, fmt.Errorf("back up to %s: its journal is not the beginning of this one", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create %s: %w", dir, err)
	}
	for _, folder := range keptDirs {
		if err := m.copyTree(p.Home, dir, folder); err != nil {
			return nil, fmt.Errorf("back up %s: %w", folder, err)
		}
	}
	if err := writeFile(filepath.Join(dir, journalLog), ours); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(ours)
	m.Files[journalLog] = hex.EncodeToString(sum[:])
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return m, writeFile(filepath.Join(dir, manifestF), append(text, '\n'))
}

// copyTree copies the regular files of a folder that the backup lacks or has
// otherwise, and enters all of them in the manifest.
func (m *Manifest) copyTree(home, dir, folder string) error {
	return filepath.WalkDir(filepath.Join(home, folder), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if base := d.Name(); strings.HasPrefix(base, "incoming-") || strings.HasPrefix(base, ".write-") {
			return nil // what a crash left of a file that was never there
		}
		rel, err := filepath.Rel(home, name)
		if err != nil {
			return err
		}
		sum, err := hashFile(name)
		if err != nil {
			return err
		}
		m.Files[filepath.ToSlash(rel)] = sum
		to := filepath.Join(dir, rel)
		if there, err := hashFile(to); err == nil && there == sum {
			return nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		m.Copied++
		return copyFile(to, name)
	})
}

func hashFile(name string) (_ string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return writeFile(to, data)
}

// readManifest reads a backup's manifest and compares every file with it.
func readManifest(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestF))
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read backup %s: %w", manifestF, err)
	}
	var bad []error
	for _, name := range sortedNames(m.Files) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			bad = append(bad, fmt.Errorf("%q: want a path inside the backup", name))
			continue
		}
		switch sum, err := hashFile(filepath.Join(dir, filepath.FromSlash(name))); {
		case err != nil:
			bad = append(bad, err)
		case sum != m.Files[name]:
			bad = append(bad, fmt.Errorf("%s: its bytes hash to %s, not %s", name, sum, m.Files[name]))
		}
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("verify backup: %w", errors.Join(bad...))
	}
	return &m, nil
}

func sortedNames(files map[string]string) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Restore makes a workspace from a backup, in a folder that is new or empty, and
// rebuilds its warehouse.
func Restore(ctx context.Context, dir, home string, defs *Definitions, log *slog.Logger) (*Rebuilt, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(home)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look into %s: %w", home, err)
	}
	if len(list) > 0 {
		return nil, fmt.Errorf("restore to %s: want a new or empty folder", home)
	}
	for _, name := range sortedNames(m.Files) {
		if err := copyFile(filepath.Join(home, filepath.FromSlash(name)), filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return nil, err
		}
	}
	if err := Init(home); err != nil {
		return nil, err
	}
	return Rebuild(ctx, home, defs, log)
}

// VerifyBackup restores a backup in a folder of its own, which is removed, and
// checks that every evaluation gives the hash it gave: a backup that was never
// restored is none.
func VerifyBackup(ctx context.Context, dir string, defs *Definitions, log *slog.Logger) (_ *Rebuilt, err error) {
	scratch, err := os.MkdirTemp("", "zhibiao-verify-*")
	if err != nil {
		return nil, fmt.Errorf("create scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	home := filepath.Join(scratch, "workspace")
	r, err := Restore(ctx, dir, home, defs, log)
	if err != nil {
		return nil, err
	}
	audit, err := Verify(home)
	if err != nil {
		return nil, err
	}
	if len(audit.Problems) > 0 {
		return nil, fmt.Errorf("verify backup: %s", strings.Join(audit.Problems, "；"))
	}
	return r, nil
}
