package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zhibiao/fixtures"
	"zhibiao/ingest/form"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zhibiao": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fixture": fixture, "exits": exits, "alter": alter,
		},
	})
}

// fixture writes a sample return: fixture NAME FILE, where NAME is a part of its
// file name or the name of a fault.
func fixture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fixture NAME FILE")
	}
	defs, err := embedded()
	ts.Check(err)
	for _, r := range append(fixtures.Plan(defs.Forms, defs.Catalogue), fixtures.Faults(defs.Forms, defs.Catalogue)...) {
		if r.Fault != args[0] && (r.Fault != "" || !strings.Contains(r.Name, args[0])) {
			continue
		}
		var b bytes.Buffer
		ts.Check(fixtures.Write(&b, r, defs.Forms, defs.Catalogue))
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
		return
	}
	ts.Fatalf("no fixture %q", args[0])
}

// alter replaces the first occurrence of a text in a file: alter FILE OLD NEW.
func alter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: alter FILE OLD NEW")
	}
	data := ts.ReadFile(args[0])
	if !strings.Contains(data, args[1]) {
		ts.Fatalf("%s does not say %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(data, args[1], args[2], 1)), 0o644))
}

// exits runs a command and checks its exit code: exits 3 zhibiao check x.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got := fmt.Sprint(code); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func embedded() (*pipeline.Definitions, error) {
	defs, found, err := pipeline.Define(indicator.Embedded(), form.Embedded())
	if err == nil && defs == nil {
		err = fmt.Errorf("definitions:\n%v", found)
	}
	return defs, err
}

// zhibiao is the program as a process of its own.
func zhibiao(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: exe, Args: append([]string{"zhibiao"}, args...), Env: os.Environ()}
}

// dropped is a workspace with returns in its inbox, at rest.
func dropped(t *testing.T, returns []fixtures.Return, defs *pipeline.Definitions) (home string) {
	t.Helper()
	home = t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	inbox := filepath.Join(home, pipeline.InboxDir)
	if err := fixtures.WriteAll(inbox, returns, defs.Forms, defs.Catalogue); err != nil {
		t.Fatal(err)
	}
	for _, r := range returns {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(inbox, r.Name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// kpiHash runs once more, undisturbed, and returns the KPI hash.
func kpiHash(t *testing.T, home string) string {
	t.Helper()
	out, err := zhibiao(t, "run", "--home", home, "--period", "2026-10", "--json").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("run: %v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var run struct {
		Assessment struct {
			Hash string `json:"hash"`
		} `json:"assessment"`
	}
	if err := json.Unmarshal(out, &run); err != nil {
		t.Fatal(err)
	}
	return run.Assessment.Hash
}

func TestKillAtAnyMomentLosesNothing(t *testing.T) {
	defs, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	var returns []fixtures.Return
	for _, r := range fixtures.Plan(defs.Forms, defs.Catalogue) {
		if r.Form == "双城900表" || r.Form == "双城101表" {
			returns = append(returns, r)
		}
	}
	clean := dropped(t, returns, defs)
	began := time.Now()
	want := kpiHash(t, clean)
	took := time.Since(began)
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d, %d returns, an undisturbed run takes %v", seed, len(returns), took)
	interrupted := 0
	for i := range 20 {
		home := dropped(t, returns, defs)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.Int64N(int64(took))))
		cmd := zhibiao(t, "run", "--home", home, "--period", "2026-10")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		cancel()
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			interrupted++
		}
		if got := kpiHash(t, home); got != want {
			t.Fatalf("kill %d: KPI hash %s, want %s", i, got, want)
		}
		receipts, err := filepath.Glob(filepath.Join(home, pipeline.ReceiptDir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(filepath.Join(home, pipeline.InboxDir, "*.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) != 0 || len(receipts) != distinct(returns) {
			t.Fatalf("kill %d: %d files left in the inbox, %d receipts for %d files", i, len(left), len(receipts), distinct(returns))
		}
	}
	if interrupted == 0 {
		t.Error("no run was interrupted: the test tested nothing")
	}
}

// distinct counts the returns whose bytes differ: one is filed twice.
func distinct(returns []fixtures.Return) int {
	names := make(map[string]bool)
	for _, r := range returns {
		names[fmt.Sprint(r.Form, r.Department, r.Period, r.Vintage)] = true
	}
	return len(names)
}

func TestASecondProcessIsToldWhoHoldsTheWorkspace(t *testing.T) {
	home := t.TempDir()
	if err := pipeline.Init(home); err != nil {
		t.Fatal(err)
	}
	serve := zhibiao(t, "serve", "--home", home)
	var log bytes.Buffer
	serve.Stderr = &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer serve.Process.Kill()
	lock := filepath.Join(home, "data", "LOCK")
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(lock); err == nil && len(b) > 0 {
			break
		}
	}
	cmd := zhibiao(t, "status", "--home", home)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInUse {
		t.Fatalf("second process: %v, want exit code %d\n%s", err, exitInUse, out)
	}
	if !strings.Contains(string(out), fmt.Sprint(serve.Process.Pid)) {
		t.Errorf("%q does not name process %d", out, serve.Process.Pid)
	}
	if err := serve.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve did not stop cleanly: %v\n%s", err, log.String())
	}
}
