package schedules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"zhibiao/kpi/definition"
)

//go:embed jobs.yaml holidays.yaml
var embedded embed.FS

// Embedded is the timetable and the calendar the product comes with: jobs.yaml
// and holidays.yaml.
func Embedded() fs.FS { return embedded }

// read takes in a file of the folder, or the embedded one when the folder has
// none. Its mapping is nil, with findings, when it has not the one list it is for.
func read(fsys fs.FS, file, list string) (*definition.Reader, *definition.Mapping, error) {
	data, err := definition.ReadFile(fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = definition.ReadFile(embedded, file)
	}
	if err != nil {
		return nil, nil, err
	}
	r := &definition.Reader{}
	m, empty := r.Parse(file, data)
	switch {
	case empty:
		r.Refuse(r.Top(), "yaml-empty", "", "", "文件是空的", fmt.Sprintf("以 %s: 开头列出各项", list))
	case m != nil && !m.Has(list):
		m.Missing(list)
	}
	return r, m, nil
}
