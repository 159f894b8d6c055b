package deliver

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// A notifier is one kind of channel, opened. It sends a message at a time and
// fails with a *Failure.
type notifier interface {
	send(ctx context.Context, m *Message, now time.Time) error
}

// A Failure is why a message did not arrive, in words for the operator.
type Failure struct {
	Text  string
	Final bool          // the same would be refused again
	Wait  time.Duration // what the channel asks to wait at least
}

// Error is the text.
func (f *Failure) Error() string { return f.Text }

// A Sender is an open channel.
type Sender struct {
	notifier notifier
	secrets  []string // what must not be repeated
}

// Open reads the secrets of a channel and makes it ready. An error is the
// operator's to mend: a variable that is not set, a file that others can read.
func (c *Config) Open(name string) (*Sender, error) {
	ch := c.Channel(name)
	if ch == nil {
		return nil, fmt.Errorf("channel %q: want one of %s", name, strings.Join(c.Names(), "、"))
	}
	s := &Sender{}
	secret, err := c.secret(ch.Secret)
	if err != nil {
		return nil, fmt.Errorf("open channel %s: %w", name, err)
	}
	s.hide(secret)
	raw := ch.URL
	if isReference(raw) {
		if raw, err = c.secret(raw); err != nil {
			return nil, fmt.Errorf("open channel %s: %w", name, err)
		}
		s.hide(raw)
		if u, err := url.Parse(raw); err == nil {
			s.hide(u.RawQuery)
			for _, v := range u.Query() {
				s.hide(v...)
			}
			s.hide(u.Path[strings.LastIndexByte(u.Path, '/')+1:])
		}
	}
	switch ch.Kind {
	case Mail:
		for _, v := range []string{secret, "\x00" + ch.User + "\x00" + secret} { // as it travels
			s.hide(base64.StdEncoding.EncodeToString([]byte(v)))
		}
		s.notifier, err = c.openMail(ch, secret)
	case WeCom, DingTalk, Feishu:
		s.notifier, err = c.openRobot(ch, raw, secret)
	case Webhook:
		s.notifier, err = c.openWebhook(ch, raw, secret)
	case Folder:
		s.notifier = &folder{path: c.file(ch.Path)}
	}
	if err != nil {
		return nil, fmt.Errorf("open channel %s: %w", name, err)
	}
	return s, nil
}

// Names are the names of the channels.
func (c *Config) Names() []string {
	names := make([]string, len(c.Channels))
	for i := range c.Channels {
		names[i] = c.Channels[i].Name
	}
	return names
}

// hide remembers what must not be repeated. What is shorter than a password would
// blot out plain words.
func (s *Sender) hide(secrets ...string) {
	for _, v := range secrets {
		if len(v) >= 6 {
			s.secrets = append(s.secrets, v, url.QueryEscape(v))
		}
	}
}

// Send sends a message at a time that it is signed with. The error is a *Failure,
// and repeats no secret, whatever a server answered. A message whose files are not
// at hand is not sent.
func (s *Sender) Send(ctx context.Context, m *Message, now time.Time) error {
	for i := range m.Files {
		if err := m.Files[i].whole(); err != nil {
			return &Failure{Text: fmt.Sprintf("附件 %s 不完整：%v", m.Files[i].Name, err), Final: true}
		}
	}
	err := s.notifier.send(ctx, m, now)
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		f = &Failure{Text: err.Error()}
	}
	text := f.Text
	for _, v := range s.secrets {
		text = strings.ReplaceAll(text, v, "***")
	}
	return &Failure{Text: Cut(plain(text), 600), Final: f.Final, Wait: f.Wait}
}
