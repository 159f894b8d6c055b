package workbook_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/ingest/workbook"
)

func page(body string) []byte {
	return []byte(`<html><head><meta charset="utf-8"><title>不是内容</title></head><body>` + body + `</body></html>`)
}

func TestAPageOfTablesIsReadAsASheet(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want map[string]string
	}{
		"plain":                        {`<table><tr><th>指标</th><td>12.50</td></tr><tr><td>-3</td><td>1,234</td></tr></table>`, map[string]string{"A1": "text 指标", "B1": "number 12.50", "A2": "number -3", "B2": "text 1,234"}},
		"no end tags":                  {`<table><tr><td>1<td>2<tr><td>3</table>`, map[string]string{"A1": "number 1", "B1": "number 2", "A2": "number 3"}},
		"sections":                     {`<TABLE border=0><thead><tr><td>1</td></tr></thead><tbody><tr><td>2</td></tr></tbody><tfoot><tr><td>3</td></tr></tfoot></TABLE>`, map[string]string{"A1": "number 1", "A2": "number 2", "A3": "number 3"}},
		"spans":                        {`<table><tr><td rowspan=2>a</td><td colspan="2">b</td></tr><tr><td>c</td><td>d</td></tr></table>`, map[string]string{"A1": "text a", "B1": "text b", "B2": "text c", "C2": "text d"}},
		"entities and white space":     {"<table><tr><td>&nbsp; 其中：\n  &lt;规上&gt; &amp;&#x4E2D; </td><td>&nbsp;</td><td>a<br>b</td></tr></table>", map[string]string{"A1": "text 其中： <规上> &中", "C1": "text a\nb"}},
		"a sign by itself":             {`<table><tr><td>a < b</td></tr></table>`, map[string]string{"A1": "text a < b"}},
		"markup in a cell":             {`<table><tr><td><p><b>增</b><font color="red">速</font></p></td></tr></table>`, map[string]string{"A1": "text 增速"}},
		"scripts":                      {`<script>document.write("<table><tr><td>9</td></tr></table>")</script><table><tr><td>1<style>td{}</style><!-- <td>8 --></td></tr></table><SCRIPT>x</SCRIPT>`, map[string]string{"A1": "number 1"}},
		"text around the tables":       {`<h3>双城101表</h3><p>单位：万元</p><table><tr><td>1</td></tr></table>合计<table><tr><td>2</td></tr></table><div>填表人：测试</div>`, map[string]string{"A1": "text 双城101表", "A2": "text 单位：万元", "A3": "number 1", "A4": "text 合计", "A5": "number 2", "A6": "text 填表人：测试"}},
		"a caption":                    {`<table><caption>表一</caption><tr><td>1</td></tr></table>`, map[string]string{"A1": "text 表一", "A2": "number 1"}},
		"values of Excel":              {`<table><tr><td x:num="1234.5678">1,234.57</td><td x:num>7</td><td x:str>007</td><td x:str="前 后">x</td><td x:bool="TRUE">TRUE</td><td x:err="#N/A">#N/A</td></tr></table>`, map[string]string{"A1": "number 1234.5678", "B1": "number 7", "C1": "text 007", "D1": "text 前 后", "E1": "bool TRUE", "F1": "error #N/A"}},
		"a date of Excel":              {`<table><tr><td style='mso-number-format:"yyyy\/m\/d"' x:num="46082">2026/3/1</td></tr></table>`, map[string]string{"A1": "date 2026-03-01 00:00:00"}},
		"a text of Excel":              {`<style>.xl1{mso-number-format:"\@";}</style><table><tr><td class=xl1>00123</td></tr></table>`, map[string]string{"A1": "text 00123"}},
		"percent and digits elsewhere": {`<table><tr><td>12.5%</td><td>１２</td><td>1e3</td></tr></table>`, map[string]string{"A1": "text 12.5%", "B1": "text １２", "C1": "text 1e3"}},
		"hidden fields":                {`<form><input type="hidden" name="x" value="1"><table><tr><td>1</td></tr></table></form>`, map[string]string{"A1": "number 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, texts(t, page(c.body))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatExcelSaysAboutAPageIsKept(t *testing.T) {
	b := open(t, page(`<!--[if gte mso 9]><xml><x:ExcelWorkbook><x:ExcelWorksheets><x:ExcelWorksheet><x:Name>报 表</x:Name></x:ExcelWorksheet></x:ExcelWorksheets></x:ExcelWorkbook></xml><![endif]-->
		<style><!-- td {mso-number-format:General;} .xl65{color:black; mso-number-format:"\#\,\#\#0\.00_ ";} tr.xl66, .xl67 {mso-number-format:Percent;} --></style>
		<table><col width=9><col span=2 style='display:none'><tr><td class="a xl65" x:num>1</td><td class=xl67 x:num="0.5">50%</td><td style="color:red;mso-number-format:'0\.0E\+00'" x:num>3</td></tr>
		<tr style="Display: none"><td colspan=2 rowspan=5 x:fmla="=SUM(A1:B1)" x:num>1.5</td><td x:fmla="=C1"></td></tr></table>`))
	s := b.Sheets[0]
	if b.Format != workbook.HTML || s.Name != "报 表" {
		t.Errorf("format %s, sheet %s", b.Format, s.Name)
	}
	type fact struct {
		Class   workbook.Class
		Digits  uint8
		Formula string
		NoCache bool
	}
	got := map[string]fact{}
	for _, c := range s.Cells {
		got[c.Ref.String()] = fact{c.Class, c.Digits, c.Formula, c.NoCache}
	}
	if diff := cmp.Diff(map[string]fact{
		"A1": {workbook.Decimal, 2, "", false}, "B1": {workbook.Percent, 2, "", false}, "C1": {workbook.Scientific, 1, "", false},
		"A2": {workbook.General, 0, "SUM(A1:B1)", false}, "C2": {workbook.General, 0, "C1", true},
	}, got); diff != "" {
		t.Error(diff)
	}
	// The range that reaches below the table ends with it.
	if diff := cmp.Diff([]workbook.Range{{From: workbook.Ref{Col: 1, Row: 2}, To: workbook.Ref{Col: 2, Row: 2}}}, s.Merged); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]bool{2: true}, s.HiddenRows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]bool{2: true, 3: true}, s.HiddenCols); diff != "" {
		t.Error(diff)
	}
}

func TestAPageIsDecodedByWhatItSays(t *testing.T) {
	const table = `<table><tr><td>联通</td></tr></table>`
	gb2312 := func(meta string) []byte { return gbk("<html>" + meta + table) }
	for name, data := range map[string][]byte{
		"gb2312, named":           gb2312(`<meta http-equiv="Content-Type" content="text/html; charset=gb2312">`),
		"gbk, named with quotes":  gb2312(`<meta charset='GBK'>`),
		"gb18030, not named":      gbk("<html>" + table + "地区生产总值"),
		"UTF-8, not named":        []byte("<html>" + table),
		"UTF-8 with a mark":       []byte("\uFEFF<html>" + `<meta charset=gbk>` + table),
		"UTF-8, named in capital": []byte(`<html><META CHARSET="UTF-8">` + table),
	} {
		if got := open(t, data).Sheets[0].Cells[0].Text; got != "联通" {
			t.Errorf("%s: read %q", name, got)
		}
	}
}

func TestAPageThatIsNotSimpleIsRefused(t *testing.T) {
	cell := `<table><tr><td>1</td></tr></table>`
	for name, m := range map[string]struct {
		data  []byte
		rule  string
		place string
	}{
		"no table":               {page("<p>没有</p>"), "html-table", ""},
		"table in a table":       {page("<table><tr><td>1</td><td>" + cell + "</td></tr></table>"), "html-table", "!B1:1"},
		"table in a row":         {page("<table><tr>" + cell), "html-table", ""},
		"frames":                 {page("<frameset><frame src=sheet001.htm></frameset>"), "html-table", ""},
		"fields to fill in":      {page("<table><tr><td><input name=a value=5></td></tr></table>"), "html-table", "!A1"},
		"a choice":               {page("<table><tr><td><select><option>1<option>2</select></td></tr></table>"), "html-table", "!A1"},
		"a hidden cell":          {page(`<table><tr><td>1</td><td style="display:none">2</td></tr></table>`), "html-table", "!A1"},
		"text between cells":     {page("<table><tr>2<td>1</td></tr></table>"), "html-table", ""},
		"a row without a table":  {page("<tr><td>1</td></tr>"), "html-table", ""},
		"a table without end":    {[]byte("<table><tr><td>1</td></tr>"), "html-table", "!A1"},
		"a tag without end":      {[]byte("<table><tr><td style='"), "html-table", ""},
		"a comment without end":  {[]byte("<table><!-- <tr>"), "html-table", ""},
		"a script without end":   {[]byte("<table><script> <tr>"), "html-table", ""},
		"an instruction cut off": {[]byte("<table><!x"), "html-table", ""},
		"overlapping spans":      {page("<table><tr><td>1</td><td rowspan=2>2</td></tr><tr><td colspan=2>3</td></tr></table>"), "html-table", "!A2"},
		"no number":              {page("<table><tr><td x:num>一</td></tr></table>"), "sheet-cell", "!A1"},
		"too large a number":     {page("<table><tr><td x:num='1e400'>1</td></tr></table>"), "sheet-cell", "!A1"},
		"a control character":    {page("<table><tr><td>a\x01b</td></tr></table>"), "html-table", "!A1"},
		"a NUL":                  {page("<table><tr><td>&#0;</td></tr></table>"), "html-table", "!A1"},
		"too many columns":       {page("<table><tr><td colspan=1000>1</td><td colspan=1000>1</td></tr></table>"), "sheet-cap", "!ALM1"},
		"another character set":  {[]byte("<html><meta charset=shift_jis>" + cell), "html-encoding", ""},
		"not what it says":       {append([]byte("<html><meta charset=utf-8>\n<table><tr><td>"), 0xB5, 0xD8), "html-encoding", ":2"},
		"no text at all":         {append([]byte("<html>"+cell), 0xFF, 0xFF), "html-encoding", ""},
		"a web archive":          {[]byte("MIME-Version: 1.0\r\n\r\n<html>" + cell), "html-table", ""},
	} {
		t.Run(name, func(t *testing.T) {
			finds := refused(t, m.data)
			f := finds[0]
			if f.Rule != m.rule || !strings.Contains(f.Place.String(), m.place) || f.Message == "" || f.Hint == "" {
				t.Errorf("want rule %q at %q, got:\n%v", m.rule, m.place, finds)
			}
		})
	}
}

func TestAPageKeepsTheCaps(t *testing.T) {
	data := page(`<table><tr><td colspan=2>一</td><td>2</td></tr><tr><td colspan=2>3</td></tr></table>`)
	for name, set := range map[string]func(*workbook.Limits){
		"cells":  func(l *workbook.Limits) { l.Cells = 2 },
		"rows":   func(l *workbook.Limits) { l.Rows = 1 },
		"cols":   func(l *workbook.Limits) { l.Cols = 2 },
		"merged": func(l *workbook.Limits) { l.Merged = 1 },
		"bytes":  func(l *workbook.Limits) { l.StringBytes = 3 },
	} {
		lim := workbook.DefaultLimits()
		set(&lim)
		if b, finds := workbook.Open("x.xls", data, lim); b != nil || finds[0].Rule != "sheet-cap" {
			t.Errorf("%s: %v", name, finds)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		`<table><tr><td rowspan=2 colspan=3>a</td><td x:num="1.5">b</td></tr><tr><td>c</td></tr></table>`,
		`<style>.x{mso-number-format:"\#\,\#\#0\.00";}</style><table><col span=3 style="display:none"><tr><td class=x>1</td></tr></table>`,
		`<p>&nbsp;x<br></p><table><caption>t</caption><tr><th>&#20013;`, `<!--[if]><x:Name>s</x:Name>--><table>`, `<table><tr><td x:fmla="=A1" x:str="q" style='mso-number-format:"\0022a\0022"'>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		consistent(t, append([]byte("<html>"), data...))
	})
}
