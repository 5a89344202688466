"""Uploaded tables: what can be read is read right, what is dangerous is refused quickly."""

from __future__ import annotations

import io
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import DandangError, Invalid
from app.units.tables import read_table

LIST = "工号,姓名,单位编码\r\n001,张三,A\r\n002,李四,B\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_delimiter_hr_has(encoding: str, delimiter: str) -> None:
    table = read_table(LIST.replace(",", delimiter).encode(encoding), "名单.csv")
    assert table.header == ("工号", "姓名", "单位编码")
    assert table.rows == ((2, ("001", "张三", "A")), (3, ("002", "李四", "B")))


def test_empty_rows_are_left_out_and_row_numbers_stay_the_spreadsheets() -> None:
    table = read_table(b"a,b\r\n1,2\r\n,\r\n3,4\r\n", "x.csv")
    assert [number for number, _ in table.rows] == [2, 4]


def test_a_row_longer_than_the_header_is_refused_by_number() -> None:
    with pytest.raises(Invalid, match="第 3 行"):
        read_table(b"a,b\r\n1,2\r\n1,2,3\r\n", "x.csv")


def _xlsx(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_xlsx_numbers_come_as_people_see_them() -> None:
    table = read_table(_xlsx([["工号", "值"], [7, 3.0], ["008", 2.5], [None, None], [9, None]]), "x.xlsx")
    assert table.rows == ((2, ("7", "3")), (3, ("008", "2.5")), (5, ("9", "")))


def _repacked(data: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return target.getvalue()


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
OUTSIDE = ENTITIES.replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/passwd"')


@pytest.mark.parametrize(
    "content",
    [ENTITIES, OUTSIDE, b"\0" * 30_000_000, b"<not xml"],
    ids=["entities", "file", "bomb", "broken"],
)
def test_hostile_workbooks_are_refused_in_two_seconds(content: bytes) -> None:
    data = _repacked(_xlsx([["a"], [1]]), "xl/worksheets/sheet1.xml", content)
    started = time.process_time()
    with pytest.raises(Invalid):
        read_table(data, "x.xlsx")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "x.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..", "x.xls"),
        (b"abc", "x.xlsx"),
        (b"a\0b,c\n1,2", "x"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(Invalid):
        read_table(data, name)


def test_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match="10 MB"):
        read_table(b"a" * (10 * 1024 * 1024 + 1), "x.csv")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_reason(data: bytes) -> None:
    try:
        table = read_table(data, "x.csv")
    except DandangError:
        return
    assert all(len(cells) == len(table.header) for _, cells in table.rows)
