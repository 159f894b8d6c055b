package workbook

import (
	"errors"
	"io"
	"math/bits"
)

// A decoder decodes DEFLATE streams (RFC 1951), as strictly as compress/flate:
// it accepts the same streams and makes the same bytes of them (deflate_test.go
// holds it against that decoder). It is our own because inflating is most of
// what reading a workbook costs, and this one takes less than half of the time.
//
// What makes it fast: bits are taken from a 64-bit buffer that is refilled with
// one load of eight bytes, several symbols at a time; a symbol is found by one
// look-up in a table of 2,048 entries, seldom by two, and the entry says all that
// must be known of it; and matches are copied in steps of 16 bytes. For that,
// the input has zeros behind its end and the output has slack bytes of room
// behind its limit, so that the loop has to look for the ends only once a turn.
type decoder struct {
	src    io.ReaderAt
	next   int64  // where in src the next window of the stream begins
	left   int64  // bytes of the stream behind the window
	in     []byte // the window, then padding
	pos    int    // of the first byte of the window that is not in the buffer
	end    int    // of the window
	buffer uint64 // bits that were taken from the window; the lowest is next
	ready  uint   // how many of them count; those above are those of in[pos:]

	state  blockState
	last   bool // the block being read is the stream's last
	stored int  // bytes of a stored block to come

	literal  [literalSize]uint32
	distance [distanceSize]uint32
	lengths  [maxLiterals + maxDistances]uint8 // of the codes of a block
}

type blockState uint8

const (
	betweenBlocks blockState = iota
	inStored
	inCoded
	atEnd
)

const (
	reach   = 32 << 10 // how far back a match can lie
	slack   = 320      // bytes that a turn may write behind the limit: six literals and a match in steps of 16
	inSize  = 64 << 10
	padding = 64 // zeros behind the end of the stream
	margins = 40 // bytes of the window that a turn may need; a window is at least 8 longer

	maxLiterals  = 286
	maxDistances = 30
	maxCode      = 15 // bits

	literalBits  = 11
	distanceBits = 8
	precodeBits  = 7
	// What the tables of a complete code of at most maxCode bits can take at
	// most, rounded up to a power of two, is 2,342 and 402 entries.
	literalSize  = 4096
	distanceSize = 512
)

var errCorrupt = errors.New("deflate stream is damaged")

// start makes the decoder read the stream of size bytes at an offset of src.
func (d *decoder) start(src io.ReaderAt, at, size int64) {
	if d.in == nil {
		d.in = make([]byte, inSize+padding)
	}
	d.src, d.next, d.left = src, at, size
	d.pos, d.end, d.buffer, d.ready = 0, 0, 0, 0
	d.state, d.last = betweenBlocks, false
}

// copy passes the bytes of the stream on as they are, like decode.
func (d *decoder) copy(out []byte, at int) (int, error) {
	n := int(min(d.left, int64(len(out)-at)))
	if _, err := d.src.ReadAt(out[at:at+n], d.next); err != nil {
		return at, err
	}
	d.next, d.left = d.next+int64(n), d.left-int64(n)
	if d.left == 0 {
		d.state = atEnd
	}
	return at + n, nil
}

// unread is how many bytes of the stream come behind what was decoded; negative
// when more bits were decoded than there are.
func (d *decoder) unread() int64 {
	return int64(d.end-d.pos) + int64(d.ready>>3) + d.left
}

// decode decodes on into out from index at, until the stream ends or the output
// comes to the last slack bytes of out, and returns the index behind it. The
// back bytes before at are what was decoded before; matches may reach there.
func (d *decoder) decode(out []byte, at, back int) (int, error) {
	low, limit := at-back, len(out)-slack
	for at < limit && d.state != atEnd {
		if err := d.top(); err != nil {
			return at, err
		}
		var err error
		switch d.state {
		case betweenBlocks:
			err = d.header()
		case inStored:
			at, err = d.raw(out[:limit], at)
		case inCoded:
			at, err = d.coded(out, at, low)
		}
		if err != nil {
			return at, err
		}
		if d.unread() < 0 {
			return at, errCorrupt // cut off
		}
	}
	return at, nil
}

// top slides the window on when little of it is left. At the end of the stream
// there are zeros.
func (d *decoder) top() error {
	if d.end-d.pos >= margins || d.left == 0 {
		return nil
	}
	// A stored block may begin in the bytes that are in the buffer already.
	back := int(d.ready >> 3)
	n := copy(d.in, d.in[d.pos-back:d.end])
	m := int(min(int64(len(d.in)-padding-n), d.left))
	if got, err := d.src.ReadAt(d.in[n:n+m], d.next); got < m {
		return err
	}
	d.next, d.left = d.next+int64(m), d.left-int64(m)
	d.pos, d.end = back, n+m
	if d.left == 0 {
		clear(d.in[d.end : d.end+padding])
	}
	return nil
}

// refill makes at least 56 bits ready. The window must begin at most a few bytes
// behind the end of the stream: there is padding for that, and no more.
func (d *decoder) refill() {
	d.buffer |= le.Uint64(d.in[d.pos:]) << (d.ready & 63)
	d.pos += int(63-d.ready) >> 3
	d.ready |= 56
}

// take takes n bits that are ready.
func (d *decoder) take(n uint) int {
	v := d.buffer & (1<<n - 1)
	d.buffer >>= n
	d.ready -= n
	return int(v)
}

// header reads how a block begins.
func (d *decoder) header() error {
	if d.last {
		d.state = atEnd
		return nil
	}
	d.refill()
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		// Back to whole bytes: the length and its complement stand there.
		d.pos -= int(d.ready >> 3)
		d.buffer, d.ready = 0, 0
		if d.pos+4 > d.end {
			return errCorrupt
		}
		n := le.Uint16(d.in[d.pos:])
		if n != ^le.Uint16(d.in[d.pos+2:]) {
			return errCorrupt
		}
		d.pos += 4
		d.stored, d.state = int(n), inStored
		return nil
	case 1:
		d.state = inCoded
		return d.fixed()
	case 2:
		d.state = inCoded
		return d.dynamic()
	}
	return errCorrupt
}

// raw copies a stored block.
func (d *decoder) raw(out []byte, at int) (int, error) {
	n := min(d.stored, d.end-d.pos, len(out)-at)
	if n == 0 && d.stored > 0 {
		return at, errCorrupt // cut off: out has room
	}
	copy(out[at:], d.in[d.pos:d.pos+n])
	d.pos += n
	if d.stored -= n; d.stored == 0 {
		d.state = betweenBlocks
	}
	return at + n, nil
}

// fixed makes the tables of the code that needs none in the stream. Its symbols
// 286, 287, 30 and 31 take part in the code and stand for nothing.
func (d *decoder) fixed() error {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	complete := build(d.literal[:], literalBits, lengths[:], &literalEntries)
	for i := range 32 {
		lengths[i] = 5
	}
	if !build(d.distance[:], distanceBits, lengths[:32], &distanceEntries) || !complete {
		return errCorrupt
	}
	d.pair()
	return nil
}

// pair makes one entry of two literals whose codes fit the index together. From
// the table's end: what an entry's second code is found by is a smaller index.
func (d *decoder) pair() {
	for i := 1<<literalBits - 1; i >= 0; i-- {
		e := d.literal[i]
		if e&isLiteral == 0 {
			continue
		}
		next := d.literal[i>>(e&63)]
		if n := e&63 + next&63; next&isLiteral != 0 && n <= literalBits {
			d.literal[i] = next&(0xFF<<16)<<8 | e&(0xFF<<16) | isPair | isLiteral | n
		}
	}
}

// precodeOrder is the order in which the lengths of the code's code stand.
var precodeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the codes of a block and makes their tables.
func (d *decoder) dynamic() error {
	literals, distances, n := d.take(5)+257, d.take(5)+1, d.take(4)+4
	if literals > maxLiterals || distances > maxDistances {
		return errCorrupt
	}
	var precode [19]uint8
	for _, symbol := range precodeOrder[:n] {
		d.refill()
		precode[symbol] = uint8(d.take(3))
	}
	// The table of literals is not needed yet.
	if !build(d.literal[:], precodeBits, precode[:], &precodeEntries) {
		return errCorrupt
	}
	lengths := d.lengths[:literals+distances]
	for i := 0; i < len(lengths); {
		if err := d.top(); err != nil {
			return err
		}
		if d.unread() < 0 {
			return errCorrupt // cut off: zeros would be read as lengths, beyond the padding
		}
		d.refill()
		e := d.literal[d.buffer&(1<<precodeBits-1)]
		if e&special != 0 {
			return errCorrupt
		}
		d.take(uint(e & 63))
		symbol := uint8(e >> 16)
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		var value uint8
		var times int
		switch symbol {
		case 16:
			if i == 0 {
				return errCorrupt
			}
			value, times = lengths[i-1], 3+d.take(2)
		case 17:
			times = 3 + d.take(3)
		default:
			times = 11 + d.take(7)
		}
		if times > len(lengths)-i {
			return errCorrupt
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	if !build(d.literal[:], literalBits, lengths[:literals], &literalEntries) ||
		!build(d.distance[:], distanceBits, lengths[literals:], &distanceEntries) {
		return errCorrupt
	}
	d.pair()
	return nil
}

// An entry of a table says what begins with the bits of its index:
//
//	bits 16–31  the smallest length or distance, or where the sub-table begins
//	bits 16–23  of a literal: the literal
//	bits 24–31  of two literals: the second
//	bit  15     special: no literal, length or distance
//	bit  14     the code goes on in a sub-table
//	bit  13     the block ends
//	bits 8–12   the bits of the code, before the extra bits; of a sub-table, of its index
//	bit  7      two literals
//	bit  6      a literal
//	bits 0–5    the bits to take, extra bits included
//
// Special without another bit is no code at all.
const (
	special   = 1 << 15
	goesOn    = 1 << 14
	endsBlock = 1 << 13
	isPair    = 1 << 7
	isLiteral = 1 << 6
)

// What the symbols are, before the bits of their codes are added.
var (
	literalEntries  = literalsAndLengths()
	distanceEntries = distances()
	precodeEntries  = func() (t [32]uint32) {
		for i := range t {
			t[i] = uint32(i) << 16
		}
		return t
	}()
)

func literalsAndLengths() (t [288]uint32) {
	for i := range 256 {
		t[i] = isLiteral | uint32(i)<<16
	}
	t[256] = special | endsBlock
	base := uint32(3)
	for i := 257; i < 285; i++ {
		extra := max(0, (i-261)/4)
		t[i] = base<<16 | uint32(extra)
		base += 1 << extra
	}
	t[285] = 258 << 16
	t[286], t[287] = special, special
	return t
}

func distances() (t [32]uint32) {
	base := uint32(1)
	for i := range 30 {
		extra := max(0, (i-2)/2)
		t[i] = base<<16 | uint32(extra)
		base += 1 << extra
	}
	t[30], t[31] = special, special
	return t
}

// build makes the table of the code whose symbols have codes of these lengths (0
// for none). It is false when the code has too many codes, or too few: only an
// empty code and one of a single code of one bit may be incomplete.
func build[T [288]uint32 | [32]uint32](table []uint32, size uint, lengths []uint8, entries *T) bool {
	var count, begin [maxCode + 2]int
	for _, n := range lengths {
		count[n]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	space := 1 // codes of n bits that are free
	for n := 1; n <= maxCode; n++ {
		if space = space<<1 - count[n]; space < 0 {
			return false
		}
		begin[n+1] = begin[n] + count[n]
	}
	if space > 0 && used > 0 && (used > 1 || count[1] != 1) {
		return false
	}
	// Symbols in the order of their codes.
	var sorted [288]uint16
	for symbol, n := range lengths {
		if n > 0 {
			sorted[begin[n]] = uint16(symbol)
			begin[n]++
		}
	}
	// Codes that fit the table: it is made for one bit, and doubled for each next.
	table[0] = special
	code, i := 0, 0
	for n := uint(1); n <= size; n++ {
		copy(table[1<<(n-1):1<<n], table[:1<<(n-1)])
		code <<= 1
		for range count[n] {
			table[bits.Reverse16(uint16(code))>>(16-n)] = (*entries)[sorted[i]] + uint32(n<<8|n)
			code++
			i++
		}
	}
	// Longer ones: those that begin alike have a sub-table, as large as the
	// longest of them needs.
	free := 1 << size
	prefix := -1
	var sub []uint32
	for n := size + 1; n <= maxCode; n++ {
		code <<= 1
		for ; count[n] > 0; count[n]-- {
			index := int(bits.Reverse16(uint16(code)) >> (16 - n))
			rest := n - size
			if first := index & (1<<size - 1); first != prefix {
				prefix = first
				width := rest
				for room := 1<<width - count[n]; room > 0; {
					width++
					room = room<<1 - count[size+width]
				}
				table[prefix] = uint32(free)<<16 | special | goesOn | uint32(width<<8|size)
				sub = table[free : free+1<<width]
				free += 1 << width
			}
			e := (*entries)[sorted[i]] + uint32(rest<<8|rest)
			for j := index >> size; j < len(sub); j += 1 << rest {
				sub[j] = e
			}
			code++
			i++
		}
	}
	return true
}

// coded decodes symbols until the block ends, the window must slide on or the
// output is full. low is where matches may reach back to.
func (d *decoder) coded(out []byte, at, low int) (int, error) {
	in := d.in
	buffer, ready, pos := d.buffer, d.ready, d.pos
	limit := len(out) - slack
	// At the stream's end decoding goes on into the zeros until more was taken
	// than there is.
	stop := d.end - margins
	if d.left == 0 {
		stop = d.end + 8
	}
	for at < limit && pos <= stop {
		buffer |= le.Uint64(in[pos:]) << (ready & 63)
		pos += int(63-ready) >> 3
		ready |= 56
		e := d.literal[buffer&(1<<literalBits-1)]
		if e&isLiteral != 0 {
			buffer >>= e & 63
			ready -= uint(e & 63)
			le.PutUint16(out[at:], uint16(e>>16))
			at += 1 + int(e>>7&1)
			e = d.literal[buffer&(1<<literalBits-1)]
			if e&isLiteral != 0 {
				buffer >>= e & 63
				ready -= uint(e & 63)
				le.PutUint16(out[at:], uint16(e>>16))
				at += 1 + int(e>>7&1)
				e = d.literal[buffer&(1<<literalBits-1)]
				if e&isLiteral != 0 {
					buffer >>= e & 63
					ready -= uint(e & 63)
					le.PutUint16(out[at:], uint16(e>>16))
					at += 1 + int(e>>7&1)
					continue
				}
			}
			buffer |= le.Uint64(in[pos:]) << (ready & 63)
			pos += int(63-ready) >> 3
			ready |= 56
		}
		if e&special != 0 {
			if e&goesOn != 0 {
				buffer >>= e & 63
				ready -= uint(e & 63)
				e = d.literal[(e>>16+uint32(buffer)&(1<<(e>>8&31)-1))&(literalSize-1)]
				if e&isLiteral != 0 {
					buffer >>= e & 63
					ready -= uint(e & 63)
					out[at] = byte(e >> 16)
					at++
					continue
				}
			}
			if e&special != 0 {
				d.buffer, d.ready, d.pos = buffer>>(e&63), ready-uint(e&63), pos
				if e&endsBlock == 0 {
					return at, errCorrupt
				}
				d.state = betweenBlocks
				return at, nil
			}
		}
		length := int(e>>16) + int(buffer&(1<<(e&63)-1)>>(e>>8&31))
		buffer >>= e & 63
		ready -= uint(e & 63)

		e = d.distance[buffer&(1<<distanceBits-1)]
		if e&special != 0 {
			if e&goesOn != 0 {
				buffer >>= e & 63
				ready -= uint(e & 63)
				e = d.distance[(e>>16+uint32(buffer)&(1<<(e>>8&31)-1))&(distanceSize-1)]
			}
			if e&special != 0 {
				return at, errCorrupt
			}
		}
		distance := int(e>>16) + int(buffer&(1<<(e&63)-1)>>(e>>8&31))
		buffer >>= e & 63
		ready -= uint(e & 63)
		from := at - distance
		if from < low {
			return at, errCorrupt
		}
		switch {
		case distance >= 16:
			for i := 0; i < length; i += 16 {
				*(*[16]byte)(out[at+i : at+i+16]) = *(*[16]byte)(out[from+i : from+i+16])
			}
		case distance == 1:
			b := out[from]
			for i := range out[at : at+length] {
				out[at+i] = b
			}
		default:
			for i := range out[at : at+length] {
				out[at+i] = out[from+i]
			}
		}
		at += length
	}
	d.buffer, d.ready, d.pos = buffer, ready, pos
	return at, nil
}
