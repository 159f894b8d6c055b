package pipeline_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
	"zhibiao/report"
)

// A receiver is another program that is told over HTTPS.
type receiver struct {
	mu     sync.Mutex
	status int
	keys   []string
	texts  []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.keys, r.texts = append(r.keys, req.Header.Get("X-Zhibiao-Key")), append(r.texts, string(body))
	w.WriteHeader(r.status)
}

// connected is a workspace with a webhook to the receiver for reports, and a
// folder, which is the operator's too.
func connected(t *testing.T, home string, r *receiver) (cfg *deliver.Config, folder string) {
	t.Helper()
	s := httptest.NewTLSServer(r)
	t.Cleanup(s.Close)
	folder = t.TempDir()
	for name, data := range map[string][]byte{
		"ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
		"secret": []byte("secretsecret"),
		deliver.ConfigFile: []byte("allow: [127.0.0.1]\noperator: [共享]\nchannels:\n" +
			"  - {name: 平台, kind: webhook, url: \"" + s.URL + "/\", secret: \"file:secret\", ca: ca.pem}\n" +
			"  - {name: 共享, kind: folder, path: \"" + folder + "\", reports: [report-month]}\n"),
	} {
		if err := os.WriteFile(filepath.Join(home, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, found, err := deliver.Load(home, []string{"report-month"})
	if err != nil || cfg == nil {
		t.Fatalf("%v %v", err, found)
	}
	return cfg, folder
}

// A night is a run of a month with its report written.
func night(t *testing.T, p *pipeline.Pipeline, at time.Time) *pipeline.Run {
	t.Helper()
	q, err := period.Parse("2025-10")
	if err != nil {
		t.Fatal(err)
	}
	run, err := p.Run(t.Context(), "report-month", at, q, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Report(t.Context(), run, report.Monthly, filepath.Join(p.Home, pipeline.ReportDir, q.String()), pipeline.Formats); err != nil {
		t.Fatal(err)
	}
	return run
}

func queued(t *testing.T, p *pipeline.Pipeline, run *pipeline.Run, at time.Time) int {
	t.Helper()
	b, err := run.Bulletin("report-month")
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.Queue(run.ID, []deliver.Report{b}, at)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func sendNow(t *testing.T, p *pipeline.Pipeline, at time.Time) {
	t.Helper()
	if err := p.Deliver(t.Context(), func() time.Time { return at }); err != nil {
		t.Fatal(err)
	}
}

var tonight = time.Date(2026, 1, 19, 8, 0, 0, 0, period.Shanghai)

func TestAReportReachesEachRecipientOnceAndTheSameNewsIsNotSentAgain(t *testing.T) {
	home, defs := workspace(t)
	r := &receiver{status: 200}
	cfg, folder := connected(t, home, r)
	p := open(t, home, defs)
	p.Channels = cfg
	dir, list := samples(t, defs, quarterly2025)
	ingestAll(t, p, dir, list)
	run := night(t, p, tonight)
	if n := queued(t, p, run, tonight); n != 2 {
		t.Fatalf("%d messages, want one for each recipient", n)
	}
	// What is sent is what was queued, though the folder of reports is lost.
	sent, err := os.ReadFile(run.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Dir(run.Files[0])); err != nil {
		t.Fatal(err)
	}
	sendNow(t, p, tonight)
	got, err := filepath.Glob(filepath.Join(folder, "*", filepath.Base(run.Files[0])))
	if err != nil || len(got) != 1 {
		t.Fatalf("%q %v", got, err)
	}
	if data, err := os.ReadFile(got[0]); err != nil || !bytes.Equal(data, sent) {
		t.Errorf("another file arrived: %v", err)
	}
	if len(r.keys) != 1 || !strings.Contains(r.texts[0], "测试数据") || !strings.Contains(r.texts[0], "截至2025年10月") {
		t.Errorf("%q", r.texts)
	}
	for i, at := range []time.Time{tonight, tonight, tonight.Add(time.Hour)} { // the slot again; the next run, without news
		if n := queued(t, p, night(t, p, at), at); n != 0 {
			t.Errorf("run %d: %d messages of the same news", i, n)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	defer p.Close()
	p.Channels = cfg
	sendNow(t, p, tonight.Add(2*time.Hour))
	if len(r.keys) != 1 || len(p.Letters()) != 2 || p.Letters()[0].State != deliver.Sent {
		t.Errorf("after a restart %d were sent, %d on record", len(r.keys), len(p.Letters()))
	}
	if a, err := pipeline.Verify(home); err != nil || len(a.Problems) != 0 {
		t.Errorf("%v %+v", err, a)
	}
}

// The process dies after the send and before its record: the message comes once
// more, under the same key, and never again.
func TestKilledBetweenSendAndRecordAMessageComesAtMostTwiceUnderOneKey(t *testing.T) {
	home, defs := workspace(t)
	r := &receiver{status: 200}
	cfg, folder := connected(t, home, r)
	p := open(t, home, defs)
	p.Channels = cfg
	queued(t, p, night(t, p, tonight), tonight)
	name := filepath.Join(home, "journal.jsonl")
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sendNow(t, p, tonight)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, before, 0o644); err != nil { // neither record was written
		t.Fatal(err)
	}
	for range 3 {
		p = open(t, home, defs)
		p.Channels = cfg
		sendNow(t, p, tonight.Add(time.Hour))
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.keys) != 2 || r.keys[0] != r.keys[1] || r.keys[0] == "" || r.texts[0] != r.texts[1] {
		t.Errorf("keys %q", r.keys)
	}
	if got, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(got) != 1 {
		t.Errorf("the folder has %q, %v", got, err)
	}
}

func TestAReportThatIsNotWholeIsNotSentAndTheOperatorIsTold(t *testing.T) {
	home, defs := workspace(t)
	r := &receiver{status: 200}
	cfg, folder := connected(t, home, r)
	p := open(t, home, defs)
	defer p.Close()
	p.Channels = cfg
	for name, spoil := range map[string]func(string) error{
		"missing": os.Remove,
		"empty":   func(name string) error { return os.Truncate(name, 0) },
		"cut":     func(name string) error { return os.Truncate(name, 1000) },
	} {
		for i := range pipeline.Formats {
			run := night(t, p, tonight)
			if err := spoil(run.Files[i]); err != nil {
				t.Fatal(err)
			}
			b, err := run.Bulletin("report-month")
			if err == nil {
				t.Errorf("%s %s: it may be sent", name, run.Files[i])
			}
			if list, err := p.Queue(run.ID, []deliver.Report{b}, tonight); err == nil || len(list) != 0 {
				t.Errorf("%s %s: %d messages were queued", name, run.Files[i], len(list))
			}
		}
	}
	if b, err := (&pipeline.Run{Assessment: night(t, p, tonight).Assessment}).Bulletin("report-month"); err == nil {
		t.Errorf("a run without a report may be sent: %+v", b)
	}
	for _, failure := range []string{"磁盘已满", "磁盘已满", "内存不足"} { // the same failure again the same day is no news
		if err := p.Alarm("report-month", "月度监测", tonight, tonight, errors.New(failure)); err != nil {
			t.Fatal(err)
		}
	}
	sendNow(t, p, tonight)
	got, err := filepath.Glob(filepath.Join(folder, "*", "说明.txt"))
	if err != nil || len(got) != 2 {
		t.Fatalf("the operator was told %d times: %v", len(got), err)
	}
	if len(r.keys) != 0 {
		t.Errorf("others were told: %q", r.texts)
	}
}

func TestWhatWasGivenUpIsToldOnceAndSentAnewWhenAsked(t *testing.T) {
	home, defs := workspace(t)
	r := &receiver{status: 500}
	cfg, folder := connected(t, home, r)
	p := open(t, home, defs)
	defer func() { p.Close() }()
	p.Channels = cfg
	queued(t, p, night(t, p, tonight), tonight)
	at := tonight
	for ; at.Before(tonight.Add(24 * time.Hour)); at = at.Add(5 * time.Minute) {
		sendNow(t, p, at)
	}
	if len(r.keys) != 6 {
		t.Errorf("%d attempts, want 6", len(r.keys))
	}
	told := func() int {
		t.Helper()
		n := 0
		got, err := filepath.Glob(filepath.Join(folder, "*", "说明.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range got {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), "未送达：") && strings.Contains(string(data), "500") {
				n++
			}
		}
		return n
	}
	if n := told(); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
	if err := p.Resend("z", at); !errors.Is(err, pipeline.ErrUnknown) { // no key begins so
		t.Errorf("resend of nothing: %v", err)
	}
	r.status = 200
	if err := p.Resend(r.keys[0][:12], at); err != nil {
		t.Fatal(err)
	}
	sendNow(t, p, at)
	if len(r.keys) != 7 || r.keys[6] != r.keys[0] || told() != 1 {
		t.Errorf("%d attempts, told %d times", len(r.keys), told())
	}
	for _, l := range p.Letters() {
		if l.State != deliver.Sent {
			t.Errorf("%+v", l)
		}
	}
	// A rebuild of the warehouse changes no message.
	was := len(p.Letters())
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Rebuild(t.Context(), home, defs, quiet); err != nil {
		t.Fatal(err)
	}
	p = open(t, home, defs)
	p.Channels = cfg
	sendNow(t, p, at.Add(time.Hour))
	if len(p.Letters()) != was || len(r.keys) != 7 {
		t.Errorf("%d messages, %d attempts", len(p.Letters()), len(r.keys))
	}
}

func TestADamagedOrUnaddressedMessageIsGivenUpAndHoldsUpNoOther(t *testing.T) {
	home, defs := workspace(t)
	r := &receiver{status: 200}
	cfg, folder := connected(t, home, r)
	p := open(t, home, defs)
	defer p.Close()
	p.Channels = cfg
	queued(t, p, night(t, p, tonight), tonight)
	for _, e := range p.Journal() {
		if e.Kind == pipeline.Queued && e.Delivery.Channel == "平台" {
			name := filepath.Join(home, "archive", e.SHA256[:2], e.SHA256)
			if err := errors.Join(os.Chmod(name, 0o644), os.WriteFile(name, []byte("{}"), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	sendNow(t, p, tonight)
	sendNow(t, p, tonight.Add(time.Minute))
	got, err := filepath.Glob(filepath.Join(folder, "*", "说明.txt"))
	if err != nil || len(got) != 2 || len(r.keys) != 0 {
		t.Errorf("%q %v, %d sent", got, err, len(r.keys))
	}
	if a, err := pipeline.Verify(home); err != nil || len(a.Problems) != 1 {
		t.Errorf("the audit: %v %+v", err, a)
	}
	// A recipient who was struck off is sent nothing.
	if err := p.Alarm("evaluate", "夜间测算", tonight, tonight, errors.New("测试")); err != nil {
		t.Fatal(err)
	}
	p.Channels = &deliver.Config{}
	sendNow(t, p, tonight.Add(time.Hour))
	if l := p.Letters()[len(p.Letters())-1]; l.State != deliver.Dead || !l.Notice {
		t.Errorf("%+v", l)
	}
}
