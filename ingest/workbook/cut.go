package workbook

import "zhibiao/kpi/finding"

// Places in a file that are no part of a package and no stream.
const (
	fileHead     = "文件开头"
	zipDirectory = "压缩包目录"
)

const (
	headerMark     = 0x04034b50
	entryMark      = 0x02014b50
	endMark        = 0x06054b50
	end64Mark      = 0x06064b50
	locatorMark    = 0x07064b50
	descriptorMark = 0x08074b50
)

// cutOff is the finding for a package whose directory cannot be found. It goes
// through the parts from the start of the file, by their own headers, and names
// the last one that it comes to.
func cutOff(in *input, lim *Limits) *finding.Finding {
	const lost = "找不到压缩包的目录，"
	z := newInflater(in)
	defer z.free()
	name, room, at := "", lim.Total, int64(0)
	for range lim.Parts {
		head := in.upTo(at, headerSize+max16)
		if len(head) >= 4 && le.Uint32(head) == entryMark {
			return cutDirectory(in, at, lim, lost)
		}
		if len(head) < headerSize || le.Uint32(head) != headerMark || len(head) < headerSize+int(le.Uint16(head[26:])) {
			if name == "" {
				return damaged(fileHead, lost+"第一个部件的头部就不完整")
			}
			return damaged(name, lost+"文件到这个部件之后中断")
		}
		p := &part{name: string(head[headerSize:][:le.Uint16(head[26:])]), deflate: le.Uint16(head[8:]) == 8}
		if !safeName(p.name) {
			return damaged(shown(p.name), lost+"部件名不合规")
		}
		name = p.name
		p.at = at + headerSize + int64(le.Uint16(head[26:])) + int64(le.Uint16(head[28:]))
		p.packed = int64(le.Uint32(head[18:]))
		if le.Uint16(head[6:])&(1<<3) != 0 { // the sizes stand behind the data, and only the data tell where
			if p.packed = z.extent(p, &room); p.packed >= 0 {
				p.packed += descriptorAt(in, p.at+p.packed)
			}
		}
		if p.packed < 0 || p.at+p.packed > in.size {
			return damaged(name, lost+"文件在这个部件的数据中中断")
		}
		at = p.at + p.packed
	}
	return damaged(name, lost+"到这个部件为止已超过部件数的上限")
}

// extent is how many bytes the data of a part take, as far as they tell
// themselves: -1 when they are cut or damaged, are not deflated or inflate to
// more than room.
func (z *inflater) extent(p *part, room *int64) int64 {
	p.packed, p.size = max(0, z.in.size-p.at), *room
	if !p.deflate {
		return -1
	}
	bad := z.verify(p)
	*room -= z.read
	// It ends before the file does, so that something is left over, and neither
	// size nor checksum are known.
	if z.d.state != atEnd || z.d.unread() < 0 || bad == nil || *room < 0 {
		return -1
	}
	return p.packed - z.d.unread()
}

// descriptorAt is the length of the sizes that stand behind a part's data.
func descriptorAt(in *input, at int64) int64 {
	b := in.upTo(at, 28)
	n := 12
	if len(b) >= 4 && le.Uint32(b) == descriptorMark {
		n = 16
	}
	if len(b) >= n+12 && le.Uint32(b[n:]) != headerMark && le.Uint32(b[n:]) != entryMark {
		if m := le.Uint32(b[n+8:]); m == headerMark || m == entryMark {
			n += 8 // Zip64
		}
	}
	return int64(n)
}

// cutDirectory is the finding for a package whose parts are all there: it names
// the part whose entry is the last in the directory.
func cutDirectory(in *input, at int64, lim *Limits, lost string) *finding.Finding {
	name := zipDirectory
	for range lim.Parts {
		entry := in.upTo(at, entrySize+max16)
		switch {
		case len(entry) >= 4 && (le.Uint32(entry) == endMark || le.Uint32(entry) == end64Mark || le.Uint32(entry) == locatorMark):
			return damaged(zipDirectory, lost+"它的结尾不完整，或其后还有多余的内容")
		case len(entry) < entrySize || le.Uint32(entry) != entryMark || len(entry) < entrySize+int(le.Uint16(entry[28:])):
			return damaged(name, lost+"目录到这个部件的条目之后中断")
		}
		if name = string(entry[entrySize:][:le.Uint16(entry[28:])]); !safeName(name) {
			name = shown(name)
		}
		at += entrySize + int64(le.Uint16(entry[28:])) + int64(le.Uint16(entry[30:])) + int64(le.Uint16(entry[32:]))
	}
	return damaged(name, lost+"到这个部件的条目为止已超过部件数的上限")
}

func damaged(part, what string) *finding.Finding {
	return refusal("package-zip", part, "文件不完整或已损坏："+what, "请检查文件是否传输完整；"+resave)
}
