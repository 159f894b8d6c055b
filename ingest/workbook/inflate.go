package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"zhibiao/kpi/finding"

	"github.com/klauspost/compress/flate"
)

// An inflater reads one part after another and keeps its tables between them.
type inflater struct {
	packed bytes.Reader
	flate  io.ReadCloser
	part   *part
	read   int64
	crc    uint32
	err    error            // of the source; io.EOF at the end
	bad    *finding.Finding // what is wrong with the part
	done   bool             // the part was read to its end and is right
}

// open starts a part.
func (z *inflater) open(p *part) {
	z.part, z.read, z.crc, z.err, z.bad, z.done = p, 0, 0, nil, nil, false
	z.packed.Reset(p.packed)
	switch {
	case !p.deflate:
	case z.flate == nil:
		z.flate = flate.NewReader(&z.packed)
	default:
		// Reset of a flate reader only stores the source.
		_ = z.flate.(flate.Resetter).Reset(&z.packed, nil)
	}
}

// fill reads until b is full or the part ends. The end is reported only when
// every byte was there, none was left over and the checksum is right.
func (z *inflater) fill(b []byte) (int, *finding.Finding) {
	n := 0
	for n < len(b) && z.err == nil {
		var m int
		if z.part.deflate {
			m, z.err = z.flate.Read(b[n:])
		} else {
			m, z.err = z.packed.Read(b[n:])
		}
		n += m
		if z.read += int64(m); z.read > z.part.size {
			z.part.settled = true
			z.bad = refusal("package-size", z.part.name, fmt.Sprintf("解压后超过声明的 %d 字节", z.part.size), transport)
			return 0, z.bad
		}
	}
	z.crc = crc32.Update(z.crc, crc32.IEEETable, b[:n])
	switch {
	case z.err == nil:
		return n, nil
	case !errors.Is(z.err, io.EOF):
		z.bad = refusal("package-crc", z.part.name, "压缩数据已损坏", transport)
	case z.read < z.part.size:
		z.bad = refusal("package-size", z.part.name, fmt.Sprintf("解压后只有 %d 字节，声明为 %d 字节", z.read, z.part.size), transport)
	case z.packed.Len() != 0:
		z.bad = refusal("package-size", z.part.name, fmt.Sprintf("压缩数据后多出 %d 字节", z.packed.Len()), transport)
	case z.crc != z.part.crc:
		z.bad = refusal("package-crc", z.part.name, "校验和不符，文件在保存或传输中损坏", transport)
	default:
		z.part.settled, z.done = true, true
		return n, nil
	}
	return 0, z.bad
}

const transport = "请重新发送原件；若原件也打不开，" + resave

// verify inflates a part only to see that it is whole.
func (z *inflater) verify(p *part, buf []byte) *finding.Finding {
	z.open(p)
	for !z.done {
		if _, bad := z.fill(buf); bad != nil {
			return bad
		}
	}
	return nil
}

const (
	// wholePart is the inflated size up to which a part is inflated before it is
	// parsed; a larger one is inflated in its own goroutine while it is parsed.
	wholePart = 512 << 10
	chunkSize = 512 << 10
	chunks    = 4

	// headroom is how many unread bytes of a window are put before the next chunk.
	headroom = 4 << 10
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

type chunk struct {
	b    []byte // a buffer; what was inflated stands at b[headroom:]
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
		s.free <- make([]byte, headroom+chunkSize)
	}
	z.open(p)
	go func() {
		defer close(s.full)
		for {
			var b []byte
			select {
			case b = <-s.free:
			case <-s.stop:
				return
			}
			n, bad := z.fill(b[headroom:])
			c := chunk{b: b[:headroom+n], last: z.done, bad: bad}
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
	if len(tail) <= headroom {
		win = c.b[headroom-len(tail):]
		copy(win, tail)
		s.giveBack()
		s.held = c.b
		return win, c.last, nil
	}
	// A tag or text of more than headroom bytes is read on in a window of its own.
	if n := len(tail) + len(c.b) - headroom; n > cap(s.win) {
		win = make([]byte, 0, 2*max(n, chunkSize))
		s.win = append(win, tail...)
	} else {
		s.win = s.win[:len(tail)]
		copy(s.win, tail)
	}
	s.win = append(s.win, c.b[headroom:]...)
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
