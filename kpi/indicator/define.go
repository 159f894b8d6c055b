package indicator

import (
	"regexp"

	"zhibiao/kpi/definition"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

// What each entry of the definition files is made of. What an entry needs by
// itself is checked here; what it needs of others, in check.go.

var (
	codeForm    = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,31}(\.[A-Z0-9_]{1,16}){1,5}$`)
	targetForm  = regexp.MustCompile(`^[ABCD][0-9]{2}$`)
	ruleForm    = regexp.MustCompile(`^R[0-9]{2,3}$`)
	alertForm   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	areaForm    = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,15}$`)
	versionForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,15}@[0-9]{4}(-[0-9]{2}){0,2}$`)
	factorForm  = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?$`)
)

// formed reads text that must have a form.
func formed(m *definition.Mapping, key string, form *regexp.Regexp, example string) string {
	s := m.Need(key)
	if s != "" && !form.MatchString(s) {
		m.Refuse(key, "yaml-value", s, key+" 的写法不对", "写成 "+example+" 的形式")
		return ""
	}
	return s
}

func (l *loader) readIndicator(m *definition.Mapping) {
	i := Indicator{Code: Code(formed(m, "code", codeForm, "GDP.TOTAL.ALL")), File: l.File, Line: m.Node.Line}
	m.Code = string(i.Code)
	m.Named(m.Code)
	l.unique(m, "code", "指标", m.Code)
	i.Name = m.Need("name")
	i.Kind = definition.Choice(m, "kind", "", Input, Derived, Alias)
	i.Area = AreaID(m.Text("area"))
	i.PeerGroup = m.Text("peer_group")
	i.Direction = direction(m)
	if g := m.Group("series"); g != nil {
		l.readSeries(g, &i)
		g.Done()
	} else if !m.Has("series") {
		m.Missing("series")
	}
	i.Formula = m.Text("formula")
	if n := m.Value("formula"); n != nil {
		i.FormulaAt = l.Inside(n)
	}
	if g := m.Group("alias"); g != nil {
		i.Aliases = make(map[AreaID]Code, len(g.Keys()))
		for _, k := range g.Keys() {
			i.Aliases[AreaID(k.Value)] = Code(g.Need(k.Value))
		}
		i.FormulaAt = m.At("alias")
	}
	i.ShareOf = Code(m.Text("share_of"))
	i.Growth = Code(m.Text("growth"))
	if g := m.Group("filing"); g != nil {
		l.readFiling(g, &i)
		g.Done()
	}
	if i.Necessity == "" {
		i.Necessity = Core
	}
	i.Note = m.Text("note")
	g := m.Group("target")
	if g != nil {
		i.Targets = []Target{l.readTarget(g, &i)}
		g.Done()
	}
	l.cat.Indicators = append(l.cat.Indicators, i)
	l.indicators = append(l.indicators, m)
	l.targets = append(l.targets, g)
}

func direction(m *definition.Mapping) int {
	if definition.Choice(m, "direction", "up", "up", "down") == "down" {
		return -1
	}
	return +1
}

func (l *loader) readSeries(g *definition.Mapping, i *Indicator) {
	i.Unit = g.Need("unit")
	if !g.Has("decimals") {
		g.Missing("decimals")
	}
	i.Decimals = g.Integer("decimals", 0, 8, 0)
	i.Rounding = definition.Choice(g, "rounding", HalfUp, HalfUp, HalfEven, NoRound)
	i.Nature = definition.Choice(g, "nature", "", natures()...)
	if f := definition.Choice(g, "frequency", "", "M", "Q", "H", "A"); f != "" {
		i.Freq = period.Freq(f[0])
	}
	i.PriceBasis = definition.Choice(g, "price_basis", "none", "none", Current, Constant)
	if i.PriceBasis == "none" {
		i.PriceBasis = NoPrice
	}
	if i.GrowthBasis = definition.Choice(g, "growth_basis", "none", "none", Current, Constant); i.GrowthBasis == "none" {
		i.GrowthBasis = i.PriceBasis
	}
	i.Caliber = g.Texts("caliber")
}

// natures are the words a series may have for its nature.
func natures() []Nature {
	return []Nature{
		FlowYTD, StockEnd, CountStock, CountFlowYTD, CountFlowPeriod, CountCum,
		Ratio, CAGR, GrowthRate, DiffPP, Index, Rank, Binary, Magnitude,
	}
}

func (l *loader) readFiling(g *definition.Mapping, i *Indicator) {
	i.Form = g.Need("form")
	i.Filer = g.Texts("filer")
	i.FilerBasis = g.Need("basis")
	i.DataOrigin = g.Need("origin")
	i.Necessity = definition.Choice(g, "necessity", "", Core, Supporting, Evidence, Optional)
	i.Base2022 = g.Boolean("base_2022", false)
	i.Jump, _ = g.Number("jump", 0.1, 10000)
	i.Evidence = g.Boolean("evidence", false)
	if i.Register = definition.Choice(g, "register", "none", "none", RegisterRequired, RegisterOptional); i.Register == "none" {
		i.Register = NoRegister
	}
}

func (l *loader) readTarget(m *definition.Mapping, i *Indicator) Target {
	t := Target{ID: formed(m, "id", targetForm, "A01"), Direction: i.Direction}
	if t.ID != "" {
		t.Tier = t.ID[:1]
		m.What = "目标 " + t.ID
	}
	l.unique(m, "id", "目标", t.ID)
	t.Name = m.Need("name")
	t.Quote = m.Need("quote")
	if g := m.Group("source"); g != nil {
		t.Line = line(g)
		t.Action = g.Integer("action", 1, 99, 0)
		if !g.Has("action") {
			g.Missing("action")
		}
		t.Task = g.Integer("task", 1, 999, 0)
		g.Done()
	} else {
		m.Missing("source")
	}
	if g := m.Group("lead"); g != nil {
		t.Leads = g.Texts("departments")
		t.LeadStatus = leadStatus(g)
		t.LeadTasks = g.Integers("tasks")
		if len(t.Leads) > 0 {
			t.Primary = t.Leads[0] // 首列单位为主责
		}
		g.Done()
	} else {
		m.Missing("lead")
	}
	if g := m.Group("aim"); g != nil {
		l.readAim(g, &t)
		g.Done()
	} else {
		m.Missing("aim")
	}
	t.ScopeBasis = m.Need("scope_basis")
	if !m.Has("scored") {
		m.Missing("scored")
	}
	t.Scored = m.Boolean("scored", false)
	t.Caveat = m.Text("caveat")
	return t
}

func (l *loader) readAim(g *definition.Mapping, t *Target) {
	t.Comparator = definition.Choice(g, "comparator", "", GT, GE, Approx, ByRank, Exists)
	t.Words = g.Need("words")
	t.Value, t.HasValue = g.Number("value", -1e15, 1e15)
	t.Unit = g.Need("unit")
	t.Year = g.Integer("year", 2000, 2199, 0)
	if !g.Has("year") {
		g.Missing("year")
	}
	t.Evaluation = definition.Choice(g, "evaluation", "", Endpoint, Floor, CAGRTarget, Cumulative, Sync, RankTarget)
	if t.Method = definition.Choice(g, "method", "default", "default", StatCanProgress, UNProgress, LinearProgress, PaceProgress); t.Method == "default" {
		t.Method = "" // filled in once the settings are known
	}
	t.Strength = definition.Choice(g, "strength", "", "plain", "力争", "确保")
	if s := g.Group("tolerance"); s != nil {
		t.Tolerance = &Tolerance{Type: definition.Choice(s, "type", "", "band_pp", "order_of_magnitude", "label"), Note: s.Text("note")}
		t.Tolerance.Lower, _ = s.Number("lower", 0, 100)
		if t.Tolerance.Type == "band_pp" && !s.Has("lower") {
			s.Missing("lower")
		}
		s.Done()
	}
}

// line is the line of the plan document that a quote stands on.
func line(m *definition.Mapping) int {
	if !m.Has("line") {
		m.Missing("line")
	}
	return m.Integer("line", 1, 100000, 0)
}

func leadStatus(m *definition.Mapping) string {
	return definition.Choice(m, "status", "", "stated", "inferred", "none_in_text")
}

func (l *loader) readUnit(m *definition.Mapping) {
	u := Unit{Symbol: m.Need("symbol"), Dimension: m.Need("dimension"), Factor: formed(m, "factor", factorForm, `"10000"`)}
	m.Named(u.Symbol)
	u.Whole = m.Boolean("whole", false)
	u.Aliases = m.Texts("aliases")
	l.cat.Units = append(l.cat.Units, u)
	l.units = append(l.units, m)
}

func (l *loader) readArea(m *definition.Mapping) {
	a := Area{ID: AreaID(formed(m, "id", areaForm, "DIR")), Name: m.Need("name"), Note: m.Text("note"), Parent: AreaID(m.Text("parent"))}
	m.Named(string(a.ID))
	l.unique(m, "id", "地区", string(a.ID))
	if a.ID == LJ {
		m.Refuse("id", "area-alias", "LJ", "LJ 不是地区，是由 settings.scope 决定的别名", "用 DIR 或 ALL")
	}
	m.Entries("versions", m.What+" 的版本", func(v *definition.Mapping) {
		av := AreaVersion{
			ID: formed(v, "id", versionForm, "ALL@2023"), From: v.Date("from"), To: v.Date("to"),
			Members: v.Need("members"), Basis: v.Need("basis"),
		}
		if !v.Has("from") {
			v.Missing("from")
		}
		if av.To != "" && av.To < av.From {
			v.Refuse("to", "dates-crossed", av.To, "止日早于起日", "核对 from 和 to")
		}
		if n := len(a.Versions); n > 0 {
			last := a.Versions[n-1]
			if last.To == "" || last.To >= av.From {
				v.Refuse("from", "dates-crossed", av.From, "与前一版本 "+last.ID+" 的有效期重叠", "给前一版本写上 to，早于本版本的 from")
			}
		}
		l.unique(v, "id", "地区版本", av.ID)
		a.Versions = append(a.Versions, av)
	})
	if len(a.Versions) == 0 {
		m.Missing("versions")
	}
	l.cat.Areas = append(l.cat.Areas, a)
	l.areas = append(l.areas, m)
}

func (l *loader) readDepartment(m *definition.Mapping) {
	d := Department{
		Name: m.Need("name"), From: m.Date("from"), To: m.Date("to"),
		Successor: m.Text("successor"), Note: m.Text("note"),
	}
	m.Named(d.Name)
	l.unique(m, "name", "部门", d.Name)
	if d.To != "" && d.To < d.From {
		m.Refuse("to", "dates-crossed", d.To, "止日早于起日", "核对 from 和 to")
	}
	l.cat.Departments = append(l.cat.Departments, d)
	l.departments = append(l.departments, m)
}

func (l *loader) readAction(m *definition.Mapping) {
	a := Action{No: number(m), Name: m.Need("name")}
	l.unique(m, "no", "专项行动", m.Text("no"))
	l.cat.Actions = append(l.cat.Actions, a)
}

// number is the mandatory number of an action or a task.
func number(m *definition.Mapping) int {
	if !m.Has("no") {
		m.Missing("no")
	}
	m.Named(m.Text("no"))
	return m.Integer("no", 1, 999, 0)
}

func (l *loader) readTask(m *definition.Mapping) {
	t := Task{No: number(m), Title: m.Need("title"), Action: m.Integer("action", 1, 99, 0)}
	l.unique(m, "no", "任务", m.Text("no"))
	t.Line = line(m)
	t.Leads, t.LeadStatus = m.Texts("leads"), leadStatus(m)
	if (t.LeadStatus == "stated") != (len(t.Leads) > 0) {
		m.Refuse("leads", "lead-status", "", "status 与 leads 不一致", "原文写明牵头部门时 status: stated 并列出部门；没有时 status: none_in_text 且不写 leads")
	}
	l.cat.Tasks = append(l.cat.Tasks, t)
	l.tasks = append(l.tasks, m)
}

// readRecord reads a direction or a milestone. A direction has a proxy as its
// name; a milestone is named by its quote.
func (l *loader) readRecord(m *definition.Mapping, name string) Record {
	r := Record{ID: m.Need("id"), Quote: m.Need("quote")}
	m.Code = r.ID
	m.Named(r.ID)
	l.unique(m, "id", "记录", r.ID)
	r.Name = r.Quote
	if name != "" {
		r.Name = m.Need(name)
	}
	r.Line = line(m)
	r.Action, r.Task = m.Integer("action", 1, 99, 0), m.Integer("task", 1, 999, 0)
	r.Leads, r.LeadStatus, r.LeadTasks = m.Texts("leads"), leadStatus(m), m.Integers("lead_tasks")
	r.Note = m.Text("note")
	l.records = append(l.records, placedRecord{m, r})
	return r
}

func (l *loader) readFeature(m *definition.Mapping) {
	f := Feature{
		ID: m.Need("id"), Quote: m.Need("quote"), Feature: m.Need("feature"),
		Users: m.Need("users"), Cadence: m.Need("cadence"), Objects: m.Texts("objects"),
	}
	m.Named(f.ID)
	l.unique(m, "id", "过程要求", f.ID)
	f.Paragraph = m.Integer("paragraph", 0, 999, 0)
	l.cat.Features = append(l.cat.Features, f)
}

func (l *loader) readRule(m *definition.Mapping) {
	r := Rule{ID: formed(m, "id", ruleForm, "R06"), File: l.File, Line: m.Node.Line}
	m.Code = r.ID
	m.Named(r.ID)
	l.unique(m, "id", "审核规则", r.ID)
	r.Level = string(definition.Choice(m, "level", "", finding.Mandatory, finding.Plausibility))
	r.Name, r.Text, r.Message, r.Hint = m.Need("name"), m.Need("text"), m.Need("message"), m.Need("hint")
	for _, n := range m.Scalars("exprs") {
		r.Exprs = append(r.Exprs, n.Value)
		r.ExprAt = append(r.ExprAt, l.Inside(n))
	}
	r.Annual = m.Boolean("annual", false)
	r.Rounding = m.Boolean("rounding", false)
	r.Limit, _ = m.Number("limit", 0, 1e9)
	r.Least, _ = m.Number("least", 0, 1e9)
	r.Low, _ = m.Number("low", -100, 1e9)
	r.High, _ = m.Number("high", -100, 1e9)
	if r.High < r.Low {
		m.Refuse("high", "yaml-value", m.Text("high"), "上限小于下限", "核对 low 和 high")
	}
	r.Words = m.Texts("words")
	r.From, r.To = m.Date("from"), m.Date("to")
	if r.To != "" && r.To < r.From {
		m.Refuse("to", "dates-crossed", r.To, "止日早于起日", "核对 from 和 to")
	}
	l.cat.Rules = append(l.cat.Rules, r)
}

// alertKinds are the conditions an alert rule may name; catalogue/alerts.yaml
// says what each means, kpi/alert decides it.
func alertKinds() []string {
	return []string{
		"lamp-red", "lamp-yellow", "floor-broken", "behind-path", "projected-short",
		"projected-unlikely", "growth-negative", "growth-falling", "share-falling", "sync-broken",
		"revision-large", "data-late", "not-computable",
	}
}

func (l *loader) readAlert(m *definition.Mapping) {
	a := AlertRule{ID: formed(m, "id", alertForm, "lamp-red")}
	m.Code = a.ID
	m.Named(a.ID)
	l.unique(m, "id", "预警规则", a.ID)
	a.Name = m.Need("name")
	a.When = definition.Choice(m, "when", "", alertKinds()...)
	a.Level = definition.Choice(m, "level", "", "黄", "橙", "红")
	a.Value, _ = m.Number("value", -1e9, 1e9)
	a.Periods = m.Integer("periods", 1, 120, 1)
	a.Clear = m.Integer("clear", 1, 120, 0)
	a.Escalate = m.Integer("escalate", 1, 120, 0)
	a.Selector = m.Texts("selector")
	a.Place = m.Place(m.Node)
	l.cat.AlertRules = append(l.cat.AlertRules, a)
	l.alerts = append(l.alerts, m)
}

func (l *loader) readSettings(m *definition.Mapping) {
	if l.settings != nil {
		m.RefuseAt(m.Place(m.Node), "duplicate-definition", "", "重复定义", "只保留一处")
		m.Know("scope", "amber_shortfall", "amber_points", "amber_lag", "min_seasonal_years", "min_annual_points", "lamp_method", "mixed_methods")
		return
	}
	l.settings = m
	s := &l.cat.Settings
	s.Scope = AreaID(m.Need("scope"))
	if s.LampMethod = definition.Choice(m, "lamp_method", "default", "default", StatCanProgress, UNProgress, LinearProgress); s.LampMethod == "default" {
		s.LampMethod = ""
	}
	s.MixedMethods = m.Boolean("mixed_methods", false)
	for _, f := range []struct {
		key  string
		high float64
		into *float64
	}{
		{"amber_shortfall", 1, &s.AmberShortfall},
		{"amber_points", 100, &s.AmberPoints},
		{"amber_lag", 100, &s.AmberLag},
	} {
		if !m.Has(f.key) {
			m.Missing(f.key)
		}
		*f.into, _ = m.Number(f.key, 0, f.high)
	}
	for _, f := range []struct {
		key  string
		into *int
	}{
		{"min_seasonal_years", &s.MinSeasonalYears},
		{"min_annual_points", &s.MinAnnualPoints},
	} {
		if !m.Has(f.key) {
			m.Missing(f.key)
		}
		*f.into = m.Integer(f.key, 1, 20, 0)
	}
}
