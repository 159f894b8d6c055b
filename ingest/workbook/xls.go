package workbook

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"zhibiao/kpi/finding"
)

// An xlsReader reads the records of an old workbook ([MS-XLS]): BIFF8 of Excel
// 97 to 2003 and of WPS, and the texts and numbers of BIFF5/7 before it. What
// is read of them is what is read of an .xlsx, with three differences: a number
// has no text, so Cell.Text is made of its float64; a formula has no text, so
// it is rendered from its tokens, see UnknownFormula; and every formula has a
// result, so NoCache tells only of text results that are missing or impossible.
type xlsReader struct {
	*reader
	part     string // the stream
	data     []byte
	book     *Book
	wide     bool // BIFF8: texts are Unicode
	codepage int  // of BIFF5 texts; 0 when the file does not say
	entries  []xlsSheet
	formats  map[uint16]style
	xfs      []style // cell formats
	texts    table
	spoiled  map[int]bool // shared strings that are no text
	links    xlsLinks
	names    []xlsName
	effort   int // that rendering formulas may still take
}

// An xlsSheet is a sheet as the globals list it.
type xlsSheet struct {
	name     string
	hidden   bool
	kind     byte // sheetCells or another
	from, to int  // its records in the stream; to is 0 before they were counted
	cells    int  // that the records announce
}

const sheetCells, sheetMacros, sheetModule = 0, 1, 6

// The records that are read; the names are those of [MS-XLS] 2.3.
const (
	recFormula     = 0x0006
	recEOF         = 0x000A
	recExternSheet = 0x0017
	recName        = 0x0018
	recNote        = 0x001C
	recDate1904    = 0x0022
	recExternName  = 0x0023
	recFilePass    = 0x002F
	recContinue    = 0x003C
	recCodePage    = 0x0042
	recObj         = 0x005D
	recColInfo     = 0x007D
	recBoundSheet  = 0x0085
	recMulRK       = 0x00BD
	recMulBlank    = 0x00BE
	recObProj      = 0x00D3
	recRString     = 0x00D6
	recXF          = 0x00E0
	recMergeCells  = 0x00E5
	recSST         = 0x00FC
	recLabelSST    = 0x00FD
	recSupBook     = 0x01AE
	recTxO         = 0x01B6
	recDV          = 0x01BE
	recBlank       = 0x0201
	recNumber      = 0x0203
	recLabel       = 0x0204
	recBoolErr     = 0x0205
	recString      = 0x0207
	recRow         = 0x0208
	recArray       = 0x0221
	recTable       = 0x0236
	recRK          = 0x027E
	recFormat      = 0x041E
	recShrFmla     = 0x04BC
	recBOF         = 0x0809
	biff8          = 0x0600
	biff5          = 0x0500
	bofGlobals     = 0x0005
	bofSheet       = 0x0010
	xlsColumns     = 256
)

// bareRecords is the part of a finding in records without a container.
const bareRecords = "BIFF"

// xls reads an .xls or .et workbook, in its compound file or bare.
func (r *reader) xls(data []byte, format Format) *Book {
	x := &xlsReader{
		reader: r, part: "Workbook", data: data, book: &Book{Format: format}, effort: formulaEffort,
		formats: map[uint16]style{}, spoiled: map[int]bool{},
	}
	rule := "old-xls"
	if format == ET {
		rule = "wps-et"
	}
	if !bytes.HasPrefix(data, compoundMagic) {
		x.part = bareRecords
	} else {
		c, bad := openCompound(data, rule)
		if bad == nil {
			x.data, bad = c.stream(x.part)
		}
		if bad == nil && x.data == nil { // an older Excel's
			x.part = "Book"
			x.data, bad = c.stream(x.part)
		}
		if bad != nil {
			r.add(bad)
			return nil
		}
		x.book.Creator = c.application()
	}
	if bad := x.globals(rule); bad != nil {
		r.add(bad)
		return nil
	}
	if !x.extents() || !x.sheets() {
		return nil
	}
	if format == ET {
		note := refusal(rule, "", "文件由 WPS 表格保存（.et 或 .xls），已按 Excel 97-2003 格式读取", "无需处理；建议今后另存为 .xlsx 报送")
		note.Severity = finding.Note
		r.add(note)
	}
	return x.book
}

// record is the record at an offset; next is the offset of the one behind it,
// 0 when the stream ends before the record does.
func (x *xlsReader) record(at int) (id uint16, body []byte, next int) {
	if at < 0 || at+4 > len(x.data) {
		return 0, nil, 0
	}
	id, next = le.Uint16(x.data[at:]), at+4+int(le.Uint16(x.data[at+2:]))
	if next > len(x.data) {
		return id, nil, 0
	}
	return id, x.data[at+4 : next : next], next
}

// joined is a record's body with those of the CONTINUE records at next, up to
// the size that a table of links can have.
func (x *xlsReader) joined(body []byte, next int) []byte {
	const most = 1 << 20
	body = slices.Clip(body)
	for len(body) < most {
		id, more, after := x.record(next)
		if id != recContinue || after == 0 {
			break
		}
		body, next = append(body, more...), after
	}
	return body
}

// broken is a finding about the records of a sheet, or of the whole book.
func (x *xlsReader) broken(sheet, cell, what string) *finding.Finding {
	return inSheet(refusal("sheet-record", x.part, "文件不完整或已损坏："+what, "请检查文件是否传输完整；"+resave), sheet, cell)
}

// globals reads what belongs to the whole book, which stands first.
func (x *xlsReader) globals(rule string) *finding.Finding {
	id, bof, at := x.record(0)
	switch version := word(bof, 0); {
	case id == 0x0009 || id == 0x0209 || id == 0x0409:
		return refusal(rule, x.part, "这是 Excel 4.0 或更早版本的工作簿，不能读取", resave)
	case id != recBOF || at == 0:
		return refusal(rule, x.part, "这是旧版 .xls 工作簿，但其中没有可读的内容", resave)
	case version == biff8:
		x.wide = true
	case version != biff5 && x.part != bareRecords: // bare records of small programs give none
		return refusal(rule, x.part, fmt.Sprintf("这是旧版 .xls 工作簿，版本 %#04x 不能读取", version), resave)
	}
	if word(bof, 2) == bofSheet { // a sheet that is no part of a book
		x.entries = []xlsSheet{{name: sheetOfText}}
	}
	var ids []uint16
	for {
		id, body, next := x.record(at)
		if next == 0 {
			return x.broken("", "", "工作簿的记录被截断")
		}
		var bad *finding.Finding
		switch id {
		case recEOF:
			x.style(ids)
			return x.define()
		case recFilePass:
			return foreign(Encrypted, nil)
		case recCodePage:
			x.codepage = int(word(body, 0))
		case recDate1904:
			x.book.Date1904 = word(body, 0) == 1
		case recObProj:
			x.book.Macros = true
		case recFormat:
			bad = x.format(body)
		case recXF:
			ids = append(ids, word(body, 2))
		case recBoundSheet:
			bad = x.boundSheet(body)
		case recSST:
			bad = x.strings(body, next)
		case recSupBook:
			x.supBook(body)
		case recExternName:
			x.externName(body)
		case recExternSheet:
			x.externSheet(x.joined(body, next))
		case recName:
			bad = x.name(x.joined(body, next))
		}
		if len(ids) > x.lim.Names || len(x.formats) > x.lim.Names {
			bad = refusal("sheet-cap", x.part, fmt.Sprintf("单元格样式超过 %d 种", x.lim.Names), "请把数据粘贴到新工作簿后再报送")
		}
		if bad != nil {
			return bad
		}
		at = next
	}
}

// word is the number at an offset of a body, 0 when the body is shorter.
func word(body []byte, at int) uint16 {
	if at+2 > len(body) {
		return 0
	}
	return le.Uint16(body[at:])
}

// format reads a number format.
func (x *xlsReader) format(body []byte) *finding.Finding {
	code, ok := "", false
	if x.wide {
		code, ok = wideString(body[min(2, len(body)):], 2)
	} else if len(body) >= 3 && 3+int(body[2]) <= len(body) {
		code, ok = x.narrow(body[3 : 3+int(body[2])])
	}
	if !ok {
		return x.broken("", "", "数字格式错误")
	}
	var s style
	s.class, s.digits = classify(code)
	x.formats[word(body, 0)] = s
	return nil
}

// style gives each cell format its number format.
func (x *xlsReader) style(ids []uint16) {
	x.xfs = make([]style, len(ids))
	for i, id := range ids {
		s, custom := x.formats[id]
		if !custom {
			s = builtin(int(id))
		}
		x.xfs[i] = s
	}
}

// boundSheet lists a sheet.
func (x *xlsReader) boundSheet(body []byte) *finding.Finding {
	if len(body) < 7 {
		return x.broken("", "", "工作表目录错误")
	}
	s := xlsSheet{from: int(le.Uint32(body)), hidden: body[4]&3 != 0, kind: body[5]}
	ok := false
	if x.wide {
		s.name, ok = wideString(body[6:], 1)
	} else if 7+int(body[6]) <= len(body) {
		s.name, ok = x.narrow(body[7 : 7+int(body[6])])
	}
	if !ok || s.name == "" || slices.ContainsFunc(x.entries, func(e xlsSheet) bool { return strings.EqualFold(e.name, s.name) }) {
		return refusal("not-a-workbook", x.part, "工作表名称 "+shown(s.name)+" 空白、重复或编码无法识别", resave)
	}
	if x.entries = append(x.entries, s); len(x.entries) > x.lim.Sheets {
		return refusal("sheet-cap", x.part, fmt.Sprintf("工作表超过 %d 个", x.lim.Sheets), "请只保留需要报送的工作表")
	}
	return nil
}

// extents finds where each sheet's records end and counts its cells, so that
// sheets which share records, and those with too many cells, are refused before
// anything is kept of them.
func (x *xlsReader) extents() bool {
	var sheets []*xlsSheet
	for i := range x.entries {
		switch e := &x.entries[i]; e.kind {
		case sheetCells:
			sheets = append(sheets, e)
		case sheetMacros, sheetModule:
			x.book.Macros = true
		}
	}
	if len(sheets) == 0 {
		x.add(refusal("not-a-workbook", x.part, "工作簿中没有工作表", resave))
		return false
	}
	slices.SortStableFunc(sheets, func(a, b *xlsSheet) int { return cmp.Compare(a.from, b.from) })
	total := 0
	for i, e := range sheets {
		limit := len(x.data)
		if i+1 < len(sheets) {
			limit = sheets[i+1].from
		}
		if bad := x.extent(e, limit); bad != nil {
			x.add(bad)
			return false
		}
		if total += e.cells; total > x.lim.Cells {
			x.add(inSheet(refusal("sheet-cap", x.part, fmt.Sprintf("单元格超过上限 %d 个", x.lim.Cells), thin), e.name, ""))
			return false
		}
	}
	return true
}

// extent passes the records of a sheet up to its end, which must come before
// limit.
func (x *xlsReader) extent(e *xlsSheet, limit int) *finding.Finding {
	id, body, at := x.record(e.from)
	if id != recBOF || at == 0 || x.part != bareRecords && (word(body, 0) == biff8) != x.wide || word(body, 2) == bofGlobals {
		return x.broken(e.name, "", "找不到工作表的内容")
	}
	for depth := 1; depth > 0; {
		id, body, next := x.record(at)
		if next == 0 {
			return x.broken(e.name, "", "工作表的记录被截断")
		}
		if next > limit {
			return x.broken(e.name, "", "工作表与另一个工作表的记录重叠")
		}
		switch id {
		case recBOF:
			depth++ // a chart in the sheet
		case recEOF:
			depth--
		case recMulRK:
			e.cells += max(0, len(body)-6) / 6
		case recMulBlank:
			e.cells += max(0, len(body)-6) / 2
		case recFormula, recNumber, recRK, recBlank, recBoolErr, recLabel, recLabelSST, recRString:
			e.cells++
		}
		at = next
	}
	e.to = at
	return nil
}

// sheets reads the sheets in the book's order.
func (x *xlsReader) sheets() bool {
	for i := range x.entries {
		e := &x.entries[i]
		if e.kind != sheetCells {
			continue
		}
		s := &xlsSheetReader{xlsReader: x, sheet: &Sheet{Name: e.name, Hidden: e.hidden}, result: -1}
		s.sheet.Cells = make([]Cell, 0, e.cells)
		if s.read(e); x.full() || x.visit != nil && x.finds.Refused() {
			return false
		}
		if x.visit == nil {
			x.book.Sheets = append(x.book.Sheets, s.sheet)
			continue
		}
		for j := range s.sheet.Cells {
			if !x.visit(s.sheet, &s.sheet.Cells[j]) {
				return true
			}
		}
	}
	return !x.finds.Refused()
}
