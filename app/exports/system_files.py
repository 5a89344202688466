"""SPSS system files (.sav, .zsav) as tables of text.

`python -m app.exports.system_files` reads one from standard input and writes the table as JSON, within
limits of memory and time of its own. (Not for the web process: pyreadstat loads pandas.)
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Final

import pyreadstat

from app.errors import Invalid
from app.exports.sources import Source
from app.units.tables import MAX_COLUMNS, Table, cell_text

MEMORY_BYTES: Final = 2 * 1024**3
CPU_SECONDS: Final = 20
MAX_CELLS: Final = 5_000_000


def read_system_file(path: Path) -> Source:
    """The cases of a file, numbered from 1. Raises Invalid when it cannot be read."""
    try:
        data, meta = pyreadstat.read_sav(
            str(path), output_format="dict", user_missing=True, disable_datetime_conversion=True
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} 不是可读的 SPSS 文件", "没有存入任何内容。") from error
    header = tuple(meta.column_names)
    columns = [[_text(value) for value in data[name]] for name in header]
    missing = {
        (row, index)
        for index, name in enumerate(header)
        for span in meta.missing_ranges.get(name, ())
        for row, value in enumerate(data[name], start=1)
        if _within(value, span["lo"], span["hi"])
    }
    rows = tuple((number, cells) for number, cells in enumerate(zip(*columns, strict=True), start=1))
    return Source(Table(header, rows), frozenset(missing))


def _text(value: object) -> str:
    text = cell_text(value)
    return "" if text == "nan" else text


def _within(value: object, low: object, high: object) -> bool:
    if isinstance(low, str) or isinstance(high, str):
        return str(value).strip() == str(low).strip()
    return isinstance(value, int | float) and float(str(low)) <= value <= float(str(high))


def _small_enough(path: Path) -> bool:
    _, meta = pyreadstat.read_sav(str(path), metadataonly=True)
    width = len(meta.column_names)
    return 0 < width <= MAX_COLUMNS and (meta.number_rows or 0) * width <= MAX_CELLS


def main() -> None:
    """Standard input to standard output; exits with 2 for a file that is none or too large."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload.sav"
        path.write_bytes(sys.stdin.buffer.read())
        try:
            found = read_system_file(path) if _small_enough(path) else None
        except (Invalid, pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, MemoryError):
            found = None
    if found is None:
        raise SystemExit(2)
    told = {
        "header": found.table.header,
        "rows": found.table.rows,
        "user_missing": sorted(found.user_missing),
    }
    json.dump(told, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()
