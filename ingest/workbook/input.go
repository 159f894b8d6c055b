package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// An input is the file that is read. It keeps the first error of reading it,
// which is nobody's fault who made the workbook and therefore no finding: what
// was found and visited after it counts for nothing.
type input struct {
	src  io.ReaderAt
	size int64
	data []byte // the file when it is in memory

	mu  sync.Mutex // two goroutines inflate
	err error
}

func inMemory(data []byte) *input {
	return &input{src: bytes.NewReader(data), size: int64(len(data)), data: data}
}

// ReadAt fills b. A file that ends earlier than it did at first is an error.
func (in *input) ReadAt(b []byte, at int64) (int, error) {
	n, err := in.src.ReadAt(b, at)
	if n == len(b) {
		return n, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	err = fmt.Errorf("read workbook at %d: %w", at+int64(n), err)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
	}
	return n, err
}

// failed is the first error of reading.
func (in *input) failed() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

// bytes is a piece of the file, which must not be changed; zeros when it cannot
// be read.
func (in *input) bytes(at, n int64) []byte {
	if in.data != nil {
		return in.data[at : at+n]
	}
	b := make([]byte, n)
	if _, err := in.ReadAt(b, at); err != nil {
		clear(b)
	}
	return b
}

// upTo is at most n bytes of the file, fewer where it ends.
func (in *input) upTo(at, n int64) []byte {
	if at >= in.size {
		return nil
	}
	return in.bytes(at, min(n, in.size-at))
}

// all is the whole file.
func (in *input) all() []byte { return in.bytes(0, in.size) }
