package ingest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/ingest"
	"zhibiao/ingest/form"
	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

// A verdictRow is one check as the issued sheet computed it.
type verdictRow struct{ code, rule, level, expr, state, text, wait string }

// verdicts reads the checks of the hidden sheet.
func verdicts(t *testing.T, book *workbook.Book) (all []verdictRow) {
	t.Helper()
	s := book.Sheet("参照")
	if s == nil || !s.Hidden {
		t.Fatal("no hidden sheet 参照")
	}
	for row := 2; ; row++ {
		at := func(col int) string { return s.Cell(workbook.Ref{Col: col, Row: row}).Text }
		if at(7) == "" {
			return all
		}
		all = append(all, verdictRow{at(6), at(7), at(8), at(9), at(10), at(12), at(13)})
	}
}

// left reports whether a cell holds a text that is a number to the system and
// left to it by the sheet: 4.53*, １８.
func (c *clerk) left(cell string, out *ingest.Outcome) bool {
	if _, text := c.typed[cell].(string); !text {
		return false
	}
	for _, l := range out.Return.Lines {
		for _, d := range l.Data {
			if d.Cell == cell && d.Number.Present() {
				return true
			}
		}
	}
	return false
}

// expected computes what a relation should say, from what the system read: ""
// when that is not known in the sheet. Unread tells that the system knows more.
func (c *clerk) expected(t *testing.T, v verdictRow, out *ingest.Outcome) (state string, unread bool) {
	t.Helper()
	cat := definitions().Catalogue
	e, err := formula.Parse(v.expr)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := c.period.As(formula.Freq(e, cat.Indicator))
	if !ok {
		t.Fatalf("%s is not asked of %s", v.expr, c.period)
	}
	filed := false // the form has a figure of its own
	var operand formula.Read
	operand = func(code indicator.Code, p period.Period) (formula.Operand, bool) {
		ind := cat.Indicator(code)
		if ind.Kind != indicator.Input {
			made, err := formula.Parse(ind.Formula)
			if err != nil {
				t.Fatal(err)
			}
			if ind.Kind == indicator.Alias {
				return operand(indicator.Code(ind.Formula), p)
			}
			n := formula.Eval(made, p, formula.Resolve(p, cat.Indicator, operand))
			o := formula.Computed(p, n.Value.V, nil)
			o.Without = n.Without
			return o, n.Value.OK
		}
		for _, o := range out.Observations {
			if o.Code != code || o.Measure != indicator.ValueMeasure || o.Period.End != p.End {
				continue
			}
			unread = unread || c.left(o.Cell, out)
			ok := o.Value.Valid || o.Status == indicator.NotSignificant
			filed = filed || ok
			if o.Status == indicator.CannotExist {
				return formula.CannotExist(p, nil), false
			}
			return formula.Filed(p, o.Value.Decimal, nil), ok
		}
		if slices.ContainsFunc(c.rows(), func(r form.Row) bool { return r.Code == code }) && p.End == c.period.End {
			unread = true // refused by R04: the system takes what was accepted before
			return formula.Operand{}, false
		}
		n, ok := c.past.value(code, p.End)
		if ok && n.Absent == indicator.CannotExist {
			return formula.CannotExist(p, nil), false
		}
		return formula.Filed(p, n.Value, nil), ok && (n.Present() || n.Absent == indicator.NotSignificant)
	}
	node := formula.Eval(e, p, formula.Resolve(p, cat.Indicator, operand))
	holds, known := node.Verdict()
	if known && !holds && v.rule == "R30" { // one part, two printed decimals: half of the last place
		holds = math.Abs(node.Children[0].Value.V-node.Children[1].Value.V) <= 0.005000001
	}
	switch {
	case !known || !filed || unread: // older figures do not stand for the form's own
		return "", unread
	case holds:
		return "1", false
	}
	return "0", false
}

// conforms compares the sheet's verdicts with the system's.
func (c *clerk) conforms(t *testing.T, data []byte, count map[string]int) {
	t.Helper()
	book, _ := workbook.Open("表.xlsx", data, workbook.DefaultLimits())
	if book == nil {
		t.Fatal("unreadable")
	}
	out := c.process(data)
	rules := definitions().Catalogue.Rules
	headers := map[string]form.Kind{}
	for _, column := range c.form.Edition(c.period).Columns {
		headers[column.Header[len(column.Header)-1]] = column.Kind
	}
	var want, got []string // mandatory failures
	relations, unjudged := map[string]bool{}, map[string]bool{}
	all := verdicts(t, book)
	for _, v := range all {
		i := slices.IndexFunc(rules, func(r indicator.Rule) bool { return r.ID == v.rule })
		if i < 0 || finding.Severity(rules[i].Level).Name() != v.level {
			t.Fatalf("%s is %s in the sheet", v.rule, v.level)
		}
		if len(rules[i].Exprs) > 0 {
			relations[v.rule+" "+v.expr] = true
			state, unread := c.expected(t, v, &out)
			if state != v.state {
				t.Errorf("%s %s = %q in the sheet, %q by Eval", v.rule, v.expr, v.state, state)
			}
			for _, code := range append(refs(t, v.expr), indicator.Code(v.code)) {
				unjudged[v.rule+" "+string(code)] = unjudged[v.rule+" "+string(code)] || unread
			}
			count[v.rule+" "+v.state]++
			if v.state == "0" && v.level == finding.Mandatory.Name() {
				got = append(got, v.rule+" "+v.code)
			}
			continue
		}
		count[v.rule+" "+v.state]++
		place := v.expr // of the foot
		if v.code != "" {
			place = c.cells[v.code+" "+string(headers[v.expr])]
		}
		unjudged[v.rule+" "+place] = v.state == ""
		if v.state == "0" {
			got = append(got, v.rule+" "+place)
		}
	}
	for _, f := range out.Findings {
		if f.Severity != finding.Mandatory {
			continue
		}
		switch i := slices.IndexFunc(rules, func(r indicator.Rule) bool { return r.ID == f.Rule }); {
		case unjudged[f.Rule+" "+f.Place.Cell] || unjudged[f.Rule+" "+f.Code]: // left to the system
		case f.Rule == "R04" || f.Rule == "R05" || f.Rule == "R28":
			want = append(want, f.Rule+" "+f.Place.Cell)
		case f.Rule == "R01":
			want = append(want, f.Rule+" "+f.Label)
		case i >= 0 && len(rules[i].Exprs) > 0:
			want = append(want, f.Rule+" "+f.Code)
		}
	}
	got = slices.DeleteFunc(got, func(s string) bool { return unjudged[s] })
	slices.Sort(want)
	slices.Sort(got)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("mandatory failures (-system +sheet):\n%s", d)
	}
	c.asked(t, relations)
	c.shown(t, book, all)
}

// refs are the filed series that a relation comes down to.
func refs(t *testing.T, src string) (codes []indicator.Code) {
	t.Helper()
	e, err := formula.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range formula.Refs(e) {
		if ind := definitions().Catalogue.Indicator(code); ind.Kind != indicator.Input {
			codes = append(codes, refs(t, ind.Formula)...) // an alias is the formula of one code
			continue
		}
		codes = append(codes, code)
	}
	return codes
}

// asked checks that the relations in the sheet are those that the system asks of
// the form.
func (c *clerk) asked(t *testing.T, relations map[string]bool) {
	t.Helper()
	cat := definitions().Catalogue
	want := map[string]bool{}
	for _, r := range cat.Rules {
		for _, src := range r.Exprs {
			e, err := formula.Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			p, ok := c.period.As(formula.Freq(e, cat.Indicator))
			if !ok || !r.InForce(c.period) || r.Annual && p.LastMonth() != 12 {
				continue
			}
			own := slices.ContainsFunc(refs(t, src), func(code indicator.Code) bool {
				return slices.ContainsFunc(c.rows(), func(r form.Row) bool { return r.Code == code })
			})
			if own {
				want[r.ID+" "+e.String()] = true
			}
		}
	}
	if d := gocmp.Diff(want, relations); d != "" {
		t.Errorf("relations (-asked +in the sheet):\n%s", d)
	}
}

// shown checks the 审核 column and the line above the table.
func (c *clerk) shown(t *testing.T, book *workbook.Book, all []verdictRow) {
	t.Helper()
	s := book.Sheet(c.form.Number)
	col := len(c.form.Edition(c.period).Columns) + 1
	mandatory, plausibility := 0, 0
	for _, v := range all {
		if v.state == "0" && v.level == finding.Mandatory.Name() {
			mandatory++
		} else if v.state == "0" {
			plausibility++
		}
	}
	for _, r := range c.rows() {
		var failed []string
		want := "✓ 通过"
		waits := false
		for _, v := range all {
			switch {
			case v.code != string(r.Code):
			case v.state == "0":
				failed = append(failed, v.text)
			case v.state == "" && !waits:
				want, waits = v.wait, true
			}
		}
		at, _ := workbook.ParseRef(c.cells[string(r.Code)+" "+string(form.ValueColumn)])
		value := s.Cell(at)
		switch {
		case len(failed) > 1:
			want = fmt.Sprintf("%s（等%d处）", failed[0], len(failed))
		case len(failed) == 1:
			want = failed[0]
		case value.Kind == workbook.Blank || strings.TrimSpace(value.Text) == "":
			want = "未填"
		}
		if got := s.Cell(workbook.Ref{Col: col, Row: at.Row}).Text; got != want {
			t.Errorf("审核 of %s: %q, want %q", r.Code, got, want)
		}
	}
	want := "强制性审核没有发现问题，可以报送"
	if mandatory > 0 {
		want = fmt.Sprintf("本表还有 %d 处强制性问题，改好后再报送", mandatory)
	}
	if plausibility > 0 {
		want += fmt.Sprintf("；有 %d 处须在“说明”栏写明原因", plausibility)
	}
	if got := s.Cell(workbook.Ref{Col: 1, Row: 7}).Text; got != want {
		t.Errorf("line: %q, want %q", got, want)
	}
}

// The checks compiled into the issued form say what the system says: of complete
// forms, and of forms filled with passing, failing, absent and unreadable cells.
func TestTheSheetAndTheSystemReachTheSameVerdicts(t *testing.T) {
	dir := t.TempDir()
	var clerks []*clerk
	var names []string
	add := func(c *clerk) {
		clerks = append(clerks, c)
		names = append(names, fmt.Sprintf("%03d.xlsx", len(clerks)))
		c.save(filepath.Join(dir, names[len(names)-1]))
	}
	rnd := rand.New(rand.NewPCG(101, 35))
	cat := definitions().Catalogue
	for _, x := range [][3]string{
		{"双城101表", "2026-Q3", "经济运行局"},
		{"双城101表", "2025-Q4", "经济运行局"},
		{"双城102表", "2025", "经济运行局"},
		{"双城103表", "2026-H1", "经济运行局"},
		{"双城201表", "2026-09", "产业促进局"},
		{"双城201表", "2025", "产业促进局"},
		{"双城202表", "2025-Q4", "产业促进局"},
		{"双城202表", "2026-Q3", "产业促进局"},
		{"双城203表", "2025-H2", "产业促进局"},
		{"双城203表", "2025", "产业促进局"},
		{"双城204表", "2026-H1", "产业促进局"},
		{"双城402表", "2026-Q3", "科技创新局"},
		{"双城501表", "2026-01", "生态环境分局"},
		{"双城501表", "2026-09", "生态环境分局"},
		{"双城501表", "2025", "生态环境分局"},
		{"双城701表", "2026-09", "自贸办"},
		{"双城801表", "2026-Q3", "社会保障局"},
		{"双城802表", "2025-H2", "社会保障局"},
		{"双城900表", "2022", "经济运行局"},
		{"双城900表", "2022", "生态环境分局"},
	} {
		if x[1] == "2025" {
			add(newClerk(t, x[0], x[1], x[2], nil)) // nothing typed
		}
		complete := newClerk(t, x[0], x[1], x[2], nil)
		complete.complete()
		add(complete)
		for range 3 {
			c := newClerk(t, x[0], x[1], x[2], before(rnd, cat, period.MustParse(x[1])))
			c.careless(rnd)
			add(c)
		}
	}
	end := func(p string) int { return period.MustParse(p).End }
	for _, x := range []struct {
		number, p, department string
		past                  past
		code                  indicator.Code
		values                []any
	}{
		{"双城101表", "2026-Q3", "经济运行局", nil, "VA.FIN.LJ", []any{1800.0, 1800.01}},
		{"双城201表", "2026-09", "产业促进局", nil, "AUTO.GOV.LJ", []any{600.0, 599.99}},
		{"双城201表", "2025", "产业促进局", past{series("VA.MFG.LJ", end("2025")): "250"}, "IND.VA_ADS.LJ", []any{200.0, 199.99, "…"}},
		{"双城501表", "2026-09", "生态环境分局", nil, "AIR.VALIDDAYS.LJ", []any{273.0, 274.0}},
		{"双城103表", "2026-H1", "经济运行局", nil, "FUND.SCC500.PAIDIN.JOINT", []any{200.005, 200.0051}},
		{"双城201表", "2026-09", "产业促进局", nil, "NEV.OUTPUT.LJ", []any{1.5, 130.0}},
		{"双城202表", "2025-Q4", "产业促进局", nil, "SW.EMP.LJ", []any{2.5, 50.0, 50.1}},
		{"双城402表", "2026-Q3", "科技创新局", nil, "HTE.N.LJ", []any{200.0, 201.0}},
		{"双城501表", "2026-09", "生态环境分局", past{series("AIR.GOODDAYS.LJ", end("2026-08")): "28", series("AIR.VALIDDAYS.LJ", end("2026-08")): "…"}, "AIR.GOODDAYS.LJ", []any{28.0, 27.0, "…", "—"}},
		{"双城701表", "2026-09", "自贸办", nil, "FDI.ACTUAL.LJ", []any{6.25, 6.26}},
		{"双城801表", "2026-Q3", "社会保障局", past{series("PENSION.ELIGIBLE.LJ", end("2025")): "300.1"}, "PENSION.INSURED.LJ", []any{300.1, 300.11}},
	} {
		for _, v := range x.values {
			c := newClerk(t, x.number, x.p, x.department, x.past)
			c.complete()
			c.enter(x.code, form.ValueColumn, v)
			add(c)
		}
	}
	out := resaved(t, dir, names)
	count := map[string]int{}
	for i, c := range clerks {
		t.Run(fmt.Sprintf("%s %s %s", names[i], c.form.Number, c.period), func(t *testing.T) {
			c.conforms(t, read(t, filepath.Join(out, names[i])), count)
		})
	}
	for _, want := range []string{
		"R01 0", "R01 1", "R04 0", "R04 1", "R04 ", "R05 0", "R05 1", "R28 0", "R28 1", "R06 0", "R06 1", "R06 ", "R07 0", "R07 1", "R07 ", "R08 0", "R08 1",
		"R09 0", "R09 1", "R09 ", "R10 0", "R10 1", "R11 0", "R11 1", "R12 0", "R12 1", "R12 ", "R13 0", "R13 1", "R14 0", "R14 1", "R14 ",
		"R16 0", "R16 1", "R17 0", "R17 1", "R18 0", "R18 1", "R24 0", "R24 1", "R25 0", "R25 1", "R26 0", "R26 1", "R30 0", "R30 1",
	} {
		if count[want] == 0 {
			t.Errorf("no check came out as %q: the test does not ask", want)
		}
	}
	t.Logf("%d sheets, %v", len(clerks), count)
}

// before is what other returns said: of some series, at the periods that a check
// of p may look at.
func before(rnd *rand.Rand, cat *indicator.Catalogue, p period.Period) past {
	h := past{}
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		if ind.Kind != indicator.Input {
			continue
		}
		for end := p.End - 24; end <= p.End; end++ {
			if _, ok := period.EndingIn(ind.Freq, end); ok && rnd.IntN(5) > 0 {
				h[series(ind.Code, end)] = around(rnd, ind.Code)
			}
		}
	}
	return h
}

// around is a figure near the usual one.
func around(rnd *rand.Rand, code indicator.Code) string {
	v := decimal.NewFromInt(10)
	switch u := usual[code].(type) {
	case float64:
		v = decimal.NewFromFloat(u)
	case int:
		v = decimal.NewFromInt(int64(u))
	}
	switch rnd.IntN(8) {
	case 0:
		return "…"
	case 1:
		return "—"
	case 2:
		return v.Add(decimal.RequireFromString("0.000001")).String()
	}
	return v.Mul(decimal.NewFromInt(int64(rnd.IntN(5)))).Div(decimal.NewFromInt(2)).Round(2).String()
}

// careless types into the form what people type: much of it wrong.
func (c *clerk) careless(rnd *rand.Rand) {
	odd := []any{"…", "—", "...", "-", "", "   ", "abc", "5亿元", "4.53*", "１８", "1,234.5", "无", "……", "+", true, -1.0, 2.5, 0.0, 0.1234567, 1e13, 999999999999.5, 1e-6, "#"}
	write := func(r *form.Row, k form.Kind) {
		switch n := rnd.IntN(10); {
		case n == 0:
			return
		case n <= 2:
			c.enter(r.Code, k, odd[rnd.IntN(len(odd))])
		case n <= 6:
			c.enter(r.Code, k, figure(r))
		default:
			text := around(rnd, r.Code)
			if v, err := strconv.ParseFloat(text, 64); err == nil {
				c.enter(r.Code, k, v)
			} else {
				c.enter(r.Code, k, text)
			}
		}
	}
	for _, r := range c.rows() {
		for _, k := range []form.Kind{form.ValueColumn, form.YearAgoColumn, form.GrowthColumn} {
			if r.Takes(k.Measure()) {
				write(&r, k)
			}
		}
		if len(r.Calibers) > 0 {
			c.enter(r.Code, form.CaliberColumn, []string{"", r.Calibers[0], r.Calibers[0], "口径甲"}[rnd.IntN(4)])
		}
	}
	c.sign(c.reported().Format("2006年1月2日"))
	for _, name := range []string{"FOOT_UNIT_HEAD", "FOOT_STAT_HEAD", "FOOT_FILLED_BY", "FOOT_TELEPHONE", "FOOT_REPORTED_ON"} {
		if rnd.IntN(4) == 0 {
			c.named(name, "")
		}
	}
}
