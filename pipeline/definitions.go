package pipeline

import (
	"io/fs"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/kpi"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// Definitions are the checked catalogue and forms that one process works with.
type Definitions struct {
	Catalogue *indicator.Catalogue
	Forms     *form.Set
	Plan      *kpi.Plan
	Checks    *ingest.Definitions
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
	found = append(found, more...)
	found.Sort()
	if set == nil || plan == nil || found.Refused() {
		return nil, found, nil
	}
	checks, err := ingest.Define(cat, set)
	if err != nil {
		return nil, found, err
	}
	return &Definitions{Catalogue: cat, Forms: set, Plan: plan, Checks: checks}, found, nil
}
