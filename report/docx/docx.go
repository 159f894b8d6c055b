// Package docx writes a report's Document as a 公文: the page, type area, faces
// and numbering of GB/T 9704—2012, with the digits that are in the Figures. It
// formats nothing and draws nothing: a chart is set as a small table of its own
// printed values, which every word processor shows and paper keeps.
package docx

import (
	"archive/zip"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"time"

	"zhibiao/report/document"
)

//go:embed part
var parts embed.FS

// stamp is the time of every part in the package, so that equal documents make
// equal bytes.
var stamp = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Write writes the document as a .docx package. Equal documents make equal
// bytes. It writes nothing when it returns an error, unless it is the writer's.
func Write(w io.Writer, d *document.Document) error {
	if d == nil || len(d.Sections) == 0 {
		return errors.New("write docx: want a document with sections")
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range []struct{ name, file, text string }{
		{name: "[Content_Types].xml", file: "types.xml"}, // readers want it first
		{name: "_rels/.rels", file: "root.rels"},
		{name: "word/document.xml", text: body(d)},
		{name: "word/_rels/document.xml.rels", file: "document.rels"},
		{name: "word/styles.xml", file: "styles.xml"},
		{name: "word/settings.xml", file: "settings.xml"},
		{name: "word/fontTable.xml", file: "fontTable.xml"},
		{name: "word/header.xml", text: header(d)},
		{name: "word/odd.xml", file: "odd.xml"},
		{name: "word/even.xml", file: "even.xml"},
		{name: "docProps/core.xml", text: properties(d)},
		{name: "docProps/app.xml", file: "app.xml"},
	} {
		data := []byte(p.text)
		if p.file != "" {
			var err error
			if data, err = parts.ReadFile("part/" + p.file); err != nil {
				return fmt.Errorf("write docx: %w", err)
			}
		}
		part, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: stamp})
		if err != nil {
			return fmt.Errorf("write docx part %s: %w", p.name, err)
		}
		if _, err := part.Write(data); err != nil {
			return fmt.Errorf("write docx part %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	return nil
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordSpace   = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// header is what stands in the head margin of every page: what the figures are,
// and by what they can be traced. The foot has the page number alone (GB/T 9704 7.5).
func header(d *document.Document) string {
	w := new(writer)
	w.add(declaration, `<w:hdr `, wordSpace, `>`)
	if d.TestData {
		w.paragraph(paragraph{style: "Header"}, func() { w.run("测试数据　不得作为统计资料使用", face{bold: true, font: heiti}) })
	}
	w.paragraph(paragraph{style: "Header"}, func() { w.run(d.Foot(), face{}) })
	w.add(`</w:hdr>`)
	return w.String()
}

func properties(d *document.Document) string {
	made := d.Made.UTC().Format(time.RFC3339)
	return declaration + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` +
		escape(d.Title) + `</dc:title><dc:subject>` + escape(d.Period) + `</dc:subject><dc:creator>zhibiao</dc:creator><cp:lastModifiedBy>zhibiao</cp:lastModifiedBy><dcterms:created xsi:type="dcterms:W3CDTF">` +
		made + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + made + `</dcterms:modified><dc:language>zh-CN</dc:language></cp:coreProperties>`
}
