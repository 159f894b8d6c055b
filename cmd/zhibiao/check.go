package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"zhibiao/kpi/finding"
	"zhibiao/schedules"
)

func (a *app) checkCommand() *cobra.Command {
	return a.withJSON(&cobra.Command{
		Use: "check [文件夹]", Short: "检查指标目录、报表制度、时间表和推送渠道的定义",
		Long: `检查定义文件，列出全部问题：文件:行:列、问题、改法。
文件夹内可有 catalogue/（指标目录）、forms/（报表制度）、schedules/（时间表），缺的用内置的；
还可有 channels.yaml（推送渠道），没有时检查工作区的。
不带文件夹时检查内置定义。有问题时退出码为3。`,
		Example: "  zhibiao check\n  zhibiao check ./定义",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := a.defs
			if len(args) > 0 {
				dir = args[0]
			}
			if dir != "" {
				if info, err := os.Stat(dir); err != nil || !info.IsDir() {
					return usagef("definitions %q: want a folder", dir)
				}
			}
			return a.check(dir)
		},
	})
}

func (a *app) check(dir string) error {
	defs, found, err := a.define(dir)
	if err != nil {
		return err
	}
	jobsFS, prefix := a.folder(dir, "schedules", schedules.Embedded())
	jobs, more, err := schedules.Load(jobsFS)
	if err != nil {
		return err
	}
	for i := range more {
		more[i].Place.File = prefix + "/" + more[i].Place.File
	}
	found = append(found, more...)
	channels, more, err := a.channels(dir)
	if err != nil {
		return err
	}
	found = append(found, more...)
	found.Sort()
	if a.json {
		if found == nil {
			found = finding.List{}
		}
		if err := a.printJSON(found); err != nil {
			return err
		}
	} else if len(found) > 0 {
		fmt.Fprintln(a.out, found)
	}
	if defs == nil || channels == nil || found.Refused() {
		return refusedError{fmt.Errorf("定义有%d处错误", found.Count(finding.Mandatory))}
	}
	if !a.json {
		c := defs.Catalogue
		fmt.Fprintf(a.out, "定义正确：指标%d个（其中目标%d个、评分%d个），报表%d张，审核规则%d条，预警规则%d条，任务时间表%d项，推送渠道%d个\n",
			len(c.Indicators), targets(c), len(c.Scored()), len(defs.Forms.Forms), len(c.Rules), len(c.AlertRules), len(jobs), len(channels.Channels))
	}
	return nil
}
