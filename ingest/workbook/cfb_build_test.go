package workbook_test

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// A stream is one of a compound file that a test makes.
type stream struct {
	name string
	data []byte
}

const (
	fatFree  = 0xFFFFFFFF
	fatEnd   = 0xFFFFFFFE
	fatTable = 0xFFFFFFFD
	fatDIFAT = 0xFFFFFFFC
)

// container makes a compound file as Excel does: sectors of 512 bytes, streams
// of less than 4,096 bytes in the mini stream.
func container(streams ...stream) []byte { return containerOf(9, streams...) }

// containerOf makes one with sectors of 2^shift bytes.
func containerOf(shift int, streams ...stream) []byte {
	put := binary.LittleEndian
	size := 1 << shift
	var body []byte
	var fat, miniFAT []uint32
	var mini []byte
	place := func(data []byte) uint32 { // in sectors of its own
		if len(data) == 0 {
			return fatEnd
		}
		first := len(fat)
		for at := 0; at < len(data); at += size {
			fat = append(fat, uint32(len(fat)+1))
			body = append(body, data[at:min(at+size, len(data))]...)
			body = append(body, make([]byte, (size-len(body)%size)%size)...)
		}
		fat[len(fat)-1] = fatEnd
		return uint32(first)
	}
	dir := make([]byte, (len(streams)+1+3)/4*4*128)
	entry := func(i int, name string, kind byte, start uint32, n int) []byte {
		e := dir[128*i:][:128]
		for j, c := range utf16.Encode([]rune(name)) {
			put.PutUint16(e[2*j:], c)
		}
		put.PutUint16(e[64:], uint16(2*len(utf16.Encode([]rune(name)))+2))
		e[66], e[67] = kind, 1
		for at := 68; at < 80; at += 4 {
			put.PutUint32(e[at:], fatFree)
		}
		put.PutUint32(e[116:], start)
		put.PutUint32(e[120:], uint32(n))
		return e
	}
	for i, s := range streams {
		start := uint32(fatEnd)
		if len(s.data) >= 4096 {
			start = place(s.data)
		} else if len(s.data) > 0 {
			start = uint32(len(miniFAT))
			for at := 0; at < len(s.data); at += 64 {
				miniFAT = append(miniFAT, uint32(len(miniFAT)+1))
			}
			miniFAT[len(miniFAT)-1] = fatEnd
			mini = append(mini, s.data...)
			mini = append(mini, make([]byte, (64-len(mini)%64)%64)...)
		}
		e := entry(i+1, s.name, 2, start, len(s.data))
		if i+1 < len(streams) {
			put.PutUint32(e[72:], uint32(i+2)) // a tree that is a list
		}
	}
	root := entry(0, "Root Entry", 5, place(mini), len(mini))
	if len(streams) > 0 {
		put.PutUint32(root[76:], 1)
	}
	dirStart := place(dir)
	var table []byte
	for _, v := range miniFAT {
		table = put.AppendUint32(table, v)
	}
	for len(table)%size != 0 {
		table = put.AppendUint32(table, fatFree)
	}
	miniStart := place(table)

	// The FAT describes its own sectors and those of the DIFAT too.
	per := size / 4
	fats, difats := 0, 0
	for {
		n := (len(fat) + fats + difats + per - 1) / per
		d := max(0, n-109+per-2) / (per - 1)
		if n == fats && d == difats {
			break
		}
		fats, difats = n, d
	}
	fatStart := len(fat)
	for range fats {
		fat = append(fat, fatTable)
	}
	difatStart := len(fat)
	for range difats {
		fat = append(fat, fatDIFAT)
	}
	for len(fat)%per != 0 {
		fat = append(fat, fatFree)
	}
	for _, v := range fat {
		body = put.AppendUint32(body, v)
	}
	for d := range difats {
		for i := range per - 1 {
			v := uint32(fatFree)
			if k := 109 + d*(per-1) + i; k < fats {
				v = uint32(fatStart + k)
			}
			body = put.AppendUint32(body, v)
		}
		next := uint32(fatEnd)
		if d+1 < difats {
			next = uint32(difatStart + d + 1)
		}
		body = put.AppendUint32(body, next)
	}

	head := make([]byte, size)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	put.PutUint16(head[24:], 0x3E)
	put.PutUint16(head[26:], map[int]uint16{9: 3, 12: 4}[shift])
	put.PutUint16(head[28:], 0xFFFE)
	put.PutUint16(head[30:], uint16(shift))
	put.PutUint16(head[32:], 6)
	put.PutUint32(head[44:], uint32(fats))
	put.PutUint32(head[48:], dirStart)
	put.PutUint32(head[56:], 4096)
	put.PutUint32(head[60:], miniStart)
	put.PutUint32(head[64:], uint32(len(table)/size))
	put.PutUint32(head[68:], fatEnd)
	if difats > 0 {
		put.PutUint32(head[68:], uint32(difatStart))
	}
	put.PutUint32(head[72:], uint32(difats))
	for i := range 109 {
		v := uint32(fatFree)
		if i < fats {
			v = uint32(fatStart + i)
		}
		put.PutUint32(head[76+4*i:], v)
	}
	return bytes.Join([][]byte{head, body}, nil)
}
