package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// mailTime bounds the sending of one mail, whatever the server does.
const mailTime = 2 * time.Minute

// A post office sends mail through one server, encrypted or not at all.
type postOffice struct {
	channel  *Channel
	guard    guard
	tls      *tls.Config
	password string
}

func (c *Config) openMail(ch *Channel, password string) (notifier, error) {
	t, err := c.trust(ch, ch.Host)
	return &postOffice{channel: ch, guard: guard{allow: c.Allow}, tls: t, password: password}, err
}

// body is the text of a message for a mail program, in the least of HTML: what
// programs show alike. The report itself is attached.
var body = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.7;color:#1a1a1a;background:#ffffff">
<h1 style="font-size:20px">{{.Title}}</h1>
{{range .Lines}}<p>{{.}}</p>
{{end}}{{if .Files}}<p>附件：{{range $i, $f := .Files}}{{if $i}}、{{end}}{{$f.Name}}{{end}}</p>
{{end}}<p style="font-size:12px;color:#555555">运行号 {{.Run}}　消息号 {{.Key}}</p>
</body></html>
`))

// compose makes the mail. Its Message-ID is the key: a second delivery is known
// by it.
func (o *postOffice) compose(m *Message, now time.Time) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(o.channel.From), msg.To(m.Recipient)); err != nil {
		return nil, err
	}
	_, host, _ := strings.Cut(o.channel.From[strings.LastIndexByte(o.channel.From, '<')+1:], "@")
	msg.Subject(plain(m.Title))
	msg.SetMessageIDWithValue(m.Key + "@" + strings.TrimRight(host, "> "))
	msg.SetDateWithValue(now)
	msg.SetGenHeader("X-Zhibiao-Key", m.Key)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	var html bytes.Buffer
	if err := body.Execute(&html, m); err != nil {
		return nil, err
	}
	msg.SetBodyString(mail.TypeTextPlain, plain(m.Title)+"\n\n"+plainLines(m)+"\n\n运行号 "+m.Run+"　消息号 "+m.Key+"\n")
	msg.AddAlternativeString(mail.TypeTextHTML, html.String())
	for i := range m.Files {
		if err := msg.AttachReader(m.Files[i].Name, bytes.NewReader(m.Files[i].Data)); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

func (o *postOffice) send(ctx context.Context, m *Message, now time.Time) error {
	msg, err := o.compose(m, now)
	if err != nil {
		return &Failure{Text: "邮件无法组成：" + err.Error(), Final: true}
	}
	// The client leaves a connection open when the greeting fails.
	var line net.Conn
	defer func() {
		if line != nil {
			line.Close() //nolint:errcheck // mostly closed already; what arrived was answered
		}
	}()
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := o.dial(ctx, network, address)
		if err == nil {
			line = conn
		}
		return conn, err
	}
	options := []mail.Option{
		mail.WithPort(o.channel.Port), mail.WithTimeout(exchangeTime), mail.WithTLSConfig(o.tls),
		mail.WithDialContextFunc(dial), mail.WithoutNoop(),
	}
	if o.channel.Implicit {
		options = append(options, mail.WithSSL())
	} else {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if o.channel.User != "" {
		options = append(options, mail.WithUsername(o.channel.User), mail.WithPassword(o.password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	client, err := mail.NewClient(o.channel.Host, options...)
	if err != nil {
		return &Failure{Text: "邮件渠道有误：" + err.Error(), Final: true}
	}
	err = client.DialAndSendWithContext(ctx, msg)
	// The server took the mail: a farewell that fails changes nothing.
	if err == nil || msg.IsDelivered() {
		return nil
	}
	f := &Failure{Text: "邮件服务器：" + err.Error()}
	if refused, ok := errors.AsType[*mail.SendError](err); ok {
		f.Final = !refused.IsTemp() && refused.ErrorCode() >= 500
	} else if said, ok := errors.AsType[*textproto.Error](err); ok {
		f.Final = said.Code >= 500 // a password refused
	}
	return f
}

// dial connects under the guard, with a deadline that nothing extends.
func (o *postOffice) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := o.guard.dialer().DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn = &bounded{Conn: conn, end: time.Now().Add(mailTime)}
	if !o.channel.Implicit {
		return conn, nil
	}
	t := tls.Client(conn, o.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS: %w", err), conn.Close())
	}
	return t, nil
}

// A bounded connection ends when it must.
type bounded struct {
	net.Conn
	end time.Time
}

// SetDeadline sets the earlier of a time and the end.
func (b *bounded) SetDeadline(t time.Time) error {
	if t.IsZero() || t.After(b.end) {
		t = b.end
	}
	return b.Conn.SetDeadline(t)
}
