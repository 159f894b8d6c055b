package form_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"zhibiao/ingest/form"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/indicator"
	"zhibiao/kpi/period"
)

func TestTwentyFormsCarryEveryInputOnce(t *testing.T) {
	cat, set := definitions()
	data, err := os.ReadFile("testdata/inputs.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	base := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		want[strings.Join(f[:4], " ")] = true
		if f[4] == "base" {
			base[f[2]+" "+f[3]] = true
		}
	}
	if len(want) != 82 || len(base) != 44 {
		t.Fatalf("testdata has %d inputs, %d with a base", len(want), len(base))
	}
	if len(set.Forms) != 20 {
		t.Errorf("forms: %d, want 20", len(set.Forms))
	}
	got, gotBase := map[string]bool{}, map[string]bool{}
	for _, f := range set.Forms {
		if f.Title == "" || f.Agency == "" || f.Version == "" || len(f.Notes) == 0 || f.ValidTo.IsZero() {
			t.Errorf("%s is incomplete: %+v", f.Number, f)
		}
		for _, e := range f.Editions {
			for i, r := range e.Rows {
				key := strings.Join([]string{f.Number, e.Freq.String(), string(r.Code), r.Unit}, " ")
				if !e.Once.IsZero() {
					gotBase[string(r.Code)+" "+r.Unit] = true
					continue
				}
				if got[key] {
					t.Errorf("%s stands twice", key)
				}
				got[key] = true
				if set.Carrier(r.Code) == nil || set.Carrier(r.Code).Number != f.Number {
					t.Errorf("carrier of %s: %v", r.Code, set.Carrier(r.Code))
				}
				if len(r.Calibers) > 0 != (len(cat.Indicator(r.Code).Caliber) > 0) {
					t.Errorf("%s: calibers %v", r.Code, r.Calibers)
				}
				if want := []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"}[i]; r.No != want {
					t.Errorf("%s: row number %s, want %s", r.Code, r.No, want)
				}
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows of the forms differ from the catalogue:\n%s", d)
	}
	if d := cmp.Diff(base, gotBase); d != "" {
		t.Errorf("rows of the base form differ from the catalogue:\n%s", d)
	}
}

func TestDue(t *testing.T) {
	_, set := definitions()
	for _, c := range []struct{ code, p, want string }{
		{"NEV.OUTPUT.LJ", "2026-09", "2026-10-18"},
		{"NEV.OUTPUT.LJ", "2026-12", "2027-01-18"},
		{"NEV.OUTPUT.LJ", "2026-01", ""}, // 1月免报
		{"RETAIL.TOTAL.LJ", "2026-01", ""},
		{"FDI.ACTUAL.CQ", "2026-01", ""},
		{"AIR.GOODDAYS.LJ", "2026-01", "2026-02-18"}, // the environment is filed for January
		{"GDP.TOTAL.ALL", "2026-Q1", "2026-04-25"},
		{"GDP.TOTAL.ALL", "2026-Q4", "2027-01-25"},
		{"SME.INNOV.N.LJ", "2026-H1", "2026-07-25"},
		{"SME.INNOV.N.LJ", "2026-H2", "2027-01-25"},
		{"STREET.N.LJ", "2025", "2026-03-31"},
		{"POP.RESIDENT.DIR", "2025", "2026-04-30"},
		{"VA.DE.LJ", "2025", "2026-04-30"},
		{"CO2.EMISSION.LJ", "2025", "2026-11-30"},
		{"RD.EXP.LJ", "2027", "2028-11-30"},
		{"RANK.DE.CN", "2025", "2026-03-31"},    // evidence is chased
		{"NET5G.TOTAL.LJ", "2026-H1", ""},       // 204: nobody files it
		{"INCOME.MIDGROUP.N.LJ", "2025", ""},    // optional
		{"HTE.N.LJ", "2022", "2023-03-31"},      // base period
		{"RD.EXP.LJ", "2022", "2023-11-30"},     // base period, override
		{"GDP.TOTAL.ALL", "2022-Q4", ""},        // before the plan
		{"GDP.TOTAL.ALL", "2026-09", ""},        // not monthly
		{"GDP.SHARE_MUA.ALL", "2026-Q1", ""},    // derived
		{"IND.VA_ADS.LJ", "2025", "2026-03-31"}, // annual row of a monthly form
	} {
		due, ok := set.Due(indicator.Code(c.code), period.MustParse(c.p))
		if !ok {
			if c.want != "" {
				t.Errorf("Due(%s, %s) = nobody, want %s", c.code, c.p, c.want)
			}
			continue
		}
		if got := due.Format("2006-01-02"); got != c.want || due.Format("15:04:05 -0700") != "23:59:59 +0800" {
			t.Errorf("Due(%s, %s) = %s, want the end of %q in Shanghai", c.code, c.p, due, c.want)
		}
	}
}

func TestExpected(t *testing.T) {
	_, set := definitions()
	list := func(p string) string {
		var s []string
		for _, x := range set.Expected(period.MustParse(p)) {
			s = append(s, x.Form.Number+"/"+x.Department+"/"+x.Period.String())
		}
		return strings.Join(s, " ")
	}
	for p, want := range map[string]string{
		"2026-01": "双城501表/生态环境分局/2026-01",
		"2026-02": "双城201表/产业促进局/2026-02 双城301表/现代服务业局/2026-02 双城501表/生态环境分局/2026-02 双城701表/自贸办/2026-02",
		"2026-Q1": "双城101表/经济运行局/2026-Q1 双城102表/经济运行局/2026-Q1 双城201表/产业促进局/2026-03 双城202表/产业促进局/2026-Q1 " +
			"双城203表/产业促进局/2026-Q1 双城301表/现代服务业局/2026-03 双城402表/科技创新局/2026-Q1 双城501表/生态环境分局/2026-03 " +
			"双城601表/财政局/2026-Q1 双城701表/自贸办/2026-03 双城801表/社会保障局/2026-Q1",
	} {
		if got := list(p); got != want {
			t.Errorf("Expected(%s):\n got %s\nwant %s", p, got, want)
		}
	}
	half := list("2026-06")
	for _, s := range []string{"双城103表/经济运行局/2026-H1", "双城402表/科技创新局/2026-H1", "双城802表/社会保障局/2026-H1"} {
		if !strings.Contains(half, s) {
			t.Errorf("Expected(2026-06) lacks %s: %s", s, half)
		}
	}
	if strings.Contains(half, "204") {
		t.Errorf("form 204 is expected from somebody: %s", half)
	}
	for _, x := range set.Expected(period.MustParse("2025")) {
		switch {
		case x.Form.Number == "双城102表" && x.Period.Freq == period.Year:
			if x.Due.Format("2006-01-02") != "2026-03-31" || len(x.Codes) != 3 {
				t.Errorf("102 annual: due %s, %v", x.Due, x.Codes)
			}
		case x.Form.Number == "双城901表" && x.Department == "教育局":
			if d := cmp.Diff([]indicator.Code{"FIRST.WEDDINGREG.CQ"}, x.Codes); d != "" {
				t.Errorf("901 of 教育局: %s", d)
			}
		}
	}
	// The base form: each department once, for its own codes, 2022 only.
	n := 0
	departments := map[string]bool{}
	for _, x := range set.Expected(period.MustParse("2022")) {
		if x.Form.Number != "双城900表" || departments[x.Department] {
			t.Errorf("Expected(2022) has %s of %s", x.Form.Number, x.Department)
		}
		departments[x.Department] = true
		n += len(x.Codes)
	}
	if n != 43 { // 44 less the optional INCOME.MIDGROUP.N.LJ
		t.Errorf("base codes expected: %d, want 43", n)
	}
}

func TestEditionDoesNotExist(t *testing.T) {
	_, set := definitions()
	for number, p := range map[string]string{"双城101表": "2026-09", "双城900表": "2023", "双城301表": "2022-12", "双城201表": "2026-Q1"} {
		if e := set.Form(number).Edition(period.MustParse(p)); e != nil {
			t.Errorf("%s has an edition for %s", number, p)
		}
		if rows := set.Form(number).Rows(period.MustParse(p), ""); rows != nil {
			t.Errorf("%s has rows for %s", number, p)
		}
	}
	if set.Form("双城999表") != nil {
		t.Error("a form that does not exist is found")
	}
}

// The definitions, damaged one way at a time: each is refused at its line.
func TestLoadFindings(t *testing.T) {
	cat, _ := definitions()
	data, err := os.ReadFile("forms/forms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	load := func(t *testing.T, text string) finding.List {
		t.Helper()
		set, found, err := form.Load(fstest.MapFS{"forms.yaml": {Data: []byte(text)}}, cat)
		if err != nil {
			t.Fatal(err)
		}
		if found.Refused() == (set != nil) {
			t.Fatalf("set %v with findings:\n%s", set != nil, found)
		}
		return found
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"code", "- GDP.GROWTH.MUA", "- GDP.GROWTH.MUB", `code-unknown GDP.GROWTH.MUB 是否想写 GDP.GROWTH.MUA？`},
		{"derived", "- GDP.GROWTH.MUA", "- GDP.SHARE_MUA.ALL", `code-unknown GDP.SHARE_MUA.ALL`},
		{"twice", "- GDP.GROWTH.MUA", "- VA.MFG.LJ", `code-twice VA.MFG.LJ`},
		{"field", "    title: 国民经济核算情况", "    titel: 国民经济核算情况", `yaml-unknown-field titel 你是不是想写 title？`},
		{"department", "department: 自贸办", "department: 自贸局", `department-unknown 自贸局 是否想写 自贸办？`},
		{"frequency", "freq: H", "freq: Q", `form-frequency H`},
		{"column", "columns: [value, status, note]", "columns: [value, statsu, note]", `yaml-value statsu 是否想写 status？`},
		{"no value", "columns: [value, status, note]", "columns: [status, note]", `yaml-missing-field`},
		{"vintage", "vintage: flash", "vintage: fresh", `yaml-value fresh`},
		{"day", "{month: 4, day: 30}", "{month: 4, day: 31}", `yaml-value 31`},
		{"deadline", "M: {month: 1, day: 18}", "M: {month: 1}", `yaml-missing-field`},
		{"syntax", "forms:", "forms", `yaml-syntax`},
		{"alias", "agency: 双城办\napproval: \"\"", "agency: &a 双城办\napproval: *a", `yaml-anchor`},
		{"rows", "rows:\n          - MICE.REV.INDUCED.LJ", "rows: []", `yaml-missing-field`},
		{"list", "rows:\n          - MICE.REV.INDUCED.LJ", "rows: MICE.REV.INDUCED.LJ", `yaml-type`},
		{"boolean", "january_exempt: true", "january_exempt: 是", `yaml-type 是`},
		{"validity", "valid_to: 2028-12", "valid_to: 2028年12月", `yaml-value 2028年12月`},
		{"form twice", "number: 双城302表", "number: 双城301表", `form-twice 双城301表`},
		{"measure", "measures: [value, year_ago]", "measures: [value, caliber]", `yaml-value caliber`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(string(data), c.old) {
				t.Fatalf("%q is not in the forms", c.old)
			}
			damaged := strings.Replace(string(data), c.old, c.new, 1)
			found := load(t, damaged)
			line := 1 + strings.Count(string(data[:strings.Index(string(data), c.old)]), "\n")
			for _, f := range found {
				if f.Severity == finding.Mandatory && strings.Contains(f.Rule+" "+f.Value+" "+f.Hint, c.want) && (f.Place.Line >= line-4 && f.Place.Line <= line+6 || c.name == "form twice") && f.Place.Column > 0 && f.Place.File == "forms.yaml" {
					return
				}
			}
			t.Errorf("want %q near line %d, got:\n%s", c.want, line, found)
		})
	}
	t.Run("unfiled", func(t *testing.T) {
		found := load(t, strings.Replace(string(data), "          - GDP.GROWTH.MUA\n", "", 1))
		if len(found) != 1 || found[0].Rule != "code-unfiled" || found[0].Value != "GDP.GROWTH.MUA" {
			t.Errorf("got:\n%s", found)
		}
	})
	t.Run("empty", func(t *testing.T) {
		if found := load(t, ""); !found.Refused() {
			t.Error("an empty file is accepted")
		}
	})
	t.Run("no file", func(t *testing.T) {
		if _, _, err := form.Load(fstest.MapFS{}, cat); err == nil {
			t.Error("a missing file is no error")
		}
	})
}

func FuzzLoad(f *testing.F) {
	cat, _ := definitions()
	data, err := os.ReadFile("forms/forms.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("forms: [{number: a, editions: [{freq: A, base_period: 2022, columns: [value]}]}]"))
	f.Add([]byte("forms: [{editions: [{freq: Q, columns: [value, note], rows: [{code: [x]}, {}]}]}]"))
	f.Add([]byte("deadlines: {M: 3, Q: {month: x, day: 99}}\noverrides: [1]\nforms: 3"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, found, err := form.Load(fstest.MapFS{"forms.yaml": {Data: data}}, cat)
		if err != nil || (set == nil) != found.Refused() {
			t.Fatalf("set %v, error %v, findings:\n%s", set != nil, err, found)
		}
	})
}
