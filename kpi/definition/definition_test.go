package definition_test

import (
	"strings"
	"testing"

	"zhibiao/kpi/definition"
)

// read reads a file whose only keys are name and list.
func read(text string) *definition.Reader {
	r := &definition.Reader{}
	if m, _ := r.Parse("x.yaml", []byte(text)); m != nil {
		m.Need("name")
		m.Entries("list", "项", func(m *definition.Mapping) { m.Named(m.Need("id")); m.Integer("n", 1, 9, 0) })
		m.Done()
	}
	return r
}

func TestEveryFaultIsFoundWhereItStands(t *testing.T) {
	r := read("name: 甲\nname: 乙\nlist:\n  - {id: a, n: 12}\n  - 丙\n  - {n: 1.5}\ntitel: x\n")
	want := []string{
		"x.yaml:2:1: 强制性: 定义文件：键重复（实为 name） [yaml-duplicate-key]",
		"x.yaml:4:16: 强制性: 项 a：n 超出范围（实为 12） [yaml-value]",
		"x.yaml:5:5: 强制性: 项：应写成“键: 值”的形式 [yaml-type]",
		"x.yaml:6:5: 强制性: 项：缺少 id [yaml-missing-field]",
		"x.yaml:6:9: 强制性: 项：n 应是整数（实为 1.5） [yaml-type]",
		"x.yaml:7:1: 强制性: 定义文件：没有这个键（实为 titel） [yaml-unknown-field]",
	}
	if len(r.Found) != len(want) {
		t.Fatalf("got\n%s", r.Found)
	}
	for i, f := range r.Found {
		if line, _, _ := strings.Cut(f.String(), "\n"); line != want[i] || f.Hint == "" {
			t.Errorf("got %s, want %s", f, want[i])
		}
	}
}

// A secret may stand anywhere by mistake.
func TestNoFindingRepeatsWhatStandsWhereNothingWasExpected(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		secret, "- " + secret, "name: &" + secret + " x", "name: *" + secret, "name: !" + secret + " x", "name: [" + secret + "]\n",
		"name: x\nlist: " + secret, "name: x\nlist: [" + secret + "]", "name: x: " + secret, "name: \"" + secret, "? [" + secret + "]\n: x",
	} {
		r := read(text)
		if !r.Found.Refused() || strings.Contains(r.Found.String(), secret) {
			t.Errorf("%q:\n%s", text, r.Found)
		}
	}
}

func TestOnlyPlainYAMLOfOneDocumentIsTakenIn(t *testing.T) {
	for text, rule := range map[string]string{
		"a: &x 1": "yaml-anchor", "a: !!str 1": "yaml-tag", "a: 1\n---\nb: 2": "yaml-documents", "a: [": "yaml-syntax", "\ta: 1": "yaml-syntax",
		strings.Repeat("#", definition.MaxFile+1): "definition-size",
	} {
		r := &definition.Reader{}
		if m, empty := r.Parse("x.yaml", []byte(text)); m != nil || empty || len(r.Found) != 1 || r.Found[0].Rule != rule {
			t.Errorf("%.20q: mapping %t, empty %t, want %s, got\n%s", text, m != nil, empty, rule, r.Found)
		}
	}
	r := &definition.Reader{}
	if m, empty := r.Parse("x.yaml", []byte("# nothing\n")); m != nil || !empty || len(r.Found) != 0 {
		t.Errorf("empty file: %v, %t\n%s", m, empty, r.Found)
	}
}
