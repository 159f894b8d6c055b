package kpi_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/script"
)

var update = flag.Bool("update", false, "rewrite the figures wanted in testdata/*.test; read the diff")

// TestDefinitionsGiveTheirFigures runs testdata/*.test as zhibiao test does.
func TestDefinitionsGiveTheirFigures(t *testing.T) {
	names, err := filepath.Glob("testdata/*.test")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts", err)
	}
	w := newWorld(t)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f := try(t, w, name, string(data))
			missed, figures := misses(f)
			if *update && len(missed) > 0 {
				if err := os.WriteFile(name, f.Rewrite(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if figures == 0 {
				t.Error("no figure is wanted")
			}
			for _, m := range missed {
				t.Error(m)
			}
		})
	}
}

// try runs a script that is sound.
func try(t *testing.T, w *world, name, text string) *script.File {
	t.Helper()
	f := script.Parse(name, []byte(text))
	conn, err := w.db.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	found, err := w.plan.Try(t.Context(), conn, f)
	if err != nil || len(found) > 0 {
		t.Fatalf("try %s: %v\n%v", name, err, found)
	}
	return f
}

// misses are the figures that were not met, and how many there are.
func misses(f *script.File) (missed []string, figures int) {
	for _, s := range f.Steps {
		e, ok := s.(*script.Eval)
		if !ok {
			continue
		}
		for _, want := range e.Wants {
			if figures++; !want.Met() {
				missed = append(missed, placed(f, want, e))
			}
		}
	}
	return missed, figures
}

func placed(f *script.File, w *script.Want, e *script.Eval) string {
	return fmt.Sprintf("%s:%d: %s %s: want %s, got %s", f.Name, w.Line, w.Period, e.Formula, w.Wanted(), w.Gotten())
}

func TestAFigureThatIsNotMetIsMissedAndRestated(t *testing.T) {
	w := newWorld(t)
	const text = `load
    GDP.TOTAL.ALL 2025-Q1  1000 2100 3300 4400
    GDP.TOTAL.MUA 2025-Q1  5000 _ 16000 20000 | P preliminary

eval 2025-Q1 GDP.SHARE_MUA.ALL # 占比
    20 1 20 | P   # 三期
    22 | P final
    _(不可比)
eval 2025-Q1 GDP.SHARE_MUA.ALL >= 22
	是 _ 否 否
eval 2025-Q1 growth(GDP.TOTAL.ALL)
eval 2025-Q1 GDP.TOTAL.ALL ÷ 3
    333.333 ≈700.00 ≈1100.1 _
eval 2025-Q3 GDP.TOTAL.ALL ÷ GDP.TOTAL.MUA
    ALL 0.20625 0.22 | P preliminary — 0
`
	f := try(t, w, "x.test", text)
	missed, figures := misses(f)
	want := []string{
		"x.test:6: 2025-Q2 GDP.SHARE_MUA.ALL: want 1 | P, got _",
		"x.test:6: 2025-Q3 GDP.SHARE_MUA.ALL: want 20 | P, got 20.625 | P",
		"x.test:7: 2025-Q4 GDP.SHARE_MUA.ALL: want 22 | P final, got 22 | P mixed",
		"x.test:8: 2026-Q1 GDP.SHARE_MUA.ALL: want _(不可比), got _(无法计算)",
		"x.test:10: 2025-Q1 GDP.SHARE_MUA.ALL >= 22: want 是, got 否",
		"x.test:10: 2025-Q4 GDP.SHARE_MUA.ALL >= 22: want 否, got 是",
		"x.test:11: 2025-Q1 growth(GDP.TOTAL.ALL): want , got _(无法计算)",
		"x.test:13: 2025-Q1 GDP.TOTAL.ALL ÷ 3: want 333.333, got ≈333.3333333",
		"x.test:13: 2025-Q3 GDP.TOTAL.ALL ÷ 3: want ≈1100.1, got ≈1100.0",
		"x.test:13: 2025-Q4 GDP.TOTAL.ALL ÷ 3: want _, got ≈1466.666667",
		"x.test:15: 2025-Q3 GDP.TOTAL.ALL ÷ GDP.TOTAL.MUA: want 0.20625 | P preliminary — 0, got 0.20625 | P mixed — 0",
		"x.test:15: 2025-Q4 GDP.TOTAL.ALL ÷ GDP.TOTAL.MUA: want 0.22 | P preliminary — 0, got 0.22 | P mixed — 0",
	}
	if diff := cmp.Diff(want, missed); diff != "" || figures != 16 {
		t.Errorf("%d figures; missed:\n%s", figures, diff)
	}
	const restated = `load
    GDP.TOTAL.ALL 2025-Q1  1000 2100 3300 4400
    GDP.TOTAL.MUA 2025-Q1  5000 _ 16000 20000 | P preliminary

eval 2025-Q1 GDP.SHARE_MUA.ALL # 占比
    20 _ 20.625 | P  # 三期
    22 | P mixed
    _(无法计算)
eval 2025-Q1 GDP.SHARE_MUA.ALL >= 22
	否 _ 否 是
eval 2025-Q1 growth(GDP.TOTAL.ALL)
    _(无法计算)
eval 2025-Q1 GDP.TOTAL.ALL ÷ 3
    ≈333.3333333 ≈700.00 ≈1100.0 ≈1466.666667
eval 2025-Q3 GDP.TOTAL.ALL ÷ GDP.TOTAL.MUA
    ALL 0.20625 0.22 | P mixed — 0
`
	if diff := cmp.Diff(restated, string(f.Rewrite())); diff != "" {
		t.Error(diff)
	}
	if missed, _ := misses(try(t, w, "x.test", string(f.Rewrite()))); len(missed) > 0 {
		t.Errorf("the restated script is not met: %v", missed)
	}
}

func TestWhatIsWrongWithAScriptIsRefusedWithItsPlace(t *testing.T) {
	w := newWorld(t)
	conn, err := w.db.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for text, want := range map[string]string{
		"show GDP":                                               "x.test:1:1: 强制性: 不认识“show”",
		"load\n    GDP.TOTAL.ALL 2025-Q1 12万":                    "2:27: 强制性: “12万”不是数",
		"load\n    GDP.TOTAL.ALL 2025-13 1":                      "2:19: 强制性: “2025-13”不是报告期",
		"load\n    GDP.TOTAL.ALL 2025-01 1":                      "是季报，期别“2025-01”不对",
		"load\n    GDP.TOTL.ALL 2025-Q1 1":                       "没有指标“GDP.TOTL.ALL”",
		"load\n    GDP.SHARE_MUA.ALL 2025-Q1 1":                  "由公式算出，不能填报",
		"load\n    GDP.TOTAL.ALL XX 2025-Q1 1":                   "没有地区“XX”",
		"load\n    GDP.TOTAL.ALL 2025-Q1 1 | Z":                  "没有状态“Z”",
		"load\n    GDP.TOTAL.ALL 2025-Q1 1 | A 初步":               "没有版本“初步”",
		"load\n    GDP.TOTAL.ALL 2025-Q1 1x1001":                 "不是数",
		"load\n    GDP.TOTAL.ALL 2025-Q1 _+1x3":                  "不是数",
		"load\n    GDP.TOTAL.ALL":                                "数据行不完整",
		"    1 2":                                                "缩进的行不在 load 或 eval 之下",
		"eval 2025-Q1":                                           "缺报告期或公式",
		"eval 2021-Q1 GDP.TOTAL.ALL\n    1":                      "从2022年末起计算",
		"eval 2025-Q1 GDP.TOTAL.ALL ＋ HTE.N.LJ\n    1":           "1:28: 强制性: “亿元”与“家”不能相加",
		"eval 2025-Q1 GDP.TOTAL.ALL +\n    1":                    "1:29: 强制性: 公式没有写完",
		"eval 2025-Q1 GDP.TOTAL.DIR + GDP.TOTAL.ALL\n    1":      "全域已含直管区",
		"eval 2025-Q1 GDP.TOTAL.ALL\n    好":                      "“好”不是可以核对的数",
		"eval 2025-Q1 GDP.TOTAL.ALL\n    1 |":                    "写一至四项",
		"eval 2025-Q1 GDP.TOTAL.ALL\n    ZZ 1":                   "没有地区“ZZ”",
		"define X.LJ = GDP.TOTAL.ALL":                            "须写明 unit、nature、freq",
		"define X.LJ unit=% nature=ratio freq=Q = GDP.TOTAL.ALL": "1:42: 强制性: 公式的结果是“亿元”，指标的计量单位是“%”",
		"define X.LJ unit=% nature=好 freq=Q":                     "没有性质“好”",
		"define X.LJ unit=斤 nature=ratio freq=Q":                 "没有计量单位“斤”",
		"define X.LJ unit=% nature=ratio freq=Q =":               "等号后缺公式",
		"define x": "不是指标代码",
		"define X.LJ unit=% nature=ratio freq=Q\ndefine X.LJ unit=% nature=ratio freq=Q":              "定义了两次",
		"define GDP.SHARE_MUA.ALL = X.LJ\ndefine X.LJ unit=% nature=ratio freq=Q = GDP.SHARE_MUA.ALL": "公式互相引用成环：GDP.SHARE_MUA.ALL → X.LJ → GDP.SHARE_MUA.ALL",
		"load \xff": "UTF-8",
	} {
		found, err := w.plan.Try(t.Context(), conn, script.Parse("x.test", []byte(text)))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if !strings.Contains(found.String(), want) {
			t.Errorf("%q: findings\n%v\nwant %s", text, found, want)
		}
	}
}
