package receipt

import (
	"encoding/xml"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An attribute is changed wherever it stands in its tag and however it is
// quoted, and its name inside of a value is no attribute.
func TestAnAttributeIsSetOnce(t *testing.T) {
	for _, c := range []struct{ in, value, want string }{
		{`<a n="1"/>`, "2", `<a n="2"/>`},
		{`<a m="n=1" n='1'>x</a>`, "2", `<a m="n=1" n="2">x</a>`},
		{"<a\n\tn = '1' m=\"2\"></a>", "3", `<a n="3" m="2"></a>`},
		{`<a m="x n='9' "/>`, "1", `<a n="1" m="x n='9' "/>`},
		{`<a xn="1"/>`, "2", `<a n="2" xn="1"/>`},
		{`<a n="1" m="2"/>`, "", `<a m="2"/>`},
		{`<a/>`, "", `<a/>`},
		{`<a/>`, `"<&`, `<a n="&quot;&lt;&amp;"/>`},
	} {
		d, err := parse("x", []byte(c.in))
		if err != nil {
			t.Fatal(err)
		}
		d.setAttr(d.root(), "n", c.value)
		got, err := d.bytes()
		if err != nil || string(got) != c.want {
			t.Errorf("%s becomes %s, %v; want %s", c.in, got, err, c.want)
		}
	}
}

func TestAnElementIsFilled(t *testing.T) {
	for in, want := range map[string]string{
		`<r><a/></r>`: `<r><a><b/></a></r>`, `<r><a n="1" /></r>`: `<r><a n="1" ><b/></a></r>`, `<r><a></a></r>`: `<r><a><b/></a></r>`, `<r><a><c/>x</a></r>`: `<r><a><c/>x<b/></a></r>`,
	} {
		d, err := parse("x", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := d.child("a")
		d.fill(a, "<b/>")
		if got, err := d.bytes(); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestWhatIsNoXMLIsNotCarried(t *testing.T) {
	for _, in := range []string{"", "x", "<a>", "<a></b>", "<a><b></a></b>", "</a>", "<a n=1/>", "\xff\xfe<\x00a\x00/\x00>\x00"} {
		if _, err := parse("x", []byte(in)); err == nil {
			t.Errorf("%q is parsed", in)
		}
	}
}

// Whatever the text, its escape is XML, in an attribute and between tags, and
// adds no tag of its own.
func TestEscapedTextIsOneText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := escape(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\x00", "]]>", "\xff", "a\r\nb", "\uFFFE", "_x0041_"})).Draw(t, "text"))
		var got struct {
			N    string `xml:"n,attr"`
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte(`<a n="`+text+`">`+text+`</a>`), &got); err != nil {
			t.Fatal(err)
		}
		if got.N != got.Text || strings.ContainsAny(text, "<>\"\x00") {
			t.Fatalf("%q and %q of %q", got.N, got.Text, text)
		}
	})
}
