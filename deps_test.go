// Package zhibiao_test keeps the architecture: which package may import which.
package zhibiao_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ladder is the architecture (DESIGN.md §2): every package with exactly the
// packages of ours that it may import. It is a statement of policy; do not
// change it to make a build pass. A folder's root ties its sub-packages
// together, so no sub-package names its root; between folders, imports only go
// down this list.
const ladder = `
kpi/period
kpi/finding
kpi/definition     < kpi/finding
kpi/indicator      < kpi/definition kpi/finding kpi/period
kpi/formula        < kpi/indicator kpi/period
kpi/projection     < kpi/indicator kpi/period
kpi/measure        < kpi/indicator kpi/period
kpi/alert          < kpi/finding kpi/indicator kpi/period
kpi/board          < kpi/indicator kpi/period
kpi/script         < kpi/finding kpi/formula kpi/indicator kpi/period
kpi                < kpi/finding kpi/formula kpi/indicator kpi/measure kpi/period kpi/projection kpi/script

ingest/workbook    < kpi/finding
ingest/form        < ingest/workbook kpi/definition kpi/finding kpi/formula kpi/indicator kpi/period
ingest/receipt     < ingest/workbook kpi/finding kpi/period
ingest             < ingest/form ingest/receipt ingest/workbook kpi/finding kpi/formula kpi/indicator kpi/period

report/document    < kpi/indicator
report/xlsx        < report/document
report/docx        < report/document
report/pdf
report/pagetest    < report/pdf
report             < report/document kpi/alert kpi/board kpi/finding kpi/indicator kpi/period kpi/projection

pipeline/warehouse < kpi/finding kpi/indicator kpi/measure kpi/period
pipeline/deliver   < kpi/definition kpi/finding
pipeline           < pipeline/deliver pipeline/warehouse report report/document report/docx report/pdf report/xlsx ingest ingest/form ingest/receipt ingest/workbook kpi kpi/alert kpi/finding kpi/formula kpi/indicator kpi/period

schedules          < kpi/definition kpi/finding kpi/period

fixtures           < ingest/form kpi/indicator kpi/period

cmd/zhibiao        < fixtures pipeline pipeline/deliver pipeline/warehouse schedules report ingest/form ingest/receipt ingest/workbook kpi kpi/alert kpi/finding kpi/formula kpi/indicator kpi/period kpi/projection kpi/script
`

// rooms says where a vendor may live; everywhere else it is forbidden.
var rooms = map[string][]string{
	"github.com/duckdb/duckdb-go":     {"pipeline/warehouse"},
	"github.com/apache/arrow-go":      {"pipeline/warehouse"},
	"github.com/xuri/excelize":        {"ingest/form", "report/xlsx", "fixtures"}, // where workbooks are written
	"github.com/robfig/cron":          {"schedules"},
	"github.com/spf13/cobra":          {"cmd/zhibiao"},
	"go.yaml.in/yaml":                 {"kpi/definition", "kpi/indicator", "ingest/form"},
	"github.com/wneessen/go-mail":     {"pipeline/deliver"},
	"golang.org/x/text":               {"cmd/zhibiao", "ingest/workbook", "ingest/form"},
	"github.com/shopspring/decimal":   {"cmd/zhibiao", "kpi/indicator", "kpi/formula", "kpi/script", "ingest/form", "ingest", "pipeline/warehouse", "pipeline", "fixtures"},
	"github.com/chromedp":             {"report/pagetest"}, // for tests alone
	"github.com/google/go-cmp":        {},
	"github.com/rogpeppe/go-internal": {},
	"pgregory.net/rapid":              {},
}

const module = "zhibiao/"

type goPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
}

func packages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags=duckdb_arrow", "-json=ImportPath,Dir,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	pkgs := make(map[string][]string)
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		if name, ok := strings.CutPrefix(p.ImportPath, module); ok {
			pkgs[name] = p.Imports
			look(t, p.Dir)
		}
	}
	return pkgs
}

// look has the result of this test forgotten when a file of a package changes: a
// test is cached by what it opens itself, and go list opens for itself.
func look(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("look into a package: %v", err)
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f.Name())); err != nil {
			t.Fatalf("look at a file: %v", err)
		}
	}
}

func parseLadder(t *testing.T) (order []string, allowed map[string][]string) {
	t.Helper()
	allowed = make(map[string][]string)
	for line := range strings.Lines(ladder) {
		name, deps, _ := strings.Cut(strings.TrimSpace(line), "<")
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		order = append(order, name)
		allowed[name] = strings.Fields(deps)
	}
	return order, allowed
}

// folders is the order of the top folders, lowest first. schedules is level
// with pipeline and used by cmd alone.
var folders = map[string]int{"kpi": 0, "ingest": 1, "report": 2, "fixtures": 2, "pipeline": 3, "schedules": 3, "web": 4, "cmd": 5}

func TestTheLadderItselfOnlyGoesDown(t *testing.T) {
	order, allowed := parseLadder(t)
	for _, name := range order {
		from, _, _ := strings.Cut(name, "/")
		for _, dep := range allowed[name] {
			to, _, _ := strings.Cut(dep, "/")
			if strings.HasPrefix(name, dep+"/") {
				t.Errorf("%s may not import the root of its folder, %s", name, dep)
			}
			if from != to && folders[from] <= folders[to] && (name != "pipeline" || to != "pipeline") {
				t.Errorf("%s may not import %s: it does not stand below", name, dep)
			}
			if to == "schedules" && from != "cmd" {
				t.Errorf("only cmd may use schedules, not %s", name)
			}
		}
	}
}

func TestEveryPackageImportsExactlyWhatTheLadderSays(t *testing.T) {
	_, allowed := parseLadder(t)
	pkgs := packages(t)
	for _, name := range slices.Sorted(maps.Keys(pkgs)) {
		permit, listed := allowed[name]
		if !listed {
			t.Errorf("package %s is not on the ladder: give it a place", name)
			continue
		}
		used := make(map[string]bool)
		for _, imp := range pkgs[name] {
			dep, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			used[dep] = true
			if !slices.Contains(permit, dep) {
				t.Errorf("%s imports %s: the ladder forbids it", name, dep)
			}
		}
		for _, dep := range permit {
			if !used[dep] {
				t.Errorf("%s may import %s and does not: take the permission away", name, dep)
			}
		}
	}
	for name := range allowed {
		if _, there := pkgs[name]; !there {
			t.Errorf("the ladder lists %s, which does not exist", name)
		}
	}
}

func TestEveryVendorStaysInItsRoom(t *testing.T) {
	for name, imports := range packages(t) {
		for _, imp := range imports {
			host, _, _ := strings.Cut(imp, "/")
			if !strings.Contains(host, ".") {
				continue
			}
			room, known := roomOf(imp)
			if !known {
				t.Errorf("%s imports %s, which no room is kept for: give a reason in the README's dependency table and list it here", name, imp)
			} else if !slices.Contains(room, name) {
				t.Errorf("%s imports %s, which may only be used in %s", name, imp, fmt.Sprint(room))
			}
		}
	}
}

func roomOf(imp string) ([]string, bool) {
	for vendor, room := range rooms {
		if strings.HasPrefix(imp, vendor) {
			return room, true
		}
	}
	return nil, false
}
