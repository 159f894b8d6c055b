package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) statusCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "status", Short: "报送情况：某期应报哪些表，谁报了",
		Long:    "列出与报告期同时结束的各频率报表（如2026-06含月报、季报、半年报）及报送情况。",
		Example: "  zhibiao status --period 2026-09\n  zhibiao status --period 2026-06 --json",
		Args:    cobra.NoArgs,
	})
	when := a.whenFlags(c)
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		list, err := p.Filings(ctx, q, t)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(list)
		}
		return a.printFilings(list)
	})
	return c
}

func (a *app) printFilings(list []pipeline.Filing) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "情况\t表号\t填报单位\t报告期\t期限\t收到\t回执")
	filed, onTime := 0, 0
	for _, f := range list {
		got := "—"
		if !f.Received.IsZero() {
			got = f.Received.In(period.Shanghai).Format("2006-01-02 15:04")
		}
		switch f.State {
		case pipeline.OnTime:
			filed, onTime = filed+1, onTime+1
		case pipeline.LateFiled:
			filed++
		}
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\t%s\t%s\n", f.State.Name(), f.Form, f.Title, f.Department, f.Period.Name(),
			f.Due.In(period.Shanghai).Format("2006-01-02"), got, f.Receipt)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print filings: %w", err)
	}
	fmt.Fprintf(a.out, "\n应报%d份，已报%d份，按时%d份\n", len(list), filed, onTime)
	return nil
}
