// Command zhibiao is the indicator pipeline and KPI engine of 重庆两江新区: returns
// in, alert report out, every night. It wires the packages together, parses
// flags, reads the clock, and maps errors to exit codes; it computes nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/ingest/form"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
	"zhibiao/pipeline/warehouse"
)

// The exit codes are an API: scripts branch on them.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3 // findings in an input: a return sent back, bad definitions
	exitInUse   = 4 // another process has the workspace open
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program; main only lends it the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{out: stdout, err: stderr, now: time.Now}
	root := a.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(stderr, "zhibiao: "+err.Error())
	var usage usageError
	var refused refusedError
	switch {
	case errors.As(err, &refused):
		return exitRefused
	case errors.Is(err, warehouse.ErrLocked):
		fmt.Fprintln(stderr, "提示：同一时间只能有一个 zhibiao 进程使用该工作区；请等它结束，或先停止 serve")
		return exitInUse
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "提示：用 zhibiao help 查看用法")
		return exitUsage
	case errors.Is(err, pipeline.ErrNoWorkspace):
		fmt.Fprintln(stderr, "提示：先运行 zhibiao init --home "+a.home)
		return exitUsage
	}
	return exitFailed
}

// A usageError is a mistake in the command line.
type usageError struct{ error }

// A refusedError says that an input has findings that refuse it.
type refusedError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// An app is what the subcommands share.
type app struct {
	out, err io.Writer
	now      func() time.Time

	home string
	defs string
	json bool
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "zhibiao",
		Short: "两江新区双城经济圈指标监测预警系统",
		Long: `两江新区双城经济圈指标监测预警系统

zhibiao（指标）接收部门报表，逐格审核，留存原件，入库计算，
对照2027年目标亮灯预警，生成监测预警报告；每夜自动运行。

退出码：0 完成 · 1 失败 · 2 用法错误 · 3 输入被退回 · 4 工作区被占用`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	home := os.Getenv("ZHIBIAO_HOME")
	if home == "" {
		home = "."
	}
	root.PersistentFlags().StringVar(&a.home, "home", home, "工作区文件夹（环境变量 ZHIBIAO_HOME）")
	root.PersistentFlags().StringVar(&a.defs, "defs", os.Getenv("ZHIBIAO_DEFS"), "自定义的定义文件夹，含 catalogue/、forms/（缺省用内置定义）")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	commands := []*cobra.Command{
		root, a.initCommand(), a.checkCommand(),
		a.templateCommand(), a.ingestCommand(), a.acceptCommand(), a.returnCommand(), a.withdrawCommand(), a.statusCommand(),
		a.evaluateCommand(), a.alertsCommand(), a.reportCommand(), a.runCommand(), a.serveCommand(),
		a.explainCommand(), a.impactCommand(), a.diffCommand(), a.whatIfCommand(), a.revisionsCommand(), a.seriesCommand(),
		a.formulaCommand(), a.testCommand(),
		a.deliverCommand(), a.auditCommand(), a.backupCommand(), a.restoreCommand(), a.rebuildCommand(),
		a.demoCommand(), a.cellsCommand(), a.projectCommand(), a.versionCommand(),
	}
	for _, c := range append(slices.Clip(commands), subcommands(commands[1:])...) {
		if args := c.Args; args != nil {
			c.Args = func(cmd *cobra.Command, list []string) error {
				if err := args(cmd, list); err != nil {
					return usageError{err}
				}
				return nil
			}
		}
	}
	root.AddCommand(commands[1:]...)
	chinese(root)
	return root
}

// subcommands are those below the commands.
func subcommands(commands []*cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range commands {
		all = append(all, c.Commands()...)
	}
	return all
}

// chinese puts cobra's own words into Chinese.
func chinese(root *cobra.Command) {
	root.SetHelpCommand(&cobra.Command{
		Use: "help [命令]", Short: "查看命令的用法",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			return c.Help()
		},
	})
	root.SetUsageTemplate(`用法：
  {{if .Runnable}}{{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [命令]{{end}}{{if .HasExample}}

示例：
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

命令：{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

选项：
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

公共选项：
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`)
}

// withJSON gives a reading command the --json flag.
func (a *app) withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&a.json, "json", false, "输出 JSON，供程序使用")
	return c
}

// printJSON writes one indented JSON value.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print json: %w", err)
	}
	return nil
}

// folder is one part of the definitions: the folder of that name under --defs,
// or what the binary carries.
func (a *app) folder(dir, name string, embedded fs.FS) (fsys fs.FS, prefix string) {
	if dir != "" {
		sub := filepath.Join(dir, name)
		if info, err := os.Stat(sub); err == nil && info.IsDir() {
			return os.DirFS(sub), sub
		}
	}
	return embedded, name
}

// define loads the definitions and gives every finding its full file name.
func (a *app) define(dir string) (*pipeline.Definitions, finding.List, error) {
	cat, catDir := a.folder(dir, "catalogue", indicator.Embedded())
	forms, formDir := a.folder(dir, "forms", form.Embedded())
	defs, found, err := pipeline.Define(cat, forms)
	if defs != nil {
		cal, more, cerr := a.calendar(dir)
		found = append(found, more...)
		if err = errors.Join(err, cerr); cal != nil {
			defs.Observe(cal)
		}
	}
	for i := range found {
		prefix := catDir
		if _, err := fs.Stat(cat, found[i].Place.File); err != nil {
			prefix = formDir
		}
		if found[i].Place.File != "" {
			found[i].Place.File = path.Join(filepath.ToSlash(prefix), found[i].Place.File)
		}
	}
	return defs, found, err
}

// definitions loads the definitions of --defs for a command that needs them sound.
func (a *app) definitions() (*pipeline.Definitions, error) {
	if a.defs != "" {
		if info, err := os.Stat(a.defs); err != nil || !info.IsDir() {
			return nil, usagef("definitions %q: want a folder", a.defs)
		}
	}
	defs, found, err := a.define(a.defs)
	if err != nil {
		return nil, err
	}
	if defs == nil {
		fmt.Fprintln(a.err, found)
		return nil, refusedError{fmt.Errorf("定义有%d处错误", found.Count(finding.Mandatory))}
	}
	return defs, nil
}

// open opens the workspace. A signal that comes meanwhile is heeded afterwards:
// an opened workspace stops cleanly, a half-opened one does not.
func (a *app) open(ctx context.Context) (*pipeline.Pipeline, error) {
	defs, err := a.definitions()
	if err != nil {
		return nil, err
	}
	return pipeline.Open(context.WithoutCancel(ctx), a.home, defs, a.log())
}

func (a *app) log() *slog.Logger { return slog.New(slog.NewTextHandler(a.err, nil)) }

// inWorkspace opens the workspace, runs a command in it, and closes it.
func (a *app) inWorkspace(f func(context.Context, *pipeline.Pipeline) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		p, err := a.open(cmd.Context())
		if err != nil {
			return err
		}
		return errors.Join(f(cmd.Context(), p), p.Close())
	}
}
