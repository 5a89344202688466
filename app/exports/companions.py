"""Columns of a file that are none of the instrument's: scales that stand beside it, codes that link rows.

(Not for the web process: pyreadstat reads .sav here.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from app.errors import Invalid
from app.exports.imports import MISSING, open_file
from app.exports.sources import Source


def companion_columns(path: Path, columns: Iterable[str], numbers: Sequence[int]) -> pd.DataFrame:
    """These columns as numbers, for the rows of these numbers, in their order; NaN = missing.

    Raises Invalid naming a column the file lacks, or the row and value that is no number.
    """
    return columns_in(open_file(path), columns, numbers)


def columns_in(
    source: Source, columns: Iterable[str], numbers: Sequence[int], codes: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """As `companion_columns`, from a file already opened; codes: other names of columns → their place."""
    rows = dict(source.table.rows)
    found: dict[str, list[float]] = {}
    for column in dict.fromkeys(columns):
        place = (codes or {}).get(column, -1)
        place = place if place >= 0 else _place(source, column)
        found[column] = [
            math.nan
            if (number, place) in source.user_missing
            else _number(rows[number][place], number, column)
            for number in numbers
        ]
    return pd.DataFrame(found, index=range(len(numbers)))


def name_column(path: Path, column: str, numbers: Sequence[int]) -> pd.Series:
    """This column as text, for the rows of these numbers, in their order; None where it is empty.

    Raises Invalid naming a column the file lacks.
    """
    source = open_file(path)
    rows, place = dict(source.table.rows), _place(source, column)
    return pd.Series([rows[number][place].strip() or None for number in numbers], dtype=object)


def _place(source: Source, column: str) -> int:
    header = list(source.table.header)
    if column not in header:
        raise Invalid(f"文件中没有 {column} 列 / the file has no column {column!r}")
    return header.index(column)


def _number(given: str, row: int, column: str) -> float:
    if given.lower() in MISSING:
        return math.nan
    try:
        value = float(given)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise Invalid(f"第 {row} 行 {column} 列“{given[:40]}”不是数值 / row {row}, {column}: no number")
    return value
