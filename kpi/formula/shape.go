package formula

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"zhibiao/kpi/period"
)

// A shape is what definitions have in common that differ only in codes and
// numbers. It becomes a chain of CTEs:
//
//	op    a row is a definition, with the series of its slots (c, a), their
//	      bases (y), lengths (m) and its numbers (k)
//	run   a row is a running sum at a period            (slots of sum_since)
//	base  a row is a definition at a period it may have a result
//	slot  a row is such a period at which every operand exists
//	item  a row is the result
//
// One definition alone has no op: what would stand in it is written where it is
// used, and the scans find their series without a join.
type shape struct {
	n          int
	value      string
	slots      []slot
	constants  int
	everywhere bool
	loose      bool // a sum that may be of nothing: “—”
	rows       [][]string
}

// firstEnd is where results begin: December of the base year.
var firstEnd = period.Of(period.Year, period.BaseYear, 1).End

func statement(shapes []*shape) string {
	var ctes, selects []string
	for _, sh := range shapes {
		if sh.driver() < 0 && len(ctes) == 0 {
			ctes = append(ctes, fmt.Sprintf(`span AS (
    SELECT DISTINCT f.period_end AS period_end
    FROM fact AS f
    WHERE f.period_end >= %d
)`, firstEnd))
		}
	}
	for _, sh := range shapes {
		ctes = append(ctes, sh.ctes()...)
		status, kept := "i.obs_status", "ABS(i.value) < 1e300"
		if sh.loose {
			status, kept = "CASE WHEN i.value IS NULL THEN 'M' ELSE i.obs_status END", "(i.value IS NULL OR "+kept+")"
		}
		selects = append(selects, fmt.Sprintf(`SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    %[2]s AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item%[1]d AS i
WHERE %[3]s`, sh.n, status, kept))
	}
	return "INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)\nWITH " +
		strings.Join(ctes, ",\n\n") + "\n\n" + strings.Join(selects, "\nUNION ALL\n")
}

// driver is the slot whose periods are those of the result; -1 when none is of
// the same period, and every period that anything has a value for is tried.
func (sh *shape) driver() int {
	return slices.IndexFunc(sh.slots, func(s slot) bool { return s.access.current() })
}

func (sh *shape) ctes() []string {
	var out []string
	if !sh.alone() {
		out = append(out, sh.op())
	}
	for i, s := range sh.slots {
		if s.access == since {
			out = append(out, sh.run(i))
		}
	}
	return append(out, sh.base(), sh.slot(), sh.item())
}

// alone reports a shape of one definition.
func (sh *shape) alone() bool { return len(sh.rows) == 1 }

// columns are those of op.
func (sh *shape) columns() []string {
	cols := []string{"indicator"}
	if !sh.everywhere {
		cols = append(cols, "area")
	}
	cols = append(cols, "months")
	for i, s := range sh.slots {
		cols = append(cols, fmt.Sprintf("c%d", i))
		if !sh.everywhere {
			cols = append(cols, fmt.Sprintf("a%d", i))
		}
		switch s.access {
		case endOf:
			cols = append(cols, fmt.Sprintf("y%d", i))
		case since:
			cols = append(cols, fmt.Sprintf("y%d", i), fmt.Sprintf("m%d", i))
		}
	}
	for i := range sh.constants {
		cols = append(cols, fmt.Sprintf("k%d", i))
	}
	return cols
}

// of is a column of op as a source has it; what stands in it for one definition
// alone.
func (sh *shape) of(source, column string) string {
	if sh.alone() {
		return sh.rows[0][slices.Index(sh.columns(), column)]
	}
	return source + "." + column
}

// carries are the columns that base brings on from op.
func (sh *shape) carries() []string {
	if sh.alone() {
		return nil
	}
	return sh.columns()
}

// keys are the columns that tell the series of a shape apart.
func (sh *shape) keys() []string {
	switch {
	case !sh.alone():
		return []string{"indicator", "area"}
	case sh.everywhere:
		return []string{"area"}
	}
	return nil
}

func (sh *shape) op() string {
	rows := make([]string, len(sh.rows))
	for i, cells := range sh.rows {
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return fmt.Sprintf("op%d (%s) AS (\n    VALUES\n    %s\n)", sh.n, strings.Join(sh.columns(), ", "), strings.Join(rows, ",\n    "))
}

// series finds the rows of slot i in f, given op or base as a source.
func (sh *shape) series(f, source string, i int) string {
	cond := fmt.Sprintf("%s.indicator = %s", f, sh.of(source, fmt.Sprintf("c%d", i)))
	switch {
	case !sh.everywhere:
		cond += fmt.Sprintf(" AND %s.area = %s", f, sh.of(source, fmt.Sprintf("a%d", i)))
	case source != "o":
		cond += fmt.Sprintf(" AND %s.area = %s.area", f, source)
	}
	return cond + " AND " + sh.slots[i].there(f)
}

// there says that a row of f counts as the slot's operand: it has a value, for a
// running sum one that fits it, or cannot have one and a sum is made without it.
func (s slot) there(f string) string {
	cond, without := f+".value IS NOT NULL", s.loose
	if s.access == since {
		cond, without = "ABS("+f+".value) < 1e17", s.adds
	}
	if without {
		return "(" + cond + " OR " + f + ".obs_status = 'M')"
	}
	return cond
}

// valued is a column of a row that has a value.
func valued(f, column string) string {
	return "CASE WHEN " + f + ".value IS NOT NULL THEN " + f + "." + column + " END"
}

// from is a FROM clause that ties a table to op, or has it alone, with the
// condition and others.
func (sh *shape) from(table, tie string, others ...string) string {
	if sh.alone() {
		if tie != "" {
			others = append([]string{tie}, others...)
		}
		return "FROM " + table + "\n    WHERE " + strings.Join(others, " AND ")
	}
	join := "INNER JOIN " + table + " ON " + tie
	if tie == "" {
		join = "CROSS JOIN " + table
	}
	return fmt.Sprintf("FROM op%d AS o\n    %s\n    WHERE %s", sh.n, join, strings.Join(others, " AND "))
}

// list names columns of a source, and those that stand for them.
func list(source string, columns ...string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = source + "." + c + " AS " + c
	}
	return out
}

// operand lists what slot i brings out of the source f: its value v, status s,
// vintage w, caliber lo (to hi, for a sum) and months carried l; for a carried
// stock also n, its vintage when it is of this very period after all.
func (sh *shape) operand(i int) string {
	f, s := fmt.Sprintf("f%d", i), sh.slots[i]
	exprs := map[string]string{
		"v":  f + ".value",
		"s":  f + ".obs_status",
		"w":  f + ".vintage",
		"lo": f + ".caliber",
		"l":  "COALESCE(" + f + ".carried, 0)",
	}
	if s.loose { // what is left out takes no part in either
		exprs["w"], exprs["lo"] = valued(f, "vintage"), valued(f, "caliber")
	}
	switch s.access {
	case since:
		exprs["lo"], exprs["hi"] = f+".caliber_lo", f+".caliber_hi"
	case carried:
		exprs = sh.carry(i)
	}
	var out []string
	for _, c := range s.columns() {
		out = append(out, fmt.Sprintf("%s AS %s%d", exprs[c], c, i))
	}
	return strings.Join(out, ", ")
}

// columns names what operand lists.
func (s slot) columns() []string {
	out := []string{"v", "s", "w", "lo", "l"}
	switch s.access {
	case since:
		out = append(out, "hi")
	case carried:
		out = append(out, "n")
	}
	return out
}

// lag is how many months before a period the last but n of a stock's own ended.
func (s slot) lag(n int) string {
	lag := fmt.Sprintf("(b.period_end + 1) %% %d", s.freq.Months())
	if n > 0 {
		lag += fmt.Sprintf(" + %d", n*s.freq.Months())
	}
	return lag
}

// steps is how many of its own periods a stock is carried over.
func (s slot) steps() int { return carryMonths / s.freq.Months() }

// carry takes each column of a stock from the newest of its periods that has a
// value: f0_0 is the last, f0_1 the one before.
func (sh *shape) carry(i int) map[string]string {
	s := sh.slots[i]
	newest := func(column func(f string, n int) string) string {
		var b strings.Builder
		b.WriteString("CASE")
		for n := range s.steps() {
			f := fmt.Sprintf("f%d_%d", i, n)
			fmt.Fprintf(&b, " WHEN %s.value IS NOT NULL THEN %s", f, column(f, n))
		}
		return b.String() + " END"
	}
	plain := func(name string) string {
		return newest(func(f string, _ int) string { return f + "." + name })
	}
	return map[string]string{
		"v": plain("value"), "s": plain("obs_status"), "w": plain("vintage"), "lo": plain("caliber"),
		"l": newest(func(f string, n int) string {
			return fmt.Sprintf("%s + COALESCE(%s.carried, 0)", s.lag(n), f)
		}),
		"n": fmt.Sprintf("CASE WHEN (b.period_end + 1) %% %d = 0 THEN f%d_0.vintage END", s.freq.Months(), i),
	}
}

func (sh *shape) run(i int) string {
	y, m := sh.of("o", fmt.Sprintf("y%d", i)), sh.of("o", fmt.Sprintf("m%d", i))
	var cols, parts []string
	for _, k := range sh.keys() {
		source := "o"
		if sh.everywhere && k == "area" {
			source = "f"
		}
		cols, parts = append(cols, source+"."+k+" AS "+k), append(parts, source+"."+k)
	}
	partition := ""
	if len(parts) > 0 {
		partition = "PARTITION BY " + strings.Join(parts, ", ") + " "
	}
	cols = append(cols, "f.period_end AS period_end", "f.vintage AS vintage")
	caliber := "f.caliber"
	if sh.slots[i].adds {
		caliber = valued("f", "caliber")
	}
	return fmt.Sprintf(`run%[1]d_%[2]d AS (
    SELECT
        %[3]s,
        CAST(SUM(CAST(f.value AS DECIMAL(24, 6))) OVER w AS DOUBLE PRECISION) AS value, COUNT(*) OVER w AS present,
        (f.period_end - %[4]s + %[5]s) AS due, %[5]s AS months,
        CASE MAX(CASE f.obs_status WHEN 'E' THEN 2 WHEN 'P' THEN 1 ELSE 0 END) OVER w WHEN 2 THEN 'E' WHEN 1 THEN 'P' ELSE 'A' END AS obs_status,
        MIN(%[8]s) OVER w AS caliber_lo, MAX(%[8]s) OVER w AS caliber_hi, MAX(f.carried) OVER w AS carried
    %[6]s
    WINDOW w AS (%[7]sORDER BY f.period_end)
)`, sh.n, i, strings.Join(cols, ", "), y, m,
		sh.from("fact AS f", sh.series("f", "o", i), "f.period_end >= "+y, "(f.period_end + 1) % "+m+" = 0"), partition, caliber)
}

// runTie ties a running sum to a source; a sum with a gap ties to none.
func (sh *shape) runTie(i int, source string) string {
	var conds []string
	for _, k := range sh.keys() {
		if source != "o" || k == "indicator" || !sh.everywhere && !sh.alone() {
			conds = append(conds, fmt.Sprintf("f%d.%s = %s.%s", i, k, source, k))
		}
	}
	return strings.Join(append(conds, fmt.Sprintf("f%[1]d.present * f%[1]d.months = f%[1]d.due", i)), " AND ")
}

func (sh *shape) base() string {
	i := sh.driver()
	f, end, table, tie := "", "e.period_end", "span AS e", ""
	cols := list("o", sh.carries()...)
	if i >= 0 {
		f = fmt.Sprintf("f%d", i)
		end = f + ".period_end"
		if sh.slots[i].access == since {
			table, tie = fmt.Sprintf("run%d_%d AS %s", sh.n, i, f), sh.runTie(i, "o")
		} else {
			table, tie = "fact AS "+f, sh.series(f, "o", i)
		}
		if sh.everywhere {
			cols = append(cols, f+".area AS area")
		}
		cols = append(cols, sh.operand(i))
	}
	cols = append(cols, end+" AS period_end")
	return fmt.Sprintf(`base%d AS (
    SELECT
        %s
    %s
)`, sh.n, strings.Join(cols, ", "),
		sh.from(table, tie, fmt.Sprintf("%s >= %d", end, firstEnd), fmt.Sprintf("(%s + 1) %% %s = 0", end, sh.of("o", "months"))))
}

func (sh *shape) slot() string {
	driver := sh.driver()
	cols := append(sh.keys(), "period_end")
	if !sh.alone() {
		for _, c := range sh.columns() {
			if c[0] == 'k' || c[0] == 'y' {
				cols = append(cols, c)
			}
		}
	}
	if driver >= 0 {
		for _, c := range sh.slots[driver].columns() {
			cols = append(cols, fmt.Sprintf("%s%d", c, driver))
		}
	}
	out := []string{strings.Join(list("b", cols...), ", ")}
	var joins strings.Builder
	var exist []string
	for i, s := range sh.slots {
		if i == driver {
			continue
		}
		f := fmt.Sprintf("f%d", i)
		out = append(out, sh.operand(i))
		if s.access == since {
			fmt.Fprintf(&joins, "\n    INNER JOIN run%d_%d AS %s ON %s AND %s.period_end = b.period_end", sh.n, i, f, sh.runTie(i, "b"), f)
			continue
		}
		if s.access == carried {
			var some []string
			for n := range s.steps() {
				step := fmt.Sprintf("%s_%d", f, n)
				fmt.Fprintf(&joins, "\n    LEFT JOIN fact AS %s ON %s AND %s.period_end = b.period_end - (%s)", step, sh.series(step, "b", i), step, s.lag(n))
				some = append(some, step+".value")
			}
			exist = append(exist, "COALESCE("+strings.Join(some, ", ")+") IS NOT NULL")
			continue
		}
		fmt.Fprintf(&joins, "\n    INNER JOIN fact AS %s ON %s AND %s.period_end = ", f, sh.series(f, "b", i), f)
		months := sh.of("b", "months")
		switch s.access {
		case prev:
			joins.WriteString("b.period_end - " + months)
		case prevInYear: // the period before is not the end of another year
			fmt.Fprintf(&joins, "b.period_end - %[1]s AND (b.period_end - %[1]s + 1) %% 12 <> 0", months)
		case yearAgo:
			joins.WriteString("b.period_end - 12")
		case endOf:
			fmt.Fprintf(&joins, "%[1]s AND %[1]s <= b.period_end", sh.of("b", fmt.Sprintf("y%d", i)))
		default:
			joins.WriteString("b.period_end")
		}
	}
	if len(exist) > 0 {
		joins.WriteString("\n    WHERE " + strings.Join(exist, " AND "))
	}
	return fmt.Sprintf("slot%d AS (\n    SELECT\n        %s\n    FROM base%d AS b%s\n)", sh.n, strings.Join(out, ",\n        "), sh.n, joins.String())
}

// common is the one value that columns have, or 'mixed'; those without one have
// no say.
func common(columns []string) string {
	first := "COALESCE(" + strings.Join(columns, ", ") + ")"
	if len(columns) == 1 {
		return columns[0]
	}
	others := make([]string, len(columns)-1)
	for i, c := range columns[1:] {
		others[i] = c + " <> " + first
	}
	return "CASE WHEN " + strings.Join(others, " OR ") + " THEN 'mixed' ELSE " + first + " END"
}

// written finds in a value what stands in op.
var written = regexp.MustCompile(`r\.[ky][0-9]+`)

func (sh *shape) item() string {
	var statuses, lags, present, all, calibers []string
	stocks := false
	for i, s := range sh.slots {
		column := func(name string) string { return fmt.Sprintf("r.%s%d", name, i) }
		statuses, lags, all = append(statuses, column("s")), append(lags, column("l")), append(all, column("w"))
		calibers = append(calibers, column("lo"))
		switch s.access {
		case own:
			present = append(present, column("w"))
		case since:
			present, calibers = append(present, column("w")), append(calibers, column("hi"))
		case carried:
			present, stocks = append(present, column("n")), true
		}
	}
	vintage := common(all)
	switch {
	case len(present) == 0:
	case stocks || len(present) < len(all): // without an operand of this very period, all decide
		vintage = "COALESCE(" + common(present) + ", " + vintage + ")"
	}
	longest := lags[0]
	if len(lags) > 1 {
		longest = "GREATEST(" + strings.Join(lags, ", ") + ")"
	}
	value, area := sh.value, "r.area"
	if sh.alone() {
		value = written.ReplaceAllStringFunc(value, func(column string) string { return sh.of("r", column[2:]) })
		if !sh.everywhere {
			area = sh.of("r", "area")
		}
	}
	some := func(status string) string {
		return strings.Join(statuses, " = '"+status+"' OR ") + " = '" + status + "'"
	}
	return fmt.Sprintf(`item%[1]d AS (
    SELECT
        %[2]s AS indicator, %[3]s AS area, r.period_end AS period_end,
        %[4]s AS value,
        CASE WHEN %[5]s THEN 'E' WHEN %[6]s THEN 'P' ELSE 'A' END AS obs_status,
        %[7]s AS vintage,
        %[8]s AS caliber,
        %[9]s AS carried
    FROM slot%[1]d AS r
)`, sh.n, sh.of("r", "indicator"), area, value, some("E"), some("P"), vintage, common(calibers), longest)
}
