package report

import (
	"strconv"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// measures are the facts of a card beyond value, growth and path: 当期, 环比, what
// moved a share, 序时 within the year, both bases of a census. A measure that
// cannot be computed has no line.
func (b *builder) measures(it *item) []*document.Figure {
	var out []*document.Figure
	v, m, ind := b.maker(it.ind), &it.r.Measures, it.ind
	add := func(f *document.Figure, tag string) {
		if tag != "" {
			f.Tag = tag
		}
		out = append(out, f)
	}
	if in := m.InPeriod; in != nil && in.From > 1 { // the first period of a year is its cumulative value
		f := v.value("in_period", "当期", indicator.Some(in.Value), "")
		add(f, months(in.From, in.To)+"，推算")
		if in.Growth.OK {
			add(v.percent("in_period_growth", "当期同比", in.Growth, ""), basisName(ind.PriceBasis))
		}
	}
	if c := m.Chain; c != nil {
		switch {
		case c.Growth.OK:
			add(v.percent("chain", "环比", c.Growth, ""), basisName(ind.PriceBasis))
		case c.Change.OK:
			add(v.delta("chain", "比上期", indicator.Some(float64(c.Change.V)), max(1, ind.Decimals), indicator.DifferenceUnit(ind.Unit), ""), "")
		}
	}
	if bo := m.BackOut; bo != nil && (bo.Verdict == indicator.RestatedBase || bo.Verdict == indicator.SuspectBase) {
		add(v.value("implied_base", "公布增速倒推的上年同期", indicator.Some(bo.Implied), ""), bo.Verdict.Name())
	}
	if p := m.Parts; p != nil {
		add(v.delta("own_effect", "自身增长带动", indicator.Some(float64(p.Own)), max(1, ind.Decimals), "个百分点", ""), "")
		add(v.delta("wider_effect", "总体增长影响", indicator.Some(float64(p.Wider)), max(1, ind.Decimals), "个百分点", ""), "")
		for _, n := range p.Needed {
			if n.Wider == 3 || n.Wider == 5 || n.Wider == 8 {
				w := strconv.Itoa(int(n.Wider))
				add(v.percent("needed_at_"+w, "总体年增"+w+"%时自身需年增", indicator.Some(n.Own), ""), "名义")
			}
		}
		if part := b.result[p.Part]; part != nil && part.Period == it.r.Period {
			if c := part.Measures.Contribution; c != nil {
				of := b.maker(b.in.Catalogue.Indicator(p.Part))
				add(of.percent("contribution", "对总体增长的贡献率", indicator.Some(c.Share), ""), "按增速近似")
				add(of.delta("pull", "拉动总体增长", indicator.Some(float64(c.Pull)), 2, "个百分点", ""), "按增速近似")
			}
		}
	}
	if p := m.Pace; p != nil {
		year := strconv.Itoa(it.r.Period.Year()) + "年"
		add(v.percent("year_completion", "年内进度", indicator.Some(p.Completion), ""), year)
		if p.Seasonal.OK {
			add(v.percent("year_seasonal", "年内序时（季节）", p.Seasonal, ""), strconv.Itoa(p.Years)+"年平均")
		}
		add(v.percent("year_linear", "年内序时（线性）", indicator.Some(p.Linear), ""), "")
	}
	if d := m.Days; d != nil {
		f := v.figure("days_left", "年内还可不达标的天数")
		f.Raw, f.Unit, f.Number = float64(d.Left), "天", strconv.Itoa(d.Left)
		add(f, "")
	}
	if c := m.BeforeCensus; c != nil {
		f := v.value("before_census", "普查修订前口径", indicator.Some(c.Value), "")
		if f.Period = span(b.in.Catalogue, ind, c.Period); c.Linked {
			f.Estimate, f.Tag = true, "按"+c.Overlap.Name()+"修订幅度折算"
		}
		add(f, "")
		g := v.delta("before_census_gap", "普查修订前口径的差距", indicator.Some(c.Gap), ind.Decimals, indicator.DifferenceUnit(ind.Unit), "")
		g.Estimate = c.Linked
		add(g, "")
	}
	return out
}

// months is a span of months of a year: 9月, 7—9月.
func months(from, to int) string {
	if from == to {
		return strconv.Itoa(to) + "月"
	}
	return strconv.Itoa(from) + "—" + strconv.Itoa(to) + "月"
}

// basisName is how a growth is labelled (§5.1).
func basisName(p indicator.PriceBasis) string {
	switch p {
	case indicator.Constant:
		return "实际"
	case indicator.Current:
		return "名义"
	}
	return ""
}
