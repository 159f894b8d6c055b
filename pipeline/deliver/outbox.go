package deliver

import (
	"slices"
	"time"
)

// What happened to a message.
type What string

// The events of a message.
const (
	Queued      What = "queued"      // it is to be sent; said again of a dead letter, its attempts begin anew
	Delivered   What = "delivered"   // the channel took it
	Undelivered What = "undelivered" // an attempt failed
)

// An Event is what happened to a message, as it is recorded.
type Event struct {
	At   time.Time
	What What
	Item // of an attempt, Key is enough

	Error string        // undelivered
	Final bool          // undelivered: another attempt would fail too
	Wait  time.Duration // undelivered: what the channel asks to wait at least
}

// An Item is a message as the outbox knows it.
type Item struct {
	Key       string    `json:"key"`
	Channel   string    `json:"channel,omitempty"`
	Recipient string    `json:"recipient,omitempty"`
	Run       string    `json:"run,omitempty"`
	Title     string    `json:"title,omitempty"`
	Contents  []Content `json:"contents,omitempty"`
	Notice    bool      `json:"notice,omitempty"`
}

// Item is what the outbox remembers of a message.
func (m *Message) Item() Item {
	return Item{
		Key: m.Key, Channel: m.Channel, Recipient: m.Recipient, Run: m.Run, Title: m.Title, Contents: m.Contents, Notice: m.Notice,
	}
}

// A State of a message.
type State string

// The states. A dead letter was given up: the operator is told.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Dead    State = "dead"
)

// Name is the Chinese name.
func (s State) Name() string {
	switch s {
	case Sent:
		return "已送达"
	case Dead:
		return "未送达，已停止重试"
	}
	return "待发送"
}

// A Letter is a message on its way.
type Letter struct {
	Item
	State    State     `json:"state"`
	Queued   time.Time `json:"queued"`
	Attempts int       `json:"attempts"`
	Last     time.Time `json:"last,omitzero"` // the newest attempt
	Due      time.Time `json:"due,omitzero"`  // the next one
	Error    string    `json:"error,omitempty"`
}

// backoff is the pause after the first, second … failed attempt. After the last
// one more failure makes a dead letter: some nine hours after the first.
var backoff = [...]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}

// rest is how long a channel is left alone after it failed, whichever message it
// failed of: a dead server costs one time-out a minute and not one a message.
const rest = time.Minute

// An Outbox is what the events say: which messages wait, were sent, were given
// up. Its zero value is empty. Equal events make equal outboxes.
type Outbox struct {
	letters  []*Letter // in the order they were queued
	by       map[string]*Letter
	last     map[[3]string]string // the newest hash, by channel, recipient and subject
	attempts map[string][]time.Time
	resting  map[string]time.Time
}

// Note takes an event in. An attempt of a message that was never queued is not
// one of ours and changes nothing.
func (o *Outbox) Note(e Event) {
	if o.by == nil {
		o.by, o.last = make(map[string]*Letter), make(map[[3]string]string)
		o.attempts, o.resting = make(map[string][]time.Time), make(map[string]time.Time)
	}
	l := o.by[e.Key]
	switch {
	case e.What == Queued && l == nil:
		l = &Letter{Item: e.Item, State: Waiting, Queued: e.At, Due: e.At}
		o.letters, o.by[e.Key] = append(o.letters, l), l
		for _, c := range e.Contents {
			o.last[[3]string{e.Channel, e.Recipient, c.Subject}] = c.Hash
		}
	case l == nil:
	case e.What == Queued:
		if l.State == Dead {
			l.State, l.Attempts, l.Due = Waiting, 0, e.At
		}
	case e.What == Delivered:
		o.attempted(l, e.At)
		l.State, l.Due, l.Error = Sent, time.Time{}, ""
		delete(o.resting, l.Channel)
	case e.What == Undelivered:
		o.attempted(l, e.At)
		l.Error = e.Error
		if e.Final || l.Attempts > len(backoff) {
			l.State, l.Due = Dead, time.Time{}
			return
		}
		l.Due = e.At.Add(max(backoff[l.Attempts-1], e.Wait))
		o.resting[l.Channel] = e.At.Add(max(rest, e.Wait))
	}
}

func (o *Outbox) attempted(l *Letter, at time.Time) {
	l.Attempts++
	l.Last = at
	// More than the widest window of a rate is never asked for.
	list := append(o.attempts[l.Channel], at)
	o.attempts[l.Channel] = slices.DeleteFunc(list, func(t time.Time) bool { return t.Before(at.Add(-time.Minute)) })
}

// Has reports whether a content is the last of its subject that a recipient was
// sent, or is going to be, or that was given up: what did not arrive is sent again
// when the operator says so, and not because the next run found the same. A
// content that comes back after another one is news.
func (o *Outbox) Has(channel, recipient string, c Content) bool {
	return o.last[[3]string{channel, recipient, c.Subject}] == c.Hash && c.Hash != ""
}

// Next is the message to be sent now, the one that has waited longest; nil when
// none may be. A channel that has just failed rests, and one that has had as many
// attempts as its rate allows waits: the record is the bucket, so that a restart
// does not fill it.
func (o *Outbox) Next(now time.Time, cfg *Config) *Letter {
	for _, l := range o.letters {
		if l.State == Waiting && !now.Before(l.Due) && !now.Before(o.resting[l.Channel]) && o.free(l.Channel, now, cfg) {
			return l
		}
	}
	return nil
}

func (o *Outbox) free(channel string, now time.Time, cfg *Config) bool {
	c := cfg.Channel(channel)
	if c == nil {
		return true
	}
	for _, r := range c.rates() {
		n := 0
		for _, t := range o.attempts[channel] {
			if t.After(now.Add(-r.per)) {
				n++
			}
		}
		if n >= r.n {
			return false
		}
	}
	return true
}

// Letters are all messages, oldest first. They must not be changed.
func (o *Outbox) Letters() []*Letter { return o.letters }

// Letter is the message of a key; nil when there is none.
func (o *Outbox) Letter(key string) *Letter { return o.by[key] }
