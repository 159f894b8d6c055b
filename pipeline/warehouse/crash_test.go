package warehouse_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/pipeline/warehouse"
)

const crashRows = 40

// publishForEver publishes one submission after another, each superseding half
// of the one before, and prints the ID of every one that was committed.
func publishForEver(path string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := warehouse.Open(ctx, path)
	fail(err)
	subs, err := db.Submissions(ctx, time.Time{})
	fail(err)
	for id := int64(len(subs)) + 1; ; id++ {
		list := make([]indicator.Observation, crashRows)
		for i := range list {
			list[i] = obs(fmt.Sprintf("I%d.X", int64(i)+id*crashRows/2), "2026-03", strconv.FormatInt(id, 10))
		}
		fail(db.Publish(ctx, submission(id, day(int(id))), list, nil))
		fmt.Println(id)
		if id%25 == 0 {
			fail(db.Check(ctx)) // so that some are killed in a checkpoint
		}
	}
}

func TestKilledProcessLosesNoCommittedSubmission(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "w.duckdb")
	rng := rand.New(rand.NewPCG(1, 2))
	committed := 0
	for round := range 8 {
		cmd := helper(t, "publish", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + rng.IntN(40) {
			if !lines.Scan() {
				t.Fatalf("round %d: the helper stopped by itself", round)
			}
			committed = atoi(t, lines.Text())
		}
		time.Sleep(time.Duration(rng.IntN(8000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			if text := lines.Text(); strings.TrimSpace(text) != "" {
				committed = atoi(t, text)
			}
		}
		_ = cmd.Wait() // killed: its error is the signal

		db := open(t, path)
		subs, err := db.Submissions(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if len(subs) < committed || len(subs) > committed+1 {
			t.Fatalf("round %d: %d submissions after %d were committed", round, len(subs), committed)
		}
		if n := count(t, db, "SELECT count(*) FROM observation"); n != len(subs)*crashRows {
			t.Errorf("round %d: %d observations of %d submissions: want %d each", round, n, len(subs), crashRows)
		}
		if n, distinct := count(t, db, "SELECT count(*) FROM series"), count(t, db, "SELECT count(DISTINCT (indicator, area)) FROM series"); n != distinct {
			t.Errorf("round %d: %d series, %d distinct", round, n, distinct)
		}
		if err := db.Check(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
