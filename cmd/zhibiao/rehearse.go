package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/pipeline"
)

func (a *app) whyCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "why 指标代码", Short: "说明一个指标为什么预警、为什么没有预警",
		Long:    "按最近一次运行，逐条说明预警规则：条件是什么、本次看到什么、离预警或解除还差几期。",
		Example: "  zhibiao alerts why GDP.TOTAL.ALL",
		Args:    cobra.ExactArgs(1),
	})
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			q, reasons, err := p.Why(ctx, indicator.Code(args[0]))
			switch {
			case errors.Is(err, pipeline.ErrUnknown):
				return usageError{err}
			case err != nil:
				return err
			case a.json:
				return a.printJSON(reasons)
			}
			fmt.Fprintf(a.out, "%s %s（%s 期）\n", args[0], p.Defs.Catalogue.Indicator(indicator.Code(args[0])).Name, q.Name())
			for _, r := range reasons {
				if !r.Applies {
					fmt.Fprintf(a.out, "— %s %s：%s\n", r.Rule, r.RuleName, r.Verdict)
					continue
				}
				state := r.State.Name()
				if state == "" {
					state = "正常"
				}
				fmt.Fprintf(a.out, "【%s】%s %s\n  规则：%s\n", state, r.Rule, r.RuleName, r.Text)
				if r.Found != "" {
					fmt.Fprintf(a.out, "  所见：%s\n", r.Found)
				}
				fmt.Fprintf(a.out, "  结论：%s\n", r.Verdict)
			}
			return nil
		})(cmd, args)
	}
	return c
}

func (a *app) rehearseCommand() *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: "rehearse 规则或文件", Short: "用全部历史数据预演预警规则",
		Long: `用现有数据逐月重放预警规则：会预警几次、反复几次、持续多少天。不改动任何记录。
参数是规则的 id，或一个写有 alerts: 的 YAML 文件（格式同 catalogue/alerts.yaml）。`,
		Example: "  zhibiao alerts rehearse behind-path\n  zhibiao alerts rehearse 新规则.yaml",
		Args:    cobra.ExactArgs(1),
	})
	w := a.whenFlags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			rules, err := a.alertRules(p.Defs.Catalogue, args[0])
			if err != nil {
				return err
			}
			q, asOf, err := w.parse(a, p.Defs)
			if err != nil {
				return err
			}
			list, err := p.Rehearse(ctx, rules, q, asOf)
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(list)
			}
			for i := range list {
				a.printRehearsal(&list[i])
			}
			return nil
		})(cmd, args)
	}
	return c
}

// alertRules are the rule of an id, or those of a file in the place of the
// catalogue's.
func (a *app) alertRules(cat *indicator.Catalogue, name string) ([]indicator.AlertRule, error) {
	for _, r := range cat.AlertRules {
		if r.ID == name {
			return []indicator.AlertRule{r}, nil
		}
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("alert rule %q: want the id of one, or a file of rules", name)
	} else if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	dir, err := os.MkdirTemp("", "rehearse-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	found, rules, err := a.alertRulesIn(dir, data)
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Place.File == alertsFile {
			found[i].Place.File = name
		}
	}
	if len(found) > 0 {
		fmt.Fprintln(a.err, found)
	}
	if found.Refused() {
		return nil, refusedError{fmt.Errorf("定义有%d处错误", found.Count(finding.Mandatory))}
	}
	return rules, nil
}

// alertsFile is the file of the catalogue that holds the alert rules.
const alertsFile = "alerts.yaml"

// alertRulesIn reads rules against the catalogue in force, of which dir becomes a
// copy with other alert rules.
func (a *app) alertRulesIn(dir string, rules []byte) (finding.List, []indicator.AlertRule, error) {
	from, _ := a.folder(a.defs, "catalogue", indicator.Embedded())
	names, err := fs.Glob(from, "*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("list catalogue: %w", err)
	}
	for _, name := range names {
		data := rules
		if name != alertsFile {
			if data, err = fs.ReadFile(from, name); err != nil {
				return nil, nil, fmt.Errorf("read catalogue: %w", err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, nil, fmt.Errorf("copy catalogue: %w", err)
		}
	}
	cat, found, err := indicator.Load(os.DirFS(dir))
	if err != nil || cat == nil {
		return found, nil, err
	}
	return append(found, alert.Lint(cat)...), cat.AlertRules, nil
}

func (a *app) printRehearsal(r *alert.Rehearsal) {
	fmt.Fprintf(a.out, "%s %s：%s\n", r.Rule, r.RuleName, r.Text)
	fmt.Fprintf(a.out, "  评估%d期，判断%d次，无法判断%d次；预警%d次，反复%d次，升级%d次，解除%d次，合计%d天\n",
		r.Evaluations, r.Judged, r.Held, r.Fires, r.Flaps, r.Escalated, r.Resolved, r.Days)
	switch {
	case r.Judged == 0:
		fmt.Fprintln(a.out, "  注意：在现有数据上从未能判断")
	case r.Fires == 0:
		fmt.Fprintln(a.out, "  注意：在现有数据上从未预警")
	}
	for _, e := range r.Episodes {
		end := "至今"
		if !e.Ended.IsZero() {
			end = "至" + e.Ended.String()
		}
		fmt.Fprintf(a.out, "  【%s】%s起%s（%d天，反复%d次）%s %s：%s\n", e.Level, e.Fired, end, e.Days, e.Flaps, e.Code, e.Name, e.Why)
	}
}
