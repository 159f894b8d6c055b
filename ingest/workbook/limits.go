package workbook

// Limits are the caps of the guard. A book that exceeds one is refused with a
// finding that names the cap, the part and, where there is one, the cell. Zero
// is no “unlimited”: start from DefaultLimits and change what must differ.
type Limits struct {
	File  int64 // bytes of the file as sent
	Part  int64 // bytes of one part, inflated
	Total int64 // bytes of all parts, inflated
	// Ratio is inflated over compressed size of one part; parts that inflate to
	// less than 1 MiB are not judged by it.
	Ratio  float64
	Parts  int // entries of the package
	Sheets int // sheets of the book
	Rows   int // rows of one sheet that the file mentions
	// Cols is the last column that may hold a value or a formula. Blank cells to
	// its right carry only a style; they are left out with a Note.
	Cols  int
	Cells int // cells of the book, blank ones with a style included
	// StringBytes is the total of texts kept: shared strings, and in Open also
	// inline texts, numbers' texts, formulas and comments.
	StringBytes int64
	Strings     int // shared strings
	Merged      int // merged ranges of one sheet
	Names       int // defined names, number formats and cell styles, each
	Notes       int // comments of one sheet
	Depth       int // nesting of XML elements
	Token       int // bytes of one XML tag, text or comment
	Findings    int // findings reported of one book
}

// DefaultLimits are generous for a department's return and small enough that no
// file takes more than a few seconds or a few hundred megabytes.
func DefaultLimits() Limits {
	return Limits{
		File:        20 << 20,
		Part:        64 << 20,
		Total:       256 << 20,
		Ratio:       300,
		Parts:       2000,
		Sheets:      256,
		Rows:        200_000,
		Cols:        1024,
		Cells:       2_000_000,
		StringBytes: 64 << 20,
		Strings:     2_000_000,
		Merged:      50_000,
		Names:       65_536,
		Notes:       50_000,
		Depth:       64,
		Token:       1 << 20,
		Findings:    100,
	}
}
