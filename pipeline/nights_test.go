package pipeline_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/fixtures"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
)

// The 36 months: half past one of the nights from November 2023, when the returns
// of the first year are in, to October 2026, which the last of the fixtures were
// filed for. All nights of the first quarter of 2025 are run, of the others those
// before which something happened: a return came, a deadline passed, somebody did
// something, a silence or a claim ran out, a month ended. The nights of that
// quarter show that nothing changes on any other.
var (
	lifeBegins   = time.Date(2023, 11, 1, 1, 30, 0, 0, period.Shanghai)
	lifeEnds     = lifeBegins.AddDate(3, 0, 0)
	everyNightOf = period.Of(period.Quarter, 2025, 1)
)

// A deed is what somebody does about an alert at noon of a day.
type deed struct {
	day     string
	episode string
	act     alert.Act
}

// Alerts of the fixtures that something is done about.
const (
	hteBehind  = "behind-path|HTE.N.LJ|DIR|2023-Q3"                // fires, recovers, relapses, rises to 橙 and to 红
	soeBehind  = "behind-path|SOE.LISTED.NEW.CUM.LJ|DIR|2023-Q3"   // lasts for years
	mfgBehind  = "behind-path|VA.MFG.SHARE_GDP.LJ|DIR|2023-Q3"     // fires for three quarters
	tradeSlow  = "behind-path|TRADE.TOTAL.SHARE_CQ.LJ|DIR|2023-10" // rises to 橙 in January 2025
	nevBehind  = "behind-path|NEV.GOV.SHARE_CQ.LJ|DIR|2023-12"     // resolved in April 2024
	incubShort = "lamp-yellow|INCUB.N.LJ|DIR|2024-H1"              // rises to 橙 in July 2025
	fundLate   = "data-late|FUND.SCC500.PAIDIN.JOINT|JOINT|2023-H2"
)

// A slot is a night that is run. Idle is one before which nothing happened.
type slot struct {
	at   time.Time
	idle bool
}

// slots are the nights of a life over some returns.
func slots(defs *pipeline.Definitions, list []fixtures.Return) (nights []slot) {
	var happened []time.Time
	for _, r := range list {
		happened = append(happened, r.Received)
	}
	for m := period.Of(period.Month, 2022, 12); m.Year() < 2027; m = m.Next() {
		happened = append(happened, m.Last().AddDate(0, 0, 1))
		for _, x := range defs.Forms.Expected(m) {
			for _, code := range x.Codes {
				if due, ok := defs.Forms.Due(code, x.Period); ok {
					happened = append(happened, due)
				}
			}
		}
	}
	for _, d := range deeds {
		happened = append(happened, shanghai(d.day).Add(12*time.Hour))
	}
	for _, s := range slices.Concat(mutes, hands) {
		happened = append(happened, shanghai(s.to))
	}
	for _, day := range slices.Concat(failing, downed) {
		happened = append(happened, shanghai(day), shanghai(day).AddDate(0, 0, 1))
	}
	slices.SortFunc(happened, time.Time.Compare)
	for at := lifeBegins; at.Before(lifeEnds); at = at.AddDate(0, 0, 1) {
		n := 0
		for n < len(happened) && happened[n].Before(at) {
			n++
		}
		happened = happened[n:]
		every := period.Containing(period.Quarter, at) == everyNightOf
		if n > 0 || every {
			nights = append(nights, slot{at, n == 0})
		}
	}
	return nights
}

func shanghai(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// deeds are the 督办 of the life, in the order of their days.
var deeds = []deed{
	// A claim without a measure: it expires on 10 November.
	{"2023-11-03", soeBehind, alert.Act{Kind: alert.Claim, By: "乙"}},
	// A case from 认领 to 措施, with a time limit of twenty months: what happens until
	// then is told only when it is worse.
	{"2023-11-03", hteBehind, alert.Act{Kind: alert.Claim, By: "甲"}},
	{"2023-11-06", hteBehind, alert.Act{Kind: alert.Cause, By: "甲", Text: "测试数据：原因"}},
	{"2023-11-06", hteBehind, alert.Act{Kind: alert.Measure, By: "甲", Text: "测试数据：措施", Due: shanghai("2025-06-30")}},
	// Silenced twice, while it fires.
	{"2023-11-10", mfgBehind, alert.Act{Kind: alert.Silence, By: "丙", Text: "测试数据：年报后再议", Due: shanghai("2023-12-20")}},
	{"2023-12-25", mfgBehind, alert.Act{Kind: alert.Silence, By: "丙", Text: "测试数据：仍待年报", Due: shanghai("2024-02-09")}},
	// Silenced over its end.
	{"2024-01-31", fundLate, alert.Act{Kind: alert.Silence, By: "丁", Text: "测试数据：已约定补报", Due: shanghai("2024-02-20")}},
	// Claimed, recovered by itself, reviewed by another, closed.
	{"2024-02-02", nevBehind, alert.Act{Kind: alert.Assign, By: "甲", To: "科技创新局"}},
	{"2024-02-05", nevBehind, alert.Act{Kind: alert.Claim, By: "戊"}},
	{"2024-04-15", nevBehind, alert.Act{Kind: alert.Review, By: "甲", Text: "测试数据：已恢复", Passed: true}},
	{"2024-04-16", nevBehind, alert.Act{Kind: alert.Close, By: "甲", Text: "测试数据：连续两期未触发"}},
	// Silenced over a rise of its level, which is told afterwards.
	{"2025-01-06", tradeSlow, alert.Act{Kind: alert.Silence, By: "丙", Text: "测试数据：春节因素", Due: shanghai("2025-03-01")}},
	// Claimed, and its level rises all the same.
	{"2025-07-22", incubShort, alert.Act{Kind: alert.Claim, By: "乙"}},
}

// mutes and hands are from which night to before which an alert is silenced, and
// in hand, worked out by hand from the deeds: a silence to the 20th is over on the
// night of the 20th; a claim holds five working days, to the end of the last; a
// measure to the end of its day; what is claimed once more is in hand again.
type span struct{ episode, from, to string }

var (
	mutes = []span{
		{mfgBehind, "2023-11-11", "2023-12-20"},
		{mfgBehind, "2023-12-26", "2024-02-09"},
		{fundLate, "2024-02-01", "2024-02-20"},
		{tradeSlow, "2025-01-07", "2025-03-01"},
	}
	hands = []span{
		{hteBehind, "2023-11-04", "2025-07-01"},
		{soeBehind, "2023-11-04", "2023-11-11"},
		{nevBehind, "2024-02-06", "2024-02-13"},
		{incubShort, "2025-07-23", "2025-07-30"},
	}
)

func during(list []span, episode string, night time.Time) bool {
	return slices.ContainsFunc(list, func(s span) bool {
		day := night.Format(time.DateOnly)
		return s.episode == episode && s.from <= day && day < s.to
	})
}

// failing are the nights on which the evaluation fails, downed those on which the
// platform answers nothing but errors.
var (
	failing = []string{"2024-06-17", "2024-06-18", "2025-09-10"}
	downed  = []string{"2024-03-20", "2026-01-23"}
)

// A life is what 36 months of nights leave behind.
type life struct {
	journal string            // SHA-256 of the journal
	alerts  string            // as they stand at the end
	outbox  string            // every message and what became of it
	bodies  []string          // what the platform was sent, in order
	folders map[string]string // SHA-256 of every file that was delivered, by name

	letters []deliver.Letter
	record  []pipeline.Entry
	slots   []slot
	seen    map[string]int       // transitions of the machine
	nights  map[string][]glimpse // the alerts as each night left them
}

// A glimpse is what a plain reader sees of an alert.
type glimpse struct {
	episode   string
	state     alert.State
	level     string
	broken    int
	inhibited bool
}

// live runs every night. Often reopens the workspace now and then and does slots
// twice, which must make no difference.
func live(t *testing.T, defs *pipeline.Definitions, dir string, list []fixtures.Return, often bool) *life {
	home := t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	platform := &receiver{status: 200}
	cfg, operator := connected(t, home, platform)
	leaders := t.TempDir()
	cfg.Channels = append(cfg.Channels, deliver.Channel{Name: "领导", Kind: deliver.Folder, Path: leaders, Reports: []string{"evaluate"}})
	p := open(t, home, defs)
	p.Channels = cfg
	out := &life{folders: map[string]string{}, seen: map[string]int{}, nights: map[string][]glimpse{}}
	taken, done := 0, 0
	out.slots = slots(defs, list)
	for i, s := range out.slots {
		at := s.at
		for ; done < len(deeds) && shanghai(deeds[done].day).Add(12*time.Hour).Before(at); done++ {
			d := deeds[done]
			d.act.Episode, d.act.At = d.episode, shanghai(d.day).Add(12*time.Hour+time.Duration(done)*time.Second)
			if _, err := p.Supervise(t.Context(), d.act); err != nil {
				t.Fatalf("%s %s %s: %v", d.day, d.act.Kind, d.episode, err)
			}
		}
		for ; taken < len(list) && list[taken].Received.Before(at); taken++ {
			if _, err := p.Ingest(t.Context(), filepath.Join(dir, list[taken].Name), list[taken].Received); err != nil {
				t.Fatal(err)
			}
		}
		if often && i%60 == 40 {
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			p = open(t, home, defs)
			p.Channels = cfg
		}
		day := at.Format(time.DateOnly)
		platform.status = 200
		if slices.Contains(downed, day) {
			platform.status = 503
		}
		if slices.Contains(failing, day) {
			fail(t, p, at)
		} else {
			out.night(t, p, s)
			if often && i%20 == 9 {
				out.night(t, p, s)
			}
		}
		sendNow(t, p, at.Add(time.Minute))
	}
	if taken < 350 || done != len(deeds) {
		t.Fatalf("%d of %d returns came, %d of %d deeds were done", taken, len(list), done, len(deeds))
	}
	out.end(t, p, platform, map[string]string{"领导": leaders, "共享": operator})
	return out
}

// fail is a night on which the evaluation breaks off: nothing is committed, and
// the operator is told.
func fail(t *testing.T, p *pipeline.Pipeline, at time.Time) {
	before, err := p.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := period.Containing(period.Month, at).Prev()
	if _, err = p.Run(ctx, "evaluate", at, q, at); !errors.Is(err, context.Canceled) {
		t.Fatalf("%s: want a failure, got %v", at, err)
	}
	if err := p.Alarm("evaluate", "夜间测算", at, at, errors.New("测试：评估中断")); err != nil {
		t.Fatal(err)
	}
	after, err := p.Alerts(t.Context())
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("%s: a failed evaluation moved an alert: %v %s", at, err, diff)
	}
}

// night is the work of one night, and what it moved.
func (l *life) night(t *testing.T, p *pipeline.Pipeline, s slot) {
	at := s.at
	run, err := p.Run(t.Context(), "evaluate", at, period.Containing(period.Month, at).Prev(), at)
	if err != nil {
		t.Fatal(err)
	}
	news, err := p.News(t.Context(), at, weekdays)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Tell("evaluate", run, news, at); err != nil {
		t.Fatal(err)
	}
	if s.idle {
		l.seen["idle"]++
		if len(run.Changed) > 0 || !news.Empty() {
			t.Errorf("%s: nothing happened, and it changed %v and told %v", at, run.Changed, news.Lines())
		}
	}
	for _, e := range run.Changed {
		key := string(e.From) + "→" + string(e.State)
		switch {
		case e.FromLevel != "":
			key += " " + e.FromLevel + "→" + e.Level
		case e.From == e.State:
			key += " released"
		}
		l.seen[key]++
	}
	day := at.Format(time.DateOnly)
	l.nights[day] = nil
	for _, a := range run.Alerts {
		l.nights[day] = append(l.nights[day], glimpse{a.Episode, a.State, a.Level, a.Broken, a.InhibitedBy != ""})
		if a.State.Open() && a.InhibitedBy != "" {
			l.seen[string(a.State)+" inhibited"]++
		}
		if a.HeldBy != "" {
			l.seen[string(a.State)+" held by a late return"]++
		}
	}
	for _, it := range news.Items {
		l.seen["told: "+it.Occasion.Name()]++
	}
	if !news.Empty() {
		l.seen["told: 静默期间解除"] += len(news.Closed)
	}
}

// end closes the workspace and looks at what is left.
func (l *life) end(t *testing.T, p *pipeline.Pipeline, platform *receiver, folders map[string]string) {
	for _, x := range p.Letters() {
		l.letters = append(l.letters, *x)
	}
	for _, e := range p.Journal() {
		if e.Kind == pipeline.Told {
			l.record = append(l.record, e)
		}
	}
	alerts, err := p.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	l.alerts, l.outbox, l.bodies = text(alerts), text(l.letters), platform.texts
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	l.journal = hashOf(t, filepath.Join(p.Home, "journal.jsonl"))
	for channel, dir := range folders {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				l.folders[channel+strings.TrimPrefix(name, dir)] = hashOf(t, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if a, err := pipeline.Verify(p.Home); err != nil || len(a.Problems) > 0 {
		t.Errorf("the record: %v %+v", err, a)
	}
}

func hashOf(t *testing.T, name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// told is what a plain reader of the nights would have told: of each night the
// episodes, worked out from how the alerts stood alone and the spans above. It
// shares no code with alert.Tell.
func (l *life) told() map[string][]string {
	type memory struct {
		level, broken int
		open, mute    bool // its end was not told; it was silenced since it was told
		last          alert.State
	}
	remembered := map[string]*memory{}
	level := map[string]int{"黄": 1, "橙": 2, "红": 3}
	var closed []string // silently, and nobody was told yet
	out := map[string][]string{}
	for _, s := range l.slots {
		at := s.at
		day := at.Format(time.DateOnly)
		if slices.Contains(failing, day) {
			continue
		}
		there := map[string]bool{}
		end := func(episode string) {
			remembered[episode].open = false
			if during(mutes, episode, at) {
				closed = append(closed, episode)
			} else {
				out[day] = append(out[day], episode)
			}
		}
		for _, a := range l.nights[day] {
			there[a.episode] = true
			raised := a.state == alert.Firing || a.state == alert.Recovering
			hidden := a.inhibited || during(mutes, a.episode, at)
			m := remembered[a.episode]
			if m == nil {
				if !raised || hidden {
					continue
				}
				m = &memory{open: true}
				remembered[a.episode] = m
			}
			switch fires := a.state == alert.Firing; {
			case !m.open:
			case !raised:
				end(a.episode)
			case hidden:
				m.mute = m.mute || !a.inhibited
			case level[a.level] > m.level, // also the first time
				fires && m.last == alert.Recovering,
				fires && !during(hands, a.episode, at) && (m.mute || a.broken > m.broken):
				out[day] = append(out[day], a.episode)
				m.level, m.broken, m.mute = level[a.level], a.broken, false
			}
			m.last = a.state
		}
		for e, m := range remembered { // another episode took its place
			if m.open && !there[e] {
				end(e)
			}
		}
		if len(out[day]) > 0 {
			out[day], closed = append(out[day], closed...), nil
			slices.Sort(out[day])
		}
	}
	return out
}

// Superset #13430: a grace period skipped every other run. Here three years of
// nights are run over the returns of the fixtures, with 督办 on set days: the
// state machine goes through all its transitions, each channel is sent as many
// messages as the rules say, and done again, with restarts and slots done twice,
// all of it is the same to the byte.
func TestThirtySixMonthsOfNightsOverTheFixtures(t *testing.T) {
	defs := define(t)
	list := slices.Concat(fixtures.Plan(defs.Forms, defs.Catalogue), fixtures.Faults(defs.Forms, defs.Catalogue))
	slices.SortStableFunc(list, func(a, b fixtures.Return) int { return a.Received.Compare(b.Received) })
	dir := t.TempDir()
	if err := fixtures.WriteAll(dir, list, defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	var lives [2]*life
	t.Run("lives", func(t *testing.T) {
		for i, name := range []string{"once", "again, with restarts"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				lives[i] = live(t, define(t), dir, list, i == 1)
			})
		}
	})
	a, b := lives[0], lives[1]
	if a == nil || b == nil {
		return // it has said why
	}
	if a.journal != b.journal || a.alerts != b.alerts || a.outbox != b.outbox {
		t.Errorf("journal, alerts or outbox differ when the life is repeated")
	}
	if diff := cmp.Diff(a.bodies, b.bodies); diff != "" {
		t.Errorf("the platform was sent something else: %s", diff)
	}
	if diff := cmp.Diff(a.folders, b.folders); diff != "" || len(a.folders) == 0 {
		t.Errorf("the folders differ: %s", diff)
	}
	for _, want := range []string{
		"quiet→pending", "pending→quiet", "quiet→firing", "pending→firing", "firing→recovering", "recovering→firing",
		"recovering→resolved", "firing→resolved", "resolved→pending", "resolved→firing",
		"firing→firing 黄→橙", "firing→firing 橙→红", "firing→firing released", "firing inhibited", "pending inhibited",
		"firing held by a late return", "idle",
		"told: 新增", "told: 升级", "told: 反复", "told: 持续", "told: 静默期满", "told: 解除", "told: 静默期间解除",
	} {
		if a.seen[want] == 0 {
			t.Errorf("never seen: %s (%v)", want, slices.Sorted(maps.Keys(a.seen)))
		}
	}
	a.messages(t)
	t.Logf("%d nights, %d messages, %v", len(a.nights), len(a.letters), a.seen)
}

// messages compares what was sent with what a plain reader would have sent.
func (l *life) messages(t *testing.T) {
	want := l.told()
	sent := map[string]int{}
	said := map[string]bool{}
	for _, x := range l.letters {
		sent[x.Channel]++
		if x.State != deliver.Sent || x.Channel == "平台" && x.Attempts != 1+count(downed, x.Queued) {
			t.Errorf("%s of %s: %s after %d attempts", x.Channel, x.Queued, x.State, x.Attempts)
		}
		same := fmt.Sprint(x.Channel, x.Contents)
		if said[same] {
			t.Errorf("%s was sent the same twice: %s", x.Channel, x.Title)
		}
		said[same] = true
	}
	if diff := cmp.Diff(map[string]int{"平台": len(want), "领导": len(want), "共享": len(failing)}, sent); diff != "" {
		t.Errorf("messages by channel: %s", diff)
	}
	if len(l.bodies) != len(want)+len(downed) {
		t.Errorf("the platform was called %d times, want %d", len(l.bodies), len(want)+len(downed))
	}
	got := map[string][]string{}
	for _, e := range l.record {
		day := e.At.In(period.Shanghai).Format(time.DateOnly)
		for _, x := range e.Told {
			got[day] = append(got[day], x.Episode)
		}
		slices.Sort(got[day])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told by night: %s", diff)
	}
}

func count(days []string, at time.Time) int {
	n := 0
	for _, d := range days {
		if d == at.In(period.Shanghai).Format(time.DateOnly) {
			n++
		}
	}
	return n
}
