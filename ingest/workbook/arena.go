package workbook

import (
	"math"
	"strings"
)

// An arena hands out strings that share large blocks, so that a cell costs no
// allocation. A block is never written twice: strings.Builder only appends, and
// a full block is left to its strings.
type arena struct {
	block strings.Builder
	size  int // of the next block
}

const (
	firstBlock = 4 << 10
	lastBlock  = 64 << 10
)

// room makes the block hold n more bytes and returns where they will start.
func (a *arena) room(n int) int {
	if a.block.Cap()-a.block.Len() < n {
		a.size = min(max(a.size*2, firstBlock), lastBlock)
		a.block.Reset()
		a.block.Grow(max(a.size, n))
	}
	return a.block.Len()
}

// add copies bytes into the arena.
func (a *arena) add(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	at := a.room(len(b))
	a.block.Write(b)
	return a.block.String()[at:]
}

// A table is the shared strings: one text and the end of each string in it.
type table struct {
	text string
	ends []uint32
}

const maxTable = math.MaxUint32

// at is the string of an index that is in range.
func (t *table) at(i int) string {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}
