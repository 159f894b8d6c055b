package form

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// save writes the package. excelize marks every formula cell as text
// (t="str"); Excel marks a numeric result by no mark at all, so the mark is
// taken off the numeric formulas of the form's sheet.
func (s *sheet) save(w io.Writer) error {
	if len(s.formulas) == 0 {
		if err := s.file.Write(w); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
		return nil
	}
	var packed bytes.Buffer
	if err := s.file.Write(&packed); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	zr, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		return fmt.Errorf("reopen workbook: %w", err)
	}
	zw := zip.NewWriter(w)
	for _, part := range zr.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			if err := zw.Copy(part); err != nil {
				return fmt.Errorf("copy part %s: %w", part.Name, err)
			}
			continue
		}
		if err := s.rewrite(zw, part); err != nil {
			return fmt.Errorf("rewrite part %s: %w", part.Name, err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

func (s *sheet) rewrite(zw *zip.Writer, part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	text := string(data)
	for _, ref := range s.formulas {
		start := strings.Index(text, `<c r="`+ref.String()+`"`)
		if start < 0 {
			return fmt.Errorf("formula cell %s is not in the sheet", ref)
		}
		end := start + strings.IndexByte(text[start:], '>')
		text = text[:start] + strings.Replace(text[start:end], ` t="str"`, "", 1) + text[end:]
	}
	out, err := zw.Create(part.Name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}
