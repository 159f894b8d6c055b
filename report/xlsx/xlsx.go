// Package xlsx writes a report's Document as a workbook: the same tables with
// the same digits as real numbers, native charts, and two sheets of raw values
// for re-use. It formats nothing itself: a number format only repeats the
// decimals, sign and unit that are already in the Figure. No text of the
// document ever becomes a formula.
package xlsx

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"zhibiao/report/document"
)

// Names of the sheets that are not sections of the document.
const (
	trendSheet  = "走势图"
	dataSheet   = "数据"
	seriesSheet = "序列"
	chartSheet  = "图表数据"
)

// Write writes the document as an .xlsx workbook. Equal documents make equal
// bytes. It writes nothing when it returns an error, unless it is the writer's.
func Write(w io.Writer, d *document.Document) (err error) {
	if d == nil || len(d.Sections) == 0 {
		return errors.New("write workbook: want a document with sections")
	}
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("write workbook: %w", cerr)
		}
	}()
	b := &book{f: f, d: d, styles: make(map[style]int), anchors: make(map[string]string)}
	if err := b.write(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// A book is a workbook being written. Its methods remember the first error, and
// do nothing after it.
type book struct {
	f       *excelize.File
	d       *document.Document
	styles  map[style]int
	anchors map[string]string // id of a block → 'sheet'!A1
	links   []link
	plots   plots
	err     error
}

// A link is a cell that leads to a block, which may not be written yet.
type link struct{ sheet, cell, id string }

func (b *book) write() error {
	own := []string{trendSheet, dataSheet, seriesSheet, chartSheet}
	names := make([]string, 0, len(b.d.Sections))
	for i := range b.d.Sections {
		name := sheetName(b.d.Sections[i].Title, slices.Concat(own, names))
		names = append(names, name)
		if i == 0 {
			b.do(b.f.SetSheetName("Sheet1", name))
		} else {
			b.addSheet(name)
		}
	}
	forms := len(names)
	for i := range b.d.Forms {
		names = append(names, sheetName(b.d.Forms[i].Name, slices.Concat(own, names)))
		b.addSheet(names[forms+i])
	}
	for _, name := range own {
		b.addSheet(name)
	}
	b.plots.sheet(b)
	for i := range b.d.Sections {
		b.section(names[i], &b.d.Sections[i])
	}
	for i := range b.d.Forms {
		b.form(names[forms+i], &b.d.Forms[i])
	}
	b.trends()
	b.data()
	b.series()
	for _, l := range b.links {
		if to, ok := b.anchors[l.id]; ok {
			b.do(b.f.SetCellHyperLink(l.sheet, l.cell, to, "Location"))
		}
	}
	b.properties()
	return b.err
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) addSheet(name string) {
	_, err := b.f.NewSheet(name)
	b.do(err)
}

// sheetName is a title as a sheet may be called, unlike the names in use.
func sheetName(title string, used []string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return '_'
		}
		return r
	}, title)
	if name == "" {
		name = "表"
	}
	const most = 31 // characters that the format allows
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = "_" + strconv.Itoa(n)
		}
		r := []rune(name)
		if got := string(r[:min(len(r), most-len(suffix))]) + suffix; !slices.Contains(used, got) {
			return got
		}
	}
}

func (b *book) properties() {
	made := b.d.Made.UTC().Format(time.RFC3339)
	b.do(b.f.SetDocProps(&excelize.DocProperties{
		Title: b.d.Title, Subject: b.d.Period, Created: made, Modified: made, Language: "zh-CN", Creator: "zhibiao", LastModifiedBy: "zhibiao",
	}))
	b.f.SetActiveSheet(0)
	if types := b.f.ContentTypes; types != nil { // the vendor adds the image types in the order of a map
		sort.Slice(types.Defaults, func(i, j int) bool { return types.Defaults[i].Extension < types.Defaults[j].Extension })
	}
}

// page sets up a sheet for A4 landscape, a number of pages wide, with the lines
// to repeat on every page.
func (b *book) page(sheet, repeat string, width int) {
	size, height := 9, 0
	orientation := "landscape"
	fit := true
	b.do(b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation, FitToWidth: &width, FitToHeight: &height}))
	b.do(b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	edge, top := 0.5, 0.7
	b.do(b.f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &edge, Right: &edge, Top: &top, Bottom: &top}))
	foot := "&L" + ampersand(b.d.Foot()) + "&R— &P —"
	if len(utf16.Encode([]rune(foot))) > 255 { // more the format does not allow
		foot = "&L" + ampersand("截至期 "+b.d.Period) + "&R— &P —"
	}
	b.do(b.f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: foot}))
	b.do(b.f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!" + repeat, Scope: sheet,
	}))
}

func ampersand(s string) string { return strings.ReplaceAll(s, "&", "&&") }
