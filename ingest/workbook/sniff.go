package workbook

import (
	"bytes"
	"strings"

	"zhibiao/kpi/finding"
)

// sniffed is how many leading bytes are looked at to tell texts apart.
const sniffed = 64 << 10

// Sniff tells what a file is by its content; its name plays no part. A zip
// package counts as XLSX when it has the parts of one or, damaged, still shows
// their names. Delimited text counts as CSV when its beginning is text in
// UTF-8, UTF-16 with a byte order mark, or GB18030.
func Sniff(data []byte) Format {
	head := data[:min(len(data), sniffed)]
	switch {
	case bytes.HasPrefix(data, []byte(zipMagic)):
		lim := DefaultLimits()
		if zip, bad := readArchive(inMemory(data), &lim); bad == nil && zip.isWorkbook() || bad != nil && namesParts(data) {
			return XLSX
		}
		return Unknown
	case bytes.HasPrefix(data, compoundMagic):
		return sniffCompound(data)
	case bareBIFF(data):
		return XLS
	case isHTML(head):
		return HTML
	case known(head) != "":
		return Unknown
	case isText(head, len(head) < len(data)):
		return CSV
	}
	return Unknown
}

// zipMagic is how a package begins that has parts.
const zipMagic = "PK\x03\x04"

// isWorkbook reports whether a package has the parts of a workbook.
func (a *archive) isWorkbook() bool {
	if a.part("[Content_Types].xml") == nil {
		return false
	}
	for _, p := range a.parts {
		if name := strings.ToLower(p.name); strings.HasPrefix(name, "word/") || strings.HasPrefix(name, "ppt/") {
			return false
		}
	}
	return true
}

// namesParts reports whether a damaged package shows the names of a workbook's
// parts, which stand uncompressed before each part's data.
func namesParts(data []byte) bool {
	return bytes.Contains(data, []byte("[Content_Types].xml")) || bytes.Contains(data, []byte("xl/"))
}

func isHTML(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	start := bytes.ToLower(head[:min(len(head), 1024)])
	if bytes.HasPrefix(start, []byte("mime-version:")) {
		return true
	}
	if bytes.HasPrefix(start, []byte("<?xml")) || bytes.HasPrefix(start, []byte("<!--")) {
		return bytes.Contains(start, []byte("<html"))
	}
	for _, tag := range []string{"<html", "<!doctype html", "<head", "<meta", "<body", "<table", "<style", "<div"} {
		if bytes.HasPrefix(start, []byte(tag)) {
			return true
		}
	}
	return false
}

// known names a file that is no workbook by how it begins; "" when it does not
// tell.
func known(head []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"%PDF", "PDF 文档"},
		{"Rar!", "RAR 压缩包"},
		{"7z\xBC\xAF", "7z 压缩包"},
		{"\x1F\x8B", "gzip 压缩包"},
		{"\x89PNG", "图片"},
		{"\xFF\xD8\xFF", "图片"},
		{"GIF8", "图片"},
		{"BM", "图片"},
		{"{\\rtf", "RTF 文档"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) && (k.magic != "BM" || bytes.IndexByte(head, 0) >= 0) {
			return k.name
		}
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	if bytes.HasPrefix(start, []byte("<?xml")) {
		if bytes.Contains(start, []byte("urn:schemas-microsoft-com:office:spreadsheet")) {
			return "XML 表格（Excel 2003 XML）"
		}
		return "XML 文件"
	}
	return ""
}

// isText reports whether the beginning of a file is text. cut tells that more
// follows, so that the last character may be incomplete.
func isText(head []byte, cut bool) bool {
	switch {
	case len(head) == 0:
		return false
	case wideText(head) != nil:
		return true // it says so itself
	case bytes.IndexByte(head, 0) >= 0:
		return false
	case cut:
		// The last character may be incomplete, what ends in a line feed is not.
		if i := bytes.LastIndexByte(head, '\n'); i > 0 {
			head = head[:i+1]
		}
	}
	text, _, ok := decodeText(head)
	// A bad or a control character somewhere is for csv to report, with its line,
	// as long as there are lines or fields.
	return ok && inspect(text)&illegal == 0 || bytes.ContainsAny(head, ",;\t|\n")
}

// foreign is the finding for a file that is no workbook we read. Its part is
// what tells: a part or stream that only such files have, or how the file begins.
func foreign(format Format, data []byte) *finding.Finding {
	if format == Encrypted {
		return refusal("encrypted", infoStream, "工作簿已加密，无法打开", unlock)
	}
	part, what := fileHead, "文件内容不是可识别的表格"
	switch {
	case len(data) == 0:
		what = "文件是空的（0 字节）"
	case bytes.HasPrefix(data, []byte("PK")):
		part, what = zipContent(data)
	case bytes.HasPrefix(data, compoundMagic):
		what = "文件不是表格"
		for _, name := range streams(data) {
			switch name {
			case "WordDocument":
				part, what = name, "这是 Word 文档，不是表格"
			case "PowerPoint Document":
				part, what = name, "这是演示文稿，不是表格"
			}
		}
	default:
		if name := known(data[:min(len(data), sniffed)]); name != "" {
			what = "这是" + name + "，不是表格"
		}
	}
	return refusal("not-a-workbook", part, what, "请报送 .xlsx 表格（或 .csv 文本）；"+resave)
}

// zipContent says what a zip file is that is no workbook, and which part tells.
func zipContent(data []byte) (part, what string) {
	for _, k := range []struct{ mark, part, name string }{
		{"word/document.xml", "word/document.xml", "这是 Word 文档（.docx），不是表格"},
		{"ppt/presentation.xml", "ppt/presentation.xml", "这是演示文稿（.pptx），不是表格"},
		{"application/vnd.oasis.opendocument.spreadsheet", "mimetype", "这是 OpenDocument 表格（.ods），不能直接读取"},
		{"application/vnd.oasis.opendocument", "mimetype", "这是 OpenDocument 文档，不是表格"},
	} {
		if bytes.Contains(data, []byte(k.mark)) {
			return k.part, k.name
		}
	}
	return zipDirectory, "这是压缩包，不是表格"
}
