package schedules_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/period"
	"zhibiao/schedules"
)

func TestLoadNamesEveryFaultWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want []string // file:line:col … [rule]
	}{
		{"a time zone panics the parser", `jobs: [{name: a, title: 甲, cron: "TZ=0"}]`, []string{"jobs.yaml:1:34 cron-zone"}},
		{"the other spelling too", `jobs: [{name: a, title: 甲, cron: "CRON_TZ="}]`, []string{"jobs.yaml:1:34 cron-zone"}},
		{"30 February never comes", `jobs: [{name: a, title: 甲, cron: "0 2 30 2 *"}]`, []string{"jobs.yaml:1:34 cron-never"}},
		{"nor does an empty list", `jobs: [{name: a, title: 甲, cron: ", 2 1 2 *"}]`, []string{"jobs.yaml:1:34 cron-never"}},
		{"a descriptor has no slots", `jobs: [{name: a, title: 甲, cron: "@every 25h"}]`, []string{"jobs.yaml:1:34 cron-syntax"}},
		{"a sixth field", `jobs: [{name: a, title: 甲, cron: "0 0 2 1 2 *"}]`, []string{"jobs.yaml:1:34 cron-syntax"}},
		{"a day and a weekday", `jobs: [{name: a, title: 甲, cron: "0 2 13 * 5"}]`, []string{"jobs.yaml:1:34 cron-either"}},
		{"an unknown field", "jobs:\n  - name: a\n    title: 甲\n    every: 15s\n    hour: 3", []string{"jobs.yaml:5:5 yaml-unknown-field"}},
		{"an unknown field at the top", "job: []\njobs: []", []string{"jobs.yaml:1:1 yaml-unknown-field"}},
		{"a name twice", "jobs:\n  - {name: a, title: 甲, every: 15s}\n  - {name: a, title: 乙, every: 15s}", []string{"jobs.yaml:3:12 job-duplicate"}},
		{"a key twice", `jobs: [{name: a, name: b, title: 甲, every: 15s}]`, []string{"jobs.yaml:1:18 yaml-duplicate-key"}},
		{"a name that is none", `jobs: [{name: 扫描, title: 甲, every: 15s}]`, []string{"jobs.yaml:1:15 job-name"}},
		{"both times", `jobs: [{name: a, title: 甲, cron: "0 2 * * *", every: 15s}]`, []string{"jobs.yaml:1:54 job-time"}},
		{"neither", `jobs: [{name: a, title: 甲}]`, []string{"jobs.yaml:1:8 yaml-missing-field"}},
		{"no title", `jobs: [{name: a, every: 15s}]`, []string{"jobs.yaml:1:8 yaml-missing-field"}},
		{
			"an interval that drifts", `jobs: [{name: a, title: 甲, every: 7s}, {name: b, title: 乙, every: 0s}, {name: c, title: 丙, every: 25h}]`,
			[]string{"jobs.yaml:1:35 job-every", "jobs.yaml:1:67 job-every", "jobs.yaml:1:99 job-every"},
		},
		{
			"a period that is none", `jobs: [{name: a, title: 甲, every: 15s, period: last month}, {name: b, title: 乙, every: 15s, period: closed week}]`,
			[]string{"jobs.yaml:1:48 job-period", "jobs.yaml:1:101 job-period"},
		},
		{"an alias bomb", "jobs: &a [*a]", []string{"jobs.yaml:1:7 yaml-anchor"}},
		{"not YAML", "jobs:\n  - name: a\n\ttitle: b\n", []string{"jobs.yaml:2:1 yaml-syntax"}},
		{"a text", "每天", []string{"jobs.yaml:1:1 yaml-type"}},
		{"a list of texts", "jobs: [每天]", []string{"jobs.yaml:1:8 yaml-type"}},
		{"no list", "jobs: 每天", []string{"jobs.yaml:1:7 yaml-type"}},
		{"nothing", "", []string{"jobs.yaml:1:1 yaml-empty"}},
		{"too much", strings.Repeat("#", definition.MaxFile+1), []string{"jobs.yaml:1:1 definition-size"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			jobs, found, err := schedules.Load(fstest.MapFS{"jobs.yaml": {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Place.String()+" "+f.Rule)
				if f.Message == "" || f.Hint == "" {
					t.Errorf("%s says nothing: %+v", f.Rule, f)
				}
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if found.Refused() && jobs != nil {
				t.Error("a refused timetable has jobs")
			}
		})
	}
}

func TestAFolderWithoutATimetableHasTheEmbeddedOne(t *testing.T) {
	jobs, found, err := schedules.Load(fstest.MapFS{})
	if err != nil || len(found) > 0 || len(jobs) != 8 {
		t.Errorf("%d jobs, %v %v", len(jobs), found, err)
	}
}

func TestAFolderThatCannotBeReadIsOurFault(t *testing.T) {
	if _, _, err := schedules.Load(fstest.MapFS{"jobs.yaml": {Mode: fs.ModeDir}}); err == nil {
		t.Error("no error")
	}
	if _, _, err := schedules.LoadCalendar(fstest.MapFS{"holidays.yaml": {Mode: fs.ModeDir}}); err == nil {
		t.Error("no error")
	}
}

func TestForWhichPeriod(t *testing.T) {
	for _, c := range []struct{ rule, slot, want string }{
		{"closed month", "2026-11-20 01:30:00", "2026-10"},
		{"closed month", "2026-01-01 00:00:00", "2025-12"},
		{"closed quarter", "2026-10-26 08:00:00", "2026-Q3"},
		{"closed quarter", "2026-09-30 23:59:59", "2026-Q2"},
		{"closed half", "2026-06-30 23:59:59", "2025-H2"},
		{"closed half", "2026-07-01 00:00:00", "2026-H1"},
		{"closed year", "2026-12-31 12:00:00", "2025"},
		{"running half", "2026-06-20 08:00:00", "2026-H1"},
		{"running quarter", "2026-06-20 08:00:00", "2026-Q2"},
		{"", "2026-06-20 08:00:00", ""},
		{"some month", "2026-06-20 08:00:00", ""},
	} {
		p, ok := schedules.Job{Period: c.rule}.For(at(c.slot).UTC())
		if p.String() != c.want || ok != (c.want != "") {
			t.Errorf("%q at %s: %s %v, want %q", c.rule, c.slot, p, ok, c.want)
		}
	}
}

func TestSummerTimeOfTheMachineIsOfNoAccount(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	job := timetable(t, `jobs: [{name: a, title: 甲, cron: "30 2 * * *"}]`)[0]
	// 2:30 does not exist in New York on 8 March 2026 and exists twice on 1 November.
	for _, day := range []string{"2026-03-08", "2026-03-09", "2026-11-01", "2026-11-02"} {
		for _, zone := range []*time.Location{newYork, time.UTC, period.Shanghai} {
			time.Local = zone
			got := stamp(job.Next(at(day + " 02:29:59").In(zone)))
			if want := day + " 02:30:00"; got != want {
				t.Errorf("in %s: %s, want %s", zone, got, want)
			}
		}
	}
}

// lines are cron lines that have slots.
func lines() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		field := func(name string, lo, hi int) string {
			switch rapid.IntRange(0, 3).Draw(t, name+" kind") {
			case 0:
				return "*"
			case 1:
				return "*/" + rapid.SampledFrom([]string{"2", "5", "7"}).Draw(t, name)
			case 2:
				return itoa(rapid.IntRange(lo, hi).Draw(t, name))
			}
			a := rapid.IntRange(lo, hi).Draw(t, name+" from")
			return itoa(a) + "-" + itoa(rapid.IntRange(a, hi).Draw(t, name+" to"))
		}
		return strings.Join([]string{field("minute", 0, 59), field("hour", 0, 23), field("day", 1, 28), field("month", 1, 12), field("weekday", 0, 6)}, " ")
	})
}

func itoa(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func TestSlotLaws(t *testing.T) {
	zones := []*time.Location{time.UTC, period.Shanghai, time.FixedZone("", -5*3600)}
	rapid.Check(t, func(t *rapid.T) {
		line := lines().Draw(t, "line")
		jobs, found, err := schedules.Load(fstest.MapFS{"jobs.yaml": {Data: []byte(`jobs: [{name: a, title: 甲, cron: "` + line + `"}]`)}})
		if err != nil || found.Refused() {
			t.Fatal(err, found)
		}
		job := jobs[0]
		if every := rapid.SampledFrom([]time.Duration{0, time.Second, 15 * time.Second, time.Hour}).Draw(t, "every"); every > 0 {
			job = schedules.Job{Every: every}
		}
		from := time.Unix(rapid.Int64Range(1672502400, 1900000000).Draw(t, "from"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds"))
		next := job.Next(from.In(rapid.SampledFrom(zones).Draw(t, "zone")))
		if !next.After(from) {
			t.Fatalf("%s: slot %s is not after %s", line, next, from)
		}
		if job.Every == 0 && next.Truncate(time.Minute) != next || job.Every > 0 && next.Truncate(job.Every) != next {
			t.Fatalf("%s: %s is not a slot", line, next)
		}
		// Nothing between, from wherever one asks; and from a slot the next follows.
		if gap := next.Sub(from); gap > 1 {
			between := from.Add(time.Duration(rapid.Int64Range(0, int64(gap)-1).Draw(t, "between")))
			if again := job.Next(between); !again.Equal(next) {
				t.Fatalf("%s: after %s comes %s, after %s comes %s", line, from, next, between, again)
			}
		}
		if !job.Next(next).After(next) {
			t.Fatalf("%s: stuck at %s", line, next)
		}
	})
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"jobs.yaml", "holidays.yaml"} {
		text, err := fs.ReadFile(schedules.Embedded(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`jobs: [{name: a, title: 甲, cron: "TZ=0", every: 15s, period: closed week}]`))
	f.Add([]byte("jobs: &a [*a]\nyears: [{year: 2026, workdays: [2026-13-01]}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"jobs.yaml": {Data: text}, "holidays.yaml": {Data: text}}
		jobs, found, err := schedules.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			if j.Next(at("2026-11-20 09:00:00")).IsZero() {
				t.Errorf("job %+v is accepted and never due", j)
			}
		}
		for _, x := range found {
			if x.Place.Line < 1 || x.Place.Column < 1 || x.Message == "" {
				t.Errorf("finding without a place: %+v", x)
			}
		}
		if _, _, err := schedules.LoadCalendar(fsys); err != nil {
			t.Fatal(err)
		}
	})
}
