package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

func (a *app) auditCommand() *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "核验记录：日志、原件、回执", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(a.withJSON(&cobra.Command{
		Use: "verify", Short: "核验日志链、全部原件和回执没有被改动或删除",
		Long: `逐条核对日志的校验链，逐份核对原件的 SHA-256，核对回执齐全。只读，serve 运行时也可用。
有问题时退出码为1。日志链头印在每份报告上，可与之对照。`,
		Example: "  zhibiao audit verify --home /srv/zhibiao",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := pipeline.Verify(a.home)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(r)
			} else {
				err = a.printAudit(r)
			}
			if err == nil && len(r.Problems) > 0 {
				err = errors.New("记录被改动或不完整")
			}
			return err
		},
	}))
	return c
}

func (a *app) printAudit(r *pipeline.Audit) error {
	for _, p := range r.Problems {
		fmt.Fprintln(a.out, p)
	}
	if len(r.Problems) > 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.out, "记录完好：日志%d条，最新一条 %s；原件%d份，回执%d份\n日志链头 %s\n",
		r.Entries, r.Newest.In(period.Shanghai).Format("2006-01-02 15:04:05"), r.Originals, r.Receipts, r.Head)
	if err != nil {
		return fmt.Errorf("print audit: %w", err)
	}
	return nil
}
