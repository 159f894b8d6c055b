package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"zhibiao/ingest/form"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// ErrNotFiled is returned for a form, period and department that do not belong
// together: there is nothing to issue.
var ErrNotFiled = errors.New("not filed")

// ErrInTheWay is returned when another file has the name of a form to be issued:
// it may have been filled in already.
var ErrInTheWay = errors.New("another file of this name is there: move it away first")

// A Template is an issued form: whose it is and the file it was written to.
type Template struct {
	Form       string        `json:"form"`
	Title      string        `json:"title"`
	Department string        `json:"department"`
	Period     period.Period `json:"period"`
	File       string        `json:"file"`
}

// Issue writes the workbook of a form for a period, with what was accepted before
// as it is known now, into a folder: one for each department that files it, or for
// the one named. The number may be short: 101 is 双城101表.
func (p *Pipeline) Issue(dir, number string, q period.Period, department string) ([]Template, error) {
	f := p.Defs.Forms.Form(number)
	if f == nil {
		f = p.Defs.Forms.Form("双城" + strings.TrimSuffix(number, "表") + "表")
	}
	if f == nil {
		return nil, fmt.Errorf("form %q: %w", number, ErrNotFiled)
	}
	e := f.Edition(q)
	if e == nil || e.Exempt(q) {
		return nil, fmt.Errorf("%s for %s: %w", f.Number, q, ErrNotFiled)
	}
	filers := f.Departments(q)
	switch {
	case f.Unassigned && p.Defs.Catalogue.Department(department) == nil:
		return nil, fmt.Errorf("%s for department %q: %w: the plan names no filer, name a department", f.Number, department, ErrNotFiled)
	case f.Unassigned || department != "" && slices.Contains(filers, department):
		filers = []string{department}
	case department != "":
		return nil, fmt.Errorf("%s for department %q: %w: want one of %s", f.Number, department, ErrNotFiled, strings.Join(filers, ", "))
	}
	var issued []Template
	for _, d := range filers {
		t, err := p.issue(dir, f, q, d)
		if err != nil {
			return issued, err
		}
		issued = append(issued, t)
	}
	return issued, nil
}

// IssueAll writes every workbook that is expected for the periods that end
// together with q, of all departments or of one.
func (p *Pipeline) IssueAll(dir string, q period.Period, department string) ([]Template, error) {
	var issued []Template
	for _, x := range p.Defs.Forms.Expected(q) {
		if department != "" && x.Department != department {
			continue
		}
		t, err := p.issue(dir, x.Form, x.Period, x.Department)
		if err != nil {
			return issued, err
		}
		issued = append(issued, t)
	}
	if len(issued) == 0 {
		return nil, fmt.Errorf("forms of department %q for %s: %w", department, q, ErrNotFiled)
	}
	return issued, nil
}

func (p *Pipeline) issue(dir string, f *form.Form, q period.Period, department string) (Template, error) {
	var b bytes.Buffer
	past := func(code indicator.Code, end int) (form.Number, bool) {
		k, ok := p.history(code, end)
		if !ok || k.Value.Valid {
			return form.Number{Value: k.Value.Decimal}, ok
		}
		return form.Number{Absent: k.Status}, true
	}
	if err := p.Defs.Forms.Issue(&b, f, q, department, past); err != nil {
		return Template{}, err
	}
	name := filepath.Join(dir, cleanName(strings.Join([]string{f.Number, department, q.Name()}, "_"))+".xlsx")
	switch old, err := os.ReadFile(name); {
	case err == nil && bytes.Equal(old, b.Bytes()): // the same arguments give the same bytes
	case err == nil:
		return Template{}, fmt.Errorf("write %s: %w", name, ErrInTheWay)
	case !errors.Is(err, os.ErrNotExist):
		return Template{}, fmt.Errorf("look at %s: %w", name, err)
	default:
		if err := writeFile(name, b.Bytes()); err != nil {
			return Template{}, err
		}
	}
	return Template{f.Number, f.Title, department, q, name}, nil
}

// cleanName makes a file name of words that people chose: what is not a letter,
// digit or plain mark could leave the folder or mislead a reader.
func cleanName(words string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-—（）()", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(words, "_"))
	const limit = 200 // bytes: a name has at most 255 on the usual systems
	for len(name) > limit {
		r := []rune(name)
		name = string(r[:len(r)-1])
	}
	return name
}
