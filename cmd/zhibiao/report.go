package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/report"
)

func (a *app) reportCommand() *cobra.Command {
	var dir, id, kind string
	var formats []string
	c := &cobra.Command{
		Use: "report", Short: "生成监测预警报告",
		Long: `计算一期并写出报告。--run 重出某次运行的报告，--as-of 恰为某次运行的时点时亦然：
按当时的定义、数据、报送情况和预警，与当时的报告逐字节相同（pdf 除外，Chromium 在其中写入打印时间）。`,
		Example: "  zhibiao report --period 2026-09 --out ./报告\n  zhibiao report --period 2026-09 --out ./报告 --format html",
		Args:    cobra.NoArgs,
	}
	when := a.whenFlags(c)
	c.Flags().StringVar(&dir, "out", ".", "写到哪个文件夹")
	c.Flags().StringVar(&id, "run", "", "重出这次运行的报告（运行号印在报告上）")
	c.Flags().StringVar(&kind, "kind", string(report.Monthly), "报告种类："+kinds())
	c.Flags().StringSliceVar(&formats, "format", pipeline.Formats, "格式：html、xlsx、docx、pdf（由本机的 Chromium 打印网页，没有则报错）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		for _, f := range formats {
			if !slices.Contains(pipeline.Faces, f) {
				return usagef("format %q: want one of %s", f, strings.Join(pipeline.Faces, ", "))
			}
		}
		if report.Kind(kind).Name() == "" {
			return usagef("kind %q: want one of %q", kind, report.Kinds)
		}
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		if id == "" {
			id = p.RunAt(q, t)
		}
		var run *pipeline.Run
		if id == "" {
			run, err = p.Run(ctx, "report", t, q, t)
		} else if run, err = p.Recall(ctx, id); errors.Is(err, pipeline.ErrUnknown) {
			err = usageError{err}
		}
		if err != nil {
			return err
		}
		switch err := p.Report(ctx, run, report.Kind(kind), dir, formats); {
		case errors.Is(err, report.ErrUnchanged):
			fmt.Fprintln(a.err, "与上次报告相比没有变化，不出"+report.Kind(kind).Name())
			return nil
		case err != nil:
			return err
		}
		for _, f := range run.Files {
			fmt.Fprintln(a.out, f)
		}
		return nil
	})
	return c
}

// kinds lists the kinds of report for the help.
func kinds() string {
	words := make([]string, len(report.Kinds))
	for i, k := range report.Kinds {
		words[i] = string(k) + " " + k.Name()
	}
	return strings.Join(words, "，")
}
