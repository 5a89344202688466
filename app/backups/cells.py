"""Cells as JSON, the same from SQLite and PostgreSQL, so that one file restores into either."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from app.database import Json, UtcDateTime


def _plain(value: Any) -> Any:
    return value


# kind → (SQLAlchemy type, to JSON, from JSON); kinds stand in the file, which can be read without models
KINDS: Final[dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "uuid": (sa.Uuid(), str, uuid.UUID),
    "bytes": (sa.LargeBinary(), lambda v: base64.b64encode(v).decode(), base64.b64decode),
    "moment": (UtcDateTime(), lambda v: v.isoformat(), dt.datetime.fromisoformat),
    "day": (sa.Date(), lambda v: v.isoformat(), dt.date.fromisoformat),
    "truth": (sa.Boolean(), _plain, _plain),
    "integer": (sa.BigInteger(), _plain, _plain),
    "number": (sa.Double(), _plain, _plain),
    "text": (sa.String(), _plain, _plain),
    "json": (Json, _plain, _plain),
}


def kind_of(column: sa.Column[Any]) -> str:
    """The kind of a column of the models. Raises TypeError for a type that no backup knows."""
    found: str | None = None
    for known, name in (
        (sa.Uuid, "uuid"),
        (sa.LargeBinary, "bytes"),
        (UtcDateTime, "moment"),
        (sa.Date, "day"),
        (sa.Boolean, "truth"),
        (sa.Integer, "integer"),
        (sa.Double, "number"),
        (sa.JSON, "json"),
        (sa.String, "text"),
    ):
        if isinstance(column.type, known):
            found = name
            break
    if found is None:
        raise TypeError(f"{column.table.name}.{column.name}: {column.type!r}")
    return found


def line(columns: Mapping[str, str], row: Mapping[str, Any]) -> bytes:
    """One row as a line of canonical JSON. `columns`: name → kind."""
    cells = {name: None if row[name] is None else KINDS[kind][1](row[name]) for name, kind in columns.items()}
    return json.dumps(cells, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def row_of(columns: Mapping[str, str], text: bytes) -> dict[str, Any]:
    """The row of a line."""
    cells = json.loads(text)
    return {
        name: None if cells[name] is None else KINDS[kind][2](cells[name]) for name, kind in columns.items()
    }


def light_table(name: str, columns: Mapping[str, str]) -> sa.TableClause:
    """A table by name and kinds alone: a backup may be older than the models."""
    return sa.table(name, *(sa.column(column, KINDS[kind][0]) for column, kind in columns.items()))
