package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestColumnsStandUnderOneAnotherUnderChineseHeads(t *testing.T) {
	var b strings.Builder
	w := inColumns(&b)
	fmt.Fprint(w, "指标\t值\t说明\nGDP.TOTAL\t1200\t亿元\n人均\t—\n")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"指标       值    说明\n" +
		"GDP.TOTAL  1200  亿元\n" +
		"人均       —\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
