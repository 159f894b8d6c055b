package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
	"zhibiao/report"
	"zhibiao/schedules"
)

func (a *app) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "按时间表自动运行，直到收到终止信号",
		Long: `每15秒查看报送箱，每夜评估，预警有变动时出预警专报并推送，报表期限之后出月度、季度和年度报告，半年末前出半年清单。
时间表见 schedules/jobs.yaml。停机期间错过的任务，启动后每项补做一次。
报告按 channels.yaml 推送（见 zhibiao help deliver），没有这个文件则只写入 reports/。
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
	if p.Channels, err = a.soundChannels(); err != nil {
		return err
	}
	days, _, err := a.workdays(a.defs)
	if err != nil {
		return err
	}
	night := &night{app: a, p: p, inbox: &pipeline.Inbox{Pipeline: p}, workdays: days, backup: backup}
	known := make(map[string]schedules.Job)
	for _, j := range jobs {
		if !night.knows(j.Name) {
			return refusedError{fmt.Errorf("时间表中的任务 %q 不存在", j.Name)}
		}
		known[j.Name] = j
	}
	loop := &schedules.Loop{
		Jobs: jobs, Do: night.do, Now: a.now, Log: log, Last: p.LastSlot,
		Done: func(job string, slot time.Time, err error) error { return night.done(known[job], slot, err) },
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
	halfJob     = "report-half"
	yearJob     = "report-year"
	chaseJob    = "chase"
	backupJob   = "backup"
)

// reportOf is the kind of report that a job makes.
var reportOf = map[string]report.Kind{
	monthJob: report.Monthly, quarterJob: report.Quarterly, halfJob: report.HalfYearly, yearJob: report.Annual,
}

func (n *night) poll(ctx context.Context) error {
	taken, err := n.inbox.Poll(ctx, n.app.now())
	for _, r := range taken {
		n.app.log().Info("return taken in", "file", r.File, "verdict", r.Verdict, "receipt", r.Number)
	}
	return err
}

// workday is the n-th working day after a time. Of a year whose holidays are not
// announced it is a guess; chase says so every morning.
func (n *night) workday(t time.Time, days int) time.Time {
	moved, _ := n.workdays.AddWorkdays(t, days)
	return moved
}

// chase issues the reminders of the day, of returns and of 督办. Of a year whose holidays are not
// announced the log says so: its working days are a guess.
func (n *night) chase(ctx context.Context) error {
	unknown := false
	workdays := func(t time.Time, days int) time.Time {
		moved, known := n.workdays.AddWorkdays(t, days)
		unknown = unknown || !known
		return moved
	}
	notices, name, err := n.p.Chase(ctx, n.app.now(), workdays)
	overdue, ledger, perr := n.p.Press(ctx, n.app.now(), workdays)
	if unknown {
		n.app.log().Warn("the calendar lacks a year: add its holidays to schedules/holidays.yaml", "known", n.workdays.Years())
	}
	if err == nil && len(notices) > 0 {
		n.app.log().Info("reminders issued", "notices", len(notices), "file", name)
	}
	if perr == nil && len(overdue) > 0 {
		n.app.log().Info("supervision overdue", "alerts", len(overdue), "file", ledger)
	}
	return errors.Join(err, perr)
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
	case inboxJob, evaluateJob, monthJob, quarterJob, halfJob, yearJob, chaseJob, backupJob:
		return true
	}
	return false
}

// do does a job, and sends what is due after it: also what an earlier job, or a
// stop, left behind.
func (n *night) do(ctx context.Context, job schedules.Job, slot time.Time) error {
	err := n.work(ctx, job, slot)
	return errors.Join(err, n.p.Deliver(ctx, n.app.now))
}

// done enters that a job ran, and tells the operator when it failed.
func (n *night) done(job schedules.Job, slot time.Time, failure error) error {
	if job.Every > 0 && failure == nil {
		return nil // four looks a minute that found nothing are not history
	}
	err := n.p.RecordJob(job.Name, slot, n.app.now(), failure)
	if failure != nil {
		err = errors.Join(err, n.p.Alarm(job.Name, job.Title, slot, n.app.now(), failure))
	}
	return err
}

// folder is where the reports of a period are written.
func (n *night) folder(q period.Period) string {
	return filepath.Join(n.p.Home, pipeline.ReportDir, q.String())
}

// tell has the news of the night sent, with a 预警专报. There is none when nothing
// differs from the last report but that an alert lasts.
func (n *night) tell(ctx context.Context, job schedules.Job, run *pipeline.Run, news *alert.News) error {
	if !news.Empty() {
		err := n.p.Report(ctx, run, report.Special, n.folder(run.Assessment.Period), pipeline.Formats)
		if err != nil && !errors.Is(err, report.ErrUnchanged) {
			return err
		}
	}
	_, err := n.p.Tell(job.Name, run, news, n.app.now())
	return err
}

func (n *night) work(ctx context.Context, job schedules.Job, slot time.Time) error {
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
	if job.Name == yearJob && q.Year() > period.TargetYear {
		q = period.Of(period.Year, period.TargetYear, 1) // the plan's clock stands still (P20)
	}
	run, err := n.p.Run(ctx, job.Name, slot, q, n.app.now())
	if err != nil {
		return err
	}
	news, err := n.p.News(ctx, n.app.now(), n.workday)
	if err != nil {
		return err
	}
	if job.Name == evaluateJob {
		return n.tell(ctx, job, run, news)
	}
	if err := n.p.Report(ctx, run, reportOf[job.Name], n.folder(q), pipeline.Formats); err != nil {
		return err
	}
	r, err := run.Bulletin(job.Name)
	r.Lines = append(r.Lines, news.Held())
	return n.queue(run.ID, r, err)
}

// queue has a report sent, unless it could not be had whole: then the job failed.
func (n *night) queue(run string, r deliver.Report, err error) error {
	if err != nil {
		return err
	}
	_, err = n.p.Queue(run, []deliver.Report{r}, n.app.now())
	return err
}
