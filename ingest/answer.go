package ingest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/ingest/form"
	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

// longestAnswer is how much of one 说明 is kept, in characters.
const longestAnswer = 2000

// comeBack looks whether the book is a receipt of ours that a department sends
// back. One that says what the original says is only an answer, and done says so. Otherwise the body is a return like any other, to which the
// explanations written into the receipt are given; said is what is wrong with
// them. A receipt of a number that nobody knows is a plain return.
func (d *Definitions) comeBack(req *Request, book *workbook.Book) (body *workbook.Book, said finding.List, done *Outcome) {
	body = receipt.Strip(book)
	a, ok := receipt.Read(book)
	if !ok || req.Original == nil {
		return body, nil, nil
	}
	data, file, ok := req.Original(a.Number)
	if !ok {
		return body, nil, nil
	}
	said = weigh(&a, req.File)
	if original, _ := workbook.Open(file, data, workbook.DefaultLimits()); original != nil && d.same(body, receipt.Strip(original), req.Received) {
		if len(a.Explanations) == 0 && len(said) == 0 {
			said = finding.List{{
				Rule: "explanation-missing", Severity: finding.Note, Place: finding.Place{File: req.File},
				Message: "回执里没有填写说明，报表也没有改动", Hint: "在回执的“说明”栏写明原因，或改正报表后再放回",
			}}
		}
		return nil, nil, &Outcome{Answer: &a, Findings: said}
	}
	all := maps.Clone(req.Explanations)
	if all == nil {
		all = map[string]string{}
	}
	for key, e := range a.Explanations {
		all[key] = e.Text
	}
	req.Explanations = all
	return body, said, nil
}

// same reports whether two books say the same: in every cell, or at least all
// that is read of a return. What else they compute, live checks and hidden
// sheets, may come out anew whenever a program opens them.
func (d *Definitions) same(a, b *workbook.Book, received time.Time) bool {
	if receipt.Same(a, b) {
		return true
	}
	x, _ := form.Extract("", a, d.Forms, received)
	y, _ := form.Extract("", b, d.Forms, received)
	if x == nil || x.Form == nil || y == nil || y.Form != x.Form || !slices.EqualFunc(x.Observations(d.Catalogue), y.Observations(d.Catalogue), alike) {
		return false
	}
	for _, ret := range []*form.Return{x, y} {
		for i := range ret.Lines {
			ret.Lines[i].Data = nil // compared as observations
		}
	}
	return reflect.DeepEqual(x, y)
}

// alike reports whether two observations are one, with the value compared as a number.
func alike(a, b indicator.Observation) bool {
	same := a.Value.Valid == b.Value.Valid && a.Value.Decimal.Equal(b.Value.Decimal)
	a.Value, b.Value = decimal.NullDecimal{}, decimal.NullDecimal{}
	return same && a == b
}

// weigh takes the explanations that explain nothing out of an answer and says
// where they stand. Such a one asks for nothing new: what it should have
// answered still waits.
func weigh(a *receipt.Answer, file string) (found finding.List) {
	for _, key := range slices.Sorted(maps.Keys(a.Explanations)) {
		e := a.Explanations[key]
		e.Place.File = file
		e.Text = brief(e.Text, longestAnswer)
		a.Explanations[key] = e
		if explains(e.Text) {
			continue
		}
		delete(a.Explanations, key)
		found = append(found, finding.Finding{
			Rule: "explanation-empty", Severity: finding.Note, Place: e.Place, Label: brief(e.Label, shownLabel),
			Value: brief(e.Text, shownExplanation), Want: fmt.Sprintf("不少于%d个字的具体原因", minExplanation),
			Message: "说明没有讲出原因，未采纳", Hint: "写明这个数为什么是这样，不要只写“属实”“核实无误”",
		})
	}
	found.Sort()
	return found
}
