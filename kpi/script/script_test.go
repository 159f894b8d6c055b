package script_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/kpi/indicator"
	"zhibiao/kpi/script"
)

func loaded(t *testing.T, line string) []string {
	t.Helper()
	f := script.Parse("x.test", []byte("load\n    "+line))
	if len(f.Found) > 0 {
		t.Fatalf("%s:\n%v", line, f.Found)
	}
	var out []string
	for _, v := range f.Steps[0].(*script.Load).Values {
		number := "-"
		if v.Number.Valid {
			number = v.Number.Decimal.String()
		}
		out = append(out, strings.Join([]string{v.Period.String(), number, string(v.Status), string(v.Vintage), v.Caliber}, " "))
	}
	return out
}

func TestValuesAreOfConsecutivePeriodsAndAbsenceIsTyped(t *testing.T) {
	for line, want := range map[string][]string{
		"A.LJ 2025-11 1 2.50 -3":             {"2025-11 1 A final ", "2025-12 2.5 A final ", "2026-01 -3 A final "},
		"A.LJ 2025-Q4 _ … — . 0":             {"2025-Q4 - O final ", "2026-Q1 - N final ", "2026-Q2 - M final ", "2026-Q4 0 A final "},
		"A.LJ 2025 5x2 10+2.5x3 1-1x2 _x2 7": {"2025 5 A final ", "2026 5 A final ", "2027 10 A final ", "2028 12.5 A final ", "2029 15 A final ", "2030 1 A final ", "2031 0 A final ", "2032 - O final ", "2033 - O final ", "2034 7 A final "},
		"A.LJ DIR 2025-H1 1 _ | P census 全口径 # 注": {
			"2025-H1 1 P census 全口径", "2025-H2 - O census 全口径",
		},
	} {
		if diff := cmp.Diff(want, loaded(t, line)); diff != "" {
			t.Errorf("%s:\n%s", line, diff)
		}
	}
}

func TestTheLinesOfOneAreaFollowOneAnother(t *testing.T) {
	f := script.Parse("x.test", []byte("\ufeffeval 2025-Q3 A.LJ + 1  # 说明\r\n    1 2\r\n\tDIR 3 | P — 甲\r\n\r\n    4\r\n"))
	if len(f.Found) > 0 {
		t.Fatal(f.Found)
	}
	e := f.Steps[0].(*script.Eval)
	if e.Formula != "A.LJ + 1" || e.Col != 14 {
		t.Errorf("formula %q at %d", e.Formula, e.Col)
	}
	var got []string
	for _, w := range e.Wants {
		got = append(got, strings.TrimSpace(strings.Join([]string{string(w.Area), w.Period.String(), w.Text, strings.Join(w.Marks, ",")}, " ")))
	}
	if diff := cmp.Diff([]string{"2025-Q3 1", "2025-Q4 2", "DIR 2025-Q3 3 P,—,甲", "2026-Q1 4"}, got); diff != "" {
		t.Error(diff)
	}
}

// A figure without a mark is the figure itself, not what it prints as.
func TestAFigureIsMetExactlyOrAsItPrints(t *testing.T) {
	some := func(v float64) script.Got { return script.Got{Value: indicator.Some(v)} }
	for _, c := range []struct {
		text string
		got  script.Got
		met  bool
	}{
		{"5", some(5), true},
		{"5", some(5.4), false},
		{"5", some(5 * (1 + 1e-12)), true},
		{"5", some(5.0000001), false},
		{"≈5", some(5.4), true},
		{"≈5", some(5.5), false},
		{"≈21.3", some(21.25), true}, // half up
		{"≈22.0", some(21.99835), true},
		{"22", some(21.99835), false},
		{"≈-0.48", some(-0.4846), true},
		{"0", some(0), true},
		{"0", some(1e-7), false},
		{"0", script.Got{Why: indicator.BlankCell}, false}, // absence is never zero
		{"_", script.Got{Why: indicator.BlankCell}, true},
		{"_(已报但未填)", script.Got{Why: indicator.BlankCell}, true},
		{"_(无此项数据)", script.Got{Why: indicator.BlankCell}, false},
		{"_", some(0), false},
		{"是", script.Got{Rule: true, Value: indicator.Some(1.0)}, true},
		{"是", script.Got{Rule: true, Value: indicator.Some(0.0)}, false},
		{"否", script.Got{Rule: true, Value: indicator.Some(0.0)}, true},
		{"否", script.Got{Rule: true, Why: indicator.BlankCell}, false}, // unknown is not “fails”
		{"1", script.Got{Rule: true, Value: indicator.Some(1.0)}, false},
		{"是", some(1), false},
	} {
		w := script.Want{Text: c.text, Got: c.got}
		if w.Met() != c.met {
			t.Errorf("%s against %+v: met %t, want %t", c.text, c.got, w.Met(), c.met)
		}
		w.Text = w.Gotten()
		if !w.Met() {
			t.Errorf("%+v is restated as %s, which it does not meet", c.got, w.Text)
		}
	}
	w := script.Want{Text: "5", Marks: []string{"P", "—"}, Got: some(5)}
	w.Got.Status = indicator.Provisional
	if !w.Met() || w.Gotten() != "5 | P —" {
		t.Errorf("marks: met %t, %q", w.Met(), w.Gotten())
	}
	if w.Got.Vintage = indicator.Final; w.Met() {
		t.Error("another vintage is met")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"define X.LJ unit=% nature=ratio freq=Q = A.LJ / B.LJ # x", "load\n A.LJ 2025-Q1 1 _ … — . 5x3 1+1x4 | P final 甲", "clear",
		"eval 2025-Q1 A.LJ\n ≈1.0 _(x) 是 否 | A — — 0\n DIR 1\n", "eval 2025 A.LJ", "load\n A 2199-12 1x1000", "\u3000#\n　x", "eval 2025-Q1 \u3000#",
		"eval 2025-Q1 A.LA\n\u2003是",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := script.Parse("x.test", []byte(text))
		for _, found := range file.Found {
			if found.Place.Line < 1 || found.Place.Column < 1 || found.Message == "" || found.Hint == "" {
				t.Fatalf("finding %+v", found)
			}
		}
		if len(file.Found) > 0 {
			return
		}
		if again := script.Parse("x.test", file.Rewrite()); len(again.Found) > 0 {
			t.Fatalf("rewritten to\n%s\n%v", file.Rewrite(), again.Found)
		}
	})
}
