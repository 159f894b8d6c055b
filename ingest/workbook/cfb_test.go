package workbook_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"zhibiao/ingest/workbook"
)

// bigStream is a Workbook stream of at least n bytes.
func bigStream(n int) []byte {
	var records [][]byte
	for at, row := 0, uint16(0); at < n; row++ {
		r := rec(0x204, row, uint16(0), uint16(0), long(strings.Repeat("长", 1000)))
		records = append(records, r)
		at += len(r)
	}
	return biffBook(formats(), tab{"报表", 0, join(records...)})
}

func TestStreamsAreReadWhereverTheyLie(t *testing.T) {
	little := biffBook(nil, tab{"报表", 0, rec(0x204, uint16(0), uint16(0), uint16(0), long("长"))})
	for name, data := range map[string][]byte{
		"in the mini stream":               container(streamOf("Workbook", little)),
		"behind another small one":         container(streamOf("\x05SummaryInformation", []byte("x")), streamOf("Workbook", little)),
		"in sectors of its own":            container(streamOf("Workbook", bigStream(5000))),
		"in large sectors":                 containerOf(12, streamOf("Workbook", bigStream(50_000))),
		"in the mini stream of large ones": containerOf(12, streamOf("Workbook", little)),
		"with a DIFAT":                     container(streamOf("Workbook", bigStream(8<<20))),
		"under a name in capitals":         container(streamOf("WORKBOOK", little)),
		"in the last sector, cut":          cutLast(container(streamOf("Workbook", bigStream(5000)))),
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range open(t, data).Sheets[0].Cells {
				if !strings.HasPrefix(c.Text, "长") {
					t.Fatalf("%v is %q", c.Ref, c.Text)
				}
			}
		})
	}
	// The sectors of a stream may stand in any order.
	data := container(streamOf("Workbook", bigStream(5000)))
	want := open(t, data).Sheets[0].Cells
	swapped := swapSectors(data, 2, 5)
	if got := open(t, swapped).Sheets[0].Cells; len(got) != len(want) || got[0].Text != want[0].Text || got[1].Text != want[1].Text {
		t.Error("a scattered stream is read wrong")
	}
}

// cutLast moves the FAT, which is the last sector, away from the end and leaves
// zeros out there: the file then ends inside a sector that a stream owns.
func cutLast(data []byte) []byte {
	out := swapSectors(data, 0, len(data)/512-2)
	first := out[len(out)-512:]
	n := len(bytes.TrimRight(first, "\x00"))
	return out[:len(out)-512+max(n, 1)]
}

// swapSectors exchanges two sectors of a compound file with one FAT sector and
// keeps all chains.
func swapSectors(data []byte, a, b int) []byte {
	put := binary.LittleEndian
	out := bytes.Clone(data)
	at := func(i int) []byte { return out[512*(i+1):][:512] }
	fatAt := int(put.Uint32(out[76:]))
	dirAt := int(put.Uint32(out[48:]))
	moved := func(b4 []byte) {
		switch int(put.Uint32(b4)) {
		case a:
			put.PutUint32(b4, uint32(b))
		case b:
			put.PutUint32(b4, uint32(a))
		}
	}
	fat := at(fatAt)
	x, y := put.Uint32(fat[4*a:]), put.Uint32(fat[4*b:])
	put.PutUint32(fat[4*a:], y)
	put.PutUint32(fat[4*b:], x)
	for i := 0; i < 512; i += 4 {
		moved(fat[i:])
	}
	for i := range 4 {
		e := at(dirAt)[128*i:]
		if e[66] == 5 || put.Uint32(e[120:]) >= 4096 {
			moved(e[116:])
		}
	}
	sa := bytes.Clone(at(a))
	copy(at(a), at(b))
	copy(at(b), sa)
	for _, i := range []int{48, 60, 68, 76} {
		moved(out[i:])
	}
	return out
}

func TestMalformedCompoundFilesAreRefused(t *testing.T) {
	put := binary.LittleEndian
	good := container(streamOf("Workbook", bigStream(5000)), streamOf("\x05SummaryInformation", []byte("x")))
	fat := 512 * (1 + int(put.Uint32(good[76:])))
	dir := 512 * (1 + int(put.Uint32(good[48:])))
	stream := int(put.Uint32(good[dir+128+116:]))
	open(t, good)
	for name, damage := range map[string]func(b []byte){
		"stream chain in a loop":         func(b []byte) { put.PutUint32(b[fat+4*(stream+3):], uint32(stream+1)) },
		"stream chain into the FAT":      func(b []byte) { put.PutUint32(b[fat+4*stream:], put.Uint32(b[76:])) },
		"stream chain out of the file":   func(b []byte) { put.PutUint32(b[fat+4*stream:], 0x00FFFFFF) },
		"stream chain ends early":        func(b []byte) { put.PutUint32(b[fat+4*stream:], fatEnd) },
		"stream chain into free space":   func(b []byte) { put.PutUint32(b[fat+4*stream:], fatFree) },
		"stream larger than the file":    func(b []byte) { put.PutUint32(b[dir+128+120:], 0x7FFFFFFF) },
		"stream longer than its chain":   func(b []byte) { put.PutUint32(b[dir+128+120:], put.Uint32(b[dir+128+120:])+600) },
		"stream starts out of the file":  func(b []byte) { put.PutUint32(b[dir+128+116:], 0x00FFFFFF) },
		"stream starts in the directory": func(b []byte) { put.PutUint32(b[dir+128+116:], put.Uint32(b[48:])) },
		"directory in a loop":            func(b []byte) { put.PutUint32(b[fat+(dir-512)/128:], uint32(dir/512-1)) },
		"directory out of the file":      func(b []byte) { put.PutUint32(b[48:], 0x00FFFFFF) },
		"tree in a loop":                 func(b []byte) { put.PutUint32(b[dir+128+68:], 1) },
		"tree back to the root":          func(b []byte) { put.PutUint32(b[dir+128+72:], 0) },
		"tree out of the directory":      func(b []byte) { put.PutUint32(b[dir+76:], 99) },
		"no root":                        func(b []byte) { b[dir+66] = 2 },
		"FAT sector named twice":         func(b []byte) { put.PutUint32(b[44:], 2); copy(b[80:84], b[76:80]) },
		"FAT out of the file":            func(b []byte) { put.PutUint32(b[76:], 0x00FFFFFF) },
		"no FAT":                         func(b []byte) { put.PutUint32(b[44:], 0) },
		"DIFAT in a loop": func(b []byte) {
			put.PutUint32(b[68:], uint32(stream))
			put.PutUint32(b[512*(stream+1)+508:], uint32(stream))
		},
		"DIFAT out of the file":      func(b []byte) { put.PutUint32(b[68:], 0x00FFFFFF) },
		"mini FAT is the directory":  func(b []byte) { copy(b[60:64], b[48:52]) },
		"sectors of another size":    func(b []byte) { b[30] = 10 },
		"byte order":                 func(b []byte) { b[28] = 0 },
		"mini sectors of other size": func(b []byte) { b[32] = 7 },
	} {
		t.Run(name, func(t *testing.T) {
			data := bytes.Clone(good)
			damage(data)
			finds := refused(t, data)
			if f := finds[0]; f.Rule != "old-xls" && f.Rule != "not-a-workbook" || f.Message == "" || f.Hint == "" {
				t.Errorf("got %v", f)
			}
		})
	}
	twice := container(streamOf("Workbook", nil), streamOf("WORKBOOK", nil))
	if finds := refused(t, twice); !strings.Contains(finds.String(), "同名") {
		t.Error(finds)
	}
}

// A document may hold a workbook as an object; it is still a document.
func TestAnEmbeddedWorkbookIsNotTheFiles(t *testing.T) {
	data := container(streamOf("WordDocument", make([]byte, 5000)), streamOf("ObjectPool", nil), streamOf("Workbook", bigStream(5000)))
	put := binary.LittleEndian
	dir := 512 * (1 + int(put.Uint32(data[48:])))
	pool := data[dir+256:]
	pool[66] = 1 // a storage
	put.PutUint32(pool[76:], 3)
	put.PutUint32(pool[72:], fatFree)
	if got := workbook.Sniff(data); got != workbook.Unknown {
		t.Errorf("it is taken for %s", got)
	}
}

func TestTheProgramThatMadeAnOldBookIsKnown(t *testing.T) {
	put := binary.LittleEndian
	set := make([]byte, 48)
	put.PutUint32(set[24:], 1)
	put.PutUint32(set[44:], 48)
	text := func(s string) []byte {
		b := put.AppendUint32(put.AppendUint32(nil, 0x1E), uint32(len(s)))
		return append(b, s...)
	}
	section := make([]byte, 8+24)
	put.PutUint32(section[4:], 3)
	for i, p := range []struct {
		id   uint32
		data []byte
	}{{1, []byte{2, 0, 0, 0, 0xA8, 3, 0, 0}}, {4, text(string(gbk("某人")) + "\x00")}, {18, text("WPS 表格"[:3] + "\x00")}} {
		put.PutUint32(section[8+8*i:], p.id)
		put.PutUint32(section[12+8*i:], uint32(len(section)))
		section = append(section, p.data...)
	}
	stream := biffBook(nil, tab{"报表", 0, nil})
	for want, made := range map[string][]byte{
		"WPS": join(set, section),
		"某人":  bytes.Replace(join(set, section), text("WPS\x00"), text("\x00\x00\x00\x00"), 1),
		"":    set,
	} {
		b := open(t, container(streamOf("Workbook", stream), streamOf("\x05SummaryInformation", made)))
		if b.Creator != want {
			t.Errorf("got %q, want %q", b.Creator, want)
		}
	}
}
