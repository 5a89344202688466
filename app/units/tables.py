"""Read a table that somebody uploads or names: CSV or xlsx, as text, within limits.

CSV may be UTF-8 or GB18030, with comma, semicolon or tab. Entities and bombs in xlsx are refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.errors import Invalid
from app.units.workbooks import ADVICE, EMPTY_RUN, Limits, xlsx_rows

MAX_UPLOAD = 10 * 1024 * 1024
UNPACKED_TIMES = 5  # what may come out of a file of the greatest size
MAX_COLUMNS = 2000
MAX_ROWS = 1_000_000
DELIMITERS = (",", ";", "\t")
_FIRST_LINE = re.compile(r"[^\s][^\r\n]{0,9999}")


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of text. `rows`: (number as a spreadsheet shows it, cells as wide as the header)."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes, name: str, *, limit: int = MAX_UPLOAD) -> Table:
    """The table in a file, told by its content. Raises Invalid saying what is wrong with it.

    Wholly empty rows are left out; a row longer than the header is refused by name.
    """
    if len(data) > limit:
        raise Invalid(f"文件超过 {limit // 1024 // 1024} MB", "没有存入任何内容。请拆分后分次上传。")
    if data[:4] == b"PK\x03\x04":
        limits = Limits(limit * UNPACKED_TIMES, MAX_COLUMNS, MAX_ROWS)
        lines = ((k, [cell_text(value) for value in row]) for k, row in xlsx_rows(data, limits))
        return _table(lines)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Invalid("不支持旧版 xls 或加密的文件", ADVICE)
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise Invalid("文件不是有效的 xlsx", ADVICE)
    return _table(_csv_rows(data))


def cell_text(value: object) -> str:
    """A cell as the text a person sees: 4.0 is "4", an empty cell ""."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()


def _table(lines: Iterable[tuple[int, list[str]]]) -> Table:
    numbered = [(number, line) for number, line in lines if any(line)]
    if not numbered:
        raise Invalid("文件是空的", ADVICE)
    _, first = numbered[0]
    while first and not first[-1]:
        first.pop()
    header = tuple(first)
    if len(header) > MAX_COLUMNS:
        raise Invalid(f"列数超过 {MAX_COLUMNS}", ADVICE)
    width = len(header)
    rows = []
    for number, line in numbered[1:]:
        if any(line[width:]):
            raise Invalid(f"第 {number} 行比表头多出内容", "没有存入任何内容。请检查分隔符和引号。")
        rows.append((number, tuple((line + [""] * width)[:width])))
    return Table(header, tuple(rows))


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("无法识别文件的文字编码", ADVICE)


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decode(data)
    if "\0" in text:
        raise Invalid("文件含有空字符，不是文本表格", ADVICE)
    first = _FIRST_LINE.search(text)
    delimiter = max(DELIMITERS, key=first.group().count) if first else ","
    number = empty = 0
    try:
        for number, line in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1
        ):
            if number > MAX_ROWS + 1:
                raise Invalid(f"行数超过 {MAX_ROWS}", ADVICE)
            cells = [cell.strip() for cell in line]
            empty = 0 if any(cells) else empty + 1
            if empty > EMPTY_RUN:
                advice = "没有存入任何内容。请删去名单之后的空行再传。"
                raise Invalid(f"到第 {number} 行已有 {EMPTY_RUN} 行以上空行", advice)
            yield number, cells
    except csv.Error as error:
        raise Invalid(f"CSV 第 {number + 1} 行格式有误", ADVICE) from error
