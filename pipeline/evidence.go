package pipeline

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"zhibiao/ingest/receipt"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// Unrounded is a value in full: the shortest decimal that is it.
func Unrounded(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Evidence writes the workbook that proves a number: the steps of an explanation
// made as of a time, and the sheets of the returns that they stand on, read again
// from the archive. The same explanation gives the same bytes.
func (p *Pipeline) Evidence(w io.Writer, s *Step, asOf time.Time) error {
	e := &receipt.Evidence{Title: "数据依据：" + s.Name + "（" + s.Period.Name() + "）"}
	places := make(map[sheetOf]int)
	tested := false
	for _, src := range s.Sources() {
		at := sheetOf{src.Submission, src.Sheet}
		if places[at] != 0 {
			continue
		}
		o, err := p.reopened(src)
		if err != nil {
			return err
		}
		if d := p.dossiers[src.Submission]; d != nil {
			o.Received = shanghai(d.received.At)
			last := d.last()
			o.Return = last.Form + " " + last.Department + " " + last.Period.Name()
			tested = tested || last.TestData
		}
		e.Originals = append(e.Originals, o)
		places[at] = len(e.Originals)
	}
	if tested {
		e.Title += "　测试数据，不得作为统计资料使用"
	}
	e.Steps = traces(nil, s, 0, places)
	value := s.Why
	if s.Value.OK {
		value = s.Printed + s.Unit + "（未修约 " + Unrounded(s.Value.V) + "）"
	}
	e.Facts = [][2]string{
		{"指标", s.Name + "（" + string(s.Code) + "）"},
		{"数值", value},
		{"报告期", s.Period.Name()},
		{"数据时点", shanghai(asOf)},
		{"日志", p.head(asOf)},
		{"指标定义", "SHA-256 " + p.Defs.Catalogue.Hash},
	}
	return receipt.WriteEvidence(w, e)
}

// A sheetOf is a sheet of a submission.
type sheetOf struct {
	submission int64
	sheet      string
}

func shanghai(t time.Time) string { return t.In(period.Shanghai).Format("2006-01-02 15:04:05") }

// head is the last entry of the journal at a time: what the evidence was read
// from can be held against it.
func (p *Pipeline) head(asOf time.Time) string {
	var last *Entry
	for i := range p.journal.entries {
		if e := &p.journal.entries[i]; !e.At.After(asOf) {
			last = e
		}
	}
	if last == nil {
		return "（空）"
	}
	return fmt.Sprintf("至第%d条，校验 %s", last.Seq, last.Hash)
}

// reopened reads the sheet of a source again.
func (p *Pipeline) reopened(src *Source) (receipt.Original, error) {
	data, err := p.archive.read(src.SHA256, workbook.DefaultLimits().File)
	if err != nil {
		return receipt.Original{}, err
	}
	book, found := workbook.Open(src.File, data, workbook.DefaultLimits())
	if book == nil {
		return receipt.Original{}, fmt.Errorf("read %s again: %s", src.File, found.String())
	}
	sheet := book.Sheet(src.Sheet)
	if sheet == nil {
		return receipt.Original{}, fmt.Errorf("read %s again: no sheet %q", src.File, src.Sheet)
	}
	return receipt.Original{
		File: src.File, SHA256: src.SHA256, Receipt: src.Receipt, Submission: src.Submission, Sheet: sheet,
	}, nil
}

// traces lists a tree of steps, each before what it is made of.
func traces(list []receipt.Trace, s *Step, depth int, places map[sheetOf]int) []receipt.Trace {
	t := receipt.Trace{
		Depth: depth, Name: s.Name, Text: s.Text, Period: s.Period.Name(), Printed: s.Printed, Unit: s.Unit, Vintage: s.Vintage, Note: s.Why,
	}
	if s.Value.OK {
		t.Value = Unrounded(s.Value.V)
	}
	if !s.CarriedTo.IsZero() {
		t.Note = "沿用" + s.Period.Point() + "的数于" + s.CarriedTo.Name()
	}
	if src := s.Source; src != nil {
		t.Status, t.Caliber, t.Cell = indicator.ObsStatus(src.Status).Name(), src.Caliber, src.Cell
		t.Original = places[sheetOf{src.Submission, src.Sheet}]
		if src.Filed != t.Value {
			t.Note += "填报“" + src.Filed + "”"
		}
	}
	list = append(list, t)
	for _, ch := range s.Steps {
		list = traces(list, ch, depth+1, places)
	}
	return list
}
