"""A report as files: the page, PDF, Word, everything as JSON, every table as CSV, every figure as SVG."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from analysis.render import drawing, tables
from analysis.render.numbering import numbered_figures, numbered_tables
from analysis.render.page import SIMULATED, stylesheet, to_html
from analysis.render.pdf import to_pdf
from analysis.render.prose import say_plainly
from analysis.render.word import to_word
from analysis.report import Draft, Report
from analysis.report.document import Paragraph, Section
from analysis.results import plain

FORMAT = "dandang-report/1"
Printed = Literal["pdf", "docx"]


def to_json(report: Report) -> dict[str, Any]:
    """Everything in the report as JSON-ready data: results and tables, unrounded, words in both languages."""
    number_of = {id(t): n for n, t in numbered_tables(report)}
    figure_of = {id(f): n for n, f in numbered_figures(report)}
    found = report.to_dict()
    found["format"] = FORMAT
    found["simulated"] = f"{SIMULATED.zh} / {SIMULATED.en}" if report.source.simulated else None
    for plain_section, section in zip(found["sections"], report.sections, strict=True):
        plain_section["prose"] = _prose(section)
        plain_section["tables"] = [tables.to_records(number_of[id(t)], t) for t in section.tables()]
        plain_section["figures"] = [
            {"id": f.id, "number": figure_of[id(f)], "title": plain(f.title), "kind": f.kind}
            for f in section.figures()
        ]
    return found


def _prose(section: Section) -> list[dict[str, str]]:
    return [
        {"kind": block.kind} | {lang: say_plainly(block.text, lang, block.values) for lang in ("zh-CN", "en")}
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]


def write_report(
    report: Report,
    out_dir: Path,
    *,
    language: str | None = None,
    stylesheet_href: str | None = None,
    also: Sequence[Printed] = ("pdf", "docx"),
) -> tuple[Path, ...]:
    """Write report.html, report.json, tables/*.csv and figures/*.svg into `out_dir`, which is made if absent.

    stylesheet_href: the page links to it and report.css is written beside; None embeds the style.
    also: "pdf" and "docx" write report.pdf and report.docx. Returns the paths written, page first.
    """
    tongue = language or report.language
    for folder in (out_dir, out_dir / "tables", out_dir / "figures"):
        folder.mkdir(parents=True, exist_ok=True)
    page = to_html(report, language=tongue, stylesheet_href=stylesheet_href, tables_base="tables/")
    everything = json.dumps(to_json(report), ensure_ascii=False, indent=1, allow_nan=False)
    written = [_write(out_dir / "report.html", page), _write(out_dir / "report.json", everything)]
    if stylesheet_href is not None:
        written.append(_write(out_dir / "report.css", stylesheet(report, tongue)))
    for kind in also:
        path = out_dir / f"report.{kind}"
        path.write_bytes({"pdf": to_pdf, "docx": to_word}[kind](report, language=tongue))
        written.append(path)
    for _number, table in numbered_tables(report):
        written.append(_write(out_dir / "tables" / f"{table.id}.csv", tables.to_csv(table, tongue)))
    for _number, figure in numbered_figures(report):
        drawn = drawing.try_svg(figure, tongue)
        if drawn.svg:
            written.append(_write(out_dir / "figures" / f"{figure.id}.svg", drawn.svg))
    return tuple(written)


def write_draft(draft: Draft, out_dir: Path, *, name: str, stylesheet_href: str) -> None:
    """Write the page of what there is so far, and its style; readers never see half a page."""
    out_dir.mkdir(parents=True, exist_ok=True)
    _write(out_dir / stylesheet_href, stylesheet(draft, draft.language))
    fresh = _write(out_dir / f"{name}.new", to_html(draft, stylesheet_href=stylesheet_href))
    fresh.replace(out_dir / name)


def _write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))  # bytes, so that CRLF in a CSV stays one CRLF everywhere
    return path
