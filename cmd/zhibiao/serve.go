package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/schedules"
)

func (a *app) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "按时间表自动运行，直到收到终止信号",
		Long: `每15秒查看报送箱，每夜评估，报表期限之后出月度、季度报告，半年提醒更新清单。
时间表见 schedules/jobs.yaml。停机期间错过的任务，启动后每项补做一次。
收到 SIGTERM 后做完手头的任务再退出。`,
		Example: "  zhibiao serve --home /srv/zhibiao --backup /mnt/备份/zhibiao",
		Args:    cobra.NoArgs,
	}
	var backup string
	c.Flags().StringVar(&backup, "backup", os.Getenv("ZHIBIAO_BACKUP"), "每夜备份到哪个文件夹（环境变量 ZHIBIAO_BACKUP；不写则不备份）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error { return a.serve(ctx, p, backup) })
	return c
}

// jobs loads the timetable, of --defs when it has one.
func (a *app) jobs() ([]schedules.Job, error) {
	fsys, prefix := a.folder(a.defs, "schedules", schedules.Embedded())
	jobs, found, err := schedules.Load(fsys)
	if err != nil {
		return nil, err
	}
	if found.Refused() {
		for i := range found {
			found[i].Place.File = prefix + "/" + found[i].Place.File
		}
		fmt.Fprintln(a.err, found)
		return nil, refusedError{errors.New("时间表有错误")}
	}
	return jobs, nil
}

func (a *app) serve(ctx context.Context, p *pipeline.Pipeline, backup string) error {
	jobs, err := a.jobs()
	if err != nil {
		return err
	}
	log := a.log()
	days, _, err := a.workdays(a.defs)
	if err != nil {
		return err
	}
	night := &night{app: a, p: p, inbox: &pipeline.Inbox{Pipeline: p}, workdays: days, backup: backup}
	polled := make(map[string]bool)
	for _, j := range jobs {
		if !night.knows(j.Name) {
			return refusedError{fmt.Errorf("时间表中的任务 %q 不存在", j.Name)}
		}
		polled[j.Name] = j.Every > 0
	}
	loop := &schedules.Loop{
		Jobs: jobs, Do: night.do, Now: a.now, Log: log, Last: p.LastSlot,
		Done: func(job string, slot time.Time, err error) error {
			if polled[job] && err == nil {
				return nil // four looks a minute that found nothing are not history
			}
			return p.RecordJob(job, slot, a.now(), err)
		},
	}
	log.Info("serving", "home", p.Home, "jobs", len(jobs))
	err = loop.Run(ctx)
	log.Info("stopped")
	return err
}

// A night does the jobs of the timetable.
type night struct {
	app   *app
	p     *pipeline.Pipeline
	inbox *pipeline.Inbox

	workdays *schedules.Calendar
	backup   string // the folder, "" for none
}

// The jobs that a timetable may name.
const (
	inboxJob    = "inbox"
	evaluateJob = "evaluate"
	monthJob    = "report-month"
	quarterJob  = "report-quarter"
	remindJob   = "remind-lists"
	chaseJob    = "chase"
	backupJob   = "backup"
)

func (n *night) poll(ctx context.Context) error {
	taken, err := n.inbox.Poll(ctx, n.app.now())
	for _, r := range taken {
		n.app.log().Info("return taken in", "file", r.File, "verdict", r.Verdict, "receipt", r.Number)
	}
	return err
}

// chase issues the reminders of the day. Of a year whose holidays are not
// announced the log says so: its working days are a guess.
func (n *night) chase(ctx context.Context) error {
	unknown := false
	notices, name, err := n.p.Chase(ctx, n.app.now(), func(t time.Time, days int) time.Time {
		moved, known := n.workdays.AddWorkdays(t, days)
		unknown = unknown || !known
		return moved
	})
	if unknown {
		n.app.log().Warn("the calendar lacks a year: add its holidays to schedules/holidays.yaml", "known", n.workdays.Years())
	}
	if err == nil && len(notices) > 0 {
		n.app.log().Info("reminders issued", "notices", len(notices), "file", name)
	}
	return err
}

// keep makes the nightly backup.
func (n *night) keep() error {
	if n.backup == "" {
		n.app.log().Warn("no backup is made: serve --backup names no folder")
		return nil
	}
	m, err := n.p.Backup(n.backup, n.app.now())
	if err == nil {
		n.app.log().Info("backed up", "folder", n.backup, "files", len(m.Files), "copied", m.Copied, "head", m.Head)
	}
	return err
}

func (n *night) knows(name string) bool {
	switch name {
	case inboxJob, evaluateJob, monthJob, quarterJob, remindJob, chaseJob, backupJob:
		return true
	}
	return false
}

func (n *night) do(ctx context.Context, job schedules.Job, slot time.Time) error {
	if err := n.poll(ctx); err != nil || job.Name == inboxJob {
		return err
	}
	// What was dropped while we were down belongs into the run that catches up.
	if wait := n.inbox.Settle(n.app.now()); wait >= 0 {
		time.Sleep(wait)
		if err := n.poll(ctx); err != nil {
			return err
		}
	}
	switch job.Name {
	case chaseJob:
		return n.chase(ctx)
	case backupJob:
		return n.keep()
	}
	q, ok := job.For(slot)
	if !ok {
		return fmt.Errorf("job %s: want a period in the timetable", job.Name)
	}
	if job.Name == remindJob {
		_, err := n.p.Remind(ctx, q)
		return err
	}
	run, err := n.p.Run(ctx, job.Name, slot, q, n.app.now())
	if err != nil || job.Name == evaluateJob {
		return err
	}
	return n.p.Report(ctx, run, filepath.Join(n.p.Home, pipeline.ReportDir, q.String()), pipeline.Formats)
}
