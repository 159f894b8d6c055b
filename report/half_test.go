package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	sheets "zhibiao/ingest/workbook"
	"zhibiao/kpi/period"
	"zhibiao/report"
	"zhibiao/report/document"
)

// readBack reads a sheet as a machine does that takes returns in.
func readBack(t *testing.T, data []byte, sheet string) (rows [][]string, s *sheets.Sheet) {
	t.Helper()
	book, found := sheets.Open("任务表.xlsx", data, sheets.DefaultLimits())
	if book == nil {
		t.Fatal(found)
	}
	if s = book.Sheet(sheet); s == nil {
		t.Fatalf("no sheet %s", sheet)
	}
	for _, c := range s.Cells {
		if c.Formula != "" {
			t.Errorf("%v is a formula: %s", c.Ref, c.Formula)
		}
		if c.Kind == sheets.Blank {
			continue
		}
		if c.Kind != sheets.Text {
			t.Errorf("%v is no text", c.Ref)
		}
		for len(rows) < c.Ref.Row {
			rows = append(rows, nil)
		}
		row := &rows[c.Ref.Row-1]
		for len(*row) < c.Ref.Col {
			*row = append(*row, "")
		}
		(*row)[c.Ref.Col-1] = c.Text
	}
	return rows, s
}

func TestTheTaskTableIsReadBackAsItWasWritten(t *testing.T) {
	in := of(sample(t), report.HalfYearly)
	cat := *in.Catalogue
	cat.Tasks = slices.Clone(cat.Tasks)
	for i, hostile := range []string{"=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "换\n行"} {
		cat.Tasks[i].Title = hostile
	}
	in.Catalogue = &cat
	d := build(t, in)
	f := d.Forms[0]
	data := workbook(t, d)
	got, sheet := readBack(t, data, report.TaskSheet)
	var want [][]string
	for _, r := range append([][]string{heads(f)}, f.Rows...) {
		for len(r) > 0 && r[len(r)-1] == "" {
			r = r[:len(r)-1]
		}
		want = append(want, r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got[1][2] != "=1+1" || got[5][2] != "换行" && got[5][2] != "换 行" {
		t.Errorf("hostile titles: %q %q", got[1][2], got[5][2])
	}
	if len(sheet.Merged) > 0 {
		t.Errorf("merged cells: %v", sheet.Merged)
	}
	var lists []string
	valid, err := open(t, data).GetDataValidations(report.TaskSheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range valid {
		lists = append(lists, strings.ReplaceAll(strings.Trim(v.Formula1, `"`), ",", "、"))
	}
	for _, want := range []string{"任务、分办、落实、跟踪、反馈、上报", "新增、续建、调整、完成、调出", "重大项目、重大政策、重大改革、重大平台、里程碑、任务"} {
		if !slices.Contains(lists, want) {
			t.Errorf("no list %s among %v", want, lists)
		}
	}
}

func heads(f document.Form) []string {
	var out []string
	for _, c := range f.Columns {
		out = append(out, c.Title)
	}
	return out
}

func TestTheTaskTableHasEveryTaskEveryMilestoneAndRoomForTheFourLists(t *testing.T) {
	in := of(sample(t), report.HalfYearly)
	f := build(t, in).Forms[0]
	kinds := make(map[string]int)
	ids := make(map[string]bool)
	for _, r := range f.Rows {
		kinds[r[1]]++
		if ids[r[0]] || r[0] == "" {
			t.Errorf("the id %q is not one row's own", r[0])
		}
		ids[r[0]] = true
	}
	leads := make(map[string]bool)
	for _, task := range in.Catalogue.Tasks {
		for _, l := range task.Leads {
			leads[l] = true
		}
	}
	want := map[string]int{"任务": 40, "里程碑": 51}
	for _, list := range []string{"重大项目", "重大政策", "重大改革", "重大平台"} {
		want[list] = len(leads)
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if !ids["任务36"] || !ids["F51"] || !ids["2026-H2-项目-01"] {
		t.Error("an id is not the one that names its row for ever")
	}
	// The next half-year has its own ids for new items, and the same for the old.
	next := in
	a := *in.Assessment
	a.Period = a.Period.Add(6)
	next.Assessment = &a
	for i, r := range build(t, next).Forms[0].Rows {
		old := f.Rows[i]
		if same := r[0] == old[0]; same != (r[1] == "任务" || r[1] == "里程碑") {
			t.Errorf("row %d: %s was %s", i+1, r[0], old[0])
		}
	}
}

func TestTheHalfYearAsksByItsEnd(t *testing.T) {
	in := of(small(), report.HalfYearly)
	for q, want := range map[string]string{"2026-05": "请各牵头单位于2026年6月30日前提出2026年上半年新增", "2026-11": "请各牵头单位于2026年12月31日前提出2026年下半年新增"} {
		a := *in.Assessment
		a.Period = period.MustParse(q)
		in.Assessment = &a
		if !strings.Contains(text(build(t, in)), want) {
			t.Errorf("%s: the report does not say %s", q, want)
		}
	}
	rows := tables(build(t, of(sample(t), report.HalfYearly)))["milestones"].Rows
	if len(rows) != 51 {
		t.Errorf("got %d milestones, want 51", len(rows))
	}
	seen := make(map[string]bool)
	last := ""
	for _, r := range rows {
		if lead := r.Cells[0].Text; lead != last {
			if seen[lead] {
				t.Errorf("%s stands in two places", lead)
			}
			seen[lead], last = true, lead
		}
	}
}
