// Package deliver brings reports to people: mail, the robots of 企业微信, 钉钉 and
// 飞书, a webhook, a folder. It decides what is to be sent to whom (Plan), remembers
// what was (Outbox), and sends one message (Sender). It keeps nothing itself: the
// events are the caller's to record, and so are the clock and the loop.
//
// A message is sent at least once. When the process dies between a send and its
// record, the message is sent once more, under the same key: mail servers see the
// same Message-ID, webhooks the same X-Zhibiao-Key, and a folder the same files.
package deliver

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFiles bounds the attachments of a message, in bytes: mail servers commonly
// refuse more.
const maxFiles = 20 << 20

// A File is one face of a report.
type File struct {
	Name   string `json:"name"` // without a folder
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Data   []byte `json:"-"`
}

// Attach makes a file of bytes.
func Attach(name string, data []byte) File {
	sum := sha256.Sum256(data)
	return File{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Data: data}
}

// A Content identifies what a report says, without who made it when: of the same
// subject, equal hashes are the same news.
type Content struct {
	Subject string `json:"subject"` // the report and its period
	Hash    string `json:"hash"`
}

// A Report is what there is to tell: a report that was rendered, or a failure that
// the operator must know of (without files).
type Report struct {
	Name   string   // the job it comes from; channels choose by it
	Title  string   // one line
	Lines  []string // what it says, in short
	About  Content
	Files  []File
	Notice bool // for the operator; needs no file
}

// A Message is what one recipient is sent of one run.
type Message struct {
	Key       string    `json:"key"` // idempotency key, of channel, recipient, contents and run
	Channel   string    `json:"channel"`
	Recipient string    `json:"recipient,omitempty"` // an address; "" for a channel that has one
	Run       string    `json:"run"`
	Title     string    `json:"title"`
	Lines     []string  `json:"lines"`
	Contents  []Content `json:"contents"` // of the reports in it
	Files     []File    `json:"files,omitempty"`
	Notice    bool      `json:"notice,omitempty"`
}

// Plan is the messages of a run: for every recipient one, with the reports that
// its channel wants and that say something else than the last it was sent. A report that is not whole
// is an error, and then nothing is planned.
func Plan(run string, reports []Report, cfg *Config, box *Outbox) ([]Message, error) {
	for i := range reports {
		if err := reports[i].Whole(); err != nil {
			return nil, fmt.Errorf("plan run %s: %w", run, err)
		}
	}
	var list []Message
	for i := range cfg.Channels {
		c := &cfg.Channels[i]
		for _, to := range c.recipients() {
			m := Message{Channel: c.Name, Recipient: to, Run: run}
			var titles []string
			for j := range reports {
				r := &reports[j]
				if !cfg.wants(c, r) || box.Has(c.Name, to, r.About) || slices.Contains(m.Contents, r.About) {
					continue
				}
				m.Contents = append(m.Contents, r.About)
				if titles = append(titles, r.Title); len(titles) > 1 {
					m.Lines = append(m.Lines, r.Title)
				}
				m.Lines = append(m.Lines, r.Lines...)
				m.Files = append(m.Files, r.Files...)
				m.Notice = r.Notice
			}
			if len(titles) == 0 {
				continue
			}
			if m.Title = titles[0]; len(titles) > 1 {
				m.Title += fmt.Sprintf("等%d份", len(titles))
			}
			m.Key = key(&m)
			list = append(list, m)
		}
	}
	return list, nil
}

// Addresses reports whether a recipient is, still, one of a channel.
func (c *Config) Addresses(channel, recipient string) bool {
	ch := c.Channel(channel)
	return ch != nil && slices.Contains(ch.recipients(), recipient)
}

// Trial is the messages that try a channel, one for each of its recipients.
func (c *Config) Trial(channel, run string) []Message {
	ch := c.Channel(channel)
	if ch == nil {
		return nil
	}
	var list []Message
	for _, to := range ch.recipients() {
		m := Message{
			Channel: channel, Recipient: to, Run: run, Title: "推送测试", Contents: []Content{{Subject: "test", Hash: run}}, Notice: true,
			Lines: []string{"这是一条测试消息，用来核对渠道“" + channel + "”（" + ch.Kind.Name() + "）能否送达。", "收到即表示渠道正常，无须回复。"},
			Files: []File{Attach("推送测试.txt", []byte("测试附件\n"))},
		}
		m.Key = key(&m)
		list = append(list, m)
	}
	return list
}

// wants reports whether a channel is told of a report.
func (c *Config) wants(ch *Channel, r *Report) bool {
	if r.Notice {
		return slices.Contains(c.Operator, ch.Name)
	}
	return len(ch.Reports) == 0 || slices.Contains(ch.Reports, r.Name)
}

// key is the SHA-256 of what makes a message the one it is.
func key(m *Message) string {
	h := sha256.New()
	h.Write(fmt.Appendf(nil, "%q %q %q", m.Channel, m.Recipient, m.Run)) // a Hash never fails
	for _, c := range m.Contents {
		h.Write(fmt.Appendf(nil, " %q %q", c.Subject, c.Hash))
	}
	return hex.EncodeToString(h.Sum(nil))
}

var fileName = regexp.MustCompile(`^[\p{L}\p{N}_（）()·、-][\p{L}\p{N}_（）()·、. -]*$`)

// Whole says why a report must not be sent: it is blank, or one of its files is
// missing, empty, or was cut off while it was written.
func (r *Report) Whole() error {
	var size int64
	switch {
	case strings.TrimSpace(r.Title) == "" || strings.ContainsAny(r.Title, "\r\n"):
		return fmt.Errorf("report %s: want a title of one line, got %q", r.Name, r.Title)
	case strings.TrimSpace(strings.Join(r.Lines, "")) == "":
		return fmt.Errorf("report %s: it says nothing", r.Name)
	case r.About.Subject == "" || r.About.Hash == "":
		return fmt.Errorf("report %s: want the identity of its content", r.Name)
	case len(r.Files) == 0 && !r.Notice:
		return fmt.Errorf("report %s: want its files, got none", r.Name)
	}
	for i := range r.Files {
		if err := r.Files[i].whole(); err != nil {
			return fmt.Errorf("report %s: %s: %w", r.Name, r.Files[i].Name, err)
		}
		size += r.Files[i].Size
	}
	if size > maxFiles {
		return fmt.Errorf("report %s: %d bytes of files, want at most %d", r.Name, size, maxFiles)
	}
	return nil
}

var (
	tags     = regexp.MustCompile(`(?s)<(?:style|script|svg|head)\b.*?</(?:style|script|svg|head)>|<[^>]*>`)
	visible  = func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	errEmpty = errors.New("it is empty")
	errCut   = errors.New("it is not whole")
	errOther = errors.New("its bytes are not what was made")
)

// whole looks whether a file's own format says that it is complete.
func (f *File) whole() error {
	if !fileName.MatchString(f.Name) || strings.Contains(f.Name, "..") {
		return errors.New("want a plain file name")
	}
	if len(bytes.TrimSpace(f.Data)) == 0 {
		return errEmpty
	}
	if made := Attach(f.Name, f.Data); made.SHA256 != f.SHA256 || made.Size != f.Size {
		return errOther
	}
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".html":
		if !bytes.HasSuffix(bytes.TrimSpace(f.Data), []byte("</html>")) {
			return errCut
		}
		if !bytes.ContainsFunc(tags.ReplaceAll(f.Data, nil), visible) {
			return errEmpty
		}
	case ".xlsx", ".docx":
		z, err := zip.NewReader(bytes.NewReader(f.Data), f.Size)
		if err != nil {
			return errors.Join(errCut, err)
		}
		if len(z.File) == 0 {
			return errEmpty
		}
	case ".pdf":
		if !bytes.HasPrefix(f.Data, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(f.Data), []byte("%%EOF")) {
			return errCut
		}
	case ".txt", ".json":
		if !utf8.Valid(f.Data) {
			return errCut
		}
	default:
		return fmt.Errorf("format %q: want html, xlsx, docx, pdf, txt or json", path.Ext(f.Name))
	}
	return nil
}
