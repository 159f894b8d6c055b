package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) revisionsCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "revisions 编码 报告期", Short: "一个数的各个版本：何时、由谁、因何改变",
		Long: `列出填报指标某期的全部版本：初步核算、最终核实、普查修订，以及退回、撤回，
每次改变的前后数、理由和所在的单元格。报告期按指标自己的频率取。`,
		Example: "  zhibiao revisions GDP.TOTAL.ALL 2024-Q4",
		Args:    cobra.ExactArgs(2),
	})
	c.RunE = func(cmd *cobra.Command, args []string) error {
		q, err := period.Parse(args[1])
		if err != nil {
			return usageError{err}
		}
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			code := indicator.Code(strings.ToUpper(args[0]))
			own, err := p.OwnPeriod(code, q)
			if errors.Is(err, pipeline.ErrUnknown) {
				return usageError{err}
			}
			list, err := p.Revisions(ctx, code, own)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(list)
			}
			return a.printRevisions(p.Defs.Catalogue.Indicator(code), own, list)
		})(cmd, args)
	}
	return c
}

var measureNames = map[indicator.Measure]string{
	indicator.ValueMeasure: "本期", indicator.YearAgoMeasure: "上年同期", indicator.GrowthMeasure: "同比增速",
}

func (a *app) printRevisions(ind *indicator.Indicator, q period.Period, list []pipeline.Revision) error {
	fmt.Fprintf(a.out, "%s %s（%s）%s\n", ind.Code, ind.Name, ind.Unit, q.Name())
	if len(list) == 0 {
		fmt.Fprintln(a.out, "没有验收过的数")
		return nil
	}
	w := inColumns(a.out)
	fmt.Fprintln(w, "时间\t列\t事由\t原为\t改为\t变动\t数据状态\t决定\t回执\t单元格")
	for _, r := range list {
		was, is, vintage, cell := "（无）", "（无）", "", ""
		if r.Was != nil {
			was = r.Was.Filed
		}
		if r.Is != nil {
			is, vintage = r.Is.Filed, r.Is.Vintage.Name()
			cell = fmt.Sprintf("%s[%s]!%s", r.Is.Source.File, r.Is.Source.Sheet, r.Is.Source.Cell)
		}
		change := ""
		if r.Change.OK {
			change = signed(r.Change.V)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.At.In(period.Shanghai).Format("2006-01-02 15:04"), measureNames[r.Measure],
			event(r), was, is, change, vintage, strings.TrimSpace(r.By+" "+r.Why), r.Receipt, cell)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print revisions: %w", err)
	}
	return nil
}

// event is what happened, in a word.
func event(r pipeline.Revision) string {
	switch {
	case r.Event == receipt.Returned:
		return "退回"
	case r.Event == receipt.Withdrawn:
		return "撤回"
	case r.Was == nil:
		return "首次验收"
	case r.Is != nil && r.Was.Filed == r.Is.Filed:
		return "重报，数未变"
	}
	return "修订"
}

// signed is a change of a filed figure with its sign, in full.
func signed(v float64) string {
	const filedDecimals = 6
	d := indicator.Round(v, filedDecimals, indicator.HalfUp)
	if d.Sign() > 0 {
		return "+" + d.String()
	}
	return d.String()
}
