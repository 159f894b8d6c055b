package warehouse_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline/warehouse"
)

// decide is a further decision on a submission of the tests.
func decide(t testing.TB, db *warehouse.DB, sub warehouse.Submission, seq int, at time.Time, state warehouse.State, list ...indicator.Observation) {
	t.Helper()
	sub.Decision = warehouse.Decision{Seq: seq, Decided: at, State: state, Author: "双城办", Remark: "试"}
	if err := db.Redecide(context.Background(), sub, list, nil); err != nil {
		t.Fatal(err)
	}
}

func TestWithdrawingARevisionBringsBackWhatItSuperseded(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	first, second := submission(1, day(0)), submission(2, day(1))
	publish(t, db, first, obs("A.X", "2026-03", "1"), obs("B.X", "2026-03", "10"))
	before := values(t, db, time.Time{})
	publish(t, db, second, obs("A.X", "2026-03", "2"))
	revised := values(t, db, time.Time{})
	decide(t, db, second, 2, day(2), warehouse.Withdrawn)
	if diff := gocmp.Diff(before, values(t, db, time.Time{})); diff != "" {
		t.Errorf("after the withdrawal (-before +after)\n%s", diff)
	}
	if diff := gocmp.Diff(revised, values(t, db, day(1))); diff != "" {
		t.Errorf("as known before the withdrawal (-then +now)\n%s", diff)
	}
	list, err := db.Submissions(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if list[0].State != warehouse.Accepted || list[1].State != warehouse.Withdrawn || list[1].Author != "双城办" {
		t.Errorf("states %v, %v by %q: want accepted again, withdrawn", list[0].State, list[1].State, list[1].Author)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADecisionIsTakenOnceAndInOrder(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	sub := submission(1, day(0))
	sub.State = warehouse.Pending
	if err := db.Refuse(t.Context(), sub, finding.List{{Rule: "R19", Severity: finding.Plausibility}}); err != nil {
		t.Fatal(err)
	}
	decide(t, db, sub, 2, day(3), warehouse.Accepted, obs("A.X", "2026-03", "1"))
	decide(t, db, sub, 2, day(3), warehouse.Accepted, obs("A.X", "2026-03", "1"))
	if got := values(t, db, day(2)); len(got) != 0 {
		t.Errorf("known before it was accepted: %v", got)
	}
	if got := values(t, db, day(3)); len(got) != 1 {
		t.Errorf("known when it was accepted: %v, want one value", got)
	}
	for name, d := range map[string]warehouse.Decision{
		"skipped": {Seq: 4, Decided: day(4), State: warehouse.Returned},
		"earlier": {Seq: 3, Decided: day(2), State: warehouse.Returned},
		"other":   {Seq: 2, Decided: day(3), State: warehouse.Returned},
	} {
		again := sub
		again.Decision = d
		if err := db.Redecide(t.Context(), again, nil, nil); err == nil {
			t.Errorf("%s decision was taken", name)
		}
	}
	if found, err := db.Findings(t.Context(), 1); err != nil || len(found) != 0 {
		t.Errorf("findings after the second decision: %v, %v, want those it was given: none", found, err)
	}
}

// A ruling is a decision of the law: what a submission is from a time on.
type ruling struct {
	submission int64
	at         time.Time
	state      warehouse.State
}

// ruled is what is known at a time, written the slow way: of the submissions
// whose last ruling accepts them, the newest acceptance of every cell.
func ruled(rulings []ruling, filings map[int64]filing, asOf time.Time) []warehouse.Filed {
	last := map[int64]ruling{}
	for _, r := range rulings {
		if !r.at.After(asOf) {
			last[r.submission] = r
		}
	}
	var accepted []filing
	for id, r := range last {
		if r.state == warehouse.Accepted {
			accepted = append(accepted, filing{id, r.at, filings[id].obs})
		}
	}
	slices.SortFunc(accepted, func(a, b filing) int { return cmp.Compare(a.id, b.id) })
	return newest(accepted, asOf)
}

func TestWhatIsKnownFollowsFromTheDecisionsUntilThen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		db, err := warehouse.Open(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		filings := map[int64]filing{}
		seqs := map[int64]int{}
		state := map[int64]warehouse.State{}
		var rulings []ruling
		states := []warehouse.State{warehouse.Accepted, warehouse.Returned, warehouse.Pending, warehouse.Withdrawn, warehouse.Accepted}
		drawn := drawFilings(t)
		n := rapid.IntRange(1, 12).Draw(t, "decisions")
		for i := range n {
			at := day(i)
			fresh := len(filings) < len(drawn) && (len(filings) == 0 || rapid.Bool().Draw(t, "fresh"))
			if fresh {
				f := drawn[len(filings)]
				f.known = at
				filings[f.id] = f
				sub := submission(f.id, at)
				sub.Version = 1
				if rapid.Bool().Draw(t, "accepted") {
					state[f.id], err = warehouse.Accepted, db.Publish(ctx, sub, f.obs, nil)
				} else {
					sub.State = warehouse.Pending
					state[f.id], err = warehouse.Pending, db.Refuse(ctx, sub, nil)
				}
				seqs[f.id] = 1
				rulings = append(rulings, ruling{f.id, at, state[f.id]})
			} else {
				id := int64(rapid.IntRange(1, len(filings)).Draw(t, "submission"))
				to := rapid.SampledFrom(states).Draw(t, "state")
				if to == state[id] {
					continue
				}
				seqs[id]++
				sub := submission(id, filings[id].known)
				sub.Decision = warehouse.Decision{Seq: seqs[id], Decided: at, State: to}
				err = db.Redecide(ctx, sub, filings[id].obs, nil)
				state[id] = to
				rulings = append(rulings, ruling{id, at, to})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Check(ctx); err != nil {
			t.Fatal(err)
		}
		for i := range n + 1 {
			asOf, limit := day(i), day(i)
			if i == n {
				asOf = time.Time{} // now
			}
			got, err := db.Observations(ctx, nil, asOf)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(ruled(rulings, filings, limit), got, sameNumber, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("as of day %d of %s (-want +got)\n%s", i, fmt.Sprint(rulings), diff)
			}
		}
	})
}

// older makes a warehouse as the first n migrations left it, all of it in its WAL,
// with a submission, a finding and two observations: 测试数据.
func older(t *testing.T, path string, n int) {
	t.Helper()
	old, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := old.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do("PRAGMA disable_checkpoint_on_shutdown")
	do("CREATE TABLE migration (version INTEGER NOT NULL, name VARCHAR NOT NULL, checksum VARCHAR NOT NULL)")
	names, err := filepath.Glob("migration/*.sql")
	if err != nil || n > len(names) {
		t.Fatalf("%d migrations of %d, %v", n, len(names), err)
	}
	slices.Sort(names)
	for i, name := range names[:n] {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		do("BEGIN")
		do(string(text))
		do("INSERT INTO migration VALUES (?, ?, ?)", i+1, name, fmt.Sprintf("%x", sha256.Sum256(text)))
		do("COMMIT")
		if i != 2 {
			continue
		}
		do("INSERT INTO submission VALUES (7, 'abc', 'x.xlsx', '双城201表', '2023', '产业促进局', 'M', 24315, 1, TIMESTAMP '2026-04-01 01:00:00', '双城回执-000007-abc')")
		do("INSERT INTO decision VALUES (7, 1, TIMESTAMP '2026-04-01 01:00:00', 'accepted', '')")
		do("INSERT INTO finding VALUES (7, 1, 'R20', 'plausibility', 'x.xlsx', '表', 'C12', '', 0, 0, '产值', 'A.X', '1', '2', '疑似', '核对', 'null')")
		do("INSERT INTO series VALUES (1, 'A.X', 'ALL'), (2, 'B.X', 'ALL')")
		for _, table := range []string{"observation", "observation_current"} {
			do("INSERT INTO " + table + " VALUES (1, 24315, 'M', 'value', 1.25, 'P', 'flash', '旧口径', '注', 7, '表', 'C12', TIMESTAMP '2026-04-01 01:00:00')")
			do("INSERT INTO " + table + " VALUES (2, 24315, 'M', 'value', NULL, 'O', 'flash', '', '', 7, '表', '注', TIMESTAMP '2026-04-01 01:00:00')")
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + ".wal"); err != nil || info.Size() == 0 {
		t.Fatalf("there is no WAL to replay: %v", err)
	}
}

// A warehouse of an earlier program keeps its submissions, verdicts, findings and
// observations; so does one whose program was killed after its migrations and
// before the checkpoint that follows them.
func TestAnOlderWarehouseIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 4, 5} {
		t.Run(fmt.Sprintf("of %d migrations", n), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "old.duckdb")
			older(t, path, n)
			db := open(t, path)
			subs, err := db.Submissions(t.Context(), time.Time{})
			if err != nil || len(subs) != 1 || subs[0].State != warehouse.Accepted || subs[0].Seq != 1 || subs[0].Receipt != "双城回执-000007-abc" {
				t.Errorf("submissions %+v, %v", subs, err)
			}
			found, err := db.Findings(t.Context(), 7)
			if err != nil || len(found) != 1 || found[0].Rule != "R20" || found[0].Explanation != "" {
				t.Errorf("findings %v, %v", found, err)
			}
			at := time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
			for _, asOf := range []time.Time{{}, at} {
				filed, err := db.Observations(t.Context(), nil, asOf)
				if err != nil || len(filed) != 2 {
					t.Fatalf("observations %+v, %v", filed, err)
				}
				a, b := filed[0], filed[1]
				if a.Code != "A.X" || a.Value.Decimal.String() != "1.25" || a.Caliber != "旧口径" || a.Note != "注" || a.Sheet != "表" || a.Cell != "C12" ||
					a.File != "x.xlsx" || !a.KnownFrom.Equal(at) {
					t.Errorf("first observation %+v", a)
				}
				if b.Code != "B.X" || b.Value.Valid || b.Caliber != "" || b.Note != "" || b.Sheet != "表" || b.Cell != "注" {
					t.Errorf("second observation %+v", b)
				}
			}
			// What comes now uses the words there are, and supersedes what there is.
			later := obs("A.X", "2026-04", "2")
			later.Note, later.Sheet, later.Cell = "注", "另一表", "C12"
			publish(t, db, submission(8, day(10)), later)
			filed, err := db.Observations(t.Context(), []indicator.Code{"A.X"}, time.Time{})
			if err != nil || len(filed) != 1 || filed[0].Value.Decimal.String() != "2" || filed[0].Note != "注" || filed[0].Sheet != "另一表" || filed[0].Cell != "C12" {
				t.Errorf("after a correction %+v, %v", filed, err)
			}
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
