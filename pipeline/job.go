package pipeline

import (
	"slices"
	"time"
)

// LastSlot is the newest slot that a job was recorded for.
func (p *Pipeline) LastSlot(job string) (slot time.Time, ok bool) {
	for _, v := range slices.Backward(p.journal.entries) {
		if e := v; e.Kind == Job && e.Name == job {
			return e.Slot, true
		}
	}
	return time.Time{}, false
}

// RecordJob enters in the journal that a job ran for its slot, and what it
// failed of.
func (p *Pipeline) RecordJob(job string, slot, at time.Time, failure error) error {
	e := Entry{At: at, Kind: Job, Name: job, Slot: slot.UTC()}
	if failure != nil {
		e.Error = failure.Error()
	}
	_, err := p.journal.append(e)
	return err
}
