package formula

import (
	"fmt"
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
//	carry a row is a stock carried into such a period      (carried slots)
//	slot  a row is such a period at which every operand exists
//	item  a row is the result
type shape struct {
	n         int
	value     string
	slots     []slot
	constants int
	loose     bool // a sum that may be of nothing: “—”
	rows      []string
}

// firstEnd is where results begin: December of the base year.
var firstEnd = period.Of(period.Year, period.BaseYear, 1).End

func statement(shapes []*shape) string {
	var ctes, selects []string
	span, step := false, false
	for _, sh := range shapes {
		span = span || sh.driver() < 0
		for _, s := range sh.slots {
			step = step || s.access == carried
		}
	}
	if span {
		ctes = append(ctes, fmt.Sprintf(`span AS (
    SELECT DISTINCT f.period_end AS period_end
    FROM fact AS f
    WHERE f.period_end >= %d
)`, firstEnd))
	}
	if step {
		ctes = append(ctes, `step (back) AS (
    VALUES (0), (1), (2), (3), (4), (5), (6), (7)
)`) // carryMonths in quarters, the shortest period that is carried
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
	for i, s := range sh.slots {
		if s.access.current() {
			return i
		}
	}
	return -1
}

func (sh *shape) ctes() []string {
	out := []string{sh.op()}
	for i, s := range sh.slots {
		if s.access == since {
			out = append(out, sh.run(i))
		}
	}
	out = append(out, sh.base())
	for i, s := range sh.slots {
		if s.access == carried {
			out = append(out, sh.carry(i))
		}
	}
	return append(out, sh.slot(), sh.item())
}

func (sh *shape) columns() []string {
	cols := []string{"indicator", "area", "months"}
	for i, s := range sh.slots {
		cols = append(cols, fmt.Sprintf("c%d", i), fmt.Sprintf("a%d", i))
		switch s.access {
		case carried:
			cols = append(cols, fmt.Sprintf("m%d", i))
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

func (sh *shape) op() string {
	return fmt.Sprintf("op%d (%s) AS (\n    VALUES\n    %s\n)", sh.n, strings.Join(sh.columns(), ", "), strings.Join(sh.rows, ",\n    "))
}

// from lists columns of a source under their own names.
func from(source string, columns ...string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = source + "." + c + " AS " + c
	}
	return strings.Join(out, ", ")
}

// operand lists what slot i brings out of the source f: its value v, status s,
// vintage w, caliber lo (to hi, for a sum) and months carried l; for a carried
// stock also n, its vintage when it is of this very period after all.
func (sh *shape) operand(i int) string {
	f, s := fmt.Sprintf("f%d", i), sh.slots[i]
	exprs := map[string]string{
		"v":  f + ".value",
		"s":  rank(f),
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
		exprs["l"] = f + ".lag + " + exprs["l"]
		exprs["n"] = "CASE WHEN " + f + ".lag = 0 THEN " + f + ".vintage END"
	}
	var out []string
	for _, c := range s.columns() {
		out = append(out, fmt.Sprintf("%s AS %s%d", exprs[c], c, i))
	}
	return strings.Join(out, ", ")
}

// valued is a column of a row that has a value.
func valued(f, column string) string {
	return "CASE WHEN " + f + ".value IS NOT NULL THEN " + f + "." + column + " END"
}

// there says that a row counts as the slot's operand: it has a value, or cannot
// have one and a sum is made without it.
func there(f string, without bool) string {
	if without {
		return "(" + f + ".value IS NOT NULL OR " + f + ".obs_status = 'M')"
	}
	return f + ".value IS NOT NULL"
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

// rank orders the statuses that count: E over P over the rest.
func rank(f string) string {
	return "CASE " + f + ".obs_status WHEN 'E' THEN 2 WHEN 'P' THEN 1 ELSE 0 END"
}

// ranked is the status of a rank.
func ranked(rank string) string {
	return "CASE " + rank + " WHEN 2 THEN 'E' WHEN 1 THEN 'P' ELSE 'A' END"
}

func (sh *shape) run(i int) string {
	counted, caliber := "ABS(f.value) < 1e17 THEN f.value", "f.caliber"
	if sh.slots[i].adds {
		counted, caliber = "ABS(f.value) < 1e17 OR f.obs_status = 'M' THEN 1", valued("f", "caliber")
	}
	return fmt.Sprintf(`run%[1]d_%[2]d AS (
    SELECT
        o.indicator AS indicator, o.area AS area, f.period_end AS period_end, f.vintage AS vintage,
        CAST(SUM(CAST(CASE WHEN ABS(f.value) < 1e17 THEN f.value END AS DECIMAL(24, 6))) OVER w AS DOUBLE PRECISION) AS value,
        COUNT(CASE WHEN %[4]s END) OVER w AS present,
        (f.period_end - o.y%[2]d + o.m%[2]d) AS due, o.m%[2]d AS months,
        %[3]s AS obs_status,
        MIN(%[5]s) OVER w AS caliber_lo, MAX(%[5]s) OVER w AS caliber_hi, MAX(COALESCE(f.carried, 0)) OVER w AS carried
    FROM op%[1]d AS o
    INNER JOIN fact AS f ON f.indicator = o.c%[2]d AND f.area = o.a%[2]d AND f.period_end >= o.y%[2]d
    WHERE %[6]s AND (f.period_end + 1) %% o.m%[2]d = 0
    WINDOW w AS (PARTITION BY o.indicator, o.area ORDER BY f.period_end)
)`, sh.n, i, ranked("MAX("+rank("f")+") OVER w"), counted, caliber, there("f", sh.slots[i].adds))
}

// runJoin ties a running sum to a period; a sum with a gap ties to none.
func (sh *shape) runJoin(i int, table, end string) string {
	return fmt.Sprintf("INNER JOIN run%[1]d_%[2]d AS f%[2]d ON f%[2]d.indicator = %[3]s.indicator AND f%[2]d.area = %[3]s.area AND f%[2]d.present * f%[2]d.months = f%[2]d.due%[4]s",
		sh.n, i, table, end)
}

func (sh *shape) base() string {
	i := sh.driver()
	list, end, source := from("o", sh.columns()...), "", ""
	switch {
	case i < 0:
		end, source = "e.period_end", "CROSS JOIN span AS e"
	case sh.slots[i].access == since:
		end, source = fmt.Sprintf("f%d.period_end", i), sh.runJoin(i, "o", "")
	default:
		end = fmt.Sprintf("f%d.period_end", i)
		source = fmt.Sprintf("INNER JOIN fact AS f%[1]d ON f%[1]d.indicator = o.c%[1]d AND f%[1]d.area = o.a%[1]d AND %[2]s", i, there(fmt.Sprintf("f%d", i), sh.slots[i].loose))
	}
	if i >= 0 {
		list += ",\n        " + sh.operand(i)
	}
	return fmt.Sprintf(`base%d AS (
    SELECT
        %s, %s AS period_end
    FROM op%d AS o
    %s
    WHERE %s >= %d AND (%s + 1) %% o.months = 0
)`, sh.n, list, end, sh.n, source, end, firstEnd, end)
}

// carry looks for a stock at the last ends of its own periods, so that every
// join is an equality.
func (sh *shape) carry(i int) string {
	return fmt.Sprintf(`carry%[1]d_%[2]d AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.period_end - f.period_end AS lag,
        f.value AS value, f.obs_status AS obs_status, f.vintage AS vintage, f.caliber AS caliber, f.carried AS carried,
        ROW_NUMBER() OVER (PARTITION BY b.indicator, b.area, b.period_end ORDER BY f.period_end DESC) AS recency
    FROM base%[1]d AS b
    INNER JOIN step AS t ON t.back * b.m%[2]d < %[3]d
    INNER JOIN fact AS f ON f.indicator = b.c%[2]d AND f.area = b.a%[2]d
        AND f.period_end = b.period_end - (b.period_end + 1) %% b.m%[2]d - t.back * b.m%[2]d
    WHERE f.value IS NOT NULL
)`, sh.n, i, carryMonths)
}

func (sh *shape) slot() string {
	driver := sh.driver()
	cols := []string{"indicator", "area", "period_end"}
	for i, s := range sh.slots {
		if s.access == endOf {
			cols = append(cols, fmt.Sprintf("y%d", i))
		}
	}
	for i := range sh.constants {
		cols = append(cols, fmt.Sprintf("k%d", i))
	}
	if driver >= 0 {
		for _, c := range sh.slots[driver].columns() {
			cols = append(cols, fmt.Sprintf("%s%d", c, driver))
		}
	}
	list := []string{from("b", cols...)}
	var joins strings.Builder
	for i, s := range sh.slots {
		if i == driver {
			continue
		}
		f := fmt.Sprintf("f%d", i)
		list = append(list, sh.operand(i))
		joins.WriteString("\n    ")
		switch s.access {
		case since:
			joins.WriteString(sh.runJoin(i, "b", " AND "+f+".period_end = b.period_end"))
			continue
		case carried:
			fmt.Fprintf(&joins, "INNER JOIN carry%[1]d_%[2]d AS %[3]s ON %[3]s.indicator = b.indicator AND %[3]s.area = b.area AND %[3]s.period_end = b.period_end AND %[3]s.recency = 1",
				sh.n, i, f)
			continue
		}
		fmt.Fprintf(&joins, "INNER JOIN fact AS %[1]s ON %[1]s.indicator = b.c%[2]d AND %[1]s.area = b.a%[2]d AND %[3]s AND %[1]s.period_end = ", f, i, there(f, s.loose))
		switch s.access {
		case prev:
			joins.WriteString("b.period_end - b.months")
		case prevInYear: // the period before is not the end of another year
			joins.WriteString("b.period_end - b.months AND (b.period_end - b.months + 1) % 12 <> 0")
		case yearAgo:
			joins.WriteString("b.period_end - 12")
		case endOf:
			fmt.Fprintf(&joins, "b.y%[1]d AND b.y%[1]d <= b.period_end", i)
		default:
			joins.WriteString("b.period_end")
		}
	}
	return fmt.Sprintf("slot%d AS (\n    SELECT\n        %s\n    FROM base%d AS b%s\n)", sh.n, strings.Join(list, ",\n        "), sh.n, joins.String())
}

// bounds are the least and the greatest of some columns of r. LEAST and GREATEST
// skip NULL.
func bounds(columns []string) (lo, hi string) {
	if len(columns) == 1 {
		return columns[0], columns[0]
	}
	list := "(" + strings.Join(columns, ", ") + ")"
	return "LEAST" + list, "GREATEST" + list
}

// common is the one value between two bounds, or 'mixed'.
func common(lo, hi string) string {
	if lo == hi {
		return lo
	}
	return "CASE WHEN " + lo + " = " + hi + " THEN " + lo + " WHEN " + lo + " <> " + hi + " THEN 'mixed' END"
}

func (sh *shape) item() string {
	var statuses, lags, present, all, calibersLo, calibersHi []string
	stocks := false
	for i, s := range sh.slots {
		column := func(name string) string { return fmt.Sprintf("r.%s%d", name, i) }
		statuses, lags, all = append(statuses, column("s")), append(lags, column("l")), append(all, column("w"))
		calibersLo = append(calibersLo, column("lo"))
		switch s.access {
		case own, since:
			present = append(present, column("w"))
		case carried:
			present, stocks = append(present, column("n")), true
		}
		if s.access == since {
			calibersHi = append(calibersHi, column("hi"))
		} else {
			calibersHi = append(calibersHi, column("lo"))
		}
	}
	vintage := common(bounds(all))
	switch {
	case len(present) == 0:
	case stocks || len(present) < len(all): // without an operand of this very period, all decide
		vintage = "COALESCE(" + common(bounds(present)) + ", " + vintage + ")"
	}
	lo, _ := bounds(calibersLo)
	_, hi := bounds(calibersHi)
	_, worst := bounds(statuses)
	_, longest := bounds(lags)
	return fmt.Sprintf(`item%[1]d AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        %[2]s AS value,
        %[3]s AS obs_status,
        %[4]s AS vintage,
        %[5]s AS caliber,
        %[6]s AS carried
    FROM slot%[1]d AS r
)`, sh.n, sh.value, ranked(worst), vintage, common(lo, hi), longest)
}
