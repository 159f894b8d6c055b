package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) impactCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "impact 报送号|文件!工作表!单元格", Short: "一个格子影响了什么：指标、灯、已出的报告",
		Long: `explain 的反方向：由填报的单元格（或整份报送）查出用到它的指标和灯、用它做成的报告。
“公式”指现值由它算出，“走势”指它是同比或测算所依据的历史。`,
		Example: "  zhibiao impact 128 --period 2026-09\n  zhibiao impact '双城101表_经济运行局_2026年三季度.xlsx!双城101表!E11'",
		Args:    cobra.ExactArgs(1),
	})
	when := a.whenFlags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		place, err := parsePlace(args[0])
		if err != nil {
			return err
		}
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			q, t, err := when.parse(a, p.Defs)
			if err != nil {
				return err
			}
			u, err := p.Usage(ctx, place, q, t)
			if errors.Is(err, pipeline.ErrUnknown) {
				return usageError{err}
			} else if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(u)
			}
			return a.printUsage(u, q)
		})(cmd, args)
	}
	return c
}

// parsePlace reads the number of a submission, or FILE!SHEET!CELL.
func parsePlace(s string) (pipeline.Place, error) {
	parts := strings.Split(s, "!")
	switch len(parts) {
	case 1:
		n, err := parseSubmission(s)
		return pipeline.Place{Submission: n}, err
	case 3:
		return pipeline.Place{File: parts[0], Sheet: parts[1], Cell: strings.ToUpper(parts[2])}, nil
	}
	return pipeline.Place{}, usagef("cell %q: want 文件!工作表!单元格, or the number of a submission", s)
}

func (a *app) printUsage(u *pipeline.Usage, q period.Period) error {
	w := inColumns(a.out)
	fmt.Fprintln(w, "单元格\t编码\t指标\t期别\t列\t填报数\t现状")
	for _, c := range u.Cells {
		state := "已被替代或撤回"
		if c.InForce {
			state = "在用"
		}
		fmt.Fprintf(w, "%s!%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Source.Sheet, c.Source.Cell, c.Code, c.Name, c.Period.Name(), measureNames[c.Measure], c.Source.Filed, state)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print cells: %w", err)
	}
	fmt.Fprintf(a.out, "\n%s 期用到它的指标%d个\n", q.Name(), len(u.Results))
	for _, r := range u.Results {
		how := "走势"
		if r.Formula {
			how = "公式"
		}
		fmt.Fprintf(w, "  %s\t%s%s\t%s\t%s\t%s\n", how, r.Lamp.Mark(), r.Lamp.Name(), r.Code, r.Name, r.Period.Name())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print results: %w", err)
	}
	fmt.Fprintf(a.out, "\n用它做成的报告%d份\n", len(u.Reports))
	for _, r := range u.Reports {
		fmt.Fprintf(a.out, "  %s（%s 期）：%s\n", r.Run, r.Period.Name(), joined(r.Codes))
	}
	return nil
}

func (a *app) diffCommand() *cobra.Command {
	var at, from, to string
	c := a.withJSON(&cobra.Command{
		Use: "diff", Short: "上次与这次为何不同：数据修订、新增数据、口径变动、目标调整",
		Long: `比较同一报告期在两个数据时点的结果，把每个指标现值的变动逐项拆开：
数据修订 + 新增数据 + 口径变动，各项之和恰为总变动；目标有调整的另列。`,
		Example: "  zhibiao diff --period 2026-09 --from 2026-10-26 --to 2026-11-20",
		Args:    cobra.NoArgs,
	})
	c.Flags().StringVar(&at, "period", "", "报告期（缺省为最新已闭合的月）")
	c.Flags().StringVar(&from, "from", "", "较早的数据时点")
	c.Flags().StringVar(&to, "to", "", "较晚的数据时点（缺省为现在）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, err := a.parsePeriod(at, p.Defs)
		if err != nil {
			return err
		}
		if from == "" {
			return usagef("want --from, the earlier time")
		}
		t1, err := a.parseTime(from)
		if err != nil {
			return err
		}
		t2, err := a.parseTime(to)
		if err != nil {
			return err
		}
		if t2.Before(t1) {
			return usagef("--to %s is before --from %s", to, from)
		}
		list, err := p.Diff(ctx, q, t1, t2)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(list)
		}
		return a.printDiff(p.Defs.Catalogue, list)
	})
	return c
}

func (a *app) printDiff(cat *indicator.Catalogue, list []pipeline.Waterfall) error {
	if len(list) == 0 {
		fmt.Fprintln(a.out, "两个时点的结果相同")
		return nil
	}
	for _, w := range list {
		fmt.Fprintf(a.out, "%s %s\n  %s：%s（%s）\n", w.Code, w.Name, day(w.From.AsOf), stand(cat, w.Code, w.From.Value, w.From.Lamp), w.From.Period.Name())
		for _, s := range w.Steps {
			added := s.Added
			switch {
			case added == "":
				added = "（由无到有或由有到无）"
			case added == "0":
				continue
			case !strings.HasPrefix(added, "-"):
				added = "+" + added
			}
			fmt.Fprintf(a.out, "    %s %s%s\n", s.Cause.Name(), added, w.ChangeUnit)
		}
		fmt.Fprintf(a.out, "  %s：%s（%s）\n", day(w.To.AsOf), stand(cat, w.Code, w.To.Value, w.To.Lamp), w.To.Period.Name())
		if w.Change != "" {
			fmt.Fprintf(a.out, "  合计变动 %s%s\n", w.Change, w.ChangeUnit)
		}
	}
	return nil
}

func day(t time.Time) string { return t.In(period.Shanghai).Format("2006-01-02 15:04") }

func (a *app) whatIfCommand() *cobra.Command {
	var set []string
	var goal string
	var by int
	c := a.withJSON(&cobra.Command{
		Use: "whatif", Short: "假如：改几个数，看哪些指标和灯会变；或由目标倒推须完成多少（测算，不入库）",
		Long: `在内存里代入假设的数重新评估，列出值或灯会变的指标。只能设填报指标；结果是测算，任何记录都不改。
--set 可写多次；期别按指标自己的频率。
--goal 由目标倒推：总量须年均增长多少、本年余下部分须比上年同期快多少；个数每年每期须增加多少；
占比须比总体快多少（按总体的几种增速列表）；天数余下几天可用；年均增速余下年份须多快。`,
		Example: "  zhibiao whatif --set GDP.TOTAL.ALL@2026-Q3=4100 --set GDP.TOTAL.MUA@2026-Q3=18500\n  zhibiao whatif --goal GDP.SHARE_MUA.ALL --by 2027",
		Args:    cobra.NoArgs,
	})
	when := a.whenFlags(c)
	c.Flags().StringArrayVar(&set, "set", nil, "编码@报告期=数")
	c.Flags().StringVar(&goal, "goal", "", "由这个指标的目标倒推")
	c.Flags().IntVar(&by, "by", 0, "到哪一年末达到（缺省为目标年份）")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		q, t, err := when.parse(a, p.Defs)
		if err != nil {
			return err
		}
		switch {
		case goal != "" && len(set) > 0, goal == "" && by != 0:
			return usagef("want --set, or --goal with or without --by")
		case goal != "":
			return a.whatGoal(ctx, p, indicator.Code(strings.ToUpper(goal)), q, t, by)
		case len(set) == 0:
			return usagef("want --set CODE@PERIOD=VALUE or --goal CODE")
		}
		var settings []pipeline.Setting
		for _, text := range set {
			s, err := parseSetting(text)
			if err != nil {
				return err
			}
			settings = append(settings, s)
		}
		changes, err := p.WhatIf(ctx, q, t, settings)
		if errors.Is(err, pipeline.ErrUnknown) {
			return usageError{err}
		} else if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(changes)
		}
		fmt.Fprintf(a.out, "假设之下（测算，不入库），%s 期：\n", q.Name())
		return a.printImpact(p.Defs.Catalogue, &pipeline.Impact{Period: q, Changes: changes})
	})
	return c
}

// parseSetting reads CODE@PERIOD=VALUE.
func parseSetting(s string) (pipeline.Setting, error) {
	left, number, ok := strings.Cut(s, "=")
	code, when, ok2 := strings.Cut(left, "@")
	if !ok || !ok2 {
		return pipeline.Setting{}, usagef("setting %q: want CODE@PERIOD=VALUE", s)
	}
	q, err := period.Parse(strings.TrimSpace(when))
	if err != nil {
		return pipeline.Setting{}, usageError{err}
	}
	d, err := decimal.NewFromString(strings.TrimSpace(number))
	if err != nil {
		return pipeline.Setting{}, usagef("setting %q: want a number, not %q", s, number)
	}
	return pipeline.Setting{Code: indicator.Code(strings.ToUpper(strings.TrimSpace(code))), Period: q, Value: d}, nil
}
