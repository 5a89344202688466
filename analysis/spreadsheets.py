"""Text in files that a spreadsheet will open: never a formula, never more than its own cell."""

from __future__ import annotations

import unicodedata

FORMULA_SIGNS = frozenset("=+-@＝＋－＠﹢﹣−﹦﹫")
_BREAKS = "\t\r\n\v\f\u0085\u2028\u2029"


def harmless(text: str) -> str:
    """The text on one line, without control characters, led by an apostrophe where it begins as a formula.

    What shows nothing (spaces of any kind, a byte order mark, joiners) does not hide a sign behind it.
    """
    cleaned = "".join(_shown(character) for character in text)
    start = next((c for c in cleaned if not c.isspace() and unicodedata.category(c) != "Cf"), "")
    return f"'{cleaned}" if start in FORMULA_SIGNS else cleaned


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\ufffd"
    if kind in {"Cc", "Zl", "Zp"}:
        return " " if character in _BREAKS else ""
    return character
