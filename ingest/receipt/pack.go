package receipt

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// A pack is a workbook package being annotated. Parts that nothing changes are
// copied as they stand, compressed bytes and all. Its names ignore case, as the
// reader's do.
type pack struct {
	entries map[string]*zip.File // of the original, by lower-case name
	parts   map[string][]byte    // changed and new ones; nil is dropped
	names   map[string]string    // lower-case name → name
}

const typesPart = "[Content_Types].xml"

// errNotCarried says that a package is not carried as it is: the receipt is then
// written from what was read of it. Every such error wraps it.
var errNotCarried = errors.New("package not carried")

func notCarried(why string) error { return fmt.Errorf("%s: %w", why, errNotCarried) }

// openPack opens a package that the guard has accepted; sizes and checksums are
// known to be right.
func openPack(data []byte) (*pack, error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, notCarried("not a zip package")
	}
	p := newPack()
	for _, f := range zr.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		key := strings.ToLower(f.Name)
		p.entries[key], p.names[key] = f, f.Name
	}
	return p, nil
}

func newPack() *pack {
	return &pack{entries: map[string]*zip.File{}, parts: map[string][]byte{}, names: map[string]string{}}
}

func (p *pack) has(name string) bool {
	key := strings.ToLower(name)
	if data, ok := p.parts[key]; ok {
		return data != nil
	}
	return p.entries[key] != nil
}

// read is the whole content of a part.
func (p *pack) read(name string) ([]byte, error) {
	key := strings.ToLower(name)
	if data := p.parts[key]; data != nil {
		return data, nil
	}
	f := p.entries[key]
	if f == nil || !p.has(name) {
		return nil, notCarried("part " + name + " is missing")
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open part %s: %w", name, err)
	}
	data := make([]byte, f.UncompressedSize64)
	_, err = io.ReadFull(r, data)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read part %s: %w", name, err)
	}
	return data, nil
}

// begins is the content of a part up to a mark, and whether the mark is there.
func (p *pack) begins(name string, mark []byte) (head []byte, found bool, err error) {
	f := p.entries[strings.ToLower(name)]
	if f == nil || p.parts[strings.ToLower(name)] != nil {
		data, err := p.read(name)
		i := bytes.Index(data, mark)
		return data[:max(i, 0)], i >= 0, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, false, fmt.Errorf("open part %s: %w", name, err)
	}
	defer func() { _ = r.Close() }() // in memory, and not read to its end
	buf := make([]byte, 0, 8<<10)
	for {
		if i := bytes.Index(buf, mark); i >= 0 {
			return buf[:i], true, nil
		}
		buf = slices.Grow(buf, 8<<10)
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			if errors.Is(err, io.EOF) {
				i := bytes.Index(buf, mark)
				return buf[:max(i, 0)], i >= 0, nil
			}
			return nil, false, fmt.Errorf("read part %s: %w", name, err)
		}
	}
}

func (p *pack) set(name string, data []byte) {
	key := strings.ToLower(name)
	if p.names[key] == "" {
		p.names[key] = name
	}
	p.parts[key] = data
}

func (p *pack) drop(name string) { p.parts[strings.ToLower(name)] = nil }

// free is a part name that is not taken: free("xl/comments", ".xml").
func (p *pack) free(stem, ext string) string {
	for i := 1; ; i++ {
		if name := fmt.Sprintf("%s%d%s", stem, i, ext); !p.has(name) && p.entries[strings.ToLower(name)] == nil {
			return name
		}
	}
}

// write writes the package, its parts sorted and without times: the same parts
// give the same bytes.
func (p *pack) write(w io.Writer) error {
	zw := zip.NewWriter(w)
	keys := slices.Sorted(maps.Keys(p.names))
	if i := slices.Index(keys, strings.ToLower(typesPart)); i > 0 { // first, where readers look
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, strings.ToLower(typesPart))
	}
	for _, key := range keys {
		if !p.has(key) {
			continue
		}
		if err := p.writePart(zw, key); err != nil {
			return fmt.Errorf("write part %s: %w", p.names[key], err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("close package: %w", err)
	}
	return nil
}

func (p *pack) writePart(zw *zip.Writer, key string) error {
	if data, ok := p.parts[key]; ok {
		out, err := zw.CreateHeader(&zip.FileHeader{Name: p.names[key], Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	}
	f := p.entries[key]
	raw, err := f.OpenRaw()
	if err != nil {
		return err
	}
	out, err := zw.CreateRaw(&zip.FileHeader{
		Name: f.Name, Method: f.Method, CRC32: f.CRC32,
		CompressedSize64: f.CompressedSize64, UncompressedSize64: f.UncompressedSize64,
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(out, raw)
	return err
}

// A rel is a relationship of a part.
type rel struct {
	id, kind, target string // kind is the last segment of the type; target a part's name
	at               element
}

// relsOf is the part that holds the relationships of a part; of "" the package's.
func relsOf(part string) string {
	dir, base := path.Split(part)
	return dir + "_rels/" + base + ".rels"
}

const relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

// rels reads the relationships of a part; a part without any has none. Targets
// outside the package are left out.
func (p *pack) rels(part string) (all []rel, doc *document, err error) {
	name := relsOf(part)
	if !p.has(name) {
		const empty = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>`
		p.set(name, []byte(empty))
	}
	doc, err = p.document(name)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range doc.elements {
		if e.name != "Relationship" || e.attr("TargetMode") == "External" {
			continue
		}
		target, _, _ := strings.Cut(e.attr("Target"), "#")
		if !strings.HasPrefix(target, "/") {
			target = path.Dir(part) + "/" + target
		}
		all = append(all, rel{
			id: e.attr("Id"), kind: path.Base(e.attr("Type")), at: e,
			target: strings.TrimPrefix(path.Clean("/"+target), "/"),
		})
	}
	return all, doc, nil
}

// relate adds a relationship to a part and returns its id.
func (p *pack) relate(from, kind, to string) (string, error) {
	_, doc, err := p.rels(from)
	if err != nil {
		return "", err
	}
	id := ""
	for i := 1; ; i++ {
		id = fmt.Sprintf("rId%d", i)
		if !slices.ContainsFunc(doc.elements, func(e element) bool { return e.attr("Id") == id }) {
			break
		}
	}
	doc.insert(doc.root().close, fmt.Sprintf(`<Relationship Id="%s" Type="%s%s" Target="/%s"/>`, id, relTypes, kind, escape(to)))
	return id, p.save(doc)
}

// document opens a part for edits.
func (p *pack) document(name string) (*document, error) {
	data, err := p.read(name)
	if err != nil {
		return nil, err
	}
	return parse(name, data)
}

// save puts the edited document in the place of the part.
func (p *pack) save(d *document) error {
	data, err := d.bytes()
	if err != nil {
		return err
	}
	p.set(d.name, data)
	return nil
}
