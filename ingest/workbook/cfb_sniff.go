package workbook

import "strings"

var compoundMagic = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")

const (
	maxDirSectors = 4096
	streamEntry   = 2
)

// streams lists the names of the streams in the directory of a compound file.
// It reads nothing else, and no more than maxDirSectors sectors whatever the
// chains say; what cannot be read is left out.
func streams(data []byte) (names []string) {
	if len(data) < 512 {
		return nil
	}
	shift := le.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil
	}
	size := 1 << shift
	sector := func(id uint32) []byte {
		if at := (int64(id) + 1) << shift; id < 0xFFFFFFFA && at+int64(size) <= int64(len(data)) {
			return data[at:][:size]
		}
		return nil
	}
	// The sector numbers of the FAT: 109 in the header, then a chain.
	var fat []uint32
	for at := 76; at < 512; at += 4 {
		fat = append(fat, le.Uint32(data[at:]))
	}
	for id, n := le.Uint32(data[68:]), 0; n < maxDirSectors; n++ {
		s := sector(id)
		if s == nil {
			break
		}
		for at := 0; at < size-4; at += 4 {
			fat = append(fat, le.Uint32(s[at:]))
		}
		id = le.Uint32(s[size-4:])
	}
	next := func(id uint32) uint32 {
		if i := int(id) / (size / 4); i < len(fat) {
			if s := sector(fat[i]); s != nil {
				return le.Uint32(s[int(id)%(size/4)*4:])
			}
		}
		return 0xFFFFFFFE
	}
	for id, n := le.Uint32(data[48:]), 0; n < maxDirSectors; n++ {
		s := sector(id)
		if s == nil {
			break
		}
		for ; len(s) >= 128; s = s[128:] {
			if name := entryName(s); s[66] == streamEntry && name != "" {
				names = append(names, name)
			}
		}
		id = next(id)
	}
	return names
}

// sniffCompound tells what a compound file holds by its streams' names: those of
// the root, because a document may hold a workbook as an object, or, in a
// damaged file, any.
func sniffCompound(data []byte) Format {
	format := Unknown
	var names []string
	if c, bad := openCompound(data, ""); bad == nil {
		for _, s := range c.streams {
			names = append(names, s.name)
		}
	} else {
		names = streams(data)
	}
	for _, name := range names {
		switch strings.ToLower(name) {
		case "encryptedpackage", "encryptioninfo":
			return Encrypted
		case "etextdata":
			return ET
		case "workbook", "book":
			format = XLS
		}
	}
	return format
}

// bareBIFF reports a BIFF stream without a compound file around it, which some
// programs write as .xls: it begins with a BOF record of a workbook or sheet.
func bareBIFF(data []byte) bool {
	return len(data) >= 8 && data[0] == 0x09 &&
		(data[1] == 0x00 && data[2] == 4 || (data[1] == 0x02 || data[1] == 0x04) && data[2] == 6 || data[1] == 0x08 && (data[2] == 8 || data[2] == 16)) &&
		data[3] == 0
}
