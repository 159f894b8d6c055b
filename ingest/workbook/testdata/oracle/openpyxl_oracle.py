"""The second opinion of oracle_test.go: openpyxl 3.0 or later.

  openpyxl_oracle.py write DIR    writes books with what departments' books have
  openpyxl_oracle.py read FILE…   prints, one JSON object a line, what openpyxl reads

A cell is printed as "kind value", and its formula apart. No figure is real (测试数据).
"""
import datetime
import json
import os
import random
import sys
import warnings

import openpyxl
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

warnings.simplefilter("ignore")  # a date out of range is compared, not announced


def shown(cell):
    v = cell.value
    if v is None:
        return ""
    if cell.data_type == "e":
        return "error " + str(v)
    if isinstance(v, bool):
        return "bool " + str(v).upper()
    if isinstance(v, (int, float)):
        return "number " + repr(float(v))
    if isinstance(v, datetime.datetime):
        return "date " + v.isoformat(" ", "milliseconds")
    if isinstance(v, datetime.date):
        return "date " + v.isoformat() + " 00:00:00.000"
    if isinstance(v, datetime.time):
        return "time " + v.isoformat("milliseconds")
    if isinstance(v, datetime.timedelta):
        return "duration " + repr(v / datetime.timedelta(days=1))
    return "text " + str(v)


def formula(cell):
    v = getattr(cell.value, "text", cell.value)  # an ArrayFormula has its text
    if cell.data_type == "f" and isinstance(v, str):
        return v[1:] if v.startswith("=") else v
    return ""


def read(path):
    values = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path)
    sheets = []
    for ws in values.worksheets:
        cells, fx, notes = {}, {}, {}
        for row in ws.iter_rows():
            for c in row:
                s = shown(c)
                if s:
                    cells[c.coordinate] = s
        for row in formulas[ws.title].iter_rows():
            for c in row:
                s = formula(c)
                if s:
                    fx[c.coordinate] = s
                if getattr(c, "comment", None):
                    notes[c.coordinate] = c.comment.text
        hidden_cols = set()
        for d in ws.column_dimensions.values():
            if d.hidden:
                hidden_cols.update(range(d.min, d.max + 1))
        sheets.append({
            "name": ws.title,
            "hidden": ws.sheet_state != "visible",
            "cells": cells,
            "formulas": fx,
            "notes": notes,
            "merged": sorted(r.coord for r in ws.merged_cells.ranges),
            "hiddenRows": sorted(n for n, d in ws.row_dimensions.items() if d.hidden),
            "hiddenCols": sorted(hidden_cols),
        })
    return {"file": os.path.basename(path), "sheets": sheets}


WORDS = ["地区生产总值", "其中：工业", "亿元", " 前后空格 ", "两\n行", "a & b < c > \"d\"", "…", "—", "😀", "１２", "_x000D_", "=文字", "100%"]
FORMATS = ["General", "0", "0.00", "#,##0.0", "0%", "0.00%", "0.00E+00", "@", "¥#,##0.00", "# ?/?", "[Red]-0.0;0.0"]
DATES = ["yyyy-mm-dd", "yyyy/m/d h:mm", "yyyy年m月d日", "[$-804]yyyy\"年\"m\"月\"", "mm-dd-yy", "d-mmm-yy"]


def typed(path, epoch=None):
    wb = openpyxl.Workbook()
    if epoch:
        wb.epoch = epoch
    ws = wb.active
    ws.title = "类型"
    for i, w in enumerate(WORDS, 1):
        ws.cell(i, 1).value = w
        ws.cell(i, 1).data_type = "s"  # whatever it begins with
    for i, n in enumerate([0, -1, 12.5, 0.1 + 0.2, 1e-300, 1e308, 123456789012345678, 1 / 3, 5e-324], 1):
        ws.cell(i, 2).value = n
    for i, b in enumerate([True, False], 1):
        ws.cell(i, 3).value = b
    for i, e in enumerate(["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"], 1):
        ws.cell(i, 4).value = e
    for i, f in enumerate(DATES, 1):
        c = ws.cell(i, 5)
        c.value = datetime.datetime(2026, 3, 1, 8, 30, 15) + datetime.timedelta(days=97 * i)
        c.number_format = f
    ws["F1"].value = datetime.time(8, 30)
    ws["F2"].value = datetime.timedelta(hours=30, minutes=15)
    ws["F3"].value = datetime.date(2026, 12, 31)
    for i, serial in enumerate([1, 59, 61, 45000.999999, 2958465], 4):
        ws.cell(i, 6).value = serial
        ws.cell(i, 6).number_format = "yyyy-mm-dd hh:mm:ss"
    for i, serial in enumerate([60, -1, 2958466, 1e9], 1):  # no calendar has these
        ws.cell(i, 7).value = serial
        ws.cell(i, 7).number_format = "yyyy-mm-dd"
    for i, f in enumerate(["=SUM(B1:B3)", "=IF(B1>0,\"是\",\"否\")", "=B1/B2", "=类型!$B$3*2", "=A1&\"，\"&A2", "=1=1", "=TEXT(B3,\"0.0\")", "=\"\"", "=NA()", "=DATE(2026,3,1)"], 1):
        ws.cell(i, 8).value = f
    ws.merge_cells("J1:L2")
    ws["J1"].value = "合并"
    ws.merge_cells("J4:J9")
    ws.row_dimensions[3].hidden = True
    ws.column_dimensions["D"].hidden = True
    ws["A1"].comment = Comment("口径：测试数据", "测试")
    for name, state in [("隐藏", "hidden"), ("深隐藏", "veryHidden")]:
        h = wb.create_sheet(name)
        h["B2"].value = 1
        h.sheet_state = state
    wb.create_sheet("空表")
    wb.save(path)


def table(path, seed):
    rnd = random.Random(seed)
    wb = openpyxl.Workbook()
    for k in range(3):
        ws = wb.active if k == 0 else wb.create_sheet("表%d" % (k + 1))
        for _ in range(400):
            c = ws.cell(rnd.randint(1, 60), rnd.randint(1, 30))
            kind = rnd.randrange(6)
            if kind == 0:
                c.value = rnd.choice(WORDS[:6])
            elif kind == 1:
                c.value = rnd.choice([rnd.uniform(-1e6, 1e6), rnd.randint(-10**6, 10**6), rnd.random() * 10.0 ** rnd.randint(-20, 20)])
                c.number_format = rnd.choice(FORMATS)
            elif kind == 2:
                c.value = rnd.random() < 0.5
            elif kind == 3:
                c.value = datetime.datetime(1950, 1, 1) + datetime.timedelta(seconds=rnd.randrange(10**10))
                c.number_format = rnd.choice(DATES)
            elif kind == 4:
                c.value = "=%s%d+%d" % (rnd.choice("ABC$"[:3]), rnd.randint(1, 60), rnd.randint(1, 9))
            else:
                c.number_format = rnd.choice(FORMATS)  # only a style
        for i in range(8):
            r, col = 70 + 4 * i, rnd.randint(1, 10)
            ws.merge_cells(start_row=r, end_row=r + rnd.randint(0, 3), start_column=col, end_column=col + rnd.randint(1, 4))
            ws.cell(r, col).value = "合并%d" % i
        for _ in range(4):
            ws.row_dimensions[rnd.randint(1, 60)].hidden = True
    wb.save(path)


def write(folder):
    typed(os.path.join(folder, "openpyxl-types.xlsx"))
    typed(os.path.join(folder, "openpyxl-1904.xlsx"), CALENDAR_MAC_1904)
    for seed in range(3):
        table(os.path.join(folder, "openpyxl-table%d.xlsx" % seed), seed)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    else:
        for p in sys.argv[2:]:
            try:
                print(json.dumps(read(p)))
            except Exception as e:
                raise SystemExit("%s: %r" % (p, e))
