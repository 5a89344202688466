"""A file that somebody brings, opened to a table of text: CSV, xlsx or SPSS .sav.

CSV and xlsx are read here within limits. A .sav file is read by a child process that may use so much memory
and time and no more: what crashes it crashes nobody else.
"""

from __future__ import annotations

import json
import subprocess  # nosec B404 # starts our own module only
import sys
from dataclasses import dataclass
from typing import Final

from app.errors import Invalid
from app.units.tables import MAX_UPLOAD, Table, read_table

SYSTEM_FILE: Final = (b"$FL2", b"$FL3")
SECONDS: Final = 12  # less than another request waits for the store, which is held meanwhile
UNREADABLE: Final = "没有存入任何内容。请在 SPSS 中另存为 .sav 或 .csv 再传。"


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and the cells (row number, column index) whose value SPSS was told to count as missing."""

    table: Table
    user_missing: frozenset[tuple[int, int]] = frozenset()


def open_source(data: bytes, name: str) -> Source:
    """The table in an uploaded file, told by its content. Raises Invalid saying what is wrong with it."""
    if len(data) > MAX_UPLOAD:
        raise Invalid(f"文件超过 {MAX_UPLOAD // 1024 // 1024} MB", "没有存入任何内容。")
    if data[:4] in SYSTEM_FILE:
        return _system_file(data)
    if name.lower().endswith((".sav", ".zsav")):
        raise Invalid("文件不是有效的 SPSS 文件", UNREADABLE)
    return Source(read_table(data, name))


def _system_file(data: bytes) -> Source:
    try:
        done = subprocess.run(  # nosec B603 # our own module, nothing of the request in the command
            [sys.executable, "-m", "app.exports.opening"],
            input=data,
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Invalid("文件不是可读的 SPSS 文件，或者太大", UNREADABLE) from error
    rows = tuple((number, tuple(cells)) for number, cells in found["rows"])
    missing = frozenset((number, place) for number, place in found["user_missing"])
    return Source(Table(tuple(found["header"]), rows), missing)
