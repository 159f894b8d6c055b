package schedules

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The look-back in widening steps finds the same slot as a walk through all of
// them. It is tested from inside, for a walk through a loop's years is slow.
func TestTheNewestMissedSlotIsThatOfAWalkThroughAll(t *testing.T) {
	crons := []string{"30 1 * * *", "0 8 19 * *", "0 8 26 1,4,7,10 *", "0 0 29 2 *", "0 */6 * * 1-5"}
	rapid.Check(t, func(t *rapid.T) {
		line, err := parser.Parse(rapid.SampledFrom(crons).Draw(t, "line"))
		if err != nil {
			t.Fatal(err)
		}
		j := Job{Name: "a", line: line}
		last := searchFrom.Add(time.Duration(rapid.Int64Range(0, int64(4*366*24*time.Hour)).Draw(t, "last")))
		now := last.Add(time.Duration(rapid.Int64Range(int64(-2*time.Hour), int64(5*366*24*time.Hour)).Draw(t, "down")))
		var want time.Time
		for s := j.Next(last); !s.After(now); s = j.Next(s) {
			want = s
		}
		got, ok := j.newest(last, now)
		if !got.Equal(want) || ok == want.IsZero() {
			t.Fatalf("%s %v, want %s", got, ok, want)
		}
	})
}
