package report_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

func TestTheTrackRecordSaysHowMuchItIsWorth(t *testing.T) {
	for _, c := range []struct {
		track *indicator.TrackRecord
		want  string
		rows  int
	}{
		{nil, "没有一次过去的测算可以与结果对照", 0},
		{&indicator.TrackRecord{}, "没有一次过去的测算可以与结果对照", 0},
		{&indicator.TrackRecord{Pseudo: tried(10, 29)}, "共检验29次，次数太少", 2},
		{&indicator.TrackRecord{Pseudo: tried(10, 29)}, "没有一个起点的当时数存于本系统", 2},
		{&indicator.TrackRecord{Pseudo: tried(10, 30)}, "共检验30次。恰当的区间", 2},
		{&indicator.TrackRecord{RealTime: tried(4, 12), First: tried(3, 9), Pseudo: tried(6, 18)}, "共10个起点：4个用的是当时掌握的数（实时），6个当时的数未存于本系统", 6},
		{&indicator.TrackRecord{RealTime: tried(4, 12), First: tried(3, 9)}, "共4个起点，用的都是当时掌握的数", 4},
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

// tried is a track of so many forecasts.
func tried(origins, n int) indicator.Track {
	return indicator.Track{Origins: origins, Forecasts: n, In80: n * 4 / 5, In95: n, Scaled: n, ScaledError: float64(n), NaiveError: float64(n) * 1.4}
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
