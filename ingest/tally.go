package ingest

import (
	"cmp"
	"slices"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// A trial is one rule asked of one subject: a row, a relation, the return.
type trial struct{ rule, subject string }

// An answer is what became of a trial. Failing outweighs what could not be
// asked, and that outweighs passing: a rule with two bounds is one trial.
type answer uint8

const (
	passed answer = iota
	unverifiable
	failed
)

// trials remember every trial of a return, each once.
type trials struct {
	order   []trial
	answers map[trial]answer
	missing map[trial]string
}

func (t *trials) note(rule, subject string, a answer, missing string) {
	k := trial{rule, subject}
	if t.answers == nil {
		t.answers, t.missing = map[trial]answer{}, map[trial]string{}
	}
	before, asked := t.answers[k]
	if !asked {
		t.order = append(t.order, k)
	}
	if !asked || a > before {
		t.answers[k], t.missing[k] = a, missing
	}
}

// tally counts the trials for the receipt, the unverifiable ones by rule and
// then in the order of the sheet.
func (t *trials) tally(name func(rule string) string) receipt.Tally {
	var out receipt.Tally
	for _, k := range t.order {
		switch t.answers[k] {
		case passed:
			out.Passed++
		case failed:
			out.Failed++
		case unverifiable:
			out.Unverifiable = append(out.Unverifiable, receipt.Unverified{Rule: k.rule, Name: name(k.rule), Missing: t.missing[k]})
		}
	}
	slices.SortStableFunc(out.Unverifiable, func(a, b receipt.Unverified) int { return cmp.Compare(a.Rule, b.Rule) })
	return out
}

// rule is a rule of the catalogue when it applies to the return's period; nil
// when there is none or it is not in force.
func (c *check) rule(id string) *indicator.Rule {
	if r := c.defs.rules[id]; r != nil && r.InForce(c.ret.Period) {
		return r
	}
	return nil
}

// name is the rule's name in the catalogue.
func (c *check) name(id string) string {
	if r := c.defs.rules[id]; r != nil {
		return r.Name
	}
	return ""
}

// pass records that a rule holds for a subject.
func (c *check) pass(r *indicator.Rule, subject indicator.Code) {
	c.trials.note(r.ID, string(subject), passed, "")
}

// cannot records that a rule could not be asked of a subject, and what was not
// there.
func (c *check) cannot(r *indicator.Rule, subject indicator.Code, missing string) {
	c.trials.note(r.ID, string(subject), unverifiable, missing)
}

// fail raises a finding of a rule about a subject, at the rule's level. Rows are
// those whose 说明 may answer it; none are the finding's own.
func (c *check) fail(r *indicator.Rule, subject indicator.Code, f finding.Finding, rows ...indicator.Code) {
	f.Rule, f.Severity = r.ID, finding.Severity(r.Level)
	if f.Message == "" {
		f.Message = r.Message
	}
	if f.Hint == "" {
		f.Hint = r.Hint
	}
	if f.Severity == finding.Plausibility && len(rows) > 0 {
		c.answers[f.Key()] = rows
	}
	c.trials.note(r.ID, string(subject), failed, "")
	c.found = append(c.found, f)
}

// at is a finding about a filed cell, still without words.
func (c *check) at(o *indicator.Observation) finding.Finding {
	return finding.Finding{Place: c.place(o), Label: c.labels[o.Code], Code: string(o.Code)}
}

// whole is the subject of the rules about the return as a whole.
const whole indicator.Code = ""

// recognised records the trials of the rules that the reader of the form has
// already asked: R01, R02 and R29 of the return, R03, R04 and R28 of each row.
func (c *check) recognised(found finding.List) {
	broken := map[trial]bool{}
	for _, f := range found {
		if f.Severity != finding.Note {
			broken[trial{f.Rule, f.Code}] = true
			broken[trial{f.Rule, ""}] = true
		}
	}
	ask := func(id string, subject indicator.Code) {
		if r := c.rule(id); r != nil {
			a := passed
			if broken[trial{id, string(subject)}] {
				a = failed
			}
			c.trials.note(id, string(subject), a, "")
		}
	}
	ask("R01", whole)
	ask("R02", whole)
	if e := c.ret.Form.Edition(c.ret.Period); e != nil && e.JanuaryExempt {
		ask("R29", whole)
	}
	for i := range c.ret.Lines {
		row := &c.ret.Lines[i].Row
		ask("R03", row.Code)
		ask("R04", row.Code)
		if len(row.Calibers) > 0 {
			ask("R28", row.Code)
		}
	}
}

// inForce drops what the reader found by a rule that does not apply to the
// period of the return.
func (d *Definitions) inForce(ret *form.Return, found finding.List) finding.List {
	return slices.DeleteFunc(found, func(f finding.Finding) bool {
		r := d.rules[f.Rule]
		return r != nil && !r.InForce(ret.Period)
	})
}
