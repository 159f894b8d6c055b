package deliver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// A folder takes the files of a run into a folder of its name, the text last: who
// sees the text sees it all. Sent twice, the same files are there once.
type folder struct{ path string }

// textFile is the message's text.
const textFile = "说明.txt"

func (f *folder) send(_ context.Context, m *Message, _ time.Time) (err error) {
	defer func() {
		if err != nil {
			err = &Failure{Text: "写文件夹失败：" + err.Error()}
		}
	}()
	// The folder must be there: a share that is not mounted is not to be written under.
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, m.Run)
	if strings.Trim(name, ".") == "" {
		return fmt.Errorf("run %q gives no folder name", m.Run)
	}
	// Two messages of one run differ in what they carry.
	name += "_" + m.Key[:8]
	if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for i := range m.Files {
		if err := put(root, name+"/"+m.Files[i].Name, m.Files[i].Data); err != nil {
			return err
		}
	}
	return put(root, name+"/"+textFile, []byte(m.Title+"\n\n"+plainLines(m)+"\n\n消息号 "+m.Key+"\n"))
}

// put writes a whole file or none.
func put(root *os.Root, name string, data []byte) error {
	tmp := name + ".part"
	f, err := root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(tmp))
	}
	return root.Rename(tmp, name)
}
