package workbook_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"

	"zhibiao/ingest/workbook"
)

// The generators below write parts as Excel does: dimension, spans, shared
// strings, self-closed blanks. excelize's own output has other habits and
// would measure those.

func formBook(rows, cols int) []byte {
	var sst stringTable
	var s bytes.Buffer
	s.WriteString(xmlHead + `<worksheet xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><dimension ref="A1:` + workbook.Ref{Col: cols, Row: rows}.String() + `"/><sheetData>`)
	rnd := rand.New(rand.NewPCG(1, 2))
	for r := 1; r <= rows; r++ {
		fmt.Fprintf(&s, `<row r="%d" spans="1:%d">`, r, cols)
		for c := 1; c <= cols; c++ {
			ref := workbook.Ref{Col: c, Row: r}.String()
			switch {
			case r <= 3:
				fmt.Fprintf(&s, `<c r="%s" s="1" t="s"><v>%d</v></c>`, ref, sst.index(fmt.Sprintf("表头第%d行第%d列（测试数据）", r, c)))
			case c <= 3:
				fmt.Fprintf(&s, `<c r="%s" s="1" t="s"><v>%d</v></c>`, ref, sst.index(fmt.Sprintf("指标名称%d之%d", r, c)))
			case c%10 == 0:
				fmt.Fprintf(&s, `<c r="%s" s="2"><f>SUM(D%d:I%d)</f><v>%s</v></c>`, ref, r, r, strconv.FormatFloat(rnd.Float64()*1e5, 'g', -1, 64))
			case rnd.IntN(5) == 0:
				fmt.Fprintf(&s, `<c r="%s" s="3"/>`, ref)
			default:
				fmt.Fprintf(&s, `<c r="%s" s="2"><v>%.2f</v></c>`, ref, rnd.Float64()*1e4)
			}
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData><mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="D1:H1"/></mergeCells></worksheet>`)
	return book(map[string]string{"xl/worksheets/sheet1.xml": s.String(), "xl/sharedStrings.xml": sst.xml()})
}

func largeBook(rows, cols int) []byte {
	var sst stringTable
	var s bytes.Buffer
	s.WriteString(xmlHead + `<worksheet xmlns="` + mainNS + `"><dimension ref="A1:Y` + strconv.Itoa(rows) + `"/><sheetData>`)
	rnd := rand.New(rand.NewPCG(3, 4))
	for r := 1; r <= rows; r++ {
		fmt.Fprintf(&s, `<row r="%d" spans="1:%d">`, r, cols)
		for c := 1; c <= cols; c++ {
			ref := workbook.Ref{Col: c, Row: r}.String()
			switch {
			case c <= 2:
				fmt.Fprintf(&s, `<c r="%s" t="s"><v>%d</v></c>`, ref, sst.index(fmt.Sprintf("测试单位%d-%d", c, r)))
			case c <= 7:
				fmt.Fprintf(&s, `<c r="%s" t="s"><v>%d</v></c>`, ref, sst.index(fmt.Sprintf("类别%d", rnd.IntN(200))))
			case c <= 9:
				fmt.Fprintf(&s, `<c r="%s" s="4"><v>%d</v></c>`, ref, 44000+rnd.IntN(2000))
			case c <= 21:
				fmt.Fprintf(&s, `<c r="%s" s="2"><v>%.4f</v></c>`, ref, rnd.Float64()*1e6)
			default:
				fmt.Fprintf(&s, `<c r="%s"><v>%d</v></c>`, ref, rnd.IntN(100000))
			}
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData></worksheet>`)
	return book(map[string]string{"xl/worksheets/sheet1.xml": s.String(), "xl/sharedStrings.xml": sst.xml()})
}

// A stringTable collects shared strings.
type stringTable struct {
	at  map[string]int
	all []string
}

func (t *stringTable) index(s string) int {
	if t.at == nil {
		t.at = map[string]int{}
	}
	i, ok := t.at[s]
	if !ok {
		i = len(t.all)
		t.at[s] = i
		t.all = append(t.all, s)
	}
	return i
}

func (t *stringTable) xml() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, xmlHead+`<sst xmlns="%s" uniqueCount="%d">`, mainNS, len(t.all))
	for _, s := range t.all {
		b.WriteString("<si><t>" + s + "</t></si>")
	}
	b.WriteString("</sst>")
	return b.String()
}
