package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

func (a *app) rebuildCommand() *cobra.Command {
	return a.withJSON(&cobra.Command{
		Use: "rebuild", Short: "由原件、日志和定义重建数据库",
		Long: `数据库只是原件与日志的索引。rebuild 重新读取每份原件、按日志重放每个决定和每次评估，
建成后才替换旧库，并核对每次评估的 KPI 校验值。校验值不一致时退出码为1。`,
		Example: "  zhibiao rebuild --home /srv/zhibiao",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			defs, err := a.definitions()
			if err != nil {
				return err
			}
			r, err := pipeline.Rebuild(cmd.Context(), a.home, defs, a.log())
			return a.printRebuilt(r, err)
		},
	})
}

// printRebuilt says what a rebuild found, and fails when a hash is another.
func (a *app) printRebuilt(r *pipeline.Rebuilt, err error) error {
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(r)
	} else {
		_, err = fmt.Fprintf(a.out, "已重建：决定%d项，评估%d次\nKPI 校验 %s\n", r.Submissions, r.Runs, r.Hash)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if !r.Equal() {
		return fmt.Errorf("KPI 校验与记录不一致：记录为 %s，不一致的评估有%d次", r.Recorded, len(r.Differing))
	}
	return nil
}
