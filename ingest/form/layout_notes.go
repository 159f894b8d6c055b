package form

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/ingest/workbook"
	"zhibiao/kpi/finding"
)

// strays names the figures in the table's rows that stand under no header.
func (r *tableReader) strays() {
	known := maps.Clone(r.p.skipped)
	for _, b := range r.p.blocks {
		for _, c := range b.labels {
			known[c] = true
		}
		for _, v := range b.values {
			known[v.at] = true
		}
	}
	n := 0
	for at, cells := range r.p.sheet.Rows() {
		if at < r.p.body || at >= r.p.end {
			continue
		}
		for i := range cells {
			c := &cells[i]
			if known[c.Ref.Col] || c.Kind != workbook.Number {
				continue
			}
			if n++; n == 1 {
				r.stray = workbook.Range{From: c.Ref, To: c.Ref}
			}
			r.stray.From.Col, r.stray.To.Col = min(r.stray.From.Col, c.Ref.Col), max(r.stray.To.Col, c.Ref.Col)
			r.stray.To.Row = c.Ref.Row
		}
	}
	if n > 0 {
		r.add(finding.Finding{
			Rule: "figures-unheaded", Severity: finding.Plausibility, Value: strconv.Itoa(n) + "个数", Want: "每列有表头",
			Message: "这些数上方没有表头，未读取", Hint: "补上表头，或删去表外的计算",
		}, r.stray.String())
	}
}

var (
	leadingMark = regexp.MustCompile(`^(?:\*+|[①-⑳]|\[[0-9]{1,2}\])`)
	noteMarks   = regexp.MustCompile(`[①-⑳]|\[[0-9]{1,2}\]`)
	sourceLine  = regexp.MustCompile(`^(?:数据来源|资料来源|来源):(.+)$`)
	noteLead    = regexp.MustCompile(`^(?:注释?|备注|附注|脚注|说明)[0-9]*[:：]\s*`)
)

// notes reads the footnotes within the table and the run of texts under it that
// begins with 注：, 数据来源： or a mark. Figures that go on after it are not read:
// whether they belong to the table cannot be known.
func (r *tableReader) notes() {
	under := false
	var after workbook.Range
	for at, cells := range r.p.sheet.Rows() {
		if at < r.p.body || !slices.ContainsFunc(cells, filled) {
			continue
		}
		if at >= r.p.end+footLength || at >= r.p.end && r.l.anchored(cells) {
			break
		}
		text := raised(strings.TrimSpace(cells[slices.IndexFunc(cells, filled)].Text))
		begins := ending.MatchString(tight(text)) || leadingMark.MatchString(text)
		lone := firstText(cells) != "" && !slices.ContainsFunc(cells, func(c workbook.Cell) bool { return c.Kind == workbook.Number })
		switch {
		case at < r.p.end && (!begins || !lone): // a row of the body
		case begins || under && lone:
			under = under || at >= r.p.end
			for i := range cells {
				if c := &cells[i]; c.Kind == workbook.Text && len(c.Text) <= 8000 && len(r.t.Notes) < maxFindings {
					r.note(strings.TrimSpace(c.Text), c.Ref.String())
				}
			}
		case !under:
			return // what the layout calls the end
		default:
			from, to, any := r.span(&r.p.blocks[0], at)
			if !any {
				continue
			}
			if after.From.Row == 0 {
				after.From = workbook.Ref{Col: from, Row: at}
			}
			after.From.Col, after.To = min(after.From.Col, from), workbook.Ref{Col: max(after.To.Col, to), Row: at}
		}
	}
	if after.From.Row > 0 {
		r.refuse("rows-after-note", after.String(), "", "注释在全部数据之后", "注释之后还有数，不知是否属于本表，未读取", "把注释移到表的最后；另一张表在版式里用 stop 分开")
	}
}

// note splits a text into its marked parts.
func (r *tableReader) note(text, cell string) {
	if m := sourceLine.FindStringSubmatch(tight(text)); m != nil {
		r.t.Source = m[1]
		return
	}
	text = noteLead.ReplaceAllString(raised(text), "")
	if rest, ok := strings.CutPrefix(text, "*"); ok {
		r.t.Notes = append(r.t.Notes, Footnote{"*", strings.TrimSpace(rest), cell})
		return
	}
	at := noteMarks.FindAllStringIndex(text, -1)
	if len(at) == 0 || at[0][0] > 0 {
		if text != "" {
			r.t.Notes = append(r.t.Notes, Footnote{"", text, cell})
		}
		return
	}
	for i, m := range at {
		until := len(text)
		if i+1 < len(at) {
			until = at[i+1][0]
		}
		r.t.Notes = append(r.t.Notes, Footnote{text[m[0]:m[1]], strings.TrimSpace(text[m[1]:until]), cell})
	}
}

// footnotes tells of marks that no note explains.
func (r *tableReader) footnotes() {
	for i := range r.t.Facts {
		f := &r.t.Facts[i]
		if f.Footnote == "" || r.told["注"+f.Footnote] {
			continue
		}
		r.told["注"+f.Footnote] = true
		marks := noteMarks.FindAllString(f.Footnote, -1)
		if strings.Contains(f.Footnote, "*") {
			marks = append(marks, "*")
		}
		for _, m := range marks {
			if r.t.Note(m) == "" {
				r.add(finding.Finding{Rule: "footnote-missing", Severity: finding.Note, Label: f.Label, Value: m, Message: "有注号而表下没有这条注"}, f.Cell)
			}
		}
	}
}
