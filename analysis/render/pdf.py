"""The report as a PDF on A4, set by typst from `templates/report.typ`; the same report, the same bytes."""

from __future__ import annotations

import json
from functools import lru_cache

import typst
from matplotlib import font_manager

from analysis.plots.style import FONT_FILE
from analysis.render.page import TEMPLATES
from analysis.render.sheet import sheet_of
from analysis.report import Report

TEMPLATE = TEMPLATES / "report.typ"


@lru_cache
def _shipped_characters() -> frozenset[str]:
    return frozenset(map(chr, font_manager.get_font(str(FONT_FILE)).get_charmap()))


def to_pdf(report: Report, *, language: str | None = None) -> bytes:
    """The whole report as tagged PDF (PDF/UA-1), without a date. language: the report's own when None.

    Words reach typst as JSON in `sys.inputs`, never as markup. The shipped face covers nearly every word;
    where a title holds a rarer character, the faces of the computer are asked too, so that it is no box.
    """
    sheet = json.dumps(sheet_of(report, language or report.language), ensure_ascii=False)
    is_covered = {c for c in sheet if c.isprintable()} <= _shipped_characters()
    made = typst.compile(
        TEMPLATE,
        format="pdf",
        font_paths=[FONT_FILE.parent],
        ignore_system_fonts=is_covered,
        sys_inputs={"sheet": sheet},
        pdf_standards="ua-1",
    )
    assert isinstance(made, bytes)  # one document, no output path
    return made
