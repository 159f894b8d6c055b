package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
)

// whatGoal prints what the target of an indicator needs.
func (a *app) whatGoal(ctx context.Context, p *pipeline.Pipeline, code indicator.Code, q period.Period, asOf time.Time, by int) error {
	g, err := p.Goal(ctx, code, q, asOf, by)
	if errors.Is(err, pipeline.ErrNoGoal) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Watermark string `json:"watermark"`
			*indicator.Goal
		}{"测算", g})
	}
	return a.printGoal(p.Defs.Catalogue, g)
}

// A quantity prints values of one indicator.
type quantity struct{ *indicator.Indicator }

func (q quantity) say(v indicator.Opt[float64]) string {
	if !v.OK {
		return "—"
	}
	return indicator.Print(v.V, q.Decimals, q.Rounding) + q.Unit
}

// span is a period as the nature of the indicator wants it.
func (q quantity) span(p period.Period) string {
	if q.Nature.Stock() || q.Nature == indicator.CountCum {
		return p.Point()
	}
	return p.Cumulative()
}

// pacing is how a growth is to be read: of a year, or of the time left when that
// is less.
func pacing(g *indicator.Goal) string {
	if g.Years < 1 {
		return "余下时间共"
	}
	return "年均"
}

func percent(v indicator.Opt[indicator.Percent]) string {
	if !v.OK {
		return "—"
	}
	return indicator.Fixed(float64(v.V), 2) + "%"
}

func (a *app) printGoal(cat *indicator.Catalogue, g *indicator.Goal) error {
	say := func(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }
	self := quantity{cat.Indicator(g.Code)}
	state := "尚未达到"
	if g.Reached {
		state = "已达到"
	}
	say("%s %s：目标%s（测算，不入库，不是统计数）", g.Code, g.Name, g.Text)
	if g.Value.OK {
		say("  现值 %s（%s），%s", self.say(g.Value), self.span(g.Period), state)
	}
	if g.Why != "" {
		say("  %s", g.Why)
		return nil
	}
	if g.Every {
		say("  本目标各年都须达到，以下推算到%d年末", g.By)
	}
	of := quantity{cat.Indicator(g.Of)}
	switch g.Kind {
	case indicator.GoalShare:
		return a.printShare(cat, g, of)
	case indicator.GoalGrowth:
		return a.printKeepingUp(cat, g, of)
	case indicator.GoalDays:
		d := g.Days
		say("  截至%s优良%s天；全年至多可有%s天不优良，已用%s天，还可用%s天", d.Period.Point(), whole(d.Good), whole(d.Allowed), whole(d.Used), whole(d.Budget))
		if d.Budget < 0 {
			say("  余下%d天全部优良也达不到底线", d.Left)
		} else {
			say("  余下%d天中至少%s天须为优良", d.Left, whole(d.Need))
		}
		if g.Rest != nil && g.Rest.LastRest.OK {
			say("  上年同期以后实有%s天", whole(g.Rest.LastRest.V))
		}
		return nil
	}
	years := strings.TrimSuffix(strings.TrimRight(indicator.Fixed(g.Years, 2), "0"), ".")
	need := "年均增加" + indicator.Fixed(g.Step.V, of.Decimals+1) + indicator.DifferenceUnit(of.Unit)
	if g.Kind == indicator.GoalLevel {
		need = pacing(g) + "增长" + percent(g.Growth)
	}
	beyond := ""
	if g.Strict {
		beyond = "超过"
	}
	say("  须由“%s”（%s）实现：%s（%s）→ %s%s（%d年末），余%s年，%s", of.Name, of.Code, of.say(g.From), of.span(g.BasisAt), beyond, of.say(g.To), g.By, years, need)
	if g.Single.OK && of.Freq != period.Year {
		say("  即每%s%s%s", map[period.Freq]string{period.Month: "月", period.Quarter: "季", period.Half: "半年"}[of.Freq],
			indicator.Fixed(g.Single.V, of.Decimals+2), indicator.DifferenceUnit(of.Unit))
	}
	ends := make([]string, len(g.Ends))
	for i, w := range g.Ends {
		ends[i] = fmt.Sprintf("%d年%s", w.Year, of.say(indicator.Some(w.Value)))
	}
	say("  各年末须达：%s", strings.Join(ends, "，"))
	if c := g.Rest; c != nil {
		say("  本年：%s累计%s（比上年同期增长%s），全年须%s，余下须%s", c.Period.Cumulative(), of.say(indicator.Some(c.Done)), percent(c.SoFar),
			of.say(indicator.Some(c.Need)), of.say(indicator.Some(c.Rest)))
		if c.LastRest.OK {
			say("  上年同期以后为%s，余下部分须比它增长%s", of.say(c.LastRest), percent(c.Growth))
		}
	}
	return nil
}

// whole prints a number of days.
func whole(v float64) string { return indicator.Fixed(v, 0) }

func (a *app) printShare(cat *indicator.Catalogue, g *indicator.Goal, of quantity) error {
	against := quantity{cat.Indicator(g.Against)}
	self := quantity{cat.Indicator(g.Code)}
	fmt.Fprintf(a.out, "  推算起点：%s %s，“%s”%s\n", of.span(g.BasisAt), self.say(g.Basis), of.Name, of.say(g.From))
	if g.Slack.OK {
		word, v := "超出目标所需", g.Slack.V
		if v < 0 {
			word, v = "比目标所需少", -v
		}
		fmt.Fprintf(a.out, "  按该期的总体，部分%s%s\n", word, of.say(indicator.Some(v)))
	}
	if g.To.OK {
		fmt.Fprintf(a.out, "  总体不变时，“%s”须达%s\n", of.Name, of.say(g.To))
		return nil
	}
	prices := ""
	if of.PriceBasis == indicator.Current {
		prices = "（现价，名义增速）"
	}
	fmt.Fprintf(a.out, "  到%d年末，按“%s”的几种增速，“%s”须增长%s：\n", g.By, against.Name, of.Name, prices)
	w := inColumns(a.out)
	fmt.Fprintf(w, "  总体年均增速\t部分须%s增长\t总体届时\t部分须达\t\n", pacing(g))
	for _, s := range g.Given {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", percent(indicator.Some(s.Given)), percent(indicator.Some(s.Growth)), against.say(s.Whole), of.say(s.Part), s.Note)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print goal: %w", err)
	}
	return nil
}

func (a *app) printKeepingUp(cat *indicator.Catalogue, g *indicator.Goal, of quantity) error {
	against := quantity{cat.Indicator(g.Against)}
	fmt.Fprintf(a.out, "  “%s”%s，“%s”须不低于%s\n", of.Name, of.say(g.From), of.Name, of.say(g.To))
	w := inColumns(a.out)
	fmt.Fprintf(w, "  %s\t须实际增长\t按现行物价指数须名义增长\t\n", against.Name)
	for _, s := range g.Given {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", percent(indicator.Some(s.Given)), percent(indicator.Some(s.Growth)), percent(s.Nominal), s.Note)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print goal: %w", err)
	}
	return nil
}
