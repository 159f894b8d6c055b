package pagetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>测试</title>
<style>@page{size:A4;margin:20mm 15mm}td,th{font-size:14px}@media print{tr{break-inside:avoid}}`

// A good page has nothing wrong, and a bad one all that can be: a check that
// finds nothing checks nothing.
func TestEveryFaultIsFound(t *testing.T) {
	b := Open(t)
	rows := strings.Repeat(`<tr><th scope="row">甲</th><td>一<br>二<br>三<br>四</td></tr>`, 40)
	table := `<table><caption>表</caption><thead><tr><th scope="col">名</th><th scope="col">值</th></tr></thead><tbody>` + rows + `</tbody></table>`
	good := head + `@page{@bottom-left{content:"截至期 2026年9月"}@bottom-right{content:"— " counter(page) " —"}}</style></head><body><main><h1>标题</h1><p>字</p>
<svg viewBox="0 0 300 60" width="300" height="60" role="img" aria-label="图" font-size="14"><rect width="300" height="60" fill="#14305C"/><text x="2" y="20" fill="#FFF">一</text><text x="40" y="20" fill="#FFF">二</text></svg>
` + table + `</main></body></html>`
	bad := head + `tr,thead{break-inside:auto!important;display:block!important}table{display:block}h2{height:10px;overflow:hidden}.wide{width:3000px}.up{margin-top:-20px}i{color:#999}.narrow{width:1em;overflow-wrap:anywhere}.after::after{content:"小";font-size:5px}.seen{overflow-x:scroll;width:40px;white-space:nowrap}</style></head><body><main><h1>标题</h1>
<script>document.write("<p>" + "写".repeat(30) + "</p>")</script><p onclick="x()">字</p><img src="https://example.invalid/x.png"><p class="wide">宽</p><p class="after" style="font-size:6px">小</p>
<div><p>▲</p></div><p>上面的字</p><p class="up">下面的字</p><h2>切掉</h2><p><i>浅</i></p><p class="narrow"><data>1234</data></p><p><a href="#a">甲</a></p><p class="seen" tabindex="0">很长很长很长的字</p>
<svg viewBox="0 0 300 60" width="300" height="60" role="img" aria-label="图" font-size="14"><rect width="300" height="60" fill="#14305C"/><text x="2" y="20" fill="#000">黑</text><text x="8" y="20" fill="#FFF">叠</text><text x="295" y="20" fill="#FFF">出</text><text x="2" y="50" font-size="6" fill="#FFF">小</text></svg>
` + table + `</main></body></html>`
	const everywhere = "a script|a shape without a word|a handler|too wide|sticks out|text of 6.0 px|before or after|text on text|cut off below|contrast of 2|a number is broken|text leaves its picture|text on text in a picture|in a picture|asks for more|axe-core: critical image-alt|contrast of 1"
	for _, c := range []struct {
		m    medium
		want string
	}{
		{phone, everywhere + "|a target of|no script may run"},
		{desk, everywhere + "|a target of|no script may run"},
		{paper, everywhere + "|paper does not scroll|is cut|without its head|does not say —1—|does not say 截至期"},
	} {
		t.Run(c.m.Name, func(t *testing.T) {
			look := func(html string) []string {
				file := filepath.Join(t.TempDir(), "page.html")
				if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
					t.Fatal(err)
				}
				return b.wrong(t, Page{HTML: html, Foot: []string{"截至期 2026年9月"}}, file, c.m)
			}
			if wrong := look(good); len(wrong) > 0 {
				t.Errorf("the good page:\n%s", strings.Join(wrong, "\n"))
			}
			found := strings.Join(look(bad), "\n")
			for want := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(found, want) {
					t.Errorf("nobody said %q:\n%s", want, found)
				}
			}
		})
	}
}
