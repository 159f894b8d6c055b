package indicator

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/kpi/definition"
)

// Dimensions that the natures of series refer to; units.yaml assigns them.
const (
	percentDimension  = "percent"
	pointsDimension   = "points"
	multipleDimension = "multiple"
	indexDimension    = "index"
	rankDimension     = "rank"
)

// checkIndicator checks one indicator against the others and against itself.
func (l *loader) checkIndicator(n int) {
	i, m := &l.cat.Indicators[n], l.indicators[n]
	l.checkArea(i, m)
	u := l.cat.Unit(i.Unit)
	if u == nil && i.Unit != "" {
		l.unknown(m, m.At("series", "unit"), "计量单位", i.Unit, l.unitSymbols)
	}
	if u != nil {
		l.checkMeasure(i, u, m)
	}
	l.checkKind(i, m)
	l.checkLinks(i, m)
	l.checkDepartments(m, m.At("filing", "filer"), i.Filer)
	if t := i.Target(); t != nil {
		l.checkTarget(i, t, u, l.targets[n])
	}
}

func (l *loader) checkArea(i *Indicator, m *definition.Mapping) {
	switch {
	case i.Area == "" && i.PeerGroup == "":
		m.Refuse("area", "yaml-missing-field", "", "缺少 area", "写 area: 代码的后缀；位次和“率先”类指标写 peer_group: 与谁比")
	case i.Area == "" && !i.Nature.Evidence():
		m.Refuse("peer_group", "area-missing", i.PeerGroup, "只有位次、有无类指标可以不写 area", "补上 area")
	case i.Area != "" && i.Area != LJ && l.cat.byArea[i.Area] == nil:
		l.unknown(m, m.At("area"), "地区", string(i.Area), l.areaIDs)
		return
	}
	if code := string(i.Code); i.Area != "" && code != "" {
		if suffix := code[strings.LastIndexByte(code, '.')+1:]; suffix != string(i.Area) {
			m.Refuse("area", "code-area", string(i.Area), "与代码的后缀 "+suffix+" 不一致", "代码以地区结尾："+strings.TrimSuffix(code, suffix)+string(i.Area))
		}
	}
}

// checkMeasure checks unit, nature, decimals and price basis against each other
// (catalogue §1.1, §5.1).
func (l *loader) checkMeasure(i *Indicator, u *Unit, m *definition.Mapping) {
	var want string
	compound := strings.Contains(u.Dimension, "/")
	special := slices.Contains([]string{percentDimension, pointsDimension, multipleDimension, indexDimension, rankDimension}, u.Dimension) || compound
	switch i.Nature {
	case Ratio:
		if u.Dimension != percentDimension && u.Dimension != multipleDimension && !compound {
			want = "%、倍或复合单位"
		}
	case CAGR, GrowthRate:
		if u.Dimension != percentDimension {
			want = "%"
		}
	case DiffPP:
		if u.Dimension != pointsDimension {
			want = "百分点"
		}
	case Index:
		if u.Dimension != indexDimension {
			want = "上年同期=100 一类的指数单位"
		}
	case Rank:
		if u.Dimension != rankDimension {
			want = "位次"
		}
	case CountStock, CountFlowYTD, CountFlowPeriod, CountCum:
		if !u.Whole || u.Dimension == rankDimension {
			want = "家、个、人、天一类的整数单位"
		}
	case FlowYTD, StockEnd, Magnitude:
		if special {
			want = "元、人、辆、吨一类的总量单位"
		}
	case Binary:
		if !u.Whole {
			want = "个"
		}
	}
	if want != "" {
		m.RefuseAt(m.At("series", "unit"), "unit-nature", i.Unit, fmt.Sprintf("性质 %s 与计量单位不符", i.Nature), "单位应是 "+want+"，或核对 nature")
	}
	if u.Whole && i.Decimals != 0 {
		m.RefuseAt(m.At("series", "decimals"), "unit-decimals", "", "计量单位只取整数，小数位应为0", "写 decimals: 0")
	}
	if i.PriceBasis != NoPrice && u.Whole {
		m.RefuseAt(m.At("series", "price_basis"), "price-basis", string(i.PriceBasis), "个数没有价格基础", "删去 price_basis")
	}
}

func (l *loader) checkKind(i *Indicator, m *definition.Mapping) {
	forbid := func(key, why string) {
		if m.Has(key) {
			m.Refuse(key, "kind-mismatch", "", string(i.Kind)+" 不应有 "+key, why)
		}
	}
	require := func(key string) {
		if !m.Has(key) {
			m.Missing(key)
		}
	}
	switch i.Kind {
	case Input:
		require("filing")
		forbid("formula", "由部门填报的指标没有公式；由系统计算的写 kind: derived")
		forbid("alias", "口径别名写 kind: alias")
		if m.Has("filing") && i.Necessity != Optional && len(i.Filer) == 0 {
			m.Refuse("filing", "filer-missing", "", "没有填报单位", "补上 filer；确无单位时写 necessity: optional")
		}
		if i.Nature.Evidence() && !i.Evidence {
			m.RefuseAt(m.At("filing"), "evidence-missing", "", "位次、认定和量级须有佐证材料（R33）", "写 evidence: true")
		}
		if i.Register != NoRegister && !slices.Contains([]Nature{CountStock, CountFlowYTD, CountFlowPeriod}, i.Nature) {
			m.RefuseAt(m.At("filing", "register"), "kind-mismatch", string(i.Register), "只有个数可以附名录", "删去 register")
		}
		if i.Nature.Evidence() && i.Base2022 {
			m.Refuse("filing", "kind-mismatch", "", "位次和佐证类指标没有2022年基数", "删去 base_2022")
		}
	case Derived:
		if i.Formula == "" {
			require("formula")
		}
		forbid("filing", "计算得出的指标不填报；由部门填报的写 kind: input")
		forbid("alias", "口径别名写 kind: alias")
	case Alias:
		require("alias")
		forbid("filing", "别名不填报")
		forbid("formula", "别名指向的代码写在 alias 里")
		l.checkAlias(i, m)
	}
}

func (l *loader) checkAlias(i *Indicator, m *definition.Mapping) {
	for _, area := range slices.Sorted(maps.Keys(i.Aliases)) {
		code := i.Aliases[area]
		at := m.At("alias", string(area))
		to := l.cat.byCode[code]
		switch {
		case l.cat.byArea[area] == nil:
			m.RefuseAt(m.At("alias"), "unknown-reference", string(area), "没有这个地区", "键写地区，如 DIR、ALL")
		case to == nil:
			if code != "" {
				l.unknown(m, at, "指标", string(code), l.codes)
			}
		case to.Kind == Alias:
			m.RefuseAt(at, "alias-chain", string(code), "别名不能指向别名", "直接写出所指的指标")
		case to.Area != area || to.Unit != i.Unit || to.Nature != i.Nature || to.Freq != i.Freq:
			m.RefuseAt(at, "alias-mismatch", string(code), "所指指标的地区、单位、性质或频率与别名不一致", "别名和所指指标的 series 要相同，地区要与键相同")
		}
	}
	if s := l.cat.Settings.Scope; s != "" && len(i.Aliases) > 0 && i.Aliases[s] == "" {
		m.Refuse("alias", "alias-scope", "", "没有写明口径 "+string(s)+" 时指向哪个指标", "补上 "+string(s)+": 代码，或改 settings.scope")
	}
}

func (l *loader) checkLinks(i *Indicator, m *definition.Mapping) {
	if i.ShareOf != "" {
		whole := l.cat.byCode[i.ShareOf]
		switch {
		case whole == nil:
			l.unknown(m, m.At("share_of"), "指标", string(i.ShareOf), l.codes)
		case i.ShareOf == i.Code:
			m.Refuse("share_of", "share-self", string(i.ShareOf), "不能占自身的比重", "写更大的总体")
		default:
			a, b := l.cat.Unit(i.Unit), l.cat.Unit(whole.Unit)
			if a != nil && b != nil && a.Dimension != b.Dimension {
				m.Refuse("share_of", "share-unit", string(i.ShareOf), "与总体的计量单位不可比："+i.Unit+"、"+whole.Unit, "分子分母应是同一量纲")
			}
		}
	}
	if i.Growth != "" {
		g := l.cat.byCode[i.Growth]
		switch {
		case g == nil:
			l.unknown(m, m.At("growth"), "指标", string(i.Growth), l.codes)
		case g.Nature != GrowthRate:
			m.Refuse("growth", "growth-nature", string(i.Growth), "所指指标不是增速", "写性质为 growth_rate 的指标")
		}
	}
}

func (l *loader) checkTarget(i *Indicator, t *Target, u *Unit, m *definition.Mapping) {
	if m == nil {
		return
	}
	l.position(m, m.At("source"), m.At("lead"), t.Action, t.Task, t.Leads, t.LeadStatus, t.LeadTasks)
	if t.Action == 0 && m.Has("source") {
		m.Refuse("source", "plan-position", "", "没有写明在哪个专项行动之下", "补上 action")
	}
	unit := l.cat.Unit(t.Unit)
	switch {
	case t.Unit == "":
	case unit == nil:
		l.unknown(m, m.At("aim", "unit"), "计量单位", t.Unit, l.unitSymbols)
	case u != nil && unit != u:
		m.RefuseAt(m.At("aim", "unit"), "target-unit", t.Unit, "与指标的计量单位 "+i.Unit+" 不同", "目标值换算成指标的单位")
	}
	if !t.HasValue && t.Comparator != ByRank && t.Comparator != "" {
		m.RefuseAt(m.At("aim"), "yaml-missing-field", "", "没有目标值", "补上 value；只有位次类目标可以没有数")
	}
	if (t.Tolerance != nil) != (t.Comparator == Approx) && (t.Evaluation != Sync || t.Tolerance == nil) && t.Comparator != "" {
		m.RefuseAt(m.At("aim"), "target-tolerance", "", "容差与比较方式不符", "approx 必须写 tolerance；其他比较方式（同步除外）不写")
	}
	if t.Scored && !t.HasValue {
		m.Refuse("scored", "target-scored", "", "没有目标值的目标不能评分", "写 scored: false")
	}
	want := map[Evaluation]bool{
		RankTarget: t.Comparator == ByRank || t.Comparator == Exists,
		CAGRTarget: i.Nature == CAGR,
		Cumulative: i.Nature == CountCum,
		Sync:       i.Nature == DiffPP,
	}
	if ok, special := want[t.Evaluation]; special && !ok || !special && i.Nature == Rank {
		m.RefuseAt(m.At("aim", "evaluation"), "target-evaluation", string(t.Evaluation), fmt.Sprintf("评价方式与性质 %s、比较方式 %s 不符", i.Nature, t.Comparator), "年均增长用 cagr_2022_2027，累计新增用 cumulative_since_2023，同步用 sync_each_year，位次和有无用 rank")
	}
	l.checkMethod(i, t, m)
	if t.Year != 0 && (t.Year < 2023 || t.Year > 2050) {
		m.RefuseAt(m.At("aim", "year"), "yaml-value", "", "目标年份不在规划期内", "写 2027")
	}
}

// checkMethod refuses a declared lamp method that has no meaning for its target,
// and one that its board does not share (invariant 8).
func (l *loader) checkMethod(i *Indicator, t *Target, m *definition.Mapping) {
	if t.Method == "" {
		return
	}
	at := m.At("aim", "method")
	switch {
	case t.Evaluation != Endpoint && t.Evaluation != Cumulative:
		m.RefuseAt(at, "target-method", string(t.Method), "评价方式 "+string(t.Evaluation)+" 有自己的评灯方法", "删去 method；只有 endpoint_2027 和 cumulative_since_2023 可以另选")
	case t.Method == PaceProgress && (i.Nature != FlowYTD || i.Direction < 0):
		m.RefuseAt(at, "target-method", string(t.Method), "序时增速法只适用于越大越好的年内累计总量", "比率和个数写 linear-progress@1")
	case t.Scored && t.Method != l.cat.Settings.LampMethod && !l.cat.Settings.MixedMethods:
		m.RefuseAt(at, "target-method", string(t.Method), "评灯方法与其他目标不同，灯色不可同板比较", "整板换方法的，在 settings 写 lamp_method；确需混用的，写 mixed_methods: true")
	}
}
