package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
)

func (a *app) evaluateCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "evaluate", Short: "计算全部指标在某期的结果（只读）",
		Long: `计算每个指标、每个区域在某期的全部结果：现值、上年同期、增速或百分点变化、占比、
年均增速、水平完成率、进度完成率、时序、路径、2027年测算、缺口和灯。不写入任何记录。
--json 另有当期、环比、基数倒推核对、贡献率和拉动、占比变动的构成、年内序时（季节与线性）、
底线各年、剩余天数和普查前后两个口径（measures）。
--as-of 给出“当时所知”：只用那一时刻之前验收的数据。`,
		Example: "  zhibiao evaluate --period 2026-09\n  zhibiao evaluate --period 2026-09 --as-of 2026-11-01 --json",
		Args:    cobra.NoArgs,
	})
	when := a.whenFlags(c)
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		res, err := p.Evaluate(ctx, q, t)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(res)
		}
		return a.printResults(p.Defs.Catalogue, res)
	})
	return c
}

func (a *app) printResults(cat *indicator.Catalogue, res *indicator.Assessment) error {
	fmt.Fprintf(a.out, "报告期 %s　KPI 校验 %s\n\n", res.Period, res.Hash[:16])
	w := inColumns(a.out)
	fmt.Fprintln(w, "灯\t编码\t指标\t期别\t现值\t说明")
	for i := range res.Results {
		r := &res.Results[i]
		value := r.Absence.Name()
		if r.Value.OK {
			ind := cat.Indicator(r.Code)
			value = indicator.Print(r.Value.V, ind.Decimals, ind.Rounding) + r.Unit
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\t%s\n", r.Lamp.Mark(), r.Lamp.Name(), r.Code, r.Name, r.Period, value, r.Reason)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print results: %w", err)
	}
	return nil
}

// targets counts the indicators that have a target.
func targets(c *indicator.Catalogue) int {
	n := 0
	for i := range c.Indicators {
		if c.Indicators[i].Target() != nil {
			n++
		}
	}
	return n
}
