package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/script"
	"zhibiao/pipeline"
	"zhibiao/pipeline/warehouse"
)

func (a *app) testCommand() *cobra.Command {
	var update bool
	c := a.withJSON(&cobra.Command{
		Use: "test 文件…", Short: "用例子测试指标定义：给几期数，看公式得出的是不是应得的数",
		Long: `运行测试文件。每个数用 SQL 和逐步求值各算一遍，两者须一致，并等于所写的应得数。
不读工作区，不改任何记录。文件分四种段：

  # 分母缺一季，占比就缺一季，不得当作零
  define TEST.SHARE.ALL unit=% nature=ratio freq=Q = share(GDP.TOTAL.ALL, GDP.TOTAL.MUA)

  load
      GDP.TOTAL.ALL 2025-Q1  1000 2100 3200 4400
      GDP.TOTAL.MUA 2025-Q1  5000 _ 16000 20000 | P preliminary

  eval 2025-Q1 TEST.SHARE.ALL
      20 _ 20 22 | P

  clear

load：各期相连；_ 空白、… 不足最小单位、— 无此项、. 未报；5x3 即三个5，100+10x4 即 100 110 120 130；
      | 之后是状态、版本、口径。
eval：应得的数；≈5.0 按所写小数位四舍五入后相等；_ 无值，_(缺2022年基数) 无值且为此原因；规则写 是 或 否；
      | 之后是应有的状态、版本、口径、沿用月数。行首可写地区：在该地区求值。
目录里已有的指标直接用代码；define 可以另立指标，也可以改写目录里的一个来试。
不符时退出码为1，文件写错时为3。--update 用算出的数改写应得的数，改后须逐个复核。`,
		Example: "  zhibiao test 占比.test\n  zhibiao test --defs ./定义 用例/*.test\n  zhibiao test --update 新用例.test",
		Args:    cobra.MinimumNArgs(1),
	})
	c.Flags().BoolVar(&update, "update", false, "用算出的数改写文件里应得的数")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		defs, err := a.definitions()
		if err != nil {
			return err
		}
		db, err := warehouse.Open(cmd.Context(), "")
		if err != nil {
			return err
		}
		return errors.Join(a.test(cmd.Context(), defs, db.SQL(), args, update), db.Close())
	}
	return c
}

// A missed figure of a test, as --json prints it.
type missed struct {
	Place finding.Place `json:"place"`
	Eval  string        `json:"eval"`
	Want  string        `json:"want"`
	Got   string        `json:"got"`
}

func (a *app) test(ctx context.Context, defs *pipeline.Definitions, db *sql.DB, names []string, update bool) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("test: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	figures, misses, wrong := 0, []missed{}, finding.List{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read test: %w", err)
		}
		f := script.Parse(name, data)
		found, err := defs.Plan.Try(ctx, conn, f)
		if err != nil {
			return err
		}
		if wrong = append(wrong, found...); len(found) > 0 {
			continue
		}
		before := len(misses)
		for _, s := range f.Steps {
			e, ok := s.(*script.Eval)
			if !ok {
				continue
			}
			for _, w := range e.Wants {
				if figures++; !w.Met() {
					misses = append(misses, missed{
						finding.Place{File: name, Line: w.Line}, fmt.Sprintf("%s %s", w.Period, e.Formula), w.Wanted(), w.Gotten(),
					})
				}
			}
		}
		if update && len(misses) > before {
			if err := os.WriteFile(name, f.Rewrite(), 0o644); err != nil {
				return fmt.Errorf("update test: %w", err)
			}
		}
	}
	return a.tested(len(names), figures, misses, wrong, update)
}

// tested prints what came of the tests.
func (a *app) tested(files, figures int, misses []missed, wrong finding.List, update bool) error {
	if a.json {
		err := a.printJSON(struct {
			Figures  int          `json:"figures"`
			Missed   []missed     `json:"missed"`
			Findings finding.List `json:"findings,omitempty"`
		}{figures, misses, wrong})
		if err != nil {
			return err
		}
	} else {
		for _, m := range misses {
			want := m.Want
			if want == "" {
				want = "（未写）"
			}
			fmt.Fprintf(a.out, "%s: %s：应为 %s，实为 %s\n", m.Place, m.Eval, want, m.Got)
		}
		if len(wrong) > 0 {
			fmt.Fprintln(a.out, wrong)
		}
	}
	switch {
	case len(wrong) > 0:
		return refusedError{fmt.Errorf("测试文件有%d处错误", len(wrong))}
	case len(misses) > 0 && update:
		fmt.Fprintf(a.out, "已改写%d个应得的数，请逐个复核\n", len(misses))
	case len(misses) > 0:
		return fmt.Errorf("%d个数中有%d个不符", figures, len(misses))
	case !a.json:
		fmt.Fprintf(a.out, "%d个文件，%d个数，全部相符\n", files, figures)
	}
	return nil
}
