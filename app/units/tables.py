"""Read a table that somebody uploads or names: CSV or xlsx, as text, within limits.

CSV may be UTF-8 or GB18030, with comma, semicolon or tab. Entities and bombs in xlsx are refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError  # nosec B405 # only the name of an error; defusedxml parses

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from app.errors import Invalid

MAX_UPLOAD = 10 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_COLUMNS = 2000
MAX_ROWS = 1_000_000
DELIMITERS = (",", ";", "\t")
ADVICE = "没有存入任何内容。请另存为 CSV（UTF-8）或 xlsx 后再传。"

if not DEFUSEDXML:  # openpyxl decides this at its own import
    raise ImportError("openpyxl must parse with defusedxml")


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
        return _table(_xlsx_rows(data))
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


def _table(lines: Iterable[list[str]]) -> Table:
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if any(line)]
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


def _csv_rows(data: bytes) -> Iterator[list[str]]:
    text = _decode(data)
    if "\0" in text:
        raise Invalid("文件含有空字符，不是文本表格", ADVICE)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        for number, line in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if number > MAX_ROWS:
                raise Invalid(f"行数超过 {MAX_ROWS}", ADVICE)
            yield [cell.strip() for cell in line]
    except csv.Error as error:
        raise Invalid("CSV 格式有误", ADVICE) from error


def _check_archive(data: bytes) -> None:
    """Refuse a zip that unpacks to far more than it is, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise Invalid("文件展开后过大", ADVICE)


def _xlsx_rows(data: bytes) -> Iterator[list[str]]:
    try:
        _check_archive(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for number, line in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)):
            if number > MAX_ROWS:
                raise Invalid(f"行数超过 {MAX_ROWS}", ADVICE)
            yield [cell_text(value) for value in line]
        book.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        KeyError,
        IndexError,
        ValueError,
        OSError,
    ) as error:
        raise Invalid("文件不是有效的 xlsx", ADVICE) from error
