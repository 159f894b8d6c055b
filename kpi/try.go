package kpi

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/formula"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
	"zhibiao/kpi/script"
)

// Try runs a test script beside the catalogue and puts what came out into its
// Wants. Every figure is computed twice, by the SQL of the engine and step by
// step; that the two differ is an error of ours. What is wrong with the script or
// its definitions is in the list, and then nothing was run. The connection gets a
// temporary table; nothing else is read or written.
func (p *Plan) Try(ctx context.Context, conn *sql.Conn, f *script.File) (finding.List, error) {
	t := &trial{
		plan: p, conn: conn, name: f.Name,
		self: make(map[indicator.Code]*indicator.Indicator), defined: make(map[indicator.Code]formula.Expr),
		facts: make(map[seriesKey]map[int]script.Value), found: f.Found,
	}
	evals := t.prepare(f)
	if len(t.found) > 0 {
		t.found.Sort()
		return t.found, nil
	}
	var batch []*evaluation // the evals between two changes of what is loaded
	flush := func() error {
		defer func() { batch = nil }()
		return t.run(ctx, batch)
	}
	for _, step := range f.Steps {
		switch step := step.(type) {
		case *script.Load, *script.Clear:
			if err := flush(); err != nil {
				return nil, fmt.Errorf("test %s: %w", f.Name, err)
			}
			t.load(step)
		case *script.Eval:
			batch = append(batch, evals[step])
		}
	}
	if err := flush(); err != nil {
		return nil, fmt.Errorf("test %s: %w", f.Name, err)
	}
	return nil, nil
}

// A trial is one script under way.
type trial struct {
	plan    *Plan
	conn    *sql.Conn
	name    string
	self    map[indicator.Code]*indicator.Indicator // what the script defines
	defined map[indicator.Code]formula.Expr         // its formulas; an input has none
	facts   map[seriesKey]map[int]script.Value      // by the end of the period
	found   finding.List
}

type seriesKey struct {
	code indicator.Code
	area indicator.AreaID
}

// An evaluation is an eval with its formula parsed.
type evaluation struct {
	*script.Eval
	expr formula.Expr
}

func (t *trial) lookup(code indicator.Code) *indicator.Indicator {
	if ind := t.self[code]; ind != nil {
		return ind
	}
	return t.plan.Catalogue.Indicator(code)
}

// expr is the formula of a code; nil for inputs.
func (t *trial) expr(code indicator.Code) formula.Expr {
	if t.self[code] != nil {
		return t.defined[code]
	}
	return t.plan.exprs[code]
}

func (t *trial) report(line, col int, message, hint string) {
	t.found = append(t.found, finding.Finding{
		Rule: "test-script", Severity: finding.Mandatory, Message: message, Hint: hint,
		Place: finding.Place{File: t.name, Line: line, Column: col},
	})
}

// problems reports what is wrong with a formula that begins in a column.
func (t *trial) problems(line, col int, list []formula.Problem) {
	for _, p := range list {
		t.report(line, col+p.Col-1, p.Message, p.Hint)
	}
}

// prepare checks everything that a script says before any of it is run. The
// definitions count for the whole script, wherever they stand.
func (t *trial) prepare(f *script.File) map[*script.Eval]*evaluation {
	var defines []*script.Define
	for _, step := range f.Steps {
		if d, ok := step.(*script.Define); ok {
			if t.self[d.Code] != nil {
				t.report(d.Line, 1, fmt.Sprintf("“%s”定义了两次", d.Code), "一个文件里一个代码只定义一次")
				continue
			}
			defines = append(defines, d)
			t.self[d.Code] = t.indicator(d)
		}
	}
	for _, d := range defines {
		if d.Formula != "" {
			t.define(d)
		}
	}
	if len(t.found) == 0 {
		t.order(defines)
	}
	evals := make(map[*script.Eval]*evaluation)
	for _, step := range f.Steps {
		switch step := step.(type) {
		case *script.Load:
			t.checkLoad(step)
		case *script.Eval:
			evals[step] = t.checkEval(step)
		}
	}
	return evals
}

// indicator is what a define makes, the rest as the catalogue says.
func (t *trial) indicator(d *script.Define) *indicator.Indicator {
	ind := indicator.Indicator{Code: d.Code}
	if known := t.plan.Catalogue.Indicator(d.Code); known != nil {
		ind = *known
	} else if d.Unit == "" || d.Nature == "" || d.Freq == 0 {
		t.report(d.Line, 1, fmt.Sprintf("指标目录里没有“%s”，须写明 unit、nature、freq", d.Code), "如 unit=亿元 nature=flow_ytd freq=Q")
	}
	if d.Unit != "" {
		if ind.Unit = d.Unit; t.plan.Catalogue.Unit(d.Unit) == nil {
			t.report(d.Line, 1, fmt.Sprintf("没有计量单位“%s”", d.Unit), "用计量单位表中的单位，复合单位如 万元/辆")
		}
	}
	if d.Nature != "" {
		ind.Nature = d.Nature
	}
	if d.Freq != 0 {
		ind.Freq = d.Freq
	}
	if d.Basis != "" {
		ind.PriceBasis = d.Basis
	}
	if d.Area != "" {
		ind.Area = d.Area
	} else if ind.Area == "" {
		ind.Area = indicator.LJ
		if i := strings.LastIndexByte(string(d.Code), '.'); t.plan.Catalogue.Area(indicator.AreaID(d.Code[i+1:])) != nil {
			ind.Area = indicator.AreaID(d.Code[i+1:])
		}
	}
	if t.plan.Catalogue.Area(ind.Area) == nil {
		t.report(d.Line, 1, fmt.Sprintf("没有地区“%s”", ind.Area), "用指标目录中的地区，如 ALL、DIR、MUA、CQ")
	}
	ind.Formula = d.Formula
	return &ind
}

func (t *trial) define(d *script.Define) {
	e, err := formula.Parse(d.Formula)
	if se, ok := errors.AsType[*formula.SyntaxError](err); ok {
		t.report(d.Line, d.Col+se.Col-1, se.Message, se.Hint)
		return
	}
	list := formula.Check(e, t.self[d.Code], t.lookup, t.plan.Catalogue.Unit)
	t.problems(d.Line, d.Col, append(list, formula.Overlaps(e, t.lookup, t.plan.Catalogue.Area)...))
	t.defined[d.Code] = e
}

// order reports definitions that go round.
func (t *trial) order(defines []*script.Define) {
	all := maps.Clone(t.plan.exprs)
	for _, d := range defines {
		if delete(all, d.Code); t.defined[d.Code] != nil {
			all[d.Code] = t.defined[d.Code]
		}
	}
	_, err := formula.Levels(all)
	if cycle, ok := errors.AsType[*formula.CycleError](err); ok {
		at := slices.IndexFunc(defines, func(d *script.Define) bool { return slices.Contains(cycle.Codes, d.Code) })
		t.report(defines[max(at, 0)].Line, 1, "公式互相引用成环："+err.Error(), "打断其中一处引用")
	}
}

func (t *trial) checkLoad(l *script.Load) {
	ind := t.lookup(l.Code)
	switch {
	case ind == nil:
		t.report(l.Line, 1, fmt.Sprintf("没有指标“%s”", l.Code), "核对代码，或用 define 定义它")
	case t.expr(l.Code) != nil:
		t.report(l.Line, 1, fmt.Sprintf("“%s”由公式算出，不能填报", l.Code), "填报它的组成指标；或写一行不带公式的 define，把它当作填报指标")
	case l.Area != "" && t.plan.Catalogue.Area(l.Area) == nil:
		t.report(l.Line, 1, fmt.Sprintf("没有地区“%s”", l.Area), "用指标目录中的地区，如 ALL、DIR、MUA、CQ")
	case len(l.Values) > 0 && l.Values[0].Period.Freq != ind.Freq:
		t.report(l.Line, 1, fmt.Sprintf("“%s”是%s，期别“%s”不对", l.Code, ind.Freq.Name(), l.Values[0].Period), "期别按指标自己的频率写")
	}
}

func (t *trial) checkEval(e *script.Eval) *evaluation {
	expr, err := formula.Parse(e.Formula)
	if se, ok := errors.AsType[*formula.SyntaxError](err); ok {
		t.report(e.Line, e.Col+se.Col-1, se.Message, se.Hint)
		return nil
	}
	_, list := formula.Infer(expr, e.Period.Freq, t.lookup, t.plan.Catalogue.Units)
	t.problems(e.Line, e.Col, append(list, formula.Overlaps(expr, t.lookup, t.plan.Catalogue.Area)...))
	for _, w := range e.Wants {
		if w.Area != "" && t.plan.Catalogue.Area(w.Area) == nil {
			t.report(w.Line, 1, fmt.Sprintf("没有地区“%s”", w.Area), "用指标目录中的地区，如 ALL、DIR、MUA、CQ")
		}
	}
	return &evaluation{e, expr}
}

func (t *trial) load(step script.Step) {
	l, ok := step.(*script.Load)
	if !ok {
		clear(t.facts)
		return
	}
	area := l.Area
	if area == "" {
		area = t.lookup(l.Code).Area
	}
	key := seriesKey{l.Code, t.plan.Catalogue.Resolve(area)}
	if t.facts[key] == nil {
		t.facts[key] = make(map[int]script.Value)
	}
	for _, v := range l.Values {
		t.facts[key][v.Period.End] = v
	}
}

// run evaluates a batch, once for each area that its wants name.
func (t *trial) run(ctx context.Context, batch []*evaluation) error {
	areas := make(map[indicator.AreaID]bool)
	for _, e := range batch {
		for _, w := range e.Wants {
			areas[w.Area] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(areas)) {
		if err := t.runIn(ctx, batch, id); err != nil {
			return err
		}
	}
	return nil
}

// in gives the area of each code when an area is evaluated: a derived indicator
// has that one; a series too, when it was loaded for it, else its own.
func (t *trial) in(id indicator.AreaID) func(indicator.Code) indicator.AreaID {
	cat := t.plan.Catalogue
	return func(code indicator.Code) indicator.AreaID {
		ind := t.lookup(code)
		if ind == nil {
			return ""
		}
		if id != "" && (t.expr(code) != nil || t.facts[seriesKey{code, cat.Resolve(id)}] != nil) {
			return cat.Resolve(id)
		}
		return cat.Resolve(ind.Area)
	}
}

func (t *trial) runIn(ctx context.Context, batch []*evaluation, id indicator.AreaID) error {
	area := t.in(id)
	made, err := t.bySQL(ctx, batch, id, area)
	if err != nil {
		return err
	}
	read := t.reader(area)
	for n, e := range batch {
		for _, w := range e.Wants {
			if w.Area != id {
				continue
			}
			node := formula.Eval(e.expr, w.Period, formula.Resolve(w.Period, t.lookup, read))
			w.Got = script.Got{Rule: formula.IsRule(e.expr), Value: node.Value, Why: node.Why}
			if !w.Got.Rule {
				row, ok := made[madeKey{evalCode(n, ""), w.Period.End}]
				if !agree(row.Value, ok, node.Value) {
					return fmt.Errorf("line %d: %s at %s: the SQL gives %v (%t), step by step it is %v", w.Line, e.expr, w.Period, row.Value.V, ok, node.Value)
				}
				if ok {
					row.Value, row.Why = node.Value, node.Why
					w.Got = row
				}
				continue
			}
			l, r, _ := formula.Sides(e.expr)
			for i, side := range []formula.Expr{l, r} {
				if len(formula.Refs(side)) == 0 {
					continue
				}
				row, ok := made[madeKey{evalCode(n, sides[i]), w.Period.End}]
				if got := node.Children[i].Value; !agree(row.Value, ok, got) {
					return fmt.Errorf("line %d: %s at %s: the SQL gives %v (%t), step by step it is %v", w.Line, side, w.Period, row.Value.V, ok, got)
				}
			}
		}
	}
	return nil
}

// agree compares the two ways within the documented guard of derived doubles.
func agree(row indicator.Opt[float64], made bool, step indicator.Opt[float64]) bool {
	if made != step.OK {
		return false
	}
	return !made || !indicator.Less(row.V, step.V) && !indicator.Less(step.V, row.V)
}

// sides name the two sides of a rule.
var sides = [2]string{".L", ".R"}

func evalCode(n int, side string) indicator.Code {
	return indicator.Code(fmt.Sprintf("EVAL.%d%s", n, side))
}

type madeKey struct {
	code indicator.Code
	end  int
}

// bySQL runs the batch through the engine.
func (t *trial) bySQL(ctx context.Context, batch []*evaluation, id indicator.AreaID, area func(indicator.Code) indicator.AreaID) (map[madeKey]script.Got, error) {
	if err := t.fill(ctx, batch); err != nil {
		return nil, err
	}
	exprs, freqs := make(map[indicator.Code]formula.Expr), make(map[indicator.Code]period.Freq)
	add := func(code indicator.Code, e formula.Expr, freq period.Freq) {
		if len(formula.Refs(e)) > 0 {
			exprs[code], freqs[code] = e, freq
			gather(e, exprs, t.expr)
		}
	}
	for n, e := range batch {
		if l, r, rule := formula.Sides(e.expr); rule {
			add(evalCode(n, sides[0]), l, e.Period.Freq)
			add(evalCode(n, sides[1]), r, e.Period.Freq)
			continue
		}
		add(evalCode(n, ""), e.expr, e.Period.Freq)
	}
	levels, err := formula.Levels(exprs)
	if err != nil {
		return nil, fmt.Errorf("order definitions: %w", err)
	}
	for n, level := range levels {
		defs := make([]formula.Def, len(level))
		for i, code := range level {
			defs[i] = formula.Def{Code: code, Area: area(code), Freq: freqs[code], Expr: exprs[code]}
			if freqs[code] == 0 {
				defs[i].Freq = t.lookup(code).Freq
			} else {
				defs[i].Area = t.plan.Catalogue.Resolve(indicator.LJ)
			}
		}
		stmt, err := formula.Compile(defs, t.lookup, area)
		if err != nil {
			return nil, fmt.Errorf("compile level %d: %w", n+1, err)
		}
		if _, err := t.conn.ExecContext(ctx, stmt.SQL, stmt.Args...); err != nil {
			return nil, fmt.Errorf("compute level %d: %w", n+1, err)
		}
	}
	return t.made(ctx)
}

// fill makes the table of facts anew: what is loaded, and a row without a value
// at every period that is evaluated, so that the period is there.
func (t *trial) fill(ctx context.Context, batch []*evaluation) error {
	if _, err := t.conn.ExecContext(ctx, createFactSQL); err != nil {
		return fmt.Errorf("create working table: %w", err)
	}
	var args []any
	flush := func(limit int) error {
		if len(args) <= limit {
			return nil
		}
		rows := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, NULLIF(?, ''), 0), ", len(args)/7), ", ")
		_, err := t.conn.ExecContext(ctx, "INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried) VALUES "+rows, args...)
		args = args[:0]
		if err != nil {
			return fmt.Errorf("load facts: %w", err)
		}
		return nil
	}
	for key, values := range t.facts {
		for end, v := range values {
			var number any
			switch {
			case v.Number.Valid:
				number = v.Number.Decimal.InexactFloat64()
			case v.Status == indicator.NotSignificant:
				number = 0.0
			}
			args = append(args, string(key.code), string(key.area), end, number, string(v.Status), string(v.Vintage), v.Caliber)
			if err := flush(7 * 250); err != nil {
				return err
			}
		}
	}
	for _, e := range batch {
		for _, w := range e.Wants {
			args = append(args, "EVAL", "", w.Period.End, nil, string(indicator.Missing), "", "")
			if err := flush(7 * 250); err != nil {
				return err
			}
		}
	}
	return flush(0)
}

// made reads what the evals gave.
func (t *trial) made(ctx context.Context) (map[madeKey]script.Got, error) {
	out := make(map[madeKey]script.Got)
	err := each(ctx, t.conn, madeSQL, nil, func(scan func(...any) error) error {
		var code string
		var end, carried int
		var value float64
		var status, vintage, caliber sql.NullString
		if err := scan(&code, &end, &value, &status, &vintage, &caliber, &carried); err != nil {
			return err
		}
		out[madeKey{indicator.Code(code), end}] = script.Got{
			Value: indicator.Some(value), Status: indicator.ObsStatus(status.String),
			Vintage: indicator.Vintage(vintage.String), Caliber: caliber.String, Carried: carried,
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return out, nil
}

// reader gives the values step by step: what is loaded, and what is derived from
// it, each computed once.
func (t *trial) reader(area func(indicator.Code) indicator.AreaID) formula.Read {
	known := make(map[madeKey]*formula.Node)
	var read formula.Read
	read = func(code indicator.Code, q period.Period) (formula.Operand, bool) {
		if e := t.expr(code); e != nil {
			key := madeKey{code, q.End}
			if known[key] == nil {
				known[key] = formula.Eval(e, q, formula.Resolve(q, t.lookup, read))
			}
			o := formula.Computed(q, known[key].Value.V, nil)
			o.Why, o.Without = known[key].Why, known[key].Without
			return o, known[key].Value.OK
		}
		v, ok := t.facts[seriesKey{code, area(code)}][q.End]
		switch {
		case !ok:
			return formula.Operand{}, false
		case v.Number.Valid:
			return formula.Filed(q, v.Number.Decimal, nil), true
		case v.Status == indicator.NotSignificant:
			return formula.Computed(q, 0, nil), true
		case v.Status == indicator.CannotExist:
			return formula.CannotExist(q, nil), false
		}
		return formula.Operand{Why: indicator.BlankCell}, false
	}
	return read
}
