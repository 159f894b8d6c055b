package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) explainCommand() *cobra.Command {
	var area, asOf string
	c := a.withJSON(&cobra.Command{
		Use: "explain 编码 报告期", Short: "一个数从哪里来：公式树直到文件、工作表、单元格",
		Long: `打印指标的公式树：每一步的值，直到部门报表的文件、工作表和单元格。
报告期按指标自己的频率取：季度指标的 2026-09 即 2026-Q3。`,
		Example: "  zhibiao explain GDP.SHARE_MUA.ALL 2026-Q3\n  zhibiao explain RD.EXP.CAGR.LJ 2024 --as-of 2026-01-31",
		Args:    cobra.ExactArgs(2),
	})
	c.Flags().StringVar(&area, "area", "", "区域（缺省为指标自己的区域）：ALL、DIR、MUA、CQ、JOINT")
	c.Flags().StringVar(&asOf, "as-of", "", "数据时点（缺省为现在）")
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
			if at := p.Defs.Catalogue.Resolve(p.Defs.Catalogue.Indicator(code).Area); area != "" && p.Defs.Catalogue.Resolve(indicator.AreaID(area)) != at {
				return usagef("area %q: %s is of area %s", area, code, at)
			}
			t, err := a.parseTime(asOf)
			if err != nil {
				return err
			}
			step, err := p.Explain(ctx, code, own, t)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(step)
			}
			printStep(a.out, p.Defs.Catalogue, step, "", "")
			return nil
		})(cmd, args)
	}
	return c
}

// printStep draws the tree, one step a line, the cell under each leaf.
func printStep(w io.Writer, cat *indicator.Catalogue, s *pipeline.Step, head, indent string) {
	value := s.Absence.Name()
	if s.Value.OK {
		value = fmt.Sprint(s.Value.V)
		if ind := cat.Indicator(s.Code); ind != nil {
			value += s.Unit
		}
	}
	name := s.Name
	if s.Source == nil {
		name = strings.TrimSpace(name + " " + s.Text)
	} else {
		name += " " + string(s.Code)
	}
	fmt.Fprintf(w, "%s%s（%s）：%s\n", head, name, s.Period, value)
	if src := s.Source; src != nil {
		fmt.Fprintf(w, "%s    ← %s[%s]!%s 填报“%s” %s；%s 收到，回执 %s\n", indent, src.File, src.Sheet, src.Cell, src.Filed,
			src.Vintage, src.KnownFrom.In(period.Shanghai).Format("2006-01-02 15:04"), src.Receipt)
	}
	for i, ch := range s.Steps {
		branch, next := "├─ ", "│  "
		if i == len(s.Steps)-1 {
			branch, next = "└─ ", "   "
		}
		printStep(w, cat, ch, indent+branch, indent+next)
	}
}
