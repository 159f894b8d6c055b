package indicator_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/kpi/indicator"
)

func TestTheSettingsChooseTheMethodOfTheWholeBoard(t *testing.T) {
	defs := fstest.MapFS{}
	err := fs.WalkDir(indicator.Embedded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(indicator.Embedded(), name)
		defs[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	settings := string(defs["settings.yaml"].Data)
	chosen := strings.Replace(settings, "lamp_method: default", "lamp_method: linear-progress@1", 1)
	if chosen == settings {
		t.Fatal("the settings name no lamp method")
	}
	defs["settings.yaml"] = &fstest.MapFile{Data: []byte(chosen)}
	cat, found, err := indicator.Load(defs)
	if err != nil || found.Refused() {
		t.Fatalf("%v\n%v", err, found)
	}
	for _, ind := range cat.Scored() {
		tg := ind.Target()
		want := indicator.LinearProgress
		switch tg.Evaluation {
		case indicator.Floor:
			want = indicator.FloorEveryYear
		case indicator.CAGRTarget:
			want = indicator.CAGRHeld
		case indicator.Sync:
			want = indicator.SyncEachYear
		}
		if tg.Method != want {
			t.Errorf("%s (%s) is judged by %s, want %s", tg.ID, tg.Evaluation, tg.Method, want)
		}
	}
}
