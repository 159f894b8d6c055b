package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// LastSlot is the newest slot that a job was recorded for.
func (p *Pipeline) LastSlot(job string) (slot time.Time, ok bool) {
	for _, v := range slices.Backward(p.journal.entries) {
		if e := v; e.Kind == Job && e.Name == job {
			return e.Slot, true
		}
	}
	return time.Time{}, false
}

// RecordJob enters in the journal that a job ran for its slot, and what it
// failed of.
func (p *Pipeline) RecordJob(job string, slot, at time.Time, failure error) error {
	e := Entry{At: at, Kind: Job, Name: job, Slot: slot.UTC()}
	if failure != nil {
		e.Error = failure.Error()
	}
	_, err := p.journal.append(e)
	return err
}

// Remind writes the half-year reminder (任务36): the four lists are to be rolled
// forward, and the milestones that each department leads. It names the file.
func (p *Pipeline) Remind(_ context.Context, half period.Period) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s“四重清单”滚动更新提醒\n\n", half.Name())
	b.WriteString("依据任务36，每半年滚动更新、迭代升级年度重大项目、重大政策、重大改革、重大平台清单。\n")
	fmt.Fprintf(&b, "请各牵头部门于%s前提出新增、续建、调整、完成、调出的建议及理由，报双城办汇总。\n", half.Last().Format("2006年1月2日"))
	b.WriteString("\n各部门牵头的重点事项（不评分，供更新清单时逐项核对进展）：\n")
	var order []string
	by := make(map[string][]*indicator.Record)
	for i := range p.Defs.Catalogue.Milestones {
		m := &p.Defs.Catalogue.Milestones[i]
		lead := strings.Join(m.Leads, "、")
		if lead == "" {
			lead = "未明确牵头部门"
		}
		if by[lead] == nil {
			order = append(order, lead)
		}
		by[lead] = append(by[lead], m)
	}
	for _, lead := range order {
		fmt.Fprintf(&b, "\n【%s】\n", lead)
		for _, m := range by[lead] {
			fmt.Fprintf(&b, "  %s（任务%d）%s\n", m.ID, m.Task, m.Quote)
		}
	}
	name := filepath.Join(p.Home, ReportDir, half.String(), "四重清单更新提醒.txt")
	return name, writeFile(name, []byte(b.String()))
}
