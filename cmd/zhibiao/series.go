package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) seriesCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "series", Short: "全部填报序列在某期末的值、同比、占比和趋势（只读）",
		Long: `列出在某期末月有数的全部填报序列，不论有没有目标：现值、比上年同月增长或变化的百分点、
占所属总体的比重，以及按近十年同月的直线外推到2027年同月的数（测算，不是统计数）。
上年同月没有数、基数不为正、口径不同的不算同比；数据状态或口径不同的不算占比；口径变化以前的数
不参与外推，不足三个年份的、外推为负的总量不列。同比按现值计算，是名义增速的，以公布的可比价增速为准。
按现在所知的数据计算。`,
		Example: "  zhibiao series --period 2025-12\n  zhibiao series --period 2026-09 --json",
		Args:    cobra.NoArgs,
	})
	var when string
	c.Flags().StringVar(&when, "period", "", "报告期：2026、2026-H1、2026-Q3、2026-09（缺省为最新已闭合的月）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, err := a.parsePeriod(when, p.Defs)
		if err != nil {
			return err
		}
		list, err := p.Series(ctx, q)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(list)
		}
		return a.printSeries(p.Defs.Catalogue, q, list)
	})
	return c
}

func (a *app) printSeries(cat *indicator.Catalogue, q period.Period, list []pipeline.Seen) error {
	fmt.Fprintf(a.out, "截至%d年%d月，共%d个序列有数\n", q.Year(), q.LastMonth(), len(list))
	if len(list) == 0 {
		return nil
	}
	w := inColumns(a.out)
	fmt.Fprintf(w, "编码\t区域\t指标\t现值\t比上年同月\t占比\t%d年同月（测算）\n", period.TargetYear)
	for _, s := range list {
		ind := cat.Indicator(s.Code)
		area := string(s.Area)
		if x := cat.Area(s.Area); x != nil {
			area = x.Name
		}
		change, share, trend := "—", "—", "—"
		switch {
		case s.Growth.OK:
			change = indicator.Fixed(float64(s.Growth.V), 1) + "%"
		case s.Change.OK:
			change = indicator.Fixed(float64(s.Change.V), 2) + "个百分点"
		}
		if s.Share.OK {
			share = "占" + cat.Indicator(s.Of).Name + indicator.Fixed(float64(s.Share.V), 2) + "%"
		}
		if s.Trend.OK {
			trend = indicator.Print(s.Trend.V, ind.Decimals, ind.Rounding) + s.Unit
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Code, area, s.Name,
			indicator.Print(s.Value, ind.Decimals, ind.Rounding)+s.Unit, change, share, trend)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print series: %w", err)
	}
	return nil
}
