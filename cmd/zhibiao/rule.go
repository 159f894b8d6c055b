package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
)

func (a *app) acceptCommand() *cobra.Command {
	return a.ruleCommand(receipt.Accepted, "accept", "验收一份报送（双城办）",
		"验收待验收、待说明的报送，数据自验收时起使用。强制性审核未通过的不能验收。")
}

func (a *app) returnCommand() *cobra.Command {
	return a.ruleCommand(receipt.Returned, "return", "退回一份报送（双城办）",
		"退回报送；已验收的，其数据自退回时起不再使用，被它替代的数据恢复使用。报送单位改正后可重报。")
}

func (a *app) withdrawCommand() *cobra.Command {
	return a.ruleCommand(receipt.Withdrawn, "withdraw", "按报送单位的申请撤回一份报送",
		"撤回报送；其数据自撤回时起不再使用，被它替代的数据恢复使用。")
}

// ruleCommand is a command by which 双城办 decides about a submission. It shows
// what would change first, and decides only when told --yes.
func (a *app) ruleCommand(v receipt.Verdict, name, short, long string) *cobra.Command {
	r := pipeline.Ruling{Verdict: v}
	var yes bool
	c := a.withJSON(&cobra.Command{
		Use: name + " 报送号或回执编号", Short: short,
		Long: long + "\n先列出影响：哪些指标和灯会变、哪些已出的报告用了旧数；加 --yes 才执行。任何人都不能改数。",
		Example: "  zhibiao " + name + " 128 --why \"与市统计局反馈数核对一致\"\n" +
			"  zhibiao " + name + " 双城回执-000128-1a2b3c4d --why \"…\" --by 某处 --yes",
		Args: cobra.ExactArgs(1),
	})
	c.Flags().StringVar(&r.Why, "why", "", "理由（印在回执上）")
	c.Flags().StringVar(&r.By, "by", "双城办", "决定人")
	c.Flags().BoolVar(&yes, "yes", false, "看过影响，执行")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if r.Submission, err = parseSubmission(args[0]); err != nil {
			return err
		}
		r.At = a.now()
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			return a.rule(ctx, p, r, yes)
		})(cmd, args)
	}
	return c
}

// parseSubmission reads the number of a submission, or of one of its receipts.
func parseSubmission(s string) (int64, error) {
	text := s
	if rest, ok := strings.CutPrefix(s, receipt.Prefix); ok {
		text, _, _ = strings.Cut(rest, "-")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, usagef("submission %q: want its number, 128, or its receipt's, %s000128-1a2b3c4d", s, receipt.Prefix)
	}
	return n, nil
}

// A decided is what a ruling command prints as JSON.
type decided struct {
	Impact  *pipeline.Impact `json:"impact"`
	Receipt *receipt.Receipt `json:"receipt,omitempty"` // when it was carried out
}

func (a *app) rule(ctx context.Context, p *pipeline.Pipeline, r pipeline.Ruling, yes bool) error {
	im, err := p.Preview(ctx, r)
	if err != nil {
		return a.ruled(err)
	}
	out := decided{Impact: im}
	if !a.json {
		if err := a.printImpact(p.Defs.Catalogue, im); err != nil {
			return err
		}
	}
	if yes {
		if out.Receipt, err = p.Rule(ctx, r); err != nil {
			return a.ruled(err)
		}
	}
	switch {
	case a.json:
		return a.printJSON(out)
	case yes:
		fmt.Fprintf(a.out, "\n【%s】%s\n", out.Receipt.Verdict.Name(), out.Receipt.Number)
	default:
		fmt.Fprintln(a.out, "\n以上为预览，没有改动任何记录；确认无误后加 --yes 执行。")
	}
	return nil
}

// ruled makes a ruling that cannot be made the operator's matter.
func (a *app) ruled(err error) error {
	var no *pipeline.RulingError
	if !errors.As(err, &no) {
		return err
	}
	if len(no.Findings) > 0 {
		fmt.Fprintln(a.err, no.Findings)
	}
	return refusedError{fmt.Errorf("报送%d：%s", no.Submission, no.Why)}
}

func (a *app) printImpact(cat *indicator.Catalogue, im *pipeline.Impact) error {
	if len(im.Changes) == 0 {
		fmt.Fprintf(a.out, "影响：%s 期的指标值和灯都不变\n", im.Period.Name())
	} else {
		fmt.Fprintf(a.out, "影响：%s 期有%d个指标的值或灯会变\n", im.Period.Name(), len(im.Changes))
		w := inColumns(a.out)
		for _, c := range im.Changes {
			fmt.Fprintf(w, "  %s\t%s\t%s\t→\t%s\t%s\n", c.Code, c.Name, stand(cat, c.Code, c.Before, c.Was), stand(cat, c.Code, c.After, c.Is), c.Period)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("print impact: %w", err)
		}
	}
	for _, r := range im.Reports {
		fmt.Fprintf(a.out, "已出的报告 %s（%s 期）用了旧数：%s\n", r.Run, r.Period.Name(), joined(r.Changed))
	}
	return nil
}

// stand is a value and its lamp.
func stand(cat *indicator.Catalogue, code indicator.Code, v indicator.Opt[float64], l indicator.Lamp) string {
	text := "无数"
	if ind := cat.Indicator(code); v.OK {
		text = indicator.Print(v.V, ind.Decimals, ind.Rounding) + ind.Unit
	}
	if l == indicator.NoLamp {
		return text
	}
	return text + " " + l.Mark() + l.Name()
}

// joined lists codes, the first few of many.
func joined(codes []indicator.Code) string {
	const shown = 8
	var texts []string
	for _, c := range codes[:min(len(codes), shown)] {
		texts = append(texts, string(c))
	}
	text := strings.Join(texts, "、")
	if len(codes) > shown {
		text += fmt.Sprintf(" 等%d个", len(codes))
	}
	return text
}
