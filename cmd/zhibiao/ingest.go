package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/ingest/receipt"
	"zhibiao/pipeline"
)

func (a *app) ingestCommand() *cobra.Command {
	return a.withJSON(&cobra.Command{
		Use: "ingest 文件…", Short: "接收报表：留存、审核、入库、回执",
		Long:    "逐个接收报表文件并打印回执。任何一个文件被退回或待说明时，退出码为3。",
		Example: "  zhibiao ingest 双城101表_经济运行局_2026年三季度.xlsx\n  zhibiao ingest --json *.xlsx",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
				return a.ingest(ctx, p, args)
			})(cmd, args)
		},
	})
}

func (a *app) ingest(ctx context.Context, p *pipeline.Pipeline, files []string) error {
	var failed []error
	refused := 0
	list := make([]*receipt.Receipt, 0, len(files))
	for i, f := range files {
		r, err := p.Ingest(ctx, f, a.now())
		if err != nil {
			failed = append(failed, err)
			continue
		}
		list = append(list, r)
		if r.Verdict != receipt.Accepted {
			refused++
		}
		if a.json {
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if err := receipt.Text(a.out, r); err != nil {
			return err
		}
	}
	if a.json {
		if err := a.printJSON(list); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if refused > 0 {
		return refusedError{fmt.Errorf("%d个文件中有%d个未通过", len(files), refused)}
	}
	return nil
}
