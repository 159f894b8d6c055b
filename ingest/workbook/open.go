package workbook

import (
	"fmt"
	"io"

	"zhibiao/kpi/finding"
)

// Open reads a whole workbook. name is the file's display name and only serves
// the findings. The book is nil when the input is refused; the list then holds
// at least one Mandatory finding that names part, sheet or cell. A list may
// also hold Notes on a book that is accepted.
//
// Every part's checksum and real size are verified, those of parts that are not
// read too. Cells are typed while their part is inflated and thrown away when
// the part turns out damaged, so no book is returned that holds a cell of a
// damaged part.
func Open(name string, data []byte, lim Limits) (*Book, finding.List) {
	r := &reader{name: name, lim: lim}
	b := r.read(inMemory(data))
	r.finds.Sort()
	if r.finds.Refused() {
		return nil, r.finds
	}
	return b, r.finds
}

// Scan walks the cells of every sheet in workbook order without keeping them;
// it stops when visit returns false. The sheet passed has Name, Hidden and
// HiddenCols, and HiddenRows down to the cell's row; what stands behind the
// cells (Merged, Notes, Validation) it has when an unstopped Scan returns. The
// cell is valid during the call, its strings for ever.
//
// An .xlsx is read where it lies: memory is bounded by the shared strings plus
// some ten megabytes. Other formats are read into memory, up to lim.File bytes.
//
// Cells are visited only after every part's checksum and real size have been
// verified in a first pass that inflates and discards, so a large book is
// inflated twice. A finding inside a sheet (a bad number in its last row) can
// only come after the cells before it were visited: what was visited counts only
// if the list returned is not Refused and the error is nil. The error is one of
// reading src, never one about what stands there.
func Scan(name string, src io.ReaderAt, size int64, lim Limits, visit func(sheet *Sheet, c *Cell) bool) (finding.List, error) {
	r := &reader{name: name, lim: lim, visit: visit}
	in := &input{src: src, size: size}
	r.read(in)
	if err := in.failed(); err != nil {
		return nil, err
	}
	r.finds.Sort()
	return r.finds, nil
}

// A reader reads one input. Its findings are what is wrong with it.
type reader struct {
	name    string
	lim     Limits
	visit   func(*Sheet, *Cell) bool // nil in Open
	stopped bool                     // visit wants no more
	finds   finding.List
	cells   int   // of all sheets
	kept    int64 // bytes of texts kept
	text    arena
	slow    bool // only the general XML reader, as the tests' second opinion

	password string // of an encrypted workbook; "" for none
}

func (r *reader) read(in *input) *Book {
	switch {
	case in.size > r.lim.File:
		r.add(tooLarge(in.size, r.lim.File))
		return nil
	case in.size >= int64(len(zipMagic)) && string(in.bytes(0, int64(len(zipMagic)))) == zipMagic:
		return r.zip(in)
	}
	data := in.all()
	switch format := Sniff(data); format {
	case XLS, ET:
		return r.xls(data, format)
	case Encrypted:
		return r.encrypted(data)
	case HTML:
		return r.html(data)
	case CSV:
		return r.csv(data)
	default:
		r.add(foreign(format, data))
		return nil
	}
}

// zip reads a zip package that is a workbook.
func (r *reader) zip(in *input) *Book {
	zip, bad := readArchive(in, &r.lim)
	switch {
	case bad == nil && zip.isWorkbook():
		if bad = zip.within(&r.lim); bad == nil {
			return r.xlsx(zip)
		}
	case bad == nil || !namesParts(in.all()):
		bad = foreign(Unknown, in.all())
	}
	r.add(bad)
	return nil
}

func tooLarge(size, limit int64) *finding.Finding {
	return refusal("package-size", "", fmt.Sprintf("文件大小 %d 字节，超过上限 %d 字节", size, limit),
		"请删除文件中的图片、附件和无关工作表，另存后再报送")
}

// add records a finding about the input. When there are too many, a last one
// says so and the rest is dropped.
func (r *reader) add(f *finding.Finding) {
	if r.full() {
		return
	}
	f.Place.File = r.name
	r.finds = append(r.finds, *f)
	if len(r.finds) == r.lim.Findings-1 {
		r.finds = append(r.finds, finding.Finding{
			Rule: "sheet-cap", Severity: finding.Mandatory, Place: finding.Place{File: r.name},
			Message: fmt.Sprintf("问题超过 %d 处，其余不再列出", r.lim.Findings-1),
			Hint:    "请先改正以上问题再报送",
		})
	}
}

func (r *reader) full() bool { return len(r.finds) >= r.lim.Findings }

// keep counts n bytes of text that stay in memory; false when the cap is passed.
func (r *reader) keep(n int) bool {
	r.kept += int64(n)
	return r.kept <= r.lim.StringBytes
}

const resave = "请用 WPS/Excel 打开后另存为 .xlsx 再报送"

// refusal makes a mandatory finding about a part of the package ("" for the
// file itself).
func refusal(rule, part, message, hint string) *finding.Finding {
	return &finding.Finding{
		Rule: rule, Severity: finding.Mandatory, Place: finding.Place{Part: part},
		Message: message, Hint: hint,
	}
}
