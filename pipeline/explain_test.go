package pipeline_test

import (
	"bytes"
	"strings"
	"testing"

	"zhibiao/fixtures"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func TestEveryStepOfAnExplanationSaysItsUnitAndWhereItComesFrom(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool {
		q := r.Period
		return r.Form == "双城900表" || (r.Form == "双城801表" || r.Form == "双城101表" || r.Form == "双城102表") && q.Year() >= 2025
	})
	ingestAll(t, p, dir, list)
	var walk func(code indicator.Code, s *pipeline.Step)
	walk = func(code indicator.Code, s *pipeline.Step) {
		constant := strings.Trim(s.Text, "0123456789.") == ""
		if !s.Value.OK || s.Unit == "" && !constant {
			t.Errorf("%s: step %q is %v %q, why %q", code, s.Text, s.Value, s.Unit, s.Why)
		}
		if s.Vintage == "" && !constant {
			t.Errorf("%s: step %q has no vintage", code, s.Text)
		}
		if src := s.Source; src != nil && (src.File == "" || len(src.SHA256) != 64 || src.Sheet == "" || src.Cell == "" || src.Receipt == "" || src.Submission == 0 || src.KnownFrom.IsZero()) {
			t.Errorf("%s: source of %q is incomplete: %+v", code, s.Text, src)
		}
		if len(s.Steps) == 0 && s.Source == nil && !constant {
			t.Errorf("%s: %q ends in no cell", code, s.Text)
		}
		for _, ch := range s.Steps {
			walk(code, ch)
		}
	}
	q3 := period.MustParse("2026-Q3")
	for _, code := range []indicator.Code{"GDP.SHARE_MUA.ALL", "INCOME.GDP_GAP.LJ", "PENSION.COVERAGE.LJ", "VA.MFG.SHARE_GDP.LJ"} {
		s, err := p.Explain(t.Context(), code, q3, november)
		if err != nil {
			t.Fatal(err)
		}
		walk(code, s)
		if code != "PENSION.COVERAGE.LJ" {
			continue
		}
		if den := s.Steps[1]; den.CarriedTo != q3 || den.Period != period.MustParse("2025") {
			t.Errorf("the carried denominator is of %s, carried to %q", den.Period, den.CarriedTo)
		}
		if s.Steps[0].CarriedTo != (period.Period{}) {
			t.Error("the numerator of the period itself counts as carried")
		}
	}
}

func TestAnAbsentStepSaysWhy(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, func(r fixtures.Return) bool { return r.Form == "双城900表" })
	ingestAll(t, p, dir, list)
	for q, want := range map[string]string{
		"2026-Q4": "2026年四季度未到报送期（双城101表，期限2027-01-25）",
		"2026-Q3": "2026年三季度逾期未报（双城101表，期限2026-10-25）",
	} {
		s, err := p.Explain(t.Context(), "GDP.SHARE_MUA.ALL", period.MustParse(q), november)
		if err != nil {
			t.Fatal(err)
		}
		if s.Value.OK || s.Why != want || s.Steps[0].Why != want {
			t.Errorf("%s: %q and %q, want %q", q, s.Why, s.Steps[0].Why, want)
		}
	}
}

func TestTheEvidenceHasTheSheetsThatTheNumberStandsOn(t *testing.T) {
	home, defs := workspace(t)
	p := open(t, home, defs)
	defer p.Close()
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	s, err := p.Explain(t.Context(), "GDP.SHARE_MUA.ALL", period.MustParse("2026-Q3"), november)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Evidence(&out, s, november); err != nil {
		t.Fatal(err)
	}
	book, found := workbook.Open("依据.xlsx", out.Bytes(), workbook.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	if len(book.Sheets) != 2 {
		t.Fatalf("%d sheets, want the steps and the one return", len(book.Sheets))
	}
	for _, src := range s.Sources() {
		at, _ := workbook.ParseRef(src.Cell)
		if c := book.Sheets[1].Cell(at); c.Text != src.Filed || book.Sheets[1].Notes[at] == "" {
			t.Errorf("%s says %q with the note %q, want %q and a note", src.Cell, c.Text, book.Sheets[1].Notes[at], src.Filed)
		}
		if len(book.Sheets[0].Find(src.SHA256)) == 0 || len(book.Sheets[0].Find(src.Receipt)) == 0 {
			t.Errorf("the first sheet does not name %s and %s", src.SHA256, src.Receipt)
		}
	}
	if len(book.Sheets[0].Find("测试数据")) == 0 {
		t.Error("the evidence of test data does not say so")
	}
}
