package kpi_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"zhibiao/kpi/indicator"
)

// shapes are the formulas of a large catalogue, each of its indicators x, y,
// z and the one derived before it. The last two have no operand of their own period.
var shapes = []struct{ unit, nature, text string }{
	{"%", "ratio", "share(%[1]s, %[2]s)"},
	{"亿元", "flow_ytd", "%[1]s + %[2]s - %[3]s"},
	{"%", "ratio", "%[1]s / %[2]s * 100"},
	{"%", "growth_rate", "growth(%[1]s)"},
	{"%", "cagr", "cagr(%[1]s, 2022)"},
	{"亿元", "flow_ytd", "%[1]s - prev(%[2]s)"},
	{"倍", "ratio", "%[1]s / at(%[2]s, 2022)"},
	{"%", "ratio", "share(%[1]s, %[2]s + %[3]s)"},
	{"亿元", "flow_ytd", "%[1]s"},
	{"亿元", "flow_ytd", "%[1]s + %[4]s"},
	{"亿元", "flow_ytd", "year_ago(%[1]s)"},
	{"倍", "ratio", "prev(%[1]s) / at(%[2]s, 2022)"},
}

// large is the embedded catalogue with a number of generated inputs and of
// indicators derived from them: from a few of its own ten, as departments' are.
func large(inputs, derived int) fs.FS {
	var b strings.Builder
	b.WriteString("indicators:\n")
	for i := range inputs {
		fmt.Fprintf(&b, `  - code: IN%d.LJ
    name: 测试数据投入%d
    kind: input
    area: LJ
    series: {unit: 亿元, decimals: 2, nature: flow_ytd, frequency: M, price_basis: current}
`, i, i)
		if i%10 != 0 {
			fmt.Fprintf(&b, "    share_of: IN%d.LJ\n", i-i%10)
		}
		b.WriteString(`    filing:
      form: 双城101表
      filer: [经济运行局]
      basis: 推断
      origin: 测试数据
      necessity: core
      base_2022: true
`)
	}
	for i := range derived {
		s := shapes[i%len(shapes)]
		of := func(n int) string { return fmt.Sprintf("IN%d.LJ", (i-i%10+(i*n)%10)%inputs) }
		price, freq := "", "M"
		if s.nature == "cagr" {
			freq = "A"
		}
		if s.unit == "亿元" {
			price = ", price_basis: current"
		}
		fmt.Fprintf(&b, `  - code: OUT%d.LJ
    name: 测试数据产出%d
    kind: derived
    area: LJ
    series: {unit: %q, decimals: 2, nature: %s, frequency: %s%s}
    formula: %s
`, i, i, s.unit, s.nature, freq, price, fmt.Sprintf(s.text, of(1), of(3), of(7), fmt.Sprintf("OUT%d.LJ", i-1)))
		if s.text == shapes[0].text {
			fmt.Fprintf(&b, `    target:
      id: %c%02d
      name: 测试数据目标%d
      quote: 测试数据
      source: {line: 21, action: 1}
      lead: {departments: [经济运行局], status: inferred, tasks: [1, 2]}
      aim: {comparator: ge, words: 提升至, value: 22, unit: "%%", year: 2027, evaluation: endpoint_2027, strength: 力争}
      scope_basis: 测试数据
      scored: true
`, "ABCD"[i/500], 50+i/10%50, i)
		}
	}
	fsys := fstest.MapFS{"zz.yaml": {Data: []byte(b.String())}}
	names, err := fs.Glob(indicator.Embedded(), "*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		data, err := fs.ReadFile(indicator.Embedded(), name)
		if err != nil {
			panic(err) // it is embedded
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}
