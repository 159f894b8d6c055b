package workbook

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"zhibiao/kpi/finding"
)

// An inflater reads one part after another.
type inflater struct {
	in   *input
	d    decoder
	buf  []byte // for parts that are inflated whole, and to verify others
	part *part
	read int64
	crc  uint32
	bad  *finding.Finding // what is wrong with the part
	done bool             // the part was read to its end and is right
}

// Inflaters are used again, for the next book too: their tables and buffers take
// more than most books.
var inflaters = sync.Pool{New: func() any { return new(inflater) }}

func newInflater(in *input) *inflater {
	z := inflaters.Get().(*inflater)
	z.in = in
	return z
}

// free ends the use of an inflater and of every slice that it returned.
func (z *inflater) free() {
	z.in, z.part, z.bad = nil, nil, nil
	z.d.start(nil, 0, 0)
	inflaters.Put(z)
}

// open starts a part.
func (z *inflater) open(p *part) {
	z.part, z.read, z.crc, z.bad, z.done = p, 0, 0, nil, false
	z.d.start(z.in, p.at, p.packed)
}

// fill inflates on into b from index at, until only the last slack bytes of b
// are free or the part ends, and returns the index behind. What was inflated
// last stands before at, as much of it as matches can reach. The end is reported
// only when every byte was there, none was left over and the checksum is right.
func (z *inflater) fill(b []byte, at int) (end int, bad *finding.Finding) {
	var err error
	if z.part.deflate {
		end, err = z.d.decode(b, at, int(min(z.read, int64(at), reach)))
	} else {
		end, err = z.d.copy(b[:len(b)-slack], at)
	}
	z.crc = crc32.Update(z.crc, crc32.IEEETable, b[at:end])
	z.read += int64(end - at)
	left := z.d.unread()
	switch {
	case z.read > z.part.size:
		z.bad = refusal("package-size", z.part.name, fmt.Sprintf("解压后超过声明的 %d 字节", z.part.size), transport)
	case err != nil && !errors.Is(err, errCorrupt): // kept by the input
		z.bad = refusal("package-zip", z.part.name, "不能读取", transport)
	case err != nil:
		z.bad = refusal("package-crc", z.part.name, "压缩数据已损坏", transport)
	case z.d.state != atEnd:
		return end, nil
	case z.read < z.part.size:
		z.bad = refusal("package-size", z.part.name, fmt.Sprintf("解压后只有 %d 字节，声明为 %d 字节", z.read, z.part.size), transport)
	case left != 0:
		z.bad = refusal("package-size", z.part.name, fmt.Sprintf("压缩数据后多出 %d 字节", left), transport)
	case z.crc != z.part.crc:
		z.bad = refusal("package-crc", z.part.name, "校验和不符，文件在保存或传输中损坏", transport)
	default:
		z.part.settled, z.done = true, true
		return end, nil
	}
	z.part.settled = true
	return at, z.bad
}

const transport = "请重新发送原件；若原件也打不开，" + resave

// whole inflates a part of at most wholePart bytes into buf, which is made anew
// when it is too small.
func (z *inflater) whole(p *part, buf []byte) ([]byte, *finding.Finding) {
	// One byte more than claimed, so that one too many is noticed.
	if n := int(p.size) + 1 + slack; cap(buf) < n {
		buf = make([]byte, n)
	} else {
		buf = buf[:n]
	}
	z.open(p)
	n, bad := z.fill(buf, 0)
	return buf[:n], bad
}

// verify inflates a part only to see that it is whole.
func (z *inflater) verify(p *part) *finding.Finding {
	if cap(z.buf) < chunkSize {
		z.buf = make([]byte, chunkSize)
	}
	buf := z.buf[:chunkSize]
	z.open(p)
	for !z.done {
		n, bad := z.fill(buf, reach)
		if bad != nil {
			return bad
		}
		copy(buf, buf[n-reach:n])
	}
	return nil
}

const (
	// wholePart is the inflated size up to which a part is inflated before it is
	// parsed; a larger one is inflated in its own goroutine while it is parsed.
	wholePart = 512 << 10
	chunkSize = reach + 256<<10
	chunks    = 4
)

// A stream inflates a part in its own goroutine. Its window is the unread bytes
// of what was inflated so far.
type stream struct {
	full chan chunk
	free chan []byte
	stop chan struct{}
	held []byte // the buffer that the window lies in, given back with the next
	win  []byte // the window when its unread bytes do not fit before a chunk
}

// A chunk is a buffer. What was inflated last stands at b[reach:]; before it,
// what was inflated before, so that a short rest of it is there already.
type chunk struct {
	b    []byte
	last bool
	bad  *finding.Finding
}

// start begins to inflate a part. The inflater belongs to the stream until
// close has returned.
func (z *inflater) start(p *part) *stream {
	s := &stream{
		full: make(chan chunk, chunks),
		free: make(chan []byte, chunks),
		stop: make(chan struct{}),
	}
	for range chunks {
		s.free <- make([]byte, chunkSize)
	}
	z.open(p)
	go func() {
		defer close(s.full)
		var before [reach]byte // a buffer that was sent is not looked at again
		for {
			var b []byte
			select {
			case b = <-s.free:
			case <-s.stop:
				return
			}
			copy(b, before[:])
			n, bad := z.fill(b, reach)
			copy(before[:], b[n-reach:n])
			c := chunk{b: b[:n], last: z.done, bad: bad}
			s.full <- c // never blocks: there are as many places as buffers
			if c.last || bad != nil {
				return
			}
		}
	}()
	return s
}

// more puts what is left unread of the window before the next chunk. The old
// window is overwritten.
func (s *stream) more(tail []byte) (win []byte, last bool, bad *finding.Finding) {
	c := <-s.full
	if c.bad != nil {
		return nil, true, c.bad
	}
	if len(tail) <= reach {
		s.giveBack()
		s.held = c.b
		return c.b[reach-len(tail):], c.last, nil
	}
	// A tag or text of more than reach bytes is read on in a window of its own.
	if n := len(tail) + len(c.b) - reach; n > cap(s.win) {
		win = make([]byte, 0, 2*max(n, chunkSize))
		s.win = append(win, tail...)
	} else {
		s.win = s.win[:len(tail)]
		copy(s.win, tail)
	}
	s.win = append(s.win, c.b[reach:]...)
	s.giveBack()
	s.free <- c.b[:cap(c.b)]
	return s.win, c.last, nil
}

// giveBack lets the buffer of the window that was read be filled again.
func (s *stream) giveBack() {
	if s.held != nil {
		s.free <- s.held[:cap(s.held)]
		s.held = nil
	}
}

// drain reads what is left, to learn whether the part is whole.
func (s *stream) drain() *finding.Finding {
	s.giveBack()
	for c := range s.full {
		if c.bad != nil {
			return c.bad
		}
		s.free <- c.b[:cap(c.b)]
	}
	return nil
}

// close stops the goroutine and waits for it.
func (s *stream) close() {
	close(s.stop)
	for range s.full {
		// What was inflated meanwhile is of no use; only the end matters.
	}
}
