package pipeline

import (
	"maps"
	"slices"
	"time"

	"zhibiao/ingest"
	"zhibiao/ingest/receipt"
)

// A dossier is what the journal says of one return: when it came, and what was
// decided about it, oldest first.
type dossier struct {
	received  Entry
	decisions []Entry
}

// last is the decision in force.
func (d *dossier) last() *Entry { return &d.decisions[len(d.decisions)-1] }

// verdict is the one in force.
func (d *dossier) verdict() receipt.Verdict { return receipt.Verdict(d.last().Verdict) }

// explanations are all that were given to the return, the later in the place of
// the earlier.
func (d *dossier) explanations() map[string]string {
	all := make(map[string]string)
	for i := range d.decisions {
		maps.Copy(all, d.decisions[i].Explanations)
	}
	return all
}

// history is the later decisions as a receipt tells them.
func (d *dossier) history() []receipt.Decision {
	var out []receipt.Decision
	for i := range d.decisions[1:] {
		e := &d.decisions[i+1]
		out = append(out, receipt.Decision{At: e.At, Verdict: receipt.Verdict(e.Verdict), By: e.By, Why: e.Why})
	}
	return out
}

// note remembers an entry of the journal.
func (p *Pipeline) note(e Entry) {
	switch e.Kind {
	case Received:
		p.newest = e.At
		p.dossiers[e.Seq] = &dossier{received: e}
	case Decided:
		p.settle(e)
	case Noted:
		p.replies[p.dossiers[e.Cause].received.SHA256] = e.Receipt
	case Evaluated:
		p.advance(e.Period, e.AsOf)
	case Defined:
		p.defined = e.SHA256
	case Queued, Delivered, Undelivered:
		p.delivered(e)
	case Told:
		for _, t := range e.Told {
			p.told[t.Episode] = t
		}
	}
}

// settle remembers a decision.
func (p *Pipeline) settle(e Entry) {
	d := p.dossiers[e.Submission]
	d.decisions = append(d.decisions, e)
	p.replies[d.received.SHA256] = e.Receipt
	if e.Cause != 0 {
		p.replies[p.dossiers[e.Cause].received.SHA256] = e.Receipt
	}
	if e.At.After(p.newest) {
		p.newest = e.At
	}
	if len(d.decisions) == 1 && e.Form != "" {
		key := returnKey{e.Form, e.Department, e.Period}
		p.filed[key] = append(p.filed[key], d)
	}
}

// accepted is the return in force of a form, department and period: of those
// that are accepted, the one accepted last.
func (p *Pipeline) accepted(k returnKey) (prior ingest.Prior, ok bool) {
	var newest *Entry
	for _, d := range p.filed[k] {
		if e := d.last(); d.verdict() == receipt.Accepted && (newest == nil || e.At.After(newest.At)) {
			newest = e
		}
	}
	if newest == nil {
		return ingest.Prior{}, false
	}
	return ingest.Prior{Version: newest.Version, Receipt: newest.Receipt}, true
}

// tested reports whether a return that was accepted by a time says 测试数据: then
// so does every report.
func (p *Pipeline) tested(asOf time.Time) bool {
	return slices.ContainsFunc(p.journal.entries, func(e Entry) bool {
		return e.Kind == Decided && e.TestData && e.Verdict == string(receipt.Accepted) && !e.At.After(asOf)
	})
}
