package pipeline_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/fixtures"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
)

// weekdays counts Monday to Friday.
func weekdays(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if w := t.Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return t
}

// A watched workspace has the quarterly returns of 2025 and 2026, drawn in as
// they arrive, and a folder that the news of its alerts is delivered to.
type watched struct {
	t      *testing.T
	p      *pipeline.Pipeline
	home   string
	defs   *pipeline.Definitions
	dir    string
	list   []fixtures.Return
	taken  int
	folder string
}

func watch(t *testing.T) *watched {
	t.Helper()
	w := &watched{t: t, folder: t.TempDir()}
	w.home, w.defs = workspace(t)
	w.dir, w.list = samples(t, w.defs, quarterly2025)
	config := "operator: [共享]\nchannels:\n  - {name: 共享, kind: folder, path: \"" + w.folder + "\", reports: [evaluate]}\n"
	if err := os.WriteFile(filepath.Join(w.home, deliver.ConfigFile), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	return w
}

func (w *watched) open() {
	w.t.Helper()
	w.p = open(w.t, w.home, w.defs)
	var err error
	if w.p.Channels, _, err = deliver.Load(w.home, []string{"evaluate"}); err != nil {
		w.t.Fatal(err)
	}
}

// night is the nightly work at half past one: what came is in, the newest closed
// month is evaluated, what is news is told and sent.
func (w *watched) night(at time.Time) (run *pipeline.Run, news *alert.News) {
	w.t.Helper()
	for ; w.taken < len(w.list) && w.list[w.taken].Received.Before(at); w.taken++ {
		r := w.list[w.taken]
		if _, err := w.p.Ingest(w.t.Context(), filepath.Join(w.dir, r.Name), r.Received); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.tell(at, at)
}

func (w *watched) tell(slot, at time.Time) (run *pipeline.Run, news *alert.News) {
	w.t.Helper()
	run, err := w.p.Run(w.t.Context(), "evaluate", slot, period.Containing(period.Month, slot).Prev(), at)
	if err != nil {
		w.t.Fatal(err)
	}
	if news, err = w.p.News(w.t.Context(), at, weekdays); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.p.Tell("evaluate", run, news, at); err != nil {
		w.t.Fatal(err)
	}
	sendNow(w.t, w.p, at)
	return run, news
}

// nights goes on from one night to another, both included.
func (w *watched) nights(from, to time.Time) {
	w.t.Helper()
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		w.night(at)
	}
}

// messages are the texts in the folder, by the folder of their run.
func (w *watched) messages() []string {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.folder, "*", "说明.txt"))
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(names)
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		names[i] = string(data)
	}
	return names
}

// said counts the messages that say something of an alert.
func (w *watched) said(what string) int {
	w.t.Helper()
	n := 0
	for _, m := range w.messages() {
		if strings.Contains(m, what) {
			n++
		}
	}
	return n
}

func (w *watched) do(act alert.Act) {
	w.t.Helper()
	if _, err := w.p.Supervise(w.t.Context(), act); err != nil {
		w.t.Fatal(err)
	}
}

// one is an alert that fires, of a rule.
func (w *watched) one(rule string) alert.Alert {
	w.t.Helper()
	all, err := w.p.Alerts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		if a.Rule == rule && a.State == alert.Firing && a.InhibitedBy == "" {
			return a
		}
	}
	w.t.Fatalf("no alert of %s fires", rule)
	return alert.Alert{}
}

func small(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 1, 30, 0, 0, period.Shanghai)
}

func TestARunIsOneMessageAndANightWithoutNewsIsNone(t *testing.T) {
	w := watch(t)
	first := small(2026, 5, 6)
	run, news := w.night(first)
	if len(news.Items) < 2 {
		t.Fatalf("%d alerts", len(news.Items))
	}
	if m := w.messages(); len(m) != 1 || !strings.Contains(m[0], "静默中0项，已认领0项") || !strings.HasPrefix(m[0], "测试数据　预警变动（2026年4月）") {
		t.Fatalf("%q", m)
	}
	for _, it := range news.Items {
		if w.said(it.Name+"（"+it.RuleName+"）") != 1 {
			t.Errorf("%s is not told", it.Episode)
		}
	}
	// The same slot again, another night, a restart, a rebuild: nothing is new.
	w.tell(first, first)
	w.night(first.AddDate(0, 0, 1))
	head := w.p.Head()
	for _, how := range []string{"restart", "rebuild"} {
		if err := w.p.Close(); err != nil {
			t.Fatal(err)
		}
		if how == "rebuild" {
			if r, err := pipeline.Rebuild(t.Context(), w.home, w.defs, quiet); err != nil || !r.Equal() {
				t.Fatalf("%+v %v", r, err)
			}
		}
		w.open()
		if news, err := w.p.News(t.Context(), first.AddDate(0, 0, 1), weekdays); err != nil || !news.Empty() || news.Known == 0 {
			t.Errorf("after a %s: %+v %v", how, news, err)
		}
	}
	defer w.p.Close()
	if w.p.Head() != head || len(w.messages()) != 1 {
		t.Errorf("%d messages", len(w.messages()))
	}
	// What is told is on record with its run.
	i := slices.IndexFunc(w.p.Journal(), func(e pipeline.Entry) bool { return e.Kind == pipeline.Told })
	if e := w.p.Journal()[i]; e.Run != run.ID || len(e.Told) != len(news.Items) {
		t.Errorf("%+v", e)
	}
}

// Cut off after the messages were queued and before it was entered that they
// were told, the night is done again: nobody is told twice.
func TestANightCutOffBetweenMessageAndRecordTellsNobodyTwice(t *testing.T) {
	w := watch(t)
	at := small(2026, 5, 6)
	w.night(at)
	if err := w.p.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(w.home, "journal.jsonl")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Index(string(data), `"kind":"told"`)
	if err := os.WriteFile(name, data[:strings.LastIndexByte(string(data[:cut]), '\n')+1], 0o644); err != nil {
		t.Fatal(err)
	}
	w.open()
	defer w.p.Close()
	if _, news := w.tell(at, at); news.Empty() {
		t.Error("what was not recorded as told is not told")
	}
	if n := len(w.messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	if _, news := w.tell(at, at); !news.Empty() {
		t.Errorf("%v", news.Lines())
	}
}

func TestASilencedAlertIsNotSentUntilItsSilenceIsOver(t *testing.T) {
	w := watch(t)
	defer w.p.Close()
	first := small(2026, 5, 6)
	w.night(first)
	a := w.one("behind-path")
	what := a.Name + "（" + a.RuleName + "）"
	until := time.Date(2026, 7, 31, 23, 59, 59, 0, period.Shanghai)
	w.do(alert.Act{Episode: a.Episode, Kind: alert.Silence, By: "甲", At: first.Add(8 * time.Hour), Text: "测试数据：已知原因", Due: until})
	// The second quarter comes in July: the rule is broken once more.
	w.nights(small(2026, 7, 15), small(2026, 7, 31))
	if n := w.said(what); n != 1 {
		t.Errorf("told %d times while it is silenced", n)
	}
	if now := w.one("behind-path"); now.Episode != a.Episode || now.Broken != a.Broken+1 {
		t.Errorf("it is not broken once more: %+v", now.Phase)
	}
	last := w.messages()
	if len(last) < 2 || !strings.Contains(last[len(last)-1], "静默中1项，已认领0项") {
		t.Errorf("what is held back is not counted: %q", last)
	}
	w.nights(small(2026, 8, 1), small(2026, 8, 3))
	if n := w.said("静默期满：" + what); n != 1 || w.said(what) != 2 {
		t.Errorf("when its silence is over it is told %d times", n)
	}
}

func TestAnAcknowledgedAlertIsNotSentAgainWhileItLasts(t *testing.T) {
	for _, acknowledged := range []bool{false, true} {
		w := watch(t)
		first := small(2026, 5, 6)
		w.night(first)
		a := w.one("behind-path")
		what := a.Name + "（" + a.RuleName + "）"
		if acknowledged {
			for i, act := range []alert.Act{
				{Kind: alert.Claim},
				{Kind: alert.Cause, Text: "测试数据：原因"},
				{Kind: alert.Measure, Text: "测试数据：措施", Due: time.Date(2026, 12, 31, 0, 0, 0, 0, period.Shanghai)},
			} {
				act.Episode, act.By, act.At = a.Episode, "甲", first.Add(time.Duration(8+i)*time.Hour)
				w.do(act)
			}
		}
		w.nights(small(2026, 7, 15), small(2026, 7, 31))
		want, held := 2, "已认领0项"
		if acknowledged {
			want, held = 1, "已认领1项"
		}
		if n := w.said(what); n != want {
			t.Errorf("acknowledged %v: told %d times, want %d", acknowledged, n, want)
		}
		if last := w.messages(); !strings.Contains(last[len(last)-1], held) {
			t.Errorf("acknowledged %v: %q", acknowledged, last[len(last)-1])
		}
		if err := w.p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Superset PR #43031: a blank render was delivered.
func TestABlankReportIsNeverSentWithTheNews(t *testing.T) {
	w := watch(t)
	defer w.p.Close()
	at := small(2026, 5, 6)
	run, err := w.p.Run(t.Context(), "evaluate", at, period.MustParse("2026-04"), at)
	if err != nil {
		t.Fatal(err)
	}
	news, err := w.p.News(t.Context(), at, weekdays)
	if err != nil {
		t.Fatal(err)
	}
	blank := filepath.Join(t.TempDir(), "预警专报_2026-04.html")
	if err := os.WriteFile(blank, []byte("<html><body></body></html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	run.Files = []string{blank}
	if list, err := w.p.Tell("evaluate", run, news, at); err == nil || len(list) > 0 {
		t.Errorf("%d messages, %v", len(list), err)
	}
	if err := os.Remove(blank); err != nil {
		t.Fatal(err)
	}
	if _, err := w.p.Tell("evaluate", run, news, at); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing face: %v", err)
	}
	run.Files = nil // the failure is mended: the news is not lost
	if list, err := w.p.Tell("evaluate", run, news, at); err != nil || len(list) != 1 {
		t.Errorf("%d messages, %v", len(list), err)
	}
}

// Superset PR #21684: an alert did not trigger, and nobody could say why.
func TestANightThatSendsNothingSaysWhy(t *testing.T) {
	w := watch(t)
	defer w.p.Close()
	first := small(2026, 5, 6)
	_, news := w.night(first)
	a := w.one("behind-path")
	w.do(alert.Act{Episode: a.Episode, Kind: alert.Silence, By: "甲", At: first.Add(time.Hour), Text: "测试数据", Due: first.AddDate(0, 1, 0)})
	w.do(alert.Act{Episode: w.one("not-computable").Episode, Kind: alert.Claim, By: "甲", At: first.Add(time.Hour)})
	var log bytes.Buffer
	w.p.Log = slog.New(slog.NewTextHandler(&log, nil))
	_, quiet := w.night(first.AddDate(0, 0, 1))
	if got := quiet.Silenced + quiet.Claimed + quiet.Known; got != len(news.Items) || !quiet.Empty() {
		t.Errorf("of %d alerts %d are accounted for", len(news.Items), got)
	}
	if line := log.String(); !strings.Contains(line, "no news of alerts") || !strings.Contains(line, "silenced=1 claimed=1") {
		t.Error(line)
	}
}

// Half past one in the morning of Shanghai is the day before in UTC.
func TestTheDaysOfTheNewsAreThoseOfShanghai(t *testing.T) {
	w := watch(t)
	defer w.p.Close()
	at := small(2026, 5, 1).UTC()
	if at.Month() != time.April {
		t.Fatal(at)
	}
	run, news := w.night(at)
	if run.ID != "evaluate-2026-04-20260501T013000" { // of April, which is over in Shanghai
		t.Error(run.ID)
	}
	files, err := filepath.Glob(filepath.Join(w.folder, "*", "预警变动_2026-05-01.txt"))
	if err != nil || len(files) != 1 || news.Empty() {
		t.Fatalf("%q %v", files, err)
	}
	// A silence to the end of 7 May holds until midnight of Shanghai, which is 16:00 UTC.
	a := w.one("behind-path")
	end := time.Date(2026, 5, 7, 23, 59, 59, 0, period.Shanghai)
	w.do(alert.Act{Episode: a.Episode, Kind: alert.Silence, By: "甲", At: at.Add(time.Hour), Text: "测试数据", Due: end})
	for _, c := range []struct {
		at    time.Time
		muted int
	}{{time.Date(2026, 5, 7, 15, 59, 0, 0, time.UTC), 1}, {time.Date(2026, 5, 7, 16, 1, 0, 0, time.UTC), 0}} {
		if n, err := w.p.News(t.Context(), c.at, weekdays); err != nil || n.Silenced != c.muted {
			t.Errorf("%s: %d silenced, %v", c.at, n.Silenced, err)
		}
	}
}
