package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "建立工作区",
		Example: "  zhibiao init --home /srv/zhibiao",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := pipeline.Init(a.home); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "工作区已建立：%s\n把报表放进 %s，或运行 zhibiao ingest 文件名\n", a.home, filepath.Join(a.home, pipeline.InboxDir))
			return nil
		},
	}
}
