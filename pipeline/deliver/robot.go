package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limits of the robots, in bytes. 企业微信 documents 4096 for its markdown;
// what 钉钉 and 飞书 document, 20000 and 20 KB, counts the whole body, in which a
// character can take six bytes.
const (
	wecomMarkdown = 4096
	robotText     = 3000
)

// A robot posts to a group. All three answer HTTP 200 whatever happened; what did
// is in the body.
type robot struct {
	kind   Kind
	to     *poster
	secret string
}

func (c *Config) openRobot(ch *Channel, raw, secret string) (notifier, error) {
	home := map[Kind]string{WeCom: "qyapi.weixin.qq.com", DingTalk: "oapi.dingtalk.com", Feishu: "open.feishu.cn"}[ch.Kind]
	p, err := c.post(ch, raw, home)
	return &robot{kind: ch.Kind, to: p, secret: secret}, err
}

func (r *robot) send(ctx context.Context, m *Message, now time.Time) error {
	u := *r.to.url
	if r.kind == DingTalk {
		at := strconv.FormatInt(now.UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", at)
		q.Set("sign", signDingTalk(r.secret, at))
		u.RawQuery = q.Encode()
	}
	body, err := json.Marshal(r.body(m, now))
	if err != nil {
		return &Failure{Text: "消息无法编码：" + err.Error(), Final: true}
	}
	answer, err := r.to.send(ctx, &u, body, nil)
	if err != nil {
		return err
	}
	return r.judge(answer)
}

// body is what a robot is told: a title and lines, without mark-up of others.
func (r *robot) body(m *Message, now time.Time) any {
	type object map[string]any
	switch r.kind {
	case WeCom:
		return object{"msgtype": "markdown", "markdown": object{"content": markdown(m, wecomMarkdown)}}
	case DingTalk:
		return object{"msgtype": "markdown", "markdown": object{"title": Cut(wide.Replace(plain(m.Title)), 120), "text": markdown(m, robotText)}}
	}
	at := strconv.FormatInt(now.Unix(), 10)
	text := Cut(plainLines(m), robotText)
	var lines [][]object
	for l := range strings.SplitSeq(text, "\n") {
		lines = append(lines, []object{{"tag": "text", "text": l}})
	}
	return object{
		"timestamp": at, "sign": signFeishu(r.secret, at), "msg_type": "post",
		"content": object{"post": object{"zh_cn": object{"title": Cut(plain(m.Title), 120), "content": lines}}},
	}
}

// plainLines is the text of a message, a line each.
func plainLines(m *Message) string {
	lines := make([]string, len(m.Lines))
	for i, l := range m.Lines {
		lines[i] = plain(l)
	}
	return strings.Join(lines, "\n")
}

// signDingTalk signs a time in milliseconds with the key secret.
func signDingTalk(secret, at string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(at + "\n" + secret))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// signFeishu signs nothing with the key time (in seconds) and secret: the other
// way round than 钉钉.
func signFeishu(secret, at string) string {
	return base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte(at+"\n"+secret)).Sum(nil))
}

// Codes that say more than "no". Any other is tried again as a failure is; a
// code that is missing here costs attempts, never a message.
var (
	finalCodes = map[Kind][]int64{
		WeCom:    {93000},               // the address is none
		DingTalk: {310000, 300005},      // signature, keyword or address refused; no such robot
		Feishu:   {19021, 19022, 19024}, // signature, address, keyword refused
	}
	busyCodes = map[Kind][]int64{
		WeCom:    {45009, 45033},
		DingTalk: {130101, 410100},
		Feishu:   {9499, 11232},
	}
	// 钉钉 keeps silent for ten minutes to one who sends too much.
	busyWait = map[Kind]time.Duration{WeCom: time.Minute, DingTalk: 10 * time.Minute, Feishu: time.Minute}
)

// judge reads an answer. One that does not say that the message was taken is a
// failure, whatever its HTTP status was.
func (r *robot) judge(answer []byte) error {
	var a struct {
		ErrCode    *int64 `json:"errcode"`
		ErrMsg     string `json:"errmsg"`
		Code       *int64 `json:"code"`
		Msg        string `json:"msg"`
		StatusCode *int64 `json:"StatusCode"` // of older 飞书 robots
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return &Failure{Text: "答复不是 JSON：" + quote(answer)}
	}
	code, said := a.ErrCode, a.ErrMsg
	if r.kind == Feishu {
		if code, said = a.Code, a.Msg; code == nil {
			code = a.StatusCode
		}
	}
	switch {
	case code == nil:
		return &Failure{Text: "答复没有结果代码：" + quote(answer)}
	case *code == 0:
		return nil
	}
	f := &Failure{Text: fmt.Sprintf("%s答复 %d：%s", r.kind.Name(), *code, quote([]byte(said)))}
	f.Final = slices.Contains(finalCodes[r.kind], *code)
	if slices.Contains(busyCodes[r.kind], *code) {
		f.Wait = busyWait[r.kind]
	}
	return f
}

// A webhook tells another program. It gets the text and the files' names and
// hashes; the files stay here.
type webhook struct {
	to     *poster
	secret string
}

func (c *Config) openWebhook(ch *Channel, raw, secret string) (notifier, error) {
	p, err := c.post(ch, raw, "")
	return &webhook{to: p, secret: secret}, err
}

// send signs time and body: X-Zhibiao-Signature is the HMAC-SHA256, in
// hexadecimal, of "timestamp.body". The key tells a second delivery of the same.
func (w *webhook) send(ctx context.Context, m *Message, now time.Time) error {
	body, err := json.Marshal(m)
	if err != nil {
		return &Failure{Text: "消息无法编码：" + err.Error(), Final: true}
	}
	at := strconv.FormatInt(now.Unix(), 10)
	_, err = w.to.send(ctx, w.to.url, body, map[string]string{
		"X-Zhibiao-Key": m.Key, "X-Zhibiao-Timestamp": at, "X-Zhibiao-Signature": "sha256=" + Sign(w.secret, at, body),
	})
	return err
}

// Sign is the signature of a webhook's body, for who receives it.
func Sign(secret, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return fmt.Sprintf("%x", h.Sum(nil))
}
