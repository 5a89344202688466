"""The Word template of reports, made anew: `python -m analysis.render.word_template`.

What it holds is the look (styles, margins, head and foot of every page) and the title page with its fields.
Whoever has a letterhead of their own changes `templates/report.docx` in Word and keeps the fields.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from analysis.render.page import TEMPLATES

TEMPLATE = TEMPLATES / "report.docx"
SERIF, SONG, HEI, MONO = "Times New Roman", "宋体", "黑体", "Courier New"
INK, SOFT = RGBColor(0x1C, 0x1B, 0x1A), RGBColor(0x4F, 0x4D, 0x4B)
TEXT_WIDTH = Mm(174)


def _face(style: Any, size: float, *, chinese: str = SONG, latin: str = SERIF, colour: RGBColor = INK) -> Any:
    style.font.name, style.font.size, style.font.color.rgb = latin, Pt(size), colour
    style.font.bold = style.font.italic = False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
    return style


def _spacing(style: Any, before: float, after: float, line: float = 1.0, *, stays: bool = False) -> None:
    form = style.paragraph_format
    form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(after), stays
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.MULTIPLE, line


def _styles(document: Any) -> None:
    styles = document.styles
    _spacing(_face(styles["Normal"], 10.5), 0, 6, 1.3)
    _spacing(_face(styles["Title"], 20, chinese=HEI), 0, 6)
    borders = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        styles["Title"].element.pPr.remove(borders)
    _spacing(_face(styles["Subtitle"], 11, colour=SOFT), 0, 10)
    _spacing(_face(styles["Heading 1"], 14, chinese=HEI), 22, 8, stays=True)
    _spacing(_face(styles["Caption"], 9.5, chinese=HEI), 14, 3, stays=True)
    for name, size, chinese, latin, before, after in (
        ("Caption below", 9.5, HEI, SERIF, 2, 2),
        ("Table text", 8.5, SONG, SERIF, 1, 1),
        ("Table note", 8, SONG, SERIF, 2, 2),
        ("Caution", 10.5, SONG, SERIF, 4, 8),
        ("Syntax", 7.5, SONG, MONO, 0, 0),
        ("Contents", 10, SONG, SERIF, 0, 2),
    ):
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles["Normal"]
        _spacing(_face(made, size, chinese=chinese, latin=latin), before, after, 1.1)
    styles["Caution"].paragraph_format.left_indent = Mm(4)
    _edge(styles["Caution"].element.get_or_add_pPr(), "left", 16)
    for name in ("Header", "Footer"):
        _spacing(_face(styles[name], 8, colour=SOFT), 0, 0)
        tabs = styles[name].element.pPr.find(qn("w:tabs"))
        if tabs is not None:  # those of another width of page
            styles[name].element.pPr.remove(tabs)


def _edge(properties: Any, side: str, eighths: int) -> None:
    """A line beside or under a paragraph, `eighths` of a point thick."""
    borders = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "4"), ("color", "1C1B1A")):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)
    properties.append(borders)


def field(paragraph: Any, code: str, shown: str = "1") -> None:
    """A field that Word works out, such as PAGE; `shown` until it does."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", shown), ("end", "")):
        run = paragraph.add_run()
        if kind == "":
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = f" {text} "
        elif kind == "text":
            run.text = text
            continue
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


def _head_and_foot(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.header_distance = section.footer_distance = Mm(12)
    for paragraph, left in ((section.header.paragraphs[0], "{{ mark or head }}\t{{ ref }}"),
                            (section.footer.paragraphs[0], "{{ run }}\t")):  # fmt: skip
        paragraph.text = left
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    _edge(section.header.paragraphs[0]._p.get_or_add_pPr(), "bottom", 4)
    foot = section.footer.paragraphs[0]
    field(foot, "PAGE")
    foot.add_run(" / ")
    field(foot, "NUMPAGES")


def make(path: Path = TEMPLATE) -> None:
    """Write the template."""
    document: Any = Document()
    _styles(document)
    _head_and_foot(document)
    document.add_paragraph("{{ words.kind }}", style="Subtitle")
    document.add_paragraph("{{ title }}", style="Title")
    document.add_paragraph(
        "{{ instrument }}　{{ ref }}{% if pilot %}　〔{{ pilot }}〕{% endif %}", style="Subtitle"
    )
    document.add_paragraph("{%p if mark %}")
    marked = document.add_paragraph("{{ mark }}", style="Caution")
    marked.alignment = WD_ALIGN_PARAGRAPH.LEFT
    document.add_paragraph("{%p endif %}")
    table = document.add_table(rows=3, cols=2)
    table.rows[0].cells[0].text = "{%tr for fact in bound %}"
    table.rows[1].cells[0].text, table.rows[1].cells[1].text = (
        "{{ fact.label }}",
        "{{ fact.text }} {{ fact.code }}",
    )
    table.rows[2].cells[0].text = "{%tr endfor %}"
    table.autofit = False
    table.columns[0].width, table.columns[1].width = Mm(32), TEXT_WIDTH - Mm(32)
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Mm(32), TEXT_WIDTH - Mm(32)
        for cell in row.cells:
            cell.paragraphs[0].style = "Table note"
    document.add_paragraph("{{ words.contents }}", style="Heading 1")
    document.core_properties.author = "Dandang"
    document.core_properties.comments = ""
    document.save(str(path))


if __name__ == "__main__":
    make()
