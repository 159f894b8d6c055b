package deliver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
)

// post opens a mail channel to a mailbox.
func post(t *testing.T, b *mailbox, more string) *Sender {
	t.Helper()
	dir := t.TempDir()
	b.cert = certificate(t, dir)
	b.start(t)
	secretFile(t, dir, "password", "passwordpassword")
	mode := "starttls"
	if b.implicit {
		mode = "implicit"
	}
	cfg := loaded(t, dir, fmt.Sprintf(`allow: [127.0.0.1]
operator: [领导]
channels:
  - name: 领导
    kind: mail
    host: 127.0.0.1
    port: %d
    tls: %s
    from: 双城办 <sender@example.cn>
    to: [leader@example.cn]
    ca: ca.pem
%s`, b.port, mode, more))
	open, err := cfg.Open("领导")
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func letterOf(r Report) *Message {
	m := message(r)
	m.Recipient = "leader@example.cn"
	return m
}

const login = "    user: sender\n    secret: file:password\n"

// parts are the leaves of a mail, decoded, by content type or file name.
func parts(t *testing.T, header map[string][]string, body io.Reader) map[string]string {
	t.Helper()
	first := func(k string) string {
		if v := header[k]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	kind, params, err := mime.ParseMediaType(first("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	if !strings.HasPrefix(kind, "multipart/") {
		data, err := io.ReadAll(decoded(first("Content-Transfer-Encoding"), body))
		if err != nil {
			t.Fatal(err)
		}
		if _, p, err := mime.ParseMediaType(first("Content-Disposition")); err == nil && p["filename"] != "" {
			if kind, err = new(mime.WordDecoder).DecodeHeader(p["filename"]); err != nil {
				t.Fatal(err)
			}
		}
		out[kind] = string(data)
		return out
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		maps.Copy(out, parts(t, p.Header, p))
	}
}

func TestAMailArrivesEncryptedWithTextHTMLAndAttachments(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		t.Run(fmt.Sprint("implicit ", implicit), func(t *testing.T) {
			b := &mailbox{implicit: implicit, password: "passwordpassword"}
			open := post(t, b, login)
			r := sample("report-month", "1")
			r.Lines = append(r.Lines, "<script>alert(1)</script>", ".")
			m := letterOf(r)
			now := time.Date(2026, 10, 19, 8, 0, 0, 0, time.UTC)
			for range 2 { // the second as after a crash between the send and its record
				if err := open.Send(t.Context(), m, now); err != nil {
					t.Fatal(err)
				}
			}
			got := b.received()
			if len(got) != 2 || got[0].to != "leader@example.cn" || got[0].from != "sender@example.cn" || !got[0].secure {
				t.Fatalf("%+v", got)
			}
			for _, l := range got {
				msg, err := mail.ReadMessage(strings.NewReader(l.data))
				if err != nil {
					t.Fatal(err)
				}
				subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
				if err != nil || subject != plain(m.Title) {
					t.Errorf("subject %q %v", subject, err)
				}
				if id := msg.Header.Get("Message-ID"); id != "<"+m.Key+"@example.cn>" || msg.Header.Get("X-Zhibiao-Key") != m.Key {
					t.Errorf("message id %q is not the key", id)
				}
				if d, err := msg.Header.Date(); err != nil || !d.Equal(now) {
					t.Errorf("date %v %v", d, err)
				}
				p := parts(t, msg.Header, msg.Body)
				if !strings.Contains(p["text/plain"], "红灯3项") || !strings.Contains(p["text/html"], "红灯3项") {
					t.Errorf("bodies: %q", p)
				}
				if strings.Contains(p["text/html"], "<script") {
					t.Error("what stood in a return became mark-up")
				}
				if p[m.Files[0].Name] != string(m.Files[0].Data) {
					t.Errorf("attachment: %q", p)
				}
			}
		})
	}
}

func TestNoMailAndNoPasswordGoesOverAnOpenLine(t *testing.T) {
	b := &mailbox{plain: true, password: "passwordpassword"}
	open := post(t, b, login)
	f := failure(t, open.Send(t.Context(), letterOf(sample("report-month", "1")), start))
	if len(b.received()) != 0 || f.Final {
		t.Errorf("%+v, %d received", f, len(b.received()))
	}
}

func TestAMailServersRefusalSaysWhetherToTryAgain(t *testing.T) {
	for _, c := range []struct {
		verb, answer string
		final        bool
	}{
		{"RCPT", "550 5.1.1 no such user", true},
		{"RCPT", "450 4.2.1 mailbox busy", false},
		{"MAIL", "452 4.3.1 no space", false},
		{"MAIL", "553 5.7.1 not yours", true},
		{"DATA", "554 5.7.1 spam", true},
		{"EHLO", "421 closing", false},
	} {
		t.Run(c.verb+c.answer, func(t *testing.T) {
			b := &mailbox{refuse: map[string]string{c.verb: c.answer, "HELO": "421 closing"}}
			f := failure(t, post(t, b, "").Send(t.Context(), letterOf(sample("report-month", "1")), start))
			if f.Final != c.final || len(b.received()) != 0 {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestAWrongPasswordIsFinalAndNotRepeated(t *testing.T) {
	b := &mailbox{password: "another"} // the server echoes what it was sent
	f := failure(t, post(t, b, login).Send(t.Context(), letterOf(sample("report-month", "1")), start))
	if !f.Final || strings.Contains(f.Text, "AHNlbmRlcgBwYXNzd29yZHBhc3N3b3Jk") || !strings.Contains(f.Text, "535") {
		t.Errorf("%+v", f)
	}
}

func TestAFolderHoldsEachMessageOnceAndWhole(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	open, err := loaded(t, dir, "operator: [共享]\nchannels:\n  - {name: 共享, kind: folder, path: "+out+"}\n").Open("共享")
	if err != nil {
		t.Fatal(err)
	}
	m := message(sample("report-month", "1"))
	for range 2 {
		if err := open.Send(t.Context(), m, start); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(out, "*", "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q %v", files, err)
	}
	data, err := os.ReadFile(filepath.Join(out, m.Run+"_"+m.Key[:8], m.Files[0].Name))
	if err != nil || string(data) != string(m.Files[0].Data) {
		t.Errorf("%q %v", data, err)
	}
	m.Run = "../../escaped"
	if err := open.Send(t.Context(), m, start); err != nil {
		t.Fatal(err)
	}
	if all, err := filepath.Glob(filepath.Join(out, "*", textFile)); err != nil || len(all) != 2 {
		t.Errorf("%q %v", all, err)
	}
}

func TestAFolderThatIsNotThereIsNotMade(t *testing.T) {
	dir := t.TempDir()
	open, err := loaded(t, dir, "operator: [共享]\nchannels:\n  - {name: 共享, kind: folder, path: 未挂载}\n").Open("共享")
	if err != nil {
		t.Fatal(err)
	}
	if f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start)); f.Final {
		t.Errorf("%+v", f)
	}
	if _, err := os.Stat(filepath.Join(dir, "未挂载")); err == nil {
		t.Error("it was made")
	}
}

func TestAMessageWhoseFilesAreNotAtHandIsNotSent(t *testing.T) {
	for _, kind := range []Kind{WeCom, Webhook} {
		open, s := group(t, kind, says(200, ok))
		m := message(sample("report-month", "1"))
		m.Files[0].Data = nil
		if f := failure(t, open.Send(t.Context(), m, start)); !f.Final || len(s.requests()) != 0 {
			t.Errorf("%+v, %d requests", f, len(s.requests()))
		}
	}
}

// Each mistake of the configuration is found where it stands, all in one reading,
// and no secret that was written there is repeated.
func TestEveryMistakeOfTheConfigurationHasItsPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(`allow: [10.0.0.0/8, nowhere]
operator: [没有, 群]
extra: 1
channels:
  - name: 群
    kind: dingtalk
    url: https://oapi.dingtalk.com/robot/send?access_token=geheimgeheim
    secret: SECgeheimgeheim
  - name: 群
    kind: wecom
    url: env:ZHIBIAO_WECOM
    reports: [monthly]
    host: x
  - name: 回调
    kind: webhook
    url: ftp://example.cn/
  - name: 邮件
    kind: mail
    host: mail.example.cn:465
    port: 70000
    tls: none
    user: sender
    from: nobody
    to: [a@example.cn, a@example.cn, b]
  - name: a/b
    kind: fax
  - 渠道
`), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, found, err := Load(dir, []string{"report-month"})
	if err != nil || cfg != nil {
		t.Fatalf("%v %v", cfg, err)
	}
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s", strings.TrimPrefix(f.Place.String(), ConfigFile+":"), f.Rule))
		if f.Hint == "" || f.Severity != finding.Mandatory {
			t.Errorf("%v", f)
		}
	}
	want := []string{
		"1:9 channel-allow", "1:21 channel-allow", "2:12 channel-operator", "3:1 yaml-unknown-field", "7:10 channel-secret", "8:13 channel-secret",
		"9:11 channel-name", "12:15 channel-report", "13:5 yaml-unknown-field", "14:5 yaml-missing-field", "16:10 channel-url",
		"17:5 yaml-missing-field", "19:11 channel-host", "20:11 channel-port", "21:10 channel-tls", "23:11 channel-address",
		"24:24 channel-address", "24:38 channel-address", "25:11 channel-name", "26:11 channel-kind", "27:5 yaml-type",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(found.String(), "geheim") {
		t.Errorf("a secret is repeated:\n%v", found)
	}
}

func TestAFolderWithoutAConfigurationDeliversNothing(t *testing.T) {
	cfg, found, err := Load(t.TempDir(), nil)
	if err != nil || cfg == nil || len(cfg.Channels) != 0 || len(found) != 0 {
		t.Errorf("%+v %v %v", cfg, found, err)
	}
	for _, text := range []string{"", "a: [", "- x", "a: &x 1\nb: *x", "channels: 1", strings.Repeat("#", definition.MaxFile+1)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if cfg, found, err := Load(dir, nil); err != nil || cfg != nil || !found.Refused() {
			t.Errorf("%.20q: %+v %v %v", text, cfg, found, err)
		}
	}
}

// decoded undoes a transfer encoding.
func decoded(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}
