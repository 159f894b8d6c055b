package main

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/width"
)

// columns sets lines of cells parted by tabs in columns two spaces apart. It
// counts as a terminal does, to which a Chinese character is two wide;
// text/tabwriter counts it as one.
type columns struct {
	out  io.Writer
	text strings.Builder
}

func inColumns(out io.Writer) *columns { return &columns{out: out} }

// Write takes lines; a cell is what stands before a tab or the end of its line.
func (c *columns) Write(p []byte) (int, error) { return c.text.Write(p) }

// Flush prints what was written.
func (c *columns) Flush() error {
	var rows [][]string
	var widths []int
	for line := range strings.Lines(c.text.String()) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, cell := range cells[:len(cells)-1] { // the last one needs no room
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columnsOf(cell))
		}
		rows = append(rows, cells)
	}
	c.text.Reset()
	var b strings.Builder
	for _, cells := range rows {
		last := len(cells) - 1
		for i, cell := range cells[:last] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-columnsOf(cell)+2))
		}
		b.WriteString(cells[last] + "\n")
	}
	if _, err := io.WriteString(c.out, b.String()); err != nil {
		return fmt.Errorf("print columns: %w", err)
	}
	return nil
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n++
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n++
		}
	}
	return n
}
