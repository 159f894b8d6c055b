package indicator

import (
	"regexp"

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
func formed(m *mapping, key string, form *regexp.Regexp, example string) string {
	s := m.need(key)
	if s != "" && !form.MatchString(s) {
		m.refuse(key, "yaml-value", s, key+" 的写法不对", "写成 "+example+" 的形式")
		return ""
	}
	return s
}

func (l *loader) readIndicator(m *mapping) {
	i := Indicator{Code: Code(formed(m, "code", codeForm, "GDP.TOTAL.ALL")), File: l.file, Line: m.node.Line}
	m.code = string(i.Code)
	m.name(m.code)
	l.unique(m, "code", "指标", m.code)
	i.Name = m.need("name")
	i.Kind = choice(m, "kind", "", Input, Derived, Alias)
	i.Area = AreaID(m.text("area"))
	i.PeerGroup = m.text("peer_group")
	i.Direction = direction(m)
	if g := m.group("series"); g != nil {
		l.readSeries(g, &i)
		g.done()
	} else if m.values["series"] == nil {
		m.missing("series")
	}
	i.Formula = m.text("formula")
	if n := m.value("formula"); n != nil {
		i.FormulaAt = l.inside(n)
	}
	if g := m.group("alias"); g != nil {
		i.Aliases = make(map[AreaID]Code, len(g.keys))
		for _, k := range g.keys {
			i.Aliases[AreaID(k.Value)] = Code(g.need(k.Value))
		}
		i.FormulaAt = m.at("alias")
	}
	i.ShareOf = Code(m.text("share_of"))
	i.Growth = Code(m.text("growth"))
	if g := m.group("filing"); g != nil {
		l.readFiling(g, &i)
		g.done()
	}
	if i.Necessity == "" {
		i.Necessity = Core
	}
	i.Note = m.text("note")
	g := m.group("target")
	if g != nil {
		i.Targets = []Target{l.readTarget(g, &i)}
		g.done()
	}
	l.cat.Indicators = append(l.cat.Indicators, i)
	l.indicators = append(l.indicators, m)
	l.targets = append(l.targets, g)
}

func direction(m *mapping) int {
	if choice(m, "direction", "up", "up", "down") == "down" {
		return -1
	}
	return +1
}

func (l *loader) readSeries(g *mapping, i *Indicator) {
	i.Unit = g.need("unit")
	if g.values["decimals"] == nil {
		g.missing("decimals")
	}
	i.Decimals = g.integer("decimals", 0, 8, 0)
	i.Rounding = choice(g, "rounding", HalfUp, HalfUp, HalfEven, NoRound)
	i.Nature = choice(g, "nature", "", natures()...)
	if f := choice(g, "frequency", "", "M", "Q", "H", "A"); f != "" {
		i.Freq = period.Freq(f[0])
	}
	i.PriceBasis = choice(g, "price_basis", "none", "none", Current, Constant)
	if i.PriceBasis == "none" {
		i.PriceBasis = NoPrice
	}
	if i.GrowthBasis = choice(g, "growth_basis", "none", "none", Current, Constant); i.GrowthBasis == "none" {
		i.GrowthBasis = i.PriceBasis
	}
	i.Caliber = g.texts("caliber")
}

// natures are the words a series may have for its nature.
func natures() []Nature {
	return []Nature{
		FlowYTD, StockEnd, CountStock, CountFlowYTD, CountFlowPeriod, CountCum,
		Ratio, CAGR, GrowthRate, DiffPP, Index, Rank, Binary, Magnitude,
	}
}

func (l *loader) readFiling(g *mapping, i *Indicator) {
	i.Form = g.need("form")
	i.Filer = g.texts("filer")
	i.FilerBasis = g.need("basis")
	i.DataOrigin = g.need("origin")
	i.Necessity = choice(g, "necessity", "", Core, Supporting, Evidence, Optional)
	i.Base2022 = g.boolean("base_2022", false)
	i.Jump, _ = g.number("jump", 0.1, 10000)
	i.Evidence = g.boolean("evidence", false)
	if i.Register = choice(g, "register", "none", "none", RegisterRequired, RegisterOptional); i.Register == "none" {
		i.Register = NoRegister
	}
}

func (l *loader) readTarget(m *mapping, i *Indicator) Target {
	t := Target{ID: formed(m, "id", targetForm, "A01"), Direction: i.Direction}
	if t.ID != "" {
		t.Tier = t.ID[:1]
		m.what = "目标 " + t.ID
	}
	l.unique(m, "id", "目标", t.ID)
	t.Name = m.need("name")
	t.Quote = m.need("quote")
	if g := m.group("source"); g != nil {
		t.Line = line(g)
		t.Action = g.integer("action", 1, 99, 0)
		if g.values["action"] == nil {
			g.missing("action")
		}
		t.Task = g.integer("task", 1, 999, 0)
		g.done()
	} else {
		m.missing("source")
	}
	if g := m.group("lead"); g != nil {
		t.Leads = g.texts("departments")
		t.LeadStatus = leadStatus(g)
		t.LeadTasks = g.integers("tasks")
		if len(t.Leads) > 0 {
			t.Primary = t.Leads[0] // 首列单位为主责
		}
		g.done()
	} else {
		m.missing("lead")
	}
	if g := m.group("aim"); g != nil {
		l.readAim(g, &t)
		g.done()
	} else {
		m.missing("aim")
	}
	t.ScopeBasis = m.need("scope_basis")
	if m.values["scored"] == nil {
		m.missing("scored")
	}
	t.Scored = m.boolean("scored", false)
	t.Caveat = m.text("caveat")
	return t
}

func (l *loader) readAim(g *mapping, t *Target) {
	t.Comparator = choice(g, "comparator", "", GT, GE, Approx, ByRank, Exists)
	t.Words = g.need("words")
	t.Value, t.HasValue = g.number("value", -1e15, 1e15)
	t.Unit = g.need("unit")
	t.Year = g.integer("year", 2000, 2199, 0)
	if g.values["year"] == nil {
		g.missing("year")
	}
	t.Evaluation = choice(g, "evaluation", "", Endpoint, Floor, CAGRTarget, Cumulative, Sync, RankTarget)
	if t.Method = choice(g, "method", "default", "default", StatCanProgress, UNProgress, LinearProgress, PaceProgress); t.Method == "default" {
		t.Method = "" // filled in once the settings are known
	}
	t.Strength = choice(g, "strength", "", "plain", "力争", "确保")
	if s := g.group("tolerance"); s != nil {
		t.Tolerance = &Tolerance{Type: choice(s, "type", "", "band_pp", "order_of_magnitude", "label"), Note: s.text("note")}
		t.Tolerance.Lower, _ = s.number("lower", 0, 100)
		if t.Tolerance.Type == "band_pp" && s.values["lower"] == nil {
			s.missing("lower")
		}
		s.done()
	}
}

// line is the line of the plan document that a quote stands on.
func line(m *mapping) int {
	if m.values["line"] == nil {
		m.missing("line")
	}
	return m.integer("line", 1, 100000, 0)
}

func leadStatus(m *mapping) string {
	return choice(m, "status", "", "stated", "inferred", "none_in_text")
}

func (l *loader) readUnit(m *mapping) {
	u := Unit{Symbol: m.need("symbol"), Dimension: m.need("dimension"), Factor: formed(m, "factor", factorForm, `"10000"`)}
	m.name(u.Symbol)
	u.Whole = m.boolean("whole", false)
	u.Aliases = m.texts("aliases")
	l.cat.Units = append(l.cat.Units, u)
	l.units = append(l.units, m)
}

func (l *loader) readArea(m *mapping) {
	a := Area{ID: AreaID(formed(m, "id", areaForm, "DIR")), Name: m.need("name"), Note: m.text("note"), Parent: AreaID(m.text("parent"))}
	m.name(string(a.ID))
	l.unique(m, "id", "地区", string(a.ID))
	if a.ID == LJ {
		m.refuse("id", "area-alias", "LJ", "LJ 不是地区，是由 settings.scope 决定的别名", "用 DIR 或 ALL")
	}
	m.entries("versions", m.what+" 的版本", func(v *mapping) {
		av := AreaVersion{
			ID: formed(v, "id", versionForm, "ALL@2023"), From: v.date("from"), To: v.date("to"),
			Members: v.need("members"), Basis: v.need("basis"),
		}
		if v.values["from"] == nil {
			v.missing("from")
		}
		if av.To != "" && av.To < av.From {
			v.refuse("to", "dates-crossed", av.To, "止日早于起日", "核对 from 和 to")
		}
		if n := len(a.Versions); n > 0 {
			last := a.Versions[n-1]
			if last.To == "" || last.To >= av.From {
				v.refuse("from", "dates-crossed", av.From, "与前一版本 "+last.ID+" 的有效期重叠", "给前一版本写上 to，早于本版本的 from")
			}
		}
		l.unique(v, "id", "地区版本", av.ID)
		a.Versions = append(a.Versions, av)
	})
	if len(a.Versions) == 0 {
		m.missing("versions")
	}
	l.cat.Areas = append(l.cat.Areas, a)
	l.areas = append(l.areas, m)
}

func (l *loader) readDepartment(m *mapping) {
	d := Department{
		Name: m.need("name"), From: m.date("from"), To: m.date("to"),
		Successor: m.text("successor"), Note: m.text("note"),
	}
	m.name(d.Name)
	l.unique(m, "name", "部门", d.Name)
	if d.To != "" && d.To < d.From {
		m.refuse("to", "dates-crossed", d.To, "止日早于起日", "核对 from 和 to")
	}
	l.cat.Departments = append(l.cat.Departments, d)
	l.departments = append(l.departments, m)
}

func (l *loader) readAction(m *mapping) {
	a := Action{No: number(m), Name: m.need("name")}
	l.unique(m, "no", "专项行动", m.text("no"))
	l.cat.Actions = append(l.cat.Actions, a)
}

// number is the mandatory number of an action or a task.
func number(m *mapping) int {
	if m.values["no"] == nil {
		m.missing("no")
	}
	m.name(m.text("no"))
	return m.integer("no", 1, 999, 0)
}

func (l *loader) readTask(m *mapping) {
	t := Task{No: number(m), Title: m.need("title"), Action: m.integer("action", 1, 99, 0)}
	l.unique(m, "no", "任务", m.text("no"))
	t.Line = line(m)
	t.Leads, t.LeadStatus = m.texts("leads"), leadStatus(m)
	if (t.LeadStatus == "stated") != (len(t.Leads) > 0) {
		m.refuse("leads", "lead-status", "", "status 与 leads 不一致", "原文写明牵头部门时 status: stated 并列出部门；没有时 status: none_in_text 且不写 leads")
	}
	l.cat.Tasks = append(l.cat.Tasks, t)
	l.tasks = append(l.tasks, m)
}

// readRecord reads a direction or a milestone. A direction has a proxy as its
// name; a milestone is named by its quote.
func (l *loader) readRecord(m *mapping, name string) Record {
	r := Record{ID: m.need("id"), Quote: m.need("quote")}
	m.code = r.ID
	m.name(r.ID)
	l.unique(m, "id", "记录", r.ID)
	r.Name = r.Quote
	if name != "" {
		r.Name = m.need(name)
	}
	r.Line = line(m)
	r.Action, r.Task = m.integer("action", 1, 99, 0), m.integer("task", 1, 999, 0)
	r.Leads, r.LeadStatus, r.LeadTasks = m.texts("leads"), leadStatus(m), m.integers("lead_tasks")
	r.Note = m.text("note")
	l.records = append(l.records, placedRecord{m, r})
	return r
}

func (l *loader) readFeature(m *mapping) {
	f := Feature{
		ID: m.need("id"), Quote: m.need("quote"), Feature: m.need("feature"),
		Users: m.need("users"), Cadence: m.need("cadence"), Objects: m.texts("objects"),
	}
	m.name(f.ID)
	l.unique(m, "id", "过程要求", f.ID)
	f.Paragraph = m.integer("paragraph", 0, 999, 0)
	l.cat.Features = append(l.cat.Features, f)
}

func (l *loader) readRule(m *mapping) {
	r := Rule{ID: formed(m, "id", ruleForm, "R06"), File: l.file, Line: m.node.Line}
	m.code = r.ID
	m.name(r.ID)
	l.unique(m, "id", "审核规则", r.ID)
	r.Level = string(choice(m, "level", "", finding.Mandatory, finding.Plausibility))
	r.Name, r.Text, r.Message, r.Hint = m.need("name"), m.need("text"), m.need("message"), m.need("hint")
	for _, n := range m.scalars("exprs") {
		r.Exprs = append(r.Exprs, n.Value)
		r.ExprAt = append(r.ExprAt, l.inside(n))
	}
	r.Annual = m.boolean("annual", false)
	r.Rounding = m.boolean("rounding", false)
	r.Limit, _ = m.number("limit", 0, 1e9)
	r.Least, _ = m.number("least", 0, 1e9)
	r.Low, _ = m.number("low", -100, 1e9)
	r.High, _ = m.number("high", -100, 1e9)
	if r.High < r.Low {
		m.refuse("high", "yaml-value", m.text("high"), "上限小于下限", "核对 low 和 high")
	}
	r.Words = m.texts("words")
	r.From, r.To = m.date("from"), m.date("to")
	if r.To != "" && r.To < r.From {
		m.refuse("to", "dates-crossed", r.To, "止日早于起日", "核对 from 和 to")
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

func (l *loader) readAlert(m *mapping) {
	a := AlertRule{ID: formed(m, "id", alertForm, "lamp-red")}
	m.code = a.ID
	m.name(a.ID)
	l.unique(m, "id", "预警规则", a.ID)
	a.Name = m.need("name")
	a.When = choice(m, "when", "", alertKinds()...)
	a.Level = choice(m, "level", "", "黄", "橙", "红")
	a.Value, _ = m.number("value", -1e9, 1e9)
	a.Periods = m.integer("periods", 1, 120, 1)
	a.Clear = m.integer("clear", 1, 120, 0)
	a.Escalate = m.integer("escalate", 1, 120, 0)
	a.Selector = m.texts("selector")
	a.Place = m.place(m.node)
	l.cat.AlertRules = append(l.cat.AlertRules, a)
	l.alerts = append(l.alerts, m)
}

func (l *loader) readSettings(m *mapping) {
	if l.settings != nil {
		m.refuseAt(m.place(m.node), "duplicate-definition", "", "重复定义", "只保留一处")
		m.known = append(m.known, "scope", "amber_shortfall", "amber_points", "amber_lag", "min_seasonal_years", "min_annual_points", "lamp_method", "mixed_methods")
		return
	}
	l.settings = m
	s := &l.cat.Settings
	s.Scope = AreaID(m.need("scope"))
	if s.LampMethod = choice(m, "lamp_method", "default", "default", StatCanProgress, UNProgress, LinearProgress); s.LampMethod == "default" {
		s.LampMethod = ""
	}
	s.MixedMethods = m.boolean("mixed_methods", false)
	for _, f := range []struct {
		key  string
		high float64
		into *float64
	}{
		{"amber_shortfall", 1, &s.AmberShortfall},
		{"amber_points", 100, &s.AmberPoints},
		{"amber_lag", 100, &s.AmberLag},
	} {
		if m.values[f.key] == nil {
			m.missing(f.key)
		}
		*f.into, _ = m.number(f.key, 0, f.high)
	}
	for _, f := range []struct {
		key  string
		into *int
	}{
		{"min_seasonal_years", &s.MinSeasonalYears},
		{"min_annual_points", &s.MinAnnualPoints},
	} {
		if m.values[f.key] == nil {
			m.missing(f.key)
		}
		*f.into = m.integer(f.key, 1, 20, 0)
	}
}
