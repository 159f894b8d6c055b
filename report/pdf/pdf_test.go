package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"zhibiao/report/pdf"
)

// browser puts a program named chromium alone on the PATH.
func browser(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "chromium"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

// out is the start of a script: where the print belongs.
const out = `for a in "$@"; do case "$a" in --print-to-pdf=*) out="${a#--print-to-pdf=}";; esac; done
`

func TestAbsenceOfABrowserIsSaid(t *testing.T) {
	browser(t, "")
	_, err := pdf.Print(t.Context(), []byte("<p>"))
	if !errors.Is(err, pdf.ErrNoBrowser) || !strings.Contains(err.Error(), "Chromium") {
		t.Errorf("got %v, want that there is no browser", err)
	}
}

func TestOnlyAWholePDFIsPassedOn(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"it fails":           {"echo no display >&2; exit 3", "no display"},
		"it writes nothing":  {"exit 0", "wrote none"},
		"it writes no PDF":   {out + `echo "<html>" >"$out"`, "no whole PDF"},
		"it writes half one": {out + `echo "%PDF-1.4" >"$out"`, "no whole PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			browser(t, c.script)
			data, err := pdf.Print(t.Context(), []byte("<p>"))
			if err == nil || !strings.Contains(err.Error(), c.want) || data != nil {
				t.Errorf("got %d bytes and %v, want an error with %q", len(data), err, c.want)
			}
		})
	}
}

func TestABrowserThatHangsIsStoppedWithItsChildren(t *testing.T) {
	note := filepath.Join(t.TempDir(), "pids")
	t.Setenv("NOTE", note)
	browser(t, `/bin/sleep 300 & echo $$ $! >"$NOTE"; wait`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		defer cancel()
		for ctx.Err() == nil { // until both are running
			if b, err := os.ReadFile(note); err == nil && bytes.HasSuffix(b, []byte("\n")) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	began := time.Now()
	if _, err := pdf.Print(ctx, []byte("<p>")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was stopped", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("stopping took %v", took)
	}
	b, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(string(b))
	if len(pids) != 2 {
		t.Fatalf("got %q, want two processes", b)
	}
	for _, p := range pids {
		pid, err := strconv.Atoi(p)
		if err != nil {
			t.Fatal(err)
		}
		if !gone(pid) {
			t.Errorf("process %d lives on", pid)
		}
	}
}

// gone waits for a process that was killed to be no more, or a zombie that
// nobody reaps.
func gone(pid int) bool {
	for range 200 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestTheFolderOfAPrintIsTakenAway(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	browser(t, out+`printf '%%PDF-1.4\n%%%%EOF\n' >"$out"`)
	data, err := pdf.Print(t.Context(), []byte("<p>"))
	if err != nil || string(data) != "%PDF-1.4\n%%EOF\n" {
		t.Errorf("got %q and %v", data, err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
