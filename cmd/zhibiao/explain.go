package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) explainCommand() *cobra.Command {
	var area, asOf, book string
	c := a.withJSON(&cobra.Command{
		Use: "explain 编码 报告期", Short: "一个数从哪里来：公式树直到文件、工作表、单元格",
		Long: `打印指标的公式树：每一步的值（未修约）、单位、数据版本，直到部门报表的文件、工作表和单元格。
报告期按指标自己的频率取：季度指标的 2026-09 即 2026-Q3。
--workbook 另写一份依据工作簿：首页是公式树，其后逐张附上所据的报表，用到的格子以红框标出。`,
		Example: "  zhibiao explain GDP.SHARE_MUA.ALL 2026-Q3\n  zhibiao explain GDP.SHARE_MUA.ALL 2026-Q3 --workbook 依据.xlsx\n  zhibiao explain RD.EXP.CAGR.LJ 2024 --as-of 2026-01-31",
		Args:    cobra.ExactArgs(2),
	})
	c.Flags().StringVar(&area, "area", "", "区域（缺省为指标自己的区域）：ALL、DIR、MUA、CQ、JOINT")
	c.Flags().StringVar(&asOf, "as-of", "", "数据时点（缺省为现在）")
	c.Flags().StringVar(&book, "workbook", "", "另写成依据工作簿")
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
			if book != "" {
				var b bytes.Buffer
				if err := p.Evidence(&b, step, t); err != nil {
					return err
				}
				if err := os.WriteFile(book, b.Bytes(), 0o644); err != nil {
					return fmt.Errorf("write %s: %w", book, err)
				}
			}
			if a.json {
				return a.printJSON(step)
			}
			printStep(a.out, step, "", "")
			return nil
		})(cmd, args)
	}
	return c
}

// printStep draws the tree, one step a line, the cell under each leaf.
func printStep(w io.Writer, s *pipeline.Step, head, indent string) {
	name := strings.TrimSpace(s.Name + " " + s.Text)
	fmt.Fprintf(w, "%s%s（%s）：%s\n", head, name, s.Period, said(s))
	if !s.CarriedTo.IsZero() {
		fmt.Fprintf(w, "%s    （沿用%s的数于%s）\n", indent, s.Period.Point(), s.CarriedTo.Name())
	}
	if src := s.Source; src != nil {
		terms := src.Vintage
		if src.Caliber != "" {
			terms += "，口径：" + src.Caliber
		}
		fmt.Fprintf(w, "%s    ← %s[%s]!%s 填报“%s” %s；%s 起用，报送%d，回执 %s\n", indent, src.File, src.Sheet, src.Cell, src.Filed,
			terms, day(src.KnownFrom), src.Submission, src.Receipt)
	}
	for i, ch := range s.Steps {
		branch, next := "├─ ", "│  "
		if i == len(s.Steps)-1 {
			branch, next = "└─ ", "   "
		}
		printStep(w, ch, indent+branch, indent+next)
	}
}

// said is the value of a step with its unit and release, or why there is none.
func said(s *pipeline.Step) string {
	if !s.Value.OK {
		return s.Why
	}
	unit := s.Unit
	if s.Unit == "比率" || strings.Contains(s.Unit, "=") { // no unit to be read behind a number
		unit = "（" + s.Unit + "）"
	}
	text := pipeline.Unrounded(s.Value.V) + unit
	if s.Printed != "" && s.Printed != pipeline.Unrounded(s.Value.V) {
		text += "，印作" + s.Printed + unit
	}
	if s.Source == nil && s.Vintage != "" {
		text += "，" + s.Vintage
	}
	return text
}
