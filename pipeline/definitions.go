package pipeline

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/kpi"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// Definitions are the checked catalogue and forms that one process works with.
type Definitions struct {
	Catalogue *indicator.Catalogue
	Forms     *form.Set
	Plan      *kpi.Plan
	Checks    *ingest.Definitions

	calendar form.Calendar
	bundle   []byte // the files they were read from, as they are archived
	sum      string // SHA-256 of bundle
}

// Define loads and checks the definitions: the catalogue from one folder, the
// forms from another. It returns every finding; the Definitions are nil when
// one of them is mandatory.
func Define(catalogue, forms fs.FS) (*Definitions, finding.List, error) {
	cat, found, err := indicator.Load(catalogue)
	if err != nil {
		return nil, found, err
	}
	if cat == nil || found.Refused() {
		return nil, found, nil
	}
	set, more, err := form.Load(forms, cat)
	found = append(found, more...)
	if err != nil {
		return nil, found, err
	}
	plan, more := kpi.Compile(cat)
	found = append(append(found, more...), alert.Lint(cat)...)
	found.Sort()
	if set == nil || plan == nil || found.Refused() {
		return nil, found, nil
	}
	d := &Definitions{Catalogue: cat, Forms: set, Plan: plan}
	if d.Checks, err = ingest.Define(cat, set); err != nil {
		return nil, found, err
	}
	if d.bundle, err = pack(map[string]fs.FS{catalogueFolder: catalogue, formFolder: forms}); err != nil {
		return nil, found, fmt.Errorf("pack definitions: %w", err)
	}
	sum := sha256.Sum256(d.bundle)
	d.sum = hex.EncodeToString(sum[:])
	return d, found, nil
}

// Observe puts the deadlines of the forms into a calendar.
func (d *Definitions) Observe(c form.Calendar) {
	d.calendar = c
	d.Forms = d.Forms.On(c)
}

// The folders of a bundle.
const (
	catalogueFolder = "catalogue"
	formFolder      = "forms"
)

// pack puts the YAML files of folders into a zip file. Equal files give equal
// bytes.
func pack(folders map[string]fs.FS) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, folder := range []string{catalogueFolder, formFolder} {
		names, err := fs.Glob(folders[folder], "*.yaml") // sorted
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", folder, err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(folders[folder], name)
			if err != nil {
				return nil, fmt.Errorf("read %s/%s: %w", folder, name, err)
			}
			f, err := w.CreateHeader(&zip.FileHeader{Name: path.Join(folder, name), Method: zip.Deflate})
			if err == nil {
				_, err = f.Write(data)
			}
			if err != nil {
				return nil, fmt.Errorf("pack %s/%s: %w", folder, name, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// unpack loads the definitions of a bundle.
func unpack(bundle []byte) (*Definitions, error) {
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		return nil, fmt.Errorf("open archived definitions: %w", err)
	}
	var folders [2]fs.FS
	for i, folder := range []string{catalogueFolder, formFolder} {
		if folders[i], err = fs.Sub(z, folder); err != nil {
			return nil, fmt.Errorf("open archived definitions: %w", err)
		}
	}
	d, found, err := Define(folders[0], folders[1])
	if err == nil && d == nil {
		err = fmt.Errorf("archived definitions are refused:\n%v", found)
	}
	return d, err
}

// define enters the definitions in force in the journal and archives them, when
// the newest that it names are others: what was decided by older ones can be
// decided again.
func (p *Pipeline) define(at time.Time) error {
	if p.Defs.sum == p.defined {
		return nil
	}
	sum, size, err := p.archive.put(bytes.NewReader(p.Defs.bundle))
	if err != nil {
		return fmt.Errorf("archive definitions: %w", err)
	}
	e, err := p.journal.append(Entry{At: at, Kind: Defined, SHA256: sum, Size: size, Catalogue: p.Defs.Catalogue.Hash})
	if err != nil {
		return err
	}
	p.note(e)
	return nil
}

// recallDefinitions are those that an entry of the journal names: the ones at
// hand, or the archived ones.
func (p *Pipeline) recallDefinitions(e Entry, now *Definitions) (*Definitions, error) {
	if e.SHA256 == now.sum {
		return now, nil
	}
	bundle, err := p.archive.read(e.SHA256, e.Size)
	if err != nil {
		return nil, err
	}
	old, err := unpack(bundle)
	if err != nil {
		return nil, err
	}
	old.Observe(now.calendar)
	return old, nil
}
