"""A three-line table in Word: real cells, heavy rules above and below, a light one under the head.

Written as XML at once: asking the library for one cell after another takes minutes for a whole report.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from analysis.render.word_template import TEXT_WIDTH

HEAVY, LIGHT, HAIR = 12, 6, 3  # eighths of a point: 1.5 pt, 0.75 pt and less
WIDE_SIZE = 14  # half points
ROOM, ROOM_IF_WIDE = 112.0, 138.0  # Latin letters across the page at the sizes of the two kinds of table
WANTED_AT_MOST = 60.0
LONGEST_WORD = 14.0
CJK = 0x2E7F
WORDS = re.compile(r"[\u2e80-\uffff]")
WORD = re.compile(r"\s+|(?<=[\u2e80-\uffff]{4})")
SHORT = 14  # rows that stay on one page
TWENTIETHS = 635  # English metric units in a twentieth of a point
Run = dict[str, Any]
Cell = dict[str, Any]


def add_table(document: Any, block: dict[str, Any]) -> None:
    """Add the cells of a table block; its head is repeated on every page, no row is torn."""
    heads, rows = block["heads"], block["rows"]
    room = ROOM_IF_WIDE if block["is_wide"] else ROOM
    widths = [int(TEXT_WIDTH * share / TWENTIETHS) for share in shares(heads, rows, room=room)]
    size = WIDE_SIZE if block["is_wide"] else 0
    style = document.styles["Table text"].style_id
    grid = [heads, *rows]
    lines = []
    for k, cells in enumerate(grid):
        stays = k < len(grid) - 1 if len(rows) <= SHORT else k == 0
        edges = _edges(k, len(grid), block["rules"])
        made = "".join(
            _cell(cell, width, edges, style=style, size=size, is_head=k == 0, stays=stays)
            for cell, width in zip(cells, widths, strict=True)
        )
        head = "<w:tblHeader/>" if k == 0 else ""
        lines.append(f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{made}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    table = parse_xml(
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    document.element.body.insert(len(document.element.body) - 1, table)  # before the section's properties


def _cell(cell: Cell, width: int, edges: str, *, style: str, size: int, is_head: bool, stays: bool) -> str:
    properties = f'<w:pStyle w:val="{style}"/>' + ("<w:keepNext/>" if stays else "")
    if cell["is_number"]:
        properties += '<w:jc w:val="right"/>'
    foot = '<w:vAlign w:val="bottom"/>' if is_head else ""
    words = "".join(_run(run, size, is_head) for run in cell["runs"])
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{edges}{foot}</w:tcPr>'
        f"<w:p><w:pPr>{properties}</w:pPr>{words}</w:p></w:tc>"
    )


def _run(run: Run, size: int, is_bold: bool) -> str:
    look = ("<w:b/>" if is_bold else "") + ("<w:i/>" if run["italic"] else "")
    look += f'<w:sz w:val="{size}"/>' if size else ""
    return (
        f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(run["text"], quote=False)}</w:t></w:r>'
    )


def _edges(row: int, lines: int, rules: list[int]) -> str:
    top = HEAVY if row == 0 else HAIR if row > 1 and row - 1 in rules else 0
    bottom = HEAVY if row == lines - 1 else LIGHT if row == 0 else 0
    drawn = "".join(
        f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="1C1B1A"/>'
        for side, eighths in (("top", top), ("bottom", bottom))
        if eighths
    )
    return f"<w:tcBorders>{drawn}</w:tcBorders>" if drawn else ""


def shares(heads: list[Cell], rows: list[list[Cell]], *, room: float) -> list[float]:
    """The part of the width each column gets, of `room` Latin letters: first what cannot be broken (a number,
    a word), then the rest by what its longest line still wants.
    """
    least, wanted = [], []
    for k, head in enumerate(heads):
        column = [head, *(row[k] for row in rows)]
        least.append(max(_unbreakable(cell) for cell in column))
        wanted.append(max(_breadth(_text(cell)) for cell in column))
    total = sum(least)
    if total >= room:
        return [need / total for need in least]
    lacks = [
        min(want, WANTED_AT_MOST) - need if want > need else 0.0
        for want, need in zip(wanted, least, strict=True)
    ]
    left, lack = room - total, sum(lacks)
    filled = min(1.0, left / lack) if lack else 0.0
    made = [need + filled * more for need, more in zip(least, lacks, strict=True)]
    return [width / sum(made) for width in made]


def _text(cell: Cell) -> str:
    return "".join(run["text"] for run in cell["runs"])


def _unbreakable(cell: Cell) -> float:
    """A number as a whole; of words the longest one, and Chinese anywhere but not letter by letter."""
    text = _text(cell)
    if cell["is_number"] and not WORDS.search(text):
        return _breadth(text)
    parts = [part for part in WORD.split(text) if part]
    return max((min(_breadth(part), LONGEST_WORD) for part in parts), default=2.5)


def _breadth(text: str) -> float:
    """Roughly how wide a text is, in Latin letters, the cell's edges included."""
    return sum(2.0 if ord(c) > CJK else 1.0 for c in text) + 2.0
