package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
	"zhibiao/report"
)

func (a *app) runCommand() *cobra.Command {
	var at string
	c := a.withJSON(&cobra.Command{
		Use: "run", Short: "做一遍夜间的工作：收报送箱、评估、预警、出报告",
		Long: `接收报送箱里的全部文件，评估一期，推进预警，写出报告（reports/报告期/）。
中途被打断后再运行一次，结果相同，什么都不会丢。`,
		Example: "  zhibiao run --period 2026-09",
		Args:    cobra.NoArgs,
	})
	c.Flags().StringVar(&at, "period", "", "报告期（缺省为最新已闭合的月）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, err := a.parsePeriod(at, p.Defs)
		if err != nil {
			return err
		}
		taken, err := a.drain(ctx, p)
		if err != nil {
			return err
		}
		now := a.now()
		run, err := p.Run(ctx, "run", now, q, now)
		if err != nil {
			return err
		}
		if err := p.Report(ctx, run, report.Monthly, filepath.Join(p.Home, pipeline.ReportDir, q.String()), pipeline.Formats); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(run)
		}
		return a.printRun(p, run, taken)
	})
	return c
}

// drain takes in what lies in the inbox now. Two looks are needed to know that a
// file is at rest.
func (a *app) drain(ctx context.Context, p *pipeline.Pipeline) ([]*receipt.Receipt, error) {
	box := &pipeline.Inbox{Pipeline: p}
	if _, err := box.Poll(ctx, a.now()); err != nil {
		return nil, err
	}
	wait := box.Settle(a.now())
	if wait < 0 {
		return nil, nil
	}
	time.Sleep(wait)
	return box.Poll(ctx, a.now())
}

func (a *app) printRun(p *pipeline.Pipeline, run *pipeline.Run, taken []*receipt.Receipt) error {
	for _, r := range taken {
		fmt.Fprintf(a.out, "【%s】%s（%s）\n", r.Verdict.Name(), r.File, r.Number)
	}
	fmt.Fprintf(a.out, "%s 期评估完成　", run.Assessment.Period.Name())
	lamps := make(map[indicator.Lamp]int)
	for i := range run.Assessment.Results {
		lamps[run.Assessment.Results[i].Lamp]++
	}
	for _, l := range []indicator.Lamp{indicator.Red, indicator.Yellow, indicator.Green, indicator.Blue, indicator.Grey} {
		fmt.Fprintf(a.out, "%s%s %d　", l.Mark(), l.Name(), lamps[l])
	}
	fmt.Fprintf(a.out, "\n状态变化的预警 %d 条\nKPI 校验 %s\n", len(run.Changed), run.Assessment.Hash)
	for _, f := range run.Files {
		fmt.Fprintln(a.out, f)
	}
	return nil
}
