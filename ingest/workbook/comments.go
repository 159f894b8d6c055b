package workbook

import "fmt"

// comments reads the notes of a sheet's cells.
func (p *packageReader) comments(sheet *Sheet, part string) {
	rels, _ := p.relations(part)
	rel := one(rels, "comments")
	if rel == nil || rel.external {
		return
	}
	var text []byte
	p.parse(rel.target, mainSpace, "comments", func(x *xmlReader) bool {
		return x.children(func() bool {
			if !x.is("commentList") {
				return x.leave()
			}
			return x.children(func() (ok bool) {
				if !x.is("comment") {
					return x.leave()
				}
				written := string(x.attr("ref"))
				at, ok := ParseRef(written)
				if !ok {
					x.err = inSheet(refusal("sheet-cell", x.part, "批注的单元格 "+shown(written)+" 不存在", resave), sheet.Name, "")
					return false
				}
				text = text[:0]
				ok = x.children(func() (ok bool) {
					if !x.is("text") {
						return x.leave()
					}
					text, ok = x.rich(text)
					return ok
				})
				if !ok {
					return false
				}
				if text, ok = unescape(text); !ok {
					x.err = inSheet(refusal("sheet-cell", x.part, "批注含空字符", resave), sheet.Name, at.String())
					return false
				}
				if len(sheet.Notes) >= p.lim.Notes || !p.keep(len(text)) {
					x.err = inSheet(refusal("sheet-cap", x.part, fmt.Sprintf("批注超过 %d 条或过长", p.lim.Notes), "请删除无关的批注"), sheet.Name, at.String())
					return false
				}
				if sheet.Notes == nil {
					sheet.Notes = map[Ref]string{}
				}
				sheet.Notes[at] = string(text)
				return true
			})
		})
	})
}
