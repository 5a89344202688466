"""Text that is safe in a spreadsheet, and file names that are safe everywhere.

A text that a spreadsheet would take for a formula is led by an apostrophe; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

Value = str | int | float | None

FORMULA_SIGNS = frozenset("=+-@＝＋－＠﹢﹣−﹦﹫")
BOM = "\ufeff"
_UNSAFE_IN_NAME = re.compile(r'[\\/:*?"<>|%\x00-\x1f\x7f]+')


def safe_text(text: str) -> str:
    """The text on one line, without what a store or a sheet cannot hold, and never a formula."""
    cleaned = "".join(_visible(character) for character in text)
    # what shows nothing, spaces and joiners of any kind, does not hide a sign behind it
    start = next((c for c in cleaned if not _shows_nothing(c)), "")
    return f"'{cleaned}" if start in FORMULA_SIGNS else cleaned


def _shows_nothing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\ufffd"
    if kind in {"Cc", "Zl", "Zp"}:
        return " " if character in "\t\r\n\u0085\u2028\u2029\x0b\x0c" else ""
    # a mark that shows nothing must not stand before a formula sign either
    return "" if character == BOM else character


def safe_value(value: Value) -> Value:
    """A cell: text made safe, numbers and nothing as they are."""
    return safe_text(value) if isinstance(value, str) else value


def file_name(title: str, what: str, suffix: str) -> str:
    """A name for a download, from a title that anybody may have typed."""
    cleaned = _UNSAFE_IN_NAME.sub(" ", safe_text(title))
    while cleaned and (_shows_nothing(cleaned[0]) or cleaned[0] in FORMULA_SIGNS or cleaned[0] in ".'"):
        cleaned = cleaned[1:]
    return f"{cleaned[:60].strip() or '测评'}-{what}.{suffix}"


def disposition(name: str, plain: str) -> str:
    """Content-Disposition with an ASCII name for old readers and the full one by RFC 5987."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def csv_lines(rows: Iterable[Iterable[Value]], *, bom: bool) -> Iterator[bytes]:
    """Rows as CSV, UTF-8 with CRLF, one row at a time. A BOM makes Excel read the Chinese right."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    for row in rows:
        writer.writerow(["" if value is None else safe_value(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
