"""The columns of a file as a model may name them: their own name where lavaan can read it, else v1, v2, …"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.exports.sources import Source

BLANK: Final = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "."})
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_TAKEN: Final = frozenset(
    {"start", "label", "equal", "na", "c", "lower", "upper", "prior", "rv", "efa", "da"}
)


def column_codes(header: Sequence[str]) -> list[str]:
    """One name a column, all different.

    >>> column_codes(["x1", "性别", "x1"])
    ['x1', 'v2', 'v3']
    """
    made: list[str] = []
    for place, name in enumerate(header, start=1):
        own = name if _NAME.fullmatch(name) and name.lower() not in _TAKEN and name not in made else ""
        made.append(own or next(code for code in _spare(place) if code not in (*made, *header)))
    return made


def _spare(place: int) -> Iterator[str]:
    yield f"v{place}"
    while True:
        place += 10_000
        yield f"v{place}"


def number_of(cell: str) -> float | None:
    """The finite number in a cell, None when there is none.

    >>> number_of("4.0"), number_of("很好"), number_of("inf")
    (4.0, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < 1e100 else None  # also false for nan


def is_blank(cell: str) -> bool:
    """Whether a cell says that there is no answer."""
    return cell.strip().lower() in BLANK


def described(source: Source) -> list[dict[str, Any]]:
    """What the page says of each column."""
    header = source.table.header
    made = []
    for place, (code, name) in enumerate(zip(column_codes(header), header, strict=True)):
        cells = [
            cells[place]
            for number, cells in source.table.rows
            if not is_blank(cells[place]) and (number, place) not in source.user_missing
        ]
        made.append(
            {
                "code": code,
                "name": name,
                "is_number": bool(cells) and all(number_of(cell) is not None for cell in cells),
                "filled": len(cells),
                "distinct": len(set(cells)),
            }
        )
    return made
