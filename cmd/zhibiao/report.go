package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

func (a *app) reportCommand() *cobra.Command {
	var dir string
	var formats []string
	c := &cobra.Command{
		Use: "report", Short: "生成监测预警报告",
		Example: "  zhibiao report --period 2026-09 --out ./报告\n  zhibiao report --period 2026-09 --out ./报告 --format html",
		Args:    cobra.NoArgs,
	}
	when := a.whenFlags(c)
	c.Flags().StringVar(&dir, "out", ".", "写到哪个文件夹")
	c.Flags().StringSliceVar(&formats, "format", pipeline.Formats, "格式：html、xlsx")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		for _, f := range formats {
			if !slices.Contains(pipeline.Formats, f) {
				return usagef("format %q: want html or xlsx", f)
			}
		}
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		run, err := p.Run(ctx, "report", t, q, t)
		if err != nil {
			return err
		}
		if err := p.Report(ctx, run, dir, formats); err != nil {
			return err
		}
		for _, f := range run.Files {
			fmt.Fprintln(a.out, f)
		}
		return nil
	})
	return c
}
