package period_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/kpi/period"
)

func TestFreqsReadAndName(t *testing.T) {
	for _, c := range []struct {
		letter string
		freq   period.Freq
		months int
		name   string
	}{
		{"M", period.Month, 1, "月报"},
		{"Q", period.Quarter, 3, "季报"},
		{"H", period.Half, 6, "半年报"},
		{"A", period.Year, 12, "年报"},
	} {
		f, err := period.ParseFreq(c.letter)
		if err != nil || f != c.freq || f.String() != c.letter || f.Months() != c.months || f.Name() != c.name {
			t.Errorf("%s: %v (%v), %d months, %q", c.letter, f, err, f.Months(), f.Name())
		}
	}
	for _, bad := range []string{"", "m", "Y", "MM", "月", " M"} {
		if f, err := period.ParseFreq(bad); err == nil || f != 0 || !strings.Contains(err.Error(), "want M, Q, H or A") {
			t.Errorf("ParseFreq(%q) = %v, %v", bad, f, err)
		}
	}
	if s, n := period.Freq(0).String(), period.Freq(0).Name(); s != "" || n != "" {
		t.Errorf("the zero Freq is %q, %q", s, n)
	}
	if !slices.IsSortedFunc(period.Freqs[:], func(a, b period.Freq) int { return a.Months() - b.Months() }) {
		t.Errorf("Freqs = %v, want from the most to the least frequent", period.Freqs)
	}
}

func TestParseReadsTheFourFormsAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		text               string
		freq               period.Freq
		year, lastMonth, n int
	}{
		{"2025", period.Year, 2025, 12, 1},
		{"1900", period.Year, 1900, 12, 1},
		{"2199", period.Year, 2199, 12, 1},
		{"2025-H1", period.Half, 2025, 6, 1},
		{"2025-H2", period.Half, 2025, 12, 2},
		{"2025-Q1", period.Quarter, 2025, 3, 1},
		{"2025-Q4", period.Quarter, 2025, 12, 4},
		{"2025-01", period.Month, 2025, 1, 1},
		{"2025-12", period.Month, 2025, 12, 12},
	} {
		p, err := period.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if p.Freq != c.freq || p.Year() != c.year || p.LastMonth() != c.lastMonth || p.N() != c.n || p.String() != c.text {
			t.Errorf("%s: %s, frequency %s, year %d, last month %d, number %d", c.text, p, p.Freq, p.Year(), p.LastMonth(), p.N())
		}
		if p != period.Of(c.freq, c.year, c.n) || p.IsZero() {
			t.Errorf("%s is not Of(%s, %d, %d)", c.text, c.freq, c.year, c.n)
		}
	}
	for _, bad := range []string{
		"", "25", "202", "20255", "1899", "2200", "00A0", "２０２５", "2025-", "2025-0", "2025-00", "2025-13", "2025-1", "2025-001",
		"2025-H0", "2025-H3", "2025-Q0", "2025-Q5", "2025-q1", "2025Q1", "2025/01", "2025-01-31", " 2025", "2025 ", "-2025", "2025-+1", "2025年",
	} {
		p, err := period.Parse(bad)
		if err == nil || !p.IsZero() {
			t.Errorf("Parse(%q) = %s, %v", bad, p, err)
			continue
		}
		if !strings.Contains(err.Error(), "want 2025, 2025-H1, 2025-Q1 or 2025-03") {
			t.Errorf("Parse(%q) does not say what was wanted: %v", bad, err)
		}
	}
}

func TestMustParsePanicsOnAMalformedConstant(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("MustParse of 2025-13 returned")
		}
	}()
	period.MustParse("2025-13")
}

// The wording is the one of Chinese statistics: a flow runs from 1 January, a
// stock stands at the end, the period itself has its own name.
func TestPeriodsAreWrittenAsStatisticsWriteThem(t *testing.T) {
	for _, c := range []struct{ text, cumulative, point, name string }{
		{"2026", "2026年", "2026年末", "2026年"},
		{"2026-H1", "2026年上半年", "2026年6月末", "2026年上半年"},
		{"2026-H2", "2026年", "2026年末", "2026年下半年"},
		{"2026-Q1", "2026年一季度", "2026年3月末", "2026年一季度"},
		{"2026-Q2", "2026年上半年", "2026年6月末", "2026年二季度"},
		{"2026-Q3", "2026年前三季度", "2026年9月末", "2026年三季度"},
		{"2026-Q4", "2026年", "2026年末", "2026年四季度"},
		{"2026-01", "2026年1月", "2026年1月末", "2026年1月"},
		{"2026-02", "2026年1—2月", "2026年2月末", "2026年2月"},
		{"2026-09", "2026年1—9月", "2026年9月末", "2026年9月"},
		{"2026-12", "2026年1—12月", "2026年末", "2026年12月"},
	} {
		p := period.MustParse(c.text)
		if p.Cumulative() != c.cumulative || p.Point() != c.point || p.Name() != c.name {
			t.Errorf("%s: %q, %q, %q, want %q, %q, %q", c.text, p.Cumulative(), p.Point(), p.Name(), c.cumulative, c.point, c.name)
		}
	}
	var none period.Period
	if s := none.String() + none.Cumulative() + none.Point() + none.Name(); s != "" {
		t.Errorf("no period is written %q", s)
	}
}

func TestFirstAndLastDay(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, period.Shanghai) }
	for _, c := range []struct {
		text        string
		first, last time.Time
	}{
		{"2024", day(2024, 1, 1), day(2024, 12, 31)},
		{"2024-H2", day(2024, 7, 1), day(2024, 12, 31)},
		{"2024-Q1", day(2024, 1, 1), day(2024, 3, 31)},
		{"2024-02", day(2024, 2, 1), day(2024, 2, 29)},
		{"2025-02", day(2025, 2, 1), day(2025, 2, 28)},
		{"1900-02", day(1900, 2, 1), day(1900, 2, 28)},
	} {
		p := period.MustParse(c.text)
		if !p.First().Equal(c.first) || !p.Last().Equal(c.last) {
			t.Errorf("%s runs from %s to %s, want %s to %s", p, p.First(), p.Last(), c.first, c.last)
		}
	}
}

// R12 and catalogue §5.30 count real calendar days.
func TestDaysYTDCountsTheLeapDay(t *testing.T) {
	for text, want := range map[string]int{
		"2024-01": 31, "2024-02": 60, "2023-02": 59, "2024-Q1": 91, "2025-Q1": 90,
		"2024-H1": 182, "2026-06": 181, "2024": 366, "2024-12": 366, "2024-H2": 366, "2025": 365, "2100": 365, "2000": 366,
	} {
		if got := period.MustParse(text).DaysYTD(); got != want {
			t.Errorf("%s: %d days, want %d", text, got, want)
		}
	}
}

func TestElapsedIsTheShareOfThePlan(t *testing.T) {
	for text, want := range map[string]float64{
		"2022": 0, "2023": 0.2, "2023-Q1": 0.05, "2026-Q3": 0.75, "2026-09": 0.75, "2027-H1": 0.9, "2027": 1,
		"2021": -0.2, "2028": 1.2, // not clipped
	} {
		if got := period.MustParse(text).Elapsed(); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestLatestAndAs(t *testing.T) {
	for _, c := range []struct {
		text   string
		freq   period.Freq
		latest string
		same   bool
	}{
		{"2026-09", period.Half, "2026-H1", false},
		{"2026-09", period.Quarter, "2026-Q3", true},
		{"2026-10", period.Quarter, "2026-Q3", false},
		{"2026-10", period.Year, "2025", false},
		{"2026-12", period.Year, "2026", true},
		{"2026-02", period.Quarter, "2025-Q4", false},
		{"2026-Q2", period.Half, "2026-H1", true},
		{"2026-Q2", period.Month, "2026-06", true},
		{"2026", period.Month, "2026-12", true},
		{"2026-H1", period.Half, "2026-H1", true},
	} {
		p, want := period.MustParse(c.text), period.MustParse(c.latest)
		if got := p.Latest(c.freq); got != want {
			t.Errorf("%s.Latest(%s) = %s, want %s", p, c.freq, got, want)
		}
		got, ok := p.As(c.freq)
		if ok != c.same || ok && got != want || !ok && !got.IsZero() {
			t.Errorf("%s.As(%s) = %s, %v", p, c.freq, got, ok)
		}
	}
	p := period.MustParse("2026-09")
	if q, ok := p.As(0); ok || !q.IsZero() || !p.Latest(0).IsZero() || !period.Containing(0, time.Now()).IsZero() {
		t.Error("an unknown frequency has a period")
	}
}

// The day begins in Shanghai, whatever the zone of the clock.
func TestContainingTurnsAtShanghaiMidnight(t *testing.T) {
	newYear := time.Date(2026, 1, 1, 0, 0, 0, 0, period.Shanghai)
	for _, c := range []struct {
		at   time.Time
		want [4]string // M Q H A
	}{
		{newYear, [4]string{"2026-01", "2026-Q1", "2026-H1", "2026"}},
		{newYear.Add(-time.Nanosecond), [4]string{"2025-12", "2025-Q4", "2025-H2", "2025"}},
		{time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC), [4]string{"2026-01", "2026-Q1", "2026-H1", "2026"}},
		{time.Date(2025, 12, 31, 15, 59, 59, 0, time.UTC), [4]string{"2025-12", "2025-Q4", "2025-H2", "2025"}},
		{time.Date(2026, 7, 1, 0, 0, 0, 0, time.FixedZone("west", -8*3600)), [4]string{"2026-07", "2026-Q3", "2026-H2", "2026"}},
		{time.Date(2026, 6, 30, 16, 0, 0, 0, time.UTC), [4]string{"2026-07", "2026-Q3", "2026-H2", "2026"}},
		{time.Date(2024, 2, 29, 23, 59, 59, 0, period.Shanghai), [4]string{"2024-02", "2024-Q1", "2024-H1", "2024"}},
	} {
		for i, f := range period.Freqs {
			if got := period.Containing(f, c.at); got.String() != c.want[i] {
				t.Errorf("Containing(%s, %s) = %s, want %s", f, c.at, got, c.want[i])
			}
		}
	}
}

func TestCompareOrdersByEndThenTheShorterFirst(t *testing.T) {
	want := []string{"2025-10", "2025-12", "2025-Q4", "2025-H2", "2025", "2026-01", "2026-06", "2026-Q2", "2026-H1"}
	var all []period.Period
	for _, s := range want {
		all = append(all, period.MustParse(s))
	}
	slices.Reverse(all)
	slices.SortFunc(all, period.Period.Compare)
	var got []string
	for _, p := range all {
		got = append(got, p.String())
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTextAndJSON(t *testing.T) {
	type record struct {
		Period period.Period            `json:"period"`
		None   period.Period            `json:"none"`
		Left   period.Period            `json:"left,omitzero"`
		Freq   period.Freq              `json:"freq"`
		NoFreq period.Freq              `json:"noFreq"`
		By     map[period.Period]string `json:"by"`
	}
	in := record{
		Period: period.MustParse("2026-Q3"), Freq: period.Quarter,
		By: map[period.Period]string{period.MustParse("2026-09"): "九月"},
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"period":"2026-Q3","none":"","freq":"Q","noFreq":"","by":{"2026-09":"九月"}}`; string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	var out record
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{`{"period":"2026-13"}`, `{"freq":"W"}`, `{"period":202609}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
	p := period.MustParse("2026-Q3")
	if err := p.UnmarshalText(nil); err != nil || !p.IsZero() {
		t.Errorf("an empty text is %s, %v", p, err)
	}
}

// Summer time began in Shanghai at the midnight of the first or the last day of
// these months, so that the day has none.
func TestADayWithoutAMidnightIsStillThatDay(t *testing.T) {
	for month, want := range map[string][2]string{
		"1940-06": {"1940-06-01", "1940-06-30"},
		"1942-01": {"1942-01-01", "1942-01-31"},
		"1948-05": {"1948-05-01", "1948-05-31"},
		"1949-05": {"1949-05-01", "1949-05-31"},
	} {
		p := period.MustParse(month)
		if got := [2]string{p.First().Format(time.DateOnly), p.Last().Format(time.DateOnly)}; got != want {
			t.Errorf("%s runs from %s to %s, want %v", month, got[0], got[1], want)
		}
		if period.Containing(period.Month, p.First()) != p || period.Containing(period.Month, p.Last()) != p {
			t.Errorf("%s does not contain its first and last day", month)
		}
	}
}

// anyPeriod draws a period of any frequency.
func anyPeriod(t *rapid.T) period.Period {
	f := rapid.SampledFrom(period.Freqs[:]).Draw(t, "freq")
	return period.Of(f, rapid.IntRange(1900, 2199).Draw(t, "year"), rapid.IntRange(1, 12/f.Months()).Draw(t, "n"))
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q, r := anyPeriod(t), anyPeriod(t), anyPeriod(t)
		n := rapid.IntRange(-500, 500).Draw(t, "n")

		if got, err := period.Parse(p.String()); err != nil || got != p {
			t.Fatalf("Parse(%s) = %s, %v", p, got, err)
		}
		if period.Of(p.Freq, p.Year(), p.N()) != p {
			t.Fatalf("%s is not Of its year and number", p)
		}
		if p.Add(n).Add(-n) != p || p.Add(0) != p || p.Next().Prev() != p || p.Next() != p.Add(1) || p.Add(n).Add(3) != p.Add(n+3) {
			t.Fatalf("Add of %d to %s has no inverse", n, p)
		}
		if p.YearAgo() != p.Add(-12/p.Freq.Months()) || p.YearAgo().N() != p.N() || p.YearAgo().Year() != p.Year()-1 {
			t.Fatalf("%s a year ago is %s", p, p.YearAgo())
		}

		f := rapid.SampledFrom(period.Freqs[:]).Draw(t, "other")
		last := p.Latest(f)
		if last.End > p.End || last.Next().End <= p.End {
			t.Fatalf("%s.Latest(%s) = %s is not the newest that has ended", p, f, last)
		}
		as, ok := p.As(f)
		if ending, same := period.EndingIn(f, p.End); ending != as || same != ok {
			t.Fatalf("%s.As(%s) and EndingIn disagree", p, f)
		}
		if ok != (last.End == p.End) || ok && as != last || !ok && !as.IsZero() {
			t.Fatalf("%s.As(%s) = %s, %v beside Latest %s", p, f, as, ok, last)
		}
		if back, same := as.As(p.Freq); ok && (!same || back != p) {
			t.Fatalf("%s as %s and back is %s", p, f, back)
		}

		// Days, not instants: summer time took the midnight of 31 January 1942.
		if p.First().After(p.Last()) || p.Last().AddDate(0, 0, 1).Format(time.DateOnly) != p.Next().First().Format(time.DateOnly) {
			t.Fatalf("%s and %s are not neighbours", p, p.Next())
		}
		if period.Containing(p.Freq, p.First()) != p || period.Containing(p.Freq, p.Next().First().Add(-1)) != p {
			t.Fatalf("%s does not contain its first and last instant", p)
		}

		if (p.Compare(q) == 0) != (p == q) || sign(p.Compare(q)) != -sign(q.Compare(p)) {
			t.Fatalf("Compare(%s, %s) is no order", p, q)
		}
		if p.Compare(q) <= 0 && q.Compare(r) <= 0 && p.Compare(r) > 0 {
			t.Fatalf("%s ≤ %s ≤ %s, but not %s ≤ %s", p, q, r, p, r)
		}
		if p.Freq == q.Freq && (p.Compare(q) < 0) != p.First().Before(q.First()) {
			t.Fatalf("Compare(%s, %s) disagrees with the calendar", p, q)
		}
	})
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2025", "2025-H2", "2025-Q3", "2025-11", "2025-13", "00A0", "2025-Q", "２０２５", "2025\x00", "2025-0１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := period.Parse(s)
		switch {
		case err != nil && !p.IsZero():
			t.Errorf("Parse(%q) gives both %s and %v", s, p, err)
		case err == nil && p.String() != s:
			t.Errorf("Parse(%q) prints %q", s, p)
		}
	})
}
