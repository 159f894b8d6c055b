package warehouse_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/warehouse"
)

var day0 = time.Date(2026, 4, 1, 9, 30, 0, 123456000, period.Shanghai)

func day(n int) time.Time { return day0.AddDate(0, 0, n) }

func submission(id int64, received time.Time) warehouse.Submission {
	return warehouse.Submission{
		ID: id, SHA256: fmt.Sprintf("sha-%d", id), File: fmt.Sprintf("return%d.xlsx", id),
		Form: "双城201表", FormVersion: "2026", Department: "stats", Period: period.MustParse("2026-03"),
		Version: int(id), Received: received, Receipt: fmt.Sprintf("receipt%d.xlsx", id),
	}
}

func obs(code, p, value string) indicator.Observation {
	o := indicator.Observation{
		Code: indicator.Code(code), Area: indicator.All, Period: period.MustParse(p), Measure: indicator.ValueMeasure,
		Status: indicator.Provisional, Vintage: indicator.Flash, Sheet: "表一", Cell: "C12",
	}
	switch value {
	case "—":
		o.Status = indicator.CannotExist
	case "…":
		o.Status = indicator.NotSignificant
	case "":
		o.Status = indicator.Missing
	default:
		o.Value = decimal.NewNullDecimal(decimal.RequireFromString(value))
	}
	return o
}

func publish(t testing.TB, db *warehouse.DB, sub warehouse.Submission, list ...indicator.Observation) {
	t.Helper()
	if err := db.Publish(context.Background(), sub, list, nil); err != nil {
		t.Fatal(err)
	}
}

// values are what Observations shows: code, period and value.
func values(t testing.TB, db *warehouse.DB, asOf time.Time, codes ...indicator.Code) []string {
	t.Helper()
	list, err := db.Observations(context.Background(), codes, asOf)
	if err != nil {
		t.Fatal(err)
	}
	return show(list)
}

func show(list []warehouse.Filed) []string {
	lines := make([]string, len(list))
	for i, f := range list {
		v := "(" + string(f.Status) + ")"
		if f.Value.Valid {
			v = f.Value.Decimal.String()
		}
		lines[i] = fmt.Sprintf("%s %s %s #%d", f.Code, f.Period, v, f.Submission)
	}
	return lines
}

func want(t testing.TB, got []string, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

var sameNumber = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

// A small load goes through the appender, a large one through Arrow.
const large = 3000

func filler(n int) []indicator.Observation {
	list := make([]indicator.Observation, n)
	for i := range list {
		list[i] = obs(fmt.Sprintf("Z%04d.X", i), "2026-02", fmt.Sprintf("%d.25", i))
		list[i].Cell = fmt.Sprintf("D%d", i)
	}
	return list
}

func TestObservationComesBackAsFiled(t *testing.T) {
	t.Parallel()
	odd := []indicator.Observation{
		{
			Code: "A.X", Area: indicator.Dir, Period: period.MustParse("2025"), Measure: indicator.GrowthMeasure,
			Value: decimal.NewNullDecimal(decimal.RequireFromString("-0.000001")), Status: indicator.Break, Vintage: indicator.Census,
			Caliber: "新口径", Note: "核实过 '; DROP TABLE x", Sheet: "表 “一”", Cell: "AA100",
		},
		obs("B.X", "2026-H1", "999999999999999999.999999"),
		obs("C.X", "2026-Q1", "—"),
		obs("D.X", "2026-02", "…"),
		obs("E.X", "2026-02", ""),
		obs("F.X", "2026-02", "0"),
		obs("G.X", "2026-02", "1.50000000"),
		obs("H.X", "2026-02", "12e3"),
		obs("I.X", "2026-02", "-999999999999999999.999999"),
		obs("J.X", "2026-02", "0.1"),
		obs("K.X", "2026-02", "123456789012345678"),
	}
	for _, more := range []int{0, large} {
		path := filepath.Join(t.TempDir(), "w.duckdb")
		db := open(t, path)
		all := append(slices.Clone(odd), filler(more)...)
		publish(t, db, submission(7, day(1)), all...)
		db = reopen(t, db, path)
		got, err := db.Observations(t.Context(), nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var wanted []warehouse.Filed
		for _, o := range all {
			wanted = append(wanted, warehouse.Filed{Observation: o, Submission: 7, File: "return7.xlsx", KnownFrom: day(1)})
		}
		if diff := cmp.Diff(wanted, got, sameNumber); diff != "" {
			t.Errorf("with %d more (-want +got)\n%s", more, diff)
		}
	}
}

func TestLargeLoadsSupersedeLikeSmallOnes(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	first, second := obs("A.X", "2026-03", "1"), obs("A.X", "2026-03", "2")
	publish(t, db, submission(1, day(1)), append(filler(large), first)...)
	publish(t, db, submission(3, day(3)), append(filler(large), second)...)
	publish(t, db, submission(2, day(2)), append(filler(large), obs("B.X", "2026-03", "5"), first)...) // late
	want(t, values(t, db, time.Time{}, "A.X", "B.X", "Z0007.X"), "A.X 2026-03 2 #3", "B.X 2026-03 5 #2", "Z0007.X 2026-02 7.25 #3")
	want(t, values(t, db, day(2), "A.X"), "A.X 2026-03 1 #2")
	if n := count(t, db, "SELECT count(*) FROM observation_current"); n != large+2 {
		t.Errorf("got %d current observations, want %d", n, large+2)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	// Nothing of a large load that is refused stays, staged or stored, however late it
	// is found: the second batch is checked when the first is in DuckDB.
	bad := obs("C.X", "2026-03", "1")
	bad.Status = "Z"
	again := filler(1)[0]
	again.Cell = "E1"
	for _, c := range []struct {
		o    indicator.Observation
		want string
	}{
		{bad, `publish submission 4: observation C.X ALL 2026-03 at 表一!C12: obs_status "Z": want one of ["A" "P" "E" "B" "D" "N" "M" "O"]`},
		{again, "publish submission 4: observation Z0000.X ALL 2026-02 value is filed twice: at 表一!D0 and 表一!E1"},
	} {
		for _, n := range []int{500, large, 70_000} {
			err := db.Publish(t.Context(), submission(4, day(4)), append(filler(n), c.o), nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("%d observations before: error %v\nwant %s", n, err, c.want)
			}
		}
	}
	for table, n := range map[string]int{"series": large + 2, "submission": 3} {
		if got := count(t, db, "SELECT count(*) FROM "+table); got != n {
			t.Errorf("%d rows of %s, want %d", got, table, n)
		}
	}
	if err := db.Publish(t.Context(), submission(4, day(4)), filler(large), finding.List{{Severity: "fatal"}}); err == nil {
		t.Error("no error")
	}
	if n := count(t, db, "SELECT count(*) FROM duckdb_views() WHERE NOT internal"); n != 0 {
		t.Errorf("got %d views left", n)
	}
	publish(t, db, submission(4, day(4)), filler(large)...)
}

func TestObservationThatCannotBeHeldExactlyIsRefusedWhole(t *testing.T) {
	t.Parallel()
	good := obs("A.X", "2026-03", "1")
	change := func(f func(*indicator.Observation)) indicator.Observation {
		o := obs("B.X", "2026-03", "2")
		f(&o)
		return o
	}
	for name, bad := range map[string]indicator.Observation{
		"seven decimals":   obs("B.X", "2026-03", "0.1234567"),
		"too many digits":  obs("B.X", "2026-03", "1234567890123456789"),
		"huge exponent":    change(func(o *indicator.Observation) { o.Value.Decimal = decimal.New(1, math.MaxInt32) }),
		"tiny exponent":    change(func(o *indicator.Observation) { o.Value.Decimal = decimal.New(1, math.MinInt32) }),
		"long and precise": obs("B.X", "2026-03", "12345678901234567890.0000001"),
		"unknown status":   change(func(o *indicator.Observation) { o.Status = "Z" }),
		"no status":        change(func(o *indicator.Observation) { o.Status = "" }),
		"unknown vintage":  change(func(o *indicator.Observation) { o.Vintage = "draft" }),
		"unknown measure":  change(func(o *indicator.Observation) { o.Measure = "share" }),
		"no period":        change(func(o *indicator.Observation) { o.Period = period.Period{} }),
		"unresolved area":  change(func(o *indicator.Observation) { o.Area = indicator.LJ }),
		"no code":          change(func(o *indicator.Observation) { o.Code = "" }),
		"no value":         change(func(o *indicator.Observation) { o.Value.Valid = false }),
		"value of a dash":  change(func(o *indicator.Observation) { o.Status = indicator.CannotExist }),
		"filed twice":      obs("A.X", "2026-03", "2"),
		"same end twice":   obs("A.X", "2026-Q1", "2"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, "")
			err := db.Publish(t.Context(), submission(1, day(1)), []indicator.Observation{good, bad}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), "表一!C12") {
				t.Errorf("error does not name the cell: %v", err)
			}
			nothing(t, db)
			publish(t, db, submission(1, day(1)), good) // and it can be published when mended
		})
	}
}

// nothing fails the test when any table of returns has a row.
func nothing(t *testing.T, db *warehouse.DB) {
	t.Helper()
	for _, table := range []string{"submission", "verdict", "objection", "series", "observation", "observation_current"} {
		if n := count(t, db, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

func TestUnknownEnumValueIsAnErrorOfTheDatabaseToo(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	// A finding's severity passes Go unchecked: the last statement but one fails.
	bad := finding.List{{Rule: "R01", Severity: "fatal", Message: "错"}}
	if err := db.Publish(t.Context(), submission(1, day(1)), []indicator.Observation{obs("A.X", "2026-03", "1")}, bad); err == nil {
		t.Fatal("no error")
	}
	nothing(t, db)
	publish(t, db, submission(1, day(1)), obs("A.X", "2026-03", "1"))
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCancelledPublishLeavesNothing(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Publish(ctx, submission(1, day(1)), []indicator.Observation{obs("A.X", "2026-03", "1")}, nil); err == nil {
		t.Fatal("no error")
	}
	nothing(t, db)
	publish(t, db, submission(1, day(1)), obs("A.X", "2026-03", "1"))
	want(t, values(t, db, time.Time{}), "A.X 2026-03 1 #1")
}

func TestPublishingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	sub := submission(1, day(1))
	list := []indicator.Observation{obs("A.X", "2026-03", "1")}
	notes := finding.List{{Rule: "R20", Severity: finding.Plausibility, Message: "请说明"}}
	for range 2 {
		if err := db.Publish(t.Context(), sub, list, notes); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"submission", "verdict", "objection", "series", "observation", "observation_current"} {
		if n := count(t, db, "SELECT count(*) FROM "+table); n != 1 {
			t.Errorf("%s has %d rows, want 1", table, n)
		}
	}
	other := sub
	other.SHA256 = "other"
	if err := db.Publish(t.Context(), other, list, nil); err == nil {
		t.Error("other bytes under the same ID: no error")
	}
	if err := db.Refuse(t.Context(), sub, nil); err == nil {
		t.Error("refusing what was published: no error")
	}
}

func TestRefuseKeepsFindingsAndNoValues(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	sub := warehouse.Submission{ID: 3, SHA256: "abc", File: "坏.xlsx", Version: 1, Received: day(1), Receipt: "回执.xlsx", Decision: warehouse.Decision{Remark: "合计不符"}}
	list := finding.List{
		{
			Rule: "R07", Severity: finding.Mandatory, Place: finding.Place{File: "坏.xlsx", Sheet: "表一", Cell: "C12"}, Label: "合计", Code: "A.X",
			Value: "940", Want: "950", Message: "合计与分项不符", Hint: "核对分项", Related: []finding.Place{{Sheet: "表一", Cell: "C13"}, {Sheet: "表一", Cell: "C14"}},
		},
		{Rule: "package-crc", Severity: finding.Note, Place: finding.Place{File: "坏.xlsx", Part: "xl/workbook.xml", Line: 3, Column: 7}, Message: "部件损坏"},
	}
	for range 2 {
		if err := db.Refuse(t.Context(), sub, list); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Findings(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, got); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	subs, err := db.Submissions(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	sub.State, sub.Seq, sub.Decided = warehouse.Returned, 1, sub.Received
	if diff := cmp.Diff([]warehouse.Submission{sub}, subs, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("submissions (-want +got)\n%s", diff)
	}
	want(t, values(t, db, time.Time{}))
	if err := db.Publish(t.Context(), sub, nil, nil); err == nil {
		t.Error("publishing what was refused: no error")
	}
}

func TestResubmissionSupersedesAndThePastStays(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	publish(t, db, submission(1, day(1)), obs("A.X", "2026-03", "1"), obs("B.X", "2026-03", "5"))
	publish(t, db, submission(2, day(5)), obs("A.X", "2026-03", "2"))
	want(t, values(t, db, time.Time{}), "A.X 2026-03 2 #2", "B.X 2026-03 5 #1")
	want(t, values(t, db, day(5)), "A.X 2026-03 2 #2", "B.X 2026-03 5 #1")
	want(t, values(t, db, day(5).Add(-time.Microsecond)), "A.X 2026-03 1 #1", "B.X 2026-03 5 #1")
	want(t, values(t, db, day(0)))
	want(t, values(t, db, time.Time{}, "B.X", "C.X"), "B.X 2026-03 5 #1")
	want(t, values(t, db, day(3), "A.X"), "A.X 2026-03 1 #1")

	history, err := db.History(t.Context(), "A.X", indicator.All, period.MustParse("2026-Q1"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, show(history), "A.X 2026-03 1 #1", "A.X 2026-03 2 #2")
}

func TestSupersedingDoesNotDependOnTheOrderOfPublishing(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	publish(t, db, submission(4, day(3)), obs("A.X", "2026-03", "4"))
	publish(t, db, submission(2, day(2)), obs("A.X", "2026-03", "2")) // an older one comes late
	want(t, values(t, db, time.Time{}), "A.X 2026-03 4 #4")
	publish(t, db, submission(3, day(3)), obs("A.X", "2026-03", "3")) // same time, lower number
	want(t, values(t, db, time.Time{}), "A.X 2026-03 4 #4")
	publish(t, db, submission(5, day(3)), obs("A.X", "2026-03", "")) // same time, higher number: an absence wins too
	want(t, values(t, db, time.Time{}), "A.X 2026-03 (O) #5")
}

func TestSubmissionStateIsThatOfTheTime(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	refused := submission(1, day(1))
	refused.Remark = "缺一行"
	if err := db.Refuse(t.Context(), refused, nil); err != nil {
		t.Fatal(err)
	}
	publish(t, db, submission(3, day(3)), obs("A.X", "2026-03", "3"))
	publish(t, db, submission(2, day(2)), obs("A.X", "2026-03", "2"))
	other := submission(4, day(4))
	other.Department = "other"
	publish(t, db, other, obs("B.X", "2026-03", "2"))
	states := func(asOf time.Time) (lines []string) {
		subs, err := db.Submissions(t.Context(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subs {
			lines = append(lines, fmt.Sprintf("%d %s %s", s.ID, s.State, s.Remark))
		}
		return lines
	}
	want(t, states(time.Time{}), "1 returned 缺一行", "2 superseded ", "3 accepted ", "4 accepted ")
	want(t, states(day(2)), "1 returned 缺一行", "2 accepted ")
	want(t, states(day(0)))
}

func TestNoViewOnArrowMemoryOutlivesALoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "w.duckdb"))
	publish(t, db, submission(1, day(1)), filler(large)...)
	wal, err := os.ReadFile(filepath.Join(dir, "w.duckdb.wal")) // not the database file itself: see Open
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(wal, []byte("arrow_scan")) || bytes.Contains(wal, []byte("observation_batch")) {
		t.Error("the WAL has the view, with addresses of this process in it")
	}
	if n := count(t, db, "SELECT count(*) FROM duckdb_views() WHERE NOT internal"); n != 0 {
		t.Errorf("got %d views after a publish: a view on Arrow memory is a dangling pointer", n)
	}
}

func TestCheckFindsACurrentTableThatLies(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"value":   "UPDATE observation_current SET value = value + 0.000001 WHERE period_end % 2 = 0",
		"caliber": "UPDATE observation_current SET caliber = 2",
		"missing": "DELETE FROM observation_current WHERE period_end % 2 = 0",
		"vintage": "UPDATE observation_current SET submission = 1",
		"word":    "DELETE FROM word WHERE id = (SELECT MAX(w.id) FROM word AS w)",
		"series":  "DELETE FROM series",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, "")
			publish(t, db, submission(1, day(1)), obs("A.X", "2026-03", "1"), obs("A.X", "2026-02", "2"))
			publish(t, db, submission(2, day(2)), obs("A.X", "2026-03", "3"))
			if err := db.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL().Exec(change); err != nil {
				t.Fatal(err)
			}
			if err := db.Check(t.Context()); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestReadersBesideTheWriterSeeWholeSubmissions(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "w.duckdb"))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				list, err := db.Observations(context.Background(), nil, time.Time{})
				if err != nil {
					t.Error(err)
					return
				}
				ids := map[int64]bool{}
				for _, f := range list {
					ids[f.Submission] = true
				}
				if len(list) != 0 && len(list) != 50 || len(ids) > 1 {
					t.Errorf("read %d observations of %d submissions: want 50 of one", len(list), len(ids))
					return
				}
			}
		})
	}
	for id := range int64(30) {
		publish(t, db, submission(id+1, day(int(id))), filler(50)...)
	}
	close(done)
	readers.Wait()
}

func TestPublishSeesWhatWasWrittenBesideIt(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	if err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO series (id, indicator, area) VALUES (1, 'A.X', 'ALL')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	publish(t, db, submission(1, day(1)), obs("A.X", "2026-03", "1"), obs("B.X", "2026-03", "2"))
	want(t, values(t, db, time.Time{}), "A.X 2026-03 1 #1", "B.X 2026-03 2 #1")
}
