package workbook

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"zhibiao/kpi/finding"
)

// A part is one entry of the package, as the central directory and the entry's
// own header agree on it. Nothing of it is believed yet: size and checksum are
// verified by whoever inflates it.
type part struct {
	name    string
	deflate bool
	crc     uint32
	size    int64  // inflated, as claimed
	at      int64  // where its data stand in the file
	packed  int64  // how many bytes they take
	settled bool   // inflated to its end once: it is right, or was reported
	whole   []byte // inflated, when Scan kept it from its first pass
}

// An archive is the directory of a zip package.
type archive struct {
	in    *input
	parts []*part
	byKey map[string]*part // by lower-case name: OPC part names ignore ASCII case
}

// part finds a part by name, whatever its case; nil when there is none.
func (a *archive) part(name string) *part { return a.byKey[strings.ToLower(name)] }

const (
	endSize     = 22
	end64Size   = 56
	locatorSize = 20
	entrySize   = 46
	headerSize  = 30
	max16       = 0xFFFF
	max32       = 0xFFFFFFFF

	// judged is the inflated size from which the ratio cap applies: small parts
	// of one repeated byte are common and harmless.
	judged = 1 << 20
)

var le = binary.LittleEndian

// A directory is where the central directory says its entries are.
type directory struct{ entries, offset, size, end uint64 }

// readArchive reads the directory of a zip package and checks everything that
// can be checked without inflating and without caps, but for that on parts.
func readArchive(in *input, lim *Limits) (*archive, *finding.Finding) {
	dir, bad := findDirectory(in, lim)
	if bad != nil {
		return nil, bad
	}
	if dir.entries > uint64(lim.Parts) {
		return nil, refusal("package-parts", zipDirectory, fmt.Sprintf("文件内有 %d 个部件，超过上限 %d 个", dir.entries, lim.Parts), resave)
	}
	a := &archive{in: in, byKey: make(map[string]*part, dir.entries)}
	spans := make([]span, 0, dir.entries)
	rest := in.bytes(int64(dir.offset), int64(dir.size))
	for range dir.entries {
		p, at, n, bad := readEntry(in, rest, dir.offset)
		if bad != nil {
			return nil, bad
		}
		rest = rest[n:]
		spans = append(spans, at)
		key := strings.ToLower(p.name)
		if _, dup := a.byKey[key]; dup {
			return nil, refusal("package-names", p.name, "文件内有两个同名部件", resave)
		}
		a.byKey[key] = p
		a.parts = append(a.parts, p)
	}
	if len(rest) != 0 {
		return nil, damaged(zipDirectory, "目录条目数与目录大小不符")
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return nil, refusal("package-overlap", spans[i].name,
				fmt.Sprintf("与部件 %s 的数据重叠", spans[i-1].name), resave)
		}
	}
	return a, nil
}

// within holds the sizes that the parts claim against the caps.
func (a *archive) within(lim *Limits) *finding.Finding {
	var total int64
	for _, p := range a.parts {
		if total += p.size; p.size > lim.Part || total > lim.Total {
			return refusal("package-size", p.name,
				fmt.Sprintf("解压后 %d 字节（累计 %d 字节），超过上限（单个 %d、累计 %d 字节）", p.size, total, lim.Part, lim.Total),
				"请删除多余的空行、空列和无关工作表后另存，再报送")
		}
		if p.size > judged && float64(p.size) > lim.Ratio*float64(p.packed) {
			return refusal("package-ratio", p.name,
				fmt.Sprintf("解压后是压缩前的 %d 倍，超过上限 %.0f 倍", p.size/max(p.packed, 1), lim.Ratio),
				"请删除多余的空行、空列后另存，再报送")
		}
	}
	return nil
}

// A span is the bytes that an entry takes in the file, its header included.
type span struct {
	from, to int64
	name     string
}

// findDirectory finds the end record and checks that the directory it points
// to ends exactly where the record begins: nothing before, between or behind.
func findDirectory(in *input, lim *Limits) (directory, *finding.Finding) {
	start := max(0, in.size-endSize-max16)
	data := in.bytes(start, in.size-start)
	i := len(data) - endSize
	for ; i >= 0; i-- {
		if le.Uint32(data[i:]) == endMark && int(le.Uint16(data[i+20:])) == len(data)-endSize-i {
			break
		}
	}
	if i < 0 {
		return directory{}, cutOff(in, lim)
	}
	end, at := data[i:], start+int64(i)
	dir := directory{
		entries: uint64(le.Uint16(end[10:])),
		size:    uint64(le.Uint32(end[12:])),
		offset:  uint64(le.Uint32(end[16:])),
		end:     uint64(at),
	}
	var locator []byte
	if at >= locatorSize {
		locator = in.bytes(at-locatorSize, locatorSize)
	}
	if locator != nil && le.Uint32(locator) == locatorMark {
		before := uint64(at - locatorSize)
		rec := le.Uint64(locator[8:])
		if rec > before || before-rec < end64Size {
			return directory{}, damaged(zipDirectory, "Zip64 目录记录错误")
		}
		end := in.bytes(int64(rec), end64Size)
		if le.Uint32(end) != end64Mark {
			return directory{}, damaged(zipDirectory, "Zip64 目录记录错误")
		}
		dir = directory{
			entries: le.Uint64(end[32:]),
			size:    le.Uint64(end[40:]),
			offset:  le.Uint64(end[48:]),
			end:     rec,
		}
	} else if d := le.Uint16(end[4:]); d != 0 || le.Uint16(end[6:]) != 0 || le.Uint16(end[8:]) != le.Uint16(end[10:]) {
		return directory{}, damaged(zipDirectory, "分卷压缩的文件不能读取")
	}
	if dir.offset > dir.end || dir.size != dir.end-dir.offset || dir.entries > dir.size/entrySize {
		return directory{}, damaged(zipDirectory, "压缩包的目录位置或大小不符")
	}
	return dir, nil
}

// readEntry reads the first entry of rest, which is what is left of the
// directory that starts at limit, and the header that the entry points to. n is
// the size of the entry in the directory.
func readEntry(in *input, rest []byte, limit uint64) (p *part, at span, n int, bad *finding.Finding) {
	if len(rest) < entrySize || le.Uint32(rest) != entryMark {
		return nil, at, 0, damaged(zipDirectory, "目录条目错误")
	}
	nameLen, extraLen, noteLen := int(le.Uint16(rest[28:])), int(le.Uint16(rest[30:])), int(le.Uint16(rest[32:]))
	n = entrySize + nameLen + extraLen + noteLen
	if len(rest) < n {
		return nil, at, 0, damaged(zipDirectory, "目录条目被截断")
	}
	flags, method := le.Uint16(rest[8:]), le.Uint16(rest[10:])
	packed, size, offset := uint64(le.Uint32(rest[20:])), uint64(le.Uint32(rest[24:])), uint64(le.Uint32(rest[42:]))
	rawName := rest[entrySize : entrySize+nameLen]
	name := string(rawName)
	if !zip64(rest[entrySize+nameLen:][:extraLen], &size, &packed, &offset) {
		return nil, at, 0, refusal("package-zip", shown(name), "Zip64 附加信息错误", resave)
	}
	if !safeName(name) {
		return nil, at, 0, refusal("package-names", shown(name), "部件名不合规（绝对路径、..、反斜杠或控制字符）", resave)
	}
	if flags&(1|1<<13) != 0 {
		return nil, at, 0, refusal("encrypted", name, "压缩包内的部件已加密", "请去掉压缩包密码，另存为不加密的 .xlsx 再报送")
	}
	if flags&(1<<5) != 0 || method != 0 && method != 8 {
		return nil, at, 0, refusal("package-zip", name, fmt.Sprintf("压缩方式 %d 不能读取", method), resave)
	}
	if offset > limit || limit-offset < headerSize {
		return nil, at, 0, refusal("package-zip", name, "部件的位置错误", resave)
	}
	head := in.bytes(int64(offset), int64(min(headerSize+uint64(nameLen), limit-offset)))
	if le.Uint32(head) != headerMark {
		return nil, at, 0, refusal("package-zip", name, "部件的位置错误", resave)
	}
	body := uint64(headerSize) + uint64(le.Uint16(head[26:])) + uint64(le.Uint16(head[28:]))
	if body > limit-offset || packed > limit-offset-body {
		return nil, at, 0, refusal("package-size", name, "部件的数据超出文件范围", resave)
	}
	if le.Uint16(head[8:]) != method || int(le.Uint16(head[26:])) != nameLen || !bytes.Equal(head[headerSize:], rawName) {
		return nil, at, 0, refusal("package-names", name, "部件的名称或压缩方式与目录不符", resave)
	}
	crc := le.Uint32(rest[16:])
	if flags&(1<<3) == 0 { // sizes stand in the header, not behind the data
		c, s := le.Uint32(head[18:]), le.Uint32(head[22:])
		if le.Uint32(head[14:]) != crc || c != max32 && uint64(c) != packed || s != max32 && uint64(s) != size {
			return nil, at, 0, refusal("package-size", name, "部件的大小或校验和与目录不符", resave)
		}
	}
	if size > 1<<62 || method == 0 && size != packed || strings.HasSuffix(name, "/") && size != 0 {
		return nil, at, 0, refusal("package-size", name, "部件的大小与压缩方式不符", resave)
	}
	p = &part{name: name, deflate: method == 8, crc: crc, size: int64(size), at: int64(offset + body), packed: int64(packed)}
	return p, span{int64(offset), int64(offset + body + packed), name}, n, nil
}

// zip64 replaces the sizes that stand as 0xFFFFFFFF by those of the extra field.
func zip64(extra []byte, fields ...*uint64) bool {
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return false
		}
		if id == 1 {
			field := extra[:n]
			for _, f := range fields {
				if *f == max32 {
					if len(field) < 8 {
						return false
					}
					*f, field = le.Uint64(field), field[8:]
				}
			}
			return true
		}
		extra = extra[n:]
	}
	return true
}

// safeName refuses names that would mean something to a file system.
func safeName(name string) bool {
	if name == "" || name[0] == '/' || strings.ContainsAny(name, "\\:") {
		return false
	}
	for i := range len(name) {
		if name[i] < 0x20 || name[i] == 0x7f {
			return false
		}
	}
	for seg := range strings.SplitSeq(name, "/") {
		if seg == ".." || seg == "." {
			return false
		}
	}
	return true
}

// shown makes a part name fit to print.
func shown(name string) string { return fmt.Sprintf("%.120q", name) }
