package ingest

import (
	"fmt"
	"maps"
	"slices"

	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// longestAnswer is how much of one 说明 is kept, in characters.
const longestAnswer = 2000

// comeBack looks whether the book is a receipt of ours that a department sends
// back. One whose sheets say what the original says is only an answer, and done
// says so. Otherwise the body is a return like any other, to which the
// explanations written into the receipt are given; said is what is wrong with
// them. A receipt of a number that nobody knows is a plain return.
func comeBack(req *Request, book *workbook.Book) (body *workbook.Book, said finding.List, done *Outcome) {
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
	original, _ := workbook.Open(file, data, workbook.DefaultLimits())
	if original != nil && receipt.Same(body, receipt.Strip(original)) {
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
