package workbook

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"zhibiao/kpi/finding"
)

// A compound is a compound file ([MS-CFB]) in memory. It is our own reader and
// not richardlehane/mscfb because the input is hostile: every sector has one
// owner here, so that loops and overlaps are refused and no chain costs more
// than the file has sectors; streams of embedded objects cannot pass for the
// book's; and a stream that lies in one piece, as nearly all do, is not copied.
type compound struct {
	data      []byte
	rule      string // of the findings
	shift     uint   // log2 of the sector size, 9 or 12
	fat       []uint32
	taken     []bool // sectors that have an owner
	miniFAT   []uint32
	mini      []byte // the stream that holds small streams
	takenMini []bool // mini sectors that have an owner
	cutoff    int64  // streams shorter than it are small
	streams   []compoundStream
}

// A compoundStream is a stream of the root storage.
type compoundStream struct {
	name  string
	start uint32
	size  int64
}

const (
	headerSectors = 109 // FAT sectors that the header names
	headerBytes   = 512
	entryBytes    = 128
	miniShift     = 6

	sectorMax  = 0xFFFFFFFA // the first number that is no sector
	chainEnd   = 0xFFFFFFFE
	sectorFree = 0xFFFFFFFF
	noEntry    = 0xFFFFFFFF
)

// openCompound reads the tables and the root directory of a compound file.
// rule names the findings.
func openCompound(data []byte, rule string) (*compound, *finding.Finding) {
	c := &compound{data: data, rule: rule}
	if len(data) < headerBytes {
		return nil, c.bad(fileHead, "文件头不完整")
	}
	if c.shift = uint(le.Uint16(data[30:])); c.shift != 9 && c.shift != 12 || le.Uint16(data[28:]) != 0xFFFE || le.Uint16(data[32:]) != miniShift {
		return nil, c.bad(fileHead, "文件头错误")
	}
	sectors := max(0, len(data)-1) >> c.shift // the header takes one, the last may be cut
	c.taken = make([]bool, sectors)
	c.cutoff = int64(le.Uint32(data[56:]))
	if bad := c.readFAT(sectors); bad != nil {
		return nil, bad
	}
	dir, bad := c.chain(cfbDirectory, le.Uint32(data[48:]), -1)
	if bad != nil {
		return nil, bad
	}
	if len(dir) < entryBytes || dir[66] != 5 {
		return nil, c.bad(cfbDirectory, "没有根目录")
	}
	table, bad := c.chain("小扇区表", le.Uint32(data[60:]), -1)
	if bad != nil {
		return nil, bad
	}
	c.miniFAT = words(nil, table)
	if root := dir[:entryBytes]; len(c.miniFAT) > 0 {
		if c.mini, bad = c.chain("小扇区数据", le.Uint32(root[116:]), c.sizeOf(root)); bad != nil {
			return nil, bad
		}
	}
	c.takenMini = make([]bool, min(len(c.miniFAT), (len(c.mini)+1<<miniShift-1)>>miniShift))
	return c, c.walk(dir)
}

// Places in a compound file that are no stream.
const (
	cfbTable     = "扇区表"
	cfbDirectory = "目录"
)

// bad is a finding about a place of the container or one of its streams.
func (c *compound) bad(stream, what string) *finding.Finding {
	return refusal(c.rule, stream, "文件不完整或已损坏："+what, "请检查文件是否传输完整；"+resave)
}

// words appends the little-endian numbers of a sector.
func words(dst []uint32, b []byte) []uint32 {
	for ; len(b) >= 4; b = b[4:] {
		dst = append(dst, le.Uint32(b))
	}
	return dst
}

// sector is the bytes of a sector; the last one of the file may be short. It is
// nil when there is none or it has an owner already.
func (c *compound) sector(id uint32) []byte {
	if int64(id) >= int64(len(c.taken)) || c.taken[id] {
		return nil
	}
	c.taken[id] = true
	at := (int(id) + 1) << c.shift
	return c.data[at:min(at+1<<c.shift, len(c.data))]
}

// readFAT reads the table of chains, whose sectors the header and the DIFAT
// chain name. The header's count only ends the list, because some programs leave
// other numbers behind it.
func (c *compound) readFAT(sectors int) *finding.Finding {
	left := le.Uint32(c.data[44:])
	add := func(ids []uint32) *finding.Finding {
		for _, id := range ids {
			if id >= sectorMax || left == 0 {
				continue
			}
			left--
			s := c.sector(id)
			if len(s) != 1<<c.shift {
				return c.bad(cfbTable, fmt.Sprintf("扇区表的第 %d 号扇区不存在、不完整或重复使用", id))
			}
			c.fat = words(c.fat, s)
		}
		return nil
	}
	if bad := add(words(nil, c.data[76:76+4*headerSectors])); bad != nil {
		return bad
	}
	for id := le.Uint32(c.data[68:]); id < sectorMax; {
		s := c.sector(id)
		if len(s) != 1<<c.shift {
			return c.bad(cfbTable, fmt.Sprintf("扇区总表的第 %d 号扇区不存在、不完整或成环", id))
		}
		last := len(s) - 4
		if bad := add(words(nil, s[:last])); bad != nil {
			return bad
		}
		id = le.Uint32(s[last:])
	}
	if len(c.fat) > sectors {
		c.fat = c.fat[:sectors]
	}
	return nil
}

// chain gathers the sectors from start until there are size bytes; with size
// -1, to the chain's end.
func (c *compound) chain(name string, start uint32, size int64) ([]byte, *finding.Finding) {
	if size == 0 || size < 0 && start >= sectorMax {
		return nil, nil
	}
	whole := size < 0
	if !whole && size > int64(len(c.data)) {
		return nil, c.bad(name, fmt.Sprintf("声明的大小 %d 字节超过文件", size))
	}
	var out []byte
	begin, copied := 0, false // out is c.data[begin:] as long as the chain lies in one piece
	for id := start; whole || int64(len(out)) < size; {
		if id >= sectorMax {
			if whole && id == chainEnd {
				return out, nil
			}
			return nil, c.bad(name, "扇区链中断")
		}
		s := c.sector(id)
		if len(s) == 0 {
			return nil, c.bad(name, fmt.Sprintf("第 %d 号扇区不存在、成环或重复使用", id))
		}
		at := (int(id) + 1) << c.shift
		switch {
		case out == nil:
			begin, out = at, s
		case !copied && at == begin+len(out):
			out = c.data[begin : at+len(s)]
		default:
			if !copied {
				out, copied = append(make([]byte, 0, max(size, int64(2*len(out)))), out...), true
			}
			out = append(out, s...)
		}
		if len(s) != 1<<c.shift && (whole || int64(len(out)) < size) {
			return nil, c.bad(name, "文件被截断")
		}
		if whole || int64(len(out)) < size {
			if int64(id) >= int64(len(c.fat)) {
				return nil, c.bad(name, "扇区链超出扇区表")
			}
			id = c.fat[id]
		}
	}
	return out[:size:size], nil
}

// small gathers a stream from the mini stream.
func (c *compound) small(name string, start uint32, size int64) ([]byte, *finding.Finding) {
	var out []byte
	for id := start; int64(len(out)) < size; {
		if int64(id) >= int64(len(c.takenMini)) || c.takenMini[id] {
			return nil, c.bad(name, fmt.Sprintf("第 %d 号小扇区不存在、成环或重复使用", id))
		}
		c.takenMini[id] = true
		at := int(id) << miniShift
		s := c.mini[at:min(at+1<<miniShift, len(c.mini))]
		if out = append(out, s...); len(s) < 1<<miniShift && int64(len(out)) < size {
			return nil, c.bad(name, "文件被截断")
		}
		id = c.miniFAT[id]
	}
	return out[:size:size], nil
}

// sizeOf is the size in a directory entry. In files with small sectors its
// upper half is not defined.
func (c *compound) sizeOf(entry []byte) int64 {
	if c.shift == 9 {
		return int64(le.Uint32(entry[120:]))
	}
	return int64(min(le.Uint64(entry[120:]), 1<<62))
}

// walk lists the streams of the root storage: the tree of siblings below the
// root entry. What is inside other storages belongs to embedded objects.
func (c *compound) walk(dir []byte) *finding.Finding {
	seen := make([]bool, len(dir)/entryBytes)
	seen[0] = true
	names := map[string]bool{}
	open := []uint32{le.Uint32(dir[76:])}
	for len(open) > 0 {
		id := open[len(open)-1]
		if open = open[:len(open)-1]; id == noEntry {
			continue
		}
		if int64(id) >= int64(len(seen)) || seen[id] {
			return c.bad(cfbDirectory, fmt.Sprintf("目录的第 %d 项不存在或成环", id))
		}
		seen[id] = true
		entry := dir[int(id)*entryBytes:][:entryBytes]
		open = append(open, le.Uint32(entry[68:]), le.Uint32(entry[72:]))
		if entry[66] != streamEntry {
			continue
		}
		name := entryName(entry)
		key := strings.ToLower(name)
		if names[key] {
			return c.bad(shown(name), "目录中有两个同名的数据流")
		}
		names[key] = true
		c.streams = append(c.streams, compoundStream{name, le.Uint32(entry[116:]), c.sizeOf(entry)})
	}
	return nil
}

// entryName is the name in a directory entry; "" when its length is wrong.
func entryName(entry []byte) string {
	used := int(le.Uint16(entry[64:]))
	if used < 2 || used > 64 {
		return ""
	}
	wide := make([]uint16, 0, 32)
	for at := 0; at+1 < used-2; at += 2 {
		wide = append(wide, le.Uint16(entry[at:]))
	}
	return string(utf16.Decode(wide))
}

// stream reads a stream of the root storage, whatever the case of its name; it
// is nil when there is none. A stream can be read once: its sectors are then
// taken.
func (c *compound) stream(name string) ([]byte, *finding.Finding) {
	for _, s := range c.streams {
		if !strings.EqualFold(s.name, name) {
			continue
		}
		gather := c.chain
		if s.size < c.cutoff {
			gather = c.small
		}
		out, bad := gather(name, s.start, s.size)
		if out == nil {
			out = []byte{}
		}
		return out, bad
	}
	return nil, nil
}
