package deliver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The bounds of one exchange: what a server may take, and may answer.
const (
	dialTime     = 10 * time.Second
	exchangeTime = 20 * time.Second
	maxAnswer    = 64 << 10
	maxSecret    = 4 << 10
)

// A guard decides which addresses may be dialled. It is asked with the address
// that a name was resolved to, at the moment of dialling: a name that points
// elsewhere the second time gains nothing.
type guard struct {
	allow  []netip.Prefix
	listed bool // only what is listed, not the public network
}

// special are the networks that are no public hosts, beyond what netip tells.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), // carriers, cloud metadata
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), // tunnels to IPv4
	netip.MustParsePrefix("3fff::/20"),
}

// global is where public IPv6 hosts are; everything else, NAT64 included, may lead inside.
var global = netip.MustParsePrefix("2000::/3")

// check refuses an address unless it is public or listed. Multicast, broadcast
// and "any" are no servers even when listed; link-local addresses, where clouds
// keep their credentials, must be listed one by one.
func (g guard) check(a netip.Addr) error {
	a = a.WithZone("").Unmap()
	inside := a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.Is6() && !global.Contains(a)
	for _, p := range special {
		inside = inside || p.Contains(a)
	}
	never := !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
	for _, p := range g.allow {
		if !never && p.Contains(a) && (!a.IsLinkLocalUnicast() || p.IsSingleIP()) {
			return nil
		}
	}
	switch {
	case never || inside:
		return fmt.Errorf("地址 %s 属于本机、内网或保留网段，未列入 allow", a)
	case g.listed:
		return fmt.Errorf("地址 %s 未列入 allow", a)
	}
	return nil
}

func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("网络 %s 不可用", network)
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("地址 %q 不可用", address)
	}
	return g.check(a.Addr())
}

func (g guard) dialer() *net.Dialer {
	return &net.Dialer{Timeout: dialTime, ControlContext: g.control}
}

// trust is the TLS configuration of a channel.
func (c *Config) trust(ch *Channel, host string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if ch.CA == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.file(ch.CA))
	if err != nil {
		return nil, fmt.Errorf("read certificate of channel %s: %w", ch.Name, err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("channel %s: %s holds no certificate", ch.Name, ch.CA)
	}
	return t, nil
}

func (c *Config) file(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// secret reads what a reference names. It is never logged, and an error does not
// hold it.
func (c *Config) secret(ref string) (string, error) {
	kind, name, _ := strings.Cut(ref, ":")
	switch {
	case ref == "":
		return "", nil
	case kind == "env":
		if s := strings.TrimSpace(os.Getenv(name)); s != "" {
			return s, nil
		}
		return "", fmt.Errorf("secret %s: the variable is not set", ref)
	case kind != "file":
		return "", errors.New("secret: want env:NAME or file:NAME")
	}
	f, err := os.Open(c.file(name))
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("secret %s: want a file that only its owner can read (0600), its mode is %v", ref, info.Mode())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	s := strings.TrimSpace(string(data))
	if s == "" || len(data) > maxSecret {
		return "", fmt.Errorf("secret %s: want 1 to %d bytes", ref, maxSecret)
	}
	return s, nil
}

// guard is the one of a URL: over http, and to a host that is not the service's
// own, only listed addresses are dialled.
func (c *Config) guard(u *url.URL, home string) guard {
	return guard{allow: c.Allow, listed: u.Scheme == "http" || home != "" && u.Host != home}
}

// A poster sends to one URL.
type poster struct {
	client *http.Client
	url    *url.URL
}

// post opens a way to a URL: no proxy, no redirect, no connection kept.
func (c *Config) post(ch *Channel, raw, home string) (*poster, error) {
	u, err := address(raw)
	if err != nil {
		return nil, fmt.Errorf("channel %s: %w", ch.Name, err)
	}
	t, err := c.trust(ch, u.Hostname())
	if err != nil {
		return nil, err
	}
	return &poster{url: u, client: &http.Client{
		Timeout:       exchangeTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: c.guard(u, home).dialer().DialContext, TLSClientConfig: t, TLSHandshakeTimeout: dialTime, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: maxAnswer, ForceAttemptHTTP2: true,
		},
	}}, nil
}

// send posts a body and returns the answer of a server that was content with it;
// with a refusal, what the server said of it.
func (p *poster) send(ctx context.Context, u *url.URL, body []byte, header map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(string(body)))
	if err != nil {
		return nil, &Failure{Text: "请求无法组成", Final: true}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "zhibiao")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := p.client.Do(req)
	if err != nil {
		// The error of the client holds the URL, and the URL of a robot its password.
		if in, ok := errors.AsType[*url.Error](err); ok {
			err = in.Err
		}
		return nil, &Failure{Text: "连接失败：" + err.Error()}
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, &Failure{Text: "答复未读完：" + err.Error()}
	}
	switch code := res.StatusCode; {
	case len(answer) > maxAnswer:
		return nil, &Failure{Text: fmt.Sprintf("答复超过%d KB", maxAnswer>>10)}
	case code >= 300 && code < 400:
		return nil, &Failure{Text: fmt.Sprintf("服务器答复 %d，要求转到别处；不跟随跳转", code), Final: true}
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		return nil, &Failure{Text: fmt.Sprintf("服务器答复 %d，暂不接收", code), Wait: retryAfter(res.Header)}
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooEarly:
		return answer, &Failure{Text: fmt.Sprintf("服务器答复 %d：%s", code, quote(answer)), Final: true}
	case code < 200 || code >= 300:
		return nil, &Failure{Text: fmt.Sprintf("服务器答复 %d：%s", code, quote(answer))}
	}
	return answer, nil
}

// retryAfter is how long a server asks to wait, at most as long as we ever do.
func retryAfter(h http.Header) time.Duration {
	s, err := time.ParseDuration(h.Get("Retry-After") + "s")
	if err != nil || s < 0 {
		return 0
	}
	return min(s, backoff[len(backoff)-1])
}

// quote is the beginning of what a server said, on one line.
func quote(answer []byte) string { return Cut(strings.TrimSpace(plain(string(answer))), 200) }
