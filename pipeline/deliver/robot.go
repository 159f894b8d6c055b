package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limits of the robots, in bytes. 企业微信 documents 4096 for its markdown
// (developer.work.weixin.qq.com, 群机器人配置说明, path 91770); what 钉钉 and 飞书
// (open.feishu.cn, 自定义机器人使用指南) document, 20000 and 20 KB, counts the whole
// body, in which a character can take six bytes.
const (
	wecomMarkdown = 4096
	robotText     = 3000
)

// A robot posts to a group. All three answer HTTP 200 whatever happened, nearly
// always; what did is in the body.
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
	if err == nil {
		return r.judge(answer)
	}
	// 飞书 says with a 400 that it was asked too often.
	if f, ok := errors.AsType[*Failure](r.judge(answer)); ok && f.Wait > 0 {
		return f
	}
	return err
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
// code that is missing here costs attempts, never a message. They are those of
// developer.work.weixin.qq.com, 全局错误码 (path 90313); open.dingtalk.com, 自定义机器人
// 发送群消息 (orgapp/custom-robots-send-group-messages); open.feishu.cn, 自定义机器人
// 使用指南 (client-docs/bot-v3/add-custom-bot). What the services were seen to answer
// beside them is marked.
var (
	finalCodes = map[Kind][]int64{
		WeCom: {
			93000, // the address is none
			45002, // too large
		},
		DingTalk: {
			310000,                 // signature, keyword or address refused
			300001, 300005, 400101, // no such token; the first two are seen
			400013, 400102, 400106, // group dissolved, robot stopped, no such robot
			400105,                         // kind of message
			430101, 430102, 430103, 430104, // an improper link, text, picture, content
		},
		Feishu: {
			19021, 19022, 19024, // signature, address, keyword refused
			19001, // no such token; seen
			9499,  // Bad Request: form or size
		},
	}
	busyCodes = map[Kind][]int64{
		WeCom:    {45009, 45033},
		DingTalk: {410100, 130101, 90030}, // the last two are seen
		Feishu:   {11232, 99991400},
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
	// 飞书's 9499 is seen to say "too many request" too.
	if slices.Contains(busyCodes[r.kind], *code) || r.kind == Feishu && strings.Contains(said, "too many request") {
		f.Wait = busyWait[r.kind]
	} else {
		f.Final = slices.Contains(finalCodes[r.kind], *code)
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
