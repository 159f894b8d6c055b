package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) statusCommand() *cobra.Command {
	var book string
	c := a.withJSON(&cobra.Command{
		Use: "status", Short: "报送情况：某期应报哪些表，谁报了，报送率和及时率",
		Long: `列出与报告期同时结束的各频率报表（如2026-06含月报、季报、半年报）及报送情况，
并按部门统计：应报、已报、迟报、免报、退回未重报、逾期未报、报送率、及时率。`,
		Example: "  zhibiao status --period 2026-09\n  zhibiao status --period 2026-06 --json\n  zhibiao status --period 2026-06 --xlsx 报送情况.xlsx",
		Args:    cobra.NoArgs,
	})
	when := a.whenFlags(c)
	c.Flags().StringVar(&book, "xlsx", "", "另写成工作簿")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		list, err := p.Filings(ctx, q, t)
		if err != nil {
			return err
		}
		rates := p.Rates(list)
		if book != "" {
			var b bytes.Buffer
			if err := p.StatusBook(&b, q, t, list); err != nil {
				return err
			}
			if err := os.WriteFile(book, b.Bytes(), 0o644); err != nil {
				return fmt.Errorf("write %s: %w", book, err)
			}
		}
		if a.json {
			return a.printJSON(struct {
				Filings []pipeline.Filing `json:"filings"`
				Rates   []pipeline.Rate   `json:"rates"`
			}{list, rates})
		}
		if err := printFilings(a.out, list); err != nil {
			return err
		}
		return printRates(a.out, rates)
	})
	return c
}

func printFilings(out io.Writer, list []pipeline.Filing) error {
	w := inColumns(out)
	fmt.Fprintln(w, "情况\t表号\t填报单位\t报告期\t期限\t收到\t催报\t回执")
	unsure := false
	for _, f := range list {
		got, due := "—", "—"
		if !f.Received.IsZero() {
			got = f.Received.In(period.Shanghai).Format("2006-01-02 15:04")
		}
		if !f.Due.IsZero() {
			due = f.Due.In(period.Shanghai).Format("2006-01-02")
		}
		if f.Unsure {
			due, unsure = due+"*", true
		}
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.State.Name(), f.Form, f.Title, f.Department, f.Period.Name(),
			due, got, f.Chased, f.Receipt)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print filings: %w", err)
	}
	if unsure {
		fmt.Fprintln(out, "* 该年放假安排尚未公布，期限可能顺延")
	}
	return nil
}

func printRates(out io.Writer, rates []pipeline.Rate) error {
	fmt.Fprintln(out)
	w := inColumns(out)
	fmt.Fprintln(w, "部门\t应报\t已报\t迟报\t退回未重报\t逾期未报\t免报\t未到期\t报送率\t及时率")
	for _, r := range rates {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n",
			r.Department, r.Expected, r.Filed, r.Late, r.SentBack, r.Missing, r.Exempt, r.NotDue, r.FiledRate(), r.OnTimeRate())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print rates: %w", err)
	}
	return nil
}
