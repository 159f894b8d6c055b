package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
)

func TestParseSeries(t *testing.T) {
	want := []yearly{{"甲", []float64{1, 2.5}}, {"乙", []float64{-3e2}}}
	for name, text := range map[string]string{
		"without a heading":    "甲,2021,1\n甲,2022,2.5\n乙,2022,-3e2\n",
		"with a heading":       "series,t,value\n甲,2021,1\n甲,2022,2.5\n乙,2022,-3e2\n",
		"a heading of its own": "所属,哪年,多少\n甲,2021,1\n甲,2022,2.5\n乙,2022,-3e2\n",
		"columns by name":      "单位,数值,年份,指标\n亿元,1,2021,甲\n亿元,2.5,2022,甲\n万人,-3e2,2022,乙\n",
		"any order of rows":    "甲,2022,2.5\n乙,2022,-3e2\n甲,2021,1\n",
		"as Excel saves it":    "\ufeff甲,2021年,1\r\n甲,2022年, 2.5\r\n\r\n\"乙\",2022年,-3e2",
	} {
		got, found := parseSeries("x.csv", text)
		if len(found) > 0 {
			t.Errorf("%s:\n%v", name, found)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(yearly{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParseSeriesRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string // line: message, one a line
	}{
		{"nothing", "", "1: 没有数据\n"},
		{"a heading only", "series,t,value\n", "1: 没有数据\n"},
		{"all bad rows at once", "甲,2021,1\n甲,x,2\n甲,2023,三\n甲,2024,\n甲,2025\n甲,2026,1,200\n", "2: 年份“x”不是整数\n3: 数值“三”不是数\n4: 数值为空\n5: 有2列，应有序列名、年份、数值3列\n6: 有4列，应有序列名、年份、数值3列\n"},
		{"a gap", "甲,2021,1\n甲,2023,1\n", "2: “甲”在2021年与2023年之间缺数\n"},
		{"a year twice", "t,value,id\n2021,1,甲\n2021,2,乙\n2021,1,甲\n", "4: “甲”2021年已在第2行出现\n"},
		{"numbers of programs", "甲,2021,Inf\n甲,2022,0x10\n甲,2023,1_0\n甲,2024,1e999\n", "1: 数值“Inf”不是数\n2: 数值“0x10”不是数\n3: 数值“1_0”不是数\n4: 数值“1e999”不是数\n"},
		{"a torn quote", "甲,2021,1\n\"甲,2022,1\n", "2: 引号不成对\n"},
		{"a wide table", "年份,地区生产总值,工业,消费\n2021,1,2,3\n", "1: 标题行中找不到序列、年份、数值三列\n2: 有4列，应有序列名、年份、数值3列\n"},
		{"GBK", "甲,2021,1\n\xbc\xd7,2022,1\n", "2: 不是 UTF-8 编码的文字\n"},
	} {
		all, found := parseSeries("x.csv", c.text)
		var got strings.Builder
		for _, f := range found {
			fmt.Fprintf(&got, "%d: %s\n", f.Place.Line, f.Message)
			if f.Hint == "" || f.Place.File != "x.csv" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if diff := cmp.Diff(c.want, got.String()); diff != "" || all != nil {
			t.Errorf("%s: %v %s", c.name, all, diff)
		}
	}
	if _, found := parseSeries("x.csv", strings.Repeat("甲,x,1\n", 5000)); len(found) != maxSeriesFindings {
		t.Errorf("%d findings", len(found))
	}
}

func FuzzParseSeries(f *testing.F) {
	f.Add("甲,2021,1\n甲,2022,2.5\n")
	f.Add("series,t,value\na,1,1\n\"a\",2,-1e5\n")
	f.Add("t,value,id,x\n9223372036854775807,1,a\n-9223372036854775808,1,a\n")
	f.Add("\ufeffa,1年,1\r\n\r\nb,\"1\n\",2")
	f.Add("a,1,1\n\xff,2,2")
	f.Add("\ufffd,1,1\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		all, found := parseSeries("x.csv", text)
		if (len(found) == 0) != (len(all) > 0) {
			t.Fatalf("%d series and %d findings", len(all), len(found))
		}
		for _, x := range found {
			if lines := strings.Count(text, "\n") + 1; x.Place.Line < 1 || x.Place.Line > lines {
				t.Fatalf("line %d of %d: %s", x.Place.Line, lines, x.Message)
			}
		}
		for _, s := range all {
			if len(s.values) == 0 {
				t.Fatalf("%q has no value", s.name)
			}
			for _, v := range s.values {
				if !indicator.Finite(v) {
					t.Fatalf("%q: %v", s.name, v)
				}
			}
		}
	})
}
