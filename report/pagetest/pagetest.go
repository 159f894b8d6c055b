// Package pagetest looks at a page of HTML as its readers do: in a real browser,
// on a phone, on a desk and on paper. It is for tests alone.
package pagetest

import (
	"bytes"
	"context"
	_ "embed" // what is run in the page
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"zhibiao/report/pdf"
)

//go:embed look.js
var look string

// A Page is a page to be looked at.
type Page struct {
	HTML string
	// Foot is what every sheet of paper says; the number of the sheet is looked
	// for besides.
	Foot []string
}

// A medium is how a page is read.
type medium struct {
	Name   string  `json:"name"`
	Width  int64   `json:"width"` // px
	Height int64   `json:"-"`
	Print  bool    `json:"print"`
	Least  float64 `json:"least"` // the smallest type, px
}

// The media of issue "E": a phone, a desk and A4. The least type on paper is
// 小六号, 6.5 pt.
var (
	phone = medium{Name: "phone", Width: 390, Height: 844, Least: 12}
	desk  = medium{Name: "desk", Width: 1280, Height: 900, Least: 12}
	paper = medium{Name: "paper", Print: true, Least: 6.5 * 96 / 72}
)

// A Browser is a running browser.
type Browser struct {
	ctx context.Context
	axe string
	// Dir is where pictures of what is looked at are written; "" for nowhere.
	Dir string
}

// Open starts a browser for a test. Where the machine has none, or no axe-core,
// the test is skipped; in CI it fails.
func Open(t *testing.T) *Browser {
	t.Helper()
	program, err := pdf.Browser()
	if err != nil {
		lacks(t, err.Error())
	}
	axe, err := os.ReadFile(axeFile(t))
	if errors.Is(err, os.ErrNotExist) {
		lacks(t, "axe-core is not installed; see .ci/run")
	} else if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program), chromedp.Env("HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home),
		chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 { // the browser refuses root otherwise
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &Browser{ctx: ctx, axe: string(axe)}
}

// lacks ends a test for which the machine lacks something.
func lacks(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("CI must have what looks at pages: " + what)
	}
	t.Skip("no page is looked at here: " + what)
}

// axeFile is where npm puts axe-core when it is told to in the module's root.
func axeFile(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
}

// Look reports, as errors of the test, what keeps a reader of the page from
// reading it on a phone, a desk or paper.
func (b *Browser) Look(t *testing.T, p Page) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(p.HTML), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range []medium{phone, desk, paper} {
		t.Run(m.Name, func(t *testing.T) {
			for _, w := range b.wrong(t, p, file, m) {
				t.Error(w)
			}
		})
	}
}

// tab opens the page in a tab of its own, and stops it when the test ends. The
// requests it makes are counted.
func (b *Browser) tab(t *testing.T, file string, m medium, scripts bool) (context.Context, *[]string) {
	t.Helper()
	ctx, done := chromedp.NewContext(b.ctx)
	t.Cleanup(done)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(late)
	requests := new([]string)
	open := func() error {
		if err := chromedp.Do(ctx); err != nil {
			return err
		}
		err := chromedp.Listen(ctx, func(e any) {
			if r, ok := e.(*network.EventRequestWillBeSent); ok {
				*requests = append(*requests, r.Request.URL)
			}
		})
		if err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
			return err
		}
		size := emulation.SetDeviceMetricsOverrideParams{Width: m.Width, Height: m.Height, DeviceScaleFactor: 1, Mobile: m.Width == phone.Width}
		if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, size); err != nil {
			return err
		}
		if m.Print {
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
				return err
			}
		}
		return chromedp.Do(ctx, chromedp.Navigate("file://"+file))
	}
	if err := open(); err != nil {
		t.Fatalf("open the page: %v", err)
	}
	return ctx, requests
}

// run runs an action in a tab.
func run[T any](ctx context.Context, t *testing.T, what string, a chromedp.Action[T]) T {
	t.Helper()
	got, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return got
}

// wrong is what is wrong with a page in a medium.
func (b *Browser) wrong(t *testing.T, p Page, file string, m medium) (wrong []string) {
	t.Helper()
	if m.Print {
		m.Width, m.Height, wrong = b.sheets(t, p, file)
	}
	ctx, requests := b.tab(t, file, m, true)
	arg, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	wrong = append(wrong, run(ctx, t, "look at the page", chromedp.Evaluate[[]string]("("+look+")("+string(arg)+")"))...)
	if !m.Print {
		bare, _ := b.tab(t, file, m, false)
		with, without := run(ctx, t, "take a picture", chromedp.CaptureScreenshot()), run(bare, t, "take a picture", chromedp.CaptureScreenshot())
		if !bytes.Equal(with, without) {
			wrong = append(wrong, "the page looks different where no script may run")
		}
	}
	if b.Dir != "" {
		b.picture(ctx, t, m)
	}
	wrong = append(wrong, b.accessible(ctx, t, m)...)
	if len(*requests) != 1 {
		wrong = append(wrong, fmt.Sprintf("the page asks for more than itself: %v", *requests))
	}
	return wrong
}

// picture writes what the reader sees.
func (b *Browser) picture(ctx context.Context, t *testing.T, m medium) {
	shot := run(ctx, t, "take a picture", chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(b.Dir, pictureName(t)+".png"), shot, 0o644); err != nil {
		t.Fatal(err)
	}
}

func pictureName(t *testing.T) string {
	return strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
}

// A violation is what axe-core says of a page.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	}
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "axe-core: %s %s: %s (%d)", v.Impact, v.ID, v.Help, len(v.Nodes))
	for i, n := range v.Nodes {
		if i == 3 {
			b.WriteString("\n  …")
			break
		}
		html := []rune(n.HTML)
		fmt.Fprintf(&b, "\n  %s\n    %s", string(html[:min(len(html), 200)]), strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return b.String()
}

// accessible runs axe-core with all its rules, those of WCAG 2.2 AA among them. Nobody
// taps on paper.
func (b *Browser) accessible(ctx context.Context, t *testing.T, m medium) (wrong []string) {
	t.Helper()
	rules := fmt.Sprintf(`axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: !%t}}}).then((r) => ({violations: r.violations, incomplete: r.incomplete, passes: r.passes.length}))`, m.Print)
	type findings struct {
		Violations, Incomplete []violation
		Passes                 int
	}
	run(ctx, t, "load axe-core", chromedp.Evaluate[chromedp.Void](b.axe))
	found := run(ctx, t, "run axe-core", chromedp.Evaluate[findings](rules, chromedp.EvalAwaitPromise))
	if found.Passes == 0 {
		wrong = append(wrong, "axe-core found no rule that the page keeps: it did not look")
	}
	for _, v := range found.Violations {
		switch v.Impact {
		case "serious", "critical":
			wrong = append(wrong, v.String())
		default:
			t.Log(v)
		}
	}
	for _, v := range found.Incomplete {
		if v.ID != "color-contrast" { // which look computes where axe-core cannot
			t.Logf("axe-core cannot tell: %v", v)
		}
	}
	return wrong
}
