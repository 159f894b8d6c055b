// Package pdf prints a page of HTML with an installed Chromium. The browser is
// a program of the machine, not of ours: it gets a profile of its own that is
// thrown away and no network, and is stopped with all its children
// when it takes too long. It dates what it prints, so two prints of one page
// differ in their bytes.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrNoBrowser says that no Chromium is on the PATH.
var ErrNoBrowser = errors.New("没有找到 Chromium（chromium、chromium-browser、google-chrome），不能生成 PDF；请安装，或改用 html、docx")

// programs are the names a Chromium goes by, in order of preference.
var programs = [...]string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// longest is how long a print may take; a report takes about 3 s.
const longest = 60 * time.Second

// Print prints a self-contained page as the page's own style sheet says. It
// returns ErrNoBrowser when no browser is installed, and an error rather than
// something that is not a whole PDF.
func Print(ctx context.Context, page []byte) (_ []byte, err error) {
	browser, err := Browser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "zhibiao-pdf-")
	if err != nil {
		return nil, fmt.Errorf("print pdf: %w", err)
	}
	defer func() {
		if rerr := os.RemoveAll(dir); err == nil && rerr != nil {
			err = fmt.Errorf("print pdf: %w", rerr)
		}
	}()
	in, out := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return nil, fmt.Errorf("print pdf: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync", "--disable-background-networking",
		"--disable-component-update", "--disable-default-apps", "--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--host-resolver-rules=MAP * ~NOTFOUND", // a report needs no network
		"--no-pdf-header-footer", "--print-to-pdf=" + out, "file://" + in,
	}
	if os.Geteuid() == 0 { // the browser refuses root otherwise
		args = append([]string{"--no-sandbox"}, args...)
	}
	cmd := exec.CommandContext(ctx, browser, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return stop(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	run := cmd.Run()
	if cmd.Process != nil { // children that outlive the browser would write into the folder
		if serr := stop(cmd.Process.Pid); serr != nil && !errors.Is(serr, os.ErrProcessDone) {
			run = errors.Join(run, serr)
		}
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("print pdf with %s: stopped: %w", browser, ctx.Err())
	}
	if run != nil {
		return nil, fmt.Errorf("print pdf with %s: %w: %s", browser, run, last(said.String()))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("print pdf with %s: it wrote none: %w: %s", browser, err, last(said.String()))
	}
	if !bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.Contains(data[max(0, len(data)-1024):], []byte("%%EOF")) {
		return nil, fmt.Errorf("print pdf with %s: got %d bytes that are no whole PDF", browser, len(data))
	}
	return data, nil
}

// Browser is the program that Print uses, or ErrNoBrowser.
func Browser() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBrowser
}

// stop ends the browser with its children, which share its process group.
func stop(pid int) error {
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return fmt.Errorf("stop process group %d: %w", pid, err)
	}
	return nil
}

// last is the end of what the browser said, enough for a message.
func last(s string) string {
	s = strings.TrimSpace(s)
	const most = 300
	if r := []rune(s); len(r) > most {
		s = "…" + string(r[len(r)-most:])
	}
	return strings.ReplaceAll(s, "\n", " | ")
}
