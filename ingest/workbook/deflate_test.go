package workbook

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inflated decodes a stream in steps of the given size, until it ends or there
// are most bytes. The window over the stream is small, so that it slides on at
// every kind of place.
func inflated(stream []byte, step int, most int) (out []byte, unread int64, err error) {
	d := decoder{in: make([]byte, margins+8+step%100+padding)}
	d.start(bytes.NewReader(stream), 0, int64(len(stream)))
	// No stream inflates to more than 1,032 times its size.
	buf := make([]byte, min(most, 1032*len(stream))+step+2*slack)
	at := 0
	for d.state != atEnd && at < most {
		if at, err = d.decode(buf[:at+step+slack], at, min(reach, at)); err != nil {
			return buf[:at], 0, err
		}
	}
	return buf[:at], d.unread(), nil
}

// same holds the decoder against the standard library's.
func same(t *testing.T, stream []byte, step int) {
	t.Helper()
	const most = 1 << 20
	src := bytes.NewReader(stream)
	want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(src), most+1))
	got, unread, err := inflated(stream, step, most+1)
	if len(want) > most {
		if err != nil || len(got) <= most || !bytes.Equal(got[:most], want[:most]) {
			t.Fatalf("a long stream: %d bytes, %v", len(got), err)
		}
		return
	}
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("error %v, compress/flate has %v", err, wantErr)
	}
	if err != nil {
		if !errors.Is(err, errCorrupt) {
			t.Fatalf("error %v", err)
		}
		return
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, compress/flate has %d, or others", len(got), len(want))
	}
	if unread != int64(src.Len()) {
		t.Fatalf("%d bytes unread, compress/flate has %d", unread, src.Len())
	}
}

// FuzzInflate holds the decoder against compress/flate over any bytes.
func FuzzInflate(f *testing.F) {
	for _, s := range soundStreams(f) {
		f.Add(s, uint16(1))
		f.Add(s[:len(s)/2], uint16(300))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint16) { same(t, stream, 1+int(step)) })
}

// soundStreams are sound streams of every kind of block.
func soundStreams(t testing.TB) (all [][]byte) {
	var cells strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&cells, `<c r="A%d" s="2"><v>%d.%d</v></c>`, i, i*i%9973, i*7%100)
	}
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for _, text := range []string{"", "a", "指标,数值\n", strings.Repeat("ab", 400), strings.Repeat("x", 70_000), string(noise), cells.String()} {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.DefaultCompression} {
			var out bytes.Buffer
			w, err := flate.NewWriter(&out, level)
			if err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk([]byte(text), 2000) { // several blocks
				if _, err := w.Write(part); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			all = append(all, out.Bytes())
		}
	}
	return all
}

func TestSoundStreamsInflateInStepsOfAnySize(t *testing.T) {
	for i, s := range soundStreams(t) {
		for _, step := range []int{1, 2, 257, 4096, 1 << 20} {
			same(t, s, step)
			if _, unread, err := inflated(append(s, 1, 2, 3), step, 1<<20); err != nil || unread != 3 {
				t.Errorf("stream %d: %v, %d bytes behind the end, want 3", i, err, unread)
			}
		}
	}
}

// Behind the end of a stream stand zeros, and zeros can be lengths of codes: here
// 316 of them, of four bits each, are more than there is padding for.
func TestAStreamThatIsCutInTheLengthsOfABlockIsRefused(t *testing.T) {
	var stream []byte
	n := 0
	put := func(v, width int) {
		for i := range width {
			if n%8 == 0 {
				stream = append(stream, 0)
			}
			stream[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0, 1)  // not the last block
	put(2, 2)  // with codes of its own:
	put(29, 5) // of 286 literals and lengths,
	put(29, 5) // of 30 distances,
	put(15, 4) // all 19 lengths of the code's code
	for _, symbol := range precodeOrder {
		if symbol <= 12 {
			put(4, 3)
		} else {
			put(5, 3)
		}
	}
	for _, step := range []int{1, 50, 248, 5000} {
		if _, _, err := inflated(stream, step, 1<<20); !errors.Is(err, errCorrupt) {
			t.Errorf("in steps of %d: %v", step, err)
		}
		same(t, stream, step)
	}
}

func TestDamagedStreamsAreTakenAndRefusedLikeCompressFlateDoes(t *testing.T) {
	sound := soundStreams(t)
	for _, s := range sound {
		for n := 0; n < len(s); n += max(1, len(s)/200) {
			same(t, s[:n], 5000)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := bytes.Clone(rapid.SampledFrom(sound).Draw(rt, "stream"))
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			s[rapid.IntRange(0, len(s)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		}
		same(t, s, rapid.IntRange(1, 10_000).Draw(rt, "step"))
	})
}

// TestCodesAreJudgedLikeCompressFlateDoes makes blocks with codes of any lengths:
// complete, too full, too empty, of a single symbol, deep, with symbols that
// stand for nothing; behind them stand any bits.
func TestCodesAreJudgedLikeCompressFlateDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		literals := rapid.IntRange(257, 288).Draw(rt, "literals")
		distances := rapid.IntRange(1, 32).Draw(rt, "distances")
		var b bitWriter
		b.put(1, 1)
		b.put(2, 2)
		b.put(uint(literals-257), 5)
		b.put(uint(distances-1), 5)
		b.put(15, 4)
		for i := range precodeOrder { // a code of 13 codes of four bits and six of five
			b.put(uint(4+precodeOrder[i]/13), 3)
		}
		for _, n := range append(codeLengths(rt, literals), codeLengths(rt, distances)...) {
			if n < 13 {
				b.code(uint(n), 4)
			} else {
				b.code(uint(26+n-13), 5)
			}
		}
		s := append(b.done(), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "bits")...)
		same(t, s, rapid.IntRange(1, 500).Draw(rt, "step"))
	})
}

// codeLengths draws the lengths of n codes that fill the space of codes exactly,
// or nearly.
func codeLengths(t *rapid.T, n int) []uint8 {
	lengths := []uint8{0}
	if used := rapid.IntRange(1, n).Draw(t, "used"); used > 1 {
		lengths[0]++
		lengths = append(lengths, 1)
		deep := rapid.Bool().Draw(t, "deep")
		for len(lengths) < used { // a code gives way to two of a bit more
			i := rapid.IntRange(0, len(lengths)-1).Draw(t, "split")
			if deep {
				i = len(lengths) - 1
			}
			for lengths[i] == maxCode {
				i = (i + 1) % len(lengths)
			}
			lengths[i]++
			lengths = append(lengths, lengths[i])
		}
	}
	lengths = append(lengths, make([]uint8, n-len(lengths))...)
	lengths = rapid.Permutation(lengths).Draw(t, "lengths")
	if rapid.IntRange(0, 3).Draw(t, "wrong") == 0 {
		lengths[rapid.IntRange(0, n-1).Draw(t, "at")] = uint8(rapid.IntRange(0, maxCode).Draw(t, "length"))
	}
	return lengths
}

// A bitWriter packs bits as DEFLATE does.
type bitWriter struct {
	out  []byte
	used uint
}

func (b *bitWriter) put(v, n uint) {
	for i := range n {
		if b.used%8 == 0 {
			b.out = append(b.out, 0)
		}
		b.out[len(b.out)-1] |= byte(v>>i&1) << (b.used % 8)
		b.used++
	}
}

// code puts a code, whose highest bit comes first.
func (b *bitWriter) code(v, n uint) {
	for i := range n {
		b.put(v>>(n-1-i)&1, 1)
	}
}

func (b *bitWriter) done() []byte { return b.out }

// A brokenDisk is a disk that fails.
type brokenDisk struct{}

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }

func TestAnErrorOfTheFileIsNoDamage(t *testing.T) {
	var d decoder
	d.start(brokenDisk{}, 0, 100)
	if _, err := d.decode(make([]byte, reach+slack+1), reach, 0); err == nil || errors.Is(err, errCorrupt) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkInflate is the decoder beside compress/flate on the XML of a sheet.
func BenchmarkInflate(b *testing.B) {
	var cells bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&cells, `<c r="A%d" s="2"><v>%d.%d</v></c>`, i, i*i%9973, i*7%100)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(cells.Bytes()); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(cells.Len()))
		buf := make([]byte, cells.Len()+1+slack)
		var d decoder
		for b.Loop() {
			d.start(bytes.NewReader(packed.Bytes()), 0, int64(packed.Len()))
			if n, err := d.decode(buf, 0, 0); err != nil || n != cells.Len() {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("compress-flate", func(b *testing.B) {
		b.SetBytes(int64(cells.Len()))
		for b.Loop() {
			if n, err := io.Copy(io.Discard, flate.NewReader(bytes.NewReader(packed.Bytes()))); err != nil || n != int64(cells.Len()) {
				b.Fatal(n, err)
			}
		}
	})
}
