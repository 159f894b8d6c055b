package warehouse_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

func run(id, p string) warehouse.Run {
	return warehouse.Run{
		ID: id, Job: "月度评估", Slot: day(10), Period: period.MustParse(p), AsOf: day(9), Started: day(10), Finished: day(10).Add(time.Second),
		State: warehouse.RunOK, Hash: "hash-" + id, CatalogueHash: "cat",
	}
}

func assessment(r warehouse.Run) *indicator.Assessment {
	return &indicator.Assessment{Period: r.Period, AsOf: r.AsOf, Hash: r.Hash, Results: []indicator.Result{
		{
			Code: "A.X", Name: "甲", Area: indicator.All, Unit: "亿元", Kind: indicator.Input, Nature: indicator.FlowYTD,
			Asked: r.Period, Period: period.MustParse("2026-Q1"), Value: indicator.Some(0.1 + 0.2), Growth: indicator.Some(indicator.Percent(5.2)),
			TargetID: "T1", Lamp: indicator.Red, Reason: "落后于序时进度", Method: "path@1", Submission: 7,
			Projection: &indicator.Projection{Value: 1, Method: "m@1", Points: 4},
		},
		{Code: "B.X", Area: indicator.Dir, Asked: r.Period, Absence: indicator.Overdue, Lamp: indicator.Grey, TargetID: "T2"},
		{Code: "C.X", Area: indicator.Dir, Asked: r.Period, Absence: indicator.NotDue},
	}}
}

func alert(episode, state string) warehouse.AlertRow {
	return warehouse.AlertRow{
		Episode: episode, Rule: "lagging", Code: "A.X", Area: indicator.All, State: state, Level: "red",
		Since: period.MustParse("2026-Q1"), Period: period.MustParse("2026-03"), At: day(10), Detail: `{"n":1}`,
	}
}

func TestAssessmentComesBackAsSaved(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	r := run("r1", "2026-03")
	a := assessment(r)
	if err := db.SaveAssessment(t.Context(), r, a, []warehouse.AlertRow{alert("e1", "open")}, []warehouse.AlertRow{alert("e1", "opened")}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Assessment(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("assessment (-want +got)\n%s", diff)
	}
	last, err := db.LastRun(t.Context(), "月度评估", period.MustParse("2026-03"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&r, last); diff != "" {
		t.Errorf("run (-want +got)\n%s", diff)
	}
	states, err := db.AlertStates(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]warehouse.AlertRow{alert("e1", "open")}, states); diff != "" {
		t.Errorf("alerts (-want +got)\n%s", diff)
	}
	var target, method string
	var value float64
	var submission int64
	if err := db.SQL().QueryRow("SELECT target, method, value, submission FROM lamp WHERE lamp = 'red'").Scan(&target, &method, &value, &submission); err != nil {
		t.Fatal(err)
	}
	if target != "T1" || method != "path@1" || value != 0.1+0.2 || submission != 7 {
		t.Errorf("lamp: got %s %s %v %d", target, method, value, submission)
	}
	if n := count(t, db, "SELECT count(*) FROM lamp"); n != 2 {
		t.Errorf("got %d lamps, want 2: an indicator that is not scored has none", n)
	}
}

func TestSavingARunAgainChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	r := run("r1", "2026-03")
	if err := db.SaveAssessment(t.Context(), r, assessment(r), []warehouse.AlertRow{alert("e1", "open")}, nil); err != nil {
		t.Fatal(err)
	}
	changed := r
	changed.Hash, changed.Message = "other", "again"
	if err := db.SaveAssessment(t.Context(), changed, assessment(changed), []warehouse.AlertRow{alert("e2", "open")}, []warehouse.AlertRow{alert("e2", "opened")}); err != nil {
		t.Fatal(err)
	}
	for table, n := range map[string]int{"run": 1, "result": 3, "lamp": 2, "alert_state": 1, "alert_event": 0} {
		if got := count(t, db, "SELECT count(*) FROM "+table); got != n {
			t.Errorf("%s: got %d rows, want %d", table, got, n)
		}
	}
	last, err := db.LastRun(t.Context(), r.Job, r.Period)
	if err != nil || last.Hash != r.Hash {
		t.Errorf("got %+v, %v", last, err)
	}
}

func TestAlertsAreThoseOfTheLastRunThatWasOK(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	save := func(r warehouse.Run, a *indicator.Assessment, states ...warehouse.AlertRow) {
		t.Helper()
		if err := db.SaveAssessment(t.Context(), r, a, states, nil); err != nil {
			t.Fatal(err)
		}
	}
	// The clock stands still: the order of saving decides.
	first, second, failed := run("z", "2026-03"), run("a", "2026-03"), run("f", "2026-03")
	failed.State, failed.Message, failed.Hash = warehouse.RunFailed, "磁盘已满", ""
	save(first, assessment(first), alert("e1", "open"), alert("e2", "open"))
	save(second, assessment(second), alert("e2", "closing"))
	save(failed, nil)
	states, err := db.AlertStates(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]warehouse.AlertRow{alert("e2", "closing")}, states); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	last, err := db.LastRun(t.Context(), failed.Job, failed.Period)
	if err != nil || last.ID != "f" || last.Message != "磁盘已满" {
		t.Errorf("last run: got %+v, %v", last, err)
	}
	for _, p := range []string{"2026-02", "2026-Q1"} {
		if last, err := db.LastRun(t.Context(), failed.Job, period.MustParse(p)); last != nil || err != nil {
			t.Errorf("last run for %s: got %+v, %v", p, last, err)
		}
	}
	for _, id := range []string{"f", "none"} {
		if _, err := db.Assessment(t.Context(), id); err == nil {
			t.Errorf("assessment of run %s: no error", id)
		}
	}
}

func TestRunThatContradictsItselfIsRefusedWhole(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	r := run("r1", "2026-03")
	for name, change := range map[string]func(*warehouse.Run, *indicator.Assessment){
		"other period": func(_ *warehouse.Run, a *indicator.Assessment) { a.Period = period.MustParse("2026-02") },
		"other as-of":  func(_ *warehouse.Run, a *indicator.Assessment) { a.AsOf = day(1) },
		"other hash":   func(_ *warehouse.Run, a *indicator.Assessment) { a.Hash = "x" },
		"failed":       func(r *warehouse.Run, _ *indicator.Assessment) { r.State = warehouse.RunFailed },
		"no state":     func(r *warehouse.Run, _ *indicator.Assessment) { r.State = "" },
		"no ID":        func(r *warehouse.Run, _ *indicator.Assessment) { r.ID = "" },
		"not a number": func(_ *warehouse.Run, a *indicator.Assessment) { a.Results[1].Value = indicator.Some(math.NaN()) },
		"no such lamp": func(_ *warehouse.Run, a *indicator.Assessment) { a.Results[1].Lamp = "purple" },
	} {
		bad := r
		a := assessment(r)
		change(&bad, a)
		if err := db.SaveAssessment(t.Context(), bad, a, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := db.SaveAssessment(t.Context(), r, nil, nil, nil); err == nil {
		t.Error("no assessment: no error")
	}
	for _, table := range []string{"run", "result", "lamp"} {
		if n := count(t, db, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}
