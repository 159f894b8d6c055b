package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

func (a *app) backupCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "backup 文件夹", Short: "备份原件、日志、回执和报告",
		Long: `把工作区里不能重做的东西（原件、日志、回执、报告）备份到一个文件夹，已有的不再复制；
数据库由它们重建，不备份。同一文件夹可反复使用。serve --backup 每夜备份一次。`,
		Example: "  zhibiao backup /mnt/备份/zhibiao\n  zhibiao backup verify /mnt/备份/zhibiao",
		Args:    cobra.ExactArgs(1),
	})
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return a.inWorkspace(func(_ context.Context, p *pipeline.Pipeline) error {
			m, err := p.Backup(args[0], a.now())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(m)
			}
			fmt.Fprintf(a.out, "已备份：文件%d个（新复制%d个），日志%d条\n日志链头 %s\n", len(m.Files), m.Copied, m.Entries, m.Head)
			return nil
		})(cmd, args)
	}
	verify := a.withJSON(&cobra.Command{
		Use: "verify 文件夹", Short: "核验备份：逐个文件核对，再试着恢复并重建",
		Long:    "核对备份的每个文件，在临时文件夹里恢复、重建，核对每次评估的 KPI 校验值。没有恢复过的备份不算备份。",
		Example: "  zhibiao backup verify /mnt/备份/zhibiao",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defs, err := a.definitions()
			if err != nil {
				return err
			}
			r, err := pipeline.VerifyBackup(cmd.Context(), args[0], defs, a.log())
			return a.printRebuilt(r, err)
		},
	})
	c.AddCommand(verify)
	return c
}

func (a *app) restoreCommand() *cobra.Command {
	return a.withJSON(&cobra.Command{
		Use: "restore 备份文件夹", Short: "由备份恢复到一个新的工作区",
		Long:    "把备份恢复到 --home 指定的新文件夹（须不存在或为空），重建数据库，并核对每次评估的 KPI 校验值。",
		Example: "  zhibiao restore /mnt/备份/zhibiao --home /srv/zhibiao-新",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defs, err := a.definitions()
			if err != nil {
				return err
			}
			r, err := pipeline.Restore(cmd.Context(), args[0], a.home, defs, a.log())
			return a.printRebuilt(r, err)
		},
	})
}
