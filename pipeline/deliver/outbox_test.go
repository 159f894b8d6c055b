package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC)

func twoChannels() *Config {
	return &Config{
		Channels: []Channel{
			{Name: "领导", Kind: Mail, To: []string{"a@example.cn", "b@example.cn"}},
			{Name: "群", Kind: DingTalk, Reports: []string{"report-quarter"}},
			{Name: "值班", Kind: WeCom},
		},
		Operator: []string{"值班"},
	}
}

func plan(t testing.TB, run string, reports []Report, cfg *Config, box *Outbox) []Message {
	t.Helper()
	list, err := Plan(run, reports, cfg, box)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func queue(box *Outbox, list []Message, at time.Time) {
	for i := range list {
		box.Note(Event{At: at, What: Queued, Item: list[i].Item()})
	}
}

func whom(list []Message) []string {
	var out []string
	for _, m := range list {
		out = append(out, m.Channel+"/"+m.Recipient)
	}
	return out
}

func TestARunIsOneMessageForEachRecipientThatWantsIt(t *testing.T) {
	month, quarter := sample("report-month", "1"), sample("report-quarter", "2")
	quarter.Title = "测试数据　2026年三季度调度"
	list := plan(t, "r1", []Report{month, quarter}, twoChannels(), &Outbox{})
	if diff := cmp.Diff([]string{"领导/a@example.cn", "领导/b@example.cn", "群/", "值班/"}, whom(list)); diff != "" {
		t.Error(diff)
	}
	if m := list[0]; len(m.Contents) != 2 || len(m.Files) != 2 || !strings.HasSuffix(m.Title, "等2份") {
		t.Errorf("the two reports of a run are not one message: %+v", m)
	}
	if m := list[2]; len(m.Contents) != 1 || m.Title != quarter.Title {
		t.Errorf("the channel of quarters was sent %q", m.Title)
	}
	keys := make(map[string]bool)
	for _, m := range list {
		keys[m.Key] = true
	}
	if len(keys) != len(list) {
		t.Error("two messages have one key")
	}
}

func TestNothingIdenticalIsSentAgainAndWhatComesBackIsNews(t *testing.T) {
	cfg, box := twoChannels(), &Outbox{}
	send := func(run, content string) int {
		list := plan(t, run, []Report{sample("report-month", content)}, cfg, box)
		queue(box, list, start)
		return len(list)
	}
	for i, step := range []struct {
		run, content string
		want         int
	}{{"r1", "A", 3}, {"r1", "A", 0}, {"r2", "A", 0}, {"r3", "B", 3}, {"r4", "A", 3}} {
		if got := send(step.run, step.content); got != step.want {
			t.Errorf("step %d, run %s content %s: %d messages, want %d", i, step.run, step.content, got, step.want)
		}
	}
}

func TestOnlyTheOperatorIsToldOfFailures(t *testing.T) {
	n := Report{Name: "evaluate", Title: "任务失败", Lines: []string{"磁盘已满"}, About: Content{"evaluate", "1"}, Notice: true}
	list := plan(t, "r1", []Report{n}, twoChannels(), &Outbox{})
	if diff := cmp.Diff([]string{"值班/"}, whom(list)); diff != "" {
		t.Error(diff)
	}
}

func TestABlankPartialOrFailedReportIsNeverPlanned(t *testing.T) {
	zipped := "PK\x03\x04 half of a workbook"
	for name, spoil := range map[string]func(*Report){
		"no title":     func(r *Report) { r.Title = " " },
		"two lines":    func(r *Report) { r.Title = "a\r\nBcc: x@example.cn" },
		"no text":      func(r *Report) { r.Lines = []string{"", "  "} },
		"no content":   func(r *Report) { r.About.Hash = "" },
		"no file":      func(r *Report) { r.Files = nil },
		"missing file": func(r *Report) { r.Files[0] = File{Name: "a.html"} },
		"empty file":   func(r *Report) { r.Files[0] = Attach("a.html", nil) },
		"white file":   func(r *Report) { r.Files[0] = Attach("a.html", []byte(" \n ")) },
		"cut html":     func(r *Report) { r.Files[0] = Attach("a.html", []byte("<html><body><h1>测试")) },
		"blank html": func(r *Report) {
			r.Files[0] = Attach("a.html", []byte("<html><head><title>x</title></head><body><svg>1</svg></body></html>"))
		},
		"cut xlsx":      func(r *Report) { r.Files[0] = Attach("a.xlsx", []byte(zipped)) },
		"cut docx":      func(r *Report) { r.Files[0] = Attach("a.docx", []byte(zipped)) },
		"cut pdf":       func(r *Report) { r.Files[0] = Attach("a.pdf", []byte("%PDF-1.7\nobj")) },
		"other bytes":   func(r *Report) { r.Files[0].Data = append(slices.Clone(r.Files[0].Data), "</html>"...) },
		"a path":        func(r *Report) { r.Files[0].Name = "../a.html" },
		"a program":     func(r *Report) { r.Files[0] = Attach("a.exe", []byte("MZ")) },
		"hidden file":   func(r *Report) { r.Files[0].Name = ".a.html" },
		"second broken": func(r *Report) { r.Files = append(r.Files, Attach("b.xlsx", []byte(zipped))) },
		"too large": func(r *Report) {
			r.Files = append(r.Files, Attach("b.txt", []byte(strings.Repeat("x", maxFiles))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad, good := sample("report-month", "1"), sample("report-quarter", "2")
			spoil(&bad)
			if list, err := Plan("r1", []Report{good, bad}, twoChannels(), &Outbox{}); err == nil || list != nil {
				t.Errorf("planned %d messages", len(list))
			}
		})
	}
}

// sendAll attempts whatever is due, minute by minute.
func sendAll(box *Outbox, cfg *Config, from time.Time, hours int, attempt func(*Letter, time.Time) Event) {
	for now := from; now.Before(from.Add(time.Duration(hours) * time.Hour)); now = now.Add(15 * time.Second) {
		for l := box.Next(now, cfg); l != nil; l = box.Next(now, cfg) {
			e := attempt(l, now)
			e.At, e.Key = now, l.Key
			box.Note(e)
		}
	}
}

func TestAFailureIsTriedAgainEverLaterAndThenGivenUp(t *testing.T) {
	cfg, box := twoChannels(), &Outbox{}
	queue(box, plan(t, "r1", []Report{sample("report-month", "1")}, cfg, box)[2:], start)
	var at []time.Duration
	sendAll(box, cfg, start, 24, func(_ *Letter, now time.Time) Event {
		at = append(at, now.Sub(start))
		return Event{What: Undelivered, Error: "no"}
	})
	want := []time.Duration{0, time.Minute, 6 * time.Minute, 36 * time.Minute, 156 * time.Minute, 516 * time.Minute}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Error(diff)
	}
	l := box.Letters()[0]
	if l.State != Dead || l.Attempts != 6 || l.Error != "no" {
		t.Errorf("%+v", l)
	}
	// The operator has it sent anew.
	later := start.Add(48 * time.Hour)
	box.Note(Event{At: later, What: Queued, Item: Item{Key: l.Key}})
	sendAll(box, cfg, later, 1, func(*Letter, time.Time) Event { return Event{What: Delivered} })
	if l.State != Sent || l.Attempts != 1 || l.Error != "" {
		t.Errorf("after the operator's word: %+v", l)
	}
	if n := len(plan(t, "r2", []Report{sample("report-month", "1")}, cfg, box)); n != 2 {
		t.Errorf("%d planned, want 2: the third was sent", n)
	}
}

func TestAFinalRefusalIsNotRepeatedAndAWaitIsHeeded(t *testing.T) {
	cfg, box := twoChannels(), &Outbox{}
	list := plan(t, "r1", []Report{sample("report-month", "1")}, cfg, box)
	queue(box, list, start)
	box.Note(Event{At: start, What: Undelivered, Item: Item{Key: list[0].Key}, Final: true, Error: "no such person"})
	if l := box.Letter(list[0].Key); l.State != Dead || l.Attempts != 1 {
		t.Errorf("%+v", l)
	}
	box.Note(Event{At: start, What: Undelivered, Item: Item{Key: list[2].Key}, Wait: 10 * time.Minute})
	if l := box.Letter(list[2].Key); !l.Due.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("due %v", l.Due)
	}
}

func TestADeadServerCostsOneAttemptAMinuteAndNotOneAMessage(t *testing.T) {
	cfg := &Config{Channels: []Channel{{Name: "领导", Kind: Mail}}}
	for i := range 40 {
		cfg.Channels[0].To = append(cfg.Channels[0].To, fmt.Sprintf("p%d@example.cn", i))
	}
	box, n := &Outbox{}, 0
	queue(box, plan(t, "r1", []Report{sample("report-month", "1")}, cfg, box), start)
	sendAll(box, cfg, start, 1, func(*Letter, time.Time) Event { n++; return Event{What: Undelivered} })
	if n > 60 || n < 40 {
		t.Errorf("%d attempts in an hour", n)
	}
}

func TestARobotIsNeverSentMoreThanItsRateAlsoAfterARestart(t *testing.T) {
	cfg := &Config{Channels: []Channel{{Name: "群", Kind: DingTalk}}}
	var events []Event
	box := &Outbox{}
	for i := range 100 {
		r := sample("report-month", "1")
		r.About.Subject = fmt.Sprint(i)
		list := plan(t, fmt.Sprint("r", i), []Report{r}, cfg, box)
		e := Event{At: start, What: Queued, Item: list[0].Item()}
		events = append(events, e)
		box.Note(e)
	}
	var at []time.Time
	for now := start; now.Before(start.Add(10 * time.Minute)); now = now.Add(time.Second) {
		box = &Outbox{} // a restart a second: only the record lasts
		for _, e := range events {
			box.Note(e)
		}
		for l := box.Next(now, cfg); l != nil; l = box.Next(now, cfg) {
			e := Event{At: now, What: Delivered, Item: Item{Key: l.Key}}
			events, at = append(events, e), append(at, now)
			box.Note(e)
		}
	}
	if len(at) != 100 {
		t.Fatalf("%d of 100 were sent", len(at))
	}
	for i := 20; i < len(at); i++ {
		if at[i].Sub(at[i-20]) < time.Minute {
			t.Fatalf("21 messages within %v", at[i].Sub(at[i-20]))
		}
	}
}

// Whatever happens in whatever order, equal events make equal outboxes, a message
// that was sent is not due again, and every message ends sent or given up.
func TestTheOutboxHoldsItsLaws(t *testing.T) {
	cfg := twoChannels()
	rapid.Check(t, func(t *rapid.T) {
		box, twin := &Outbox{}, &Outbox{}
		note := func(e Event) { box.Note(e); twin.Note(e) }
		now, sent := start, make(map[string]int)
		for i := range rapid.IntRange(1, 6).Draw(t, "runs") {
			r := sample("report-month", rapid.SampledFrom([]string{"A", "B"}).Draw(t, "content"))
			list, err := Plan(fmt.Sprint("r", i), []Report{r}, cfg, box)
			if err != nil {
				t.Fatal(err)
			}
			for j := range list {
				note(Event{At: now, What: Queued, Item: list[j].Item()})
			}
			for range rapid.IntRange(0, 20).Draw(t, "ticks") {
				if l := box.Next(now, cfg); l != nil {
					if sent[l.Key] > 0 {
						t.Fatalf("%s is due after it was sent", l.Key)
					}
					e := Event{At: now, What: Delivered, Item: Item{Key: l.Key}}
					if rapid.Bool().Draw(t, "fails") {
						e.What, e.Final = Undelivered, rapid.Bool().Draw(t, "final")
					} else {
						sent[l.Key]++
					}
					note(e)
				}
				now = now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
			}
		}
		if diff := cmp.Diff(box.Letters(), twin.Letters()); diff != "" {
			t.Fatal(diff)
		}
		sendAll(box, cfg, now, 12, func(*Letter, time.Time) Event { return Event{What: Undelivered} })
		for _, l := range box.Letters() {
			if l.State == Waiting {
				t.Fatalf("still waiting: %+v", l)
			}
		}
	})
}
