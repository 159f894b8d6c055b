package form_test

import (
	"io"
	"testing"

	"zhibiao/ingest/form"
)

func BenchmarkExtract(b *testing.B) {
	f := filing("双城101表", "2026-Q3", "经济运行局")
	book := workbookOf(b, f)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := extract(book, received(f)); len(found) > 0 {
			b.Fatal(found)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	f := filing("双城101表", "2026-Q3", "经济运行局")
	b.ReportAllocs()
	for b.Loop() {
		if err := form.Write(io.Discard, f); err != nil {
			b.Fatal(err)
		}
	}
}
