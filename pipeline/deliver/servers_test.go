package deliver

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// certificate makes an authority and a server certificate for 127.0.0.1 and
// localhost; the authority's PEM is written to ca.pem of the folder.
func certificate(t *testing.T, dir string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "测试"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), block, 0o644); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A request is what a web server was sent.
type request struct {
	header http.Header
	query  map[string][]string
	body   []byte
}

// A site is a web server over TLS that answers as it is told.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
}

func newSite(t *testing.T, dir string, answer http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.seen = append(s.seen, request{r.Header, r.URL.Query(), body})
		s.mu.Unlock()
		answer(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, dir)}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *site) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.seen...)
}

// says answers with a status and a body.
func says(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body) // the client may hang up
	}
}

// A mailbox is an SMTP server: EHLO, STARTTLS or TLS, AUTH PLAIN, MAIL, RCPT,
// DATA. It refuses mail before TLS and, when it wants a password, before AUTH.
type mailbox struct {
	port     int
	cert     tls.Certificate
	implicit bool
	plain    bool              // offers no STARTTLS
	password string            // wanted
	refuse   map[string]string // the answer to a command, by its first word
	hang     bool              // says nothing

	mu    sync.Mutex
	mails []letter
}

type letter struct {
	from, to string
	data     string
	secure   bool
}

func (b *mailbox) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.port = l.Addr().(*net.TCPAddr).Port
	var open sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { defer c.Close(); b.serve(c) })
		}
	})
}

func (b *mailbox) received() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]letter(nil), b.mails...)
}

func (b *mailbox) serve(c net.Conn) {
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return
	}
	if b.hang {
		_, _ = io.Copy(io.Discard, c) // until the client hangs up
		return
	}
	secure, authed := b.implicit, b.password == ""
	if b.implicit {
		c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{b.cert}})
	}
	in := bufio.NewReader(c)
	say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
	say("220 test ESMTP")
	var mail letter
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if answer := b.refuse[verb]; answer != "" {
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			offers := "250-test\r\n"
			if !secure && !b.plain {
				offers += "250-STARTTLS\r\n"
			}
			if secure {
				offers += "250-AUTH PLAIN\r\n"
			}
			say(offers + "250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{b.cert}})
			in, secure = bufio.NewReader(c), true
		case "AUTH":
			_, coded, _ := strings.Cut(rest, " ")
			user, err := base64.StdEncoding.DecodeString(coded)
			if authed = err == nil && string(user) == "\x00sender\x00"+b.password; !authed {
				say("535 5.7.8 password refused: " + coded)
				continue
			}
			say("235 ok")
		case "MAIL", "RCPT":
			if !secure || !authed {
				say("530 not yet")
				continue
			}
			_, addr, _ := strings.Cut(rest, "<")
			addr, _, _ = strings.Cut(addr, ">")
			if verb == "MAIL" {
				mail = letter{from: addr, secure: secure}
			} else {
				mail.to = addr
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var data strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				data.WriteString(strings.TrimPrefix(l, "."))
			}
			mail.data = data.String()
			b.mu.Lock()
			b.mails = append(b.mails, mail)
			b.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// sample is a whole report.
func sample(name, content string) Report {
	return Report{
		Name: name, Title: "测试数据　2026年9月监测预警报告", Lines: []string{"截至2026年9月，红灯3项。", "报送率90.0%。"},
		About: Content{name + " 2026-09", content},
		Files: []File{Attach("监测预警报告_2026-09.html", []byte("<!DOCTYPE html><html><body><h1>测试数据</h1></body></html>"))},
	}
}

func message(r Report) *Message {
	m := &Message{
		Channel: "群", Run: "report-month-2026-09-20261019T080000", Title: r.Title, Lines: r.Lines, Contents: []Content{r.About}, Files: r.Files,
	}
	m.Key = key(m)
	return m
}

// loaded is a configuration that was written to the folder and has no mistake.
func loaded(t *testing.T, dir, yaml string) *Config {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, found, err := Load(dir, []string{"report-month", "report-quarter"})
	if err != nil || cfg == nil {
		t.Fatalf("load: %v\n%v", err, found)
	}
	return cfg
}

func port(url string) string { return url[strings.LastIndexByte(url, ':')+1:] }

func secretFile(t *testing.T, dir, name, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
