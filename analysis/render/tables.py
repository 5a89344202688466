"""A table of the document as cells for a page, as CSV and as plain records."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from analysis.render.numbers import NONE, is_none, write
from analysis.render.prose import say, say_plainly
from analysis.report.document import Column, Table, Text
from analysis.results import plain
from analysis.spreadsheets import harmless

NUMERIC = {"count", "real", "bounded", "p", "percent", "interval", "bounded_interval"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A written cell and whether it is a number (set to the right)."""

    html: Markup
    is_number: bool


def heads(table: Table, language: str) -> list[Cell]:
    """The head of every column."""
    return [Cell(say(c.title, language), c.style in NUMERIC) for c in table.columns]


def rows(table: Table, language: str) -> list[list[Cell]]:
    """Every line of the table, written."""
    written = []
    above: dict[Any, Any] = {}
    for row in table.frame.to_dict("records"):
        written.append([Cell(_written(row, above, c, language), c.style in NUMERIC) for c in table.columns])
        above = row
    return written


def _written(row: dict[Any, Any], above: dict[Any, Any], column: Column, language: str) -> Markup:
    number = row[column.key]
    if column.is_merged and above and above[column.key] == number:
        return Markup("")
    if column.upper_key:
        number = (row[column.key], row[column.upper_key])
    if column.key.endswith("_shown") and is_none(number):
        return Markup("")  # a loading left out on purpose, not a missing value
    return escape(write(number, column.style, column.digits, language))


def _raw(value: Any, language: str) -> Any:
    """A value for a data file: unrounded, empty when missing, never a formula."""
    if isinstance(value, Text):
        value = value.say(language)
    if is_none(value):
        return ""
    return harmless(value) if isinstance(value, str) else plain(value)


def _records(table: Table) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.frame.to_dict("records")]


def to_csv(table: Table, language: str) -> str:
    """The unrounded frame as CSV: byte order mark, CRLF, keys as heads, so that Excel and R both read it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    keys = [str(key) for key in table.frame.columns if not str(key).endswith("_shown")]
    writer.writerow([harmless(key) for key in keys])
    for row in _records(table):
        writer.writerow([_raw(row[key], language) for key in keys])
    return "\ufeff" + buffer.getvalue()


def to_records(number: str, table: Table) -> dict[str, Any]:
    """The table as JSON-ready data, in both languages, unrounded."""
    return {
        "id": table.id,
        "number": number,
        "title": plain(table.title),
        "columns": [
            {
                "key": c.key,
                "upper_key": c.upper_key or None,
                "title": _plain_title(c.title),
                "style": c.style,
                "digits": c.digits,
            }
            for c in table.columns
        ],
        "method": {lang: say_plainly(table.method, lang, table.method_values) for lang in ("zh-CN", "en")},
        "notes": [
            {lang: say_plainly(n.text, lang, n.values) for lang in ("zh-CN", "en")} for n in table.notes
        ],
        "rows": [
            {key: plain(value) for key, value in row.items() if not key.endswith("_shown")}
            for row in _records(table)
        ],
    }


def _plain_title(title: Text) -> dict[str, str]:
    return {lang: say_plainly(title, lang) for lang in ("zh-CN", "en")}


__all__ = ["NONE", "Cell", "heads", "rows", "to_csv", "to_records"]
