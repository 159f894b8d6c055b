package deliver

import (
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
)

// A Kind of channel.
type Kind string

// The kinds.
const (
	Mail     Kind = "mail"
	WeCom    Kind = "wecom"    // 企业微信群机器人
	DingTalk Kind = "dingtalk" // 钉钉群机器人
	Feishu   Kind = "feishu"   // 飞书群机器人
	Webhook  Kind = "webhook"
	Folder   Kind = "folder"
)

var kinds = []Kind{Mail, WeCom, DingTalk, Feishu, Webhook, Folder}

// Name is the Chinese name.
func (k Kind) Name() string {
	return map[Kind]string{
		Mail: "邮件", WeCom: "企业微信", DingTalk: "钉钉", Feishu: "飞书", Webhook: "回调", Folder: "文件夹",
	}[k]
}

// A Channel is a way to recipients, as the operator configured it. Its secrets
// are named, not held: they are read when it is opened.
type Channel struct {
	Name    string
	Kind    Kind
	Reports []string // the reports it carries, by name; none is all

	URL    string // https://…, or for a robot, whose address is its password, env:NAME or file:NAME
	Secret string // env:NAME or file:NAME; "" for none

	Host     string // mail
	Port     int
	Implicit bool // TLS from the first byte; otherwise STARTTLS, which must succeed
	User     string
	From     string
	To       []string // one message each

	CA   string // PEM file of the authority that signs the server's certificate; "" for the system's
	Path string // folder: must be there
}

// recipients are whom a channel addresses one by one; "" is the channel itself.
func (c *Channel) recipients() []string {
	if c.Kind == Mail {
		return c.To
	}
	return []string{""}
}

// A rate is how many attempts may be made within a time.
type rate struct {
	n   int
	per time.Duration
}

// rates stay below what the services allow (for the documents see robot.go):
// 企业微信 20 a minute, 钉钉 20 a minute and ten minutes of silence for the one who
// sends more, 飞书 100 a minute and 5 a second. Mail servers count too.
func (c *Channel) rates() []rate {
	switch c.Kind {
	case WeCom, DingTalk:
		return []rate{{15, time.Minute}}
	case Feishu:
		return []rate{{4, time.Second}, {80, time.Minute}}
	case Mail, Webhook:
		return []rate{{30, time.Minute}}
	}
	return nil
}

// A Config is channels.yaml, checked.
type Config struct {
	Channels []Channel
	Operator []string       // the channels that are told of failures
	Allow    []netip.Prefix // addresses inside that may be dialled all the same
	dir      string         // relative files are below it
}

// Channel is the one of a name; nil when there is none.
func (c *Config) Channel(name string) *Channel {
	for i := range c.Channels {
		if c.Channels[i].Name == name {
			return &c.Channels[i]
		}
	}
	return nil
}

// ConfigFile is the name of the configuration in its folder.
const ConfigFile = "channels.yaml"

// Load reads channels.yaml of a folder. A folder without one delivers nothing: an
// empty Config. reports are the names that a channel may choose from. The Config
// is nil when a finding is mandatory.
func Load(dir string, reports []string) (*Config, finding.List, error) {
	data, err := definition.ReadFile(os.DirFS(dir), ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &Config{dir: dir}, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	r := &definition.Reader{}
	cfg := &Config{dir: dir}
	m, empty := r.Parse(ConfigFile, data)
	switch {
	case empty:
		r.Refuse(r.Top(), "yaml-empty", "", "", "文件是空的", "以 channels: 开头列出各渠道；不推送则删去这个文件")
	case m != nil:
		cfg.read(r, m, reports)
	}
	r.Found.Sort()
	if r.Found.Refused() {
		return nil, r.Found, nil
	}
	return cfg, r.Found, nil
}

func (c *Config) read(r *definition.Reader, m *definition.Mapping, reports []string) {
	for _, n := range m.List("allow") {
		p, err := prefix(n.Value)
		switch {
		case err != nil:
			m.RefuseAt(m.Place(n), "channel-allow", n.Value, "不是 IP 地址或网段", "写成 10.1.2.3 或 10.1.2.0/24")
		case p.Bits() < narrowest(p):
			m.RefuseAt(m.Place(n), "channel-allow", n.Value, "网段太宽", "只列出确需连接的服务器地址")
		default:
			c.Allow = append(c.Allow, p)
		}
	}
	m.Entries("channels", "渠道", func(e *definition.Mapping) {
		ch := readChannel(e, reports)
		if ch.Name != "" && c.Channel(ch.Name) != nil {
			e.Refuse("name", "channel-name", ch.Name, "渠道重名", "每个渠道取不同的名称")
		}
		c.Channels = append(c.Channels, ch)
	})
	if len(c.Channels) == 0 {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "没有渠道", "在 channels: 下逐个列出渠道")
	}
	operator := m.List("operator")
	for _, n := range operator {
		if c.Channel(n.Value) == nil {
			m.RefuseAt(m.Place(n), "channel-operator", n.Value, "没有这个渠道", "填写 channels 中某个渠道的 name")
			continue
		}
		c.Operator = append(c.Operator, n.Value)
	}
	if len(operator) == 0 && len(c.Channels) > 0 {
		r.Add(finding.Finding{
			Rule: "channel-operator", Severity: finding.Note, Place: m.Place(m.Node),
			Message: "没有写明失败时告知谁，运行失败只记日志", Hint: "补上 operator: [渠道名称]",
		})
	}
	m.Done()
}

// channel reads one channel: the fields of its kind and no others.
func readChannel(m *definition.Mapping, reports []string) Channel {
	ch := Channel{Name: m.Need("name"), Kind: Kind(m.Need("kind"))}
	m.Named(ch.Name)
	if ch.Name != "" && !regexp.MustCompile(`^[\p{L}\p{N}_-]{1,32}$`).MatchString(ch.Name) {
		m.Refuse("name", "channel-name", ch.Name, "名称只能用汉字、字母、数字、- 和 _，不超过32字", "换一个简短的名称")
	}
	for _, n := range m.List("reports") {
		if !slices.Contains(reports, n.Value) {
			m.RefuseAt(m.Place(n), "channel-report", n.Value, "没有这种报告", "可用的："+strings.Join(reports, "、"))
		}
		ch.Reports = append(ch.Reports, n.Value)
	}
	switch ch.Kind {
	case Mail:
		readMail(m, &ch)
	case WeCom, DingTalk, Feishu:
		ch.URL = reference(m, "url", true)
		if ch.Kind != WeCom { // 企业微信 has no signature
			ch.Secret = reference(m, "secret", true)
		}
		ch.CA = m.Text("ca")
	case Webhook:
		ch.URL = m.Need("url")
		if ch.URL != "" && !isReference(ch.URL) {
			if _, err := address(ch.URL); err != nil {
				m.Refuse("url", "channel-url", "", err.Error(), "写成 https://主机/路径；网址含密码的写成 env:变量名 或 file:文件名")
			}
		}
		ch.Secret = reference(m, "secret", true)
		ch.CA = m.Text("ca")
	case Folder:
		ch.Path = m.Need("path")
	case "":
	default:
		words := make([]string, len(kinds))
		for i, k := range kinds {
			words[i] = string(k) + "（" + k.Name() + "）"
		}
		m.Refuse("kind", "channel-kind", string(ch.Kind), "没有这种渠道", "可用的："+strings.Join(words, "、"))
		m.Know("url", "secret", "ca", "host", "port", "tls", "user", "from", "to", "path")
	}
	return ch
}

func readMail(m *definition.Mapping, ch *Channel) {
	ch.Host, ch.User, ch.CA = m.Need("host"), m.Text("user"), m.Text("ca")
	if strings.ContainsAny(ch.Host, " :/@\r\n") {
		m.Refuse("host", "channel-host", ch.Host, "不是主机名", "只写主机名，端口写在 port")
	}
	ch.Port = 465
	if s := m.Text("port"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 65535 {
			m.Refuse("port", "channel-port", s, "不是端口号", "一般为465（tls: implicit）或587（tls: starttls）")
		}
		ch.Port = n
	}
	switch s := m.Text("tls"); s {
	case "implicit":
		ch.Implicit = true
	case "starttls":
	case "":
		ch.Implicit = ch.Port == 465
	default:
		m.Refuse("tls", "channel-tls", s, "应为 implicit 或 starttls", "邮件一律加密传送；465端口用 implicit，其余用 starttls")
	}
	ch.Secret = reference(m, "secret", ch.User != "")
	ch.From = m.Need("from")
	if _, err := mail.ParseAddress(ch.From); ch.From != "" && err != nil {
		m.Refuse("from", "channel-address", ch.From, "不是邮件地址", "写成 名称 <someone@example.cn>")
	}
	to := m.List("to")
	if len(to) == 0 {
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 to", "写成 to: [someone@example.cn]")
	}
	for _, n := range to {
		a, err := mail.ParseAddress(n.Value)
		switch {
		case err != nil:
			m.RefuseAt(m.Place(n), "channel-address", n.Value, "不是邮件地址", "写成 someone@example.cn，每人一项")
		case slices.Contains(ch.To, a.Address):
			m.RefuseAt(m.Place(n), "channel-address", n.Value, "收件人重复", "每人只写一次")
		default:
			ch.To = append(ch.To, a.Address)
		}
	}
}

// reference is a secret by name. The secret itself must not stand in the file,
// and is not repeated in what is said about it.
func reference(m *definition.Mapping, key string, needed bool) string {
	s := m.Text(key)
	switch {
	case s == "" && needed:
		m.RefuseAt(m.Place(m.Node), "yaml-missing-field", "", "缺少 "+key, "补上 "+key+": env:变量名 或 file:文件名")
	case s != "" && !isReference(s):
		m.Refuse(key, "channel-secret", "", key+" 不得直接写在文件里", "写成 env:变量名（环境变量）或 file:文件名（只有本人可读，权限0600）")
		return ""
	}
	return s
}

func isReference(s string) bool {
	scheme, name, ok := strings.Cut(s, ":")
	return ok && (scheme == "env" || scheme == "file") && strings.Trim(name, " /") != ""
}

// address parses the URL of a server. What is wrong is said without the URL,
// which may hold a password.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("不是网址")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("网址应以 https:// 开头")
	case u.User != nil:
		return nil, fmt.Errorf("网址中不得含用户名和密码")
	}
	return u, nil
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// narrowest is the fewest bits that an allowed network may have.
func narrowest(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 16
	}
	return 48
}
