package workbook

import "strings"

// The properties of [MS-OLEPS] that tell who made a book.
const (
	propertyCodePage = 1
	propertyAuthor   = 4
	propertyProgram  = 18
	textProperty     = 0x1E
)

// application is the program that made the file, or else the author. A property
// set that cannot be read tells neither.
func (c *compound) application() string {
	set, bad := c.stream("\x05SummaryInformation")
	if bad != nil || len(set) < 48 {
		return ""
	}
	from := int64(le.Uint32(set[44:]))
	if from+8 > int64(len(set)) {
		return ""
	}
	set = set[from:]
	x := &xlsReader{}
	texts := map[uint32][]byte{}
	for i := range min(int(le.Uint32(set[4:])), (len(set)-8)/8, 64) {
		id, at := le.Uint32(set[8+8*i:]), int64(le.Uint32(set[12+8*i:]))
		if at+8 > int64(len(set)) {
			continue
		}
		value := set[at:]
		switch n := int64(le.Uint32(value[4:])); {
		case id == propertyCodePage:
			x.codepage = int(le.Uint16(value[4:]))
		case le.Uint32(value) == textProperty && n <= 256 && 8+n <= int64(len(value)):
			texts[id] = value[8 : 8+n]
		}
	}
	for _, id := range []uint32{propertyProgram, propertyAuthor} {
		text, _, _ := strings.Cut(string(texts[id]), "\x00")
		if name, ok := x.narrow([]byte(strings.TrimSpace(text))); ok && name != "" {
			return name
		}
	}
	return ""
}
