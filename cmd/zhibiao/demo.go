package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/fixtures"
	"zhibiao/ingest/receipt"
	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/report"
)

// demoNow is the clock of the demonstration: the sample returns run to October
// 2026, and what is late on them must not depend on the day it is tried.
var demoNow = time.Date(2026, 11, 20, 9, 0, 0, 0, period.Shanghai)

// demoMark is the file by which a folder is known to be a demonstration's, and
// may be made anew.
const demoMark = ".zhibiao-demo"

func (a *app) demoCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "demo", Short: "演示：生成样表、接收、计算、预警、出报告",
		Long: `在一个新文件夹里把主要工作做一遍：生成各部门的样表（测试数据），按当时的时间逐份接收，
逐月评估，预警，写出2026年10月的报告，并打印摘要。演示的时钟固定在2026-11-20。`,
		Example: "  zhibiao demo\n  zhibiao demo --dir /tmp/demo",
		Args:    cobra.NoArgs,
	}
	c.Flags().StringVar(&dir, "dir", "demo", "演示文件夹（每次重做）")
	c.RunE = func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), dir) }
	return c
}

func (a *app) demo(ctx context.Context, dir string) (err error) {
	began := a.now()
	if err := freshFolder(dir); err != nil {
		return err
	}
	defs, err := a.definitions()
	if err != nil {
		return err
	}
	returns := demoReturns(defs)
	samples := filepath.Join(dir, "样表")
	if err := os.MkdirAll(samples, 0o755); err != nil {
		return fmt.Errorf("create %s: %w", samples, err)
	}
	if err := fixtures.WriteAll(samples, returns, defs.Forms, defs.Catalogue); err != nil {
		return err
	}
	home := filepath.Join(dir, "工作区")
	if err := pipeline.Init(home); err != nil {
		return err
	}
	p, err := pipeline.Open(ctx, home, defs, a.log())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	d := &demonstration{p: p, samples: samples, verdicts: make(map[receipt.Verdict]int)}
	if err := d.live(ctx, returns); err != nil {
		return err
	}
	if err := d.p.DB.Check(ctx); err != nil {
		return err
	}
	return a.summarise(d, dir, a.now().Sub(began))
}

// freshFolder makes an empty folder. It removes what is there only when it was
// made by a demonstration.
func freshFolder(dir string) error {
	mark := filepath.Join(dir, demoMark)
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	if len(list) > 0 {
		if _, err := os.Stat(mark); err != nil {
			return usagef("folder %q: want a new folder, or one that zhibiao demo made", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("clear %s: %w", dir, err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create %s: %w", dir, err)
	}
	if err := os.WriteFile(mark, nil, 0o644); err != nil {
		return fmt.Errorf("mark %s: %w", dir, err)
	}
	return nil
}

// demoReturns are the sound and the faulty sample returns as they arrive.
func demoReturns(defs *pipeline.Definitions) []fixtures.Return {
	all := append(fixtures.Plan(defs.Forms, defs.Catalogue), fixtures.Faults(defs.Forms, defs.Catalogue)...)
	slices.SortStableFunc(all, func(a, b fixtures.Return) int { return a.Received.Compare(b.Received) })
	return all
}

// A demonstration lives through the years of the sample returns.
type demonstration struct {
	p        *pipeline.Pipeline
	samples  string
	verdicts map[receipt.Verdict]int
	last     *pipeline.Run
}

// live takes in every return at the time it is dropped, and evaluates every
// month on the 26th of the next, when its monthly and quarterly returns are due.
func (d *demonstration) live(ctx context.Context, returns []fixtures.Return) error {
	month := period.Of(period.Month, period.FirstYear, 2)
	final := period.Containing(period.Month, demoNow).Prev()
	for _, r := range returns {
		for ; month != final && !r.Received.Before(evaluation(month)); month = month.Next() {
			if err := d.evaluate(ctx, month, evaluation(month)); err != nil {
				return err
			}
		}
		rec, err := d.p.Ingest(ctx, filepath.Join(d.samples, r.Name), r.Received)
		if err != nil {
			return err
		}
		d.verdicts[rec.Verdict]++
	}
	for ; month != final; month = month.Next() {
		if err := d.evaluate(ctx, month, evaluation(month)); err != nil {
			return err
		}
	}
	// The report before, so that the last one can say what has changed.
	if err := d.p.Report(ctx, d.last, report.Monthly, d.reportDir(d.last), pipeline.Formats); err != nil {
		return err
	}
	if err := d.evaluate(ctx, final, demoNow); err != nil {
		return err
	}
	return d.p.Report(ctx, d.last, report.Monthly, d.reportDir(d.last), pipeline.Formats)
}

func evaluation(month period.Period) time.Time {
	next := month.Next()
	return time.Date(next.Year(), time.Month(next.LastMonth()), 26, 8, 0, 0, 0, period.Shanghai)
}

func (d *demonstration) evaluate(ctx context.Context, q period.Period, at time.Time) (err error) {
	d.last, err = d.p.Run(ctx, "nightly", at, q, at)
	return err
}

func (d *demonstration) reportDir(r *pipeline.Run) string {
	return filepath.Join(d.p.Home, pipeline.ReportDir, r.Assessment.Period.String())
}

func (a *app) summarise(d *demonstration, dir string, took time.Duration) error {
	lamps := make(map[indicator.Lamp]int)
	for i := range d.last.Assessment.Results {
		lamps[d.last.Assessment.Results[i].Lamp]++
	}
	raised := 0
	for _, al := range d.last.Alerts {
		if al.State.Raised() && al.InhibitedBy == "" {
			raised++
		}
	}
	fmt.Fprintf(a.out, "演示完成（%s 期，时点 %s，数据为测试数据），用时 %.1f 秒\n",
		d.last.Assessment.Period.Name(), demoNow.Format("2006-01-02"), took.Seconds())
	fmt.Fprintf(a.out, "报表：已接收 %d 份，待说明 %d 份，退回 %d 份\n",
		d.verdicts[receipt.Accepted], d.verdicts[receipt.Awaiting], d.verdicts[receipt.Returned])
	fmt.Fprint(a.out, "亮灯：")
	for _, l := range []indicator.Lamp{indicator.Red, indicator.Yellow, indicator.Green, indicator.Blue, indicator.Grey} {
		fmt.Fprintf(a.out, "%s%s %d　", l.Mark(), l.Name(), lamps[l])
	}
	fmt.Fprintf(a.out, "（评分目标 %d 个）\n", len(d.p.Defs.Catalogue.Scored()))
	fmt.Fprintf(a.out, "预警：%d 条", raised)
	for _, level := range levels {
		fmt.Fprintf(a.out, "，%s %d", level, countLevel(d.last.Alerts, level))
	}
	fmt.Fprintf(a.out, "\n校验：%s\n", d.last.Assessment.Hash)
	fmt.Fprintln(a.out, "文件：")
	for _, f := range d.last.Files {
		fmt.Fprintln(a.out, "  "+f)
	}
	abs, err := filepath.Abs(d.last.Files[0])
	if err != nil {
		return fmt.Errorf("name the report: %w", err)
	}
	fmt.Fprintf(a.out, "回执：%s\n样表：%s\n\n请打开报告：%s\n", filepath.Join(d.p.Home, pipeline.ReceiptDir), d.samples, abs)
	return nil
}

func countLevel(list []alert.Alert, level string) int {
	n := 0
	for _, al := range list {
		if al.Level == level && al.State.Raised() && al.InhibitedBy == "" {
			n++
		}
	}
	return n
}
