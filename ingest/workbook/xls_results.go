package workbook

import (
	"fmt"
	"math"
	"strings"

	"zhibiao/kpi/finding"
)

// An xlsName is a defined name and its formula.
type xlsName struct {
	name   Name
	sheet  int // number of the sheet it belongs to, 0 for the book
	tokens xlsTokens
}

// builtinNames are the names that Excel gives itself, as an .xlsx has them
// ([MS-XLS] 2.5.114).
var builtinNames = [...]string{
	"Consolidate_Area", "Auto_Open", "Auto_Close", "Extract", "Database", "Criteria", "Print_Area",
	"Print_Titles", "Recorder", "Data_Form", "Auto_Activate", "Auto_Deactivate", "Sheet_Title", "_FilterDatabase",
}

// name reads a defined name. Those of BIFF5 have formulas of another form and
// are passed over.
func (x *xlsReader) name(body []byte) *finding.Finding {
	if !x.wide {
		return nil
	}
	if len(body) < 15 {
		return x.broken("", "", "定义的名称错误")
	}
	flags, n, size := le.Uint16(body), int(body[3]), int(le.Uint16(body[4:]))
	text, ok := wideChars(body[14:], n)
	chars := 15 + n<<(body[14]&stringWide)
	if !ok || chars+size > len(body) || body[14]&(stringRich|stringPhone) != 0 {
		if flags&0x20 == 0 || n != 1 || 16+size > len(body) { // a built-in name is a number, which may be 0
			return x.broken("", "", "定义的名称错误")
		}
		chars = 16
	}
	if flags&0x20 != 0 && n == 1 {
		if i := int(body[15]); i < len(builtinNames) {
			text = "_xlnm." + builtinNames[i]
		}
	}
	if len(x.names) >= x.lim.Names || !x.keep(len(text)) {
		return refusal("sheet-cap", x.part, fmt.Sprintf("定义的名称超过 %d 个或过长", x.lim.Names), "请在“名称管理器”中删除无用的名称")
	}
	x.names = append(x.names, xlsName{
		Name{Name: text, Hidden: flags&1 != 0},
		int(le.Uint16(body[8:])),
		xlsTokens{body[chars : chars+size], body[chars+size:]},
	})
	return nil
}

// define renders what the names refer to, when all sheets and names are known.
// Names that stand for functions of a later Excel are no names of the book.
func (x *xlsReader) define() *finding.Finding {
	for _, n := range x.names {
		if strings.HasPrefix(n.name.Name, "_xlfn.") || len(n.tokens.tokens) == 0 {
			continue
		}
		if n.sheet > 0 && n.sheet <= len(x.entries) {
			n.name.Scope = x.entries[n.sheet-1].name
		}
		n.name.Refers, _ = x.formula(n.tokens, Ref{1, 1})
		if !x.keep(len(n.name.Refers)) {
			return refusal("sheet-cap", x.part, fmt.Sprintf("定义的名称超过 %d 个或过长", x.lim.Names), "请在“名称管理器”中删除无用的名称")
		}
		x.book.Names = append(x.book.Names, n.name)
	}
	return nil
}

// An xlsSharing is a cell whose formula stands with another cell.
type xlsSharing struct {
	cell int // its index
	with Ref
}

// formula reads a formula cell: its result, and its text unless that stands
// with another cell.
func (s *xlsSheetReader) formula(body []byte) bool {
	c := s.put(body, false)
	if c == nil {
		return !s.full()
	}
	s.anchor = c.Ref
	at := len(s.sheet.Cells) - 1
	ok, empty := true, false
	switch kind := body[6]; {
	case word(body, 12) != 0xFFFF:
		ok = s.number(c, math.Float64frombits(le.Uint64(body[6:])))
	case kind == 0:
		s.result, c.NoCache = at, true
	case kind == 1:
		ok = s.boolErr(c, body[8], false)
	case kind == 2:
		ok = s.boolErr(c, body[8], true)
	case kind == 3:
		c.Kind, empty = Text, true
	default:
		ok = s.wrong(c.Ref, fmt.Sprintf("公式结果的类型 %d 不存在", kind), resave)
	}
	if !ok {
		return false
	}
	n := int(word(body, 20))
	if 22+n > len(body) {
		s.add(s.broken(s.sheet.Name, c.Ref.String(), "公式被截断"))
		return false
	}
	tokens := body[22 : 22+n]
	if len(tokens) >= 5 && tokens[0] == 0x01 && s.wide {
		s.sharing = append(s.sharing, xlsSharing{at, Ref{int(word(tokens, 3)) + 1, int(word(tokens, 1)) + 1}})
		return true
	}
	text, numeric := s.xlsReader.formula(xlsTokens{tokens, body[22+n:]}, c.Ref)
	if c.Formula = text; empty && numeric {
		// A program that does not calculate writes an empty text as every result.
		c.Kind, c.NoCache = Blank, true
	}
	if s.visit == nil && !s.keep(len(text)) {
		return s.cap(c.Ref, fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes))
	}
	return true
}

// stringResult reads the text that a formula gives.
func (s *xlsSheetReader) stringResult(body []byte, next int) bool {
	if s.result < 0 {
		return true // of a data table
	}
	c := &s.sheet.Cells[s.result]
	s.result = -1
	if !s.wide {
		n := int(word(body, 0))
		if len(body) < 2 || 2+n > len(body) {
			return s.setText(c, "", false)
		}
		text, ok := s.narrow(body[2 : 2+n])
		return s.setText(c, text, ok)
	}
	g := &segments{x: s.xlsReader, cur: body, next: next}
	n, ok := g.word()
	if !ok {
		return s.setText(c, "", false)
	}
	text, legal, ok := g.text(nil, n)
	return s.setText(c, string(text), ok && legal)
}

// share reads a formula that several cells have.
func (s *xlsSheetReader) share(id uint16, body []byte) {
	at := 8
	if id == recArray {
		at = 12
	}
	n := int(word(body, at))
	if at+2+n > len(body) || !s.wide {
		return
	}
	if s.shared == nil {
		s.shared = map[Ref]xlsTokens{}
	}
	t := xlsTokens{body[at+2 : at+2+n], body[at+2+n:]}
	s.shared[s.anchor] = t
	s.shared[Ref{int(body[4]) + 1, int(word(body, 0)) + 1}] = t
}

// render gives the cells that share a formula its text.
func (s *xlsSheetReader) render() bool {
	for _, f := range s.sharing {
		c := &s.sheet.Cells[f.cell]
		c.Formula = UnknownFormula
		if t, ok := s.shared[f.with]; ok {
			var numeric bool
			if c.Formula, numeric = s.xlsReader.formula(t, c.Ref); numeric && c.Kind == Text && c.Text == "" {
				c.Kind, c.NoCache = Blank, true
			}
		}
		if s.visit == nil && !s.keep(len(c.Formula)) {
			return s.cap(c.Ref, fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes))
		}
	}
	return true
}

// An xlsNote is a comment's cell and the drawn object that holds its text.
type xlsNote struct {
	at     Ref
	object int
}

// drawnText reads the text of a drawn object, which stands in the CONTINUE
// record behind.
func (s *xlsSheetReader) drawnText(body []byte, next int) bool {
	n := int(word(body, 10))
	if n == 0 || s.object < 0 || len(s.drawn) >= s.lim.Notes {
		return true
	}
	g := &segments{x: s.xlsReader, next: next}
	var flags [1]byte
	if !g.bytes(flags[:]) {
		return true
	}
	text, legal, ok := g.chars(nil, n, flags[0])
	if !ok || !legal {
		return true // a drawn text that no note shows does not matter; see comments
	}
	if s.drawn == nil {
		s.drawn = map[int]string{}
	}
	if !s.keep(len(text)) {
		return s.cap(Ref{}, fmt.Sprintf("文字超过 %d 字节", s.lim.StringBytes))
	}
	s.drawn[s.object] = string(text)
	return true
}

// note reads where a comment is, and in BIFF5 its text too.
func (s *xlsSheetReader) note(body []byte) bool {
	at := cellAt(body)
	switch {
	case s.wide && len(s.notes) < s.lim.Notes:
		s.notes = append(s.notes, xlsNote{at, int(word(body, 6))})
		return true
	case s.wide || len(s.sheet.Notes) >= s.lim.Notes:
		return s.cap(at, fmt.Sprintf("批注超过 %d 条或过长", s.lim.Notes))
	case word(body, 0) == 0xFFFF: // more of the one before
		return true
	}
	text, ok := s.narrow(body[6:min(len(body), 6+int(word(body, 4)))])
	if !ok || !s.keep(len(text)) {
		return s.wrong(at, "批注过长或编码无法识别", resave)
	}
	s.remark(at, text)
	return true
}

func (s *xlsSheetReader) remark(at Ref, text string) {
	if s.sheet.Notes == nil {
		s.sheet.Notes = map[Ref]string{}
	}
	s.sheet.Notes[at] = text
}

// comments joins the notes with their texts.
func (s *xlsSheetReader) comments() bool {
	for _, n := range s.notes {
		if n.at.Col > xlsColumns {
			if !s.wrong(n.at, "批注的单元格不存在", resave) {
				return false
			}
			continue
		}
		s.remark(n.at, s.drawn[n.object])
	}
	return true
}
