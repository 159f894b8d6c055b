package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zhibiao/kpi/period"
	"zhibiao/pipeline/deliver"
	"zhibiao/report/document"
)

// A Delivery is what happened to a message: of an attempt, only its key says which.
type Delivery struct {
	deliver.Item
	Final bool          `json:"final,omitempty"` // undelivered: the same would be refused again
	Wait  time.Duration `json:"wait,omitempty"`  // undelivered: what the channel asked for
}

// deliverTime bounds one round of deliveries: the inbox waits behind it.
const deliverTime = time.Minute

// maxMessage bounds a message as it is archived, without its files, in bytes.
const maxMessage = 1 << 20

// gist is what a report says in short: the sentences of its first section.
func gist(doc *document.Document) (title string, lines []string) {
	title = doc.Title + "（" + doc.Period + "）"
	if doc.TestData {
		title = "测试数据　" + title
	}
	for _, b := range doc.Sections[0].Blocks {
		if b.Paragraph != nil {
			lines = append(lines, b.Paragraph.String())
		}
	}
	return title, lines
}

// Bulletin is the report of a run as it is delivered: what Report wrote, read
// back from the disk, so that what did not get there is not sent. Two runs that
// found the same are the same news.
func (r *Run) Bulletin(job string) (deliver.Report, error) {
	q := r.Assessment.Period
	sum := sha256.Sum256([]byte(r.Assessment.Hash + "\n" + strings.Join(r.gist, "\n")))
	b, err := bulletin(deliver.Report{
		Name: job, Title: r.title, Lines: r.gist,
		About: deliver.Content{Subject: job + " " + q.String(), Hash: hex.EncodeToString(sum[:])},
	}, r.Files)
	if err == nil {
		err = b.Whole()
	}
	return b, err
}

// bulletin reads the files of a report: all of them, or there is no report.
func bulletin(r deliver.Report, files []string) (deliver.Report, error) {
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return deliver.Report{}, fmt.Errorf("deliver %s: %w", r.Name, err)
		}
		r.Files = append(r.Files, deliver.Attach(filepath.Base(name), data))
	}
	return r, nil
}

// Queue plans the messages of a run's reports and enters them in the journal,
// each with its files in the archive: what is sent is what was planned, whatever
// becomes of the folder of reports. A report that is not whole queues nothing.
// Without channels nothing is queued.
func (p *Pipeline) Queue(run string, reports []deliver.Report, at time.Time) ([]deliver.Message, error) {
	if p.Channels == nil {
		return nil, nil
	}
	list, err := deliver.Plan(run, reports, p.Channels, &p.box)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, f := range list[i].Files {
			if _, _, err := p.archive.put(bytes.NewReader(f.Data)); err != nil {
				return nil, fmt.Errorf("archive %s: %w", f.Name, err)
			}
		}
		text, err := json.Marshal(&list[i])
		if err != nil {
			return nil, fmt.Errorf("encode message: %w", err)
		}
		sum, size, err := p.archive.put(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("archive message: %w", err)
		}
		e := Entry{At: at, Kind: Queued, SHA256: sum, Size: size, Delivery: &Delivery{Item: list[i].Item()}}
		if _, err := p.record(e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Alarm tells the operator that a job failed: once a day of each failure. Leaders
// keep the last good report.
func (p *Pipeline) Alarm(job, title string, slot, at time.Time, failure error) error {
	text := failure.Error()
	what := sha256.Sum256([]byte(at.In(period.Shanghai).Format(time.DateOnly) + text))
	hash := hex.EncodeToString(what[:])
	_, err := p.Queue(fmt.Sprintf("%s-%s", job, slot.In(period.Shanghai).Format("20060102T150405")), []deliver.Report{{
		Name: job, Title: "任务失败：" + title, Notice: true, About: deliver.Content{Subject: "job " + job + " " + hash, Hash: hash},
		Lines: []string{
			"任务 " + job + "，应运行时刻 " + slot.In(period.Shanghai).Format("2006年1月2日 15:04:05"),
			"原因：" + deliver.Cut(text, 1000), "报告未发出，收件人手中仍是上一份完好的报告。",
		},
	}}, at)
	return err
}

// Deliver sends what is due, for about a minute at most, and tells the operator
// of what had to be given up. Only a failure of ours is an error; that of a
// channel is entered in the journal and tried again.
//
// The record follows the send. Killed between the two, the process sends that one
// message again, under the same key.
func (p *Pipeline) Deliver(ctx context.Context, now func() time.Time) error {
	if p.Channels == nil {
		return nil
	}
	open := make(map[string]*deliver.Sender)
	for began := now(); ctx.Err() == nil && now().Sub(began) < deliverTime; {
		if err := p.tellDead(now()); err != nil {
			return err
		}
		l := p.box.Next(now(), p.Channels)
		if l == nil {
			return nil
		}
		if err := p.attempt(ctx, l, now, open); err != nil {
			return err
		}
	}
	return nil
}

// attempt sends one message and enters what came of it.
func (p *Pipeline) attempt(ctx context.Context, l *deliver.Letter, now func() time.Time, open map[string]*deliver.Sender) error {
	m, err := p.message(l.Key)
	if err != nil { // a damaged archive must not hold up the other messages, nor the news of it
		err = &deliver.Failure{Text: "留存的消息读不出：" + err.Error(), Final: true}
	} else {
		// What was begun is ended: cut off, nobody would know whether it arrived.
		err = p.send(context.WithoutCancel(ctx), m, now(), open)
	}
	e := Entry{At: now(), Kind: Delivered, Delivery: &Delivery{Item: deliver.Item{Key: l.Key}}}
	if f, failed := errors.AsType[*deliver.Failure](err); failed {
		e.Kind, e.Error, e.Delivery.Final, e.Delivery.Wait = Undelivered, f.Text, f.Final, f.Wait
	} else if err != nil {
		return err
	}
	if _, err := p.record(e); err != nil {
		return err
	}
	attrs := []any{"channel", l.Channel, "recipient", l.Recipient, "run", l.Run, "key", l.Key, "attempt", l.Attempts}
	switch l.State {
	case deliver.Sent:
		p.Log.Info("message delivered", attrs...)
	case deliver.Dead:
		p.Log.Error("message given up", append(attrs, "err", e.Error)...)
	default:
		p.Log.Warn("message not delivered", append(attrs, "err", e.Error, "again", l.Due)...)
	}
	return nil
}

func (p *Pipeline) send(ctx context.Context, m *deliver.Message, at time.Time, open map[string]*deliver.Sender) error {
	if !p.Channels.Addresses(m.Channel, m.Recipient) {
		return &deliver.Failure{Text: "配置中已没有这个渠道或收件人", Final: true}
	}
	s := open[m.Channel]
	if s == nil {
		var err error
		if s, err = p.Channels.Open(m.Channel); err != nil {
			return &deliver.Failure{Text: "渠道无法打开：" + err.Error()}
		}
		open[m.Channel] = s
	}
	return s.Send(ctx, m, at)
}

// message is a queued message with its files, from the archive.
func (p *Pipeline) message(key string) (*deliver.Message, error) {
	for _, e := range p.journal.entries {
		if e.Kind != Queued || e.Delivery.Key != key || e.SHA256 == "" {
			continue
		}
		text, err := p.archive.read(e.SHA256, maxMessage)
		if err != nil {
			return nil, fmt.Errorf("read message %s: %w", key, err)
		}
		m := &deliver.Message{}
		if err := json.Unmarshal(text, m); err != nil {
			return nil, fmt.Errorf("read message %s: %w", key, err)
		}
		for i := range m.Files {
			if m.Files[i].Data, err = p.archive.read(m.Files[i].SHA256, m.Files[i].Size); err != nil {
				return nil, fmt.Errorf("read message %s: %w", key, err)
			}
		}
		return m, nil
	}
	return nil, fmt.Errorf("message %q: %w", key, ErrUnknown)
}

// tellDead tells the operator of every message that was given up, once. A notice
// that could not be delivered is told of in the log alone.
func (p *Pipeline) tellDead(at time.Time) error {
	var dead []deliver.Letter
	for _, l := range p.box.Letters() {
		if l.State == deliver.Dead && !l.Notice {
			dead = append(dead, *l)
		}
	}
	for _, l := range dead {
		to := l.Channel
		if l.Recipient != "" {
			to += " → " + l.Recipient
		}
		_, err := p.Queue(l.Run, []deliver.Report{{
			Name: "deliver", Title: "未送达：" + l.Title, Notice: true,
			About: deliver.Content{Subject: "undelivered " + l.Key, Hash: l.Last.Format(time.RFC3339Nano)},
			Lines: []string{
				"渠道：" + to, fmt.Sprintf("尝试%d次，最后一次：%s", l.Attempts, l.Error),
				"排除原因后运行 zhibiao deliver retry " + l.Key[:12],
			},
		}}, at)
		if err != nil {
			return err
		}
	}
	return nil
}

// Letters are the messages on record, oldest first.
func (p *Pipeline) Letters() []*deliver.Letter { return p.box.Letters() }

// Resend has a message that was given up sent anew. The beginning of its key is
// enough when there is one such.
func (p *Pipeline) Resend(key string, at time.Time) error {
	var found []*deliver.Letter
	for _, l := range p.box.Letters() {
		if l.State == deliver.Dead && key != "" && strings.HasPrefix(l.Key, key) {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("message %q: want one that was given up, found %d: %w", key, len(found), ErrUnknown)
	}
	_, err := p.record(Entry{At: at, Kind: Queued, Delivery: &Delivery{Item: deliver.Item{Key: found[0].Key}}})
	return err
}

// delivered takes an entry about a message into the outbox.
func (p *Pipeline) delivered(e Entry) {
	p.box.Note(deliver.Event{
		At: e.At, What: deliver.What(e.Kind), Item: e.Delivery.Item, Error: e.Error, Final: e.Delivery.Final, Wait: e.Delivery.Wait,
	})
}
