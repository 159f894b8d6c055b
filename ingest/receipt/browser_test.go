package receipt_test

import (
	"testing"

	"zhibiao/report/pagetest"
)

// Every receipt is looked at in a browser.
func TestReceiptsReadOnAPhoneADeskAndPaper(t *testing.T) {
	b := pagetest.Open(t)
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) { b.Look(t, pagetest.Page{HTML: html(t, &r), Foot: []string{r.Number}}) })
	}
}
