"""SPSS system files (.sav, .zsav) as tables of text. (Not for the web process: pyreadstat loads pandas.)"""

from __future__ import annotations

from pathlib import Path

import pyreadstat

from app.errors import Invalid
from app.exports.sources import Source
from app.units.tables import Table, cell_text


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
