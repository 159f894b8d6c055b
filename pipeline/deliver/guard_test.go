package deliver

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyPublicAndListedAddressesAreDialled(t *testing.T) {
	listed := []netip.Prefix{
		netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/64"),
		netip.MustParsePrefix("224.0.0.0/16"), netip.MustParsePrefix("0.0.0.0/16"), netip.MustParsePrefix("169.254.7.7/32"),
	}
	for _, c := range []struct {
		addr                  string
		open, withList, alone bool // without a list, with one, with nothing but the list
	}{
		{"8.8.8.8", true, true, false},
		{"2606:4700:4700::1111", true, true, false},
		{"10.1.2.3", false, true, true},
		{"::ffff:10.1.2.3", false, true, true}, // an IPv4 address in IPv6 dress
		{"10.2.0.1", false, false, false},
		{"172.16.0.1", false, false, false},
		{"192.168.1.1", false, false, false},
		{"127.0.0.1", false, false, false},
		{"127.8.8.8", false, false, false},
		{"::1", false, false, false},
		{"::ffff:127.0.0.1", false, false, false},
		{"::127.0.0.1", false, false, false},
		{"169.254.169.254", false, false, false}, // a list of link-local networks opens no metadata service
		{"169.254.7.7", false, true, true},
		{"fe80::1", false, false, false},
		{"fe80::1%eth0", false, false, false},
		{"100.100.100.200", false, false, false},
		{"100.64.0.1", false, false, false},
		{"fd00:ec2::254", false, false, false},
		{"0.0.0.0", false, false, false},
		{"0.0.0.1", false, true, true},
		{"::", false, false, false},
		{"224.0.0.1", false, false, false},
		{"ff02::1", false, false, false},
		{"255.255.255.255", false, false, false},
		{"192.0.2.1", false, false, false},
		{"198.18.0.1", false, false, false},
		{"240.0.0.1", false, false, false},
		{"64:ff9b::7f00:1", false, false, false},
		{"64:ff9b::a9fe:a9fe", false, false, false}, // NAT64 of 127.0.0.1, of metadata
		{"2002:7f00:1::", false, false, false},
		{"2001::1", false, false, false},
		{"2001:db8::1", false, false, false},
		{"fec0::1", false, false, false},
		{"fc00::1", false, false, false},
	} {
		a := netip.MustParseAddr(c.addr)
		for _, g := range []struct {
			name  string
			guard guard
			want  bool
		}{{"open", guard{}, c.open}, {"list", guard{allow: listed}, c.withList}, {"alone", guard{allow: listed, listed: true}, c.alone}} {
			if got := g.guard.check(a) == nil; got != g.want {
				t.Errorf("%s, %s: dialled %v, want %v", c.addr, g.name, got, g.want)
			}
		}
	}
	if (guard{}).check(netip.Addr{}) == nil {
		t.Error("no address was dialled")
	}
}

// Every channel that dials does so under the guard: a server of this machine is
// not reached unless it is listed, by whatever name it is called.
func TestAServerInsideIsNotReachedUnlessListed(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t, dir, says(200, ok))
	box := &mailbox{cert: certificate(t, t.TempDir())}
	box.start(t)
	secretFile(t, dir, "secret", "SECsecretsecret")
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"} {
		secretFile(t, dir, "address", "https://"+host+":"+port(s.URL)+"/send?key=keykeykey")
		cfg := loaded(t, dir, "operator: [甲]\nchannels:\n"+
			"  - {name: 甲, kind: wecom, url: \"file:address\", ca: ca.pem}\n"+
			"  - {name: 乙, kind: webhook, url: \"https://"+host+":"+port(s.URL)+"/\", secret: \"file:secret\", ca: ca.pem}\n"+
			"  - {name: 丙, kind: mail, host: localhost, port: "+itoa(box.port)+", from: a@example.cn, to: [b@example.cn]}\n")
		for _, name := range cfg.Names() {
			open, err := cfg.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			m := message(sample("report-month", "1"))
			m.Recipient = "b@example.cn"
			_ = failure(t, open.Send(t.Context(), m, start))
		}
	}
	if n := len(s.requests()) + len(box.received()); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// An address that is no robot's home is dialled only when listed: a typing error
// must not hand a report to a stranger.
func TestARobotElsewhereMustBeListed(t *testing.T) {
	cfg := &Config{}
	for raw, home := range map[string]string{"https://a.example/": "b.example", "http://b.example/": "b.example"} {
		if err := guardOf(t, cfg, raw, home).check(netip.MustParseAddr("8.8.8.8")); err == nil {
			t.Errorf("%s for %s may dial the public network", raw, home)
		}
	}
	if err := guardOf(t, cfg, "https://b.example/", "b.example").check(netip.MustParseAddr("8.8.8.8")); err != nil {
		t.Errorf("the service itself: %v", err)
	}
}

func guardOf(t *testing.T, cfg *Config, raw, home string) guard {
	t.Helper()
	u, err := address(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.guard(u, home)
}

func TestAServerWithoutATrustedCertificateGetsNothing(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s := newSite(t, other, says(200, ok)) // its authority is not the one in dir
	certificate(t, dir)
	secretFile(t, dir, "address", s.URL)
	for _, ca := range []string{"", "    ca: ca.pem\n"} {
		open, err := loaded(t, dir, "allow: [127.0.0.1]\noperator: [甲]\nchannels:\n  - name: 甲\n    kind: wecom\n    url: file:address\n"+ca).Open("甲")
		if err != nil {
			t.Fatal(err)
		}
		_ = failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start))
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestASecretThatOthersCanReadIsRefused(t *testing.T) {
	dir := t.TempDir()
	cfg := &Config{dir: dir}
	secretFile(t, dir, "good", "  word \n")
	if s, err := cfg.secret("file:good"); err != nil || s != "word" {
		t.Errorf("%q %v", s, err)
	}
	for name, mode := range map[string]os.FileMode{"group": 0o640, "world": 0o604, "write": 0o620} {
		secretFile(t, dir, name, "wordword")
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := cfg.secret("file:" + name); err == nil || strings.Contains(err.Error(), "wordword") {
			t.Errorf("%s: %v", name, err)
		}
	}
	secretFile(t, dir, "empty", "")
	secretFile(t, dir, "large", strings.Repeat("x", maxSecret))
	for _, ref := range []string{"file:empty", "file:large", "file:none", "file:.", "env:ZHIBIAO_TEST_UNSET", "word"} {
		if _, err := cfg.secret(ref); err == nil {
			t.Errorf("%s was taken", ref)
		}
	}
	t.Setenv("ZHIBIAO_TEST_SET", "word2")
	if s, err := cfg.secret("env:ZHIBIAO_TEST_SET"); err != nil || s != "word2" {
		t.Errorf("%q %v", s, err)
	}
}
