package schedules_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/schedules"
)

func calendar(t testing.TB) *schedules.Calendar {
	t.Helper()
	c, found, err := schedules.LoadCalendar(schedules.Embedded())
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	return c
}

func day(s string) time.Time { return at(s + " 17:00:00") }

func TestWorkdaysAreThoseOfTheNotices(t *testing.T) {
	c := calendar(t)
	if diff := cmp.Diff([]int{2023, 2024, 2025, 2026}, c.Years()); diff != "" {
		t.Error(diff)
	}
	for d, want := range map[string]bool{
		"2026-11-20": true,  // a Friday
		"2026-11-21": false, // a Saturday
		"2026-02-14": true,  // a Saturday worked for the Spring Festival
		"2026-02-16": false,
		"2026-02-23": false,
		"2026-02-24": true,
		"2026-02-28": true, // a Saturday
		"2025-10-08": false,
		"2025-10-11": true,
		"2024-02-09": true, // the eve was not yet a holiday
		"2024-10-12": true,
		"2023-01-02": false,
		"2023-10-07": true,
		"2023-12-31": false,
	} {
		if work, known := c.Workday(day(d)); work != want || !known {
			t.Errorf("%s: work %v known %v, want %v", d, work, known, want)
		}
	}
}

// The number of working days of a year follows from the law: 365 days less the
// weekends less the statutory holidays (11 until 2024, 13 since), give or take
// the holidays that fall on weekends uncompensated – in these years none.
func TestTheNumberOfWorkdaysFollowsFromTheLaw(t *testing.T) {
	c := calendar(t)
	for year, holidays := range map[int]int{2023: 11, 2024: 11, 2025: 13, 2026: 13} {
		weekdays, work := 0, 0
		for d := day(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
				weekdays++
			}
			if w, _ := c.Workday(d); w {
				work++
			}
		}
		if weekdays-work != holidays {
			t.Errorf("%d: %d weekdays, %d worked: %d holidays, want %d", year, weekdays, work, weekdays-work, holidays)
		}
	}
}

// chinese-days 1.5.7 answered “workday” for 2027-01-01 without a warning.
func TestAnUnknownYearSaysSo(t *testing.T) {
	c := calendar(t)
	for d, want := range map[string]bool{
		"2027-01-01": false, "2027-05-01": false, "2027-10-02": false, "2028-05-02": false, "2022-05-02": true,
		"2027-02-06": false /* a Saturday */, "2027-02-08": true, /* Spring Festival, which we cannot know */
	} {
		if work, known := c.Workday(day(d)); work != want || known {
			t.Errorf("%s: work %v known %v, want %v and not known", d, work, known, want)
		}
	}
	if _, known := c.AddWorkdays(day("2026-12-30"), 5); known {
		t.Error("working days into 2027 are said to be known")
	}
	if _, known := c.Shift(day("2027-01-01"), schedules.AfterHoliday); known {
		t.Error("a deadline of 2027 is said to be known")
	}
}

func TestADeadlineMovesOnAsThePolicySays(t *testing.T) {
	c := calendar(t)
	for _, x := range []struct {
		day, afterHoliday, nextWorkday string
	}{
		{"2026-11-18", "2026-11-18", "2026-11-18"},
		{"2026-02-18", "2026-02-24", "2026-02-24"}, // in the Spring Festival
		{"2026-07-18", "2026-07-18", "2026-07-20"}, // an ordinary Saturday
		{"2025-01-25", "2025-01-25", "2025-01-26"}, // a Saturday before a Sunday that is worked
		{"2026-10-03", "2026-10-08", "2026-10-08"}, // a Saturday inside a holiday
	} {
		for p, want := range map[schedules.Policy]string{schedules.AfterHoliday: x.afterHoliday, schedules.NextWorkday: x.nextWorkday} {
			got, known := c.Shift(day(x.day), p)
			if got != day(want) || !known {
				t.Errorf("%s by %d: %s %v, want %s", x.day, p, got, known, want)
			}
		}
	}
}

func TestAddWorkdays(t *testing.T) {
	c := calendar(t)
	for _, x := range []struct {
		day  string
		n    int
		want string
	}{
		{"2026-11-20", 0, "2026-11-20"},
		{"2026-11-20", 1, "2026-11-23"},
		{"2026-11-21", 1, "2026-11-23"},
		{"2026-02-13", 1, "2026-02-14"},
		{"2026-02-13", 2, "2026-02-24"},
		{"2026-02-24", -1, "2026-02-14"},
		{"2026-11-20", -3, "2026-11-17"},
	} {
		if got, known := c.AddWorkdays(day(x.day), x.n); got != day(x.want) || !known {
			t.Errorf("%s %+d: %s %v, want %s", x.day, x.n, got, known, x.want)
		}
	}
}

func TestWorkdayLaws(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		d := day("2023-03-01").AddDate(0, 0, rapid.IntRange(0, 1300).Draw(t, "day"))
		n := rapid.IntRange(1, 20).Draw(t, "n")
		on, _ := c.AddWorkdays(d, n)
		if work, _ := c.Workday(on); !work {
			t.Fatalf("%s is no working day", on)
		}
		one := d
		for range n {
			one, _ = c.AddWorkdays(one, 1)
		}
		if one != on {
			t.Fatalf("%d times 1 is %s, %d at once is %s", n, one, n, on)
		}
		if work, _ := c.Workday(d); work {
			if back, _ := c.AddWorkdays(on, -n); back != d {
				t.Fatalf("%s and back is %s", d, back)
			}
		}
		shifted, _ := c.Shift(d, schedules.NextWorkday)
		if again, _ := c.Shift(shifted, schedules.NextWorkday); again != shifted || shifted.Before(d) {
			t.Fatalf("%s moves to %s and on to %s", d, shifted, again)
		}
	})
}

func TestLoadCalendarNamesEveryFaultWithItsPlace(t *testing.T) {
	year := func(rest string) string { return "years:\n  - {year: 2026, issued: 2025-11-04, " + rest + "}" }
	ok := "holidays: [{name: 元旦, from: 2026-01-01, to: 2026-01-03}]"
	for _, c := range []struct{ name, text, want string }{
		{"a correct one", year(ok + ", workdays: [2026-01-04]"), ""},
		{"a year twice", year(ok) + "\n  - {year: 2026, issued: 2025-11-04}", "holidays.yaml:3:12 calendar-duplicate"},
		{"a year that is none", "years: [{year: 26, issued: 2025-11-04}]", "holidays.yaml:1:16 calendar-year"},
		{"no notice", "years: [{year: 2026, " + ok + "}]", "holidays.yaml:1:9 yaml-missing-field"},
		{"no holidays", year("workdays: [2026-01-04]"), "holidays.yaml:2:5 yaml-missing-field"},
		{"a day of another year", year("holidays: [{name: 元旦, from: 2025-12-31, to: 2026-01-03}, {name: 春节, from: 2026-02-15, to: 2026-02-23}]"), "holidays.yaml:2:66 calendar-year"},
		{"a day that does not exist", year("holidays: [{name: 春节, from: 2026-02-15, to: 2026-02-30}], workdays: []"), "holidays.yaml:2:5 yaml-missing-field\nholidays.yaml:2:82 calendar-date"},
		{"backwards", year("holidays: [{name: 元旦, from: 2026-01-03, to: 2026-01-01}, {name: 春节, from: 2026-02-15, to: 2026-02-23}]"), "holidays.yaml:2:49 calendar-range"},
		{"an overlap", year("holidays: [{name: 元旦, from: 2026-01-01, to: 2026-01-03}, {name: 又一, from: 2026-01-03, to: 2026-01-05}]"), "holidays.yaml:2:95 calendar-overlap"},
		{"a weekday “worked”", year(ok + ", workdays: [2026-01-05]"), "holidays.yaml:2:107 calendar-workday"},
		{"a holiday “worked”", year(ok + ", workdays: [2026-01-03]"), "holidays.yaml:2:107 calendar-workday"},
		{"an unknown field", year(ok + ", note: x"), "holidays.yaml:2:96 yaml-unknown-field"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal, found, err := schedules.LoadCalendar(fstest.MapFS{"holidays.yaml": {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Place.String()+" "+f.Rule)
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if (cal == nil) != found.Refused() {
				t.Errorf("calendar %v with findings %v", cal, found)
			}
		})
	}
}
