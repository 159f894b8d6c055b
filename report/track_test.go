package report_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

func TestTheTrackRecordSaysHowMuchItIsWorth(t *testing.T) {
	for _, c := range []struct {
		track *indicator.Track
		want  string
		rows  int
	}{
		{nil, "没有一次过去的测算可以与结果对照", 0},
		{&indicator.Track{}, "没有一次过去的测算可以与结果对照", 0},
		{&indicator.Track{Forecasts: 29, In80: 20, In95: 28, Scaled: 29, ScaledError: 29, NaiveError: 40}, "共检验29次，次数太少", 2},
		{&indicator.Track{Forecasts: 30, In80: 24, In95: 29, Scaled: 30, ScaledError: 30, NaiveError: 40}, "共检验30次。恰当的区间", 2},
	} {
		in := small()
		in.Assessment.Results[0].Track = c.track
		d := build(t, in)
		s := d.Sections[len(d.Sections)-1]
		var text strings.Builder
		var table *document.Table
		for _, b := range s.Blocks {
			if b.Paragraph != nil {
				text.WriteString(b.Paragraph.String())
			}
			if b.Table != nil && b.Table.ID == "track" {
				table = b.Table
			}
		}
		if !strings.Contains(text.String(), c.want) {
			t.Errorf("%+v: the appendix says %q, want %q", c.track, text.String(), c.want)
		}
		if table == nil || len(table.Rows) != c.rows {
			t.Fatalf("%+v: table %+v, want %d rows", c.track, table, c.rows)
		}
		for _, r := range table.Rows {
			for _, cell := range r.Cells {
				if cell.Figure != nil && !cell.Figure.Estimate {
					t.Errorf("%s is exported as a statistic", cell.Figure.Key)
				}
			}
		}
	}
}

func TestEveryNumberOfTheProjectionIsMarkedAsAnEstimate(t *testing.T) {
	d := build(t, small())
	n := 0
	for _, f := range d.Figures {
		switch _, measure, _ := strings.Cut(f.Key, "/"); {
		case strings.HasPrefix(measure, "projection"), strings.HasPrefix(measure, "nowcast"), strings.HasPrefix(measure, "track_"),
			measure == "full_year", measure == "probability":
			n++
			if !f.Estimate {
				t.Errorf("%s is exported as a statistic", f.Key)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d figures looked at", n)
	}
}
