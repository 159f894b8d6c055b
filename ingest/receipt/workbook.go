package receipt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"zhibiao/ingest/workbook"
)

// Workbook writes the receipt as the department's own workbook: original are the
// bytes that were received, book what the guard made of them, nil when it refused
// them. The receipt stands in front as the sheet 回执; the cells that findings
// point at are tinted and noted; no value, text, formula or format is touched,
// which is verified by reading what was written. The same receipt gives the same
// bytes. It always is an .xlsx workbook without macros.
//
// The package of an .xlsx original is carried part by part. What is none, or
// runs or fetches something by itself, is written anew from the values that were
// read, and the receipt says so; of what could not be read there is the receipt
// alone.
func Workbook(w io.Writer, r *Receipt, original []byte, book *workbook.Book) error {
	data, err := compose(r, original, book)
	if err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write receipt %s: %w", r.Number, err)
	}
	return nil
}

// What a receipt says about its workbook when it is not the one received.
const (
	rebuiltRemark = "原文件不能原样附上（格式不是 .xlsx，或含宏、控件、数据连接等内容）；以下各表按读取到的内容重新列出，数值未改，公式和格式从略。"
	macroRemark   = "原文件中的宏没有附上。"
	aloneRemark   = "原文件未能读取（损坏、加密、过大或不是工作簿），此处只有回执；原件已留存。"
)

func compose(r *Receipt, original []byte, book *workbook.Book) ([]byte, error) {
	if book != nil {
		data, err := carried(r, original, book)
		if err == nil || !errors.Is(err, errNotCarried) {
			return data, err
		}
		data, err = rebuilt(r, Strip(book))
		if err == nil || !errors.Is(err, errNotCarried) {
			return data, err
		}
	}
	p, _ := rebuild(nil, nil)
	return finish(p, r, &workbook.Book{}, nil, aloneRemark, Same)
}

// carried is the receipt in the package that was received.
func carried(r *Receipt, original []byte, book *workbook.Book) ([]byte, error) {
	p, err := openPack(original)
	if err != nil {
		return nil, err
	}
	remark := ""
	if book.Macros {
		remark = macroRemark
	}
	return finish(p, r, book, nil, remark, untouched)
}

// rebuilt is the receipt in a workbook that we write from what was read.
func rebuilt(r *Receipt, book *workbook.Book) ([]byte, error) {
	p, names := rebuild(book, nil)
	return finish(p, r, book, names, rebuiltRemark, Same)
}

// finish puts the receipt into a package and verifies what was written: it is
// this receipt, and without it the book holds against the one received.
func finish(p *pack, r *Receipt, book *workbook.Book, names map[string]string, remark string, holds func(got, want *workbook.Book) bool) ([]byte, error) {
	err := annotate(p, r, book, func(name string) string {
		if names == nil {
			return name
		}
		return names[name]
	}, remark)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := p.write(&out); err != nil {
		return nil, err
	}
	got, found := workbook.Open(r.File, out.Bytes(), workbook.DefaultLimits())
	if got == nil {
		return nil, notCarried("written workbook is not read: " + found.String())
	}
	if a, ok := Read(got); !ok || a.Number != r.Number {
		return nil, notCarried("written workbook is not this receipt")
	}
	if !holds(Strip(got), Strip(book)) {
		return nil, notCarried("written workbook differs from the one received")
	}
	return out.Bytes(), nil
}

// untouched reports whether nothing of a book was changed: no cell's value, text,
// formula or format, nothing merged, hidden or noted.
func untouched(got, want *workbook.Book) bool {
	return slices.EqualFunc(got.Sheets, want.Sheets, func(s, t *workbook.Sheet) bool {
		return s.Name == t.Name && s.Hidden == t.Hidden && slices.Equal(s.Cells, t.Cells) && slices.Equal(s.Merged, t.Merged) &&
			maps.Equal(s.HiddenRows, t.HiddenRows) && maps.Equal(s.HiddenCols, t.HiddenCols) && maps.Equal(s.Notes, t.Notes)
	})
}
