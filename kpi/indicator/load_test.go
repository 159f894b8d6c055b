package indicator_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := fs.ReadFile(indicator.Embedded(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files is the shipped definitions with some files replaced.
func files(t testing.TB, replaced map[string]string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	entries, err := fs.ReadDir(indicator.Embedded(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out[e.Name()] = &fstest.MapFile{Data: []byte(read(t, e.Name()))}
	}
	for name, text := range replaced {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func overlay(t testing.TB, replaced map[string]string) *indicator.Catalogue {
	t.Helper()
	cat, found, err := indicator.Load(files(t, replaced))
	if err != nil {
		t.Fatal(err)
	}
	if found.Refused() {
		t.Fatalf("refused:\n%s", found)
	}
	return cat
}

// Each archive replaces files of testdata/check/base.txtar and says what Load
// finds, as check prints it.
func TestBadDefinitionsAreFoundWhereTheyStand(t *testing.T) {
	base, err := txtar.ParseFile("testdata/check/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defs, want, golden := fstest.MapFS{}, "", -1
			for _, f := range base.Files {
				defs[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			for i, f := range archive.Files {
				if f.Name == "findings" {
					golden, want = i, string(f.Data)
					continue
				}
				defs[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			delete(defs, "findings")
			_, found, err := indicator.Load(defs)
			if err != nil {
				t.Fatal(err)
			}
			complete(t, found)
			got := found.String()
			if got != "" {
				got += "\n"
			}
			if *update && golden >= 0 {
				archive.Files[golden].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// complete checks that a finding can be acted on: where, what, how to fix.
func complete(t testing.TB, found finding.List) {
	t.Helper()
	for _, f := range found {
		if f.Place.File == "" || f.Place.Line < 1 || f.Rule == "" || f.Message == "" || f.Hint == "" {
			t.Errorf("incomplete finding %+v", f)
		}
	}
}

func TestHashFollowsNamesAndBytes(t *testing.T) {
	hash := func(fsys fs.FS) string {
		cat, _, err := indicator.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return cat.Hash
	}
	shippedHash := hash(indicator.Embedded())
	if len(shippedHash) != 64 || hash(files(t, nil)) != shippedHash {
		t.Errorf("the same definitions have hashes %s and %s", shippedHash, hash(files(t, nil)))
	}
	for name, changed := range map[string]fstest.MapFS{
		"a comment added": files(t, map[string]string{"units.yaml": read(t, "units.yaml") + "# 新\n"}),
		"a file added":    files(t, map[string]string{"zz.yaml": "# 空\n"}),
		"a text file":     files(t, map[string]string{"README.txt": "不是定义"}),
	} {
		if same := hash(changed) == shippedHash; same != (name == "a text file") {
			t.Errorf("%s: hash equal is %v", name, same)
		}
	}
}

func TestOversizedDefinitionsAreRefusedUnread(t *testing.T) {
	_, found, err := indicator.Load(files(t, map[string]string{"big.yaml": strings.Repeat("# 很长的注释\n", 300_000)}))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Rule != "definition-size" || found[0].Place.File != "big.yaml" {
		t.Errorf("findings:\n%s", found)
	}
}

func TestFindingsAboutHostileDefinitionsAreBounded(t *testing.T) {
	_, found, err := indicator.Load(fstest.MapFS{"a.yaml": {Data: []byte("units:\n" + strings.Repeat("  - {x: 1, y: 2, z: 3}\n", 20_000))}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(found); n > 510 || !strings.Contains(found.String(), "其余不再列出") {
		t.Errorf("%d findings", n)
	}
}

func TestUnreadableFileIsAnErrorNotAFinding(t *testing.T) {
	if _, _, err := indicator.Load(broken{files(t, nil)}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Load: %v", err)
	}
}

// broken is a file system one of whose files cannot be opened.
type broken struct{ fstest.MapFS }

func (b broken) Open(name string) (fs.File, error) {
	if name == "units.yaml" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.Open(name)
}

func TestPlacesPointIntoTheFiles(t *testing.T) {
	cat := shipped(t)
	lines := func(file string) []string { return strings.Split(read(t, file), "\n") }
	for i := range cat.Indicators {
		ind := &cat.Indicators[i]
		if got := lines(ind.File)[ind.Line-1]; got != "  - code: "+string(ind.Code) {
			t.Errorf("%s is said to be defined at %s:%d: %q", ind.Code, ind.File, ind.Line, got)
		}
		if ind.Kind != indicator.Derived {
			continue
		}
		at := ind.FormulaAt
		if rest := string([]rune(lines(at.File)[at.Line-1])[at.Column-1:]); !strings.HasPrefix(rest, ind.Formula) {
			t.Errorf("%s: formula at %s is %q", ind.Code, at, rest)
		}
	}
	for i := range cat.Rules {
		for j, at := range cat.Rules[i].ExprAt {
			if rest := string([]rune(lines(at.File)[at.Line-1])[at.Column-1:]); !strings.HasPrefix(rest, cat.Rules[i].Exprs[j]) {
				t.Errorf("%s: expression at %s is %q", cat.Rules[i].ID, at, rest)
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	entries, err := fs.ReadDir(indicator.Embedded(), ".")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		f.Add([]byte(read(f, e.Name())))
	}
	for _, s := range []string{
		"", "# 空\n", "- 1\n", "a: &a [*a]\n", "a: &x {}\nb: *x\n", "units: !!binary aGk=\n", "a: 1\n---\nb: 2\n",
		"? {a: b}\n: c\n", "units: {symbol: 元}\n", "units: [1, [2], {symbol: 元, factor: 0}]\n", "\t", "a: \"", "[[[[[[",
		"indicators:\n  - code: A.B\n    alias: {X: A.B}\n    kind: alias\n", "areas:\n  - {id: AA, parent: BB}\n  - {id: BB, parent: AA}\n",
		"<<: {a: 1}\n", "settings: {scope: DIR, amber_lag: .nan}\nsettings: 2\n", "\xff\xfeu\x00", "a: \u2028b\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cat, found, err := indicator.Load(fstest.MapFS{"fuzz.yaml": {Data: data}})
		if err != nil || cat == nil {
			t.Fatalf("Load: %v", err)
		}
		complete(t, found)
		for i := range cat.Indicators {
			cat.Indicator(cat.Indicators[i].Code)
			cat.Unit(cat.Indicators[i].Unit)
			cat.Area(cat.Indicators[i].Area)
		}
		cat.Scored()
	})
}
