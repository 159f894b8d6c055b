package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// superviseCommands are the steps of 督办: 认领→原因→措施→时限→复核→销号.
func (a *app) superviseCommands() []*cobra.Command {
	by := func(c *cobra.Command, act *alert.Act) {
		c.Flags().StringVar(&act.By, "by", "", "办理人（必填，留存在日志里）")
	}
	var claim, assign, measure, review, silence, done alert.Act
	var cause, due, until string
	ack := a.actCommand("ack", "认领一条预警", func() ([]alert.Act, error) { claim.Kind = alert.Claim; return []alert.Act{claim}, nil })
	by(ack, &claim)

	as := a.actCommand("assign", "把一条预警交办给责任单位", func() ([]alert.Act, error) { assign.Kind = alert.Assign; return []alert.Act{assign}, nil })
	by(as, &assign)
	as.Flags().StringVar(&assign.To, "to", "", "责任单位")

	m := a.actCommand("measure", "报原因、措施和时限", func() ([]alert.Act, error) {
		t, err := endOfDay(due)
		if err != nil {
			return nil, err
		}
		var acts []alert.Act
		if cause != "" {
			acts = append(acts, alert.Act{Kind: alert.Cause, By: measure.By, Text: cause})
		}
		measure.Kind, measure.Due = alert.Measure, t
		return append(acts, measure), nil
	})
	by(m, &measure)
	m.Flags().StringVar(&cause, "cause", "", "原因（首次必填）")
	m.Flags().StringVar(&measure.Text, "measure", "", "措施")
	m.Flags().StringVar(&due, "due", "", "时限：2026-12-31，当日内仍算按时")

	r := a.actCommand("review", "复核措施是否落实（不能由认领人复核）", func() ([]alert.Act, error) { review.Kind = alert.Review; return []alert.Act{review}, nil })
	by(r, &review)
	r.Flags().StringVar(&review.Text, "why", "", "复核意见")
	r.Flags().BoolVar(&review.Passed, "pass", false, "复核通过；不带则退回重报措施")

	cl := a.actCommand("close", "销号（指标恢复、复核通过之后）", func() ([]alert.Act, error) { done.Kind = alert.Close; return []alert.Act{done}, nil })
	by(cl, &done)
	cl.Flags().StringVar(&done.Text, "why", "", "销号的依据")

	s := a.actCommand("silence", "到某日前不再通报（最长92天；照常记录）", func() ([]alert.Act, error) {
		t, err := endOfDay(until)
		silence.Kind, silence.Due = alert.Silence, t
		return []alert.Act{silence}, err
	})
	by(s, &silence)
	s.Flags().StringVar(&until, "until", "", "截止日：2026-12-31，含当日")
	s.Flags().StringVar(&silence.Text, "why", "", "理由")
	return []*cobra.Command{ack, as, m, r, cl, s}
}

// endOfDay is the end of a day that is given as 2026-12-31.
func endOfDay(s string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, period.Shanghai)
	if err != nil {
		return t, usagef("date %q: want 2026-12-31", s)
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}

// actCommand is a command that does acts about one alert.
func (a *app) actCommand(name, short string, acts func() ([]alert.Act, error)) *cobra.Command {
	c := a.withJSON(&cobra.Command{
		Use: name + " 预警号或指标代码", Short: short,
		Long: short + "。\n预警号见 zhibiao alerts cases；一个指标只有一条未销号的预警时，写指标代码即可。\n办理人、时间、内容记入日志，不可更改。",
		Args: cobra.ExactArgs(1),
	})
	c.RunE = func(cmd *cobra.Command, args []string) error {
		list, err := acts()
		if err != nil {
			return err
		}
		return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
			episode, err := supervisedEpisode(ctx, p, args[0])
			if err != nil {
				return err
			}
			var s *pipeline.Supervised
			for _, act := range list {
				act.Episode, act.At = episode, a.now()
				if s, err = p.Supervise(ctx, act); err != nil {
					return superviseRefused(err)
				}
			}
			if a.json {
				return a.printJSON(s)
			}
			return a.printCases([]pipeline.Supervised{*s})
		})(cmd, args)
	}
	return c
}

// superviseRefused makes an act that cannot be done the user's matter.
func superviseRefused(err error) error {
	if no, ok := errors.AsType[*alert.RefusedError](err); ok {
		return refusedError{no}
	}
	return err
}

// supervisedEpisode is the episode that a user means: by its own id, or by the
// code of an indicator that has one that is not closed.
func supervisedEpisode(ctx context.Context, p *pipeline.Pipeline, name string) (string, error) {
	all, err := p.Cases(ctx, time.Time{})
	if err != nil {
		return "", err
	}
	var open []string
	for i := range all {
		s := &all[i]
		if s.Case.Episode == name {
			return name, nil
		}
		if s.Alert.Code == indicator.Code(name) && s.Case.Stage != alert.Closed && s.Alert.InhibitedBy == "" {
			open = append(open, s.Case.Episode)
		}
	}
	switch len(open) {
	case 1:
		return open[0], nil
	case 0:
		return "", refusedError{fmt.Errorf("没有预警 %s", name)}
	}
	return "", usagef("%s 有%d条预警，请写明预警号：\n  %s", name, len(open), strings.Join(open, "\n  "))
}

func (a *app) casesCommand() *cobra.Command {
	var every bool
	c := a.withJSON(&cobra.Command{
		Use: "cases", Short: "列出预警的督办：谁认领、措施、时限、是否逾期",
		Long: `列出未销号的预警的督办情况；无人认领时已自行解除的不列。
待认领3个工作日、待报措施5个工作日、整改到时限、待销号5个工作日；逾期催办责任单位，
再过3个工作日升级至单位负责人，再过5个工作日升级至双城办分管领导。`,
		Args: cobra.NoArgs,
	})
	c.Flags().BoolVar(&every, "all", false, "连同已销号的、自行解除的和被合并的")
	c.RunE = a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
		all, err := p.Cases(ctx, time.Time{})
		if err != nil {
			return err
		}
		if !every {
			all = slices.DeleteFunc(all, func(s pipeline.Supervised) bool {
				over := s.Case.Stage == alert.Unclaimed && !s.Alert.State.Open()
				return over || s.Case.Stage == alert.Closed || s.Alert.InhibitedBy != ""
			})
		}
		if a.json {
			return a.printJSON(all)
		}
		return a.printCases(all)
	})
	return c
}

func (a *app) printCases(all []pipeline.Supervised) error {
	if len(all) == 0 {
		fmt.Fprintln(a.out, "没有督办中的预警。")
		return nil
	}
	cal, _, err := a.workdays(a.defs)
	if err != nil {
		return err
	}
	add := func(t time.Time, n int) time.Time {
		moved, _ := cal.AddWorkdays(t, n)
		return moved
	}
	for i := range all {
		s := &all[i]
		c := &s.Case
		fmt.Fprintf(a.out, "【%s】%s %s（%s）\n  预警号：%s\n  督办：%s　责任单位：%s", s.Alert.Level, s.Alert.Name, s.Alert.RuleName, s.Alert.State.Name(), c.Episode, c.Stage.Name(), c.Owner)
		if c.By != "" {
			fmt.Fprintf(a.out, "　认领：%s", c.By)
		}
		if due, ok := c.Deadline(s.Alert.State, add); ok {
			fmt.Fprintf(a.out, "　期限：%s", due.In(period.Shanghai).Format(time.DateOnly))
		}
		if to := c.Overdue(s.Alert.State, a.now(), add); to != "" {
			fmt.Fprintf(a.out, "　逾期：%s", to)
		}
		if c.Quiet(a.now()) {
			fmt.Fprintf(a.out, "　静默至%s", c.Silenced.In(period.Shanghai).Format(time.DateOnly))
		}
		fmt.Fprintln(a.out)
		for _, act := range c.Acts {
			fmt.Fprintf(a.out, "    %s　%s　%s", act.At.In(period.Shanghai).Format("2006-01-02 15:04"), act.By, act.Kind.Name())
			switch {
			case act.Kind == alert.Assign:
				fmt.Fprintf(a.out, "给%s", act.To)
			case act.Kind == alert.Review && act.Passed:
				fmt.Fprint(a.out, "通过")
			case act.Kind == alert.Review:
				fmt.Fprint(a.out, "未通过")
			}
			if act.Text != "" {
				fmt.Fprintf(a.out, "：%s", act.Text)
			}
			fmt.Fprintln(a.out)
		}
	}
	return nil
}
