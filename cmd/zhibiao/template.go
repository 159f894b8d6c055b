package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) templateCommand() *cobra.Command {
	var department, dir string
	var all bool
	c := a.withJSON(&cobra.Command{
		Use: "template 表号 报告期 --out 文件夹", Short: "下发表样：锁定、带下拉和审核的空表",
		Long: `下发某表某期的表样，每个填报单位一份；--all 下发该报告期应报的全部报表。

表样只有着色的格可填，其余锁定以防误改（不设密码）；右侧灰色列是上期、上年同期已报数，
“审核”列随填随审，与系统收到后的审核用同一套规则。需要佐证材料、名录的表附有相应的工作表。
同一参数、同样的已报数，得到同样的文件；同名的其他文件不覆盖。`,
		Example: "  zhibiao template 双城101表 2026-Q3 --out 表样\n  zhibiao template 901 2026 --department 教育局 --out 表样\n  zhibiao template --all 2026-09 --out 表样",
		Args: func(_ *cobra.Command, args []string) error {
			want := 2
			if all {
				want = 1
			}
			if len(args) != want {
				return fmt.Errorf("got %d arguments: want 表号 报告期, or --all 报告期", len(args))
			}
			return nil
		},
	})
	c.Flags().StringVar(&department, "department", "", "填报单位（缺省为全部填报单位）")
	c.Flags().BoolVar(&all, "all", false, "下发与报告期同时结束的各频率应报报表")
	c.Flags().StringVar(&dir, "out", "", "写入的文件夹")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		q, err := period.Parse(args[len(args)-1])
		if err != nil {
			return usageError{err}
		}
		if dir == "" {
			return usagef("--out: 要给出写入的文件夹")
		}
		return a.inWorkspace(func(_ context.Context, p *pipeline.Pipeline) error {
			var issued []pipeline.Template
			if all {
				issued, err = p.IssueAll(dir, q, department)
			} else {
				issued, err = p.Issue(dir, args[0], q, department)
			}
			if errors.Is(err, pipeline.ErrNotFiled) || errors.Is(err, pipeline.ErrInTheWay) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(issued)
			}
			for _, t := range issued {
				fmt.Fprintln(a.out, t.File)
			}
			fmt.Fprintf(a.out, "已下发%d份\n", len(issued))
			return nil
		})(cmd, args)
	}
	return c
}
