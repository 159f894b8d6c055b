package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The expected values were computed with Python's hmac and base64.
func TestSignaturesAreThoseOfTheServices(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"钉钉", signDingTalk("SECtest", "1760832000000"), "zF5TQvvir853rJ7mdayEDbbFhjpNBOXZF9M9ybD43oM="},
		{"飞书", signFeishu("SECtest", "1760832000"), "HGTAIY9T7WF3ntZ056skOdg0Dt+wVmFkHp/KR1Snjt4="},
		{"webhook", Sign("SECtest", "1760832000", []byte(`{"a":1}`)), "4007f9ca4d9d67d33e8f14063d8ff81227cbe25a9ccc972229e33e8b35213284"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

const ok = `{"errcode":0,"errmsg":"ok"}`

// group opens a channel of a kind to a site.
func group(t *testing.T, kind Kind, answer http.HandlerFunc) (*Sender, *site) {
	t.Helper()
	dir := t.TempDir()
	s := newSite(t, dir, answer)
	secretFile(t, dir, "address", s.URL+"/send?access_token=tokentokentoken")
	secretFile(t, dir, "secret", "SECsecretsecret")
	yaml := "allow: [127.0.0.1]\noperator: [群]\nchannels:\n  - name: 群\n    kind: " + string(kind) + "\n    url: file:address\n    ca: ca.pem\n"
	if kind != WeCom {
		yaml += "    secret: file:secret\n"
	}
	open, err := loaded(t, dir, yaml).Open("群")
	if err != nil {
		t.Fatal(err)
	}
	return open, s
}

func failure(t *testing.T, err error) *Failure {
	t.Helper()
	f, is := errors.AsType[*Failure](err)
	if !is {
		t.Fatalf("%v, want a failure", err)
	}
	return f
}

func TestEveryRobotGetsItsOwnFormSignedInTime(t *testing.T) {
	now := time.Unix(1760832000, 5e6)
	for _, kind := range []Kind{WeCom, DingTalk, Feishu} {
		t.Run(string(kind), func(t *testing.T) {
			answer := ok
			if kind == Feishu {
				answer = `{"code":0,"msg":"success","data":{}}`
			}
			open, s := group(t, kind, says(200, answer))
			if err := open.Send(t.Context(), message(sample("report-month", "1")), now); err != nil {
				t.Fatal(err)
			}
			r := s.requests()[0]
			var body struct {
				MsgType   string `json:"msgtype"`
				MsgType2  string `json:"msg_type"`
				Timestamp string
				Sign      string
				Markdown  struct{ Content, Title, Text string }
				Content   struct {
					Post struct {
						ZhCn struct {
							Title   string
							Content [][]struct{ Tag, Text string }
						} `json:"zh_cn"`
					}
				}
			}
			if err := json.Unmarshal(r.body, &body); err != nil {
				t.Fatal(err)
			}
			switch kind {
			case WeCom:
				if body.MsgType != "markdown" || !strings.Contains(body.Markdown.Content, "红灯3项") {
					t.Errorf("%s", r.body)
				}
			case DingTalk:
				if body.MsgType != "markdown" || body.Markdown.Title == "" || !strings.Contains(body.Markdown.Text, "红灯3项") {
					t.Errorf("%s", r.body)
				}
				if at := r.query["timestamp"][0]; at != "1760832000005" || r.query["sign"][0] != signDingTalk("SECsecretsecret", at) {
					t.Errorf("query %v", r.query)
				}
				if r.query["access_token"][0] != "tokentokentoken" {
					t.Errorf("the token was lost: %v", r.query)
				}
			case Feishu:
				if body.MsgType2 != "post" || body.Content.Post.ZhCn.Title == "" || body.Content.Post.ZhCn.Content[0][0].Text != "截至2026年9月，红灯3项。" {
					t.Errorf("%s", r.body)
				}
				if body.Timestamp != "1760832000" || body.Sign != signFeishu("SECsecretsecret", body.Timestamp) {
					t.Errorf("%s", r.body)
				}
			}
		})
	}
}

func TestARobotsErrorIsAnErrorThoughItsStatusIs200(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		answer string
		final  bool
		wait   time.Duration
	}{
		{WeCom, `{"errcode":93000,"errmsg":"invalid webhook url"}`, true, 0},
		{WeCom, `{"errcode":45009,"errmsg":"api freq out of limit"}`, false, time.Minute},
		{WeCom, `{"errcode":-1,"errmsg":"system busy"}`, false, 0},
		{WeCom, `{"errmsg":"ok"}`, false, 0},
		{WeCom, `{}`, false, 0},
		{WeCom, ``, false, 0},
		{WeCom, `<html>登录</html>`, false, 0},
		{WeCom, `[]`, false, 0},
		{WeCom, `{"errcode":"0"}`, false, 0},
		{DingTalk, `{"errcode":310000,"errmsg":"sign not match"}`, true, 0},
		{DingTalk, `{"errcode":130101,"errmsg":"send too fast"}`, false, 10 * time.Minute},
		{DingTalk, `{"code":0}`, false, 0}, // 飞书's word does not count here
		{Feishu, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`, true, 0},
		{Feishu, `{"code":11232,"msg":"frequency limited"}`, false, time.Minute},
		{Feishu, `{"code":9499,"msg":"Bad Request","data":{}}`, true, 0},
		{Feishu, `{"code":9499,"msg":"too many request","data":{}}`, false, time.Minute},
		{Feishu, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`, true, 0},
		{DingTalk, `{"errcode":300005,"errmsg":"token is not exist"}`, true, 0},
		{DingTalk, `{"errcode":410100,"errmsg":"发送速度太快而限流"}`, false, 10 * time.Minute},
		{Feishu, `{"errcode":0}`, false, 0},
	} {
		t.Run(string(c.kind)+c.answer, func(t *testing.T) {
			open, _ := group(t, c.kind, says(200, c.answer))
			f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start))
			if f.Final != c.final || f.Wait != c.wait || f.Text == "" {
				t.Errorf("%+v", f)
			}
		})
	}
	open, _ := group(t, Feishu, says(200, `{"StatusCode":0,"StatusMessage":"success"}`))
	if err := open.Send(t.Context(), message(sample("report-month", "1")), start); err != nil {
		t.Errorf("the answer of an older robot: %v", err)
	}
}

func TestABusyRobotIsTriedAgainThoughItsStatusIs400(t *testing.T) {
	for answer, final := range map[string]bool{
		`{"code":9499,"msg":"too many request","data":{}}`: false,
		`{"code":9499,"msg":"Bad Request","data":{}}`:      true,
		`{"code":0,"msg":"success"}`:                       true, // the status is believed
		``:                                                 true,
	} {
		open, _ := group(t, Feishu, says(400, answer))
		f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start))
		if f.Final != final || (f.Wait == 0) != final {
			t.Errorf("%s: %+v", answer, f)
		}
	}
}

func TestAServersStatusDecidesWhetherToTryAgain(t *testing.T) {
	for _, c := range []struct {
		code  int
		retry string
		final bool
		wait  time.Duration
	}{
		{400, "", true, 0},
		{401, "", true, 0},
		{404, "", true, 0},
		{408, "", false, 0},
		{413, "", true, 0},
		{429, "120", false, 2 * time.Minute},
		{429, "999999999", false, 6 * time.Hour},
		{429, "-5", false, 0},
		{429, "tomorrow", false, 0},
		{500, "", false, 0},
		{502, "", false, 0},
		{503, "30", false, 30 * time.Second},
		{301, "", true, 0},
		{302, "", true, 0},
		{307, "", true, 0},
		{308, "", true, 0},
		{304, "", true, 0},
	} {
		t.Run(fmt.Sprint(c.code, c.retry), func(t *testing.T) {
			open, s := group(t, Webhook, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.retry)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.code)
			})
			f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start))
			if f.Final != c.final || f.Wait != c.wait {
				t.Errorf("%+v", f)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests: a redirect was followed", n)
			}
		})
	}
}

func TestAWebhookCanCheckWhoSentWhatAndWhetherItHadItBefore(t *testing.T) {
	open, s := group(t, Webhook, says(204, ""))
	m := message(sample("report-month", "1"))
	for range 2 { // the second as after a crash between the send and its record
		if err := open.Send(t.Context(), m, time.Unix(1760832000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.requests() {
		if got := r.header.Get("X-Zhibiao-Key"); got != m.Key {
			t.Errorf("key %q", got)
		}
		if got, want := r.header.Get("X-Zhibiao-Signature"), "sha256="+Sign("SECsecretsecret", "1760832000", r.body); got != want {
			t.Errorf("signature %s, want %s", got, want)
		}
		var back Message
		if err := json.Unmarshal(r.body, &back); err != nil || back.Title != m.Title || back.Files[0].SHA256 != m.Files[0].SHA256 {
			t.Errorf("%v %+v", err, back)
		}
	}
}

func TestNoSecretIsRepeatedWhateverAServerAnswers(t *testing.T) {
	for _, kind := range []Kind{WeCom, DingTalk, Feishu, Webhook} {
		for _, code := range []int{200, 404, 500} {
			open, s := group(t, kind, func(w http.ResponseWriter, r *http.Request) {
				says(code, `{"errcode":1,"code":1,"errmsg":"`+r.URL.RawQuery+` SECsecretsecret","msg":"tokentokentoken SECsecretsecret"}`)(w, r)
			})
			errs := []error{open.Send(t.Context(), message(sample("report-month", "1")), start)}
			s.Close() // and when nobody answers
			errs = append(errs, open.Send(t.Context(), message(sample("report-month", "1")), start))
			for _, err := range errs {
				if err == nil && kind == Webhook && code == 200 {
					continue
				}
				f := failure(t, err)
				if kind != WeCom && strings.Contains(f.Text, "SECsecret") || strings.Contains(f.Text, "tokentoken") { // 企业微信 has no secret
					t.Errorf("%s %d: %s", kind, code, f.Text)
				}
			}
		}
	}
}

func TestHugeAndEndlessAnswersAreCutOff(t *testing.T) {
	open, _ := group(t, WeCom, func(w http.ResponseWriter, _ *http.Request) {
		for range 10 << 10 {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<10))); err != nil {
				return
			}
		}
	})
	if f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start)); !strings.Contains(f.Text, "64 KB") {
		t.Errorf("%+v", f)
	}
}

func TestASlowServerIsNotWaitedFor(t *testing.T) {
	done := make(chan struct{})
	open, _ := group(t, WeCom, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
	defer close(done)
	open.notifier.(*robot).to.client.Timeout = 200 * time.Millisecond
	began := time.Now()
	f := failure(t, open.Send(t.Context(), message(sample("report-month", "1")), start))
	if f.Final || time.Since(began) > 5*time.Second {
		t.Errorf("%+v after %v", f, time.Since(began))
	}
}

func TestARobotsTextKeepsItsLimitAndItsRunes(t *testing.T) {
	r := sample("report-month", "1")
	for range 400 {
		r.Lines = append(r.Lines, "某部门的某项指标低于序时进度，缺口3.2亿元；")
	}
	m := message(r)
	if got := markdown(m, wecomMarkdown); len(got) > 4096 || len(got) < 4000 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…（详见报告）") {
		t.Errorf("%d bytes, ends %q", len(got), got[len(got)-30:])
	}
	for _, kind := range []Kind{DingTalk, Feishu} {
		b, err := json.Marshal((&robot{kind: kind}).body(m, start))
		if err != nil || len(b) > 20000 {
			t.Errorf("%s: %d bytes, %v", kind, len(b), err)
		}
	}
}

func TestCutIsWithinTheLimitWholeRunesAndSaysSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, limit := rapid.String().Draw(t, "s"), rapid.IntRange(0, 60).Draw(t, "limit")
		got := Cut(s, limit)
		switch {
		case len(got) > limit:
			t.Fatalf("%d bytes of %d", len(got), limit)
		case !utf8.ValidString(got):
			t.Fatalf("%q", got)
		case len(s) <= limit && got != s:
			t.Fatalf("%q was changed", s)
		case len(s) > limit && limit >= len(more) && !strings.HasPrefix(s, strings.TrimSuffix(got, more)):
			t.Fatalf("%q is no beginning of %q", got, s)
		}
	})
}

func TestWhatStoodInAReturnMakesNoLinkAndCallsNobody(t *testing.T) {
	r := sample("report-month", "1")
	r.Lines = []string{"[点这里](https://evil.example) <@all> <font color=\"warning\">x</font> @所有人 **粗** `x`\n# 标题\u202e"}
	m := message(r)
	got := strings.TrimPrefix(markdown(m, 4096), "### ")
	if strings.ContainsAny(got, "<>[]*`#@\u202e") || strings.Contains(got, "://") {
		t.Errorf("%q", got)
	}
	b, err := json.Marshal((&robot{kind: Feishu}).body(m, start))
	if err != nil || strings.Contains(string(b), `"a"`) || strings.Contains(string(b), `"at"`) {
		t.Errorf("%s %v", b, err)
	}
}
