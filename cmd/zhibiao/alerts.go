package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"zhibiao/kpi/alert"
	"zhibiao/pipeline"
)

func (a *app) alertsCommand() *cobra.Command {
	var every bool
	c := a.withJSON(&cobra.Command{
		Use: "alerts", Short: "列出当前预警",
		Long:    "列出最近一次运行留下的预警：级别、指标、起始期、原因、责任单位、需要做到什么。",
		Example: "  zhibiao alerts\n  zhibiao alerts --all --json\n  zhibiao alerts why GDP.TOTAL.ALL",
		Args:    cobra.NoArgs,
	})
	c.AddCommand(a.superviseCommands()...)
	c.AddCommand(a.casesCommand(), a.whyCommand(), a.rehearseCommand())
	c.Flags().BoolVar(&every, "all", false, "连同观察中的、被合并的和已解除的")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		list, err := p.Alerts(ctx)
		if err != nil {
			return err
		}
		shown := make([]alert.Alert, 0, len(list))
		for _, al := range list {
			if al.State != alert.Quiet && (every || al.State.Raised() && al.InhibitedBy == "") {
				shown = append(shown, al)
			}
		}
		slices.SortStableFunc(shown, func(x, y alert.Alert) int {
			return cmp.Or(slices.Index(levels, x.Level)-slices.Index(levels, y.Level), cmp.Compare(x.Code, y.Code))
		})
		if a.json {
			return a.printJSON(shown)
		}
		a.printAlerts(shown)
		return nil
	})
	return c
}

// levels are the severities, worst first.
var levels = []string{"红", "橙", "黄"}

func (a *app) printAlerts(list []alert.Alert) {
	if len(list) == 0 {
		fmt.Fprintln(a.out, "没有预警。")
		return
	}
	for _, al := range list {
		fmt.Fprintf(a.out, "【%s】%s %s（%s，自%s起）\n  原因：%s\n", al.Level, al.Name, al.RuleName, al.State.Name(), al.Since.Name(), al.Why)
		if al.Need != "" {
			fmt.Fprintf(a.out, "  需要：%s\n", al.Need)
		}
		if al.Owner != "" {
			fmt.Fprintf(a.out, "  责任单位：%s\n", al.Owner)
		}
		if al.Held != "" {
			fmt.Fprintf(a.out, "  注：%s\n", al.Held)
		}
	}
}
