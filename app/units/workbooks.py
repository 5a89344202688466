"""The first sheet of an xlsx file that a stranger may have made: rows of cells, within limits.

Read row by row and never padded: a sheet that claims a million columns costs nothing. Entities are refused by
defusedxml; what is not needed (merges, validations, links, drawings) is never parsed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml import DEFUSEDXML
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from app.errors import Invalid

ADVICE = "没有存入任何内容。请另存为 CSV（UTF-8）或 xlsx 后再传。"
MAX_RATIO = 200
MAX_MEMBERS = 2000
MAX_SMALL_PART = 2 * 1024 * 1024
LARGE_PARTS = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/")
EMPTY_RUN = 10_000
CELL_TAG = f"{{{SHEET_MAIN_NS}}}c"
FAULTS = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    SyntaxError,  # the parse errors of xml.etree, and of lxml, which openpyxl takes if it is there
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    EOFError,
    OSError,
)  # what openpyxl and zipfile raise for files that are not what they say

if not DEFUSEDXML:  # openpyxl decides this at its own import
    raise ImportError("openpyxl must parse with defusedxml")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be unpacked (bytes), how many columns and rows may hold something."""

    unpacked: int
    columns: int
    rows: int


def xlsx_rows(data: bytes, limits: Limits) -> Iterator[tuple[int, list[object]]]:
    """(row number, cells from column 1 to the last that holds something) of each row that is not empty.

    Raises Invalid naming the row, or saying that the file is not what it claims to be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive, len(data), limits)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        yield from _sheet_rows(book, limits)
        book.close()
    except FAULTS as error:
        raise Invalid("文件不是有效的 xlsx", ADVICE) from error


def _check_archive(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    """Refuse an archive that unpacks to far more than it is, before anything is unpacked."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > limits.unpacked or unpacked > MAX_RATIO * packed:
        raise Invalid("文件展开后过大", ADVICE)
    for member in members:
        if member.filename.startswith(LARGE_PARTS):
            continue
        if member.file_size > MAX_SMALL_PART:
            raise Invalid(f"文件中的 {member.filename[:60]} 过大", ADVICE)
        # openpyxl reads these with lxml where that is installed; a workbook has no need of a DTD
        content = archive.read(member).replace(b"\0", b"")
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise Invalid(f"文件中的 {member.filename[:60]} 含有实体声明", ADVICE)


def _sheet_rows(book: openpyxl.Workbook, limits: Limits) -> Iterator[tuple[int, list[object]]]:
    sheet = book.worksheets[0]
    # the reader of one sheet, without what follows the cells
    parser = WorkSheetParser(
        io.BytesIO(),
        sheet._shared_strings,  # type: ignore[attr-defined]  # a read-only sheet has it; its stub does not say so
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,  # type: ignore[attr-defined]  # likewise
        timedelta_formats=book._timedelta_formats,  # type: ignore[attr-defined]  # likewise
    )
    last = empty = held = cells = 0
    with sheet._get_source() as source:  # type: ignore[attr-defined]  # likewise
        for _, element in iterparse(source):
            if element.tag == CELL_TAG:
                cells += 1
                if cells > limits.columns:
                    raise Invalid(f"第 {last + 1} 行起超过 {limits.columns} 列", ADVICE)
            elif element.tag == ROW_TAG:
                number, found = parser.parse_row(element)
                element.clear()
                cells = 0
                if number <= last:
                    raise Invalid(f"第 {number} 行在文件中重复出现", ADVICE)
                last = number
                row = _row(number, found, limits)
                empty = 0 if row else empty + 1
                if empty > EMPTY_RUN:
                    raise Invalid(
                        f"到第 {number} 行已有 {EMPTY_RUN} 行以上空行",
                        "没有存入任何内容。请删去名单之后的空行再传。",
                    )
                if row:
                    held += 1
                    if held > limits.rows:
                        raise Invalid(f"行数超过 {limits.rows}", ADVICE)
                    yield number, row
            elif element.tag == DATA_TAG:
                return


def _row(number: int, found: list[dict[str, object]], limits: Limits) -> list[object]:
    places = {int(str(cell["column"])): cell["value"] for cell in found if cell["value"] not in (None, "")}
    if not places:
        return []
    width = max(places)
    if width > limits.columns:
        raise Invalid(f"第 {number} 行超过 {limits.columns} 列", ADVICE)
    return [places.get(column) for column in range(1, width + 1)]
