"""The report as a Word file: the template of docxtpl, then the same blocks as the page and the PDF.

Headings and captions carry Word's own styles, so that the navigation and a list of tables work; tables are
tables. The mark of simulated data, the instrument and the run stand at the head and foot of every page.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm
from docxtpl import DocxTemplate

from analysis.render import drawing
from analysis.render.sheet import sheet_of
from analysis.render.word_table import add_table
from analysis.render.word_template import TEMPLATE, TEXT_WIDTH
from analysis.report import Report
from analysis.report.document import Figure

DOTS_PER_INCH = 200
TALLEST = Mm(205)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: the same report, the same bytes


def to_word(report: Report, *, language: str | None = None) -> bytes:
    """The whole report as .docx, without a date. language: the report's own when None."""
    tongue = language or report.language
    sheet = sheet_of(report, tongue)
    template = DocxTemplate(TEMPLATE)
    template.render(sheet, autoescape=True)
    document: Any = template.docx
    _contents(document, sheet)
    for number, (section, part) in enumerate(zip(report.sections, sheet["sections"], strict=True)):
        _heading(document, part, number)
        for block, written in zip(section.blocks, part["blocks"], strict=True):
            _block(document, sheet, written, block, tongue)
    properties = document.core_properties
    properties.title, properties.language = sheet["title"], tongue
    for name in ("created", "modified"):
        for element in properties._element.findall(qn(f"dcterms:{name}")):
            properties._element.remove(element)
    buffer = io.BytesIO()
    document.save(buffer)
    return _undated(buffer.getvalue())


def _undated(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            new.writestr(zipfile.ZipInfo(name, LONG_AGO), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _contents(document: Any, sheet: dict[str, Any]) -> None:
    """The sections, each a way to its place."""
    for number, part in enumerate(sheet["sections"]):
        paragraph = document.add_paragraph(style="Contents")
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), f"section-{number}")
        run = paragraph.add_run(part["title"] + (f"　{part['state']}" if part["state"] else ""))
        link.append(run._r)
        paragraph._p.append(link)
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def _heading(document: Any, part: dict[str, Any], number: int) -> None:
    paragraph = document.add_heading(level=1)
    for kind, name in (("Start", f"section-{number}"), ("End", "")):
        mark = OxmlElement(f"w:bookmark{kind}")
        mark.set(qn("w:id"), str(number))
        if name:
            mark.set(qn("w:name"), name)
            paragraph._p.append(mark)
            paragraph.add_run(part["title"])
        else:
            paragraph._p.append(mark)
    if part["state"]:
        paragraph.add_run(f"　{part['state']}").font.size = document.styles["Normal"].font.size
    if part["reason"]:
        document.add_paragraph(part["reason"], style="Caution")


def _block(
    document: Any, sheet: dict[str, Any], written: dict[str, Any], block: object, language: str
) -> None:
    kind = written["type"]
    if kind == "table":
        _caption(document, sheet, "table", written, style="Caption")
        add_table(document, written)
        _remark(document, sheet["words"]["method"], written["method"])
        for note in written["notes"]:
            _remark(document, sheet["words"]["note"], note)
        document.add_paragraph(style="Table note")
    elif kind == "figure" and isinstance(block, Figure):
        _figure(document, sheet, written, block, language)
    elif kind == "listing":
        document.add_paragraph(style="Caption").add_run(written["title"])
        for line in written["text"].splitlines():
            document.add_paragraph(line, style="Syntax")
    else:
        style = {"caution": "Caution", "note": "Table note"}.get(kind, "Normal")
        write_runs(document.add_paragraph(style=style), written["runs"])


def write_runs(paragraph: Any, runs: list[dict[str, Any]], *, size: Any = None) -> None:
    """Runs of text; letters of statistics in italics."""
    for run in runs:
        made = paragraph.add_run(run["text"])
        made.italic = run["italic"] or None
        if size is not None:
            made.font.size = size


def _caption(document: Any, sheet: dict[str, Any], kind: str, written: dict[str, Any], *, style: str) -> None:
    """Number and title in the report's language, and under it in the other."""
    paragraph = document.add_paragraph(style=style)
    paragraph.add_run(f"{sheet['words'][kind]} {written['number']}　").bold = True
    write_runs(paragraph, written["title"])
    paragraph.add_run().add_break()
    write_runs(
        paragraph,
        [
            {"text": f"{sheet['other_words'][kind]} {written['number']} ", "italic": False},
            *written["other_title"],
        ],
        size=document.styles["Table note"].font.size,
    )


def _remark(document: Any, lead: str, runs: list[dict[str, Any]]) -> None:
    if runs:
        paragraph = document.add_paragraph(style="Table note")
        paragraph.add_run(f"{lead}　").bold = True
        write_runs(paragraph, runs)


def _figure(
    document: Any, sheet: dict[str, Any], written: dict[str, Any], figure: Figure, language: str
) -> None:
    drawn = drawing.try_png(figure, language, DOTS_PER_INCH)
    if not drawn:
        document.add_paragraph(sheet["words"]["not_drawn"] + written["reason"], style="Caution")
    else:
        paragraph = document.add_paragraph()
        paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
        picture = paragraph.add_run().add_picture(io.BytesIO(drawn))
        scale = min(1.0, TEXT_WIDTH / picture.width, TALLEST / picture.height)
        picture.width, picture.height = Emu(int(picture.width * scale)), Emu(int(picture.height * scale))
        picture._inline.docPr.set("descr", written["alt"])
    _caption(document, sheet, "figure", written, style="Caption below")
    _remark(document, sheet["words"]["method"], written["method"])
