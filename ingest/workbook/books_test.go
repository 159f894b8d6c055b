package workbook_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"

	"zhibiao/ingest/workbook"
)

// The generators below write parts as Excel does: dimension, spans, shared
// strings, self-closed blanks with their style. excelize's own output has other
// habits and would measure those. Every figure and name in them is 测试数据.

// formBook is a department's form: three header rows, merged; Chinese labels;
// numbers, blanks that carry only a style, formulas with their values.
func formBook(rows, cols int) []byte { return filledForm(rows, cols, 1) }

// filledForm is formBook with other figures for each seed.
func filledForm(rows, cols int, seed uint64) []byte {
	var sst stringTable
	var s bytes.Buffer
	sheetStart(&s, rows, cols)
	rnd := rand.New(rand.NewPCG(seed, 2))
	for r := 1; r <= rows; r++ {
		rowStart(&s, r, cols)
		for c := 1; c <= cols; c++ {
			switch {
			case r <= 3:
				textCell(&s, r, c, 1, sst.index(fmt.Sprintf("表头第%d行第%d列（测试数据）", r, (c+r)/r)))
			case c <= 3:
				textCell(&s, r, c, 1, sst.index(fmt.Sprintf("其中：指标名称%d之%d", r, c)))
			case r%7 == 0 && c%4 == 0:
				at := workbook.Column(c)
				fmt.Fprintf(&s, `<c r="%s%d" s="2"><f>SUM(%s%d:%s%d)</f><v>`, at, r, at, r-6, at, r-1)
				s.Write(strconv.AppendFloat(s.AvailableBuffer(), rnd.Float64()*1e5, 'g', 15, 64))
				s.WriteString(`</v></c>`)
			case rnd.IntN(5) == 0:
				fmt.Fprintf(&s, `<c r="%s%d" s="3"/>`, workbook.Column(c), r)
			case rnd.IntN(8) == 0:
				numberCell(&s, r, c, 5, rnd.Float64(), 4)
			default:
				numberCell(&s, r, c, 2, rnd.Float64()*1e4, 2)
			}
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData><mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="D1:H1"/></mergeCells></worksheet>`)
	return book(map[string]string{"xl/worksheets/sheet1.xml": s.String(), "xl/sharedStrings.xml": sst.xml()})
}

// largeBook is a table of mixed columns: long names that mostly occur once,
// 18-digit codes kept as text, five columns of categories of which a tenth is
// not filled, two of dates, twelve of decimals (two or four places, and what a
// division leaves), then whole numbers.
func largeBook(rows, cols int) []byte {
	var sst stringTable
	var s bytes.Buffer
	sheetStart(&s, rows, cols)
	rnd := rand.New(rand.NewPCG(3, 4))
	for r := 1; r <= rows; r++ {
		rowStart(&s, r, cols)
		for c := 1; c <= cols; c++ {
			switch {
			case c == 1:
				textCell(&s, r, c, 1, sst.index(longName(rnd, rows)))
			case c == 2:
				textCell(&s, r, c, 1, sst.index(fmt.Sprintf("500112%012d", r*7+rnd.IntN(7))))
			case c <= 7:
				if rnd.IntN(10) > 0 {
					textCell(&s, r, c, 1, sst.index(fmt.Sprintf("类别%d-%d", c, rnd.IntN(200))))
				}
			case c <= 9:
				numberCell(&s, r, c, 4, float64(44000+rnd.IntN(2000)), 0)
			case c > 21:
				numberCell(&s, r, c, 3, float64(rnd.IntN(100000)), 0)
			case rnd.IntN(8) == 0:
				numberCell(&s, r, c, 2, float64(rnd.IntN(1e6))/float64(1+rnd.IntN(1000)), -1)
			default:
				numberCell(&s, r, c, 2, rnd.Float64()*1e5, 2+c%2*2)
			}
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData></worksheet>`)
	return book(map[string]string{"xl/worksheets/sheet1.xml": s.String(), "xl/sharedStrings.xml": sst.xml()})
}

// longName is a name of twenty to thirty characters; one in seven has occurred.
func longName(rnd *rand.Rand, rows int) string {
	if rnd.IntN(7) == 0 {
		return fmt.Sprintf("测试数据重庆两江新区产业园第%d号企业有限公司", rnd.IntN(rows/50+1))
	}
	const chars = "江北渝鱼复龙兴水土礼嘉悦来照母金山翠云天宫殿人和鸳鸯大竹林康美邢家桥"
	name := []rune("测试数据重庆两江新区")
	pool := []rune(chars)
	for range 6 + rnd.IntN(10) {
		name = append(name, pool[rnd.IntN(len(pool))])
	}
	return string(name) + "有限公司"
}

func sheetStart(s *bytes.Buffer, rows, cols int) {
	fmt.Fprintf(s, xmlHead+`<worksheet xmlns="%s" xmlns:r="%s"><dimension ref="A1:%s%d"/><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="13.5"/><sheetData>`,
		mainNS, relNS, workbook.Column(cols), rows)
}

func rowStart(s *bytes.Buffer, r, cols int) {
	fmt.Fprintf(s, `<row r="%d" spans="1:%d" ht="15" customHeight="1">`, r, cols)
}

func cellStart(s *bytes.Buffer, r, c, style int) {
	s.WriteString(`<c r="`)
	s.WriteString(workbook.Column(c))
	s.Write(strconv.AppendInt(s.AvailableBuffer(), int64(r), 10))
	s.WriteString(`" s="`)
	s.Write(strconv.AppendInt(s.AvailableBuffer(), int64(style), 10))
}

func textCell(s *bytes.Buffer, r, c, style, index int) {
	cellStart(s, r, c, style)
	s.WriteString(`" t="s"><v>`)
	s.Write(strconv.AppendInt(s.AvailableBuffer(), int64(index), 10))
	s.WriteString(`</v></c>`)
}

// numberCell writes as many decimals, or as many as the value needs for -1.
func numberCell(s *bytes.Buffer, r, c, style int, v float64, decimals int) {
	cellStart(s, r, c, style)
	s.WriteString(`"><v>`)
	s.Write(strconv.AppendFloat(s.AvailableBuffer(), v, 'f', decimals, 64))
	s.WriteString(`</v></c>`)
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
	fmt.Fprintf(&b, xmlHead+`<sst xmlns="%s" count="%d" uniqueCount="%d">`, mainNS, len(t.all), len(t.all))
	for _, s := range t.all {
		b.WriteString("<si><t>")
		b.WriteString(s)
		b.WriteString("</t></si>")
	}
	b.WriteString("</sst>")
	return b.String()
}
